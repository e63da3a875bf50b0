/* libs/tls: keys in every form, keys behind functions, RSA from parts, client certificates, what is
 * told afterwards, channel bindings (RFC 5929, RFC 9266), public keys of certificates (RFC
 * 5280 4.1). */
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include "tls/internal.h"
#include "tls_pair.h"

/* Where the processor has all this, AES-GCM goes first, elsewhere ChaCha20-Poly1305 (docs/guide.md, "Speed"). */
static bool gcm_first(void)
{
#if defined __i386__ || defined __x86_64__
    return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul") &&
           __builtin_cpu_supports("ssse3");
#else
    return true;
#endif
}

/* A key that only signs and decrypts, as a CNG key does; backed by GnuTLS. */
struct box {
    gnutls_privkey_t key;
    int signs, decrypts, destroyed;
    bool fail, refuse_pss;
};

static enum status give(gnutls_datum_t *d, struct blob *out)
{
    enum status status = blob_set(out, bytes_of(d->data, d->size));
    gnutls_free(d->data);
    return status;
}

static gnutls_sign_algorithm_t algorithm_of(enum tls_sign_kind kind, size_t size)
{
    gnutls_digest_algorithm_t hash = size == 20   ? GNUTLS_DIG_SHA1
                                     : size == 32 ? GNUTLS_DIG_SHA256
                                     : size == 48 ? GNUTLS_DIG_SHA384
                                                  : GNUTLS_DIG_SHA512;
    gnutls_pk_algorithm_t pk = kind == TLS_SIGN_PKCS1 ? GNUTLS_PK_RSA
                               : kind == TLS_SIGN_PSS ? GNUTLS_PK_RSA_PSS
                                                      : GNUTLS_PK_ECDSA;
    return gnutls_pk_to_sign(pk, hash);
}

static enum status box_sign(
        void *self, enum tls_sign_kind kind, struct bytes hash, struct blob *signature)
{
    struct box *b = self;
    gnutls_datum_t digest = {(unsigned char *)(uintptr_t)hash.data, (unsigned)hash.size}, out;
    b->signs++;
    CHECK(hash.size == 20 || hash.size == 32 || hash.size == 36 || hash.size == 48 ||
            hash.size == 64);
    CHECK(!b->refuse_pss || kind == TLS_SIGN_PKCS1);
    if (b->fail)
        return ST_INTERNAL;
    int error = hash.size == 36 ? gnutls_privkey_sign_hash(b->key, GNUTLS_DIG_UNKNOWN,
                                          GNUTLS_PRIVKEY_SIGN_FLAG_TLS1_RSA, &digest, &out)
                                : gnutls_privkey_sign_hash2(
                                          b->key, algorithm_of(kind, hash.size), 0, &digest, &out);
    CHECK(error == 0);
    return error ? ST_INTERNAL : give(&out, signature);
}

static enum status box_decrypt(void *self, struct bytes cipher, struct blob *plain)
{
    struct box *b = self;
    gnutls_datum_t in = {(unsigned char *)(uintptr_t)cipher.data, (unsigned)cipher.size}, out;
    b->decrypts++;
    return gnutls_privkey_decrypt_data(b->key, 0, &in, &out) ? ST_BAD_TOKEN : give(&out, plain);
}

static void box_destroy(void *self)
{
    ((struct box *)self)->destroyed++;
}

static void box_open(struct box *b, enum pair_key key)
{
    struct bytes der = pair_key_der(key);
    gnutls_datum_t d = {(unsigned char *)(uintptr_t)der.data, (unsigned)der.size};
    *b = (struct box){0};
    CHECK(gnutls_privkey_init(&b->key) == 0);
    CHECK(gnutls_privkey_import_x509_raw(b->key, &d, GNUTLS_X509_FMT_DER, NULL, 0) == 0);
}

static struct pair *pair_with_box(unsigned version, enum pair_key key, struct box *b, bool decrypts)
{
    struct pair *p = calloc(1, sizeof *p);
    struct bytes chain = pair_certificate(key);
    struct tls_key_ops ops = {.self = b,
            .is_ec = key == PAIR_EC,
            .bits = key == PAIR_EC ? 256 : 2048,
            .sign = box_sign,
            .decrypt = decrypts ? box_decrypt : NULL,
            .destroy = box_destroy};
    box_open(b, key);
    CHECK_STATUS(tls_config_new(TLS_CLIENT, version, &p->client.config), ST_OK);
    CHECK_STATUS(tls_config_new(TLS_SERVER, version, &p->server.config), ST_OK);
    CHECK_STATUS(tls_config_set_key_ops(p->server.config, &chain, 1, &ops), ST_OK);
    return p;
}

