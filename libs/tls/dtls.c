/* The handshake of a datagram session (RFC 6347): tls_handshake with one datagram, or with none when
 * the caller's timer has run out.
 *
 * Each record of the datagram is one turn of GnuTLS, which takes fragments in any order, drops what
 * it cannot use, and sends its flight again when the peer does. GnuTLS has timers of its own; they
 * are set so that they have always run out: a turn without a record then sends the flight again,
 * and time plays no part. The one clock left is that of the whole handshake, which GnuTLS cannot do
 * without: 24 days.
 */
#include <gnutls/dtls.h>
#include <limits.h>
#include "internal.h"
#include "base/log.h"

void dtls_attach(struct tls_session *s)
{
    gnutls_dtls_set_timeouts(s->gnutls, 0, INT_MAX);
    s->dtls.mtu = DTLS_MTU_USUAL;
    gnutls_dtls_set_mtu(s->gnutls, DTLS_MTU_USUAL);
}

enum status tls_datagram_set_mtu(struct tls_session *s, size_t mtu)
{
    if (!s->datagram)
        return ST_UNSUPPORTED;
    if (mtu < DTLS_MTU_LEAST || mtu > DTLS_MTU_MOST)
        return ST_BAD_ARGUMENT;
    s->dtls.mtu = mtu;
    gnutls_dtls_set_mtu(s->gnutls, (unsigned)mtu);
    if (session_state(s) == STATE_OPEN)
        sizes_update(s);
    return ST_OK;
}

static enum status opened(struct tls_session *s)
{
    if (!verify_done(s))
        return session_fail(s, GNUTLS_E_CERTIFICATE_ERROR, "handshake");
    if (!srtp_agrees(s))
        return session_fail(s, GNUTLS_E_RECEIVED_ILLEGAL_PARAMETER, "another SRTP key identifier");
    sizes_update(s);
    dtls_window_start(s);
    session_enter(s, STATE_OPEN);
    log_debug("tls", "handshake done: %s",
            gnutls_protocol_get_name(gnutls_protocol_get_version(s->gnutls)));
    return ST_OK;
}

/* What leaves a handshake as it was. A clock that was set back makes GnuTLS believe that its 24 days
 * are over. */
static bool goes_on(int error)
{
    return error == GNUTLS_E_AGAIN || error == GNUTLS_E_INTERRUPTED ||
           error == GNUTLS_E_TIMEDOUT || error == GNUTLS_E_WARNING_ALERT_RECEIVED;
}

/* A plain message may be one that the peer sends again because it does not have our answer. */
static bool may_repeat(struct bytes record)
{
    struct dtls_record r;
    return !record.size || (dtls_frame(record, &r) && r.type == TYPE_HANDSHAKE && !r.epoch);
}

static enum status turn(struct tls_session *s, struct bytes record)
{
    dtls_turn_begin(s, may_repeat(record) && (!record.size || !dtls_is_waiting(s)));
    transport_feed(s, record);
    int error = gnutls_handshake(s->gnutls);
    dtls_turn_end(s);
    if (s->dtls.too_small) {
        (void)session_fail(s, GNUTLS_E_LARGE_PACKET, "the ClientHello does not fit into the MTU");
        return ST_BUFFER_TOO_SMALL;
    }
    if (goes_on(error))
        return ST_CONTINUE;
    return error < 0 ? session_fail(s, error, "handshake") : opened(s);
}

/* GnuTLS may first work through what it has, and not look at the record. */
static enum status take(struct tls_session *s, struct bytes record)
{
    enum status status = ST_CONTINUE;
    s->in.at = 0;
    for (int i = 0; i < 4 && status == ST_CONTINUE && !s->in.at; i++)
        status = turn(s, record);
    return status;
}

static struct bytes behind(struct bytes in, size_t at)
{
    struct reader r = reader_on(in);
    reader_skip(&r, at);
    return reader_rest(&r);
}

static enum status negotiate(struct tls_session *s, struct bytes in, size_t *consumed)
{
    struct dtls_record record;
    enum status status = ST_CONTINUE;
    while (status == ST_CONTINUE && dtls_frame(behind(in, *consumed), &record)) {
        struct reader r = reader_on(behind(in, *consumed));
        struct bytes whole = reader_bytes(&r, record.size);
        bool sane = dtls_is_sane(&record);
        if (sane)
            status = take(s, whole);
        if (status_failed(status) || (sane && !s->in.at))
            break; /* done without it: the stream's */
        *consumed += record.size;
    }
    if (status == ST_CONTINUE)
        *consumed = in.size; /* what is left is no record */
    return status;
}

/* The peer sends its last flight again: ours was lost. tls_decrypt may have seen to that already. */
static void answer_again(struct tls_session *s, struct bytes in)
{
    struct dtls_record record;
    uint8_t none[1];
    while (!dtls_is_waiting(s) && dtls_frame(in, &record)) {
        struct reader r = reader_on(in);
        struct bytes whole = reader_bytes(&r, record.size);
        if (record.type == TYPE_HANDSHAKE && record.epoch == 1)
            (void)dtls_feed(s, whole, none, sizeof none);
        in = reader_rest(&r);
    }
}

static enum status step(struct tls_session *s, struct bytes in, size_t *consumed)
{
    enum tls_state before = session_state(s);
    if (before == STATE_OPEN) {
        answer_again(s, in);
        *consumed = in.size;
        return ST_OK;
    }
    if (before == STATE_FRESH)
        session_enter(s, STATE_HANDSHAKE);
    /* A client's first call makes the ClientHello; any call without a datagram sends again. */
    if (!in.size || (before == STATE_FRESH && s->config->role == TLS_CLIENT)) {
        *consumed = in.size;
        return turn(s, bytes_of(NULL, 0));
    }
    return negotiate(s, in, consumed);
}

enum status dtls_handshake(struct tls_session *s, struct bytes in, size_t *consumed)
{
    transport_to_datagrams(s);
    s->dtls.repeated = false;
    enum status status = step(s, in, consumed);
    if (status_failed(status)) {
        dtls_queue_clear(s);
        dtls_turn_begin(s, false);
        s->dtls.fresh = true;
        alert_flush(s);
        dtls_turn_end(s);
    }
    transport_to_message(s);
    return status;
}
