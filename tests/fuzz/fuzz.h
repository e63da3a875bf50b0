/* A fuzz target: one function on bytes, and the good messages it starts from. The interface is
 * libFuzzer's, so a target also runs under clang -fsanitize=fuzzer; driver.c runs it without clang,
 * with mutations that are the same in every run. A target aborts (FUZZ_HOLDS) when something that
 * must hold does not. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Good messages in hex, ended by NULL. fuzz_prepare runs once, before the first of them is read. */
extern const char *const *fuzz_seeds;
void fuzz_prepare(void);

/* A slow target may define it: the driver makes RUNS / fuzz_cost mutants. 1 where none does. */
extern unsigned fuzz_cost;

#define FUZZ_HOLDS(cond)                                                                           \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #cond);              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
