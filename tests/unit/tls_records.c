/* libs/tls: data records: exact sizes for every cipher, in place, tampering, closing, alerts.
 * Sizes: RFC 8446 5.2, RFC 5246 6.2.3, RFC 5288, RFC 7366, RFC 7905, as drawn in libs/tls/sizes.c.
 */
#include "tls/internal.h"
#include "tls_pair.h"

/* One cipher on both sides, by GnuTLS' own words. */
static struct pair *open_with(unsigned version, enum pair_key key, const char *words)
{
    char priority[200];
    struct pair *p = pair_new(version, version, key);
    snprintf(priority, sizeof priority, "NORMAL:-VERS-ALL:+VERS-TLS1.%d:%s",
            version == TLS_V1_3   ? 3
            : version == TLS_V1_2 ? 2
            : version == TLS_V1_1 ? 1
                                  : 0,
            words);
    CHECK(gnutls_priority_set_direct(p->client.s->gnutls, priority, NULL) == 0);
    CHECK(gnutls_priority_set_direct(p->server.s->gnutls, priority, NULL) == 0);
    pair_handshake(p);
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK_STATUS(p->server.status, ST_OK);
    return p;
}

static const struct {
    unsigned version;
    const char *words;
    unsigned header, trailer, block;
} ciphers[] = {
        {TLS_V1_3, "-CIPHER-ALL:+AES-128-GCM", 5, 17, 16},
        {TLS_V1_3, "-CIPHER-ALL:+AES-256-GCM", 5, 17, 16},
        {TLS_V1_3, "-CIPHER-ALL:+CHACHA20-POLY1305", 5, 17, 1},
        {TLS_V1_3, "-CIPHER-ALL:+AES-128-CCM", 5, 17, 16},
        {TLS_V1_3, "-CIPHER-ALL:+AES-128-CCM-8", 5, 9, 16},
        {TLS_V1_2, "-CIPHER-ALL:+AES-128-GCM", 13, 16, 16},
        {TLS_V1_2, "-CIPHER-ALL:+AES-256-GCM", 13, 16, 16},
        {TLS_V1_2, "-CIPHER-ALL:+CHACHA20-POLY1305", 5, 16, 1},
        {TLS_V1_2, "-CIPHER-ALL:+AES-128-CCM", 13, 16, 16},
        {TLS_V1_2, "-CIPHER-ALL:+AES-128-CCM-8:-KX-ALL:+RSA", 13, 8, 16},
        {TLS_V1_2, "-CIPHER-ALL:+AES-128-CBC:-MAC-ALL:+SHA1", 21, 36, 16},
        {TLS_V1_2, "-CIPHER-ALL:+AES-256-CBC:-MAC-ALL:+SHA1:%NO_ETM", 21, 36, 16},
        {TLS_V1_2, "-CIPHER-ALL:+AES-128-CBC:-MAC-ALL:+SHA256", 21, 48, 16},
        {TLS_V1_2, "-CIPHER-ALL:+AES-256-CBC:-MAC-ALL:+SHA384:%NO_ETM", 21, 64, 16},
        {TLS_V1_1, "-CIPHER-ALL:+AES-128-CBC:-MAC-ALL:+SHA1", 21, 36, 16},
        {TLS_V1_0, "-CIPHER-ALL:+AES-128-CBC:-MAC-ALL:+SHA1:%NO_ETM", 5, 36, 16},
};

enum { CIPHERS = sizeof ciphers / sizeof *ciphers };

static uint8_t pattern[16384 + 1];

static void one_size(struct pair *p, const struct tls_sizes *z, size_t n)
{
    uint8_t *out = malloc(z->header + n + z->trailer);
    size_t size, consumed, missing, got;
    memcpy(out, pattern, n);
    CHECK_STATUS(tls_encrypt(p->client.s, bytes_of(out, n), out, z->header + n + z->trailer, &size),
            ST_OK);
    bool exact = size == z->header + n + z->trailer;
    bool padded = p->client.s->mac && size <= z->header + n + z->trailer &&
                  size + z->block >= z->header + n + z->trailer;
    CHECK(exact || padded);
    CHECK(size == sizes_of_record(p->client.s, n));
    CHECK_STATUS(
            tls_decrypt(p->server.s, bytes_of(out, size), out, size, &consumed, &missing, &got),
            ST_OK);
    CHECK(consumed == size);
    CHECK(got == n && !memcmp(out, pattern, n));
    free(out);
}

