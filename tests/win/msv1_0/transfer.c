/* ExportSecurityContext, ImportSecurityContext: the session goes on in the same process and in
 * another one. Sources: the pages of the two functions ("a serialized representation of a security
 * context that can later be imported into a different process"; RESET_NEW "the new security context
 * is reset to its initial state", DELETE_OLD "the old security context is deleted", TO_KERNEL "not
 * supported"; SEC_E_UNKNOWN_CREDENTIALS "not recognized"); sequence numbers and RC4: [MS-NLMP] 3.4.
 * The program runs itself again, with the bytes on its standard input. */
#include "../accounts.h"
#include "../login.h"

enum { TEXT = 40 };

/* Whose context it is: NTLM's, or Negotiate's around it. */
static const WCHAR *package = L"NTLM";

struct message {
    char text[TEXT];
    BYTE signature[16];
};

static SECURITY_STATUS say(CtxtHandle *from, struct message *m, const char *text)
{
    SecBuffer b[] = {{TEXT, SECBUFFER_DATA, m->text}, {16, SECBUFFER_TOKEN, m->signature}};

    memset(m, 0, sizeof(*m));
    strcpy(m->text, text);
    return EncryptMessage(from, 0, &DESC(b), 0);
}

static SECURITY_STATUS hear(CtxtHandle *to, struct message *m)
{
    SecBuffer b[] = {{TEXT, SECBUFFER_DATA, m->text}, {16, SECBUFFER_TOKEN, m->signature}};

    return DecryptMessage(to, &DESC(b), 0, NULL);
}

static void exchange_at(int line, CtxtHandle *from, CtxtHandle *to)
{
    struct message m;
    SECURITY_STATUS status = say(from, &m, "over to you");

    ok_(__FILE__, line)(status == SEC_E_OK, "seal %08lx\n", status);
    ok_(__FILE__, line)(strcmp(m.text, "over to you"), "sent in clear\n");
    status = hear(to, &m);
    ok_(__FILE__, line)(status == SEC_E_OK, "unseal %08lx\n", status);
    ok_(__FILE__, line)(!strcmp(m.text, "over to you"), "not what was said\n");
}
#define exchange(from, to) exchange_at(__LINE__, from, to)

static void talk(struct login *l)
{
    exchange(&l->client, &l->server);
    exchange(&l->server, &l->client);
    exchange(&l->server, &l->client);
}

static struct login *logged_in(const WCHAR *user, const WCHAR *password)
{
    static union identity id;
    struct login *l = calloc(1, sizeof(*l));

    l->identity =
            is_opensspi() ? make_identity(&id, FORM_PLAIN, user, L"WONDERLAND", password) : NULL;
    l->client_package = l->server_package = package;
    l->target = L"HOST/transfer";
    l->client_request = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY;
    l->server_request = ASC_REQ_INTEGRITY | ASC_REQ_CONFIDENTIALITY;
    login_good(l);
    return l;
}

static void drop(struct login *l)
{
    login_close(l);
    free(l);
}

static SECURITY_STATUS import(SecBuffer *packed, CtxtHandle *made)
{
    return ansi ? ImportSecurityContextA(narrow(package), packed, NULL, made)
                : ImportSecurityContextW((WCHAR *)package, packed, NULL, made);
}

static SecBuffer packed_from(CtxtHandle *context, ULONG flags)
{
    SecBuffer packed = {0, SECBUFFER_EMPTY, NULL};
    HANDLE token = (HANDLE)STALE;
    SECURITY_STATUS status = ExportSecurityContext(context, flags, &packed, &token);

    ok(status == SEC_E_OK, "export %08lx\n", status);
    ok(packed.cbBuffer && packed.pvBuffer, "%lu bytes\n", packed.cbBuffer);
    ok(token != (HANDLE)STALE, "no word of the token\n");
    /* README: no token for who is not the user that Wine runs as */
    ok(!is_opensspi() || !token, "a token for the client\n");
    if (token && token != (HANDLE)STALE)
        CloseHandle(token);
    return packed;
}

