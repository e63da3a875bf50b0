/* Both SPNEGO engines: settings, then tokens until the engine fails or is complete. The mechanism
 * knows one good MIC of the peer, the recorded one. Where it wants a MIC, nobody completes without
 * that (but raw, where there is no list to protect); where it is chosen although another was
 * preferred, neither, but a server whose client does not offer that other one. With SEVERAL there are two mechanisms, Kerberos under both of its names first;
 * with PIECES what comes is taken for fragments of messages. A second byte says which mechanism cannot sign, and which
 * does not begin: a client then offers the other, or, where its choice was passed over for what cannot sign, gives up; a
 * server without a key takes another and has that signed. */
#include "fuzz.h"
#include <string.h>
#include "sequence.h"
#include "spnego/fragment.h"
#include "../unit/spnego_blob.h"
#include "../unit/spnego_vectors.h"

static const char *list[64];
const char *const *fuzz_seeds = list;
static unsigned completed, protected_ones, downgrades, dropped, keyless;

enum {
    CLIENT = 1,
    RAW = 2,
    TWO = 4,
    WANTS = 8,
    LEGS = 0x30, /* 0 to 3 more than one */
    SEVERAL = 0x40,
    PIECES = 0x80
};
enum { /* the second byte */
    NTLM_UNSIGNED = 1,
    KERBEROS_UNSIGNED = 2,
    NTLM_FAILS = 4,
    KERBEROS_FAILS = 8,
    REASON = 0x30
};
enum { KERBEROS, NTLM, PEERS };

struct peer {
    unsigned legs;
    bool client, wants, verified;
    bool cannot_sign;
    enum status fails; /* its first leg's, unless ST_OK */
    bool ends_silent; /* the last leg has nothing to say: an NTLM server's, Kerberos' */
    struct bytes mic; /* what it sends */
    uint8_t room[64];
};

static enum status step(void *self, struct bytes in, struct bytes *out)
{
    struct peer *p = self;

    (void)in;
    if (p->fails != ST_OK)
        return p->fails;
    if (!p->legs)
        return ST_BAD_STATE;
    p->legs--;
    if (p->ends_silent && !p->legs)
        return ST_OK;
    *out = BYTES_LITERAL("NTLMSSP\0fuzz");
    return p->legs ? ST_CONTINUE : ST_OK;
}

static bool wanted(void *self)
{
    return ((struct peer *)self)->wants;
}

static bool can_sign(void *self)
{
    return !((struct peer *)self)->cannot_sign;
}

static enum status get_mic(void *self, struct bytes data, struct spnego_mic *mic)
{
    (void)self;
    (void)data;
    mic->size = 16;
    memcpy(mic->bytes, "0123456789abcdef", mic->size);
    return ST_OK;
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

/* In one of a few places that stay. */
static const char *hex_of(const struct blob *b)
{
    static char places[16][512];
    static size_t used;
    char *hex = places[used++];

    FUZZ_HOLDS(used <= 16 && 2 * b->size < sizeof places[0]);

    for (size_t i = 0; i < b->size; i++)
        sprintf(hex + 2 * i, "%02x", b->data[i]);
    return hex;
}

static const char *resp_hex(
        enum neg_state state, struct bytes mech, struct bytes token, struct bytes mic)
{
    struct neg_token_resp resp = {state, mech, token, mic};
    struct blob b = {0};

