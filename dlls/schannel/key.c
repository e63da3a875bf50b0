/* From a certificate context to its private key: the properties that programs and crypt32 set. */
#include "schannel.h"

void private_key_free(struct private_key *key)
{
    blob_free(&key->der);
    key_kept_let_go(key);
    if (key->ops.destroy)
        key->ops.destroy(key->ops.self);
    ZeroMemory(key, sizeof(*key));
}

/* A handle that the program keeps open. */
static SECURITY_STATUS from_handle_property(PCCERT_CONTEXT certificate, struct private_key *key)
{
    NCRYPT_KEY_HANDLE cng = 0;
    DWORD size = sizeof(cng);
    if (CertGetCertificateContextProperty(
                certificate, CERT_NCRYPT_KEY_HANDLE_PROP_ID, &cng, &size) &&
            cng)
        return key_from_cng(cng, FALSE, key);

    CERT_KEY_CONTEXT context = {0};
    size = sizeof(context);
    if (!CertGetCertificateContextProperty(certificate, CERT_KEY_CONTEXT_PROP_ID, &context, &size))
        return SEC_E_NO_CREDENTIALS;
    if (context.dwKeySpec == CERT_NCRYPT_KEY_SPEC)
        return key_from_cng(context.hNCryptKey, FALSE, key);
    return key_from_capi(context.hCryptProv, context.dwKeySpec, FALSE, key);
}

static SECURITY_STATUS from_cng_container(const CRYPT_KEY_PROV_INFO *info, struct private_key *key)
{
    NCRYPT_PROV_HANDLE provider = 0;
    NCRYPT_KEY_HANDLE handle = 0;
    if (NCryptOpenStorageProvider(&provider, info->pwszProvName, 0) != ERROR_SUCCESS)
        return SEC_E_NO_CREDENTIALS;
    DWORD flags = NCRYPT_SILENT_FLAG;
    if (info->dwFlags & CRYPT_MACHINE_KEYSET)
        flags |= NCRYPT_MACHINE_KEY_FLAG;
    SECURITY_STATUS s =
            NCryptOpenKey(provider, &handle, info->pwszContainerName, info->dwKeySpec, flags);
    NCryptFreeObject(provider);
    return s == ERROR_SUCCESS ? key_from_cng(handle, TRUE, key) : SEC_E_UNKNOWN_CREDENTIALS;
}

static SECURITY_STATUS from_container(PCCERT_CONTEXT certificate, const CRYPT_KEY_PROV_INFO *info,
        struct ssp_stamp now, struct private_key *key)
{
    if (key_is_in_file(info))
        return key_from_file(certificate, info, key);
    if (!info->dwProvType)
        return from_cng_container(info, key);
    if (key_kept_take(info, now, key))
        return SEC_E_OK;
    HCRYPTPROV provider = 0;
    struct blob before = {0};
    key_kept_before(info, &before);
    /* Another code than for no key at all: the certificate says that it has one. */
    SECURITY_STATUS s = provider_open(info, &provider)
                                ? key_from_capi(provider, info->dwKeySpec, TRUE, key)
                                : SEC_E_UNKNOWN_CREDENTIALS;
    key_kept_keep(info, &before, key);
    return s;
}

static SECURITY_STATUS from_provider_property(
        PCCERT_CONTEXT certificate, struct ssp_stamp now, struct private_key *key)
{
    DWORD size = 0;
    if (!CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, NULL, &size))
        return SEC_E_NO_CREDENTIALS;
    CRYPT_KEY_PROV_INFO *info = mem_alloc(size);
    if (!info)
        return SEC_E_INSUFFICIENT_MEMORY;
    SECURITY_STATUS s = SEC_E_NO_CREDENTIALS;
    DWORD got = size;
    if (CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, info, &got))
        s = from_container(certificate, info, now, key);
    mem_free(info, size);
    return s;
}

SECURITY_STATUS key_of_certificate(
        PCCERT_CONTEXT certificate, struct ssp_stamp now, struct private_key *key)
{
    SECURITY_STATUS s = from_handle_property(certificate, key);
    if (s != SEC_E_OK) {
        private_key_free(key);
        s = from_provider_property(certificate, now, key);
    }
    if (s != SEC_E_OK)
        log_warn(ROOM,
                "no usable private key with the certificate (0x%08lx, last error 0x%lx); it "
                "needs CERT_KEY_PROV_INFO, CERT_KEY_CONTEXT or CERT_NCRYPT_KEY_HANDLE",
                (unsigned long)s, GetLastError());
    return s;
}
