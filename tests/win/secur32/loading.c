/* What is loaded when: opensspi's providers come with the first credential of theirs
 * (docs/guide.md). Windows' packages live in the LSA process, so there is nothing of it to see
 * there. */
#include "../sspi_test.h"

static const char *const providers[] = {"msv1_0.dll", "schannel.dll", "credssp.dll"};

static void check_loaded(const char *when, const char *expected)
{
    int i;
    for (i = 0; i < ARRAY_SIZE(providers); i++) {
        BOOL loaded = GetModuleHandleA(providers[i]) != NULL;
        ok(loaded == (strstr(expected, providers[i]) != NULL), "%s: %s is %sloaded\n", when,
                providers[i], loaded ? "" : "not ");
    }
}

static void test_providers(void)
{
    SecPkgInfoW *packages, *one;
    CredHandle credential;
    ULONG count;
    SCHANNEL_CRED tls = {SCHANNEL_CRED_VERSION};

    check_loaded("at start", "");
    EnumerateSecurityPackagesW(&count, &packages);
    FreeContextBuffer(packages);
    QuerySecurityPackageInfoW((WCHAR *)L"CREDSSP", &one);
    FreeContextBuffer(one);
    EnumerateSecurityPackagesA(&count, (SecPkgInfoA **)&packages);
    FreeContextBuffer(packages);
    QuerySecurityPackageInfoA((char *)"CREDSSP", (SecPkgInfoA **)&one);
    FreeContextBuffer(one);
    InitSecurityInterfaceA();
    check_loaded("packages listed", "");
    ok(AcquireCredentialsHandleW(NULL, (WCHAR *)L"NTLM", SECPKG_CRED_INBOUND, NULL, NULL, NULL,
               NULL, &credential, NULL) == SEC_E_OK,
            "NTLM\n");
    check_loaded("a credential of NTLM", "msv1_0.dll");
    FreeCredentialsHandle(&credential);
    check_loaded("it stays", "msv1_0.dll");
    ok(AcquireCredentialsHandleA(NULL, (char *)UNISP_NAME_A, SECPKG_CRED_OUTBOUND, NULL, &tls, NULL,
               NULL, &credential, NULL) == SEC_E_OK,
            "Schannel\n");
    check_loaded("a credential of Schannel", "msv1_0.dll schannel.dll");
    FreeCredentialsHandle(&credential);
}

/* Functions that newer programs import or look up (mstsc), and SSPI's own: secur32.dll and
 * sspicli.dll give the same. */
static void test_exports(void)
{
    static const char *const names[] = {"AcceptSecurityContext", "AcquireCredentialsHandleA",
            "AcquireCredentialsHandleW", "AddCredentialsA", "AddCredentialsW", "ApplyControlToken",
            "ChangeAccountPasswordA", "ChangeAccountPasswordW", "CompleteAuthToken",
            "DecryptMessage", "DeleteSecurityContext", "EncryptMessage",
            "EnumerateSecurityPackagesA", "EnumerateSecurityPackagesW", "ExportSecurityContext",
            "FreeContextBuffer", "FreeCredentialsHandle", "ImpersonateSecurityContext",
            "ImportSecurityContextA", "ImportSecurityContextW", "InitSecurityInterfaceA",
            "InitSecurityInterfaceW", "InitializeSecurityContextA", "InitializeSecurityContextW",
            "LsaCallAuthenticationPackage", "LsaConnectUntrusted", "LsaDeregisterLogonProcess",
            "LsaEnumerateLogonSessions", "LsaFreeReturnBuffer", "LsaGetLogonSessionData",
            "LsaLogonUser", "LsaLookupAuthenticationPackage", "LsaRegisterLogonProcess",
            "MakeSignature", "QueryContextAttributesA", "QueryContextAttributesW",
            "QueryCredentialsAttributesA", "QueryCredentialsAttributesW",
            "QuerySecurityContextToken", "QuerySecurityPackageInfoA", "QuerySecurityPackageInfoW",
            "RevertSecurityContext", "SaslEnumerateProfilesW", "SetContextAttributesA",
            "SetContextAttributesW", "SetCredentialsAttributesA", "SetCredentialsAttributesW",
            "SspiCopyAuthIdentity", "SspiEncodeStringsAsAuthIdentity", "SspiFreeAuthIdentity",
            "SspiLocalFree", "SspiPrepareForCredWrite", "SspiZeroAuthIdentity", "VerifySignature"};
    HMODULE secur32 = GetModuleHandleA("secur32.dll"), sspicli = LoadLibraryA("sspicli.dll");
    int i;

    ok(sspicli != NULL, "sspicli.dll: %lu\n", GetLastError());
    for (i = 0; i < ARRAY_SIZE(names); i++) {
        void *one = GetProcAddress(secur32, names[i]), *other = GetProcAddress(sspicli, names[i]);
        ok(one != NULL, "secur32.dll lacks %s\n", names[i]);
        ok(other != NULL, "sspicli.dll lacks %s\n", names[i]);
        if (is_opensspi())
            ok(one == other, "%s is not the same in both\n", names[i]);
    }
    ok(GetProcAddress(secur32, "GetUserNameExW") &&
                    GetProcAddress(secur32, "GetComputerObjectNameW"),
            "names\n");
}

START_TEST(loading)
{
    if (is_opensspi())
        test_providers();
    test_exports();
}
