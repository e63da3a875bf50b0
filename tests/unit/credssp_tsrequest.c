/* libs/credssp/tsrequest: pyspnego's messages decoded and written again; malformed ones refused. */
#include "credssp/tsrequest.h"

#include "credssp_vectors.h"
#include "unit.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static uint8_t space[8][4096];

static struct bytes unhex(int i, const char *hex)
{
    return unit_unhex(hex, space[i], sizeof space[i]);
}

/* A copy of exactly its size, so that ASan sees a read behind it. */
static struct blob copy_of(struct bytes v)
{
    struct blob b = {0};
    if (blob_set(&b, v) != ST_OK)
        abort();
    return b;
}

static void check_recorded(const struct recorded_request *r)
{
    struct tsrequest t = {0};
    struct blob again = {0};
    struct bytes encoded = unhex(0, r->encoded);
    size_t size = 0;
    CHECK_STATUS(tsrequest_size(encoded, &size), ST_OK);
    CHECK(size == encoded.size);
    CHECK_STATUS(tsrequest_decode(encoded, &t), ST_OK);
    CHECK(t.version == r->version);
    CHECK(t.error_code == 0);
    CHECK_BYTES(t.nego_token, unhex(1, r->nego_token));
    CHECK_BYTES(t.auth_info, unhex(1, r->auth_info));
    CHECK_BYTES(t.pub_key_auth, unhex(1, r->pub_key_auth));
    CHECK_BYTES(t.client_nonce, unhex(1, r->client_nonce));
    CHECK_STATUS(tsrequest_encode(&t, &again), ST_OK);
    CHECK_BYTES(blob_view(&again), encoded);
    blob_free(&again);
}

static void check_truncations(struct bytes encoded)
{
    for (size_t n = 0; n < encoded.size; n++) {
        struct blob cut = copy_of(bytes_of(encoded.data, n));
        struct tsrequest t = {.version = 77};
        size_t size = 0;
        CHECK_STATUS(tsrequest_decode(blob_view(&cut), &t), ST_BAD_TOKEN);
        CHECK(t.version == 77);
        enum status s = tsrequest_size(blob_view(&cut), &size);
        CHECK(s == ST_INCOMPLETE ? n < 6 : s == ST_OK && size == encoded.size);
        blob_free(&cut);
    }
}

static unsigned sum(struct bytes v)
{
    unsigned n = 0;
    for (size_t i = 0; i < v.size; i++)
        n += v.data[i];
    return n;
}

/* Reads all that was decoded: ASan sees a view outside of the message. */
static void check_flips(struct bytes encoded)
{
    for (size_t bit = 0; bit < 8 * encoded.size; bit++) {
        struct blob bad = copy_of(encoded);
        struct tsrequest t = {0};
        size_t size = 0;
        bad.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        enum status s = tsrequest_decode(blob_view(&bad), &t);
        CHECK(s == ST_OK || s == ST_BAD_TOKEN);
        CHECK(sum(t.nego_token) + sum(t.auth_info) + sum(t.pub_key_auth) + sum(t.client_nonce) <
                ~0u);
        CHECK(t.client_nonce.size == 0 || t.client_nonce.size == TSREQUEST_NONCE_SIZE);
        if (s == ST_OK) {
            CHECK_STATUS(tsrequest_size(blob_view(&bad), &size), ST_OK);
            CHECK(size == encoded.size);
        }
        blob_free(&bad);
    }
}

static void test_recorded(void)
{
    for (size_t i = 0; i < COUNT(spnego_requests); i++)
        check_recorded(&spnego_requests[i]);
    for (size_t i = 0; i < COUNT(ntlm_requests); i++)
        check_recorded(&ntlm_requests[i]);
}

static void test_damaged(void)
{
    static const char *const messages[] = {spnego_requests[0].encoded, spnego_requests[1].encoded,
            spnego_requests[2].encoded, spnego_requests[3].encoded, spnego_requests[4].encoded,
            ntlm_requests[2].encoded, error_code_signed, error_code_unsigned};
    for (size_t i = 0; i < COUNT(messages); i++) {
        check_truncations(unhex(0, messages[i]));
        check_flips(unhex(0, messages[i]));
    }
}

static void test_error_code(void)
{
    struct tsrequest t = {0};
    struct blob out = {0};
    CHECK_STATUS(tsrequest_decode(unhex(0, error_code_unsigned), &t), ST_OK);
    CHECK(t.error_code == 0xC000006D && t.version == 6);
    t.error_code = 0;
    CHECK_STATUS(tsrequest_decode(unhex(0, error_code_signed), &t), ST_OK);
    CHECK(t.error_code == 0xC000006D && t.version == 6);
    CHECK_STATUS(tsrequest_encode(&t, &out), ST_OK);
    CHECK_BYTES(blob_view(&out), unhex(0, error_code_signed));
    /* A code that is no failure is positive. */
    t.error_code = 0x103;
    CHECK_STATUS(tsrequest_encode(&t, &out), ST_OK);
    CHECK_BYTES(blob_view(&out), unhex(0, "300ba003020106a40402020103"));
    CHECK_STATUS(tsrequest_decode(blob_view(&out), &t), ST_OK);
    CHECK(t.error_code == 0x103);
    blob_free(&out);
}

