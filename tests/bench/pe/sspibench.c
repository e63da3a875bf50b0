/* sspibench: one number about the secur32.dll of this prefix, by the public SSPI only.
 *   sspibench handshake SECONDS USER PASSWORD   NTLM logins per second, both ends in this process
 *   sspibench seal SIZE SECONDS USER PASSWORD   EncryptMessage (NTLM), MB/s of SIZE-byte messages
 *   sspibench load                              microseconds from LoadLibrary to the packages listed
 * Exit code 1 and a sentence if anything fails: a number is only printed for work that was done. */
#define SECURITY_WIN32
#include <windows.h>
#include <security.h>
#include <stdio.h>
#include <stdlib.h>

static PSecurityFunctionTableW sspi;

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

static double load(void)
{
    ULONG count = 0;
    PSecPkgInfoW packages = NULL;
    double start = now();
    HMODULE module = LoadLibraryW(L"secur32.dll");
    ENUMERATE_SECURITY_PACKAGES_FN_W list =
            module ? (ENUMERATE_SECURITY_PACKAGES_FN_W)(void *)GetProcAddress(module, "EnumerateSecurityPackagesW") : NULL;
    LONG status = list ? list(&count, &packages) : -1;
    double seconds = now() - start;
    if (status || !count)
        fail("EnumerateSecurityPackages", status);
    return seconds;
}

static void acquire(ULONG use, void *identity, CredHandle *out)
{
    TimeStamp expiry;
    LONG status = sspi->AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)L"NTLM", use, NULL, identity, NULL, NULL, out, &expiry);
    if (status)
        fail("AcquireCredentialsHandle", status);
}

struct pair {
    CtxtHandle client, server;
};

static LONG leg(BOOL server, CredHandle *cred, CtxtHandle *context, BOOL first, SecBuffer *in, SecBuffer *out)
{
    SecBufferDesc in_desc = {SECBUFFER_VERSION, 1, in}, out_desc = {SECBUFFER_VERSION, 1, out};
    ULONG attributes;
    TimeStamp expiry;
    const ULONG client_wants = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY | ISC_REQ_SEQUENCE_DETECT;

    out->cbBuffer = 2888;
    out->BufferType = SECBUFFER_TOKEN;
    if (server)
        return sspi->AcceptSecurityContext(cred, first ? NULL : context, &in_desc, 0, SECURITY_NATIVE_DREP, context, &out_desc, &attributes, &expiry);
    return sspi->InitializeSecurityContextW(cred, first ? NULL : context, NULL, client_wants, 0, SECURITY_NATIVE_DREP,
            first ? NULL : &in_desc, 0, context, &out_desc, &attributes, &expiry);
}

static struct pair handshake(CredHandle *client, CredHandle *server)
{
    static BYTE up_bytes[2888], down_bytes[2888];
    SecBuffer up = {0, SECBUFFER_TOKEN, up_bytes}, down = {0, SECBUFFER_TOKEN, down_bytes};
    struct pair p;
    LONG status;

    if ((status = leg(FALSE, client, &p.client, TRUE, NULL, &up)) != SEC_I_CONTINUE_NEEDED)
        fail("client, first leg", status);
    if ((status = leg(TRUE, server, &p.server, TRUE, &up, &down)) != SEC_I_CONTINUE_NEEDED)
        fail("server, first leg", status);
    if ((status = leg(FALSE, client, &p.client, FALSE, &down, &up)) != SEC_E_OK)
        fail("client, second leg", status);
    if ((status = leg(TRUE, server, &p.server, FALSE, &up, &down)) != SEC_E_OK)
        fail("server, second leg", status);
    return p;
}

static double handshakes(CredHandle *client, CredHandle *server, double seconds)
{
    unsigned long count = 0;
    double start = now(), end = start + seconds, t;
    do {
        struct pair p = handshake(client, server);
        sspi->DeleteSecurityContext(&p.client);
        sspi->DeleteSecurityContext(&p.server);
        count++;
    } while ((t = now()) < end);
    return (double)count / (t - start);
}

static double seal(CredHandle *client, CredHandle *server, ULONG size, double seconds)
{
    struct pair p = handshake(client, server);
    BYTE signature[16], *data = calloc(1, size);
    double start = now(), end = start + seconds, t, bytes = 0;

    do {
        SecBuffer b[2] = {{sizeof signature, SECBUFFER_TOKEN, signature}, {size, SECBUFFER_DATA, data}};
        SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};
        LONG status = sspi->EncryptMessage(&p.client, 0, &desc, 0);
        if (status)
            fail("EncryptMessage", status);
        bytes += size;
    } while ((t = now()) < end);
    sspi->DeleteSecurityContext(&p.client);
    sspi->DeleteSecurityContext(&p.server);
    free(data);
    return bytes / 1e6 / (t - start);
}

static void logged_in(const char *user, const char *password, CredHandle *client, CredHandle *server)
{
    SEC_WINNT_AUTH_IDENTITY_A identity = {(unsigned char *)user, (ULONG)strlen(user), NULL, 0, (unsigned char *)password, (ULONG)strlen(password), SEC_WINNT_AUTH_IDENTITY_ANSI};
    INIT_SECURITY_INTERFACE_W init = (INIT_SECURITY_INTERFACE_W)(void *)GetProcAddress(LoadLibraryW(L"secur32.dll"), "InitSecurityInterfaceW");

    sspi = init();
    acquire(SECPKG_CRED_OUTBOUND, &identity, client);
    acquire(SECPKG_CRED_INBOUND, NULL, server);
}

int main(int argc, char **argv)
{
    CredHandle client, server;

    if (argc == 2 && !strcmp(argv[1], "load")) {
        printf("%.0f\n", load() * 1e6);
    } else if (argc == 5 && !strcmp(argv[1], "handshake")) {
        logged_in(argv[3], argv[4], &client, &server);
        printf("%.0f\n", handshakes(&client, &server, atof(argv[2])));
    } else if (argc == 6 && !strcmp(argv[1], "seal")) {
        logged_in(argv[4], argv[5], &client, &server);
        printf("%.1f\n", seal(&client, &server, (ULONG)atol(argv[2]), atof(argv[3])));
    } else {
        fprintf(stderr, "sspibench handshake SECONDS USER PASSWORD | seal SIZE SECONDS USER PASSWORD | load\n");
        return 2;
    }
    return 0;
}
