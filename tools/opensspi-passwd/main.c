/* opensspi-passwd: the accounts that our NTLM servers let in. The store is libs/ssp/accounts.h's.
 */
#include <stdio.h>
#include <windows.h>
#include "base/log.h"
#include "base/utf16.h"
#include "ntlm/ntlm.h"
#include "ssp/accounts.h"
#include "ssp/ask.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static int usage(void)
{
    fprintf(stderr,
            "opensspi-passwd " OPENSSPI_VERSION ": accounts for NTLM logins to servers in this "
            "prefix\n"
            "  opensspi-passwd add USER [DOMAIN]      a new account, or a new password\n"
            "  opensspi-passwd change USER [DOMAIN]   a new password for an account that is there\n"
            "  opensspi-passwd remove USER [DOMAIN]\n"
            "  opensspi-passwd disable USER [DOMAIN]  its password stays, but lets nobody in\n"
            "  opensspi-passwd enable USER [DOMAIN]   ends disable, and a lock\n"
            "  opensspi-passwd expire YYYY-MM-DD|never USER [DOMAIN]\n"
            "                                         the first day (UTC) on which it is no longer "
            "good\n"
            "  opensspi-passwd list\n"
            "add and change ask for the password, or read one line of UTF-8 if the input is no "
            "console.\n"
            "An account without DOMAIN answers for every domain that a client names.\n");
    return EXIT_USAGE;
}

static void show_log(enum log_level level, const char *room, const char *line)
{
    (void)level;
    fprintf(stderr, "opensspi-passwd: %s: %s\n", room, line);
}

static struct bytes text(const WCHAR *s)
{
    return bytes_of(s, wcslen(s) * sizeof *s);
}

static int result(enum status s, const WCHAR *user)
{
    WCHAR wide[MAX_PATH] = L"";
    char name[256], path[2 * MAX_PATH];

    if (!accounts_path(wide, ARRAYSIZE(wide)))
        wcscpy(wide, L"the account file"); /* which has no name then; the log said so */
    utf16_printable(text(user), name, sizeof name);
    utf16_printable(text(wide), path, sizeof path);
    if (s == ST_OK) {
        printf("done: %s in %s\n", name, path);
        return EXIT_DONE;
    }
    if (s == ST_NOT_FOUND)
        fprintf(stderr, "opensspi-passwd: no account %s in %s\n", name, path);
    else if (s == ST_BAD_ARGUMENT)
        fprintf(stderr,
                "opensspi-passwd: a name may not be empty or hold ':' or control characters, and a "
                "password is one line of at most %d units\n",
                ASK_PASSWORD_MAX - 1);
    else
        fprintf(stderr, "opensspi-passwd: %s is unchanged: %s\n", path, status_name(s));
    return EXIT_FAILED;
}

static int set_password(const WCHAR *user, const WCHAR *domain, bool add)
{
    struct blob password = {0};
    uint8_t hash[NTLM_HASH_SIZE];
    struct account_edit edit = {.add = add, .nt_hash = hash};

    enum status s = ask_password(&password);
    if (s == ST_OK && !password.size) {
        fprintf(stderr, "opensspi-passwd: an empty password is refused\n");
        blob_free(&password);
        return EXIT_FAILED;
    }
    if (s == ST_OK) {
        ntlm_nt_hash(blob_view(&password), hash);
        s = accounts_edit(text(user), text(domain), &edit);
    }
    wipe(hash, sizeof hash);
    blob_free(&password);
    return result(s, user);
}

/* Midnight (UTC) at which a day begins, in seconds since 1970. */
static bool parse_date(const WCHAR *date, uint64_t *seconds)
{
    SYSTEMTIME day = {0};
    FILETIME time;
    int end = 0;

    if (swscanf(date, L"%4hu-%2hu-%2hu%n", &day.wYear, &day.wMonth, &day.wDay, &end) != 3 ||
            date[end] || day.wYear < 1971 || !SystemTimeToFileTime(&day, &time))
        return false;
    uint64_t ticks = (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
    *seconds = ticks / 10000000 - 11644473600; /* FILETIME: 100 ns since 1601 */
    return true;
}

static int expire(const WCHAR *date, const WCHAR *user, const WCHAR *domain)
{
    struct account_edit edit = {.set_expiry = true};

    if (wcscmp(date, L"never") && !parse_date(date, &edit.expires)) {
        fprintf(stderr, "opensspi-passwd: a date is YYYY-MM-DD, from 1971 on, or never\n");
        return EXIT_USAGE;
    }
    return result(accounts_edit(text(user), text(domain), &edit), user);
}

static void print_expiry(uint64_t seconds)
{
    uint64_t ticks = (seconds + 11644473600) * 10000000;
    FILETIME time = {(DWORD)ticks, (DWORD)(ticks >> 32)};
    SYSTEMTIME day;

    if (seconds && FileTimeToSystemTime(&time, &day))
        printf("\texpires %04u-%02u-%02u", day.wYear, day.wMonth, day.wDay);
}

static void print_account(
        void *self, struct bytes user, struct bytes domain, const struct account *account)
{
    char name[256], realm[256];
    (void)self;
    printf("%s%s%s", domain.size ? utf16_printable(domain, realm, sizeof realm) : "",
            domain.size ? "\\" : "", utf16_printable(user, name, sizeof name));
    if (account->disabled)
        printf("\tdisabled");
    if (account->locked)
        printf("\tlocked");
    print_expiry(account->expires);
    printf("\n");
}

static int change(const WCHAR *verb, const WCHAR *user, const WCHAR *domain)
{
    static const struct {
        const WCHAR *verb;
        struct account_edit edit;
    } edits[] = {
            {L"remove", {.remove = true}},
            {L"disable", {.disable = true}},
            {L"enable", {.enable = true}},
    };

    if (!wcscmp(verb, L"add") || !wcscmp(verb, L"change"))
        return set_password(user, domain, !wcscmp(verb, L"add"));
    for (unsigned i = 0; i < ARRAYSIZE(edits); i++)
        if (!wcscmp(verb, edits[i].verb))
            return result(accounts_edit(text(user), text(domain), &edits[i].edit), user);
    return usage();
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    const WCHAR *verb = argc > 1 ? argv[1] : L"";

    log_setup(LOG_WARN, show_log);
    if (!wcscmp(verb, L"list") && argc == 2) {
        enum status s = accounts_list(print_account, NULL);
        return s == ST_OK ? EXIT_DONE : result(s, L"");
    }
    if (!wcscmp(verb, L"expire") && (argc == 4 || argc == 5))
        return expire(argv[2], argv[3], argc == 5 ? argv[4] : L"");
    if (argc != 3 && argc != 4)
        return usage();
    return change(verb, argv[2], argc == 4 ? argv[3] : L"");
}
