/* ApplyControlToken ("ApplyControlToken (Schannel)"): a token of DWORDs, the first its kind. What
 * it asks for goes out with the next Initialize- or AcceptSecurityContext. */
#include "schannel.h"

static SECURITY_STATUS shut_down(struct context *c)
{
    if (c->alert.size && c->alert_is_final)
        return SEC_E_OK; /* asked before and not yet sent */
    c->alert_is_final = TRUE;
    return schannel_status(tls_shutdown(c->tls, &c->alert), c->tls);
}

static SECURITY_STATUS send_alert(struct context *c, struct reader *r)
{
    uint32_t level = reader_u32le(r), number = reader_u32le(r);
    if (!reader_ok(r))
        return SEC_E_INVALID_TOKEN;
    if ((level != TLS1_ALERT_WARNING && level != TLS1_ALERT_FATAL) || number > 255)
        return SEC_E_INVALID_PARAMETER;
    /* What is owed on an open stream is a record with a number of its own: it goes out first. */
    if (c->phase == PHASE_HANDSHAKE)
        blob_free(&c->alert);
    enum status s = tls_send_alert(c->tls, level, number, &c->alert);
    if (s == ST_OK)
        c->alert_is_final |= level == TLS1_ALERT_FATAL || number == TLS1_ALERT_CLOSE_NOTIFY;
    return schannel_status(s, c->tls);
}

/* On clients SEC_E_UNSUPPORTED_FUNCTION (Wine's conformance tests); TLS 1.3 has none (RFC 8446 4.1.2). */
static SECURITY_STATUS renegotiate(struct context *c)
{
    if (!c->server || c->phase != PHASE_OPEN || c->tls13)
        return SEC_E_UNSUPPORTED_FUNCTION;
    c->renegotiates = TRUE;
    return SEC_E_OK;
}

/* May the session be taken up again? Of a server's, tickets included. */
static SECURITY_STATUS set_session(struct context *c, struct reader *r)
{
    uint32_t flags = reader_u32le(r);
    if (!reader_ok(r))
        return SEC_E_INVALID_TOKEN;
    if (flags != SSL_SESSION_DISABLE_RECONNECTS && flags != SSL_SESSION_ENABLE_RECONNECTS)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return reconnect_allow(c, flags == SSL_SESSION_ENABLE_RECONNECTS);
}

static SECURITY_STATUS apply(struct context *c, struct bytes token)
{
    struct reader r = reader_on(token);
    uint32_t kind = reader_u32le(&r);
    if (!reader_ok(&r))
        return SEC_E_UNSUPPORTED_FUNCTION;
    switch (kind) {
    case SCHANNEL_SHUTDOWN:
        return shut_down(c);
    case SCHANNEL_ALERT:
        return send_alert(c, &r);
    case SCHANNEL_SESSION:
        return set_session(c, &r);
    case SCHANNEL_RENEGOTIATE:
        return c->datagram ? SEC_E_UNSUPPORTED_FUNCTION : renegotiate(c);
    default:
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
}

SECURITY_STATUS control_apply(struct ssp_object *object, PSecBufferDesc token)
{
    struct context *c = (struct context *)object;
    if (!token)
        return SEC_E_INTERNAL_ERROR;
    PSecBuffer buffer = ssp_buffer_find(token, SECBUFFER_TOKEN, 0);
    if (!buffer || token->cBuffers != 1)
        return SEC_E_INVALID_TOKEN;
    context_lock(c);
    /* A DTLS server that has not met its client yet has nobody to tell. */
    SECURITY_STATUS s = c->tls ? apply(c, ssp_buffer_bytes(buffer)) : SEC_E_OUT_OF_SEQUENCE;
    context_unlock(c);
    return s;
}
