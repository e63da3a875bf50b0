/* Attributes about what was negotiated. */
#include "schannel.h"

static const struct cipher {
    enum tls_cipher cipher;
    unsigned bits;
    ALG_ID algorithm;
    const WCHAR *name;
    DWORD block; /* bytes */
} ciphers[] = {
        {TLS_CIPHER_AES_GCM, 128, CALG_AES_128, L"AES", 16},
        {TLS_CIPHER_AES_GCM, 256, CALG_AES_256, L"AES", 16},
        {TLS_CIPHER_AES_CCM, 128, CALG_AES_128, L"AES", 16},
        {TLS_CIPHER_AES_CCM, 256, CALG_AES_256, L"AES", 16},
        {TLS_CIPHER_AES_CBC, 128, CALG_AES_128, L"AES", 16},
        {TLS_CIPHER_AES_CBC, 256, CALG_AES_256, L"AES", 16},
        {TLS_CIPHER_CHACHA20, 256, 0, L"CHACHA20_POLY1305", 0}, /* no ALG_ID exists */
        {TLS_CIPHER_3DES, 168, CALG_3DES, L"3DES", 8},
};

static const struct hash {
    enum tls_hash hash;
    ALG_ID algorithm;
    const WCHAR *name;
} hashes[] = {
        {TLS_HASH_MD5, CALG_MD5, L"MD5"},
        {TLS_HASH_SHA1, CALG_SHA1, L"SHA1"},
        {TLS_HASH_SHA256, CALG_SHA_256, L"SHA256"},
        {TLS_HASH_SHA384, CALG_SHA_384, L"SHA384"},
};

static const struct cipher *find_cipher(const struct tls_info *info)
{
    static const struct cipher unknown = {TLS_CIPHER_NONE, 0, 0, L"", 0};
    for (size_t i = 0; i < ARRAYSIZE(ciphers); i++)
        if (ciphers[i].cipher == info->cipher && ciphers[i].bits == info->cipher_bits)
            return &ciphers[i];
    return &unknown;
}

static const struct hash *find_hash(enum tls_hash hash)
{
    static const struct hash none = {TLS_HASH_NONE, 0, L""};
    for (size_t i = 0; i < ARRAYSIZE(hashes); i++)
        if (hashes[i].hash == hash)
            return &hashes[i];
    return &none;
}

static BOOL name_has(const struct tls_info *info, const char *part)
{
    return info->cipher_suite_name && strstr(info->cipher_suite_name, part);
}

/* An AEAD has no MAC; the suite's hash (its name's end) is then what CONNECTION_INFO names. */
static const struct hash *suite_hash(const struct tls_info *info)
{
    if (info->mac != TLS_HASH_NONE)
        return find_hash(info->mac);
    return find_hash(name_has(info, "SHA384") ? TLS_HASH_SHA384 : TLS_HASH_SHA256);
}

static DWORD protocol_bit(const struct context *c, const struct tls_info *info)
{
    return protocols_of_versions(info->version, c->server);
}

/* TLS 1.2 is 0x0303. */
static DWORD protocol_number(const struct tls_info *info)
{
    switch (info->version) {
    case TLS_V1_0:
        return 0x0301;
    case TLS_V1_1:
        return 0x0302;
    case TLS_V1_2:
        return 0x0303;
    case TLS_V1_3:
        return 0x0304;
    case DTLS_V1_0:
        return 0xfeff;
    case DTLS_V1_2:
        return 0xfefd;
    default:
        return 0;
    }
}

static ALG_ID exchange_algorithm(const struct tls_info *info)
{
    switch (info->exchange) {
    case TLS_KX_RSA:
        return CALG_RSA_KEYX;
    case TLS_KX_ECDHE:
        return CALG_ECDH_EPHEM;
    case TLS_KX_DHE:
        return CALG_DH_EPHEM;
    default:
        return 0;
    }
}

SECURITY_STATUS query_connection_info(struct context *c, void *buffer)
{
    SecPkgContext_ConnectionInfo *out = buffer;
    struct tls_info info;
    enum status s = tls_query(c->tls, &info);
    if (s != ST_OK)
        return schannel_status(s, c->tls);
    out->dwProtocol = protocol_bit(c, &info);
    out->aiCipher = find_cipher(&info)->algorithm;
    out->dwCipherStrength = info.cipher_bits;
    out->aiHash = suite_hash(&info)->algorithm;
    out->dwHashStrength = info.mac_bits;
    out->aiExch = exchange_algorithm(&info);
    out->dwExchStrength = info.exchange_bits;
    return SEC_E_OK;
}

static void set_text(WCHAR *out, const WCHAR *text)
{
    lstrcpynW(out, text, SZ_ALG_MAX_SIZE);
}

static void set_suite_name(WCHAR *out, const char *name)
{
    out[0] = 0;
    if (name)
        MultiByteToWideChar(CP_UTF8, 0, name, -1, out, SZ_ALG_MAX_SIZE);
    out[SZ_ALG_MAX_SIZE - 1] = 0;
}

