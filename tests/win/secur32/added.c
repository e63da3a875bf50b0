/* Packages that somebody adds: AddSecurityPackage, DeleteSecurityPackage, and what the registry names, each with a sample of an
 * LSA-mode package and of an SSPI provider (tests/samples). The interfaces: "Functions Implemented by SSP/APs", "SSPI"; where the
 * registry names DLLs: "Restrictions around Registering and Installing a Security Package". On Windows adding takes an administrator and
 * a signed DLL, so this is opensspi's only. */
#include "../sspi_test.h"

static const struct sample {
    const WCHAR *package, *file;
    ULONG type;
    USHORT rpc_id;
} samples[] = {
        {L"ToyLsa", L"sample_lsa.dll", SECPKG_OPTIONS_TYPE_LSA, 0x7001},
        {L"ToySspi", L"sample_sspi.dll", SECPKG_OPTIONS_TYPE_SSPI, 0x7002},
};
static const WCHAR lsa_key[] = L"SYSTEM\\CurrentControlSet\\Control\\Lsa";
static const WCHAR providers_key[] = L"SYSTEM\\CurrentControlSet\\Control\\SecurityProviders";

/* The sample beside this program. */
static WCHAR *path_of(const struct sample *s)
{
    static WCHAR path[MAX_PATH];

    GetModuleFileNameW(NULL, path, MAX_PATH);
    wcscpy(wcsrchr(path, '\\') + 1, s->file);
    return path;
}

static SECURITY_STATUS add(const WCHAR *name, ULONG type, ULONG flags)
{
    SECURITY_PACKAGE_OPTIONS options = {sizeof options, type, flags, 0, NULL};

    return ansi ? AddSecurityPackageA(narrow(name), &options) : AddSecurityPackageW((WCHAR *)name, &options);
}

static SECURITY_STATUS drop(const WCHAR *name)
{
    return ansi ? DeleteSecurityPackageA(narrow(name)) : DeleteSecurityPackageW((WCHAR *)name);
}

static SECURITY_STATUS info_of(const struct sample *s, SecPkgInfoW **info)
{
    return ansi ? QuerySecurityPackageInfoA(narrow(s->package), (SecPkgInfoA **)info)
                : QuerySecurityPackageInfoW((WCHAR *)s->package, info);
}

static BOOL listed(const struct sample *s)
{
    SecPkgInfoW *all, *one = NULL;
    ULONG count, i;
    BOOL found = FALSE;
    SECURITY_STATUS status = info_of(s, &one);

    ok(status == SEC_E_OK || status == SEC_E_SECPKG_NOT_FOUND, "%ls: %08lx\n", s->package, status);
    if (status == SEC_E_OK) {
        ok(one->wRPCID == s->rpc_id && one->cbMaxToken == 100 && one->wVersion == 1, "its values\n");
        FreeContextBuffer(one);
    }
    EnumerateSecurityPackagesW(&count, &all);
    for (i = 0; i < count; i++)
        found |= !wcscmp(all[i].Name, s->package);
    FreeContextBuffer(all);
    ok(found == (status == SEC_E_OK), "%ls: %s in the list\n", s->package, found ? "is" : "not");
    return found;
}

static SECURITY_STATUS acquire_toy(const struct sample *s, const WCHAR *principal, ULONG use, CredHandle *credential,
        TimeStamp *expiry)
{
    if (!ansi)
        return AcquireCredentialsHandleW((WCHAR *)principal, (WCHAR *)s->package, use, NULL, NULL, NULL, NULL, credential,
                expiry);
    return AcquireCredentialsHandleA(principal ? narrow(principal) : NULL, narrow(s->package), use, NULL, NULL, NULL, NULL,
            credential, expiry);
}

struct ends {
    CredHandle client_credential, server_credential;
    CtxtHandle client, server;
};

static SECURITY_STATUS client_leg(struct ends *e, BOOL first, const WCHAR *target, ULONG request, SecBufferDesc *in,
        SecBufferDesc *out, ULONG *attributes, TimeStamp *expiry)
{
    CtxtHandle *old = first ? NULL : &e->client;

    if (!ansi)
        return InitializeSecurityContextW(&e->client_credential, old, (WCHAR *)target, request, 0, SECURITY_NATIVE_DREP, in, 0,
                &e->client, out, attributes, expiry);
    return InitializeSecurityContextA(&e->client_credential, old, narrow(target), request, 0, SECURITY_NATIVE_DREP, in, 0,
            &e->client, out, attributes, expiry);
}

