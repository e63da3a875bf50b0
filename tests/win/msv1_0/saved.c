/* Default credentials: what Credential Manager has saved for the server ("CREDENTIALW structure",
 * "CredReadDomainCredentialsW function" Remarks). Only for opensspi: on Windows no program reads
 * the password of a domain credential back, and the logged-on user stands behind them all. */
#include "../accounts.h"
#include "../login.h"
#include "saved.h"

static const WCHAR *package;

static const struct account more_accounts[] = {
        {L"alice", L"", L"Wonder-Land1"},
        {L"bob", L"BUILDERS", L"CanWe?Fix"},
        {L"carol@wonder.land", L"", L"Looking-Glass1"},
        {NON_ASCII, L"", NON_ASCII_PASSWORD},
};

static struct login *new_login(const WCHAR *target)
{
    struct login *l = calloc(1, sizeof(*l));

    l->client_package = l->server_package = package;
    l->target = target;
    l->client_request = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY;
    return l;
}

static void end_login(struct login *l)
{
    login_close(l);
    free(l);
}

/* Whom the client logged in as, or the refusal of one of the two. */
static SECURITY_STATUS log_in(const WCHAR *target, WCHAR *name, int units)
{
    struct login *l = new_login(target);
    SECURITY_STATUS status;

    *name = 0;
    login_run(l);
    status = FAILED(l->client_status) ? l->client_status : l->server_status;
    if (status == SEC_E_OK)
        names_of(&l->client, name, units);
    else if (FAILED(l->client_status))
        ok(!l->has_client, "a context was made\n");
    end_login(l);
    return status;
}

/* WHO: DOMAIN\user as saved; NULL: nothing fits. */
static void expect(const WCHAR *target, const WCHAR *who)
{
    WCHAR name[300];
    SECURITY_STATUS status = log_in(target, name, ARRAY_SIZE(name));

    ok(status == (who ? SEC_E_OK : SEC_E_NO_CREDENTIALS), "%ls: %08lx\n", target, status);
    ok(!who || !wcscmp(name, who), "%ls: %ls, not %ls\n", target, name, who);
}

/* Alice's account answers for every domain: the domain says which entry it was. */
static void save_as(const WCHAR *target, const WCHAR *user)
{
    save(CRED_TYPE_DOMAIN_PASSWORD, target, user, L"Wonder-Land1");
}

/* "An exact match on the DnsServerName": the host, however the program spells the rest. */
static void test_host(void)
{
    static const WCHAR *const odd[] = {NULL, L"", L"/", L"//", L"HTTP/", L"HTTP//host1", L"[",
            L"HTTP/[", L"HTTP/[/", L"HTTP/[]", L"HTTP/[host1", L":", L":80", L"HTTP/:80", L"@",
            L"HTTP/@host1", L"host1\\", L"\\*", L"*.", L".", L"host1."};
    int i;

    save_as(L"host1", L"HOST\\alice");
    save_as(L"fe80::1", L"SIX\\alice");
    expect(L"host1", L"HOST\\alice");
    expect(L"HTTP/host1", L"HOST\\alice");
    expect(L"HTTP/HOST1", L"HOST\\alice");
    expect(L"host1:8080", L"HOST\\alice");
    expect(L"HTTP/host1:80/name", L"HOST\\alice");
    expect(L"ldap/host1/example.com", L"HOST\\alice");
    expect(L"HTTP/host1@EXAMPLE.COM", L"HOST\\alice");
    expect(L"HTTP/[fe80::1]:80", L"SIX\\alice");
    expect(L"fe80::1", L"SIX\\alice");
    expect(L"HTTP/host11", NULL);
    expect(L"HTTP/host", NULL);
    expect(L"host1/HTTP", NULL);
    for (i = 0; i < ARRAY_SIZE(odd); i++)
        expect(odd[i], NULL);
    forget();
    expect(L"HTTP/host1", NULL);
}

/* Remarks: the most specific first; "the credential with the longer TargetName is used". */
static void test_order(void)
{
    static const WCHAR target[] = L"TERMSRV/a.sub.example.com";
    int i;

    static const struct {
        const WCHAR *name, *user;
    } rising[] = {
            {L"*", L"ANY\\alice"},
            {L"*Session", L"SESSION\\alice"},
            {L"sub.example.com\\*", L"DOMAIN\\alice"},
            {L"*.com", L"COM\\alice"},
            {L"*.example.com", L"SHORTER\\alice"},
            {L"*.sub.example.com", L"LONGER\\alice"},
            {L"TERMSRV/a.sub.example.com", L"TARGET\\alice"},
            {L"a.sub.example.com", L"HOST\\alice"},
    };

    for (i = 0; i < ARRAY_SIZE(rising); i++) {
        save_persisting(CRED_TYPE_DOMAIN_PASSWORD, rising[i].name, rising[i].user, L"Wonder-Land1",
                CRED_PERSIST_SESSION);
        expect(target, rising[i].user);
    }
    forget();
    for (i = ARRAY_SIZE(rising) - 1; i >= 0; i--) { /* nor does the order of writing matter */
        save_persisting(CRED_TYPE_DOMAIN_PASSWORD, rising[i].name, rising[i].user, L"Wonder-Land1",
                CRED_PERSIST_SESSION);
        expect(target, rising[ARRAY_SIZE(rising) - 1].user);
    }
    forget();
}

