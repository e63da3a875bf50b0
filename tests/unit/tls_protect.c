/* libs/tls/protect.c: data records that GnuTLS does not see. GnuTLS is the judge: at the other end it does
 * all records itself (`unfit`). */
#include "tls/internal.h"
#include "tls_pair.h"

static const struct {
    unsigned version;
    const char *cipher;
} kinds[] = {
        {TLS_V1_2, "AES-128-GCM"},
        {TLS_V1_2, "AES-256-GCM"},
        {TLS_V1_2, "CHACHA20-POLY1305"},
        {TLS_V1_3, "AES-128-GCM"},
        {TLS_V1_3, "AES-256-GCM"},
        {TLS_V1_3, "CHACHA20-POLY1305"},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static uint8_t pattern[16384];

static struct pair *open_kind(size_t kind)
{
    char words[200];
    struct pair *p = pair_new(kinds[kind].version, kinds[kind].version, PAIR_EC);
    snprintf(words, sizeof words, "NORMAL:-VERS-ALL:+VERS-TLS1.%d:-CIPHER-ALL:+%s",
            kinds[kind].version == TLS_V1_3 ? 3 : 2, kinds[kind].cipher);
    CHECK(gnutls_priority_set_direct(p->client.s->gnutls, words, NULL) == 0);
    pair_handshake(p);
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK_STATUS(p->server.status, ST_OK);
    return p;
}

/* From here on GnuTLS does all that E does. */
static void leave_to_gnutls(struct end *e)
{
    protect_give_back_reads(e->s);
    protect_give_back_writes(e->s);
    e->s->reads.unfit = e->s->writes.unfit = true;
}

static void say(struct end *from, struct end *to, size_t n)
{
    size_t consumed, size;
    pair_send(from, to, bytes_of(pattern, n));
    CHECK_STATUS(end_decrypt(to, &consumed, &size), ST_OK);
    CHECK(consumed == to->size);
    CHECK_BYTES(bytes_of(to->inbox, size), bytes_of(pattern, n));
    end_drop(to, consumed);
}

static void test_against_gnutls(size_t kind)
{
    static const size_t sizes[] = {1, 2, 15, 16, 17, 63, 64, 1000, 16383, 16384};
    struct pair *p = open_kind(kind);
    leave_to_gnutls(&p->server);
    say(&p->server, &p->client, 1); /* the first one is GnuTLS's */
    say(&p->client, &p->server, 1);
    CHECK(!p->client.s->reads.aead && !p->client.s->writes.aead);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        say(&p->client, &p->server, sizes[i]);
        say(&p->server, &p->client, sizes[i]);
        CHECK(p->client.s->reads.aead && p->client.s->writes.aead);
        CHECK(!p->server.s->reads.aead && !p->server.s->writes.aead);
    }
    pair_free(p);
}

/* The nonce that TLS 1.2 writes out with GCM is the number (RFC 5288 3): each is used once, whoever has
 * the direction. */
static void test_numbers(size_t kind)
{
    uint8_t record[100];
    size_t size, explicit = kinds[kind].version == TLS_V1_2 && strstr(kinds[kind].cipher, "GCM");
    uint64_t first = 0;
    struct pair *p = open_kind(kind);
    for (uint64_t i = 0; i < 20; i++) {
        if (i % 7 == 3)
            leave_to_gnutls(&p->client);
        if (i % 7 == 5)
            p->client.s->writes.unfit = p->client.s->reads.unfit = false;
        CHECK_STATUS(
                tls_encrypt(p->client.s, bytes_of(pattern, 10), record, sizeof record, &size), ST_OK);
        struct reader r = reader_on(bytes_of(record + 5, 8));
        uint64_t number = reader_u64be(&r);
        first = i ? first : number;
        CHECK(!explicit || number == first + i);
        end_put(&p->server, bytes_of(record, size));
        size_t consumed, got;
        CHECK_STATUS(end_decrypt(&p->server, &consumed, &got), ST_OK);
        end_drop(&p->server, consumed);
        say(&p->server, &p->client, 10);
    }
    pair_free(p);
}

