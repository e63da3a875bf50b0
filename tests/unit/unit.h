/* The unit tests' harness: says "begun", counts checks, goes on after a failure, ends with one line
 * "NAME: N passed, N failed, N skipped". Exit code 1 if anything failed. One translation unit each. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"

static int unit_passed, unit_failed;

/* Before main: without this line tests/run-unit knows that Wine has not come as far as the program. */
__attribute__((constructor)) static void unit_begin(void)
{
    printf("begun\n");
    fflush(stdout);
}

#define CHECK(cond) \
    do { \
        if (cond) \
            unit_passed++; \
        else { \
            unit_failed++; \
            printf("%s:%d: FAILED: %s\n", __FILE__, __LINE__, #cond); \
            fflush(stdout); /* a hang may come next */ \
        } \
    } while (0)

#define CHECK_STATUS(expr, want) \
    do { \
        enum status unit_s = (expr); \
        if (unit_s == (want)) \
            unit_passed++; \
        else { \
            unit_failed++; \
            printf("%s:%d: FAILED: %s is %s, wanted %s\n", __FILE__, __LINE__, #expr, \
                    status_name(unit_s), status_name(want)); \
            fflush(stdout); \
        } \
    } while (0)

/* Compares bytes with WANT and shows both in hex. */
#define CHECK_BYTES(got, want) unit_bytes(__FILE__, __LINE__, #got, got, want)

static inline void unit_hex(const char *label, struct bytes b)
{
    printf("    %s (%zu):", label, b.size);
    for (size_t i = 0; i < b.size; i++)
        printf(" %02x", b.data[i]);
    printf("\n");
}

static inline void unit_bytes(const char *file, int line, const char *what, struct bytes got, struct bytes want)
{
    if (got.size == want.size && (!got.size || !memcmp(got.data, want.data, got.size))) {
        unit_passed++;
        return;
    }
    unit_failed++;
    printf("%s:%d: FAILED: %s\n", file, line, what);
    unit_hex("got", got);
    unit_hex("want", want);
    fflush(stdout);
}

/* "0a 0B0c" -> bytes, into OUT; spaces ignored. Aborts on bad hex: the test itself is wrong. */
static inline struct bytes unit_unhex(const char *hex, uint8_t *out, size_t capacity)
{
    size_t n = 0;
    while (*hex) {
        unsigned v;
        if (*hex == ' ' || *hex == '\n') {
            hex++;
            continue;
        }
        if (n == capacity || sscanf(hex, "%2x", &v) != 1)
            abort();
        out[n++] = (uint8_t)v;
        hex += 2;
    }
    return bytes_of(out, n);
}

static inline int unit_end(const char *name)
{
    printf("%s: %d passed, %d failed, 0 skipped\n", name, unit_passed, unit_failed);
    return unit_failed != 0;
}

#endif
