/* The W function table over ssp_this_provider: arguments checked, handles resolved, outputs
 * written. */
#include "ssp/ssp.h"

#define P ssp_this_provider

/* ---- credentials ---- */

static SECURITY_STATUS WINAPI acquire(SEC_WCHAR *principal, SEC_WCHAR *package, ULONG use,
        void *logon_id, void *auth_data, SEC_GET_KEY_FN get_key, void *get_key_argument,
        PCredHandle handle, PTimeStamp expiry)
{
    struct ssp_acquire a = {ssp_package_find(P.packages, P.package_count, package), principal,
            use & SECPKG_CRED_BOTH, logon_id, auth_data};
    struct ssp_object *credential = NULL;
    TimeStamp until = ssp_never;
    SECURITY_STATUS status, opened;

    (void)get_key, (void)get_key_argument;
    ssp_log_start();
    if (!a.package)
        return SEC_E_SECPKG_NOT_FOUND;
    if (!a.use)
        return SEC_E_NO_CREDENTIALS;
    status = P.acquire(&a, &credential, &until);
    if (FAILED(status) || !credential)
        return status;
    credential->package = a.package;
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

static SECURITY_STATUS WINAPI free_credential(PCredHandle handle)
{
    return ssp_handle_close(handle, SSP_CREDENTIAL);
}

static SECURITY_STATUS WINAPI add_credentials(PCredHandle handle, SEC_WCHAR *principal,
        SEC_WCHAR *package, ULONG use, void *auth_data, SEC_GET_KEY_FN get_key, void *argument,
        PTimeStamp expiry)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CREDENTIAL);

    (void)principal, (void)package, (void)use, (void)auth_data, (void)get_key, (void)argument,
            (void)expiry;
    ssp_release(o);
    return o ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_INVALID_HANDLE;
}

/* SIZE may be SSP_SIZE_UNKNOWN: the older functions do not give one. */
static SECURITY_STATUS check_attribute(ULONG id, BOOL credential, const void *buffer, ULONG size)
{
    const struct ssp_attribute *a = ssp_attribute_find(id, credential);

    if (!a)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!buffer)
        return SEC_E_INTERNAL_ERROR;
    return size < a->size ? SEC_E_BUFFER_TOO_SMALL : SEC_E_OK;
}

static SECURITY_STATUS WINAPI query_credential_ex(
        PCredHandle handle, ULONG id, void *buffer, ULONG size)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CREDENTIAL);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    status = check_attribute(id, TRUE, buffer, size);
    if (status == SEC_E_OK)
        status =
                P.query_credential ? P.query_credential(o, id, buffer) : SEC_E_UNSUPPORTED_FUNCTION;
    ssp_release(o);
    return status;
}

static SECURITY_STATUS WINAPI query_credential(PCredHandle handle, ULONG id, void *buffer)
{
    return query_credential_ex(handle, id, buffer, SSP_SIZE_UNKNOWN);
}

static SECURITY_STATUS WINAPI set_credential(PCredHandle handle, ULONG id, void *buffer, ULONG size)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CREDENTIAL);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    status = P.set_credential ? P.set_credential(o, id, buffer, size) : SEC_E_UNSUPPORTED_FUNCTION;
    ssp_release(o);
    return status;
}

/* ---- legs ---- */

/* The credential of a leg: needed on the first, optional on later ones (wininet and winhttp give
 * none). */
static SECURITY_STATUS resolve_credential(PCredHandle handle, struct ssp_leg *leg)
{
    ULONG side = leg->inbound ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND;

    if (!handle)
        return leg->context ? SEC_E_OK : SEC_E_INVALID_HANDLE;
    leg->credential = ssp_handle_get(handle, SSP_CREDENTIAL);
    if (!leg->credential)
        return SEC_E_INVALID_HANDLE;
    return leg->credential->use & side ? SEC_E_OK : SEC_E_NO_CREDENTIALS;
}

