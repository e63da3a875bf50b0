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

/* The policy has passed over what only the chain's bits say: Wine's stops at the first thing that it finds, which may be a
 * signature that libs/tls alone can verify (opinion.c). So nothing may be left of them. */
static HRESULT hr_of(DWORD errors)
{
    static const struct {
        DWORD bits;
        HRESULT hr;
    } known[] = {
            {CERT_TRUST_IS_NOT_SIGNATURE_VALID | CERT_TRUST_HAS_WEAK_SIGNATURE, TRUST_E_CERT_SIGNATURE},
            {CERT_TRUST_IS_UNTRUSTED_ROOT, CERT_E_UNTRUSTEDROOT},
            {CERT_TRUST_IS_PARTIAL_CHAIN | CERT_TRUST_IS_CYCLIC, CERT_E_CHAINING},
            {CERT_TRUST_IS_REVOKED, CRYPT_E_REVOKED},
            {CERT_TRUST_IS_NOT_TIME_VALID, CERT_E_EXPIRED},
            {CERT_TRUST_IS_NOT_VALID_FOR_USAGE, CERT_E_WRONG_USAGE},
    };
    for (size_t i = 0; i < ARRAYSIZE(known); i++)
        if (errors & known[i].bits)
            return known[i].hr;
    return errors & ~UNKNOWN_BITS ? CERT_E_CRITICAL : S_OK;
}

/* What nobody could say of revocation, unless the program does not mind. */
static HRESULT hr_of_unknown(DWORD errors, DWORD flags)
{
    if (errors & CERT_TRUST_IS_OFFLINE_REVOCATION)
        return flags & SCH_CRED_IGNORE_REVOCATION_OFFLINE ? S_OK : CRYPT_E_REVOCATION_OFFLINE;
    if (errors & CERT_TRUST_REVOCATION_STATUS_UNKNOWN)
        return flags & SCH_CRED_IGNORE_NO_REVOCATION_CHECK ? S_OK : CRYPT_E_NO_REVOCATION_CHECK;
    return S_OK;
}

/* Lists are fetched from where the certificates say: only from those that an authority we trust has made, and was allowed
 * to make. Their dates and what they are for do not matter here. */
static BOOL is_somebodys(const struct opinion *o)
{
    static const DWORD harmless = UNKNOWN_BITS | CERT_TRUST_IS_REVOKED | CERT_TRUST_IS_NOT_TIME_VALID |
                                  CERT_TRUST_IS_NOT_VALID_FOR_USAGE;
    return !(o->errors & ~harmless);
}

static HRESULT judge(const struct opinion *o, const struct validation *v, DWORD errors,
        enum tls_revocation stapled, SECURITY_STATUS revoked)
{
    HRESULT hr = (HRESULT)opinion_policy(o, v);
    if (hr == S_OK)
        hr = hr_of(errors);
    if (hr == S_OK && opinion_compares_name(v) && !v->host)
        hr = CERT_E_CN_NO_MATCH; /* there is no name to compare with */
    if (hr == S_OK && validation_misses_staple(o->chain, v, stapled))
        hr = CRYPT_E_NO_REVOCATION_CHECK;
    if (hr == S_OK)
        hr = revoked;
    return hr == S_OK ? hr_of_unknown(errors, v->flags) : hr;
}

static void give(const struct opinion *o, const struct validation *v,
        SecPkgContext_CertificateValidationResult *out)
{
    enum tls_revocation stapled;
    DWORD errors = validation_errors(o, v, &stapled);
    SECURITY_STATUS revoked =
            is_somebodys(o) ? revocation_again(o->chain, v->flags, stapled == TLS_REVOCATION_GOOD) : SEC_E_OK;
    out->dwChainErrorStatus = errors | revocation_errors(revoked);
    out->hrVerifyChainStatus = judge(o, v, errors, stapled, revoked);
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
    v.stapled = tls_peer_ocsp(c->tls);
    s = opinion_of(leaf, &v, &o);
    CertFreeCertificateContext(leaf);
    if (s == SEC_E_OK)
        give(&o, &v, out);
    if (o.chain)
        CertFreeCertificateChain(o.chain);
    return s;
}
