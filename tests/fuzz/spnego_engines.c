/* Both SPNEGO engines: settings, then tokens until the engine fails or is complete. The mechanism
 * knows one good MIC of the peer, the recorded one. Where it wants a MIC, nobody completes without
 * that (but raw, where there is no list to protect); where it is chosen although another was
 * preferred, neither. */
#include "fuzz.h"
#include <string.h>
#include "sequence.h"
#include "spnego/neg_token.h"
#include "spnego/spnego.h"
#include "../unit/spnego_vectors.h"

static const char *list[64];
const char *const *fuzz_seeds = list;
static unsigned completed, protected_ones;

enum { CLIENT = 1, RAW = 2, TWO = 4, WANTS = 8, LEGS = 0x30 /* 0 to 3 more than one */ };

struct peer {
    unsigned legs;
    bool client, wants, verified;
    struct bytes mic; /* what it sends */
    uint8_t room[64];
};

static enum status step(void *self, struct bytes in, struct blob *out)
{
    struct peer *p = self;

    (void)in;
    if (!p->legs)
        return ST_BAD_STATE;
    p->legs--;
    if (!p->client && !p->legs)
        return ST_OK; /* an NTLM server's last leg has nothing to say */
    if (blob_set(out, BYTES_LITERAL("NTLMSSP\0fuzz")) != ST_OK)
        return ST_NO_MEMORY;
    return p->legs ? ST_CONTINUE : ST_OK;
}

static bool wanted(void *self)
{
    return ((struct peer *)self)->wants;
}

static enum status get_mic(void *self, struct bytes data, struct blob *mic)
{
    (void)self;
    (void)data;
    return blob_set(mic, BYTES_LITERAL("0123456789abcdef"));
}

static enum status verify_mic(void *self, struct bytes data, struct bytes mic)
{
    struct peer *p = self;

    (void)data;
    if (!bytes_equal(mic, p->mic))
        return ST_BAD_SIGNATURE;
    p->verified = true;
    return ST_OK;
}

static void add(const char *settings, const char *const *tokens, bool client, size_t *n)
{
    const char *theirs[4] = {NULL};
    size_t count = 0;

    for (size_t i = 0; tokens[i]; i++)
        if (i % 2 == client) /* the recorded client's are the even ones */
            theirs[count++] = tokens[i];
    list[(*n)++] = sequence_seed(settings, theirs);
}

static void run_seed(const char *hex)
{
    uint8_t room[4096];
    size_t size = strlen(hex) / 2;

    for (size_t i = 0; i < size; i++) {
        unsigned v;
        FUZZ_HOLDS(size <= sizeof room && sscanf(hex + 2 * i, "%2x", &v) == 1);
        room[i] = (uint8_t)v;
    }
    LLVMFuzzerTestOneInput(room, size);
}

void fuzz_prepare(void)
{
    const char *const *const recorded[] = {recorded_sign_seal, recorded_mit, recorded_plain};
    size_t n = 0;

    for (size_t i = 0; i < 3; i++) {
        add("19", recorded[i], true, &n);  /* client, wants a MIC, two legs */
        add("18", recorded[i], false, &n); /* server, wants a MIC, two legs */
    }
    for (size_t i = 0; i < 2; i++) /* the first recording's MICs are the good ones */
        run_seed(list[i]);
    FUZZ_HOLDS(completed == 2 && protected_ones == 2);
    for (size_t i = 0; i < 3; i++) {
        add("03", recorded[i], true, &n);
        add("1f", recorded[i], true, &n);
        add("1c", recorded[i], false, &n);
        add("10", recorded[i], false, &n);
    }
    add("13", recorded_sign_seal_mech, true, &n);
    add("10", recorded_sign_seal_mech, false, &n);
}

static void setup(unsigned settings, struct peer *p, struct spnego_mech mechs[2])
{
    const char *good = recorded_sign_seal_mics[settings & CLIENT ? 1 : 0];

    p->legs = 1 + (settings & LEGS) / 0x10;
    p->client = settings & CLIENT;
    p->wants = settings & WANTS;
    for (size_t i = 0; i < 16; i++) {
        unsigned v;
        FUZZ_HOLDS(sscanf(good + 2 * i, "%2x", &v) == 1);
        p->room[i] = (uint8_t)v;
    }
    p->mic = bytes_of(p->room, 16);
    mechs[0] = (struct spnego_mech){.oid = spnego_oid_ntlm,
            .name = "NTLM",
            .self = p,
            .step = step,
            .mic_wanted = wanted,
            .get_mic = get_mic,
            .verify_mic = verify_mic};
    mechs[1] = mechs[0];
    mechs[settings & TWO ? 0 : 1].oid = spnego_oid_krb5;
}

/* A server's first token: raw, if it is not framed as SPNEGO's. */
static bool is_spnego(struct bytes token)
{
    struct bytes oid;
    struct reader r = gss_framing_open(token, &oid);

    return reader_ok(&r) && bytes_equal(oid, spnego_oid_spnego);
}

static void complete(const struct spnego_context *c, const struct peer *p, bool raw)
{
    completed++;
    protected_ones += p->verified;
    FUZZ_HOLDS(spnego_progress(c) == SPNEGO_COMPLETE || spnego_progress(c) == SPNEGO_DIRECT);
    FUZZ_HOLDS(spnego_chosen(c) >= 0);
    FUZZ_HOLDS(!p->legs); /* the mechanism is complete */
    FUZZ_HOLDS(raw || p->verified || (!p->wants && !spnego_chosen(c)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_on(bytes_of(data, size));
    unsigned settings = reader_u8(&r);
    struct peer p = {0};
    struct spnego_mech mechs[2];
    struct spnego_context *c;
    struct blob out = {0};
    struct bytes first = {NULL, 0};
    enum status s = ST_CONTINUE;

    setup(settings, &p, mechs);
    if (settings & CLIENT) {
        FUZZ_HOLDS(spnego_client_new(mechs, settings & TWO ? 2 : 1, settings & RAW, &c) == ST_OK);
        s = spnego_step(c, bytes_of(NULL, 0), &out);
    } else {
        FUZZ_HOLDS(spnego_server_new(mechs, settings & TWO ? 2 : 1, &c) == ST_OK);
    }
    for (unsigned legs = 0; s == ST_CONTINUE && legs < 8; legs++) {
        struct bytes in = sequence_next(&r);
        first = first.size ? first : in;
        s = spnego_step(c, in, &out);
    }
    FUZZ_HOLDS(s == ST_OK || s == ST_CONTINUE || status_failed(s));
    if (s == ST_OK)
        complete(c, &p,
                p.client ? (settings & (RAW | TWO)) == RAW : first.size && !is_spnego(first));
    if (s != ST_CONTINUE) {
        FUZZ_HOLDS(spnego_step(c, first, &out) == ST_BAD_STATE);
        FUZZ_HOLDS(s == ST_OK || !spnego_can_protect(c));
    }
    blob_free(&out);
    spnego_free(c);
    return 0;
}
