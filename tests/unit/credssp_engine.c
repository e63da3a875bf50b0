/* libs/credssp, both engines against each other over a fake TLS and a fake package: every pairing
 * of versions, every order of pubKeyAuth, input in pieces, hooks, refusals. What goes over the wire
 * is checked against recorded messages in credssp_tsrequest.c and credssp_keybinding.c. */
#include "credssp_fake.h"
#include "credssp_vectors.h"

static enum status expected(uint32_t own_lowest, uint32_t peer)
{
    return peer < own_lowest ? ST_PEER_VERSION : ST_OK;
}

static void one_pairing(uint32_t cv, uint32_t sv, uint32_t cl, uint32_t sl, enum fake_mode mode)
{
    struct pair p;
    pair_setup(&p, mode);
    p.client_config.version = cv;
    p.server_config.version = sv;
    p.client_config.lowest = cl;
    p.server_config.lowest = sl;
    CHECK_STATUS(pair_new(&p), ST_OK);
    pair_run(&p);
    /* The server sees the client's version first. */
    if (expected(sl, cv) != ST_OK)
        CHECK_STATUS(p.server.status, ST_PEER_VERSION);
    else
        CHECK_STATUS(p.client.status, expected(cl, sv));
    if (expected(sl, cv) == ST_OK && expected(cl, sv) == ST_OK) {
        CHECK_STATUS(p.server.status, ST_OK);
        CHECK(credssp_peer_version(p.client.c) == sv);
        CHECK(credssp_peer_version(p.server.c) == cv);
        check_delegated(&p);
    } else {
        CHECK(p.client.status != ST_OK);
        CHECK(p.server.status != ST_OK);
    }
    pair_free(&p);
}

static void test_versions(void)
{
    for (uint32_t cv = 2; cv <= 6; cv++)
        for (uint32_t sv = 2; sv <= 6; sv++)
            for (uint32_t cl = 2; cl <= 6; cl++)
                for (uint32_t sl = 2; sl <= 6; sl++)
                    for (int mode = FAKE_RAW; mode <= FAKE_EAGER; mode++)
                        one_pairing(cv, sv, cl, sl, (enum fake_mode)mode);
}

/* Pieces of the stream and sizes of the records do not matter. */
static void test_pieces(void)
{
    static const size_t pieces[] = {1, 2, 3, 7, 64, 100000}, records[] = {0, 1, 5, 100};
    for (int mode = FAKE_RAW; mode <= FAKE_SHORT; mode++)
        for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
            for (size_t j = 0; j < sizeof records / sizeof *records; j++) {
                struct pair p;
                pair_setup(&p, (enum fake_mode)mode);
                p.client.tls.record_max = p.server.tls.record_max = records[j];
                CHECK_STATUS(pair_new(&p), ST_OK);
                pair_run_with(&p, pieces[i], NULL, NULL);
                CHECK_STATUS(p.client.status, ST_OK);
                CHECK_STATUS(p.server.status, ST_OK);
                check_delegated(&p);
                pair_free(&p);
            }
}

/* Raw NTLM: hello, hello, finished+N, C, A+pubKeyAuth, pubKeyAuth, authInfo: seven flights. SPNEGO
 * that waits: two more. */
static void test_flights(void)
{
    static const int want[] = {[FAKE_RAW] = 7, [FAKE_WAIT] = 9, [FAKE_EAGER] = 7, [FAKE_SHORT] = 5};
    for (int mode = FAKE_RAW; mode <= FAKE_SHORT; mode++) {
        struct pair p;
        pair_setup(&p, (enum fake_mode)mode);
        CHECK_STATUS(pair_new(&p), ST_OK);
        CHECK(pair_run(&p) == want[mode]);
        CHECK(p.client.auth.steps == (mode == FAKE_WAIT ? 3 : mode == FAKE_SHORT ? 1 : 2));
        pair_free(&p);
    }
}

static void test_no_delegation(void)
{
    struct pair p;
    struct credssp_credentials got = {0};
    pair_setup(&p, FAKE_RAW);
    p.client_config.delegate = false;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(credssp_take_credentials(p.server.c, &got), ST_BAD_STATE);
    pair_run(&p);
    CHECK_STATUS(credssp_take_credentials(p.server.c, &got), ST_OK);
    CHECK(got.type == CREDSSP_CRED_EMPTY);
    CHECK(!got.domain.size && !got.user.size && !got.password.size && !got.raw.size);
    credssp_credentials_free(&got);
    pair_free(&p);
}

