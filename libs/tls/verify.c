/* The peer's certificate, judged by our caller in the middle of the handshake: GnuTLS asks once it
 * has the chain and before it makes anything that answers it. GnuTLS knows only that it was
 * refused; the status and the alert that the caller chose are kept here. */
#include "internal.h"

static enum status judge(struct tls_session *s, const gnutls_datum_t *list, size_t count)
{
    unsigned alert = GNUTLS_A_BAD_CERTIFICATE;
    struct bytes *views = mem_alloc(count * sizeof *views);
    if (!views)
        return ST_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        views[i] = bytes_of(list[i].data, list[i].size);
    enum status status = s->verify(s->verify_self, views, count, &alert);
    mem_free(views, count * sizeof *views);
    s->verify_alert = alert;
    return status;
}

static int on_verify(gnutls_session_t gnutls)
{
    struct tls_session *s = gnutls_session_get_ptr(gnutls);
    unsigned count = 0;
    const gnutls_datum_t *list = gnutls_certificate_get_peers(gnutls, &count);
    if (!list || !count)
        return 0;
    s->verdict = judge(s, list, count);
    return s->verdict ? GNUTLS_E_CERTIFICATE_ERROR : 0;
}

/* What was trusted then need not be now, and the caller may not have looked then. */
bool verify_again(struct tls_session *s)
{
    return !s->verify || !gnutls_session_is_resumed(s->gnutls) || !on_verify(s->gnutls);
}

void tls_session_set_verify(struct tls_session *s, tls_verify verify, void *self)
{
    s->verify = verify;
    s->verify_self = self;
    gnutls_session_set_verify_function(s->gnutls, verify ? on_verify : NULL);
}
