/* CredSSP credentials: what the program passed, and one credential of Schannel and one of Negotiate
 * made from it. */
#include "provider.h"

static void destroy(struct ssp_object *o)
{
    struct credential *c = (struct credential *)o;
    PSecurityFunctionTableW sspi = inner_sspi();

    if (c->has_tls)
        sspi->FreeCredentialsHandle(&c->tls);
    if (c->has_auth)
        sspi->FreeCredentialsHandle(&c->auth);
    ssp_identity_free(&c->identity);
    blob_free(&c->principal);
    delegation_free(&c->delegation);
    mem_free(c, sizeof *c);
}

/* The Schannel credential that is used when the program gives none: version 5, so that TLS 1.3 can
 * be spoken. CredSSP itself binds the login to the server's key, and ISC_REQ_MANUAL_CRED_VALIDATION
 * "is always set when using CredSSP": the certificate is server_auth.c's and the caller's to judge.
 */
static SCH_CREDENTIALS default_tls(void)
{
    SCH_CREDENTIALS tls = {
            .dwVersion = SCH_CREDENTIALS_VERSION,
            .dwFlags = SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_NO_DEFAULT_CREDS |
                       SCH_USE_STRONG_CRYPTO |
                       SCH_CRED_CACHE_ONLY_URL_RETRIEVAL, /* server_auth.c: nothing is fetched */
    };
    return tls;
}

/* Of the program's own Schannel credential. One whose version is unknown is Schannel's to refuse. */
static BOOL compares_no_name(const void *tls_data)
{
    const SCHANNEL_CRED *old = tls_data;
    const SCH_CREDENTIALS *new = tls_data;

    if (!tls_data)
        return FALSE;
    return (new->dwVersion == SCH_CREDENTIALS_VERSION ? new->dwFlags
                   : old->dwVersion == SCHANNEL_CRED_VERSION ? old->dwFlags
                                                             : SCH_CRED_NO_SERVERNAME_CHECK) &
           SCH_CRED_NO_SERVERNAME_CHECK;
}

static SECURITY_STATUS acquire_inner(
        struct credential *c, const struct ssp_acquire *a, void *tls_data)
{
    PSecurityFunctionTableW sspi = inner_sspi();
    SCH_CREDENTIALS tls = default_tls();
    TimeStamp expiry;

    if (!sspi)
        return SEC_E_INTERNAL_ERROR;
    /* A server cannot do without a certificate; a client can. */
    if (!tls_data && a->use == SECPKG_CRED_OUTBOUND)
        tls_data = &tls;
    SECURITY_STATUS status = sspi->AcquireCredentialsHandleW(
            NULL, (SEC_WCHAR *)UNISP_NAME_W, a->use, NULL, tls_data, NULL, NULL, &c->tls, &expiry);
    if (status < 0)
        return inner_refused("Schannel", "schannel.dll", status);
    c->has_tls = TRUE;
    c->tls_compares_no_name = compares_no_name(tls_data);
    status = logon_acquire(a->principal, a->use | a->limits, a->logon_id, &c->identity,
            &c->identity.package_list, &c->auth);
    c->has_auth = status == SEC_E_OK;
    return status;
}

static SECURITY_STATUS fill(
        struct credential *c, const struct ssp_acquire *a, const struct submitted *s)
{
    SECURITY_STATUS status = ssp_identity_of_login(s->identity, &c->identity);

    if (status == SEC_E_OK)
        status = ssp_status(blob_set(&c->principal, ssp_text(a->principal)));
    if (status == SEC_E_OK && a->use & SECPKG_CRED_OUTBOUND)
        status = ssp_status(delegation_read(
                c->identity.given ? DELEGATED_FRESH : DELEGATED_SAVED, &c->delegation));
    return status == SEC_E_OK ? acquire_inner(c, a, s->tls) : status;
}

SECURITY_STATUS credential_acquire(
        const struct ssp_acquire *a, struct ssp_object **out, TimeStamp *expiry)
{
    struct submitted submitted;
    SECURITY_STATUS status = submit_take_apart((void *)a->auth_data, &submitted);

    if (status != SEC_E_OK)
        return status;
    if (!submitted.tls && a->use != SECPKG_CRED_OUTBOUND) {
        log_warn("credssp", "a server needs a certificate: pass it in CREDSSP_CRED.pSchannelCred");
        return SEC_E_NO_CREDENTIALS;
    }
    struct credential *c = mem_alloc(sizeof *c);
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    ssp_object_init(&c->object, SSP_CREDENTIAL, destroy);
    c->use = a->use;
    c->oracle = policy_oracle();
    c->nothing_saved = (a->limits & SECPKG_CRED_AUTOLOGON_RESTRICTED) != 0;
    status = fill(c, a, &submitted);
    if (status != SEC_E_OK) {
        ssp_release(&c->object);
        return status;
    }
    *expiry = ssp_never;
    *out = &c->object;
    return SEC_E_OK;
}

SECURITY_STATUS credential_query(struct ssp_object *o, ULONG attribute, void *buffer)
{
    struct credential *c = (struct credential *)o;
    if (attribute != SECPKG_CRED_ATTR_NAMES)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return inner_sspi()->QueryCredentialsAttributesW(&c->auth, attribute, buffer);
}
