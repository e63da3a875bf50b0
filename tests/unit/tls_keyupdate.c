/* libs/tls after the handshake: KeyUpdate both ways (RFC 8446 4.6.3), tickets, renegotiation (RFC
 * 5246 7.4.1.1), record size limits (RFC 8449, RFC 6066 4). The peer's part is played by GnuTLS
 * itself. */
#include "tls/internal.h"
#include "tls_pair.h"

static void say(struct end *from, struct end *to, struct bytes text)
{
    size_t consumed, size;
    pair_send(from, to, text);
    CHECK_STATUS(end_decrypt(to, &consumed, &size), ST_OK);
    CHECK_BYTES(bytes_of(to->inbox, size), text);
    CHECK(consumed == to->size);
    end_drop(to, consumed);
}

static void key_update(struct end *from, struct end *to, unsigned flags)
{
    struct blob out = {0};
    transport_to_message(from->s);
    CHECK(gnutls_session_key_update(from->s->gnutls, flags) == 0);
    CHECK_STATUS(transport_take(from->s, &out), ST_OK);
    CHECK(out.size == 5 + 4 + 1 + 17);
    end_put(to, blob_view(&out));
    blob_free(&out);
}

static void test_unrequested(void)
{
    size_t consumed, size;
    struct pair *p = pair_open(TLS_V1_3, PAIR_EC);
    key_update(&p->server, &p->client, 0);
    CHECK_STATUS(end_decrypt(&p->client, &consumed, &size), ST_OK);
    CHECK(size == 0 && consumed == p->client.size);
    end_drop(&p->client, consumed);
    say(&p->server, &p->client, BYTES_LITERAL("with the new key"));
    say(&p->client, &p->server, BYTES_LITERAL("with the old key"));
    pair_free(p);
}

/* A request is announced once; sending goes on with the old key until tls_handshake; one record
 * each. */
static void test_requested(void)
{
    size_t consumed, size;
    struct pair *p = pair_open(TLS_V1_3, PAIR_EC);
    for (int round = 0; round < 3; round++) {
        key_update(&p->server, &p->client, GNUTLS_KU_PEER);
        CHECK_STATUS(end_decrypt(&p->client, &consumed, &size), ST_RENEGOTIATE);
        CHECK(size == 0 && consumed == p->client.size);
        end_drop(&p->client, consumed);

        CHECK(pair_send(&p->client, &p->server, BYTES_LITERAL("before")) == 5 + 6 + 17);
        say(&p->server, &p->client, BYTES_LITERAL("new"));
        CHECK_STATUS(end_decrypt(&p->server, &consumed, &size), ST_OK);
        end_drop(&p->server, consumed);

        (void)end_leg(&p->client, &p->server);
        CHECK_STATUS(p->client.status, ST_OK);
        CHECK(p->server.size == 5 + 4 + 1 + 17);
        CHECK_STATUS(end_decrypt(&p->server, &consumed, &size), ST_OK);
        CHECK(size == 0);
        end_drop(&p->server, consumed);
        CHECK(p->server.size == 0);
        say(&p->client, &p->server, BYTES_LITERAL("after"));
        say(&p->server, &p->client, BYTES_LITERAL("after"));

        (void)end_leg(&p->client, &p->server); /* nothing is owed any more */
        CHECK_STATUS(p->client.status, ST_OK);
        CHECK(p->server.size == 0);
    }
    pair_free(p);
}

/* Our own limit on the records of one key. */
static void test_limit(void)
{
    size_t consumed, size;
    struct pair *p = pair_open(TLS_V1_3, PAIR_EC);
    p->client.s->sent_records = (1 << 24) - 2;
    say(&p->client, &p->server, BYTES_LITERAL("a"));
    pair_send(&p->server, &p->client, BYTES_LITERAL("b"));
    CHECK_STATUS(end_decrypt(&p->client, &consumed, &size), ST_OK);
    end_drop(&p->client, consumed);
    say(&p->client, &p->server, BYTES_LITERAL("c"));
    pair_send(&p->server, &p->client, BYTES_LITERAL("d"));
    CHECK_STATUS(end_decrypt(&p->client, &consumed, &size), ST_RENEGOTIATE);
    CHECK(consumed == 0);
    size_t waiting = p->client.size;
    (void)end_leg(&p->client, &p->server);
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK(p->client.size == waiting);
    CHECK(p->client.s->sent_records == 0);
    CHECK_STATUS(end_decrypt(&p->client, &consumed, &size), ST_OK);
    CHECK_BYTES(bytes_of(p->client.inbox, size), BYTES_LITERAL("d"));
    end_drop(&p->client, consumed);
    CHECK_STATUS(end_decrypt(&p->server, &consumed, &size), ST_OK);
    CHECK(size == 0);
    end_drop(&p->server, consumed);
    say(&p->client, &p->server, BYTES_LITERAL("e"));
    pair_free(p);
}

static void test_ticket(void)
{
    size_t consumed, size;
    gnutls_datum_t key;
    struct pair *p = pair_new(TLS_V1_3, TLS_V1_3, PAIR_EC);
    CHECK(gnutls_session_ticket_key_generate(&key) == 0);
    CHECK(gnutls_session_ticket_enable_server(p->server.s->gnutls, &key) == 0);
    pair_handshake(p);
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK(p->client.size > 0); /* the tickets */
    while (p->client.size) {
        CHECK_STATUS(end_decrypt(&p->client, &consumed, &size), ST_OK);
        CHECK(size == 0 && consumed > 0);
        if (!consumed)
            break;
        end_drop(&p->client, consumed);
    }
    say(&p->server, &p->client, BYTES_LITERAL("data"));
    gnutls_free(key.data);
    pair_free(p);
}

