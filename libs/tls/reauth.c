/* Post-handshake authentication, RFC 8446 4.6.2: the server of an open TLS 1.3 connection asks who the
 * client is.
 *
 *   server   CertificateRequest (tls_renegotiate) ... Certificate, CertificateVerify, Finished
 *   client   CertificateRequest (tls_decrypt: ST_RENEGOTIATE) ... the three, by tls_handshake
 *
 * Data may come in between until the client's Certificate has begun. GnuTLS does the messages; of
 * each record, opened before (open.c), it is said here who gets it: what follows the Certificate's
 * first byte belongs to the authentication, all else to tls_decrypt.
 */
#include "internal.h"

/* ---- client ---- */

enum status reauth_answer(struct tls_session *s)
{
    enum status status = peek_request(s, GNUTLS_TLS1_3, blob_view(&s->request));
    if (status == ST_NEED_CERTIFICATE)
        return status;
    if (status) {
        (void)session_fail(s, GNUTLS_E_INTERNAL_ERROR, "choosing a certificate");
        return status;
    }
    int error = gnutls_reauth(s->gnutls, 0);
    if (error < 0)
        return session_fail(s, error, "post-handshake authentication");
    s->reauth = REAUTH_NONE;
    blob_free(&s->request);
    return ST_OK;
}

/* ---- server ---- */

static bool client_takes_part(struct tls_session *s)
{
    return (gnutls_session_get_flags(s->gnutls) & GNUTLS_SFLAGS_POST_HANDSHAKE_AUTH) != 0;
}

enum status reauth_ask(struct tls_session *s)
{
    if (!client_takes_part(s))
        return ST_UNSUPPORTED;
    transport_feed(s, bytes_of(NULL, 0));
    int error = gnutls_reauth(s->gnutls, 0);
    if (error != GNUTLS_E_AGAIN)
        return session_fail(
                s, error < 0 ? error : GNUTLS_E_INTERNAL_ERROR, "asking for a certificate");
    s->reauth = REAUTH_ASKED;
    return ST_OK;
}

enum status reauth_owns(struct tls_session *s, struct bytes record, bool *owns)
{
    struct blob text = {0};
    uint8_t type = 0;
    *owns = false;
    enum status status = open_record(s, record, &text, &type);
    if (!status && type == TYPE_HANDSHAKE && text.size)
        *owns = s->reauth == REAUTH_RUNS || text.data[0] == GNUTLS_HANDSHAKE_CERTIFICATE_PKT;
    blob_free(&text);
    return status;
}

enum status reauth_take(struct tls_session *s, struct bytes record)
{
    transport_feed(s, record);
    int error = gnutls_reauth(s->gnutls, 0);
    receiver_done(s);
    s->reauth = REAUTH_RUNS;
    if (s->in.at != record.size)
        return session_fail(s, error < 0 && error != GNUTLS_E_AGAIN ? error : GNUTLS_E_INTERNAL_ERROR,
                "a record was not taken whole");
    if (error == GNUTLS_E_AGAIN)
        return ST_CONTINUE;
    if (error < 0)
        return session_fail(s, error, "post-handshake authentication");
    if (!verify_done(s))
        return session_fail(s, GNUTLS_E_CERTIFICATE_ERROR, "post-handshake authentication");
    s->reauth = REAUTH_NONE;
    return ST_OK;
}
