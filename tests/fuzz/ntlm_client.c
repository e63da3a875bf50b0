/* The NTLM client engine: settings (level, wishes, weaker, options), then the CHALLENGE and sealed
 * messages of an attacker in the server's place. What is answered can be read, names no older
 * response than the level allows, and never goes without what is required. */
#include "fuzz.h"
#include "ntlm/message.h"
#include "ntlm/response.h"
#include "ntlm_recorded.h"
#include "sequence.h"

static const char *list[64];
const char *const *fuzz_seeds = list;
static uint8_t peer_hash[16], v1_hash[16], lm_hash[16], bindings[16];
static unsigned logins, opened; /* CHALLENGEs that were answered, messages that were taken */

enum { BINDINGS = 1, OMIT = 2, LM_HASH = 4, V1_WORLD = 8, LATE_BINDINGS = 16 };

static void add(const struct recorded *r, size_t *n)
{
    const char *tokens[] = {r->challenge, r->sealed[0], r->sealed[1], r->is_signed, NULL};
    unsigned options = r->now == V1_NOW ? V1_WORLD | LM_HASH : BINDINGS;
    char settings[16];

    snprintf(settings, sizeof settings, "%02x%02x%02x%02x", r->level, r->strong ? 3 : 0,
            r->now == V1_NOW ? 7 : 0, options);
    list[(*n)++] = sequence_seed(settings, tokens);
    snprintf(settings, sizeof settings, "%02x%02x%02x%02x", NTLM_LEVEL_DEFAULT, r->strong ? 11 : 3,
            0, options | OMIT | LATE_BINDINGS);
    list[(*n)++] = sequence_seed(settings, tokens);
}

void fuzz_prepare(void)
{
    uint8_t room[64];
    size_t n = 0;

    ntlm_nt_hash(from_hex(PEER_PASSWORD, room, sizeof room), peer_hash);
    ntlm_nt_hash(from_hex(V1_PASSWORD, room, sizeof room), v1_hash);
    FUZZ_HOLDS(ntlm_lm_hash(from_hex(V1_PASSWORD, room, sizeof room), lm_hash));
    ntlm_channel_bindings_hash(from_hex(PEER_BINDINGS, room, sizeof room), bindings);
    for (size_t i = 0; i < COUNT(their_servers); i++)
        add(&their_servers[i], &n);
    for (size_t i = 0; i < n; i += 2)
        run_seed(list[i]);
    FUZZ_HOLDS(logins == COUNT(their_servers) && opened == 2 * 5);
    for (size_t i = 0; i < COUNT(their_clients); i++) /* our own CHALLENGEs */
        add(&their_clients[i], &n);
}

struct login {
    uint64_t now;
    struct ntlm_client_config config;
    bool late;
};

static void configure(struct login *l, struct reader *r)
{
    unsigned level = reader_u8(r), wishes = reader_u8(r), weak = reader_u8(r);
    unsigned options = reader_u8(r);

    l->now = options & V1_WORLD ? V1_NOW : PEER_NOW;
    l->late = options & LATE_BINDINGS;
    l->config = (struct ntlm_client_config){.user = UTF16("j\u00fcr"),
            .domain = UTF16("D\u00fcm"),
            .workstation = RECORDED_WORKSTATION,
            .nt_hash = options & V1_WORLD ? v1_hash : peer_hash,
            .target_name = RECORDED_TARGET,
            .bindings_hash = options & BINDINGS ? bindings : NULL,
            .omit_bindings = options & OMIT,
            .wishes = wishes & 15,
            .level = (enum ntlm_level)(level % NTLM_LEVELS),
            .weaker = (weak & 1 ? NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY : 0u) |
                      (weak & 2 ? NTLMSSP_NEGOTIATE_128 : 0u) |
                      (weak & 4 ? NTLMSSP_NEGOTIATE_56 : 0u),
            .lm_hash = options & LM_HASH ? lm_hash : NULL,
            .world = {&l->now, recorded_random, recorded_now}};
}

/* A response is of the level, whatever the CHALLENGE said. */
static void answered(const struct login *l, const struct ntlm_context *c, struct bytes token)
{
    struct ntlm_authenticate_message m;
    struct ntlm_v2_response response;
    struct ntlm_info info;
    bool v1 = l->config.level != NTLM_LEVEL_DEFAULT && l->config.level <= NTLM_LEVEL_2;

    ntlm_query(c, &info);
    logins++;
    FUZZ_HOLDS(info.complete && info.session_key);
    FUZZ_HOLDS(ntlm_authenticate_read(token, &m) == ST_OK && m.flags == info.flags);
    if (info.anonymous) {
        FUZZ_HOLDS(l->config.wishes & NTLM_WISH_NULL_SESSION && !m.nt_response.size);
        FUZZ_HOLDS(!m.user.size && !m.domain.size && m.lm_response.size == 1);
        return;
    }
    FUZZ_HOLDS(!(l->config.wishes & NTLM_WISH_NULL_SESSION));
    FUZZ_HOLDS(!(l->config.wishes & NTLM_WISH_SEAL) || m.flags & NTLMSSP_NEGOTIATE_SEAL);
    if (m.flags & (NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL))
        FUZZ_HOLDS(l->config.weaker & NTLMSSP_NEGOTIATE_128 || m.flags & NTLMSSP_NEGOTIATE_128);
    if (v1) {
        FUZZ_HOLDS(m.nt_response.size == NTLM_V1_RESPONSE_SIZE);
        return;
    }
    FUZZ_HOLDS(ntlm_v2_response_read(m.nt_response, &response) == ST_OK);
    FUZZ_HOLDS(ntlm_mic_used(c) == m.has_mic);
    FUZZ_HOLDS(m.has_mic == !!(response.av.flags & NTLM_AV_FLAG_MIC) || !m.has_mic);
}

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_on(bytes_of(data, size));
    struct login l = {0};
    struct ntlm_context *c;
    struct blob out = {0};

    configure(&l, &r);
    FUZZ_HOLDS(ntlm_client_new(&l.config, &c) == ST_OK);
    FUZZ_HOLDS(ntlm_step(c, bytes_of(NULL, 0), &out) == ST_CONTINUE && out.size);
    if (l.late)
        FUZZ_HOLDS(ntlm_set_bindings(c, bindings) == ST_OK);
    enum status s = ntlm_step(c, sequence_next(&r), &out);
    FUZZ_HOLDS(s == ST_OK || (status_failed(s) && !out.size));
    if (s == ST_OK)
        answered(&l, c, blob_view(&out));
    else
        FUZZ_HOLDS(ntlm_step(c, bytes_of(NULL, 0), &out) == ST_BAD_STATE && !out.size);
    while (s == ST_OK && reader_left(&r))
        message(c, sequence_next(&r));
    ntlm_free(c);
    blob_free(&out);
    return 0;
}
