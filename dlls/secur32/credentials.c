/* Credentials: the W functions. */
#include "secur32.h"

SECURITY_STATUS WINAPI AcquireCredentialsHandleW(SEC_WCHAR *principal, SEC_WCHAR *package,
        ULONG use, void *logon_id, void *auth_data, SEC_GET_KEY_FN get_key, void *get_key_argument,
        PCredHandle credential, PTimeStamp expiry)
{
    const struct package *row;
    const SecurityFunctionTableW *table;
    struct entry *e;
    SECURITY_STATUS status;

    ssp_log_start();
    row = package_find(package);
    table = row ? provider_table(row->provider) : NULL;
    if (!table)
        return SEC_E_SECPKG_NOT_FOUND;
    if (!credential)
        return table->AcquireCredentialsHandleW(principal, package, use, logon_id, auth_data,
                get_key, get_key_argument, NULL, expiry);
    e = entry_new(SSP_CREDENTIAL, row, table);
    if (!e)
        return SEC_E_INSUFFICIENT_MEMORY;
    status = table->AcquireCredentialsHandleW(principal, package, use, logon_id, auth_data, get_key,
            get_key_argument, &e->inner, expiry);
    return entry_publish(e, status, credential);
}

SECURITY_STATUS WINAPI FreeCredentialsHandle(PCredHandle credential)
{
    struct entry *e = entry_get(credential, SSP_CREDENTIAL);

    if (!e)
        return SEC_E_INVALID_HANDLE;
    entry_release(e);
    return ssp_handle_close(credential, SSP_CREDENTIAL);
}

SECURITY_STATUS WINAPI AddCredentialsW(PCredHandle credential, SEC_WCHAR *principal,
        SEC_WCHAR *package, ULONG use, void *auth_data, SEC_GET_KEY_FN get_key,
        void *get_key_argument, PTimeStamp expiry)
{
    struct entry *e = entry_get(credential, SSP_CREDENTIAL);
    SECURITY_STATUS status;

    if (!e)
        return SEC_E_INVALID_HANDLE;
    status = CALL(e->table, AddCredentialsW, &e->inner, principal, package, use, auth_data, get_key,
            get_key_argument, expiry);
    entry_release(e);
    return status;
}

SECURITY_STATUS WINAPI QueryCredentialsAttributesW(
        PCredHandle credential, ULONG attribute, void *buffer)
{
    struct entry *e = entry_get(credential, SSP_CREDENTIAL);
    SECURITY_STATUS status;

    if (!e)
        return SEC_E_INVALID_HANDLE;
    status = CALL(e->table, QueryCredentialsAttributesW, &e->inner, attribute, buffer);
    entry_release(e);
    return status;
}

/* The provider's own Ex entry is not used: an older table ends before it, and says so nowhere. */
SECURITY_STATUS WINAPI QueryCredentialsAttributesExW(
        PCredHandle credential, ULONG attribute, void *buffer, ULONG size)
{
    const struct ssp_attribute *a = ssp_attribute_find(attribute, TRUE);
    struct entry *e = entry_get(credential, SSP_CREDENTIAL);

    if (!e)
        return SEC_E_INVALID_HANDLE;
    entry_release(e);
    if (!a)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (size < a->size)
        return SEC_E_BUFFER_TOO_SMALL;
    return QueryCredentialsAttributesW(credential, attribute, buffer);
}

SECURITY_STATUS WINAPI SetCredentialsAttributesW(
        PCredHandle credential, ULONG attribute, void *buffer, ULONG size)
{
    struct entry *e = entry_get(credential, SSP_CREDENTIAL);
    SECURITY_STATUS status;

    if (!e)
        return SEC_E_INVALID_HANDLE;
    status = CALL(e->table, SetCredentialsAttributesW, &e->inner, attribute, buffer, size);
    entry_release(e);
    return status;
}

SECURITY_STATUS WINAPI ChangeAccountPasswordW(SEC_WCHAR *package, SEC_WCHAR *domain,
        SEC_WCHAR *account, SEC_WCHAR *from, SEC_WCHAR *to, BOOLEAN impersonating, ULONG reserved,
        PSecBufferDesc output)
{
    const struct package *row = package_find(package);
    const SecurityFunctionTableW *table = row ? provider_table(row->provider) : NULL;

    if (!table)
        return SEC_E_SECPKG_NOT_FOUND;
    return CALL(table, ChangeAccountPasswordW, package, domain, account, from, to, impersonating,
            reserved, output);
}
