/* One call of Initialize- or AcceptSecurityContext with Negotiate. */
#include "negotiate.h"

static void destroy(struct ssp_object *o)
{
    struct nego_context *c = (struct nego_context *)o;

    spnego_end(&c->spnego);
    for (int i = 0; i < NEGO_MECHS; i++)
        if (c->inner[i].open)
            c->inner[i].table->DeleteSecurityContext(&c->inner[i].handle);
    if (c->credential)
        ssp_release(&c->credential->object);
    spnego_fragments_free(&c->in);
    spnego_fragments_free(&c->out);
    blob_free(&c->target);
    mem_free(c, sizeof *c);
}

struct nego_context *nego_context_alloc(void)
{
    struct nego_context *c = mem_alloc(sizeof *c);

    if (!c)
        return NULL;
    ssp_object_init(&c->object, SSP_CONTEXT, destroy);
    for (int i = 0; i < NEGO_MECHS; i++) {
        c->inner[i].owner = c;
        c->inner[i].mechanism = &nego_mechanisms[i];
        c->inner[i].expiry = ssp_never;
    }
    return c;
}

/* Tolerance: SPNEGO around DCE-style Kerberos takes four messages, of which Wine's rpcrt4 (8.0, 10.0)
 * sends three and then goes on without a word, its calls neither signed nor sealed. NTLM takes three. Who asks
 * for DCE style and protection is RPC; winhttp and wininet ask for the style alone. */
static BOOL takes_three(const struct ssp_leg *leg)
{
    return !leg->inbound && (leg->request & ISC_REQ_USE_DCE_STYLE) &&
           (leg->request & (ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY));
}

static enum status start_engine(struct nego_context *c, const struct ssp_leg *leg)
{
    struct spnego_mech mechs[NEGO_MECHS * NEGO_NAMES];
    size_t count = 0;

    for (int i = 0; i < NEGO_MECHS; i++) {
        if (takes_three(leg) && i != NEGO_NTLM)
            continue;
        c->inner[i].table = c->credential->inner[i].table;
        c->inner[i].credential = &c->credential->inner[i].handle;
        for (int k = 0; c->inner[i].table && k < NEGO_NAMES && nego_mechanisms[i].oids[k]; k++) {
            c->offered[count] = i;
            mechs[count++] = nego_mech(&c->inner[i], nego_mechanisms[i].oids[k]);
        }
    }
    if (!count)
        return ST_NO_CREDENTIALS;
    if (leg->inbound)
        return spnego_server_init(&c->spnego, mechs, count);
    return spnego_client_init(&c->spnego, mechs, count, true);
}

/* Kept for later legs: Wine's winhttp and wininet name the target on the first one alone, but Kerberos
 * wants it again, and so does a mechanism that only begins then. */
static enum status keep_target(struct nego_context *c, const struct ssp_leg *leg)
{
    if (leg->inbound || !leg->target)
        return ST_OK;
    return blob_set(&c->target, bytes_of(leg->target, (wcslen(leg->target) + 1) * sizeof(WCHAR)));
}

static SECURITY_STATUS new_context(struct ssp_leg *leg)
{
    struct nego_context *c = nego_context_alloc();
    enum status status;

    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    ssp_hold(leg->credential);
    c->credential = (struct nego_credential *)leg->credential;
    leg->new_context = &c->object; /* the edge releases it on failure */
    status = keep_target(c, leg);
    if (!status_failed(status))
        status = start_engine(c, leg);
    return ssp_status(status);
}

struct nego_inner_context *nego_selected(struct nego_context *c)
{
    int i = spnego_chosen(&c->spnego);

    if (c->imported)
        return c->complete ? c->imported : NULL;
    return i < 0 || i >= (int)ARRAYSIZE(c->offered) ? NULL : &c->inner[c->offered[i]];
}

struct nego_inner_context *nego_chosen(struct nego_context *c)
{
    struct nego_inner_context *inner = nego_selected(c);

