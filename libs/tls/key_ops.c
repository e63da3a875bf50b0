/* A key that we may not read: signs and decrypts through the caller's functions.
 *
 * GnuTLS hands RSA PKCS#1 v1.5 work over as a finished DigestInfo (RFC 8017 9.2), or as 36 raw
 * bytes (MD5 and SHA-1) before TLS 1.2; the caller's function wants the digest alone.
 */
#include <gnutls/crypto.h>
#include "internal.h"
#include "base/der.h"
#include "base/log.h"

struct bridge {
    struct tls_key_ops ops;
    bool owns; /* the caller's SELF is ours to destroy */
};

/* The digest inside a DigestInfo, or all of V when it is none. */
static struct bytes digest_of(struct bytes v)
{
    struct reader r = reader_on(v);
    struct reader info = der_enter(&r, DER_SEQUENCE);
    (void)der_get(&info, DER_SEQUENCE);
    struct bytes digest = der_get(&info, DER_OCTET_STRING);
    return reader_done(&r) && reader_done(&info) ? digest : v;
}

static enum tls_sign_kind kind_of(const struct bridge *b, gnutls_sign_algorithm_t algorithm)
{
    if (b->ops.is_ec)
        return TLS_SIGN_ECDSA;
    gnutls_pk_algorithm_t pk = gnutls_sign_get_pk_algorithm(algorithm);
    return pk == GNUTLS_PK_RSA_PSS || algorithm == GNUTLS_SIGN_RSA_PSS_RSAE_SHA256 ||
                           algorithm == GNUTLS_SIGN_RSA_PSS_RSAE_SHA384 ||
                           algorithm == GNUTLS_SIGN_RSA_PSS_RSAE_SHA512
                   ? TLS_SIGN_PSS
                   : TLS_SIGN_PKCS1;
}

/* GnuTLS frees with gnutls_free. */
static int give(const struct blob *b, gnutls_datum_t *out)
{
    out->data = gnutls_malloc(b->size ? b->size : 1);
    if (!out->data)
        return GNUTLS_E_MEMORY_ERROR;
    struct reader r = reader_on(blob_view(b));
    reader_copy(&r, out->data, b->size);
    out->size = (unsigned)b->size;
    return 0;
}

static int on_sign(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm, void *self,
        unsigned flags, const gnutls_datum_t *hash, gnutls_datum_t *signature)
{
    struct bridge *b = self;
    struct bytes digest = bytes_of(hash->data, hash->size);
    struct blob out = {0};
    (void)key, (void)flags;
    enum tls_sign_kind kind = kind_of(b, algorithm);
    if (kind == TLS_SIGN_PKCS1)
        digest = digest_of(digest);
    int error = GNUTLS_E_PK_SIGN_FAILED;
    if (!b->ops.sign(b->ops.self, kind, digest, &out))
        error = give(&out, signature);
    blob_free(&out);
    return error;
}

/* On failure PLAIN must be empty: GnuTLS looks at it all the same. It then goes on with a random
 * premaster secret, so that the peer learns nothing. */
static int on_decrypt(
        gnutls_privkey_t key, void *self, const gnutls_datum_t *cipher, gnutls_datum_t *plain)
{
    struct bridge *b = self;
    struct blob out = {0};
    (void)key;
    plain->data = NULL;
    plain->size = 0;
    int error = GNUTLS_E_DECRYPTION_FAILED;
    if (b->ops.decrypt && !b->ops.decrypt(b->ops.self, bytes_of(cipher->data, cipher->size), &out))
        error = give(&out, plain);
    blob_free(&out);
    return error;
}

static int on_info(gnutls_privkey_t key, unsigned flags, void *self)
{
    const struct bridge *b = self;
    (void)key;
    if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO)
        return b->ops.is_ec ? GNUTLS_PK_EC : GNUTLS_PK_RSA;
    if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS)
        return (int)b->ops.bits;
    if (flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO) {
        gnutls_pk_algorithm_t pk = gnutls_sign_get_pk_algorithm(GNUTLS_FLAGS_TO_SIGN_ALGO(flags));
        if (pk == GNUTLS_PK_RSA_PSS)
            return !b->ops.is_ec && !b->ops.no_pss;
        return pk == (b->ops.is_ec ? GNUTLS_PK_EC : GNUTLS_PK_RSA);
    }
    return -1;
}

static void on_destroy(gnutls_privkey_t key, void *self)
{
    struct bridge *b = self;
    (void)key;
    if (b->owns && b->ops.destroy)
        b->ops.destroy(b->ops.self);
    mem_free(b, sizeof *b);
}

enum status key_bridge(const struct tls_key_ops *ops, gnutls_privkey_t key, struct bridge **bridge)
{
    struct bridge *b = mem_alloc(sizeof *b);
    if (!b)
        return ST_NO_MEMORY;
    b->ops = *ops;
    if (gnutls_privkey_import_ext4(key, b, NULL, on_sign, on_decrypt, on_destroy, on_info, 0) < 0) {
        mem_free(b, sizeof *b);
        return ST_INTERNAL;
    }
    *bridge = b;
    return ST_OK;
}

void key_bridge_owns(struct bridge *bridge)
{
    if (bridge)
        bridge->owns = true;
}

/* Without decryption no RSA key exchange; without PSS no TLS 1.3 (RFC 8446 4.2.3). */
enum status config_restrict(struct tls_config *c, const struct tls_key_ops *ops)
{
    unsigned versions = ops->no_pss ? c->versions & ~(unsigned)TLS_V1_3 : c->versions;
    if (!versions) {
        log_warn("tls", "the key cannot sign with PSS, which TLS 1.3 demands, and no older version "
                        "is allowed");
        return ST_NO_COMMON_ALGORITHM;
    }
    if (versions == c->versions && (ops->decrypt || c->no_rsa_exchange))
        return ST_OK;
    c->versions = versions;
    c->no_rsa_exchange |= !ops->decrypt;
    return config_build_priority(c);
}
