/* libs/credssp/tscredentials: pyspnego's credentials decoded and written again; malformed ones
 * refused. */
#include "credssp/tscredentials.h"

#include "credssp_fake.h"
#include "credssp_vectors.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static uint8_t space[2][4096];

static struct bytes unhex(int i, const char *hex)
{
    return unit_unhex(hex, space[i], sizeof space[i]);
}

static void test_password(void)
{
    struct credssp_credentials got = {0};
    struct blob out = {0};
    CHECK_STATUS(tscredentials_decode(unhex(0, credentials_password), &got), ST_OK);
    CHECK(got.type == CREDSSP_CRED_PASSWORD);
    CHECK_BYTES(blob_view(&got.domain), FAKE_DOMAIN);
    CHECK_BYTES(blob_view(&got.user), FAKE_USER);
    CHECK_BYTES(blob_view(&got.password), FAKE_PASSWORD);
    CHECK(!got.raw.size);
    CHECK_STATUS(tscredentials_encode_password(FAKE_DOMAIN, FAKE_USER, FAKE_PASSWORD, &out), ST_OK);
    CHECK_BYTES(blob_view(&out), unhex(0, credentials_password));
    credssp_credentials_free(&got);
    CHECK(!got.password.data);
    blob_free(&out);
}

static void test_empty(void)
{
    struct credssp_credentials got = {0};
    struct blob out = {0};
    struct bytes none = {0};
    CHECK_STATUS(tscredentials_decode(unhex(0, credentials_empty), &got), ST_OK);
    CHECK(got.type == CREDSSP_CRED_EMPTY);
    CHECK(!got.domain.size && !got.user.size && !got.password.size && !got.raw.size);
    credssp_credentials_free(&got);
    CHECK_STATUS(tscredentials_encode_password(none, none, none, &out), ST_OK);
    CHECK_BYTES(blob_view(&out), unhex(0, credentials_empty));
    blob_free(&out);
}

/* A user without a password is a password credential: only all three empty is no delegation. */
static void test_blank_password(void)
{
    struct credssp_credentials got = {0};
    struct blob out = {0};
    struct bytes none = {0};
    CHECK_STATUS(tscredentials_encode_password(none, FAKE_USER, none, &out), ST_OK);
    CHECK_STATUS(tscredentials_decode(blob_view(&out), &got), ST_OK);
    CHECK(got.type == CREDSSP_CRED_PASSWORD);
    CHECK_BYTES(blob_view(&got.user), FAKE_USER);
    credssp_credentials_free(&got);
    blob_free(&out);
}

static void check_raw(const char *encoded, const char *raw, enum credssp_cred_type type)
{
    struct credssp_credentials got = {0};
    CHECK_STATUS(tscredentials_decode(unhex(0, encoded), &got), ST_OK);
    CHECK(got.type == type);
    CHECK_BYTES(blob_view(&got.raw), unhex(1, raw));
    CHECK(!got.domain.size && !got.user.size && !got.password.size);
    credssp_credentials_free(&got);
}

static void test_other_types(void)
{
    check_raw(credentials_smartcard, credentials_smartcard_raw, CREDSSP_CRED_SMARTCARD);
    check_raw(credentials_remote_guard, credentials_remote_guard_raw, CREDSSP_CRED_REMOTE_GUARD);
}

static void check_refused(const char *hex, enum status want)
{
    struct credssp_credentials got = {0};
    struct blob in = {0};
    CHECK_STATUS(blob_set(&in, unhex(0, hex)), ST_OK);
    CHECK_STATUS(tscredentials_decode(blob_view(&in), &got), want);
    CHECK(!got.domain.data && !got.user.data && !got.password.data && !got.raw.data);
    blob_free(&in);
}

static void test_refused(void)
{
    check_refused("", ST_BAD_TOKEN);
    check_refused("3017a003020103a110040e300ca0020400a1020400a2020400", ST_PEER_UNSUPPORTED);
    check_refused("3017a003020100a110040e300ca0020400a1020400a2020400", ST_PEER_UNSUPPORTED);
    check_refused("3017a0030201ffa110040e300ca0020400a1020400a2020400", ST_BAD_TOKEN);
    /* trailing: outside, in TSCredentials, behind and in TSPasswordCreds */
    check_refused("3017a003020101a110040e300ca0020400a1020400a202040000", ST_BAD_TOKEN);
    check_refused("3018a003020101a110040e300ca0020400a1020400a202040000", ST_BAD_TOKEN);
    check_refused("3018a003020101a111040f300ca0020400a1020400a202040000", ST_BAD_TOKEN);
    check_refused("3018a003020101a111040f300da0020400a1020400a202040000", ST_BAD_TOKEN);
    /* no password, no userName, odd sizes */
    check_refused("3013a003020101a10c040a3008a0020400a1020400", ST_BAD_TOKEN);
    check_refused("3013a003020101a10c040a3008a0020400a2020400", ST_BAD_TOKEN);
    check_refused("3018a003020101a111040f300da003040141a1020400a2020400", ST_BAD_TOKEN);
    check_refused("3018a003020101a111040f300da0020400a103040141a2020400", ST_BAD_TOKEN);
    check_refused("3018a003020101a111040f300da0020400a1020400a203040141", ST_BAD_TOKEN);
}

static void check_damage(const char *hex)
{
    struct bytes good = unhex(0, hex);
    for (size_t n = 0; n < good.size; n++) {
        struct blob cut = {0};
        struct credssp_credentials got = {0};
        CHECK_STATUS(blob_set(&cut, bytes_of(good.data, n)), ST_OK);
        CHECK_STATUS(tscredentials_decode(blob_view(&cut), &got), ST_BAD_TOKEN);
        blob_free(&cut);
    }
    for (size_t bit = 0; bit < 8 * good.size; bit++) {
        struct blob bad = {0};
        struct credssp_credentials got = {0};
        CHECK_STATUS(blob_set(&bad, good), ST_OK);
        bad.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        enum status s = tscredentials_decode(blob_view(&bad), &got);
        CHECK(s == ST_OK || s == ST_BAD_TOKEN || s == ST_PEER_UNSUPPORTED);
        credssp_credentials_free(&got);
        blob_free(&bad);
    }
}

static void test_no_memory(void)
{
    long n;
    for (n = 0; n < 100; n++) {
        struct blob out = {0};
        struct credssp_credentials got = {0};
        mem_fail_after(n);
        enum status s = tscredentials_encode_password(FAKE_DOMAIN, FAKE_USER, FAKE_PASSWORD, &out);
        if (s == ST_OK)
            s = tscredentials_decode(blob_view(&out), &got);
        bool all = mem_fail_after(-1) >= 0;
        CHECK_STATUS(s, all ? ST_OK : ST_NO_MEMORY);
        CHECK(all || (!got.domain.data && !got.user.data && !got.password.data));
        credssp_credentials_free(&got);
        blob_free(&out);
        if (all)
            break;
    }
    CHECK(n >= 4 && n < 100);
}

int main(void)
{
    test_password();
    test_empty();
    test_blank_password();
    test_other_types();
    test_refused();
    check_damage(credentials_password);
    check_damage(credentials_smartcard);
    test_no_memory();
    return unit_end("credssp_tscredentials");
}
