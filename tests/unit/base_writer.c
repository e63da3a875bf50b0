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

/* Room that was grown from an odd size does not reach beyond the limit. */
static void largest_of_odd(void)
{
    struct writer w = {0};
    struct blob out = {0};

    writer_reserve(&w, 1000);
    writer_zeros(&w, MAX - 1);
    writer_u8(&w, 7);
    CHECK(writer_at(&w) == MAX && w.status == ST_OK);
    writer_u8(&w, 7);
    CHECK(writer_at(&w) == MAX);
    CHECK_STATUS(writer_finish(&w, &out), ST_BAD_ARGUMENT);
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

/* What fits into lent room takes no allocation; the message can be looked at there, or taken away. */
static void lent(void)
{
    uint8_t room[8];
    struct writer w = {0};
    struct blob out = {0};

    memset(room, 'x', sizeof(room));
    writer_lend(&w, room, sizeof(room));
    CHECK(!writer_view(&w).size);
    mem_fail_after(0);
    writer_bytes(&w, BYTES_LITERAL("abcdefg"));
    writer_reserve(&w, 8);
    writer_u8(&w, 'h');
    CHECK(mem_fail_after(-1) == 0);
    CHECK(writer_view(&w).data == room);
    CHECK_BYTES(writer_view(&w), BYTES_LITERAL("abcdefgh"));
    CHECK_STATUS(writer_finish(&w, &out), ST_OK);
    CHECK_BYTES(blob_view(&out), BYTES_LITERAL("abcdefgh"));
    CHECK(out.data != room && all_zero(room, sizeof(room)));
    writer_u8(&w, 'i'); /* its own from here on */
    CHECK(all_zero(room, sizeof(room)));
    CHECK_STATUS(writer_finish(&w, &out), ST_OK);
    CHECK_BYTES(blob_view(&out), BYTES_LITERAL("i"));
    blob_free(&out);
}

/* What does not fit moves; the room is wiped as far as it was used, whatever happens. */
static void lent_too_little(void)
{
    for (long n = 0; n < 3; n++) {
        uint8_t room[8] = "";
        struct writer w = {0};
        struct blob out = {0};

        writer_lend(&w, room, sizeof(room) - 1);
        writer_bytes(&w, BYTES_LITERAL("abcdefg"));
        room[7] = 'z';
        mem_fail_after(n ? -1 : 0);
        writer_bytes(&w, BYTES_LITERAL("hi"));
        CHECK(mem_fail_after(-1) < 0);
        if (n == 1) {
            CHECK_BYTES(writer_view(&w), BYTES_LITERAL("abcdefghi"));
            CHECK_STATUS(writer_finish(&w, &out), ST_OK);
            CHECK_BYTES(blob_view(&out), BYTES_LITERAL("abcdefghi"));
        } else if (n == 2) {
            writer_free(&w);
        } else {
            CHECK(!writer_view(&w).size);
            CHECK_STATUS(writer_finish(&w, &out), ST_NO_MEMORY);
            CHECK(!out.size);
        }
        CHECK(all_zero(room, 7) && room[7] == 'z');
        blob_free(&out);
    }
}

/* A message in lent room that cannot be taken away is gone, and OUT stays. */
static void lent_and_lost(void)
{
    uint8_t room[8];
    struct writer w = {0};
    struct blob out = {0};

    CHECK_STATUS(blob_set(&out, BYTES_LITERAL("old")), ST_OK);
    writer_lend(&w, room, sizeof(room));
    writer_u8(&w, 1);
    mem_fail_after(0);
    CHECK_STATUS(writer_finish(&w, &out), ST_NO_MEMORY);
    CHECK(mem_fail_after(-1) < 0);
    CHECK_BYTES(blob_view(&out), BYTES_LITERAL("old"));
    CHECK(!room[0] && !w.out.data);
    blob_free(&out);
}

/* A reset writer has the same memory, and no failure. */
static void resetting(void)
{
    uint8_t room[4] = "xyz";
    struct writer w = {0};

    writer_reset(&w); /* of nothing */
    CHECK(!w.out.data);
    writer_lend(&w, room, sizeof(room));
    writer_bytes(&w, BYTES_LITERAL("ab"));
    CHECK(!writer_extend(&w, SIZE_MAX));
    writer_reset(&w);
    CHECK(!room[0] && !room[1] && room[2] == 'z' && !writer_at(&w));
    writer_bytes(&w, BYTES_LITERAL("abcd"));
    CHECK(writer_view(&w).data == room && writer_view(&w).size == 4);
    writer_u8(&w, 'e');
    writer_reset(&w);
    writer_u8(&w, 'f');
    CHECK_BYTES(writer_view(&w), BYTES_LITERAL("f"));
    writer_free(&w);
}

static void extending(void)
{
    uint8_t room[4];
    struct writer w = {0};
    struct blob out = {0};

    writer_lend(&w, room, sizeof(room));
    CHECK(writer_extend(&w, 4) == room);
    memcpy(room, "abcd", 4);
    uint8_t *p = writer_extend(&w, 2);
    CHECK(p && p != room + 4);
    memcpy(p, "ef", 2);
    CHECK(!writer_extend(&w, SIZE_MAX) && !writer_extend(&w, 1)); /* the failure sticks */
    CHECK_STATUS(writer_finish(&w, &out), ST_BAD_ARGUMENT);
}

int main(void)
{
    limits();
    largest();
    largest_of_odd();
    values();
    u24_range();
    patches();
    patches_outside();
    reserving();
    again();
    lent();
    lent_too_little();
    lent_and_lost();
    resetting();
    extending();
    return unit_end("base_writer");
}
