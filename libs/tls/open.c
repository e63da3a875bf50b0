/* A record opened before GnuTLS opens it, with the key that GnuTLS has for it: what is inside decides
 * who gets it, and GnuTLS cannot be asked. Nothing is changed by it, neither the record nor the
 * session.
 *
 *   TLS 1.3   nonce = IV xor number       header = the record's own            RFC 8446 5.2, 5.3
 *   TLS 1.2   nonce = salt, 8 bytes of the record (GCM, CCM)                   RFC 5288, 6655
 *             nonce = IV xor number (ChaCha20-Poly1305)                        RFC 7905
 *             header = number, type, version, length of the text               RFC 5246 6.2.3.3
 *
 * Not with CBC: its padding and MAC are no business of a second reader.
 */
#include <gnutls/crypto.h>
#include "internal.h"

enum { NONCE = 12, SALT = 4, NUMBER = 8, HEADER_MAX = NUMBER + RECORD_HEADER };

struct opening {
    gnutls_cipher_algorithm_t cipher;
    gnutls_datum_t iv, key; /* views into GnuTLS */
    uint8_t number[NUMBER];
    uint8_t nonce[NONCE];
    uint8_t header[HEADER_MAX];
    size_t header_size, tag;
    struct bytes body;
};

static void xor_nonce(struct opening *o)
{
    for (size_t i = 0; i < NONCE; i++)
        o->nonce[i] = (uint8_t)(o->iv.data[i] ^ (i < SALT ? 0 : o->number[i - SALT]));
}

/* GnuTLS keeps the salt alone where the rest comes with each record. */
static bool read_nonce(struct opening *o, struct reader *r)
{
    if (o->iv.size == NONCE) {
        xor_nonce(o);
        return true;
    }
    if (o->iv.size != SALT)
        return false;
    struct reader salt = reader_on(bytes_of(o->iv.data, o->iv.size));
    reader_copy(&salt, o->nonce, SALT);
    reader_copy(r, o->nonce + SALT, NONCE - SALT);
    return reader_ok(r);
}

static void make_header(struct opening *o, struct bytes header, bool tls13)
{
    struct reader number = reader_on(bytes_of(o->number, NUMBER)), r = reader_on(header);
    size_t at = tls13 ? 0 : NUMBER, text = o->body.size - o->tag;
    if (!tls13)
        reader_copy(&number, o->header, NUMBER);
    reader_copy(&r, o->header + at, RECORD_HEADER);
    o->header_size = at + RECORD_HEADER;
    if (tls13)
        return;
    o->header[o->header_size - 2] = (uint8_t)(text >> 8);
    o->header[o->header_size - 1] = (uint8_t)text;
}

static bool prepare(struct tls_session *s, struct bytes record, struct opening *o)
{
    struct reader r = reader_on(record);
    struct bytes header = reader_bytes(&r, RECORD_HEADER);
    bool tls13 = gnutls_protocol_get_version(s->gnutls) == GNUTLS_TLS1_3;
    o->cipher = gnutls_cipher_get(s->gnutls);
    o->tag = gnutls_cipher_get_tag_size(o->cipher);
    if (!reader_ok(&r) || !o->tag ||
            gnutls_record_get_state(s->gnutls, 1, NULL, &o->iv, &o->key, o->number) < 0 ||
            !read_nonce(o, &r))
        return false;
    o->body = reader_rest(&r);
    if (o->body.size < o->tag)
        return false;
    make_header(o, header, tls13);
    return true;
}

static bool decrypt(const struct opening *o, uint8_t *text, size_t *size)
{
    gnutls_aead_cipher_hd_t aead;
    *size = o->body.size;
    if (gnutls_aead_cipher_init(&aead, o->cipher, &o->key) < 0)
        return false;
    int error = gnutls_aead_cipher_decrypt(aead, o->nonce, NONCE, o->header, o->header_size, o->tag,
            o->body.data, o->body.size, text, size);
    gnutls_aead_cipher_deinit(aead);
    return error >= 0;
}

/* TLS 1.3 has the type behind the text, and zeros behind that. */
static uint8_t take_type(const uint8_t *text, size_t *size)
{
    while (*size && !text[*size - 1])
        --*size;
    return *size ? text[--*size] : 0;
}

enum status open_record(struct tls_session *s, struct bytes record, struct blob *text, uint8_t *type)
{
    struct opening o = {0};
    struct blob room = {mem_alloc(record.size), 0, record.size};
    struct reader r = reader_on(record);
    *type = reader_u8(&r);
    blob_free(text);
    if (!room.data)
        return ST_NO_MEMORY;
    bool opened = prepare(s, record, &o) && decrypt(&o, room.data, &room.size);
    if (opened && gnutls_protocol_get_version(s->gnutls) == GNUTLS_TLS1_3)
        *type = take_type(room.data, &room.size);
    wipe(&o, sizeof o);
    if (opened)
        blob_move(text, &room);
    blob_free(&room);
    return ST_OK;
}
