/* mstsc's calls, replayed: the credential types, flags, buffer layouts and attribute queries of an
 * RDP client as Microsoft's pages have them ("AcquireCredentialsHandle (CredSSP)", "CREDSSP_CRED
 * structure", "InitializeSecurityContext (CredSSP)", "QueryContextAttributes (CredSSP)",
 * "DecryptMessage (Schannel)") and public traces name them (sspi-rs #152, #173: type 50, and 51 with
 * no identity for what is saved).
 *
 *   mstsc PORT package=CREDSSP|TSSSP type=2|50|51 [user= domain= password=] target=SPN [send=HEX]
 *
 * Each step is a line on stdout, "NAME VALUE..."; a driver judges them. send: what is sent once the
 * login is done. Exit code 0 if all calls were made. */
#include "lib/peer.h"
#include <credssp.h>
#include <schannel.h>
#include <stdio.h>

enum { PROTOCOL_HYBRID_EX = 8, GARBAGE = 3 };
enum {
    ATTR_NEGOTIATION_PACKAGE = (int)0x80000081,
    ATTR_SERVER_AUTH_FLAGS = (int)0x80000083,
    ATTR_CERT_TRUST_STATUS = (int)0x80000084
};
/* The flags of the page, but MUTUAL_AUTH: the user is asked about a certificate that is not good. */
enum {
    REQUEST = ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_CONNECTION | ISC_REQ_EXTENDED_ERROR |
              ISC_REQ_MANUAL_CRED_VALIDATION | ISC_REQ_SEQUENCE_DETECT | ISC_REQ_STREAM |
              ISC_REQ_DELEGATE
};

struct session {
    SOCKET socket;
    PSecurityFunctionTableW sspi;
    CredHandle credential;
    CtxtHandle context;
    ULONG request, protocol;
    struct run in;
    SecPkgContext_StreamSizes sizes;
};

static void say(const char *name, ULONG value)
{
    printf("%s 0x%08lX\n", name, value);
    fflush(stdout);
}

static void say_text(const char *name, const WCHAR *value)
{
    printf("%s %ls\n", name, value);
    fflush(stdout);
}

/* X.224 with PROTOCOL_SSL, HYBRID and HYBRID_EX. [MS-RDPBCGR] 2.2.1.1, 2.2.1.2 */
static void negotiate(struct session *s)
{
    static const uint8_t request[] = {3, 0, 0, 19, 14, 0xE0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 11, 0, 0, 0};
    uint8_t answer[19];

    if (!net_send(s->socket, request, sizeof request) ||
            !net_take(s->socket, answer, sizeof answer) || answer[11] != 2)
        fail("the negotiation", answer[11]);
    s->protocol = answer[15];
    say("protocol", s->protocol);
}

/* ---- credentials ---- */

/* A block as CredUI gives it (SEC_WINNT_AUTH_IDENTITY_EX2): "SspiMarshalAuthIdentity function". */
static void *packed_identity(const WCHAR *user, const WCHAR *domain, const WCHAR *password)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = NULL;
    unsigned __LONG32 size = 0;
    char *block = NULL;
    SECURITY_STATUS status = SspiEncodeStringsAsAuthIdentity(user, domain, password, &identity);

    if (status == SEC_E_OK)
        status = SspiMarshalAuthIdentity(identity, &size, &block);
    if (status != SEC_E_OK || size < sizeof(SEC_WINNT_AUTH_IDENTITY_EX2))
        fail("packing an identity", (ULONG)status);
    return block;
}

static void *plain_identity(const WCHAR *user, const WCHAR *domain, const WCHAR *password)
{
    static SEC_WINNT_AUTH_IDENTITY_W i = {.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};

    i.User = (unsigned short *)user;
    i.UserLength = (ULONG)wcslen(user);
    i.Domain = (unsigned short *)domain;
    i.DomainLength = (ULONG)wcslen(domain);
    i.Password = (unsigned short *)password;
    i.PasswordLength = (ULONG)wcslen(password);
    return &i;
}

