/* The tolerances, each with the peer it serves, and how far it goes. */
#include "spnego_fake.h"
#include "spnego/neg_token.h"

static struct neg_token_resp get_resp(const struct blob *from)
{
    struct neg_token_resp resp = {.neg_state = NEG_STATE_ABSENT};
    CHECK_STATUS(neg_token_resp_read(blob_view(from), &resp), ST_OK);
    return resp;
}

static void put_resp(struct blob *to, struct neg_token_resp resp)
{
    blob_free(to);
    CHECK_STATUS(resp_to_blob(&resp, to), ST_OK);
}

/* Windows offers Kerberos under both OIDs; RFC 4178 Appendix C. */
static void open_windows_like(struct pair *p, const char *server_list, bool ms_first)
{
    struct spnego_mech mechs[8];
    pair_init(p);
    mechs[0] = fake_mech(ms_first ? spnego_oid_ms_krb5 : spnego_oid_krb5, &p->c[0]);
    mechs[1] = fake_mech(ms_first ? spnego_oid_krb5 : spnego_oid_ms_krb5, &p->c[0]);
    mechs[2] = fake_mech(spnego_oid_ntlm, &p->c[1]);
    CHECK_STATUS(client_new(mechs, 3, false, &p->client), ST_OK);
    CHECK_STATUS(server_new(mechs, fake_list(p->s, server_list, mechs), &p->server), ST_OK);
    p->client_status = p->server_status = ST_CONTINUE;
}

static void test_kerberos_oids(void)
{
    for (int ms_first = 0; ms_first < 2; ms_first++) {
        struct pair p;
        /* Our server knows the RFC's OID only; it answers by the name that was offered. */
        open_windows_like(&p, "01", ms_first);
        CHECK_STATUS(pair_client(&p), ST_CONTINUE);
        CHECK_STATUS(pair_server(&p), ST_OK);
        CHECK_BYTES(get_resp(&p.to_client).supported_mech,
                ms_first ? spnego_oid_ms_krb5 : spnego_oid_krb5);
        CHECK_STATUS(pair_client(&p), ST_OK);
        CHECK(pair_agrees(&p, 0, false));
        pair_close(&p);

        /* A server that answers by the other name has taken the same optimistic token. */
        open_windows_like(&p, "01", ms_first);
        CHECK_STATUS(pair_client(&p), ST_CONTINUE);
        put_resp(&p.to_client, (struct neg_token_resp){NEG_ACCEPT_COMPLETED,
                                       ms_first ? spnego_oid_krb5 : spnego_oid_ms_krb5,
                                       BYTES_LITERAL("F\0\2"), {0}});
        CHECK_STATUS(pair_client(&p), ST_OK);
        CHECK(p.c[0].steps == 2);
        pair_close(&p);

        /* NTLM instead is another mechanism: MIC. */
        open_windows_like(&p, "1", ms_first);
        pair_run(&p);
        CHECK(pair_agrees(&p, 1, true));
        CHECK(spnego_chosen(p.client) == 2);
        pair_close(&p);
    }
    /* The client knows one name, the server answers with the other. */
    struct pair p;
    pair_init(&p);
    pair_open(&p, "01", "01");
    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    put_resp(&p.to_client, (struct neg_token_resp){NEG_ACCEPT_COMPLETED, spnego_oid_ms_krb5,
                                   BYTES_LITERAL("F\0\2"), {0}});
    CHECK_STATUS(pair_client(&p), ST_OK);
    pair_close(&p);
    /* Not so user-to-user: another mechanism that was not offered. */
    pair_init(&p);
    pair_open(&p, "01", "01");
    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    put_resp(&p.to_client, (struct neg_token_resp){NEG_ACCEPT_COMPLETED, spnego_oid_krb5_u2u,
                                   BYTES_LITERAL("F\0\2"), {0}});
    CHECK_STATUS(pair_client(&p), ST_BAD_TOKEN);
    pair_close(&p);
}

/* Servers that leave out supportedMech: the optimistic mechanism, with its token. */
static void test_no_supported_mech(void)
{
    static const struct {
        struct bytes token;
        enum status status;
    } cases[] = {{{(const uint8_t *)"F\1\2", 3}, ST_CONTINUE}, {{NULL, 0}, ST_BAD_TOKEN}};
    for (size_t i = 0; i < 2; i++) {
        struct pair p;
        pair_init(&p);
        pair_open(&p, "10", "1");
        CHECK_STATUS(pair_client(&p), ST_CONTINUE);
        put_resp(&p.to_client,
                (struct neg_token_resp){NEG_ACCEPT_INCOMPLETE, .response_token = cases[i].token});
        CHECK_STATUS(pair_client(&p), cases[i].status);
        pair_close(&p);
    }
    /* negState is required in the first reply; nobody is known to leave it out there. */
    struct pair p;
    pair_init(&p);
    pair_open(&p, "1", "1");
    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    put_resp(&p.to_client, (struct neg_token_resp){
                                   NEG_STATE_ABSENT, spnego_oid_ntlm, BYTES_LITERAL("F\1\2"), {0}});
    CHECK_STATUS(pair_client(&p), ST_BAD_TOKEN);
    pair_close(&p);
}

