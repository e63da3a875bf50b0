/* The certificate shown to the peer, and its key when we have it as bytes. */
#include <limits.h>
#include "internal.h"
#include "base/log.h"

enum { CHAIN_MAX = 16 };

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

enum status config_use_key(
        struct tls_config *c, const struct bytes *chain, size_t count, gnutls_privkey_t key)
{
    gnutls_pcert_st list[CHAIN_MAX];
    if (!count || count > CHAIN_MAX)
        return ST_BAD_ARGUMENT;
    if (c->limits && !limits_allow_key(c->limits, chain[0]))
        return ST_NO_COMMON_ALGORITHM;
    enum status status = blob_set(&c->leaf, chain[0]);
    if (!status)
        status = import_chain(list, chain, count);
    if (status)
        return status;
    int error = gnutls_certificate_set_key(c->credentials, NULL, 0, list, (int)count, key);
    if (error < 0) {
        log_warn("tls", "our certificate and key do not work together: %s", gnutls_strerror(error));
        free_list(list, count);
        return error == GNUTLS_E_MEMORY_ERROR ? ST_NO_MEMORY : ST_NO_CREDENTIALS;
    }
    c->has_key = true;
    return ST_OK;
}

enum status tls_config_set_key(
        struct tls_config *config, const struct bytes *chain, size_t count, struct bytes key_der)
{
    gnutls_privkey_t key;
    gnutls_datum_t der = datum_of(key_der);
    if (config->sealed || config->has_key)
        return ST_BAD_STATE;
    if (key_der.size > UINT_MAX)
        return ST_BAD_ARGUMENT;
    if (gnutls_privkey_init(&key) < 0)
        return ST_NO_MEMORY;
    int error = gnutls_privkey_import_x509_raw(key, &der, GNUTLS_X509_FMT_DER, NULL, 0);
    enum status status = ST_OK;
    if (error < 0) {
        log_warn("tls", "our private key cannot be read: %s", gnutls_strerror(error));
        status = error == GNUTLS_E_MEMORY_ERROR ? ST_NO_MEMORY : ST_BAD_ARGUMENT;
    }
    if (!status)
        status = config_use_key(config, chain, count, key);
    if (status)
        gnutls_privkey_deinit(key);
    return status;
}