static void test_wildcards(void)
{
    save_as(L"*.example.com", L"SUFFIX\\alice");
    save_as(L"other.org\\*", L"DOMAIN\\alice");
    expect(L"HTTP/www.example.com", L"SUFFIX\\alice");
    expect(L"HTTP/a.b.Example.COM:443", L"SUFFIX\\alice");
    expect(L"HTTP/example.com", NULL);
    expect(L"HTTP/notexample.com", NULL);
    expect(L"HTTP/www.example.com.evil.net", NULL);
    expect(L"HTTP/srv.OTHER.org", L"DOMAIN\\alice");
    expect(L"HTTP/a.srv.other.org", NULL); /* a member of srv.other.org */
    expect(L"HTTP/other.org", NULL);
    expect(L"other.org", NULL);
    forget();
    save_as(L"*", L"ANY\\alice");
    expect(L"HTTP/www.example.com", L"ANY\\alice");
    expect(L"elsewhere", L"ANY\\alice");
    expect(NULL, L"ANY\\alice");
    /* "only valid if Persist is CRED_PERSIST_SESSION" */
    save_persisting(CRED_TYPE_DOMAIN_PASSWORD, L"*Session", L"SESSION\\alice", L"Wonder-Land1",
            CRED_PERSIST_LOCAL_MACHINE);
    expect(L"elsewhere", L"ANY\\alice");
    forget();
}

/* "If TargetName is a DNS host name, the TargetAlias member can be the NetBIOS name of the host."
 */
static void test_alias(void)
{
    CREDENTIALW c = {0};

    c.TargetAlias = (WCHAR *)L"FULL";
    save_more(&c, CRED_TYPE_DOMAIN_PASSWORD, L"full.example.net", L"ALIAS\\alice", L"Wonder-Land1");
    expect(L"HTTP/full.example.net", L"ALIAS\\alice");
    expect(L"HTTP/full", L"ALIAS\\alice");
    expect(L"HTTP/full.example.org", NULL);
    forget();
}

/* A generic one only as TERMSRV/host, and after the domain ones. */
static void test_generic(void)
{
    save(CRED_TYPE_GENERIC, L"TERMSRV/rdp.example.com", L"GENERIC\\alice", L"Wonder-Land1");
    save(CRED_TYPE_GENERIC, L"HTTP/web", L"GENERIC\\alice", L"Wonder-Land1");
    save(CRED_TYPE_GENERIC, L"plain", L"GENERIC\\alice", L"Wonder-Land1");
    save(CRED_TYPE_GENERIC, L"*", L"GENERIC\\alice", L"Wonder-Land1");
    expect(L"TERMSRV/rdp.example.com", L"GENERIC\\alice");
    expect(L"TERMSRV/RDP.example.com:3390", L"GENERIC\\alice");
    expect(L"HTTP/rdp.example.com", NULL);
    expect(L"TERMSRV/rdp", NULL);
    expect(L"HTTP/web", NULL);
    expect(L"plain", NULL);
    save_as(L"rdp.example.com", L"DOMAIN\\alice");
    expect(L"TERMSRV/rdp.example.com", L"DOMAIN\\alice");
    forget();
}

/* UserName: "a DomainName\UserName or a UPN". */
static void test_users(void)
{
    save(CRED_TYPE_DOMAIN_PASSWORD, L"one", L"BUILDERS\\bob", L"CanWe?Fix");
    save(CRED_TYPE_DOMAIN_PASSWORD, L"two", L"alice", L"Wonder-Land1");
    save(CRED_TYPE_DOMAIN_PASSWORD, L"three", L"carol@wonder.land", L"Looking-Glass1");
    save(CRED_TYPE_DOMAIN_PASSWORD, L"four", L"\\alice", L"Wonder-Land1");
    save(CRED_TYPE_DOMAIN_PASSWORD, L"five", L"x\\" NON_ASCII, NON_ASCII_PASSWORD);
    expect(L"HTTP/one", L"BUILDERS\\bob");
    expect(L"HTTP/two", L"alice");
    expect(L"HTTP/three", L"carol@wonder.land");
    expect(L"HTTP/four", L"alice");
    expect(L"HTTP/five", L"x\\" NON_ASCII);
    forget();
}

