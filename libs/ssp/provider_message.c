/* Messages of ssp_this_provider: the hot path. */
#include "ssp/provider.h"

/* ENTRY: the function's place in its provider's table. */
static SECURITY_STATUS protect(
        PCtxtHandle handle, ULONG quality, PSecBufferDesc message, ULONG sequence, SIZE_T entry)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS (*fn)(struct ssp_object *, ULONG, PSecBufferDesc, ULONG);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    memcpy(&fn, (const char *)o->provider + entry, sizeof fn);
    if (!fn)
        status = SEC_E_UNSUPPORTED_FUNCTION;
    else
        status = message && ssp_desc_ok(message) ? fn(o, quality, message, sequence)
                                                 : SEC_E_INVALID_TOKEN;
    ssp_release(o);
    return status;
}

static SECURITY_STATUS unprotect(
        PCtxtHandle handle, PSecBufferDesc message, ULONG sequence, ULONG *quality, SIZE_T entry)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS (*fn)(struct ssp_object *, PSecBufferDesc, ULONG, ULONG *);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    memcpy(&fn, (const char *)o->provider + entry, sizeof fn);
    if (!fn)
        status = SEC_E_UNSUPPORTED_FUNCTION;
    else
        status = message && ssp_desc_ok(message) ? fn(o, message, sequence, quality)
                                                 : SEC_E_INVALID_TOKEN;
    ssp_release(o);
    return status;
}

SECURITY_STATUS WINAPI edge_make_signature(
        PCtxtHandle handle, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    return protect(handle, quality, message, sequence, offsetof(struct ssp_provider, make_signature));
}

SECURITY_STATUS WINAPI edge_verify_signature(
        PCtxtHandle handle, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    return unprotect(handle, message, sequence, quality, offsetof(struct ssp_provider, verify_signature));
}

SECURITY_STATUS WINAPI edge_encrypt(
        PCtxtHandle handle, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    return protect(handle, quality, message, sequence, offsetof(struct ssp_provider, encrypt));
}

SECURITY_STATUS WINAPI edge_decrypt(
        PCtxtHandle handle, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    return unprotect(handle, message, sequence, quality, offsetof(struct ssp_provider, decrypt));
}
