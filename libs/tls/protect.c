/* The stream's data records without GnuTLS, which allocates and copies several times for each, 16 KiB or more
 * every time however short it is, and locks what both directions share.
 *
 *   TLS 1.3   header 5               | data, type 1        encrypted | tag 16     RFC 8446 5.2
 *             nonce = IV xor number, authenticated: the header
 *   TLS 1.2   header 5 | nonce 8     | data                encrypted | tag 16     RFC 5288 3 (GCM)
 *             nonce = salt 4, the record's 8, which are the number
 *             header 5               | data                encrypted | tag 16     RFC 7905 2 (ChaCha20)
 *             nonce = IV xor number
 *             authenticated: number 8, type, version, length of the data            RFC 5246 6.2.3.3
 *
 * Only AEAD ciphers, and only data of an open stream. Everything else (handshakes, alerts, whatever does
 * not open) is GnuTLS's. Who has a direction has its numbers: a number that is used twice gives an
 * AES-GCM key away. So we take a direction with its number, give it back with the number that we have come
 * to, and while we have it nothing that GnuTLS writes gets out (transport.c).
 *
 * After a handshake, or whatever else it was given, GnuTLS has the first data record of a direction. Data
 * between the parts of a message is its to refuse (RFC 8446 5.1); and a connection that says one thing
 * each way does not need ciphers of ours, a kilobyte each.
 */
#include <string.h>
#include "internal.h"

enum {
    NONCE = 12,
    SALT = 4,
    NUMBER = 8,
    TAG = 16,
    AUTHENTICATED_MAX = NUMBER + RECORD_HEADER,
};

/* Of one record. */
struct sealing {
    uint8_t nonce[NONCE];
    uint8_t authenticated[AUTHENTICATED_MAX];
    size_t authenticated_size;
};

/* Written out, for the compiler makes one store of it. */
static inline void put_u64be(uint8_t out[8], uint64_t v)
{
    out[0] = (uint8_t)(v >> 56);
    out[1] = (uint8_t)(v >> 48);
    out[2] = (uint8_t)(v >> 40);
    out[3] = (uint8_t)(v >> 32);
    out[4] = (uint8_t)(v >> 24);
    out[5] = (uint8_t)(v >> 16);
    out[6] = (uint8_t)(v >> 8);
    out[7] = (uint8_t)v;
}

/* LENGTH: up to 16 bits. */
static inline void put_header(uint8_t out[RECORD_HEADER], size_t length)
{
    out[0] = TYPE_APPLICATION_DATA;
    out[1] = out[2] = 3;
    out[3] = (uint8_t)(length >> 8);
    out[4] = (uint8_t)length;
}

static uint64_t get_u64be(const uint8_t number[NUMBER])
{
    struct reader r = reader_on(bytes_of(number, NUMBER));
    return reader_u64be(&r);
}

/* ---- whose a direction is ---- */

static bool is_ours(gnutls_cipher_algorithm_t cipher)
{
    return cipher == GNUTLS_CIPHER_AES_128_GCM || cipher == GNUTLS_CIPHER_AES_256_GCM ||
           cipher == GNUTLS_CIPHER_CHACHA20_POLY1305;
}

static bool set_up(struct protection *p, gnutls_cipher_algorithm_t cipher, const gnutls_datum_t *iv,
        const gnutls_datum_t *key)
{
    if (iv->size != NONCE && iv->size != SALT)
        return false;
    struct reader r = reader_on(bytes_of(iv->data, iv->size));
    reader_copy(&r, p->salt, SALT);
    p->explicit = iv->size == SALT;
    p->mask = p->explicit ? 0 : reader_u64be(&r);
    return gnutls_aead_cipher_init(&p->aead, cipher, key) >= 0;
}

static bool take(struct tls_session *s, struct protection *p, bool reads)
{
    gnutls_datum_t iv, key; /* views into GnuTLS */
    uint8_t number[NUMBER];
    if (s->datagram || session_state(s) != STATE_OPEN ||
            (reads && gnutls_record_check_pending(s->gnutls)))
        return false;
    gnutls_cipher_algorithm_t cipher = gnutls_cipher_get(s->gnutls);
    p->unfit = !is_ours(cipher) ||
               gnutls_record_get_state(s->gnutls, reads, NULL, &iv, &key, number) < 0 ||
               !set_up(p, cipher, &iv, &key);
    if (p->unfit) {
        p->aead = NULL;
        return false;
    }
    p->number = get_u64be(number);
    return true;
}

static bool have(struct tls_session *s, struct protection *p, bool reads)
{
    if (p->aead)
        return p->number != UINT64_MAX;
    if (p->unfit || !p->settled)
        return false;
    if (reads)
        return take(s, p, reads);
    send_lock(s); /* a KeyUpdate that comes in changes what is asked for here */
    bool taken = take(s, p, reads);
    send_unlock(s);
    return taken;
}

/* If GnuTLS does not take the number, the direction stays ours, and is dead. */
static void give_back(struct tls_session *s, struct protection *p, bool reads)
{
    uint8_t number[NUMBER];
    put_u64be(number, p->number);
    p->settled = false;
    if (!p->aead || gnutls_record_set_state(s->gnutls, reads, number) < 0)
        return;
    gnutls_aead_cipher_deinit(p->aead);
    wipe(p, sizeof *p);
}

void protect_give_back_reads(struct tls_session *s)
{
    give_back(s, &s->reads, true);
}

void protect_give_back_writes(struct tls_session *s)
{
    give_back(s, &s->writes, false);
}

/* ---- one record ---- */

