/* libs/tls over datagrams: records. Sizes: RFC 6347 4.1 with RFC 5288, RFC 7905, RFC 7366, RFC 5246;
 * what is dropped: RFC 6347 4.1.2.6, 4.1.2.7. */
#include "dtls_net.h"
#include "tls/internal.h"

static const struct {
    const char *words;
    unsigned header, trailer, block;
} ciphers[] = {
        {"-CIPHER-ALL:+AES-128-GCM", 21, 16, 16},
        {"-CIPHER-ALL:+AES-256-GCM", 21, 16, 16},
        {"-CIPHER-ALL:+CHACHA20-POLY1305", 13, 16, 1},
        {"-CIPHER-ALL:+AES-128-CBC:-MAC-ALL:+SHA1", 29, 36, 16},
        {"-CIPHER-ALL:+AES-256-CBC:-MAC-ALL:+SHA256:%NO_ETM", 29, 48, 16},
};

static struct net *open_with(const char *words)
{
    char priority[200];
    struct net *n = net_new(DTLS_V1_2, PAIR_RSA);
    snprintf(priority, sizeof priority, "NORMAL:-VERS-ALL:+VERS-DTLS1.2:%s", words);
    CHECK(gnutls_priority_set_direct(n->p->client.s->gnutls, priority, NULL) == 0);
    CHECK(gnutls_priority_set_direct(n->p->server.s->gnutls, priority, NULL) == 0);
    net_handshake(n, 50);
    CHECK(n->client_done && n->server_done);
    wire_clear(&n->to_server);
    wire_clear(&n->to_client);
    return n;
}

static enum status decrypt(struct end *e, struct bytes record, size_t *consumed, size_t *size)
{
    size_t missing;
    uint8_t *copy = malloc(record.size + 1);
    memcpy(copy, record.data, record.size);
    enum status status =
            tls_decrypt(e->s, bytes_of(copy, record.size), copy, record.size, consumed, &missing, size);
    free(copy);
    return status;
}

static void one_size(struct net *n, const struct tls_sizes *z, size_t size)
{
    static uint8_t data[70000], record[70000];
    size_t made, consumed, got;
    CHECK_STATUS(tls_encrypt(n->p->client.s, bytes_of(data, size), record,
                         z->header + size + z->trailer, &made),
            ST_OK);
    CHECK(made <= z->header + size + z->trailer);
    CHECK((record[11] << 8 | record[12]) == (int)made - 13);
    CHECK_STATUS(decrypt(&n->p->server, bytes_of(record, made), &consumed, &got), ST_OK);
    CHECK(consumed == made && got == size);
}

static void each_cipher(void)
{
    static const size_t mtus[] = {200, 1096, 1400, 9000, 65535};
    for (size_t i = 0; i < sizeof ciphers / sizeof *ciphers; i++) {
        struct net *n = open_with(ciphers[i].words);
        for (size_t m = 0; m < sizeof mtus / sizeof *mtus; m++) {
            struct tls_sizes z;
            CHECK_STATUS(tls_datagram_set_mtu(n->p->client.s, mtus[m]), ST_OK);
            CHECK_STATUS(tls_sizes(n->p->client.s, &z), ST_OK);
            CHECK(z.header == ciphers[i].header && z.trailer == ciphers[i].trailer);
            CHECK(z.block == ciphers[i].block);
            /* The largest message just fits: with a block cipher, within a block. */
            size_t whole = z.header + z.max_data + z.trailer;
            CHECK(mtus[m] > 16384 ? z.max_data > 16000 && z.max_data <= 16384
                                  : whole <= mtus[m] + 16 && whole + 16 > mtus[m]);
            one_size(n, &z, 1);
            one_size(n, &z, z.max_data);
            size_t made;
            static uint8_t data[70000], out[70000];
            CHECK_STATUS(tls_encrypt(n->p->client.s, bytes_of(data, z.max_data + 1), out,
                                 sizeof out, &made),
                    ST_BAD_ARGUMENT);
        }
        net_free(n);
    }
}

enum { RECORD_MOST = 100 };

struct made {
    uint8_t data[RECORD_MOST];
    size_t size;
};

static void make(struct end *from, const char *text, struct made *m)
{
    CHECK_STATUS(tls_encrypt(from->s, bytes_of(text, strlen(text)), m->data, RECORD_MOST, &m->size),
            ST_OK);
}

