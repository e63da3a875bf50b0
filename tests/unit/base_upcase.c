/* libs/base/utf16: utf16_upper against RtlUpcaseUnicodeChar.
 *
 * Everywhere: named examples, as dumped from ntdll. As a PE program also: ntdll itself, all 65,536
 * units. "base_upcase.exe --dump" prints ntdll's table for libs/base/upcase.py. */
#include "unit.h"
#include "base/utf16.h"

#ifdef _WIN32
#include <windows.h>
#endif

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

struct pair {
    uint16_t unit, upper;
};

/* Seen in the ntdll of Wine 8.0 and 10.0, which agree. */
static const struct pair examples[] = {
        {0x0000, 0x0000},
        {'a' - 1, 'a' - 1},
        {'a', 'A'},
        {'z', 'Z'},
        {'z' + 1, 'z' + 1},
        {'A', 'A'},
        {0x00B5, 0x00B5}, /* micro sign: its upper case, Greek Mu, has another lower case */
        {0x00DF, 0x00DF}, /* sharp s: no single upper case */
        {0x00E0, 0x00C0},
        {0x00F6, 0x00D6},
        {0x00F7, 0x00F7}, /* division sign, among letters */
        {0x00FF, 0x0178}, /* to another row */
        {0x0101, 0x0100},
        {0x0100, 0x0100},
        {0x0131, 0x0131}, /* dotless i */
        {0x0130, 0x0130},
        {0x0149, 0x0149}, /* n with apostrophe before: two characters */
        {0x017F, 0x017F}, /* long s */
        {0x01C5, 0x01C5}, /* title-case digraph */
        {0x01C6, 0x01C4}, /* lower-case digraph */
        {0x01F3, 0x01F1},
        {0x0250, 0x2C6F}, /* forward to another block */
        {0x0345, 0x0345},
        {0x0390, 0x0390}, /* iota with dialytika and tonos: three characters */
        {0x03B1, 0x0391},
        {0x03C2, 0x03C2}, /* final sigma */
        {0x03C3, 0x03A3},
        {0x03D0, 0x03D0}, /* beta symbol */
        {0x0450, 0x0400},
        {0x0451, 0x0401},
        {0x0561, 0x0531},
        {0x0587, 0x0587}, /* Armenian ligature */
        {0x10D0, 0x1C90}, /* Georgian */
        {0x13F8, 0x13F0}, /* Cherokee, small ones after the capitals */
        {0xAB70, 0x13A0}, /* Cherokee */
        {0x1C80, 0x1C80},
        {0x1E9B, 0x1E9B},
        {0x1E9E, 0x1E9E},
        {0x1F51, 0x1F59},
        {0x1F80, 0x1F88}, /* with iota subscript: the one character, not the two */
        {0x1FB3, 0x1FBC},
        {0x1FBE, 0x1FBE},
        {0x2170, 0x2160}, /* Roman numeral */
        {0x24D0, 0x24B6}, /* circled letter */
        {0xD800, 0xD800},
        {0xDFFF, 0xDFFF},
        {0xFB00, 0xFB00}, /* ff ligature */
        {0xFF41, 0xFF21}, /* full width */
        {0xFF5A, 0xFF3A},
        {0xFF5B, 0xFF5B},
        {0xFFFF, 0xFFFF},
};

static void named(void)
{
    for (size_t i = 0; i < COUNT(examples); i++) {
        if (utf16_upper(examples[i].unit) != examples[i].upper)
            printf("    U+%04X\n", examples[i].unit);
        CHECK(utf16_upper(examples[i].unit) == examples[i].upper);
    }
}

/* What the rule in upcase.py implies: no chains, and no two letters become one. */
static void shape(void)
{
    static uint8_t from[0x10000];
    unsigned chains = 0, joined = 0, changed = 0;

    for (unsigned c = 0; c < 0x10000; c++) {
        uint16_t up = utf16_upper((uint16_t)c);

        chains += utf16_upper(up) != up;
        joined += up != c && from[up];
        changed += up != c;
        from[up] |= up != c;
    }
    CHECK(!chains);
    CHECK(!joined);
    CHECK(changed == 1163);
}

#ifdef _WIN32
typedef WCHAR(WINAPI *upcase_function)(WCHAR);

static upcase_function ntdll_upcase(void)
{
    union {
        FARPROC any;
        upcase_function upcase;
    } f;

    f.any = GetProcAddress(GetModuleHandleA("ntdll.dll"), "RtlUpcaseUnicodeChar");
    return f.upcase;
}

static void against_ntdll(void)
{
    upcase_function upcase = ntdll_upcase();
    unsigned differ = 0;

    CHECK(upcase);
    for (unsigned c = 0; upcase && c < 0x10000; c++) {
        uint16_t want = upcase((WCHAR)c), got = utf16_upper((uint16_t)c);

        if (want == got)
            continue;
        printf("    U+%04X: ntdll U+%04X, utf16_upper U+%04X\n", c, want, got);
        differ++;
    }
    CHECK(!differ);
}

static int dump(void)
{
    upcase_function upcase = ntdll_upcase();

    for (unsigned c = 0; upcase && c < 0x10000; c++)
        printf("%04X %04X\n", c, upcase((WCHAR)c));
    return !upcase;
}
#endif

int main(int argc, char **argv)
{
    named();
    shape();
#ifdef _WIN32
    if (argc > 1 && !strcmp(argv[1], "--dump"))
        return dump();
    against_ntdll();
#else
    (void)argc, (void)argv;
#endif
    return unit_end("base_upcase");
}
