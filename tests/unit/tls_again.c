/* libs/tls: who the peer is, asked or proven anew on an open connection. Renegotiation by either side
 * (RFC 5246 7.4.1.1, 7.4.1.2, RFC 5746), post-handshake authentication (RFC 8446 4.6.2), data in
 * between, the certificate of the first handshake kept, and how often a peer may do such things. */
#include <gnutls/crypto.h>
#include "tls/internal.h"
#include "tls_pair.h"

enum { GCM, CBC };

struct choice {
    int asked, refusals; /* so many times ST_NEED_CERTIFICATE first */
    struct tls_config *config;
};

static enum status choose(
        void *self, const struct bytes *issuers, size_t count, struct tls_config **config)
{
    struct choice *c = self;
    (void)issuers, (void)count;
    if (c->asked++ < c->refusals)
        return ST_NEED_CERTIFICATE;
    if (c->config)
        *config = c->config;
    return ST_OK;
}

static void say(struct end *from, struct end *to, struct bytes text)
{
    size_t consumed, size;
    pair_send(from, to, text);
    CHECK_STATUS(end_decrypt(to, &consumed, &size), ST_OK);
    CHECK_BYTES(bytes_of(to->inbox, size), text);
    end_drop(to, consumed);
}

static void both_ways(struct pair *p)
{
    say(&p->client, &p->server, BYTES_LITERAL("from the client"));
    say(&p->server, &p->client, BYTES_LITERAL("from the server"));
}

static struct pair *open_pair(unsigned version, int cipher, struct choice *c)
{
    struct pair *p = pair_new(version, version, PAIR_RSA);
    if (cipher == CBC)
        CHECK(gnutls_priority_set_direct(p->client.s->gnutls,
                      "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC", NULL) == 0);
    if (c)
        tls_session_set_choose(p->client.s, choose, c);
    pair_handshake(p);
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK_STATUS(p->server.status, ST_OK);
    return p;
}

static enum status begin(struct end *from, struct end *to, bool certificate)
{
    struct blob out = {0};
    enum status status = tls_renegotiate(from->s, certificate, &out);
    end_put(to, blob_view(&out));
    blob_free(&out);
    return status;
}

/* What a program does: decrypts, and goes to the handshake when told to. Counts the data records, and
 * how often the client needed a certificate. */
static int needed, records;

static bool one_record(struct end *e, struct end *peer)
{
    size_t consumed, size;
    if (!e->size || status_failed(e->status))
        return false;
    enum status status = end_decrypt(e, &consumed, &size);
    end_drop(e, consumed);
    records += status == ST_OK && size;
    if (status != ST_RENEGOTIATE) {
        e->status = status;
        return status == ST_OK;
    }
    do {
        (void)end_leg(e, peer);
        needed += e->status == ST_NEED_CERTIFICATE;
    } while (e->status == ST_NEED_CERTIFICATE && needed < 20);
    return !status_failed(e->status);
}

/* ROUNDS of both; DATA: each sends some in each round. */
static void exchange(struct pair *p, bool data)
{
    needed = records = 0;
    p->client.status = p->server.status = ST_OK;
    for (int i = 0; i < 12; i++) {
        if (data && i < 8 && !status_failed(p->client.status))
            pair_send(&p->client, &p->server, BYTES_LITERAL("in between"));
        while (one_record(&p->server, &p->client))
            ;
        if (data && i < 8 && !status_failed(p->server.status))
            pair_send(&p->server, &p->client, BYTES_LITERAL("in between"));
        while (one_record(&p->client, &p->server))
            ;
    }
}

static void check_client(struct pair *p, struct bytes expected)
{
    const struct bytes *chain;
    size_t count = 0;
    CHECK_STATUS(tls_peer_chain(p->server.s, &chain, &count), ST_OK);
    CHECK(count == (expected.size != 0));
    if (count && expected.size)
        CHECK_BYTES(chain[0], expected);
}

