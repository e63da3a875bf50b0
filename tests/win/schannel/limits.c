/* What credentials turn off: TLS_PARAMETERS and CRYPTO_SETTINGS of SCH_CREDENTIALS, algorithms and
 * strengths of SCHANNEL_CRED, flags, the registry ("SCH_CREDENTIALS structure", "TLS_PARAMETERS
 * structure", "CRYPTO_SETTINGS structure", "SCHANNEL_CRED structure", "TLS registry settings"). Suites by
 * their IANA numbers. */
#include "pair.h"

#define MANUAL SCH_CRED_MANUAL_CRED_VALIDATION
#define TEXT_OF(s) {sizeof(s) - sizeof(WCHAR), sizeof(s), (WCHAR *)(s)}
#define TEXT_WITH_NUL(s) {sizeof(s), sizeof(s), (WCHAR *)(s)}

static UNICODE_STRING gcm[] = {TEXT_OF(L"ChainingModeGCM")}, cbc[] = {TEXT_OF(L"ChainingModeCBC")},
                      ccm[] = {TEXT_WITH_NUL(L"ChainingModeCCM")};

#define CIPHER      TlsParametersCngAlgUsageCipher
#define EXCHANGE    TlsParametersCngAlgUsageKeyExchange
#define SIGNATURE   TlsParametersCngAlgUsageSignature
#define DIGEST      TlsParametersCngAlgUsageDigest
#define CERTIFICATE TlsParametersCngAlgUsageCertSig

#define NO_AES        {CIPHER, TEXT_OF(L"AES"), 0, NULL, 0, 0}
#define NO_AES_GCM    {CIPHER, TEXT_OF(L"AES"), 1, gcm, 0, 0}
#define NO_AES_CBC    {CIPHER, TEXT_OF(L"AES"), 1, cbc, 0, 0}
#define NO_AES_CCM    {CIPHER, TEXT_WITH_NUL(L"AES"), 1, ccm, 0, 0}
#define NO_AES_BELOW  {CIPHER, TEXT_OF(L"AES"), 0, NULL, 256, 0}
#define NO_AES_ABOVE  {CIPHER, TEXT_OF(L"AES"), 0, NULL, 0, 128}
#define NO_CHACHA     {CIPHER, TEXT_WITH_NUL(L"CHACHA20_POLY1305"), 0, NULL, 0, 0}
#define NO_RC4        {CIPHER, TEXT_OF(L"RC4"), 0, NULL, 0, 0}
#define NO_SHA384     {DIGEST, TEXT_OF(L"SHA384"), 0, NULL, 0, 0}
#define NO_SHA256     {DIGEST, TEXT_OF(L"SHA256"), 0, NULL, 0, 0}
#define NO_SHA1       {DIGEST, TEXT_OF(L"SHA1"), 0, NULL, 0, 0}
#define NO_ECDH       {EXCHANGE, TEXT_OF(L"ECDH"), 0, NULL, 0, 0}
#define NO_P256       {EXCHANGE, TEXT_OF(L"ECDH_P256"), 0, NULL, 0, 0}
#define NO_DH         {EXCHANGE, TEXT_OF(L"DH"), 0, NULL, 0, 0}
#define NO_RSA        {EXCHANGE, TEXT_OF(L"RSA"), 0, NULL, 0, 0}
#define NO_RSA_SIGN   {SIGNATURE, TEXT_OF(L"RSA"), 0, NULL, 0, 0}
#define NO_SMALL_RSA  {SIGNATURE, TEXT_OF(L"RSA"), 0, NULL, 2049, 0}
#define NO_PSS        {CERTIFICATE, TEXT_OF(L"SCH_RSA_PSS_PAD"), 0, NULL, 0, 0}

/* What the client turns off, which versions it has besides, and what is agreed on with a server that
 * has everything; 0: the handshake fails. */
