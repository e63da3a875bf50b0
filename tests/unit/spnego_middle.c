/* A man in the middle of a negotiation with several mechanisms: each attack by name, what it does
 * to which message, and who refuses it how. Both ends know Kerberos under both of its names, and
 * NTLM (but where it is said); the mechanisms' keys are not his. RFC 4178 section 5 and its
 * security considerations: the choice is protected by mechListMIC, so nobody who makes another
 * choice for the two may bring either to think that the other agreed. */
#include "spnego_fake.h"
#include "spnego/neg_token.h"

struct man {
    bool acted;
    uint8_t room[256];
    struct bytes kept; /* of an earlier message */
};

/* N-th message, from 0, the even ones the client's; T is empty where the sender has nothing more to
 * say. */
typedef void (*attack)(struct man *man, int n, struct blob *t);

struct scene {
    const char *name;
    attack act;
    const char *client, *server; /* mechanisms as digits; 'K' is Kerberos under both names */
    bool wants_mic;              /* NTLM's own MIC: mechListMIC must follow */
    bool no_integrity;
    bool server_first;
    enum status client_status, server_status; /* ST_CONTINUE: it waits for ever */
};

/* ---- his tools ---- */

static void put_init(struct blob *t, struct bytes list, struct bytes token)
{
    struct neg_token_init init = {.mech_types = list, .mech_token = token};
    struct blob made = {0};
    CHECK_STATUS(init_to_blob(&init, &made), ST_OK);
    blob_move(t, &made);
}

static void put_list(struct blob *t, const struct bytes *oids, size_t count, struct bytes token)
{
    struct blob list = {0};
    CHECK_STATUS(list_to_blob(oids, count, &list), ST_OK);
    put_init(t, blob_view(&list), token);
    blob_free(&list);
}

static struct neg_token_init get_init(const struct blob *t)
{
    struct neg_token_init init = {0};
    CHECK_STATUS(neg_token_init_read(blob_view(t), &init), ST_OK);
    return init;
}

static struct neg_token_resp get_resp(const struct blob *t)
{
    struct neg_token_resp resp = {.neg_state = NEG_STATE_ABSENT};
    CHECK_STATUS(neg_token_resp_read(blob_view(t), &resp), ST_OK);
    return resp;
}

static void put_resp(struct blob *t, struct neg_token_resp resp)
{
    struct blob made = {0};
    CHECK_STATUS(resp_to_blob(&resp, &made), ST_OK);
    blob_move(t, &made);
}

static void keep(struct man *man, struct bytes b)
{
    CHECK(b.size <= sizeof(man->room));
    memcpy(man->room, b.data, b.size);
    man->kept = bytes_of(man->room, b.size);
}

static const struct bytes nothing = {0};

/* ---- what he does ---- */

static void does_nothing(struct man *man, int n, struct blob *t)
{
    (void)n, (void)t;
    man->acted = true;
}

static void keeps_ntlm_only(struct man *man, int n, struct blob *t)
{
    if (n == 0) {
        put_list(t, &spnego_oid_ntlm, 1, nothing);
        man->acted = true;
    }
}

static void puts_ntlm_first(struct man *man, int n, struct blob *t)
{
    const struct bytes oids[] = {spnego_oid_ntlm, spnego_oid_ms_krb5, spnego_oid_krb5};
    if (n == 0) {
        put_list(t, oids, 3, nothing);
        man->acted = true;
    }
}

static void puts_negoex_first(struct man *man, int n, struct blob *t)
{
    const struct bytes oids[] = {spnego_oid_negoex, spnego_oid_ntlm};
    if (n == 0) {
        put_list(t, oids, 2, BYTES_LITERAL("NEGOEXTS"));
        man->acted = true;
    }
}

static void appends_a_mechanism(struct man *man, int n, struct blob *t)
{
    const struct bytes oids[] = {spnego_oid_ntlm, spnego_oid_negoex};
    if (n == 0) {
        put_list(t, oids, 2, BYTES_LITERAL("F\1\1"));
        man->acted = true;
    }
}

