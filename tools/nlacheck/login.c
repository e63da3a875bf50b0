/* CredSSP by the public SSPI, then its TLS stream. */
#include "nlacheck.h"
#include <credssp.h>
#include <schannel.h>

/* credssp.h of the Windows SDK; mingw-w64 lacks it. CREDSSP_FLAG_REDIRECT: Remote Credential Guard.
 */
#ifndef CREDSSP_CRED_EX_VERSION
#define CREDSSP_CRED_EX_VERSION 0
#define CREDSSP_FLAG_REDIRECT   0x1
typedef struct _CREDSSP_CRED_EX {
    CREDSPP_SUBMIT_TYPE Type;
    ULONG Version, Flags, Reserved;
    CREDSSP_CRED Cred;
} CREDSSP_CRED_EX;
#define CredsspCredEx ((CREDSPP_SUBMIT_TYPE)100)
#endif

/* Without ISC_REQ_MUTUAL_AUTH: most servers' certificates are self-made and would fail it. */
enum {
    REQUEST = ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_CONFIDENTIALITY | ISC_REQ_REPLAY_DETECT |
    ISC_REQ_SEQUENCE_DETECT | ISC_REQ_STREAM | ISC_REQ_CONNECTION | ISC_REQ_EXTENDED_ERROR |
    ISC_REQ_MANUAL_CRED_VALIDATION
};

static unsigned short *text(const WCHAR *from, ULONG *length)
{
    *length = (ULONG)wcslen(from);
    return (unsigned short *)from;
}

/* The plain form, and the extended one, which alone has a list of packages. Views of A: valid as long
 * as it is. */
struct identity {
    SEC_WINNT_AUTH_IDENTITY_W plain;
    SEC_WINNT_AUTH_IDENTITY_EXW extended;
};

static void *identity_of(const struct arguments *a, struct identity *i)
{
    SEC_WINNT_AUTH_IDENTITY_W *plain = &i->plain;
    SEC_WINNT_AUTH_IDENTITY_EXW *extended = &i->extended;

    plain->Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    plain->User = text(a->user, &plain->UserLength);
    plain->Domain = text(a->domain, &plain->DomainLength);
    plain->Password = text(a->password, &plain->PasswordLength);
    if (!a->packages[0])
        return plain;
    *extended = (SEC_WINNT_AUTH_IDENTITY_EXW){.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
            .Length = sizeof *extended,
            .User = plain->User,
            .UserLength = plain->UserLength,
            .Domain = plain->Domain,
            .DomainLength = plain->DomainLength,
            .Password = plain->Password,
            .PasswordLength = plain->PasswordLength,
            .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    extended->PackageList = text(a->packages, &extended->PackageListLength);
    return extended;
}

/* What a failing AcquireCredentialsHandle means for what was asked for. */
static int not_acquired(const struct arguments *a, SECURITY_STATUS status)
{
    if (status == SEC_E_SECPKG_NOT_FOUND)
        return trouble(L"this system has no package \"CREDSSP\" (SEC_E_SECPKG_NOT_FOUND): NLA "
                       L"cannot work here");
    if (a->mode == MODE_REMOTE_GUARD &&
            (status == SEC_E_UNKNOWN_CREDENTIALS || status == SEC_E_UNSUPPORTED_FUNCTION ||
                    status == SEC_E_INVALID_TOKEN))
        return trouble(L"AcquireCredentialsHandle failed: 0x%08lX: this system's CREDSSP does no "
                       L"Remote Credential Guard (CREDSSP_FLAG_REDIRECT)",
                status);
    return report_failure(L"AcquireCredentialsHandle", status);
}

/* CREDSSP_CRED's type 2 with an identity, or with none: what is saved. Remote guard wraps it in type
 * 100. */
static int acquire(struct login *l, const struct arguments *a)
{
    struct identity identity = {0};
    CREDSSP_CRED cred = {.Type = CredsspPasswordCreds,
            .pSpnegoCred = a->saved ? NULL : identity_of(a, &identity)};
    CREDSSP_CRED_EX redirected = {.Type = CredsspCredEx,
            .Version = CREDSSP_CRED_EX_VERSION,
            .Flags = CREDSSP_FLAG_REDIRECT,
            .Cred = cred};
    void *data = a->mode == MODE_REMOTE_GUARD ? (void *)&redirected : (void *)&cred;
    TimeStamp expiry;

    l->sspi = InitSecurityInterfaceW();
    if (!l->sspi)
        return trouble(L"secur32.dll gives no SSPI");
    SECURITY_STATUS status = l->sspi->AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)L"CREDSSP",
            SECPKG_CRED_OUTBOUND, NULL, data, NULL, NULL, &l->credential, &expiry);
    if (status < 0)
        return not_acquired(a, status);
    l->has_credential = TRUE;
    l->request = REQUEST | (a->mode == MODE_PASSWORD ? ISC_REQ_DELEGATE : 0) |
                 (a->saved ? 0 : ISC_REQ_USE_SUPPLIED_CREDS);
    return 0;
}

