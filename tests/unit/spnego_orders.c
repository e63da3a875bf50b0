/* RFC 4178 section 5, order by order: whose mechListMIC comes first, beside the mechanism's last token or a leg later, and
 * what ends the negotiation. One side is the engine; the other one's messages are put together here, as the line says.
 *
 *   "C init token, S request-mic token mic, C completed mic"
 *
 * A message is who sends it, its negState ("-": none), and what is in it; "mic!" is one that does not verify. The last
 * message may be the peer's: STATUS is what the engine then says. The same words are in tests/interop/orders, with real peers.
 */
#include "spnego_fake.h"
#include "spnego/neg_token.h"

struct order {
    const char *section;
    bool server;        /* the engine's side */
    const char *client; /* what the client offers, in its order; 1 is what the server takes */
    const char *ours;   /* of an engine that is the server: what it has, in its order */
    int legs;           /* tokens of mechanism 1 */
    bool wants;         /* the mechanism wants the MIC, as NTLM does */
    const char *words;
    enum status status;
};

static const struct order orders[] = {
        /* b) the acceptor sends the last token */
        {"b) III", false, "1", NULL, 2, false, "C init token, S completed token", ST_OK},
        {"b) I, optional", false, "1", NULL, 2, false, "C init token, S incomplete token mic, C completed mic", ST_OK},
        {"b) I", false, "1", NULL, 2, false, "C init token, S request-mic token mic, C completed mic", ST_OK},
        {"b) II", false, "1", NULL, 2, false, "C init token, S request-mic token mic!", ST_BAD_SIGNATURE},
        {"b) II, optional", false, "1", NULL, 2, false, "C init token, S incomplete token mic!", ST_BAD_SIGNATURE},
        {"b) IV", false, "1", NULL, 2, false, "C init token, S request-mic token", ST_BAD_SIGNATURE},
        {"b) I, not the first", false, "01", NULL, 2, false,
                "C init token, S request-mic, C incomplete token, S incomplete token mic, C completed mic", ST_OK},
        {"b) II, not the first", false, "01", NULL, 2, false,
                "C init token, S request-mic, C incomplete token, S incomplete token mic!", ST_BAD_SIGNATURE},
        {"b) IV, not the first", false, "01", NULL, 2, false,
                "C init token, S request-mic, C incomplete token, S incomplete token", ST_BAD_SIGNATURE},
        {"b) IV, not the first", false, "01", NULL, 2, false,
                "C init token, S request-mic, C incomplete token, S completed token", ST_BAD_SIGNATURE},
        {"b) IV, not the first, not asked for", false, "01", NULL, 2, false,
                "C init token, S incomplete, C incomplete token, S completed token", ST_BAD_SIGNATURE},
        {"b) III", true, "1", "1", 2, false, "C init token, S completed token", ST_OK},
        {"b) I", true, "1", "01", 2, false, "C init token, S request-mic token mic, C completed mic", ST_OK},
        {"b) I, forged", true, "1", "01", 2, false, "C init token, S request-mic token mic, C completed mic!", ST_BAD_SIGNATURE},
        {"b) I, missing", true, "1", "01", 2, false, "C init token, S request-mic token mic, C completed", ST_BAD_SIGNATURE},
        {"b) I, not the first", true, "01", "1", 2, false,
                "C init token, S request-mic, C incomplete token, S incomplete token mic, C completed mic", ST_OK},
        {"b) I, not the first, forged", true, "01", "1", 2, false,
                "C init token, S request-mic, C incomplete token, S incomplete token mic, C completed mic!", ST_BAD_SIGNATURE},
        /* not the RFC's accept-completed, but clear */
        {"b) I, another state", true, "1", "01", 2, false, "C init token, S request-mic token mic, C incomplete mic, S completed", ST_OK},
        {"b) I, no state", true, "1", "01", 2, false, "C init token, S request-mic token mic, C - mic, S completed", ST_OK},

        /* c) the initiator sends the last token */
        {"c) III", false, "1", NULL, 3, false, "C init token, S incomplete token, C incomplete token, S completed", ST_OK},
        {"c) I", false, "1", NULL, 3, false, "C init token, S request-mic token, C incomplete token mic, S completed mic", ST_OK},
        {"c) I, optional", false, "1", NULL, 3, true, "C init token, S incomplete token, C incomplete token mic, S completed mic", ST_OK},
        {"c) I, forged", false, "1", NULL, 3, false, "C init token, S request-mic token, C incomplete token mic, S completed mic!",
                ST_BAD_SIGNATURE},
        {"c) I, missing", false, "1", NULL, 3, false, "C init token, S request-mic token, C incomplete token mic, S completed",
                ST_BAD_SIGNATURE},
        {"c) I, not the first", false, "01", NULL, 3, false,
                "C init token, S request-mic, C incomplete token, S incomplete token, C incomplete token mic, S completed mic", ST_OK},
        {"c) I, not the first, not asked for", false, "01", NULL, 3, false,
                "C init token, S incomplete, C incomplete token, S incomplete token, C incomplete token mic, S completed",
                ST_BAD_SIGNATURE},
        {"c) III, one token", false, "1", NULL, 1, false, "C init token, S completed", ST_OK},
        {"c) IV", false, "1", NULL, 1, false, "C init token, S request-mic mic, C completed mic", ST_OK},
        {"c) IV, forged", false, "1", NULL, 1, false, "C init token, S request-mic mic!", ST_BAD_SIGNATURE},
        {"c) IV, missing", false, "1", NULL, 1, false, "C init token, S request-mic", ST_BAD_SIGNATURE},
        {"Windows Server 2025", false, "1", NULL, 3, false,
                "C init token, S incomplete token, C incomplete token, S incomplete mic, C completed mic", ST_OK},
        {"Windows Server 2025, forged", false, "1", NULL, 3, false,
                "C init token, S incomplete token, C incomplete token, S incomplete mic!", ST_BAD_SIGNATURE},
        {"c) III", true, "1", "1", 3, false, "C init token, S incomplete token, C incomplete token, S completed", ST_OK},
        {"c) I", true, "1", "01", 3, false, "C init token, S request-mic token, C incomplete token mic, S completed mic", ST_OK},
        {"c) I, optional", true, "1", "1", 3, false, "C init token, S incomplete token, C incomplete token mic, S completed mic", ST_OK},
        {"c) I, one token, optional", true, "1", "1", 1, false, "C init token mic, S completed mic", ST_OK},
        {"c) I, not the first", true, "01", "1", 3, false,
                "C init token, S request-mic, C incomplete token, S incomplete token, C incomplete token mic, S completed mic", ST_OK},
        {"c) II", true, "1", "01", 3, false, "C init token, S request-mic token, C incomplete token mic!", ST_BAD_SIGNATURE},
        {"c) II, optional", true, "1", "1", 3, false, "C init token, S incomplete token, C incomplete token mic!", ST_BAD_SIGNATURE},
        {"c) II, one token", true, "1", "1", 1, false, "C init token mic!", ST_BAD_SIGNATURE},
        {"c) IV", true, "10", "01", 1, false, "C init token, S request-mic mic, C completed mic", ST_OK},
        {"c) IV, forged", true, "10", "01", 1, false, "C init token, S request-mic mic, C completed mic!", ST_BAD_SIGNATURE},
        {"c) IV, missing", true, "10", "01", 1, false, "C init token, S request-mic mic, C completed", ST_BAD_SIGNATURE},
        {"c) V", true, "10", "01", 3, false, "C init token, S request-mic token, C incomplete token", ST_BAD_SIGNATURE},
        {"c) V, not the first", true, "01", "1", 3, false,
                "C init token, S request-mic, C incomplete token, S incomplete token, C incomplete token", ST_BAD_SIGNATURE},
        {"Windows Server 2025", true, "1", "1", 3, true,
                "C init token, S incomplete token, C incomplete token, S incomplete mic, C completed mic", ST_OK},
        {"Windows Server 2025, forged", true, "1", "1", 3, true,
                "C init token, S incomplete token, C incomplete token, S incomplete mic, C completed mic!", ST_BAD_SIGNATURE},
        {"Windows Server 2025, missing", true, "1", "1", 3, true,
                "C init token, S incomplete token, C incomplete token, S incomplete mic, C completed", ST_BAD_SIGNATURE},

        /* 4.2.2: "When negState is absent, the actual state should be inferred from the state of the negotiated mechanism
         * context"; it is "REQUIRED in the first reply" */
        {"4.2.2, done", false, "1", NULL, 4, false, "C init token, S incomplete token, C incomplete token, S - token", ST_OK},
        {"4.2.2, done", false, "1", NULL, 3, false, "C init token, S incomplete token, C incomplete token, S -", ST_OK},
        {"4.2.2, not done", false, "1", NULL, 5, false,
                "C init token, S incomplete token, C incomplete token, S - token, C incomplete token, S completed", ST_OK},
        {"4.2.2, c) I", false, "1", NULL, 3, true, "C init token, S incomplete token, C incomplete token mic, S - mic", ST_OK},
        {"4.2.2, c) I, forged", false, "1", NULL, 3, true, "C init token, S incomplete token, C incomplete token mic, S - mic!",
                ST_BAD_SIGNATURE},
        {"4.2.2, c) I, missing", false, "1", NULL, 3, true, "C init token, S incomplete token, C incomplete token mic, S -",
                ST_BAD_SIGNATURE},
        {"4.2.2, b) I", false, "1", NULL, 4, false,
                "C init token, S incomplete token, C incomplete token, S - token mic, C completed mic", ST_OK},
        {"4.2.2, b) IV", false, "1", NULL, 4, false, "C init token, S request-mic token, C incomplete token, S - token",
                ST_BAD_SIGNATURE},
        {"4.2.2, Windows Server 2025", false, "1", NULL, 3, false,
                "C init token, S incomplete token, C incomplete token, S - mic, C completed mic", ST_OK},
        {"4.2.2, first reply", false, "1", NULL, 2, false, "C init token, S - token", ST_BAD_TOKEN},
};

