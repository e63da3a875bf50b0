/* TSCredentials: what a client delegates. [MS-CSSP] 2.2.1.2
 *
 * Both functions handle passwords: OUT is a blob, so freeing wipes; the caller wipes what it passes
 * in.
 */
#ifndef CREDSSP_TSCREDENTIALS_H
#define CREDSSP_TSCREDENTIALS_H

#include "credssp.h"

/* TSCredentials with TSPasswordCreds; UTF-16LE views, all empty when nothing is delegated. OUT is
 * replaced. ST_NO_MEMORY. */
MUST_USE enum status tscredentials_encode_password(
        struct bytes domain, struct bytes user, struct bytes password, struct blob *out);

/* Names that are empty are left out. ST_BAD_ARGUMENT for a type without such a form. OUT is replaced.
 * ST_NO_MEMORY. */
MUST_USE enum status tscredentials_encode_smartcard(
        const struct credssp_credentials *credentials, struct blob *out);

/* One package's credentials for remote guard: the package's name in UTF-16LE ("Kerberos", "NTLM"), and
 * what [MS-RDPEAR] has it say. */
struct tscredentials_package {
    struct bytes name, buffer;
};
/* LOGON, then COUNT others. OUT is replaced. ST_NO_MEMORY. */
MUST_USE enum status tscredentials_encode_remote_guard(const struct tscredentials_package *logon,
        const struct tscredentials_package *others, size_t count, struct blob *out);

/* IN is exactly one TSCredentials. Everything is copied. Type 1 becomes CREDSSP_CRED_EMPTY when all
 * three fields are empty. *OUT is set on ST_OK only and owned by the caller
 * (credssp_credentials_free). ST_BAD_TOKEN, ST_PEER_UNSUPPORTED (another type), ST_NO_MEMORY. */
MUST_USE enum status tscredentials_decode(struct bytes in, struct credssp_credentials *out);

#endif
