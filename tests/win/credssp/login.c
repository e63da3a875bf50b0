/* Logins that succeed, what both sides know then, and what the server is given. [MS-CSSP] 3.1.5. */
#include "pair.h"

/* The strings of a packed KERB_INTERACTIVE_LOGON: offsets from the structure's start
 * ("KERB_INTERACTIVE_LOGON structure", "QueryContextAttributes (CredSSP)", SECPKG_ATTR_CREDS_2). */
static void packed_text(const SecPkgContext_ClientCreds *creds, const UNICODE_STRING *s, WCHAR *out)
{
    ULONG_PTR at = (ULONG_PTR)s->Buffer;

    out[0] = 0;
    ok(at <= creds->AuthBufferLen && s->Length <= creds->AuthBufferLen - at,
            "outside: %lu, %u bytes\n", (ULONG)at, s->Length);
    if (at > creds->AuthBufferLen || s->Length > creds->AuthBufferLen - at || s->Length > 200)
        return;
    memcpy(out, creds->AuthBuffer + at, s->Length);
    out[s->Length / sizeof(WCHAR)] = 0;
}

static void check_delegated(
        struct pair *p, const WCHAR *user, const WCHAR *domain, const WCHAR *password)
{
    SecPkgContext_ClientCreds creds = {0};
    const KERB_INTERACTIVE_LOGON *logon;
    WCHAR text[110];
    SECURITY_STATUS status = query(&p->server, SECPKG_ATTR_CREDS_2, &creds);

    ok(status == SEC_E_OK, "%08lx\n", status);
    if (status != SEC_E_OK)
        return;
    ok(creds.AuthBufferLen >= sizeof(*logon), "%lu bytes\n", creds.AuthBufferLen);
    logon = (void *)creds.AuthBuffer;
    ok(logon->MessageType == KerbInteractiveLogon, "type %d\n", logon->MessageType);
    packed_text(&creds, &logon->UserName, text);
    ok(!wcscmp(text, user), "user %ls\n", text);
    packed_text(&creds, &logon->LogonDomainName, text);
    ok(!wcscmp(text, domain), "domain %ls\n", text);
    packed_text(&creds, &logon->Password, text);
    ok(!wcscmp(text, password), "the password is another\n");
    ok(FreeContextBuffer(creds.AuthBuffer) == SEC_E_OK, "free\n");
}

static void check_package(CtxtHandle *context, ULONG attribute, const WCHAR *expected)
{
    SecPkgContext_PackageInfoW info = {NULL};
    SECURITY_STATUS status = query(context, attribute, &info);

    ok(status == SEC_E_OK, "%08lx\n", status);
    if (status != SEC_E_OK)
        return;
    ok(ansi ? !strcmp((char *)info.PackageInfo->Name, narrow(expected))
            : !wcscmp(info.PackageInfo->Name, expected),
            "not %ls\n", expected);
    ok(FreeContextBuffer(info.PackageInfo) == SEC_E_OK, "free\n");
}

/* What mstsc asks for (traces of its calls). */
static void check_attributes(struct pair *p)
{
    SecPkgContext_StreamSizes sizes = {0};
    SecPkgContext_ConnectionInfo connection = {0};
    SecPkgContext_NegotiationInfoW negotiation = {0};
    PCCERT_CONTEXT certificate = NULL;
    SECURITY_STATUS status;

    status = query(&p->client, SECPKG_ATTR_STREAM_SIZES, &sizes);
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(sizes.cbHeader >= 5 && sizes.cbMaximumMessage >= 1024 && sizes.cBuffers == 4,
            "header %lu, %lu, %lu buffers\n", sizes.cbHeader, sizes.cbMaximumMessage,
            sizes.cBuffers);
    status = query(&p->client, SECPKG_ATTR_CONNECTION_INFO, &connection);
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(connection.dwProtocol && connection.dwCipherStrength >= 128, "protocol %lx, strength %lu\n",
            connection.dwProtocol, connection.dwCipherStrength);
    status = query(&p->client, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &certificate);
    ok(status == SEC_E_OK && certificate, "%08lx\n", status);
    if (certificate) {
        ok(CertCompareCertificate(
                   X509_ASN_ENCODING, certificate->pCertInfo, test_certificate()->pCertInfo),
                "another certificate\n");
        CertFreeCertificateContext(certificate);
    }
    status = query(&p->client, SECPKG_ATTR_NEGOTIATION_INFO, &negotiation);
    ok(status == SEC_E_OK && negotiation.NegotiationState == SECPKG_NEGOTIATION_COMPLETE,
            "%08lx, state %lu\n", status, negotiation.NegotiationState);
    FreeContextBuffer(negotiation.PackageInfo);
    check_package(&p->client, SECPKG_ATTR_PACKAGE_INFO,
            p->client_package ? p->client_package : L"CREDSSP");
    check_package(&p->server, SECPKG_ATTR_PACKAGE_INFO,
            p->server_package ? p->server_package : L"CREDSSP");
    check_package(&p->client, SECPKG_ATTR_NEGOTIATION_PACKAGE, L"NTLM");
}

static void check_names(struct pair *p, const WCHAR *user)
{
    WCHAR name[300];
    names_of(&p->server, name, ARRAY_SIZE(name));
    ok(wcslen(name) >= wcslen(user) && !wcscmp(name + wcslen(name) - wcslen(user), user),
            "server: %ls\n", name);
}

