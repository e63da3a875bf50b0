/* libs/base/utf16: ill-formed text first (Unicode standard, table 3-7; RFC 3629, sections 4 and
 * 10), then the examples of RFC 3629 section 7 and every character there and back. */
#include "unit.h"
#include "base/utf16.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static bool within(unsigned v, unsigned low, unsigned high)
{
    return v >= low && v <= high;
}

/* Table 3-7 as it stands, one row each: the size of the well-formed sequence at P, 0 if none. */
static size_t table_3_7(const uint8_t *p, size_t n)
{
    static const uint8_t rows[9][6] = {
            {0x00, 0x7F, 1, 0, 0, 0},
            {0xC2, 0xDF, 2, 0x80, 0xBF, 0},
            {0xE0, 0xE0, 3, 0xA0, 0xBF, 0},
            {0xE1, 0xEC, 3, 0x80, 0xBF, 0},
            {0xED, 0xED, 3, 0x80, 0x9F, 0},
            {0xEE, 0xEF, 3, 0x80, 0xBF, 0},
            {0xF0, 0xF0, 4, 0x90, 0xBF, 0},
            {0xF1, 0xF3, 4, 0x80, 0xBF, 0},
            {0xF4, 0xF4, 4, 0x80, 0x8F, 0},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t size = rows[i][2];

        if (!within(p[0], rows[i][0], rows[i][1]) || size > n)
            continue;
        if (size > 1 && !within(p[1], rows[i][3], rows[i][4]))
            continue;
        for (size_t k = 2; k < size; k++)
            if (!within(p[k], 0x80, 0xBF))
                size = 0;
        if (size)
            return size;
    }
    return 0;
}

static bool well_formed(const uint8_t *p, size_t n)
{
    while (n) {
        size_t size = table_3_7(p, n);

        if (!size)
            return false;
        p += size;
        n -= size;
    }
    return true;
}