/* What the next of WORDS says; empty at the end. */
struct said {
    bool upward, token, mic, forged;
    char state[16];
    bool end;
};

static struct said next_of(const char **words)
{
    struct said s = {0};
    char who = 0, rest[64] = "";
    int used = 0;

    while (**words == ',' || **words == ' ')
        ++*words;
    if (sscanf(*words, "%c %15[a-z-]%63[^,]%n", &who, s.state, rest, &used) < 2) {
        s.end = true;
        return s;
    }
    s.upward = who == 'C';
    s.token = strstr(rest, "token");
    s.mic = strstr(rest, "mic");
    s.forged = strstr(rest, "mic!");
    *words += used ? used : (int)strcspn(*words, ",");
    return s;
}

static const char *const states[] = {"completed", "incomplete", "reject", "request-mic", "-"};

static enum neg_state state_of(const char *name)
{
    for (int i = 0; i < 5; i++)
        if (!strcmp(states[i], name))
            return (enum neg_state)i;
    return NEG_REJECT;
}

/* One negotiation: the engine, its mechanisms, the peer's mechanism 1, and what is between them. */
struct play {
    const struct order *o;
    struct fake mine[3], theirs[3];
    struct spnego_context *engine;
    struct blob list, token, message; /* mechTypes; the mechanism's token under way to the peer; what was last sent */
    bool named;                       /* supportedMech was said */
    enum status status;
};

