/* tlsbench: one number about TLS in this prefix. ENDS is "sspi" (this prefix's Schannel, public SSPI only), or "direct"
 * (the GnuTLS that opensspi is built with, called from this same program). VERSION is 12 or 13. In the current
 * folder: cert.pem, key.pem, and both in cert.pfx with the password "tlsbench".
 *   tlsbench encrypt|decrypt ENDS VERSION CIPHER SIZE SECONDS
 *                                                    MB/s of SIZE-byte records by a server whose client is GnuTLS, so that
 *                                                    CIPHER (AES-128-GCM, AES-256-GCM, CHACHA20-POLY1305) is what is used
 *   tlsbench two sspi VERSION CIPHER SIZE SECONDS
 *                                                    one context: two threads' MB/s, a direction each, over one's
 *   tlsbench handshake|resume ENDS VERSION SECONDS
 *                                                    handshakes per second, both ends of the same kind in this process
 *   tlsbench acquire sspi SECONDS                    microseconds of an AcquireCredentialsHandle for a server that has others
 *   tlsbench token                                   ... from LoadLibrary to the first ClientHello, in this fresh process
 *   tlsbench memory sspi VERSION                     bytes by which the process grows (resident) per idle pair of contexts
 * Exit code 1 and a sentence if anything fails: a number is only printed for work that was done. */
#define SECURITY_WIN32
#define SCHANNEL_USE_BLACKLISTS
#include <windows.h>
#include <winternl.h>
#include <security.h>
#include <schannel.h>
#include <wincrypt.h>
#include <psapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <gnutls/gnutls.h>

static void fail(const char *what, LONG status)
{
    fprintf(stderr, "tlsbench: %s: 0x%08lX (%ld)\n", what, status, status);
    exit(1);
}

static double now(void)
{
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (double)count.QuadPart / (double)frequency.QuadPart;
}

static int is(const char *argument, const char *word)
{
    return !strcmp(argument, word);
}

/* ---- bytes under way from one end to the other ---- */

enum { PIPE = 1 << 16 };

struct pipe {
    BYTE data[PIPE];
    ULONG size;
};

static void pipe_put(struct pipe *p, const void *data, size_t size)
{
    if (size > PIPE - p->size)
        fail("a flight is too long", (LONG)size);
    memcpy(p->data + p->size, data, size);
    p->size += (ULONG)size;
}

static void pipe_drop(struct pipe *p, ULONG taken)
{
    memmove(p->data, p->data + taken, p->size - taken);
    p->size -= taken;
}

/* An end is the one or the other. */
struct end {
    BOOL direct, server, open, is13;
    CtxtHandle context; /* Schannel's, if HAS */
    BOOL has;
    SecPkgContext_StreamSizes sizes;
    gnutls_session_t session;
    struct pipe *in, *out; /* of a handshake */
    const BYTE *record;    /* of a stream: what is read, where is written */
    size_t left;
    BYTE *sink;
    size_t sunk;
};

/* ---- GnuTLS, called directly ---- */

static gnutls_certificate_credentials_t direct_cred[2]; /* client, server */
static gnutls_priority_t direct_priority[2];
static gnutls_datum_t ticket_key, kept;

static void gnutls_ok(const char *what, int error)
{
    if (error < 0) {
        fprintf(stderr, "tlsbench: %s: %s\n", what, gnutls_strerror(error));
        exit(1);
    }
}

/* CIPHER NULL: what opensspi offers, in its order. */
static void direct_set_up(const char *version, const char *cipher)
{
    char text[300];
    gnutls_ok("global_init", gnutls_global_init());
    snprintf(text, sizeof text, "NORMAL:-VERS-ALL:+VERS-TLS1.%c:-CIPHER-ALL:+%s:%%SERVER_PRECEDENCE", version[1],
            cipher ? cipher : "AES-256-GCM:+AES-128-GCM:+CHACHA20-POLY1305");
    for (int i = 0; i < 2; i++) {
        gnutls_ok("credentials", gnutls_certificate_allocate_credentials(&direct_cred[i]));
        gnutls_ok("priority", gnutls_priority_init(&direct_priority[i], text, NULL));
    }
    gnutls_ok("certificate", gnutls_certificate_set_x509_key_file(direct_cred[1], "cert.pem", "key.pem", GNUTLS_X509_FMT_PEM));
    gnutls_ok("ticket key", gnutls_session_ticket_key_generate(&ticket_key));
}

