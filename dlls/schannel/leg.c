/* Initialize- and AcceptSecurityContext: one call, one step of the handshake; after it,
 * post-handshake messages and shutdown. */
#include "schannel.h"

#define HEADER_SIZE 5 /* of a TLS record: what can be asked for when nothing is there */

static BOOL allocates(const struct ssp_leg *leg)
{
    return (leg->request & ISC_REQ_ALLOCATE_MEMORY) != 0; /* ASC_REQ_ has the same bit */
}

static BOOL tells_errors(const struct ssp_leg *leg)
{
    return (leg->request & (leg->inbound ? ASC_REQ_EXTENDED_ERROR : ISC_REQ_EXTENDED_ERROR)) != 0;
}

/* What a client gets on each leg, asked for or not, also where the output has no room; with room, a stream
 * as well (Wine's conformance tests, verified on Windows). */
#define CLIENT_ALWAYS (ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT | ISC_RET_CONFIDENTIALITY)

/* The others as asked, from the first leg on; ISC_REQ_ and ISC_RET_ have the same values. INTEGRITY is never
 * said. */
static ULONG attributes_of(const struct ssp_leg *leg)
{
    static const ULONG client = ISC_REQ_USE_SUPPLIED_CREDS | ISC_REQ_ALLOCATE_MEMORY |
                                ISC_REQ_EXTENDED_ERROR | ISC_REQ_MANUAL_CRED_VALIDATION;
    static const ULONG server = ASC_REQ_REPLAY_DETECT | ASC_REQ_SEQUENCE_DETECT |
                                ASC_REQ_CONFIDENTIALITY | ASC_REQ_STREAM | ASC_REQ_ALLOCATE_MEMORY |
                                ASC_REQ_EXTENDED_ERROR;
    if (leg->inbound)
        return leg->request & server;
    return CLIENT_ALWAYS | ISC_RET_STREAM | (leg->request & client);
}

static BOOL is_datagram(const struct ssp_leg *leg)
{
    const struct context *c = (const struct context *)leg->context;
    return c ? c->datagram : (leg->request & ISC_REQ_DATAGRAM) != 0;
}

/* A client that was asked to prove itself did so. */
void leg_add_mutual(struct context *c, struct ssp_leg *leg)
{
    const struct bytes *chain;
    size_t count = 0;
    if (leg->inbound && leg->request & ASC_REQ_MUTUAL_AUTH &&
            tls_peer_chain(c->tls, &chain, &count) == ST_OK && count)
        leg->attributes |= ASC_RET_MUTUAL_AUTH;
}

SECURITY_STATUS leg_failed(
        struct context *c, struct ssp_leg *leg, SECURITY_STATUS s, struct bytes alert)
{
    c->phase = PHASE_FAILED;
    c->failure = s;
    reconnect_failed(c);
    /* The status that matters is S, whether or not the alert finds room. */
    output_alert(leg->output, tells_errors(leg) ? alert : bytes_of(NULL, 0), allocates(leg));
    return s;
}

static void opened(struct context *c, struct ssp_leg *leg)
{
    struct tls_info info;
    c->tls13 = tls_query(c->tls, &info) == ST_OK && info.version == TLS_V1_3;
    if (c->phase == PHASE_HANDSHAKE)
        c->phase = PHASE_OPEN;
    c->was_asked = FALSE;
    leg_add_mutual(c, leg);
    if (c->reconnects)
        reconnect_keep(c);
    else if (!c->held_back) /* which leaves nothing, while others of its credential may have */
        reconnect_forget(c);
}

SECURITY_STATUS leg_finished(struct context *c, struct ssp_leg *leg)
{
    opened(c, leg);
    return SEC_E_OK;
}

static SECURITY_STATUS finish(struct context *c, struct ssp_leg *leg, struct bytes out)
{
    BOOL done = !tls_negotiates(c->tls); /* else: data comes first */
    SECURITY_STATUS s = output_token(leg->output, out, allocates(leg));
    if (s != SEC_E_OK) {
        c->phase = PHASE_FAILED;
        return s;
    }
    if (done)
        opened(c, leg);
    return SEC_E_OK;
}

