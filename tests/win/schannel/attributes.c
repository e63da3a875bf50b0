/* Attributes of contexts ("QueryContextAttributes (Schannel)", "SetContextAttributes"; schannel.h of the
 * SDK), each asked of two sessions that differ: TLS 1.3 with a certificate for localhost, and TLS 1.2
 * with AES-128-CBC and SHA-1, a certificate of another name and end, and a client that shows one. */
#include "pair.h"

#define MANUAL SCH_CRED_MANUAL_CRED_VALIDATION

#ifndef SECPKG_ATTR_CERT_CHECK_RESULT
#define SECPKG_ATTR_CERT_CHECK_RESULT        0x71
#define SECPKG_ATTR_CERT_CHECK_RESULT_INPROC 0x72
#endif
#ifndef SCH_CRED_DEFERRED_CRED_VALIDATION
#define SCH_CRED_DEFERRED_CRED_VALIDATION 0x04000000
#endif

static PCCERT_CONTEXT other; /* CN=Jürgen, until 2039 */
static struct pair modern, old;
static HCERTSTORE roots;
static BOOL is_trusted; /* test_certificate; Windows would ask the user */

static SECURITY_STATUS query(CtxtHandle *context, ULONG attribute, void *buffer)
{
    return sspi->QueryContextAttributesW(context, attribute, buffer);
}

/* The old session: SCHANNEL_CRED with a list of algorithms. */
static void open_sessions(void)
{
    static ALG_ID algorithms[] = {CALG_AES_128, CALG_SHA1};
    SCHANNEL_CRED client = {SCHANNEL_CRED_VERSION}, server = {SCHANNEL_CRED_VERSION};
    struct options tls13 = {0, 0, MANUAL, .client_alpn = "h2", .server_alpn = "h2"};
    struct options tls12 = {.client_data = &client,
            .server_data = &server,
            .server_request = ASC_REQ_MUTUAL_AUTH,
            .target = L"localhost"};

    client.dwFlags = server.dwFlags = MANUAL;
    client.grbitEnabledProtocols = SP_PROT_TLS1_2_CLIENT;
    server.grbitEnabledProtocols = SP_PROT_TLS1_2_SERVER;
    client.cSupportedAlgs = 2;
    client.palgSupportedAlgs = algorithms;
    client.cCreds = server.cCreds = 1;
    client.paCred = server.paCred = &other;
    server.hRootStore = roots;
    pair_open(&modern, &tls13);
    ok(modern.client_status == SEC_E_OK && modern.server_status == SEC_E_OK, "%08lx %08lx\n",
            modern.client_status, modern.server_status);
    pair_open(&old, &tls12);
    ok(old.client_status == SEC_E_OK && old.server_status == SEC_E_OK, "%08lx %08lx\n",
            old.client_status, old.server_status);
}

/* RFC 8446 5.2: header 5, content type and tag 17. RFC 5246 6.2.3.2: header 5 and IV 16, MAC 20 and
 * padding 16. */
static void test_sizes(void)
{
    SecPkgContext_Sizes sizes = {0};
    SecPkgContext_StreamSizes stream = {0};

    ok(query(&modern.client, SECPKG_ATTR_STREAM_SIZES, &stream) == SEC_E_OK, "stream sizes\n");
    ok(stream.cbHeader == 5 && stream.cbTrailer == 17 && stream.cbMaximumMessage == 16384,
            "%lu %lu %lu\n", stream.cbHeader, stream.cbTrailer, stream.cbMaximumMessage);
    ok(query(&modern.server, SECPKG_ATTR_SIZES, &sizes) == SEC_E_OK, "sizes\n");
    ok(sizes.cbMaxToken == 24576 && !sizes.cbMaxSignature && sizes.cbSecurityTrailer == 22,
            "%lu %lu %lu\n", sizes.cbMaxToken, sizes.cbMaxSignature, sizes.cbSecurityTrailer);
    ok(query(&old.server, SECPKG_ATTR_STREAM_SIZES, &stream) == SEC_E_OK, "stream sizes\n");
    ok(stream.cbHeader == 21 && stream.cbTrailer == 36 && stream.cbBlockSize == 16 &&
                    stream.cBuffers == 4,
            "%lu %lu %lu\n", stream.cbHeader, stream.cbTrailer, stream.cbBlockSize);
    ok(query(&old.client, SECPKG_ATTR_SIZES, &sizes) == SEC_E_OK, "sizes\n");
    ok(sizes.cbSecurityTrailer == 57 && sizes.cbBlockSize == 16, "%lu %lu\n",
            sizes.cbSecurityTrailer, sizes.cbBlockSize);
}

