/* A TLS and an inner package for tests of the CredSSP engines: no cryptography, but they notice
 * what the real ones notice: reordered, lost and changed records, seals of the wrong direction or
 * sequence.
 *
 * TLS record:   type (1) | length of payload, big-endian (3) | sequence (1) | payload as it is
 *   handshake: client 'C' ->, <- server 'S', client 'F' ->
 * Package:      tokens "N" ->, <- "C", "A" ->, and per mode a last one "D" from the server
 * Seal:         16-byte checksum over key, direction, sequence, plaintext | plaintext xor key
 */
#ifndef TESTS_UNIT_CREDSSP_FAKE_H
#define TESTS_UNIT_CREDSSP_FAKE_H

#include "credssp/credssp.h"
#include "unit.h"

enum { FAKE_HANDSHAKE = 1, FAKE_DATA, FAKE_CLOSE, FAKE_POST, FAKE_ALERT, FAKE_HEADER = 5 };

struct fake_tls {
    bool client, up;
    uint8_t sent, got; /* sequences of data records */
    size_t record_max; /* payload bytes per record; 0: no limit */
    uint8_t key[64];   /* SubjectPublicKey */
    size_t key_size;
    bool refuse;   /* handshake fails with an alert */
    int post_seen; /* post-handshake records that came to handshake() */
};

enum fake_mode {
    FAKE_RAW,   /* client complete with "A", server without a token: raw NTLM */
    FAKE_WAIT,  /* client complete with "D" only: SPNEGO with mechListMIC */
    FAKE_EAGER, /* client complete with "A", but the server still answers "D" */
    FAKE_SHORT, /* client complete with its first token "N", server answers none */
};

struct fake_auth {
    bool client, ready;
    enum fake_mode mode;
    int stage;
    enum status deny; /* server: says this to "A" instead of ST_OK */
    uint8_t key, sealed, unsealed;
    int steps;
};

static inline enum status fake_try_append(struct blob *b, struct bytes v)
{
    struct blob joined = {0};
    joined.data = mem_alloc(b->size + v.size);
    if (!joined.data)
        return ST_NO_MEMORY;
    joined.size = b->size + v.size;
    joined.capacity = joined.size ? joined.size : 1;
    if (b->size)
        memcpy(joined.data, b->data, b->size);
    if (v.size)
        memcpy(joined.data + b->size, v.data, v.size);
    blob_move(b, &joined);
    return ST_OK;
}

/* For the test itself: not among the allocations that a test fails. */
static inline void fake_append(struct blob *b, struct bytes v)
{
    long left = mem_fail_after(-1);
    if (fake_try_append(b, v) != ST_OK)
        abort();
    mem_fail_after(left);
}

static inline enum status fake_record(struct blob *out, int type, uint8_t sequence, struct bytes v)
{
    uint8_t header[FAKE_HEADER] = {(uint8_t)type, (uint8_t)(v.size >> 16), (uint8_t)(v.size >> 8),
            (uint8_t)v.size, sequence};
    enum status s = fake_try_append(out, bytes_of(header, sizeof header));
    return s == ST_OK ? fake_try_append(out, v) : s;
}

/* The record at the start of IN; ST_INCOMPLETE with *MISSING. */
static inline enum status fake_parse(
        struct bytes in, int *type, uint8_t *sequence, struct bytes *payload, size_t *missing)
{
    if (in.size < FAKE_HEADER) {
        *missing = FAKE_HEADER - in.size;
        return ST_INCOMPLETE;
    }
    size_t size = (size_t)in.data[1] << 16 | (size_t)in.data[2] << 8 | in.data[3];
    if (in.size - FAKE_HEADER < size) {
        *missing = size - (in.size - FAKE_HEADER);
        return ST_INCOMPLETE;
    }
    *type = in.data[0];
    *sequence = in.data[4];
    *payload = bytes_of(in.data + FAKE_HEADER, size);
    return ST_OK;
}

static inline enum status fake_handshake_reply(struct fake_tls *t, uint8_t got, struct blob *out)
{
    if (t->refuse) {
        enum status s = fake_record(out, FAKE_ALERT, 0, BYTES_LITERAL("!"));
        return s == ST_OK ? ST_UNTRUSTED : s;
    }
    if (!t->client && got == 'C') {
        enum status s = fake_record(out, FAKE_HANDSHAKE, 0, BYTES_LITERAL("S"));
        return s == ST_OK ? ST_CONTINUE : s;
    }
    if (t->client && got == 'S') {
        t->up = true;
        return fake_record(out, FAKE_HANDSHAKE, 0, BYTES_LITERAL("F"));
    }
    if (!t->client && got == 'F') {
        t->up = true;
        return ST_OK;
    }
    return ST_BAD_TOKEN;
}

