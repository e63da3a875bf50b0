/* Negotiate's credential: one inner credential for each mechanism whose package is in the process
 * and that the identity's package list allows. */
#include "negotiate.h"

/* Windows offers Kerberos under both of its names, the misspelt one first (RFC 4178 Appendix C). */
const struct nego_mechanism nego_mechanisms[NEGO_MECHS] = {
        [NEGO_KERBEROS] = {L"Kerberos", "Kerberos", {&spnego_oid_ms_krb5, &spnego_oid_krb5},
                SECPKG_ATTR_NEGO_INFO_FLAG_NO_KERBEROS},
        [NEGO_NTLM] = {L"NTLM", "NTLM", {&spnego_oid_ntlm}, SECPKG_ATTR_NEGO_INFO_FLAG_NO_NTLM},
};

const SecurityFunctionTableW *nego_table(const struct nego_mechanism *mechanism)
{
    const struct package *row = package_find(mechanism->package);

    return row ? provider_table(row->provider) : NULL;
}

static void destroy(struct ssp_object *o)
{
    struct nego_credential *c = (struct nego_credential *)o;

    for (int i = 0; i < NEGO_MECHS; i++)
        if (c->inner[i].table)
            c->inner[i].table->FreeCredentialsHandle(&c->inner[i].handle);
    mem_free(c, sizeof *c);
}

static SECURITY_STATUS acquire_inner(const struct ssp_acquire *a,
        const struct nego_mechanism *mechanism, const SecurityFunctionTableW *table,
        struct nego_inner_credential *inner, TimeStamp *expiry)
{
    SECURITY_STATUS status = table->AcquireCredentialsHandleW((WCHAR *)a->principal,
            (WCHAR *)mechanism->package, a->use | a->limits, (void *)a->logon_id,
            (void *)a->auth_data, NULL, NULL, &inner->handle, expiry);

    if (SUCCEEDED(status))
        inner->table = table;
    else
        log_debug("negotiate", "%s gives no credential: %#lx", mechanism->name,
                (unsigned long)status);
    return status;
}

/* Answers that are not about the one mechanism. Whoever has asked somebody and was told that the password is wrong
 * ends it, as on the first leg (libs/spnego); what is wrong with the call is so for all, whoever finds it; NTLM knows
 * every form of identity there is. */
static BOOL is_final(int mechanism, SECURITY_STATUS status)
{
    return status == SEC_E_LOGON_DENIED || status == SEC_E_NOT_OWNER ||
           status == SEC_E_INSUFFICIENT_MEMORY ||
           (mechanism == NEGO_NTLM && status == SEC_E_UNKNOWN_CREDENTIALS);
}

/* Success if one mechanism gives a credential, good for as long as the best of them; else what the
 * last one said. */
static SECURITY_STATUS acquire_all(const struct ssp_acquire *a, struct bytes list,
        struct nego_credential *c, TimeStamp *expiry)
{
    SECURITY_STATUS last = SEC_E_NO_CREDENTIALS, status;
    TimeStamp best = {.QuadPart = 0}, until;
    BOOL any = FALSE;

    for (int i = 0; i < NEGO_MECHS; i++) {
        const SecurityFunctionTableW *table;

        if (!ssp_package_list_allows(list, nego_mechanisms[i].package))
            continue;
        table = nego_table(&nego_mechanisms[i]);
        if (!table)
            continue;
        until = ssp_never;
        status = acquire_inner(a, &nego_mechanisms[i], table, &c->inner[i], &until);
        if (is_final(i, status))
            return status;
        if (FAILED(status)) {
            last = status;
            continue;
        }
        any = TRUE;
        if (until.QuadPart > best.QuadPart)
            best = until;
    }
    if (any)
        *expiry = ssp_utc_time(best);
    return any ? SEC_E_OK : last;
}

SECURITY_STATUS nego_acquire(
        const struct ssp_acquire *a, struct ssp_object **credential, TimeStamp *expiry)
{
    struct ssp_identity identity;
    struct nego_credential *c;
    SECURITY_STATUS status = ssp_identity_of_login(a->auth_data, &identity);

    if (status != SEC_E_OK)
        return status;
    c = mem_alloc(sizeof *c);
    if (!c) {
        ssp_identity_free(&identity);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    ssp_object_init(&c->object, SSP_CREDENTIAL, destroy);
    status = acquire_all(a, blob_view(&identity.package_list), c, expiry);
    ssp_identity_free(&identity);
    if (FAILED(status))
        ssp_release(&c->object);
    else
        *credential = &c->object;
    return status;
}

/* The answer of the first mechanism that has one. */
SECURITY_STATUS nego_query_credential(struct ssp_object *o, ULONG attribute, void *buffer)
{
    struct nego_credential *c = (struct nego_credential *)o;
    SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION;

    for (int i = 0; i < NEGO_MECHS && status != SEC_E_OK; i++)
        if (c->inner[i].table)
            status = CALL(c->inner[i].table, QueryCredentialsAttributesW, &c->inner[i].handle,
                    attribute, buffer);
    return status;
}

/* To all; it is done if one can do it and none fails at it. */
SECURITY_STATUS nego_set_credential(
        struct ssp_object *o, ULONG attribute, const void *buffer, ULONG size)
{
    struct nego_credential *c = (struct nego_credential *)o;
    SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION, one;

    for (int i = 0; i < NEGO_MECHS; i++) {
        if (!c->inner[i].table)
            continue;
        one = CALL(c->inner[i].table, SetCredentialsAttributesW, &c->inner[i].handle, attribute,
                (void *)buffer, size);
        if (one == SEC_E_UNSUPPORTED_FUNCTION)
            continue;
        if (SUCCEEDED(status) || status == SEC_E_UNSUPPORTED_FUNCTION)
            status = one;
    }
    return status;
}
