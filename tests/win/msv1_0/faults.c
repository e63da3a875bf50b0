/* SEC_E_INSUFFICIENT_MEMORY ("not enough memory available to complete the requested action") and
 * SEC_E_INTERNAL_ERROR ("an error occurred that did not map to an SSPI error code"), provoked in
 * the DLLs as they ship (../faults.h). Each allocation of a whole session
 * fails in turn, then each call for random bytes. What was made before stays deletable, and nothing
 * is left over. */
#include "../accounts.h"
#include "../login.h"
#include "../faults.h"

/* NTLM, and Negotiate around it, raw, and in SPNEGO where the server speaks first: what Negotiate
 * allocates itself fails as well. */
static const struct package {
    const WCHAR *name;
    const char *ansi;
    BOOL server_first;
} packages[] = {{L"NTLM", "NTLM"}, {L"Negotiate", "Negotiate"}, {L"Negotiate", "Negotiate", TRUE}}, *package;

/* ---- one whole session; where it failed, and with what ---- */

struct run {
    struct login login;
    CtxtHandle imported;
    BOOL has_client_credential, has_server_credential, has_imported;
    SecBuffer packed;
    const char *at;
};

static SECURITY_STATUS step_client_credential(struct run *r)
{
    SECURITY_STATUS s = acquire(
            package->name, SECPKG_CRED_OUTBOUND, good_identity(), &r->login.client_credential, NULL);
    r->has_client_credential = s == SEC_E_OK;
    return s;
}

static SECURITY_STATUS step_server_credential(struct run *r)
{
    SECURITY_STATUS s =
            acquire(package->name, SECPKG_CRED_INBOUND, NULL, &r->login.server_credential, NULL);
    r->has_server_credential = s == SEC_E_OK;
    return s;
}

static SECURITY_STATUS step_client(struct run *r)
{
    return login_leg(&r->login, FALSE);
}

static SECURITY_STATUS step_server(struct run *r)
{
    return login_leg(&r->login, TRUE);
}

static SECURITY_STATUS step_encrypt(struct run *r)
{
    char text[20] = "text", signature[16];
    SecBuffer b[] = {{20, SECBUFFER_DATA, text}, {16, SECBUFFER_TOKEN, signature}};
    SECURITY_STATUS s = EncryptMessage(&r->login.client, 0, &DESC(b), 0);

    return s == SEC_E_OK ? DecryptMessage(&r->login.server, &DESC(b), 0, NULL) : s;
}

static SECURITY_STATUS step_names(struct run *r)
{
    SecPkgContext_NamesW names = {NULL};
    SECURITY_STATUS s = query(&r->login.server, SECPKG_ATTR_NAMES, &names);

    FreeContextBuffer(names.sUserName);
    return s;
}

static SECURITY_STATUS step_key_info(struct run *r)
{
    SecPkgContext_KeyInfoW info = {NULL};
    SECURITY_STATUS s = query(&r->login.server, SECPKG_ATTR_KEY_INFO, &info);

    FreeContextBuffer(info.sSignatureAlgorithmName);
    FreeContextBuffer(info.sEncryptAlgorithmName);
    return s;
}

static SECURITY_STATUS step_key(struct run *r)
{
    SecPkgContext_SessionKey key = {0};
    SECURITY_STATUS s = query(&r->login.client, SECPKG_ATTR_SESSION_KEY, &key);

    FreeContextBuffer(key.SessionKey);
    return s;
}

static SECURITY_STATUS step_export(struct run *r)
{
    return ExportSecurityContext(&r->login.client, 0, &r->packed, NULL);
}

static SECURITY_STATUS step_import(struct run *r)
{
    SECURITY_STATUS s =
            ansi ? ImportSecurityContextA((char *)package->ansi, &r->packed, NULL, &r->imported)
                 : ImportSecurityContextW((WCHAR *)package->name, &r->packed, NULL, &r->imported);
    r->has_imported = s == SEC_E_OK;
    return s;
}

/* The client's leg with AUTHENTICATE: with mechListMIC it waits for the server's. */
static SECURITY_STATUS step_authenticate(struct run *r)
{
    SECURITY_STATUS s = login_leg(&r->login, FALSE);

    return package->server_first && s == SEC_I_CONTINUE_NEEDED ? SEC_E_OK : s;
}

static SECURITY_STATUS step_hint(struct run *r)
{
    return package->server_first ? step_server(r) : SEC_I_CONTINUE_NEEDED;
}

static SECURITY_STATUS step_mic(struct run *r)
{
    return package->server_first ? step_client(r) : SEC_E_OK;
}

