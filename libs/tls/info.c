/* What was negotiated, and whose certificates. */
#include <string.h>
#include "internal.h"

static unsigned version_of(gnutls_session_t g)
{
    switch (gnutls_protocol_get_version(g)) {
    case GNUTLS_TLS1_0:
        return TLS_V1_0;
    case GNUTLS_TLS1_1:
        return TLS_V1_1;
    case GNUTLS_TLS1_2:
        return TLS_V1_2;
    case GNUTLS_DTLS1_0:
        return DTLS_V1_0;
    case GNUTLS_DTLS1_2:
        return DTLS_V1_2;
    default:
        return TLS_V1_3;
    }
}

static enum tls_cipher cipher_of(gnutls_cipher_algorithm_t cipher)
{
    switch (cipher) {
    case GNUTLS_CIPHER_AES_128_GCM:
    case GNUTLS_CIPHER_AES_256_GCM:
        return TLS_CIPHER_AES_GCM;
    case GNUTLS_CIPHER_AES_128_CBC:
    case GNUTLS_CIPHER_AES_256_CBC:
        return TLS_CIPHER_AES_CBC;
    case GNUTLS_CIPHER_AES_128_CCM:
    case GNUTLS_CIPHER_AES_256_CCM:
    case GNUTLS_CIPHER_AES_128_CCM_8:
    case GNUTLS_CIPHER_AES_256_CCM_8:
        return TLS_CIPHER_AES_CCM;
    case GNUTLS_CIPHER_CHACHA20_POLY1305:
        return TLS_CIPHER_CHACHA20;
    case GNUTLS_CIPHER_3DES_CBC:
        return TLS_CIPHER_3DES;
    default:
        return TLS_CIPHER_NONE;
    }
}

static enum tls_hash hash_of(gnutls_mac_algorithm_t mac)
{
    switch (mac) {
    case GNUTLS_MAC_MD5:
        return TLS_HASH_MD5;
    case GNUTLS_MAC_SHA1:
        return TLS_HASH_SHA1;
    case GNUTLS_MAC_SHA256:
        return TLS_HASH_SHA256;
    case GNUTLS_MAC_SHA384:
        return TLS_HASH_SHA384;
    default:
        return TLS_HASH_NONE;
    }
}

static enum tls_exchange exchange_of(gnutls_kx_algorithm_t kx)
{
    switch (kx) {
    case GNUTLS_KX_RSA:
        return TLS_KX_RSA;
    case GNUTLS_KX_DHE_RSA:
    case GNUTLS_KX_DHE_DSS:
        return TLS_KX_DHE;
    case GNUTLS_KX_PSK:
    case GNUTLS_KX_DHE_PSK:
    case GNUTLS_KX_ECDHE_PSK:
        return TLS_KX_PSK;
    default:
        return TLS_KX_ECDHE;
    }
}

/* The number has no accessor: GnuTLS lists all suites with theirs. In TLS 1.3 a suite has no
 * exchange. */
static uint16_t suite_number(gnutls_session_t g)
{
    bool tls13 = gnutls_protocol_get_version(g) == GNUTLS_TLS1_3;
    gnutls_kx_algorithm_t want = tls13 ? GNUTLS_KX_UNKNOWN : gnutls_kx_get(g);
    unsigned char id[2];
    gnutls_kx_algorithm_t kx;
    gnutls_cipher_algorithm_t cipher;
    gnutls_mac_algorithm_t mac;
    for (size_t i = 0; gnutls_cipher_suite_info(i, id, &kx, &cipher, &mac, NULL); i++)
        if (kx == want && cipher == gnutls_cipher_get(g) && mac == gnutls_mac_get(g))
            return (uint16_t)(id[0] << 8 | id[1]);
    return 0;
}

static unsigned rsa_bits(struct tls_session *s)
{
    struct bytes shown = identity_leaf(s);
    gnutls_datum_t own = {(unsigned char *)(uintptr_t)shown.data, (unsigned)shown.size};
    const gnutls_datum_t *leaf;
    gnutls_x509_crt_t certificate;
    unsigned bits = 0, count = 0;
    leaf = s->config->role == TLS_SERVER ? &own : gnutls_certificate_get_peers(s->gnutls, &count);
    if (!leaf || gnutls_x509_crt_init(&certificate) < 0)
        return 0;
    if (gnutls_x509_crt_import(certificate, leaf, GNUTLS_X509_FMT_DER) < 0 ||
            gnutls_x509_crt_get_pk_algorithm(certificate, &bits) < 0)
        bits = 0;
    gnutls_x509_crt_deinit(certificate);
    return bits;
}

