/* A provider that a program loads by itself and lets go of: it leaves no handle behind ("FreeLibrary"; what it keeps
 * of the registry it watches, libs/ssp/watch.h). Both DLLs that do so. */
#include "pair.h"

enum { ROUNDS = 6, VALUES = 0x4000 };

/* One after the other: for GetProcessHandleCount there are none (Wine 8.0). */
static unsigned handles(void)
{
    unsigned count = 0;
    DWORD flags;

    for (ULONG_PTR value = 4; value < VALUES; value += 4)
        count += GetHandleInformation((HANDLE)value, &flags);
    return count;
}

/* From the second credential on the registry is watched. */
static void use(const WCHAR *package, SecurityFunctionTableW *table)
{
    for (int i = 0; i < 3; i++) {
        CredHandle credential;
        SECURITY_STATUS status = table->AcquireCredentialsHandleW(NULL, (WCHAR *)package,
                SECPKG_CRED_OUTBOUND, NULL, NULL, NULL, NULL, &credential, NULL);
        ok(status == SEC_E_OK, "%08lx\n", status);
        if (status == SEC_E_OK)
            table->FreeCredentialsHandle(&credential);
    }
}

static BOOL is_provider(const WCHAR *name)
{
    HMODULE module = LoadLibraryW(name);
    BOOL is = module && GetProcAddress(module, "InitSecurityInterfaceW");

    FreeLibrary(module);
    return is;
}

/* How many handles there are while the DLL is in use, and after it has gone. */
static BOOL one_round(const WCHAR *name, const WCHAR *package, unsigned *in_use, unsigned *after)
{
    HMODULE module = LoadLibraryW(name);
    INIT_SECURITY_INTERFACE_W init = (void *)GetProcAddress(module, "InitSecurityInterfaceW");

    if (!init)
        return FALSE;
    use(package, init());
    *in_use = handles();
    FreeLibrary(module);
    *after = handles();
    return !GetModuleHandleW(name);
}

static void test(const WCHAR *name, const WCHAR *package)
{
    unsigned in_use, first, last;

    winetest_push_context("%ls", name);
    ok(!GetModuleHandleW(name), "somebody else has it\n");
    if (!is_provider(name)) {
        skip("no provider to be loaded by a program\n");
        winetest_pop_context();
        return;
    }
    ok(one_round(name, package, &in_use, &first), "it stays\n"); /* what others open once and keep */
    for (int i = 1; i < ROUNDS; i++)
        ok(one_round(name, package, &in_use, &last), "it stays\n");
    ok(in_use > last, "nothing is watched: %u, %u\n", in_use, last);
    ok(last == first, "%u handles, %u after %d more rounds\n", first, last, ROUNDS - 1);
    winetest_pop_context();
}

START_TEST(unload)
{
    test(L"schannel.dll", L"Microsoft Unified Security Protocol Provider");
    test(L"msv1_0.dll", L"NTLM");
}