static ssize_t on_pull(gnutls_transport_ptr_t self, void *data, size_t size)
{
    struct end *e = self;
    size_t there = e->open ? e->left : e->in->size;
    if (!there) {
        errno = EAGAIN;
        return -1;
    }
    if (size > there)
        size = there;
    memcpy(data, e->open ? e->record : e->in->data, size);
    if (e->open)
        e->record += size, e->left -= size;
    else
        pipe_drop(e->in, (ULONG)size);
    return (ssize_t)size;
}

static ssize_t on_push(gnutls_transport_ptr_t self, const void *data, size_t size)
{
    struct end *e = self;
    if (!e->open) {
        pipe_put(e->out, data, size);
    } else {
        memcpy(e->sink + e->sunk, data, size);
        e->sunk += size;
    }
    return (ssize_t)size;
}

static int on_errno(gnutls_transport_ptr_t self)
{
    (void)self;
    return errno;
}

static int on_timeout(gnutls_transport_ptr_t self, unsigned ms)
{
    struct end *e = self;
    (void)ms;
    return e->open ? e->left > 0 : e->in->size > 0;
}

static void direct_new(struct end *e, BOOL resume)
{
    gnutls_ok("init", gnutls_init(&e->session, (e->server ? GNUTLS_SERVER : GNUTLS_CLIENT) | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL));
    gnutls_ok("priority_set", gnutls_priority_set(e->session, direct_priority[e->server]));
    gnutls_ok("credentials_set", gnutls_credentials_set(e->session, GNUTLS_CRD_CERTIFICATE, direct_cred[e->server]));
    gnutls_handshake_set_timeout(e->session, 0);
    if (e->server)
        gnutls_ok("tickets", gnutls_session_ticket_enable_server(e->session, &ticket_key));
    else
        gnutls_ok("name", gnutls_server_name_set(e->session, GNUTLS_NAME_DNS, "localhost", 9));
    if (!e->server && resume && kept.data)
        gnutls_ok("set_data", gnutls_session_set_data(e->session, kept.data, kept.size));
    gnutls_transport_set_ptr(e->session, e);
    gnutls_transport_set_pull_function(e->session, on_pull);
    gnutls_transport_set_push_function(e->session, on_push);
    gnutls_transport_set_errno_function(e->session, on_errno);
    gnutls_transport_set_pull_timeout_function(e->session, on_timeout);
}

static BOOL direct_step(struct end *e)
{
    int error = gnutls_handshake(e->session);
    if (error < 0 && gnutls_error_is_fatal(error))
        gnutls_ok("handshake", error);
    return !error;
}

/* ---- Schannel ---- */

static PSecurityFunctionTableW sspi;
static CredHandle sspi_cred[2];
static PCCERT_CONTEXT certificate;

static void load_sspi(void)
{
    HMODULE module = LoadLibraryW(L"secur32.dll");
    INIT_SECURITY_INTERFACE_W init = module ? (INIT_SECURITY_INTERFACE_W)(void *)GetProcAddress(module, "InitSecurityInterfaceW") : NULL;
    sspi = init ? init() : NULL;
    if (!sspi)
        fail("InitSecurityInterface", -1);
}

/* Imported each time: how a container's key is found again in a store is not what is measured. */
static void import(void)
{
    static BYTE bytes[65536];
    FILE *f = fopen("cert.pfx", "rb");
    CRYPT_DATA_BLOB blob = {f ? (DWORD)fread(bytes, 1, sizeof bytes, f) : 0, bytes};
    HCERTSTORE pfx = PFXImportCertStore(&blob, L"tlsbench", CRYPT_EXPORTABLE | CRYPT_USER_KEYSET);
    certificate = pfx ? CertEnumCertificatesInStore(pfx, NULL) : NULL;
    if (!certificate)
        fail("PFXImportCertStore", (LONG)GetLastError());
}

