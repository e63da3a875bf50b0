/* A server that asks the client for a certificate: "InitializeSecurityContext (CredSSP)",
 * SEC_I_INCOMPLETE_CREDENTIALS and Remarks: SECPKG_ATTR_ISSUER_LIST_EX, then "again, specifying the
 * new credential in the phCredential parameter". The other end is Schannel by itself: RDP servers
 * do not ask. It names the authorities of its hRootStore, and judges by them. */
#include "pair.h"

#define CLIENT_CONTAINER  L"opensspi-credssp-client"
#define OTHER_CONTAINER   L"opensspi-credssp-other"
#define FOREIGN_CONTAINER L"opensspi-credssp-foreign"

/* The server's two authorities: the client's own certificate, which nobody else issued, and another.
 * Of a third that it does not know. */
static PCCERT_CONTEXT client_certificate, other_authority, foreign_certificate;
static HCERTSTORE authorities;

struct ends {
    CredHandle client_credential, second, server_credential;
    CtxtHandle client, server;
    BOOL has_client, has_server, new_tls, repeats;
    BYTE to_client[20000], to_server[20000];
    ULONG to_client_size, to_server_size;
    ULONG request;
};

static void acquire_client(struct ends *e, PCCERT_CONTEXT certificate, CredHandle *out)
{
    SCHANNEL_CRED tls = {SCHANNEL_CRED_VERSION, certificate ? 1 : 0, &certificate};
    SCH_CREDENTIALS new_tls = {SCH_CREDENTIALS_VERSION, 0, certificate ? 1 : 0, &certificate};
    CREDSSP_CRED cred = {CredsspPasswordCreds, e->new_tls ? (void *)&new_tls : &tls, good_identity()};
    SECURITY_STATUS status;

    tls.dwFlags = new_tls.dwFlags = SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_NO_DEFAULT_CREDS;
    status = acquire(L"CREDSSP", SECPKG_CRED_OUTBOUND, &cred, out, NULL);
    ok(status == SEC_E_OK, "client credential %08lx\n", status);
}

static void acquire_server(struct ends *e)
{
    PCCERT_CONTEXT certificate = test_certificate();
    SCHANNEL_CRED tls = {SCHANNEL_CRED_VERSION, 1, &certificate, authorities};
    SCH_CREDENTIALS new_tls = {SCH_CREDENTIALS_VERSION, 0, 1, &certificate, authorities};
    SECURITY_STATUS status;

    status = acquire(UNISP_NAME_W, SECPKG_CRED_INBOUND, e->new_tls ? (void *)&new_tls : &tls,
            &e->server_credential, NULL);
    ok(status == SEC_E_OK, "server credential %08lx\n", status);
}

/* With GIVEN of the bytes that have come; what is used of them is dropped. */
static SECURITY_STATUS client_leg(struct ends *e, CredHandle *credential, ULONG given)
{
    SecBuffer in[2] = {{given, SECBUFFER_TOKEN, e->to_client}, {0, SECBUFFER_EMPTY, NULL}},
              out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = DESC(in), output = {SECBUFFER_VERSION, 1, &out};
    ULONG attributes, left;
    SECURITY_STATUS status = initialize(credential, e->has_client ? &e->client : NULL,
            L"TERMSRV/localhost", CLIENT_REQUEST | e->request, e->has_client ? &input : NULL,
            &e->client, &output, &attributes, NULL);

    e->has_client |= SUCCEEDED(status);
    left = in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0;
    if (status == SEC_I_CONTINUE_NEEDED) {
        memmove(e->to_client, e->to_client + given - left, left);
        e->to_client_size = left;
    }
    if (out.cbBuffer)
        memcpy(e->to_server + e->to_server_size, out.pvBuffer, out.cbBuffer);
    e->to_server_size += out.cbBuffer;
    FreeContextBuffer(out.pvBuffer);
    return status;
}

static SECURITY_STATUS server_leg(struct ends *e)
{
    SecBuffer in[2] = {{e->to_server_size, SECBUFFER_TOKEN, e->to_server}, {0, SECBUFFER_EMPTY, NULL}},
              out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = DESC(in), output = {SECBUFFER_VERSION, 1, &out};
    ULONG attributes;
    SECURITY_STATUS status = AcceptSecurityContext(&e->server_credential,
            e->has_server ? &e->server : NULL, &input,
            ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_STREAM | ASC_REQ_MUTUAL_AUTH, 0, &e->server, &output,
            &attributes, NULL);

    e->has_server |= SUCCEEDED(status);
    e->to_server_size = 0; /* TSRequests behind the handshake are of no interest here */
    if (out.cbBuffer)
        memcpy(e->to_client + e->to_client_size, out.pvBuffer, out.cbBuffer);
    e->to_client_size += out.cbBuffer;
    FreeContextBuffer(out.pvBuffer);
    return status;
}

/* The client's first credential has FIRST, or none. */
static void open_ends(struct ends *e, PCCERT_CONTEXT first)
{
    acquire_client(e, first, &e->client_credential);
    acquire_server(e);
    ok(client_leg(e, &e->client_credential, 0) == SEC_I_CONTINUE_NEEDED, "ClientHello\n");
    ok(server_leg(e) == SEC_I_CONTINUE_NEEDED, "ServerHello\n");
}

static void close_ends(struct ends *e)
{
    if (e->has_client)
        ok(DeleteSecurityContext(&e->client) == SEC_E_OK, "client context\n");
    if (e->has_server)
        ok(DeleteSecurityContext(&e->server) == SEC_E_OK, "server context\n");
    FreeCredentialsHandle(&e->client_credential);
    FreeCredentialsHandle(&e->server_credential);
}