/* While a direction is ours GnuTLS writes nothing: its number was used. */
static void test_guard(size_t kind)
{
    struct pair *p = open_kind(kind);
    struct blob out = {0};
    say(&p->client, &p->server, 5);
    say(&p->client, &p->server, 5);
    CHECK(p->client.s->writes.aead != NULL);
    transport_to_memory(p->client.s, NULL, 0); /* and not transport_to_message */
    CHECK(gnutls_alert_send(p->client.s->gnutls, GNUTLS_AL_WARNING, GNUTLS_A_USER_CANCELED) < 0);
    CHECK_STATUS(writer_finish(&p->client.s->out.writer, &out), ST_OK);
    CHECK(out.size == 0);
    blob_free(&out);
    pair_free(p);
}

/* One bit anywhere behind the header. The record is as it came, tag and all; a place apart from it holds
 * nothing of it. */
static void test_forged(size_t kind, bool in_place)
{
    static const uint8_t nothing[200];
    for (size_t bit = 5 * 8; bit < 80 * 8; bit += 13) {
        uint8_t record[200], copy[200], out[200] = {0};
        size_t size, consumed, missing, got;
        struct pair *p = open_kind(kind);
        say(&p->client, &p->server, 5);
        CHECK_STATUS(
                tls_encrypt(p->client.s, bytes_of(pattern, 60), record, sizeof record, &size), ST_OK);
        record[bit / 8] ^= (uint8_t)(1u << bit % 8);
        memcpy(copy, record, size);
        CHECK_STATUS(tls_decrypt(p->server.s, bytes_of(record, size), in_place ? record + 5 : out,
                             in_place ? size - 5 : sizeof out, &consumed, &missing, &got),
                ST_BAD_SIGNATURE);
        CHECK(consumed == 0 && got == 0);
        CHECK_BYTES(bytes_of(record, size), bytes_of(copy, size));
        CHECK_BYTES(bytes_of(out, sizeof out), bytes_of(nothing, sizeof nothing));
        CHECK_STATUS(tls_decrypt(p->server.s, bytes_of(record, size), out, sizeof out, &consumed,
                             &missing, &got),
                ST_BAD_STATE);
        pair_free(p);
    }
}

/* The record's type and version are signed with it (RFC 8446 5.2, RFC 5246 6.2.3.3), also where the header that is signed is one
 * that we write ourselves: a changed one is refused, and gives no data. The twin is the same record as it was. */
static void test_forged_header(size_t kind)
{
    static const uint8_t nothing[200];
    for (size_t bit = 0; bit <= 3 * 8; bit++) {
        uint8_t record[200], out[200] = {0};
        size_t size, consumed, missing, got;
        struct pair *p = open_kind(kind);
        say(&p->client, &p->server, 5);
        say(&p->client, &p->server, 5);
        CHECK(p->server.s->reads.aead != NULL);
        CHECK_STATUS(
                tls_encrypt(p->client.s, bytes_of(pattern, 60), record, sizeof record, &size), ST_OK);
        if (bit < 3 * 8)
            record[bit / 8] ^= (uint8_t)(1u << bit % 8);
        enum status s = tls_decrypt(
                p->server.s, bytes_of(record, size), out, sizeof out, &consumed, &missing, &got);
        if (bit < 3 * 8) {
            CHECK(s != ST_OK && !got);
            CHECK_BYTES(bytes_of(out, sizeof out), bytes_of(nothing, sizeof nothing));
        } else {
            CHECK_STATUS(s, ST_OK);
            CHECK_BYTES(bytes_of(out, got), bytes_of(pattern, 60));
        }
        pair_free(p);
    }
}

/* RFC 8446 5.3, RFC 5246 6.1: numbers must not wrap: behind the last one there is no record, neither way. */
static void test_last_number(size_t kind)
{
    uint8_t record[200];
    size_t size;
    struct pair *p = open_kind(kind);
    unsigned made = 0;
    say(&p->client, &p->server, 5);
    say(&p->client, &p->server, 5);
    CHECK(p->client.s->writes.aead != NULL);
    p->client.s->writes.number = UINT64_MAX;
    for (int i = 0; i < 3; i++)
        made += tls_encrypt(p->client.s, bytes_of(pattern, 60), record, sizeof record, &size) == ST_OK;
    CHECK(made <= 1);
    pair_free(p);
}