static void play_open(struct play *p, const struct order *o)
{
    struct spnego_mech mechs[8];
    struct bytes oids[8];
    size_t n = 0;

    memset(p, 0, sizeof(*p));
    p->o = o;
    p->status = ST_CONTINUE;
    for (uint8_t i = 0; i < 3; i++) {
        p->mine[i].id = p->theirs[i].id = i;
        p->mine[i].legs = p->theirs[i].legs = i == 1 ? o->legs : 2;
        p->mine[i].initiator = !o->server;
        p->theirs[i].initiator = o->server;
    }
    p->mine[1].wants_mic = o->wants;
    for (; o->client[n]; n++)
        oids[n] = fake_oid((size_t)(o->client[n] - '0'));
    CHECK_STATUS(list_to_blob(oids, n, &p->list), ST_OK);
    n = fake_list(p->mine, o->server ? o->ours : o->client, mechs);
    CHECK_STATUS(o->server ? server_new(mechs, n, &p->engine)
                           : client_new(mechs, n, false, &p->engine), ST_OK);
}

static void play_close(struct play *p)
{
    engine_free(p->engine);
    blob_free(&p->list);
    blob_free(&p->token);
    blob_free(&p->message);
}

/* The peer's mechanism makes its token; the first of an offer is of the client's first mechanism. */
static void peer_token(struct play *p, struct said s, struct bytes *token)
{
    bool first = s.upward && !strcmp(s.state, "init");
    struct fake *f = &p->theirs[first ? p->o->client[0] - '0' : 1];

    CHECK(!status_failed(fake_step(f, blob_view(&p->token), token)));
    blob_free(&p->token);
}

