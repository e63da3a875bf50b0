#define STANDALONE
#include <string.h>
#include <windows.h>
#include "wine/test.h"

extern void func_handshake(void);
extern void func_attributes(void);
extern void func_limits(void);
extern void func_key_log(void);
extern void func_stream(void);
extern void func_errors(void);
extern void func_validation(void);
extern void func_exports(void);
extern void func_reconnect(void);
extern void func_client_certificate(void);
extern void func_dtls(void);
extern void func_again(void);
extern void func_hostile(void);
extern void func_kept_keys(void);
extern void func_settings(void);
extern void func_lies(void);
extern void func_unload(void);

const struct test winetest_testlist[] = {
        {"handshake", func_handshake},
        {"attributes", func_attributes},
        {"limits", func_limits},
        {"key_log", func_key_log},
        {"stream", func_stream},
        {"errors", func_errors},
        {"validation", func_validation},
        {"exports", func_exports},
        {"reconnect", func_reconnect},
        {"client_certificate", func_client_certificate},
        {"dtls", func_dtls},
        {"again", func_again},
        {"hostile", func_hostile},
        {"kept_keys", func_kept_keys},
        {"settings", func_settings},
        {"lies", func_lies},
        {"unload", func_unload},
        {0, 0},
};

/* wine/debug.h, which wine/test.h includes, refers to it; only Wine's ntdll has it. */
const char *__cdecl __wine_dbg_strdup(const char *text)
{
    return _strdup(text); /* the text is on the caller's stack; a test may leak */
}