static const struct row {
    const char *name;
    CRYPTO_SETTINGS crypto[5];
    DWORD count, disabled, suite, otherwise; /* where ChaCha20-Poly1305 goes first */
} rows[] = {
        {"nothing", {NO_RC4}, 1, 0, 0x1302, 0x1303},
        {"CCM, as curl writes it", {NO_AES_CCM}, 1, 0, 0x1302, 0x1303},
        {"GCM", {NO_AES_GCM}, 1, 0, 0x1303, 0x1303},
        {"ChaCha", {NO_CHACHA}, 1, 0, 0x1302, 0x1302},
        {"256 bits", {NO_AES_ABOVE, NO_CHACHA}, 2, 0, 0x1301, 0x1301},
        {"128 bits", {NO_AES_BELOW, NO_CHACHA}, 2, 0, 0x1302, 0x1302},
        {"AES", {NO_AES}, 1, 0, 0x1303, 0x1303},
        {"SHA-384", {NO_SHA384, NO_CHACHA}, 2, 0, 0x1301, 0x1301},
        {"all of TLS 1.3, SHA-2", {NO_AES_GCM, NO_CHACHA, NO_SHA384, NO_SHA256}, 4, 0, 0xc014,
                0xc014},
        {"all of TLS 1.3, SHA-1", {NO_AES_GCM, NO_CHACHA, NO_SHA1}, 3, 0, 0xc028, 0xc028},
        {"1.2: ChaCha, ECDH", {NO_CHACHA, NO_ECDH}, 2, SP_PROT_TLS1_3_CLIENT, 0x009d, 0x009d},
        {"1.2: ChaCha, ECDH, RSA", {NO_CHACHA, NO_ECDH, NO_RSA}, 3, SP_PROT_TLS1_3_CLIENT, 0x009f,
                0x009f},
        {"1.2: ChaCha", {NO_CHACHA}, 1, SP_PROT_TLS1_3_CLIENT, 0xc030, 0xc030},
        {"1.2: ChaCha, CBC, SHA-384", {NO_CHACHA, NO_AES_CBC, NO_SHA384}, 3, SP_PROT_TLS1_3_CLIENT,
                0xc02f, 0xc02f},
        {"1.2: ChaCha, P-256", {NO_CHACHA, NO_P256}, 2, SP_PROT_TLS1_3_CLIENT, 0xc030, 0xc030},
        {"1.2: ChaCha, PSS", {NO_CHACHA, NO_PSS}, 2, SP_PROT_TLS1_3_CLIENT, 0xc030, 0xc030},
        /* TLS 1.3 signs with PSS only (RFC 8446 4.2.3), and the server has RSA-2048 */
        {"1.3: PSS", {NO_PSS}, 1, SP_PROT_TLS1_2_CLIENT, 0, 0},
        {"RSA signatures", {NO_RSA_SIGN}, 1, 0, 0, 0},
        {"RSA below 2049 bits", {NO_SMALL_RSA}, 1, 0, 0, 0},
};

static DWORD suite_of(CtxtHandle *context)
{
    SecPkgContext_CipherInfo info = {0};
    SECURITY_STATUS status = sspi->QueryContextAttributesW(context, SECPKG_ATTR_CIPHER_INFO, &info);
    ok(status == SEC_E_OK, "%08lx\n", status);
    return info.dwCipherSuite;
}

static void check_suite(const struct options *o, DWORD suite)
{
    struct pair p;
    pair_open(&p, o);
    if (!suite) {
        ok(FAILED(p.client_status), "client %08lx\n", p.client_status);
        ok(FAILED(p.server_status), "server %08lx\n", p.server_status);
    } else {
        ok(p.client_status == SEC_E_OK && p.server_status == SEC_E_OK, "%08lx %08lx\n",
                p.client_status, p.server_status);
        if (p.client_status == SEC_E_OK)
            ok(suite_of(&p.client) == suite, "suite %lx\n", suite_of(&p.client));
    }
    pair_close(&p);
}

static void test_crypto_settings(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        TLS_PARAMETERS parameters = {0, NULL, rows[i].disabled, rows[i].count,
                (CRYPTO_SETTINGS *)rows[i].crypto, 0};
        SCH_CREDENTIALS client = {SCH_CREDENTIALS_VERSION};
        struct options o = {.client_data = &client, .server_flags = MANUAL};

        client.dwFlags = MANUAL;
        client.cTlsParameters = 1;
        client.pTlsParameters = &parameters;
        winetest_push_context("%s", rows[i].name);
        check_suite(&o, gcm_first() ? rows[i].suite : rows[i].otherwise);
        winetest_pop_context();
    }
}

static SECURITY_STATUS acquire(ULONG use, void *data, CredHandle *credential)
{
    return sspi->AcquireCredentialsHandleW(
            NULL, SSPI_PACKAGE, use, NULL, data, NULL, NULL, credential, NULL);
}

static void expect_acquire(ULONG use, void *data, SECURITY_STATUS want, const char *what)
{
    CredHandle credential;
    SECURITY_STATUS status = acquire(use, data, &credential);
    ok(status == want, "%s: %08lx, not %08lx\n", what, status, want);
    if (status == SEC_E_OK)
        sspi->FreeCredentialsHandle(&credential);
}

