/* Buffers of a leg that are missing, too small, or of the wrong type; legs out of order. */
#include "../accounts.h"
#include "../login.h"

static CredHandle client, server;

static SECURITY_STATUS first_leg(SecBufferDesc *out, CtxtHandle *context, ULONG *attributes)
{
    context->dwLower = context->dwUpper = STALE;
    return initialize(&client, NULL, NULL, 0, NULL, context, out, attributes, NULL);
}

/* Wine's ntlm.c, runClient, on Windows: a first leg with pOutput NULL, cbBuffer 0, or a buffer of type
 * DATA is SEC_E_BUFFER_TOO_SMALL. */
static void test_first_leg(void)
{
    BYTE room[TOKEN_ROOM];
    SecBuffer out = {0, SECBUFFER_TOKEN, room};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
    CtxtHandle context;
    ULONG attributes;
    SECURITY_STATUS status;

    status = first_leg(NULL, &context, &attributes);
    ok(status == SEC_E_BUFFER_TOO_SMALL, "no output: %08lx\n", status);
    status = first_leg(&output, &context, &attributes);
    ok(status == SEC_E_BUFFER_TOO_SMALL, "no room: %08lx\n", status);
    out = (SecBuffer){sizeof(room), SECBUFFER_DATA, room};
    status = first_leg(&output, &context, &attributes);
    ok(status == SEC_E_BUFFER_TOO_SMALL, "a DATA buffer: %08lx\n", status);
    ok(context.dwLower == STALE && context.dwUpper == STALE, "a failed first leg wrote a handle\n");
    out = (SecBuffer){sizeof(room), SECBUFFER_TOKEN, room};
    memset(room, 0xAA, sizeof(room));
    status = first_leg(&output, &context, &attributes);
    ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
    ok(out.cbBuffer < 200 && room[out.cbBuffer] == 0xAA, "written behind the token of %lu bytes\n",
            out.cbBuffer);
    ok(DeleteSecurityContext(&context) == SEC_E_OK, "delete\n");
}

/* A first leg with an input descriptor that holds no token is a first leg all the same
 * (BUILDING.md: stock Wine refuses it; Windows programs pass one). */
static void test_empty_input(void)
{
    BYTE room[TOKEN_ROOM];
    SecBuffer out = {sizeof(room), SECBUFFER_TOKEN, room}, in = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out}, input = {SECBUFFER_VERSION, 1, &in};
    CtxtHandle context;
    ULONG attributes;
    SECURITY_STATUS status =
            initialize(&client, NULL, NULL, 0, &input, &context, &output, &attributes, NULL);

    ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
    if (SUCCEEDED(status))
        DeleteSecurityContext(&context);
}

static SECURITY_STATUS accept_leg(CtxtHandle *old, BYTE *token, ULONG size, CtxtHandle *new_context)
{
    static BYTE room[TOKEN_ROOM];
    SecBuffer in = {size, SECBUFFER_TOKEN, token}, out = {sizeof(room), SECBUFFER_TOKEN, room};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &out};
    ULONG attributes;
    return AcceptSecurityContext(
            &server, old, &input, 0, SECURITY_NATIVE_DREP, new_context, &output, &attributes, NULL);
}

/* "AcceptSecurityContext (NTLM)": SEC_E_INVALID_TOKEN; nothing is made. */
static void test_server_garbage(void)
{
    static BYTE garbage[] = "GET / HTTP/1.1\r\n\r\n", cut[] = "NTLMSSP\0\1\0\0",
                wrong[40] = "NTLMSSP\0\3";
    static const struct {
        BYTE *token;
        ULONG size;
    } rows[] = {{garbage, sizeof(garbage) - 1}, {cut, 8}, {cut, 11}, {wrong, 40}};
    CtxtHandle context = {STALE, STALE};
    int i;

    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        SECURITY_STATUS status = accept_leg(NULL, rows[i].token, rows[i].size, &context);
        ok(status == SEC_E_INVALID_TOKEN, "%d: %08lx\n", i, status);
        ok(context.dwLower == STALE, "%d: a handle was written\n", i);
    }
}