/* IANA: 0xc013 is TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA. Strengths in bits ("SecPkgContext_ConnectionInfo
 * structure": SHA is 160). */
static void test_connection(void)
{
    SecPkgContext_ConnectionInfo info = {0};
    SecPkgContext_ConnectionInfoEx ex = {0};
    SecPkgContext_CipherInfo cipher = {0};

    ok(query(&old.client, SECPKG_ATTR_CONNECTION_INFO, &info) == SEC_E_OK, "connection\n");
    ok(info.dwProtocol == SP_PROT_TLS1_2_CLIENT && info.aiCipher == CALG_AES_128 &&
                    info.dwCipherStrength == 128 && info.aiHash == CALG_SHA1 &&
                    info.dwHashStrength == 160 && info.aiExch == CALG_ECDH_EPHEM &&
                    info.dwExchStrength >= 255,
            "%lx %x %lu %x %lu %x %lu\n", info.dwProtocol, info.aiCipher, info.dwCipherStrength,
            info.aiHash, info.dwHashStrength, info.aiExch, info.dwExchStrength);
    ok(query(&old.server, SECPKG_ATTR_CONNECTION_INFO_EX, &ex) == SEC_E_OK, "connection, ex\n");
    ok(ex.dwVersion == 1 && ex.dwProtocol == SP_PROT_TLS1_2_SERVER &&
                    !wcscmp(ex.szCipher, L"AES") && ex.dwCipherStrength == 128 &&
                    !wcscmp(ex.szHash, L"SHA1") && ex.dwHashStrength == 160 &&
                    !wcscmp(ex.szExchange, L"ECDH") && ex.dwExchStrength == info.dwExchStrength,
            "%lx %ls %lu %ls %lu %ls\n", ex.dwProtocol, ex.szCipher, ex.dwCipherStrength, ex.szHash,
            ex.dwHashStrength, ex.szExchange);
    ok(query(&old.server, SECPKG_ATTR_CIPHER_INFO, &cipher) == SEC_E_OK, "cipher\n");
    ok(cipher.dwProtocol == 0x0303 && cipher.dwCipherSuite == 0xc013 && cipher.dwCipherLen == 128 &&
                    cipher.dwCipherBlockLen == 16 && !wcscmp(cipher.szHash, L"SHA1") &&
                    cipher.dwHashLen == 160 && !wcscmp(cipher.szCertificate, L"RSA") &&
                    !wcscmp(cipher.szExchange, L"ECDH"),
            "%lx %lx %lu %ls %lu %ls\n", cipher.dwProtocol, cipher.dwCipherSuite, cipher.dwCipherLen,
            cipher.szHash, cipher.dwHashLen, cipher.szCertificate);
    ok(!wcsncmp(cipher.szCipherSuite, L"TLS_ECDHE_RSA_", 14), "%ls\n", cipher.szCipherSuite);
    ok(query(&modern.server, SECPKG_ATTR_CONNECTION_INFO_EX, &ex) == SEC_E_OK, "connection, ex\n");
    ok(ex.dwProtocol == SP_PROT_TLS1_3_SERVER && ex.dwCipherStrength == 256 && !ex.dwHashStrength &&
                    !wcscmp(ex.szExchange, L"ECDH"),
            "%lx %lu %lu %ls\n", ex.dwProtocol, ex.dwCipherStrength, ex.dwHashStrength,
            ex.szExchange);
    ok(query(&modern.client, SECPKG_ATTR_CONNECTION_INFO, &info) == SEC_E_OK, "connection\n");
    ok(info.dwProtocol == SP_PROT_TLS1_3_CLIENT && info.dwCipherStrength == 256 &&
                    !info.dwHashStrength,
            "%lx %lu %lu\n", info.dwProtocol, info.dwCipherStrength, info.dwHashStrength);
}

/* The text at OFFSET of an attribute's structure, from either function. */
static void get_text(CtxtHandle *context, ULONG attribute, WCHAR *out)
{
    void *buffer[4] = {0};
    SECURITY_STATUS status = query(context, attribute, buffer);

    *out = 0;
    ok(status == SEC_E_OK && buffer[0], "attribute %lx: %08lx\n", attribute, status);
    if (!buffer[0])
        return;
    if (pair_is_ansi())
        MultiByteToWideChar(CP_ACP, 0, buffer[0], -1, out, 100);
    else
        lstrcpynW(out, buffer[0], 100);
    sspi->FreeContextBuffer(buffer[0]);
}

