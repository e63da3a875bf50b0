/* DecryptMessage: one TLS record, in place.
 *
 *   before: DATA, EMPTY, EMPTY, EMPTY (in any order)
 *   after:  HEADER, DATA, TRAILER, EXTRA (or EMPTY when nothing follows), pointing into what was
 * DATA
 */
#include "schannel.h"

struct slots {
    PSecBuffer slot[4]; /* the DATA buffer and the first three EMPTY ones, in the caller's order */
    struct bytes in;
    uint8_t *base;
};

static SECURITY_STATUS find_slots(PSecBufferDesc message, struct slots *s)
{
    ULONG data = 0, empty = 0, used = 0;
    if (!message || message->cBuffers < 4)
        return SEC_E_INVALID_TOKEN;
    for (ULONG i = 0; i < message->cBuffers; i++) {
        PSecBuffer b = &message->pBuffers[i];
        BOOL is_data = SSP_BUFFER_TYPE(b) == SECBUFFER_DATA;
        BOOL is_empty = SSP_BUFFER_TYPE(b) == SECBUFFER_EMPTY && empty < 3;
        data += is_data;
        empty += is_empty;
        if (is_data) {
            s->in = ssp_buffer_bytes(b);
            s->base = b->pvBuffer;
        }
        if ((is_data || is_empty) && used < 4)
            s->slot[used++] = b;
    }
    return data == 1 && empty == 3 ? SEC_E_OK : SEC_E_INVALID_TOKEN;
}

static void set(PSecBuffer b, ULONG type, uint8_t *at, size_t size)
{
    b->BufferType = type;
    b->pvBuffer = at;
    b->cbBuffer = (ULONG)size;
}

/* HEADER of HEADER_SIZE, DATA of SIZE, TRAILER up to CONSUMED, EXTRA the rest. */
static void set_slots(const struct slots *s, size_t header_size, size_t size, size_t consumed)
{
    set(s->slot[0], SECBUFFER_STREAM_HEADER, s->base, header_size);
    set(s->slot[1], SECBUFFER_DATA, s->base + header_size, size);
    set(s->slot[2], SECBUFFER_STREAM_TRAILER, s->base + header_size + size,
            consumed - header_size - size);
    if (consumed < s->in.size)
        set(s->slot[3], SECBUFFER_EXTRA, s->base + consumed, s->in.size - consumed);
    else
        set(s->slot[3], SECBUFFER_EMPTY, NULL, 0);
}

static SECURITY_STATUS incomplete(const struct slots *s, size_t missing)
{
    for (int i = 0; i < 2; i++) {
        s->slot[i]->BufferType = SECBUFFER_MISSING;
        s->slot[i]->cbBuffer = (ULONG)missing;
    }
    return SEC_E_INCOMPLETE_MESSAGE;
}

/* Of the record that IN begins with. */
static size_t record_size(struct bytes in)
{
    struct reader r = reader_on(in);
    reader_skip(&r, 3); /* type, version */
    size_t size = 5 + (size_t)reader_u16be(&r);
    return min(size, in.size);
}

/* All of a record's text is its trailer's (Wine's conformance tests, verified on Windows), and EXTRA still
 * begins with the record. */
static void set_record(struct context *c, const struct slots *s)
{
    struct tls_sizes sizes;
    size_t size = record_size(s->in);
    size_t header = tls_sizes(c->tls, &sizes) == ST_OK ? min(sizes.header, size) : 0;
    set_slots(s, header, 0, size);
    set(s->slot[3], SECBUFFER_EXTRA, s->base, s->in.size);
}

/* A post-handshake message (TLS 1.3), or one that starts a new handshake. As on Windows the program
 * takes the record, still whole, to Initialize- or AcceptSecurityContext. libs/tls may have it
 * already (CONSUMED): then it is remembered, and skipped there. If not, it is kept for a program that
 * takes it for consumed, as it is on Windows (Wine's conformance tests): libs/tls must not miss it. */
static SECURITY_STATUS renegotiate(struct context *c, const struct slots *s, size_t consumed)
{
    struct reader r = reader_on(s->in);
    BOOL starts = !consumed && !c->tls13 && !c->taken.size;
    if (starts && blob_set(&c->held, reader_bytes(&r, record_size(s->in))) != ST_OK)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (consumed && blob_set(&c->taken, reader_bytes(&r, consumed)) != ST_OK)
        return SEC_E_INSUFFICIENT_MEMORY;
    set_record(c, s);
    c->told = TRUE;
    return SEC_I_RENEGOTIATE;
}

