/* Which package is chosen, and which never: issue 5's rules. Kerberos when a ticket can be had (its
 * InitializeSecurityContext answers), NTLM otherwise ("Microsoft Negotiate": "Negotiate selects the
 * Kerberos protocol unless it cannot be used"); never against the package list
 * ("SEC_WINNT_AUTH_IDENTITY_EX structure"); never NTLM instead of a Kerberos that was chosen. */
#include "fake.h"
#include "../../unit/spnego_blob.h"

static struct end client, server;

static void open_both(const WCHAR *client_list, const WCHAR *server_list)
{
    SECURITY_STATUS status = end_acquire(&client, FALSE, client_list);

    ok(status == SEC_E_OK, "client %08lx\n", status);
    status = end_acquire(&server, TRUE, server_list);
    ok(status == SEC_E_OK, "server %08lx\n", status);
}

/* Everything that was made is gone, once each; buffers already when the leg is over. */
static void close_both(void)
{
    ok(!fake_buffers, "%d buffers\n", fake_buffers);
    end_close(&client);
    end_close(&server);
    for (int i = 0; i < PACKAGES; i++) {
        ok(fakes[i].opened == fakes[i].deleted, "%d: %d contexts, %d deleted\n", i, fakes[i].opened,
                fakes[i].deleted);
        ok(fakes[i].acquired == fakes[i].freed, "%d: %d credentials, %d freed\n", i,
                fakes[i].acquired, fakes[i].freed);
    }
}

static BOOL both_ok(void)
{
    return client.status == SEC_E_OK && server.status == SEC_E_OK;
}

static BOOL contains(const struct end *e, const char *bytes, ULONG size)
{
    for (ULONG i = 0; i + size <= e->size; i++)
        if (!memcmp(e->token + i, bytes, size))
            return TRUE;
    return FALSE;
}

/* Kerberos, under both names, before NTLM. */
static void test_kerberos(void)
{
    static const char list[] = "\x06\x09\x2A\x86\x48\x82\xF7\x12\x01\x02\x02"
                               "\x06\x09\x2A\x86\x48\x86\xF7\x12\x01\x02\x02"
                               "\x06\x0A\x2B\x06\x01\x04\x01\x82\x37\x02\x02\x0A";
    fakes_reset();
    open_both(NULL, NULL);
    end_leg(&client, NULL, 0, sizeof(client.token));
    ok(client.size && client.token[0] == 0x60 && contains(&client, list, sizeof(list) - 1),
            "the offer\n");
    ok(!wcscmp(fakes[KERBEROS].target, L"HOST/fake"), "target %ls\n", fakes[KERBEROS].target);
    end_leg(&server, &client, 0, sizeof(server.token));
    end_leg(&client, &server, 0, sizeof(client.token));
    ok(both_ok(), "%08lx %08lx\n", client.status, server.status);
    ok(!fakes[NTLM].opened, "NTLM was begun\n");
    ok(!package_mask(&client) && !last_status(&client), "%lx\n", package_mask(&client));
    ok(client.expiry.QuadPart == fakes[KERBEROS].expiry, "expiry\n");
    close_both();
}

/* No ticket: whatever Kerberos calls it, NTLM is what is left, as it is when it is alone: raw. */
static void test_no_ticket(void)
{
    static const SECURITY_STATUS reasons[] = {SEC_E_TARGET_UNKNOWN, SEC_E_NO_CREDENTIALS,
            SEC_E_NO_AUTHENTICATING_AUTHORITY, SEC_E_INTERNAL_ERROR, SEC_E_WRONG_PRINCIPAL,
            SEC_E_TIME_SKEW, SEC_E_UNSUPPORTED_FUNCTION, SEC_E_INVALID_TOKEN, SEC_E_NO_IMPERSONATION,
            E_FAIL};

    for (int i = 0; i < ARRAY_SIZE(reasons); i++) {
        fakes_reset();
        fakes[KERBEROS].first = reasons[i];
        open_both(NULL, NULL);
        ok(ends_run(&client, &server, 0) == 3 && both_ok(), "%d: %08lx %08lx\n", i, client.status,
                server.status);
        ok(!strcmp(stage_of(&client), "NTLM 0"), "%s\n", stage_of(&client));
        ok(last_status(&client) == reasons[i], "%08lx\n", last_status(&client));
        ok(client.expiry.QuadPart == fakes[NTLM].expiry, "expiry\n");
        ok(!(fakes[NTLM].request[0] & ISC_REQ_INTEGRITY), "integrity asked for\n");
        close_both();
    }
}

