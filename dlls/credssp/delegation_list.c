/* The registry's lists of servers that credentials may be delegated to: group policy's "Credentials
 * Delegation" (CredSsp.admx, whose help texts are the source of what each value means).
 *
 *   HKLM\Software\Policies\Microsoft\Windows\CredentialsDelegation
 *       AllowFreshCredentials               DWORD: 1 the list counts, 0 nobody; absent: TERMSRV/ *
 *       AllowFreshCredentials\NAME          REG_SZ: an SPN with one wildcard at most
 *       ConcatenateDefaults_AllowFresh      DWORD: 1 adds what an absent policy would allow
 *
 * and so on. "Allow" counts when the server was authenticated by a trusted certificate or Kerberos,
 * "WhenNTLMOnly" when it was not; "Deny" makes exceptions from both. */
#include "provider.h"
#include "base/utf16.h"
#include "base/writer.h"

#define POLICIES L"Software\\Policies\\Microsoft\\Windows\\CredentialsDelegation"

enum { ENTRIES_MOST = 4096, TEXT_MOST = 1024 /* units of a pattern */ };

/* The values of one list. What is allowed without them is TERMSRV/ *: saved credentials for a
 * server that only NTLM speaks for are so on a machine that is no member of a domain, which no Wine
 * prefix is. The exceptions have no defaults. */
struct names {
    const WCHAR *value, *concatenate;
    BOOL deny;
};

static const struct names names[DELEGATED_KINDS][DELEGATION_LISTS] = {
        [DELEGATED_FRESH] =
                {
                        {L"AllowFreshCredentials", L"ConcatenateDefaults_AllowFresh", FALSE},
                        {L"AllowFreshCredentialsWhenNTLMOnly",
                                L"ConcatenateDefaults_AllowFreshNTLMOnly", FALSE},
                        {L"DenyFreshCredentials", NULL, TRUE},
                },
        [DELEGATED_SAVED] =
                {
                        {L"AllowSavedCredentials", L"ConcatenateDefaults_AllowSaved", FALSE},
                        {L"AllowSavedCredentialsWhenNTLMOnly",
                                L"ConcatenateDefaults_AllowSavedNTLMOnly", FALSE},
                        {L"DenySavedCredentials", NULL, TRUE},
                },
};

/* Patterns lie one behind the other, each with its NUL. */
static enum status add(struct blob *list, struct bytes pattern)
{
    struct writer w = {0};

    writer_reserve(&w, list->size + pattern.size + sizeof(WCHAR));
    writer_bytes(&w, blob_view(list));
    writer_bytes(&w, pattern);
    writer_u16le(&w, 0);
    return writer_finish(&w, list);
}

/* Who wrote an entry that cannot be understood meant something by it: a list of exceptions is then
 * one of all servers, a list of permissions has one less. */
static enum status add_unreadable(const struct names *n, struct blob *list)
{
    char text[100];

    log_error("credssp", "the policy %s has an entry that is no text with one wildcard at most: %s",
            utf16_printable(ssp_text(n->value), text, sizeof text),
            n->deny ? "nothing is delegated" : "it allows nothing");
    return n->deny ? add(list, ssp_text(L"*")) : ST_OK;
}

static BOOL is_pattern(struct bytes text)
{
    size_t count = text.size / sizeof(WCHAR), star = utf16_find(text, 0, '*');

    return star == count || utf16_find(text, star + 1, '*') == count;
}

static enum status add_entry(
        const struct names *n, DWORD type, const WCHAR *text, DWORD size, struct blob *list)
{
    struct bytes pattern = ssp_text(text);

    if (type != REG_SZ || size % sizeof(WCHAR) || !is_pattern(pattern))
        return add_unreadable(n, list);
    return pattern.size ? add(list, pattern) : ST_OK;
}

static enum status read_entries(HKEY key, const struct names *n, struct blob *list)
{
    WCHAR text[TEXT_MOST + 1], name[257];
    enum status s = ST_OK;

    for (DWORD i = 0; s == ST_OK; i++) {
        DWORD units = ARRAYSIZE(name), size = TEXT_MOST * sizeof(WCHAR), type;
        LONG error = i < ENTRIES_MOST ? RegEnumValueW(key, i, name, &units, NULL, &type,
                                                (BYTE *)text, &size)
                                      : ERROR_MORE_DATA;
        if (error == ERROR_NO_MORE_ITEMS)
            return ST_OK;
        if (i == ENTRIES_MOST)
            return add_unreadable(n, list);
        text[error ? 0 : size / sizeof(WCHAR)] = 0;
        s = error ? add_unreadable(n, list) : add_entry(n, type, text, size, list);
    }
    return s;
}

