#include "utf16.h"

#include <string.h>

#include "reader.h"

struct range {
    uint16_t first, last, step, delta;
};

static const struct range ranges[] = {
#include "upcase_table.h"
};

/* The last range that begins at or before UNIT; UNIT is not below the first. */
static const struct range *range_before(uint16_t unit)
{
    size_t low = 0, high = sizeof(ranges) / sizeof(*ranges);

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (ranges[middle].first <= unit)
            low = middle;
        else
            high = middle;
    }
    return &ranges[low];
}

uint16_t utf16_upper(uint16_t unit)
{
    const struct range *r;

    if (unit < 'a')
        return unit;
    r = range_before(unit);
    if (unit > r->last || (unit - r->first) % r->step)
        return unit;
    return (uint16_t)(unit + r->delta);
}

static uint8_t *put_unit(uint8_t *out, uint16_t unit)
{
    *out++ = (uint8_t)unit;
    *out++ = (uint8_t)(unit >> 8);
    return out;
}

/* An empty OUT with room for COUNT * EACH bytes. */
static enum status make_room(struct blob *out, size_t count, size_t each)
{
    if (count > SIZE_MAX / each)
        return ST_NO_MEMORY;
    out->data = mem_alloc(count * each);
    if (!out->data)
        return ST_NO_MEMORY;
    out->capacity = count * each;
    return ST_OK;
}

enum status utf16_upper_copy(struct bytes text, struct blob *out)
{
    struct reader r = reader_on(text);
    struct blob made = {0};
    uint8_t *to;

    if (text.size % 2)
        return ST_BAD_ARGUMENT;
    if (make_room(&made, text.size, 1) != ST_OK)
        return ST_NO_MEMORY;
    to = made.data;
    while (reader_left(&r))
        to = put_unit(to, utf16_upper(reader_u16le(&r)));
    made.size = text.size;
    blob_move(out, &made);
    return ST_OK;
}

size_t utf16_find(struct bytes text, size_t start, uint16_t c)
{
    struct reader r = reader_on(text);
    size_t at = start;

    reader_skip(&r, 2 * start);
    while (reader_left(&r) >= 2 && reader_u16le(&r) != c)
        at++;
    return at;
}

struct bytes utf16_part(struct bytes text, size_t start, size_t end)
{
    struct reader r = reader_on(text);

    return reader_field(&r, 2 * start, 2 * (end - start));
}

bool utf16_equal_nocase(struct bytes a, struct bytes b)
{
    struct reader ra = reader_on(a), rb = reader_on(b);

    if (a.size != b.size || a.size % 2)
        return false;
    while (reader_left(&ra))
        if (utf16_upper(reader_u16le(&ra)) != utf16_upper(reader_u16le(&rb)))
            return false;
    return true;
}

/* The next N continuation octets added to LEAD's bits; fails R if one is not 10xxxxxx. */
static uint32_t continuation(struct reader *r, uint32_t lead, unsigned n)
{
    while (n-- > 0) {
        uint8_t octet = reader_u8(r);

        if ((octet & 0xC0) != 0x80)
            reader_fail(r);
        lead = lead << 6 | (octet & 0x3Fu);
    }
    return lead;
}

/* One character of UTF-8 (RFC 3629, section 3); ill-formed input fails R. */
static uint32_t get_utf8(struct reader *r)
{
    uint32_t lead = reader_u8(r), c, least;

    if (lead < 0x80)
        return lead;
    if (lead >= 0xC0 && lead < 0xE0) {
        c = continuation(r, lead & 0x1F, 1);
        least = 0x80;
    } else if (lead >= 0xE0 && lead < 0xF0) {
        c = continuation(r, lead & 0x0F, 2);
        least = 0x800;
    } else if (lead >= 0xF0 && lead < 0xF8) {
        c = continuation(r, lead & 0x07, 3);
        least = 0x10000;
    } else {
        reader_fail(r);
        return 0;
    }
    if (c < least || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
        reader_fail(r);
    return c;
}

/* One character of UTF-16LE; a lone surrogate or half a unit fails R, after taking it. */
static uint32_t get_utf16(struct reader *r)
{
    uint32_t high = reader_u16le(r), low;
    struct reader ahead = *r;

    if (high < 0xD800 || high >= 0xE000)
        return high;
    low = reader_u16le(&ahead);
    if (high >= 0xDC00 || !reader_ok(&ahead) || low < 0xDC00 || low >= 0xE000) {
        reader_fail(r);
        return 0;
    }
    *r = ahead;
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

static uint8_t *put_utf16(uint8_t *out, uint32_t c)
{
    if (c < 0x10000)
        return put_unit(out, (uint16_t)c);
    c -= 0x10000;
    out = put_unit(out, (uint16_t)(0xD800 + (c >> 10)));
    return put_unit(out, (uint16_t)(0xDC00 + (c & 0x3FF)));
}

/* At most 4 octets. */
static uint8_t *put_utf8(uint8_t *out, uint32_t c)
{
    unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t mark[] = {0, 0xC0, 0xE0, 0xF0};

    *out++ = (uint8_t)(mark[more] | c >> 6 * more);
    while (more-- > 0)
        *out++ = (uint8_t)(0x80 | (c >> 6 * more & 0x3F));
    return out;
}

/* Either conversion: what GET takes off the input PUT appends to MADE, which has room enough. */
static enum status convert(struct bytes text, struct blob *made, struct blob *out,
        uint32_t (*get)(struct reader *), uint8_t *(*put)(uint8_t *, uint32_t))
{
    struct reader r = reader_on(text);
    uint8_t *to = made->data;

    while (reader_left(&r)) {
        uint32_t c = get(&r);

        if (reader_ok(&r))
            to = put(to, c);
    }
    made->size = (size_t)(to - made->data);
    if (!reader_ok(&r)) {
        blob_free(made);
        return ST_BAD_ARGUMENT;
    }
    blob_move(out, made);
    return ST_OK;
}

enum status utf16_from_utf8(struct bytes utf8, struct blob *out)
{
    struct blob made = {0};

    /* No octet gives more than one unit. */
    if (make_room(&made, utf8.size, 2) != ST_OK)
        return ST_NO_MEMORY;
    return convert(utf8, &made, out, get_utf8, put_utf16);
}

enum status utf8_from_utf16(struct bytes utf16, struct blob *out)
{
    struct blob made = {0};

    if (utf16.size % 2)
        return ST_BAD_ARGUMENT;
    /* No unit gives more than three octets. */
    if (make_room(&made, utf16.size / 2, 3) != ST_OK)
        return ST_NO_MEMORY;
    return convert(utf16, &made, out, get_utf16, put_utf8);
}

/* What would change how a log line is shown: C0, C1, line separators, directions. */
static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x200E || c == 0x200F ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/* One character for a log: what cannot be shown is '?', and one unit (or half) is taken for it. */
static uint32_t get_printable(struct reader *r)
{
    struct reader ahead = *r;
    uint32_t c = get_utf16(&ahead);

    if (reader_ok(&ahead)) {
        *r = ahead;
        return is_control(c) ? '?' : c;
    }
    reader_skip(r, reader_left(r) < 2 ? 1 : 2);
    return '?';
}

const char *utf16_printable(struct bytes utf16, char *out, size_t size)
{
    struct reader r = reader_on(utf16);
    size_t at = 0;

    if (!size)
        return "";
    while (reader_left(&r)) {
        uint8_t octets[4];
        size_t n = (size_t)(put_utf8(octets, get_printable(&r)) - octets);

        if (n >= size - at)
            break;
        memcpy(out + at, octets, n);
        at += n;
    }
    out[at] = 0;
    return out;
}