/* One call of InitializeSecurityContext: input from the peer's buffer (FIRST: none), output sent.
 */
static SECURITY_STATUS leg(struct login *l, struct peer *p, WCHAR *target, BOOL first, int *result)
{
    SecBuffer in[2] = {{p->size, SECBUFFER_TOKEN, p->buffer}, {0, SECBUFFER_EMPTY, NULL}};
    SecBuffer out[1] = {{0, SECBUFFER_TOKEN, NULL}};
    SecBufferDesc in_desc = {SECBUFFER_VERSION, 2, in}, out_desc = {SECBUFFER_VERSION, 1, out};
    ULONG attributes = 0;
    TimeStamp expiry;

    SECURITY_STATUS status = l->sspi->InitializeSecurityContextW(&l->credential,
            first ? NULL : &l->context, target, l->request, 0, SECURITY_NETWORK_DREP,
            first ? NULL : &in_desc, 0, &l->context, &out_desc, &attributes, &expiry);
    if (status == SEC_E_INCOMPLETE_MESSAGE)
        return status;
    if (first && status >= 0)
        l->has_context = TRUE;
    if (!first)
        peer_drop(p, p->size - (in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0));
    if (out[0].cbBuffer && out[0].pvBuffer)
        *result = peer_send(p, out[0].pvBuffer, out[0].cbBuffer);
    if (out[0].pvBuffer)
        l->sspi->FreeContextBuffer(out[0].pvBuffer);
    return status;
}

static int shake_hands(struct login *l, struct peer *p, WCHAR *target)
{
    int result = 0;
    unsigned legs_in_tls = 0;
    SECURITY_STATUS status = leg(l, p, target, TRUE, &result);

    while (!result && (status == SEC_I_CONTINUE_NEEDED || status == SEC_E_INCOMPLETE_MESSAGE)) {
        /* Bytes that came with the last message are taken before new ones are waited for. */
        if (!p->size || status == SEC_E_INCOMPLETE_MESSAGE)
            result = peer_receive(p);
        DWORD before = p->sent;
        if (!result)
            status = leg(l, p, target, FALSE, &result);
        /* A leg that sends nothing took a message of TLS's own, such as a session ticket. */
        if (status == SEC_E_INCOMPLETE_MESSAGE || p->sent == before ||
                l->sspi->QueryContextAttributesW(
                        &l->context, SECPKG_ATTR_STREAM_SIZES, &l->sizes) != SEC_E_OK)
            continue;
        /* The first leg inside TLS offers, the second proves the password (NTLM: NEGOTIATE,
         * AUTHENTICATE). */
        if (legs_in_tls++ == 0)
            report_certificate(l);
        p->proof_sent = legs_in_tls >= 2;
    }
    p->proof_sent = FALSE;
    if (status < 0 && status != SEC_E_INCOMPLETE_MESSAGE)
        return report_failure(L"the login", status);
    return result;
}