/* RFC 5246 7.4.9: what is new in a renegotiation are the Finished messages. */
static struct blob unique_of(struct end *e)
{
    struct blob b = {0};
    CHECK_STATUS(tls_channel_binding(e->s, TLS_BINDING_UNIQUE, &b), ST_OK);
    return b;
}

static void test_renegotiation(bool by_client, bool data, int cipher)
{
    struct pair *p = open_pair(TLS_V1_2, cipher, NULL);
    struct blob before = unique_of(&p->client);
    CHECK_STATUS(begin(by_client ? &p->client : &p->server, by_client ? &p->server : &p->client,
                         false),
            by_client ? ST_CONTINUE : ST_OK);
    exchange(p, data);
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK_STATUS(p->server.status, ST_OK);
    CHECK(records == (data ? 16 : 0));
    CHECK(session_state(p->client.s) == STATE_OPEN && session_state(p->server.s) == STATE_OPEN);
    struct blob after = unique_of(&p->client), other = unique_of(&p->server);
    CHECK(!bytes_equal(blob_view(&before), blob_view(&after)));
    CHECK_BYTES(blob_view(&after), blob_view(&other));
    both_ways(p);
    blob_free(&before);
    blob_free(&after);
    blob_free(&other);
    pair_free(p);
}

/* Asked by a server that did not ask at first; by renegotiation or after the handshake. */
static void test_certificate(unsigned version, int cipher, int refusals, bool data)
{
    struct choice c = {.refusals = refusals, .config = pair_client_config(version, PAIR_EC)};
    struct pair *p = open_pair(version, cipher, &c);
    CHECK(!c.asked);
    check_client(p, bytes_of(NULL, 0));
    CHECK_STATUS(begin(&p->server, &p->client, true), ST_OK);
    CHECK(p->client.size > 0);
    exchange(p, data);
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK_STATUS(p->server.status, ST_OK);
    CHECK(records == (data ? 16 : 0));
    CHECK(needed == (cipher == CBC ? 0 : refusals));
    CHECK(c.asked == (cipher == CBC ? 0 : refusals + 1));
    check_client(p, cipher == CBC ? bytes_of(NULL, 0) : OF(test_ec_certificate));
    both_ways(p);
    /* and again: the same certificate */
    CHECK_STATUS(begin(&p->server, &p->client, true), ST_OK);
    exchange(p, data);
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK_STATUS(p->server.status, ST_OK);
    both_ways(p);
    tls_config_free(c.config);
    pair_free(p);
}

/* Having shown one certificate, the client shows another, or none. The server ends it. */
static void test_other_client(unsigned version, bool none)
{
    struct choice c = {.config = pair_client_config(version, PAIR_EC)};
    struct tls_config *first = c.config, *other = pair_client_config(version, PAIR_RSA);
    struct pair *p = open_pair(version, GCM, &c);
    CHECK_STATUS(begin(&p->server, &p->client, true), ST_OK);
    exchange(p, false);
    check_client(p, OF(test_ec_certificate));
    c.config = other;
    if (none)
        CHECK(gnutls_credentials_set(p->client.s->gnutls, GNUTLS_CRD_CERTIFICATE,
                      p->client.config->credentials) == 0);
    if (none)
        tls_session_set_choose(p->client.s, NULL, NULL);
    CHECK_STATUS(begin(&p->server, &p->client, true), ST_OK);
    exchange(p, false);
    CHECK(status_failed(p->server.status));
    CHECK(session_state(p->server.s) == STATE_FAILED);
    tls_config_free(first);
    tls_config_free(other);
    pair_free(p);
}

