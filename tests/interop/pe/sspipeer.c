/* A security context that a driver outside plays on, over loopback TCP.
 *
 *   sspipeer client|server PACKAGE PORT [OPTION=VALUE]...
 *     user, domain, password, target, tls, packages: see lib/peer.h; request: ISC_REQ_ or ASC_REQ_ flags;
 *     bindings: channel bindings with this application data; cert, subject: makes a certificate
 *     and writes it into the file cert
 *
 * The driver listens at PORT; all judgement is its own, and so is every spoilt bit. A failed
 * AcquireCredentialsHandle answers its first request.
 *
 *   request | size u32 | op u8 | bytes |      answer | size u32 | status u32 | bytes | (big-endian)
 *   'I' one step: token in (may be empty). Answer: attributes u32, expiry u64, token
 *   'E' seal, 'D' unseal, 'M' sign, 'V' verify: "signature, data", or TLS records
 *   'S' unseal one message that is a whole, as GSS-API's programs send it (SECBUFFER_STREAM)
 *   'U' as 'D' of a stream. Answer: how many post-handshake messages there were u32, size u32 of what
 *       is owed for them, that, the plaintext
 *   'C' the answer to SEC_I_INCOMPLETE_CREDENTIALS: a second credential, with the certificate of a path
 *       (certificate_load), for all later legs. Answers what AcquireCredentialsHandle says
 *   'Q' query: attribute u32. Answer: UTF-8 text
 *   'N' the next login, with a credential of its own: options (lib/peer.h) in place of the command
 *       line's, role=client|server too. Answers what AcquireCredentialsHandle says
 *   'R' the registry: see registry_set
 */
#include "lib/peer.h"
#include <stdio.h>
#include <ntsecapi.h>
#include <schannel.h>
#include <credssp.h>

#ifndef SECPKG_ATTR_NEGOTIATION_PACKAGE
#define SECPKG_ATTR_NEGOTIATION_PACKAGE 0x80000081 /* QueryContextAttributes (CredSSP) */
#endif
#ifndef SECPKG_ATTR_SERVER_AUTH_FLAGS
#define SECPKG_ATTR_SERVER_AUTH_FLAGS 0x80000083
#endif
#ifndef SECPKG_ATTR_CREDS
#define SECPKG_ATTR_CREDS   0x80000080
#define SECPKG_ATTR_CREDS_2 0x80000086
#endif
enum { REQUEST_MAX = 1 << 20 };

static void put_number(struct run *r, ULONGLONG value, int bytes)
{
    while (bytes--) {
        uint8_t b = (uint8_t)(value >> (8 * bytes));
        run_add(r, &b, 1);
    }
}

static void put_text(struct run *r, const WCHAR *text)
{
    char utf8[1024];
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL);
    if (size > 0)
        run_add(r, utf8, (DWORD)size - 1);
}

static void put_hex(struct run *r, const uint8_t *data, ULONG size)
{
    char hex[3];
    for (ULONG i = 0; i < size; i++) {
        sprintf(hex, "%02x", data[i]);
        run_add(r, hex, 2);
    }
}

static SECURITY_STATUS query_names(struct party *p, ULONG attribute, struct run *out)
{
    SecPkgContext_NamesW names = {0};
    SECURITY_STATUS s = QueryContextAttributesW(&p->context, attribute, &names);
    if (s == SEC_E_OK) {
        put_text(out, names.sUserName);
        FreeContextBuffer(names.sUserName);
    }
    return s;
}

static SECURITY_STATUS query_package(struct party *p, ULONG attribute, struct run *out)
{
    SecPkgContext_NegotiationInfoW info = {0}; /* begins as SecPkgContext_PackageInfo does */
    SECURITY_STATUS s = QueryContextAttributesW(&p->context, attribute, &info);
    if (s == SEC_E_OK && info.PackageInfo) {
        put_text(out, info.PackageInfo->Name);
        FreeContextBuffer(info.PackageInfo);
    }
    return s;
}

static SECURITY_STATUS query_key(struct party *p, ULONG attribute, struct run *out)
{
    SecPkgContext_SessionKey key = {0};
    SECURITY_STATUS s = QueryContextAttributesW(&p->context, attribute, &key);
    if (s == SEC_E_OK) {
        put_hex(out, key.SessionKey, key.SessionKeyLength);
        FreeContextBuffer(key.SessionKey);
    }
    return s;
}