static void test_sizes(void)
{
    for (size_t i = 0; i < CIPHERS; i++) {
        struct tls_sizes z;
        struct pair *p = open_with(ciphers[i].version, PAIR_RSA, ciphers[i].words);
        CHECK_STATUS(tls_sizes(p->client.s, &z), ST_OK);
        CHECK(z.header == ciphers[i].header);
        CHECK(z.trailer == ciphers[i].trailer);
        CHECK(z.block == ciphers[i].block);
        CHECK(z.max_data == 16384);
        for (size_t n = 1; n < 70; n++)
            one_size(p, &z, n);
        for (size_t n = 100; n <= 16384; n = n * 2 + (n == 100 ? 28 : 0))
            one_size(p, &z, n);
        one_size(p, &z, 16384);
        pair_free(p);
    }
}

/* No data: a record of header and trailer, which the other side (GnuTLS's own reader) takes for an empty one (RFC 5246
 * 6.2.1, RFC 8446 5.1), as often as it comes, and what follows has the next number. Of CBC and
 * CCM there is none: GnuTLS makes none (docs/interop.md). */
static bool has_empty(const char *words)
{
    return !strstr(words, "CBC") && !strstr(words, "CCM");
}

static void test_empty(struct end *from, struct end *to, const struct tls_sizes *z, bool has)
{
    uint8_t out[200];
    size_t size, consumed, got;
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(tls_encrypt(from->s, bytes_of(NULL, 0), out, z->header + z->trailer, &size), ST_OK);
        CHECK(size == (has ? z->header + z->trailer : 0));
        end_put(to, bytes_of(out, size));
        if (size) {
            CHECK_STATUS(end_decrypt(to, &consumed, &got), ST_OK);
            CHECK(consumed == size && !got && !tls_brought_message(to->s));
            end_drop(to, consumed);
        }
        pair_send(from, to, bytes_of(pattern, 100));
        CHECK_STATUS(end_decrypt(to, &consumed, &got), ST_OK);
        CHECK_BYTES(bytes_of(to->inbox, got), bytes_of(pattern, 100));
        end_drop(to, consumed);
    }
}

static void test_empty_records(void)
{
    for (size_t i = 0; i < CIPHERS; i++) {
        struct tls_sizes z;
        uint8_t out[200];
        size_t size, consumed, got;
        bool has = has_empty(ciphers[i].words);
        struct pair *p = open_with(ciphers[i].version, PAIR_RSA, ciphers[i].words);
        CHECK_STATUS(tls_sizes(p->client.s, &z), ST_OK);
        test_empty(&p->client, &p->server, &z, has);
        if (ciphers[i].version != TLS_V1_3) /* whose server's tickets lie in between */
            test_empty(&p->server, &p->client, &z, has);
        if (has) {
            CHECK_STATUS(tls_encrypt(p->client.s, bytes_of(NULL, 0), out, z.header + z.trailer - 1, &size),
                    ST_BUFFER_TOO_SMALL);
            test_empty(&p->client, &p->server, &z, has);
            CHECK_STATUS(tls_encrypt(p->client.s, bytes_of(NULL, 0), out, sizeof out, &size), ST_OK);
            out[size - 1] ^= 1;
            end_put(&p->server, bytes_of(out, size));
            CHECK_STATUS(end_decrypt(&p->server, &consumed, &got), ST_BAD_SIGNATURE);
        }
        pair_free(p);
    }
}

