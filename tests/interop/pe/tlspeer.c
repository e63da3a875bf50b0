/* TLS over TCP by Schannel, as programs write it.
 *   tlspeer server [tls=1.2|1.3] cert=FILE [subject=] [connections=1]
 *     writes "PORT n", serves so many connections, one after the other: each line comes back with
 *     "echo: " before it; the line "quit" ends one; "who" asks for the client's certificate, and
 *     "name: SHA256" or "name: none" is said when "name" comes after that; "who: 0x..." when it
 *     cannot be asked for.
 *   tlspeer client PORT [tls=] target=NAME hash=SHA256 | validate=1 [trust=FILE] [connections=1]
 *     hash: the program itself judges the certificate, by its SHA-256; validate: Schannel does,
 *     with FILE as a trusted root. Sends its stdin, writes what comes.
 *     threads=held: echoes its peer's lines as a server does, while a second thread sends lines of its own, "flood N ...",
 *     and at the line "stop" the last, "flooded N", and ends; the server too. A record is made and sent in one step, KeyUpdates too;
 *     threads=free: but those, so that the peer must ask for none.
 *   Client certificates: given=FILE is given with the credential; add=FILE is in the user's MY
 *     store for the while, my=1: Schannel may look there; supplied=0: no ISC_REQ_USE_SUPPLIED_CREDS;
 *     second=FILE: given when the first credential was not enough. Server: mutual=1 asks, mutual=2
 *     insists, and Schannel validates, with trust=FILE.
 *   export=LABEL: writes "EXPORT hex" (size=64 bytes), "EAP hex" and "UNIQUE hex" (tls-unique; up to TLS 1.2) and
 *     "EXTENSIONS n n ...".
 *   stored=HASH[,HASH]: given is what the user's MY store has (machine=1: the machine's), in a server
 *     instead of a new certificate, and cert= is not written.
 * Writes "ASKED issuer|issuer" at SEC_I_INCOMPLETE_CREDENTIALS.
 * Connections share one credential. Writes "TLS protocol cipher hash-of-the-peer's-certificate
 * new|again" when a handshake is done; again: a session was taken up.
 * Exit code 0: ended by close_notify; 1: the handshake failed; 2: the program refused the
 * certificate; 4: the stream broke. The status goes to stderr.
 */
#include "lib/peer.h"
#include <stdio.h>
#include <schannel.h>

enum { DONE = 0, REFUSED = 1, WRONG_CERTIFICATE = 2, BROKEN = 4 };

static int report(int result, const char *what, SECURITY_STATUS status)
{
    fprintf(stderr, "%s: 0x%08lX\n", what, status);
    return result;
}

/* SEC_I_INCOMPLETE_CREDENTIALS: who could have issued a certificate, and the second one if there is
 * one to give. */
static void asked(struct party *p)
{
    SecPkgContext_IssuerListInfoEx list = {0};
    char name[512];

    if (QueryContextAttributesW(&p->context, SECPKG_ATTR_ISSUER_LIST_EX, &list) != SEC_E_OK)
        fail("ISSUER_LIST_EX", 0);
    printf("ASKED ");
    for (DWORD i = 0; i < list.cIssuers; i++) {
        CertNameToStrA(
                X509_ASN_ENCODING, &list.aIssuers[i], CERT_X500_NAME_STR, name, sizeof name);
        printf("%s%s", i ? "|" : "", name);
    }
    printf("\n");
    fflush(stdout);
    FreeContextBuffer(list.aIssuers);
    if (!option(L"second", NULL))
        return;
    SECURITY_STATUS status =
            party_acquire(p, UNISP_NAME_W, certificate_load(option(L"second", NULL), FALSE));
    if (status < 0)
        fail("the second AcquireCredentialsHandle", (ULONG)status);
}

