/* TLS over TCP by Schannel, case after case, so that one costs a handshake and not the start of a
 * program.
 *   tlscases      reads cases from stdin, one a line of NAME=VALUE with tabs between; ends with it.
 * stored=HASH, instead of cert= and given=: the certificate with this SHA-1 hash in the user's MY store.
 * role=server: cert=PATH (PATH.cer, PATH.blob) [http=1] writes "PORT n"; each line that comes goes
 *   back with "echo: " before it, the line "quit" ends a connection; with http, a page that names
 *   the request's first line goes back.
 * role=client: port=N target=NAME send=HEX bytes=N [given=PATH]; sends, and waits for so many
 *   bytes; 0: for the end.
 * Both: tls=1.0|1.1|1.2|1.3, connections=N (1), trust=FILE (a root of the prefix from then on). A
 *   case has one credential. Schannel validates; a server's mutual=1 asks for a certificate, 2
 *   insists on one; with later=1 when the first request has come, by a new handshake or (TLS 1.3) after
 *   the handshake. With forget=1 a server has a new credential for each connection; with crowd=1 it
 *   serves all connections at once, a thread for each, and their lines come as they end.
 * role=registry: key= value= [dword=], below HKLM.
 * Each connection writes one line:
 *   DONE protocol suite sha256-of-the-peer's-certificate|- new|again bytes-that-came-in-hex
 *   FAILED where 0xSTATUS
 * and each case "END" behind them.
 */
#include "lib/peer.h"
#include <stdio.h>
#include <schannel.h>

enum { LINE_MAX = 8192, ACCEPT_SECONDS = 12 };

struct step {
    const char *where; /* NULL: nothing failed */
    SECURITY_STATUS status;
};

static const struct step good;

static struct step bad(const char *where, SECURITY_STATUS status)
{
    return (struct step){where, status};
}

/* The first handshake, and another one on the way. WAIT: it is the peer's turn. */
static struct step handshake(struct party *p, SOCKET s, BOOL wait)
{
    struct run out = {0};
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;

    while (status == SEC_I_CONTINUE_NEEDED || status == SEC_E_INCOMPLETE_MESSAGE) {
        if (wait && !net_receive(s, &p->in))
            return bad("hung-up", status);
        out.size = 0;
        status = party_step(p, &out);
        if (out.size && !net_send(s, out.data, out.size))
            return bad("sending", status);
        wait = TRUE;
    }
    free(out.data);
    return status == SEC_E_OK ? good : bad("handshake", status);
}

static struct step send_text(struct party *p, SOCKET s, const struct run *text)
{
    struct run out = {0};
    SECURITY_STATUS status = party_seal(p, text->data, text->size, &out);

    if (status != SEC_E_OK)
        return bad("EncryptMessage", status);
    BOOL sent = net_send(s, out.data, out.size);
    free(out.data);
    return sent ? good : bad("sending", SEC_E_OK);
}

/* What has come and was not read yet. ENDED: close_notify came. */
static struct step read_text(struct party *p, SOCKET s, struct run *text, BOOL *ended)
{
    struct run owed = {0};

    SECURITY_STATUS status = party_read(p, text, &owed);
    if (owed.size)
        net_send(s, owed.data, owed.size);
    free(owed.data);
    *ended = status == SEC_I_CONTEXT_EXPIRED;
    if (status == SEC_I_CONTINUE_NEEDED) { /* a new handshake is under way; data may be behind it */
        struct step step = handshake(p, s, TRUE);
        return step.where || !p->in.size ? step : read_text(p, s, text, ended);
    }
    return status < 0 && status != SEC_E_INCOMPLETE_MESSAGE ? bad("DecryptMessage", status) : good;
}

/* More of the stream into TEXT. */
static struct step receive_text(struct party *p, SOCKET s, struct run *text, BOOL *ended)
{
    DWORD before = text->size;

    do {
        struct step step = read_text(p, s, text, ended);
        if (step.where || text->size > before || *ended)
            return step;
    } while (net_receive(s, &p->in));
    return bad("no-close-notify", SEC_E_INCOMPLETE_MESSAGE);
}

/* The next bytes of the peer, whatever they are: not of the stream only. */
static struct step receive_more(struct party *p, SOCKET s, struct run *text)
{
    BOOL ended = FALSE;

