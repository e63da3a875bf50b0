/* Both CredSSP engines on the whole stream of a login, mutated: first byte: which end reads it, how
 * its package works, in which pieces the rest comes. TLS and the package are those of the unit
 * tests, which find any changed seal but leave everything else to the engine.
 *
 * What must hold: a failure is final; an end that is through was given the good sealed messages, so
 * a server has the good credentials and no others; and a client shows the password only when it is
 * through. */
#include "fuzz.h"
#include "../unit/credssp_fake.h"

enum { MODES = FAKE_SHORT + 1, STREAM_MAX = 4096 };

static char hex[2 * MODES][2 * STREAM_MAX + 3];
static const char *list[2 * MODES + 1];
const char *const *fuzz_seeds = list;

/* What each end got, one flight behind the other. */
struct record {
    struct blob got[2]; /* by the server, by the client */
};

static void keep(void *self, int flight, struct blob *wire)
{
    struct record *r = self;
    fake_append(&r->got[flight % 2], blob_view(wire));
}

static void make_seed(size_t i, uint8_t head, const struct blob *stream)
{
    FUZZ_HOLDS(stream->size <= STREAM_MAX);
    snprintf(hex[i], 3, "%02x", head);
    for (size_t n = 0; n < stream->size; n++)
        snprintf(hex[i] + 2 + 2 * n, 3, "%02x", stream->data[n]);
    list[i] = hex[i];
}

/* The password as the fake package seals it. */
static bool shows_password(const struct blob *out, const struct fake_auth *auth)
{
    struct bytes password = FAKE_PASSWORD;
    for (size_t i = 0; i + password.size <= out->size; i++) {
        size_t n = 0;
        while (n < password.size && (out->data[i + n] ^ auth->key) == password.data[n])
            n++;
        if (n == password.size)
            return true;
    }
    return false;
}

/* One call with PENDING. */
static void one_step(struct end *e, bool client)
{
    struct blob out = {0};
    size_t consumed = 99, missing = 99;

    e->status = credssp_step(e->c, blob_view(&e->pending), &consumed, &missing, &out);
    FUZZ_HOLDS(consumed <= e->pending.size);
    if (e->status == ST_INCOMPLETE)
        FUZZ_HOLDS(!consumed && !out.size && missing > 0);
    else
        FUZZ_HOLDS(!missing);
    FUZZ_HOLDS(shows_password(&out, &e->auth) == (client && e->status == ST_OK));
    blob_free(&out);
    end_drop(e, consumed);
    if (!consumed && e->status == ST_CONTINUE)
        e->status = ST_INCOMPLETE; /* it waits for what this stream does not have */
}

static void feed(struct end *e, struct bytes stream, size_t piece, bool client)
{
    if (client)
        one_step(e, client); /* ClientHello */
    for (size_t at = 0; at < stream.size && end_is_open(e);) {
        size_t n = stream.size - at < piece ? stream.size - at : piece;
        fake_append(&e->pending, bytes_of(stream.data + at, n));
        at += n;
        do
            one_step(e, client);
        while (e->status == ST_CONTINUE && e->pending.size);
    }
}

static void check_end(struct pair *p, struct end *e, bool client)
{
    struct blob out = {0};
    size_t consumed, missing;

    if (credssp_peer_error(e->c))
        FUZZ_HOLDS(e->status == ST_PEER_ERROR);
    if (e->status == ST_OK && !client)
        check_delegated(p);
    if (e->status == ST_OK)
        FUZZ_HOLDS(e->auth.ready && e->auth.unsealed == (client ? 1 : 2));
    if (end_is_open(e))
        return;
    FUZZ_HOLDS(credssp_step(e->c, BYTES_LITERAL("x"), &consumed, &missing, &out) == ST_BAD_STATE);
    FUZZ_HOLDS(!out.size);
    if (client)
        return;
    struct credssp_credentials got = {0};
    FUZZ_HOLDS(credssp_take_credentials(e->c, &got) ==
               (e->status == ST_OK ? ST_NOT_FOUND : ST_BAD_STATE));
}

static enum status last; /* of the end that read the input */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = {100000, 1, 7, 64};
    struct pair p;
    uint8_t head = size ? data[0] : 0;
    bool client = head & 1;
    struct end *e;

    pair_setup(&p, (enum fake_mode)(head >> 1 & 3));
    if (head & 0x20) /* as at AllowEncryptionOracle 2 */
        p.client_config.lowest = p.server_config.lowest = CREDSSP_VERSION_MIN;
    FUZZ_HOLDS(pair_new(&p) == ST_OK);
    e = client ? &p.client : &p.server;
    e->status = ST_CONTINUE;
    if (size)
        feed(e, bytes_of(data + 1, size - 1), pieces[head >> 3 & 3], client);
    check_end(&p, e, client);
    last = e->status;
    pair_free(&p);
    FUZZ_HOLDS(!unit_failed);
    return 0;
}

void fuzz_prepare(void)
{
    for (size_t mode = 0; mode < MODES; mode++) {
        struct pair p;
        struct record r = {0};
        pair_setup(&p, (enum fake_mode)mode);
        FUZZ_HOLDS(pair_new(&p) == ST_OK);
        pair_run_with(&p, 100000, keep, &r);
        FUZZ_HOLDS(p.client.status == ST_OK && p.server.status == ST_OK);
        for (size_t end = 0; end < 2; end++) {
            make_seed(2 * mode + end, (uint8_t)(end | mode << 1), &r.got[end]);
            blob_free(&r.got[end]);
        }
        pair_free(&p);
    }
    for (size_t i = 0; i < 2 * MODES; i++) { /* the good streams are good */
        static uint8_t stream[STREAM_MAX + 1];
        struct bytes in = unit_unhex(hex[i], stream, sizeof stream);
        LLVMFuzzerTestOneInput(in.data, in.size);
        FUZZ_HOLDS(last == ST_OK);
    }
}
