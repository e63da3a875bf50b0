/* The parameters of Initialize- and AcceptSecurityContext (NTLM), one after the other. Sources: the
 * two pages; Wine's ntlm.c. */
#include "../accounts.h"
#include "../login.h"

static BYTE room[TOKEN_ROOM];
static SecBuffer out;
static SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};

static SecBufferDesc *fresh_output(void)
{
    out = (SecBuffer){sizeof(room), SECBUFFER_TOKEN, room};
    return &output;
}

static struct login *new_login(void)
{
    struct login *l = calloc(1, sizeof(*l));

    l->identity = good_identity();
    login_acquire(l);
    return l;
}

static void drop(struct login *l)
{
    login_close(l);
    free(l);
}

/* One leg with every parameter given. */
static SECURITY_STATUS client_leg(struct login *l, CredHandle *credential, CtxtHandle *context,
        ULONG reserved, ULONG data_rep, CtxtHandle *made, ULONG *attributes, TimeStamp *expiry)
{
    SecBuffer in = {l->token_size, SECBUFFER_TOKEN, l->token};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, *given = context ? &input : NULL;
    SECURITY_STATUS status;

    fresh_output();
    if (ansi)
        status = InitializeSecurityContextA(credential, context, NULL, l->client_request, reserved,
                data_rep, given, reserved, made, &output, attributes, expiry);
    else
        status = InitializeSecurityContextW(credential, context, NULL, l->client_request, reserved,
                data_rep, given, reserved, made, &output, attributes, expiry);
    if (SUCCEEDED(status))
        login_keep_token(l, &out);
    return status;
}

static SECURITY_STATUS server_leg(struct login *l, CredHandle *credential, CtxtHandle *context,
        ULONG data_rep, CtxtHandle *made, ULONG *attributes, TimeStamp *expiry)
{
    SecBuffer in = {l->token_size, SECBUFFER_TOKEN, l->token};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in};
    SECURITY_STATUS status = AcceptSecurityContext(credential, context, &input, l->server_request,
            data_rep, made, fresh_output(), attributes, expiry);

    if (SUCCEEDED(status))
        login_keep_token(l, &out);
    return status;
}

/* phCredential: "either the SECPKG_CRED_INBOUND or SECPKG_CRED_BOTH flag set". */
static void test_direction(void)
{
    struct login *l = new_login();
    CtxtHandle made = {STALE, STALE};
    CredHandle both;
    SECURITY_STATUS status;

    status = client_leg(l, &l->server_credential, NULL, 0, 0, &made, NULL, NULL);
    ok(status == SEC_E_NO_CREDENTIALS, "client with a server's: %08lx\n", status);
    login_leg(l, FALSE);
    status = server_leg(l, &l->client_credential, NULL, 0, &made, NULL, NULL);
    ok(status == SEC_E_NO_CREDENTIALS, "server with a client's: %08lx\n", status);
    ok(made.dwLower == STALE, "a handle was written\n");
    /* On a later leg it is refused as well, and the context can still go on. */
    login_leg(l, TRUE);
    status = client_leg(l, &l->server_credential, &l->client, 0, 0, &l->client, NULL, NULL);
    ok(status == SEC_E_NO_CREDENTIALS, "later: %08lx\n", status);
    login_leg(l, FALSE);
    ok(l->client_status == SEC_E_OK, "and then the right one: %08lx\n", l->client_status);
    status = server_leg(l, &l->client_credential, &l->server, 0, &l->server, NULL, NULL);
    ok(status == SEC_E_NO_CREDENTIALS, "later: %08lx\n", status);
    login_leg(l, TRUE);
    ok(l->server_status == SEC_E_OK, "and then the right one: %08lx\n", l->server_status);
    drop(l);

    l = new_login();
    status = acquire(L"NTLM", SECPKG_CRED_BOTH, l->identity, &both, NULL);
    ok(status == SEC_E_OK, "both: %08lx\n", status);
    FreeCredentialsHandle(&l->client_credential);
    FreeCredentialsHandle(&l->server_credential);
    l->client_credential = l->server_credential = both;
    login_legs(l);
    ok(l->client_status == SEC_E_OK && l->server_status == SEC_E_OK, "both ways: %08lx %08lx\n",
            l->client_status, l->server_status);
    DeleteSecurityContext(&l->client);
    DeleteSecurityContext(&l->server);
    FreeCredentialsHandle(&both);
    free(l);
}

