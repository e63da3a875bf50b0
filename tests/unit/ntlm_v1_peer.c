/* Logins recorded with pyspnego at LM_COMPAT_LEVEL 0 to 2, both ways (ntlm_v1_recorded.h):
 * libs/ntlm does its half again in the same still world. And their negative twins: a side that
 * demands more refuses the same tokens. */
#include "unit.h"
#include "ntlm/ntlm.h"
#include "ntlm_v1_recorded.h"

static uint8_t pool[1 << 18];
static size_t pool_used;

static struct bytes hex(const char *text)
{
    struct bytes b = unit_unhex(text, pool + pool_used, sizeof(pool) - pool_used);
    pool_used += b.size;
    return b;
}

static const uint32_t any_key =
        NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | NTLMSSP_NEGOTIATE_128 | NTLMSSP_NEGOTIATE_56;
static uint8_t nt_hash[16], lm_hash[16];

/* As record_ntlm.py's. */
static enum status still_random(void *self, uint8_t *out, size_t size)
{
    (void)self;
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(0x20 + size + i);
    return ST_OK;
}

static uint64_t still_now(void *self)
{
    (void)self;
    return V1_NOW;
}

static const struct world world = {NULL, still_random, still_now};

static enum status check_logon(
        void *self, const struct ntlm_logon *logon, uint8_t session_base_key[NTLM_HASH_SIZE])
{
    (void)self;
    CHECK_BYTES(logon->user, hex(V1_USER));
    CHECK_BYTES(logon->domain, hex(V1_DOMAIN));
    return ntlm_check_logon(logon, nt_hash, true, session_base_key);
}

struct recording {
    enum ntlm_level level;
    const char *negotiate, *challenge, *authenticate, *key;
    const char *peer[2], *peer_signed, *our[2], *our_signed; /* NULL: not recorded */
};

