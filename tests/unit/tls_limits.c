/* libs/tls: what a config may not negotiate is not offered, not chosen and not taken. The ciphers of
 * sessions are asked of both ends; what a ClientHello offers is read off the wire (RFC 5246 7.4.1.2,
 * RFC 8446 4.1.2; numbers of the IANA registry). */
#include "tls/internal.h"
#include "tls_pair.h"
#include "base/reader.h"

static struct tls_limits limits_of(const struct tls_rule *rules, size_t count)
{
    struct tls_limits limits = {0};
    for (size_t i = 0; i < count; i++)
        CHECK_STATUS(tls_limits_add(&limits, &rules[i]), ST_OK);
    return limits;
}

/* Suites of the ClientHello that a config with LIMITS sends. */
struct offer {
    uint16_t suites[128], groups[32], schemes[64];
    size_t suite_count, group_count, scheme_count;
};

static void read_list(struct bytes list, uint16_t *out, size_t *count)
{
    struct reader r = reader_on(list);
    while (reader_left(&r))
        out[(*count)++] = reader_u16be(&r);
}

static void read_extension(struct offer *o, uint16_t type, struct bytes body)
{
    struct reader r = reader_on(body);
    struct bytes list = reader_bytes(&r, reader_u16be(&r));
    if (type == 10)
        read_list(list, o->groups, &o->group_count);
    if (type == 13)
        read_list(list, o->schemes, &o->scheme_count);
}

static void read_hello(struct offer *o, struct bytes hello)
{
    struct reader r = reader_on(hello);
    reader_skip(&r, 5 + 4 + 2 + 32);
    reader_skip(&r, reader_u8(&r));
    read_list(reader_bytes(&r, reader_u16be(&r)), o->suites, &o->suite_count);
    reader_skip(&r, reader_u8(&r));
    struct reader extensions = reader_on(reader_bytes(&r, reader_u16be(&r)));
    while (reader_ok(&extensions) && reader_left(&extensions)) {
        uint16_t type = reader_u16be(&extensions);
        read_extension(o, type, reader_bytes(&extensions, reader_u16be(&extensions)));
    }
    CHECK(reader_ok(&extensions) && reader_done(&r));
}

static void offer_of(struct offer *o, unsigned versions, const struct tls_rule *rules, size_t count)
{
    struct pair *p = pair_configs(versions, versions, PAIR_RSA);
    struct tls_limits limits = limits_of(rules, count);
    if (count)
        CHECK_STATUS(tls_config_limit(p->client.config, &limits), ST_OK);
    pair_sessions(p);
    (void)end_leg(&p->client, &p->server);
    memset(o, 0, sizeof *o);
    read_hello(o, bytes_of(p->server.inbox, p->server.size));
    pair_free(p);
}

static bool has(const uint16_t *list, size_t count, uint16_t number)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == number)
            return true;
    return false;
}