/* An optimistic token that the server has no use for is ignored: no answer to it, the client begins
 * anew with what was chosen. */
static void test_optimistic_ignored(void)
{
    struct pair p;
    pair_init(&p);
    pair_open(&p, "01", "1");
    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    CHECK(spnego_chosen(p.client) == 0);
    CHECK_STATUS(pair_server(&p), ST_CONTINUE);
    CHECK(p.s[1].steps == 0);
    struct neg_token_resp resp = get_resp(&p.to_client);
    CHECK(resp.neg_state == NEG_REQUEST_MIC && !resp.response_token.size);
    CHECK_BYTES(resp.supported_mech, spnego_oid_ntlm);
    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    CHECK(spnego_chosen(p.client) == 1 && p.c[0].steps == 1);
    CHECK_BYTES(get_resp(&p.to_server).response_token, BYTES_LITERAL("F\1\1"));
    CHECK_STATUS(pair_server(&p), ST_CONTINUE);
    pair_run(&p);
    CHECK(pair_agrees(&p, 1, true));
    pair_close(&p);

    /* Also when the ignored token was the only one its mechanism has. */
    pair_init(&p);
    p.c[0].legs = p.s[0].legs = 1;
    pair_open(&p, "01", "1");
    pair_run(&p);
    CHECK(pair_agrees(&p, 1, true));
    pair_close(&p);

    /* accept-incomplete instead of request-mic: the client demands the MIC all the same. A server
     * that answers for a mechanism whose token it never had is refused. */
    static const struct {
        struct neg_token_resp resp;
        enum status status;
    } cases[] = {
            {{NEG_ACCEPT_INCOMPLETE, .response_token = {0}}, ST_CONTINUE},
            {{NEG_ACCEPT_INCOMPLETE, .response_token = {(const uint8_t *)"F\1\2", 3}},
                    ST_BAD_TOKEN},
            {{NEG_ACCEPT_INCOMPLETE, .mech_list_mic = {(const uint8_t *)"M", 1}}, ST_BAD_TOKEN},
            {{NEG_ACCEPT_COMPLETED, .response_token = {0}}, ST_BAD_TOKEN},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct neg_token_resp reply = cases[i].resp;
        reply.supported_mech = spnego_oid_ntlm;
        pair_init(&p);
        pair_open(&p, "01", "1");
        CHECK_STATUS(pair_client(&p), ST_CONTINUE);
        put_resp(&p.to_client, reply);
        CHECK_STATUS(pair_client(&p), cases[i].status);
        CHECK(p.c[1].steps == (cases[i].status == ST_CONTINUE));
        if (cases[i].status == ST_CONTINUE) {
            put_resp(&p.to_client, (struct neg_token_resp){NEG_ACCEPT_INCOMPLETE,
                                           .response_token = BYTES_LITERAL("F\1\2")});
            CHECK_STATUS(pair_client(&p), ST_CONTINUE);
            CHECK(get_resp(&p.to_server).mech_list_mic.size == 9);
            put_resp(&p.to_client, (struct neg_token_resp){NEG_ACCEPT_COMPLETED});
            CHECK_STATUS(pair_client(&p), ST_BAD_SIGNATURE);
        }
        pair_close(&p);
    }
}

/* Older servers repeat responseToken as mechListMIC (pyspnego pull request 17). The copy is no MIC:
 * it neither harms nor satisfies. */
