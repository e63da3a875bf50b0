/* What Kerberos' messages are made of (kerberos_parts.c), for those who make (kerberos_message.c) and open them
 * (kerberos_unseal.c). */
#ifndef KERBEROS_PARTS_H
#define KERBEROS_PARTS_H

#include "lsa_host.h"

enum {
    HEADER = 16, /* RFC 4121, 4.2.6.2 */
    FLAG_SEALED = 2,
    CONFOUNDER = 16,
    EC_AT = 4,
    RRC_AT = 6,
};

struct parts {
    PSecBuffer token;  /* the first TOKEN or STREAM buffer */
    BOOL stream;       /* it is a whole wrap token; DATA says where its text is */
    PSecBuffer data;   /* the first DATA buffer */
    SIZE_T text_size;  /* of all DATA buffers, bytes */
};

/* Buffers that are to be signed only (READONLY, READONLY_WITH_CHECKSUM): */
enum signed_only {
    REFUSED, /* they have no place in a wrap token */
    TAKEN,   /* in MakeSignature every buffer is signed */
    LEFT_OUT /* DCE style's, as kerberos.dll leaves them out in sealing: rpcrt4 gives an RPC message's header so, but
              * never negotiates that headers are signed ([MS-RPCE] 2.2.2.3: PFC_SUPPORT_HEADER_SIGN) */
};

static inline BOOL is_dce(const struct lsa_context *c)
{
    return (c->attributes & ISC_RET_USED_DCE_STYLE) != 0;
}

/* SEC_E_INVALID_TOKEN: no token, no data, too long, a size without memory. SEC_E_UNSUPPORTED_FUNCTION: a buffer that is
 * to be signed only, and REFUSED. */
SECURITY_STATUS kerberos_find_parts(PSecBufferDesc message, enum signed_only others, struct parts *p);

/* Copies all DATA buffers to TEXT, or TEXT to all of them that may be written; TEXT has room for all. */
void kerberos_move_text(PSecBufferDesc message, enum signed_only others, uint8_t *text, BOOL out);

/* Padding that a program has made room for is none of AES's. */
void kerberos_no_padding(PSecBufferDesc message);

/* What a message of KNOWN bytes but for its checksum has told: the subkey may be of another encryption type
 * than the AP-REQ's (RFC 4537). C is locked. */
void kerberos_learn(struct lsa_context *c, SIZE_T size, SIZE_T known);

#endif
