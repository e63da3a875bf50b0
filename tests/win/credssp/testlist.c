#define STANDALONE
#include <string.h>
#include <windows.h>
#include "wine/test.h"

extern void func_login(void);
extern void func_refused(void);
extern void func_credentials(void);
extern void func_pieces(void);
extern void func_tampered(void);
extern void func_stream(void);
extern void func_threads(void);
extern void func_after_login(void);
extern void func_server_auth(void);
extern void func_sessions(void);
extern void func_inner(void);
extern void func_delegation(void);
extern void func_parameters(void);
extern void func_saved(void);
extern void func_submit(void);
extern void func_marshaled(void);
extern void func_certificate(void);
extern void func_faults(void);
extern void func_token(void);

const struct test winetest_testlist[] = {
        {"login", func_login},
        {"refused", func_refused},
        {"credentials", func_credentials},
        {"pieces", func_pieces},
        {"tampered", func_tampered},
        {"stream", func_stream},
        {"threads", func_threads},
        {"after_login", func_after_login},
        {"server_auth", func_server_auth},
        {"sessions", func_sessions},
        {"inner", func_inner},
        {"delegation", func_delegation},
        {"parameters", func_parameters},
        {"saved", func_saved},
        {"submit", func_submit},
        {"marshaled", func_marshaled},
        {"certificate", func_certificate},
        {"faults", func_faults},
        {"token", func_token},
        {0, 0},
};

/* wine/debug.h, which wine/test.h includes, refers to it; only Wine's ntdll has it. */
const char *__cdecl __wine_dbg_strdup(const char *text)
{
    return _strdup(text); /* the text is on the caller's stack; a test may leak */
}
