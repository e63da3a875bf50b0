#include "pair.h"

#define CONTAINER L"opensspi-credssp-test"

void drop_container(const WCHAR *container)
{
    HCRYPTPROV provider;
    CryptAcquireContextW(
            &provider, container, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, CRYPT_DELETEKEYSET);
}

void drop_certificate(void)
{
    drop_container(CONTAINER);
}

PCCERT_CONTEXT named_certificate(const WCHAR *container, const WCHAR *subject_name)
{
    CRYPT_KEY_PROV_INFO info = {(WCHAR *)container, (WCHAR *)MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, 0,
            0, NULL, AT_KEYEXCHANGE};
    CRYPT_ALGORITHM_IDENTIFIER algorithm = {(char *)szOID_RSA_SHA256RSA};
    BYTE name[256];
    CERT_NAME_BLOB subject = {sizeof(name), name};
    PCCERT_CONTEXT certificate;
    HCRYPTPROV provider;
    HCRYPTKEY key;

    drop_container(container);
    ok(CryptAcquireContextW(
               &provider, container, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, CRYPT_NEWKEYSET),
            "container %lx\n", GetLastError());
    ok(CryptGenKey(provider, AT_KEYEXCHANGE, 2048 << 16 | CRYPT_EXPORTABLE, &key), "key %lx\n",
            GetLastError());
    ok(CertStrToNameW(X509_ASN_ENCODING, subject_name, CERT_X500_NAME_STR, NULL, name,
               &subject.cbData, NULL),
            "name %lx\n", GetLastError());
    certificate = CertCreateSelfSignCertificate(
            provider, &subject, 0, &info, &algorithm, NULL, NULL, NULL);
    ok(certificate != NULL, "certificate %lx\n", GetLastError());
    CryptDestroyKey(key);
    CryptReleaseContext(provider, 0);
    return certificate;
}

PCCERT_CONTEXT test_certificate(void)
{
    static PCCERT_CONTEXT certificate;
    if (!certificate)
        certificate = named_certificate(CONTAINER, L"CN=localhost");
    return certificate;
}

BOOL trust(PCCERT_CONTEXT certificate, BOOL on)
{
    HCERTSTORE root =
            CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"Root");
    PCCERT_CONTEXT found;
    BOOL done;

    if (on) {
        done = CertAddEncodedCertificateToStore(root, X509_ASN_ENCODING,
                certificate->pbCertEncoded, certificate->cbCertEncoded,
                CERT_STORE_ADD_REPLACE_EXISTING, NULL);
    } else {
        found = CertFindCertificateInStore(
                root, X509_ASN_ENCODING, 0, CERT_FIND_EXISTING, certificate, NULL);
        done = found && CertDeleteCertificateFromStore(found);
    }
    CertCloseStore(root, 0);
    return done;
}

struct pair *pair_new(void *identity)
{
    struct pair *p = calloc(1, sizeof(*p));
    p->identity = identity;
    return p;
}

SECURITY_STATUS pair_client_credential(struct pair *p)
{
    SCHANNEL_CRED tls = {SCHANNEL_CRED_VERSION};
    SCH_CREDENTIALS new_tls = {SCH_CREDENTIALS_VERSION};
    void *either = p->new_tls ? (void *)&new_tls : &tls;
    CREDSSP_CRED cred = {p->submit ? p->submit : CredsspPasswordCreds, either, p->identity};
    CREDSSP_CRED_EX extended = {CredsspCredEx, CREDSSP_CRED_EX_VERSION};
    void *data = &cred;

    tls.dwFlags = new_tls.dwFlags =
            SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_NO_DEFAULT_CREDS | p->tls_flags;
    new_tls.cTlsParameters = p->tls_parameters ? 1 : 0;
    new_tls.pTlsParameters = p->tls_parameters;
    if (p->submit == (ULONG)CredsspCredEx) {
        cred.Type = CredsspPasswordCreds;
        extended.Cred = cred;
        data = &extended;
    }
    if (p->identity_alone)
        data = p->identity;
    return acquire_as(p->principal, p->client_package ? p->client_package : L"CREDSSP",
            SECPKG_CRED_OUTBOUND | p->limits, NULL, data, &p->client_credential, NULL);
}

SECURITY_STATUS pair_server_credential(struct pair *p)
{
    PCCERT_CONTEXT certificate = p->certificate ? p->certificate : test_certificate();
    SCHANNEL_CRED tls = {SCHANNEL_CRED_VERSION, 1, &certificate};
    SCH_CREDENTIALS new_tls = {SCH_CREDENTIALS_VERSION, 0, 1, &certificate};
    CREDSSP_CRED cred = {CredsspSchannelCreds, p->new_tls ? (void *)&new_tls : &tls, NULL};

    return acquire(p->server_package ? p->server_package : L"CREDSSP", SECPKG_CRED_INBOUND, &cred,
            &p->server_credential, NULL);
}

