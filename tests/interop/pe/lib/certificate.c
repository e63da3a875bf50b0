/* Self-signed certificates by CryptoAPI, as programs make them. */
#include "peer.h"
#include "../../../../tools/lib/self_signed.h"
#include <stdio.h>

#define CONTAINER L"opensspi-interop"
enum { RSA_BITS = 2048 };

static HCRYPTPROV open_container(void)
{
    HCRYPTPROV provider = 0;

    if (!CryptAcquireContextW(&provider, CONTAINER, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, 0) &&
            !CryptAcquireContextW(
                    &provider, CONTAINER, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, CRYPT_NEWKEYSET))
        fail("CryptAcquireContext", GetLastError());
    return provider;
}

static void make_key(HCRYPTPROV provider)
{
    HCRYPTKEY key = 0;

    if (!CryptGenKey(provider, AT_KEYEXCHANGE, (RSA_BITS << 16) | CRYPT_EXPORTABLE, &key))
        fail("CryptGenKey", GetLastError());
    CryptDestroyKey(key);
}

PCCERT_CONTEXT certificate_make(const WCHAR *subject)
{
    BYTE name[256];
    CERT_NAME_BLOB encoded = {sizeof name, name};
    CRYPT_KEY_PROV_INFO key = {.pwszContainerName = (WCHAR *)CONTAINER,
            .pwszProvName = (WCHAR *)MS_ENH_RSA_AES_PROV_W,
            .dwProvType = PROV_RSA_AES,
            .dwKeySpec = AT_KEYEXCHANGE};
    HCRYPTPROV provider = open_container();

    make_key(provider);
    if (!CertStrToNameW(
                X509_ASN_ENCODING, subject, CERT_X500_NAME_STR, NULL, name, &encoded.cbData, NULL))
        fail("CertStrToName", GetLastError());
    PCCERT_CONTEXT made = self_signed(provider, &encoded);
    if (!made || !CertSetCertificateContextProperty(made, CERT_KEY_PROV_INFO_PROP_ID, 0, &key))
        fail("the certificate and its key", GetLastError());
    CryptReleaseContext(provider, 0);
    return made;
}

void certificate_save(PCCERT_CONTEXT certificate, const WCHAR *path)
{
    FILE *f = _wfopen(path, L"wb");

    if (!f || fwrite(certificate->pbCertEncoded, certificate->cbCertEncoded, 1, f) != 1)
        fail("writing the certificate", 0);
    fclose(f);
}

void certificate_hash(PCCERT_CONTEXT certificate, char hex[65])
{
    BYTE digest[32];
    DWORD size = sizeof digest;

    if (!CryptHashCertificate(0, CALG_SHA_256, 0, certificate->pbCertEncoded,
                certificate->cbCertEncoded, digest, &size) ||
            size != sizeof digest)
        fail("CryptHashCertificate", GetLastError());
    for (DWORD i = 0; i < size; i++)
        sprintf(hex + 2 * i, "%02x", digest[i]);
}

void certificate_trust(const WCHAR *path)
{
    BYTE der[16384];
    FILE *f = _wfopen(path, L"rb");
    size_t size = f ? fread(der, 1, sizeof der, f) : 0;
    HCERTSTORE roots =
            CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"Root");

    if (!size || !roots ||
            !CertAddEncodedCertificateToStore(roots, X509_ASN_ENCODING, der, (DWORD)size,
                    CERT_STORE_ADD_REPLACE_EXISTING, NULL))
        fail("trusting the certificate", GetLastError());
    fclose(f);
    CertCloseStore(roots, 0);
}

PCCERT_CONTEXT certificates_more[CERTIFICATES_MORE];
DWORD certificates_more_count;

PCCERT_CONTEXT certificate_from_my(const WCHAR *hash, BOOL machine)
{
    BYTE bytes[20];
    DWORD size = sizeof bytes;
    CRYPT_HASH_BLOB blob = {sizeof bytes, bytes};
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0,
            (machine ? CERT_SYSTEM_STORE_LOCAL_MACHINE : CERT_SYSTEM_STORE_CURRENT_USER) |
                    CERT_STORE_READONLY_FLAG,
            L"MY");
    if (!CryptStringToBinaryW(hash, 40, CRYPT_STRING_HEX, bytes, &size, NULL, NULL))
        fail("a hash is 40 hexadecimal digits", GetLastError());
    PCCERT_CONTEXT found = store ? CertFindCertificateInStore(store, X509_ASN_ENCODING, 0,
                                           CERT_FIND_HASH, &blob, NULL)
                                 : NULL;
    if (!found)
        fail("no such certificate in MY", GetLastError());
    CertCloseStore(store, 0);
    return found;
}

static struct run read_file(const WCHAR *path, const WCHAR *suffix)
{
    WCHAR name[MAX_PATH];
    struct run data = {0};
    BYTE part[4096];
    size_t n;

    swprintf(name, ARRAYSIZE(name), L"%ls.%ls", path, suffix);
    FILE *f = _wfopen(name, L"rb");
    while (f && (n = fread(part, 1, sizeof part, f)) > 0)
        run_add(&data, part, (DWORD)n);
    if (!data.size)
        fail("reading a certificate or its key", 0);
    fclose(f);
    return data;
}

static void import_key(const WCHAR *container, const struct run *blob)
{
    HCRYPTPROV provider = 0;
    HCRYPTKEY key = 0;

    CryptAcquireContextW(
            &provider, container, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, CRYPT_DELETEKEYSET);
    if (!CryptAcquireContextW(
                &provider, container, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, CRYPT_NEWKEYSET) ||
            !CryptImportKey(provider, blob->data, blob->size, 0, CRYPT_EXPORTABLE, &key))
        fail("CryptImportKey", GetLastError());
    CryptDestroyKey(key);
    CryptReleaseContext(provider, 0);
}

PCCERT_CONTEXT certificate_load(const WCHAR *path, BOOL my)
{
    struct run der = read_file(path, L"cer"), blob = read_file(path, L"blob");
    const WCHAR *container = my ? L"opensspi-interop-my" : L"opensspi-interop-given";
    CRYPT_KEY_PROV_INFO info = {.pwszContainerName = (WCHAR *)container,
            .pwszProvName = (WCHAR *)MS_ENH_RSA_AES_PROV_W,
            .dwProvType = PROV_RSA_AES,
            .dwKeySpec = AT_KEYEXCHANGE};
    HCERTSTORE store = my ? CertOpenSystemStoreW(0, L"MY") : NULL;
    PCCERT_CONTEXT made = CertCreateCertificateContext(X509_ASN_ENCODING, der.data, der.size);

    import_key(container, &blob);
    if (!made ||
            !CertSetCertificateContextProperty(made, CERT_KEY_PROV_INFO_PROP_ID, 0, &info) ||
            (my && !CertAddCertificateContextToStore(
                           store, made, CERT_STORE_ADD_REPLACE_EXISTING, &made)))
        fail("a certificate with its key", GetLastError());
    /* Wine writes a store when it is told to or closed. */
    if (my && !CertControlStore(store, 0, CERT_STORE_CTRL_COMMIT, NULL))
        fail("CertControlStore", GetLastError());
    return made;
}
