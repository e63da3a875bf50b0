/* Somebody on the way, peers out of order, and no memory: what must never end in success. */
#include "spnego_fake.h"
#include "spnego/neg_token.h"

static void put_resp(struct blob *to, struct neg_token_resp resp)
{
    blob_free(to);
    CHECK_STATUS(resp_to_blob(&resp, to), ST_OK);
}

static void put_init(struct blob *to, const struct bytes *oids, size_t count, struct bytes token)
{
    struct blob list = {0};
    CHECK_STATUS(list_to_blob(oids, count, &list), ST_OK);
    struct neg_token_init init = {.mech_types = blob_view(&list), .mech_token = token};
    blob_free(to);
    CHECK_STATUS(init_to_blob(&init, to), ST_OK);
    blob_free(&list);
}

static struct neg_token_resp get_resp(const struct blob *from)
{
    struct neg_token_resp resp = {.neg_state = NEG_STATE_ABSENT};
    CHECK_STATUS(neg_token_resp_read(blob_view(from), &resp), ST_OK);
    return resp;
}

/* The man in the middle wants NTLM although both know Kerberos: he answers in the server's place
 * and begins NTLM with the server in the client's. STRIP: he takes the client's MIC out as well. */
static void downgrade(const char *server_list, bool wants_mic, bool strip)
{
    struct pair p;
    struct blob forged = {0};
    pair_init(&p);
    p.c[1].wants_mic = p.s[1].wants_mic = wants_mic;
    pair_open(&p, "01", server_list);
    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    put_resp(&p.to_client,
            (struct neg_token_resp){NEG_REQUEST_MIC, .supported_mech = spnego_oid_ntlm});
    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    put_init(&forged, &spnego_oid_ntlm, 1, get_resp(&p.to_server).response_token);
    blob_move(&p.to_server, &forged);
    CHECK_STATUS(pair_server(&p), ST_CONTINUE);
    struct neg_token_resp resp = get_resp(&p.to_client);
    resp.neg_state = NEG_ACCEPT_INCOMPLETE;
    put_resp(&forged, resp);
    blob_move(&p.to_client, &forged);
    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    resp = get_resp(&p.to_server);
    CHECK(resp.mech_list_mic.size == 9);
    if (strip) {
        resp.mech_list_mic = bytes_of(NULL, 0);
        put_resp(&forged, resp);
        blob_move(&p.to_server, &forged);
    }
    pair_server(&p);
    bool could_know = !strip || wants_mic; /* he could as well send NTLM raw */
    if (could_know)
        CHECK(p.server_status != ST_OK);
    /* The client never ends well, whatever he makes of the server's answer. */
    if (p.server_status == ST_OK)
        CHECK_STATUS(pair_client(&p), ST_BAD_SIGNATURE);
    else if (p.server_status == ST_CONTINUE) /* it asks for a MIC that has been sent */
        CHECK_STATUS(pair_client(&p), ST_BAD_TOKEN);
    else {
        put_resp(&p.to_client, (struct neg_token_resp){NEG_ACCEPT_COMPLETED});
        CHECK_STATUS(pair_client(&p), ST_BAD_SIGNATURE);
        CHECK_STATUS(p.server_status, ST_BAD_SIGNATURE);
    }
    pair_close(&p);
}

static void test_downgrade(void)
{
    for (int wants = 0; wants < 2; wants++)
        for (int strip = 0; strip < 2; strip++) {
            downgrade("01", wants, strip);
            downgrade("1", wants, strip);
        }
}

