/* Channel bindings: RFC 5929 (unique, server end point), RFC 9266 (exporter). */
#include "internal.h"
#include "base/log.h"

static gnutls_channel_binding_t type_of(enum tls_binding kind)
{
    switch (kind) {
    case TLS_BINDING_UNIQUE:
        return GNUTLS_CB_TLS_UNIQUE;
    case TLS_BINDING_SERVER_END_POINT:
        return GNUTLS_CB_TLS_SERVER_END_POINT;
    default:
        return GNUTLS_CB_TLS_EXPORTER;
    }
}

enum status tls_channel_binding(struct tls_session *s, enum tls_binding kind, struct blob *out)
{
    gnutls_datum_t binding = {0};
    enum status status = session_allows(s, OP_QUERY);
    if (status)
        return status;
    if (kind == TLS_BINDING_UNIQUE && s->tls13)
        return ST_UNSUPPORTED;
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
