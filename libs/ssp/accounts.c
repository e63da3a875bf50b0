/* Looking an account up; see accounts.h. */
#include "accounts.h"
#include "accounts_file.h"
#include "accounts_line.h"
#include "base/log.h"
#include "base/utf16.h"

BOOL accounts_path(WCHAR *path, DWORD capacity)
{
    DWORD size = capacity * sizeof *path;
    WCHAR raw[MAX_PATH];
    DWORD got;

    if (RegGetValueW(HKEY_LOCAL_MACHINE, L"Software\\opensspi", L"Accounts",
                RRF_RT_REG_SZ | RRF_SUBKEY_WOW6464KEY, NULL, path, &size) == ERROR_SUCCESS &&
            path[0])
        return TRUE;
    wcscpy(raw, L"%ProgramData%\\opensspi\\accounts");
    got = ExpandEnvironmentStringsW(raw, path, capacity);
    return got && got <= capacity;
}

/* No domain, or this machine as the domain: every file here answers for that. */
static bool machine_meant(struct bytes domain)
{
    WCHAR name[MAX_COMPUTERNAME_LENGTH + 1];
    DWORD length = ARRAYSIZE(name);

    if (!domain.size)
        return true;
    return GetComputerNameW(name, &length) &&
           utf16_equal_nocase(domain, bytes_of(name, length * sizeof *name));
}

/* One pass over a file. */
struct search {
    struct bytes user, domain;
    struct account found;
    bool known;
    bool answers, accounts; /* for the domain; there are accounts at all */
};

static void look_at(struct search *search, const struct account_line *line)
{
    struct account candidate = {0};
    bool here = !line->domain.size || account_name_equal(line->domain, search->domain);
    bool same = account_name_equal(line->user, search->user);

    search->accounts = true;
    search->answers = search->answers || here;
    if (account_line_parse(line, &candidate) && here && same && !search->known) {
        search->found = candidate;
        search->known = true;
    }
    wipe(&candidate, sizeof candidate);
}

static enum status verdict(const struct search *search, const WCHAR *path, struct account *out)
{
    if (search->known) {
        *out = search->found;
        return ST_OK;
    }
    if (search->answers || !search->accounts || machine_meant(search->domain))
        return ST_NOT_FOUND;
    log_warn("accounts", "all accounts of %ls are of other domains than the client's", path);
    return ST_NO_AUTHORITY;
}

enum status accounts_find(const WCHAR *path, enum account_form form, struct bytes user,
        struct bytes domain, struct account *out)
{
    struct search search = {.user = user, .domain = domain};
    struct blob file = {0};

    wipe(out, sizeof *out);
    enum status s = accounts_file_read(path, &file);
    if (s == ST_NOT_FOUND)
        log_error("accounts", "no account file %ls: add accounts with opensspi-passwd", path);
    if (s != ST_OK)
        return s == ST_NO_MEMORY ? s : ST_NO_AUTHORITY;

    /* The whole file is read whatever it holds, so that the place of an account cannot be timed. */
    struct reader r = reader_on(blob_view(&file));
    while (reader_left(&r)) {
        struct account_line line = account_line_next(&r, form);
        if (line.account)
            look_at(&search, &line);
    }
    blob_free(&file);
    s = verdict(&search, path, out);
    wipe(&search, sizeof search);
    return s;
}

const char *account_refusal(const struct account *account)
{
    const uint64_t second = 10000000, unix_epoch = 11644473600; /* in FILETIME's 100 ns, in s */
    FILETIME now;

    if (account->disabled)
        return "disabled";
    if (account->locked)
        return "locked";
    GetSystemTimeAsFileTime(&now);
    uint64_t ticks = (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
    if (account->expires && ticks / second >= account->expires + unix_epoch)
        return "expired";
    return NULL;
}
