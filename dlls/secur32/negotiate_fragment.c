/* Large tokens in fragments: [MS-SPNG] 3.1.5.6 and 3.1.5.9, for programs that ask for it on a leg
 * (FRAGMENT_TO_FIT). The one who sends calls again with an empty token for each further fragment,
 * the one who receives has nothing to send until the last; both are told SEC_I_CONTINUE_NEEDED, and
 * FRAGMENT_ONLY (?) among the attributes, whose pages do not explain it.
 */
#include "negotiate.h"

static BOOL asked(const struct ssp_leg *leg)
{
    return !!(leg->request & (leg->inbound ? ASC_REQ_FRAGMENT_TO_FIT : ISC_REQ_FRAGMENT_TO_FIT));
}

static void mark(struct ssp_leg *leg)
{
    leg->attributes |= leg->inbound ? ASC_RET_FRAGMENT_ONLY : ISC_RET_FRAGMENT_ONLY;
}

SECURITY_STATUS nego_receive(struct nego_context *c, struct bytes in, struct bytes *whole)
{
    enum status status = ST_OK;

    *whole = in;
    if (spnego_assembling(&c->in) ||
            (asked(c->leg) && spnego_progress(&c->spnego) != SPNEGO_DIRECT))
        status = spnego_assemble(&c->in, in, whole);
    if (status == ST_CONTINUE)
        mark(c->leg);
    return ssp_status(status);
}

/* The bytes of the program's buffer; 0: there is none, or it is not the program's. */
static ULONG room(const struct ssp_leg *leg)
{
    const SecBuffer *buffer = ssp_buffer_find(leg->output, SECBUFFER_TOKEN, 0);

    return buffer && !(leg->request & ISC_REQ_ALLOCATE_MEMORY) ? buffer->cbBuffer : 0;
}

SECURITY_STATUS nego_put(const struct ssp_leg *leg, struct bytes token)
{
    return ssp_put_token(leg->output, token, !!(leg->request & ISC_REQ_ALLOCATE_MEMORY), 0);
}

static SECURITY_STATUS put_fragment(struct nego_context *c)
{
    ULONG size = room(c->leg);
    SECURITY_STATUS status;

    if (c->leg->request & ISC_REQ_ALLOCATE_MEMORY)
        size = (ULONG)spnego_fragment_left(&c->out);
    if (!size)
        return SEC_E_BUFFER_TOO_SMALL;
    status = nego_put(c->leg, spnego_fragment_next(&c->out, size));
    if (FAILED(status))
        return status;
    if (spnego_fragment_left(&c->out)) {
        mark(c->leg);
        return SEC_I_CONTINUE_NEEDED;
    }
    spnego_fragments_free(&c->out);
    return c->behind;
}

static BOOL goes_in_pieces(const struct nego_context *c, struct bytes token)
{
    return asked(c->leg) && token.size > room(c->leg) && room(c->leg) >= SPNEGO_FRAGMENT_MIN &&
           spnego_is_framed(token);
}

SECURITY_STATUS nego_send(struct nego_context *c, struct writer *token, SECURITY_STATUS status)
{
    struct blob kept = {0};
    SECURITY_STATUS done;

    if (FAILED(status) || !goes_in_pieces(c, writer_view(token))) {
        done = nego_put(c->leg, writer_view(token));
        return SUCCEEDED(status) && FAILED(done) ? done : status;
    }
    done = ssp_status(writer_finish(token, &kept));
    if (FAILED(done)) {
        nego_put(c->leg, bytes_of(NULL, 0));
        return done;
    }
    spnego_fragment_begin(&c->out, &kept);
    c->behind = status;
    return put_fragment(c);
}

/* The peer has nothing to say to half a message. */
SECURITY_STATUS nego_send_next(struct nego_context *c, struct bytes in)
{
    return in.size ? SEC_E_INVALID_TOKEN : put_fragment(c);
}
