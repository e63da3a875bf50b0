/* AcquireCredentialsHandle's arguments but the identity, and what a credential says of itself.
 * Sources: "AcquireCredentialsHandle (NTLM)", "AcquireCredentialsHandle (Negotiate)",
 * "QueryCredentialsAttributes function", "SetCredentialsAttributes function". */
#include "../accounts.h"
#include "../login.h"

static const WCHAR *package;

/* What is only documented, not known of a Windows: ours to keep. */
#define FAILS_WITH(status, code) ((status) == (code) || (!is_opensspi() && FAILED(status)))

static BOOL untouched(const CredHandle *h)
{
    return h->dwLower == STALE && h->dwUpper == STALE;
}

/* fCredentialUse: "one of" INBOUND, OUTBOUND, BOTH; PROCESS_POLICY_ONLY "returns
 * SEC_E_NO_CREDENTIALS". */
static void test_use(void)
{
    static const struct {
        ULONG use;
        SECURITY_STATUS status;
    } rows[] = {
            {SECPKG_CRED_INBOUND, SEC_E_OK},
            {SECPKG_CRED_OUTBOUND, SEC_E_OK},
            {SECPKG_CRED_BOTH, SEC_E_OK},
            {SECPKG_CRED_OUTBOUND | SECPKG_CRED_AUTOLOGON_RESTRICTED, SEC_E_OK},
            {SECPKG_CRED_OUTBOUND | SECPKG_CRED_PROCESS_POLICY_ONLY, SEC_E_NO_CREDENTIALS},
            {SECPKG_CRED_BOTH | SECPKG_CRED_PROCESS_POLICY_ONLY, SEC_E_NO_CREDENTIALS},
            {SECPKG_CRED_PROCESS_POLICY_ONLY, SEC_E_NO_CREDENTIALS},
            {0, SEC_E_NO_CREDENTIALS},
    };
    int i;

    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        CredHandle credential = {STALE, STALE};
        SECURITY_STATUS status =
                acquire(package, rows[i].use, good_identity(), &credential, NULL);

        ok(status == rows[i].status || !is_opensspi(), "use %lx: %08lx\n", rows[i].use, status);
        if (SUCCEEDED(status))
            ok(FreeCredentialsHandle(&credential) == SEC_E_OK, "free\n");
        else
            ok(untouched(&credential), "use %lx: a handle was written\n", rows[i].use);
    }
}

static SECURITY_STATUS leg_of(CredHandle *credential, BOOL server, BYTE *token, ULONG size)
{
    BYTE room[TOKEN_ROOM];
    SecBuffer in = {size, SECBUFFER_TOKEN, token}, out = {sizeof(room), SECBUFFER_TOKEN, room};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &out};
    CtxtHandle context = {STALE, STALE};
    ULONG attributes;
    TimeStamp expiry;
    SECURITY_STATUS status;

    if (server)
        status = AcceptSecurityContext(credential, NULL, &input, 0, SECURITY_NATIVE_DREP, &context,
                &output, &attributes, &expiry);
    else
        status = initialize(
                credential, NULL, NULL, 0, NULL, &context, &output, &attributes, &expiry);
    if (SUCCEEDED(status))
        DeleteSecurityContext(&context);
    else
        ok(context.dwLower == STALE && context.dwUpper == STALE, "a context was written\n");
    return status;
}

/* "The InitializeSecurityContext (NTLM) function requires at least OUTBOUND credentials";
 * AcceptSecurityContext "either the SECPKG_CRED_INBOUND or SECPKG_CRED_BOTH flag"; BOTH "enables
 * both other flags". The code is "no credentials are available". */
