/* Certificate stores of the prefix. */
#include <stdarg.h>
#include <stdio.h>
#include "cert.h"
#include "base/utf16.h"
#include "ssp/keys.h"

int say(const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "opensspi-cert: ");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n");
    return EXIT_FAILED;
}

HCERTSTORE store_open(bool machine, const WCHAR *name, bool write)
{
    DWORD flags = machine ? CERT_SYSTEM_STORE_LOCAL_MACHINE : CERT_SYSTEM_STORE_CURRENT_USER;
    if (!write)
        flags |= CERT_STORE_READONLY_FLAG;
    /* The user's own: CERT_STORE_PROV_SYSTEM would show the machine's certificates in it as well. */
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_SYSTEM_REGISTRY_W, 0, 0, flags, name);
    if (!store) {
        DWORD error = GetLastError();
        say("cannot open the %ls store of the %s: error 0x%lx", name, machine ? "machine" : "user",
                error);
        SetLastError(error);
    }
    return store;
}

/* Wine writes a store when it is told to or closed, and says only in the first case how it went. */
bool store_close(HCERTSTORE store, bool written)
{
    bool done = !written || CertControlStore(store, 0, CERT_STORE_CTRL_COMMIT, NULL);
    if (!done)
        say("the store cannot be written: error 0x%lx", GetLastError());
    CertCloseStore(store, 0);
    return done;
}

WCHAR *key_name(PCCERT_CONTEXT certificate)
{
    DWORD size = 0;
    WCHAR *name = NULL;
    if (!CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, NULL, &size))
        return NULL;
    CRYPT_KEY_PROV_INFO *info = LocalAlloc(LMEM_FIXED, size);
    if (info && CertGetCertificateContextProperty(
                        certificate, CERT_KEY_PROV_INFO_PROP_ID, info, &size) &&
            info->pwszProvName && info->pwszContainerName &&
            !lstrcmpiW(info->pwszProvName, KEYS_PROVIDER)) {
        size_t bytes = (wcslen(info->pwszContainerName) + 1) * sizeof(WCHAR);
        name = LocalAlloc(LMEM_FIXED, bytes);
        if (name)
            memcpy(name, info->pwszContainerName, bytes);
    }
    LocalFree(info);
    return name;
}

void thumbprint_of(PCCERT_CONTEXT certificate, char hex[41])
{
    BYTE digest[20];
    DWORD size = sizeof digest;
    hex[0] = 0;
    if (CertGetCertificateContextProperty(
                certificate, CERT_SHA1_HASH_PROP_ID, digest, &size))
        for (DWORD i = 0; i < size; i++)
            sprintf(hex + 2 * i, "%02X", digest[i]);
}

void subject_of(PCCERT_CONTEXT certificate, char *text, size_t size)
{
    WCHAR name[512];
    DWORD units = CertNameToStrW(X509_ASN_ENCODING, &certificate->pCertInfo->Subject,
            CERT_X500_NAME_STR, name, ARRAYSIZE(name));
    utf16_printable(bytes_of(name, units ? (units - 1) * sizeof *name : 0), text, size);
}
