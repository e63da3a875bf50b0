/* What AcquireCredentialsHandle asks of the registry, and keeps while it has not changed: a credential for each
 * connection, as servers acquire them, would otherwise ask Wine's server a dozen questions, each of which costs
 * more than all that we compute.
 */
#include "schannel.h"
#include "ssp/watch.h"

#define PROVIDERS_KEY L"SYSTEM\\CurrentControlSet\\Control\\SecurityProviders"
#define WINE_KEY      L"Software\\Wine"
#define KEYS_KEY      WINE_KEY L"\\Crypto\\RSA"      /* key_kept.c */
#define TEN_HOURS     36000000                       /* ms */
#define MOST          20000 /* MaximumCacheSize when the registry is silent */

/* In the order of the WATCHED_ constants. From above what may be deleted. */
static const struct ssp_watched keys[] = {
        {HKEY_LOCAL_MACHINE, PROVIDERS_KEY L"\\SCHANNEL", PROVIDERS_KEY, 0},
        {HKEY_CURRENT_USER, KEYS_KEY, WINE_KEY, 0},
        {HKEY_LOCAL_MACHINE, KEYS_KEY, WINE_KEY, 0},
};
static struct ssp_watch watch = {.keys = keys, .count = ARRAYSIZE(keys)};

static struct ssp_lock lock;
static struct {
    struct ssp_stamp stamp;
    struct settings settings;
} kept[2];

struct ssp_stamp settings_stamp(void)
{
    return ssp_watch_stamp(&watch);
}

void settings_unload(void)
{
    ssp_watch_close(&watch);
}

static DWORD policy(const WCHAR *value, DWORD absent)
{
    return ssp_policy_dword(HKEY_LOCAL_MACHINE, PROVIDERS_KEY L"\\SCHANNEL", value, absent, 0);
}

DWORD settings_cache_size(void)
{
    return policy(L"MaximumCacheSize", MOST);
}

struct settings settings_of_side(struct ssp_stamp now, BOOL server)
{
    struct settings s;
    ssp_lock_take(&lock);
    BOOL good = ssp_stamp_holds(kept[server].stamp, now, WATCHED_SETTINGS);
    s = kept[server].settings;
    ssp_lock_give(&lock);
    if (good)
        return s;
    ULONG failures = ssp_policy_failures();
    s.lifespan = policy(server ? L"ServerCacheTime" : L"ClientCacheTime", TEN_HOURS);
    versions_by_policy(server, &s.allowed, &s.by_default);
    if (failures != ssp_policy_failures())
        return s;
    ssp_lock_take(&lock);
    kept[server].stamp = now;
    kept[server].settings = s;
    ssp_lock_give(&lock);
    return s;
}
