/* The engines at every LmCompatibilityLevel: which responses are sent and taken ([MS-NLMP] 3.1.1.1,
 * 3.2.1.1, 3.3.1; the level's own documentation), key lengths, LM_KEY, LM alone. The published
 * examples of 4.2.2 and 4.2.3 go through both engines. Each success has a twin that is refused. */
#include "ntlm_pair.h"
#include "ntlm/message.h"
#include "ntlm/response_v1.h"

#define ESS NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY

static const uint32_t any_key = ESS | NTLMSSP_NEGOTIATE_128 | NTLMSSP_NEGOTIATE_56;
/* LMOWFv1("Password"): [MS-NLMP] 4.2.2.1.1 */
static const uint8_t pair_lm_hash[16] = {0xe5, 0x2c, 0xac, 0x67, 0x41, 0x9a, 0x9a, 0x22, 0x4a, 0x3b,
        0x10, 0x8f, 0x3f, 0xa6, 0xcb, 0x6d};
static bool knows_lm = true;

static enum status authenticate_lm(
        void *self, const struct ntlm_logon *logon, uint8_t session_base_key[NTLM_HASH_SIZE])
{
    struct pair *p = self;

    p->asked++;
    if (logon->lm_key && knows_lm)
        memcpy(logon->lm_key, pair_lm_hash, 8);
    if (logon->proof == NTLM_PROOF_LM)
        return ntlm_check_lm_logon(logon, pair_lm_hash, true, session_base_key);
    return ntlm_check_logon(logon, pair_nt_hash, true, session_base_key);
}

static void setup(struct pair *p, enum ntlm_level client, enum ntlm_level server, uint32_t weaker)
{
    pair_setup(p);
    p->client_config.level = client;
    p->client_config.lm_hash = pair_lm_hash;
    p->server_config.level = server;
    p->client_config.weaker = p->server_config.weaker = weaker;
}

/* Each side's message is understood, in turns. */
static bool sealed_exchange(struct pair *p)
{
    struct ntlm_context *const ends[] = {p->client, p->server, p->client, p->client, p->server};

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        uint8_t data[] = "some text", signature[16];
        struct ntlm_part part = {data, sizeof(data), true};
        struct ntlm_context *to = ends[i] == p->client ? p->server : p->client;

        if (ntlm_seal(ends[i], &part, 1, signature) != ST_OK || !memcmp(data, "some text", 9) ||
                ntlm_unseal(to, &part, 1, bytes_of(signature, 16)) != ST_OK ||
                memcmp(data, "some text", 9))
            return false;
    }
    return true;
}

static uint32_t flags_of(const struct ntlm_context *c)
{
    struct ntlm_info info;

    ntlm_query(c, &info);
    return info.complete ? info.flags : 0;
}

/* Clears CLEAR and sets SET in the flags of a NEGOTIATE (offset 12) or CHALLENGE (20) in TOKEN. */
static void edit_flags(struct blob *token, size_t offset, uint32_t clear, uint32_t set)
{
    for (size_t i = 0; i < 4; i++) {
        token->data[offset + i] &= (uint8_t) ~(clear >> (8 * i));
        token->data[offset + i] |= (uint8_t)(set >> (8 * i));
    }
}

/* Every client level against every server level; 0 is the default. */
static void levels(uint32_t weaker)
{
    for (int client = 0; client < NTLM_LEVELS; client++)
        for (int server = 0; server < NTLM_LEVELS; server++) {
            struct pair p;
            bool v1 = client >= NTLM_LEVEL_0 && client <= NTLM_LEVEL_2;
            bool takes = server >= NTLM_LEVEL_0 && server <= NTLM_LEVEL_4;
            bool no_ess = client == NTLM_LEVEL_0 && !(weaker & ESS);

            setup(&p, (enum ntlm_level)client, (enum ntlm_level)server, weaker);
            CHECK_STATUS(pair_new(&p), ST_OK);
            CHECK_STATUS(pair_login(&p), no_ess         ? ST_PEER_UNSUPPORTED
                                         : v1 && !takes ? ST_LOGON_DENIED
                                                        : ST_OK);
            CHECK(p.asked == (no_ess || (v1 && !takes) ? 0u : 1u));
            if (p.asked) {
                CHECK(flags_of(p.client) == flags_of(p.server));
                CHECK(!(flags_of(p.server) & ESS) == (client == NTLM_LEVEL_0));
                CHECK(ntlm_mic_used(p.server) == !v1);
                CHECK(sealed_exchange(&p));
            }
            pair_free(&p);
        }
}

