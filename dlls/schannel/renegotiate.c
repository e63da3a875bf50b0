/* A new handshake on an open connection, asked for by the program: "Renegotiating an Schannel Connection"
 * (learn.microsoft.com). A leg on the open context without input makes the request, with what the
 * program wants to change; then it goes on with DecryptMessage, which says SEC_I_RENEGOTIATE when the
 * answer is there.
 *
 *   client, TLS <= 1.2   ClientHello           SEC_I_CONTINUE_NEEDED
 *   server, TLS <= 1.2   HelloRequest          SEC_E_OK: the client may answer or not
 *   server, TLS 1.3      CertificateRequest    SEC_E_OK, if ASC_REQ_MUTUAL_AUTH asks for it
 *   else                                       SEC_E_UNSUPPORTED_FUNCTION; the connection goes on
 */
#include "schannel.h"

/* A program may come back from SEC_I_RENEGOTIATE with nothing in its hands: in TLS 1.3 it is done
 * with what was asked of it then. In older versions that is a handshake, which it begins. */
BOOL renegotiate_wanted(const struct context *c, struct bytes in)
{
    if (c->renegotiates)
        return TRUE;
    return !in.size && !c->early.size && !(c->tls13 && (c->told || c->taken.size));
}

static SECURITY_STATUS status_of(enum status status, struct context *c)
{
    if (status == ST_OK)
        return SEC_E_OK;
    if (status == ST_CONTINUE)
        return SEC_I_CONTINUE_NEEDED;
    if (status == ST_UNSUPPORTED)
        log_info(ROOM, "no new handshake: TLS 1.3, or the peer cannot take part safely");
    return schannel_status(status, c->tls);
}

static SECURITY_STATUS give(
        struct context *c, struct ssp_leg *leg, SECURITY_STATUS s, struct bytes out)
{
    BOOL allocate = (leg->request & ISC_REQ_ALLOCATE_MEMORY) != 0;
    if (FAILED(s) && s != SEC_E_UNSUPPORTED_FUNCTION)
        c->phase = PHASE_FAILED;
    SECURITY_STATUS given = output_token(leg->output, out, allocate);
    if (given == SEC_E_OK)
        return s;
    c->phase = PHASE_FAILED; /* it has gone nowhere, and cannot be made again */
    return given;
}

SECURITY_STATUS renegotiate_ask(struct context *c, struct ssp_leg *leg, struct bytes in)
{
    struct blob out = {0};
    BOOL certificate = c->server && (leg->request & ASC_REQ_MUTUAL_AUTH);
    c->renegotiates = FALSE;
    c->use_supplied = (leg->request & ISC_REQ_USE_SUPPLIED_CREDS) != 0;
    enum status status = tls_renegotiate(c->tls, certificate, &out);
    SECURITY_STATUS s = give(c, leg, status_of(status, c), blob_view(&out));
    blob_free(&out);
    if (SUCCEEDED(s))
        input_extra(leg->input, in, 0);
    return s;
}
