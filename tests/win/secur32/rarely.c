/* Exports that programs rarely call, each with what it answers: the Ex queries, SASL's,
 * ImportSecurityContext, LsaLogonUser (the asynchronous calls: async.c). Their pages; what cannot
 * be done here is an error and leaves outputs as the page says (dlls/secur32/refused.c is the
 * list). */
#include "../sspi_test.h"
#include "../accounts.h"

static void *look_up(const char *name)
{
    void *function = GetProcAddress(GetModuleHandleA("secur32.dll"), name);
    ok(function != NULL, "no %s\n", name);
    return function;
}

static void *look_up_either(const char *a, const char *w)
{
    return look_up(ansi ? a : w);
}

static void open_pair(CredHandle *credential, CtxtHandle *context)
{
    static BYTE room[4000];
    SecBuffer out = {sizeof(room), SECBUFFER_TOKEN, room};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
    union identity id;
    ULONG attributes;
    SECURITY_STATUS status;

    make_identity(&id, FORM_PLAIN, NON_ASCII, L"BUILDERS", L"p");
    status = acquire(L"NTLM", SECPKG_CRED_OUTBOUND, &id, credential, NULL);
    ok(status == SEC_E_OK, "credential %08lx\n", status);
    status = initialize(credential, NULL, NULL, 0, NULL, context, &output, &attributes, NULL);
    ok(status == SEC_I_CONTINUE_NEEDED, "context %08lx\n", status);
}

static void close_pair(CredHandle *credential, CtxtHandle *context)
{
    ok(DeleteSecurityContext(context) == SEC_E_OK, "context\n");
    ok(FreeCredentialsHandle(credential) == SEC_E_OK, "credential\n");
}

/* "QueryContextAttributesEx", "QueryCredentialsAttributesEx": cbBuffer is the size of the buffer;
 * less than the structure needs is SEC_E_BUFFER_TOO_SMALL (?), and nothing is written. */
static void test_query_ex(void)
{
    SECURITY_STATUS(WINAPI * context_ex)
    (CtxtHandle *, ULONG, void *, ULONG) =
            look_up_either("QueryContextAttributesExA", "QueryContextAttributesExW");
    SECURITY_STATUS(WINAPI * credential_ex)
    (CredHandle *, ULONG, void *, ULONG) =
            look_up_either("QueryCredentialsAttributesExA", "QueryCredentialsAttributesExW");
    SecPkgContext_PackageInfoW info = {(void *)STALE};
    SecPkgCredentials_NamesW names = {(void *)STALE};
    SecPkgContext_Flags flags = {STALE};
    CredHandle credential, none = {STALE, STALE};
    CtxtHandle context;
    WCHAR text[200];
    SECURITY_STATUS status;

    open_pair(&credential, &context);
    status = context_ex(&context, SECPKG_ATTR_PACKAGE_INFO, &info, sizeof(info) - 1);
    ok(status == SEC_E_BUFFER_TOO_SMALL && info.PackageInfo == (void *)STALE, "%08lx\n", status);
    status = context_ex(&context, SECPKG_ATTR_PACKAGE_INFO, &info, sizeof(info));
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(ansi ? !strcmp((char *)info.PackageInfo->Name, "NTLM")
            : !wcscmp(info.PackageInfo->Name, L"NTLM"),
            "another package\n");
    ok(FreeContextBuffer(info.PackageInfo) == SEC_E_OK, "free\n");
    status = context_ex(&context, SECPKG_ATTR_FLAGS, &flags, sizeof(flags));
    ok(status == SEC_E_OK && flags.Flags != STALE, "%08lx, %lx\n", status, flags.Flags);
    status = context_ex(&context, 0x7777, text, sizeof(text));
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "%08lx\n", status);
    status = context_ex(&none, SECPKG_ATTR_FLAGS, &flags, sizeof(flags));
    ok(status == SEC_E_INVALID_HANDLE, "%08lx\n", status);

    status = credential_ex(&credential, SECPKG_CRED_ATTR_NAMES, &names, sizeof(names) - 1);
    ok(status == SEC_E_BUFFER_TOO_SMALL && names.sUserName == (void *)STALE, "%08lx\n", status);
    status = credential_ex(&credential, SECPKG_CRED_ATTR_NAMES, &names, sizeof(names));
    ok(status == SEC_E_OK, "%08lx\n", status);
    if (status == SEC_E_OK) {
        take_text(names.sUserName, text, ARRAY_SIZE(text));
        if (!ansi || narrow_holds(NON_ASCII))
            ok(!wcscmp(text, L"BUILDERS\\" NON_ASCII), "%ls\n", text);
    }
    status = credential_ex(&credential, 0x7777, text, sizeof(text));
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "%08lx\n", status);
    status = credential_ex(&none, SECPKG_CRED_ATTR_NAMES, &names, sizeof(names));
    ok(status == SEC_E_INVALID_HANDLE, "%08lx\n", status);
    close_pair(&credential, &context);
}

