/* SCHANNEL_CRED (versions 3 and 4) and SCH_CREDENTIALS (5): what programs hand to
 * AcquireCredentialsHandle ("SCHANNEL_CRED structure", "SCH_CREDENTIALS structure",
 * "TLS_PARAMETERS structure", learn.microsoft.com). */
#include "schannel.h"

static SECURITY_STATUS parse_schannel_cred(const SCHANNEL_CRED *cred, struct auth_data *out)
{
    /* Version 3 is version 4 without the last member, which programs leave uninitialised when they
     * have no certificate. */
    BOOL hashes = cred->dwVersion == SCHANNEL_CRED_VERSION && cred->cCreds &&
                  (cred->dwCredFormat == SCH_CRED_FORMAT_CERT_HASH ||
                          cred->dwCredFormat == SCH_CRED_FORMAT_CERT_HASH_STORE);
    if (hashes) {
        log_warn(ROOM, "SCHANNEL_CRED: dwCredFormat %lu is for kernel mode; pass CERT_CONTEXTs",
                (unsigned long)cred->dwCredFormat);
        return SEC_E_UNKNOWN_CREDENTIALS;
    }
    out->certificates = cred->cCreds;
    out->certificate = cred->paCred;
    out->flags = cred->dwFlags;
    out->enabled = cred->grbitEnabledProtocols;
    out->strength_min = cred->dwMinimumCipherStrength;
    out->strength_max = cred->dwMaximumCipherStrength;
    out->lifespan = cred->dwSessionLifespan;
    return SEC_E_OK;
}

/* Parameters tied to an ALPN id apply to connections with that id only; the rest disables for all.
 */
static SECURITY_STATUS parse_tls_parameters(const TLS_PARAMETERS *p, struct auth_data *out)
{
    if (p->cAlpnIds > SCH_CRED_MAX_SUPPORTED_ALPN_IDS ||
            p->cDisabledCrypto > SCH_CRED_MAX_SUPPORTED_CRYPTO_SETTINGS)
        return SEC_E_INVALID_PARAMETER;
    if (p->cDisabledCrypto && !(p->dwFlags & TLS_PARAMS_OPTIONAL)) {
        /* Going on would use what the program has forbidden. */
        log_warn(ROOM, "TLS_PARAMETERS: pDisabledCrypto is not supported; leave it empty or set "
                       "TLS_PARAMS_OPTIONAL");
        return SEC_E_ALGORITHM_MISMATCH;
    }
    out->disabled |= p->grbitDisabledProtocols;
    return SEC_E_OK;
}

static SECURITY_STATUS parse_sch_credentials(const SCH_CREDENTIALS *cred, struct auth_data *out)
{
    if (cred->dwCredFormat != SCH_CRED_FORMAT_CERT_CONTEXT)
        return SEC_E_UNKNOWN_CREDENTIALS;
    if (cred->cTlsParameters > SCH_CRED_MAX_SUPPORTED_PARAMETERS ||
            (cred->cTlsParameters && !cred->pTlsParameters))
        return SEC_E_INVALID_PARAMETER;
    out->certificates = cred->cCreds;
    out->certificate = cred->paCred;
    out->flags = cred->dwFlags;
    out->lifespan = cred->dwSessionLifespan;
    out->tls13 = TRUE;
    for (DWORD i = 0; i < cred->cTlsParameters; i++) {
        SECURITY_STATUS s = parse_tls_parameters(&cred->pTlsParameters[i], out);
        if (s != SEC_E_OK)
            return s;
    }
    return SEC_E_OK;
}

SECURITY_STATUS auth_data_parse(const void *auth_data, struct auth_data *out)
{
    ZeroMemory(out, sizeof(*out));
    if (!auth_data) {
        /* Defaults: no structure keeps TLS 1.3 from being offered, but Windows offers it to
         * SCH_CREDENTIALS only. */
        return SEC_E_OK;
    }
    SECURITY_STATUS s = SEC_E_UNKNOWN_CREDENTIALS;
    out->version = *(const DWORD *)auth_data; /* first member of every form */
    if (out->version == SCHANNEL_CRED_VERSION || out->version == SCH_CRED_V3)
        s = parse_schannel_cred(auth_data, out);
    else if (out->version == SCH_CREDENTIALS_VERSION)
        s = parse_sch_credentials(auth_data, out);
    if (s != SEC_E_OK)
        return s;
    if (out->certificates &&
            (!out->certificate || out->certificates > SCH_CRED_MAX_SUPPORTED_CERTS))
        return SEC_E_UNKNOWN_CREDENTIALS;
    return SEC_E_OK;
}
