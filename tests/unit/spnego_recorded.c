/* Exchanges recorded from pyspnego and from MIT Kerberos with gss-ntlmssp: with the recorded tokens
 * of the mechanism, our client and our server say byte for byte what theirs said, and sign and
 * verify what they signed. */
#include "unit.h"
#include "spnego_blob.h"
#include "spnego_vectors.h"

enum { LONGEST = 1024 };

/* A mechanism that plays one side of a recording. */
struct player {
    const char *const *mech;
    const char *const *mics; /* the client's, the server's */
    int at;                  /* tokens seen and said */
    bool client;
    bool order[4]; /* get, reset out, verify, reset in */
    uint8_t said[LONGEST];
};

static int length(const char *const *hex)
{
    int n = 0;
    while (hex[n])
        n++;
    return n;
}

static enum status play(void *self, struct bytes in, struct bytes *out)
{
    struct player *p = self;
    uint8_t buffer[LONGEST];
    int total = length(p->mech);
    if (!p->client || p->at) {
        if (!bytes_equal(in, unit_unhex(p->mech[p->at++], buffer, sizeof(buffer))))
            return ST_BAD_TOKEN;
    } else if (in.size) {
        return ST_BAD_TOKEN;
    }
    if (p->at == total)
        return ST_OK;
    *out = unit_unhex(p->mech[p->at++], p->said, sizeof(p->said));
    return p->at == total ? ST_OK : ST_CONTINUE;
}

static void check_list(struct bytes data)
{
    uint8_t buffer[LONGEST];
    CHECK_BYTES(data, unit_unhex(recorded_mech_types[0], buffer, sizeof(buffer)));
}

static enum status play_get_mic(void *self, struct bytes data, struct spnego_mic *mic)
{
    struct player *p = self;
    check_list(data);
    p->order[0] = true;
    mic->size = unit_unhex(p->mics[p->client ? 0 : 1], mic->bytes, sizeof(mic->bytes)).size;
    return ST_OK;
}

static enum status play_verify_mic(void *self, struct bytes data, struct bytes mic)
{
    struct player *p = self;
    uint8_t buffer[LONGEST];
    check_list(data);
    CHECK_BYTES(mic, unit_unhex(p->mics[p->client ? 1 : 0], buffer, sizeof(buffer)));
    p->order[2] = true;
    return ST_OK;
}

static enum status play_reset(void *self, bool outgoing)
{
    struct player *p = self;
    CHECK(p->order[outgoing ? 0 : 2]);
    p->order[outgoing ? 1 : 3] = true;
    return ST_OK;
}

static bool play_wanted(void *self)
{
    (void)self;
    return true;
}

static const struct spnego_functions functions = {
        .step = play,
        .mic_wanted = play_wanted,
        .get_mic = play_get_mic,
        .verify_mic = play_verify_mic,
        .reset = play_reset,
};

static struct spnego_mech player_mech(struct player *p, struct bytes oid)
{
    struct spnego_mech mech = {oid, "recorded", &functions, p};
    return mech;
}

/* Plays one side: gives it the other side's recorded tokens and compares what it says. */
static void run(struct spnego_context *c, const char *const *tokens, int first)
{
    uint8_t buffer[LONGEST];
    struct blob out = {0};
    int total = length(tokens);
    struct bytes in = {0};
    for (int i = first; i <= total; i += 2) {
        if (i)
            in = unit_unhex(tokens[i - 1], buffer, sizeof(buffer));
        bool last = i + 1 >= total;
        CHECK_STATUS(step_to_blob(c, in, &out), last ? ST_OK : ST_CONTINUE);
        uint8_t want[LONGEST];
        if (i < total)
            CHECK_BYTES(blob_view(&out), unit_unhex(tokens[i], want, sizeof(want)));
        else
            CHECK(!out.size);
    }
    CHECK(spnego_progress(c) == SPNEGO_COMPLETE && spnego_can_protect(c));
    blob_free(&out);
    engine_free(c);
}

static void test_recording(const char *const *tokens, const char *const *mech,
        const char *const *mics, bool request_mic)
{
    struct spnego_context *c = NULL;
    struct player p = {.mech = mech, .mics = mics, .client = true};
    struct spnego_mech mechs[2] = {player_mech(&p, spnego_oid_ntlm)};
    CHECK_STATUS(client_new(mechs, 1, false, &c), ST_OK);
    run(c, tokens, 0);
    CHECK(p.order[0] && p.order[1] && p.order[2] && p.order[3]);

    /* pyspnego's server says request-mic in its first reply; ours says so when it would have
     * preferred another mechanism. */
    struct player s = {.mech = mech, .mics = mics};
    mechs[0] = player_mech(&s, request_mic ? spnego_oid_krb5 : spnego_oid_ntlm);
    mechs[1] = player_mech(&s, spnego_oid_ntlm);
    CHECK_STATUS(server_new(mechs, request_mic ? 2 : 1, &c), ST_OK);
    run(c, tokens, 1);
    CHECK(s.order[0] && s.order[1] && s.order[2] && s.order[3]);
}

/* The decoders find what pyspnego's found. */
static void test_fields(const char *const *tokens, const char *const *mech, const char *const *mics,
        enum neg_state first_reply)
{
    uint8_t token[LONGEST], want[LONGEST];
    struct neg_token_init init = {0};
    CHECK_STATUS(neg_token_init_read(unit_unhex(tokens[0], token, sizeof(token)), &init), ST_OK);
    check_list(init.mech_types);
    CHECK_BYTES(init.mech_token, unit_unhex(mech[0], want, sizeof(want)));
    CHECK(!init.mech_list_mic.size);
    const enum neg_state states[] = {
            NEG_STATE_ABSENT, first_reply, NEG_ACCEPT_INCOMPLETE, NEG_ACCEPT_COMPLETED};
    for (int i = 1; i < 4; i++) {
        struct neg_token_resp resp = {0};
        CHECK_STATUS(
                neg_token_resp_read(unit_unhex(tokens[i], token, sizeof(token)), &resp), ST_OK);
        CHECK(resp.neg_state == states[i]);
        CHECK_BYTES(resp.supported_mech, i == 1 ? spnego_oid_ntlm : bytes_of(NULL, 0));
        CHECK_BYTES(resp.response_token,
                i < 3 ? unit_unhex(mech[i], want, sizeof(want)) : bytes_of(NULL, 0));
        CHECK_BYTES(resp.mech_list_mic,
                i > 1 ? unit_unhex(mics[i - 2], want, sizeof(want)) : bytes_of(NULL, 0));
    }
}

static void test_exchange(const char *const *tokens, const char *const *mech,
        const char *const *mics, bool request_mic)
{
    test_fields(tokens, mech, mics, request_mic ? NEG_REQUEST_MIC : NEG_ACCEPT_INCOMPLETE);
    test_recording(tokens, mech, mics, request_mic);
}

int main(void)
{
    test_exchange(recorded_sign_seal, recorded_sign_seal_mech, recorded_sign_seal_mics, true);
    test_exchange(recorded_plain, recorded_plain_mech, recorded_plain_mics, true);
    test_exchange(recorded_mit, recorded_mit_mech, recorded_mit_mics, false);
    return unit_end("spnego_recorded");
}
