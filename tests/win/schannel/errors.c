/* Bad arguments and bad input: the codes that Windows gives (Wine's schannel.c, which runs on Windows). */
#include "pair.h"

static SECURITY_STATUS acquire(const WCHAR *package, ULONG use, void *data, CredHandle *credential)
{
    return sspi->AcquireCredentialsHandleW(
            NULL, (SEC_WCHAR *)package, use, NULL, data, NULL, NULL, credential, NULL);
}

static void test_acquire(void)
{
    SCHANNEL_CRED cred = {0};
    PCCERT_CONTEXT certificate;
    CredHandle credential;
    SECURITY_STATUS status;
    static const WCHAR *const names[] = {L"Schannel",
            L"Microsoft Unified Security Protocol Provider", L"Default TLS SSP", L"schannel"};
    DWORD i;

    for (i = 0; i < ARRAY_SIZE(names); i++) {
        if (i == 2 && under_wine_secur32())
            continue; /* it has two names only */
        status = acquire(names[i], SECPKG_CRED_OUTBOUND, NULL, &credential);
        ok(status == SEC_E_OK, "%ls: %08lx\n", names[i], status);
        sspi->FreeCredentialsHandle(&credential);
    }
    status = acquire(NULL, SECPKG_CRED_OUTBOUND, NULL, &credential);
    ok(status == SEC_E_SECPKG_NOT_FOUND, "%08lx\n", status);
    status = acquire(SSPI_PACKAGE, SECPKG_CRED_INBOUND, NULL, &credential);
    ok(status == SEC_E_NO_CREDENTIALS, "%08lx\n", status);
    for (i = 0; i < 3; i++) {
        cred.dwVersion = i;
        status = acquire(SSPI_PACKAGE, SECPKG_CRED_OUTBOUND, &cred, &credential);
        ok(status == SEC_E_UNKNOWN_CREDENTIALS, "version %lu: %08lx\n", i, status);
    }
    cred.dwVersion = SCHANNEL_CRED_VERSION;
    cred.grbitEnabledProtocols = SP_PROT_TLS1_2_SERVER;
    status = acquire(SSPI_PACKAGE, SECPKG_CRED_OUTBOUND, &cred, &credential);
    ok(status == SEC_E_ALGORITHM_MISMATCH, "%08lx\n", status);
    cred.grbitEnabledProtocols = 0;

    certificate = CertCreateCertificateContext(X509_ASN_ENCODING, test_certificate()->pbCertEncoded,
            test_certificate()->cbCertEncoded);
    cred.cCreds = 1;
    cred.paCred = &certificate;
    status = acquire(SSPI_PACKAGE, SECPKG_CRED_INBOUND, &cred, &credential);
    ok(status == SEC_E_NO_CREDENTIALS, "no key: %08lx\n", status);
    CertFreeCertificateContext(certificate);
    certificate = NULL;
    status = acquire(SSPI_PACKAGE, SECPKG_CRED_INBOUND, &cred, &credential);
    ok(status == SEC_E_UNKNOWN_CREDENTIALS, "no certificate: %08lx\n", status);
}

static SECURITY_STATUS isc(CredHandle *credential, CtxtHandle *context, ULONG request,
        SecBufferDesc *in, CtxtHandle *new, SecBufferDesc *out)
{
    ULONG attributes;
    return sspi->InitializeSecurityContextW(credential, context, (SEC_WCHAR *)L"localhost", request,
            0, 0, in, 0, new, out, &attributes, NULL);
}

