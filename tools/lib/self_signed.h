/* Self-signed certificates by CryptoAPI: of nlaserver, and of the tests' programs. */
#ifndef SELF_SIGNED_H
#define SELF_SIGNED_H

#include <windows.h>
#include <wincrypt.h>

/* For SUBJECT (encoded), signed with PROVIDER's RSA key AT_KEYEXCHANGE; good from yesterday on for a year. It does not say
 * where its key lies. The caller frees. NULL: GetLastError(). */
PCCERT_CONTEXT self_signed(HCRYPTPROV provider, const CERT_NAME_BLOB *subject);

#endif
