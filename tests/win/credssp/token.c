/* The user's token for a server: QuerySecurityContextToken, ImpersonateSecurityContext,
 * RevertSecurityContext and SECPKG_ATTR_C_ACCESS_TOKEN, _C_FULL_ACCESS_TOKEN ("QueryContextAttributes
 * (CredSSP)": "supported only on the server"). Under Wine a token is to be had for the process's own
 * user, and for nobody else: SEC_E_NO_IMPERSONATION (README, Limits). */
#include "pair.h"

static WCHAR own_name[300];

static void check_token(struct pair *p, ULONG attribute, BOOL own)
{
    SecPkgContext_AccessToken token = {NULL};
    SECURITY_STATUS status = query(&p->server, attribute, &token);
    TOKEN_TYPE type = 0;
    DWORD size = sizeof(type);

    ok(status == (own ? SEC_E_OK : SEC_E_NO_IMPERSONATION), "%08lx: %08lx\n", attribute, status);
    if (status == SEC_E_OK)
        ok(GetTokenInformation(token.AccessToken, TokenType, &type, size, &size),
                "no token: %lu\n", GetLastError());
    status = query(&p->client, attribute, &token);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "client: %08lx\n", status);
}

static void check_functions(struct pair *p, BOOL own)
{
    SECURITY_STATUS want = own ? SEC_E_OK : SEC_E_NO_IMPERSONATION, status;
    HANDLE token = NULL, thread = NULL;

    status = QuerySecurityContextToken(&p->server, &token);
    ok(status == want && (token != NULL) == own, "token %08lx\n", status);
    if (token)
        CloseHandle(token);
    status = ImpersonateSecurityContext(&p->server);
    ok(status == want, "impersonate %08lx\n", status);
    if (own) {
        ok(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &thread), "no thread token\n");
        CloseHandle(thread);
        status = RevertSecurityContext(&p->server);
        ok(status == SEC_E_OK, "revert %08lx\n", status);
        ok(!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &thread), "still somebody\n");
    }
    ok(FAILED(QuerySecurityContextToken(&p->client, &token)), "a client's\n");
    ok(FAILED(ImpersonateSecurityContext(&p->client)), "a client's\n");
}

static void test(const WCHAR *user, const WCHAR *domain, const WCHAR *password, BOOL own)
{
    union identity id;
    struct pair *p = pair_new(make_identity(&id, FORM_PLAIN, user, domain, password));

    if (pair_good(p)) {
        check_token(p, SECPKG_ATTR_C_ACCESS_TOKEN, own);
        check_token(p, SECPKG_ATTR_C_FULL_ACCESS_TOKEN, own);
        check_functions(p, own);
    }
    pair_free(p);
}

/* What the inner package knows of the user, on a server that is not through. */
static void check_nothing(struct pair *p, int leg)
{
    static const ULONG attributes[] = {SECPKG_ATTR_C_ACCESS_TOKEN, SECPKG_ATTR_C_FULL_ACCESS_TOKEN,
            SECPKG_ATTR_ACCESS_TOKEN, SECPKG_ATTR_NAMES, SECPKG_ATTR_SESSION_KEY};
    HANDLE token = NULL;
    int i;

    ok(FAILED(QuerySecurityContextToken(&p->server, &token)) && !token, "leg %d\n", leg);
    for (i = 0; i < ARRAY_SIZE(attributes); i++) {
        ULONG_PTR buffer[2] = {STALE, STALE};
        SECURITY_STATUS status = query(&p->server, attributes[i], buffer);
        ok(status == SEC_E_INVALID_HANDLE, "leg %d, %lx: %08lx\n", leg, attributes[i], status);
        ok(buffer[0] == STALE, "leg %d, %lx: output touched\n", leg, attributes[i]);
    }
}

/* Not before the login is through: the inner package may have been content long before. */
static void test_early(void)
{
    union identity id;
    struct pair *p =
            pair_new(make_identity(&id, FORM_PLAIN, own_name, L"", L"Own-Pass1"));
    int i;

    pair_client_credential(p);
    pair_server_credential(p);
    p->server_status = SEC_I_CONTINUE_NEEDED;
    for (i = 0; i < 20 && p->server_status != SEC_E_OK; i++) {
        if (p->has_server)
            check_nothing(p, i);
        if (p->to_client.size || !i)
            pair_leg(p, FALSE, p->to_client.size);
        if (p->to_server.size)
            p->server_status = pair_leg(p, TRUE, p->to_server.size);
    }
    ok(p->server_status == SEC_E_OK, "server %08lx\n", p->server_status);
    pair_free(p);
}

static void all_tests(void)
{
    test(own_name, L"", L"Own-Pass1", TRUE);
    test(L"bob", L"BUILDERS", L"CanWe?Fix", FALSE);
    test_early();
}

START_TEST(token)
{
    struct account all[ARRAY_SIZE(accounts) + 1];
    DWORD size = ARRAY_SIZE(own_name);

    if (!store_open()) {
        skip("a login needs an account whose password is known: opensspi's store\n");
        return;
    }
    ok(GetUserNameW(own_name, &size), "no user name: %lu\n", GetLastError());
    memcpy(all, accounts, sizeof(accounts));
    all[ARRAY_SIZE(accounts)] = (struct account){own_name, L"", L"Own-Pass1"};
    store_write(all, ARRAY_SIZE(all), PRIVATE_FILE);
    as_w_and_a(all_tests);
    store_close();
    drop_certificate();
}
