/* Attributes of sessions that differ in everything: what one says is not what the other says.
 * Source of each: "QueryContextAttributes (NTLM)" and the page of the structure. */
#include "../accounts.h"
#include "../login.h"

#define INTEGRITY (ISC_REQ_INTEGRITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT)

static struct session {
    const WCHAR *user, *domain, *password, *target, *name;
    BOOL own; /* the account is the server's */
    ULONG request, protection;
    struct login login;
    union identity identity;
} sessions[] = {
        {L"alice", L"WONDERLAND", L"Wonder-Land1", L"HOST/one.example", L"WONDERLAND\\alice", TRUE,
                ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY,
                ISC_RET_CONFIDENTIALITY | ISC_RET_INTEGRITY},
        {NON_ASCII, L"K\x00f6ln", NON_ASCII_PASSWORD, L"HTTP/m\x00fcnchen",
                L"K\x00f6ln\\" NON_ASCII, TRUE, INTEGRITY, ISC_RET_INTEGRITY},
        {L"bob", L"BUILDERS", L"CanWe?Fix", L"cifs/three", L"BUILDERS\\bob", FALSE, INTEGRITY,
                ISC_RET_INTEGRITY},
};

static void check_text(const void *text, const WCHAR *expected, const char *what)
{
    WCHAR got[300];

    take_text((void *)text, got, ARRAY_SIZE(got));
    ok(!wcscmp(got, expected), "%s: %ls\n", what, got);
}

static void check_names(struct session *s)
{
    SecPkgContext_NamesW names = {NULL};
    SecPkgCredentials_NamesW credential = {NULL};
    SECURITY_STATUS status = query(&s->login.client, SECPKG_ATTR_NAMES, &names);

    ok(status == SEC_E_OK, "client %08lx\n", status);
    check_text(names.sUserName, s->name, "client");
    names.sUserName = NULL;
    status = query(&s->login.server, SECPKG_ATTR_NAMES, &names);
    ok(status == SEC_E_OK, "server %08lx\n", status);
    check_text(names.sUserName, s->own ? own_account(s->user) : s->name, "server");
    status = ansi ? QueryCredentialsAttributesA(
                            &s->login.client_credential, SECPKG_CRED_ATTR_NAMES, &credential)
                  : QueryCredentialsAttributesW(
                            &s->login.client_credential, SECPKG_CRED_ATTR_NAMES, &credential);
    ok(status == SEC_E_OK, "credential %08lx\n", status);
    check_text(credential.sUserName, s->name, "credential");
    status = QueryCredentialsAttributesW(
            &s->login.server_credential, SECPKG_CRED_ATTR_NAMES, &credential);
    /* Of the program's own user: see test credentials. */
    ok(status == SEC_E_OK, "the server's: %08lx\n", status);
    ok(wcscmp(credential.sUserName, s->name), "the client's name is the server's\n");
    FreeContextBuffer(credential.sUserName);
}

static void check_flags(struct session *s)
{
    SecPkgContext_Flags flags = {STALE};
    ULONG both = ISC_RET_CONFIDENTIALITY | ISC_RET_INTEGRITY;
    SECURITY_STATUS status = query(&s->login.client, SECPKG_ATTR_FLAGS, &flags);

    ok(status == SEC_E_OK, "client %08lx\n", status);
    ok((flags.Flags & both) == s->protection, "client %08lx\n", flags.Flags);
    ok(flags.Flags == s->login.client_attributes[s->login.client_legs - 1],
            "%08lx, but the last leg gave %08lx\n", flags.Flags,
            s->login.client_attributes[s->login.client_legs - 1]);
    status = query(&s->login.server, SECPKG_ATTR_FLAGS, &flags);
    ok(status == SEC_E_OK, "server %08lx\n", status);
    ok(!(flags.Flags & ASC_RET_CONFIDENTIALITY) == !(s->protection & ISC_RET_CONFIDENTIALITY),
            "server %08lx\n", flags.Flags);
    ok(flags.Flags == s->login.server_attributes[s->login.server_legs - 1],
            "%08lx, but the last leg gave %08lx\n", flags.Flags,
            s->login.server_attributes[s->login.server_legs - 1]);
}

