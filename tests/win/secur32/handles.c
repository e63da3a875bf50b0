/* Handles that are none: SEC_E_INVALID_HANDLE from every function, and no crash (issue 2, "Wrong
 * input"). Freed handles and handles of the other kind are tested everywhere; NULL and random words
 * on opensspi only, as Windows promises nothing of them. */
#include "../sspi_test.h"

static BYTE room[4096];
static SecBuffer token = {sizeof(room), SECBUFFER_TOKEN, room};
static SecBufferDesc desc = {SECBUFFER_VERSION, 1, &token};

/* ---- every function that takes a context ---- */

static SECURITY_STATUS do_initialize(CtxtHandle *c)
{
    ULONG attributes;
    return initialize(NULL, c, NULL, 0, NULL, NULL, &desc, &attributes, NULL);
}
static SECURITY_STATUS do_accept(CtxtHandle *c)
{
    ULONG attributes;
    return AcceptSecurityContext(NULL, c, &desc, 0, 0, NULL, &desc, &attributes, NULL);
}
static SECURITY_STATUS do_apply(CtxtHandle *c)
{
    return ApplyControlToken(c, &desc);
}
static SECURITY_STATUS do_complete(CtxtHandle *c)
{
    return CompleteAuthToken(c, &desc);
}
static SECURITY_STATUS do_delete(CtxtHandle *c)
{
    return DeleteSecurityContext(c);
}
static SECURITY_STATUS do_encrypt(CtxtHandle *c)
{
    return EncryptMessage(c, 0, &desc, 0);
}
static SECURITY_STATUS do_decrypt(CtxtHandle *c)
{
    return DecryptMessage(c, &desc, 0, NULL);
}
static SECURITY_STATUS do_sign(CtxtHandle *c)
{
    return MakeSignature(c, 0, &desc, 0);
}
static SECURITY_STATUS do_verify(CtxtHandle *c)
{
    return VerifySignature(c, &desc, 0, NULL);
}
static SECURITY_STATUS do_query(CtxtHandle *c)
{
    SecPkgContext_Sizes sizes;
    return query(c, SECPKG_ATTR_SIZES, &sizes);
}
static SECURITY_STATUS do_query_strings(CtxtHandle *c)
{
    SecPkgContext_NamesW names;
    return query(c, SECPKG_ATTR_NAMES, &names);
}
static SECURITY_STATUS do_set(CtxtHandle *c)
{
    return ansi ? SetContextAttributesA(c, SECPKG_ATTR_FLAGS, room, 4)
                : SetContextAttributesW(c, SECPKG_ATTR_FLAGS, room, 4);
}
static SECURITY_STATUS do_impersonate(CtxtHandle *c)
{
    return ImpersonateSecurityContext(c);
}
static SECURITY_STATUS do_revert(CtxtHandle *c)
{
    return RevertSecurityContext(c);
}
static SECURITY_STATUS do_token(CtxtHandle *c)
{
    HANDLE h;
    return QuerySecurityContextToken(c, &h);
}
static SECURITY_STATUS do_export(CtxtHandle *c)
{
    SecBuffer packed = {0};
    void *h;
    return ExportSecurityContext(c, 0, &packed, &h);
}

/* ---- every function that takes a credential ---- */

static SECURITY_STATUS do_free(CredHandle *c)
{
    return FreeCredentialsHandle(c);
}
static SECURITY_STATUS do_start(CredHandle *c)
{
    CtxtHandle made = {STALE, STALE};
    ULONG attributes;
    SECURITY_STATUS status = initialize(c, NULL, NULL, 0, NULL, &made, &desc, &attributes, NULL);
    ok(made.dwLower == STALE, "a handle was written\n");
    return status;
}
static SECURITY_STATUS do_start_server(CredHandle *c)
{
    CtxtHandle made = {STALE, STALE};
    ULONG attributes;
    SECURITY_STATUS status =
            AcceptSecurityContext(c, NULL, &desc, 0, 0, &made, &desc, &attributes, NULL);
    ok(made.dwLower == STALE, "a handle was written\n");
    return status;
}
static SECURITY_STATUS do_query_credential(CredHandle *c)
{
    SecPkgCredentials_NamesW names;
    return ansi ? QueryCredentialsAttributesA(c, SECPKG_CRED_ATTR_NAMES, &names)
                : QueryCredentialsAttributesW(c, SECPKG_CRED_ATTR_NAMES, &names);
}
static SECURITY_STATUS do_set_credential(CredHandle *c)
{
    SECURITY_STATUS(WINAPI * set)
    (CredHandle *, ULONG, void *, ULONG) = (void *)GetProcAddress(GetModuleHandleA("secur32.dll"),
            ansi ? "SetCredentialsAttributesA" : "SetCredentialsAttributesW");
    return set(c, SECPKG_CRED_ATTR_NAMES, room, 8);
}
static SECURITY_STATUS do_add(CredHandle *c)
{
    return ansi ? AddCredentialsA(c, NULL, "NTLM", SECPKG_CRED_OUTBOUND, NULL, NULL, NULL, NULL)
                : AddCredentialsW(
                          c, NULL, (WCHAR *)L"NTLM", SECPKG_CRED_OUTBOUND, NULL, NULL, NULL, NULL);
}