/* phContext and phNewContext that are missing, or of the other side. */
static void test_handles(void)
{
    struct login *l = new_login();
    SECURITY_STATUS status;

    status = client_leg(l, NULL, NULL, 0, 0, &l->client, NULL, NULL);
    ok(status == SEC_E_INVALID_HANDLE, "no credential: %08lx\n", status);
    status = client_leg(l, &l->client_credential, NULL, 0, 0, NULL, NULL, NULL);
    ok(status == SEC_E_INVALID_HANDLE, "no new context: %08lx\n", status);
    login_leg(l, FALSE);
    status = server_leg(l, NULL, NULL, 0, &l->server, NULL, NULL);
    ok(status == SEC_E_INVALID_HANDLE, "no credential: %08lx\n", status);
    status = server_leg(l, &l->server_credential, NULL, 0, NULL, NULL, NULL);
    ok(status == SEC_E_INVALID_HANDLE, "no new context: %08lx\n", status);
    status = server_leg(l, &l->server_credential, &l->client, 0, &l->client, NULL, NULL);
    ok(status == SEC_E_INVALID_HANDLE, "a client's context: %08lx\n", status);
    login_leg(l, TRUE);
    status = client_leg(l, &l->client_credential, &l->server, 0, 0, &l->server, NULL, NULL);
    ok(status == SEC_E_INVALID_HANDLE, "a server's context: %08lx\n", status);
    login_leg(l, FALSE);
    login_leg(l, TRUE);
    ok(l->server_status == SEC_E_OK, "nothing of it did harm: %08lx\n", l->server_status);
    drop(l);
}

/* Later legs with phNewContext NULL, equal to phContext, and elsewhere: one context all the same.
 */
static void test_new_context(void)
{
    CtxtHandle elsewhere[2];
    int i;

    for (i = 0; i < 3; i++) {
        struct login *l = new_login();
        CtxtHandle *client = i == 0 ? NULL : i == 1 ? &l->client : &elsewhere[0];
        CtxtHandle *server = i == 0 ? NULL : i == 1 ? &l->server : &elsewhere[1];
        SecPkgContext_Sizes sizes;
        SECURITY_STATUS status;

        memset(elsewhere, 0x55, sizeof(elsewhere));
        login_leg(l, FALSE);
        login_leg(l, TRUE);
        status = client_leg(l, &l->client_credential, &l->client, 0, 0, client, NULL, NULL);
        ok(status == SEC_E_OK, "%d: client %08lx\n", i, status);
        status = server_leg(l, &l->server_credential, &l->server, 0, server, NULL, NULL);
        ok(status == SEC_E_OK, "%d: server %08lx\n", i, status);
        if (i == 2) {
            ok(query(&elsewhere[0], SECPKG_ATTR_SIZES, &sizes) == SEC_E_OK, "client's new one\n");
            ok(query(&elsewhere[1], SECPKG_ATTR_SIZES, &sizes) == SEC_E_OK, "server's new one\n");
        }
        drop(l);
        if (i == 2 && is_opensspi()) /* both handles were of one context */
            ok(query(&elsewhere[0], SECPKG_ATTR_SIZES, &sizes) == SEC_E_INVALID_HANDLE,
                    "it lives on\n");
    }
}

/* TargetDataRep: "either SECURITY_NATIVE_DREP or SECURITY_NETWORK_DREP". Reserved1 and Reserved2
 * are to be 0; other values are overlooked (?). */
static void test_data_rep(void)
{
    static const ULONG reps[] = {SECURITY_NATIVE_DREP, SECURITY_NETWORK_DREP},
                       reserved[] = {0, 1, 0xFFFFFFFF};
    int i;

    for (i = 0; i < 4 * ARRAY_SIZE(reserved); i++) {
        struct login *l = new_login();
        ULONG client = reps[i % 2], server = reps[i / 2 % 2], r = reserved[i / 4];
        SECURITY_STATUS status;

        if (r && !is_opensspi()) {
            drop(l);
            continue;
        }
        status = client_leg(l, &l->client_credential, NULL, r, client, &l->client, NULL, NULL);
        ok(status == SEC_I_CONTINUE_NEEDED, "%d: %08lx\n", i, status);
        l->has_client = TRUE;
        status = server_leg(l, &l->server_credential, NULL, server, &l->server, NULL, NULL);
        ok(status == SEC_I_CONTINUE_NEEDED, "%d: %08lx\n", i, status);
        l->has_server = TRUE;
        status =
                client_leg(l, &l->client_credential, &l->client, r, client, &l->client, NULL, NULL);
        ok(status == SEC_E_OK, "%d: %08lx\n", i, status);
        status = server_leg(l, &l->server_credential, &l->server, server, &l->server, NULL, NULL);
        ok(status == SEC_E_OK, "%d: %08lx\n", i, status);
        drop(l); /* and so pfContextAttr and ptsExpiry may be NULL on each leg */
    }
}