/* CONTEXT's place is taken by what its export gives. */
static void move(CtxtHandle *context, ULONG flags)
{
    SecBuffer packed = packed_from(context, flags);
    CtxtHandle made = {STALE, STALE};
    SECURITY_STATUS status = import(&packed, &made);

    ok(status == SEC_E_OK, "import %08lx\n", status);
    FreeContextBuffer(packed.pvBuffer);
    status = DeleteSecurityContext(context);
    ok(status == (flags & SECPKG_CONTEXT_EXPORT_DELETE_OLD ? SEC_E_INVALID_HANDLE : SEC_E_OK),
            "delete %08lx\n", status);
    *context = made;
}

static void test_goes_on(void)
{
    struct login *l = logged_in(L"alice", L"Wonder-Land1");

    talk(l);
    move(&l->client, 0);
    talk(l);
    move(&l->server, SECPKG_CONTEXT_EXPORT_DELETE_OLD);
    talk(l);
    move(&l->server, 0);
    move(&l->client, SECPKG_CONTEXT_EXPORT_DELETE_OLD);
    talk(l);
    drop(l);
}

/* A message that was said before the move does not count after it, nor one that is missing. */
static void test_sequence(void)
{
    struct login *l = logged_in(L"alice", L"Wonder-Land1");
    struct message heard, copy, lost;
    SECURITY_STATUS status;

    say(&l->client, &heard, "once");
    copy = heard;
    ok(hear(&l->server, &heard) == SEC_E_OK, "not heard\n");
    move(&l->server, 0);
    status = hear(&l->server, &copy);
    ok(status == SEC_E_OUT_OF_SEQUENCE, "repeated: %08lx\n", status);
    say(&l->client, &lost, "lost");
    say(&l->client, &copy, "not the next");
    status = hear(&l->server, &copy);
    ok(status == SEC_E_OUT_OF_SEQUENCE, "too far: %08lx\n", status);
    ok(hear(&l->server, &lost) == SEC_E_OK, "found again\n");
    drop(l);
}

static void test_reset(void)
{
    struct login *l = logged_in(L"alice", L"Wonder-Land1");
    struct message first, again;
    CtxtHandle made;
    SecBuffer packed;

    say(&l->client, &first, "the very first");
    again = first;
    hear(&l->server, &again);
    talk(l);
    packed = packed_from(&l->client, SECPKG_CONTEXT_EXPORT_RESET_NEW);
    ok(import(&packed, &made) == SEC_E_OK, "import\n");
    say(&made, &again, "the very first");
    if (is_opensspi()) /* (?) that this is the "initial state" of an NTLM session */
        ok(!memcmp(&again, &first, sizeof(first)), "another first message\n");
    talk(l); /* the old one is not reset */
    FreeContextBuffer(packed.pvBuffer);
    ok(DeleteSecurityContext(&made) == SEC_E_OK, "delete\n");
    drop(l);
}

static void test_deleted(void)
{
    struct login *l = logged_in(L"alice", L"Wonder-Land1");
    SecBuffer packed = packed_from(&l->client, SECPKG_CONTEXT_EXPORT_DELETE_OLD);
    SecPkgContext_Sizes sizes;
    struct message m;
    SECURITY_STATUS status = say(&l->client, &m, "from beyond");

    ok(status == SEC_E_INVALID_HANDLE, "seals: %08lx\n", status);
    status = query(&l->client, SECPKG_ATTR_SIZES, &sizes);
    ok(status == SEC_E_INVALID_HANDLE, "tells: %08lx\n", status);
    ok(import(&packed, &l->client) == SEC_E_OK, "import\n");
    talk(l);
    FreeContextBuffer(packed.pvBuffer);
    drop(l);
}