static inline enum status fake_handshake(
        void *self, struct bytes in, size_t *consumed, size_t *missing, struct blob *out)
{
    struct fake_tls *t = self;
    int type = 0;
    uint8_t sequence = 0;
    struct bytes payload = {0};
    if (t->client && !t->up && !in.size) {
        enum status s = fake_record(out, FAKE_HANDSHAKE, 0, BYTES_LITERAL("C"));
        return s == ST_OK ? ST_CONTINUE : s;
    }
    enum status s = fake_parse(in, &type, &sequence, &payload, missing);
    if (s != ST_OK)
        return s;
    *consumed = FAKE_HEADER + payload.size;
    if (t->up && type == FAKE_POST) {
        t->post_seen++;
        return ST_OK;
    }
    if (type != FAKE_HANDSHAKE || payload.size != 1 || t->up)
        return ST_BAD_TOKEN;
    return fake_handshake_reply(t, payload.data[0], out);
}

static inline enum status fake_encrypt(void *self, struct bytes plain, struct blob *out)
{
    struct fake_tls *t = self;
    while (plain.size) {
        size_t n = t->record_max && t->record_max < plain.size ? t->record_max : plain.size;
        enum status s = fake_record(out, FAKE_DATA, t->sent, bytes_of(plain.data, n));
        if (s != ST_OK)
            return s;
        t->sent++;
        plain = bytes_of(plain.data + n, plain.size - n);
    }
    return ST_OK;
}

static inline enum status fake_decrypt(
        void *self, struct bytes in, size_t *consumed, size_t *missing, struct blob *plain)
{
    struct fake_tls *t = self;
    int type = 0;
    uint8_t sequence = 0;
    struct bytes payload = {0};
    enum status s = fake_parse(in, &type, &sequence, &payload, missing);
    if (s != ST_OK)
        return s;
    if (type == FAKE_POST)
        return ST_RENEGOTIATE;
    if (type == FAKE_CLOSE)
        return ST_CLOSED;
    if (type == FAKE_ALERT)
        return ST_PEER_ALERT;
    if (type != FAKE_DATA || sequence != t->got)
        return ST_BAD_SIGNATURE;
    t->got++;
    *consumed = FAKE_HEADER + payload.size;
    return payload.size ? fake_try_append(plain, payload) : ST_OK;
}

static inline enum status fake_public_key(void *self, struct blob *out)
{
    struct fake_tls *t = self;
    return blob_set(out, bytes_of(t->key, t->key_size));
}

static inline bool fake_token_is(struct bytes in, const char *want)
{
    return in.size == strlen(want) && !memcmp(in.data, want, in.size);
}

static inline enum status fake_reply(struct blob *out, const char *token, enum status then)
{
    enum status s = blob_set(out, bytes_of(token, strlen(token)));
    return s == ST_OK ? then : s;
}

static inline enum status fake_client_step(struct fake_auth *a, struct bytes in, struct blob *out)
{
    switch (a->stage++) {
    case 0:
        a->ready = a->mode == FAKE_SHORT;
        return in.size ? ST_BAD_TOKEN : fake_reply(out, "N", a->ready ? ST_OK : ST_CONTINUE);
    case 1:
        if (!fake_token_is(in, "C"))
            return ST_BAD_TOKEN;
        a->ready = a->mode != FAKE_WAIT;
        return fake_reply(out, "A", a->ready ? ST_OK : ST_CONTINUE);
    case 2:
        a->ready = a->mode == FAKE_WAIT && fake_token_is(in, "D");
        return a->ready ? ST_OK : ST_BAD_TOKEN;
    default:
        return ST_BAD_STATE;
    }
}

static inline enum status fake_server_step(struct fake_auth *a, struct bytes in, struct blob *out)
{
    if (a->stage == 0 && fake_token_is(in, "N") && a->mode == FAKE_SHORT) {
        a->ready = true;
        a->stage = 2;
        return ST_OK;
    }
    if (a->stage == 0 && fake_token_is(in, "N")) {
        a->stage = 1;
        return fake_reply(out, "C", ST_CONTINUE);
    }
    if (a->stage == 1 && fake_token_is(in, "A")) {
        a->stage = 2;
        if (a->deny != ST_OK)
            return a->deny;
        a->ready = true;
        return a->mode == FAKE_RAW ? ST_OK : fake_reply(out, "D", ST_OK);
    }
    return a->stage < 2 ? ST_BAD_TOKEN : ST_BAD_STATE;
}

