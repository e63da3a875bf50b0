/* The machine's settings for NTLM: LmCompatibilityLevel, NtlmMinClientSec, NtlmMinServerSec,
 * RestrictSendingNTLMTraffic with ClientAllowedNTLMServers, each as documented under "Security
 * policy settings". Without them: version 2 only and 128 bits. They are written here, so only where
 * the prefix is opensspi's: nobody's real machine is made weaker by a test. */
#include "../accounts.h"
#include "../login.h"
#include "registry.h"
#include "sealed.h"

#define LSA    "System\\CurrentControlSet\\Control\\Lsa"
#define MSV1_0 LSA "\\MSV1_0"

static void set_level(int level)
{
    set_number(LSA, "LmCompatibilityLevel", level);
}

/* What signing and sealing may do without, on both sides. */
static void set_minimum(int flags)
{
    set_number(MSV1_0, "NtlmMinClientSec", flags);
    set_number(MSV1_0, "NtlmMinServerSec", flags);
}

static struct login *login_new(int client_level, int server_level, BOOL protect)
{
    struct login *l = calloc(1, sizeof(*l));
    SECURITY_STATUS status;

    if (protect) {
        l->client_request = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY;
        l->server_request = ASC_REQ_INTEGRITY | ASC_REQ_CONFIDENTIALITY;
    }
    set_level(client_level);
    status = acquire(L"NTLM", SECPKG_CRED_OUTBOUND, good_identity(), &l->client_credential, NULL);
    ok(status == SEC_E_OK, "client credential %08lx\n", status);
    set_level(server_level);
    status = acquire(L"NTLM", SECPKG_CRED_INBOUND, NULL, &l->server_credential, NULL);
    ok(status == SEC_E_OK, "server credential %08lx\n", status);
    set_level(NONE); /* what credentials have read they keep */
    return l;
}

static void login_drop(struct login *l)
{
    login_close(l);
    free(l);
}

/* LmCompatibilityLevel: 0 to 2 send version 1, 3 and above version 2; servers take version 1 up
 * to 4. Here without a value: 5. */
static void test_levels(void)
{
    int client, server;

    for (client = NONE; client <= 6; client++)
        for (server = NONE; server <= 6; server++) {
            BOOL v1 = client != NONE && client <= 2, takes = server != NONE && server <= 4;
            struct login *l = login_new(client, server, FALSE);

            winetest_push_context("client %d, server %d", client, server);
            login_legs(l);
            ok(l->client_status == SEC_E_OK, "client %08lx\n", l->client_status);
            ok(l->server_status == (v1 && !takes ? SEC_E_LOGON_DENIED : SEC_E_OK), "server %08lx\n",
                    l->server_status);
            winetest_pop_context();
            login_drop(l);
        }
}

static void check_algorithm(CtxtHandle *context, const WCHAR *want)
{
    SecPkgContext_KeyInfoW info = {NULL};
    WCHAR name[100];
    SECURITY_STATUS status = query(context, SECPKG_ATTR_KEY_INFO, &info);

    ok(status == SEC_E_OK, "KEY_INFO %08lx\n", status);
    take_text(info.sSignatureAlgorithmName, name, ARRAY_SIZE(name));
    ok(!wcscmp(name, want), "%ls, not %ls\n", name, want);
    FreeContextBuffer(info.sEncryptAlgorithmName);
}

/* Level 0 never uses extended session security, so it signs and seals only where both do without.
 */
