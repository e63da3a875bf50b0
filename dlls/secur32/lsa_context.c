/* Contexts of hosted packages: making, and the legs of a login. */
#include "lsa_host.h"

static void destroy_context(struct ssp_object *o)
{
    struct lsa_context *c = (struct lsa_context *)o;

    if (c->mapped && c->package->user.DeleteUserModeContext)
        c->package->user.DeleteUserModeContext(c->word);
    if (c->word && !c->imported)
        c->package->lsa.DeleteContext(c->word);
    if (c->credential)
        ssp_release(&c->credential->object);
    blob_free(&c->target);
    mem_free(c, sizeof *c);
}

struct lsa_context *lsa_context_new(const struct lsa_package *p)
{
    struct lsa_context *c = mem_alloc(sizeof *c);

    if (c) {
        ssp_object_init(&c->object, SSP_CONTEXT, destroy_context);
        c->package = p;
    }
    return c;
}

/* The user-mode half gets what LSA mode packed for it; the block is ours to free. */
static SECURITY_STATUS map(struct lsa_context *c, BOOLEAN mapped, SecBuffer *packed)
{
    SECURITY_STATUS status = SEC_E_OK;

    if (mapped && c->package->user.InitUserModeContext) {
        status = lsa_status(c->package->user.InitUserModeContext(c->word, packed));
        if (SUCCEEDED(status))
            c->mapped = TRUE;
    }
    if (packed->pvBuffer)
        lsa_dispatch.FreeLsaHeap(packed->pvBuffer);
    return status;
}

static NTSTATUS call_leg(struct lsa_context *c, struct ssp_leg *leg, LSA_SEC_HANDLE *made,
        BOOLEAN *mapped, SecBuffer *packed)
{
    const SECPKG_FUNCTION_TABLE *lsa = &c->package->lsa;
    UNICODE_STRING target;

    if (leg->inbound)
        return lsa->AcceptLsaModeContext
                       ? lsa->AcceptLsaModeContext(c->credential->word, c->word, leg->input, leg->request,
                                 leg->data_rep, made, leg->output, &leg->attributes, &leg->expiry, mapped,
                                 packed)
                       : SEC_E_UNSUPPORTED_FUNCTION;
    if (!lsa_unicode(&target, leg->target))
        return SEC_E_TARGET_UNKNOWN;
    return lsa->InitLsaModeContext
                   ? lsa->InitLsaModeContext(c->credential->word, c->word,
                             leg->target ? &target : NULL, leg->request, leg->data_rep, leg->input, made,
                             leg->output, &leg->attributes, &leg->expiry, mapped, packed)
                   : SEC_E_UNSUPPORTED_FUNCTION;
}

/* A package may answer a later leg with a handle of another number: that one then is the context. */
static SECURITY_STATUS run_leg(struct lsa_context *c, struct ssp_leg *leg)
{
    LSA_SEC_HANDLE made = c->word;
    BOOLEAN mapped = FALSE;
    SecBuffer packed = {0, SECBUFFER_EMPTY, NULL};
    SECURITY_STATUS status, given;

    leg->expiry.QuadPart = 0;
    status = lsa_status(call_leg(c, leg, &made, &mapped, &packed));
    leg->expiry = leg->expiry.QuadPart ? ssp_utc_time(leg->expiry) : ssp_never;
    if (SUCCEEDED(status)) {
        c->attributes = leg->attributes;
        c->word = made;
        given = map(c, mapped, &packed);
        status = FAILED(given) ? given : status;
    } /* else what PACKED may point to is the package's: it may have freed it itself */
    if (FAILED(status))
        c->failed = TRUE;
    c->complete = status == SEC_E_OK || status == SEC_I_COMPLETE_NEEDED;
    return status;
}

static SECURITY_STATUS first_leg(struct ssp_leg *leg)
{
    struct lsa_credential *credential = (struct lsa_credential *)leg->credential;
    struct lsa_context *c = lsa_context_new(credential->package);
    SECURITY_STATUS status;

    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    ssp_hold(&credential->object);
    c->credential = credential;
    status = run_leg(c, leg);
    if (SUCCEEDED(status))
        leg->new_context = &c->object;
    else
        ssp_release(&c->object);
    return status;
}

SECURITY_STATUS lsa_leg(struct ssp_leg *leg)
{
    struct lsa_context *c = (struct lsa_context *)leg->context;
    struct lsa_credential *given = (struct lsa_credential *)leg->credential;
    SECURITY_STATUS status;

    if (!c)
        return first_leg(leg);
    if (given && given->package != c->package)
        return SEC_E_WRONG_CREDENTIAL_HANDLE;
    if (InterlockedExchange(&c->busy, 1))
        return SEC_E_OUT_OF_SEQUENCE;
    status = c->failed || !c->credential ? SEC_E_OUT_OF_SEQUENCE : run_leg(c, leg);
    InterlockedExchange(&c->busy, 0);
    return status;
}
