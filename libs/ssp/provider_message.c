/* Messages of ssp_this_provider: the hot path. */
#include "ssp/provider.h"

#define P ssp_this_provider

static SECURITY_STATUS protect(PCtxtHandle handle, ULONG quality, PSecBufferDesc message,
        ULONG sequence, SECURITY_STATUS (*fn)(struct ssp_object *, ULONG, PSecBufferDesc, ULONG))
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    if (!fn)
        status = SEC_E_UNSUPPORTED_FUNCTION;
    else
        status = message && ssp_desc_ok(message) ? fn(o, quality, message, sequence)
                                                 : SEC_E_INVALID_TOKEN;
    ssp_release(o);
    return status;
}

static SECURITY_STATUS unprotect(PCtxtHandle handle, PSecBufferDesc message, ULONG sequence,
        ULONG *quality, SECURITY_STATUS (*fn)(struct ssp_object *, PSecBufferDesc, ULONG, ULONG *))
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
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
    return protect(handle, quality, message, sequence, P.make_signature);
}

SECURITY_STATUS WINAPI edge_verify_signature(
        PCtxtHandle handle, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    return unprotect(handle, message, sequence, quality, P.verify_signature);
}

SECURITY_STATUS WINAPI edge_encrypt(
        PCtxtHandle handle, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    return protect(handle, quality, message, sequence, P.encrypt);
}

SECURITY_STATUS WINAPI edge_decrypt(
        PCtxtHandle handle, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    return unprotect(handle, message, sequence, quality, P.decrypt);
}