static void test_minimum(void)
{
    static const struct {
        int level, minimum;
        SECURITY_STATUS client;
    } rows[] = {
            {0, 0, SEC_E_OK},
            {0, 0x20000000, SEC_E_OK},
            {0, 0x20080000, SEC_E_UNSUPPORTED_FUNCTION},
            {0, NONE, SEC_E_UNSUPPORTED_FUNCTION},
            {1, NONE, SEC_E_OK},
            {2, 0, SEC_E_OK},
    };
    int i;

    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        struct login *l;

        winetest_push_context("level %d, minimum %x", rows[i].level, rows[i].minimum);
        set_minimum(rows[i].minimum);
        l = login_new(rows[i].level, 3, TRUE);
        login_legs(l);
        if (rows[i].client != SEC_E_OK) /* the server sees it first: nothing it may offer */
            ok(l->server_status == rows[i].client, "server %08lx\n", l->server_status);
        else if (l->server_status == SEC_E_OK) {
            check_algorithm(&l->server, rows[i].level ? L"HMAC-MD5" : L"RSADSI RC4-CRC32");
            say(&l->client, &l->server);
            say(&l->server, &l->client);
            say(&l->server, &l->client);
            say(&l->client, &l->server);
        } else
            ok(0, "server %08lx\n", l->server_status);
        winetest_pop_context();
        login_drop(l);
    }
    set_minimum(NONE);
}

/* 0x30: integrity and confidentiality, though no program asks for them. */
static void test_required(void)
{
    struct login *l;

    set_minimum(0x20080030);
    l = login_new(NONE, NONE, FALSE);
    login_legs(l);
    ok(l->server_status == SEC_E_OK, "server %08lx\n", l->server_status);
    if (l->server_status == SEC_E_OK)
        say(&l->client, &l->server);
    login_drop(l);
    set_number(MSV1_0, "NtlmMinClientSec", NONE);
    l = login_new(NONE, NONE, FALSE);
    login_legs(l);
    ok(l->server_status == SEC_E_UNSUPPORTED_FUNCTION, "server %08lx\n", l->server_status);
    login_drop(l);
    set_minimum(NONE);
}

static SECURITY_STATUS send_to(const WCHAR *target)
{
    struct login *l = login_new(NONE, NONE, FALSE);
    SECURITY_STATUS status;

    l->target = target;
    login_legs(l);
    status = l->client_status;
    login_drop(l);
    return status;
}

static void test_sending(void)
{
    static const char allowed[] = "other\0srv.example\0";
    static const struct {
        const WCHAR *target;
        SECURITY_STATUS status;
    } rows[] = {
            {L"TERMSRV/srv.example", SEC_E_OK},
            {L"HTTP/SRV.example:8080", SEC_E_OK},
            {L"other", SEC_E_OK},
            {L"TERMSRV/srv.example.org", SEC_E_UNSUPPORTED_FUNCTION},
            {L"TERMSRV/sr", SEC_E_UNSUPPORTED_FUNCTION},
            {L"TERMSRV/", SEC_E_UNSUPPORTED_FUNCTION},
            {NULL, SEC_E_UNSUPPORTED_FUNCTION},
    };
    SECURITY_STATUS status;
    int i;

    for (i = 0; i < 3; i++) { /* 1 only audits */
        set_number(MSV1_0, "RestrictSendingNTLMTraffic", i);
        status = send_to(L"TERMSRV/srv.example");
        ok(status == (i == 2 ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_OK), "%d: %08lx\n", i, status);
    }
    set(MSV1_0, "ClientAllowedNTLMServers", REG_MULTI_SZ, allowed, sizeof(allowed));
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        status = send_to(rows[i].target);
        ok(status == rows[i].status, "row %d: %08lx\n", i, status);
    }
    set(MSV1_0, "ClientAllowedNTLMServers", 0, NULL, 0);
    set_number(MSV1_0, "RestrictSendingNTLMTraffic", NONE);
}

/* Through Negotiate, with NTLM alone (its list says so) and behind a Kerberos that has no ticket: with
 * RestrictSendingNTLMTraffic 2 no token goes out, and the status is the same. */
