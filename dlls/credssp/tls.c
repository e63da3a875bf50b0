/* libs/credssp's TLS over the Schannel package. */
#include "provider.h"
#include "base/writer.h"
#include <wincrypt.h>

/* ISC_REQ_USE_SUPPLIED_CREDS as the program has it: without it, a server that asks for a certificate
 * of which there is none makes SEC_I_INCOMPLETE_CREDENTIALS. */
enum {
    TLS_ISC = ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_CONFIDENTIALITY | ISC_REQ_REPLAY_DETECT |
              ISC_REQ_SEQUENCE_DETECT | ISC_REQ_STREAM | ISC_REQ_EXTENDED_ERROR |
              ISC_REQ_MANUAL_CRED_VALIDATION
};
enum {
    TLS_ASC = ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_CONFIDENTIALITY | ASC_REQ_REPLAY_DETECT |
              ASC_REQ_SEQUENCE_DETECT | ASC_REQ_STREAM | ASC_REQ_EXTENDED_ERROR
};

static enum status append(struct blob *to, struct bytes more)
{
    struct writer w = {0};

    if (!more.size)
        return ST_OK;
    writer_reserve(&w, to->size + more.size);
    writer_bytes(&w, blob_view(to));
    writer_bytes(&w, more);
    return writer_finish(&w, to);
}

static SECURITY_STATUS call_schannel(struct context *c, SecBufferDesc *in, SecBufferDesc *out)
{
    PSecurityFunctionTableW sspi = inner_sspi();
    CtxtHandle made = c->tls, *old = c->has_tls ? &c->tls : NULL;
    ULONG attributes;
    TimeStamp expiry;
    SECURITY_STATUS status;

    if (c->inbound)
        status = sspi->AcceptSecurityContext(&c->tls_from->tls, old, in, TLS_ASC,
                SECURITY_NATIVE_DREP, &made, out, &attributes, &expiry);
    else
        status = sspi->InitializeSecurityContextW(&c->tls_from->tls, old, c->host,
                TLS_ISC | (c->request & ISC_REQ_USE_SUPPLIED_CREDS), 0, SECURITY_NATIVE_DREP, in, 0, &made, out, &attributes, &expiry);
    if (old || status < 0 || status == SEC_E_INCOMPLETE_MESSAGE)
        return status;
    c->tls = made; /* once: message.c reads it while a later leg runs */
    c->has_tls = TRUE;
    return status;
}

static size_t size_of_type(const SecBuffer *buffers, size_t count, ULONG type)
{
    for (size_t i = 0; i < count; i++)
        if (buffers[i].BufferType == type)
            return buffers[i].cbBuffer;
    return 0;
}

static enum status handshake_status(struct context *c, SECURITY_STATUS status)
{
    if (status == SEC_E_OK)
        return ST_OK;
    if (status == SEC_I_CONTINUE_NEEDED)
        return ST_CONTINUE;
    if (status == SEC_E_INCOMPLETE_MESSAGE)
        return ST_INCOMPLETE;
    if (status == SEC_I_INCOMPLETE_CREDENTIALS)
        return ST_NEED_CERTIFICATE;
    return inner_failed(c, "Schannel", status);
}

static enum status handshake(
        void *self, struct bytes in, size_t *consumed, size_t *missing, struct blob *out)
{
    struct context *c = self;
    /* After SEC_I_RENEGOTIATE only what DecryptMessage gave back goes to the handshake: nothing, if
     * the message was the last of the input. */
    size_t skip = c->taken <= in.size ? c->taken : 0;
    SecBuffer in_buffers[2] = {{(ULONG)(in.size - skip), SECBUFFER_TOKEN, (void *)(in.data + skip)},
            {0, SECBUFFER_EMPTY, NULL}};
    SecBuffer out_buffers[1] = {{0, SECBUFFER_TOKEN, NULL}};
    SecBufferDesc in_desc = {SECBUFFER_VERSION, 2, in_buffers},
                  out_desc = {SECBUFFER_VERSION, 1, out_buffers};
    BOOL first = !c->inbound && !c->has_tls;

    *consumed = 0;
    if (in.size > ULONG_MAX / 2)
        return ST_BAD_ARGUMENT;
    SECURITY_STATUS status = call_schannel(c, first ? NULL : &in_desc, &out_desc);
    if (status == SEC_E_INCOMPLETE_MESSAGE) {
        *missing = size_of_type(in_buffers, 2, SECBUFFER_MISSING);
        return ST_INCOMPLETE;
    }
    c->taken = 0;
    enum status s = append(out, ssp_buffer_bytes(&out_buffers[0]));
    if (out_buffers[0].pvBuffer)
        inner_sspi()->FreeContextBuffer(out_buffers[0].pvBuffer);
    if (!first)
        *consumed = in.size - size_of_type(in_buffers, 2, SECBUFFER_EXTRA);
    return s == ST_OK ? handshake_status(c, status) : s;
}

/* One record around at most cbMaximumMessage bytes. */
static enum status encrypt_record(struct context *c, const SecPkgContext_StreamSizes *sizes,
        struct bytes plain, struct blob *out)
{
    size_t room = sizes->cbHeader + plain.size + sizes->cbTrailer;
    uint8_t *record = mem_alloc(room);

