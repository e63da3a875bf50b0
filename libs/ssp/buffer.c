/* Views on the SecBufferDesc that programs pass. */
#include "ssp/ssp.h"
#include "base/reader.h"

enum { MOST_BUFFERS = 64 };

BOOL ssp_desc_ok(const SecBufferDesc *desc)
{
    return !desc || (desc->ulVersion == SECBUFFER_VERSION && desc->cBuffers <= MOST_BUFFERS &&
                            (desc->pBuffers || !desc->cBuffers));
}

PSecBuffer ssp_buffer_find(const SecBufferDesc *desc, ULONG type, ULONG index)
{
    if (!desc)
        return NULL;
    for (ULONG i = 0; i < desc->cBuffers; i++)
        if (SSP_BUFFER_TYPE(&desc->pBuffers[i]) == type && !index--)
            return &desc->pBuffers[i];
    return NULL;
}

struct bytes ssp_buffer_bytes(const SecBuffer *buffer)
{
    if (!buffer || !buffer->cbBuffer || !buffer->pvBuffer)
        return bytes_of(NULL, 0);
    return bytes_of(buffer->pvBuffer, buffer->cbBuffer);
}

static SECURITY_STATUS allocate_token(SecBuffer *buffer, struct bytes token)
{
    void *copy = NULL;

    if (token.size) {
        copy = ssp_heap_alloc(token.size);
        if (!copy)
            return SEC_E_INSUFFICIENT_MEMORY;
        memcpy(copy, token.data, token.size);
    }
    buffer->pvBuffer = copy;
    buffer->cbBuffer = (ULONG)token.size;
    return SEC_E_OK;
}

SECURITY_STATUS ssp_put_token(
        PSecBufferDesc output, struct bytes token, BOOL allocate, SECURITY_STATUS short_code)
{
    SecBuffer *buffer = ssp_buffer_find(output, SECBUFFER_TOKEN, 0);
    SECURITY_STATUS too_small = short_code ? short_code : SEC_E_BUFFER_TOO_SMALL;

    if (!buffer)
        return token.size ? too_small : SEC_E_OK;
    if (allocate)
        return allocate_token(buffer, token);
    if (buffer->cbBuffer < token.size) {
        buffer->cbBuffer = (ULONG)token.size;
        return too_small;
    }
    if (token.size && !buffer->pvBuffer)
        return SEC_E_INTERNAL_ERROR; /* as Windows' NTLM: room promised, none given */
    if (token.size)
        memcpy(buffer->pvBuffer, token.data, token.size);
    buffer->cbBuffer = (ULONG)token.size;
    return SEC_E_OK;
}

/* SEC_CHANNEL_BINDINGS: three times {address type, length, offset} without the type in the last;
 * all ULONG, offsets from the structure's start. */
SECURITY_STATUS ssp_channel_bindings(
        const SecBufferDesc *input, BOOL *found, struct bytes *application_data)
{
    struct bytes all = ssp_buffer_bytes(ssp_buffer_find(input, SECBUFFER_CHANNEL_BINDINGS, 0));
    struct reader r = reader_on(all);
    uint32_t size, offset;
    struct bytes data = {0};

    *found = FALSE;
    *application_data = data;
    if (!all.size)
        return SEC_E_OK;
    for (int i = 0; i < 2; i++) {
        reader_u32le(&r);
        size = reader_u32le(&r);
        offset = reader_u32le(&r);
        reader_field(&r, offset, size);
    }
    size = reader_u32le(&r);
    offset = reader_u32le(&r);
    data = reader_field(&r, offset, size);
    if (!reader_ok(&r)) {
        log_warn("ssp", "channel bindings of %lu bytes point outside themselves",
                (unsigned long)all.size);
        return SEC_E_INVALID_TOKEN;
    }
    *found = TRUE;
    *application_data = data;
    return SEC_E_OK;
}
