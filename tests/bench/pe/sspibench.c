/* sspibench: one number about the secur32.dll of this prefix, by the public SSPI only.
 *   sspibench load                                   microseconds from LoadLibrary to the packages listed
 *   sspibench token                                  ... to the first NTLM token, in this fresh process
 *   sspibench handshake SECONDS USER PASSWORD        NTLM logins per second, both ends in this process
 *   sspibench negotiate|spnego SECONDS USER PASSWORD the same with Negotiate over NTLM: raw, as it is alone; in SPNEGO,
 *                                                    after a server that speaks first, with mechListMIC both ways
 *   sspibench steps handshake|negotiate|spnego USER PASSWORD   three of these logins, for native/steps.c
 *   sspibench seal|unseal SIZE SECONDS USER PASSWORD EncryptMessage, DecryptMessage: MB/s of SIZE-byte messages
 *   sspibench pair|two SIZE SECONDS USER PASSWORD    two threads' MB/s over one's: one context, sealing and unsealing;
 *                                                    two contexts, sealing
 *   sspibench sizes USER PASSWORD                    of a login, for nettlebench: user and domain, NT response, the messages
 *   sspibench memory USER PASSWORD                   bytes of the process's heaps per pair of contexts
 * Exit code 1 and a sentence if anything fails: a number is only printed for work that was done. */
#define SECURITY_WIN32
#include <windows.h>
#include <security.h>
#include <stdio.h>
#include <stdlib.h>

static PSecurityFunctionTableW sspi;
static const WCHAR *package = L"NTLM";

static void fail(const char *what, LONG status)
{
    fprintf(stderr, "sspibench: %s: 0x%08lX\n", what, status);
    exit(1);
}

static double now(void)
{
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (double)count.QuadPart / (double)frequency.QuadPart;
}

static void *entry(const char *name)
{
    HMODULE module = LoadLibraryW(L"secur32.dll");
    void *p = module ? (void *)GetProcAddress(module, name) : NULL;
    if (!p)
        fail(name, -1);
    return p;
}

static double load(void)
{
    ULONG count = 0;
    PSecPkgInfoW packages = NULL;
    double start = now();
    LONG status = ((ENUMERATE_SECURITY_PACKAGES_FN_W)entry("EnumerateSecurityPackagesW"))(&count, &packages);
    double seconds = now() - start;
    if (status || !count)
        fail("EnumerateSecurityPackages", status);
    return seconds;
}

/* ---- logging in ---- */

static CredHandle client_cred, server_cred;

struct pair {
    CtxtHandle client, server;
};

static void acquire(ULONG use, void *identity, CredHandle *out)
{
    TimeStamp expiry;
    LONG status = sspi->AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)package, use, NULL, identity, NULL, NULL, out, &expiry);
    if (status)
        fail("AcquireCredentialsHandle", status);
}

static void acquire_client(const char *user, const char *password)
{
    SEC_WINNT_AUTH_IDENTITY_A identity = {(unsigned char *)user, (ULONG)strlen(user), NULL, 0, (unsigned char *)password, (ULONG)strlen(password), SEC_WINNT_AUTH_IDENTITY_ANSI};

    sspi = ((INIT_SECURITY_INTERFACE_W)entry("InitSecurityInterfaceW"))();
    acquire(SECPKG_CRED_OUTBOUND, &identity, &client_cred);
}

static LONG leg(BOOL server, CtxtHandle *context, BOOL first, SecBuffer *in, SecBuffer *out)
{
    SecBufferDesc in_desc = {SECBUFFER_VERSION, 1, in}, out_desc = {SECBUFFER_VERSION, 1, out};
    ULONG attributes;
    TimeStamp expiry;
    const ULONG client_wants = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY | ISC_REQ_SEQUENCE_DETECT;

    out->cbBuffer = 2888;
    out->BufferType = SECBUFFER_TOKEN;
    if (server)
        return sspi->AcceptSecurityContext(&server_cred, first ? NULL : context, &in_desc, 0, SECURITY_NATIVE_DREP, context, &out_desc, &attributes, &expiry);
    return sspi->InitializeSecurityContextW(&client_cred, first ? NULL : context, NULL, client_wants, 0, SECURITY_NATIVE_DREP,
            first ? NULL : &in_desc, 0, context, &out_desc, &attributes, &expiry);
}

static struct pair handshake(void)
{
    static BYTE up_bytes[2888], down_bytes[2888];
    SecBuffer up = {0, SECBUFFER_TOKEN, up_bytes}, down = {0, SECBUFFER_TOKEN, down_bytes};
    struct pair p;
    LONG status;

