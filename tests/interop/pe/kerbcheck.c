/* Package "Kerberos" with both ends in this program, in a realm that the driver has set up (a ticket of
 * alice's in KRB5CCNAME, host/localhost's key in KRB5_KTNAME): what no peer outside sees.
 *
 *   kerbcheck REALM PASSWORD     A line per case, then "N passed, N failed"
 *   kerbcheck REALM USER PASSWORD USER PASSWORD
 *                                Each user's logins in a thread of its own, all with one credential of his; "TOKEN user
 *                                HEX" per login, for the driver to see whose it is
 *   kerbcheck gone               the host has no Kerberos libraries: no package
 *   kerbcheck off                the same after the registry's "Kerberos" 0, which this program sets and takes away
 *   kerbcheck broken             it has files of their names, which are none: no package, once it was tried
 *
 * Sizes: RFC 4121 4.2.6 with HMAC-SHA1-96 (RFC 3962): header and checksum 28; sealed also the header's copy
 * and a confounder: 60; with DCE style a block of filling too: 76 ([MS-KILE] 3.4.5.4.1).
 */
#include "lib/peer.h"
#include <stdio.h>
#include <subauth.h>
#include <ntsecapi.h>
#include <wincred.h>

#ifndef SECBUFFER_CHANNEL_BINDINGS
#define SECBUFFER_CHANNEL_BINDINGS 14
#endif
enum {
    CLIENT = ISC_REQ_MUTUAL_AUTH | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT |
             ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY,
    TEXT = 48,
};

static int passed, failed;
static BOOL ansi;
static const WCHAR *realm_name, *password;

static void check(BOOL good, const char *what, ULONG got)
{
    if (good) {
        passed++;
        return;
    }
    failed++;
    printf("FAILED %s%s: %#lx\n", what, ansi ? " (A)" : "", got);
}

static void expect(SECURITY_STATUS got, SECURITY_STATUS wanted, const char *what)
{
    check(got == wanted, what, (ULONG)got);
}

/* ---- a login between two contexts ---- */

struct pair {
    CredHandle client_credential, server_credential;
    CtxtHandle client, server;
    ULONG client_attributes, server_attributes;
};

static SECURITY_STATUS acquire(CredHandle *credential, ULONG use, void *identity)
{
    TimeStamp expiry;

    return ansi ? AcquireCredentialsHandleA(
                          NULL, (char *)"Kerberos", use, NULL, identity, NULL, NULL, credential, &expiry)
                : AcquireCredentialsHandleW(NULL, (WCHAR *)L"Kerberos", use, NULL, identity, NULL, NULL,
                          credential, &expiry);
}

static SECURITY_STATUS initialize(CredHandle *credential, CtxtHandle *old, ULONG request,
        SecBufferDesc *in, CtxtHandle *context, SecBufferDesc *out, ULONG *attributes)
{
    TimeStamp expiry;

    return ansi ? InitializeSecurityContextA(credential, old, (char *)"host/localhost", request, 0,
                          SECURITY_NATIVE_DREP, in, 0, context, out, attributes, &expiry)
                : InitializeSecurityContextW(credential, old, (WCHAR *)L"host/localhost", request, 0,
                          SECURITY_NATIVE_DREP, in, 0, context, out, attributes, &expiry);
}

static SECURITY_STATUS query(CtxtHandle *context, ULONG attribute, void *buffer)
{
    return ansi ? QueryContextAttributesA(context, attribute, buffer)
                : QueryContextAttributesW(context, attribute, buffer);
}

static uint8_t to_server[48000], to_client[48000];

/* The whole login; a failing leg ends the program, for nothing after it would mean anything. */
static void login(struct pair *p, ULONG request)
{
    SecBuffer up = {0, SECBUFFER_TOKEN, to_server}, down = {0, SECBUFFER_TOKEN, to_client};
    SecBufferDesc up_desc = {SECBUFFER_VERSION, 1, &up}, down_desc = {SECBUFFER_VERSION, 1, &down};
    ULONG style = request & ISC_REQ_USE_DCE_STYLE ? ASC_REQ_USE_DCE_STYLE : 0;
    CtxtHandle *client = NULL, *server = NULL;
    SECURITY_STATUS here = SEC_I_CONTINUE_NEEDED, there = SEC_I_CONTINUE_NEEDED;
    TimeStamp expiry;

    if (acquire(&p->client_credential, SECPKG_CRED_OUTBOUND, NULL) != SEC_E_OK ||
            acquire(&p->server_credential, SECPKG_CRED_INBOUND, NULL) != SEC_E_OK)
        fail("AcquireCredentialsHandle", 0);
    for (int i = 0; i < 3 && (here || there); i++) {
        up.cbBuffer = sizeof to_server;
        if (here)
            here = initialize(&p->client_credential, client, request, client ? &down_desc : NULL,
                    &p->client, &up_desc, &p->client_attributes);
        if (FAILED(here))
            fail("InitializeSecurityContext", (ULONG)here);
        client = &p->client;
        down.cbBuffer = sizeof to_client;
        if (there)
            there = AcceptSecurityContext(&p->server_credential, server, &up_desc,
                    ASC_REQ_CONFIDENTIALITY | style, SECURITY_NATIVE_DREP, &p->server, &down_desc,
                    &p->server_attributes, &expiry);
        if (FAILED(there))
            fail("AcceptSecurityContext", (ULONG)there);
        server = &p->server;
    }
    check(!here && !there, "login", (ULONG)here);
}

