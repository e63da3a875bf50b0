/* Sessions taken up again, and the conditions for it: "InitializeSecurityContext (CredSSP)",
 * pszTargetName. Under Wine all users share one logon session, and memory ends with the process:
 * tests/unit/tls_cache.c and tests/interop/openssl test these two.
 * SecPkgContext_SessionInfo, SCHANNEL_SESSION_TOKEN, SslEmptyCache: learn.microsoft.com. */
#include "pair.h"

#define MANUAL SCH_CRED_MANUAL_CRED_VALIDATION

static const struct options versions[] = {
        {SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_2_SERVER, MANUAL, .target = L"b\x00fccher.example"},
        {0, 0, MANUAL, .target = L"b\x00fccher.example"},
};

static BOOL(WINAPI *empty_w)(LPWSTR target, DWORD flags);
static BOOL(WINAPI *empty_a)(LPSTR target, DWORD flags);

static SecPkgContext_SessionInfo info_of(CtxtHandle *context, BOOL ansi)
{
    SecPkgContext_SessionInfo info;
    SECURITY_STATUS status;
    memset(&info, 0xcc, sizeof(info));
    status = ansi ? QueryContextAttributesA(context, SECPKG_ATTR_SESSION_INFO, &info)
                  : sspi->QueryContextAttributesW(context, SECPKG_ATTR_SESSION_INFO, &info);
    ok(status == SEC_E_OK, "SESSION_INFO %08lx\n", status);
    return info;
}

static void check_info(struct pair *p, BOOL again)
{
    SecPkgContext_SessionInfo client = info_of(&p->client, FALSE), ansi = info_of(&p->client, TRUE);
    SecPkgContext_SessionInfo server = info_of(&p->server, FALSE);
    DWORD flags = again ? SSL_SESSION_RECONNECT : 0;

    ok(client.dwFlags == flags, "client %lx, not %lx\n", client.dwFlags, flags);
    ok(server.dwFlags == flags, "server %lx, not %lx\n", server.dwFlags, flags);
    ok(client.cbSessionId == 32 && server.cbSessionId == 32, "%lu and %lu bytes of id\n",
            client.cbSessionId, server.cbSessionId);
    ok(!memcmp(client.rgbSessionId, server.rgbSessionId, 32), "ids differ\n");
    ok(!memcmp(&client, &ansi, sizeof(client)), "A and W differ\n");
}

static void check_stream(struct pair *p)
{
    static BYTE record[20000];
    ULONG size = seal(&p->client, "hello", 5, record), got, extra;
    BYTE *data;
    SECURITY_STATUS status = unseal(&p->server, record, size, &data, &got, &extra);
    ok(status == SEC_E_OK && got == 5 && !memcmp(data, "hello", 5), "%08lx\n", status);
    size = seal(&p->server, "world", 5, record);
    status = unseal(&p->client, record, size, &data, &got, &extra);
    ok(status == SEC_E_OK && got == 5 && !memcmp(data, "world", 5), "%08lx\n", status);
}

/* One more connection; AGAIN: it takes up a session of before. */
static void link_up(const char *what, struct pair *p, const struct options *o, BOOL again)
{
    winetest_push_context("%s", what);
    pair_disconnect(p);
    pair_connect(p, o);
    ok(p->client_status == SEC_E_OK, "client %08lx\n", p->client_status);
    ok(p->server_status == SEC_E_OK, "server %08lx\n", p->server_status);
    if (p->client_status == SEC_E_OK && p->server_status == SEC_E_OK) {
        check_info(p, again);
        check_stream(p);
    }
    winetest_pop_context();
}

static void start(struct pair *p, const struct options *o)
{
    memset(p, 0, sizeof(*p));
    pair_acquire(p, o);
    link_up("first", p, o, FALSE);
}

static void check_certificates(struct pair *p)
{
    PCCERT_CONTEXT remote = NULL, local = NULL;
    SecPkgContext_Bindings a = {0}, b = {0};
    ok(sspi->QueryContextAttributesW(&p->client, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &remote) ==
                    SEC_E_OK,
            "remote certificate\n");
    ok(sspi->QueryContextAttributesW(&p->server, SECPKG_ATTR_LOCAL_CERT_CONTEXT, &local) ==
                    SEC_E_OK,
            "local certificate\n");
    ok(same_certificate(remote, local), "another certificate\n");
    CertFreeCertificateContext(remote);
    CertFreeCertificateContext(local);
    sspi->QueryContextAttributesW(&p->client, SECPKG_ATTR_ENDPOINT_BINDINGS, &a);
    sspi->QueryContextAttributesW(&p->server, SECPKG_ATTR_ENDPOINT_BINDINGS, &b);
    ok(a.BindingsLength && a.BindingsLength == b.BindingsLength &&
                    !memcmp(a.Bindings, b.Bindings, a.BindingsLength),
            "end points differ\n");
    sspi->FreeContextBuffer(a.Bindings);
    sspi->FreeContextBuffer(b.Bindings);
}