/* What is sent: with extended session security the challenge, without it LM, NT or both. */
static void responses(enum ntlm_level level, bool strip, const uint8_t *lm_hash)
{
    struct pair p;
    struct ntlm_authenticate_message m;
    struct ntlm_challenge challenge;
    uint8_t nt[24], lm[24];

    setup(&p, level, NTLM_LEVEL_3, any_key);
    p.client_config.lm_hash = lm_hash;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_challenge(&p), ST_OK);
    if (strip)
        edit_flags(&p.challenge, 20, ESS, 0);
    CHECK_STATUS(pair_leg(p.client, &p.challenge, &p.authenticate, ST_OK), ST_OK);
    CHECK_STATUS(ntlm_authenticate_read(blob_view(&p.authenticate), &m), ST_OK);
    CHECK_STATUS(ntlm_challenge_read(blob_view(&p.challenge), &challenge), ST_OK);
    CHECK(!m.has_mic && m.lm_response.size == 24 && !(m.flags & ESS) == strip);
    ntlm_v1_nt_response(m.flags, pair_nt_hash, challenge.server_challenge, m.lm_response.data, nt);
    CHECK_BYTES(m.nt_response, bytes_of(nt, 24));
    if (!strip)
        CHECK(all_zero(m.lm_response.data + 8, 16) && !all_zero(m.lm_response.data, 8));
    ntlm_desl(pair_lm_hash, challenge.server_challenge, lm);
    bool has_lm = strip && lm_hash && level <= NTLM_LEVEL_1;
    if (strip)
        CHECK_BYTES(m.lm_response, has_lm ? bytes_of(lm, 24) : bytes_of(nt, 24));
    pair_free(&p);
}

static enum status login_with(struct pair *p)
{
    CHECK_STATUS(pair_new(p), ST_OK);
    enum status status = pair_login(p);

    if (status != ST_OK) /* nothing of the session is left on the refusing side */
        CHECK(!flags_of(p->server) || !flags_of(p->client));
    pair_free(p);
    return status;
}

static void wrong_password(void)
{
    static const uint8_t wrong[16] = {1};
    struct pair p;

    for (int level = NTLM_LEVEL_0; level <= NTLM_LEVEL_2; level++) {
        setup(&p, (enum ntlm_level)level, NTLM_LEVEL_3, any_key);
        p.client_config.nt_hash = wrong;
        CHECK_STATUS(login_with(&p), ST_LOGON_DENIED);
    }
    setup(&p, NTLM_LEVEL_1, NTLM_LEVELS, 0);
    CHECK_STATUS(ntlm_server_new(&p.server_config, &p.server), ST_BAD_ARGUMENT);
    p.client_config.level = NTLM_LEVELS;
    CHECK_STATUS(ntlm_client_new(&p.client_config, &p.client), ST_BAD_ARGUMENT);
}

/* Bindings cannot be had with version 1: required ones are missing. */
static void bindings(void)
{
    static const uint8_t hash[16] = {1, 2, 3};
    struct pair p;

    for (int policy = NTLM_BINDINGS_IGNORE; policy <= NTLM_BINDINGS_REQUIRE; policy++) {
        setup(&p, NTLM_LEVEL_2, NTLM_LEVEL_3, 0);
        p.client_config.bindings_hash = p.server_config.bindings_hash = hash;
        p.server_config.bindings_policy = (enum ntlm_bindings_policy)policy;
        CHECK_STATUS(login_with(&p), policy == NTLM_BINDINGS_REQUIRE ? ST_BAD_BINDINGS : ST_OK);
    }
}