static void logout(struct pair *p)
{
    expect(DeleteSecurityContext(&p->client), SEC_E_OK, "delete client");
    expect(DeleteSecurityContext(&p->server), SEC_E_OK, "delete server");
    expect(DeleteSecurityContext(&p->client), SEC_E_INVALID_HANDLE, "delete twice");
    expect(FreeCredentialsHandle(&p->client_credential), SEC_E_OK, "free client");
    expect(FreeCredentialsHandle(&p->server_credential), SEC_E_OK, "free server");
}

/* ---- the package ---- */

static void test_listed(void)
{
    SecPkgInfoW *info = NULL;
    SECURITY_STATUS status = ansi ? QuerySecurityPackageInfoA((char *)"kerberos", (SecPkgInfoA **)&info)
                                  : QuerySecurityPackageInfoW((WCHAR *)L"kerberos", &info);

    expect(status, SEC_E_OK, "QuerySecurityPackageInfo");
    if (status != SEC_E_OK)
        return;
    check(info->wRPCID == 16, "RPC id", info->wRPCID);
    check(info->cbMaxToken == 48000, "max token", info->cbMaxToken);
    check(info->fCapabilities == 0x028F3BBF, "capabilities", info->fCapabilities);
    FreeContextBuffer(info);
}

static void test_hidden(BOOL broken)
{
    SecPkgInfoW *info = NULL;
    CredHandle credential;
    TimeStamp expiry;

    if (!broken)
        expect(QuerySecurityPackageInfoW((WCHAR *)L"Kerberos", &info), SEC_E_SECPKG_NOT_FOUND, "gone");
    expect(AcquireCredentialsHandleW(NULL, (WCHAR *)L"Kerberos", SECPKG_CRED_OUTBOUND, NULL, NULL, NULL,
                   NULL, &credential, &expiry),
            SEC_E_SECPKG_NOT_FOUND, "acquire");
    expect(QuerySecurityPackageInfoW((WCHAR *)L"Kerberos", &info), SEC_E_SECPKG_NOT_FOUND, "not there");
    if (!broken)
        check(!GetModuleHandleW(L"kerberos.dll"), "kerberos.dll is not loaded", 0);
}

/* ---- identities ---- */

static ULONG outbound = SECPKG_CRED_OUTBOUND; /* what try_identity acquires */

/* One leg of alice's with IDENTITY; GOOD: her password is in it. */
static void try_identity(const char *name, void *identity, BOOL good)
{
    SecBuffer out = {sizeof to_server, SECBUFFER_TOKEN, to_server};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &out};
    CredHandle credential;
    CtxtHandle context;
    ULONG attributes;
    SECURITY_STATUS status = acquire(&credential, outbound, identity);

    if (status == SEC_E_OK) {
        status = initialize(&credential, NULL, CLIENT, NULL, &context, &desc, &attributes);
        if (status == SEC_I_CONTINUE_NEEDED)
            DeleteSecurityContext(&context);
        FreeCredentialsHandle(&credential);
    }
    if (good)
        expect(status, SEC_I_CONTINUE_NEEDED, name);
    else
        check(FAILED(status), name, (ULONG)status);
}

