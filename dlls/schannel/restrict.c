/* What a program turns off, as rules of libs/tls: CRYPTO_SETTINGS, palgSupportedAlgs, cipher strengths
 * ("CRYPTO_SETTINGS structure", "SCHANNEL_CRED structure"; schannel.h of the SDK: bit lengths below
 * the minimum and above the maximum are turned off). */
#include "schannel.h"

/* CNG algorithm identifiers. Those that name a curve imply its size. */
static const struct name {
    const WCHAR *name;
    enum tls_algorithm algorithm;
    unsigned exact;
} names[] = {
        {L"RSA", TLS_ALG_RSA, 0},
        {L"RSA_SIGN", TLS_ALG_RSA, 0},
        {SCHANNEL_RSA_PSS_PADDING_ALGORITHM, TLS_ALG_RSA_PSS, 0},
        {SCHANNEL_RSA_PKCS_PADDING_ALGORITHM, TLS_ALG_RSA_PKCS1, 0},
        {L"DSA", TLS_ALG_DSA, 0},
        {L"DH", TLS_ALG_DH, 0},
        {L"DHE", TLS_ALG_DH, 0},
        {L"ECDH", TLS_ALG_ECDH, 0},
        {L"ECDHE", TLS_ALG_ECDH, 0},
        {L"ECDH_P256", TLS_ALG_ECDH, 256},
        {L"ECDH_P384", TLS_ALG_ECDH, 384},
        {L"ECDH_P521", TLS_ALG_ECDH, 521},
        {L"curve25519", TLS_ALG_ECDH, 255},
        {L"ECDSA", TLS_ALG_ECDSA, 0},
        {L"ECDSA_P256", TLS_ALG_ECDSA, 256},
        {L"ECDSA_P384", TLS_ALG_ECDSA, 384},
        {L"ECDSA_P521", TLS_ALG_ECDSA, 521},
        {L"AES", TLS_ALG_AES, 0},
        {L"3DES", TLS_ALG_3DES, 0},
        {L"CHACHA20_POLY1305", TLS_ALG_CHACHA20, 0},
        {L"MD5", TLS_ALG_MD5, 0},
        {L"SHA1", TLS_ALG_SHA1, 0},
        {L"SHA256", TLS_ALG_SHA256, 0},
        {L"SHA384", TLS_ALG_SHA384, 0},
        {L"SHA512", TLS_ALG_SHA512, 0},
};

static const struct {
    const WCHAR *name;
    unsigned mode;
} modes[] = {
        {L"ChainingModeCBC", TLS_MODE_CBC},
        {L"ChainingModeGCM", TLS_MODE_GCM},
        {L"ChainingModeCCM", TLS_MODE_CCM},
};

static const enum tls_use uses[] = {
        [TlsParametersCngAlgUsageKeyExchange] = TLS_USE_EXCHANGE,
        [TlsParametersCngAlgUsageSignature] = TLS_USE_SIGNATURE,
        [TlsParametersCngAlgUsageCipher] = TLS_USE_CIPHER,
        [TlsParametersCngAlgUsageDigest] = TLS_USE_DIGEST,
        [TlsParametersCngAlgUsageCertSig] = TLS_USE_CERT_SIGNATURE,
};

BOOL unicode_ok(const UNICODE_STRING *text)
{
    return !(text->Length % sizeof(WCHAR)) && (text->Buffer || !text->Length);
}

/* curl counts the NUL as well. */
static BOOL is_text(const UNICODE_STRING *text, const WCHAR *name)
{
    int length = text->Length / (int)sizeof(WCHAR);
    if (length && !text->Buffer[length - 1])
        length--;
    return length && length == lstrlenW(name) &&
           CompareStringOrdinal(text->Buffer, length, name, length, TRUE) == CSTR_EQUAL;
}

static const struct name *find_name(const UNICODE_STRING *text)
{
    for (size_t i = 0; i < ARRAYSIZE(names); i++)
        if (is_text(text, names[i].name))
            return &names[i];
    return NULL;
}

static SECURITY_STATUS read_modes(const CRYPTO_SETTINGS *from, unsigned *bits)
{
    *bits = 0;
    if (from->cChainingModes > SCH_CRED_MAX_SUPPORTED_CHAINING_MODES ||
            (from->cChainingModes && !from->rgstrChainingModes))
        return SEC_E_INVALID_PARAMETER;
    for (DWORD i = 0; i < from->cChainingModes; i++) {
        if (!unicode_ok(&from->rgstrChainingModes[i]))
            return SEC_E_INVALID_PARAMETER;
        for (size_t j = 0; j < ARRAYSIZE(modes); j++)
            if (is_text(&from->rgstrChainingModes[i], modes[j].name))
                *bits |= modes[j].mode;
    }
    return SEC_E_OK;
}

/* "Cryptographic settings are ignored if the specified algorithm is not used by a supported, enabled
 * cipher suite or an available credential": so are names and modes that we have none of. */
SECURITY_STATUS restrict_crypto(const CRYPTO_SETTINGS *from, struct tls_limits *limits)
{
    struct tls_rule rule = {.min = from->dwMinBitLength, .max = from->dwMaxBitLength};
    if ((size_t)from->eAlgorithmUsage >= ARRAYSIZE(uses) || !unicode_ok(&from->strCngAlgId))
        return SEC_E_INVALID_PARAMETER;
    SECURITY_STATUS s = read_modes(from, &rule.modes);
    if (s != SEC_E_OK)
        return s;
    const struct name *name = find_name(&from->strCngAlgId);
    if (!name || (from->cChainingModes && !rule.modes)) {
        log_debug(ROOM, "CRYPTO_SETTINGS: nothing that is offered is meant");
        return SEC_E_OK;
    }
    rule.use = uses[from->eAlgorithmUsage];
    rule.algorithm = name->algorithm;
    rule.exact = name->exact;
    return schannel_status(tls_limits_add(limits, &rule), NULL);
}

