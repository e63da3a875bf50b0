/* PFX and PEM: RFC 7292, RFC 7468. GnuTLS reads both; what is kept is chosen here. */
#include <gnutls/pkcs12.h>
#include <gnutls/x509.h>
#include <limits.h>
#include "bundle.h"
#include "internal.h"
#include "base/log.h"

enum { PASSWORD_MAX = 1024, READ_MAX = 64 };

/* What a file held. */
struct parts {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t list[READ_MAX];
    unsigned count;
};

static gnutls_datum_t datum_of(struct bytes b)
{
    gnutls_datum_t d = {(unsigned char *)(uintptr_t)b.data, (unsigned)b.size};
    return d;
}

static enum status failed(int error, const char *what)
{
    log_warn("tls", "%s: %s", what, gnutls_strerror(error));
    switch (error) {
    case GNUTLS_E_MEMORY_ERROR:
        return ST_NO_MEMORY;
    case GNUTLS_E_DECRYPTION_FAILED:
    case GNUTLS_E_MAC_VERIFY_FAILED:
    case GNUTLS_E_PKCS1_WRONG_PAD:
        return ST_NO_CREDENTIALS;
    case GNUTLS_E_UNKNOWN_PK_ALGORITHM:
    case GNUTLS_E_UNKNOWN_CIPHER_TYPE:
    case GNUTLS_E_ECC_UNSUPPORTED_CURVE:
        return ST_UNSUPPORTED;
    default:
        return ST_BAD_ARGUMENT;
    }
}

/* ---- files ---- */

static bool is_pem(struct bytes file)
{
    struct bytes mark = BYTES_LITERAL("-----BEGIN ");
    for (size_t i = 0; i + mark.size <= file.size; i++)
        if (bytes_equal(bytes_of(file.data + i, mark.size), mark))
            return true;
    return false;
}

/* PASSWORD NULL: only keys that are not encrypted. */
static enum status read_key(struct bytes file, const char *password, struct parts *p)
{
    gnutls_datum_t datum = datum_of(file);
    gnutls_x509_crt_fmt_t format = is_pem(file) ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER;
    if (gnutls_x509_privkey_init(&p->key) < 0)
        return ST_NO_MEMORY;
    int error = gnutls_x509_privkey_import2(
            p->key, &datum, format, password, password ? 0 : GNUTLS_PKCS_PLAIN);
    if (error >= 0)
        return ST_OK;
    /* Without a password GnuTLS takes an encrypted key for garbage. */
    if (!password && gnutls_x509_privkey_import2(p->key, &datum, format, "", 0) ==
                             GNUTLS_E_DECRYPTION_FAILED)
        error = GNUTLS_E_DECRYPTION_FAILED;
    return failed(error, "the private key cannot be read");
}

static enum status read_pem(
        struct bytes file, struct bytes key_file, const char *password, struct parts *p)
{
    gnutls_datum_t datum = datum_of(file);
    unsigned most = READ_MAX;
    int error = gnutls_x509_crt_list_import(
            p->list, &most, &datum, is_pem(file) ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER, 0);
    if (error == GNUTLS_E_NO_CERTIFICATE_FOUND || error == GNUTLS_E_BASE64_UNEXPECTED_HEADER_ERROR) {
        log_warn("tls", "the file holds no certificate");
        return ST_NOT_FOUND;
    }
    if (error < 0)
        return failed(error, "the certificates cannot be read");
    p->count = (unsigned)error;
    return read_key(key_file.size ? key_file : file, password, p);
}

static enum status take_list(struct parts *p, gnutls_x509_crt_t *list, unsigned count)
{
    enum status status = ST_OK;
    for (unsigned i = 0; i < count; i++)
        if (p->count < READ_MAX)
            p->list[p->count++] = list[i];
        else {
            gnutls_x509_crt_deinit(list[i]);
            status = ST_BAD_ARGUMENT;
        }
    gnutls_free(list);
    return status;
}

static enum status read_pfx(gnutls_pkcs12_t pfx, const char *password, struct parts *p)
{
    gnutls_x509_crt_t *chain = NULL, *extra = NULL;
    unsigned chain_count = 0, extra_count = 0;
    /* The MAC first: else a wrong password may look like a damaged file. */
    int error = gnutls_pkcs12_verify_mac(pfx, password ? password : "");
    if (error < 0)
        return failed(error, "the PFX's password is wrong, or the file is damaged");
    error = gnutls_pkcs12_simple_parse(pfx, password ? password : "", &p->key, &chain,
            &chain_count, &extra, &extra_count, NULL, 0);
    if (error < 0)
        return failed(error, "the PFX cannot be read");
    enum status first = take_list(p, chain, chain_count);
    enum status second = take_list(p, extra, extra_count);
    if (!p->key) {
        log_warn("tls", "the PFX holds no private key");
        return ST_BAD_ARGUMENT;
    }
    return first ? first : second;
}