/* Leaves open contexts; what the samples put into each output is in their sources. */
static BOOL login(const struct sample *s, struct ends *e)
{
    BYTE room[100];
    SecBuffer up = {sizeof room, SECBUFFER_TOKEN, room}, down = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc up_desc = {SECBUFFER_VERSION, 1, &up}, down_desc = {SECBUFFER_VERSION, 1, &down};
    TimeStamp expiry = {0};
    ULONG attributes = STALE;
    SECURITY_STATUS status;

    status = acquire_toy(s, NULL, SECPKG_CRED_OUTBOUND, &e->client_credential, &expiry);
    ok(status == SEC_E_OK, "acquire: %08lx\n", status);
    if (status != SEC_E_OK)
        return FALSE;
    ok(expiry.QuadPart == 0x01DC000000000000, "expiry of the credential\n");
    ok(acquire_toy(s, NULL, SECPKG_CRED_INBOUND, &e->server_credential, &expiry) == SEC_E_OK, "acquire\n");
    status = client_leg(e, TRUE, L"toy/host", ISC_REQ_CONFIDENTIALITY, NULL, &up_desc, &attributes, &expiry);
    ok(status == SEC_I_CONTINUE_NEEDED && up.cbBuffer == 10 && !memcmp(room, "C:toy/host", 10), "leg 1: %08lx\n", status);
    ok(attributes == ISC_RET_CONFIDENTIALITY && expiry.QuadPart == 0x01DC000000000001, "its attributes and expiry\n");
    status = AcceptSecurityContext(&e->server_credential, NULL, &up_desc, ASC_REQ_ALLOCATE_MEMORY, SECURITY_NATIVE_DREP, &e->server,
            &down_desc, &attributes, &expiry);
    ok(status == SEC_E_OK && down.cbBuffer == 1 && attributes == ASC_RET_ALLOCATED_MEMORY, "accept: %08lx\n", status);
    up.cbBuffer = sizeof room;
    status = client_leg(e, FALSE, L"toy/host", ISC_REQ_CONFIDENTIALITY, &down_desc, &up_desc, &attributes, &expiry);
    ok(status == SEC_E_OK && !up.cbBuffer, "leg 2: %08lx\n", status);
    ok(FreeContextBuffer(down.pvBuffer) == SEC_E_OK, "free\n");
    return status == SEC_E_OK;
}

static void logout(struct ends *e)
{
    CtxtHandle client = e->client;

    ok(DeleteSecurityContext(&e->client) == SEC_E_OK, "delete\n");
    ok(DeleteSecurityContext(&client) == SEC_E_INVALID_HANDLE, "delete twice\n");
    ok(DeleteSecurityContext(&e->server) == SEC_E_OK, "delete\n");
    ok(FreeCredentialsHandle(&e->client_credential) == SEC_E_OK, "free\n");
    ok(FreeCredentialsHandle(&e->server_credential) == SEC_E_OK, "free\n");
}

static void check_messages(struct ends *e)
{
    BYTE data[] = "sealed text", token[8];
    SecBuffer b[2] = {{8, SECBUFFER_TOKEN, token}, {sizeof data, SECBUFFER_DATA, data}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, b};
    SecPkgContext_Sizes sizes = {0};
    ULONG quality = STALE;

    ok(QueryContextAttributesA(&e->client, SECPKG_ATTR_SIZES, &sizes) == SEC_E_OK && sizes.cbMaxSignature == 8, "SIZES\n");
    ok(QueryContextAttributesW(&e->client, SECPKG_ATTR_LIFESPAN, &sizes) == SEC_E_UNSUPPORTED_FUNCTION, "LIFESPAN\n");
    ok(MakeSignature(&e->client, 0, &message, 0) == SEC_E_OK, "sign\n");
    ok(VerifySignature(&e->server, &message, 0, &quality) == SEC_E_OK && quality == 7, "verify\n");
    ok(EncryptMessage(&e->client, 0, &message, 0) == SEC_E_OK && data[0] == ('s' ^ 0x55), "seal\n");
    ok(DecryptMessage(&e->server, &message, 0, &quality) == SEC_E_OK && !strcmp((char *)data, "sealed text"), "unseal\n");
    ok(MakeSignature(&e->client, 0, &message, 0) == SEC_E_OK, "sign\n");
    data[2] ^= 1;
    ok(VerifySignature(&e->server, &message, 0, NULL) == SEC_E_MESSAGE_ALTERED, "spoilt\n");
    ok(QuerySecurityContextToken(&e->server, (HANDLE *)&quality) == SEC_E_UNSUPPORTED_FUNCTION, "no token\n");
}

