/* Secrets for who debugs: lines of an NSS key log file (draft-ietf-tls-keylogfile), as SSLKEYLOGFILE makes
 * them elsewhere. GnuTLS's own writer is off for all sessions. */
#include "internal.h"

static void put_hex(struct writer *w, const gnutls_datum_t *data)
{
    static const char digits[] = "0123456789abcdef";
    for (unsigned i = 0; i < data->size; i++) {
        writer_u8(w, (uint8_t)digits[data->data[i] >> 4]);
        writer_u8(w, (uint8_t)digits[data->data[i] & 15]);
    }
}

/* LABEL client-random secret */
static int on_secret(gnutls_session_t gnutls, const char *label, const gnutls_datum_t *secret)
{
    struct tls_session *s = gnutls_session_get_ptr(gnutls);
    struct writer w = {0};
    struct blob line = {0};
    gnutls_datum_t client;
    gnutls_session_get_random(gnutls, &client, NULL);
    for (size_t i = 0; label[i]; i++)
        writer_u8(&w, (uint8_t)label[i]);
    writer_u8(&w, ' ');
    put_hex(&w, &client);
    writer_u8(&w, ' ');
    put_hex(&w, secret);
    writer_u8(&w, '\n');
    if (writer_finish(&w, &line) == ST_OK)
        s->config->key_log(s->config->key_log_self, blob_view(&line));
    blob_free(&line);
    return 0;
}

void key_log_attach(struct tls_session *s)
{
    gnutls_session_set_keylog_function(s->gnutls, s->config->key_log ? on_secret : NULL);
}

void tls_config_set_key_log(struct tls_config *config, tls_key_log log, void *self)
{
    config->key_log = log;
    config->key_log_self = self;
}
