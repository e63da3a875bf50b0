/* libs/tls: sessions taken up again: RFC 5246 7.3 (id), RFC 5077 (ticket), RFC 8446 2.2 (PSK). */
#include "tls/internal.h"
#include "tls_pair.h"

/* A server's store: a few slots. */
enum { SLOTS = 8 };
static struct shelf {
    struct slot {
        struct blob id, state;
        bool used;
    } slots[SLOTS];
    int puts, gets, removes;
    bool forgets_tickets; /* the key of the tickets is another each time */
} shelf;

static struct slot *find(struct shelf *f, struct bytes id)
{
    for (int i = 0; i < SLOTS; i++)
        if (f->slots[i].used && bytes_equal(blob_view(&f->slots[i].id), id))
            return &f->slots[i];
    return NULL;
}

static void put(void *self, struct bytes id, struct bytes state)
{
    struct shelf *f = self;
    struct slot *s = find(f, id);
    f->puts += id.size != 0;
    for (int i = 0; !s && i < SLOTS; i++)
        if (!f->slots[i].used)
            s = &f->slots[i];
    if (!s)
        abort();
    s->used = true;
    CHECK_STATUS(blob_set(&s->id, id), ST_OK);
    CHECK_STATUS(blob_set(&s->state, state), ST_OK);
}

static enum status get(void *self, struct bytes id, struct blob *state)
{
    struct shelf *f = self;
    struct slot *s = find(f, id);
    f->gets += id.size != 0;
    if (!id.size && f->forgets_tickets)
        return ST_OK;
    return s ? blob_set(state, blob_view(&s->state)) : ST_OK;
}

static void drop(void *self, struct bytes id)
{
    struct shelf *f = self;
    struct slot *s = find(f, id);
    f->removes++;
    if (!s)
        return;
    blob_free(&s->id);
    blob_free(&s->state);
    s->used = false;
}

static void shelf_clear(void)
{
    for (int i = 0; i < SLOTS; i++) {
        blob_free(&shelf.slots[i].id);
        blob_free(&shelf.slots[i].state);
    }
    memset(&shelf, 0, sizeof shelf);
}

static const struct tls_store store = {&shelf, 3600, put, get, drop};

static void set_client_certificate(struct pair *p)
{
    struct bytes chain = OF(test_ec_certificate);
    CHECK_STATUS(tls_config_set_key(p->client.config, &chain, 1, OF(test_ec_key)), ST_OK);
    tls_config_request_certificate(p->server.config, true);
}

static struct pair *with_store(unsigned versions, bool client_certificate)
{
    struct pair *p = pair_configs(versions, versions, PAIR_RSA);
    CHECK_STATUS(tls_config_set_store(p->server.config, &store), ST_OK);
    if (client_certificate)
        set_client_certificate(p);
    return p;
}

/* The next session of both configs. */
static void new_sessions(struct pair *p)
{
    tls_session_free(p->client.s);
    tls_session_free(p->server.s);
    p->client.size = p->server.size = 0;
    pair_sessions(p);
}

static void read_tickets(struct pair *p)
{
    size_t consumed, size;
    while (p->client.size) {
        enum status s = end_decrypt(&p->client, &consumed, &size);
        CHECK_STATUS(s, ST_OK);
        if (s || size)
            break;
        end_drop(&p->client, consumed);
    }
}

static void take_state(struct pair *p, struct blob *state)
{
    read_tickets(p);
    CHECK_STATUS(tls_session_state(p->client.s, state), ST_OK);
}

static bool resumed(struct tls_session *s)
{
    struct tls_info info;
    CHECK_STATUS(tls_query(s, &info), ST_OK);
    return info.resumed;
}

static void hello(struct pair *p)
{
    size_t consumed, size;
    pair_send(&p->client, &p->server, BYTES_LITERAL("question"));
    CHECK_STATUS(end_decrypt(&p->server, &consumed, &size), ST_OK);
    CHECK_BYTES(bytes_of(p->server.inbox, size), BYTES_LITERAL("question"));
    end_drop(&p->server, consumed);
    read_tickets(p);
    pair_send(&p->server, &p->client, BYTES_LITERAL("answer"));
    CHECK_STATUS(end_decrypt(&p->client, &consumed, &size), ST_OK);
    CHECK_BYTES(bytes_of(p->client.inbox, size), BYTES_LITERAL("answer"));
    end_drop(&p->client, consumed);
}

