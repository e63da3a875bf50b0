/* Account files: who may log in to our NTLM servers, with NT hashes.
 *
 * The local store is one, in the sam form of accounts_line.h, filled by opensspi-passwd. Place: the
 * REG_SZ HKLM\Software\opensspi\Accounts, else %ProgramData%\opensspi\accounts. Further files, also
 * Samba's smbpasswd, may be named beside it (dlls/msv1_0/authority.h).
 * An account without a domain answers for every domain that a client names. '#' starts a comment.
 * The NT hash is as good as the password, so a file that others can read or write is refused. Wine
 * shows others, but not the Unix group: against that one the folder stands, which setup_opensspi.sh
 * makes for its owner only. A store is not written into a folder that others can write to.
 */
#ifndef SSP_ACCOUNTS_H
#define SSP_ACCOUNTS_H

#include <windows.h>
#include "accounts_line.h"

/* Asks the file PATH. USER and DOMAIN in UTF-16LE, compared without case. ST_NOT_FOUND: the file
 * answers for the domain and has no such account. ST_LOGON_DENIED: it has one that nobody can log in
 * with (no usable hash, a machine's). ST_NO_AUTHORITY: it does not (all of its accounts
 * name other domains, and DOMAIN is neither empty nor this machine), or there is no file, it is
 * unreadable, or others can get at it; one log line says which. On failure OUT is zeros.
 * What is done does not depend on USER: neither the time nor the log tells whether it is there. */
MUST_USE enum status accounts_find(const WCHAR *path, enum account_form form, struct bytes user,
        struct bytes domain, struct account *out);

/* Why an account with the right password may not log in now: a word for the log; NULL: it may. */
const char *account_refusal(const struct account *account);

/* What to do with one account of the local store. */
struct account_edit {
    bool add;               /* it may be new; else ST_NOT_FOUND when it is not there */
    bool remove;            /* and nothing else */
    const uint8_t *nt_hash; /* 16 bytes; NULL: stays; never NULL with ADD */
    bool disable, enable;   /* ENABLE also ends a lock; neither: as it was */
    bool set_expiry;
    uint64_t expires;
};

/* Changes the local store. The file is made with access for its owner only, replaced whole, never
 * half written; one writer at a time, in all processes; a change holds for the next login.
 * ST_BAD_ARGUMENT: a name with ':', '#' in front, control characters, or empty. ST_NOT_FOUND,
 * ST_NO_AUTHORITY: could not be read or written; logged. */
MUST_USE enum status accounts_edit(
        struct bytes user, struct bytes domain, const struct account_edit *edit);

/* Calls EACH per account of the local store, in the file's order, with UTF-16LE names. ACCOUNT
 * lives during the call. */
MUST_USE enum status accounts_list(void (*each)(void *self, struct bytes user, struct bytes domain,
                                           const struct account *account),
        void *self);

/* The local store's path. PATH has room for CAPACITY units. FALSE: too long, or the registry names none that can be
 * read, which is logged. */
BOOL accounts_path(WCHAR *path, DWORD capacity);

#endif
