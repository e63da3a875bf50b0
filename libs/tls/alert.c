/* Alerts and the end of a stream. */
#include "internal.h"

void alert_flush(struct tls_session *s)
{
    if (s->failure && s->verdict)
        (void)gnutls_alert_send(
                s->gnutls, GNUTLS_AL_FATAL, (gnutls_alert_description_t)s->verify_alert);
    else if (s->failure == GNUTLS_E_SESSION_EOF) /* close_notify came: RFC 5246 7.2.1 */
        (void)gnutls_alert_send(s->gnutls, GNUTLS_AL_WARNING, GNUTLS_A_CLOSE_NOTIFY);
    else if (s->failure)
        (void)gnutls_alert_send_appropriate(s->gnutls, s->failure);
    s->failure = 0;
}

/* What GnuTLS wrote goes to OUT even when GnuTLS then failed. */
static enum status finish(struct tls_session *s, int error, const char *what, struct blob *out)
{
    enum status status = transport_take(s, out);
    if (error < 0)
        return session_fail(s, error, what);
    return status;
}

/* A program that gives up in the middle of the first handshake may say so more than once, and go on
 * to an alert (Wine's conformance tests, verified on Windows). */
enum status tls_shutdown(struct tls_session *s, struct blob *out)
{
    int error = 0;
    transport_to_message(s);
    if (session_state(s) == STATE_FAILED)
        alert_flush(s);
    else if (session_state(s) == STATE_HANDSHAKE)
        error = gnutls_alert_send(s->gnutls, GNUTLS_AL_WARNING, GNUTLS_A_CLOSE_NOTIFY);
    else if (session_state(s) != STATE_FRESH && !s->write_closed)
        error = gnutls_bye(s->gnutls, GNUTLS_SHUT_WR);
    s->write_closed = session_state(s) != STATE_HANDSHAKE;
    return finish(s, error, "sending close_notify", out);
}

enum status tls_send_alert(
        struct tls_session *s, unsigned level, unsigned description, struct blob *out)
{
    if (level != GNUTLS_AL_WARNING && level != GNUTLS_AL_FATAL)
        return ST_BAD_ARGUMENT;
    if (session_state(s) == STATE_FAILED || s->write_closed)
        return ST_BAD_STATE;
    transport_to_message(s);
    int error = gnutls_alert_send(
            s->gnutls, (gnutls_alert_level_t)level, (gnutls_alert_description_t)description);
    enum status status = finish(s, error, "sending an alert", out);
    if (level == GNUTLS_AL_FATAL)
        session_enter(s, STATE_FAILED);
    if (description == GNUTLS_A_CLOSE_NOTIFY)
        s->write_closed = true;
    return status;
}

int tls_alert_received(const struct tls_session *s)
{
    return s->alert_received;
}