static void take(struct pair *p, struct stream *out, SecBuffer *token)
{
    memcpy(out->data + out->size, token->pvBuffer, token->cbBuffer);
    out->size += token->cbBuffer;
    if (!p->own_buffer)
        FreeContextBuffer(token->pvBuffer);
}

static void drop(struct stream *in, ULONG taken)
{
    memmove(in->data, in->data + taken, in->size - taken);
    in->size -= taken;
}

static ULONG request_of(const struct pair *p, BOOL server)
{
    ULONG request = server ? SERVER_REQUEST | p->server_extra
                           : (CLIENT_REQUEST & ~p->without) | p->extra;

    /* The same bit on both sides. */
    return p->own_buffer ? request & ~ISC_REQ_ALLOCATE_MEMORY : request;
}

#define NO_ATTRIBUTES 0x7e577e57
#define NO_EXPIRY 0x7e577e577e577e57ll

/* What a leg told of the context. */
struct told {
    ULONG attributes;
    TimeStamp expiry;
};

static SECURITY_STATUS call_client(
        struct pair *p, BOOL first, SecBufferDesc *in, SecBufferDesc *out, struct told *t)
{
    CredHandle *credential = p->bare && !first ? NULL : &p->client_credential;
    CtxtHandle *new_context = p->bare && !first ? NULL : &p->client;
    const WCHAR *target = p->target ? p->target : L"TERMSRV/localhost";
    ULONG rep = p->network ? SECURITY_NETWORK_DREP : SECURITY_NATIVE_DREP;
    TimeStamp *expiry = p->no_expiry ? NULL : &t->expiry;

    if (ansi)
        return InitializeSecurityContextA(credential, first ? NULL : &p->client, narrow(target),
                request_of(p, FALSE), p->reserved, rep, in, p->reserved, new_context, out,
                &t->attributes, expiry);
    return InitializeSecurityContextW(credential, first ? NULL : &p->client, (WCHAR *)target,
            request_of(p, FALSE), p->reserved, rep, in, p->reserved, new_context, out,
            &t->attributes, expiry);
}

static SECURITY_STATUS call_server(
        struct pair *p, BOOL first, SecBufferDesc *in, SecBufferDesc *out, struct told *t)
{
    return AcceptSecurityContext(p->bare && !first ? NULL : &p->server_credential,
            first ? NULL : &p->server, in, request_of(p, TRUE),
            p->network ? SECURITY_NETWORK_DREP : SECURITY_NATIVE_DREP,
            p->bare && !first ? NULL : &p->server, out, &t->attributes,
            p->no_expiry ? NULL : &t->expiry);
}

/* pfContextAttr and ptsExpiry are written on every good leg, over what is there before it: no attributes and no end of
 * a context have the patterns. A failing leg may leave them. */
static void keep_told(struct pair *p, BOOL server, SECURITY_STATUS status, const struct told *t)
{
    if (SUCCEEDED(status)) {
        ok(t->attributes != NO_ATTRIBUTES, "%s: no attributes were written\n", server ? "server" : "client");
        ok(p->no_expiry || (t->expiry.QuadPart > 0 && t->expiry.QuadPart != NO_EXPIRY),
                "%s: no expiry was written: %I64x\n", server ? "server" : "client", t->expiry.QuadPart);
    }
    if (t->attributes != NO_ATTRIBUTES)
        *(server ? &p->server_attributes : &p->client_attributes) = t->attributes;
    if (t->expiry.QuadPart != NO_EXPIRY)
        *(server ? &p->server_expiry : &p->client_expiry) = t->expiry;
}

static SECURITY_STATUS call(
        struct pair *p, BOOL server, BOOL first, SecBufferDesc *in, SecBufferDesc *out)
{
    struct told told = {NO_ATTRIBUTES, {.QuadPart = NO_EXPIRY}};
    SECURITY_STATUS status = server ? call_server(p, first, in, out, &told)
                                    : call_client(p, first, first ? NULL : in, out, &told);

    keep_told(p, server, status, &told);
    if (server)
        return status;
    if (status == SEC_E_OK || status == SEC_I_CONTINUE_NEEDED) {
        p->both_attributes = p->client_legs ? p->both_attributes & p->client_attributes
                                            : p->client_attributes;
        p->any_attributes |= p->client_attributes;
        p->client_legs++;
        p->empty_tokens += status == SEC_I_CONTINUE_NEEDED && !out->pBuffers[0].cbBuffer;
    }
    return status;
}