static enum status take(struct end *to, const struct made *m)
{
    size_t consumed, size;
    enum status status = decrypt(to, bytes_of(m->data, m->size), &consumed, &size);
    CHECK(consumed == m->size);
    CHECK((status == ST_OK) == (size != 0));
    return status;
}

/* RFC 6347 4.1.2.6: a window of 64. */
static void window(void)
{
    enum { COUNT = 140 };
    static struct made m[COUNT];
    struct net *n = net_open(DTLS_V1_2, PAIR_RSA);
    struct end *to = &n->p->server;
    for (int i = 0; i < COUNT; i++)
        make(&n->p->client, "record", &m[i]);
    CHECK_STATUS(take(to, &m[0]), ST_OK);
    CHECK_STATUS(take(to, &m[0]), ST_OUT_OF_SEQUENCE);
    CHECK_STATUS(take(to, &m[40]), ST_OK);
    for (int i = 39; i > 0; i -= 2) /* late, each once */
        CHECK_STATUS(take(to, &m[i]), ST_OK);
    for (int i = 0; i <= 40; i++)
        CHECK_STATUS(take(to, &m[i]), i & 1 || !i || i == 40 ? ST_OUT_OF_SEQUENCE : ST_OK);
    CHECK_STATUS(take(to, &m[139]), ST_OK);
    CHECK_STATUS(take(to, &m[60]), ST_OUT_OF_SEQUENCE); /* new, but too old to be told from old */
    CHECK_STATUS(take(to, &m[100]), ST_OK);
    CHECK_STATUS(take(to, &m[100]), ST_OUT_OF_SEQUENCE);
    CHECK_STATUS(take(to, &m[138]), ST_OK);
    net_free(n);
}

/* Every bit: either dropped, or (version's minor byte) not looked at. Nothing ends the session. */
static void bits(void)
{
    struct made good, bad;
    struct net *n = net_open(DTLS_V1_2, PAIR_RSA);
    struct end *to = &n->p->server;
    make(&n->p->client, "0123456789abcdef", &good);
    for (size_t bit = 0; bit < good.size * 8; bit++) {
        size_t consumed, size;
        bad = good;
        bad.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        enum status status = decrypt(to, bytes_of(bad.data, bad.size), &consumed, &size);
        CHECK(status == ST_BAD_TOKEN || status == ST_BAD_SIGNATURE || status == ST_OUT_OF_SEQUENCE);
        CHECK(!size);
    }
    CHECK_STATUS(take(to, &good), ST_OK);
    net_free(n);
}

static void cut(void)
{
    struct made m;
    struct net *n = net_open(DTLS_V1_2, PAIR_RSA);
    make(&n->p->client, "0123456789abcdef", &m);
    for (size_t size = 0; size < m.size; size++) {
        size_t consumed, got;
        CHECK_STATUS(decrypt(&n->p->server, bytes_of(m.data, size), &consumed, &got), ST_BAD_TOKEN);
        CHECK(!consumed);
    }
    CHECK_STATUS(take(&n->p->server, &m), ST_OK);
    net_free(n);
}

static void other_epochs(void)
{
    struct made m;
    size_t consumed, size;
    struct net *n = net_open(DTLS_V1_2, PAIR_RSA);
    make(&n->p->client, "record", &m);
    for (int epoch = 0; epoch < 300; epoch++) {
        struct made other = m;
        if (epoch == 1)
            continue;
        other.data[3] = (uint8_t)(epoch >> 8);
        other.data[4] = (uint8_t)epoch;
        CHECK_STATUS(decrypt(&n->p->server, bytes_of(other.data, other.size), &consumed, &size),
                ST_BAD_TOKEN);
        CHECK(consumed == other.size);
    }
    CHECK_STATUS(take(&n->p->server, &m), ST_OK);
    net_free(n);
}

