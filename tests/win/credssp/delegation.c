/* Which servers credentials go to: the group policies of "Credentials Delegation". Sources: the help
 * texts of CredSsp.admx (what each value means, what holds when it is not there, "The use of a single
 * wildcard is permitted"); "InitializeSecurityContext (CredSSP)": SEC_E_DELEGATION_POLICY,
 * SEC_E_POLICY_NLTM_ONLY, ISC_REQ_MUTUAL_AUTH ("Delegation policies are still enforced if this flag
 * is not specified"). Inside is NTLM, so that only a trusted certificate authenticates the server. All of it holds for
 * a program's own credentials (Fresh) and for Credential Manager's (Saved), each with policies of its own. */
#include "pair.h"
#include "../msv1_0/saved.h"

#define POLICIES L"Software\\Policies\\Microsoft\\Windows\\CredentialsDelegation"
#define STRANGER L"opensspi-credssp-unknown"

enum list { ALLOW, ALLOW_NTLM, DENY, CONCAT, CONCAT_NTLM, VALUES };

static const WCHAR *const names[][VALUES] = {
        {L"AllowFreshCredentials", L"AllowFreshCredentialsWhenNTLMOnly", L"DenyFreshCredentials",
                L"ConcatenateDefaults_AllowFresh", L"ConcatenateDefaults_AllowFreshNTLMOnly"},
        {L"AllowSavedCredentials", L"AllowSavedCredentialsWhenNTLMOnly", L"DenySavedCredentials",
                L"ConcatenateDefaults_AllowSaved", L"ConcatenateDefaults_AllowSavedNTLMOnly"},
};
static unsigned kind; /* 0: the program gives an identity; 1: none, there is one saved for every server */

static void forget_policies(void)
{
    WCHAR path[200];
    unsigned i;

    for (i = 0; i < 2 * VALUES; i++) {
        wcscat(wcscpy(path, POLICIES L"\\"), names[i / VALUES][i % VALUES]);
        RegDeleteKeyExW(HKEY_LOCAL_MACHINE, path, KEY_WOW64_64KEY, 0);
    }
    RegDeleteKeyExW(HKEY_LOCAL_MACHINE, POLICIES, KEY_WOW64_64KEY, 0);
}

static void put_value(const WCHAR *below, const WCHAR *name, DWORD type, const void *data, DWORD size)
{
    WCHAR path[200] = POLICIES;
    HKEY key;
    LONG error;

    if (below)
        wcscat(wcscat(path, L"\\"), below);
    error = RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_ALL_ACCESS | KEY_WOW64_64KEY,
            NULL, &key, NULL);
    ok(!error, "%ls: %ld\n", path, error);
    error = RegSetValueExW(key, name, 0, type, data, size);
    ok(!error, "%ls\\%ls: %ld\n", path, name, error);
    RegCloseKey(key);
}

static void put_number(enum list list, DWORD value)
{
    put_value(NULL, names[kind][list], REG_DWORD, &value, sizeof(value));
}

static void put(enum list list, const WCHAR *name, DWORD type, const void *data, DWORD size)
{
    put_value(names[kind][list], name, type, data, size);
}

static void put_server(enum list list, const WCHAR *name, const WCHAR *pattern)
{
    put(list, name, REG_SZ, pattern, (wcslen(pattern) + 1) * sizeof(WCHAR));
}

/* For the other kind of credentials, the contrary: nobody, or everybody. It must not count here. */
static void put_contrary(BOOL nobody)
{
    kind ^= 1;
    put_number(ALLOW, 1);
    put_number(ALLOW_NTLM, 1);
    put_server(ALLOW, L"1", L"*");
    put_server(ALLOW_NTLM, L"1", L"*");
    if (nobody) {
        put_number(DENY, 1);
        put_server(DENY, L"1", L"*");
    }
    kind ^= 1;
}

