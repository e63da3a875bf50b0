/* libs/tls over datagrams: sessions taken up again (RFC 5077, RFC 5246 7.3), where the client speaks
 * last: its last flight may be lost, and then the server asks for it by repeating its own. */
#include "dtls_net.h"
#include "tls/internal.h"

/* The key of the tickets, and one session. */
static struct shelf {
    struct blob key, id, state;
} shelf;

static void put(void *self, struct bytes id, struct bytes state)
{
    struct shelf *f = self;
    if (!id.size) {
        CHECK_STATUS(blob_set(&f->key, state), ST_OK);
        return;
    }
    CHECK_STATUS(blob_set(&f->id, id), ST_OK);
    CHECK_STATUS(blob_set(&f->state, state), ST_OK);
}

static enum status get(void *self, struct bytes id, struct blob *state)
{
    struct shelf *f = self;
    if (!id.size)
        return blob_set(state, blob_view(&f->key));
    return bytes_equal(id, blob_view(&f->id)) ? blob_set(state, blob_view(&f->state)) : ST_OK;
}

static void drop(void *self, struct bytes id)
{
    struct shelf *f = self;
    if (bytes_equal(id, blob_view(&f->id)))
        blob_free(&f->id);
}

static const struct tls_store store = {&shelf, 3600, put, get, drop};

static void shelf_clear(void)
{
    blob_free(&shelf.key);
    blob_free(&shelf.id);
    blob_free(&shelf.state);
}

/* New sessions of the same configs; without tickets the session is found by its id. */
static void again(struct net *n, bool tickets)
{
    tls_session_free(n->p->client.s);
    tls_session_free(n->p->server.s);
    wire_clear(&n->to_server);
    wire_clear(&n->to_client);
    n->client_done = n->server_done = false;
    n->to_server.sent = n->to_client.sent = 0;
    pair_sessions(n->p);
    if (!tickets)
        CHECK(gnutls_priority_set_direct(n->p->client.s->gnutls,
                      "NORMAL:-VERS-ALL:+VERS-DTLS1.2:%NO_TICKETS", NULL) == 0);
}

static struct net *first(bool tickets, struct blob *state)
{
    struct net *n = calloc(1, sizeof *n);
    n->p = pair_configs(DTLS_V1_2, DTLS_V1_2, PAIR_EC);
    CHECK_STATUS(tls_config_set_store(n->p->server.config, &store), ST_OK);
    pair_sessions(n->p);
    again(n, tickets);
    net_handshake(n, 50);
    CHECK(n->client_done && n->server_done);
    CHECK_STATUS(tls_session_state(n->p->client.s, state), ST_OK);
    CHECK(state->size);
    return n;
}

static bool resumed(struct end *e)
{
    struct tls_info info;
    CHECK_STATUS(tls_query(e->s, &info), ST_OK);
    return info.resumed;
}

static void check_text(struct end *from, struct end *to)
{
    uint8_t record[100];
    size_t size, consumed, missing, got;
    CHECK_STATUS(tls_encrypt(from->s, BYTES_LITERAL("once more"), record, sizeof record, &size), ST_OK);
    CHECK_STATUS(tls_decrypt(to->s, bytes_of(record, size), record, sizeof record, &consumed, &missing,
                         &got),
            ST_OK);
    CHECK_BYTES(bytes_of(record, got), BYTES_LITERAL("once more"));
}

static void second(struct net *n, const struct blob *state, bool want)
{
    CHECK_STATUS(tls_session_resume(n->p->client.s, blob_view(state)), ST_OK);
    net_handshake(n, 400);
    CHECK(n->client_done && n->server_done);
    CHECK(resumed(&n->p->client) == want && resumed(&n->p->server) == want);
    check_text(&n->p->client, &n->p->server);
    check_text(&n->p->server, &n->p->client);
}

static void taken_up(bool tickets)
{
    struct blob state = {0};
    struct net *n = first(tickets, &state);
    again(n, tickets);
    second(n, &state, true);
    CHECK(n->to_server.sent == 2 && n->to_client.sent == 1); /* hello; the rest, each way */

    shelf_clear(); /* the server has forgotten it */
    again(n, tickets);
    second(n, &state, false);
    blob_free(&state);
    net_free(n);
    shelf_clear();
}

static void each_lost(bool tickets)
{
    struct blob state = {0};
    struct net *n = first(tickets, &state);
    for (size_t i = 1; i <= 3; i++)
        for (int both = 0; both < 3; both++) {
            again(n, tickets);
            n->lose_client_at = both != 1 ? i : 0;
            n->lose_server_at = both != 0 ? i : 0;
            second(n, &state, true);
        }
    blob_free(&state);
    net_free(n);
    shelf_clear();
}

static void bad_networks(void)
{
    struct blob state = {0};
    struct net *n = first(true, &state);
    n->lose = 25;
    n->repeat = 20;
    n->swap = 30;
    for (uint32_t seed = 1; seed <= 30; seed++) {
        again(n, true);
        n->dice = seed;
        second(n, &state, true);
    }
    blob_free(&state);
    net_free(n);
    shelf_clear();
}

/* The client is done, its Finished lost. */
static void last_flight(void)
{
    struct blob state = {0}, repeated = {0};
    struct net *n = first(true, &state);
    again(n, true);
    CHECK_STATUS(tls_session_resume(n->p->client.s, blob_view(&state)), ST_OK);
    n->lose_client_at = 2;
    (void)net_leg(n, true, bytes_of(NULL, 0));
    (void)net_flush(n, true);
    for (int i = 0; i < 10 && !n->client_done; i++)
        (void)net_deliver(n, i & 1);
    CHECK(n->client_done && !n->server_done && !n->to_server.count);
    CHECK_STATUS(net_leg(n, false, bytes_of(NULL, 0)), ST_CONTINUE);
    CHECK_STATUS(tls_datagram_take(n->p->server.s, &repeated), ST_OK);
    net_read(n, true, &repeated);
    CHECK(net_flush(n, true) == 1);
    CHECK(net_deliver(n, false) && n->server_done);
    check_text(&n->p->client, &n->p->server);
    check_text(&n->p->server, &n->p->client);
    blob_free(&state);
    blob_free(&repeated);
    net_free(n);
    shelf_clear();
}

int main(void)
{
    taken_up(true);
    taken_up(false);
    each_lost(true);
    each_lost(false);
    bad_networks();
    last_flight();
    return unit_end("dtls_resume");
}
