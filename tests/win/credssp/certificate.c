/* A server that asks the client for a certificate: "InitializeSecurityContext (CredSSP)",
 * SEC_I_INCOMPLETE_CREDENTIALS and Remarks: SECPKG_ATTR_ISSUER_LIST_EX, then "again, specifying the
 * new credential in the phCredential parameter". The other end is Schannel by itself: RDP servers
 * do not ask. */
#include "pair.h"

#define CLIENT_CONTAINER L"opensspi-credssp-client"

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
    SCHANNEL_CRED tls = {SCHANNEL_CRED_VERSION, 1, &certificate};
    SCH_CREDENTIALS new_tls = {SCH_CREDENTIALS_VERSION, 0, 1, &certificate};
    SECURITY_STATUS status;

    tls.dwFlags = new_tls.dwFlags = SCH_CRED_MANUAL_CRED_VALIDATION;
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

static void open_ends(struct ends *e)
{
    acquire_client(e, NULL, &e->client_credential);
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

static void check_shown(struct ends *e, PCCERT_CONTEXT expected)
{
    PCCERT_CONTEXT got = NULL;
    SECURITY_STATUS status =
            QueryContextAttributesW(&e->server, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &got);

    ok(status == SEC_E_OK && got, "the server saw none: %08lx\n", status);
    if (!got)
        return;
    ok(got->cbCertEncoded == expected->cbCertEncoded &&
                    !memcmp(got->pbCertEncoded, expected->pbCertEncoded, got->cbCertEncoded),
            "the server saw another one\n");
    CertFreeCertificateContext(got);
}

static void test_second(PCCERT_CONTEXT certificate, BOOL new_tls, BOOL repeats)
{
    struct ends e = {.new_tls = new_tls};
    SecPkgContext_IssuerListInfoEx issuers = {0};
    SECURITY_STATUS status;

    open_ends(&e);
    status = client_leg(&e, &e.client_credential, e.to_client_size);
    ok(status == SEC_I_INCOMPLETE_CREDENTIALS && !e.to_server_size, "%08lx, %lu bytes\n", status,
            e.to_server_size);
    status = query(&e.client, SECPKG_ATTR_ISSUER_LIST_EX, &issuers);
    ok(status == SEC_E_OK, "ISSUER_LIST_EX %08lx\n", status);
    if (issuers.aIssuers)
        FreeContextBuffer(issuers.aIssuers);
    acquire_client(&e, certificate, &e.second);
    /* Programs come back with the same input, or take it for consumed. */
    if (!repeats)
        e.to_client_size = 0;
    status = client_leg(&e, &e.second, e.to_client_size);
    ok(status == SEC_I_CONTINUE_NEEDED && e.to_server_size, "%08lx, %lu bytes\n", status,
            e.to_server_size);
    /* The context holds what it needs. */
    ok(FreeCredentialsHandle(&e.second) == SEC_E_OK, "free\n");
    status = server_leg(&e);
    ok(status == SEC_E_OK, "server %08lx\n", status);
    check_shown(&e, certificate);
    close_ends(&e);
}

/* The same credential again: the program has no certificate. It is asked once. */
static void test_none(BOOL new_tls)
{
    struct ends e = {.new_tls = new_tls};
    SECURITY_STATUS status;

    open_ends(&e);
    status = client_leg(&e, &e.client_credential, e.to_client_size);
    ok(status == SEC_I_INCOMPLETE_CREDENTIALS, "%08lx\n", status);
    status = client_leg(&e, &e.client_credential, e.to_client_size);
    ok(status == SEC_I_CONTINUE_NEEDED && e.to_server_size, "%08lx, %lu bytes\n", status,
            e.to_server_size);
    close_ends(&e);
}

/* ISC_REQ_USE_SUPPLIED_CREDS: what was supplied is all there is. */
static void test_supplied(BOOL new_tls)
{
    struct ends e = {.new_tls = new_tls, .request = ISC_REQ_USE_SUPPLIED_CREDS};
    SECURITY_STATUS status;

    open_ends(&e);
    status = client_leg(&e, &e.client_credential, e.to_client_size);
    ok(status == SEC_I_CONTINUE_NEEDED && e.to_server_size, "%08lx, %lu bytes\n", status,
            e.to_server_size);
    close_ends(&e);
}

static PCCERT_CONTEXT client_certificate;

static void all_tests(void)
{
    int new_tls;

    for (new_tls = 0; new_tls < 2; new_tls++) {
        winetest_push_context("TLS 1.%d", 2 + new_tls);
        test_second(client_certificate, new_tls, FALSE);
        test_second(client_certificate, new_tls, TRUE);
        test_none(new_tls);
        test_supplied(new_tls);
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
    as_w_and_a(all_tests);
    CertFreeCertificateContext(client_certificate);
    drop_container(CLIENT_CONTAINER);
    store_close();
    drop_certificate();
}
