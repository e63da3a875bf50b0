/* Which provider of CryptoAPI signs for a key. TLS 1.2 signs with SHA-2: PROV_RSA_FULL and PROV_RSA_SCHANNEL have no such
 * hash, their successor PROV_RSA_AES has, and opens the same containers. */
#include "schannel.h"

enum { LONGEST_NAME = 512 }; /* of a container: MAX_PATH and more */

static BOOL lacks_sha2(DWORD type)
{
    return type == PROV_RSA_FULL || type == PROV_RSA_SCHANNEL;
}

BOOL provider_open(const CRYPT_KEY_PROV_INFO *info, HCRYPTPROV *provider)
{
    DWORD flags = CRYPT_SILENT | (info->dwFlags & CRYPT_MACHINE_KEYSET);
    if (lacks_sha2(info->dwProvType) &&
            CryptAcquireContextW(provider, info->pwszContainerName, NULL, PROV_RSA_AES, flags))
        return TRUE;
    return CryptAcquireContextW(
            provider, info->pwszContainerName, info->pwszProvName, info->dwProvType, flags);
}

static BOOL public_key(HCRYPTPROV provider, DWORD spec, BYTE *blob, DWORD *size)
{
    HCRYPTKEY key = 0;
    if (!CryptGetUserKey(provider, spec, &key))
        return FALSE;
    BOOL ok = CryptExportKey(key, 0, PUBLICKEYBLOB, 0, blob, size);
    CryptDestroyKey(key);
    return ok;
}

/* A container that exists in memory only has no name, or one that means another: the key decides. */
static BOOL same_key(HCRYPTPROV one, HCRYPTPROV other, DWORD spec)
{
    BYTE a[4096], b[4096]; /* 16384 bits are 2,068 bytes */
    DWORD a_size = sizeof(a), b_size = sizeof(b);
    return public_key(one, spec, a, &a_size) && public_key(other, spec, b, &b_size) &&
           a_size == b_size && !memcmp(a, b, a_size); /* public: public keys */
}

HCRYPTPROV provider_with_sha2(HCRYPTPROV provider, DWORD spec)
{
    DWORD type = 0, set = 0, size = sizeof(type);
    HCRYPTPROV successor = 0;
    char name[LONGEST_NAME];

    if (!CryptGetProvParam(provider, PP_PROVTYPE, (BYTE *)&type, &size, 0) || !lacks_sha2(type))
        return 0;
    size = sizeof(name);
    if (!CryptGetProvParam(provider, PP_CONTAINER, (BYTE *)name, &size, 0) || !name[0])
        return 0;
    size = sizeof(set);
    if (!CryptGetProvParam(provider, PP_KEYSET_TYPE, (BYTE *)&set, &size, 0))
        set = 0;
    if (!CryptAcquireContextA(&successor, name, NULL, PROV_RSA_AES,
                CRYPT_SILENT | (set & CRYPT_MACHINE_KEYSET)))
        return 0;
    if (same_key(provider, successor, spec))
        return successor;
    CryptReleaseContext(successor, 0);
    return 0;
}