static void test_direction(void)
{
    static const ULONG uses[] = {SECPKG_CRED_INBOUND, SECPKG_CRED_OUTBOUND, SECPKG_CRED_BOTH};
    struct login *l = calloc(1, sizeof(*l));
    SECURITY_STATUS status;
    int i;

    l->client_package = l->server_package = package;
    l->identity = good_identity();
    login_acquire(l);
    login_leg(l, FALSE);
    for (i = 0; i < ARRAY_SIZE(uses); i++) {
        CredHandle c;
        status = acquire(package, uses[i], good_identity(), &c, NULL);
        ok(status == SEC_E_OK, "%08lx\n", status);
        status = leg_of(&c, FALSE, NULL, 0);
        if (uses[i] & SECPKG_CRED_OUTBOUND)
            ok(status == SEC_I_CONTINUE_NEEDED, "use %lx goes out: %08lx\n", uses[i], status);
        else
            ok(FAILS_WITH(status, SEC_E_NO_CREDENTIALS), "goes out: %08lx\n", status);
        status = leg_of(&c, TRUE, l->token, l->token_size);
        if (uses[i] & SECPKG_CRED_INBOUND)
            ok(status == SEC_I_CONTINUE_NEEDED, "use %lx comes in: %08lx\n", uses[i], status);
        else
            ok(FAILS_WITH(status, SEC_E_NO_CREDENTIALS), "comes in: %08lx\n", status);
        FreeCredentialsHandle(&c);
    }
    login_close(l);
    free(l);
}

/* "A caller with SE_TCB_NAME privilege has the option of specifying the logon identifier (LUID) of
 * any existing logon session"; SEC_E_NOT_OWNER: "the caller ... does not have the necessary
 * credentials". One's own is no other's. */
static void test_logon_id(void)
{
    static const LUID others[] = {{0, 0}, {0x12345678, 0}, {0xFFFFFFFF, -1}};
    TOKEN_STATISTICS own = {{0}};
    CredHandle credential = {STALE, STALE};
    SECURITY_STATUS status;
    HANDLE token;
    DWORD size;
    int i;

    ok(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token), "token\n");
    ok(GetTokenInformation(token, TokenStatistics, &own, sizeof(own), &size), "statistics\n");
    CloseHandle(token);
    for (i = 0; i < ARRAY_SIZE(others) && is_opensspi(); i++) {
        credential.dwLower = credential.dwUpper = STALE;
        if (!memcmp(&others[i], &own.AuthenticationId, sizeof(LUID)))
            continue; /* under Wine 8.0 the own one is 0 */
        status = acquire_as(NULL, package, SECPKG_CRED_OUTBOUND, &others[i], good_identity(),
                &credential, NULL);
        ok(status == SEC_E_NOT_OWNER, "%d: %08lx\n", i, status);
        ok(untouched(&credential), "%d: a handle was written\n", i);
    }
    status = acquire_as(NULL, package, SECPKG_CRED_OUTBOUND, &own.AuthenticationId,
            good_identity(), &credential, NULL);
    ok(status == SEC_E_OK, "own: %08lx\n", status);
    ok(leg_of(&credential, FALSE, NULL, 0) == SEC_I_CONTINUE_NEEDED, "leg\n");
    FreeCredentialsHandle(&credential);
}

static LONG key_calls;

static void SEC_ENTRY get_key(
        void *argument, void *principal, ULONG version, void **key, SECURITY_STATUS *status)
{
    (void)argument, (void)principal, (void)version, (void)key, (void)status;
    key_calls++;
}

