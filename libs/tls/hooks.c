/* What we must know of single handshake messages while GnuTLS handles them.
 *
 * KeyUpdate (RFC 8446 4.6.3): when the peer asks for ours, GnuTLS sends it inside the next
 * gnutls_record_send, two records where the caller of tls_encrypt has room for one. So we take the
 * duty over: between gnutls_record_cork and gnutls_record_uncork GnuTLS forgets the reply it has
 * scheduled, and tls_handshake sends it with gnutls_session_key_update. All of that changes the
 * sender's state, hence the lock.
 *
 * Certificate, client only: Windows' self-made RDP certificates carry a keyUsage without
 * digitalSignature, and Windows signs with them. GnuTLS 3.8 tolerates that of a peer only in its
 * compatibility mode (its %DEBUG_ALLOW_KEY_USAGE_VIOLATIONS is about our own certificate), which
 * would also switch off the extended master secret and encrypt-then-MAC and pad the hello: so it
 * goes on when the hellos are done and these things are negotiated. What else is left of it then:
 * records of TLS 1.2 may be 2 KiB too large, as transport.c takes them anyway. A server never
 * relaxes.
 *
 * Hellos: the peer's limit on record sizes, which GnuTLS obeys but does not tell; and the session
 * id that went over the wire, which a client's GnuTLS replaces when it gets a ticket (RFC 5077
 * 3.4).
 */
#include "internal.h"

enum { EXTENSION_MAX_FRAGMENT = 1, EXTENSION_RECORD_SIZE_LIMIT = 28 };

/* Contended only while a KeyUpdate comes in during a send: a few microseconds. */
void send_lock(struct tls_session *s)
{
    while (__atomic_exchange_n(&s->sending, 1, __ATOMIC_ACQUIRE))
        ;
}

void send_unlock(struct tls_session *s)
{
    __atomic_store_n(&s->sending, 0, __ATOMIC_RELEASE);
}

void receiver_done(struct tls_session *s)
{
    if (!s->receiver_holds)
        return;
    gnutls_record_cork(s->gnutls);
    (void)gnutls_record_uncork(s->gnutls, 0); /* nothing is corked: nothing is sent */
    s->receiver_holds = false;
    send_unlock(s);
}

static void on_key_update(struct tls_session *s, struct bytes message)
{
    enum { UPDATE_REQUESTED = 1 };
    struct reader r = reader_on(message);
    if (!s->receiver_holds)
        send_lock(s);
    s->receiver_holds = true;
    if (reader_u8(&r) == UPDATE_REQUESTED)
        __atomic_store_n(&s->owes_key_update, 1, __ATOMIC_RELEASE);
}

static void on_extension(struct tls_session *s, uint16_t type, struct bytes body)
{
    struct reader r = reader_on(body);
    if (type == EXTENSION_RECORD_SIZE_LIMIT)
        s->record_size_limit = reader_u16be(&r);
    if (type == EXTENSION_MAX_FRAGMENT) {
        unsigned code = reader_u8(&r);
        s->max_fragment = code >= 1 && code <= 4 ? (size_t)256 << code : 0;
    }
}

/* What the server answers is what was negotiated: in its hello, in TLS 1.3 also in the message after
 * it. */
static void note_extensions(struct tls_session *s, struct reader *r)
{
    struct reader list = reader_on(reader_bytes(r, reader_u16be(r)));
    while (reader_ok(&list) && reader_left(&list)) {
        uint16_t type = reader_u16be(&list);
        reader_skip(&list, reader_u16be(&list));
        if (reader_ok(&list) && s->extension_count < EXTENSIONS_MAX)
            s->extensions[s->extension_count++] = type;
    }
}

static void walk_extensions(struct tls_session *s, struct reader *r)
{
    struct reader list = reader_on(reader_bytes(r, reader_u16be(r)));
    while (reader_ok(&list) && reader_left(&list)) {
        uint16_t type = reader_u16be(&list);
        struct bytes body = reader_bytes(&list, reader_u16be(&list));
        if (reader_ok(&list))
            on_extension(s, type, body);
    }
}

