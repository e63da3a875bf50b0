/* Who the server is: the client's judgement of its certificate. "InitializeSecurityContext (CredSSP)": the chain is evaluated
 * though ISC_REQ_MANUAL_CRED_VALIDATION goes to Schannel; "SEC_E_MUTUAL_AUTH_FAILED"; "Without
 * ISC_REQ_MUTUAL_AUTH server authentication is not required". The values of SERVER_AUTH_FLAGS:
 * credssp.h of the SDK (CREDSSP_SERVER_AUTH_). Inside is NTLM, which says nothing of the server. */
#include "pair.h"

#define STRANGER  L"opensspi-credssp-stranger"
#define AUTHORITY L"opensspi-credssp-authority"
#define ISSUED    L"opensspi-credssp-issued"

struct expected {
    const char *what;
    PCCERT_CONTEXT certificate;
    const WCHAR *target;
    DWORD error; /* a bit of CERT_TRUST_STATUS.dwErrorStatus; 0: none is set */
    ULONG auth;  /* SERVER_AUTH_FLAGS */
};

static void check_answers(struct pair *p, const struct expected *e)
{
    CERT_TRUST_STATUS trusted = {STALE, STALE};
    SecPkgContext_Flags flags = {STALE};
    SECURITY_STATUS status = query(&p->client, SECPKG_ATTR_CERT_TRUST_STATUS, &trusted);

    ok(status == SEC_E_OK, "CERT_TRUST_STATUS %08lx\n", status);
    ok(e->error ? trusted.dwErrorStatus & e->error : !trusted.dwErrorStatus, "errors %lx\n",
            trusted.dwErrorStatus);
    status = query(&p->client, SECPKG_ATTR_SERVER_AUTH_FLAGS, &flags);
    ok(status == SEC_E_OK && flags.Flags == e->auth, "SERVER_AUTH_FLAGS %08lx, %lx\n", status,
            flags.Flags);
    /* "supported only on the client" */
    status = query(&p->server, SECPKG_ATTR_CERT_TRUST_STATUS, &trusted);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "server: %08lx\n", status);
    status = query(&p->server, SECPKG_ATTR_SERVER_AUTH_FLAGS, &flags);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "server: %08lx\n", status);
}

static DWORD tls_flags; /* more SCH_CRED_ flags of the client's Schannel credential */

static struct pair *start(const struct expected *e, ULONG extra, BOOL new_tls)
{
    struct pair *p = pair_new(good_identity());
    p->certificate = e->certificate;
    p->target = e->target;
    p->extra = extra;
    p->new_tls = new_tls;
    p->tls_flags = tls_flags;
    return p;
}

static void test_not_asked(const struct expected *e, BOOL new_tls)
{
    struct pair *p = start(e, 0, new_tls);

    if (pair_good(p)) {
        check_answers(p, e);
        ok(!(p->client_attributes & ISC_RET_MUTUAL_AUTH), "attributes %08lx\n",
                p->client_attributes);
    }
    pair_free(p);
}

static void test_asked(const struct expected *e, BOOL new_tls)
{
    struct pair *p = start(e, ISC_REQ_MUTUAL_AUTH, new_tls);
    SecPkgContext_ClientCreds creds;

    if (e->auth) {
        if (pair_good(p)) {
            check_answers(p, e);
            ok(p->client_attributes & ISC_RET_MUTUAL_AUTH, "attributes %08lx\n",
                    p->client_attributes);
        }
    } else {
        pair_run(p);
        /* "not the same as the one passed into the pszTargetName parameter", or not known at all */
        ok(p->client_status == (e->error ? SEC_E_MUTUAL_AUTH_FAILED : SEC_E_WRONG_PRINCIPAL),
                "client %08lx\n", p->client_status);
        ok(!(p->client_attributes & ISC_RET_MUTUAL_AUTH), "attributes %08lx\n",
                p->client_attributes);
        /* The server has not even seen the proof of the password: it waits. */
        ok(p->server_status == SEC_I_CONTINUE_NEEDED, "server %08lx\n", p->server_status);
        ok(FAILED(query(&p->server, SECPKG_ATTR_CREDS_2, &creds)), "credentials went out\n");
        ok(FAILED(pair_leg(p, FALSE, 0)), "a leg after the refusal\n");
    }
    pair_free(p);
}

static void test_early(void)
{
    struct pair *p = pair_new(good_identity());
    CERT_TRUST_STATUS trusted = {STALE, STALE};
    SECURITY_STATUS status;

    pair_client_credential(p);
    pair_server_credential(p);
    ok(pair_leg(p, FALSE, 0) == SEC_I_CONTINUE_NEEDED, "first\n");
    /* "SEC_E_INVALID_HANDLE: an incomplete context", "QueryContextAttributes (CredSSP)" */
    status = query(&p->client, SECPKG_ATTR_CERT_TRUST_STATUS, &trusted);
    ok(FAILED(status) && trusted.dwErrorStatus == STALE, "%08lx\n", status);
    pair_free(p);
}

static const struct expected *cases;
static unsigned case_count;

static void all_cases(void)
{
    unsigned i;

    for (i = 0; i < 4 * case_count; i++) {
        /* That Schannel compares no names makes nobody the server that was meant. */
        tls_flags = i & 2 ? SCH_CRED_NO_SERVERNAME_CHECK : 0;
        winetest_push_context("%s, TLS 1.%u, flags %lx", cases[i / 4].what, 2 + i % 2, tls_flags);
        test_not_asked(&cases[i / 4], i % 2);
        test_asked(&cases[i / 4], i % 2);
        winetest_pop_context();
    }
}

