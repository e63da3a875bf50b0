#include "der.h"

#include <string.h>

size_t der_long_length(struct reader *r, uint8_t first)
{
    size_t length = 0;

    if (first == 0x80 || first > 0x84)
        reader_fail(r);
    for (first &= 0x7F; first && reader_ok(r); first--)
        length = length << 8 | reader_u8(r);
    return length;
}

struct bytes der_get_any(struct reader *r, uint8_t *tag)
{
    size_t start = r->at, length;
    uint8_t found = 0;

    if (der_get_head(r, &found, &length))
        reader_bytes(r, length);
    if (tag)
        *tag = reader_ok(r) ? found : 0;
    return reader_ok(r) ? bytes_of(r->all.data + start, r->at - start) : bytes_of(NULL, 0);
}

/* Contents of 1 to 5 octets as 32 bits, sign-extended when shorter. A fifth octet may only be the
 * zero that keeps an unsigned value from being negative. */
static uint32_t get_bits(struct reader *r, uint8_t tag, bool *negative)
{
    struct bytes v = der_get(r, tag);
    uint32_t bits;

    *negative = v.size && (v.data[0] & 0x80);
    bits = *negative ? 0xFFFFFFFF : 0;
    if (v.size < 1 || v.size > 5 || (v.size == 5 && v.data[0] != 0)) {
        reader_fail(r);
        return 0;
    }
    for (size_t i = 0; i < v.size; i++)
        bits = bits << 8 | v.data[i];
    return bits;
}

uint32_t der_get_u32(struct reader *r, uint8_t tag)
{
    bool negative;
    uint32_t v = get_bits(r, tag, &negative);

    if (negative) {
        reader_fail(r);
        return 0;
    }
    return v;
}

uint32_t der_get_bits32(struct reader *r, uint8_t tag)
{
    bool negative;

    return get_bits(r, tag, &negative);
}

/* Octets of V without leading zeros, at least one. */
static size_t octets(size_t v)
{
    size_t n = 1;

    while (v >>= 8)
        n++;
    return n;
}

static void put_octets(uint8_t *p, size_t v, size_t n)
{
    while (n-- > 0)
        *p++ = (uint8_t)(v >> 8 * n);
}

/* Of the length after its first octet, X.690 8.1.3. */
static size_t more_octets(size_t length)
{
    return length < 0x80 ? 0 : octets(length);
}

size_t der_long_size(size_t contents)
{
    return 2 + more_octets(contents) + contents;
}

void der_long_head(struct writer *w, uint8_t tag, size_t contents)
{
    size_t more = more_octets(contents);
    uint8_t *p = writer_extend(w, 2 + more);

    if (!p)
        return;
    p[0] = tag;
    p[1] = (uint8_t)(0x80 | more);
    put_octets(p + 2, contents, more);
}

size_t der_open(struct writer *w, uint8_t tag)
{
    writer_u8(w, tag);
    writer_u8(w, 0);
    return writer_at(w); /* where the contents start, one length octet before it */
}

/* Makes room for MORE length octets before the contents. */
static void move_contents(struct writer *w, size_t mark, size_t length, size_t more)
{
    writer_zeros(w, more);
    if (w->status == ST_OK)
        memmove(w->out.data + mark + more, w->out.data + mark, length);
}

void der_close(struct writer *w, size_t mark)
{
    uint8_t field[1 + sizeof(size_t)];
    size_t length, more;

    if (w->status != ST_OK)
        return;
    if (mark < 2 || mark > writer_at(w)) {
        w->status = ST_INTERNAL;
        return;
    }
    length = writer_at(w) - mark;
    more = more_octets(length);
    if (more)
        move_contents(w, mark, length, more);
    field[0] = (uint8_t)(more ? 0x80 | more : length);
    put_octets(field + 1, length, more);
    writer_patch(w, mark - 1, bytes_of(field, 1 + more));
}

void der_put(struct writer *w, uint8_t tag, struct bytes contents)
{
    der_head(w, tag, contents.size);
    writer_bytes(w, contents);
}

void der_put_u32(struct writer *w, uint8_t tag, uint32_t v)
{
    size_t n = octets(v);
    bool pad = v >> (8 * n - 1) & 1; /* or it would read as negative */
    uint8_t contents[5] = {0};

    put_octets(contents + pad, v, n);
    der_put(w, tag, bytes_of(contents, n + pad));
}

void der_put_raw(struct writer *w, struct bytes tlv)
{
    writer_bytes(w, tlv);
}
