/* The engine behind struct spnego_context: one struct, one way to step it, a table per side.
 * Inside this room only.
 */
#ifndef SPNEGO_ENGINE_H
#define SPNEGO_ENGINE_H

#include "spnego/spnego.h"
#include "spnego/neg_token.h"

enum state {
    S_FAILED, /* zero: a next state that a row does not name is a failure */
    S_START,
    S_HINTED,  /* server: NegTokenInit2 is out */
    S_OFFERED, /* client: NegTokenInit is out, nothing chosen yet */
    S_MECH,    /* chosen; the mechanism has legs to go */
    S_SETTLED, /* the mechanism is complete, the negotiation is not: mechListMIC or the last word */
    S_DIRECT,  /* raw tokens of the mechanism, no SPNEGO */
    S_DONE,
};

enum event {
    EV_EMPTY,
    EV_INIT, /* NegTokenInit from a client, NegTokenInit2 from a server */
    EV_ACCEPT_COMPLETED,
    EV_ACCEPT_INCOMPLETE,
    EV_REJECT,
    EV_REQUEST_MIC,
    EV_NO_NEG_STATE,
    EV_RAW,
};

/* A token from the peer, decoded into locals of spnego_step. */
struct message {
    enum event event;
    struct bytes raw;     /* the whole token */
    struct bytes raw_oid; /* EV_RAW in S_START: whose it is */
    union {
        struct neg_token_init init;   /* EV_INIT, server */
        struct neg_token_init2 init2; /* EV_INIT, client */
        struct neg_token_resp resp;   /* the NegTokenResp events */
    };
};

/* ST_CONTINUE or ST_OK or a failure; OUT is empty when called. */
typedef enum status (*handler)(
        struct spnego_context *c, const struct message *m, struct writer *out);

/* Where a handler's success leads: ST_OK is DONE; ST_CONTINUE is MORE while the mechanism has legs
 * to go, SETTLED when it is complete, DIRECT when the handler left SPNEGO. */
struct row {
    enum state state;
    enum event event;
    handler handle;
    enum state more, settled, direct, done;
};

struct spnego_side {
    const char *name;
    const struct row *rows;
    size_t count;
    bool server;
    bool sends_reject;
};

extern const struct spnego_side spnego_client_side, spnego_server_side;

/* engine.c */

/* STATUS of a leg whose message is in W; a failed one's if that could not be written. */
MUST_USE enum status msg_written(const struct writer *w, enum status status);

/* Both sides' NegTokenResp: writes RESP to OUT, with our mechListMIC if WITH_MIC; then as msg_written. */
MUST_USE enum status msg_respond(struct spnego_context *c, struct neg_token_resp *resp,
        bool with_mic, struct writer *out, enum status status);

MUST_USE enum status spnego_init(struct spnego_context *c, const struct spnego_side *side,
        const struct spnego_mech *mechs, size_t count);

/* mech.c: the chosen mechanism. */

/* Same mechanism under another OID: Windows' misspelt Kerberos OID (RFC 4178 Appendix C). */
bool mech_oid_same(struct bytes a, struct bytes b);

/* Index of the mechanism with this OID, exact before equivalent; false if there is none. */
bool mech_find(const struct spnego_context *c, struct bytes oid, size_t *index);

/* Does MechTypeList have it, under either name? */
bool mech_listed(struct bytes mech_types, struct bytes oid);

const char *mech_name(const struct spnego_context *c);

/* Steps the chosen mechanism, whatever it is given; notes completion. */
MUST_USE enum status mech_step(struct spnego_context *c, struct bytes in, struct bytes *token);

/* Gives the mechanism a token of the peer: needed while it is not complete, forbidden afterwards.
 * ST_OK also when it has been complete before. */
MUST_USE enum status mech_advance(struct spnego_context *c, struct bytes in, struct bytes *token);

/* Raw tokens: both sides' handler for S_DIRECT. */
MUST_USE enum status mech_direct(
        struct spnego_context *c, const struct message *m, struct writer *out);

/* mic.c: mechListMIC, RFC 4178 section 5. */

/* Can the mechanism sign? To be asked once it is complete, as the next. */
bool mic_possible(const struct spnego_context *c);

/* Does the mechanism want it, whatever the negotiation does? */
bool mic_wanted(const struct spnego_context *c);

/* Must mechListMIC go both ways? */
bool mic_required(const struct spnego_context *c);

/* Ours: made once, and the outgoing cipher state put back. */
MUST_USE enum status mic_make(struct spnego_context *c, struct spnego_mic *mic);

/* The peer's: ST_BAD_SIGNATURE, also for a wrong sequence number. Only once the mechanism is
 * complete. */
MUST_USE enum status mic_check(struct spnego_context *c, struct bytes mic);

/* ST_BAD_SIGNATURE with a line in the log: a MIC that had to be there is not. */
MUST_USE enum status mic_missing(const struct spnego_context *c);

/* The peer's mechListMIC as far as it is one: empty if it only repeats responseToken. */
struct bytes mic_of(const struct neg_token_resp *resp);

#endif