/* The list shortened, extended, reordered, or replaced on its way, nothing else touched. */
static void test_list_edited(void)
{
    const struct bytes lists[][3] = {
            {spnego_oid_ntlm},
            {spnego_oid_ntlm, spnego_oid_negoex},
            {spnego_oid_ntlm, spnego_oid_ntlm},
            {spnego_oid_ntlm, spnego_oid_krb5},
    };
    const size_t counts[] = {1, 2, 2, 2};
    for (size_t i = 0; i < 4; i++) {
        struct pair p;
        pair_init(&p);
        p.c[1].wants_mic = p.s[1].wants_mic = true;
        pair_open(&p, i ? "1" : "12", "1");
        CHECK_STATUS(pair_client(&p), ST_CONTINUE);
        put_init(&p.to_server, lists[i], counts[i], BYTES_LITERAL("F\1\1"));
        CHECK_STATUS(pair_server(&p), ST_CONTINUE);
        pair_run(&p);
        CHECK_STATUS(p.server_status, ST_BAD_SIGNATURE);
        CHECK_STATUS(pair_client(&p), ST_LOGON_DENIED);
        CHECK(p.s[1].resets_in == 0);
        pair_close(&p);
    }
}

/* The same list in another encoding is another list to sign: what was on the wire counts. */
static void test_list_as_received(void)
{
    static const uint8_t long_form[] = {0x60, 0x23, 6, 6, 0x2B, 6, 1, 5, 5, 2, 0xA0, 0x19, 0x30,
            0x17, 0xA0, 0x0E, 0x30, 0x0C, 6, 0x0A, 0x2B, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 0x0A, 0xA2,
            5, 4, 3, 'F', 1, 1};
    static const uint8_t longer[] = {0x60, 0x24, 6, 6, 0x2B, 6, 1, 5, 5, 2, 0xA0, 0x1A, 0x30, 0x18,
            0xA0, 0x0F, 0x30, 0x81, 0x0C, 6, 0x0A, 0x2B, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 0x0A, 0xA2,
            5, 4, 3, 'F', 1, 1};
    for (int i = 0; i < 2; i++) {
        struct pair p;
        struct bytes in =
                i ? bytes_of(longer, sizeof(longer)) : bytes_of(long_form, sizeof(long_form));
        struct bytes list = bytes_of(in.data + 16, i ? 15u : 14u);
        uint8_t mic[9];
        pair_init(&p);
        p.s[1].wants_mic = true;
        pair_open(&p, "1", "1");
        CHECK_STATUS(blob_set(&p.to_server, in), ST_OK);
        CHECK_STATUS(pair_server(&p), ST_CONTINUE);
        fake_signature(mic, 1, true, 0, 0, list);
        put_resp(&p.to_server, (struct neg_token_resp){NEG_ACCEPT_INCOMPLETE,
                                       .response_token = BYTES_LITERAL("F\1\3"),
                                       .mech_list_mic = bytes_of(mic, 9)});
        CHECK_STATUS(pair_server(&p), ST_OK);
        fake_signature(mic, 1, false, 0, 0, list);
        CHECK_BYTES(get_resp(&p.to_client).mech_list_mic, bytes_of(mic, 9));
        pair_close(&p);
    }
}

/* Each bit and each end of each message of an exchange: both sides succeed only if they agree on
 * the mechanism, and both have verified the other's MIC over the same list. */
static void spoil_exchange(
        int message, size_t bit, size_t cut, const char *client, const char *server)
{
    struct pair p;
    bool truncated = false;
    pair_init(&p);
    p.c[1].wants_mic = p.s[1].wants_mic = true;
    pair_open(&p, client, server);
    for (int n = 0; n < 8; n++) {
        struct blob *token = n % 2 ? &p.to_client : &p.to_server;
        if (status_failed(n % 2 ? pair_server(&p) : pair_client(&p)) || !token->size)
            break;
        if (n != message)
            continue;
        if (bit / 8 < token->size)
            token->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        truncated = cut < token->size;
        if (truncated)
            token->size = cut;
    }
    bool both = p.client_status == ST_OK && p.server_status == ST_OK;
    bool agree = p.c[1].mics_made == 1 && p.c[1].mics_verified == 1 && p.s[1].mics_made == 1 &&
                 p.s[1].mics_verified == 1 && pair_agrees(&p, 1, true);
    bool fine = !both || agree;
    if (truncated && both)
        fine = false;
    if (!fine)
        printf("message %d, bit %zu, cut %zu\n", message, bit, cut);
    CHECK(fine);
    /* Neither alone is satisfied without the other's MIC. */
    CHECK(p.client_status != ST_OK || p.c[1].mics_verified == 1);
    CHECK(p.server_status != ST_OK || p.s[1].mics_verified == 1);
    pair_close(&p);
}

