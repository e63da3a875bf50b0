/* The packages of the test's, and secur32's package table as far as Negotiate knows it. */
#include "fake.h"
#include "base/der.h"

/* The functions of a table have more parameters than a test has use for. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

struct fake fakes[PACKAGES];

struct provider {
    const SecurityFunctionTableW *table;
};

int fake_buffers;

void fakes_reset(void)
{
    memset(fakes, 0, sizeof(fakes));
    fakes[KERBEROS].legs = 2;
    fakes[NTLM].legs = 3;
    fakes[KERBEROS].token_size = fakes[NTLM].token_size = 40;
    fakes[KERBEROS].expiry = 0x01DCAAAA00000000;
    fakes[NTLM].expiry = 0x01DDBBBB00000000;
    fakes[KERBEROS].acquired_until = 0x01DC999900000000;
    fakes[NTLM].acquired_until = 0x7FFFFF36D5969FFF;
}

struct context {
    int package;
    BOOL server;
    int tokens;
    BOOL integrity;
    BYTE sent, heard; /* sequence numbers of signatures */
};

static struct context *context_of(PCtxtHandle handle)
{
    return (struct context *)handle->dwLower;
}

static struct fake *fake_of(PCtxtHandle handle)
{
    return &fakes[context_of(handle)->package];
}

static SECURITY_STATUS acquire_of(int package, PCredHandle credential, TimeStamp *expiry)
{
    if (FAILED(fakes[package].acquire))
        return fakes[package].acquire;
    fakes[package].acquired++;
    credential->dwLower = 0x100 + package;
    credential->dwUpper = 0;
    expiry->QuadPart = fakes[package].acquired_until;
    return SEC_E_OK;
}

static SECURITY_STATUS WINAPI acquire_kerberos(SEC_WCHAR *principal, SEC_WCHAR *package, ULONG use,
        void *id, void *data, SEC_GET_KEY_FN key, void *argument, PCredHandle c, TimeStamp *expiry)
{
    ok(!lstrcmpW(package, L"Kerberos"), "%ls\n", package);
    return acquire_of(KERBEROS, c, expiry);
}

static SECURITY_STATUS WINAPI acquire_ntlm(SEC_WCHAR *principal, SEC_WCHAR *package, ULONG use,
        void *id, void *data, SEC_GET_KEY_FN key, void *argument, PCredHandle c, TimeStamp *expiry)
{
    ok(!lstrcmpW(package, L"NTLM"), "%ls\n", package);
    return acquire_of(NTLM, c, expiry);
}

static SECURITY_STATUS WINAPI free_credential(PCredHandle c)
{
    fakes[c->dwLower - 0x100].freed++;
    return SEC_E_OK;
}

/* N-th token of PACKAGE: a GSS-API token of Kerberos, or an NTLM message by its signature. */
static void make_token(int package, int n, struct blob *out)
{
    struct writer w = {0};
    BYTE filler[0x10000];
    size_t mark = 0;
    long countdown = mem_fail_after(-1); /* a test's, of Negotiate's own memory */

    memset(filler, n, sizeof(filler));
    if (package == KERBEROS) {
        mark = der_open(&w, DER_APPLICATION(0));
        der_put(&w, DER_OID, BYTES_LITERAL("\x2A\x86\x48\x86\xF7\x12\x01\x02\x02"));
    } else {
        writer_bytes(&w, bytes_of("NTLMSSP", 8));
    }
    writer_bytes(&w, bytes_of(filler, fakes[package].token_size));
    if (package == KERBEROS)
        der_close(&w, mark);
    ok(writer_finish(&w, out) == ST_OK, "no memory\n");
    mem_fail_after(countdown);
}

static BOOL is_token(int package, int n, const SecBuffer *in)
{
    struct blob want = {0};
    BOOL same;

    make_token(package, n, &want);
    same = in && in->cbBuffer == want.size && !memcmp(in->pvBuffer, want.data, want.size);
    blob_free(&want);
    return same;
}

