/* SEC_E_INSUFFICIENT_MEMORY ("not enough memory available to complete the requested action") and
 * SEC_E_INTERNAL_ERROR ("an error occurred that did not map to an SSPI error code"), provoked in
 * the DLLs as they ship: the test puts functions of its own in the place of what they import from
 * msvcrt, kernel32 and advapi32, in this process's copy of them. Each allocation of a whole session
 * fails in turn, then each call for random bytes. What was made before stays deletable, and nothing
 * is left over. */
#include "../accounts.h"
#include "../login.h"

static LONG memory_left = -1, random_left = -1; /* calls that still succeed; negative: all */
static LONG live;                               /* blocks not yet freed */

static BOOL must_fail(LONG *left)
{
    return *left >= 0 && (*left)-- == 0;
}

static void *__cdecl our_calloc(size_t count, size_t size)
{
    void *p = must_fail(&memory_left) ? NULL : calloc(count, size);
    live += p != NULL;
    return p;
}

static void __cdecl our_free(void *p)
{
    live -= p != NULL;
    free(p);
}

static void *WINAPI our_heap_alloc(HANDLE heap, DWORD flags, SIZE_T size)
{
    void *p = must_fail(&memory_left) ? NULL : HeapAlloc(heap, flags, size);
    live += p != NULL;
    return p;
}

static BOOL WINAPI our_heap_free(HANDLE heap, DWORD flags, void *p)
{
    live -= p != NULL;
    return HeapFree(heap, flags, p);
}

static BOOLEAN(WINAPI *true_random)(void *, ULONG);

static BOOLEAN WINAPI our_random(void *out, ULONG size)
{
    return must_fail(&random_left) ? FALSE : true_random(out, size);
}

static struct hook {
    const char *name;
    void *ours;
    int places; /* where it was found, in all modules */
} hooks[] = {{"calloc", our_calloc}, {"free", our_free}, {"HeapAlloc", our_heap_alloc},
        {"HeapFree", our_heap_free}, {"SystemFunction036", our_random}};

enum { MOST = 20 };
static struct {
    void **place, *former;
} patched[MOST];
static int patched_count;

static void write_place(void **place, void *value)
{
    DWORD former;

    ok(VirtualProtect(place, sizeof(*place), PAGE_READWRITE, &former), "%lu\n", GetLastError());
    *place = value;
    VirtualProtect(place, sizeof(*place), former, &former);
}

static void patch(void **place, const char *name)
{
    int i;

    for (i = 0; i < ARRAY_SIZE(hooks); i++)
        if (!strcmp(hooks[i].name, name) && patched_count < MOST) {
            patched[patched_count].place = place;
            patched[patched_count++].former = *place;
            hooks[i].places++;
            write_place(place, hooks[i].ours);
        }
}

/* PE format, "Import Directory Table": each import's name, and the place that calls go through. */
static void patch_module(const char *name)
{
    BYTE *base = (BYTE *)LoadLibraryA(name);
    IMAGE_NT_HEADERS *head = (IMAGE_NT_HEADERS *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
    IMAGE_IMPORT_DESCRIPTOR *from =
            (IMAGE_IMPORT_DESCRIPTOR *)(base + head->OptionalHeader
                                                       .DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT]
                                                       .VirtualAddress);

    for (; from->Name; from++) {
        IMAGE_THUNK_DATA *names = (IMAGE_THUNK_DATA *)(base + from->OriginalFirstThunk),
                         *places = (IMAGE_THUNK_DATA *)(base + from->FirstThunk);
        for (; names->u1.AddressOfData; names++, places++)
            if (!IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal))
                patch((void **)&places->u1.Function,
                        (char *)((IMAGE_IMPORT_BY_NAME *)(base + names->u1.AddressOfData))->Name);
    }
}

static void unpatch(void)
{
    while (patched_count--)
        write_place(patched[patched_count].place, patched[patched_count].former);
}

/* ---- one whole session; where it failed, and with what ---- */

struct run {
    struct login login;
    CtxtHandle imported;
    BOOL has_client_credential, has_server_credential, has_imported;
    SecBuffer packed;
    const char *at;
};

static SECURITY_STATUS step_client_credential(struct run *r)
{
    SECURITY_STATUS s = acquire(
            L"NTLM", SECPKG_CRED_OUTBOUND, good_identity(), &r->login.client_credential, NULL);
    r->has_client_credential = s == SEC_E_OK;
    return s;
}

static SECURITY_STATUS step_server_credential(struct run *r)
{
    SECURITY_STATUS s =
            acquire(L"NTLM", SECPKG_CRED_INBOUND, NULL, &r->login.server_credential, NULL);
    r->has_server_credential = s == SEC_E_OK;
    return s;
}

static SECURITY_STATUS step_client(struct run *r)
{
    return login_leg(&r->login, FALSE);
}

static SECURITY_STATUS step_server(struct run *r)
{
    return login_leg(&r->login, TRUE);
}

static SECURITY_STATUS step_encrypt(struct run *r)
{
    char text[20] = "text", signature[16];
    SecBuffer b[] = {{20, SECBUFFER_DATA, text}, {16, SECBUFFER_TOKEN, signature}};
    SECURITY_STATUS s = EncryptMessage(&r->login.client, 0, &DESC(b), 0);

    return s == SEC_E_OK ? DecryptMessage(&r->login.server, &DESC(b), 0, NULL) : s;
}

static SECURITY_STATUS step_names(struct run *r)
{
    SecPkgContext_NamesW names = {NULL};
    SECURITY_STATUS s = query(&r->login.server, SECPKG_ATTR_NAMES, &names);

    FreeContextBuffer(names.sUserName);
    return s;
}

