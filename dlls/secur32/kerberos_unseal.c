/* What a Kerberos peer has sealed (or wrapped and only signed), opened: from token and data, or from a stream. How a message
 * is laid out: kerberos_message.c.
 */
#include "kerberos_parts.h"
#include "base/reader.h"

/* How long the text in WRAP is. The DLL copies as many bytes as its caller has room for, whatever the text
 * is long: so room has to be made for just these. RFC 4121, 4.2.4: EC is the checksum's size in a token
 * that is only signed, that of filling in a sealed one. FALSE: no such token. */
static BOOL text_length(
        ULONG checksum, const uint8_t *wrap, SIZE_T size, SIZE_T *length)
{
    SIZE_T added = HEADER + ((SIZE_T)wrap[EC_AT] << 8 | wrap[EC_AT + 1]);

    if (!checksum || wrap[0] != 5 || wrap[1] != 4)
        return FALSE;
    if (wrap[2] & FLAG_SEALED)
        added += CONFOUNDER + HEADER + checksum;
    if (size < added)
        return FALSE;
    *length = size - added;
    return TRUE;
}

/* The DLL wants the token in two pieces, and has no use for where they meet. WRAP, SIZE bytes: its
 * beginning becomes the text, TEXT_SIZE bytes. */
static SECURITY_STATUS unwrap(struct lsa_context *c, uint8_t *wrap, SIZE_T size, SIZE_T text_size,
        ULONG sequence, ULONG *quality)
{
    SecBuffer buffers[2] = {{(ULONG)text_size, SECBUFFER_DATA, wrap},
            {(ULONG)(size - text_size), SECBUFFER_TOKEN, wrap + text_size}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, buffers};
    BOOL signed_only = !(wrap[2] & FLAG_SEALED);
    SECURITY_STATUS status;

    status = lsa_unseal(&c->object, &desc, sequence, quality);
    if (status == SEC_E_OK && signed_only)
        kerberos_learn(c, size - text_size, HEADER);
    return status;
}

/* A sealed message that comes before any has told the subkey's type. What the DLL copies from is, in MIT's library, what
 * was sealed, opened: text, filling, and the header's copy, with RRC 0 (RFC 4121, 4.2.4). So it is asked for all that is
 * there with the longest checksum, which is there with each: the text up to a part of the copy,
 *
 *   checksum 24   | text | filling | copy 16 |
 *   checksum 16   | text      | filling | 8 .|. . .
 *   checksum 12   | text           | filling | 4 .|. . .
 *
 * and how much of the copy stands at its end says which. The text has no say in that: with another checksum the same place
 * has another part of the copy. (A peer that seals a copy which differs from its header can have us take another type for
 * good: the messages that come out wrong are its own.) */
enum { LONGEST_CHECKSUM = 24, OPENED_LESS = HEADER + CONFOUNDER + LONGEST_CHECKSUM };

/* The checksum's size; 0: it cannot be told. OPENED: SIZE bytes; HEAD: the message's header. */
static ULONG checksum_seen(const uint8_t *opened, SIZE_T size, const uint8_t *head)
{
    static const struct {
        SIZE_T copied;
        ULONG checksum;
    } known[] = {{HEADER - 12, 12}, {HEADER - 8, 16}, {HEADER, 24}};
    uint8_t copy[HEADER];
    ULONG found = 0, count = 0;

    memcpy(copy, head, HEADER);
    copy[RRC_AT] = copy[RRC_AT + 1] = 0;
    for (SIZE_T i = 0; i < ARRAYSIZE(known); i++) {
        SIZE_T n = known[i].copied;

        if (size < n || !bytes_equal(bytes_of(opened + size - n, n), bytes_of(copy, n)))
            continue;
        found = known[i].checksum;
        count++;
    }
    return count == 1 ? found : 0;
}

/* Can the text be SPLIT bytes long, with any checksum? Asked before a sequence number is spent. */
static BOOL split_possible(const uint8_t *wrap, SIZE_T size, SSIZE_T split)
{
    SIZE_T length;

    for (ULONG checksum = 12; checksum <= LONGEST_CHECKSUM; checksum += checksum == 12 ? 4 : 8)
        if (text_length(checksum, wrap, size, &length) && length == (SIZE_T)split)
            return TRUE;
    return split < 0;
}

