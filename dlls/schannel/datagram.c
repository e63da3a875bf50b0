/* DTLS: legs whose tokens are datagrams.
 *
 *   client   first leg      no datagram in; the ClientHello
 *   server   first legs     a ClientHello, and SECBUFFER_EXTRA: any bytes that stand for the client's
 *                           address; without a good cookie the HelloVerifyRequest, and nothing is kept
 *   both     later legs     a datagram in, one out
 *            nothing in     after SEC_I_MESSAGE_FRAGMENT the next datagram of the flight; else the
 *                           program's timer has run out: the flight again
 *
 * SEC_I_MESSAGE_FRAGMENT: there is more to send, come back without input. SEC_I_CONTINUE_NEEDED: wait
 * for a datagram, also when the token is empty. A flight that does not get through is sent again
 * by whoever's timer runs out.
 * Sources: "SetContextAttributes (Schannel)", SECPKG_ATTR_DTLS_MTU; "SecBuffer structure",
 * SECBUFFER_DTLS_MTU; Wine's conformance tests; programs that run on Windows (docs/interop.md).
 */
#include "schannel.h"

#define RECORD_HEADER 13

static BOOL allocates(const struct ssp_leg *leg)
{
    return (leg->request & ISC_REQ_ALLOCATE_MEMORY) != 0; /* ASC_REQ_ has the same bit */
}

ULONG datagram_attributes(const struct ssp_leg *leg, ULONG asked)
{
    return asked | (leg->inbound ? ASC_RET_STREAM | ASC_RET_DATAGRAM
                                 : ISC_RET_STREAM | ISC_RET_DATAGRAM);
}

/* What Windows says of a leg without room for its output (Wine's conformance tests). */
SECURITY_STATUS datagram_no_room(struct ssp_leg *leg, SECURITY_STATUS s)
{
    leg->attributes &= ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT | ISC_RET_CONFIDENTIALITY;
    leg->expiry.QuadPart = 0;
    return s;
}

/* ---- the MTU ---- */

static SECURITY_STATUS set_mtu(struct context *c, ULONG mtu)
{
    if (mtu < 200 || mtu > 64 * 1024)
        return SEC_E_INVALID_PARAMETER;
    c->mtu = mtu;
    return c->tls ? schannel_status(tls_datagram_set_mtu(c->tls, min(mtu, 65535)), c->tls)
                  : SEC_E_OK;
}