static const struct {
    const char *name;
    SECURITY_STATUS (*step)(struct run *r);
    SECURITY_STATUS want;
} steps[] = {
        {"client credential", step_client_credential, SEC_E_OK},
        {"server credential", step_server_credential, SEC_E_OK},
        {"hint", step_hint, SEC_I_CONTINUE_NEEDED},
        {"NEGOTIATE", step_client, SEC_I_CONTINUE_NEEDED},
        {"CHALLENGE", step_server, SEC_I_CONTINUE_NEEDED},
        {"AUTHENTICATE", step_authenticate, SEC_E_OK},
        {"login", step_server, SEC_E_OK},
        {"mechListMIC", step_mic, SEC_E_OK},
        {"message", step_encrypt, SEC_E_OK},
        {"names", step_names, SEC_E_OK},
        {"key info", step_key_info, SEC_E_OK},
        {"session key", step_key, SEC_E_OK},
        {"export", step_export, SEC_E_OK},
        {"import", step_import, SEC_E_OK},
};

/* Up to the first step that fails; its status, or SEC_E_OK. */
static SECURITY_STATUS go(struct run *r)
{
    SECURITY_STATUS status = SEC_E_OK;
    int i;

    for (i = 0; i < ARRAY_SIZE(steps); i++) {
        r->at = steps[i].name;
        status = steps[i].step(r);
        if (status != steps[i].want)
            return status;
    }
    return SEC_E_OK;
}

static void end(struct run *r)
{
    if (r->packed.pvBuffer)
        FreeContextBuffer(r->packed.pvBuffer);
    if (r->has_imported)
        ok(DeleteSecurityContext(&r->imported) == SEC_E_OK, "%s: imported\n", r->at);
    if (r->login.has_client)
        ok(DeleteSecurityContext(&r->login.client) == SEC_E_OK, "%s: client\n", r->at);
    if (r->login.has_server)
        ok(DeleteSecurityContext(&r->login.server) == SEC_E_OK, "%s: server\n", r->at);
    if (r->has_client_credential)
        ok(FreeCredentialsHandle(&r->login.client_credential) == SEC_E_OK, "%s: client\n", r->at);
    if (r->has_server_credential)
        ok(FreeCredentialsHandle(&r->login.server_credential) == SEC_E_OK, "%s: server\n", r->at);
}

/* Fails the N-th call counted by LEFT; FALSE: there was none. */
static BOOL try(LONG *left, LONG n, SECURITY_STATUS want)
{
    struct run *r = calloc(1, sizeof(*r));
    LONG before = live;
    SECURITY_STATUS status;
    BOOL failed;

    r->login.target = L"HOST/here";
    r->login.server_first = package->server_first;
    r->login.client_request = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY;
    *left = n;
    status = go(r);
    failed = n >= 0 && *left < 0;
    *left = -1;
    if (failed)
        ok(status == want, "%ld, %s: %08lx\n", n, r->at, status);
    else
        ok(status == SEC_E_OK, "%s: %08lx without a fault\n", r->at, status);
    end(r);
    ok(n < 0 || live == before, "%ld, %s: %ld blocks are left over\n", n, r->at, live - before);
    free(r);
    return failed;
}

static void test_package(void)
{
    LONG n;

    try(&memory_left, -1, SEC_E_OK); /* makes what is made once in a process */
    for (n = 0; n < 1000 && try(&memory_left, n, SEC_E_INSUFFICIENT_MEMORY); n++)
        ;
    ok(n > 30 && n < 1000, "%ld allocations\n", n);
    trace("%ls%s: %ld allocations\n", package->name, package->server_first ? ", the server first" : "", n);
    for (n = 0; n < 100 && try(&random_left, n, SEC_E_INTERNAL_ERROR); n++)
        ;
    ok(n >= 3, "random bytes %ld times\n", n); /* two challenges and a session key */
}

static void test_all(void)
{
    for (int i = 0; i < ARRAY_SIZE(packages); i++) {
        package = &packages[i];
        test_package();
    }
}

START_TEST(faults)
{
    int i;

    if (!is_opensspi()) {
        skip("Windows' packages are in another process\n");
        return;
    }
    store_open();
    patch_module("msv1_0.dll");
    for (i = 0; i < ARRAY_SIZE(hooks); i++)
        ok(hooks[i].places == 1, "%s is imported %d times\n", hooks[i].name, hooks[i].places);
    patch_module("secur32.dll");
    as_w_and_a(test_all);
    unpatch();
    store_close();
}
