/* Rules against what we offer: one table of the latter, in GnuTLS's words. What is in no row is
 * never offered (config.c), so no rule is needed for it. */
#include <gnutls/x509.h>
#include "internal.h"
#include "base/log.h"

enum kind { KIND_CIPHER, KIND_MAC, KIND_EXCHANGE, KIND_GROUP, KIND_SIGN };

/* OTHER: of a cipher the hash of its suites (an AEAD has one), of an exchange what its suites sign
 * with, of a signature its hash. */
static const struct element {
    enum kind kind;
    const char *word;
    enum tls_algorithm algorithm, other;
    unsigned bits, mode;
} elements[] = {
        {KIND_CIPHER, "AES-256-GCM", TLS_ALG_AES, TLS_ALG_SHA384, 256, TLS_MODE_GCM},
        {KIND_CIPHER, "AES-128-GCM", TLS_ALG_AES, TLS_ALG_SHA256, 128, TLS_MODE_GCM},
        {KIND_CIPHER, "CHACHA20-POLY1305", TLS_ALG_CHACHA20, TLS_ALG_SHA256, 256, 0},
        {KIND_CIPHER, "AES-256-CBC", TLS_ALG_AES, TLS_ALG_ANY, 256, TLS_MODE_CBC},
        {KIND_CIPHER, "AES-128-CBC", TLS_ALG_AES, TLS_ALG_ANY, 128, TLS_MODE_CBC},

        {KIND_MAC, "SHA1", TLS_ALG_SHA1, TLS_ALG_ANY, 0, TLS_MODE_CBC},
        {KIND_MAC, "SHA256", TLS_ALG_SHA256, TLS_ALG_ANY, 0, TLS_MODE_CBC},
        {KIND_MAC, "SHA384", TLS_ALG_SHA384, TLS_ALG_ANY, 0, TLS_MODE_CBC},

        {KIND_EXCHANGE, "ECDHE-ECDSA", TLS_ALG_ECDH, TLS_ALG_ECDSA, 0, 0},
        {KIND_EXCHANGE, "ECDHE-RSA", TLS_ALG_ECDH, TLS_ALG_RSA, 0, 0},
        {KIND_EXCHANGE, "DHE-RSA", TLS_ALG_DH, TLS_ALG_RSA, 0, 0},
        {KIND_EXCHANGE, "RSA", TLS_ALG_RSA, TLS_ALG_RSA, 0, 0},

        {KIND_GROUP, "GROUP-SECP256R1", TLS_ALG_ECDH, TLS_ALG_ANY, 256, 0},
        {KIND_GROUP, "GROUP-SECP384R1", TLS_ALG_ECDH, TLS_ALG_ANY, 384, 0},
        {KIND_GROUP, "GROUP-SECP521R1", TLS_ALG_ECDH, TLS_ALG_ANY, 521, 0},
        {KIND_GROUP, "GROUP-X25519", TLS_ALG_ECDH, TLS_ALG_ANY, 255, 0},
        {KIND_GROUP, "GROUP-X448", TLS_ALG_ECDH, TLS_ALG_ANY, 448, 0},
        {KIND_GROUP, "GROUP-FFDHE2048", TLS_ALG_DH, TLS_ALG_ANY, 2048, 0},
        {KIND_GROUP, "GROUP-FFDHE3072", TLS_ALG_DH, TLS_ALG_ANY, 3072, 0},
        {KIND_GROUP, "GROUP-FFDHE4096", TLS_ALG_DH, TLS_ALG_ANY, 4096, 0},
        {KIND_GROUP, "GROUP-FFDHE6144", TLS_ALG_DH, TLS_ALG_ANY, 6144, 0},
        {KIND_GROUP, "GROUP-FFDHE8192", TLS_ALG_DH, TLS_ALG_ANY, 8192, 0},

        {KIND_SIGN, "SIGN-RSA-SHA256", TLS_ALG_RSA_PKCS1, TLS_ALG_SHA256, 0, 0},
        {KIND_SIGN, "SIGN-RSA-SHA384", TLS_ALG_RSA_PKCS1, TLS_ALG_SHA384, 0, 0},
        {KIND_SIGN, "SIGN-RSA-SHA512", TLS_ALG_RSA_PKCS1, TLS_ALG_SHA512, 0, 0},
        {KIND_SIGN, "SIGN-RSA-SHA1", TLS_ALG_RSA_PKCS1, TLS_ALG_SHA1, 0, 0},
        {KIND_SIGN, "SIGN-RSA-PSS-SHA256", TLS_ALG_RSA_PSS, TLS_ALG_SHA256, 0, 0},
        {KIND_SIGN, "SIGN-RSA-PSS-SHA384", TLS_ALG_RSA_PSS, TLS_ALG_SHA384, 0, 0},
        {KIND_SIGN, "SIGN-RSA-PSS-SHA512", TLS_ALG_RSA_PSS, TLS_ALG_SHA512, 0, 0},
        {KIND_SIGN, "SIGN-RSA-PSS-RSAE-SHA256", TLS_ALG_RSA_PSS, TLS_ALG_SHA256, 0, 0},
        {KIND_SIGN, "SIGN-RSA-PSS-RSAE-SHA384", TLS_ALG_RSA_PSS, TLS_ALG_SHA384, 0, 0},
        {KIND_SIGN, "SIGN-RSA-PSS-RSAE-SHA512", TLS_ALG_RSA_PSS, TLS_ALG_SHA512, 0, 0},
        {KIND_SIGN, "SIGN-ECDSA-SHA256", TLS_ALG_ECDSA, TLS_ALG_SHA256, 0, 0},
        {KIND_SIGN, "SIGN-ECDSA-SHA384", TLS_ALG_ECDSA, TLS_ALG_SHA384, 0, 0},
        {KIND_SIGN, "SIGN-ECDSA-SHA512", TLS_ALG_ECDSA, TLS_ALG_SHA512, 0, 0},
        {KIND_SIGN, "SIGN-ECDSA-SHA1", TLS_ALG_ECDSA, TLS_ALG_SHA1, 0, 0},
        {KIND_SIGN, "SIGN-ECDSA-SECP256R1-SHA256", TLS_ALG_ECDSA, TLS_ALG_SHA256, 256, 0},
        {KIND_SIGN, "SIGN-ECDSA-SECP384R1-SHA384", TLS_ALG_ECDSA, TLS_ALG_SHA384, 384, 0},
        {KIND_SIGN, "SIGN-ECDSA-SECP521R1-SHA512", TLS_ALG_ECDSA, TLS_ALG_SHA512, 521, 0},
        {KIND_SIGN, "SIGN-EdDSA-Ed25519", TLS_ALG_EDDSA, TLS_ALG_SHA512, 0, 0},
        {KIND_SIGN, "SIGN-EdDSA-Ed448", TLS_ALG_EDDSA, TLS_ALG_ANY, 0, 0},
};

