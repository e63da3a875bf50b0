/* libs/base/der: hostile lengths first; then values, from X.690's own examples where it has some.
 */
#include "unit.h"
#include "base/der.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

struct row {
    const char *hex;
    int contents; /* size that der_get gives; -1: refused */
};

static const struct row lengths[] = {
        /* not there, or not all */
        {"", -1},
        {"04", -1},
        {"0401", -1},
        {"0402 00", -1},
        {"047F 00", -1},
        {"0481", -1},
        {"0481 01", -1},
        {"0482 00", -1},
        {"0482 0001", -1},
        {"0483 000001", -1},
        {"0484 000000", -1},
        {"0484 00000001", -1},
        /* indefinite, reserved, more than four octets */
        {"0480", -1},
        {"0480 0000", -1},
        {"04FF 00", -1},
        {"0485 0000000000", -1},
        {"0485 0000000001 00", -1},
        {"0488 0000000000000001 00", -1},
        /* beyond the input, up to where offset + length would wrap */
        {"0484 FFFFFFFF", -1},
        {"0484 FFFFFFFF 00", -1},
        {"0484 FFFFFFFA 00", -1},
        {"0484 FFFFFFF9 00", -1},
        {"0484 80000000 00", -1},
        {"0484 7FFFFFFF 00", -1},
        {"0483 FFFFFF 00", -1},
        {"0482 FFFF 00", -1},
        {"0481 FF 00", -1},
        /* good */
        {"0400", 0},
        {"0401 AA", 1},
        {"0402 AABB CC", 2},
        /* not minimal: Windows' older encoders */
        {"0481 00", 0},
        {"0481 01 AA", 1},
        {"0482 0001 AA", 1},
        {"0483 000001 AA", 1},
        {"0484 00000001 AA", 1},
        {"0484 00000000", 0},
        /* another tag, a tag in more octets */
        {"0501 AA", -1},
        {"2401 AA", -1},
        {"1F04 01 AA", -1},
};

/* In a block of exactly its size, for ASan. */
static struct bytes exact(const char *hex)
{
    uint8_t *p = malloc(64);
    struct bytes b = unit_unhex(hex, p, 64);

    p = realloc(p, b.size ? b.size : 1);
    if (!p)
        abort();
    return bytes_of(p, b.size);
}

static void hostile_lengths(void)
{
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct bytes input = exact(lengths[i].hex);
        struct reader r = reader_on(input), inner;
        struct bytes v = der_get(&r, DER_OCTET_STRING);
        bool good = lengths[i].contents >= 0;

        CHECK(reader_ok(&r) == good);
        CHECK(v.size == (good ? (size_t)lengths[i].contents : 0));
        if (v.size)
            CHECK(v.data[0] == 0xAA);
        if (!good)
            CHECK(der_peek(&r) == -1 && !v.data);
        r = reader_on(input);
        inner = der_enter(&r, DER_OCTET_STRING);
        CHECK(reader_ok(&r) == good && reader_ok(&inner) == good);
        CHECK(reader_left(&inner) == v.size);
        free((void *)input.data);
    }
}

static void any(void)
{
    uint8_t buffer[16], tag = 99;
    struct reader r = reader_on(unit_unhex("0482 0001 AA 0500 1F01AA", buffer, sizeof(buffer)));

    CHECK(der_peek(&r) == 0x04);
    CHECK_BYTES(der_get_any(&r, &tag), bytes_of(buffer, 5));
    CHECK(tag == DER_OCTET_STRING);
    CHECK_BYTES(der_get_any(&r, NULL), bytes_of(buffer + 5, 2));
    CHECK(der_peek(&r) == 0x1F);
    CHECK(!der_get_any(&r, &tag).size && tag == 0 && !reader_ok(&r));
    CHECK(!der_get_any(&r, NULL).size && der_peek(&r) == -1);
    r = reader_on(bytes_of(NULL, 0));
    CHECK(der_peek(&r) == -1 && reader_ok(&r));
}