/* SCH_CREDENTIALS where TLS 1.3 is wanted: it is the structure that has it. */
static LONG acquire(BOOL server, BOOL is13, CredHandle *out)
{
    SCHANNEL_CRED old = {.dwVersion = SCHANNEL_CRED_VERSION, .cCreds = server, .paCred = &certificate};
    TLS_PARAMETERS no12 = {.grbitDisabledProtocols = server ? SP_PROT_TLS1_2_SERVER : SP_PROT_TLS1_2_CLIENT};
    SCH_CREDENTIALS new = {.dwVersion = SCH_CREDENTIALS_VERSION, .cCreds = server, .paCred = &certificate, .cTlsParameters = 1, .pTlsParameters = &no12};
    TimeStamp expiry;
    old.grbitEnabledProtocols = server ? SP_PROT_TLS1_2_SERVER : SP_PROT_TLS1_2_CLIENT;
    old.dwFlags = new.dwFlags = server ? 0 : SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_NO_DEFAULT_CREDS;
    return sspi->AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)UNISP_NAME_W, server ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND, NULL,
            is13 ? (void *)&new : (void *)&old, NULL, NULL, out, &expiry);
}

static void sspi_set_up(const char *version)
{
    BOOL is13 = version[1] == '3';
    load_sspi();
    import();
    for (int i = 0; i < 2; i++) {
        LONG status = acquire(i, is13, &sspi_cred[i]);
        if (status)
            fail("AcquireCredentialsHandle", status);
    }
}

static LONG sspi_leg(struct end *e, SecBuffer in[2], SecBuffer *out)
{
    SecBufferDesc in_desc = {SECBUFFER_VERSION, 2, in}, out_desc = {SECBUFFER_VERSION, 1, out};
    CtxtHandle *old = e->has ? &e->context : NULL;
    ULONG attributes;
    TimeStamp expiry;
    if (e->server)
        return sspi->AcceptSecurityContext(&sspi_cred[1], old, &in_desc, ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_STREAM | ASC_REQ_CONFIDENTIALITY, 0, &e->context,
                &out_desc, &attributes, &expiry);
    return sspi->InitializeSecurityContextW(&sspi_cred[0], old, (SEC_WCHAR *)L"localhost", ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_STREAM | ISC_REQ_CONFIDENTIALITY,
            0, 0, old ? &in_desc : NULL, 0, &e->context, &out_desc, &attributes, &expiry);
}

static BOOL sspi_step(struct end *e)
{
    SecBuffer in[2] = {{e->in->size, SECBUFFER_TOKEN, e->in->data}, {0, SECBUFFER_EMPTY, NULL}}, out = {0, SECBUFFER_TOKEN, NULL};
    if (!e->in->size && (e->has || e->server))
        return FALSE;
    LONG status = sspi_leg(e, in, &out);
    if (status == SEC_E_INCOMPLETE_MESSAGE)
        return FALSE;
    if (status < 0)
        fail(e->server ? "AcceptSecurityContext" : "InitializeSecurityContext", status);
    e->has = TRUE;
    pipe_drop(e->in, in[1].BufferType == SECBUFFER_EXTRA ? e->in->size - in[1].cbBuffer : e->in->size);
    if (out.cbBuffer)
        pipe_put(e->out, out.pvBuffer, out.cbBuffer);
    if (out.pvBuffer)
        sspi->FreeContextBuffer(out.pvBuffer);
    return status == SEC_E_OK;
}

static LONG sspi_decrypt(struct end *e, BYTE *record, ULONG size, SecBuffer b[4])
{
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
    ULONG quality;
    memset(b, 0, 4 * sizeof *b);
    b[0] = (SecBuffer){size, SECBUFFER_DATA, record};
    return sspi->DecryptMessage(&e->context, &desc, 0, &quality);
}

/* ---- handshakes ---- */

struct pair {
    struct end client, server;
    struct pipe up, down;
};

static BOOL step(struct end *e)
{
    return e->direct ? direct_step(e) : sspi_step(e);
}

/* TLS 1.3: what came after the handshake, as programs read it. */
static void read_tickets(struct end *e)
{
    while (!e->direct && e->in->size) {
        SecBuffer b[4];
        LONG status = sspi_decrypt(e, e->in->data, e->in->size, b);
        if (status != SEC_I_RENEGOTIATE || !sspi_step(e))
            fail("reading a ticket", status);
    }
    if (e->direct) {
        BYTE none[16];
        if (gnutls_record_recv(e->session, none, sizeof none) != GNUTLS_E_AGAIN)
            fail("reading a ticket", -1);
    }
}

