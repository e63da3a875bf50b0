/* Private keys that no provider of the prefix can hold: files of our own.
 *
 * Wine's CryptoAPI and CNG keep no ECDSA keys. A certificate whose CERT_KEY_PROV_INFO_PROP_ID says
 *     pwszProvName       L"opensspi Key Provider"
 *     dwProvType         0, as for every key of CNG
 *     pwszContainerName  a name: 1 to 64 of A-Z a-z 0-9 - _
 * has its key in %ProgramData%\opensspi\keys\NAME.p8: PKCS#8 (RFC 5958), DER, not encrypted. The
 * tool opensspi-cert makes both. As for the account file (accounts.h): a key that others can read or
 * write is refused, the folder keeps the Unix group out, and a file is replaced whole. Our Schannel
 * alone knows the provider; to others it is one that is not installed.
 */
#ifndef SSP_KEYS_H
#define SSP_KEYS_H

#include <windows.h>
#include "base/bytes.h"

#define KEYS_PROVIDER L"opensspi Key Provider"
enum { KEYS_NAME_MAX = 64 };

/* The file of NAME; PATH has room for MAX_PATH units. FALSE: NAME is none, or the path is too long. */
BOOL keys_path(const WCHAR *name, WCHAR *path);

/* ST_NOT_FOUND: there is none, or NAME is none. ST_POLICY: others can get at it, or it is no plain
 * file. ST_NO_AUTHORITY: it cannot be read. Each is logged. */
MUST_USE enum status keys_read(const WCHAR *name, struct blob *der);

/* Makes or replaces it. ST_POLICY: others can write to the folder. ST_NO_AUTHORITY: cannot be
 * written; logged. ST_BAD_ARGUMENT: NAME is none. */
MUST_USE enum status keys_write(const WCHAR *name, struct bytes der);

/* ST_NOT_FOUND, ST_NO_AUTHORITY (last error). What was in the file stays on the disk until it is written over. */
MUST_USE enum status keys_remove(const WCHAR *name);

#endif
