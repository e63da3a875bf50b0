/* Context and credential attributes of NTLM. */
#include "../accounts.h"
#include "../login.h"

static void check_sizes(CtxtHandle *context)
{
    SecPkgContext_Sizes sizes = {STALE, STALE, STALE, STALE};
    SecPkgContext_StreamSizes stream;
    SECURITY_STATUS status = query(context, SECPKG_ATTR_SIZES, &sizes);

    /* Wine's ntlm.c, testAuth, on Windows; cbMaxToken: dumps of packages */
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(sizes.cbMaxToken == 2888 || sizes.cbMaxToken == 1904, "token %lu\n", sizes.cbMaxToken);
    ok(sizes.cbMaxSignature == 16, "signature %lu\n", sizes.cbMaxSignature);
    ok(sizes.cbSecurityTrailer == 16, "trailer %lu\n", sizes.cbSecurityTrailer);
    ok(!sizes.cbBlockSize, "block %lu\n", sizes.cbBlockSize);
    status = query(context, SECPKG_ATTR_STREAM_SIZES, &stream);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "%08lx\n", status);
}

static void check_key_info(CtxtHandle *context)
{
    SecPkgContext_KeyInfoW info = {0};
    WCHAR text[100];
    SECURITY_STATUS status = query(context, SECPKG_ATTR_KEY_INFO, &info);

    /* Wine's ntlm.c, testAuth; the peers negotiate extended session security */
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(info.KeySize == 128, "key size %lu\n", info.KeySize);
    ok(info.EncryptAlgorithm == CALG_RC4, "encryption %lx\n", info.EncryptAlgorithm);
    ok(info.SignatureAlgorithm == 0xFFFFFF76, "signature %lx\n", info.SignatureAlgorithm);
    take_text(info.sEncryptAlgorithmName, text, ARRAY_SIZE(text));
    ok(!wcscmp(text, L"RSADSI RC4"), "%ls\n", text);
    take_text(info.sSignatureAlgorithmName, text, ARRAY_SIZE(text));
    ok(!wcscmp(text, L"HMAC-MD5"), "%ls\n", text);
}

static SIZE_T bytes_of_text(const void *text)
{
    return ansi ? strlen(text) + 1 : (wcslen(text) + 1) * sizeof(WCHAR);
}

/* Wine's ntlm.c, testAuth, asks HeapSize: one block of the process heap of exactly the structure, the name and the comment. */
static void check_block(PSecPkgInfoW p)
{
    SIZE_T expected = sizeof(*p) + bytes_of_text(p->Name) + bytes_of_text(p->Comment);

    ok(HeapSize(GetProcessHeap(), 0, p) == expected, "%lu bytes\n",
            (ULONG)HeapSize(GetProcessHeap(), 0, p));
    ok((char *)p->Name > (char *)p && (char *)p->Name < (char *)p + expected, "name outside\n");
    ok((char *)p->Comment > (char *)p && (char *)p->Comment < (char *)p + expected,
            "comment outside\n");
    ok(ansi ? !strcmp((char *)p->Name, "NTLM") : !wcscmp(p->Name, L"NTLM"), "another package\n");
    ok(p->wRPCID == 10 && p->wVersion == 1, "RPC id %u, version %u\n", p->wRPCID, p->wVersion);
    ok(FreeContextBuffer(p) == SEC_E_OK, "FreeContextBuffer\n");
}

static void check_package(CtxtHandle *context)
{
    SecPkgContext_NegotiationInfoW negotiation = {0};
    SecPkgContext_PackageInfoW package = {0};
    SECURITY_STATUS status = query(context, SECPKG_ATTR_NEGOTIATION_INFO, &negotiation);

    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(negotiation.NegotiationState == SECPKG_NEGOTIATION_COMPLETE, "state %lu\n",
            negotiation.NegotiationState);
    if (status == SEC_E_OK)
        check_block(negotiation.PackageInfo);
    status = query(context, SECPKG_ATTR_PACKAGE_INFO, &package);
    ok(status == SEC_E_OK, "%08lx\n", status);
    if (status == SEC_E_OK)
        check_block(package.PackageInfo);
}