static void test_names(void)
{
    WCHAR text[100];
    SecPkgContext_NamesW none;
    SecPkgContext_ProtoInfoW protocol = {0};

    get_text(&modern.client, SECPKG_ATTR_NAMES, text);
    ok(!wcscmp(text, L"CN=localhost"), "%ls\n", text);
    get_text(&old.client, SECPKG_ATTR_NAMES, text);
    ok(!wcscmp(text, L"CN=J\u00fcrgen"), "%ls\n", text);
    get_text(&old.server, SECPKG_ATTR_NAMES, text);
    ok(!wcscmp(text, L"CN=J\u00fcrgen"), "%ls\n", text);
    ok(query(&modern.server, SECPKG_ATTR_NAMES, &none) == SEC_E_NO_CREDENTIALS, "no client's name\n");
    get_text(&modern.client, SECPKG_ATTR_AUTHORITY, text);
    ok(!wcscmp(text, L"CN=localhost"), "%ls\n", text);
    get_text(&old.server, SECPKG_ATTR_AUTHORITY, text);
    ok(!wcscmp(text, L"CN=J\u00fcrgen"), "%ls\n", text);
    get_text(&old.server, SECPKG_ATTR_PROTO_INFO, text);
    ok(!wcscmp(text, L"TLS"), "%ls\n", text);
    ok(query(&old.client, SECPKG_ATTR_PROTO_INFO, &protocol) == SEC_E_OK, "protocol\n");
    ok(protocol.majorVersion == 1 && protocol.minorVersion == 2, "%lu\n", protocol.minorVersion);
    sspi->FreeContextBuffer(protocol.sProtocolName);
    ok(query(&modern.client, SECPKG_ATTR_PROTO_INFO, &protocol) == SEC_E_OK, "protocol\n");
    ok(protocol.majorVersion == 1 && protocol.minorVersion == 3, "%lu\n", protocol.minorVersion);
    sspi->FreeContextBuffer(protocol.sProtocolName);
}

static BOOL is_local(TimeStamp stamp, FILETIME utc)
{
    FILETIME local;
    FileTimeToLocalFileTime(&utc, &local);
    return (DWORD)stamp.u.LowPart == local.dwLowDateTime &&
           (DWORD)stamp.u.HighPart == local.dwHighDateTime;
}

/* The server's certificate; the package says local time. */
static void check_lifespan(struct pair *p, PCCERT_CONTEXT certificate)
{
    SecPkgContext_Lifespan span;
    for (int side = 0; side < 2; side++) {
        memset(&span, 0, sizeof(span));
        ok(query(side ? &p->server : &p->client, SECPKG_ATTR_LIFESPAN, &span) == SEC_E_OK, "%d\n",
                side);
        ok(is_local(span.tsStart, certificate->pCertInfo->NotBefore), "start, %d\n", side);
        ok(is_local(span.tsExpiry, certificate->pCertInfo->NotAfter), "expiry, %d\n", side);
    }
}

/* "AcquireCredentialsHandle (Schannel)", ptsExpiry: the certificate's end, or the highest time. */
static void test_expiry(void)
{
    PCCERT_CONTEXT certificates[] = {test_certificate(), other};
    SCHANNEL_CRED cred = {SCHANNEL_CRED_VERSION};
    CredHandle credential;
    TimeStamp expiry;

    check_lifespan(&modern, certificates[0]);
    check_lifespan(&old, certificates[1]);
    for (int i = 0; i < 2; i++) {
        cred.cCreds = 1;
        cred.paCred = &certificates[i];
        ok(sspi->AcquireCredentialsHandleW(NULL, SSPI_PACKAGE, SECPKG_CRED_INBOUND, NULL, &cred, NULL,
                   NULL, &credential, &expiry) == SEC_E_OK,
                "acquire\n");
        ok(is_local(expiry, certificates[i]->pCertInfo->NotAfter), "expiry %d\n", i);
        sspi->FreeCredentialsHandle(&credential);
    }
    ok(sspi->AcquireCredentialsHandleW(NULL, SSPI_PACKAGE, SECPKG_CRED_OUTBOUND, NULL, NULL, NULL,
               NULL, &credential, &expiry) == SEC_E_OK,
            "acquire\n");
    ok(expiry.u.HighPart >= 0x7fffff00, "expiry %lx\n", (ULONG)expiry.u.HighPart);
    sspi->FreeCredentialsHandle(&credential);
}