static SECURITY_STATUS query_certificate(struct party *p, ULONG attribute, struct run *out)
{
    PCCERT_CONTEXT certificate = NULL;
    char hex[65];
    SECURITY_STATUS s = QueryContextAttributesW(&p->context, attribute, &certificate);
    if (s == SEC_E_OK) {
        certificate_hash(certificate, hex);
        run_add(out, hex, 64);
        CertFreeCertificateContext(certificate);
    }
    return s;
}

static void put_dword(struct run *out, ULONG number)
{
    WCHAR text[32];
    swprintf(text, ARRAYSIZE(text), L"%08lx", number);
    put_text(out, text);
}

static SECURITY_STATUS query_connection(struct party *p, ULONG attribute, struct run *out)
{
    SecPkgContext_ConnectionInfo info = {0};
    SECURITY_STATUS s = QueryContextAttributesW(&p->context, attribute, &info);
    if (s == SEC_E_OK)
        put_dword(out, info.dwProtocol);
    return s;
}

static SECURITY_STATUS query_flags(struct party *p, ULONG attribute, struct run *out)
{
    SecPkgContext_Flags flags = {0};
    SECURITY_STATUS s = QueryContextAttributesW(&p->context, attribute, &flags);
    if (s == SEC_E_OK)
        put_dword(out, flags.Flags);
    return s;
}

/* An offset into the packed structure that BLOCK is. */
static void put_packed(struct run *out, const uint8_t *block, const UNICODE_STRING *text)
{
    WCHAR copy[300];
    ULONG units = text->Length / sizeof *copy;

    if (units >= ARRAYSIZE(copy))
        fail("a delegated text is too long", units);
    memcpy(copy, block + (ULONG_PTR)text->Buffer, text->Length);
    copy[units] = 0;
    put_text(out, copy);
    run_add(out, "\n", 1);
}

/* "KERB_SMARTCARD_CSP_INFO structure": offsets in characters into bBuffer. */
static void put_card_name(struct run *out, const KERB_SMARTCARD_CSP_INFO *info, ULONG offset)
{
    ULONG units = (info->dwCspInfoLen - offsetof(KERB_SMARTCARD_CSP_INFO, bBuffer)) / sizeof(WCHAR);
    const WCHAR *names = (const WCHAR *)((const uint8_t *)info +
                                         offsetof(KERB_SMARTCARD_CSP_INFO, bBuffer));

    if (offset >= units || wcsnlen(names + offset, units - offset) == units - offset)
        fail("a card's name lies outside", offset);
    put_text(out, names + offset);
    run_add(out, "\n", 1);
}

static void put_certificate_logon(struct run *out, const uint8_t *block)
{
    const KERB_CERTIFICATE_LOGON *logon = (const void *)block;
    const KERB_SMARTCARD_CSP_INFO *info = (const void *)(block + (ULONG_PTR)logon->CspData);
    WCHAR text[32];

    put_packed(out, block, &logon->UserName);
    put_packed(out, block, &logon->DomainName);
    put_packed(out, block, &logon->Pin);
    swprintf(text, ARRAYSIZE(text), L"%lu %lu\n", info->MessageType, info->KeySpec);
    put_text(out, text);
    put_card_name(out, info, info->nCardNameOffset);
    put_card_name(out, info, info->nReaderNameOffset);
    put_card_name(out, info, info->nContainerNameOffset);
    put_card_name(out, info, info->nCSPNameOffset);
}

/* What a server was given to log on with, a line each: user, domain, password; or user, domain, PIN, the
 * card's message type and key, and its four names. */
static SECURITY_STATUS query_delegated(struct party *p, ULONG attribute, struct run *out)
{
    SecPkgContext_ClientCreds creds = {0};
    SECURITY_STATUS s = QueryContextAttributesW(&p->context, attribute, &creds);
    if (s == SEC_E_OK) {
        const KERB_INTERACTIVE_LOGON *logon = (const void *)creds.AuthBuffer;
        if (logon->MessageType == KerbCertificateLogon) {
            put_certificate_logon(out, creds.AuthBuffer);
        } else {
            put_packed(out, creds.AuthBuffer, &logon->UserName);
            put_packed(out, creds.AuthBuffer, &logon->LogonDomainName);
            put_packed(out, creds.AuthBuffer, &logon->Password);
        }
        FreeContextBuffer(creds.AuthBuffer);
    }
    return s;
}

/* Of others the status alone: none of them writes more than that. */
static SECURITY_STATUS query_other(struct party *p, ULONG attribute, struct run *out)
{
    ULONGLONG room[64] = {0};

    (void)out;
    return QueryContextAttributesW(&p->context, attribute, room);
}