static void test_spoilt_exchange(void)
{
    for (int message = 0; message < 6; message++)
        for (size_t bit = 0; bit < 8 * 80; bit++) {
            spoil_exchange(message, bit, SIZE_MAX, "1", "1");
            spoil_exchange(message, bit, SIZE_MAX, "01", "1");
            if (bit < 80) {
                spoil_exchange(message, SIZE_MAX, bit, "1", "1");
                spoil_exchange(message, SIZE_MAX, bit, "01", "1");
            }
        }
}

/* What a peer without the mechanism's secrets can say, at every moment of an exchange: never
 * success. */
static const struct neg_token_resp *forgeries(size_t *count)
{
    static const uint8_t mic[9] = {'M', 1, 'S', 0, 0, 1, 2, 3, 4};
    static struct neg_token_resp list[4 * 3 * 5 * 3 + 60];
    static const struct bytes empty = {0};
    const struct bytes mechs[] = {empty, spnego_oid_ntlm, spnego_oid_negoex};
    const struct bytes tokens[] = {empty, BYTES_LITERAL("F\1\2"), BYTES_LITERAL("F\1\3"),
            BYTES_LITERAL("F\1\4"), BYTES_LITERAL("junk")};
    const struct bytes mics[] = {empty, bytes_of(mic, 9), BYTES_LITERAL("junk")};
    size_t n = 0;
    for (unsigned state = 0; state < 5; state++)
        for (size_t m = 0; m < 3; m++)
            for (size_t t = 0; t < 5; t++)
                for (size_t i = 0; i < 3; i++)
                    if (n < sizeof(list) / sizeof(list[0]))
                        list[n++] = (struct neg_token_resp){
                                (enum neg_state)state, mechs[m], tokens[t], mics[i]};
    *count = n;
    return list;
}

static void test_out_of_order(void)
{
    size_t count;
    const struct neg_token_resp *list = forgeries(&count);
    CHECK(count == 225);
    for (int legs = 1; legs <= 4; legs++)
        for (int before = 0; before < 5; before++)
            for (size_t i = 0; i < count; i++) {
                struct pair p;
                pair_init(&p);
                p.c[1].legs = p.s[1].legs = legs;
                p.c[1].wants_mic = p.s[1].wants_mic = true;
                pair_open(&p, "1", "1");
                for (int n = 0; n < before; n++)
                    if (status_failed(n % 2 ? pair_server(&p) : pair_client(&p)))
                        break;
                if (before % 2) {
                    bool was = p.server_status == ST_OK;
                    put_resp(&p.to_server, list[i]);
                    CHECK(pair_server(&p) != ST_OK && !(was && p.server_status != ST_BAD_STATE));
                    CHECK(was || !spnego_can_protect(p.server));
                } else {
                    bool was = p.client_status == ST_OK;
                    put_resp(&p.to_client, list[i]);
                    CHECK(pair_client(&p) != ST_OK && !(was && p.client_status != ST_BAD_STATE));
                }
                pair_close(&p);
            }
}

/* Messages of the wrong kind, at every moment. */
static void test_wrong_kind(void)
{
    struct blob init = {0};
    put_init(&init, &spnego_oid_ntlm, 1, BYTES_LITERAL("F\1\1"));
    const struct bytes junk[] = {blob_view(&init), bytes_of(NULL, 0), BYTES_LITERAL("NTLMSSP"),
            bytes_of("NTLMSSP\0\2\0\0\0", 12), BYTES_LITERAL("\x30\x00"), BYTES_LITERAL("\xA1"),
            BYTES_LITERAL("\x60\x0D\x06\x09\x2A\x86\x48\x86\xF7\x12\x01\x02\x02\x01\x00")};
    for (int before = 1; before < 4; before++)
        for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
            struct pair p;
            pair_init(&p);
            pair_open(&p, "1", "1");
            for (int n = 0; n < before; n++)
                CHECK(!status_failed(n % 2 ? pair_server(&p) : pair_client(&p)));
            struct spnego_context *c = before % 2 ? p.client : p.server;
            CHECK_STATUS(step_to_blob(c, junk[i], &p.to_client), ST_BAD_TOKEN);
            CHECK(!p.to_client.size);
            CHECK_STATUS(step_to_blob(c, junk[i], &p.to_client), ST_BAD_STATE);
            pair_close(&p);
        }
    blob_free(&init);
}