static inline enum status fake_step(void *self, struct bytes in, struct blob *out)
{
    struct fake_auth *a = self;
    a->steps++;
    return a->client ? fake_client_step(a, in, out) : fake_server_step(a, in, out);
}

static inline void fake_checksum(
        uint8_t out[16], uint8_t key, bool client, uint8_t sequence, struct bytes plain)
{
    uint64_t h[2] = {1469598103934665603u ^ key, 88172645463325252u + sequence + (client ? 99 : 7)};
    for (size_t i = 0; i < plain.size; i++) {
        h[0] = (h[0] ^ plain.data[i]) * 1099511628211u;
        h[1] = (h[1] + plain.data[i] + i) * 6364136223846793005u + h[0];
    }
    memcpy(out, h, 16);
}

static inline enum status fake_seal(void *self, struct bytes plain, struct blob *out)
{
    struct fake_auth *a = self;
    if (!a->ready)
        return ST_BAD_STATE;
    struct blob sealed = {0};
    sealed.size = sealed.capacity = 16 + plain.size;
    sealed.data = mem_alloc(sealed.size);
    if (!sealed.data)
        return ST_NO_MEMORY;
    fake_checksum(sealed.data, a->key, a->client, a->sealed++, plain);
    for (size_t i = 0; i < plain.size; i++)
        sealed.data[16 + i] = plain.data[i] ^ a->key;
    blob_move(out, &sealed);
    return ST_OK;
}

static inline enum status fake_unseal(void *self, struct bytes sealed, struct blob *plain)
{
    struct fake_auth *a = self;
    if (!a->ready)
        return ST_BAD_STATE;
    if (sealed.size < 16)
        return ST_BAD_TOKEN;
    uint8_t want[16];
    struct blob opened = {0};
    opened.size = sealed.size - 16;
    opened.capacity = opened.size ? opened.size : 1;
    opened.data = mem_alloc(opened.size);
    if (!opened.data)
        return ST_NO_MEMORY;
    for (size_t i = 0; i < opened.size; i++)
        opened.data[i] = sealed.data[16 + i] ^ a->key;
    fake_checksum(want, a->key, !a->client, a->unsealed++, blob_view(&opened));
    bool good = !memcmp(want, sealed.data, 16);
    if (good)
        blob_move(plain, &opened);
    blob_free(&opened);
    return good ? ST_OK : ST_BAD_SIGNATURE;
}

/* Counts up, so that two nonces differ. */
static inline enum status fake_random(void *self, uint8_t *out, size_t size)
{
    uint8_t *next = self;
    for (size_t i = 0; i < size; i++)
        out[i] = ++*next;
    return ST_OK;
}

static inline uint64_t fake_now(void *self)
{
    (void)self;
    return 0;
}

/* One end. PENDING: bytes that came and were not consumed. */
struct end {
    struct fake_tls tls;
    struct fake_auth auth;
    struct credssp_context *c;
    struct blob pending;
    enum status status;
};

struct pair {
    struct end client, server;
    struct credssp_client_config client_config;
    struct credssp_server_config server_config;
    uint8_t random;
};

static const struct credssp_tls fake_tls_table = {
        .handshake = fake_handshake,
        .encrypt = fake_encrypt,
        .decrypt = fake_decrypt,
        .public_key = fake_public_key,
};
static const struct credssp_auth fake_auth_table = {
        .step = fake_step,
        .seal = fake_seal,
        .unseal = fake_unseal,
};

/* "dom", "usér€", "pässword😀" in UTF-16LE */
static const char fake_domain[] = "d\0o\0m";
static const char fake_user[] = "u\0s\0\xe9\0r\0\xac\x20";
static const char fake_password[] = "p\0\xe4\0s\0s\0\x3d\xd8\x00\xde";
#define FAKE_DOMAIN   bytes_of(fake_domain, 6)
#define FAKE_USER     bytes_of(fake_user, 10)
#define FAKE_PASSWORD bytes_of(fake_password, 12)

