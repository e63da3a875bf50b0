/* libs/credssp against a peer, or somebody on the way, that does not keep to the protocol: every
 * message flipped, cut, replaced, repeated, out of order; allocations that fail; what is left
 * behind. */
#include "credssp/engine.h"
#include "credssp_fake.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Flights of raw NTLM: 0 C, 1 S, 2 F + N, 3 C, 4 A + pubKeyAuth, 5 pubKeyAuth, 6 authInfo. */
enum { TOKEN_1 = 2, TOKEN_2, CLIENT_KEY, SERVER_KEY, CREDENTIALS };

/* Where the last data record of WIRE begins; its payload. */
static size_t find_data(struct bytes wire, struct bytes *payload)
{
    size_t at = 0, found = wire.size, missing;
    while (at < wire.size) {
        int type;
        uint8_t sequence;
        struct bytes v;
        if (fake_parse(bytes_of(wire.data + at, wire.size - at), &type, &sequence, &v, &missing) !=
                ST_OK)
            abort();
        if (type == FAKE_DATA) {
            found = at;
            *payload = v;
        }
        at += FAKE_HEADER + v.size;
    }
    if (found == wire.size)
        abort();
    return found;
}

/* PAYLOAD takes the place of the last data record's. */
static void replace_data(struct blob *wire, struct bytes payload)
{
    struct bytes old;
    struct blob changed = {0};
    size_t at = find_data(blob_view(wire), &old);
    fake_append(&changed, bytes_of(wire->data, at));
    if (fake_record(&changed, FAKE_DATA, wire->data[at + 4], payload) != ST_OK)
        abort();
    blob_move(wire, &changed);
}

struct edit {
    int flight, bit;
    size_t cut;
    bool applied;
    void (*message)(struct tsrequest *m); /* changes fields of the TSRequest */
    void (*plain)(struct blob *payload);  /* or the plaintext of the record */
    void (*wire)(struct blob *wire);      /* or the records */
};

static void edit_message(struct blob *wire, void (*change)(struct tsrequest *m))
{
    struct bytes old;
    struct tsrequest m;
    struct blob encoded = {0};
    find_data(blob_view(wire), &old);
    CHECK_STATUS(tsrequest_decode(old, &m), ST_OK);
    change(&m);
    CHECK_STATUS(tsrequest_encode(&m, &encoded), ST_OK);
    replace_data(wire, blob_view(&encoded));
    blob_free(&encoded);
}

static void edit_plain(struct blob *wire, void (*change)(struct blob *payload))
{
    struct bytes old;
    struct blob changed = {0};
    find_data(blob_view(wire), &old);
    fake_append(&changed, old);
    change(&changed);
    replace_data(wire, blob_view(&changed));
    blob_free(&changed);
}

static void apply(void *self, int flight, struct blob *wire)
{
    struct edit *e = self;
    struct bytes payload;
    if (flight != e->flight)
        return;
    e->applied = true;
    if (e->message)
        edit_message(wire, e->message);
    else if (e->plain)
        edit_plain(wire, e->plain);
    else if (e->wire)
        e->wire(wire);
    else if (e->cut) {
        find_data(blob_view(wire), &payload);
        struct blob shorter = {0};
        fake_append(&shorter, bytes_of(payload.data, e->cut - 1));
        replace_data(wire, blob_view(&shorter));
        blob_free(&shorter);
    } else {
        size_t at = find_data(blob_view(wire), &payload) + FAKE_HEADER + (size_t)e->bit / 8;
        wire->data[at] ^= (uint8_t)(1u << e->bit % 8);
    }
}

static void run_edited(struct pair *p, enum fake_mode mode, struct edit *e)
{
    pair_setup(p, mode);
    CHECK_STATUS(pair_new(p), ST_OK);
    pair_run_with(p, 100000, apply, e);
    CHECK(e->applied);
}

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

/* One TSRequest becomes two, token and key apart, in one record. */
static void split_message(struct blob *payload)
{
    struct tsrequest m, token, key;
    struct blob one = {0}, two = {0};
    CHECK_STATUS(tsrequest_decode(blob_view(payload), &m), ST_OK);
    token = key = m;
    drop_key(&token);
    drop_nonce(&token);
    drop_token(&key);
    CHECK_STATUS(tsrequest_encode(&token, &one), ST_OK);
    CHECK_STATUS(tsrequest_encode(&key, &two), ST_OK);
    fake_append(&one, blob_view(&two));
    blob_move(payload, &one);
    blob_free(&two);
}

static void test_two_in_one_record(void)
{
    struct pair p;
    struct edit e = {.flight = CLIENT_KEY, .plain = split_message};
    run_edited(&p, FAKE_RAW, &e);
    CHECK_STATUS(p.client.status, ST_OK);
    CHECK_STATUS(p.server.status, ST_OK);
    check_delegated(&p);
    pair_free(&p);
}

