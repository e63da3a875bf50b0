/* "TLS registry settings" (learn.microsoft.com), SCHANNEL\Protocols\...: Enabled 0 turns a version off. They are read once and
 * kept (dlls/schannel/settings.c), and a change counts for the next AcquireCredentialsHandle all the same, whoever makes it
 * and however. */
#include "pair.h"
#include "rights.h"

#define PROVIDERS L"SYSTEM\\CurrentControlSet\\Control\\SecurityProviders"
#define SCHANNEL  PROVIDERS L"\\SCHANNEL"
#define ASIDE     PROVIDERS L"\\opensspi-test-aside"
#define CLIENT    SCHANNEL L"\\Protocols\\TLS 1.2\\Client"

static BOOL has_tls12(void)
{
    SCH_CREDENTIALS cred = {SCH_CREDENTIALS_VERSION};
    SecPkgCred_SupportedProtocols protocols = {0};
    CredHandle credential;
    SECURITY_STATUS status = sspi->AcquireCredentialsHandleW(
            NULL, SSPI_PACKAGE, SECPKG_CRED_OUTBOUND, NULL, &cred, NULL, NULL, &credential, NULL);
    if (status != SEC_E_OK)
        return FALSE;
    sspi->QueryCredentialsAttributesW(&credential, SECPKG_ATTR_SUPPORTED_PROTOCOLS, &protocols);
    sspi->FreeCredentialsHandle(&credential);
    return (protocols.grbitProtocol & SP_PROT_TLS1_2_CLIENT) != 0;
}

/* ... to the first that asks, and to those who come after it. */
static void check_has(BOOL want, const char *when)
{
    for (int i = 0; i < 4; i++)
        ok(has_tls12() == want, "%s, time %d\n", when, i);
}

static void set_enabled(DWORD on)
{
    HKEY key;
    LSTATUS e = RegCreateKeyExW(HKEY_LOCAL_MACHINE, CLIENT, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL);
    ok(!e, "RegCreateKeyEx %ld\n", e);
    ok(!RegSetValueExW(key, L"Enabled", 0, REG_DWORD, (const BYTE *)&on, sizeof(on)), "RegSetValueEx\n");
    RegCloseKey(key);
}

static void delete_key(void)
{
    ok(!RegDeleteTreeW(HKEY_LOCAL_MACHINE, SCHANNEL L"\\Protocols\\TLS 1.2"), "RegDeleteTree\n");
}

static void delete_value(void)
{
    HKEY key;
    ok(!RegOpenKeyExW(HKEY_LOCAL_MACHINE, CLIENT, 0, KEY_SET_VALUE, &key), "RegOpenKeyEx\n");
    ok(!RegDeleteValueW(key, L"Enabled"), "RegDeleteValue\n");
    RegCloseKey(key);
}

static void test_each_way(void)
{
    check_has(TRUE, "before");
    set_enabled(0);
    check_has(FALSE, "key made");
    set_enabled(1);
    check_has(TRUE, "value changed");
    set_enabled(0);
    check_has(FALSE, "value changed back");
    delete_value();
    check_has(TRUE, "value deleted");
    set_enabled(0);
    check_has(FALSE, "value made");
    delete_key();
    check_has(TRUE, "key deleted");
}

static void change_another(void)
{
    HKEY key;
    const DWORD one = 1;
    ok(!RegOpenKeyExW(HKEY_LOCAL_MACHINE, SCHANNEL, 0, KEY_SET_VALUE, &key), "RegOpenKeyEx\n");
    ok(!RegSetValueExW(key, L"opensspi-test", 0, REG_DWORD, (const BYTE *)&one, sizeof(one)), "RegSetValueEx\n");
    ok(!RegDeleteValueW(key, L"opensspi-test"), "RegDeleteValue\n");
    RegCloseKey(key);
}

/* What cannot be read when it is read counts as the strictest, but only as long as it cannot. */
static void test_rights(void)
{
    HKEY key;
    set_enabled(1);
    check_has(TRUE, "value made");
    ok(!RegOpenKeyExW(HKEY_LOCAL_MACHINE, CLIENT, 0, READ_CONTROL | WRITE_DAC, &key), "RegOpenKeyEx\n");
    ok(set_dacl(key, FALSE), "no rights\n");
    change_another();
    check_has(FALSE, "no rights");
    ok(set_dacl(key, TRUE), "rights\n");
    check_has(TRUE, "rights");
    RegCloseKey(key);
    delete_key();
}

