/* CredSSP by the public SSPI. */
#define SCHANNEL_USE_BLACKLISTS
#include "nlaserver.h"
#include <ntsecapi.h>
#include <schannel.h>
#include <credssp.h>

#ifndef SECPKG_ATTR_CREDS_2 /* "QueryContextAttributes (CredSSP)"; mingw-w64 lacks them */
#define SECPKG_ATTR_NEGOTIATION_PACKAGE 0x80000081
#define SECPKG_ATTR_CREDS_2             0x80000086
#endif
/* ALLOCATE_MEMORY, CONFIDENTIALITY, MUTUAL_AUTH: what RDP servers ask for */
enum { REQUEST = 0x112, RECORD_MAX = 256 };

SECURITY_STATUS login_acquire(
        PCCERT_CONTEXT certificate, const struct settings *settings, CredHandle *credential)
{
    TLS_PARAMETERS parameters = {.grbitDisabledProtocols = settings->tls_disabled};
    SCH_CREDENTIALS tls = {.dwVersion = SCH_CREDENTIALS_VERSION,
            .cCreds = 1,
            .paCred = &certificate,
            .cTlsParameters = 1,
            .pTlsParameters = &parameters};
    CREDSSP_CRED cred = {.Type = CredsspSchannelCreds, .pSchannelCred = &tls};
    TimeStamp expiry;

    return AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)L"CREDSSP", SECPKG_CRED_INBOUND, NULL,
            &cred, NULL, NULL, credential, &expiry);
}

/* One call of AcceptSecurityContext. What came out is sent, of a failing leg as well: the errorCode
 * that tells the client why. */
static SECURITY_STATUS leg(CredHandle *credential, struct stream *s, struct login *l)
{
    SecBuffer in[2] = {{s->size, SECBUFFER_TOKEN, s->buffer}, {0, SECBUFFER_EMPTY, NULL}};
    SecBuffer out[1] = {{0, SECBUFFER_TOKEN, NULL}};
    SecBufferDesc in_desc = {SECBUFFER_VERSION, 2, in}, out_desc = {SECBUFFER_VERSION, 1, out};
    ULONG attributes = 0;
    TimeStamp expiry;
    BOOL sent = TRUE;

    SECURITY_STATUS status = AcceptSecurityContext(credential, l->has_context ? &l->context : NULL,
            &in_desc, REQUEST, SECURITY_NETWORK_DREP, &l->context, &out_desc, &attributes, &expiry);
    if (status == SEC_E_INCOMPLETE_MESSAGE)
        return status;
    l->has_context |= status >= 0;
    stream_drop(s, s->size - (in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0));
    if (out[0].cbBuffer && out[0].pvBuffer)
        sent = stream_send(s, out[0].pvBuffer, out[0].cbBuffer);
    if (out[0].pvBuffer)
        FreeContextBuffer(out[0].pvBuffer);
    return status >= 0 && !sent ? SEC_I_CONTEXT_EXPIRED : status;
}

static const char *tls_version(struct login *l)
{
    SecPkgContext_ConnectionInfo info = {0};

    if (QueryContextAttributesW(&l->context, SECPKG_ATTR_CONNECTION_INFO, &info) != SEC_E_OK)
        return "TLS ?";
    return info.dwProtocol & SP_PROT_TLS1_3   ? "TLS 1.3"
           : info.dwProtocol & SP_PROT_TLS1_2 ? "TLS 1.2"
                                              : "TLS below 1.2";
}

/* "Kerberos" */
static SECURITY_STATUS ask_package(struct login *l)
{
    SecPkgContext_PackageInfoW info = {0};
    SECURITY_STATUS status =
            QueryContextAttributesW(&l->context, SECPKG_ATTR_NEGOTIATION_PACKAGE, &info);

    if (status != SEC_E_OK)
        return status;
    lstrcpynW(l->package, info.PackageInfo->Name, ARRAYSIZE(l->package));
    FreeContextBuffer(info.PackageInfo);
    return SEC_E_OK;
}

/* A package that knows that the client is somebody, and not who (Wine's Kerberos), leaves the name empty. */
static SECURITY_STATUS ask_name(struct login *l)
{
    SecPkgContext_NamesW names = {0};
    SECURITY_STATUS status = QueryContextAttributesW(&l->context, SECPKG_ATTR_NAMES, &names);

    if (status == SEC_E_UNSUPPORTED_FUNCTION)
        return ask_package(l);
    if (status != SEC_E_OK)
        return status;
    lstrcpynW(l->user, names.sUserName, ARRAYSIZE(l->user));
    FreeContextBuffer(names.sUserName);
    return SEC_E_OK;
}

