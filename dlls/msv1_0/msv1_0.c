/* The NTLM provider: its table of functions, and what Windows' loader asks of a DLL. */
#include "msv1_0.h"

/* Values of Windows 10: what EnumerateSecurityPackages gives there (dumps of it). */
static const SecPkgInfoW packages[] = {
        {
                .fCapabilities = 0x02882B37,
                .wVersion = 1,
                .wRPCID = 10,
                .cbMaxToken = NTLM_TOKEN_MAX,
                .Name = (WCHAR *)L"NTLM",
                .Comment = (WCHAR *)L"NTLM Security Package",
        },
};

/* No .complete: NTLM never answers SEC_I_COMPLETE_NEEDED, and "CompleteAuthToken" is "supported
 * only by the Digest security support provider": SEC_E_UNSUPPORTED_FUNCTION (?). */
const struct ssp_provider ssp_this_provider = {
        .room = "msv1_0",
        .packages = packages,
        .package_count = ARRAYSIZE(packages),
        .acquire = credential_acquire,
        .leg = context_leg,
        .query_context = context_query,
        .set_context = context_set,
        .query_credential = credential_query,
        .make_signature = message_sign,
        .verify_signature = message_verify,
        .encrypt = message_encrypt,
        .decrypt = message_decrypt,
        .impersonate = context_impersonate,
        .revert = context_revert,
        .query_token = context_query_token,
        .export_context = context_export,
        .import_context = context_import,
};

PSecurityFunctionTableW SEC_ENTRY InitSecurityInterfaceW(void)
{
    return ssp_function_table_w();
}

PSecurityFunctionTableA SEC_ENTRY InitSecurityInterfaceA(void)
{
    return ssp_function_table_a();
}

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved);

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved)
{
    if (reason == DLL_PROCESS_ATTACH)
        DisableThreadLibraryCalls(instance);
    if (reason == DLL_PROCESS_DETACH && !reserved) /* FreeLibrary: the process goes on */
        settings_unload();
    return TRUE;
}