static void test_flags(void)
{
    SecPkgContext_Flags flags = {0};
    ok(query(&modern.client, SECPKG_ATTR_FLAGS, &flags) == SEC_E_OK, "flags\n");
    ok(flags.Flags == modern.client_attributes, "%lx\n", flags.Flags);
    ok(query(&old.server, SECPKG_ATTR_FLAGS, &flags) == SEC_E_OK, "flags\n");
    ok(flags.Flags == old.server_attributes && flags.Flags & ASC_RET_MUTUAL_AUTH, "%lx\n",
            flags.Flags);
}

/* schannel.h of the SDK: 4 bytes of length, then the certificate. */
static void check_certificates(CtxtHandle *context, PCCERT_CONTEXT want)
{
    SecPkgContext_Certificates list = {0};
    PCCERT_CONTEXT one = NULL;
    DWORD size;

    ok(query(context, SECPKG_ATTR_REMOTE_CERTIFICATES, &list) == SEC_E_OK, "certificates\n");
    ok(list.cCertificates == 1 && list.cbCertificateChain == 4 + want->cbCertEncoded, "%lu %lu\n",
            list.cCertificates, list.cbCertificateChain);
    if (list.pbCertificateChain) {
        memcpy(&size, list.pbCertificateChain, 4);
        ok(size == want->cbCertEncoded, "size %lu\n", size);
        ok(!memcmp(list.pbCertificateChain + 4, want->pbCertEncoded, want->cbCertEncoded), "bytes\n");
        sspi->FreeContextBuffer(list.pbCertificateChain);
    }
    ok(query(context, SECPKG_ATTR_REMOTE_CERT_CHAIN, &one) == SEC_E_OK, "chain\n");
    ok(same_certificate(one, want) && one->hCertStore, "another certificate\n");
    CertFreeCertificateContext(one);
}

static void test_certificates(void)
{
    SecPkgContext_Certificates list;
    PCCERT_CONTEXT local = NULL;

    check_certificates(&modern.client, test_certificate());
    check_certificates(&old.client, other);
    check_certificates(&old.server, other);
    ok(query(&modern.server, SECPKG_ATTR_REMOTE_CERTIFICATES, &list) == SEC_E_NO_CREDENTIALS,
            "none came\n");
    ok(query(&old.client, SECPKG_ATTR_LOCAL_CERT_CONTEXT, &local) == SEC_E_OK && local == other,
            "the program's own\n");
    CertFreeCertificateContext(local);
    ok(query(&modern.client, SECPKG_ATTR_LOCAL_CERT_CONTEXT, &local) == SEC_E_NO_CREDENTIALS,
            "none was shown\n");
}

static BOOL store_has(HCERTSTORE store, PCCERT_CONTEXT certificate)
{
    PCCERT_CONTEXT found = CertFindCertificateInStore(
            store, X509_ASN_ENCODING, 0, CERT_FIND_EXISTING, certificate, NULL);
    CertFreeCertificateContext(found);
    return found != NULL;
}

/* hRootStore of the credential; without it the system's roots, which do not have ours. */
static void test_root_store(void)
{
    HCERTSTORE store = NULL;
    ok(query(&old.server, SECPKG_ATTR_ROOT_STORE, &store) == SEC_E_OK && store, "root store\n");
    ok(store_has(store, other), "not the credential's store\n");
    CertCloseStore(store, 0);
    store = NULL;
    ok(query(&modern.client, SECPKG_ATTR_ROOT_STORE, &store) == SEC_E_OK && store, "root store\n");
    ok(!store_has(store, other), "another store\n");
    CertCloseStore(store, 0);
}