    if ((status = leg(FALSE, &p.client, TRUE, NULL, &up)) != SEC_I_CONTINUE_NEEDED)
        fail("client, first leg", status);
    if ((status = leg(TRUE, &p.server, TRUE, &up, &down)) != SEC_I_CONTINUE_NEEDED)
        fail("server, first leg", status);
    if ((status = leg(FALSE, &p.client, FALSE, &down, &up)) != SEC_E_OK)
        fail("client, second leg", status);
    if ((status = leg(TRUE, &p.server, FALSE, &up, &down)) != SEC_E_OK)
        fail("server, second leg", status);
    return p;
}

/* A leg of SPNEGO: IN is what the other end sent, or nothing; OUT is its answer's place. */
static void spnego_leg(BOOL server, CtxtHandle *context, BOOL first, SecBuffer *in, SecBuffer *out, LONG want)
{
    SecBuffer nothing = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc in_desc = {SECBUFFER_VERSION, 1, in ? in : &nothing}, out_desc = {SECBUFFER_VERSION, 1, out};
    ULONG attributes;
    TimeStamp expiry;
    LONG status;

    out->cbBuffer = 2888;
    if (server)
        status = sspi->AcceptSecurityContext(&server_cred, first ? NULL : context, &in_desc, 0, SECURITY_NATIVE_DREP, context, &out_desc, &attributes, &expiry);
    else
        status = sspi->InitializeSecurityContextW(&client_cred, first ? NULL : context, NULL, ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY | ISC_REQ_SEQUENCE_DETECT, 0,
                SECURITY_NATIVE_DREP, &in_desc, 0, context, &out_desc, &attributes, &expiry);
    if (status != want)
        fail(server ? "server, a leg of SPNEGO" : "client, a leg of SPNEGO", status);
}

static struct pair spnego_handshake(void)
{
    static BYTE up_bytes[2888], down_bytes[2888];
    SecBuffer up = {0, SECBUFFER_TOKEN, up_bytes}, down = {0, SECBUFFER_TOKEN, down_bytes};
    struct pair p;

    spnego_leg(TRUE, &p.server, TRUE, NULL, &down, SEC_I_CONTINUE_NEEDED);
    spnego_leg(FALSE, &p.client, TRUE, &down, &up, SEC_I_CONTINUE_NEEDED);
    spnego_leg(TRUE, &p.server, FALSE, &up, &down, SEC_I_CONTINUE_NEEDED);
    spnego_leg(FALSE, &p.client, FALSE, &down, &up, SEC_I_CONTINUE_NEEDED);
    spnego_leg(TRUE, &p.server, FALSE, &up, &down, SEC_E_OK);
    spnego_leg(FALSE, &p.client, FALSE, &down, &up, SEC_E_OK);
    return p;
}

static unsigned field_size(const BYTE *message, unsigned at)
{
    return message[at] | message[at + 1] << 8;
}

/* AUTHENTICATE's fields ([MS-NLMP] 2.2.1.3): NT response at 20, domain at 28, user at 36. */
static int sizes(void)
{
    BYTE up[2888], down[2888];
    SecBuffer negotiate = {0, SECBUFFER_TOKEN, up}, challenge = {0, SECBUFFER_TOKEN, down}, authenticate = {0, SECBUFFER_TOKEN, up};
    struct pair p;

    if (leg(FALSE, &p.client, TRUE, NULL, &negotiate) < 0 || leg(TRUE, &p.server, TRUE, &negotiate, &challenge) < 0 ||
            leg(FALSE, &p.client, FALSE, &challenge, &authenticate) < 0)
        fail("a leg", -1);
    sspi->DeleteSecurityContext(&p.client);
    sspi->DeleteSecurityContext(&p.server);
    return printf("%u %u %lu %lu %lu\n", field_size(up, 28) + field_size(up, 36), field_size(up, 20), negotiate.cbBuffer, challenge.cbBuffer, authenticate.cbBuffer) < 0;
}

static void pair_delete(struct pair *p)
{
    sspi->DeleteSecurityContext(&p->client);
    sspi->DeleteSecurityContext(&p->server);
}

static double first_token(void)
{
    BYTE bytes[2888];
    SecBuffer token = {0, SECBUFFER_TOKEN, bytes};
    CtxtHandle context;
    double start = now();

    acquire_client("somebody", "a password");
    LONG status = leg(FALSE, &context, TRUE, NULL, &token);
    double seconds = now() - start;
    if (status != SEC_I_CONTINUE_NEEDED || token.cbBuffer < 32 || memcmp(bytes, "NTLMSSP", 8))
        fail("client, first leg", status);
    return seconds;
}

