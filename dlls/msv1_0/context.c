/* One leg of a login, either side: buffers in, engine step, token out, attributes. */
#include "msv1_0.h"

void context_lock(struct context *c)
{
    ssp_lock_take(&c->send);
    ssp_lock_take(&c->receive);
}

void context_unlock(struct context *c)
{
    ssp_lock_give(&c->receive);
    ssp_lock_give(&c->send);
}

static struct ssp_lock *lock_of(struct context *c, BOOL sending)
{
    return sending ? &c->send : &c->receive;
}

/* SHARED only changes under both locks, so it is looked at with one of them held. */
void context_lock_message(struct context *c, BOOL sending)
{
    ssp_lock_take(lock_of(c, sending));
    if (!c->shared)
        return;
    ssp_lock_give(lock_of(c, sending));
    context_lock(c);
}

void context_unlock_message(struct context *c, BOOL sending)
{
    if (c->shared)
        context_unlock(c);
    else
        ssp_lock_give(lock_of(c, sending));
}

static void destroy(struct ssp_object *o)
{
    struct context *c = (struct context *)o;
    ntlm_free(c->ntlm);
    blob_free(&c->target);
    if (c->token)
        CloseHandle(c->token);
    mem_free(c, sizeof *c);
}

struct context *context_alloc(BOOL inbound, ULONG request)
{
    struct context *c = mem_alloc(sizeof *c);

    if (!c)
        return NULL;
    ssp_object_init(&c->object, SSP_CONTEXT, destroy);
    c->inbound = inbound;
    c->request = request;
    return c;
}

/* The caller's channel bindings. They count on any leg up to the last: curl gives them with the
 * CHALLENGE, not before. */
static SECURITY_STATUS take_bindings(struct context *c, const struct ssp_leg *leg)
{
    uint8_t hash[NTLM_HASH_SIZE];
    BOOL found = FALSE;
    struct bytes application_data = {0};
    SECURITY_STATUS status = ssp_channel_bindings(leg->input, &found, &application_data);

    if (status != SEC_E_OK || !found)
        return status;
    ntlm_channel_bindings_hash(application_data, hash);
    return ssp_status(ntlm_set_bindings(c->ntlm, hash));
}

static SECURITY_STATUS context_new(struct ssp_leg *leg, struct context **out)
{
    struct context *c = context_alloc(leg->inbound, leg->request);

    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;

    SECURITY_STATUS status = ssp_status(blob_set(&c->target, ssp_text(leg->target)));
    if (status == SEC_E_OK)
        status = leg->inbound ? server_engine(leg, &c->ntlm) : client_engine(leg, &c->ntlm);
    if (status != SEC_E_OK) {
        ssp_release(&c->object);
        return status;
    }
    *out = c;
    return SEC_E_OK;
}

/* Wine's ntlm.c, runClient, on Windows: a first leg whose output is missing, has no size, or is not a TOKEN:
 * SEC_E_BUFFER_TOO_SMALL. A size without memory is SEC_E_INTERNAL_ERROR, from ssp_put_token. */
static SECURITY_STATUS check_output(const struct ssp_leg *leg)
{
    ULONG allocate = leg->inbound ? ASC_REQ_ALLOCATE_MEMORY : ISC_REQ_ALLOCATE_MEMORY;
    PSecBuffer token = ssp_buffer_find(leg->output, SECBUFFER_TOKEN, 0);

    if (!token)
        return SEC_E_BUFFER_TOO_SMALL;
    if (!(leg->request & allocate) && !token->cbBuffer)
        return SEC_E_BUFFER_TOO_SMALL;
    return SEC_E_OK;
}

static BOOL allocates(const struct ssp_leg *leg)
{
    return !!(leg->request & (leg->inbound ? ASC_REQ_ALLOCATE_MEMORY : ISC_REQ_ALLOCATE_MEMORY));
}

/* A failed leg says so: programs that asked for EXTENDED_ERROR send what cbBuffer counts, be it a
 * failure. */
static SECURITY_STATUS nothing_to_send(const struct ssp_leg *leg, SECURITY_STATUS status)
{
    ssp_put_token(leg->output, bytes_of(NULL, 0), allocates(leg), SEC_E_BUFFER_TOO_SMALL);
    return status;
}

static SECURITY_STATUS step(struct context *c, struct ssp_leg *leg)
{
    struct blob token = {0};
    struct bytes in = ssp_buffer_bytes(ssp_buffer_find(leg->input, SECBUFFER_TOKEN, 0));

    SECURITY_STATUS status = c->ntlm ? take_bindings(c, leg) : SEC_E_OUT_OF_SEQUENCE;
    if (status == SEC_E_OK)
        status = ssp_status(ntlm_step(c->ntlm, in, &token));
    SECURITY_STATUS put =
            ssp_put_token(leg->output, blob_view(&token), allocates(leg), SEC_E_BUFFER_TOO_SMALL);
    if (status >= 0 && put != SEC_E_OK)
        status = put;
    blob_free(&token);
    /* Failure is final: the keys go now, the handle stays deletable. */
    if (status < 0) {
        ntlm_free(c->ntlm);
        c->ntlm = NULL;
    }
    return status;
}

/* Once set it stays: a context does not come back from its end. */
void context_note_shared(struct context *c)
{
    struct ntlm_info info = {0};

    if (c->ntlm)
        ntlm_query(c->ntlm, &info);
    if (info.complete && !(info.flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY))
        c->shared = TRUE;
}

static void say_results(struct context *c, struct ssp_leg *leg)
{
    ULONG allocate = leg->inbound ? ASC_REQ_ALLOCATE_MEMORY : ISC_REQ_ALLOCATE_MEMORY;

    leg->attributes = context_attributes(c, c->request);
    if (leg->request & allocate)
        leg->attributes |= leg->inbound ? ASC_RET_ALLOCATED_MEMORY : ISC_RET_ALLOCATED_MEMORY;
    leg->expiry = ssp_never;
}

SECURITY_STATUS context_leg(struct ssp_leg *leg)
{
    struct context *c = (struct context *)leg->context;
    SECURITY_STATUS status = SEC_E_OK;

    if (!c) {
        status = check_output(leg);
        if (status != SEC_E_OK)
            return status;
        status = context_new(leg, &c);
        if (status != SEC_E_OK)
            return nothing_to_send(leg, status);
        leg->new_context = &c->object;
    } else if (c->inbound != leg->inbound) {
        return SEC_E_INVALID_HANDLE;
    }
    context_lock(c);
    status = step(c, leg);
    context_note_shared(c);
    say_results(c, leg);
    context_unlock(c);
    return status;
}
