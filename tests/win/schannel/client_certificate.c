/* Client certificates: ASC_REQ_MUTUAL_AUTH asks, SEC_I_INCOMPLETE_CREDENTIALS, the second
 * credential ("InitializeSecurityContext (Schannel)", return values; curl and schannel-rs for when it
 * comes). Authorities and the user's store: tests/interop/openssl, whose server names some. */
#include "pair.h"

#ifndef SCH_CRED_DEFERRED_CRED_VALIDATION
#define SCH_CRED_DEFERRED_CRED_VALIDATION 0x04000000
#endif

#define MANUAL SCH_CRED_MANUAL_CRED_VALIDATION

static PCCERT_CONTEXT trusted, untrusted;

static const struct options versions[] = {
        {SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_2_SERVER, MANUAL, .server_flags = MANUAL,
                .server_request = ASC_REQ_MUTUAL_AUTH},
        {0, 0, MANUAL, .server_flags = MANUAL, .server_request = ASC_REQ_MUTUAL_AUTH},
};

/* What both sides say of the client's certificate; NULL: there is none. */
static void check_shown(struct pair *p, PCCERT_CONTEXT expected)
{
    PCCERT_CONTEXT remote = NULL, local = NULL;
    SECURITY_STATUS none = expected ? SEC_E_OK : SEC_E_NO_CREDENTIALS, status;

    ok(p->client_status == SEC_E_OK, "client %08lx\n", p->client_status);
    ok(p->server_status == SEC_E_OK, "server %08lx\n", p->server_status);
    if (p->client_status != SEC_E_OK || p->server_status != SEC_E_OK)
        return;
    status = sspi->QueryContextAttributesW(&p->server, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &remote);
    ok(status == none, "remote %08lx\n", status);
    status = sspi->QueryContextAttributesW(&p->client, SECPKG_ATTR_LOCAL_CERT_CONTEXT, &local);
    ok(status == none, "local %08lx\n", status);
    if (expected) {
        ok(same_certificate(remote, expected), "the server has another certificate\n");
        ok(same_certificate(local, expected), "the client has another certificate\n");
        CertFreeCertificateContext(remote);
        CertFreeCertificateContext(local);
    }
    ok(!!(p->server_attributes & ASC_RET_MUTUAL_AUTH) == !!expected, "attributes %lx\n",
            p->server_attributes);
}

static void check_issuers(struct pair *p)
{
    SecPkgContext_IssuerListInfoEx list;
    SECURITY_STATUS status;
    memset(&list, 0xcc, sizeof(list));
    status = sspi->QueryContextAttributesW(&p->client, SECPKG_ATTR_ISSUER_LIST_EX, &list);
    ok(status == SEC_E_OK && !list.cIssuers && !list.aIssuers, "%08lx, %lu names\n", status,
            list.cIssuers);
    memset(&list, 0xcc, sizeof(list));
    status = QueryContextAttributesA(&p->client, SECPKG_ATTR_ISSUER_LIST_EX, &list);
    ok(status == SEC_E_OK && !list.cIssuers && !list.aIssuers, "%08lx, %lu names\n", status,
            list.cIssuers);
    status = sspi->QueryContextAttributesW(&p->server, SECPKG_ATTR_ISSUER_LIST_EX, &list);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "of a server: %08lx\n", status);
}

static void test(const char *what, const struct options *o, unsigned incomplete,
        PCCERT_CONTEXT expected)
{
    struct pair p;
    winetest_push_context("%s", what);
    pair_open(&p, o);
    ok(p.incomplete == incomplete, "INCOMPLETE_CREDENTIALS %u times\n", p.incomplete);
    check_shown(&p, expected);
    if (p.has_client && p.has_server)
        check_issuers(&p);
    pair_close(&p);
    winetest_pop_context();
}

static void test_given(const struct options *base)
{
    struct options o = *base, supplied = *base, not_asked = *base;
    o.client_certificate = untrusted;
    test("given", &o, 0, untrusted);
    o.byte_by_byte = TRUE;
    test("given, byte by byte", &o, 0, untrusted);
    supplied.client_request = ISC_REQ_USE_SUPPLIED_CREDS;
    test("none, and nobody is to be asked", &supplied, 0, NULL);
    not_asked.server_request = 0;
    not_asked.client_certificate = untrusted;
    test("not asked for", &not_asked, 0, NULL);
}

