/* The life of a session: what may be called when, and its end. */
#include "internal.h"
#include "base/log.h"

#define BIT(operation) (1u << (operation))

static const unsigned allowed[] = {
        [STATE_FRESH] = BIT(OP_HANDSHAKE) | BIT(OP_CLOSE),
        [STATE_HANDSHAKE] = BIT(OP_HANDSHAKE) | BIT(OP_CLOSE),
        [STATE_OPEN] = BIT(OP_HANDSHAKE) | BIT(OP_ENCRYPT) | BIT(OP_DECRYPT) | BIT(OP_CLOSE) |
                       BIT(OP_QUERY),
        [STATE_REHANDSHAKE] = BIT(OP_HANDSHAKE) | BIT(OP_ENCRYPT) | BIT(OP_DECRYPT) |
                              BIT(OP_CLOSE) | BIT(OP_QUERY),
        [STATE_FAILED] = BIT(OP_CLOSE),
};

enum tls_state session_state(const struct tls_session *s)
{
    return (enum tls_state)__atomic_load_n(&s->state, __ATOMIC_ACQUIRE);
}

void session_enter(struct tls_session *s, enum tls_state state)
{
    __atomic_store_n(&s->state, (int)state, __ATOMIC_RELEASE);
}

enum status session_allows(struct tls_session *s, enum tls_operation operation)
{
    return allowed[session_state(s)] & BIT(operation) ? ST_OK : ST_BAD_STATE;
}

enum status session_fail(struct tls_session *s, int error, const char *what)
{
    enum status status = s->verdict ? s->verdict : status_of_error(error);
    session_enter(s, STATE_FAILED);
    resume_forget(s);
    if (status == ST_PEER_ALERT) {
        s->alert_received = (int)gnutls_alert_get(s->gnutls);
        log_warn("tls", "%s: the peer sent the alert \"%s\" (%d)", what,
                gnutls_alert_get_name(gnutls_alert_get(s->gnutls)), s->alert_received);
    } else {
        s->failure = error;
        log_warn("tls", "%s: %s (GnuTLS %d)", what, gnutls_strerror(error), error);
    }
    return status;
}

/* RFC 6066 3: no literal addresses. Digits and dots only is IPv4, a colon is IPv6. */
static bool is_address(struct bytes name)
{
    struct reader r = reader_on(name);
    bool letters = false;
    while (reader_left(&r)) {
        uint8_t c = reader_u8(&r);
        if (c == ':')
            return true;
        if (c != '.' && (c < '0' || c > '9'))
            letters = true;
    }
    return !letters;
}

static enum status set_server_name(struct tls_session *s, struct bytes name)
{
    if (name.size && name.data[name.size - 1] == '.') /* RFC 6066 3: without a trailing dot */
        name.size--;
    if (s->config->role != TLS_CLIENT || !name.size || is_address(name))
        return ST_OK;
    int error = gnutls_server_name_set(s->gnutls, GNUTLS_NAME_DNS, name.data, name.size);
    if (error == GNUTLS_E_UNIMPLEMENTED_FEATURE) {
        log_warn("tls", "the server name is not ASCII and no IDNA is built in: none is sent; use "
                        "its xn-- form");
        return ST_OK;
    }
    if (error < 0)
        return error == GNUTLS_E_MEMORY_ERROR ? ST_NO_MEMORY : ST_BAD_ARGUMENT;
    return ST_OK;
}

/* NO_AUTO_REKEY: see hooks.c. FORCE_CLIENT_CERT: the one certificate of the credential goes out
 * whatever authorities the server lists, as Schannel does with an explicit one. */
