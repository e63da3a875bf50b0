#include "pair.h"

PSecurityFunctionTableW sspi;

void pair_setup(void)
{
    WCHAR path[MAX_PATH];
    HMODULE module;
    PSecurityFunctionTableW(WINAPI * init)(void);

    if (sspi)
        return;
    if (GetEnvironmentVariableW(L"OPENSSPI_TEST_PROVIDER", path, ARRAY_SIZE(path))) {
        module = LoadLibraryW(path);
        init = (void *)GetProcAddress(module, "InitSecurityInterfaceW");
        sspi = init();
        trace("testing %ls\n", path);
    } else {
        sspi = InitSecurityInterfaceW();
    }
    ok(sspi != NULL, "no function table\n");
}

/* Wine signs each of its DLLs behind the DOS header (libs/ssp/builtin.c). */
BOOL under_wine_secur32(void)
{
    return !memcmp((const BYTE *)GetModuleHandleW(L"secur32") + 0x40, "Wine builtin DLL", 16);
}

void delete_container(const WCHAR *container)
{
    HCRYPTPROV provider;
    CryptAcquireContextW(
            &provider, container, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, CRYPT_DELETEKEYSET);
}

/* subjectAltName: dNSName localhost, as DER (RFC 5280 4.2.1.6). */
static BYTE alt_name[] = {0x30, 0x0b, 0x82, 0x09, 'l', 'o', 'c', 'a', 'l', 'h', 'o', 's', 't'};

PCCERT_CONTEXT make_certificate(const WCHAR *container, BOOL exportable)
{
    return make_certificate_of(container, L"CN=localhost", exportable, 0);
}

PCCERT_CONTEXT make_certificate_of(
        const WCHAR *container, const WCHAR *text, BOOL exportable, WORD year)
{
    SYSTEMTIME end = {year, 12, 0, 30, 12};
    CRYPT_KEY_PROV_INFO info = {(WCHAR *)container, (WCHAR *)MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, 0,
            0, NULL, AT_KEYEXCHANGE};
    CRYPT_ALGORITHM_IDENTIFIER algorithm = {(char *)szOID_RSA_SHA256RSA};
    CERT_EXTENSION extension = {
            (char *)szOID_SUBJECT_ALT_NAME2, FALSE, {sizeof(alt_name), alt_name}};
    CERT_EXTENSIONS extensions = {1, &extension};
    BYTE name[256];
    CERT_NAME_BLOB subject = {sizeof(name), name};
    PCCERT_CONTEXT certificate;
    HCRYPTPROV provider;
    HCRYPTKEY key;

    delete_container(container);
    ok(CryptAcquireContextW(
               &provider, container, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, CRYPT_NEWKEYSET),
            "CryptAcquireContext %lx\n", GetLastError());
    ok(CryptGenKey(
               provider, AT_KEYEXCHANGE, 2048 << 16 | (exportable ? CRYPT_EXPORTABLE : 0), &key),
            "CryptGenKey %lx\n", GetLastError());
    ok(CertStrToNameW(X509_ASN_ENCODING, text, CERT_X500_NAME_STR, NULL, name,
               &subject.cbData, NULL),
            "CertStrToName %lx\n", GetLastError());
    certificate = CertCreateSelfSignCertificate(
            provider, &subject, 0, &info, &algorithm, NULL, year ? &end : NULL, &extensions);
    ok(certificate != NULL, "CertCreateSelfSignCertificate %lx\n", GetLastError());
    CryptDestroyKey(key);
    CryptReleaseContext(provider, 0);
    return certificate;
}

PCCERT_CONTEXT test_certificate(void)
{
    static PCCERT_CONTEXT certificate;
    if (!certificate)
        certificate = make_certificate(L"opensspi-test", TRUE);
    return certificate;
}

static SECURITY_STATUS acquire(ULONG use, DWORD protocols, DWORD flags, DWORD lifespan,
        PCCERT_CONTEXT certificate, CredHandle *credential)
{
    SCHANNEL_CRED old = {SCHANNEL_CRED_VERSION};
    SCH_CREDENTIALS new = {SCH_CREDENTIALS_VERSION};
    TimeStamp expiry;

    old.grbitEnabledProtocols = protocols;
    old.dwFlags = new.dwFlags = flags;
    old.dwSessionLifespan = new.dwSessionLifespan = lifespan;
    if (certificate) {
        old.cCreds = new.cCreds = 1;
        old.paCred = new.paCred = &certificate;
    }
    return sspi->AcquireCredentialsHandleW(NULL, SSPI_PACKAGE, use, NULL,
            protocols ? (void *)&old : (void *)&new, NULL, NULL, credential, &expiry);
}

