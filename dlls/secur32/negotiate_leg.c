/* One call of Initialize- or AcceptSecurityContext with Negotiate. */
#include "negotiate.h"

static void destroy(struct ssp_object *o)
{
    struct nego_context *c = (struct nego_context *)o;

    spnego_free(c->spnego);
    for (int i = 0; i < NEGO_MECHS; i++)
        if (c->inner[i].open)
            c->inner[i].credential->table->DeleteSecurityContext(&c->inner[i].handle);
    ssp_release(&c->credential->object);
    mem_free(c, sizeof *c);
}

static enum status start_engine(struct nego_context *c, BOOL inbound)
{
    struct spnego_mech mechs[NEGO_MECHS];
    size_t count = 0;

    for (int i = 0; i < NEGO_MECHS; i++) {
        c->inner[i].owner = c;
        c->inner[i].mechanism = &nego_mechanisms[i];
        c->inner[i].credential = &c->credential->inner[i];
        c->inner[i].expiry = ssp_never;
        if (!c->credential->inner[i].table)
            continue;
        c->offered[count] = i;
        mechs[count++] = nego_mech(&c->inner[i]);
    }
    if (inbound)
        return spnego_server_new(mechs, count, &c->spnego);
    return spnego_client_new(mechs, count, true, &c->spnego);
}

static SECURITY_STATUS new_context(struct ssp_leg *leg)
{
    struct nego_context *c = mem_alloc(sizeof *c);
    enum status status;

    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    ssp_object_init(&c->object, SSP_CONTEXT, destroy);
    ssp_hold(leg->credential);
    c->credential = (struct nego_credential *)leg->credential;
    leg->new_context = &c->object; /* the edge releases it on failure */
    status = start_engine(c, leg->inbound);
    return ssp_status(status);
}

struct nego_inner_context *nego_chosen(struct nego_context *c)
{
    int i = c->spnego ? spnego_chosen(c->spnego) : -1;

    if (i < 0 || i >= NEGO_MECHS || !c->inner[c->offered[i]].open)
        return NULL;
    return &c->inner[c->offered[i]];
}

/* A package's own failure says more than the engine's name for it. A mechanism neither side shares
 * is, for a program, a token of another package ("InitializeSecurityContext (Negotiate)",
 * SEC_E_INVALID_TOKEN). */
static SECURITY_STATUS outside(struct nego_context *c, enum status status)
{
    for (int i = 0; status_failed(status) && i < NEGO_MECHS; i++)
        if (FAILED(c->inner[i].status))
            return c->inner[i].status;
    return status == ST_NO_COMMON_ALGORITHM ? SEC_E_INVALID_TOKEN : ssp_status(status);
}

/* The edge gives programs local time; a package has already done so. */
static TimeStamp utc_of(TimeStamp local)
{
    FILETIME in = {local.u.LowPart, (DWORD)local.u.HighPart}, out;
    TimeStamp utc;

    if (local.QuadPart >= ssp_never.QuadPart || !LocalFileTimeToFileTime(&in, &out))
        return local;
    utc.u.LowPart = out.dwLowDateTime;
    utc.u.HighPart = (LONG)out.dwHighDateTime;
    return utc;
}

/* ALLOCATED_MEMORY has one value on both sides and is about the program's buffer, not about ours.
 */
static void report(struct nego_context *c, struct ssp_leg *leg, SECURITY_STATUS status)
{
    struct nego_inner_context *inner = nego_chosen(c);

    if (inner) {
        leg->attributes = inner->attributes & ~(ULONG)ISC_RET_ALLOCATED_MEMORY;
        leg->expiry = utc_of(inner->expiry);
    }
    leg->attributes |= leg->request & ISC_REQ_ALLOCATE_MEMORY;
    if (leg->inbound && FAILED(status) && (leg->request & ASC_REQ_EXTENDED_ERROR))
        leg->attributes |= ASC_RET_EXTENDED_ERROR;
}

static SECURITY_STATUS step(struct nego_context *c, struct ssp_leg *leg)
{
    struct bytes in = ssp_buffer_bytes(ssp_buffer_find(leg->input, SECBUFFER_TOKEN, 0));
    struct blob out = {0};
    enum status result = spnego_step(c->spnego, in, &out);
    SECURITY_STATUS status = outside(c, result), put;

    if (FAILED(status))
        log_debug("negotiate", "%s leg failed: %s, %#lx", leg->inbound ? "server" : "client",
                status_name(result), (unsigned long)status);
    put = ssp_put_token(
            leg->output, blob_view(&out), !!(leg->request & ISC_REQ_ALLOCATE_MEMORY), 0);
    if (SUCCEEDED(status) && FAILED(put))
        status = put;
    c->complete = status == SEC_E_OK;
    c->failed = FAILED(status);
    report(c, leg, status);
    blob_free(&out);
    return status;
}

SECURITY_STATUS nego_leg(struct ssp_leg *leg)
{
    struct nego_context *c;
    SECURITY_STATUS status;

    if (!leg->context) {
        status = new_context(leg);
        if (FAILED(status))
            return status;
    }
    c = (struct nego_context *)(leg->context ? leg->context : leg->new_context);
    if (InterlockedExchange(&c->busy, 1))
        return SEC_E_OUT_OF_SEQUENCE; /* another thread is in the middle of a leg */
    c->leg = leg;
    status = c->complete || c->failed ? SEC_E_OUT_OF_SEQUENCE : step(c, leg);
    c->leg = NULL;
    InterlockedExchange(&c->busy, 0);
    return status;
}