static void test_repeated_token(void)
{
    for (int wants = 0; wants < 2; wants++) {
        struct pair p;
        struct bytes token = BYTES_LITERAL("F\1\2");
        pair_init(&p);
        p.c[1].wants_mic = wants;
        pair_open(&p, "1", "1");
        CHECK_STATUS(pair_client(&p), ST_CONTINUE);
        put_resp(&p.to_client,
                (struct neg_token_resp){NEG_ACCEPT_INCOMPLETE, spnego_oid_ntlm, token, token});
        CHECK_STATUS(pair_client(&p), ST_CONTINUE);
        put_resp(&p.to_client, (struct neg_token_resp){NEG_ACCEPT_COMPLETED});
        CHECK_STATUS(pair_client(&p), wants ? ST_BAD_SIGNATURE : ST_OK);
        pair_close(&p);

        /* With the last token of the server. */
        pair_init(&p);
        p.c[0].wants_mic = wants;
        token = BYTES_LITERAL("F\0\2");
        pair_open(&p, "0", "0");
        CHECK_STATUS(pair_client(&p), ST_CONTINUE);
        put_resp(&p.to_client,
                (struct neg_token_resp){NEG_ACCEPT_COMPLETED, spnego_oid_krb5, token, token});
        CHECK_STATUS(pair_client(&p), wants ? ST_BAD_SIGNATURE : ST_OK);
        pair_close(&p);

        /* Another value before the mechanism is complete is refused. */
        pair_init(&p);
        pair_open(&p, "1", "1");
        CHECK_STATUS(pair_client(&p), ST_CONTINUE);
        put_resp(&p.to_client, (struct neg_token_resp){NEG_ACCEPT_INCOMPLETE, spnego_oid_ntlm,
                                       BYTES_LITERAL("F\1\2"), BYTES_LITERAL("F\1\1")});
        CHECK_STATUS(pair_client(&p), ST_BAD_TOKEN);
        pair_close(&p);
    }
}

/* What clients put beside AUTHENTICATE: Windows accept-incomplete, some nothing, pyspnego before
 * its pull request 7 request-mic; some repeat supportedMech. */
static void test_client_resp(void)
{
    static const struct {
        enum neg_state state;
        int names; /* 0: no supportedMech, 1: the chosen one, 2: another */
        enum status status;
    } cases[] = {
            {NEG_ACCEPT_INCOMPLETE, 0, ST_OK},
            {NEG_STATE_ABSENT, 0, ST_OK},
            {NEG_REQUEST_MIC, 0, ST_OK},
            {NEG_ACCEPT_COMPLETED, 0, ST_OK},
            {NEG_ACCEPT_INCOMPLETE, 1, ST_OK},
            {NEG_ACCEPT_INCOMPLETE, 2, ST_BAD_TOKEN},
            {NEG_REJECT, 0, ST_LOGON_DENIED},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pair p;
        pair_init(&p);
        pair_open(&p, "1", "1");
        CHECK_STATUS(pair_client(&p), ST_CONTINUE);
        CHECK_STATUS(pair_server(&p), ST_CONTINUE);
        struct neg_token_resp resp = {cases[i].state, .response_token = BYTES_LITERAL("F\1\3")};
        if (cases[i].names)
            resp.supported_mech = cases[i].names == 1 ? spnego_oid_ntlm : spnego_oid_krb5;
        put_resp(&p.to_server, resp);
        CHECK_STATUS(pair_server(&p), cases[i].status);
        pair_close(&p);
    }
}

/* Windows Server 2025 sends its own mechListMIC with accept-incomplete when AUTHENTICATE came
 * without (Manticore issue 1201): verified, then ours follows and it is over. */
static void test_server_mic_first(void)
{
    static const enum neg_state states[] = {NEG_ACCEPT_INCOMPLETE, NEG_REQUEST_MIC};
    for (int good = 0; good < 2; good++)
        for (size_t i = 0; i < 2; i++) {
            struct pair p;
            uint8_t mic[9];
            struct neg_token_init init;
            pair_init(&p);
            pair_open(&p, "1", "1");
            CHECK_STATUS(pair_client(&p), ST_CONTINUE);
            CHECK_STATUS(neg_token_init_read(blob_view(&p.to_server), &init), ST_OK);
            fake_signature(mic, 1, false, 0, 0, init.mech_types);
            CHECK_STATUS(pair_server(&p), ST_CONTINUE);
            CHECK_STATUS(pair_client(&p), ST_CONTINUE);
            CHECK(!get_resp(&p.to_server).mech_list_mic.size && !spnego_can_protect(p.client));
            mic[8] ^= !good;
            put_resp(&p.to_client,
                    (struct neg_token_resp){states[i], .mech_list_mic = bytes_of(mic, 9)});
            /* request-mic is for the first reply only (RFC 4178 4.2.2) */
            CHECK_STATUS(pair_client(&p), i ? ST_BAD_TOKEN : good ? ST_OK : ST_BAD_SIGNATURE);
            if (p.client_status == ST_OK) {
                struct neg_token_resp resp = get_resp(&p.to_server);
                CHECK(resp.neg_state == NEG_ACCEPT_COMPLETED && resp.mech_list_mic.size == 9);
                CHECK(p.c[1].resets_in == 1 && p.c[1].resets_out == 1);
                CHECK(spnego_can_protect(p.client));
            }
            pair_close(&p);
        }
}