static unsigned curve_bits(gnutls_ecc_curve_t curve)
{
    switch (curve) {
    case GNUTLS_ECC_CURVE_X25519:
        return 255;
    case GNUTLS_ECC_CURVE_X448:
        return 448;
    case GNUTLS_ECC_CURVE_SECP521R1:
        return 521;
    default:
        return (unsigned)gnutls_ecc_curve_get_size(curve) * 8;
    }
}

static unsigned exchange_bits(struct tls_session *s, enum tls_exchange exchange)
{
    if (exchange == TLS_KX_RSA)
        return rsa_bits(s);
    if (exchange == TLS_KX_DHE) {
        int bits = gnutls_dh_get_prime_bits(s->gnutls);
        return bits > 0 ? (unsigned)bits : 0;
    }
    return curve_bits(gnutls_ecc_curve_get(s->gnutls));
}

/* RFC 8446 4.2.7, RFC 7919; 0 where there is none. */
static uint16_t group_number(gnutls_session_t session)
{
    static const struct {
        gnutls_group_t group;
        uint16_t number;
    } groups[] = {
            {GNUTLS_GROUP_SECP256R1, 23},
            {GNUTLS_GROUP_SECP384R1, 24},
            {GNUTLS_GROUP_SECP521R1, 25},
            {GNUTLS_GROUP_X25519, 29},
            {GNUTLS_GROUP_X448, 30},
            {GNUTLS_GROUP_FFDHE2048, 256},
            {GNUTLS_GROUP_FFDHE3072, 257},
            {GNUTLS_GROUP_FFDHE4096, 258},
            {GNUTLS_GROUP_FFDHE6144, 259},
            {GNUTLS_GROUP_FFDHE8192, 260},
    };
    gnutls_group_t group = gnutls_group_get(session);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (groups[i].group == group)
            return groups[i].number;
    return 0;
}

enum status tls_query(struct tls_session *s, struct tls_info *info)
{
    gnutls_datum_t alpn;
    enum status status = session_allows(s, OP_QUERY);
    if (status)
        return status;
    *info = (struct tls_info){0};
    gnutls_cipher_algorithm_t cipher = gnutls_cipher_get(s->gnutls);
    info->version = version_of(s->gnutls);
    info->cipher_suite = suite_number(s->gnutls);
    info->cipher_suite_name = gnutls_ciphersuite_get(s->gnutls);
    info->cipher_bits = (unsigned)gnutls_cipher_get_key_size(cipher) * 8;
    info->cipher = cipher_of(cipher);
    info->mac = hash_of(gnutls_mac_get(s->gnutls));
    info->mac_bits = (unsigned)s->mac * 8;
    info->exchange = exchange_of(gnutls_kx_get(s->gnutls));
    info->exchange_bits = exchange_bits(s, info->exchange);
    info->group = group_number(s->gnutls);
    info->resumed = gnutls_session_is_resumed(s->gnutls);
    info->extended_master_secret =
            s->tls13 || gnutls_session_ext_master_secret_status(s->gnutls) != 0;
    info->encrypt_then_mac = s->mac && s->encrypt_then_mac;
    info->session_id = bytes_of(s->id, s->id_size);
    info->extensions = s->extensions;
    info->extension_count = s->extension_count;
    if (gnutls_alpn_get_selected_protocol(s->gnutls, &alpn) >= 0)
        info->alpn = bytes_of(alpn.data, alpn.size);
    return ST_OK;
}

enum status tls_peer_chain(struct tls_session *s, const struct bytes **chain, size_t *count)
{
    unsigned found = 0;
    enum status status = session_allows(s, OP_QUERY);
    if (status)
        return status;
    const gnutls_datum_t *list = gnutls_certificate_get_peers(s->gnutls, &found);
    if (!list || !found || !verify_is_proven(s, list))
        found = 0;
    struct bytes *views = mem_alloc(found * sizeof *views);
    if (!views)
        return ST_NO_MEMORY;
    for (size_t i = 0; i < found; i++)
        views[i] = bytes_of(list[i].data, list[i].size);
    mem_free(s->chain, s->chain_allocated);
    s->chain = views;
    s->chain_allocated = found * sizeof *views;
    *chain = views;
    *count = found;
    return ST_OK;
}

enum status tls_own_certificate(struct tls_session *s, struct bytes *der)
{
    enum status status = session_allows(s, OP_QUERY);
    if (status)
        return status;
    /* GnuTLS knows none in a session that was taken up again. */
    bool resumed = gnutls_session_is_resumed(s->gnutls);
    bool used = resumed ? s->config->role == TLS_SERVER || s->own_certificate_sent
                        : gnutls_certificate_get_ours(s->gnutls) != NULL;
    *der = used ? identity_leaf(s) : bytes_of(NULL, 0);
    return ST_OK;
}
