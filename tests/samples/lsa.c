/* A sample of an LSA-mode package: "ToyLsa", written against the documentation of "Functions Implemented by SSP/APs"
 * alone. Its contexts are mapped, as those of a package are whose LSA mode runs elsewhere. */
#include "toy.h"

static PLSA_DISPATCH_TABLE dispatch;
static PSECPKG_DLL_FUNCTIONS dll;
static ULONG_PTR package_id;

/* What the test asks for: how often InitializePackage ran here; how often each half was told that a context is
 * gone; DllMain's. */
static struct {
    LONG started, lsa_deleted, user_deleted, listed;
} counts;

/* How many packages there are for a DLL that asks while the loader's lock is held. */
BOOL WINAPI DllMain(HINSTANCE, DWORD, void *);
BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    HMODULE secur32 = GetModuleHandleW(L"secur32.dll");
    PSecurityFunctionTableW (WINAPI *init)(void) =
            (PSecurityFunctionTableW(WINAPI *)(void))(void *)GetProcAddress(secur32, "InitSecurityInterfaceW");
    PSecPkgInfoW all = NULL;
    ULONG count = 0;

    (void)instance, (void)reserved;
    if (reason == DLL_PROCESS_ATTACH && init && init()->EnumerateSecurityPackagesW(&count, &all) == SEC_E_OK) {
        counts.listed = (LONG)count;
        init()->FreeContextBuffer(all);
    }
    return TRUE;
}

LONG ToyCount(int which);
LONG ToyCount(int which)
{
    const LONG all[] = {counts.started, counts.lsa_deleted, counts.user_deleted, counts.listed};

    return all[which];
}

