/* libs/base/bytes: allocation and its failure, wiping before freeing, comparison.
 *
 * bytes.c is compiled into this program with an allocator that looks at what is freed, so that
 * "wiped on every free" is seen for blobs and for a growing writer alike. */
#include <stdlib.h>

static void *watched_calloc(size_t count, size_t size);
static void watched_free(void *p);
#define calloc watched_calloc
#define free   watched_free
#include "base/bytes.c"
#undef calloc
#undef free

#include "unit.h"
#include "base/writer.h"

/* In front of each block: its size. 16 bytes keep malloc's alignment. */
union head {
    size_t size;
    unsigned char room[16];
};

static int living, dirty; /* blocks not freed; blocks freed with something in them */

static void *watched_calloc(size_t count, size_t size)
{
    union head *h = calloc(1, sizeof(*h) + count * size);

    if (!h)
        abort();
    h->size = count * size;
    living++;
    return h + 1;
}

static void watched_free(void *p)
{
    union head *h = (union head *)p - 1;

    for (size_t i = 0; i < h->size; i++)
        if (((unsigned char *)p)[i]) {
            dirty++;
            break;
        }
    living--;
    free(h);
}

static void allocation(void)
{
    uint8_t *p = mem_alloc(0);

    CHECK(p && p[0] == 0);
    mem_free(p, 0);
    mem_free(NULL, 100);
    p = mem_alloc(1000);
    CHECK(p && all_zero(p, 1000));
    memset(p, 0xA5, 1000);
    mem_free(p, 1000);
    CHECK(!living && !dirty);
}

static void failing(void)
{
    void *p, *q;

    CHECK(mem_fail_after(0) < 0);
    CHECK(!mem_alloc(1));
    CHECK(mem_fail_after(-1) < 0); /* has run out */
    CHECK(mem_fail_after(2) < 0);
    p = mem_alloc(1);
    CHECK(p);
    CHECK(mem_fail_after(1) == 1); /* one was left to succeed before the failure */
    q = mem_alloc(1);
    CHECK(q);
    CHECK(!mem_alloc(1));
    mem_free(q, 1);
    q = mem_alloc(1); /* once only */
    CHECK(q);
    CHECK(mem_fail_after(-7) < 0);
    mem_free(p, 1);
    mem_free(q, 1);
    CHECK(!living);
}

static void blobs(void)
{
    struct blob a = {0}, b = {0};

    CHECK_STATUS(blob_set(&a, BYTES_LITERAL("secret words")), ST_OK);
    CHECK_BYTES(blob_view(&a), BYTES_LITERAL("secret words"));
    /* From within itself. */
    CHECK_STATUS(blob_set(&a, bytes_of(a.data + 7, 5)), ST_OK);
    CHECK_BYTES(blob_view(&a), BYTES_LITERAL("words"));
    /* No memory: as it was. */
    mem_fail_after(0);
    CHECK_STATUS(blob_set(&a, BYTES_LITERAL("other")), ST_NO_MEMORY);
    CHECK_BYTES(blob_view(&a), BYTES_LITERAL("words"));
    CHECK_STATUS(blob_set(&b, BYTES_LITERAL("b")), ST_OK);
    blob_move(&b, &a);
    CHECK_BYTES(blob_view(&b), BYTES_LITERAL("words"));
    CHECK(!a.data && !a.size && !a.capacity);
    blob_move(&b, &b);
    CHECK_BYTES(blob_view(&b), BYTES_LITERAL("words"));
    CHECK_STATUS(blob_set(&b, bytes_of(NULL, 0)), ST_OK);
    CHECK(!b.data && !b.size);
    blob_free(&a);
    blob_free(&b);
    blob_free(&b);
    CHECK(!living && !dirty);
}

/* What lies between size and capacity is wiped as well. */
static void slack(void)
{
    struct blob b = {0};

    CHECK_STATUS(blob_set(&b, BYTES_LITERAL("0123456789")), ST_OK);
    b.size = 3;
    blob_free(&b);
    CHECK(!living && !dirty);
}

