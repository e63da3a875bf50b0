/* The asynchronous calls of Windows 10: done at once. A call may always complete before it returns;
 * the status it then has is the one of the call, and the callback is made before the return. */
#include "secur32.h"

typedef struct async {
    SECURITY_STATUS status;
    void (*notify)(struct async *, void *);
    void *data;
} SspiAsyncContext;

typedef void (*SspiAsyncNotifyCallback)(SspiAsyncContext *, void *);

SspiAsyncContext *WINAPI SspiCreateAsyncContext(void);
void WINAPI SspiFreeAsyncContext(SspiAsyncContext *a);
NTSTATUS WINAPI SspiReinitAsyncContext(SspiAsyncContext *a);
SECURITY_STATUS WINAPI SspiSetAsyncNotifyCallback(
        SspiAsyncContext *a, SspiAsyncNotifyCallback f, void *data);
BOOLEAN WINAPI SspiAsyncContextRequiresNotify(SspiAsyncContext *a);
SECURITY_STATUS WINAPI SspiGetAsyncCallStatus(SspiAsyncContext *a);
SECURITY_STATUS WINAPI SspiAcquireCredentialsHandleAsyncW(SspiAsyncContext *a, LPWSTR principal,
        LPWSTR package, ULONG use, void *logon_id, void *auth_data, SEC_GET_KEY_FN get_key,
        void *argument, PCredHandle credential, PTimeStamp expiry);
SECURITY_STATUS WINAPI SspiAcquireCredentialsHandleAsyncA(SspiAsyncContext *a, LPSTR principal,
        LPSTR package, ULONG use, void *logon_id, void *auth_data, SEC_GET_KEY_FN get_key,
        void *argument, PCredHandle credential, PTimeStamp expiry);
SECURITY_STATUS WINAPI SspiInitializeSecurityContextAsyncW(SspiAsyncContext *a,
        PCredHandle credential, PCtxtHandle context, LPWSTR target, ULONG request, ULONG reserved1,
        ULONG data_rep, PSecBufferDesc input, ULONG reserved2, PCtxtHandle new_context,
        PSecBufferDesc output, ULONG *attributes, PTimeStamp expiry);
SECURITY_STATUS WINAPI SspiInitializeSecurityContextAsyncA(SspiAsyncContext *a,
        PCredHandle credential, PCtxtHandle context, LPSTR target, ULONG request, ULONG reserved1,
        ULONG data_rep, PSecBufferDesc input, ULONG reserved2, PCtxtHandle new_context,
        PSecBufferDesc output, ULONG *attributes, PTimeStamp expiry);
SECURITY_STATUS WINAPI SspiAcceptSecurityContextAsync(SspiAsyncContext *a, PCredHandle credential,
        PCtxtHandle context, PSecBufferDesc input, ULONG request, ULONG data_rep,
        PCtxtHandle new_context, PSecBufferDesc output, ULONG *attributes, PTimeStamp expiry);
SECURITY_STATUS WINAPI SspiFreeCredentialsHandleAsync(SspiAsyncContext *a, PCredHandle credential);
SECURITY_STATUS WINAPI SspiDeleteSecurityContextAsync(SspiAsyncContext *a, PCtxtHandle context);

SspiAsyncContext *WINAPI SspiCreateAsyncContext(void)
{
    return ssp_heap_alloc(sizeof(SspiAsyncContext));
}

void WINAPI SspiFreeAsyncContext(SspiAsyncContext *a)
{
    ssp_heap_free(a);
}

NTSTATUS WINAPI SspiReinitAsyncContext(SspiAsyncContext *a)
{
    if (!a)
        return STATUS_INVALID_PARAMETER;
    memset(a, 0, sizeof *a);
    return STATUS_SUCCESS;
}

SECURITY_STATUS WINAPI SspiSetAsyncNotifyCallback(
        SspiAsyncContext *a, SspiAsyncNotifyCallback f, void *data)
{
    if (!a)
        return SEC_E_INVALID_PARAMETER;
    a->notify = f;
    a->data = data;
    return SEC_E_OK;
}

BOOLEAN WINAPI SspiAsyncContextRequiresNotify(SspiAsyncContext *a)
{
    return a && a->notify;
}

SECURITY_STATUS WINAPI SspiGetAsyncCallStatus(SspiAsyncContext *a)
{
    return a ? a->status : SEC_E_INVALID_PARAMETER;
}

static SECURITY_STATUS done(SspiAsyncContext *a, SECURITY_STATUS status)
{
    if (a) {
        a->status = status;
        if (a->notify)
            a->notify(a, a->data);
    }
    return status;
}

SECURITY_STATUS WINAPI SspiAcquireCredentialsHandleAsyncW(SspiAsyncContext *a, LPWSTR principal,
        LPWSTR package, ULONG use, void *logon_id, void *auth_data, SEC_GET_KEY_FN get_key,
        void *argument, PCredHandle credential, PTimeStamp expiry)
{
    return done(a, AcquireCredentialsHandleW(principal, package, use, logon_id, auth_data, get_key,
                           argument, credential, expiry));
}

SECURITY_STATUS WINAPI SspiAcquireCredentialsHandleAsyncA(SspiAsyncContext *a, LPSTR principal,
        LPSTR package, ULONG use, void *logon_id, void *auth_data, SEC_GET_KEY_FN get_key,
        void *argument, PCredHandle credential, PTimeStamp expiry)
{
    return done(a, AcquireCredentialsHandleA(principal, package, use, logon_id, auth_data, get_key,
                           argument, credential, expiry));
}

SECURITY_STATUS WINAPI SspiInitializeSecurityContextAsyncW(SspiAsyncContext *a,
        PCredHandle credential, PCtxtHandle context, LPWSTR target, ULONG request, ULONG reserved1,
        ULONG data_rep, PSecBufferDesc input, ULONG reserved2, PCtxtHandle new_context,
        PSecBufferDesc output, ULONG *attributes, PTimeStamp expiry)
{
    return done(a, InitializeSecurityContextW(credential, context, target, request, reserved1,
                           data_rep, input, reserved2, new_context, output, attributes, expiry));
}

SECURITY_STATUS WINAPI SspiInitializeSecurityContextAsyncA(SspiAsyncContext *a,
        PCredHandle credential, PCtxtHandle context, LPSTR target, ULONG request, ULONG reserved1,
        ULONG data_rep, PSecBufferDesc input, ULONG reserved2, PCtxtHandle new_context,
        PSecBufferDesc output, ULONG *attributes, PTimeStamp expiry)
{
    return done(a, InitializeSecurityContextA(credential, context, target, request, reserved1,
                           data_rep, input, reserved2, new_context, output, attributes, expiry));
}

SECURITY_STATUS WINAPI SspiAcceptSecurityContextAsync(SspiAsyncContext *a, PCredHandle credential,
        PCtxtHandle context, PSecBufferDesc input, ULONG request, ULONG data_rep,
        PCtxtHandle new_context, PSecBufferDesc output, ULONG *attributes, PTimeStamp expiry)
{
    return done(a, AcceptSecurityContext(credential, context, input, request, data_rep, new_context,
                           output, attributes, expiry));
}

SECURITY_STATUS WINAPI SspiFreeCredentialsHandleAsync(SspiAsyncContext *a, PCredHandle credential)
{
    return done(a, FreeCredentialsHandle(credential));
}

SECURITY_STATUS WINAPI SspiDeleteSecurityContextAsync(SspiAsyncContext *a, PCtxtHandle context)
{
    return done(a, DeleteSecurityContext(context));
}
