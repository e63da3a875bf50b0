/* What both sides share: the state table, the session's calls, query and free. */
#include "ntlm.h"
#include <string.h>
#include "base/log.h"
#include "context.h"

/* What is not here cannot happen: COMPLETE and FAILED take no token. */
static const struct {
    ntlm_handler handler;
    enum ntlm_state next;
} table[NTLM_STATES] = {
        [NTLM_CLIENT_START] = {ntlm_client_start, NTLM_CLIENT_SENT_NEGOTIATE},
        [NTLM_CLIENT_SENT_NEGOTIATE] = {ntlm_client_challenged, NTLM_COMPLETE},
        [NTLM_SERVER_START] = {ntlm_server_start, NTLM_SERVER_SENT_CHALLENGE},
        [NTLM_SERVER_SENT_CHALLENGE] = {ntlm_server_authenticated, NTLM_COMPLETE},
        [NTLM_COMPLETE] = {NULL, NTLM_COMPLETE},
        [NTLM_FAILED] = {NULL, NTLM_FAILED},
};

/* What only the legs need; a program may keep its context for days, also after it has freed the
 * credential. */
static void forget_legs(struct ntlm_context *c)
{
    struct blob *const owned[] = {&c->negotiate, &c->challenge, &c->server.nb_computer,
            &c->server.nb_domain, &c->server.dns_computer, &c->server.dns_domain,
            &c->server.targets};

    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
        blob_free(owned[i]);
    wipe(c->client.nt_hash, sizeof(c->client.nt_hash));
    wipe(c->client.lm_hash, sizeof(c->client.lm_hash));
}

enum status ntlm_step(struct ntlm_context *c, struct bytes in, struct blob *out)
{
    struct blob token = {0};
    enum status status;

    if (!table[c->state].handler) {
        blob_free(out);
        return ST_BAD_STATE;
    }
    status = table[c->state].handler(c, in, &token);
    wipe_stack();
    if (status_failed(status)) {
        c->state = NTLM_FAILED;
        wipe(&c->session, sizeof(c->session));
        wipe(c->session_key, sizeof(c->session_key));
        blob_free(&token);
    } else {
        c->state = table[c->state].next;
    }
    if (c->state == NTLM_COMPLETE || c->state == NTLM_FAILED)
        forget_legs(c);
    blob_move(out, &token);
    return status;
}

enum status ntlm_set_bindings(struct ntlm_context *c, const uint8_t bindings_hash[NTLM_HASH_SIZE])
{
    if (!table[c->state].handler)
        return ST_BAD_STATE;
    memcpy(c->client.bindings_hash, bindings_hash, NTLM_HASH_SIZE);
    memcpy(c->server.bindings_hash, bindings_hash, NTLM_HASH_SIZE);
    c->server.has_bindings = true;
    return ST_OK;
}

enum status ntlm_copy_name(struct blob *to, struct bytes name)
{
    if (name.size % 2 || name.size > UINT16_MAX)
        return ST_BAD_ARGUMENT;
    return blob_set(to, name);
}

enum status ntlm_sign(struct ntlm_context *c, const struct ntlm_part *parts, size_t count,
        uint8_t signature[NTLM_SIGNATURE_SIZE])
{
    if (c->state != NTLM_COMPLETE)
        return ST_BAD_STATE;
    return ntlm_session_sign(&c->session, parts, count, signature);
}

enum status ntlm_seal(struct ntlm_context *c, const struct ntlm_part *parts, size_t count,
        uint8_t signature[NTLM_SIGNATURE_SIZE])
{
    if (c->state != NTLM_COMPLETE)
        return ST_BAD_STATE;
    return ntlm_session_seal(&c->session, parts, count, signature);
}

enum status ntlm_verify(
        struct ntlm_context *c, const struct ntlm_part *parts, size_t count, struct bytes signature)
{
    enum status status;

    if (c->state != NTLM_COMPLETE)
        return ST_BAD_STATE;
    status = ntlm_session_verify(&c->session, parts, count, signature);
    wipe_registers(); /* HMAC states were copied */
    return status;
}

enum status ntlm_unseal(
        struct ntlm_context *c, const struct ntlm_part *parts, size_t count, struct bytes signature)
{
    enum status status;

    if (c->state != NTLM_COMPLETE)
        return ST_BAD_STATE;
    status = ntlm_session_unseal(&c->session, parts, count, signature);
    wipe_registers();
    return status;
}

void ntlm_number_message(struct ntlm_context *c, bool outgoing, uint32_t number)
{
    if (c->state == NTLM_COMPLETE)
        ntlm_session_number(&c->session, outgoing, number);
}

bool ntlm_mic_used(const struct ntlm_context *c)
{
    return c->mic_used;
}

enum status ntlm_reset_cipher(struct ntlm_context *c, bool outgoing)
{
    if (c->state != NTLM_COMPLETE)
        return ST_BAD_STATE;
    ntlm_session_reset_cipher(&c->session, outgoing);
    return ST_OK;
}

void ntlm_query(const struct ntlm_context *c, struct ntlm_info *info)
{
    bool complete = c->state == NTLM_COMPLETE;

    *info = (struct ntlm_info){
            .complete = complete,
            .anonymous = c->anonymous,
            .guest = c->guest,
            .loopback = c->loopback,
            .flags = c->flags,
            .user = blob_view(&c->user),
            .domain = blob_view(&c->domain),
            .workstation = blob_view(&c->workstation),
            .target_name = blob_view(&c->target_name),
            .server_name = blob_view(&c->server_name),
            .server_domain = blob_view(&c->server_domain),
            .session_key = complete ? c->session_key : NULL,
    };
}

void ntlm_free(struct ntlm_context *c)
{
    if (!c)
        return;
    struct blob *const owned[] = {&c->user, &c->domain, &c->workstation, &c->target_name,
            &c->server_name, &c->server_domain, &c->negotiate, &c->challenge,
            &c->server.nb_computer, &c->server.nb_domain, &c->server.dns_computer,
            &c->server.dns_domain, &c->server.targets};
    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
        blob_free(owned[i]);
    mem_free(c, sizeof(*c));
}