static SECURITY_STATUS resolve_context(
        PCtxtHandle handle, PCtxtHandle new_handle, struct ssp_leg *leg)
{
    ULONG side = leg->inbound ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND;

    if (!handle)
        return new_handle ? SEC_E_OK : SEC_E_INVALID_HANDLE;
    leg->context = ssp_handle_get(handle, SSP_CONTEXT);
    if (!leg->context || leg->context->use != side)
        return SEC_E_INVALID_HANDLE;
    return SEC_E_OK;
}

static SECURITY_STATUS open_context(struct ssp_leg *leg, SECURITY_STATUS status, PCtxtHandle handle)
{
    struct ssp_object *context = leg->new_context;

    if (!context)
        return status;
    context->package = leg->package;
    context->use = leg->inbound ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND;
    if (SUCCEEDED(status) && ssp_handle_open(context, handle) == SEC_E_OK)
        return status;
    ssp_release(context);
    return FAILED(status) ? status : SEC_E_INSUFFICIENT_MEMORY;
}

static SECURITY_STATUS do_leg(struct ssp_leg *leg, PCtxtHandle handle, PCtxtHandle new_handle,
        ULONG *attributes, PTimeStamp expiry)
{
    SECURITY_STATUS status;

    leg->package = leg->context ? leg->context->package : leg->credential->package;
    leg->expiry = ssp_never;
    status = P.leg(leg);
    if (!leg->context)
        status = open_context(leg, status, new_handle);
    else if (SUCCEEDED(status) && new_handle && new_handle != handle)
        *new_handle = *handle;
    if (attributes)
        *attributes = leg->attributes;
    if (expiry)
        *expiry = ssp_local_time(leg->expiry);
    return status;
}

static SECURITY_STATUS run_leg(struct ssp_leg *leg, PCredHandle credential, PCtxtHandle handle,
        PCtxtHandle new_handle, ULONG *attributes, PTimeStamp expiry)
{
    SECURITY_STATUS status = resolve_context(handle, new_handle, leg);

    if (status == SEC_E_OK)
        status = resolve_credential(credential, leg);
    if (status == SEC_E_OK && (!ssp_desc_ok(leg->input) || !ssp_desc_ok(leg->output)))
        status = SEC_E_INVALID_TOKEN;
    if (status == SEC_E_OK)
        status = do_leg(leg, handle, new_handle, attributes, expiry);
    ssp_release(leg->credential);
    ssp_release(leg->context);
    return status;
}

static SECURITY_STATUS WINAPI initialize(PCredHandle credential, PCtxtHandle context,
        SEC_WCHAR *target, ULONG request, ULONG reserved1, ULONG data_rep, PSecBufferDesc input,
        ULONG reserved2, PCtxtHandle new_context, PSecBufferDesc output, ULONG *attributes,
        PTimeStamp expiry)
{
    struct ssp_leg leg = {.inbound = FALSE,
            .target = target,
            .request = request,
            .data_rep = data_rep,
            .input = input,
            .output = output};

    (void)reserved1, (void)reserved2;
    return run_leg(&leg, credential, context, new_context, attributes, expiry);
}

static SECURITY_STATUS WINAPI accept_context(PCredHandle credential, PCtxtHandle context,
        PSecBufferDesc input, ULONG request, ULONG data_rep, PCtxtHandle new_context,
        PSecBufferDesc output, ULONG *attributes, PTimeStamp expiry)
{
    struct ssp_leg leg = {.inbound = TRUE,
            .request = request,
            .data_rep = data_rep,
            .input = input,
            .output = output};

    return run_leg(&leg, credential, context, new_context, attributes, expiry);
}

/* ---- contexts ---- */

static SECURITY_STATUS WINAPI delete_context(PCtxtHandle handle)
{
    return ssp_handle_close(handle, SSP_CONTEXT);
}

static SECURITY_STATUS package_info(struct ssp_object *o, SecPkgContext_PackageInfoW *info)
{
    return o->package ? ssp_package_copy_w(o->package, 1, &info->PackageInfo)
                      : SEC_E_UNSUPPORTED_FUNCTION;
}

