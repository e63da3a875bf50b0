/* Whom a client's login is for: which targets a KDC may be asked for, and what is meant by a host's name alone.
 *
 * Windows' winhttp, wininet and wldap32 name a service, "HTTP/host" and "ldap/host"; Wine's (measured: 8.0; the first
 * two of 10.0) the host alone, which hardly a KDC knows. Each of them asks with flags of its own, and no service is put
 * before a name that came with others.
 */
#include "lsa_host.h"

static const struct {
    ULONG request;
    const WCHAR *service;
} wines_own[] = {
        {ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY, L"ldap/"}, /* wldap32 */
        {ISC_REQ_DELEGATE | ISC_REQ_MUTUAL_AUTH | ISC_REQ_USE_DCE_STYLE | ISC_REQ_CONNECTION, L"HTTP/"},
};

static BOOL is_address(const WCHAR *host, SIZE_T length)
{
    SIZE_T digits = 0, dots = 0, colons = 0;

    for (SIZE_T i = 0; i < length; i++) {
        digits += host[i] >= '0' && host[i] <= '9';
        dots += host[i] == '.';
        colons += host[i] == ':';
    }
    return colons > 1 || (dots && digits + dots == length);
}

/* Windows asks no KDC for a service at an IP address, unless TryIPSPN says so ("Kerberos clients allow IPv4 and
 * IPv6 address hostnames in SPNs"). The host is what stands between the first slash and the next, or the port. */
BOOL kerberos_target_ok(const WCHAR *target)
{
    const WCHAR *host = target ? wcschr(target, '/') : NULL;
    SIZE_T length;

    if (!target || !*target)
        return FALSE;
    host = host ? host + 1 : target;
    length = wcscspn(host, L"/");
    if (is_address(host, length))
        return FALSE;
    return !is_address(host, wcscspn(host, L":/"));
}

/* NULL: nothing is to be put before TARGET. Negotiate asks for memory, whatever the program does. */
static const WCHAR *service_meant(const WCHAR *target, ULONG request)
{
    if (!target || !*target || target[wcscspn(target, L"/\\@")])
        return NULL;
    for (SIZE_T i = 0; i < ARRAYSIZE(wines_own); i++)
        if (wines_own[i].request == (request & ~(ULONG)ISC_REQ_ALLOCATE_MEMORY))
            return wines_own[i].service;
    return NULL;
}

SECURITY_STATUS kerberos_target_meant(const WCHAR *target, ULONG request, WCHAR **meant)
{
    const WCHAR *service = service_meant(target, request);
    SIZE_T units;

    *meant = NULL;
    if (!service)
        return SEC_E_OK;
    units = wcslen(service) + wcslen(target) + 1;
    *meant = ssp_heap_alloc(units * sizeof(WCHAR));
    if (!*meant)
        return SEC_E_INSUFFICIENT_MEMORY;
    wcscpy(*meant, service);
    wcscat(*meant, target);
    log_debug("kerberos", "the target is a host's name alone: %S is meant", service);
    return SEC_E_OK;
}
