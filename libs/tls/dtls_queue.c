/* What a datagram session has to send: records from GnuTLS, packed into datagrams, and kept until
 * the caller takes them, one at a time.
 *
 * GnuTLS's timers have always run out (dtls.c), so it sends its flight again whenever it would look
 * at them. That is wanted when no record came, and when the peer repeats itself: once for each
 * datagram of the peer, who may send its flight in many records. It is not wanted at once behind a
 * flight that ends with Finished (to be told by the epoch, which goes back), and while the parts of
 * the peer's last flight come in.
 */
#include "internal.h"

enum { SIZE_FIELD = 2, RECORD_EPOCH_AT = 3 };

void dtls_turn_begin(struct tls_session *s, bool may_repeat)
{
    s->dtls.may_repeat = may_repeat;
    s->dtls.progress = s->dtls.fresh = s->dtls.pushed = s->dtls.deaf = false;
    s->dtls.top_epoch = 0;
}

void dtls_turn_end(struct tls_session *s)
{
    if (s->dtls.pushed && !s->dtls.fresh && !s->dtls.deaf)
        s->dtls.repeated = true;
}

/* Is this record to be sent, or one too many? */
static bool is_wanted(struct dtls *d, uint16_t epoch)
{
    bool may_repeat = d->may_repeat && !d->progress && !d->repeated;
    if (epoch < d->top_epoch || (!d->fresh && !may_repeat))
        d->deaf = true;
    d->top_epoch = epoch;
    return !d->deaf;
}

/* RFC 6347 4.2.1: servers that keep no state want the whole ClientHello at once. */
static bool is_cut_hello(struct reader r, uint8_t type, uint16_t epoch)
{
    enum { CLIENT_HELLO = 1 };
    reader_skip(&r, 6 + 2); /* sequence number, length */
    bool hello = type == TYPE_HANDSHAKE && !epoch && reader_u8(&r) == CLIENT_HELLO;
    uint32_t size = reader_u24be(&r);
    reader_skip(&r, 2 + 3); /* message_seq, fragment_offset */
    return hello && reader_u24be(&r) != size;
}

static size_t last_size(const struct dtls *d)
{
    return writer_at(&d->queue) - d->last - SIZE_FIELD;
}

static bool put(struct dtls *d, struct bytes record)
{
    if (!d->grows || last_size(d) + record.size > d->mtu) {
        d->last = writer_at(&d->queue);
        d->grows = true;
        writer_u16le(&d->queue, 0);
    }
    writer_bytes(&d->queue, record);
    writer_patch_u16le(&d->queue, d->last, (uint16_t)last_size(d));
    return !d->queue.status;
}

bool dtls_push(struct tls_session *s, struct bytes record)
{
    struct dtls *d = &s->dtls;
    struct reader r = reader_on(record);
    uint8_t type = reader_u8(&r);
    reader_skip(&r, RECORD_EPOCH_AT - 1);
    uint16_t epoch = reader_u16be(&r);
    d->too_small |= is_cut_hello(r, type, epoch);
    d->pushed = true;
    return !is_wanted(d, epoch) || put(d, record);
}

void dtls_queue_clear(struct tls_session *s)
{
    writer_free(&s->dtls.queue);
    s->dtls.taken = s->dtls.last = 0;
    s->dtls.grows = false;
}

bool dtls_is_waiting(const struct tls_session *s)
{
    return s->dtls.taken < writer_at(&s->dtls.queue);
}

bool tls_datagram_waits(const struct tls_session *s)
{
    return dtls_is_waiting(s);
}

enum status tls_datagram_take(struct tls_session *s, struct blob *datagram)
{
    struct dtls *d = &s->dtls;
    if (d->queue.status)
        return d->queue.status;
    if (!dtls_is_waiting(s)) {
        blob_free(datagram);
        return ST_OK;
    }
    struct reader r = reader_on(blob_view(&d->queue.out));
    reader_skip(&r, d->taken);
    struct bytes next = reader_bytes(&r, reader_u16le(&r));
    enum status status = blob_set(datagram, next);
    if (status)
        return status;
    d->taken += SIZE_FIELD + next.size;
    d->grows = d->grows && dtls_is_waiting(s);
    if (!dtls_is_waiting(s))
        dtls_queue_clear(s);
    return ST_OK;
}
