/* Making and deleting contexts: the W functions.
 *
 * A first leg makes an entry before the provider is called, so that a success cannot be lost; a
 * failed one writes no handle. On later legs the provider gets its own handle as old and new
 * context.
 */
#include "secur32.h"

/* What the first and later legs of both sides have in common. */
struct leg {
    struct entry *credential; /* may be NULL on later legs */
    struct entry *context;
    BOOL first;
};

static SECURITY_STATUS begin(
        struct leg *leg, PCredHandle credential, PCtxtHandle context, PCtxtHandle new_context)
{
    leg->first = !context;
    leg->context = context ? entry_get(context, SSP_CONTEXT) : NULL;
    leg->credential = credential ? entry_get(credential, SSP_CREDENTIAL) : NULL;
    if ((context && !leg->context) || (credential && !leg->credential))
        return SEC_E_INVALID_HANDLE;
    if (!leg->first)
        return SEC_E_OK;
    if (!leg->credential || !new_context)
        return SEC_E_INVALID_HANDLE;
    leg->context = entry_new(SSP_CONTEXT, leg->credential->row, leg->credential->table);
    return leg->context ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* Takes the references that begin() took. */
static SECURITY_STATUS end(
        struct leg *leg, SECURITY_STATUS status, PCtxtHandle context, PCtxtHandle new_context)
{
    entry_release(leg->credential);
    if (leg->first)
        return leg->context ? entry_publish(leg->context, status, new_context) : status;
    if (SUCCEEDED(status) && new_context && new_context != context)
        *new_context = *context;
    entry_release(leg->context);
    return status;
}

/* A context goes on with the provider that began it: a credential of another one is refused. */
static BOOL same_provider(const struct leg *leg)
{
    return !leg->credential || leg->credential->table == leg->context->table;
}

SECURITY_STATUS WINAPI InitializeSecurityContextW(PCredHandle credential, PCtxtHandle context,
        SEC_WCHAR *target, ULONG request, ULONG reserved1, ULONG data_rep, PSecBufferDesc input,
        ULONG reserved2, PCtxtHandle new_context, PSecBufferDesc output, ULONG *attributes,
        PTimeStamp expiry)
{
    struct leg leg;
    SECURITY_STATUS status = begin(&leg, credential, context, new_context);

    if (status == SEC_E_OK && !same_provider(&leg))
        status = SEC_E_WRONG_CREDENTIAL_HANDLE;
    if (status == SEC_E_OK)
        status = CALL(leg.context->table, InitializeSecurityContextW,
                leg.credential ? &leg.credential->inner : NULL,
                leg.first ? NULL : &leg.context->inner, target, request, reserved1, data_rep, input,
                reserved2, &leg.context->inner, output, attributes, expiry);
    return end(&leg, status, context, new_context);
}

SECURITY_STATUS WINAPI AcceptSecurityContext(PCredHandle credential, PCtxtHandle context,
        PSecBufferDesc input, ULONG request, ULONG data_rep, PCtxtHandle new_context,
        PSecBufferDesc output, ULONG *attributes, PTimeStamp expiry)
{
    struct leg leg;
    SECURITY_STATUS status = begin(&leg, credential, context, new_context);

    if (status == SEC_E_OK && !same_provider(&leg))
        status = SEC_E_WRONG_CREDENTIAL_HANDLE;
    if (status == SEC_E_OK)
        status = CALL(leg.context->table, AcceptSecurityContext,
                leg.credential ? &leg.credential->inner : NULL,
                leg.first ? NULL : &leg.context->inner, input, request, data_rep,
                &leg.context->inner, output, attributes, expiry);
    return end(&leg, status, context, new_context);
}

SECURITY_STATUS WINAPI DeleteSecurityContext(PCtxtHandle context)
{
    struct entry *e = entry_get(context, SSP_CONTEXT);

    if (!e)
        return SEC_E_INVALID_HANDLE;
    entry_release(e);
    return ssp_handle_close(context, SSP_CONTEXT);
}

SECURITY_STATUS WINAPI ExportSecurityContext(
        PCtxtHandle context, ULONG flags, PSecBuffer packed, void **token)
{
    struct entry *e = entry_get(context, SSP_CONTEXT);
    SECURITY_STATUS status;

    if (!e)
        return SEC_E_INVALID_HANDLE;
    status = CALL(e->table, ExportSecurityContext, &e->inner, flags, packed, token);
    if (SUCCEEDED(status) && (flags & SECPKG_CONTEXT_EXPORT_DELETE_OLD)) {
        e->open = FALSE; /* the provider has deleted its own */
        ssp_handle_close(context, SSP_CONTEXT);
    }
    entry_release(e);
    return status;
}

SECURITY_STATUS WINAPI ImportSecurityContextW(
        SEC_WCHAR *package, PSecBuffer packed, void *token, PCtxtHandle context)
{
    const struct package *row = package_find(package);
    const SecurityFunctionTableW *table = row ? provider_table(row->provider) : NULL;
    struct entry *e;
    SECURITY_STATUS status;

    if (!table)
        return SEC_E_SECPKG_NOT_FOUND;
    if (!context)
        return SEC_E_INVALID_HANDLE;
    e = entry_new(SSP_CONTEXT, row, table);
    if (!e)
        return SEC_E_INSUFFICIENT_MEMORY;
    status = CALL(table, ImportSecurityContextW, package, packed, token, &e->inner);
    return entry_publish(e, status, context);
}