/* One policy as a row: NULL or -1: not there. */
struct row {
    const char *what;
    int allow;
    const WCHAR *allow_list[2];
    int concatenate;
    int ntlm;
    const WCHAR *ntlm_list[2];
    int ntlm_concatenate;
    int deny;
    const WCHAR *deny_list;
    const WCHAR *target;
    SECURITY_STATUS trusted, untrusted; /* the client's end with such a server */
};

#define RDP  L"TERMSRV/localhost"
#define WSMAN L"WSMAN/localhost"
#define NOBODY SEC_E_DELEGATION_POLICY
#define NTLM_NO SEC_E_POLICY_NLTM_ONLY

static const struct row rows[] = {
        {"nothing configured", -1, {0}, -1, -1, {0}, -1, -1, 0, RDP, SEC_E_OK, SEC_E_OK},
        {"nothing configured", -1, {0}, -1, -1, {0}, -1, -1, 0, WSMAN, NOBODY, NOBODY},
        {"nothing configured", -1, {0}, -1, -1, {0}, -1, -1, 0, L"termsrv/LOCALHOST", SEC_E_OK, SEC_E_OK},
        {"nothing configured", -1, {0}, -1, -1, {0}, -1, -1, 0, L"localhost", NOBODY, NOBODY},
        {"nothing configured", -1, {0}, -1, -1, {0}, -1, -1, 0, L"XTERMSRV/localhost", NOBODY, NOBODY},
        {"disabled", 0, {0}, -1, 0, {0}, -1, -1, 0, RDP, NOBODY, NOBODY},
        {"disabled, with a list", 0, {L"*"}, 1, 0, {L"*"}, 1, -1, 0, RDP, NOBODY, NOBODY},
        {"NTLM disabled", -1, {0}, -1, 0, {0}, -1, -1, 0, RDP, SEC_E_OK, NTLM_NO},
        {"a list of one, not this", 1, {L"TERMSRV/elsewhere"}, -1, 1, {L"TERMSRV/elsewhere"}, -1, -1, 0, RDP, NOBODY, NOBODY},
        {"a list of one", 1, {WSMAN}, -1, 1, {WSMAN}, -1, -1, 0, WSMAN, SEC_E_OK, SEC_E_OK},
        {"a list replaces the defaults", 1, {WSMAN}, -1, 1, {WSMAN}, 0, -1, 0, RDP, NOBODY, NOBODY},
        {"or is added to them", 1, {WSMAN}, 1, 1, {WSMAN}, 1, -1, 0, RDP, SEC_E_OK, SEC_E_OK},
        {"both of it", 1, {WSMAN}, 1, 1, {WSMAN}, 1, -1, 0, WSMAN, SEC_E_OK, SEC_E_OK},
        {"the second entry", 1, {L"HTTP/x", L"WSMAN/*"}, -1, 1, {L"HTTP/x", L"WSMAN/*"}, -1, -1, 0, WSMAN, SEC_E_OK, SEC_E_OK},
        {"certificates only", 1, {L"WSMAN/*"}, -1, -1, {0}, -1, -1, 0, WSMAN, SEC_E_OK, NTLM_NO},
        {"NTLM only", -1, {0}, -1, 1, {L"WSMAN/*"}, -1, -1, 0, WSMAN, NOBODY, SEC_E_OK},
        {"wildcard in front", 1, {L"*/localhost"}, -1, 1, {L"*host"}, -1, -1, 0, WSMAN, SEC_E_OK, SEC_E_OK},
        {"wildcard in the middle", 1, {L"WSMAN/l*t"}, -1, 1, {L"WS*localhost"}, -1, -1, 0, WSMAN, SEC_E_OK, SEC_E_OK},
        {"wildcard's ends overlap", 1, {L"WSMAN/local*localhost"}, -1, 1, {L"WSMAN/localhost*t"}, -1, -1, 0, WSMAN, NOBODY, NOBODY},
        {"wildcard for nothing", 1, {L"WSMAN/localhost*"}, -1, 1, {L"*WSMAN/localhost"}, -1, -1, 0, WSMAN, SEC_E_OK, SEC_E_OK},
        {"everybody", 1, {L"*"}, -1, 1, {L"*"}, -1, -1, 0, L"any/thing:5986", SEC_E_OK, SEC_E_OK},
        {"other case", 1, {L"wsMAN/*"}, -1, 1, {L"wsman/LOCALHOST"}, -1, -1, 0, WSMAN, SEC_E_OK, SEC_E_OK},
        {"an exception", -1, {0}, -1, -1, {0}, -1, 1, L"TERMSRV/localhost", RDP, NOBODY, NOBODY},
        {"an exception by wildcard", 1, {RDP}, -1, 1, {L"*"}, -1, 1, L"*host", RDP, NOBODY, NOBODY},
        /* Other ways to write the same server. For whom nothing is said behind the host, see the rows above. */
        {"an exception, with a port", -1, {0}, -1, -1, {0}, -1, 1, RDP, L"TERMSRV/localhost:3389", NOBODY, NOBODY},
        {"an exception, with a dot", -1, {0}, -1, -1, {0}, -1, 1, RDP, L"TERMSRV/localhost.", NOBODY, NOBODY},
        {"an exception, with a name", -1, {0}, -1, -1, {0}, -1, 1, RDP, L"TERMSRV/LOCALHOST/x", NOBODY, NOBODY},
        {"an exception of a port", -1, {0}, -1, -1, {0}, -1, 1, L"TERMSRV/localhost:3389", L"TERMSRV/localhost:3389", NOBODY, NOBODY},
        {"an exception of another port", -1, {0}, -1, -1, {0}, -1, 1, L"TERMSRV/localhost:3389", RDP, SEC_E_OK, SEC_E_OK},
        {"an exception, an address", -1, {0}, -1, -1, {0}, -1, 1, L"TERMSRV/[::1]", L"TERMSRV/[::1]:3389", NOBODY, NOBODY},
        {"a name behind another host", 1, {L"WSMAN/*.corp"}, -1, 1, {L"WSMAN/*.corp"}, -1, -1, 0, L"WSMAN/evil/x.corp", NOBODY, NOBODY},
        {"an exception for others", -1, {0}, -1, -1, {0}, -1, 1, L"TERMSRV/elsewhere", RDP, SEC_E_OK, SEC_E_OK},
        {"an exception that is off", -1, {0}, -1, -1, {0}, -1, 0, L"*", RDP, SEC_E_OK, SEC_E_OK},
        {"an exception without its number", -1, {0}, -1, -1, {0}, -1, -1, L"*", RDP, SEC_E_OK, SEC_E_OK},
        /* (?) no source: what is not the form that the help text gives allows nothing, and denies all */
        {"two wildcards", 1, {L"WSMAN/*o*"}, -1, 1, {L"*/*"}, -1, -1, 0, WSMAN, NOBODY, NOBODY},
        {"an exception with two wildcards", -1, {0}, -1, -1, {0}, -1, 1, L"x*y*z", RDP, NOBODY, NOBODY},
};