/* The KDC has said that the password is wrong, or there is no memory: that is the answer (?). */
static void test_final(void)
{
    static const SECURITY_STATUS reasons[] = {SEC_E_LOGON_DENIED, SEC_E_INSUFFICIENT_MEMORY};

    for (int i = 0; i < ARRAY_SIZE(reasons); i++) {
        fakes_reset();
        fakes[KERBEROS].first = reasons[i];
        open_both(NULL, NULL);
        ends_run(&client, &server, 0);
        ok(client.status == reasons[i], "%08lx\n", client.status);
        ok(!fakes[NTLM].opened, "NTLM was begun\n");
        close_both();
    }
    fakes_reset();
    fakes[KERBEROS].acquire = SEC_E_LOGON_DENIED;
    ok(end_acquire(&client, FALSE, NULL) == SEC_E_LOGON_DENIED, "credential\n");
    ok(!fakes[NTLM].acquired, "an NTLM credential\n");
}

/* Without a credential, or without the package, it is not offered, and nothing is slower. */
static void test_absent(void)
{
    for (int i = 0; i < 2; i++) {
        fakes_reset();
        fakes[KERBEROS].absent = i;
        fakes[KERBEROS].acquire = SEC_E_NO_CREDENTIALS;
        open_both(NULL, NULL);
        ok(ends_run(&client, &server, 0) == 3 && both_ok(), "%08lx %08lx\n", client.status,
                server.status);
        ok(package_mask(&client) == SECPKG_ATTR_NEGO_INFO_FLAG_NO_KERBEROS, "%lx\n",
                package_mask(&client));
        ok(!last_status(&client), "%08lx\n", last_status(&client));
        close_both();
    }
    fakes_reset();
    fakes[KERBEROS].absent = fakes[NTLM].absent = TRUE;
    ok(end_acquire(&client, FALSE, NULL) == SEC_E_NO_CREDENTIALS, "of nothing\n");
}

/* "!ntlm" and "kerberos": never NTLM, ticket or not; the others never Kerberos. */
static void test_lists(void)
{
    static const struct {
        const WCHAR *list;
        BOOL kerberos, ntlm;
    } cases[] = {{L"!ntlm", TRUE, FALSE}, {L"kerberos", TRUE, FALSE}, {L"Kerberos,!NTLM", TRUE, FALSE},
            {L"ntlm", FALSE, TRUE}, {L"!kerberos", FALSE, TRUE}, {L"kerberos,ntlm", TRUE, TRUE},
            {L"", TRUE, TRUE}};

    for (int i = 0; i < ARRAY_SIZE(cases); i++)
        for (int ticket = 0; ticket < 2; ticket++) {
            fakes_reset();
            fakes[KERBEROS].first = ticket ? SEC_E_OK : SEC_E_TARGET_UNKNOWN;
            ok(end_acquire(&client, FALSE, cases[i].list) == SEC_E_OK, "%ls\n", cases[i].list);
            ok(fakes[KERBEROS].acquired == cases[i].kerberos, "%ls: Kerberos\n", cases[i].list);
            ok(fakes[NTLM].acquired == cases[i].ntlm, "%ls: NTLM\n", cases[i].list);
            end_acquire(&server, TRUE, NULL);
            ends_run(&client, &server, 0);
            if (!ticket && !cases[i].ntlm)
                ok(client.status == SEC_E_TARGET_UNKNOWN, "%08lx\n", client.status);
            else
                ok(both_ok(), "%ls: %08lx %08lx\n", cases[i].list, client.status, server.status);
            ok(cases[i].ntlm || !fakes[NTLM].opened, "%ls: NTLM was begun\n", cases[i].list);
            ok(!cases[i].ntlm || !contains(&client, "NTLMSSP", 8) || cases[i].ntlm, "in a token\n");
            close_both();
        }
}

/* Kerberos forbidden and no NTLM there, or the other way round. */
static void test_nothing_left(void)
{
    fakes_reset();
    fakes[KERBEROS].absent = TRUE;
    ok(end_acquire(&client, FALSE, L"!ntlm") == SEC_E_NO_CREDENTIALS, "!ntlm\n");
    ok(!fakes[NTLM].acquired, "an NTLM credential\n");
    fakes_reset();
    fakes[KERBEROS].acquire = SEC_E_TIME_SKEW;
    ok(end_acquire(&client, FALSE, L"kerberos") == SEC_E_TIME_SKEW, "kerberos\n");
    fakes_reset();
    fakes[NTLM].acquire = SEC_E_UNKNOWN_CREDENTIALS;
    ok(end_acquire(&client, FALSE, L"ntlm") == SEC_E_UNKNOWN_CREDENTIALS, "ntlm\n");
}

