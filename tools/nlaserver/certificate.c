/* The server's certificate: one of the MY store, or a new one whose key lives as long as we do. */
#include "nlaserver.h"
#include "../lib/self_signed.h"
#include <stdio.h>

enum { RSA_BITS = 2048 };
static WCHAR container[40]; /* of certificate_make's key; empty: there is none */

PCCERT_CONTEXT certificate_find(const WCHAR *thumbprint, BOOL machine)
{
    BYTE hash[20];
    DWORD size = sizeof hash;
    CRYPT_HASH_BLOB blob = {sizeof hash, hash};
    DWORD where = machine ? CERT_SYSTEM_STORE_LOCAL_MACHINE : CERT_SYSTEM_STORE_CURRENT_USER;
    PCCERT_CONTEXT found = NULL;

    if (!CryptStringToBinaryW(thumbprint, 40, CRYPT_STRING_HEX, hash, &size, NULL, NULL) ||
            size != sizeof hash) {
        trouble("a thumbprint is 40 hexadecimal digits", GetLastError());
        return NULL;
    }
    HCERTSTORE store = CertOpenStore(
            CERT_STORE_PROV_SYSTEM_W, 0, 0, where | CERT_STORE_READONLY_FLAG, L"MY");
    if (store)
        found = CertFindCertificateInStore(
                store, X509_ASN_ENCODING, 0, CERT_FIND_HASH, &blob, NULL);
    if (!found)
        trouble("no certificate with this thumbprint in the MY store", GetLastError());
    if (store)
        CertCloseStore(store, 0);
    return found;
}

/* CN=NAME, NAME being one value whatever is in it. The caller frees. */
static BOOL encode_name(const WCHAR *subject, CERT_NAME_BLOB *out)
{
    CERT_RDN_ATTR attribute = {(char *)szOID_COMMON_NAME, CERT_RDN_UNICODE_STRING,
            {(DWORD)(wcslen(subject) * sizeof *subject), (BYTE *)subject}};
    CERT_RDN part = {1, &attribute};
    CERT_NAME_INFO name = {1, &part};

    return CryptEncodeObjectEx(X509_ASN_ENCODING, X509_UNICODE_NAME, &name,
            CRYPT_ENCODE_ALLOC_FLAG, NULL, &out->pbData, &out->cbData);
}

static HCRYPTPROV make_key(void)
{
    HCRYPTPROV provider = 0;
    HCRYPTKEY key = 0;

    swprintf(container, ARRAYSIZE(container), L"nlaserver-%lx-%lx", GetCurrentProcessId(),
            GetTickCount());
    if (!CryptAcquireContextW(
                &provider, container, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, CRYPT_NEWKEYSET)) {
        container[0] = 0;
        return 0;
    }
    if (!CryptGenKey(provider, AT_KEYEXCHANGE, (RSA_BITS << 16) | CRYPT_EXPORTABLE, &key)) {
        CryptReleaseContext(provider, 0);
        return 0;
    }
    CryptDestroyKey(key);
    return provider;
}

/* Where its key lies. */
static BOOL give_key(PCCERT_CONTEXT certificate)
{
    CRYPT_KEY_PROV_INFO key = {.pwszContainerName = container,
            .pwszProvName = (WCHAR *)MS_ENH_RSA_AES_PROV_W,
            .dwProvType = PROV_RSA_AES,
            .dwKeySpec = AT_KEYEXCHANGE};
    return CertSetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, 0, &key);
}

PCCERT_CONTEXT certificate_make(const WCHAR *subject)
{
    CERT_NAME_BLOB name = {0};
    PCCERT_CONTEXT made = NULL;
    HCRYPTPROV provider = make_key();

    if (provider && encode_name(subject, &name))
        made = self_signed(provider, &name);
    if (made && !give_key(made)) {
        CertFreeCertificateContext(made);
        made = NULL;
    }
    if (!made)
        trouble("no certificate could be made", GetLastError());
    LocalFree(name.pbData);
    if (provider)
        CryptReleaseContext(provider, 0);
    return made;
}

void certificate_forget(void)
{
    HCRYPTPROV none = 0;

    if (container[0])
        CryptAcquireContextW(
                &none, container, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, CRYPT_DELETEKEYSET);
    container[0] = 0;
}