static void acquire(struct session *s)
{
    const WCHAR *user = option(L"user", NULL), *domain = option(L"domain", L"");
    const WCHAR *password = option(L"password", L"");
    int type = _wtoi(option(L"type", L"2"));
    SCHANNEL_CRED tls = {.dwVersion = SCHANNEL_CRED_VERSION,
            .dwFlags = SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_NO_DEFAULT_CREDS};
    CREDSSP_CRED cred = {.Type = (CREDSPP_SUBMIT_TYPE)type, .pSchannelCred = &tls};
    TimeStamp expiry;

    if (user)
        cred.pSpnegoCred = type == CredsspSubmitBufferBoth
                                   ? packed_identity(user, domain, password)
                                   : plain_identity(user, domain, password);
    s->request = REQUEST | (user ? ISC_REQ_USE_SUPPLIED_CREDS : 0);
    s->sspi = InitSecurityInterfaceW();
    SECURITY_STATUS status = s->sspi->AcquireCredentialsHandleW(NULL,
            (SEC_WCHAR *)option(L"package", L"CREDSSP"), SECPKG_CRED_OUTBOUND, NULL, &cred, NULL,
            NULL, &s->credential, &expiry);
    say("acquire", (ULONG)status);
    if (status != SEC_E_OK)
        exit(0);
}

/* ---- the login ---- */

/* The first leg has no input; the others a TOKEN and an EMPTY buffer, and no phNewContext. */
static SECURITY_STATUS leg(struct session *s, BOOL first)
{
    SecBuffer in[2] = {{s->in.size, SECBUFFER_TOKEN, s->in.data}, {0, SECBUFFER_EMPTY, NULL}};
    SecBuffer out[1] = {{0, SECBUFFER_TOKEN, NULL}};
    SecBufferDesc in_desc = {SECBUFFER_VERSION, 2, in}, out_desc = {SECBUFFER_VERSION, 1, out};
    ULONG attributes = 0;
    TimeStamp expiry = {{0}};
    SECURITY_STATUS status = s->sspi->InitializeSecurityContextW(&s->credential,
            first ? NULL : &s->context, (SEC_WCHAR *)option(L"target", L""), s->request, 0,
            SECURITY_NATIVE_DREP, first ? NULL : &in_desc, 0, first ? &s->context : NULL,
            &out_desc, &attributes, &expiry);

    if (status == SEC_E_INCOMPLETE_MESSAGE)
        return status;
    if (!first)
        run_drop(&s->in, s->in.size - (in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0));
    if (out[0].cbBuffer && !net_send(s->socket, out[0].pvBuffer, out[0].cbBuffer))
        fail("sending", 0);
    if (out[0].pvBuffer)
        s->sspi->FreeContextBuffer(out[0].pvBuffer);
    if (status == SEC_E_OK) {
        say("attributes", attributes);
        say("expiry", expiry.HighPart);
    }
    return status;
}

static void shake_hands(struct session *s)
{
    SECURITY_STATUS status = leg(s, TRUE);

    while (status == SEC_I_CONTINUE_NEEDED || status == SEC_E_INCOMPLETE_MESSAGE) {
        if ((status == SEC_E_INCOMPLETE_MESSAGE || !s->in.size) && !net_receive(s->socket, &s->in))
            fail("the server hung up", (ULONG)status);
        status = leg(s, FALSE);
    }
    say("login", (ULONG)status);
    if (status != SEC_E_OK)
        exit(0);
}

/* ---- what mstsc asks then, in its order ---- */

static ULONG ask(struct session *s, ULONG attribute, void *buffer)
{
    return (ULONG)s->sspi->QueryContextAttributesW(&s->context, attribute, buffer);
}

static void ask_package(struct session *s, ULONG attribute, const char *name)
{
    SecPkgContext_PackageInfoW info = {0};
    ULONG status = ask(s, attribute, &info);

    if (status)
        fail(name, status);
    say_text(name, info.PackageInfo->Name);
    s->sspi->FreeContextBuffer(info.PackageInfo);
}

static void ask_all(struct session *s)
{
    PCCERT_CONTEXT certificate = NULL;
    SecPkgContext_ConnectionInfo connection = {0};
    SecPkgContext_Flags flags = {0};
    CERT_TRUST_STATUS trust = {0};
    char hex[65];

    say("STREAM_SIZES", ask(s, SECPKG_ATTR_STREAM_SIZES, &s->sizes));
    say("buffers", s->sizes.cBuffers);
    ask_package(s, SECPKG_ATTR_PACKAGE_INFO, "PACKAGE_INFO");
    if (ask(s, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &certificate))
        fail("REMOTE_CERT_CONTEXT", 0);
    certificate_hash(certificate, hex);
    printf("REMOTE_CERT_CONTEXT %s\n", hex);
    CertFreeCertificateContext(certificate);
    say("CONNECTION_INFO", ask(s, SECPKG_ATTR_CONNECTION_INFO, &connection));
    say("tls", connection.dwProtocol);
    ask_package(s, (ULONG)ATTR_NEGOTIATION_PACKAGE, "NEGOTIATION_PACKAGE");
    say("SERVER_AUTH_FLAGS", ask(s, (ULONG)ATTR_SERVER_AUTH_FLAGS, &flags));
    say("flags", flags.Flags);
    say("CERT_TRUST_STATUS", ask(s, (ULONG)ATTR_CERT_TRUST_STATUS, &trust));
    say("trust", trust.dwErrorStatus);
}

