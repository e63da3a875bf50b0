/* What the contexts and the credential of a login say of it, on both sides, for two logins that
 * differ in user, certificate and target: an answer that comes from another session, or from none,
 * is found. "QueryContextAttributes (CredSSP)"; what inner NTLM and inner Schannel answer: the
 * pages of these. */
#include "pair.h"
#include <wincred.h>

#define OTHER_CONTAINER L"opensspi-credssp-other"

struct answers {
    SecPkgContext_Sizes sizes;
    BYTE key[16];
    BYTE endpoint[64], unique[64];
    ULONG endpoint_size, unique_size;
};

static void get_bindings(CtxtHandle *context, ULONG attribute, BYTE *out, ULONG *size)
{
    SecPkgContext_Bindings b = {0};
    SECURITY_STATUS status = query(context, attribute, &b);

    *size = 0;
    ok(status == SEC_E_OK, "bindings %lx: %08lx\n", attribute, status);
    if (status != SEC_E_OK)
        return;
    *size = b.Bindings->cbApplicationDataLength;
    ok(*size <= 64, "%lu bytes\n", *size);
    memcpy(out, (BYTE *)b.Bindings + b.Bindings->dwApplicationDataOffset, min(*size, 64));
    FreeContextBuffer(b.Bindings);
}

static void get_key_info(CtxtHandle *context)
{
    SecPkgContext_KeyInfoW info = {NULL};
    WCHAR name[100];
    SECURITY_STATUS status = query(context, SECPKG_ATTR_KEY_INFO, &info);

    ok(status == SEC_E_OK && info.KeySize == 128, "KEY_INFO %08lx, %lu bits\n", status,
            info.KeySize);
    take_text(info.sEncryptAlgorithmName, name, ARRAY_SIZE(name));
    ok(!wcscmp(name, L"RSADSI RC4"), "%ls\n", name);
    take_text(info.sSignatureAlgorithmName, name, ARRAY_SIZE(name));
    ok(!wcscmp(name, L"HMAC-MD5"), "%ls\n", name);
}

static void get_lifespan(CtxtHandle *context)
{
    SecPkgContext_Lifespan life = {{{0}}};
    FILETIME now;
    SECURITY_STATUS status = query(context, SECPKG_ATTR_LIFESPAN, &life);

    GetSystemTimeAsFileTime(&now);
    ok(status == SEC_E_OK, "LIFESPAN %08lx\n", status);
    ok(life.tsExpiry.HighPart > (LONG)now.dwHighDateTime, "expires %08lx\n",
            life.tsExpiry.HighPart);
    ok(life.tsStart.QuadPart < life.tsExpiry.QuadPart, "it begins after its end\n");
}

static void get(CtxtHandle *context, struct answers *a, BOOL tls12)
{
    SecPkgContext_SessionKey key = {0};
    SECURITY_STATUS status = query(context, SECPKG_ATTR_SIZES, &a->sizes);

    ok(status == SEC_E_OK, "SIZES %08lx\n", status);
    ok(a->sizes.cbMaxSignature == 16 && a->sizes.cbSecurityTrailer == 16,
            "signature %lu, trailer %lu\n", a->sizes.cbMaxSignature, a->sizes.cbSecurityTrailer);
    status = query(context, SECPKG_ATTR_SESSION_KEY, &key);
    ok(status == SEC_E_OK && key.SessionKeyLength == 16, "SESSION_KEY %08lx, %lu bytes\n", status,
            key.SessionKeyLength);
    if (status == SEC_E_OK) {
        memcpy(a->key, key.SessionKey, 16);
        FreeContextBuffer(key.SessionKey);
    }
    get_lifespan(context);
    get_key_info(context);
    get_bindings(context, SECPKG_ATTR_ENDPOINT_BINDINGS, a->endpoint, &a->endpoint_size);
    if (tls12) /* RFC 8446 has no tls-unique any more */
        get_bindings(context, SECPKG_ATTR_UNIQUE_BINDINGS, a->unique, &a->unique_size);
}