/* A server without Kerberos takes NTLM: it begins anew, and is signed although nobody asked for
 * integrity. One that cannot sign is refused: it could be anybody who does not want Kerberos. */
static void test_passed_over(void)
{
    for (int signs = 0; signs < 2; signs++) {
        fakes_reset();
        fakes[NTLM].cannot_sign = !signs;
        open_both(NULL, L"ntlm");
        end_leg(&client, NULL, 0, sizeof(client.token));
        ok(!strcmp(stage_of(&client), "Kerberos 1"), "%s\n", stage_of(&client));
        end_leg(&server, &client, 0, sizeof(server.token));
        ok(!strcmp(stage_of(&server), "NTLM 2"), "%s\n", stage_of(&server));
        end_leg(&client, &server, 0, sizeof(client.token));
        ok(client.status == SEC_I_CONTINUE_NEEDED, "%08lx\n", client.status);
        ok(!strcmp(stage_of(&client), "NTLM 2"), "%s\n", stage_of(&client));
        ok(fakes[NTLM].request[0] & ISC_REQ_INTEGRITY, "no integrity asked for\n");
        end_leg(&server, &client, 0, sizeof(server.token));
        end_leg(&client, &server, 0, sizeof(client.token));
        if (!signs) {
            ok(client.status == SEC_E_DOWNGRADE_DETECTED, "%08lx\n", client.status);
            ok(last_status(&client) == SEC_E_DOWNGRADE_DETECTED, "%08lx\n", last_status(&client));
            close_both();
            continue;
        }
        ok(contains(&client, "SIGNED", 6), "no mechListMIC\n");
        end_leg(&server, &client, 0, sizeof(server.token));
        end_leg(&client, &server, 0, sizeof(client.token));
        ok(both_ok() && fakes[NTLM].calls[C_VERIFY] == 2, "%08lx %08lx\n", client.status,
                server.status);
        ok(!strcmp(stage_of(&client), "NTLM 0") && !strcmp(stage_of(&server), "NTLM 0"), "%s\n",
                stage_of(&client));
        close_both();
    }
    fakes_reset(); /* the program forbids signing */
    open_both(NULL, L"ntlm");
    ends_run(&client, &server, ISC_REQ_NO_INTEGRITY);
    ok(client.status == SEC_E_DOWNGRADE_DETECTED, "%08lx\n", client.status);
    close_both();
}

/* A package whose MakeSignature says what no package may ends the negotiation, and nothing is sent. */
static void test_odd_signatures(void)
{
    for (int odd = S_LONG; odd <= S_ELSEWHERE; odd++) {
        fakes_reset();
        fakes[NTLM].signs = odd;
        open_both(NULL, L"ntlm");
        ends_run(&client, &server, 0);
        ok(client.status == SEC_E_INTERNAL_ERROR && !client.size, "%d: %08lx, %lu\n", odd, client.status, client.size);
        ok(server.status == SEC_I_CONTINUE_NEEDED && !fakes[NTLM].calls[C_VERIFY], "%d: server %08lx\n", odd, server.status);
        end_leg(&client, &server, 0, sizeof(client.token));
        ok(client.status == SEC_E_OUT_OF_SEQUENCE, "%d: %08lx\n", odd, client.status);
        close_both();
    }
}

/* Chosen Kerberos that fails is a failure: of the server, or at the client's second leg. */
static void test_no_way_back(void)
{
    fakes_reset();
    fakes[KERBEROS].second = SEC_E_LOGON_DENIED;
    open_both(NULL, NULL);
    ends_run(&client, &server, 0);
    ok(server.status == SEC_E_LOGON_DENIED, "server %08lx\n", server.status);
    end_leg(&client, &server, 0, sizeof(client.token)); /* the server's reject */
    ok(client.status == SEC_E_INVALID_TOKEN, "client %08lx\n", client.status);
    ok(!fakes[NTLM].opened, "NTLM was begun\n");
    close_both();

    fakes_reset();
    open_both(NULL, NULL);
    end_leg(&client, NULL, 0, sizeof(client.token));
    end_leg(&server, &client, 0, sizeof(server.token));
    server.token[server.size - 1] ^= 1;
    end_leg(&client, &server, 0, sizeof(client.token));
    ok(client.status == SEC_E_INVALID_TOKEN, "client %08lx\n", client.status);
    end_leg(&client, &server, 0, sizeof(client.token));
    ok(client.status == SEC_E_OUT_OF_SEQUENCE, "client %08lx\n", client.status);
    ok(!fakes[NTLM].opened, "NTLM was begun\n");
    close_both();
}

