/* Credentials that nobody passed: Credential Manager's, for the server. "AcquireCredentialsHandle
 * (CredSSP)", pAuthData; "CREDSPP_SUBMIT_TYPE enumeration"; "InitializeSecurityContext (CredSSP)",
 * ISC_REQ_USE_SUPPLIED_CREDS; CredSsp.admx, the policies on saved credentials. Which entry is for
 * which server: tests/win/msv1_0/saved.c. */
#include "pair.h"
#include "../msv1_0/saved.h"

#define POLICIES L"Software\\Policies\\Microsoft\\Windows\\CredentialsDelegation"

static void check_delegated(struct pair *p, const WCHAR *user, const WCHAR *password)
{
    SecPkgContext_ClientCreds creds = {0};
    const KERB_INTERACTIVE_LOGON *logon;
    SECURITY_STATUS status = query(&p->server, SECPKG_ATTR_CREDS_2, &creds);

    ok(status == SEC_E_OK, "%08lx\n", status);
    if (status != SEC_E_OK)
        return;
    logon = (void *)creds.AuthBuffer;
    ok(logon->UserName.Length == wcslen(user) * sizeof(WCHAR) &&
                    !memcmp(creds.AuthBuffer + (ULONG_PTR)logon->UserName.Buffer, user,
                            logon->UserName.Length),
            "not %ls\n", user);
    ok(logon->Password.Length == wcslen(password) * sizeof(WCHAR) &&
                    !memcmp(creds.AuthBuffer + (ULONG_PTR)logon->Password.Buffer, password,
                            logon->Password.Length),
            "another password\n");
    FreeContextBuffer(creds.AuthBuffer);
}

static void check_name(struct pair *p, const WCHAR *expected)
{
    SecPkgContext_CredentialNameW name = {0};
    WCHAR text[100];
    SECURITY_STATUS status = query(&p->client, SECPKG_ATTR_CREDENTIAL_NAME, &name);

    ok(status == SEC_E_OK && name.CredentialType == CRED_TYPE_DOMAIN_PASSWORD, "%08lx, %lu\n",
            status, name.CredentialType);
    take_text(name.sCredentialName, text, ARRAY_SIZE(text));
    ok(!wcscmp(text, expected), "%ls\n", text);
    status = query(&p->server, SECPKG_ATTR_CREDENTIAL_NAME, &name);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "server: %08lx\n", status);
}

/* Two servers, two people: what logs in is what is delegated. */
static void test_by_target(void)
{
    static const struct {
        const WCHAR *target, *user, *full, *password;
    } cases[] = {
            {L"TERMSRV/localhost", L"alice", L"WONDERLAND\\alice", L"Wonder-Land1"},
            {L"TERMSRV/other.example:3390", L"bob", L"BUILDERS\\bob", L"CanWe?Fix"},
    };
    static const ULONG types[] = {CredsspPasswordCreds, CredsspSchannelCreds,
            CredsspSubmitBufferBothOld};
    struct pair *p;
    unsigned i;

    save(CRED_TYPE_GENERIC, L"TERMSRV/localhost", L"WONDERLAND\\alice", L"Wonder-Land1");
    save(CRED_TYPE_DOMAIN_PASSWORD, L"other.example", L"BUILDERS\\bob", L"CanWe?Fix");
    for (i = 0; i < 2 * ARRAY_SIZE(types); i++) {
        winetest_push_context("%ls, type %lu", cases[i % 2].target, types[i / 2]);
        p = pair_new(NULL);
        p->target = cases[i % 2].target;
        p->submit = types[i / 2];
        if (pair_good(p)) {
            check_delegated(p, cases[i % 2].user, cases[i % 2].password);
            check_name(p, cases[i % 2].full);
        }
        pair_free(p);
        winetest_pop_context();
    }
    forget();
}

static SECURITY_STATUS outcome(const WCHAR *principal, ULONG limits, ULONG extra, ULONG without)
{
    struct pair *p = pair_new(NULL);
    SecPkgContext_ClientCreds creds = {0};
    SECURITY_STATUS status;

    p->principal = principal;
    p->limits = limits;
    p->extra = extra;
    p->without = without;
    pair_run(p);
    status = p->client_status;
    if (status != SEC_E_OK)
        ok(FAILED(query(&p->server, SECPKG_ATTR_CREDS_2, &creds)), "credentials went out\n");
    pair_free(p);
    return status;
}