/* A login in which the NEGOTIATE lost LOST on the way: the server offers less. */
static enum status shortened(struct pair *p, uint32_t lost)
{
    struct blob none = {0};
    enum status status;

    CHECK_STATUS(pair_new(p), ST_OK);
    CHECK_STATUS(pair_leg(p->client, &none, &p->negotiate, ST_CONTINUE), ST_OK);
    edit_flags(&p->negotiate, 12, lost, 0);
    status = pair_leg(p->server, &p->negotiate, &p->challenge, ST_CONTINUE);
    if (status == ST_OK)
        status = pair_leg(p->client, &p->challenge, &p->authenticate, ST_OK);
    if (status == ST_OK)
        status = pair_finish(p);
    if (status == ST_OK)
        CHECK(!(flags_of(p->server) & lost) && sealed_exchange(p));
    pair_free(p);
    return status;
}

/* 56 and 40 bits and no extended session security, only where both sides say so. */
static void key_lengths(enum ntlm_level client)
{
    static const uint32_t lost[] = {
            NTLMSSP_NEGOTIATE_128, NTLMSSP_NEGOTIATE_128 | NTLMSSP_NEGOTIATE_56, ESS};

    for (size_t i = 0; i < 3; i++)
        for (int strict = 0; strict < 3; strict++) {
            struct pair p;

            setup(&p, client, NTLM_LEVEL_3, lost[i]);
            p.server_config.omit_timestamp = true; /* else the MIC finds out */
            if (strict == 1)
                p.server_config.weaker &= ~lost[i];
            if (strict == 2)
                p.client_config.weaker &= ~lost[i];
            CHECK_STATUS(shortened(&p, lost[i]), strict ? ST_PEER_UNSUPPORTED : ST_OK);
        }
    /* 56 bits will do, 40 not. */
    struct pair p;
    setup(&p, client, NTLM_LEVEL_3, NTLMSSP_NEGOTIATE_128);
    p.server_config.omit_timestamp = true;
    CHECK_STATUS(shortened(&p, lost[1]), ST_PEER_UNSUPPORTED);
}

/* With a MIC the shortening shows, whatever both would allow. */
static void shortened_under_mic(void)
{
    struct pair p;

    setup(&p, NTLM_LEVEL_3, NTLM_LEVEL_3, any_key);
    CHECK_STATUS(shortened(&p, NTLMSSP_NEGOTIATE_128), ST_BAD_SIGNATURE);
}

static void lm_key_setup(struct pair *p)
{
    setup(p, NTLM_LEVEL_0, NTLM_LEVEL_3, any_key);
    p->server_config.authenticate = authenticate_lm;
    p->server_config.lm_hashes = true;
}

/* LM_KEY: both know the LM hash, both allow 56 bits; else it is not negotiated. */
static void lm_key(void)
{
    struct pair p;

    for (int i = 0; i < 5; i++) {
        lm_key_setup(&p);
        if (i == 1)
            p.server_config.lm_hashes = false;
        if (i == 2)
            p.client_config.lm_hash = NULL;
        if (i == 3)
            p.server_config.weaker = ESS;
        if (i == 4)
            p.client_config.level = NTLM_LEVEL_1; /* void with extended session security */
        CHECK_STATUS(pair_new(&p), ST_OK);
        CHECK_STATUS(pair_login(&p), ST_OK);
        CHECK(!(flags_of(p.server) & NTLMSSP_NEGOTIATE_LM_KEY) == (i > 0));
        CHECK(sealed_exchange(&p));
        pair_free(&p);
    }
    lm_key_setup(&p);
    knows_lm = false;
    CHECK_STATUS(login_with(&p), ST_LOGON_DENIED);
    knows_lm = true;
}

