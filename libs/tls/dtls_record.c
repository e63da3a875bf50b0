/* Records of datagrams. What is not a record of this session, or was seen before, is dropped, and
 * the session goes on (RFC 6347 4.1.2.6, 4.1.2.7): whoever can reach the port could end it
 * otherwise. GnuTLS decides; the window here only tells a repeated record from a forged one. */
#include <gnutls/dtls.h>
#include "internal.h"
#include "base/log.h"

enum {
    DTLS_MAJOR = 254, /* the complement of TLS's */
    FRAGMENT_HEADER = 12,
    MESSAGE_MAX = 128 * 1024, /* as much as GnuTLS takes */
    DATA_EPOCH = 1,           /* there is no renegotiation */
    WINDOW = 64,
};

bool dtls_frame(struct bytes in, struct dtls_record *record)
{
    struct reader r = reader_on(in);
    record->type = reader_u8(&r);
    uint8_t major = reader_u8(&r);
    reader_skip(&r, 1);
    record->epoch = reader_u16be(&r);
    record->sequence = (uint64_t)reader_u16be(&r) << 32;
    record->sequence |= reader_u32be(&r);
    record->payload = reader_bytes(&r, reader_u16be(&r));
    record->size = DTLS_RECORD_HEADER + record->payload.size;
    return reader_ok(&r) && major == DTLS_MAJOR && record->payload.size &&
           record->payload.size <= RECORD_PAYLOAD_MAX && record->type >= TYPE_CHANGE_CIPHER_SPEC &&
           record->type <= TYPE_APPLICATION_DATA;
}

/* RFC 6347 4.2.2: one or more (parts of) messages. */
static bool are_fragments(struct bytes payload)
{
    struct reader r = reader_on(payload);
    while (reader_ok(&r) && reader_left(&r)) {
        reader_skip(&r, 1); /* type */
        uint32_t size = reader_u24be(&r);
        reader_skip(&r, 2); /* message_seq */
        uint32_t offset = reader_u24be(&r), part = reader_u24be(&r);
        reader_skip(&r, part);
        if (size > MESSAGE_MAX || offset > size || part > size - offset || (size && !part))
            reader_fail(&r);
    }
    return reader_ok(&r);
}

bool dtls_is_sane(const struct dtls_record *record)
{
    struct reader r = reader_on(record->payload);
    if (record->epoch > DATA_EPOCH || record->type == TYPE_APPLICATION_DATA)
        return false;
    if (record->epoch)
        return true;
    switch (record->type) {
    case TYPE_CHANGE_CIPHER_SPEC:
        return reader_u8(&r) == 1 && reader_done(&r);
    case TYPE_ALERT:
        reader_skip(&r, 2);
        return reader_done(&r);
    default:
        return are_fragments(record->payload);
    }
}

/* ---- the window ---- */

/* What has the handshake's last numbers cannot be new. */
void dtls_window_start(struct tls_session *s)
{
    uint8_t number[8] = {0};
    (void)gnutls_record_get_state(s->gnutls, 1, NULL, NULL, NULL, number);
    struct reader r = reader_on(bytes_of(number, sizeof number));
    reader_skip(&r, 2); /* epoch */
    s->dtls.next = (uint64_t)reader_u16be(&r) << 32;
    s->dtls.next |= reader_u32be(&r);
    s->dtls.seen = UINT64_MAX;
}

static bool was_seen(const struct dtls *d, uint64_t sequence)
{
    if (sequence >= d->next)
        return false;
    uint64_t back = d->next - 1 - sequence;
    return back >= WINDOW || (d->seen >> back & 1);
}

static void note(struct dtls *d, uint64_t sequence)
{
    if (sequence >= d->next) {
        uint64_t ahead = sequence + 1 - d->next;
        d->seen = ahead >= WINDOW ? 0 : d->seen << ahead;
        d->next = sequence + 1;
    }
    uint64_t back = d->next - 1 - sequence;
    if (back < WINDOW)
        d->seen |= (uint64_t)1 << back;
}

/* ---- receiving ---- */

/* What is left of an earlier record, which is of no use to the stream, makes GnuTLS return without
 * looking at this one. */
ssize_t dtls_feed(struct tls_session *s, struct bytes record, uint8_t *out, size_t capacity)
{
    ssize_t got = GNUTLS_E_AGAIN;
    transport_to_datagrams(s);
    dtls_turn_begin(s, !dtls_is_waiting(s));
    s->in.at = 0;
    for (int i = 0; i < 4 && got < 0 && !gnutls_error_is_fatal((int)got) && !s->in.at; i++) {
        transport_feed(s, record);
        got = gnutls_record_recv(s->gnutls, out, capacity);
    }
    dtls_turn_end(s);
    transport_to_message(s);
    return got;
}

/* Nothing came of the record. A peer that wants to negotiate again is not answered. */
static enum status dropped(struct tls_session *s, uint64_t sequence, bool discarded)
{
    if (!discarded) {
        note(&s->dtls, sequence);
        return ST_OK;
    }
    return was_seen(&s->dtls, sequence) ? ST_OUT_OF_SEQUENCE : ST_BAD_SIGNATURE;
}

static bool is_nothing(ssize_t got)
{
    return got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED || got == GNUTLS_E_TIMEDOUT ||
           got == GNUTLS_E_WARNING_ALERT_RECEIVED || got == GNUTLS_E_REHANDSHAKE;
}

static enum status receive(struct tls_session *s, const struct dtls_record *record,
        struct bytes whole, uint8_t *out, size_t capacity, size_t *size)
{
    unsigned before = gnutls_record_get_discarded(s->gnutls);
    s->dtls.repeated = false;
    ssize_t got = dtls_feed(s, whole, out, capacity);
    if (got <= 0 && dtls_is_waiting(s))
        return ST_RENEGOTIATE;
    if (is_nothing(got))
        return dropped(s, record->sequence, gnutls_record_get_discarded(s->gnutls) != before);
    if (got < 0)
        return session_fail(s, (int)got, "receiving data");
    note(&s->dtls, record->sequence);
    s->read_closed = !got;
    *size = (size_t)got;
    return got ? ST_OK : ST_CLOSED;
}

enum status dtls_decrypt(struct tls_session *s, struct bytes in, uint8_t *out, size_t capacity,
        size_t *consumed, size_t *size)
{
    struct dtls_record record;
    if (!dtls_frame(in, &record))
        return ST_BAD_TOKEN;
    struct reader r = reader_on(in);
    struct bytes whole = reader_bytes(&r, record.size);
    if (record.epoch != DATA_EPOCH) {
        *consumed = record.size;
        return ST_BAD_TOKEN;
    }
    if (capacity + s->sizes.header < record.size)
        return ST_BUFFER_TOO_SMALL;
    enum status status = receive(s, &record, whole, out, capacity, size);
    *consumed = status == ST_RENEGOTIATE || session_state(s) == STATE_FAILED ? 0 : record.size;
    return status;
}