/* "It is an error to specify more than"; ALPN ids and TLS_PARAMS_OPTIONAL are for servers. */
static void test_parameter_rules(void)
{
    static UNICODE_STRING ids[17] = {TEXT_OF(L"h2")};
    CRYPTO_SETTINGS crypto[17] = {NO_RC4}, odd = NO_RC4, everything[] = {NO_AES, NO_CHACHA};
    TLS_PARAMETERS parameters[17] = {{0}};
    SCH_CREDENTIALS cred = {SCH_CREDENTIALS_VERSION};
    PCCERT_CONTEXT certificate = test_certificate();

    for (int i = 1; i < 17; i++) {
        crypto[i] = crypto[0];
        ids[i] = ids[0];
    }
    cred.cTlsParameters = 1;
    cred.pTlsParameters = parameters;
    cred.cCreds = 1;
    cred.paCred = &certificate;
    parameters[0].pDisabledCrypto = crypto;
    parameters[0].cDisabledCrypto = 16;
    expect_acquire(SECPKG_CRED_OUTBOUND, &cred, SEC_E_OK, "16 settings");
    parameters[0].cDisabledCrypto = 17;
    expect_acquire(SECPKG_CRED_OUTBOUND, &cred, SEC_E_INVALID_PARAMETER, "17 settings");
    parameters[0].cDisabledCrypto = 1;
    parameters[0].pDisabledCrypto = NULL;
    expect_acquire(SECPKG_CRED_OUTBOUND, &cred, SEC_E_INVALID_PARAMETER, "no settings");
    parameters[0].pDisabledCrypto = &odd;
    odd.strCngAlgId.Length = 3;
    expect_acquire(SECPKG_CRED_OUTBOUND, &cred, SEC_E_INVALID_PARAMETER, "odd length");
    odd.strCngAlgId.Length = 6;
    odd.cChainingModes = 17;
    odd.rgstrChainingModes = gcm;
    expect_acquire(SECPKG_CRED_OUTBOUND, &cred, SEC_E_INVALID_PARAMETER, "17 modes");
    odd.cChainingModes = 0;
    odd.eAlgorithmUsage = 5;
    expect_acquire(SECPKG_CRED_OUTBOUND, &cred, SEC_E_INVALID_PARAMETER, "no such usage");
    parameters[0].pDisabledCrypto = everything;
    parameters[0].cDisabledCrypto = 2;
    expect_acquire(SECPKG_CRED_OUTBOUND, &cred, SEC_E_ALGORITHM_MISMATCH, "nothing left");
    parameters[0].cDisabledCrypto = 0;
    parameters[0].dwFlags = TLS_PARAMS_OPTIONAL;
    expect_acquire(SECPKG_CRED_OUTBOUND, &cred, SEC_E_INVALID_PARAMETER, "a client's optional");
    expect_acquire(SECPKG_CRED_INBOUND, &cred, SEC_E_OK, "a server's optional");
    parameters[0].dwFlags = 0;
    parameters[0].cAlpnIds = 1;
    parameters[0].rgstrAlpnIds = ids;
    expect_acquire(SECPKG_CRED_OUTBOUND, &cred, SEC_E_INVALID_PARAMETER, "a client's ALPN");
    expect_acquire(SECPKG_CRED_INBOUND, &cred, SEC_E_OK, "a server's ALPN");
    parameters[0].cAlpnIds = 16;
    expect_acquire(SECPKG_CRED_INBOUND, &cred, SEC_E_OK, "16 ids");
    parameters[0].cAlpnIds = 17;
    expect_acquire(SECPKG_CRED_INBOUND, &cred, SEC_E_INVALID_PARAMETER, "17 ids");
    parameters[0].cAlpnIds = 1;
    cred.cTlsParameters = 2;
    expect_acquire(SECPKG_CRED_INBOUND, &cred, SEC_E_OK, "one for all, one for h2");
    cred.cTlsParameters = 3;
    expect_acquire(SECPKG_CRED_INBOUND, &cred, SEC_E_INVALID_PARAMETER, "two for all");
    for (int i = 1; i < 16; i++)
        parameters[i] = parameters[0];
    cred.cTlsParameters = 16;
    expect_acquire(SECPKG_CRED_INBOUND, &cred, SEC_E_OK, "16 parameters");
    cred.cTlsParameters = 17;
    expect_acquire(SECPKG_CRED_INBOUND, &cred, SEC_E_INVALID_PARAMETER, "17 parameters");
}

