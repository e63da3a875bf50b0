/* RSA keys of CryptoAPI providers: taken out as PRIVATEKEYBLOB when they may be, else asked to
 * sign.
 *
 *  PRIVATEKEYBLOB ("RSA/Schannel Key BLOBs", learn.microsoft.com), n = bits / 8, little-endian:
 *  | PUBLICKEYSTRUC 8 | "RSA2" | bits u32 | exponent u32 | modulus n | p n/2 | q n/2 | d mod p-1
 * n/2 | | d mod q-1 n/2 | 1/q mod p n/2 | d n |
 */
#include "schannel.h"

#define RSA2 0x32415352u

struct capi_key {
    HCRYPTPROV provider;
    DWORD spec;
    BOOL release;
};

/* CryptoAPI numbers are little-endian, everybody else's big-endian. */
static void reverse(uint8_t *p, size_t size)
{
    for (size_t i = 0; i < size / 2; i++) {
        uint8_t t = p[i];
        p[i] = p[size - 1 - i];
        p[size - 1 - i] = t;
    }
}

static void capi_destroy(void *self)
{
    struct capi_key *k = self;
    if (k->release)
        CryptReleaseContext(k->provider, 0);
    mem_free(k, sizeof(*k));
}

static ALG_ID hash_of_size(size_t size)
{
    switch (size) {
    case 20:
        return CALG_SHA1;
    case 32:
        return CALG_SHA_256;
    case 36:
        return CALG_SSL3_SHAMD5;
    case 48:
        return CALG_SHA_384;
    case 64:
        return CALG_SHA_512;
    default:
        return 0;
    }
}

static enum status sign_hash(HCRYPTHASH object, DWORD spec, struct blob *signature)
{
    DWORD size = 0;
    if (!CryptSignHashW(object, spec, NULL, 0, NULL, &size))
        return ST_INTERNAL;
    uint8_t *raw = mem_alloc(size);
    if (!raw)
        return ST_NO_MEMORY;
    enum status s = ST_INTERNAL;
    DWORD got = size;
    if (CryptSignHashW(object, spec, NULL, 0, raw, &got) && got <= size) {
        reverse(raw, got);
        s = blob_set(signature, bytes_of(raw, got));
    }
    mem_free(raw, size);
    return s;
}

static enum status capi_sign(
        void *self, enum tls_sign_kind kind, struct bytes hash, struct blob *signature)
{
    struct capi_key *k = self;
    HCRYPTHASH object = 0;
    ALG_ID algorithm = hash_of_size(hash.size);
    /* CryptoAPI has no PSS, so such a key cannot be used with TLS 1.3. */
    if (kind != TLS_SIGN_PKCS1 || !algorithm)
        return ST_UNSUPPORTED;
    if (!CryptCreateHash(k->provider, algorithm, 0, 0, &object)) {
        log_warn(ROOM,
                "the key's provider has no hash of %u bytes (0x%lx); use a key of an "
                "RSA and AES provider",
                (unsigned)hash.size, GetLastError());
        return ST_UNSUPPORTED;
    }
    enum status s = ST_INTERNAL;
    if (CryptSetHashParam(object, HP_HASHVAL, hash.data, 0))
        s = sign_hash(object, k->spec, signature);
    if (s != ST_OK)
        log_warn(ROOM, "signing with the certificate's CryptoAPI key failed (0x%lx)",
                GetLastError());
    CryptDestroyHash(object);
    return s;
}

/* A big-endian view of the next SIZE bytes of the blob, which is ours to turn around. */
static struct bytes take_number(struct reader *r, uint8_t *base, size_t size)
{
    size_t at = r->at;
    struct bytes v = reader_bytes(r, size);
    if (!reader_ok(r))
        return v;
    reverse(base + at, size);
    return v;
}

