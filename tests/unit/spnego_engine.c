/* Client against server, with mechanisms of the test: every order in which RFC 4178 section 5 lets
 * a negotiation end, and what the accessors say on the way. */
#include "spnego_fake.h"
#include "spnego/neg_token.h"

static struct neg_token_resp resp_of(const struct blob *token)
{
    struct neg_token_resp resp = {0};
    CHECK_STATUS(neg_token_resp_read(blob_view(token), &resp), ST_OK);
    return resp;
}

/* NTLM alone, with a MIC: the way of every login against Windows. */
static void test_ntlm_with_mic(void)
{
    struct pair p;
    pair_init(&p);
    p.c[1].wants_mic = p.s[1].wants_mic = true;
    pair_open(&p, "1", "1");
    CHECK(spnego_chosen(p.client) == -1 && spnego_progress(p.client) == SPNEGO_OPTIMISTIC);

    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    struct neg_token_init init = {0};
    CHECK_STATUS(neg_token_init_read(blob_view(&p.to_server), &init), ST_OK);
    CHECK_BYTES(init.mech_token, BYTES_LITERAL("F\1\1"));
    CHECK(spnego_chosen(p.client) == 0 && spnego_progress(p.client) == SPNEGO_OPTIMISTIC);

    CHECK_STATUS(pair_server(&p), ST_CONTINUE);
    struct neg_token_resp resp = resp_of(&p.to_client);
    CHECK(resp.neg_state == NEG_ACCEPT_INCOMPLETE);
    CHECK_BYTES(resp.supported_mech, spnego_oid_ntlm);
    CHECK_BYTES(resp.response_token, BYTES_LITERAL("F\1\2"));
    CHECK(!resp.mech_list_mic.size);
    CHECK(spnego_progress(p.server) == SPNEGO_IN_PROGRESS && !spnego_can_protect(p.server));

    CHECK(!spnego_can_protect(p.client));
    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    resp = resp_of(&p.to_server);
    CHECK(resp.neg_state == NEG_ACCEPT_INCOMPLETE && !resp.supported_mech.size);
    CHECK_BYTES(resp.response_token, BYTES_LITERAL("F\1\3"));
    CHECK(resp.mech_list_mic.size == 9);
    /* CredSSP may seal now; the other direction has not been touched. */
    CHECK(spnego_can_protect(p.client) && spnego_progress(p.client) == SPNEGO_IN_PROGRESS);
    CHECK(p.c[1].resets_out == 1 && p.c[1].resets_in == 0);
    p.c[1].pos_out = 7; /* messages sealed meanwhile */

    CHECK_STATUS(pair_server(&p), ST_OK);
    resp = resp_of(&p.to_client);
    CHECK(resp.neg_state == NEG_ACCEPT_COMPLETED && !resp.supported_mech.size);
    CHECK(!resp.response_token.size && resp.mech_list_mic.size == 9);
    CHECK(spnego_can_protect(p.server));

    CHECK_STATUS(pair_client(&p), ST_OK);
    CHECK(!p.to_server.size);
    CHECK(p.c[1].pos_out == 7);
    p.c[1].pos_out = 0;
    CHECK(pair_agrees(&p, 1, true));
    CHECK_STATUS(pair_client(&p), ST_BAD_STATE);
    CHECK_STATUS(pair_server(&p), ST_BAD_STATE);
    CHECK(spnego_can_protect(p.client));
    pair_close(&p);
}

/* No MIC: accept-completed ends it, nothing is reset, sealing waits for the end. */
static void test_ntlm_without_mic(void)
{
    struct pair p;
    pair_init(&p);
    pair_open(&p, "1", "1");
    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    CHECK_STATUS(pair_server(&p), ST_CONTINUE);
    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    CHECK(!spnego_can_protect(p.client));
    CHECK_STATUS(pair_server(&p), ST_OK);
    struct neg_token_resp resp = resp_of(&p.to_client);
    CHECK(resp.neg_state == NEG_ACCEPT_COMPLETED && !resp.mech_list_mic.size);
    CHECK_STATUS(pair_client(&p), ST_OK);
    CHECK(pair_agrees(&p, 1, false));
    pair_close(&p);
}