static void test_key_ops(void)
{
    static const unsigned versions[] = {TLS_V1_0, TLS_V1_1, TLS_V1_2, TLS_V1_3};
    for (size_t i = 0; i < 4; i++)
        for (int key = PAIR_RSA; key <= PAIR_EC; key++) {
            struct box b;
            struct pair *p = pair_with_box(versions[i], (enum pair_key)key, &b, false);
            pair_sessions(p);
            pair_handshake(p);
            CHECK_STATUS(p->client.status, ST_OK);
            CHECK_STATUS(p->server.status, ST_OK);
            CHECK(b.signs > 0 && !b.decrypts && !b.destroyed);
            pair_free(p);
            CHECK(b.destroyed == 1);
            gnutls_privkey_deinit(b.key);
        }
}

static void test_key_ops_fail(void)
{
    struct box b;
    struct pair *p = pair_with_box(TLS_V1_2, PAIR_RSA, &b, false);
    b.fail = true;
    pair_sessions(p);
    pair_handshake(p);
    CHECK_STATUS(p->server.status, ST_INTERNAL);
    CHECK_STATUS(p->client.status, ST_PEER_ALERT);
    CHECK(tls_alert_received(p->client.s) == 80); /* internal_error */
    pair_free(p);
    gnutls_privkey_deinit(b.key);

    /* a key that does not belong to the certificate */
    struct tls_config *config;
    struct bytes chain = OF(test_ec_certificate);
    box_open(&b, PAIR_RSA);
    struct tls_key_ops ops = {.self = &b, .bits = 2048, .sign = box_sign, .destroy = box_destroy};
    CHECK_STATUS(tls_config_new(TLS_SERVER, TLS_V1_2, &config), ST_OK);
    CHECK_STATUS(tls_config_set_key_ops(config, &chain, 1, &ops), ST_NO_CREDENTIALS);
    tls_config_free(config);
    CHECK(!b.destroyed);
    gnutls_privkey_deinit(b.key);
}

/* A CryptoAPI key: PKCS#1 v1.5 only, so TLS 1.2 at most (RFC 8446 4.2.3 wants PSS). */
static void test_no_pss(void)
{
    struct box b;
    struct tls_info info;
    struct bytes chain = OF(test_rsa_certificate);
    struct pair *p = calloc(1, sizeof *p);
    struct tls_key_ops ops = {.self = &b, .no_pss = true, .bits = 2048, .sign = box_sign};
    unsigned both = TLS_V1_2 | TLS_V1_3;
    box_open(&b, PAIR_RSA);
    b.refuse_pss = true;
    CHECK_STATUS(tls_config_new(TLS_SERVER, TLS_V1_3, &p->server.config), ST_OK);
    CHECK_STATUS(tls_config_set_key_ops(p->server.config, &chain, 1, &ops), ST_NO_COMMON_ALGORITHM);
    tls_config_free(p->server.config);
    CHECK_STATUS(tls_config_new(TLS_CLIENT, both, &p->client.config), ST_OK);
    CHECK_STATUS(tls_config_new(TLS_SERVER, both, &p->server.config), ST_OK);
    CHECK_STATUS(tls_config_set_key_ops(p->server.config, &chain, 1, &ops), ST_OK);
    pair_sessions(p);
    pair_handshake(p);
    CHECK_STATUS(tls_query(p->client.s, &info), ST_OK);
    CHECK(info.version == TLS_V1_2);
    pair_free(p);
    gnutls_privkey_deinit(b.key);
}

