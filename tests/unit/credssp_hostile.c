/* libs/credssp: every TSRequest flipped, cut, changed, out of order, sent back. */
#include "credssp_edit.h"

static size_t plain_size;
static void note_size(struct blob *payload)
{
    plain_size = payload->size;
}

/* The number of flights, and each flight's TSRequest size. */
static int measure(enum fake_mode mode, size_t sizes[16])
{
    struct pair p;
    pair_setup(&p, mode);
    CHECK_STATUS(pair_new(&p), ST_OK);
    int flights = pair_run(&p);
    pair_free(&p);
    for (int flight = TOKEN_1; flight < flights; flight++) {
        struct edit e = {.flight = flight, .plain = note_size};
        run_edited(&p, mode, &e);
        pair_free(&p);
        sizes[flight] = plain_size;
    }
    return flights;
}

/* The one message part that nobody looks at: the negoToken beside the server's pubKeyAuth when the
 * client's package is complete without it. */
static bool is_ignored(enum fake_mode mode, int flight, size_t bit)
{
    /* 30 len | a0 03 02 01 06 | a1 09 30 07 30 05 a0 03 04 01 'D' */
    return mode == FAKE_EAGER && flight == SERVER_KEY && bit / 8 == 17;
}

static void test_flips_and_cuts(void)
{
    for (int mode = FAKE_RAW; mode <= FAKE_EAGER; mode++) {
        size_t sizes[16] = {0};
        int flights = measure((enum fake_mode)mode, sizes);
        struct pair p;
        for (int flight = TOKEN_1; flight < flights; flight++) {
            for (size_t bit = 0; bit < 8 * sizes[flight]; bit++) {
                struct edit e = {.flight = flight, .bit = (int)bit};
                run_edited(&p, (enum fake_mode)mode, &e);
                bool through = p.client.status == ST_OK && p.server.status == ST_OK;
                CHECK(through == is_ignored((enum fake_mode)mode, flight, bit));
                pair_free(&p);
            }
            for (size_t n = 0; n < sizes[flight]; n++) {
                struct edit e = {.flight = flight, .cut = n + 1};
                run_edited(&p, (enum fake_mode)mode, &e);
                CHECK(p.server.status != ST_OK);
                pair_free(&p);
            }
        }
    }
}

static void set_version_5(struct tsrequest *m)
{
    m->version = 5;
}
static void set_version_0(struct tsrequest *m)
{
    m->version = 0;
}
static void set_version_4(struct tsrequest *m)
{
    m->version = 4;
}
static void set_version_7(struct tsrequest *m)
{
    m->version = 7;
}
static void set_error(struct tsrequest *m)
{
    m->error_code = 0xC0000234;
}
static void drop_nonce(struct tsrequest *m)
{
    m->client_nonce = bytes_of(NULL, 0);
}
static const uint8_t other_nonce[32] = {7}, zero_nonce[32];
static void set_other_nonce(struct tsrequest *m)
{
    m->client_nonce = bytes_of(other_nonce, sizeof other_nonce);
}
static void set_zero_nonce(struct tsrequest *m)
{
    m->client_nonce = bytes_of(zero_nonce, sizeof zero_nonce);
}
static void drop_token(struct tsrequest *m)
{
    m->nego_token = bytes_of(NULL, 0);
}
static void drop_key(struct tsrequest *m)
{
    m->pub_key_auth = bytes_of(NULL, 0);
}
static void add_token(struct tsrequest *m)
{
    m->nego_token = BYTES_LITERAL("D");
}
static void add_key(struct tsrequest *m)
{
    m->pub_key_auth = BYTES_LITERAL("0123456789abcdef0123456789abcdef0123456789abcdef");
}
static void add_key_and_nonce(struct tsrequest *m)
{
    add_key(m);
    set_other_nonce(m);
}
static void add_credentials(struct tsrequest *m)
{
    m->auth_info = BYTES_LITERAL("0123456789abcdef0123456789abcdef");
}
static void short_key(struct tsrequest *m)
{
    m->pub_key_auth.size--;
}
static void long_key(struct tsrequest *m)
{
    static const uint8_t big[60000];
    m->pub_key_auth = bytes_of(big, sizeof big);
}

