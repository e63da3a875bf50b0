/* TSRequest, the one message of CredSSP. [MS-CSSP] 2.2.1
 *
 * Decoded fields are views into the message. An empty view means the field is absent: an empty
 * negoToken, authInfo or pubKeyAuth says nothing that its absence does not, and some peers send
 * them.
 */
#ifndef CREDSSP_TSREQUEST_H
#define CREDSSP_TSREQUEST_H

#include "base/bytes.h"

enum {
    TSREQUEST_NONCE_SIZE = 32, /* bytes */
    /* The largest TSRequest taken, bytes with its header. The largest token that any package makes
     * is 48,256 bytes (Negotiate's cbMaxToken), so no honest peer comes near. */
    TSREQUEST_SIZE_MAX = 65536,
};

struct tsrequest {
    uint32_t version;
    struct bytes nego_token;   /* the negoToken of the only element of negoTokens */
    struct bytes auth_info;    /* sealed TSCredentials */
    struct bytes pub_key_auth; /* sealed key binding */
    uint32_t error_code;       /* NTSTATUS; 0 (STATUS_SUCCESS) is the same as absent */
    struct bytes client_nonce; /* TSREQUEST_NONCE_SIZE bytes, or empty */
};

/* How many bytes the TSRequest at the start of IN has, header included, without looking behind the
 * header. ST_INCOMPLETE: the header is not there yet. ST_BAD_TOKEN: no TSRequest, or larger than
 * TSREQUEST_SIZE_MAX: known before anything of that size was stored. */
MUST_USE enum status tsrequest_size(struct bytes in, size_t *size);

/* IN is exactly one message. *OUT is set on ST_OK only. ST_BAD_TOKEN. */
MUST_USE enum status tsrequest_decode(struct bytes in, struct tsrequest *out);

/* OUT is replaced. Writes the fields that are not empty. ST_NO_MEMORY. */
MUST_USE enum status tsrequest_encode(const struct tsrequest *request, struct blob *out);

#endif
