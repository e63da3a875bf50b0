/* The portable rooms together, as the DLLs compose them: CredSSP over real TLS, with NTLM inside,
 * raw and in SPNEGO, both ends in one process. What this shows is that the contracts fit each
 * other. */
#include "credssp_fake.h"
#include "ntlm/ntlm.h"
#include "spnego_blob.h"
#include "test_keys.h"
#include "tls/tls.h"

#define OF(array) bytes_of(array, sizeof array)
#define U(s)      bytes_of(u"" s, sizeof(u"" s) - 2)

/* One end's real TLS and real package. */
struct real {
    bool client;
    struct tls_config *tls_config;
    struct tls_session *tls;
    struct bytes certificate; /* server: its own; what public_key takes the key from */
    struct ntlm_context *ntlm;
    struct spnego_context *spnego;
    struct blob token; /* ntlm's last */
    uint8_t random;
};

struct stack {
    struct pair p;
    struct real client, server;
    bool account_known;
};

static enum status real_handshake(
        void *self, struct bytes in, size_t *consumed, size_t *missing, struct blob *out)
{
    struct real *r = self;
    return tls_handshake(r->tls, in, consumed, missing, out);
}

static enum status real_encrypt(void *self, struct bytes plain, struct blob *out)
{
    static uint8_t record[20000];
    struct real *r = self;
    size_t size = 0;
    enum status s = tls_encrypt(r->tls, plain, record, sizeof record, &size);
    return s == ST_OK ? fake_try_append(out, bytes_of(record, size)) : s;
}

static enum status real_decrypt(
        void *self, struct bytes in, size_t *consumed, size_t *missing, struct blob *plain)
{
    static uint8_t buffer[20000];
    struct real *r = self;
    size_t size = 0;
    enum status s = tls_decrypt(r->tls, in, buffer, sizeof buffer, consumed, missing, &size);
    if (s == ST_OK && size)
        s = fake_try_append(plain, bytes_of(buffer, size));
    wipe(buffer, sizeof buffer);
    return s;
}

static enum status real_public_key(void *self, struct blob *out)
{
    struct real *r = self;
    const struct bytes *chain;
    size_t count = 0;
    if (!r->client)
        return tls_certificate_public_key(r->certificate, out);
    enum status s = tls_peer_chain(r->tls, &chain, &count);
    if (s != ST_OK || !count)
        return s == ST_OK ? ST_NOT_FOUND : s;
    return tls_certificate_public_key(chain[0], out);
}

static enum status mech_step(void *self, struct bytes in, struct bytes *out)
{
    struct real *r = self;
    enum status s = ntlm_step(r->ntlm, in, &r->token);
    *out = blob_view(&r->token);
    return s;
}
static bool mech_mic_wanted(void *self)
{
    return ntlm_mic_used(((struct real *)self)->ntlm);
}
static enum status mech_get_mic(void *self, struct bytes data, struct spnego_mic *mic)
{
    struct ntlm_part part = {(uint8_t *)data.data, data.size, false};
    mic->size = NTLM_SIGNATURE_SIZE;
    return ntlm_sign(((struct real *)self)->ntlm, &part, 1, mic->bytes);
}
static enum status mech_verify_mic(void *self, struct bytes data, struct bytes mic)
{
    struct ntlm_part part = {(uint8_t *)data.data, data.size, false};
    return ntlm_verify(((struct real *)self)->ntlm, &part, 1, mic);
}
static enum status mech_reset(void *self, bool outgoing)
{
    return ntlm_reset_cipher(((struct real *)self)->ntlm, outgoing);
}

static enum status real_step(void *self, struct bytes in, struct blob *out)
{
    struct real *r = self;
    return step_to_blob(r->spnego, in, out);
}

static enum status real_seal(void *self, struct bytes plain, struct blob *out)
{
    struct real *r = self;
    struct blob sealed = {0}, data = {0};
    uint8_t signature[NTLM_SIGNATURE_SIZE];
    enum status s = blob_set(&data, plain);
    struct ntlm_part part = {data.data, data.size, true};
    if (s == ST_OK)
        s = ntlm_seal(r->ntlm, &part, 1, signature);
    if (s == ST_OK)
        s = fake_try_append(&sealed, OF(signature));
    if (s == ST_OK)
        s = fake_try_append(&sealed, blob_view(&data));
    blob_free(&data);
    blob_move(out, &sealed);
    return s;
}

static enum status real_unseal(void *self, struct bytes sealed, struct blob *plain)
{
    struct real *r = self;
    if (sealed.size < NTLM_SIGNATURE_SIZE)
        return ST_BAD_TOKEN;
    enum status s = blob_set(
            plain, bytes_of(sealed.data + NTLM_SIGNATURE_SIZE, sealed.size - NTLM_SIGNATURE_SIZE));
    struct ntlm_part part = {plain->data, plain->size, true};
    return s == ST_OK ? ntlm_unseal(r->ntlm, &part, 1, bytes_of(sealed.data, NTLM_SIGNATURE_SIZE))
                      : s;
}