/* Tokens of either mechanism without SPNEGO: a server takes them as they are. */
static void test_raw(void)
{
    static const WCHAR *const names[] = {L"Kerberos", L"NTLM"};

    for (int i = 0; i < PACKAGES; i++) {
        SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
        SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
        const SecurityFunctionTableW *table;
        CredHandle credential;
        CtxtHandle context;
        TimeStamp expiry;
        ULONG attributes;

        fakes_reset();
        open_both(NULL, NULL);
        table = provider_table(package_find(names[i])->provider);
        table->AcquireCredentialsHandleW(NULL, (WCHAR *)names[i], SECPKG_CRED_OUTBOUND, NULL, NULL,
                NULL, NULL, &credential, &expiry);
        table->InitializeSecurityContextW(&credential, NULL, NULL, ISC_REQ_ALLOCATE_MEMORY, 0, 0, NULL,
                0, &context, &output, &attributes, &expiry);
        memcpy(client.token, out.pvBuffer, out.cbBuffer);
        client.size = out.cbBuffer;
        table->FreeContextBuffer(out.pvBuffer);
        end_leg(&server, &client, 0, sizeof(server.token));
        ok(server.status == (i == NTLM ? SEC_I_CONTINUE_NEEDED : SEC_E_OK), "%08lx\n", server.status);
        ok(!strcmp(stage_of(&server), i == NTLM ? "NTLM 3" : "Kerberos 0"), "%s\n", stage_of(&server));
        ok(server.token[0] == (i == NTLM ? 'N' : 0x60), "answer %02x\n", server.token[0]);
        table->DeleteSecurityContext(&context);
        table->FreeCredentialsHandle(&credential);
        close_both();
    }
}

/* Around DCE style that is to protect messages SPNEGO would take four tokens, of which Wine's rpcrt4 sends
 * three: there Kerberos is left out (docs/interop.md), but what the list forbids stays so. */
static void test_three_tokens(void)
{
    static const ULONG protection[] = {0, ISC_REQ_INTEGRITY, ISC_REQ_CONFIDENTIALITY};
    static const WCHAR *const lists[] = {NULL, L"!ntlm", L"kerberos"};

    for (int i = 0; i < ARRAY_SIZE(protection); i++)
        for (int k = 0; k < ARRAY_SIZE(lists); k++) {
            BOOL kerberos = !protection[i], ntlm = !kerberos && !lists[k];

            winetest_push_context("%lx, %ls", protection[i], lists[k] ? lists[k] : L"no list");
            fakes_reset();
            open_both(lists[k], NULL);
            end_leg(&client, NULL, ISC_REQ_USE_DCE_STYLE | protection[i], sizeof(client.token));
            ok(client.status == (kerberos || ntlm ? SEC_I_CONTINUE_NEEDED : SEC_E_NO_CREDENTIALS),
                    "%08lx\n", client.status);
            ok(fakes[KERBEROS].opened == kerberos, "%d contexts of Kerberos\n", fakes[KERBEROS].opened);
            ok(fakes[NTLM].opened == ntlm, "%d contexts of NTLM\n", fakes[NTLM].opened);
            ok(contains(&client, "NTLMSSP", 8) == ntlm, "NTLM in the token\n");
            ok((client.size != 0) == (kerberos || ntlm), "%lu bytes\n", client.size);
            close_both();
            winetest_pop_context();
        }
}

/* NTLM that may not be sent (RestrictSendingNTLMTraffic: SEC_E_UNSUPPORTED_FUNCTION of its first leg): alone,
 * after a Kerberos without a ticket, and when a server takes it of an offer. Nothing goes out, it is not tried
 * again, and the status is NTLM's. */