/* What is negotiated for each pair of lists, and whether a MIC must follow. */
static void test_choices(void)
{
    static const struct {
        const char *client, *server;
        size_t chosen;
        bool mic;
    } cases[] = {
            {"0", "0", 0, false},
            {"1", "1", 1, false},
            {"01", "01", 0, false},
            {"01", "0", 0, false},
            {"01", "1", 1, true},
            {"01", "10", 0, true},
            {"10", "01", 1, true},
            {"1", "01", 1, true},
            {"12", "01", 1, true},
            {"120", "01", 1, true},
            {"210", "01", 1, true},
            {"021", "1", 1, true},
            {"2", "2", 2, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (int legs = 1; legs <= 6; legs++) {
            struct pair p;
            pair_init(&p);
            p.c[cases[i].chosen].legs = p.s[cases[i].chosen].legs = legs;
            pair_open(&p, cases[i].client, cases[i].server);
            int tokens = pair_run(&p);
            bool ok = pair_agrees(&p, cases[i].chosen, cases[i].mic) && tokens < 12;
            if (!ok)
                printf("case %zu, %d legs, %d tokens: %s, %s\n", i, legs, tokens,
                        status_name(p.client_status), status_name(p.server_status));
            CHECK(ok);
            pair_close(&p);
        }
}

/* The same with mechanisms that want the MIC on one side or both. */
static void test_wishes(void)
{
    for (int legs = 1; legs <= 6; legs++)
        for (int wish = 1; wish < 4; wish++) {
            struct pair p;
            pair_init(&p);
            p.c[1].legs = p.s[1].legs = legs;
            p.c[1].wants_mic = wish & 1;
            p.s[1].wants_mic = wish & 2;
            pair_open(&p, "1", "1");
            pair_run(&p);
            /* RFC 4178 section 5 b) IV: where the server sends the last token, only it can begin;
             * one that does not want to, leaves a client that does unsatisfied. So with a single
             * token. */
            if (wish == 1 && (legs == 1 || legs % 2 == 0))
                CHECK(p.client_status == ST_BAD_SIGNATURE);
            else
                CHECK(pair_agrees(&p, 1, true));
            pair_close(&p);
        }
}

/* Without integrity nothing is demanded: "if per-message integrity services are available" (RFC
 * 4178 section 5). But a client that would rather have had another mechanism goes no further: all
 * that could show that nobody made it so is missing. */
static void test_no_integrity(void)
{
    static const struct {
        const char *client, *server;
        enum status status;
    } cases[] = {{"1", "1", ST_OK}, {"1", "01", ST_OK}, {"01", "1", ST_DOWNGRADE},
            {"21", "01", ST_DOWNGRADE}, {"01", "01", ST_OK}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (int legs = 1; legs <= 4; legs++) {
            struct pair p;
            pair_init(&p);
            p.c[1].legs = p.s[1].legs = legs;
            p.c[1].no_integrity = p.s[1].no_integrity = true;
            p.c[1].wants_mic = p.s[1].wants_mic = true;
            pair_open(&p, cases[i].client, cases[i].server);
            pair_run(&p);
            CHECK_STATUS(p.client_status, cases[i].status);
            if (cases[i].status == ST_OK)
                CHECK(pair_agrees(&p, i == 4 ? 0 : 1, false));
            else
                CHECK(!p.to_server.size && !spnego_can_protect(p.client));
            pair_close(&p);
        }
}

/* A server that says who it is first. Its list is not protected ([MS-SPNG] 3.2.5.2 has it before
 * any context exists), so it takes nothing out of what the client offers; it is told when there is
 * nothing in common. */
static void test_server_first(void)
{
    struct pair p;
    pair_init(&p);
    pair_open(&p, "21", "01");
    CHECK_STATUS(pair_server(&p), ST_CONTINUE);
    struct neg_token_init2 hint = {0};
    CHECK_STATUS(neg_token_init2_read(blob_view(&p.to_client), &hint), ST_OK);
    CHECK_BYTES(hint.hint_name, BYTES_LITERAL("not_defined_in_RFC4178@please_ignore"));
    CHECK(!hint.mech_token.size && !hint.mech_list_mic.size);
    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    struct neg_token_init init = {0};
    CHECK_STATUS(neg_token_init_read(blob_view(&p.to_server), &init), ST_OK);
    struct reader list = mech_type_list_open(init.mech_types);
    CHECK_BYTES(der_get(&list, DER_OID), spnego_oid_negoex);
    CHECK_BYTES(der_get(&list, DER_OID), spnego_oid_ntlm);
    CHECK(reader_done(&list));
    CHECK_BYTES(init.mech_token, BYTES_LITERAL("F\2\1"));
    CHECK_STATUS(pair_server(&p), ST_CONTINUE);
    CHECK(resp_of(&p.to_client).neg_state == NEG_REQUEST_MIC);
    pair_run(&p);
    CHECK(pair_agrees(&p, 1, true));
    pair_close(&p);

    pair_init(&p);
    pair_open(&p, "2", "01");
    CHECK_STATUS(pair_server(&p), ST_CONTINUE);
    CHECK_STATUS(pair_client(&p), ST_NO_COMMON_ALGORITHM);
    CHECK_STATUS(pair_client(&p), ST_BAD_STATE);
    pair_close(&p);

    pair_init(&p);
    pair_open(&p, "1", "1");
    CHECK_STATUS(pair_server(&p), ST_CONTINUE);
    blob_free(&p.to_client);
    CHECK_STATUS(pair_server(&p), ST_BAD_TOKEN); /* the hint goes out once */
    pair_close(&p);
}

static void test_raw(void)
{
    struct pair p;
    struct spnego_mech mechs[8];
    struct blob out = {0};
    pair_init(&p);
    CHECK_STATUS(client_new(mechs, fake_list(p.c, "1", mechs), true, &p.client), ST_OK);
    CHECK_STATUS(step_to_blob(p.client, bytes_of(NULL, 0), &out), ST_CONTINUE);
    CHECK_BYTES(blob_view(&out), BYTES_LITERAL("F\1\1"));
    CHECK(spnego_progress(p.client) == SPNEGO_DIRECT && !spnego_can_protect(p.client));
    CHECK_STATUS(step_to_blob(p.client, BYTES_LITERAL("F\1\2"), &out), ST_OK);
    CHECK_BYTES(blob_view(&out), BYTES_LITERAL("F\1\3"));
    CHECK(spnego_progress(p.client) == SPNEGO_COMPLETE && spnego_can_protect(p.client));
    CHECK(p.c[1].mics_made == 0 && p.c[1].resets_out == 0);
    pair_close(&p);

    /* Two mechanisms: SPNEGO. A first one that can not begin leaves one: raw. */
    for (int fails = 0; fails < 2; fails++) {
        pair_init(&p);
        p.c[0].fail_at = fails;
        p.c[0].fail_with = ST_NO_CREDENTIALS;
        CHECK_STATUS(client_new(mechs, fake_list(p.c, "01", mechs), true, &p.client), ST_OK);
        CHECK_STATUS(step_to_blob(p.client, bytes_of(NULL, 0), &out), ST_CONTINUE);
        CHECK(spnego_progress(p.client) == (fails ? SPNEGO_DIRECT : SPNEGO_OPTIMISTIC));
        CHECK(spnego_chosen(p.client) == fails);
        pair_close(&p);
    }

    /* A server that spoke first speaks SPNEGO. */
    pair_init(&p);
    CHECK_STATUS(client_new(mechs, fake_list(p.c, "1", mechs), true, &p.client), ST_OK);
    CHECK_STATUS(server_new(mechs, fake_list(p.s, "1", mechs), &p.server), ST_OK);
    CHECK_STATUS(pair_server(&p), ST_CONTINUE);
    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    CHECK(spnego_progress(p.client) == SPNEGO_OPTIMISTIC && p.to_server.data[0] == 0x60);
    p.server_status = ST_CONTINUE;
    CHECK_STATUS(pair_server(&p), ST_CONTINUE);
    pair_run(&p);
    CHECK(pair_agrees(&p, 1, false));
    pair_close(&p);

    /* An answer in SPNEGO is the mechanism's to refuse. */
    pair_init(&p);
    CHECK_STATUS(client_new(mechs, fake_list(p.c, "1", mechs), true, &p.client), ST_OK);
    CHECK_STATUS(step_to_blob(p.client, bytes_of(NULL, 0), &out), ST_CONTINUE);
    CHECK_STATUS(step_to_blob(p.client, BYTES_LITERAL("\xA1\x07\x30\x05\xA0\x03\x0A\x01\x00"), &out),
            ST_BAD_TOKEN);
    pair_close(&p);
    blob_free(&out);
}

/* A token that any server must pass on: the fake's own check is replaced by this recorder. */
static enum status record_step(void *self, struct bytes in, struct bytes *out)
{
    (void)out;
    return blob_set(self, in) == ST_OK ? ST_OK : ST_NO_MEMORY;
}

static void test_raw_server(void)
{
    struct spnego_functions recording = fake_functions;
    recording.step = record_step;
    static const uint8_t krb5[] = {
            0x60, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 2, 1, 0};
    static const uint8_t ms_krb5[] = {
            0x60, 13, 6, 9, 0x2A, 0x86, 0x48, 0x82, 0xF7, 0x12, 1, 2, 2, 1, 0};
    static const uint8_t other[] = {0x60, 6, 6, 2, 0x2A, 3, 1, 0};
    const struct {
        struct bytes token;
        const char *mechs;
        enum status status;
        int chosen;
    } cases[] = {
            {bytes_of("NTLMSSP\0\1\0\0\0", 12), "01", ST_OK, 1},
            {bytes_of("NTLMSSP\0\1\0\0\0", 12), "0", ST_BAD_TOKEN, -1},
            {BYTES_LITERAL("NTLMSSP"), "01", ST_BAD_TOKEN, -1},
            {bytes_of(krb5, sizeof(krb5)), "01", ST_OK, 0},
            {bytes_of(ms_krb5, sizeof(ms_krb5)), "10", ST_OK, 1},
            {bytes_of(krb5, sizeof(krb5)), "1", ST_BAD_TOKEN, -1},
            {bytes_of(krb5, sizeof(krb5) - 1), "01", ST_BAD_TOKEN, -1},
            {bytes_of(other, sizeof(other)), "01", ST_BAD_TOKEN, -1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fake fakes[3] = {0};
        struct spnego_mech mechs[8];
        struct spnego_context *server = NULL;
        struct blob seen = {0}, out = {0};
        size_t n = fake_list(fakes, cases[i].mechs, mechs);
        for (size_t k = 0; k < n; k++) {
            mechs[k].functions = &recording;
            mechs[k].self = &seen;
        }
        CHECK_STATUS(server_new(mechs, n, &server), ST_OK);
        CHECK_STATUS(step_to_blob(server, cases[i].token, &out), cases[i].status);
        CHECK(spnego_chosen(server) == cases[i].chosen);
        CHECK(!out.size); /* no SPNEGO for a peer that speaks none */
        if (cases[i].status == ST_OK)
            CHECK_BYTES(blob_view(&seen), cases[i].token);
        engine_free(server);
        blob_free(&seen);
        blob_free(&out);
    }
}

/* A mechanism that can not begin is not offered, whatever its other name. */
static void test_cannot_begin(void)
{
    struct pair p;
    struct spnego_mech mechs[3];
    struct blob out = {0};
    pair_init(&p);
    p.c[0].fail_at = 1;
    p.c[0].fail_with = ST_NO_AUTHORITY;
    mechs[0] = fake_mech(spnego_oid_ms_krb5, &p.c[0]);
    mechs[1] = fake_mech(spnego_oid_krb5, &p.c[0]);
    mechs[2] = fake_mech(spnego_oid_ntlm, &p.c[1]);
    CHECK_STATUS(client_new(mechs, 3, false, &p.client), ST_OK);
    CHECK_STATUS(step_to_blob(p.client, bytes_of(NULL, 0), &out), ST_CONTINUE);
    struct neg_token_init init = {0};
    CHECK_STATUS(neg_token_init_read(blob_view(&out), &init), ST_OK);
    struct reader list = mech_type_list_open(init.mech_types);
    CHECK_BYTES(der_get(&list, DER_OID), spnego_oid_ntlm);
    CHECK(reader_done(&list));
    CHECK(spnego_chosen(p.client) == 2 && p.c[0].steps == 1);
    pair_close(&p);

    /* The last one's status is the caller's; a lack of memory ends it at once, and so does a password that
     * somebody called wrong: it is not shown to another. */
    static const enum status fatal[] = {ST_NO_MEMORY, ST_NO_RANDOM, ST_INTERNAL, ST_LOGON_DENIED};
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) {
        pair_init(&p);
        p.c[0].fail_at = p.c[1].fail_at = 1;
        p.c[0].fail_with = fatal[i];
        p.c[1].fail_with = ST_NO_CREDENTIALS;
        pair_open(&p, i ? "01" : "01", "01");
        CHECK_STATUS(pair_client(&p), fatal[i]);
        CHECK(p.c[1].steps == 0);
        pair_close(&p);
    }
    pair_init(&p);
    p.c[0].fail_at = p.c[1].fail_at = 1;
    p.c[0].fail_with = ST_NO_AUTHORITY;
    p.c[1].fail_with = ST_NO_CREDENTIALS;
    pair_open(&p, "01", "01");
    CHECK_STATUS(pair_client(&p), ST_NO_CREDENTIALS);
    CHECK_STATUS(pair_client(&p), ST_BAD_STATE);
    pair_close(&p);
    blob_free(&out);
}

/* A server without a credential for the client's first mechanism takes another, and the MIC; whatever
 * else it says of the first one's token ends the negotiation. RFC 4178 4.2.2 and 5. */
static void test_server_without_credential(void)
{
    static const enum status final[] = {ST_INTERNAL, ST_BAD_TOKEN, ST_LOGON_DENIED};
    struct pair p;
    pair_init(&p);
    p.s[0].fail_at = 1;
    p.s[0].fail_with = ST_NO_CREDENTIALS;
    pair_open(&p, "01", "01");
    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    CHECK_STATUS(pair_server(&p), ST_CONTINUE);
    struct neg_token_resp resp = resp_of(&p.to_client);
    CHECK(resp.neg_state == NEG_REQUEST_MIC && !resp.response_token.size);
    CHECK_BYTES(resp.supported_mech, spnego_oid_ntlm);
    pair_run(&p);
    CHECK(pair_agrees(&p, 1, true));
    CHECK(spnego_chosen(p.server) == 1 && p.s[0].steps == 1);
    pair_close(&p);

    /* Nothing else to take. */
    pair_init(&p);
    p.s[0].fail_at = 1;
    p.s[0].fail_with = ST_NO_CREDENTIALS;
    pair_open(&p, "0", "01");
    pair_run(&p);
    CHECK(p.server_status == ST_NO_CREDENTIALS);
    pair_close(&p);

    for (size_t i = 0; i < sizeof(final) / sizeof(final[0]); i++) {
        pair_init(&p);
        p.s[0].fail_at = 1;
        p.s[0].fail_with = final[i];
        pair_open(&p, "01", "01");
        pair_run(&p);
        CHECK(p.server_status == final[i] && p.s[1].steps == 0);
        pair_close(&p);
    }
}

/* A mechanism's failure is passed on; the server tells the client, who learns no more than that. */
static void test_mech_failure(void)
{
    struct pair p;
    pair_init(&p);
    p.s[1].fail_at = 2;
    p.s[1].fail_with = ST_LOGON_DENIED;
    pair_open(&p, "1", "1");
    pair_run(&p);
    CHECK(p.server_status == ST_LOGON_DENIED);
    CHECK_BYTES(blob_view(&p.to_client), BYTES_LITERAL("\xA1\x07\x30\x05\xA0\x03\x0A\x01\x02"));
    CHECK_STATUS(pair_client(&p), ST_LOGON_DENIED);
    CHECK_STATUS(pair_client(&p), ST_BAD_STATE);
    CHECK(!spnego_can_protect(p.client) && !spnego_can_protect(p.server));
    pair_close(&p);

    pair_init(&p);
    p.c[1].fail_at = 2;
    p.c[1].fail_with = ST_PEER_UNSUPPORTED;
    pair_open(&p, "1", "1");
    pair_run(&p);
    CHECK(p.client_status == ST_PEER_UNSUPPORTED && !p.to_server.size);
    pair_close(&p);

    /* Out of memory the server says nothing. */
    pair_init(&p);
    p.s[1].fail_at = 2;
    p.s[1].fail_with = ST_NO_MEMORY;
    pair_open(&p, "1", "1");
    pair_run(&p);
    CHECK(p.server_status == ST_NO_MEMORY && !p.to_client.size);
    pair_close(&p);

    pair_init(&p);
    pair_open(&p, "2", "01");
    pair_run(&p);
    CHECK(p.server_status == ST_NO_COMMON_ALGORITHM);
    CHECK_STATUS(pair_client(&p), ST_NO_COMMON_ALGORITHM);
    pair_close(&p);
}

/* A raw token for which there is no room ends the login, the first as any other. */
static void test_raw_no_memory(void)
{
    for (int at = 0; at < 2; at++) {
        struct pair p;
        struct spnego_mech mechs[8];
        struct blob out = {0};
        pair_init(&p);
        CHECK_STATUS(client_new(mechs, fake_list(p.c, "1", mechs), true, &p.client), ST_OK);
        if (at)
            CHECK_STATUS(step_in_room(p.client, bytes_of(NULL, 0), &out, 0), ST_CONTINUE);
        mem_fail_after(0);
        CHECK_STATUS(step_in_room(p.client, at ? BYTES_LITERAL("F\1\2") : bytes_of(NULL, 0), &out, 0), ST_NO_MEMORY);
        CHECK(mem_fail_after(-1) < 0 && !out.size && !spnego_can_protect(p.client));
        CHECK_STATUS(step_to_blob(p.client, bytes_of(NULL, 0), &out), ST_BAD_STATE);
        blob_free(&out);
        pair_close(&p);
    }
}

static void test_arguments(void)
{
    struct fake f = {0};
    struct spnego_mech mechs[9];
    struct spnego_context c = {0};
    struct writer out = {0};
    for (size_t i = 0; i < 9; i++)
        mechs[i] = fake_mech(spnego_oid_ntlm, &f);
    CHECK_STATUS(spnego_client_init(&c, mechs, 0, false), ST_BAD_ARGUMENT);
    CHECK_STATUS(spnego_client_init(&c, NULL, 1, false), ST_BAD_ARGUMENT);
    CHECK_STATUS(spnego_client_init(NULL, mechs, 1, false), ST_BAD_ARGUMENT);
    CHECK_STATUS(spnego_client_init(&c, mechs, 9, false), ST_BAD_ARGUMENT);
    CHECK_STATUS(spnego_server_init(&c, mechs, 9), ST_BAD_ARGUMENT);
    struct spnego_functions no_mic = fake_functions;
    no_mic.get_mic = NULL;
    mechs[0].functions = &no_mic;
    CHECK_STATUS(spnego_server_init(&c, mechs, 1), ST_BAD_ARGUMENT);
    mechs[1].oid = bytes_of(NULL, 0);
    CHECK_STATUS(spnego_server_init(&c, mechs + 1, 1), ST_BAD_ARGUMENT);
    CHECK_STATUS(spnego_server_init(&c, mechs + 1, 8), ST_BAD_ARGUMENT);
    /* a zeroed one, as whatever has failed or been wiped */
    CHECK(all_zero(&c, sizeof(c)));
    CHECK_STATUS(spnego_step(&c, bytes_of(NULL, 0), &out), ST_BAD_STATE);
    CHECK(spnego_chosen(&c) == -1 && !spnego_can_protect(&c));
    CHECK_STATUS(spnego_server_init(&c, mechs + 2, 7), ST_OK);
    CHECK_STATUS(spnego_step(&c, bytes_of(NULL, 0), &out), ST_CONTINUE);
    spnego_end(&c);
    CHECK(all_zero(&c, sizeof(c)));
    spnego_end(&c);
    writer_free(&out);
}

int main(void)
{
    test_ntlm_with_mic();
    test_ntlm_without_mic();
    test_choices();
    test_wishes();
    test_no_integrity();
    test_server_first();
    test_raw();
    test_raw_server();
    test_cannot_begin();
    test_server_without_credential();
    test_mech_failure();
    test_raw_no_memory();
    test_arguments();
    return unit_end("spnego_engine");
}