static void test_each_time(void)
{
    for (int i = 0; i < 50; i++) {
        set_enabled(i & 1);
        ok(has_tls12() == (i & 1), "change %d\n", i);
    }
    delete_key();
}

static void copy(const WCHAR *from, const WCHAR *to)
{
    HKEY source, target;
    RegCreateKeyExW(HKEY_LOCAL_MACHINE, from, 0, NULL, 0, KEY_READ, NULL, &source, NULL);
    RegCreateKeyExW(HKEY_LOCAL_MACHINE, to, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &target, NULL);
    ok(!RegCopyTreeW(source, NULL, target), "RegCopyTree\n");
    RegCloseKey(source);
    RegCloseKey(target);
}

/* Empty, so that nothing below it tells when it goes. */
static void test_empty_key_replaced(void)
{
    HKEY key;
    RegOpenKeyExW(HKEY_LOCAL_MACHINE, SCHANNEL, 0, KEY_ALL_ACCESS, &key);
    ok(!RegDeleteTreeW(key, NULL), "RegDeleteTree\n");
    RegCloseKey(key);
    check_has(TRUE, "empty");
    ok(!RegDeleteKeyW(HKEY_LOCAL_MACHINE, SCHANNEL), "RegDeleteKey\n");
    set_enabled(0);
    check_has(FALSE, "made anew");
    set_enabled(1);
    check_has(TRUE, "made anew, changed");
}

/* The whole key goes and comes again: what was watched is not what is there now. */
static void test_key_replaced(void)
{
    copy(SCHANNEL, ASIDE);
    test_empty_key_replaced();
    for (int i = 0; i < 2; i++) {
        set_enabled(0);
        check_has(FALSE, "set");
        ok(!RegDeleteTreeW(HKEY_LOCAL_MACHINE, SCHANNEL), "RegDeleteTree\n");
        check_has(TRUE, "all deleted");
        set_enabled(0);
        check_has(FALSE, "made anew after all");
    }
    RegDeleteTreeW(HKEY_LOCAL_MACHINE, SCHANNEL);
    copy(ASIDE, SCHANNEL);
    RegDeleteTreeW(HKEY_LOCAL_MACHINE, ASIDE);
    check_has(TRUE, "as before");
}

static void run(const WCHAR *arguments)
{
    WCHAR line[512];
    STARTUPINFOW start = {sizeof(start)};
    PROCESS_INFORMATION process;
    DWORD code = 1;
    swprintf(line, ARRAY_SIZE(line), L"reg.exe %ls", arguments);
    ok(CreateProcessW(NULL, line, NULL, NULL, FALSE, CREATE_NO_WINDOW, NULL, NULL, &start, &process), "reg\n");
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    ok(!code, "%ls: %lu\n", arguments, code);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
}

static void test_other_process(void)
{
    check_has(TRUE, "before");
    run(L"add \"HKLM\\" CLIENT L"\" /v Enabled /t REG_DWORD /d 0 /f");
    check_has(FALSE, "turned off by another process");
    run(L"delete \"HKLM\\" SCHANNEL L"\\Protocols\\TLS 1.2\" /f");
    check_has(TRUE, "turned on by another process");
}

static void test_impersonating(void)
{
    ok(ImpersonateSelf(SecurityImpersonation), "ImpersonateSelf %lx\n", GetLastError());
    set_enabled(0);
    check_has(FALSE, "impersonating");
    RevertToSelf();
    check_has(FALSE, "no more");
    delete_key();
    check_has(TRUE, "no more");
}

/* ---- threads ---- */

static volatile LONG ending;

static DWORD WINAPI acquire_on(void *unused)
{
    (void)unused;
    while (!ending)
        has_tls12();
    return 0;
}

/* The thread that watched first ends, and others ask at the same time. */
static void test_threads(void)
{
    HANDLE threads[3];
    for (int i = 0; i < ARRAY_SIZE(threads); i++)
        threads[i] = CreateThread(NULL, 0, acquire_on, NULL, 0, NULL);
    test_each_time();
    ending = 1;
    for (int i = 0; i < ARRAY_SIZE(threads); i++) {
        WaitForSingleObject(threads[i], INFINITE);
        CloseHandle(threads[i]);
    }
    test_each_way();
}

START_TEST(settings)
{
    pair_setup();
    if (!GetProcAddress(GetModuleHandleW(L"ntdll"), "wine_get_version")) {
        skip("the machine's settings are left alone\n");
        return;
    }
    test_each_way();
    test_rights();
    test_each_time();
    test_key_replaced();
    test_other_process();
    test_impersonating();
    winetest_push_context("threads");
    test_threads();
    winetest_pop_context();
}
