/* CertificateRequest, seen before GnuTLS sees it.
 *
 * GnuTLS wants to know the client's certificate in the middle of this message, and cannot wait
 * there; a program may have to ask its user first. So the handshake stops in front of the record
 * that completes the message: nothing of it has been taken, and it can be offered again. Where the
 * record is protected (TLS 1.3, a renegotiation) it is opened here as well (open.c), and what is
 * not protected there is not looked at: anybody could have written it. A record that does not open,
 * or a message that makes no sense, is left for GnuTLS to refuse. After a TLS 1.3 handshake GnuTLS
 * does wait: reauth.c.
 */
#include <string.h>
#include "internal.h"

enum {
    MESSAGE_HEADER = 4,
    MESSAGE_MAX = 128 * 1024, /* as much as GnuTLS takes */
    EXTENSION_SUPPORTED_VERSIONS = 43,
};

/* ---- which version it will be ---- */

static bool chooses_tls13(struct reader *r)
{
    struct reader list = reader_on(reader_bytes(r, reader_u16be(r)));
    while (reader_ok(&list) && reader_left(&list)) {
        uint16_t type = reader_u16be(&list);
        struct reader body = reader_on(reader_bytes(&list, reader_u16be(&list)));
        if (type == EXTENSION_SUPPORTED_VERSIONS && reader_u16be(&body) == 0x0304)
            return reader_ok(&list);
    }
    return false;
}

/* ServerHello, RFC 5246 7.4.1.3, RFC 8446 4.1.3; a HelloRetryRequest is one as well. GnuTLS may not
 * have seen it: the CertificateRequest can lie in the same record. */
static void note_version(struct tls_session *s, struct bytes hello)
{
    struct reader r = reader_on(hello);
    uint16_t version = reader_u16be(&r);
    reader_skip(&r, 32);            /* random */
    reader_skip(&r, reader_u8(&r)); /* session id */
    reader_skip(&r, 2 + 1);         /* cipher suite, compression method */
    if (chooses_tls13(&r))
        s->peek_version = GNUTLS_TLS1_3;
    else
        s->peek_version = version == 0x0303   ? GNUTLS_TLS1_2
                          : version == 0x0302 ? GNUTLS_TLS1_1
                                              : GNUTLS_TLS1_0;
}

static bool is_protected(const struct tls_session *s)
{
    return s->peek_version == GNUTLS_TLS1_3 || session_state(s) == STATE_REHANDSHAKE;
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

enum status peek_request(struct tls_session *s, gnutls_protocol_t version, struct bytes message)
{
    struct tls_config *config = s->config;
    struct request *q = mem_alloc(sizeof *q);
    if (!q)
        return ST_NO_MEMORY;
    enum status status = ST_OK;
    if (s->choose && request_read(version, message, q))
        status = s->choose(s->choose_self, q->issuers, q->count, &config);
    mem_free(q, sizeof *q);
    return status ? status : use(s, config);
}

/* ---- the records in between ---- */

static enum status on_message(struct tls_session *s, uint8_t type, struct bytes message)
{
    switch (type) {
    case GNUTLS_HANDSHAKE_SERVER_HELLO:
        if (!is_protected(s))
            note_version(s, message);
        return ST_OK;
    case GNUTLS_HANDSHAKE_CERTIFICATE_REQUEST: {
        enum status status =
                s->peek_version ? peek_request(s, s->peek_version, message) : ST_OK;
        s->peek_over = !status; /* one request at most */
        return status;
    }
    case GNUTLS_HANDSHAKE_SERVER_HELLO_DONE:
    case GNUTLS_HANDSHAKE_FINISHED:
        s->peek_over = true; /* and none behind these */
        return ST_OK;
    default:
        return ST_OK;
    }
}

/* All whole messages in TEXT; *DONE: bytes of those. What stands unprotected behind the ServerHello
 * of TLS 1.3 is none. */
static enum status walk(struct tls_session *s, struct bytes text, size_t *done)
{
    struct reader r = reader_on(text);
    bool at_first = is_protected(s);
    *done = 0;
    while (!s->peek_over && reader_left(&r) >= MESSAGE_HEADER) {
        uint8_t type = reader_u8(&r);
        struct bytes message = reader_bytes(&r, reader_u24be(&r));
        if (!reader_ok(&r))
            return ST_OK; /* it ends in a record to come */
        enum status status = on_message(s, type, message);
        if (status)
            return status;
        *done += MESSAGE_HEADER + message.size;
        if (is_protected(s) != at_first)
            *done = text.size;
        if (*done == text.size)
            return ST_OK;
    }
    return ST_OK;
}

/* What is left after DONE bytes is less than the last record brought, unless DONE is 0. */
static void keep_rest(struct tls_session *s, size_t done)
{
    struct blob *kept = &s->peeked.out;
    s->peek_over |= kept->size - done > MESSAGE_MAX;
    if (s->peek_over) {
        writer_free(&s->peeked);
        return;
    }
    if (done)
        memmove(kept->data, kept->data + done, kept->size - done);
    kept->size -= done;
}

/* The handshake bytes in RECORD, appended to W. */
static enum status add_text(struct tls_session *s, struct bytes record, struct writer *w)
{
    struct blob text = {0};
    struct reader r = reader_on(record);
    uint8_t type = reader_u8(&r);
    if (!is_protected(s)) {
        reader_skip(&r, RECORD_HEADER - 1);
        if (type == TYPE_HANDSHAKE)
            writer_bytes(w, reader_rest(&r));
        return ST_OK;
    }
    enum status status = open_record(s, record, &text, &type);
    if (!status && type == TYPE_HANDSHAKE)
        writer_bytes(w, blob_view(&text));
    blob_free(&text);
    return status;
}

static bool is_of_interest(const struct tls_session *s, uint8_t type)
{
    if (!s->choose || s->peek_over)
        return false;
    return type == (s->peek_version == GNUTLS_TLS1_3 ? TYPE_APPLICATION_DATA : TYPE_HANDSHAKE);
}

enum status peek_record(struct tls_session *s, struct bytes record)
{
    struct reader r = reader_on(record);
    uint8_t type = reader_u8(&r);
    size_t before = writer_at(&s->peeked), done = 0;
    /* TLS 1.2 and older: what follows is Finished. */
    if (type == TYPE_CHANGE_CIPHER_SPEC)
        s->peek_over |= s->peek_version && s->peek_version != GNUTLS_TLS1_3;
    if (!is_of_interest(s, type))
        return ST_OK;
    enum status status = add_text(s, record, &s->peeked);
    if (!status)
        status = s->peeked.status;
    if (!status)
        status = walk(s, blob_view(&s->peeked.out), &done);
    if (status)
        s->peeked.out.size = before; /* the record will be offered again */
    else
        keep_rest(s, done);
    return status;
}

void peek_again(struct tls_session *s)
{
    writer_free(&s->peeked);
    s->peek_over = s->config->role != TLS_CLIENT;
    s->peek_version = gnutls_protocol_get_version(s->gnutls);
}

void tls_session_set_choose(struct tls_session *s, tls_choose choose, void *self)
{
    s->choose = choose;
    s->choose_self = self;
}