/* STATUS is what the receiver of the flight says. */
static const struct {
    int flight;
    void (*change)(struct tsrequest *m);
    enum status status;
} message_cases[] = {
        /* versions */
        {TOKEN_1, set_version_0, ST_PEER_VERSION},
        {TOKEN_1, set_version_4, ST_PEER_VERSION},
        {TOKEN_2, set_version_4, ST_PEER_VERSION},
        {TOKEN_2, set_version_0, ST_PEER_VERSION},
        {CLIENT_KEY, set_version_5, ST_PEER_VERSION},
        {CLIENT_KEY, set_version_7, ST_PEER_VERSION},
        {SERVER_KEY, set_version_5, ST_PEER_VERSION},
        {SERVER_KEY, set_version_7, ST_PEER_VERSION},
        {CREDENTIALS, set_version_5, ST_PEER_VERSION},
        /* errorCode from either side, at any time */
        {TOKEN_1, set_error, ST_PEER_ERROR},
        {TOKEN_2, set_error, ST_PEER_ERROR},
        {CLIENT_KEY, set_error, ST_PEER_ERROR},
        {SERVER_KEY, set_error, ST_PEER_ERROR},
        {CREDENTIALS, set_error, ST_PEER_ERROR},
        /* nonce */
        {CLIENT_KEY, drop_nonce, ST_BAD_TOKEN},
        {CLIENT_KEY, set_zero_nonce, ST_BAD_TOKEN},
        {CLIENT_KEY, set_other_nonce, ST_BAD_KEY_BINDING},
        {TOKEN_1, set_zero_nonce, ST_BAD_TOKEN},
        {CREDENTIALS, set_other_nonce, ST_BAD_TOKEN},
        /* fields missing, or where they do not belong */
        {TOKEN_1, drop_token, ST_BAD_TOKEN},
        {TOKEN_1, add_key, ST_BAD_TOKEN},
        {TOKEN_1, add_key_and_nonce, ST_BAD_TOKEN}, /* before the package is complete */
        {TOKEN_1, add_credentials, ST_BAD_TOKEN},
        {TOKEN_2, drop_token, ST_BAD_TOKEN},
        {TOKEN_2, add_key, ST_BAD_TOKEN},
        {TOKEN_2, add_credentials, ST_BAD_TOKEN},
        {CLIENT_KEY, drop_token, ST_BAD_TOKEN},
        {CLIENT_KEY, add_credentials, ST_BAD_TOKEN},
        {CLIENT_KEY, add_key, ST_BAD_SIGNATURE},
        {SERVER_KEY, drop_key, ST_BAD_TOKEN},
        {SERVER_KEY, add_credentials, ST_BAD_TOKEN},
        {SERVER_KEY, add_key, ST_BAD_SIGNATURE},
        {CREDENTIALS, add_token, ST_BAD_TOKEN},
        {CREDENTIALS, add_key, ST_BAD_TOKEN},
        {CREDENTIALS, add_credentials, ST_BAD_SIGNATURE},
        /* sizes */
        {CLIENT_KEY, short_key, ST_BAD_SIGNATURE},
        {SERVER_KEY, short_key, ST_BAD_SIGNATURE},
        {CLIENT_KEY, long_key, ST_BAD_SIGNATURE},
};

static void test_messages(void)
{
    for (size_t i = 0; i < COUNT(message_cases); i++) {
        struct pair p;
        struct edit e = {.flight = message_cases[i].flight, .message = message_cases[i].change};
        run_edited(&p, FAKE_RAW, &e);
        struct end *to = e.flight % 2 ? &p.client : &p.server;
        if (to->status != message_cases[i].status)
            printf("case %zu\n", i);
        CHECK_STATUS(to->status, message_cases[i].status);
        CHECK(p.server.status != ST_OK);
        /* No credentials leave before the server has proved itself. */
        CHECK((p.client.status == ST_OK) == (e.flight == CREDENTIALS));
        if (message_cases[i].change == set_error)
            CHECK(credssp_peer_error(to->c) == 0xC0000234);
        pair_free(&p);
    }
}

/* What is allowed though we do not do it ourselves. */
static void test_allowed(void)
{
    static const struct {
        int flight;
        void (*change)(struct tsrequest *m);
    } cases[] = {
            {SERVER_KEY, add_token},    /* a token beside pubKeyAuth, package complete */
            {TOKEN_2, set_other_nonce}, /* a nonce from the server has no meaning */
            {SERVER_KEY, set_other_nonce},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pair p;
        struct edit e = {.flight = cases[i].flight, .message = cases[i].change};
        run_edited(&p, FAKE_RAW, &e);
        CHECK_STATUS(p.client.status, ST_OK);
        CHECK_STATUS(p.server.status, ST_OK);
        check_delegated(&p);
        pair_free(&p);
    }
}

struct version_edit {
    uint32_t client, server;
};
static uint32_t every_version;
static void set_every_version(struct tsrequest *m)
{
    m->version = every_version;
}
static void apply_versions(void *self, int flight, struct blob *wire)
{
    const struct version_edit *v = self;
    if (flight < TOKEN_1)
        return;
    every_version = flight % 2 ? v->server : v->client;
    edit_message(wire, set_every_version);
}