static double handshakes(double seconds, struct pair (*one)(void))
{
    unsigned long count = 0;
    double start = now(), end = start + seconds, t;
    do {
        struct pair p = one();
        pair_delete(&p);
        count++;
    } while ((t = now()) < end);
    return (double)count / (t - start);
}

/* ---- messages ---- */

/* Sealed messages of one size, as many as stay in the fastest caches, but at least one. */
struct batch {
    ULONG size, count;
    BYTE *data, (*signatures)[16];
};

enum { BATCH_BYTES = 16384 };

static struct batch batch_new(ULONG size, ULONG count)
{
    struct batch b = {.size = size, .count = count};
    b.data = calloc(count, size);
    b.signatures = calloc(count, sizeof *b.signatures);
    return b;
}

static void batch_free(struct batch *b)
{
    free(b->data);
    free(b->signatures);
}

static void message(CtxtHandle *context, BOOL sealing, struct batch *b, ULONG i)
{
    SecBuffer buffers[2] = {{16, SECBUFFER_TOKEN, b->signatures[i]}, {b->size, SECBUFFER_DATA, b->data + (size_t)i * b->size}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, buffers};
    ULONG quality;
    LONG status = sealing ? sspi->EncryptMessage(context, 0, &desc, 0) : sspi->DecryptMessage(context, &desc, 0, &quality);
    if (status)
        fail(sealing ? "EncryptMessage" : "DecryptMessage", status);
}

static double messages(CtxtHandle *context, BOOL sealing, struct batch *b)
{
    double start = now();
    for (ULONG i = 0; i < b->count; i++)
        message(context, sealing, b, i);
    return now() - start;
}

/* MB/s of one of the two; the other is done too and its time not counted. The plaintext is looked at. */
static double throughput(BOOL sealing, ULONG size, double seconds)
{
    struct pair p = handshake();
    struct batch b = batch_new(size, size < BATCH_BYTES ? BATCH_BYTES / size : 1);
    double spent = 0, bytes = 0, end = now() + seconds * 2;

    while (now() < end) {
        double sealed = messages(&p.client, TRUE, &b), unsealed = messages(&p.server, FALSE, &b);
        spent += sealing ? sealed : unsealed;
        bytes += (double)size * b.count;
        if (b.data[0] || b.data[(size_t)size * b.count - 1])
            fail("another plaintext", 0);
    }
    pair_delete(&p);
    batch_free(&b);
    return bytes / 1e6 / spent;
}

/* ---- two threads ---- */

struct job {
    CtxtHandle *context;
    BOOL sealing;
    struct batch batch;
};

static LONG waiting; /* threads that have to come before all go */

static DWORD WINAPI run_job(void *argument)
{
    struct job *job = argument;
    InterlockedDecrement(&waiting);
    while (*(volatile LONG *)&waiting)
        YieldProcessor();
    messages(job->context, job->sealing, &job->batch);
    return 0;
}

static double together(struct job jobs[2])
{
    waiting = 2;
    HANDLE other = CreateThread(NULL, 0, run_job, &jobs[1], 0, NULL);
    if (!other)
        fail("CreateThread", (LONG)GetLastError());
    while (*(volatile LONG *)&waiting > 1)
        YieldProcessor();
    double start = now();
    run_job(&jobs[0]);
    WaitForSingleObject(other, INFINITE);
    CloseHandle(other);
    return now() - start;
}

static double one_after_the_other(struct job jobs[2])
{
    return messages(jobs[0].context, jobs[0].sealing, &jobs[0].batch) + messages(jobs[1].context, jobs[1].sealing, &jobs[1].batch);
}

/* How many times the throughput of one thread two have: the same work, once by one, once by both. */
static double two_threads(BOOL one_context, ULONG size, double seconds)
{
    struct pair a = handshake(), b = handshake();
    ULONG count = (1 << 22) / size;
    struct job jobs[2] = {{&a.client, TRUE, batch_new(size, count)}, {one_context ? &a.client : &b.client, !one_context, batch_new(size, count)}};
    double alone = 0, both = 0, end = now() + seconds;

    do {
        if (one_context) /* what is unsealed has to come from the peer */
            messages(&a.server, TRUE, &jobs[1].batch);
        alone += one_after_the_other(jobs);
        if (one_context)
            messages(&a.server, TRUE, &jobs[1].batch);
        both += together(jobs);
    } while (now() < end);
    batch_free(&jobs[0].batch);
    batch_free(&jobs[1].batch);
    pair_delete(&a);
    pair_delete(&b);
    return alone / both;
}

