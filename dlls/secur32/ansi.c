/* The A exports: a conversion each, over the W export of the same name. */
#include "secur32.h"

SECURITY_STATUS WINAPI EnumerateSecurityPackagesA(ULONG *count, PSecPkgInfoA *packages)
{
    return ssp_ansi_enumerate(EnumerateSecurityPackagesW, count, packages);
}

SECURITY_STATUS WINAPI QuerySecurityPackageInfoA(SEC_CHAR *name, PSecPkgInfoA *package)
{
    return ssp_ansi_package_info(QuerySecurityPackageInfoW, name, package);
}

SECURITY_STATUS WINAPI AcquireCredentialsHandleA(SEC_CHAR *principal, SEC_CHAR *package, ULONG use,
        void *logon_id, void *auth_data, SEC_GET_KEY_FN get_key, void *get_key_argument,
        PCredHandle credential, PTimeStamp expiry)
{
    return ssp_ansi_acquire(AcquireCredentialsHandleW, principal, package, use, logon_id, auth_data,
            get_key, get_key_argument, credential, expiry);
}

SECURITY_STATUS WINAPI AddCredentialsA(PCredHandle credential, SEC_CHAR *principal,
        SEC_CHAR *package, ULONG use, void *auth_data, SEC_GET_KEY_FN get_key,
        void *get_key_argument, PTimeStamp expiry)
{
    return ssp_ansi_add(AddCredentialsW, credential, principal, package, use, auth_data, get_key,
            get_key_argument, expiry);
}

SECURITY_STATUS WINAPI InitializeSecurityContextA(PCredHandle credential, PCtxtHandle context,
        SEC_CHAR *target, ULONG request, ULONG reserved1, ULONG data_rep, PSecBufferDesc input,
        ULONG reserved2, PCtxtHandle new_context, PSecBufferDesc output, ULONG *attributes,
        PTimeStamp expiry)
{
    return ssp_ansi_initialize(InitializeSecurityContextW, credential, context, target, request,
            reserved1, data_rep, input, reserved2, new_context, output, attributes, expiry);
}

SECURITY_STATUS WINAPI QueryContextAttributesA(PCtxtHandle context, ULONG attribute, void *buffer)
{
    return ssp_ansi_query(
            QueryContextAttributesW, FALSE, context, attribute, buffer, SSP_SIZE_UNKNOWN);
}

SECURITY_STATUS WINAPI QueryContextAttributesExA(
        PCtxtHandle context, ULONG attribute, void *buffer, ULONG size)
{
    return ssp_ansi_query(QueryContextAttributesW, FALSE, context, attribute, buffer, size);
}

SECURITY_STATUS WINAPI QueryCredentialsAttributesA(
        PCredHandle credential, ULONG attribute, void *buffer)
{
    return ssp_ansi_query(
            QueryCredentialsAttributesW, TRUE, credential, attribute, buffer, SSP_SIZE_UNKNOWN);
}

SECURITY_STATUS WINAPI QueryCredentialsAttributesExA(
        PCredHandle credential, ULONG attribute, void *buffer, ULONG size)
{
    return ssp_ansi_query(QueryCredentialsAttributesW, TRUE, credential, attribute, buffer, size);
}

/* No attribute that can be set has strings of its own. */
SECURITY_STATUS WINAPI SetContextAttributesA(
        PCtxtHandle context, ULONG attribute, void *buffer, ULONG size)
{
    return SetContextAttributesW(context, attribute, buffer, size);
}

SECURITY_STATUS WINAPI SetCredentialsAttributesA(
        PCredHandle credential, ULONG attribute, void *buffer, ULONG size)
{
    return SetCredentialsAttributesW(credential, attribute, buffer, size);
}

SECURITY_STATUS WINAPI ImportSecurityContextA(
        SEC_CHAR *package, PSecBuffer packed, void *token, PCtxtHandle context)
{
    return ssp_ansi_import(ImportSecurityContextW, package, packed, token, context);
}

SECURITY_STATUS WINAPI ChangeAccountPasswordA(SEC_CHAR *package, SEC_CHAR *domain,
        SEC_CHAR *account, SEC_CHAR *from, SEC_CHAR *to, BOOLEAN impersonating, ULONG reserved,
        PSecBufferDesc output)
{
    const char *in[5] = {package, domain, account, from, to};
    WCHAR *wide[5] = {NULL};
    BOOL converted = TRUE;
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    for (int i = 0; i < 5; i++)
        converted = converted && ssp_wide_text(in[i], &wide[i]);
    if (converted)
        status = ChangeAccountPasswordW(
                wide[0], wide[1], wide[2], wide[3], wide[4], impersonating, reserved, output);
    for (int i = 0; i < 5; i++) {
        if (i > 2 && wide[i])
            wipe(wide[i], wcslen(wide[i]) * sizeof(WCHAR));
        ssp_heap_free(wide[i]);
    }
    return status;
}