static enum status read_key(const struct names *n, struct blob *list)
{
    WCHAR path[200] = POLICIES L"\\";
    HKEY key;
    LONG error;
    enum status s;

    wcscat(path, n->value);
    error = RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key);
    if (error)
        return error == ERROR_FILE_NOT_FOUND ? ST_OK : add_unreadable(n, list);
    s = read_entries(key, n, list);
    RegCloseKey(key);
    return s;
}

/* Few machines have the key: then its values are not asked for. */
static BOOL is_silent(void)
{
    HKEY key;
    LONG error = RegOpenKeyExW(
            HKEY_LOCAL_MACHINE, POLICIES, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key);

    if (!error)
        RegCloseKey(key);
    return error == ERROR_FILE_NOT_FOUND;
}

static enum status read_list(const struct names *n, BOOL silent, struct blob *list)
{
    enum { OFF = 0, ON = 1, ABSENT = 0x4F535350 }; /* the last: no value that anybody sets */
    DWORD strict = n->deny ? ON : OFF, set = ABSENT;
    enum status s = ST_OK;

    if (!silent)
        set = ssp_policy_dword(HKEY_LOCAL_MACHINE, POLICIES, n->value, ABSENT, strict);

    if (set == ABSENT)
        return n->deny ? ST_OK : add(list, ssp_text(L"TERMSRV/*"));
    if (n->deny ? set == OFF : set != ON)
        return ST_OK;
    if (n->concatenate &&
            ssp_policy_dword(HKEY_LOCAL_MACHINE, POLICIES, n->concatenate, OFF, OFF) == ON)
        s = add(list, ssp_text(L"TERMSRV/*"));
    return s == ST_OK ? read_key(n, list) : s;
}

enum status delegation_read(enum delegated_kind kind, struct delegation *out)
{
    enum status s = ST_OK;
    BOOL silent = is_silent();

    for (unsigned i = 0; i < DELEGATION_LISTS && s == ST_OK; i++)
        s = read_list(&names[kind][i], silent, &out->lists[i]);
    return s;
}

void delegation_free(struct delegation *d)
{
    for (unsigned i = 0; i < DELEGATION_LISTS; i++)
        blob_free(&d->lists[i]);
}

/* Letters of either case. What stands before the wildcard begins the target, what stands behind it
 * ends it. */
static BOOL fits(struct bytes pattern, struct bytes target)
{
    size_t count = pattern.size / sizeof(WCHAR), star = utf16_find(pattern, 0, '*');
    size_t units = target.size / sizeof(WCHAR), tail = star < count ? count - star - 1 : 0;

    if (star == count)
        return utf16_equal_nocase(pattern, target);
    return star + tail <= units &&
           utf16_equal_nocase(utf16_part(pattern, 0, star), utf16_part(target, 0, star)) &&
           utf16_equal_nocase(utf16_part(pattern, star + 1, count),
                   utf16_part(target, units - tail, units));
}

static BOOL holds(const struct blob *list, struct bytes target)
{
    struct bytes all = blob_view(list);
    size_t count = all.size / sizeof(WCHAR);

    for (size_t at = 0, end; at < count; at = end + 1) {
        end = utf16_find(all, at, 0);
        if (fits(utf16_part(all, at, end), target))
            return TRUE;
    }
    return FALSE;
}

/* The service and the host of "service/host[:port][/name]", without a dot at the end: which server it is
 * for everybody but the text itself. An address in brackets is one word. */
static struct bytes service_and_host(struct bytes target)
{
    size_t units = target.size / sizeof(WCHAR), slash = utf16_find(target, 0, '/');
    size_t host = slash < units ? slash + 1 : 0, bracket = utf16_find(target, host, ']');
    size_t from = utf16_find(target, host, '[') == host && bracket < units ? bracket : host;
    size_t port = utf16_find(target, from, ':'), name = utf16_find(target, from, '/');
    size_t end = port < name ? port : name;

    while (end > host && utf16_find(target, end - 1, '.') == end - 1)
        end--;
    return utf16_part(target, 0, end);
}

/* Who is denied is so in whatever way the target is written; who is allowed is so by its text, and where that names
 * something behind the host, by the host as well. */
BOOL delegation_allows(const struct delegation *d, struct bytes target, BOOL authenticated)
{
    const struct blob *allow = &d->lists[authenticated ? DELEGATION_ALLOW : DELEGATION_ALLOW_NTLM];
    const struct blob *deny = &d->lists[DELEGATION_DENY];
    struct bytes server = service_and_host(target);
    size_t units = target.size / sizeof(WCHAR), slash = utf16_find(target, 0, '/');
    BOOL three = slash < units && utf16_find(target, slash + 1, '/') < units;

    return !holds(deny, target) && !holds(deny, server) && holds(allow, target) &&
           (!three || holds(allow, server));
}
