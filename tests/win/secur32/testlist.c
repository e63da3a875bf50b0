#define STANDALONE
#include <string.h>
#include <windows.h>
#include "wine/test.h"

extern void func_loading(void);
extern void func_packages(void);
extern void func_missing(void);
extern void func_table(void);
extern void func_handles(void);
extern void func_names(void);
extern void func_identity(void);
extern void func_lsa(void);
extern void func_negotiation(void);
extern void func_rarely(void);
extern void func_async(void);
extern void func_added(void);
extern void func_kerberos(void);

const struct test winetest_testlist[] = {
        {"loading", func_loading},
        {"packages", func_packages},
        {"missing", func_missing},
        {"table", func_table},
        {"handles", func_handles},
        {"names", func_names},
        {"identity", func_identity},
        {"lsa", func_lsa},
        {"negotiation", func_negotiation},
        {"rarely", func_rarely},
        {"async", func_async},
        {"added", func_added},
        {"kerberos", func_kerberos},
        {0, 0},
};

/* wine/debug.h, which wine/test.h includes, refers to it; only Wine's ntdll has it. */
const char *__cdecl __wine_dbg_strdup(const char *text)
{
    return _strdup(text); /* the text is on the caller's stack; a test may leak */
}
