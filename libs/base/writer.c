#include "writer.h"

#include <string.h>

#define WRITER_MAX ((size_t)64 << 20)
#define FIRST_SIZE ((size_t)256) /* most of what is written fits: it never grows */

/* Moves what is written to a block of CAPACITY bytes; the old block is wiped. */
static void grow(struct writer *w, size_t capacity)
{
    struct blob bigger = {mem_alloc(capacity), w->out.size, capacity};

    if (!bigger.data) {
        w->status = ST_NO_MEMORY;
        return;
    }
    if (w->out.size)
        memcpy(bigger.data, w->out.data, w->out.size);
    blob_move(&w->out, &bigger);
}

/* Room for NEED bytes in all, of which there is not enough; false: the writer has failed. */
static bool grow_to(struct writer *w, size_t need)
{
    size_t capacity = w->out.capacity ? w->out.capacity : FIRST_SIZE;

    while (capacity < need)
        capacity *= 2; /* at most 128 MiB */
    grow(w, capacity);
    return w->status == ST_OK;
}

/* The place for the next SIZE (not 0) bytes, counted as written; they are what the caller puts
 * there. NULL if the writer has failed. */
static inline uint8_t *extend(struct writer *w, size_t size)
{
    size_t need;

    if (w->status != ST_OK)
        return NULL;
    if (size > WRITER_MAX - w->out.size) {
        w->status = ST_BAD_ARGUMENT;
        return NULL;
    }
    need = w->out.size + size;
    if (need > w->out.capacity && !grow_to(w, need))
        return NULL;
    w->out.size = need;
    return w->out.data + (need - size);
}

void writer_reserve(struct writer *w, size_t size)
{
    if (w->status != ST_OK || size <= w->out.capacity)
        return;
    if (size > WRITER_MAX)
        w->status = ST_BAD_ARGUMENT;
    else
        grow(w, size);
}

static void put_le(struct writer *w, uint64_t v, size_t size)
{
    uint8_t *p = extend(w, size);

    for (size_t i = 0; p && i < size; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static void put_be(struct writer *w, uint64_t v, size_t size)
{
    uint8_t *p = extend(w, size);

    for (size_t i = 0; p && i < size; i++)
        p[i] = (uint8_t)(v >> 8 * (size - 1 - i));
}

void writer_u8(struct writer *w, uint8_t v)
{
    uint8_t *p = extend(w, 1);

    if (p)
        *p = v;
}

void writer_u16le(struct writer *w, uint16_t v)
{
    put_le(w, v, 2);
}

void writer_u32le(struct writer *w, uint32_t v)
{
    put_le(w, v, 4);
}

void writer_u64le(struct writer *w, uint64_t v)
{
    put_le(w, v, 8);
}

void writer_u16be(struct writer *w, uint16_t v)
{
    put_be(w, v, 2);
}

void writer_u24be(struct writer *w, uint32_t v)
{
    if (v > 0xFFFFFF && w->status == ST_OK)
        w->status = ST_BAD_ARGUMENT;
    put_be(w, v, 3);
}

void writer_u32be(struct writer *w, uint32_t v)
{
    put_be(w, v, 4);
}

void writer_u64be(struct writer *w, uint64_t v)
{
    put_be(w, v, 8);
}

void writer_bytes(struct writer *w, struct bytes v)
{
    uint8_t *p = v.size ? extend(w, v.size) : NULL;

    if (p)
        memcpy(p, v.data, v.size);
}

void writer_zeros(struct writer *w, size_t size)
{
    uint8_t *p = size ? extend(w, size) : NULL;

    if (p)
        memset(p, 0, size);
}

size_t writer_at(const struct writer *w)
{
    return w->out.size;
}

void writer_patch(struct writer *w, size_t at, struct bytes v)
{
    if (w->status != ST_OK)
        return;
    if (at > w->out.size || v.size > w->out.size - at)
        w->status = ST_INTERNAL;
    else if (v.size)
        memcpy(w->out.data + at, v.data, v.size);
}

void writer_patch_u16le(struct writer *w, size_t at, uint16_t v)
{
    const uint8_t b[2] = {(uint8_t)v, (uint8_t)(v >> 8)};

    writer_patch(w, at, bytes_of(b, sizeof(b)));
}

void writer_patch_u32le(struct writer *w, size_t at, uint32_t v)
{
    const uint8_t b[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};

    writer_patch(w, at, bytes_of(b, sizeof(b)));
}

enum status writer_finish(struct writer *w, struct blob *out)
{
    enum status s = w->status;

    if (s == ST_OK)
        blob_move(out, &w->out);
    writer_free(w);
    return s;
}

void writer_free(struct writer *w)
{
    blob_free(&w->out);
    w->status = ST_OK;
}
