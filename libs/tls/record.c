/* Data in records. Each function handles one record and touches only its own direction. What protect.c
 * does not do goes through GnuTLS. */
#include "internal.h"
#include "base/log.h"

/* RFC 8446 5.5: an AES-GCM key is good for 2^24.5 full records. */
enum { RECORDS_PER_KEY = 1 << 24 };

static void count_record(struct tls_session *s)
{
    if (s->tls13 && ++s->sent_records == RECORDS_PER_KEY)
        __atomic_store_n(&s->owes_key_update, 1, __ATOMIC_RELEASE);
}

static enum status send_record(
        struct tls_session *s, struct bytes data, uint8_t *out, size_t capacity, size_t *size)
{
    enum status status = protect_data(s, data, out, size);
    if (!status)
        count_record(s);
    if (status != ST_UNSUPPORTED)
        return status;
    send_lock(s);
    protect_give_back_writes(s);
    transport_to_memory(s, out, capacity);
    ssize_t sent = gnutls_record_send(s->gnutls, data.data, data.size);
    *size = s->out.used;
    transport_to_memory(s, NULL, 0);
    s->writes.settled = sent > 0;
    if (sent >= 0)
        count_record(s);
    send_unlock(s);
    if (sent >= 0 && (size_t)sent == data.size)
        return ST_OK;
    *size = 0;
    return session_fail(s, sent < 0 ? (int)sent : GNUTLS_E_INTERNAL_ERROR, "sending data");
}

/* GnuTLS refuses to make one: where it has the direction, there is none. */
static enum status send_empty(struct tls_session *s, uint8_t *out, size_t capacity, size_t *size)
{
    if (s->mac || s->datagram)
        return ST_OK;
    if (capacity < s->sizes.header + s->sizes.trailer)
        return ST_BUFFER_TOO_SMALL;
    s->writes.settled = true; /* nothing for GnuTLS to make first */
    enum status status = protect_data(s, bytes_of(NULL, 0), out, size);
    if (*size)
        count_record(s);
    return status == ST_UNSUPPORTED ? ST_OK : status;
}

enum status tls_encrypt(
        struct tls_session *s, struct bytes data, uint8_t *out, size_t capacity, size_t *size)
{
    *size = 0;
    enum status status = session_allows(s, OP_ENCRYPT);
    if (status || s->write_closed)
        return ST_BAD_STATE;
    if (data.size > s->sizes.max_data)
        return ST_BAD_ARGUMENT;
    if (!data.size)
        return send_empty(s, out, capacity, size);
    if (capacity < sizes_of_record(s, data.size))
        return ST_BUFFER_TOO_SMALL;
    return send_record(s, data, out, capacity, size);
}

/* Empty records, warnings, tickets, renegotiations: each costs us work and brings the program
 * nothing. KeyUpdates are bounded by GnuTLS. */
bool count_barren(struct tls_session *s)
{
    enum { BARREN_MOST = 32 };
    if (++s->barren <= BARREN_MOST)
        return true;
    (void)session_fail(s, GNUTLS_E_UNEXPECTED_PACKET, "too many records that bring nothing");
    return false;
}

bool tls_brought_message(const struct tls_session *s)
{
    return s->brought_message;
}

