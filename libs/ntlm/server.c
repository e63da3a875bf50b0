/* The server's engine, first half: NEGOTIATE in, CHALLENGE out. [MS-NLMP] 3.2.5.1.1 */
#include <string.h>
#include "avpair.h"
#include "context.h"
#include "crypto.h"
#include "flags.h"
#include "message.h"
#include "oem.h"

static enum status copy_config(const struct ntlm_server_config *config, struct ntlm_context *c)
{
    struct ntlm_server *s = &c->server;
    enum status status = ntlm_copy_name(&s->nb_computer, config->nb_computer);

    if (status == ST_OK)
        status = ntlm_copy_name(&s->nb_domain, config->nb_domain);
    if (status == ST_OK)
        status = ntlm_copy_name(&s->dns_computer, config->dns_computer);
    if (status == ST_OK)
        status = ntlm_copy_name(&s->dns_domain, config->dns_domain);
    if (status == ST_OK)
        status = ntlm_copy_name(&s->targets, config->targets);
    s->is_domain = config->is_domain;
    s->omit_timestamp = config->omit_timestamp;
    s->level = config->level;
    s->lm_hashes = config->lm_hashes;
    s->guests = config->guests;
    s->target_policy = config->target_policy;
    s->machine_id = config->machine_id;
    s->authenticate = config->authenticate;
    s->authenticate_self = config->authenticate_self;
    s->bindings_policy = config->bindings_policy;
    s->has_bindings = config->bindings_hash;
    if (config->bindings_hash)
        memcpy(s->bindings_hash, config->bindings_hash, NTLM_HASH_SIZE);
    return status;
}

enum status ntlm_server_new(const struct ntlm_server_config *config, struct ntlm_context **context)
{
    struct ntlm_context *c;
    enum status status;

    *context = NULL;
    if (!config->world.random || !config->world.now || !config->authenticate ||
            config->level >= NTLM_LEVELS)
        return ST_BAD_ARGUMENT;
    c = mem_alloc(sizeof(*c));
    if (!c)
        return ST_NO_MEMORY;
    c->state = NTLM_SERVER_START;
    c->is_server = true;
    c->terms = (struct ntlm_terms){
            .wishes = config->wishes,
            .weaker = config->weaker,
            .lm_key = config->lm_hashes && ntlm_takes_lm(config->level) &&
                      ntlm_allows_lm_key(config->weaker),
    };
    c->world = config->world;
    status = copy_config(config, c);
    if (status != ST_OK) {
        ntlm_free(c);
        return status;
    }
    *context = c;
    return ST_OK;
}

static void write_name(struct writer *w, enum ntlm_av_id id, const struct blob *name)
{
    if (name->size)
        ntlm_av_write(w, id, blob_view(name));
}

/* In Windows' order. MsvAvFlags is never sent (as 0 it breaks Windows' clients' MIC); the time is, so that clients add a MIC. */
static enum status make_target_info(const struct ntlm_context *c, uint64_t now, struct blob *info)
{
    const struct ntlm_server *s = &c->server;
    struct writer w = {0};

    ntlm_av_write(&w, MsvAvNbDomainName, blob_view(&s->nb_domain));
    ntlm_av_write(&w, MsvAvNbComputerName, blob_view(&s->nb_computer));
    write_name(&w, MsvAvDnsDomainName, &s->dns_domain);
    write_name(&w, MsvAvDnsComputerName, &s->dns_computer);
    if (!s->omit_timestamp)
        ntlm_av_write_u64(&w, MsvAvTimestamp, now);
    ntlm_av_write(&w, MsvAvEOL, ntlm_none);
    return writer_finish(&w, info);
}

static enum status make_target_name(const struct ntlm_server *s, uint32_t flags, struct blob *name)
{
    struct bytes text = blob_view(s->is_domain ? &s->nb_domain : &s->nb_computer);

    if (!(flags & NTLMSSP_REQUEST_TARGET))
        return ST_OK;
    return flags & NTLMSSP_NEGOTIATE_UNICODE ? blob_set(name, text) : ntlm_oem_narrow(text, name);
}

static enum status make_challenge(
        const struct ntlm_context *c, uint64_t now, struct ntlm_challenge *m, struct blob *token)
{
    struct blob name = {0}, info = {0};
    enum status status =
            c->world.random(c->world.self, m->server_challenge, sizeof(m->server_challenge));

    if (status == ST_OK)
        status = make_target_name(&c->server, m->flags, &name);
    if (status == ST_OK)
        status = make_target_info(c, now, &info);
    m->version = m->flags & NTLMSSP_NEGOTIATE_VERSION ? NTLM_VERSION : 0;
    m->target_name = blob_view(&name);
    m->target_info = blob_view(&info);
    if (status == ST_OK)
        status = ntlm_challenge_write(m, token);
    m->target_name = m->target_info = ntlm_none;
    blob_free(&name);
    blob_free(&info);
    return status;
}

/* What to offer to a client that has sent IN: a NEGOTIATE, or nothing in datagram mode (3.2.5.2).
 */
static enum status make_offer(const struct ntlm_context *c, struct bytes in, uint32_t *offered)
{
    struct ntlm_negotiate negotiate;
    enum status status;

    if (c->terms.wishes & NTLM_WISH_DATAGRAM && !in.size)
        return ntlm_server_offer_datagram(&c->terms, c->server.is_domain, offered);
    status = ntlm_negotiate_read(in, &negotiate);
    if (status != ST_OK)
        return status;
    return ntlm_server_offer(&c->terms, c->server.is_domain, negotiate.flags, offered);
}

enum status ntlm_server_start(struct ntlm_context *c, struct bytes in, struct blob *token)
{
    struct ntlm_challenge challenge = {0};
    uint64_t now = c->world.now(c->world.self);
    enum status status = make_offer(c, in, &challenge.flags);

    if (status == ST_OK)
        status = make_challenge(c, now, &challenge, token);
    if (status == ST_OK)
        status = blob_set(&c->negotiate, in);
    if (status == ST_OK)
        status = blob_set(&c->challenge, blob_view(token));
    if (status != ST_OK)
        return status;
    c->flags = challenge.flags;
    c->server.timestamp = now;
    memcpy(c->server.challenge, challenge.server_challenge, NTLM_CHALLENGE_SIZE);
    return ST_CONTINUE;
}