/* LM alone: the NT response is taken away, as the oldest clients send none. */
static enum status lm_alone(struct pair *p, const uint8_t *lm_hash)
{
    struct ntlm_authenticate_message m;
    struct blob token = {0};
    enum status status;

    p->client_config.lm_hash = lm_hash;
    p->client_config.wishes = p->server_config.wishes = 0;
    CHECK_STATUS(pair_new(p), ST_OK);
    CHECK_STATUS(pair_authenticate_made(p), ST_OK);
    CHECK_STATUS(ntlm_authenticate_read(blob_view(&p->authenticate), &m), ST_OK);
    m.nt_response = bytes_of(NULL, 0);
    CHECK_STATUS(ntlm_authenticate_write(&m, &token), ST_OK);
    blob_move(&p->authenticate, &token);
    status = pair_finish(p);
    pair_free(p);
    return status;
}

static void lm(void)
{
    static const uint8_t wrong[16] = {1};
    struct pair p;

    lm_key_setup(&p);
    CHECK_STATUS(lm_alone(&p, pair_lm_hash), ST_OK);
    lm_key_setup(&p);
    CHECK_STATUS(lm_alone(&p, wrong), ST_LOGON_DENIED);
    lm_key_setup(&p);
    p.server_config.lm_hashes = false;
    CHECK_STATUS(lm_alone(&p, pair_lm_hash), ST_LOGON_DENIED);
    CHECK(p.asked == 0);
    lm_key_setup(&p);
    p.server_config.level = NTLM_LEVEL_4;
    CHECK_STATUS(lm_alone(&p, pair_lm_hash), ST_LOGON_DENIED);
    CHECK(p.asked == 0);
    lm_key_setup(&p);
    p.server_config.level = NTLM_LEVEL_DEFAULT;
    CHECK_STATUS(lm_alone(&p, pair_lm_hash), ST_LOGON_DENIED);
    CHECK(p.asked == 0);
    /* A source that only knows NT hashes cannot be fooled into taking it. */
    lm_key_setup(&p);
    p.server_config.authenticate = pair_authenticate;
    CHECK_STATUS(lm_alone(&p, pair_lm_hash), ST_LOGON_DENIED);
}

