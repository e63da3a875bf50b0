/* Names of peers that negotiated OEM instead of Unicode (curl's NTLM does). Which code page theirs
 * is nothing says, so only ASCII is understood, and said.
 */
#ifndef NTLM_OEM_H
#define NTLM_OEM_H

#include "base/bytes.h"

/* OUT becomes UTF-16LE. ST_PEER_UNSUPPORTED for anything beyond ASCII, ST_NO_MEMORY. */
MUST_USE enum status ntlm_oem_widen(struct bytes oem, struct blob *out);

/* OUT becomes OEM. ST_PEER_UNSUPPORTED for anything beyond ASCII, ST_NO_MEMORY. */
MUST_USE enum status ntlm_oem_say(struct bytes utf16, struct blob *out);

/* OUT becomes OEM; what is not ASCII becomes '?'. For names that nobody relies on. */
MUST_USE enum status ntlm_oem_narrow(struct bytes utf16, struct blob *out);

#endif
