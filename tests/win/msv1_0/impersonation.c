/* QuerySecurityContextToken, ImpersonateSecurityContext, RevertSecurityContext,
 * SECPKG_ATTR_ACCESS_TOKEN, CompleteAuthToken. Sources: the pages of the functions
 * ("SEC_E_NO_IMPERSONATION: the client could not be impersonated"; "this handle must have been
 * obtained by a call to the AcceptSecurityContext (General) function"), "SecPkgContext_AccessToken
 * structure" ("the calling process must not call CloseHandle", SEC_E_NO_IMPERSONATION). Who gets a
 * token under Wine: README, "Limits". */
#include "../accounts.h"
#include "../login.h"

static WCHAR me[257], computer[MAX_COMPUTERNAME_LENGTH + 1];

/* The user whom this program runs as, and another one, with the same password. */
static void write_accounts(void)
{
    struct account both[] = {{me, L"BUILDERS", L"CanWe?Fix"}, {me, L"", L"Wonder-Land1"},
            {L"alice", L"", L"Wonder-Land1"}, {NON_ASCII, L"", L"Wonder-Land1"}};
    DWORD size = ARRAY_SIZE(me);

    ok(GetUserNameW(me, &size), "no name: %lu\n", GetLastError());
    size = ARRAY_SIZE(computer);
    GetComputerNameW(computer, &size);
    ok(_wcsicmp(me, L"alice"), "the tests run as alice\n");
    store_write(both, ARRAY_SIZE(both), PRIVATE_FILE);
}

static struct login *new_login(const WCHAR *user, const WCHAR *domain, ULONG request)
{
    static union identity id;
    struct login *l = calloc(1, sizeof(*l));

    l->identity = make_identity(&id, FORM_PLAIN, user, domain,
            wcscmp(domain, L"BUILDERS") ? L"Wonder-Land1" : L"CanWe?Fix");
    l->client_request = request;
    l->server_request = request & ISC_REQ_NULL_SESSION ? ASC_REQ_ALLOW_NULL_SESSION : 0;
    return l;
}

static struct login *logged_in(const WCHAR *user, const WCHAR *domain, ULONG request)
{
    struct login *l = new_login(user, domain, request);

    login_good(l);
    return l;
}

static void drop(struct login *l)
{
    login_close(l);
    free(l);
}

static SECURITY_IMPERSONATION_LEVEL level_of(HANDLE token)
{
    SECURITY_IMPERSONATION_LEVEL level = -1;
    DWORD size;

    ok(GetTokenInformation(token, TokenImpersonationLevel, &level, sizeof(level), &size),
            "level: %lu\n", GetLastError());
    return level;
}

static BOOL is_mine(HANDLE token)
{
    BYTE user[200] = {0};
    DWORD size;
    char *text = NULL;
    BOOL same;

    ok(GetTokenInformation(token, TokenUser, user, sizeof(user), &size), "user: %lu\n",
            GetLastError());
    ConvertSidToStringSidA(((TOKEN_USER *)user)->User.Sid, &text);
    same = text && !strcmp(text, own_sid());
    LocalFree(text);
    return same;
}

/* Does this thread act with a token of its own, and at which level? -1: none. */
static int impersonating(void)
{
    HANDLE token;
    int level;

    if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token))
        return -1;
    level = level_of(token);
    CloseHandle(token);
    return level;
}

