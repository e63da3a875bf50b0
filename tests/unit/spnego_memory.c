/* No token costs more than memory and time in line with its size. Memory: the bytes in use at most, counted in libs/base's
 * allocator; time: how often a reader is asked for something by DER, as no clock is reliable. For that these files are part of
 * this program, with functions that count in place of those they call. */
#include <stdlib.h>

#include "base/reader.h"

static size_t in_use, peak, steps;

/* The size stands in front. */
static void *counted_calloc(size_t count, size_t size)
{
    size_t *p = calloc(1, 16 + count * size);

    if (!p)
        return NULL;
    *p = count * size;
    in_use += *p;
    peak = in_use > peak ? in_use : peak;
    return (char *)p + 16;
}

static void counted_free(void *data)
{
    size_t *p = (size_t *)(void *)((char *)data - 16);

    in_use -= *p;
    free(p);
}

#define calloc counted_calloc
#define free   counted_free
#include "../../libs/base/bytes.c"
#undef calloc
#undef free

#define reader_u8(r)       (steps++, reader_u8(r))
#define reader_take(r, n)  (steps++, reader_take(r, n))
#define reader_bytes(r, n) (steps++, reader_bytes(r, n))
#include "../../libs/base/der.c"
#include "../../libs/spnego/mech.c"
#include "../../libs/spnego/neg_field.c"
#include "../../libs/spnego/neg_token_init.c"
#include "../../libs/spnego/neg_token_init2.c"
#include "../../libs/spnego/neg_token_resp.c"
#include "../../libs/spnego/server.c"
#undef reader_u8
#undef reader_take
#undef reader_bytes

#include "spnego_fake.h"
#include "spnego/neg_token.h"

enum { FEW = 5000, MANY = 50000 };

struct cost {
    size_t token, peak, steps; /* bytes of the token, bytes beside it, questions */
};

/* One leg of C with TOKEN. */
static struct cost leg_costs(struct spnego_context *c, const struct blob *token, enum status want)
{
    struct blob out = {0};
    size_t before = in_use;

    peak = in_use;
    steps = 0;
    CHECK_STATUS(step_to_blob(c, blob_view(token), &out), want);
    struct cost cost = {token->size, peak - before, steps};
    blob_free(&out);
    return cost;
}

/* A list of COUNT mechanisms that nobody has, the last of them LAST. */
static void make_list(size_t count, struct bytes last, struct blob *list)
{
    struct bytes *oids = calloc(count, sizeof(*oids));

    for (size_t i = 0; i < count; i++)
        oids[i] = BYTES_LITERAL("\x2A\x03");
    oids[count - 1] = last;
    CHECK_STATUS(list_to_blob(oids, count, list), ST_OK);
    free(oids);
}

/* A client's offer at a server; what a server says first at a client: the same list in either's message. */
static struct cost list_costs(bool server, size_t count, struct bytes last, enum status want)
{
    struct blob list = {0}, token = {0};
    struct pair p;

    make_list(count, last, &list);
    if (server) {
        struct neg_token_init init = {.mech_types = blob_view(&list)};
        CHECK_STATUS(init_to_blob(&init, &token), ST_OK);
    } else {
        struct neg_token_init2 init = {.mech_types = blob_view(&list)};
        CHECK_STATUS(init2_to_blob(&init, &token), ST_OK);
    }
    pair_init(&p);
    pair_open(&p, "01", "01");
    struct cost cost = leg_costs(server ? p.server : p.client, &token, want);
    pair_close(&p);
    blob_free(&token);
    blob_free(&list);
    return cost;
}

/* An answer at a client that has begun: a mechanism's token of SIZE bytes, which the mechanism refuses. */
static struct cost answer_costs(size_t size)
{
    uint8_t *data = calloc(1, size);
    struct neg_token_resp resp = {
            NEG_ACCEPT_INCOMPLETE, spnego_oid_krb5, bytes_of(data, size), bytes_of(NULL, 0)};
    struct blob token = {0}, out = {0};
    struct pair p;

    CHECK_STATUS(resp_to_blob(&resp, &token), ST_OK);
    pair_init(&p);
    pair_open(&p, "01", "01");
    CHECK_STATUS(step_to_blob(p.client, bytes_of(NULL, 0), &out), ST_CONTINUE);
    struct cost cost = leg_costs(p.client, &token, ST_BAD_TOKEN);
    blob_free(&out);
    pair_close(&p);
    blob_free(&token);
    free(data);
    return cost;
}

/* Ten times the token, ten times the cost, and a little that is the same for all; memory for a copy of it and an answer's. */
static void check_line(struct cost few, struct cost many)
{
    CHECK(many.peak <= 10 * few.peak + 4096);
    CHECK(many.steps <= 10 * few.steps + 100);
    CHECK(many.peak <= 2 * many.token + 4096);
}

/* Each mechanism of ours may go through the list once or twice, with two questions for each entry. */
static void test_lists(void)
{
    static const struct {
        bool server;
        const struct bytes *last;
        enum status want;
    } cases[] = {{true, &spnego_oid_ntlm, ST_CONTINUE}, {true, &spnego_oid_negoex, ST_NO_COMMON_ALGORITHM},
            {false, &spnego_oid_ntlm, ST_CONTINUE}, {false, &spnego_oid_negoex, ST_NO_COMMON_ALGORITHM}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cost few = list_costs(cases[i].server, FEW, *cases[i].last, cases[i].want);
        struct cost many = list_costs(cases[i].server, MANY, *cases[i].last, cases[i].want);

        check_line(few, many);
        CHECK(few.steps >= 2 * FEW && many.steps >= 2 * MANY); /* the counter sees the list */
        CHECK(many.steps <= 12 * MANY);
    }
}

static void test_answers(void)
{
    struct cost few = answer_costs(FEW), many = answer_costs(10 * FEW);

    check_line(few, many);
    CHECK(many.steps <= few.steps + 4); /* but for lengths: one more octet each */
}

int main(void)
{
    test_lists();
    test_answers();
    CHECK(!in_use);
    return unit_end("spnego_memory");
}
