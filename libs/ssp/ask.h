/* What the tools ask their users. */
#ifndef SSP_ASK_H
#define SSP_ASK_H

#include "base/bytes.h"

enum { ASK_PASSWORD_MAX = 512 }; /* units, with the line's end */

/* A password of one line: from the console, unseen, or from a file or pipe in UTF-8. OUT is UTF-16LE
 * without the line's end, to be freed. ST_BAD_ARGUMENT: no whole line, too long, not UTF-8. */
MUST_USE enum status ask_password(struct blob *out);

#endif
