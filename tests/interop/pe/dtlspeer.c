/* DTLS over UDP by Schannel, as programs write it.
 *   dtlspeer server cert=FILE [mutual=1 [trust=FILE]]
 *     writes "PORT n", serves one client: each datagram's text comes back with "echo: " before it;
 *     the text "quit" ends it.
 *   dtlspeer client PORT target=NAME hash=SHA256 | validate=1 [trust=FILE] [given=FILE]
 *     sends each line of its stdin as a datagram and writes the answer to each. A line that gets no
 *     answer within half a second is "lost: " and itself.
 *   Both: stored=HASH, in place of cert= and given=: the certificate with this SHA-1 hash in the user's MY store;
 *     dtls=1.0: that version only, which the registry has to turn on; srtp=1: offers SRTP_AES128_CM_SHA1_32 and _80; mtu=N; lose=N: the Nth datagram of the
 *     handshake is not sent, as if the network had lost it; connections=N: N of them one after the other, of one
 *     credential (a client's next one begins with the line "next").
 * Writes "DTLS protocol cipher hash-of-the-peer's-certificate srtp-profile new|again" when a handshake is done; with
 * srtp=1 then "KEY" and the exporter's 60 bytes for SRTP (RFC 5764 4.2).
 * The handshake's timer is 300 ms; it gives up after 20 of them.
 * Exit code 0: ended in order; 1: the handshake failed; 2: the program refused the certificate; 4: the
 * connection broke. The status goes to stderr.
 */
#include "lib/peer.h"
#include <stdio.h>
#define SCHANNEL_USE_BLACKLISTS
#include <ntsecapi.h>
#include <schannel.h>

enum { DONE = 0, REFUSED = 1, WRONG_CERTIFICATE = 2, BROKEN = 4 };
enum { TIMER_MS = 300, ANSWER_MS = 500, TIMERS_MOST = 20, DATAGRAM_MOST = 65536 };

static struct wire {
    SOCKET socket;
    struct sockaddr_in peer;
    BOOL knows_peer;
    int sent, lose; /* of the handshake's datagrams */
} wire;

static BYTE datagram[DATAGRAM_MOST];

static int report(int result, const char *what, SECURITY_STATUS status)
{
    fprintf(stderr, "%s: 0x%08lX\n", what, status);
    return result;
}

/* ---- the network ---- */

static void wire_open(u_short port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int size = sizeof address;
    WSADATA data;

    if (WSAStartup(MAKEWORD(2, 2), &data))
        fail("WSAStartup", GetLastError());
    wire.socket = socket(AF_INET, SOCK_DGRAM, 0);
    if (wire.socket == INVALID_SOCKET ||
            bind(wire.socket, (struct sockaddr *)&address, sizeof address) ||
            getsockname(wire.socket, (struct sockaddr *)&address, &size))
        fail("a socket", (ULONG)WSAGetLastError());
    wire.lose = _wtoi(option(L"lose", L"0"));
    wire.knows_peer = port != 0;
    wire.peer = address;
    if (port) {
        wire.peer.sin_port = htons(port);
        return;
    }
    printf("PORT %u\n", ntohs(address.sin_port));
    fflush(stdout);
}

/* Whether one came from the peer within MS; a server's peer is whoever comes first. */
static int wire_receive(DWORD ms)
{
    struct sockaddr_in from;
    int size = sizeof from;

    setsockopt(wire.socket, SOL_SOCKET, SO_RCVTIMEO, (const char *)&ms, sizeof ms);
    int n = recvfrom(wire.socket, (char *)datagram, sizeof datagram, 0, (struct sockaddr *)&from, &size);
    if (n <= 0)
        return 0;
    if (!wire.knows_peer)
        wire.peer = from;
    wire.knows_peer = TRUE;
    return from.sin_port == wire.peer.sin_port ? n : 0;
}

static void wire_send(const void *data, DWORD size)
{
    sendto(wire.socket, data, (int)size, 0, (struct sockaddr *)&wire.peer, sizeof wire.peer);
}

/* ---- the handshake ---- */

static DWORD protocol(BOOL server)
{
    if (!wcscmp(option(L"dtls", L"1.2"), L"1.0"))
        return server ? SP_PROT_DTLS1_0_SERVER : SP_PROT_DTLS1_0_CLIENT;
    return server ? SP_PROT_DTLS1_2_SERVER : SP_PROT_DTLS1_2_CLIENT;
}

