/* The peer's certificate against the system's trust and the name the program asked for. Whatever is
 * not known to be good is refused.
 *
 * crypt32 finds the chain and says which root is trusted. What is to be said against the chain, both
 * say: crypt32, and libs/tls by the rules of RFC 5280 and RFC 6125, which it applies in places where
 * Wine does not. Of signatures libs/tls's word counts alone: Wine verifies none of RSA-PSS, and without
 * the host's libgnutls hardly any. And of IP addresses, which Wine compares with no certificate.
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include "schannel.h"

/* CERT_TRUST_ bits that a program can choose to live with come last. */
static const struct {
    DWORD bits;
    SECURITY_STATUS status;
    const char *what;
} faults[] = {
        {CERT_TRUST_IS_NOT_SIGNATURE_VALID, SEC_E_CERT_UNKNOWN, "a signature is wrong"},
        {CERT_TRUST_HAS_WEAK_SIGNATURE, SEC_E_CERT_UNKNOWN, "MD5, SHA-1 or too short a key"},
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

#define UNKNOWN_BITS                                                                               \
    ((DWORD)CERT_TRUST_IS_OFFLINE_REVOCATION | (DWORD)CERT_TRUST_REVOCATION_STATUS_UNKNOWN)

/* Wine says "offline" also of a certificate that names no place to ask at, which is
 * CRYPT_E_NO_REVOCATION_CHECK. */
static DWORD unknown_bits(const CERT_CHAIN_ELEMENT *e)
{
    DWORD bits = e->TrustStatus.dwErrorStatus & UNKNOWN_BITS;
    return names_a_place(e->pCertContext) ? bits : bits & ~(DWORD)CERT_TRUST_IS_OFFLINE_REVOCATION;
}

/* Of a leaf that came with a good OCSP response, crypt32's not knowing is of no interest. */
static DWORD errors_of(PCCERT_CHAIN_CONTEXT chain, enum tls_revocation stapled)
{
    DWORD errors = chain->TrustStatus.dwErrorStatus, unknown = 0, all = 0;
    for (DWORD i = 0; i < chain->cChain; i++)
        for (DWORD j = 0; j < chain->rgpChain[i]->cElement; j++) {
            const CERT_CHAIN_ELEMENT *e = chain->rgpChain[i]->rgpElement[j];
            all |= e->TrustStatus.dwErrorStatus & UNKNOWN_BITS;
            if (i || j || stapled != TLS_REVOCATION_GOOD)
                unknown |= unknown_bits(e);
        }
    return all ? (errors & ~UNKNOWN_BITS) | unknown : errors;
}

/* What libs/tls finds, in crypt32's words. */
static const struct {
    unsigned fault;
    DWORD bits;
} words[] = {
        {TLS_FAULT_SIGNATURE, CERT_TRUST_IS_NOT_SIGNATURE_VALID},
        {TLS_FAULT_ALGORITHM, CERT_TRUST_HAS_WEAK_SIGNATURE},
        {TLS_FAULT_TRUST, CERT_TRUST_IS_PARTIAL_CHAIN},
        {TLS_FAULT_TIME, CERT_TRUST_IS_NOT_TIME_VALID},
        {TLS_FAULT_CONSTRAINT, CERT_TRUST_INVALID_BASIC_CONSTRAINTS},
        {TLS_FAULT_CRITICAL, CERT_TRUST_HAS_NOT_SUPPORTED_CRITICAL_EXT},
        {TLS_FAULT_USAGE, CERT_TRUST_IS_NOT_VALID_FOR_USAGE},
        {TLS_FAULT_OTHER, CERT_TRUST_INVALID_EXTENSION},
};

static BOOL signatures_are_good(unsigned found)
{
    return !(found &
             (TLS_FAULT_SIGNATURE | TLS_FAULT_ALGORITHM | TLS_FAULT_TRUST | TLS_FAULT_OTHER));
}

static DWORD both_opinions(DWORD errors, unsigned found)
{
    if (signatures_are_good(found))
        errors &= ~(DWORD)CERT_TRUST_IS_NOT_SIGNATURE_VALID;
    for (size_t i = 0; i < ARRAYSIZE(words); i++)
        if (found & words[i].fault)
            errors |= words[i].bits;
    return errors;
}

static SECURITY_STATUS check_trust(DWORD errors, DWORD flags)
{
    if (flags & SCH_CRED_IGNORE_NO_REVOCATION_CHECK)
        errors &= ~(DWORD)CERT_TRUST_REVOCATION_STATUS_UNKNOWN;
    /* Offline comes with unknown; unknown alone is another fault, with a flag of its own. */
    if (flags & SCH_CRED_IGNORE_REVOCATION_OFFLINE && errors & CERT_TRUST_IS_OFFLINE_REVOCATION)
        errors &= ~UNKNOWN_BITS;
    for (size_t i = 0; i < ARRAYSIZE(faults); i++)
        if (errors & faults[i].bits)
            return refuse(faults[i].status, faults[i].what);
    return errors ? refuse(SEC_E_CERT_UNKNOWN, "the chain breaks a constraint") : SEC_E_OK;
}

/* ---- libs/tls's opinion ---- */

enum { CHAIN_MAX = 16 };

static struct bytes der_of(PCCERT_CHAIN_CONTEXT chain, DWORD i)
{
    PCCERT_CONTEXT c = chain->rgpChain[0]->rgpElement[i]->pCertContext;
    return bytes_of(c->pbCertEncoded, c->cbCertEncoded);
}

/* Seconds since 1970. */
static int64_t now(void)
{
    FILETIME t;
    GetSystemTimeAsFileTime(&t);
    int64_t ticks = (int64_t)((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime);
    return ticks / 10000000 - 11644473600; /* 100 ns since 1601 */
}

static BOOL compares_name(const struct validation *v)
{
    return !v->peer_is_client && !(v->flags & SCH_CRED_NO_SERVERNAME_CHECK);
}

static BOOL is_address(const WCHAR *host)
{
    BYTE room[16];
    return host && (InetPtonW(AF_INET6, host, room) == 1 || InetPtonW(AF_INET, host, room) == 1);
}

static SECURITY_STATUS second_opinion(
        PCCERT_CHAIN_CONTEXT chain, const struct validation *v, unsigned *found)
{
    struct bytes der[CHAIN_MAX];
    struct blob host = {0};
    BYTE address[16];
    struct tls_chain_question q = {.peer_is_client = v->peer_is_client, .now = now()};
    DWORD count = chain->cChain ? chain->rgpChain[0]->cElement : 0;
    if (!count || count > CHAIN_MAX)
        return refuse(SEC_E_CERT_UNKNOWN, "the chain is too long");
    for (DWORD i = 0; i < count; i++)
        der[i] = der_of(chain, i);
    if (compares_name(v) && v->host) {
        if (utf8_from_utf16(ssp_text(v->host), &host) != ST_OK)
            return refuse(SEC_E_WRONG_PRINCIPAL, "the target is no text");
        q.host = blob_view(&host);
        if (InetPtonW(AF_INET6, v->host, address) == 1)
            q.address = bytes_of(address, sizeof(address));
    }
    enum status s = tls_chain_check(der, count, &q, found);
    blob_free(&host);
    return s == ST_OK          ? SEC_E_OK
           : s == ST_UNTRUSTED ? refuse(SEC_E_CERT_UNKNOWN, "one of the chain cannot be read")
                               : schannel_status(s, NULL);
}

/* The OCSP response that came with the leaf. */
static enum tls_revocation stapled_answer(
        PCCERT_CHAIN_CONTEXT chain, const struct validation *v)
{
    if (!v->stapled.size || !chain->cChain || chain->rgpChain[0]->cElement < 2)
        return TLS_REVOCATION_UNKNOWN;
    return tls_ocsp_answer(v->stapled, der_of(chain, 0), der_of(chain, 1), now());
}

/* RFC 7633: a certificate that promises one does not come without. */
static SECURITY_STATUS check_stapled(
        PCCERT_CHAIN_CONTEXT chain, const struct validation *v, enum tls_revocation stapled)
{
    if (stapled == TLS_REVOCATION_UNKNOWN && !v->peer_is_client && tls_must_staple(der_of(chain, 0)))
        return refuse(CRYPT_E_NO_REVOCATION_CHECK,
                "it promises an OCSP response (RFC 7633) and comes without a good one");
    return SEC_E_OK;
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

/* Wine's policy knows no IP addresses in certificates, and stops at a signature that crypt32 could
 * not verify: both are libs/tls's to say. */
static BOOL is_libs_tls_to_say(DWORD error, const struct validation *v)
{
    return error == (DWORD)TRUST_E_CERT_SIGNATURE ||
           (error == (DWORD)CERT_E_CN_NO_MATCH && is_address(v->host));
}

static SECURITY_STATUS check_policy(
        PCCERT_CHAIN_CONTEXT chain, const struct validation *v, unsigned found)
{
    BOOL named = compares_name(v);
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
    if (found & TLS_FAULT_NAME)
        return status_of_policy((DWORD)CERT_E_CN_NO_MATCH);
    return is_libs_tls_to_say(status.dwError, v) ? SEC_E_OK : status_of_policy(status.dwError);
}

static SECURITY_STATUS check_revocation(
        PCCERT_CHAIN_CONTEXT chain, const struct validation *v, enum tls_revocation stapled)
{
    SECURITY_STATUS s = check_stapled(chain, v, stapled);
    if (s != SEC_E_OK)
        return s;
    s = revocation_again(chain, v->flags, stapled == TLS_REVOCATION_GOOD);
    if (s == SEC_E_OK)
        return s;
    return refuse(s, s == CRYPT_E_REVOKED ? "revoked" : "its revocation list cannot be had");
}

static SECURITY_STATUS check_chain(PCCERT_CHAIN_CONTEXT chain, const struct validation *v)
{
    unsigned found = 0;
    SECURITY_STATUS s = second_opinion(chain, v, &found);
    if (s != SEC_E_OK)
        return s;
    enum tls_revocation stapled = stapled_answer(chain, v);
    DWORD errors = both_opinions(errors_of(chain, stapled), found);
    /* Whether the program asks for revocation or not: it costs nothing. */
    if (stapled == TLS_REVOCATION_REVOKED)
        errors |= CERT_TRUST_IS_REVOKED;
    s = check_trust(errors, v->flags);
    if (s == SEC_E_OK)
        s = check_revocation(chain, v, stapled);
    return s == SEC_E_OK ? check_policy(chain, v, found) : s;
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
    SECURITY_STATUS s = check_chain(chain, v);
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