static void test_first_leg(CredHandle *credential)
{
    BYTE memory[2000];
    SecBuffer out[2] = {{0, SECBUFFER_TOKEN, memory}, {0, SECBUFFER_ALERT, memory}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, out};
    CtxtHandle context = {0xdead, 0xbeef};
    SECURITY_STATUS status;

    status = isc(credential, NULL, 0, NULL, &context, NULL);
    ok(status == SEC_E_INVALID_TOKEN, "no output: %08lx\n", status);
    status = isc(credential, NULL, 0, NULL, &context, &desc);
    ok(status == SEC_E_INSUFFICIENT_MEMORY, "no room: %08lx\n", status);
    out[0] = (SecBuffer){sizeof(memory), SECBUFFER_TOKEN, memory};
    desc.cBuffers = 2;
    status = isc(credential, NULL, 0, NULL, &context, &desc);
    ok(status == SEC_E_INSUFFICIENT_MEMORY, "no room for the alert: %08lx\n", status);
    ok(context.dwLower == 0xdead && context.dwUpper == 0xbeef,
            "a failed first leg wrote a handle\n");
    desc.cBuffers = 1;
    out[0] = (SecBuffer){10, SECBUFFER_TOKEN, memory};
    status = isc(credential, NULL, 0, NULL, &context, &desc);
    ok(status == SEC_E_INSUFFICIENT_MEMORY || status == SEC_E_BUFFER_TOO_SMALL,
            "ten bytes: %08lx\n", status);
    out[0] = (SecBuffer){0, SECBUFFER_TOKEN, NULL};
    status = isc(credential, NULL, 0, NULL, &context, &desc);
    ok(status == SEC_I_CONTINUE_NEEDED, "nothing given: %08lx\n", status);
    ok(out[0].pvBuffer && out[0].cbBuffer, "not allocated\n");
    sspi->FreeContextBuffer(out[0].pvBuffer);
    sspi->DeleteSecurityContext(&context);
}

/* A token buffer goes before a placeholder, wherever it is; other types are no place for the token. */
static void test_places(CredHandle *credential)
{
    SecBuffer out[2] = {{0, SECBUFFER_EMPTY, NULL}, {0, SECBUFFER_TOKEN, NULL}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, out};
    CtxtHandle context = {0xdead, 0xbeef};

    SECURITY_STATUS status = isc(credential, NULL, ISC_REQ_ALLOCATE_MEMORY, NULL, &context, &desc);
    ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
    ok(out[0].BufferType == SECBUFFER_EMPTY && !out[0].cbBuffer, "the placeholder was taken\n");
    ok(out[1].cbBuffer > 50, "%lu bytes\n", out[1].cbBuffer);
    sspi->FreeContextBuffer(out[1].pvBuffer);
    sspi->DeleteSecurityContext(&context);

    context = (CtxtHandle){0xdead, 0xbeef};
    desc.cBuffers = 1;
    out[0] = (SecBuffer){0, SECBUFFER_DATA, NULL};
    status = isc(credential, NULL, ISC_REQ_ALLOCATE_MEMORY, NULL, &context, &desc);
    ok(status == SEC_E_INVALID_TOKEN, "data: %08lx\n", status);
    out[0] = (SecBuffer){0, SECBUFFER_EMPTY | SECBUFFER_READONLY, NULL};
    status = isc(credential, NULL, ISC_REQ_ALLOCATE_MEMORY, NULL, &context, &desc);
    ok(status == SEC_E_INVALID_TOKEN, "read-only: %08lx\n", status);
    ok(context.dwLower == 0xdead && context.dwUpper == 0xbeef, "a failed first leg wrote a handle\n");
}

static void start(CredHandle *credential, CtxtHandle *context)
{
    SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &out};
    SECURITY_STATUS status = isc(credential, NULL, ISC_REQ_ALLOCATE_MEMORY, NULL, context, &desc);
    ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
    sspi->FreeContextBuffer(out.pvBuffer);
}