    FUZZ_HOLDS(resp_to_blob(&resp, &b) == ST_OK);
    const char *hex = hex_of(&b);
    blob_free(&b);
    return hex;
}

static const char *init_hex(const struct bytes *oids, size_t count, struct bytes token)
{
    struct blob mechs = {0}, b = {0};

    FUZZ_HOLDS(list_to_blob(oids, count, &mechs) == ST_OK);
    struct neg_token_init init = {.mech_types = blob_view(&mechs), .mech_token = token};
    FUZZ_HOLDS(init_to_blob(&init, &b) == ST_OK);
    const char *hex = hex_of(&b);
    blob_free(&mechs);
    blob_free(&b);
    return hex;
}

/* Seeds of mechanisms that cannot sign or do not begin: a server's NTLM that takes a client that offers Kerberos, one's
 * first token. */
static void add_hindered(size_t *n, const char *const *ntlm, const char *const *offered)
{
    static const struct bytes none = {0};
    const struct bytes token = BYTES_LITERAL("token"), mic = BYTES_LITERAL("fedcba9876543210");
    const char *taken[] = {resp_hex(NEG_ACCEPT_INCOMPLETE, spnego_oid_ntlm, token, none),
            resp_hex(NEG_ACCEPT_COMPLETED, none, none, none), NULL};
    const char *keyed[] = {offered[0], resp_hex(NEG_ACCEPT_INCOMPLETE, none, token, none),
            resp_hex(NEG_ACCEPT_INCOMPLETE, none, token, mic), NULL};

    list[(*n)++] = sequence_seed("5101", ntlm);  /* NTLM cannot sign, and Kerberos was offered first */
    list[(*n)++] = sequence_seed("5108", taken); /* Kerberos has no ticket: NTLM alone */
    list[(*n)++] = sequence_seed("5008", keyed); /* a server's Kerberos has no key */
}

/* What the other end says where there are several mechanisms: Kerberos is taken, or NTLM instead. */
static void add_several(size_t *n)
{
    static const struct bytes none = {0};
    const struct bytes all[] = {spnego_oid_ms_krb5, spnego_oid_krb5, spnego_oid_ntlm};
    const struct bytes token = BYTES_LITERAL("token"), mic = BYTES_LITERAL("fedcba9876543210");
    const struct bytes oids[] = {spnego_oid_negoex, spnego_oid_ntlm};
    const char *kerberos[] = {
            resp_hex(NEG_ACCEPT_COMPLETED, spnego_oid_ms_krb5, token, none), NULL};
    const char *ntlm[] = {resp_hex(NEG_REQUEST_MIC, spnego_oid_ntlm, none, none),
            resp_hex(NEG_ACCEPT_INCOMPLETE, none, token, none),
            resp_hex(NEG_ACCEPT_COMPLETED, none, none, mic), NULL};
    const char *offered[] = {init_hex(all, 3, token), NULL};
    const char *negoex[] = {init_hex(oids, 2, BYTES_LITERAL("NEGOEXTS")),
            resp_hex(NEG_ACCEPT_INCOMPLETE, none, token, none),
            resp_hex(NEG_ACCEPT_INCOMPLETE, none, token, mic), NULL};

    list[(*n)++] = sequence_seed("5100", kerberos); /* CLIENT, SEVERAL, two legs */
    list[(*n)++] = sequence_seed("5100", ntlm);
    list[(*n)++] = sequence_seed("5000", offered); /* a server */
    list[(*n)++] = sequence_seed("5000", negoex);
    list[(*n)++] = sequence_seed("d100", ntlm); /* PIECES, each whole */
    list[(*n)++] = sequence_seed("d000", negoex);
    add_hindered(n, ntlm, offered);
}

void fuzz_prepare(void)
{
    const char *const *const recorded[] = {recorded_sign_seal, recorded_mit, recorded_plain};
    size_t n = 0;

    for (size_t i = 0; i < 3; i++) {
        add("1900", recorded[i], true, &n);  /* client, wants a MIC, two legs */
        add("1800", recorded[i], false, &n); /* server, wants a MIC, two legs */
    }
    for (size_t i = 0; i < 2; i++) /* the first recording's MICs are the good ones */
        run_seed(list[i]);
    FUZZ_HOLDS(completed == 2 && protected_ones == 2);
    add_several(&n);
    for (size_t i = n - 9; i < n; i++)
        run_seed(list[i]);
    FUZZ_HOLDS(completed == 10 && protected_ones == 7);
    FUZZ_HOLDS(downgrades == 1 && dropped == 1 && keyless == 1);
    for (size_t i = 0; i < 3; i++) {
        add("0300", recorded[i], true, &n);
        add("1f00", recorded[i], true, &n);
        add("1c00", recorded[i], false, &n);
        add("1000", recorded[i], false, &n);
        add("9800", recorded[i], false, &n);
    }
    add("1300", recorded_sign_seal_mech, true, &n);
    add("1000", recorded_sign_seal_mech, false, &n);
}

static const struct spnego_functions functions = {
        .step = step,
        .mic_wanted = wanted,
        .get_mic = get_mic,
        .verify_mic = verify_mic,
        .can_mic = can_sign,
};

static struct spnego_mech mech_of(struct bytes oid, struct peer *p)
{
    return (struct spnego_mech){oid, "fuzz", &functions, p};
}

static void hinder(unsigned more, struct peer peers[PEERS])
{
    static const enum status reasons[] = {
            ST_NO_CREDENTIALS, ST_BAD_TOKEN, ST_LOGON_DENIED, ST_NO_MEMORY};
    enum status reason = reasons[(more & REASON) / 0x10];

    peers[NTLM].cannot_sign = more & NTLM_UNSIGNED;
    peers[KERBEROS].cannot_sign = more & KERBEROS_UNSIGNED;
    peers[NTLM].fails = more & NTLM_FAILS ? reason : ST_OK;
    peers[KERBEROS].fails = more & KERBEROS_FAILS ? reason : ST_OK;
}

/* How many mechanisms there are. */
static size_t setup(unsigned settings, struct peer peers[PEERS], struct spnego_mech mechs[3])
{
    const char *good = recorded_sign_seal_mics[settings & CLIENT ? 1 : 0];
    struct peer *p = &peers[NTLM], *k = &peers[KERBEROS];

    k->legs = 1;
    p->legs = 1 + (settings & LEGS) / 0x10;
    k->client = p->client = settings & CLIENT;
    k->ends_silent = true;
    p->ends_silent = !p->client;
    p->wants = settings & WANTS;
    for (size_t i = 0; i < 16; i++) {
        unsigned v;
        FUZZ_HOLDS(sscanf(good + 2 * i, "%2x", &v) == 1);
        p->room[i] = (uint8_t)v;
    }
    p->mic = bytes_of(p->room, 16);
    k->mic = BYTES_LITERAL("the mechListMIC of Kerberos");
    if (settings & SEVERAL) {
        p->mic = BYTES_LITERAL("fedcba9876543210");
        k->legs = settings & CLIENT ? 2 : 1;
        mechs[0] = mech_of(spnego_oid_ms_krb5, k);
        mechs[1] = mech_of(spnego_oid_krb5, k);
        mechs[2] = mech_of(spnego_oid_ntlm, p);
        return 3;
    }
    mechs[0] = mechs[1] = mech_of(spnego_oid_ntlm, p);
    mechs[settings & TWO ? 0 : 1].oid = spnego_oid_krb5;
    return settings & TWO ? 2 : 1;
}

/* A server's first token: raw, if it is not framed as SPNEGO's. */
static bool is_spnego(struct bytes token)
{
    struct bytes oid;
    struct reader r = gss_framing_open(token, &oid);

    return reader_ok(&r) && bytes_equal(oid, spnego_oid_spnego);
}

static void complete(
        const struct spnego_context *c, const struct peer *p, bool preferred, bool raw)
{
    completed++;
    protected_ones += p->verified;
    FUZZ_HOLDS(spnego_progress(c) == SPNEGO_COMPLETE || spnego_progress(c) == SPNEGO_DIRECT);
    FUZZ_HOLDS(!p->legs); /* the mechanism is complete */
    FUZZ_HOLDS(p->fails == ST_OK);
    if (p->cannot_sign) /* a server has no MIC then (RFC 4178 section 5); a client's first choice neither */
        FUZZ_HOLDS(raw || !p->client || preferred);
    else
        FUZZ_HOLDS(raw || p->verified || (!p->wants && preferred));
}

/* What the first token of the other end that had anything in it was. */
struct heard {
    bool anything, raw, kerberos;
};

/* One of Kerberos' names is as good as the other. */
static void check_complete(const struct spnego_context *c, unsigned settings,
        const struct peer peers[PEERS], const struct heard *first)
{
    int chosen = spnego_chosen(c);
    bool several = settings & SEVERAL;
    const struct peer *p = &peers[several && chosen < 2 ? KERBEROS : NTLM];
    bool alone = several ? peers[KERBEROS].fails != ST_OK : !(settings & TWO); /* what a client offers */
    bool raw = p->client ? (settings & RAW) && alone : first->raw;
    bool preferred = several ? chosen < 2 || (p->client && alone) : !chosen;

    dropped += several && p->client && alone;
    keyless += several && !p->client && first->kerberos && peers[KERBEROS].fails != ST_OK && chosen == 2;

    FUZZ_HOLDS(chosen >= 0);
    complete(c, p, preferred || (!p->client && !first->kerberos), raw);
}

/* Does a client's offer have Kerberos in it? */
static bool offers_kerberos(struct bytes token)
{
    struct neg_token_init init;

    if (neg_token_init_read(token, &init) != ST_OK)
        return false;
    struct reader r = mech_type_list_open(init.mech_types);
    while (reader_ok(&r) && reader_left(&r)) {
        struct bytes oid = der_get(&r, DER_OID);
        if (bytes_equal(oid, spnego_oid_krb5) || bytes_equal(oid, spnego_oid_ms_krb5))
            return true;
    }
    return false;
}

static enum status run(struct spnego_context *c, unsigned settings, struct reader *r,
        struct blob *out, struct heard *first)
{
    struct spnego_fragments pieces = {0};
    enum status s = ST_CONTINUE;