static void test_sending_by_negotiate(void)
{
    static const WCHAR *const lists[] = {NULL, L"ntlm"};

    for (int i = 0; i < ARRAY_SIZE(lists); i++)
        for (int forbidden = 0; forbidden < 2; forbidden++) {
            union identity id;
            struct login *l = calloc(1, sizeof(*l));

            winetest_push_context("list %d, %d", i, forbidden);
            l->client_package = l->server_package = L"Negotiate";
            l->target = L"HTTP/srv.example";
            l->identity = make_identity(&id, FORM_EX, L"alice", L"WONDERLAND", L"Wonder-Land1");
            id.ex.PackageList = (void *)lists[i];
            id.ex.PackageListLength = lists[i] ? wcslen(lists[i]) : 0;
            set_number(MSV1_0, "RestrictSendingNTLMTraffic", forbidden ? 2 : NONE);
            login_acquire(l);
            login_legs(l);
            ok(l->client_status == (forbidden ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_OK), "client %08lx\n",
                    l->client_status);
            ok((l->token_count == 0) == forbidden, "%u tokens\n", l->token_count);
            ok(l->server_status == (forbidden ? SEC_I_CONTINUE_NEEDED : SEC_E_OK), "server %08lx\n",
                    l->server_status);
            set_number(MSV1_0, "RestrictSendingNTLMTraffic", NONE);
            login_drop(l);
            winetest_pop_context();
        }
}

/* A value of another type is an administrator's slip: nobody knows what was meant, so it is taken as
 * the strictest that it could be (libs/ssp/ssp.h). Each text is what would let more in as a number. */
static const struct slip {
    const char *key, *name, *text;
} slips[] = {
        {LSA, "LmCompatibilityLevel", "0"},
        {LSA, "SuppressExtendedProtection", "1"},
        {LSA, "NoLMHash", "0"},
        {MSV1_0, "RestrictSendingNTLMTraffic", "0"},
        {"Software\\opensspi", "AllowGuest", "1"},
        {"Software\\opensspi", "TargetNameCheck", "0"},
};

static SECURITY_STATUS login_of(const WCHAR *user)
{
    union identity id;
    struct login *l = calloc(1, sizeof(*l));
    SECURITY_STATUS status;

    l->identity = make_identity(&id, FORM_PLAIN, user, L"WONDERLAND", L"Wonder-Land1");
    l->target = L"HTTP/elsewhere.example";
    login_run(l);
    status = l->client_status == SEC_E_OK ? l->server_status : l->client_status;
    login_drop(l);
    return status;
}

static void test_slips(void)
{
    static const struct {
        const WCHAR *user;
        SECURITY_STATUS status;
    } rows[] = {
            {L"alice", SEC_E_OK}, /* version 2 is taken, and sent */
            {L"alice", SEC_E_OK},
            {L"alice", SEC_E_OK},
            {L"alice", SEC_E_UNSUPPORTED_FUNCTION}, /* nothing is sent */
            {L"nobody", SEC_E_LOGON_DENIED},
            {L"alice", SEC_E_BAD_BINDINGS}, /* of another target */
    };
    static const DWORD numbers[2] = {0, 0};
    SECURITY_STATUS status;
    int i, k;

    for (i = 0; i < ARRAY_SIZE(slips); i++)
        for (k = 0; k < 4; k++) {
            const struct slip *s = &slips[i];
            if (k == 0)
                set(s->key, s->name, REG_SZ, s->text, 2);
            else if (k == 1)
                set(s->key, s->name, REG_QWORD, numbers, sizeof(numbers));
            else if (k == 2)
                set(s->key, s->name, REG_DWORD, numbers, 2); /* half of one */
            else
                set(s->key, s->name, REG_BINARY, numbers, sizeof(DWORD));
            status = login_of(rows[i].user);
            ok(status == rows[i].status, "%s, %d: %08lx\n", s->name, k, status);
            set_number(s->key, s->name, NONE);
        }
}

/* Of a minimum: integrity and confidentiality of all clients, as with 0x20080030. */
static void test_slip_of_minimum(void)
{
    struct login *l;

    set(MSV1_0, "NtlmMinServerSec", REG_SZ, "0", 2);
    l = login_new(NONE, NONE, FALSE);
    login_legs(l);
    ok(l->server_status == SEC_E_UNSUPPORTED_FUNCTION, "server %08lx\n", l->server_status);
    login_drop(l);
    l = login_new(NONE, NONE, TRUE);
    login_legs(l);
    ok(l->server_status == SEC_E_OK, "server %08lx\n", l->server_status);
    login_drop(l);
    set_number(MSV1_0, "NtlmMinServerSec", NONE);
}

