/* The LSA-mode table of ssp_this_provider: the package itself and its credentials. */
#include "ssp/lsa.h"
#include "ssp/provider.h"

#define PACKAGE ssp_this_provider.packages[0]

/* "LsaApInitializePackage": the name is the LSA's to free. Wine's Kerberos makes two blocks of the
 * LSA's heap of it; so do we, whatever a host frees. */
static NTSTATUS NTAPI initialize_package(ULONG id, PLSA_DISPATCH_TABLE dispatch,
        PLSA_STRING database, PLSA_STRING confidentiality, PLSA_STRING *name)
{
    USHORT length = (USHORT)strlen(ssp_lsa_package_name);
    LSA_STRING *given;

    (void)id, (void)database, (void)confidentiality;
    if (!dispatch || !name)
        return STATUS_INVALID_PARAMETER;
    given = dispatch->AllocateLsaHeap(sizeof *given);
    if (!given)
        return STATUS_NO_MEMORY;
    given->Buffer = dispatch->AllocateLsaHeap(length + 1u);
    if (!given->Buffer) {
        dispatch->FreeLsaHeap(given);
        return STATUS_NO_MEMORY;
    }
    memcpy(given->Buffer, ssp_lsa_package_name, length + 1u);
    given->Length = length;
    given->MaximumLength = (USHORT)(length + 1);
    *name = given;
    return STATUS_SUCCESS;
}

/* What Windows says to a request that a package does not know: nothing is returned. */
static NTSTATUS NTAPI call_package(PLSA_CLIENT_REQUEST client, void *request, void *client_base,
        ULONG size, void **answer, ULONG *answer_size, NTSTATUS *protocol_status)
{
    (void)client, (void)request, (void)client_base, (void)size;
    if (answer)
        *answer = NULL;
    if (answer_size)
        *answer_size = 0;
    if (protocol_status)
        *protocol_status = STATUS_SUCCESS;
    return STATUS_INVALID_PARAMETER;
}

/* A session ends: nothing here is kept for one. */
static void NTAPI logon_terminated(PLUID logon_id)
{
    (void)logon_id;
}

/* Nothing of the host's is needed: stock secur32 passes neither parameters nor functions. */
static NTSTATUS NTAPI initialize(
        ULONG_PTR id, PSECPKG_PARAMETERS parameters, PLSA_SECPKG_FUNCTION_TABLE functions)
{
    (void)id, (void)parameters, (void)functions;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI shut_down(void)
{
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI get_info(PSecPkgInfoW info)
{
    *info = PACKAGE;
    return STATUS_SUCCESS;
}

BOOL lsa_text(const UNICODE_STRING *text, WCHAR **copy)
{
    *copy = NULL;
    if (!text || !text->Buffer)
        return TRUE;
    *copy = ssp_heap_text(bytes_of(text->Buffer, text->Length));
    return *copy != NULL;
}

static NTSTATUS NTAPI acquire(PUNICODE_STRING principal, ULONG use, PLUID logon_id, void *auth_data,
        void *get_key, void *get_key_argument, PLSA_SEC_HANDLE credential, PTimeStamp expiry)
{
    SecHandle handle = {0, 0};
    WCHAR *name;
    SECURITY_STATUS status;

    (void)get_key;
    if (!lsa_text(principal, &name))
        return SEC_E_INSUFFICIENT_MEMORY;
    status = edge_acquire(name, PACKAGE.Name, use, logon_id, auth_data, NULL, get_key_argument,
            credential ? &handle : NULL, expiry);
    ssp_heap_free(name);
    if (SUCCEEDED(status))
        *credential = ssp_handle_to_word(&handle);
    return status;
}

static NTSTATUS NTAPI query_credential(LSA_SEC_HANDLE credential, ULONG id, void *buffer)
{
    SecHandle handle = ssp_handle_from_word(credential);

    return edge_query_credential(&handle, id, buffer);
}

static NTSTATUS NTAPI set_credential(LSA_SEC_HANDLE credential, ULONG id, void *buffer, ULONG size)
{
    SecHandle handle = ssp_handle_from_word(credential);

    return edge_set_credential(&handle, id, buffer, size);
}

static NTSTATUS NTAPI free_credential(LSA_SEC_HANDLE credential)
{
    SecHandle handle = ssp_handle_from_word(credential);

    return edge_free_credential(&handle);
}

/* Hosts that know later versions of the table look at its later entries only if the version says
 * that they are there; a few empty ones cost nothing. */
static struct {
    SECPKG_FUNCTION_TABLE table;
    void *later[8];
} lsa = {
        .table =
                {
                        .InitializePackage = initialize_package,
                        .CallPackage = call_package,
                        .LogonTerminated = logon_terminated,
                        .CallPackageUntrusted = call_package,
                        .CallPackagePassthrough = call_package,
                        .Initialize = initialize,
                        .Shutdown = shut_down,
                        .GetInfo = get_info,
                        .AcquireCredentialsHandle = acquire,
                        .QueryCredentialsAttributes = query_credential,
                        .FreeCredentialsHandle = free_credential,
                        .InitLsaModeContext = lsa_initialize_context,
                        .AcceptLsaModeContext = lsa_accept_context,
                        .DeleteContext = lsa_delete_context,
                        .ApplyControlToken = lsa_apply_control,
                        .QueryContextAttributes = lsa_query_context,
                        .SetContextAttributes = lsa_set_context,
                        .SetCredentialsAttributes = set_credential,
                },
};

NTSTATUS ssp_lsa_mode(
        ULONG lsa_version, ULONG *package_version, PSECPKG_FUNCTION_TABLE *tables, ULONG *count)
{
    (void)lsa_version;
    *package_version = SECPKG_INTERFACE_VERSION_3;
    *tables = &lsa.table;
    *count = 1;
    return STATUS_SUCCESS;
}
