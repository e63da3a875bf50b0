/* "InitializeSecurityContext (CredSSP)": SEC_E_INSUFFICIENT_MEMORY ("not enough memory available to complete
 * the requested action") and SEC_E_INTERNAL_ERROR ("an error occurred that did not map to an SSPI error
 * code"), provoked in the DLLs as they ship (../faults.h): each allocation of CredSSP's and of the
 * NTLM inside it fails in turn, then each call for random bytes. What was made before stays deletable. */
#include "pair.h"
#include "../faults.h"

/* The first that failed; SEC_E_OK: none. */
static SECURITY_STATUS go(struct pair *p)
{
    SECURITY_STATUS status = pair_client_credential(p);
    BOOL server = FALSE;
    int i;

    if (FAILED(status))
        return status;
    status = pair_server_credential(p);
    p->client_status = p->server_status = SEC_I_CONTINUE_NEEDED;
    for (i = 0; i < 30 && SUCCEEDED(status); i++, server = !server) {
        SECURITY_STATUS *own = server ? &p->server_status : &p->client_status;
        ULONG size = server ? p->to_server.size : p->to_client.size;
        if (*own == SEC_I_CONTINUE_NEEDED && (size || (!server && !p->has_client)))
            status = *own = pair_leg(p, server, size);
    }
    return FAILED(status) ? status : SEC_E_OK;
}

static void end(struct pair *p)
{
    SecPkgContext_ClientCreds creds = {0};

    if (p->has_server && p->server_status != SEC_E_OK)
        ok(FAILED(query(&p->server, SECPKG_ATTR_CREDS_2, &creds)), "credentials of a failed login\n");
    if (p->has_client)
        ok(DeleteSecurityContext(&p->client) == SEC_E_OK, "client context\n");
    if (p->has_server)
        ok(DeleteSecurityContext(&p->server) == SEC_E_OK, "server context\n");
    if (p->client_credential.dwLower || p->client_credential.dwUpper)
        ok(FreeCredentialsHandle(&p->client_credential) == SEC_E_OK, "client credential\n");
    if (p->server_credential.dwLower || p->server_credential.dwUpper)
        ok(FreeCredentialsHandle(&p->server_credential) == SEC_E_OK, "server credential\n");
    free(p);
}

/* Fails the N-th call counted by LEFT; FALSE: there was none. */
static BOOL try(LONG *left, LONG n, SECURITY_STATUS want)
{
    struct pair *p = pair_new(good_identity());
    SECURITY_STATUS status;
    BOOL failed;

    p->new_tls = TRUE;
    *left = n;
    status = go(p);
    failed = n >= 0 && *left < 0;
    *left = -1;
    if (failed)
        ok(status == want, "%ld: %08lx, client %08lx, server %08lx\n", n, status, p->client_status,
                p->server_status);
    else
        ok(status == SEC_E_OK && p->client_status == SEC_E_OK && p->server_status == SEC_E_OK,
                "client %08lx, server %08lx without a fault\n", p->client_status, p->server_status);
    end(p);
    return failed;
}

static void test_all(void)
{
    LONG n;

    try(&memory_left, -1, SEC_E_OK); /* makes what is made once in a process */
    for (n = 0; n < 3000 && try(&memory_left, n, SEC_E_INSUFFICIENT_MEMORY); n++)
        ;
    ok(n > 100 && n < 3000, "%ld allocations\n", n);
    trace("%ld allocations\n", n);
    for (n = 0; n < 100 && try(&random_left, n, SEC_E_INTERNAL_ERROR); n++)
        ;
    ok(n >= 4, "random bytes %ld times\n", n); /* two challenges, a session key, a nonce */
}

START_TEST(faults)
{
    if (!store_open()) {
        skip("Windows' packages are in another process\n");
        return;
    }
    patch_module("credssp.dll");
    patch_module("msv1_0.dll");
    patch_module("secur32.dll");
    test_all();
    unpatch();
    store_close();
    drop_certificate();
}