/* A string of a packed structure of SIZE bytes at BASE; its Buffer is an offset. */
static BOOL unpack(WCHAR *out, const UNICODE_STRING *from, const BYTE *base, ULONG size)
{
    ULONG_PTR at = (ULONG_PTR)from->Buffer;

    if (from->Length / sizeof(WCHAR) >= TEXT_MAX || at > size || from->Length > size - at)
        return FALSE;
    memcpy(out, base + at, from->Length);
    out[from->Length / sizeof(WCHAR)] = 0;
    return TRUE;
}

/* SECPKG_ATTR_CREDS_2: a packed KERB_INTERACTIVE_LOGON. Whose it is, and whether there is a password,
 * is all that we keep. SEC_E_UNSUPPORTED_FUNCTION: TSRemoteGuardCreds, which has no structure. */
static SECURITY_STATUS ask_delegated(struct login *l)
{
    SecPkgContext_ClientCreds creds = {0};
    WCHAR user[TEXT_MAX], domain[TEXT_MAX];
    SECURITY_STATUS status = QueryContextAttributesW(&l->context, SECPKG_ATTR_CREDS_2, &creds);

    l->remote_guard = status == SEC_E_UNSUPPORTED_FUNCTION;
    if (status == SEC_E_NO_CREDENTIALS || l->remote_guard)
        return SEC_E_OK;
    if (status != SEC_E_OK)
        return status;
    const KERB_INTERACTIVE_LOGON *logon = (const KERB_INTERACTIVE_LOGON *)creds.AuthBuffer;
    if (creds.AuthBufferLen < sizeof *logon || logon->MessageType != KerbInteractiveLogon ||
            !unpack(user, &logon->UserName, creds.AuthBuffer, creds.AuthBufferLen) ||
            !unpack(domain, &logon->LogonDomainName, creds.AuthBuffer, creds.AuthBufferLen)) {
        status = SEC_E_INVALID_TOKEN;
    } else if (user[0]) {
        lstrcpyW(l->delegated, domain);
        lstrcatW(l->delegated, domain[0] ? L"\\" : L"");
        lstrcatW(l->delegated, user);
        l->with_password = logon->Password.Length != 0;
    }
    SecureZeroMemory(creds.AuthBuffer, creds.AuthBufferLen);
    FreeContextBuffer(creds.AuthBuffer);
    return status;
}

SECURITY_STATUS login_accept(CredHandle *credential, struct stream *s, struct login *l)
{
    SECURITY_STATUS status = SEC_E_INCOMPLETE_MESSAGE;

    while (status == SEC_E_INCOMPLETE_MESSAGE || status == SEC_I_CONTINUE_NEEDED) {
        /* Bytes that came with the last message are taken before new ones are waited for. */
        if ((status == SEC_E_INCOMPLETE_MESSAGE || !s->size) && !stream_receive(s))
            return SEC_I_CONTEXT_EXPIRED;
        status = leg(credential, s, l);
    }
    if (status != SEC_E_OK)
        return status;
    l->tls = tls_version(l);
    status = ask_name(l);
    return status == SEC_E_OK ? ask_delegated(l) : status;
}

BOOL login_send(struct login *l, struct stream *s, const void *data, DWORD size)
{
    SecPkgContext_StreamSizes sizes;
    uint8_t record[RECORD_MAX];

    if (QueryContextAttributesW(&l->context, SECPKG_ATTR_STREAM_SIZES, &sizes) != SEC_E_OK ||
            size > 64 || sizes.cbHeader + size + sizes.cbTrailer > sizeof record)
        return FALSE;
    SecBuffer b[4] = {
            {sizes.cbHeader, SECBUFFER_STREAM_HEADER, record},
            {size, SECBUFFER_DATA, record + sizes.cbHeader},
            {sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, record + sizes.cbHeader + size},
            {0, SECBUFFER_EMPTY, NULL},
    };
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
    memcpy(b[1].pvBuffer, data, size);
    return EncryptMessage(&l->context, 0, &desc, 0) == SEC_E_OK &&
           stream_send(s, record, b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer);
}

void login_shutdown(struct login *l, struct stream *s)
{
    DWORD token = SCHANNEL_SHUTDOWN;
    SecBuffer b[1] = {{sizeof token, SECBUFFER_TOKEN, &token}};
    SecBuffer out[1] = {{0, SECBUFFER_TOKEN, NULL}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, b}, out_desc = {SECBUFFER_VERSION, 1, out};
    ULONG attributes;
    TimeStamp expiry;

    if (ApplyControlToken(&l->context, &desc) != SEC_E_OK)
        return;
    AcceptSecurityContext(NULL, &l->context, NULL, REQUEST, SECURITY_NETWORK_DREP, &l->context,
            &out_desc, &attributes, &expiry);
    if (out[0].cbBuffer && out[0].pvBuffer)
        stream_send(s, out[0].pvBuffer, out[0].cbBuffer);
    if (out[0].pvBuffer)
        FreeContextBuffer(out[0].pvBuffer);
}

void login_end(struct login *l)
{
    if (l->has_context)
        DeleteSecurityContext(&l->context);
}