static inline void pair_setup(struct pair *p, enum fake_mode mode)
{
    static const uint8_t key[] = {0x30, 0x0A, 0x02, 0x03, 0xC1, 0xC2, 0xC3, 0x02, 0x03, 1, 0, 1};
    memset(p, 0, sizeof *p);
    p->client.tls.client = p->client.auth.client = true;
    p->client.auth.mode = p->server.auth.mode = mode;
    p->client.auth.key = p->server.auth.key = 0x5C;
    memcpy(p->client.tls.key, key, sizeof key);
    memcpy(p->server.tls.key, key, sizeof key);
    p->client.tls.key_size = p->server.tls.key_size = sizeof key;

    struct world world = {&p->random, fake_random, fake_now};
    p->client_config = (struct credssp_client_config){
            .tls = fake_tls_table,
            .auth = fake_auth_table,
            .version = 6,
            .lowest = 5,
            .delegate = true,
            .domain = FAKE_DOMAIN,
            .user = FAKE_USER,
            .password = FAKE_PASSWORD,
            .world = world,
    };
    p->server_config = (struct credssp_server_config){.tls = fake_tls_table,
            .auth = fake_auth_table,
            .version = 6,
            .lowest = 5,
            .world = world};
    p->client_config.tls.self = &p->client.tls;
    p->client_config.auth.self = &p->client.auth;
    p->server_config.tls.self = &p->server.tls;
    p->server_config.auth.self = &p->server.auth;
}

static inline enum status pair_new(struct pair *p)
{
    enum status s = credssp_client_new(&p->client_config, &p->client.c);
    return s == ST_OK ? credssp_server_new(&p->server_config, &p->server.c) : s;
}

static inline void pair_free(struct pair *p)
{
    credssp_free(p->client.c);
    credssp_free(p->server.c);
    p->client.c = p->server.c = NULL;
    blob_free(&p->client.pending);
    blob_free(&p->server.pending);
}

static inline void end_drop(struct end *e, size_t size)
{
    struct blob rest = {0};
    fake_append(&rest, bytes_of(e->pending.data + size, e->pending.size - size));
    blob_move(&e->pending, &rest);
}

/* One call after the other until E wants more than is pending. Appends to ANSWER. */
static inline void end_run(struct end *e, struct blob *answer)
{
    for (;;) {
        struct blob out = {0};
        size_t consumed = 99, missing = 99;
        e->status = credssp_step(e->c, blob_view(&e->pending), &consumed, &missing, &out);
        if (out.size)
            fake_append(answer, blob_view(&out));
        if (e->status == ST_INCOMPLETE)
            CHECK(!consumed && !out.size && missing > 0);
        else
            CHECK(missing == 0);
        blob_free(&out);
        if (consumed)
            end_drop(e, consumed);
        if (e->status != ST_CONTINUE || !e->pending.size || !consumed)
            return;
    }
}

static inline bool end_is_open(const struct end *e)
{
    return e->status == ST_CONTINUE || e->status == ST_INCOMPLETE;
}

/* Gives WIRE to E in pieces of PIECE bytes. */
static inline void end_feed(struct end *e, struct bytes wire, size_t piece, struct blob *answer)
{
    size_t at = 0;
    do {
        size_t n = wire.size - at < piece ? wire.size - at : piece;
        fake_append(&e->pending, bytes_of(wire.data ? wire.data + at : NULL, n));
        at += n;
        end_run(e, answer);
    } while (end_is_open(e) && at < wire.size);
    if (at < wire.size)
        fake_append(&e->pending, bytes_of(wire.data + at, wire.size - at));
}

/* Changes a flight on its way. Flights are counted from 0; even ones are the client's. */
typedef void (*meddler)(void *self, int flight, struct blob *wire);

/* Both ends until neither has anything to say. Returns the number of flights. */
static inline int pair_run_with(struct pair *p, size_t piece, meddler meddle, void *self)
{
    struct blob wire = {0};
    int flight = 0;
    end_run(&p->client, &wire);
    p->server.status = ST_CONTINUE;
    while (wire.size && flight < 40) {
        struct blob answer = {0};
        if (meddle)
            meddle(self, flight, &wire);
        struct end *to = flight % 2 ? &p->client : &p->server;
        if (end_is_open(to))
            end_feed(to, blob_view(&wire), piece, &answer);
        blob_move(&wire, &answer);
        flight++;
    }
    blob_free(&wire);
    return flight;
}

static inline int pair_run(struct pair *p)
{
    return pair_run_with(p, 100000, NULL, NULL);
}

/* Takes the server's credentials and compares them with what the client was given. */
static inline void check_delegated(struct pair *p)
{
    struct credssp_credentials got = {0};
    CHECK_STATUS(credssp_take_credentials(p->server.c, &got), ST_OK);
    CHECK(got.type == CREDSSP_CRED_PASSWORD);
    CHECK_BYTES(blob_view(&got.domain), FAKE_DOMAIN);
    CHECK_BYTES(blob_view(&got.user), FAKE_USER);
    CHECK_BYTES(blob_view(&got.password), FAKE_PASSWORD);
    credssp_credentials_free(&got);
    CHECK_STATUS(credssp_take_credentials(p->server.c, &got), ST_NOT_FOUND);
}

#endif
