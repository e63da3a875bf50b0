/* The client engine. [MS-CSSP] 3.1.5, with raw NTLM or SPNEGO inside:
 *
 *   negoTokens                    ->                          one or more rounds
 *                                 <- negoTokens
 *   negoTokens (if there is a last one), pubKeyAuth, clientNonce (version 5 on)  ->
 *                                 <- pubKeyAuth               the server has the TLS key
 *   authInfo                      ->                          only now
 */
#include <string.h>

#include "base/log.h"
#include "engine.h"
#include "tscredentials.h"

/* A nonce of zeros can only come from a random source that does not work. */
static enum status make_nonce(struct credssp_context *c)
{
    if (engine_version(c) < 5 || c->has_nonce)
        return ST_OK;
    enum status s = or_failure(c->world.random(c->world.self, c->nonce, sizeof c->nonce));
    if (s != ST_OK)
        return s;
    if (all_zero(c->nonce, sizeof c->nonce))
        return ST_NO_RANDOM;
    c->has_nonce = true;
    return ST_OK;
}

/* Adds pubKeyAuth and clientNonce to M. A package that is complete before the server has said its
 * version gets our own version's binding: another one would have to be refused anyway. */
static enum status add_key(struct credssp_context *c, struct tsrequest *m, struct blob *sealed)
{
    enum status s = make_nonce(c);
    if (s == ST_OK)
        s = engine_seal_key(c, KEYBINDING_CLIENT_TO_SERVER, sealed);
    if (s != ST_OK)
        return s;
    m->pub_key_auth = blob_view(sealed);
    if (c->has_nonce)
        m->client_nonce = bytes_of(c->nonce, sizeof c->nonce);
    return ST_OK;
}

/* An NTLM proof answers the server's challenge, so it is never in the first message, whose loss
 * says nothing of the user; a package that is complete has nothing more to prove. A package that
 * needs more rounds than NTLM is believed to have proved itself from its second message on. */
static void note_proof(struct credssp_context *c, struct bytes in, enum status result)
{
    c->proof_sent |= in.size || result == ST_OK;
}

/* One round. The package's last token goes in the same message as pubKeyAuth. ST_CONTINUE: the
 * package needs the server's answer; ST_OK: pubKeyAuth is sent. */
static enum status negotiate(struct credssp_context *c, struct bytes in, struct blob *out)
{
    struct blob token = {0}, sealed = {0};
    struct tsrequest m = {0};
    enum status result = engine_auth_step(c, in, &token);
    enum status s = result;
    if (result == ST_OK)
        s = add_key(c, &m, &sealed);
    else if (status_failed(result))
        log_warn("credssp", "the inner package failed: %s", status_name(result));
    m.nego_token = blob_view(&token);
    if (!status_failed(s) && (m.nego_token.size || m.pub_key_auth.size))
        s = stream_send(c, &m, out);
    blob_free(&token);
    blob_free(&sealed);
    if (status_failed(s))
        return s;
    note_proof(c, in, result);
    return result;
}

static enum status start(struct credssp_context *c, struct blob *out)
{
    if (c->server_seen) {
        enum status s = or_failure(c->server_seen(c->hook_self));
        if (s != ST_OK)
            return s;
    }
    enum status s = negotiate(c, bytes_of(NULL, 0), out);
    if (s == ST_OK)
        c->state = STATE_BIND;
    return status_failed(s) ? s : ST_OK;
}

static enum status take_token(
        struct credssp_context *c, const struct tsrequest *m, struct blob *out)
{
    return negotiate(c, m->nego_token, out);
}

static void forget_credentials(struct credssp_context *c)
{
    blob_free(&c->domain);
    blob_free(&c->user);
    blob_free(&c->password);
    blob_free(&c->credentials);
}

static enum status delegate(struct credssp_context *c, struct blob *out)
{
    struct blob plain = {0}, sealed = {0};
    struct tsrequest m = {0};
    enum status s = ST_OK;
    if (c->credentials.size)
        blob_move(&plain, &c->credentials);
    else
        s = tscredentials_encode_password(
                blob_view(&c->domain), blob_view(&c->user), blob_view(&c->password), &plain);
    forget_credentials(c);
    if (s == ST_OK)
        s = or_failure(c->auth.seal(c->auth.self, blob_view(&plain), &sealed));
    m.auth_info = blob_view(&sealed);
    if (s == ST_OK)
        s = stream_send(c, &m, out);
    blob_free(&plain);
    blob_free(&sealed);
    return s;
}

/* The server's pubKeyAuth. A negoToken beside it is not looked at: the package was complete without
 * it, and nothing it could say is worth more than the sealed binding. (Servers that answer raw NTLM
 * with a NegTokenResp.) A clientNonce in this direction has no meaning either. */
static enum status take_key(struct credssp_context *c, const struct tsrequest *m, struct blob *out)
{
    enum status s = engine_check_key(c, KEYBINDING_SERVER_TO_CLIENT, m->pub_key_auth);
    if (s == ST_OK && c->before_delegation)
        s = or_failure(c->before_delegation(c->hook_self));
    return s == ST_OK ? delegate(c, out) : s;
}

static const struct row rows[] = {
        {STATE_NEGOTIATE, EVENT_TOKEN, take_token, STATE_NEGOTIATE, STATE_BIND},
        {STATE_BIND, EVENT_KEY, take_key, STATE_FAILED, STATE_DONE},
        {STATE_BIND, EVENT_TOKEN_AND_KEY, take_key, STATE_FAILED, STATE_DONE},
};

const struct role client_role = {
        .peer = "server",
        .rows = rows,
        .count = sizeof rows / sizeof *rows,
        .start = start,
        .sends_error_code = false,
};

static bool is_complete(const struct credssp_client_config *g)
{
    return g->tls.handshake && g->tls.encrypt && g->tls.decrypt && g->tls.public_key &&
           g->auth.step && g->auth.seal && g->auth.unseal && g->world.random &&
           g->version >= CREDSSP_VERSION_MIN && g->version <= CREDSSP_VERSION_MAX;
}

static enum status copy_credentials(
        struct credssp_context *c, const struct credssp_client_config *g)
{
    if (!g->delegate)
        return ST_OK;
    enum status s = blob_set(&c->credentials, g->credentials);
    if (s == ST_OK)
        s = blob_set(&c->domain, g->domain);
    if (s == ST_OK)
        s = blob_set(&c->user, g->user);
    if (s == ST_OK)
        s = blob_set(&c->password, g->password);
    return s;
}

enum status credssp_client_new(
        const struct credssp_client_config *config, struct credssp_context **context)
{
    if (!is_complete(config))
        return ST_BAD_ARGUMENT;
    struct credssp_context *c = engine_new(&client_role, &config->tls, &config->auth,
            &config->world, config->version, config->lowest);
    if (!c)
        return ST_NO_MEMORY;
    c->server_seen = config->server_seen;
    c->before_delegation = config->before_delegation;
    c->hook_self = config->hook_self;
    enum status s = copy_credentials(c, config);
    if (s != ST_OK) {
        credssp_free(c);
        return s;
    }
    *context = c;
    return ST_OK;
}