static const struct credssp_tls real_tls = {.handshake = real_handshake,
        .encrypt = real_encrypt,
        .decrypt = real_decrypt,
        .public_key = real_public_key};
static const struct credssp_auth real_auth = {
        .step = real_step, .seal = real_seal, .unseal = real_unseal};

static uint64_t real_now(void *self)
{
    (void)self;
    return 133800000000000000ull;
}

static enum status authenticate(
        void *self, const struct ntlm_logon *logon, uint8_t session_base_key[NTLM_HASH_SIZE])
{
    struct stack *k = self;
    uint8_t hash[NTLM_HASH_SIZE];
    ntlm_nt_hash(U("Password"), hash);
    return ntlm_check_logon(logon, hash, k->account_known, session_base_key);
}

static void open_tls(struct stack *k, unsigned versions, struct bytes certificate, struct bytes key)
{
    struct real *c = &k->client, *s = &k->server;
    CHECK_STATUS(tls_config_new(TLS_CLIENT, versions, &c->tls_config), ST_OK);
    CHECK_STATUS(tls_config_new(TLS_SERVER, versions, &s->tls_config), ST_OK);
    CHECK_STATUS(tls_config_set_key(s->tls_config, &certificate, 1, key), ST_OK);
    CHECK_STATUS(tls_session_new(c->tls_config, BYTES_LITERAL("server.example"), &c->tls), ST_OK);
    CHECK_STATUS(tls_session_new(s->tls_config, bytes_of(NULL, 0), &s->tls), ST_OK);
    s->certificate = certificate;
}

static void open_ntlm(struct stack *k, struct bytes password)
{
    uint8_t hash[NTLM_HASH_SIZE];
    ntlm_nt_hash(password, hash);
    struct ntlm_client_config client = {.user = U("user"),
            .domain = U("DOM"),
            .workstation = U("WS"),
            .nt_hash = hash,
            .target_name = U("TERMSRV/server.example"),
            .wishes = NTLM_WISH_SIGN | NTLM_WISH_SEAL,
            .world = {&k->client.random, fake_random, real_now}};
    struct ntlm_server_config server = {.nb_computer = U("SERVER"),
            .nb_domain = U("SERVER"),
            .dns_computer = U("server.example"),
            .dns_domain = U("example"),
            .authenticate = authenticate,
            .authenticate_self = k,
            .wishes = NTLM_WISH_SIGN | NTLM_WISH_SEAL,
            .world = {&k->server.random, fake_random, real_now}};
    CHECK_STATUS(ntlm_client_new(&client, &k->client.ntlm), ST_OK);
    CHECK_STATUS(ntlm_server_new(&server, &k->server.ntlm), ST_OK);
}

static void open_spnego(struct stack *k, bool raw)
{
    static const struct spnego_functions functions = {
            .step = mech_step,
            .mic_wanted = mech_mic_wanted,
            .get_mic = mech_get_mic,
            .verify_mic = mech_verify_mic,
            .reset = mech_reset,
    };
    struct spnego_mech mech = {spnego_oid_ntlm, "NTLM", &functions, &k->client};
    CHECK_STATUS(client_new(&mech, 1, raw, &k->client.spnego), ST_OK);
    mech.self = &k->server;
    CHECK_STATUS(server_new(&mech, 1, &k->server.spnego), ST_OK);
}

static void stack_open(struct stack *k, unsigned versions, struct bytes certificate,
        struct bytes key, bool raw, struct bytes password)
{
    memset(k, 0, sizeof *k);
    k->client.client = k->account_known = true;
    open_tls(k, versions, certificate, key);
    open_ntlm(k, password);
    open_spnego(k, raw);
    pair_setup(&k->p, FAKE_RAW);
    k->p.client_config.tls = k->p.server_config.tls = real_tls;
    k->p.client_config.auth = k->p.server_config.auth = real_auth;
    k->p.client_config.tls.self = k->p.client_config.auth.self = &k->client;
    k->p.server_config.tls.self = k->p.server_config.auth.self = &k->server;
}

static void real_close(struct real *r)
{
    engine_free(r->spnego);
    blob_free(&r->token);
    ntlm_free(r->ntlm);
    tls_session_free(r->tls);
    tls_config_free(r->tls_config);
}

static void stack_close(struct stack *k)
{
    pair_free(&k->p);
    real_close(&k->client);
    real_close(&k->server);
}

