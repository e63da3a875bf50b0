/* EncryptMessage: one TLS record over HEADER, DATA and TRAILER.
 *
 *   HEADER        DATA              TRAILER
 *   | 5 to 29   | what is said    | MAC or tag, padding |     (STREAM_SIZES says how much)
 *
 * The record is written across the three in order, whether or not they lie behind one another.
 */
#include "schannel.h"

struct parts {
    PSecBuffer header, data, trailer;
};

static SECURITY_STATUS find_parts(const SecBufferDesc *message, struct parts *p)
{
    if (!message)
        return SEC_E_INVALID_TOKEN;
    p->header = ssp_buffer_find(message, SECBUFFER_STREAM_HEADER, 0);
    p->data = ssp_buffer_find(message, SECBUFFER_DATA, 0);
    p->trailer = ssp_buffer_find(message, SECBUFFER_STREAM_TRAILER, 0);
    if (!p->header || !p->data || !p->trailer || ssp_buffer_find(message, SECBUFFER_DATA, 1))
        return SEC_E_INVALID_TOKEN;
    if (!p->header->pvBuffer || !p->trailer->pvBuffer || (p->data->cbBuffer && !p->data->pvBuffer))
        return SEC_E_INVALID_TOKEN;
    return SEC_E_OK;
}

static BOOL contiguous(const struct parts *p)
{
    const BYTE *header = p->header->pvBuffer, *data = p->data->pvBuffer;
    return header + p->header->cbBuffer == data &&
           data + p->data->cbBuffer == (const BYTE *)p->trailer->pvBuffer;
}

/* Bytes that the record may take. A program's trailer may be larger than any that TLS makes; no
 * more than that is counted, so that the sum cannot overflow 32 bits. */
static size_t room_of(const struct parts *p, const struct tls_sizes *sizes)
{
    return sizes->header + p->data->cbBuffer + min(p->trailer->cbBuffer, sizes->trailer);
}

/* What is used of the trailer. Where libs/tls makes no empty record (CBC) nothing is. */
static void set_trailer(const struct parts *p, size_t header_size, size_t record_size)
{
    p->trailer->cbBuffer = record_size ? (ULONG)(record_size - header_size - p->data->cbBuffer) : 0;
}

/* RECORD goes where the parts are; HEADER_SIZE and the data's size are fixed, the trailer has the
 * rest. */
static void scatter(const struct parts *p, const uint8_t *record, size_t header_size)
{
    CopyMemory(p->header->pvBuffer, record, header_size);
    CopyMemory(p->data->pvBuffer, record + header_size, p->data->cbBuffer);
    CopyMemory(
            p->trailer->pvBuffer, record + header_size + p->data->cbBuffer, p->trailer->cbBuffer);
}

static enum status encrypt_apart(
        struct context *c, const struct parts *p, const struct tls_sizes *sizes, size_t *size)
{
    size_t room = room_of(p, sizes);
    uint8_t *record = mem_alloc(room);
    if (!record)
        return ST_NO_MEMORY;
    enum status s = tls_encrypt(c->tls, ssp_buffer_bytes(p->data), record, room, size);
    if (s == ST_OK)
        set_trailer(p, sizes->header, *size);
    if (s == ST_OK && *size)
        scatter(p, record, sizes->header);
    mem_free(record, room);
    return s;
}

static enum status encrypt_in_place(
        struct context *c, const struct parts *p, const struct tls_sizes *sizes, size_t *size)
{
    size_t room = room_of(p, sizes);
    enum status s = tls_encrypt(c->tls, ssp_buffer_bytes(p->data), p->header->pvBuffer, room, size);
    if (s == ST_OK)
        set_trailer(p, sizes->header, *size);
    return s;
}

static SECURITY_STATUS encrypt(struct context *c, const struct parts *p)
{
    struct tls_sizes sizes;
    size_t size = 0;
    if (c->phase == PHASE_SHUT)
        return SEC_E_CONTEXT_EXPIRED;
    if (c->phase != PHASE_OPEN)
        return SEC_E_INVALID_HANDLE;
    enum status s = tls_sizes(c->tls, &sizes);
    if (s != ST_OK)
        return schannel_status(s, c->tls);
    if (p->header->cbBuffer < sizes.header)
        return SEC_E_BUFFER_TOO_SMALL;
    if (p->data->cbBuffer > sizes.max_data) {
        log_warn(ROOM, "EncryptMessage of %lu bytes; cbMaximumMessage is %lu",
                (unsigned long)p->data->cbBuffer, (unsigned long)sizes.max_data);
        return SEC_E_INVALID_PARAMETER;
    }
    BOOL in_place = p->header->cbBuffer == sizes.header && contiguous(p);
    s = in_place ? encrypt_in_place(c, p, &sizes, &size) : encrypt_apart(c, p, &sizes, &size);
    if (s != ST_OK)
        return schannel_status(s, c->tls);
    p->header->cbBuffer = size ? (ULONG)sizes.header : 0;
    return SEC_E_OK;
}

SECURITY_STATUS stream_encrypt(
        struct ssp_object *object, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    struct context *c = (struct context *)object;
    struct parts p;
    (void)sequence;
    SECURITY_STATUS s = find_parts(message, &p);
    if (s != SEC_E_OK)
        return s;
    if (quality)
        return SEC_E_QOP_NOT_SUPPORTED;
    ssp_lock_take(&c->send_lock);
    s = encrypt(c, &p);
    ssp_lock_give(&c->send_lock);
    return s;
}