static enum status set_up(struct tls_session *s)
{
    unsigned flags = GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_AUTO_REKEY;
    if (s->config->versions & TLS_V1_3 && !s->config->never_asked_later)
        flags |= GNUTLS_POST_HANDSHAKE_AUTH;
    flags |= s->config->role == TLS_SERVER ? (unsigned)GNUTLS_SERVER
                                           : (unsigned)GNUTLS_CLIENT | GNUTLS_FORCE_CLIENT_CERT;
    if (s->datagram)
        flags |= GNUTLS_DATAGRAM;
    s->held_back = s->config->holds_sessions;
    if (s->held_back)
        flags |= GNUTLS_NO_TICKETS_TLS12 | GNUTLS_NO_AUTO_SEND_TICKET;
    if (gnutls_init(&s->gnutls, flags) < 0)
        return ST_NO_MEMORY;
    gnutls_session_set_ptr(s->gnutls, s);
    if (gnutls_priority_set(s->gnutls, s->config->priority) < 0 ||
            gnutls_credentials_set(s->gnutls, GNUTLS_CRD_CERTIFICATE, s->config->credentials) < 0)
        return ST_NO_MEMORY;
    if (s->config->role == TLS_SERVER)
        gnutls_certificate_server_set_request(
                s->gnutls, s->config->require_certificate   ? GNUTLS_CERT_REQUIRE
                           : s->config->request_certificate ? GNUTLS_CERT_REQUEST
                                                            : GNUTLS_CERT_IGNORE);
    if (s->datagram)
        dtls_attach(s);
    else
        gnutls_handshake_set_timeout(s->gnutls, 0);
    key_log_attach(s);
    transport_attach(s);
    hooks_attach(s);
    verify_attach(s);
    identity_attach(s);
    return resume_attach(s);
}

enum status tls_session_new(
        struct tls_config *config, struct bytes server_name, struct tls_session **session)
{
    if (config->role == TLS_SERVER && !config->has_key)
        return ST_NO_CREDENTIALS;
    struct tls_session *s = mem_alloc(sizeof *s);
    if (!s)
        return ST_NO_MEMORY;
    s->alert_received = -1;
    s->config = config;
    s->datagram = config_is_datagram(config);
    config->sealed = true;
    __atomic_add_fetch(&config->references, 1, __ATOMIC_RELAXED);
    enum status status = set_up(s);
    if (!status)
        status = set_server_name(s, server_name);
    if (status) {
        tls_session_free(s);
        return status;
    }
    *session = s;
    return ST_OK;
}

void tls_session_free(struct tls_session *session)
{
    if (!session)
        return;
    protect_give_back_reads(session);
    protect_give_back_writes(session);
    if (session->gnutls)
        gnutls_deinit(session->gnutls);
    writer_free(&session->out.writer);
    writer_free(&session->dtls.queue);
    mem_free(session->chain, session->chain_allocated);
    writer_free(&session->peeked);
    blob_free(&session->request);
    blob_free(&session->mki);
    blob_free(&session->alpn);
    tls_config_free(session->chosen);
    tls_config_free(session->config);
    mem_free(session, sizeof *session);
}

static enum status remember_alpn(
        struct tls_session *s, const struct bytes *protocols, size_t count)
{
    struct writer w = {0};
    for (size_t i = 0; i < count; i++) {
        writer_u8(&w, (uint8_t)protocols[i].size);
        writer_bytes(&w, protocols[i]);
    }
    return writer_finish(&w, &s->alpn);
}

/* Server: its order wins, and nothing in common ends the handshake (RFC 7301 3.2). */
enum status tls_session_set_alpn(struct tls_session *s, const struct bytes *protocols, size_t count)
{
    enum { MOST = 32 };
    gnutls_datum_t list[MOST];
    if (session_state(s) != STATE_FRESH)
        return ST_BAD_STATE;
    if (!count || count > MOST)
        return ST_BAD_ARGUMENT;
    for (size_t i = 0; i < count; i++) {
        if (!protocols[i].size || protocols[i].size > 255)
            return ST_BAD_ARGUMENT;
        list[i].data = (unsigned char *)(uintptr_t)protocols[i].data;
        list[i].size = (unsigned)protocols[i].size;
    }
    unsigned flags = s->config->role == TLS_SERVER
                             ? (unsigned)GNUTLS_ALPN_MANDATORY | GNUTLS_ALPN_SERVER_PRECEDENCE
                             : 0;
    int error = gnutls_alpn_set_protocols(s->gnutls, list, (unsigned)count, flags);
    if (error < 0)
        return error == GNUTLS_E_MEMORY_ERROR ? ST_NO_MEMORY : ST_BAD_ARGUMENT;
    return s->config->parameters ? remember_alpn(s, protocols, count) : ST_OK;
}
