/* A second look at certificate revocation lists, under Wine only.
 *
 * Wine 8.0 (measured) finds a certificate revoked once: it keeps an answer for its serial number,
 * and the answer it keeps is that it is good. So when crypt32 has nothing against a chain, the lists
 * that its certificates name are asked here again, by libs/tls's rules (crl.c), which know a list's scope.
 * If none of those that a certificate names can be had, crypt32's word may be the kept one: it is
 * "offline"; if there are only lists that we cannot judge, nothing is known. A certificate that names no
 * list, or an OCSP responder as well where no list can be had, stays as crypt32 has judged it.
 */
#include "schannel.h"

#define TIMEOUT 15000 /* ms; what crypt32 uses by default */

typedef BOOL(WINAPI *retrieve_fn)(LPCWSTR url, LPCSTR kind, DWORD flags, DWORD timeout,
        LPVOID *object, HCRYPTASYNC async, PCRYPT_CREDENTIALS credentials, LPVOID verify,
        PCRYPT_RETRIEVE_AUX_INFO aux);

/* NULL on Windows, which needs no second look. */
static retrieve_fn retriever(void)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll"), cryptnet;
    if (!ntdll || !GetProcAddress(ntdll, "wine_get_version"))
        return NULL;
    cryptnet = LoadLibraryExW(L"cryptnet.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    return cryptnet ? (retrieve_fn)(void *)GetProcAddress(cryptnet, "CryptRetrieveObjectByUrlW")
                    : NULL;
}

/* What is known of a certificate; the worst that one list says counts, of several the most. */
enum answer { ANSWER_NONE, ANSWER_OLD, ANSWER_UNCLEAR, ANSWER_GOOD, ANSWER_REVOKED };

/* One that is not of now says nothing, and is no reason to take the word of somebody else for it: whoever is on the way
 * can always send an old one. */
static enum answer ask_list(PCCERT_CONTEXT certificate, PCCERT_CONTEXT issuer, PCCRL_CONTEXT list)
{
    if (CertVerifyCRLTimeValidity(NULL, list->pCrlInfo))
        return ANSWER_OLD;
    switch (tls_crl_answer(bytes_of(list->pbCrlEncoded, list->cbCrlEncoded),
            bytes_of(certificate->pbCertEncoded, certificate->cbCertEncoded),
            bytes_of(issuer->pbCertEncoded, issuer->cbCertEncoded), validation_now())) {
    case TLS_REVOCATION_REVOKED:
        return ANSWER_REVOKED;
    case TLS_REVOCATION_GOOD:
        return ANSWER_GOOD;
    default:
        return ANSWER_UNCLEAR;
    }
}

static enum answer ask_url(retrieve_fn retrieve, const WCHAR *url, DWORD flags,
        PCCERT_CONTEXT certificate, PCCERT_CONTEXT issuer)
{
    PCCRL_CONTEXT list = NULL;
    DWORD how = flags & SCH_CRED_REVOCATION_CHECK_CACHE_ONLY ? CRYPT_CACHE_ONLY_RETRIEVAL : 0;
    if (!retrieve(url, CONTEXT_OID_CRL, how, TIMEOUT, (void **)&list, NULL, NULL, NULL, NULL) ||
            !list)
        return ANSWER_NONE;
    enum answer answer = ask_list(certificate, issuer, list);
    CertFreeCRLContext(list);
    return answer;
}

/* The worst that is said; *NAMED: there was somebody to ask. */
static enum answer ask_point(retrieve_fn retrieve, const CRL_DIST_POINT *point, DWORD flags,
        PCCERT_CONTEXT certificate, PCCERT_CONTEXT issuer, BOOL *named)
{
    const CERT_ALT_NAME_INFO *names = &point->DistPointName.FullName;
    enum answer worst = ANSWER_NONE;
    if (point->DistPointName.dwDistPointNameChoice != CRL_DIST_POINT_FULL_NAME)
        return ANSWER_NONE;
    for (DWORD i = 0; i < names->cAltEntry && worst != ANSWER_REVOKED; i++)
        if (names->rgAltEntry[i].dwAltNameChoice == CERT_ALT_NAME_URL) {
            enum answer a = ask_url(
                    retrieve, names->rgAltEntry[i].pwszURL, flags, certificate, issuer);
            *named = TRUE;
            worst = a > worst ? a : worst;
        }
    return worst;
}

