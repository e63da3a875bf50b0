/* Logins that are refused. */
#include "pair.h"
#include "../msv1_0/saved.h"

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

/* The first bytes are no TLS. */
static void test_garbage(void)
{
    struct pair *p = pair_new(good_identity());
    SECURITY_STATUS status;

    pair_client_credential(p);
    pair_server_credential(p);
    strcpy((char *)p->to_server.data, "GET / HTTP/1.1\r\n\r\n");
    status = pair_leg(p, TRUE, p->to_server.size = 18);
    ok(FAILED(status) && status != SEC_E_INCOMPLETE_MESSAGE, "%08lx\n", status);
    ok(!p->has_server, "a failed first leg made a context\n");
    ok(pair_leg(p, FALSE, 0) == SEC_I_CONTINUE_NEEDED, "first\n");
    memcpy(p->to_client.data, "HTTP/1.1 400 Bad Request\r\n\r\n", p->to_client.size = 28);
    status = pair_leg(p, FALSE, 28);
    ok(FAILED(status) && status != SEC_E_INCOMPLETE_MESSAGE, "%08lx\n", status);
    status = pair_leg(p, FALSE, 0);
    ok(FAILED(status), "a leg after the failure: %08lx\n", status);
    pair_free(p);
}

/* What is saved for the server cannot be delegated yet, so there is no login with it either: the
 * server would get empty credentials after it. */
static void test_saved(void)
{
    struct pair *p = pair_new(NULL);
    SecPkgContext_ClientCreds creds;

    if (is_opensspi()) {
        save(CRED_TYPE_DOMAIN_PASSWORD, L"*", L"WONDERLAND\\alice", L"Wonder-Land1");
        pair_run(p);
        ok(p->client_status == SEC_E_NO_CREDENTIALS, "client %08lx\n", p->client_status);
        ok(FAILED(query(&p->server, SECPKG_ATTR_CREDS_2, &creds)), "credentials\n");
        forget();
    }
    pair_free(p);
}

static void all_tests(void)
{
    test_wrong(L"nobody-at-all", L"Wonder-Land1");
    if (is_opensspi())
        test_wrong(L"alice", L"wonder-land1");
    test_nothing_delegated();
    test_garbage();
    test_saved();
}

START_TEST(refused)
{
    store_open();
    as_w_and_a(all_tests);
    store_close();
    drop_certificate();
}
