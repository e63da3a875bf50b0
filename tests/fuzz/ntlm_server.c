/* The NTLM server engine: settings (level, wishes, weaker, options), then NEGOTIATE, AUTHENTICATE
 * and sealed messages, every one of them the attacker's. Whoever gets in has been asked for a
 * password, at a level that is taken, with what is required; with a MIC he is the recorded one, byte
 * for byte. */
#include "fuzz.h"
#include "ntlm_recorded.h"
#include "sequence.h"

static const char *list[64];
const char *const *fuzz_seeds = list;
static uint8_t peer_hash[16], v1_hash[16], v1_lm_hash[16], curl_hash[16], bindings[16];
static struct bytes mic_negotiate, mic_authenticate;
static unsigned logins, opened; /* logins that succeeded, messages that were taken */

enum { BINDINGS = 1, POLICY = 6, LM_HASHES = 8, V1_WORLD = 16, DOMAIN = 32, LATE_BINDINGS = 64 };

static void hash_of(const char *password, uint8_t hash[16])
{
    uint8_t room[64];
    ntlm_nt_hash(from_hex(password, room, sizeof room), hash);
}

static void add(const struct recorded *r, size_t *n)
{
    const char *tokens[] = {
            r->negotiate, r->authenticate, r->sealed[0], r->sealed[1], r->is_signed, NULL};
    unsigned options = (r->now == V1_NOW ? V1_WORLD | LM_HASHES : 0u);
    char settings[16];

    snprintf(settings, sizeof settings, "%02x%02x%02x%02x", NTLM_LEVEL_3, r->strong ? 3 : 0, 7,
            options);
    list[(*n)++] = sequence_seed(settings, tokens);
    snprintf(settings, sizeof settings, "%02x%02x%02x%02x", NTLM_LEVEL_DEFAULT, r->strong ? 3 : 8,
            0, options | BINDINGS | POLICY);
    list[(*n)++] = sequence_seed(settings, tokens);
}

/* [MS-NLMP] 3.2.5.1.2: an LM response of one zero byte, everything else empty. */
static void add_anonymous(size_t *n)
{
    static const char *const tokens[] = {
            "4e544c4d5353500001000000058208a2000000000000000000000000000000000a00614a0000000f",
            "4e544c4d535350000300000001000100480000000000000049000000000000004900000000000000490000"
            "0000000000490000000000000049000000058a88a20a00614a0000000f00",
            NULL};
    list[(*n)++] = sequence_seed("00080008", tokens);
}

void fuzz_prepare(void)
{
    static uint8_t negotiate[NTLM_TOKEN_MAX], authenticate[NTLM_TOKEN_MAX];
    uint8_t room[64];
    size_t n = 0;

    hash_of(PEER_PASSWORD, peer_hash);
    hash_of(V1_PASSWORD, v1_hash);
    hash_of(CURL_PASSWORD, curl_hash);
    FUZZ_HOLDS(ntlm_lm_hash(from_hex(V1_PASSWORD, room, sizeof room), v1_lm_hash));
    ntlm_channel_bindings_hash(from_hex(PEER_BINDINGS, room, sizeof room), bindings);
    mic_negotiate = from_hex(THEIR_CLIENT_NEGOTIATE, negotiate, sizeof negotiate);
    mic_authenticate = from_hex(THEIR_CLIENT_AUTHENTICATE, authenticate, sizeof authenticate);
    for (size_t i = 0; i < COUNT(their_clients); i++)
        add(&their_clients[i], &n);
    add_anonymous(&n);
    for (size_t i = 0; i < n; i += 2)
        run_seed(list[i]);
    FUZZ_HOLDS(logins == COUNT(their_clients) + 1);
    FUZZ_HOLDS(opened == 2 * (COUNT(their_clients) - 1)); /* curl's has no messages */
}

struct login {
    uint64_t now;
    struct bytes negotiate, authenticate;
    struct ntlm_server_config config;
    bool proven; /* an account source said yes */
};

static enum status ask(void *self, const struct ntlm_logon *logon, uint8_t key[NTLM_HASH_SIZE])
{
    struct login *l = self;
    bool curl = bytes_equal(logon->user, UTF16("user"));
    bool v1 = l->now == V1_NOW;
    enum status s;

    if (logon->lm_key)
        memcpy(logon->lm_key, v1_lm_hash, 8);
    if (logon->proof == NTLM_PROOF_LM)
        s = ntlm_check_lm_logon(logon, v1_lm_hash, v1, key);
    else
        s = ntlm_check_logon(logon, curl ? curl_hash : v1 ? v1_hash : peer_hash, true, key);
    l->proven = s == ST_OK;
    if (s == ST_OK && logon->proof == NTLM_PROOF_V1)
        FUZZ_HOLDS(l->config.level != NTLM_LEVEL_DEFAULT && l->config.level <= NTLM_LEVEL_4);
    if (s == ST_OK && logon->proof == NTLM_PROOF_LM)
        FUZZ_HOLDS(l->config.lm_hashes && l->config.level && l->config.level <= NTLM_LEVEL_3);
    return s;
}