/* accept-completed that comes too early, in both directions. */
static void test_early(void)
{
    struct pair p;
    const struct bytes replies[] = {{0}, BYTES_LITERAL("F\1\2")};
    for (size_t i = 0; i < 2; i++) {
        pair_init(&p);
        pair_open(&p, "1", "1");
        CHECK_STATUS(pair_client(&p), ST_CONTINUE);
        put_resp(&p.to_client,
                (struct neg_token_resp){NEG_ACCEPT_COMPLETED, spnego_oid_ntlm, replies[i], {0}});
        CHECK_STATUS(pair_client(&p), ST_BAD_TOKEN);
        CHECK(!p.to_server.size);
        pair_close(&p);
    }
    /* Five legs: the client's second token is not its last, whatever it says. */
    pair_init(&p);
    p.c[1].legs = p.s[1].legs = 5;
    pair_open(&p, "1", "1");
    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    CHECK_STATUS(pair_server(&p), ST_CONTINUE);
    put_resp(&p.to_server,
            (struct neg_token_resp){NEG_ACCEPT_COMPLETED, {0}, BYTES_LITERAL("F\1\3"), {0}});
    CHECK_STATUS(pair_server(&p), ST_BAD_TOKEN);
    CHECK(!p.to_client.size);
    pair_close(&p);
}

/* A client that was asked for a MIC, or whose mechanism wants one, and leaves it out. */
static void test_client_without_mic(void)
{
    for (int asked = 0; asked < 2; asked++)
        for (int brings = 0; brings < 3; brings++) {
            struct pair p;
            uint8_t mic[9];
            pair_init(&p);
            p.s[1].wants_mic = !asked;
            pair_open(&p, asked ? "10" : "1", asked ? "01" : "1");
            CHECK_STATUS(pair_client(&p), ST_CONTINUE);
            struct neg_token_init init;
            CHECK_STATUS(neg_token_init_read(blob_view(&p.to_server), &init), ST_OK);
            fake_signature(mic, 1, true, 0, 0, init.mech_types);
            CHECK_STATUS(pair_server(&p), ST_CONTINUE);
            CHECK(get_resp(&p.to_client).neg_state ==
                    (asked ? NEG_REQUEST_MIC : NEG_ACCEPT_INCOMPLETE));
            put_resp(&p.to_server,
                    (struct neg_token_resp){NEG_STATE_ABSENT, {0}, BYTES_LITERAL("F\1\3"), {0}});
            if (asked) {
                CHECK_STATUS(pair_server(&p), ST_BAD_SIGNATURE);
                CHECK(get_resp(&p.to_client).neg_state == NEG_REJECT);
                pair_close(&p);
                continue;
            }
            CHECK_STATUS(pair_server(&p), ST_CONTINUE);
            CHECK(get_resp(&p.to_client).neg_state == NEG_ACCEPT_INCOMPLETE);
            CHECK(get_resp(&p.to_client).mech_list_mic.size == 9 && !spnego_can_protect(p.server));
            mic[8] ^= brings == 1;
            put_resp(&p.to_server, (struct neg_token_resp){NEG_ACCEPT_INCOMPLETE,
                                           .mech_list_mic = bytes_of(mic, brings ? 9 : 0)});
            CHECK_STATUS(pair_server(&p), brings == 2 ? ST_OK : ST_BAD_SIGNATURE);
            CHECK(get_resp(&p.to_client).neg_state ==
                    (brings == 2 ? NEG_ACCEPT_COMPLETED : NEG_REJECT));
            pair_close(&p);
        }
}

