/* The client's engine: NEGOTIATE out, CHALLENGE in, AUTHENTICATE out. [MS-NLMP] 3.1.5.1 */
#include <string.h>
#include "base/log.h"
#include "context.h"
#include "crypto.h"
#include "flags.h"
#include "keys.h"
#include "message.h"
#include "response.h"
#include "response_v1.h"

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

enum status ntlm_client_start(struct ntlm_context *c, struct bytes in, struct blob *token)
{
    struct ntlm_negotiate m = {.flags = ntlm_client_request(&c->terms), .version = NTLM_VERSION};
    enum status status;

    if (in.size) {
        log_warn("ntlm", "a server's token came before the client's first one; refused");
        return ST_BAD_TOKEN;
    }
    status = ntlm_negotiate_write(&m, token);
    if (status == ST_OK)
        status = blob_set(&c->negotiate, blob_view(token));
    if (status != ST_OK)
        return status;
    c->flags = m.flags;
    return ST_CONTINUE;
}

/* What is known while the answer to a CHALLENGE is built. Wiped as a whole. */
struct answer {
    struct ntlm_challenge challenge;
    struct ntlm_av av; /* of its TargetInfo */
    uint32_t flags;
    bool mic;
    struct blob nt_response;
    uint8_t lm_response[NTLM_V1_RESPONSE_SIZE];
    size_t lm_size;
    uint8_t key_exchange_key[NTLM_HASH_SIZE], session_key[NTLM_HASH_SIZE];
    uint8_t encrypted_key[NTLM_HASH_SIZE];
};

static void answer_free(struct answer *a)
{
    blob_free(&a->nt_response);
    wipe(a, sizeof(*a));
}

/* 3.1.5.1.2: NTLMv2 with integrity or confidentiality wants both names, else STATUS_LOGON_FAILURE.
 */
static enum status check_names(const struct ntlm_context *c, const struct ntlm_av *av)
{
    bool both = av->present[MsvAvNbComputerName] && av->present[MsvAvNbDomainName];

    if (both || c->anonymous || ntlm_sends_v1(c->client.level) ||
            !(c->terms.wishes & (NTLM_WISH_SIGN | NTLM_WISH_SEAL)))
        return ST_OK;
    log_warn("ntlm", "the server does not name itself and its domain in TargetInfo; refused, since "
                     "signing or sealing is required");
    return ST_LOGON_DENIED;
}

static enum status read_challenge(const struct ntlm_context *c, struct bytes in, struct answer *a)
{
    struct reader info;
    enum status status = ntlm_challenge_read(in, &a->challenge);

    if (status != ST_OK)
        return status;
    info = reader_on(a->challenge.target_info);
    if (a->challenge.target_info.size)
        ntlm_av_read(&info, &a->av);
    if (!reader_ok(&info)) {
        log_warn("ntlm", "malformed TargetInfo in the CHALLENGE message; refused");
        return ST_BAD_TOKEN;
    }
    a->mic = a->av.present[MsvAvTimestamp] && !c->anonymous && !ntlm_sends_v1(c->client.level);
    status = ntlm_client_choose(&c->terms, c->flags, a->challenge.flags, &a->flags);
    return status == ST_OK ? check_names(c, &a->av) : status;
}

/* The server's pairs as they came, then ours (FACTS 5). Nothing of ours for a server that sent no
 * TargetInfo: it would not look there ([MS-NLMP] 3.1.5.1.2). */
static void write_target_info(
        const struct ntlm_context *c, const struct answer *a, struct writer *w)
{
    const uint32_t ours = 1u << MsvAvFlags | 1u << MsvAvTargetName | 1u << MsvAvChannelBindings;
    uint32_t av_flags = a->av.flags | (a->mic ? (uint32_t)NTLM_AV_FLAG_MIC : 0);

    if (a->challenge.target_info.size) {
        ntlm_av_copy(w, &a->av, ours);
        if (av_flags)
            ntlm_av_write_u32(w, MsvAvFlags, av_flags);
        if (!c->client.omit_bindings) {
            ntlm_av_write(
                    w, MsvAvChannelBindings, bytes_of(c->client.bindings_hash, NTLM_HASH_SIZE));
            /* Without a target the pair is sent with an empty name: 3.1.5.1.2 (?) */
            ntlm_av_write(w, MsvAvTargetName, blob_view(&c->target_name));
        }
    }
    ntlm_av_write(w, MsvAvEOL, ntlm_none);
}

/* temp of the NTLMv2 response ([MS-NLMP] 3.3.2). */
static enum status make_temp(const struct ntlm_context *c, const struct answer *a,
        const uint8_t client_challenge[NTLM_CHALLENGE_SIZE], struct blob *temp)
{
    struct blob target_info = {0};
    struct writer w = {0};
    uint64_t time = a->av.present[MsvAvTimestamp] ? a->av.timestamp : c->world.now(c->world.self);
    enum status status;

    write_target_info(c, a, &w);
    status = writer_finish(&w, &target_info);
    if (status != ST_OK)
        return status;
    ntlm_v2_temp_write(&w, time, client_challenge, blob_view(&target_info));
    blob_free(&target_info);
    return writer_finish(&w, temp);
}

/* NTProofStr + temp, the LM response, and the key exchange key, which for NTLMv2 is the
 * SessionBaseKey (3.4.5.1). */
