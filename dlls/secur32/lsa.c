/* The LSA client functions. There is no LSA process here: packages live in each program, so a
 * connection is a handle without anything behind it. It is a real handle of the system, so that
 * CloseHandle-like mistakes are the system's to find. Buffers are process heap memory
 * (LsaFreeReturnBuffer). */
#include "lsa_host.h"

/* "LsaRegisterLogonProcess function": the name may not exceed 127 bytes. */
enum { LONGEST_PROCESS_NAME = 127 };

static BOOL is_connection(HANDLE lsa)
{
    DWORD flags;

    return lsa && GetHandleInformation(lsa, &flags);
}

NTSTATUS NTAPI LsaConnectUntrusted(PHANDLE lsa)
{
    HANDLE handle;

    if (!lsa)
        return STATUS_INVALID_PARAMETER;
    handle = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!handle)
        return STATUS_INSUFFICIENT_RESOURCES;
    *lsa = handle;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LsaRegisterLogonProcess(PLSA_STRING name, PHANDLE lsa, PLSA_OPERATIONAL_MODE mode)
{
    NTSTATUS status;

    if (!name || !name->Buffer || name->Length > LONGEST_PROCESS_NAME)
        return STATUS_INVALID_PARAMETER;
    status = LsaConnectUntrusted(lsa);
    if (status == STATUS_SUCCESS && mode)
        *mode = 0;
    return status;
}

NTSTATUS NTAPI LsaDeregisterLogonProcess(HANDLE lsa)
{
    if (!is_connection(lsa))
        return STATUS_INVALID_HANDLE;
    return CloseHandle(lsa) ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

/* An LSA_STRING counts bytes and need not end in a NUL. */
static const struct package *named(const LSA_STRING *name)
{
    WCHAR wide[64];
    int units;

    if (!name->Buffer || !name->Length)
        return NULL;
    units = MultiByteToWideChar(CP_ACP, 0, name->Buffer, name->Length, wide, ARRAYSIZE(wide) - 1);
    wide[units] = 0;
    if (CompareStringOrdinal(wide, -1, MSV1_0_PACKAGE_NAMEW, -1, TRUE) == CSTR_EQUAL)
        return package_find(L"NTLM");
    return units ? package_find(wide) : NULL;
}

NTSTATUS NTAPI LsaLookupAuthenticationPackage(HANDLE lsa, PLSA_STRING name, PULONG package)
{
    const struct package *row;

    if (!is_connection(lsa))
        return STATUS_INVALID_HANDLE;
    if (!name || !package)
        return STATUS_INVALID_PARAMETER;
    row = named(name);
    if (!row)
        return STATUS_NO_SUCH_PACKAGE;
    *package = row->lsa_id;
    return STATUS_SUCCESS;
}

/* Negotiate's NegGetCallerName: who is logged on; "NEGOTIATE_CALLER_NAME_RESPONSE" with the name
 * behind it in the same block. Other sessions than the caller's own (0, or its number) are not
 * there. */
static NTSTATUS caller_name(
        const NEGOTIATE_CALLER_NAME_REQUEST *request, PVOID *answer, PULONG answer_size)
{
    WCHAR name[600];
    ULONG units = ARRAYSIZE(name);
    SIZE_T size;
    NEGOTIATE_CALLER_NAME_RESPONSE *response;

    if (!session_is_own(&request->LogonId) || !GetUserNameExW(NameSamCompatible, name, &units))
        return STATUS_NO_SUCH_LOGON_SESSION;
    size = sizeof *response + (units + 1) * sizeof(WCHAR);
    response = ssp_heap_alloc(size);
    if (!response)
        return STATUS_NO_MEMORY;
    response->MessageType = NegGetCallerName;
    response->CallerName = (PWSTR)(void *)(response + 1);
    memcpy(response->CallerName, name, (units + 1) * sizeof(WCHAR));
    *answer = response;
    *answer_size = (ULONG)size;
    return STATUS_SUCCESS;
}

/* The hosted package behind ROW, loaded for it; NULL: none. */
static const struct lsa_package *hosted_package(const struct package *row)
{
    if (row->provider == &provider_kerberos)
        return kerberos_start() ? kerberos_package() : NULL;
    return row->hosted;
}

/* LSA and client are one process: a request has one address. OUT_: never NULL here. */
static NTSTATUS call_hosted(const struct lsa_package *p, PVOID request, ULONG size, PVOID *answer,
        PULONG answer_size, PNTSTATUS protocol_status)
{
    static PVOID client; /* what a package hands back to lsa_dispatch, which does not look at it */

    if (!p->lsa.CallPackageUntrusted || !request || size < sizeof(ULONG))
        return STATUS_INVALID_PARAMETER;
    return p->lsa.CallPackageUntrusted(
            &client, request, request, size, answer, answer_size, protocol_status);
}

/* What Windows says to a request that a package does not know is STATUS_INVALID_PARAMETER, with
 * nothing returned. */
NTSTATUS NTAPI LsaCallAuthenticationPackage(HANDLE lsa, ULONG package, PVOID request, ULONG size,
        PVOID *answer, PULONG answer_size, PNTSTATUS protocol_status)
{
    const struct package *row = package_by_lsa_id(package);
    const struct lsa_package *hosted;
    NTSTATUS said;

    if (answer)
        *answer = NULL;
    if (answer_size)
        *answer_size = 0;
    if (protocol_status)
        *protocol_status = STATUS_SUCCESS;
    if (!is_connection(lsa))
        return STATUS_INVALID_HANDLE;
    if (!row)
        return STATUS_NO_SUCH_PACKAGE;
    if (row->provider == &provider_negotiate && request && answer && answer_size &&
            size >= sizeof(NEGOTIATE_CALLER_NAME_REQUEST) &&
            *(const ULONG *)request == NegGetCallerName) {
        said = caller_name(request, answer, answer_size);
        if (protocol_status)
            *protocol_status = said;
        return STATUS_SUCCESS;
    }
    hosted = answer && answer_size && protocol_status ? hosted_package(row) : NULL;
    if (hosted)
        return call_hosted(hosted, request, size, answer, answer_size, protocol_status);
    log_info("secur32", "LSA request of %lu bytes to package %lu: not known here",
            (unsigned long)size, (unsigned long)package);
    return STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI LsaFreeReturnBuffer(PVOID buffer)
{
    ssp_heap_wipe(buffer); /* a hosted package's answer may be a ticket with its key */
    return STATUS_SUCCESS;
}

/* Making a token for another user takes an authority that a program under Wine does not have; on
 * Windows, a caller without SeTcbPrivilege hears the same for what it may not do. */
NTSTATUS NTAPI LsaLogonUser(HANDLE lsa, PLSA_STRING origin, SECURITY_LOGON_TYPE type, ULONG package,
        PVOID information, ULONG size, PTOKEN_GROUPS groups, PTOKEN_SOURCE source, PVOID *profile,
        PULONG profile_size, PLUID logon_id, PHANDLE token, PQUOTA_LIMITS quotas,
        PNTSTATUS substatus)
{
    (void)origin, (void)type, (void)information, (void)size, (void)groups, (void)source;
    (void)logon_id, (void)quotas;
    if (profile)
        *profile = NULL;
    if (profile_size)
        *profile_size = 0;
    if (token)
        *token = NULL;
    if (substatus)
        *substatus = STATUS_SUCCESS;
    if (!is_connection(lsa))
        return STATUS_INVALID_HANDLE;
    if (!package_by_lsa_id(package))
        return STATUS_NO_SUCH_PACKAGE;
    return STATUS_NOT_SUPPORTED;
}
