/* TSCredentials. [MS-CSSP] 2.2.1.2, 2.2.1.2.1; DER, EXPLICIT tags:
 *
 *   TSCredentials ::= SEQUENCE {
 *       credType    [0] INTEGER,        1 password, 2 smart card, 6 remote credential guard
 *       credentials [1] OCTET STRING    DER of the structure that credType says
 *   }
 *   TSPasswordCreds ::= SEQUENCE {
 *       domainName [0] OCTET STRING,    UTF-16LE, no NUL
 *       userName   [1] OCTET STRING,
 *       password   [2] OCTET STRING
 *   }
 */
#include "tscredentials.h"

#include "base/der.h"

static struct bytes get_octets(struct reader *r, uint8_t tag)
{
    struct reader field = der_enter(r, tag);
    struct bytes v = der_get(&field, DER_OCTET_STRING);
    if (!reader_done(&field))
        reader_fail(r);
    return v;
}

/* An OCTET STRING of whole UTF-16 units. */
static struct bytes get_text(struct reader *r, uint8_t tag)
{
    struct bytes v = get_octets(r, tag);
    if (v.size % 2)
        reader_fail(r);
    return v;
}

static enum status decode_password(struct bytes in, struct credssp_credentials *out)
{
    struct reader r = reader_on(in);
    struct reader fields = der_enter(&r, DER_SEQUENCE);
    struct bytes domain = get_text(&fields, DER_CONTEXT(0));
    struct bytes user = get_text(&fields, DER_CONTEXT(1));
    struct bytes password = get_text(&fields, DER_CONTEXT(2));
    if (!reader_done(&fields) || !reader_done(&r))
        return ST_BAD_TOKEN;

    if (!domain.size && !user.size && !password.size)
        out->type = CREDSSP_CRED_EMPTY;
    enum status s = blob_set(&out->domain, domain);
    if (s == ST_OK)
        s = blob_set(&out->user, user);
    if (s == ST_OK)
        s = blob_set(&out->password, password);
    return s;
}

static enum status decode_typed(uint32_t type, struct bytes in, struct credssp_credentials *out)
{
    switch (type) {
    case CREDSSP_CRED_PASSWORD:
        out->type = CREDSSP_CRED_PASSWORD;
        return decode_password(in, out);
    case CREDSSP_CRED_SMARTCARD:
        out->type = CREDSSP_CRED_SMARTCARD;
        return blob_set(&out->raw, in);
    case CREDSSP_CRED_REMOTE_GUARD:
        out->type = CREDSSP_CRED_REMOTE_GUARD;
        return blob_set(&out->raw, in);
    default:
        return ST_PEER_UNSUPPORTED;
    }
}

enum status tscredentials_decode(struct bytes in, struct credssp_credentials *out)
{
    struct reader r = reader_on(in);
    struct reader fields = der_enter(&r, DER_SEQUENCE);
    struct reader type_field = der_enter(&fields, DER_CONTEXT(0));
    uint32_t type = der_get_u32(&type_field, DER_INTEGER);
    struct bytes credentials = get_octets(&fields, DER_CONTEXT(1));
    if (!reader_done(&type_field) || !reader_done(&fields) || !reader_done(&r))
        return ST_BAD_TOKEN;

    struct credssp_credentials got = {0};
    enum status s = decode_typed(type, credentials, &got);
    if (s == ST_OK)
        *out = got;
    else
        credssp_credentials_free(&got);
    return s;
}

void credssp_credentials_free(struct credssp_credentials *credentials)
{
    blob_free(&credentials->domain);
    blob_free(&credentials->user);
    blob_free(&credentials->password);
    blob_free(&credentials->raw);
    credentials->type = CREDSSP_CRED_EMPTY;
}

static void put_octets(struct writer *w, uint8_t tag, struct bytes v)
{
    size_t field = der_open(w, tag);
    der_put(w, DER_OCTET_STRING, v);
    der_close(w, field);
}

enum status tscredentials_encode_password(
        struct bytes domain, struct bytes user, struct bytes password, struct blob *out)
{
    struct writer w = {0};
    size_t all = der_open(&w, DER_SEQUENCE);
    size_t type = der_open(&w, DER_CONTEXT(0));
    der_put_u32(&w, DER_INTEGER, CREDSSP_CRED_PASSWORD);
    der_close(&w, type);
    size_t field = der_open(&w, DER_CONTEXT(1));
    size_t octets = der_open(&w, DER_OCTET_STRING);
    size_t creds = der_open(&w, DER_SEQUENCE);
    put_octets(&w, DER_CONTEXT(0), domain);
    put_octets(&w, DER_CONTEXT(1), user);
    put_octets(&w, DER_CONTEXT(2), password);
    der_close(&w, creds);
    der_close(&w, octets);
    der_close(&w, field);
    der_close(&w, all);
    return writer_finish(&w, out);
}