static SECURITY_STATUS query_object(struct ssp_object *o, ULONG id, void *buffer)
{
    SECURITY_STATUS status =
            P.query_context ? P.query_context(o, id, buffer) : SEC_E_UNSUPPORTED_FUNCTION;

    if (status == SEC_E_UNSUPPORTED_FUNCTION && id == SECPKG_ATTR_PACKAGE_INFO)
        return package_info(o, buffer);
    return status;
}

static SECURITY_STATUS WINAPI query_context_ex(
        PCtxtHandle handle, ULONG id, void *buffer, ULONG size)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    status = check_attribute(id, FALSE, buffer, size);
    if (status == SEC_E_OK)
        status = query_object(o, id, buffer);
    ssp_release(o);
    return status;
}

static SECURITY_STATUS WINAPI query_context(PCtxtHandle handle, ULONG id, void *buffer)
{
    return query_context_ex(handle, id, buffer, SSP_SIZE_UNKNOWN);
}

static SECURITY_STATUS WINAPI set_context(PCtxtHandle handle, ULONG id, void *buffer, ULONG size)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    status = P.set_context ? P.set_context(o, id, buffer, size) : SEC_E_UNSUPPORTED_FUNCTION;
    ssp_release(o);
    return status;
}

/* NULL goes through: packages differ in what they say to it. */
static SECURITY_STATUS with_token(PCtxtHandle handle, PSecBufferDesc token,
        SECURITY_STATUS (*fn)(struct ssp_object *, PSecBufferDesc))
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    if (!fn)
        status = SEC_E_UNSUPPORTED_FUNCTION;
    else
        status = ssp_desc_ok(token) ? fn(o, token) : SEC_E_INVALID_TOKEN;
    ssp_release(o);
    return status;
}

static SECURITY_STATUS WINAPI complete(PCtxtHandle handle, PSecBufferDesc token)
{
    return with_token(handle, token, P.complete);
}

static SECURITY_STATUS WINAPI apply_control(PCtxtHandle handle, PSecBufferDesc token)
{
    return with_token(handle, token, P.apply_control);
}

static SECURITY_STATUS with_context(PCtxtHandle handle, SECURITY_STATUS (*fn)(struct ssp_object *))
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    status = fn ? fn(o) : SEC_E_UNSUPPORTED_FUNCTION;
    ssp_release(o);
    return status;
}

static SECURITY_STATUS WINAPI impersonate(PCtxtHandle handle)
{
    return with_context(handle, P.impersonate);
}

static SECURITY_STATUS WINAPI revert(PCtxtHandle handle)
{
    return with_context(handle, P.revert);
}

static SECURITY_STATUS WINAPI query_token(PCtxtHandle handle, HANDLE *token)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    if (!P.query_token)
        status = SEC_E_UNSUPPORTED_FUNCTION;
    else
        status = token ? P.query_token(o, token) : SEC_E_INVALID_PARAMETER;
    ssp_release(o);
    return status;
}

/* ---- messages: the hot path ---- */

static SECURITY_STATUS protect(PCtxtHandle handle, ULONG quality, PSecBufferDesc message,
        ULONG sequence, SECURITY_STATUS (*fn)(struct ssp_object *, ULONG, PSecBufferDesc, ULONG))
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    if (!fn)
        status = SEC_E_UNSUPPORTED_FUNCTION;
    else
        status = message && ssp_desc_ok(message) ? fn(o, quality, message, sequence)
                                                 : SEC_E_INVALID_TOKEN;
    ssp_release(o);
    return status;
}

static SECURITY_STATUS unprotect(PCtxtHandle handle, PSecBufferDesc message, ULONG sequence,
        ULONG *quality, SECURITY_STATUS (*fn)(struct ssp_object *, PSecBufferDesc, ULONG, ULONG *))
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    if (!fn)
        status = SEC_E_UNSUPPORTED_FUNCTION;
    else
        status = message && ssp_desc_ok(message) ? fn(o, message, sequence, quality)
                                                 : SEC_E_INVALID_TOKEN;
    ssp_release(o);
    return status;
}

static SECURITY_STATUS WINAPI make_signature(
        PCtxtHandle handle, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    return protect(handle, quality, message, sequence, P.make_signature);
}