static void put_row(const struct row *r)
{
    unsigned i;

    forget_policies();
    if (r->allow >= 0)
        put_number(ALLOW, r->allow);
    if (r->ntlm >= 0)
        put_number(ALLOW_NTLM, r->ntlm);
    if (r->deny >= 0)
        put_number(DENY, r->deny);
    if (r->concatenate >= 0)
        put_number(CONCAT, r->concatenate);
    if (r->ntlm_concatenate >= 0)
        put_number(CONCAT_NTLM, r->ntlm_concatenate);
    for (i = 0; i < 2; i++) {
        if (r->allow_list[i])
            put_server(ALLOW, i ? L"2" : L"1", r->allow_list[i]);
        if (r->ntlm_list[i])
            put_server(ALLOW_NTLM, i ? L"2" : L"1", r->ntlm_list[i]);
    }
    if (r->deny_list)
        put_server(DENY, L"1", r->deny_list);
    if (r != rows)
        put_contrary(r->trusted == SEC_E_OK);
}

static PCCERT_CONTEXT presented;
static BOOL is_trusted;

static struct pair *new_pair(void)
{
    struct pair *p = pair_new(kind ? NULL : good_identity());

    p->certificate = presented;
    return p;
}

/* The name in the certificate is localhost: other hosts are not authenticated by it. */
static void check_row(const struct row *r)
{
    struct pair *p = new_pair();
    SECURITY_STATUS expected = is_trusted ? r->trusted : r->untrusted;
    static unsigned whole_login; /* legs of the client */
    SecPkgContext_ClientCreds creds;

    p->target = r->target;
    put_row(r);
    pair_run(p);
    ok(p->client_status == expected, "client %08lx, not %08lx\n", p->client_status, expected);
    if (expected == SEC_E_OK) {
        ok(p->server_status == SEC_E_OK, "server %08lx\n", p->server_status);
        whole_login = p->client_legs;
    } else {
        /* The proof goes out in the last leg but one that brings anything: who gets that far has given it away. */
        ok(p->client_legs + 2 <= whole_login, "refused in leg %u of %u\n", p->client_legs, whole_login);
        ok(FAILED(query(&p->server, SECPKG_ATTR_CREDS_2, &creds)), "credentials went out\n");
        ok(p->server_status == SEC_I_CONTINUE_NEEDED, "the server has the proof: %08lx\n",
                p->server_status);
        /* "A failed first leg": no handle is written. */
        ok(expected != NOBODY || p->has_client == (is_trusted && r->untrusted == SEC_E_OK),
                "a context: %d\n", p->has_client);
    }
    pair_free(p);
}

