/* Messages in fragments, [MS-SPNG] 3.1.5.4 to 3.1.5.9: putting them together, taking them apart.
 *
 *   60 | A1   LL (1 to 5 octets)   body        the header is in the first fragment
 */
#include "spnego/fragment.h"
#include "base/der.h"
#include <string.h>

bool spnego_is_framed(struct bytes token)
{
    struct reader r = reader_on(token);
    int tag = der_peek(&r);
    return tag == DER_APPLICATION(0) || tag == DER_CONTEXT(1);
}

/* The length octets, as der.h reads them; false if they are not all there or of another kind. */
static bool read_length(struct reader *r, uint64_t *length)
{
    uint8_t first = reader_u8(r);
    *length = first;
    if (first < 0x80)
        return reader_ok(r);
    if (first == 0x80 || first > 0x84)
        return false;
    *length = 0;
    for (int i = first & 0x7F; i; i--)
        *length = *length << 8 | reader_u8(r);
    return reader_ok(r);
}

/* How long the message that begins with IN is: header and body. */
static bool announced(struct bytes in, uint64_t *size)
{
    struct reader r = reader_on(in);
    reader_skip(&r, 1);
    if (!read_length(&r, size))
        return false;
    *size += r.at;
    return true;
}

static enum status keep_first(struct spnego_fragments *f, struct bytes in, size_t size)
{
    uint8_t *room = mem_alloc(size);
    if (!room)
        return ST_NO_MEMORY;
    memcpy(room, in.data, in.size);
    blob_free(&f->message);
    f->message = (struct blob){.data = room, .size = in.size, .capacity = size};
    return ST_CONTINUE;
}

static enum status keep_next(struct spnego_fragments *f, struct bytes in, struct bytes *whole)
{
    struct blob *m = &f->message;
    if (!in.size || in.size > m->capacity - m->size)
        return ST_BAD_TOKEN;
    memcpy(m->data + m->size, in.data, in.size);
    m->size += in.size;
    *whole = blob_view(m);
    return spnego_assembling(f) ? ST_CONTINUE : ST_OK;
}

enum status spnego_assemble(struct spnego_fragments *f, struct bytes in, struct bytes *whole)
{
    uint64_t size;
    if (spnego_assembling(f))
        return keep_next(f, in, whole);
    *whole = in;
    if (!spnego_is_framed(in) || !announced(in, &size) || in.size >= size)
        return ST_OK;
    return size > SPNEGO_ASSEMBLED_MAX ? ST_BAD_TOKEN : keep_first(f, in, (size_t)size);
}

bool spnego_assembling(const struct spnego_fragments *f)
{
    return f->message.size < f->message.capacity;
}

void spnego_fragment_begin(struct spnego_fragments *f, struct blob *message)
{
    blob_move(&f->message, message);
    f->sent = 0;
}

struct bytes spnego_fragment_next(struct spnego_fragments *f, size_t room)
{
    size_t left = spnego_fragment_left(f);
    struct bytes next = bytes_of(f->message.data + f->sent, left < room ? left : room);
    f->sent += next.size;
    return next;
}

size_t spnego_fragment_left(const struct spnego_fragments *f)
{
    return f->message.size - f->sent;
}

void spnego_fragments_free(struct spnego_fragments *f)
{
    blob_free(&f->message);
    f->sent = 0;
}