static void end_new(struct end *e, BOOL direct, BOOL server, BOOL is13, struct pipe *in, struct pipe *out, BOOL resume)
{
    *e = (struct end){.direct = direct, .server = server, .is13 = is13, .in = in, .out = out};
    if (direct)
        direct_new(e, resume);
}

static void connect_ends(struct pair *p, BOOL client_direct, BOOL server_direct, BOOL is13, BOOL resume)
{
    p->up.size = p->down.size = 0;
    end_new(&p->client, client_direct, FALSE, is13, &p->down, &p->up, resume);
    end_new(&p->server, server_direct, TRUE, is13, &p->up, &p->down, resume);
    BOOL client_done = FALSE, server_done = FALSE;
    for (int i = 0; i < 20 && !(client_done && server_done); i++) {
        if (!client_done)
            client_done = step(&p->client);
        if (!server_done)
            server_done = step(&p->server);
    }
    if (!client_done || !server_done)
        fail("the handshake does not end", p->client.has);
    if (is13 && p->down.size)
        read_tickets(&p->client);
    for (struct end *e = &p->client; e; e = e == &p->client ? &p->server : NULL)
        if (!e->direct && sspi->QueryContextAttributesW(&e->context, SECPKG_ATTR_STREAM_SIZES, &e->sizes))
            fail("stream sizes", -1);
}

static void pair_new(struct pair *p, BOOL client_direct, BOOL server_direct, BOOL is13)
{
    connect_ends(p, client_direct, server_direct, is13, FALSE);
    p->client.open = p->server.open = TRUE;
}

static void end_delete(struct end *e)
{
    if (e->direct)
        gnutls_deinit(e->session);
    else
        sspi->DeleteSecurityContext(&e->context);
}

static void keep_session(struct pair *p)
{
    if (!p->client.direct)
        return;
    gnutls_free(kept.data);
    gnutls_ok("get_data2", gnutls_session_get_data2(p->client.session, &kept));
}

/* Schannel has no word for "resumed" that stock Wine knows; opensspi's is asked where resuming is measured. */
static BOOL was_resumed(struct pair *p)
{
    if (p->client.direct)
        return gnutls_session_is_resumed(p->client.session) != 0;
    SecPkgContext_SessionInfo info;
    LONG status = sspi->QueryContextAttributesW(&p->client.context, SECPKG_ATTR_SESSION_INFO, &info);
    if (status)
        fail("session info", status);
    return (info.dwFlags & SSL_SESSION_RECONNECT) != 0;
}

/* Full ones: with Schannel, SslEmptyCache between them, where there is one, or a server that has forgotten. */
static BOOLEAN (WINAPI *empty_cache)(LPWSTR, DWORD);

static double handshakes(BOOL direct, BOOL is13, BOOL resume, double seconds)
{
    static struct pair p;
    unsigned long count = 0;
    double spent = 0, end = now() + seconds;
    if (!direct && !resume)
        empty_cache = (void *)GetProcAddress(LoadLibraryW(L"schannel.dll"), "SslEmptyCacheW");
    if (resume) {
        connect_ends(&p, direct, direct, is13, FALSE);
        keep_session(&p);
        end_delete(&p.client);
        end_delete(&p.server);
    }
    do {
        if (empty_cache)
            empty_cache(NULL, 0);
        double start = now();
        connect_ends(&p, direct, direct, is13, resume);
        spent += now() - start;
        if (resume && !was_resumed(&p))
            fail("not resumed", -1);
        if (resume && is13)
            keep_session(&p);
        start = now();
        end_delete(&p.client);
        end_delete(&p.server);
        spent += now() - start;
        count++;
    } while (now() < end);
    return (double)count / spent;
}

/* ---- records ---- */

enum { ROOM = 16384 + 256, BATCH = 65536 };