/* pfContextAttr and ptsTimeStamp, each written on each leg: "valid on any successful return"; the
 * time is "never", which is no other in local time. Attributes of security come true at the end,
 * and what a side has not asked for but the other has is told to it. */
static void test_written(void)
{
    struct login *l = new_login();
    ULONG attributes[4], i, protect = ISC_RET_INTEGRITY | ISC_RET_CONFIDENTIALITY;
    TimeStamp expiry[4];
    FILETIME now, local;
    SECURITY_STATUS status;

    memset(attributes, 0xAA, sizeof(attributes));
    memset(expiry, 0, sizeof(expiry));
    l->client_request = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY;
    status = client_leg(
            l, &l->client_credential, NULL, 0, 0, &l->client, &attributes[0], &expiry[0]);
    ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
    status = server_leg(l, &l->server_credential, NULL, 0, &l->server, &attributes[1], &expiry[1]);
    ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
    l->has_client = l->has_server = TRUE;
    status = client_leg(
            l, &l->client_credential, &l->client, 0, 0, &l->client, &attributes[2], &expiry[2]);
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(out.cbBuffer > 64, "no token beside SEC_E_OK: %lu bytes\n", out.cbBuffer);
    status = server_leg(
            l, &l->server_credential, &l->server, 0, &l->server, &attributes[3], &expiry[3]);
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(!out.cbBuffer, "a token of a server that is done: %lu bytes\n", out.cbBuffer);
    GetSystemTimeAsFileTime(&now);
    FileTimeToLocalFileTime(&now, &local);
    for (i = 0; i < 4; i++) {
        ok(attributes[i] != 0xAAAAAAAA, "leg %lu: attributes not written\n", i);
        ok(!(attributes[i] & ISC_RET_ALLOCATED_MEMORY), "leg %lu: %08lx\n", i, attributes[i]);
        ok(expiry[i].HighPart > (LONG)local.dwHighDateTime, "leg %lu: expired\n", i);
    }
    ok((attributes[0] & protect) == protect, "client %08lx\n", attributes[0]);
    ok((attributes[2] & protect) == protect, "client %08lx\n", attributes[2]);
    /* "A server can require nothing, and whatever the client can provide or requires is returned"
     */
    ok(attributes[3] & ASC_RET_INTEGRITY && attributes[3] & ASC_RET_CONFIDENTIALITY,
            "server %08lx\n", attributes[3]);
    drop(l);
}

/* "Intermediate returns can set, for example, the ISC_RET_ALLOCATED_MEMORY flag." */
static void test_allocated(void)
{
    struct login *l = new_login();
    SecBuffer in = {0, SECBUFFER_TOKEN, l->token}, made = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, given = {SECBUFFER_VERSION, 1, &made};
    ULONG attributes = 0;
    SECURITY_STATUS status;

    login_leg(l, FALSE);
    in.cbBuffer = l->token_size;
    status = AcceptSecurityContext(&l->server_credential, NULL, &input, ASC_REQ_ALLOCATE_MEMORY,
            SECURITY_NATIVE_DREP, &l->server, &given, &attributes, NULL);
    ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
    l->has_server = TRUE;
    ok(attributes & ASC_RET_ALLOCATED_MEMORY, "%08lx\n", attributes);
    ok(made.pvBuffer && made.cbBuffer > 32 && !memcmp(made.pvBuffer, "NTLMSSP", 8), "%lu bytes\n",
            made.cbBuffer);
    ok(FreeContextBuffer(made.pvBuffer) == SEC_E_OK, "free\n");
    drop(l);
}

/* "A server can specify that clients must be capable of using a confidential or integrity-checked
 * session, and it can reject clients that cannot meet that demand." Each flag of the page that NTLM
 * can demand. */
static void test_demands(void)
{
    static const struct {
        ULONG client, server;
        BOOL meets;
    } rows[] = {
            {0, ASC_REQ_INTEGRITY, FALSE},
            {0, ASC_REQ_REPLAY_DETECT, FALSE},
            {0, ASC_REQ_SEQUENCE_DETECT, FALSE},
            {0, ASC_REQ_CONFIDENTIALITY, FALSE},
            {ISC_REQ_INTEGRITY, ASC_REQ_CONFIDENTIALITY, FALSE},
            {ISC_REQ_INTEGRITY, ASC_REQ_INTEGRITY, TRUE},
            {ISC_REQ_SEQUENCE_DETECT, ASC_REQ_REPLAY_DETECT, TRUE},
            {ISC_REQ_CONFIDENTIALITY, ASC_REQ_CONFIDENTIALITY, TRUE},
            {ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY, 0, TRUE},
            {0, ASC_REQ_CONNECTION | ASC_REQ_EXTENDED_ERROR, TRUE},
    };
    int i;

    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        struct login *l = new_login();

        l->client_request = rows[i].client;
        l->server_request = rows[i].server;
        login_legs(l);
        ok(l->server_status == (rows[i].meets ? SEC_E_OK : SEC_E_UNSUPPORTED_FUNCTION),
                "row %d: %08lx\n", i, l->server_status);
        drop(l); /* the failed context, where one was made, is deleted */
    }
}

