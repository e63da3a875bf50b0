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

static const WCHAR *directory(void)
{
    WCHAR *path = path_of(&samples[0]);

    *wcsrchr(path, '\\') = 0;
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

static SECURITY_STATUS second_leg(struct ends *e)
{
    BYTE room[100];
    SecBuffer up = {sizeof room, SECBUFFER_TOKEN, room}, down = {1, SECBUFFER_TOKEN, (void *)"S"};
    SecBufferDesc up_desc = {SECBUFFER_VERSION, 1, &up}, down_desc = {SECBUFFER_VERSION, 1, &down};
    TimeStamp expiry;
    ULONG attributes;

    return client_leg(e, FALSE, L"toy/host", 0, &down_desc, &up_desc, &attributes, &expiry);
}

static BOOL first_leg(struct ends *e, const WCHAR *target)
{
    BYTE room[100];
    SecBuffer up = {sizeof room, SECBUFFER_TOKEN, room};
    SecBufferDesc up_desc = {SECBUFFER_VERSION, 1, &up};
    TimeStamp expiry;
    ULONG attributes;
    SECURITY_STATUS status;

    ok(acquire_toy(&samples[0], NULL, SECPKG_CRED_OUTBOUND, &e->client_credential, &expiry) == SEC_E_OK, "acquire\n");
    status = client_leg(e, TRUE, target, 0, NULL, &up_desc, &attributes, &expiry);
    ok(status == SEC_I_CONTINUE_NEEDED, "leg 1: %08lx\n", status);
    return status == SEC_I_CONTINUE_NEEDED;
}

/* Nothing can be had of a context whose login has failed, whatever its package thinks: SEC_E_INVALID_HANDLE, and no further
 * leg (?). The package here would do all of it. */
static void check_dead(struct ends *e)
{
    BYTE data[] = "text", token[8];
    SecBuffer b[2] = {{8, SECBUFFER_TOKEN, token}, {sizeof data, SECBUFFER_DATA, data}}, packed = {0};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, b};
    SecPkgContext_Sizes sizes;
    HANDLE own = NULL;

    ok(QueryContextAttributesW(&e->client, SECPKG_ATTR_SIZES, &sizes) == SEC_E_INVALID_HANDLE, "query\n");
    ok(SetContextAttributesW(&e->client, SECPKG_ATTR_SIZES, &sizes, sizeof sizes) == SEC_E_INVALID_HANDLE, "set\n");
    ok(CompleteAuthToken(&e->client, &message) == SEC_E_INVALID_HANDLE, "complete\n");
    ok(ApplyControlToken(&e->client, &message) == SEC_E_INVALID_HANDLE, "control\n");
    ok(MakeSignature(&e->client, 0, &message, 0) == SEC_E_INVALID_HANDLE, "sign\n");
    ok(VerifySignature(&e->client, &message, 0, NULL) == SEC_E_INVALID_HANDLE, "verify\n");
    ok(EncryptMessage(&e->client, 0, &message, 0) == SEC_E_INVALID_HANDLE, "seal\n");
    ok(DecryptMessage(&e->client, &message, 0, NULL) == SEC_E_INVALID_HANDLE, "unseal\n");
    ok(!strcmp((char *)data, "text"), "the data are as they were\n");
    ok(QuerySecurityContextToken(&e->client, &own) == SEC_E_INVALID_HANDLE, "token\n");
    ok(ImpersonateSecurityContext(&e->client) == SEC_E_INVALID_HANDLE, "impersonate\n");
    ok(ExportSecurityContext(&e->client, 0, &packed, NULL) == SEC_E_INVALID_HANDLE, "export\n");
    ok(second_leg(e) == SEC_E_OUT_OF_SEQUENCE, "a leg more\n");
}

static void check_failed(void)
{
    static const WCHAR *const targets[] = {L"toy/careless", L"toy/unmapped"};
    SecBuffer packed = {0};
    HANDLE own = NULL;
    struct ends e;
    SECURITY_STATUS status;
    int i;

    for (i = 0; i < ARRAY_SIZE(targets); i++) {
        winetest_push_context("%ls", targets[i]);
        if (first_leg(&e, targets[i])) {
            ok(QuerySecurityContextToken(&e.client, &own) == SEC_E_INVALID_HANDLE, "a token before the end\n");
            ok(ExportSecurityContext(&e.client, 0, &packed, NULL) == SEC_E_INVALID_HANDLE, "exported before the end\n");
            status = second_leg(&e);
            ok(i ? FAILED(status) : status == SEC_E_LOGON_DENIED, "leg 2: %08lx\n", status);
            check_dead(&e);
            ok(DeleteSecurityContext(&e.client) == SEC_E_OK, "delete\n");
        }
        FreeCredentialsHandle(&e.client_credential);
        winetest_pop_context();
    }
}

static LONG toy_count(int which)
{
    HMODULE sample = GetModuleHandleW(samples[0].file);
    LONG (*count)(int) = sample ? (void *)GetProcAddress(sample, "ToyCount") : NULL;

    ok(count != NULL, "the sample is not there\n");
    return count ? count(which) : -1;
}