static void names_ntlm_twice(struct man *man, int n, struct blob *t)
{
    const struct bytes oids[] = {spnego_oid_ntlm, spnego_oid_ntlm};
    if (n == 0) {
        put_list(t, oids, 2, BYTES_LITERAL("F\1\1"));
        man->acted = true;
    }
}

static void makes_kerberos_unknown(struct man *man, int n, struct blob *t)
{
    const struct bytes oids[] = {
            BYTES_LITERAL("\x2A\x03"), BYTES_LITERAL("\x2A\x04"), spnego_oid_ntlm};
    if (n == 0) {
        put_list(t, oids, 3, BYTES_LITERAL("F\0\1"));
        man->acted = true;
    }
}

static void swaps_kerberos_names(struct man *man, int n, struct blob *t)
{
    const struct bytes oids[] = {spnego_oid_krb5, spnego_oid_ms_krb5, spnego_oid_ntlm};
    if (n == 0) {
        put_list(t, oids, 3, BYTES_LITERAL("F\0\1"));
        man->acted = true;
    }
}

static void encodes_the_list_anew(struct man *man, int n, struct blob *t)
{
    static const uint8_t longer[] = {0x60, 0x24, 6, 6, 0x2B, 6, 1, 5, 5, 2, 0xA0, 0x1A, 0x30, 0x18,
            0xA0, 0x0F, 0x30, 0x81, 0x0C, 6, 0x0A, 0x2B, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 0x0A, 0xA2,
            5, 4, 3, 'F', 1, 1};
    if (n == 0) {
        CHECK_STATUS(blob_set(t, bytes_of(longer, sizeof(longer))), ST_OK);
        man->acted = true;
    }
}

static void drops_the_optimistic_token(struct man *man, int n, struct blob *t)
{
    if (n == 0) {
        keep(man, get_init(t).mech_types);
        put_init(t, man->kept, nothing);
        man->acted = true;
    }
}

static void swaps_the_optimistic_token(struct man *man, int n, struct blob *t)
{
    if (n == 0) {
        keep(man, get_init(t).mech_types);
        put_init(t, man->kept, BYTES_LITERAL("F\1\1"));
        man->acted = true;
    }
}

static void shortens_and_drops_the_mic(struct man *man, int n, struct blob *t)
{
    struct neg_token_resp resp;
    keeps_ntlm_only(man, n, t);
    if (n % 2 || n < 2 || !t->size)
        return;
    resp = get_resp(t);
    put_resp(t, (struct neg_token_resp){resp.neg_state, {0}, bytes_of(resp.response_token.data,
                                               resp.response_token.size), {0}});
}

/* ... and says to the client that all is well. */
static void shortens_drops_and_answers(struct man *man, int n, struct blob *t)
{
    shortens_and_drops_the_mic(man, n, t);
    if (n == 5)
        put_resp(t, (struct neg_token_resp){.neg_state = NEG_ACCEPT_COMPLETED});
}

/* He is the server, as far as he can be: NTLM, nothing signed, all is well. */
static void answers_with_ntlm(struct man *man, int n, struct blob *t)
{
    if (n == 1)
        put_resp(t, (struct neg_token_resp){NEG_ACCEPT_INCOMPLETE, spnego_oid_ntlm, {0}, {0}});
    else if (n == 3)
        put_resp(t, (struct neg_token_resp){
                            NEG_ACCEPT_INCOMPLETE, {0}, BYTES_LITERAL("F\1\2"), {0}});
    else if (n == 5)
        put_resp(t, (struct neg_token_resp){.neg_state = NEG_ACCEPT_COMPLETED});
    man->acted = true;
}

static void answers_with_ntlm_and_token(struct man *man, int n, struct blob *t)
{
    if (n == 1)
        put_resp(t, (struct neg_token_resp){NEG_ACCEPT_INCOMPLETE, spnego_oid_ntlm,
                            BYTES_LITERAL("F\1\2"), {0}});
    man->acted = true;
}

static void answers_with_ntlm_completed(struct man *man, int n, struct blob *t)
{
    if (n == 1)
        put_resp(t, (struct neg_token_resp){NEG_ACCEPT_COMPLETED, spnego_oid_ntlm, {0}, {0}});
    man->acted = true;
}

