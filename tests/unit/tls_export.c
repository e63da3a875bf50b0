/* libs/tls: exporters, the PRF of EAP, tls-exporter, signature schemes, and what the hellos agreed on.
 * RFC 5705 4, RFC 8446 7.5, RFC 9266, RFC 5216 2.3, RFC 5246 5, RFC 7627, RFC 7366. What another
 * implementation exports is compared in tests/interop/openssl. */
#include <nettle/hmac.h>
#include "tls_pair.h"

static struct bytes view(const struct blob *b)
{
    return blob_view(b);
}

/* Both ends give the same, which differs by label, context and session and is prefix-free in TLS 1.3
 * only (RFC 8446 7.1 hashes the length, the PRF does not know it). */
static void test_export(unsigned version)
{
    struct pair *p = pair_open(version, PAIR_RSA), *q = pair_open(version, PAIR_RSA);
    struct blob a = {0}, b = {0};
    struct bytes label = BYTES_LITERAL("EXPORTER-opensspi-test"), empty = {NULL, 0},
                 context = BYTES_LITERAL("context");
    CHECK_STATUS(tls_export(p->client.s, label, NULL, 32, &a), ST_OK);
    CHECK_STATUS(tls_export(p->server.s, label, NULL, 32, &b), ST_OK);
    CHECK(a.size == 32);
    CHECK_BYTES(view(&a), view(&b));
    CHECK_STATUS(tls_export(q->client.s, label, NULL, 32, &b), ST_OK);
    CHECK(!bytes_equal(view(&a), view(&b)));
    CHECK_STATUS(tls_export(p->client.s, BYTES_LITERAL("EXPORTER-other"), NULL, 32, &b), ST_OK);
    CHECK(!bytes_equal(view(&a), view(&b)));
    CHECK_STATUS(tls_export(p->client.s, label, &context, 32, &b), ST_OK);
    CHECK(!bytes_equal(view(&a), view(&b)));
    /* RFC 5705 4: no context is not an empty one; RFC 8446 7.5: it is */
    CHECK_STATUS(tls_export(p->client.s, label, &empty, 32, &b), ST_OK);
    CHECK(bytes_equal(view(&a), view(&b)) == (version == TLS_V1_3));
    CHECK_STATUS(tls_export(p->client.s, label, NULL, 48, &b), ST_OK);
    CHECK(b.size == 48);
    CHECK(!memcmp(a.data, b.data, 32) == (version != TLS_V1_3));
    blob_free(&a);
    blob_free(&b);
    pair_free(p);
    pair_free(q);
}

static void test_bad_arguments(void)
{
    struct pair *p = pair_open(TLS_V1_3, PAIR_EC), *q = pair_new(TLS_V1_3, TLS_V1_3, PAIR_EC);
    struct bytes label = BYTES_LITERAL("EXPORTER-x"), none = {NULL, 0};
    struct blob out = {0};
    CHECK_STATUS(tls_export(q->client.s, label, NULL, 32, &out), ST_BAD_STATE);
    CHECK_STATUS(tls_export(p->client.s, none, NULL, 32, &out), ST_BAD_ARGUMENT);
    CHECK_STATUS(tls_export(p->client.s, label, NULL, 0, &out), ST_BAD_ARGUMENT);
    CHECK_STATUS(tls_export(p->client.s, label, NULL, 65536, &out), ST_BAD_ARGUMENT);
    CHECK_STATUS(tls_prf(p->client.s, label, false, 32, &out), ST_UNSUPPORTED);
    CHECK_STATUS(tls_prf_public(p->client.s, label, 32, &out), ST_UNSUPPORTED);
    CHECK(!out.data && !out.size);
    pair_free(p);
    pair_free(q);
}

/* RFC 5705 4: without a context an exporter is PRF(master_secret, label, client_random +
 * server_random). */