/* RFC 5929 4.1: a certificate that is signed with SHA-256 is hashed with it. */
static void check_endpoint(const struct answers *a, PCCERT_CONTEXT certificate)
{
    static const char prefix[] = "tls-server-end-point:";
    BYTE hash[32];
    DWORD size = sizeof(hash);

    CryptHashCertificate(0, CALG_SHA_256, 0, certificate->pbCertEncoded, certificate->cbCertEncoded,
            hash, &size);
    ok(a->endpoint_size == strlen(prefix) + 32 && !memcmp(a->endpoint, prefix, strlen(prefix)) &&
                    !memcmp(a->endpoint + strlen(prefix), hash, 32),
            "another certificate's, %lu bytes\n", a->endpoint_size);
}

/* "QueryContextAttributes (Schannel)", LOCAL_ and REMOTE_CERT_CONTEXT: each side's own certificate, and the other's; the client has none to show. */
static void check_certificates(struct pair *p, PCCERT_CONTEXT certificate)
{
    PCCERT_CONTEXT got = NULL;
    SECURITY_STATUS status = query(&p->server, SECPKG_ATTR_LOCAL_CERT_CONTEXT, &got);

    ok(status == SEC_E_OK, "the server's own: %08lx\n", status);
    if (status == SEC_E_OK) {
        ok(same_certificate(got, certificate), "another one\n");
        CertFreeCertificateContext(got);
    }
    status = query(&p->client, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &got);
    ok(status == SEC_E_OK, "the server's, seen by the client: %08lx\n", status);
    if (status == SEC_E_OK) {
        ok(same_certificate(got, certificate), "another one\n");
        CertFreeCertificateContext(got);
    }
    got = NULL;
    status = query(&p->client, SECPKG_ATTR_LOCAL_CERT_CONTEXT, &got);
    ok(status != SEC_E_OK || !got, "the client's own: %08lx, %p\n", status, got);
    status = query(&p->server, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &got);
    ok(status != SEC_E_OK || !got, "the client's, seen by the server: %08lx, %p\n", status, got);
}

static void credential_name(CredHandle *credential, WCHAR *out, int units)
{
    SecPkgCredentials_NamesW names = {NULL};
    SECURITY_STATUS status =
            ansi ? QueryCredentialsAttributesA(credential, SECPKG_CRED_ATTR_NAMES, (void *)&names)
                 : QueryCredentialsAttributesW(credential, SECPKG_CRED_ATTR_NAMES, &names);

    out[0] = 0;
    ok(status == SEC_E_OK, "%08lx\n", status);
    if (status == SEC_E_OK)
        take_text(names.sUserName, out, units);
}

/* CREDS as CREDS_2 (tests/win/credssp login.c), here only whose they are; once. */
static void check_credentials(struct pair *p, const WCHAR *user)
{
    SecPkgContext_ClientCreds creds = {0};
    const KERB_INTERACTIVE_LOGON *logon;
    SECURITY_STATUS status = query(&p->client, SECPKG_ATTR_CREDS, &creds);

    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "client: %08lx\n", status);
    status = query(&p->server, SECPKG_ATTR_CREDS, &creds);
    ok(status == SEC_E_OK, "server: %08lx\n", status);
    if (status != SEC_E_OK)
        return;
    logon = (void *)creds.AuthBuffer;
    ok(logon->UserName.Length == wcslen(user) * sizeof(WCHAR) &&
                    (ULONG_PTR)logon->UserName.Buffer + logon->UserName.Length <=
                            creds.AuthBufferLen &&
                    !memcmp(creds.AuthBuffer + (ULONG_PTR)logon->UserName.Buffer, user,
                            logon->UserName.Length),
            "another user\n");
    FreeContextBuffer(creds.AuthBuffer);
    status = query(&p->server, SECPKG_ATTR_CREDS, &creds);
    ok(status == SEC_E_NO_CREDENTIALS || broken(!is_opensspi()), "twice: %08lx\n", status);
}

