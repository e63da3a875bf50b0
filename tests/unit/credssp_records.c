/* libs/credssp: TSRequests and TLS records do not fall together; what comes in between, and behind
 * the last. */
#include "credssp_edit.h"

static void set_error(struct tsrequest *m)
{
    m->error_code = 0xC0000234;
}
static void drop_nonce(struct tsrequest *m)
{
    m->client_nonce = bytes_of(NULL, 0);
}
static void drop_token(struct tsrequest *m)
{
    m->nego_token = bytes_of(NULL, 0);
}
static void drop_key(struct tsrequest *m)
{
    m->pub_key_auth = bytes_of(NULL, 0);
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
/* What of the flight is TLS's own goes before. */
static void close_instead(struct blob *wire)
{
    struct bytes payload;
    wire->size = find_data(blob_view(wire), &payload);
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
    static void (*const changes[])(struct blob *wire) = {prepend_ticket, append_ticket};
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
        struct edit a = {.flight = flight, .wire = only_alert};
        run_edited(&p, FAKE_RAW, &a);
        struct end *to = flight % 2 ? &p.client : &p.server;
        CHECK_STATUS(to->status, ST_PEER_ALERT);
        CHECK(p.server.status != ST_OK);
        pair_free(&p);
    }
}

/* A close where TSRequests are awaited, in every state of either end: a refusal only for a client
 * that has sent its proof ("A", or "N" where that is all), and nobody's wrong password for a
 * server.
 */
static void test_closed(void)
{
    static const struct {
        enum fake_mode mode;
        int flight;
        enum status status;
    } cases[] = {
            {FAKE_RAW, TOKEN_1, ST_PEER_CLOSED},
            {FAKE_RAW, TOKEN_2, ST_PEER_CLOSED}, /* only NEGOTIATE is sent */
            {FAKE_RAW, CLIENT_KEY, ST_PEER_CLOSED},
            {FAKE_RAW, SERVER_KEY, ST_PEER_ERROR},
            {FAKE_RAW, CREDENTIALS, ST_PEER_CLOSED},
            {FAKE_WAIT, TOKEN_2, ST_PEER_CLOSED},
            {FAKE_WAIT, TOKEN_2 + 2, ST_PEER_ERROR}, /* instead of the server's last token */
            {FAKE_WAIT, TOKEN_2 + 3, ST_PEER_CLOSED},
            {FAKE_WAIT, TOKEN_2 + 4, ST_PEER_ERROR}, /* instead of pubKeyAuth */
            {FAKE_WAIT, TOKEN_2 + 5, ST_PEER_CLOSED},
            {FAKE_EAGER, TOKEN_2, ST_PEER_CLOSED},
            {FAKE_EAGER, SERVER_KEY, ST_PEER_ERROR},
            {FAKE_SHORT, TOKEN_2, ST_PEER_ERROR}, /* one token is the whole proof */
            {FAKE_SHORT, TOKEN_2 + 1, ST_PEER_CLOSED},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pair p;
        struct edit e = {.flight = cases[i].flight, .wire = close_instead};
        run_edited(&p, cases[i].mode, &e);
        struct end *to = e.flight % 2 ? &p.client : &p.server;
        if (to->status != cases[i].status)
            printf("case %zu\n", i);
        CHECK_STATUS(to->status, cases[i].status);
        CHECK(!credssp_peer_error(to->c) && p.server.status != ST_OK);
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
            {CLIENT_KEY, only_close, ST_PEER_CLOSED, 0},
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

int main(void)
{
    test_two_in_one_record();
    test_plaintext();
    test_data_behind();
    test_tls_records();
    test_tls_ends();
    test_closed();
    test_close_behind();
    test_last_words();
    return unit_end("credssp_records");
}
