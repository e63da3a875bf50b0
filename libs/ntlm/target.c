/* Names of servers: what a client said it wants to reach, against names that are meant. UTF-16LE.
 */
#include "ntlm.h"
#include "base/reader.h"
#include "base/utf16.h"

struct bytes ntlm_target_service(struct bytes target)
{
    size_t slash = utf16_find(target, 0, '/');

    return utf16_part(target, 0, slash < target.size / 2 ? slash : 0);
}

static size_t lower(size_t a, size_t b)
{
    return a < b ? a : b;
}

struct bytes ntlm_target_host(struct bytes target)
{
    size_t count = target.size / 2, slash = utf16_find(target, 0, '/');
    size_t start = slash < count ? slash + 1 : 0;
    size_t end = utf16_find(target, start, '/'), colon = utf16_find(target, start, ':');

    if (slash < count)
        end = lower(end, utf16_find(target, start, '@'));
    if (utf16_find(target, start, '[') == start && start < count) {
        size_t closing = utf16_find(target, start + 1, ']');
        return closing < end ? utf16_part(target, start + 1, closing) : bytes_of(NULL, 0);
    }
    /* One colon is before a port; more are an IPv6 address. */
    if (colon < end && utf16_find(target, colon + 1, ':') >= end)
        end = colon;
    return utf16_part(target, start, end);
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
