/* Who the server is, for the client: its certificate against the system's trust and the target's
 * name. "InitializeSecurityContext (CredSSP)", ISC_REQ_MANUAL_CRED_VALIDATION: Schannel never judges it inside CredSSP; the chain is evaluated all the same, for
 * CERT_TRUST_STATUS, SERVER_AUTH_FLAGS and ISC_REQ_MUTUAL_AUTH. That a login went to the holder of
 * the key is pubKeyAuth's to prove; that the holder is the one that was meant only this, or a
 * package with mutual authentication, can say: NTLM is none. */
#include "provider.h"
#include <wincrypt.h>

/* Remote desktop servers may have a purpose of their own instead of TLS servers'
 * (szOID_TS_KP_TS_SERVER_AUTH of credssp.h). Nothing is fetched (?): the certificate names the
 * places to fetch from, and is not trusted yet. So revocation is not asked for either. */
static PCCERT_CHAIN_CONTEXT chain_of(PCCERT_CONTEXT leaf)
{
    LPSTR usages[] = {(LPSTR)szOID_PKIX_KP_SERVER_AUTH, (LPSTR)szOID_TS_KP_TS_SERVER_AUTH};
    CERT_CHAIN_PARA para = {.cbSize = sizeof para};
    PCCERT_CHAIN_CONTEXT chain = NULL;

    para.RequestedUsage.dwType = USAGE_MATCH_TYPE_OR;
    para.RequestedUsage.Usage.cUsageIdentifier = ARRAYSIZE(usages);
    para.RequestedUsage.Usage.rgpszUsageIdentifier = usages;
    if (!CertGetCertificateChain(NULL, leaf, NULL, leaf->hCertStore, &para,
                CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL, NULL, &chain))
        return NULL;
    return chain;
}

static BOOL name_fits(PCCERT_CHAIN_CONTEXT chain, const WCHAR *host)
{
    SSL_EXTRA_CERT_CHAIN_POLICY_PARA ssl = {
            .cbSize = sizeof ssl, .dwAuthType = AUTHTYPE_SERVER, .pwszServerName = (WCHAR *)host};
    CERT_CHAIN_POLICY_PARA para = {.cbSize = sizeof para,
            .dwFlags = CERT_CHAIN_POLICY_IGNORE_ALL_REV_UNKNOWN_FLAGS |
                       CERT_CHAIN_POLICY_IGNORE_WRONG_USAGE_FLAG, /* the chain has judged it */
            .pvExtraPolicyPara = &ssl};
    CERT_CHAIN_POLICY_STATUS status = {.cbSize = sizeof status};

    return host && *host &&
           CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, chain, &para, &status) &&
           !status.dwError;
}

/* What Schannel says of the same chain (sspi.h's SECPKG_ATTR_CERT_CHECK_RESULT): our own asks libs/tls as well,
 * which verifies signatures that Wine's crypt32 cannot. FALSE: a Schannel that does not say. */
static BOOL schannel_says(struct context *c, SecPkgContext_CertificateValidationResult *said)
{
    return inner_sspi()->QueryContextAttributesW(&c->tls, SECPKG_ATTR_CERT_CHECK_RESULT, said) ==
           SEC_E_OK;
}

/* Of signatures Schannel's word counts; of the usage, which for it is TLS servers' alone, ours; else both. */
static DWORD both(DWORD ours, DWORD schannels)
{
    static const DWORD usage = CERT_TRUST_IS_NOT_VALID_FOR_USAGE;

    return (ours & ~(DWORD)CERT_TRUST_IS_NOT_SIGNATURE_VALID) | (schannels & ~usage);
}

/* Whatever cannot be judged is not trusted. Who may get the credentials is ours to say: that the program's Schannel
 * credential has names compared by nobody does not count here. */
static void judge(struct context *c, PCCERT_CONTEXT leaf)
{
    PCCERT_CHAIN_CONTEXT chain = chain_of(leaf);
    SecPkgContext_CertificateValidationResult said = {0};
    BOOL says;

    c->server_trust.dwErrorStatus = CERT_TRUST_IS_PARTIAL_CHAIN;
    if (!chain)
        return;
    says = schannel_says(c, &said);
    c->server_trust = chain->TrustStatus;
    if (says)
        c->server_trust.dwErrorStatus = both(c->server_trust.dwErrorStatus, said.dwChainErrorStatus);
    if (!c->server_trust.dwErrorStatus)
        c->certificate_good = says && !c->tls_from->tls_compares_no_name &&
                                              said.hrVerifyChainStatus != CERT_E_WRONG_USAGE
                                      ? said.hrVerifyChainStatus == S_OK
                                      : name_fits(chain, c->host);
    CertFreeCertificateChain(chain);
}

