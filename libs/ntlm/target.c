/* Names of servers: what a client said it wants to reach, against names that are meant. UTF-16LE. */
#include "ntlm.h"
#include "base/reader.h"
#include "base/utf16.h"

static bool unit_is(struct bytes text, size_t at, char c)
{
    return text.data[at] == (uint8_t)c && !text.data[at + 1];
}

/* What stands between the first slash and the next, without a port. */
struct bytes ntlm_target_host(struct bytes target)
{
    size_t start = 0, end;

    for (size_t i = 0; i + 1 < target.size; i += 2)
        if (unit_is(target, i, '/')) {
            start = i + 2;
            break;
        }
    for (end = start; end + 1 < target.size; end += 2)
        if (unit_is(target, end, '/') || unit_is(target, end, ':'))
            break;
    return bytes_of(target.data + start, end - start);
}

/* The text up to the next NUL. */
static struct bytes next_text(struct reader *r)
{
    struct reader start = *r;
    size_t size = 0;

    while (reader_left(r) >= 2 && reader_u16le(r))
        size += 2;
    return reader_bytes(&start, size);
}

bool ntlm_target_listed(struct bytes target, struct bytes list)
{
    struct reader r = reader_on(list);
    struct bytes host = ntlm_target_host(target);

    while (reader_left(&r) >= 2) {
        struct bytes name = next_text(&r);
        if (name.size && (utf16_equal_nocase(name, host) || utf16_equal_nocase(name, target)))
            return true;
    }
    return false;
}
