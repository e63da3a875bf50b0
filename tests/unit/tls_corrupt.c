/* libs/tls: tampered and cut handshakes. Every bit of every record of a handshake flipped: no end
 * may believe that the handshake is done with a peer that saw other bytes. Neither crashes; a
 * failure is final. */
#include "tls_pair.h"

/* Runs a handshake and flips BIT of the stream's byte INDEX that goes FROM client or server. */
struct tamper {
    bool from_client;
    size_t at;
    uint8_t mask;
    size_t passed; /* bytes so far in that direction */
    bool hit;
    bool outer_type; /* the byte is a record's type or version */
    size_t record_left, in_header;
};

/* Follows the records so that TYPE and VERSION can be told from the rest. */
static void follow(struct tamper *t, uint8_t byte, uint8_t *header)
{
    if (t->record_left) {
        t->record_left--;
        return;
    }
    header[t->in_header++] = byte;
    if (t->in_header == 5) {
        t->record_left = (size_t)(header[3] << 8 | header[4]);
        t->in_header = 0;
    }
}

static void pass(struct tamper *t, struct end *to, size_t before, uint8_t *header)
{
    for (size_t i = before; i < to->size; i++, t->passed++) {
        size_t where = t->record_left ? 5 : t->in_header;
        follow(t, to->inbox[i], header);
        if (t->passed != t->at)
            continue;
        to->inbox[i] ^= t->mask;
        t->hit = true;
        t->outer_type = where < 3;
    }
}

static void run(struct pair *p, struct tamper *t)
{
    uint8_t header[5];
    enum status *c = &p->client.status, *v = &p->server.status;
    *c = *v = ST_CONTINUE;
    for (int i = 0; i < 12; i++) {
        bool moved = false;
        size_t before = p->server.size;
        if (*c == ST_CONTINUE || *c == ST_INCOMPLETE)
            moved |= end_leg(&p->client, &p->server);
        if (t->from_client)
            pass(t, &p->server, before, header);
        before = p->client.size;
        if (*v == ST_CONTINUE || *v == ST_INCOMPLETE)
            moved |= end_leg(&p->server, &p->client);
        if (!t->from_client)
            pass(t, &p->client, before, header);
        if (!moved)
            break;
    }
}

/* Both ends done is allowed only where no end can see the change: the record header's type and
 * version of a TLS 1.3 flight are outside of what is hashed. */
static void check(struct pair *p, const struct tamper *t)
{
    bool both = p->client.status == ST_OK && p->server.status == ST_OK;
    if (both && !t->outer_type)
        printf("from %s byte %zu mask %02x\n", t->from_client ? "client" : "server", t->at,
                t->mask);
    CHECK(!both || t->outer_type);
    struct end *ends[] = {&p->client, &p->server};
    for (int i = 0; i < 2; i++) {
        if (!status_failed(ends[i]->status))
            continue;
        end_leg(ends[i], ends[!i]);
        CHECK_STATUS(ends[i]->status, ST_BAD_STATE);
    }
}

static void flips(unsigned version, bool from_client)
{
    struct tls_config *client, *server;
    struct pair *p = pair_configs(version, version, PAIR_EC);
    client = p->client.config;
    server = p->server.config;
    struct tamper t = {0};
    for (size_t bit = 0;; bit++) {
        t = (struct tamper){
                .from_client = from_client, .at = bit / 8, .mask = (uint8_t)(1u << bit % 8)};
        pair_sessions(p);
        p->client.size = p->server.size = 0;
        run(p, &t);
        if (t.hit)
            check(p, &t);
        tls_session_free(p->client.s);
        tls_session_free(p->server.s);
        if (!t.hit)
            break;
    }
    CHECK(t.passed > 200);
    CHECK_STATUS(p->client.status, ST_OK); /* the last round had no flip */
    CHECK_STATUS(p->server.status, ST_OK);
    p->client.s = p->server.s = NULL;
    CHECK(client == p->client.config && server == p->server.config);
    pair_free(p);
}

/* A flight cut anywhere is INCOMPLETE with nothing consumed beyond whole records, and can be
 * completed later. */
static void cuts(unsigned version)
{
    struct pair *p = pair_new(version, version, PAIR_EC);
    (void)end_leg(&p->client, &p->server);
    size_t whole = p->server.size;
    for (size_t n = 0; n < whole; n++) {
        p->server.limit = n;
        if (!n)
            continue;
        CHECK(!end_leg(&p->server, &p->client));
        CHECK_STATUS(p->server.status, ST_INCOMPLETE);
        CHECK(p->server.size == whole);
    }
    p->server.limit = 0;
    pair_handshake(p);
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK_STATUS(p->server.status, ST_OK);
    pair_free(p);
}

int main(void)
{
    flips(TLS_V1_2, true);
    flips(TLS_V1_2, false);
    flips(TLS_V1_3, true);
    flips(TLS_V1_3, false);
    cuts(TLS_V1_2);
    cuts(TLS_V1_3);
    return unit_end("tls_corrupt");
}