static void test_limits_of_encrypt(void)
{
    for (size_t i = 0; i < CIPHERS; i++) {
        uint8_t out[200];
        size_t size, consumed, got;
        struct pair *p = open_with(ciphers[i].version, PAIR_RSA, ciphers[i].words);
        size_t need = sizes_of_record(p->client.s, 100);
        CHECK_STATUS(tls_encrypt(p->client.s, bytes_of(pattern, 100), out, need - 1, &size),
                ST_BUFFER_TOO_SMALL);
        CHECK(size == 0);
        CHECK_STATUS(tls_encrypt(p->client.s, bytes_of(pattern, 16385), out, sizeof out, &size),
                ST_BAD_ARGUMENT);
        CHECK_STATUS(tls_encrypt(p->client.s, bytes_of(NULL, 0), out, 0, &size),
                p->client.s->mac ? ST_OK : ST_BUFFER_TOO_SMALL);
        CHECK(size == 0);
        CHECK_STATUS(tls_encrypt(p->client.s, bytes_of(pattern, 100), out, need, &size), ST_OK);
        CHECK(size == need);
        end_put(&p->server, bytes_of(out, size)); /* the refusals have not harmed the session */
        CHECK_STATUS(end_decrypt(&p->server, &consumed, &got), ST_OK);
        CHECK_BYTES(bytes_of(p->server.inbox, got), bytes_of(pattern, 100));
        pair_free(p);
    }
}

/* DATA anywhere inside OUT, as EncryptMessage's buffers may lie. */
static void test_overlap(void)
{
    for (size_t shift = 0; shift < 40; shift += 13) {
        uint8_t out[400];
        size_t size, consumed, got;
        struct pair *p = pair_open(TLS_V1_3, PAIR_EC);
        memcpy(out + shift, pattern, 300);
        CHECK_STATUS(tls_encrypt(p->server.s, bytes_of(out + shift, 300), out, sizeof out, &size),
                ST_OK);
        end_put(&p->client, bytes_of(out, size));
        CHECK_STATUS(end_decrypt(&p->client, &consumed, &got), ST_OK);
        CHECK_BYTES(bytes_of(p->client.inbox, got), bytes_of(pattern, 300));
        pair_free(p);
    }
}

static void test_framing(void)
{
    uint8_t out[64];
    size_t consumed, missing, got;
    struct pair *p = pair_open(TLS_V1_3, PAIR_EC);
    size_t first = pair_send(&p->client, &p->server, BYTES_LITERAL("one"));
    pair_send(&p->client, &p->server, BYTES_LITERAL("two"));
    for (size_t have = 0; have < first; have++) {
        CHECK_STATUS(tls_decrypt(p->server.s, bytes_of(p->server.inbox, have), out, sizeof out,
                             &consumed, &missing, &got),
                ST_INCOMPLETE);
        CHECK(consumed == 0 && got == 0);
        CHECK(missing == (have < 5 ? 5 - have : first - have));
    }
    CHECK_STATUS(tls_decrypt(p->server.s, bytes_of(p->server.inbox, p->server.size), out,
                         first - 5 - 1, &consumed, &missing, &got),
            ST_BUFFER_TOO_SMALL);
    CHECK_STATUS(end_decrypt(&p->server, &consumed, &got), ST_OK);
    CHECK(consumed == first);
    CHECK_BYTES(bytes_of(p->server.inbox, got), BYTES_LITERAL("one"));
    end_drop(&p->server, consumed);
    CHECK_STATUS(end_decrypt(&p->server, &consumed, &got), ST_OK);
    CHECK_BYTES(bytes_of(p->server.inbox, got), BYTES_LITERAL("two"));
    pair_free(p);
}

/* Every single-bit flip of a data record. Only a longer length is not an error: more bytes are
 * wanted. The alert follows in tls_shutdown and the sender understands it. */