static void writer_growth(void)
{
    struct writer w = {0};
    struct blob out = {0};

    for (int i = 0; i < 5000; i++)
        writer_u8(&w, 0xA5);
    CHECK(living == 1 && !dirty); /* the smaller ones are gone, and were empty when freed */
    CHECK_STATUS(writer_finish(&w, &out), ST_OK);
    CHECK(out.size == 5000 && living == 1);
    for (int i = 0; i < 100; i++)
        writer_u32le(&w, 0xA5A5A5A5);
    writer_free(&w);
    CHECK(living == 1 && !dirty);
    /* A finish that fails wipes too, and leaves OUT. */
    writer_u32le(&w, 0xA5A5A5A5);
    writer_patch_u16le(&w, 3, 0);
    CHECK_STATUS(writer_finish(&w, &out), ST_INTERNAL);
    CHECK(out.size == 5000 && living == 1 && !dirty);
    blob_free(&out);
    CHECK(!living && !dirty);
}

/* Every allocation of a growing writer. */
static void writer_no_memory(void)
{
    for (long n = 0;; n++) {
        struct writer w = {0};
        struct blob out = {0};
        enum status s;

        CHECK_STATUS(blob_set(&out, BYTES_LITERAL("old")), ST_OK);
        mem_fail_after(n);
        for (int i = 0; i < 1000; i++)
            writer_u8(&w, 0xA5);
        s = writer_finish(&w, &out);
        if (mem_fail_after(-1) >= 0) {
            CHECK_STATUS(s, ST_OK);
            CHECK(out.size == 1000 && n == 3); /* 256, 512, 1024 */
            blob_free(&out);
            break;
        }
        CHECK_STATUS(s, ST_NO_MEMORY);
        CHECK_BYTES(blob_view(&out), BYTES_LITERAL("old"));
        CHECK(!w.out.data && w.status == ST_OK);
        blob_free(&out);
    }
    CHECK(!living && !dirty);
}

static void wiping(void)
{
    uint8_t buffer[70];

    memset(buffer, 0xFF, sizeof(buffer));
    wipe(buffer + 1, sizeof(buffer) - 2);
    CHECK(buffer[0] == 0xFF && buffer[69] == 0xFF && all_zero(buffer + 1, 68));
    wipe(buffer, 0);
    wipe(NULL, 0);
    CHECK(buffer[0] == 0xFF);
}

/* Each single bit of 40 bytes decides; equal at every size. */
static void comparison(void)
{
    uint8_t a[40], b[40];

    for (unsigned i = 0; i < sizeof(a); i++)
        a[i] = b[i] = (uint8_t)(i * 37 + 1);
    for (size_t size = 0; size <= sizeof(a); size++) {
        CHECK(secret_equal(bytes_of(a, size), bytes_of(b, size)));
        CHECK(bytes_equal(bytes_of(a, size), bytes_of(b, size)));
        if (size)
            CHECK(!secret_equal(bytes_of(a, size), bytes_of(b, size - 1)));
    }
    for (unsigned bit = 0; bit < 8 * sizeof(a); bit++) {
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK(!secret_equal(bytes_of(a, 40), bytes_of(b, 40)));
        CHECK(!bytes_equal(bytes_of(a, 40), bytes_of(b, 40)));
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    CHECK(secret_equal(bytes_of(NULL, 0), bytes_of(a, 0)));
    CHECK(bytes_equal(bytes_of(NULL, 0), bytes_of(NULL, 0)));
    CHECK(!secret_equal(bytes_of(NULL, 0), bytes_of(a, 1)));
}

static void zeros(void)
{
    uint8_t z[33] = {0};

    CHECK(all_zero(z, sizeof(z)) && all_zero(NULL, 0));
    for (unsigned bit = 0; bit < 8 * sizeof(z); bit++) {
        z[bit / 8] = (uint8_t)(1 << bit % 8);
        CHECK(!all_zero(z, sizeof(z)));
        z[bit / 8] = 0;
    }
}

int main(void)
{
    allocation();
    failing();
    blobs();
    slack();
    writer_growth();
    writer_no_memory();
    wiping();
    comparison();
    zeros();
    return unit_end("base_bytes");
}