static void test_garbage(CredHandle *credential)
{
    static BYTE garbage[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    static BYTE header[] = {22, 3, 3, 0x10, 0};
    BYTE memory[500];
    SecBuffer in[2], out;
    SecBufferDesc input = {SECBUFFER_VERSION, 2, in}, output = {SECBUFFER_VERSION, 1, &out};
    CtxtHandle context;
    SECURITY_STATUS status;
    ULONG i;

    start(credential, &context);
    for (i = 0; i <= 5; i++) {
        in[0] = (SecBuffer){i, SECBUFFER_TOKEN, header};
        in[1] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
        out = (SecBuffer){sizeof(memory), SECBUFFER_TOKEN, memory};
        status = isc(credential, &context, 0, &input, NULL, &output);
        ok(status == SEC_E_INCOMPLETE_MESSAGE, "%lu bytes: %08lx\n", i, status);
        ok(in[1].BufferType == SECBUFFER_MISSING && in[1].cbBuffer == (i < 5 ? 5 - i : 0x1000),
                "%lu bytes: %lu missing\n", i, in[1].cbBuffer);
        ok(out.cbBuffer == sizeof(memory), "output touched\n");
    }
    in[0] = (SecBuffer){sizeof(garbage) - 1, SECBUFFER_TOKEN, garbage};
    in[1] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    out = (SecBuffer){sizeof(memory), SECBUFFER_TOKEN, memory};
    status = isc(credential, &context, 0, &input, NULL, &output);
    ok(status == SEC_E_INVALID_TOKEN, "garbage: %08lx\n", status);
    ok(!out.cbBuffer, "%lu bytes of output\n", out.cbBuffer);
    out = (SecBuffer){sizeof(memory), SECBUFFER_TOKEN, memory};
    status = isc(credential, &context, 0, &input, NULL, &output);
    ok(FAILED(status), "goes on after garbage: %08lx\n", status);
    ok(sspi->DeleteSecurityContext(&context) == SEC_E_OK, "a failed context stays deletable\n");
}

static void test_server_garbage(void)
{
    struct options o = {0};
    static BYTE garbage[] = "GET / HTTP/1.0\r\n\r\n";
    SecBuffer in[2] = {{sizeof(garbage) - 1, SECBUFFER_TOKEN, garbage}, {0, SECBUFFER_EMPTY, NULL}},
              out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 2, in}, output = {SECBUFFER_VERSION, 1, &out};
    CtxtHandle context = {0xdead, 0xbeef};
    CredHandle credential;
    ULONG attributes;
    SECURITY_STATUS status;

    ok(acquire_server(&o, &credential) == SEC_E_OK, "credential\n");
    status = sspi->AcceptSecurityContext(&credential, NULL, &input, ASC_REQ_ALLOCATE_MEMORY, 0,
            &context, &output, &attributes, NULL);
    ok(status == SEC_E_INVALID_TOKEN, "%08lx\n", status);
    ok(context.dwLower == 0xdead, "handle written\n");
    in[0].cbBuffer = 3;
    in[1] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    status = sspi->AcceptSecurityContext(&credential, NULL, &input, ASC_REQ_ALLOCATE_MEMORY, 0,
            &context, &output, &attributes, NULL);
    ok(status == SEC_E_INCOMPLETE_MESSAGE, "%08lx\n", status);
    ok(in[1].BufferType == SECBUFFER_MISSING && in[1].cbBuffer == 2, "missing %lu\n",
            in[1].cbBuffer);
    sspi->FreeCredentialsHandle(&credential);
}

static void test_handles(CredHandle *credential)
{
    CtxtHandle context, stale;
    SecPkgContext_StreamSizes sizes;
    CERT_CONTEXT *certificate;
    SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &out};

    start(credential, &context);
    ok(sspi->QueryContextAttributesW(&context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &certificate) ==
                    SEC_E_INVALID_HANDLE,
            "too early\n");
    ok(sspi->QueryContextAttributesW(&context, SECPKG_ATTR_STREAM_SIZES, &sizes) ==
                    SEC_E_INVALID_HANDLE,
            "too early\n");
    stale = context;
    sspi->DeleteSecurityContext(&context);
    ok(sspi->QueryContextAttributesW(&stale, SECPKG_ATTR_STREAM_SIZES, &sizes) ==
                    SEC_E_INVALID_HANDLE,
            "stale\n");
    ok(isc(credential, &stale, 0, NULL, NULL, &desc) == SEC_E_INVALID_HANDLE, "stale\n");
    ok(sspi->DeleteSecurityContext(&stale) == SEC_E_INVALID_HANDLE, "stale\n");
    ok(isc(NULL, NULL, 0, NULL, &context, &desc) == SEC_E_INVALID_HANDLE, "no handles\n");
}

