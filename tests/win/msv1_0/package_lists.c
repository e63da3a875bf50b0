/* The identity's package list: "SEC_WINNT_AUTH_IDENTITY_EX structure", PackageList: "a
 * comma-separated list of names of security packages that are available when using the Microsoft
 * Negotiate provider. Set this to "!ntlm" to specify that the NTLM package is not to be used."
 * Ours alone: Windows' Negotiate has other packages left. */
#include "../accounts.h"
#include "../login.h"

static const WCHAR *package;

static const struct {
    const WCHAR *list;
    BOOL allowed;
} lists[] = {
        {NULL, TRUE},
        {L"", TRUE},
        {L",", TRUE},
        {L"ntlm", TRUE},
        {L"NTLM", TRUE},
        {L"Ntlm", TRUE},
        {L" NTLM ", TRUE},
        {L"kerberos,ntlm", TRUE},
        {L"kerberos, NTLM,pku2u", TRUE},
        {L"!kerberos", TRUE},
        {L"!Kerberos,!pku2u", TRUE},
        {L"!kerberos,ntlm", TRUE},
        {L"!ntlm", FALSE},
        {L"!NTLM", FALSE},
        {L" !ntlm", FALSE},
        {L"! ntlm ", FALSE},
        {L"kerberos,!ntlm", FALSE},
        {L"!ntlm,kerberos", FALSE},
        {L"ntlm,!ntlm", FALSE},
        {L"kerberos", FALSE},
        {L"Negotiate", FALSE}, /* names no package that is in it */
        {L"ntlmx", FALSE},
        {L"ntl", FALSE},
        {L"ntlm kerberos", FALSE},
};

enum { EX_W, EX_A, EX2, LIST_FORMS };
static const char *const list_forms[] = {"EX W", "EX A", "EX2"};

/* An identity of USER (NULL: nobody) with LIST. */
static void *make(union identity *id, int form, const WCHAR *user, const WCHAR *list)
{
    static const enum form forms[] = {FORM_EX, FORM_EX_ANSI, FORM_EX2};
    ULONG at;

    make_identity(id, forms[form], user, user ? L"" : NULL, user ? L"Wonder-Land1" : NULL);
    if (form == EX2) {
        at = id->ex2.cbStructureLength;
        if (list)
            put_ex2(id->room, &at, list, wcslen(list) * sizeof(WCHAR), &id->ex2.PackageListOffset,
                    &id->ex2.PackageListLength);
        id->ex2.cbStructureLength = at;
    } else {
        id->ex.PackageList = form == EX_A ? (void *)narrow(list) : (void *)list;
        id->ex.PackageListLength = list ? wcslen(list) : 0;
    }
    return id;
}

static SECURITY_STATUS log_in(void *identity)
{
    struct login *l = calloc(1, sizeof(*l));
    SECURITY_STATUS status;

    l->client_package = l->server_package = package;
    l->identity = identity;
    login_run(l);
    status = FAILED(l->client_status) ? l->client_status : l->server_status;
    login_close(l);
    free(l);
    return status;
}

static void try_acquire(void *identity, BOOL allowed)
{
    CredHandle credential = {STALE, STALE};
    SECURITY_STATUS status = acquire(package, SECPKG_CRED_OUTBOUND, identity, &credential, NULL);

    ok(status == (allowed ? SEC_E_OK : SEC_E_NO_CREDENTIALS), "%08lx\n", status);
    if (SUCCEEDED(status))
        FreeCredentialsHandle(&credential);
    else
        ok(credential.dwLower == STALE && credential.dwUpper == STALE, "a handle was written\n");
}

static void test_lists(void)
{
    union identity id;
    int form, i;

    for (form = 0; form < LIST_FORMS; form++)
        for (i = 0; i < ARRAY_SIZE(lists); i++) {
            winetest_push_context("%s '%ls'", list_forms[form], lists[i].list);
            try_acquire(make(&id, form, L"alice", lists[i].list), lists[i].allowed);
            if (form != EX2) /* one that only restricts the packages */
                try_acquire(make(&id, form, NULL, lists[i].list), lists[i].allowed);
            winetest_pop_context();
        }
}

static void test_login(void)
{
    union identity id;
    int form;

    for (form = 0; form < LIST_FORMS; form++) {
        SECURITY_STATUS status = log_in(make(&id, form, L"alice", L"kerberos,ntlm"));
        ok(status == SEC_E_OK, "%s: %08lx\n", list_forms[form], status);
        status = log_in(make(&id, form, L"nobody", L"kerberos,ntlm"));
        ok(status == SEC_E_LOGON_DENIED, "%s: %08lx\n", list_forms[form], status);
    }
}

/* "SspiExcludePackage": the copy is not for that package, the original still is. */
static void test_exclude(void)
{
    SECURITY_STATUS(WINAPI * exclude)
    (void *, const WCHAR *, void **) =
            (void *)GetProcAddress(GetModuleHandleA("secur32.dll"), "SspiExcludePackage");
    void(WINAPI * release)(void *) =
            (void *)GetProcAddress(GetModuleHandleA("secur32.dll"), "SspiFreeAuthIdentity");
    union identity id;
    void *without = NULL;

    make_identity(&id, FORM_PLAIN, L"alice", L"", L"Wonder-Land1");
    ok(exclude(&id, L"Kerberos", &without) == SEC_E_OK, "exclude\n");
    try_acquire(without, TRUE);
    release(without);
    ok(exclude(&id, L"NTLM", &without) == SEC_E_OK, "exclude\n");
    try_acquire(without, FALSE);
    release(without);
    try_acquire(&id, TRUE);
}

static void all_tests(void)
{
    test_lists();
    test_login();
    test_exclude();
}

START_TEST(package_lists)
{
    if (!store_open())
        return;
    as_both_packages(&package, all_tests);
    store_close();
}
