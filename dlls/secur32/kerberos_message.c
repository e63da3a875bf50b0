/* Messages of Kerberos as Windows shapes them: signatures, and what is sealed; kerberos_unseal.c opens it.
 *
 * Wine's kerberos.dll puts the beginning of GSS-API's wrap token over the program's data and the rest
 * into the token buffer: data first, and text nowhere in its place. Windows has "token, data", and
 * rotates ([MS-KILE] 3.4.5.4.1; RFC 4121, 4.2.5: RRC) so that the token buffer holds header, checksum
 * and confounder, and the data buffer the (sealed or plain) text byte for byte where it was:
 *
 *   wrap token of RRC 0   | header 16 | confounder 16 | text      | header's copy 16 | checksum |
 *   rotated               | header 16 | header's copy 16 | checksum | confounder 16 | text |
 *   only signed           | header 16 | text | checksum |   rotated   | header 16 | checksum | text |
 *
 * RRC is not covered by the checksum. What lies after the text in the unrotated form is what is
 * rotated to the front; a receiver takes any RRC, so the other way round nothing has to be done but to
 * put token and data together. With DCE style it works on the buffers as Windows does; they go through.
 * A copy of the message is made for each: the host's library copies too, and no text is left behind.
 *
 * It writes tokens without a look at how large their buffer is: it gets one of ours, ROOM bytes, and the
 * program's is compared with what came out.
 */
#include "kerberos_parts.h"

enum {
    ROOM = 128, /* more than any encryption type adds: 88, AES256-SHA384 in DCE style */
    BLOCK = 16, /* DCE style's filling, EC, whatever the text's size ([MS-KILE] 3.4.5.4.1) */
};

/* Is there room for a token with KNOWN bytes besides its checksum? Asked before a sequence number is spent. */
static BOOL has_room(const struct lsa_context *c, const struct parts *p, SIZE_T known)
{
    return !c->checksum || p->token->cbBuffer >= known + c->checksum;
}

/* SIZE bytes for the program's TOKEN buffer. */
static SECURITY_STATUS give_token(const struct parts *p, const uint8_t *token, SIZE_T size)
{
    if (size > ROOM)
        return SEC_E_INTERNAL_ERROR;
    if (p->token->cbBuffer < size)
        return SEC_E_BUFFER_TOO_SMALL;
    memcpy(p->token->pvBuffer, token, size);
    p->token->cbBuffer = (ULONG)size;
    return SEC_E_OK;
}

/* ---- signatures: over all DATA buffers, one after the other ---- */

struct flat {
    uint8_t *text;
    SIZE_T size;
    SecBuffer buffers[2];
    SecBufferDesc desc;
};

static SECURITY_STATUS flatten(
        const struct lsa_context *c, PSecBufferDesc message, struct flat *f, struct parts *p)
{
    enum signed_only others = is_dce(c) ? LEFT_OUT : TAKEN;
    SECURITY_STATUS status = kerberos_find_parts(message, others, p);

    if (status != SEC_E_OK)
        return status;
    f->size = p->text_size + 1;
    f->text = mem_alloc(f->size);
    if (!f->text)
        return SEC_E_INSUFFICIENT_MEMORY;
    kerberos_move_text(message, others, f->text, FALSE);
    f->buffers[0] = (SecBuffer){(ULONG)p->text_size, SECBUFFER_DATA, f->text};
    f->buffers[1] = *p->token;
    f->desc = (SecBufferDesc){SECBUFFER_VERSION, 2, f->buffers};
    return SEC_E_OK;
}

