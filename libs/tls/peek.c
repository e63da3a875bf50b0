/* CertificateRequest, seen before GnuTLS sees it.
 *
 * GnuTLS wants to know the client's certificate in the middle of this message, and cannot wait
 * there; a program may have to ask its user first. So the handshake stops in front of the record
 * that completes the message: nothing of it has been taken, and it can be offered again. In TLS 1.3
 * the record is encrypted: it is opened here with the key that GnuTLS has for it. A record that
 * does not open, or a message that makes no sense, is left for GnuTLS to refuse.
 */
#include <gnutls/crypto.h>
#include "internal.h"

enum {
    MESSAGE_HEADER = 4,
    MESSAGE_MAX = 128 * 1024, /* as much as GnuTLS takes */
};

/* ---- opening a record of TLS 1.3, RFC 8446 5.2 and 5.3 ---- */

static size_t without_padding(const uint8_t *text, size_t size)
{
    while (size && !text[size - 1])
        size--;
    return size;
}

static bool get_nonce(gnutls_datum_t iv, const uint8_t sequence[8], uint8_t nonce[12])
{
    if (iv.size != 12)
        return false;
    for (size_t i = 0; i < 12; i++)
        nonce[i] = (uint8_t)(iv.data[i] ^ (i < 4 ? 0 : sequence[i - 4]));
    return true;
}

/* TEXT has room for the record. *SIZE: what is inside, content type included. */
static bool open_record(struct tls_session *s, struct bytes record, uint8_t *text, size_t *size)
{
    gnutls_datum_t iv, key;
    uint8_t sequence[8], nonce[12];
    gnutls_aead_cipher_hd_t aead;
    gnutls_cipher_algorithm_t cipher = gnutls_cipher_get(s->gnutls);
    struct reader r = reader_on(record);
    struct bytes header = reader_bytes(&r, RECORD_HEADER), body = reader_rest(&r);
    if (!reader_ok(&r) || !gnutls_cipher_get_tag_size(cipher) ||
            gnutls_record_get_state(s->gnutls, 1, NULL, &iv, &key, sequence) < 0 ||
            !get_nonce(iv, sequence, nonce) || gnutls_aead_cipher_init(&aead, cipher, &key) < 0)
        return false;
    *size = body.size;
    int error = gnutls_aead_cipher_decrypt(aead, nonce, sizeof nonce, header.data, header.size,
            gnutls_cipher_get_tag_size(cipher), body.data, body.size, text, size);
    gnutls_aead_cipher_deinit(aead);
    wipe(nonce, sizeof nonce);
    return error >= 0;
}

/* The handshake bytes in RECORD, TLS 1.3, appended to W. */
static enum status add_protected(struct tls_session *s, struct bytes record, struct writer *w)
{
    size_t size = 0;
    uint8_t *text = mem_alloc(record.size);
    if (!text)
        return ST_NO_MEMORY;
    bool opened = open_record(s, record, text, &size);
    size = opened ? without_padding(text, size) : 0;
    if (size && text[size - 1] == TYPE_HANDSHAKE)
        writer_bytes(w, bytes_of(text, size - 1));
    mem_free(text, record.size);
    return ST_OK;
}

/* ---- the message ---- */

static enum status use(struct tls_session *s, struct tls_config *config)
{
    if (config == s->config)
        return ST_OK;
    if (config->role != TLS_CLIENT ||
            gnutls_credentials_set(s->gnutls, GNUTLS_CRD_CERTIFICATE, config->credentials) < 0)
        return ST_INTERNAL;
    config->sealed = true;
    __atomic_add_fetch(&config->references, 1, __ATOMIC_RELAXED);
    tls_config_free(s->chosen);
    s->chosen = config;
    return ST_OK;
}

static enum status on_request(struct tls_session *s, struct bytes message)
{
    struct tls_config *config = s->config;
    struct request *q = mem_alloc(sizeof *q);
    if (!q)
        return ST_NO_MEMORY;
    enum status status = ST_OK;
    if (request_read(gnutls_protocol_get_version(s->gnutls), message, q))
        status = s->choose(s->choose_self, q->issuers, q->count, &config);
    mem_free(q, sizeof *q);
    return status ? status : use(s, config);
}

/* ---- the records in between ---- */

/* All whole messages in TEXT; *DONE: bytes of those. */
static enum status walk(struct tls_session *s, struct bytes text, size_t *done)
{
    struct reader r = reader_on(text);
    *done = 0;
    while (!s->peek_over && reader_left(&r) >= MESSAGE_HEADER) {
        uint8_t type = reader_u8(&r);
        struct bytes message = reader_bytes(&r, reader_u24be(&r));
        if (!reader_ok(&r))
            return ST_OK; /* it ends in a record to come */
        enum status status =
                type == GNUTLS_HANDSHAKE_CERTIFICATE_REQUEST ? on_request(s, message) : ST_OK;
        if (status)
            return status;
        /* One request at most, and none behind these. */
        s->peek_over = type == GNUTLS_HANDSHAKE_CERTIFICATE_REQUEST ||
                       type == GNUTLS_HANDSHAKE_SERVER_HELLO_DONE ||
                       type == GNUTLS_HANDSHAKE_FINISHED;
        *done += MESSAGE_HEADER + message.size;
    }
    return ST_OK;
}

static enum status keep_rest(struct tls_session *s, struct bytes text, size_t done)
{
    struct reader r = reader_on(text);
    reader_skip(&r, done);
    s->peek_over |= reader_left(&r) > MESSAGE_MAX;
    return blob_set(&s->peeked, s->peek_over ? bytes_of(NULL, 0) : reader_rest(&r));
}

enum status peek_record(struct tls_session *s, struct bytes record)
{
    struct writer w = {0};
    struct blob text = {0};
    struct reader r = reader_on(record);
    uint8_t type = reader_u8(&r);
    size_t done = 0;
    /* TLS 1.2 and older: what follows is encrypted. */
    if (type == TYPE_CHANGE_CIPHER_SPEC)
        s->peek_over |= gnutls_protocol_get_version(s->gnutls) != GNUTLS_TLS1_3;
    if (!s->choose || s->peek_over || (type != TYPE_HANDSHAKE && type != TYPE_APPLICATION_DATA))
        return ST_OK;
    writer_bytes(&w, blob_view(&s->peeked));
    reader_skip(&r, RECORD_HEADER - 1);
    enum status status = ST_OK;
    if (type == TYPE_HANDSHAKE)
        writer_bytes(&w, reader_rest(&r));
    else
        status = add_protected(s, record, &w);
    enum status written = writer_finish(&w, &text);
    status = status ? status : written;
    if (!status)
        status = walk(s, blob_view(&text), &done);
    if (!status)
        status = keep_rest(s, blob_view(&text), done);
    blob_free(&text);
    return status;
}

void tls_session_set_choose(struct tls_session *s, tls_choose choose, void *self)
{
    s->choose = choose;
    s->choose_self = self;
}