static SECURITY_STATUS acquire_with(ULONG use, void *data, CredHandle *credential)
{
    TimeStamp expiry;
    return sspi->AcquireCredentialsHandleW(
            NULL, SSPI_PACKAGE, use, NULL, data, NULL, NULL, credential, &expiry);
}

SECURITY_STATUS acquire_client(const struct options *o, CredHandle *credential)
{
    if (o->client_data)
        return acquire_with(SECPKG_CRED_OUTBOUND, o->client_data, credential);
    return acquire(SECPKG_CRED_OUTBOUND, o->client_protocols, o->client_flags, o->client_lifespan,
            o->client_certificate, credential);
}

SECURITY_STATUS acquire_server(const struct options *o, CredHandle *credential)
{
    if (o->server_data)
        return acquire_with(SECPKG_CRED_INBOUND, o->server_data, credential);
    return acquire(SECPKG_CRED_INBOUND, o->server_protocols, o->server_flags, o->server_lifespan,
            o->server_certificate ? o->server_certificate : test_certificate(), credential);
}

/* SEC_APPLICATION_PROTOCOLS from "h2,http/1.1". */
static ULONG alpn_buffer(const char *names, BYTE *out)
{
    SEC_APPLICATION_PROTOCOLS *p = (void *)out;
    BYTE *at = p->ProtocolLists[0].ProtocolList;
    while (*names) {
        size_t n = strcspn(names, ",");
        *at++ = (BYTE)n;
        memcpy(at, names, n);
        at += n;
        names += n + (names[n] == ',');
    }
    p->ProtocolLists[0].ProtoNegoExt = SecApplicationProtocolNegotiationExt_ALPN;
    p->ProtocolLists[0].ProtocolListSize = (unsigned short)(at - p->ProtocolLists[0].ProtocolList);
    p->ProtocolListsSize = (ULONG)(at - (BYTE *)p->ProtocolLists);
    return (ULONG)(at - out);
}

struct stream {
    BYTE data[40000];
    ULONG size;
};

static void append(struct stream *s, SecBuffer *token, struct pair *p)
{
    p->last_token_size = token->cbBuffer;
    if (!token->cbBuffer)
        return;
    memcpy(s->data + s->size, token->pvBuffer, token->cbBuffer);
    memcpy(p->last_token, token->pvBuffer, min(token->cbBuffer, sizeof(p->last_token)));
    s->size += token->cbBuffer;
    sspi->FreeContextBuffer(token->pvBuffer);
}

static void drop(struct stream *s, ULONG taken)
{
    memmove(s->data, s->data + taken, s->size - taken);
    s->size -= taken;
}

#define CLIENT_REQUEST                                                                             \
    (ISC_REQ_CONFIDENTIALITY | ISC_REQ_STREAM | ISC_REQ_SEQUENCE_DETECT | ISC_REQ_REPLAY_DETECT |  \
            ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_EXTENDED_ERROR)
#define SERVER_REQUEST                                                                             \
    (ASC_REQ_CONFIDENTIALITY | ASC_REQ_STREAM | ASC_REQ_SEQUENCE_DETECT | ASC_REQ_REPLAY_DETECT |  \
            ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_EXTENDED_ERROR)