/* A server that wants 128 bits for h2, and TLS 1.2 for "old". */
static void test_alpn_parameters(void)
{
    static UNICODE_STRING h2[] = {TEXT_OF(L"h2")}, before[] = {TEXT_OF(L"old")};
    CRYPTO_SETTINGS big[] = {NO_AES_ABOVE, NO_CHACHA}, small[] = {NO_AES_BELOW, NO_CHACHA};
    TLS_PARAMETERS parameters[] = {{1, h2, 0, 2, big, 0},
            {1, before, SP_PROT_TLS1_3_SERVER, 0, NULL, 0}};
    TLS_PARAMETERS client_parameters = {0, NULL, 0, 2, small, 0};
    SCH_CREDENTIALS server = {SCH_CREDENTIALS_VERSION}, client = {SCH_CREDENTIALS_VERSION};
    PCCERT_CONTEXT certificate = test_certificate();
    struct options o = {0, 0, MANUAL, .server_data = &server, .server_alpn = "h2,old,http/1.1"};
    struct pair p;

    server.dwFlags = client.dwFlags = MANUAL;
    server.cCreds = 1;
    server.paCred = &certificate;
    server.cTlsParameters = 2;
    server.pTlsParameters = parameters;
    o.client_alpn = "http/1.1,h2"; /* the server's order wins: h2 */
    check_suite(&o, 0x1301);
    o.client_alpn = "http/1.1";
    check_suite(&o, gcm_first() ? 0x1302 : 0x1303);
    o.client_alpn = NULL;
    check_suite(&o, gcm_first() ? 0x1302 : 0x1303);
    o.client_alpn = "old";
    pair_open(&p, &o);
    ok(p.client_status == SEC_E_OK, "%08lx\n", p.client_status);
    if (p.client_status == SEC_E_OK)
        ok(suite_of(&p.server) >> 8 != 0x13, "suite %lx\n", suite_of(&p.server));
    pair_close(&p);
    /* A client that has 256 bits only: refused, unless the wish is optional. */
    client.cTlsParameters = 1;
    client.pTlsParameters = &client_parameters;
    o.client_data = &client;
    o.client_alpn = "h2";
    check_suite(&o, 0);
    parameters[0].dwFlags = TLS_PARAMS_OPTIONAL;
    check_suite(&o, 0x1302);
    o.client_data = NULL; /* ... which is granted by a client that can */
    check_suite(&o, 0x1301);
    parameters[0].dwFlags = 0;
    o.client_data = &client;
    o.client_alpn = "http/1.1";
    check_suite(&o, 0x1302);
    /* For all connections, optional */
    parameters[0] = (TLS_PARAMETERS){0, NULL, 0, 2, big, TLS_PARAMS_OPTIONAL};
    check_suite(&o, 0x1302);
    o.client_data = NULL;
    check_suite(&o, 0x1301);
}

/* curl issue 3389: a list restricts the kinds of algorithm that it names; one of an algorithm that there
 * is no suite of is SEC_E_ALGORITHM_MISMATCH. */
static void test_algorithms(void)
{
    static const struct {
        ALG_ID list[3];
        DWORD count, suite;
    } lists[] = {
            {{CALG_SHA1}, 1, 0xc014},
            {{CALG_AES_128}, 1, 0xc02f},
            {{CALG_AES_256}, 1, 0xc030},
            {{CALG_AES_128, CALG_SHA_256, CALG_RSA_KEYX}, 3, 0x009c},
            {{CALG_AES_256, CALG_DH_EPHEM}, 2, 0x009f},
            {{CALG_AES_128, CALG_SHA1, CALG_RSA_SIGN}, 3, 0xc013},
    };
    static ALG_ID never[] = {CALG_RC4, CALG_RC2, CALG_DES, CALG_AES, CALG_MD2, CALG_MD5, CALG_ECDH};
    SCHANNEL_CRED cred = {SCHANNEL_CRED_VERSION};
    struct options o = {.client_data = &cred, .server_flags = MANUAL};

    cred.dwFlags = MANUAL;
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        cred.palgSupportedAlgs = (ALG_ID *)lists[i].list;
        cred.cSupportedAlgs = lists[i].count;
        check_suite(&o, lists[i].suite);
    }
    for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
        cred.palgSupportedAlgs = &never[i];
        cred.cSupportedAlgs = 1;
        expect_acquire(SECPKG_CRED_OUTBOUND, &cred, SEC_E_ALGORITHM_MISMATCH, "never offered");
    }
}