/* ---- SASL: "SaslEnumerateProfiles", "SaslGetProfilePackage", "SaslIdentifyPackage" ---- */

static void check_negotiate(SECURITY_STATUS status, SecPkgInfoW *info)
{
    ok(status == SEC_E_OK, "%08lx\n", status);
    if (status != SEC_E_OK)
        return;
    ok(ansi ? !strcmp((char *)info->Name, "Negotiate") : !wcscmp(info->Name, L"Negotiate"),
            "another package\n");
    ok(FreeContextBuffer(info) == SEC_E_OK, "free\n");
}

/* RFC 4178 as a SASL mechanism is called GSS-SPNEGO. */
static void test_sasl_profiles(void)
{
    SECURITY_STATUS(WINAPI * enumerate)
    (void **, ULONG *) = look_up_either("SaslEnumerateProfilesA", "SaslEnumerateProfilesW");
    SECURITY_STATUS(WINAPI * package)
    (void *, SecPkgInfoW **) = look_up_either("SaslGetProfilePackageA", "SaslGetProfilePackageW");
    SECURITY_STATUS(WINAPI * identify)
    (SecBufferDesc *, SecPkgInfoW **) =
            look_up_either("SaslIdentifyPackageA", "SaslIdentifyPackageW");
    SecBuffer in = {10, SECBUFFER_TOKEN, "GSS-SPNEGO"};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in};
    SecPkgInfoW *info = (void *)STALE;
    void *list = NULL;
    ULONG count = 0;
    BOOL found = FALSE;
    SECURITY_STATUS status = enumerate(&list, &count);

    ok(status == SEC_E_OK && count, "%08lx, %lu profiles\n", status, count);
    if (ansi)
        for (char *a = list; *a; a += strlen(a) + 1)
            found |= !strcmp(a, "GSS-SPNEGO");
    else
        for (WCHAR *w = list; *w; w += wcslen(w) + 1)
            found |= !wcscmp(w, L"GSS-SPNEGO");
    ok(found, "GSS-SPNEGO is not listed\n");
    FreeContextBuffer(list);

    status = package(ansi ? (void *)"no such profile" : L"no such profile", &info);
    ok(FAILED(status), "%08lx\n", status);
    status = package(ansi ? (void *)"GSS-SPNEGO" : L"GSS-SPNEGO", &info);
    check_negotiate(status, info);
    status = identify(&input, &info);
    check_negotiate(status, info);
    in = (SecBuffer){5, SECBUFFER_TOKEN, "PLAIN"};
    status = identify(&input, &info);
    ok(FAILED(status), "%08lx\n", status);
}

/* We have no SASL security layers: refused, and no handle is written. */
static void test_sasl_contexts(void)
{
    SECURITY_STATUS(WINAPI * sasl_initialize)
    (CredHandle *, CtxtHandle *, void *, ULONG, ULONG, ULONG, SecBufferDesc *, ULONG, CtxtHandle *,
            SecBufferDesc *, ULONG *, TimeStamp *) =
            look_up_either("SaslInitializeSecurityContextA", "SaslInitializeSecurityContextW");
    SECURITY_STATUS(WINAPI * sasl_accept)
    (CredHandle *, CtxtHandle *, SecBufferDesc *, ULONG, ULONG, CtxtHandle *, SecBufferDesc *,
            ULONG *, TimeStamp *) = look_up("SaslAcceptSecurityContext");
    SECURITY_STATUS(WINAPI * set_option)
    (CtxtHandle *, ULONG, void *, ULONG) = look_up("SaslSetContextOption");
    SECURITY_STATUS(WINAPI * get_option)
    (CtxtHandle *, ULONG, void *, ULONG, ULONG *) = look_up("SaslGetContextOption");
    BYTE room[500];
    SecBuffer out = {sizeof(room), SECBUFFER_TOKEN, room};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
    CtxtHandle context, made = {STALE, STALE};
    CredHandle credential;
    ULONG attributes, number = 4000, needed;
    TimeStamp expiry;
    SECURITY_STATUS status;

    open_pair(&credential, &context);
    status = sasl_initialize(&credential, NULL, ansi ? (void *)"host" : L"host", 0, 0, 0, NULL, 0,
            &made, &output, &attributes, &expiry);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "%08lx\n", status);
    status = sasl_accept(&credential, NULL, &output, 0, 0, &made, &output, &attributes, &expiry);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "%08lx\n", status);
    ok(made.dwLower == STALE && made.dwUpper == STALE, "a handle was written\n");
    status = set_option(&context, SASL_OPTION_SEND_SIZE, &number, sizeof(number));
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "%08lx\n", status);
    status = get_option(&context, SASL_OPTION_SEND_SIZE, &number, sizeof(number), &needed);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "%08lx\n", status);
    close_pair(&credential, &context);
}

