/* The server engine. [MS-CSSP] 3.1.5. Clients finish in two orders, and both are taken:
 *
 *   negoTokens with pubKeyAuth ->      raw NTLM, and SPNEGO clients that do not wait
 *                              <- [negoTokens] pubKeyAuth
 *
 *   negoTokens ->                      SPNEGO clients that wait for accept-completed
 *                              <- [negoTokens]
 *   pubKeyAuth ->
 *                              <- pubKeyAuth
 * then
 *   authInfo ->
 */
#include <string.h>

#include "base/log.h"
#include "engine.h"
#include "tscredentials.h"

/* The nonce may come with any message up to pubKeyAuth, and must not change once it has. Zeros are
 * refused: they can only come from a broken random source or from somebody who chose them. */
static enum status see_nonce(struct credssp_context *c, struct bytes nonce)
{
    struct bytes known = bytes_of(c->nonce, sizeof c->nonce);
    if (!nonce.size)
        return ST_OK;
    if (all_zero(nonce.data, nonce.size) || (c->has_nonce && !secret_equal(nonce, known))) {
        log_warn("credssp", "clientNonce is %s", c->has_nonce ? "not the one before" : "zero");
        return ST_BAD_TOKEN;
    }
    memcpy(c->nonce, nonce.data, sizeof c->nonce);
    c->has_nonce = true;
    return ST_OK;
}

/* Feeds the client's token to the package. ST_OK: it is complete. */
static enum status take_nego_token(
        struct credssp_context *c, const struct tsrequest *m, struct blob *reply)
{
    enum status s = see_nonce(c, m->client_nonce);
    if (s != ST_OK)
        return s;
    s = engine_auth_step(c, m->nego_token, reply);
    if (status_failed(s))
        log_warn("credssp", "login refused by the inner package: %s", status_name(s));
    return s;
}

/* Nothing is sent when there is no token: the client's pubKeyAuth comes next. */
static enum status take_token(
        struct credssp_context *c, const struct tsrequest *m, struct blob *out)
{
    struct blob token = {0};
    enum status result = take_nego_token(c, m, &token);
    enum status s = result;
    struct tsrequest answer = {.nego_token = blob_view(&token)};
    if (!status_failed(result) && token.size)
        s = stream_send(c, &answer, out);
    blob_free(&token);
    return status_failed(s) ? s : result;
}

/* Verifies the client's pubKeyAuth, then answers with ours, and TOKEN if there is one left. */
static enum status answer_key(
        struct credssp_context *c, const struct tsrequest *m, struct bytes token, struct blob *out)
{
    enum status s = see_nonce(c, m->client_nonce);
    if (s == ST_OK && engine_version(c) >= 5 && !c->has_nonce) {
        log_warn("credssp", "pubKeyAuth without clientNonce from a client of version %u",
                (unsigned)c->peer_version);
        s = ST_BAD_TOKEN;
    }
    if (s == ST_OK)
        s = engine_check_key(c, KEYBINDING_CLIENT_TO_SERVER, m->pub_key_auth);
    if (s != ST_OK)
        return s;

    struct blob sealed = {0};
    s = engine_seal_key(c, KEYBINDING_SERVER_TO_CLIENT, &sealed);
    struct tsrequest answer = {.nego_token = token, .pub_key_auth = blob_view(&sealed)};
    if (s == ST_OK)
        s = stream_send(c, &answer, out);
    blob_free(&sealed);
    return s;
}

static enum status take_token_and_key(
        struct credssp_context *c, const struct tsrequest *m, struct blob *out)
{
    struct blob token = {0};
    enum status s = take_nego_token(c, m, &token);
    if (s == ST_CONTINUE) {
        log_warn("credssp", "pubKeyAuth before the inner package is complete");
        s = ST_BAD_TOKEN;
    }
    if (s == ST_OK)
        s = answer_key(c, m, blob_view(&token), out);
    blob_free(&token);
    return s;
}

static enum status take_key(struct credssp_context *c, const struct tsrequest *m, struct blob *out)
{
    return answer_key(c, m, bytes_of(NULL, 0), out);
}

static enum status take_credentials(
        struct credssp_context *c, const struct tsrequest *m, struct blob *out)
{
    (void)out;
    struct blob plain = {0};
    enum status s = see_nonce(c, m->client_nonce);
    if (s == ST_OK)
        s = or_failure(c->auth.unseal(c->auth.self, m->auth_info, &plain));
    if (s == ST_OK)
        s = tscredentials_decode(blob_view(&plain), &c->got);
    blob_free(&plain);
    c->has_credentials = s == ST_OK;
    if (s != ST_OK)
        log_warn("credssp", "delegated credentials refused: %s", status_name(s));
    return s;
}

static const struct row rows[] = {
        {STATE_NEGOTIATE, EVENT_TOKEN, take_token, STATE_NEGOTIATE, STATE_BIND},
        {STATE_NEGOTIATE, EVENT_TOKEN_AND_KEY, take_token_and_key, STATE_FAILED, STATE_DELEGATE},
        {STATE_BIND, EVENT_KEY, take_key, STATE_FAILED, STATE_DELEGATE},
        {STATE_DELEGATE, EVENT_CREDENTIALS, take_credentials, STATE_FAILED, STATE_DONE},
};

const struct role server_role = {
        .peer = "client",
        .rows = rows,
        .count = sizeof rows / sizeof *rows,
        .start = NULL,
        .sends_error_code = true,
};

static bool is_complete(const struct credssp_server_config *g)
{
    return g->tls.handshake && g->tls.encrypt && g->tls.decrypt && g->tls.public_key &&
           g->auth.step && g->auth.seal && g->auth.unseal && g->version >= CREDSSP_VERSION_MIN &&
           g->version <= CREDSSP_VERSION_MAX;
}

enum status credssp_server_new(
        const struct credssp_server_config *config, struct credssp_context **context)
{
    if (!is_complete(config))
        return ST_BAD_ARGUMENT;
    struct credssp_context *c = engine_new(&server_role, &config->tls, &config->auth,
            &config->world, config->version, config->lowest);
    if (!c)
        return ST_NO_MEMORY;
    *context = c;
    return ST_OK;
}

enum status credssp_take_credentials(struct credssp_context *c, struct credssp_credentials *out)
{
    if (c->state != STATE_DONE)
        return ST_BAD_STATE;
    if (!c->has_credentials)
        return ST_NOT_FOUND;
    *out = c->got;
    memset(&c->got, 0, sizeof c->got);
    c->has_credentials = false;
    return ST_OK;
}
