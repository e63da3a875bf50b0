/* What is to be said against the peer's chain: CERT_TRUST_ bits, and the error of the SSL policy.
 *
 * crypt32 finds the chain and says which root is trusted. What is to be said against the chain, both
 * say: crypt32, and libs/tls by the rules of RFC 5280 and RFC 6125, which it applies in places where
 * Wine does not. Of signatures libs/tls's word counts alone: Wine verifies none of RSA-PSS, and without
 * the host's libgnutls hardly any. And of IP addresses, which Wine compares with no certificate.
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include "schannel.h"

#define IGNORE_REVOCATION 0x80  /* SECURITY_FLAG_IGNORE_REVOCATION of wininet.h */
#define IGNORE_UNKNOWN_CA 0x100 /* SECURITY_FLAG_IGNORE_UNKNOWN_CA */

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

enum { CHAIN_MAX = 16 };

struct bytes opinion_der(PCCERT_CHAIN_CONTEXT chain, DWORD i)
{
    PCCERT_CONTEXT c = chain->rgpChain[0]->rgpElement[i]->pCertContext;
    return bytes_of(c->pbCertEncoded, c->cbCertEncoded);
}

int64_t validation_now(void)
{
    FILETIME t;
    GetSystemTimeAsFileTime(&t);
    int64_t ticks = (int64_t)((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime);
    return ticks / 10000000 - 11644473600; /* 100 ns since 1601 */
}

BOOL opinion_compares_name(const struct validation *v)
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
    struct tls_chain_question q = {.peer_is_client = v->peer_is_client, .now = validation_now()};
    DWORD count = chain->cChain ? chain->rgpChain[0]->cElement : 0;
    if (!count || count > CHAIN_MAX)
        return validation_refuse(SEC_E_CERT_UNKNOWN, "the chain is too long");
    for (DWORD i = 0; i < count; i++)
        der[i] = opinion_der(chain, i);
    if (opinion_compares_name(v) && v->host) {
        if (utf8_from_utf16(ssp_text(v->host), &host) != ST_OK)
            return validation_refuse(SEC_E_WRONG_PRINCIPAL, "the target is no text");
        q.host = blob_view(&host);
        if (InetPtonW(AF_INET6, v->host, address) == 1)
            q.address = bytes_of(address, sizeof(address));
    }
    enum status s = tls_chain_check(der, count, &q, found);
    blob_free(&host);
    return s == ST_OK          ? SEC_E_OK
           : s == ST_UNTRUSTED ? validation_refuse(SEC_E_CERT_UNKNOWN, "one of the chain cannot be read")
                               : schannel_status(s, NULL);
}

/* ---- the chain ---- */

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

/* Where the issuers may be found, besides the system's stores. */
static HCERTSTORE issuers_of(PCCERT_CONTEXT leaf, HCERTSTORE roots)
{
    if (!roots)
        return CertDuplicateStore(leaf->hCertStore);
    HCERTSTORE both =
            CertOpenStore(CERT_STORE_PROV_COLLECTION, 0, 0, CERT_STORE_CREATE_NEW_FLAG, NULL);
    if (both && CertAddStoreToCollection(both, leaf->hCertStore, 0, 0) &&
            CertAddStoreToCollection(both, roots, 0, 0))
        return both;
    if (both)
        CertCloseStore(both, 0);
    return NULL;
}

static BOOL build(PCCERT_CONTEXT leaf, const struct validation *v, PCCERT_CHAIN_CONTEXT *chain)
{
    LPSTR usage =
            v->peer_is_client ? (LPSTR)szOID_PKIX_KP_CLIENT_AUTH : (LPSTR)szOID_PKIX_KP_SERVER_AUTH;
    CERT_CHAIN_PARA para = {.cbSize = sizeof(para)};
    HCERTSTORE issuers = issuers_of(leaf, v->roots);
    para.RequestedUsage.dwType = USAGE_MATCH_TYPE_AND;
    para.RequestedUsage.Usage.cUsageIdentifier = 1;
    para.RequestedUsage.Usage.rgpszUsageIdentifier = &usage;
    if (!issuers)
        return FALSE;
    BOOL built = CertGetCertificateChain(
            NULL, leaf, NULL, issuers, &para, validation_chain_flags(v->flags), NULL, chain);
    CertCloseStore(issuers, 0);
    return built;
}

