/* The LSA-mode interface of msv1_0.dll, called directly: what a host may rely on ("Functions
 * Implemented by SSP/APs").
 */
#include "../../win/accounts.h"
#include "../../win/login.h"
#include <ntsecpkg.h>

static SpLsaModeInitializeFn lsa_mode;
static SpUserModeInitializeFn user_mode;
static SECPKG_FUNCTION_TABLE *lsa;
static SECPKG_USER_FUNCTION_TABLE *user;

/* Wine's dlls/schannel/tests, on Windows: SpLsaModeInitialize ignores the version; SpUserModeInitialize takes one only, else
 * leaves its outputs. Wine's tests of schannel: the same pointer each time. */
static void test_initialize(void)
{
    static const ULONG versions[] = {0, SECPKG_INTERFACE_VERSION, 0x23456, ~0u};
    SECPKG_FUNCTION_TABLE *table;
    SECPKG_USER_FUNCTION_TABLE *user_table;
    ULONG i, version, count;
    NTSTATUS status;

    for (i = 0; i < ARRAY_SIZE(versions); i++) {
        version = count = STALE;
        status = lsa_mode(versions[i], &version, &table, &count);
        ok(status == STATUS_SUCCESS, "%08lx: %08lx\n", versions[i], status);
        ok(version == SECPKG_INTERFACE_VERSION_3 && count == 1, "version %lx, %lu tables\n",
                version, count);
        ok(table == (lsa ? lsa : table), "another table\n");
        lsa = table;
    }
    for (i = 0; i < ARRAY_SIZE(versions); i++) {
        version = count = STALE;
        user_table = (void *)STALE;
        status = user_mode(versions[i], &version, &user_table, &count);
        if (versions[i] == SECPKG_INTERFACE_VERSION) {
            ok(status == STATUS_SUCCESS && version == SECPKG_INTERFACE_VERSION && count == 1,
                    "%08lx\n", status);
            user = user_table;
            continue;
        }
        ok(status == STATUS_INVALID_PARAMETER, "%08lx: %08lx\n", versions[i], status);
        ok(version == STALE && count == STALE && user_table == (void *)STALE, "outputs touched\n");
    }
}

/* "SpGetInfo"; the values: dumps of EnumerateSecurityPackages. */
static void test_info(void)
{
    SecPkgInfoW info;

    memset(&info, 0, sizeof(info));
    ok(lsa->GetInfo((void *)&info) == STATUS_SUCCESS, "no info\n");
    ok(!wcscmp(info.Name, L"NTLM"), "%ls\n", info.Name);
    ok(info.wRPCID == 10 && info.wVersion == 1, "%u %u\n", info.wRPCID, info.wVersion);
    ok(info.fCapabilities & SECPKG_FLAG_NEGOTIABLE, "%08lx\n", info.fCapabilities);
}

static void *NTAPI allocate(ULONG size)
{
    return malloc(size);
}

static void NTAPI release(void *p)
{
    free(p);
}

/* "LsaApInitializePackage"; "LsaApCallPackageUntrusted": nothing known is asked, nothing comes
 * back. */
static void test_package(void)
{
    LSA_DISPATCH_TABLE dispatch = {.AllocateLsaHeap = allocate, .FreeLsaHeap = release};
    LSA_STRING *name = NULL;
    void *answer = (void *)STALE;
    ULONG size = STALE;
    NTSTATUS said = STALE, status = lsa->InitializePackage(7, &dispatch, NULL, NULL, &name);

    ok(status == STATUS_SUCCESS && name, "%08lx\n", status);
    ok(name->Length == 4 && !strcmp(name->Buffer, "NTLM"), "%s\n", name->Buffer);
    free(name->Buffer);
    free(name);
    ok(lsa->InitializePackage(7, NULL, NULL, NULL, &name) == STATUS_INVALID_PARAMETER,
            "no dispatch table\n");
    status = lsa->CallPackageUntrusted(NULL, "?", NULL, 1, &answer, &size, &said);
    ok(status == STATUS_INVALID_PARAMETER && !answer && !size && said == STATUS_SUCCESS,
            "%08lx %08lx\n", status, said);
}

struct side {
    LSA_SEC_HANDLE credential, context;
    BYTE token[TOKEN_ROOM];
    SecBuffer out;
    SecBufferDesc output;
    ULONG attributes;
    TimeStamp expiry;
};

static void open_output(struct side *s)
{
    s->out = (SecBuffer){sizeof(s->token), SECBUFFER_TOKEN, s->token};
    s->output = (SecBufferDesc){SECBUFFER_VERSION, 1, &s->out};
}