static SECURITY_STATUS go_on(struct context *c, struct ssp_leg *leg, struct bytes out)
{
    SECURITY_STATUS s = output_token(leg->output, out, allocates(leg));
    if (s != SEC_E_OK) {
        c->phase = PHASE_FAILED;
        return s;
    }
    return SEC_I_CONTINUE_NEEDED;
}

BOOL leg_is_wine_http(const struct ssp_leg *leg)
{
    return !leg->inbound &&
           leg->request == (ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT |
                                   ISC_REQ_CONFIDENTIALITY | ISC_REQ_USE_SESSION_KEY |
                                   ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_MANUAL_CRED_VALIDATION);
}

/* Takes IN to libs/tls and says what became of it. */
static SECURITY_STATUS step(
        struct context *c, struct ssp_leg *leg, struct bytes in, size_t *consumed)
{
    struct blob out = {0};
    size_t missing = 0;
    SECURITY_STATUS s;
    blob_move(&out, &c->early);
    c->verdict = SEC_E_OK;
    c->use_supplied = (leg->request & ISC_REQ_USE_SUPPLIED_CREDS) != 0;
    c->asks_nobody = leg_is_wine_http(leg);
    enum status status = tls_handshake(c->tls, in, consumed, &missing, &out);
    switch (status) {
    case ST_OK:
        s = finish(c, leg, blob_view(&out));
        break;
    case ST_CONTINUE:
        s = go_on(c, leg, blob_view(&out));
        break;
    case ST_INCOMPLETE:
        input_missing(leg->input, missing);
        blob_move(&c->early, &out);
        s = SEC_E_INCOMPLETE_MESSAGE;
        break;
    case ST_NEED_CERTIFICATE: /* programs send nothing now: what TLS 1.3 has to say comes later */
        blob_move(&c->early, &out);
        s = output_token(leg->output, bytes_of(NULL, 0), allocates(leg));
        s = s == SEC_E_OK ? SEC_I_INCOMPLETE_CREDENTIALS : s;
        break;
    default:
        s = c->verdict != SEC_E_OK ? c->verdict : schannel_status(status, c->tls);
        s = leg_failed(c, leg, s, blob_view(&out));
    }
    blob_free(&out);
    return s;
}

