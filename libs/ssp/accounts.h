/* The local account store: who may log in to our NTLM servers.
 *
 * A text file in UTF-8, one account a line, in the SAM form that WinPR and Samba's pdbedit know:
 *     user:domain:LM hash (unused, empty):NT hash in 32 hex digits:::
 * An empty domain answers for every domain that a client names. '#' starts a comment line.
 * Place: the REG_SZ HKLM\Software\opensspi\Accounts, else %ProgramData%\opensspi\accounts.
 * The NT hash is as good as the password, so a file that others can read or write is refused. Wine
 * shows others, but not the Unix group: against that one the folder stands, which setup_opensspi.sh
 * makes for its owner only.
 */
#ifndef SSP_ACCOUNTS_H
#define SSP_ACCOUNTS_H

#include <windows.h>
#include "base/bytes.h"

struct account {
    uint8_t nt_hash[16];
};

/* USER and DOMAIN in UTF-16LE, compared without case. ST_NOT_FOUND: no such account (OUT is zeros).
 * ST_NO_AUTHORITY: there is no store, it is unreadable, or others can get at it; one log line says
 * which. Reads the file anew each time, so a change holds at once. */
MUST_USE enum status accounts_find(struct bytes user, struct bytes domain, struct account *out);

/* Adds or changes. The file is made with access for its owner only, replaced whole, never half
 * written; one writer at a time, in all processes. ST_BAD_ARGUMENT: a name with ':', '#', control
 * characters, or empty. */
MUST_USE enum status accounts_set(
        struct bytes user, struct bytes domain, const struct account *account);

/* ST_NOT_FOUND: nothing was there. */
MUST_USE enum status accounts_remove(struct bytes user, struct bytes domain);

/* Calls EACH per account, in the file's order, with UTF-16LE names. */
MUST_USE enum status accounts_list(
        void (*each)(void *self, struct bytes user, struct bytes domain), void *self);

/* The file's path: for messages. PATH has room for CAPACITY units. FALSE: too long. */
BOOL accounts_path(WCHAR *path, DWORD capacity);

#endif