SECURITY_STATUS kerberos_sign(
        struct ssp_object *o, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    struct lsa_context *c = (struct lsa_context *)o;
    uint8_t token[ROOM] = {0};
    struct parts p;
    struct flat f;
    SECURITY_STATUS status = flatten(c, message, &f, &p);

    if (status != SEC_E_OK)
        return status;
    f.buffers[1] = (SecBuffer){ROOM, SECBUFFER_TOKEN, token};
    ssp_lock_take(&c->lock);
    status = SEC_E_BUFFER_TOO_SMALL;
    if (has_room(c, &p, HEADER))
        status = lsa_make_signature(o, quality, &f.desc, sequence);
    if (status == SEC_E_OK)
        kerberos_learn(c, f.buffers[1].cbBuffer, HEADER);
    ssp_lock_give(&c->lock);
    if (status == SEC_E_OK)
        status = give_token(&p, token, f.buffers[1].cbBuffer);
    mem_free(f.text, f.size);
    return status;
}

SECURITY_STATUS kerberos_verify(
        struct ssp_object *o, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    struct lsa_context *c = (struct lsa_context *)o;
    struct parts p;
    struct flat f;
    SECURITY_STATUS status = flatten(c, message, &f, &p);

    if (status != SEC_E_OK)
        return status;
    ssp_lock_take(&c->lock);
    status = lsa_verify_signature(o, &f.desc, sequence, quality);
    if (status == SEC_E_OK)
        kerberos_learn(c, p.token->cbBuffer, HEADER);
    ssp_lock_give(&c->lock);
    mem_free(f.text, f.size);
    return status;
}

/* ---- sealing ---- */

/* WRAP: a wrap token of SIZE bytes with RRC 0 and a text of TEXT_SIZE bytes. Rotates it so that the text
 * is at its end. FALSE: not such a token (an older encryption type's: those stay as they are). */
static BOOL rotate(uint8_t *wrap, SIZE_T size, SIZE_T text_size)
{
    SIZE_T before = HEADER + (wrap[2] & FLAG_SEALED ? CONFOUNDER : 0), after;
    uint8_t moved[ROOM];

    if (size < before + text_size || wrap[0] != 5 || wrap[1] != 4 || wrap[RRC_AT] || wrap[RRC_AT + 1])
        return FALSE;
    after = size - before - text_size;
    if (after > sizeof moved)
        return FALSE;
    memcpy(moved, wrap + size - after, after);
    memmove(wrap + HEADER + after, wrap + HEADER, size - HEADER - after);
    memcpy(wrap + HEADER, moved, after);
    wrap[RRC_AT] = (uint8_t)(after >> 8);
    wrap[RRC_AT + 1] = (uint8_t)after;
    return TRUE;
}

/* A wrap token without text and checksum, bytes. */
static SIZE_T without_checksum(ULONG quality)
{
    return quality == SECQOP_WRAP_NO_ENCRYPT ? HEADER : HEADER + CONFOUNDER + HEADER;
}

/* ROOM bytes behind the text, so that only the program's own buffer can be too small. */
static SECURITY_STATUS wrap_text(struct lsa_context *c, ULONG quality, const struct parts *p, uint8_t *wrap,
        ULONG sequence, SIZE_T *token_size)
{
    SIZE_T text_size = p->text_size, known = without_checksum(quality);
    SecBuffer buffers[2] = {{(ULONG)text_size, SECBUFFER_DATA, wrap},
            {ROOM, SECBUFFER_TOKEN, wrap + text_size}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, buffers};
    SECURITY_STATUS status;

    ssp_lock_take(&c->lock);
    status = SEC_E_BUFFER_TOO_SMALL;
    if (has_room(c, p, known))
        status = lsa_seal(&c->object, quality, &desc, sequence);
    if (status == SEC_E_OK)
        kerberos_learn(c, buffers[1].cbBuffer, known);
    ssp_lock_give(&c->lock);
    if (status == SEC_E_OK && (buffers[0].cbBuffer != text_size || buffers[1].cbBuffer > ROOM))
        status = SEC_E_INTERNAL_ERROR;
    *token_size = buffers[1].cbBuffer;
    return status;
}

