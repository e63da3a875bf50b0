/* What the client and the server engine share; private to this room.
 *
 *   bytes of the TLS stream -> stream.c (records, then whole TSRequests) -> engine.c (version,
 * errorCode, which row of the role's table) -> client.c or server.c (the handler of the row) ->
 * stream.c
 */
#ifndef CREDSSP_ENGINE_H
#define CREDSSP_ENGINE_H

#include "credssp.h"
#include "keybinding.h"
#include "tsrequest.h"

enum state {
    STATE_HANDSHAKE, /* TLS */
    STATE_NEGOTIATE, /* tokens of the inner package */
    STATE_BIND,      /* client: its pubKeyAuth is sent; server: the client's is awaited */
    STATE_DELEGATE,  /* server: authInfo is awaited */
    STATE_DONE,
    STATE_FAILED,
};

/* A TSRequest, by the fields it carries. */
enum event {
    EVENT_TOKEN,
    EVENT_TOKEN_AND_KEY,
    EVENT_KEY,
    EVENT_CREDENTIALS,
    EVENT_UNKNOWN, /* any other set of fields: in no table */
};

typedef enum status (*handler)(
        struct credssp_context *c, const struct tsrequest *m, struct blob *out);

/* (STATE, EVENT) -> HANDLER; the state is then AGAIN if it said ST_CONTINUE, NEXT if ST_OK. */
struct row {
    enum state state;
    enum event event;
    handler handle;
    enum state again, next;
};

struct role {
    const char *peer; /* for the log */
    const struct row *rows;
    size_t count;
    /* Once, when TLS is up. NULL: wait for the peer. */
    enum status (*start)(struct credssp_context *c, struct blob *out);
    bool sends_error_code;
};

extern const struct role client_role, server_role;

struct credssp_context {
    const struct role *role;
    struct credssp_tls tls;
    struct credssp_auth auth;
    struct world world;
    uint32_t version, lowest, peer_version, peer_error;
    enum state state;
    bool tls_up;
    bool tls_broken;   /* TLS itself failed: nothing more can be sent through it */
    struct blob plain; /* decrypted, not yet a whole TSRequest */
    bool has_nonce;
    uint8_t nonce[TSREQUEST_NONCE_SIZE];

    /* client */
    bool proof_sent; /* the package has answered a token of the server, or is complete */
    enum status (*server_seen)(void *self);
    enum status (*before_delegation)(void *self);
    void *hook_self;
    struct blob domain, user, password, credentials;

    /* server */
    struct credssp_credentials got;
    bool has_credentials;
};

/* For functions of the tables that either do it or fail: any other answer is a fault of theirs. */
static inline enum status or_failure(enum status s)
{
    return s == ST_OK || status_failed(s) ? s : ST_INTERNAL;
}

/* engine.c */
struct credssp_context *engine_new(const struct role *role, const struct credssp_tls *tls,
        const struct credssp_auth *auth, const struct world *world, uint32_t version,
        uint32_t lowest);
/* The lower of both versions; ours while the peer's is unknown. */
uint32_t engine_version(const struct credssp_context *c);
/* ST_OK, ST_CONTINUE or a failure, nothing else. */
enum status engine_auth_step(struct credssp_context *c, struct bytes token, struct blob *reply);
/* Seals our side's key binding into OUT, which is replaced. */
enum status engine_seal_key(
        struct credssp_context *c, enum keybinding_direction direction, struct blob *out);
/* ST_OK if SEALED is the peer's key binding for our TLS key; else ST_BAD_KEY_BINDING or what the
 * package says of the seal. */
enum status engine_check_key(
        struct credssp_context *c, enum keybinding_direction direction, struct bytes sealed);

/* stream.c */
/* Encodes, encrypts, appends to OUT. The version field is filled in. */
enum status stream_send(struct credssp_context *c, const struct tsrequest *m, struct blob *out);
/* Takes one TLS record of IN into c->plain: ST_OK, ST_INCOMPLETE with *MISSING, or a failure. */
enum status stream_read(struct credssp_context *c, struct bytes in, size_t *consumed,
        size_t *missing, struct blob *out);
/* ST_OK: *MESSAGE is the first whole TSRequest of c->plain; ST_INCOMPLETE: not yet. */
enum status stream_peek(struct credssp_context *c, struct bytes *message);
/* Drops the first SIZE bytes of c->plain. (Sealed data: freeing is early enough to wipe.) */
void stream_drop(struct credssp_context *c, size_t size);

#endif
