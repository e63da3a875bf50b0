/* What a TLS connection leaves in memory once both ends are freed, looked for in this very process: master secrets, traffic
 * secrets, record keys, the private key as GMP holds it, and what was said. Needles are kept masked, so that what is found is
 * not the test itself. Under Windows only (VirtualQuery, and GnuTLS as we build it); natively the needles are made, no more.
 * That a needle is found while the connection lives says that it is rightly looked for. */
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include "tls/internal.h"
#include "tls_pair.h"
#ifdef _WIN32
#include <windows.h>
#endif

enum { NEEDLE = 16, NEEDLES_MAX = 1024, MASK = 0xa5 };

struct needle {
    char words[40];
    uint8_t masked[NEEDLE];
    bool lives; /* in memory while the connection does */
    unsigned found;
    const uint8_t *where;
};

static struct needle needles[NEEDLES_MAX];
static size_t needle_count;

static void add(const char *words, const uint8_t *secret, bool lives)
{
    struct needle *n = &needles[needle_count++];
    if (needle_count > NEEDLES_MAX)
        abort();
    snprintf(n->words, sizeof n->words, "%s", words);
    for (size_t i = 0; i < NEEDLE; i++)
        n->masked[i] = secret[i] ^ MASK;
    n->lives = lives;
}

static void add_datum(const char *words, const gnutls_datum_t *d, bool lives)
{
    CHECK(d->size >= NEEDLE);
    if (d->size < NEEDLE)
        return;
    add(words, d->data, lives);
    if (d->size >= 2 * NEEDLE)
        add(words, d->data + d->size - NEEDLE, lives);
}

/* TLS 1.3's secrets, from GnuTLS as they are made. */
static int keep(gnutls_session_t session, const char *label, const gnutls_datum_t *secret)
{
    (void)session;
    add_datum(label, secret, false);
    return 0;
}

static void add_record_keys(gnutls_session_t session)
{
    gnutls_datum_t mac, iv, key;
    unsigned char sequence[8];
    for (unsigned read = 0; read < 2; read++) {
        CHECK(!gnutls_record_get_state(session, read, &mac, &iv, &key, sequence));
        add_datum(read ? "read key" : "write key", &key, true);
    }
}

static void add_master(gnutls_session_t session)
{
    gnutls_datum_t secret = {NULL, 0};
    gnutls_session_get_master_secret(session, &secret);
    add_datum("master secret", &secret, true);
}

/* GMP's limbs lie with the least significant first. */
static void add_number(const char *words, gnutls_datum_t *number, bool lives)
{
    uint8_t reversed[NEEDLE];
    for (size_t i = 0; i < NEEDLE; i++)
        reversed[i] = number->data[number->size - 1 - i];
    add(words, reversed, lives);
    wipe(reversed, sizeof reversed);
    wipe(number->data, number->size);
    gnutls_free(number->data);
}

static void add_private_key(void)
{
    gnutls_x509_privkey_t key;
    gnutls_datum_t der = {(unsigned char *)(uintptr_t)test_rsa_key, sizeof test_rsa_key}, m, e, d, p, q, u;
    CHECK(!gnutls_x509_privkey_init(&key) && !gnutls_x509_privkey_import(key, &der, GNUTLS_X509_FMT_DER));
    CHECK(!gnutls_x509_privkey_export_rsa_raw(key, &m, &e, &d, &p, &q, &u));
    gnutls_x509_privkey_deinit(key);
    add_number("a private key's p", &p, true);
    add_number("a private key's q", &q, true);
    add_number("a private key's d", &d, false);
    gnutls_free(m.data);
    gnutls_free(e.data);
    gnutls_free(u.data);
}

/* What is said; made when it is needed, and wiped. */
static void said(uint8_t out[3 * NEEDLE])
{
    static const char masked[] = {'T' ^ MASK, 'h' ^ MASK, 'e' ^ MASK, ' ' ^ MASK, 'p' ^ MASK};
    for (size_t i = 0; i < 3 * NEEDLE; i++)
        out[i] = (uint8_t)(masked[i % sizeof masked] ^ MASK ^ (i * 37 + 11));
}

#ifdef _WIN32
static bool begins[65536]; /* some needle, with these two bytes */

static void look_at(const uint8_t *at, size_t size)
{
    for (size_t i = 0; i + NEEDLE <= size; i++)
        for (size_t n = 0; begins[at[i] | at[i + 1] << 8] && n < needle_count; n++) {
            size_t j = 0;
            while (j < NEEDLE && at[i + j] == (needles[n].masked[j] ^ MASK))
                j++;
            if (j == NEEDLE) {
                needles[n].found++;
                needles[n].where = at + i;
            }
        }
}

static size_t look(void)
{
    MEMORY_BASIC_INFORMATION region;
    const uint8_t *at = NULL;
    size_t total = 0;
    memset(begins, 0, sizeof begins);
    for (size_t n = 0; n < needle_count; n++) {
        needles[n].found = 0;
        begins[(needles[n].masked[0] ^ MASK) | (needles[n].masked[1] ^ MASK) << 8] = true;
    }
    for (; VirtualQuery(at, &region, sizeof region); at += region.RegionSize) {
        at = region.BaseAddress;
        if (region.State != MEM_COMMIT || region.Protect & (PAGE_NOACCESS | PAGE_GUARD | PAGE_EXECUTE))
            continue;
        look_at(at, region.RegionSize);
        total += region.RegionSize;
    }
    return total;
}