/* reject, at every moment: nothing to tell before anything has begun, a failed login after. */
static void test_reject(void)
{
    struct pair p;
    for (int named = 0; named < 2; named++) {
        pair_init(&p);
        pair_open(&p, "1", "1");
        CHECK_STATUS(pair_client(&p), ST_CONTINUE);
        put_resp(&p.to_client,
                (struct neg_token_resp){
                        NEG_REJECT, .supported_mech = named ? spnego_oid_ntlm : bytes_of(NULL, 0)});
        CHECK_STATUS(pair_client(&p), named ? ST_LOGON_DENIED : ST_NO_COMMON_ALGORITHM);
        pair_close(&p);
    }
    pair_init(&p);
    pair_open(&p, "1", "1");
    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    CHECK_STATUS(pair_server(&p), ST_CONTINUE);
    CHECK_STATUS(pair_client(&p), ST_CONTINUE);
    put_resp(&p.to_client, (struct neg_token_resp){.neg_state = NEG_REJECT});
    CHECK_STATUS(pair_client(&p), ST_LOGON_DENIED);
    CHECK(!spnego_can_protect(p.client) && spnego_progress(p.client) != SPNEGO_COMPLETE);
    pair_close(&p);
}

/* No integrity was negotiated: nothing is demanded, but a peer's MIC is verified and answered
 * (pyspnego sends NTLM's dummy signature: see the recording). */
static void test_mic_without_integrity(void)
{
    struct pair p;
    pair_init(&p);
    p.s[1].no_integrity = p.s[1].wants_mic = p.c[1].wants_mic = true;
    pair_open(&p, "1", "1");
    pair_run(&p);
    CHECK(pair_agrees(&p, 1, true));
    pair_close(&p);
}

/* impacket 0.13: NTLM alone in SPNEGO, no mechListMIC, at a server that would rather have Kerberos.
 * Not if NTLM itself says that one must follow, and not if the client has Kerberos in its list. */
static void test_ntlm_alone(void)
{
    for (int wants = 0; wants < 2; wants++)
        for (int listed = 0; listed < 2; listed++) {
            struct pair p;
            pair_init(&p);
            p.s[1].wants_mic = wants;
            pair_open(&p, listed ? "10" : "1", "01");
            CHECK_STATUS(pair_client(&p), ST_CONTINUE);
            CHECK_STATUS(pair_server(&p), ST_CONTINUE);
            CHECK(get_resp(&p.to_client).neg_state == NEG_REQUEST_MIC);
            put_resp(&p.to_server,
                    (struct neg_token_resp){NEG_STATE_ABSENT, {0}, BYTES_LITERAL("F\1\3"), {0}});
            CHECK_STATUS(pair_server(&p), listed || wants ? ST_BAD_SIGNATURE : ST_OK);
            CHECK(spnego_can_protect(p.server) == (!listed && !wants));
            pair_close(&p);
        }
}

/* A server that names a mechanism again in its last message, whichever it is: "SHOULD accept the
 * message without returning an error, but MUST ignore the new supportedMech field" ([MS-SPNG]
 * 3.3.5). */
static void test_named_again(void)
{
    const struct bytes names[] = {spnego_oid_ntlm, spnego_oid_krb5, spnego_oid_negoex};
    for (size_t i = 0; i < 3; i++) {
        struct pair p;
        pair_init(&p);
        p.c[1].wants_mic = p.s[1].wants_mic = true;
        pair_open(&p, "10", "10");
        for (int n = 0; n < 4; n++)
            CHECK(!status_failed(n % 2 ? pair_server(&p) : pair_client(&p)));
        struct blob copy = {0};
        CHECK_STATUS(blob_set(&copy, blob_view(&p.to_client)), ST_OK);
        struct neg_token_resp resp = get_resp(&copy);
        resp.supported_mech = names[i];
        put_resp(&p.to_client, resp);
        CHECK_STATUS(pair_client(&p), ST_OK);
        CHECK(spnego_chosen(p.client) == 0 && pair_agrees(&p, 1, true) && p.c[0].steps == 0);
        blob_free(&copy);
        pair_close(&p);
    }
}

int main(void)
{
    test_ntlm_alone();
    test_named_again();
    test_kerberos_oids();
    test_no_supported_mech();
    test_optimistic_ignored();
    test_repeated_token();
    test_client_resp();
    test_server_mic_first();
    test_reject();
    test_mic_without_integrity();
    return unit_end("spnego_tolerance");
}
