/* The way to the other packages: the public SSPI of whatever secur32 the process has. Looked up at
 * run time, because this DLL exports InitSecurityInterfaceW itself and may be loaded by secur32. */
#include "provider.h"

static PSecurityFunctionTableW volatile table;

PSecurityFunctionTableW inner_sspi(void)
{
    if (table)
        return table;
    HMODULE secur32 = GetModuleHandleW(L"secur32.dll");
    if (!secur32)
        secur32 = LoadLibraryW(L"secur32.dll");
    if (secur32) {
        INIT_SECURITY_INTERFACE_W init = (INIT_SECURITY_INTERFACE_W)(void *)GetProcAddress(
                secur32, "InitSecurityInterfaceW");
        if (init)
            table = init(); /* the same pointer from every thread */
    }
    if (!table)
        log_error("credssp",
                "secur32.dll gives no SSPI: CredSSP needs it for Schannel and Negotiate");
    return table;
}