/* One rule each: what is in the unlimited hello and goes, what stays. */
static const struct row {
    struct tls_rule rule;
    int list; /* 0 suites, 1 groups, 2 schemes */
    uint16_t gone[4], stays[4];
} rows[] = {
        {{TLS_USE_CIPHER, TLS_ALG_AES, TLS_MODE_GCM, 0, 0, 0}, 0, {0x1302, 0x1301, 0xc030, 0xc02f},
                {0x1303, 0xcca8, 0xc014, 0xc013}},
        {{TLS_USE_CIPHER, TLS_ALG_AES, TLS_MODE_CBC, 0, 0, 0}, 0, {0xc014, 0xc013, 0x0035, 0x002f},
                {0x1301, 0xc02f, 0xc030, 0xcca8}},
        {{TLS_USE_CIPHER, TLS_ALG_AES, 0, 256, 0, 0}, 0, {0x1301, 0xc02f, 0xc013, 0x002f},
                {0x1302, 0xc030, 0xc014, 0x1303}},
        {{TLS_USE_CIPHER, TLS_ALG_AES, 0, 0, 128, 0}, 0, {0x1302, 0xc030, 0xc014, 0x0035},
                {0x1301, 0xc02f, 0xc013, 0x1303}},
        {{TLS_USE_CIPHER, TLS_ALG_CHACHA20, 0, 0, 0, 0}, 0, {0x1303, 0xcca8, 0xcca9, 0xccaa},
                {0x1302, 0x1301, 0xc030, 0xc014}},
        {{TLS_USE_CIPHER, TLS_ALG_ANY, 0, 0, 128, 0}, 0, {0x1302, 0x1303, 0xc030, 0xcca8},
                {0x1301, 0xc02f, 0xc013, 0x002f}},
        {{TLS_USE_DIGEST, TLS_ALG_SHA1, 0, 0, 0, 0}, 0, {0xc014, 0xc013, 0x0035, 0xc00a},
                {0xc028, 0xc027, 0x003c, 0xc030}},
        {{TLS_USE_DIGEST, TLS_ALG_SHA384, 0, 0, 0, 0}, 0, {0x1302, 0xc030, 0xc028, 0x009f},
                {0x1301, 0xc02f, 0xc014, 0x1303}},
        {{TLS_USE_DIGEST, TLS_ALG_SHA256, TLS_MODE_GCM, 0, 0, 0}, 0,
                {0x1301, 0xc02f, 0x009c, 0x009e}, {0x1302, 0xc030, 0xc027, 0x1303}},
        {{TLS_USE_EXCHANGE, TLS_ALG_RSA, 0, 0, 0, 0}, 0, {0x009d, 0x009c, 0x0035, 0x002f},
                {0xc030, 0x009f, 0x1301, 0xc02c}},
        {{TLS_USE_EXCHANGE, TLS_ALG_DH, 0, 0, 0, 0}, 0, {0x009f, 0x009e, 0x0039, 0xccaa},
                {0xc030, 0x009d, 0x1301, 0xc02c}},
        {{TLS_USE_EXCHANGE, TLS_ALG_ECDH, 0, 0, 0, 0}, 0, {0xc030, 0xc02c, 0xc013, 0xcca8},
                {0x009f, 0x009d, 0x1301, 0x002f}},
        {{TLS_USE_SIGNATURE, TLS_ALG_RSA, 0, 0, 0, 0}, 0, {0xc030, 0x009f, 0x009d, 0xc013},
                {0xc02c, 0xc02b, 0x1301, 0xc00a}},
        {{TLS_USE_SIGNATURE, TLS_ALG_ECDSA, 0, 0, 0, 0}, 0, {0xc02c, 0xc02b, 0xc00a, 0xcca9},
                {0xc030, 0x009d, 0x1301, 0xc013}},
        {{TLS_USE_EXCHANGE, TLS_ALG_DH, 0, 3072, 0, 0}, 1, {256, 256, 256, 256},
                {257, 258, 23, 29}},
        {{TLS_USE_EXCHANGE, TLS_ALG_ECDH, 0, 0, 0, 256}, 1, {23, 23, 23, 23}, {24, 25, 29, 256}},
        {{TLS_USE_EXCHANGE, TLS_ALG_ECDH, 0, 384, 0, 0}, 1, {23, 29, 23, 29}, {24, 25, 30, 256}},
        {{TLS_USE_CERT_SIGNATURE, TLS_ALG_SHA1, 0, 0, 0, 0}, 2, {0x0201, 0x0203, 0x0201, 0x0203},
                {0x0401, 0x0804, 0x0403, 0x0603}},
        {{TLS_USE_CERT_SIGNATURE, TLS_ALG_RSA_PSS, 0, 0, 0, 0}, 2,
                {0x0804, 0x0805, 0x0806, 0x0809}, {0x0401, 0x0501, 0x0403, 0x0603}},
        {{TLS_USE_CERT_SIGNATURE, TLS_ALG_RSA, 0, 0, 0, 0}, 2, {0x0804, 0x0401, 0x0601, 0x0809},
                {0x0403, 0x0503, 0x0603, 0x0403}},
        {{TLS_USE_SIGNATURE, TLS_ALG_ECDSA, 0, 0, 0, 0}, 2, {0x0403, 0x0503, 0x0603, 0x0203},
                {0x0401, 0x0804, 0x0501, 0x0809}},
};

static const uint16_t *list_of(const struct offer *o, int list, size_t *count)
{
    *count = list == 0 ? o->suite_count : list == 1 ? o->group_count : o->scheme_count;
    return list == 0 ? o->suites : list == 1 ? o->groups : o->schemes;
}

