/* The host in a target name: what goes into SNI and is compared with the certificate.
 *
 *   host | host:port | service/host | service/host:port | service/host:port/name | [v6]:port | v6
 *
 * A service principal name has the form of [MS-KILE] and "Name Formats for Unique SPNs".
 */
#include "schannel.h"

static size_t find(const WCHAR *s, size_t from, size_t size, WCHAR c)
{
    while (from < size && s[from] != c)
        from++;
    return from;
}

/* *BEGIN and the returned end mark the host without service, name and port. */
static size_t cut(const WCHAR *s, size_t size, size_t *begin)
{
    size_t slash = find(s, 0, size, '/');
    *begin = slash < size ? slash + 1 : 0;
    size_t end = find(s, *begin, size, '/');
    if (*begin < end && s[*begin] == '[') {
        size_t close = find(s, *begin, end, ']');
        *begin += 1;
        return close;
    }
    size_t colon = find(s, *begin, end, ':');
    /* Two colons: an IPv6 literal, not a port. */
    if (colon < end && find(s, colon + 1, end, ':') == end)
        end = colon;
    /* "host." is host: the dot is for resolvers (RFC 6066, 3). */
    if (end > *begin + 1 && s[end - 1] == '.')
        end--;
    return end;
}

typedef int(WINAPI *to_ascii_fn)(DWORD, LPCWSTR, int, LPWSTR, int);

/* Names go over the wire and stand in certificates in ASCII (RFC 5890's A-labels). */
static WCHAR *ascii_host(const WCHAR *host, size_t size)
{
    enum { MOST = 255 };
    WCHAR ascii[MOST + 1];
    to_ascii_fn to_ascii = NULL;
    size_t i = 0;
    while (i < size && host[i] < 128)
        i++;
    if (i < size && size <= MOST)
        to_ascii = (to_ascii_fn)(void *)GetProcAddress(
                GetModuleHandleW(L"kernel32.dll"), "IdnToAscii");
    int got = to_ascii ? to_ascii(0, host, (int)size, ascii, MOST) : 0;
    return got > 0 ? ssp_heap_text(bytes_of(ascii, (size_t)got * sizeof(WCHAR)))
                   : ssp_heap_text(bytes_of(host, size * sizeof(WCHAR)));
}

SECURITY_STATUS target_host(const WCHAR *target, WCHAR **host)
{
    struct bytes text = ssp_text(target);
    *host = NULL;
    if (!text.size)
        return SEC_E_OK;
    size_t begin, end = cut(target, text.size / sizeof(WCHAR), &begin);
    if (end <= begin)
        return SEC_E_OK;
    *host = ascii_host(target + begin, end - begin);
    return *host ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}
