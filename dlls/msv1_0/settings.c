/* What a credential takes from the machine when it is acquired: policy.c's settings and the computer's
 * names, some thirty questions to Wine's server. They are kept while the registry has not changed, which is
 * one. Lists of servers are not: who has such, has them read each time.
 */
#include "ssp/watch.h"
#include "msv1_0.h"

/* LSA's settings, and both keys that Wine has the names in (kernelbase, wineboot); ours. A program for 32
 * bits has the same ones. */
static const struct ssp_watched keys[] = {
        {HKEY_LOCAL_MACHINE, L"System\\CurrentControlSet", L"System\\CurrentControlSet",
                KEY_WOW64_64KEY},
        {HKEY_LOCAL_MACHINE, L"Software", L"Software", KEY_WOW64_64KEY},
};
static struct ssp_watch watch = {.keys = keys, .count = ARRAYSIZE(keys)};

struct name {
    WCHAR text[256];
    DWORD units;
};

struct settings {
    struct policy policy;
    BOOL omit_bindings;
    struct name computer, host;
};

static struct ssp_lock lock;
static struct {
    struct ssp_stamp stamp;
    struct settings settings; /* without lists: nothing in here is owned */
} kept;

/* Windows: HKLM\System\CurrentControlSet\Control\Lsa\SuppressExtendedProtection; bit 0 leaves the
 * channel bindings out of AUTHENTICATE (KB 976918). */
static BOOL extended_protection_suppressed(void)
{
    return ssp_policy_dword(HKEY_LOCAL_MACHINE, L"System\\CurrentControlSet\\Control\\Lsa",
                   L"SuppressExtendedProtection", 0, 0) &
           1;
}

static void read_name(COMPUTER_NAME_FORMAT format, struct name *out)
{
    out->units = ARRAYSIZE(out->text);
    if (GetComputerNameExW(format, out->text, &out->units))
        return;
    out->units = 0;
    ssp_policy_failed();
}

static enum status read_all(struct settings *s)
{
    s->omit_bindings = extended_protection_suppressed();
    read_name(ComputerNameNetBIOS, &s->computer);
    read_name(ComputerNameDnsHostname, &s->host);
    return policy_read(&s->policy);
}

static BOOL holds(struct ssp_stamp now)
{
    BOOL good = TRUE;

    for (unsigned i = 0; i < ARRAYSIZE(keys); i++)
        good = good && ssp_stamp_holds(kept.stamp, now, i);
    return good;
}

static BOOL take_kept(struct ssp_stamp now, struct settings *out)
{
    BOOL good;

    ssp_lock_take(&lock);
    good = holds(now);
    if (good)
        *out = kept.settings;
    ssp_lock_give(&lock);
    return good;
}

static void keep(struct ssp_stamp now, const struct settings *s)
{
    if (s->policy.exceptions.size || s->policy.admission.targets.size)
        return;
    ssp_lock_take(&lock);
    kept.stamp = now;
    kept.settings = *s;
    ssp_lock_give(&lock);
}

static enum status set_name(struct blob *to, const struct name *name)
{
    return blob_set(to, bytes_of(name->text, name->units * sizeof *name->text));
}

void settings_unload(void)
{
    ssp_watch_close(&watch);
}

enum status settings_take(struct credential *c)
{
    struct ssp_stamp now = ssp_watch_stamp(&watch);
    struct settings s = {0};
    enum status status = ST_OK;

    if (!take_kept(now, &s)) {
        ULONG failures = ssp_policy_failures();
        status = read_all(&s);
        if (status == ST_OK && failures == ssp_policy_failures())
            keep(now, &s);
    }
    c->policy = s.policy;
    c->omit_bindings = s.omit_bindings;
    if (status == ST_OK)
        status = set_name(&c->computer, &s.computer);
    return status == ST_OK ? set_name(&c->host, &s.host) : status;
}
