/* What Initialize- and AcceptSecurityContext do with the caller's buffers (Wine's schannel.c, which runs on Windows). */
#include "schannel.h"

static BOOL too_small(const SecBuffer *buffer, BOOL allocate)
{
    return buffer && buffer->pvBuffer && !buffer->cbBuffer && !allocate;
}

/* Where the token goes. "SecBuffer structure": an empty buffer is a placeholder in which a package can return
 * information; curl, for one, gives no other on its first leg and when it closes. */
static PSecBuffer token_place(const SecBufferDesc *output)
{
    PSecBuffer token = ssp_buffer_find(output, SECBUFFER_TOKEN, 0);
    if (token)
        return token;
    PSecBuffer empty = ssp_buffer_find(output, SECBUFFER_EMPTY, 0);
    return empty && empty->BufferType == SECBUFFER_EMPTY ? empty : NULL; /* not read-only */
}

static PSecBuffer take_token_place(PSecBufferDesc output)
{
    PSecBuffer place = token_place(output);
    if (place && place->BufferType == SECBUFFER_EMPTY)
        place->BufferType = SECBUFFER_TOKEN;
    return place;
}

SECURITY_STATUS output_check(const SecBufferDesc *output, BOOL allocate)
{
    PSecBuffer token = token_place(output);
    if (!token)
        return SEC_E_INVALID_TOKEN;
    if (too_small(token, allocate) ||
            too_small(ssp_buffer_find(output, SECBUFFER_ALERT, 0), allocate))
        return SEC_E_INSUFFICIENT_MEMORY;
    return SEC_E_OK;
}

SECURITY_STATUS input_check(const SecBufferDesc *input)
{
    for (ULONG i = 0; input && i < input->cBuffers; i++) {
        const SecBuffer *b = &input->pBuffers[i];
        if (b->BufferType == SECBUFFER_EMPTY && b->cbBuffer && !b->pvBuffer)
            return SEC_E_INVALID_TOKEN; /* Wine's conformance tests, verified on Windows */
    }
    return SEC_E_OK;
}

/* A buffer without memory is given some, asked for or not. An empty token needs none. */
static SECURITY_STATUS give(SecBuffer *buffer, struct bytes token, BOOL allocate)
{
    if (!token.size) {
        buffer->cbBuffer = 0;
        if (allocate)
            buffer->pvBuffer = NULL;
        return SEC_E_OK;
    }
    if (allocate || !buffer->pvBuffer) {
        void *p = ssp_heap_alloc(token.size);
        if (!p)
            return SEC_E_INSUFFICIENT_MEMORY;
        buffer->pvBuffer = p;
    } else if (buffer->cbBuffer < token.size) {
        log_warn(ROOM, "the output buffer of %lu bytes is too small for %lu; cbMaxToken is 24576",
                (unsigned long)buffer->cbBuffer, (unsigned long)token.size);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    CopyMemory(buffer->pvBuffer, token.data, token.size);
    buffer->cbBuffer = (ULONG)token.size;
    return SEC_E_OK;
}

static void clear_alert(PSecBufferDesc output, BOOL allocate)
{
    PSecBuffer alert = ssp_buffer_find(output, SECBUFFER_ALERT, 0);
    if (alert)
        give(alert, bytes_of(NULL, 0), allocate);
}

SECURITY_STATUS output_token(PSecBufferDesc output, struct bytes token, BOOL allocate)
{
    clear_alert(output, allocate);
    return give(take_token_place(output), token, allocate);
}

SECURITY_STATUS output_alert(PSecBufferDesc output, struct bytes alert, BOOL allocate)
{
    PSecBuffer to = ssp_buffer_find(output, SECBUFFER_ALERT, 0);
    PSecBuffer token = take_token_place(output);
    if (!to)
        return give(token, alert, allocate);
    SECURITY_STATUS s = give(token, bytes_of(NULL, 0), allocate);
    return s == SEC_E_OK ? give(to, alert, allocate) : s;
}

void input_extra(PSecBufferDesc input, struct bytes token, size_t consumed)
{
    PSecBuffer empty = input ? ssp_buffer_find(input, SECBUFFER_EMPTY, 0) : NULL;
    if (!empty || consumed >= token.size)
        return;
    empty->BufferType = SECBUFFER_EXTRA;
    empty->cbBuffer = (ULONG)(token.size - consumed);
    empty->pvBuffer = (void *)(token.data + consumed);
}

void input_missing(PSecBufferDesc input, size_t missing)
{
    PSecBuffer empty = input ? ssp_buffer_find(input, SECBUFFER_EMPTY, 0) : NULL;
    if (!empty)
        return;
    empty->BufferType = SECBUFFER_MISSING;
    empty->cbBuffer = (ULONG)missing;
}