static void test_offers(void)
{
    static struct offer all, some;
    size_t full, left;
    offer_of(&all, TLS_V1_2 | TLS_V1_3, NULL, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        offer_of(&some, TLS_V1_2 | TLS_V1_3, &row->rule, 1);
        const uint16_t *before = list_of(&all, row->list, &full);
        const uint16_t *after = list_of(&some, row->list, &left);
        for (size_t j = 0; j < 4; j++) {
            if (!has(before, full, row->gone[j]) || has(after, left, row->gone[j]) ||
                    !has(after, left, row->stays[j]))
                printf("row %zu, place %zu\n", i, j);
            CHECK(has(before, full, row->gone[j]));
            CHECK(!has(after, left, row->gone[j]));
            CHECK(has(after, left, row->stays[j]));
        }
        CHECK(left < full);
    }
}

/* RC4, 3DES, export and NULL suites are in no offer, CCM neither. */
static void test_never_offered(void)
{
    static const uint16_t never[] = {0x0000, 0x0001, 0x0002, 0x0003, 0x0004, 0x0005, 0x0008, 0x0009,
            0x000a, 0x0062, 0xc007, 0xc008, 0xc011, 0xc012, 0xc006, 0xc010, 0x0018, 0x001b, 0x1304,
            0x1305, 0xc09c, 0xc0ac};
    static struct offer all;
    offer_of(&all, TLS_V1_0 | TLS_V1_1 | TLS_V1_2 | TLS_V1_3, NULL, 0);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        CHECK(!has(all.suites, all.suite_count, never[i]));
}

static void test_nothing_left(void)
{
    static const struct tls_rule ciphers = {TLS_USE_CIPHER, TLS_ALG_ANY, 0, 0, 0, 0},
                                 aead[] = {{TLS_USE_CIPHER, TLS_ALG_AES, TLS_MODE_GCM, 0, 0, 0},
                                         {TLS_USE_CIPHER, TLS_ALG_CHACHA20, 0, 0, 0, 0}};
    struct tls_limits none = limits_of(&ciphers, 1), cbc = limits_of(aead, 2), full = {0};
    struct tls_config *c;
    CHECK_STATUS(tls_config_new(TLS_CLIENT, TLS_V1_2 | TLS_V1_3, &c), ST_OK);
    CHECK_STATUS(tls_config_limit(c, &none), ST_NO_COMMON_ALGORITHM);
    CHECK_STATUS(tls_config_limit(c, &cbc), ST_BAD_STATE);
    tls_config_free(c);
    /* TLS 1.3 has no CBC */
    CHECK_STATUS(tls_config_new(TLS_CLIENT, TLS_V1_3, &c), ST_OK);
    CHECK_STATUS(tls_config_limit(c, &cbc), ST_NO_COMMON_ALGORITHM);
    tls_config_free(c);
    CHECK_STATUS(tls_config_new(TLS_CLIENT, TLS_V1_2 | TLS_V1_3, &c), ST_OK);
    CHECK_STATUS(tls_config_limit(c, &cbc), ST_OK);
    tls_config_free(c);
    for (size_t i = 0; i < TLS_RULES_MAX; i++)
        CHECK_STATUS(tls_limits_add(&full, &ciphers), ST_OK);
    CHECK_STATUS(tls_limits_add(&full, &ciphers), ST_BAD_ARGUMENT);
    CHECK_STATUS(tls_limits_join(&full, &cbc), ST_BAD_ARGUMENT);
}

