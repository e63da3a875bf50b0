/* The sources of accounts and their order; see authority.h. */
#include "authority.h"
#include <windows.h>
#include "base/log.h"
#include "base/utf16.h"
#include "base/writer.h"
#include "ssp/accounts.h"
#include "ssp/accounts_kept.h"

enum { SOURCES_MAX = 4096 }; /* units of the registry value */

/* Windows documents one code for a login that is refused, SEC_E_LOGON_DENIED, and none for why;
 * that a disabled, locked or expired account is told apart in no other way is our reading of it
 * (?). The password comes first: who has not got it does not learn that the account exists. */
static enum status check_state(const struct account *account, const struct ntlm_logon *logon)
{
    const char *why = account_refusal(account);
    char name[128];

    if (!why)
        return ST_OK;
    log_warn("msv1_0", "%s is refused: the account is %s",
            utf16_printable(logon->user, name, sizeof name), why);
    return ST_LOGON_DENIED;
}

/* LM responses and LM_KEY come only where the settings let LM hashes be used. */
static enum status check_responses(const struct ntlm_logon *logon, const struct account *account,
        bool known, uint8_t key[NTLM_HASH_SIZE])
{
    enum status s = logon->proof == NTLM_PROOF_LM
                            ? ntlm_check_lm_logon(
                                      logon, account->lm_hash, known && account->has_lm, key)
                            : ntlm_check_logon(logon, account->nt_hash, known, key);

    if (s == ST_OK && logon->lm_key)
        memcpy(logon->lm_key, account->lm_hash, NTLM_LM_KEY_SIZE); /* zeros: there is none */
    return s;
}

static enum status check(const struct ntlm_logon *logon, const struct account *account, bool known,
        uint8_t key[NTLM_HASH_SIZE])
{
    /* An unknown user costs what a wrong password does. */
    enum status s = check_responses(logon, account, known, key);

    if (s == ST_OK)
        s = check_state(account, logon);
    if (s == ST_OK)
        *logon->local = account->local;
    else
        wipe(key, NTLM_HASH_SIZE);
    return s;
}

static enum status ask_file(const WCHAR *path, enum account_form form,
        const struct ntlm_logon *logon, uint8_t key[NTLM_HASH_SIZE])
{
    struct account account;
    enum status s = accounts_find(path, form, logon->user, logon->domain, &account);

    if (s == ST_OK || s == ST_NOT_FOUND || s == ST_LOGON_DENIED) {
        enum status proven = check(logon, &account, s == ST_OK, key);
        /* What was found decides, but for what could not be checked at all. */
        s = s == ST_OK || proven != ST_LOGON_DENIED ? proven : s;
    }
    wipe(&account, sizeof account);
    return s;
}

static enum status ask_sam(
        const WCHAR *path, const struct ntlm_logon *logon, uint8_t key[NTLM_HASH_SIZE])
{
    return ask_file(path, ACCOUNT_FORM_SAM, logon, key);
}

static enum status ask_smbpasswd(
        const WCHAR *path, const struct ntlm_logon *logon, uint8_t key[NTLM_HASH_SIZE])
{
    return ask_file(path, ACCOUNT_FORM_SMBPASSWD, logon, key);
}

/* A kind of source. ASK: ST_OK with the session base key in KEY; else KEY is zeros or untouched:
 * ST_LOGON_DENIED: knows the user and says no. ST_NOT_FOUND: answers for the domain, does not know
 * the user. ST_NO_AUTHORITY: neither. Others end the login. */
static const struct kind {
    const WCHAR *prefix; /* the entry, up to what follows the colon */
    enum status (*ask)(
            const WCHAR *argument, const struct ntlm_logon *logon, uint8_t key[NTLM_HASH_SIZE]);
} kinds[] = {
        {L"sam:", ask_sam},
        {L"smbpasswd:", ask_smbpasswd},
};

static enum status ask_entry(
        const WCHAR *entry, const struct ntlm_logon *logon, uint8_t key[NTLM_HASH_SIZE])
{
    for (unsigned i = 0; i < ARRAYSIZE(kinds); i++) {
        size_t length = wcslen(kinds[i].prefix);
        if (!_wcsnicmp(entry, kinds[i].prefix, length) && entry[length])
            return kinds[i].ask(entry + length, logon, key);
    }
    log_error("msv1_0", "AccountSources names \"%ls\": there are local, sam:PATH, smbpasswd:PATH",
            entry);
    return ST_NO_AUTHORITY;
}

/* What is known after some sources have been asked. */
struct answer {
    enum status status; /* ST_NO_AUTHORITY, ST_NOT_FOUND, and then what cannot change any more */
    uint8_t key[NTLM_HASH_SIZE];
};

static bool final(enum status s)
{
    return s != ST_NO_AUTHORITY && s != ST_NOT_FOUND;
}

/* After a refusal the other sources are asked all the same, for nothing: the time must not tell
 * which source knows the user, and so not whether any does. */
static void ask_next(struct answer *answer, const WCHAR *entry, const struct ntlm_logon *logon)
{
    struct answer next = {.status = ST_NO_AUTHORITY};

    next.status = ask_entry(entry, logon, next.key);
    if (!final(answer->status) && next.status != ST_NO_AUTHORITY)
        *answer = next;
    wipe(&next, sizeof next);
}

/* Some source answers for the domain, and none knows the user: only then is there a guest. */
static enum status unknown_user(const struct ntlm_logon *logon)
{
    if (!logon->guest)
        return ST_LOGON_DENIED;
    *logon->guest = true;
    return ST_OK;
}

