/* Signature schemes by their numbers (RFC 8446 4.2.3; the older ones are a hash and an algorithm,
 * RFC 5246 7.4.1.4.1). */
#include "internal.h"

static const struct scheme {
    gnutls_sign_algorithm_t sign;
    uint16_t number;
} schemes[] = {
        {GNUTLS_SIGN_RSA_SHA1, 0x0201},
        {GNUTLS_SIGN_RSA_SHA224, 0x0301},
        {GNUTLS_SIGN_RSA_SHA256, 0x0401},
        {GNUTLS_SIGN_RSA_SHA384, 0x0501},
        {GNUTLS_SIGN_RSA_SHA512, 0x0601},
        {GNUTLS_SIGN_ECDSA_SHA1, 0x0203},
        {GNUTLS_SIGN_ECDSA_SHA224, 0x0303},
        {GNUTLS_SIGN_ECDSA_SHA256, 0x0403},
        {GNUTLS_SIGN_ECDSA_SHA384, 0x0503},
        {GNUTLS_SIGN_ECDSA_SHA512, 0x0603},
        {GNUTLS_SIGN_ECDSA_SECP256R1_SHA256, 0x0403},
        {GNUTLS_SIGN_ECDSA_SECP384R1_SHA384, 0x0503},
        {GNUTLS_SIGN_ECDSA_SECP521R1_SHA512, 0x0603},
        {GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, 0x0804},
        {GNUTLS_SIGN_RSA_PSS_RSAE_SHA384, 0x0805},
        {GNUTLS_SIGN_RSA_PSS_RSAE_SHA512, 0x0806},
        {GNUTLS_SIGN_EDDSA_ED25519, 0x0807},
        {GNUTLS_SIGN_EDDSA_ED448, 0x0808},
        {GNUTLS_SIGN_RSA_PSS_SHA256, 0x0809},
        {GNUTLS_SIGN_RSA_PSS_SHA384, 0x080a},
        {GNUTLS_SIGN_RSA_PSS_SHA512, 0x080b},
};

static uint16_t number_of(gnutls_sign_algorithm_t sign)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (schemes[i].sign == sign)
            return schemes[i].number;
    return 0;
}

/* GnuTLS has two names for some numbers. */
static void add(uint16_t *list, size_t *count, uint16_t number)
{
    if (!number || *count == TLS_SIGNATURES_MAX)
        return;
    for (size_t i = 0; i < *count; i++)
        if (list[i] == number)
            return;
    list[(*count)++] = number;
}

enum status tls_signatures(struct tls_session *s, uint16_t *list, size_t *count)
{
    gnutls_sign_algorithm_t sign;
    const unsigned *own;
    enum status status = session_allows(s, OP_QUERY);
    if (status)
        return status;
    *count = 0;
    for (size_t i = 0; !gnutls_sign_algorithm_get_requested(s->gnutls, i, &sign); i++)
        add(list, count, number_of(sign));
    if (*count)
        return ST_OK;
    int found = gnutls_priority_sign_list(s->config->priority, &own);
    for (int i = 0; i < found; i++)
        add(list, count, number_of((gnutls_sign_algorithm_t)own[i]));
    return ST_OK;
}

/* What has no digest of its own (Ed25519) is none of these. */
bool sign_is_weak(int algorithm)
{
    gnutls_digest_algorithm_t digest =
            algorithm < 0 ? GNUTLS_DIG_UNKNOWN
                          : gnutls_sign_get_hash_algorithm((gnutls_sign_algorithm_t)algorithm);
    return algorithm < 0 || digest == GNUTLS_DIG_MD2 || digest == GNUTLS_DIG_MD5 ||
           digest == GNUTLS_DIG_SHA1;
}