static void append_byte(struct blob *payload)
{
    fake_append(payload, BYTES_LITERAL("\x30"));
}
static void append_itself(struct blob *payload)
{
    fake_append(payload, blob_view(payload));
}
static void make_huge(struct blob *payload)
{
    CHECK_STATUS(blob_set(payload, BYTES_LITERAL("\x30\x84\x7f\xff\xff\xff")), ST_OK);
}
static void make_too_large(struct blob *payload)
{
    CHECK_STATUS(blob_set(payload, BYTES_LITERAL("\x30\x83\x00\xff\xfc")), ST_OK);
}
static void make_http(struct blob *payload)
{
    CHECK_STATUS(blob_set(payload, BYTES_LITERAL("GET / HTTP/1.1\r\n")), ST_OK);
}

static void test_plaintext(void)
{
    static const struct {
        int flight;
        void (*change)(struct blob *payload);
        enum status status;
    } cases[] = {
            {SERVER_KEY, append_byte, ST_BAD_TOKEN},
            {SERVER_KEY, append_itself, ST_BAD_TOKEN},
            {CREDENTIALS, append_byte, ST_BAD_TOKEN},
            {CREDENTIALS, append_itself, ST_BAD_TOKEN},
            {TOKEN_1, append_itself, ST_BAD_TOKEN},
            {TOKEN_1, make_huge, ST_BAD_TOKEN},
            {TOKEN_2, make_huge, ST_BAD_TOKEN},
            {TOKEN_1, make_too_large, ST_BAD_TOKEN},
            {SERVER_KEY, make_http, ST_BAD_TOKEN},
            {CREDENTIALS, make_http, ST_BAD_TOKEN},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pair p;
        struct edit e = {.flight = cases[i].flight, .plain = cases[i].change};
        run_edited(&p, FAKE_RAW, &e);
        struct end *to = e.flight % 2 ? &p.client : &p.server;
        CHECK_STATUS(to->status, cases[i].status);
        CHECK(p.server.status != ST_OK);
        CHECK((p.client.status == ST_OK) == (e.flight == CREDENTIALS));
        pair_free(&p);
    }
}

/* Program data that came along with the last TSRequest stays where it is. */
static void append_record(struct blob *wire)
{
    CHECK_STATUS(fake_record(wire, FAKE_DATA, 3, BYTES_LITERAL("MCS connect-initial")), ST_OK);
}

static void test_data_behind(void)
{
    struct pair p;
    struct edit e = {.flight = CREDENTIALS, .wire = append_record};
    run_edited(&p, FAKE_RAW, &e);
    CHECK_STATUS(p.server.status, ST_OK);
    CHECK(p.server.pending.size == FAKE_HEADER + 19);
    CHECK(p.server.pending.size && p.server.pending.data[0] == FAKE_DATA);
    CHECK(p.server.tls.got == 3);
    pair_free(&p);
}

static void prepend(struct blob *wire, int type, uint8_t sequence, struct bytes v)
{
    struct blob all = {0};
    CHECK_STATUS(fake_record(&all, type, sequence, v), ST_OK);
    fake_append(&all, blob_view(wire));
    blob_move(wire, &all);
}
static void prepend_ticket(struct blob *wire)
{
    prepend(wire, FAKE_POST, 0, BYTES_LITERAL("ticket"));
    prepend(wire, FAKE_POST, 0, BYTES_LITERAL("and another"));
}
static void append_ticket(struct blob *wire)
{
    CHECK_STATUS(fake_record(wire, FAKE_POST, 0, BYTES_LITERAL("ticket")), ST_OK);
}
static void append_close(struct blob *wire)
{
    CHECK_STATUS(fake_record(wire, FAKE_CLOSE, 0, bytes_of(NULL, 0)), ST_OK);
}
static void only_close(struct blob *wire)
{
    blob_free(wire);
    append_close(wire);
}
static void only_alert(struct blob *wire)
{
    blob_free(wire);
    CHECK_STATUS(fake_record(wire, FAKE_ALERT, 0, BYTES_LITERAL("P")), ST_OK);
}
static void prepend_empty(struct blob *wire)
{
    struct blob all = {0};
    CHECK_STATUS(fake_record(&all, FAKE_DATA, wire->data[4], bytes_of(NULL, 0)), ST_OK);
    fake_append(&all, blob_view(wire));
    all.data[FAKE_HEADER + 4]++;
    blob_move(wire, &all);
}

/* Session tickets (TLS 1.3) come with the server's first answer or before it; empty records are
 * legal. */
