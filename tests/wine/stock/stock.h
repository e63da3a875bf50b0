/* Forced into every file of the stock program: msv1_0.dll alone under Wine's builtin secur32. "Is
 * it opensspi" is a question about the NTLM provider then, not about secur32. */
#ifndef TESTS_WINE_STOCK_H
#define TESTS_WINE_STOCK_H

#include <windows.h>

static inline HMODULE ntlm_provider(const char *asked)
{
    (void)asked;
    return LoadLibraryA("msv1_0.dll");
}
#define GetModuleHandleA ntlm_provider

#endif
