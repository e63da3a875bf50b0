/* Messages in fragments ([MS-SPNG] 3.1.5.4 to 3.1.5.9): every way to cut them, and what is none.
 * And that no message costs more than its size. */
#include "spnego_fake.h"
#include "spnego/fragment.h"
#include "spnego/neg_token.h"

/* A NegTokenInit of NTLM with a token of SIZE bytes. */
static void make_message(size_t size, struct blob *out)
{
    struct blob list = {0};
    uint8_t *token = calloc(1, size);
    for (size_t i = 0; i < size; i++)
        token[i] = (uint8_t)(i * 7);
    CHECK_STATUS(list_to_blob(&spnego_oid_ntlm, 1, &list), ST_OK);
    struct neg_token_init init = {
            .mech_types = blob_view(&list), .mech_token = bytes_of(token, size)};
    CHECK_STATUS(init_to_blob(&init, out), ST_OK);
    blob_free(&list);
    free(token);
}

/* Out in pieces of ROOM, in again; the number of pieces, or 0 if it did not arrive. */
static size_t carry(const struct blob *message, size_t room)
{
    struct spnego_fragments out = {0}, in = {0};
    struct blob copy = {0};
    struct bytes whole = {0};
    enum status status = ST_CONTINUE;
    size_t pieces = 0;
    bool arrived;

    CHECK_STATUS(blob_set(&copy, blob_view(message)), ST_OK);
    spnego_fragment_begin(&out, &copy);
    while (spnego_fragment_left(&out) && status == ST_CONTINUE) {
        struct bytes piece = spnego_fragment_next(&out, room);
        pieces++;
        CHECK(piece.size && piece.size <= room);
        status = spnego_assemble(&in, piece, &whole);
        CHECK(spnego_assembling(&in) == (status == ST_CONTINUE));
    }
    arrived = status == ST_OK && !spnego_fragment_left(&out) &&
              bytes_equal(whole, blob_view(message));
    spnego_fragments_free(&out);
    spnego_fragments_free(&in);
    return arrived ? pieces : 0;
}

static void test_every_cut(void)
{
    static const size_t sizes[] = {1, 40, 90, 91, 92, 93, 120, 200, 250, 300, 1000};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct blob m = {0};
        make_message(sizes[i], &m);
        for (size_t room = SPNEGO_FRAGMENT_MIN; room <= m.size; room++)
            CHECK(carry(&m, room) == (m.size + room - 1) / room);
        blob_free(&m);
    }
    struct blob big = {0};
    make_message(60000, &big); /* near Windows' MaxTokenSize */
    CHECK(carry(&big, SPNEGO_FRAGMENT_MIN) == (big.size + 5) / 6);
    CHECK(carry(&big, 4096) == 15);
    blob_free(&big);
}

/* What comes whole is not copied; what is no SPNEGO message is none of ours; the engine refuses
 * what is wrong with either. */
static void test_passed_through(void)
{
    const struct bytes cases[] = {{0}, bytes_of("NTLMSSP\0\1\0\0\0", 12), BYTES_LITERAL("\x60"),
            BYTES_LITERAL("\x60\x82\x01"), BYTES_LITERAL("\x60\x80\x00\x00"),
            BYTES_LITERAL("\x60\x85\x01\x01\x01\x01\x01"), BYTES_LITERAL("\x61\x7F\x00"),
            BYTES_LITERAL("\xA0\x7F\x00"), BYTES_LITERAL("\x60\x02\x05\x00"),
            BYTES_LITERAL("\x60\x02\x05\x00junk"), BYTES_LITERAL("\xA1\x00")};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct spnego_fragments f = {0};
        struct bytes whole = {0};
        CHECK_STATUS(spnego_assemble(&f, cases[i], &whole), ST_OK);
        CHECK(whole.data == cases[i].data && whole.size == cases[i].size);
        CHECK(!spnego_assembling(&f) && !f.message.data);
    }
    CHECK(spnego_is_framed(BYTES_LITERAL("\x60\x00")) && spnego_is_framed(BYTES_LITERAL("\xA1")));
    CHECK(!spnego_is_framed(BYTES_LITERAL("\xA0")) && !spnego_is_framed(bytes_of(NULL, 0)));
}

