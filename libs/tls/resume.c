/* Sessions taken up again: by session id and ticket (RFC 5246 7.3, RFC 5077), by PSK (RFC 8446
 * 2.2).
 *
 * Where sessions are kept is our caller's business: a client asks for their state and gives it
 * back, a server has functions for it. What GnuTLS hands out holds the session's secrets.
 */
#include <limits.h>
#include "internal.h"
#include "base/log.h"

enum { OWN_CERTIFICATE_SENT = 1 }; /* the state's first byte; GnuTLS's own bytes follow */

static void free_secret(gnutls_datum_t *d)
{
    wipe(d->data, d->size);
    gnutls_free(d->data);
}

static enum status pack(struct tls_session *s, const gnutls_datum_t *data, struct blob *state)
{
    struct writer w = {0};
    bool sent = gnutls_certificate_get_ours(s->gnutls) != NULL ||
                (gnutls_session_is_resumed(s->gnutls) && s->own_certificate_sent);
    writer_reserve(&w, 1 + (size_t)data->size);
    writer_u8(&w, sent ? OWN_CERTIFICATE_SENT : 0);
    writer_bytes(&w, bytes_of(data->data, data->size));
    return writer_finish(&w, state);
}

/* TLS 1.3: once for each ticket. TLS 1.2: if the server gave an id or a ticket. */
static bool has_state(struct tls_session *s)
{
    if (s->tls13)
        return s->has_ticket;
    return s->has_ticket || s->id_size;
}

enum status tls_session_state(struct tls_session *s, struct blob *state)
{
    gnutls_datum_t data = {0};
    blob_free(state);
    enum status status = session_allows(s, OP_QUERY);
    if (status || s->config->role != TLS_CLIENT || !has_state(s))
        return status;
    int error = gnutls_session_get_data2(s->gnutls, &data);
    if (error < 0) {
        log_debug("tls", "the session cannot be kept: %s", gnutls_strerror(error));
        return error == GNUTLS_E_MEMORY_ERROR ? ST_NO_MEMORY : ST_OK;
    }
    status = pack(s, &data, state);
    free_secret(&data);
    if (s->tls13)
        s->has_ticket = false;
    return status;
}

enum status tls_session_resume(struct tls_session *s, struct bytes state)
{
    struct reader r = reader_on(state);
    uint8_t flags = reader_u8(&r);
    struct bytes data = reader_rest(&r);
    if (session_state(s) != STATE_FRESH || s->config->role != TLS_CLIENT)
        return ST_BAD_STATE;
    if (!reader_ok(&r) || !data.size)
        return ST_BAD_ARGUMENT;
    int error = gnutls_session_set_data(s->gnutls, data.data, data.size);
    if (error == GNUTLS_E_MEMORY_ERROR)
        return ST_NO_MEMORY;
    if (error < 0) /* its time is over, or it is not what we gave out: a full handshake then */
        return ST_BAD_ARGUMENT;
    s->own_certificate_sent = (flags & OWN_CERTIFICATE_SENT) != 0;
    return ST_OK;
}

/* ---- server ---- */

static struct bytes view_of(gnutls_datum_t d)
{
    return bytes_of(d.data, d.size);
}

/* A client can make its session as large as the certificates that it shows: not kept then, it can do
 * without. */
enum { STATE_MOST = 16384 };

static int on_put(void *self, gnutls_datum_t id, gnutls_datum_t state)
{
    if (state.size > STATE_MOST || ((struct tls_session *)self)->held_back)
        return 0;
    const struct tls_store *store = &((struct tls_session *)self)->config->store;
    store->put(store->self, view_of(id), view_of(state));
    return 0;
}

/* GnuTLS frees with gnutls_free. */
static gnutls_datum_t on_get(void *self, gnutls_datum_t id)
{
    const struct tls_store *store = &((struct tls_session *)self)->config->store;
    gnutls_datum_t none = {0}, found = {0};
    struct blob state = {0};
    if (!id.size || ((struct tls_session *)self)->resumes_nothing || store->get(store->self, view_of(id), &state) || !state.size ||
            state.size > UINT_MAX)
        return none;
    found.data = gnutls_malloc(state.size);
    if (found.data) {
        struct reader r = reader_on(blob_view(&state));
        reader_copy(&r, found.data, state.size);
        found.size = (unsigned)state.size;
    }
    blob_free(&state);
    return found;
}

static int on_remove(void *self, gnutls_datum_t id)
{
    const struct tls_store *store = &((struct tls_session *)self)->config->store;
    store->remove(store->self, view_of(id));
    return 0;
}

