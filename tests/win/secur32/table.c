/* The function tables: Wine's secur32.c, test_InitSecurityInterface. */
#include "../sspi_test.h"

static void test_w(PSecurityFunctionTableW t)
{
    void **members = (void **)&t->EnumerateSecurityPackagesW;
    int i, count = (void **)&t->ChangeAccountPasswordW - members + 1,
           reserved2 = (void **)&t->Reserved2 - members,
           reserved8 = (void **)&t->Reserved8 - members;

    ok(t->dwVersion == SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION ||
                    broken(t->dwVersion > 1 && !is_opensspi()),
            "version %lu\n", t->dwVersion);
    ok(!t->Reserved2, "Reserved2 %p\n", t->Reserved2);
    ok(t->Reserved3 == t->EncryptMessage && t->Reserved4 == t->DecryptMessage,
            "Reserved3, Reserved4\n");
    for (i = 0; i < count; i++)
        ok(members[i] != NULL || i == reserved2 || i == reserved8, "member %d is NULL\n", i);
    if (is_opensspi())
        ok(t->QueryContextAttributesExW && t->QueryCredentialsAttributesExW, "Ex members\n");
    ok(t == InitSecurityInterfaceW(), "another table each time\n");
}

static void test_a(PSecurityFunctionTableA t)
{
    void **members = (void **)&t->EnumerateSecurityPackagesA;
    int i, count = (void **)&t->ChangeAccountPasswordA - members + 1,
           reserved2 = (void **)&t->Reserved2 - members,
           reserved8 = (void **)&t->Reserved8 - members;

    ok(t->dwVersion == SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION ||
                    broken(t->dwVersion > 1 && !is_opensspi()),
            "version %lu\n", t->dwVersion);
    ok(!t->Reserved2, "Reserved2 %p\n", t->Reserved2);
    ok(t->Reserved3 == t->EncryptMessage && t->Reserved4 == t->DecryptMessage,
            "Reserved3, Reserved4\n");
    for (i = 0; i < count; i++)
        ok(members[i] != NULL || i == reserved2 || i == reserved8, "member %d is NULL\n", i);
    if (is_opensspi())
        ok(t->QueryContextAttributesExA && t->QueryCredentialsAttributesExA, "Ex members\n");
    ok(t == InitSecurityInterfaceA(), "another table each time\n");
}

/* A provider DLL has a table of its own ("InitSecurityInterface function"); handles do not mix with
 * secur32's. */
static void test_provider(const char *file, const WCHAR *package)
{
    PSecurityFunctionTableW(WINAPI * init)(void) =
            (void *)GetProcAddress(LoadLibraryA(file), "InitSecurityInterfaceW");
    PSecurityFunctionTableW t = init ? init() : NULL;
    CredHandle credential;
    SecPkgInfoW *info = NULL;

    ok(t != NULL, "%s has no table\n", file);
    if (!t)
        return;
    ok(t->QuerySecurityPackageInfoW((WCHAR *)package, &info) == SEC_E_OK, "%ls\n", package);
    ok(FreeContextBuffer(info) == SEC_E_OK, "any DLL's FreeContextBuffer frees any other's\n");
    ok(t->AcquireCredentialsHandleW(NULL, (WCHAR *)package, SECPKG_CRED_OUTBOUND, NULL, NULL, NULL,
               NULL, &credential, NULL) == SEC_E_OK,
            "%ls\n", package);
    ok(FreeCredentialsHandle(&credential) == SEC_E_INVALID_HANDLE,
            "a provider's handle is not secur32's\n");
    ok(t->FreeCredentialsHandle(&credential) == SEC_E_OK, "free\n");
}

START_TEST(table)
{
    test_w(InitSecurityInterfaceW());
    test_a(InitSecurityInterfaceA());
    if (is_opensspi()) {
        test_provider("msv1_0.dll", L"NTLM");
        test_provider("schannel.dll", L"Schannel");
        test_provider("credssp.dll", L"CREDSSP");
    }
}