static void flip(size_t cipher, size_t bit)
{
    size_t consumed, got, missing, size;
    uint8_t record[128], out[20000];
    struct blob alert = {0};
    struct pair *p = open_with(ciphers[cipher].version, PAIR_EC, ciphers[cipher].words);
    CHECK_STATUS(tls_encrypt(p->client.s, BYTES_LITERAL("to be tampered with"), record,
                         sizeof record, &size),
            ST_OK);
    if (bit >= size * 8) {
        pair_free(p);
        return;
    }
    record[bit / 8] ^= (uint8_t)(1u << bit % 8);
    enum status status = tls_decrypt(
            p->server.s, bytes_of(record, size), out, sizeof out, &consumed, &missing, &got);
    CHECK(got == 0 && consumed == 0);
    if (bit / 8 >= 5)
        CHECK_STATUS(status, ST_BAD_SIGNATURE);
    if (status == ST_INCOMPLETE || status == ST_RENEGOTIATE) {
        CHECK(bit / 8 == 3 || bit / 8 == 4 || bit / 8 == 0);
    } else {
        CHECK(status_failed(status));
        CHECK_STATUS(tls_decrypt(p->server.s, bytes_of(record, size), out, sizeof out, &consumed,
                             &missing, &got),
                ST_BAD_STATE);
        CHECK_STATUS(tls_shutdown(p->server.s, &alert), ST_OK);
        CHECK(alert.size > 0);
        CHECK_STATUS(tls_decrypt(p->client.s, blob_view(&alert), out, sizeof out, &consumed,
                             &missing, &got),
                ST_PEER_ALERT);
        if (bit / 8 >= 5)
            CHECK(tls_alert_received(p->client.s) == 20); /* bad_record_mac */
    }
    blob_free(&alert);
    pair_free(p);
}

static void test_flips(void)
{
    static const size_t chosen[] = {0, 5, 10, 11};
    for (size_t i = 0; i < sizeof chosen / sizeof *chosen; i++)
        for (size_t bit = 0; bit < 100 * 8; bit += bit < 40 ? 1 : 11)
            if (strstr(ciphers[chosen[i]].words, "GCM") || bit < 21 * 8 || bit % 3 == 0)
                flip(chosen[i], bit);
}

static enum status decrypt(struct pair *p, const uint8_t *record, size_t size)
{
    uint8_t out[64];
    size_t consumed, missing, got;
    return tls_decrypt(
            p->server.s, bytes_of(record, size), out, sizeof out, &consumed, &missing, &got);
}

/* Of two records FIRST comes first, then THEN: the same again, or out of its order (RFC 5246 6.1, RFC 8446 5.3:
 * the sequence number is part of what is protected). */
static void test_order(
        unsigned version, int first, enum status with_first, int then, enum status with_then)
{
    uint8_t records[2][64];
    size_t sizes[2];
    struct pair *p = pair_open(version, PAIR_EC);
    for (int i = 0; i < 2; i++)
        CHECK_STATUS(tls_encrypt(p->client.s, BYTES_LITERAL("once"), records[i], sizeof records[i],
                             &sizes[i]),
                ST_OK);
    CHECK_STATUS(decrypt(p, records[first], sizes[first]), with_first);
    CHECK_STATUS(decrypt(p, records[then], sizes[then]), with_then);
    pair_free(p);
}

static void test_orders(unsigned version)
{
    test_order(version, 0, ST_OK, 1, ST_OK);
    test_order(version, 0, ST_OK, 0, ST_BAD_SIGNATURE);
    test_order(version, 1, ST_BAD_SIGNATURE, 0, ST_BAD_STATE);
}

/* Records that nobody needs a key to make. Each ends the session: none may send the caller round in
 * circles between tls_decrypt and tls_handshake. RFC 5246 7.1, RFC 8446 5.2 */
static void test_injected(unsigned version)
{
    static const uint8_t change[] = {20, 3, 3, 0, 1, 1}, empty[] = {23, 3, 3, 0, 0},
                         short_data[] = {23, 3, 3, 0, 2, 1, 1}, short_alert[] = {21, 3, 3, 0, 1, 1};
    const struct bytes injected[] = {OF(change), OF(empty), OF(short_data), OF(short_alert)};
    for (size_t i = 0; i < sizeof injected / sizeof *injected; i++) {
        size_t consumed, got;
        struct pair *p = pair_open(version, PAIR_EC);
        end_put(&p->client, injected[i]);
        enum status status = end_decrypt(&p->client, &consumed, &got);
        CHECK(status == ST_BAD_TOKEN || status == ST_BAD_SIGNATURE);
        CHECK(consumed == 0 && got == 0);
        CHECK_STATUS(end_decrypt(&p->client, &consumed, &got), ST_BAD_STATE);
        (void)end_leg(&p->client, &p->server);
        CHECK_STATUS(p->client.status, ST_BAD_STATE);
        pair_free(p);
    }
}

