/* A server's first answer in DTLS (RFC 6347 4.2.1): a cookie that the client has to repeat, so that
 * it is seen to receive at the address it sends from before anything is kept or computed for it.
 *
 *   ClientHello          version 2, random 32, session id, cookie, cipher suites, compression, ...
 *   HelloVerifyRequest   version 2 (always DTLS 1.0), cookie
 *
 * The cookie is HMAC-SHA-256 over the address and what the ClientHello holds before and behind it.
 */
#include <gnutls/crypto.h>
#include <gnutls/dtls.h>
#include "internal.h"

enum {
    CLIENT_HELLO = 1,
    HELLO_VERIFY_REQUEST = 3,
    DTLS_1_0 = 0xfeff,
    COOKIE_SIZE = 32, /* as much as DTLS 1.0 allows */
    RANDOM_SIZE = 32,
};

struct hello {
    uint64_t record_sequence;
    uint16_t message_sequence;
    struct bytes start; /* version, random, session id */
    struct bytes cookie;
    struct bytes rest; /* cipher suites, compression methods */
};

/* Fields up to the cipher suites' and compression methods' end. */
static bool read_body(struct bytes body, struct hello *h)
{
    struct reader r = reader_on(body);
    uint8_t major = reader_u8(&r);
    reader_skip(&r, 1 + RANDOM_SIZE);
    reader_skip(&r, reader_u8(&r)); /* session id */
    h->start = reader_field(&r, 0, r.at);
    h->cookie = reader_bytes(&r, reader_u8(&r));
    size_t at = r.at;
    reader_skip(&r, reader_u16be(&r)); /* cipher suites */
    reader_skip(&r, reader_u8(&r));    /* compression methods */
    h->rest = reader_field(&r, at, r.at - at);
    return reader_ok(&r) && major == 254;
}

static bool read_hello(struct bytes datagram, struct hello *h)
{
    struct dtls_record record;
    if (!dtls_frame(datagram, &record) || record.type != TYPE_HANDSHAKE || record.epoch)
        return false;
    struct reader r = reader_on(record.payload);
    uint8_t type = reader_u8(&r);
    uint32_t size = reader_u24be(&r);
    h->record_sequence = record.sequence;
    h->message_sequence = reader_u16be(&r);
    uint32_t offset = reader_u24be(&r), part = reader_u24be(&r);
    struct bytes body = reader_bytes(&r, part);
    return reader_done(&r) && type == CLIENT_HELLO && !offset && part == size &&
           read_body(body, h);
}

static enum status make_cookie(struct bytes secret, struct bytes address, const struct hello *h,
        uint8_t cookie[COOKIE_SIZE])
{
    struct writer w = {0};
    struct blob text = {0};
    writer_u32be(&w, (uint32_t)address.size);
    writer_bytes(&w, address);
    writer_bytes(&w, h->start);
    writer_bytes(&w, h->rest);
    enum status status = writer_finish(&w, &text);
    if (!status && gnutls_hmac_fast(GNUTLS_MAC_SHA256, secret.data, secret.size, text.data,
                           text.size, cookie) < 0)
        status = ST_INTERNAL;
    blob_free(&text);
    return status;
}

/* RFC 6347 4.2.1: the record's number is the ClientHello's, so that nothing has to be kept; the
 * message's is 0. */
static enum status make_answer(
        const struct hello *h, const uint8_t cookie[COOKIE_SIZE], struct blob *answer)
{
    enum { BODY = 2 + 1 + COOKIE_SIZE };
    struct writer w = {0};
    writer_u8(&w, TYPE_HANDSHAKE);
    writer_u16be(&w, DTLS_1_0);
    writer_u64be(&w, h->record_sequence); /* epoch 0 */
    writer_u16be(&w, 12 + BODY);
    writer_u8(&w, HELLO_VERIFY_REQUEST);
    writer_u24be(&w, BODY);
    writer_u16be(&w, 0);
    writer_u24be(&w, 0);
    writer_u24be(&w, BODY);
    writer_u16be(&w, DTLS_1_0);
    writer_u8(&w, COOKIE_SIZE);
    writer_bytes(&w, bytes_of(cookie, COOKIE_SIZE));
    return writer_finish(&w, answer);
}

enum status tls_cookie_check(const struct bytes *secrets, size_t count, struct bytes address,
        struct bytes datagram, struct blob *answer)
{
    struct hello h = {0};
    uint8_t cookie[COOKIE_SIZE];
    enum status status = ST_OK;
    if (!count)
        return ST_BAD_ARGUMENT;
    if (!read_hello(datagram, &h))
        return ST_BAD_TOKEN;
    /* The first secret last: its cookie is the one to answer with. */
    for (size_t i = count; i--;) {
        status = make_cookie(secrets[i], address, &h, cookie);
        if (status || secret_equal(h.cookie, bytes_of(cookie, sizeof cookie)))
            return status;
    }
    status = make_answer(&h, cookie, answer);
    return status ? status : ST_CONTINUE;
}

/* The numbers that a server goes on with which has kept none. */
enum status tls_session_set_hello(struct tls_session *s, struct bytes datagram)
{
    struct hello h = {0};
    if (!s->datagram || s->config->role != TLS_SERVER || session_state(s) != STATE_FRESH)
        return ST_BAD_STATE;
    if (!read_hello(datagram, &h))
        return ST_BAD_TOKEN;
    gnutls_dtls_prestate_st state = {.record_seq = (unsigned)h.record_sequence,
            .hsk_read_seq = h.message_sequence,
            .hsk_write_seq = 0};
    gnutls_dtls_prestate_set(s->gnutls, &state);
    return ST_OK;
}
