/* What is done with a context of ssp_this_provider besides messages. */
#include "ssp/provider.h"

SECURITY_STATUS WINAPI edge_delete_context(PCtxtHandle handle)
{
    return ssp_handle_close(handle, SSP_CONTEXT);
}

static SECURITY_STATUS package_info(struct ssp_object *o, SecPkgContext_PackageInfoW *info)
{
    return o->package ? ssp_package_copy_w(o->package, 1, &info->PackageInfo)
                      : SEC_E_UNSUPPORTED_FUNCTION;
}

static SECURITY_STATUS query_object(struct ssp_object *o, ULONG id, void *buffer)
{
    const struct ssp_provider *p = o->provider;
    SECURITY_STATUS status =
            p->query_context ? p->query_context(o, id, buffer) : SEC_E_UNSUPPORTED_FUNCTION;

    if (status == SEC_E_UNSUPPORTED_FUNCTION && id == SECPKG_ATTR_PACKAGE_INFO)
        return package_info(o, buffer);
    return status;
}

SECURITY_STATUS WINAPI edge_query_context_ex(PCtxtHandle handle, ULONG id, void *buffer, ULONG size)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    status = edge_check_attribute(id, FALSE, buffer, size);
    if (status == SEC_E_OK)
        status = query_object(o, id, buffer);
    ssp_release(o);
    return status;
}

SECURITY_STATUS WINAPI edge_query_context(PCtxtHandle handle, ULONG id, void *buffer)
{
    return edge_query_context_ex(handle, id, buffer, SSP_SIZE_UNKNOWN);
}

SECURITY_STATUS WINAPI edge_set_context(PCtxtHandle handle, ULONG id, void *buffer, ULONG size)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    status = o->provider->set_context ? o->provider->set_context(o, id, buffer, size)
                                      : SEC_E_UNSUPPORTED_FUNCTION;
    ssp_release(o);
    return status;
}

/* NULL goes through: packages differ in what they say to it. ENTRY: of the provider's token functions. */
static SECURITY_STATUS with_token(PCtxtHandle handle, PSecBufferDesc token, SIZE_T entry)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS (*fn)(struct ssp_object *, PSecBufferDesc);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    memcpy(&fn, (const char *)o->provider + entry, sizeof fn);
    if (!fn)
        status = SEC_E_UNSUPPORTED_FUNCTION;
    else
        status = ssp_desc_ok(token) ? fn(o, token) : SEC_E_INVALID_TOKEN;
    ssp_release(o);
    return status;
}

SECURITY_STATUS WINAPI edge_complete(PCtxtHandle handle, PSecBufferDesc token)
{
    return with_token(handle, token, offsetof(struct ssp_provider, complete));
}

SECURITY_STATUS WINAPI edge_apply_control(PCtxtHandle handle, PSecBufferDesc token)
{
    return with_token(handle, token, offsetof(struct ssp_provider, apply_control));
}

SECURITY_STATUS WINAPI edge_impersonate(PCtxtHandle handle)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    status = o->provider->impersonate ? o->provider->impersonate(o) : SEC_E_UNSUPPORTED_FUNCTION;
    ssp_release(o);
    return status;
}

SECURITY_STATUS WINAPI edge_revert(PCtxtHandle handle)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    status = o->provider->revert ? o->provider->revert(o) : SEC_E_UNSUPPORTED_FUNCTION;
    ssp_release(o);
    return status;
}

SECURITY_STATUS WINAPI edge_query_token(PCtxtHandle handle, HANDLE *token)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    if (!o->provider->query_token)
        status = SEC_E_UNSUPPORTED_FUNCTION;
    else
        status = token ? o->provider->query_token(o, token) : SEC_E_INVALID_PARAMETER;
    ssp_release(o);
    return status;
}

SECURITY_STATUS WINAPI edge_export_context(
        PCtxtHandle handle, ULONG flags, PSecBuffer packed, void **token)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    if (!o->provider->export_context)
        status = SEC_E_UNSUPPORTED_FUNCTION;
    else
        status = packed ? o->provider->export_context(o, flags, packed, token)
                        : SEC_E_INVALID_PARAMETER;
    ssp_release(o);
    if (SUCCEEDED(status) && (flags & SECPKG_CONTEXT_EXPORT_DELETE_OLD))
        edge_delete_context(handle);
    return status;
}

SECURITY_STATUS WINAPI edge_import_context(
        SEC_WCHAR *package, PSecBuffer packed, void *token, PCtxtHandle handle)
{
    const SecPkgInfoW *info;
    const struct ssp_provider *p = edge_provider(package, &info);
    struct ssp_leg leg = {.package = info, .provider = p};
    SECURITY_STATUS status;

    if (!p)
        return SEC_E_SECPKG_NOT_FOUND;
    if (!p->import_context)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!packed || !handle)
        return SEC_E_INVALID_PARAMETER;
    status = p->import_context(info, packed, token, &leg.new_context);
    if (leg.new_context)
        leg.inbound = leg.new_context->use == SECPKG_CRED_INBOUND;
    return edge_open_context(&leg, status, handle);
}
