/* libs/tls/crl.c: what a list says of a certificate, RFC 5280 5 and 6.3.3. The lists are OpenSSL's, made once
 * (tls_crl_made.h); the time is theirs. */
#include "tls/tls.h"
#include "tls_crl_made.h"
#include "unit.h"

enum { ROOM = 4096 };

static struct made {
    uint8_t room[3][ROOM];
    struct bytes list, certificate, issuer;
} made;

static void make(const struct crl_row *row)
{
    made.list = unit_unhex(row->list, made.room[0], ROOM);
    made.certificate = unit_unhex(row->certificate, made.room[1], ROOM);
    made.issuer = unit_unhex(row->issuer, made.room[2], ROOM);
}

static enum tls_revocation answer(struct bytes list, int64_t now)
{
    return tls_crl_answer(list, made.certificate, made.issuer, now);
}

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof crl_rows / sizeof *crl_rows; i++) {
        make(&crl_rows[i]);
        enum tls_revocation got = answer(made.list, CRL_NOW);
        CHECK(got == crl_rows[i].answer);
        if (got != crl_rows[i].answer)
            printf("    %s: %d\n", crl_rows[i].name, got);
    }
}

/* The first row is good from a day before CRL_NOW to ten days after it; five minutes are for clocks. */
static void test_time(void)
{
    enum { DAY = 86400, SLACK = 300 };
    make(&crl_rows[0]);
    CHECK(answer(made.list, CRL_NOW - DAY) == TLS_REVOCATION_GOOD);
    CHECK(answer(made.list, CRL_NOW - DAY - SLACK - 1) == TLS_REVOCATION_UNKNOWN);
    CHECK(answer(made.list, CRL_NOW + 10 * DAY + SLACK) == TLS_REVOCATION_GOOD);
    CHECK(answer(made.list, CRL_NOW + 10 * DAY + SLACK + 1) == TLS_REVOCATION_UNKNOWN);
}

/* Whatever is cut off or changed, the signature is over it: a list never turns into another. */
static void test_damaged(void)
{
    make(&crl_rows[1]);
    CHECK(answer(made.list, CRL_NOW) == TLS_REVOCATION_REVOKED);
    for (size_t n = 0; n < made.list.size; n++)
        CHECK(answer(bytes_of(made.list.data, n), CRL_NOW) == TLS_REVOCATION_UNKNOWN);
    for (size_t n = 0; n < made.list.size; n++)
        for (unsigned bit = 0; bit < 8; bit += 5) {
            made.room[0][n] ^= (uint8_t)(1 << bit);
            CHECK(answer(made.list, CRL_NOW) != TLS_REVOCATION_GOOD);
            made.room[0][n] ^= (uint8_t)(1 << bit);
        }
    CHECK(answer(made.certificate, CRL_NOW) == TLS_REVOCATION_UNKNOWN);
    made.certificate = made.list;
    CHECK(answer(made.list, CRL_NOW) == TLS_REVOCATION_UNKNOWN);
}

int main(void)
{
    test_rows();
    test_time();
    test_damaged();
    return unit_end("tls_crl");
}