static void test_key_forms(void)
{
    static const uint8_t junk[] = {0x30, 0x03, 0x02, 0x01, 0x00};
    struct bytes ec = OF(test_ec_certificate), rsa = OF(test_rsa_certificate), bad = OF(junk);
    struct tls_config *config;
    CHECK_STATUS(tls_config_new(TLS_SERVER, TLS_V1_2, &config), ST_OK);
    CHECK_STATUS(tls_config_set_key(config, &ec, 1, OF(test_rsa_key)), ST_NO_CREDENTIALS);
    CHECK_STATUS(tls_config_set_key(config, &rsa, 1, OF(junk)), ST_BAD_ARGUMENT);
    CHECK_STATUS(tls_config_set_key(config, &bad, 1, OF(test_rsa_key)), ST_BAD_ARGUMENT);
    CHECK_STATUS(tls_config_set_key(config, &rsa, 0, OF(test_rsa_key)), ST_BAD_ARGUMENT);
    CHECK_STATUS(tls_config_set_key(config, &ec, 1, OF(test_ec_key_pkcs8)), ST_OK);
    CHECK_STATUS(tls_config_set_key(config, &ec, 1, OF(test_ec_key)), ST_BAD_STATE);
    tls_config_free(config);
}

/* PKCS#1 to its numbers and back: the same bytes, also with leading zeros in the parts. */
static void test_rsa_parts(void)
{
    struct bytes der = OF(test_rsa_key);
    struct bytes number[9];
    size_t at = 4;
    static uint8_t padded[8][600];
    for (int i = 0; i < 9; i++) { /* INTEGERs with one- to three-octet lengths, X.690 8.1.3 */
        size_t size = der.data[at + 1], head = 2;
        if (size & 0x80) {
            head += size & 0x7f;
            size = 0;
            for (size_t k = 2; k < head; k++)
                size = size << 8 | der.data[at + k];
        }
        number[i] = bytes_of(der.data + at + head, size);
        at += head + size;
    }
    CHECK(at == der.size);
    for (int i = 0; i < 8; i++) {
        memcpy(padded[i] + 3, number[i + 1].data, number[i + 1].size);
        number[i + 1] = bytes_of(padded[i], number[i + 1].size + 3);
    }
    struct tls_rsa_parts parts = {
            number[1], number[2], number[3], number[4], number[5], number[6], number[7], number[8]};
    struct blob out = {0};
    CHECK_STATUS(tls_rsa_to_der(&parts, &out), ST_OK);
    CHECK_BYTES(blob_view(&out), der);
    parts.q.size = 0;
    CHECK_STATUS(tls_rsa_to_der(&parts, &out), ST_BAD_ARGUMENT);
    blob_free(&out);
}

/* RSA key exchange, by decrypt() and with the bytes of the key. A key that cannot decrypt does not
 * offer it. */
static void test_rsa_exchange(void)
{
    struct box b;
    struct tls_info info;
    for (int way = 0; way < 3; way++) {
        struct pair *p = way == 2 ? pair_configs(TLS_V1_2, TLS_V1_2, PAIR_RSA)
                                  : pair_with_box(TLS_V1_2, PAIR_RSA, &b, way == 0);
        pair_sessions(p);
        CHECK(gnutls_priority_set_direct(p->client.s->gnutls,
                      "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA", NULL) == 0);
        pair_handshake(p);
        if (way == 1) {
            CHECK_STATUS(p->server.status, ST_NO_COMMON_ALGORITHM);
        } else {
            CHECK_STATUS(p->client.status, ST_OK);
            CHECK_STATUS(tls_query(p->client.s, &info), ST_OK);
            CHECK(info.exchange == TLS_KX_RSA && info.exchange_bits == 2048);
            CHECK_STATUS(tls_query(p->server.s, &info), ST_OK);
            CHECK(info.exchange == TLS_KX_RSA && info.exchange_bits == 2048);
        }
        CHECK(way == 2 || b.decrypts == (way == 0));
        pair_free(p);
        if (way != 2)
            gnutls_privkey_deinit(b.key);
    }
}

struct judge {
    int asked;
    enum status status;
    unsigned alert;
};

static enum status on_verify(void *self, const struct bytes *chain, size_t count, unsigned *alert)
{
    struct judge *j = self;
    j->asked++;
    CHECK(count == 1 && *alert == 42);
    CHECK_BYTES(chain[0], OF(test_rsa_certificate));
    if (j->alert)
        *alert = j->alert;
    return j->status;
}

/* The caller's verdict ends the handshake with its status and its alert: unknown_ca is 48, RFC
 * 8446 6. */