static NTSTATUS leg(struct side *s, const struct side *from, BOOL server)
{
    static WCHAR target[] = L"HTTP/here and no further";
    UNICODE_STRING name = {9 * sizeof(WCHAR), sizeof(target), target}; /* counted: "HTTP/here" */
    SecBuffer in = {
            from ? from->out.cbBuffer : 0, SECBUFFER_TOKEN, from ? (void *)from->token : NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in};
    LSA_SEC_HANDLE made = s->context;
    BOOLEAN mapped = TRUE;
    SecBuffer data = {STALE, STALE, (void *)STALE};
    NTSTATUS status;

    open_output(s);
    if (server)
        status = lsa->AcceptLsaModeContext(s->context ? 0 : s->credential, s->context, &input,
                ASC_REQ_CONFIDENTIALITY | ASC_REQ_INTEGRITY, SECURITY_NATIVE_DREP, &made,
                &s->output, &s->attributes, &s->expiry, &mapped, &data);
    else
        status = lsa->InitLsaModeContext(s->context ? 0 : s->credential, s->context, &name,
                ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY, SECURITY_NATIVE_DREP,
                from ? &input : NULL, &made, &s->output, &s->attributes, &s->expiry, &mapped,
                &data);
    ok(!mapped && !data.cbBuffer && !data.pvBuffer, "mapped %u\n", mapped);
    if (SUCCEEDED(status) && s->context)
        ok(made == s->context, "another handle on a later leg\n");
    s->context = made;
    return status;
}

static void check_target(struct side *server)
{
    SecPkgContext_ClientSpecifiedTarget target = {NULL};
    NTSTATUS status = lsa->QueryContextAttributes(
            server->context, SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &target);

    ok(status == SEC_E_OK && !wcscmp(target.sTargetName, L"HTTP/here"), "%08lx\n", status);
    if (status == SEC_E_OK)
        FreeContextBuffer(target.sTargetName);
}

/* Messages in user mode, under the handles of LSA mode. */
static void check_messages(struct side *from, struct side *to)
{
    char text[] = "a message", signature[16];
    SecBuffer b[2] = {{sizeof(text), SECBUFFER_DATA, text}, {16, SECBUFFER_TOKEN, signature}};
    SecBufferDesc message = DESC(b);
    ULONG quality = STALE;

    ok(user->SealMessage(from->context, 0, &message, 0) == SEC_E_OK, "seal\n");
    ok(strcmp(text, "a message"), "plain\n");
    ok(user->UnsealMessage(to->context, &message, 0, &quality) == SEC_E_OK, "unseal\n");
    ok(!strcmp(text, "a message"), "%s\n", text);
    ok(user->MakeSignature(from->context, 0, &message, 0) == SEC_E_OK, "sign\n");
    text[0] ^= 1;
    ok(user->VerifySignature(to->context, &message, 0, &quality) == SEC_E_MESSAGE_ALTERED,
            "altered\n");
}

static void refused_everywhere(LSA_SEC_HANDLE h)
{
    SecPkgContext_Sizes sizes;
    SecBuffer b = {0, SECBUFFER_DATA, NULL};
    SecBufferDesc message = {SECBUFFER_VERSION, 1, &b};

    ok(lsa->DeleteContext(h) == SEC_E_INVALID_HANDLE, "deleted\n");
    ok(lsa->FreeCredentialsHandle(h) == SEC_E_INVALID_HANDLE, "freed\n");
    ok(lsa->QueryContextAttributes(h, SECPKG_ATTR_SIZES, &sizes) == SEC_E_INVALID_HANDLE,
            "queried\n");
    ok(user->SealMessage(h, 0, &message, 0) == SEC_E_INVALID_HANDLE, "sealed\n");
    ok(user->DeleteUserModeContext(h) == SEC_E_INVALID_HANDLE, "user mode\n");
}

/* One word must be told apart as well as two: freed, foreign, of the other kind. */
static void check_handles(struct side *client)
{
    static const int shifts[] = {0, 1, 2, 5, 20, 31, sizeof(LSA_SEC_HANDLE) * 8 - 1};
    LSA_SEC_HANDLE old = client->context;
    ULONG i;

    ok(lsa->DeleteContext(client->credential) == SEC_E_INVALID_HANDLE,
            "a credential as a context\n");
    ok(lsa->FreeCredentialsHandle(client->context) == SEC_E_INVALID_HANDLE,
            "a context as a credential\n");
    for (i = 0; i < ARRAY_SIZE(shifts); i++)
        refused_everywhere(old ^ (LSA_SEC_HANDLE)1 << shifts[i]);
    refused_everywhere(0);
    refused_everywhere(~(LSA_SEC_HANDLE)0);
    ok(lsa->DeleteContext(old) == SEC_E_OK, "delete\n");
    refused_everywhere(old);
    client->context = 0;
    ok(leg(client, NULL, FALSE) == SEC_I_CONTINUE_NEEDED, "a new context\n");
    ok(client->context != old, "the same word again\n");
    refused_everywhere(old);
}

static void one_message(struct side *from, struct side *to)
{
    char text[] = "one more", signature[16];
    SecBuffer b[2] = {{sizeof(text), SECBUFFER_DATA, text}, {16, SECBUFFER_TOKEN, signature}};
    SecBufferDesc message = DESC(b);

    ok(user->SealMessage(from->context, 0, &message, 0) == SEC_E_OK, "seal\n");
    ok(strcmp(text, "one more"), "plain\n");
    ok(user->UnsealMessage(to->context, &message, 0, NULL) == SEC_E_OK, "unseal\n");
    ok(!strcmp(text, "one more"), "%s\n", text);
}

