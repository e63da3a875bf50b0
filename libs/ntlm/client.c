/* The client's engine: NEGOTIATE out, CHALLENGE in, AUTHENTICATE out. [MS-NLMP] 3.1.5.1 */
#include <string.h>
#include "base/log.h"
#include "context.h"
#include "crypto.h"
#include "flags.h"
#include "keys.h"
#include "message.h"
#include "oem.h"
#include "response.h"
#include "response_v1.h"

enum status ntlm_client_start(struct ntlm_context *c, struct bytes in, struct blob *token)
{
    struct ntlm_negotiate m = {.flags = ntlm_client_request(&c->terms), .version = NTLM_VERSION};
    enum status status;

    if (in.size) {
        log_warn("ntlm", "a server's token came before the client's first one; refused");
        return ST_BAD_TOKEN;
    }
    c->flags = m.flags;
    if (c->terms.wishes & NTLM_WISH_DATAGRAM) /* the server speaks first: 3.1.5.2 */
        return ST_CONTINUE;
    status = ntlm_negotiate_write(&m, token);
    if (status == ST_OK)
        status = blob_set(&c->negotiate, blob_view(token));
    if (status != ST_OK)
        return status;
    return ST_CONTINUE;
}

/* What is known while the answer to a CHALLENGE is built. Wiped as a whole. */
struct answer {
    struct ntlm_challenge challenge;
    struct ntlm_av av; /* of its TargetInfo */
    uint32_t flags;
    bool mic;
    struct blob user, domain, workstation; /* in OEM, if the server speaks that */
    struct blob nt_response;
    uint8_t lm_response[NTLM_V1_RESPONSE_SIZE];
    size_t lm_size;
    uint8_t key_exchange_key[NTLM_HASH_SIZE], session_key[NTLM_HASH_SIZE];
    uint8_t encrypted_key[NTLM_HASH_SIZE];
};

static void answer_free(struct answer *a)
{
    blob_free(&a->user);
    blob_free(&a->domain);
    blob_free(&a->workstation);
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

/* temp of the NTLMv2 response ([MS-NLMP] 3.3.2). */
static enum status make_temp(const struct ntlm_context *c, const struct answer *a,
        const uint8_t client_challenge[NTLM_CHALLENGE_SIZE], struct blob *temp)
{
    struct blob target_info = {0};
    struct writer w = {0};
    uint64_t time = a->av.present[MsvAvTimestamp] ? a->av.timestamp : c->world.now(c->world.self);
    enum status status;

    ntlm_client_pairs(c, &a->challenge, &a->av, a->mic, &w);
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

/* A server that speaks OEM gets the names so, if they can be said; 2.2.2.5. The workstation is only
 * told: what of it cannot be said becomes '?'. */
static enum status narrow_names(const struct ntlm_context *c, struct answer *a)
{
    enum status status;

    if (a->flags & NTLMSSP_NEGOTIATE_UNICODE)
        return ST_OK;
    status = ntlm_oem_say(blob_view(&c->user), &a->user);
    if (status == ST_OK)
        status = ntlm_oem_say(blob_view(&c->domain), &a->domain);
    if (status == ST_OK)
        status = ntlm_oem_narrow(blob_view(&c->workstation), &a->workstation);
    return status;
}

static enum status write_authenticate(
        const struct ntlm_context *c, const struct answer *a, struct bytes in, struct blob *token)
{
    bool unicode = a->flags & NTLMSSP_NEGOTIATE_UNICODE;
    struct ntlm_authenticate_message m = {
            .flags = a->flags,
            .lm_response = bytes_of(a->lm_response, a->lm_size),
            .nt_response = blob_view(&a->nt_response),
            .domain = blob_view(unicode ? &c->domain : &a->domain),
            .user = blob_view(unicode ? &c->user : &a->user),
            .workstation = blob_view(unicode ? &c->workstation : &a->workstation),
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

    if (status == ST_OK)
        status = narrow_names(c, &a);
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
