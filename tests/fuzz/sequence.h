/* Inputs of the engines' targets: SETTINGS bytes that say how the engine is configured, then tokens,
 * each with its size in front (16 bits LE; one that runs past the end is cut there). */
#ifndef TESTS_FUZZ_SEQUENCE_H
#define TESTS_FUZZ_SEQUENCE_H

#include <string.h>
#include "base/reader.h"
#include "fuzz.h"

/* The next token; empty when there is none. Half a size is a size of 0, so that R always moves on.
 */
static inline struct bytes sequence_next(struct reader *r)
{
    size_t size = 0;

    if (reader_left(r) >= 2)
        size = reader_u16le(r);
    else
        reader_skip(r, reader_left(r));
    return reader_bytes(r, size < reader_left(r) ? size : reader_left(r));
}

/* The hex of a seed: SETTINGS in hex, then the tokens, in hex, up to NULL. Never freed. */
static inline const char *sequence_seed(const char *settings, const char *const *tokens)
{
    size_t room = strlen(settings) + 1, at;
    char *seed;

    for (size_t i = 0; tokens[i]; i++)
        room += strlen(tokens[i]) + 4;
    seed = malloc(room);
    at = (size_t)snprintf(seed, room, "%s", settings);
    for (size_t i = 0; tokens[i]; i++) {
        size_t size = strlen(tokens[i]) / 2;
        at += (size_t)snprintf(seed + at, room - at, "%02x%02x%s", (unsigned)(size & 0xFF),
                (unsigned)(size >> 8), tokens[i]);
    }
    return seed;
}

#endif
