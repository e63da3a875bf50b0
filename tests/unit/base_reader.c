/* libs/base/reader: past the end first; then values. */
#include "unit.h"
#include "base/reader.h"

#include <limits.h>

static const uint8_t eight[8] = {1, 2, 3, 4, 5, 6, 7, 0x88};

/* The input in a heap block of exactly its size, so that ASan sees one byte too many. */
static struct bytes exact(size_t size)
{
    uint8_t *p = malloc(size ? size : 1);

    if (!p)
        abort();
    memcpy(p, eight, size);
    return bytes_of(p, size);
}

static uint64_t read_width(struct reader *r, int which)
{
    switch (which) {
    case 0:
        return reader_u8(r);
    case 1:
        return reader_u16le(r);
    case 2:
        return reader_u16be(r);
    case 3:
        return reader_u24be(r);
    case 4:
        return reader_u32le(r);
    case 5:
        return reader_u32be(r);
    case 6:
        return reader_u64le(r);
    default:
        return reader_u64be(r);
    }
}

static const size_t width[8] = {1, 2, 2, 3, 4, 4, 8, 8};

/* Every integer at every shortage: 0, failed for good, the position as it was. */
static void overfill(void)
{
    for (int which = 0; which < 8; which++)
        for (size_t size = 0; size < width[which]; size++) {
            struct bytes input = exact(size);
            struct reader r = reader_on(input);

            CHECK(read_width(&r, which) == 0 && !reader_ok(&r) && !reader_done(&r));
            CHECK(reader_left(&r) == 0 && r.at == 0);
            for (int again = 0; again < 8; again++)
                CHECK(read_width(&r, again) == 0);
            CHECK(!reader_bytes(&r, 1).size && !reader_bytes(&r, 0).size && !reader_rest(&r).size);
            CHECK(!reader_field(&r, 0, size).size && !reader_ok(&r));
            free((void *)input.data);
        }
}

static void huge_sizes(void)
{
    static const size_t sizes[] = {9, INT_MAX, SIZE_MAX / 2, SIZE_MAX - 8, SIZE_MAX - 1, SIZE_MAX};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
        for (size_t at = 0; at <= 8; at++) {
            struct reader r = reader_on(bytes_of(eight, 8));
            struct bytes b;

            reader_skip(&r, at);
            CHECK(reader_ok(&r));
            b = reader_bytes(&r, sizes[i]);
            CHECK(!b.data && !b.size && !reader_ok(&r) && r.at == at);
            r = reader_on(bytes_of(eight, 8));
            reader_skip(&r, sizes[i]);
            CHECK(!reader_ok(&r));
        }
}

static void fields(void)
{
    struct {
        size_t offset, size;
        bool ok;
    } rows[] = {
            {0, 8, true},
            {7, 1, true},
            {3, 2, true},
            {0, 0, true},
            {8, 0, true},
            {9, 0, true}, /* a size of 0 is empty wherever it points */
            {SIZE_MAX, 0, true},
            {8, 1, false},
            {0, 9, false},
            {7, 2, false},
            {9, 1, false},
            {1, SIZE_MAX, false}, /* the sum wraps to 0 */
            {SIZE_MAX, 1, false},
            {SIZE_MAX, 2, false},
            {SIZE_MAX - 3, 8, false}, /* wraps to 4 */
            {8, SIZE_MAX - 7, false},
            {SIZE_MAX, SIZE_MAX, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct reader r = reader_on(bytes_of(eight, 8));
        struct bytes b;

        reader_skip(&r, 5); /* independent of the position */
        b = reader_field(&r, rows[i].offset, rows[i].size);
        CHECK(reader_ok(&r) == rows[i].ok && r.at == 5);
        CHECK(b.size == (rows[i].ok ? rows[i].size : 0));
        if (b.size)
            CHECK(b.data == eight + rows[i].offset);
    }
}

static void values(void)
{
    static const uint64_t want[8] = {0x01, 0x0201, 0x0102, 0x010203, 0x04030201, 0x01020304,
            0x8807060504030201, 0x0102030405060788};

    for (int which = 0; which < 8; which++) {
        struct reader r = reader_on(bytes_of(eight, width[which]));

        CHECK(read_width(&r, which) == want[which]);
        CHECK(reader_done(&r));
    }
    for (int which = 0; which < 8; which++) { /* the top bit is no sign */
        static const uint8_t ones[8] = {255, 255, 255, 255, 255, 255, 255, 255};
        struct reader r = reader_on(bytes_of(ones, 8));

        CHECK(read_width(&r, which) == UINT64_MAX >> (64 - 8 * width[which]));
    }
}

static void copies(void)
{
    struct reader r = reader_on(bytes_of(eight, 8));
    uint8_t out[4] = {9, 9, 9, 9};

    reader_copy(&r, out, 4);
    CHECK_BYTES(bytes_of(out, 4), bytes_of(eight, 4));
    reader_skip(&r, 1);
    reader_copy(&r, out, 0);
    reader_copy(&r, NULL, 0);
    CHECK(reader_ok(&r) && out[0] == 1);
    reader_copy(&r, out, 4); /* three are left */
    CHECK(!reader_ok(&r) && all_zero(out, 4));
}

static void rest_and_expect(void)
{
    struct reader r = reader_on(bytes_of(eight, 8));

    reader_expect(&r, bytes_of(eight, 3));
    CHECK(reader_ok(&r) && reader_left(&r) == 5 && !reader_done(&r));
    CHECK_BYTES(reader_rest(&r), bytes_of(eight + 3, 5));
    CHECK(reader_done(&r) && !reader_rest(&r).size && reader_done(&r));
    reader_expect(&r, bytes_of(NULL, 0));
    CHECK(reader_done(&r));
    reader_expect(&r, bytes_of(eight, 1));
    CHECK(!reader_ok(&r));
    r = reader_on(bytes_of(eight, 8));
    reader_expect(&r, bytes_of(eight + 1, 3));
    CHECK(!reader_ok(&r));
    r = reader_on(bytes_of(eight, 8));
    reader_fail(&r);
    CHECK(!reader_ok(&r) && !reader_u8(&r) && !reader_left(&r));
}

static void nothing(void)
{
    struct reader r = reader_on(bytes_of(NULL, 0));

    CHECK(reader_ok(&r) && reader_done(&r) && !reader_left(&r));
    CHECK(!reader_bytes(&r, 0).size && reader_ok(&r));
    CHECK(!reader_field(&r, 0, 0).size && reader_ok(&r));
    CHECK(reader_u8(&r) == 0 && !reader_ok(&r));
}

int main(void)
{
    overfill();
    huge_sizes();
    fields();
    values();
    copies();
    rest_and_expect();
    nothing();
    return unit_end("base_reader");
}