static void check_attributes(
        void *data, DWORD least, DWORD most, const ALG_ID *has, const ALG_ID *lacks)
{
    SecPkgCred_CipherStrengths strengths = {0};
    SecPkgCred_SupportedAlgs algorithms = {0};
    CredHandle credential;
    DWORD found[2] = {0};

    ok(acquire(SECPKG_CRED_OUTBOUND, data, &credential) == SEC_E_OK, "acquire\n");
    ok(sspi->QueryCredentialsAttributesW(&credential, SECPKG_ATTR_CIPHER_STRENGTHS, &strengths) ==
                    SEC_E_OK,
            "strengths\n");
    ok(strengths.dwMinimumCipherStrength == least && strengths.dwMaximumCipherStrength == most,
            "%lu to %lu\n", strengths.dwMinimumCipherStrength, strengths.dwMaximumCipherStrength);
    ok(sspi->QueryCredentialsAttributesW(&credential, SECPKG_ATTR_SUPPORTED_ALGS, &algorithms) ==
                    SEC_E_OK,
            "algorithms\n");
    for (DWORD i = 0; i < algorithms.cSupportedAlgs; i++)
        for (int j = 0; j < 2; j++) {
            found[0] += algorithms.palgSupportedAlgs[i] == has[j];
            found[1] += algorithms.palgSupportedAlgs[i] == lacks[j];
        }
    ok(found[0] == 2 && !found[1], "%lu, %lu\n", found[0], found[1]);
    sspi->FreeContextBuffer(algorithms.palgSupportedAlgs);
    sspi->FreeCredentialsHandle(&credential);
}

static void test_strengths(void)
{
    static const ALG_ID big[] = {CALG_AES_256, CALG_SHA_384}, small[] = {CALG_AES_128, CALG_SHA_256},
                        rc4[] = {CALG_RC4, CALG_MD5}, aes256[] = {CALG_AES_256, CALG_RC4},
                        aes128[] = {CALG_AES_128, CALG_RC4};
    SCHANNEL_CRED cred = {SCHANNEL_CRED_VERSION};
    struct options o = {.client_data = &cred, .server_flags = MANUAL};

    cred.dwFlags = MANUAL;
    check_attributes(&cred, 128, 256, big, rc4);
    check_attributes(&cred, 128, 256, small, rc4);
    cred.dwMinimumCipherStrength = 129;
    check_attributes(&cred, 256, 256, big, aes128);
    check_suite(&o, gcm_first() ? 0xc030 : 0xcca8);
    cred.dwMinimumCipherStrength = 0;
    cred.dwMaximumCipherStrength = 255;
    check_attributes(&cred, 128, 128, small, aes256);
    check_suite(&o, 0xc02f);
    cred.dwMaximumCipherStrength = 100;
    expect_acquire(SECPKG_CRED_OUTBOUND, &cred, SEC_E_ALGORITHM_MISMATCH, "at most 100 bits");
    cred.dwMaximumCipherStrength = 0;
    cred.dwMinimumCipherStrength = 300;
    expect_acquire(SECPKG_CRED_OUTBOUND, &cred, SEC_E_ALGORITHM_MISMATCH, "at least 300 bits");
    cred.dwMinimumCipherStrength = cred.dwMaximumCipherStrength = (DWORD)-1;
    expect_acquire(SECPKG_CRED_OUTBOUND, &cred, SEC_E_ALGORITHM_MISMATCH, "no encryption");
    cred.dwMinimumCipherStrength = cred.dwMaximumCipherStrength = 0;
    cred.dwFlags = SCH_USE_PRESHAREDKEY_ONLY;
    expect_acquire(SECPKG_CRED_OUTBOUND, &cred, SEC_E_ALGORITHM_MISMATCH, "keys shared before");
}

static DWORD protocols_with(ULONG use, DWORD flags)
{
    PCCERT_CONTEXT certificate = test_certificate();
    SCH_CREDENTIALS data = {SCH_CREDENTIALS_VERSION};
    SecPkgCred_SupportedProtocols protocols = {0};
    CredHandle credential;
    SECURITY_STATUS status;

    data.dwFlags = flags;
    data.cCreds = 1;
    data.paCred = &certificate;
    status = acquire(use, &data, &credential);
    ok(status == SEC_E_OK, "flags %lx: %08lx\n", flags, status);
    if (status != SEC_E_OK)
        return 0;
    status = sspi->QueryCredentialsAttributesW(&credential, SECPKG_ATTR_SUPPORTED_PROTOCOLS, &protocols);
    ok(status == SEC_E_OK, "flags %lx: %08lx\n", flags, status);
    sspi->FreeCredentialsHandle(&credential);
    return protocols.grbitProtocol;
}

