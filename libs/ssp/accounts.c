/* Looking an account up; see accounts.h. */
#include "accounts.h"
#include "accounts_kept.h"
#include "base/log.h"
#include "base/utf16.h"

static BOOL default_path(WCHAR *path, DWORD capacity)
{
    DWORD got = ExpandEnvironmentStringsW(L"%ProgramData%\\opensspi\\accounts", path, capacity);

    return got && got <= capacity;
}

/* Who names another file does not mean ours: a name that cannot be read is no reason to let in who is in there. */
BOOL accounts_path(WCHAR *path, DWORD capacity)
{
    DWORD size = capacity * sizeof *path;
    LONG error = RegGetValueW(HKEY_LOCAL_MACHINE, L"Software\\opensspi", L"Accounts",
            RRF_RT_REG_SZ | RRF_SUBKEY_WOW6464KEY, NULL, path, &size);

    if (error == ERROR_FILE_NOT_FOUND || (error == ERROR_SUCCESS && !path[0]))
        return default_path(path, capacity);
    if (error != ERROR_SUCCESS) {
        log_error("accounts", "Accounts cannot be read: Windows error %ld; it is a REG_SZ of at most %lu characters",
                error, capacity - 1);
        path[0] = 0;
    }
    return error == ERROR_SUCCESS;
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

static enum status verdict(enum account_answer answer, struct bytes domain, const WCHAR *path)
{
    if (answer == ACCOUNT_FOUND)
        return ST_OK;
    if (answer == ACCOUNT_UNUSABLE)
        return ST_LOGON_DENIED;
    if (answer == ACCOUNT_UNKNOWN || machine_meant(domain))
        return ST_NOT_FOUND;
    log_warn("accounts", "all accounts of %ls are of other domains than the client's", path);
    return ST_NO_AUTHORITY;
}

enum status accounts_find(const WCHAR *path, enum account_form form, struct bytes user,
        struct bytes domain, struct account *out)
{
    enum account_answer answer;

    wipe(out, sizeof *out);
    enum status s = accounts_kept_search(path, form, user, domain, out, &answer);
    if (s == ST_NOT_FOUND)
        log_error("accounts", "no account file %ls: add accounts with opensspi-passwd", path);
    if (s != ST_OK)
        return s == ST_NO_MEMORY ? s : ST_NO_AUTHORITY;
    return verdict(answer, domain, path);
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