static void test_verify(void)
{
    for (unsigned version = TLS_V1_2; version <= TLS_V1_3; version *= 2)
        for (int bad = 0; bad < 2; bad++) {
            struct judge j = {0, bad ? ST_UNTRUSTED : ST_OK, bad ? 48 : 0};
            struct pair *p = pair_new(version, version, PAIR_RSA);
            tls_session_set_verify(p->client.s, on_verify, &j);
            pair_handshake(p);
            CHECK(j.asked == 1);
            CHECK_STATUS(p->client.status, bad ? ST_UNTRUSTED : ST_OK);
            CHECK_STATUS(p->server.status, bad ? ST_PEER_ALERT : ST_OK);
            CHECK(tls_alert_received(p->server.s) == (bad ? 48 : -1));
            pair_free(p);
        }
}

static void test_asking_the_client(void)
{
    for (unsigned version = TLS_V1_2; version <= TLS_V1_3; version *= 2)
        for (int shown = 0; shown < 2; shown++)
            for (int required = 0; required < 2; required++) {
                const struct bytes *chain;
                struct bytes own, client = OF(test_client_certificate);
                size_t count;
                struct pair *p = pair_configs(version, version, PAIR_RSA);
                tls_config_request_certificate(p->server.config, required);
                if (shown)
                    CHECK_STATUS(tls_config_set_key(p->client.config, &client, 1, OF(test_ec_key)),
                            ST_OK);
                pair_sessions(p);
                pair_handshake(p);
                if (required && !shown) {
                    CHECK_STATUS(p->server.status, ST_UNTRUSTED);
                    pair_free(p);
                    continue;
                }
                CHECK_STATUS(p->client.status, ST_OK);
                CHECK_STATUS(p->server.status, ST_OK);
                CHECK_STATUS(tls_peer_chain(p->server.s, &chain, &count), ST_OK);
                CHECK(count == (shown ? 1 : 0));
                if (count)
                    CHECK_BYTES(chain[0], client);
                CHECK_STATUS(tls_own_certificate(p->client.s, &own), ST_OK);
                CHECK_BYTES(own, shown ? client : bytes_of(NULL, 0));
                CHECK_STATUS(tls_peer_chain(p->client.s, &chain, &count), ST_OK);
                CHECK(count == 1);
                CHECK_BYTES(chain[0], OF(test_rsa_certificate));
                CHECK_STATUS(tls_own_certificate(p->server.s, &own), ST_OK);
                CHECK_BYTES(own, OF(test_rsa_certificate));
                pair_free(p);
            }
}

/* The tolerance for RDP servers' certificates, whose keyUsage lacks digitalSignature, is none for
 * clients: RFC 5246 7.4.6 and RFC 8446 4.4.2.3 have them sign. Its twin with a good certificate is
 * above. */
static void test_client_that_may_not_sign(void)
{
    for (unsigned version = TLS_V1_2; version <= TLS_V1_3; version *= 2)
        for (int required = 0; required < 2; required++) {
            struct bytes client = OF(test_rdp_certificate);
            struct pair *p = pair_configs(version, version, PAIR_RSA);
            tls_config_request_certificate(p->server.config, required);
            CHECK_STATUS(tls_config_set_key(p->client.config, &client, 1, OF(test_rsa_key)), ST_OK);
            pair_sessions(p);
            pair_handshake(p);
            CHECK(status_failed(p->server.status));
            pair_free(p);
        }
}

static void check_info(
        unsigned version, enum pair_key key, uint16_t otherwise, uint16_t suite, unsigned bits)
{
    struct tls_info c, v;
    struct pair *p = pair_open(version, key);
    CHECK_STATUS(tls_query(p->client.s, &c), ST_OK);
    CHECK_STATUS(tls_query(p->server.s, &v), ST_OK);
    CHECK(c.version == version && v.version == version);
    CHECK(c.cipher_suite == (gcm_first() ? suite : otherwise));
    CHECK(v.cipher_suite == c.cipher_suite);
    CHECK(!strncmp(c.cipher_suite_name, "TLS_", 4));
    CHECK(c.cipher == (gcm_first() ? TLS_CIPHER_AES_GCM : TLS_CIPHER_CHACHA20));
    CHECK(c.cipher_bits == 256);
    CHECK(c.mac == TLS_HASH_NONE && c.mac_bits == 0);
    CHECK(c.exchange == TLS_KX_ECDHE);
    CHECK(c.exchange_bits == bits && v.exchange_bits == bits);
    CHECK(!c.resumed && !c.alpn.size);
    pair_free(p);
}