    if (!net_receive(s, &p->in))
        return bad("hung-up", SEC_E_INCOMPLETE_MESSAGE);
    struct step step = read_text(p, s, text, &ended);
    return step.where || !ended ? step : bad("closed", SEC_I_CONTEXT_EXPIRED);
}

static struct step say_goodbye(struct party *p, SOCKET s)
{
    struct run out = {0};
    SECURITY_STATUS status = party_shutdown(p, &out);

    if (status < 0)
        return bad("shutdown", status);
    net_send(s, out.data, out.size);
    shutdown(s, SD_SEND);
    return good;
}

/* What answers the first line of REQUEST, at once: more behind it waits for the next turn. */
static void answer_line(const struct run *request, DWORD line, struct run *reply)
{
    run_add(reply, "echo: ", 6);
    run_add(reply, request->data, line);
}

static BOOL knows_peer(struct party *p)
{
    PCCERT_CONTEXT certificate = NULL;

    if (QueryContextAttributesW(&p->context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &certificate))
        return FALSE;
    CertFreeCertificateContext(certificate);
    return TRUE;
}

/* As a web server does that finds out from the request that it has to know who asks. What else the
 * peer has sent meanwhile is added to SAID. */
static struct step ask_who(struct party *p, SOCKET s, struct run *said)
{
    struct run out = {0};

    p->request |= ASC_REQ_MUTUAL_AUTH;
    SECURITY_STATUS status = party_ask(p, &out);
    if (out.size)
        net_send(s, out.data, out.size);
    free(out.data);
    if (status < 0)
        return bad("asking-again", status);
    while (!knows_peer(p)) {
        struct step step = receive_more(p, s, said);
        if (step.where)
            return step;
    }
    return good;
}

static struct step echo(struct party *p, SOCKET s, struct run *said)
{
    BOOL asks = _wtoi(option(L"later", L"0"));
    struct run reply = {0};
    DWORD start = 0;

    for (BOOL ended = FALSE; !ended;) {
        struct step step = receive_text(p, s, said, &ended);
        if (asks && !step.where && !ended)
            step = ask_who(p, s, said);
        asks = FALSE;
        for (DWORD i = start; !step.where && !ended && i < said->size; i++) {
            struct run line = {said->data + start, i + 1 - start, 0};
            if (said->data[i] != '\n')
                continue;
            ended = line.size == 5 && !memcmp(line.data, "quit\n", 5);
            if (!ended)
                answer_line(&line, line.size, &reply);
            start = i + 1;
        }
        if (!step.where && reply.size)
            step = send_text(p, s, &reply);
        if (step.where)
            return step;
        reply.size = 0;
    }
    return good;
}

/* One request without a body, one page. */
static struct step page(struct party *p, SOCKET s, struct run *said)
{
    struct run reply = {0};
    const uint8_t *line_end = NULL;
    char head[128];
    BOOL ended = FALSE;

    while (said->size < 4 || memcmp(said->data + said->size - 4, "\r\n\r\n", 4)) {
        struct step step = receive_text(p, s, said, &ended);
        if (step.where || ended)
            return step.where ? step : bad("no-request", SEC_E_OK);
    }
    if (_wtoi(option(L"later", L"0"))) {
        struct step step = ask_who(p, s, said);
        if (step.where)
            return step;
    }
    line_end = memchr(said->data, '\r', said->size);
    DWORD line = (DWORD)(line_end - said->data);
    snprintf(head, sizeof head,
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %lu\r\n\r\n", line + 6);
    run_add(&reply, head, (DWORD)strlen(head));
    answer_line(said, line, &reply);
    return send_text(p, s, &reply);
}

static int hex_digit(WCHAR c)
{
    return c >= 'a' ? c - 'a' + 10 : c - '0';
}

static struct step talk(struct party *p, SOCKET s, struct run *got)
{
    const WCHAR *hex = option(L"send", L"");
    DWORD enough = (DWORD)_wtoi(option(L"bytes", L"0"));
    struct run text = {0};
    BOOL ended = FALSE;