static SECURITY_STATUS give_sealed(
        PSecBufferDesc message, const struct parts *p, uint8_t *wrap, SIZE_T token_size)
{
    if (p->token->cbBuffer < token_size)
        return SEC_E_BUFFER_TOO_SMALL;
    rotate(wrap, token_size + p->text_size, p->text_size);
    memcpy(p->token->pvBuffer, wrap, token_size);
    p->token->cbBuffer = (ULONG)token_size;
    kerberos_move_text(message, TAKEN, wrap + token_size, TRUE);
    kerberos_no_padding(message);
    return SEC_E_OK;
}

/* The program's buffers, with a TOKEN of ours in place of its own, and of any other. */
static SECURITY_STATUS seal_with_room(struct lsa_context *c, ULONG quality, PSecBufferDesc message,
        const struct parts *p, SecBuffer *copy, ULONG sequence)
{
    SecBufferDesc desc = {SECBUFFER_VERSION, message->cBuffers, copy};
    SecBuffer *token = copy + (p->token - message->pBuffers);
    SIZE_T known = quality == SECQOP_WRAP_NO_ENCRYPT ? HEADER : HEADER + CONFOUNDER + HEADER + BLOCK;
    uint8_t room[ROOM] = {0};
    SECURITY_STATUS status = SEC_E_BUFFER_TOO_SMALL;

    for (ULONG i = 0; i < message->cBuffers; i++) {
        copy[i] = message->pBuffers[i];
        if (SSP_BUFFER_TYPE(&copy[i]) == SECBUFFER_TOKEN || SSP_BUFFER_TYPE(&copy[i]) == SECBUFFER_STREAM)
            copy[i] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    }
    *token = (SecBuffer){ROOM, SECBUFFER_TOKEN, room};
    ssp_lock_take(&c->lock);
    if (has_room(c, p, known))
        status = lsa_seal(&c->object, quality, &desc, sequence);
    if (status == SEC_E_OK)
        kerberos_learn(c, token->cbBuffer, known);
    ssp_lock_give(&c->lock);
    return status == SEC_E_OK ? give_token(p, room, token->cbBuffer) : status;
}

/* It seals in place: a token that finds no room gives the text back. */
static SECURITY_STATUS seal_dce(
        struct lsa_context *c, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    struct parts p;
    SECURITY_STATUS status = kerberos_find_parts(message, TAKEN, &p);
    SecBuffer *copy;
    uint8_t *text;

    if (status != SEC_E_OK || p.stream)
        return p.stream ? SEC_E_INVALID_TOKEN : status;
    copy = mem_alloc(message->cBuffers * sizeof *copy);
    text = mem_alloc(p.text_size);
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (copy && text) {
        kerberos_move_text(message, TAKEN, text, FALSE);
        status = seal_with_room(c, quality, message, &p, copy, sequence);
        if (status != SEC_E_OK)
            kerberos_move_text(message, TAKEN, text, TRUE);
    }
    if (text)
        mem_free(text, p.text_size);
    if (copy)
        mem_free(copy, message->cBuffers * sizeof *copy);
    return status;
}

SECURITY_STATUS kerberos_seal(
        struct ssp_object *o, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    struct lsa_context *c = (struct lsa_context *)o;
    SIZE_T token_size, size;
    struct parts p;
    uint8_t *wrap;
    SECURITY_STATUS status;

    if (is_dce(c))
        return seal_dce(c, quality, message, sequence);
    status = kerberos_find_parts(message, REFUSED, &p);
    if (status != SEC_E_OK || p.stream)
        return p.stream ? SEC_E_INVALID_TOKEN : status;
    size = p.text_size + ROOM;
    wrap = mem_alloc(size);
    if (!wrap)
        return SEC_E_INSUFFICIENT_MEMORY;
    kerberos_move_text(message, TAKEN, wrap, FALSE);
    status = wrap_text(c, quality, &p, wrap, sequence, &token_size);
    if (status == SEC_E_OK)
        status = give_sealed(message, &p, wrap, token_size);
    mem_free(wrap, size);
    return status;
}
