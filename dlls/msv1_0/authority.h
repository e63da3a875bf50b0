/* Who knows the accounts of our servers: sources, asked in a configured order.
 *
 * HKLM\Software\opensspi, REG_MULTI_SZ AccountSources, an entry each:
 *     local            the store that opensspi-passwd fills
 *     sam:PATH         a file of that form (WinPR's SAM file)
 *     smbpasswd:PATH   Samba's
 * Without the value: local. The value, and where the local store is, are read once for the server
 * credentials that there are, and again when another one is made; what a file holds is as it is now
 * for each login. A source gets the whole login, challenge and responses, and gives the
 * session base key back: so a domain's, which has no hashes to show, will fit as well.
 */
#ifndef MSV1_0_AUTHORITY_H
#define MSV1_0_AUTHORITY_H

#include "ntlm/ntlm.h"

/* While a server's credential lives: settings and files may be kept in memory. When the last one
 * goes all is wiped. Without one each login reads them. */
void authority_open(void);
void authority_close(void);

/* An ntlm_authenticate; SELF is not used. The first source that knows the user decides. One that
 * knows the domain but not the user leaves it to the next; if none knows the user, he is a guest
 * where guests are let in, else ST_LOGON_DENIED. ST_NO_AUTHORITY: no source answers for the domain,
 * or none can be asked. */
MUST_USE enum status authority_ask(
        void *self, const struct ntlm_logon *logon, uint8_t session_base_key[NTLM_HASH_SIZE]);

#endif