    for (; hex[0] && hex[1]; hex += 2) {
        uint8_t byte = (uint8_t)(hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
        run_add(&text, &byte, 1);
    }
    struct step step = send_text(p, s, &text);
    while (!step.where && !ended && (!enough || got->size < enough))
        step = receive_text(p, s, got, &ended);
    return step;
}

/* What was negotiated, as the line's beginning. */
static struct step describe(struct party *p, char *text, size_t capacity)
{
    SecPkgContext_ConnectionInfo info = {0};
    SecPkgContext_CipherInfo cipher = {.dwVersion = SECPKGCONTEXT_CIPHERINFO_V1};
    SecPkgContext_SessionInfo session = {0};
    PCCERT_CONTEXT certificate = NULL;
    char hash[65] = "-";
    SECURITY_STATUS status;

    if ((status = QueryContextAttributesW(&p->context, SECPKG_ATTR_CONNECTION_INFO, &info)) ||
            (status = QueryContextAttributesW(&p->context, SECPKG_ATTR_CIPHER_INFO, &cipher)) ||
            (status = QueryContextAttributesW(&p->context, SECPKG_ATTR_SESSION_INFO, &session)))
        return bad("attributes", status);
    if (!QueryContextAttributesW(&p->context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &certificate)) {
        certificate_hash(certificate, hash);
        CertFreeCertificateContext(certificate);
    }
    if (hash[0] == '-' && (!p->server || _wtoi(option(L"mutual", L"0")) == 2))
        return bad("no-certificate", SEC_E_NO_CREDENTIALS);
    snprintf(text, capacity, "DONE %lx %04lx %s %s", info.dwProtocol, cipher.dwCipherSuite, hash,
            session.dwFlags & SSL_SESSION_RECONNECT ? "again" : "new");
    return good;
}

/* A line of one connection, whole, whoever else is printing. */
static void print_result(struct step step, const char *text, const struct run *said)
{
    static SRWLOCK printing = SRWLOCK_INIT;

    AcquireSRWLockExclusive(&printing);
    if (step.where)
        printf("FAILED %s 0x%08lX\n", step.where, step.status);
    else {
        printf("%s ", text);
        for (DWORD i = 0; i < said->size; i++)
            printf("%02x", said->data[i]);
        printf("\n");
    }
    fflush(stdout);
    ReleaseSRWLockExclusive(&printing);
}

/* One connection on S, which is closed; P is then ready for the next. */
static void connection(struct party *p, SOCKET s)
{
    BOOL http = _wtoi(option(L"http", L"0"));
    struct run said = {0};
    char text[160] = "";

    struct step step = handshake(p, s, p->server);
    if (!step.where && !_wtoi(option(L"later", L"0")))
        step = describe(p, text, sizeof text);
    if (!step.where)
        step = !p->server ? talk(p, s, &said) : http ? page(p, s, &said) : echo(p, s, &said);
    if (!step.where) /* as it is now: there may have been another handshake */
        step = describe(p, text, sizeof text);
    if (!step.where)
        step = say_goodbye(p, s);
    closesocket(s);
    if (p->has_context)
        DeleteSecurityContext(&p->context);
    p->has_context = p->established = FALSE;
    if (_wtoi(option(L"later", L"0")))
        p->request &= ~(ULONG)ASC_REQ_MUTUAL_AUTH;
    run_drop(&p->in, p->in.size);
    print_result(step, text, &said);
    free(said.data);
}

/* A peer that does not come must not hold up the cases behind it. */
static SOCKET accept_soon(SOCKET listener)
{
    fd_set set;
    struct timeval limit = {ACCEPT_SECONDS, 0};

    FD_ZERO(&set);
    FD_SET(listener, &set);
    return select(0, &set, NULL, NULL, &limit) == 1 ? accept(listener, NULL, NULL) : INVALID_SOCKET;
}

static SECURITY_STATUS renew(struct party *p, PCCERT_CONTEXT certificate)
{
    FreeCredentialsHandle(&p->credential);
    return party_acquire(p, UNISP_NAME_W, certificate);
}

/* One of a crowd: its own context, the credential that all have. */
struct visitor {
    struct party party;
    SOCKET socket;
};

static DWORD WINAPI serve_visitor(void *argument)
{
    struct visitor *v = argument;

    connection(&v->party, v->socket);
    free(v->party.in.data);
    free(v);
    return 0;
}

static void serve_crowd(const struct party *p, SOCKET listener, int count)
{
    HANDLE *threads = calloc((size_t)count, sizeof *threads);
    int started = 0;

    for (; threads && started < count; started++) {
        struct visitor *v = calloc(1, sizeof *v);
        SOCKET s = accept_soon(listener);
        if (!v || s == INVALID_SOCKET)
            break;
        *v = (struct visitor){*p, s};
        threads[started] = CreateThread(NULL, 0, serve_visitor, v, 0, NULL);
        if (!threads[started])
            fail("CreateThread", GetLastError());
    }
    if (started < count)
        print_result(bad("nobody-came", SEC_E_OK), "", NULL);
    while (started--) {
        WaitForSingleObject(threads[started], INFINITE);
        CloseHandle(threads[started]);
    }
    free(threads);
}

static void serve(struct party *p, PCCERT_CONTEXT certificate)
{
    BOOL forget = _wtoi(option(L"forget", L"0"));
    int count = _wtoi(option(L"connections", L"1"));
    SOCKET listener = net_listen();

    if (_wtoi(option(L"crowd", L"0"))) {
        serve_crowd(p, listener, count);
        count = 0;
    }
    for (; count; count--) {
        SOCKET s = accept_soon(listener);
        if (s == INVALID_SOCKET) {
            print_result(bad("nobody-came", SEC_E_OK), "", NULL);
            break;
        }
        connection(p, s);
        if (forget && renew(p, certificate) < 0)
            fail("the next credential", 0);
    }
    closesocket(listener);
}

static void visit(struct party *p)
{
    lstrcpynW(p->target, option(L"target", L"localhost"), ARRAYSIZE(p->target));
    for (int n = _wtoi(option(L"connections", L"1")); n; n--)
        connection(p, net_connect(L"127.0.0.1", option(L"port", L"0")));
}

static void tls_case(BOOL server)
{
    const WCHAR *own = option(server ? L"cert" : L"given", NULL), *stored = option(L"stored", NULL);
    struct party party = {.stream = TRUE, .server = server};

    party.request = party_stream_requests(server);
    if (server && _wtoi(option(L"mutual", L"0")) && !_wtoi(option(L"later", L"0")))
        party.request |= ASC_REQ_MUTUAL_AUTH;
    if (option(L"trust", NULL))
        certificate_trust(option(L"trust", NULL));
    PCCERT_CONTEXT certificate = stored ? certificate_from_my(stored, FALSE)
                                 : own  ? certificate_load(own, FALSE)
                                        : NULL;
    SECURITY_STATUS status = party_acquire(&party, UNISP_NAME_W, certificate);
    if (status < 0)
        print_result(bad("AcquireCredentialsHandle", status), "", NULL);
    else if (server)
        serve(&party, certificate);
    else
        visit(&party);
    if (status >= 0)
        FreeCredentialsHandle(&party.credential);
    if (certificate)
        CertFreeCertificateContext(certificate);
    free(party.in.data);
}

static void registry_case(void)
{
    const WCHAR *number = option(L"dword", NULL);
    DWORD value = (DWORD)_wtoi(number ? number : L"0");
    HKEY key;

    LSTATUS status = RegCreateKeyExW(HKEY_LOCAL_MACHINE, option(L"key", L""), 0, NULL, 0,
            KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL);
    if (status)
        fail("RegCreateKeyEx", (ULONG)status);
    if (number)
        status = RegSetValueExW(
                key, option(L"value", L""), 0, REG_DWORD, (const BYTE *)&value, sizeof value);
    else
        status = RegDeleteValueW(key, option(L"value", L""));
    RegCloseKey(key);
    if (status && (number || status != ERROR_FILE_NOT_FOUND))
        fail("a registry value", (ULONG)status);
}

/* The line's NAME=VALUE become the options: each is to be ended by a NUL. */
static void take_options(char *line)
{
    DWORD size = (DWORD)strcspn(line, "\r\n");

    for (DWORD i = 0; i < size; i++)
        if (line[i] == '\t')
            line[i] = 0;
    line[size] = 0;
    options_replace((const uint8_t *)line, size + 1);
}

int wmain(void); /* mingw-w64 has no prototype */

int wmain(void)
{
    static char line[LINE_MAX];

    while (fgets(line, sizeof line, stdin)) {
        take_options(line);
        const WCHAR *role = option(L"role", L"");
        if (!wcscmp(role, L"registry"))
            registry_case();
        else if (!wcscmp(role, L"server") || !wcscmp(role, L"client"))
            tls_case(role[0] == 's');
        else
            fail("no such role", 0);
        printf("END\n");
        fflush(stdout);
    }
    return 0;
}
