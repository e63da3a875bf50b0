/* After FreeCredentialsHandle and DeleteSecurityContext, the program having wiped its own copies,
 * no password, hash, key or cipher state is left anywhere in the process: not on the heap, not in
 * the DLLs' data, not on a stack. A second process looks (leftovers_scan.h). Canaries prove that it
 * finds what is there, and a scan during a login that it looks for the right things. */
#include "../login.h"
#include "leftovers_scan.h"

enum outcome { GOOD, WRONG_PASSWORD, BAD_MIC, FREED_AT_ONCE };

static const struct scenario {
    const char *words;
    BOOL ansi;
    enum outcome outcome;
} scenarios[] = {
        {"W, a login", FALSE, GOOD},
        {"A, a login", TRUE, GOOD},
        {"W, wrong password", FALSE, WRONG_PASSWORD},
        {"A, wrong password", TRUE, WRONG_PASSWORD},
        {"W, AUTHENTICATE altered on the way", FALSE, BAD_MIC},
        {"A, AUTHENTICATE altered on the way", TRUE, BAD_MIC},
        {"W, a credential that is never used", FALSE, FREED_AT_ONCE},
};

static volatile BYTE static_canary[SECRET];
static char record_path[MAX_PATH];

static void run_child(const char *arguments)
{
    PROCESS_INFORMATION process;
    STARTUPINFOA startup = {sizeof(startup)};
    char line[3 * MAX_PATH], **argv;

    winetest_get_mainargs(&argv);
    sprintf(line, "\"%s\" leftovers %s", argv[0], arguments);
    ok(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process),
            "cannot run itself: %lu\n", GetLastError());
    wait_child_process(process.hProcess);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
}

static void run_scan(const struct record *r, BOOL alive)
{
    char arguments[2 * MAX_PATH];
    DWORD done;
    HANDLE file = CreateFileA(record_path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);

    WriteFile(file, r, sizeof(*r), &done, NULL);
    CloseHandle(file);
    sprintf(arguments, "scan %lu \"%s\" %s", GetCurrentProcessId(), record_path,
            alive ? "alive" : "dead");
    run_child(arguments);
}

/* The client's credential. Our copies of the password are in one place, and wiped. */
static void acquire_client(struct login *l, const struct scenario *s, unsigned number)
{
    static union {
        volatile WCHAR wide[PASSWORD_UNITS];
        volatile char text[PASSWORD_UNITS];
    } room;
    SEC_WINNT_AUTH_IDENTITY_W id = {(void *)NON_ASCII, wcslen(NON_ASCII), NULL, 0, (void *)&room,
            PASSWORD_UNITS, SEC_WINNT_AUTH_IDENTITY_UNICODE};
    unsigned i;
    SECURITY_STATUS status;

    if (s->ansi) {
        id.User = (void *)narrow(NON_ASCII);
        id.UserLength = strlen((char *)id.User);
        id.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI;
    }
    for (i = 0; i < PASSWORD_UNITS; i++)
        if (s->ansi)
            room.text[i] = password_unit(number, i);
        else
            room.wide[i] = password_unit(number, i);
    status = acquire(L"NTLM", SECPKG_CRED_OUTBOUND, &id, &l->client_credential, NULL);
    SecureZeroMemory((void *)&room, sizeof(room));
    ok(status == SEC_E_OK, "client credential %08lx\n", status);
}

/* Masked at once. FreeContextBuffer wipes what it frees. */
static void take_session_key(struct login *l, struct record *r)
{
    SecPkgContext_SessionKey key = {0};
    volatile BYTE *from;
    unsigned i;
    SECURITY_STATUS status = query(&l->client, SECPKG_ATTR_SESSION_KEY, &key);

    ok(status == SEC_E_OK && key.SessionKeyLength == SECRET, "session key %08lx\n", status);
    from = key.SessionKey;
    for (i = 0; i < SECRET; i++)
        r->masked_session_key[i] = from[i] ^ MASK;
    FreeContextBuffer(key.SessionKey);
}