/* hRootStore: the roots that the program trusts, and no others (?). The system's do not count then, and need not
 * have them. The whole certificate counts: CERT_FIND_EXISTING is content with issuer and serial number, which anybody can
 * write into a certificate with a key of his own. */
static DWORD by_own_roots(PCCERT_CHAIN_CONTEXT chain, HCERTSTORE roots, DWORD errors)
{
    struct bytes top = opinion_der(chain, chain->rgpChain[0]->cElement - 1);
    PCCERT_CONTEXT root = NULL;
    while ((root = CertEnumCertificatesInStore(roots, root)) != NULL)
        if (bytes_equal(top, bytes_of(root->pbCertEncoded, root->cbCertEncoded))) {
            CertFreeCertificateContext(root);
            return errors & ~(DWORD)CERT_TRUST_IS_UNTRUSTED_ROOT;
        }
    return errors | CERT_TRUST_IS_UNTRUSTED_ROOT;
}

SECURITY_STATUS opinion_of(PCCERT_CONTEXT leaf, const struct validation *v, struct opinion *o)
{
    if (!build(leaf, v, &o->chain))
        return validation_refuse(SEC_E_CERT_UNKNOWN, "no chain can be built");
    SECURITY_STATUS s = second_opinion(o->chain, v, &o->found);
    if (s != SEC_E_OK)
        return s;
    o->errors = both_opinions(o->chain->TrustStatus.dwErrorStatus, o->found);
    if (v->roots)
        o->errors = by_own_roots(o->chain, v->roots, o->errors);
    return SEC_E_OK;
}

/* ---- the policy ---- */

/* Wine's policy knows no IP addresses in certificates, and stops at a signature that crypt32 could
 * not verify: both are libs/tls's to say. */
static BOOL is_libs_tls_to_say(DWORD error, const struct validation *v)
{
    return error == (DWORD)TRUST_E_CERT_SIGNATURE ||
           (error == (DWORD)CERT_E_CN_NO_MATCH && is_address(v->host));
}

/* Wine's policy looks at fdwChecks only. Trust in roots of the program's own is not for it to judge. */
DWORD opinion_policy(const struct opinion *o, const struct validation *v)
{
    SSL_EXTRA_CERT_CHAIN_POLICY_PARA ssl = {.cbSize = sizeof(ssl),
            .dwAuthType = v->peer_is_client ? AUTHTYPE_CLIENT : AUTHTYPE_SERVER,
            .fdwChecks = IGNORE_REVOCATION | (v->roots ? IGNORE_UNKNOWN_CA : 0),
            .pwszServerName = opinion_compares_name(v) ? (WCHAR *)v->host : NULL};
    CERT_CHAIN_POLICY_PARA para = {.cbSize = sizeof(para), .pvExtraPolicyPara = &ssl};
    CERT_CHAIN_POLICY_STATUS status = {.cbSize = sizeof(status)};
    para.dwFlags = CERT_CHAIN_POLICY_IGNORE_ALL_REV_UNKNOWN_FLAGS |
                   (v->roots ? CERT_CHAIN_POLICY_ALLOW_UNKNOWN_CA_FLAG : 0);
    if (!CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, o->chain, &para, &status))
        return (DWORD)CERT_E_CRITICAL; /* it is not available */
    if (v->roots ? (o->errors & CERT_TRUST_IS_UNTRUSTED_ROOT) != 0
                 : status.dwError == (DWORD)CERT_E_UNTRUSTEDROOT)
        return (DWORD)CERT_E_UNTRUSTEDROOT;
    if (o->found & TLS_FAULT_NAME)
        return (DWORD)CERT_E_CN_NO_MATCH;
    return is_libs_tls_to_say(status.dwError, v) ? ERROR_SUCCESS : status.dwError;
}