/* Nobody is excused (spnego_tolerance, NTLM alone) whose first mechanism was passed over, here for want of a
 * credential: that somebody in the middle took another out of the list, the MIC alone would show. */
static void test_passed_over_without_mic(void)
{
    struct pair p;
    pair_init(&p);
    p.s[2].fail_at = 1;
    p.s[2].fail_with = ST_NO_CREDENTIALS;
    pair_open(&p, "21", "021");
    for (int n = 0; n < 4; n++)
        CHECK_STATUS(n % 2 ? pair_server(&p) : pair_client(&p), ST_CONTINUE);
    CHECK(spnego_chosen(p.server) == 2 && p.s[2].steps == 1); /* NTLM, the third of the server's */
    put_resp(&p.to_server, (struct neg_token_resp){NEG_STATE_ABSENT, {0}, BYTES_LITERAL("F\1\3"), {0}});
    CHECK_STATUS(pair_server(&p), ST_BAD_SIGNATURE);
    pair_close(&p);
}

/* A server that got the client's MIC and keeps its own, or gives a wrong one. */
static void test_server_without_mic(void)
{
    static const enum neg_state states[] = {
            NEG_ACCEPT_COMPLETED, NEG_ACCEPT_INCOMPLETE, NEG_STATE_ABSENT};
    for (size_t i = 0; i < 3; i++)
        for (int with = 0; with < 2; with++) {
            struct pair p;
            pair_init(&p);
            p.c[1].wants_mic = true;
            pair_open(&p, "1", "1");
            CHECK_STATUS(pair_client(&p), ST_CONTINUE);
            CHECK_STATUS(pair_server(&p), ST_CONTINUE);
            CHECK_STATUS(pair_client(&p), ST_CONTINUE);
            put_resp(&p.to_client, (struct neg_token_resp){states[i],
                                           .mech_list_mic = bytes_of("MMMMMMMMM", with ? 9 : 0)});
            enum status want = i == 1 && with ? ST_BAD_TOKEN : ST_BAD_SIGNATURE;
            CHECK_STATUS(pair_client(&p), want);
            CHECK(!spnego_can_protect(p.client));
            pair_close(&p);
        }
}

/* A MIC made with another sequence number: whatever the mechanism calls it, it is a bad signature.
 */
static void test_mic_sequence(void)
{
    struct pair p;
    pair_init(&p);
    p.c[1].wants_mic = p.s[1].wants_mic = true;
    p.c[1].seq_out = 1;
    pair_open(&p, "1", "1");
    pair_run(&p);
    CHECK_STATUS(p.server_status, ST_BAD_SIGNATURE);
    pair_close(&p);
}

/* A token for a mechanism that is complete, beside a MIC that is good: refused on both sides, and
 * the mechanism does not see it. */
static void test_token_too_many(void)
{
    struct pair p;
    for (int extra = 0; extra < 2; extra++) {
        struct bytes token = extra ? BYTES_LITERAL("F\1\4") : bytes_of(NULL, 0);
        pair_init(&p);
        p.c[1].wants_mic = p.s[1].wants_mic = true;
        pair_open(&p, "1", "1");
        for (int n = 0; n < 4; n++)
            CHECK(!status_failed(n % 2 ? pair_server(&p) : pair_client(&p)));
        struct blob copy = {0};
        CHECK_STATUS(blob_set(&copy, blob_view(&p.to_client)), ST_OK);
        struct neg_token_resp resp = get_resp(&copy);
        resp.response_token = token;
        put_resp(&p.to_client, resp);
        CHECK_STATUS(pair_client(&p), extra ? ST_BAD_TOKEN : ST_OK);
        CHECK(p.c[1].steps == 2);
        blob_free(&copy);
        pair_close(&p);

        /* The server begins with its MIC; the client's is good. */
        uint8_t mic[9];
        struct neg_token_init init;
        pair_init(&p);
        p.s[1].wants_mic = true;
        pair_open(&p, "1", "1");
        CHECK_STATUS(pair_client(&p), ST_CONTINUE);
        CHECK_STATUS(neg_token_init_read(blob_view(&p.to_server), &init), ST_OK);
        fake_signature(mic, 1, true, 0, 0, init.mech_types);
        for (int n = 1; n < 4; n++)
            CHECK(!status_failed(n % 2 ? pair_server(&p) : pair_client(&p)));
        put_resp(&p.to_server, (struct neg_token_resp){NEG_ACCEPT_INCOMPLETE,
                                       .response_token = token, .mech_list_mic = bytes_of(mic, 9)});
        CHECK_STATUS(pair_server(&p), extra ? ST_BAD_TOKEN : ST_OK);
        pair_close(&p);
    }
}