/* EXPLICIT: the record's part of the nonce, where it has one. TEXT: bytes that are encrypted. */
static void prepare(const struct tls_session *s, const struct protection *p, uint64_t explicit,
        size_t text, struct sealing *sealing)
{
    size_t at = s->tls13 ? 0 : NUMBER;
    for (size_t i = 0; i < SALT; i++)
        sealing->nonce[i] = p->salt[i];
    put_u64be(sealing->nonce + SALT, p->explicit ? explicit : p->mask ^ p->number);
    put_u64be(sealing->authenticated, p->number); /* TLS 1.3 does without */
    put_header(sealing->authenticated + at, s->tls13 ? text + TAG : text);
    sealing->authenticated_size = at + RECORD_HEADER;
}

/* The data may lie anywhere in what the record will cover: it is moved before anything is written. */
static void put_text(const struct tls_session *s, struct bytes data, uint8_t *text)
{
    if (data.size && data.data != text)
        memmove(text, data.data, data.size);
    if (s->tls13)
        text[data.size] = TYPE_APPLICATION_DATA;
}

enum status protect_data(struct tls_session *s, struct bytes data, uint8_t *out, size_t *size)
{
    struct protection *p = &s->writes;
    struct sealing sealing;
    if (!have(s, p, false))
        return ST_UNSUPPORTED;
    size_t header = RECORD_HEADER + (p->explicit ? NUMBER : 0);
    size_t text = data.size + (s->tls13 ? 1 : 0), room = text + TAG;
    put_text(s, data, out + header);
    put_header(out, header - RECORD_HEADER + room);
    if (p->explicit)
        put_u64be(out + RECORD_HEADER, p->number);
    prepare(s, p, p->number, text, &sealing);
    p->number++; /* used up, whatever comes */
    int error = gnutls_aead_cipher_encrypt(p->aead, sealing.nonce, NONCE, sealing.authenticated,
            sealing.authenticated_size, TAG, out + header, text, out + header, &room);
    if (error < 0)
        return session_fail(s, error, "sending data");
    *size = header + room;
    return ST_OK;
}

/* TLS 1.3 has the type behind the data, and zeros behind that. How much of TEXT is data; 0: something
 * else. */
static size_t data_in(const struct tls_session *s, const uint8_t *text, size_t size)
{
    if (s->tls13 && size > RECORD_DATA_MAX + 1)
        return 0;
    while (s->tls13 && size && !text[size - 1])
        size--;
    if (s->tls13)
        size -= size && text[size - 1] == TYPE_APPLICATION_DATA ? 1 : size;
    return size <= RECORD_DATA_MAX ? size : 0;
}

/* Where the text of BODY (in RECORD) goes when OUT has CAPACITY bytes: OUT, if that is apart from RECORD, or
 * BODY's own place, if that is OUT's too; else NULL. */
static uint8_t *place_of(struct bytes record, struct bytes body, uint8_t *out, size_t capacity)
{
    uintptr_t from = (uintptr_t)record.data, at = (uintptr_t)out, begins = (uintptr_t)body.data;
    if (from + record.size <= at || at + capacity <= from)
        return out;
    return at <= begins && begins + body.size <= at + capacity ? out + (begins - at) : NULL;
}

/* A record that did not open into data is as it came: the ciphers are streams, and give the same again. The
 * tag of that is kept to ourselves, the record has still its own. Elsewhere nothing of the text is left. */
static void undo(struct protection *p, const struct sealing *sealing, struct bytes body, uint8_t *at)
{
    uint8_t tag[TAG];
    size_t tag_size = sizeof tag, text = body.size - TAG;
    giovec_t header = {(void *)(uintptr_t)sealing->authenticated, sealing->authenticated_size},
             whole = {at, text};
    if (at != body.data || gnutls_aead_cipher_encryptv2(p->aead, sealing->nonce, NONCE, &header, 1,
                                   &whole, 1, tag, &tag_size) < 0)
        wipe(at, text);
    wipe(tag, sizeof tag);
}

/* RECORD's parts; its header is one that we would write ourselves, so that it need not be looked at again. */
static bool read_record(
        const struct protection *p, struct bytes record, uint64_t *explicit, struct bytes *body)
{
    struct reader r = reader_on(record);
    bool usual = reader_u24be(&r) == ((unsigned)TYPE_APPLICATION_DATA << 16 | 0x0303u);
    reader_skip(&r, 2);
    *explicit = p->explicit ? reader_u64be(&r) : 0;
    *body = reader_rest(&r);
    return usual && reader_ok(&r) && body->size > TAG;
}

bool unprotect_data(
        struct tls_session *s, struct bytes record, uint8_t *out, size_t capacity, size_t *size)
{
    struct protection *p = &s->reads;
    struct sealing sealing;
    struct bytes body;
    uint64_t explicit;
    if (s->reauth != REAUTH_NONE || !have(s, p, true) ||
            !read_record(p, record, &explicit, &body))
        return false;
    uint8_t *at = place_of(record, body, out, capacity);
    size_t text = body.size - TAG, room = text;
    if (!at)
        return false;
    prepare(s, p, explicit, text, &sealing);
    int error = gnutls_aead_cipher_decrypt(p->aead, sealing.nonce, NONCE, sealing.authenticated,
            sealing.authenticated_size, TAG, body.data, body.size, at, &room);
    *size = error < 0 ? 0 : data_in(s, at, text);
    if (!*size) {
        undo(p, &sealing, body, at);
        return false;
    }
    p->number++;
    if (at != out)
        memmove(out, at, *size);
    return true;
}