static void test_ntlm_forbidden(void)
{
    for (int i = 0; i < 3; i++) {
        winetest_push_context("%d", i);
        fakes_reset();
        fakes[NTLM].first = SEC_E_UNSUPPORTED_FUNCTION;
        fakes[KERBEROS].first = i == 1 ? SEC_E_TARGET_UNKNOWN : SEC_E_OK;
        open_both(i == 0 ? L"ntlm" : NULL, L"ntlm");
        end_leg(&client, NULL, 0, sizeof(client.token));
        if (i == 2) {
            ok(client.status == SEC_I_CONTINUE_NEEDED, "the offer %08lx\n", client.status);
            end_leg(&server, &client, 0, sizeof(server.token));
            ok(server.status == SEC_I_CONTINUE_NEEDED, "the server %08lx\n", server.status);
            end_leg(&client, &server, 0, sizeof(client.token));
        }
        ok(client.status == SEC_E_UNSUPPORTED_FUNCTION, "%08lx\n", client.status);
        ok(!client.size, "%lu bytes go out\n", client.size);
        ok(!fakes[NTLM].opened, "NTLM was begun\n");
        if (i == 2) {
            ok(last_status(&client) == SEC_E_UNSUPPORTED_FUNCTION, "%08lx\n", last_status(&client));
            end_leg(&client, &server, 0, sizeof(client.token));
            ok(client.status == SEC_E_OUT_OF_SEQUENCE && !client.size, "%08lx\n", client.status);
        }
        close_both();
        winetest_pop_context();
    }
}

/* [MS-NEGOEX] 2.2.6.2, 2.2.6.3: a MESSAGE_HEADER ("NEGOEXTS", type INITIATOR_NEGO, sequence number, lengths of header and
 * message, conversation id) and a NEGO_MESSAGE of no mechanisms. Its TotalSize says what it likes, and SIZE bytes are there. */
static void put_negoex(BYTE *message, ULONG total)
{
    static const BYTE head[] = "NEGOEXTS" "\0\0\0\0" "\0\0\0\0" "\x60\0\0\0";

    memset(message, 0, 96);
    memcpy(message, head, 20);
    memcpy(message + 20, &total, 4);
    for (int i = 24; i < 72; i++) /* ConversationId, Random */
        message[i] = (BYTE)(7 * i);
}

/* NEGOEX is not parsed: who offers it first is answered as any whose first mechanism is passed over, and its token is
 * ignored (RFC 4178 4.2.2), whole, cut, of a size that is not so. */
static void test_negoex(void)
{
    static const struct {
        ULONG size, total;
    } cases[] = {{96, 96}, {95, 96}, {40, 96}, {39, 96}, {8, 96}, {1, 96}, {0, 96}, {96, 0}, {96, 0xFFFFFFFF}, {4096, 96}};
    const struct bytes oids[] = {spnego_oid_negoex, spnego_oid_ntlm};
    static BYTE message[4096];

    for (int i = 0; i < ARRAY_SIZE(cases); i++) {
        struct blob list = {0}, token = {0};

        winetest_push_context("%lu bytes that say %lu", cases[i].size, cases[i].total);
        put_negoex(message, cases[i].total);
        fakes_reset();
        open_both(NULL, NULL);
        ok(list_to_blob(oids, 2, &list) == ST_OK, "no list\n");
        struct neg_token_init init = {
                .mech_types = blob_view(&list), .mech_token = bytes_of(message, cases[i].size)};
        ok(init_to_blob(&init, &token) == ST_OK, "no token\n");
        memcpy(client.token, token.data, token.size);
        client.size = token.size;
        end_leg(&server, &client, 0, sizeof(server.token));
        ok(server.status == SEC_I_CONTINUE_NEEDED, "%08lx\n", server.status);
        ok(contains(&server, "\x0A\x01\x03\xA1\x0C\x06\x0A\x2B\x06\x01\x04\x01\x82\x37\x02\x02\x0A", 17),
                "not request-mic and NTLM\n");
        ok(!fakes[KERBEROS].opened && !fakes[NTLM].opened, "a package had the token\n");
        blob_free(&list);
        blob_free(&token);
        close_both();
        winetest_pop_context();
    }
}

START_TEST(choice)
{
    test_three_tokens();
    test_ntlm_forbidden();
    test_negoex();
    test_kerberos();
    test_no_ticket();
    test_final();
    test_absent();
    test_lists();
    test_nothing_left();
    test_passed_over();
    test_odd_signatures();
    test_no_way_back();
    test_raw();
}
