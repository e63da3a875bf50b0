/* Negotiate's credential: one inner credential for each mechanism that the identity's package list
 * allows. */
#include "negotiate.h"

const struct nego_mechanism nego_mechanisms[NEGO_MECHS] = {
        {L"NTLM", "NTLM", &spnego_oid_ntlm},
};

static void destroy(struct ssp_object *o)
{
    struct nego_credential *c = (struct nego_credential *)o;

    for (int i = 0; i < NEGO_MECHS; i++)
        if (c->inner[i].table)
            c->inner[i].table->FreeCredentialsHandle(&c->inner[i].handle);
    mem_free(c, sizeof *c);
}

static SECURITY_STATUS acquire_inner(const struct ssp_acquire *a,
        const struct nego_mechanism *mechanism, struct nego_inner_credential *inner,
        TimeStamp *expiry)
{
    const struct package *row = package_find(mechanism->package);
    const SecurityFunctionTableW *table = row ? provider_table(row->provider) : NULL;
    SECURITY_STATUS status;

    if (!table)
        return SEC_E_SECPKG_NOT_FOUND;
    status = table->AcquireCredentialsHandleW((WCHAR *)a->principal, row->info.Name,
            a->use | a->limits, (void *)a->logon_id, (void *)a->auth_data, NULL, NULL,
            &inner->handle, expiry);
    if (SUCCEEDED(status))
        inner->table = table;
    else
        log_debug("negotiate", "%s gives no credential: %#lx", mechanism->name,
                (unsigned long)status);
    return status;
}

/* Success if one mechanism gives a credential; else what the last one said. */
static SECURITY_STATUS acquire_all(
        const struct ssp_acquire *a, struct bytes list, struct nego_credential *c)
{
    SECURITY_STATUS last = SEC_E_NO_CREDENTIALS, status;
    BOOL any = FALSE;

    for (int i = 0; i < NEGO_MECHS; i++) {
        TimeStamp local;

        if (!ssp_package_list_allows(list, nego_mechanisms[i].package))
            continue;
        status = acquire_inner(a, &nego_mechanisms[i], &c->inner[i], &local);
        if (SUCCEEDED(status))
            any = TRUE;
        else
            last = status;
    }
    return any ? SEC_E_OK : last;
}

SECURITY_STATUS nego_acquire(
        const struct ssp_acquire *a, struct ssp_object **credential, TimeStamp *expiry)
{
    struct ssp_identity identity;
    struct nego_credential *c;
    SECURITY_STATUS status = ssp_identity_parse(a->auth_data, &identity);

    (void)expiry; /* never, as NTLM's */
    if (status != SEC_E_OK)
        return status;
    c = mem_alloc(sizeof *c);
    if (!c) {
        ssp_identity_free(&identity);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    ssp_object_init(&c->object, SSP_CREDENTIAL, destroy);
    status = acquire_all(a, blob_view(&identity.package_list), c);
    ssp_identity_free(&identity);
    if (FAILED(status))
        ssp_release(&c->object);
    else
        *credential = &c->object;
    return status;
}

/* The first mechanism's answer. */
SECURITY_STATUS nego_query_credential(struct ssp_object *o, ULONG attribute, void *buffer)
{
    struct nego_credential *c = (struct nego_credential *)o;

    for (int i = 0; i < NEGO_MECHS; i++)
        if (c->inner[i].table)
            return CALL(c->inner[i].table, QueryCredentialsAttributesW, &c->inner[i].handle,
                    attribute, buffer);
    return SEC_E_UNSUPPORTED_FUNCTION;
}