static void test_app_data(void)
{
    static BYTE text[] = "what the program wants to remember";
    SecPkgContext_SessionAppData data = {0, sizeof(text), text}, got = {1, 1, NULL};

    ok(sspi->SetContextAttributesW(
               &modern.client, SECPKG_ATTR_APP_DATA, &data, sizeof(data)) == SEC_E_OK,
            "set\n");
    ok(query(&modern.client, SECPKG_ATTR_APP_DATA, &got) == SEC_E_OK, "get\n");
    ok(!got.dwFlags && got.cbAppData == sizeof(text) && !memcmp(got.pbAppData, text, sizeof(text)),
            "%lu bytes\n", got.cbAppData);
    sspi->FreeContextBuffer(got.pbAppData);
    ok(query(&old.client, SECPKG_ATTR_APP_DATA, &got) == SEC_E_OK && !got.cbAppData, "%lu bytes\n",
            got.cbAppData);
    sspi->FreeContextBuffer(got.pbAppData);
    ok(sspi->SetContextAttributesW(&modern.client, SECPKG_ATTR_APP_DATA, &data, sizeof(data) - 1) ==
                    SEC_E_INVALID_PARAMETER,
            "too small\n");
    data.pbAppData = NULL;
    ok(sspi->SetContextAttributesW(&modern.client, SECPKG_ATTR_APP_DATA, &data, sizeof(data)) ==
                    SEC_E_INVALID_PARAMETER,
            "no bytes\n");
}

static void export_of(CtxtHandle *context, const char *label, WORD label_size, const char *value,
        DWORD size, BYTE *out)
{
    SecPkgContext_KeyingMaterialInfo info = {
            label_size, (char *)label, (WORD)(value ? strlen(value) : 0), (BYTE *)value, size};
    SecPkgContext_KeyingMaterial got = {0};
    SECURITY_STATUS status = sspi->SetContextAttributesW(
            context, SECPKG_ATTR_KEYING_MATERIAL_INFO, &info, sizeof(info));

    ok(status == SEC_E_OK, "set %08lx\n", status);
    status = query(context, SECPKG_ATTR_KEYING_MATERIAL, &got);
    ok(status == SEC_E_OK && got.cbKeyingMaterial == size, "%08lx, %lu bytes\n", status,
            got.cbKeyingMaterial);
    memset(out, 0, size);
    if (got.pbKeyingMaterial)
        memcpy(out, got.pbKeyingMaterial, size);
    sspi->FreeContextBuffer(got.pbKeyingMaterial);
}

/* RFC 5705; "SecPkgContext_KeyingMaterialInfo": the label's NUL does not count. */
static void test_keying_material(struct pair *p, struct pair *q)
{
    static const char label[] = "EXPERIMENTAL opensspi";
    SecPkgContext_KeyingMaterialInfo bad = {sizeof(label), (char *)label, 0, NULL, 0};
    SecPkgContext_KeyingMaterial got;
    BYTE a[80], b[80];

    export_of(&p->client, label, sizeof(label), NULL, 80, a);
    export_of(&p->server, label, sizeof(label) - 1, NULL, 80, b);
    ok(!memcmp(a, b, 80), "both ends\n");
    export_of(&p->client, label, sizeof(label), "context", 80, b);
    ok(memcmp(a, b, 80), "context\n");
    export_of(&p->server, label, sizeof(label), "context", 80, a);
    ok(!memcmp(a, b, 80), "both ends, context\n");
    export_of(&q->client, label, sizeof(label), "context", 80, b);
    ok(memcmp(a, b, 80), "another session\n");
    ok(sspi->SetContextAttributesW(&p->client, SECPKG_ATTR_KEYING_MATERIAL_INFO, &bad,
               sizeof(bad)) == SEC_E_INVALID_PARAMETER,
            "no size\n");
    bad.cbKeyingMaterial = 32;
    bad.cbLabel = 0;
    ok(sspi->SetContextAttributesW(&p->client, SECPKG_ATTR_KEYING_MATERIAL_INFO, &bad,
               sizeof(bad)) == SEC_E_INVALID_PARAMETER,
            "no label\n");
    bad.cbLabel = sizeof(label);
    bad.cbContextValue = 7;
    ok(sspi->SetContextAttributesW(&p->client, SECPKG_ATTR_KEYING_MATERIAL_INFO, &bad,
               sizeof(bad)) == SEC_E_INVALID_PARAMETER,
            "no context\n");
    /* What was set before is still there */
    ok(query(&p->client, SECPKG_ATTR_KEYING_MATERIAL, &got) == SEC_E_OK &&
                    got.cbKeyingMaterial == 80,
            "lost\n");
    sspi->FreeContextBuffer(got.pbKeyingMaterial);
}

static SECURITY_STATUS set_prf(CtxtHandle *context, DWORD kind)
{
    SecPkgContext_EapPrfInfo info = {0, sizeof(kind), (BYTE *)&kind};
    return sspi->SetContextAttributesW(context, SECPKG_ATTR_EAP_PRF_INFO, &info, sizeof(info));
}

