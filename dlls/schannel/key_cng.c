/* Keys of CNG: RSA is taken out as RSAFULLPRIVATEBLOB when it may be; else, and ECDSA always, the key
 * is asked to sign.
 *
 *  BCRYPT_RSAKEY_BLOB ("BCRYPT_RSAKEY_BLOB structure", bcrypt.h); sizes little-endian, numbers
 *  big-endian:
 *  | "RSA3" | bits u32 | size(e) u32 | size(n) u32 | size(p) u32 | size(q) u32 | e | n | p | q |
 *  | d mod p-1, size(p) | d mod q-1, size(q) | 1/q mod p, size(p) | d, size(n) |
 */
#include "schannel.h"
#include <bcrypt.h>
#include <ncrypt.h>

#define RSA3 0x33415352u

struct cng_key {
    NCRYPT_KEY_HANDLE handle;
    BOOL release;
};

static void cng_destroy(void *self)
{
    struct cng_key *k = self;
    if (k->release)
        NCryptFreeObject(k->handle);
    mem_free(k, sizeof(*k));
}

static const WCHAR *hash_of_size(size_t size)
{
    switch (size) {
    case 20:
        return BCRYPT_SHA1_ALGORITHM;
    case 32:
        return BCRYPT_SHA256_ALGORITHM;
    case 48:
        return BCRYPT_SHA384_ALGORITHM;
    case 64:
        return BCRYPT_SHA512_ALGORITHM;
    default:
        return NULL; /* 36, MD5 and SHA-1 for TLS before 1.2: PKCS#1 without a DigestInfo */
    }
}

static SECURITY_STATUS sign_with(struct cng_key *k, enum tls_sign_kind kind, struct bytes hash,
        uint8_t *out, DWORD room, DWORD *size)
{
    BCRYPT_PKCS1_PADDING_INFO pkcs1 = {hash_of_size(hash.size)};
    BCRYPT_PSS_PADDING_INFO pss = {hash_of_size(hash.size), (ULONG)hash.size};
    BOOL is_pss = kind == TLS_SIGN_PSS;
    if (kind == TLS_SIGN_ECDSA)
        return NCryptSignHash(k->handle, NULL, (BYTE *)hash.data, (DWORD)hash.size, out, room, size,
                NCRYPT_SILENT_FLAG);
    return NCryptSignHash(k->handle, is_pss ? (void *)&pss : (void *)&pkcs1, (BYTE *)hash.data,
            (DWORD)hash.size, out, room, size,
            NCRYPT_SILENT_FLAG | (is_pss ? BCRYPT_PAD_PSS : BCRYPT_PAD_PKCS1));
}

static enum status cng_sign(
        void *self, enum tls_sign_kind kind, struct bytes hash, struct blob *signature)
{
    struct cng_key *k = self;
    uint8_t out[2048]; /* a signature: no secret; RSA up to 16384 bits */
    DWORD size = 0;
    if (kind == TLS_SIGN_PSS && !hash_of_size(hash.size))
        return ST_UNSUPPORTED;
    SECURITY_STATUS s = sign_with(k, kind, hash, out, sizeof(out), &size);
    if (s != ERROR_SUCCESS || size > sizeof(out)) {
        log_warn(ROOM, "signing with the certificate's CNG key failed (0x%08lx)", (unsigned long)s);
        return ST_INTERNAL;
    }
    return kind == TLS_SIGN_ECDSA ? tls_ecdsa_to_der(bytes_of(out, size), signature)
                                  : blob_set(signature, bytes_of(out, size));
}

static enum status parse_blob(struct bytes blob, struct blob *der)
{
    struct reader r = reader_on(blob);
    struct tls_rsa_parts parts;
    bool magic = reader_u32le(&r) == RSA3;
    reader_skip(&r, 4);
    size_t e = reader_u32le(&r), n = reader_u32le(&r), p = reader_u32le(&r), q = reader_u32le(&r);
    parts.exponent = reader_bytes(&r, e);
    parts.modulus = reader_bytes(&r, n);
    parts.p = reader_bytes(&r, p);
    parts.q = reader_bytes(&r, q);
    parts.dp = reader_bytes(&r, p);
    parts.dq = reader_bytes(&r, q);
    parts.qinv = reader_bytes(&r, p);
    parts.d = reader_bytes(&r, n);
    return magic && reader_ok(&r) ? tls_rsa_to_der(&parts, der) : ST_BAD_ARGUMENT;
}

/* ST_POLICY: the key may not leave, or its provider does not know the format. */
static enum status export_key(NCRYPT_KEY_HANDLE handle, struct blob *der)
{
    DWORD size = 0;
    if (NCryptExportKey(handle, 0, BCRYPT_RSAFULLPRIVATE_BLOB, NULL, NULL, 0, &size,
                NCRYPT_SILENT_FLAG) != ERROR_SUCCESS)
        return ST_POLICY;
    uint8_t *data = mem_alloc(size);
    if (!data)
        return ST_NO_MEMORY;
    enum status s = ST_POLICY;
    DWORD got = 0;
    if (NCryptExportKey(handle, 0, BCRYPT_RSAFULLPRIVATE_BLOB, NULL, data, size, &got,
                NCRYPT_SILENT_FLAG) == ERROR_SUCCESS &&
            got <= size)
        s = parse_blob(bytes_of(data, got), der);
    mem_free(data, size);
    return s == ST_BAD_ARGUMENT ? ST_POLICY : s;
}

static BOOL is_of_group(NCRYPT_KEY_HANDLE handle, const WCHAR *wanted)
{
    WCHAR group[32] = {0};
    DWORD size = 0;
    return NCryptGetProperty(handle, NCRYPT_ALGORITHM_GROUP_PROPERTY, (BYTE *)group,
                   sizeof(group) - sizeof(WCHAR), &size, 0) == ERROR_SUCCESS &&
           !lstrcmpW(group, wanted);
}

static SECURITY_STATUS keep_handle(NCRYPT_KEY_HANDLE handle, BOOL release, struct private_key *key)
{
    DWORD bits = 0, size = 0;
    BOOL is_ec = is_of_group(handle, NCRYPT_ECDSA_ALGORITHM_GROUP) ||
                 is_of_group(handle, NCRYPT_ECDH_ALGORITHM_GROUP);
    if (!is_ec && !is_of_group(handle, NCRYPT_RSA_ALGORITHM_GROUP)) {
        log_warn(ROOM, "keys of CNG are RSA or ECDSA ones");
        return SEC_E_NO_CREDENTIALS;
    }
    if (NCryptGetProperty(handle, NCRYPT_LENGTH_PROPERTY, (BYTE *)&bits, sizeof(bits), &size, 0) !=
            ERROR_SUCCESS)
        return SEC_E_NO_CREDENTIALS;
    struct cng_key *k = mem_alloc(sizeof(*k));
    if (!k)
        return SEC_E_INSUFFICIENT_MEMORY;
    k->handle = handle;
    k->release = release;
    key->ops =
            (struct tls_key_ops){.self = k, .is_ec = is_ec, .bits = bits, .sign = cng_sign,
                    .destroy = cng_destroy};
    return SEC_E_OK;
}

SECURITY_STATUS key_from_cng(NCRYPT_KEY_HANDLE handle, BOOL release, struct private_key *key)
{
    enum status exported = export_key(handle, &key->der);
    SECURITY_STATUS s = exported == ST_OK       ? SEC_E_OK
                        : exported == ST_POLICY ? keep_handle(handle, release, key)
                                                : SEC_E_INSUFFICIENT_MEMORY;
    if (release && !key->ops.sign)
        NCryptFreeObject(handle);
    return s;
}
