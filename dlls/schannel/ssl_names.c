/* The Ssl functions that schannel.dll exports besides the SSPI (schannel.h of the SDK). Old;
 * programs import them by name, few call them. */
#include "schannel.h"
#include <ntsecapi.h>

BOOL WINAPI opensspi_SslEmptyCacheA(LPSTR target, DWORD flags);
BOOL WINAPI opensspi_SslEmptyCacheW(LPWSTR target, DWORD flags);
void WINAPI opensspi_SslGenerateRandomBits(PUCHAR data, LONG size);
BOOL WINAPI opensspi_SslGenerateKeyPair(
        PSSL_CREDENTIAL_CERTIFICATE certificates, PSTR name, PSTR password, DWORD bits);
BOOL WINAPI opensspi_SslCrackCertificate(
        PUCHAR der, DWORD size, DWORD flags, PX509Certificate *certificate);
void WINAPI opensspi_SslFreeCertificate(PX509Certificate certificate);

/* "SslEmptyCacheA function": what is kept for TARGET, NULL: all. Nonzero if it was removed. */
BOOL WINAPI opensspi_SslEmptyCacheW(LPWSTR target, DWORD flags)
{
    (void)flags;
    return reconnect_empty(target);
}

BOOL WINAPI opensspi_SslEmptyCacheA(LPSTR target, DWORD flags)
{
    WCHAR *wide = NULL;
    if (!ssp_wide_text(target, &wide))
        return FALSE;
    BOOL done = opensspi_SslEmptyCacheW(wide, flags);
    ssp_heap_free(wide);
    return done;
}

/* RSA, as far as CNG and CryptoAPI go. */
DWORD WINAPI SslGetMaximumKeySize(DWORD reserved)
{
    (void)reserved;
    return 16384;
}

void WINAPI opensspi_SslGenerateRandomBits(PUCHAR data, LONG size)
{
    struct world world = ssp_world();
    /* There is no result to say it with: a caller must never go on with memory it takes for random.
     */
    if (size > 0 && world.random(world.self, data, (size_t)size) != ST_OK)
        RaiseException((DWORD)SEC_E_INTERNAL_ERROR, EXCEPTION_NONCONTINUABLE, 0, NULL);
}

/* Obsolete since Windows 2000; CryptGenKey and CertCreateSelfSignCertificate do it. */
BOOL WINAPI opensspi_SslGenerateKeyPair(
        PSSL_CREDENTIAL_CERTIFICATE certificates, PSTR name, PSTR password, DWORD bits)
{
    (void)certificates, (void)name, (void)password, (void)bits;
    SetLastError(ERROR_CALL_NOT_IMPLEMENTED);
    return FALSE;
}

static PSTR name_text(const CERT_NAME_BLOB *name)
{
    DWORD size =
            CertNameToStrA(X509_ASN_ENCODING, (CERT_NAME_BLOB *)name, CERT_X500_NAME_STR, NULL, 0);
    PSTR text = size ? ssp_heap_alloc(size) : NULL;
    if (text)
        CertNameToStrA(X509_ASN_ENCODING, (CERT_NAME_BLOB *)name, CERT_X500_NAME_STR, text, size);
    return text;
}

static PctPublicKey *copy_key(const CERT_PUBLIC_KEY_INFO *info)
{
    PctPublicKey *key = ssp_heap_alloc(sizeof(*key) + info->PublicKey.cbData);
    if (!key)
        return NULL;
    key->Type = CertOIDToAlgId(info->Algorithm.pszObjId);
    key->cbKey = info->PublicKey.cbData;
    CopyMemory(key->pKey, info->PublicKey.pbData, info->PublicKey.cbData);
    return key;
}

void WINAPI opensspi_SslFreeCertificate(PX509Certificate certificate)
{
    if (!certificate)
        return;
    ssp_heap_free(certificate->pszIssuer);
    ssp_heap_free(certificate->pszSubject);
    ssp_heap_free(certificate->pPublicKey);
    ssp_heap_free(certificate);
}

/* The serial number's first 16 octets, least significant first, as crypt32 has them. */
static void copy_serial(X509Certificate *out, const CRYPT_INTEGER_BLOB *serial)
{
    CopyMemory(out->SerialNumber, serial->pbData, min(serial->cbData, sizeof(out->SerialNumber)));
}

BOOL WINAPI opensspi_SslCrackCertificate(
        PUCHAR der, DWORD size, DWORD flags, PX509Certificate *certificate)
{
    (void)flags;
    PCCERT_CONTEXT c = CertCreateCertificateContext(X509_ASN_ENCODING, der, size);
    X509Certificate *out = c ? ssp_heap_alloc(sizeof(*out)) : NULL;
    if (!out) {
        if (c)
            CertFreeCertificateContext(c);
        return FALSE;
    }
    out->Version = c->pCertInfo->dwVersion;
    copy_serial(out, &c->pCertInfo->SerialNumber);
    out->SignatureAlgorithm = CertOIDToAlgId(c->pCertInfo->SignatureAlgorithm.pszObjId);
    out->ValidFrom = c->pCertInfo->NotBefore;
    out->ValidUntil = c->pCertInfo->NotAfter;
    out->pszIssuer = name_text(&c->pCertInfo->Issuer);
    out->pszSubject = name_text(&c->pCertInfo->Subject);
    out->pPublicKey = copy_key(&c->pCertInfo->SubjectPublicKeyInfo);
    CertFreeCertificateContext(c);
    if (!out->pszIssuer || !out->pszSubject || !out->pPublicKey) {
        opensspi_SslFreeCertificate(out);
        return FALSE;
    }
    *certificate = out;
    return TRUE;
}