/* Two sessions that differ: what comes out is the one that went in. */
static void test_attributes(void)
{
    struct login *a = logged_in(L"alice", L"Wonder-Land1"),
                 *b = logged_in(NON_ASCII, NON_ASCII_PASSWORD);
    WCHAR before[300], after[300];
    SecPkgContext_Flags flags[2];
    SecPkgContext_ClientSpecifiedTarget target = {NULL};
    CtxtHandle *contexts[] = {&a->client, &a->server, &b->client, &b->server};
    int i;

    for (i = 0; i < ARRAY_SIZE(contexts); i++) {
        names_of(contexts[i], before, ARRAY_SIZE(before));
        query(contexts[i], SECPKG_ATTR_FLAGS, &flags[0]);
        move(contexts[i], 0);
        names_of(contexts[i], after, ARRAY_SIZE(after));
        ok(!wcscmp(before, after), "%d: %ls, not %ls\n", i, after, before);
        ok(!is_opensspi() || wcsstr(after, i < 2 ? L"\\alice" : L"\\" NON_ASCII), "%d: %ls\n", i,
                after);
        ok(!is_opensspi() || !(i & 1) || !wcscmp(after, own_account(i < 2 ? L"alice" : NON_ASCII)),
                "%d: %ls\n", i, after);
        ok(query(contexts[i], SECPKG_ATTR_FLAGS, &flags[1]) == SEC_E_OK, "flags\n");
        ok(flags[0].Flags == flags[1].Flags, "%d: %08lx, not %08lx\n", i, flags[1].Flags,
                flags[0].Flags);
        if (query(contexts[i], SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &target) == SEC_E_OK) {
            ok(!wcscmp((WCHAR *)target.sTargetName, L"HOST/transfer"), "%d: %ls\n", i,
                    (WCHAR *)target.sTargetName);
            FreeContextBuffer(target.sTargetName);
        } else
            ok(!is_opensspi(), "%d: no target\n", i);
    }
    talk(a);
    talk(b);
    drop(a);
    drop(b);
}

/* One thread seals while another moves the context away: each message has a number of its own, so
 * that the peer takes those of the old context, then those of the new one. */
enum { MOST_MESSAGES = 200000 };

static struct sealing {
    CtxtHandle *from;
    struct message *messages;
    LONG count;
    SECURITY_STATUS last;
} sealing;

static DWORD WINAPI seal_on(void *unused)
{
    (void)unused;
    while (sealing.count < MOST_MESSAGES) {
        sealing.last = say(sealing.from, &sealing.messages[sealing.count], "while it lasts");
        if (sealing.last != SEC_E_OK)
            break;
        InterlockedIncrement(&sealing.count);
    }
    return 0;
}

static void test_while_sealing(void)
{
    struct login *l = logged_in(L"alice", L"Wonder-Land1");
    CtxtHandle made, old = l->client;
    SecBuffer packed;
    HANDLE thread;
    LONG i, wrong = 0;

    sealing = (struct sealing){&old, calloc(MOST_MESSAGES, sizeof(struct message))};
    thread = CreateThread(NULL, 0, seal_on, NULL, 0, NULL);
    while (InterlockedCompareExchange(&sealing.count, 0, 0) < 100)
        Sleep(0);
    packed = packed_from(&l->client, SECPKG_CONTEXT_EXPORT_DELETE_OLD);
    ok(WaitForSingleObject(thread, 30000) == WAIT_OBJECT_0, "the thread hangs\n");
    CloseHandle(thread);
    ok(sealing.last == SEC_E_INVALID_HANDLE || sealing.last == SEC_E_OUT_OF_SEQUENCE, "%08lx\n",
            sealing.last);
    ok(import(&packed, &made) == SEC_E_OK, "import\n");
    FreeContextBuffer(packed.pvBuffer);
    l->client = made;
    for (i = 0; i < sealing.count; i++)
        wrong += hear(&l->server, &sealing.messages[i]) != SEC_E_OK;
    ok(!wrong, "%ld of %ld messages are refused\n", wrong, sealing.count);
    talk(l);
    free(sealing.messages);
    drop(l);
}

static void refused(SecBuffer *packed, const char *what, ULONG where)
{
    CtxtHandle made = {STALE, STALE};
    SECURITY_STATUS status = import(packed, &made);

    ok(status == SEC_E_UNKNOWN_CREDENTIALS, "%s %lu: %08lx\n", what, where, status);
    ok(made.dwLower == STALE && made.dwUpper == STALE, "%s %lu: a handle\n", what, where);
    if (SUCCEEDED(status))
        DeleteSecurityContext(&made);
}

/* tests/unit/ntlm_export.c flips every bit; here some of them come through the API. */
static void test_damaged(void)
{
    struct login *l = logged_in(L"alice", L"Wonder-Land1");
    SecBuffer packed = packed_from(&l->server, 0), part = packed, none = {0, SECBUFFER_EMPTY, NULL};
    BYTE *bytes = packed.pvBuffer;
    ULONG i;

    for (i = 0; i < packed.cbBuffer; i += 7) {
        bytes[i] ^= 1 << i % 8;
        refused(&packed, "bit of byte", i);
        bytes[i] ^= 1 << i % 8;
        part.cbBuffer = i;
        refused(&part, "cut to", i);
    }
    refused(&none, "nothing", 0);
    FreeContextBuffer(packed.pvBuffer);
    drop(l);
}