/* "If the security context cannot be established, the server must free the partially created
 * context by calling the DeleteSecurityContext function." */
static void test_failed_context(void)
{
    struct login *l = new_login();
    SECURITY_STATUS status;

    login_leg(l, FALSE);
    login_leg(l, TRUE);
    login_leg(l, FALSE);
    memset(l->token + 12, 0xFF, 8);
    login_leg(l, TRUE);
    ok(l->server_status == SEC_E_INVALID_TOKEN, "%08lx\n", l->server_status);
    status = server_leg(l, &l->server_credential, &l->server, 0, &l->server, NULL, NULL);
    ok(status == SEC_E_OUT_OF_SEQUENCE, "once more: %08lx\n", status); /* as buffers.c */
    status = DeleteSecurityContext(&l->server);
    ok(status == SEC_E_OK, "delete: %08lx\n", status);
    status = DeleteSecurityContext(&l->server);
    ok(status == SEC_E_INVALID_HANDLE, "delete again: %08lx\n", status);
    l->has_server = FALSE;
    drop(l);
}

/* EXTENDED_ERROR, "when errors occur, the remote party will be notified": NTLM has no message for
 * it ([MS-NLMP] 2.2.1), so a failed leg has an empty token, and a program that sends what it finds
 * there sends nothing, least of all what was in its buffer before. */
static void test_extended_error(void)
{
    ULONG requests[] = {
            0, ASC_REQ_EXTENDED_ERROR, ASC_REQ_EXTENDED_ERROR | ASC_REQ_ALLOCATE_MEMORY};
    union identity id;
    int i;

    for (i = 0; i < ARRAY_SIZE(requests); i++) {
        struct login *l = calloc(1, sizeof(*l));
        SECURITY_STATUS status;

        l->identity = make_identity(&id, FORM_PLAIN, L"alice", L"", L"not the password");
        login_acquire(l);
        login_leg(l, FALSE);
        login_leg(l, TRUE);
        login_leg(l, FALSE);
        l->server_request = requests[i];
        status = server_leg(l, &l->server_credential, &l->server, 0, &l->server, NULL, NULL);
        ok(status == SEC_E_LOGON_DENIED, "%d: %08lx\n", i, status);
        ok(!out.cbBuffer, "%d: %lu bytes to send\n", i, out.cbBuffer);
        status = server_leg(l, &l->server_credential, &l->server, 0, &l->server, NULL, NULL);
        ok(status == SEC_E_OUT_OF_SEQUENCE, "%d: %08lx\n", i, status);
        ok(!out.cbBuffer, "%d: %lu bytes to send\n", i, out.cbBuffer);
        drop(l);
    }
}

/* pInput: no descriptor, no token in it, an empty one, no NTLM in it. */
static void test_input(void)
{
    static BYTE zeros[100];
    SecBuffer nothing = {0, SECBUFFER_EMPTY, NULL}, empty = {0, SECBUFFER_TOKEN, NULL},
              garbage = {sizeof(zeros), SECBUFFER_TOKEN, zeros};
    SecBufferDesc rows[] = {{SECBUFFER_VERSION, 0, NULL}, {SECBUFFER_VERSION, 1, &nothing},
            {SECBUFFER_VERSION, 1, &empty}, {SECBUFFER_VERSION, 1, &garbage},
            {SECBUFFER_VERSION + 1, 1, &garbage}};
    struct login *l = new_login();
    CtxtHandle made = {STALE, STALE};
    ULONG attributes;
    SECURITY_STATUS status;
    int i;

    for (i = -1; i < (int)ARRAY_SIZE(rows); i++) {
        status = AcceptSecurityContext(&l->server_credential, NULL, i < 0 ? NULL : &rows[i], 0,
                SECURITY_NATIVE_DREP, &made, fresh_output(), &attributes, NULL);
        ok(status == SEC_E_INVALID_TOKEN, "row %d: %08lx\n", i, status);
        ok(made.dwLower == STALE, "row %d: a handle was written\n", i);
    }
    drop(l);
}

static void all_tests(void)
{
    test_direction();
    test_handles();
    test_new_context();
    test_data_rep();
    test_written();
    test_allocated();
    test_demands();
    test_failed_context();
    if (!is_opensspi())
        return;
    test_extended_error();
    test_input();
}

START_TEST(parameters)
{
    store_open();
    as_w_and_a(all_tests);
    store_close();
}