/* Domain empty, and User says it ("User Name Formats"): user@realm, REALM\\user. */
static void full_names(BOOL good)
{
    static const WCHAR *const forms[] = {L"alice@%ls", L"%ls\\alice", L"alice@nowhere@%ls"};
    SEC_WINNT_AUTH_IDENTITY_W w = {.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    SEC_WINNT_AUTH_IDENTITY_A a = {.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI};
    WCHAR user[128];
    char user_a[128], word_a[64];

    for (size_t i = 0; i < ARRAYSIZE(forms); i++) {
        w.UserLength = a.UserLength = (ULONG)swprintf(user, 128, forms[i], realm_name);
        w.PasswordLength = a.PasswordLength = (ULONG)wcslen(password) - !good;
        w.User = (void *)user, w.Password = (void *)password;
        sprintf(user_a, "%ls", user);
        sprintf(word_a, "%ls", password);
        a.User = (void *)user_a, a.Password = (void *)word_a;
        try_identity(i == 2 ? "two @" : "user@realm, REALM\\user", ansi ? (void *)&a : (void *)&w, good && i < 2);
    }
}

/* "AcquireCredentialsHandle": with AUTOLOGON_RESTRICTED neither default nor saved credentials, so none without an
 * identity (alice's ticket is there); with one as without the flag. PROCESS_POLICY_ONLY gives none. */
static void test_limits(void)
{
    WCHAR user[] = L"alice", domain[64], word[64];
    SEC_WINNT_AUTH_IDENTITY_W identity = {(void *)user, 5, (void *)domain, 0, (void *)word, 0,
            SEC_WINNT_AUTH_IDENTITY_UNICODE};
    ULONG limited = SECPKG_CRED_OUTBOUND | SECPKG_CRED_AUTOLOGON_RESTRICTED;
    CredHandle credential;

    lstrcpynW(domain, realm_name, 64);
    lstrcpynW(word, password, 64);
    identity.DomainLength = (ULONG)wcslen(domain);
    identity.PasswordLength = (ULONG)wcslen(word);
    expect(acquire(&credential, limited, NULL), SEC_E_NO_CREDENTIALS, "restricted, nobody given");
    expect(acquire(&credential, SECPKG_CRED_OUTBOUND | SECPKG_CRED_PROCESS_POLICY_ONLY, NULL), SEC_E_NO_CREDENTIALS,
            "policy only");
    outbound = limited;
    try_identity("restricted, alice given", &identity, TRUE);
    outbound = SECPKG_CRED_OUTBOUND;
}

static void identities(const WCHAR *secret, BOOL good)
{
    WCHAR user[] = L"alice", domain[64], word[64];
    char user_a[] = "alice", domain_a[64], word_a[64];
    SEC_WINNT_AUTH_IDENTITY_W plain = {(void *)user, 5, (void *)domain, 0, (void *)word, 0,
            SEC_WINNT_AUTH_IDENTITY_UNICODE};
    SEC_WINNT_AUTH_IDENTITY_A plain_a = {(void *)user_a, 5, (void *)domain_a, 0, (void *)word_a, 0,
            SEC_WINNT_AUTH_IDENTITY_ANSI};
    SEC_WINNT_AUTH_IDENTITY_EXW ex = {SEC_WINNT_AUTH_IDENTITY_VERSION, sizeof ex, (void *)user, 5,
            (void *)domain, 0, (void *)word, 0, SEC_WINNT_AUTH_IDENTITY_UNICODE, NULL, 0};
    SEC_WINNT_AUTH_IDENTITY_EXA ex_a = {SEC_WINNT_AUTH_IDENTITY_VERSION, sizeof ex_a, (void *)user_a, 5,
            (void *)domain_a, 0, (void *)word_a, 0, SEC_WINNT_AUTH_IDENTITY_ANSI, NULL, 0};
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE packed = NULL;

    lstrcpynW(domain, realm_name, 64);
    lstrcpynW(word, secret, 64);
    sprintf(domain_a, "%ls", domain);
    sprintf(word_a, "%ls", word);
    plain.DomainLength = plain_a.DomainLength = ex.DomainLength = ex_a.DomainLength =
            (ULONG)wcslen(domain);
    plain.PasswordLength = plain_a.PasswordLength = ex.PasswordLength = ex_a.PasswordLength =
            (ULONG)wcslen(word);
    try_identity("identity W", &plain, good);
    try_identity("identity A", &plain_a, good);
    try_identity("identity EXW", &ex, good);
    try_identity("identity EXA", &ex_a, good);
    expect(SspiEncodeStringsAsAuthIdentity(user, domain, word, &packed), SEC_E_OK, "encode");
    try_identity("identity EX2", packed, good);
    SspiFreeAuthIdentity(packed);
}

/* ---- legs ---- */

static void test_first_leg(void)
{
    SecBuffer nothing[2] = {{0, SECBUFFER_TOKEN, NULL}, {0, SECBUFFER_EMPTY, NULL}};
    SecBufferDesc inputs[3] = {{SECBUFFER_VERSION, 0, nothing}, {SECBUFFER_VERSION, 1, nothing},
            {SECBUFFER_VERSION, 2, nothing}};
    SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &out};
    CredHandle credential;
    CtxtHandle context, untouched = {1, 2};
    ULONG attributes = 0;

    expect(acquire(&credential, SECPKG_CRED_OUTBOUND, NULL), SEC_E_OK, "acquire");
    for (int i = 0; i < 3; i++) {
        out = (SecBuffer){0, SECBUFFER_TOKEN, NULL};
        expect(initialize(&credential, NULL, CLIENT | ISC_REQ_ALLOCATE_MEMORY, &inputs[i], &context, &desc,
                       &attributes),
                SEC_I_CONTINUE_NEEDED, "an input without a token");
        check(attributes & ISC_RET_ALLOCATED_MEMORY && out.pvBuffer, "allocated", attributes);
        expect(FreeContextBuffer(out.pvBuffer), SEC_E_OK, "free");
        DeleteSecurityContext(&context);
    }
    out = (SecBuffer){100, SECBUFFER_TOKEN, to_server};
    expect(initialize(&credential, NULL, CLIENT, NULL, &untouched, &desc, &attributes),
            SEC_E_BUFFER_TOO_SMALL, "no room");
    check(untouched.dwLower == 1 && untouched.dwUpper == 2, "the handle is as it was", 0);
    FreeCredentialsHandle(&credential);
}

/* Nobody asks a KDC for an address. */
static void test_targets(void)
{
    static const WCHAR *const bad[] = {NULL, L"", L"host/127.0.0.1", L"HTTP/127.0.0.1:80", L"HTTP/[::1]:80", L"::1"};
    SecBuffer out = {sizeof to_server, SECBUFFER_TOKEN, to_server};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &out};
    CredHandle credential;
    CtxtHandle context;
    ULONG attributes;
    TimeStamp expiry;

    acquire(&credential, SECPKG_CRED_OUTBOUND, NULL);
    for (size_t i = 0; i < ARRAYSIZE(bad); i++)
        expect(InitializeSecurityContextW(&credential, NULL, (WCHAR *)bad[i], CLIENT, 0, SECURITY_NATIVE_DREP, NULL,
                       0, &context, &desc, &attributes, &expiry),
                SEC_E_TARGET_UNKNOWN, "an address");
    FreeCredentialsHandle(&credential);
}

/* Bindings can be neither sent nor checked: a server that asks for them refuses (docs/interop.md). */
static void test_bindings(void)
{
    SEC_CHANNEL_BINDINGS none = {0};
    SecBuffer in[2] = {{0, SECBUFFER_TOKEN, to_server}, {sizeof none, SECBUFFER_CHANNEL_BINDINGS, &none}};
    SecBuffer up = {sizeof to_server, SECBUFFER_TOKEN, to_server};
    SecBuffer down = {sizeof to_client, SECBUFFER_TOKEN, to_client};
    SecBufferDesc in_desc = {SECBUFFER_VERSION, 2, in}, up_desc = {SECBUFFER_VERSION, 1, &up};
    SecBufferDesc down_desc = {SECBUFFER_VERSION, 1, &down}, only = {SECBUFFER_VERSION, 1, in + 1};
    CredHandle client, server;
    CtxtHandle context, accepted;
    ULONG attributes;
    TimeStamp expiry;

    acquire(&client, SECPKG_CRED_OUTBOUND, NULL);
    acquire(&server, SECPKG_CRED_INBOUND, NULL);
    expect(initialize(&client, NULL, CLIENT, &only, &context, &up_desc, &attributes),
            SEC_I_CONTINUE_NEEDED, "a client with bindings");
    in[0].cbBuffer = up.cbBuffer;
    expect(AcceptSecurityContext(&server, NULL, &in_desc, 0, SECURITY_NATIVE_DREP, &accepted, &down_desc,
                   &attributes, &expiry),
            SEC_E_BAD_BINDINGS, "a server with bindings");
    expect(AcceptSecurityContext(&server, NULL, &in_desc, ASC_REQ_ALLOW_MISSING_BINDINGS,
                   SECURITY_NATIVE_DREP, &accepted, &down_desc, &attributes, &expiry),
            SEC_E_OK, "a server that does without");
    DeleteSecurityContext(&accepted);
    DeleteSecurityContext(&context);
    FreeCredentialsHandle(&client);
    FreeCredentialsHandle(&server);
}