static void check_target(struct session *s, CtxtHandle *context)
{
    SecPkgContext_Target target = {STALE, NULL};
    SecPkgContext_ClientSpecifiedTarget spn = {NULL};
    SECURITY_STATUS status = query(context, SECPKG_ATTR_TARGET, &target);

    ok(status == SEC_E_OK, "target %08lx\n", status);
    ok(target.TargetLength == strlen(narrow(s->target)), "%lu bytes\n", target.TargetLength);
    ok(target.Target && !strcmp(target.Target, narrow(s->target)), "%s\n", target.Target);
    FreeContextBuffer(target.Target);
    status = query(context, SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &spn);
    ok(status == SEC_E_OK, "SPN %08lx\n", status);
    ok(spn.sTargetName && !wcscmp((WCHAR *)spn.sTargetName, s->target), "SPN %ls\n",
            (WCHAR *)spn.sTargetName);
    FreeContextBuffer(spn.sTargetName);
}

/* A workgroup's server is its own authority. */
static void check_authority(CtxtHandle *context)
{
    WCHAR computer[MAX_COMPUTERNAME_LENGTH + 1];
    DWORD size = ARRAY_SIZE(computer);
    SecPkgContext_AuthorityW authority = {NULL};
    SECURITY_STATUS status = query(context, SECPKG_ATTR_AUTHORITY, &authority);

    GetComputerNameW(computer, &size);
    ok(status == SEC_E_OK, "%08lx\n", status);
    check_text(authority.sAuthorityName, computer, "authority");
}

static void check_times_and_flags(CtxtHandle *context)
{
    SecPkgContext_PasswordExpiry password = {{{STALE, 0}}};
    SecPkgContext_Lifespan lifespan = {{{STALE, 0}}, {{STALE, 0}}};
    SecPkgContext_UserFlags user = {STALE};
    FILETIME now;
    SECURITY_STATUS status = query(context, SECPKG_ATTR_PASSWORD_EXPIRY, &password);

    GetSystemTimeAsFileTime(&now);
    ok(status == SEC_E_OK, "password expiry %08lx\n", status);
    ok(password.tsPasswordExpires.HighPart > (LONG)now.dwHighDateTime, "%lx\n",
            password.tsPasswordExpires.HighPart);
    status = query(context, SECPKG_ATTR_LIFESPAN, &lifespan);
    ok(status == SEC_E_OK, "lifespan %08lx\n", status);
    ok(lifespan.tsExpiry.HighPart > (LONG)now.dwHighDateTime, "%lx\n", lifespan.tsExpiry.HighPart);
    status = query(context, SECPKG_ATTR_USER_FLAGS, &user);
    ok(status == SEC_E_OK, "user flags %08lx\n", status);
    ok(!user.UserFlags, "%lx\n", user.UserFlags);
}

static void check_last_token(CtxtHandle *context, SECPKG_ATTR_LCT_STATUS expected)
{
    SecPkgContext_LastClientTokenStatus last = {STALE};
    SECURITY_STATUS status = query(context, SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, &last);

    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(last.LastClientTokenStatus == expected, "%d\n", last.LastClientTokenStatus);
}

/* What is known at the end only is not told before, and the buffer stays as it was. */
static void check_too_early(CtxtHandle *context)
{
    static const ULONG late[] = {
            SECPKG_ATTR_AUTHORITY, SECPKG_ATTR_PASSWORD_EXPIRY, SECPKG_ATTR_USER_FLAGS};
    int i;

    for (i = 0; i < ARRAY_SIZE(late); i++) {
        ULONG_PTR buffer[4] = {STALE, STALE, STALE, STALE};
        SECURITY_STATUS status = query(context, late[i], buffer);
        ok(status == SEC_E_INVALID_HANDLE, "%lu: %08lx\n", late[i], status);
        ok(buffer[0] == STALE && buffer[1] == STALE, "%lu: output touched\n", late[i]);
    }
}