/* SECPKG_ATTR_FLAGS is what the last leg told; _TARGET and _CLIENT_SPECIFIED_TARGET what the program called the
 * server ("SecPkgContext_Target", "SecPkgContext_ClientSpecifiedTarget"): on the server what NTLM
 * carried of it. CREDENTIAL_NAME is the client's own. */
static void check_names(struct pair *p, const WCHAR *target, const WCHAR *full)
{
    SecPkgContext_Flags flags = {STALE};
    SecPkgContext_ClientSpecifiedTarget named = {NULL};
    SecPkgContext_Target bytes = {0};
    SecPkgContext_CredentialNameW name = {0};
    WCHAR text[200];
    CtxtHandle *ends[] = {&p->client, &p->server};
    SECURITY_STATUS status;
    int i;

    status = query(&p->client, SECPKG_ATTR_FLAGS, &flags);
    ok(status == SEC_E_OK && flags.Flags == p->client_attributes, "client %08lx, %08lx\n", status,
            flags.Flags);
    status = query(&p->server, SECPKG_ATTR_FLAGS, &flags);
    ok(status == SEC_E_OK && flags.Flags == p->server_attributes, "server %08lx, %08lx\n", status,
            flags.Flags);
    for (i = 0; i < 2; i++) {
        status = query(ends[i], SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &named);
        ok(status == SEC_E_OK && !wcscmp(named.sTargetName, target), "%d: %08lx, %ls\n", i, status,
                status == SEC_E_OK ? named.sTargetName : L"");
        if (status == SEC_E_OK)
            FreeContextBuffer(named.sTargetName);
        status = query(ends[i], SECPKG_ATTR_TARGET, &bytes);
        ok(status == SEC_E_OK && bytes.TargetLength == wcslen(target) &&
                        !memcmp(bytes.Target, narrow(target), bytes.TargetLength),
                "%d: %08lx, %lu\n", i, status, bytes.TargetLength);
        if (status == SEC_E_OK)
            FreeContextBuffer(bytes.Target);
    }
    status = query(&p->client, SECPKG_ATTR_CREDENTIAL_NAME, &name);
    ok(status == SEC_E_OK && name.CredentialType == CRED_TYPE_DOMAIN_PASSWORD, "%08lx, %lu\n",
            status, name.CredentialType);
    take_text(name.sCredentialName, text, ARRAY_SIZE(text));
    ok(!wcscmp(text, full), "%ls\n", text);
    status = query(&p->server, SECPKG_ATTR_CREDENTIAL_NAME, &name);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "server: %08lx\n", status);
}

/* "QueryContextAttributes (CredSSP)", SECPKG_ATTR_NAMES: "the name of the user" of the context, on a client its own;
 * _NEGOTIATION_INFO and _NEGOTIATION_PACKAGE the package inside, at both ends. */
static void check_inside(struct pair *p, const WCHAR *full)
{
    CtxtHandle *ends[] = {&p->client, &p->server};
    SecPkgContext_NegotiationInfoW info;
    WCHAR text[300];
    SECURITY_STATUS status;
    int i;

    names_of(&p->client, text, ARRAY_SIZE(text));
    ok(!wcscmp(text, full), "the client's own name: %ls\n", text);
    for (i = 0; i < 2; i++) {
        info = (SecPkgContext_NegotiationInfoW){NULL, STALE};
        status = query(ends[i], SECPKG_ATTR_NEGOTIATION_INFO, &info);
        ok(status == SEC_E_OK && info.NegotiationState == SECPKG_NEGOTIATION_COMPLETE,
                "%d: NEGOTIATION_INFO %08lx, state %lx\n", i, status, info.NegotiationState);
        if (status != SEC_E_OK)
            continue;
        if (ansi)
            ok(!strcmp((char *)info.PackageInfo->Name, "NTLM"), "%d: %s\n", i, (char *)info.PackageInfo->Name);
        else
            ok(!wcscmp(info.PackageInfo->Name, L"NTLM"), "%d: %ls\n", i, info.PackageInfo->Name);
        FreeContextBuffer(info.PackageInfo);
    }
}