/* What ABOUT says, as ISSUER's with the key of BY's container; CA: an authority. */
static PCCERT_CONTEXT signed_by(PCCERT_CONTEXT about, PCCERT_CONTEXT issuer, const WCHAR *by,
        const char *algorithm, BOOL ca)
{
    CERT_BASIC_CONSTRAINTS2_INFO constraints = {ca};
    BYTE der[2048], value[20];
    DWORD size = sizeof(der), value_size = sizeof(value);
    CERT_EXTENSION extension = {(char *)szOID_BASIC_CONSTRAINTS2, TRUE, {0, value}};
    CERT_INFO says = *about->pCertInfo;
    CRYPT_ALGORITHM_IDENTIFIER how = {(char *)algorithm};
    PCCERT_CONTEXT made;
    HCRYPTPROV provider;

    ok(CryptEncodeObject(X509_ASN_ENCODING, X509_BASIC_CONSTRAINTS2, &constraints, value, &value_size),
            "constraints %lx\n", GetLastError());
    extension.Value.cbData = value_size;
    says.dwVersion = CERT_V3;
    says.Issuer = issuer->pCertInfo->Subject;
    says.SignatureAlgorithm = how;
    says.cExtension = 1;
    says.rgExtension = &extension;
    ok(CryptAcquireContextW(&provider, by, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, 0), "container %lx\n",
            GetLastError());
    ok(CryptSignAndEncodeCertificate(provider, AT_KEYEXCHANGE, X509_ASN_ENCODING, X509_CERT_TO_BE_SIGNED,
               &says, &how, NULL, der, &size),
            "signature %lx\n", GetLastError());
    CryptReleaseContext(provider, 0);
    made = CertCreateCertificateContext(X509_ASN_ENCODING, der, size);
    ok(made != NULL, "certificate %lx\n", GetLastError());
    return made;
}

/* The server's: a key of its own, an authority's word for it. */
static PCCERT_CONTEXT issued(PCCERT_CONTEXT own, PCCERT_CONTEXT authority, const char *algorithm)
{
    CRYPT_KEY_PROV_INFO info = {(WCHAR *)ISSUED, (WCHAR *)MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, 0, 0, NULL,
            AT_KEYEXCHANGE};
    PCCERT_CONTEXT made = signed_by(own, authority, AUTHORITY, algorithm, FALSE);

    ok(CertSetCertificateContextProperty(made, CERT_KEY_PROV_INFO_PROP_ID, 0, &info), "%lx\n", GetLastError());
    return made;
}

/* Wine reads the trusted roots once in a process: what is trusted comes first. */
static void test_trusted(void)
{
    PCCERT_CONTEXT named = named_certificate(AUTHORITY, L"CN=opensspi test authority");
    PCCERT_CONTEXT authority = signed_by(named, named, AUTHORITY, szOID_RSA_SHA256RSA, TRUE);
    PCCERT_CONTEXT own = named_certificate(ISSUED, L"CN=localhost");
    PCCERT_CONTEXT good = issued(own, authority, szOID_RSA_SHA256RSA);
    PCCERT_CONTEXT weak = issued(own, authority, szOID_RSA_SHA1RSA);
    const struct expected trusted[] = {
            {"trusted", test_certificate(), L"TERMSRV/localhost", 0,
                    CREDSSP_SERVER_AUTH_CERTIFICATE},
            {"trusted, with a port", test_certificate(), L"TERMSRV/localhost:3390", 0,
                    CREDSSP_SERVER_AUTH_CERTIFICATE},
            {"trusted, other name", test_certificate(), L"TERMSRV/example.com", 0, 0},
            {"of a trusted authority", good, L"TERMSRV/localhost", 0, CREDSSP_SERVER_AUTH_CERTIFICATE},
            /* RFC 8446 4.4.2.4: nobody shows anything by a signature with SHA-1. */
            {"the same, signed with SHA-1", weak, L"TERMSRV/localhost", CERT_TRUST_HAS_WEAK_SIGNATURE, 0},
    };
    ok(trust(test_certificate(), TRUE), "cannot trust the certificate %lx\n", GetLastError());
    ok(trust(authority, TRUE), "cannot trust the authority %lx\n", GetLastError());
    cases = trusted;
    case_count = ARRAY_SIZE(trusted);
    as_w_and_a(all_cases);
    ok(trust(test_certificate(), FALSE), "cannot take it back %lx\n", GetLastError());
    ok(trust(authority, FALSE), "cannot take it back %lx\n", GetLastError());
    CertFreeCertificateContext(named);
    CertFreeCertificateContext(authority);
    CertFreeCertificateContext(own);
    CertFreeCertificateContext(good);
    CertFreeCertificateContext(weak);
    drop_container(AUTHORITY);
    drop_container(ISSUED);
}

static void test_untrusted(void)
{
    PCCERT_CONTEXT stranger = named_certificate(STRANGER, L"CN=localhost");
    const struct expected untrusted[] = {
            {"untrusted", stranger, L"TERMSRV/localhost", CERT_TRUST_IS_UNTRUSTED_ROOT, 0},
    };
    cases = untrusted;
    case_count = ARRAY_SIZE(untrusted);
    as_w_and_a(all_cases);
    CertFreeCertificateContext(stranger);
    drop_container(STRANGER);
}

START_TEST(server_auth)
{
    if (!store_open()) {
        skip("a login needs an account whose password is known: opensspi's store\n");
        return;
    }
    test_trusted(); /* opensspi's store means Wine: Windows would ask the user before it trusts */
    test_untrusted();
    as_w_and_a(test_early);
    store_close();
    drop_certificate();
}