static void test_arguments(void)
{
    struct login *l = logged_in(L"alice", L"Wonder-Land1");
    SecBuffer packed = {STALE, SECBUFFER_EMPTY, (void *)STALE}, good;
    CtxtHandle made;
    SECURITY_STATUS status;

    status = ExportSecurityContext(&l->client, SECPKG_CONTEXT_EXPORT_TO_KERNEL, &packed, NULL);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "to the kernel: %08lx\n", status);
    status = ExportSecurityContext(&l->client, 8, &packed, NULL);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "an unknown flag: %08lx\n", status);
    ok(packed.cbBuffer == STALE && packed.pvBuffer == (void *)STALE, "output touched\n");
    status = ExportSecurityContext(&l->client, 0, NULL, NULL);
    ok(FAILED(status), "no buffer: %08lx\n", status);
    status = ExportSecurityContext(&l->client, 0, &packed, NULL); /* the token is optional */
    ok(status == SEC_E_OK, "no token: %08lx\n", status);
    good = packed;
    status = ImportSecurityContextW((WCHAR *)L"Winetest", &good, NULL, &made);
    ok(status == SEC_E_SECPKG_NOT_FOUND, "another package: %08lx\n", status);
    status = ImportSecurityContextW((WCHAR *)package, &good, NULL, NULL);
    ok(FAILED(status), "no handle: %08lx\n", status);
    status = ImportSecurityContextW((WCHAR *)package, NULL, NULL, &made);
    ok(FAILED(status), "no bytes: %08lx\n", status);
    FreeContextBuffer(packed.pvBuffer);
    drop(l);
}

/* A login that is not complete, or has failed, has nothing to export. */
static void test_incomplete(void)
{
    struct login *l = calloc(1, sizeof(*l));
    SecBuffer packed = {STALE, SECBUFFER_EMPTY, (void *)STALE};
    SECURITY_STATUS status;

    l->client_package = l->server_package = package;
    l->identity = good_identity();
    login_acquire(l);
    login_leg(l, FALSE);
    status = ExportSecurityContext(&l->client, SECPKG_CONTEXT_EXPORT_DELETE_OLD, &packed, NULL);
    ok(status == SEC_E_INVALID_HANDLE, "client %08lx\n", status);
    login_leg(l, TRUE);
    status = ExportSecurityContext(&l->server, 0, &packed, NULL);
    ok(status == SEC_E_INVALID_HANDLE, "server %08lx\n", status);
    login_leg(l, FALSE);
    l->token[l->token_size - 1] ^= 1;
    login_leg(l, TRUE);
    ok(FAILED(l->server_status), "an altered AUTHENTICATE is taken\n");
    status = ExportSecurityContext(&l->server, 0, &packed, NULL);
    ok(status == SEC_E_INVALID_HANDLE, "refused server %08lx\n", status);
    ok(packed.cbBuffer == STALE && packed.pvBuffer == (void *)STALE, "output touched\n");
    drop(l); /* DELETE_OLD of a failed export deletes nothing */
}

/* ---- another process ---- */

struct letter {
    struct message from_parent;
    ULONG size;
    BYTE packed[4000];
};

enum { IMPORTED = 1, HEARD = 2, TEXT_RIGHT = 4, SAID = 8, SENT = 16, EXPORTED = 32, ALL = 63 };

/* Imports, hears what the parent said, answers, exports again for the parent. */
static void child(void)
{
    struct letter letter;
    SecBuffer packed = {0, SECBUFFER_EMPTY, NULL};
    CtxtHandle context;
    DWORD n, done = 0;
    BYTE *at = (BYTE *)&letter;

    while (done < sizeof(letter) &&
            ReadFile(GetStdHandle(STD_INPUT_HANDLE), at + done, sizeof(letter) - done, &n, NULL) &&
            n)
        done += n;
    packed.cbBuffer = letter.size;
    packed.pvBuffer = letter.packed;
    done = 0;
    if (ImportSecurityContextW((WCHAR *)package, &packed, NULL, &context) == SEC_E_OK)
        done |= IMPORTED;
    if (hear(&context, &letter.from_parent) == SEC_E_OK)
        done |= HEARD;
    if (!strcmp(letter.from_parent.text, "parent to child"))
        done |= TEXT_RIGHT;
    if (say(&context, &letter.from_parent, "child to parent") == SEC_E_OK)
        done |= SAID;
    if (ExportSecurityContext(&context, SECPKG_CONTEXT_EXPORT_DELETE_OLD, &packed, NULL) ==
            SEC_E_OK)
        done |= EXPORTED;
    letter.size = packed.cbBuffer;
    memcpy(letter.packed, packed.pvBuffer, packed.cbBuffer);
    if (WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), &letter, sizeof(letter), &n, NULL))
        done |= SENT;
    ExitProcess(done);
}