static void test_tls_records(void)
{
    static void (*const changes[])(struct blob * wire) = {prepend_ticket, append_ticket};
    for (int piece = 1; piece < 100000; piece += 49999)
        for (size_t i = 0; i < COUNT(changes); i++)
            for (int flight = TOKEN_2; flight <= SERVER_KEY; flight++) {
                struct pair p;
                struct edit e = {.flight = flight, .wire = changes[i]};
                pair_setup(&p, FAKE_RAW);
                CHECK_STATUS(pair_new(&p), ST_OK);
                pair_run_with(&p, (size_t)piece, apply, &e);
                CHECK(e.applied);
                CHECK_STATUS(p.client.status, ST_OK);
                CHECK_STATUS(p.server.status, ST_OK);
                struct end *to = flight % 2 ? &p.client : &p.server;
                int behind = flight == SERVER_KEY && changes[i] == append_ticket;
                CHECK(behind || to->tls.post_seen > 0);
                pair_free(&p);
            }
    struct pair p;
    struct edit e = {.flight = CREDENTIALS, .wire = prepend_empty};
    run_edited(&p, FAKE_RAW, &e);
    CHECK_STATUS(p.server.status, ST_OK);
    pair_free(&p);
}

static void test_tls_ends(void)
{
    struct pair p;
    for (int flight = TOKEN_2; flight <= CREDENTIALS; flight++) {
        struct edit e = {.flight = flight, .wire = only_close};
        run_edited(&p, FAKE_RAW, &e);
        struct end *to = flight % 2 ? &p.client : &p.server;
        CHECK_STATUS(to->status, ST_PEER_ERROR);
        CHECK(credssp_peer_error(to->c) == 0);
        CHECK(p.server.status != ST_OK);
        pair_free(&p);

        struct edit a = {.flight = flight, .wire = only_alert};
        run_edited(&p, FAKE_RAW, &a);
        to = flight % 2 ? &p.client : &p.server;
        CHECK_STATUS(to->status, ST_PEER_ALERT);
        CHECK(p.server.status != ST_OK);
        pair_free(&p);
    }
}

/* The server closes after its last message: the client has what it needs. */
static void test_close_behind(void)
{
    struct pair p;
    struct edit e = {.flight = SERVER_KEY, .wire = append_close};
    run_edited(&p, FAKE_RAW, &e);
    CHECK_STATUS(p.client.status, ST_OK);
    CHECK_STATUS(p.server.status, ST_OK);
    pair_free(&p);
}

/* Every allocation of a whole exchange fails once: one end says so, and never do both succeed. */
static void test_no_memory(void)
{
    for (int mode = FAKE_RAW; mode <= FAKE_WAIT; mode++) {
        long n;
        for (n = 0; n < 1000; n++) {
            struct pair p;
            pair_setup(&p, (enum fake_mode)mode);
            mem_fail_after(n);
            enum status s = pair_new(&p);
            if (s == ST_OK)
                pair_run(&p);
            bool all = mem_fail_after(-1) >= 0;
            bool said = s == ST_NO_MEMORY || p.client.status == ST_NO_MEMORY ||
                        p.server.status == ST_NO_MEMORY;
            CHECK(said == !all);
            CHECK((s == ST_OK && p.client.status == ST_OK && p.server.status == ST_OK) == all);
            pair_free(&p);
            if (all)
                break;
        }
        CHECK(n > 50 && n < 1000);
    }
}

/* Feeds E one record after the exchange got as far as FLIGHT, and says how many bytes E answers. */
static size_t answer_to(struct pair *p, int flight, void (*change)(struct blob *wire))
{
    struct blob wire = {0};
    size_t answered = 0;
    end_run(&p->client, &wire);
    for (int i = 0; i <= flight; i++) {
        struct end *to = i % 2 ? &p->client : &p->server;
        struct blob answer = {0};
        if (i == flight)
            change(&wire);
        end_feed(to, blob_view(&wire), 100000, &answer);
        answered = answer.size;
        blob_move(&wire, &answer);
    }
    blob_free(&wire);
    return answered;
}

static void error_wire(struct blob *wire)
{
    edit_message(wire, set_error);
}
static void spoil_wire(struct blob *wire)
{
    edit_message(wire, drop_key);
    edit_message(wire, drop_token);
}