static void answers_raw_ntlm(struct man *man, int n, struct blob *t)
{
    if (n == 1)
        CHECK_STATUS(blob_set(t, bytes_of("NTLMSSP\0\2\0\0\0", 12)), ST_OK);
    man->acted = true;
}

static void answers_with_negoex(struct man *man, int n, struct blob *t)
{
    if (n == 1)
        put_resp(t, (struct neg_token_resp){NEG_REQUEST_MIC, spnego_oid_negoex, {0}, {0}});
    man->acted = true;
}

static void takes_request_mic_away(struct man *man, int n, struct blob *t)
{
    if (n == 1) {
        struct neg_token_resp resp = get_resp(t);
        CHECK(resp.neg_state == NEG_REQUEST_MIC);
        resp.neg_state = NEG_ACCEPT_INCOMPLETE;
        put_resp(t, resp);
        man->acted = true;
    }
}

static void completes_early(struct man *man, int n, struct blob *t)
{
    if (n == 1) {
        struct neg_token_resp resp = get_resp(t);
        resp.neg_state = NEG_ACCEPT_COMPLETED;
        put_resp(t, resp);
        man->acted = true;
    }
}

static void takes_neg_state_away(struct man *man, int n, struct blob *t)
{
    if (n == 1) {
        struct neg_token_resp resp = get_resp(t);
        resp.neg_state = NEG_STATE_ABSENT;
        put_resp(t, resp);
        man->acted = true;
    }
}

/* The client's mechListMIC is in message 2, the server's in 3. */
static void drops_mic_of(struct man *man, int which, int n, struct blob *t)
{
    if (n == which) {
        struct neg_token_resp resp = get_resp(t);
        CHECK(resp.mech_list_mic.size == 9);
        resp.mech_list_mic = nothing;
        put_resp(t, resp);
        man->acted = true;
    }
}

static void drops_the_clients_mic(struct man *man, int n, struct blob *t)
{
    drops_mic_of(man, 2, n, t);
}

static void drops_the_servers_mic(struct man *man, int n, struct blob *t)
{
    drops_mic_of(man, 3, n, t);
}

static void drops_both_mics(struct man *man, int n, struct blob *t)
{
    drops_mic_of(man, 2, n, t);
    if (n == 3) /* whatever the server said */
        put_resp(t, (struct neg_token_resp){.neg_state = NEG_ACCEPT_COMPLETED});
}

static void forges_mic_of(struct man *man, int which, struct bytes mic, int n, struct blob *t)
{
    if (n == which) {
        struct neg_token_resp resp = get_resp(t);
        CHECK(resp.mech_list_mic.size == 9);
        resp.mech_list_mic = mic;
        put_resp(t, resp);
        man->acted = true;
    }
}

static void forges_the_clients_mic(struct man *man, int n, struct blob *t)
{
    forges_mic_of(man, 2, BYTES_LITERAL("M\1C\0\0\1\2\3\4"), n, t);
}

static void forges_the_servers_mic(struct man *man, int n, struct blob *t)
{
    forges_mic_of(man, 3, BYTES_LITERAL("M\1S\0\0\1\2\3\4"), n, t);
}

static void cuts_the_clients_mic(struct man *man, int n, struct blob *t)
{
    forges_mic_of(man, 2, BYTES_LITERAL("M\1C\0\0\1\2\3"), n, t);
}

/* As old servers do it, of which a client takes it for no MIC; a server does not. */
static void repeats_the_token_as_mic(struct man *man, int n, struct blob *t)
{
    forges_mic_of(man, 2, BYTES_LITERAL("F\1\3"), n, t);
}

static void reflects_the_clients_mic(struct man *man, int n, struct blob *t)
{
    if (n == 2)
        keep(man, get_resp(t).mech_list_mic);
    forges_mic_of(man, 3, man->kept, n, t);
}