static enum status prove(struct answer *a, const uint8_t response_key[NTLM_HASH_SIZE],
        const uint8_t client_challenge[NTLM_CHALLENGE_SIZE], struct bytes temp)
{
    uint8_t proof[NTLM_HASH_SIZE];
    struct writer w = {0};

    ntlm_v2_proof(response_key, a->challenge.server_challenge, temp, proof, a->key_exchange_key);
    writer_reserve(&w, sizeof(proof) + temp.size);
    writer_bytes(&w, bytes_of(proof, sizeof(proof)));
    writer_bytes(&w, temp);
    a->lm_size = NTLM_V1_RESPONSE_SIZE;
    if (!a->av.present[MsvAvTimestamp]) /* else 24 zeros */
        ntlm_v2_lm_response(
                response_key, a->challenge.server_challenge, client_challenge, a->lm_response);
    return writer_finish(&w, &a->nt_response);
}

static enum status respond(const struct ntlm_context *c, struct answer *a)
{
    uint8_t client_challenge[NTLM_CHALLENGE_SIZE] = {0}, response_key[NTLM_HASH_SIZE];
    struct blob temp = {0};
    enum status status = c->world.random(c->world.self, client_challenge, sizeof(client_challenge));

    if (status == ST_OK)
        status = make_temp(c, a, client_challenge, &temp);
    if (status == ST_OK)
        status = ntlm_ntowf_v2(
                c->client.nt_hash, blob_view(&c->user), blob_view(&c->domain), response_key);
    if (status == ST_OK)
        status = prove(a, response_key, client_challenge, blob_view(&temp));
    wipe(response_key, sizeof(response_key));
    blob_free(&temp);
    return status;
}

static enum status respond_v1(const struct ntlm_context *c, struct answer *a)
{
    const struct ntlm_client *client = &c->client;
    struct ntlm_v1_answer v1;
    uint8_t client_challenge[NTLM_CHALLENGE_SIZE] = {0};
    enum status status = c->world.random(c->world.self, client_challenge, sizeof(client_challenge));

    if (status != ST_OK)
        return status;
    ntlm_v1_answer(a->flags, client->nt_hash, client->has_lm_hash ? client->lm_hash : NULL,
            a->challenge.server_challenge, client_challenge, &v1);
    a->lm_size = sizeof(v1.lm_response);
    memcpy(a->lm_response, v1.lm_response, sizeof(v1.lm_response));
    memcpy(a->key_exchange_key, v1.key_exchange_key, NTLM_HASH_SIZE);
    status = blob_set(&a->nt_response, bytes_of(v1.nt_response, sizeof(v1.nt_response)));
    wipe(&v1, sizeof(v1));
    return status;
}

/* [MS-NLMP] 3.2.5.1.2: an LM response of one zero byte, no NT response, no user; keys are zeros. */
static void respond_anonymously(struct answer *a)
{
    a->flags = ntlm_anonymous_flags(a->flags);
    a->lm_size = 1;
}

static enum status exchange_keys(const struct ntlm_context *c, struct answer *a)
{
    if (!ntlm_exchanges_keys(a->flags)) {
        memcpy(a->session_key, a->key_exchange_key, NTLM_HASH_SIZE);
        return ST_OK;
    }
    enum status status = c->world.random(c->world.self, a->session_key, NTLM_HASH_SIZE);
    if (status == ST_OK && c->client.mix_random)
        ntlm_hmac_md5(a->key_exchange_key, bytes_of(a->session_key, NTLM_HASH_SIZE), ntlm_none,
                ntlm_none, a->session_key);
    if (status == ST_OK)
        ntlm_rc4k(a->key_exchange_key, a->session_key, a->encrypted_key);
    return status;
}

static enum status write_authenticate(
        const struct ntlm_context *c, const struct answer *a, struct bytes in, struct blob *token)
{
    struct ntlm_authenticate_message m = {
            .flags = a->flags,
            .lm_response = bytes_of(a->lm_response, a->lm_size),
            .nt_response = blob_view(&a->nt_response),
            .domain = blob_view(&c->domain),
            .user = blob_view(&c->user),
            .workstation = blob_view(&c->workstation),
            .version = a->flags & NTLMSSP_NEGOTIATE_VERSION ? NTLM_VERSION : 0,
            .has_mic = a->mic,
    };
    enum status status;

    if (ntlm_exchanges_keys(a->flags))
        m.encrypted_session_key = bytes_of(a->encrypted_key, NTLM_HASH_SIZE);
    status = ntlm_authenticate_write(&m, token);
    if (status != ST_OK || !a->mic)
        return status;
    ntlm_mic(a->session_key, blob_view(&c->negotiate), in, blob_view(token),
            token->data + NTLM_MIC_OFFSET);
    return ST_OK;
}

static enum status commit(struct ntlm_context *c, const struct answer *a)
{
    enum status status = blob_set(&c->server_name, a->av.value[MsvAvNbComputerName]);

    if (status == ST_OK)
        status = blob_set(&c->server_domain, a->av.value[MsvAvNbDomainName]);
    if (status != ST_OK)
        return status;
    c->flags = a->flags;
    c->mic_used = a->mic;
    memcpy(c->session_key, a->session_key, NTLM_HASH_SIZE);
    ntlm_session_init(&c->session, a->flags, a->session_key, false);
    log_debug("ntlm", "AUTHENTICATE made: flags 0x%08x, %s MIC%s", a->flags,
            a->mic ? "with" : "without", c->anonymous ? ", anonymous" : "");
    return ST_OK;
}

enum status ntlm_client_challenged(struct ntlm_context *c, struct bytes in, struct blob *token)
{
    struct answer a = {0};
    enum status status = read_challenge(c, in, &a);

    if (status == ST_OK && c->anonymous)
        respond_anonymously(&a);
    else if (status == ST_OK)
        status = ntlm_sends_v1(c->client.level) ? respond_v1(c, &a) : respond(c, &a);
    if (status == ST_OK)
        status = exchange_keys(c, &a);
    if (status == ST_OK)
        status = write_authenticate(c, &a, in, token);
    if (status == ST_OK)
        status = commit(c, &a);
    answer_free(&a);
    return status;
}