static enum status read_parts(
        struct bytes file, struct bytes key_file, const char *password, struct parts *p)
{
    gnutls_pkcs12_t pfx;
    gnutls_datum_t datum = datum_of(file);
    if (gnutls_pkcs12_init(&pfx) < 0)
        return ST_NO_MEMORY;
    bool is_pfx = !is_pem(file) && gnutls_pkcs12_import(pfx, &datum, GNUTLS_X509_FMT_DER, 0) >= 0;
    enum status status = is_pfx ? read_pfx(pfx, password, p)
                                : read_pem(file, key_file, password, p);
    gnutls_pkcs12_deinit(pfx);
    return status;
}

/* ---- what is kept ---- */

/* SHA-256 of the SubjectPublicKeyInfo: the same for a key and its certificate. */
static bool key_id(gnutls_x509_privkey_t key, gnutls_x509_crt_t certificate, uint8_t out[32])
{
    size_t size = 32;
    int error = key ? gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, out, &size)
                    : gnutls_x509_crt_get_key_id(
                              certificate, GNUTLS_KEYID_USE_SHA256, out, &size);
    return error >= 0 && size == 32;
}

static bool is_for_key(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key)
{
    gnutls_pubkey_t a = NULL, b = NULL;
    gnutls_datum_t m1 = {0}, e1 = {0}, m2 = {0}, e2 = {0};
    uint8_t id[32], other[32];
    if (key_id(key, NULL, id) && key_id(NULL, certificate, other) &&
            bytes_equal(bytes_of(id, 32), bytes_of(other, 32)))
        return true;
    /* A key for RSA and a certificate for RSA-PSS alone differ in their algorithm's name only. */
    bool same = false;
    gnutls_privkey_t abstract = NULL;
    if (gnutls_pubkey_init(&a) >= 0 && gnutls_pubkey_init(&b) >= 0 &&
            gnutls_privkey_init(&abstract) >= 0 && gnutls_pubkey_import_x509(a, certificate, 0) >= 0 &&
            gnutls_privkey_import_x509(abstract, key, 0) >= 0 &&
            gnutls_pubkey_import_privkey(b, abstract, 0, 0) >= 0 &&
            gnutls_pubkey_export_rsa_raw(a, &m1, &e1) >= 0 &&
            gnutls_pubkey_export_rsa_raw(b, &m2, &e2) >= 0)
        same = bytes_equal(bytes_of(m1.data, m1.size), bytes_of(m2.data, m2.size)) &&
               bytes_equal(bytes_of(e1.data, e1.size), bytes_of(e2.data, e2.size));
    gnutls_free(m1.data);
    gnutls_free(e1.data);
    gnutls_free(m2.data);
    gnutls_free(e2.data);
    if (a)
        gnutls_pubkey_deinit(a);
    if (b)
        gnutls_pubkey_deinit(b);
    if (abstract)
        gnutls_privkey_deinit(abstract);
    return same;
}

static enum status describe_key(gnutls_x509_privkey_t key, struct tls_bundle *out)
{
    static const char *const names[] = {"RSA", "RSA-PSS", "ECDSA"};
    gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
    int algorithm = gnutls_x509_privkey_get_pk_algorithm2(key, &out->bits);
    size_t which = algorithm == GNUTLS_PK_RSA       ? 0
                   : algorithm == GNUTLS_PK_RSA_PSS ? 1
                   : algorithm == GNUTLS_PK_ECDSA   ? 2
                                                    : 3;
    if (which == 2 && gnutls_x509_privkey_export_ecc_raw(key, &curve, NULL, NULL, NULL) < 0)
        which = 3;
    bool curve_known = curve == GNUTLS_ECC_CURVE_SECP256R1 || curve == GNUTLS_ECC_CURVE_SECP384R1 ||
                       curve == GNUTLS_ECC_CURVE_SECP521R1;
    if (which == 3 || (which == 2 && !curve_known)) {
        log_warn("tls", "keys are RSA, RSA-PSS, or ECDSA on P-256, P-384 or P-521; this one is %s",
                gnutls_pk_get_name((gnutls_pk_algorithm_t)algorithm));
        return ST_UNSUPPORTED;
    }
    size_t i = 0;
    for (; names[which][i]; i++)
        out->algorithm[i] = names[which][i];
    return key_id(key, NULL, out->key_id) ? ST_OK : ST_INTERNAL;
}