/* Credentials that are no password go the same way: pyspnego's, from end to end in every version; and
 * without delegation neither. */
static void run_other(const char *hex, enum credssp_cred_type type, uint32_t version, bool delegate)
{
    struct pair p;
    struct credssp_credentials got = {0};
    uint8_t room[200];
    pair_setup(&p, FAKE_RAW);
    p.client_config.version = version;
    p.client_config.lowest = p.server_config.lowest = 2;
    p.client_config.credentials = unit_unhex(hex, room, sizeof room);
    p.client_config.delegate = delegate;
    CHECK_STATUS(pair_new(&p), ST_OK);
    pair_run(&p);
    CHECK_STATUS(p.client.status, ST_OK);
    CHECK_STATUS(p.server.status, ST_OK);
    CHECK_STATUS(credssp_take_credentials(p.server.c, &got), ST_OK);
    CHECK(got.type == (delegate ? type : CREDSSP_CRED_EMPTY));
    CHECK(!delegate || got.raw.size || got.password.size);
    CHECK(delegate || (!got.raw.size && !got.password.size && !got.card.size));
    credssp_credentials_free(&got);
    CHECK_STATUS(credssp_take_credentials(p.server.c, &got), ST_NOT_FOUND);
    pair_free(&p);
}

static void test_other_credentials(void)
{
    for (uint32_t version = 2; version <= 6; version++)
        for (int delegate = 0; delegate < 2; delegate++) {
            run_other(credentials_smartcard, CREDSSP_CRED_SMARTCARD, version, delegate);
            run_other(credentials_remote_guard, CREDSSP_CRED_REMOTE_GUARD, version, delegate);
        }
}

struct hooks {
    int seen, before;
    enum status seen_says, before_says;
    const struct pair *p;
    int steps_when_seen;
};

static enum status on_server_seen(void *self)
{
    struct hooks *h = self;
    h->seen++;
    h->steps_when_seen = h->p->client.auth.steps;
    CHECK(credssp_tls_ready(h->p->client.c));
    return h->seen_says;
}

static enum status on_before_delegation(void *self)
{
    struct hooks *h = self;
    h->before++;
    CHECK(h->p->client.auth.ready);
    return h->before_says;
}

static void one_hook_run(enum status seen, enum status before, enum status want)
{
    struct pair p;
    struct hooks h = {.seen_says = seen, .before_says = before, .p = &p};
    pair_setup(&p, FAKE_RAW);
    p.client_config.server_seen = on_server_seen;
    p.client_config.before_delegation = on_before_delegation;
    p.client_config.hook_self = &h;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK(!credssp_tls_ready(p.client.c));
    pair_run(&p);
    CHECK_STATUS(p.client.status, want);
    CHECK(h.seen == 1 && h.steps_when_seen == 0);
    CHECK(h.before == (seen == ST_OK));
    CHECK((p.server.status == ST_OK) == (want == ST_OK));
    pair_free(&p);
}

static void test_hooks(void)
{
    one_hook_run(ST_OK, ST_OK, ST_OK);
    one_hook_run(ST_UNTRUSTED, ST_OK, ST_UNTRUSTED);
    one_hook_run(ST_OK, ST_POLICY, ST_POLICY);
    one_hook_run(ST_CONTINUE, ST_OK, ST_INTERNAL);
    one_hook_run(ST_OK, ST_INCOMPLETE, ST_INTERNAL);
}

/* errorCode reaches those who have it: negotiated 3, 4 and 6. The others only see that it is over.
 */
static void test_refusal(void)
{
    for (uint32_t cv = 2; cv <= 6; cv++)
        for (uint32_t sv = 2; sv <= 6; sv++) {
            struct pair p;
            uint32_t lower = cv < sv ? cv : sv;
            bool told = lower == 3 || lower == 4 || lower == 6;
            pair_setup(&p, FAKE_RAW);
            p.client_config.version = cv;
            p.server_config.version = sv;
            p.client_config.lowest = p.server_config.lowest = 2;
            p.server.auth.deny = ST_LOGON_DENIED;
            CHECK_STATUS(pair_new(&p), ST_OK);
            pair_run(&p);
            CHECK_STATUS(p.server.status, ST_LOGON_DENIED);
            CHECK_STATUS(p.client.status, told ? ST_PEER_ERROR : ST_CONTINUE);
            CHECK(credssp_peer_error(p.client.c) == (told ? 0xC000006D : 0));
            pair_free(&p);
        }
}

