/* A hosted package as a provider: our handles and reference rules outside, the package's own handles,
 * one word each, inside. Statuses, strings, times, and credentials; contexts are in lsa_context.c,
 * what is done with them in lsa_use.c. */
#include "lsa_host.h"

SECURITY_STATUS lsa_status(NTSTATUS status)
{
    static const struct {
        NTSTATUS from;
        SECURITY_STATUS to;
    } known[] = {
            {STATUS_NO_MEMORY, SEC_E_INSUFFICIENT_MEMORY},
            {STATUS_INSUFFICIENT_RESOURCES, SEC_E_INSUFFICIENT_MEMORY},
            {STATUS_INVALID_HANDLE, SEC_E_INVALID_HANDLE},
            {STATUS_INVALID_PARAMETER, SEC_E_INVALID_PARAMETER},
            {STATUS_NOT_SUPPORTED, SEC_E_UNSUPPORTED_FUNCTION},
            {STATUS_NOT_IMPLEMENTED, SEC_E_UNSUPPORTED_FUNCTION},
            {STATUS_BUFFER_TOO_SMALL, SEC_E_BUFFER_TOO_SMALL},
            {STATUS_LOGON_FAILURE, SEC_E_LOGON_DENIED},
            {STATUS_WRONG_PASSWORD, SEC_E_LOGON_DENIED},
            {STATUS_NO_SUCH_USER, SEC_E_LOGON_DENIED},
            {STATUS_ACCOUNT_RESTRICTION, SEC_E_LOGON_DENIED},
            {STATUS_ACCESS_DENIED, SEC_E_LOGON_DENIED},
            {(NTSTATUS)0xC000005E /* STATUS_NO_LOGON_SERVERS */, SEC_E_NO_AUTHENTICATING_AUTHORITY},
            {STATUS_NO_SUCH_LOGON_SESSION, SEC_E_NO_CREDENTIALS},
            {STATUS_DLL_NOT_FOUND, SEC_E_SECPKG_NOT_FOUND},
            /* Wine's answer for a DLL whose Unix half did not come up */
            {STATUS_ACCESS_VIOLATION, SEC_E_SECPKG_NOT_FOUND},
    };

    if (((ULONG)status & 0xFFFF0000) == 0x80090000 || status >= 0)
        return status; /* SEC_E_, SEC_I_ */
    for (SIZE_T i = 0; i < ARRAYSIZE(known); i++)
        if (known[i].from == status)
            return known[i].to;
    log_info("secur32", "a hosted package said %#lx", (unsigned long)status);
    return SEC_E_INTERNAL_ERROR;
}

static void destroy_credential(struct ssp_object *o)
{
    struct lsa_credential *c = (struct lsa_credential *)o;

    if (c->word)
        c->package->lsa.FreeCredentialsHandle(c->word);
    mem_free(c, sizeof *c);
}

/* A program's string as the package takes it; one that no UNICODE_STRING can hold is refused. */
BOOL lsa_unicode(UNICODE_STRING *to, const WCHAR *text)
{
    SIZE_T size = text ? wcslen(text) * sizeof(WCHAR) : 0;

    if (size > 0xFFFC)
        return FALSE;
    to->Buffer = (WCHAR *)text;
    to->Length = (USHORT)size;
    to->MaximumLength = (USHORT)(text ? size + sizeof(WCHAR) : 0);
    return TRUE;
}

SECURITY_STATUS lsa_acquire(
        const struct ssp_acquire *a, struct ssp_object **credential, TimeStamp *expiry)
{
    const struct lsa_package *p = (const struct lsa_package *)a->package;
    struct lsa_credential *c;
    UNICODE_STRING principal;
    TimeStamp until = {.QuadPart = 0};
    SECURITY_STATUS status;

    if (!lsa_unicode(&principal, a->principal))
        return SEC_E_UNKNOWN_CREDENTIALS;
    c = mem_alloc(sizeof *c);
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    ssp_object_init(&c->object, SSP_CREDENTIAL, destroy_credential);
    c->package = p;
    status = lsa_status(p->lsa.AcquireCredentialsHandle(a->principal ? &principal : NULL,
            a->use | a->limits, (LUID *)a->logon_id, (void *)a->auth_data, NULL, NULL, &c->word,
            &until));
    if (FAILED(status)) {
        c->word = 0; /* whatever a failure left there */
        ssp_release(&c->object);
        return status;
    }
    c->expiry = until.QuadPart ? ssp_utc_time(until) : ssp_never;
    *expiry = c->expiry;
    *credential = &c->object;
    return status;
}

SECURITY_STATUS lsa_query_credential(struct ssp_object *o, ULONG attribute, void *buffer)
{
    struct lsa_credential *c = (struct lsa_credential *)o;

    if (!c->package->lsa.QueryCredentialsAttributes)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return lsa_status(c->package->lsa.QueryCredentialsAttributes(c->word, attribute, buffer));
}

SECURITY_STATUS lsa_set_credential(
        struct ssp_object *o, ULONG attribute, const void *buffer, ULONG size)
{
    struct lsa_credential *c = (struct lsa_credential *)o;

    if (!c->package->lsa.SetCredentialsAttributes)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return lsa_status(
            c->package->lsa.SetCredentialsAttributes(c->word, attribute, (void *)buffer, size));
}

static const SecPkgInfoW *lsa_find(const WCHAR *name)
{
    const struct package *row = package_find(name);

    return row && row->hosted ? &row->hosted->info : NULL;
}

const struct ssp_provider lsa_provider = {
        .room = "secur32",
        .find = lsa_find,
        .acquire = lsa_acquire,
        .leg = lsa_leg,
        .query_context = lsa_query_context,
        .set_context = lsa_set_context,
        .query_credential = lsa_query_credential,
        .set_credential = lsa_set_credential,
        .complete = lsa_complete,
        .apply_control = lsa_apply_control,
        .make_signature = lsa_make_signature,
        .verify_signature = lsa_verify_signature,
        .encrypt = lsa_seal,
        .decrypt = lsa_unseal,
        .impersonate = lsa_impersonate,
        .revert = lsa_revert,
        .query_token = lsa_query_token,
        .export_context = lsa_export,
        .import_context = lsa_import,
};