static void test_again(const struct options *o)
{
    struct pair p;
    start(&p, o);
    link_up("second", &p, o, TRUE);
    check_certificates(&p);
    link_up("third", &p, o, TRUE);
    pair_close(&p);
}

static void test_target(const struct options *o)
{
    struct options other = *o, none = *o;
    struct pair p;
    other.target = L"other.example";
    none.target = L"";
    start(&p, o);
    link_up("other target", &p, &other, FALSE);
    link_up("no target", &p, &none, FALSE);
    link_up("no target again", &p, &none, FALSE);
    link_up("first target", &p, o, TRUE);
    link_up("other target again", &p, &other, TRUE);
    pair_close(&p);
}

static void test_credential(const struct options *o)
{
    CredHandle first;
    struct pair p;
    SECURITY_STATUS status;
    start(&p, o);
    first = p.client_credential;
    status = acquire_client(o, &p.client_credential);
    ok(status == SEC_E_OK, "%08lx\n", status);
    link_up("another client credential", &p, o, FALSE);
    pair_disconnect(&p);
    sspi->FreeCredentialsHandle(&p.client_credential);
    p.client_credential = first;
    link_up("the first one", &p, o, TRUE);

    first = p.server_credential;
    pair_disconnect(&p);
    status = acquire_server(o, &p.server_credential);
    ok(status == SEC_E_OK, "%08lx\n", status);
    link_up("another server credential", &p, o, FALSE);
    pair_disconnect(&p);
    sspi->FreeCredentialsHandle(&first);
    pair_close(&p);
}

static void test_expired(const struct options *o, BOOL server)
{
    struct options brief = *o;
    struct pair p;
    *(server ? &brief.server_lifespan : &brief.client_lifespan) = 2500;
    start(&p, &brief);
    Sleep(server ? 0 : 1000); /* what a client takes up again ends when the first one does, not later */
    link_up("in time", &p, &brief, TRUE);
    Sleep(server ? 3600 : 2000);
    link_up("expired", &p, &brief, FALSE);
    pair_close(&p);
}

static void apply(CtxtHandle *context, DWORD flags, SECURITY_STATUS expected)
{
    SCHANNEL_SESSION_TOKEN token = {SCHANNEL_SESSION, flags};
    SecBuffer buffer = {sizeof(token), SECBUFFER_TOKEN, &token};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &buffer};
    SECURITY_STATUS status = sspi->ApplyControlToken(context, &desc);
    ok(status == expected, "flags %lx: %08lx\n", flags, status);
}

static void test_token(const struct options *o, BOOL tls13)
{
    struct pair p;
    start(&p, o);
    apply(&p.client, 0, SEC_E_UNSUPPORTED_FUNCTION);
    apply(&p.client, SSL_SESSION_DISABLE_RECONNECTS, SEC_E_OK);
    link_up("client said no", &p, o, FALSE);
    apply(&p.client, SSL_SESSION_DISABLE_RECONNECTS, SEC_E_OK);
    apply(&p.client, SSL_SESSION_ENABLE_RECONNECTS, SEC_E_OK);
    /* A ticket of TLS 1.3 is gone once it is thrown away. */
    link_up("client said yes again", &p, o, !tls13);
    link_up("as usual", &p, o, TRUE);
    apply(&p.server, SSL_SESSION_DISABLE_RECONNECTS, SEC_E_OK);
    link_up("server said no", &p, o, FALSE);
    link_up("as usual again", &p, o, TRUE);
    pair_close(&p);
}

/* "SCH_CREDENTIALS structure", SCH_CRED_DISABLE_RECONNECTS: full handshakes are not eligible for reconnects, unless
 * ApplyControlToken makes the session so later. In TLS 1.3 that would take tickets, which go with the handshake
 * (docs/interop.md): then it is refused. One session that was allowed stays so, whatever others are. */
static void test_disabled(const struct options *o, BOOL tls13)
{
    struct options held = *o;
    struct pair p;
    held.server_flags |= SCH_CRED_DISABLE_RECONNECTS;
    start(&p, &held);
    link_up("not eligible", &p, &held, FALSE);
    ok(!tls13 || !p.tickets, "%u tickets\n", p.tickets);
    apply(&p.server, SSL_SESSION_ENABLE_RECONNECTS, tls13 ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_OK);
    link_up("allowed", &p, &held, !tls13);
    link_up("allowed, again", &p, &held, !tls13);
    apply(&p.server, SSL_SESSION_DISABLE_RECONNECTS, SEC_E_OK);
    link_up("taken back", &p, &held, FALSE);
    link_up("nor the one after it", &p, &held, FALSE);
    pair_close(&p);
    start(&p, o);
    link_up("another credential", &p, o, TRUE);
    pair_close(&p);
}

