#include "secur32.h"

/* Loading secur32 loads no provider, reads no registry, starts nothing. */
BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *reserved);
BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *reserved)
{
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH)
        DisableThreadLibraryCalls(self);
    return TRUE;
}