/* Our own comparison, which does not lean on GnuTLS's: what is remembered is changed. */
static void test_pinned(bool client)
{
    struct pair *p = open_pair(TLS_V1_2, GCM, NULL);
    CHECK(p->client.s->is_pinned && !p->server.s->is_pinned);
    p->client.s->pinned[31] ^= 1;
    CHECK_STATUS(begin(client ? &p->client : &p->server, client ? &p->server : &p->client, false),
            client ? ST_CONTINUE : ST_OK);
    exchange(p, false);
    CHECK_STATUS(p->client.status, ST_UNTRUSTED);
    CHECK(session_state(p->client.s) == STATE_FAILED);
    pair_free(p);
}

struct judge {
    int asked;
    enum status status;
};

static enum status judge(void *self, const struct bytes *chain, size_t count, unsigned *alert)
{
    struct judge *j = self;
    (void)chain, (void)count;
    *alert = 48;
    j->asked++;
    return j->status;
}

/* The certificate of a renegotiation is judged, too, and once. */
static void test_judged_again(bool refuse)
{
    struct judge j = {0};
    struct pair *p = pair_new(TLS_V1_2, TLS_V1_2, PAIR_EC);
    tls_session_set_verify(p->client.s, judge, &j);
    pair_handshake(p);
    CHECK(j.asked == 1);
    j.status = refuse ? ST_UNTRUSTED : ST_OK;
    CHECK_STATUS(begin(&p->server, &p->client, false), ST_OK);
    exchange(p, false);
    CHECK(j.asked == 2);
    CHECK_STATUS(p->client.status, refuse ? ST_UNTRUSTED : ST_OK);
    pair_free(p);
}

static void test_judged_after(bool refuse)
{
    struct judge j = {.status = refuse ? ST_UNTRUSTED : ST_OK};
    struct choice c = {.config = pair_client_config(TLS_V1_3, PAIR_EC)};
    struct pair *p = pair_new(TLS_V1_3, TLS_V1_3, PAIR_RSA);
    tls_session_set_choose(p->client.s, choose, &c);
    tls_session_set_verify(p->server.s, judge, &j);
    pair_handshake(p);
    CHECK(j.asked == 0);
    CHECK_STATUS(begin(&p->server, &p->client, true), ST_OK);
    exchange(p, false);
    CHECK(j.asked == 1);
    CHECK_STATUS(p->server.status, refuse ? ST_UNTRUSTED : ST_OK);
    if (refuse) {
        CHECK_STATUS(p->client.status, ST_PEER_ALERT);
        CHECK(tls_alert_received(p->client.s) == 48);
    } else {
        both_ways(p);
    }
    tls_config_free(c.config);
    pair_free(p);
}

/* Nothing to ask with: the session is unharmed. */
static void test_unsupported(void)
{
    static const char *const without = "NORMAL:-VERS-ALL:+VERS-TLS1.2:%DISABLE_SAFE_RENEGOTIATION";
    for (int i = 0; i < 2; i++) {
        struct pair *p = pair_new(TLS_V1_2, TLS_V1_2, PAIR_RSA);
        struct end *lacks = i ? &p->client : &p->server, *asks = i ? &p->server : &p->client;
        CHECK(gnutls_priority_set_direct(lacks->s->gnutls, without, NULL) == 0);
        pair_handshake(p);
        CHECK_STATUS(begin(asks, lacks, true), ST_UNSUPPORTED);
        CHECK(lacks->size == 0);
        both_ways(p);
        /* the other way round: the peer that lacks it begins all the same, and is refused */
        struct blob out = {0};
        transport_to_message(lacks->s);
        CHECK((i ? gnutls_handshake(lacks->s->gnutls) : gnutls_rehandshake(lacks->s->gnutls)) ==
                (i ? GNUTLS_E_AGAIN : 0));
        CHECK_STATUS(transport_take(lacks->s, &out), ST_OK);
        end_put(asks, blob_view(&out));
        blob_free(&out);
        p->client.status = p->server.status = ST_OK;
        for (int round = 0; round < 6; round++) {
            (void)one_record(asks, lacks);
            (void)one_record(lacks, asks);
        }
        CHECK(status_failed(asks->status));
        pair_free(p);
    }
    struct pair *p = open_pair(TLS_V1_3, GCM, NULL);
    CHECK_STATUS(begin(&p->client, &p->server, false), ST_UNSUPPORTED);
    CHECK_STATUS(begin(&p->client, &p->server, true), ST_UNSUPPORTED);
    CHECK_STATUS(begin(&p->server, &p->client, false), ST_UNSUPPORTED);
    both_ways(p);
    CHECK_STATUS(begin(&p->server, &p->client, true), ST_OK);
    size_t asked = p->client.size;
    CHECK_STATUS(begin(&p->server, &p->client, true), ST_OK); /* under way */
    CHECK(p->client.size == asked);
    pair_free(p);
    p = pair_new(TLS_V1_2, TLS_V1_2, PAIR_RSA);
    CHECK_STATUS(begin(&p->client, &p->server, false), ST_BAD_STATE);
    pair_free(p);
}