/* ---- memory ---- */

/* What is in use on all heaps of the process, the heaps' own overhead of each block included. */
static double heap_bytes(void)
{
    HANDLE heaps[64];
    DWORD count = GetProcessHeaps(ARRAYSIZE(heaps), heaps);
    double bytes = 0;

    for (DWORD i = 0; i < count && i < ARRAYSIZE(heaps); i++) {
        PROCESS_HEAP_ENTRY e = {0};
        while (HeapWalk(heaps[i], &e))
            if (e.wFlags & PROCESS_HEAP_ENTRY_BUSY)
                bytes += (double)e.cbData + e.cbOverhead;
    }
    return bytes;
}

/* Both sides have sent and received, so that nothing is still to be made. */
static double memory(void)
{
    enum { PAIRS = 2000 };
    static struct pair pairs[PAIRS];
    struct batch b = batch_new(100, 1);
    double before = 0;

    for (int i = -PAIRS / 2; i < PAIRS; i++) { /* the first ones for what is made once */
        struct pair p = handshake();
        message(&p.client, TRUE, &b, 0);
        message(&p.server, FALSE, &b, 0);
        message(&p.server, TRUE, &b, 0);
        message(&p.client, FALSE, &b, 0);
        if (i < 0)
            continue;
        if (!i)
            before = heap_bytes();
        pairs[i] = p;
    }
    double per_pair = (heap_bytes() - before) / (PAIRS - 1);
    for (int i = 0; i < PAIRS; i++)
        pair_delete(&pairs[i]);
    batch_free(&b);
    return per_pair;
}

/* For native/steps.c, which counts the instructions of a login between two breakpoints. */
static int stepped(struct pair login(void))
{
    enum { WARM = 50, TIMES = 3 };

    for (int i = 0; i < WARM + TIMES; i++) {
        if (i == WARM && (puts("READY") < 0 || fflush(stdout) || getchar() == EOF))
            return 1;
        if (i >= WARM)
            DebugBreak();
        struct pair p = login();
        pair_delete(&p);
        if (i >= WARM)
            DebugBreak();
    }
    return 0;
}

static int usage(void)
{
    fprintf(stderr, "sspibench load | token | handshake|negotiate|spnego SECONDS USER PASSWORD |\n"
                    "          steps handshake|negotiate|spnego USER PASSWORD | sizes|memory USER PASSWORD |\n"
                    "          seal|unseal|pair|two SIZE SECONDS USER PASSWORD\n");
    return 2;
}

static int is(const char *argument, const char *word)
{
    return !strcmp(argument, word);
}

int main(int argc, char **argv)
{
    if (argc == 2 && is(argv[1], "load"))
        return printf("%.0f\n", load() * 1e6) < 0;
    if (argc == 2 && is(argv[1], "token"))
        return printf("%.0f\n", first_token() * 1e6) < 0;
    if (argc < 4)
        return usage();
    const char *kind = argc == 5 && is(argv[1], "steps") ? argv[2] : argv[1];
    if (is(kind, "negotiate") || is(kind, "spnego"))
        package = L"Negotiate";
    acquire_client(argv[argc - 2], argv[argc - 1]);
    acquire(SECPKG_CRED_INBOUND, NULL, &server_cred);
    if (kind != argv[1])
        return stepped(is(kind, "spnego") ? spnego_handshake : handshake);
    if (argc == 4 && is(argv[1], "sizes"))
        return sizes();
    if (argc == 4 && is(argv[1], "memory"))
        return printf("%.0f\n", memory()) < 0;
    if (argc == 5 && (is(argv[1], "handshake") || is(argv[1], "negotiate")))
        return printf("%.0f\n", handshakes(atof(argv[2]), handshake)) < 0;
    if (argc == 5 && is(argv[1], "spnego"))
        return printf("%.0f\n", handshakes(atof(argv[2]), spnego_handshake)) < 0;
    if (argc != 6 || atol(argv[2]) <= 0)
        return usage();
    ULONG size = (ULONG)atol(argv[2]);
    double seconds = atof(argv[3]);
    if (is(argv[1], "seal") || is(argv[1], "unseal"))
        return printf("%.1f\n", throughput(is(argv[1], "seal"), size, seconds)) < 0;
    if (is(argv[1], "pair") || is(argv[1], "two"))
        return printf("%.2f\n", two_threads(is(argv[1], "pair"), size, seconds)) < 0;
    return usage();
}