static SECURITY_STATUS leg(struct context *c, PSecBufferDesc input, PSecBufferDesc output)
{
    struct fake *f = &fakes[c->package];
    struct blob token = {0};

    if (c->tokens || c->server) {
        if (!input || !is_token(c->package, ++c->tokens, &input->pBuffers[0]))
            return SEC_E_INVALID_TOKEN;
        if (c->tokens == f->legs)
            return SEC_E_OK;
    }
    make_token(c->package, ++c->tokens, &token);
    output->pBuffers[0].cbBuffer = token.size;
    output->pBuffers[0].pvBuffer = HeapAlloc(GetProcessHeap(), 0, token.size);
    fake_buffers++;
    memcpy(output->pBuffers[0].pvBuffer, token.data, token.size);
    blob_free(&token);
    return c->tokens == f->legs ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
}

static SECURITY_STATUS any_leg(PCredHandle credential, PCtxtHandle old, BOOL server, ULONG request,
        PSecBufferDesc input, PCtxtHandle made, PSecBufferDesc output, ULONG *attributes,
        TimeStamp *expiry)
{
    int package = credential->dwLower - 0x100;
    struct fake *f = &fakes[package];
    struct context *c = old ? context_of(old) : calloc(1, sizeof(*c));
    SECURITY_STATUS status;

    f->request[server] = request;
    ok(request & ISC_REQ_ALLOCATE_MEMORY, "request %lx\n", request);
    c->package = package;
    c->server = server;
    c->integrity = !f->cannot_sign && (server || request & ISC_REQ_INTEGRITY);
    status = leg(c, input, output);
    *attributes = c->integrity ? server ? ASC_RET_INTEGRITY : ISC_RET_INTEGRITY : 0;
    expiry->QuadPart = f->expiry;
    if (!old && FAILED(status)) {
        free(c);
        return status;
    }
    if (!old)
        f->opened++;
    made->dwLower = (ULONG_PTR)c;
    return status;
}

static SECURITY_STATUS WINAPI initialize_(PCredHandle credential, PCtxtHandle old, SEC_WCHAR *target,
        ULONG request, ULONG r1, ULONG rep, PSecBufferDesc input, ULONG r2, PCtxtHandle made,
        PSecBufferDesc output, ULONG *attributes, TimeStamp *expiry)
{
    struct fake *f = &fakes[credential->dwLower - 0x100];

    f->target = target;
    if (!old && FAILED(f->first))
        return f->first;
    return any_leg(credential, old, FALSE, request, input, made, output, attributes, expiry);
}

static SECURITY_STATUS WINAPI accept_(PCredHandle credential, PCtxtHandle old, PSecBufferDesc input,
        ULONG request, ULONG rep, PCtxtHandle made, PSecBufferDesc output, ULONG *attributes,
        TimeStamp *expiry)
{
    if (FAILED(fakes[credential->dwLower - 0x100].second))
        return fakes[credential->dwLower - 0x100].second;
    return any_leg(credential, old, TRUE, request, input, made, output, attributes, expiry);
}

static SECURITY_STATUS WINAPI delete_context(PCtxtHandle handle)
{
    fake_of(handle)->deleted++;
    free(context_of(handle));
    return SEC_E_OK;
}

static SECURITY_STATUS WINAPI query_context(PCtxtHandle handle, ULONG attribute, void *buffer)
{
    int package = context_of(handle)->package;

    if (attribute == SECPKG_ATTR_LIFESPAN) {
        ((SecPkgContext_Lifespan *)buffer)->tsExpiry.QuadPart = fakes[package].expiry;
        return SEC_E_OK;
    }
    if (attribute != SECPKG_ATTR_SIZES)
        return SEC_E_UNSUPPORTED_FUNCTION;
    *(SecPkgContext_Sizes *)buffer = (SecPkgContext_Sizes){1000 + package, 12, 1, 20 + package};
    return SEC_E_OK;
}

static SECURITY_STATUS WINAPI set_context(PCtxtHandle handle, ULONG id, void *buffer, ULONG size)
{
    if (id != SECPKG_ATTR_TARGET) /* and so none of our private ones */
        return SEC_E_UNSUPPORTED_FUNCTION;
    fake_of(handle)->calls[C_SET]++;
    return SEC_E_OK;
}

