/* A sample of an SSPI provider DLL: "ToySspi", a table from InitSecurityInterfaceW. */
#include "toy.h"

static SecPkgInfoW info = {SECPKG_FLAG_CONNECTION | SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY, 1, 0x7002, 100,
        (SEC_WCHAR *)L"ToySspi", (SEC_WCHAR *)L"A sample of opensspi's tests"};

static void *allocate(ULONG size)
{
    return HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size);
}

static SECURITY_STATUS WINAPI free_buffer(void *block)
{
    return HeapFree(GetProcessHeap(), 0, block) ? SEC_E_OK : SEC_E_INTERNAL_ERROR;
}

static SECURITY_STATUS WINAPI enumerate(ULONG *count, PSecPkgInfoW *packages)
{
    *packages = allocate(sizeof info);
    **packages = info; /* its strings are static */
    *count = 1;
    return SEC_E_OK;
}

static SECURITY_STATUS WINAPI acquire(SEC_WCHAR *principal, SEC_WCHAR *package, ULONG use, void *logon_id,
        void *auth_data, SEC_GET_KEY_FN get_key, void *argument, PCredHandle credential, PTimeStamp expiry)
{
    (void)logon_id, (void)auth_data, (void)get_key, (void)argument;
    if (lstrcmpiW(package, info.Name))
        return SEC_E_SECPKG_NOT_FOUND;
    if (principal && !lstrcmpW(principal, L"nobody"))
        return SEC_E_LOGON_DENIED;
    *credential = (CredHandle){use, 0x7002};
    expiry->QuadPart = 0x01DC000000000000;
    return SEC_E_OK;
}

static SECURITY_STATUS WINAPI free_credential(PCredHandle credential)
{
    return credential->dwUpper == 0x7002 ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

static SECURITY_STATUS leg(PCtxtHandle context, BOOL server, const WCHAR *target, ULONG request, PSecBufferDesc in,
        PCtxtHandle made, PSecBufferDesc out, ULONG *attributes, PTimeStamp expiry)
{
    struct toy *t = context ? (struct toy *)context->dwLower : allocate(sizeof *t);
    SECURITY_STATUS status;

    t->server = server;
    t->user_mode = TRUE;
    if (!context && target)
        lstrcpynW(t->target, target, ARRAYSIZE(t->target));
    status = toy_leg(t, !context, in, out, request & ISC_REQ_ALLOCATE_MEMORY ? allocate : NULL);
    if (status < 0 && !context)
        free_buffer(t);
    if (status < 0)
        return status;
    *made = (CtxtHandle){(ULONG_PTR)t, 0x7002};
    *attributes = request & (ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_CONFIDENTIALITY);
    expiry->QuadPart = 0x01DC000000000001;
    return status;
}

static SECURITY_STATUS WINAPI initialize(PCredHandle credential, PCtxtHandle context, SEC_WCHAR *target,
        ULONG request, ULONG reserved1, ULONG rep, PSecBufferDesc in, ULONG reserved2, PCtxtHandle made,
        PSecBufferDesc out, ULONG *attributes, PTimeStamp expiry)
{
    (void)credential, (void)reserved1, (void)rep, (void)reserved2;
    return leg(context, FALSE, target, request, in, made, out, attributes, expiry);
}

static SECURITY_STATUS WINAPI accept_context(PCredHandle credential, PCtxtHandle context, PSecBufferDesc in,
        ULONG request, ULONG rep, PCtxtHandle made, PSecBufferDesc out, ULONG *attributes, PTimeStamp expiry)
{
    (void)credential, (void)rep;
    return leg(context, TRUE, NULL, request, in, made, out, attributes, expiry);
}

static SECURITY_STATUS WINAPI delete_context(PCtxtHandle context)
{
    return free_buffer((void *)context->dwLower);
}

static SECURITY_STATUS WINAPI query(PCtxtHandle context, ULONG attribute, void *buffer)
{
    return toy_query((struct toy *)context->dwLower, attribute, buffer);
}

static SECURITY_STATUS WINAPI make_signature(PCtxtHandle c, ULONG quality, PSecBufferDesc message, ULONG number)
{
    (void)quality, (void)number;
    return toy_sign((struct toy *)c->dwLower, message);
}

static SECURITY_STATUS WINAPI verify_signature(PCtxtHandle c, PSecBufferDesc message, ULONG number, ULONG *quality)
{
    (void)number;
    return toy_verify((struct toy *)c->dwLower, message, quality);
}

static SECURITY_STATUS WINAPI seal(PCtxtHandle c, ULONG quality, PSecBufferDesc message, ULONG number)
{
    SECURITY_STATUS status = make_signature(c, quality, message, number);

    if (!status)
        toy_xor(message);
    return status;
}

static SECURITY_STATUS WINAPI unseal(PCtxtHandle c, PSecBufferDesc message, ULONG number, ULONG *quality)
{
    toy_xor(message);
    return verify_signature(c, message, number, quality);
}

/* As an older provider's: sealing is under the reserved names only. */
static SecurityFunctionTableW table = {.dwVersion = SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION,
        .EnumerateSecurityPackagesW = enumerate,
        .AcquireCredentialsHandleW = acquire,
        .FreeCredentialsHandle = free_credential,
        .InitializeSecurityContextW = initialize,
        .AcceptSecurityContext = accept_context,
        .DeleteSecurityContext = delete_context,
        .QueryContextAttributesW = query,
        .MakeSignature = make_signature,
        .VerifySignature = verify_signature,
        .FreeContextBuffer = free_buffer,
        .Reserved3 = seal,
        .Reserved4 = unseal};

PSecurityFunctionTableW WINAPI InitSecurityInterfaceW(void)
{
    return &table;
}