/* The peer's own refusal of a saved password that is wrong, and of a user whom it does not know. */
static void test_wrong(void)
{
    WCHAR name[300];
    SECURITY_STATUS status;

    save(CRED_TYPE_DOMAIN_PASSWORD, L"one", L"BUILDERS\\bob", L"CanWe?fix");
    save(CRED_TYPE_DOMAIN_PASSWORD, L"two", L"BUILDERS\\nobody", L"CanWe?Fix");
    status = log_in(L"HTTP/one", name, ARRAY_SIZE(name));
    ok(status == SEC_E_LOGON_DENIED, "%08lx\n", status);
    status = log_in(L"HTTP/two", name, ARRAY_SIZE(name));
    ok(status == SEC_E_LOGON_DENIED, "%08lx\n", status);
    forget();
}

/* "An authentication package always fails an authentication attempt when using credentials marked
 * as CRED_FLAGS_PROMPT_NOW": a less specific one does not come in its stead. A credential of
 * CRED_FLAGS_USERNAME_TARGET is for its user, not for a server. */
static void test_flaws(void)
{
    CREDENTIALW c = {0};
    PCREDENTIALW back;

    save_as(L"*", L"ANY\\alice");
    c.Flags = CRED_FLAGS_PROMPT_NOW;
    save_more(&c, CRED_TYPE_DOMAIN_PASSWORD, L"prompt", L"PROMPT\\alice", L"Wonder-Land1");
    if (CredReadW(L"prompt", CRED_TYPE_DOMAIN_PASSWORD, 0, &back)) {
        if (back->Flags & CRED_FLAGS_PROMPT_NOW) /* "ignored on input", but Wine keeps it */
            expect(L"HTTP/prompt", NULL);
        CredFree(back);
    }
    c.Flags = CRED_FLAGS_USERNAME_TARGET;
    save_more(&c, CRED_TYPE_DOMAIN_PASSWORD, L"alice", L"alice", L"Wonder-Land1");
    expect(L"alice", L"ANY\\alice");
    save(CRED_TYPE_DOMAIN_PASSWORD, L"empty", L"EMPTY\\alice", L"");
    expect(L"HTTP/empty", NULL);
    save_odd(L"odd", L"ODD\\alice");
    expect(L"HTTP/odd", NULL);
    forget();
}

static SECURITY_STATUS first_leg(CredHandle *credential, const WCHAR *target)
{
    BYTE room[TOKEN_ROOM];
    SecBuffer out = {sizeof(room), SECBUFFER_TOKEN, room};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
    CtxtHandle context;
    ULONG attributes;
    TimeStamp expiry;
    SECURITY_STATUS status = initialize(
            credential, NULL, target, 0, NULL, &context, &output, &attributes, &expiry);

    if (SUCCEEDED(status))
        DeleteSecurityContext(&context);
    return status;
}

/* "AcquireCredentialsHandle (Negotiate)", SECPKG_CRED_AUTOLOGON_RESTRICTED: no "credentials from
 * Credential Manager"; identities that are given are no such thing. */
static void test_restricted(void)
{
    const ULONG use = SECPKG_CRED_OUTBOUND | SECPKG_CRED_AUTOLOGON_RESTRICTED;
    CredHandle credential;
    union identity id;
    SECURITY_STATUS status;

    save_as(L"*", L"ANY\\alice");
    status = acquire(package, use, NULL, &credential, NULL);
    ok(status == SEC_E_OK, "%08lx\n", status);
    status = first_leg(&credential, L"HTTP/here");
    ok(status == SEC_E_NO_CREDENTIALS, "%08lx\n", status);
    FreeCredentialsHandle(&credential);
    make_identity(&id, FORM_PLAIN, L"alice", L"", L"Wonder-Land1");
    status = acquire(package, use, &id, &credential, NULL);
    ok(status == SEC_E_OK, "%08lx\n", status);
    status = first_leg(&credential, L"HTTP/here");
    ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
    FreeCredentialsHandle(&credential);
    forget();
}

/* "Specifies the name of the principal whose credentials the handle will reference": of several
 * that fit the server, that one's. */
static void test_principal(void)
{
    static const struct {
        const WCHAR *principal;
        SECURITY_STATUS status;
    } cases[] = {
            {NULL, SEC_I_CONTINUE_NEEDED},
            {L"alice", SEC_I_CONTINUE_NEEDED},
            {L"any\\ALICE", SEC_I_CONTINUE_NEEDED},
            {L"OTHER\\alice", SEC_E_NO_CREDENTIALS},
            {L"bob", SEC_E_NO_CREDENTIALS},
    };
    CredHandle credential;
    SECURITY_STATUS status;
    int i;

    save_as(L"*", L"ANY\\alice");
    for (i = 0; i < ARRAY_SIZE(cases); i++) {
        status = acquire_as(
                cases[i].principal, package, SECPKG_CRED_OUTBOUND, NULL, NULL, &credential, NULL);
        ok(status == SEC_E_OK, "%ls: %08lx\n", cases[i].principal, status);
        status = first_leg(&credential, L"HTTP/here");
        ok(status == cases[i].status, "%ls: %08lx\n", cases[i].principal, status);
        FreeCredentialsHandle(&credential);
    }
    forget();
}