static void test_empty(const struct options *o)
{
    struct options other = *o;
    struct pair p;
    BOOL lost = FALSE;
    char ansi[64];
    other.target = L"other.example";
    start(&p, o);
    link_up("other target", &p, &other, FALSE);
    ok(!empty_w((WCHAR *)L"unknown.example", 0), "removed what was not there\n");
    ok(empty_w((WCHAR *)o->target, 0), "not removed\n");
    link_up("removed", &p, o, FALSE);
    link_up("other stays", &p, &other, TRUE);
    ok(empty_a((char *)"other.example", 0), "not removed\n");
    link_up("removed by A", &p, &other, FALSE);
    link_up("first stays", &p, o, TRUE);
    WideCharToMultiByte(CP_ACP, 0, o->target, -1, ansi, sizeof(ansi), NULL, &lost);
    ok(lost || empty_a(ansi, 0), "not removed\n");
    if (!lost)
        link_up("first removed by A", &p, o, FALSE);
    ok(empty_w(NULL, 0), "all\n");
    link_up("all removed", &p, &other, FALSE);
    ok(empty_a(NULL, 0), "all\n");
    link_up("all removed by A", &p, &other, FALSE);
    pair_close(&p);
}

/* A session whose certificate the program judged itself is judged by Schannel when the next
 * connection wants that. */
static void test_judged_again(const struct options *o)
{
    struct options asks = *o, trusts = *o;
    struct pair p;
    asks.client_flags = trusts.client_flags = 0;
    trusts.client_request = ISC_REQ_MANUAL_CRED_VALIDATION;
    start(&p, &trusts);
    link_up("manual again", &p, &trusts, TRUE);
    pair_disconnect(&p);
    pair_connect(&p, &asks);
    ok(p.client_status == SEC_E_UNTRUSTED_ROOT, "client %08lx\n", p.client_status);
    link_up("and is not taken up any more", &p, &trusts, FALSE);
    pair_close(&p);
}

/* The record that breaks a session also ends its use for others. */
static void test_broken(const struct options *o)
{
    static BYTE record[20000];
    struct pair p;
    ULONG size, got, extra;
    BYTE *data;
    SECURITY_STATUS status;
    int i;
    start(&p, o);
    size = seal(&p.server, "hello", 5, record);
    record[size - 1] ^= 1;
    status = unseal(&p.client, record, size, &data, &got, &extra);
    ok(status == SEC_E_MESSAGE_ALTERED, "%08lx\n", status);
    link_up("after a broken record", &p, o, FALSE);
    for (i = 0; i < 2; i++)
        link_up("as usual", &p, o, TRUE);
    pair_close(&p);
}

static void set_cache_time(const WCHAR *value, const DWORD *ms)
{
    HKEY key;
    LONG error = RegCreateKeyExW(HKEY_LOCAL_MACHINE,
            L"SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL", 0, NULL, 0,
            KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL);
    ok(!error, "RegCreateKeyEx %ld\n", error);
    if (ms)
        RegSetValueExW(key, value, 0, REG_DWORD, (const BYTE *)ms, sizeof(*ms));
    else
        RegDeleteValueW(key, value);
    RegCloseKey(key);
}

/* "TLS registry settings": milliseconds; 0 switches the cache off. Read with the credential. */
static void test_registry(const struct options *o, const WCHAR *value)
{
    static const DWORD off = 0, brief = 2500;
    struct pair p;
    set_cache_time(value, &off);
    start(&p, o);
    link_up("switched off", &p, o, FALSE);
    pair_close(&p);
    set_cache_time(value, &brief);
    start(&p, o);
    set_cache_time(value, NULL);
    link_up("in time", &p, o, TRUE);
    Sleep(3600);
    link_up("expired", &p, o, FALSE);
    pair_close(&p);
}

START_TEST(reconnect)
{
    HMODULE schannel = LoadLibraryA("schannel.dll");
    int i;
    pair_setup();
    empty_w = (void *)GetProcAddress(schannel, "SslEmptyCacheW");
    empty_a = (void *)GetProcAddress(schannel, "SslEmptyCacheA");
    for (i = 0; i < ARRAY_SIZE(versions); i++) {
        winetest_push_context("%s", i ? "1.3" : "1.2");
        test_again(&versions[i]);
        test_target(&versions[i]);
        test_credential(&versions[i]);
        test_expired(&versions[i], FALSE);
        test_expired(&versions[i], TRUE);
        test_token(&versions[i], i == 1);
        test_disabled(&versions[i], i == 1);
        test_empty(&versions[i]);
        test_judged_again(&versions[i]);
        test_broken(&versions[i]);
        if (GetProcAddress(GetModuleHandleW(L"ntdll"), "wine_get_version")) {
            test_registry(&versions[i], L"ClientCacheTime");
            test_registry(&versions[i], L"ServerCacheTime");
        } else {
            skip("the machine's settings are left alone\n");
        }
        winetest_pop_context();
    }
}
