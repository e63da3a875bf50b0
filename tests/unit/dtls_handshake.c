/* libs/tls over datagrams: handshakes, with every datagram lost once, and on networks that lose,
 * repeat and reorder. RFC 6347; the default MTU and its limits: "SetContextAttributes (Schannel)",
 * SECPKG_ATTR_DTLS_MTU. */
#include "dtls_net.h"

static void check_data(struct net *n, bool from_client)
{
    static const uint8_t text[] = "one datagram";
    uint8_t record[200], plain[200];
    size_t size, consumed, missing, got;
    struct end *from = from_client ? &n->p->client : &n->p->server;
    struct end *to = from_client ? &n->p->server : &n->p->client;
    CHECK_STATUS(tls_encrypt(from->s, OF(text), record, sizeof record, &size), ST_OK);
    CHECK_STATUS(tls_decrypt(to->s, bytes_of(record, size), plain, sizeof plain, &consumed,
                         &missing, &got),
            ST_OK);
    CHECK(consumed == size);
    CHECK_BYTES(bytes_of(plain, got), OF(text));
}

static void each_version(void)
{
    static const unsigned offered[] = {DTLS_V1_0, DTLS_V1_2, DTLS_V1_0 | DTLS_V1_2};
    static const unsigned want[] = {DTLS_V1_0, DTLS_V1_2, DTLS_V1_2};
    for (size_t i = 0; i < 3; i++)
        for (int key = PAIR_RSA; key <= PAIR_EC; key++) {
            struct tls_info info;
            struct net *n = net_open(offered[i], (enum pair_key)key);
            CHECK_STATUS(tls_query(n->p->client.s, &info), ST_OK);
            CHECK(info.version == want[i]);
            CHECK_STATUS(tls_query(n->p->server.s, &info), ST_OK);
            CHECK(info.version == want[i]);
            check_data(n, true);
            check_data(n, false);
            net_free(n);
        }
}

static void versions_apart(void)
{
    struct net *n = calloc(1, sizeof *n);
    n->p = pair_new(DTLS_V1_0, DTLS_V1_2, PAIR_RSA);
    net_handshake(n, 30);
    CHECK(!n->client_done && !n->server_done);
    CHECK_STATUS(n->p->server.status, ST_PEER_VERSION);
    CHECK_STATUS(n->p->client.status, ST_PEER_ALERT);
    CHECK(tls_alert_received(n->p->client.s) == 70); /* protocol_version */
    net_free(n);
}

static void not_both_kinds(void)
{
    struct tls_config *config;
    CHECK_STATUS(tls_config_new(TLS_SERVER, TLS_V1_2 | DTLS_V1_2, &config), ST_UNSUPPORTED);
}

/* RFC 6347 4.2.4: "identical but for its sequence number" is what Windows shows too (Wine's schannel.c, test_dtls). */
static void sent_again(void)
{
    struct net *n = net_new(DTLS_V1_2, PAIR_RSA);
    struct blob first = {0}, second = {0};
    (void)net_leg(n, true, bytes_of(NULL, 0));
    CHECK_STATUS(tls_datagram_take(n->p->client.s, &first), ST_OK);
    CHECK(!tls_datagram_waits(n->p->client.s));
    CHECK_STATUS(net_leg(n, true, bytes_of(NULL, 0)), ST_CONTINUE);
    CHECK_STATUS(tls_datagram_take(n->p->client.s, &second), ST_OK);
    CHECK(!tls_datagram_waits(n->p->client.s));
    CHECK(first.size > 60 && first.size == second.size);
    CHECK(first.data[10] == 0 && second.data[10] == 1); /* the sequence number's last byte */
    second.data[10] = 0;
    CHECK_BYTES(blob_view(&first), blob_view(&second));
    blob_free(&first);
    blob_free(&second);
    net_free(n);
}

/* Without losses nothing is sent twice: the numbers of datagrams are those of the flights. */
static void nothing_twice(void)
{
    struct net *n = net_open(DTLS_V1_2, PAIR_EC);
    CHECK(n->to_server.sent == 2); /* ClientHello; ClientKeyExchange to Finished */
    CHECK(n->to_client.sent == 2); /* ServerHello to ServerHelloDone; the rest */
    CHECK(n->to_server.largest <= 1096 && n->to_client.largest <= 1096);
    net_free(n);
}

static void one_lost(size_t client_at, size_t server_at, size_t mtu)
{
    struct net *n = net_new(DTLS_V1_2, PAIR_RSA);
    n->lose_client_at = client_at;
    n->lose_server_at = server_at;
    if (mtu) {
        CHECK_STATUS(tls_datagram_set_mtu(n->p->client.s, mtu + 200), ST_OK);
        CHECK_STATUS(tls_datagram_set_mtu(n->p->server.s, mtu), ST_OK);
    }
    net_handshake(n, 200);
    CHECK(n->client_done && n->server_done);
    if (mtu)
        CHECK(n->to_client.largest <= mtu && n->to_server.largest <= mtu + 200);
    if (n->client_done && n->server_done) {
        check_data(n, true);
        check_data(n, false);
    }
    net_free(n);
}

static void each_lost(void)
{
    for (size_t i = 1; i <= 4; i++) {
        one_lost(i, 0, 0);
        one_lost(0, i, 0);
        one_lost(i, i, 0);
    }
    for (size_t i = 0; i <= 10; i++) {
        one_lost(i, 0, 200);
        one_lost(0, i, 200);
    }
}