static void signature(const struct context *c, BOOL server, BYTE number, const SecBuffer *data,
        BYTE out[12])
{
    DWORD sum = c->package + 1;

    for (ULONG i = 0; i < data->cbBuffer; i++)
        sum = sum * 33 + ((BYTE *)data->pvBuffer)[i];
    memcpy(out, "SIGNED", 6);
    out[6] = server;
    out[7] = number;
    memcpy(out + 8, &sum, 4);
}

static SECURITY_STATUS WINAPI sign(PCtxtHandle handle, ULONG q, PSecBufferDesc m, ULONG n)
{
    struct context *c = context_of(handle);

    fakes[c->package].calls[C_SIGN]++;
    if (!c->integrity)
        return SEC_E_UNSUPPORTED_FUNCTION;
    signature(c, c->server, c->sent++, &m->pBuffers[0], m->pBuffers[1].pvBuffer);
    m->pBuffers[1].cbBuffer = 12;
    if (fakes[c->package].signs == S_LONG || fakes[c->package].signs == S_GOES_ON)
        m->pBuffers[1].cbBuffer = 4096; /* more than there is room for */
    if (fakes[c->package].signs == S_EMPTY)
        m->pBuffers[1].cbBuffer = 0;
    if (fakes[c->package].signs == S_ELSEWHERE)
        m->pBuffers[1].pvBuffer = NULL;
    return fakes[c->package].signs == S_GOES_ON ? SEC_I_CONTINUE_NEEDED : SEC_E_OK;
}

static SECURITY_STATUS WINAPI verify(PCtxtHandle handle, PSecBufferDesc m, ULONG n, ULONG *q)
{
    struct context *c = context_of(handle);
    BYTE want[12];

    fakes[c->package].calls[C_VERIFY]++;
    signature(c, !c->server, c->heard, &m->pBuffers[0], want);
    if (m->pBuffers[1].cbBuffer != 12 || memcmp(want, m->pBuffers[1].pvBuffer, 12))
        return SEC_E_MESSAGE_ALTERED;
    c->heard++;
    return SEC_E_OK;
}

static SECURITY_STATUS counted(PCtxtHandle handle, int call)
{
    fake_of(handle)->calls[call]++;
    return SEC_E_OK;
}

static SECURITY_STATUS WINAPI encrypt_(PCtxtHandle h, ULONG q, PSecBufferDesc m, ULONG n)
{
    return counted(h, C_ENCRYPT);
}

static SECURITY_STATUS WINAPI decrypt_(PCtxtHandle h, PSecBufferDesc m, ULONG n, ULONG *q)
{
    return counted(h, C_DECRYPT);
}

static SECURITY_STATUS WINAPI complete_(PCtxtHandle h, PSecBufferDesc m)
{
    return counted(h, C_COMPLETE);
}

static SECURITY_STATUS WINAPI control(PCtxtHandle h, PSecBufferDesc m)
{
    return counted(h, C_CONTROL);
}

static SECURITY_STATUS WINAPI impersonate(PCtxtHandle h)
{
    return counted(h, C_IMPERSONATE);
}

static SECURITY_STATUS WINAPI revert(PCtxtHandle h)
{
    return counted(h, C_REVERT);
}

static SECURITY_STATUS WINAPI query_token(PCtxtHandle h, void **token)
{
    *token = (HANDLE)0x4444;
    return counted(h, C_TOKEN);
}

static SECURITY_STATUS WINAPI export_(PCtxtHandle h, ULONG flags, PSecBuffer packed, void **token)
{
    struct context *c = context_of(h);
    SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION;

    if (flags & SECPKG_CONTEXT_EXPORT_TO_KERNEL)
        return status;
    packed->pvBuffer = HeapAlloc(GetProcessHeap(), 0, sizeof(*c));
    fake_buffers++;
    packed->cbBuffer = sizeof(*c);
    memcpy(packed->pvBuffer, c, sizeof(*c));
    status = counted(h, C_EXPORT);
    if (flags & SECPKG_CONTEXT_EXPORT_DELETE_OLD)
        delete_context(h);
    return status;
}