static SECURITY_STATUS step_key_info(struct run *r)
{
    SecPkgContext_KeyInfoW info = {NULL};
    SECURITY_STATUS s = query(&r->login.server, SECPKG_ATTR_KEY_INFO, &info);

    FreeContextBuffer(info.sSignatureAlgorithmName);
    FreeContextBuffer(info.sEncryptAlgorithmName);
    return s;
}

static SECURITY_STATUS step_key(struct run *r)
{
    SecPkgContext_SessionKey key = {0};
    SECURITY_STATUS s = query(&r->login.client, SECPKG_ATTR_SESSION_KEY, &key);

    FreeContextBuffer(key.SessionKey);
    return s;
}

static SECURITY_STATUS step_export(struct run *r)
{
    return ExportSecurityContext(&r->login.client, 0, &r->packed, NULL);
}

static SECURITY_STATUS step_import(struct run *r)
{
    SECURITY_STATUS s =
            ansi ? ImportSecurityContextA((char *)"NTLM", &r->packed, NULL, &r->imported)
                 : ImportSecurityContextW((WCHAR *)L"NTLM", &r->packed, NULL, &r->imported);
    r->has_imported = s == SEC_E_OK;
    return s;
}

static const struct {
    const char *name;
    SECURITY_STATUS (*step)(struct run *r);
    SECURITY_STATUS want;
} steps[] = {
        {"client credential", step_client_credential, SEC_E_OK},
        {"server credential", step_server_credential, SEC_E_OK},
        {"NEGOTIATE", step_client, SEC_I_CONTINUE_NEEDED},
        {"CHALLENGE", step_server, SEC_I_CONTINUE_NEEDED},
        {"AUTHENTICATE", step_client, SEC_E_OK},
        {"login", step_server, SEC_E_OK},
        {"message", step_encrypt, SEC_E_OK},
        {"names", step_names, SEC_E_OK},
        {"key info", step_key_info, SEC_E_OK},
        {"session key", step_key, SEC_E_OK},
        {"export", step_export, SEC_E_OK},
        {"import", step_import, SEC_E_OK},
};

/* Up to the first step that fails; its status, or SEC_E_OK. */
static SECURITY_STATUS go(struct run *r)
{
    SECURITY_STATUS status = SEC_E_OK;
    int i;

    for (i = 0; i < ARRAY_SIZE(steps); i++) {
        r->at = steps[i].name;
        status = steps[i].step(r);
        if (status != steps[i].want)
            return status;
    }
    return SEC_E_OK;
}

static void end(struct run *r)
{
    if (r->packed.pvBuffer)
        FreeContextBuffer(r->packed.pvBuffer);
    if (r->has_imported)
        ok(DeleteSecurityContext(&r->imported) == SEC_E_OK, "%s: imported\n", r->at);
    if (r->login.has_client)
        ok(DeleteSecurityContext(&r->login.client) == SEC_E_OK, "%s: client\n", r->at);
    if (r->login.has_server)
        ok(DeleteSecurityContext(&r->login.server) == SEC_E_OK, "%s: server\n", r->at);
    if (r->has_client_credential)
        ok(FreeCredentialsHandle(&r->login.client_credential) == SEC_E_OK, "%s: client\n", r->at);
    if (r->has_server_credential)
        ok(FreeCredentialsHandle(&r->login.server_credential) == SEC_E_OK, "%s: server\n", r->at);
}

/* Fails the N-th call counted by LEFT; FALSE: there was none. */
static BOOL try(LONG *left, LONG n, SECURITY_STATUS want)
{
    struct run *r = calloc(1, sizeof(*r));
    LONG before = live;
    SECURITY_STATUS status;
    BOOL failed;

    r->login.target = L"HOST/here";
    r->login.client_request = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY;
    *left = n;
    status = go(r);
    failed = n >= 0 && *left < 0;
    *left = -1;
    if (failed)
        ok(status == want, "%ld, %s: %08lx\n", n, r->at, status);
    else
        ok(status == SEC_E_OK, "%s: %08lx without a fault\n", r->at, status);
    end(r);
    ok(n < 0 || live == before, "%ld, %s: %ld blocks are left over\n", n, r->at, live - before);
    free(r);
    return failed;
}

static void test_all(void)
{
    LONG n;

    try(&memory_left, -1, SEC_E_OK); /* makes what is made once in a process */
    for (n = 0; n < 1000 && try(&memory_left, n, SEC_E_INSUFFICIENT_MEMORY); n++)
        ;
    ok(n > 30 && n < 1000, "%ld allocations\n", n);
    trace("%ld allocations\n", n);
    for (n = 0; n < 100 && try(&random_left, n, SEC_E_INTERNAL_ERROR); n++)
        ;
    ok(n >= 3, "random bytes %ld times\n", n); /* two challenges and a session key */
}

START_TEST(faults)
{
    int i;

    if (!is_opensspi()) {
        skip("Windows' packages are in another process\n");
        return;
    }
    true_random = (void *)GetProcAddress(LoadLibraryA("advapi32.dll"), "SystemFunction036");
    store_open();
    patch_module("msv1_0.dll");
    for (i = 0; i < ARRAY_SIZE(hooks); i++)
        ok(hooks[i].places == 1, "%s is imported %d times\n", hooks[i].name, hooks[i].places);
    patch_module("secur32.dll");
    as_w_and_a(test_all);
    unpatch();
    store_close();
}
