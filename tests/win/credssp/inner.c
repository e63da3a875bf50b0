/* Attributes that the package inside answers and no other test of CREDSSP asks for, on both sides, for two logins that are open
 * at the same time. "SecPkgContext_Authority", "SecPkgContext_PasswordExpiry", "SecPkgContext_UserFlags" (inner NTLM's);
 * "SecPkgContext_SupportedSignatures" and "QueryContextAttributes (Schannel)", REMOTE_CERT_CHAIN (inner Schannel's). What the
 * servers of a machine cannot differ in (authority, expiry, flags) is asked with an answer in the buffer that is none. */
#include "pair.h"

#define OTHER_CONTAINER L"opensspi-credssp-inner"

/* A server that is in no domain is its own authority, and tells a client so by its NetBIOS name ([MS-NLMP] 2.2.2.1). */
static void check_authority(CtxtHandle *context)
{
    WCHAR computer[MAX_COMPUTERNAME_LENGTH + 1], name[100];
    DWORD size = ARRAY_SIZE(computer);
    SecPkgContext_AuthorityW authority = {NULL};
    SECURITY_STATUS status = query(context, SECPKG_ATTR_AUTHORITY, &authority);

    GetComputerNameW(computer, &size);
    ok(status == SEC_E_OK, "AUTHORITY %08lx\n", status);
    take_text(authority.sAuthorityName, name, ARRAY_SIZE(name));
    ok(!wcscmp(name, computer), "authority %ls\n", name);
}

/* No account of the tests' store has a password that expires. [MS-PAC] 2.5: no guest, no cached account, no extra SIDs. */
static void check_logon(CtxtHandle *context)
{
    SecPkgContext_PasswordExpiry password = {{{STALE, 0}}};
    SecPkgContext_UserFlags user = {STALE};
    FILETIME now;
    SECURITY_STATUS status = query(context, SECPKG_ATTR_PASSWORD_EXPIRY, &password);

    GetSystemTimeAsFileTime(&now);
    ok(status == SEC_E_OK, "PASSWORD_EXPIRY %08lx\n", status);
    ok(password.tsPasswordExpires.HighPart > (LONG)now.dwHighDateTime, "%lx\n",
            password.tsPasswordExpires.HighPart);
    status = query(context, SECPKG_ATTR_USER_FLAGS, &user);
    ok(status == SEC_E_OK && !user.UserFlags, "USER_FLAGS %08lx, %lx\n", status, user.UserFlags);
}

/* The client's: the server's certificate with a store; the server's: the client has shown none. */
static void check_chain(struct pair *p, PCCERT_CONTEXT certificate)
{
    PCCERT_CONTEXT got = NULL, in_store;
    SECURITY_STATUS status = query(&p->client, SECPKG_ATTR_REMOTE_CERT_CHAIN, &got);

    ok(status == SEC_E_OK && got, "REMOTE_CERT_CHAIN %08lx\n", status);
    if (status == SEC_E_OK && got) {
        ok(CertCompareCertificate(X509_ASN_ENCODING, got->pCertInfo, certificate->pCertInfo),
                "another certificate\n");
        in_store = got->hCertStore ? CertFindCertificateInStore(got->hCertStore, X509_ASN_ENCODING,
                                             0, CERT_FIND_EXISTING, certificate, NULL)
                                   : NULL;
        ok(in_store != NULL, "not in its store\n");
        if (in_store)
            CertFreeCertificateContext(in_store);
        CertFreeCertificateContext(got);
    }
    got = NULL;
    status = query(&p->server, SECPKG_ATTR_REMOTE_CERT_CHAIN, &got);
    ok(status != SEC_E_OK || !got, "the client's: %08lx, %p\n", status, got);
}