static int handshake(struct party *p, SOCKET s)
{
    struct run out = {0};
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
    BOOL wait = p->server;

    while (status == SEC_I_CONTINUE_NEEDED || status == SEC_E_INCOMPLETE_MESSAGE ||
            status == SEC_I_INCOMPLETE_CREDENTIALS) {
        if (wait && !net_receive(s, &p->in))
            return report(REFUSED, "the peer hung up in the handshake", status);
        out.size = 0;
        status = party_step(p, &out);
        if (out.size && !net_send(s, out.data, out.size))
            return report(REFUSED, "sending", status);
        wait = status != SEC_I_INCOMPLETE_CREDENTIALS;
        if (!wait)
            asked(p);
    }
    free(out.data);
    return status == SEC_E_OK ? DONE : report(REFUSED, "handshake", status);
}

/* export=LABEL: keying material of 64 bytes, the EAP key block, what the hellos agreed on. */
static int exports(struct party *p, const WCHAR *name)
{
    char label[100];
    SecPkgContext_EapKeyBlock block;
    SecPkgContext_NegotiatedTlsExtensions list = {0};
    int size = WideCharToMultiByte(CP_UTF8, 0, name, -1, label, sizeof label, NULL, NULL);
    SecPkgContext_Bindings bound = {0};
    SECURITY_STATUS status =
            party_print_keys(p, "EXPORT", label, (WORD)size, (DWORD)_wtoi(option(L"size", L"64")));

    if (status != SEC_E_OK)
        return report(BROKEN, "KEYING_MATERIAL", status);
    if (QueryContextAttributesW(&p->context, SECPKG_ATTR_EAP_KEY_BLOCK, &block) == SEC_E_OK)
        print_hex("EAP", block.rgbKeys, sizeof block.rgbKeys);
    if (QueryContextAttributesW(&p->context, SECPKG_ATTR_UNIQUE_BINDINGS, &bound) == SEC_E_OK) {
        print_hex("UNIQUE", (BYTE *)bound.Bindings + bound.Bindings->dwApplicationDataOffset,
                bound.Bindings->cbApplicationDataLength);
        FreeContextBuffer(bound.Bindings);
    }
    status = QueryContextAttributesW(&p->context, SECPKG_ATTR_NEGOTIATED_TLS_EXTENSIONS, &list);
    if (status != SEC_E_OK)
        return report(BROKEN, "NEGOTIATED_TLS_EXTENSIONS", status);
    printf("EXTENSIONS");
    for (ULONG i = 0; i < list.ExtensionsCount; i++)
        printf(" %u", list.Extensions[i]);
    printf("\n");
    fflush(stdout);
    FreeContextBuffer(list.Extensions);
    return DONE;
}

static int judge(struct party *p)
{
    SecPkgContext_ConnectionInfo info = {0};
    SecPkgContext_SessionInfo session = {0};
    PCCERT_CONTEXT certificate = NULL;
    BOOL shown = FALSE;
    char hash[65] = "-", wanted[65] = "";

    SECURITY_STATUS status =
            QueryContextAttributesW(&p->context, SECPKG_ATTR_CONNECTION_INFO, &info);
    if (status != SEC_E_OK)
        return report(BROKEN, "CONNECTION_INFO", status);
    if (!p->server || p->attributes & ASC_RET_MUTUAL_AUTH) {
        status =
                QueryContextAttributesW(&p->context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &certificate);
        if (status != SEC_E_OK)
            return report(BROKEN, "REMOTE_CERT_CONTEXT", status);
        certificate_hash(certificate, hash);
        CertFreeCertificateContext(certificate);
        shown = TRUE;
    }
    status = QueryContextAttributesW(&p->context, SECPKG_ATTR_SESSION_INFO, &session);
    if (status != SEC_E_OK)
        return report(BROKEN, "SESSION_INFO", status);
    printf("TLS %lx %x %s %s\n", info.dwProtocol, info.aiCipher, hash,
            session.dwFlags & SSL_SESSION_RECONNECT ? "again" : "new");
    fflush(stdout);
    if (option(L"export", NULL) && exports(p, option(L"export", NULL)) != DONE)
        return BROKEN;
    if (p->server && _wtoi(option(L"mutual", L"0")) == 2 && !shown)
        return report(WRONG_CERTIFICATE, "the client showed no certificate", SEC_E_NO_CREDENTIALS);
    WideCharToMultiByte(CP_UTF8, 0, option(L"hash", L""), -1, wanted, sizeof wanted, NULL, NULL);
    BOOL ours_to_judge = !p->server && !_wtoi(option(L"validate", L"0"));
    if (ours_to_judge && strcmp(hash, wanted))
        return report(WRONG_CERTIFICATE, "the certificate is not the expected one", status);
    return DONE;
}