static void check_unsupported(CtxtHandle *context)
{
    static const ULONG none[] = {SECPKG_ATTR_IS_LOOPBACK, SECPKG_ATTR_STREAM_SIZES,
            SECPKG_ATTR_DCE_INFO, SECPKG_ATTR_NATIVE_NAMES, SECPKG_ATTR_AUTHENTICATION_ID,
            SECPKG_ATTR_LOGOFF_TIME, SECPKG_ATTR_UNIQUE_BINDINGS, SECPKG_ATTR_CONNECTION_INFO};
    int i;

    for (i = 0; i < ARRAY_SIZE(none); i++) {
        ULONG_PTR buffer[64] = {STALE};
        SECURITY_STATUS status = query(context, none[i], buffer);
        ok(status == SEC_E_UNSUPPORTED_FUNCTION, "%lu: %08lx\n", none[i], status);
        ok(buffer[0] == STALE, "%lu: output touched\n", none[i]);
    }
}

static void open_session(struct session *s)
{
    memset(&s->login, 0, sizeof(s->login));
    s->login.identity = make_identity(&s->identity, FORM_PLAIN, s->user, s->domain, s->password);
    s->login.target = s->target;
    s->login.client_request = s->request;
    login_acquire(&s->login);
    login_leg(&s->login, FALSE);
    check_last_token(&s->login.client, SecPkgAttrLastClientTokenNo);
    login_leg(&s->login, TRUE);
    check_last_token(&s->login.server, SecPkgAttrLastClientTokenNo);
    check_too_early(&s->login.client);
    check_too_early(&s->login.server);
    login_leg(&s->login, FALSE);
    login_leg(&s->login, TRUE);
    ok(s->login.server_status == SEC_E_OK, "server %08lx\n", s->login.server_status);
}

static void check_side(struct session *s, CtxtHandle *context)
{
    check_last_token(context, SecPkgAttrLastClientTokenYes);
    check_target(s, context);
    check_authority(context);
    check_times_and_flags(context);
    check_unsupported(context);
}

/* A client that names no target has none to tell. */
static void test_no_target(void)
{
    struct login *l = calloc(1, sizeof(*l));
    SecPkgContext_Target target = {STALE, (char *)STALE};
    SECURITY_STATUS status;

    l->identity = good_identity();
    login_good(l);
    status = query(&l->client, SECPKG_ATTR_TARGET, &target);
    ok(status == SEC_E_TARGET_UNKNOWN, "%08lx\n", status);
    ok(target.Target == (char *)STALE && target.TargetLength == STALE, "output touched\n");
    login_close(l);
    free(l);
}

static void all_tests(void)
{
    int i;

    for (i = 0; i < ARRAY_SIZE(sessions); i++)
        open_session(&sessions[i]);
    for (i = 0; i < ARRAY_SIZE(sessions); i++) {
        winetest_push_context("%d", i);
        check_names(&sessions[i]);
        check_flags(&sessions[i]);
        check_side(&sessions[i], &sessions[i].login.client);
        check_side(&sessions[i], &sessions[i].login.server);
        winetest_pop_context();
    }
    for (i = 0; i < ARRAY_SIZE(sessions); i++)
        login_close(&sessions[i].login);
    test_no_target();
}

START_TEST(sessions)
{
    if (!is_opensspi()) {
        skip("named accounts are in opensspi's store only\n");
        return;
    }
    ok(narrow_holds(NON_ASCII), "this code page cannot say the name\n");
    store_open();
    as_w_and_a(all_tests);
    store_close();
}