/* The client's answer one byte at a time, given to tls_handshake as it comes. */
/* The same in a renegotiation of TLS 1.2, a record at a time: until Finished has come the client is nobody, and there
 * are no keys to export (RFC 5246 7.4.9). */
static void test_unproven(void)
{
    struct choice c = {.config = pair_client_config(TLS_V1_2, PAIR_RSA)};
    struct pair *p = open_pair(TLS_V1_2, GCM, &c);
    struct blob keys = {0};
    int between = 0;
    CHECK_STATUS(begin(&p->server, &p->client, true), ST_OK);
    p->client.status = p->server.status = ST_OK;
    for (int i = 0; i < 40; i++) {
        (void)one_record(&p->server, &p->client);
        (void)one_record(&p->client, &p->server);
        if (session_state(p->server.s) == STATE_OPEN)
            continue;
        between++;
        check_client(p, bytes_of(NULL, 0));
        CHECK_STATUS(tls_export(p->server.s, BYTES_LITERAL("EXPORTER-x"), NULL, 32, &keys), ST_BAD_STATE);
        CHECK_STATUS(tls_channel_binding(p->server.s, TLS_BINDING_UNIQUE, &keys), ST_BAD_STATE);
    }
    CHECK(between > 0);
    CHECK_STATUS(p->server.status, ST_OK);
    check_client(p, OF(test_rsa_certificate));
    CHECK_STATUS(tls_export(p->server.s, BYTES_LITERAL("EXPORTER-x"), NULL, 32, &keys), ST_OK);
    blob_free(&keys);
    tls_config_free(c.config);
    pair_free(p);
}

static void test_slow_answer(void)
{
    size_t consumed, size;
    struct choice c = {.config = pair_client_config(TLS_V1_3, PAIR_RSA)};
    struct pair *p = open_pair(TLS_V1_3, GCM, &c);
    struct end *e = &p->server;
    CHECK_STATUS(begin(e, &p->client, true), ST_OK);
    CHECK_STATUS(end_decrypt(&p->client, &consumed, &size), ST_RENEGOTIATE);
    end_drop(&p->client, consumed);
    (void)end_leg(&p->client, e);
    CHECK_STATUS(p->client.status, ST_OK);
    pair_send(&p->client, e, BYTES_LITERAL("behind it"));
    e->limit = 1;
    for (int i = 0; i < 20000; i++) {
        (void)end_leg(e, &p->client);
        if (e->status != ST_INCOMPLETE && e->status != ST_CONTINUE)
            break;
        check_client(p, bytes_of(NULL, 0)); /* a certificate alone proves nobody */
        if (e->status == ST_INCOMPLETE)
            CHECK(e->missing == (e->limit < 5 ? 5 - e->limit
                                              : 5 + (size_t)(e->inbox[3] << 8 | e->inbox[4]) -
                                                        e->limit));
        e->limit = e->status == ST_INCOMPLETE ? e->limit + 1 : 1;
    }
    e->limit = 0;
    CHECK_STATUS(e->status, ST_OK);
    CHECK_STATUS(end_decrypt(e, &consumed, &size), ST_OK);
    CHECK_BYTES(bytes_of(e->inbox, size), BYTES_LITERAL("behind it"));
    check_client(p, OF(test_rsa_certificate));
    tls_config_free(c.config);
    pair_free(p);
}