static DWORD run_child(struct letter *letter)
{
    SECURITY_ATTRIBUTES inherited = {sizeof(inherited), NULL, TRUE};
    STARTUPINFOA startup = {sizeof(startup)};
    PROCESS_INFORMATION process;
    HANDLE to, from;
    char **argv, command[700];
    DWORD n, done = 0, code = STALE;

    ok(CreatePipe(&startup.hStdInput, &to, &inherited, 2 * sizeof(*letter)), "pipe\n");
    ok(CreatePipe(&from, &startup.hStdOutput, &inherited, 2 * sizeof(*letter)), "pipe\n");
    SetHandleInformation(to, HANDLE_FLAG_INHERIT, 0);
    SetHandleInformation(from, HANDLE_FLAG_INHERIT, 0);
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    winetest_get_mainargs(&argv);
    sprintf(command, "\"%s\" transfer child %ls", argv[0], package);
    ok(CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process),
            "no child\n");
    CloseHandle(startup.hStdInput);
    CloseHandle(startup.hStdOutput);
    ok(WriteFile(to, letter, sizeof(*letter), &n, NULL), "write %lu\n", GetLastError());
    CloseHandle(to);
    while (done < sizeof(*letter) &&
            ReadFile(from, (BYTE *)letter + done, sizeof(*letter) - done, &n, NULL) && n)
        done += n;
    CloseHandle(from);
    ok(WaitForSingleObject(process.hProcess, 30000) == WAIT_OBJECT_0, "the child hangs\n");
    GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    ok(done == sizeof(*letter), "%lu bytes came back\n", done);
    return code;
}

static void put(struct letter *letter, SecBuffer packed)
{
    ok(packed.cbBuffer <= sizeof(letter->packed), "%lu bytes\n", packed.cbBuffer);
    letter->size = packed.cbBuffer;
    memcpy(letter->packed, packed.pvBuffer, packed.cbBuffer);
    FreeContextBuffer(packed.pvBuffer);
}

/* MOVED goes to a child and comes back; STAYED is its peer here. */
static void test_process(CtxtHandle *moved, CtxtHandle *stayed)
{
    static struct letter letter;
    SecBuffer back = {0, SECBUFFER_EMPTY, letter.packed};
    SECURITY_STATUS status;
    DWORD code;

    put(&letter, packed_from(moved, SECPKG_CONTEXT_EXPORT_DELETE_OLD));
    say(stayed, &letter.from_parent, "parent to child");
    code = run_child(&letter);
    ok(code == ALL, "the child did %lx\n", code);
    status = hear(stayed, &letter.from_parent);
    ok(status == SEC_E_OK && !strcmp(letter.from_parent.text, "child to parent"), "%08lx\n",
            status);
    back.cbBuffer = letter.size;
    status = import(&back, moved);
    ok(status == SEC_E_OK, "back: %08lx\n", status);
    memset(&letter, 0, sizeof(letter));
}

static void test_processes(void)
{
    struct login *l = logged_in(NON_ASCII, NON_ASCII_PASSWORD);

    talk(l);
    test_process(&l->client, &l->server);
    test_process(&l->server, &l->client);
    talk(l);
    drop(l);
}

/* ---- the provider's own table, without secur32 ---- */

struct end {
    CredHandle credential;
    CtxtHandle context;
    BOOL open;
    SecBuffer out;
};