/* "SpImportSecurityContext": an imported context is the user-mode half's; the LSA-mode one gets no handle of its. */
static void check_import(struct ends *e)
{
    LONG lsa = toy_count(1), user = toy_count(2);
    SecPkgContext_NamesW names = {NULL};
    SecPkgContext_Sizes sizes = {0};
    SecBuffer packed = {0};
    CtxtHandle own = e->client;
    SECURITY_STATUS status;

    ok(QueryContextAttributesW(&e->client, SECPKG_ATTR_NAMES, &names) == SEC_E_NO_CREDENTIALS, "LSA mode's answer\n");
    status = ExportSecurityContext(&e->client, 0, &packed, NULL);
    ok(status == SEC_E_OK && packed.cbBuffer, "export: %08lx\n", status);
    status = ansi ? ImportSecurityContextA(narrow(samples[0].package), &packed, NULL, &e->client)
                  : ImportSecurityContextW((WCHAR *)samples[0].package, &packed, NULL, &e->client);
    ok(status == SEC_E_OK, "import: %08lx\n", status);
    if (status == SEC_E_OK) {
        ok(QueryContextAttributesW(&e->client, SECPKG_ATTR_SIZES, &sizes) == SEC_E_OK && sizes.cbMaxSignature == 8, "SIZES\n");
        status = QueryContextAttributesW(&e->client, SECPKG_ATTR_NAMES, &names);
        ok(status == SEC_E_UNSUPPORTED_FUNCTION, "not asked of LSA mode: %08lx\n", status);
        check_messages(e);
        ok(DeleteSecurityContext(&e->client) == SEC_E_OK, "delete\n");
        ok(toy_count(1) == lsa && toy_count(2) == user + 1, "it is user mode's to delete\n");
    }
    packed.cbBuffer--;
    ok(ImportSecurityContextW((WCHAR *)samples[0].package, &packed, NULL, &e->client) == SEC_E_INVALID_TOKEN, "cut off\n");
    ok(toy_count(1) == lsa, "nothing of it goes to LSA mode\n");
    FreeContextBuffer(packed.pvBuffer);
    e->client = own;
}