static enum status parse_blob(uint8_t *data, size_t size, struct blob *der)
{
    struct reader r = reader_on(bytes_of(data, size));
    struct tls_rsa_parts parts;
    uint8_t exponent[4];
    reader_skip(&r, sizeof(PUBLICKEYSTRUC));
    bool magic = reader_u32le(&r) == RSA2;
    uint32_t bits = reader_u32le(&r);
    uint32_t e = reader_u32le(&r);
    if (!reader_ok(&r) || !magic || bits % 16 || bits > 16384)
        return ST_BAD_ARGUMENT;
    for (int i = 0; i < 4; i++)
        exponent[i] = (uint8_t)(e >> (24 - 8 * i));
    size_t n = bits / 8, half = bits / 16;
    parts.exponent = bytes_of(exponent, sizeof(exponent));
    parts.modulus = take_number(&r, data, n);
    parts.p = take_number(&r, data, half);
    parts.q = take_number(&r, data, half);
    parts.dp = take_number(&r, data, half);
    parts.dq = take_number(&r, data, half);
    parts.qinv = take_number(&r, data, half);
    parts.d = take_number(&r, data, n);
    return reader_ok(&r) ? tls_rsa_to_der(&parts, der) : ST_BAD_ARGUMENT;
}

/* ST_POLICY: the key may not leave. */
static enum status export_key(HCRYPTKEY handle, struct blob *der)
{
    DWORD size = 0;
    if (!CryptExportKey(handle, 0, PRIVATEKEYBLOB, 0, NULL, &size))
        return ST_POLICY;
    uint8_t *data = mem_alloc(size);
    if (!data)
        return ST_NO_MEMORY;
    enum status s = ST_POLICY;
    DWORD got = size;
    if (CryptExportKey(handle, 0, PRIVATEKEYBLOB, 0, data, &got) && got <= size)
        s = parse_blob(data, got, der);
    mem_free(data, size);
    return s;
}

static SECURITY_STATUS keep_provider(
        HCRYPTPROV provider, DWORD spec, BOOL release, HCRYPTKEY handle, struct private_key *key)
{
    DWORD bits = 0, size = sizeof(bits);
    struct capi_key *k;
    if (!CryptGetKeyParam(handle, KP_KEYLEN, (BYTE *)&bits, &size, 0))
        return SEC_E_NO_CREDENTIALS;
    k = mem_alloc(sizeof(*k));
    if (!k)
        return SEC_E_INSUFFICIENT_MEMORY;
    k->provider = provider;
    k->spec = spec;
    k->release = release;
    /* No decrypt: RSA key exchange through a provider would be a padding oracle; ECDHE needs
     * signatures only. */
    key->ops = (struct tls_key_ops){
            .self = k, .no_pss = true, .bits = bits, .sign = capi_sign, .destroy = capi_destroy};
    log_debug(ROOM, "the certificate's key cannot be exported: its provider signs; without PSS, so "
                    "not with TLS 1.3");
    return SEC_E_OK;
}

/* The program's own provider, or one of ours for the same key that has what TLS 1.2 needs. (One that we opened has been chosen
 * so already: provider_open.) */
static SECURITY_STATUS let_sign(
        HCRYPTPROV provider, DWORD spec, BOOL release, HCRYPTKEY handle, struct private_key *key)
{
    HCRYPTPROV better = release ? 0 : provider_with_sha2(provider, spec);
    SECURITY_STATUS s = keep_provider(
            better ? better : provider, spec, better ? TRUE : release, handle, key);
    if (s != SEC_E_OK && better)
        CryptReleaseContext(better, 0);
    return s;
}

SECURITY_STATUS key_from_capi(
        HCRYPTPROV provider, DWORD spec, BOOL release, struct private_key *key)
{
    HCRYPTKEY handle = 0;
    SECURITY_STATUS s = SEC_E_NO_CREDENTIALS;
    /* Wine 10's PFXImportCertStore names both kinds at once, and the key is there as the first. */
    if (!spec || spec == (AT_KEYEXCHANGE | AT_SIGNATURE))
        spec = AT_KEYEXCHANGE;
    if (provider && CryptGetUserKey(provider, spec, &handle)) {
        enum status exported = export_key(handle, &key->der);
        if (exported == ST_OK)
            s = SEC_E_OK;
        else if (exported == ST_POLICY)
            s = let_sign(provider, spec, release, handle, key);
        CryptDestroyKey(handle);
    }
    if (release && !key->ops.sign && provider)
        CryptReleaseContext(provider, 0);
    return s;
}
