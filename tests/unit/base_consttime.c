/* libs/base/bytes: neither a branch nor an address depends on what secret_equal and all_zero look
 * at.
 *
 * As a plain unit test this checks results only. Under valgrind, with the secrets marked as
 * undefined memory, memcheck reports every branch and address that depends on them (the method of
 * Langley's ctgrind). Sanitizers and valgrind exclude each other, so that build is one of its own:
 * tests/shape/consttime. With argument "leak" this program branches on a secret itself: valgrind
 * must then complain. */
#include "unit.h"

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif
#endif
#ifndef VALGRIND_MAKE_MEM_UNDEFINED
#define VALGRIND_MAKE_MEM_UNDEFINED(p, size) ((void)(p), (void)(size))
#define VALGRIND_MAKE_MEM_DEFINED(p, size)   ((void)(p), (void)(size))
#endif

/* The result itself is for everyone. */
static bool declassify(bool result)
{
    VALGRIND_MAKE_MEM_DEFINED(&result, sizeof(result));
    return result;
}

static void comparison(size_t size, size_t differ)
{
    uint8_t a[64], b[64];
    bool equal, zero;

    memset(a, 0x5A, sizeof(a));
    memset(b, 0x5A, sizeof(b));
    if (differ < size)
        b[differ] ^= 0x80;
    VALGRIND_MAKE_MEM_UNDEFINED(a, sizeof(a));
    VALGRIND_MAKE_MEM_UNDEFINED(b, sizeof(b));
    equal = declassify(secret_equal(bytes_of(a, size), bytes_of(b, size)));
    zero = declassify(all_zero(a, size));
    wipe(a, sizeof(a));
    wipe(b, sizeof(b));
    CHECK(equal == (differ >= size));
    CHECK(zero == !size);
}

static void leak(void)
{
    uint8_t secret[16] = {0};

    VALGRIND_MAKE_MEM_UNDEFINED(secret, sizeof(secret));
    CHECK(bytes_equal(bytes_of(secret, 16), bytes_of(secret, 16)));
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "leak"))
        leak();
    for (size_t size = 0; size <= 64; size += 8)
        for (size_t differ = 0; differ <= size; differ += 3)
            comparison(size, differ);
    return unit_end("base_consttime");
}