/* "QueryContextAttributes", "AddCredentials", "ChangeAccountPassword", "SetCredentialsAttributes": what a package has not
 * is SEC_E_UNSUPPORTED_FUNCTION, and nothing is written. A password that would be changed is not sent anywhere: host/localhost is
 * no user, and the realm has no server for it. */
static void test_unsupported(struct pair *p)
{
    static const ULONG attributes[] = {SECPKG_ATTR_LIFESPAN, SECPKG_ATTR_NATIVE_NAMES, SECPKG_ATTR_ACCESS_TOKEN};
    SecPkgCredentials_KdcProxySettingsW proxy = {.Version = KDC_PROXY_SETTINGS_V1};
    uint8_t room[256], none[256] = {0};
    SecBuffer out = {0, SECBUFFER_CHANGE_PASS_RESPONSE, NULL};
    SecBufferDesc answer = {SECBUFFER_VERSION, 1, &out};
    TimeStamp expiry;

    for (size_t i = 0; i < ARRAYSIZE(attributes); i++) {
        memset(room, 0, sizeof room);
        expect(query(&p->client, attributes[i], room), SEC_E_UNSUPPORTED_FUNCTION, "an attribute of the client's");
        expect(query(&p->server, attributes[i], room), SEC_E_UNSUPPORTED_FUNCTION, "an attribute of the server's");
        check(!memcmp(room, none, sizeof room), "nothing is written", attributes[i]);
    }
    expect(AddCredentialsW(&p->client_credential, NULL, (WCHAR *)L"Kerberos", SECPKG_CRED_OUTBOUND, NULL, NULL, NULL,
                   &expiry),
            SEC_E_UNSUPPORTED_FUNCTION, "AddCredentials");
    expect(ChangeAccountPasswordW((WCHAR *)L"Kerberos", (WCHAR *)realm_name, (WCHAR *)L"host/localhost", (WCHAR *)L"old",
                   (WCHAR *)L"new", FALSE, 0, &answer),
            SEC_E_UNSUPPORTED_FUNCTION, "ChangeAccountPassword");
    expect(SetCredentialsAttributesW(&p->client_credential, SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS, &proxy, sizeof proxy),
            SEC_E_UNSUPPORTED_FUNCTION, "a KDC proxy");
}

/* The realm's keys are of AES256-CTS-HMAC-SHA1-96 (realm.py): 18, its checksum 16, a key of 256 bits (RFC 3962). */
static void test_key_info(CtxtHandle *context)
{
    SecPkgContext_KeyInfoW info = {0};

    expect(query(context, SECPKG_ATTR_KEY_INFO, &info), SEC_E_OK, "KEY_INFO");
    check(info.KeySize == 256, "KeySize", info.KeySize);
    check(info.EncryptAlgorithm == 18 && info.SignatureAlgorithm == 16, "algorithms", info.EncryptAlgorithm);
    check(info.sEncryptAlgorithmName && info.sSignatureAlgorithmName, "names", 0);
    FreeContextBuffer(info.sEncryptAlgorithmName);
    FreeContextBuffer(info.sSignatureAlgorithmName);
}