/* A contents' reader ends where its TLV ends, whatever is behind it. */
static void nested(void)
{
    uint8_t buffer[32];
    struct reader r =
            reader_on(unit_unhex("3008 A003 020105 0401 AA 0500", buffer, sizeof(buffer)));
    struct reader seq = der_enter(&r, DER_SEQUENCE);
    struct reader c0 = der_enter(&seq, DER_CONTEXT(0)), c1;

    CHECK(der_get_u32(&c0, DER_INTEGER) == 5 && reader_done(&c0));
    CHECK(der_peek(&seq) == DER_OCTET_STRING);
    CHECK(der_get(&seq, DER_OCTET_STRING).size == 1 && reader_done(&seq));
    CHECK(!der_get(&seq, DER_NULL).data && !reader_ok(&seq) && reader_ok(&r));
    der_get(&r, DER_NULL);
    CHECK(reader_done(&r));

    /* The inner length goes beyond the outer one, but not beyond the input. */
    r = reader_on(unit_unhex("3003 0402 AA BB", buffer, sizeof(buffer)));
    seq = der_enter(&r, DER_SEQUENCE);
    CHECK(reader_ok(&seq) && !der_get(&seq, DER_OCTET_STRING).data && !reader_ok(&seq));

    r = reader_on(unit_unhex("3000", buffer, sizeof(buffer)));
    seq = der_enter(&r, DER_SEQUENCE);
    CHECK(reader_done(&seq) && der_peek(&seq) == -1);
    c1 = der_enter(&seq, DER_CONTEXT(1));
    CHECK(!reader_ok(&c1) && !reader_ok(&seq) && reader_ok(&r));
}

/* Values of "A Layman's Guide to a Subset of ASN.1, BER, and DER" (Kaliski), 5.7, and the borders.
 */
static const struct {
    const char *hex;
    bool bits_ok, u32_ok;
    uint32_t value;
} integers[] = {
        {"0200", false, false, 0},
        {"0206 000000000001", false, false, 0},
        {"0205 0100000000", false, false, 0},
        {"0205 FF00000001", false, false, 0},
        {"0205 80C000006D", false, false, 0},
        {"0202 01", false, false, 0},
        {"0201 00", true, true, 0},
        {"0201 7F", true, true, 127},
        {"0202 0080", true, true, 128},
        {"0202 0100", true, true, 256},
        {"0201 80", true, false, 0xFFFFFF80},
        {"0202 FF7F", true, false, 0xFFFFFF7F},
        {"0202 00C8", true, true, 200},
        {"0204 7FFFFFFF", true, true, 0x7FFFFFFF},
        {"0204 80000000", true, false, 0x80000000},
        {"0205 00FFFFFFFF", true, true, 0xFFFFFFFF},
        {"0205 0080000000", true, true, 0x80000000},
        {"0201 FF", true, false, 0xFFFFFFFF},
        /* STATUS_LOGON_FAILURE as peers write it, signed and unsigned */
        {"0204 C000006D", true, false, 0xC000006D},
        {"0205 00C000006D", true, true, 0xC000006D},
        /* not minimal, but unmistakable */
        {"0204 00000001", true, true, 1},
        {"0205 0000000001", true, true, 1},
};

static void integer_reading(void)
{
    for (size_t i = 0; i < COUNT(integers); i++) {
        struct bytes input = exact(integers[i].hex);
        struct reader r = reader_on(input);
        uint32_t v = der_get_u32(&r, DER_INTEGER);

        CHECK(reader_ok(&r) == integers[i].u32_ok);
        CHECK(v == (integers[i].u32_ok ? integers[i].value : 0));
        r = reader_on(input);
        v = der_get_bits32(&r, DER_INTEGER);
        CHECK(reader_ok(&r) == integers[i].bits_ok);
        CHECK(v == integers[i].value);
        r = reader_on(input);
        CHECK(der_get_u32(&r, DER_ENUMERATED) == 0 && !reader_ok(&r));
        free((void *)input.data);
    }
}

