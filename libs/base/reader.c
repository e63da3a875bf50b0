#include "reader.h"

#include <string.h>

struct reader reader_on(struct bytes input)
{
    struct reader r = {input, 0, false};
    return r;
}

/* The one bounds check: the next SIZE (not 0) bytes, or NULL and a failed reader. The subtraction
 * is on the trusted side, at <= all.size always, so that no SIZE can overflow. */
static inline const uint8_t *take(struct reader *r, size_t size)
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

/* SIZE <= 8 bytes, the first one most significant. */
static inline uint64_t take_be(struct reader *r, size_t size)
{
    const uint8_t *p = take(r, size);
    uint64_t v = 0;

    for (size_t i = 0; p && i < size; i++)
        v = v << 8 | p[i];
    return v;
}

/* SIZE <= 8 bytes, the first one least significant. */
static inline uint64_t take_le(struct reader *r, size_t size)
{
    const uint8_t *p = take(r, size);
    uint64_t v = 0;

    for (size_t i = size; p && i > 0; i--)
        v = v << 8 | p[i - 1];
    return v;
}

uint8_t reader_u8(struct reader *r)
{
    return (uint8_t)take_be(r, 1);
}

uint16_t reader_u16le(struct reader *r)
{
    return (uint16_t)take_le(r, 2);
}

uint32_t reader_u32le(struct reader *r)
{
    return (uint32_t)take_le(r, 4);
}

uint64_t reader_u64le(struct reader *r)
{
    return take_le(r, 8);
}

uint16_t reader_u16be(struct reader *r)
{
    return (uint16_t)take_be(r, 2);
}

uint32_t reader_u24be(struct reader *r)
{
    return (uint32_t)take_be(r, 3);
}

uint32_t reader_u32be(struct reader *r)
{
    return (uint32_t)take_be(r, 4);
}

uint64_t reader_u64be(struct reader *r)
{
    return take_be(r, 8);
}

struct bytes reader_bytes(struct reader *r, size_t size)
{
    const uint8_t *p = size ? take(r, size) : NULL;

    return bytes_of(p, p ? size : 0);
}

void reader_copy(struct reader *r, void *out, size_t size)
{
    const uint8_t *p;

    if (!size)
        return;
    p = take(r, size);
    if (p)
        memcpy(out, p, size);
    else
        memset(out, 0, size);
}

void reader_skip(struct reader *r, size_t size)
{
    reader_bytes(r, size);
}

struct bytes reader_rest(struct reader *r)
{
    return reader_bytes(r, reader_left(r));
}

size_t reader_left(const struct reader *r)
{
    return r->failed ? 0 : r->all.size - r->at;
}

void reader_fail(struct reader *r)
{
    r->failed = true;
}

void reader_expect(struct reader *r, struct bytes want)
{
    if (!bytes_equal(reader_bytes(r, want.size), want))
        r->failed = true;
}

bool reader_ok(const struct reader *r)
{
    return !r->failed;
}

bool reader_done(const struct reader *r)
{
    return !r->failed && r->at == r->all.size;
}

struct bytes reader_field(struct reader *r, size_t offset, size_t size)
{
    if (r->failed || !size)
        return bytes_of(NULL, 0);
    if (offset > r->all.size || size > r->all.size - offset) {
        r->failed = true;
        return bytes_of(NULL, 0);
    }
    return bytes_of(r->all.data + offset, size);
}