static SECURITY_STATUS direct_leg(
        PSecurityFunctionTableW t, struct end *e, struct end *peer, BOOL server)
{
    SecBuffer in = {peer->out.cbBuffer, SECBUFFER_TOKEN, peer->out.pvBuffer};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &e->out};
    CtxtHandle *old = e->open ? &e->context : NULL;
    ULONG attributes;
    SECURITY_STATUS status;

    e->out = (SecBuffer){0, SECBUFFER_TOKEN, NULL};
    e->open = TRUE;
    if (server)
        status = t->AcceptSecurityContext(&e->credential, old, &input,
                ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_CONFIDENTIALITY, SECURITY_NATIVE_DREP,
                &e->context, &output, &attributes, NULL);
    else
        status = t->InitializeSecurityContextW(&e->credential, old, NULL,
                ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_CONFIDENTIALITY, 0, SECURITY_NATIVE_DREP,
                old ? &input : NULL, 0, &e->context, &output, &attributes, NULL);
    t->FreeContextBuffer(peer->out.pvBuffer);
    peer->out.pvBuffer = NULL;
    return status;
}

static void direct_login(PSecurityFunctionTableW t, struct end *c, struct end *s)
{
    SECURITY_STATUS status;

    ok(t->AcquireCredentialsHandleW(NULL, (WCHAR *)L"NTLM", SECPKG_CRED_OUTBOUND, NULL,
               good_identity(), NULL, NULL, &c->credential, NULL) == SEC_E_OK,
            "client credential\n");
    ok(t->AcquireCredentialsHandleW(NULL, (WCHAR *)L"NTLM", SECPKG_CRED_INBOUND, NULL, NULL, NULL,
               NULL, &s->credential, NULL) == SEC_E_OK,
            "server credential\n");
    direct_leg(t, c, s, FALSE);
    direct_leg(t, s, c, TRUE);
    direct_leg(t, c, s, FALSE);
    status = direct_leg(t, s, c, TRUE);
    ok(status == SEC_E_OK, "login %08lx\n", status);
}

static void direct_move(PSecurityFunctionTableW t, struct end *e)
{
    SecBuffer packed = {0, SECBUFFER_EMPTY, NULL};
    SECURITY_STATUS status =
            t->ExportSecurityContext(&e->context, SECPKG_CONTEXT_EXPORT_DELETE_OLD, &packed, NULL);

    ok(status == SEC_E_OK, "export %08lx\n", status);
    status = t->DeleteSecurityContext(&e->context);
    ok(status == SEC_E_INVALID_HANDLE, "the old one is still there: %08lx\n", status);
    status = t->ImportSecurityContextW((WCHAR *)L"NTLM", &packed, NULL, &e->context);
    ok(status == SEC_E_OK, "import %08lx\n", status);
    t->FreeContextBuffer(packed.pvBuffer);
}

static void test_provider(void)
{
    PSecurityFunctionTableW(WINAPI * init)(void) =
            (void *)GetProcAddress(LoadLibraryA("msv1_0.dll"), "InitSecurityInterfaceW");
    PSecurityFunctionTableW t = init ? init() : NULL;
    struct end client = {0}, server = {0};
    struct message m;
    SecBuffer b[] = {{TEXT, SECBUFFER_DATA, m.text}, {16, SECBUFFER_TOKEN, m.signature}};

    ok(t != NULL, "no table\n");
    direct_login(t, &client, &server);
    direct_move(t, &client);
    direct_move(t, &server);
    strcpy(m.text, "direct");
    ok(t->EncryptMessage(&client.context, 0, &DESC(b), 0) == SEC_E_OK, "seal\n");
    ok(t->DecryptMessage(&server.context, &DESC(b), 0, NULL) == SEC_E_OK, "unseal\n");
    ok(!strcmp(m.text, "direct"), "%s\n", m.text);
    ok(t->DeleteSecurityContext(&client.context) == SEC_E_OK, "client\n");
    ok(t->DeleteSecurityContext(&server.context) == SEC_E_OK, "server\n");
    t->FreeCredentialsHandle(&client.credential);
    t->FreeCredentialsHandle(&server.credential);
}

static void all_tests(void)
{
    test_goes_on();
    test_sequence();
    test_reset();
    test_deleted();
    test_attributes();
    test_processes();
    if (!is_opensspi())
        return; /* no page says which code */
    test_while_sealing();
    test_damaged();
    test_arguments();
    test_incomplete();
}

START_TEST(transfer)
{
    char **argv;

    if (winetest_get_mainargs(&argv) > 3) {
        package = strcmp(argv[3], "NTLM") ? L"Negotiate" : L"NTLM";
        child();
    }
    store_open();
    as_w_and_a(all_tests);
    package = L"Negotiate";
    as_w_and_a(all_tests);
    if (is_opensspi())
        test_provider();
    store_close();
}
