/* Names of servers: what a client said it wants to reach, against names that are meant. UTF-16LE.
 */
#include "ntlm.h"
#include "base/reader.h"
#include "base/utf16.h"

/* Where C is in TEXT at AT or behind; TEXT.size if nowhere. All in bytes. */
static size_t find(struct bytes text, size_t at, char c)
{
    for (; at + 1 < text.size; at += 2)
        if (text.data[at] == (uint8_t)c && !text.data[at + 1])
            return at;
    return text.size;
}

static struct bytes part(struct bytes text, size_t start, size_t end)
{
    return text.size ? bytes_of(text.data + start, end - start) : text;
}

/* Without a port: what follows a bracketed address, or the only colon; more are an IPv6 address. */
static struct bytes without_port(struct bytes host)
{
    size_t colon = find(host, 0, ':');

    if (find(host, 0, '[') == 0 && host.size)
        return part(host, 2, find(host, 0, ']'));
    if (colon < host.size && find(host, colon + 2, ':') == host.size)
        return part(host, 0, colon);
    return host;
}

/* What stands between the first slash, if there is one, and the next or the realm. */
struct bytes ntlm_target_host(struct bytes target)
{
    size_t slash = find(target, 0, '/'), end, realm;

    if (slash == target.size)
        return without_port(target);
    end = find(target, slash + 2, '/');
    realm = find(target, slash + 2, '@');
    return without_port(part(target, slash + 2, realm < end ? realm : end));
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