static SECURITY_STATUS WINAPI import_(
        SEC_WCHAR *package, PSecBuffer packed, void *token, PCtxtHandle made)
{
    struct context *c;

    if (packed->cbBuffer != sizeof(*c))
        return SEC_E_UNKNOWN_CREDENTIALS;
    c = malloc(sizeof(*c));
    memcpy(c, packed->pvBuffer, sizeof(*c));
    made->dwLower = (ULONG_PTR)c;
    ok(!lstrcmpW(package, c->package == NTLM ? L"NTLM" : L"Kerberos"), "%ls\n", package);
    fakes[c->package].opened++;
    return counted(made, C_IMPORT);
}

static SECURITY_STATUS WINAPI query_credential(PCredHandle c, ULONG attribute, void *buffer)
{
    int package = c->dwLower - 0x100;

    fakes[package].calls[C_QUERY_CRED]++;
    if (package == KERBEROS || attribute != SECPKG_CRED_ATTR_NAMES)
        return SEC_E_UNSUPPORTED_FUNCTION;
    ((SecPkgCredentials_NamesW *)buffer)->sUserName = NULL;
    return SEC_E_OK;
}

static SECURITY_STATUS WINAPI set_credential(PCredHandle c, ULONG id, void *buffer, ULONG size)
{
    fakes[c->dwLower - 0x100].calls[C_SET_CRED]++;
    return c->dwLower == 0x100 ? SEC_E_OK : SEC_E_UNSUPPORTED_FUNCTION;
}

static SECURITY_STATUS WINAPI free_buffer(void *p)
{
    fake_buffers--;
    HeapFree(GetProcessHeap(), 0, p);
    return SEC_E_OK;
}

#define TABLE(acquire)                                                                             \
    {                                                                                              \
        .dwVersion = 1, .AcquireCredentialsHandleW = acquire,                                      \
        .FreeCredentialsHandle = free_credential, .InitializeSecurityContextW = initialize_,       \
        .AcceptSecurityContext = accept_, .DeleteSecurityContext = delete_context,                 \
        .QueryContextAttributesW = query_context, .SetContextAttributesW = set_context,            \
        .MakeSignature = sign, .VerifySignature = verify, .EncryptMessage = encrypt_,              \
        .DecryptMessage = decrypt_, .CompleteAuthToken = complete_, .ApplyControlToken = control,  \
        .ImpersonateSecurityContext = impersonate, .RevertSecurityContext = revert,                \
        .QuerySecurityContextToken = query_token, .ExportSecurityContext = export_,                \
        .ImportSecurityContextW = import_, .QueryCredentialsAttributesW = query_credential,        \
        .SetCredentialsAttributesW = set_credential, .FreeContextBuffer = free_buffer              \
    }
static const SecurityFunctionTableW tables[PACKAGES] = {
        [KERBEROS] = TABLE(acquire_kerberos), [NTLM] = TABLE(acquire_ntlm)};

/* ---- what secur32 has elsewhere ---- */

static struct provider providers[PACKAGES] = {{&tables[KERBEROS]}, {&tables[NTLM]}};
static const struct package rows[PACKAGES] = {
        [KERBEROS] = {{1, 1, 16, 48000, (WCHAR *)L"Kerberos", (WCHAR *)L"a test's"},
                &providers[KERBEROS], 2},
        [NTLM] = {{2, 1, 10, 2888, (WCHAR *)L"NTLM", (WCHAR *)L"a test's"}, &providers[NTLM], 3},
};

const struct package *package_find(const WCHAR *name)
{
    for (int i = 0; i < PACKAGES; i++)
        if (!fakes[i].absent && !lstrcmpiW(rows[i].info.Name, name))
            return &rows[i];
    return NULL;
}

/* What may stand beside Negotiate behind the same table (a struct ssp_provider): none. */
extern const void *const kerberos_provider[64];
const void *const kerberos_provider[64] = {NULL};

const SecurityFunctionTableW *provider_table(struct provider *p)
{
    return p->table;
}