/* One handshake with STATE (empty: none); both sides agree whether it was short, and talk. */
static void connect(struct pair *p, const struct blob *state, bool is_resumed)
{
    new_sessions(p);
    if (state->size)
        CHECK_STATUS(tls_session_resume(p->client.s, blob_view(state)), ST_OK);
    pair_handshake(p);
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK_STATUS(p->server.status, ST_OK);
    if (p->client.status || p->server.status)
        return;
    CHECK(resumed(p->client.s) == is_resumed);
    CHECK(resumed(p->server.s) == is_resumed);
    hello(p);
}

static void same_id(struct pair *p)
{
    struct tls_info client, server;
    CHECK_STATUS(tls_query(p->client.s, &client), ST_OK);
    CHECK_STATUS(tls_query(p->server.s, &server), ST_OK);
    CHECK(client.session_id.size == 32); /* RFC 5246 7.4.1.2, RFC 8446 D.4 */
    CHECK_BYTES(client.session_id, server.session_id);
}

static void same_binding(struct pair *p, enum tls_binding kind)
{
    struct blob client = {0}, server = {0};
    CHECK_STATUS(tls_channel_binding(p->client.s, kind, &client), ST_OK);
    CHECK_STATUS(tls_channel_binding(p->server.s, kind, &server), ST_OK);
    CHECK_BYTES(blob_view(&client), blob_view(&server));
    blob_free(&client);
    blob_free(&server);
}

static void same_certificates(struct pair *p, bool client_certificate)
{
    const struct bytes *chain;
    struct bytes own;
    size_t count = 0;
    CHECK_STATUS(tls_own_certificate(p->server.s, &own), ST_OK);
    CHECK_BYTES(own, OF(test_rsa_certificate));
    CHECK_STATUS(tls_peer_chain(p->client.s, &chain, &count), ST_OK);
    CHECK(count == 1);
    if (count)
        CHECK_BYTES(chain[0], OF(test_rsa_certificate));
    CHECK_STATUS(tls_own_certificate(p->client.s, &own), ST_OK);
    CHECK_STATUS(tls_peer_chain(p->server.s, &chain, &count), ST_OK);
    CHECK(count == (client_certificate ? 1 : 0));
    CHECK_BYTES(own, client_certificate ? OF(test_ec_certificate) : bytes_of(NULL, 0));
    if (count)
        CHECK_BYTES(chain[0], OF(test_ec_certificate));
}

static void test_resumed(unsigned version, bool client_certificate)
{
    struct blob state = {0};
    struct pair *p = with_store(version, client_certificate);
    connect(p, &state, false);
    take_state(p, &state);
    CHECK(state.size > 1);
    same_id(p);
    for (int i = 0; i < 3; i++) {
        connect(p, &state, true);
        same_id(p);
        same_certificates(p, client_certificate);
        same_binding(p, TLS_BINDING_SERVER_END_POINT);
        if (version == TLS_V1_2)
            same_binding(p, TLS_BINDING_UNIQUE);
        take_state(p, &state); /* TLS 1.3: the next ticket */
        CHECK(state.size > 1);
    }
    blob_free(&state);
    pair_free(p);
    shelf_clear();
}

/* TLS 1.3: a ticket is given out once; TLS 1.2: the session may be used again and again. */
static void test_given_out_once(void)
{
    for (int v = 0; v < 2; v++) {
        struct blob state = {0};
        struct pair *p = with_store(v ? TLS_V1_3 : TLS_V1_2, false);
        connect(p, &state, false);
        take_state(p, &state);
        CHECK(state.size > 1);
        CHECK_STATUS(tls_session_state(p->client.s, &state), ST_OK);
        CHECK((state.size != 0) == (v == 0));
        CHECK_STATUS(tls_session_state(p->server.s, &state), ST_OK);
        CHECK(!state.size);
        blob_free(&state);
        pair_free(p);
        shelf_clear();
    }
}

