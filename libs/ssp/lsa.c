/* The LSA-mode tables of ssp_this_provider: the packages themselves and their credentials. A table has
 * no place for what it is about, so what differs between packages has one function for each. */
#include "ssp/lsa.h"
#include "ssp/provider.h"

static const SecPkgInfoW *package_at(ULONG at)
{
    return &ssp_this_provider.packages[ssp_lsa_packages.package[at].index];
}

/* "LsaApInitializePackage": the name is the LSA's to free. Wine's Kerberos makes two blocks of the
 * LSA's heap of it; so do we, whatever a host frees. */
static NTSTATUS give_name(const char *text, PLSA_DISPATCH_TABLE dispatch, PLSA_STRING *name)
{
    USHORT length = (USHORT)strlen(text);
    LSA_STRING *given;

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
    memcpy(given->Buffer, text, length + 1u);
    given->Length = length;
    given->MaximumLength = (USHORT)(length + 1);
    *name = given;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI initialize_first(ULONG id, PLSA_DISPATCH_TABLE dispatch, PLSA_STRING database,
        PLSA_STRING confidentiality, PLSA_STRING *name)
{
    (void)id, (void)database, (void)confidentiality;
    return give_name(ssp_lsa_packages.package[0].name, dispatch, name);
}

static NTSTATUS NTAPI initialize_second(ULONG id, PLSA_DISPATCH_TABLE dispatch,
        PLSA_STRING database, PLSA_STRING confidentiality, PLSA_STRING *name)
{
    (void)id, (void)database, (void)confidentiality;
    return give_name(ssp_lsa_packages.package[1].name, dispatch, name);
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

static NTSTATUS NTAPI info_of_first(PSecPkgInfoW info)
{
    *info = *package_at(0);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI info_of_second(PSecPkgInfoW info)
{
    *info = *package_at(1);
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

static NTSTATUS acquire(ULONG at, PUNICODE_STRING principal, ULONG use, PLUID logon_id,
        void *auth_data, void *get_key_argument, PLSA_SEC_HANDLE credential, PTimeStamp expiry)
{
    SecHandle handle = {0, 0};
    WCHAR *name;
    SECURITY_STATUS status;

    if (!lsa_text(principal, &name))
        return SEC_E_INSUFFICIENT_MEMORY;
    status = edge_acquire(name, package_at(at)->Name, use, logon_id, auth_data, NULL,
            get_key_argument, credential ? &handle : NULL, expiry);
    ssp_heap_free(name);
    if (SUCCEEDED(status))
        *credential = ssp_handle_to_word(&handle);
    return status;
}

static NTSTATUS NTAPI acquire_first(PUNICODE_STRING principal, ULONG use, PLUID logon_id,
        void *auth_data, void *get_key, void *get_key_argument, PLSA_SEC_HANDLE credential,
        PTimeStamp expiry)
{
    (void)get_key;
    return acquire(0, principal, use, logon_id, auth_data, get_key_argument, credential, expiry);
}

static NTSTATUS NTAPI acquire_second(PUNICODE_STRING principal, ULONG use, PLUID logon_id,
        void *auth_data, void *get_key, void *get_key_argument, PLSA_SEC_HANDLE credential,
        PTimeStamp expiry)
{
    (void)get_key;
    return acquire(1, principal, use, logon_id, auth_data, get_key_argument, credential, expiry);
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

#define TABLE(which)                                                                               \
    {                                                                                              \
        .InitializePackage = initialize_##which, .CallPackage = call_package,                      \
        .LogonTerminated = logon_terminated, .CallPackageUntrusted = call_package,                 \
        .CallPackagePassthrough = call_package, .Initialize = initialize, .Shutdown = shut_down,   \
        .GetInfo = info_of_##which, .AcquireCredentialsHandle = acquire_##which,                   \
        .QueryCredentialsAttributes = query_credential, .FreeCredentialsHandle = free_credential,  \
        .InitLsaModeContext = lsa_initialize_context, .AcceptLsaModeContext = lsa_accept_context,  \
        .DeleteContext = lsa_delete_context, .ApplyControlToken = lsa_apply_control,               \
        .QueryContextAttributes = lsa_query_context, .SetContextAttributes = lsa_set_context,      \
        .SetCredentialsAttributes = set_credential,                                                \
    }

/* One table behind the other, each as long as version 3's: newer mingw-w64 headers know more
 * entries, but the version is what tells a host where the next one begins. */
static const SECPKG_FUNCTION_TABLE packages[LSA_PACKAGES_MAX] = {TABLE(first), TABLE(second)};
enum {
    TABLE_WORDS = offsetof(SECPKG_FUNCTION_TABLE, SetCredentialsAttributes) / sizeof(void *) + 1,
    /* Hosts that know later versions of the table look at its later entries only if the version
     * says that they are there; a few empty ones behind the last table cost nothing. */
    LATER_WORDS = 24
};
static void *tables_of_packages[LSA_PACKAGES_MAX * TABLE_WORDS + LATER_WORDS];

NTSTATUS ssp_lsa_mode(
        ULONG lsa_version, ULONG *package_version, PSECPKG_FUNCTION_TABLE *tables, ULONG *count)
{
    (void)lsa_version;
    *package_version = SECPKG_INTERFACE_VERSION_3;
    for (size_t i = 0; i < LSA_PACKAGES_MAX; i++)
        memcpy(tables_of_packages + i * TABLE_WORDS, &packages[i], TABLE_WORDS * sizeof(void *));
    *tables = (PSECPKG_FUNCTION_TABLE)(void *)tables_of_packages;
    *count = ssp_lsa_packages.count;
    return STATUS_SUCCESS;
}