struct function {
    const char *name;
    SECURITY_STATUS (*call)(SecHandle *);
};
#define F(name) {#name, name}
static const struct function of_contexts[] = {F(do_initialize), F(do_accept), F(do_apply),
        F(do_complete), F(do_delete), F(do_encrypt), F(do_decrypt), F(do_sign), F(do_verify),
        F(do_query), F(do_query_strings), F(do_set), F(do_impersonate), F(do_revert), F(do_token),
        F(do_export)};
static const struct function of_credentials[] = {F(do_free), F(do_start), F(do_start_server),
        F(do_query_credential), F(do_set_credential), F(do_add)};

static void each(
        const struct function *functions, int count, const SecHandle *handle, const char *what)
{
    int i;
    for (i = 0; i < count; i++) {
        SecHandle copy = handle ? *handle : (SecHandle){0};
        SECURITY_STATUS status;
        token = (SecBuffer){sizeof(room), SECBUFFER_TOKEN, room};
        status = functions[i].call(handle ? &copy : NULL);
        ok(status == SEC_E_INVALID_HANDLE, "%s with %s: %08lx\n", functions[i].name, what, status);
    }
}

static void both_kinds(const SecHandle *handle, const char *what)
{
    each(of_contexts, ARRAY_SIZE(of_contexts), handle, what);
    each(of_credentials, ARRAY_SIZE(of_credentials), handle, what);
}

static const WCHAR *const packages[] = {L"NTLM", L"Negotiate", UNISP_NAME_W, L"CREDSSP"};
static const WCHAR *package = L"NTLM";

static void open_pair(CredHandle *credential, CtxtHandle *context)
{
    union identity id;
    CREDSSP_CRED cred = {
            CredsspPasswordCreds, NULL, make_identity(&id, FORM_PLAIN, L"u", L"d", L"p")};
    void *data = !wcscmp(package, L"CREDSSP")     ? &cred
                 : !wcscmp(package, UNISP_NAME_W) ? NULL
                                                  : (void *)&id;
    ULONG attributes;
    SECURITY_STATUS status;

    token = (SecBuffer){sizeof(room), SECBUFFER_TOKEN, room};
    status = acquire(package, SECPKG_CRED_OUTBOUND, data, credential, NULL);
    ok(status == SEC_E_OK, "credential %08lx\n", status);
    status = initialize(
            credential, NULL, L"HTTP/localhost", 0, NULL, context, &desc, &attributes, NULL);
    ok(status == SEC_I_CONTINUE_NEEDED, "context %08lx\n", status);
}

static void test_wild(void)
{
    SecHandle wild[] = {{0, 0}, {1, 1}, {~(ULONG_PTR)0, ~(ULONG_PTR)0}, {0xdeadbeef, 0xdeadbeef},
            {8, 0}, {0, 8}, {(ULONG_PTR)room, (ULONG_PTR)room}};
    CredHandle credential;
    CtxtHandle context;
    char what[40];
    int i;

    both_kinds(NULL, "NULL");
    for (i = 0; i < ARRAY_SIZE(wild); i++) {
        sprintf(what, "random words %d", i);
        both_kinds(&wild[i], what);
    }
    open_pair(&credential, &context);
    for (i = 0; i < (int)(8 * sizeof(SecHandle)); i++) { /* each bit of a good one */
        SecHandle near_miss = context;
        ((BYTE *)&near_miss)[i / 8] ^= 1 << i % 8;
        if (!memcmp(&near_miss, &credential, sizeof(near_miss)))
            continue; /* that is a good one of the other kind */
        sprintf(what, "bit %d flipped", i);
        both_kinds(&near_miss, what);
    }
    ok(DeleteSecurityContext(&context) == SEC_E_OK &&
                    FreeCredentialsHandle(&credential) == SEC_E_OK,
            "still good\n");
}