/* A server that no longer has the key of the tickets: a full handshake, nothing fails. */
static void test_unknown_ticket(unsigned version)
{
    struct blob state = {0};
    struct pair *p = with_store(version, false);
    connect(p, &state, false);
    take_state(p, &state);
    shelf.forgets_tickets = true;
    connect(p, &state, false);
    blob_free(&state);
    pair_free(p);
    shelf_clear();
}

static void test_no_store(unsigned version)
{
    struct blob state = {0};
    struct pair *p = pair_configs(version, version, PAIR_RSA);
    connect(p, &state, false);
    CHECK(!p->client.size); /* no ticket came */
    take_state(p, &state);
    if (version == TLS_V1_2 && state.size) /* an id that the server does not know */
        connect(p, &state, false);
    else
        CHECK(!state.size);
    blob_free(&state);
    pair_free(p);
}

/* Who is to be asked about which certificate, and says no to it. */
struct refusal {
    struct bytes certificate;
    unsigned alert;
    int asked;
};

static enum status refuse(void *self, const struct bytes *chain, size_t count, unsigned *alert)
{
    struct refusal *r = self;
    CHECK(count == 1);
    CHECK_BYTES(chain[0], r->certificate);
    r->asked++;
    *alert = r->alert;
    return ST_UNTRUSTED;
}

/* A pair whose client offers the session of an earlier one. */
static struct pair *offering(unsigned version, bool mutual)
{
    struct blob state = {0};
    struct pair *p = with_store(version, mutual);
    connect(p, &state, false);
    take_state(p, &state);
    new_sessions(p);
    CHECK_STATUS(tls_session_resume(p->client.s, blob_view(&state)), ST_OK);
    blob_free(&state);
    return p;
}

/* What the first session's certificate was good for, it need not be now. */
static void test_judged_again(unsigned version)
{
    struct refusal expired = {OF(test_rsa_certificate), 45, 0}; /* certificate_expired */
    struct pair *p = offering(version, false);
    tls_session_set_verify(p->client.s, refuse, &expired);
    pair_handshake(p);
    CHECK(expired.asked == 1);
    CHECK_STATUS(p->client.status, ST_UNTRUSTED);
    if (p->server.status == ST_OK) { /* TLS 1.3: Finished came before the alert */
        size_t consumed, size;
        CHECK_STATUS(end_decrypt(&p->server, &consumed, &size), ST_PEER_ALERT);
    }
    CHECK(tls_alert_received(p->server.s) == 45);
    pair_free(p);
    shelf_clear();
}

static enum status count(void *self, const struct bytes *chain, size_t n, unsigned *alert)
{
    (void)chain, (void)n, (void)alert;
    *(int *)self += 1;
    return ST_OK;
}

/* Once in each handshake, whether GnuTLS asks (TLS 1.2) or not. */
static void test_judged_once(unsigned version)
{
    int asked = 0;
    struct tls_info info;
    struct pair *p = offering(version, false);
    tls_session_set_verify(p->client.s, count, &asked);
    pair_handshake(p);
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK_STATUS(tls_query(p->client.s, &info), ST_OK);
    CHECK(info.resumed);
    CHECK(asked == 1);
    pair_free(p);
    shelf_clear();
}

/* A client whose certificate was good when the session began. */
static void test_server_judges_again(unsigned version)
{
    struct refusal revoked = {OF(test_ec_certificate), 44, 0}; /* certificate_revoked */
    struct pair *p = offering(version, true);
    tls_session_set_verify(p->server.s, refuse, &revoked);
    pair_handshake(p);
    CHECK(revoked.asked == 1);
    CHECK_STATUS(p->server.status, ST_UNTRUSTED);
    if (p->client.status == ST_OK) { /* its Finished is the last message */
        size_t consumed, size;
        enum status s;
        while (p->client.size && (s = end_decrypt(&p->client, &consumed, &size)) == ST_OK)
            end_drop(&p->client, consumed);
        CHECK_STATUS(s, ST_PEER_ALERT);
    }
    CHECK(tls_alert_received(p->client.s) == 44);
    pair_free(p);
    shelf_clear();
}