static void test_close(unsigned version)
{
    uint8_t record[64];
    size_t size, consumed, got;
    struct blob out = {0};
    struct pair *p = pair_open(version, PAIR_EC);
    pair_send(&p->client, &p->server, BYTES_LITERAL("last"));
    CHECK_STATUS(tls_shutdown(p->client.s, &out), ST_OK);
    end_put(&p->server, blob_view(&out));
    CHECK_STATUS(tls_encrypt(p->client.s, BYTES_LITERAL("x"), record, sizeof record, &size),
            ST_BAD_STATE);
    CHECK_STATUS(end_decrypt(&p->server, &consumed, &got), ST_OK);
    end_drop(&p->server, consumed);
    CHECK_STATUS(end_decrypt(&p->server, &consumed, &got), ST_CLOSED);
    CHECK(consumed == p->server.size);
    CHECK_STATUS(end_decrypt(&p->server, &consumed, &got), ST_CLOSED); /* for ever */
    /* the other half stays open, RFC 8446 6.1 */
    pair_send(&p->server, &p->client, BYTES_LITERAL("yet"));
    CHECK_STATUS(end_decrypt(&p->client, &consumed, &got), ST_OK);
    CHECK_BYTES(bytes_of(p->client.inbox, got), BYTES_LITERAL("yet"));
    end_drop(&p->client, consumed);
    blob_free(&out);
    CHECK_STATUS(tls_shutdown(p->server.s, &out), ST_OK);
    end_put(&p->client, blob_view(&out));
    CHECK_STATUS(end_decrypt(&p->client, &consumed, &got), ST_CLOSED);
    blob_free(&out);
    CHECK_STATUS(tls_shutdown(p->server.s, &out), ST_OK); /* once only */
    CHECK(out.size == 0);
    pair_free(p);
}

static void test_fatal_alert(unsigned version)
{
    size_t consumed, got;
    struct blob out = {0};
    struct pair *p = pair_open(version, PAIR_EC);
    CHECK_STATUS(tls_send_alert(p->client.s, 2, 80, &out), ST_OK); /* internal_error */
    end_put(&p->server, blob_view(&out));
    CHECK(tls_alert_received(p->server.s) == -1);
    CHECK_STATUS(end_decrypt(&p->server, &consumed, &got), ST_PEER_ALERT);
    CHECK(tls_alert_received(p->server.s) == 80);
    CHECK_STATUS(end_decrypt(&p->server, &consumed, &got), ST_BAD_STATE);
    blob_free(&out);
    pair_free(p);
}

/* Before a handshake nothing is to be closed; during it the alert is plain. */
static void test_close_early(void)
{
    struct blob out = {0};
    struct pair *p = pair_new(TLS_V1_2, TLS_V1_2, PAIR_EC);
    CHECK_STATUS(tls_shutdown(p->server.s, &out), ST_OK);
    CHECK(out.size == 0);
    (void)end_leg(&p->client, &p->server);
    CHECK_STATUS(tls_send_alert(p->client.s, 2, 90, &out), ST_OK);
    CHECK_BYTES(bytes_of(out.data, out.size > 3 ? 1 : 0), BYTES_LITERAL("\x15"));
    CHECK(out.size == 7 && out.data[5] == 2 && out.data[6] == 90);
    blob_free(&out);
    pair_free(p);
}

int main(void)
{
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (uint8_t)(i * 7 + i / 256);
    test_sizes();
    test_empty_records();
    test_limits_of_encrypt();
    test_overlap();
    test_framing();
    test_flips();
    test_orders(TLS_V1_2);
    test_orders(TLS_V1_3);
    test_injected(TLS_V1_2);
    test_injected(TLS_V1_3);
    test_close(TLS_V1_2);
    test_close(TLS_V1_3);
    test_fatal_alert(TLS_V1_2);
    test_fatal_alert(TLS_V1_3);
    test_close_early();
    return unit_end("tls_records");
}