/* A peer above what we know counts as one of version 6. [MS-CSSP] 2.2.1 */
static void test_newer_peers(void)
{
    static const struct version_edit cases[] = {{7, 6}, {6, 7}, {0xFFFFFFFF, 0x80000000}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pair p;
        struct version_edit v = cases[i];
        pair_setup(&p, FAKE_RAW);
        CHECK_STATUS(pair_new(&p), ST_OK);
        pair_run_with(&p, 100000, apply_versions, &v);
        CHECK_STATUS(p.client.status, ST_OK);
        CHECK_STATUS(p.server.status, ST_OK);
        CHECK(credssp_peer_version(p.server.c) == v.client);
        CHECK(credssp_peer_version(p.client.c) == v.server);
        pair_free(&p);
    }
}

/* Version 1 never existed, whatever LOWEST says. */
static void test_version_floor(void)
{
    for (uint32_t v = 0; v < 2; v++) {
        struct pair p;
        struct version_edit edit = {v, 6};
        pair_setup(&p, FAKE_RAW);
        p.server_config.lowest = p.client_config.lowest = 0;
        CHECK_STATUS(pair_new(&p), ST_OK);
        pair_run_with(&p, 100000, apply_versions, &edit);
        CHECK_STATUS(p.server.status, ST_PEER_VERSION);
        pair_free(&p);
    }
}

/* Nobody who has sent no TSRequest yet has a version, so there is nothing that he could read as an errorCode:
 * [MS-CSSP] 2.2.1, errorCode is for version 3, 4 and 6. The twin, who has sent one, is told. */
static void say_nothing_known(struct blob *payload)
{
    CHECK_STATUS(blob_set(payload, BYTES_LITERAL("GET / HTTP/1.1")), ST_OK);
}
static size_t answer_size;
static void note_answer(void *self, int flight, struct blob *wire)
{
    const int *garbage = self;
    if (flight == *garbage)
        edit_plain(wire, say_nothing_known);
    if (flight == *garbage + 1)
        answer_size = wire->size;
}

static void test_strangers(void)
{
    static const int garbage[] = {TOKEN_1, CLIENT_KEY};
    for (size_t i = 0; i < COUNT(garbage); i++) {
        struct pair p;
        int flight = garbage[i];
        pair_setup(&p, FAKE_RAW);
        CHECK_STATUS(pair_new(&p), ST_OK);
        answer_size = 0;
        pair_run_with(&p, 100000, note_answer, &flight);
        CHECK_STATUS(p.server.status, ST_BAD_TOKEN);
        CHECK((answer_size != 0) == (flight == CLIENT_KEY));
        pair_free(&p);
    }
}

/* The client's own pubKeyAuth sent back to it. */
static struct blob kept_key;
static void reflect_key(void *self, int flight, struct blob *wire)
{
    struct bytes payload;
    struct tsrequest m;
    (void)self;
    if (flight != CLIENT_KEY && flight != SERVER_KEY)
        return;
    find_data(blob_view(wire), &payload);
    CHECK_STATUS(tsrequest_decode(payload, &m), ST_OK);
    if (flight == CLIENT_KEY) {
        CHECK_STATUS(blob_set(&kept_key, m.pub_key_auth), ST_OK);
        return;
    }
    struct tsrequest back = {.version = 6, .pub_key_auth = blob_view(&kept_key)};
    struct blob encoded = {0};
    CHECK_STATUS(tsrequest_encode(&back, &encoded), ST_OK);
    replace_data(wire, blob_view(&encoded));
    blob_free(&encoded);
}

static void test_reflection(void)
{
    struct pair p;
    pair_setup(&p, FAKE_RAW);
    CHECK_STATUS(pair_new(&p), ST_OK);
    pair_run_with(&p, 100000, reflect_key, NULL);
    CHECK_STATUS(p.client.status, ST_BAD_SIGNATURE);
    pair_free(&p);
    blob_free(&kept_key);
}

/* A package whose seal knows no direction: the binding itself must tell. */
static enum status weak_seal(void *self, struct bytes plain, struct blob *out)
{
    (void)self;
    return blob_set(out, plain);
}

static void test_reflection_with_weak_seal(void)
{
    for (uint32_t v = 2; v <= 6; v++) {
        struct pair p;
        pair_setup(&p, FAKE_RAW);
        p.client_config.auth.seal = p.client_config.auth.unseal = weak_seal;
        p.server_config.auth.seal = p.server_config.auth.unseal = weak_seal;
        p.client_config.lowest = p.server_config.lowest = 2;
        p.client_config.version = v;
        CHECK_STATUS(pair_new(&p), ST_OK);
        pair_run_with(&p, 100000, reflect_key, NULL);
        CHECK_STATUS(p.client.status, ST_BAD_KEY_BINDING);
        CHECK(p.server.status != ST_OK);
        pair_free(&p);
        blob_free(&kept_key);
    }
}

int main(void)
{
    test_flips_and_cuts();
    test_messages();
    test_allowed();
    test_newer_peers();
    test_version_floor();
    test_strangers();
    test_reflection();
    test_reflection_with_weak_seal();
    return unit_end("credssp_hostile");
}