/* pGetKeyFn, pvGetKeyArgument: "not used". A server's principal is an SPN in some programs. */
static void test_unused(void)
{
    CredHandle client, server;
    TimeStamp expiry = {{STALE, STALE}};
    SECURITY_STATUS status;

    if (ansi) {
        status = AcquireCredentialsHandleA(NULL, narrow(package), SECPKG_CRED_OUTBOUND, NULL,
                good_identity(), get_key, (void *)STALE, &client, &expiry);
        ok(status == SEC_E_OK, "%08lx\n", status);
        status = AcquireCredentialsHandleA((SEC_CHAR *)"HTTP/here", narrow(package),
                SECPKG_CRED_INBOUND, NULL, NULL, get_key, (void *)STALE, &server, NULL);
    } else {
        status = AcquireCredentialsHandleW(NULL, (WCHAR *)package, SECPKG_CRED_OUTBOUND, NULL,
                good_identity(), get_key, (void *)STALE, &client, &expiry);
        ok(status == SEC_E_OK, "%08lx\n", status);
        status = AcquireCredentialsHandleW((WCHAR *)L"HTTP/here", (WCHAR *)package,
                SECPKG_CRED_INBOUND, NULL, NULL, get_key, (void *)STALE, &server, NULL);
    }
    ok(status == SEC_E_OK || !is_opensspi(), "an SPN for a server's principal: %08lx\n", status);
    ok(expiry.QuadPart != ((LONGLONG)STALE << 32 | STALE), "no expiry\n");
    ok(leg_of(&client, FALSE, NULL, 0) == SEC_I_CONTINUE_NEEDED, "leg\n");
    ok(!key_calls, "%ld calls of pGetKeyFn\n", key_calls);
    FreeCredentialsHandle(&client);
    if (SUCCEEDED(status))
        FreeCredentialsHandle(&server);
}

static SECURITY_STATUS query_credential(CredHandle *c, ULONG attribute, void *buffer)
{
    return ansi ? QueryCredentialsAttributesA(c, attribute, buffer)
                : QueryCredentialsAttributesW(c, attribute, buffer);
}

static void check_name(CredHandle *c, const WCHAR *expected)
{
    SecPkgCredentials_NamesW names = {NULL};
    SECURITY_STATUS status = query_credential(c, SECPKG_CRED_ATTR_NAMES, &names);
    WCHAR text[300];

    ok(status == SEC_E_OK, "%ls: %08lx\n", expected, status);
    take_text(names.sUserName, text, ARRAY_SIZE(text));
    ok(!wcscmp(text, expected), "%ls, not %ls\n", text, expected);
}

/* SECPKG_CRED_ATTR_NAMES: "the name of a credential". Two at once: each says its own. */
static void test_names(void)
{
    static const struct {
        const WCHAR *user, *domain, *name;
    } rows[] = {
            {L"alice", L"WONDERLAND", L"WONDERLAND\\alice"},
            {NON_ASCII, L"K\x00f6ln", L"K\x00f6ln\\" NON_ASCII},
            {L"bob", L"", L"bob"},
            {L"bob", NULL, L"bob"},
            {L"carol@wonder.land", NULL, L"carol@wonder.land"},
    };
    CredHandle all[ARRAY_SIZE(rows)];
    union identity id;
    int i;

    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        SECURITY_STATUS status = acquire(package, SECPKG_CRED_OUTBOUND,
                make_identity(&id, FORM_PLAIN, rows[i].user, rows[i].domain, L"x"), &all[i], NULL);
        ok(status == SEC_E_OK, "%08lx\n", status);
    }
    memset(&id, 0, sizeof(id));
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        if (!ansi || narrow_holds(rows[i].name))
            check_name(&all[i], rows[i].name);
        FreeCredentialsHandle(&all[i]);
    }
}

/* "A null string indicates that the process requires a handle to the credentials of the user under
 * whose security context it is executing": NAMES is that user's, either direction; else the
 * principal's. */
static void test_default_name(void)
{
    static const ULONG uses[] = {SECPKG_CRED_OUTBOUND, SECPKG_CRED_INBOUND};
    WCHAR user[300], machine[100], name[402];
    DWORD user_size = ARRAY_SIZE(user), machine_size = ARRAY_SIZE(machine);
    CredHandle credential;
    SECURITY_STATUS status;
    int i;

    ok(GetUserNameW(user, &user_size), "user\n");
    ok(GetComputerNameW(machine, &machine_size), "machine\n");
    swprintf(name, ARRAY_SIZE(name), L"%ls\\%ls", machine, user); /* nobody is in a domain here */
    for (i = 0; i < ARRAY_SIZE(uses); i++) {
        status = acquire(package, uses[i], NULL, &credential, NULL);
        ok(status == SEC_E_OK, "%08lx\n", status);
        check_name(&credential, name);
        FreeCredentialsHandle(&credential);
    }
    status = acquire_as(
            L"SOME\\body", package, SECPKG_CRED_OUTBOUND, NULL, NULL, &credential, NULL);
    ok(status == SEC_E_OK, "%08lx\n", status);
    check_name(&credential, L"SOME\\body");
    FreeCredentialsHandle(&credential);
}