/* "QueryContextAttributes (General)": SECPKG_ATTR_LIFESPAN; in NTLM a context does not expire. */
static void check_rest(CtxtHandle *context)
{
    SecPkgContext_Lifespan lifespan = {{{STALE, 0}}, {{STALE, 0}}};
    FILETIME now;
    SECURITY_STATUS status = query(context, SECPKG_ATTR_LIFESPAN, &lifespan);

    GetSystemTimeAsFileTime(&now);
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(lifespan.tsExpiry.HighPart > (LONG)now.dwHighDateTime, "%lx\n", lifespan.tsExpiry.HighPart);
    status = query(context, 0x7777, &lifespan);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "an unknown attribute: %08lx\n", status);
    status = query(context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &lifespan);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "an attribute of Schannel: %08lx\n", status);
}

static void check_target(struct login *l)
{
    SecPkgContext_ClientSpecifiedTarget target = {NULL};
    SECURITY_STATUS status =
            QueryContextAttributesW(&l->server, SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &target);

    /* "SecPkgContext_ClientSpecifiedTarget": the SPN that the client named */
    ok(status == SEC_E_OK, "%08lx\n", status);
    if (status == SEC_E_OK) {
        ok(!wcscmp((WCHAR *)target.sTargetName, L"HOST/spn-of-the-test"), "%ls\n",
                (WCHAR *)target.sTargetName);
        FreeContextBuffer(target.sTargetName);
    }
}

static void test_early(CtxtHandle *context)
{
    SecPkgContext_NamesW names = {(void *)STALE};
    SecPkgContext_SessionKey key = {STALE, NULL};

    /* Before the end of the handshake there is neither. */
    ok(FAILED(query(context, SECPKG_ATTR_SESSION_KEY, &key)), "a session key too early\n");
    ok(key.SessionKeyLength == STALE, "output touched\n");
    if (is_opensspi()) {
        ok(FAILED(query(context, SECPKG_ATTR_NAMES, &names)), "names too early\n");
        ok(names.sUserName == (void *)STALE, "output touched\n");
    }
}

static void test_credential(CredHandle *credential)
{
    SecPkgCredentials_NamesW names = {NULL};
    WCHAR text[300];
    SECURITY_STATUS status =
            ansi ? QueryCredentialsAttributesA(credential, SECPKG_CRED_ATTR_NAMES, &names)
                 : QueryCredentialsAttributesW(credential, SECPKG_CRED_ATTR_NAMES, &names);

    if (!is_opensspi() && status == SEC_E_UNSUPPORTED_FUNCTION)
        return; /* "QueryCredentialsAttributes": not every package has it */
    ok(status == SEC_E_OK, "%08lx\n", status);
    take_text(names.sUserName, text, ARRAY_SIZE(text));
    ok(!is_opensspi() || !wcscmp(text, L"WONDERLAND\\alice"), "%ls\n", text);
}

static void all_tests(void)
{
    struct login *l = calloc(1, sizeof(*l));

    l->identity = good_identity();
    l->target = L"HOST/spn-of-the-test";
    l->client_request = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY;
    login_acquire(l);
    test_credential(&l->client_credential);
    login_leg(l, FALSE);
    test_early(&l->client);
    login_leg(l, TRUE);
    test_early(&l->server);
    login_leg(l, FALSE);
    login_leg(l, TRUE);
    ok(l->client_status == SEC_E_OK && l->server_status == SEC_E_OK, "%08lx %08lx\n",
            l->client_status, l->server_status);
    check_sizes(&l->client);
    check_sizes(&l->server);
    check_key_info(&l->client);
    check_key_info(&l->server);
    check_package(&l->client);
    check_package(&l->server);
    check_rest(&l->client);
    check_target(l);
    login_close(l);
    free(l);
}

START_TEST(attributes)
{
    store_open();
    as_w_and_a(all_tests);
    store_close();
}
