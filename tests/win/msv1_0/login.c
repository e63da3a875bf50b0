/* Whole logins: right and wrong passwords, what both sides know afterwards. */
#include "../accounts.h"
#include "../login.h"

#define SIGN_AND_SEAL        (ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY)
#define SERVER_SIGN_AND_SEAL (ASC_REQ_INTEGRITY | ASC_REQ_CONFIDENTIALITY)

static const WCHAR *package;

static struct login *new_login(const void *identity)
{
    struct login *l = calloc(1, sizeof(*l));
    l->client_package = l->server_package = package;
    l->identity = identity;
    l->client_request = SIGN_AND_SEAL;
    l->server_request = SERVER_SIGN_AND_SEAL;
    return l;
}

static void end_login(struct login *l)
{
    login_close(l);
    free(l);
}

static void session_key(CtxtHandle *context, BYTE key[16])
{
    SecPkgContext_SessionKey k = {0};
    SECURITY_STATUS status = query(context, SECPKG_ATTR_SESSION_KEY, &k);

    memset(key, 0, 16);
    ok(status == SEC_E_OK, "session key %08lx\n", status);
    ok(k.SessionKeyLength == 16, "%lu bytes\n", k.SessionKeyLength);
    if (k.SessionKeyLength == 16)
        memcpy(key, k.SessionKey, 16);
    FreeContextBuffer(k.SessionKey);
}

static void check_names(struct login *l, const WCHAR *user)
{
    WCHAR client[300], server[300];
    size_t size = wcslen(user);

    names_of(&l->client, client, ARRAY_SIZE(client));
    names_of(&l->server, server, ARRAY_SIZE(server));
    ok(wcslen(client) > size && !wcscmp(client + wcslen(client) - size, user), "client: %ls\n",
            client);
    ok(wcslen(server) > size && !wcscmp(server + wcslen(server) - size, user), "server: %ls\n",
            server);
    ok(wcschr(server, '\\') != NULL, "no domain: %ls\n", server);
}

/* The two pages: pfContextAttr and ptsExpiry "receive"; curl issue 983 is what comes of not writing them. */
static void check_written(struct login *l)
{
    FILETIME now;
    ULONG i, all = ISC_RET_INTEGRITY | ISC_RET_CONFIDENTIALITY,
             all_server = ASC_RET_INTEGRITY | ASC_RET_CONFIDENTIALITY;

    GetSystemTimeAsFileTime(&now);
    ok(l->client_expiry.HighPart > (LONG)now.dwHighDateTime, "client expiry %lx\n",
            l->client_expiry.HighPart);
    ok(l->server_expiry.HighPart > (LONG)now.dwHighDateTime, "server expiry %lx\n",
            l->server_expiry.HighPart);
    for (i = 0; i < l->client_legs; i++)
        ok((l->client_attributes[i] & all) == all, "client leg %lu: %08lx\n", i,
                l->client_attributes[i]);
    for (i = 0; i < l->server_legs; i++)
        ok((l->server_attributes[i] & all_server) == all_server, "server leg %lu: %08lx\n", i,
                l->server_attributes[i]);
}

static void test_right(void)
{
    struct login *one = new_login(good_identity()), *two = new_login(good_identity());
    BYTE keys[4][16];
    WCHAR me[300] = L"alice";
    DWORD size = ARRAY_SIZE(me);

    memset(&one->client_expiry, 0, sizeof(TimeStamp));
    if (login_good(one) && login_good(two)) {
        if (!is_opensspi())
            GetUserNameW(me, &size);
        check_names(one, me);
        check_written(one);
        session_key(&one->client, keys[0]);
        session_key(&one->server, keys[1]);
        session_key(&two->client, keys[2]);
        session_key(&two->server, keys[3]);
        ok(!memcmp(keys[0], keys[1], 16), "the peers' keys differ\n");
        ok(!memcmp(keys[2], keys[3], 16), "the peers' keys differ\n");
        /* NTLM: three tokens. */
        ok(one->token_count == 3, "%u tokens\n", one->token_count);
        if (is_opensspi()) /* on Windows a login to oneself may be a short cut with a key of the
                              logon session */
            ok(memcmp(keys[0], keys[2], 16), "two logins with one key\n");
    }
    end_login(one);
    end_login(two);
}

