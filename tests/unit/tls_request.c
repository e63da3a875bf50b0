/* libs/tls/request: CertificateRequest, RFC 4346 7.4.4, RFC 5246 7.4.4, RFC 8446 4.3.2. */
#include "tls/internal.h"
#include "unit.h"

/* CN=interop root */
#define ROOT "3017311530130603550403 0c0c696e7465726f7020726f6f74"

static const struct row {
    gnutls_protocol_t version;
    const char *hex, *names[2];
} rows[] = {
        {GNUTLS_TLS1_2, "03014002 0004 04030804 0000", {NULL}},
        {GNUTLS_TLS1_2, "0201 40 0004 04030804 001b 0019" ROOT, {ROOT}},
        {GNUTLS_TLS1_2, "0201 40 0004 04030804 001f 0019" ROOT "0002 3000", {ROOT, "3000"}},
        {GNUTLS_TLS1_1, "0201 40 001b 0019" ROOT, {ROOT}},
        {GNUTLS_TLS1_0, "0201 40 0000", {NULL}},
        {GNUTLS_TLS1_3, "00 0008 000d 0004 0002 0403", {NULL}},
        {GNUTLS_TLS1_3, "00 0029 000d 0004 0002 0403 002f 001d 001b 0019" ROOT, {ROOT}},
        {GNUTLS_TLS1_3, "02aabb 0027 002f 0023 0021 0019" ROOT "0004 30020500", {ROOT, "30020500"}},
};

static void test_good(void)
{
    static struct request q;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t message[256], name[64];
        size_t expected = 0;
        memset(&q, 0, sizeof q);
        CHECK(request_read(
                rows[i].version, unit_unhex(rows[i].hex, message, sizeof message), &q));
        for (; expected < 2 && rows[i].names[expected]; expected++)
            if (expected < q.count)
                CHECK_BYTES(q.issuers[expected],
                        unit_unhex(rows[i].names[expected], name, sizeof name));
        CHECK(q.count == expected);
    }
}

/* Every shortened message of those is refused: each ends with what a size before it covers. */
static void test_truncated(void)
{
    static struct request q;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t message[256];
        size_t size = unit_unhex(rows[i].hex, message, sizeof message).size;
        for (size_t n = 0; n < size; n++) {
            uint8_t *copy = malloc(n ? n : 1);
            if (!copy)
                abort();
            memcpy(copy, message, n);
            memset(&q, 0, sizeof q);
            CHECK(!request_read(rows[i].version, bytes_of(copy, n), &q));
            free(copy);
        }
    }
}

/* More names than there is room for: the first ones. */
static void test_many(void)
{
    enum { NAMES = REQUEST_ISSUERS_MAX + 9 };
    static struct request q;
    static uint8_t message[1 + 2 + 4 * NAMES];
    size_t size = 4 * NAMES;
    message[1] = (uint8_t)(size >> 8);
    message[2] = (uint8_t)size;
    for (size_t i = 0; i < NAMES; i++)
        memcpy(message + 3 + 4 * i, "\0\2\x30\0", 4);
    memset(&q, 0, sizeof q);
    CHECK(request_read(GNUTLS_TLS1_0, bytes_of(message, sizeof message), &q));
    CHECK(q.count == REQUEST_ISSUERS_MAX);
}

int main(void)
{
    test_good();
    test_truncated();
    test_many();
    return unit_end("tls_request");
}
