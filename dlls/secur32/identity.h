/* Identities as the Sspi* functions make them: a SEC_WINNT_AUTH_IDENTITY_W (or EXW when there is a
 * package list) with its strings behind it, in one block of the process heap, so that it can be
 * passed to any AcquireCredentialsHandle and freed by one call. */
#ifndef SECUR32_IDENTITY_H
#define SECUR32_IDENTITY_H

#include "secur32.h"
#include "base/utf16.h"
#include "base/writer.h"

/* *BLOCK becomes an identity of what ID holds. */
SECURITY_STATUS identity_build(
        const struct ssp_identity *id, PSEC_WINNT_AUTH_IDENTITY_OPAQUE *block);
/* ssp_identity_parse, with NULL refused as the Sspi* functions do: SEC_E_INVALID_TOKEN. */
SECURITY_STATUS identity_read(const void *identity, struct ssp_identity *id);

#endif
