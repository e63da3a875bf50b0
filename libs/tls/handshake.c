/* Handshakes: the first one, and what comes after. One row per state; a row's handler sees all of
 * IN and says how much of it was taken. */
#include "internal.h"
#include "base/log.h"

struct leg {
    struct bytes in;
    size_t consumed, missing;
};

static struct bytes rest_of(const struct leg *leg)
{
    struct reader r = reader_on(leg->in);
    reader_skip(&r, leg->consumed);
    return reader_rest(&r);
}

static bool negotiating(const struct tls_session *s)
{
    return session_state(s) == STATE_HANDSHAKE || session_state(s) == STATE_REHANDSHAKE;
}

static void opened(struct tls_session *s)
{
    sizes_update(s);
    if (session_state(s) == STATE_HANDSHAKE)
        s->barren = 0;
    writer_free(&s->peeked); /* not needed any more, as far as it was */
    session_enter(s, STATE_OPEN);
    log_debug("tls", "handshake done: %s",
            gnutls_protocol_get_name(gnutls_protocol_get_version(s->gnutls)));
}

static bool is_type(struct bytes record, uint8_t type)
{
    struct reader r = reader_on(record);
    return reader_u8(&r) == type && reader_ok(&r);
}

/* One turn of GnuTLS with RECORD, which may be empty. Warning alerts do not matter to a handshake.
 */
static enum status turn(struct tls_session *s, struct bytes record)
{
    int error;
    transport_feed(s, record);
    do
        error = gnutls_handshake(s->gnutls);
    while ((error == GNUTLS_E_WARNING_ALERT_RECEIVED && count_barren(s)) ||
            error == GNUTLS_E_INTERRUPTED);
    receiver_done(s);
    if (session_state(s) == STATE_FAILED)
        return ST_BAD_TOKEN; /* warning after warning */
    if (error == GNUTLS_E_AGAIN)
        return ST_CONTINUE;
    if (error < 0)
        return session_fail(s, error, "handshake");
    if (!verify_done(s))
        return session_fail(s, GNUTLS_E_CERTIFICATE_ERROR, "handshake");
    enum status status = resume_tickets(s);
    if (!status)
        opened(s);
    return status;
}

/* RFC 5246 7.1, RFC 8446 5: a plain ChangeCipherSpec is one byte, 1. GnuTLS takes any value. Those
 * of a renegotiation are encrypted. */
static bool is_bad_change(const struct tls_session *s, struct bytes record)
{
    struct reader r = reader_on(record);
    if (session_state(s) != STATE_HANDSHAKE || reader_u8(&r) != TYPE_CHANGE_CIPHER_SPEC)
        return false;
    reader_skip(&r, RECORD_HEADER - 1);
    return reader_u8(&r) != 1 || !reader_done(&r);
}

/* A failure of our own side, which the peer hears of as internal_error. */
static enum status fail_inside(struct tls_session *s, enum status status)
{
    (void)session_fail(s, GNUTLS_E_INTERNAL_ERROR, "choosing a certificate");
    return status;
}

/* Takes the next record of LEG. ST_CONTINUE or ST_OK: taken; ST_NEED_CERTIFICATE: not taken. */
static enum status take_record(struct tls_session *s, struct leg *leg, size_t size)
{
    struct reader r = reader_on(rest_of(leg));
    struct bytes record = reader_bytes(&r, size);
    if (is_bad_change(s, record))
        return session_fail(s, GNUTLS_E_UNEXPECTED_PACKET, "a malformed ChangeCipherSpec");
    if (is_type(record, TYPE_CHANGE_CIPHER_SPEC) && !count_barren(s))
        return ST_BAD_TOKEN; /* in TLS 1.3 they mean nothing */
    enum status status = peek_record(s, record);
    if (status == ST_NEED_CERTIFICATE)
        return status;
    if (status)
        return fail_inside(s, status);
    status = turn(s, record);
    if (status_failed(status))
        return status;
    if (s->in.at != size)
        return session_fail(s, GNUTLS_E_INTERNAL_ERROR, "a record was not taken whole");
    leg->consumed += size;
    return status;
}

static enum status on_records(struct tls_session *s, struct leg *leg)
{
    enum status status = leg->consumed ? ST_CONTINUE : ST_OK;
    while (negotiating(s)) {
        size_t size = 0, missing = 0;
        struct bytes rest = rest_of(leg);
        if (session_state(s) == STATE_REHANDSHAKE && is_type(rest, TYPE_APPLICATION_DATA))
            return ST_OK; /* the stream's: it may go on during a renegotiation */
        enum status framed = transport_frame(rest, &size, &missing);
        if (framed == ST_BAD_TOKEN)
            return session_fail(s, GNUTLS_E_UNEXPECTED_PACKET, "not a TLS record");
        if (framed == ST_INCOMPLETE) {
            leg->missing = leg->consumed ? 0 : missing;
            return leg->consumed ? ST_CONTINUE : ST_INCOMPLETE;
        }
        status = take_record(s, leg, size);
        if (status_failed(status) || status == ST_NEED_CERTIFICATE)
            return status;
    }
    return status;
}