/* Nothing else is NTLM's: "the function is not supported by the security package". */
static void test_others(void)
{
    static const ULONG attributes[] = {0, SECPKG_CRED_ATTR_SSI_PROVIDER,
            SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS, SECPKG_CRED_ATTR_CERT, 5, 99, 0xFFFFFFFF};
    union {
        BYTE room[200];
        void *align;
    } buffer;
    CredHandle credential;
    SECURITY_STATUS status = acquire(package, SECPKG_CRED_BOTH, good_identity(), &credential, NULL);
    int i, k;

    ok(status == SEC_E_OK, "%08lx\n", status);
    for (i = 0; i < ARRAY_SIZE(attributes); i++) {
        memset(&buffer, 0xAA, sizeof(buffer));
        status = query_credential(&credential, attributes[i], &buffer);
        ok(FAILS_WITH(status, SEC_E_UNSUPPORTED_FUNCTION), "%lx: %08lx\n", attributes[i], status);
        for (k = 0; k < sizeof(buffer) && buffer.room[k] == 0xAA; k++)
            ;
        ok(k == sizeof(buffer), "%lx: the buffer was written\n", attributes[i]);
    }
    status = query_credential(&credential, SECPKG_CRED_ATTR_NAMES, NULL);
    ok(FAILED(status), "no buffer: %08lx\n", status);
    FreeCredentialsHandle(&credential);
    status = query_credential(&credential, SECPKG_CRED_ATTR_NAMES, &buffer);
    ok(status == SEC_E_INVALID_HANDLE, "a freed handle: %08lx\n", status);
}

/* "SetCredentialsAttributes": KDC_PROXY_SETTINGS is Kerberos's; NTLM has nothing to set. */
static void test_set(void)
{
    SECURITY_STATUS(WINAPI * set)
    (CredHandle *, ULONG, void *, ULONG) = (void *)GetProcAddress(GetModuleHandleA("secur32.dll"),
            ansi ? "SetCredentialsAttributesA" : "SetCredentialsAttributesW");
    static const ULONG attributes[] = {
            SECPKG_CRED_ATTR_NAMES, SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS, 99};
    BYTE buffer[100] = {1};
    CredHandle credential;
    SECURITY_STATUS status =
            acquire(package, SECPKG_CRED_OUTBOUND, good_identity(), &credential, NULL);
    int i;

    ok(status == SEC_E_OK, "%08lx\n", status);
    for (i = 0; i < ARRAY_SIZE(attributes); i++) {
        status = set(&credential, attributes[i], buffer, sizeof(buffer));
        ok(FAILS_WITH(status, SEC_E_UNSUPPORTED_FUNCTION), "%lu: %08lx\n", attributes[i], status);
    }
    if (is_opensspi())
        check_name(&credential, L"WONDERLAND\\alice"); /* nor was anything set */
    FreeCredentialsHandle(&credential);
    status = set(&credential, SECPKG_CRED_ATTR_NAMES, buffer, sizeof(buffer));
    ok(status == SEC_E_INVALID_HANDLE, "a freed handle: %08lx\n", status);
}

static void all_tests(void)
{
    test_use();
    test_direction();
    test_logon_id();
    test_unused();
    test_others();
    test_set();
    if (!is_opensspi())
        return; /* on Windows a name may be completed, and people are in domains */
    test_names();
    test_default_name();
}

START_TEST(credentials)
{
    store_open();
    as_both_packages(&package, all_tests);
    store_close();
}
