/* The name that a program gives for the server: an SPN, "service/host:port/name" ("Name Formats for
 * Unique SPNs"), or just the host. */
#include "msv1_0.h"

static WCHAR unit(struct bytes text, size_t i)
{
    return (WCHAR)(text.data[2 * i] | text.data[2 * i + 1] << 8);
}

struct bytes text_part(struct bytes text, size_t start, size_t end)
{
    return bytes_of(text.data ? text.data + 2 * start : NULL, 2 * (end - start));
}

size_t text_find(struct bytes text, size_t start, WCHAR c)
{
    size_t count = text.size / 2;

    while (start < count && unit(text, start) != c)
        start++;
    return start;
}

static size_t lower(size_t a, size_t b)
{
    return a < b ? a : b;
}

struct bytes target_service(struct bytes target)
{
    size_t count = target.size / 2, slash = text_find(target, 0, '/');

    return text_part(target, 0, slash < count ? slash : 0);
}

struct bytes target_host(struct bytes target)
{
    size_t count = target.size / 2, slash = text_find(target, 0, '/');
    size_t start = slash < count ? slash + 1 : 0;
    size_t end = text_find(target, start, '/'), colon = text_find(target, start, ':');

    if (slash < count)
        end = lower(end, text_find(target, start, '@'));
    if (start < count && unit(target, start) == '[') {
        size_t closing = text_find(target, start + 1, ']');
        return closing < end ? text_part(target, start + 1, closing) : bytes_of(NULL, 0);
    }
    /* One colon is before a port; more are an IPv6 address. */
    if (colon < end && text_find(target, colon + 1, ':') >= end)
        end = colon;
    return text_part(target, start, end);
}
