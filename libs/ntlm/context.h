/* struct ntlm_context: one login. Private to ntlm.c, client.c, server.c and server_login.c.
 *
 * A handler takes one token, parses into locals, verifies everything, and only then writes to the
 * context. Which handler runs in which state is the table in ntlm.c.
 */
#ifndef NTLM_CONTEXT_H
#define NTLM_CONTEXT_H

#include "flags.h"
#include "ntlm.h"
#include "session.h"

enum ntlm_state {
    NTLM_CLIENT_START,
    NTLM_CLIENT_SENT_NEGOTIATE,
    NTLM_SERVER_START,
    NTLM_SERVER_SENT_CHALLENGE,
    NTLM_COMPLETE,
    NTLM_FAILED,
    NTLM_STATES,
};

struct ntlm_client {
    uint8_t nt_hash[NTLM_HASH_SIZE];
    uint8_t bindings_hash[NTLM_HASH_SIZE]; /* zeros: none */
    bool omit_bindings, mix_random;
    const uint8_t *machine_id; /* the caller's; may be NULL */
    enum ntlm_level level;
    bool has_lm_hash; /* for the levels that send LM responses */
    uint8_t lm_hash[NTLM_HASH_SIZE];
};

struct ntlm_server {
    struct blob nb_computer, nb_domain, dns_computer, dns_domain;
    bool is_domain;
    ntlm_authenticate authenticate;
    void *authenticate_self;
    bool has_bindings;
    uint8_t bindings_hash[NTLM_HASH_SIZE];
    enum ntlm_bindings_policy bindings_policy;
    enum ntlm_level level;
    bool lm_hashes;
    uint8_t challenge[NTLM_CHALLENGE_SIZE];
    bool omit_timestamp;
    uint64_t timestamp; /* MsvAvTimestamp as it was sent */
    bool guests;
    enum ntlm_target_policy target_policy;
    struct blob targets;
    const uint8_t *machine_id; /* the caller's; may be NULL */
};

struct ntlm_context {
    enum ntlm_state state;
    struct ntlm_terms terms;
    uint32_t flags; /* requested, then offered, then negotiated */
    bool is_server;
    struct world world;
    struct blob user, domain, workstation, target_name, server_name, server_domain;
    struct blob negotiate, challenge; /* the messages as exchanged, for the MIC */
    bool anonymous, guest, loopback, mic_used;
    uint8_t session_key[NTLM_HASH_SIZE];
    struct ntlm_session session;
    struct ntlm_client client; /* a client uses this, a server the next */
    struct ntlm_server server;
};

/* What the levels mean, default included (ntlm.h). */
static inline bool ntlm_sends_v1(enum ntlm_level level)
{
    return level != NTLM_LEVEL_DEFAULT && level <= NTLM_LEVEL_2;
}

static inline bool ntlm_takes_v1(enum ntlm_level level)
{
    return level != NTLM_LEVEL_DEFAULT && level <= NTLM_LEVEL_4;
}

static inline bool ntlm_takes_lm(enum ntlm_level level)
{
    return level != NTLM_LEVEL_DEFAULT && level <= NTLM_LEVEL_3;
}

/* Handlers: ST_CONTINUE or ST_OK with TOKEN to send (may be empty), or a failure. */
typedef enum status (*ntlm_handler)(struct ntlm_context *c, struct bytes in, struct blob *token);
MUST_USE enum status ntlm_client_start(struct ntlm_context *c, struct bytes in, struct blob *token);
MUST_USE enum status ntlm_client_challenged(
        struct ntlm_context *c, struct bytes in, struct blob *token);
MUST_USE enum status ntlm_server_start(struct ntlm_context *c, struct bytes in, struct blob *token);
MUST_USE enum status ntlm_server_authenticated(
        struct ntlm_context *c, struct bytes in, struct blob *token);

/* All pairs of a response to CHALLENGE, whose own pairs are AV: those as they came, then the
 * client's (the order of Windows' clients in captures), then MsvAvEOL. A server that sent no TargetInfo gets none of ours: it would
 * not look there (3.1.5.1.2). MIC: the AUTHENTICATE message has one. */
struct ntlm_challenge;
struct ntlm_av;
struct writer;
void ntlm_client_pairs(const struct ntlm_context *c, const struct ntlm_challenge *challenge,
        const struct ntlm_av *av, bool mic, struct writer *w);

/* Copies a name of a config: UTF-16LE, at most 65,534 bytes. ST_BAD_ARGUMENT, ST_NO_MEMORY. */
MUST_USE enum status ntlm_copy_name(struct blob *to, struct bytes name);

#endif
