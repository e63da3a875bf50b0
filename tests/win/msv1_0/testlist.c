#define STANDALONE
#include <string.h>
#include <windows.h>
#include "wine/test.h"

extern void func_login(void);
extern void func_flags(void);
extern void func_attributes(void);
extern void func_buffers(void);
extern void func_signatures(void);
extern void func_messages(void);
extern void func_plain(void);
extern void func_threads(void);
extern void func_bindings(void);
extern void func_identities(void);
extern void func_credentials(void);
extern void func_package_lists(void);
extern void func_first_leg(void);
extern void func_identity_forms(void);
extern void func_saved(void);
extern void func_saved_wiped(void);
extern void func_store(void);
extern void func_tokens(void);
extern void func_sessions(void);
extern void func_policy(void);
extern void func_targets(void);
extern void func_replays(void);
extern void func_requests(void);
extern void func_layouts(void);
extern void func_datagram(void);
extern void func_transfer(void);
extern void func_impersonation(void);
extern void func_parameters(void);
extern void func_tls_bindings(void);
extern void func_faults(void);
extern void func_leftovers(void);
extern void func_growth(void);
extern void func_races(void);
extern void func_aliases(void);
extern void func_key_sizes(void);

const struct test winetest_testlist[] = {
        {"login", func_login},
        {"flags", func_flags},
        {"attributes", func_attributes},
        {"buffers", func_buffers},
        {"signatures", func_signatures},
        {"messages", func_messages},
        {"plain", func_plain},
        {"threads", func_threads},
        {"bindings", func_bindings},
        {"identities", func_identities},
        {"credentials", func_credentials},
        {"package_lists", func_package_lists},
        {"first_leg", func_first_leg},
        {"identity_forms", func_identity_forms},
        {"saved", func_saved},
        {"saved_wiped", func_saved_wiped},
        {"store", func_store},
        {"tokens", func_tokens},
        {"sessions", func_sessions},
        {"policy", func_policy},
        {"targets", func_targets},
        {"replays", func_replays},
        {"requests", func_requests},
        {"layouts", func_layouts},
        {"datagram", func_datagram},
        {"transfer", func_transfer},
        {"impersonation", func_impersonation},
        {"parameters", func_parameters},
        {"tls_bindings", func_tls_bindings},
        {"faults", func_faults},
        {"leftovers", func_leftovers},
        {"growth", func_growth},
        {"races", func_races},
        {"aliases", func_aliases},
        {"key_sizes", func_key_sizes},
        {0, 0},
};

/* wine/debug.h, which wine/test.h includes, refers to it; only Wine's ntdll has it. */
const char *__cdecl __wine_dbg_strdup(const char *text)
{
    return _strdup(text); /* the text is on the caller's stack; a test may leak */
}
