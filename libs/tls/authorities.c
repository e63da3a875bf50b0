/* The authorities that a server names when it asks for a client's certificate. GnuTLS takes them from the
 * credentials' trust list, which nothing else uses here: validation is our caller's (verify.c). */
#include <limits.h>
#include "internal.h"

enum { NAMES_MAX = 16384 }; /* bytes; the message has room for 65535 */

/* The size of the subject's name; 0: DER is no certificate. */
static size_t name_size(struct bytes der)
{
    gnutls_datum_t name = {0};
    size_t size = 0;
    gnutls_x509_crt_t certificate = der.size > UINT_MAX ? NULL : certificate_of(der);
    if (!certificate)
        return 0;
    if (gnutls_x509_crt_get_raw_dn(certificate, &name) >= 0)
        size = name.size;
    gnutls_free(name.data);
    gnutls_x509_crt_deinit(certificate);
    return size;
}

static enum status add(const struct tls_config *c, struct bytes der)
{
    gnutls_datum_t datum = {(unsigned char *)(uintptr_t)der.data, (unsigned)der.size};
    for (size_t i = 0; i < c->identity_count; i++)
        if (gnutls_certificate_set_x509_trust_mem(
                    c->identities[i].credentials, &datum, GNUTLS_X509_FMT_DER) < 0)
            return ST_NO_MEMORY;
    return ST_OK;
}

enum status tls_config_set_authorities(
        struct tls_config *config, const struct bytes *certificates, size_t count)
{
    size_t sum = 0;
    enum status status = ST_OK;
    if (config->sealed || config->role != TLS_SERVER || !config->has_key)
        return ST_BAD_STATE;
    for (size_t i = 0; i < count && !status; i++) {
        size_t size = name_size(certificates[i]);
        sum += size ? 2 + size : 0;
        if (sum > NAMES_MAX)
            return ST_OK;
        if (size)
            status = add(config, certificates[i]);
    }
    return status;
}