/* RFC 5216 2.3: the keys are what an exporter without a context gives for this label (RFC 5705 4);
 * likewise RFC 5281 8. Both ends agree on all of it. */
static void test_eap(void)
{
    static const char *const labels[] = {
            "client EAP encryption", "ttls keying material", "ttls challenge", NULL};
    SecPkgContext_EapKeyBlock a, b, before = {{0}};
    BYTE want[192];

    for (DWORD kind = 0; kind < 4; kind++) {
        ok(set_prf(&old.client, kind) == SEC_E_OK && set_prf(&old.server, kind) == SEC_E_OK,
                "kind %lu\n", kind);
        memset(&a, 0, sizeof(a));
        ok(query(&old.client, SECPKG_ATTR_EAP_KEY_BLOCK, &a) == SEC_E_OK, "kind %lu\n", kind);
        ok(query(&old.server, SECPKG_ATTR_EAP_KEY_BLOCK, &b) == SEC_E_OK, "kind %lu\n", kind);
        ok(!memcmp(&a, &b, sizeof(a)), "kind %lu, both ends\n", kind);
        ok(memcmp(&a, &before, sizeof(a.rgbKeys)), "kind %lu\n", kind);
        before = a;
        if (!labels[kind])
            continue;
        export_of(&old.server, labels[kind], (WORD)strlen(labels[kind]), NULL, sizeof(want), want);
        ok(!memcmp(a.rgbKeys, want, 128), "kind %lu, keys\n", kind);
        ok(!memcmp(a.rgbIVs, want + 128, 64) == (kind != 0), "kind %lu, IVs\n", kind);
    }
    static const struct options again = {SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_2_SERVER, SCH_CRED_MANUAL_CRED_VALIDATION};
    struct pair another;
    pair_open(&another, &again);
    ok(query(&another.client, SECPKG_ATTR_EAP_KEY_BLOCK, &a) == SEC_E_OK && set_prf(&old.client, 0) == SEC_E_OK &&
                    query(&old.client, SECPKG_ATTR_EAP_KEY_BLOCK, &b) == SEC_E_OK &&
                    memcmp(a.rgbKeys, b.rgbKeys, sizeof(a.rgbKeys)) && memcmp(a.rgbIVs, b.rgbIVs, sizeof(a.rgbIVs)),
            "another session\n");
    pair_close(&another);
    ok(set_prf(&old.client, 4) == SEC_E_INVALID_PARAMETER, "kind 4\n");
    ok(query(&modern.client, SECPKG_ATTR_EAP_KEY_BLOCK, &a) == SEC_E_UNSUPPORTED_FUNCTION,
            "TLS 1.3 has no PRF\n");
}

static BOOL has_extension(CtxtHandle *context, unsigned short type)
{
    SecPkgContext_NegotiatedTlsExtensions list = {0};
    BOOL found = FALSE;
    ok(query(context, SECPKG_ATTR_NEGOTIATED_TLS_EXTENSIONS, &list) == SEC_E_OK, "extensions\n");
    for (ULONG i = 0; i < list.ExtensionsCount; i++)
        found |= list.Extensions[i] == type;
    sspi->FreeContextBuffer(list.Extensions);
    return found;
}

/* IANA: 16 ALPN, 22 encrypt-then-mac, 23 extended master secret, 43 supported versions. */
static void test_extensions(void)
{
    for (int side = 0; side < 2; side++) {
        CtxtHandle *new = side ? &modern.server : &modern.client;
        CtxtHandle *before = side ? &old.server : &old.client;
        ok(has_extension(new, 16) && has_extension(new, 43), "TLS 1.3, %d\n", side);
        ok(!has_extension(new, 22) && !has_extension(new, 23), "TLS 1.3, %d\n", side);
        ok(has_extension(before, 22) && has_extension(before, 23), "TLS 1.2, %d\n", side);
        ok(!has_extension(before, 16) && !has_extension(before, 43), "TLS 1.2, %d\n", side);
    }
}

static BOOL has_signature(CtxtHandle *context, WORD value)
{
    SecPkgContext_SupportedSignatures list = {0};
    BOOL found = FALSE;
    ok(query(context, SECPKG_ATTR_SUPPORTED_SIGNATURES, &list) == SEC_E_OK, "signatures\n");
    for (WORD i = 0; i < list.cSignatureAndHashAlgorithms; i++)
        found |= list.pSignatureAndHashAlgorithms[i] == value;
    sspi->FreeContextBuffer(list.pSignatureAndHashAlgorithms);
    return found;
}

