/* Which credentials Kerberos gives to nobody, before any KDC is asked: "AcquireCredentialsHandle (Kerberos)",
 * "SEC_WINNT_AUTH_IDENTITY_EX structure"; each beside one that it gives. Where the host has no Kerberos there is nothing to see. */
#include "../sspi_test.h"

static BOOL there(void)
{
    SecPkgInfoW *info;

    if (!is_opensspi() || QuerySecurityPackageInfoW((WCHAR *)L"Kerberos", &info) != SEC_E_OK)
        return FALSE;
    FreeContextBuffer(info);
    return TRUE;
}

static SECURITY_STATUS acquire_for(const LUID *logon, union identity *id)
{
    CredHandle credential = {STALE, STALE};
    SECURITY_STATUS status =
            acquire_as(NULL, L"Kerberos", SECPKG_CRED_OUTBOUND, logon, id, &credential, NULL);

    if (status == SEC_E_OK)
        FreeCredentialsHandle(&credential);
    else
        ok(credential.dwLower == STALE && credential.dwUpper == STALE, "a handle was written\n");
    return status;
}

/* pvLogonID: "the logon identifier (LUID) of any existing logon session" takes SE_TCB_NAME; one's own does not. */
static void test_logon_id(void)
{
    static const LUID others[] = {{0x12345678, 0}, {0xFFFFFFFF, -1}};
    TOKEN_STATISTICS own = {{0}};
    union identity id;
    SECURITY_STATUS status;
    HANDLE token;
    DWORD size;
    int i;

    ok(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token), "token\n");
    ok(GetTokenInformation(token, TokenStatistics, &own, sizeof own, &size), "statistics\n");
    CloseHandle(token);
    make_identity(&id, FORM_PLAIN, L"alice", L"OPENSSPI.TEST", L"p");
    for (i = 0; i < ARRAY_SIZE(others); i++) {
        status = acquire_for(&others[i], &id);
        ok(status == SEC_E_NOT_OWNER, "%d: %08lx\n", i, status);
    }
    ok(acquire_for(&own.AuthenticationId, &id) == SEC_E_OK, "own\n");
}

/* ID_PROVIDER: "an online ID credential", Domain is a provider's name: no realm. */
static void test_provider(void)
{
    static const ULONG provider = SEC_WINNT_AUTH_IDENTITY_FLAGS_ID_PROVIDER;
    union identity id;
    SECURITY_STATUS status;

    make_identity(&id, FORM_PLAIN, L"alice", L"OPENSSPI.TEST", L"p");
    ok(acquire_for(NULL, &id) == SEC_E_OK, "plain\n");
    id.plain.Flags |= provider;
    status = acquire_for(NULL, &id);
    ok(status == SEC_E_UNKNOWN_CREDENTIALS, "plain: %08lx\n", status);
    make_identity(&id, FORM_EX, L"alice", L"OPENSSPI.TEST", L"p");
    ok(acquire_for(NULL, &id) == SEC_E_OK, "EX\n");
    id.ex.Flags |= provider;
    status = acquire_for(NULL, &id);
    ok(status == SEC_E_UNKNOWN_CREDENTIALS, "EX: %08lx\n", status);
}

/* PackageList: "a comma-separated list"; "!" excludes. */
static void test_list(void)
{
    static const struct {
        const WCHAR *list;
        SECURITY_STATUS status;
    } rows[] = {
            {L"kerberos", SEC_E_OK},
            {L"ntlm,Kerberos", SEC_E_OK},
            {L"!ntlm", SEC_E_OK},
            {L"ntlm", SEC_E_NO_CREDENTIALS},
            {L"!kerberos", SEC_E_NO_CREDENTIALS},
            {L"kerberos,!Kerberos", SEC_E_NO_CREDENTIALS},
    };
    union identity id;
    SECURITY_STATUS status;
    int i;

    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        make_identity(&id, FORM_EX, L"alice", L"OPENSSPI.TEST", L"p");
        id.ex.PackageList = (void *)rows[i].list;
        id.ex.PackageListLength = wcslen(rows[i].list);
        status = acquire_for(NULL, &id);
        ok(status == rows[i].status, "%ls: %08lx\n", rows[i].list, status);
    }
}

START_TEST(kerberos)
{
    if (!there())
        return;
    test_logon_id();
    test_provider();
    test_list();
}