static SECURITY_STATUS WINAPI verify_signature(
        PCtxtHandle handle, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    return unprotect(handle, message, sequence, quality, P.verify_signature);
}

static SECURITY_STATUS WINAPI encrypt(
        PCtxtHandle handle, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    return protect(handle, quality, message, sequence, P.encrypt);
}

static SECURITY_STATUS WINAPI decrypt(
        PCtxtHandle handle, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    return unprotect(handle, message, sequence, quality, P.decrypt);
}

/* ---- export and import ---- */

static SECURITY_STATUS WINAPI export_context(
        PCtxtHandle handle, ULONG flags, PSecBuffer packed, void **token)
{
    struct ssp_object *o = ssp_handle_get(handle, SSP_CONTEXT);
    SECURITY_STATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    if (!P.export_context)
        status = SEC_E_UNSUPPORTED_FUNCTION;
    else
        status = packed ? P.export_context(o, flags, packed, token) : SEC_E_INVALID_PARAMETER;
    ssp_release(o);
    if (SUCCEEDED(status) && (flags & SECPKG_CONTEXT_EXPORT_DELETE_OLD))
        delete_context(handle);
    return status;
}

static SECURITY_STATUS WINAPI import_context(
        SEC_WCHAR *package, PSecBuffer packed, void *token, PCtxtHandle handle)
{
    const SecPkgInfoW *info = ssp_package_find(P.packages, P.package_count, package);
    struct ssp_leg leg = {.package = info};
    SECURITY_STATUS status;

    if (!info)
        return SEC_E_SECPKG_NOT_FOUND;
    if (!P.import_context)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!packed || !handle)
        return SEC_E_INVALID_PARAMETER;
    status = P.import_context(info, packed, token, &leg.new_context);
    if (leg.new_context)
        leg.inbound = leg.new_context->use == SECPKG_CRED_INBOUND;
    return open_context(&leg, status, handle);
}

/* ---- packages, memory ---- */

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
    ssp_heap_free(p);
    return SEC_E_OK;
}

static SECURITY_STATUS WINAPI no_password_change(SEC_WCHAR *package, SEC_WCHAR *domain,
        SEC_WCHAR *account, SEC_WCHAR *from, SEC_WCHAR *to, BOOLEAN impersonating, ULONG reserved,
        PSecBufferDesc output)
{
    (void)domain, (void)account, (void)from, (void)to, (void)impersonating, (void)reserved,
            (void)output;
    return ssp_package_find(P.packages, P.package_count, package) ? SEC_E_UNSUPPORTED_FUNCTION
                                                                  : SEC_E_SECPKG_NOT_FOUND;
}

static SecurityFunctionTableW table = {
        .dwVersion = SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION,
        .EnumerateSecurityPackagesW = enumerate,
        .QueryCredentialsAttributesW = query_credential,
        .AcquireCredentialsHandleW = acquire,
        .FreeCredentialsHandle = free_credential,
        .InitializeSecurityContextW = initialize,
        .AcceptSecurityContext = accept_context,
        .CompleteAuthToken = complete,
        .DeleteSecurityContext = delete_context,
        .ApplyControlToken = apply_control,
        .QueryContextAttributesW = query_context,
        .ImpersonateSecurityContext = impersonate,
        .RevertSecurityContext = revert,
        .MakeSignature = make_signature,
        .VerifySignature = verify_signature,
        .FreeContextBuffer = free_buffer,
        .QuerySecurityPackageInfoW = query_package,
        .Reserved3 = encrypt,
        .Reserved4 = decrypt,
        .ExportSecurityContext = export_context,
        .ImportSecurityContextW = import_context,
        .AddCredentialsW = add_credentials,
        .QuerySecurityContextToken = query_token,
        .EncryptMessage = encrypt,
        .DecryptMessage = decrypt,
        .SetContextAttributesW = set_context,
        .SetCredentialsAttributesW = set_credential,
        .ChangeAccountPasswordW = no_password_change,
        .QueryContextAttributesExW = query_context_ex,
        .QueryCredentialsAttributesExW = query_credential_ex,
};

PSecurityFunctionTableW ssp_function_table_w(void)
{
    return &table;
}