/* A server that refuses, a principal that is nobody; a failed first leg writes no handle. */
static void check_refusals(const struct sample *s)
{
    BYTE room[100];
    SecBuffer up = {sizeof room, SECBUFFER_TOKEN, room}, down = {sizeof room, SECBUFFER_TOKEN, room};
    SecBufferDesc up_desc = {SECBUFFER_VERSION, 1, &up}, down_desc = {SECBUFFER_VERSION, 1, &down};
    struct ends e;
    CredHandle none = {1, 2};
    TimeStamp expiry;
    ULONG attributes;

    ok(acquire_toy(s, L"nobody", SECPKG_CRED_OUTBOUND, &none, &expiry) == SEC_E_LOGON_DENIED, "nobody\n");
    ok(none.dwLower == 1 && none.dwUpper == 2, "the handle is as it was\n");
    acquire_toy(s, NULL, SECPKG_CRED_OUTBOUND, &e.client_credential, &expiry);
    acquire_toy(s, NULL, SECPKG_CRED_INBOUND, &e.server_credential, &expiry);
    ok(client_leg(&e, TRUE, L"toy/other", 0, NULL, &up_desc, &attributes, &expiry) == SEC_I_CONTINUE_NEEDED, "leg 1\n");
    e.server = none;
    ok(AcceptSecurityContext(&e.server_credential, NULL, &up_desc, 0, SECURITY_NATIVE_DREP, &e.server, &down_desc, &attributes,
               &expiry) == SEC_E_LOGON_DENIED,
            "another target\n");
    ok(e.server.dwLower == 1 && e.server.dwUpper == 2, "the handle is as it was\n");
    DeleteSecurityContext(&e.client);
    FreeCredentialsHandle(&e.client_credential);
    FreeCredentialsHandle(&e.server_credential);
}

static void test_at_run_time(void)
{
    int i;

    for (i = 0; i < ARRAY_SIZE(samples); i++) {
        const struct sample *s = &samples[i];
        struct ends e;

        winetest_push_context("%ls", s->package);
        ok(!listed(s), "not yet there\n");
        ok(add(path_of(s), s->type == SECPKG_OPTIONS_TYPE_LSA ? SECPKG_OPTIONS_TYPE_SSPI : SECPKG_OPTIONS_TYPE_LSA, 0) ==
                        SEC_E_SECPKG_NOT_FOUND,
                "of the other kind\n");
        ok(add(path_of(s), ansi ? SECPKG_OPTIONS_TYPE_UNKNOWN : s->type, 0) == SEC_E_OK, "add\n");
        ok(listed(s), "there\n");
        ok(add(path_of(s), s->type, 0) == SEC_E_OK && listed(s), "added twice\n");
        if (login(s, &e)) {
            check_messages(&e);
            check_refusals(s);
            ok(drop(ansi ? path_of(s) : s->package) == SEC_E_OK, "delete\n");
            ok(!listed(s), "not there any more\n");
            ok(drop(s->package) == SEC_E_SECPKG_NOT_FOUND, "delete twice\n");
            check_messages(&e); /* what was made lives on */
            logout(&e);
        }
        winetest_pop_context();
    }
}

static void test_bad(void)
{
    SECURITY_PACKAGE_OPTIONS options = {sizeof options, 3, 0, 0, NULL};

    ok(add(L"no-such-package", SECPKG_OPTIONS_TYPE_LSA, 0) == SEC_E_SECPKG_NOT_FOUND, "no file\n");
    ok(add(L"", SECPKG_OPTIONS_TYPE_LSA, 0) == SEC_E_SECPKG_NOT_FOUND, "no name\n");
    ok(add(L"kernel32", SECPKG_OPTIONS_TYPE_UNKNOWN, 0) == SEC_E_SECPKG_NOT_FOUND, "no package\n");
    ok(AddSecurityPackageW(NULL, NULL) == SEC_E_INVALID_PARAMETER, "NULL\n");
    ok(AddSecurityPackageW((WCHAR *)L"x", &options) == SEC_E_INVALID_PARAMETER, "a type that there is not\n");
    options.Type = 0;
    options.Size = 4;
    ok(AddSecurityPackageW((WCHAR *)L"x", &options) == SEC_E_INVALID_PARAMETER, "a short structure\n");
    ok(drop(L"no-such-package") == SEC_E_SECPKG_NOT_FOUND, "delete what is not there\n");
    ok(drop(L"NTLM") == SEC_E_UNSUPPORTED_FUNCTION, "delete what is opensspi's own\n");
    ok(DeleteSecurityPackageW(NULL) == SEC_E_INVALID_PARAMETER, "NULL\n");
}