/* A message without a token for a mechanism that waits for one: it is not even asked. */
static void test_token_missing(void)
{
    struct pair p;
    for (int who = 0; who < 2; who++) {
        pair_init(&p);
        pair_open(&p, "1", "1");
        for (int n = 0; n < 1 + who; n++)
            CHECK(!status_failed(n % 2 ? pair_server(&p) : pair_client(&p)));
        put_resp(who ? &p.to_server : &p.to_client,
                (struct neg_token_resp){.neg_state = NEG_ACCEPT_INCOMPLETE});
        CHECK_STATUS(who ? pair_server(&p) : pair_client(&p), ST_BAD_TOKEN);
        CHECK(who ? p.s[1].steps == 1 : p.c[1].steps == 1);
        pair_close(&p);
    }
}

/* A client's mechListMIC before there is anything to make it with. */
static void test_mic_too_early(void)
{
    struct pair p;
    pair_init(&p);
    p.c[1].legs = p.s[1].legs = 5;
    pair_open(&p, "1", "1");
    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    CHECK_STATUS(pair_server(&p), ST_CONTINUE);
    put_resp(&p.to_server,
            (struct neg_token_resp){NEG_ACCEPT_INCOMPLETE, .response_token = BYTES_LITERAL("F\1\3"),
                    .mech_list_mic = BYTES_LITERAL("M")});
    CHECK_STATUS(pair_server(&p), ST_BAD_TOKEN);
    pair_close(&p);

    /* In NegTokenInit: with the token of a mechanism that has more legs, and with an ignored token.
     */
    for (int i = 0; i < 2; i++) {
        const struct bytes oids[] = {spnego_oid_krb5, spnego_oid_ntlm};
        struct blob list = {0};
        pair_init(&p);
        pair_open(&p, "1", "1");
        CHECK_STATUS(list_to_blob(oids + 1 - i, (size_t)i + 1, &list), ST_OK);
        struct neg_token_init init = {blob_view(&list), BYTES_LITERAL("F\1\1"), BYTES_LITERAL("M")};
        CHECK_STATUS(init_to_blob(&init, &p.to_server), ST_OK);
        CHECK_STATUS(pair_server(&p), ST_BAD_TOKEN);
        blob_free(&list);
        pair_close(&p);
    }
}

/* The server passes the first mechanism over: it has had no token of the one that it chooses, and so has nothing to
 * say for it yet (RFC 4178 5). */
static void test_chosen_and_ahead(void)
{
    const struct neg_token_resp replies[] = {
            {NEG_REQUEST_MIC, spnego_oid_ntlm, BYTES_LITERAL("F\1\2"), {0}},
            {NEG_REQUEST_MIC, spnego_oid_ntlm, {0}, BYTES_LITERAL("M")},
            {NEG_ACCEPT_INCOMPLETE, spnego_oid_ntlm, {0}, BYTES_LITERAL("M")},
            {NEG_ACCEPT_COMPLETED, spnego_oid_ntlm, {0}, {0}},
    };
    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        struct pair p;
        pair_init(&p);
        pair_open(&p, "01", "1");
        CHECK_STATUS(pair_client(&p), ST_CONTINUE);
        put_resp(&p.to_client, replies[i]);
        CHECK_STATUS(pair_client(&p), ST_BAD_TOKEN);
        CHECK(!p.to_server.size && !p.c[1].steps);
        pair_close(&p);
    }
}

