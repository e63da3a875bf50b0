#include "writer.h"

#include <string.h>

#define WRITER_MAX ((size_t)64 << 20)
#define FIRST_SIZE ((size_t)256) /* most of what is written fits: it never grows */

/* No writer has more room than it may fill: who finds room for a write need not ask for the limit. */
static size_t at_most_max(size_t capacity)
{
    return capacity < WRITER_MAX ? capacity : WRITER_MAX;
}

void writer_lend(struct writer *w, void *room, size_t size)
{
    w->out = (struct blob){room, 0, at_most_max(size)};
    w->lent = true;
}

/* W without anything; what is lent is wiped as far as it was used. */
static void let_go(struct writer *w)
{
    if (w->lent)
        wipe(w->out.data, w->out.size);
    else
        blob_free(&w->out);
    w->out = (struct blob){0};
    w->lent = false;
}

/* Moves what is written to a block of CAPACITY bytes; the old one is wiped. */
static void grow(struct writer *w, size_t capacity)
{
    struct blob bigger = {mem_alloc(capacity), w->out.size, capacity};

    if (!bigger.data) {
        w->status = ST_NO_MEMORY;
        return;
    }
    if (w->out.size)
        memcpy(bigger.data, w->out.data, w->out.size);
    let_go(w);
    w->out = bigger;
}

/* Room for NEED bytes in all, of which there is not enough; false: the writer has failed. */
static bool grow_to(struct writer *w, size_t need)
{
    size_t capacity = w->out.capacity ? w->out.capacity : FIRST_SIZE;

    while (capacity < need)
        capacity *= 2;
    grow(w, at_most_max(capacity));
    return w->status == ST_OK;
}

uint8_t *writer_extend_slowly(struct writer *w, size_t size)
{
    if (w->status != ST_OK)
        return NULL;
    if (size > WRITER_MAX - w->out.size) {
        w->status = ST_BAD_ARGUMENT;
        return NULL;
    }
    if (!grow_to(w, w->out.size + size))
        return NULL;
    w->out.size += size;
    return w->out.data + (w->out.size - size);
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
    uint8_t *p = writer_extend(w, size);

    for (size_t i = 0; p && i < size; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static void put_be(struct writer *w, uint64_t v, size_t size)
{
    uint8_t *p = writer_extend(w, size);

    for (size_t i = 0; p && i < size; i++)
        p[i] = (uint8_t)(v >> 8 * (size - 1 - i));
}

void writer_u8(struct writer *w, uint8_t v)
{
    uint8_t *p = writer_extend(w, 1);

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
    uint8_t *p = v.size ? writer_extend(w, v.size) : NULL;

    if (p)
        memcpy(p, v.data, v.size);
}

void writer_zeros(struct writer *w, size_t size)
{
    uint8_t *p = size ? writer_extend(w, size) : NULL;

    if (p)
        memset(p, 0, size);
}

struct bytes writer_view(const struct writer *w)
{
    return w->status == ST_OK ? blob_view(&w->out) : bytes_of(NULL, 0);
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

    if (s == ST_OK && w->lent)
        s = blob_set(out, blob_view(&w->out));
    else if (s == ST_OK)
        blob_move(out, &w->out);
    writer_free(w);
    return s;
}

void writer_reset(struct writer *w)
{
    wipe(w->out.data, w->out.size);
    w->out.size = 0;
    w->status = ST_OK;
}

void writer_free(struct writer *w)
{
    let_go(w);
    w->status = ST_OK;
}
