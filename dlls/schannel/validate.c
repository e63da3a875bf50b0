/* The peer's certificate against the system's trust and the name the program asked for. Whatever is
 * not known to be good is refused. */
#include "schannel.h"

/* CERT_TRUST_ bits that a program can choose to live with come last. */
static const struct {
    DWORD bits;
    SECURITY_STATUS status;
    const char *what;
} faults[] = {
        {CERT_TRUST_IS_NOT_SIGNATURE_VALID, SEC_E_CERT_UNKNOWN, "a signature is wrong"},
        {CERT_TRUST_IS_UNTRUSTED_ROOT | CERT_TRUST_IS_PARTIAL_CHAIN | CERT_TRUST_IS_CYCLIC,
                SEC_E_UNTRUSTED_ROOT, "its authority is not trusted"},
        {CERT_TRUST_IS_REVOKED, CRYPT_E_REVOKED, "revoked"},
        {CERT_TRUST_IS_NOT_TIME_VALID, SEC_E_CERT_EXPIRED, "expired or not yet valid"},
        {CERT_TRUST_IS_NOT_VALID_FOR_USAGE, SEC_E_CERT_WRONG_USAGE, "not for this use"},
        {CERT_TRUST_IS_OFFLINE_REVOCATION, CRYPT_E_REVOCATION_OFFLINE, "revocation offline"},
        {CERT_TRUST_REVOCATION_STATUS_UNKNOWN, CRYPT_E_NO_REVOCATION_CHECK, "revocation unknown"},
};

#define IGNORE_REVOCATION 0x80 /* SECURITY_FLAG_IGNORE_REVOCATION of wininet.h */

static const struct {
    SECURITY_STATUS status;
    unsigned alert;
} alerts[] = {
        {SEC_E_UNTRUSTED_ROOT, TLS1_ALERT_UNKNOWN_CA},
        {SEC_E_CERT_EXPIRED, TLS1_ALERT_CERTIFICATE_EXPIRED},
        {SEC_E_CERT_WRONG_USAGE, TLS1_ALERT_UNSUPPORTED_CERT},
        {CRYPT_E_REVOKED, TLS1_ALERT_CERTIFICATE_REVOKED},
        {SEC_E_INSUFFICIENT_MEMORY, TLS1_ALERT_INTERNAL_ERROR},
};

static unsigned alert_for(SECURITY_STATUS status)
{
    for (size_t i = 0; i < ARRAYSIZE(alerts); i++)
        if (alerts[i].status == status)
            return alerts[i].alert;
    return TLS1_ALERT_CERTIFICATE_UNKNOWN;
}

/* SCH_CRED_ flags on revocation are documented as the CERT_CHAIN_ flags of the same name. */
DWORD validation_chain_flags(DWORD flags)
{
    DWORD chain = 0;
    if (flags & SCH_CRED_REVOCATION_CHECK_END_CERT)
        chain |= CERT_CHAIN_REVOCATION_CHECK_END_CERT;
    if (flags & SCH_CRED_REVOCATION_CHECK_CHAIN)
        chain |= CERT_CHAIN_REVOCATION_CHECK_CHAIN;
    if (flags & SCH_CRED_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT)
        chain |= CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT;
    if (flags & SCH_CRED_REVOCATION_CHECK_CACHE_ONLY)
        chain |= CERT_CHAIN_REVOCATION_CHECK_CACHE_ONLY;
    if (flags & SCH_CRED_CACHE_ONLY_URL_RETRIEVAL)
        chain |= CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL;
    return chain;
}

static SECURITY_STATUS refuse(SECURITY_STATUS status, const char *what)
{
    log_warn(ROOM,
            "the peer's certificate is refused (0x%08lx): %s; install its authority, or let "
            "the program validate (SCH_CRED_MANUAL_CRED_VALIDATION)",
            (unsigned long)status, what);
    return status;
}

/* CRL distribution points or an OCSP responder. */
static BOOL names_a_place(PCCERT_CONTEXT certificate)
{
    const CERT_INFO *info = certificate->pCertInfo;
    return CertFindExtension(
                   szOID_CRL_DIST_POINTS, info->cExtension, info->rgExtension) != NULL ||
           CertFindExtension(
                   szOID_AUTHORITY_INFO_ACCESS, info->cExtension, info->rgExtension) != NULL;
}

/* Wine says "offline" also of a certificate that names no place to ask at, which is
 * CRYPT_E_NO_REVOCATION_CHECK. */
static DWORD errors_of(PCCERT_CHAIN_CONTEXT chain)
{
    BOOL offline = FALSE;
    DWORD errors = chain->TrustStatus.dwErrorStatus;
    for (DWORD i = 0; i < chain->cChain; i++)
        for (DWORD j = 0; j < chain->rgpChain[i]->cElement; j++) {
            const CERT_CHAIN_ELEMENT *e = chain->rgpChain[i]->rgpElement[j];
            offline |= e->TrustStatus.dwErrorStatus & CERT_TRUST_IS_OFFLINE_REVOCATION &&
                       names_a_place(e->pCertContext);
        }
    if (!offline && errors & CERT_TRUST_REVOCATION_STATUS_UNKNOWN)
        errors &= ~(DWORD)CERT_TRUST_IS_OFFLINE_REVOCATION;
    return errors;
}

