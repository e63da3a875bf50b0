/* Every form in which a program may pass its credentials, each to the end of a login. "AcquireCredentialsHandle
 * (CredSSP)", "CREDSSP_CRED structure", "CREDSPP_SUBMIT_TYPE enumeration". */
#include "pair.h"

static void check_user(struct pair *p, const WCHAR *user)
{
    SecPkgContext_ClientCreds creds = {0};
    const KERB_INTERACTIVE_LOGON *logon;
    WCHAR name[300];
    SECURITY_STATUS status = query(&p->server, SECPKG_ATTR_CREDS_2, &creds);

    names_of(&p->server, name, ARRAY_SIZE(name));
    ok(wcslen(name) >= wcslen(user) && !wcscmp(name + wcslen(name) - wcslen(user), user),
            "server: %ls\n", name);
    ok(status == SEC_E_OK, "%08lx\n", status);
    if (status != SEC_E_OK)
        return;
    logon = (void *)creds.AuthBuffer;
    ok(logon->UserName.Length == wcslen(user) * sizeof(WCHAR) &&
                    !memcmp(creds.AuthBuffer + (ULONG_PTR)logon->UserName.Buffer, user,
                            logon->UserName.Length),
            "another user was delegated\n");
    FreeContextBuffer(creds.AuthBuffer);
}

static void login(ULONG type, BOOL alone, enum form form, const struct account *who)
{
    union identity id;
    struct pair *p = pair_new(make_identity(&id, form, who->user, who->domain, who->password));

    winetest_push_context("type %lu, identity %s%s", type, form_names[form], alone ? " alone" : "");
    p->submit = type;
    p->identity_alone = alone;
    if (pair_good(p))
        check_user(p, who->user);
    pair_free(p);
    winetest_pop_context();
}

static void test_types(void)
{
    static const ULONG types[] = {CredsspPasswordCreds, CredsspSubmitBufferBoth,
            CredsspSubmitBufferBothOld, (ULONG)CredsspCredEx};
    enum form form;
    unsigned i;

    for (form = 0; form < FORMS; form++) {
        for (i = 0; i < ARRAY_SIZE(types); i++)
            login(types[i], FALSE, form, &accounts[(form + i) % 2]);
        login(0, TRUE, form, &accounts[form % 2]);
    }
}

static SECURITY_STATUS acquire_only(const void *data)
{
    CredHandle credential = {STALE, STALE};
    SECURITY_STATUS status = acquire(L"CREDSSP", SECPKG_CRED_OUTBOUND, data, &credential, NULL);

    if (SUCCEEDED(status))
        FreeCredentialsHandle(&credential);
    else
        ok(credential.dwLower == STALE && credential.dwUpper == STALE, "a handle was written\n");
    return status;
}

/* A certificate needs PKINIT, remote credential guard tickets given to the program: the hosted
 * Kerberos has neither. What is not understood is refused, never half taken. */
static void test_refused(void)
{
    union identity id;
    CREDSSP_CRED certificate = {CredsspCertificateCreds, NULL,
            make_identity(&id, FORM_PLAIN, L"alice", L"", L"1234")};
    CREDSSP_CRED_EX ex = {CredsspCredEx, CREDSSP_CRED_EX_VERSION, 0, 0,
            {CredsspPasswordCreds, NULL, &id}};
    CREDSSP_CRED_EX wrong[] = {ex, ex, ex, ex};
    SEC_WINNT_AUTH_IDENTITY_W no_flags = {(USHORT *)L"alice", 5, NULL, 0, NULL, 0, 0};
    unsigned i;
    SECURITY_STATUS status = acquire_only(&certificate);

    ok(status == SEC_E_UNKNOWN_CREDENTIALS, "certificate: %08lx\n", status);
    ok(acquire_only(&ex) == SEC_E_OK, "CREDSSP_CRED_EX\n");
    wrong[0].Version = 1;
    wrong[1].Flags = CREDSSP_FLAG_REDIRECT;
    wrong[2].Flags = 0x80;
    wrong[3].Cred.Type = CredsspCredEx;
    for (i = 0; i < ARRAY_SIZE(wrong); i++) {
        status = acquire_only(&wrong[i]);
        ok(status == SEC_E_UNKNOWN_CREDENTIALS, "%u: %08lx\n", i, status);
    }
    status = acquire_only(&no_flags);
    ok(status == SEC_E_UNKNOWN_CREDENTIALS, "neither ANSI nor Unicode: %08lx\n", status);
    memset(&no_flags, 0, sizeof(no_flags));
    status = acquire_only(&no_flags);
    ok(status == SEC_E_UNKNOWN_CREDENTIALS, "zeros: %08lx\n", status);
    ok(acquire_only(NULL) == SEC_E_OK, "none: saved ones, once there is a target\n");
}

static void all_tests(void)
{
    test_types();
    test_refused();
}

START_TEST(submit)
{
    run_logins(all_tests);
}