/* The sources' function by itself: a logon not marked as version 1 is version 2. */
static void logon_not_marked(void)
{
    static const uint8_t challenge[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t nt[24], key[16], lm_response[24] = {9};
    struct ntlm_logon logon = {.server_challenge = challenge,
            .nt_response = bytes_of(nt, 24),
            .lm_response = bytes_of(lm_response, 24),
            .flags = ESS};

    ntlm_v1_nt_response(ESS, pair_nt_hash, challenge, lm_response, nt);
    CHECK_STATUS(ntlm_check_logon(&logon, pair_nt_hash, true, key), ST_LOGON_DENIED);
    logon.proof = NTLM_PROOF_V1;
    CHECK_STATUS(ntlm_check_logon(&logon, pair_nt_hash, true, key), ST_OK);
    CHECK_STATUS(ntlm_check_logon(&logon, pair_nt_hash, false, key), ST_LOGON_DENIED);
    logon.flags = 0;
    CHECK_STATUS(ntlm_check_logon(&logon, pair_nt_hash, true, key), ST_LOGON_DENIED);
    logon.flags = ESS;
    logon.lm_response.size = 7;
    CHECK_STATUS(ntlm_check_logon(&logon, pair_nt_hash, true, key), ST_BAD_TOKEN);
    logon.nt_response = bytes_of(NULL, 0);
    logon.lm_response = bytes_of(lm_response, 24);
    ntlm_desl(pair_lm_hash, challenge, lm_response);
    CHECK_STATUS(ntlm_check_lm_logon(&logon, pair_lm_hash, true, key), ST_LOGON_DENIED);
    logon.proof = NTLM_PROOF_LM;
    CHECK_STATUS(ntlm_check_lm_logon(&logon, pair_lm_hash, true, key), ST_OK);
    CHECK_STATUS(ntlm_check_lm_logon(&logon, pair_lm_hash, false, key), ST_LOGON_DENIED);
    CHECK(all_zero(key, 16));
}

/* Each bit of each message of a login of version 1: refused, or the session is what it would have
 * been: 128 bits, extended session security, the same keys or none that fit. */
static void every_bit(unsigned which)
{
    for (size_t bit = 0;; bit++) {
        struct pair p;
        struct blob none = {0}, *tokens[] = {&p.negotiate, &p.challenge, &p.authenticate};
        enum status status;

        setup(&p, NTLM_LEVEL_2, NTLM_LEVEL_4, 0);
        CHECK_STATUS(pair_new(&p), ST_OK);
        status = pair_leg(p.client, &none, &p.negotiate, ST_CONTINUE);
        for (unsigned i = 0; i < 3 && status == ST_OK; i++) {
            if (i == which && bit < 8 * tokens[i]->size)
                tokens[i]->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            status = i == 0   ? pair_leg(p.server, &p.negotiate, &p.challenge, ST_CONTINUE)
                     : i == 1 ? pair_leg(p.client, &p.challenge, &p.authenticate, ST_OK)
                              : pair_finish(&p);
        }
        bool end = bit >= 8 * tokens[which]->size;
        if (status == ST_OK) {
            const uint32_t all = ESS | NTLMSSP_NEGOTIATE_128 | NTLMSSP_NEGOTIATE_SEAL;
            CHECK((flags_of(p.server) & all) == all && (flags_of(p.client) & all) == all);
        }
        CHECK(!end || status == ST_OK);
        pair_free(&p);
        if (end)
            break;
    }
}

/* A CHALLENGE with any one flag flipped does not get a response of version 1 out of a client of
 * version 2. */
static void no_downgrade(void)
{
    for (unsigned bit = 0; bit < 32; bit++) {
        struct pair p;
        struct ntlm_authenticate_message m;

        setup(&p, bit % 2 ? NTLM_LEVEL_3 : NTLM_LEVEL_DEFAULT, NTLM_LEVEL_0, any_key);
        CHECK_STATUS(pair_new(&p), ST_OK);
        CHECK_STATUS(pair_challenge(&p), ST_OK);
        p.challenge.data[20 + bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (ntlm_step(p.client, blob_view(&p.challenge), &p.authenticate) == ST_OK) {
            CHECK_STATUS(ntlm_authenticate_read(blob_view(&p.authenticate), &m), ST_OK);
            CHECK(m.nt_response.size > 24 && !(m.flags & NTLMSSP_NEGOTIATE_LM_KEY));
        }
        pair_free(&p);
    }
}

static void no_memory(enum ntlm_level level)
{
    for (long n = 0;; n++) {
        struct pair p;
        enum status status;

        setup(&p, level, NTLM_LEVEL_3, any_key);
        mem_fail_after(n);
        status = pair_new(&p);
        if (status == ST_OK)
            status = pair_login(&p);
        bool done = mem_fail_after(-1) >= 0;
        CHECK_STATUS(status, done ? ST_OK : ST_NO_MEMORY);
        pair_free(&p);
        if (done)
            break;
    }
}

/* The world of 4.2.1: a server challenge or a client challenge, and the session key. */
static enum status published_random(void *self, uint8_t *out, size_t size)
{
    static const uint8_t challenge[8] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};

    memset(out, size == 16 ? 0x55 : 0xaa, size);
    if (self && size == 8)
        memcpy(out, challenge, 8);
    return ST_OK;
}

static void is(struct bytes got, const char *hex)
{
    uint8_t want[64];

    CHECK_BYTES(got, unit_unhex(hex, want, sizeof(want)));
}

static void published_setup(struct pair *p)
{
    setup(p, NTLM_LEVEL_1, NTLM_LEVEL_3, any_key);
    p->client_config.user = U("User");
    p->client_config.domain = U("Domain");
    p->client_config.workstation = U("COMPUTER");
    p->client_config.world.random = p->server_config.world.random = published_random;
    p->client_config.world.self = NULL;
    p->server_config.nb_computer = U("Server");
}

/* 4.2.2 and 4.2.3 (but for RandomPad: ntlm_v1_session.c): the client's engine answers, and seals,
 * as published; the server's engine understands it. LOST: flags that the example has not. KEY:
 * EncryptedRandomSessionKey. */
static void published(uint32_t lost, const char *lm, const char *nt, const char *key,
        const char *sealed, const char *signature)
{
    struct pair p;
    struct blob none = {0};
    struct ntlm_authenticate_message m;
    uint8_t data[18], plain[18], sign[16];
    struct ntlm_part part = {data, sizeof(data), true};

    published_setup(&p);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_leg(p.client, &none, &p.negotiate, ST_CONTINUE), ST_OK);
    edit_flags(&p.negotiate, 12, lost | NTLMSSP_NEGOTIATE_LM_KEY, 0);
    CHECK_STATUS(pair_leg(p.server, &p.negotiate, &p.challenge, ST_CONTINUE), ST_OK);
    CHECK_STATUS(pair_leg(p.client, &p.challenge, &p.authenticate, ST_OK), ST_OK);
    CHECK_STATUS(ntlm_authenticate_read(blob_view(&p.authenticate), &m), ST_OK);
    is(m.lm_response, lm);
    is(m.nt_response, nt);
    is(m.encrypted_session_key, key);
    CHECK_STATUS(pair_finish(&p), ST_OK);
    memcpy(data, U("Plaintext").data, 18);
    memcpy(plain, data, 18);
    CHECK_STATUS(ntlm_seal(p.client, &part, 1, sign), ST_OK);
    is(bytes_of(data, 18), sealed);
    is(bytes_of(sign, 16), signature);
    CHECK_STATUS(ntlm_unseal(p.server, &part, 1, bytes_of(sign, 16)), ST_OK);
    CHECK_BYTES(bytes_of(data, 18), bytes_of(plain, 18));
    pair_free(&p);
}