/* The smallest message can only have the smallest checksum, and no text. */
static SECURITY_STATUS unwrap_first(struct lsa_context *c, uint8_t *wrap, SIZE_T size, SIZE_T *text_size,
        ULONG sequence, ULONG *quality)
{
    SIZE_T opened = size - OPENED_LESS;
    uint8_t head[HEADER];
    SECURITY_STATUS status;
    ULONG checksum;

    memcpy(head, wrap, HEADER);
    if (!text_length(12, wrap, size, text_size))
        return SEC_E_INVALID_TOKEN;
    if (!*text_size)
        opened = 0;
    status = unwrap(c, wrap, size, opened, sequence, quality);
    if (status == SEC_E_SECPKG_NOT_FOUND) /* it ran into nothing: an empty text has no memory (lsa_status) */
        status = SEC_E_INVALID_TOKEN;
    if (status != SEC_E_OK)
        return status;
    checksum = opened ? checksum_seen(wrap, opened, head) : 12;
    if (!checksum || !text_length(checksum, head, size, text_size)) {
        log_warn("kerberos", "it cannot be told where the text of the first message ends: refused");
        return SEC_E_INVALID_TOKEN;
    }
    kerberos_learn(c, checksum, 0);
    return SEC_E_OK;
}

/* WRAP: a wrap token of SIZE bytes; its beginning becomes the text. SPLIT: how long the caller's buffers say that is; -1:
 * they do not. The text may turn out to be shorter than a split by what SIZES said before its type was told. */
static SECURITY_STATUS unwrap_text(struct lsa_context *c, uint8_t *wrap, SIZE_T size, SSIZE_T split,
        SIZE_T *text_size, ULONG sequence, ULONG *quality)
{
    SIZE_T said;

    if (!c->checksum)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!c->checksum_told && (wrap[2] & FLAG_SEALED))
        return split_possible(wrap, size, split) ? unwrap_first(c, wrap, size, text_size, sequence, quality)
                                                 : SEC_E_INVALID_TOKEN;
    if (!text_length(c->checksum, wrap, size, &said) || (split >= 0 && said != (SIZE_T)split))
        return SEC_E_INVALID_TOKEN;
    *text_size = said;
    return unwrap(c, wrap, size, said, sequence, quality);
}

/* A stream's text lies inside of it, where DATA then points. */
static SECURITY_STATUS give_text(
        PSecBufferDesc message, const struct parts *p, uint8_t *text, SIZE_T text_size)
{
    if (p->stream) {
        memcpy((uint8_t *)p->token->pvBuffer + HEADER, text, text_size);
        p->data->pvBuffer = (uint8_t *)p->token->pvBuffer + HEADER;
        p->data->cbBuffer = (ULONG)text_size;
        return SEC_E_OK;
    }
    if (text_size > p->text_size || (text_size < p->text_size && p->data->cbBuffer != p->text_size))
        return SEC_E_INVALID_TOKEN; /* no room, or several buffers of another size together */
    if (text_size < p->text_size)
        p->data->cbBuffer = (ULONG)text_size;
    kerberos_move_text(message, TAKEN, text, TRUE);
    kerberos_no_padding(message);
    return SEC_E_OK;
}

static SECURITY_STATUS unseal_parts(struct lsa_context *c, PSecBufferDesc message,
        const struct parts *p, ULONG sequence, ULONG *quality)
{
    SIZE_T size = p->token->cbBuffer + (p->stream ? 0 : p->text_size), text_size = 0;
    uint8_t *wrap;
    SECURITY_STATUS status;

    if (size < HEADER)
        return SEC_E_INVALID_TOKEN;
    wrap = mem_alloc(size);
    if (!wrap)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(wrap, p->token->pvBuffer, p->token->cbBuffer);
    if (!p->stream)
        kerberos_move_text(message, TAKEN, wrap + p->token->cbBuffer, FALSE);
    ssp_lock_take(&c->lock);
    status = unwrap_text(c, wrap, size, p->stream ? -1 : (SSIZE_T)p->text_size, &text_size, sequence, quality);
    ssp_lock_give(&c->lock);
    if (status == SEC_E_OK)
        status = give_text(message, p, wrap, text_size);
    mem_free(wrap, size);
    return status;
}

SECURITY_STATUS kerberos_unseal(
        struct ssp_object *o, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    struct lsa_context *c = (struct lsa_context *)o;
    struct parts p;
    SECURITY_STATUS status;

    status = kerberos_find_parts(message, is_dce(c) ? TAKEN : REFUSED, &p);
    if (status == SEC_E_OK && is_dce(c)) {
        if (p.stream || p.token->cbBuffer < HEADER)
            return SEC_E_INVALID_TOKEN;
        ssp_lock_take(&c->lock);
        status = lsa_unseal(o, message, sequence, quality);
        ssp_lock_give(&c->lock);
        return status;
    }
    return status == SEC_E_OK ? unseal_parts(c, message, &p, sequence, quality) : status;
}