/* "SpExportSecurityContext", "SpImportSecurityContext", "SpGetContextToken", "SpCompleteAuthToken":
 * what Wine's secur32 never calls (its ExportSecurityContext and the others are
 * SEC_E_UNSUPPORTED_FUNCTION by themselves; 8.0 and 10.0, measured), another host may. */
static void check_transfer(struct side *from, struct side *to)
{
    SecBuffer packed = {0, SECBUFFER_EMPTY, NULL};
    LSA_SEC_HANDLE old = from->context;
    HANDLE token = (HANDLE)STALE;
    NTSTATUS status = user->ExportContext(old, SECPKG_CONTEXT_EXPORT_DELETE_OLD, &packed, &token);

    ok(status == SEC_E_OK && packed.pvBuffer && !token, "export %08lx, token %p\n", status, token);
    ok(lsa->DeleteContext(old) == SEC_E_INVALID_HANDLE, "the old one is still there\n");
    status = user->ImportContext(&packed, NULL, &from->context);
    ok(status == SEC_E_OK && from->context != old, "import %08lx\n", status);
    FreeContextBuffer(packed.pvBuffer);
    one_message(from, to);
    one_message(to, from);
    token = (HANDLE)STALE;
    /* Of a client's context there is none; of a server's not either, as alice is not who Wine runs
     * as. */
    status = user->GetContextToken(to->context, &token);
    ok(status == SEC_E_NO_IMPERSONATION && token == (HANDLE)STALE, "token %08lx\n", status);
    status = user->CompleteAuthToken(to->context, NULL);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "complete %08lx\n", status);
}

static void test_login(void)
{
    struct side client = {0}, server = {0};
    union identity id;
    NTSTATUS status;

    status = lsa->AcquireCredentialsHandle(NULL, SECPKG_CRED_OUTBOUND, NULL,
            make_identity(&id, FORM_PLAIN, L"alice", L"WONDERLAND", L"Wonder-Land1"), NULL, NULL,
            &client.credential, &client.expiry);
    ok(status == SEC_E_OK && client.credential, "%08lx\n", status);
    ok(client.expiry.HighPart > 0x7f000000, "expiry\n");
    status = lsa->AcquireCredentialsHandle(
            NULL, SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL, &server.credential, &server.expiry);
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(leg(&client, NULL, FALSE) == SEC_I_CONTINUE_NEEDED, "NEGOTIATE\n");
    ok(leg(&server, &client, TRUE) == SEC_I_CONTINUE_NEEDED, "CHALLENGE\n");
    ok(leg(&client, &server, FALSE) == SEC_E_OK, "AUTHENTICATE\n");
    ok(leg(&server, &client, TRUE) == SEC_E_OK, "login\n");
    ok(client.attributes & ISC_RET_CONFIDENTIALITY, "%08lx\n", client.attributes);
    ok(server.attributes & ASC_RET_CONFIDENTIALITY, "%08lx\n", server.attributes);
    check_target(&server);
    check_transfer(&client, &server);
    check_transfer(&server, &client);
    check_messages(&client, &server);
    check_messages(&server, &client);
    check_handles(&client);
    ok(lsa->DeleteContext(client.context) == SEC_E_OK, "client\n");
    ok(lsa->DeleteContext(server.context) == SEC_E_OK, "server\n");
    ok(lsa->FreeCredentialsHandle(client.credential) == SEC_E_OK, "client\n");
    ok(lsa->FreeCredentialsHandle(server.credential) == SEC_E_OK, "server\n");
}

/* What is not there says so. */
static void test_unsupported(void)
{
    SecBuffer packed = {4, SECBUFFER_TOKEN, (void *)"abcd"};
    LSA_SEC_HANDLE made = STALE;

    ok(user->ImportContext(&packed, NULL, &made) == SEC_E_UNKNOWN_CREDENTIALS && made == STALE,
            "import of what no export gave\n");
    ok(user->InitUserModeContext(STALE, &packed) == SEC_E_UNSUPPORTED_FUNCTION,
            "a packed context\n");
    ok(user->InitUserModeContext(STALE, NULL) == SEC_E_INVALID_HANDLE, "no context\n");
}

START_TEST(lsa)
{
    HMODULE module = LoadLibraryA("msv1_0.dll");

    lsa_mode = (void *)GetProcAddress(module, "SpLsaModeInitialize");
    user_mode = (void *)GetProcAddress(module, "SpUserModeInitialize");
    ok(lsa_mode && user_mode, "exports\n");
    if (!lsa_mode || !user_mode || !store_open())
        return;
    test_initialize();
    test_info();
    test_package();
    test_login();
    test_unsupported();
    store_close();
}