static void test_incomplete(const struct options *base)
{
    struct options o = *base;
    struct pair p;
    int repeat;

    pair_open(&p, &o);
    ok(p.client_status == SEC_I_INCOMPLETE_CREDENTIALS && p.incomplete == 1, "%08lx\n",
            p.client_status);
    pair_close(&p); /* the program gives up: nothing leaks, nothing hangs */
    o.answers = TRUE;
    for (repeat = 0; repeat < 2; repeat++) {
        winetest_push_context("%s", repeat ? "repeats" : "goes on");
        o.repeat_input = repeat;
        o.byte_by_byte = FALSE;
        o.second_certificate = NULL;
        test("none", &o, 1, NULL);
        o.second_certificate = untrusted;
        test("second", &o, 1, untrusted);
        o.byte_by_byte = !repeat;
        test("second again", &o, 1, untrusted);
        winetest_pop_context();
    }
}

/* The credential of the next leg has to be a client's. */
static void test_wrong_second(const struct options *base)
{
    SecBuffer out = {0, SECBUFFER_TOKEN, NULL}, in = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out}, input = {SECBUFFER_VERSION, 1, &in};
    struct pair p;
    ULONG attributes;
    SECURITY_STATUS status;

    pair_open(&p, base);
    status = sspi->InitializeSecurityContextW(&p.server_credential, &p.client, NULL,
            ISC_REQ_ALLOCATE_MEMORY, 0, 0, &input, 0, NULL, &output, &attributes, NULL);
    ok(status == SEC_E_NO_CREDENTIALS, "%08lx\n", status);
    pair_close(&p);
}

static SECURITY_STATUS next_record(struct pair *p)
{
    SecBuffer buffers[4] = {{p->last_token_size, SECBUFFER_DATA, p->last_token}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, buffers};
    return sspi->DecryptMessage(&p->client, &desc, 0, NULL);
}

/* The server validates: what it does not trust gets no session. Wine reads the roots that are
 * trusted once in a process: see START_TEST. */
static void test_verified(const struct options *base, BOOL tls13)
{
    struct options o = *base;
    struct pair p;
    o.server_flags = 0;
    o.client_certificate = trusted;
    test("trusted", &o, 0, trusted);
    o.client_certificate = untrusted;
    pair_open(&p, &o);
    ok(p.server_status == SEC_E_UNTRUSTED_ROOT, "server %08lx\n", p.server_status);
    if (tls13) {
        ok(p.client_status == SEC_E_OK, "client %08lx\n", p.client_status);
        ok(next_record(&p) == SEC_E_UNTRUSTED_ROOT, "what the client hears\n");
    } else {
        ok(p.client_status == SEC_E_UNTRUSTED_ROOT, "client %08lx\n", p.client_status);
    }
    pair_close(&p);
    /* SCH_CRED_DEFERRED_CRED_VALIDATION is a client's: no server's check is put off by it (schannel.h). */
    o.server_flags = SCH_CRED_DEFERRED_CRED_VALIDATION;
    pair_open(&p, &o);
    ok(p.server_status == SEC_E_UNTRUSTED_ROOT, "deferred: server %08lx\n", p.server_status);
    pair_close(&p);
}

static BOOL is_reconnect(struct pair *p)
{
    SecPkgContext_SessionInfo info = {0};
    sspi->QueryContextAttributesW(&p->client, SECPKG_ATTR_SESSION_INFO, &info);
    return info.dwFlags == SSL_SESSION_RECONNECT;
}

/* A session with the second credential's certificate is that credential's. */
static void test_whose_session(const struct options *base)
{
    struct options o = *base;
    struct pair p;
    CredHandle first;

    o.answers = TRUE;
    o.second_certificate = untrusted;
    pair_open(&p, &o);
    check_shown(&p, untrusted);
    pair_disconnect(&p);
    p.has_second = FALSE;
    o.second_certificate = NULL;
    pair_connect(&p, &o);
    ok(!is_reconnect(&p) && p.incomplete == 1, "another's session taken up\n");
    check_shown(&p, NULL);
    pair_disconnect(&p);
    first = p.client_credential;
    p.client_credential = p.second_credential;
    pair_connect(&p, &o);
    ok(is_reconnect(&p) && !p.incomplete, "not taken up\n");
    check_shown(&p, untrusted);
    pair_disconnect(&p);
    p.client_credential = first;
    p.has_second = TRUE;
    pair_close(&p);
}