/* Once per context, when somebody wants to know: Wine's crypt32 reads the host's roots for it. */
static SECURITY_STATUS look_at_certificate(struct context *c)
{
    PCCERT_CONTEXT leaf = NULL;

    if (c->server_judged)
        return SEC_E_OK;
    if (!c->has_tls)
        return SEC_E_INVALID_HANDLE;
    SECURITY_STATUS status =
            inner_sspi()->QueryContextAttributesW(&c->tls, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &leaf);
    if (status != SEC_E_OK)
        return status;
    judge(c, leaf);
    c->server_judged = TRUE;
    CertFreeCertificateContext(leaf);
    log_info("credssp", "the server's certificate %s the target (trust errors 0x%lX)",
            c->certificate_good ? "is good for" : "does not speak for",
            c->server_trust.dwErrorStatus);
    return SEC_E_OK;
}

/* ISC_RET_MUTUAL_AUTH of the inner package counts once it is complete. */
static BOOL package_vouches(const struct context *c)
{
    return c->auth_done && c->auth_attributes & ISC_RET_MUTUAL_AUTH;
}

/* A chain that is good for another name is the page's SEC_E_WRONG_PRINCIPAL: "The principal that
 * received the authentication request is not the same as the one passed into the pszTargetName
 * parameter." */
static enum status refuse(struct context *c)
{
    log_warn("credssp",
            "the program asks for server authentication, and the server's certificate is not good "
            "for this target (trust errors 0x%lX): refused; install its authority",
            c->server_trust.dwErrorStatus);
    c->inner_status =
            c->server_trust.dwErrorStatus ? SEC_E_MUTUAL_AUTH_FAILED : SEC_E_WRONG_PRINCIPAL;
    return ST_UNTRUSTED;
}

static BOOL wanted(const struct context *c)
{
    return !c->inbound && c->request & ISC_REQ_MUTUAL_AUTH;
}

/* Does the inner package vouch for the server? All that are not NTLM do; one that is not known does
 * not. */
static BOOL may_vouch(struct context *c)
{
    SecPkgContext_NegotiationInfoW info = {0};
    BOOL other;

    if (inner_sspi()->QueryContextAttributesW(&c->auth, SECPKG_ATTR_NEGOTIATION_INFO, &info) !=
            SEC_E_OK)
        return FALSE;
    other = info.PackageInfo && _wcsicmp(info.PackageInfo->Name, NTLMSP_NAME);
    inner_sspi()->FreeContextBuffer(info.PackageInfo);
    return other;
}

enum server_moment { SERVER_SEEN, SERVER_BEFORE_PROOF, SERVER_BEFORE_DELEGATION };

static enum server_word word_at(struct context *c, enum server_moment moment)
{
    if (c->certificate_good || package_vouches(c))
        return SERVER_AUTHENTICATED;
    if (moment == SERVER_SEEN || (moment == SERVER_BEFORE_PROOF && may_vouch(c)))
        return SERVER_MAY_BE;
    return SERVER_IS_NOT;
}

/* Who does not ask for it, and whose policy is the same for any server, pays nothing for it. */
static enum status check(struct context *c, enum server_moment moment)
{
    enum server_word word;

    if (c->inbound || (!wanted(c) && !delegation_depends(c)))
        return ST_OK;
    SECURITY_STATUS status = look_at_certificate(c);
    if (status != SEC_E_OK)
        return inner_failed(c, "Schannel", status);
    word = word_at(c, moment);
    if (wanted(c) && word == SERVER_IS_NOT)
        return refuse(c);
    return delegation_check(c, word);
}

enum status server_auth_seen(void *self)
{
    return check(self, SERVER_SEEN);
}

enum status server_auth_before_proof(struct context *c)
{
    return check(c, SERVER_BEFORE_PROOF);
}

enum status server_auth_before_delegation(void *self)
{
    return check(self, SERVER_BEFORE_DELEGATION);
}

/* The package's word is about a server at the other end of its own messages. That it is the one behind this TLS connection
 * is proven by pubKeyAuth: only then is a program told. */
static BOOL package_vouched(const struct context *c)
{
    return c->complete && package_vouches(c);
}

BOOL server_auth_done(const struct context *c)
{
    return wanted(c) && (c->certificate_good || package_vouched(c));
}

SECURITY_STATUS server_auth_query(struct context *c, ULONG attribute, void *buffer)
{
    if (c->inbound)
        return SEC_E_UNSUPPORTED_FUNCTION;
    SECURITY_STATUS status = look_at_certificate(c);
    if (status != SEC_E_OK)
        return status;
    if (attribute == SECPKG_ATTR_CERT_TRUST_STATUS) {
        *(CERT_TRUST_STATUS *)buffer = c->server_trust;
        return SEC_E_OK;
    }
    SecPkgContext_Flags *out = buffer;
    out->Flags = (c->certificate_good ? CREDSSP_SERVER_AUTH_CERTIFICATE : 0) |
                 (package_vouched(c) ? CREDSSP_SERVER_AUTH_NEGOTIATE : 0);
    return SEC_E_OK;
}