static void peer_mic(struct play *p, struct said s, struct spnego_mic *mic)
{
    CHECK_STATUS(fake_get_mic(&p->theirs[1], blob_view(&p->list), mic), ST_OK);
    mic->bytes[8] ^= s.forged;
}

/* The peer says S. */
static void peer_says(struct play *p, struct said s)
{
    struct bytes token = {0};
    struct spnego_mic mic = {0};
    struct blob out = {0};

    /* the engine's last token is the mechanism's last */
    if (!s.token && p->token.size)
        peer_token(p, s, &token);
    if (s.token)
        peer_token(p, s, &token);
    if (s.mic)
        peer_mic(p, s, &mic);
    if (!strcmp(s.state, "init")) {
        struct neg_token_init init = {blob_view(&p->list), token, bytes_of(mic.bytes, mic.size)};
        CHECK_STATUS(init_to_blob(&init, &p->message), ST_OK);
    } else {
        struct neg_token_resp resp = {state_of(s.state), {0}, token, bytes_of(mic.bytes, mic.size)};
        if (!s.upward && !p->named)
            resp.supported_mech = spnego_oid_ntlm;
        p->named = true;
        CHECK_STATUS(resp_to_blob(&resp, &p->message), ST_OK);
    }
    p->status = step_to_blob(p->engine, blob_view(&p->message), &out);
    blob_move(&p->message, &out);
}

/* A MIC of the engine's, as the peer's mechanism sees it. */
static bool engine_mic_good(struct play *p, struct bytes mic)
{
    return fake_verify_mic(&p->theirs[1], blob_view(&p->list), mic) == ST_OK;
}

/* The engine has to have said S. */
static bool engine_said(struct play *p, struct said s)
{
    struct neg_token_init init = {0};
    struct neg_token_resp resp = {0};
    struct bytes token, mic;
    bool first = !strcmp(s.state, "init");
    bool other = first && p->o->client[0] != '1'; /* of a mechanism that the peer passes over */

    if (!p->message.size)
        return false;
    if (status_failed(first ? neg_token_init_read(blob_view(&p->message), &init)
                            : neg_token_resp_read(blob_view(&p->message), &resp)))
        return false;
    token = first ? init.mech_token : resp.response_token;
    mic = first ? init.mech_list_mic : resp.mech_list_mic;
    if (!first && strcmp(states[resp.neg_state], s.state))
        return false;
    CHECK_STATUS(blob_set(&p->token, other ? bytes_of(NULL, 0) : token), ST_OK);
    if (!!token.size != s.token || !!mic.size != s.mic)
        return false;
    if (s.mic && p->token.size) { /* its last token comes first */
        struct bytes none = {0};
        CHECK_STATUS(fake_step(&p->theirs[1], blob_view(&p->token), &none), ST_OK);
        blob_free(&p->token);
    }
    return !s.mic || engine_mic_good(p, mic);
}

static bool play(const struct order *o)
{
    const char *words = o->words;
    struct play p;
    bool good = true;

    play_open(&p, o);
    if (!o->server)
        p.status = step_to_blob(p.engine, bytes_of(NULL, 0), &p.message);
    for (struct said s = next_of(&words); good && !s.end; s = next_of(&words)) {
        if (s.upward == !o->server)
            good = engine_said(&p, s);
        else
            peer_says(&p, s);
    }
    good = good && p.status == o->status;
    if (o->status == ST_OK)
        good = good && spnego_progress(p.engine) == SPNEGO_COMPLETE && spnego_can_protect(p.engine) && !p.mine[1].pos_out &&
               !p.mine[1].pos_in && p.mine[1].seq_out == p.theirs[1].seq_in && p.mine[1].seq_in == p.theirs[1].seq_out;
    else
        good = good && !spnego_can_protect(p.engine) && step_to_blob(p.engine, bytes_of(NULL, 0), &p.message) == ST_BAD_STATE;
    if (!good)
        printf("%s, %s: %s: %s\n", o->server ? "server" : "client", o->section, o->words, status_name(p.status));
    play_close(&p);
    return good;
}

int main(void)
{
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
        CHECK(play(&orders[i]));
    return unit_end("spnego_orders");
}