static BOOL trust(PCCERT_CONTEXT certificate, BOOL on)
{
    HCERTSTORE store =
            CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"Root");
    PCCERT_CONTEXT found = NULL;
    BOOL done;
    if (on)
        done = CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING,
                certificate->pbCertEncoded, certificate->cbCertEncoded,
                CERT_STORE_ADD_REPLACE_EXISTING, NULL);
    else
        done = (found = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_EXISTING,
                        certificate, NULL)) &&
               CertDeleteCertificateFromStore(found);
    CertCloseStore(store, 0);
    return done;
}

/* ---- hRootStore: "contains self-signed root certificates for CAs trusted by the application" (SCH_CREDENTIALS,
 * SCHANNEL_CRED); servers only ---- */

static PCCERT_CONTEXT first, second, lookalike, twin;

/* All that CERTIFICATE says, serial number included, but with a key of CONTAINER's: what anybody can make of a root that he
 * has seen. */
static PCCERT_CONTEXT twin_of(PCCERT_CONTEXT certificate, const WCHAR *container)
{
    PCCERT_CONTEXT other = make_certificate_of(container, L"CN=twin", TRUE, 0), made;
    CRYPT_KEY_PROV_INFO info = {(WCHAR *)container, (WCHAR *)MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, 0, 0, NULL,
            AT_KEYEXCHANGE};
    CERT_INFO says = *certificate->pCertInfo;
    HCRYPTPROV provider;
    BYTE der[2048];
    DWORD size = sizeof(der);
    says.SubjectPublicKeyInfo = other->pCertInfo->SubjectPublicKeyInfo;
    ok(CryptAcquireContextW(&provider, container, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, 0), "%lx\n", GetLastError());
    ok(CryptSignAndEncodeCertificate(provider, AT_KEYEXCHANGE, X509_ASN_ENCODING, X509_CERT_TO_BE_SIGNED, &says,
               &says.SignatureAlgorithm, NULL, der, &size),
            "%lx\n", GetLastError());
    made = CertCreateCertificateContext(X509_ASN_ENCODING, der, size);
    ok(made && CertCompareCertificate(X509_ASN_ENCODING, made->pCertInfo, certificate->pCertInfo), "no twin\n");
    CertSetCertificateContextProperty(made, CERT_KEY_PROV_INFO_PROP_ID, 0, &info);
    CryptReleaseContext(provider, 0);
    CertFreeCertificateContext(other);
    return made;
}

static HCERTSTORE store_of(PCCERT_CONTEXT a, PCCERT_CONTEXT b)
{
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, CERT_STORE_CREATE_NEW_FLAG, NULL);
    ok(CertAddCertificateContextToStore(store, a, CERT_STORE_ADD_ALWAYS, NULL), "%lx\n", GetLastError());
    if (b)
        ok(CertAddCertificateContextToStore(store, b, CERT_STORE_ADD_ALWAYS, NULL), "%lx\n", GetLastError());
    return store;
}

/* The handshake of a client with CERTIFICATE and a server with these roots; P stays open. */
static void open_with_roots(struct pair *p, BOOL tls13, HCERTSTORE roots, PCCERT_CONTEXT certificate)
{
    PCCERT_CONTEXT own = test_certificate();
    SCHANNEL_CRED old = {SCHANNEL_CRED_VERSION, 1, &own, roots};
    SCH_CREDENTIALS new = {SCH_CREDENTIALS_VERSION, .cCreds = 1, .paCred = &own, .hRootStore = roots};
    struct options o = versions[tls13];
    old.grbitEnabledProtocols = SP_PROT_TLS1_2_SERVER;
    o.server_data = tls13 ? (void *)&new : (void *)&old;
    o.client_certificate = certificate;
    /* A client whose certificate is of none of the authorities named is asked first. */
    o.answers = TRUE;
    o.second_certificate = certificate;
    pair_open(p, &o);
}

static void expect_with_roots(const char *what, BOOL tls13, HCERTSTORE roots, PCCERT_CONTEXT certificate,
        SECURITY_STATUS server)
{
    struct pair p;
    winetest_push_context("roots: %s", what);
    open_with_roots(&p, tls13, roots, certificate);
    ok(p.server_status == server, "server %08lx, not %08lx\n", p.server_status, server);
    if (server == SEC_E_OK)
        check_shown(&p, certificate);
    pair_close(&p);
    winetest_pop_context();
}

