/* A login in one process with a package of one token a leg (NTLM, Negotiate): the wishes go in, all
 * results stay. */
#ifndef TESTS_WIN_LOGIN_H
#define TESTS_WIN_LOGIN_H

#include "sspi_test.h"

enum { TOKEN_ROOM = 4096, LEGS = 6 };

struct login {
    /* Wishes; NULL packages: NTLM. */
    const WCHAR *client_package, *server_package, *target;
    const void *identity;
    ULONG client_request, server_request;
    SEC_CHANNEL_BINDINGS *client_bindings, *server_bindings;
    ULONG client_bindings_size, server_bindings_size;
    BOOL server_first; /* the client's first leg is given the server's token ([MS-SPNG] 3.3.5.2) */
    /* Results. */
    CredHandle client_credential, server_credential;
    CtxtHandle client, server;
    BOOL has_client, has_server;
    SECURITY_STATUS client_status, server_status;
    unsigned client_legs, server_legs;
    ULONG client_attributes[LEGS], server_attributes[LEGS];
    TimeStamp client_expiry, server_expiry;
    BYTE token[TOKEN_ROOM]; /* the one under way */
    ULONG token_size;
    BYTE tokens[2 * LEGS][TOKEN_ROOM]; /* all that were sent */
    ULONG token_sizes[2 * LEGS];
    unsigned token_count;
};

static void login_acquire(struct login *l)
{
    SECURITY_STATUS status;

    status = acquire(l->client_package ? l->client_package : L"NTLM", SECPKG_CRED_OUTBOUND,
            l->identity, &l->client_credential, NULL);
    ok(status == SEC_E_OK, "client credential %08lx\n", status);
    status = acquire(l->server_package ? l->server_package : L"NTLM", SECPKG_CRED_INBOUND, NULL,
            &l->server_credential, NULL);
    ok(status == SEC_E_OK, "server credential %08lx\n", status);
}

static void login_keep_token(struct login *l, const SecBuffer *out)
{
    l->token_size = out->cbBuffer;
    memcpy(l->token, out->pvBuffer, out->cbBuffer);
    if (!out->cbBuffer || l->token_count == 2 * LEGS)
        return;
    memcpy(l->tokens[l->token_count], l->token, l->token_size);
    l->token_sizes[l->token_count++] = l->token_size;
}

/* One leg of one side with l->token, unless it is the first of who speaks first. */
static SECURITY_STATUS login_leg(struct login *l, BOOL server)
{
    static BYTE room[TOKEN_ROOM];
    BOOL first = server ? !l->has_server : !l->has_client;
    SecBuffer in[2] = {{l->token_size, SECBUFFER_TOKEN, l->token}},
              out = {sizeof(room), SECBUFFER_TOKEN, room};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, in}, output = {SECBUFFER_VERSION, 1, &out};
    SEC_CHANNEL_BINDINGS *bindings = server ? l->server_bindings : l->client_bindings;
    BYTE given[TOKEN_ROOM];
    SECURITY_STATUS status;

    memcpy(given, l->token, l->token_size);
    in[0].pvBuffer = given;
    if (bindings) {
        in[1] = (SecBuffer){server ? l->server_bindings_size : l->client_bindings_size,
                SECBUFFER_CHANNEL_BINDINGS, bindings};
        input.cBuffers = 2;
    }
    if (!server && first && !l->server_first) { /* nothing but the bindings, if any */
        input.pBuffers = &in[1];
        input.cBuffers--;
    }
    if (server)
        status = AcceptSecurityContext(&l->server_credential, first ? NULL : &l->server, &input,
                l->server_request, SECURITY_NATIVE_DREP, &l->server, &output,
                &l->server_attributes[l->server_legs++], &l->server_expiry);
    else
        status = initialize(&l->client_credential, first ? NULL : &l->client, l->target,
                l->client_request, input.cBuffers ? &input : NULL, &l->client, &output,
                &l->client_attributes[l->client_legs++], &l->client_expiry);
    if (first && SUCCEEDED(status))
        *(server ? &l->has_server : &l->has_client) = TRUE;
    /* docs/interop.md: nothing to send, and it says so; but where there is no memory for a handle */
    if (!server && FAILED(status) && status != SEC_E_INSUFFICIENT_MEMORY && is_opensspi())
        ok(!out.cbBuffer, "%08lx with %lu bytes\n", status, out.cbBuffer);
    out.cbBuffer = SUCCEEDED(status) ? out.cbBuffer : 0;
    login_keep_token(l, &out);
    return *(server ? &l->server_status : &l->client_status) = status;
}

/* Legs in turn until both are done or one has failed. */
static void login_legs(struct login *l)
{
    l->client_status = l->server_status = SEC_I_CONTINUE_NEEDED;
    while (l->client_legs < LEGS) {
        if (l->client_status == SEC_I_CONTINUE_NEEDED && FAILED(login_leg(l, FALSE)))
            break;
        if (!l->token_size)
            break;
        if (l->server_status == SEC_I_CONTINUE_NEEDED && FAILED(login_leg(l, TRUE)))
            break;
        if (!l->token_size)
            break;
    }
}

static void login_run(struct login *l)
{
    login_acquire(l);
    login_legs(l);
}

/* Both must be done. */
static BOOL login_good(struct login *l)
{
    login_run(l);
    ok(l->client_status == SEC_E_OK, "client: %08lx\n", l->client_status);
    ok(l->server_status == SEC_E_OK, "server: %08lx\n", l->server_status);
    return l->client_status == SEC_E_OK && l->server_status == SEC_E_OK;
}

static void login_close(struct login *l)
{
    if (l->has_client)
        ok(DeleteSecurityContext(&l->client) == SEC_E_OK, "client context\n");
    if (l->has_server)
        ok(DeleteSecurityContext(&l->server) == SEC_E_OK, "server context\n");
    ok(FreeCredentialsHandle(&l->client_credential) == SEC_E_OK, "client credential\n");
    ok(FreeCredentialsHandle(&l->server_credential) == SEC_E_OK, "server credential\n");
}

#endif