/* Both ends with a rule that leaves nothing in common: the server refuses, the client hears of it. */
static void test_clash(void)
{
    static const struct tls_rule not128 = {TLS_USE_CIPHER, TLS_ALG_ANY, 0, 256, 0, 0},
                                 not256 = {TLS_USE_CIPHER, TLS_ALG_ANY, 0, 0, 128, 0};
    struct tls_limits a = limits_of(&not128, 1), b = limits_of(&not256, 1);
    for (int both = 0; both < 2; both++) {
        struct pair *p = pair_configs(TLS_V1_2, TLS_V1_2, PAIR_RSA);
        struct tls_info info;
        CHECK_STATUS(tls_config_limit(p->client.config, &a), ST_OK);
        tls_config_free(p->server.config);
        CHECK_STATUS(tls_config_new(TLS_SERVER, TLS_V1_2, &p->server.config), ST_OK);
        if (both)
            CHECK_STATUS(tls_config_limit(p->server.config, &b), ST_OK);
        struct bytes chain = pair_certificate(PAIR_RSA);
        CHECK_STATUS(tls_config_set_key(p->server.config, &chain, 1, pair_key_der(PAIR_RSA)), ST_OK);
        pair_sessions(p);
        pair_handshake(p);
        if (both) {
            CHECK_STATUS(p->server.status, ST_NO_COMMON_ALGORITHM);
            CHECK_STATUS(p->client.status, ST_PEER_ALERT);
        } else {
            CHECK_STATUS(tls_query(p->client.s, &info), ST_OK);
            CHECK(info.cipher_bits == 256);
        }
        pair_free(p);
    }
}

/* The test keys are RSA-2048 and P-256, the certificates self-signed with SHA-256. */
static void test_keys(void)
{
    static const struct {
        struct tls_rule rule;
        enum pair_key key;
        bool fits;
    } keys[] = {
            {{TLS_USE_SIGNATURE, TLS_ALG_RSA, 0, 2048, 0, 0}, PAIR_RSA, true},
            {{TLS_USE_SIGNATURE, TLS_ALG_RSA, 0, 2049, 0, 0}, PAIR_RSA, false},
            {{TLS_USE_SIGNATURE, TLS_ALG_RSA, 0, 0, 2047, 0}, PAIR_RSA, false},
            {{TLS_USE_CERT_SIGNATURE, TLS_ALG_RSA, 0, 4096, 0, 0}, PAIR_RSA, false},
            {{TLS_USE_SIGNATURE, TLS_ALG_RSA, 0, 4096, 0, 0}, PAIR_EC, true},
            {{TLS_USE_SIGNATURE, TLS_ALG_ECDSA, 0, 0, 0, 256}, PAIR_EC, false},
            {{TLS_USE_SIGNATURE, TLS_ALG_ECDSA, 0, 0, 0, 384}, PAIR_EC, true},
    };
    static const unsigned versions[] = {TLS_V1_2, TLS_V1_3};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        for (size_t v = 0; v < 2; v++) {
            struct pair *p = pair_configs(versions[v], versions[v], keys[i].key);
            struct tls_limits limits = limits_of(&keys[i].rule, 1);
            CHECK_STATUS(tls_config_limit(p->client.config, &limits), ST_OK);
            pair_sessions(p);
            pair_handshake(p);
            if (keys[i].fits) {
                CHECK_STATUS(p->client.status, ST_OK);
            } else if (p->client.status != ST_PEER_ALERT) { /* scheme of that curve: not even offered */
                CHECK_STATUS(p->client.status, ST_NO_COMMON_ALGORITHM);
                CHECK(tls_alert_received(p->server.s) == 71 || p->server.status != ST_OK);
            }
            CHECK((p->client.status == ST_OK) == keys[i].fits);
            pair_free(p);
        }
}

/* Our own key is held against the rules when it is set. */
static void test_own_key(void)
{
    static const struct tls_rule rule = {TLS_USE_SIGNATURE, TLS_ALG_RSA, 0, 3072, 0, 0};
    struct tls_limits limits = limits_of(&rule, 1);
    struct bytes rsa = pair_certificate(PAIR_RSA), ec = pair_certificate(PAIR_EC);
    struct tls_config *c;
    CHECK_STATUS(tls_config_new(TLS_SERVER, TLS_V1_2 | TLS_V1_3, &c), ST_OK);
    CHECK_STATUS(tls_config_limit(c, &limits), ST_OK);
    CHECK_STATUS(tls_config_set_key(c, &rsa, 1, pair_key_der(PAIR_RSA)), ST_NO_COMMON_ALGORITHM);
    CHECK_STATUS(tls_config_set_key(c, &ec, 1, pair_key_der(PAIR_EC)), ST_OK);
    tls_config_free(c);
}

