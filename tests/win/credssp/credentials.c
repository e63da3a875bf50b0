/* CREDSSP_CRED: "CREDSSP_CRED structure", "CREDSPP_SUBMIT_TYPE enumeration". */
#include "pair.h"

static SECURITY_STATUS acquire_type(ULONG type, ULONG use, void *tls, void *identity)
{
    CREDSSP_CRED cred = {type, tls, identity};
    CredHandle credential = {STALE, STALE};
    SECURITY_STATUS status = acquire(L"CREDSSP", use, &cred, &credential, NULL);

    if (SUCCEEDED(status))
        FreeCredentialsHandle(&credential);
    else
        ok(credential.dwLower == STALE && credential.dwUpper == STALE,
                "type %lu: a handle was written\n", type);
    return status;
}

static void test_client(void)
{
    union identity id;
    SCHANNEL_CRED tls = {SCHANNEL_CRED_VERSION};
    SCH_CREDENTIALS new_tls = {SCH_CREDENTIALS_VERSION};
    SECURITY_STATUS status;
    enum form form;

    for (form = 0; form < FORMS; form++) {
        make_identity(&id, form, L"bob", L"BUILDERS", L"CanWe?Fix");
        status = acquire_type(CredsspPasswordCreds, SECPKG_CRED_OUTBOUND, &tls, &id);
        ok(status == SEC_E_OK, "%s: %08lx\n", form_names[form], status);
    }
    status = acquire_type(CredsspPasswordCreds, SECPKG_CRED_OUTBOUND, NULL, &id);
    ok(status == SEC_E_OK, "no Schannel credential: %08lx\n", status);
    status = acquire_type(CredsspPasswordCreds, SECPKG_CRED_OUTBOUND, &new_tls, &id);
    ok(status == SEC_E_OK || broken(!is_opensspi()), "SCH_CREDENTIALS: %08lx\n", status);
    tls.dwVersion = 77;
    status = acquire_type(CredsspPasswordCreds, SECPKG_CRED_OUTBOUND, &tls, &id);
    ok(FAILED(status), "a Schannel credential of version 77: %08lx\n", status);
}

static void test_unknown_type(void)
{
    static const ULONG types[] = {0, 1, 3, 5, 99, 0xFFFFFFFF};
    SCHANNEL_CRED tls = {SCHANNEL_CRED_VERSION};
    union identity id;
    int i;

    make_identity(&id, FORM_PLAIN, L"u", L"d", L"p");
    for (i = 0; i < ARRAY_SIZE(types); i++)
        ok(FAILED(acquire_type(types[i], SECPKG_CRED_OUTBOUND, &tls, &id)), "type %lu\n", types[i]);
    if (is_opensspi()) {
        SECURITY_STATUS status = acquire_type(0xFFFFFFFF, SECPKG_CRED_OUTBOUND, &tls, &id);
        ok(status == SEC_E_UNKNOWN_CREDENTIALS, "%08lx\n", status);
    }
}

/* Wine's schannel.c, by way of CredSSP: a server needs a certificate. */
static void test_server(void)
{
    CredHandle credential;
    SECURITY_STATUS status = acquire(L"CREDSSP", SECPKG_CRED_INBOUND, NULL, &credential, NULL);
    PCCERT_CONTEXT certificate = test_certificate();
    SCHANNEL_CRED tls = {SCHANNEL_CRED_VERSION, 1, &certificate};

    ok(status == SEC_E_NO_CREDENTIALS || broken(!is_opensspi()), "%08lx\n", status);
    status = acquire_type(CredsspSchannelCreds, SECPKG_CRED_INBOUND, NULL, NULL);
    ok(FAILED(status), "%08lx\n", status);
    status = acquire_type(CredsspSchannelCreds, SECPKG_CRED_INBOUND, &tls, NULL);
    ok(status == SEC_E_OK, "%08lx\n", status);
}

static void all_tests(void)
{
    test_client();
    test_unknown_type();
    test_server();
}

START_TEST(credentials)
{
    as_w_and_a(all_tests);
    drop_certificate();
}
