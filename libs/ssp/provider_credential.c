/* Credentials of ssp_this_provider: acquiring, querying, freeing. */
#include "ssp/provider.h"

SECURITY_STATUS WINAPI edge_acquire(SEC_WCHAR *principal, SEC_WCHAR *package, ULONG use,
        void *logon_id, void *auth_data, SEC_GET_KEY_FN get_key, void *get_key_argument,
        PCredHandle handle, PTimeStamp expiry)
{
    struct ssp_acquire a = {
            .principal = principal,
            .use = use & SECPKG_CRED_BOTH,
            .limits = use & (SECPKG_CRED_AUTOLOGON_RESTRICTED | SECPKG_CRED_PROCESS_POLICY_ONLY),
            .logon_id = logon_id,
            .auth_data = auth_data,
    };
    const struct ssp_provider *p = edge_provider(package, &a.package);
    struct ssp_object *credential = NULL;
    TimeStamp until = ssp_never;
    SECURITY_STATUS status, opened;

    (void)get_key, (void)get_key_argument;
    ssp_log_start();
    if (!p)
        return SEC_E_SECPKG_NOT_FOUND;
    if (!a.use)
        return SEC_E_NO_CREDENTIALS;
    status = p->acquire(&a, &credential, &until);
    if (FAILED(status) || !credential)
        return status;
    credential->package = a.package;
    credential->provider = p;
    credential->use = a.use;
    /* What is wrong with the credentials is said before a missing handle, as on Windows. */
    opened = handle ? ssp_handle_open(credential, handle) : SEC_E_INVALID_HANDLE;
    if (opened != SEC_E_OK) {
        ssp_release(credential);
        return opened;
    }
    if (expiry)
        *expiry = ssp_local_time(until);
    return status;
}

SECURITY_STATUS WINAPI edge_free_credential(PCredHandle handle)
{
    return ssp_handle_close(handle, SSP_CREDENTIAL);
}

SECURITY_STATUS WINAPI edge_add_credentials(PCredHandle handle, SEC_WCHAR *principal,
        SEC_WCHAR *package, ULONG use, void *auth_data, SEC_GET_KEY_FN get_key, void *argument,
        PTimeStamp expiry)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CREDENTIAL);

    (void)principal, (void)package, (void)use, (void)auth_data, (void)get_key, (void)argument,
            (void)expiry;
    ssp_release(o);
    return o ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_INVALID_HANDLE;
}

SECURITY_STATUS edge_check_attribute(ULONG id, BOOL credential, const void *buffer, ULONG size)
{
    const struct ssp_attribute *a = ssp_attribute_find(id, credential);

    if (!a)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!buffer)
        return SEC_E_INTERNAL_ERROR;
    return size < a->size ? SEC_E_BUFFER_TOO_SMALL : SEC_E_OK;
}

SECURITY_STATUS WINAPI edge_query_credential_ex(
        PCredHandle handle, ULONG id, void *buffer, ULONG size)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CREDENTIAL);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    status = edge_check_attribute(id, TRUE, buffer, size);
    if (status == SEC_E_OK)
        status = o->provider->query_credential ? o->provider->query_credential(o, id, buffer)
                                               : SEC_E_UNSUPPORTED_FUNCTION;
    ssp_release(o);
    return status;
}

SECURITY_STATUS WINAPI edge_query_credential(PCredHandle handle, ULONG id, void *buffer)
{
    return edge_query_credential_ex(handle, id, buffer, SSP_SIZE_UNKNOWN);
}

SECURITY_STATUS WINAPI edge_set_credential(PCredHandle handle, ULONG id, void *buffer, ULONG size)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CREDENTIAL);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    status = o->provider->set_credential ? o->provider->set_credential(o, id, buffer, size)
                                         : SEC_E_UNSUPPORTED_FUNCTION;
    ssp_release(o);
    return status;
}