/* The handshake's end at the server, and what it has seen; NULL: nothing. */
static void check_shown(struct ends *e, PCCERT_CONTEXT expected)
{
    PCCERT_CONTEXT got = NULL;
    SECURITY_STATUS status = server_leg(e);

    ok(status == SEC_E_OK, "server %08lx\n", status);
    status = query(&e->server, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &got);
    ok(status == (expected ? SEC_E_OK : SEC_E_NO_CREDENTIALS) && !got == !expected,
            "REMOTE_CERT_CONTEXT %08lx\n", status);
    if (!got || !expected)
        return;
    ok(same_certificate(got, expected), "the server saw another one\n");
    CertFreeCertificateContext(got);
}

/* "a list of the CAs trusted by the server": the names in the certificates of the server's store. */
static void check_issuers(struct ends *e)
{
    SecPkgContext_IssuerListInfoEx list = {0};
    SECURITY_STATUS status = query(&e->client, SECPKG_ATTR_ISSUER_LIST_EX, &list);

    ok(status == SEC_E_OK && list.cIssuers == 2, "ISSUER_LIST_EX %08lx, %lu names\n", status,
            list.cIssuers);
    ok(times_named(&list, client_certificate) == 1 && times_named(&list, other_authority) == 1,
            "other names\n");
    if (list.aIssuers)
        FreeContextBuffer(list.aIssuers);
}

static void check_incomplete(struct ends *e)
{
    SECURITY_STATUS status = client_leg(e, &e->client_credential, e->to_client_size);

    ok(status == SEC_I_INCOMPLETE_CREDENTIALS && !e->to_server_size, "%08lx, %lu bytes\n", status,
            e->to_server_size);
    check_issuers(e);
}

static void check_goes_on(struct ends *e, CredHandle *credential)
{
    SECURITY_STATUS status = client_leg(e, credential, e->to_client_size);

    ok(status == SEC_I_CONTINUE_NEEDED && e->to_server_size, "%08lx, %lu bytes\n", status,
            e->to_server_size);
}

/* FIRST: none, or one that no authority of the server's issued. */
static void test_second(PCCERT_CONTEXT first, BOOL new_tls, BOOL repeats)
{
    struct ends e = {.new_tls = new_tls};

    open_ends(&e, first);
    check_incomplete(&e);
    acquire_client(&e, client_certificate, &e.second);
    /* Programs come back with the same input, or take it for consumed. */
    if (!repeats)
        e.to_client_size = 0;
    check_goes_on(&e, &e.second);
    /* The context holds what it needs. */
    ok(FreeCredentialsHandle(&e.second) == SEC_E_OK, "free\n");
    check_shown(&e, client_certificate);
    close_ends(&e);
}

/* The same credential again: the program has no certificate. It is asked once. */
static void test_none(BOOL new_tls)
{
    struct ends e = {.new_tls = new_tls};

    open_ends(&e, NULL);
    check_incomplete(&e);
    check_goes_on(&e, &e.client_credential);
    check_shown(&e, NULL);
    close_ends(&e);
}

/* The same credential again, whose certificate is none of the server's authorities': it is shown
 * then, and the server refuses it. */
static void test_foreign(BOOL new_tls)
{
    struct ends e = {.new_tls = new_tls};
    SECURITY_STATUS status;

    open_ends(&e, foreign_certificate);
    check_incomplete(&e);
    check_goes_on(&e, &e.client_credential);
    status = server_leg(&e);
    ok(status == SEC_E_UNTRUSTED_ROOT, "server %08lx\n", status);
    close_ends(&e);
}

/* ISC_REQ_USE_SUPPLIED_CREDS: what was supplied is all there is. */
static void test_supplied(PCCERT_CONTEXT certificate, BOOL new_tls)
{
    struct ends e = {.new_tls = new_tls, .request = ISC_REQ_USE_SUPPLIED_CREDS};

    open_ends(&e, certificate);
    check_goes_on(&e, &e.client_credential);
    check_shown(&e, certificate);
    close_ends(&e);
}

static void all_tests(void)
{
    int new_tls;

    for (new_tls = 0; new_tls < 2; new_tls++) {
        winetest_push_context("TLS 1.%d", 2 + new_tls);
        test_second(NULL, new_tls, FALSE);
        test_second(NULL, new_tls, TRUE);
        test_second(foreign_certificate, new_tls, TRUE);
        test_foreign(new_tls);
        test_none(new_tls);
        test_supplied(NULL, new_tls);
        test_supplied(client_certificate, new_tls);
        winetest_pop_context();
    }
}

START_TEST(certificate)
{
    if (!store_open()) {
        skip("the client's identity is of opensspi's store\n");
        return;
    }
    client_certificate = named_certificate(CLIENT_CONTAINER, L"CN=a client");
    other_authority = named_certificate(OTHER_CONTAINER, L"CN=authority \x00e4");
    foreign_certificate = named_certificate(FOREIGN_CONTAINER, L"CN=a foreign client");
    authorities = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, CERT_STORE_CREATE_NEW_FLAG, NULL);
    CertAddCertificateContextToStore(authorities, client_certificate, CERT_STORE_ADD_ALWAYS, NULL);
    CertAddCertificateContextToStore(authorities, other_authority, CERT_STORE_ADD_ALWAYS, NULL);
    as_w_and_a(all_tests);
    CertCloseStore(authorities, 0);
    CertFreeCertificateContext(client_certificate);
    CertFreeCertificateContext(other_authority);
    CertFreeCertificateContext(foreign_certificate);
    drop_container(CLIENT_CONTAINER);
    drop_container(OTHER_CONTAINER);
    drop_container(FOREIGN_CONTAINER);
    store_close();
    drop_certificate();
}