/* Wine's ntlm.c, runClient, says it of Windows: a leg after a failed one is SEC_E_OUT_OF_SEQUENCE; the context stays deletable. */
static void test_after_failure(void)
{
    struct login *l = calloc(1, sizeof(*l));
    BYTE challenge[TOKEN_ROOM];
    ULONG size;

    l->identity = good_identity();
    login_acquire(l);
    login_leg(l, FALSE);
    login_leg(l, TRUE);
    memcpy(challenge, l->token, size = l->token_size);
    l->token[8] ^= 4; /* the message type */
    login_leg(l, FALSE);
    ok(l->client_status == SEC_E_INVALID_TOKEN, "%08lx\n", l->client_status);
    memcpy(l->token, challenge, l->token_size = size);
    login_leg(l, FALSE);
    ok(l->client_status == SEC_E_OUT_OF_SEQUENCE || (!is_opensspi() && FAILED(l->client_status)),
            "%08lx\n", l->client_status);
    memcpy(l->token, challenge, l->token_size = size); /* a CHALLENGE to the server */
    login_leg(l, TRUE);
    ok(l->server_status == SEC_E_INVALID_TOKEN, "%08lx\n", l->server_status);
    memcpy(l->token, challenge, l->token_size = size);
    login_leg(l, TRUE);
    ok(l->server_status == SEC_E_OUT_OF_SEQUENCE || (!is_opensspi() && FAILED(l->server_status)),
            "%08lx\n", l->server_status);
    login_close(l);
    free(l);
}

/* A leg more than there is to do. */
static void test_after_success(void)
{
    struct login *l = calloc(1, sizeof(*l));

    l->identity = good_identity();
    login_good(l);
    memcpy(l->token, l->tokens[1], l->token_size = l->token_sizes[1]);
    login_leg(l, FALSE);
    ok(FAILED(l->client_status), "%08lx\n", l->client_status);
    memcpy(l->token, l->tokens[2], l->token_size = l->token_sizes[2]);
    login_leg(l, TRUE);
    ok(FAILED(l->server_status), "%08lx\n", l->server_status);
    login_close(l);
    free(l);
}

/* One side's context is not the other's. Ours only: what Windows does with a mix-up is nowhere
 * said. */
static void test_wrong_side(void)
{
    struct login *l = calloc(1, sizeof(*l));
    BYTE room[TOKEN_ROOM];
    SecBuffer out = {sizeof(room), SECBUFFER_TOKEN, room};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
    ULONG attributes;
    SECURITY_STATUS status;

    if (!is_opensspi())
        return;
    l->identity = good_identity();
    login_acquire(l);
    login_leg(l, FALSE);
    status = accept_leg(&l->client, l->token, l->token_size, NULL);
    ok(status == SEC_E_INVALID_HANDLE, "a client's context accepted: %08lx\n", status);
    status = initialize(
            &l->server_credential, NULL, NULL, 0, NULL, &l->server, &output, &attributes, NULL);
    ok(status == SEC_E_NO_CREDENTIALS, "an inbound credential goes out: %08lx\n", status);
    login_close(l);
    free(l);
}

static void all_tests(void)
{
    ok(acquire(L"NTLM", SECPKG_CRED_OUTBOUND, good_identity(), &client, NULL) == SEC_E_OK,
            "client\n");
    ok(acquire(L"NTLM", SECPKG_CRED_INBOUND, NULL, &server, NULL) == SEC_E_OK, "server\n");
    test_first_leg();
    test_empty_input();
    test_server_garbage();
    test_after_failure();
    test_after_success();
    test_wrong_side();
    FreeCredentialsHandle(&client);
    FreeCredentialsHandle(&server);
}

START_TEST(buffers)
{
    store_open();
    as_w_and_a(all_tests);
    store_close();
}