/* The program reads on and has not brought a leg what it was told of, HELD, which libs/tls must see first: it is
 * told again and keeps all that it has, a few times. On Windows, too, it has to call Initialize- or
 * AcceptSecurityContext ("DecryptMessage (Schannel)"). */
static SECURITY_STATUS tell_again(struct context *c, const struct slots *s)
{
    enum { MOST = 16 };
    if (++c->told_again > MOST) {
        log_warn(ROOM, "the program reads on, and does not answer SEC_I_RENEGOTIATE: the connection ends");
        c->phase = PHASE_FAILED;
        c->failure = SEC_E_OUT_OF_SEQUENCE;
        reconnect_failed(c);
        return SEC_E_OUT_OF_SEQUENCE;
    }
    set_slots(s, 0, 0, 0);
    c->told = TRUE;
    return SEC_I_RENEGOTIATE;
}

static BOOL begins_with(struct bytes in, struct bytes what)
{
    struct reader r = reader_on(in);
    return bytes_equal(reader_bytes(&r, what.size), what);
}

static SECURITY_STATUS decrypt(struct context *c, const struct slots *s)
{
    struct tls_sizes sizes;
    size_t consumed = 0, missing = 0, size = 0;
    if (c->phase != PHASE_OPEN && c->phase != PHASE_SHUT)
        return SEC_E_INVALID_HANDLE;
    enum status st = tls_sizes(c->tls, &sizes);
    if (st != ST_OK)
        return schannel_status(st, c->tls);
    if (!s->in.size)
        return incomplete(s, 5);
    if (c->held.size && !begins_with(s->in, blob_view(&c->held)))
        return tell_again(c, s);
    if (context_taken(c, s->in))
        return renegotiate(c, s, 0); /* it has to go to the handshake first */
    blob_free(&c->taken);
    size_t at = min(sizes.header, s->in.size);
    /* The plaintext is shorter than the record and lands where the program looks for it. */
    st = tls_decrypt(c->tls, s->in, s->base + at, s->in.size - at, &consumed, &missing, &size);
    switch (st) {
    case ST_OK:
        if (!size && c->tls13 && tls_brought_message(c->tls)) {
            reconnect_keep(c); /* it may have been a ticket */
            return renegotiate(c, s, consumed);
        }
        set_slots(s, sizes.header, size, consumed);
        return SEC_E_OK;
    case ST_INCOMPLETE:
        return incomplete(s, missing);
    case ST_RENEGOTIATE:
        return renegotiate(c, s, consumed);
    case ST_CLOSED:
        set_slots(s, 0, 0, consumed);
        return SEC_I_CONTEXT_EXPIRED;
    default:
        reconnect_failed(c);
        return schannel_status(st, c->tls);
    }
}

static SECURITY_STATUS decrypt_datagram(struct context *c, const struct slots *s)
{
    struct tls_sizes sizes;
    size_t at, consumed, size;
    if (c->phase != PHASE_OPEN && c->phase != PHASE_SHUT)
        return SEC_E_INVALID_HANDLE;
    SECURITY_STATUS status = datagram_decrypt(c, s->in, s->base, &at, &consumed, &size);
    if (status == SEC_I_CONTEXT_EXPIRED)
        set_slots(s, 0, 0, at + consumed);
    if (status != SEC_E_OK)
        return status;
    enum status st = tls_sizes(c->tls, &sizes);
    if (st == ST_OK)
        set_slots(s, at + sizes.header, size, at + consumed);
    return schannel_status(st, c->tls);
}

SECURITY_STATUS stream_decrypt(
        struct ssp_object *object, PSecBufferDesc message, ULONG sequence, ULONG *quality_out)
{
    struct context *c = (struct context *)object;
    struct slots slots = {0};
    (void)sequence;
    SECURITY_STATUS s = find_slots(message, &slots);
    if (s != SEC_E_OK)
        return s;
    if (c->datagram)
        context_lock(c);
    else
        ssp_lock_take(&c->receive_lock);
    s = c->datagram ? decrypt_datagram(c, &slots) : decrypt(c, &slots);
    if (c->datagram)
        context_unlock(c);
    else
        ssp_lock_give(&c->receive_lock);
    if (s == SEC_E_OK && quality_out)
        *quality_out = 0;
    return s;
}