static SECURITY_STATUS acquire(struct party *p, PCCERT_CONTEXT certificate)
{
    BOOL validates = _wtoi(option(L"validate", L"0"));
    SCHANNEL_CRED cred = {
            .dwVersion = SCHANNEL_CRED_VERSION,
            .cCreds = certificate ? 1 : 0,
            .paCred = certificate ? &certificate : NULL,
            .grbitEnabledProtocols = protocol(p->server),
            .dwFlags = SCH_CRED_NO_DEFAULT_CREDS |
                       (validates || p->server ? 0 : SCH_CRED_MANUAL_CRED_VALIDATION),
    };
    TimeStamp expiry;
    return AcquireCredentialsHandleW(NULL, (WCHAR *)UNISP_NAME_W,
            p->server ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND, NULL, &cred, NULL, NULL,
            &p->credential, &expiry);
}

/* What goes with each input. */
static ULONG more_input(struct party *p, SecBuffer *buffers)
{
    static BYTE profiles[] = {4, 0, 0, 2, 0, 1}; /* the size as the machine has it, the rest as sent */
    static USHORT mtu;
    ULONG n = 0;

    mtu = (USHORT)_wtoi(option(L"mtu", L"0"));
    if (p->server)
        buffers[n++] = (SecBuffer){sizeof wire.peer, SECBUFFER_EXTRA, &wire.peer};
    if (mtu)
        buffers[n++] = (SecBuffer){sizeof mtu, SECBUFFER_DTLS_MTU, &mtu};
    if (_wtoi(option(L"srtp", L"0")))
        buffers[n++] = (SecBuffer){sizeof profiles, SECBUFFER_SRTP_PROTECTION_PROFILES, profiles};
    return n;
}

static SECURITY_STATUS call(struct party *p, SecBufferDesc *in, SecBufferDesc *out)
{
    CtxtHandle *present = p->has_context ? &p->context : NULL;
    TimeStamp expiry;

    if (p->server)
        return AcceptSecurityContext(&p->credential, present, in, p->request, 0, &p->context, out,
                &p->attributes, &expiry);
    return InitializeSecurityContextW(&p->credential, present, p->target, p->request, 0, 0, in, 0,
            &p->context, out, &p->attributes, &expiry);
}

static void give(const SecBuffer *token)
{
    if (!token->cbBuffer)
        return;
    if (++wire.sent != wire.lose)
        wire_send(token->pvBuffer, token->cbBuffer);
    FreeContextBuffer(token->pvBuffer);
}

/* One datagram of SIZE bytes, 0: none; all that comes of it is sent. */
static SECURITY_STATUS step(struct party *p, int size)
{
    SECURITY_STATUS status;
    do {
        SecBuffer in[5] = {{(ULONG)size, SECBUFFER_TOKEN, datagram}, {0, SECBUFFER_EMPTY, NULL}};
        SecBuffer out[2] = {{0, SECBUFFER_TOKEN, NULL}, {0, SECBUFFER_ALERT, NULL}};
        SecBufferDesc input = {SECBUFFER_VERSION, 2, in}, output = {SECBUFFER_VERSION, 2, out};
        input.cBuffers += more_input(p, in + 2);
        status = call(p, size || !p->has_context ? &input : NULL, &output);
        p->has_context |= status >= 0;
        give(&out[0]);
        give(&out[1]);
        size = 0;
    } while (status == SEC_I_MESSAGE_FRAGMENT);
    return status;
}

static int handshake(struct party *p)
{
    SECURITY_STATUS status = p->server ? SEC_I_CONTINUE_NEEDED : step(p, 0);
    int timers = 0;

    while (status == SEC_I_CONTINUE_NEEDED || status == SEC_E_INCOMPLETE_MESSAGE) {
        int size = wire_receive(p->has_context ? TIMER_MS : 20000);
        if (!size && ++timers > TIMERS_MOST)
            return report(REFUSED, "the peer does not answer", status);
        if (size || p->has_context)
            status = step(p, size);
    }
    return status == SEC_E_OK ? DONE : report(REFUSED, "handshake", status);
}