static bool sized(const struct tls_rule *r)
{
    return r->min || r->max || r->exact;
}

/* BITS 0: the element has no size of its own; then only rules without sizes hit it. */
static bool hits_size(const struct tls_rule *r, unsigned bits)
{
    if (!sized(r))
        return true;
    return bits && (bits == r->exact || bits < r->min || (r->max && bits > r->max));
}

static bool hits_mode(const struct tls_rule *r, unsigned mode)
{
    return !r->modes || r->modes & mode;
}

static bool hits_name(const struct tls_rule *r, enum tls_algorithm algorithm)
{
    if (r->algorithm == TLS_ALG_ANY || r->algorithm == algorithm)
        return true;
    return r->algorithm == TLS_ALG_RSA &&
           (algorithm == TLS_ALG_RSA_PKCS1 || algorithm == TLS_ALG_RSA_PSS);
}

/* A hash of certificates' signatures has no size: what has one is a key. */
static bool hits_hash(const struct tls_rule *r, enum tls_algorithm hash)
{
    return hash != TLS_ALG_ANY && r->algorithm == hash && !sized(r);
}

static bool hits(const struct tls_rule *r, const struct element *e)
{
    switch (r->use) {
    case TLS_USE_CIPHER:
        return e->kind == KIND_CIPHER && hits_name(r, e->algorithm) && hits_mode(r, e->mode) &&
               hits_size(r, e->bits);
    case TLS_USE_DIGEST:
        if (e->kind == KIND_MAC)
            return hits_hash(r, e->algorithm) && hits_mode(r, e->mode);
        return e->kind == KIND_CIPHER && hits_hash(r, e->other) && hits_mode(r, e->mode);
    case TLS_USE_EXCHANGE:
        if (e->kind == KIND_GROUP)
            return hits_name(r, e->algorithm) && hits_size(r, e->bits);
        return e->kind == KIND_EXCHANGE && hits_name(r, e->algorithm) && !sized(r);
    case TLS_USE_SIGNATURE:
        if (e->kind == KIND_EXCHANGE)
            return hits_name(r, e->other) && !sized(r);
        return e->kind == KIND_SIGN && hits_name(r, e->algorithm) && hits_size(r, e->bits);
    case TLS_USE_CERT_SIGNATURE:
        return e->kind == KIND_SIGN && (hits_hash(r, e->other) ||
                                               (hits_name(r, e->algorithm) && hits_size(r, e->bits)));
    default:
        return false;
    }
}

