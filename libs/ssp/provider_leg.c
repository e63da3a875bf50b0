/* Initialize- and AcceptSecurityContext over ssp_this_provider: who may, with what, and what is
 * written. */
#include "ssp/provider.h"

/* The credential of a leg: needed on the first, optional on later ones (wininet and winhttp give
 * none). */
static SECURITY_STATUS resolve_credential(PCredHandle handle, struct ssp_leg *leg)
{
    ULONG side = leg->inbound ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND;

    if (!handle)
        return leg->context ? SEC_E_OK : SEC_E_INVALID_HANDLE;
    leg->credential = ssp_handle_get(handle, SSP_CREDENTIAL);
    if (!leg->credential)
        return SEC_E_INVALID_HANDLE;
    return leg->credential->use & side ? SEC_E_OK : SEC_E_NO_CREDENTIALS;
}

static SECURITY_STATUS resolve_context(
        PCtxtHandle handle, PCtxtHandle new_handle, struct ssp_leg *leg)
{
    ULONG side = leg->inbound ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND;

    if (!handle)
        return new_handle ? SEC_E_OK : SEC_E_INVALID_HANDLE;
    leg->context = ssp_handle_get(handle, SSP_CONTEXT);
    if (!leg->context || leg->context->use != side)
        return SEC_E_INVALID_HANDLE;
    return SEC_E_OK;
}

SECURITY_STATUS edge_open_context(struct ssp_leg *leg, SECURITY_STATUS status, PCtxtHandle handle)
{
    struct ssp_object *context = leg->new_context;

    if (!context)
        return status;
    context->package = leg->package;
    context->provider = leg->provider;
    context->use = leg->inbound ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND;
    if (SUCCEEDED(status) && ssp_handle_open(context, handle) == SEC_E_OK)
        return status;
    ssp_release(context);
    return FAILED(status) ? status : SEC_E_INSUFFICIENT_MEMORY;
}

static SECURITY_STATUS do_leg(struct ssp_leg *leg, PCtxtHandle handle, PCtxtHandle new_handle,
        ULONG *attributes, PTimeStamp expiry)
{
    const struct ssp_object *from = leg->context ? leg->context : leg->credential;
    SECURITY_STATUS status;

    leg->package = from->package;
    leg->provider = from->provider;
    leg->expiry = ssp_never;
    status = leg->provider->leg(leg);
    if (!leg->context)
        status = edge_open_context(leg, status, new_handle);
    else if (SUCCEEDED(status) && new_handle && new_handle != handle)
        *new_handle = *handle;
    if (attributes)
        *attributes = leg->attributes;
    if (expiry)
        *expiry = ssp_local_time(leg->expiry);
    return status;
}

static SECURITY_STATUS run_leg(struct ssp_leg *leg, PCredHandle credential, PCtxtHandle handle,
        PCtxtHandle new_handle, ULONG *attributes, PTimeStamp expiry)
{
    SECURITY_STATUS status = resolve_context(handle, new_handle, leg);

    if (status == SEC_E_OK)
        status = resolve_credential(credential, leg);
    /* Two providers may share this table: what one made is no other's. */
    if (status == SEC_E_OK && leg->context && leg->credential &&
            leg->context->provider != leg->credential->provider)
        status = SEC_E_WRONG_CREDENTIAL_HANDLE;
    if (status == SEC_E_OK && (!ssp_desc_ok(leg->input) || !ssp_desc_ok(leg->output)))
        status = SEC_E_INVALID_TOKEN;
    if (status == SEC_E_OK)
        status = do_leg(leg, handle, new_handle, attributes, expiry);
    ssp_release(leg->credential);
    ssp_release(leg->context);
    return status;
}

SECURITY_STATUS WINAPI edge_initialize(PCredHandle credential, PCtxtHandle context,
        SEC_WCHAR *target, ULONG request, ULONG reserved1, ULONG data_rep, PSecBufferDesc input,
        ULONG reserved2, PCtxtHandle new_context, PSecBufferDesc output, ULONG *attributes,
        PTimeStamp expiry)
{
    struct ssp_leg leg = {.inbound = FALSE,
            .target = target,
            .request = request,
            .data_rep = data_rep,
            .input = input,
            .output = output};

    (void)reserved1, (void)reserved2;
    return run_leg(&leg, credential, context, new_context, attributes, expiry);
}

SECURITY_STATUS WINAPI edge_accept_context(PCredHandle credential, PCtxtHandle context,
        PSecBufferDesc input, ULONG request, ULONG data_rep, PCtxtHandle new_context,
        PSecBufferDesc output, ULONG *attributes, PTimeStamp expiry)
{
    struct ssp_leg leg = {.inbound = TRUE,
            .request = request,
            .data_rep = data_rep,
            .input = input,
            .output = output};

    return run_leg(&leg, credential, context, new_context, attributes, expiry);
}
