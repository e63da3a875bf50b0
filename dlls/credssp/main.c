/* The CredSSP provider: its two package names, its table, and what Windows' loader asks of a DLL.
 */
#include "provider.h"

/* Values of Windows 10: what EnumerateSecurityPackages gives there (dumps of it). */
static const SecPkgInfoW packages[] = {
        {
                .fCapabilities = 0x00810230,
                .wVersion = 1,
                .wRPCID = 22,
                .cbMaxToken = 13000,
                .Name = (WCHAR *)L"TSSSP",
                .Comment = (WCHAR *)L"TS Service Security Package",
        },
        {
                .fCapabilities = 0x00810733,
                .wVersion = 1,
                .wRPCID = 0xFFFF,
                .cbMaxToken = 73032,
                .Name = (WCHAR *)L"CREDSSP",
                .Comment = (WCHAR *)L"Microsoft CredSSP Security Provider",
        },
};

static SECURITY_STATUS complete(struct ssp_object *c, PSecBufferDesc token)
{
    /* CredSSP never answers SEC_I_COMPLETE_NEEDED, so there is nothing to complete. */
    (void)c;
    (void)token;
    return SEC_E_OK;
}

const struct ssp_provider ssp_this_provider = {
        .room = "credssp",
        .packages = packages,
        .package_count = ARRAYSIZE(packages),
        .acquire = credential_acquire,
        .leg = context_leg,
        .query_context = context_query,
        .query_credential = credential_query,
        .complete = complete,
        .apply_control = context_apply_control,
        .encrypt = message_encrypt,
        .decrypt = message_decrypt,
        .impersonate = context_impersonate,
        .revert = context_revert,
        .query_token = context_query_token,
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
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH)
        DisableThreadLibraryCalls(instance);
    return TRUE;
}