/* Kept among the sessions, under the id that none has. Two threads may both make one: the second
 * wins, and the tickets of the first are not recognised. */
static enum status ticket_key(const struct tls_store *store, struct blob *key)
{
    gnutls_datum_t fresh = {0};
    struct bytes no_id = bytes_of(NULL, 0);
    enum status status = store->get(store->self, no_id, key);
    if (status || key->size)
        return status;
    int error = gnutls_session_ticket_key_generate(&fresh);
    if (error < 0)
        return status_of_error(error);
    status = blob_set(key, view_of(fresh));
    free_secret(&fresh);
    if (!status)
        store->put(store->self, no_id, blob_view(key));
    return status;
}

enum status resume_attach(struct tls_session *s)
{
    struct blob key = {0};
    const struct tls_store *store = &s->config->store;
    if (!store->get)
        return ST_OK;
    gnutls_db_set_ptr(s->gnutls, s);
    gnutls_db_set_store_function(s->gnutls, on_put);
    gnutls_db_set_retrieve_function(s->gnutls, on_get);
    gnutls_db_set_remove_function(s->gnutls, on_remove);
    gnutls_db_set_cache_expiration(s->gnutls, (int)store->seconds);
    enum status status = ticket_key(store, &key);
    gnutls_datum_t view = {key.data, (unsigned)key.size};
    if (!status && gnutls_session_ticket_enable_server(s->gnutls, &view) < 0)
        status = ST_INTERNAL;
    blob_free(&key);
    return status;
}

/* A client may offer its session in a renegotiation, too (OpenSSL does): taken up, it would show no
 * certificate. The flag of the first priority stays when the second is set. */
enum status resume_refuse(struct tls_session *s)
{
    s->resumes_nothing = true;
    if (gnutls_priority_set_direct(s->gnutls, "NORMAL:%NO_TICKETS", NULL) < 0 ||
            gnutls_priority_set(s->gnutls, s->config->priority) < 0)
        return session_fail(s, GNUTLS_E_MEMORY_ERROR, "asking for a certificate");
    return ST_OK;
}

/* RFC 5246 7.2.2: a session that failed is not taken up again. */
void resume_forget(struct tls_session *s)
{
    if (s->config->store.remove && s->id_size)
        s->config->store.remove(s->config->store.self, bytes_of(s->id, s->id_size));
}

void tls_config_hold_sessions(struct tls_config *config)
{
    config->holds_sessions = true;
}

enum { TICKETS = 2 }; /* as GnuTLS sends by itself */

/* Where GnuTLS does not send them by itself, now is the time. */
enum status resume_tickets(struct tls_session *s)
{
    if (!s->config->holds_sessions || s->held_back || session_state(s) != STATE_HANDSHAKE ||
            gnutls_protocol_get_version(s->gnutls) != GNUTLS_TLS1_3)
        return ST_OK;
    int error = gnutls_session_ticket_send(s->gnutls, TICKETS, 0);
    return error < 0 ? session_fail(s, error, "sending tickets") : ST_OK;
}

/* TLS 1.2: what GnuTLS would have kept at the end of the handshake, in the same form. */
static enum status keep_now(struct tls_session *s)
{
    gnutls_datum_t data = {0}, id = {s->id, (unsigned)s->id_size};
    if (!s->id_size || gnutls_session_is_resumed(s->gnutls))
        return ST_OK; /* what was taken up is kept already */
    int error = gnutls_session_get_data2(s->gnutls, &data);
    if (error < 0)
        return error == GNUTLS_E_MEMORY_ERROR ? ST_NO_MEMORY : ST_UNSUPPORTED;
    on_put(s, id, data);
    free_secret(&data);
    return ST_OK;
}

enum status tls_session_allow(struct tls_session *s)
{
    bool open = session_state(s) == STATE_OPEN;
    if (!s->held_back)
        return ST_OK;
    if (open && s->tls13)
        return ST_UNSUPPORTED;
    s->held_back = false;
    return open ? keep_now(s) : ST_OK;
}

enum status tls_config_set_store(struct tls_config *config, const struct tls_store *store)
{
    if (config->sealed || config->role != TLS_SERVER)
        return ST_BAD_STATE;
    if (!store->put || !store->get || !store->remove || !store->seconds ||
            store->seconds > TLS_STORE_SECONDS_MAX)
        return ST_BAD_ARGUMENT;
    config->store = *store;
    return ST_OK;
}
