/* Not by CertCreateSelfSignCertificate: Wine's may have a negative serial number (RFC 5280 4.1.2.2), and has no parameters
 * where RFC 3279 2.3.1 demands NULL (rsaEncryption). Clients refuse both. */
#include "self_signed.h"

/* In FILETIME's form. */
static FILETIME days_from_now(int days)
{
    FILETIME now;
    ULARGE_INTEGER at;

    GetSystemTimeAsFileTime(&now);
    at.u.LowPart = now.dwLowDateTime;
    at.u.HighPart = now.dwHighDateTime;
    at.QuadPart += (ULONGLONG)days * 24 * 3600 * 10000000;
    return (FILETIME){at.u.LowPart, at.u.HighPart};
}

PCCERT_CONTEXT self_signed(HCRYPTPROV provider, const CERT_NAME_BLOB *subject)
{
    static BYTE null[] = {5, 0};
    union {
        CERT_PUBLIC_KEY_INFO info;
        BYTE room[1024];
    } key;
    BYTE serial[16], der[4096];
    DWORD size = sizeof key, der_size = sizeof der;
    CERT_INFO info = {.dwVersion = CERT_V1,
            .SerialNumber = {sizeof serial, serial},
            .SignatureAlgorithm = {(char *)szOID_RSA_SHA256RSA, {sizeof null, null}},
            .Issuer = *subject,
            .NotBefore = days_from_now(-1),
            .NotAfter = days_from_now(365),
            .Subject = *subject};

    if (!CryptGenRandom(provider, sizeof serial, serial) ||
            !CryptExportPublicKeyInfo(provider, AT_KEYEXCHANGE, X509_ASN_ENCODING, &key.info, &size))
        return NULL;
    serial[sizeof serial - 1] = 0x40; /* the highest byte: positive, and no zeros before it */
    key.info.Algorithm.Parameters = info.SignatureAlgorithm.Parameters;
    info.SubjectPublicKeyInfo = key.info;
    if (!CryptSignAndEncodeCertificate(provider, AT_KEYEXCHANGE, X509_ASN_ENCODING,
                X509_CERT_TO_BE_SIGNED, &info, &info.SignatureAlgorithm, NULL, der, &der_size))
        return NULL;
    return CertCreateCertificateContext(X509_ASN_ENCODING, der, der_size);
}
