/* The user-mode tables of ssp_this_provider: messages on contexts that LSA mode made, in the same
 * process and under the same handles. */
#include "ssp/lsa.h"
#include "ssp/provider.h"

/* The host's functions are not needed: memory is the process heap's. */
static NTSTATUS NTAPI instance_init(
        ULONG version, PSECPKG_DLL_FUNCTIONS functions, void **user_functions)
{
    (void)version, (void)functions, (void)user_functions;
    return STATUS_SUCCESS;
}

static BOOL is_context(LSA_SEC_HANDLE context)
{
    SecHandle handle = ssp_handle_from_word(context);
    struct ssp_object *o = ssp_handle_get(&handle, SSP_CONTEXT);

    ssp_release(o);
    return o != NULL;
}

/* LSA mode never says that a context is mapped, so no packed one can be ours; a context that is
 * here already needs none. */
static NTSTATUS NTAPI init_user_mode_context(LSA_SEC_HANDLE context, PSecBuffer packed)
{
    if (packed && packed->cbBuffer)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return is_context(context) ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

/* The user-mode half holds nothing of its own: DeleteContext of LSA mode takes the whole away. */
static NTSTATUS NTAPI delete_user_mode_context(LSA_SEC_HANDLE context)
{
    return is_context(context) ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

static NTSTATUS NTAPI make_signature(
        LSA_SEC_HANDLE context, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    SecHandle handle = ssp_handle_from_word(context);

    return edge_make_signature(&handle, quality, message, sequence);
}

static NTSTATUS NTAPI verify_signature(
        LSA_SEC_HANDLE context, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    SecHandle handle = ssp_handle_from_word(context);

    return edge_verify_signature(&handle, message, sequence, quality);
}

static NTSTATUS NTAPI seal_message(
        LSA_SEC_HANDLE context, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    SecHandle handle = ssp_handle_from_word(context);

    return edge_encrypt(&handle, quality, message, sequence);
}

static NTSTATUS NTAPI unseal_message(
        LSA_SEC_HANDLE context, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    SecHandle handle = ssp_handle_from_word(context);

    return edge_decrypt(&handle, message, sequence, quality);
}

/* "SpGetContextToken function": the handle is returned "without first duplicating" it, so it is the
 * one that the context keeps. */
static NTSTATUS NTAPI get_context_token(LSA_SEC_HANDLE context, PHANDLE token)
{
    SecHandle handle = ssp_handle_from_word(context);
    SecPkgContext_AccessToken kept = {NULL};
    SECURITY_STATUS status = token ? edge_query_context(&handle, SECPKG_ATTR_ACCESS_TOKEN, &kept)
                                   : SEC_E_INVALID_PARAMETER;

    if (status == SEC_E_OK)
        *token = kept.AccessToken;
    return status;
}

static NTSTATUS NTAPI complete_auth_token(LSA_SEC_HANDLE context, PSecBufferDesc token)
{
    SecHandle handle = ssp_handle_from_word(context);

    return edge_complete(&handle, token);
}

static NTSTATUS NTAPI export_context(
        LSA_SEC_HANDLE context, ULONG flags, PSecBuffer packed, PHANDLE token)
{
    SecHandle handle = ssp_handle_from_word(context);

    return edge_export_context(&handle, flags, packed, token);
}

static NTSTATUS NTAPI import_context(PSecBuffer packed, HANDLE token, PLSA_SEC_HANDLE context)
{
    SecHandle handle = {0, 0};
    SECURITY_STATUS status = edge_import_context(
            ssp_this_provider.packages[0].Name, packed, token, context ? &handle : NULL);

    if (SUCCEEDED(status))
        *context = ssp_handle_to_word(&handle);
    return status;
}

static const SECPKG_USER_FUNCTION_TABLE package = {
        .InstanceInit = instance_init,
        .InitUserModeContext = init_user_mode_context,
        .MakeSignature = make_signature,
        .VerifySignature = verify_signature,
        .SealMessage = seal_message,
        .UnsealMessage = unseal_message,
        .GetContextToken = get_context_token,
        .QueryContextAttributes = lsa_query_context,
        .CompleteAuthToken = complete_auth_token,
        .DeleteUserModeContext = delete_user_mode_context,
        .ExportContext = export_context,
        .ImportContext = import_context,
};

/* The same for each package, one behind the other, and as long as it was before newer mingw-w64
 * headers had more entries: Wine, which walks over them, knows no more. */
enum {
    TABLE_WORDS = offsetof(SECPKG_USER_FUNCTION_TABLE, ImportContext) / sizeof(void *) + 1,
    LATER_WORDS = 8 /* as in lsa.c */
};
static void *tables_of_packages[LSA_PACKAGES_MAX * TABLE_WORDS + LATER_WORDS];

NTSTATUS ssp_lsa_user_mode(ULONG lsa_version, ULONG *package_version,
        PSECPKG_USER_FUNCTION_TABLE *tables, ULONG *count)
{
    if (lsa_version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    *package_version = SECPKG_INTERFACE_VERSION;
    for (size_t i = 0; i < LSA_PACKAGES_MAX; i++)
        memcpy(tables_of_packages + i * TABLE_WORDS, &package, TABLE_WORDS * sizeof(void *));
    *tables = (PSECPKG_USER_FUNCTION_TABLE)(void *)tables_of_packages;
    *count = ssp_lsa_packages.count;
    return STATUS_SUCCESS;
}