static void check_token(CtxtHandle *server, int level)
{
    HANDLE one = NULL, two = NULL;
    SecPkgContext_AccessToken kept[2] = {{NULL}};
    SECURITY_STATUS status = QuerySecurityContextToken(server, &one);

    ok(status == SEC_E_OK && one, "%08lx\n", status);
    ok(QuerySecurityContextToken(server, &two) == SEC_E_OK && two != one, "a shared handle\n");
    ok(level_of(one) == level, "level %d\n", level_of(one));
    ok(is_mine(one), "another user's\n");
    ok(CloseHandle(one), "close\n");
    ok(is_mine(two), "closed with the other\n");
    ok(CloseHandle(two), "close\n");
    ok(query(server, SECPKG_ATTR_ACCESS_TOKEN, &kept[0]) == SEC_E_OK, "attribute\n");
    ok(query(server, SECPKG_ATTR_ACCESS_TOKEN, &kept[1]) == SEC_E_OK, "attribute\n");
    ok(kept[0].AccessToken == kept[1].AccessToken, "not the context's own\n");
    ok(level_of(kept[0].AccessToken) == level, "level %d\n", level_of(kept[0].AccessToken));
}

static void check_impersonation(CtxtHandle *server, int level)
{
    SECURITY_STATUS status = ImpersonateSecurityContext(server);

    ok(status == SEC_E_OK, "impersonate %08lx\n", status);
    ok(impersonating() == level, "level %d\n", impersonating());
    status = RevertSecurityContext(server);
    ok(status == SEC_E_OK, "revert %08lx\n", status);
    ok(impersonating() == -1, "still impersonating\n");
    status = RevertSecurityContext(server);
    ok(status == SEC_E_OK, "again %08lx\n", status); /* (?) */
    ok(impersonating() == -1, "impersonating\n");
}

static void test_own_user(void)
{
    static const struct {
        ULONG client, server;
        int level;
    } rows[] = {{0, 0, SecurityImpersonation}, {ISC_REQ_INTEGRITY, 0, SecurityImpersonation},
            {ISC_REQ_IDENTIFY, 0, SecurityIdentification},
            {0, ASC_REQ_IDENTIFY, SecurityIdentification},
            {ISC_REQ_IDENTIFY, ASC_REQ_IDENTIFY, SecurityIdentification}};
    const WCHAR *domains[] = {L"", computer, L"WONDERLAND"}; /* whatever he says: the account is ours */
    WCHAR upper[257];
    struct login *l;
    int i;

    for (i = 0; i < ARRAY_SIZE(rows) * 3; i++) {
        winetest_push_context("%d", i);
        l = new_login(me, domains[i % 3], rows[i / 3].client);
        l->server_request = rows[i / 3].server;
        login_good(l);
        check_token(&l->server, rows[i / 3].level);
        check_impersonation(&l->server, rows[i / 3].level);
        drop(l);
        winetest_pop_context();
    }
    l = logged_in(_wcsupr(wcscpy(upper, me)), L"", 0); /* names have no case */
    check_token(&l->server, SecurityImpersonation);
    drop(l);
}

/* A handle of the attribute goes with its context; one of the function stays. */
static void test_closed(void)
{
    struct login *l = logged_in(me, L"", 0);
    SecPkgContext_AccessToken kept = {NULL};
    HANDLE own = NULL;
    DWORD flags;

    query(&l->server, SECPKG_ATTR_ACCESS_TOKEN, &kept);
    QuerySecurityContextToken(&l->server, &own);
    drop(l);
    ok(!GetHandleInformation(kept.AccessToken, &flags), "the attribute's handle is left over\n");
    ok(GetHandleInformation(own, &flags), "the caller's handle is gone\n");
    CloseHandle(own);
}

static void check_none(CtxtHandle *context, SECURITY_STATUS function, SECURITY_STATUS revert)
{
    HANDLE token = (HANDLE)STALE;
    SecPkgContext_AccessToken kept = {(void *)STALE};
    SECURITY_STATUS status = QuerySecurityContextToken(context, &token);

    ok(status == function, "token %08lx\n", status);
    ok(token == (HANDLE)STALE, "output touched\n");
    status = ImpersonateSecurityContext(context);
    ok(status == function, "impersonate %08lx\n", status);
    ok(impersonating() == -1, "impersonating\n");
    status = query(context, SECPKG_ATTR_ACCESS_TOKEN, &kept);
    ok(status == SEC_E_NO_IMPERSONATION, "attribute %08lx\n", status);
    ok(kept.AccessToken == (void *)STALE, "output touched\n");
    status = RevertSecurityContext(context);
    ok(status == revert, "revert %08lx\n", status);
}

