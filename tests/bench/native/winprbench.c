/* libwinpr's NTLM, both ends in this process:
 *   winprbench handshake SECONDS USER PASSWORD        logins per second
 *   winprbench seal|unseal SIZE SECONDS USER PASSWORD MB/s of SIZE-byte messages
 *   winprbench memory USER PASSWORD                   bytes of heap per pair of contexts
 * Exit code 1 if anything fails. The server gets the NT hash in hand, so it reads no account file. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <winpr/ntlm.h>
#include <winpr/sspi.h>

static SecurityFunctionTableA *sspi;

static void fail(const char *what, SECURITY_STATUS status)
{
    fprintf(stderr, "winprbench: %s: 0x%08X\n", what, (unsigned)status);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static SECURITY_STATUS leg(int server, CredHandle *cred, CtxtHandle *context, int first, SecBuffer *in, SecBuffer *out)
{
    SecBufferDesc in_desc = {SECBUFFER_VERSION, 1, in}, out_desc = {SECBUFFER_VERSION, 1, out};
    ULONG attributes;
    TimeStamp expiry;

    out->cbBuffer = 2888;
    out->BufferType = SECBUFFER_TOKEN;
    if (server)
        return sspi->AcceptSecurityContext(cred, first ? NULL : context, &in_desc, ASC_REQ_CONFIDENTIALITY, SECURITY_NATIVE_DREP, context, &out_desc, &attributes, &expiry);
    return sspi->InitializeSecurityContextA(cred, first ? NULL : context, NULL, ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY | ISC_REQ_SEQUENCE_DETECT, 0,
            SECURITY_NATIVE_DREP, first ? NULL : &in_desc, 0, context, &out_desc, &attributes, &expiry);
}

static CredHandle client_cred, server_cred;
static SecPkgContext_AuthNtlmHash hash;

struct pair {
    CtxtHandle client, server;
};

static struct pair login(void)
{
    static BYTE up_bytes[2888], down_bytes[2888];
    SecBuffer up = {0, SECBUFFER_TOKEN, up_bytes}, down = {0, SECBUFFER_TOKEN, down_bytes};
    struct pair p;
    SECURITY_STATUS status;

    if ((status = leg(0, &client_cred, &p.client, 1, NULL, &up)) != SEC_I_CONTINUE_NEEDED)
        fail("client, first leg", status);
    if ((status = leg(1, &server_cred, &p.server, 1, &up, &down)) != SEC_I_CONTINUE_NEEDED)
        fail("server, first leg", status);
    sspi->SetContextAttributesA(&p.server, SECPKG_ATTR_AUTH_NTLM_HASH, &hash, sizeof hash);
    if ((status = leg(0, &client_cred, &p.client, 0, &down, &up)) != SEC_E_OK && status != SEC_I_COMPLETE_NEEDED)
        fail("client, second leg", status);
    status = leg(1, &server_cred, &p.server, 0, &up, &down);
    if (status == SEC_I_COMPLETE_NEEDED) {
        SecBufferDesc desc = {SECBUFFER_VERSION, 1, &down};
        status = sspi->CompleteAuthToken(&p.server, &desc);
    }
    if (status != SEC_E_OK)
        fail("server, second leg", status);
    return p;
}

static void pair_delete(struct pair *p)
{
    sspi->DeleteSecurityContext(&p->client);
    sspi->DeleteSecurityContext(&p->server);
}

static double handshakes(double seconds)
{
    double start = now(), end = start + seconds, t, count = 0;
    do {
        struct pair p = login();
        pair_delete(&p);
        count++;
    } while ((t = now()) < end);
    return count / (t - start);
}

/* ---- messages: the same batches as sspibench's ---- */

struct batch {
    size_t size, count;
    BYTE *data, (*signatures)[16];
};