/* An answer that somebody has changed ends it; so does one that nobody asked for. */
static void test_spoilt_answer(void)
{
    for (int i = 0; i < 3; i++) {
        size_t consumed, size, record = 0;
        struct choice c = {.config = pair_client_config(TLS_V1_3, PAIR_EC)};
        struct pair *p = open_pair(TLS_V1_3, GCM, &c);
        CHECK_STATUS(begin(&p->server, &p->client, true), ST_OK);
        CHECK_STATUS(end_decrypt(&p->client, &consumed, &size), ST_RENEGOTIATE);
        end_drop(&p->client, consumed);
        (void)end_leg(&p->client, &p->server);
        uint8_t *in = p->server.inbox;
        for (int n = 0; n < i; n++)
            record += 5 + (size_t)(in[record + 3] << 8 | in[record + 4]);
        CHECK(record < p->server.size);
        in[record + 7] ^= 1;
        (void)end_leg(&p->server, &p->client);
        if (!status_failed(p->server.status)) { /* not ours, says the reader: the stream's */
            CHECK_STATUS(end_decrypt(&p->server, &consumed, &size), ST_BAD_SIGNATURE);
        }
        CHECK(session_state(p->server.s) == STATE_FAILED);
        tls_config_free(c.config);
        pair_free(p);
    }
}

/* ---- how often ---- */

static void flood(struct end *from, struct end *to, bool (*one)(struct end *), int most,
        enum status last)
{
    int i;
    for (i = 0; i < most + 1; i++) {
        struct blob out = {0};
        transport_to_message(from->s);
        CHECK(one(from));
        CHECK_STATUS(transport_take(from->s, &out), ST_OK);
        end_put(to, blob_view(&out));
        blob_free(&out);
        to->status = ST_OK;
        if (!one_record(to, from) || status_failed(to->status))
            break;
        to->size = from->size = 0;
    }
    CHECK(i == most);
    CHECK_STATUS(to->status, last);
    CHECK(session_state(to->s) == STATE_FAILED);
}

static bool warn(struct end *e)
{
    return gnutls_alert_send(e->s->gnutls, GNUTLS_AL_WARNING, GNUTLS_A_USER_CANCELED) == 0;
}

static void test_floods(void)
{
    struct pair *p = open_pair(TLS_V1_2, GCM, NULL);
    flood(&p->server, &p->client, warn, 32, ST_BAD_TOKEN);
    pair_free(p);
    p = open_pair(TLS_V1_2, GCM, NULL);
    flood(&p->client, &p->server, warn, 32, ST_BAD_TOKEN);
    pair_free(p);
    /* with data between the warnings there is no end */
    p = open_pair(TLS_V1_2, GCM, NULL);
    for (int i = 0; i < 100; i++) {
        struct blob out = {0};
        CHECK_STATUS(tls_send_alert(p->server.s, 1, GNUTLS_A_USER_CANCELED, &out), ST_OK);
        end_put(&p->client, blob_view(&out));
        blob_free(&out);
        needed = records = 0;
        CHECK(one_record(&p->client, &p->server));
        say(&p->server, &p->client, BYTES_LITERAL("x"));
    }
    pair_free(p);
}

/* RFC 5246 6.2.1 allows records without data, RFC 8446 5.1 as well; GnuTLS makes none, so they are made
 * here, with its key: RFC 5288 3, RFC 8446 5.2. N: how many have gone before with this key. */