/* The right password, but another user than Wine's: a program must not take him for that one. */
static void test_others(void)
{
    static const struct {
        const WCHAR *user, *domain;
    } rows[] = {{L"alice", L""}, {L"alice", computer}, {NON_ASCII, L""},
            {me, L"BUILDERS"}}; /* another domain's user of that name */
    struct login *l;
    int i;

    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        winetest_push_context("other %d", i);
        l = logged_in(rows[i].user, rows[i].domain, 0);
        check_none(&l->server, SEC_E_NO_IMPERSONATION, SEC_E_OK);
        drop(l);
        winetest_pop_context();
    }
}

static void test_anonymous(void)
{
    struct login *l = new_login(L"", L"", ISC_REQ_NULL_SESSION);

    l->identity = make_identity((union identity *)l->identity, FORM_PLAIN, L"", L"", L"");
    login_good(l);
    check_none(&l->server, SEC_E_NO_IMPERSONATION, SEC_E_OK);
    drop(l);
}

/* No client: on the client's side, and while it is not known who it is. */
static void test_no_client(void)
{
    struct login *l = new_login(me, L"", 0);

    login_acquire(l);
    login_leg(l, FALSE);
    check_none(&l->client, SEC_E_INVALID_HANDLE, SEC_E_INVALID_HANDLE);
    login_leg(l, TRUE);
    check_none(&l->server, SEC_E_INVALID_HANDLE, SEC_E_INVALID_HANDLE);
    login_leg(l, FALSE);
    check_none(&l->client, SEC_E_INVALID_HANDLE, SEC_E_INVALID_HANDLE);
    login_leg(l, TRUE);
    ok(l->server_status == SEC_E_OK, "%08lx\n", l->server_status);
    check_token(&l->server, SecurityImpersonation);
    drop(l);
}

/* A refused login: SEC_E_INVALID_HANDLE, the attribute's too. */
static void test_refused(void)
{
    struct login *l = new_login(me, L"", 0);
    HANDLE token = (HANDLE)STALE;
    SecPkgContext_AccessToken kept;
    SECURITY_STATUS status;

    l->identity = make_identity((union identity *)l->identity, FORM_PLAIN, me, L"", L"wrong");
    login_run(l);
    ok(l->server_status == SEC_E_LOGON_DENIED, "%08lx\n", l->server_status);
    status = QuerySecurityContextToken(&l->server, &token);
    ok(status == SEC_E_INVALID_HANDLE && token == (HANDLE)STALE, "token %08lx\n", status);
    status = ImpersonateSecurityContext(&l->server);
    ok(status == SEC_E_INVALID_HANDLE && impersonating() == -1, "impersonate %08lx\n", status);
    status = query(&l->server, SECPKG_ATTR_ACCESS_TOKEN, &kept);
    ok(FAILED(status), "attribute %08lx\n", status);
    drop(l);
}

/* Negotiate hands all of it to NTLM. */
static void test_negotiate(void)
{
    struct login *l = new_login(me, L"", 0);

    l->client_package = l->server_package = L"Negotiate";
    login_good(l);
    check_token(&l->server, SecurityImpersonation);
    check_impersonation(&l->server, SecurityImpersonation);
    drop(l);
    l = new_login(L"alice", L"", 0);
    l->client_package = l->server_package = L"Negotiate";
    login_good(l);
    check_none(&l->server, SEC_E_NO_IMPERSONATION, SEC_E_OK);
    drop(l);
}

