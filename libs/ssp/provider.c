/* The W function table over ssp_this_provider: arguments checked, handles resolved, outputs
 * written. The functions are in provider_*.c. */
#include "ssp/provider.h"

#define P ssp_this_provider

const struct ssp_provider *edge_provider(const WCHAR *name, const SecPkgInfoW **package)
{
    for (const struct ssp_provider *p = &P; p; p = p->next) {
        *package = p->find ? p->find(name) : ssp_package_find(p->packages, p->package_count, name);
        if (*package)
            return p;
    }
    return NULL;
}

static SECURITY_STATUS WINAPI enumerate(ULONG *count, PSecPkgInfoW *packages)
{
    SECURITY_STATUS status;

    if (!count || !packages)
        return SEC_E_INVALID_PARAMETER;
    status = ssp_package_copy_w(P.packages, P.package_count, packages);
    if (status == SEC_E_OK)
        *count = P.package_count;
    return status;
}

static SECURITY_STATUS WINAPI query_package(SEC_WCHAR *name, PSecPkgInfoW *package)
{
    const SecPkgInfoW *info = ssp_package_find(P.packages, P.package_count, name);

    if (!info)
        return SEC_E_SECPKG_NOT_FOUND;
    return package ? ssp_package_copy_w(info, 1, package) : SEC_E_INVALID_PARAMETER;
}

static SECURITY_STATUS WINAPI free_buffer(void *p)
{
    ssp_heap_wipe(p); /* it may be a session key */
    return SEC_E_OK;
}

static SECURITY_STATUS WINAPI no_password_change(SEC_WCHAR *package, SEC_WCHAR *domain,
        SEC_WCHAR *account, SEC_WCHAR *from, SEC_WCHAR *to, BOOLEAN impersonating, ULONG reserved,
        PSecBufferDesc output)
{
    const SecPkgInfoW *info;

    (void)domain, (void)account, (void)from, (void)to, (void)impersonating, (void)reserved,
            (void)output;
    return edge_provider(package, &info) ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_SECPKG_NOT_FOUND;
}

static SecurityFunctionTableW table = {
        .dwVersion = SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION,
        .EnumerateSecurityPackagesW = enumerate,
        .QueryCredentialsAttributesW = edge_query_credential,
        .AcquireCredentialsHandleW = edge_acquire,
        .FreeCredentialsHandle = edge_free_credential,
        .InitializeSecurityContextW = edge_initialize,
        .AcceptSecurityContext = edge_accept_context,
        .CompleteAuthToken = edge_complete,
        .DeleteSecurityContext = edge_delete_context,
        .ApplyControlToken = edge_apply_control,
        .QueryContextAttributesW = edge_query_context,
        .ImpersonateSecurityContext = edge_impersonate,
        .RevertSecurityContext = edge_revert,
        .MakeSignature = edge_make_signature,
        .VerifySignature = edge_verify_signature,
        .FreeContextBuffer = free_buffer,
        .QuerySecurityPackageInfoW = query_package,
        .Reserved3 = edge_encrypt,
        .Reserved4 = edge_decrypt,
        .ExportSecurityContext = edge_export_context,
        .ImportSecurityContextW = edge_import_context,
        .AddCredentialsW = edge_add_credentials,
        .QuerySecurityContextToken = edge_query_token,
        .EncryptMessage = edge_encrypt,
        .DecryptMessage = edge_decrypt,
        .SetContextAttributesW = edge_set_context,
        .SetCredentialsAttributesW = edge_set_credential,
        .ChangeAccountPasswordW = no_password_change,
        .QueryContextAttributesExW = edge_query_context_ex,
        .QueryCredentialsAttributesExW = edge_query_credential_ex,
};

PSecurityFunctionTableW ssp_function_table_w(void)
{
    return &table;
}