/* Every server has a certificate, also in a session taken up again: a client that finds none is not
 * done (nothing that GnuTLS can be made to say, so the function itself). */
static void test_no_chain(void)
{
    struct pair *p = pair_new(TLS_V1_2, TLS_V1_2, PAIR_RSA);
    CHECK(!verify_done(p->client.s));
    CHECK_STATUS(p->client.s->verdict, ST_UNTRUSTED);
    CHECK(verify_done(p->server.s));
    pair_free(p);
}

/* A session without rules, offered where the rules of an ALPN id apply: its suite must not come back with it
 * (TLS 1.2), and where its hash fits no suite that is left (TLS 1.3, RFC 8446 4.2.11) the handshake is a full one. */
static void test_rules_of_an_id(unsigned version)
{
    static const struct tls_rule not256 = {TLS_USE_CIPHER, TLS_ALG_ANY, 0, 0, 128, 0};
    struct bytes id = BYTES_LITERAL("small");
    struct tls_limits limits = {0};
    struct tls_parameters *list = NULL;
    struct blob state = {0};
    struct tls_info info;
    CHECK_STATUS(tls_limits_add(&limits, &not256), ST_OK);
    CHECK_STATUS(tls_parameters_new(&id, 1, 0, &limits, false, &list), ST_OK);
    struct pair *p = with_store(version, false);
    tls_config_set_parameters(p->server.config, list);
    connect(p, &state, false);
    take_state(p, &state);
    CHECK_STATUS(tls_query(p->server.s, &info), ST_OK);
    CHECK(state.size && info.cipher_bits == 256);
    new_sessions(p);
    CHECK_STATUS(tls_session_set_alpn(p->client.s, &id, 1), ST_OK);
    CHECK_STATUS(tls_session_set_alpn(p->server.s, &id, 1), ST_OK);
    CHECK_STATUS(tls_session_resume(p->client.s, blob_view(&state)), ST_OK);
    pair_handshake(p);
    CHECK_STATUS(p->server.status, ST_OK);
    CHECK_STATUS(tls_query(p->server.s, &info), ST_OK);
    CHECK(info.cipher_bits == 128);
    CHECK(!info.resumed);
    hello(p);
    blob_free(&state);
    pair_free(p);
    shelf_clear();
    tls_parameters_free(list);
}

static enum status choose_none(
        void *self, const struct bytes *issuers, size_t n, struct tls_config **config)
{
    (void)issuers, (void)n;
    *config = self;
    return ST_OK;
}

/* The ticket holds the client's certificate; asked again, the client shows none. That is not a proof. */
static void test_declined(void)
{
    struct blob state = {0};
    struct blob request = {0};
    struct tls_config *none;
    size_t consumed, size;
    CHECK_STATUS(tls_config_new(TLS_CLIENT, TLS_V1_3, &none), ST_OK);
    struct pair *p = with_store(TLS_V1_3, true);
    connect(p, &state, false);
    take_state(p, &state);
    new_sessions(p);
    tls_session_set_choose(p->client.s, choose_none, none);
    CHECK_STATUS(tls_session_resume(p->client.s, blob_view(&state)), ST_OK);
    pair_handshake(p);
    CHECK(resumed(p->server.s));
    hello(p);
    CHECK_STATUS(tls_renegotiate(p->server.s, true, &request), ST_OK);
    end_put(&p->client, blob_view(&request));
    CHECK_STATUS(end_decrypt(&p->client, &consumed, &size), ST_RENEGOTIATE);
    end_drop(&p->client, consumed);
    (void)end_leg(&p->client, &p->server);
    CHECK_STATUS(p->client.status, ST_OK);
    for (int i = 0; i < 5 && p->server.size && !status_failed(p->server.status); i++)
        (void)end_leg(&p->server, &p->client);
    CHECK(status_failed(p->server.status));
    blob_free(&state);
    blob_free(&request);
    pair_free(p);
    tls_config_free(none);
    shelf_clear();
}

