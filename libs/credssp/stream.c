/* TSRequests over TLS records. A TSRequest may be split over several records, and a record may hold
 * several: the plaintext is collected until the DER length says that one is whole. */
#include <string.h>

#include "base/log.h"
#include "base/reader.h"
#include "engine.h"

enum status stream_send(struct credssp_context *c, const struct tsrequest *m, struct blob *out)
{
    struct tsrequest message = *m;
    struct blob encoded = {0};
    message.version = c->version;
    enum status s = tsrequest_encode(&message, &encoded);
    if (s == ST_OK) {
        s = or_failure(c->tls.encrypt(c->tls.self, blob_view(&encoded), out));
        if (s != ST_OK)
            c->tls_broken = true;
    }
    blob_free(&encoded);
    return s;
}

/* The record is TLS's own: a session ticket, a key update. ST_CONTINUE is as good as ST_OK, the
 * next record comes here again. */
static enum status read_handshake(struct credssp_context *c, struct bytes in, size_t *consumed,
        size_t *missing, struct blob *out)
{
    enum status s = c->tls.handshake(c->tls.self, in, consumed, missing, out);
    if (s == ST_INCOMPLETE)
        return s;
    if (s != ST_OK && s != ST_CONTINUE) {
        c->tls_broken = true;
        return status_failed(s) ? s : ST_PEER_UNSUPPORTED;
    }
    /* Else the same bytes would come back for ever. */
    return *consumed ? ST_OK : ST_INTERNAL;
}

/* Servers that cannot send errorCode (versions 2 and 5), and some that could, refuse a login by
 * closing. That is what a close means only once they have something to refuse. */
static enum status closed(struct credssp_context *c)
{
    c->tls_broken = true;
    if (c->proof_sent) {
        log_warn("credssp",
                "the %s closed the TLS stream when it had the proof of the password: it probably "
                "refused the login, its own log says why",
                c->role->peer);
        return ST_PEER_ERROR;
    }
    log_warn("credssp", "the %s closed the TLS stream in the middle of the exchange (state %d)",
            c->role->peer, (int)c->state);
    return ST_PEER_CLOSED;
}

enum status stream_read(struct credssp_context *c, struct bytes in, size_t *consumed,
        size_t *missing, struct blob *out)
{
    enum status s = c->tls.decrypt(c->tls.self, in, consumed, missing, &c->plain);
    switch (s) {
    case ST_OK:
        return *consumed ? ST_OK : ST_INTERNAL;
    case ST_INCOMPLETE:
        return s;
    case ST_RENEGOTIATE:
        return read_handshake(c, in, consumed, missing, out);
    case ST_CLOSED:
        return closed(c);
    default:
        log_warn("credssp", "TLS record from the %s: %s", c->role->peer, status_name(s));
        c->tls_broken = true;
        return status_failed(s) ? s : ST_INTERNAL;
    }
}

enum status stream_peek(struct credssp_context *c, struct bytes *message)
{
    size_t size = 0;
    enum status s = tsrequest_size(blob_view(&c->plain), &size);
    if (s != ST_OK) {
        if (s != ST_INCOMPLETE)
            log_warn("credssp", "what the %s sent is no TSRequest, or larger than %d bytes",
                    c->role->peer, TSREQUEST_SIZE_MAX);
        return s;
    }
    struct reader r = reader_on(blob_view(&c->plain));
    *message = reader_bytes(&r, size);
    return reader_ok(&r) ? ST_OK : ST_INCOMPLETE;
}

void stream_drop(struct credssp_context *c, size_t size)
{
    struct reader r = reader_on(blob_view(&c->plain));
    reader_skip(&r, size);
    struct bytes rest = reader_rest(&r);
    if (!rest.size) {
        blob_free(&c->plain);
        return;
    }
    memmove(c->plain.data, rest.data, rest.size);
    c->plain.size = rest.size;
}