static enum status on_first(struct tls_session *s, struct leg *leg)
{
    size_t size;
    if (s->config->role == TLS_SERVER) {
        enum status status = transport_frame(leg->in, &size, &leg->missing);
        if (status == ST_BAD_TOKEN) {
            session_enter(s, STATE_FAILED); /* not TLS: no alert would be understood */
            log_warn("tls", "the peer does not speak TLS: not a record");
        }
        if (status)
            return status;
        s->peek_over = true; /* nobody asks a server for a certificate */
        session_enter(s, STATE_HANDSHAKE);
        return on_records(s, leg);
    }
    session_enter(s, STATE_HANDSHAKE);
    enum status status = turn(s, bytes_of(NULL, 0));
    if (status != ST_CONTINUE || !leg->in.size)
        return status;
    status = on_records(s, leg);
    return status == ST_INCOMPLETE ? ST_CONTINUE : status;
}

/* RFC 8446 4.6.3. Our own limit on one key's records is counted in record.c. */
static enum status flush_key_update(struct tls_session *s)
{
    if (!__atomic_load_n(&s->owes_key_update, __ATOMIC_ACQUIRE) || s->write_closed)
        return ST_OK;
    int error = gnutls_session_key_update(s->gnutls, 0);
    if (error < 0)
        return session_fail(s, error, "answering a KeyUpdate");
    s->sent_records = 0;
    __atomic_store_n(&s->owes_key_update, 0, __ATOMIC_RELEASE);
    return ST_OK;
}

/* Takes nothing from the peer yet. The priority is set anew because of what hooks.c changes at the
 * Certificate. */
static enum status begin_again(struct tls_session *s)
{
    if (gnutls_priority_set(s->gnutls, s->config->priority) < 0)
        return session_fail(s, GNUTLS_E_MEMORY_ERROR, "renegotiation");
    peek_again(s);
    s->asked = false;
    session_enter(s, STATE_REHANDSHAKE);
    return turn(s, bytes_of(NULL, 0));
}

/* HelloRequest (client) or ClientHello (server) on an open TLS <= 1.2 session. GnuTLS wants to see
 * it as data first. */
static enum status renegotiate(struct tls_session *s, struct leg *leg, size_t size)
{
    uint8_t none[1];
    struct reader r = reader_on(leg->in);
    transport_feed(s, reader_bytes(&r, size));
    ssize_t got = gnutls_record_recv(s->gnutls, none, sizeof none);
    if (!count_barren(s))
        return ST_BAD_TOKEN;
    if (got == GNUTLS_E_AGAIN) {
        leg->consumed = size;
        return ST_OK;
    }
    if (got != GNUTLS_E_REHANDSHAKE)
        return session_fail(s, got < 0 ? (int)got : GNUTLS_E_UNEXPECTED_PACKET, "renegotiation");
    leg->consumed = size;
    if (s->write_closed)
        return ST_OK; /* nothing can follow our close_notify */
    enum status status = begin_again(s);
    return status == ST_CONTINUE ? on_records(s, leg) : status;
}

/* Server, TLS 1.3: the client's answer, record by record. Between them may be data. */
static enum status on_reauth(struct tls_session *s, struct leg *leg)
{
    enum status status = ST_OK;
    while (s->reauth != REAUTH_NONE && !status_failed(status)) {
        size_t size = 0, missing = 0;
        bool owns = false;
        struct bytes rest = rest_of(leg);
        enum status framed = transport_frame(rest, &size, &missing);
        if (framed == ST_BAD_TOKEN)
            return session_fail(s, GNUTLS_E_UNEXPECTED_PACKET, "not a TLS record");
        if (framed == ST_INCOMPLETE) {
            leg->missing = leg->consumed ? 0 : missing;
            return leg->consumed ? ST_CONTINUE : ST_INCOMPLETE;
        }
        struct reader r = reader_on(rest);
        struct bytes record = reader_bytes(&r, size);
        status = reauth_owns(s, record, &owns);
        if (status || !owns)
            return status ? fail_inside(s, status) : ST_OK;
        status = reauth_take(s, record);
        leg->consumed += status_failed(status) ? 0 : size;
    }
    return status;
}

