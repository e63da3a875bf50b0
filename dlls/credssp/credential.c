/* CredSSP credentials: CREDSSP_CRED taken apart, one credential of Schannel and one of Negotiate
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
                       SCH_USE_STRONG_CRYPTO,
    };
    return tls;
}

/* A package that is not there is the installation's fault; any other failure is about what the
 * program passed. */
static SECURITY_STATUS inner_refused(const char *package, const char *file, SECURITY_STATUS status)
{
    if (status == SEC_E_SECPKG_NOT_FOUND)
        log_error("credssp",
                "there is no package %s, which CredSSP needs: put %s beside secur32.dll", package,
                file);
    else
        log_warn("credssp", "the package %s takes no such credential: 0x%08lX", package, status);
    return status;
}

static SECURITY_STATUS acquire_inner(
        struct credential *c, const struct ssp_acquire *a, void *tls_data, void *auth_data)
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
    /* No saved credentials inside as long as they cannot be delegated: the server would be sent
     * empty ones after the login. */
    status = sspi->AcquireCredentialsHandleW((SEC_WCHAR *)a->principal, (SEC_WCHAR *)NEGOSSP_NAME_W,
            a->use | a->limits | SECPKG_CRED_AUTOLOGON_RESTRICTED, (void *)a->logon_id, auth_data,
            NULL, NULL, &c->auth, &expiry);
    if (status < 0)
        return inner_refused("Negotiate", "msv1_0.dll", status);
    c->has_auth = TRUE;
    return SEC_E_OK;
}

/* "CREDSSP_CRED structure": the submit types that carry a user name and a password; type 2 as
 * SEC_WINNT_AUTH_IDENTITY of any form, 51 likewise. The others are not credentials that we can use.
 */
static SECURITY_STATUS take_apart(const struct ssp_acquire *a, void **tls_data, void **auth_data)
{
    const CREDSSP_CRED *cred = a->auth_data;

    *tls_data = *auth_data = NULL;
    if (!cred)
        return SEC_E_OK;
    switch ((int)cred->Type) {
    case CredsspPasswordCreds:
    case CredsspSubmitBufferBothOld:
        *tls_data = cred->pSchannelCred;
        *auth_data = cred->pSpnegoCred;
        return SEC_E_OK;
    case CredsspSchannelCreds:
        /* Schannel's credential alone: who logs in is then the default user; servers pass this
         * form. */
        *tls_data = cred->pSchannelCred;
        return SEC_E_OK;
    default:
        log_warn("credssp", "CREDSSP_CRED type %d is not supported: pass CredsspPasswordCreds (2)",
                (int)cred->Type);
        return SEC_E_UNKNOWN_CREDENTIALS;
    }
}

SECURITY_STATUS credential_acquire(
        const struct ssp_acquire *a, struct ssp_object **out, TimeStamp *expiry)
{
    void *tls_data, *auth_data;
    SECURITY_STATUS status = take_apart(a, &tls_data, &auth_data);

    if (status != SEC_E_OK)
        return status;
    if (!tls_data && a->use != SECPKG_CRED_OUTBOUND) {
        log_warn("credssp", "a server needs a certificate: pass it in CREDSSP_CRED.pSchannelCred");
        return SEC_E_NO_CREDENTIALS;
    }
    struct credential *c = mem_alloc(sizeof *c);
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    ssp_object_init(&c->object, SSP_CREDENTIAL, destroy);
    c->use = a->use;
    c->oracle = policy_oracle();
    status = ssp_identity_parse(auth_data, &c->identity);
    if (status == SEC_E_OK)
        status = acquire_inner(c, a, tls_data, auth_data);
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