/* "SecPkgContext_SupportedSignatures": RSA is 1, SHA-256 is 4, SHA-1 is 2, MD5 is 1. One client has
 * turned SHA-1 off. */
static void test_signatures(void)
{
    static WCHAR sha1[] = L"SHA1";
    CRYPTO_SETTINGS crypto = {TlsParametersCngAlgUsageCertSig, {8, 10, sha1}, 0, NULL, 0, 0};
    TLS_PARAMETERS parameters = {0, NULL, 0, 1, &crypto, 0};
    SCH_CREDENTIALS client = {SCH_CREDENTIALS_VERSION};
    struct options o = {.client_data = &client, .server_flags = MANUAL};
    struct pair p;

    client.dwFlags = MANUAL;
    client.cTlsParameters = 1;
    client.pTlsParameters = &parameters;
    pair_open(&p, &o);
    ok(p.server_status == SEC_E_OK, "%08lx\n", p.server_status);
    ok(has_signature(&modern.server, 0x0104) && has_signature(&p.server, 0x0104), "RSA SHA-256\n");
    ok(has_signature(&modern.server, 0x0102) && !has_signature(&p.server, 0x0102), "RSA SHA-1\n");
    ok(!has_signature(&modern.server, 0x0101) && !has_signature(&p.server, 0x0101), "RSA MD5\n");
    ok(has_signature(&old.client, 0x0104) && !has_signature(&p.client, 0x0102), "clients\n");
    pair_close(&p);
}

static void check_result(CtxtHandle *context, DWORD bit, HRESULT want)
{
    struct {
        DWORD chain;
        HRESULT policy;
    } result;
    static const ULONG attributes[] = {
            SECPKG_ATTR_CERT_CHECK_RESULT, SECPKG_ATTR_CERT_CHECK_RESULT_INPROC};

    for (int i = 0; i < 2; i++) {
        result.chain = 0xdead;
        SECURITY_STATUS status = query(context, attributes[i], &result);
        ok(status == SEC_E_OK, "%08lx\n", status);
        ok(bit ? result.chain & bit : !result.chain, "chain %lx\n", result.chain);
        ok(result.policy == want, "policy %08lx\n", result.policy);
    }
}

/* Deferred: the handshake does not fail, the result is there for the asking. */
static void test_check_result(void)
{
    struct options good = {0, 0, SCH_CRED_DEFERRED_CRED_VALIDATION}, wrong = good, untrusted = good;
    DWORD result[2];
    struct pair p;

    wrong.target = L"elsewhere.example";
    untrusted.server_certificate = other;
    pair_open(&p, &good);
    ok(p.client_status == SEC_E_OK, "good: %08lx\n", p.client_status);
    if (is_trusted)
        check_result(&p.client, 0, S_OK);
    ok(query(&p.server, SECPKG_ATTR_CERT_CHECK_RESULT, result) == SEC_E_NO_CREDENTIALS, "no client\n");
    pair_close(&p);
    pair_open(&p, &wrong);
    ok(p.client_status == SEC_E_OK, "wrong name: %08lx\n", p.client_status);
    if (is_trusted)
        check_result(&p.client, 0, CERT_E_CN_NO_MATCH);
    pair_close(&p);
    pair_open(&p, &untrusted);
    ok(p.client_status == SEC_E_OK, "untrusted: %08lx\n", p.client_status);
    check_result(&p.client, CERT_TRUST_IS_UNTRUSTED_ROOT, CERT_E_UNTRUSTEDROOT);
    pair_close(&p);
    check_result(&old.server, 0, S_OK); /* hRootStore has the client's, and the system has not */
}