/* ---- the registry, which a process reads once: each way in a process of its own ---- */

static void run_child(const char *way)
{
    char command[2 * MAX_PATH], **argv;
    STARTUPINFOA start = {sizeof start};
    PROCESS_INFORMATION process;

    winetest_get_mainargs(&argv);
    sprintf(command, "\"%s\" added %s", argv[0], way);
    ok(CreateProcessA(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &start, &process), "%s\n", way);
    wait_child_process(process.hProcess);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
}

/* A value for the time of one child; NAME added behind what is there. */
static void with_value(const WCHAR *path, const WCHAR *value, DWORD type, const WCHAR *text, DWORD size, const char *way)
{
    BYTE old[4096];
    DWORD old_type = 0, old_size = sizeof old;
    HKEY key;
    BOOL had;

    ok(!RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL), "key\n");
    had = !RegQueryValueExW(key, value, NULL, &old_type, old, &old_size);
    ok(!RegSetValueExW(key, value, 0, type, (const BYTE *)text, size), "value\n");
    run_child(way);
    if (had)
        RegSetValueExW(key, value, 0, old_type, old, old_size);
    else
        RegDeleteValueW(key, value);
    RegCloseKey(key);
}

static void test_registry(void)
{
    static const WCHAR list[] = L"\"\"\0kerberos\0no-such-package\0sample_lsa\0";
    static const WCHAR commas[] = L"credssp.dll, no-such-package.dll ,sample_sspi.dll";
    WCHAR path[2][MAX_PATH], subkey[MAX_PATH];
    HKEY key;
    int i;

    for (i = 0; i < 2; i++) {
        GetSystemDirectoryW(path[i], MAX_PATH);
        wcscat(wcscat(path[i], L"\\"), samples[i].file);
        ok(CopyFileW(path_of(&samples[i]), path[i], FALSE), "copy\n");
    }
    run_child("none");
    with_value(lsa_key, L"Security Packages", REG_MULTI_SZ, list, sizeof list, "lsa");
    with_value(lsa_key, L"Security Packages", REG_SZ, list, sizeof list, "none");
    with_value(providers_key, L"SecurityProviders", REG_SZ, commas, sizeof commas, "sspi");
    swprintf(subkey, MAX_PATH, L"%ls\\sample_lsa", lsa_key);
    RegCreateKeyExW(HKEY_LOCAL_MACHINE, subkey, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL);
    RegCloseKey(key);
    run_child("lsa");
    RegDeleteKeyW(HKEY_LOCAL_MACHINE, subkey);
    /* added for good: by this process, seen by the next */
    with_value(lsa_key, L"Security Packages", REG_MULTI_SZ, L"kerberos\0", sizeof L"kerberos\0", "keep-lsa");
    with_value(providers_key, L"SecurityProviders", REG_SZ, L"credssp.dll", sizeof L"credssp.dll", "keep-sspi");
    run_child("none");
    for (i = 0; i < 2; i++)
        ok(DeleteFileW(path[i]), "delete\n");
}

static void in_child(const char *way)
{
    const struct sample *s = strstr(way, "sspi") ? &samples[1] : &samples[0];
    struct ends e;

    if (!strncmp(way, "keep-", 5)) {
        ok(!listed(s), "not yet there\n");
        ok(add(s->file, SECPKG_OPTIONS_TYPE_UNKNOWN, SECPKG_OPTIONS_PERMANENT) == SEC_E_OK, "add for good\n");
        run_child(way + 5);
        return;
    }
    ok(listed(&samples[0]) == !strcmp(way, "lsa"), "%s: ToyLsa\n", way);
    ok(listed(&samples[1]) == !strcmp(way, "sspi"), "%s: ToySspi\n", way);
    if (strcmp(way, "none") && login(s, &e)) {
        check_messages(&e);
        logout(&e);
    }
}

START_TEST(added)
{
    char **argv;
    int argc = winetest_get_mainargs(&argv);

    if (!is_opensspi()) {
        win_skip("Windows adds no package without a signature\n");
        return;
    }
    if (argc > 2) {
        in_child(argv[2]);
        return;
    }
    as_w_and_a(test_at_run_time);
    as_w_and_a(test_bad);
    test_registry();
}