/* ---- who it is ---- */

static int peer_hash(struct party *p, char hash[65])
{
    PCCERT_CONTEXT certificate = NULL;
    if (p->server && !(p->attributes & ASC_RET_MUTUAL_AUTH))
        return DONE;
    SECURITY_STATUS status =
            QueryContextAttributesW(&p->context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &certificate);
    if (status != SEC_E_OK)
        return report(BROKEN, "REMOTE_CERT_CONTEXT", status);
    certificate_hash(certificate, hash);
    CertFreeCertificateContext(certificate);
    return DONE;
}

static int print_key(struct party *p)
{
    static char label[] = "EXTRACTOR-dtls_srtp";
    SECURITY_STATUS status = party_print_keys(p, "KEY", label, sizeof label, 60);
    return status == SEC_E_OK ? DONE : report(BROKEN, "KEYING_MATERIAL", status);
}

static int judge(struct party *p)
{
    SecPkgContext_SessionInfo session = {0};
    SecPkgContext_ConnectionInfo info = {0};
    SecPkgContext_SrtpParameters srtp = {0};
    char hash[65] = "-", wanted[65] = "";

    SECURITY_STATUS status =
            QueryContextAttributesW(&p->context, SECPKG_ATTR_CONNECTION_INFO, &info);
    if (status == SEC_E_OK)
        status = QueryContextAttributesW(&p->context, SECPKG_ATTR_SESSION_INFO, &session);
    if (status == SEC_E_OK)
        status = QueryContextAttributesW(&p->context, SECPKG_ATTR_SRTP_PARAMETERS, &srtp);
    if (status == SEC_E_OK)
        status = QueryContextAttributesW(&p->context, SECPKG_ATTR_STREAM_SIZES, &p->sizes);
    if (status != SEC_E_OK)
        return report(BROKEN, "attributes", status);
    if (peer_hash(p, hash))
        return BROKEN;
    printf("DTLS %lx %x %s %04x %s\n", info.dwProtocol, info.aiCipher, hash,
            ntohs(srtp.ProtectionProfile), session.dwFlags & SSL_SESSION_RECONNECT ? "again" : "new");
    fflush(stdout);
    if (_wtoi(option(L"srtp", L"0")) && print_key(p))
        return BROKEN;
    WideCharToMultiByte(CP_UTF8, 0, option(L"hash", L""), -1, wanted, sizeof wanted, NULL, NULL);
    if (!p->server && !_wtoi(option(L"validate", L"0")) && strcmp(hash, wanted))
        return report(WRONG_CERTIFICATE, "the certificate is not the expected one", status);
    return DONE;
}

/* ---- data ---- */

static int send_text(struct party *p, const char *text)
{
    struct run out = {0};
    SECURITY_STATUS status = party_seal(p, text, (DWORD)strlen(text), &out);
    if (status != SEC_E_OK)
        return report(BROKEN, "EncryptMessage", status);
    wire_send(out.data, out.size);
    free(out.data);
    return DONE;
}

static BOOL is_dropped(SECURITY_STATUS status)
{
    return status == SEC_E_INVALID_TOKEN || status == SEC_E_MESSAGE_ALTERED ||
           status == SEC_E_OUT_OF_SEQUENCE;
}

/* The next text, within MS; *ENDED: close_notify came. Empty: nothing came. */
static int receive_text(struct party *p, DWORD ms, char *text, BOOL *ended)
{
    int size;
    text[0] = 0;
    while (!*ended && !text[0] && (size = wire_receive(ms)) > 0) {
        static BYTE copy[DATAGRAM_MOST];
        SecBuffer b[4] = {{(ULONG)size, SECBUFFER_DATA, copy}};
        SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
        memcpy(copy, datagram, (size_t)size);
        SECURITY_STATUS status = DecryptMessage(&p->context, &desc, 0, NULL);
        if (status == SEC_E_UNFINISHED_CONTEXT_DELETED)
            status = step(p, size);
        else if (status == SEC_E_OK && b[1].cbBuffer < 1000)
            memcpy(text, b[1].pvBuffer, b[1].cbBuffer), text[b[1].cbBuffer] = 0;
        *ended = status == SEC_I_CONTEXT_EXPIRED;
        if (status < 0 && !is_dropped(status))
            return report(BROKEN, "DecryptMessage", status);
    }
    return DONE;
}

