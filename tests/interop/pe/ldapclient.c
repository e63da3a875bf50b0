/* ldapclient HOST FILTER [user= domain= password= wish=sign|encrypt|ntlm]
 * Logs in with Negotiate to the LDAP server HOST as the programs of a prefix do, through Wine's wldap32
 * and whatever secur32 there is (no user=: with the default credentials), and searches the naming
 * context that the server names. Writes "ENTRY dn" per entry and gives exit code 0, or "refused CALL n"
 * (an LDAP error) and 1. wish: asks for that as a program of Windows would, before or instead of the login.
 */
#include "lib/peer.h"
#define LDAP_UNICODE 1
#include <winldap.h>
#include <stdio.h>

enum { ENTRIES_MAX = 100 };

static ULONG version_3(LDAP *ld)
{
    ULONG version = LDAP_VERSION3;
    return ldap_set_optionW(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
}

static ULONG protect(LDAP *ld, const WCHAR *wish)
{
    if (wcscmp(wish, L"sign") && wcscmp(wish, L"encrypt"))
        return LDAP_SUCCESS;
    return ldap_set_optionW(
            ld, wcscmp(wish, L"sign") ? LDAP_OPT_ENCRYPT : LDAP_OPT_SIGN, LDAP_OPT_ON);
}

static ULONG log_in(LDAP *ld, const WCHAR *wish)
{
    SEC_WINNT_AUTH_IDENTITY_W login = identity_option();

    return ldap_bind_sW(ld, NULL, login.UserLength ? (WCHAR *)&login : NULL,
            wcscmp(wish, L"ntlm") ? LDAP_AUTH_NEGOTIATE : LDAP_AUTH_NTLM);
}

static ULONG naming_context(LDAP *ld, WCHAR *out, size_t size)
{
    WCHAR *wanted[] = {L"defaultNamingContext", NULL};
    LDAPMessage *found = NULL;
    ULONG s = ldap_search_sW(ld, L"", LDAP_SCOPE_BASE, L"(objectClass=*)", wanted, FALSE, &found);
    LDAPMessage *entry = s ? NULL : ldap_first_entry(ld, found);
    WCHAR **values = entry ? ldap_get_valuesW(ld, entry, wanted[0]) : NULL;

    if (!s && !(values && values[0]))
        s = LDAP_NO_SUCH_ATTRIBUTE;
    if (!s)
        lstrcpynW(out, values[0], (int)size);
    if (values)
        ldap_value_freeW(values);
    if (found)
        ldap_msgfree(found);
    return s;
}

static ULONG search(LDAP *ld, WCHAR *filter)
{
    WCHAR base[256], *wanted[] = {L"sAMAccountName", NULL};
    LDAPMessage *found = NULL;
    ULONG s = naming_context(ld, base, ARRAYSIZE(base));

    if (!s)
        s = ldap_search_sW(ld, base, LDAP_SCOPE_SUBTREE, filter, wanted, FALSE, &found);
    LDAPMessage *entry = s ? NULL : ldap_first_entry(ld, found);
    for (int i = 0; entry && i < ENTRIES_MAX; i++, entry = ldap_next_entry(ld, entry)) {
        char utf8[1024] = "";
        WCHAR *dn = ldap_get_dnW(ld, entry);
        WideCharToMultiByte(CP_UTF8, 0, dn, -1, utf8, sizeof utf8 - 1, NULL, NULL);
        printf("ENTRY %s\n", utf8);
        ldap_memfreeW(dn);
    }
    if (found)
        ldap_msgfree(found);
    return s;
}

static int refused(const char *call, ULONG status)
{
    printf("refused %s %lu\n", call, status);
    return 1;
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    ULONG s;

    if (argc < 3)
        fail("usage: ldapclient HOST FILTER [user= domain= password= wish=]", 0);
    arg_count = argc;
    arg_values = argv;
    const WCHAR *wish = option(L"wish", L"");
    LDAP *ld = ldap_initW(argv[1], LDAP_PORT);
    if (!ld)
        return refused("ldap_init", LdapGetLastError());
    if ((s = version_3(ld)) != LDAP_SUCCESS)
        return refused("ldap_set_option", s);
    if ((s = protect(ld, wish)) != LDAP_SUCCESS)
        return refused("ldap_set_option", s);
    if ((s = log_in(ld, wish)) != LDAP_SUCCESS)
        return refused("ldap_bind_s", s);
    if ((s = search(ld, argv[2])) != LDAP_SUCCESS)
        return refused("ldap_search_s", s);
    ldap_unbind(ld);
    return 0;
}