static void test_refused(void)
{
    struct bytes whole = {0};
    struct spnego_fragments f = {0};

    /* More than is put together, and what 32-bit sizes would wrap: refused at the first. */
    CHECK_STATUS(spnego_assemble(&f, BYTES_LITERAL("\x60\x83\x01\x1F\xFC"), &whole), ST_BAD_TOKEN);
    CHECK_STATUS(
            spnego_assemble(&f, BYTES_LITERAL("\x60\x84\xFF\xFF\xFF\xFF"), &whole), ST_BAD_TOKEN);
    CHECK_STATUS(
            spnego_assemble(&f, BYTES_LITERAL("\x60\x84\xFF\xFF\xFF\xFA"), &whole), ST_BAD_TOKEN);
    CHECK(!f.message.data);
    CHECK_STATUS(spnego_assemble(&f, BYTES_LITERAL("\x60\x83\x01\x1F\xFB"), &whole), ST_CONTINUE);
    CHECK(f.message.capacity == SPNEGO_ASSEMBLED_MAX);
    spnego_fragments_free(&f);

    /* More than was announced; nothing at all. */
    CHECK_STATUS(spnego_assemble(&f, BYTES_LITERAL("\x60\x08\x06\x06\x2B"), &whole), ST_CONTINUE);
    CHECK_STATUS(spnego_assemble(&f, BYTES_LITERAL("123456"), &whole), ST_BAD_TOKEN);
    spnego_fragments_free(&f);
    CHECK_STATUS(spnego_assemble(&f, BYTES_LITERAL("\x60\x08\x06\x06\x2B"), &whole), ST_CONTINUE);
    CHECK_STATUS(spnego_assemble(&f, bytes_of(NULL, 0), &whole), ST_BAD_TOKEN);
    spnego_fragments_free(&f);

    mem_fail_after(0);
    CHECK_STATUS(spnego_assemble(&f, BYTES_LITERAL("\x60\x08\x06\x06\x2B"), &whole), ST_NO_MEMORY);
    mem_fail_after(-1);
    CHECK(!spnego_assembling(&f));
}

/* Byte by byte: one allocation, however many fragments. */
static void test_one_allocation(void)
{
    struct spnego_fragments f = {0};
    struct bytes whole = {0};
    struct blob m = {0};
    size_t at = SPNEGO_FRAGMENT_MIN;

    make_message(60000, &m);
    mem_fail_after(1);
    CHECK_STATUS(spnego_assemble(&f, bytes_of(m.data, at), &whole), ST_CONTINUE);
    for (; at < m.size; at++)
        if (spnego_assemble(&f, bytes_of(m.data + at, 1), &whole) == ST_BAD_TOKEN)
            break;
    CHECK(mem_fail_after(-1) == 0);
    CHECK(at == m.size && bytes_equal(whole, blob_view(&m)));
    spnego_fragments_free(&f);
    blob_free(&m);
}

/* An offer of COUNT mechanisms, the last of them NTLM: what it costs in allocations. */
static long offer_costs(size_t count, enum status want)
{
    enum { MANY = 100000 };
    struct bytes *oids = calloc(count, sizeof(*oids));
    struct blob list = {0}, token = {0}, out = {0};
    struct pair p;

    for (size_t i = 0; i < count; i++)
        oids[i] = BYTES_LITERAL("\x2A\x03");
    if (want == ST_CONTINUE)
        oids[count - 1] = spnego_oid_ntlm;
    CHECK_STATUS(list_to_blob(oids, count, &list), ST_OK);
    struct neg_token_init init = {.mech_types = blob_view(&list)};
    CHECK_STATUS(init_to_blob(&init, &token), ST_OK);
    pair_init(&p);
    pair_open(&p, "1", "01");
    mem_fail_after(MANY);
    CHECK_STATUS(step_to_blob(p.server, blob_view(&token), &out), want);
    long cost = MANY - mem_fail_after(-1);
    blob_free(&out);
    blob_free(&token);
    blob_free(&list);
    pair_close(&p);
    free(oids);
    return cost;
}

static void test_long_lists(void)
{
    long one = offer_costs(1, ST_CONTINUE), none = offer_costs(1, ST_NO_COMMON_ALGORITHM);
    CHECK(!one && !none); /* what is short takes none */
    CHECK(offer_costs(50000, ST_CONTINUE) == one + 1); /* the list is kept; a short one within the context */
    CHECK(offer_costs(50000, ST_NO_COMMON_ALGORITHM) == none);
}

int main(void)
{
    test_every_cut();
    test_passed_through();
    test_refused();
    test_one_allocation();
    test_long_lists();
    return unit_end("spnego_fragment");
}
