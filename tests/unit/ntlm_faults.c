/* libs/ntlm: every allocation and every random number of whole logins fails once. What fails says
 * ST_NO_MEMORY or ST_NO_RANDOM, the context is failed for good afterwards, no half of a session is
 * left, nothing leaks (LeakSanitizer sees to that, natively). */
#include "ntlm_pair.h"
#include "ntlm/response_v1.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const uint32_t any_key = NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | NTLMSSP_NEGOTIATE_128 |
                                NTLMSSP_NEGOTIATE_56;

static long random_calls; /* until one fails; negative: none does */

static enum status failing_random(void *self, uint8_t *out, size_t size)
{
    if (!random_calls--)
        return ST_NO_RANDOM;
    return pair_random(self, out, size);
}

static const struct kind {
    const char *name;
    enum ntlm_level client, server;
    bool anonymous;
} kinds[] = {
        {"version 2", NTLM_LEVEL_DEFAULT, NTLM_LEVEL_DEFAULT, false},
        {"version 1", NTLM_LEVEL_2, NTLM_LEVEL_3, false},
        {"version 1 without extended session security", NTLM_LEVEL_0, NTLM_LEVEL_3, false},
        {"anonymous", NTLM_LEVEL_DEFAULT, NTLM_LEVEL_DEFAULT, true},
};

/* A login under way. */
struct run {
    struct pair p;
    struct ntlm_context *failed; /* whose call did not succeed; NULL: none, or it was never made */
    enum status status;
};

static void setup(struct run *r, const struct kind *kind)
{
    memset(r, 0, sizeof *r);
    pair_setup(&r->p);
    r->p.client_config.world.random = r->p.server_config.world.random = failing_random;
    r->p.client_config.level = kind->client;
    r->p.server_config.level = kind->server;
    r->p.client_config.weaker = r->p.server_config.weaker =
            kind->client == NTLM_LEVEL_DEFAULT ? 0 : any_key;
    if (kind->anonymous) {
        r->p.client_config.wishes = r->p.server_config.wishes = NTLM_WISH_NULL_SESSION;
        r->p.client_config.nt_hash = NULL;
    }
}

static bool leg(struct run *r, struct ntlm_context *c, struct blob *in, struct blob *out,
        enum status want)
{
    r->status = ntlm_step(c, blob_view(in), out);
    if (r->status == want)
        return true;
    r->failed = c;
    CHECK(!out->size); /* no token of a leg that failed */
    return false;
}

static bool whole_login(struct run *r)
{
    struct blob none = {0};
    struct pair *p = &r->p;

    r->status = pair_new(p);
    if (r->status != ST_OK)
        return false;
    bool done = leg(r, p->client, &none, &p->negotiate, ST_CONTINUE) &&
                leg(r, p->server, &p->negotiate, &p->challenge, ST_CONTINUE) &&
                leg(r, p->client, &p->challenge, &p->authenticate, ST_OK) &&
                leg(r, p->server, &p->authenticate, &none, ST_OK);
    blob_free(&none);
    return done;
}

/* Messages of a finished login need no memory: a failure that is armed is still there after them. */
static void talk(struct run *r, bool anonymous)
{
    uint8_t data[] = "some text", signature[NTLM_SIGNATURE_SIZE];
    struct ntlm_part part = {data, sizeof data, true};

    mem_fail_after(0);
    enum status s = ntlm_seal(r->p.client, &part, 1, signature);
    CHECK_STATUS(s, anonymous ? ST_UNSUPPORTED : ST_OK);
    if (s == ST_OK)
        CHECK_STATUS(ntlm_unseal(r->p.server, &part, 1, bytes_of(signature, 16)), ST_OK);
    CHECK_STATUS(ntlm_sign(r->p.server, &part, 1, signature), ST_OK);
    CHECK_STATUS(ntlm_verify(r->p.client, &part, 1, bytes_of(signature, 16)), ST_OK);
    CHECK_STATUS(ntlm_reset_cipher(r->p.client, true), ST_OK);
    CHECK(mem_fail_after(-1) == 0);
}

/* Whoever failed takes no token any more, and has no session, whole or half. */
static void check_failed(struct ntlm_context *c)
{
    struct blob out = {0};
    struct ntlm_info info;
    uint8_t signature[NTLM_SIGNATURE_SIZE];

    ntlm_query(c, &info);
    CHECK(!info.complete && !info.session_key);
    CHECK_STATUS(ntlm_step(c, bytes_of(NULL, 0), &out), ST_BAD_STATE);
    CHECK_STATUS(ntlm_sign(c, NULL, 0, signature), ST_BAD_STATE);
    CHECK_STATUS(ntlm_seal(c, NULL, 0, signature), ST_BAD_STATE);
    CHECK_STATUS(ntlm_verify(c, NULL, 0, bytes_of(signature, 16)), ST_BAD_STATE);
    CHECK_STATUS(ntlm_unseal(c, NULL, 0, bytes_of(signature, 16)), ST_BAD_STATE);
    CHECK_STATUS(ntlm_reset_cipher(c, false), ST_BAD_STATE);
    CHECK(!out.size);
}

/* One login; true if what was armed never struck. */
static bool one(const struct kind *kind, enum status want, bool (*struck)(void))
{
    struct run r;

    setup(&r, kind);
    bool done = whole_login(&r);
    bool hit = struck();
    CHECK(done == !hit);
    if (hit)
        CHECK_STATUS(r.status, want);
    if (r.failed)
        check_failed(r.failed);
    if (done)
        talk(&r, kind->anonymous);
    pair_free(&r.p);
    return !hit;
}

static bool memory_struck(void)
{
    return mem_fail_after(-1) < 0;
}

static bool random_struck(void)
{
    return random_calls < 0;
}

static void test_no_memory(const struct kind *kind)
{
    long n = 0;

    for (random_calls = 1000; n < 200; n++) {
        mem_fail_after(n);
        if (one(kind, ST_NO_MEMORY, memory_struck))
            break;
    }
    CHECK(n > 15 && n < 200); /* so many allocations a login makes, and all were tried */
}

static void test_no_random(const struct kind *kind)
{
    long n = 0;

    for (; n < 20; n++) {
        random_calls = n;
        if (one(kind, ST_NO_RANDOM, random_struck))
            break;
    }
    CHECK(n == (kind->anonymous ? 1 : 3)); /* server challenge; client challenge, session key */
    random_calls = 1000;
}

/* The pieces that account sources call. */
static void test_logon(void)
{
    uint8_t nt_response[60] = {[16] = 1, [17] = 1}, key[NTLM_HASH_SIZE], challenge[8] = {0};
    struct ntlm_logon logon = {.user = U("user"),
            .domain = U("DOM"),
            .server_challenge = challenge,
            .nt_response = bytes_of(nt_response, sizeof nt_response)};

    memset(key, 1, sizeof key);
    mem_fail_after(0);
    CHECK_STATUS(ntlm_check_logon(&logon, pair_nt_hash, true, key), ST_NO_MEMORY);
    CHECK(all_zero(key, sizeof key));
    mem_fail_after(-1);
    CHECK_STATUS(ntlm_check_logon(&logon, pair_nt_hash, true, key), ST_LOGON_DENIED);
}

int main(void)
{
    for (size_t i = 0; i < COUNT(kinds); i++) {
        test_no_memory(&kinds[i]);
        test_no_random(&kinds[i]);
    }
    test_logon();
    return unit_end("ntlm_faults");
}