/* Legacy_session_id_echo in TLS 1.3. */
static void note_server_hello(struct tls_session *s, struct bytes hello)
{
    struct reader r = reader_on(hello);
    reader_skip(&r, 2 + 32); /* version, random */
    struct bytes id = reader_bytes(&r, reader_u8(&r));
    struct reader copy = reader_on(id);
    if (!reader_ok(&r) || id.size > sizeof s->id)
        return; /* GnuTLS will refuse it */
    reader_copy(&copy, s->id, id.size);
    s->id_size = id.size;
    reader_skip(&r, 2 + 1); /* cipher suite, compression method */
    s->extension_count = 0; /* the hello of a renegotiation, or behind a HelloRetryRequest */
    note_extensions(s, &r);
}

/* ClientHello and ServerHello, RFC 8446 4.1.2 and 4.1.3. */
static void on_hello(struct tls_session *s, unsigned type, struct bytes message)
{
    struct reader r = reader_on(message);
    reader_skip(&r, 2 + 32);        /* legacy_version, random */
    reader_skip(&r, reader_u8(&r)); /* session id */
    if (type == GNUTLS_HANDSHAKE_CLIENT_HELLO) {
        if (s->datagram)
            reader_skip(&r, reader_u8(&r)); /* cookie, RFC 6347 4.2.1 */
        reader_skip(&r, reader_u16be(&r)); /* cipher suites */
        reader_skip(&r, reader_u8(&r));    /* compression methods */
    } else {
        reader_skip(&r, 2 + 1); /* cipher suite, compression method */
    }
    walk_extensions(s, &r);
}

/* A client's answer to a later request for its certificate: none. RFC 5246 7.4.6; RFC 8446 4.4.2. */
static bool is_empty_list(const struct tls_session *s, struct bytes body)
{
    struct reader r = reader_on(body);
    if (s->tls13)
        reader_skip(&r, reader_u8(&r)); /* certificate_request_context */
    return !reader_u24be(&r);
}

static int on_message(gnutls_session_t gnutls, unsigned type, unsigned when, unsigned incoming,
        const gnutls_datum_t *message)
{
    struct tls_session *s = gnutls_session_get_ptr(gnutls);
    struct bytes body = bytes_of(message->data, message->size);
    struct reader r = reader_on(body);
    if (when != GNUTLS_HOOK_PRE)
        return 0;
    if (type == GNUTLS_HANDSHAKE_SERVER_HELLO)
        note_server_hello(s, body);
    if (type == GNUTLS_HANDSHAKE_ENCRYPTED_EXTENSIONS) {
        struct reader answers = reader_on(body);
        note_extensions(s, &answers);
    }
    if (!incoming) {
        s->dtls.fresh = true;
        return 0;
    }
    s->dtls.progress = s->brought_message = true;
    if (type == GNUTLS_HANDSHAKE_CLIENT_HELLO && s->config->parameters) {
        s->verdict = parameters_apply(s, body);
        s->verify_alert = GNUTLS_A_HANDSHAKE_FAILURE;
        if (s->verdict)
            return GNUTLS_E_NO_CIPHER_SUITES;
    }
    switch (type) {
    case GNUTLS_HANDSHAKE_NEW_SESSION_TICKET:
        s->has_ticket = true;
        break;
    case GNUTLS_HANDSHAKE_CLIENT_HELLO:
    case GNUTLS_HANDSHAKE_SERVER_HELLO:
        on_hello(s, type, body);
        break;
    case GNUTLS_HANDSHAKE_ENCRYPTED_EXTENSIONS:
        walk_extensions(s, &r);
        break;
    case GNUTLS_HANDSHAKE_CERTIFICATE_PKT:
        if (s->config->role == TLS_CLIENT)
            gnutls_session_enable_compatibility_mode(gnutls);
        else if (s->is_pinned && is_empty_list(s, body))
            return GNUTLS_E_CERTIFICATE_ERROR; /* GnuTLS would keep the former one */
        break;
    case GNUTLS_HANDSHAKE_KEY_UPDATE:
        on_key_update(s, body);
        break;
    case GNUTLS_HANDSHAKE_CERTIFICATE_REQUEST:
        if (session_state(s) == STATE_OPEN) /* after the handshake: reauth.c */
            return blob_set(&s->request, body) ? GNUTLS_E_MEMORY_ERROR : 0;
        break;
    default:
        break;
    }
    return 0;
}

void hooks_attach(struct tls_session *s)
{
    gnutls_handshake_set_hook_function(
            s->gnutls, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE, on_message);
}