/* The good mechListMIC of another session of the same two, over the same list. */
static void replays_mic_of(struct man *man, bool client, int n, struct blob *t)
{
    const struct bytes oids[] = {spnego_oid_ntlm};
    struct blob list = {0};
    CHECK_STATUS(list_to_blob(oids, 1, &list), ST_OK);
    fake_signature(man->room, 1 ^ 7, client, 0, 0, blob_view(&list));
    forges_mic_of(man, client ? 2 : 3, bytes_of(man->room, 9), n, t);
    blob_free(&list);
}

static void replays_the_clients_mic(struct man *man, int n, struct blob *t)
{
    replays_mic_of(man, true, n, t);
}

static void replays_the_servers_mic(struct man *man, int n, struct blob *t)
{
    replays_mic_of(man, false, n, t);
}

static void sends_a_mic_early(struct man *man, int n, struct blob *t)
{
    if (n == 0) {
        struct blob made = {0};
        struct neg_token_init init = get_init(t);
        init.mech_list_mic = BYTES_LITERAL("M\1C\0\0\1\2\3\4");
        CHECK_STATUS(init_to_blob(&init, &made), ST_OK);
        blob_move(t, &made);
        man->acted = true;
    }
}

static void adds_a_token_at_the_end(struct man *man, int n, struct blob *t)
{
    if (n == 3) {
        struct neg_token_resp resp = get_resp(t);
        resp.response_token = BYTES_LITERAL("F\1\4");
        put_resp(t, resp);
        man->acted = true;
    }
}

static void changes_mechanism_midway(struct man *man, int n, struct blob *t)
{
    if (n == 2) {
        struct neg_token_resp resp = get_resp(t);
        resp.supported_mech = spnego_oid_krb5;
        put_resp(t, resp);
        man->acted = true;
    }
}

static void repeats_the_challenge(struct man *man, int n, struct blob *t)
{
    if (n == 1)
        keep(man, blob_view(t));
    if (n == 3) {
        CHECK_STATUS(blob_set(t, man->kept), ST_OK);
        man->acted = true;
    }
}

static void repeats_the_offer(struct man *man, int n, struct blob *t)
{
    if (n == 0)
        keep(man, blob_view(t));
    if (n == 2) {
        CHECK_STATUS(blob_set(t, man->kept), ST_OK);
        man->acted = true;
    }
}

static void rejects_for_the_server(struct man *man, int n, struct blob *t)
{
    if (n == 1) {
        put_resp(t, (struct neg_token_resp){.neg_state = NEG_REJECT});
        man->acted = true;
    }
}

static void appends_a_byte(struct man *man, int n, struct blob *t)
{
    if (n == 0) {
        keep(man, blob_view(t));
        man->room[man->kept.size] = 0;
        CHECK_STATUS(blob_set(t, bytes_of(man->room, man->kept.size + 1)), ST_OK);
        man->acted = true;
    }
}

/* Message 0 of the server's, before the client's first. */
static void hints_ntlm_only(struct man *man, int n, struct blob *t)
{
    if (n == -1) {
        struct blob list = {0}, made = {0};
        CHECK_STATUS(list_to_blob(&spnego_oid_ntlm, 1, &list), ST_OK);
        struct neg_token_init2 init = {.mech_types = blob_view(&list)};
        CHECK_STATUS(init2_to_blob(&init, &made), ST_OK);
        blob_move(t, &made);
        blob_free(&list);
    }
    keeps_ntlm_only(man, n, t);
}

static void hints_negoex_only(struct man *man, int n, struct blob *t)
{
    if (n == -1) {
        struct blob list = {0}, made = {0};
        CHECK_STATUS(list_to_blob(&spnego_oid_negoex, 1, &list), ST_OK);
        struct neg_token_init2 init = {.mech_types = blob_view(&list)};
        CHECK_STATUS(init2_to_blob(&init, &made), ST_OK);
        blob_move(t, &made);
        blob_free(&list);
        man->acted = true;
    }
}

/* ---- all of them ---- */

