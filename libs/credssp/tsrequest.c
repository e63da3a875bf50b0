/* TSRequest. [MS-CSSP] 2.2.1, 2.2.1.1; DER, EXPLICIT tags:
 *
 *   TSRequest ::= SEQUENCE {
 *       version     [0] INTEGER,
 *       negoTokens  [1] NegoData     OPTIONAL,
 *       authInfo    [2] OCTET STRING OPTIONAL,
 *       pubKeyAuth  [3] OCTET STRING OPTIONAL,
 *       errorCode   [4] INTEGER      OPTIONAL,   from version 3
 *       clientNonce [5] OCTET STRING OPTIONAL    from version 5, 32 bytes
 *   }
 *   NegoData ::= SEQUENCE OF SEQUENCE { negoToken [0] OCTET STRING }
 */
#include "tsrequest.h"

#include "base/der.h"

/* [TAG] OCTET STRING. */
static struct bytes get_octets(struct reader *r, uint8_t tag)
{
    struct reader field = der_enter(r, tag);
    struct bytes v = der_get(&field, DER_OCTET_STRING);
    if (!reader_done(&field))
        reader_fail(r);
    return v;
}

/* One element at most: every known peer sends one, and the protocol gives no meaning to a second.
 */
static struct bytes get_nego_token(struct reader *r)
{
    struct reader field = der_enter(r, DER_CONTEXT(1));
    struct reader list = der_enter(&field, DER_SEQUENCE);
    struct bytes token = {0};
    if (reader_left(&list)) {
        struct reader element = der_enter(&list, DER_SEQUENCE);
        token = get_octets(&element, DER_CONTEXT(0));
        if (!reader_done(&element))
            reader_fail(&list);
    }
    if (!reader_done(&list) || !reader_done(&field))
        reader_fail(r);
    return token;
}

static uint32_t get_version(struct reader *r)
{
    struct reader field = der_enter(r, DER_CONTEXT(0));
    uint32_t v = der_get_u32(&field, DER_INTEGER);
    if (!reader_done(&field))
        reader_fail(r);
    return v;
}

static uint32_t get_error_code(struct reader *r)
{
    struct reader field = der_enter(r, DER_CONTEXT(4));
    uint32_t v = der_get_bits32(&field, DER_INTEGER);
    if (!reader_done(&field))
        reader_fail(r);
    return v;
}

static struct bytes get_nonce(struct reader *r)
{
    struct bytes v = get_octets(r, DER_CONTEXT(5));
    if (v.size != TSREQUEST_NONCE_SIZE)
        reader_fail(r);
    return v;
}

enum status tsrequest_decode(struct bytes in, struct tsrequest *out)
{
    struct tsrequest t = {0};
    struct reader r = reader_on(in);
    struct reader fields = der_enter(&r, DER_SEQUENCE);

    t.version = get_version(&fields);
    if (der_peek(&fields) == DER_CONTEXT(1))
        t.nego_token = get_nego_token(&fields);
    if (der_peek(&fields) == DER_CONTEXT(2))
        t.auth_info = get_octets(&fields, DER_CONTEXT(2));
    if (der_peek(&fields) == DER_CONTEXT(3))
        t.pub_key_auth = get_octets(&fields, DER_CONTEXT(3));
    if (der_peek(&fields) == DER_CONTEXT(4))
        t.error_code = get_error_code(&fields);
    if (der_peek(&fields) == DER_CONTEXT(5))
        t.client_nonce = get_nonce(&fields);

    if (!reader_done(&fields) || !reader_done(&r))
        return ST_BAD_TOKEN;
    *out = t;
    return ST_OK;
}

/* The octets of a DER length behind its first one, or the length itself in the short form. */
static enum status long_length(struct reader *r, uint8_t first, size_t *length)
{
    size_t octets = first & 0x7Fu;
    if (octets == 0 || octets > 4)
        return ST_BAD_TOKEN;
    *length = 0;
    for (size_t i = 0; i < octets; i++)
        *length = *length << 8 | reader_u8(r);
    return reader_ok(r) ? ST_OK : ST_INCOMPLETE;
}

enum status tsrequest_size(struct bytes in, size_t *size)
{
    struct reader r = reader_on(in);
    if (in.size && reader_u8(&r) != DER_SEQUENCE)
        return ST_BAD_TOKEN;
    if (in.size < 2)
        return ST_INCOMPLETE;
    uint8_t first = reader_u8(&r);
    size_t length = first;
    if (first >= 0x80) {
        enum status s = long_length(&r, first, &length);
        if (s != ST_OK)
            return s;
    }
    size_t header = in.size - reader_left(&r);
    if (length > TSREQUEST_SIZE_MAX - header)
        return ST_BAD_TOKEN;
    *size = header + length;
    return ST_OK;
}

static void put_octets(struct writer *w, uint8_t tag, struct bytes v)
{
    if (!v.size)
        return;
    size_t field = der_open(w, tag);
    der_put(w, DER_OCTET_STRING, v);
    der_close(w, field);
}

static void put_nego_token(struct writer *w, struct bytes token)
{
    if (!token.size)
        return;
    size_t field = der_open(w, DER_CONTEXT(1));
    size_t list = der_open(w, DER_SEQUENCE);
    size_t element = der_open(w, DER_SEQUENCE);
    put_octets(w, DER_CONTEXT(0), token);
    der_close(w, element);
    der_close(w, list);
    der_close(w, field);
}

static void put_version(struct writer *w, uint32_t version)
{
    size_t field = der_open(w, DER_CONTEXT(0));
    der_put_u32(w, DER_INTEGER, version);
    der_close(w, field);
}

/* An NTSTATUS is a signed 32-bit number, so a failure is a negative INTEGER of four octets: readers
 * that hold 32 bits refuse the five octets of the unsigned form. Failures never need fewer: their
 * top bits are 1100. */
static void put_error_code(struct writer *w, uint32_t code)
{
    if (!code)
        return;
    uint8_t octets[4] = {
            (uint8_t)(code >> 24), (uint8_t)(code >> 16), (uint8_t)(code >> 8), (uint8_t)code};
    size_t field = der_open(w, DER_CONTEXT(4));
    if (code >> 31)
        der_put(w, DER_INTEGER, bytes_of(octets, sizeof octets));
    else
        der_put_u32(w, DER_INTEGER, code);
    der_close(w, field);
}

enum status tsrequest_encode(const struct tsrequest *request, struct blob *out)
{
    struct writer w = {0};
    size_t all = der_open(&w, DER_SEQUENCE);
    put_version(&w, request->version);
    put_nego_token(&w, request->nego_token);
    put_octets(&w, DER_CONTEXT(2), request->auth_info);
    put_octets(&w, DER_CONTEXT(3), request->pub_key_auth);
    put_error_code(&w, request->error_code);
    put_octets(&w, DER_CONTEXT(5), request->client_nonce);
    der_close(&w, all);
    return writer_finish(&w, out);
}
