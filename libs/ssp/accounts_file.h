/* The account file as a whole: read it if it is private, replace it at one stroke. Used by
 * accounts.c. */
#ifndef SSP_ACCOUNTS_FILE_H
#define SSP_ACCOUNTS_FILE_H

#include <windows.h>
#include "base/bytes.h"

/* All of the file in OUT. ST_NOT_FOUND: there is none. ST_POLICY: it is another user's, others can
 * read or write it, or it is no plain file's size (more than 4 MiB). ST_NO_AUTHORITY: it cannot be
 * read. Each but the first is logged. */
MUST_USE enum status accounts_file_read(const WCHAR *path, struct blob *out);

/* Writes CONTENTS beside PATH with access for the owner only, then renames over it. Makes the
 * folder. ST_NO_AUTHORITY: could not; logged with the Windows error. ST_POLICY: more than 4 MiB, which
 * nobody would read again; or others can write to the folder. */
MUST_USE enum status accounts_file_write(const WCHAR *path, struct bytes contents);

/* One writer at a time, in all processes: "PATH.lock". INVALID_HANDLE_VALUE: could not. */
HANDLE accounts_file_lock(const WCHAR *path);
void accounts_file_unlock(HANDLE lock);

#endif