#define WAITS  ST_CONTINUE
#define SIGNED .wants_mic = true
static const struct scene scenes[] = {
        {"keeps NTLM only", keeps_ntlm_only, "K1", "K1", .client_status = ST_LOGON_DENIED,
                .server_status = ST_BAD_SIGNATURE},
        {"keeps NTLM only, server knows NTLM only", keeps_ntlm_only, "K1", "1", SIGNED,
                .client_status = ST_LOGON_DENIED, .server_status = ST_BAD_SIGNATURE},
        {"puts NTLM first", puts_ntlm_first, "K1", "K1", .client_status = ST_LOGON_DENIED,
                .server_status = ST_BAD_SIGNATURE},
        {"puts NEGOEX first", puts_negoex_first, "K1", "K1", .client_status = ST_LOGON_DENIED,
                .server_status = ST_BAD_SIGNATURE},
        {"appends a mechanism", appends_a_mechanism, "1", "1", SIGNED,
                .client_status = ST_LOGON_DENIED, .server_status = ST_BAD_SIGNATURE},
        {"names NTLM twice", names_ntlm_twice, "1", "1", SIGNED, .client_status = ST_LOGON_DENIED,
                .server_status = ST_BAD_SIGNATURE},
        {"makes Kerberos unknown", makes_kerberos_unknown, "K1", "K1",
                .client_status = ST_LOGON_DENIED, .server_status = ST_BAD_SIGNATURE},
        {"swaps Kerberos' names before NTLM is chosen", swaps_kerberos_names, "K1", "1",
                .client_status = ST_LOGON_DENIED, .server_status = ST_BAD_SIGNATURE},
        {"encodes the list anew", encodes_the_list_anew, "1", "1", SIGNED,
                .client_status = ST_LOGON_DENIED, .server_status = ST_BAD_SIGNATURE},
        {"drops the optimistic token", drops_the_optimistic_token, "K1", "K1",
                .client_status = ST_BAD_TOKEN, .server_status = WAITS},
        {"swaps the optimistic token", swaps_the_optimistic_token, "K1", "K1",
                .client_status = WAITS, .server_status = ST_BAD_TOKEN},
        /* The server has no reason left to demand one: he could send it NTLM raw. */
        {"keeps NTLM only, drops the client's MIC", shortens_and_drops_the_mic, "K1", "K1",
                .client_status = ST_BAD_SIGNATURE, .server_status = ST_OK},
        {"keeps NTLM only, drops the client's MIC, NTLM has one", shortens_and_drops_the_mic, "K1",
                "K1", SIGNED, .client_status = ST_LOGON_DENIED, .server_status = ST_BAD_SIGNATURE},
        {"keeps NTLM only, drops the client's MIC, says that all is well",
                shortens_drops_and_answers, "K1", "K1", SIGNED, .client_status = ST_BAD_SIGNATURE,
                .server_status = ST_BAD_SIGNATURE},
        {"keeps NTLM only, which cannot sign", keeps_ntlm_only, "K1", "K1", .no_integrity = true,
                .client_status = ST_DOWNGRADE, .server_status = WAITS},
        {"answers with NTLM himself", answers_with_ntlm, "K1", "K1",
                .client_status = ST_BAD_SIGNATURE, .server_status = ST_OK},
        {"answers with NTLM that cannot sign", answers_with_ntlm, "K1", "K1", .no_integrity = true,
                .client_status = ST_DOWNGRADE, .server_status = ST_OK},
        {"answers with NTLM and a token of it", answers_with_ntlm_and_token, "K1", "K1",
                .client_status = ST_BAD_TOKEN, .server_status = ST_OK},
        {"answers with NTLM, completed", answers_with_ntlm_completed, "K1", "K1",
                .client_status = ST_BAD_TOKEN, .server_status = ST_OK},
        {"answers with NTLM where that is forbidden", answers_with_ntlm, "K", "K1",
                .client_status = ST_BAD_TOKEN, .server_status = ST_OK},
        {"answers raw NTLM", answers_raw_ntlm, "K1", "K1", .client_status = ST_BAD_TOKEN,
                .server_status = ST_OK},
        {"answers with NEGOEX, not offered", answers_with_negoex, "K1", "K1",
                .client_status = ST_BAD_TOKEN, .server_status = ST_OK},
        {"takes request-mic away", takes_request_mic_away, "1K", "K1",
                .client_status = ST_LOGON_DENIED, .server_status = ST_BAD_SIGNATURE},
        {"completes early", completes_early, "1", "1", .client_status = ST_BAD_TOKEN,
                .server_status = WAITS},
        {"takes negState away", takes_neg_state_away, "1", "1", .client_status = ST_BAD_TOKEN,
                .server_status = WAITS},
        {"drops the client's MIC", drops_the_clients_mic, "1", "1", SIGNED,
                .client_status = ST_BAD_TOKEN, .server_status = WAITS},
        {"drops the server's MIC", drops_the_servers_mic, "1", "1", SIGNED,
                .client_status = ST_BAD_SIGNATURE, .server_status = ST_OK},
        {"drops both MICs", drops_both_mics, "1", "1", SIGNED, .client_status = ST_BAD_SIGNATURE,
                .server_status = WAITS},
        {"forges the client's MIC", forges_the_clients_mic, "1", "1", SIGNED,
                .client_status = ST_LOGON_DENIED, .server_status = ST_BAD_SIGNATURE},
        {"forges the server's MIC", forges_the_servers_mic, "1", "1", SIGNED,
                .client_status = ST_BAD_SIGNATURE, .server_status = ST_OK},
        {"cuts the client's MIC", cuts_the_clients_mic, "1", "1", SIGNED,
                .client_status = ST_LOGON_DENIED, .server_status = ST_BAD_SIGNATURE},
        {"repeats the token as MIC", repeats_the_token_as_mic, "1", "1", SIGNED,
                .client_status = ST_LOGON_DENIED, .server_status = ST_BAD_SIGNATURE},
        {"reflects the client's MIC", reflects_the_clients_mic, "1", "1", SIGNED,
                .client_status = ST_BAD_SIGNATURE, .server_status = ST_OK},
        {"replays another session's MIC to the server", replays_the_clients_mic, "1", "1", SIGNED,
                .client_status = ST_LOGON_DENIED, .server_status = ST_BAD_SIGNATURE},
        {"replays another session's MIC to the client", replays_the_servers_mic, "1", "1", SIGNED,
                .client_status = ST_BAD_SIGNATURE, .server_status = ST_OK},
        {"sends a MIC early", sends_a_mic_early, "1", "1", SIGNED, .client_status = WAITS,
                .server_status = ST_BAD_TOKEN},
        {"adds a token at the end", adds_a_token_at_the_end, "1", "1", SIGNED,
                .client_status = ST_BAD_TOKEN, .server_status = ST_OK},
        {"changes the mechanism midway", changes_mechanism_midway, "1", "K1",
                .client_status = WAITS, .server_status = ST_BAD_TOKEN},
        {"repeats the challenge", repeats_the_challenge, "1", "1", SIGNED,
                .client_status = ST_BAD_TOKEN, .server_status = ST_OK},
        {"repeats the offer", repeats_the_offer, "1", "1", SIGNED, .client_status = WAITS,
                .server_status = ST_BAD_TOKEN},
        {"rejects for the server", rejects_for_the_server, "K1", "K1",
                .client_status = ST_NO_COMMON_ALGORITHM, .server_status = ST_OK},
        {"appends a byte", appends_a_byte, "K1", "K1", .client_status = WAITS,
                .server_status = ST_BAD_TOKEN},
        {"hints and keeps NTLM only", hints_ntlm_only, "K1", "K1", .server_first = true,
                .client_status = ST_LOGON_DENIED, .server_status = ST_BAD_SIGNATURE},
        {"hints NEGOEX only", hints_negoex_only, "K1", "K1", .server_first = true,
                .client_status = ST_NO_COMMON_ALGORITHM, .server_status = WAITS},
};

