/* The four message functions: buffer layouts to parts of a message ([MS-NLMP] 3.4). */
#include "msv1_0.h"

enum { PARTS_MAX = 64 }; /* as many as ssp_desc_ok lets pass */

/* PARTS has COUNT of them, the others are not written: clearing all costs a short message more than
 * finding its buffers. */
struct message {
    PSecBuffer token;
    size_t count;
    struct ntlm_part parts[PARTS_MAX];
};

/* DATA buffers in their order: plain ones are encrypted, READONLY and READONLY_WITH_CHECKSUM ones
 * (as rpcrt4 passes for headers) only signed. [MS-NLMP] 3.4.9.1: NTLMv2 session security signs every data
 * buffer. Other types are not part of an NTLM message. */
static SECURITY_STATUS collect(PSecBufferDesc desc, struct message *m)
{
    m->token = NULL;
    m->count = 0;
    if (!ssp_desc_ok(desc) || !desc)
        return SEC_E_INVALID_TOKEN;
    m->token = ssp_buffer_find(desc, SECBUFFER_TOKEN, 0);
    for (ULONG i = 0; i < desc->cBuffers; i++) {
        PSecBuffer b = &desc->pBuffers[i];
        if (SSP_BUFFER_TYPE(b) != SECBUFFER_DATA)
            continue;
        if (m->count == PARTS_MAX || (b->cbBuffer && !b->pvBuffer))
            return SEC_E_INVALID_TOKEN;
        struct ntlm_part *part = &m->parts[m->count++];
        part->data = b->pvBuffer;
        part->size = b->cbBuffer;
        part->encrypt = !(b->BufferType & (SECBUFFER_READONLY | SECBUFFER_READONLY_WITH_CHECKSUM));
    }
    return SEC_E_OK;
}

/* Do two parts share bytes that are to be encrypted or decrypted? What came out would be neither's;
 * no page says what Windows does (?). Compared as numbers: they may be of different blocks. */
static BOOL parts_overlap(const struct message *m)
{
    for (size_t i = 0; i < m->count; i++)
        for (size_t j = i + 1; j < m->count; j++) {
            const struct ntlm_part *a = &m->parts[i], *b = &m->parts[j];
            uintptr_t at = (uintptr_t)a->data, bt = (uintptr_t)b->data;
            BOOL apart = at <= bt ? bt - at >= a->size : at - bt >= b->size;

            if (!apart && a->size && b->size && (a->encrypt || b->encrypt))
                return TRUE;
        }
    return FALSE;
}

/* Room for a signature to be written. */
static SECURITY_STATUS collect_out(PSecBufferDesc desc, struct message *m)
{
    SECURITY_STATUS status = collect(desc, m);
    if (status != SEC_E_OK)
        return status;
    if (!m->token || !m->token->pvBuffer)
        return SEC_E_INVALID_TOKEN;
    if (m->token->cbBuffer < NTLM_SIGNATURE_SIZE)
        return SEC_E_BUFFER_TOO_SMALL;
    return SEC_E_OK;
}

typedef enum status (*protection)(struct ntlm_context *c, const struct ntlm_part *parts,
        size_t count, uint8_t signature[NTLM_SIGNATURE_SIZE]);

/* SEQUENCE counts in datagram contexts only; those of a connection keep their own counter:
 * [MS-NLMP] 3.4.4. */
static SECURITY_STATUS protect(
        struct context *c, PSecBufferDesc desc, ULONG sequence, protection fn)
{
    struct message m;
    SECURITY_STATUS status = collect_out(desc, &m);

    if (status == SEC_E_OK && fn == ntlm_seal && parts_overlap(&m))
        status = SEC_E_INVALID_TOKEN;
    if (status != SEC_E_OK)
        return status;
    context_lock_message(c, TRUE);
    if (c->ntlm) {
        ntlm_number_message(c->ntlm, true, sequence);
        status = ssp_status(fn(c->ntlm, m.parts, m.count, m.token->pvBuffer));
    } else {
        status = SEC_E_OUT_OF_SEQUENCE;
    }
    context_unlock_message(c, TRUE);
    if (status == SEC_E_OK)
        m.token->cbBuffer = NTLM_SIGNATURE_SIZE;
    return status;
}

SECURITY_STATUS message_sign(
        struct ssp_object *o, ULONG quality, PSecBufferDesc desc, ULONG sequence)
{
    (void)quality;
    return protect((struct context *)o, desc, sequence, ntlm_sign);
}

