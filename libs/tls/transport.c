/* Records between memory and GnuTLS.
 *
 *   0      1          3          5
 *   | type | version  | length   | payload ...      RFC 8446 5.1, RFC 5246 6.2
 */
#include <errno.h>
#include "internal.h"

enum status transport_frame(struct bytes in, size_t *size, size_t *missing)
{
    if (in.size < RECORD_HEADER) {
        *missing = RECORD_HEADER - in.size;
        return ST_INCOMPLETE;
    }
    struct reader r = reader_on(in);
    uint8_t type = reader_u8(&r);
    uint8_t major = reader_u8(&r);
    reader_skip(&r, 1);
    size_t payload = reader_u16be(&r);
    if (type < TYPE_CHANGE_CIPHER_SPEC || type > TYPE_APPLICATION_DATA || major != 3 ||
            payload > RECORD_PAYLOAD_MAX)
        return ST_BAD_TOKEN;
    if (reader_left(&r) < payload) {
        *missing = payload - reader_left(&r);
        return ST_INCOMPLETE;
    }
    *size = RECORD_HEADER + payload;
    return ST_OK;
}

void transport_feed(struct tls_session *s, struct bytes record)
{
    s->in.record = record;
    s->in.at = 0;
}

void transport_to_memory(struct tls_session *s, uint8_t *out, size_t capacity)
{
    s->out.out = out;
    s->out.capacity = capacity;
    s->out.used = 0;
    s->out.failed = false;
    s->out.datagrams = false;
}

void transport_to_message(struct tls_session *s)
{
    protect_give_back_writes(s);
    transport_to_memory(s, NULL, 0);
    writer_free(&s->out.writer);
}

void transport_to_datagrams(struct tls_session *s)
{
    transport_to_memory(s, NULL, 0);
    s->out.datagrams = true;
}

enum status transport_take(struct tls_session *s, struct blob *out)
{
    struct blob fresh = {0};
    enum status status = writer_finish(&s->out.writer, &fresh);
    if (status || !fresh.size)
        return status;
    if (!out->size) {
        blob_move(out, &fresh);
        return ST_OK;
    }
    struct writer w = {0};
    writer_reserve(&w, out->size + fresh.size);
    writer_bytes(&w, blob_view(out));
    writer_bytes(&w, blob_view(&fresh));
    blob_free(&fresh);
    return writer_finish(&w, out);
}

static ssize_t on_pull(gnutls_transport_ptr_t self, void *data, size_t size)
{
    struct source *in = &((struct tls_session *)self)->in;
    struct reader r = reader_on(in->record);
    reader_skip(&r, in->at);
    if (!reader_left(&r)) {
        errno = EAGAIN;
        return -1;
    }
    if (size > reader_left(&r))
        size = reader_left(&r);
    reader_copy(&r, data, size);
    in->at += size;
    return (ssize_t)size;
}

static int on_pull_timeout(gnutls_transport_ptr_t self, unsigned ms)
{
    const struct source *in = &((struct tls_session *)self)->in;
    (void)ms;
    return in->at < in->record.size;
}

static bool sink_put(struct tls_session *s, struct bytes v)
{
    struct sink *out = &s->out;
    if (out->datagrams)
        return dtls_push(s, v);
    if (!out->out) {
        writer_bytes(&out->writer, v);
        return !out->writer.status;
    }
    if (v.size > out->capacity - out->used)
        return false;
    struct reader r = reader_on(v);
    reader_copy(&r, out->out + out->used, v.size);
    out->used += v.size;
    return true;
}

static ssize_t on_push(gnutls_transport_ptr_t self, const void *data, size_t size)
{
    struct tls_session *s = self;
    struct sink *out = &s->out;
    /* GnuTLS's number would be one that we have used. Nobody gets here: protect.c. */
    if (!out->failed && !s->writes.aead && sink_put(s, bytes_of(data, size)))
        return (ssize_t)size;
    out->failed = true;
    errno = EIO;
    return -1;
}

/* GnuTLS' own gnutls_transport_set_errno keeps one value for both directions, and its default asks
 * Winsock on Windows. */
static int on_errno(gnutls_transport_ptr_t self)
{
    (void)self;
    return errno;
}

void transport_attach(struct tls_session *s)
{
    gnutls_transport_set_ptr(s->gnutls, s);
    gnutls_transport_set_pull_function(s->gnutls, on_pull);
    gnutls_transport_set_pull_timeout_function(s->gnutls, on_pull_timeout);
    gnutls_transport_set_push_function(s->gnutls, on_push);
    gnutls_transport_set_errno_function(s->gnutls, on_errno);
}
