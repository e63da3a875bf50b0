/* The server's certificate is checked unless the program says that it does so itself. */
#include "pair.h"

BOOL trust_test_certificate(BOOL on)
{
    HCERTSTORE store =
            CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"Root");
    PCCERT_CONTEXT found;
    BOOL done = FALSE;

    if (!store)
        return FALSE;
    if (on) {
        done = CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING,
                test_certificate()->pbCertEncoded, test_certificate()->cbCertEncoded,
                CERT_STORE_ADD_REPLACE_EXISTING, NULL);
    } else {
        found = CertFindCertificateInStore(
                store, X509_ASN_ENCODING, 0, CERT_FIND_EXISTING, test_certificate(), NULL);
        done = found && CertDeleteCertificateFromStore(found);
    }
    CertCloseStore(store, 0);
    return done;
}

static void expect(
        const char *what, const struct options *o, SECURITY_STATUS client, SECURITY_STATUS server)
{
    struct pair p;
    winetest_push_context("%s", what);
    pair_open(&p, o);
    ok(p.client_status == client, "client %08lx, not %08lx\n", p.client_status, client);
    ok(p.server_status == server, "server %08lx, not %08lx\n", p.server_status, server);
    pair_close(&p);
    winetest_pop_context();
}

static void test_untrusted(void)
{
    PCCERT_CONTEXT other = make_certificate(L"opensspi-test-untrusted", TRUE);
    struct options tls13 = {0, .server_certificate = other};
    struct options tls12 = {
            SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_2_SERVER, .server_certificate = other};
    struct options manual = {0, 0, SCH_CRED_MANUAL_CRED_VALIDATION, other};
    struct options asked = {
            0, .server_certificate = other, .client_request = ISC_REQ_MANUAL_CRED_VALIDATION};

    expect("1.3", &tls13, SEC_E_UNTRUSTED_ROOT, SEC_E_UNTRUSTED_ROOT);
    expect("1.2", &tls12, SEC_E_UNTRUSTED_ROOT, SEC_E_UNTRUSTED_ROOT);
    expect("manual by credential", &manual, SEC_E_OK, SEC_E_OK);
    expect("manual by request", &asked, SEC_E_OK, SEC_E_OK);
    CertFreeCertificateContext(other);
    delete_container(L"opensspi-test-untrusted");
}

static void test_trusted(void)
{
    struct options good = {0}, spn = {0, .target = L"TERMSRV/localhost:3389"},
                   wrong = {0, .target = L"example.com"};
    struct options unchecked = {0, 0, SCH_CRED_NO_SERVERNAME_CHECK, .target = L"example.com"};

    expect("trusted", &good, SEC_E_OK, SEC_E_OK);
    expect("service principal name", &spn, SEC_E_OK, SEC_E_OK);
    expect("wrong name", &wrong, SEC_E_WRONG_PRINCIPAL, SEC_E_CERT_UNKNOWN);
    expect("name not checked", &unchecked, SEC_E_OK, SEC_E_OK);
}

/* Wine reads the trusted roots once in a process: what is trusted here comes first and stays so. */
START_TEST(validation)
{
    pair_setup();
    if (!GetProcAddress(GetModuleHandleW(L"ntdll"), "wine_get_version")) {
        skip("Windows asks the user before it trusts a root\n");
    } else {
        ok(trust_test_certificate(TRUE), "cannot trust the certificate %lx\n", GetLastError());
        test_trusted();
        ok(trust_test_certificate(FALSE), "cannot take it back %lx\n", GetLastError());
    }
    test_untrusted();
}