/* Algorithms with an ALG_ID. RULE hits what the id stands for. ChaCha20-Poly1305, which has none, is
 * gone as soon as a list names ciphers. */
static const struct algorithm {
    ALG_ID id;
    struct tls_rule rule;
} algorithms[] = {
        {CALG_AES_256, {TLS_USE_CIPHER, TLS_ALG_AES, 0, 0, 128, 0}},
        {CALG_AES_128, {TLS_USE_CIPHER, TLS_ALG_AES, 0, 256, 0, 0}},
        {CALG_SHA_384, {TLS_USE_DIGEST, TLS_ALG_SHA384, 0, 0, 0, 0}},
        {CALG_SHA_256, {TLS_USE_DIGEST, TLS_ALG_SHA256, 0, 0, 0, 0}},
        {CALG_SHA1, {TLS_USE_DIGEST, TLS_ALG_SHA1, 0, 0, 0, 0}},
        {CALG_ECDH_EPHEM, {TLS_USE_EXCHANGE, TLS_ALG_ECDH, 0, 0, 0, 0}},
        {CALG_DH_EPHEM, {TLS_USE_EXCHANGE, TLS_ALG_DH, 0, 0, 0, 0}},
        {CALG_RSA_KEYX, {TLS_USE_EXCHANGE, TLS_ALG_RSA, 0, 0, 0, 0}},
        {CALG_RSA_SIGN, {TLS_USE_SIGNATURE, TLS_ALG_RSA, 0, 0, 0, 0}},
        {CALG_ECDSA, {TLS_USE_SIGNATURE, TLS_ALG_ECDSA, 0, 0, 0, 0}},
};

static BOOL lists(const ALG_ID *list, DWORD count, ALG_ID id)
{
    for (DWORD i = 0; i < count; i++)
        if (list[i] == id)
            return TRUE;
    return FALSE;
}

static BOOL lists_class(const ALG_ID *list, DWORD count, ALG_ID id)
{
    for (DWORD i = 0; i < count; i++)
        if (GET_ALG_CLASS(list[i]) == GET_ALG_CLASS(id))
            return TRUE;
    return FALSE;
}

/* A list restricts the classes (ciphers, hashes, exchanges, signatures) that it names something of:
 * curl's users pass a hash alone and get along (curl issue 3389). */
SECURITY_STATUS restrict_to_algorithms(const ALG_ID *list, DWORD count, struct tls_limits *limits)
{
    static const struct tls_rule chacha = {TLS_USE_CIPHER, TLS_ALG_CHACHA20, 0, 0, 0, 0};
    enum status s = ST_OK;
    for (size_t i = 0; i < ARRAYSIZE(algorithms) && s == ST_OK; i++)
        if (lists_class(list, count, algorithms[i].id) && !lists(list, count, algorithms[i].id))
            s = tls_limits_add(limits, &algorithms[i].rule);
    if (s == ST_OK && lists_class(list, count, CALG_AES_128))
        s = tls_limits_add(limits, &chacha);
    return schannel_status(s, NULL);
}

/* "If this member is -1, only the SSL3/TLS MAC-only cipher suites are enabled": we have none. */
SECURITY_STATUS restrict_strength(DWORD least, DWORD most, struct tls_limits *limits)
{
    struct tls_rule rule = {.use = TLS_USE_CIPHER, .min = least, .max = most};
    if (least == (DWORD)-1 || most == (DWORD)-1)
        return SEC_E_ALGORITHM_MISMATCH;
    if (!least && !most)
        return SEC_E_OK;
    return schannel_status(tls_limits_add(limits, &rule), NULL);
}

SECURITY_STATUS query_algorithms(const struct credential *c, void *buffer)
{
    SecPkgCred_SupportedAlgs *out = buffer;
    ALG_ID *list = ssp_heap_alloc(ARRAYSIZE(algorithms) * sizeof(*list));
    DWORD count = 0;
    if (!list)
        return SEC_E_INSUFFICIENT_MEMORY;
    for (size_t i = 0; i < ARRAYSIZE(algorithms); i++)
        if (tls_limits_leave(&c->limits, &algorithms[i].rule))
            list[count++] = algorithms[i].id;
    out->palgSupportedAlgs = list;
    out->cSupportedAlgs = count;
    return SEC_E_OK;
}

/* Of the ciphers that are left: 128 and 256 bits are all there are. */
SECURITY_STATUS query_strengths(const struct credential *c, void *buffer)
{
    static const struct tls_rule to128 = {TLS_USE_CIPHER, TLS_ALG_ANY, 0, 256, 0, 0},
                                 from256 = {TLS_USE_CIPHER, TLS_ALG_ANY, 0, 0, 128, 0};
    SecPkgCred_CipherStrengths *out = buffer;
    out->dwMinimumCipherStrength = tls_limits_leave(&c->limits, &to128) ? 128 : 256;
    out->dwMaximumCipherStrength = tls_limits_leave(&c->limits, &from256) ? 256 : 128;
    return SEC_E_OK;
}
