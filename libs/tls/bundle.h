/* A certificate with its key and its issuers, as people have them in files: PFX (PKCS#12) or PEM.
 * For the tool that brings them into a prefix; the key goes to a file of its own. */
#ifndef TLS_BUNDLE_H
#define TLS_BUNDLE_H

#include "base/bytes.h"

enum { BUNDLE_MAX = 16 };

struct tls_bundle {
    struct blob key;                      /* PKCS#8, DER, not encrypted */
    struct blob certificates[BUNDLE_MAX]; /* DER; [0] is the key's, then its issuers in order */
    size_t count;
    char algorithm[16]; /* of the key: "RSA", "RSA-PSS", "ECDSA" */
    unsigned bits;
    uint8_t key_id[32]; /* SHA-256 of the key's SubjectPublicKeyInfo */
};

/* FILE is a PFX or PEM text with one private key and the certificates; KEY_FILE: the key where FILE
 * does not hold it (PEM or DER); empty: none. PASSWORD: UTF-8, with its NUL not counted; NULL data:
 * none was given. OUT zeroed; free it whatever comes back.
 * ST_NO_CREDENTIALS: the key (or PFX) is encrypted and PASSWORD is wrong or not given.
 * ST_NOT_FOUND: no certificate, or none for the key. ST_UNSUPPORTED: no RSA, RSA-PSS or ECDSA key on
 * P-256, P-384, P-521. ST_BAD_ARGUMENT: neither PFX nor PEM, or no key in it. One log line each. */
MUST_USE enum status tls_bundle_read(struct bytes file, struct bytes key_file,
        struct bytes password, struct tls_bundle *out);
void tls_bundle_free(struct tls_bundle *bundle);

/* A key file's DER (PKCS#8) for tls_config_set_key: is it one, and is it CERTIFICATE's?
 * ST_BAD_ARGUMENT, ST_NO_CREDENTIALS. */
MUST_USE enum status tls_key_fits(struct bytes key, struct bytes certificate);

#endif