static double messages(CtxtHandle *context, int sealing, struct batch *b)
{
    double start = now();
    for (size_t i = 0; i < b->count; i++) {
        SecBuffer buffers[2] = {{16, SECBUFFER_TOKEN, b->signatures[i]}, {(UINT32)b->size, SECBUFFER_DATA, b->data + i * b->size}};
        SecBufferDesc desc = {SECBUFFER_VERSION, 2, buffers};
        ULONG quality;
        SECURITY_STATUS status = sealing ? sspi->EncryptMessage(context, 0, &desc, (ULONG)0) : sspi->DecryptMessage(context, &desc, 0, &quality);
        if (status != SEC_E_OK)
            fail(sealing ? "EncryptMessage" : "DecryptMessage", status);
    }
    return now() - start;
}

static double throughput(int sealing, size_t size, double seconds)
{
    struct pair p = login();
    struct batch b = {.size = size, .count = size < 16384 ? 16384 / size : 1};
    b.data = calloc(b.count, size);
    b.signatures = calloc(b.count, sizeof *b.signatures);
    double spent = 0, bytes = 0, end = now() + seconds * 2;
    while (now() < end) {
        double sealed = messages(&p.client, 1, &b), unsealed = messages(&p.server, 0, &b);
        spent += sealing ? sealed : unsealed;
        bytes += (double)(size * b.count);
    }
    pair_delete(&p);
    free(b.data);
    free(b.signatures);
    return bytes / 1e6 / spent;
}

static double memory(void)
{
    enum { PAIRS = 500 }; /* 2.11 has room for 1,024 handles or so */
    static struct pair pairs[PAIRS];
    struct pair first = login();
    struct mallinfo2 before = mallinfo2();
    for (int i = 0; i < PAIRS; i++)
        pairs[i] = login();
    struct mallinfo2 after = mallinfo2();
    for (int i = 0; i < PAIRS; i++)
        pair_delete(&pairs[i]);
    pair_delete(&first);
    return (double)(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / PAIRS;
}

/* ASCII only: names of libwinpr's own conversion differ between its versions. */
static UINT16 *utf16(const char *text)
{
    UINT16 *out = calloc(strlen(text) + 1, sizeof *out);
    for (size_t i = 0; text[i]; i++)
        out[i] = (unsigned char)text[i];
    return out;
}

static void acquire(const char *user, const char *password)
{
    static SEC_WINNT_AUTH_IDENTITY identity;
    TimeStamp expiry;
    SECURITY_STATUS status;

    sspi = InitSecurityInterfaceExA(0);
    identity.User = utf16(user);
    identity.UserLength = (UINT32)strlen(user);
    identity.Password = utf16(password);
    identity.PasswordLength = (UINT32)strlen(password);
    identity.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    NTOWFv1A((char *)password, (UINT32)strlen(password), hash.NtlmHash);
    hash.Version = 1;
    if ((status = sspi->AcquireCredentialsHandleA(NULL, (SEC_CHAR *)"NTLM", SECPKG_CRED_OUTBOUND, NULL, &identity, NULL, NULL, &client_cred, &expiry)))
        fail("AcquireCredentialsHandle", status);
    if ((status = sspi->AcquireCredentialsHandleA(NULL, (SEC_CHAR *)"NTLM", SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL, &server_cred, &expiry)))
        fail("AcquireCredentialsHandle", status);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    acquire(argv[argc - 2], argv[argc - 1]);
    if (argc == 5 && !strcmp(argv[1], "handshake"))
        printf("%.0f\n", handshakes(atof(argv[2])));
    else if (argc == 4 && !strcmp(argv[1], "memory"))
        printf("%.0f\n", memory());
    else if (argc == 6 && (!strcmp(argv[1], "seal") || !strcmp(argv[1], "unseal")))
        printf("%.1f\n", throughput(!strcmp(argv[1], "seal"), (size_t)atol(argv[2]), atof(argv[3])));
    else
        return 2;
    return 0;
}
