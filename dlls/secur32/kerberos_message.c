/* Messages of Kerberos as Windows shapes them.
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
#include "lsa_host.h"
#include "base/reader.h"

enum {
    HEADER = 16, /* RFC 4121, 4.2.6.2 */
    FLAG_SEALED = 2,
    CONFOUNDER = 16,
    EC_AT = 4,
    RRC_AT = 6,
    ROOM = 128, /* more than any encryption type adds: 88, AES256-SHA384 in DCE style */
    BLOCK = 16, /* DCE style's filling, EC, whatever the text's size ([MS-KILE] 3.4.5.4.1) */
    LONGEST = 64 << 20,
};

struct parts {
    PSecBuffer token;  /* the first TOKEN or STREAM buffer */
    BOOL stream;       /* it is a whole wrap token; DATA says where its text is */
    PSecBuffer data;   /* the first DATA buffer */
    SIZE_T text_size;  /* of all DATA buffers, bytes */
};

static BOOL is_dce(const struct lsa_context *c)
{
    return (c->attributes & ISC_RET_USED_DCE_STYLE) != 0;
}

/* Buffers that are to be signed only (READONLY, READONLY_WITH_CHECKSUM): */
enum signed_only {
    REFUSED, /* they have no place in a wrap token */
    TAKEN,   /* in MakeSignature every buffer is signed */
    LEFT_OUT /* DCE style's, as kerberos.dll leaves them out in sealing: rpcrt4 gives an RPC message's header so, but
              * never negotiates that headers are signed ([MS-RPCE] 2.2.2.3: PFC_SUPPORT_HEADER_SIGN) */
};

static BOOL is_text(const SecBuffer *b, enum signed_only others)
{
    return SSP_BUFFER_TYPE(b) == SECBUFFER_DATA && (b->BufferType == SECBUFFER_DATA || others != LEFT_OUT);
}

static SECURITY_STATUS find_parts(PSecBufferDesc message, enum signed_only others, struct parts *p)
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

/* Copies all DATA buffers to TEXT, or TEXT to all of them that may be written. */
static void move_text(PSecBufferDesc message, enum signed_only others, uint8_t *text, BOOL out)
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

/* What a message of KNOWN bytes but for its checksum has told: the subkey may be of another encryption type
 * than the AP-REQ's (RFC 4537). */
static void learn(struct lsa_context *c, SIZE_T size, SIZE_T known)
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
}

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
    SECURITY_STATUS status = find_parts(message, others, p);

    if (status != SEC_E_OK)
        return status;
    f->size = p->text_size + 1;
    f->text = mem_alloc(f->size);
    if (!f->text)
        return SEC_E_INSUFFICIENT_MEMORY;
    move_text(message, others, f->text, FALSE);
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
        learn(c, f.buffers[1].cbBuffer, HEADER);
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
        learn(c, p.token->cbBuffer, HEADER);
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
        learn(c, buffers[1].cbBuffer, known);
    ssp_lock_give(&c->lock);
    if (status == SEC_E_OK && (buffers[0].cbBuffer != text_size || buffers[1].cbBuffer > ROOM))
        status = SEC_E_INTERNAL_ERROR;
    *token_size = buffers[1].cbBuffer;
    return status;
}

/* Padding that a program has made room for is none of AES's. */
static void no_padding(PSecBufferDesc message)
{
    PSecBuffer padding = ssp_buffer_find(message, SECBUFFER_PADDING, 0);

    if (padding)
        padding->cbBuffer = 0;
}

static SECURITY_STATUS give_sealed(
        PSecBufferDesc message, const struct parts *p, uint8_t *wrap, SIZE_T token_size)
{
    if (p->token->cbBuffer < token_size)
        return SEC_E_BUFFER_TOO_SMALL;
    rotate(wrap, token_size + p->text_size, p->text_size);
    memcpy(p->token->pvBuffer, wrap, token_size);
    p->token->cbBuffer = (ULONG)token_size;
    move_text(message, TAKEN, wrap + token_size, TRUE);
    no_padding(message);
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
        learn(c, token->cbBuffer, known);
    ssp_lock_give(&c->lock);
    return status == SEC_E_OK ? give_token(p, room, token->cbBuffer) : status;
}

/* It seals in place: a token that finds no room gives the text back. */
static SECURITY_STATUS seal_dce(
        struct lsa_context *c, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    struct parts p;
    SECURITY_STATUS status = find_parts(message, TAKEN, &p);
    SecBuffer *copy;
    uint8_t *text;

    if (status != SEC_E_OK || p.stream)
        return p.stream ? SEC_E_INVALID_TOKEN : status;
    copy = mem_alloc(message->cBuffers * sizeof *copy);
    text = mem_alloc(p.text_size);
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (copy && text) {
        move_text(message, TAKEN, text, FALSE);
        status = seal_with_room(c, quality, message, &p, copy, sequence);
        if (status != SEC_E_OK)
            move_text(message, TAKEN, text, TRUE);
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
    status = find_parts(message, REFUSED, &p);
    if (status != SEC_E_OK || p.stream)
        return p.stream ? SEC_E_INVALID_TOKEN : status;
    size = p.text_size + ROOM;
    wrap = mem_alloc(size);
    if (!wrap)
        return SEC_E_INSUFFICIENT_MEMORY;
    move_text(message, TAKEN, wrap, FALSE);
    status = wrap_text(c, quality, &p, wrap, sequence, &token_size);
    if (status == SEC_E_OK)
        status = give_sealed(message, &p, wrap, token_size);
    mem_free(wrap, size);
    return status;
}

/* ---- unsealing ---- */

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
        learn(c, size - text_size, HEADER);
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
    learn(c, checksum, 0);
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
    move_text(message, TAKEN, text, TRUE);
    no_padding(message);
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
        move_text(message, TAKEN, wrap + p->token->cbBuffer, FALSE);
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

    status = find_parts(message, is_dce(c) ? TAKEN : REFUSED, &p);
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