/* SECPKG_ATTR_DTLS_MTU: "if DTLS is not enabled in a security context, this is not supported". */
SECURITY_STATUS datagram_set_mtu(struct context *c, const void *buffer)
{
    return c->datagram ? set_mtu(c, *(const ULONG *)buffer) : SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS datagram_query_mtu(struct context *c, void *buffer)
{
    if (!c->datagram)
        return SEC_E_UNSUPPORTED_FUNCTION;
    *(ULONG *)buffer = c->mtu;
    return SEC_E_OK;
}

/* SEC_DTLS_MTU: 16 bits. */
static SECURITY_STATUS mtu_from_input(struct context *c, const SecBufferDesc *input)
{
    PSecBuffer buffer = input ? ssp_buffer_find(input, SECBUFFER_DTLS_MTU, 0) : NULL;
    if (!buffer)
        return SEC_E_OK;
    struct reader r = reader_on(ssp_buffer_bytes(buffer));
    ULONG mtu = reader_u16le(&r);
    return reader_ok(&r) ? set_mtu(c, mtu) : SEC_E_INVALID_PARAMETER;
}

/* ---- a leg ---- */

/* The session, when it is known that it is worth one. */
static SECURITY_STATUS begin(struct context *c, struct ssp_leg *leg)
{
    SECURITY_STATUS s = context_open(c, leg);
    if (s == SEC_E_OK)
        s = set_mtu(c, c->mtu);
    return s == SEC_E_OK ? srtp_from_input(leg->input, c->tls) : s;
}

/* The next datagram, if there is one. */
static SECURITY_STATUS give(struct context *c, struct ssp_leg *leg)
{
    struct blob datagram = {0};
    SECURITY_STATUS s = schannel_status(tls_datagram_take(c->tls, &datagram), c->tls);
    if (s == SEC_E_OK)
        s = output_token(leg->output, blob_view(&datagram), allocates(leg));
    blob_free(&datagram);
    if (s != SEC_E_OK) {
        c->phase = PHASE_FAILED;
        return s;
    }
    if (c->phase != PHASE_HANDSHAKE)
        leg_add_mutual(c, leg);
    if (tls_datagram_waits(c->tls))
        return SEC_I_MESSAGE_FRAGMENT;
    return c->phase == PHASE_HANDSHAKE ? SEC_I_CONTINUE_NEEDED : SEC_E_OK;
}

/* The alert that a failure leaves. */
static SECURITY_STATUS fail(struct context *c, struct ssp_leg *leg, enum status status)
{
    struct blob alert = {0};
    SECURITY_STATUS s = status == ST_BUFFER_TOO_SMALL ? SEC_E_CANNOT_PACK
                        : c->verdict != SEC_E_OK      ? c->verdict
                                                      : schannel_status(status, c->tls);
    (void)!tls_datagram_take(c->tls, &alert);
    s = leg_failed(c, leg, s, blob_view(&alert));
    blob_free(&alert);
    return s;
}

static SECURITY_STATUS advance(struct context *c, struct ssp_leg *leg, struct bytes in)
{
    struct blob none = {0};
    size_t consumed = 0, missing = 0;
    c->verdict = SEC_E_OK;
    enum status status = tls_handshake(c->tls, in, &consumed, &missing, &none);
    if (status != ST_OK && status != ST_CONTINUE)
        return fail(c, leg, status);
    if (status == ST_OK && c->phase == PHASE_HANDSHAKE) {
        SECURITY_STATUS s = leg_finished(c, leg);
        if (s != SEC_E_OK)
            return s;
    }
    input_extra(leg->input, in, consumed);
    return give(c, leg);
}

/* ---- the server before it knows its client ---- */

/* A datagram that is no hello is dropped: an open context goes on, none is made for it. */
static SECURITY_STATUS meet(struct context *c, struct ssp_leg *leg, struct bytes in)
{
    struct blob answer = {0};
    PSecBuffer address = leg->input ? ssp_buffer_find(leg->input, SECBUFFER_EXTRA, 0) : NULL;
    if (!address)
        return SEC_E_INVALID_PARAMETER;
    enum status status = cookie_check(ssp_buffer_bytes(address), in, &answer);
    SECURITY_STATUS s = SEC_I_CONTINUE_NEEDED;
    if (status == ST_OK) {
        s = begin(c, leg);
        if (s == SEC_E_OK)
            s = schannel_status(tls_session_set_hello(c->tls, in), c->tls);
        if (s != SEC_E_OK) { /* a session without all that begin sets must not be gone on with */
            tls_session_free(c->tls);
            c->tls = NULL;
        } else {
            s = advance(c, leg, in);
        }
    } else if (status == ST_CONTINUE || (status == ST_BAD_TOKEN && leg->context)) {
        SECURITY_STATUS given = output_token(leg->output, blob_view(&answer), allocates(leg));
        s = given == SEC_E_OK ? SEC_I_CONTINUE_NEEDED : given;
    } else {
        s = schannel_status(status, NULL);
    }
    blob_free(&answer);
    return s;
}

SECURITY_STATUS datagram_first_leg(struct context *c, struct ssp_leg *leg)
{
    PSecBuffer token = leg->input ? ssp_buffer_find(leg->input, SECBUFFER_TOKEN, 0) : NULL;
    struct bytes in = token ? ssp_buffer_bytes(token) : bytes_of(NULL, 0);
    leg->expiry.QuadPart = 0;
    c->mtu = 1096;
    SECURITY_STATUS s = mtu_from_input(c, leg->input);
    if (s != SEC_E_OK)
        return s;
    if (c->server)
        return token ? meet(c, leg, in) : SEC_E_INVALID_TOKEN;
    s = begin(c, leg);
    return s == SEC_E_OK ? advance(c, leg, bytes_of(NULL, 0)) : s;
}

SECURITY_STATUS datagram_later_leg(struct context *c, struct ssp_leg *leg)
{
    PSecBuffer token = leg->input ? ssp_buffer_find(leg->input, SECBUFFER_TOKEN, 0) : NULL;
    struct bytes in = token ? ssp_buffer_bytes(token) : bytes_of(NULL, 0);
    SECURITY_STATUS s = mtu_from_input(c, leg->input);
    if (s != SEC_E_OK)
        return s;
    if (!c->tls && !in.size) {
        input_missing(leg->input, RECORD_HEADER);
        return SEC_E_INCOMPLETE_MESSAGE; /* a HelloVerifyRequest is not sent twice */
    }
    if (!c->tls)
        return meet(c, leg, in);
    if (in.size)
        return advance(c, leg, in);
    if (tls_datagram_waits(c->tls))
        return give(c, leg);
    if (c->phase == PHASE_SHUT)
        return SEC_E_CONTEXT_EXPIRED;
    return advance(c, leg, in);
}

/* ---- the stream ---- */

/* Which of the statuses that end nothing. UNFINISHED_CONTEXT_DELETED: the program takes the datagram
 * to the other function, and sends what that gives. */
static SECURITY_STATUS status_of_dropped(enum status status)
{
    switch (status) {
    case ST_RENEGOTIATE:
        return SEC_E_UNFINISHED_CONTEXT_DELETED;
    case ST_OUT_OF_SEQUENCE:
        return SEC_E_OUT_OF_SEQUENCE;
    case ST_BAD_SIGNATURE:
        return SEC_E_MESSAGE_ALTERED;
    default:
        return SEC_E_INVALID_TOKEN;
    }
}

static BOOL is_dropped(enum status status)
{
    return status == ST_BAD_TOKEN || status == ST_BAD_SIGNATURE || status == ST_OUT_OF_SEQUENCE;
}

/* The datagram's first record that is one of the stream. AT: what stands before it. */
SECURITY_STATUS datagram_decrypt(struct context *c, struct bytes in, uint8_t *base, size_t *at,
        size_t *consumed, size_t *size)
{
    struct tls_sizes sizes;
    size_t missing;
    enum status status = tls_sizes(c->tls, &sizes);
    *at = *consumed = *size = 0;
    if (status != ST_OK)
        return schannel_status(status, c->tls);
    do {
        struct reader r = reader_on(in);
        *at += *consumed;
        reader_skip(&r, *at);
        size_t data = min(*at + sizes.header, in.size);
        status = tls_decrypt(c->tls, reader_rest(&r), base + data, in.size - data, consumed,
                &missing, size);
    } while (is_dropped(status) && *consumed && *at + *consumed < in.size);
    if (status == ST_CLOSED)
        return SEC_I_CONTEXT_EXPIRED;
    if (is_dropped(status) || status == ST_RENEGOTIATE)
        return status_of_dropped(status);
    return schannel_status(status, c->tls);
}
