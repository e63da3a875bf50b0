/* A client's engine from its configuration. */
#include <string.h>
#include "context.h"

static enum status copy_config(const struct ntlm_client_config *config, struct ntlm_context *c)
{
    enum status status = ntlm_copy_name(&c->workstation, config->workstation);

    if (status == ST_OK)
        status = ntlm_copy_name(&c->target_name, config->target_name);
    if (status == ST_OK && !c->anonymous)
        status = ntlm_copy_name(&c->user, config->user);
    if (status == ST_OK && !c->anonymous)
        status = ntlm_copy_name(&c->domain, config->domain);
    if (!c->anonymous)
        memcpy(c->client.nt_hash, config->nt_hash, NTLM_HASH_SIZE);
    if (config->bindings_hash)
        memcpy(c->client.bindings_hash, config->bindings_hash, NTLM_HASH_SIZE);
    c->client.omit_bindings = config->omit_bindings;
    c->client.mix_random = config->mix_random;
    c->client.machine_id = config->machine_id;
    return status;
}

/* An LM hash is only looked at where an LM response is sent. */
static void copy_level(const struct ntlm_client_config *config, struct ntlm_context *c)
{
    enum ntlm_level level = config->level;
    bool sends_lm =
            ntlm_sends_v1(level) && level <= NTLM_LEVEL_1 && config->lm_hash && !c->anonymous;

    c->client.level = level;
    c->client.has_lm_hash = sends_lm;
    if (sends_lm)
        memcpy(c->client.lm_hash, config->lm_hash, NTLM_HASH_SIZE);
    c->terms = (struct ntlm_terms){
            .wishes = config->wishes,
            .weaker = config->weaker,
            .no_extended = level == NTLM_LEVEL_0,
            .lm_key = sends_lm && ntlm_allows_lm_key(config->weaker),
    };
}

enum status ntlm_client_new(const struct ntlm_client_config *config, struct ntlm_context **context)
{
    struct ntlm_context *c;
    enum status status;
    bool anonymous = config->wishes & NTLM_WISH_NULL_SESSION;

    *context = NULL;
    if (!config->world.random || !config->world.now || config->level >= NTLM_LEVELS)
        return ST_BAD_ARGUMENT;
    if (!anonymous && !config->nt_hash)
        return ST_NO_CREDENTIALS;
    c = mem_alloc(sizeof(*c));
    if (!c)
        return ST_NO_MEMORY;
    c->state = NTLM_CLIENT_START;
    c->world = config->world;
    c->anonymous = anonymous;
    copy_level(config, c);
    status = copy_config(config, c);
    if (status != ST_OK) {
        ntlm_free(c);
        return status;
    }
    *context = c;
    return ST_OK;
}