static void all_rows(void)
{
    unsigned i;

    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        if (is_trusted && !wcscmp(rows[i].target, L"any/thing:5986"))
            continue;
        winetest_push_context("%u %s %ls", i, rows[i].what, rows[i].target);
        check_row(&rows[i]);
        winetest_pop_context();
    }
    forget_policies();
}

static SECURITY_STATUS outcome(const WCHAR *target, ULONG without, ULONG extra)
{
    struct pair *p = new_pair();
    SECURITY_STATUS status;

    p->target = target;
    p->without = without;
    p->extra = extra;
    pair_run(p);
    status = p->client_status;
    pair_free(p);
    return status;
}

/* Entries that are no text, and numbers that are none: permissions are gone, exceptions are for all. */
static void test_malformed(void)
{
    forget_policies();
    put_number(ALLOW, 1);
    put_number(ALLOW_NTLM, 1);
    put_server(ALLOW, L"1", RDP);
    put_server(ALLOW_NTLM, L"1", RDP);
    put(ALLOW_NTLM, L"2", REG_BINARY, "odd", 3);
    ok(outcome(RDP, 0, 0) == SEC_E_OK, "one entry that is no text\n");
    put_number(DENY, 1);
    put(DENY, L"1", REG_BINARY, "odd", 3);
    ok(outcome(RDP, 0, 0) == SEC_E_DELEGATION_POLICY, "an exception that is no text\n");
    forget_policies();
    put_value(NULL, names[kind][ALLOW], REG_SZ, L"1", 4);
    put_value(NULL, names[kind][ALLOW_NTLM], REG_SZ, L"1", 4);
    put_server(ALLOW, L"1", RDP);
    ok(outcome(RDP, 0, 0) == SEC_E_DELEGATION_POLICY, "numbers that are text\n");
    forget_policies();
}

