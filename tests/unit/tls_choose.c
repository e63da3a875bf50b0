/* libs/tls: the client's certificate, chosen when the server asks. RFC 5246 7.4.4, RFC 8446 4.3.2.
 * (Issuers: tests/interop/openssl, whose s_server sends some.) */
#include "tls_pair.h"

static const unsigned versions[] = {TLS_V1_2, TLS_V1_3};

struct choice {
    int asked, refusals; /* so many times ST_NEED_CERTIFICATE first */
    size_t issuers;
    struct tls_config *config; /* NULL: the preset one */
    enum status status;
};

static enum status choose(
        void *self, const struct bytes *issuers, size_t count, struct tls_config **config)
{
    struct choice *c = self;
    (void)issuers;
    c->issuers = count;
    if (c->asked++ < c->refusals)
        return ST_NEED_CERTIFICATE;
    if (c->config)
        *config = c->config;
    return c->status;
}

static struct pair *asking(unsigned version, struct choice *c, bool asks, bool requires)
{
    struct pair *p = pair_configs(version, version, PAIR_RSA);
    if (asks)
        tls_config_request_certificate(p->server.config, requires);
    pair_sessions(p);
    tls_session_set_choose(p->client.s, choose, c);
    return p;
}

/* As pair_handshake, but a client that needs a certificate comes again. */
static int handshake(struct pair *p)
{
    int needed = 0;
    do {
        pair_handshake(p);
        needed += p->client.status == ST_NEED_CERTIFICATE;
    } while (p->client.status == ST_NEED_CERTIFICATE && needed < 20);
    return needed;
}

static void check_shown(struct pair *p, struct bytes expected)
{
    const struct bytes *chain;
    struct bytes own;
    size_t count = 0;
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK_STATUS(p->server.status, ST_OK);
    CHECK_STATUS(tls_peer_chain(p->server.s, &chain, &count), ST_OK);
    CHECK(count == (expected.size != 0));
    if (count)
        CHECK_BYTES(chain[0], expected);
    CHECK_STATUS(tls_own_certificate(p->client.s, &own), ST_OK);
    CHECK_BYTES(own, expected);
}

static void test_not_asked(unsigned version)
{
    struct choice c = {0};
    struct pair *p = asking(version, &c, false, false);
    CHECK(handshake(p) == 0 && c.asked == 0);
    check_shown(p, bytes_of(NULL, 0));
    pair_free(p);
}

static void test_none(unsigned version)
{
    struct choice c = {0};
    struct pair *p = asking(version, &c, true, false);
    CHECK(handshake(p) == 0 && c.asked == 1 && c.issuers == 0);
    check_shown(p, bytes_of(NULL, 0));
    pair_free(p);

    struct choice again = {0};
    p = asking(version, &again, true, true); /* the server insists */
    CHECK(handshake(p) == 0 && again.asked == 1);
    CHECK_STATUS(p->server.status, ST_UNTRUSTED);
    pair_free(p);
}

static void test_chosen(unsigned version, bool ec, int refusals)
{
    struct choice c = {.refusals = refusals, .config = pair_client_config(version, ec ? PAIR_EC : PAIR_RSA)};
    struct pair *p = asking(version, &c, true, true);
    CHECK(handshake(p) == refusals && c.asked == refusals + 1);
    tls_config_free(c.config); /* the session holds it */
    check_shown(p, ec ? OF(test_ec_certificate) : OF(test_rsa_certificate));
    pair_free(p);
}

static void test_one_byte_at_a_time(unsigned version)
{
    struct choice c = {.refusals = 2, .config = pair_client_config(version, PAIR_EC)};
    struct pair *p = asking(version, &c, true, true);
    struct end *e = &p->client;
    int needed = 0;
    (void)end_leg(e, &p->server);
    (void)end_leg(&p->server, e);
    e->limit = 1;
    for (int i = 0; i < 20000 && e->status != ST_OK && !status_failed(e->status); i++) {
        (void)end_leg(e, &p->server);
        needed += e->status == ST_NEED_CERTIFICATE;
        e->limit = e->status == ST_INCOMPLETE              ? e->limit + 1
                   : e->status == ST_NEED_CERTIFICATE ? e->limit
                                                           : 1;
        if (e->status == ST_CONTINUE && !e->size)
            (void)end_leg(&p->server, e);
    }
    e->limit = 0;
    pair_handshake(p);
    CHECK(needed == 2 && c.asked == 3);
    (void)end_leg(&p->server, e);
    tls_config_free(c.config);
    pair_free(p);
}

static void test_failure(unsigned version)
{
    struct choice c = {.status = ST_NO_CREDENTIALS};
    struct pair *p = asking(version, &c, true, true);
    CHECK(handshake(p) == 0);
    CHECK_STATUS(p->client.status, ST_NO_CREDENTIALS);
    CHECK(p->server.status != ST_OK);
    pair_free(p);

    struct choice server = {0};
    p = asking(version, &server, true, true);
    server.config = p->server.config; /* no client's */
    CHECK(handshake(p) == 0);
    CHECK_STATUS(p->client.status, ST_INTERNAL);
    pair_free(p);
}

/* Every allocation of the client's handshake fails once: a failure, never a session without the
 * certificate. */
static void test_memory(unsigned version)
{
    for (long n = 0;; n++) {
        struct choice c = {.config = pair_client_config(version, PAIR_EC)};
        struct pair *p = asking(version, &c, true, true);
        (void)end_leg(&p->client, &p->server);
        (void)end_leg(&p->server, &p->client);
        mem_fail_after(n);
        (void)end_leg(&p->client, &p->server);
        bool failed = mem_fail_after(-1) < 0;
        if (failed)
            CHECK(status_failed(p->client.status));
        tls_config_free(c.config);
        pair_free(p);
        if (!failed)
            break;
    }
}

int main(void)
{
    for (size_t i = 0; i < 2; i++) {
        test_not_asked(versions[i]);
        test_none(versions[i]);
        test_chosen(versions[i], true, 0);
        test_chosen(versions[i], true, 1);
        test_chosen(versions[i], false, 3);
        test_one_byte_at_a_time(versions[i]);
        test_failure(versions[i]);
        test_memory(versions[i]);
    }
    return unit_end("tls_choose");
}
