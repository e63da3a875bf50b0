/* winprbench SECONDS USER PASSWORD: NTLM logins per second of libwinpr, both ends in this process. Exit code 1 if a login
 * fails. The server gets the NT hash in hand, so it reads no account file. */
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

static void login(CredHandle *client_cred, CredHandle *server_cred, SecPkgContext_AuthNtlmHash *hash)
{
    static BYTE up_bytes[2888], down_bytes[2888];
    SecBuffer up = {0, SECBUFFER_TOKEN, up_bytes}, down = {0, SECBUFFER_TOKEN, down_bytes};
    CtxtHandle client, server;
    SECURITY_STATUS status;

    if ((status = leg(0, client_cred, &client, 1, NULL, &up)) != SEC_I_CONTINUE_NEEDED)
        fail("client, first leg", status);
    if ((status = leg(1, server_cred, &server, 1, &up, &down)) != SEC_I_CONTINUE_NEEDED)
        fail("server, first leg", status);
    sspi->SetContextAttributesA(&server, SECPKG_ATTR_AUTH_NTLM_HASH, hash, sizeof *hash);
    if ((status = leg(0, client_cred, &client, 0, &down, &up)) != SEC_E_OK && status != SEC_I_COMPLETE_NEEDED)
        fail("client, second leg", status);
    status = leg(1, server_cred, &server, 0, &up, &down);
    if (status == SEC_I_COMPLETE_NEEDED) {
        SecBufferDesc desc = {SECBUFFER_VERSION, 1, &down};
        status = sspi->CompleteAuthToken(&server, &desc);
    }
    if (status != SEC_E_OK)
        fail("server, second leg", status);
    sspi->DeleteSecurityContext(&client);
    sspi->DeleteSecurityContext(&server);
}

/* ASCII only: names of libwinpr's own conversion differ between its versions. */
static UINT16 *utf16(const char *text)
{
    UINT16 *out = calloc(strlen(text) + 1, sizeof *out);
    for (size_t i = 0; text[i]; i++)
        out[i] = (unsigned char)text[i];
    return out;
}

int main(int argc, char **argv)
{
    SEC_WINNT_AUTH_IDENTITY identity = {0};
    SecPkgContext_AuthNtlmHash hash = {0};
    CredHandle client, server;
    TimeStamp expiry;
    SECURITY_STATUS status;
    unsigned long count = 0;

    if (argc != 4)
        return 2;
    sspi = InitSecurityInterfaceExA(0);
    identity.User = utf16(argv[2]);
    identity.UserLength = (UINT32)strlen(argv[2]);
    identity.Password = utf16(argv[3]);
    identity.PasswordLength = (UINT32)strlen(argv[3]);
    identity.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    NTOWFv1A(argv[3], (UINT32)strlen(argv[3]), hash.NtlmHash);
    hash.Version = 1;
    if ((status = sspi->AcquireCredentialsHandleA(NULL, (SEC_CHAR *)"NTLM", SECPKG_CRED_OUTBOUND, NULL, &identity, NULL, NULL, &client, &expiry)))
        fail("AcquireCredentialsHandle", status);
    if ((status = sspi->AcquireCredentialsHandleA(NULL, (SEC_CHAR *)"NTLM", SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL, &server, &expiry)))
        fail("AcquireCredentialsHandle", status);
    double start = now(), end = start + atof(argv[1]), t;
    do {
        login(&client, &server, &hash);
        count++;
    } while ((t = now()) < end);
    printf("%.0f\n", (double)count / (t - start));
    return 0;
}