static bool is_off(const struct tls_limits *limits, const struct element *e)
{
    for (size_t i = 0; i < limits->count; i++)
        if (hits(&limits->rules[i], e))
            return true;
    return false;
}

static void put(struct writer *w, const char *text)
{
    size_t size = 0;
    while (text[size])
        size++;
    writer_bytes(w, bytes_of(text, size));
}

void limits_put(struct writer *w, const struct tls_limits *limits)
{
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
        if (is_off(limits, &elements[i])) {
            put(w, ":-");
            put(w, elements[i].word);
        }
}

enum status tls_limits_add(struct tls_limits *limits, const struct tls_rule *rule)
{
    if (limits->count == TLS_RULES_MAX)
        return ST_BAD_ARGUMENT;
    limits->rules[limits->count++] = *rule;
    return ST_OK;
}

bool tls_limits_leave(const struct tls_limits *limits, const struct tls_rule *which)
{
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
        if (hits(which, &elements[i]) && !is_off(limits, &elements[i]))
            return true;
    return false;
}

enum status tls_limits_join(struct tls_limits *limits, const struct tls_limits *more)
{
    enum status status = ST_OK;
    for (size_t i = 0; i < more->count && !status; i++)
        status = tls_limits_add(limits, &more->rules[i]);
    return status;
}

/* ---- what only shows when the peer's certificates and parameters are there ---- */

static enum tls_algorithm of_key(int pk)
{
    switch (pk) {
    case GNUTLS_PK_RSA:
        return TLS_ALG_RSA;
    case GNUTLS_PK_RSA_PSS:
        return TLS_ALG_RSA_PSS;
    case GNUTLS_PK_ECDSA:
        return TLS_ALG_ECDSA;
    case GNUTLS_PK_DSA:
        return TLS_ALG_DSA;
    case GNUTLS_PK_EDDSA_ED25519:
    case GNUTLS_PK_EDDSA_ED448:
        return TLS_ALG_EDDSA;
    default:
        return TLS_ALG_ANY;
    }
}

static enum tls_algorithm of_hash(gnutls_digest_algorithm_t hash)
{
    switch (hash) {
    case GNUTLS_DIG_MD5:
        return TLS_ALG_MD5;
    case GNUTLS_DIG_SHA1:
        return TLS_ALG_SHA1;
    case GNUTLS_DIG_SHA224:
        return TLS_ALG_SHA224;
    case GNUTLS_DIG_SHA256:
        return TLS_ALG_SHA256;
    case GNUTLS_DIG_SHA384:
        return TLS_ALG_SHA384;
    case GNUTLS_DIG_SHA512:
        return TLS_ALG_SHA512;
    default:
        return TLS_ALG_ANY;
    }
}

static bool key_is_off(const struct tls_limits *limits, enum tls_algorithm key, unsigned bits,
        bool exchanges)
{
    for (size_t i = 0; i < limits->count; i++) {
        const struct tls_rule *r = &limits->rules[i];
        bool meant = r->use == TLS_USE_SIGNATURE || (r->use == TLS_USE_EXCHANGE && exchanges) ||
                     (r->use == TLS_USE_CERT_SIGNATURE && sized(r));
        bool named = hits_name(r, key) || (key == TLS_ALG_RSA && r->algorithm == TLS_ALG_RSA);
        if (meant && named && hits_size(r, bits))
            return true;
    }
    return false;
}