/* docs/interop.md: flags that change nothing for us, and the one that does. */
static void test_flags(void)
{
    static const DWORD none[] = {SCH_CRED_USE_DEFAULT_CREDS, SCH_CRED_NO_SYSTEM_MAPPER,
            SCH_CRED_CACHE_ONLY_URL_RETRIEVAL_ON_CREATE, SCH_CRED_RESTRICTED_ROOTS, SCH_CRED_MEMORY_STORE_CERT,
            SCH_CRED_SNI_CREDENTIAL, SCH_CRED_SNI_ENABLE_OCSP};
    DWORD clients = protocols_with(SECPKG_CRED_OUTBOUND, 0), servers = protocols_with(SECPKG_CRED_INBOUND, 0);

    for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
        struct options o = {.client_flags = MANUAL | none[i], .server_flags = none[i]};
        winetest_push_context("flag %lx", none[i]);
        ok(protocols_with(SECPKG_CRED_OUTBOUND, none[i]) == clients, "clients\n");
        ok(protocols_with(SECPKG_CRED_INBOUND, none[i]) == servers, "servers\n");
        check_suite(&o, gcm_first() ? 0x1302 : 0x1303);
        winetest_pop_context();
    }
    ok(protocols_with(SECPKG_CRED_OUTBOUND, SCH_USE_DTLS_ONLY) == SP_PROT_DTLS1_2_CLIENT, "DTLS alone\n");
    ok(protocols_with(SECPKG_CRED_INBOUND, SCH_USE_DTLS_ONLY) == SP_PROT_DTLS1_2_SERVER, "DTLS alone\n");
    SCHANNEL_CRED tls = {SCHANNEL_CRED_VERSION, .dwFlags = SCH_USE_DTLS_ONLY};
    tls.grbitEnabledProtocols = SP_PROT_TLS1_2_CLIENT;
    expect_acquire(SECPKG_CRED_OUTBOUND, &tls, SEC_E_ALGORITHM_MISMATCH, "TLS 1.2 of DTLS alone");
}

/* KEY_INFO of suites by their IANA names; CALG_ of wincrypt.h, which has none of ChaCha20. The server's key is RSA. */
static void test_key_info(void)
{
    static CRYPTO_SETTINGS no_256[] = {NO_AES_ABOVE, NO_CHACHA}, no_128[] = {NO_AES_BELOW, NO_CHACHA}, no_aes[] = {NO_AES};
    static const struct {
        CRYPTO_SETTINGS *crypto;
        DWORD count, suite, bits;
        ALG_ID cipher;
        const WCHAR *name;
    } want[] = {{no_256, 2, 0x1301, 128, CALG_AES_128, L"AES"}, {no_128, 2, 0x1302, 256, CALG_AES_256, L"AES"},
            {no_aes, 1, 0x1303, 256, 0, L"CHACHA20_POLY1305"}};

    for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
        TLS_PARAMETERS parameters = {0, NULL, 0, want[i].count, want[i].crypto, 0};
        SCH_CREDENTIALS client = {SCH_CREDENTIALS_VERSION};
        struct options o = {.client_data = &client, .server_flags = MANUAL};
        SecPkgContext_KeyInfoW key = {0};
        struct pair p;

        client.dwFlags = MANUAL;
        client.cTlsParameters = 1;
        client.pTlsParameters = &parameters;
        pair_open(&p, &o);
        ok(suite_of(&p.client) == want[i].suite, "suite %lx\n", suite_of(&p.client));
        for (int side = 0; side < 2; side++) {
            SECURITY_STATUS status =
                    sspi->QueryContextAttributesW(side ? &p.server : &p.client, SECPKG_ATTR_KEY_INFO, &key);
            ok(status == SEC_E_OK, "%08lx\n", status);
            if (status != SEC_E_OK)
                continue;
            ok(key.KeySize == want[i].bits && key.EncryptAlgorithm == want[i].cipher &&
                            key.SignatureAlgorithm == CALG_RSA_SIGN,
                    "%lx: %lu, %lx, %lx\n", want[i].suite, key.KeySize, key.EncryptAlgorithm, key.SignatureAlgorithm);
            ok(!wcscmp(key.sEncryptAlgorithmName, want[i].name) && !wcscmp(key.sSignatureAlgorithmName, L"RSA"),
                    "%lx: %ls, %ls\n", want[i].suite, key.sEncryptAlgorithmName, key.sSignatureAlgorithmName);
            sspi->FreeContextBuffer(key.sSignatureAlgorithmName);
            sspi->FreeContextBuffer(key.sEncryptAlgorithmName);
        }
        pair_close(&p);
    }
}