static enum status keep_key(gnutls_x509_privkey_t key, struct tls_bundle *out)
{
    gnutls_datum_t der = {0};
    int error = gnutls_x509_privkey_export2_pkcs8(
            key, GNUTLS_X509_FMT_DER, NULL, GNUTLS_PKCS_PLAIN, &der);
    if (error < 0)
        return failed(error, "the private key cannot be written");
    enum status status = blob_set(&out->key, bytes_of(der.data, der.size));
    wipe(der.data, der.size);
    gnutls_free(der.data);
    return status;
}

static enum status keep_certificate(gnutls_x509_crt_t certificate, struct tls_bundle *out)
{
    gnutls_datum_t der = {0};
    int error = gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &der);
    if (error < 0)
        return failed(error, "a certificate cannot be written");
    enum status status = blob_set(&out->certificates[out->count], bytes_of(der.data, der.size));
    gnutls_free(der.data);
    if (!status)
        out->count++;
    return status;
}

/* The key's own certificate, then each one's issuer as far as the file has them. Others stay out. */
static enum status keep_chain(struct parts *p, struct tls_bundle *out)
{
    gnutls_x509_crt_t at = NULL;
    bool used[READ_MAX] = {false};
    for (unsigned i = 0; !at && i < p->count; i++)
        if (is_for_key(p->list[i], p->key)) {
            at = p->list[i];
            used[i] = true;
        }
    if (!at) {
        log_warn("tls", "the file holds no certificate for its key");
        return ST_NOT_FOUND;
    }
    while (at && out->count < BUNDLE_MAX) {
        enum status status = keep_certificate(at, out);
        if (status)
            return status;
        gnutls_x509_crt_t issuer = NULL;
        bool is_root = gnutls_x509_crt_check_issuer(at, at); /* a second copy of it adds nothing */
        for (unsigned i = 0; !is_root && !issuer && i < p->count; i++)
            if (!used[i] && gnutls_x509_crt_check_issuer(at, p->list[i])) {
                issuer = p->list[i];
                used[i] = true;
            }
        at = issuer;
    }
    return ST_OK;
}

enum status tls_bundle_read(struct bytes file, struct bytes key_file, struct bytes password,
        struct tls_bundle *out)
{
    struct parts p = {0};
    char text[PASSWORD_MAX];
    struct reader r = reader_on(password);
    if (password.size >= sizeof text || file.size > UINT_MAX || key_file.size > UINT_MAX)
        return ST_BAD_ARGUMENT;
    enum status status = tls_start();
    if (status)
        return status;
    reader_copy(&r, (uint8_t *)text, password.size);
    text[password.size] = 0;
    status = read_parts(file, key_file, password.data ? text : NULL, &p);
    if (!status)
        status = describe_key(p.key, out);
    if (!status)
        status = keep_key(p.key, out);
    if (!status)
        status = keep_chain(&p, out);
    if (p.key)
        gnutls_x509_privkey_deinit(p.key);
    for (unsigned i = 0; i < p.count; i++)
        gnutls_x509_crt_deinit(p.list[i]);
    wipe(text, sizeof text);
    return status;
}

void tls_bundle_free(struct tls_bundle *bundle)
{
    blob_free(&bundle->key);
    for (size_t i = 0; i < BUNDLE_MAX; i++)
        blob_free(&bundle->certificates[i]);
    bundle->count = 0;
}

enum status tls_key_fits(struct bytes key, struct bytes certificate)
{
    gnutls_x509_privkey_t parsed = NULL;
    gnutls_x509_crt_t about = NULL;
    gnutls_datum_t key_der = datum_of(key), der = datum_of(certificate);
    enum status status = tls_start();
    if (!status && (gnutls_x509_privkey_init(&parsed) < 0 || gnutls_x509_crt_init(&about) < 0))
        status = ST_NO_MEMORY;
    if (!status && (gnutls_x509_privkey_import(parsed, &key_der, GNUTLS_X509_FMT_DER) < 0 ||
                           gnutls_x509_crt_import(about, &der, GNUTLS_X509_FMT_DER) < 0))
        status = ST_BAD_ARGUMENT;
    if (!status && !is_for_key(about, parsed))
        status = ST_NO_CREDENTIALS;
    if (parsed)
        gnutls_x509_privkey_deinit(parsed);
    if (about)
        gnutls_x509_crt_deinit(about);
    return status;
}