/* IANA TLS Cipher Suites registry; X25519 has 255 bits (RFC 7748 4.1). */
static void test_info(void)
{
    check_info(TLS_V1_3, PAIR_RSA, 0x1303, 0x1302, 255);
    check_info(TLS_V1_2, PAIR_RSA, 0xCCA8, 0xC030, 255);
    check_info(TLS_V1_2, PAIR_EC, 0xCCA9, 0xC02C, 255);
}

static void test_bindings(void)
{
    static const struct {
        unsigned version;
        enum tls_binding kind;
        enum status status;
        size_t size;
    } rows[] = {{TLS_V1_2, TLS_BINDING_UNIQUE, ST_OK, 12},
            {TLS_V1_3, TLS_BINDING_UNIQUE, ST_UNSUPPORTED, 0},
            {TLS_V1_2, TLS_BINDING_SERVER_END_POINT, ST_OK, 32},
            {TLS_V1_3, TLS_BINDING_SERVER_END_POINT, ST_OK, 32},
            {TLS_V1_2, TLS_BINDING_EXPORTER, ST_OK, 32},
            {TLS_V1_3, TLS_BINDING_EXPORTER, ST_OK, 32}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int key = PAIR_RSA; key <= PAIR_RDP; key++) {
            struct blob c = {0}, v = {0};
            struct pair *p = pair_open(rows[i].version, (enum pair_key)key);
            CHECK_STATUS(tls_channel_binding(p->client.s, rows[i].kind, &c), rows[i].status);
            CHECK_STATUS(tls_channel_binding(p->server.s, rows[i].kind, &v), rows[i].status);
            CHECK(c.size == rows[i].size);
            CHECK_BYTES(blob_view(&c), blob_view(&v));
            if (rows[i].kind == TLS_BINDING_SERVER_END_POINT) {
                uint8_t hash[32]; /* RFC 5929 4.1: SHA-256, for a SHA-1 certificate as well */
                struct bytes der = pair_certificate((enum pair_key)key);
                CHECK(gnutls_hash_fast(GNUTLS_DIG_SHA256, der.data, der.size, hash) == 0);
                CHECK_BYTES(blob_view(&c), OF(hash));
            }
            blob_free(&c);
            blob_free(&v);
            pair_free(p);
        }
}

static void test_public_key(void)
{
    const struct {
        struct bytes certificate, key;
    } rows[] = {{OF(test_rsa_certificate), OF(test_rsa_public_key)},
            {OF(test_rdp_certificate), OF(test_rsa_public_key)},
            {OF(test_ec_certificate), OF(test_ec_public_key)},
            {OF(test_ed25519_certificate), OF(test_ed25519_public_key)}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct blob out = {0};
        struct bytes good = rows[i].certificate;
        CHECK_STATUS(tls_certificate_public_key(good, &out), ST_OK);
        CHECK_BYTES(blob_view(&out), rows[i].key);
        for (size_t n = 0; n < good.size; n++) {
            uint8_t *cut = malloc(n ? n : 1);
            memcpy(cut, good.data, n);
            CHECK_STATUS(tls_certificate_public_key(bytes_of(cut, n), &out), ST_BAD_TOKEN);
            free(cut);
        }
        uint8_t *copy = malloc(good.size);
        for (size_t bit = 0; bit < good.size * 8; bit++) { /* must not crash; may well succeed */
            memcpy(copy, good.data, good.size);
            copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
            enum status status = tls_certificate_public_key(bytes_of(copy, good.size), &out);
            CHECK(status == ST_OK || status == ST_BAD_TOKEN);
        }
        free(copy);
        blob_free(&out);
    }
}

int main(void)
{
    CHECK_STATUS(tls_start(), ST_OK);
    test_key_ops();
    test_key_ops_fail();
    test_no_pss();
    test_key_forms();
    test_rsa_parts();
    test_rsa_exchange();
    test_verify();
    test_asking_the_client();
    test_client_that_may_not_sign();
    test_info();
    test_bindings();
    test_public_key();
    return unit_end("tls_keys");
}