static bool signature_is_off(const struct tls_limits *limits, gnutls_sign_algorithm_t sign)
{
    enum tls_algorithm hash = of_hash(gnutls_sign_get_hash_algorithm(sign));
    enum tls_algorithm key = of_key(gnutls_sign_get_pk_algorithm(sign));
    if (key == TLS_ALG_RSA)
        key = TLS_ALG_RSA_PKCS1;
    for (size_t i = 0; i < limits->count; i++) {
        const struct tls_rule *r = &limits->rules[i];
        if (r->use == TLS_USE_CERT_SIGNATURE && !sized(r) &&
                (hits_hash(r, hash) || hits_name(r, key)))
            return true;
    }
    return false;
}

/* The signature on a root is nobody's: it is trusted for itself. One that merely bears its issuer's name
 * (self-issued, RFC 5280 3.2) was signed by somebody like any other. */
static bool certificate_is_off(const struct tls_limits *limits, gnutls_x509_crt_t certificate,
        struct bytes der, bool is_leaf, bool exchanges)
{
    unsigned bits = 0;
    int pk = gnutls_x509_crt_get_pk_algorithm(certificate, &bits);
    int sign = gnutls_x509_crt_get_signature_algorithm(certificate);
    if (is_leaf && (pk < 0 || key_is_off(limits, of_key(pk), bits, exchanges)))
        return true;
    bool off = sign < 0 || signature_is_off(limits, (gnutls_sign_algorithm_t)sign);
    return off && !certificate_signs_itself(certificate, der);
}

static enum status check_certificate(
        const struct tls_limits *limits, struct bytes der, bool is_leaf, bool exchanges)
{
    gnutls_x509_crt_t certificate;
    gnutls_datum_t data = {(unsigned char *)(uintptr_t)der.data, (unsigned)der.size};
    if (gnutls_x509_crt_init(&certificate) < 0)
        return ST_NO_MEMORY;
    enum status status = ST_OK;
    if (gnutls_x509_crt_import(certificate, &data, GNUTLS_X509_FMT_DER) < 0 ||
            certificate_is_off(limits, certificate, der, is_leaf, exchanges))
        status = ST_NO_COMMON_ALGORITHM;
    gnutls_x509_crt_deinit(certificate);
    return status;
}

enum status limits_check_chain(const struct tls_limits *limits, const struct bytes *chain,
        size_t count, bool exchanges)
{
    enum status status = ST_OK;
    for (size_t i = 0; i < count && !status; i++)
        status = check_certificate(limits, chain[i], i == 0, exchanges);
    if (status)
        log_warn("tls", "a key or a signature of the chain is of a kind that is turned off");
    return status;
}

bool limits_allow_key(const struct tls_limits *limits, struct bytes der)
{
    gnutls_x509_crt_t certificate;
    unsigned bits = 0;
    gnutls_datum_t data = {(unsigned char *)(uintptr_t)der.data, (unsigned)der.size};
    if (gnutls_x509_crt_init(&certificate) < 0)
        return false;
    bool ok = gnutls_x509_crt_import(certificate, &data, GNUTLS_X509_FMT_DER) >= 0;
    int pk = ok ? gnutls_x509_crt_get_pk_algorithm(certificate, &bits) : -1;
    gnutls_x509_crt_deinit(certificate);
    return pk >= 0 && !key_is_off(limits, of_key(pk), bits, false);
}

enum status limits_check_group(const struct tls_limits *limits, unsigned prime_bits)
{
    struct element prime = {KIND_GROUP, "", TLS_ALG_DH, TLS_ALG_ANY, prime_bits, 0};
    if (!prime_bits || !is_off(limits, &prime))
        return ST_OK;
    log_warn("tls", "a Diffie-Hellman prime of %u bits is turned off", prime_bits);
    return ST_NO_COMMON_ALGORITHM;
}