static const struct {
    ULONG attribute;
    SECURITY_STATUS (*query)(struct party *p, ULONG attribute, struct run *out);
} queries[] = {
        {SECPKG_ATTR_NAMES, query_names},
        {SECPKG_ATTR_SESSION_KEY, query_key},
        {SECPKG_ATTR_PACKAGE_INFO, query_package},
        {SECPKG_ATTR_NEGOTIATION_INFO, query_package},
        {SECPKG_ATTR_NEGOTIATION_PACKAGE, query_package},
        {SECPKG_ATTR_REMOTE_CERT_CONTEXT, query_certificate},
        {SECPKG_ATTR_LOCAL_CERT_CONTEXT, query_certificate},
        {SECPKG_ATTR_CONNECTION_INFO, query_connection},
        {SECPKG_ATTR_SERVER_AUTH_FLAGS, query_flags},
        {SECPKG_ATTR_CREDS, query_delegated},
        {SECPKG_ATTR_CREDS_2, query_delegated},
        {SECPKG_ATTR_AUTHORITY, query_names}, /* one pointer, like SecPkgContext_Names */
        {SECPKG_ATTR_REMOTE_CERT_CHAIN, query_certificate},
};

static SECURITY_STATUS query(struct party *p, const uint8_t *data, DWORD size, struct run *out)
{
    if (size != 4)
        return SEC_E_INVALID_PARAMETER;
    ULONG attribute = (ULONG)data[0] << 24 | (ULONG)data[1] << 16 | (ULONG)data[2] << 8 | data[3];
    for (size_t i = 0; i < ARRAYSIZE(queries); i++)
        if (queries[i].attribute == attribute)
            return queries[i].query(p, attribute, out);
    return query_other(p, attribute, out);
}

static SECURITY_STATUS step(struct party *p, const uint8_t *data, DWORD size, struct run *out)
{
    struct run token = {0};

    run_add(&p->in, data, size);
    SECURITY_STATUS status = party_step(p, &token);
    put_number(out, p->attributes, 4);
    put_number(out, (ULONGLONG)p->expiry.QuadPart, 8);
    run_add(out, token.data, token.size);
    free(token.data);
    return status;
}

static SECURITY_STATUS unseal(struct party *p, const uint8_t *data, DWORD size, struct run *out)
{
    struct run message = {0}, owed = {0};

    if (p->stream) {
        run_add(&p->in, data, size);
        return party_read(p, out, &owed);
    }
    run_add(&message, data, size);
    return party_unseal(p, &message, out);
}

static SECURITY_STATUS unseal_telling(
        struct party *p, const uint8_t *data, DWORD size, struct run *out)
{
    struct run plain = {0}, owed = {0};
    DWORD before = p->post_handshake;
    SECURITY_STATUS status;

    run_add(&p->in, data, size);
    status = party_read(p, &plain, &owed);
    put_number(out, p->post_handshake - before, 4);
    put_number(out, owed.size, 4);
    run_add(out, owed.data, owed.size);
    run_add(out, plain.data, plain.size);
    free(plain.data);
    free(owed.data);
    return status;
}

/* As RDP servers ask: 0x112. */
static ULONG request_of_server(const struct party *p)
{
    ULONG request = ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_CONFIDENTIALITY;
    return p->stream
                   ? request | ASC_REQ_MUTUAL_AUTH
                   : request | ASC_REQ_INTEGRITY | ASC_REQ_REPLAY_DETECT | ASC_REQ_SEQUENCE_DETECT;
}

static ULONG request_of_client(const struct party *p)
{
    ULONG request = ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_CONFIDENTIALITY | ISC_REQ_REPLAY_DETECT |
                    ISC_REQ_SEQUENCE_DETECT;
    return p->stream ? request | ISC_REQ_STREAM | ISC_REQ_DELEGATE | ISC_REQ_EXTENDED_ERROR |
                               ISC_REQ_USE_SUPPLIED_CREDS | ISC_REQ_MANUAL_CRED_VALIDATION
                     : request | ISC_REQ_INTEGRITY;
}

/* SEC_CHANNEL_BINDINGS with TEXT as application data and nothing else. */
static void bind_to(struct party *p, const WCHAR *text)
{
    SEC_CHANNEL_BINDINGS head = {.dwApplicationDataOffset = sizeof head};
    struct run data = {0};

    put_text(&data, text);
    head.cbApplicationDataLength = data.size;
    run_add(&p->bindings, &head, sizeof head);
    run_add(&p->bindings, data.data, data.size);
}

/* One login: its credential, and the context on it. */
struct login {
    struct party party;
    SECURITY_STATUS acquired;
    const WCHAR *package;
    PCCERT_CONTEXT certificate;
    CredHandle first; /* while party.credential is the second */
    BOOL has_second;
};

