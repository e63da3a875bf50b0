/* The provider's face: packages, function table, entry points. Nothing here but static data: stock
 * secur32 calls InitSecurityInterface under the loader lock. */
#include "schannel.h"

/* Windows 10 and 11, in dumps of EnumerateSecurityPackages. */
#define CAPABILITIES 0x004107B3
#define RPC_ID       14
#define MAX_TOKEN    24576
#define COMMENT      (WCHAR *)L"Schannel Security Package"

static const SecPkgInfoW packages[] = {
        {CAPABILITIES, 1, RPC_ID, MAX_TOKEN, (WCHAR *)L"Schannel", COMMENT},
        {CAPABILITIES, 1, RPC_ID, MAX_TOKEN,
                (WCHAR *)L"Microsoft Unified Security Protocol Provider", COMMENT},
        {CAPABILITIES, 1, RPC_ID, MAX_TOKEN, (WCHAR *)L"Default TLS SSP", COMMENT},
};

/* Not here, hence SEC_E_UNSUPPORTED_FUNCTION as on Windows: signatures without encryption,
 * CompleteAuthToken, contexts that move between processes. */
const struct ssp_provider ssp_this_provider = {
        .room = ROOM,
        .packages = packages,
        .package_count = ARRAYSIZE(packages),
        .acquire = credential_acquire,
        .leg = schannel_leg,
        .query_context = context_query,
        .set_context = context_set,
        .query_credential = credential_query,
        .apply_control = control_apply,
        .encrypt = stream_encrypt,
        .decrypt = stream_decrypt,
};

PSecurityFunctionTableW WINAPI InitSecurityInterfaceW(void)
{
    return ssp_function_table_w();
}

PSecurityFunctionTableA WINAPI InitSecurityInterfaceA(void)
{
    return ssp_function_table_a();
}

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void *reserved);

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void *reserved)
{
    if (reason == DLL_PROCESS_ATTACH)
        DisableThreadLibraryCalls(module);
    if (reason == DLL_PROCESS_DETACH && !reserved) /* FreeLibrary: the process goes on */
        settings_unload();
    return TRUE;
}