/* A rule on certificates' signatures does not mean a root's own. One that has its issuer's name but not his key (here:
 * a root whose signature is spoilt, so that its own key did not make it) is no root. RFC 5280 3.2, 6.1. */
static void test_self_issued(void)
{
    static const struct tls_rule no_sha256 = {TLS_USE_CERT_SIGNATURE, TLS_ALG_SHA256, 0, 0, 0, 0};
    static const struct bytes roots[] = {{test_ec_certificate, sizeof test_ec_certificate},
            {test_rsa_certificate, sizeof test_rsa_certificate}};
    struct tls_limits limits = limits_of(&no_sha256, 1);
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        uint8_t copy[4096];
        struct bytes spoilt = bytes_of(copy, roots[i].size);
        memcpy(copy, roots[i].data, roots[i].size);
        copy[roots[i].size - 3] ^= 4;
        CHECK_STATUS(limits_check_chain(&limits, &roots[i], 1, false), ST_OK);
        CHECK_STATUS(limits_check_chain(&limits, &spoilt, 1, false), ST_NO_COMMON_ALGORITHM);
        limits.count = 0;
        CHECK_STATUS(limits_check_chain(&limits, &spoilt, 1, false), ST_OK);
        limits.count = 1;
    }
}

/* ---- optional rules of a server with several certificates ---- */

static unsigned bits_for(const struct tls_parameters *list, struct bytes name)
{
    static const struct tls_rule rsa_only[] = {{TLS_USE_SIGNATURE, TLS_ALG_ECDSA, 0, 0, 0, 0},
            {TLS_USE_CIPHER, TLS_ALG_CHACHA20, 0, 0, 0, 0}};
    struct bytes ec = OF(test_ec_certificate), rsa = OF(test_rdp_certificate);
    struct tls_identity identities[] = {{.chain = &ec, .count = 1, .key_der = OF(test_ec_key)},
            {.chain = &rsa, .count = 1, .key_der = OF(test_rsa_key)}};
    struct tls_limits limits = limits_of(rsa_only, 2);
    struct tls_info info = {0};
    struct pair *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    CHECK_STATUS(tls_config_new(TLS_CLIENT, TLS_V1_2, &p->client.config), ST_OK);
    CHECK_STATUS(tls_config_limit(p->client.config, &limits), ST_OK);
    CHECK_STATUS(tls_config_new(TLS_SERVER, TLS_V1_2, &p->server.config), ST_OK);
    CHECK_STATUS(tls_config_set_identities(p->server.config, identities, 2), ST_OK);
    tls_config_set_parameters(p->server.config, list);
    CHECK_STATUS(tls_session_new(p->client.config, name, &p->client.s), ST_OK);
    CHECK_STATUS(tls_session_new(p->server.config, bytes_of(NULL, 0), &p->server.s), ST_OK);
    pair_handshake(p);
    if (!p->server.status)
        CHECK_STATUS(tls_query(p->server.s, &info), ST_OK);
    pair_free(p);
    return info.cipher_bits;
}

/* The client can do RSA only, and asks for the second certificate's name: whether the rule leaves it anything hangs
 * on that certificate's key. TLS_PARAMS_OPTIONAL; RFC 6066 3. */
static void test_optional_of_identity(void)
{
    static const struct tls_rule not256 = {TLS_USE_CIPHER, TLS_ALG_ANY, 0, 0, 128, 0};
    struct tls_limits limits = limits_of(&not256, 1);
    struct tls_parameters *list = NULL;
    CHECK_STATUS(tls_parameters_new(NULL, 0, 0, &limits, true, &list), ST_OK);
    CHECK(bits_for(NULL, BYTES_LITERAL("rdp.example")) == 256);
    CHECK(bits_for(list, BYTES_LITERAL("rdp.example")) == 128);
    CHECK(bits_for(list, BYTES_LITERAL("server.example")) == 0); /* an ECDSA key: nothing in common */
    CHECK(bits_for(list, bytes_of(NULL, 0)) == 0);
    tls_parameters_free(list);
}

int main(void)
{
    test_offers();
    test_never_offered();
    test_nothing_left();
    test_clash();
    test_keys();
    test_own_key();
    test_self_issued();
    test_optional_of_identity();
    return unit_end("tls_limits");
}