static void *decoded(PCCERT_CONTEXT certificate, const char *extension_id, LPCSTR kind)
{
    void *value = NULL;
    DWORD size = 0;
    const CERT_EXTENSION *extension = CertFindExtension(
            extension_id, certificate->pCertInfo->cExtension, certificate->pCertInfo->rgExtension);
    if (!extension || !CryptDecodeObjectEx(X509_ASN_ENCODING, kind, extension->Value.pbData,
                              extension->Value.cbData, CRYPT_DECODE_ALLOC_FLAG, NULL, &value, &size))
        return NULL;
    return value;
}

static BOOL has_responder(PCCERT_CONTEXT certificate)
{
    CERT_AUTHORITY_INFO_ACCESS *access =
            decoded(certificate, szOID_AUTHORITY_INFO_ACCESS, X509_AUTHORITY_INFO_ACCESS);
    BOOL has = FALSE;
    for (DWORD i = 0; access && i < access->cAccDescr; i++)
        has = has || !strcmp(access->rgAccDescr[i].pszAccessMethod, szOID_PKIX_OCSP);
    LocalFree(access);
    return has;
}

static SECURITY_STATUS look_again(
        retrieve_fn retrieve, DWORD flags, PCCERT_CONTEXT certificate, PCCERT_CONTEXT issuer)
{
    CRL_DIST_POINTS_INFO *points =
            decoded(certificate, szOID_CRL_DIST_POINTS, X509_CRL_DIST_POINTS);
    enum answer worst = ANSWER_NONE;
    BOOL named = FALSE;
    for (DWORD i = 0; points && i < points->cDistPoint && worst != ANSWER_REVOKED; i++) {
        enum answer a = ask_point(
                retrieve, &points->rgDistPoint[i], flags, certificate, issuer, &named);
        worst = a > worst ? a : worst;
    }
    LocalFree(points);
    if (worst == ANSWER_REVOKED)
        return CRYPT_E_REVOKED;
    /* Also where there is a responder: crypt32's "good" may be of this very list. */
    if (worst == ANSWER_UNCLEAR)
        return CRYPT_E_NO_REVOCATION_CHECK;
    return worst == ANSWER_OLD || (named && worst == ANSWER_NONE && !has_responder(certificate))
                   ? CRYPT_E_REVOCATION_OFFLINE
                   : SEC_E_OK;
}

static BOOL is_ignored(SECURITY_STATUS s, DWORD flags)
{
    return (s == CRYPT_E_REVOCATION_OFFLINE && flags & SCH_CRED_IGNORE_REVOCATION_OFFLINE) ||
           (s == CRYPT_E_NO_REVOCATION_CHECK && flags & SCH_CRED_IGNORE_NO_REVOCATION_CHECK);
}

SECURITY_STATUS revocation_again(PCCERT_CHAIN_CONTEXT chain, DWORD flags, BOOL leaf_is_good)
{
    static const DWORD whole =
            SCH_CRED_REVOCATION_CHECK_CHAIN | SCH_CRED_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT;
    SECURITY_STATUS worst = SEC_E_OK;
    retrieve_fn retrieve;
    if (!(flags & (whole | SCH_CRED_REVOCATION_CHECK_END_CERT)) || !chain->cChain)
        return SEC_E_OK;
    const CERT_SIMPLE_CHAIN *simple = chain->rgpChain[0];
    DWORD checked = flags & whole ? simple->cElement : min(simple->cElement, 2);
    if ((retrieve = retriever()) == NULL)
        return SEC_E_OK;
    /* The last one is the root, which no list of another's has. */
    for (DWORD i = 0; i + 1 < checked && worst != CRYPT_E_REVOKED; i++) {
        SECURITY_STATUS s = look_again(retrieve, flags, simple->rgpElement[i]->pCertContext,
                simple->rgpElement[i + 1]->pCertContext);
        /* A stapled "good" stands in for a list that cannot be had, not for one that says "revoked": it
         * may be older. */
        if ((!i && leaf_is_good && s != CRYPT_E_REVOKED) || is_ignored(s, flags))
            s = SEC_E_OK;
        worst = s != SEC_E_OK ? s : worst;
    }
    return worst;
}