static CRITICAL_SECTION sending; /* peer.h, "sending" */

/* threads=: what the second thread does. */
static struct flood {
    struct party *party;
    SOCKET socket;
    HANDLE thread;
    volatile LONG stop;
    LONG count;
    int result;
} flooding;

static int send_text(struct party *p, SOCKET s, const void *text, DWORD size)
{
    struct run out = {0};

    EnterCriticalSection(&sending);
    SECURITY_STATUS status = party_seal(p, text, size, &out);
    BOOL sent = status == SEC_E_OK && net_send(s, out.data, out.size);
    LeaveCriticalSection(&sending);
    free(out.data);
    if (status != SEC_E_OK)
        return report(BROKEN, "EncryptMessage", status);
    return sent ? DONE : report(BROKEN, "sending", status);
}

static DWORD WINAPI flood(void *arg)
{
    struct flood *f = arg;
    char line[200];

    for (; !f->stop && !f->result; f->count++) {
        int size = snprintf(line, sizeof line, "flood %ld %0*d\n", f->count, (int)(f->count % 150) + 1, 0);
        f->result = send_text(f->party, f->socket, line, (DWORD)size);
        if (f->count % 20 == 19)
            Sleep(5); /* s_client and s_server look at their commands when nothing comes */
    }
    return 0;
}

/* The second thread ends, and then says how many lines it sent. */
static void flood_stop(struct run *reply)
{
    char line[40];

    flooding.stop = TRUE;
    if (WaitForSingleObject(flooding.thread, 20000) != WAIT_OBJECT_0 || flooding.result)
        fail("the second thread", (ULONG)flooding.result);
    snprintf(line, sizeof line, "flooded %ld\n", flooding.count);
    run_add(reply, line, (DWORD)strlen(line));
}

/* Says close_notify. The peer's may have come before or not at all. */
static int say_goodbye(struct party *p, SOCKET s)
{
    struct run out = {0};
    SECURITY_STATUS status = party_shutdown(p, &out);

    if (status < 0)
        return report(BROKEN, "shutdown", status);
    net_send(s, out.data, out.size);
    shutdown(s, SD_SEND);
    return DONE;
}

/* Asked for a certificate on the open stream, with none in the credential: as in the first handshake. */
static SECURITY_STATUS answer_asked(struct party *p, SOCKET s)
{
    struct run out = {0};

    asked(p);
    SECURITY_STATUS status = party_step(p, &out);
    if (out.size)
        net_send(s, out.data, out.size);
    free(out.data);
    return status;
}

/* Plaintext of at least one record more into TEXT. ENDED: close_notify came. */
static int receive_text(struct party *p, SOCKET s, struct run *text, BOOL *ended)
{
    struct run owed = {0};
    DWORD before = text->size;

    do {
        SECURITY_STATUS status = party_read(p, text, &owed);
        if (owed.size)
            net_send(s, owed.data, owed.size);
        if (owed.size && p->sending)
            LeaveCriticalSection(p->sending);
        owed.size = 0;
        if (status == SEC_I_INCOMPLETE_CREDENTIALS)
            status = answer_asked(p, s);
        *ended = status == SEC_I_CONTEXT_EXPIRED;
        if (status < 0 && status != SEC_E_INCOMPLETE_MESSAGE)
            return report(BROKEN, "DecryptMessage", status);
        if (text->size > before || *ended)
            return DONE;
    } while (net_receive(s, &p->in));
    return report(BROKEN, "the peer hung up without close_notify", SEC_E_INCOMPLETE_MESSAGE);
}