/* Two sessions of different people, at the same time: each has its own name and key. */
static void test_two_people(void)
{
    union identity ids[2];
    struct login *a, *b;
    BYTE key_a[16], key_b[16];

    if (!is_opensspi()) {
        skip("named accounts are in opensspi's store only\n");
        return;
    }
    a = new_login(make_identity(&ids[0], FORM_PLAIN, L"alice", L"Anywhere", L"Wonder-Land1"));
    b = new_login(make_identity(&ids[1], FORM_PLAIN, L"bob", L"BUILDERS", L"CanWe?Fix"));
    login_acquire(a);
    login_acquire(b);
    login_legs(a);
    login_legs(b);
    ok(a->server_status == SEC_E_OK && b->server_status == SEC_E_OK, "%08lx %08lx\n",
            a->server_status, b->server_status);
    if (a->server_status == SEC_E_OK && b->server_status == SEC_E_OK) {
        WCHAR name[300];
        check_names(a, L"alice");
        check_names(b, L"bob");
        names_of(&b->server, name, ARRAY_SIZE(name));
        ok(!wcscmp(name, L"BUILDERS\\bob"), "%ls\n", name);
        session_key(&a->server, key_a);
        session_key(&b->server, key_b);
        ok(memcmp(key_a, key_b, 16), "one key for two people\n");
    }
    end_login(a);
    end_login(b);
}

/* "AcceptSecurityContext (NTLM)": SEC_E_LOGON_DENIED; the client has sent all it has and is done.
 */
static void refused(const WCHAR *user, const WCHAR *domain, const WCHAR *password)
{
    union identity id;
    struct login *l = new_login(make_identity(&id, FORM_PLAIN, user, domain, password));
    SecPkgContext_SessionKey key;
    SECURITY_STATUS status;

    login_run(l);
    ok(l->client_status == SEC_E_OK, "%ls: client %08lx\n", user, l->client_status);
    ok(l->server_status == SEC_E_LOGON_DENIED, "%ls: server %08lx\n", user, l->server_status);
    ok(l->has_server, "the failed context is still deletable\n");
    status = query(&l->server, SECPKG_ATTR_SESSION_KEY, &key);
    ok(FAILED(status), "a refused context gives a key\n");
    end_login(l);
}

static void test_wrong(void)
{
    refused(L"alice", L"", L"wonder-land1");
    refused(L"alice", L"", L"Wonder-Land");
    refused(L"nobody", L"", L"Wonder-Land1");
    if (is_opensspi())
        refused(L"bob", L"OTHERS", L"CanWe?Fix"); /* the account is of one domain */
}

/* "InitializeSecurityContext (NTLM)", phCredential and phNewContext: NULL or equal on
 * later legs (wininet and winhttp call so). */
static void test_later_legs(void)
{
    BYTE room[TOKEN_ROOM];
    struct login *l = new_login(good_identity());
    SecBuffer in, out = {sizeof(room), SECBUFFER_TOKEN, room};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &out};
    ULONG attributes = 0;
    SECURITY_STATUS status;

    login_acquire(l);
    login_leg(l, FALSE);
    login_leg(l, TRUE);
    in = (SecBuffer){l->token_size, SECBUFFER_TOKEN, l->token};
    status = initialize(
            NULL, &l->client, NULL, SIGN_AND_SEAL, &input, NULL, &output, &attributes, NULL);
    ok(status == SEC_E_OK, "no credential, no new context: %08lx\n", status);
    ok(attributes & ISC_RET_CONFIDENTIALITY, "attributes %08lx\n", attributes);
    in = (SecBuffer){out.cbBuffer, SECBUFFER_TOKEN, l->token};
    memcpy(l->token, room, out.cbBuffer);
    out = (SecBuffer){sizeof(room), SECBUFFER_TOKEN, room};
    status = AcceptSecurityContext(NULL, &l->server, &input, SERVER_SIGN_AND_SEAL,
            SECURITY_NATIVE_DREP, NULL, &output, &attributes, NULL);
    ok(status == SEC_E_OK, "no credential, no new context: %08lx\n", status);
    end_login(l);
}

/* "AcquireCredentialsHandle (NTLM)", pAuthData: no auth data means default credentials; a Wine prefix has none: the leg says so, never
 * an anonymous login. */
static void test_no_credentials(void)
{
    struct login *l = new_login(NULL);

    login_acquire(l);
    if (is_opensspi()) {
        login_leg(l, FALSE);
        ok(l->client_status == SEC_E_NO_CREDENTIALS, "%08lx\n", l->client_status);
        ok(!l->has_client, "a failed first leg gave a context\n");
    }
    end_login(l);
}

static void all_tests(void)
{
    test_right();
    test_two_people();
    test_wrong();
    test_later_legs();
    test_no_credentials();
}

START_TEST(login)
{
    store_open();
    as_both_packages(&package, all_tests);
    store_close();
}
