#define STANDALONE
#include <string.h>
#include <windows.h>
#include "wine/test.h"

extern void func_choice(void);
extern void func_stages(void);
extern void func_fragments(void);
extern void func_passing(void);

const struct test winetest_testlist[] = {
        {"choice", func_choice},
        {"stages", func_stages},
        {"fragments", func_fragments},
        {"passing", func_passing},
        {0, 0},
};

/* wine/debug.h, which wine/test.h includes, refers to it; only Wine's ntdll has it. */
const char *__cdecl __wine_dbg_strdup(const char *text)
{
    return _strdup(text); /* the text is on the caller's stack; a test may leak */
}