static BOOL is_line(const struct run *text, DWORD start, DWORD end, const char *line)
{
    return end - start == strlen(line) && !memcmp(text->data + start, line, end - start);
}

static void ask_who(struct party *p, SOCKET s, struct run *reply)
{
    struct run out = {0};
    char line[32];

    p->request |= ASC_REQ_MUTUAL_AUTH;
    SECURITY_STATUS status = party_ask(p, &out);
    if (out.size)
        net_send(s, out.data, out.size);
    free(out.data);
    snprintf(line, sizeof line, "who: 0x%08lX\n", status);
    if (status != SEC_E_OK)
        run_add(reply, line, (DWORD)strlen(line));
}

static void say_name(struct party *p, struct run *reply)
{
    PCCERT_CONTEXT certificate = NULL;
    char hash[65] = "none", line[80];

    if (QueryContextAttributesW(&p->context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &certificate) ==
            SEC_E_OK) {
        certificate_hash(certificate, hash);
        CertFreeCertificateContext(certificate);
    }
    snprintf(line, sizeof line, "name: %s\n", hash);
    run_add(reply, line, (DWORD)strlen(line));
}

/* Whole lines of TEXT go back. QUIT: the line "quit" came. */
static int echo_lines(struct party *p, SOCKET s, struct run *text, BOOL *quit)
{
    struct run reply = {0};
    DWORD start = 0;
    int result = DONE;

    for (DWORD i = 0; i < text->size && !*quit; i++) {
        if (text->data[i] != '\n')
            continue;
        *quit = is_line(text, start, i, "quit");
        if (is_line(text, start, i, "who")) {
            ask_who(p, s, &reply);
        } else if (is_line(text, start, i, "name")) {
            say_name(p, &reply);
        } else if (flooding.thread && is_line(text, start, i, "stop")) {
            flood_stop(&reply);
            *quit = TRUE;
        } else if (!*quit) {
            run_add(&reply, "echo: ", 6);
            run_add(&reply, text->data + start, i + 1 - start);
        }
        start = i + 1;
    }
    run_drop(text, start);
    if (reply.size)
        result = send_text(p, s, reply.data, reply.size);
    free(reply.data);
    return result;
}

static int echo(struct party *p, SOCKET s)
{
    struct run text = {0};
    BOOL ended = FALSE, quit = FALSE;
    int result = DONE;

    while (!result && !ended && !quit) {
        result = receive_text(p, s, &text, &ended);
        if (!result)
            result = echo_lines(p, s, &text, &quit);
    }
    return result ? result : say_goodbye(p, s);
}

static int echo_and_flood(struct party *p, SOCKET s)
{
    p->sending = wcscmp(option(L"threads", L""), L"held") ? NULL : &sending;
    flooding = (struct flood){.party = p, .socket = s};
    flooding.thread = CreateThread(NULL, 0, flood, &flooding, 0, NULL);
    if (!flooding.thread)
        fail("CreateThread", GetLastError());
    return echo(p, s);
}

static void read_stdin(struct run *text)
{
    char buffer[4096];
    size_t n;

    while ((n = fread(buffer, 1, sizeof buffer, stdin)) > 0)
        run_add(text, buffer, (DWORD)n);
}

/* As much comes back as was sent (openssl s_server -rev turns each line round). */
static int talk(struct party *p, SOCKET s)
{
    static struct run text;
    struct run answer = {0};
    BOOL ended = FALSE;

    if (!text.size)
        read_stdin(&text);
    int result = send_text(p, s, text.data, text.size);
    while (!result && !ended && answer.size < text.size)
        result = receive_text(p, s, &answer, &ended);
    fwrite(answer.data, 1, answer.size, stdout);
    fflush(stdout);
    return result ? result : say_goodbye(p, s);
}