static void test_prf(unsigned version)
{
    struct pair *p = pair_open(version, PAIR_RSA);
    struct bytes label = BYTES_LITERAL("client EAP encryption");
    struct blob a = {0}, b = {0};
    CHECK_STATUS(tls_prf(p->client.s, label, false, 128, &a), ST_OK);
    CHECK_STATUS(tls_export(p->server.s, label, NULL, 128, &b), ST_OK);
    CHECK(a.size == 128);
    CHECK_BYTES(view(&a), view(&b));
    CHECK_STATUS(tls_prf(p->server.s, label, true, 128, &b), ST_OK);
    CHECK(!bytes_equal(view(&a), view(&b)));
    CHECK_STATUS(tls_prf(p->client.s, label, true, 128, &a), ST_OK);
    CHECK_BYTES(view(&a), view(&b));
    blob_free(&a);
    blob_free(&b);
    pair_free(p);
}

/* TLS 1.2, AES-256-GCM in 32 bits as well. */
static struct pair *pair_without_chacha(void)
{
    struct tls_limits limits = {0};
    struct tls_rule chacha = {TLS_USE_CIPHER, TLS_ALG_CHACHA20, 0, 0, 0, 0};
    struct pair *p = pair_configs(TLS_V1_2, TLS_V1_2, PAIR_RSA);
    CHECK_STATUS(tls_limits_add(&limits, &chacha), ST_OK);
    CHECK_STATUS(tls_config_limit(p->client.config, &limits), ST_OK);
    pair_sessions(p);
    return p;
}

/* The first two blocks of P_SHA384 with an empty key, by Nettle: HMAC(A(1) + seed), HMAC(A(2) + seed).
 * The randoms are those of the hellos on the wire. */
static void test_prf_public(void)
{
    static const char label[] = "client EAP encryption";
    struct pair *p = pair_without_chacha();
    struct hmac_sha384_ctx c;
    struct blob a = {0}, b = {0};
    struct tls_info info;
    uint8_t seed[21 + 64], block[48], want[96];
    memcpy(seed, label, 21);
    (void)end_leg(&p->client, &p->server);
    memcpy(seed + 21, p->server.inbox + 5 + 4 + 2, 32);
    (void)end_leg(&p->server, &p->client);
    memcpy(seed + 21 + 32, p->client.inbox + 5 + 4 + 2, 32);
    pair_handshake(p);
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK_STATUS(tls_query(p->client.s, &info), ST_OK);
    CHECK(!strcmp(info.cipher_suite_name + strlen(info.cipher_suite_name) - 6, "SHA384"));
    hmac_sha384_set_key(&c, 0, (const uint8_t *)"");
    hmac_sha384_update(&c, sizeof seed, seed);
    hmac_sha384_digest(&c, 48, block);
    for (int i = 0; i < 2; i++) {
        hmac_sha384_update(&c, 48, block);
        hmac_sha384_update(&c, sizeof seed, seed);
        hmac_sha384_digest(&c, 48, want + 48 * i);
        hmac_sha384_update(&c, 48, block);
        hmac_sha384_digest(&c, 48, block);
    }
    CHECK_STATUS(tls_prf_public(p->client.s, bytes_of(label, 21), 64, &a), ST_OK);
    CHECK_STATUS(tls_prf_public(p->server.s, bytes_of(label, 21), 96, &b), ST_OK);
    CHECK_BYTES(view(&a), bytes_of(want, 64));
    CHECK_BYTES(view(&b), bytes_of(want, 96));
    blob_free(&a);
    blob_free(&b);
    pair_free(p);
}

/* RFC 9266 2: label, a context of no bytes, 32 bytes. */
static void test_tls_exporter(unsigned version)
{
    struct pair *p = pair_open(version, PAIR_EC);
    struct bytes empty = {NULL, 0};
    struct blob a = {0}, b = {0};
    CHECK_STATUS(tls_channel_binding(p->client.s, TLS_BINDING_EXPORTER, &a), ST_OK);
    CHECK_STATUS(
            tls_export(p->server.s, BYTES_LITERAL("EXPORTER-Channel-Binding"), &empty, 32, &b),
            ST_OK);
    CHECK_BYTES(view(&a), view(&b));
    blob_free(&a);
    blob_free(&b);
    pair_free(p);
}

static bool has(const uint16_t *list, size_t count, uint16_t number)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == number)
            return true;
    return false;
}

/* Numbers of the IANA registry. The client asks with its ClientHello; the server of TLS 1.2 that asks
 * for no certificate asks for nothing. */