/* No page says what they hold in user mode, or there is nothing to say. */
static void test_unsupported(void)
{
    static const ULONG asked[] = {SECPKG_ATTR_SESSION_KEY, SECPKG_ATTR_DCE_INFO,
            SECPKG_ATTR_PASSWORD_EXPIRY, SECPKG_ATTR_NATIVE_NAMES, SECPKG_ATTR_TARGET_INFORMATION,
            SECPKG_ATTR_ACCESS_TOKEN, SECPKG_ATTR_NEGOTIATION_INFO, SECPKG_ATTR_LOCAL_CERT_INFO,
            SECPKG_ATTR_TOKEN_BINDING, SECPKG_ATTR_KEYING_MATERIAL_TOKEN_BINDING,
            SECPKG_ATTR_KEYING_MATERIAL_INPROC, SECPKG_ATTR_MAPPED_CRED_ATTR,
            SECPKG_ATTR_ISSUER_LIST, SECPKG_ATTR_REMOTE_CRED, SECPKG_ATTR_LOCAL_CRED,
            SECPKG_ATTR_CC_POLICY_RESULT, SECPKG_ATTR_USE_NCRYPT, 0x74, 0x75, 0x1234};
    static const ULONG set[] = {SECPKG_ATTR_UI_INFO, SECPKG_ATTR_USE_NCRYPT, SECPKG_ATTR_SIZES,
            SECPKG_ATTR_CLIENT_CERT_POLICY, 0x1234};
    SecPkgContext_EarlyStart early = {ENABLE_TLS_CLIENT_EARLY_START};
    BYTE buffer[1024] = {0};

    for (size_t i = 0; i < ARRAY_SIZE(asked); i++)
        ok(query(&modern.client, asked[i], buffer) == SEC_E_UNSUPPORTED_FUNCTION, "%lx\n", asked[i]);
    if (under_wine_secur32())
        return;
    for (size_t i = 0; i < ARRAY_SIZE(set); i++)
        ok(sspi->SetContextAttributesW(&modern.client, set[i], buffer, sizeof(buffer)) ==
                        SEC_E_UNSUPPORTED_FUNCTION,
                "%lx\n", set[i]);
    ok(sspi->SetContextAttributesW(&modern.client, SECPKG_ATTR_EARLY_START, &early,
               sizeof(early)) == SEC_E_UNSUPPORTED_FUNCTION,
            "False Start\n");
    early.dwEarlyStartFlags = 0;
    ok(sspi->SetContextAttributesW(
               &modern.client, SECPKG_ATTR_EARLY_START, &early, sizeof(early)) == SEC_E_OK,
            "no False Start\n");
}

/* "Querying this attribute before ... SECPKG_ATTR_KEYING_MATERIAL_INFO attribute has been set" fails. */
static void test_before(void)
{
    SecPkgContext_KeyingMaterial material = {7, NULL};
    struct options o = {0, 0, MANUAL, .client_alpn = "h2", .server_alpn = "http/1.1"};
    BYTE buffer[1024];
    struct pair p;

    ok(FAILED(query(&modern.server, SECPKG_ATTR_KEYING_MATERIAL, &material)), "not set\n");
    ok(material.cbKeyingMaterial == 7, "written\n");
    pair_open(&p, &o); /* fails: the client's context stays where it is */
    ok(FAILED(p.client_status), "%08lx\n", p.client_status);
    ok(query(&p.client, SECPKG_ATTR_SIZES, buffer) == SEC_E_INVALID_HANDLE, "sizes\n");
    ok(query(&p.client, SECPKG_ATTR_KEYING_MATERIAL, buffer) == SEC_E_INVALID_HANDLE, "material\n");
    pair_close(&p);
}

static void test_what_is_set(void)
{
    test_app_data();
    test_keying_material(&modern, &old);
    test_keying_material(&old, &modern);
    test_eap();
}

static void all_tests(void)
{
    open_sessions();
    test_before();
    test_sizes();
    test_connection();
    test_names();
    test_expiry();
    test_flags();
    test_certificates();
    test_root_store();
    if (!under_wine_secur32()) /* it passes no SetContextAttributes on */
        test_what_is_set();
    test_extensions();
    test_signatures();
    test_check_result();
    test_unsupported();
    pair_close(&modern);
    pair_close(&old);
}

START_TEST(attributes)
{
    pair_setup();
    is_trusted = GetProcAddress(GetModuleHandleW(L"ntdll"), "wine_get_version") && trust_test_certificate(TRUE);
    other = make_certificate_of(L"opensspi-test-other", L"CN=J\u00fcrgen", TRUE, 2039);
    roots = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
    CertAddCertificateContextToStore(roots, other, CERT_STORE_ADD_ALWAYS, NULL);
    pair_as_w_and_a(all_tests);
    if (is_trusted)
        ok(trust_test_certificate(FALSE), "cannot take it back %lx\n", GetLastError());
    CertCloseStore(roots, 0);
    CertFreeCertificateContext(other);
    delete_container(L"opensspi-test-other");
}
