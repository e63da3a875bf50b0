/* libs/credssp: allocations that fail, functions of the tables that answer what they must not, and
 * what stays in memory. */
#include "credssp/engine.h"
#include "credssp_fake.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Every allocation of a whole exchange fails once: one end says so, and never do both succeed. */
static void test_no_memory(void)
{
    for (int mode = FAKE_RAW; mode <= FAKE_WAIT; mode++) {
        long n;
        for (n = 0; n < 1000; n++) {
            struct pair p;
            pair_setup(&p, (enum fake_mode)mode);
            mem_fail_after(n);
            enum status s = pair_new(&p);
            if (s == ST_OK)
                pair_run(&p);
            bool all = mem_fail_after(-1) >= 0;
            bool said = s == ST_NO_MEMORY || p.client.status == ST_NO_MEMORY ||
                        p.server.status == ST_NO_MEMORY;
            CHECK(said == !all);
            CHECK((s == ST_OK && p.client.status == ST_OK && p.server.status == ST_OK) == all);
            pair_free(&p);
            if (all)
                break;
        }
        CHECK(n > 50 && n < 1000);
    }
}

static bool is_clean(const struct credssp_context *c)
{
    return !c->domain.data && !c->user.data && !c->password.data && !c->plain.data;
}

/* Credentials are gone as soon as they are sent, taken or useless. */
static void test_forgotten(void)
{
    struct pair p;
    pair_setup(&p, FAKE_RAW);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK(p.client.c->password.size == 12);
    pair_run(&p);
    CHECK(is_clean(p.client.c) && is_clean(p.server.c));
    CHECK(p.server.c->got.password.size == 12);
    check_delegated(&p);
    CHECK(!p.server.c->got.password.data);
    pair_free(&p);

    pair_setup(&p, FAKE_RAW);
    p.server.auth.deny = ST_LOGON_DENIED;
    CHECK_STATUS(pair_new(&p), ST_OK);
    pair_run(&p);
    CHECK(is_clean(p.client.c) && is_clean(p.server.c));
    pair_free(&p);

    pair_setup(&p, FAKE_RAW);
    p.client_config.delegate = false;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK(!p.client.c->password.data);
    pair_free(&p);
}

/* Functions of the tables that answer what they must not. */
static enum status odd_answer;
static enum status odd_seal(void *self, struct bytes plain, struct blob *out)
{
    (void)self, (void)plain, (void)out;
    return odd_answer;
}
static enum status odd_key(void *self, struct blob *out)
{
    (void)self, (void)out;
    return odd_answer;
}
static enum status odd_random(void *self, uint8_t *out, size_t size)
{
    (void)self;
    memset(out, 0, size);
    return odd_answer;
}

static enum status client_with(void (*change)(struct credssp_client_config *g))
{
    struct pair p;
    pair_setup(&p, FAKE_RAW);
    change(&p.client_config);
    CHECK_STATUS(pair_new(&p), ST_OK);
    pair_run(&p);
    enum status s = p.client.status;
    CHECK(p.server.status != ST_OK);
    pair_free(&p);
    return s;
}

static void use_odd_seal(struct credssp_client_config *g)
{
    g->auth.seal = odd_seal;
}
static void use_odd_unseal(struct credssp_client_config *g)
{
    g->auth.unseal = odd_seal;
}
static void use_odd_step(struct credssp_client_config *g)
{
    g->auth.step = odd_seal;
}
static void use_odd_encrypt(struct credssp_client_config *g)
{
    g->tls.encrypt = odd_seal;
}
static void use_odd_key(struct credssp_client_config *g)
{
    g->tls.public_key = odd_key;
}
static void use_odd_random(struct credssp_client_config *g)
{
    g->world.random = odd_random;
}

static void test_odd_tables(void)
{
    static void (*const changes[])(struct credssp_client_config *) = {use_odd_seal, use_odd_unseal,
            use_odd_step, use_odd_encrypt, use_odd_key, use_odd_random};
    static const enum status odd[] = {
            ST_INCOMPLETE, ST_CLOSED, ST_RENEGOTIATE, ST_NEED_CERTIFICATE};
    for (size_t i = 0; i < COUNT(changes); i++) {
        for (size_t j = 0; j < COUNT(odd); j++) {
            odd_answer = odd[j];
            CHECK_STATUS(client_with(changes[i]), ST_INTERNAL);
        }
        odd_answer = ST_UNTRUSTED;
        CHECK_STATUS(client_with(changes[i]), ST_UNTRUSTED);
    }
    odd_answer = ST_OK; /* and a nonce of zeros, and an empty key */
    CHECK_STATUS(client_with(use_odd_random), ST_NO_RANDOM);
    CHECK_STATUS(client_with(use_odd_key), ST_BAD_ARGUMENT);
}

int main(void)
{
    test_no_memory();
    test_forgotten();
    test_odd_tables();
    return unit_end("credssp_faults");
}