static void test_stays_failed(void)
{
    struct pair p;
    struct blob out = {0};
    struct credssp_credentials got = {0};
    size_t consumed, missing;
    pair_setup(&p, FAKE_RAW);
    p.server.auth.deny = ST_LOGON_DENIED;
    CHECK_STATUS(pair_new(&p), ST_OK);
    pair_run(&p);
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(credssp_step(p.server.c, BYTES_LITERAL("x"), &consumed, &missing, &out),
                ST_BAD_STATE);
        CHECK(!consumed && !missing && !out.size);
        CHECK_STATUS(credssp_step(p.client.c, BYTES_LITERAL("x"), &consumed, &missing, &out),
                ST_BAD_STATE);
    }
    CHECK_STATUS(credssp_take_credentials(p.server.c, &got), ST_BAD_STATE);
    pair_free(&p);

    /* After completion too: the stream is the program's now. */
    pair_setup(&p, FAKE_RAW);
    CHECK_STATUS(pair_new(&p), ST_OK);
    pair_run(&p);
    CHECK_STATUS(
            credssp_step(p.client.c, BYTES_LITERAL("x"), &consumed, &missing, &out), ST_BAD_STATE);
    CHECK_STATUS(
            credssp_step(p.server.c, BYTES_LITERAL("x"), &consumed, &missing, &out), ST_BAD_STATE);
    pair_free(&p);
}

static void test_other_key(void)
{
    for (uint32_t v = 2; v <= 6; v++) {
        struct pair p;
        pair_setup(&p, FAKE_RAW);
        p.client_config.version = p.server_config.version = v;
        p.client_config.lowest = p.server_config.lowest = 2;
        p.server.tls.key[5] ^= 1;
        CHECK_STATUS(pair_new(&p), ST_OK);
        pair_run(&p);
        CHECK_STATUS(p.server.status, ST_BAD_KEY_BINDING);
        CHECK(p.client.status != ST_OK);
        pair_free(&p);
    }
}

static void test_tls_refusal(void)
{
    struct pair p;
    struct blob wire = {0}, answer = {0};
    pair_setup(&p, FAKE_RAW);
    p.client.tls.refuse = true;
    CHECK_STATUS(pair_new(&p), ST_OK);
    end_run(&p.client, &wire);
    end_feed(&p.server, blob_view(&wire), 1000, &answer);
    blob_free(&wire);
    end_feed(&p.client, blob_view(&answer), 1000, &wire);
    CHECK_STATUS(p.client.status, ST_UNTRUSTED);
    CHECK(wire.size == FAKE_HEADER + 1 && wire.data[0] == FAKE_ALERT);
    blob_free(&wire);
    blob_free(&answer);
    pair_free(&p);
}

static void test_arguments(void)
{
    struct pair p;
    pair_setup(&p, FAKE_RAW);
    p.client_config.version = 1;
    CHECK_STATUS(pair_new(&p), ST_BAD_ARGUMENT);
    p.client_config.version = 7;
    CHECK_STATUS(pair_new(&p), ST_BAD_ARGUMENT);
    p.client_config.version = 6;
    p.client_config.world.random = NULL;
    CHECK_STATUS(pair_new(&p), ST_BAD_ARGUMENT);
    pair_setup(&p, FAKE_RAW);
    p.server_config.version = 7;
    CHECK_STATUS(credssp_server_new(&p.server_config, &p.server.c), ST_BAD_ARGUMENT);
    p.server_config.version = 1;
    CHECK_STATUS(credssp_server_new(&p.server_config, &p.server.c), ST_BAD_ARGUMENT);
    p.server_config.version = 6;
    p.server_config.tls.public_key = NULL;
    CHECK_STATUS(credssp_server_new(&p.server_config, &p.server.c), ST_BAD_ARGUMENT);
    credssp_free(NULL);
}

int main(void)
{
    test_versions();
    test_pieces();
    test_flights();
    test_no_delegation();
    test_other_credentials();
    test_hooks();
    test_refusal();
    test_stays_failed();
    test_other_key();
    test_tls_refusal();
    test_arguments();
    return unit_end("credssp_engine");
}
