/* Which saved credential is for which server.
 *
 * "CredReadDomainCredentialsW function", Remarks, lists the order, the most specific first; it is
 * that of the ranks below. "CREDENTIALW structure", TargetName and TargetAlias, says what the names
 * mean. What a client knows when it starts is the name that its program gave: the server's own
 * words in CHALLENGE (its domain, its NetBIOS name) choose no password, since nothing proves them.
 * So DOMAIN\* fits by the DNS domain only, as it stands in the server's name.
 */
#include "ssp/saved.h"
#include "base/utf16.h"

enum rank {
    RANK_NONE,
    RANK_GENERIC,    /* TERMSRV/host, of CRED_TYPE_GENERIC */
    RANK_ANY,        /* * */
    RANK_SESSION,    /* *Session, CRED_SESSION_WILDCARD_NAME */
    RANK_DNS_DOMAIN, /* example.com\* */
    RANK_SUFFIX,     /* *.example.com; the longer one first */
    RANK_TARGET,     /* the target as it was given */
    RANK_NETBIOS,    /* the alias */
    RANK_DNS,        /* the server */
    RANK_DFS,        /* root\share */
};

static BOOL same(struct bytes a, struct bytes b)
{
    return a.size && utf16_equal_nocase(a, b);
}

static BOOL is(struct bytes a, const WCHAR *text)
{
    return same(a, ssp_text(text));
}

static struct bytes from(struct bytes text, size_t start)
{
    return start <= text.size ? bytes_of(text.data + start, text.size - start) : bytes_of(NULL, 0);
}

static BOOL starts_with(struct bytes text, const WCHAR *start)
{
    struct bytes s = ssp_text(start);

    return text.size >= s.size && same(bytes_of(text.data, s.size), s);
}

static BOOL ends_with(struct bytes text, struct bytes end)
{
    return text.size >= end.size && same(from(text, text.size - end.size), end);
}

static BOOL contains(struct bytes text, WCHAR c)
{
    return utf16_find(text, 0, c) < text.size / sizeof c;
}

/* What stands behind the first dot of a host's name. */
static struct bytes dns_domain(struct bytes host)
{
    return from(host, (utf16_find(host, 0, '.') + 1) * sizeof(WCHAR));
}

/* *.example.com: "any server whose name ends in the specified name". */
static BOOL fits_suffix(struct bytes name, struct bytes host)
{
    struct bytes suffix = from(name, sizeof(WCHAR)); /* with its dot */

    return starts_with(name, L"*.") && host.size > suffix.size && ends_with(host, suffix);
}

/* example.com\*: "any server that is a member of the named domain". */
static BOOL fits_domain(struct bytes name, struct bytes host)
{
    return ends_with(name, ssp_text(L"\\*")) &&
           same(bytes_of(name.data, name.size - 2 * sizeof(WCHAR)), dns_domain(host));
}

/* A generic credential is nobody's business but its program's ("CREDENTIALW structure", Type), with
 * this exception: RDP clients keep the password for a server as the generic TERMSRV/host. */
static enum rank generic(struct bytes name, const struct saved_target *target)
{
    BOOL fits = is(target->service, L"TERMSRV") && starts_with(name, L"TERMSRV/") &&
                same(from(name, ssp_text(L"TERMSRV/").size), target->host);

    return fits ? RANK_GENERIC : RANK_NONE;
}

static enum rank domain(const struct saved_names *n, const struct saved_target *target)
{
    struct bytes host = target->host;

    if (same(n->name, target->whole) && contains(target->whole, '\\'))
        return RANK_DFS;
    if (same(n->name, host))
        return RANK_DNS;
    if (same(n->alias, host))
        return RANK_NETBIOS;
    if (same(n->name, target->whole))
        return RANK_TARGET;
    if (fits_suffix(n->name, host))
        return RANK_SUFFIX;
    if (fits_domain(n->name, host))
        return RANK_DNS_DOMAIN;
    /* "only valid if Persist is CRED_PERSIST_SESSION" */
    if (is(n->name, L"*Session"))
        return n->session ? RANK_SESSION : RANK_NONE;
    return is(n->name, L"*") ? RANK_ANY : RANK_NONE;
}

uint32_t saved_rank(const struct saved_names *n, const struct saved_target *target)
{
    enum rank rank = n->generic ? generic(n->name, target) : domain(n, target);
    uint32_t length = n->name.size < 0xFFFF ? (uint32_t)n->name.size : 0xFFFF;

    return rank ? (uint32_t)rank << 16 | length : 0;
}