/* One handle, two servers, two users: the target decides, not the handle. */
static void test_two(void)
{
    struct login *a = new_login(L"HTTP/one"), *b = new_login(L"HTTP/two");
    WCHAR name[300];

    login_acquire(a); /* before anything is saved */
    save(CRED_TYPE_DOMAIN_PASSWORD, L"one", L"BUILDERS\\bob", L"CanWe?Fix");
    save_as(L"two", L"ALPHA\\alice");
    b->client_credential = a->client_credential;
    b->server_credential = a->server_credential;
    login_leg(a, FALSE);
    login_legs(b);
    login_leg(a, TRUE);
    login_leg(a, FALSE);
    forget(); /* what a login began with it ends with */
    login_leg(a, TRUE);
    ok(a->server_status == SEC_E_OK && b->server_status == SEC_E_OK, "%08lx %08lx\n",
            a->server_status, b->server_status);
    names_of(&a->server, name, ARRAY_SIZE(name));
    ok(!wcscmp(name, L"BUILDERS\\bob"), "%ls\n", name);
    names_of(&a->client, name, ARRAY_SIZE(name));
    ok(!wcscmp(name, L"BUILDERS\\bob"), "%ls\n", name);
    names_of(&b->server, name, ARRAY_SIZE(name));
    ok(!wcscmp(name, own_account(L"alice")), "%ls\n", name);
    names_of(&b->client, name, ARRAY_SIZE(name));
    ok(!wcscmp(name, L"ALPHA\\alice"), "%ls\n", name);
    DeleteSecurityContext(&b->client);
    DeleteSecurityContext(&b->server);
    end_login(a);
    free(b);
}

/* An identity that names nobody is one with the default credentials; one of empty texts is not, nor
 * is it an anonymous one: the server is asked, and refuses. */
static void test_nobody(void)
{
    union identity id;
    struct login *l = new_login(L"HTTP/here");
    WCHAR name[300];

    save_as(L"*", L"ANY\\alice");
    l->identity = make_identity(&id, FORM_PLAIN, NULL, NULL, NULL);
    if (login_good(l)) {
        names_of(&l->client, name, ARRAY_SIZE(name));
        ok(!wcscmp(name, L"ANY\\alice"), "%ls\n", name);
    }
    end_login(l);
    l = new_login(L"HTTP/here");
    l->identity = make_identity(&id, FORM_PLAIN, L"", L"", L"");
    login_run(l);
    ok(l->server_status == SEC_E_LOGON_DENIED, "%08lx\n", l->server_status);
    end_login(l);
    forget();
}

/* What "SspiPrepareForCredWrite" makes of an identity ("... to be saved by CredWrite") is found
 * again, non-ASCII names and all. */
static void test_prepared(void)
{
    SECURITY_STATUS(WINAPI * prepare)
    (void *, const WCHAR *, ULONG *, const WCHAR **, const WCHAR **, BYTE **, ULONG *) =
            (void *)GetProcAddress(GetModuleHandleA("secur32.dll"), "SspiPrepareForCredWrite");
    void(WINAPI * local_free)(void *) =
            (void *)GetProcAddress(GetModuleHandleA("secur32.dll"), "SspiLocalFree");
    const WCHAR *target, *user;
    ULONG type, size;
    CREDENTIALW c = {0};
    union identity id;
    BYTE *blob;

    make_identity(&id, FORM_PLAIN, NON_ASCII, L"K\x00f6ln", NON_ASCII_PASSWORD);
    ok(prepare(&id, L"TERMSRV/host1", &type, &target, &user, &blob, &size) == SEC_E_OK,
            "prepare\n");
    save_blob(&c, type, target, user, blob, size);
    expect(L"TERMSRV/host1", L"K\x00f6ln\\" NON_ASCII);
    expect(L"HTTP/host1", NULL); /* it is for that target alone */
    local_free((void *)target);
    local_free((void *)user);
    local_free(blob);
    forget();
}

static void all_tests(void)
{
    test_host();
    test_order();
    test_wildcards();
    test_alias();
    test_generic();
    test_users();
    test_wrong();
    test_flaws();
    test_restricted();
    test_principal();
    test_two();
    test_nobody();
    test_prepared();
}

START_TEST(saved)
{
    if (!store_open())
        return; /* not in a user's own Credential Manager */
    store_write(more_accounts, ARRAY_SIZE(more_accounts), PRIVATE_FILE);
    as_both_packages(&package, all_tests);
    store_close();
}