static size_t mech_list(struct fake *fakes, const char *order, struct spnego_mech *mechs)
{
    size_t n = 0;
    for (; *order; order++) {
        if (*order == 'K') {
            mechs[n++] = fake_mech(spnego_oid_ms_krb5, &fakes[0]);
            mechs[n++] = fake_mech(spnego_oid_krb5, &fakes[0]);
        } else {
            mechs[n++] = fake_mech(fake_oid((size_t)(*order - '0')), &fakes[*order - '0']);
        }
    }
    return n;
}

static void scene_open(struct pair *p, const struct scene *s)
{
    struct spnego_mech mechs[8];
    pair_init(p);
    p->c[1].wants_mic = p->s[1].wants_mic = s->wants_mic;
    p->c[1].no_integrity = p->s[1].no_integrity = s->no_integrity;
    for (int i = 0; i < 3; i++)
        p->c[i].key = p->s[i].key = 5;
    CHECK_STATUS(client_new(mechs, mech_list(p->c, s->client, mechs), false, &p->client),
            ST_OK);
    CHECK_STATUS(server_new(mechs, mech_list(p->s, s->server, mechs), &p->server), ST_OK);
    p->client_status = p->server_status = ST_CONTINUE;
}

static void scene_play(struct pair *p, const struct scene *s, attack act, struct man *man)
{
    if (s->server_first) {
        pair_server(p);
        act(man, -1, &p->to_client);
    }
    for (int n = 0; n < 10; n++) {
        struct blob *sent = n % 2 ? &p->to_client : &p->to_server;
        enum status *status = n % 2 ? &p->server_status : &p->client_status;
        if (n && !(n % 2 ? &p->to_server : &p->to_client)->size)
            break;
        if (*status == ST_CONTINUE)
            (void)(n % 2 ? pair_server(p) : pair_client(p));
        else
            blob_free(n % 2 ? &p->to_server : &p->to_client);
        if (n < 6 && (sent->size || n == 3 || n == 5))
            act(man, n, sent);
    }
}

