/* Keys in files of our own (libs/ssp/keys.h): the way in for ECDSA, which no provider of Wine's
 * keeps. */
#include "schannel.h"
#include "ssp/keys.h"
#include "tls/bundle.h"

BOOL key_is_in_file(const CRYPT_KEY_PROV_INFO *info)
{
    return info->pwszProvName && !lstrcmpiW(info->pwszProvName, KEYS_PROVIDER);
}

/* Here, so that the one log line says what is wrong with the file; later it would only be a
 * handshake that fails. */
SECURITY_STATUS key_from_file(
        PCCERT_CONTEXT certificate, const CRYPT_KEY_PROV_INFO *info, struct private_key *key)
{
    enum status s = keys_read(info->pwszContainerName, &key->der);
    if (s == ST_OK)
        s = tls_key_fits(blob_view(&key->der),
                bytes_of(certificate->pbCertEncoded, certificate->cbCertEncoded));
    if (s == ST_OK)
        return SEC_E_OK;
    blob_free(&key->der);
    if (s == ST_NO_MEMORY)
        return SEC_E_INSUFFICIENT_MEMORY;
    log_warn(ROOM, "the certificate's key file is no good: %s",
            s == ST_NO_CREDENTIALS  ? "it is another certificate's key"
            : s == ST_BAD_ARGUMENT  ? "it is no PKCS#8 key in DER"
            : s == ST_NOT_FOUND     ? "there is none"
                                    : "it cannot be read, or others can read it");
    return SEC_E_UNKNOWN_CREDENTIALS;
}