/* No delegation, no policy; MUTUAL_AUTH or not. */
static void test_no_delegation(void)
{
    forget_policies();
    ok(outcome(WSMAN, ISC_REQ_DELEGATE, 0) == SEC_E_OK, "nothing to delegate\n");
    ok(outcome(WSMAN, 0, ISC_REQ_MUTUAL_AUTH) == SEC_E_DELEGATION_POLICY, "MUTUAL_AUTH\n");
    ok(outcome(RDP, 0, ISC_REQ_MUTUAL_AUTH) == SEC_E_MUTUAL_AUTH_FAILED, "nobody knows it\n");
}

/* Without a target there is none that a policy could allow (?). "The target was not recognized." */
static void test_no_target(void)
{
    CREDSSP_CRED cred = {CredsspPasswordCreds, NULL, good_identity()};
    SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
    CredHandle credential;
    CtxtHandle context = {STALE, STALE};
    ULONG attributes, i;
    SECURITY_STATUS status;

    status = acquire(L"CREDSSP", SECPKG_CRED_OUTBOUND, &cred, &credential, NULL);
    ok(status == SEC_E_OK, "%08lx\n", status);
    for (i = 0; i < 2; i++) {
        status = initialize(&credential, NULL, i ? L"" : NULL, CLIENT_REQUEST, NULL, &context, &output,
                &attributes, NULL);
        ok(status == SEC_E_TARGET_UNKNOWN, "%08lx\n", status);
        ok(context.dwLower == STALE && context.dwUpper == STALE, "a handle was written\n");
    }
    status = initialize(&credential, NULL, NULL, CLIENT_REQUEST & ~ISC_REQ_DELEGATE, NULL, &context,
            &output, &attributes, NULL);
    ok(status == SEC_I_CONTINUE_NEEDED, "nothing to delegate: %08lx\n", status);
    if (status == SEC_I_CONTINUE_NEEDED) {
        FreeContextBuffer(out.pvBuffer);
        DeleteSecurityContext(&context);
    }
    FreeCredentialsHandle(&credential);
}

/* A credential keeps what it has read: a login is judged by one policy from end to end. */
static void test_snapshot(void)
{
    struct pair *p = new_pair();

    forget_policies();
    pair_client_credential(p);
    pair_server_credential(p);
    put_number(ALLOW, 0);
    put_number(ALLOW_NTLM, 0);
    pair_legs(p);
    ok(p->client_status == SEC_E_OK, "client %08lx\n", p->client_status);
    pair_free(p);
    ok(outcome(RDP, 0, 0) == SEC_E_DELEGATION_POLICY, "a new one\n");
    forget_policies();
}

static void both_kinds(void (*tests)(void))
{
    for (kind = 0; kind < 2; kind++) {
        winetest_push_context(kind ? "saved" : "fresh");
        if (kind)
            save(CRED_TYPE_DOMAIN_PASSWORD, L"*", L"WONDERLAND\\alice", L"Wonder-Land1");
        tests();
        forget();
        winetest_pop_context();
    }
    kind = 0;
}

/* The kinds differ in names only: once with W is enough for the second. */
static void rows_of_both(void)
{
    if (ansi)
        all_rows();
    else
        both_kinds(all_rows);
}

static void untrusted_tests(void)
{
    test_malformed();
    test_no_delegation();
    test_no_target();
    test_snapshot();
}

static void untrusted_only(void)
{
    both_kinds(untrusted_tests);
}

START_TEST(delegation)
{
    if (!store_open()) {
        skip("policies are this machine's own, and a login needs an account that is known\n");
        return;
    }
    presented = test_certificate();
    is_trusted = trust(presented, TRUE);
    ok(is_trusted, "cannot trust the certificate %lx\n", GetLastError());
    rows_of_both();
    trust(presented, FALSE);
    is_trusted = FALSE;
    presented = named_certificate(STRANGER, L"CN=localhost");
    as_w_and_a(rows_of_both);
    as_w_and_a(untrusted_only);
    CertFreeCertificateContext(presented);
    drop_container(STRANGER);
    store_close();
    drop_certificate();
}
