/* What schannel.dll exports besides the SSPI table. */
#include "pair.h"

static HMODULE module;

static void test_forwarders(void)
{
    static const char *const names[] = {"AcquireCredentialsHandleW", "InitializeSecurityContextA",
            "AcceptSecurityContext", "QueryContextAttributesW", "FreeContextBuffer",
            "DeleteSecurityContext", "SealMessage", "UnsealMessage"};
    int i;
    for (i = 0; i < ARRAY_SIZE(names); i++)
        ok(GetProcAddress(module, names[i]) != NULL, "%s is missing\n", names[i]);
}

static void test_server_identity(void)
{
    SECURITY_STATUS(WINAPI * identify)
    (BYTE *, DWORD, BYTE **, DWORD *, DWORD) =
            (void *)GetProcAddress(module, "SslGetServerIdentity");
    struct options o = {0, 0, SCH_CRED_MANUAL_CRED_VALIDATION};
    SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &out};
    CredHandle credential;
    CtxtHandle context;
    ULONG attributes;
    BYTE *name = NULL;
    DWORD size = 0, i;
    SECURITY_STATUS status;

    if (!identify) {
        win_skip("no SslGetServerIdentity before Windows 8\n");
        return;
    }
    ok(acquire_client(&o, &credential) == SEC_E_OK, "credential\n");
    status = sspi->InitializeSecurityContextW(&credential, NULL,
            (SEC_WCHAR *)L"HTTP/www.example.com:443", ISC_REQ_ALLOCATE_MEMORY, 0, 0, NULL, 0,
            &context, &desc, &attributes, NULL);
    ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
    status = identify(out.pvBuffer, out.cbBuffer, &name, &size, 0);
    ok(status == SEC_E_OK, "%08lx\n", status);
    /* The host of the target, without service and port */
    ok(size == 15 && !memcmp(name, "www.example.com", 15), "%.*s\n", (int)size, name);
    for (i = 0; i < out.cbBuffer; i++) {
        status = identify(out.pvBuffer, i, &name, &size, 0);
        ok(status == SEC_E_INCOMPLETE_MESSAGE, "%lu bytes: %08lx\n", i, status);
    }
    ok(identify(NULL, 10, &name, &size, 0) == SEC_E_INVALID_PARAMETER, "NULL\n");
    ok(identify(out.pvBuffer, out.cbBuffer, NULL, &size, 0) == SEC_E_INVALID_PARAMETER, "NULL\n");
    sspi->FreeContextBuffer(out.pvBuffer);
    sspi->DeleteSecurityContext(&context);
    sspi->FreeCredentialsHandle(&credential);
}

static void test_crack(void)
{
    BOOL(WINAPI * crack)
    (BYTE *, DWORD, BOOL, X509Certificate **) =
            (void *)GetProcAddress(module, "SslCrackCertificate");
    void(WINAPI * release)(X509Certificate *) =
            (void *)GetProcAddress(module, "SslFreeCertificate");
    PCCERT_CONTEXT certificate = test_certificate();
    X509Certificate *cracked = NULL;

    if (!crack || !release) {
        ok(0, "SslCrackCertificate is missing\n");
        return;
    }
    ok(crack(certificate->pbCertEncoded, certificate->cbCertEncoded, 0, &cracked), "%lx\n",
            GetLastError());
    if (cracked) {
        ok(!strcmp(cracked->pszSubject, "CN=localhost"), "subject %s\n", cracked->pszSubject);
        ok(!memcmp(&cracked->ValidUntil, &certificate->pCertInfo->NotAfter, sizeof(FILETIME)),
                "dates\n");
        ok(cracked->pPublicKey->cbKey ==
                        certificate->pCertInfo->SubjectPublicKeyInfo.PublicKey.cbData,
                "key\n");
        release(cracked);
    }
    ok(!crack(certificate->pbCertEncoded, 10, 0, &cracked), "half a certificate\n");
}

START_TEST(exports)
{
    pair_setup();
    module = LoadLibraryW(L"schannel.dll");
    ok(module != NULL, "schannel.dll\n");
    test_forwarders();
    test_server_identity();
    test_crack();
}
