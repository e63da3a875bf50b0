/* The list of Wine's tests of Schannel; wine/test.h runs them. "provider" is dlls/schannel/tests/main.c, whose entry is
 * renamed when it is compiled.
 */
#define STANDALONE
#include <string.h>
#include <windows.h>
#include "wine/test.h"

extern void func_schannel(void);
extern void func_provider(void);

const struct test winetest_testlist[] = {
        {"schannel", func_schannel},
        {"provider", func_provider},
        {0, 0},
};

/* As in conformance_list.c. */
const char *__cdecl __wine_dbg_strdup(const char *text)
{
    return _strdup(text);
}