/* "Kernel-mode Schannel supports" certificates by hash. */
static void test_formats(void)
{
    BYTE hash[20] = {1};
    SCHANNEL_CRED cred = {SCHANNEL_CRED_VERSION};
    SCH_CREDENTIALS new = {SCH_CREDENTIALS_VERSION};

    cred.cCreds = new.cCreds = 1;
    cred.paCred = new.paCred = (void *)hash;
    for (DWORD format = 1; format < 3; format++) {
        cred.dwCredFormat = new.dwCredFormat = format;
        expect_acquire(SECPKG_CRED_INBOUND, &cred, SEC_E_UNKNOWN_CREDENTIALS, "hash");
        expect_acquire(SECPKG_CRED_INBOUND, &new, SEC_E_UNKNOWN_CREDENTIALS, "hash");
    }
    /* Version 3 ends before dwCredFormat */
    cred.dwVersion = SCH_CRED_V3;
    cred.cCreds = 0;
    expect_acquire(SECPKG_CRED_OUTBOUND, &cred, SEC_E_OK, "version 3");
}

static const WCHAR protocols_key[] =
        L"SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols";

/* VALUE 2: not there. */
static void set_protocol(const WCHAR *version, const WCHAR *side, DWORD enabled, DWORD by_default)
{
    WCHAR path[200];
    HKEY key;

    wsprintfW(path, L"%s\\%s\\%s", protocols_key, version, side);
    ok(!RegCreateKeyExW(
               HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_ALL_ACCESS | KEY_WOW64_64KEY, NULL, &key, NULL),
            "key\n");
    RegDeleteValueW(key, L"Enabled");
    RegDeleteValueW(key, L"DisabledByDefault");
    if (enabled < 2)
        RegSetValueExW(key, L"Enabled", 0, REG_DWORD, (BYTE *)&enabled, 4);
    if (by_default < 2)
        RegSetValueExW(key, L"DisabledByDefault", 0, REG_DWORD, (BYTE *)&by_default, 4);
    RegCloseKey(key);
}

static DWORD protocols_of(void *data)
{
    SecPkgCred_SupportedProtocols protocols = {0};
    CredHandle credential;
    if (acquire(SECPKG_CRED_OUTBOUND, data, &credential) != SEC_E_OK)
        return 0;
    sspi->QueryCredentialsAttributesW(&credential, SECPKG_ATTR_SUPPORTED_PROTOCOLS, &protocols);
    sspi->FreeCredentialsHandle(&credential);
    return protocols.grbitProtocol;
}

/* "TLS registry settings": enabled, disabled by default (for who names it in SCHANNEL_CRED), disabled.
 * TLS 1.0 and 1.1 are the latter without the registry. */
static void test_registry(void)
{
    SCHANNEL_CRED any = {SCHANNEL_CRED_VERSION}, tls10 = any, tls12 = any;
    SCH_CREDENTIALS new = {SCH_CREDENTIALS_VERSION};
    struct options o = {SP_PROT_TLS1_0_CLIENT, SP_PROT_TLS1_0_SERVER, MANUAL};
    struct pair p;

    tls10.grbitEnabledProtocols = SP_PROT_TLS1_0_CLIENT;
    tls12.grbitEnabledProtocols = SP_PROT_TLS1_2_CLIENT;
    ok(protocols_of(&any) == SP_PROT_TLS1_2_CLIENT, "%lx\n", protocols_of(&any));
    ok(protocols_of(&new) == (SP_PROT_TLS1_2_CLIENT | SP_PROT_TLS1_3_CLIENT), "%lx\n",
            protocols_of(&new));
    expect_acquire(SECPKG_CRED_OUTBOUND, &tls10, SEC_E_ALGORITHM_MISMATCH, "TLS 1.0");
    set_protocol(L"TLS 1.0", L"Client", 1, 0);
    set_protocol(L"TLS 1.0", L"Server", 1, 0);
    ok(protocols_of(&any) == (SP_PROT_TLS1_2_CLIENT | SP_PROT_TLS1_0_CLIENT), "%lx\n",
            protocols_of(&any));
    pair_open(&p, &o);
    ok(p.client_status == SEC_E_OK && p.server_status == SEC_E_OK, "TLS 1.0: %08lx %08lx\n",
            p.client_status, p.server_status);
    pair_close(&p);
    /* Weak versions: for who names them only */
    any.dwFlags = tls10.dwFlags = SCH_USE_STRONG_CRYPTO;
    ok(protocols_of(&any) == SP_PROT_TLS1_2_CLIENT, "%lx\n", protocols_of(&any));
    ok(protocols_of(&tls10) == SP_PROT_TLS1_0_CLIENT, "%lx\n", protocols_of(&tls10));
    any.dwFlags = tls10.dwFlags = 0;
    set_protocol(L"TLS 1.0", L"Client", 1, 1);
    ok(protocols_of(&any) == SP_PROT_TLS1_2_CLIENT, "%lx\n", protocols_of(&any));
    ok(protocols_of(&tls10) == SP_PROT_TLS1_0_CLIENT, "%lx\n", protocols_of(&tls10));
    set_protocol(L"TLS 1.0", L"Client", 2, 2);
    set_protocol(L"TLS 1.0", L"Server", 2, 2);
    set_protocol(L"TLS 1.2", L"Client", 0, 2);
    ok(protocols_of(&new) == SP_PROT_TLS1_3_CLIENT, "%lx\n", protocols_of(&new));
    expect_acquire(SECPKG_CRED_OUTBOUND, &tls12, SEC_E_ALGORITHM_MISMATCH, "TLS 1.2 disabled");
    set_protocol(L"TLS 1.2", L"Client", 1, 1);
    ok(protocols_of(&tls12) == SP_PROT_TLS1_2_CLIENT, "%lx\n", protocols_of(&tls12));
    ok(protocols_of(&any) == SP_PROT_DTLS1_2_CLIENT, "datagrams are left: %lx\n",
            protocols_of(&any));
    set_protocol(L"TLS 1.2", L"Client", 2, 2);
    ok(protocols_of(&any) == SP_PROT_TLS1_2_CLIENT, "%lx\n", protocols_of(&any));
    for (int i = 0; i < 2; i++)
        RegDeleteTreeW(HKEY_LOCAL_MACHINE, protocols_key);
}