static void empty_record(struct end *from, struct end *to, uint64_t n)
{
    gnutls_datum_t iv, key;
    gnutls_aead_cipher_hd_t aead;
    bool tls13 = from->s->tls13;
    uint8_t number[8], nonce[12] = {0}, header[13] = {0}, record[5 + 8 + 17] = {23, 3, 3};
    uint8_t type = 23;
    size_t size = 17, explicit = tls13 ? 0 : 8;
    protect_give_back_writes(from->s);
    CHECK(gnutls_record_get_state(from->s->gnutls, 0, NULL, &iv, &key, number) == 0);
    for (size_t i = 8; i-- > 0 && n; n >>= 8) { /* + n */
        n += number[i];
        number[i] = (uint8_t)n;
    }
    memcpy(nonce, iv.data, iv.size);
    for (size_t i = 0; i < 8; i++)
        nonce[4 + i] = (uint8_t)(tls13 ? nonce[4 + i] ^ number[i] : number[i]);
    memcpy(record + 5, number, explicit);
    record[4] = (uint8_t)(explicit + (tls13 ? 17 : 16));
    memcpy(header, number, 8);
    memcpy(header + 8, "\x17\x03\x03\0\0", 5);
    CHECK(gnutls_aead_cipher_init(&aead, gnutls_cipher_get(from->s->gnutls), &key) == 0);
    CHECK(gnutls_aead_cipher_encrypt(aead, nonce, 12, tls13 ? record : header, tls13 ? 5 : 13, 16,
                  &type, tls13 ? 1 : 0, record + 5 + explicit, &size) == 0);
    gnutls_aead_cipher_deinit(aead);
    end_put(to, bytes_of(record, 5 + explicit + size));
}

static void test_empty_records(unsigned version)
{
    struct pair *p = open_pair(version, GCM, NULL);
    size_t consumed, size;
    for (uint64_t n = 0; n < 32; n++) {
        empty_record(&p->server, &p->client, n);
        CHECK_STATUS(end_decrypt(&p->client, &consumed, &size), ST_OK);
        CHECK(size == 0 && consumed == p->client.size);
        end_drop(&p->client, consumed);
    }
    empty_record(&p->server, &p->client, 32);
    CHECK_STATUS(end_decrypt(&p->client, &consumed, &size), ST_BAD_TOKEN);
    CHECK(session_state(p->client.s) == STATE_FAILED);
    pair_free(p);
}

/* A server that asks twice before the answer has come: one HelloRequest. */
static void test_asked_twice(void)
{
    struct pair *p = open_pair(TLS_V1_2, GCM, NULL);
    CHECK_STATUS(begin(&p->server, &p->client, false), ST_OK);
    size_t size = p->client.size;
    CHECK_STATUS(begin(&p->server, &p->client, true), ST_OK);
    CHECK(size > 0 && p->client.size == size);
    exchange(p, true);
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK_STATUS(p->server.status, ST_OK);
    CHECK_STATUS(begin(&p->server, &p->client, false), ST_OK);
    CHECK(p->client.size > 0);
    pair_free(p);
}

/* HelloRequest upon HelloRequest, while the client waits for its ServerHello: one that GnuTLS finds in
 * the middle ends the connection. */
static void test_hello_requests(void)
{
    struct pair *p = open_pair(TLS_V1_2, GCM, NULL);
    int i;
    p->client.status = ST_OK;
    for (i = 0; i < 1000 && !status_failed(p->client.status); i++) {
        struct blob out = {0};
        transport_to_message(p->server.s);
        CHECK(gnutls_rehandshake(p->server.s->gnutls) == 0);
        CHECK_STATUS(transport_take(p->server.s, &out), ST_OK);
        end_put(&p->client, blob_view(&out));
        blob_free(&out);
        while (one_record(&p->client, &p->server))
            ;
        p->server.size = 0;
    }
    CHECK(i < 100);
    pair_free(p);
}