/* Who hears of a failure: the client, of the server's own, as long as TLS stands. */
static void test_last_words(void)
{
    static const struct {
        int flight;
        void (*change)(struct blob *wire);
        enum status status;
        size_t answer; /* an errorCode: 30 0d a0 03 02 01 06 a4 06 02 04 + 4 */
    } cases[] = {
            {CLIENT_KEY, spoil_wire, ST_BAD_TOKEN, FAKE_HEADER + 15},
            {SERVER_KEY, spoil_wire, ST_BAD_TOKEN, 0},  /* a client sends none */
            {CLIENT_KEY, error_wire, ST_PEER_ERROR, 0}, /* it knows already */
            {CLIENT_KEY, only_alert, ST_PEER_ALERT, 0}, /* TLS is dead */
            {CLIENT_KEY, only_close, ST_PEER_ERROR, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pair p;
        pair_setup(&p, FAKE_RAW);
        CHECK_STATUS(pair_new(&p), ST_OK);
        CHECK(answer_to(&p, cases[i].flight, cases[i].change) == cases[i].answer);
        struct end *to = cases[i].flight % 2 ? &p.client : &p.server;
        CHECK_STATUS(to->status, cases[i].status);
        pair_free(&p);
    }
}

static bool is_clean(const struct credssp_context *c)
{
    return !c->domain.data && !c->user.data && !c->password.data && !c->plain.data;
}

/* Credentials are gone as soon as they are sent, taken or useless. */
static void test_forgotten(void)
{
    struct pair p;
    pair_setup(&p, FAKE_RAW);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK(p.client.c->password.size == 12);
    pair_run(&p);
    CHECK(is_clean(p.client.c) && is_clean(p.server.c));
    CHECK(p.server.c->got.password.size == 12);
    check_delegated(&p);
    CHECK(!p.server.c->got.password.data);
    pair_free(&p);

    pair_setup(&p, FAKE_RAW);
    p.server.auth.deny = ST_LOGON_DENIED;
    CHECK_STATUS(pair_new(&p), ST_OK);
    pair_run(&p);
    CHECK(is_clean(p.client.c) && is_clean(p.server.c));
    pair_free(&p);

    pair_setup(&p, FAKE_RAW);
    p.client_config.delegate = false;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK(!p.client.c->password.data);
    pair_free(&p);
}

/* Functions of the tables that answer what they must not. */
static enum status odd_answer;
static enum status odd_seal(void *self, struct bytes plain, struct blob *out)
{
    (void)self, (void)plain, (void)out;
    return odd_answer;
}
static enum status odd_key(void *self, struct blob *out)
{
    (void)self, (void)out;
    return odd_answer;
}
static enum status odd_random(void *self, uint8_t *out, size_t size)
{
    (void)self;
    memset(out, 0, size);
    return odd_answer;
}

static enum status client_with(void (*change)(struct credssp_client_config *g))
{
    struct pair p;
    pair_setup(&p, FAKE_RAW);
    change(&p.client_config);
    CHECK_STATUS(pair_new(&p), ST_OK);
    pair_run(&p);
    enum status s = p.client.status;
    CHECK(p.server.status != ST_OK);
    pair_free(&p);
    return s;
}

static void use_odd_seal(struct credssp_client_config *g)
{
    g->auth.seal = odd_seal;
}
static void use_odd_unseal(struct credssp_client_config *g)
{
    g->auth.unseal = odd_seal;
}
static void use_odd_step(struct credssp_client_config *g)
{
    g->auth.step = odd_seal;
}
static void use_odd_encrypt(struct credssp_client_config *g)
{
    g->tls.encrypt = odd_seal;
}
static void use_odd_key(struct credssp_client_config *g)
{
    g->tls.public_key = odd_key;
}
static void use_odd_random(struct credssp_client_config *g)
{
    g->world.random = odd_random;
}

static void test_odd_tables(void)
{
    static void (*const changes[])(struct credssp_client_config *) = {use_odd_seal, use_odd_unseal,
            use_odd_step, use_odd_encrypt, use_odd_key, use_odd_random};
    static const enum status odd[] = {
            ST_INCOMPLETE, ST_CLOSED, ST_RENEGOTIATE, ST_NEED_CERTIFICATE};
    for (size_t i = 0; i < COUNT(changes); i++) {
        for (size_t j = 0; j < COUNT(odd); j++) {
            odd_answer = odd[j];
            CHECK_STATUS(client_with(changes[i]), ST_INTERNAL);
        }
        odd_answer = ST_UNTRUSTED;
        CHECK_STATUS(client_with(changes[i]), ST_UNTRUSTED);
    }
    odd_answer = ST_OK; /* and a nonce of zeros, and an empty key */
    CHECK_STATUS(client_with(use_odd_random), ST_NO_RANDOM);
    CHECK_STATUS(client_with(use_odd_key), ST_BAD_ARGUMENT);
}

int main(void)
{
    test_flips_and_cuts();
    test_messages();
    test_allowed();
    test_newer_peers();
    test_version_floor();
    test_reflection();
    test_reflection_with_weak_seal();
    test_two_in_one_record();
    test_plaintext();
    test_data_behind();
    test_tls_records();
    test_tls_ends();
    test_close_behind();
    test_no_memory();
    test_last_words();
    test_forgotten();
    test_odd_tables();
    return unit_end("credssp_hostile");
}
