/* Which of a server's certificates answers a ClientHello.
 *
 * The first whose names fit the server name that the client asks for (RFC 6066 3); if none fits or
 * the client names none, the first of all. GnuTLS asks here before it chooses anything else, and
 * then takes from that identity's credentials (key.c).
 */
#include <string.h>
#include "internal.h"

enum { NAME_MAX_SIZE = 256 };

/* How names are compared, everywhere in this room: RFC 6125 6.4. An address is no DNS name. */
static bool has_name(gnutls_x509_crt_t certificate, const char *name)
{
    return gnutls_x509_crt_check_hostname2(
            certificate, name, GNUTLS_VERIFY_DO_NOT_ALLOW_IP_MATCHES);
}

enum status identity_read_names(struct identity *identity)
{
    gnutls_datum_t der = {identity->leaf.data, (unsigned)identity->leaf.size};
    if (gnutls_x509_crt_init(&identity->certificate) < 0)
        return ST_NO_MEMORY;
    return gnutls_x509_crt_import(identity->certificate, &der, GNUTLS_X509_FMT_DER) < 0
                   ? ST_BAD_ARGUMENT
                   : ST_OK;
}

bool identity_shares_name(const struct identity *a, const struct identity *b)
{
    char name[NAME_MAX_SIZE];
    for (unsigned i = 0;; i++) {
        size_t size = sizeof name;
        int type = gnutls_x509_crt_get_subject_alt_name(b->certificate, i, name, &size, NULL);
        if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            return false;
        if (type == GNUTLS_SAN_DNSNAME && has_name(a->certificate, name))
            return true;
    }
}

static size_t find(const struct tls_config *c, const char *name)
{
    for (size_t i = 0; i < c->identity_count; i++)
        if (has_name(c->identities[i].certificate, name))
            return i;
    return 0;
}

size_t identity_for(const struct tls_config *c, struct bytes name)
{
    char text[NAME_MAX_SIZE];
    struct reader r = reader_on(name);
    if (!name.size || name.size >= sizeof text)
        return 0;
    reader_copy(&r, text, name.size);
    text[name.size] = 0;
    return strlen(text) == name.size ? find(c, text) : 0;
}

static int on_client_hello(gnutls_session_t gnutls)
{
    struct tls_session *s = gnutls_session_get_ptr(gnutls);
    char name[NAME_MAX_SIZE];
    size_t size = sizeof name;
    unsigned type;
    if (gnutls_server_name_get(gnutls, name, &size, &type, 0) < 0)
        return 0;
    s->identity = find(s->config, name);
    return gnutls_credentials_set(gnutls, GNUTLS_CRD_CERTIFICATE,
            s->config->identities[s->identity].credentials);
}

void identity_attach(struct tls_session *s)
{
    if (s->config->role == TLS_SERVER && s->config->identity_count > 1)
        gnutls_handshake_set_post_client_hello_function(s->gnutls, on_client_hello);
}

/* GnuTLS forgets a server's own certificate when a session is taken up again: then it is the one
 * that the name chooses, as it was when the session was new. The name is the same: GnuTLS sees to that (RFC 6066 3),
 * in TLS 1.3 the client (RFC 8446 4.6.1). */
struct bytes identity_leaf(const struct tls_session *s)
{
    const struct tls_config *c = s->chosen ? s->chosen : s->config;
    const gnutls_datum_t *ours = gnutls_certificate_get_ours(s->gnutls);
    for (size_t i = 0; ours && i < c->identity_count; i++)
        if (bytes_equal(blob_view(&c->identities[i].leaf), bytes_of(ours->data, ours->size)))
            return blob_view(&c->identities[i].leaf);
    return s->identity < c->identity_count ? blob_view(&c->identities[s->identity].leaf)
                                           : bytes_of(NULL, 0);
}