/* Nothing saved, a password that is wrong, one that is not to be used. */
static void test_none(void)
{
    SECURITY_STATUS status = outcome(NULL, 0, 0, 0);

    ok(status == SEC_E_NO_CREDENTIALS, "nothing saved: %08lx\n", status);
    save(CRED_TYPE_GENERIC, L"TERMSRV/localhost", L"alice", L"Wrong-Land1");
    status = outcome(NULL, 0, 0, 0);
    ok(status == SEC_E_LOGON_DENIED, "a wrong one: %08lx\n", status);
    forget();
    save(CRED_TYPE_GENERIC, L"TERMSRV/localhost", L"WONDERLAND\\alice", L"Wonder-Land1");
    status = outcome(NULL, 0, 0, 0);
    ok(status == SEC_E_OK, "%08lx\n", status);
    /* "CredSSP must not attempt to supply credentials for the client automatically." */
    status = outcome(NULL, 0, ISC_REQ_USE_SUPPLIED_CREDS, 0);
    ok(status == SEC_E_NO_CREDENTIALS, "USE_SUPPLIED_CREDS: %08lx\n", status);
    status = outcome(NULL, SECPKG_CRED_AUTOLOGON_RESTRICTED, 0, 0);
    ok(status == SEC_E_NO_CREDENTIALS, "AUTOLOGON_RESTRICTED: %08lx\n", status);
    status = outcome(L"WONDERLAND\\alice", 0, 0, 0);
    ok(status == SEC_E_OK, "her: %08lx\n", status);
    status = outcome(L"bob", 0, 0, 0);
    ok(status == SEC_E_NO_CREDENTIALS, "somebody else: %08lx\n", status);
    forget();
}

static void set_policy(const WCHAR *name, DWORD value)
{
    HKEY key;

    RegCreateKeyExW(HKEY_LOCAL_MACHINE, POLICIES, 0, NULL, 0, KEY_ALL_ACCESS | KEY_WOW64_64KEY, NULL,
            &key, NULL);
    RegSetValueExW(key, name, 0, REG_DWORD, (BYTE *)&value, sizeof(value));
    RegCloseKey(key);
}

/* One server of a list's subkey. */
static void set_entry(const WCHAR *list, const WCHAR *pattern)
{
    WCHAR path[200] = POLICIES L"\\";
    HKEY key;

    RegCreateKeyExW(HKEY_LOCAL_MACHINE, wcscat(path, list), 0, NULL, 0,
            KEY_ALL_ACCESS | KEY_WOW64_64KEY, NULL, &key, NULL);
    RegSetValueExW(key, L"1", 0, REG_SZ, (BYTE *)pattern, (wcslen(pattern) + 1) * sizeof(WCHAR));
    RegCloseKey(key);
}

static void forget_entry(const WCHAR *list)
{
    WCHAR path[200] = POLICIES L"\\";

    RegDeleteKeyExW(HKEY_LOCAL_MACHINE, wcscat(path, list), KEY_WOW64_64KEY, 0);
}

static void forget_policies(void)
{
    RegDeleteKeyExW(HKEY_LOCAL_MACHINE, POLICIES, KEY_WOW64_64KEY, 0);
}

/* Saved credentials have policies of their own; those on fresh ones do not touch them. */
static void test_policy(void)
{
    SECURITY_STATUS status;

    forget_policies();
    save(CRED_TYPE_GENERIC, L"TERMSRV/localhost", L"WONDERLAND\\alice", L"Wonder-Land1");
    set_policy(L"AllowFreshCredentials", 0);
    set_policy(L"AllowFreshCredentialsWhenNTLMOnly", 0);
    status = outcome(NULL, 0, 0, 0);
    ok(status == SEC_E_OK, "fresh ones forbidden: %08lx\n", status);
    set_policy(L"AllowSavedCredentialsWhenNTLMOnly", 0);
    status = outcome(NULL, 0, 0, 0);
    ok(status == SEC_E_POLICY_NLTM_ONLY, "nobody vouches for the server: %08lx\n", status);
    set_policy(L"AllowSavedCredentials", 0);
    status = outcome(NULL, 0, 0, 0);
    ok(status == SEC_E_DELEGATION_POLICY, "forbidden: %08lx\n", status);
    status = outcome(NULL, 0, 0, ISC_REQ_DELEGATE);
    ok(status == SEC_E_OK, "nothing delegated: %08lx\n", status);
    forget_policies();
    forget();
}

/* The policies on default credentials: there are none here that could be delegated, whatever they allow; what is saved
 * is no default credential. */
static void test_default_policy(void)
{
    static const WCHAR *const lists[] = {L"AllowDefaultCredentials", L"AllowDefaultCredentialsWhenNTLMOnly",
            L"DenyDefaultCredentials"};
    SECURITY_STATUS status;
    unsigned i;

    for (i = 0; i < 2; i++) {
        set_policy(lists[i], 1);
        set_entry(lists[i], L"*");
    }
    status = outcome(NULL, 0, 0, 0);
    ok(status == SEC_E_NO_CREDENTIALS, "default credentials: %08lx\n", status);
    save(CRED_TYPE_GENERIC, L"TERMSRV/localhost", L"WONDERLAND\\alice", L"Wonder-Land1");
    set_policy(lists[2], 1);
    set_entry(lists[2], L"*");
    status = outcome(NULL, 0, 0, 0);
    ok(status == SEC_E_OK, "saved ones: %08lx\n", status);
    set_policy(L"AllowSavedCredentials", 0);
    set_policy(L"AllowSavedCredentialsWhenNTLMOnly", 0);
    status = outcome(NULL, 0, 0, 0);
    ok(status == SEC_E_DELEGATION_POLICY, "saved ones forbidden: %08lx\n", status);
    for (i = 0; i < ARRAY_SIZE(lists); i++)
        forget_entry(lists[i]);
    forget_policies();
    forget();
}

static void all_tests(void)
{
    test_by_target();
    test_none();
    test_policy();
    test_default_policy();
}

START_TEST(saved)
{
    run_logins(all_tests);
}
