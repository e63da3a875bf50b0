/* Account files kept in memory between logins, so that an unchanged file is not read again.
 *
 * A change holds at once all the same: before a use the file's stamp is asked for (when it was
 * made, written and changed, size; the last also moves when access rights do or the file is
 * replaced), unless that was done within the last 100 us, in less time than it takes to change a
 * file: the login is as one that began so much earlier. And a file counts as unchanged only if it
 * had been so for a while when it was read: a
 * file system's clock ticks too slowly to tell two changes of one moment apart. Files are kept only
 * while somebody wants it (a server credential), and wiped when the last one goes.
 */
#ifndef SSP_ACCOUNTS_KEPT_H
#define SSP_ACCOUNTS_KEPT_H

#include <windows.h>
#include "accounts_line.h"

/* As often as wanted; each with an accounts_kept_close. Any thread. */
void accounts_kept_open(void);
void accounts_kept_close(void);

/* accounts_search in the file PATH, as it is now. Errors of accounts_file_read, ST_NO_MEMORY. */
MUST_USE enum status accounts_kept_search(const WCHAR *path, enum account_form form,
        struct bytes user, struct bytes domain, struct account *out, enum account_answer *answer);

#endif
