/* What both engines do alike: TLS first, then TSRequests one after the other through the role's
 * table. [MS-CSSP] 3.1.5 */
#include "engine.h"

#include "base/log.h"
#include "base/reader.h"
#include "errorcode.h"

struct credssp_context *engine_new(const struct role *role, const struct credssp_tls *tls,
        const struct credssp_auth *auth, const struct world *world, uint32_t version,
        uint32_t lowest)
{
    struct credssp_context *c = mem_alloc(sizeof *c);
    if (!c)
        return NULL;
    c->role = role;
    c->tls = *tls;
    c->auth = *auth;
    c->world = *world;
    c->version = version;
    c->lowest = lowest;
    c->state = STATE_HANDSHAKE;
    return c;
}

uint32_t engine_version(const struct credssp_context *c)
{
    return c->peer_version && c->peer_version < c->version ? c->peer_version : c->version;
}

enum status engine_auth_step(struct credssp_context *c, struct bytes token, struct blob *reply)
{
    enum status s = c->auth.step(c->auth.self, token, reply);
    if (s == ST_OK || s == ST_CONTINUE || status_failed(s))
        return s;
    return ST_INTERNAL;
}

static enum status make_binding(
        struct credssp_context *c, enum keybinding_direction direction, struct blob *out)
{
    struct blob key = {0};
    struct bytes nonce = {0};
    if (c->has_nonce)
        nonce = bytes_of(c->nonce, sizeof c->nonce);
    enum status s = or_failure(c->tls.public_key(c->tls.self, &key));
    if (s == ST_OK)
        s = keybinding_make(engine_version(c), direction, nonce, blob_view(&key), out);
    blob_free(&key);
    return s;
}

enum status engine_seal_key(
        struct credssp_context *c, enum keybinding_direction direction, struct blob *out)
{
    struct blob plain = {0};
    enum status s = make_binding(c, direction, &plain);
    if (s == ST_OK)
        s = or_failure(c->auth.seal(c->auth.self, blob_view(&plain), out));
    blob_free(&plain);
    return s;
}

enum status engine_check_key(
        struct credssp_context *c, enum keybinding_direction direction, struct bytes sealed)
{
    struct blob want = {0}, got = {0};
    enum status s = make_binding(c, direction, &want);
    if (s == ST_OK) {
        s = or_failure(c->auth.unseal(c->auth.self, sealed, &got));
        if (s != ST_OK)
            log_warn("credssp", "the %s's pubKeyAuth does not unseal: %s", c->role->peer,
                    status_name(s));
    }
    if (s == ST_OK && !secret_equal(blob_view(&want), blob_view(&got))) {
        log_warn("credssp",
                "the %s's pubKeyAuth is for another TLS key or nonce: somebody may be in "
                "the middle of the connection",
                c->role->peer);
        s = ST_BAD_KEY_BINDING;
    }
    blob_free(&want);
    blob_free(&got);
    return s;
}

static enum event event_of(const struct tsrequest *m)
{
    bool token = m->nego_token.size, key = m->pub_key_auth.size;
    if (m->auth_info.size)
        return token || key ? EVENT_UNKNOWN : EVENT_CREDENTIALS;
    if (token)
        return key ? EVENT_TOKEN_AND_KEY : EVENT_TOKEN;
    return key ? EVENT_KEY : EVENT_UNKNOWN;
}

static const struct row *find_row(const struct role *role, enum state state, enum event event)
{
    for (size_t i = 0; i < role->count; i++)
        if (role->rows[i].state == state && role->rows[i].event == event)
            return &role->rows[i];
    return NULL;
}

/* The peer's version: the same in every message, and one that we accept. A peer above ours is
 * treated as one of ours. */
static enum status see_version(struct credssp_context *c, uint32_t version)
{
    if (c->peer_version && version != c->peer_version) {
        log_warn("credssp", "the %s changed its version from %u to %u midway", c->role->peer,
                (unsigned)c->peer_version, (unsigned)version);
        return ST_PEER_VERSION;
    }
    c->peer_version = version;
    if (version >= CREDSSP_VERSION_MIN && version >= c->lowest)
        return ST_OK;
    log_warn("credssp",
            "the %s speaks CredSSP version %u, %u is the lowest accepted: update it "
            "(CVE-2018-0886)",
            c->role->peer, (unsigned)version, (unsigned)c->lowest);
    return ST_PEER_VERSION;
}

static enum status dispatch(
        struct credssp_context *c, const struct tsrequest *m, bool last, struct blob *out)
{
    const struct row *row = find_row(c->role, c->state, event_of(m));
    /* Data of the application comes in records of its own; a TSRequest behind the last one means
     * that the peer is in another state than we think. */
    if (!row || (row->next == STATE_DONE && !last)) {
        log_warn("credssp", "TSRequest of the %s with unexpected fields (state %d)", c->role->peer,
                (int)c->state);
        return ST_BAD_TOKEN;
    }
    enum status s = row->handle(c, m, out);
    if (!status_failed(s))
        c->state = s == ST_OK ? row->next : row->again;
    return s;
}