static void test_attributes(struct pair *p)
{
    SecPkgContext_Sizes sizes = {0};
    SecPkgContext_Flags flags = {0};
    SecPkgContext_NamesW names = {0};
    SecPkgContext_NegotiationInfoW info = {0};
    SecBuffer packed = {0};
    HANDLE token = NULL;
    BOOL dce = (p->client_attributes & ISC_RET_USED_DCE_STYLE) != 0;

    test_key_info(&p->client);
    test_key_info(&p->server);
    expect(query(&p->client, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK, "SIZES");
    check(sizes.cbMaxToken == 48000, "cbMaxToken", sizes.cbMaxToken);
    check(sizes.cbMaxSignature == 28, "cbMaxSignature", sizes.cbMaxSignature);
    check(sizes.cbSecurityTrailer == (dce ? 76 : 60), "cbSecurityTrailer", sizes.cbSecurityTrailer);
    expect(query(&p->client, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK, "FLAGS");
    check(flags.Flags == p->client_attributes, "FLAGS", flags.Flags);
    check((p->client_attributes & CLIENT) == CLIENT, "attributes", p->client_attributes);
    expect(query(&p->server, SECPKG_ATTR_NEGOTIATION_INFO, &info), SEC_E_OK, "NEGOTIATION_INFO");
    check(info.NegotiationState == SECPKG_NEGOTIATION_COMPLETE, "state", info.NegotiationState);
    FreeContextBuffer(info.PackageInfo);
    /* what kerberos.dll cannot do: docs/interop.md */
    expect(query(&p->server, SECPKG_ATTR_NAMES, &names), SEC_E_UNSUPPORTED_FUNCTION, "NAMES");
    expect(QuerySecurityContextToken(&p->server, &token), SEC_E_UNSUPPORTED_FUNCTION, "token");
    expect(ImpersonateSecurityContext(&p->server), SEC_E_UNSUPPORTED_FUNCTION, "impersonate");
    expect(ExportSecurityContext(&p->client, 0, &packed, NULL), SEC_E_UNSUPPORTED_FUNCTION, "export");
    test_unsupported(p);
}

static int wine_version(void)
{
    const char *(CDECL * version)(void) =
            (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version");

    return version ? atoi(version()) : 0;
}

/* Both ends have the same key, and each login another. Wine 8.0's kerberos.dll has none to give, 10.0's has
 * (docs/interop.md). */
static void test_session_key(struct pair *p)
{
    static BYTE last[32];
    SecPkgContext_SessionKey client = {0}, server = {0};
    SECURITY_STATUS status = query(&p->client, SECPKG_ATTR_SESSION_KEY, &client);

    expect(query(&p->server, SECPKG_ATTR_SESSION_KEY, &server), status, "SESSION_KEY of the server");
    if (wine_version() < 10) {
        expect(status, SEC_E_UNSUPPORTED_FUNCTION, "SESSION_KEY, of Wine 8.0");
        return;
    }
    expect(status, SEC_E_OK, "SESSION_KEY");
    check(client.SessionKeyLength == 32 && server.SessionKeyLength == 32, "its length", client.SessionKeyLength);
    check(!memcmp(client.SessionKey, server.SessionKey, 32), "the same key", 0);
    check(memcmp(client.SessionKey, last, 32) != 0, "a new key", 0);
    memcpy(last, client.SessionKey, 32);
    FreeContextBuffer(client.SessionKey);
    FreeContextBuffer(server.SessionKey);
}

/* ---- messages ---- */

static uint8_t token[256], text[TEXT], sealed[TEXT];
static SecBuffer message[4];
static SecBufferDesc desc = {SECBUFFER_VERSION, 2, message};

static void fresh(ULONG room)
{
    for (int i = 0; i < TEXT; i++)
        text[i] = (uint8_t)(7 * i);
    memcpy(sealed, text, TEXT);
    message[0] = (SecBuffer){room, SECBUFFER_TOKEN, token};
    message[1] = (SecBuffer){TEXT, SECBUFFER_DATA, sealed};
    desc.cBuffers = 2;
}

/* A message that was refused leaves a gap: the next one, whatever it says, ends it (RFC 2743, 1.2.3). */
static void settle(struct pair *p)
{
    ULONG quality;

    fresh(76);
    EncryptMessage(&p->client, 0, &desc, 0);
    DecryptMessage(&p->server, &desc, 0, &quality);
}

/* Token before data, each of its size, plain text where it was: [MS-KILE] 3.4.5.4.1. */
static void test_order(struct pair *p)
{
    ULONG quality = 7;

    fresh(60);
    expect(EncryptMessage(&p->client, 0, &desc, 0), SEC_E_OK, "seal");
    check(message[0].cbBuffer == 60 && token[0] == 5 && token[1] == 4, "the token is first", message[0].cbBuffer);
    check(message[1].cbBuffer == TEXT && memcmp(sealed, text, TEXT), "the text is sealed", 0);
    expect(DecryptMessage(&p->server, &desc, 0, &quality), SEC_E_OK, "unseal");
    check(!memcmp(sealed, text, TEXT) && !quality, "the text", quality);
    fresh(28);
    expect(EncryptMessage(&p->client, SECQOP_WRAP_NO_ENCRYPT, &desc, 0), SEC_E_OK, "wrap");
    check(message[0].cbBuffer == 28 && token[0] == 5 && token[1] == 4, "its token", message[0].cbBuffer);
    check(!memcmp(sealed, text, TEXT), "plain text stays", 0);
    expect(DecryptMessage(&p->server, &desc, 0, &quality), SEC_E_OK, "unwrap");
    check(!memcmp(sealed, text, TEXT) && quality == SECQOP_WRAP_NO_ENCRYPT, "quality", quality);
    fresh(28);
    EncryptMessage(&p->client, SECQOP_WRAP_NO_ENCRYPT, &desc, 0);
    sealed[9] ^= 1;
    expect(DecryptMessage(&p->server, &desc, 0, &quality), SEC_E_MESSAGE_ALTERED, "plain text spoilt");
    settle(p);
}

static void test_parts(struct pair *p)
{
    ULONG quality;

    fresh(60);
    message[1].cbBuffer = 20;
    message[2] = (SecBuffer){TEXT - 20, SECBUFFER_DATA, sealed + 20};
    message[3] = (SecBuffer){16, SECBUFFER_PADDING, token + 200};
    desc.cBuffers = 4;
    expect(EncryptMessage(&p->client, 0, &desc, 0), SEC_E_OK, "seal in parts");
    check(!message[3].cbBuffer, "no padding", message[3].cbBuffer);
    desc.cBuffers = 2;
    message[1].cbBuffer = TEXT;
    expect(DecryptMessage(&p->server, &desc, 0, &quality), SEC_E_OK, "unseal the whole");
    check(!memcmp(sealed, text, TEXT), "the parts' text", 0);
    fresh(28);
    message[1].cbBuffer = 20;
    message[2] = (SecBuffer){TEXT - 20, SECBUFFER_DATA | SECBUFFER_READONLY, sealed + 20};
    desc.cBuffers = 3;
    expect(EncryptMessage(&p->client, 0, &desc, 0), SEC_E_UNSUPPORTED_FUNCTION, "a part signed only");
    expect(MakeSignature(&p->client, 0, &desc, 0), SEC_E_OK, "sign in parts");
    sealed[TEXT - 1] ^= 1;
    expect(VerifySignature(&p->server, &desc, 0, &quality), SEC_E_MESSAGE_ALTERED, "the last part spoilt");
    settle(p);
}

/* A stream is the whole wrap token, as GSS-API's programs send it; the text lies inside of it. */
static void test_stream(struct pair *p)
{
    uint8_t whole[60 + TEXT];
    ULONG quality;

    for (int spoil = 0; spoil < 2; spoil++) {
        fresh(60);
        EncryptMessage(&p->client, 0, &desc, 0);
        memcpy(whole, token, 60);
        memcpy(whole + 60, sealed, TEXT);
        whole[40] ^= (uint8_t)spoil;
        message[0] = (SecBuffer){sizeof whole, SECBUFFER_STREAM, whole};
        message[1] = (SecBuffer){0, SECBUFFER_DATA, NULL};
        SECURITY_STATUS status = DecryptMessage(&p->server, &desc, 0, &quality);
        expect(status, spoil ? SEC_E_MESSAGE_ALTERED : SEC_E_OK, "stream");
        if (status == SEC_E_OK)
            check(message[1].cbBuffer == TEXT && !memcmp(message[1].pvBuffer, text, TEXT), "its text",
                    message[1].cbBuffer);
    }
    settle(p);
}

/* Too little room spends no sequence number: the next message is in order. */
static void test_room(struct pair *p)
{
    ULONG quality;

    fresh(59);
    expect(EncryptMessage(&p->client, 0, &desc, 0), SEC_E_BUFFER_TOO_SMALL, "no room");
    check(!memcmp(sealed, text, TEXT), "the text is as it was", 0);
    fresh(60);
    expect(EncryptMessage(&p->client, 0, &desc, 0), SEC_E_OK, "room");
    expect(DecryptMessage(&p->server, &desc, 0, &quality), SEC_E_OK, "in order");
    desc.cBuffers = 1;
    expect(EncryptMessage(&p->client, 0, &desc, 0), SEC_E_INVALID_TOKEN, "no text buffer");
    settle(p);
}

/* A TOKEN buffer of SIZE bytes before a byte that nobody may touch; 0: no buffer at all. */
static void small(SecBuffer *b, ULONG size)
{
    memset(token, 0xA5, sizeof token);
    *b = (SecBuffer){size, SECBUFFER_TOKEN, size ? token : NULL};
}

static BOOL untouched(ULONG from)
{
    for (ULONG i = from; i < sizeof token; i++)
        if (token[i] != 0xA5)
            return FALSE;
    return TRUE;
}

/* "MakeSignature", "EncryptMessage (Negotiate)": SEC_E_BUFFER_TOO_SMALL; nothing is written, and no sequence number
 * spent. With DCE style too, whose sealing works on the program's own buffers. */
static void test_small_tokens(struct pair *p, ULONG trailer)
{
    static const ULONG sizes[] = {0, 1, 16, 27};
    ULONG quality = 0;

    for (size_t i = 0; i < ARRAYSIZE(sizes); i++) {
        fresh(0);
        small(&message[0], sizes[i]);
        expect(MakeSignature(&p->client, 0, &desc, 0), SEC_E_BUFFER_TOO_SMALL, "sign: no room");
        check(untouched(0) && message[0].cbBuffer == sizes[i], "sign: nothing is written", sizes[i]);
    }
    fresh(28);
    small(&message[0], 28);
    expect(MakeSignature(&p->client, 0, &desc, 0), SEC_E_OK, "sign: just room");
    check(untouched(28) && message[0].cbBuffer == 28, "sign: no more than that", message[0].cbBuffer);
    expect(VerifySignature(&p->server, &desc, 0, &quality), SEC_E_OK, "verify: in order");
    for (ULONG size = 0; size < trailer; size++) {
        fresh(0);
        small(&message[0], size);
        SECURITY_STATUS status = EncryptMessage(&p->client, 0, &desc, 0);
        if (status != SEC_E_BUFFER_TOO_SMALL || !untouched(0) || memcmp(sealed, text, TEXT))
            check(FALSE, "seal: no room", size);
    }
    fresh(0);
    small(&message[0], trailer);
    expect(EncryptMessage(&p->client, 0, &desc, 0), SEC_E_OK, "seal: just room");
    check(untouched(trailer), "seal: no more than that", message[0].cbBuffer);
    expect(DecryptMessage(&p->server, &desc, 0, &quality), SEC_E_OK, "unseal: in order");
    check(!memcmp(sealed, text, TEXT), "unseal: the text", 0);
}

/* Each truncation, and a split that is not the sender's. */
static void test_hostile(struct pair *p)
{
    ULONG quality, taken = 0;

    for (ULONG size = 0; size < TEXT + 60; size++) {
        fresh(60);
        EncryptMessage(&p->client, 0, &desc, 0);
        message[0].cbBuffer = min(size, 60);
        message[1].cbBuffer = size > 60 ? size - 60 : 0;
        taken += DecryptMessage(&p->server, &desc, 0, &quality) == SEC_E_OK;
    }
    check(!taken, "truncated messages taken", taken);
    fresh(60);
    EncryptMessage(&p->client, 0, &desc, 0);
    message[0].cbBuffer = 40;
    expect(DecryptMessage(&p->server, &desc, 0, &quality), SEC_E_INVALID_TOKEN, "a short token");
    settle(p);
}

/* Each size of the token but its own, and none: refused, and not read beyond. */
static void test_dce_truncated(struct pair *p)
{
    ULONG quality, taken = 0;

    for (ULONG size = 0; size < 76; size++) {
        fresh(76);
        EncryptMessage(&p->client, 0, &desc, 0);
        message[0] = (SecBuffer){size, SECBUFFER_TOKEN, size ? token : NULL};
        taken += DecryptMessage(&p->server, &desc, 0, &quality) == SEC_E_OK;
    }
    check(!taken, "DCE: truncated tokens taken", taken);
    settle(p);
}

static void test_dce(void)
{
    struct pair p = {0};
    uint8_t head[24] = "header", tail[8] = "tail";
    ULONG quality = 0;

    login(&p, CLIENT | ISC_REQ_USE_DCE_STYLE);
    check((p.client_attributes & ISC_RET_USED_DCE_STYLE) != 0, "DCE style", p.client_attributes);
    test_attributes(&p);
    test_session_key(&p);
    test_small_tokens(&p, 76);
    test_dce_truncated(&p);
    for (int spoil = 0; spoil < 3; spoil++) {
        fresh(76);
        message[0] = (SecBuffer){sizeof head, SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, head};
        message[2] = (SecBuffer){sizeof tail, SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, tail};
        message[3] = (SecBuffer){76, SECBUFFER_TOKEN, token};
        desc.cBuffers = 4;
        expect(EncryptMessage(&p.client, 0, &desc, 0), SEC_E_OK, "DCE: seal");
        check(!memcmp(head, "header", 7) && memcmp(sealed, text, TEXT), "DCE: what is sealed", 0);
        sealed[5] ^= spoil == 1;
        head[3] ^= spoil == 2;
        /* kerberos.dll leaves out what is to be signed only: a limit (docs/interop.md) */
        expect(DecryptMessage(&p.server, &desc, 0, &quality),
                spoil == 1 ? SEC_E_MESSAGE_ALTERED : SEC_E_OK, "DCE: unseal");
        check(spoil == 1 || !memcmp(sealed, text, TEXT), "DCE: the text", 0);
        head[3] = 'd';
        if (spoil)
            settle(&p);
    }
    logout(&p);
}

/* The ticket cache, by the LSA: "KERB_QUERY_TKT_CACHE_REQUEST", with the tickets for the realm and the service. */
static void test_cache(void)
{
    KERB_QUERY_TKT_CACHE_REQUEST request = {KerbQueryTicketCacheMessage, {0, 0}};
    KERB_QUERY_TKT_CACHE_RESPONSE *answer = NULL;
    LSA_STRING name = {8, 9, (char *)"Kerberos"};
    ULONG package = 99, size = 0, found = 0;
    NTSTATUS status, said = 1;
    HANDLE lsa;

    LsaConnectUntrusted(&lsa);
    status = LsaLookupAuthenticationPackage(lsa, &name, &package);
    check(!status && package == 2, "LsaLookupAuthenticationPackage", package);
    status = LsaCallAuthenticationPackage(
            lsa, package, &request, sizeof request, (void **)&answer, &size, &said);
    check(!status && !said && answer, "LsaCallAuthenticationPackage", (ULONG)status);
    for (ULONG i = 0; answer && i < answer->CountOfTickets; i++) {
        UNICODE_STRING *server = &answer->Tickets[i].ServerName;

        found |= server->Length > 12 && !memcmp(server->Buffer, L"krbtgt", 12) ? 1 : 0;
        found |= server->Length >= 28 && !memcmp(server->Buffer, L"host/localhost", 28) ? 2 : 0;
    }
    check(found == 3, "the tickets", found);
    LsaFreeReturnBuffer(answer);
    request.MessageType = (KERB_PROTOCOL_MESSAGE_TYPE)999;
    answer = (void *)&request;
    status = LsaCallAuthenticationPackage(
            lsa, package, &request, sizeof request, (void **)&answer, &size, &said);
    check(FAILED(status) && !answer && !size, "an unknown request", (ULONG)status);
    status = LsaCallAuthenticationPackage(lsa, package, &request, 2, (void **)&answer, &size, &said);
    check(FAILED(status) && !answer && !size, "a short request", (ULONG)status);
    LsaDeregisterLogonProcess(lsa);
}

/* ---- why CredSSP has no remote guard and no certificates (docs/interop.md) ---- */

/* TSRemoteGuardCreds ([MS-CSSP] 2.2.1.2.3) are tickets and their keys: "KERB_RETRIEVE_TKT_REQUEST" would give them out of
 * the cache, where the one for this target is (test_cache). kerberos.dll 8.0 says STATUS_ACCESS_DENIED of every way to ask. */
static void test_no_tickets(void)
{
    static const ULONG options[] = {
            KERB_RETRIEVE_TICKET_DEFAULT, KERB_RETRIEVE_TICKET_USE_CACHE_ONLY, KERB_RETRIEVE_TICKET_AS_KERB_CRED};
    static WCHAR target[] = L"host/localhost";
    LSA_STRING name = {8, 9, (char *)"Kerberos"};
    ULONG package, size;
    NTSTATUS status, said;
    void *answer;
    HANDLE lsa;

    LsaConnectUntrusted(&lsa);
    LsaLookupAuthenticationPackage(lsa, &name, &package);
    for (size_t i = 0; i < ARRAYSIZE(options); i++) {
        KERB_RETRIEVE_TKT_REQUEST request = {.MessageType = KerbRetrieveEncodedTicketMessage,
                .TargetName = {28, 30, target}, .CacheOptions = options[i]};

        answer = &request;
        size = said = 1;
        status = LsaCallAuthenticationPackage(lsa, package, &request, sizeof request, &answer, &size, &said);
        printf("a ticket with options %lx: %08lx\n", options[i], (ULONG)status);
        check(FAILED(status) && !answer && !size, "a ticket for a program", (ULONG)status);
    }
    LsaDeregisterLogonProcess(lsa);
}

/* PKINIT (RFC 4556). "CredMarshalCredential function": a certificate as a user name, its PIN as the password. Nobody is
 * logged in, by the cached ticket neither. */
static void test_no_certificates(void)
{
    CERT_CREDENTIAL_INFO info = {sizeof info, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20}};
    WCHAR *user, pin[] = L"1234";
    SEC_WINNT_AUTH_IDENTITY_W identity = {.Password = (void *)pin, .PasswordLength = 4, .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
    CredHandle credential;
    CtxtHandle context;
    TimeStamp expiry;
    ULONG attributes;
    SECURITY_STATUS status;

    if (!CredMarshalCredentialW(CertCredential, &info, &user))
        fail("CredMarshalCredential", GetLastError());
    identity.User = (void *)user;
    identity.UserLength = (ULONG)wcslen(user);
    status = AcquireCredentialsHandleW(NULL, (WCHAR *)L"Kerberos", SECPKG_CRED_OUTBOUND, NULL, &identity, NULL, NULL,
            &credential, &expiry);
    if (status == SEC_E_OK) {
        status = initialize(&credential, NULL, CLIENT | ISC_REQ_ALLOCATE_MEMORY, NULL, &context, &output, &attributes);
        FreeCredentialsHandle(&credential);
    }
    check(status == SEC_E_UNKNOWN_CREDENTIALS && !out.pvBuffer, "a certificate", (ULONG)status);
    CredFree(user);
}

static void test_all(void)
{
    struct pair p = {0};

    test_listed();
    identities(password, TRUE);
    identities(L"Wrong-Horse-7", FALSE);
    full_names(TRUE);
    full_names(FALSE);
    if (!ansi)
        test_limits();
    test_first_leg();
    test_targets();
    test_bindings();
    login(&p, CLIENT);
    test_attributes(&p);
    test_session_key(&p);
    test_order(&p);
    test_parts(&p);
    test_stream(&p);
    test_room(&p);
    test_small_tokens(&p, 60);
    test_hostile(&p);
    logout(&p);
    test_dce();
    test_cache();
    test_no_tickets();
    test_no_certificates();
}

/* ---- two users at once ---- */

enum { LOGINS = 5 };

struct user {
    WCHAR *name, *password;
};

static CRITICAL_SECTION printing;

static void print_token(const WCHAR *name, const SecBuffer *out)
{
    char utf8[256];

    WideCharToMultiByte(CP_UTF8, 0, name, -1, utf8, sizeof utf8, NULL, NULL);
    EnterCriticalSection(&printing);
    printf("TOKEN %s ", utf8);
    for (ULONG i = 0; i < out->cbBuffer; i++)
        printf("%02x", ((uint8_t *)out->pvBuffer)[i]);
    printf("\n");
    LeaveCriticalSection(&printing);
}

static DWORD WINAPI log_in(void *parameter)
{
    const struct user *u = parameter;
    SEC_WINNT_AUTH_IDENTITY_W identity = {(void *)u->name, (ULONG)wcslen(u->name), (void *)realm_name,
            (ULONG)wcslen(realm_name), (void *)u->password, (ULONG)wcslen(u->password), SEC_WINNT_AUTH_IDENTITY_UNICODE};
    CredHandle credential;

    if (acquire(&credential, SECPKG_CRED_OUTBOUND, &identity) != SEC_E_OK)
        fail("AcquireCredentialsHandle", 0);
    for (int i = 0; i < LOGINS; i++) {
        SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
        SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
        CtxtHandle context;
        ULONG attributes;
        SECURITY_STATUS status = initialize(
                &credential, NULL, ISC_REQ_INTEGRITY | ISC_REQ_ALLOCATE_MEMORY, NULL, &context, &output, &attributes);

        if (status != SEC_E_OK)
            fail("InitializeSecurityContext", (ULONG)status);
        print_token(u->name, &out);
        FreeContextBuffer(out.pvBuffer);
        DeleteSecurityContext(&context);
    }
    FreeCredentialsHandle(&credential);
    return 0;
}

static void test_users(WCHAR **argv)
{
    struct user users[2] = {{argv[2], argv[3]}, {argv[4], argv[5]}};
    HANDLE threads[2];

    realm_name = argv[1];
    InitializeCriticalSection(&printing);
    for (int i = 0; i < 2; i++)
        threads[i] = CreateThread(NULL, 0, log_in, &users[i], 0, NULL);
    check(WaitForMultipleObjects(2, threads, TRUE, 60000) == WAIT_OBJECT_0, "both are done", 0);
}

/* In a process of its own: what is there is looked up once. */
static void test_off(void)
{
    DWORD off = 0;
    HKEY key;

    RegCreateKeyExW(HKEY_LOCAL_MACHINE, L"Software\\opensspi", 0, NULL, 0, KEY_SET_VALUE | KEY_WOW64_64KEY, NULL,
            &key, NULL);
    RegSetValueExW(key, L"Kerberos", 0, REG_DWORD, (BYTE *)&off, sizeof off);
    test_hidden(FALSE);
    RegDeleteValueW(key, L"Kerberos");
    RegCloseKey(key);
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    if (argc == 2) {
        if (!wcscmp(argv[1], L"off"))
            test_off();
        else
            test_hidden(!wcscmp(argv[1], L"broken"));
    } else if (argc == 6) {
        test_users(argv);
    } else if (argc == 3) {
        realm_name = argv[1];
        password = argv[2];
        test_listed();
        check(!GetModuleHandleW(L"kerberos.dll"), "nothing is loaded for the list", 0);
        for (int i = 0; i < 2; i++) {
            ansi = i == 1;
            test_all();
        }
    } else {
        fail("usage: kerbcheck REALM PASSWORD | REALM USER PASSWORD USER PASSWORD | gone | off | broken", 0);
    }
    printf("kerbcheck: %d passed, %d failed\n", passed, failed);
    return failed != 0;
}