static void both_published(void)
{
    published(ESS, "98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13",
            "67c43011f30298a2ad35ece64f16331c44bdbed927841f94", "518822b1b3f350c8958682ecbb3e3cb7",
            "56fe04d861f9319af0d7238a2e3b4d457fb8", "010000000000000009dcd1df2e459d36");
    published(NTLMSSP_NEGOTIATE_128 | NTLMSSP_NEGOTIATE_KEY_EXCH,
            "aaaaaaaaaaaaaaaa00000000000000000000000000000000",
            "7537f803ae367128ca458204bde7caf81e97ed2683267232", "",
            "a02372f6530273f3aa1eb90190ce5200c99d", "01000000ff2aeb52f681793a00000000");
}

int main(void)
{
    both_published();
    levels(any_key);
    levels(0);
    for (int level = NTLM_LEVEL_1; level <= NTLM_LEVEL_2; level++)
        for (int i = 0; i < 4; i++)
            responses((enum ntlm_level)level, i & 1, i & 2 ? pair_lm_hash : NULL);
    wrong_password();
    bindings();
    key_lengths(NTLM_LEVEL_2);
    key_lengths(NTLM_LEVEL_3);
    shortened_under_mic();
    lm_key();
    lm();
    logon_not_marked();
    for (unsigned which = 0; which < 3; which++)
        every_bit(which);
    no_downgrade();
    no_memory(NTLM_LEVEL_0);
    no_memory(NTLM_LEVEL_2);
    return unit_end("ntlm_v1_engine");
}
