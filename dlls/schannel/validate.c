/* The peer's certificate against the system's trust and the name the program asked for. Whatever is
 * not known to be good is refused; what is to be said against it, opinion.c says. */
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

SECURITY_STATUS validation_refuse(SECURITY_STATUS status, const char *what)
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
static DWORD unknown_bits(const CERT_CHAIN_ELEMENT *e)
{
    DWORD bits = e->TrustStatus.dwErrorStatus & UNKNOWN_BITS;
    return names_a_place(e->pCertContext) ? bits : bits & ~(DWORD)CERT_TRUST_IS_OFFLINE_REVOCATION;
}

/* Of a leaf that came with a good OCSP response, crypt32's not knowing is of no interest. */
static DWORD errors_of(const struct opinion *o, enum tls_revocation stapled)
{
    PCCERT_CHAIN_CONTEXT chain = o->chain;
    DWORD unknown = 0, all = 0;
    for (DWORD i = 0; i < chain->cChain; i++)
        for (DWORD j = 0; j < chain->rgpChain[i]->cElement; j++) {
            const CERT_CHAIN_ELEMENT *e = chain->rgpChain[i]->rgpElement[j];
            all |= e->TrustStatus.dwErrorStatus & UNKNOWN_BITS;
            if (i || j || stapled != TLS_REVOCATION_GOOD)
                unknown |= unknown_bits(e);
        }
    return all ? (o->errors & ~UNKNOWN_BITS) | unknown : o->errors;
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
            return validation_refuse(faults[i].status, faults[i].what);
    return errors ? validation_refuse(SEC_E_CERT_UNKNOWN, "the chain breaks a constraint") : SEC_E_OK;
}

/* The OCSP response that came with the leaf. */
static enum tls_revocation stapled_answer(
        PCCERT_CHAIN_CONTEXT chain, const struct validation *v)
{
    if (!v->stapled.size || !chain->cChain || chain->rgpChain[0]->cElement < 2)
        return TLS_REVOCATION_UNKNOWN;
    return tls_ocsp_answer(v->stapled, opinion_der(chain, 0), opinion_der(chain, 1), validation_now());
}

DWORD validation_errors(const struct opinion *o, const struct validation *v, enum tls_revocation *stapled)
{
    *stapled = stapled_answer(o->chain, v);
    /* Whether the program asks for revocation or not: it costs nothing. */
    return errors_of(o, *stapled) | (*stapled == TLS_REVOCATION_REVOKED ? CERT_TRUST_IS_REVOKED : 0);
}

BOOL validation_misses_staple(
        PCCERT_CHAIN_CONTEXT chain, const struct validation *v, enum tls_revocation stapled)
{
    return stapled == TLS_REVOCATION_UNKNOWN && !v->peer_is_client && tls_must_staple(opinion_der(chain, 0));
}

static SECURITY_STATUS check_stapled(
        PCCERT_CHAIN_CONTEXT chain, const struct validation *v, enum tls_revocation stapled)
{
    if (validation_misses_staple(chain, v, stapled))
        return validation_refuse(CRYPT_E_NO_REVOCATION_CHECK,
                "it promises an OCSP response (RFC 7633) and comes without a good one");
    return SEC_E_OK;
}

static SECURITY_STATUS status_of_policy(DWORD error)
{
    switch (error) {
    case ERROR_SUCCESS:
        return SEC_E_OK;
    case (DWORD)CERT_E_CN_NO_MATCH:
        return validation_refuse(SEC_E_WRONG_PRINCIPAL, "it is for another name");
    case (DWORD)CERT_E_EXPIRED:
        return validation_refuse(SEC_E_CERT_EXPIRED, "expired or not yet valid");
    case (DWORD)CERT_E_UNTRUSTEDROOT:
    case (DWORD)CERT_E_CHAINING:
        return validation_refuse(SEC_E_UNTRUSTED_ROOT, "its authority is not trusted");
    case (DWORD)CERT_E_REVOKED:
    case (DWORD)CRYPT_E_REVOKED:
        return validation_refuse(CRYPT_E_REVOKED, "revoked");
    case (DWORD)CERT_E_WRONG_USAGE:
    case (DWORD)CERT_E_PURPOSE:
        return validation_refuse(SEC_E_CERT_WRONG_USAGE, "not for this use");
    default:
        return validation_refuse(SEC_E_CERT_UNKNOWN, "the SSL policy rejects it");
    }
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
    return validation_refuse(s, s == CRYPT_E_REVOKED ? "revoked"
                         : s == CRYPT_E_REVOCATION_OFFLINE
                                 ? "its revocation list cannot be had"
                                 : "its revocation list cannot be judged");
}

static SECURITY_STATUS check_chain(const struct opinion *o, const struct validation *v)
{
    enum tls_revocation stapled;
    SECURITY_STATUS s = check_trust(validation_errors(o, v, &stapled), v->flags);
    if (s == SEC_E_OK)
        s = check_revocation(o->chain, v, stapled);
    if (s == SEC_E_OK && opinion_compares_name(v) && !v->host)
        return validation_refuse(
                SEC_E_WRONG_PRINCIPAL, "the program names no target to compare with");
    return s == SEC_E_OK ? status_of_policy(opinion_policy(o, v)) : s;
}

static SECURITY_STATUS check_certificate(PCCERT_CONTEXT leaf, const struct validation *v)
{
    struct opinion o = {0};
    SECURITY_STATUS s = opinion_of(leaf, v, &o);
    if (s == SEC_E_OK)
        s = check_chain(&o, v);
    if (o.chain)
        CertFreeCertificateChain(o.chain);
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
