/* libs/credssp's authentication over the Negotiate package. */
#include "provider.h"
#include "base/reader.h"
#include "base/writer.h"

enum {
    AUTH_ISC = ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_MUTUAL_AUTH | ISC_REQ_INTEGRITY |
               ISC_REQ_CONFIDENTIALITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT |
               ISC_REQ_EXTENDED_ERROR
};
enum {
    AUTH_ASC = ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_INTEGRITY | ASC_REQ_CONFIDENTIALITY |
               ASC_REQ_REPLAY_DETECT | ASC_REQ_SEQUENCE_DETECT | ASC_REQ_EXTENDED_ERROR |
               /* pubKeyAuth binds to the TLS channel whatever the client does here. */
               ASC_REQ_ALLOW_MISSING_BINDINGS
};

static SECURITY_STATUS call_negotiate(struct context *c, SecBufferDesc *in, SecBufferDesc *out)
{
    PSecurityFunctionTableW sspi = inner_sspi();
    CtxtHandle *old = c->has_auth ? &c->auth : NULL;
    TimeStamp expiry = ssp_never;
    SECURITY_STATUS status;

    if (c->inbound)
        status = sspi->AcceptSecurityContext(&c->credential->auth, old, in, AUTH_ASC,
                SECURITY_NETWORK_DREP, &c->auth, out, &c->auth_attributes, &expiry);
    else
        status = sspi->InitializeSecurityContextW(logon_credential(c), old, c->target, AUTH_ISC, 0,
                SECURITY_NETWORK_DREP, in, 0, &c->auth, out, &c->auth_attributes, &expiry);
    c->auth_expiry = ssp_utc_time(expiry);
    if (status >= 0)
        c->has_auth = TRUE;
    return status;
}

/* The TLS channel as channel bindings, "tls-server-end-point" (RFC 5929): servers with extended
 * protection compare them. None if Schannel has none for this certificate; then NTLM says so with
 * zeros. Want of memory is no such answer: a login that ought to be bound does not go unbound. */
static enum status channel_bindings(struct context *c, SecBuffer *out)
{
    *out = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    if (!c->bindings.Bindings && !c->no_bindings) {
        SECURITY_STATUS status = inner_sspi()->QueryContextAttributesW(
                &c->tls, SECPKG_ATTR_ENDPOINT_BINDINGS, &c->bindings);
        if (status == SEC_E_INSUFFICIENT_MEMORY)
            return ST_NO_MEMORY;
        c->no_bindings = status != SEC_E_OK;
    }
    if (!c->no_bindings)
        *out = (SecBuffer){c->bindings.BindingsLength, SECBUFFER_CHANNEL_BINDINGS, c->bindings.Bindings};
    return ST_OK;
}

/* Key binding and credentials go through this package's encryption. One that came to terms without
 * it proves nothing of the TLS key, and would show the password to whoever holds that. */
static enum status check_protection(struct context *c)
{
    ULONG need = c->inbound ? ASC_RET_CONFIDENTIALITY : ISC_RET_CONFIDENTIALITY;

    if (c->auth_attributes & need)
        return ST_OK;
    log_warn("credssp", "the peers agreed on no encryption inside Negotiate: refused");
    return ST_PEER_UNSUPPORTED;
}

/* What goes to the peer under TLS (a proof of the password, an encrypted key) is not left behind
 * in the heap. */
static void free_token(SecBuffer *token)
{
    if (!token->pvBuffer)
        return;
    wipe(token->pvBuffer, token->cbBuffer);
    inner_sspi()->FreeContextBuffer(token->pvBuffer);
}

static enum status step(void *self, struct bytes in, struct blob *out)
{
    struct context *c = self;
    SecBuffer in_buffers[2] = {{(ULONG)in.size, SECBUFFER_TOKEN, (void *)in.data}};
    SecBuffer out_buffers[1] = {{0, SECBUFFER_TOKEN, NULL}};
    /* A first leg has no token: then only the bindings go in. */
    SecBufferDesc in_desc = {
            SECBUFFER_VERSION, in.size ? 2 : 1, in.size ? in_buffers : &in_buffers[1]};
    SecBufferDesc out_desc = {SECBUFFER_VERSION, 1, out_buffers};

    enum status s = channel_bindings(c, &in_buffers[1]);
    if (s != ST_OK)
        return s;
    SECURITY_STATUS status = call_negotiate(c, &in_desc, &out_desc);
    s = blob_set(out, ssp_buffer_bytes(&out_buffers[0]));
    free_token(&out_buffers[0]);
    if (s != ST_OK)
        return s;
    c->auth_done = status == SEC_E_OK;
    if (in.size && status >= 0)
        s = server_auth_before_proof(c);
    if (s != ST_OK)
        return s;
    if (status == SEC_E_OK)
        return check_protection(c);
    return status == SEC_I_CONTINUE_NEEDED ? ST_CONTINUE : inner_failed(c, "Negotiate", status);
}

/* Signature, then ciphertext. */
static enum status seal(void *self, struct bytes plain, struct blob *out)
{
    struct context *c = self;
    SecPkgContext_Sizes sizes;
    SECURITY_STATUS status =
            inner_sspi()->QueryContextAttributesW(&c->auth, SECPKG_ATTR_SIZES, &sizes);
    struct blob data = {0};

    if (status != SEC_E_OK)
        return inner_failed(c, "Negotiate", status);
    uint8_t *token = mem_alloc(sizes.cbSecurityTrailer);
    if (!token)
        return ST_NO_MEMORY;
    enum status s = blob_set(&data, plain);
    if (s == ST_OK) {
        SecBuffer b[2] = {{sizes.cbSecurityTrailer, SECBUFFER_TOKEN, token},
                {(ULONG)data.size, SECBUFFER_DATA, data.data}};
        SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};
        struct writer w = {0};
        status = inner_sspi()->EncryptMessage(&c->auth, 0, &desc, 0);
        if (status != SEC_E_OK) {
            s = inner_failed(c, "Negotiate", status);
        } else {
            writer_bytes(&w, ssp_buffer_bytes(&b[0]));
            writer_bytes(&w, ssp_buffer_bytes(&b[1]));
            s = writer_finish(&w, out);
        }
    }
    mem_free(token, sizes.cbSecurityTrailer);
    blob_free(&data);
    return s;
}

/* As a STREAM: every package knows where its own signature ends. */
static enum status unseal(void *self, struct bytes sealed, struct blob *plain)
{
    struct context *c = self;
    struct blob copy = {0};
    enum status s = blob_set(&copy, sealed);

    if (s != ST_OK)
        return s;
    SecBuffer b[2] = {{(ULONG)copy.size, SECBUFFER_STREAM, copy.data}, {0, SECBUFFER_DATA, NULL}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};
    SECURITY_STATUS status = inner_sspi()->DecryptMessage(&c->auth, &desc, 0, NULL);
    if (status != SEC_E_OK)
        s = inner_failed(c, "Negotiate", status);
    else
        s = blob_set(plain, ssp_buffer_bytes(&b[1]));
    blob_free(&copy);
    return s;
}

struct credssp_auth auth_adapter(struct context *c)
{
    struct credssp_auth auth = {.self = c, .step = step, .seal = seal, .unseal = unseal};
    return auth;
}
