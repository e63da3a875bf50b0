/* A second look at certificate revocation lists, under Wine only.
 *
 * Wine 8.0 (measured) finds a certificate revoked once: it keeps an answer for its serial number,
 * and the answer it keeps is that it is good. So when crypt32 has nothing against a chain, the lists
 * that its certificates name are asked here again. What has no list, or a list that cannot be had or
 * is not signed by the issuer, stays as crypt32 has judged it.
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

static BOOL is_signed_by(PCCRL_CONTEXT list, PCCERT_CONTEXT issuer)
{
    return CryptVerifyCertificateSignatureEx(0, X509_ASN_ENCODING,
            CRYPT_VERIFY_CERT_SIGN_SUBJECT_CRL, (void *)list, CRYPT_VERIFY_CERT_SIGN_ISSUER_CERT,
            (void *)issuer, 0, NULL);
}

static BOOL is_in_list(PCCERT_CONTEXT certificate, PCCERT_CONTEXT issuer, PCCRL_CONTEXT list)
{
    PCRL_ENTRY entry = NULL;
    return CertCompareCertificateName(X509_ASN_ENCODING, &list->pCrlInfo->Issuer,
                   &certificate->pCertInfo->Issuer) &&
           is_signed_by(list, issuer) &&
           CertFindCertificateInCRL(certificate, list, 0, NULL, &entry) && entry;
}

static BOOL is_in_list_at(retrieve_fn retrieve, const WCHAR *url, DWORD flags,
        PCCERT_CONTEXT certificate, PCCERT_CONTEXT issuer)
{
    PCCRL_CONTEXT list = NULL;
    DWORD how = flags & SCH_CRED_REVOCATION_CHECK_CACHE_ONLY ? CRYPT_CACHE_ONLY_RETRIEVAL : 0;
    if (!retrieve(url, CONTEXT_OID_CRL, how, TIMEOUT, (void **)&list, NULL, NULL, NULL, NULL) ||
            !list)
        return FALSE;
    BOOL revoked = is_in_list(certificate, issuer, list);
    CertFreeCRLContext(list);
    return revoked;
}

static BOOL point_has(retrieve_fn retrieve, const CRL_DIST_POINT *point, DWORD flags,
        PCCERT_CONTEXT certificate, PCCERT_CONTEXT issuer)
{
    const CERT_ALT_NAME_INFO *names = &point->DistPointName.FullName;
    if (point->DistPointName.dwDistPointNameChoice != CRL_DIST_POINT_FULL_NAME)
        return FALSE;
    for (DWORD i = 0; i < names->cAltEntry; i++)
        if (names->rgAltEntry[i].dwAltNameChoice == CERT_ALT_NAME_URL &&
                is_in_list_at(retrieve, names->rgAltEntry[i].pwszURL, flags, certificate, issuer))
            return TRUE;
    return FALSE;
}

static BOOL is_revoked(
        retrieve_fn retrieve, DWORD flags, PCCERT_CONTEXT certificate, PCCERT_CONTEXT issuer)
{
    CRL_DIST_POINTS_INFO *points = NULL;
    DWORD size = 0;
    BOOL revoked = FALSE;
    const CERT_EXTENSION *extension = CertFindExtension(szOID_CRL_DIST_POINTS,
            certificate->pCertInfo->cExtension, certificate->pCertInfo->rgExtension);
    if (!extension ||
            !CryptDecodeObjectEx(X509_ASN_ENCODING, X509_CRL_DIST_POINTS, extension->Value.pbData,
                    extension->Value.cbData, CRYPT_DECODE_ALLOC_FLAG, NULL, &points, &size))
        return FALSE;
    for (DWORD i = 0; !revoked && i < points->cDistPoint; i++)
        revoked = point_has(retrieve, &points->rgDistPoint[i], flags, certificate, issuer);
    LocalFree(points);
    return revoked;
}

BOOL revocation_found(PCCERT_CHAIN_CONTEXT chain, DWORD flags)
{
    static const DWORD whole =
            SCH_CRED_REVOCATION_CHECK_CHAIN | SCH_CRED_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT;
    retrieve_fn retrieve;
    if (!(flags & (whole | SCH_CRED_REVOCATION_CHECK_END_CERT)) || !chain->cChain)
        return FALSE;
    const CERT_SIMPLE_CHAIN *simple = chain->rgpChain[0];
    DWORD checked = flags & whole ? simple->cElement : min(simple->cElement, 2);
    if ((retrieve = retriever()) == NULL)
        return FALSE;
    /* The last one is the root, which no list of another's has. */
    for (DWORD i = 0; i + 1 < checked; i++)
        if (is_revoked(retrieve, flags, simple->rgpElement[i]->pCertContext,
                    simple->rgpElement[i + 1]->pCertContext))
            return TRUE;
    return FALSE;
}