/* A DLL's packages are started once, by whatever name it comes. */
static void check_once(const struct sample *s)
{
    WCHAR shorter[MAX_PATH];

    ok(GetShortPathNameW(path_of(s), shorter, MAX_PATH) && wcsicmp(shorter, path_of(s)), "no short name\n");
    ok(add(shorter, s->type, 0) == SEC_E_OK && listed(s), "by its short name\n");
    if (s == &samples[0])
        ok(toy_count(0) == 1, "started %ld times\n", toy_count(0));
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
        check_once(s);
        if (login(s, &e)) {
            check_messages(&e);
            check_refusals(s);
            if (s == &samples[0])
                check_failed();
            ok(drop(ansi ? path_of(s) : s->package) == SEC_E_OK, "delete\n");
            ok(!listed(s), "not there any more\n");
            ok(drop(s->package) == SEC_E_SECPKG_NOT_FOUND, "delete twice\n");
            check_messages(&e); /* what was made lives on */
            logout(&e);
            if (s == &samples[0] && add(path_of(s), s->type, 0) == SEC_E_OK && login(s, &e)) {
                check_import(&e);
                logout(&e);
            }
            drop(s->package);
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
    char command[2 * MAX_PATH], self[MAX_PATH];
    STARTUPINFOA start = {sizeof start};
    PROCESS_INFORMATION process;

    GetModuleFileNameA(NULL, self, MAX_PATH); /* the current directory changes */
    sprintf(command, "\"%s\" added %s", self, way);
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

/* What a value may name, and what becomes of one that a package is added to. */
static void test_values(void)
{
    static const WCHAR there[] = L"kerberos\0sample_lsa\0", relative[] = L".\\sample_sspi.dll, sub\\..\\sample_sspi.dll";
    static const WCHAR other[] = L"somebody's own";
    WCHAR odd[MAX_PATH];

    SetCurrentDirectoryW(directory());
    with_value(providers_key, L"SecurityProviders", REG_SZ, relative, sizeof relative, "none");
    with_value(providers_key, L"SecurityProviders", REG_SZ, L"credssp.dll", sizeof L"credssp.dll", "keep-relative-sspi");
    with_value(lsa_key, L"Security Packages", REG_MULTI_SZ, there, sizeof there, "keep-twice");
    with_value(lsa_key, L"Security Packages", REG_SZ, other, sizeof other, "keep-over");
    GetSystemDirectoryW(odd, MAX_PATH);
    wcscat(odd, L"\\sample,sspi.dll");
    ok(CopyFileW(path_of(&samples[1]), odd, FALSE), "copy\n");
    with_value(providers_key, L"SecurityProviders", REG_SZ, other, sizeof other, "keep-comma");
    ok(DeleteFileW(odd), "delete\n");
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
    with_value(providers_key, L"SecurityProviders", REG_SZ, commas, sizeof commas, "at-once");
    with_value(providers_key, L"SecurityProviders", REG_SZ, commas, sizeof commas, "loader");
    swprintf(subkey, MAX_PATH, L"%ls\\sample_lsa", lsa_key);
    RegCreateKeyExW(HKEY_LOCAL_MACHINE, subkey, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL);
    RegCloseKey(key);
    run_child("lsa");
    RegDeleteKeyW(HKEY_LOCAL_MACHINE, subkey);
    /* added for good: by this process, seen by the next */
    with_value(lsa_key, L"Security Packages", REG_MULTI_SZ, L"kerberos\0", sizeof L"kerberos\0", "keep-lsa");
    with_value(providers_key, L"SecurityProviders", REG_SZ, L"credssp.dll", sizeof L"credssp.dll", "keep-sspi");
    run_child("none");
    test_values();
    for (i = 0; i < 2; i++)
        ok(DeleteFileW(path[i]), "delete\n");
}

static SECURITY_STATUS keep(const WCHAR *name)
{
    return add(name, SECPKG_OPTIONS_TYPE_UNKNOWN, SECPKG_OPTIONS_PERMANENT);
}

/* Adds for good; TRUE if WAY is one of these. */
static BOOL kept(const char *way)
{
    WCHAR before[1024] = L"", after[1024] = L"", wanted[1024] = L"credssp.dll, ";
    BOOL list = !strcmp(way, "keep-twice") || !strcmp(way, "keep-over");
    const WCHAR *key = list ? lsa_key : providers_key, *value = list ? L"Security Packages" : L"SecurityProviders";
    DWORD old = sizeof before, size = sizeof after, old_type, type;

    RegGetValueW(HKEY_LOCAL_MACHINE, key, value, RRF_RT_ANY, &old_type, before, &old);
    if (!strcmp(way, "keep-relative-sspi"))
        ok(keep(L".\\sample_sspi.dll") == SEC_E_OK, "by a relative path\n");
    else if (!strcmp(way, "keep-twice"))
        ok(keep(L"sample_lsa.dll") == SEC_E_OK, "what is there\n");
    else if (!strcmp(way, "keep-over"))
        ok(keep(L"sample_lsa") == SEC_E_INTERNAL_ERROR, "into a value of another type\n");
    else if (!strcmp(way, "keep-comma"))
        ok(keep(L"sample,sspi.dll") == SEC_E_INVALID_PARAMETER, "a comma among commas\n");
    else
        return FALSE;
    RegGetValueW(HKEY_LOCAL_MACHINE, key, value, RRF_RT_ANY, &type, after, &size);
    if (strcmp(way, "keep-relative-sspi")) {
        ok(type == old_type && size == old && !memcmp(before, after, size), "%s: the value is as it was: %ls\n", way, after);
        return TRUE;
    }
    wcscat(wanted, path_of(&samples[1]));
    ok(!wcsicmp(after, wanted), "%ls, not %ls\n", after, wanted);
    SetCurrentDirectoryW(L"C:\\");
    run_child("sspi");
    return TRUE;
}

static DWORD WINAPI look(void *start)
{
    SecPkgInfoW *info;

    WaitForSingleObject(start, 30000);
    return QuerySecurityPackageInfoW((WCHAR *)samples[1].package, &info);
}

/* Threads that ask at the same time all find what the registry names. */
static void at_once(void)
{
    HANDLE threads[8], start = CreateEventW(NULL, TRUE, FALSE, NULL);
    DWORD status;
    int i;

    for (i = 0; i < ARRAY_SIZE(threads); i++)
        threads[i] = CreateThread(NULL, 0, look, start, 0, NULL);
    SetEvent(start);
    for (i = 0; i < ARRAY_SIZE(threads); i++) {
        ok(WaitForSingleObject(threads[i], 60000) == WAIT_OBJECT_0, "a thread hangs\n");
        GetExitCodeThread(threads[i], &status);
        ok(status == SEC_E_OK, "thread %d: %08lx\n", i, status);
        CloseHandle(threads[i]);
    }
    CloseHandle(start);
}

/* A DllMain gets the list without the registry's packages, which would have to be loaded. */
static void under_the_loader(void)
{
    SecPkgInfoW *all = NULL;
    ULONG count = 0;

    ok(LoadLibraryW(path_of(&samples[0])) != NULL, "the sample\n");
    ok(EnumerateSecurityPackagesW(&count, &all) == SEC_E_OK, "list\n");
    ok(count > 1 && toy_count(3) == (LONG)count - 1, "%ld packages in DllMain, %lu after it\n", toy_count(3), count);
    FreeContextBuffer(all);
}

static void in_child(const char *way)
{
    const struct sample *s = strstr(way, "sspi") ? &samples[1] : &samples[0];
    struct ends e;

    if (kept(way))
        return;
    if (!strcmp(way, "at-once") || !strcmp(way, "loader")) {
        (*way == 'a' ? at_once : under_the_loader)();
        return;
    }
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