static enum status take_message(struct credssp_context *c, struct bytes message, struct blob *out)
{
    struct tsrequest m;
    enum status s = tsrequest_decode(message, &m);
    if (s != ST_OK) {
        log_warn("credssp", "malformed TSRequest of %zu bytes from the %s", message.size,
                c->role->peer);
        return s;
    }
    s = see_version(c, m.version);
    if (s != ST_OK)
        return s;
    if (m.error_code) {
        c->peer_error = m.error_code;
        log_warn("credssp", "the %s ended the exchange with errorCode 0x%08X, %s", c->role->peer,
                (unsigned)m.error_code, errorcode_name(m.error_code));
        return ST_PEER_ERROR;
    }
    return dispatch(c, &m, message.size == c->plain.size, out);
}

/* All whole TSRequests of c->plain. ST_OK or a failure. */
static enum status take_messages(struct credssp_context *c, struct blob *out)
{
    while (c->plain.size) {
        struct bytes message;
        enum status s = stream_peek(c, &message);
        if (s == ST_INCOMPLETE)
            return ST_OK;
        if (s != ST_OK)
            return s;
        s = take_message(c, message, out);
        if (status_failed(s))
            return s;
        stream_drop(c, message.size);
    }
    return ST_OK;
}

/* ST_OK: TLS is up and the role has begun. */
static enum status step_handshake(struct credssp_context *c, struct bytes in, size_t *consumed,
        size_t *missing, struct blob *out)
{
    enum status s = c->tls.handshake(c->tls.self, in, consumed, missing, out);
    if (s == ST_CONTINUE || s == ST_INCOMPLETE || s == ST_NEED_CERTIFICATE)
        return s;
    if (s != ST_OK) {
        log_warn("credssp", "TLS handshake with the %s: %s", c->role->peer, status_name(s));
        c->tls_broken = true;
        return status_failed(s) ? s : ST_PEER_ERROR;
    }
    c->tls_up = true;
    c->state = STATE_NEGOTIATE;
    return c->role->start ? c->role->start(c, out) : ST_OK;
}

/* Records of IN until the exchange is complete or IN is used up. */
static enum status step_stream(struct credssp_context *c, struct bytes in, size_t *consumed,
        size_t *missing, struct blob *out)
{
    struct reader r = reader_on(in);
    reader_skip(&r, *consumed);
    while (c->state != STATE_DONE && (reader_left(&r) || (!*consumed && !out->size))) {
        struct reader rest = r;
        size_t taken = 0;
        enum status s = stream_read(c, reader_rest(&rest), &taken, missing, out);
        if (s == ST_INCOMPLETE)
            return *consumed || out->size ? ST_CONTINUE : s;
        if (s == ST_OK)
            s = take_messages(c, out);
        reader_skip(&r, taken);
        *consumed = in.size - reader_left(&r);
        if (s != ST_OK)
            return s;
    }
    return c->state == STATE_DONE ? ST_OK : ST_CONTINUE;
}

static void forget_secrets(struct credssp_context *c)
{
    blob_free(&c->plain);
    blob_free(&c->domain);
    blob_free(&c->user);
    blob_free(&c->password);
    blob_free(&c->credentials);
    credssp_credentials_free(&c->got);
    c->has_credentials = false;
}

/* What OUT holds already are records that TLS has counted: they must go out before the errorCode.
 */
static void fail(struct credssp_context *c, enum status why, struct blob *out)
{
    struct tsrequest m = {.error_code = credssp_error_of(why)};
    c->state = STATE_FAILED;
    forget_secrets(c);
    if (!c->role->sends_error_code || !c->tls_up || c->tls_broken || why == ST_PEER_ERROR ||
            !c->peer_version || !errorcode_allowed(engine_version(c)))
        return;
    enum status s = stream_send(c, &m, out);
    log_debug("credssp", "errorCode 0x%08X for %s: %s", (unsigned)m.error_code, status_name(why),
            status_name(s));
}

enum status credssp_step(struct credssp_context *c, struct bytes in, size_t *consumed,
        size_t *missing, struct blob *out)
{
    blob_free(out);
    *consumed = *missing = 0;
    if (c->state == STATE_DONE || c->state == STATE_FAILED)
        return ST_BAD_STATE;
    enum status s = ST_OK;
    if (c->state == STATE_HANDSHAKE)
        s = step_handshake(c, in, consumed, missing, out);
    if (s == ST_OK)
        s = step_stream(c, in, consumed, missing, out);
    if (status_failed(s))
        fail(c, s, out);
    if (s != ST_INCOMPLETE)
        *missing = 0;
    return s;
}

uint32_t credssp_peer_error(const struct credssp_context *c)
{
    return c->peer_error;
}

uint32_t credssp_peer_version(const struct credssp_context *c)
{
    return c->peer_version;
}

bool credssp_tls_ready(const struct credssp_context *c)
{
    return c->tls_up;
}

void credssp_free(struct credssp_context *c)
{
    if (!c)
        return;
    forget_secrets(c);
    mem_free(c, sizeof *c);
}