static enum status ask_all(
        const WCHAR *entries, struct answer *answer, const struct ntlm_logon *logon)
{
    for (const WCHAR *e = entries; *e; e += wcslen(e) + 1)
        if (!final(answer->status) || answer->status == ST_LOGON_DENIED)
            ask_next(answer, e, logon);
    return answer->status == ST_NOT_FOUND ? unknown_user(logon) : answer->status;
}

/* The settings, immutable; counted, so that nobody holds the lock while sources are asked. */
struct settings {
    LONG references;
    struct blob entries; /* as in the registry, with sam:PATH for local */
};

static struct {
    SRWLOCK lock;
    LONG users;
    unsigned generation;       /* counts server credentials ever made */
    struct settings *settings; /* NULL: not read yet */
} shared = {.lock = SRWLOCK_INIT};

static void settings_release(struct settings *settings)
{
    if (!settings || InterlockedDecrement(&settings->references))
        return;
    blob_free(&settings->entries);
    mem_free(settings, sizeof *settings);
}

/* ST_NO_AUTHORITY: the local store cannot be told; another source is not to decide in its place. */
static enum status write_entry(struct writer *w, const WCHAR *entry)
{
    WCHAR path[MAX_PATH];

    if (!_wcsicmp(entry, L"local")) {
        if (!accounts_path(path, ARRAYSIZE(path)))
            return ST_NO_AUTHORITY;
        writer_bytes(w, bytes_of(L"sam:", sizeof L"sam:" - sizeof *path));
        entry = path;
    }
    writer_bytes(w, bytes_of(entry, (wcslen(entry) + 1) * sizeof *entry));
    return ST_OK;
}

static enum status write_entries(const WCHAR *entries, struct blob *out)
{
    struct writer w = {0};
    enum status s = ST_OK;

    if (!entries[0])
        log_error("msv1_0", "AccountSources names no source: nobody can log in");
    for (const WCHAR *e = entries; *e && s == ST_OK; e += wcslen(e) + 1)
        s = write_entry(&w, e);
    writer_bytes(&w, bytes_of(L"", sizeof L""));
    if (s == ST_OK)
        s = writer_finish(&w, out);
    writer_free(&w);
    return s;
}

static enum status read_entries(struct blob *out)
{
    WCHAR entries[SOURCES_MAX + 2] = {0}; /* two NULs end it, whatever the registry holds */
    DWORD size = SOURCES_MAX * sizeof *entries;
    LONG error = RegGetValueW(HKEY_LOCAL_MACHINE, L"Software\\opensspi", L"AccountSources",
            RRF_RT_REG_MULTI_SZ | RRF_SUBKEY_WOW6464KEY, NULL, entries, &size);

    if (error == ERROR_FILE_NOT_FOUND)
        memcpy(entries, L"local\0", sizeof L"local\0");
    else if (error != ERROR_SUCCESS) {
        log_error("msv1_0",
                "AccountSources cannot be read: Windows error %ld; it is a REG_MULTI_SZ", error);
        return ST_NO_AUTHORITY;
    }
    return write_entries(entries, out);
}

static enum status settings_read(struct settings **out)
{
    struct settings *made = mem_alloc(sizeof *made);

    if (!made)
        return ST_NO_MEMORY;
    made->references = 1;
    enum status s = read_entries(&made->entries);
    if (s == ST_OK)
        *out = made;
    else
        settings_release(made);
    return s;
}

/* Puts MADE (or nothing) in the place of what is shared. With the lock. */
static void share(struct settings *made)
{
    settings_release(shared.settings);
    shared.settings = made;
    if (made)
        InterlockedIncrement(&made->references);
}

void authority_open(void)
{
    accounts_kept_open();
    AcquireSRWLockExclusive(&shared.lock);
    shared.users++;
    shared.generation++;
    share(NULL); /* what was set before this credential was made counts */
    ReleaseSRWLockExclusive(&shared.lock);
}

void authority_close(void)
{
    AcquireSRWLockExclusive(&shared.lock);
    if (!--shared.users)
        share(NULL);
    ReleaseSRWLockExclusive(&shared.lock);
    accounts_kept_close();
}

/* The caller releases *OUT. */
static enum status settings_get(struct settings **out)
{
    AcquireSRWLockShared(&shared.lock);
    *out = shared.settings;
    if (*out)
        InterlockedIncrement(&(*out)->references);
    unsigned generation = shared.generation;
    ReleaseSRWLockShared(&shared.lock);
    if (*out)
        return ST_OK;
    enum status s = settings_read(out);
    if (s != ST_OK)
        return s;
    AcquireSRWLockExclusive(&shared.lock);
    if (shared.users && shared.generation == generation) /* no other was made meanwhile */
        share(*out);
    ReleaseSRWLockExclusive(&shared.lock);
    return ST_OK;
}

enum status authority_ask(
        void *self, const struct ntlm_logon *logon, uint8_t session_base_key[NTLM_HASH_SIZE])
{
    struct answer answer = {.status = ST_NO_AUTHORITY};
    struct settings *settings = NULL;
    enum status s = settings_get(&settings);
    (void)self;

    if (s != ST_OK)
        return s;
    s = ask_all((const WCHAR *)settings->entries.data, &answer, logon);
    if (s == ST_OK)
        memcpy(session_base_key, answer.key, NTLM_HASH_SIZE);
    wipe(&answer, sizeof answer);
    settings_release(settings);
    return s;
}
