/* libs/base/writer: limits first; then values, patches, stickiness. Wiping is in base_bytes.c. */
#include "unit.h"
#include "base/writer.h"

#define MAX ((size_t)64 << 20)

static void limits(void)
{
    static const size_t sizes[] = {MAX, MAX + 1, SIZE_MAX / 2, SIZE_MAX - 1, SIZE_MAX};
    struct blob out = {0};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        struct writer w = {0};

        writer_u8(&w, 1);
        writer_zeros(&w, sizes[i]); /* one too many, or a sum that wraps */
        CHECK(writer_at(&w) == 1);
        writer_u8(&w, 2); /* would fit, but the failure sticks */
        CHECK(writer_at(&w) == 1);
        CHECK_STATUS(writer_finish(&w, &out), ST_BAD_ARGUMENT);
        CHECK(!out.data);
    }
    for (size_t i = 1; i < sizeof(sizes) / sizeof(*sizes); i++) {
        struct writer w = {0};

        writer_reserve(&w, sizes[i]);
        CHECK_STATUS(writer_finish(&w, &out), ST_BAD_ARGUMENT);
    }
}

static void largest(void)
{
    struct writer w = {0};
    struct blob out = {0};

    writer_zeros(&w, MAX - 1);
    writer_u8(&w, 7);
    CHECK(writer_at(&w) == MAX);
    CHECK_STATUS(writer_finish(&w, &out), ST_OK);
    CHECK(out.size == MAX && out.data[MAX - 1] == 7);
    blob_free(&out);
}

static void values(void)
{
    struct writer w = {0};
    struct blob out = {0};
    uint8_t want[64];

    writer_u8(&w, 0x01);
    writer_u16le(&w, 0x0102);
    writer_u32le(&w, 0x81020304);
    writer_u64le(&w, 0x8102030405060708);
    writer_u16be(&w, 0x0102);
    writer_u24be(&w, 0x810203);
    writer_u32be(&w, 0x81020304);
    writer_u64be(&w, 0x8102030405060708);
    writer_bytes(&w, BYTES_LITERAL("ab"));
    writer_bytes(&w, bytes_of(NULL, 0));
    writer_zeros(&w, 3);
    writer_zeros(&w, 0);
    CHECK(writer_at(&w) == 37);
    CHECK_STATUS(writer_finish(&w, &out), ST_OK);
    CHECK_BYTES(blob_view(&out),
            unit_unhex("01 0201 04030281 0807060504030281 0102 810203 81020304 8102030405060708"
                       "6162 000000",
                    want, sizeof(want)));
    blob_free(&out);
}

static void u24_range(void)
{
    struct writer w = {0};
    struct blob out = {0};

    writer_u24be(&w, 0x1000000);
    CHECK_STATUS(writer_finish(&w, &out), ST_BAD_ARGUMENT);
}

static void patches(void)
{
    struct writer w = {0};
    struct blob out = {0};
    uint8_t want[8];

    writer_zeros(&w, 8);
    writer_patch_u16le(&w, 0, 0x1122);
    writer_patch_u32le(&w, 4, 0x33445566);
    writer_patch(&w, 2, BYTES_LITERAL("z"));
    writer_patch(&w, 8, bytes_of(NULL, 0));
    CHECK_STATUS(writer_finish(&w, &out), ST_OK);
    CHECK_BYTES(blob_view(&out), unit_unhex("22117a0066554433", want, sizeof(want)));
    blob_free(&out);
}

static void patches_outside(void)
{
    static const size_t places[] = {7, 8, 9, SIZE_MAX - 1, SIZE_MAX};
    struct blob out = {0};

    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        struct writer w = {0};

        writer_reserve(&w, 100); /* inside the block, outside what is written */
        writer_zeros(&w, 8);
        writer_patch_u16le(&w, places[i], 0xFFFF);
        writer_zeros(&w, 100);
        CHECK_STATUS(writer_finish(&w, &out), ST_INTERNAL);
    }
    for (size_t at = 1; at <= 8; at++) { /* the sum wraps */
        struct writer w = {0};

        writer_zeros(&w, 8);
        writer_patch(&w, at, bytes_of(&out, SIZE_MAX - at + 1));
        CHECK_STATUS(writer_finish(&w, &out), ST_INTERNAL);
    }
    CHECK(!out.data);
}

static void reserving(void)
{
    struct writer w = {0};
    struct blob out = {0};
    const uint8_t *data;

    writer_reserve(&w, 1000);
    data = w.out.data;
    CHECK(data && writer_at(&w) == 0 && w.out.capacity == 1000);
    writer_reserve(&w, 10);
    writer_zeros(&w, 1000);
    CHECK(w.out.data == data && w.out.capacity == 1000);
    writer_u8(&w, 1);
    CHECK(w.out.size == 1001 && w.out.data[1000] == 1);
    CHECK_STATUS(writer_finish(&w, &out), ST_OK);
    blob_free(&out);
    mem_fail_after(0);
    writer_reserve(&w, 1);
    CHECK(mem_fail_after(-1) < 0);
    writer_u8(&w, 1);
    CHECK_STATUS(writer_finish(&w, &out), ST_NO_MEMORY);
}

/* A finished, freed or failed writer starts anew; OUT's old contents go. */
static void again(void)
{
    struct writer w = {0};
    struct blob out = {0};

    CHECK_STATUS(writer_finish(&w, &out), ST_OK);
    CHECK(!out.size);
    writer_u8(&w, 'a');
    CHECK_STATUS(writer_finish(&w, &out), ST_OK);
    writer_u8(&w, 'b');
    CHECK_STATUS(writer_finish(&w, &out), ST_OK);
    CHECK_BYTES(blob_view(&out), BYTES_LITERAL("b"));
    writer_patch_u32le(&w, 0, 1);
    writer_free(&w);
    writer_free(&w);
    writer_u8(&w, 'c');
    CHECK_STATUS(writer_finish(&w, &out), ST_OK);
    CHECK_BYTES(blob_view(&out), BYTES_LITERAL("c"));
    blob_free(&out);
}

int main(void)
{
    limits();
    largest();
    values();
    u24_range();
    patches();
    patches_outside();
    reserving();
    again();
    return unit_end("base_writer");
}
