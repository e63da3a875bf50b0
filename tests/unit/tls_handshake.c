/* libs/tls: handshakes over memory: versions, keys, fragmentation, garbage. RFC 8446, RFC 5246. */
#include "tls_pair.h"

static const unsigned versions[] = {TLS_V1_2, TLS_V1_3, TLS_V1_2 | TLS_V1_3};

static void hello(struct pair *p)
{
    size_t consumed, size;
    pair_send(&p->client, &p->server, BYTES_LITERAL("question"));
    CHECK_STATUS(end_decrypt(&p->server, &consumed, &size), ST_OK);
    CHECK_BYTES(bytes_of(p->server.inbox, size), BYTES_LITERAL("question"));
    CHECK(consumed == p->server.size);
    pair_send(&p->server, &p->client, BYTES_LITERAL("answer"));
    CHECK_STATUS(end_decrypt(&p->client, &consumed, &size), ST_OK);
    CHECK_BYTES(bytes_of(p->client.inbox, size), BYTES_LITERAL("answer"));
}

static void test_versions_and_keys(void)
{
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        for (int key = PAIR_RSA; key <= PAIR_RDP; key++) {
            struct tls_info info;
            struct pair *p = pair_open(versions[i], (enum pair_key)key);
            CHECK_STATUS(tls_query(p->client.s, &info), ST_OK);
            CHECK(info.version == (versions[i] & TLS_V1_3 ? TLS_V1_3 : TLS_V1_2));
            hello(p);
            pair_free(p);
        }
}

static void test_no_common_version(void)
{
    struct pair *p = pair_new(TLS_V1_3, TLS_V1_2, PAIR_RSA);
    pair_handshake(p);
    CHECK_STATUS(p->server.status, ST_NO_COMMON_ALGORITHM);
    CHECK_STATUS(p->client.status, ST_PEER_ALERT);
    CHECK(tls_alert_received(p->client.s) ==
            40); /* handshake_failure: no suite of TLS 1.2, RFC 5246 7.4.1.3 */
    pair_free(p);
}

/* MISSING: 5 - have for a header, then exactly the rest. */
static void test_one_byte_at_a_time(void)
{
    for (size_t i = 0; i < 2; i++) {
        struct pair *p = pair_new(versions[i], versions[i], PAIR_EC);
        struct end *e = &p->client, *peer = &p->server;
        for (int legs = 0; legs < 40000; legs++) {
            (void)end_leg(e, peer);
            if (e->status == ST_INCOMPLETE && e->limit < e->size) {
                size_t have = e->limit;
                size_t whole = 5 + (size_t)(e->inbox[3] << 8 | e->inbox[4]);
                CHECK(e->missing == (have < 5 ? 5 - have : whole - have));
                e->limit++;
                continue;
            }
            if (status_failed(e->status) || (e->status == ST_OK && peer->status == ST_OK))
                break;
            struct end *t = e;
            e = peer;
            peer = t;
            e->limit = 1;
        }
        CHECK_STATUS(p->client.status, ST_OK);
        CHECK_STATUS(p->server.status, ST_OK);
        p->client.limit = p->server.limit = 0;
        hello(p);
        pair_free(p);
    }
}

/* Data right behind the last handshake record stays in IN. */
static void test_data_behind_the_flight(void)
{
    for (size_t i = 0; i < 2; i++) {
        size_t consumed, size;
        struct pair *p = pair_new(versions[i], versions[i], PAIR_RSA);
        p->client.status = p->server.status = ST_CONTINUE;
        for (int legs = 0; legs < 10 && p->client.status != ST_OK; legs++) {
            (void)end_leg(&p->client, &p->server);
            if (p->client.status != ST_OK)
                (void)end_leg(&p->server, &p->client);
            if (versions[i] == TLS_V1_2 && p->client.status != ST_OK && p->server.status == ST_OK)
                pair_send(&p->server, &p->client, BYTES_LITERAL("banner"));
        }
        CHECK_STATUS(p->client.status, ST_OK);
        if (versions[i] == TLS_V1_3) {
            pair_send(&p->client, &p->server, BYTES_LITERAL("banner"));
            (void)end_leg(&p->server, &p->client);
            CHECK_STATUS(p->server.status, ST_OK);
        }
        struct end *e = versions[i] == TLS_V1_3 ? &p->server : &p->client;
        CHECK(e->size > 0);
        CHECK_STATUS(end_decrypt(e, &consumed, &size), ST_OK);
        CHECK_BYTES(bytes_of(e->inbox, size), BYTES_LITERAL("banner"));
        CHECK(consumed == e->size);
        pair_free(p);
    }
}

static void test_garbage(void)
{
    static const struct {
        const char *hex;
        enum status status;
    } rows[] = {
            {"", ST_INCOMPLETE}, {"16030100", ST_INCOMPLETE},
            {"4745542f20", ST_BAD_TOKEN}, /* "GET /" */
            {"0000000000", ST_BAD_TOKEN},
            {"1602000005 0102030405", ST_BAD_TOKEN}, /* not version 3.x */
            {"1603014801", ST_BAD_TOKEN},            /* longer than 2^14 + 2048 */
            {"802e010301", ST_BAD_TOKEN},            /* SSL 2.0 ClientHello */
            {"1903010001 00", ST_BAD_TOKEN},
            {"1603010004 01000100", ST_CONTINUE}, /* a piece of a ClientHello */
            {"1703030001 00", ST_BAD_TOKEN},      /* data before a handshake */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t bytes[64];
        struct pair *p = pair_new(TLS_V1_2 | TLS_V1_3, TLS_V1_2 | TLS_V1_3, PAIR_RSA);
        end_put(&p->server, unit_unhex(rows[i].hex, bytes, sizeof bytes));
        (void)end_leg(&p->server, &p->client);
        CHECK_STATUS(p->server.status, rows[i].status);
        pair_free(p);
    }
}