/* "ImportSecurityContext": bytes that nobody exported are refused, and no handle is written. */
static void test_import(void)
{
    SECURITY_STATUS(WINAPI * import)
    (void *, SecBuffer *, void *, CtxtHandle *) =
            look_up_either("ImportSecurityContextA", "ImportSecurityContextW");
    static const struct {
        const WCHAR *package;
        SECURITY_STATUS status; /* 0: any failure */
    } rows[] = {{L"Winetest", SEC_E_SECPKG_NOT_FOUND}, {L"NTLM", 0}, {L"Negotiate", 0},
            {L"Schannel", 0}, {L"CREDSSP", 0}};
    BYTE bytes[300];
    unsigned i, size;

    for (i = 0; i < sizeof(bytes); i++)
        bytes[i] = (BYTE)(i * 37);
    for (i = 0; i < ARRAY_SIZE(rows); i++)
        for (size = 0; size <= sizeof(bytes); size += 100) {
            SecBuffer packed = {size, SECBUFFER_EMPTY, bytes};
            CtxtHandle made = {STALE, STALE};
            SECURITY_STATUS status =
                    import(ansi ? (void *)narrow(rows[i].package) : (void *)rows[i].package,
                            &packed, NULL, &made);
            ok(rows[i].status ? status == rows[i].status : FAILED(status), "%ls: %08lx\n",
                    rows[i].package, status);
            ok(made.dwLower == STALE && made.dwUpper == STALE, "%ls: a handle was written\n",
                    rows[i].package);
        }
}

/* "LsaLogonUser": needs an authority that no program under Wine has; outputs say nothing then. */
static void test_logon_user(void)
{
    LSA_STRING origin = {4, 5, (char *)"test"};
    TOKEN_SOURCE source = {"test"};
    BYTE information[100] = {2};
    void *profile = (void *)STALE;
    ULONG size = STALE;
    LUID session;
    HANDLE lsa = NULL, token = (HANDLE)STALE;
    QUOTA_LIMITS quotas;
    NTSTATUS sub = STALE, status;

    LsaConnectUntrusted(&lsa);
    status = LsaLogonUser(lsa, &origin, Network, 0x7777, information, sizeof(information), NULL,
            &source, &profile, &size, &session, &token, &quotas, &sub);
    ok(status == STATUS_NO_SUCH_PACKAGE, "no such package: %08lx\n", status);
    profile = (void *)STALE;
    size = STALE;
    token = (HANDLE)STALE;
    status = LsaLogonUser(lsa, &origin, Network, 0, information, sizeof(information), NULL, &source,
            &profile, &size, &session, &token, &quotas, &sub);
    ok(status < 0, "%08lx\n", status);
    if (is_opensspi()) {
        ok(status == STATUS_NOT_SUPPORTED, "%08lx\n", status);
        ok(!profile && !size && !token && !sub, "%p, %lu, %p, %08lx\n", profile, size, token, sub);
        status = LsaLogonUser((HANDLE)STALE, &origin, Network, 0, information, sizeof(information),
                NULL, &source, &profile, &size, &session, &token, &quotas, &sub);
        ok(status == STATUS_INVALID_HANDLE, "no connection: %08lx\n", status);
    }
    LsaDeregisterLogonProcess(lsa);
}

static void all_tests(void)
{
    test_query_ex();
    test_import();
    if (!is_opensspi())
        return; /* Windows' SASL knows more profiles */
    test_sasl_profiles();
    test_sasl_contexts();
}

START_TEST(rarely)
{
    as_w_and_a(all_tests);
    test_logon_user();
}
