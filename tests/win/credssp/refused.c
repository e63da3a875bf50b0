/* Logins that are refused. */
#include "pair.h"

/* The server says SEC_E_LOGON_DENIED and has a token for the client, a TSRequest with errorCode
 * ([MS-CSSP] 2.2.1); given to the client it yields SEC_E_LOGON_DENIED there. */
static void test_wrong(const WCHAR *user, const WCHAR *password)
{
    union identity id;
    struct pair *p = pair_new(make_identity(&id, FORM_PLAIN, user, L"", password));

    pair_run(p);
    ok(p->server_status == SEC_E_LOGON_DENIED, "server %08lx\n", p->server_status);
    ok(p->server_last_token, "the server says nothing to the client\n");
    ok(p->client_status == SEC_E_LOGON_DENIED, "client %08lx\n", p->client_status);
    ok(p->has_client && p->has_server, "contexts that are deletable\n");
    ok(FAILED(pair_leg(p, TRUE, 0)), "a leg after the refusal\n");
    ok(FAILED(pair_leg(p, FALSE, 0)), "a leg after the refusal\n");
    pair_free(p);
}

/* Nothing of a refused login is to be had. */
static void test_nothing_delegated(void)
{
    union identity id;
    struct pair *p = pair_new(make_identity(&id, FORM_PLAIN, L"alice", L"", L"wrong"));
    SecPkgContext_ClientCreds creds;

    pair_run(p);
    ok(FAILED(query(&p->server, SECPKG_ATTR_CREDS_2, &creds)), "credentials\n");
    pair_free(p);
}

/* What is no TLS: "The input token is malformed", SEC_E_INVALID_TOKEN. Of a server's token Schannel may say
 * SEC_E_ILLEGAL_MESSAGE instead, as it does of a message that it cannot place (?); ours does not. */
static void check_malformed(SECURITY_STATUS status, const char *end)
{
    ok(status == SEC_E_INVALID_TOKEN || broken(status == SEC_E_ILLEGAL_MESSAGE && !is_opensspi()),
            "%s: %08lx\n", end, status);
}

/* The first bytes are no TLS. */
static void test_garbage(void)
{
    struct pair *p = pair_new(good_identity());
    SECURITY_STATUS status;

    pair_client_credential(p);
    pair_server_credential(p);
    strcpy((char *)p->to_server.data, "GET / HTTP/1.1\r\n\r\n");
    status = pair_leg(p, TRUE, p->to_server.size = 18);
    check_malformed(status, "server");
    ok(!p->has_server, "a failed first leg made a context\n");
    ok(pair_leg(p, FALSE, 0) == SEC_I_CONTINUE_NEEDED, "first\n");
    memcpy(p->to_client.data, "HTTP/1.1 400 Bad Request\r\n\r\n", p->to_client.size = 28);
    status = pair_leg(p, FALSE, 28);
    check_malformed(status, "client");
    status = pair_leg(p, FALSE, 0);
    ok(FAILED(status), "a leg after the failure: %08lx\n", status);
    pair_free(p);
}

/* "No authority could be contacted for authentication": the server's account file is not there. Its
 * errorCode, STATUS_NO_LOGON_SERVERS ([MS-ERREF] 2.3), gives the client the same code. */
static void test_no_authority(void)
{
    struct pair *p = pair_new(good_identity());

    store_delete();
    pair_run(p);
    ok(p->server_status == SEC_E_NO_AUTHENTICATING_AUTHORITY, "server %08lx\n", p->server_status);
    ok(p->client_status == SEC_E_NO_AUTHENTICATING_AUTHORITY, "client %08lx\n", p->client_status);
    pair_free(p);
    store_write(accounts, ARRAY_SIZE(accounts), PRIVATE_FILE);
}

/* ISC_REQ_EXTENDED_ERROR: "the remote party will be notified". A client's failing leg has then TLS's
 * alert for it (RFC 8446 5.1: content type 21), else nothing. */
static void test_extended_error(void)
{
    struct pair *p;
    int i;

    for (i = 0; i < 2; i++) {
        p = pair_new(good_identity());
        p->without = i ? ISC_REQ_EXTENDED_ERROR : 0;
        pair_client_credential(p);
        pair_server_credential(p);
        ok(pair_leg(p, FALSE, 0) == SEC_I_CONTINUE_NEEDED, "first\n");
        ok(pair_leg(p, TRUE, p->to_server.size) == SEC_I_CONTINUE_NEEDED, "first\n");
        p->to_server.size = 0;
        ok(p->to_client.size > 60, "%lu bytes\n", p->to_client.size);
        p->to_client.data[50] ^= 1; /* in ServerHello: RFC 8446 4.1.3 */
        p->to_client.data[9] = 9;   /* legacy_version 0x0309: no version that there is */
        ok(FAILED(pair_leg(p, FALSE, p->to_client.size)), "it is taken\n");
        if (i)
            ok(!p->to_server.size, "an alert of %lu bytes that nobody asked for\n",
                    p->to_server.size);
        else
            ok(p->to_server.size > 5 && p->to_server.data[0] == 21, "no alert: %lu bytes\n",
                    p->to_server.size);
        pair_free(p);
    }
}

/* "a token passed into the wrong security package": NTLM's. Both sides, first and later legs. */
static void test_other_package(void)
{
    static const BYTE ntlm[] = "NTLMSSP\0\1\0\0\0\7\2\0\240\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    struct pair *p = pair_new(good_identity());
    SECURITY_STATUS status;

    pair_client_credential(p);
    pair_server_credential(p);
    memcpy(p->to_server.data, ntlm, sizeof(ntlm));
    status = pair_leg(p, TRUE, p->to_server.size = sizeof(ntlm));
    check_malformed(status, "server");
    ok(!p->has_server, "a context\n");
    ok(pair_leg(p, FALSE, 0) == SEC_I_CONTINUE_NEEDED, "first\n");
    memcpy(p->to_client.data, ntlm, sizeof(ntlm));
    status = pair_leg(p, FALSE, p->to_client.size = sizeof(ntlm));
    check_malformed(status, "client");
    /* "must eventually call the DeleteSecurityContext function on the returned handle, even if the
     * call fails on a later leg": pair_free does. */
    pair_free(p);
}

static void all_tests(void)
{
    test_wrong(L"nobody-at-all", L"Wonder-Land1");
    if (is_opensspi())
        test_wrong(L"alice", L"wonder-land1");
    test_nothing_delegated();
    test_garbage();
    test_extended_error();
    test_other_package();
    if (is_opensspi())
        test_no_authority();
}

START_TEST(refused)
{
    store_open();
    as_w_and_a(all_tests);
    store_close();
    drop_certificate();
}
