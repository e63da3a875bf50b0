#define STANDALONE
#include <windows.h>
#include "wine/test.h"

extern void func_after_login(void);

const struct test winetest_testlist[] = {
        {"after_login", func_after_login},
        {0, 0},
};

/* wine/debug.h, which wine/test.h includes, refers to it; only Wine's ntdll has it. */
const char *__cdecl __wine_dbg_strdup(const char *text)
{
    return text;
}
