#include "der.h"

#include <string.h>

/* A TLV taken off a reader. */
struct tlv {
    struct bytes whole;
    struct bytes contents;
    uint8_t tag;
};

/* X.690 8.1.3. 0x80 (indefinite) and more than four octets fail; what the length then claims is
 * checked against the input by the reader. */
static size_t get_length(struct reader *r)
{
    size_t first = reader_u8(r), length = 0;

    if (first < 0x80)
        return first;
    if (first == 0x80 || first > 0x84)
        reader_fail(r);
    for (first &= 0x7F; first && reader_ok(r); first--)
        length = length << 8 | reader_u8(r);
    return length;
}

static bool get_tlv(struct reader *r, struct tlv *out)
{
    size_t start = r->at;

    out->tag = reader_u8(r);
    if ((out->tag & 0x1F) == 0x1F) /* the tag number goes on in further octets */
        reader_fail(r);
    out->contents = reader_bytes(r, get_length(r));
    if (!reader_ok(r))
        return false;
    out->whole = bytes_of(r->all.data + start, r->at - start);
    return true;
}

int der_peek(const struct reader *r)
{
    return reader_left(r) ? r->all.data[r->at] : -1;
}

struct bytes der_get(struct reader *r, uint8_t tag)
{
    struct tlv t;

    if (der_peek(r) != tag)
        reader_fail(r);
    return get_tlv(r, &t) ? t.contents : bytes_of(NULL, 0);
}

struct reader der_enter(struct reader *r, uint8_t tag)
{
    struct reader inner = reader_on(der_get(r, tag));

    inner.failed = r->failed;
    return inner;
}

struct bytes der_get_any(struct reader *r, uint8_t *tag)
{
    struct tlv t;
    bool ok = get_tlv(r, &t);

    if (tag)
        *tag = ok ? t.tag : 0;
    return ok ? t.whole : bytes_of(NULL, 0);
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

static void put_octets(struct writer *w, size_t v, size_t n)
{
    while (n-- > 0)
        writer_u8(w, (uint8_t)(v >> 8 * n));
}

static void put_length(struct writer *w, size_t length)
{
    if (length >= 0x80)
        writer_u8(w, (uint8_t)(0x80 | octets(length)));
    put_octets(w, length, octets(length));
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
    more = length < 0x80 ? 0 : octets(length);
    if (more)
        move_contents(w, mark, length, more);
    field[0] = (uint8_t)(more ? 0x80 | more : length);
    for (size_t i = 0; i < more; i++)
        field[1 + i] = (uint8_t)(length >> 8 * (more - 1 - i));
    writer_patch(w, mark - 1, bytes_of(field, 1 + more));
}

void der_put(struct writer *w, uint8_t tag, struct bytes contents)
{
    writer_u8(w, tag);
    put_length(w, contents.size);
    writer_bytes(w, contents);
}

void der_put_u32(struct writer *w, uint8_t tag, uint32_t v)
{
    size_t n = octets(v);
    bool pad = v >> (8 * n - 1) & 1; /* or it would read as negative */

    writer_u8(w, tag);
    put_length(w, n + pad);
    if (pad)
        writer_u8(w, 0);
    put_octets(w, v, n);
}

void der_put_raw(struct writer *w, struct bytes tlv)
{
    writer_bytes(w, tlv);
}