/* After the login the stream is the program's, in both directions. */
static void check_stream(struct real *from, struct end *to_end, struct real *to)
{
    struct blob wire = {0}, plain = {0};
    size_t consumed = 0, missing = 0;
    enum status s = ST_OK;
    CHECK_STATUS(real_encrypt(from, BYTES_LITERAL("MCS"), &wire), ST_OK);
    fake_append(&to_end->pending, blob_view(&wire));
    do {
        s = real_decrypt(to, blob_view(&to_end->pending), &consumed, &missing, &plain);
        if (s == ST_RENEGOTIATE) /* the session tickets of TLS 1.3 */
            s = tls_handshake(to->tls, blob_view(&to_end->pending), &consumed, &missing, &wire);
        end_drop(to_end, consumed);
    } while (s == ST_OK && !plain.size && to_end->pending.size);
    CHECK_STATUS(s, ST_OK);
    CHECK_BYTES(blob_view(&plain), BYTES_LITERAL("MCS"));
    blob_free(&wire);
    blob_free(&plain);
}

static const unsigned versions[] = {TLS_V1_2, TLS_V1_3};

static void test_login(void)
{
    static const size_t pieces[] = {1, 100, 100000};
    struct bytes certificates[] = {
            OF(test_rsa_certificate), OF(test_ec_certificate), OF(test_rdp_certificate)};
    struct bytes keys[] = {OF(test_rsa_key), OF(test_ec_key), OF(test_rsa_key)};
    for (size_t v = 0; v < 2; v++)
        for (size_t key = 0; key < 3; key++)
            for (int raw = 0; raw < 2; raw++)
                for (size_t piece = 0; piece < 3; piece++) {
                    struct stack k;
                    stack_open(&k, versions[v], certificates[key], keys[key], raw, U("Password"));
                    CHECK_STATUS(pair_new(&k.p), ST_OK);
                    pair_run_with(&k.p, pieces[piece], NULL, NULL);
                    CHECK_STATUS(k.p.client.status, ST_OK);
                    CHECK_STATUS(k.p.server.status, ST_OK);
                    check_delegated(&k.p);
                    check_stream(&k.client, &k.p.server, &k.server);
                    check_stream(&k.server, &k.p.client, &k.client);
                    stack_close(&k);
                }
}

static void test_old_versions(void)
{
    for (uint32_t version = 2; version <= 6; version++) {
        struct stack k;
        stack_open(&k, TLS_V1_3, OF(test_rsa_certificate), OF(test_rsa_key), version % 2,
                U("Password"));
        k.p.client_config.version = version;
        k.p.client_config.lowest = k.p.server_config.lowest = 2;
        CHECK_STATUS(pair_new(&k.p), ST_OK);
        pair_run(&k.p);
        CHECK_STATUS(k.p.client.status, ST_OK);
        CHECK_STATUS(k.p.server.status, ST_OK);
        check_delegated(&k.p);
        stack_close(&k);
    }
}

static void check_denied(struct stack *k)
{
    CHECK_STATUS(pair_new(&k->p), ST_OK);
    pair_run(&k->p);
    CHECK_STATUS(k->p.server.status, ST_LOGON_DENIED);
    CHECK_STATUS(k->p.client.status, ST_PEER_ERROR);
    CHECK(credssp_peer_error(k->p.client.c) == 0xC000006D);
    stack_close(k);
}

static void test_denied(void)
{
    for (size_t v = 0; v < 2; v++)
        for (int raw = 0; raw < 2; raw++) {
            struct stack k;
            stack_open(&k, versions[v], OF(test_rsa_certificate), OF(test_rsa_key), raw,
                    U("password"));
            check_denied(&k);
            stack_open(&k, versions[v], OF(test_rsa_certificate), OF(test_rsa_key), raw,
                    U("Password"));
            k.account_known = false;
            check_denied(&k);
        }
}

/* Somebody in the middle relays the login: the server's TLS key is another than the client's
 * peer's. */
static void test_man_in_the_middle(void)
{
    for (int raw = 0; raw < 2; raw++) {
        struct stack k;
        stack_open(&k, TLS_V1_3, OF(test_rsa_certificate), OF(test_rsa_key), raw, U("Password"));
        k.server.certificate = OF(test_ec_certificate);
        CHECK_STATUS(pair_new(&k.p), ST_OK);
        pair_run(&k.p);
        CHECK_STATUS(k.p.server.status, ST_BAD_KEY_BINDING);
        CHECK_STATUS(k.p.client.status, ST_PEER_ERROR);
        stack_close(&k);
    }
}

int main(void)
{
    CHECK_STATUS(tls_start(), ST_OK);
    test_login();
    test_old_versions();
    test_denied();
    test_man_in_the_middle();
    return unit_end("credssp_stack");
}
