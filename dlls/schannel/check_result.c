/* CERT_CHECK_RESULT: what crypt32 says of the peer's chain, with nothing decided
 * (SecPkgContext_CertificateValidationResult; SCH_CRED_DEFERRED_CRED_VALIDATION: the program decides). */
#include "schannel.h"

static HRESULT policy_error(PCCERT_CHAIN_CONTEXT chain, const struct context *c)
{
    BOOL named = !c->server && !(c->credential->flags & SCH_CRED_NO_SERVERNAME_CHECK);
    SSL_EXTRA_CERT_CHAIN_POLICY_PARA ssl = {.cbSize = sizeof(ssl),
            .dwAuthType = c->server ? AUTHTYPE_CLIENT : AUTHTYPE_SERVER,
            .pwszServerName = named ? c->target : NULL};
    CERT_CHAIN_POLICY_PARA para = {.cbSize = sizeof(para), .pvExtraPolicyPara = &ssl};
    CERT_CHAIN_POLICY_STATUS status = {.cbSize = sizeof(status)};
    if (!CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, chain, &para, &status))
        return (HRESULT)SEC_E_CERT_UNKNOWN;
    if (status.dwError == ERROR_SUCCESS && named && !c->target)
        return CERT_E_CN_NO_MATCH; /* there is no name to compare with */
    return (HRESULT)status.dwError;
}

SECURITY_STATUS query_check_result(struct context *c, void *buffer)
{
    SecPkgContext_CertificateValidationResult *out = buffer;
    LPSTR usage = c->server ? (LPSTR)szOID_PKIX_KP_CLIENT_AUTH : (LPSTR)szOID_PKIX_KP_SERVER_AUTH;
    CERT_CHAIN_PARA para = {.cbSize = sizeof(para)};
    PCCERT_CHAIN_CONTEXT chain = NULL;
    PCCERT_CONTEXT leaf;
    SECURITY_STATUS s = query_remote_certificate(c, &leaf);
    if (s != SEC_E_OK)
        return s;
    para.RequestedUsage.dwType = USAGE_MATCH_TYPE_AND;
    para.RequestedUsage.Usage.cUsageIdentifier = 1;
    para.RequestedUsage.Usage.rgpszUsageIdentifier = &usage;
    BOOL built = CertGetCertificateChain(NULL, leaf, NULL, leaf->hCertStore, &para,
            validation_chain_flags(c->credential->flags), NULL, &chain);
    CertFreeCertificateContext(leaf);
    if (!built)
        return SEC_E_CERT_UNKNOWN;
    out->dwChainErrorStatus = chain->TrustStatus.dwErrorStatus;
    out->hrVerifyChainStatus = policy_error(chain, c);
    CertFreeCertificateChain(chain);
    return SEC_E_OK;
}