/* Returns the record's size. The plaintext lies behind the header, as Schannel's callers lay it. */
static ULONG encrypt_record(struct end *e, BYTE *record, ULONG size)
{
    if (e->direct) {
        static BYTE plain[16384]; /* only read */
        e->sink = record;
        e->sunk = 0;
        if (gnutls_record_send(e->session, plain, size) != (ssize_t)size)
            fail("record_send", -1);
        return (ULONG)e->sunk;
    }
    SecBuffer b[4] = {{e->sizes.cbHeader, SECBUFFER_STREAM_HEADER, record}, {size, SECBUFFER_DATA, record + e->sizes.cbHeader},
            {e->sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, record + e->sizes.cbHeader + size}, {0, SECBUFFER_EMPTY, NULL}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
    LONG status = sspi->EncryptMessage(&e->context, 0, &desc, 0);
    if (status)
        fail("EncryptMessage", status);
    return b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer;
}

static void decrypt_record(struct end *e, BYTE *record, ULONG record_size, BYTE *out, ULONG size)
{
    if (e->direct) {
        e->record = record;
        e->left = record_size;
        if (gnutls_record_recv(e->session, out, ROOM) != (ssize_t)size)
            fail("record_recv", -1);
        return;
    }
    SecBuffer b[4];
    LONG status = sspi_decrypt(e, record, record_size, b);
    if (status || b[1].BufferType != SECBUFFER_DATA || b[1].cbBuffer != size)
        fail("DecryptMessage", status);
}

struct batch {
    ULONG size, count, *sizes;
    BYTE *records, *out;
};

static struct batch batch_new(ULONG size, ULONG bytes)
{
    struct batch b = {.size = size, .count = size < bytes ? bytes / size : 1};
    b.records = calloc(b.count, size + 256);
    b.sizes = calloc(b.count, sizeof *b.sizes);
    b.out = calloc(1, ROOM);
    return b;
}

static BYTE *record_at(struct batch *b, ULONG i)
{
    return b->records + (size_t)i * (b->size + 256);
}

static double encrypt_all(struct end *e, struct batch *b)
{
    double start = now();
    for (ULONG i = 0; i < b->count; i++)
        b->sizes[i] = encrypt_record(e, record_at(b, i), b->size);
    return now() - start;
}

static double decrypt_all(struct end *e, struct batch *b)
{
    double start = now();
    for (ULONG i = 0; i < b->count; i++)
        decrypt_record(e, record_at(b, i), b->sizes[i], b->out, b->size);
    return now() - start;
}

/* The server's is timed, the client's is not. */
static double throughput(BOOL encrypting, BOOL direct, BOOL is13, ULONG size, double seconds)
{
    static struct pair p;
    struct batch b = batch_new(size, BATCH);
    double spent = 0, bytes = 0, end = now() + seconds * 2;
    pair_new(&p, TRUE, direct, is13);
    while (now() < end) {
        double encrypted = encrypt_all(encrypting ? &p.server : &p.client, &b), decrypted = decrypt_all(encrypting ? &p.client : &p.server, &b);
        spent += encrypting ? encrypted : decrypted;
        bytes += (double)size * b.count;
    }
    return bytes / 1e6 / spent;
}

/* ---- two threads on one context ---- */

struct job {
    struct end *e;
    struct batch *batch;
    BOOL encrypting;
    double end;
};

static LONG waiting;

static DWORD WINAPI run_job(void *argument)
{
    struct job *j = argument;
    InterlockedDecrement(&waiting);
    while (*(volatile LONG *)&waiting)
        YieldProcessor();
    if (j->encrypting)
        encrypt_all(j->e, j->batch);
    else
        decrypt_all(j->e, j->batch);
    j->end = now();
    return 0;
}

/* The client's records are read as fast as the server's own are written; both times also one after the other. A thread has done
 * its work before it ends: that takes the wineserver as long as the work. */
static double two_threads(BOOL is13, ULONG size, double seconds)
{
    static struct pair p;
    struct batch up = batch_new(size, 1 << 22), down = batch_new(size, 1 << 22);
    struct job jobs[2] = {{&p.server, &down, TRUE}, {&p.server, &up, FALSE}};
    double alone = 0, both = 0, end = now() + seconds;
    pair_new(&p, TRUE, FALSE, is13);
    do {
        encrypt_all(&p.client, &up);
        alone += encrypt_all(&p.server, &down) + decrypt_all(&p.server, &up);
        decrypt_all(&p.client, &down);
        encrypt_all(&p.client, &up);
        waiting = 2;
        HANDLE other = CreateThread(NULL, 0, run_job, &jobs[1], 0, NULL);
        if (!other)
            fail("CreateThread", (LONG)GetLastError());
        while (*(volatile LONG *)&waiting > 1)
            YieldProcessor();
        double start = now();
        run_job(&jobs[0]);
        WaitForSingleObject(other, INFINITE);
        both += (jobs[0].end > jobs[1].end ? jobs[0].end : jobs[1].end) - start;
        CloseHandle(other);
        decrypt_all(&p.client, &down);
    } while (now() < end);
    return alone / both;
}

/* ---- single calls ---- */

static double acquiring(double seconds)
{
    unsigned long count = 0;
    double spent = 0, end = now() + seconds;
    do {
        CredHandle another;
        double start = now();
        LONG status = acquire(TRUE, FALSE, &another);
        spent += now() - start;
        if (status)
            fail("AcquireCredentialsHandle", status);
        sspi->FreeCredentialsHandle(&another);
        count++;
    } while (now() < end);
    return spent / (double)count * 1e6;
}

static double first_token(void)
{
    static struct pipe none, out;
    struct end e = {.in = &none, .out = &out};
    double start = now();
    load_sspi();
    LONG status = acquire(FALSE, FALSE, &sspi_cred[0]);
    if (status)
        fail("AcquireCredentialsHandle", status);
    sspi_step(&e);
    double seconds = now() - start;
    if (out.size < 50 || out.data[0] != 22)
        fail("no ClientHello", (LONG)out.size);
    return seconds * 1e6;
}

static double resident(void)
{
    PROCESS_MEMORY_COUNTERS c = {.cb = sizeof c};
    if (!GetProcessMemoryInfo(GetCurrentProcess(), &c, sizeof c))
        fail("GetProcessMemoryInfo", (LONG)GetLastError());
    return (double)c.WorkingSetSize;
}

/* Each pair has sent a record each way. The process's resident pages: stock Wine's TLS lies in a Unix library's heap. */
static double memory(BOOL direct, BOOL is13)
{
    enum { PAIRS = 1000, WARM = 200 };
    static struct pair p;
    struct batch b = batch_new(100, 100);
    double before = 0;
    for (int i = -WARM; i < PAIRS; i++) {
        if (!i)
            before = resident();
        if (direct) { /* its pointers into the pair stay alive */
            struct pair *own = calloc(1, sizeof *own);
            (void)own;
        }
        pair_new(&p, direct, direct, is13);
        if (!direct) {
            encrypt_all(&p.client, &b);
            decrypt_all(&p.server, &b);
            encrypt_all(&p.server, &b);
            decrypt_all(&p.client, &b);
        }
    }
    return (resident() - before) / PAIRS;
}

static int usage(void)
{
    fprintf(stderr, "tlsbench: the first lines of tests/bench/pe/tlsbench.c say how\n");
    return 2;
}

int main(int argc, char **argv)
{
    if (argc == 2 && is(argv[1], "token"))
        return printf("%.0f\n", first_token()) < 0;
    if (argc == 4 && is(argv[1], "acquire")) {
        sspi_set_up("12");
        return printf("%.1f\n", acquiring(atof(argv[3]))) < 0;
    }
    if (argc < 4)
        return usage();
    BOOL direct = is(argv[2], "direct"), is13 = is(argv[3], "13");
    direct_set_up(argv[3], argc == 7 ? argv[4] : NULL);
    if (!direct)
        sspi_set_up(argv[3]);
    if (argc == 4 && is(argv[1], "memory"))
        return printf("%.0f\n", memory(direct, is13)) < 0;
    if (argc == 5 && (is(argv[1], "handshake") || is(argv[1], "resume")))
        return printf("%.1f\n", handshakes(direct, is13, is(argv[1], "resume"), atof(argv[4]))) < 0;
    if (argc != 7 || atol(argv[5]) <= 0 || atol(argv[5]) > 16384)
        return usage();
    ULONG size = (ULONG)atol(argv[5]);
    double seconds = atof(argv[6]);
    if (is(argv[1], "encrypt") || is(argv[1], "decrypt"))
        return printf("%.1f\n", throughput(is(argv[1], "encrypt"), direct, is13, size, seconds)) < 0;
    if (is(argv[1], "two"))
        return printf("%.2f\n", two_threads(is13, size, seconds)) < 0;
    return usage();
}