static SECURITY_STATUS check_trust(DWORD errors, DWORD flags)
{
    if (flags & SCH_CRED_IGNORE_NO_REVOCATION_CHECK)
        errors &= ~(DWORD)CERT_TRUST_REVOCATION_STATUS_UNKNOWN;
    /* Offline comes with unknown; unknown alone is another fault, with a flag of its own. */
    if (flags & SCH_CRED_IGNORE_REVOCATION_OFFLINE && errors & CERT_TRUST_IS_OFFLINE_REVOCATION)
        errors &= ~(DWORD)(CERT_TRUST_IS_OFFLINE_REVOCATION | CERT_TRUST_REVOCATION_STATUS_UNKNOWN);
    for (size_t i = 0; i < ARRAYSIZE(faults); i++)
        if (errors & faults[i].bits)
            return refuse(faults[i].status, faults[i].what);
    return errors ? refuse(SEC_E_CERT_UNKNOWN, "the chain breaks a constraint") : SEC_E_OK;
}

static SECURITY_STATUS status_of_policy(DWORD error)
{
    switch (error) {
    case ERROR_SUCCESS:
        return SEC_E_OK;
    case (DWORD)CERT_E_CN_NO_MATCH:
        return refuse(SEC_E_WRONG_PRINCIPAL, "it is for another name");
    case (DWORD)CERT_E_EXPIRED:
        return refuse(SEC_E_CERT_EXPIRED, "expired or not yet valid");
    case (DWORD)CERT_E_UNTRUSTEDROOT:
    case (DWORD)CERT_E_CHAINING:
        return refuse(SEC_E_UNTRUSTED_ROOT, "its authority is not trusted");
    case (DWORD)CERT_E_REVOKED:
    case (DWORD)CRYPT_E_REVOKED:
        return refuse(CRYPT_E_REVOKED, "revoked");
    case (DWORD)CERT_E_WRONG_USAGE:
    case (DWORD)CERT_E_PURPOSE:
        return refuse(SEC_E_CERT_WRONG_USAGE, "not for this use");
    default:
        return refuse(SEC_E_CERT_UNKNOWN, "the SSL policy rejects it");
    }
}

static SECURITY_STATUS check_policy(PCCERT_CHAIN_CONTEXT chain, const struct validation *v)
{
    BOOL named = !v->peer_is_client && !(v->flags & SCH_CRED_NO_SERVERNAME_CHECK);
    if (named && !v->host)
        return refuse(SEC_E_WRONG_PRINCIPAL, "the program names no target to compare with");
    SSL_EXTRA_CERT_CHAIN_POLICY_PARA ssl = {.cbSize = sizeof(ssl),
            .dwAuthType = v->peer_is_client ? AUTHTYPE_CLIENT : AUTHTYPE_SERVER,
            .fdwChecks = IGNORE_REVOCATION,
            .pwszServerName = named ? (WCHAR *)v->host : NULL};
    CERT_CHAIN_POLICY_PARA para = {.cbSize = sizeof(para), .pvExtraPolicyPara = &ssl};
    CERT_CHAIN_POLICY_STATUS status = {.cbSize = sizeof(status)};
    /* Revocation was judged with the program's flags; the policy would judge it without them.
     * Wine's policy looks at fdwChecks only. */
    para.dwFlags = CERT_CHAIN_POLICY_IGNORE_ALL_REV_UNKNOWN_FLAGS;
    if (!CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, chain, &para, &status))
        return refuse(SEC_E_CERT_UNKNOWN, "the SSL policy is not available");
    return status_of_policy(status.dwError);
}

static SECURITY_STATUS check_certificate(PCCERT_CONTEXT leaf, const struct validation *v)
{
    LPSTR usage =
            v->peer_is_client ? (LPSTR)szOID_PKIX_KP_CLIENT_AUTH : (LPSTR)szOID_PKIX_KP_SERVER_AUTH;
    CERT_CHAIN_PARA para = {.cbSize = sizeof(para)};
    PCCERT_CHAIN_CONTEXT chain = NULL;
    para.RequestedUsage.dwType = USAGE_MATCH_TYPE_AND;
    para.RequestedUsage.Usage.cUsageIdentifier = 1;
    para.RequestedUsage.Usage.rgpszUsageIdentifier = &usage;
    if (!CertGetCertificateChain(
                NULL, leaf, NULL, leaf->hCertStore, &para, validation_chain_flags(v->flags), NULL, &chain))
        return refuse(SEC_E_CERT_UNKNOWN, "no chain can be built");
    SECURITY_STATUS s = check_trust(errors_of(chain), v->flags);
    if (s == SEC_E_OK) {
        s = revocation_again(chain, v->flags);
        if (s != SEC_E_OK)
            s = refuse(s, s == CRYPT_E_REVOKED ? "revoked" : "its revocation list cannot be had");
    }
    if (s == SEC_E_OK)
        s = check_policy(chain, v);
    CertFreeCertificateChain(chain);
    return s;
}

SECURITY_STATUS validate_peer(
        const struct validation *v, const struct bytes *chain, size_t count, unsigned *alert)
{
    PCCERT_CONTEXT leaf = NULL;
    SECURITY_STATUS s = certificate_with_store(chain, count, &leaf);
    if (s == SEC_E_OK) {
        s = check_certificate(leaf, v);
        CertFreeCertificateContext(leaf);
    }
    *alert = alert_for(s);
    return s;
}