    if (settings & CLIENT)
        s = step_to_blob(c, bytes_of(NULL, 0), out);
    for (unsigned legs = 0; s == ST_CONTINUE && legs < 12; legs++) {
        struct bytes in = sequence_next(r);
        if (settings & PIECES) {
            enum status got = spnego_assemble(&pieces, in, &in);
            FUZZ_HOLDS(pieces.message.capacity <= SPNEGO_ASSEMBLED_MAX);
            if (got == ST_CONTINUE)
                continue;
            if (got != ST_OK)
                break;
        }
        if (in.size && !first->anything)
            *first = (struct heard){true, !is_spnego(in), offers_kerberos(in)};
        s = step_to_blob(c, in, out);
    }
    spnego_fragments_free(&pieces);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_on(bytes_of(data, size));
    unsigned settings = reader_u8(&r), more = reader_u8(&r);
    struct peer peers[PEERS] = {{0}};
    struct spnego_mech mechs[3];
    struct spnego_context *c;
    struct blob out = {0};
    struct heard first = {0};
    size_t count = setup(settings, peers, mechs);

    hinder(more, peers);
    if (settings & CLIENT)
        FUZZ_HOLDS(client_new(mechs, count, settings & RAW, &c) == ST_OK);
    else
        FUZZ_HOLDS(server_new(mechs, count, &c) == ST_OK);
    enum status s = run(c, settings, &r, &out, &first);
    FUZZ_HOLDS(s == ST_OK || s == ST_CONTINUE || status_failed(s));
    downgrades += s == ST_DOWNGRADE;
    if (s == ST_OK)
        check_complete(c, settings, peers, &first);
    if (s != ST_CONTINUE) {
        FUZZ_HOLDS(step_to_blob(c, bytes_of("x", 1), &out) == ST_BAD_STATE);
        FUZZ_HOLDS(s == ST_OK || !spnego_can_protect(c));
    }
    blob_free(&out);
    engine_free(c);
    return 0;
}
