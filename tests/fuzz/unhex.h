/* Recorded bytes, as blobs that live as long as the target. */
#ifndef TESTS_FUZZ_UNHEX_H
#define TESTS_FUZZ_UNHEX_H

#include <string.h>
#include "base/bytes.h"
#include "fuzz.h"

/* The bytes of TEXT, which is hex; never freed. */
static inline struct blob unhex(const char *text)
{
    struct blob out = {0};
    out.data = mem_alloc(strlen(text) / 2);
    for (; text[0] && text[1]; text += 2)
        FUZZ_HOLDS(sscanf(text, "%2hhx", &out.data[out.size++]) == 1);
    out.capacity = out.size;
    return out;
}

#endif