/* A mechanism whose cipher state is not put back is noticed by the helper that says so. */
static void test_helper(void)
{
    struct pair p;
    pair_init(&p);
    p.c[1].wants_mic = p.s[1].wants_mic = p.c[1].no_reset = true;
    pair_open(&p, "1", "1");
    pair_run(&p);
    CHECK(p.client_status == ST_OK && p.server_status == ST_OK && !pair_agrees(&p, 1, true));
    pair_close(&p);
}

/* What no mechanism may answer when it is to sign: nothing, more than there is room for, or that it goes on. */
static enum status sign_oddly(void *self, struct bytes data, struct spnego_mic *mic)
{
    struct fake *f = self;
    (void)data;
    mic->size = f->key == 1 ? 0 : f->key == 2 ? SPNEGO_MIC_MAX + 1 : SIZE_MAX;
    return f->key == 3 ? ST_CONTINUE : ST_OK;
}

static void test_odd_signatures(void)
{
    struct spnego_functions odd = fake_functions;
    odd.get_mic = sign_oddly;
    for (uint8_t key = 1; key <= 3; key++) {
        struct pair p;
        struct spnego_mech mech;
        pair_init(&p);
        p.c[1].wants_mic = p.s[1].wants_mic = true;
        p.c[1].key = key;
        pair_open(&p, "1", "1");
        engine_free(p.client);
        mech = fake_mech(spnego_oid_ntlm, &p.c[1]);
        mech.functions = &odd;
        CHECK_STATUS(client_new(&mech, 1, false, &p.client), ST_OK);
        pair_run(&p);
        CHECK(p.client_status == ST_INTERNAL && !p.to_server.size && !p.c[1].resets_out);
        CHECK(p.server_status == ST_CONTINUE && !spnego_can_protect(p.client));
        pair_close(&p);
    }
}

/* Each allocation of a whole exchange fails once. */
static void no_memory(const char *client, const char *server, int legs)
{
    for (long n = 0;; n++) {
        struct pair p;
        struct spnego_mech mechs[8];
        pair_init(&p);
        p.c[1].wants_mic = p.s[1].wants_mic = true;
        p.c[1].legs = p.s[1].legs = legs;
        mem_fail_after(n);
        enum status made =
                client_new(mechs, fake_list(p.c, client, mechs), false, &p.client);
        if (made == ST_OK)
            made = server_new(mechs, fake_list(p.s, server, mechs), &p.server);
        p.client_status = p.server_status = ST_CONTINUE;
        if (made == ST_OK) {
            pair_server(&p); /* with the hint, so that all messages are made */
            if (p.server_status == ST_CONTINUE)
                pair_run(&p);
        }
        if (mem_fail_after(-1) >= 0) {
            CHECK(made == ST_OK && p.client_status == ST_OK && p.server_status == ST_OK);
            CHECK(n >= 5); /* the contexts, and the messages that have no room */
            pair_close(&p);
            return;
        }
        CHECK(made == ST_NO_MEMORY || p.client_status == ST_NO_MEMORY ||
                p.server_status == ST_NO_MEMORY);
        pair_close(&p);
    }
}

int main(void)
{
    test_downgrade();
    test_list_edited();
    test_list_as_received();
    test_spoilt_exchange();
    test_out_of_order();
    test_wrong_kind();
    test_early();
    test_client_without_mic();
    test_passed_over_without_mic();
    test_server_without_mic();
    test_mic_sequence();
    test_token_too_many();
    test_token_missing();
    test_mic_too_early();
    test_chosen_and_ahead();
    test_helper();
    test_odd_signatures();
    no_memory("1", "1", 3);
    no_memory("21", "01", 3);
    no_memory("21", "12", 4);
    no_memory("01201201", "01201201", 3); /* lists that have no room in the contexts */
    return unit_end("spnego_attack");
}