/* No version in common: both sides fail, and the client is told. */
static void test_no_common_version(void)
{
    TLS_PARAMETERS parameters = {0};
    struct options o = {SP_PROT_TLS1_2_CLIENT, 0, SCH_CRED_MANUAL_CRED_VALIDATION};
    SCH_CREDENTIALS cred = {SCH_CREDENTIALS_VERSION};
    PCCERT_CONTEXT certificate = test_certificate();
    CredHandle server, client;
    CtxtHandle cc, sc;
    SecBuffer in[2], out = {0, SECBUFFER_TOKEN, NULL}, alert = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 2, in}, output = {SECBUFFER_VERSION, 1, &out},
                  to_alert = {SECBUFFER_VERSION, 1, &alert};
    ULONG attributes = 0;
    SECURITY_STATUS status;

    parameters.grbitDisabledProtocols = SP_PROT_TLS1_X_SERVER & ~SP_PROT_TLS1_3_SERVER;
    cred.cCreds = 1;
    cred.paCred = &certificate;
    cred.cTlsParameters = 1;
    cred.pTlsParameters = &parameters;
    ok(acquire(SSPI_PACKAGE, SECPKG_CRED_INBOUND, &cred, &server) == SEC_E_OK, "server\n");
    ok(acquire_client(&o, &client) == SEC_E_OK, "client\n");
    ok(isc(&client, NULL, ISC_REQ_ALLOCATE_MEMORY, NULL, &cc, &output) == SEC_I_CONTINUE_NEEDED,
            "first\n");
    in[0] = (SecBuffer){out.cbBuffer, SECBUFFER_TOKEN, out.pvBuffer};
    in[1] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    status = sspi->AcceptSecurityContext(&server, NULL, &input,
            ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_EXTENDED_ERROR, 0, &sc, &to_alert, &attributes, NULL);
    ok(FAILED(status), "server %08lx\n", status);
    ok(attributes & ASC_RET_EXTENDED_ERROR, "attributes %lx\n", attributes);
    ok(alert.cbBuffer == 7 && alert.pvBuffer && ((BYTE *)alert.pvBuffer)[0] == 21,
            "alert of %lu bytes\n", alert.cbBuffer);
    sspi->FreeContextBuffer(out.pvBuffer);
    out = (SecBuffer){0, SECBUFFER_TOKEN, NULL};
    in[0] = (SecBuffer){alert.cbBuffer, SECBUFFER_TOKEN, alert.pvBuffer};
    in[1] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    status = isc(&client, &cc, ISC_REQ_ALLOCATE_MEMORY, &input, NULL, &output);
    /* What protocol_version and handshake_failure are mapped to */
    ok(status == SEC_E_UNSUPPORTED_FUNCTION || status == SEC_E_ILLEGAL_MESSAGE, "%08lx\n", status);
    sspi->FreeContextBuffer(alert.pvBuffer);
    sspi->DeleteSecurityContext(&cc);
    sspi->FreeCredentialsHandle(&client);
    sspi->FreeCredentialsHandle(&server);
}

static void all_tests(void)
{
    struct options o = {0, 0, SCH_CRED_MANUAL_CRED_VALIDATION};
    CredHandle credential;

    test_acquire();
    ok(acquire_client(&o, &credential) == SEC_E_OK, "credential\n");
    test_first_leg(&credential);
    test_places(&credential);
    test_garbage(&credential);
    test_handles(&credential);
    test_server_garbage();
    test_no_common_version();
    sspi->FreeCredentialsHandle(&credential);
}

START_TEST(errors)
{
    pair_setup();
    pair_as_w_and_a(all_tests);
}