/* What a leg left of its input: SECBUFFER_EXTRA, where there is a buffer to say so. */
static void drop_taken(struct pair *p, struct stream *in, const SecBuffer *told, ULONG given)
{
    if (told->BufferType == SECBUFFER_EXTRA && !p->token_alone) {
        ok(told->cbBuffer && told->cbBuffer <= given, "%lu extra bytes\n", told->cbBuffer);
        given -= told->cbBuffer;
    }
    drop(in, given);
}

SECURITY_STATUS pair_leg(struct pair *p, BOOL server, ULONG given)
{
    static BYTE room[40000];
    struct stream *in = server ? &p->to_server : &p->to_client,
                  *out = server ? &p->to_client : &p->to_server;
    SecBuffer inputs[2], *token = &inputs[p->swapped], *told = &inputs[!p->swapped],
                         outputs[1] = {{0, SECBUFFER_TOKEN, NULL}};
    SecBufferDesc input = DESC(inputs), output = DESC(outputs);
    BOOL first = server ? !p->has_server : !p->has_client;
    SECURITY_STATUS status;

    *token = (SecBuffer){
            given, SECBUFFER_TOKEN | (p->read_only ? SECBUFFER_READONLY : 0), in->data};
    *told = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    input.cBuffers = p->token_alone ? 1 : 2;
    if (p->own_buffer)
        outputs[0] = (SecBuffer){sizeof(room), SECBUFFER_TOKEN, room};
    status = call(p, server, first, &input, &output);
    if (first && SUCCEEDED(status))
        *(server ? &p->has_server : &p->has_client) = TRUE;
    if (status == SEC_E_INCOMPLETE_MESSAGE) {
        ok(p->token_alone || (told->BufferType == SECBUFFER_MISSING && told->cbBuffer),
                "type %lu, %lu missing\n", told->BufferType, told->cbBuffer);
        ok(p->own_buffer || !outputs[0].cbBuffer, "output with an incomplete message\n");
        return status;
    }
    drop_taken(p, in, told, given);
    if (server)
        p->server_last_token = outputs[0].cbBuffer;
    take(p, out, &outputs[0]);
    return status;
}

static BOOL going(SECURITY_STATUS s)
{
    return s == SEC_I_CONTINUE_NEEDED || s == SEC_E_INCOMPLETE_MESSAGE;
}

/* All that is in the stream, at once or a byte more each time. */
static SECURITY_STATUS turn(struct pair *p, BOOL server)
{
    struct stream *in = server ? &p->to_server : &p->to_client;
    ULONG given = p->byte_by_byte ? min(1, in->size) : in->size;
    SECURITY_STATUS status;

    for (;;) {
        status = pair_leg(p, server, given);
        if (status == SEC_E_INCOMPLETE_MESSAGE && given < in->size)
            given++;
        else if (status == SEC_I_CONTINUE_NEEDED && in->size)
            given = p->byte_by_byte ? 1 : in->size; /* more records of the same flight */
        else
            return status;
    }
}

static void one_turn(struct pair *p, BOOL server)
{
    struct stream *in = server ? &p->to_server : &p->to_client;
    SECURITY_STATUS *status = server ? &p->server_status : &p->client_status;

    if (!going(*status) || (!in->size && (server || p->has_client)))
        return;
    if (p->tamper && in->size)
        p->tamper(p, in->data, in->size);
    p->flight += in->size != 0;
    *status = turn(p, server);
}

void pair_legs(struct pair *p)
{
    int i;

    p->client_status = p->server_status = SEC_I_CONTINUE_NEEDED;
    for (i = 0; i < 12; i++) {
        one_turn(p, FALSE);
        if (p->stop_before_last && p->client_status == SEC_E_OK)
            return;
        one_turn(p, TRUE);
        if (!p->to_client.size && !p->to_server.size)
            return;
    }
}

void pair_run(struct pair *p)
{
    SECURITY_STATUS status = pair_client_credential(p);
    ok(status == SEC_E_OK, "client credential %08lx\n", status);
    status = pair_server_credential(p);
    ok(status == SEC_E_OK, "server credential %08lx\n", status);
    pair_legs(p);
}

BOOL pair_good(struct pair *p)
{
    pair_run(p);
    ok(p->client_status == SEC_E_OK, "client %08lx\n", p->client_status);
    ok(p->server_status == SEC_E_OK, "server %08lx\n", p->server_status);
    return p->client_status == SEC_E_OK && p->server_status == SEC_E_OK;
}

void pair_free(struct pair *p)
{
    if (p->has_client)
        ok(DeleteSecurityContext(&p->client) == SEC_E_OK, "client context\n");
    if (p->has_server)
        ok(DeleteSecurityContext(&p->server) == SEC_E_OK, "server context\n");
    ok(FreeCredentialsHandle(&p->client_credential) == SEC_E_OK, "client credential\n");
    ok(FreeCredentialsHandle(&p->server_credential) == SEC_E_OK, "server credential\n");
    free(p);
}