/* Present but empty is the same as absent; lengths need not be minimal. */
static void test_tolerated(void)
{
    static const char *const messages[] = {
            "3005a003020106",                      /* version alone */
            "3009a003020106a1023000",              /* negoTokens: no element */
            "300fa003020106a108300630 04a0020400", /* an empty negoToken */
            "3009a003020106a2020400",              /* an empty authInfo */
            "3009a003020106a3020400",              /* an empty pubKeyAuth */
            "300aa003020106a403020100",            /* errorCode STATUS_SUCCESS */
            "308105a003020106",                    /* long form of a short length */
            "30840000000aa0840000000402020006",    /* and of another; leading zero of an INTEGER */
    };
    for (size_t i = 0; i < COUNT(messages); i++) {
        struct tsrequest t = {.version = 77};
        struct bytes in = unhex(0, messages[i]);
        size_t size = 0;
        CHECK_STATUS(tsrequest_decode(in, &t), ST_OK);
        CHECK(t.version == 6 && !t.nego_token.size && !t.auth_info.size && !t.pub_key_auth.size &&
                !t.error_code && !t.client_nonce.size);
        CHECK_STATUS(tsrequest_size(in, &size), ST_OK);
        CHECK(size == in.size);
    }
}

static void test_refused(void)
{
    static const char *const messages[] = {
            "", "3000",                           /* no version */
            "3007a1053003300100",                 /* no version, a token */
            "3103a003020106",                     /* not a SEQUENCE */
            "3005a003020106 00",                  /* trailing byte outside */
            "3006a003020106 00",                  /* and inside */
            "3006a00402010600",                   /* and inside of a field */
            "3005a0030201ff",                     /* version -1 */
            "3009a0070205ffffffffff",             /* version of five octets */
            "3005a003040106",                     /* version not an INTEGER */
            "300aa003020106a003020106",           /* version twice */
            "300fa003020106a303040141a203040142", /* fields out of order */
            "300fa003020106a303040141a303040142", /* pubKeyAuth twice */
            "300aa003020106a203020142",           /* authInfo not an OCTET STRING */
            "3017a003020106a110300e3005a003040141 3005a003040142", /* two tokens */
            "3011a003020106a109 30073005a003040141",               /* outer length too large */
            "300aa003020106a603040141",                            /* a field that no version has */
            "300aa003020106a403040141",                            /* errorCode not an INTEGER */
            "300da003020106a4060204",                              /* truncated errorCode */
            "300ea003020106a407020501c000006d", /* errorCode of more than 32 bits */
            "3009a003020106a5020400",           /* nonce of 0 bytes */
            "3084ffffffffa003020106",           /* a length of 4 GiB */
            "308500000000 05a003020106",        /* length of five octets */
            "3080a0030201060000",               /* indefinite length */
    };
    for (size_t i = 0; i < COUNT(messages); i++) {
        struct blob in = copy_of(unhex(0, messages[i]));
        struct tsrequest t = {.version = 77};
        enum status s = tsrequest_decode(blob_view(&in), &t);
        if (s != ST_BAD_TOKEN)
            printf("message %zu\n", i);
        CHECK_STATUS(s, ST_BAD_TOKEN);
        CHECK(t.version == 77);
        blob_free(&in);
    }
}

/* 32 bytes and nothing else. */
static void test_nonce(void)
{
    for (uint8_t n = 28; n <= 36; n++) {
        uint8_t m[64] = {0x30, (uint8_t)(n + 9), 0xA0, 3, 2, 1, 6, 0xA5, (uint8_t)(n + 2), 4, n};
        struct tsrequest t = {0};
        memset(m + 11, 0x42, n);
        CHECK_STATUS(tsrequest_decode(bytes_of(m, 11u + n), &t), n == 32 ? ST_OK : ST_BAD_TOKEN);
        CHECK(t.client_nonce.size == (n == 32 ? 32 : 0));
    }
}

static void check_size(const char *hex, enum status want, size_t want_size)
{
    size_t size = 0;
    struct blob in = copy_of(unhex(0, hex));
    CHECK_STATUS(tsrequest_size(blob_view(&in), &size), want);
    CHECK(size == want_size);
    blob_free(&in);
}

/* The size is known, and refused, from the header alone. */
static void test_size(void)
{
    check_size("", ST_INCOMPLETE, 0);
    check_size("30", ST_INCOMPLETE, 0);
    check_size("3000", ST_OK, 2);
    check_size("307f", ST_OK, 129);
    check_size("3081", ST_INCOMPLETE, 0);
    check_size("3081ff", ST_OK, 258);
    check_size("308201", ST_INCOMPLETE, 0);
    check_size("3082fffc", ST_OK, 65536);
    check_size("3082fffd", ST_BAD_TOKEN, 0);
    check_size("308300fffb", ST_OK, 65536);
    check_size("308300fffc", ST_BAD_TOKEN, 0);
    check_size("308400000005", ST_OK, 11);
    check_size("3084ffffffff", ST_BAD_TOKEN, 0);
    check_size("3080", ST_BAD_TOKEN, 0);
    check_size("3085", ST_BAD_TOKEN, 0);
    check_size("30ff", ST_BAD_TOKEN, 0);
    check_size("31", ST_BAD_TOKEN, 0);
    check_size("1603", ST_BAD_TOKEN, 0);
}

static void test_no_memory(void)
{
    struct tsrequest t = {0};
    long n;
    CHECK_STATUS(tsrequest_decode(unhex(0, spnego_requests[2].encoded), &t), ST_OK);
    for (n = 0; n < 100; n++) {
        struct blob out = {0};
        mem_fail_after(n);
        enum status s = tsrequest_encode(&t, &out);
        bool all = mem_fail_after(-1) >= 0;
        CHECK_STATUS(s, all ? ST_OK : ST_NO_MEMORY);
        CHECK(all || !out.data);
        blob_free(&out);
        if (all)
            break;
    }
    CHECK(n > 0 && n < 100);
}

int main(void)
{
    test_recorded();
    test_damaged();
    test_error_code();
    test_tolerated();
    test_refused();
    test_nonce();
    test_size();
    test_no_memory();
    return unit_end("credssp_tsrequest");
}