/* One connection on S, which is closed; P is then ready for the next. */
static int connection(struct party *p, SOCKET s, int (*work)(struct party *p, SOCKET s))
{
    int result = handshake(p, s);
    if (!result)
        result = judge(p);
    if (!result)
        result = work(p, s);
    closesocket(s);
    if (p->has_context)
        DeleteSecurityContext(&p->context);
    p->has_context = p->established = FALSE;
    run_drop(&p->in, p->in.size);
    return result;
}

/* stored=; NULL: the option is not there. */
static PCCERT_CONTEXT stored(void)
{
    const WCHAR *hashes = option(L"stored", NULL);
    BOOL machine = _wtoi(option(L"machine", L"0"));
    PCCERT_CONTEXT first = hashes ? certificate_from_my(hashes, machine) : NULL;

    while (hashes && (hashes = wcschr(hashes, ',')) != NULL) {
        if (certificates_more_count == CERTIFICATES_MORE)
            fail("too many certificates", 0);
        certificates_more[certificates_more_count++] = certificate_from_my(++hashes, machine);
    }
    return first;
}

static int serve(struct party *p)
{
    PCCERT_CONTEXT certificate = stored();
    int result = DONE;

    if (!certificate) {
        certificate = certificate_make(option(L"subject", L"CN=localhost"));
        certificate_save(certificate, option(L"cert", L"tlspeer.cer"));
    }
    if (option(L"trust", NULL))
        certificate_trust(option(L"trust", NULL));
    SECURITY_STATUS status = party_acquire(p, UNISP_NAME_W, certificate);
    if (status < 0)
        fail("AcquireCredentialsHandle", (ULONG)status);
    SOCKET listener = net_listen();
    for (int n = _wtoi(option(L"connections", L"1")); n && !result; n--)
        result = connection(p, accept(listener, NULL, NULL), option(L"threads", NULL) ? echo_and_flood : echo);
    return result;
}

static int visit(struct party *p, const WCHAR *port)
{
    int result = DONE;

    if (option(L"trust", NULL))
        certificate_trust(option(L"trust", NULL));
    lstrcpynW(p->target, option(L"target", L"localhost"), ARRAYSIZE(p->target));
    PCCERT_CONTEXT added =
            option(L"add", NULL) ? certificate_load(option(L"add", NULL), TRUE) : NULL;
    PCCERT_CONTEXT own =
            option(L"given", NULL) ? certificate_load(option(L"given", NULL), FALSE) : stored();
    SECURITY_STATUS status = party_acquire(p, UNISP_NAME_W, own);
    if (status < 0)
        fail("AcquireCredentialsHandle", (ULONG)status);
    for (int n = _wtoi(option(L"connections", L"1")); n && !result; n--)
        result = connection(p, net_connect(L"127.0.0.1", port), option(L"threads", NULL) ? echo_and_flood : talk);
    if (added) {
        HCERTSTORE store = CertDuplicateStore(added->hCertStore);
        CertDeleteCertificateFromStore(added);
        CertControlStore(store, 0, CERT_STORE_CTRL_COMMIT, NULL);
    }
    return result;
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    struct party party = {.stream = TRUE};

    arg_count = argc;
    arg_values = argv;
    InitializeCriticalSection(&sending);
    party.server = argc > 1 && !wcscmp(argv[1], L"server");
    if (argc < 3)
        fail("usage: tlspeer server cert=FILE | client PORT hash=SHA256|validate=1", 0);
    party.request = party_stream_requests(party.server);
    if (!party.server && !_wtoi(option(L"validate", L"0")))
        party.request |= ISC_REQ_MANUAL_CRED_VALIDATION;
    if (!party.server && !_wtoi(option(L"supplied", L"1")))
        party.request &= ~(ULONG)ISC_REQ_USE_SUPPLIED_CREDS;
    if (party.server && _wtoi(option(L"mutual", L"0")))
        party.request |= ASC_REQ_MUTUAL_AUTH;
    return party.server ? serve(&party) : visit(&party, argv[2]);
}
