/* The name that a program gives for the server: an SPN, "service/host:port/name" ("Name Formats for
 * Unique SPNs"), or just the host. */
#include "msv1_0.h"

static WCHAR unit(struct bytes text, size_t i)
{
    return (WCHAR)(text.data[2 * i] | text.data[2 * i + 1] << 8);
}

static struct bytes part(struct bytes text, size_t start, size_t end)
{
    return bytes_of(text.data ? text.data + 2 * start : NULL, 2 * (end - start));
}

/* The index of the first C from START on; TEXT's length if there is none. */
static size_t find(struct bytes text, size_t start, WCHAR c)
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
    size_t count = target.size / 2, slash = find(target, 0, '/');

    return part(target, 0, slash < count ? slash : 0);
}

struct bytes target_host(struct bytes target)
{
    size_t count = target.size / 2, slash = find(target, 0, '/');
    size_t start = slash < count ? slash + 1 : 0;
    size_t end = find(target, start, '/'), colon = find(target, start, ':');

    if (slash < count)
        end = lower(end, find(target, start, '@'));
    if (start < count && unit(target, start) == '[')
        return part(target, start + 1, lower(end, find(target, start + 1, ']')));
    /* One colon is before a port; more are an IPv6 address. */
    if (colon < end && find(target, colon + 1, ':') >= end)
        end = colon;
    return part(target, start, end);
}