static NTSTATUS NTAPI initialize_package(ULONG id, PLSA_DISPATCH_TABLE table, PLSA_STRING database,
        PLSA_STRING confidentiality, PLSA_STRING *name)
{
    LSA_STRING *s = table->AllocateLsaHeap(sizeof *s);

    (void)database, (void)confidentiality;
    counts.started++;
    dispatch = table;
    package_id = id;
    s->Buffer = table->AllocateLsaHeap(7);
    memcpy(s->Buffer, "ToyLsa", 7);
    s->Length = 6;
    s->MaximumLength = 7;
    *name = s;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI initialize(ULONG_PTR id, PSECPKG_PARAMETERS p, PLSA_SECPKG_FUNCTION_TABLE f)
{
    (void)p, (void)f;
    return id == package_id ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static NTSTATUS NTAPI get_info(PSecPkgInfo info)
{
    *info = (SecPkgInfo){SECPKG_FLAG_CONNECTION | SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY, 1, 0x7001, 100,
            (SEC_WCHAR *)L"ToyLsa", (SEC_WCHAR *)L"A sample of opensspi's tests"};
    return STATUS_SUCCESS;
}

/* The credential is the number of what it is for; the principal "nobody" has none. */
static NTSTATUS NTAPI acquire(PUNICODE_STRING principal, ULONG use, PLUID logon_id, void *auth_data,
        void *get_key, void *argument, PLSA_SEC_HANDLE credential, PTimeStamp expiry)
{
    (void)logon_id, (void)auth_data, (void)get_key, (void)argument;
    if (principal && principal->Length == 12 && !memcmp(principal->Buffer, L"nobody", 12))
        return STATUS_NO_SUCH_USER;
    *credential = 0x700 + use;
    expiry->QuadPart = 0x01DC000000000000;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI free_credential(LSA_SEC_HANDLE credential)
{
    return credential == 0x701 || credential == 0x702 ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

static void *allocate(ULONG size)
{
    void *block = NULL;

    return dispatch->AllocateClientBuffer(NULL, size, &block) == STATUS_SUCCESS ? block : NULL;
}

static NTSTATUS leg(LSA_SEC_HANDLE context, BOOL server, PUNICODE_STRING target, ULONG request, PSecBufferDesc in,
        PLSA_SEC_HANDLE made, PSecBufferDesc out, ULONG *attributes, PTimeStamp expiry, PBOOLEAN mapped,
        PSecBuffer packed)
{
    struct toy *t = context ? (struct toy *)context : dispatch->AllocateLsaHeap(sizeof *t);
    BOOL fresh = !context;
    SECURITY_STATUS status;

    t->server = server;
    if (fresh && target)
        memcpy(t->target, target->Buffer, min(target->Length, sizeof t->target - 2));
    status = toy_leg(t, fresh, in, out, request & ISC_REQ_ALLOCATE_MEMORY ? allocate : NULL);
    if (status < 0) {
        if (fresh)
            dispatch->FreeLsaHeap(t);
        return status;
    }
    *made = (LSA_SEC_HANDLE)t;
    *attributes = request & (ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_CONFIDENTIALITY);
    expiry->QuadPart = 0x01DC000000000001;
    *mapped = t->done;
    if (t->done) { /* what the user-mode half gets: the address, which in this process it can use */
        packed->pvBuffer = dispatch->AllocateLsaHeap(sizeof t);
        memcpy(packed->pvBuffer, &t, sizeof t);
        packed->cbBuffer = wcscmp(t->target, L"toy/unmapped") ? sizeof t : 0;
    }
    return status;
}

static NTSTATUS NTAPI init_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, PUNICODE_STRING target,
        ULONG request, ULONG rep, PSecBufferDesc in, PLSA_SEC_HANDLE made, PSecBufferDesc out, ULONG *attributes,
        PTimeStamp expiry, PBOOLEAN mapped, PSecBuffer packed)
{
    (void)rep;
    if (credential != 0x700 + SECPKG_CRED_OUTBOUND)
        return STATUS_INVALID_HANDLE;
    return leg(context, FALSE, target, request, in, made, out, attributes, expiry, mapped, packed);
}

static NTSTATUS NTAPI accept_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, PSecBufferDesc in,
        ULONG request, ULONG rep, PLSA_SEC_HANDLE made, PSecBufferDesc out, ULONG *attributes, PTimeStamp expiry,
        PBOOLEAN mapped, PSecBuffer packed)
{
    (void)rep;
    if (credential != 0x700 + SECPKG_CRED_INBOUND)
        return STATUS_INVALID_HANDLE;
    return leg(context, TRUE, NULL, request, in, made, out, attributes, expiry, mapped, packed);
}

static NTSTATUS NTAPI delete_context(LSA_SEC_HANDLE context)
{
    counts.lsa_deleted++;
    dispatch->FreeLsaHeap((void *)context);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI query_context(LSA_SEC_HANDLE context, ULONG attribute, void *buffer)
{
    if (attribute == SECPKG_ATTR_NAMES) /* which only this half knows */
        return SEC_E_NO_CREDENTIALS;
    return toy_query((struct toy *)context, attribute, buffer);
}

static NTSTATUS NTAPI instance_init(ULONG version, PSECPKG_DLL_FUNCTIONS functions, void **user)
{
    (void)version, (void)user;
    dll = functions;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI init_user_mode(LSA_SEC_HANDLE context, PSecBuffer packed)
{
    void *copy = dll->AllocateHeap(sizeof context);
    BOOL same = packed->cbBuffer == sizeof context && !memcmp(packed->pvBuffer, &context, sizeof context);

    dll->FreeHeap(copy);
    ((struct toy *)context)->user_mode = same;
    return same ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static NTSTATUS NTAPI delete_user_mode(LSA_SEC_HANDLE context)
{
    counts.user_deleted++;
    ((struct toy *)context)->user_mode = FALSE;
    if (((struct toy *)context)->imported)
        dll->FreeHeap((void *)context);
    return STATUS_SUCCESS;
}

/* A packed context is its bytes; one that was imported is known to this half alone. */
static NTSTATUS NTAPI export_context(LSA_SEC_HANDLE context, ULONG flags, PSecBuffer packed, PHANDLE token)
{
    (void)flags, (void)token;
    packed->pvBuffer = dll->AllocateHeap(sizeof(struct toy));
    if (!packed->pvBuffer)
        return STATUS_NO_MEMORY;
    memcpy(packed->pvBuffer, (void *)context, sizeof(struct toy));
    packed->cbBuffer = sizeof(struct toy);
    packed->BufferType = SECBUFFER_EMPTY;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI import_context(PSecBuffer packed, HANDLE token, PLSA_SEC_HANDLE context)
{
    struct toy *t;

    (void)token;
    if (packed->cbBuffer != sizeof *t)
        return SEC_E_INVALID_TOKEN;
    t = dll->AllocateHeap(sizeof *t);
    if (!t)
        return STATUS_NO_MEMORY;
    memcpy(t, packed->pvBuffer, sizeof *t);
    t->imported = TRUE;
    *context = (LSA_SEC_HANDLE)t;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI query_user_mode(LSA_SEC_HANDLE context, ULONG attribute, void *buffer)
{
    struct toy *t = (struct toy *)context;

    return t->imported ? toy_query(t, attribute, buffer) : SEC_E_UNSUPPORTED_FUNCTION;
}

static NTSTATUS NTAPI make_signature(LSA_SEC_HANDLE c, ULONG quality, PSecBufferDesc message, ULONG number)
{
    (void)quality, (void)number;
    return toy_sign((struct toy *)c, message);
}

static NTSTATUS NTAPI verify_signature(LSA_SEC_HANDLE c, PSecBufferDesc message, ULONG number, ULONG *quality)
{
    (void)number;
    return toy_verify((struct toy *)c, message, quality);
}

static NTSTATUS NTAPI seal(LSA_SEC_HANDLE c, ULONG quality, PSecBufferDesc message, ULONG number)
{
    NTSTATUS status = make_signature(c, quality, message, number);

    if (!status)
        toy_xor(message);
    return status;
}

static NTSTATUS NTAPI unseal(LSA_SEC_HANDLE c, PSecBufferDesc message, ULONG number, ULONG *quality)
{
    toy_xor(message);
    return verify_signature(c, message, number, quality);
}

/* Must not be called: what lies behind the first table is for nobody who does not know how long it is. */
static NTSTATUS NTAPI not_a_table(PSecPkgInfo info)
{
    (void)info;
    counts.started += 1000;
    return STATUS_INVALID_PARAMETER;
}

static struct {
    SECPKG_FUNCTION_TABLE first, second;
} lsa_tables = {{.InitializePackage = initialize_package,
                        .Initialize = initialize,
                        .GetInfo = get_info,
                        .AcquireCredentialsHandle = acquire,
                        .FreeCredentialsHandle = free_credential,
                        .InitLsaModeContext = init_context,
                        .AcceptLsaModeContext = accept_context,
                        .DeleteContext = delete_context,
                        .QueryContextAttributes = query_context},
        {.GetInfo = not_a_table,
                .AcquireCredentialsHandle = acquire,
                .FreeCredentialsHandle = free_credential,
                .DeleteContext = delete_context}};

static SECPKG_USER_FUNCTION_TABLE user_table = {.InstanceInit = instance_init,
        .InitUserModeContext = init_user_mode,
        .MakeSignature = make_signature,
        .VerifySignature = verify_signature,
        .SealMessage = seal,
        .UnsealMessage = unseal,
        .QueryContextAttributes = query_user_mode,
        .DeleteUserModeContext = delete_user_mode,
        .ExportContext = export_context,
        .ImportContext = import_context};

NTSTATUS NTAPI SpLsaModeInitialize(ULONG, PULONG, PSECPKG_FUNCTION_TABLE *, PULONG);
NTSTATUS NTAPI SpLsaModeInitialize(ULONG lsa, PULONG version, PSECPKG_FUNCTION_TABLE *tables, PULONG count)
{
    (void)lsa;
    *version = SECPKG_INTERFACE_VERSION;
    *tables = &lsa_tables.first;
    *count = 2;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI SpUserModeInitialize(ULONG, PULONG, PSECPKG_USER_FUNCTION_TABLE *, PULONG);
NTSTATUS NTAPI SpUserModeInitialize(ULONG lsa, PULONG version, PSECPKG_USER_FUNCTION_TABLE *tables, PULONG count)
{
    if (lsa != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    *version = SECPKG_INTERFACE_VERSION;
    *tables = &user_table;
    *count = 1;
    return STATUS_SUCCESS;
}
