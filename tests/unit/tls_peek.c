/* libs/tls/peek.c: what a client keeps of a handshake message that comes in many records, before GnuTLS has it. */
#include "tls/internal.h"
#include "tls_pair.h"

enum { RECORDS = 8000, PIECE = 15, MESSAGE = 4 + RECORDS * PIECE };

static enum status feed(struct tls_session *s, const uint8_t *text, size_t size)
{
    uint8_t record[RECORD_HEADER + PIECE] = {TYPE_HANDSHAKE, 3, 3, 0, (uint8_t)size};
    memcpy(record + RECORD_HEADER, text, size);
    return peek_record(s, bytes_of(record, RECORD_HEADER + size));
}

static struct tls_session *session(struct pair *p, tls_choose choose, void *self)
{
    tls_session_set_choose(p->client.s, choose, self);
    session_enter(p->client.s, STATE_HANDSHAKE);
    return p->client.s;
}

static enum status choose(
        void *self, const struct bytes *issuers, size_t count, struct tls_config **config)
{
    int *asked = self;
    (void)issuers, (void)count, (void)config;
    return (*asked)++ ? ST_OK : ST_NEED_CERTIFICATE;
}

/* A Certificate of 120,000 bytes in 8,000 records: kept whole, and no record makes what was kept before be copied
 * again (each copy is an allocation). */
static void test_long(void)
{
    static uint8_t text[MESSAGE] = {11, 0, (MESSAGE - 4) >> 8 & 255, (MESSAGE - 4) & 255};
    int asked = 0;
    struct pair *p = pair_new(TLS_V1_2, TLS_V1_2, PAIR_RSA);
    struct tls_session *s = session(p, choose, &asked);
    enum status status = ST_OK;
    text[1] = (MESSAGE - 4) >> 16;
    mem_fail_after(40);
    for (size_t at = 0; at + PIECE < MESSAGE && !status; at += PIECE) {
        status = feed(s, text + at, PIECE);
        if (writer_at(&s->peeked) != at + PIECE)
            status = ST_INTERNAL;
    }
    CHECK_STATUS(status, ST_OK);
    CHECK(mem_fail_after(-1) >= 0);
    CHECK_BYTES(blob_view(&s->peeked.out), bytes_of(text, MESSAGE - 4));
    CHECK_STATUS(feed(s, text + MESSAGE - 4, 4), ST_OK);
    CHECK(writer_at(&s->peeked) == 0 && !asked);
    pair_free(p);
}

/* ServerHello (TLS 1.2), then a CertificateRequest in two records: the second is in vain at first, is not kept,
 * and comes again. RFC 5246 7.4.1.3, 7.4.4. */
static void test_again(void)
{
    static const uint8_t hello[] = {2, 0, 0, 38, 3, 3, [38] = 0, 0xc0, 0x2f, 0},
                         request[] = {13, 0, 0, 8, 1, 1, 0, 2, 4, 3, 0, 0};
    int asked = 0;
    struct pair *p = pair_new(TLS_V1_2, TLS_V1_2, PAIR_RSA);
    struct tls_session *s = session(p, choose, &asked);
    for (size_t at = 0; at < sizeof hello; at += 14)
        CHECK_STATUS(feed(s, hello + at, 14), ST_OK);
    CHECK_STATUS(feed(s, request, 7), ST_OK);
    CHECK(!asked);
    CHECK_STATUS(feed(s, request + 7, 5), ST_NEED_CERTIFICATE);
    CHECK_BYTES(blob_view(&s->peeked.out), bytes_of(request, 7));
    CHECK_STATUS(feed(s, request + 7, 5), ST_OK);
    CHECK(asked == 2 && s->peek_over && writer_at(&s->peeked) == 0);
    pair_free(p);
}

int main(void)
{
    test_long();
    test_again();
    return unit_end("tls_peek");
}