static void look_alive(void)
{
    CHECK(look() > 1000000);
    for (size_t n = 0; n < needle_count; n++)
        if (needles[n].lives && !needles[n].found) {
            printf("%s %zu: not found while it lives\n", needles[n].words, n);
            CHECK(false);
        }
}

static void look_dead(void)
{
    CHECK(look() > 1000000);
    for (size_t n = 0; n < needle_count; n++) {
        if (needles[n].found)
            printf("%s %zu: left %u times, at %p; this function's frame is at %p\n", needles[n].words, n, needles[n].found,
                    (const void *)needles[n].where, __builtin_frame_address(0));
        CHECK(!needles[n].found);
    }
}
#else
static void look_alive(void)
{
}
static void look_dead(void)
{
}
#endif

static void talk(struct pair *p)
{
    uint8_t text[3 * NEEDLE];
    size_t consumed = 0, size = 0;
    said(text);
    pair_send(&p->client, &p->server, OF(text));
    CHECK_STATUS(end_decrypt(&p->server, &consumed, &size), ST_OK);
    CHECK_BYTES(bytes_of(p->server.inbox, size), OF(text));
    add("what was said", text + NEEDLE, false);
    wipe(text, sizeof text);
    wipe(p->server.inbox, consumed);
    end_drop(&p->server, consumed);
}

/* A server's sessions and its tickets' key: one of each is enough. */
static struct blob kept[2];

static void put(void *self, struct bytes id, struct bytes state)
{
    (void)self;
    CHECK_STATUS(blob_set(&kept[id.size != 0], state), ST_OK);
}

static enum status get(void *self, struct bytes id, struct blob *state)
{
    (void)self;
    return blob_set(state, blob_view(&kept[id.size != 0]));
}

static void drop(void *self, struct bytes id)
{
    (void)self;
    blob_free(&kept[id.size != 0]);
}

static bool lies_in(struct bytes whole, const uint8_t *part)
{
    for (size_t i = 0; i + NEEDLE <= whole.size; i++)
        if (!memcmp(whole.data + i, part, NEEDLE))
            return true;
    return false;
}

/* What the ServerHello said in plain, and what therefore lies in buffers that nobody wipes: the session's id (in TLS 1.3 the
 * client's legacy_session_id, echoed: RFC 8446, 4.1.3). Whether a freed buffer still shows it is the heap's choice. */
static uint8_t session_id[32];

static void learn_session_id(struct pair *p)
{
    size_t size = sizeof session_id;
    CHECK(!gnutls_session_get_id(p->client.s->gnutls, session_id, &size) && size == sizeof session_id);
}

/* All of STATE that is neither the certificate nor in the session's id nor mere numbers. */
static void add_state(const char *words, struct bytes state)
{
    for (size_t at = 0; at + NEEDLE <= state.size; at += NEEDLE / 2) {
        int zeros = 0;
        for (size_t i = 0; i < NEEDLE; i++)
            zeros += !state.data[at + i];
        if (zeros < 3 && !lies_in(OF(test_rsa_certificate), state.data + at) && !lies_in(OF(session_id), state.data + at))
            add(words, state.data + at, false);
    }
}

/* The state that a client takes the session up again with is a copy of ours, wiped with its blob. In TLS 1.2 most of it was to
 * be read on the wire, ticket and certificate; its secret is the master secret. */
static void take_state(struct pair *p, unsigned version)
{
    struct blob state = {0};
    size_t consumed, size;
    while (p->client.size && end_decrypt(&p->client, &consumed, &size) == ST_OK)
        end_drop(&p->client, consumed);
    CHECK_STATUS(tls_session_state(p->client.s, &state), ST_OK);
    CHECK(state.size > 100);
    learn_session_id(p);
    if (version == TLS_V1_3)
        add_state("the session's state", blob_view(&state));
    blob_free(&state);
    for (int i = 0; i < 2; i++)
        add_state(i ? "a server's session" : "the tickets' key", blob_view(&kept[i]));
}

static void test_version(unsigned version)
{
    static const struct tls_store store = {NULL, 3600, put, get, drop};
    struct pair *p = pair_configs(version, version, PAIR_RSA);
    CHECK_STATUS(tls_config_set_store(p->server.config, &store), ST_OK);
    needle_count = 0;
    memset(needles, 0, sizeof needles);
    add_private_key();
    pair_sessions(p);
    if (version == TLS_V1_3) {
        gnutls_session_set_keylog_function(p->client.s->gnutls, keep);
        gnutls_session_set_keylog_function(p->server.s->gnutls, keep);
    }
    pair_handshake(p);
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK_STATUS(p->server.status, ST_OK);
    if (version == TLS_V1_2)
        add_master(p->client.s->gnutls);
    add_record_keys(p->client.s->gnutls);
    talk(p);
    take_state(p, version);
    CHECK(needle_count > 8);
    look_alive();
    wipe(p->client.inbox, sizeof p->client.inbox);
    wipe(p->server.inbox, sizeof p->server.inbox);
    pair_free(p);
    drop(NULL, bytes_of(NULL, 0));
    drop(NULL, bytes_of("", 1));
    wipe_stack();
    look_dead();
}

int main(void)
{
    test_version(TLS_V1_2);
    test_version(TLS_V1_3);
    return unit_end("tls_leftovers");
}