    return inner && inner->open ? inner : NULL;
}

/* A package's own failure says more than the engine's name for it. A mechanism neither side shares
 * is, for a program, a token of another package ("InitializeSecurityContext (Negotiate)",
 * SEC_E_INVALID_TOKEN). */
static SECURITY_STATUS outside(const struct nego_context *c, enum status status)
{
    if (status_failed(status) && FAILED(c->last))
        return c->last;
    return status == ST_NO_COMMON_ALGORITHM ? SEC_E_INVALID_TOKEN : ssp_status(status);
}

/* ALLOCATED_MEMORY has one value on both sides and is about the program's buffer, not about ours.
 */
static void report(struct nego_context *c, struct ssp_leg *leg, SECURITY_STATUS status)
{
    struct nego_inner_context *inner = nego_chosen(c);

    if (inner) {
        leg->attributes |= inner->attributes & ~(ULONG)ISC_RET_ALLOCATED_MEMORY;
        leg->expiry = ssp_utc_time(inner->expiry);
    }
    leg->attributes |= leg->request & ISC_REQ_ALLOCATE_MEMORY;
    if (leg->inbound && FAILED(status) && (leg->request & ASC_REQ_EXTENDED_ERROR))
        leg->attributes |= ASC_RET_EXTENDED_ERROR;
}

/* Most messages: only a longer one takes an allocation. */
enum { MESSAGE_ROOM = 1024 };

static SECURITY_STATUS negotiate(struct nego_context *c, struct ssp_leg *leg, struct bytes in)
{
    uint8_t room[MESSAGE_ROOM];
    struct bytes whole;
    struct writer out = {0};
    SECURITY_STATUS status = nego_receive(c, in, &whole);

    writer_lend(&out, room, sizeof room);
    if (status == SEC_E_OK) {
        enum status result = spnego_step(&c->spnego, whole, &out);

        status = outside(c, result);
        if (FAILED(status))
            log_debug("negotiate", "%s leg failed: %s, %#lx", leg->inbound ? "server" : "client",
                    status_name(result), (unsigned long)status);
        if (!spnego_assembling(&c->in))
            spnego_fragments_free(&c->in);
    }
    status = nego_send(c, &out, status);
    writer_free(&out);
    for (int i = 0; i < NEGO_MECHS; i++)
        nego_free_token(&c->inner[i]);
    return status;
}

static SECURITY_STATUS step(struct nego_context *c, struct ssp_leg *leg)
{
    struct bytes in = ssp_buffer_bytes(ssp_buffer_find(leg->input, SECBUFFER_TOKEN, 0));
    SECURITY_STATUS status;

    c->last = SEC_E_OK;
    status = spnego_fragment_left(&c->out) ? nego_send_next(c, in) : negotiate(c, leg, in);
    c->complete = status == SEC_E_OK;
    c->failed = FAILED(status);
    if (c->failed)
        c->attempt = status;
    report(c, leg, status);
    return status;
}

/* A program that sends what it finds in its buffer sends nothing. */
static SECURITY_STATUS refuse(const struct ssp_leg *leg, SECURITY_STATUS status)
{
    nego_put(leg, bytes_of(NULL, 0));
    return status;
}

SECURITY_STATUS nego_leg(struct ssp_leg *leg)
{
    struct nego_context *c;
    SECURITY_STATUS status;

    if (!leg->context) {
        status = new_context(leg);
        if (FAILED(status))
            return refuse(leg, status);
    }
    c = (struct nego_context *)(leg->context ? leg->context : leg->new_context);
    if (InterlockedExchange(&c->busy, 1))
        return refuse(leg, SEC_E_OUT_OF_SEQUENCE); /* another thread is in the middle of a leg */
    c->leg = leg;
    status = c->complete || c->failed ? refuse(leg, SEC_E_OUT_OF_SEQUENCE) : step(c, leg);
    c->leg = NULL;
    InterlockedExchange(&c->busy, 0);
    return status;
}