/* An imported context finds out anew whose it is; an exported one may give its token along. */
static void test_imported(void)
{
    struct login *l = logged_in(me, L"", 0);
    SecBuffer packed = {0, SECBUFFER_EMPTY, NULL};
    HANDLE token = NULL;

    ok(ExportSecurityContext(&l->server, SECPKG_CONTEXT_EXPORT_DELETE_OLD, &packed, &token) ==
                    SEC_E_OK,
            "export\n");
    ok(token && is_mine(token), "no token\n");
    ok(ImportSecurityContextW((WCHAR *)L"NTLM", &packed, token, &l->server) == SEC_E_OK,
            "import\n");
    ok(CloseHandle(token), "not the caller's any more\n");
    FreeContextBuffer(packed.pvBuffer);
    check_token(&l->server, SecurityImpersonation);
    drop(l);
}

/* "CompleteAuthToken": "supported only by the Digest security support provider". And no leg of NTLM
 * asks for it: SEC_I_COMPLETE_NEEDED and SEC_I_COMPLETE_AND_CONTINUE, with any flags that there
 * are. */
static void test_complete(const WCHAR *package)
{
    static const struct {
        ULONG client, server;
    } flags[] = {{ISC_REQ_INTEGRITY, ASC_REQ_INTEGRITY},
            {ISC_REQ_CONFIDENTIALITY, ASC_REQ_CONFIDENTIALITY},
            {ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT,
                    ASC_REQ_REPLAY_DETECT | ASC_REQ_SEQUENCE_DETECT},
            {ISC_REQ_CONNECTION, ASC_REQ_CONNECTION},
            {ISC_REQ_EXTENDED_ERROR, ASC_REQ_EXTENDED_ERROR},
            {ISC_REQ_USE_DCE_STYLE, ASC_REQ_USE_DCE_STYLE}, {ISC_REQ_IDENTIFY, ASC_REQ_IDENTIFY},
            {ISC_REQ_MUTUAL_AUTH | ISC_REQ_DELEGATE, ASC_REQ_MUTUAL_AUTH | ASC_REQ_DELEGATE}};
    unsigned set, i;

    for (set = 0; set < 1u << ARRAY_SIZE(flags); set++) {
        struct login *l = new_login(L"alice", L"", 0);
        BYTE token[TOKEN_ROOM];
        SecBuffer b = {sizeof(token), SECBUFFER_TOKEN, token};
        SecBufferDesc message = {SECBUFFER_VERSION, 1, &b};
        SECURITY_STATUS status[4];

        for (i = 0; i < ARRAY_SIZE(flags); i++)
            if (set & 1u << i) {
                l->client_request |= flags[i].client;
                l->server_request |= flags[i].server;
            }
        l->client_package = l->server_package = package;
        login_acquire(l);
        for (i = 0; i < 4; i++)
            status[i] = login_leg(l, i % 2);
        ok(status[0] == SEC_I_CONTINUE_NEEDED && status[1] == SEC_I_CONTINUE_NEEDED &&
                        status[2] == SEC_E_OK && status[3] == SEC_E_OK,
                "%08lx: %08lx %08lx %08lx %08lx\n", l->client_request, status[0], status[1],
                status[2], status[3]);
        status[0] = CompleteAuthToken(&l->client, &message);
        status[1] = CompleteAuthToken(&l->server, &message);
        ok(status[0] == SEC_E_UNSUPPORTED_FUNCTION && status[1] == SEC_E_UNSUPPORTED_FUNCTION,
                "%08lx %08lx\n", status[0], status[1]);
        drop(l);
    }
}

static void all_tests(void)
{
    test_own_user();
    test_closed();
    test_others();
    test_anonymous();
    test_no_client();
    test_refused();
    test_negotiate();
    test_imported();
}

START_TEST(impersonation)
{
    if (!store_open()) {
        skip("named accounts are in opensspi's store only\n");
        return;
    }
    write_accounts();
    as_w_and_a(all_tests);
    test_complete(L"NTLM");
    test_complete(L"Negotiate");
    store_close();
}