static void test_states(void)
{
    struct pair *p = pair_new(TLS_V1_2, TLS_V1_2, PAIR_RSA);
    struct tls_sizes sizes;
    struct tls_info info;
    struct blob out = {0};
    uint8_t record[64];
    size_t a, b, c;
    CHECK_STATUS(
            tls_encrypt(p->client.s, BYTES_LITERAL("x"), record, sizeof record, &a), ST_BAD_STATE);
    CHECK_STATUS(
            tls_decrypt(p->client.s, bytes_of(record, 0), record, 64, &a, &b, &c), ST_BAD_STATE);
    CHECK_STATUS(tls_sizes(p->client.s, &sizes), ST_BAD_STATE);
    CHECK_STATUS(tls_query(p->client.s, &info), ST_BAD_STATE);
    CHECK_STATUS(tls_channel_binding(p->client.s, TLS_BINDING_UNIQUE, &out), ST_BAD_STATE);
    end_put(&p->client, BYTES_LITERAL("garbage"));
    (void)end_leg(&p->client, &p->server);
    CHECK_STATUS(p->client.status, ST_BAD_TOKEN);
    (void)end_leg(&p->client, &p->server); /* failure is final */
    CHECK_STATUS(p->client.status, ST_BAD_STATE);
    pair_free(p);
}

static void test_arguments(void)
{
    struct tls_config *config;
    struct tls_session *s;
    CHECK_STATUS(tls_config_new(TLS_CLIENT, 0, &config), ST_NO_COMMON_ALGORITHM);
    CHECK_STATUS(tls_config_new(TLS_CLIENT, TLS_V1_2 | DTLS_V1_2, &config), ST_UNSUPPORTED);
    CHECK_STATUS(tls_config_new(TLS_SERVER, TLS_V1_2, &config), ST_OK);
    CHECK_STATUS(tls_session_new(config, bytes_of(NULL, 0), &s), ST_NO_CREDENTIALS);
    tls_config_free(config);
}

static void test_alpn(void)
{
    const struct bytes client[] = {BYTES_LITERAL("http/1.1"), BYTES_LITERAL("h2")};
    const struct bytes server[] = {BYTES_LITERAL("h2"), BYTES_LITERAL("http/1.1")};
    const struct bytes other[] = {BYTES_LITERAL("imap")};
    for (size_t i = 0; i < 2; i++) {
        struct tls_info info;
        struct pair *p = pair_new(versions[i], versions[i], PAIR_RSA);
        CHECK_STATUS(tls_session_set_alpn(p->client.s, client, 2), ST_OK);
        CHECK_STATUS(tls_session_set_alpn(p->server.s, server, 2), ST_OK);
        pair_handshake(p);
        CHECK_STATUS(tls_query(p->client.s, &info), ST_OK);
        CHECK_BYTES(info.alpn, BYTES_LITERAL("h2"));
        CHECK_STATUS(tls_query(p->server.s, &info), ST_OK);
        CHECK_BYTES(info.alpn, BYTES_LITERAL("h2"));
        pair_free(p);

        p = pair_new(versions[i], versions[i], PAIR_RSA);
        CHECK_STATUS(tls_session_set_alpn(p->client.s, other, 1), ST_OK);
        CHECK_STATUS(tls_session_set_alpn(p->server.s, server, 2), ST_OK);
        pair_handshake(p);
        CHECK_STATUS(p->server.status, ST_NO_COMMON_ALGORITHM);
        CHECK(tls_alert_received(p->client.s) == 120); /* no_application_protocol, RFC 7301 3.2 */
        pair_free(p);
    }
}

/* A stored ClientHello shows the name, RFC 6066 3; literal addresses are not sent. */
static void test_server_name(void)
{
    static const struct {
        const char *name, *sent;
    } rows[] = {{"a.example", "a.example"}, {"b.example.", "b.example"}, {"192.0.2.1", ""},
            {"2001:db8::1", ""}, {"", ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pair *p = pair_configs(TLS_V1_2, TLS_V1_2, PAIR_RSA);
        struct bytes name = bytes_of(rows[i].name, strlen(rows[i].name));
        size_t length = strlen(rows[i].sent), found = 0;
        CHECK_STATUS(tls_session_new(p->client.config, name, &p->client.s), ST_OK);
        (void)end_leg(&p->client, &p->server);
        for (size_t at = 0; at + 9 + length <= p->server.size; at++) {
            const uint8_t *h = p->server.inbox + at;
            found += h[0] == 0 && h[1] == 0 && h[2] == 0 && h[3] == length + 5 && h[6] == 0 &&
                     h[8] == length && length && !memcmp(h + 9, rows[i].sent, length);
        }
        CHECK(found == (length ? 1 : 0));
        pair_free(p);
    }
}

int main(void)
{
    test_versions_and_keys();
    test_no_common_version();
    test_one_byte_at_a_time();
    test_data_behind_the_flight();
    test_garbage();
    test_states();
    test_arguments();
    test_alpn();
    test_server_name();
    return unit_end("tls_handshake");
}
