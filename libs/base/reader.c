#include "reader.h"

#include <string.h>

/* SIZE <= 8 bytes, the first one most significant. */
static inline uint64_t take_be(struct reader *r, size_t size)
{
    const uint8_t *p = reader_take(r, size);
    uint64_t v = 0;

    for (size_t i = 0; p && i < size; i++)
        v = v << 8 | p[i];
    return v;
}

/* SIZE <= 8 bytes, the first one least significant. */
static inline uint64_t take_le(struct reader *r, size_t size)
{
    const uint8_t *p = reader_take(r, size);
    uint64_t v = 0;

    for (size_t i = size; p && i > 0; i--)
        v = v << 8 | p[i - 1];
    return v;
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

void reader_copy(struct reader *r, void *out, size_t size)
{
    const uint8_t *p;

    if (!size)
        return;
    p = reader_take(r, size);
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

void reader_expect(struct reader *r, struct bytes want)
{
    if (!bytes_equal(reader_bytes(r, want.size), want))
        r->failed = true;
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