static const WCHAR *exchange_word(const struct tls_info *info)
{
    switch (info->exchange) {
    case TLS_KX_RSA:
        return L"RSA";
    case TLS_KX_ECDHE:
        return L"ECDH";
    case TLS_KX_DHE:
        return L"DH";
    default:
        return L"PSK";
    }
}

/* In TLS 1.3 neither is part of the suite. */
static const WCHAR *exchange_name(const struct tls_info *info)
{
    return info->version == TLS_V1_3 ? L"" : exchange_word(info);
}

static const WCHAR *certificate_name(const struct tls_info *info)
{
    if (info->version == TLS_V1_3)
        return L"";
    return name_has(info, "ECDSA") ? L"ECDSA" : L"RSA";
}

SECURITY_STATUS query_cipher_info(struct context *c, void *buffer)
{
    SecPkgContext_CipherInfo *out = buffer;
    struct tls_info info;
    enum status s = tls_query(c->tls, &info);
    if (s != ST_OK)
        return schannel_status(s, c->tls);
    const struct cipher *cipher = find_cipher(&info);
    ZeroMemory(out, sizeof(*out));
    out->dwVersion = SECPKGCONTEXT_CIPHERINFO_V1;
    out->dwProtocol = protocol_number(&info);
    out->dwCipherSuite = out->dwBaseCipherSuite = info.cipher_suite;
    set_suite_name(out->szCipherSuite, info.cipher_suite_name);
    set_text(out->szCipher, cipher->name);
    out->dwCipherLen = info.cipher_bits;
    out->dwCipherBlockLen = cipher->block;
    set_text(out->szHash, find_hash(info.mac)->name);
    out->dwHashLen = info.mac_bits;
    set_text(out->szExchange, exchange_name(&info));
    out->dwMinExchangeLen = 0;
    out->dwMaxExchangeLen = 65536;
    set_text(out->szCertificate, certificate_name(&info));
    out->dwKeyType = info.group;
    return SEC_E_OK;
}

/* As CIPHER_INFO, but for what was used where a suite of TLS 1.3 does not say it. */
SECURITY_STATUS query_connection_info_ex(struct context *c, void *buffer)
{
    SecPkgContext_ConnectionInfoEx *out = buffer;
    struct tls_info info;
    enum status s = tls_query(c->tls, &info);
    if (s != ST_OK)
        return schannel_status(s, c->tls);
    ZeroMemory(out, sizeof(*out));
    out->dwVersion = SECPKGCONTEXT_CONNECTION_INFO_EX_V1;
    out->dwProtocol = protocol_bit(c, &info);
    set_text(out->szCipher, find_cipher(&info)->name);
    out->dwCipherStrength = info.cipher_bits;
    set_text(out->szHash, suite_hash(&info)->name);
    out->dwHashStrength = info.mac_bits;
    set_text(out->szExchange, exchange_word(&info));
    out->dwExchStrength = info.exchange_bits;
    return SEC_E_OK;
}

/* The kind of the server's key, which TLS 1.3's suites do not name. FALSE where nobody showed one. */
static BOOL server_is_ecdsa(struct context *c)
{
    const struct bytes *chain;
    size_t count = 0;
    struct bytes leaf = {0};
    if (c->server && tls_own_certificate(c->tls, &leaf) != ST_OK)
        return FALSE;
    if (!c->server && tls_peer_chain(c->tls, &chain, &count) == ST_OK && count)
        leaf = chain[0];
    PCCERT_CONTEXT certificate =
            CertCreateCertificateContext(X509_ASN_ENCODING, leaf.data, (DWORD)leaf.size);
    if (!certificate)
        return FALSE;
    const char *kind = certificate->pCertInfo->SubjectPublicKeyInfo.Algorithm.pszObjId;
    BOOL ecdsa = !strcmp(kind, szOID_ECC_PUBLIC_KEY);
    CertFreeCertificateContext(certificate);
    return ecdsa;
}

/* The signature algorithm is the kind of the server's key (Wine's conformance tests, verified on Windows). */
SECURITY_STATUS query_key_info(struct context *c, void *buffer)
{
    SecPkgContext_KeyInfoW *out = buffer;
    struct tls_info info;
    enum status s = tls_query(c->tls, &info);
    if (s != ST_OK)
        return schannel_status(s, c->tls);
    const struct cipher *cipher = find_cipher(&info);
    BOOL ecdsa = server_is_ecdsa(c);
    WCHAR *signature = ssp_heap_text(ssp_text(ecdsa ? L"ECDSA" : L"RSA"));
    WCHAR *encryption = ssp_heap_text(ssp_text(cipher->name));
    if (!signature || !encryption) {
        ssp_heap_free(signature);
        ssp_heap_free(encryption);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    out->sSignatureAlgorithmName = signature;
    out->sEncryptAlgorithmName = encryption;
    out->KeySize = info.cipher_bits;
    out->SignatureAlgorithm = ecdsa ? CALG_ECDSA : CALG_RSA_SIGN;
    out->EncryptAlgorithm = cipher->algorithm;
    return SEC_E_OK;
}