/* Garbage in every state, between the real datagrams: nothing fails, nothing is answered. */
static void garbage(struct net *n, bool client, unsigned seed)
{
    struct end *e = client ? &n->p->client : &n->p->server;
    uint8_t junk[300];
    size_t size = seed % sizeof junk;
    for (size_t i = 0; i < size; i++)
        junk[i] = (uint8_t)((n->dice = n->dice * 1664525u + 1013904223u) >> 24);
    if (size > 13 && seed & 1) { /* the form of a record: a type, the version, the size */
        memcpy(junk, (uint8_t[]){(uint8_t)(20 + seed % 4), 254, 253, 0, (uint8_t)(seed >> 3 & 1)}, 5);
        junk[11] = (uint8_t)((size - 13) >> 8);
        junk[12] = (uint8_t)(size - 13);
        if (junk[0] == 21 && size == 15)
            junk[0] = 22; /* a plain alert would be believed: RFC 6347 4.1.2.7 has no remedy */
    }
    if (client ? n->client_done : n->server_done) {
        struct blob b = {0};
        CHECK_STATUS(blob_set(&b, bytes_of(junk, size)), ST_OK);
        net_read(n, client, &b);
        blob_free(&b);
    } else if (size) {
        CHECK_STATUS(net_leg(n, client, bytes_of(junk, size)), ST_CONTINUE);
    }
    CHECK(!tls_datagram_waits(e->s));
}

static void junk(void)
{
    struct net *n = net_new(DTLS_V1_2, PAIR_RSA);
    (void)net_leg(n, true, bytes_of(NULL, 0));
    (void)net_flush(n, true);
    for (int turn = 0; turn < 20 && !(n->client_done && n->server_done); turn++) {
        for (unsigned i = 0; i < 400; i++)
            garbage(n, true, i * 7 + (unsigned)turn);
        (void)net_deliver(n, false);
        for (unsigned i = 0; i < 400; i++)
            garbage(n, false, i * 7 + (unsigned)turn);
        (void)net_deliver(n, true);
    }
    CHECK(n->client_done && n->server_done);
    for (unsigned i = 0; i < 400; i++)
        garbage(n, i & 1, i);
    struct made m;
    make(&n->p->client, "record", &m);
    CHECK_STATUS(take(&n->p->server, &m), ST_OK);
    net_free(n);
}

/* Two records in one datagram: one call each. */
static void several(void)
{
    struct made a, b;
    uint8_t both[2 * RECORD_MOST];
    size_t consumed, size;
    struct net *n = net_open(DTLS_V1_2, PAIR_RSA);
    make(&n->p->client, "first", &a);
    make(&n->p->client, "the second", &b);
    memcpy(both, a.data, a.size);
    memcpy(both + a.size, b.data, b.size);
    CHECK_STATUS(
            decrypt(&n->p->server, bytes_of(both, a.size + b.size), &consumed, &size), ST_OK);
    CHECK(consumed == a.size && size == 5);
    CHECK_STATUS(
            decrypt(&n->p->server, bytes_of(both + consumed, b.size), &consumed, &size), ST_OK);
    CHECK(consumed == b.size && size == 10);
    net_free(n);
}

static void closing(void)
{
    struct made m;
    struct blob out = {0};
    size_t consumed, size;
    struct net *n = net_open(DTLS_V1_2, PAIR_RSA);
    CHECK_STATUS(tls_shutdown(n->p->client.s, &out), ST_OK);
    CHECK(out.size > 13 && out.data[0] == 21);
    CHECK_STATUS(tls_encrypt(n->p->client.s, BYTES_LITERAL("x"), m.data, RECORD_MOST, &size),
            ST_BAD_STATE);
    make(&n->p->server, "still", &m); /* the other half is open */
    CHECK_STATUS(take(&n->p->client, &m), ST_OK);
    CHECK_STATUS(decrypt(&n->p->server, blob_view(&out), &consumed, &size), ST_CLOSED);
    CHECK(consumed == out.size);
    CHECK_STATUS(decrypt(&n->p->server, blob_view(&out), &consumed, &size), ST_CLOSED);
    blob_free(&out);
    net_free(n);
}

static void fatal_alert(void)
{
    struct blob out = {0};
    size_t consumed, size;
    struct net *n = net_open(DTLS_V1_2, PAIR_RSA);
    CHECK_STATUS(tls_send_alert(n->p->client.s, 2, 48, &out), ST_OK);
    CHECK_STATUS(decrypt(&n->p->server, blob_view(&out), &consumed, &size), ST_PEER_ALERT);
    CHECK(!consumed && tls_alert_received(n->p->server.s) == 48);
    CHECK_STATUS(decrypt(&n->p->server, blob_view(&out), &consumed, &size), ST_BAD_STATE);
    blob_free(&out);
    net_free(n);
}

int main(void)
{
    each_cipher();
    window();
    bits();
    cut();
    other_epochs();
    junk();
    several();
    closing();
    fatal_alert();
    return unit_end("dtls_records");
}