static void test_signatures(unsigned version)
{
    struct pair *p = pair_open(version, PAIR_RSA);
    uint16_t list[TLS_SIGNATURES_MAX];
    size_t count = 0;
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(tls_signatures(i ? p->client.s : p->server.s, list, &count), ST_OK);
        CHECK(has(list, count, 0x0804)); /* rsa_pss_rsae_sha256 */
        CHECK(has(list, count, 0x0403)); /* ecdsa_secp256r1_sha256 */
        CHECK(has(list, count, 0x0401)); /* rsa_pkcs1_sha256 */
        CHECK(!has(list, count, 0x0101)); /* rsa_pkcs1_md5 */
    }
    pair_free(p);
}

enum { EXTENSION_EMS = 23, EXTENSION_ETM = 22, EXTENSION_ALPN = 16, EXTENSION_VERSIONS = 43 };

static void test_extensions(unsigned version)
{
    struct bytes h2 = BYTES_LITERAL("h2");
    struct pair *p = pair_new(version, version, PAIR_RSA);
    struct tls_info client, server;
    CHECK_STATUS(tls_session_set_alpn(p->client.s, &h2, 1), ST_OK);
    CHECK_STATUS(tls_session_set_alpn(p->server.s, &h2, 1), ST_OK);
    pair_handshake(p);
    CHECK_STATUS(tls_query(p->client.s, &client), ST_OK);
    CHECK_STATUS(tls_query(p->server.s, &server), ST_OK);
    CHECK(client.extended_master_secret && server.extended_master_secret);
    CHECK(client.extension_count == server.extension_count);
    CHECK(!memcmp(client.extensions, server.extensions, 2 * client.extension_count));
    CHECK(has(client.extensions, client.extension_count, EXTENSION_ALPN));
    CHECK(has(client.extensions, client.extension_count, EXTENSION_EMS) == (version == TLS_V1_2));
    CHECK(has(client.extensions, client.extension_count, EXTENSION_VERSIONS) ==
            (version == TLS_V1_3));
    pair_free(p);
}

/* RFC 7366 3: only where a CBC cipher was chosen; so GCM is turned off. */
static void test_encrypt_then_mac(void)
{
    struct tls_limits limits = {0};
    struct tls_rule gcm = {TLS_USE_CIPHER, TLS_ALG_AES, TLS_MODE_GCM, 0, 0, 0};
    struct tls_rule chacha = {TLS_USE_CIPHER, TLS_ALG_CHACHA20, 0, 0, 0, 0};
    struct pair *p = pair_configs(TLS_V1_2, TLS_V1_2, PAIR_RSA), *q;
    struct tls_info info;
    CHECK_STATUS(tls_limits_add(&limits, &gcm), ST_OK);
    CHECK_STATUS(tls_limits_add(&limits, &chacha), ST_OK);
    CHECK_STATUS(tls_config_limit(p->client.config, &limits), ST_OK);
    pair_sessions(p);
    pair_handshake(p);
    CHECK_STATUS(tls_query(p->client.s, &info), ST_OK);
    CHECK(info.cipher == TLS_CIPHER_AES_CBC && info.encrypt_then_mac);
    CHECK(has(info.extensions, info.extension_count, EXTENSION_ETM));
    pair_free(p);
    q = pair_without_chacha();
    pair_handshake(q);
    CHECK_STATUS(tls_query(q->client.s, &info), ST_OK);
    CHECK(info.cipher == TLS_CIPHER_AES_GCM && !info.encrypt_then_mac);
    pair_free(q);
}

int main(void)
{
    static const unsigned versions[] = {TLS_V1_0, TLS_V1_1, TLS_V1_2, TLS_V1_3};
    for (size_t i = 0; i < 4; i++) {
        test_export(versions[i]);
        test_tls_exporter(versions[i]);
        if (versions[i] != TLS_V1_3)
            test_prf(versions[i]);
    }
    test_bad_arguments();
    test_prf_public();
    test_signatures(TLS_V1_2);
    test_signatures(TLS_V1_3);
    test_extensions(TLS_V1_2);
    test_extensions(TLS_V1_3);
    test_encrypt_then_mac();
    return unit_end("tls_export");
}