/* The name of a credential is its certificate's, in both functions. */
static void test_credential_names(void)
{
    PCCERT_CONTEXT certificate =
            make_certificate_of(L"opensspi-test-named", L"CN=J\u00fcrgen", TRUE, 0);
    PCCERT_CONTEXT certificates[] = {certificate, test_certificate()};
    SCHANNEL_CRED cred = {SCHANNEL_CRED_VERSION};
    SecPkgCredentials_NamesW names = {NULL};
    CredHandle credential;

    for (int i = 0; i < 2; i++) {
        const WCHAR *want = i ? L"CN=localhost" : L"CN=J\u00fcrgen";
        cred.cCreds = 1;
        cred.paCred = &certificates[i];
        ok(acquire(SECPKG_CRED_OUTBOUND, &cred, &credential) == SEC_E_OK, "acquire\n");
        ok(sspi->QueryCredentialsAttributesW(&credential, SECPKG_CRED_ATTR_NAMES, &names) == SEC_E_OK,
                "names\n");
        ok(!wcscmp(names.sUserName, want), "%ls\n", names.sUserName);
        sspi->FreeContextBuffer(names.sUserName);
        sspi->FreeCredentialsHandle(&credential);
    }
    cred.cCreds = 0;
    ok(acquire(SECPKG_CRED_OUTBOUND, &cred, &credential) == SEC_E_OK, "acquire\n");
    ok(sspi->QueryCredentialsAttributesW(&credential, SECPKG_CRED_ATTR_NAMES, &names) ==
                    SEC_E_NO_CREDENTIALS,
            "nobody\n");
    ok(sspi->QueryCredentialsAttributesW(&credential, SECPKG_CRED_ATTR_CERT, &names) ==
                    SEC_E_UNSUPPORTED_FUNCTION,
            "Kerberos only\n");
    sspi->FreeCredentialsHandle(&credential);
    CertFreeCertificateContext(certificate);
    delete_container(L"opensspi-test-named");
}

/* Three names, one package ("Default TLS SSP" and "Schannel" besides UNISP_NAME: dumps of EnumerateSecurityPackages). */
static void test_packages(void)
{
    static const WCHAR *const names[] = {L"Schannel", L"Default TLS SSP", SSPI_PACKAGE};
    SCHANNEL_CRED cred = {SCHANNEL_CRED_VERSION};
    CredHandle credential;
    for (int i = 0; i < 3; i++) {
        if (i == 1 && under_wine_secur32())
            continue; /* it has two names only */
        ok(sspi->AcquireCredentialsHandleW(NULL, (WCHAR *)names[i], SECPKG_CRED_OUTBOUND, NULL, &cred,
                   NULL, NULL, &credential, NULL) == SEC_E_OK,
                "%ls\n", names[i]);
        sspi->FreeCredentialsHandle(&credential);
    }
}

static void all_tests(void)
{
    test_crypto_settings();
    test_parameter_rules();
    test_alpn_parameters();
    test_algorithms();
    test_strengths();
    test_flags();
    test_key_info();
    test_formats();
    test_registry();
    test_credential_names();
    test_packages();
}

START_TEST(limits)
{
    pair_setup();
    pair_as_w_and_a(all_tests);
}
