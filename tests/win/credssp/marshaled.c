/* A user name that CredMarshalCredential has made: a certificate, with its PIN as the password. No package
 * here logs in with one, and none may take it for a name: the server would get a proof of the PIN, and
 * from CredSSP the PIN. What is one is for CredIsMarshaledCredential to say; a name that only begins like
 * it is a name. "CredMarshalCredential", "CredIsMarshaledCredential". */
#include "pair.h"
#include "../msv1_0/saved.h"

static const WCHAR *const packages[] = {L"CREDSSP", L"NTLM", L"Negotiate", L"Kerberos"};

static SECURITY_STATUS acquire_only(const WCHAR *package, const void *data)
{
    CredHandle credential = {STALE, STALE};
    SECURITY_STATUS status = acquire(package, SECPKG_CRED_OUTBOUND, data, &credential, NULL);

    if (SUCCEEDED(status))
        FreeCredentialsHandle(&credential);
    else
        ok(credential.dwLower == STALE && credential.dwUpper == STALE, "a handle was written\n");
    return status;
}

/* Every package, every form; in CredSSP by itself as well as inside a CREDSSP_CRED. */
static void everywhere(const WCHAR *user, SECURITY_STATUS expected)
{
    union identity id;
    CREDSSP_CRED cred = {CredsspPasswordCreds, NULL, &id};
    SECURITY_STATUS status;
    enum form form;
    unsigned i;

    for (form = 0; form < FORMS; form++) {
        make_identity(&id, form, user, L"", L"1234");
        for (i = 0; i < ARRAY_SIZE(packages); i++) {
            status = acquire_only(packages[i], &id);
            ok(status == expected || (i == 3 && status == SEC_E_SECPKG_NOT_FOUND),
                    "%ls to %ls, identity %s: %08lx\n", user, packages[i], form_names[form], status);
        }
        status = acquire_only(L"CREDSSP", &cred);
        ok(status == expected, "%ls in a CREDSSP_CRED, identity %s: %08lx\n", user,
                form_names[form], status);
    }
}

static WCHAR *marshaled(CRED_MARSHAL_TYPE type)
{
    CERT_CREDENTIAL_INFO certificate = {sizeof(certificate), {1, 2, 3, 0xff, 0x80}};
    USERNAME_TARGET_CREDENTIAL_INFO name = {(WCHAR *)L"somebody"};
    void *data = type == CertCredential ? (void *)&certificate : (void *)&name;
    WCHAR *text = NULL;

    ok(CredMarshalCredentialW(type, data, &text) && CredIsMarshaledCredentialW(text), "%lu\n",
            GetLastError());
    return text;
}

/* The blobs of other types have the form of UsernameTargetCredential (?); nothing here makes one. */
static void test_marshaled(void)
{
    WCHAR *certificate = marshaled(CertCredential), *name = marshaled(UsernameTargetCredential),
          type;

    everywhere(certificate, SEC_E_UNKNOWN_CREDENTIALS);
    everywhere(name, SEC_E_UNKNOWN_CREDENTIALS);
    for (type = 'D'; type <= 'F'; type++) {
        name[2] = type;
        everywhere(name, SEC_E_UNKNOWN_CREDENTIALS);
    }
    name[2] = 'G';
    everywhere(name, SEC_E_OK);
    name[2] = 'D';
    name[wcslen(name) - 1] = 0;
    everywhere(name, SEC_E_OK);
    certificate[wcslen(certificate) - 1] = 0;
    everywhere(certificate, SEC_E_OK);
    CredFree(name);
    CredFree(certificate);
}

static void test_names(void)
{
    static const WCHAR *const names[] = {L"@@", L"@@B", L"@@Bob", L"@@Dave-the-third", L"@alice",
            L"@@alice", L"alice@@B"};
    unsigned i;

    for (i = 0; i < ARRAY_SIZE(names); i++) {
        ok(!CredIsMarshaledCredentialW(names[i]), "%ls\n", names[i]);
        everywhere(names[i], SEC_E_OK);
    }
}

/* To the end of a login: it is that name which comes out, and goes in for nobody else. */
static void test_login(void)
{
    static const struct account all[] = {{L"@@Bob", L"", L"CanWe?Fix"}};
    union identity id;
    struct pair *p = pair_new(make_identity(&id, FORM_EX, L"@@Bob", L"", L"CanWe?Fix"));
    WCHAR name[300];

    store_write(all, ARRAY_SIZE(all), PRIVATE_FILE);
    if (pair_good(p)) {
        names_of(&p->server, name, ARRAY_SIZE(name));
        ok(!wcscmp(name, own_account(L"@@Bob")), "%ls\n", name);
    }
    pair_free(p);
    p = pair_new(make_identity(&id, FORM_EX, L"@@Rob", L"", L"CanWe?Fix"));
    pair_run(p);
    ok(p->client_status == SEC_E_LOGON_DENIED && p->server_status == SEC_E_LOGON_DENIED,
            "%08lx, %08lx\n", p->client_status, p->server_status);
    pair_free(p);
    store_write(accounts, ARRAY_SIZE(accounts), PRIVATE_FILE);
}

/* A program that lets the user choose a smart card saves what the dialog gave. */
static void test_saved(void)
{
    WCHAR *certificate = marshaled(CertCredential);
    struct pair *p = pair_new(NULL);

    save(CRED_TYPE_GENERIC, L"TERMSRV/localhost", certificate, L"1234");
    pair_run(p);
    ok(p->client_status == SEC_E_NO_CREDENTIALS, "%08lx\n", p->client_status);
    ok(!p->to_server.size && !p->has_client, "a token went out\n");
    pair_free(p);
    forget();
    CredFree(certificate);
}

static void all_tests(void)
{
    test_marshaled();
    test_names();
    test_login();
    test_saved();
}

START_TEST(marshaled)
{
    run_logins(all_tests);
}