static int say_goodbye(struct party *p)
{
    DWORD kind = SCHANNEL_SHUTDOWN;
    SecBuffer token = {sizeof kind, SECBUFFER_TOKEN, &kind};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &token};
    SECURITY_STATUS status = ApplyControlToken(&p->context, &desc);
    wire.lose = 0;
    if (status == SEC_E_OK)
        status = step(p, 0);
    return status == SEC_E_OK ? DONE : report(BROKEN, "shutdown", status);
}

static int echo(struct party *p)
{
    char text[1100], reply[1200];
    BOOL ended = FALSE;
    int result = DONE;

    while (!result && !ended) {
        result = receive_text(p, 20000, text, &ended);
        text[strcspn(text, "\r\n")] = 0;
        if (result || ended || !strcmp(text, "quit"))
            break;
        if (!text[0])
            return report(BROKEN, "nothing came", SEC_E_INCOMPLETE_MESSAGE);
        snprintf(reply, sizeof reply, "echo: %s\n", text);
        result = send_text(p, reply);
    }
    return result ? result : say_goodbye(p);
}

static int talk(struct party *p)
{
    char line[1000], answer[1100];
    BOOL ended = FALSE;
    int result = DONE;

    while (!result && !ended && fgets(line, sizeof line, stdin) && strcmp(line, "next\n")) {
        result = send_text(p, line);
        if (!result)
            result = receive_text(p, ANSWER_MS, answer, &ended);
        if (!result)
            printf("%s%s", answer[0] ? "" : "lost: ", answer[0] ? answer : line);
        fflush(stdout);
    }
    return result ? result : say_goodbye(p);
}

/* ---- */

static PCCERT_CONTEXT own_certificate(const struct party *p)
{
    if (option(L"stored", NULL))
        return certificate_from_my(option(L"stored", NULL), FALSE);
    if (!p->server)
        return option(L"given", NULL) ? certificate_load(option(L"given", NULL), FALSE) : NULL;
    PCCERT_CONTEXT made = certificate_make(L"CN=localhost");
    certificate_save(made, option(L"cert", L"dtlspeer.cer"));
    return made;
}

static int serve_or_ask(struct party *p)
{
    int result = handshake(p);
    if (!result)
        result = judge(p);
    if (!result)
        result = p->server ? echo(p) : talk(p);
    return result;
}

/* What the last connection's peer still says is not the next one's first word. */
static void begin_anew(struct party *p)
{
    while (wire_receive(TIMER_MS))
        ;
    DeleteSecurityContext(&p->context);
    p->has_context = FALSE;
    wire.knows_peer = !p->server;
}

static int run(struct party *p, u_short port)
{
    if (option(L"trust", NULL))
        certificate_trust(option(L"trust", NULL));
    lstrcpynW(p->target, option(L"target", L"localhost"), ARRAYSIZE(p->target));
    SECURITY_STATUS status = acquire(p, own_certificate(p));
    if (status < 0)
        fail("AcquireCredentialsHandle", (ULONG)status);
    wire_open(port);
    int result = serve_or_ask(p);
    for (int left = _wtoi(option(L"connections", L"1")); !result && --left > 0;) {
        begin_anew(p);
        result = serve_or_ask(p);
    }
    return result;
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    struct party party = {.stream = TRUE};

    arg_count = argc;
    arg_values = argv;
    party.server = argc > 1 && !wcscmp(argv[1], L"server");
    if (argc < 3)
        fail("usage: dtlspeer server cert=FILE | client PORT hash=SHA256|validate=1", 0);
    party.request = ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_CONFIDENTIALITY | ISC_REQ_REPLAY_DETECT |
                    ISC_REQ_SEQUENCE_DETECT | ISC_REQ_DATAGRAM |
                    (party.server ? ASC_REQ_EXTENDED_ERROR
                                  : ISC_REQ_EXTENDED_ERROR | ISC_REQ_USE_SUPPLIED_CREDS);
    if (party.server && _wtoi(option(L"mutual", L"0")))
        party.request |= ASC_REQ_MUTUAL_AUTH;
    return run(&party, party.server ? 0 : (u_short)_wtoi(argv[2]));
}
