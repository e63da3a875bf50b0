/* Channel bindings: RFC 5929 (unique, server end point), RFC 9266 (exporter). */
#include <gnutls/x509.h>
#include "internal.h"
#include "base/log.h"

static gnutls_channel_binding_t type_of(enum tls_binding kind)
{
    return kind == TLS_BINDING_UNIQUE ? GNUTLS_CB_TLS_UNIQUE : GNUTLS_CB_TLS_EXPORTER;
}

/* RFC 5929 4.1: the whole certificate, hashed as its signature does, SHA-256 for MD5 and SHA-1.
 * Signatures without one hash (EdDSA) have no binding. */
static enum status end_point(struct bytes der, struct blob *out)
{
    uint8_t digest[64];
    size_t size = sizeof digest;
    gnutls_x509_crt_t certificate;
    gnutls_datum_t data = {(unsigned char *)(uintptr_t)der.data, (unsigned)der.size};
    if (gnutls_x509_crt_init(&certificate) < 0)
        return ST_NO_MEMORY;
    int error = gnutls_x509_crt_import(certificate, &data, GNUTLS_X509_FMT_DER);
    if (error >= 0)
        error = gnutls_x509_crt_get_signature_algorithm(certificate);
    gnutls_x509_crt_deinit(certificate);
    if (error < 0) {
        log_warn("tls", "no channel binding to the server's certificate: %s", gnutls_strerror(error));
        return error == GNUTLS_E_MEMORY_ERROR ? ST_NO_MEMORY : ST_UNSUPPORTED;
    }
    gnutls_digest_algorithm_t hash =
            gnutls_sign_get_hash_algorithm((gnutls_sign_algorithm_t)error);
    if (hash == GNUTLS_DIG_MD5 || hash == GNUTLS_DIG_SHA1)
        hash = GNUTLS_DIG_SHA256;
    if (gnutls_fingerprint(hash, &data, digest, &size) < 0)
        return ST_UNSUPPORTED;
    return blob_set(out, bytes_of(digest, size));
}

/* GnuTLS has its own function for this binding, which writes the certificate anew from what it has read (a
 * tenth of an NLA login, for the same bytes), and forgets a server's own when a session is taken up again. */
static struct bytes server_leaf(struct tls_session *s)
{
    unsigned count = 0;
    if (s->config->role == TLS_SERVER)
        return identity_leaf(s);
    const gnutls_datum_t *peers = gnutls_certificate_get_peers(s->gnutls, &count);
    return peers && count ? bytes_of(peers->data, peers->size) : bytes_of(NULL, 0);
}

enum status tls_channel_binding(struct tls_session *s, enum tls_binding kind, struct blob *out)
{
    gnutls_datum_t binding = {0};
    enum status status = session_allows(s, OP_QUERY);
    if (status)
        return status;
    if (kind != TLS_BINDING_SERVER_END_POINT && session_state(s) == STATE_REHANDSHAKE)
        return ST_BAD_STATE; /* of neither handshake */
    if (kind == TLS_BINDING_UNIQUE && s->tls13)
        return ST_UNSUPPORTED;
    /* RFC 7627 6.2, RFC 9266 3: without the extended master secret two connections can be made to
     * share it. */
    bool may_be_shared = !s->tls13 && !gnutls_session_ext_master_secret_status(s->gnutls);
    if (may_be_shared && (kind == TLS_BINDING_EXPORTER ||
                                 (kind == TLS_BINDING_UNIQUE && gnutls_session_is_resumed(s->gnutls))))
        return ST_UNSUPPORTED;
    if (kind == TLS_BINDING_SERVER_END_POINT)
        return end_point(server_leaf(s), out);
    int error = gnutls_session_channel_binding(s->gnutls, type_of(kind), &binding);
    if (error < 0) {
        log_warn("tls", "no channel binding of kind %d: %s", (int)kind, gnutls_strerror(error));
        return error == GNUTLS_E_MEMORY_ERROR ? ST_NO_MEMORY : ST_UNSUPPORTED;
    }
    status = blob_set(out, bytes_of(binding.data, binding.size));
    wipe(binding.data, binding.size);
    gnutls_free(binding.data);
    return status;
}