/* ---- the stream ---- */

/* HEADER, DATA, TRAILER, EMPTY. */
static void encrypt(struct session *s, const WCHAR *hex)
{
    static uint8_t record[4096];
    DWORD size = sizeof record - 512;

    if (!CryptStringToBinaryW(
                hex, 0, CRYPT_STRING_HEX, record + s->sizes.cbHeader, &size, NULL, NULL))
        fail("send= is hexadecimal", GetLastError());
    SecBuffer b[4] = {{s->sizes.cbHeader, SECBUFFER_STREAM_HEADER, record},
            {size, SECBUFFER_DATA, record + s->sizes.cbHeader},
            {s->sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, record + s->sizes.cbHeader + size},
            {0, SECBUFFER_EMPTY, NULL}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
    say("encrypt", (ULONG)s->sspi->EncryptMessage(&s->context, 0, &desc, 0));
    if (!net_send(s->socket, record, b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer))
        fail("sending", 0);
}

/* One call on SIZE bytes at DATA: the status, then each buffer's type, place and size. Plaintext is
 * shown. */
static SECURITY_STATUS decrypt(struct session *s, const char *name, uint8_t *data, DWORD size)
{
    SecBuffer b[4] = {{size, SECBUFFER_DATA, data}, {0, SECBUFFER_EMPTY, NULL},
            {0, SECBUFFER_EMPTY, NULL}, {0, SECBUFFER_EMPTY, NULL}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
    SECURITY_STATUS status = s->sspi->DecryptMessage(&s->context, &desc, 0, NULL);

    say(name, (ULONG)status);
    for (int i = 0; i < 4; i++) {
        BOOL inside = status == SEC_E_OK && b[i].pvBuffer;
        printf("buffer %d type %lu at %ld size %lu\n", i, b[i].BufferType,
                inside ? (long)((uint8_t *)b[i].pvBuffer - data) : -1L, b[i].cbBuffer);
        if (inside && b[i].BufferType == SECBUFFER_DATA)
            print_hex("plain", b[i].pvBuffer, b[i].cbBuffer);
    }
    return status;
}

/* A whole record, first cut off, then with more behind it than it has. */
static void receive(struct session *s)
{
    uint8_t cut[2][64];

    while (s->in.size < 5 || s->in.size < 5u + (s->in.data[3] << 8 | s->in.data[4]))
        if (!net_receive(s->socket, &s->in))
            fail("the server hung up instead of answering", 0);
    DWORD whole = 5u + (s->in.data[3] << 8 | s->in.data[4]);
    memcpy(cut[0], s->in.data, 3);
    decrypt(s, "cut-in-head", cut[0], 3);
    memcpy(cut[1], s->in.data, 5);
    decrypt(s, "cut-after-head", cut[1], 5);
    say("record", whole);
    s->in.size = whole;
    run_add(&s->in, "\x17\x03\x03", GARBAGE);
    decrypt(s, "decrypt", s->in.data, s->in.size);
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    struct session s = {0};

    if (argc < 3)
        fail("usage: mstsc PORT package= type= [user= domain= password=] target= [send=]", 0);
    arg_count = argc;
    arg_values = argv;
    s.socket = net_connect(L"127.0.0.1", argv[1]);
    negotiate(&s);
    acquire(&s);
    shake_hands(&s);
    ask_all(&s);
    if (option(L"send", NULL))
        encrypt(&s, option(L"send", NULL));
    if (option(L"send", NULL) || s.protocol == PROTOCOL_HYBRID_EX)
        receive(&s);
    s.sspi->DeleteSecurityContext(&s.context);
    s.sspi->FreeCredentialsHandle(&s.credential);
    closesocket(s.socket);
    say("end", 0);
    return 0;
}