/* One leg of one side with the first GIVEN bytes of IN. */
static SECURITY_STATUS leg(struct pair *p, const struct options *o, BOOL server, struct stream *in,
        ULONG given, struct stream *out)
{
    BYTE alpn[256];
    const char *names = server ? o->server_alpn : o->client_alpn;
    BOOL first = server ? !p->has_server : !p->has_client;
    SecBuffer inputs[3] = {{given, SECBUFFER_TOKEN, in->data}, {0, SECBUFFER_EMPTY, NULL},
            {0, SECBUFFER_APPLICATION_PROTOCOLS, alpn}};
    SecBuffer outputs[1] = {{0, o->placeholder ? SECBUFFER_EMPTY : SECBUFFER_TOKEN, NULL}};
    SecBufferDesc input = {SECBUFFER_VERSION, 2, inputs}, output = {SECBUFFER_VERSION, 1, outputs};
    SECURITY_STATUS status;
    TimeStamp expiry;

    if (first && names) {
        inputs[2].cbBuffer = alpn_buffer(names, alpn);
        input.cBuffers = 3;
    }
    if (server)
        status = sspi->AcceptSecurityContext(&p->server_credential, first ? NULL : &p->server,
                &input, SERVER_REQUEST | o->server_request, 0, &p->server, &output,
                &p->server_attributes, &expiry);
    else
        status = sspi->InitializeSecurityContextW(
                p->has_second ? &p->second_credential : &p->client_credential,
                first ? NULL : &p->client,
                (SEC_WCHAR *)(o->target ? o->target : L"localhost"),
                CLIENT_REQUEST | o->client_request, 0, 0, first && !names ? NULL : &input, 0,
                &p->client, &output, &p->client_attributes, &expiry);
    if (first && SUCCEEDED(status))
        *(server ? &p->has_server : &p->has_client) = TRUE;
    if (status == SEC_E_INCOMPLETE_MESSAGE) {
        ok(inputs[1].BufferType == SECBUFFER_MISSING && inputs[1].cbBuffer,
                "no SECBUFFER_MISSING: type %lu size %lu\n", inputs[1].BufferType,
                inputs[1].cbBuffer);
        ok(!outputs[0].pvBuffer, "output touched\n");
        return status;
    }
    if (status == SEC_I_INCOMPLETE_CREDENTIALS)
        ok(!outputs[0].cbBuffer && inputs[1].BufferType == SECBUFFER_EMPTY, "buffers written\n");
    if (outputs[0].cbBuffer)
        ok(outputs[0].BufferType == SECBUFFER_TOKEN, "output of type %lu\n", outputs[0].BufferType);
    append(out, &outputs[0], p);
    if (status == SEC_I_INCOMPLETE_CREDENTIALS && o->repeat_input)
        return status;
    drop(in, inputs[1].BufferType == SECBUFFER_EXTRA ? given - inputs[1].cbBuffer : given);
    return status;
}

/* With BYTE_BY_BYTE the input grows by what MISSING asks for, one at a time. */
static SECURITY_STATUS turn(
        struct pair *p, const struct options *o, BOOL server, struct stream *in, struct stream *out)
{
    SECURITY_STATUS status = SEC_E_INCOMPLETE_MESSAGE;
    ULONG given = o->byte_by_byte && in->size ? 1 : in->size;

    for (;; given++) {
        *(server ? &p->server_legs : &p->client_legs) += 1;
        status = leg(p, o, server, in, given, out);
        if (status == SEC_I_CONTINUE_NEEDED && in->size && o->byte_by_byte) {
            given = 0; /* the next record of the same flight */
            continue;
        }
        if (status != SEC_E_INCOMPLETE_MESSAGE || given >= in->size)
            return status;
    }
}

static BOOL going(SECURITY_STATUS s)
{
    return s == SEC_I_CONTINUE_NEEDED || s == SEC_E_INCOMPLETE_MESSAGE;
}

/* What follows the handshake: tickets, which go back to InitializeSecurityContext. */
static void read_tickets(struct pair *p, const struct options *o, struct stream *in)
{
    static struct stream none;
    while (in->size) {
        BYTE *data;
        ULONG size, extra;
        SECURITY_STATUS status = unseal(&p->client, in->data, in->size, &data, &size, &extra);
        ok(status == SEC_I_RENEGOTIATE && extra == in->size, "%08lx, extra %lu of %lu\n", status,
                extra, in->size);
        if (status != SEC_I_RENEGOTIATE)
            break;
        status = leg(p, o, FALSE, in, in->size, &none);
        ok(status == SEC_E_OK && !none.size, "a ticket: %08lx, %lu bytes\n", status, none.size);
        if (status != SEC_E_OK)
            break;
        p->tickets++;
    }
}

void pair_open(struct pair *p, const struct options *o)
{
    memset(p, 0, sizeof(*p));
    pair_acquire(p, o);
    pair_connect(p, o);
}

void pair_acquire(struct pair *p, const struct options *o)
{
    SECURITY_STATUS status = acquire_client(o, &p->client_credential);
    ok(status == SEC_E_OK, "client credential %08lx\n", status);
    status = acquire_server(o, &p->server_credential);
    ok(status == SEC_E_OK, "server credential %08lx\n", status);
}

/* The program's answer to SEC_I_INCOMPLETE_CREDENTIALS: back with a certificate or without. */
static BOOL answer(struct pair *p, const struct options *o)
{
    struct options second = *o;
    if (p->client_status != SEC_I_INCOMPLETE_CREDENTIALS)
        return FALSE;
    p->incomplete++;
    if (!o->answers)
        return FALSE;
    p->client_status = SEC_I_CONTINUE_NEEDED;
    if (o->second_certificate && !p->has_second) {
        second.client_certificate = o->second_certificate;
        p->has_second = acquire_client(&second, &p->second_credential) == SEC_E_OK;
        ok(p->has_second, "no second credential\n");
    }
    return TRUE;
}

