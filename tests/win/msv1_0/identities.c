/* Every form of identity, with names and passwords outside ASCII: sspi.h, "SEC_WINNT_AUTH_IDENTITY"
 * and relatives. */
#include "../accounts.h"
#include "../login.h"

static const WCHAR *package;

static SECURITY_STATUS log_in(void *identity, const WCHAR *user)
{
    struct login *l = calloc(1, sizeof(*l));
    SECURITY_STATUS status;
    WCHAR name[300];

    l->client_package = l->server_package = package;
    l->identity = identity;
    login_run(l);
    status = l->server_status;
    if (status == SEC_E_OK && user) {
        names_of(&l->server, name, ARRAY_SIZE(name));
        ok(wcslen(name) > wcslen(user) && !wcscmp(name + wcslen(name) - wcslen(user), user),
                "%ls\n", name);
    }
    login_close(l);
    free(l);
    return status;
}

/* Wine's ntlm.c, testAcquireCredentialsHandleW: the W entry takes identities flagged ANSI; and the A entry
 * the others. */
static void test_forms(void)
{
    enum form form;

    for (form = 0; form < FORMS; form++) {
        union identity id;
        SECURITY_STATUS status;
        BOOL a = form == FORM_ANSI || form == FORM_EX_ANSI;

        winetest_push_context("%s", form_names[form]);
        status = log_in(make_identity(&id, form, L"bob", L"BUILDERS", L"CanWe?Fix"), L"bob");
        ok(status == SEC_E_OK, "%08lx\n", status);
        status = log_in(make_identity(&id, form, L"bob", L"BUILDERS", L"CantWeFix"), NULL);
        ok(status == SEC_E_LOGON_DENIED, "%08lx\n", status);
        if ((a || ansi) && (!narrow_holds(NON_ASCII) || !narrow_holds(NON_ASCII_PASSWORD)))
            skip("the code page cannot say it\n");
        else {
            status = log_in(
                    make_identity(&id, form, NON_ASCII, L"x", NON_ASCII_PASSWORD), NON_ASCII);
            ok(status == SEC_E_OK, "not ASCII: %08lx\n", status);
        }
        winetest_pop_context();
    }
}

/* [MS-NLMP] 3.3.2 NTOWFv2: the user's name in upper case: so its case does not matter. */
static void test_case(void)
{
    union identity id;
    SECURITY_STATUS status = log_in(
            make_identity(&id, FORM_PLAIN, L"ALICE", L"wonderland", L"Wonder-Land1"), L"ALICE");
    ok(status == SEC_E_OK, "%08lx\n", status);
    status = log_in(make_identity(&id, FORM_PLAIN, L"J\x00dcRGEN", L"", NON_ASCII_PASSWORD), NULL);
    ok(status == SEC_E_OK, "not ASCII: %08lx\n", status);
    status = log_in(make_identity(&id, FORM_PLAIN, L"Bob", L"builders", L"CanWe?Fix"), NULL);
    ok(status == SEC_E_OK, "%08lx\n", status);
}

/* Wine's ntlm.c, testAcquireCredentialsHandle: NULL or empty user, domain or password is no error there. */
static void test_holes(void)
{
    static const WCHAR *const texts[] = {NULL, L"", L"x"};
    int i;

    for (i = 0; i < 27; i++) {
        union identity id;
        CredHandle credential;
        SECURITY_STATUS status = acquire(package, SECPKG_CRED_OUTBOUND,
                make_identity(&id, FORM_PLAIN, texts[i % 3], texts[i / 3 % 3], texts[i / 9]),
                &credential, NULL);
        ok(status == SEC_E_OK, "%d: %08lx\n", i, status);
        FreeCredentialsHandle(&credential);
    }
}

/* Wine's ntlm.c, test_cred_multiple_use. */
static void test_many_contexts(void)
{
    struct login *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));
    union identity id;

    a->client_package = a->server_package = package;
    a->identity = make_identity(&id, FORM_PLAIN, L"alice", L"", L"Wonder-Land1");
    login_acquire(a);
    memset(&id, 0, sizeof(id)); /* the package has its own copy */
    b->client_credential = a->client_credential;
    b->server_credential = a->server_credential;
    b->client_package = b->server_package = package;
    login_leg(a, FALSE);
    login_legs(b);
    ok(b->client_status == SEC_E_OK && b->server_status == SEC_E_OK, "%08lx %08lx\n",
            b->client_status, b->server_status);
    login_leg(a, TRUE);
    login_leg(a, FALSE);
    login_leg(a, TRUE);
    ok(a->client_status == SEC_E_OK && a->server_status == SEC_E_OK, "%08lx %08lx\n",
            a->client_status, a->server_status);
    DeleteSecurityContext(&b->client);
    DeleteSecurityContext(&b->server);
    login_close(a);
    free(a);
    free(b);
}

static void all_tests(void)
{
    test_holes();
    if (!is_opensspi())
        return; /* the accounts are in opensspi's store only */
    test_forms();
    test_case();
    test_many_contexts();
}

START_TEST(identities)
{
    store_open();
    as_both_packages(&package, all_tests);
    store_close();
}