int login_run(struct login *l, struct peer *p, const struct arguments *a)
{
    int result = acquire(l, a);
    if (!result)
        result = shake_hands(l, p, (WCHAR *)a->target);
    if (result)
        return result;
    SECURITY_STATUS status =
            l->sspi->QueryContextAttributesW(&l->context, SECPKG_ATTR_STREAM_SIZES, &l->sizes);
    if (status != SEC_E_OK)
        return report_failure(L"STREAM_SIZES", status);
    report_package(l);
    return 0;
}

int stream_send(struct login *l, struct peer *p, const void *data, DWORD size)
{
    DWORD room = l->sizes.cbHeader + size + l->sizes.cbTrailer;
    uint8_t *record =
            size <= l->sizes.cbMaximumMessage ? HeapAlloc(GetProcessHeap(), 0, room) : NULL;

    if (!record)
        return trouble(L"no memory");
    SecBuffer b[4] = {
            {l->sizes.cbHeader, SECBUFFER_STREAM_HEADER, record},
            {size, SECBUFFER_DATA, record + l->sizes.cbHeader},
            {l->sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, record + l->sizes.cbHeader + size},
            {0, SECBUFFER_EMPTY, NULL},
    };
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
    memcpy(b[1].pvBuffer, data, size);
    SECURITY_STATUS status = l->sspi->EncryptMessage(&l->context, 0, &desc, 0);
    int result = status == SEC_E_OK ? 0 : report_failure(L"EncryptMessage", status);
    if (!result)
        result = peer_send(p, record, b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer);
    HeapFree(GetProcessHeap(), 0, record);
    return result;
}

/* Post-handshake messages of TLS 1.3 go back to InitializeSecurityContext with what DecryptMessage
 * left. */
static int renegotiate(struct login *l, struct peer *p, const SecBuffer *b)
{
    int result = 0;
    DWORD extra = 0;

    for (int i = 0; i < 4; i++)
        if (b[i].BufferType == SECBUFFER_EXTRA)
            extra = b[i].cbBuffer;
    peer_drop(p, p->size - extra);
    SECURITY_STATUS status = leg(l, p, NULL, FALSE, &result);
    if (status < 0 && status != SEC_E_INCOMPLETE_MESSAGE)
        return report_failure(L"renegotiation", status);
    return result;
}

static int decrypt_one(struct login *l, struct peer *p, uint8_t *out, DWORD capacity, DWORD *size)
{
    SecBuffer b[4] = {{p->size, SECBUFFER_DATA, p->buffer}, {0, SECBUFFER_EMPTY, NULL},
            {0, SECBUFFER_EMPTY, NULL}, {0, SECBUFFER_EMPTY, NULL}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
    DWORD extra = 0;
    SECURITY_STATUS status = p->size ? l->sspi->DecryptMessage(&l->context, &desc, 0, NULL)
                                     : SEC_E_INCOMPLETE_MESSAGE;

    if (status == SEC_E_INCOMPLETE_MESSAGE)
        return peer_receive(p);
    if (status == SEC_I_RENEGOTIATE)
        return renegotiate(l, p, b);
    if (status == SEC_I_CONTEXT_EXPIRED)
        return trouble(L"the server closed the stream after the login");
    if (status != SEC_E_OK)
        return report_failure(L"DecryptMessage", status);
    for (int i = 0; i < 4; i++) {
        if (b[i].BufferType == SECBUFFER_EXTRA)
            extra = b[i].cbBuffer;
        if (b[i].BufferType != SECBUFFER_DATA)
            continue;
        if (b[i].cbBuffer > capacity - *size)
            return trouble(L"the server's answer is too long");
        memcpy(out + *size, b[i].pvBuffer, b[i].cbBuffer);
        *size += b[i].cbBuffer;
    }
    peer_drop(p, p->size - extra);
    return 0;
}

int stream_receive(struct login *l, struct peer *p, void *out, DWORD capacity, DWORD *size)
{
    DWORD before = *size;
    int result = 0;

    while (!result && *size == before)
        result = decrypt_one(l, p, out, capacity, size);
    return result;
}

void login_end(struct login *l)
{
    if (l->has_context)
        l->sspi->DeleteSecurityContext(&l->context);
    if (l->has_credential)
        l->sspi->FreeCredentialsHandle(&l->credential);
}
