/* A mechanism for tests: deterministic, any number of legs, with a cipher state per direction that
 * must be reset where NTLM's is, and counters of every call. Its tokens and signatures are
 * readable: token  'F' id n              the n-th token of mechanism ID, from 1 MIC    'M' id
 * sender seq pos sum sum sum sum A signature made with a cipher state in another place than the
 * verifier's does not verify.
 */
#ifndef TESTS_SPNEGO_FAKE_H
#define TESTS_SPNEGO_FAKE_H

#include "unit.h"
#include "spnego_blob.h"

struct fake {
    uint8_t id;
    int legs; /* tokens in all, both directions */
    bool initiator;
    bool wants_mic;
    bool no_integrity;
    int fail_at; /* the call of step, from 1, that fails ... */
    enum status fail_with;
    bool no_reset; /* breaks the cipher state, to see that tests notice */
    uint8_t key;   /* of the session: both ends have the same, another session has another */

    int tokens;       /* exchanged so far */
    uint8_t token[3]; /* the last of ours */
    int steps, mics_made, mics_verified, resets_out, resets_in;
    uint8_t seq_out, seq_in, pos_out, pos_in;
};

static inline enum status fake_emit(struct fake *f, struct bytes *out)
{
    f->token[0] = 'F';
    f->token[1] = f->id;
    f->token[2] = (uint8_t)++f->tokens;
    *out = bytes_of(f->token, sizeof(f->token));
    return f->tokens == f->legs ? ST_OK : ST_CONTINUE;
}

static inline enum status fake_step(void *self, struct bytes in, struct bytes *out)
{
    struct fake *f = self;
    if (++f->steps == f->fail_at)
        return f->fail_with;
    if (f->tokens >= f->legs)
        return ST_BAD_STATE;
    if (!f->initiator || f->tokens) {
        uint8_t want[3] = {'F', f->id, (uint8_t)(f->tokens + 1)};
        if (!bytes_equal(in, bytes_of(want, sizeof(want))))
            return ST_BAD_TOKEN;
        if (++f->tokens == f->legs)
            return ST_OK;
    } else if (in.size) {
        return ST_BAD_TOKEN;
    }
    return fake_emit(f, out);
}

/* What a signature is: depends on the data, on who signs, on the sequence number and on the place
 * of the cipher state. */
static inline void fake_signature(
        uint8_t mic[9], uint8_t id, bool initiator, uint8_t seq, uint8_t pos, struct bytes data)
{
    uint32_t sum = 2166136261u;
    mic[0] = 'M';
    mic[1] = id;
    mic[2] = initiator ? 'C' : 'S';
    mic[3] = seq;
    mic[4] = pos;
    for (size_t i = 1; i < 5; i++)
        sum = (sum ^ mic[i]) * 16777619u;
    for (size_t i = 0; i < data.size; i++)
        sum = (sum ^ data.data[i]) * 16777619u;
    for (size_t i = 0; i < 4; i++)
        mic[5 + i] = (uint8_t)(sum >> (8 * i));
}

static inline enum status fake_get_mic(void *self, struct bytes data, struct spnego_mic *out)
{
    struct fake *f = self;
    if (f->tokens < f->legs)
        return ST_BAD_STATE;
    out->size = 9;
    fake_signature(out->bytes, f->id ^ f->key, f->initiator, f->seq_out++, f->pos_out++, data);
    f->mics_made++;
    return ST_OK;
}

static inline enum status fake_verify_mic(void *self, struct bytes data, struct bytes mic)
{
    struct fake *f = self;
    uint8_t want[9];
    if (f->tokens < f->legs)
        return ST_BAD_STATE;
    fake_signature(want, f->id ^ f->key, !f->initiator, f->seq_in, f->pos_in, data);
    f->mics_verified++;
    if (mic.size == 9 && mic.data[3] != f->seq_in)
        return ST_OUT_OF_SEQUENCE; /* as NTLM says it */
    if (!secret_equal(mic, bytes_of(want, sizeof(want))))
        return ST_BAD_SIGNATURE;
    f->seq_in++;
    f->pos_in++;
    return ST_OK;
}

static inline enum status fake_reset(void *self, bool outgoing)
{
    struct fake *f = self;
    if (outgoing)
        f->resets_out++;
    else
        f->resets_in++;
    if (f->no_reset)
        return ST_OK;
    if (outgoing)
        f->pos_out = 0;
    else
        f->pos_in = 0;
    return ST_OK;
}

