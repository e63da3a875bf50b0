/* The one reader of peer bytes: one bounds check, a sticky error.
 *
 * A parser reads its fields in a straight line and asks reader_ok() once. After the first read past
 * the end the reader has failed for good: every later read gives 0 or an empty view, and never
 * touches memory. Views point into the input and live as long as it.
 */
#ifndef BASE_READER_H
#define BASE_READER_H

#include "bytes.h"

struct reader {
    struct bytes all; /* the whole input, for offsets */
    size_t at;        /* next byte */
    bool failed;
};

struct reader reader_on(struct bytes input);

uint8_t reader_u8(struct reader *r);
uint16_t reader_u16le(struct reader *r);
uint32_t reader_u32le(struct reader *r);
uint64_t reader_u64le(struct reader *r);
uint16_t reader_u16be(struct reader *r);
uint32_t reader_u24be(struct reader *r);
uint32_t reader_u32be(struct reader *r);
uint64_t reader_u64be(struct reader *r);

/* The next SIZE bytes as a view; empty and failed if there are fewer. */
struct bytes reader_bytes(struct reader *r, size_t size);

/* Copies exactly SIZE bytes to OUT; on failure OUT is zeroed. */
void reader_copy(struct reader *r, void *out, size_t size);
void reader_skip(struct reader *r, size_t size);

/* All that is left, as a view; the reader is then at its end. */
struct bytes reader_rest(struct reader *r);

size_t reader_left(const struct reader *r);

/* Marks the reader failed: for a value that is readable but not allowed. */
void reader_fail(struct reader *r);

/* Fails unless the next bytes equal WANT (not for secrets). */
void reader_expect(struct reader *r, struct bytes want);

bool reader_ok(const struct reader *r);

/* ok and nothing left. */
bool reader_done(const struct reader *r);

/* The one place where offset and length fields are resolved: SIZE bytes at OFFSET from the start of
 * the whole input, independent of the position. A SIZE of 0 gives an empty view whatever the OFFSET
 * (senders write anything there). Fails the reader when outside. */
struct bytes reader_field(struct reader *r, size_t offset, size_t size);

#endif