/* A peer that negotiates again and again, and says nothing. */
static void test_renegotiation_flood(bool by_client)
{
    struct pair *p = open_pair(TLS_V1_2, GCM, NULL);
    struct end *by = by_client ? &p->client : &p->server, *to = by_client ? &p->server : &p->client;
    int i;
    for (i = 0; i < 40; i++) {
        if (status_failed(begin(by, to, false)))
            break;
        exchange(p, false);
        by->s->barren = 0; /* the attacker's end has no limit */
        if (status_failed(to->status))
            break;
    }
    CHECK(i == 16);
    CHECK_STATUS(to->status, ST_BAD_TOKEN);
    pair_free(p);
}

/* RFC 8446 4.6.3; GnuTLS's own limit. */
static void test_key_update_flood(void)
{
    struct pair *p = open_pair(TLS_V1_3, GCM, NULL);
    int i;
    p->client.status = ST_OK;
    for (i = 0; i < 100; i++) {
        struct blob out = {0};
        transport_to_message(p->server.s);
        CHECK(gnutls_session_key_update(p->server.s->gnutls, GNUTLS_KU_PEER) == 0);
        CHECK_STATUS(transport_take(p->server.s, &out), ST_OK);
        end_put(&p->client, blob_view(&out));
        blob_free(&out);
        if (!one_record(&p->client, &p->server) || status_failed(p->client.status))
            break;
    }
    CHECK(i < 20);
    CHECK(session_state(p->client.s) == STATE_FAILED);
    pair_free(p);
}

/* ---- what anybody can write ---- */

/* After the ServerHello of TLS 1.3 nothing unprotected is believed: an injected CertificateRequest
 * does not ask the program for a certificate. */
static void test_injected_request(void)
{
    static const uint8_t request[] = {22, 3, 3, 0, 15, 13, 0, 0, 11, 0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3};
    for (int i = 0; i < 2; i++) {
        struct choice c = {0};
        struct pair *p = pair_new(TLS_V1_3 | TLS_V1_2, TLS_V1_3, PAIR_EC);
        tls_session_set_choose(p->client.s, choose, &c);
        (void)end_leg(&p->client, &p->server);
        (void)end_leg(&p->server, &p->client);
        size_t hello = 5 + (size_t)(p->client.inbox[3] << 8 | p->client.inbox[4]);
        if (i) { /* in the ServerHello's own record */
            size_t more = sizeof request - 5;
            memcpy(p->client.inbox + hello, request + 5, more);
            size_t body = hello - 5 + more;
            p->client.inbox[3] = (uint8_t)(body >> 8);
            p->client.inbox[4] = (uint8_t)body;
            p->client.size = hello + more;
        } else {
            p->client.size = hello;
            end_put(&p->client, OF(request));
        }
        (void)end_leg(&p->client, &p->server);
        CHECK(c.asked == 0);
        CHECK(status_failed(p->client.status));
        pair_free(p);
    }
}

/* A TLS 1.2 server's whole flight in one record, to a client that offers TLS 1.3 as well. */
static void test_coalesced(void)
{
    struct choice c = {.refusals = 2, .config = pair_client_config(TLS_V1_2 | TLS_V1_3, PAIR_EC)};
    struct pair *p = pair_configs(TLS_V1_2 | TLS_V1_3, TLS_V1_2, PAIR_RSA);
    static uint8_t flight[20000];
    size_t at = 0, size = 5;
    int asked = 0;
    tls_config_request_certificate(p->server.config, true);
    pair_sessions(p);
    tls_session_set_choose(p->client.s, choose, &c);
    (void)end_leg(&p->client, &p->server);
    (void)end_leg(&p->server, &p->client);
    while (at < p->client.size) {
        size_t body = (size_t)(p->client.inbox[at + 3] << 8 | p->client.inbox[at + 4]);
        memcpy(flight + size, p->client.inbox + at + 5, body);
        size += body;
        at += 5 + body;
    }
    memcpy(flight, "\x16\x03\x03", 3);
    flight[3] = (uint8_t)((size - 5) >> 8);
    flight[4] = (uint8_t)(size - 5);
    p->client.size = 0;
    end_put(&p->client, bytes_of(flight, size));
    do
        (void)end_leg(&p->client, &p->server);
    while (p->client.status == ST_NEED_CERTIFICATE && ++asked < 10);
    CHECK(asked == 2 && c.asked == 3);
    pair_handshake(p);
    check_client(p, OF(test_ec_certificate));
    tls_config_free(c.config);
    pair_free(p);
}