static void integer_writing(void)
{
    static const struct {
        uint32_t value;
        const char *hex;
    } rows[] = {
            {0, "020100"},
            {1, "020101"},
            {127, "02017F"},
            {128, "02020080"},
            {200, "020200C8"},
            {255, "020200FF"},
            {256, "02020100"},
            {0x7FFF, "02027FFF"},
            {0x8000, "0203008000"},
            {0x7FFFFF, "02037FFFFF"},
            {0x800000, "020400800000"},
            {0x7FFFFFFF, "02047FFFFFFF"},
            {0x80000000, "02050080000000"},
            {0xC000006D, "020500C000006D"},
            {0xFFFFFFFF, "020500FFFFFFFF"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct writer w = {0};
        struct blob out = {0};
        uint8_t want[8];
        struct reader r;

        der_put_u32(&w, DER_INTEGER, rows[i].value);
        CHECK_STATUS(writer_finish(&w, &out), ST_OK);
        CHECK_BYTES(blob_view(&out), unit_unhex(rows[i].hex, want, sizeof(want)));
        r = reader_on(blob_view(&out));
        CHECK(der_get_u32(&r, DER_INTEGER) == rows[i].value && reader_done(&r));
        blob_free(&out);
    }
}

/* X.690: 8.1.3.5 (a length of 201 is 81 C9), 8.2.2 (TRUE), 8.8 (NULL), 8.19.5 ({2 100 3}). */
static void x690_examples(void)
{
    static const uint8_t filler[201] = {0};
    struct writer w = {0};
    struct blob out = {0};
    uint8_t want[16];

    der_put(&w, DER_OCTET_STRING, bytes_of(filler, 201));
    CHECK_STATUS(writer_finish(&w, &out), ST_OK);
    CHECK(out.size == 204);
    CHECK_BYTES(bytes_of(out.data, 3), unit_unhex("0481C9", want, sizeof(want)));
    der_put(&w, DER_BOOLEAN, BYTES_LITERAL("\xFF"));
    der_put(&w, DER_NULL, bytes_of(NULL, 0));
    der_put_raw(&w, BYTES_LITERAL("\x06\x03\x81\x34\x03"));
    CHECK_STATUS(writer_finish(&w, &out), ST_OK);
    CHECK_BYTES(blob_view(&out), unit_unhex("0101FF 0500 0603813403", want, sizeof(want)));
    blob_free(&out);
}

/* der_open and der_close at each number of length octets, two deep, with something behind. */
static void opened(void)
{
    static const struct {
        size_t size;
        const char *outer, *inner; /* headers */
    } rows[] = {
            {0, "3002", "0400"},
            {125, "307F", "047D"},
            {126, "308180", "047E"},
            {127, "308181", "047F"},
            {128, "308183", "048180"},
            {252, "3081FF", "0481FC"},
            {253, "30820100", "0481FD"},
            {255, "30820102", "0481FF"},
            {256, "30820104", "04820100"},
            {65531, "3082FFFF", "0482FFFB"},
            {65532, "3083010000", "0482FFFC"},
            {65536, "3083010005", "0483010000"},
            {0xFFFFFB, "308401000000", "0483FFFFFB"},
            {0x1000000, "308401000006", "048401000000"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t outer[8], inner[8];
        struct bytes wo = unit_unhex(rows[i].outer, outer, sizeof(outer));
        struct bytes wi = unit_unhex(rows[i].inner, inner, sizeof(inner));
        struct writer w = {0};
        struct blob out = {0};
        struct reader r, seq;
        size_t a, b;

        a = der_open(&w, DER_SEQUENCE);
        b = der_open(&w, DER_OCTET_STRING);
        writer_zeros(&w, rows[i].size);
        if (rows[i].size)
            writer_patch(&w, b, BYTES_LITERAL("F"));
        der_close(&w, b);
        der_close(&w, a);
        der_put(&w, DER_NULL, bytes_of(NULL, 0));
        CHECK_STATUS(writer_finish(&w, &out), ST_OK);
        CHECK(out.size == wo.size + wi.size + rows[i].size + 2);
        r = reader_on(blob_view(&out));
        reader_expect(&r, wo);
        reader_expect(&r, wi);
        CHECK(reader_ok(&r) && (!rows[i].size || reader_u8(&r) == 'F'));
        r = reader_on(blob_view(&out));
        seq = der_enter(&r, DER_SEQUENCE);
        CHECK(der_get(&seq, DER_OCTET_STRING).size == rows[i].size && reader_done(&seq));
        der_get(&r, DER_NULL);
        CHECK(reader_done(&r));
        blob_free(&out);
    }
}

/* The same bytes where the size is known beforehand; sizes around each number of length octets, X.690 8.1.3. */
static void known_sizes(void)
{
    static const struct {
        size_t contents, whole;
        const char *head;
    } rows[] = {
            {0, 2, "0400"},
            {127, 129, "047F"},
            {128, 131, "048180"},
            {255, 258, "0481FF"},
            {256, 260, "04820100"},
            {65535, 65539, "0482FFFF"},
            {65536, 65541, "0483010000"},
            {0xFFFFFF, 0x1000004, "0483FFFFFF"},
            {0x1000000, 0x1000006, "048401000000"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct writer w = {0};
        struct blob out = {0};
        uint8_t want[8];

        CHECK(der_size(rows[i].contents) == rows[i].whole);
        der_head(&w, DER_OCTET_STRING, rows[i].contents);
        CHECK_STATUS(writer_finish(&w, &out), ST_OK);
        CHECK_BYTES(blob_view(&out), unit_unhex(rows[i].head, want, sizeof(want)));
        blob_free(&out);
    }
    struct writer w = {.status = ST_NO_MEMORY};
    der_head(&w, DER_OCTET_STRING, 1);
    CHECK(!writer_at(&w));
    writer_free(&w);
}

static void wrong_marks(void)
{
    static const size_t marks[] = {0, 1, 3, SIZE_MAX};
    struct blob out = {0};

    for (size_t i = 0; i < COUNT(marks); i++) {
        struct writer w = {0};

        der_open(&w, DER_SEQUENCE);
        der_close(&w, marks[i]);
        CHECK_STATUS(writer_finish(&w, &out), ST_INTERNAL);
    }
}

/* Each allocation while a message is built, also the one that der_close makes. */
static void no_memory(void)
{
    for (long n = 0;; n++) {
        struct writer w = {0};
        struct blob out = {0};
        enum status s;
        size_t mark;

        mem_fail_after(n);
        mark = der_open(&w, DER_SEQUENCE);
        writer_zeros(&w, 254); /* 256 in all: the block is full */
        writer_zeros(&w, 2);
        writer_zeros(&w, 254); /* 512 in all */
        der_close(&w, mark);
        s = writer_finish(&w, &out);
        if (mem_fail_after(-1) >= 0) {
            CHECK_STATUS(s, ST_OK);
            CHECK(n == 3 && out.size == 514); /* blocks of 256, 512, 1024 */
            blob_free(&out);
            break;
        }
        CHECK_STATUS(s, ST_NO_MEMORY);
        CHECK(!out.data);
    }
}

/* Reads whatever DER there is, as deep as it goes. Every view must lie within INPUT. */
static void walk(struct reader *r, struct bytes input, int depth)
{
    while (der_peek(r) >= 0) {
        uint8_t tag;
        struct bytes whole = der_get_any(r, &tag);
        struct reader at = reader_on(whole), inner;

        if (!reader_ok(r))
            return;
        if (whole.size < 2 || whole.data < input.data ||
                whole.data + whole.size > input.data + input.size) {
            CHECK(!"view outside of the input");
            return;
        }
        inner = der_enter(&at, tag);
        if (!reader_done(&at))
            CHECK(!"der_enter disagrees with der_get_any");
        if ((tag & 0x20) && depth < 10)
            walk(&inner, input, depth + 1);
    }
}

/* An RFC 4178 NegTokenInit (APPLICATION 0, the SPNEGO OID, mechTypes of NTLMSSP and Kerberos, a
 * mechToken of four octets), put together by hand. */
static const char init[] = "602D 0606 2B0601050502 A023 3021"
                           "A017 3015 060A 2B06010401823702020A 0607 2A8648F7120102"
                           "A206 0404 4E544C4D";

static void mutations(void)
{
    uint8_t good[64];
    struct bytes all = unit_unhex(init, good, sizeof(good));
    struct reader r = reader_on(all);

    CHECK(der_get(&r, DER_APPLICATION(0)).size == 45 && reader_done(&r));
    for (size_t size = 0; size < all.size; size++) {
        uint8_t *p = malloc(size ? size : 1);

        memcpy(p, good, size);
        r = reader_on(bytes_of(p, size));
        CHECK(!der_get(&r, DER_APPLICATION(0)).data && !reader_ok(&r));
        free(p);
    }
    for (size_t bit = 0; bit < 8 * all.size; bit++) {
        uint8_t *p = malloc(all.size);

        memcpy(p, good, all.size);
        p[bit / 8] ^= (uint8_t)(1 << bit % 8);
        r = reader_on(bytes_of(p, all.size));
        walk(&r, bytes_of(p, all.size), 0);
        r = reader_on(bytes_of(p, all.size));
        der_get(&r, DER_APPLICATION(0));
        CHECK(reader_done(&r) == (bit >= 16)); /* its own tag and length have no second reading */
        free(p);
    }
}

int main(void)
{
    hostile_lengths();
    any();
    nested();
    integer_reading();
    integer_writing();
    x690_examples();
    opened();
    known_sizes();
    wrong_marks();
    no_memory();
    mutations();
    return unit_end("base_der");
}