/* RFC 8446 5.1, RFC 5246 6.2.1: no more than 2^14 bytes of data; made by an end that does not care. */
static void test_too_much(size_t kind)
{
    enum { MOST = 16384 };
    static uint8_t data[MOST + 1], record[MOST + 100], out[MOST + 100];
    for (size_t n = MOST; n <= MOST + 1; n++) {
        size_t size, consumed, missing, got;
        struct pair *p = open_kind(kind);
        say(&p->client, &p->server, 5);
        say(&p->client, &p->server, 5);
        CHECK(p->server.s->reads.aead != NULL);
        CHECK_STATUS(protect_data(p->client.s, bytes_of(data, n), record, &size), ST_OK);
        enum status s = tls_decrypt(
                p->server.s, bytes_of(record, size), out, sizeof out, &consumed, &missing, &got);
        CHECK((s == ST_OK) == (n == MOST));
        CHECK(got == (n == MOST ? n : 0));
        pair_free(p);
    }
}

/* What turns out to be none of ours when it is open goes to GnuTLS as it came, and the numbers go on. */
static void test_other_content(size_t kind)
{
    struct pair *p = open_kind(kind);
    size_t consumed, size;
    struct blob out = {0};
    for (int i = 0; i < 3; i++) {
        say(&p->client, &p->server, 20);
        transport_to_message(p->client.s);
        if (kinds[kind].version == TLS_V1_3)
            CHECK(gnutls_session_key_update(p->client.s->gnutls, 0) == 0);
        else
            CHECK(gnutls_alert_send(p->client.s->gnutls, GNUTLS_AL_WARNING, GNUTLS_A_USER_CANCELED) == 0);
        CHECK_STATUS(transport_take(p->client.s, &out), ST_OK);
        end_put(&p->server, blob_view(&out));
        CHECK_STATUS(end_decrypt(&p->server, &consumed, &size), ST_OK);
        CHECK(consumed == out.size && size == 0);
        CHECK_BYTES(bytes_of(p->server.inbox, consumed), blob_view(&out));
        end_drop(&p->server, consumed);
        blob_free(&out);
        say(&p->client, &p->server, 20);
        say(&p->server, &p->client, 20);
    }
    pair_free(p);
}

/* RFC 8446 5.4: zeros behind the type; as GnuTLS makes them. */
static void test_padding(size_t kind)
{
    struct pair *p = open_kind(kind);
    size_t consumed, size;
    struct blob out = {0};
    for (size_t pad = 1; pad < 200; pad += 40) {
        transport_to_message(p->server.s);
        CHECK(gnutls_record_send2(p->server.s->gnutls, pattern, 30, pad, 0) == 30);
        CHECK_STATUS(transport_take(p->server.s, &out), ST_OK);
        CHECK(out.size == 5 + 30 + 1 + pad + 16);
        end_put(&p->client, blob_view(&out));
        blob_free(&out);
        CHECK_STATUS(end_decrypt(&p->client, &consumed, &size), ST_OK);
        CHECK(pad == 1 || p->client.s->reads.aead != NULL);
        CHECK_BYTES(bytes_of(p->client.inbox, size), bytes_of(pattern, 30));
        end_drop(&p->client, consumed);
    }
    pair_free(p);
}

/* The text at every place inside the record's own memory, before and behind where it is in the record. */
static void test_places(size_t kind)
{
    struct pair *p = open_kind(kind);
    for (size_t shift = 0; shift < 40; shift += 3) {
        uint8_t memory[200];
        size_t size, consumed, missing, got;
        memcpy(memory + shift, pattern, 50);
        CHECK_STATUS(tls_encrypt(p->client.s, bytes_of(memory + shift, 50), memory, 150, &size), ST_OK);
        uint8_t *out = memory + (shift < 16 ? shift : 16);
        CHECK_STATUS(tls_decrypt(p->server.s, bytes_of(memory, size), out,
                             (size_t)(memory + sizeof memory - out), &consumed, &missing, &got),
                ST_OK);
        CHECK(consumed == size);
        CHECK_BYTES(bytes_of(out, got), bytes_of(pattern, 50));
    }
    pair_free(p);
}

int main(void)
{
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (uint8_t)(i * 5 + i / 251);
    for (size_t i = 0; i < KINDS; i++) {
        test_against_gnutls(i);
        test_numbers(i);
        test_guard(i);
        test_forged(i, true);
        test_forged(i, false);
        test_forged_header(i);
        test_last_number(i);
        test_too_much(i);
        test_other_content(i);
        test_places(i);
        if (kinds[i].version == TLS_V1_3)
            test_padding(i);
    }
    return unit_end("tls_protect");
}