static enum status on_open13(struct tls_session *s, struct leg *leg)
{
    if (s->reauth == REAUTH_NONE)
        return ST_OK;
    if (s->config->role == TLS_CLIENT && s->write_closed)
        return ST_OK; /* nothing can follow our close_notify */
    if (s->config->role == TLS_CLIENT)
        return reauth_answer(s);
    return leg->in.size ? on_reauth(s, leg) : ST_OK;
}

/* Where the leg stands still its output waits, and the KeyUpdate that is owed with it: what is encrypted
 * meanwhile would reach the peer under the new key, and before it. */
static enum status on_open13_and_update(struct tls_session *s, struct leg *leg)
{
    enum status status = on_open13(s, leg);
    if (status != ST_OK && status != ST_CONTINUE)
        return status;
    enum status flushed = flush_key_update(s);
    return flushed ? flushed : status;
}

static enum status on_open(struct tls_session *s, struct leg *leg)
{
    size_t size;
    if (s->tls13)
        return on_open13_and_update(s, leg);
    if (!is_type(leg->in, TYPE_HANDSHAKE))
        return ST_OK;
    enum status status = transport_frame(leg->in, &size, &leg->missing);
    if (status == ST_BAD_TOKEN)
        return session_fail(s, GNUTLS_E_UNEXPECTED_PACKET, "not a TLS record");
    return status ? status : renegotiate(s, leg, size);
}

static enum status (*const rows[])(struct tls_session *s, struct leg *leg) = {
        [STATE_FRESH] = on_first,
        [STATE_HANDSHAKE] = on_records,
        [STATE_OPEN] = on_open,
        [STATE_REHANDSHAKE] = on_records,
        [STATE_FAILED] = NULL, /* session_allows has refused */
};

/* What was written goes to OUT; a failure's alert as well. */
static enum status finish_leg(struct tls_session *s, enum status status, struct blob *out)
{
    if (status_failed(status))
        alert_flush(s);
    enum status taken = transport_take(s, out);
    if (taken && !status_failed(status)) {
        session_enter(s, STATE_FAILED);
        return taken;
    }
    return status;
}

/* RFC 5746: an unprotected renegotiation would let a man in the middle put his own words in front of
 * the client's. */
static enum status ask_again12(struct tls_session *s)
{
    if (!gnutls_safe_renegotiation_status(s->gnutls))
        return ST_UNSUPPORTED;
    if (s->config->role == TLS_CLIENT)
        return begin_again(s);
    if (s->asked) /* a second one would find the client in the middle: GnuTLS's then gives up */
        return ST_OK;
    int error = gnutls_rehandshake(s->gnutls);
    if (error < 0)
        return session_fail(s, error, "asking for a renegotiation");
    s->asked = true;
    return ST_OK;
}

bool tls_negotiates(const struct tls_session *s)
{
    return negotiating(s) || (s->config->role == TLS_SERVER && s->reauth != REAUTH_NONE);
}

enum status tls_renegotiate(struct tls_session *s, bool request_certificate, struct blob *out)
{
    enum status status = session_allows(s, OP_ENCRYPT);
    bool server = s->config->role == TLS_SERVER;
    if (status || s->write_closed)
        return ST_BAD_STATE;
    if (s->datagram)
        return ST_UNSUPPORTED;
    if (session_state(s) == STATE_REHANDSHAKE || s->reauth != REAUTH_NONE)
        return ST_OK; /* under way */
    if (s->datagram || (s->tls13 && (!server || !request_certificate)))
        return ST_UNSUPPORTED;
    protect_give_back_reads(s);
    transport_to_message(s);
    status = flush_key_update(s);
    if (!status && server && request_certificate)
        gnutls_certificate_server_set_request(s->gnutls, GNUTLS_CERT_REQUEST);
    if (!status && server && request_certificate && !s->tls13)
        status = resume_refuse(s);
    if (!status)
        status = s->tls13 ? reauth_ask(s) : ask_again12(s);
    return finish_leg(s, status, out);
}

enum status tls_handshake(
        struct tls_session *s, struct bytes in, size_t *consumed, size_t *missing, struct blob *out)
{
    struct leg leg = {in, 0, 0};
    *consumed = *missing = 0;
    enum status status = session_allows(s, OP_HANDSHAKE);
    if (status)
        return status;
    if (s->datagram)
        return dtls_handshake(s, in, consumed);
    protect_give_back_reads(s);
    transport_to_message(s);
    status = rows[session_state(s)](s, &leg);
    *consumed = leg.consumed;
    *missing = leg.missing;
    return finish_leg(s, status, out);
}