/* RSA is 1, SHA-256 is 4, SHA-1 is 2 (RFC 5246 7.4.1.4.1), the hash in the lower byte. */
static BOOL has_signature(CtxtHandle *context, WORD value)
{
    SecPkgContext_SupportedSignatures list = {0};
    SECURITY_STATUS status = query(context, SECPKG_ATTR_SUPPORTED_SIGNATURES, &list);
    BOOL found = FALSE;
    WORD i;

    ok(status == SEC_E_OK, "SUPPORTED_SIGNATURES %08lx\n", status);
    for (i = 0; i < list.cSignatureAndHashAlgorithms; i++)
        found |= list.pSignatureAndHashAlgorithms[i] == value;
    FreeContextBuffer(list.pSignatureAndHashAlgorithms);
    return found;
}

static void check_one(struct pair *p, PCCERT_CONTEXT certificate, BOOL with_sha1)
{
    CtxtHandle *ends[] = {&p->client, &p->server};
    int i;

    for (i = 0; i < 2; i++) {
        check_authority(ends[i]);
        check_logon(ends[i]);
        ok(has_signature(ends[i], 0x0104), "%d: no RSA with SHA-256\n", i);
    }
    ok(has_signature(&p->server, 0x0102) == with_sha1, "RSA with SHA-1: %d\n", !with_sha1);
    check_chain(p, certificate);
}

/* What is known at the end only is not told before, and the buffer stays as it was. */
static void test_too_early(void)
{
    static const ULONG attributes[] = {SECPKG_ATTR_AUTHORITY, SECPKG_ATTR_PASSWORD_EXPIRY,
            SECPKG_ATTR_USER_FLAGS, SECPKG_ATTR_REMOTE_CERT_CHAIN, SECPKG_ATTR_SUPPORTED_SIGNATURES};
    struct pair *p = pair_new(good_identity());
    SECURITY_STATUS status;
    int i;

    pair_client_credential(p);
    pair_server_credential(p);
    p->client_status = pair_leg(p, FALSE, 0);
    p->server_status = pair_leg(p, TRUE, p->to_server.size);
    ok(p->client_status == SEC_I_CONTINUE_NEEDED && p->server_status == SEC_I_CONTINUE_NEEDED,
            "%08lx, %08lx\n", p->client_status, p->server_status);
    for (i = 0; i < ARRAY_SIZE(attributes); i++) {
        ULONG_PTR buffer[4] = {STALE, STALE, STALE, STALE};
        status = query(&p->client, attributes[i], buffer);
        ok(status == SEC_E_INVALID_HANDLE, "client, %lx: %08lx\n", attributes[i], status);
        status = query(&p->server, attributes[i], buffer);
        ok(status == SEC_E_INVALID_HANDLE, "server, %lx: %08lx\n", attributes[i], status);
        ok(buffer[0] == STALE && buffer[1] == STALE, "%lx: output touched\n", attributes[i]);
    }
    pair_free(p);
}

/* One client knows SHA-1, the other has turned it off, in a certificate's signatures. */
static void test_two_sessions(void)
{
    static WCHAR sha1[] = L"SHA1";
    CRYPTO_SETTINGS crypto = {TlsParametersCngAlgUsageCertSig, {8, 10, sha1}, 0, NULL, 0, 0};
    TLS_PARAMETERS parameters = {0, NULL, 0, 1, &crypto, 0};
    union identity id;
    PCCERT_CONTEXT certificate = named_certificate(OTHER_CONTAINER, L"CN=other.example");
    enum form form = ansi ? FORM_ANSI : FORM_PLAIN;
    struct pair *one = pair_new(make_identity(&id, form, L"alice", L"WONDERLAND", L"Wonder-Land1"));
    struct pair *other;
    BOOL good;

    one->new_tls = TRUE;
    good = pair_good(one);
    other = pair_new(make_identity(&id, form, L"bob", L"BUILDERS", L"CanWe?Fix"));
    other->certificate = certificate;
    other->new_tls = TRUE;
    other->tls_parameters = &parameters;
    if (pair_good(other) && good) {
        check_one(one, test_certificate(), TRUE);
        check_one(other, certificate, FALSE);
    }
    pair_free(one);
    pair_free(other);
    CertFreeCertificateContext(certificate);
    drop_container(OTHER_CONTAINER);
}

static void all_tests(void)
{
    test_two_sessions();
    test_too_early();
}

START_TEST(inner)
{
    run_logins(all_tests);
}
