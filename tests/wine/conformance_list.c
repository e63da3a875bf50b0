/* The list of those of Wine's tests that concern NTLM and what stands on it; wine/test.h runs them.
 */
#define STANDALONE
#include <string.h>
#include <windows.h>
#include "wine/test.h"

extern void func_main(void);
extern void func_negotiate(void);
extern void func_ntlm(void);

const struct test winetest_testlist[] = {
        {"main", func_main},
        {"negotiate", func_negotiate},
        {"ntlm", func_ntlm},
        {0, 0},
};

/* wine/debug.h, which wine/test.h includes, refers to it with a buffer on its stack; only Wine's
 * ntdll has it. A few strings of a test program may leak. */
const char *__cdecl __wine_dbg_strdup(const char *text)
{
    return _strdup(text);
}