/* "InitializeSecurityContext (CredSSP)", pfContextAttr and ptsExpiry: attributes and expiry are written; the stream is confidential and in
 * order. */
static void check_written(struct pair *p)
{
    FILETIME now;

    GetSystemTimeAsFileTime(&now);
    ok((p->client_attributes &
               (ISC_RET_CONFIDENTIALITY | ISC_RET_ALLOCATED_MEMORY | ISC_RET_DELEGATE)) ==
                    (ISC_RET_CONFIDENTIALITY | ISC_RET_ALLOCATED_MEMORY | ISC_RET_DELEGATE),
            "client %08lx\n", p->client_attributes);
    ok((p->server_attributes & (ASC_RET_CONFIDENTIALITY | ASC_RET_ALLOCATED_MEMORY)) ==
                    (ASC_RET_CONFIDENTIALITY | ASC_RET_ALLOCATED_MEMORY),
            "server %08lx\n", p->server_attributes);
    ok(p->client_expiry.HighPart > (LONG)now.dwHighDateTime &&
                    p->server_expiry.HighPart > (LONG)now.dwHighDateTime,
            "expiry\n");
}

/* "SCH_CREDENTIALS structure": TLS 1.3 only with that, never with SCHANNEL_CRED; Windows 10 does not speak
 * it at all. */
static void check_version(struct pair *p)
{
    SecPkgContext_ConnectionInfo info = {0};
    query(&p->client, SECPKG_ATTR_CONNECTION_INFO, &info);
    ok(info.dwProtocol == (p->new_tls ? SP_PROT_TLS1_3_CLIENT : SP_PROT_TLS1_2_CLIENT),
            "protocol %lx\n", info.dwProtocol);
}

static void test_good(BOOL new_tls)
{
    union identity id;
    struct pair *p = pair_new(
            make_identity(&id, ansi ? FORM_ANSI : FORM_PLAIN, L"bob", L"BUILDERS", L"CanWe?Fix"));

    p->new_tls = new_tls;
    if (pair_good(p)) {
        check_version(p);
        check_written(p);
        check_names(p, L"bob");
        check_attributes(p);
        check_delegated(p, L"bob", L"BUILDERS", L"CanWe?Fix");
    }
    pair_free(p);
}

static void test_not_ascii(void)
{
    union identity id;
    struct pair *p;

    if (ansi && (!narrow_holds(NON_ASCII) || !narrow_holds(NON_ASCII_PASSWORD))) {
        skip("the code page cannot say it\n");
        return;
    }
    p = pair_new(
            make_identity(&id, ansi ? FORM_ANSI : FORM_PLAIN, NON_ASCII, L"", NON_ASCII_PASSWORD));
    if (pair_good(p)) {
        check_names(p, NON_ASCII);
        check_delegated(p, NON_ASCII, L"", NON_ASCII_PASSWORD);
    }
    pair_free(p);
}

/* "TSSSP" is the same protocol under another name. */
static void test_tsssp(void)
{
    struct pair *p = pair_new(good_identity());

    p->client_package = p->server_package = L"TSSSP";
    if (pair_good(p))
        check_attributes(p);
    pair_free(p);
}

/* [MS-CSSP] 3.1.5 and "InitializeSecurityContext (CredSSP)", ISC_REQ_DELEGATE: without it an empty set of
 * credentials is delegated. */
static void test_no_delegation(void)
{
    struct pair *p = pair_new(good_identity());

    p->without = ISC_REQ_DELEGATE;
    if (pair_good(p)) {
        ok(!(p->client_attributes & ISC_RET_DELEGATE), "client %08lx\n", p->client_attributes);
        check_names(p, L"alice");
        check_delegated(p, L"", L"", L"");
    }
    pair_free(p);
}

/* A client has nothing delegated to it; one that is not through has nothing. */
static void test_early(void)
{
    struct pair *p = pair_new(good_identity());
    SecPkgContext_ClientCreds creds = {STALE, (void *)STALE};
    SecPkgContext_StreamSizes sizes;

    pair_client_credential(p);
    pair_server_credential(p);
    ok(pair_leg(p, FALSE, 0) == SEC_I_CONTINUE_NEEDED, "first\n");
    ok(FAILED(query(&p->client, SECPKG_ATTR_STREAM_SIZES, &sizes)), "stream sizes too early\n");
    ok(FAILED(query(&p->client, SECPKG_ATTR_CREDS_2, &creds)), "client\n");
    ok(pair_leg(p, TRUE, p->to_server.size) == SEC_I_CONTINUE_NEEDED, "first\n");
    ok(FAILED(query(&p->server, SECPKG_ATTR_CREDS_2, &creds)), "credentials too early\n");
    ok(creds.AuthBuffer == (void *)STALE, "output touched\n");
    ok(FAILED(query(&p->server, SECPKG_ATTR_NAMES, &sizes)), "names too early\n");
    pair_free(p);
}

static void all_tests(void)
{
    test_good(FALSE);
    test_good(TRUE);
    test_not_ascii();
    test_tsssp();
    test_no_delegation();
    test_early();
}

START_TEST(login)
{
    run_logins(all_tests);
}