static void test_scene(const struct scene *s)
{
    struct pair p;
    struct man man = {0};

    /* Let alone, the two agree. */
    scene_open(&p, s);
    scene_play(&p, s, does_nothing, &man);
    bool agreed = p.client_status == ST_OK && p.server_status == ST_OK;
    CHECK(agreed);
    pair_close(&p);

    scene_open(&p, s);
    man = (struct man){0};
    scene_play(&p, s, s->act, &man);
    if (!agreed || p.client_status != s->client_status || p.server_status != s->server_status)
        printf("%s: %s, %s\n", s->name, status_name(p.client_status), status_name(p.server_status));
    CHECK(man.acted);
    CHECK_STATUS(p.client_status, s->client_status);
    CHECK_STATUS(p.server_status, s->server_status);
    CHECK(p.client_status != ST_OK || p.server_status != ST_OK);
    /* Whoever refused signs and reads nothing any more, and begins nothing anew. */
    CHECK(!status_failed(p.client_status) || !spnego_can_protect(p.client));
    CHECK(!status_failed(p.server_status) || !spnego_can_protect(p.server));
    if (status_failed(p.client_status))
        CHECK_STATUS(pair_client(&p), ST_BAD_STATE);
    if (status_failed(p.server_status))
        CHECK_STATUS(pair_server(&p), ST_BAD_STATE);
    pair_close(&p);
}

/* He hints that there is no Kerberos: the two take it all the same. */
static void test_hint_is_no_use(void)
{
    const struct scene s = {"hints NTLM only", hints_ntlm_only, "K1", "K1", .server_first = true};
    struct pair p;
    struct man man = {0};
    scene_open(&p, &s);
    CHECK_STATUS(pair_server(&p), ST_CONTINUE);
    hints_ntlm_only(&man, -1, &p.to_client);
    while (p.client_status == ST_CONTINUE && pair_client(&p) == ST_CONTINUE)
        pair_server(&p);
    CHECK_STATUS(p.client_status, ST_OK);
    CHECK(spnego_chosen(p.client) == 0 && spnego_chosen(p.server) == 0);
    CHECK(p.c[1].steps == 0 && p.s[1].steps == 0);
    pair_close(&p);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
        test_scene(&scenes[i]);
    test_hint_is_no_use();
    printf("%zu attacks\n", sizeof(scenes) / sizeof(scenes[0]));
    return unit_end("spnego_middle");
}