static void bad_networks(void)
{
    for (uint32_t seed = 1; seed <= 60; seed++) {
        struct net *n = net_new(DTLS_V1_2, seed & 1 ? PAIR_RSA : PAIR_EC);
        n->dice = seed;
        n->lose = 25;
        n->repeat = 20;
        n->swap = 30;
        if (seed % 3 == 0) {
            CHECK_STATUS(tls_datagram_set_mtu(n->p->client.s, 330), ST_OK);
            CHECK_STATUS(tls_datagram_set_mtu(n->p->server.s, 250), ST_OK);
        }
        net_handshake(n, 2000);
        CHECK(n->client_done && n->server_done);
        if (!n->client_done || !n->server_done)
            fprintf(stderr, "seed %u: client %s, server %s\n", seed,
                    status_name(n->p->client.status), status_name(n->p->server.status));
        net_free(n);
    }
}

/* The server is done, its last flight lost; the client repeats its own. */
static void last_flight(void)
{
    struct net *n = net_new(DTLS_V1_2, PAIR_EC); /* whose first flight is one datagram */
    n->lose_server_at = 2;
    (void)net_leg(n, true, bytes_of(NULL, 0));
    (void)net_flush(n, true);
    for (int i = 0; i < 10 && !n->server_done; i++)
        (void)net_deliver(n, i & 1);
    CHECK(n->server_done && !n->client_done);
    struct blob repeated = {0}, again = {0};
    CHECK_STATUS(net_leg(n, true, bytes_of(NULL, 0)), ST_CONTINUE);
    CHECK_STATUS(tls_datagram_take(n->p->client.s, &repeated), ST_OK);
    net_read(n, false, &repeated);
    CHECK_STATUS(tls_datagram_take(n->p->server.s, &again), ST_OK);
    CHECK(again.size && !tls_datagram_waits(n->p->server.s));
    CHECK_STATUS(net_leg(n, true, blob_view(&again)), ST_OK);
    check_data(n, true);
    check_data(n, false);
    blob_free(&repeated);
    blob_free(&again);
    net_free(n);
}

static void sizes_of_datagrams(void)
{
    struct net *n = net_new(DTLS_V1_2, PAIR_RSA);
    CHECK_STATUS(tls_datagram_set_mtu(n->p->client.s, 199), ST_BAD_ARGUMENT);
    CHECK_STATUS(tls_datagram_set_mtu(n->p->client.s, 65536), ST_BAD_ARGUMENT);
    CHECK_STATUS(tls_datagram_set_mtu(n->p->client.s, 65535), ST_OK);
    net_free(n);

    /* A hello that does not fit: no state could be kept for its parts. */
    n = net_new(DTLS_V1_2, PAIR_RSA);
    struct bytes names[2] = {
            BYTES_LITERAL("a protocol with a name"), BYTES_LITERAL("and one more such protocol")};
    CHECK_STATUS(tls_datagram_set_mtu(n->p->client.s, 200), ST_OK);
    CHECK_STATUS(tls_session_set_alpn(n->p->client.s, names, 2), ST_OK);
    CHECK_STATUS(net_leg(n, true, bytes_of(NULL, 0)), ST_BUFFER_TOO_SMALL);
    CHECK_STATUS(net_leg(n, true, bytes_of(NULL, 0)), ST_BAD_STATE);
    net_free(n);

    struct pair *p = pair_new(TLS_V1_2, TLS_V1_2, PAIR_RSA);
    CHECK_STATUS(tls_datagram_set_mtu(p->client.s, 1000), ST_UNSUPPORTED);
    pair_free(p);
}

static void srtp(void)
{
    static const uint16_t ours[] = {0x1234, 2, 5, 1}, theirs[] = {1, 2}, other[] = {6};
    static const uint8_t id[] = {9, 8, 7};
    uint16_t profile;
    struct bytes mki;
    struct net *n = net_new(DTLS_V1_2, PAIR_RSA);
    CHECK_STATUS(tls_session_set_srtp(n->p->client.s, ours, 4, OF(id)), ST_OK);
    CHECK_STATUS(tls_session_set_srtp(n->p->server.s, theirs, 2, bytes_of(NULL, 0)), ST_OK);
    CHECK_STATUS(tls_srtp(n->p->client.s, &profile, &mki), ST_BAD_STATE);
    net_handshake(n, 50);
    CHECK_STATUS(tls_srtp(n->p->client.s, &profile, &mki), ST_OK);
    CHECK(profile == 2); /* the client's order */
    CHECK_STATUS(tls_srtp(n->p->server.s, &profile, &mki), ST_OK);
    CHECK(profile == 2);
    CHECK_BYTES(mki, OF(id));
    net_free(n);

    n = net_new(DTLS_V1_2, PAIR_RSA);
    CHECK_STATUS(tls_session_set_srtp(n->p->client.s, ours, 1, OF(id)), ST_NO_COMMON_ALGORITHM);
    CHECK_STATUS(tls_session_set_srtp(n->p->client.s, theirs, 2, bytes_of(NULL, 0)), ST_OK);
    CHECK_STATUS(tls_session_set_srtp(n->p->server.s, other, 1, bytes_of(NULL, 0)), ST_OK);
    net_handshake(n, 50);
    CHECK(n->client_done && n->server_done);
    CHECK_STATUS(tls_srtp(n->p->client.s, &profile, &mki), ST_OK);
    CHECK(profile == 0 && !mki.size);
    net_free(n);
}

int main(void)
{
    each_version();
    versions_apart();
    not_both_kinds();
    sent_again();
    nothing_twice();
    each_lost();
    bad_networks();
    last_flight();
    sizes_of_datagrams();
    srtp();
    return unit_end("dtls_handshake");
}
