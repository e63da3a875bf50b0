/* Datagram (connectionless) contexts: [MS-NLMP] 3.1.5.2 and 3.2.5.2 (the server speaks
 * first), 3.4.4 (the application numbers the messages), through ISC_REQ_DATAGRAM and
 * ASC_REQ_DATAGRAM. Ours only: nothing that runs on Windows was at hand to say how its calls look
 * in between (?). */
#include "../accounts.h"
#include "../login.h"

enum { TRAILER = 16 };
static const char text[] = "one of many, in any order";

static void open_login(struct login *l, ULONG client, ULONG server)
{
    l->identity = good_identity();
    l->client_request = client | ISC_REQ_DATAGRAM;
    l->server_request = server | ASC_REQ_DATAGRAM;
    login_acquire(l);
    login_leg(l, FALSE);
    ok(l->client_status == SEC_I_CONTINUE_NEEDED, "first leg %08lx\n", l->client_status);
    ok(!l->token_size, "a token of %lu bytes, but the server speaks first\n", l->token_size);
    login_leg(l, TRUE);
    ok(l->server_status == SEC_I_CONTINUE_NEEDED, "server %08lx\n", l->server_status);
    ok(l->token_size > 32 && l->token[8] == 2, "no CHALLENGE\n");
    login_leg(l, FALSE);
    ok(l->client_status == SEC_E_OK, "client %08lx\n", l->client_status);
    login_leg(l, TRUE);
    ok(l->server_status == SEC_E_OK, "server %08lx\n", l->server_status);
}

struct message {
    BYTE token[TRAILER], data[sizeof(text)];
};

static SECURITY_STATUS call(CtxtHandle *context, struct message *m, ULONG number, BOOL seal)
{
    SecBuffer b[] = {{TRAILER, SECBUFFER_TOKEN, m->token}, {sizeof(text), SECBUFFER_DATA, m->data}};
    SecBufferDesc desc = DESC(b);

    return seal ? EncryptMessage(context, 0, &desc, number)
                : DecryptMessage(context, &desc, number, NULL);
}

static void seal(CtxtHandle *from, struct message *m, ULONG number)
{
    SECURITY_STATUS status;

    memcpy(m->data, text, sizeof(text));
    status = call(from, m, number, TRUE);
    ok(status == SEC_E_OK, "seal %lu: %08lx\n", number, status);
    ok(memcmp(m->data, text, sizeof(text)), "plain text\n");
    ok(*(ULONG *)(m->token + 12) == number, "another number, %lu\n", *(ULONG *)(m->token + 12));
}

/* Swapped, lost, wrongly numbered, altered: each by itself. */
static void messages(struct login *l)
{
    struct message first, second, back, bad;
    SECURITY_STATUS status;

    seal(&l->client, &first, 1000);
    seal(&l->client, &second, 3);
    seal(&l->server, &back, 1000);
    bad = first;
    bad.data[2] ^= 1;
    ok((status = call(&l->server, &bad, 1000, FALSE)) == SEC_E_MESSAGE_ALTERED, "%08lx\n", status);
    ok((status = call(&l->server, &second, 3, FALSE)) == SEC_E_OK, "%08lx\n", status);
    ok(!memcmp(second.data, text, sizeof(text)), "another text\n");
    bad = first;
    ok((status = call(&l->server, &bad, 4, FALSE)) == SEC_E_OUT_OF_SEQUENCE, "%08lx\n", status);
    ok(!memcmp(bad.data, first.data, sizeof(text)), "data touched\n");
    ok((status = call(&l->server, &first, 1000, FALSE)) == SEC_E_OK, "%08lx\n", status);
    ok(!memcmp(first.data, text, sizeof(text)), "another text\n");
    ok((status = call(&l->client, &back, 1000, FALSE)) == SEC_E_OK, "%08lx\n", status);
    ok(!memcmp(back.data, text, sizeof(text)), "another text\n");
}

