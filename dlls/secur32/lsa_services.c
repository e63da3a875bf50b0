/* What a hosted package may call: the tables that InitializePackage and InstanceInit get.
 *
 * Memory is all of the process heap: LSA and client are the same process here, so a client's buffer
 * is an ordinary block. Logon sessions and their credentials are the LSA process's, which there is
 * none of: STATUS_NOT_SUPPORTED. SpInitialize gets no LSA_SECPKG_FUNCTION_TABLE, as from Wine's own
 * secur32: of its fifty functions nearly all are about such a process, and a package that finds NULL
 * can tell.
 */
#include "lsa_host.h"

static PVOID NTAPI allocate(ULONG size)
{
    return ssp_heap_alloc(size);
}

static VOID NTAPI release(PVOID block)
{
    ssp_heap_wipe(block);
}

static NTSTATUS NTAPI allocate_client_buffer(PLSA_CLIENT_REQUEST client, ULONG size, PVOID *block)
{
    (void)client;
    if (!block)
        return STATUS_INVALID_PARAMETER;
    *block = ssp_heap_alloc(size);
    return *block ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static NTSTATUS NTAPI free_client_buffer(PLSA_CLIENT_REQUEST client, PVOID block)
{
    (void)client;
    ssp_heap_wipe(block);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI copy_to_client(PLSA_CLIENT_REQUEST client, ULONG size, PVOID to, PVOID from)
{
    (void)client;
    if (size && (!to || !from))
        return STATUS_INVALID_PARAMETER;
    if (size)
        memmove(to, from, size);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI copy_from_client(PLSA_CLIENT_REQUEST client, ULONG size, PVOID to, PVOID from)
{
    return copy_to_client(client, size, to, from);
}

static NTSTATUS NTAPI no_session(PLUID logon_id)
{
    (void)logon_id;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI no_add_credential(
        PLUID logon_id, ULONG package, PLSA_STRING key, PLSA_STRING credentials)
{
    (void)logon_id, (void)package, (void)key, (void)credentials;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI no_get_credentials(PLUID logon_id, ULONG package, PULONG query, BOOLEAN all,
        PLSA_STRING key, PULONG key_length, PLSA_STRING credentials)
{
    (void)logon_id, (void)package, (void)query, (void)all, (void)key, (void)key_length,
            (void)credentials;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI no_delete_credential(PLUID logon_id, ULONG package, PLSA_STRING key)
{
    (void)logon_id, (void)package, (void)key;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI no_callback(ULONG id, PLSA_CALLBACK_FUNCTION function)
{
    (void)id, (void)function;
    return STATUS_NOT_SUPPORTED;
}

/* One package gets no other's table. */
static PVOID NTAPI no_package(ULONG id)
{
    (void)id;
    return NULL;
}

LSA_DISPATCH_TABLE lsa_dispatch = {
        .CreateLogonSession = no_session,
        .DeleteLogonSession = no_session,
        .AddCredential = no_add_credential,
        .GetCredentials = no_get_credentials,
        .DeleteCredential = no_delete_credential,
        .AllocateLsaHeap = allocate,
        .FreeLsaHeap = release,
        .AllocateClientBuffer = allocate_client_buffer,
        .FreeClientBuffer = free_client_buffer,
        .CopyToClientBuffer = copy_to_client,
        .CopyFromClientBuffer = copy_from_client,
};

struct lsa_dll_functions lsa_dll_functions = {
        .known =
                {
                        .AllocateHeap = allocate,
                        .FreeHeap = release,
                        .RegisterCallback = no_callback,
                },
        .LocatePackageById = no_package,
};