/* RFC 8446 5.2: 2^14 + 256 at most; RFC 5246 6.2.3: 2^14 + 2048. One more is refused before the rest
 * has come. */
static void test_long_records(void)
{
    static const struct {
        unsigned version;
        size_t most;
    } rows[] = {{TLS_V1_3, 16384 + 256}, {TLS_V1_2, 16384 + 2048}};
    for (size_t i = 0; i < 4; i += i == 1 ? 2 : 1) { /* GnuTLS is stricter with TLS 1.2 */
        static uint8_t record[5 + 20000];
        size_t consumed, missing, size, body = rows[i / 2].most + i % 2;
        struct pair *p = open_pair(rows[i / 2].version, GCM, NULL);
        memcpy(record, "\x17\x03\x03", 3);
        record[3] = (uint8_t)(body >> 8);
        record[4] = (uint8_t)body;
        enum status status = tls_decrypt(p->server.s, bytes_of(record, 5 + body), record + 5, body,
                &consumed, &missing, &size);
        /* as long as is allowed: wrong for its tag only */
        CHECK_STATUS(status, i % 2 ? ST_BAD_TOKEN : ST_BAD_SIGNATURE);
        CHECK(session_state(p->server.s) == STATE_FAILED);
        pair_free(p);
    }
}

/* A client that does not offer it cannot be asked in TLS 1.3 (RFC 8446 4.6.2); the session is unharmed. */
static void test_never_asked_later(void)
{
    for (int never = 0; never < 2; never++) {
        struct pair *p = pair_configs(TLS_V1_3, TLS_V1_3, PAIR_RSA);
        if (never)
            tls_config_never_asked_later(p->client.config);
        pair_sessions(p);
        pair_handshake(p);
        CHECK_STATUS(begin(&p->server, &p->client, true), never ? ST_UNSUPPORTED : ST_OK);
        if (never)
            both_ways(p);
        pair_free(p);
    }
}

int main(void)
{
    for (int data = 0; data < 2; data++)
        for (int cipher = GCM; cipher <= CBC; cipher++) {
            test_renegotiation(true, data, cipher);
            test_renegotiation(false, data, cipher);
            test_certificate(TLS_V1_2, cipher, 0, data);
            test_certificate(TLS_V1_2, cipher, 2, data);
        }
    for (int data = 0; data < 2; data++)
        for (int refusals = 0; refusals < 3; refusals += 2)
            test_certificate(TLS_V1_3, GCM, refusals, data);
    for (int none = 0; none < 2; none++) {
        test_other_client(TLS_V1_2, none);
        test_other_client(TLS_V1_3, none);
        test_pinned(none);
        test_judged_again(none);
        test_judged_after(none);
        test_renegotiation_flood(none);
    }
    test_unsupported();
    test_never_asked_later();
    test_unproven();
    test_slow_answer();
    test_spoilt_answer();
    test_floods();
    test_key_update_flood();
    test_empty_records(TLS_V1_2);
    test_empty_records(TLS_V1_3);
    test_asked_twice();
    test_hello_requests();
    test_injected_request();
    test_coalesced();
    test_long_records();
    return unit_end("tls_again");
}
