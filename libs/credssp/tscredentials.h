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

/* IN is exactly one TSCredentials. Type 1: domain, user and password are copied, and the type
 * becomes CREDSSP_CRED_EMPTY when all three are empty. Types 2 and 6: RAW is a copy of the
 * credentials field's contents, which is left to who knows that type. *OUT is set on ST_OK only and
 * owned by the caller (credssp_credentials_free). ST_BAD_TOKEN, ST_PEER_UNSUPPORTED (another type),
 * ST_NO_MEMORY. */
MUST_USE enum status tscredentials_decode(struct bytes in, struct credssp_credentials *out);

#endif