SECURITY_STATUS message_encrypt(
        struct ssp_object *o, ULONG quality, PSecBufferDesc desc, ULONG sequence)
{
    return protect((struct context *)o, desc, sequence,
            quality == SECQOP_WRAP_NO_ENCRYPT ? ntlm_sign : ntlm_seal);
}

typedef enum status (*unprotection)(struct ntlm_context *c, const struct ntlm_part *parts,
        size_t count, struct bytes signature);

/* With the lock of the direction. */
static SECURITY_STATUS unprotect(struct context *c, const struct message *m, ULONG sequence,
        struct bytes signature, unprotection fn)
{
    if (!c->ntlm)
        return SEC_E_OUT_OF_SEQUENCE;
    ntlm_number_message(c->ntlm, false, sequence);
    return ssp_status(fn(c->ntlm, m->parts, m->count, signature));
}

/* The dummy signature of a context that does not sign says nothing of protection: *pfQOP stays as
 * it is. */
static BOOL signs(const struct context *c)
{
    struct ntlm_info info = {0};
    ntlm_query(c->ntlm, &info);
    return (info.flags & (NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL)) != 0;
}

SECURITY_STATUS message_verify(
        struct ssp_object *o, PSecBufferDesc desc, ULONG sequence, ULONG *quality_out)
{
    struct context *c = (struct context *)o;
    struct message m;
    SECURITY_STATUS status = collect(desc, &m);

    if (status != SEC_E_OK)
        return status;
    if (!m.token)
        return SEC_E_INVALID_TOKEN;
    context_lock_message(c, FALSE);
    status = unprotect(c, &m, sequence, ssp_buffer_bytes(m.token), ntlm_verify);
    if (status == SEC_E_OK && quality_out && signs(c))
        *quality_out = 0;
    context_unlock_message(c, FALSE);
    return status;
}

/* SECBUFFER_STREAM: signature and data in one buffer; the DATA buffer then points at the data
 * inside
 * ("EncryptMessage (NTLM)", "DecryptMessage (NTLM)"). */
static SECURITY_STATUS split_stream(
        PSecBufferDesc desc, struct message *m, struct bytes *signature, PSecBuffer *data)
{
    PSecBuffer stream = ssp_buffer_find(desc, SECBUFFER_STREAM, 0);

    *data = ssp_buffer_find(desc, SECBUFFER_DATA, 0);
    if (!stream || !*data || !stream->pvBuffer || stream->cbBuffer < NTLM_SIGNATURE_SIZE)
        return SEC_E_INVALID_TOKEN;
    *signature = bytes_of(stream->pvBuffer, NTLM_SIGNATURE_SIZE);
    m->parts[0].data = (uint8_t *)stream->pvBuffer + NTLM_SIGNATURE_SIZE;
    m->parts[0].size = stream->cbBuffer - NTLM_SIGNATURE_SIZE;
    m->parts[0].encrypt = true;
    m->count = 1;
    return SEC_E_OK;
}

/* What is to be decrypted, in either form; *DATA: the stream's, else NULL. */
static SECURITY_STATUS collect_in(
        PSecBufferDesc desc, struct message *m, struct bytes *signature, PSecBuffer *data)
{
    SECURITY_STATUS status;

    *data = NULL;
    if (desc && ssp_desc_ok(desc) && ssp_buffer_find(desc, SECBUFFER_STREAM, 0))
        return split_stream(desc, m, signature, data);
    status = collect(desc, m);
    if (status == SEC_E_OK && (!m->token || parts_overlap(m)))
        status = SEC_E_INVALID_TOKEN;
    if (status == SEC_E_OK)
        *signature = ssp_buffer_bytes(m->token);
    return status;
}

/* *pfQOP stays as it is, also on success: Wine 10's tests, which run on Windows (ntlm.c,
 * test_Encrypt). */
SECURITY_STATUS message_decrypt(
        struct ssp_object *o, PSecBufferDesc desc, ULONG sequence, ULONG *quality_out)
{
    struct context *c = (struct context *)o;
    struct message m;
    PSecBuffer data;
    struct bytes signature;
    SECURITY_STATUS status = collect_in(desc, &m, &signature, &data);
    (void)quality_out;

    if (status != SEC_E_OK)
        return status;
    context_lock_message(c, FALSE);
    status = unprotect(c, &m, sequence, signature, ntlm_unseal);
    context_unlock_message(c, FALSE);
    if (status == SEC_E_OK && data) {
        data->pvBuffer = m.parts[0].data;
        data->cbBuffer = (ULONG)m.parts[0].size;
    }
    return status;
}