/* A TLS 1.2 session of a client that does not know RFC 7627 (GnuTLS leaves the extension out). */
static void connect_without_hash(struct pair *p, const struct blob *state)
{
    new_sessions(p);
    CHECK(gnutls_priority_set_direct(
                  p->client.s->gnutls, "NORMAL:-VERS-ALL:+VERS-TLS1.2:%NO_SESSION_HASH", NULL) == 0);
    if (state->size)
        CHECK_STATUS(tls_session_resume(p->client.s, blob_view(state)), ST_OK);
    pair_handshake(p);
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK_STATUS(p->server.status, ST_OK);
    CHECK(!gnutls_session_ext_master_secret_status(p->server.s->gnutls));
}

static enum status binds(struct tls_session *s, enum tls_binding kind)
{
    struct blob out = {0};
    enum status status = tls_channel_binding(s, kind, &out);
    CHECK((status == ST_OK) == (out.size != 0));
    blob_free(&out);
    return status;
}

/* Two connections can then be made to have one master secret: RFC 7627 6.2, RFC 9266 3. */
static void test_without_hash(void)
{
    struct blob state = {0};
    struct pair *p = with_store(TLS_V1_2, false);
    for (int again = 0; again < 2; again++) {
        connect_without_hash(p, &state);
        CHECK(resumed(p->server.s) == again);
        for (int server = 0; server < 2; server++) {
            struct tls_session *s = server ? p->server.s : p->client.s;
            CHECK_STATUS(binds(s, TLS_BINDING_EXPORTER), ST_UNSUPPORTED);
            CHECK_STATUS(binds(s, TLS_BINDING_UNIQUE), again ? ST_UNSUPPORTED : ST_OK);
            CHECK_STATUS(binds(s, TLS_BINDING_SERVER_END_POINT), ST_OK);
        }
        take_state(p, &state);
    }
    blob_free(&state);
    pair_free(p);
    shelf_clear();
}

/* A handshake that is to prove a certificate takes up no session, by its id either (RFC 5246 7.3): resume_refuse turns
 * tickets off in the priority, and this. */
static void test_refused_by_id(void)
{
    struct blob state = {0};
    struct pair *p = with_store(TLS_V1_2, false);
    for (int again = 0; again < 3; again++) {
        new_sessions(p);
        CHECK(gnutls_priority_set_direct(
                      p->client.s->gnutls, "NORMAL:-VERS-ALL:+VERS-TLS1.2:%NO_TICKETS", NULL) == 0);
        if (again)
            CHECK_STATUS(tls_session_resume(p->client.s, blob_view(&state)), ST_OK);
        p->server.s->resumes_nothing = again == 2;
        pair_handshake(p);
        CHECK_STATUS(p->client.status, ST_OK);
        CHECK_STATUS(p->server.status, ST_OK);
        CHECK(resumed(p->server.s) == (again == 1));
        CHECK(resumed(p->client.s) == (again == 1));
        if (!again)
            take_state(p, &state);
    }
    blob_free(&state);
    pair_free(p);
    shelf_clear();
}

/* A server of two names (the second is rdp.example), and a client that asks for this one. */
static void connect_to(struct pair *p, const char *name, const struct blob *state)
{
    struct bytes server_name = bytes_of(name, strlen(name));
    tls_session_free(p->client.s);
    tls_session_free(p->server.s);
    p->client.size = p->server.size = 0;
    CHECK_STATUS(tls_session_new(p->client.config, server_name, &p->client.s), ST_OK);
    CHECK_STATUS(tls_session_new(p->server.config, bytes_of(NULL, 0), &p->server.s), ST_OK);
    if (state->size)
        CHECK_STATUS(tls_session_resume(p->client.s, blob_view(state)), ST_OK);
    pair_handshake(p);
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK_STATUS(p->server.status, ST_OK);
}

static struct bytes shown(struct pair *p)
{
    const struct bytes *chain;
    size_t count = 0;
    CHECK_STATUS(tls_peer_chain(p->client.s, &chain, &count), ST_OK);
    return count == 1 ? chain[0] : bytes_of(NULL, 0);
}

/* RFC 6066 3: a server "MUST NOT accept the request to resume the session if the server_name extension contains a
 * different name"; in TLS 1.3 that is the client's to see to (RFC 8446 4.6.1). Under the same name both ends are bound
 * to the certificate that was shown (RFC 5929 4). */
