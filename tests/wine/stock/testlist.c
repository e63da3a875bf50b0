#define STANDALONE
#include <string.h>
#include <windows.h>
#include "wine/test.h"

extern void func_lsa(void);
extern void func_sspi(void);
extern void func_http(void);
extern void func_rpc(void);
/* Of tests/win/msv1_0: what holds under Wine's builtin secur32 too. Its A forms of
 * QueryContextAttributes pass few attributes, so whole logins and their attributes are tested here
 * as W (func_sspi). */
extern void func_buffers(void);
extern void func_signatures(void);
extern void func_messages(void);
extern void func_plain(void);
extern void func_threads(void);
extern void func_bindings(void);
extern void func_store(void);

const struct test winetest_testlist[] = {
        {"lsa", func_lsa},
        {"sspi", func_sspi},
        {"http", func_http},
        {"rpc", func_rpc},
        {"buffers", func_buffers},
        {"signatures", func_signatures},
        {"messages", func_messages},
        {"plain", func_plain},
        {"threads", func_threads},
        {"bindings", func_bindings},
        {"store", func_store},
        {0, 0},
};

/* wine/debug.h, which wine/test.h includes, refers to it with a buffer on its stack; only Wine's
 * ntdll has it. */
const char *__cdecl __wine_dbg_strdup(const char *text)
{
    return _strdup(text);
}