/* RFC 8446 5.2, RFC 5246 6.2: a record's header and the most that it carries. Both ends' records have one form. */
static void check_stream_sizes(struct pair *p)
{
    SecPkgContext_StreamSizes client = {STALE}, server = {STALE};
    SECURITY_STATUS status = query(&p->client, SECPKG_ATTR_STREAM_SIZES, &client);

    ok(status == SEC_E_OK, "client: STREAM_SIZES %08lx\n", status);
    status = query(&p->server, SECPKG_ATTR_STREAM_SIZES, &server);
    ok(status == SEC_E_OK, "server: STREAM_SIZES %08lx\n", status);
    ok(!memcmp(&client, &server, sizeof(client)), "two forms\n");
    ok(server.cbMaximumMessage == 16384 && server.cbHeader >= 5 && server.cbTrailer >= 16 && server.cBuffers == 4,
            "header %lu, trailer %lu, %lu bytes at most, %lu buffers\n", server.cbHeader, server.cbTrailer,
            server.cbMaximumMessage, server.cBuffers);
}

/* An attribute of nobody's. */
static void check_unknown(struct pair *p)
{
    BYTE room[200];
    SECURITY_STATUS status = query(&p->client, 0x7777, room);

    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "%08lx\n", status);
    status = query(&p->server, 0x7777, room);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "%08lx\n", status);
}

static void check_one(struct pair *p, PCCERT_CONTEXT certificate, const WCHAR *user,
        const WCHAR *full, struct answers *out)
{
    struct answers server = {{0}};
    WCHAR name[300];

    get(&p->client, out, !p->new_tls);
    get(&p->server, &server, !p->new_tls);
    ok(!memcmp(out->key, server.key, 16), "two session keys\n");
    ok(out->unique_size == server.unique_size &&
                    !memcmp(out->unique, server.unique, out->unique_size),
            "two tls-uniques\n");
    check_endpoint(out, certificate);
    check_endpoint(&server, certificate);
    check_certificates(p, certificate);
    credential_name(&p->client_credential, name, ARRAY_SIZE(name));
    ok(!wcscmp(name, full), "credential of %ls\n", name);
    names_of(&p->server, name, ARRAY_SIZE(name));
    ok(wcslen(name) >= wcslen(user) && !wcscmp(name + wcslen(name) - wcslen(user), user),
            "server: %ls\n", name);
    check_names(p, p->target ? p->target : L"TERMSRV/localhost", full);
    check_inside(p, full);
    check_stream_sizes(p);
    check_credentials(p, user);
    check_unknown(p);
}

/* Both are open at the same time. (The second identity is made when the first was used: narrow's
 * buffers are few.) */
static void two_sessions(BOOL new_tls)
{
    union identity id;
    PCCERT_CONTEXT certificate = named_certificate(OTHER_CONTAINER, L"CN=other.example");
    enum form form = ansi ? FORM_ANSI : FORM_PLAIN;
    struct answers first = {{0}}, second = {{0}};
    struct pair *one = pair_new(make_identity(&id, form, L"alice", L"WONDERLAND", L"Wonder-Land1"));
    struct pair *other;
    BOOL good;

    one->new_tls = new_tls;
    good = pair_good(one);
    other = pair_new(make_identity(&id, form, L"bob", L"BUILDERS", L"CanWe?Fix"));
    other->certificate = certificate;
    other->target = L"TERMSRV/other.example";
    other->new_tls = new_tls;
    if (pair_good(other) && good) {
        check_one(one, test_certificate(), L"alice", L"WONDERLAND\\alice", &first);
        check_one(other, certificate, L"bob", L"BUILDERS\\bob", &second);
        ok(memcmp(first.key, second.key, 16), "one session key for both\n");
        ok(new_tls || memcmp(first.unique, second.unique, first.unique_size), "one tls-unique\n");
    }
    pair_free(one);
    pair_free(other);
    CertFreeCertificateContext(certificate);
    drop_container(OTHER_CONTAINER);
}

static void all_tests(void)
{
    two_sessions(FALSE);
    two_sessions(TRUE);
}

START_TEST(sessions)
{
    run_logins(all_tests);
}