static void configure(struct login *l, struct reader *r)
{
    unsigned level = reader_u8(r), wishes = reader_u8(r), weak = reader_u8(r);
    unsigned options = reader_u8(r);

    l->now = options & V1_WORLD ? V1_NOW : PEER_NOW;
    l->config = (struct ntlm_server_config){.nb_computer = RECORDED_NB_COMPUTER,
            .nb_domain = RECORDED_NB_DOMAIN,
            .dns_computer = RECORDED_DNS_COMPUTER,
            .dns_domain = RECORDED_DNS_DOMAIN,
            .is_domain = options & DOMAIN,
            .authenticate = ask,
            .authenticate_self = l,
            .bindings_hash = options & BINDINGS ? bindings : NULL,
            .bindings_policy = (enum ntlm_bindings_policy)((options & POLICY) / 2 % 3),
            .wishes = wishes & 15,
            .level = (enum ntlm_level)(level % NTLM_LEVELS),
            .weaker = (weak & 1 ? NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY : 0u) |
                      (weak & 2 ? NTLMSSP_NEGOTIATE_128 : 0u) |
                      (weak & 4 ? NTLMSSP_NEGOTIATE_56 : 0u),
            .lm_hashes = options & LM_HASHES,
            .world = {&l->now, recorded_random, recorded_now}};
}

static void logged_in(const struct login *l, const struct ntlm_context *c)
{
    struct ntlm_info info;
    uint32_t wishes = l->config.wishes;

    ntlm_query(c, &info);
    logins++;
    FUZZ_HOLDS(info.complete && info.session_key);
    if (info.anonymous) {
        FUZZ_HOLDS(wishes & NTLM_WISH_NULL_SESSION && !l->proven);
        FUZZ_HOLDS(!(info.flags & (NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL)));
        return;
    }
    FUZZ_HOLDS(l->proven);
    FUZZ_HOLDS(!(wishes & NTLM_WISH_SIGN) ||
               info.flags & (NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL));
    FUZZ_HOLDS(!(wishes & NTLM_WISH_SEAL) || info.flags & NTLMSSP_NEGOTIATE_SEAL);
    if (info.flags & (NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL))
        FUZZ_HOLDS(l->config.weaker & NTLMSSP_NEGOTIATE_128 || info.flags & NTLMSSP_NEGOTIATE_128);
    if (ntlm_mic_used(c))
        FUZZ_HOLDS(bytes_equal(l->negotiate, mic_negotiate) &&
                   bytes_equal(l->authenticate, mic_authenticate));
}

/* A refused message leaves the data as it was and the next one good. */
static void message(struct ntlm_context *c, struct bytes token)
{
    struct reader r = reader_on(token);
    struct bytes signature = reader_bytes(&r, token.size < 16 ? token.size : 16);
    struct blob data = {0};

    FUZZ_HOLDS(blob_set(&data, reader_rest(&r)) == ST_OK);
    struct ntlm_part part = {data.data, data.size, true};
    enum status s = ntlm_unseal(c, &part, 1, signature);
    opened += s == ST_OK;
    if (s != ST_OK)
        FUZZ_HOLDS(!data.size || !memcmp(data.data, token.data + signature.size, data.size));
    blob_free(&data);
}

static void failed(struct ntlm_context *c, struct bytes token)
{
    struct blob out = {0};
    struct ntlm_info info;
    uint8_t signature[NTLM_SIGNATURE_SIZE];

    FUZZ_HOLDS(ntlm_step(c, token, &out) == ST_BAD_STATE && !out.size);
    FUZZ_HOLDS(ntlm_sign(c, NULL, 0, signature) == ST_BAD_STATE);
    ntlm_query(c, &info);
    FUZZ_HOLDS(!info.complete && !info.session_key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_on(bytes_of(data, size));
    struct login l = {0};
    struct ntlm_context *c;
    struct blob out = {0};

    configure(&l, &r);
    FUZZ_HOLDS(ntlm_server_new(&l.config, &c) == ST_OK);
    l.negotiate = sequence_next(&r);
    enum status s = ntlm_step(c, l.negotiate, &out);
    FUZZ_HOLDS(s == ST_CONTINUE ? out.size > 0 : status_failed(s) && !out.size);
    if (s == ST_CONTINUE) {
        l.authenticate = sequence_next(&r);
        s = ntlm_step(c, l.authenticate, &out);
        FUZZ_HOLDS((s == ST_OK || status_failed(s)) && !out.size);
    }
    if (s == ST_OK)
        logged_in(&l, c);
    else
        failed(c, l.negotiate);
    while (s == ST_OK && reader_left(&r))
        message(c, sequence_next(&r));
    ntlm_free(c);
    blob_free(&out);
    return 0;
}