static inline bool fake_mic_wanted(void *self)
{
    return ((struct fake *)self)->wants_mic;
}

static inline bool fake_can_mic(void *self)
{
    return !((struct fake *)self)->no_integrity;
}

static const struct spnego_functions fake_functions = {
        .step = fake_step,
        .mic_wanted = fake_mic_wanted,
        .get_mic = fake_get_mic,
        .verify_mic = fake_verify_mic,
        .reset = fake_reset,
        .can_mic = fake_can_mic,
};

static inline struct spnego_mech fake_mech(struct bytes oid, struct fake *f)
{
    struct spnego_mech mech = {oid, "fake", &fake_functions, f};
    return mech;
}

/* Both sides of a negotiation. Mechanism 0 has the OID of Kerberos, 1 of NTLM; each side may have
 * them in any order: ORDER is a list of digits. */
struct pair {
    struct fake c[3], s[3];
    struct spnego_context *client, *server;
    struct blob to_server, to_client;
    enum status client_status, server_status;
};

static inline struct bytes fake_oid(size_t id)
{
    return id == 0 ? spnego_oid_krb5 : id == 1 ? spnego_oid_ntlm : spnego_oid_negoex;
}

static inline size_t fake_list(struct fake *fakes, const char *order, struct spnego_mech *mechs)
{
    size_t n = 0;
    for (; order[n]; n++)
        mechs[n] = fake_mech(fake_oid((size_t)(order[n] - '0')), &fakes[order[n] - '0']);
    return n;
}

/* Legs of each mechanism as the fields say: by default Kerberos 2, NTLM 3. */
static inline void pair_init(struct pair *p)
{
    memset(p, 0, sizeof(*p));
    for (uint8_t i = 0; i < 3; i++) {
        p->c[i].id = p->s[i].id = i;
        p->c[i].legs = p->s[i].legs = i == 0 ? 2 : 3;
        p->c[i].initiator = true;
    }
}

static inline void pair_open(struct pair *p, const char *client, const char *server)
{
    struct spnego_mech mechs[8];
    CHECK_STATUS(
            client_new(mechs, fake_list(p->c, client, mechs), false, &p->client), ST_OK);
    CHECK_STATUS(server_new(mechs, fake_list(p->s, server, mechs), &p->server), ST_OK);
    p->client_status = p->server_status = ST_CONTINUE;
}

static inline enum status pair_client(struct pair *p)
{
    struct blob token = {0};
    p->client_status = step_to_blob(p->client, blob_view(&p->to_client), &token);
    blob_free(&p->to_client);
    blob_move(&p->to_server, &token);
    return p->client_status;
}

static inline enum status pair_server(struct pair *p)
{
    struct blob token = {0};
    p->server_status = step_to_blob(p->server, blob_view(&p->to_server), &token);
    blob_free(&p->to_server);
    blob_move(&p->to_client, &token);
    return p->server_status;
}

/* To the end, or to the first failure. Returns the number of tokens. */
static inline int pair_run(struct pair *p)
{
    int n = 0;
    while (n < 20) {
        if (p->client_status == ST_CONTINUE && status_failed(pair_client(p)))
            break;
        if (!p->to_server.size)
            break;
        n++;
        if (status_failed(pair_server(p)))
            break;
        if (!p->to_client.size)
            break;
        n++;
    }
    return n;
}

/* Both complete, both agree on the place of each direction's cipher state and sequence number, and
 * after mechListMIC the former is back at its start while the latter goes on. */
static inline bool pair_agrees(const struct pair *p, size_t id, bool with_mic)
{
    const struct fake *c = &p->c[id], *s = &p->s[id];
    uint8_t seq = with_mic ? 1 : 0;
    return p->client_status == ST_OK && p->server_status == ST_OK &&
           spnego_progress(p->client) == SPNEGO_COMPLETE &&
           spnego_progress(p->server) == SPNEGO_COMPLETE && spnego_can_protect(p->client) &&
           spnego_can_protect(p->server) && c->seq_out == seq && s->seq_in == seq &&
           s->seq_out == seq && c->seq_in == seq && !c->pos_out && !c->pos_in && !s->pos_out &&
           !s->pos_in && c->resets_out == seq && c->resets_in == seq && s->resets_out == seq &&
           s->resets_in == seq;
}

static inline void pair_close(struct pair *p)
{
    engine_free(p->client);
    engine_free(p->server);
    blob_free(&p->to_client);
    blob_free(&p->to_server);
    p->client = p->server = NULL;
}

#endif
