/* libs/tls/cache: the conditions of "InitializeSecurityContext (CredSSP)", pszTargetName, one by
 * one; ends, limits and memory. (That the process is the same: tests/interop/openssl.) */
#include "tls/cache.h"
#include "unit.h"

static const int credential_a, credential_b;
enum { HOUR = 3600000, MOST = 8 };

static struct tls_cache_key key_of(const char *name)
{
    struct tls_cache_key key = {&credential_a, 7, 1, bytes_of(name, strlen(name))};
    return key;
}

static struct tls_cache *cache_new(void)
{
    struct tls_cache *c = NULL;
    CHECK_STATUS(tls_cache_new(MOST, &c), ST_OK);
    return c;
}

static void put(struct tls_cache *c, struct tls_cache_key key, const char *state, bool once)
{
    CHECK_STATUS(tls_cache_put(c, &key, bytes_of(state, strlen(state)), once, HOUR, 0), ST_OK);
}

static void expect(struct tls_cache *c, struct tls_cache_key key, uint64_t now, const char *state)
{
    struct blob got = {0};
    uint64_t expires = 0;
    CHECK_STATUS(tls_cache_take(c, &key, now, &got, &expires), ST_OK);
    CHECK_BYTES(blob_view(&got), bytes_of(state, strlen(state)));
    CHECK(!got.size || expires == HOUR);
    blob_free(&got);
}

static void test_conditions(void)
{
    struct tls_cache *c = cache_new();
    struct tls_cache_key other = key_of("server");
    put(c, key_of("server"), "one", false);
    expect(c, key_of("server"), 1, "one");
    expect(c, key_of("server"), 1, "one"); /* as often as wanted */

    expect(c, key_of("serve"), 1, ""); /* the target name */
    expect(c, key_of("server2"), 1, "");
    expect(c, key_of("Server"), 1, "");
    other.owner = &credential_b; /* the credential */
    expect(c, other, 1, "");
    other = key_of("server");
    other.logon = 8; /* the logon session */
    expect(c, other, 1, "");
    other = key_of("server");
    other.kind = 2;
    expect(c, other, 1, "");
    expect(c, key_of("server"), HOUR - 1, "one"); /* expired? */
    expect(c, key_of("server"), HOUR, "");
    tls_cache_free(c);
}

/* More entries than any table has rows, so that entries of many names share one: each is still only its own, by its name and by
 * its kind (sessions of servers are named by their clients). */
static void test_many(bool kinds)
{
    enum { MANY = 5000 };
    struct tls_cache *c = NULL;
    CHECK_STATUS(tls_cache_new(MANY, &c), ST_OK);
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned i = 0; i < MANY; i++) {
            char name[16], state[16];
            snprintf(name, sizeof name, kinds ? "server" : "server%u", i);
            snprintf(state, sizeof state, "state %u", i);
            struct tls_cache_key key = key_of(name);
            key.kind = kinds ? i : 1;
            if (pass)
                expect(c, key, 1, state);
            else
                put(c, key, state, false);
        }
    CHECK(tls_cache_count(c) == MANY);
    tls_cache_free(c);
}

/* The first call that is told the time empties the table of what is over. */
static void test_expiry_frees(void)
{
    struct tls_cache *c = cache_new();
    put(c, key_of("a"), "one", false);
    put(c, key_of("b"), "two", true);
    CHECK(tls_cache_count(c) == 2);
    expect(c, key_of("elsewhere"), HOUR, "");
    CHECK(tls_cache_count(c) == 0);
    struct tls_cache_key key = key_of("late");
    CHECK_STATUS(tls_cache_put(c, &key, BYTES_LITERAL("x"), false, HOUR, HOUR), ST_OK);
    CHECK(tls_cache_count(c) == 0);
    tls_cache_free(c);
}