#define LOGIN(P) P##_NEGOTIATE, P##_CHALLENGE, P##_AUTHENTICATE, P##_SESSION_KEY
#define BOTH(P)                                                                                    \
    {P##_PEER_SEALED_1, P##_PEER_SEALED_2}, P##_PEER_SIGNED, {P##_OUR_SEALED_1, P##_OUR_SEALED_2}, \
            P##_OUR_SIGNED
#define ONE(P) {P##_SEALED_1, P##_SEALED_2}, P##_SIGNED

static const struct recording clients[] = {
        {NTLM_LEVEL_0, LOGIN(THEIR_CLIENT_L0), ONE(THEIR_CLIENT_L0), {NULL}, NULL},
        {NTLM_LEVEL_1, LOGIN(THEIR_CLIENT_L1), BOTH(THEIR_CLIENT_L1)},
        {NTLM_LEVEL_2, LOGIN(THEIR_CLIENT_L2), BOTH(THEIR_CLIENT_L2)},
        {NTLM_LEVEL_1, LOGIN(THEIR_CLIENT_L1_PLAIN), ONE(THEIR_CLIENT_L1_PLAIN), {NULL}, NULL},
        {NTLM_LEVEL_2, LOGIN(THEIR_CLIENT_L2_PLAIN), ONE(THEIR_CLIENT_L2_PLAIN), {NULL}, NULL},
        {NTLM_LEVEL_2, LOGIN(THEIR_CLIENT_L2_56), BOTH(THEIR_CLIENT_L2_56)},
        {NTLM_LEVEL_2, LOGIN(THEIR_CLIENT_L2_40), BOTH(THEIR_CLIENT_L2_40)},
};

static const struct recording servers[] = {
        {NTLM_LEVEL_0, LOGIN(THEIR_SERVER_L0), {NULL}, NULL, ONE(THEIR_SERVER_L0)},
        {NTLM_LEVEL_1, LOGIN(THEIR_SERVER_L1), BOTH(THEIR_SERVER_L1)},
        {NTLM_LEVEL_2, LOGIN(THEIR_SERVER_L2), BOTH(THEIR_SERVER_L2)},
        {NTLM_LEVEL_1, LOGIN(THEIR_SERVER_L1_PLAIN), {NULL}, NULL, ONE(THEIR_SERVER_L1_PLAIN)},
        {NTLM_LEVEL_2, LOGIN(THEIR_SERVER_L2_PLAIN), {NULL}, NULL, ONE(THEIR_SERVER_L2_PLAIN)},
        {NTLM_LEVEL_2, LOGIN(THEIR_SERVER_L2_56), BOTH(THEIR_SERVER_L2_56)},
        {NTLM_LEVEL_2, LOGIN(THEIR_SERVER_L2_40), BOTH(THEIR_SERVER_L2_40)},
};

static void unseal(struct ntlm_context *c, const char *message)
{
    struct bytes sealed = hex(message);
    uint8_t data[64];
    struct ntlm_part part = {data, sealed.size - 16, true};

    memcpy(data, sealed.data + 16, part.size);
    CHECK_STATUS(ntlm_unseal(c, &part, 1, bytes_of(sealed.data, 16)), ST_OK);
    CHECK(!memcmp(data, "message ", 8));
}

static void seal(struct ntlm_context *c, const char *text, const char *message)
{
    struct bytes want = hex(message);
    uint8_t data[64], signature[16];
    struct ntlm_part part = {data, strlen(text), true};

    memcpy(data, text, part.size);
    CHECK_STATUS(ntlm_seal(c, &part, 1, signature), ST_OK);
    CHECK_BYTES(bytes_of(signature, 16), bytes_of(want.data, 16));
    CHECK_BYTES(bytes_of(data, part.size), bytes_of(want.data + 16, want.size - 16));
}

static void verify(struct ntlm_context *c, const char *text, const char *signature)
{
    uint8_t data[64];
    struct ntlm_part part = {data, strlen(text), false};

    memcpy(data, text, part.size);
    data[0] ^= 1;
    CHECK_STATUS(ntlm_verify(c, &part, 1, hex(signature)), ST_BAD_SIGNATURE);
    data[0] ^= 1;
    CHECK_STATUS(ntlm_verify(c, &part, 1, hex(signature)), ST_OK);
}

static void sign(struct ntlm_context *c, const char *text, const char *want)
{
    uint8_t data[64], signature[16];
    struct ntlm_part part = {data, strlen(text), false};

    memcpy(data, text, part.size);
    CHECK_STATUS(ntlm_sign(c, &part, 1, signature), ST_OK);
    CHECK_BYTES(bytes_of(signature, 16), hex(want));
}

/* What record_ntlm.py's talk() and record_ntlm_v1.py's talk_one_way() say. */
static void talk(struct ntlm_context *c, const struct recording *r, bool server)
{
    bool both = r->peer[0] && r->our[0];

    for (int i = 0; i < 2; i++) {
        char text[64];

        snprintf(text, sizeof(text), both ? "message %d of the %s" : "message %d", i + 1,
                server ? "server" : "client");
        if (r->peer[i])
            unseal(c, r->peer[i]);
        if (r->our[i])
            seal(c, text, r->our[i]);
    }
    if (r->peer_signed)
        verify(c, both ? "signed by the peer" : "signed", r->peer_signed);
    if (r->our_signed)
        sign(c, both ? "signed by us" : "signed", r->our_signed);
}

static void key_is(const struct ntlm_context *c, const char *want)
{
    struct ntlm_info info;

    ntlm_query(c, &info);
    CHECK(info.complete && !ntlm_mic_used(c));
    if (info.complete)
        CHECK_BYTES(bytes_of(info.session_key, 16), hex(want));
}

/* A server of LEVEL and WEAKER up to the end of the login. */
static enum status serve(
        const struct recording *r, enum ntlm_level level, uint32_t weaker, struct ntlm_context **c)
{
    struct ntlm_server_config config = {.nb_computer = hex("530052005600"),
            .nb_domain = hex("44004f004d00"),
            .dns_computer = hex("7300720076002e0064006f006d002e006500780061006d0070006c006500"),
            .dns_domain = hex("64006f006d002e006500780061006d0070006c006500"),
            .authenticate = check_logon,
            .wishes = NTLM_WISH_SIGN | NTLM_WISH_SEAL,
            .level = level,
            .weaker = weaker,
            .world = world};
    struct blob out = {0};
    enum status status;

    CHECK_STATUS(ntlm_server_new(&config, c), ST_OK);
    status = ntlm_step(*c, hex(r->negotiate), &out);
    if (status == ST_CONTINUE) {
        CHECK_BYTES(blob_view(&out), hex(r->challenge));
        status = ntlm_step(*c, hex(r->authenticate), &out);
    }
    blob_free(&out);
    return status;
}

static void their_client(const struct recording *r)
{
    struct ntlm_context *c;
    enum status status;

    CHECK_STATUS(serve(r, NTLM_LEVEL_3, any_key, &c), ST_OK);
    key_is(c, r->key);
    talk(c, r, true);
    ntlm_free(c);
    CHECK_STATUS(serve(r, NTLM_LEVEL_5, any_key, &c), ST_LOGON_DENIED);
    ntlm_free(c);
    status = serve(r, NTLM_LEVEL_DEFAULT, 0, &c);
    CHECK(status == ST_LOGON_DENIED || status == ST_PEER_UNSUPPORTED);
    ntlm_free(c);
}

/* A client of LEVEL and WEAKER; TOKEN becomes its AUTHENTICATE. */
static enum status ask(const struct recording *r, enum ntlm_level level, uint32_t weaker,
        struct ntlm_context **c, struct blob *token)
{
    struct ntlm_client_config config = {.user = hex(V1_USER),
            .domain = hex(V1_DOMAIN),
            .workstation = hex("57005300"),
            .nt_hash = nt_hash,
            .target_name = hex("5400450052004d005300520056002f00"
                               "7300720076002e0064006f006d002e006500780061006d0070006c006500"),
            .wishes = NTLM_WISH_SIGN | NTLM_WISH_SEAL,
            .level = level,
            .weaker = weaker,
            .lm_hash = lm_hash,
            .world = world};

    CHECK_STATUS(ntlm_client_new(&config, c), ST_OK);
    CHECK_STATUS(ntlm_step(*c, bytes_of(NULL, 0), token), ST_CONTINUE);
    return ntlm_step(*c, hex(r->challenge), token);
}

static void their_server(const struct recording *r)
{
    struct ntlm_context *c;
    struct blob token = {0};

    CHECK_STATUS(ask(r, r->level, any_key, &c, &token), ST_OK);
    CHECK_BYTES(blob_view(&token), hex(r->authenticate));
    key_is(c, r->key);
    talk(c, r, false);
    ntlm_free(c);
    /* By default nothing of version 1 leaves, whatever the server offers. */
    if (ask(r, NTLM_LEVEL_DEFAULT, 0, &c, &token) == ST_OK)
        CHECK(ntlm_mic_used(c));
    else
        CHECK(!token.size);
    ntlm_free(c);
    blob_free(&token);
}

int main(void)
{
    ntlm_nt_hash(hex(V1_PASSWORD), nt_hash);
    CHECK(ntlm_lm_hash(hex(V1_PASSWORD), lm_hash));
    for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++)
        their_client(&clients[i]);
    for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++)
        their_server(&servers[i]);
    return unit_end("ntlm_v1_peer");
}
