/* What is here: this program, the secur32.dll that answers, the packages that it has. */
#include "nlacheck.h"

int version_show(void)
{
    PSecurityFunctionTableW sspi = InitSecurityInterfaceW();
    PSecPkgInfoW packages = NULL;
    ULONG count = 0;
    WCHAR path[MAX_PATH] = L"?";
    BOOL nla = FALSE;

    GetModuleFileNameW(GetModuleHandleW(L"secur32.dll"), path, ARRAYSIZE(path));
    step(L"nlacheck", L"%hs, %u bits", OPENSSPI_VERSION, (unsigned)(8 * sizeof(void *)));
    step(L"secur32", L"%ls", path);
    if (!sspi || sspi->EnumerateSecurityPackagesW(&count, &packages) != SEC_E_OK)
        return trouble(L"secur32.dll gives no SSPI");
    for (ULONG i = 0; i < count; i++) {
        step(L"package", L"%ls: %ls, tokens of up to %lu bytes", packages[i].Name,
                packages[i].Comment, packages[i].cbMaxToken);
        nla |= !_wcsicmp(packages[i].Name, L"CREDSSP");
    }
    sspi->FreeContextBuffer(packages);
    step(L"result", nla ? L"NLA is possible here" : L"no package CREDSSP: no NLA here");
    return nla ? EXIT_LOGGED_IN : EXIT_TROUBLE;
}
