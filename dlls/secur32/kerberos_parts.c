/* The buffers of a Kerberos message, taken apart and put together. Each length that a program gives is looked at here. */
#include "kerberos_parts.h"

enum { LONGEST = 64 << 20 }; /* bytes, of a buffer and of all */

static BOOL is_text(const SecBuffer *b, enum signed_only others)
{
    return SSP_BUFFER_TYPE(b) == SECBUFFER_DATA && (b->BufferType == SECBUFFER_DATA || others != LEFT_OUT);
}

SECURITY_STATUS kerberos_find_parts(PSecBufferDesc message, enum signed_only others, struct parts *p)
{
    *p = (struct parts){0};
    for (ULONG i = 0; i < message->cBuffers; i++) {
        PSecBuffer b = &message->pBuffers[i];
        ULONG type = SSP_BUFFER_TYPE(b);

        if (b->cbBuffer > LONGEST || (b->cbBuffer && !b->pvBuffer && type != SECBUFFER_PADDING))
            return SEC_E_INVALID_TOKEN;
        if ((type == SECBUFFER_TOKEN || type == SECBUFFER_STREAM) && !p->token) {
            p->token = b;
            p->stream = type == SECBUFFER_STREAM;
        }
        if (!is_text(b, others))
            continue;
        if (others == REFUSED && b->BufferType != SECBUFFER_DATA)
            return SEC_E_UNSUPPORTED_FUNCTION;
        if (!p->data)
            p->data = b;
        p->text_size += b->cbBuffer;
    }
    if (!p->token || !p->data)
        return SEC_E_INVALID_TOKEN;
    return p->text_size <= LONGEST ? SEC_E_OK : SEC_E_INVALID_TOKEN;
}

void kerberos_move_text(PSecBufferDesc message, enum signed_only others, uint8_t *text, BOOL out)
{
    for (ULONG i = 0; i < message->cBuffers; i++) {
        PSecBuffer b = &message->pBuffers[i];

        if (!is_text(b, others) || !b->cbBuffer)
            continue;
        if (out && b->BufferType == SECBUFFER_DATA)
            memcpy(b->pvBuffer, text, b->cbBuffer);
        else if (!out)
            memcpy(text, b->pvBuffer, b->cbBuffer);
        text += b->cbBuffer;
    }
}

void kerberos_no_padding(PSecBufferDesc message)
{
    PSecBuffer padding = ssp_buffer_find(message, SECBUFFER_PADDING, 0);

    if (padding)
        padding->cbBuffer = 0;
}

void kerberos_learn(struct lsa_context *c, SIZE_T size, SIZE_T known)
{
    SIZE_T checksum = size - known;

    if (!c->checksum || (checksum != 12 && checksum != 16 && checksum != 24))
        return;
    c->checksum_told = TRUE;
    if (c->checksum == checksum)
        return;
    log_info("kerberos", "the subkey's checksum is of %u bytes, not the session key's %lu", (unsigned)checksum,
            c->checksum);
    c->checksum = (ULONG)checksum;
    c->type = kerberos_type_of_checksum(c->checksum);
}