/* All sequences of up to four octets out of those at the borders of table 3-7. */
static void all_borders(void)
{
    static const uint8_t octets[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1,
            0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    size_t wrong = 0, good = 0, total = 0, count = 1;

    for (size_t n = 0; n <= 4; n++, count *= COUNT(octets))
        for (size_t i = 0; i < count; i++) {
            struct blob out = {0};
            uint8_t seq[4];
            size_t pick = i;
            bool want;

            for (size_t k = 0; k < n; k++, pick /= COUNT(octets))
                seq[k] = octets[pick % COUNT(octets)];
            want = well_formed(seq, n);
            if (utf16_from_utf8(bytes_of(seq, n), &out) != (want ? ST_OK : ST_BAD_ARGUMENT))
                wrong++;
            good += want;
            total++;
            blob_free(&out);
        }
    CHECK(!wrong);
    CHECK(total == 346201 && good > 1000 && good < total / 10);
}

/* By name; each must also leave OUT as it was. */
static void ill_formed_utf8(void)
{
    static const char *const rows[] = {
            "80", /* continuation alone */
            "BF",
            "C3", /* ends early */
            "E282",
            "F09F98",
            "C328", /* something else instead of a continuation */
            "E28228",
            "C080",         /* overlong NUL */
            "2FC0AE2E2F",   /* "/../" of RFC 3629, section 10 */
            "C1BF",         /* overlong, 7F */
            "E09FBF",       /* overlong, 7FF */
            "F08FBFBF",     /* overlong, FFFF */
            "EDA080",       /* surrogate D800 */
            "EDBFBF",       /* surrogate DFFF */
            "EDA18CEDBEB4", /* CESU-8 pair, RFC 3629 section 10 */
            "F4908080",     /* 110000 */
            "F7BFBFBF",     /* 1FFFFF */
            "F888808080",   /* five octets */
            "FC8480808080", /* six */
            "FE",
            "FF",
            "6180", /* a good start does not help */
            "61C3",
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t buffer[16];
        struct blob out = {0};

        CHECK_STATUS(blob_set(&out, BYTES_LITERAL("old")), ST_OK);
        CHECK_STATUS(utf16_from_utf8(unit_unhex(rows[i], buffer, sizeof(buffer)), &out),
                ST_BAD_ARGUMENT);
        CHECK_BYTES(blob_view(&out), BYTES_LITERAL("old"));
        blob_free(&out);
    }
}

static void ill_formed_utf16(void)
{
    static const char *const rows[] = {
            "61",               /* half a unit */
            "610062", "00D8",   /* high alone */
            "FFDB", "00DC",     /* low alone */
            "FFDF", "00D86100", /* high, then no low */
            "00D800D8",         /* two highs */
            "00DC00DC",         /* two lows */
            "00D800E0",         /* high, then just past the lows */
            "00D8FFDB",         /* high, then just before them */
            "00DC00D8",         /* the wrong way round */
            "3DD800DE00DE",     /* a pair and a low */
            "3DD800DE3DD8",     /* a pair and a high */
            "3DD800",           /* half a low */
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t buffer[16];
        struct blob out = {0};

        CHECK_STATUS(blob_set(&out, BYTES_LITERAL("old")), ST_OK);
        CHECK_STATUS(utf8_from_utf16(unit_unhex(rows[i], buffer, sizeof(buffer)), &out),
                ST_BAD_ARGUMENT);
        CHECK_BYTES(blob_view(&out), BYTES_LITERAL("old"));
        blob_free(&out);
    }
}

static void examples(void)
{
    static const struct {
        const char *utf8, *utf16;
    } rows[] = {
            {"", ""},
            {"00", "0000"},
            {"41E289A2CE912E", "4100 6222 9103 2E00"},
            {"ED959CEAB5ADEC96B4", "5CD5 6DAD B4C5"},
            {"E697A5E69CACE8AA9E", "E565 2C67 9E8A"},
            {"EFBBBFF0A38EB4", "FFFE 4CD8 B4DF"}, /* a BOM is a character like others */
            {"F48FBFBF", "FFDB FFDF"},
            {"EFBFBF", "FFFF"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t a[16], b[16];
        struct bytes utf8 = unit_unhex(rows[i].utf8, a, sizeof(a));
        struct bytes utf16 = unit_unhex(rows[i].utf16, b, sizeof(b));
        struct blob out = {0};

        CHECK_STATUS(utf16_from_utf8(utf8, &out), ST_OK);
        CHECK_BYTES(blob_view(&out), utf16);
        CHECK_STATUS(utf8_from_utf16(utf16, &out), ST_OK);
        CHECK_BYTES(blob_view(&out), utf8);
        blob_free(&out);
    }
}

/* Every scalar value, 0 to 10FFFF without surrogates: distinct and back to the same. */
static void there_and_back(void)
{
    size_t units = 0x10000 - 0x800 + 2 * 0x100000, at = 0;
    uint8_t *all = malloc(2 * units);
    struct blob utf8 = {0}, utf16 = {0};

    for (uint32_t c = 0; c < 0x110000; c++) {
        uint32_t high = c < 0x10000 ? c : 0xD7C0 + (c >> 10);

        if (within(c, 0xD800, 0xDFFF))
            continue;
        all[at++] = (uint8_t)high;
        all[at++] = (uint8_t)(high >> 8);
        if (c < 0x10000)
            continue;
        all[at++] = (uint8_t)c;
        all[at++] = (uint8_t)(0xDC | (c >> 8 & 3));
    }
    CHECK(at == 2 * units);
    CHECK_STATUS(utf8_from_utf16(bytes_of(all, at), &utf8), ST_OK);
    CHECK(utf8.size == 0x80 + 2 * 0x780 + 3 * (0xF800 - 0x800) + 4 * 0x100000);
    CHECK(well_formed(utf8.data, utf8.size));
    CHECK_STATUS(utf16_from_utf8(blob_view(&utf8), &utf16), ST_OK);
    CHECK(bytes_equal(blob_view(&utf16), bytes_of(all, at)));
    free(all);
    blob_free(&utf8);
    blob_free(&utf16);
}

#define TEXT(s) bytes_of(u##s, sizeof(u##s) - 2)

static void upper_copies(void)
{
    struct blob out = {0};

    CHECK_STATUS(utf16_upper_copy(TEXT("User\u00FC\u00FF"), &out), ST_OK);
    CHECK_BYTES(blob_view(&out), TEXT("USER\u00DC\u0178"));
    CHECK_STATUS(utf16_upper_copy(bytes_of(u"ab", 3), &out), ST_BAD_ARGUMENT);
    CHECK(out.size == 12);
    CHECK_STATUS(utf16_upper_copy(bytes_of(out.data, 4), &out), ST_OK); /* from within itself */
    CHECK_BYTES(blob_view(&out), TEXT("US"));
    CHECK_STATUS(utf16_upper_copy(bytes_of(NULL, 0), &out), ST_OK);
    CHECK(!out.size);
    /* surrogates pass through, paired or not: U+10428 has an upper case, but not by units */
    CHECK_STATUS(utf16_upper_copy(bytes_of("\x01\xD8\x28\xDC\x00\xD8", 6), &out), ST_OK);
    CHECK_BYTES(blob_view(&out), bytes_of("\x01\xD8\x28\xDC\x00\xD8", 6));
    blob_free(&out);
}

static void comparing(void)
{
    CHECK(utf16_equal_nocase(TEXT("domain"), TEXT("DoMaIn")));
    CHECK(utf16_equal_nocase(TEXT("\u00E9\u0451"), TEXT("\u00C9\u0401")));
    CHECK(utf16_equal_nocase(TEXT(""), bytes_of(NULL, 0)));
    CHECK(!utf16_equal_nocase(TEXT("domain"), TEXT("domai")));
    CHECK(!utf16_equal_nocase(TEXT("domain"), TEXT("domaim")));
    CHECK(!utf16_equal_nocase(bytes_of(u"ab", 3), bytes_of(u"ab", 3)));
    CHECK(!utf16_equal_nocase(TEXT("\u0131"), TEXT("I"))); /* no Turkish rule */
    CHECK(!utf16_equal_nocase(TEXT("stra\u00DFe"), TEXT("strasse")));
}

static void no_memory(void)
{
    struct blob out = {0};

    CHECK_STATUS(blob_set(&out, BYTES_LITERAL("old")), ST_OK);
    mem_fail_after(0);
    CHECK_STATUS(utf16_upper_copy(TEXT("a"), &out), ST_NO_MEMORY);
    mem_fail_after(0);
    CHECK_STATUS(utf16_from_utf8(BYTES_LITERAL("a"), &out), ST_NO_MEMORY);
    mem_fail_after(0);
    CHECK_STATUS(utf8_from_utf16(TEXT("a"), &out), ST_NO_MEMORY);
    CHECK(mem_fail_after(-1) < 0);
    CHECK_BYTES(blob_view(&out), BYTES_LITERAL("old"));
    blob_free(&out);
}

static void printing(struct bytes text, size_t size, const char *want)
{
    char *out = malloc(size + 1); /* a guard behind, and ASan's behind that */
    const char *got;

    out[size] = 'G';
    got = utf16_printable(text, out, size);
    if (strcmp(got, want))
        printf("    got \"%s\"\n", got);
    CHECK(!strcmp(got, want) && out[size] == 'G' && (!size || got == out));
    free(out);
}

static void printable(void)
{
    printing(TEXT("user"), 0, "");
    printing(TEXT("user"), 1, "");
    printing(TEXT("user"), 4, "use");
    printing(TEXT("user"), 5, "user");
    printing(TEXT("user"), 100, "user");
    printing(bytes_of(NULL, 0), 10, "");
    printing(bytes_of(u"ab", 3), 10, "a?");
    printing(TEXT("a\r\n\x1B[0m\x7F\u202E\u2028z"), 40, "a???[0m???z");
    printing(bytes_of("\x85\x00\x9F\x00\xA0\x00", 6), 40, "??\xC2\xA0"); /* C1 controls */
    printing(bytes_of("\x00\x00\x61\x00", 4), 10, "?a");                 /* a NUL does not end it */
    printing(bytes_of("\x00\xD8\x61\x00", 4), 10, "?a");
    printing(bytes_of("\x00\xDC\x00\xD8", 4), 10, "??");
    printing(bytes_of("\x3D\xD8\x00", 3), 10, "??");
    printing(bytes_of("\x3D\xD8\x00\xDE", 4), 10, "\xF0\x9F\x98\x80");
    printing(bytes_of("\x3D\xD8\x00\xDE", 4), 4, ""); /* whole characters only */
    printing(TEXT("x\u00FC"), 3, "x");
    printing(TEXT("x\u00FC"), 4, "x\xC3\xBC");
}

static void finding(void)
{
    struct bytes text = TEXT("a/\u012F/"); /* U+012F has the octet of '/' in it */

    CHECK(utf16_find(text, 0, '/') == 1);
    CHECK(utf16_find(text, 2, '/') == 3);
    CHECK(utf16_find(text, 4, '/') == 4);
    CHECK(utf16_find(text, 0, 'x') == 4);
    CHECK(utf16_find(bytes_of(NULL, 0), 0, 'x') == 0);
    CHECK(utf16_find(bytes_of(text.data, 1), 0, 'a') == 0); /* half a unit is none */
    CHECK(bytes_equal(utf16_part(text, 2, 4), TEXT("\u012F/")));
    CHECK(!utf16_part(text, 4, 4).size);
    CHECK(!utf16_part(text, 3, 5).size); /* beyond the end: nothing */
    CHECK(!utf16_part(bytes_of(NULL, 0), 0, 0).size);
}

int main(void)
{
    all_borders();
    finding();
    ill_formed_utf8();
    ill_formed_utf16();
    examples();
    there_and_back();
    upper_copies();
    comparing();
    no_memory();
    printable();
    return unit_end("base_utf16");
}
