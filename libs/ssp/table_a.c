/* The A function table over ssp_this_provider: what has strings goes through ansi.c, the rest is
 * the W table's own. Built at link time from thin functions, so that it may be asked for under the
 * loader lock; only the shared entries are copied, each time the same. */
#include "ssp/ssp.h"

static SECURITY_STATUS WINAPI enumerate(ULONG *count, PSecPkgInfoA *packages)
{
    return ssp_ansi_enumerate(ssp_function_table_w()->EnumerateSecurityPackagesW, count, packages);
}

static SECURITY_STATUS WINAPI query_package(SEC_CHAR *name, PSecPkgInfoA *package)
{
    return ssp_ansi_package_info(ssp_function_table_w()->QuerySecurityPackageInfoW, name, package);
}

static SECURITY_STATUS WINAPI acquire(SEC_CHAR *principal, SEC_CHAR *package, ULONG use,
        void *logon_id, void *auth_data, SEC_GET_KEY_FN get_key, void *get_key_argument,
        PCredHandle credential, PTimeStamp expiry)
{
    return ssp_ansi_acquire(ssp_function_table_w()->AcquireCredentialsHandleW, principal, package,
            use, logon_id, auth_data, get_key, get_key_argument, credential, expiry);
}

static SECURITY_STATUS WINAPI add(PCredHandle credential, SEC_CHAR *principal, SEC_CHAR *package,
        ULONG use, void *auth_data, SEC_GET_KEY_FN get_key, void *get_key_argument,
        PTimeStamp expiry)
{
    return ssp_ansi_add(ssp_function_table_w()->AddCredentialsW, credential, principal, package,
            use, auth_data, get_key, get_key_argument, expiry);
}

static SECURITY_STATUS WINAPI initialize(PCredHandle credential, PCtxtHandle context,
        SEC_CHAR *target, ULONG request, ULONG reserved1, ULONG data_rep, PSecBufferDesc input,
        ULONG reserved2, PCtxtHandle new_context, PSecBufferDesc output, ULONG *attributes,
        PTimeStamp expiry)
{
    return ssp_ansi_initialize(ssp_function_table_w()->InitializeSecurityContextW, credential,
            context, target, request, reserved1, data_rep, input, reserved2, new_context, output,
            attributes, expiry);
}

static SECURITY_STATUS WINAPI query_context_ex(PCtxtHandle h, ULONG id, void *buffer, ULONG size)
{
    return ssp_ansi_query(
            ssp_function_table_w()->QueryContextAttributesW, FALSE, h, id, buffer, size);
}

static SECURITY_STATUS WINAPI query_context(PCtxtHandle h, ULONG id, void *buffer)
{
    return query_context_ex(h, id, buffer, SSP_SIZE_UNKNOWN);
}

static SECURITY_STATUS WINAPI query_credential_ex(PCredHandle h, ULONG id, void *buffer, ULONG size)
{
    return ssp_ansi_query(
            ssp_function_table_w()->QueryCredentialsAttributesW, TRUE, h, id, buffer, size);
}

static SECURITY_STATUS WINAPI query_credential(PCredHandle h, ULONG id, void *buffer)
{
    return query_credential_ex(h, id, buffer, SSP_SIZE_UNKNOWN);
}

static SECURITY_STATUS WINAPI import(
        SEC_CHAR *package, PSecBuffer packed, void *token, PCtxtHandle context)
{
    return ssp_ansi_import(
            ssp_function_table_w()->ImportSecurityContextW, package, packed, token, context);
}

static SECURITY_STATUS WINAPI change_password(SEC_CHAR *package, SEC_CHAR *domain,
        SEC_CHAR *account, SEC_CHAR *from, SEC_CHAR *to, BOOLEAN impersonating, ULONG reserved,
        PSecBufferDesc output)
{
    PSecPkgInfoA info;
    SECURITY_STATUS status = query_package(package, &info);

    (void)domain, (void)account, (void)from, (void)to;
    (void)impersonating, (void)reserved, (void)output;
    if (FAILED(status))
        return status;
    ssp_heap_free(info);
    return SEC_E_UNSUPPORTED_FUNCTION;
}

static SecurityFunctionTableA table = {
        .dwVersion = SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION,
        .EnumerateSecurityPackagesA = enumerate,
        .QueryCredentialsAttributesA = query_credential,
        .AcquireCredentialsHandleA = acquire,
        .InitializeSecurityContextA = initialize,
        .QueryContextAttributesA = query_context,
        .QuerySecurityPackageInfoA = query_package,
        .ImportSecurityContextA = import,
        .AddCredentialsA = add,
        .ChangeAccountPasswordA = change_password,
        .QueryContextAttributesExA = query_context_ex,
        .QueryCredentialsAttributesExA = query_credential_ex,
};

PSecurityFunctionTableA ssp_function_table_a(void)
{
    const SecurityFunctionTableW *w = ssp_function_table_w();

    table.FreeCredentialHandle = w->FreeCredentialsHandle;
    table.AcceptSecurityContext = w->AcceptSecurityContext;
    table.CompleteAuthToken = w->CompleteAuthToken;
    table.DeleteSecurityContext = w->DeleteSecurityContext;
    table.ApplyControlToken = w->ApplyControlToken;
    table.ImpersonateSecurityContext = w->ImpersonateSecurityContext;
    table.RevertSecurityContext = w->RevertSecurityContext;
    table.MakeSignature = w->MakeSignature;
    table.VerifySignature = w->VerifySignature;
    table.FreeContextBuffer = w->FreeContextBuffer;
    table.Reserved3 = w->Reserved3;
    table.Reserved4 = w->Reserved4;
    table.ExportSecurityContext = w->ExportSecurityContext;
    table.QuerySecurityContextToken = w->QuerySecurityContextToken;
    table.EncryptMessage = w->EncryptMessage;
    table.DecryptMessage = w->DecryptMessage;
    table.SetContextAttributesA = w->SetContextAttributesW;
    table.SetCredentialsAttributesA = w->SetCredentialsAttributesW;
    return &table;
}