/* Version 1 is not sent, whatever the text says: a server that takes it sees version 2, so that
 * a server that does not is satisfied as well. */
static void test_slip_of_level(void)
{
    struct login *l;

    set(LSA, "LmCompatibilityLevel", REG_SZ, "0", 2);
    l = calloc(1, sizeof(*l));
    l->identity = good_identity();
    login_acquire(l);
    set_number(LSA, "LmCompatibilityLevel", NONE);
    login_legs(l);
    ok(l->server_status == SEC_E_OK, "server %08lx\n", l->server_status);
    ok(l->token_count == 3, "%u tokens\n", l->token_count);
    /* NtChallengeResponseLen of AUTHENTICATE ([MS-NLMP] 2.2.1.3): 24 in version 1, more in 2 */
    ok(l->tokens[2][20] > 24 || l->tokens[2][21], "%u bytes\n", l->tokens[2][20]);
    login_drop(l);
}

/* The settings are read once and kept (dlls/msv1_0/settings.c); a change counts for the next
 * AcquireCredentialsHandle all the same, whoever makes it. */
static void check_sending(BOOL denied, const char *when)
{
    SECURITY_STATUS status;
    int i;

    for (i = 0; i < 3; i++) {
        status = send_to(L"TERMSRV/srv.example");
        ok(status == (denied ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_OK), "%s, time %d: %08lx\n", when, i, status);
    }
}

static void other_process(const char *arguments)
{
    char line[300];
    STARTUPINFOA start = {sizeof(start)};
    PROCESS_INFORMATION process;
    DWORD code = 1;

    snprintf(line, sizeof(line), "reg.exe %s", arguments);
    ok(CreateProcessA(NULL, line, NULL, NULL, FALSE, CREATE_NO_WINDOW, NULL, NULL, &start, &process), "reg\n");
    WaitForSingleObject(process.hProcess, 30000);
    GetExitCodeProcess(process.hProcess, &code);
    ok(!code, "%s: %lu\n", arguments, code);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
}

static void test_changes(void)
{
    SECURITY_STATUS status;
    int i;

    check_sending(FALSE, "before");
    for (i = 0; i < 20; i++) {
        set_number(MSV1_0, "RestrictSendingNTLMTraffic", i & 1 ? 2 : 0);
        check_sending(i & 1, "changed");
        set_number("Software\\opensspi", "AllowGuest", i >> 1 & 1);
        status = login_of(L"nobody");
        ok(status == (i & 1 ? SEC_E_UNSUPPORTED_FUNCTION : i >> 1 & 1 ? SEC_E_OK : SEC_E_LOGON_DENIED),
                "change %d: %08lx\n", i, status);
    }
    set_number("Software\\opensspi", "AllowGuest", NONE);
    set_number(MSV1_0, "RestrictSendingNTLMTraffic", NONE);
    check_sending(FALSE, "deleted");
    other_process("add \"HKLM\\" MSV1_0 "\" /v RestrictSendingNTLMTraffic /t REG_DWORD /d 2 /f /reg:64");
    check_sending(TRUE, "set by another process");
    other_process("delete \"HKLM\\" MSV1_0 "\" /v RestrictSendingNTLMTraffic /f /reg:64");
    check_sending(FALSE, "deleted by another process");
}

static void all_tests(void)
{
    test_levels();
    test_slips();
    test_slip_of_minimum();
    test_slip_of_level();
    test_minimum();
    test_required();
    test_sending();
    test_changes();
    test_sending_by_negotiate();
}

void func_policy(void);

void func_policy(void)
{
    if (!is_opensspi())
        return;
    store_open();
    as_w_and_a(all_tests);
    store_close();
}