static void renegotiate(struct pair *p, struct end *first)
{
    size_t consumed, size;
    struct end *other = first == &p->client ? &p->server : &p->client;
    CHECK_STATUS(end_decrypt(first, &consumed, &size), ST_RENEGOTIATE);
    CHECK(consumed == 0);
    first->status = other->status = ST_CONTINUE;
    for (int i = 0; i < 10 && (first->status != ST_OK || other->status != ST_OK); i++) {
        if (first->status != ST_OK)
            (void)end_leg(first, other);
        if (other->size)
            (void)end_leg(other, first);
        CHECK(!status_failed(first->status) && !status_failed(other->status));
    }
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK_STATUS(p->server.status, ST_OK);
    say(&p->server, &p->client, BYTES_LITERAL("again"));
    say(&p->client, &p->server, BYTES_LITERAL("again"));
}

/* The server asks by HelloRequest; the client by a ClientHello. */
static void test_renegotiation(void)
{
    struct blob out = {0};
    struct pair *p = pair_open(TLS_V1_2, PAIR_RDP);
    say(&p->client, &p->server, BYTES_LITERAL("first"));
    transport_to_message(p->server.s);
    CHECK(gnutls_rehandshake(p->server.s->gnutls) == 0);
    CHECK_STATUS(transport_take(p->server.s, &out), ST_OK);
    end_put(&p->client, blob_view(&out));
    blob_free(&out);
    renegotiate(p, &p->client);
    struct bytes unique[2];
    struct blob one = {0}, two = {0};
    CHECK_STATUS(tls_channel_binding(p->client.s, TLS_BINDING_UNIQUE, &one), ST_OK);
    CHECK_STATUS(tls_channel_binding(p->server.s, TLS_BINDING_UNIQUE, &two), ST_OK);
    unique[0] = blob_view(&one), unique[1] = blob_view(&two);
    CHECK_BYTES(unique[0], unique[1]);
    blob_free(&one);
    blob_free(&two);
    pair_free(p);
}

/* What was bound to the first certificate (CredSSP's pubKeyAuth, a validation) stays true: a
 * renegotiation cannot bring another one. */
static void test_renegotiation_with_another_key(void)
{
    struct blob out = {0};
    struct bytes chain = pair_certificate(PAIR_EC);
    struct tls_config *other = NULL;
    size_t consumed, size;
    struct pair *p = pair_open(TLS_V1_2, PAIR_RSA);
    CHECK_STATUS(tls_config_new(TLS_SERVER, TLS_V1_2, &other), ST_OK);
    CHECK_STATUS(tls_config_set_key(other, &chain, 1, pair_key_der(PAIR_EC)), ST_OK);
    CHECK(gnutls_credentials_set(p->server.s->gnutls, GNUTLS_CRD_CERTIFICATE, other->credentials) ==
            0);
    transport_to_message(p->server.s);
    CHECK(gnutls_rehandshake(p->server.s->gnutls) == 0);
    CHECK_STATUS(transport_take(p->server.s, &out), ST_OK);
    end_put(&p->client, blob_view(&out));
    blob_free(&out);
    CHECK_STATUS(end_decrypt(&p->client, &consumed, &size), ST_RENEGOTIATE);
    p->client.status = p->server.status = ST_CONTINUE;
    for (int i = 0; i < 10 && p->client.status == ST_CONTINUE; i++) {
        (void)end_leg(&p->client, &p->server);
        (void)end_leg(&p->server, &p->client);
    }
    CHECK(status_failed(p->client.status));
    CHECK_STATUS(tls_encrypt(p->client.s, BYTES_LITERAL("x"), p->client.inbox, 100, &size),
            ST_BAD_STATE);
    pair_free(p);
    tls_config_free(other);
}

static void test_size_limit(unsigned version)
{
    struct tls_sizes z;
    static uint8_t data[16384], record[17000];
    size_t size;
    struct pair *p = pair_new(version, version, PAIR_EC);
    CHECK(gnutls_record_set_max_recv_size(p->client.s->gnutls, 1000) == 0);
    pair_handshake(p);
    CHECK_STATUS(tls_sizes(p->server.s, &z), ST_OK);
    CHECK(z.max_data == 1000);
    CHECK_STATUS(tls_encrypt(p->server.s, bytes_of(data, 1001), record, sizeof record, &size),
            ST_BAD_ARGUMENT);
    CHECK(pair_send(&p->server, &p->client, bytes_of(data, 1000)) == z.header + 1000 + z.trailer);
    say(&p->client, &p->server, BYTES_LITERAL("x"));
    pair_free(p);

    p = pair_new(version, version, PAIR_EC);
    CHECK(gnutls_record_set_max_recv_size(p->server.s->gnutls, 2000) == 0);
    pair_handshake(p);
    CHECK_STATUS(tls_sizes(p->client.s, &z), ST_OK);
    CHECK(z.max_data == 2000);
    CHECK(pair_send(&p->client, &p->server, bytes_of(data, 2000)) == z.header + 2000 + z.trailer);
    pair_free(p);
}

int main(void)
{
    test_unrequested();
    test_requested();
    test_limit();
    test_ticket();
    test_renegotiation();
    test_renegotiation_with_another_key();
    test_size_limit(TLS_V1_2);
    test_size_limit(TLS_V1_3);
    return unit_end("tls_keyupdate");
}
