/* The public key in a certificate, RFC 5280 4.1:
 *
 *   Certificate ::= SEQUENCE { TBSCertificate, signatureAlgorithm, signature }
 *   TBSCertificate ::= SEQUENCE { [0] version OPTIONAL, serialNumber, signature, issuer, validity,
 * subject, SubjectPublicKeyInfo ::= SEQUENCE { algorithm, BIT STRING }, ... }
 */
#include "internal.h"
#include "base/der.h"

enum status tls_certificate_public_key(struct bytes certificate, struct blob *out)
{
    struct reader r = reader_on(certificate);
    struct reader outer = der_enter(&r, DER_SEQUENCE);
    struct reader tbs = der_enter(&outer, DER_SEQUENCE);
    if (der_peek(&tbs) == DER_CONTEXT(0))
        (void)der_get(&tbs, DER_CONTEXT(0));
    (void)der_get(&tbs, DER_INTEGER);
    for (int i = 0; i < 4; i++) /* signature, issuer, validity, subject */
        (void)der_get(&tbs, DER_SEQUENCE);
    struct reader info = der_enter(&tbs, DER_SEQUENCE);
    (void)der_get(&info, DER_SEQUENCE);
    struct reader key = reader_on(der_get(&info, DER_BIT_STRING));
    uint8_t unused_bits = reader_u8(&key);
    struct bytes bits = reader_rest(&key);
    if (!reader_done(&r) || !reader_ok(&outer) || !reader_ok(&tbs) || !reader_done(&info) ||
            !reader_ok(&key) || unused_bits)
        return ST_BAD_TOKEN;
    return blob_set(out, bits);
}