/* True once for each KeyUpdate that we owe: tls_handshake has to be called. */
static bool announce_key_update(struct tls_session *s)
{
    int owed = 1;
    return __atomic_compare_exchange_n(
            &s->owes_key_update, &owed, 2, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static uint8_t type_of(struct bytes in)
{
    struct reader r = reader_on(in);
    return reader_u8(&r);
}

/* Handshake records of TLS <= 1.2 can be told by their type. */
static bool is_for_handshake(const struct tls_session *s, uint8_t type)
{
    return !s->tls13 && (type == TYPE_HANDSHAKE || type == TYPE_CHANGE_CIPHER_SPEC);
}

/* RFC 8446 5.2: at most 256 more than the text; GnuTLS allows 2048 here. */
static bool is_too_long(const struct tls_session *s, struct bytes in)
{
    enum { MORE13 = 256 };
    struct reader r = reader_on(in);
    reader_skip(&r, RECORD_HEADER - 2);
    size_t payload = reader_u16be(&r);
    return s->tls13 && reader_ok(&r) && payload > RECORD_DATA_MAX + MORE13;
}

/* What cannot be a protected record, told before any key is used:
 * RFC 8446 5.2: every one says application_data outside; GnuTLS does not look.
 * RFC 5246 7.1: ChangeCipherSpec has a place in a handshake only. tls_handshake has no use for it
 * on an open stream either, and would leave it there for ever.
 * No data: less than a nonce and a tag. */
static bool is_unprotected(const struct tls_session *s, struct bytes record)
{
    uint8_t type = type_of(record);
    if (s->tls13 && type != TYPE_APPLICATION_DATA)
        return true;
    if (type == TYPE_CHANGE_CIPHER_SPEC && session_state(s) != STATE_REHANDSHAKE)
        return true;
    return record.size <= s->sizes.header && !is_for_handshake(s, type);
}

/* GnuTLS returned 0: after close_notify it does so for ever, after an empty record it asks for
 * more. */
static enum status closed_or_empty(struct tls_session *s)
{
    uint8_t none[1];
    transport_feed(s, bytes_of(NULL, 0));
    if (gnutls_record_recv(s->gnutls, none, sizeof none) != 0)
        return count_barren(s) ? ST_OK : ST_BAD_TOKEN;
    s->read_closed = true;
    return ST_CLOSED;
}

/* CertificateRequest after the handshake. */
static enum status asked_who(struct tls_session *s)
{
    if (!count_barren(s))
        return ST_BAD_TOKEN;
    s->reauth = REAUTH_ASKED;
    return ST_RENEGOTIATE;
}

static enum status received(struct tls_session *s, ssize_t got, bool updated, size_t *size)
{
    if (got > RECORD_DATA_MAX)
        return session_fail(s, GNUTLS_E_RECORD_OVERFLOW, "receiving data");
    if (got > 0) {
        s->barren = 0;
        *size = (size_t)got;
        return ST_OK;
    }
    if (!got)
        return closed_or_empty(s);
    if (got == GNUTLS_E_WARNING_ALERT_RECEIVED) {
        s->brought_message = true;
        s->asked = s->asked && gnutls_alert_get(s->gnutls) != GNUTLS_A_NO_RENEGOTIATION;
        return count_barren(s) ? ST_OK : ST_BAD_TOKEN;
    }
    if (got == GNUTLS_E_REAUTH_REQUEST)
        return asked_who(s);
    if (got != GNUTLS_E_AGAIN)
        return session_fail(s, (int)got, "receiving data");
    if (announce_key_update(s))
        return ST_RENEGOTIATE;
    return updated || count_barren(s) ? ST_OK : ST_BAD_TOKEN;
}

/* Memory of the record is not needed any more once GnuTLS has copied it, so OUT may lie in it. */
static enum status receive(
        struct tls_session *s, struct bytes record, uint8_t *out, size_t capacity, size_t *size)
{
    if (unprotect_data(s, record, out, capacity, size)) {
        if (s->barren) /* the sender reads what lies beside it */
            s->barren = 0;
        return ST_OK;
    }
    protect_give_back_reads(s);
    transport_feed(s, record);
    s->brought_message = false; /* else hooks.c says so */
    ssize_t got = gnutls_record_recv(s->gnutls, out, capacity);
    bool updated = s->receiver_holds, whole = s->in.at == record.size;
    s->reads.settled = got > 0;
    receiver_done(s);
    enum status status = received(s, got, updated, size);
    if (status_failed(status) || whole)
        return status;
    return session_fail(s, GNUTLS_E_INTERNAL_ERROR, "a record was not taken whole");
}

/* ST_RENEGOTIATE: RECORD, or something before it, is tls_handshake's. */
static enum status whose(struct tls_session *s, struct bytes record)
{
    bool owns = is_for_handshake(s, type_of(record)) || announce_key_update(s);
    if (!owns && s->config->role == TLS_SERVER && s->reauth != REAUTH_NONE) {
        protect_give_back_reads(s);
        enum status status = reauth_owns(s, record, &owns);
        if (status)
            return session_fail(s, GNUTLS_E_MEMORY_ERROR, "receiving data");
    }
    return owns ? ST_RENEGOTIATE : ST_OK;
}

enum status tls_decrypt(struct tls_session *s, struct bytes in, uint8_t *out, size_t capacity,
        size_t *consumed, size_t *missing, size_t *size)
{
    size_t record;
    *consumed = *missing = *size = 0;
    enum status status = session_allows(s, OP_DECRYPT);
    if (status || s->read_closed)
        return status ? status : ST_CLOSED;
    if (s->datagram)
        return dtls_decrypt(s, in, out, capacity, consumed, size);
    status = transport_frame(in, &record, missing);
    if (status == ST_BAD_TOKEN || (!status && is_unprotected(s, bytes_of(in.data, record))))
        return session_fail(s, GNUTLS_E_UNEXPECTED_PACKET, "not a protected TLS record");
    if (is_too_long(s, in))
        return session_fail(s, GNUTLS_E_RECORD_OVERFLOW, "receiving data");
    if (status)
        return status;
    struct reader r = reader_on(in);
    struct bytes whole = reader_bytes(&r, record);
    status = whose(s, whole);
    if (status)
        return status;
    if (capacity + s->sizes.header < record)
        return ST_BUFFER_TOO_SMALL;
    status = receive(s, whole, out, capacity, size);
    if (!status_failed(status))
        *consumed = record;
    return status;
}