/* RFC 5246 7.4.4, RFC 8446 4.2.4: whose certificates are wanted. */
static void check_named(struct pair *p, DWORD count, PCCERT_CONTEXT a, PCCERT_CONTEXT b)
{
    SecPkgContext_IssuerListInfoEx list = {0};
    for (int ansi = 0; ansi < 2; ansi++) {
        SECURITY_STATUS status =
                ansi ? QueryContextAttributesA(&p->client, SECPKG_ATTR_ISSUER_LIST_EX, &list)
                     : QueryContextAttributesW(&p->client, SECPKG_ATTR_ISSUER_LIST_EX, &list);
        ok(status == SEC_E_OK && list.cIssuers == count, "%08lx, %lu names\n", status, list.cIssuers);
        ok(times_named(&list, a) == 1 && (!b || times_named(&list, b) == 1), "other names\n");
        ok(!times_named(&list, trusted), "a root of the system's\n");
        FreeContextBuffer(list.aIssuers);
    }
}

static void test_named(BOOL tls13)
{
    HCERTSTORE one = store_of(first, NULL), two = store_of(first, second);
    struct pair p;
    open_with_roots(&p, tls13, one, first);
    CertCloseStore(one, 0);
    check_named(&p, 1, first, NULL);
    pair_close(&p);
    open_with_roots(&p, tls13, two, second);
    CertCloseStore(two, 0);
    check_named(&p, 2, first, second);
    pair_close(&p);
}

/* Whether Windows trusts the system's roots beside them no page says: the program's are the only ones (?). */
static void test_own_roots(BOOL tls13)
{
    HCERTSTORE roots = store_of(first, NULL), both = store_of(first, second);
    expect_with_roots("in it", tls13, roots, first, SEC_E_OK);
    expect_with_roots("not in it", tls13, roots, second, SEC_E_UNTRUSTED_ROOT);
    expect_with_roots("in it as well", tls13, both, second, SEC_E_OK);
    expect_with_roots("without it", tls13, NULL, first, SEC_E_UNTRUSTED_ROOT);
    expect_with_roots("the system's", tls13, roots, trusted, SEC_E_UNTRUSTED_ROOT);
    expect_with_roots("the system's without it", tls13, NULL, trusted, SEC_E_OK);
    expect_with_roots("another of that name", tls13, roots, lookalike, SEC_E_UNTRUSTED_ROOT);
    expect_with_roots("its name and serial number, another key", tls13, roots, twin, SEC_E_UNTRUSTED_ROOT);
    test_named(tls13);
    CertCloseStore(roots, 0);
    CertCloseStore(both, 0);
}

static void test_roots(void)
{
    first = make_certificate_of(L"opensspi-test-root-1", L"CN=first \x00e4", TRUE, 0);
    second = make_certificate_of(L"opensspi-test-root-2", L"CN=second", TRUE, 0);
    lookalike = make_certificate_of(L"opensspi-test-root-3", L"CN=first \x00e4", TRUE, 0);
    twin = twin_of(first, L"opensspi-test-root-4");
    for (int i = 0; i < ARRAY_SIZE(versions); i++) {
        winetest_push_context("%s", i ? "1.3" : "1.2");
        test_own_roots(i == 1);
        winetest_pop_context();
    }
    CertFreeCertificateContext(first);
    CertFreeCertificateContext(second);
    CertFreeCertificateContext(lookalike);
    CertFreeCertificateContext(twin);
    delete_container(L"opensspi-test-root-4");
    delete_container(L"opensspi-test-root-1");
    delete_container(L"opensspi-test-root-2");
    delete_container(L"opensspi-test-root-3");
}

START_TEST(client_certificate)
{
    BOOL wine = GetProcAddress(GetModuleHandleW(L"ntdll"), "wine_get_version") != NULL;
    int i;
    pair_setup();
    trusted = make_certificate(L"opensspi-test-client", TRUE);
    untrusted = make_certificate(L"opensspi-test-other-client", TRUE);
    if (wine)
        ok(trust(trusted, TRUE), "cannot trust the certificate %lx\n", GetLastError());
    else
        skip("Windows asks the user before it trusts a root\n");
    for (i = 0; i < ARRAY_SIZE(versions); i++) {
        winetest_push_context("%s", i ? "1.3" : "1.2");
        if (wine)
            test_verified(&versions[i], i == 1);
        test_given(&versions[i]);
        test_incomplete(&versions[i]);
        test_wrong_second(&versions[i]);
        test_whose_session(&versions[i]);
        winetest_pop_context();
    }
    if (wine)
        test_roots();
    if (wine)
        ok(trust(trusted, FALSE), "cannot take it back %lx\n", GetLastError());
    CertFreeCertificateContext(trusted);
    CertFreeCertificateContext(untrusted);
    delete_container(L"opensspi-test-client");
    delete_container(L"opensspi-test-other-client");
}