static void test_once(void)
{
    static const char *const states[] = {"1", "2", "3", "4", "5"};
    struct tls_cache *c = cache_new();
    for (int i = 0; i < 5; i++)
        put(c, key_of("server"), states[i], true);
    CHECK(tls_cache_count(c) == 4);
    for (int i = 4; i >= 1; i--)
        expect(c, key_of("server"), 1, states[i]);
    expect(c, key_of("server"), 1, "");
    put(c, key_of("server"), "6", true);
    put(c, key_of("server"), "7", false); /* replaces all */
    CHECK(tls_cache_count(c) == 1);
    put(c, key_of("server"), "8", true); /* and is replaced */
    CHECK(tls_cache_count(c) == 1);
    expect(c, key_of("server"), 1, "8");
    tls_cache_free(c);
}

/* What is used stays: the key of the tickets is not pushed out by sessions that nobody takes up. */
static void test_used_stays(void)
{
    struct tls_cache *c = cache_new();
    char name[2] = "a";
    put(c, key_of("key"), "key", false);
    for (int i = 0; i < 3 * MOST; i++, name[0]++) {
        put(c, key_of(name), name, false);
        expect(c, key_of("key"), 1, "key");
    }
    CHECK(tls_cache_count(c) == MOST);
    tls_cache_free(c);
}

static void test_most(void)
{
    struct tls_cache *c = cache_new();
    char name[2] = "a";
    for (int i = 0; i < MOST + 3; i++, name[0]++)
        put(c, key_of(name), name, false);
    CHECK(tls_cache_count(c) == MOST);
    expect(c, key_of("c"), 1, "");
    expect(c, key_of("d"), 1, "d");
    expect(c, key_of("k"), 1, "k");
    tls_cache_free(c);
    CHECK_STATUS(tls_cache_new(0, &c), ST_OK);
    put(c, key_of("a"), "a", false);
    CHECK(tls_cache_count(c) == 0);
    tls_cache_free(c);
    tls_cache_free(NULL);
}

static bool of_owner(const void *self, const struct tls_cache_key *key)
{
    return key->owner == self;
}

static void test_forget(void)
{
    struct tls_cache *c = cache_new();
    struct tls_cache_key other = key_of("b"), two = key_of("two");
    put(c, two, "1", true);
    put(c, two, "2", true);
    put(c, other, "3", true);
    CHECK(tls_cache_remove(c, &two) == 2 && tls_cache_remove(c, &two) == 0);
    expect(c, two, 1, "");
    expect(c, other, 1, "3");
    other.owner = &credential_b;
    put(c, key_of("a"), "1", false);
    put(c, other, "2", false);
    put(c, key_of("b"), "3", false);
    CHECK(tls_cache_forget(c, of_owner, &credential_a) == 2);
    expect(c, key_of("a"), 1, "");
    expect(c, other, 1, "2");
    CHECK(tls_cache_forget(c, NULL, NULL) == 1);
    CHECK(tls_cache_count(c) == 0 && tls_cache_forget(c, NULL, NULL) == 0);
    tls_cache_free(c);
}

/* A failed put leaves what was there; a failed take gives nothing. */
static void test_memory(void)
{
    struct tls_cache *c = cache_new();
    struct tls_cache_key key = key_of("server");
    struct blob got = {0};
    uint64_t expires;
    put(c, key, "old", false);
    for (long n = 0;; n++) {
        mem_fail_after(n);
        enum status s = tls_cache_put(c, &key, BYTES_LITERAL("new"), false, HOUR, 1);
        if (mem_fail_after(-1) >= 0)
            break;
        CHECK_STATUS(s, ST_NO_MEMORY);
        expect(c, key, 1, "old");
    }
    expect(c, key, 1, "new");
    mem_fail_after(0);
    CHECK_STATUS(tls_cache_take(c, &key, 1, &got, &expires), ST_NO_MEMORY);
    mem_fail_after(-1);
    CHECK(!got.size);
    tls_cache_free(c);
}

int main(void)
{
    test_conditions();
    test_many(false);
    test_many(true);
    test_expiry_frees();
    test_once();
    test_most();
    test_used_stays();
    test_forget();
    test_memory();
    return unit_end("tls_cache");
}