static void signatures(struct login *l)
{
    BYTE token[TRAILER], data[] = "signed";
    SecBuffer b[] = {{TRAILER, SECBUFFER_TOKEN, token}, {sizeof(data), SECBUFFER_DATA, data}};
    SecBufferDesc desc = DESC(b);
    ULONG quality = STALE;
    SECURITY_STATUS status = MakeSignature(&l->server, 0, &desc, 77);

    ok(status == SEC_E_OK, "sign %08lx\n", status);
    status = VerifySignature(&l->client, &desc, 78, &quality);
    ok(status == SEC_E_OUT_OF_SEQUENCE && quality == STALE, "%08lx\n", status);
    status = VerifySignature(&l->client, &desc, 77, &quality);
    ok(status == SEC_E_OK && !quality, "%08lx\n", status);
}

static void check_attributes(const struct login *l)
{
    unsigned i;

    for (i = 0; i < 2; i++) { /* on each leg, and a context is of one kind */
        ok(l->client_attributes[i] & ISC_RET_DATAGRAM, "client %08lx\n", l->client_attributes[i]);
        ok(!(l->client_attributes[i] & ISC_RET_CONNECTION), "client %08lx\n",
                l->client_attributes[i]);
        ok(l->server_attributes[i] & ASC_RET_DATAGRAM, "server %08lx\n", l->server_attributes[i]);
        ok(!(l->server_attributes[i] & ASC_RET_CONNECTION), "server %08lx\n",
                l->server_attributes[i]);
    }
}

static void test_good(void)
{
    struct login *l = calloc(1, sizeof(*l));
    WCHAR name[300];

    open_login(l, ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY | ISC_REQ_CONNECTION,
            ASC_REQ_CONFIDENTIALITY | ASC_REQ_INTEGRITY | ASC_REQ_CONNECTION);
    check_attributes(l);
    messages(l);
    signatures(l);
    names_of(&l->server, name, ARRAY_SIZE(name));
    ok(!wcscmp(name, own_account(L"alice")), "%ls\n", name);
    login_close(l);
    free(l);
}

static void test_wrong_password(void)
{
    struct login *l = calloc(1, sizeof(*l));
    union identity id;

    l->identity = make_identity(&id, FORM_PLAIN, NON_ASCII, L"WONDERLAND", L"Wonder-Land1");
    l->client_request = ISC_REQ_DATAGRAM;
    l->server_request = ASC_REQ_DATAGRAM;
    login_acquire(l);
    login_leg(l, FALSE);
    login_leg(l, TRUE);
    login_leg(l, FALSE);
    login_leg(l, TRUE);
    ok(l->server_status == SEC_E_LOGON_DENIED, "%08lx\n", l->server_status);
    login_close(l);
    free(l);
}

/* One side only: refused, by whoever sees it first. */
static void test_mixed(void)
{
    struct login *l = calloc(1, sizeof(*l));

    l->identity = good_identity();
    l->server_request = ASC_REQ_DATAGRAM;
    login_run(l);
    ok(l->server_status == SEC_E_UNSUPPORTED_FUNCTION, "NEGOTIATE: %08lx\n", l->server_status);
    login_close(l);
    memset(l, 0, sizeof(*l));
    l->identity = good_identity();
    l->client_request = ISC_REQ_DATAGRAM;
    login_acquire(l);
    login_leg(l, FALSE);
    login_leg(l, TRUE);
    ok(l->server_status == SEC_E_INVALID_TOKEN, "nothing: %08lx\n", l->server_status);
    login_close(l);
    free(l);
}

/* SPNEGO has no datagram form: Negotiate's contexts are of a connection whatever was asked. */
static void test_negotiate(void)
{
    struct login *l = calloc(1, sizeof(*l));

    l->client_package = l->server_package = L"Negotiate";
    l->identity = good_identity();
    l->client_request = ISC_REQ_DATAGRAM | ISC_REQ_INTEGRITY;
    l->server_request = ASC_REQ_DATAGRAM | ASC_REQ_INTEGRITY;
    if (login_good(l))
        ok(!(l->client_attributes[l->client_legs - 1] & ISC_RET_DATAGRAM), "client %08lx\n",
                l->client_attributes[l->client_legs - 1]);
    login_close(l);
    free(l);
}

static void all_tests(void)
{
    test_good();
    test_wrong_password();
    test_mixed();
    test_negotiate();
}

START_TEST(datagram)
{
    if (!is_opensspi()) {
        skip("Windows' datagram logins are not documented call by call\n");
        return;
    }
    store_open();
    as_w_and_a(all_tests);
    store_close();
}
