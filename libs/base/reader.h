/* The one reader of peer bytes: one bounds check, a sticky error.
 *
 * A parser reads its fields in a straight line and asks reader_ok() once. After the first read past
 * the end the reader has failed for good: every later read gives 0 or an empty view, and never
 * touches memory. Views point into the input and live as long as it. The shortest functions are here to be
 * inlined: DER is read with a dozen of them a field.
 */
#ifndef BASE_READER_H
#define BASE_READER_H

#include "bytes.h"

struct reader {
    struct bytes all; /* the whole input, for offsets */
    size_t at;        /* next byte */
    bool failed;
};

static inline struct reader reader_on(struct bytes input)
{
    struct reader r = {input, 0, false};
    return r;
}

/* The one bounds check: the next SIZE (not 0) bytes, or NULL and a failed reader; for this file and reader.c
 * alone. The subtraction is on the trusted side, at <= all.size always, so that no SIZE can overflow. */
static inline const uint8_t *reader_take(struct reader *r, size_t size)
{
    const uint8_t *p;

    if (r->failed || size > r->all.size - r->at) {
        r->failed = true;
        return NULL;
    }
    p = r->all.data + r->at;
    r->at += size;
    return p;
}

static inline uint8_t reader_u8(struct reader *r)
{
    const uint8_t *p = reader_take(r, 1);
    return p ? *p : 0;
}

uint16_t reader_u16le(struct reader *r);
uint32_t reader_u32le(struct reader *r);
uint64_t reader_u64le(struct reader *r);
uint16_t reader_u16be(struct reader *r);
uint32_t reader_u24be(struct reader *r);
uint32_t reader_u32be(struct reader *r);
uint64_t reader_u64be(struct reader *r);

/* The next SIZE bytes as a view; empty and failed if there are fewer. */
static inline struct bytes reader_bytes(struct reader *r, size_t size)
{
    const uint8_t *p = size ? reader_take(r, size) : NULL;
    return bytes_of(p, p ? size : 0);
}

/* Copies exactly SIZE bytes to OUT; on failure OUT is zeroed. */
void reader_copy(struct reader *r, void *out, size_t size);
void reader_skip(struct reader *r, size_t size);

/* All that is left, as a view; the reader is then at its end. */
struct bytes reader_rest(struct reader *r);

static inline size_t reader_left(const struct reader *r)
{
    return r->failed ? 0 : r->all.size - r->at;
}

/* Marks the reader failed: for a value that is readable but not allowed. */
static inline void reader_fail(struct reader *r)
{
    r->failed = true;
}

/* Fails unless the next bytes equal WANT (not for secrets). */
void reader_expect(struct reader *r, struct bytes want);

static inline bool reader_ok(const struct reader *r)
{
    return !r->failed;
}

/* ok and nothing left. */
static inline bool reader_done(const struct reader *r)
{
    return !r->failed && r->at == r->all.size;
}

/* The one place where offset and length fields are resolved: SIZE bytes at OFFSET from the start of
 * the whole input, independent of the position. A SIZE of 0 gives an empty view whatever the OFFSET
 * (senders write anything there). Fails the reader when outside. */
struct bytes reader_field(struct reader *r, size_t offset, size_t size);

#endif