static void test_names(unsigned version)
{
    struct bytes rsa = OF(test_rsa_certificate), rdp = OF(test_rdp_certificate), own;
    struct tls_identity two[] = {{.chain = &rsa, .count = 1, .key_der = OF(test_rsa_key)},
            {.chain = &rdp, .count = 1, .key_der = OF(test_rsa_key)}};
    struct pair *p = calloc(1, sizeof *p);
    struct blob state = {0};
    CHECK_STATUS(tls_config_new(TLS_CLIENT, version, &p->client.config), ST_OK);
    CHECK_STATUS(tls_config_new(TLS_SERVER, version, &p->server.config), ST_OK);
    CHECK_STATUS(tls_config_set_identities(p->server.config, two, 2), ST_OK);
    CHECK_STATUS(tls_config_set_store(p->server.config, &store), ST_OK);
    connect_to(p, "rdp.example", &state);
    CHECK_BYTES(shown(p), rdp);
    hello(p);
    take_state(p, &state);
    CHECK(state.size > 1);
    for (int other = 0; other < (version == TLS_V1_3 ? 1 : 2); other++) {
        connect_to(p, other ? "server.example" : "rdp.example", &state);
        CHECK(resumed(p->server.s) == !other);
        CHECK(resumed(p->client.s) == resumed(p->server.s));
        CHECK_STATUS(tls_own_certificate(p->server.s, &own), ST_OK);
        CHECK_BYTES(own, other ? rsa : rdp);
        CHECK_BYTES(shown(p), own);
        same_binding(p, TLS_BINDING_SERVER_END_POINT);
        hello(p);
        if (!other)
            take_state(p, &state);
    }
    blob_free(&state);
    pair_free(p);
    shelf_clear();
}

static void test_arguments(void)
{
    struct tls_store bad = store;
    struct blob state = {0};
    struct pair *p = pair_new(TLS_V1_2, TLS_V1_2, PAIR_RSA);
    CHECK_STATUS(tls_session_resume(p->client.s, bytes_of(NULL, 0)), ST_BAD_ARGUMENT);
    CHECK_STATUS(tls_session_resume(p->client.s, BYTES_LITERAL("\0")), ST_BAD_ARGUMENT);
    CHECK_STATUS(tls_session_resume(p->client.s, BYTES_LITERAL("\0garbage")), ST_BAD_ARGUMENT);
    CHECK_STATUS(tls_session_resume(p->server.s, BYTES_LITERAL("\0garbage")), ST_BAD_STATE);
    CHECK_STATUS(tls_session_state(p->client.s, &state), ST_BAD_STATE);
    CHECK_STATUS(tls_config_set_store(p->server.config, &store), ST_BAD_STATE); /* sealed */
    pair_handshake(p);
    CHECK_STATUS(p->client.status, ST_OK); /* unharmed */
    CHECK_STATUS(tls_session_resume(p->client.s, BYTES_LITERAL("\0garbage")), ST_BAD_STATE);
    pair_free(p);
    p = pair_configs(TLS_V1_2, TLS_V1_2, PAIR_RSA);
    CHECK_STATUS(tls_config_set_store(p->client.config, &store), ST_BAD_STATE);
    bad.seconds = 0;
    CHECK_STATUS(tls_config_set_store(p->server.config, &bad), ST_BAD_ARGUMENT);
    bad.seconds = TLS_STORE_SECONDS_MAX + 1;
    CHECK_STATUS(tls_config_set_store(p->server.config, &bad), ST_BAD_ARGUMENT);
    pair_free(p);
}

int main(void)
{
    static const unsigned versions[] = {TLS_V1_2, TLS_V1_3};
    for (size_t i = 0; i < 2; i++) {
        test_resumed(versions[i], false);
        test_resumed(versions[i], true);
        test_unknown_ticket(versions[i]);
        test_no_store(versions[i]);
        test_judged_again(versions[i]);
        test_judged_once(versions[i]);
        test_server_judges_again(versions[i]);
        test_rules_of_an_id(versions[i]);
        test_names(versions[i]);
    }
    test_given_out_once();
    test_no_chain();
    test_without_hash();
    test_refused_by_id();
    test_declined();
    test_arguments();
    return unit_end("tls_resume");
}