/* NtChallengeResponseFields of the AUTHENTICATE message: offset 20 ([MS-NLMP] 2.2.1.3). */
static void take_proof(struct login *l, struct record *r)
{
    ULONG at = *(ULONG *)(l->token + 24);
    ok(at + SECRET < l->token_size, "no NT response\n");
    memcpy(r->proof, l->token + at, SECRET);
}

static void one_message(CtxtHandle *from, CtxtHandle *to)
{
    BYTE token[16], data[BODY] = {1};
    SecBuffer b[] = {{sizeof(token), SECBUFFER_TOKEN, token}, {BODY, SECBUFFER_DATA, data}};
    SecBufferDesc desc = DESC(b);
    ok(EncryptMessage(from, 0, &desc, 0) == SEC_E_OK, "encrypt\n");
    ok(DecryptMessage(to, &desc, 0, NULL) == SEC_E_OK, "decrypt\n");
}

static void log_in(struct login *l, const struct scenario *s, struct record *r)
{
    static const SECURITY_STATUS want[] = {SEC_E_OK, SEC_E_LOGON_DENIED, SEC_E_MESSAGE_ALTERED};
    SECURITY_STATUS status;

    login_leg(l, FALSE);
    login_leg(l, TRUE);
    ok(login_leg(l, FALSE) == SEC_E_OK, "client %08lx\n", l->client_status);
    take_session_key(l, r);
    take_proof(l, r);
    r->session = TRUE;
    if (s->outcome == BAD_MIC)
        l->token[72] ^= 1; /* MIC: [MS-NLMP] 2.2.1.3 */
    status = login_leg(l, TRUE);
    ok(status == want[s->outcome], "server %08lx\n", status);
    r->messages = s->outcome == GOOD;
    if (r->messages) {
        one_message(&l->client, &l->server);
        one_message(&l->server, &l->client);
    }
}

static void run(const struct scenario *s, unsigned number)
{
    struct login *l = calloc(1, sizeof(*l));
    struct record r = {number, number};
    char arguments[2 * MAX_PATH];

    if (s->outcome == WRONG_PASSWORD)
        r.account_password = number + ARRAY_SIZE(scenarios);
    sprintf(arguments, "write \"%s\" %u", store.path, r.account_password);
    run_child(arguments);
    l->client_request = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY;
    l->server_request = ASC_REQ_INTEGRITY | ASC_REQ_CONFIDENTIALITY;
    acquire_client(l, s, number);
    acquire(L"NTLM", SECPKG_CRED_INBOUND, NULL, &l->server_credential, NULL);
    if (s->outcome != FREED_AT_ONCE)
        log_in(l, s, &r);
    if (s->outcome == GOOD)
        run_scan(&r, TRUE);
    login_close(l);
    free(l);
    run_scan(&r, FALSE);
}

static void test_leftovers(void)
{
    volatile BYTE *canary = HeapAlloc(GetProcessHeap(), 0, SECRET);
    unsigned i;

    for (i = 0; i < SECRET; i++)
        canary[i] = static_canary[i] = canary_byte(i);
    GetTempPathA(MAX_PATH - 30, record_path);
    sprintf(record_path + strlen(record_path), "opensspi-record-%lu", GetCurrentProcessId());
    for (i = 0; i < ARRAY_SIZE(scenarios); i++) {
        winetest_push_context("%s", scenarios[i].words);
        ansi = scenarios[i].ansi;
        if (ansi && !narrow_holds(NON_ASCII))
            skip("the ANSI code page has no u umlaut\n");
        else
            run(&scenarios[i], i);
        ansi = FALSE;
        winetest_pop_context();
    }
    HeapFree(GetProcessHeap(), 0, (void *)canary);
    DeleteFileA(record_path);
}

START_TEST(leftovers)
{
    char **argv;
    int argc = winetest_get_mainargs(&argv);

    if (argc == 6 && !strcmp(argv[2], "scan"))
        scan(strtoul(argv[3], NULL, 10), argv[4], !strcmp(argv[5], "alive"));
    else if (argc == 5 && !strcmp(argv[2], "write"))
        write_accounts(argv[3], strtoul(argv[4], NULL, 10));
    else if (!store_open())
        skip("the account store is opensspi's\n");
    else {
        test_leftovers();
        store_close();
    }
}
