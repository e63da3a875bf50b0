/* The certificates shown to the peer, and their keys.
 *
 * GnuTLS takes the first certificate of its credentials whose key the peer's algorithms allow. So
 * each identity has credentials of its own: it, then its namesakes (an RSA and an ECDSA certificate
 * for one name), which are there for peers that cannot do the first. identity.c chooses among them.
 */
#include <limits.h>
#include "internal.h"
#include "base/log.h"

enum { CHAIN_MAX = 16, IDENTITIES_MAX = 100 };

static gnutls_datum_t datum_of(struct bytes b)
{
    gnutls_datum_t d = {(unsigned char *)(uintptr_t)b.data, (unsigned)b.size};
    return d;
}

static void free_list(gnutls_pcert_st *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        gnutls_pcert_deinit(&list[i]);
}

/* LIST has room for COUNT; on failure nothing is left in it. */
static enum status import_chain(gnutls_pcert_st *list, const struct bytes *chain, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        gnutls_datum_t der = datum_of(chain[i]);
        int error = chain[i].size > UINT_MAX
                            ? GNUTLS_E_MEMORY_ERROR
                            : gnutls_pcert_import_x509_raw(&list[i], &der, GNUTLS_X509_FMT_DER, 0);
        if (error < 0) {
            log_warn("tls", "certificate %zu of our chain cannot be read: %s", i,
                    gnutls_strerror(error));
            free_list(list, i);
            return error == GNUTLS_E_MEMORY_ERROR ? ST_NO_MEMORY : ST_BAD_ARGUMENT;
        }
    }
    return ST_OK;
}

/* KEY stays the caller's on failure. */
static enum status add(gnutls_certificate_credentials_t credentials, const struct bytes *chain,
        size_t count, gnutls_privkey_t key)
{
    gnutls_pcert_st list[CHAIN_MAX];
    enum status status = import_chain(list, chain, count);
    if (status)
        return status;
    int error = gnutls_certificate_set_key(credentials, NULL, 0, list, (int)count, key);
    if (error >= 0)
        return ST_OK;
    log_warn("tls", "our certificate and key do not work together: %s", gnutls_strerror(error));
    free_list(list, count);
    return error == GNUTLS_E_MEMORY_ERROR ? ST_NO_MEMORY : ST_NO_CREDENTIALS;
}

static enum status import_key(struct bytes der, gnutls_privkey_t key)
{
    gnutls_datum_t datum = datum_of(der);
    int error = der.size > UINT_MAX
                        ? GNUTLS_E_PARSING_ERROR
                        : gnutls_privkey_import_x509_raw(key, &datum, GNUTLS_X509_FMT_DER, NULL, 0);
    if (error >= 0)
        return ST_OK;
    log_warn("tls", "our private key cannot be read: %s", gnutls_strerror(error));
    return error == GNUTLS_E_MEMORY_ERROR ? ST_NO_MEMORY : ST_BAD_ARGUMENT;
}

/* FROM, once more for each of the credentials that hold it. *BRIDGE: see key_bridge. */
static enum status add_identity(gnutls_certificate_credentials_t credentials,
        const struct tls_identity *from, struct bridge **bridge)
{
    gnutls_privkey_t key;
    if (gnutls_privkey_init(&key) < 0)
        return ST_NO_MEMORY;
    enum status status =
            from->ops ? key_bridge(from->ops, key, bridge) : import_key(from->key_der, key);
    if (!status)
        status = add(credentials, from->chain, from->count, key);
    if (status) {
        gnutls_privkey_deinit(key);
        *bridge = NULL; /* gone with the key */
    }
    return status;
}

static enum status add_namesakes(struct tls_config *c, const struct tls_identity *list, size_t i)
{
    struct bridge *bridge;
    for (size_t j = 0; j < c->identity_count; j++) {
        if (j == i || !identity_shares_name(&c->identities[i], &c->identities[j]))
            continue;
        enum status status = add_identity(c->identities[i].credentials, &list[j], &bridge);
        if (status)
            return status;
    }
    return ST_OK;
}

static enum status make_identity(
        struct tls_config *c, const struct tls_identity *from, struct identity *identity)
{
    if (c->limits && !limits_allow_key(c->limits, from->chain[0]))
        return ST_NO_COMMON_ALGORITHM;
    enum status status = blob_set(&identity->leaf, from->chain[0]);
    if (!status && identity == c->identities)
        identity->credentials = c->credentials;
    else if (!status)
        status = config_new_credentials(c->role, &identity->credentials);
    if (!status)
        status = add_identity(identity->credentials, from, &identity->bridge);
    if (!status)
        status = identity_read_names(identity);
    return status;
}

static enum status check(const struct tls_config *c, const struct tls_identity *list, size_t count)
{
    if (c->sealed || c->identity_count)
        return ST_BAD_STATE;
    if (!count || count > IDENTITIES_MAX || (c->role == TLS_CLIENT && count > 1))
        return ST_BAD_ARGUMENT;
    for (size_t i = 0; i < count; i++)
        if (!list[i].count || list[i].count > CHAIN_MAX)
            return ST_BAD_ARGUMENT;
    return ST_OK;
}

enum status tls_config_set_identities(
        struct tls_config *config, const struct tls_identity *list, size_t count)
{
    enum status status = check(config, list, count);
    for (size_t i = 0; !status && i < count; i++)
        if (list[i].ops)
            status = config_restrict(config, list[i].ops);
    if (status)
        return status;
    config->identities = mem_alloc(count * sizeof *config->identities);
    if (!config->identities)
        return ST_NO_MEMORY;
    config->identity_count = count;
    for (size_t i = 0; !status && i < count; i++)
        status = make_identity(config, &list[i], &config->identities[i]);
    for (size_t i = 0; !status && i < count; i++)
        status = add_namesakes(config, list, i);
    if (status) {
        config_free_identities(config);
        return status;
    }
    for (size_t i = 0; i < count; i++)
        key_bridge_owns(config->identities[i].bridge);
    config->has_key = true;
    return ST_OK;
}

enum status tls_config_set_key(
        struct tls_config *config, const struct bytes *chain, size_t count, struct bytes key_der)
{
    struct tls_identity one = {.chain = chain, .count = count, .key_der = key_der};
    return tls_config_set_identities(config, &one, 1);
}

enum status tls_config_set_key_ops(struct tls_config *config, const struct bytes *chain,
        size_t count, const struct tls_key_ops *ops)
{
    struct tls_identity one = {.chain = chain, .count = count, .ops = ops};
    return tls_config_set_identities(config, &one, 1);
}