static void test_other_kind(void)
{
    CredHandle credential;
    CtxtHandle context;

    open_pair(&credential, &context);
    each(of_contexts, ARRAY_SIZE(of_contexts), &credential, "a credential");
    each(of_credentials, ARRAY_SIZE(of_credentials), &context, "a context");
    /* The kind stands in the handle (libs/ssp/handle.c); one that was changed there names no object of that kind. */
    credential.dwLower ^= 3;
    each(of_contexts, ARRAY_SIZE(of_contexts), &credential, "a credential that says it is a context");
    credential.dwLower ^= 3;
    context.dwLower ^= 3;
    each(of_credentials, ARRAY_SIZE(of_credentials), &context, "a context that says it is a credential");
    context.dwLower ^= 3;
    ok(DeleteSecurityContext(&context) == SEC_E_OK &&
                    FreeCredentialsHandle(&credential) == SEC_E_OK,
            "still good\n");
}

/* Freed, and freed again, also when the place was taken by a new one. */
static void test_freed(void)
{
    CredHandle credential, new_credential;
    CtxtHandle context, new_context;

    open_pair(&credential, &context);
    ok(DeleteSecurityContext(&context) == SEC_E_OK, "delete\n");
    each(of_contexts, ARRAY_SIZE(of_contexts), &context, "a deleted context");
    ok(FreeCredentialsHandle(&credential) == SEC_E_OK, "free\n");
    each(of_credentials, ARRAY_SIZE(of_credentials), &credential, "a freed credential");
    if (!is_opensspi())
        return; /* Windows may give the same words again */
    open_pair(&new_credential, &new_context);
    each(of_contexts, ARRAY_SIZE(of_contexts), &context, "a deleted context, place taken");
    each(of_credentials, ARRAY_SIZE(of_credentials), &credential,
            "a freed credential, place taken");
    ok(DeleteSecurityContext(&new_context) == SEC_E_OK &&
                    FreeCredentialsHandle(&new_credential) == SEC_E_OK,
            "still good\n");
}

/* The credential goes first: the context lives on (the package holds what it needs). */
static void test_credential_first(void)
{
    CredHandle credential;
    CtxtHandle context;

    open_pair(&credential, &context);
    ok(FreeCredentialsHandle(&credential) == SEC_E_OK, "credential\n");
    /* Windows has nothing to say of a context before it is complete (?), nor have we of TLS */
    if (is_opensspi() && wcscmp(package, UNISP_NAME_W) && wcscmp(package, L"CREDSSP"))
        ok(do_query(&context) == SEC_E_OK, "query\n");
    ok(DeleteSecurityContext(&context) == SEC_E_OK, "context\n");
}

/* A context goes on with its own package only: "SEC_E_WRONG_CREDENTIAL_HANDLE: the supplied
 * credential handle does not match the credential that is associated with the security context"
 * (winerror.h). It stays good to delete. */
static void test_mixed(void)
{
    CredHandle credentials[ARRAY_SIZE(packages)];
    CtxtHandle contexts[ARRAY_SIZE(packages)];
    unsigned i, k;

    for (i = 0; i < ARRAY_SIZE(packages); i++) {
        package = packages[i];
        open_pair(&credentials[i], &contexts[i]);
    }
    for (i = 0; i < ARRAY_SIZE(packages); i++)
        for (k = 0; k < ARRAY_SIZE(packages); k++) {
            ULONG attributes;
            SECURITY_STATUS status;
            if (i == k)
                continue;
            token = (SecBuffer){sizeof(room), SECBUFFER_TOKEN, room};
            status = initialize(&credentials[i], &contexts[k], L"HTTP/localhost", 0, &desc, NULL,
                    &desc, &attributes, NULL);
            ok(status == SEC_E_WRONG_CREDENTIAL_HANDLE, "%ls with a context of %ls: %08lx\n",
                    packages[i], packages[k], status);
            status = AcceptSecurityContext(
                    &credentials[i], &contexts[k], &desc, 0, 0, NULL, &desc, &attributes, NULL);
            ok(status == SEC_E_WRONG_CREDENTIAL_HANDLE, "%ls with a context of %ls: %08lx\n",
                    packages[i], packages[k], status);
        }
    for (i = 0; i < ARRAY_SIZE(packages); i++)
        ok(DeleteSecurityContext(&contexts[i]) == SEC_E_OK &&
                        FreeCredentialsHandle(&credentials[i]) == SEC_E_OK,
                "%ls: still good\n", packages[i]);
}

static void all_tests(void)
{
    unsigned i;

    for (i = 0; i < ARRAY_SIZE(packages); i++) {
        winetest_push_context("%ls", packages[i]);
        package = packages[i];
        test_freed();
        test_credential_first();
        if (is_opensspi())
            test_other_kind();
        winetest_pop_context();
    }
    package = L"NTLM";
    if (is_opensspi()) {
        test_wild();
        test_mixed();
    }
}

START_TEST(handles)
{
    as_w_and_a(all_tests);
}