    if (!record)
        return ST_NO_MEMORY;
    SecBuffer b[4] = {
            {sizes->cbHeader, SECBUFFER_STREAM_HEADER, record},
            {(ULONG)plain.size, SECBUFFER_DATA, record + sizes->cbHeader},
            {sizes->cbTrailer, SECBUFFER_STREAM_TRAILER, record + sizes->cbHeader + plain.size},
            {0, SECBUFFER_EMPTY, NULL},
    };
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
    memcpy(b[1].pvBuffer, plain.data, plain.size);
    SECURITY_STATUS status = inner_sspi()->EncryptMessage(&c->tls, 0, &desc, 0);
    enum status s = status == SEC_E_OK ? ST_OK : inner_failed(c, "Schannel", status);
    for (int i = 0; i < 3 && s == ST_OK; i++)
        s = append(out, ssp_buffer_bytes(&b[i]));
    mem_free(record, room);
    return s;
}

static enum status encrypt(void *self, struct bytes plain, struct blob *out)
{
    struct context *c = self;
    SecPkgContext_StreamSizes sizes;
    SECURITY_STATUS status =
            inner_sspi()->QueryContextAttributesW(&c->tls, SECPKG_ATTR_STREAM_SIZES, &sizes);
    enum status s = ST_OK;

    if (status != SEC_E_OK || !sizes.cbMaximumMessage)
        return inner_failed(c, "Schannel", status);
    while (plain.size && s == ST_OK) {
        size_t part = plain.size < sizes.cbMaximumMessage ? plain.size : sizes.cbMaximumMessage;
        s = encrypt_record(c, &sizes, bytes_of(plain.data, part), out);
        plain = bytes_of(plain.data + part, plain.size - part);
    }
    return s;
}

/* DecryptMessage works in place and the caller's bytes stay whole, so they are copied: no more than
 * one record can need (header, and a length of 16 bits), or a long input of tiny records would cost
 * the square of its size. */
static enum status decrypt(
        void *self, struct bytes all, size_t *consumed, size_t *missing, struct blob *plain)
{
    enum { RECORD_MOST = 5 + 0xFFFF };
    struct context *c = self;
    struct bytes in = bytes_of(all.data, all.size < RECORD_MOST ? all.size : RECORD_MOST);
    struct blob copy = {0};

    *consumed = 0;
    enum status s = blob_set(&copy, in);
    if (s != ST_OK)
        return s;
    SecBuffer b[4] = {{(ULONG)in.size, SECBUFFER_DATA, copy.data}, {0, SECBUFFER_EMPTY, NULL},
            {0, SECBUFFER_EMPTY, NULL}, {0, SECBUFFER_EMPTY, NULL}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
    SECURITY_STATUS status = inner_sspi()->DecryptMessage(&c->tls, &desc, 0, NULL);
    if (status == SEC_E_OK) {
        for (int i = 0; i < 4 && s == ST_OK; i++)
            if (b[i].BufferType == SECBUFFER_DATA)
                s = append(plain, ssp_buffer_bytes(&b[i]));
        *consumed = in.size - size_of_type(b, 4, SECBUFFER_EXTRA);
    } else if (status == SEC_E_INCOMPLETE_MESSAGE) {
        *missing = size_of_type(b, 4, SECBUFFER_MISSING);
        s = ST_INCOMPLETE;
    } else if (status == SEC_I_RENEGOTIATE) {
        c->taken = in.size - size_of_type(b, 4, SECBUFFER_EXTRA);
        s = ST_RENEGOTIATE;
    } else {
        s = status == SEC_I_CONTEXT_EXPIRED ? ST_CLOSED : inner_failed(c, "Schannel", status);
    }
    blob_free(&copy);
    return s;
}

/* [MS-CSSP] 3.1.5, pubKeyAuth, as its peers take it: the contents of the BIT STRING, which is what CERT_PUBLIC_KEY_INFO holds. */
static enum status ask_public_key(struct context *c)
{
    PCCERT_CONTEXT certificate = NULL;
    SECURITY_STATUS status = inner_sspi()->QueryContextAttributesW(&c->tls,
            c->inbound ? SECPKG_ATTR_LOCAL_CERT_CONTEXT : SECPKG_ATTR_REMOTE_CERT_CONTEXT,
            &certificate);

    if (status != SEC_E_OK || !certificate)
        return inner_failed(c, "Schannel", status);
    const CRYPT_BIT_BLOB *key = &certificate->pCertInfo->SubjectPublicKeyInfo.PublicKey;
    enum status s = blob_set(&c->tls_key, bytes_of(key->pbData, key->cbData));
    CertFreeCertificateContext(certificate);
    return s;
}

static enum status public_key(void *self, struct blob *out)
{
    struct context *c = self;
    enum status s = c->tls_key.size ? ST_OK : ask_public_key(c);

    return s == ST_OK ? blob_set(out, blob_view(&c->tls_key)) : s;
}

struct credssp_tls tls_adapter(struct context *c)
{
    struct credssp_tls tls = {
            .self = c,
            .handshake = handshake,
            .encrypt = encrypt,
            .decrypt = decrypt,
            .public_key = public_key,
    };
    return tls;
}
