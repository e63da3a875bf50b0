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

/* pyspnego's: PIN 1234, keySpec 1, card "card", and nothing more. */
static void test_smartcard(void)
{
    struct credssp_credentials got = {0};
    struct blob out = {0};
    CHECK_STATUS(tscredentials_decode(unhex(0, credentials_smartcard), &got), ST_OK);
    CHECK(got.type == CREDSSP_CRED_SMARTCARD && got.key_spec == 1);
    CHECK_BYTES(blob_view(&got.password), unhex(1, "3100320033003400"));
    CHECK_BYTES(blob_view(&got.card), unhex(1, "6300610072006400"));
    CHECK(!got.reader.size && !got.container.size && !got.csp.size);
    CHECK(!got.user.size && !got.domain.size && !got.raw.size);
    CHECK_STATUS(tscredentials_encode_smartcard(&got, &out), ST_OK);
    CHECK_BYTES(blob_view(&out), unhex(1, credentials_smartcard));
    credssp_credentials_free(&got);
    CHECK(!got.password.data && !got.card.data);
    CHECK_STATUS(tscredentials_encode_smartcard(&got, &out), ST_BAD_ARGUMENT);
    blob_free(&out);
}

/* Every field, each another text, and what comes out is what went in. */
static void test_smartcard_full(void)
{
    struct credssp_credentials in = {.type = CREDSSP_CRED_SMARTCARD, .key_spec = 2}, got = {0};
    struct blob *texts[] = {&in.password, &in.card, &in.reader, &in.container, &in.csp, &in.user,
            &in.domain};
    struct blob out = {0};
    for (size_t i = 0; i < COUNT(texts); i++) {
        uint8_t text[2] = {(uint8_t)('a' + i), 0};
        CHECK_STATUS(blob_set(texts[i], bytes_of(text, 2)), ST_OK);
    }
    CHECK_STATUS(tscredentials_encode_smartcard(&in, &out), ST_OK);
    CHECK_STATUS(tscredentials_decode(blob_view(&out), &got), ST_OK);
    CHECK(got.type == CREDSSP_CRED_SMARTCARD && got.key_spec == 2 && !got.raw.size);
    CHECK_BYTES(blob_view(&got.password), unhex(0, "6100"));
    CHECK_BYTES(blob_view(&got.card), unhex(0, "6200"));
    CHECK_BYTES(blob_view(&got.reader), unhex(0, "6300"));
    CHECK_BYTES(blob_view(&got.container), unhex(0, "6400"));
    CHECK_BYTES(blob_view(&got.csp), unhex(0, "6500"));
    CHECK_BYTES(blob_view(&got.user), unhex(0, "6600"));
    CHECK_BYTES(blob_view(&got.domain), unhex(0, "6700"));
    credssp_credentials_free(&in);
    credssp_credentials_free(&got);
    blob_free(&out);
}

static void test_remote_guard(void)
{
    struct credssp_credentials got = {0};
    struct blob out = {0};
    CHECK_STATUS(tscredentials_decode(unhex(0, credentials_remote_guard), &got), ST_OK);
    CHECK(got.type == CREDSSP_CRED_REMOTE_GUARD);
    CHECK_BYTES(blob_view(&got.raw), unhex(1, credentials_remote_guard_raw));
    CHECK(!got.domain.size && !got.user.size && !got.password.size);
    credssp_credentials_free(&got);

    /* two packages more; a list that is there and empty is one as well */
    struct tscredentials_package logon = {unhex(0, "4b00"), bytes_of("ticket", 6)};
    struct tscredentials_package others[] = {
            {unhex(1, "4e00"), bytes_of("hash", 4)}, {unhex(1, "4e00"), bytes_of(NULL, 0)}};
    CHECK_STATUS(tscredentials_encode_remote_guard(&logon, others, 2, &out), ST_OK);
    CHECK_STATUS(tscredentials_decode(blob_view(&out), &got), ST_OK);
    CHECK(got.type == CREDSSP_CRED_REMOTE_GUARD && got.raw.size > 30);
    credssp_credentials_free(&got);
    blob_free(&out);
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
    check_refused("3019a003020102a1120410300ea003040131a1073005a003020101", ST_BAD_TOKEN); /* an odd PIN */
    check_refused("3011a003020102a10a04083006a00404023100", ST_BAD_TOKEN); /* no cspData */
    check_refused("3015a003020102a10e040c300aa00404023100a1023000", ST_BAD_TOKEN); /* no keySpec */
    check_refused("3026a003020102a11f041d301ba00404023100a1133011a003020101a20404027200a10404026300", ST_BAD_TOKEN); /* cardName behind readerName */
    check_refused("3026a003020102a11f041d301ba00404023100a1133011a003020101a10404026300a10404026300", ST_BAD_TOKEN); /* a name twice */
    check_refused("3026a003020102a11f041d301ba00404023100a1073005a003020101a30404026400a20404027500", ST_BAD_TOKEN); /* domainHint before userHint */
    check_refused("300ba003020106a10404023000", ST_BAD_TOKEN); /* guard: nothing in it */
    check_refused("3018a003020106a111040f300da00b3009a0020400a103040178", ST_BAD_TOKEN); /* guard: a package without a name */
    check_refused("3015a003020106a10e040c300aa0083006a00404024b00", ST_BAD_TOKEN); /* guard: one without a buffer */
    check_refused("3020a003020106a11904173015a00d300ba00404024b00a103040178a10430023100", ST_BAD_TOKEN); /* guard: a second that is none */
    check_refused("301ea003020106a11704153013a00d300ba00404024b00a103040178a2020400", ST_BAD_TOKEN); /* guard: more behind it */
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
    test_smartcard();
    test_smartcard_full();
    test_remote_guard();
    test_refused();
    check_damage(credentials_password);
    check_damage(credentials_smartcard);
    check_damage(credentials_remote_guard);
    test_no_memory();
    return unit_end("credssp_tscredentials");
}