/* On an open context: what is behind the request may be the stream's, and stays the program's. */
static SECURITY_STATUS wait_open(
        struct context *c, struct ssp_leg *leg, struct bytes in, size_t size)
{
    struct reader r = reader_on(in);
    c->waits = TRUE;
    if (blob_set(&c->taken, reader_bytes(&r, size)) != ST_OK) {
        c->phase = PHASE_FAILED;
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    input_extra(leg->input, in, size);
    return SEC_I_INCOMPLETE_CREDENTIALS;
}

/* Keeps what SEC_I_INCOMPLETE_CREDENTIALS leaves of IN, of which libs/tls has SIZE bytes. */
static SECURITY_STATUS hold(struct context *c, struct bytes in, size_t size)
{
    struct reader r = reader_on(in);
    struct bytes taken = reader_bytes(&r, size);
    c->waits = TRUE;
    if (blob_set(&c->taken, taken) == ST_OK && blob_set(&c->held, reader_rest(&r)) == ST_OK)
        return SEC_I_INCOMPLETE_CREDENTIALS;
    c->phase = PHASE_FAILED;
    return SEC_E_INSUFFICIENT_MEMORY;
}

static SECURITY_STATUS advance(struct context *c, struct ssp_leg *leg, struct bytes in)
{
    struct reader r = reader_on(in);
    size_t taken = context_taken(c, in), consumed = 0;
    reader_skip(&r, taken);
    SECURITY_STATUS s = step(c, leg, reader_rest(&r), &consumed);
    if (s == SEC_I_INCOMPLETE_CREDENTIALS)
        return c->phase == PHASE_HANDSHAKE ? hold(c, in, taken + consumed)
                                           : wait_open(c, leg, in, taken + consumed);
    if (s != SEC_E_INCOMPLETE_MESSAGE)
        blob_free(&c->taken);
    if (s == SEC_E_OK || s == SEC_I_CONTINUE_NEEDED)
        input_extra(leg->input, in, taken + consumed);
    return s;
}

/* Does IN begin with all that was there when the program was asked for a certificate? */
static BOOL repeats(const struct context *c, struct bytes in)
{
    struct reader r = reader_on(in);
    reader_skip(&r, c->taken.size);
    return context_taken(c, in) == c->taken.size &&
           bytes_equal(reader_bytes(&r, c->held.size), blob_view(&c->held));
}

/* The stream's data is in HELD, which the program takes for consumed: no buffer of its own has it, so
 * SECBUFFER_EXTRA cannot name it, and what comes behind it cannot be read without. Only a server that sends data
 * before it has seen the client's certificate can bring this about. */
static SECURITY_STATUS refuse_early_data(struct context *c)
{
    log_warn(ROOM, "the server sent data before the client's certificate, and the program did not repeat its input "
                   "after SEC_I_INCOMPLETE_CREDENTIALS: the connection ends");
    c->phase = PHASE_FAILED;
    c->failure = SEC_E_OUT_OF_SEQUENCE;
    reconnect_failed(c);
    return SEC_E_OUT_OF_SEQUENCE;
}

/* What is left of HELD and IN together, TEXT from CONSUMED on: in the program's memory if that has
 * it all, else here. */
static SECURITY_STATUS leave(
        struct context *c, struct ssp_leg *leg, struct bytes in, struct bytes text, size_t consumed)
{
    struct reader r = reader_on(text);
    reader_skip(&r, consumed);
    size_t left = reader_left(&r);
    if (left > in.size && c->phase == PHASE_OPEN && !tls_negotiates(c->tls))
        return refuse_early_data(c);
    if (left > in.size)
        return schannel_status(blob_set(&c->held, reader_rest(&r)), NULL);
    blob_free(&c->held);
    input_extra(leg->input, in, in.size - left);
    return SEC_E_OK;
}

/* Asked for a certificate in the middle of HELD and IN, TEXT, of which libs/tls has CONSUMED bytes. */
static SECURITY_STATUS wait_held(struct context *c, struct ssp_leg *leg, struct bytes in,
        struct bytes text, size_t consumed)
{
    struct reader r = reader_on(text);
    size_t held = c->held.size, done = min(consumed, held);
    reader_skip(&r, done);
    if (blob_set(&c->held, reader_bytes(&r, held - done)) != ST_OK) {
        c->phase = PHASE_FAILED;
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    return wait_open(c, leg, in, consumed - done);
}

/* A program comes back with the same input (curl, the SDK's sample), or takes it for consumed. */
static SECURITY_STATUS advance_held(struct context *c, struct ssp_leg *leg, struct bytes in)
{
    struct writer w = {0};
    struct blob text = {0};
    size_t consumed = 0;
    if (repeats(c, in)) {
        blob_free(&c->held);
        return advance(c, leg, in);
    }
    blob_free(&c->taken);
    writer_bytes(&w, blob_view(&c->held));
    writer_bytes(&w, in);
    SECURITY_STATUS s = schannel_status(writer_finish(&w, &text), NULL);
    if (s == SEC_E_OK)
        s = step(c, leg, blob_view(&text), &consumed);
    SECURITY_STATUS kept = SEC_E_OK;
    if (s == SEC_E_OK || s == SEC_I_CONTINUE_NEEDED)
        kept = leave(c, leg, in, blob_view(&text), consumed);
    else if (s == SEC_I_INCOMPLETE_CREDENTIALS)
        s = wait_held(c, leg, in, blob_view(&text), consumed);
    blob_free(&text);
    return kept == SEC_E_OK ? s : kept;
}

static SECURITY_STATUS first_leg(struct ssp_leg *leg)
{
    struct context *c;
    struct bytes in = {0};
    if (leg->inbound) {
        PSecBuffer token = leg->input ? ssp_buffer_find(leg->input, SECBUFFER_TOKEN, 0) : NULL;
        if (!token)
            return SEC_E_INVALID_TOKEN;
        in = ssp_buffer_bytes(token);
    }
    SECURITY_STATUS s = context_new(leg, &c);
    if (s != SEC_E_OK)
        return s;
    leg->new_context = &c->object;
    c->attributes = leg->attributes;
    if (c->datagram)
        return datagram_first_leg(c, leg);
    if (leg->inbound && !in.size) {
        input_missing(leg->input, HEADER_SIZE);
        return SEC_E_INCOMPLETE_MESSAGE;
    }
    return advance(c, leg, in);
}

/* What ApplyControlToken has prepared. */
static SECURITY_STATUS owed_alert(struct context *c, struct ssp_leg *leg)
{
    SECURITY_STATUS s = output_token(leg->output, blob_view(&c->alert), allocates(leg));
    if (s != SEC_E_OK)
        return s; /* still owed */
    blob_free(&c->alert);
    if (c->alert_is_final && c->phase == PHASE_OPEN)
        c->phase = PHASE_SHUT;
    c->alert_is_final = FALSE;
    return SEC_E_OK;
}

/* A failure stays: the same answer, and nothing to send (Wine's conformance tests, verified on Windows, for
 * what is not TLS). A context that failed for want of memory has no such answer. */
static SECURITY_STATUS failed_before(struct context *c, struct ssp_leg *leg)
{
    output_alert(leg->output, bytes_of(NULL, 0), allocates(leg));
    return c->failure ? c->failure : SEC_E_OUT_OF_SEQUENCE;
}

static SECURITY_STATUS later_leg(struct context *c, struct ssp_leg *leg)
{
    if (c->server != leg->inbound)
        return SEC_E_INVALID_HANDLE;
    if (c->alert.size)
        return owed_alert(c, leg);
    if (c->phase == PHASE_FAILED)
        return failed_before(c, leg);
    if (c->datagram)
        return datagram_later_leg(c, leg);
    PSecBuffer token = leg->input ? ssp_buffer_find(leg->input, SECBUFFER_TOKEN, 0) : NULL;
    struct bytes in = ssp_buffer_bytes(token);
    BOOL waited = c->waits;
    if (waited || (!c->server && c->phase == PHASE_OPEN)) {
        SECURITY_STATUS s = client_certificate_supply(c, leg->credential);
        if (s != SEC_E_OK)
            return s;
        c->was_asked |= waited;
        c->waits = FALSE;
    }
    if (c->phase == PHASE_OPEN && !waited && !c->held.size && renegotiate_wanted(c, in))
        return renegotiate_ask(c, leg, in);
    c->told = FALSE;
    c->told_again = 0;
    if (c->held.size)
        return advance_held(c, leg, in);
    if (!in.size && c->phase == PHASE_SHUT)
        return SEC_E_CONTEXT_EXPIRED;
    if (!in.size && c->phase == PHASE_HANDSHAKE) {
        input_missing(leg->input, HEADER_SIZE);
        return SEC_E_INCOMPLETE_MESSAGE;
    }
    return advance(c, leg, in);
}

SECURITY_STATUS schannel_leg(struct ssp_leg *leg)
{
    leg->attributes = leg->inbound ? attributes_of(leg) : CLIENT_ALWAYS;
    SECURITY_STATUS s = output_check(leg->output, allocates(leg));
    if (s == SEC_E_OK)
        s = input_check(leg->input);
    if (s != SEC_E_OK)
        return is_datagram(leg) ? datagram_no_room(leg, s) : s;
    leg->attributes = attributes_of(leg);
    if (is_datagram(leg))
        leg->attributes = datagram_attributes(leg, leg->attributes);
    if (!leg->context)
        return first_leg(leg);
    struct context *c = (struct context *)leg->context;
    context_lock(c);
    s = later_leg(c, leg);
    c->attributes = leg->attributes;
    context_unlock(c);
    return s;
}