void pair_connect(struct pair *p, const struct options *o)
{
    static struct stream to_client, to_server;
    BOOL retry = FALSE;
    int i;

    to_client.size = to_server.size = 0;
    p->tickets = p->incomplete = 0;
    p->client_status = p->server_status = SEC_I_CONTINUE_NEEDED;
    for (i = 0; i < 10; i++) {
        if (going(p->client_status) && (!i || to_client.size || retry))
            p->client_status = turn(p, o, FALSE, &to_client, &to_server);
        if (going(p->server_status) && to_server.size)
            p->server_status = turn(p, o, TRUE, &to_server, &to_client);
        retry = answer(p, o);
        if (!to_client.size && !to_server.size && !retry)
            break;
    }
    if (p->client_status == SEC_E_OK && p->server_status == SEC_E_OK)
        read_tickets(p, o, &to_client);
}

void pair_disconnect(struct pair *p)
{
    if (p->has_client)
        ok(sspi->DeleteSecurityContext(&p->client) == SEC_E_OK, "client context\n");
    if (p->has_server)
        ok(sspi->DeleteSecurityContext(&p->server) == SEC_E_OK, "server context\n");
    p->has_client = p->has_server = FALSE;
}

void pair_close(struct pair *p)
{
    pair_disconnect(p);
    if (p->has_second)
        ok(sspi->FreeCredentialsHandle(&p->second_credential) == SEC_E_OK, "second credential\n");
    ok(sspi->FreeCredentialsHandle(&p->client_credential) == SEC_E_OK, "client credential\n");
    ok(sspi->FreeCredentialsHandle(&p->server_credential) == SEC_E_OK, "server credential\n");
}

ULONG seal(CtxtHandle *context, const void *data, ULONG size, BYTE *record)
{
    SecPkgContext_StreamSizes sizes;
    SecBuffer buffers[4];
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, buffers};
    SECURITY_STATUS status;

    status = sspi->QueryContextAttributesW(context, SECPKG_ATTR_STREAM_SIZES, &sizes);
    ok(status == SEC_E_OK, "stream sizes %08lx\n", status);
    memcpy(record + sizes.cbHeader, data, size);
    buffers[0] = (SecBuffer){sizes.cbHeader, SECBUFFER_STREAM_HEADER, record};
    buffers[1] = (SecBuffer){size, SECBUFFER_DATA, record + sizes.cbHeader};
    buffers[2] =
            (SecBuffer){sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, record + sizes.cbHeader + size};
    buffers[3] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    status = sspi->EncryptMessage(context, 0, &desc, 0);
    ok(status == SEC_E_OK, "EncryptMessage %08lx\n", status);
    return buffers[0].cbBuffer + buffers[1].cbBuffer + buffers[2].cbBuffer;
}

SECURITY_STATUS unseal(
        CtxtHandle *context, BYTE *record, ULONG size, BYTE **data, ULONG *data_size, ULONG *extra)
{
    SecBuffer buffers[4] = {{size, SECBUFFER_DATA, record}, {0, SECBUFFER_EMPTY},
            {0, SECBUFFER_EMPTY}, {0, SECBUFFER_EMPTY}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, buffers};
    ULONG quality = 0xdead;
    SECURITY_STATUS status = sspi->DecryptMessage(context, &desc, 0, &quality);

    *data = NULL;
    *data_size = *extra = 0;
    if (status == SEC_E_INCOMPLETE_MESSAGE) {
        ok(buffers[0].BufferType == SECBUFFER_MISSING, "type %lu\n", buffers[0].BufferType);
        *extra = buffers[0].cbBuffer;
    }
    if (status == SEC_E_OK) {
        ok(buffers[0].BufferType == SECBUFFER_STREAM_HEADER &&
                        buffers[1].BufferType == SECBUFFER_DATA &&
                        buffers[2].BufferType == SECBUFFER_STREAM_TRAILER,
                "types %lu %lu %lu\n", buffers[0].BufferType, buffers[1].BufferType,
                buffers[2].BufferType);
        *data = buffers[1].pvBuffer;
        *data_size = buffers[1].cbBuffer;
        ok(!quality, "quality %lx\n", quality);
    }
    if (status != SEC_E_INCOMPLETE_MESSAGE && buffers[3].BufferType == SECBUFFER_EXTRA)
        *extra = buffers[3].cbBuffer;
    return status;
}
