/* Reading certificates; and the public key in one, RFC 5280 4.1:
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

gnutls_x509_crt_t certificate_of(struct bytes der)
{
    gnutls_x509_crt_t certificate;
    gnutls_datum_t datum = {(unsigned char *)(uintptr_t)der.data, (unsigned)der.size};
    if (gnutls_x509_crt_init(&certificate) < 0)
        return NULL;
    if (gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_DER) >= 0)
        return certificate;
    gnutls_x509_crt_deinit(certificate);
    return NULL;
}

/* SIGNED ::= SEQUENCE { what is signed, signatureAlgorithm, signature BIT STRING }: a certificate or a list.
 * RFC 5280 4.1.1, 5.1.1. */
bool is_signed_by(struct bytes der, int algorithm, gnutls_x509_crt_t by)
{
    struct reader r = reader_on(der), outer = der_enter(&r, DER_SEQUENCE);
    struct bytes text = der_get_any(&outer, NULL);
    (void)der_get(&outer, DER_SEQUENCE);
    struct reader bits = reader_on(der_get(&outer, DER_BIT_STRING));
    bool whole = reader_u8(&bits) == 0;
    struct bytes value = reader_rest(&bits);
    gnutls_pubkey_t key;
    if (!whole || !reader_done(&r) || !reader_done(&outer) || !reader_ok(&bits) || algorithm < 0 ||
            gnutls_pubkey_init(&key) < 0)
        return false;
    gnutls_datum_t signed_text = {(unsigned char *)(uintptr_t)text.data, (unsigned)text.size};
    gnutls_datum_t signature = {(unsigned char *)(uintptr_t)value.data, (unsigned)value.size};
    bool good = gnutls_pubkey_import_x509(key, by, 0) >= 0 &&
                gnutls_pubkey_verify_data2(key, (gnutls_sign_algorithm_t)algorithm,
                        GNUTLS_VERIFY_ALLOW_BROKEN, &signed_text, &signature) >= 0;
    gnutls_pubkey_deinit(key);
    return good;
}

bool certificate_signs_itself(gnutls_x509_crt_t certificate, struct bytes der)
{
    return gnutls_x509_crt_check_issuer(certificate, certificate) &&
           is_signed_by(der, gnutls_x509_crt_get_signature_algorithm(certificate), certificate);
}