static void login_begin(struct login *l, BOOL server)
{
    struct party *p = &l->party;

    memset(p, 0, sizeof *p);
    p->server = server;
    p->stream = !_wcsicmp(l->package, L"CREDSSP") || !_wcsicmp(l->package, UNISP_NAME_W);
    p->request = wcstoul(option(L"request", L"0"), NULL, 0);
    if (!p->request)
        p->request = server ? request_of_server(p) : request_of_client(p);
    lstrcpynW(p->target, option(L"target", L""), ARRAYSIZE(p->target));
    if (option(L"bindings", NULL))
        bind_to(p, option(L"bindings", NULL));
    l->acquired = party_acquire(p, l->package, l->certificate);
}

static void login_end(struct login *l)
{
    if (l->party.has_context)
        DeleteSecurityContext(&l->party.context);
    if (l->acquired >= 0)
        FreeCredentialsHandle(&l->party.credential);
    if (l->has_second)
        FreeCredentialsHandle(&l->first);
    l->has_second = FALSE;
    free(l->party.in.data);
    free(l->party.bindings.data);
}

static SECURITY_STATUS login_next(struct login *l, const uint8_t *options, DWORD size)
{
    login_end(l);
    options_replace(options, size);
    login_begin(l, !wcscmp(option(L"role", L"client"), L"server"));
    return l->acquired;
}

static SECURITY_STATUS second_credential(struct login *l, const uint8_t *data, DWORD size)
{
    CredHandle first = l->party.credential;
    WCHAR path[MAX_PATH] = {0};
    SECURITY_STATUS status;

    MultiByteToWideChar(CP_UTF8, 0, (const char *)data, (int)size, path, ARRAYSIZE(path) - 1);
    status = party_acquire(&l->party, l->package, certificate_load(path, FALSE));
    if (status != SEC_E_OK) {
        l->party.credential = first;
        return status;
    }
    l->first = first;
    l->has_second = TRUE;
    return SEC_E_OK;
}

static SECURITY_STATUS answer(
        struct login *l, uint8_t op, const uint8_t *data, DWORD size, struct run *out)
{
    struct run message = {0};
    struct party *p = &l->party;

    if (op == 'N')
        return login_next(l, data, size);
    if (op == 'R')
        return registry_set(data, size);
    if (l->acquired < 0)
        return l->acquired;
    switch (op) {
    case 'I':
        return step(p, data, size, out);
    case 'E':
        return party_seal(p, data, size, out);
    case 'D':
        return unseal(p, data, size, out);
    case 'S':
        run_add(&message, data, size);
        return party_unseal_stream(p, &message, out);
    case 'U':
        return unseal_telling(p, data, size, out);
    case 'C':
        return second_credential(l, data, size);
    case 'M':
        return party_sign(p, data, size, out);
    case 'V':
        run_add(&message, data, size);
        return party_verify(p, &message);
    case 'Q':
        return query(p, data, size, out);
    default:
        fail("unknown op", op);
    }
}

static BOOL serve_one(SOCKET s, struct login *l)
{
    uint8_t head[4], *body;
    struct run out = {0}, frame = {0};

    if (!net_take(s, head, 4))
        return FALSE;
    DWORD size = (DWORD)head[0] << 24 | (DWORD)head[1] << 16 | (DWORD)head[2] << 8 | head[3];
    if (!size || size > REQUEST_MAX || !(body = malloc(size)) || !net_take(s, body, size))
        fail("bad request", size);
    SECURITY_STATUS status = answer(l, body[0], body + 1, size - 1, &out);
    put_number(&frame, 4 + (ULONGLONG)out.size, 4);
    put_number(&frame, (ULONG)status, 4);
    run_add(&frame, out.data, out.size);
    BOOL sent = net_send(s, frame.data, frame.size);
    free(body);
    free(out.data);
    free(frame.data);
    return sent;
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    struct login login = {0};

    if (argc < 4)
        fail("usage: sspipeer client|server PACKAGE PORT [user= ...]", 0);
    arg_count = argc;
    arg_values = argv;
    login.package = argv[2];
    if (option(L"cert", NULL)) {
        login.certificate = certificate_make(option(L"subject", L"CN=localhost"));
        certificate_save(login.certificate, option(L"cert", NULL));
    }
    SOCKET s = net_connect(L"127.0.0.1", argv[3]);
    login_begin(&login, !wcscmp(argv[1], L"server"));
    while (serve_one(s, &login))
        ;
    login_end(&login);
    closesocket(s);
    return 0;
}
