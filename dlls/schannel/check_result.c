/* CERT_CHECK_RESULT: what is to be said of the peer's chain, with nothing decided
 * (SecPkgContext_CertificateValidationResult; SCH_CRED_DEFERRED_CRED_VALIDATION: the program decides). */
#include "schannel.h"

/* What crypt32 of Wine overlooks of revocation. */
static DWORD revocation_errors(SECURITY_STATUS s)
{
    switch (s) {
    case SEC_E_OK:
        return 0;
    case CRYPT_E_REVOKED:
        return CERT_TRUST_IS_REVOKED;
    case CRYPT_E_REVOCATION_OFFLINE:
        return CERT_TRUST_IS_OFFLINE_REVOCATION | CERT_TRUST_REVOCATION_STATUS_UNKNOWN;
    default:
        return CERT_TRUST_REVOCATION_STATUS_UNKNOWN;
    }
}

static void give(const struct opinion *o, const struct validation *v,
        SecPkgContext_CertificateValidationResult *out)
{
    SECURITY_STATUS revoked = revocation_again(o->chain, v->flags, FALSE);
    out->dwChainErrorStatus = o->errors | revocation_errors(revoked);
    out->hrVerifyChainStatus = (HRESULT)opinion_policy(o, v, TRUE);
    if (out->hrVerifyChainStatus == S_OK && opinion_compares_name(v) && !v->host)
        out->hrVerifyChainStatus = CERT_E_CN_NO_MATCH; /* there is no name to compare with */
    if (out->hrVerifyChainStatus == S_OK)
        out->hrVerifyChainStatus = revoked;
}

SECURITY_STATUS query_check_result(struct context *c, void *buffer)
{
    SecPkgContext_CertificateValidationResult *out = buffer;
    struct validation v = context_validation(c);
    struct opinion o = {0};
    PCCERT_CONTEXT leaf;
    SECURITY_STATUS s = query_remote_certificate(c, &leaf);
    if (s != SEC_E_OK)
        return s;
    s = opinion_of(leaf, &v, &o);
    CertFreeCertificateContext(leaf);
    if (s == SEC_E_OK)
        give(&o, &v, out);
    if (o.chain)
        CertFreeCertificateChain(o.chain);
    return s;
}
