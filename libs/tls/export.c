/* Keying material for others: RFC 5705 and RFC 8446 7.5, and the PRF itself for the EAP methods that
 * are older than these (RFC 5216 2.3, RFC 5281 8, RFC 4851 5.1). */
#include <gnutls/crypto.h>
#include "internal.h"
#include "base/log.h"

enum { EXPORT_MAX = 65535 }; /* bytes; RFC 8446 7.1: a uint16 */

static enum status room(struct blob *out, size_t size)
{
    uint8_t *data = mem_alloc(size);
    if (!data)
        return ST_NO_MEMORY;
    blob_free(out);
    out->data = data;
    out->size = out->capacity = size;
    return ST_OK;
}

static enum status check(struct tls_session *s, struct bytes label, size_t size)
{
    enum status status = session_allows(s, OP_QUERY);
    if (status)
        return status;
    if (session_state(s) == STATE_REHANDSHAKE)
        return ST_BAD_STATE; /* neither the old keys nor proven new ones */
    return label.size && size && size <= EXPORT_MAX ? ST_OK : ST_BAD_ARGUMENT;
}

static enum status result(int error, struct blob *out)
{
    if (error >= 0)
        return ST_OK;
    log_warn("tls", "no keying material: %s", gnutls_strerror(error));
    blob_free(out);
    return error == GNUTLS_E_MEMORY_ERROR ? ST_NO_MEMORY : ST_BAD_ARGUMENT;
}

enum status tls_export(struct tls_session *s, struct bytes label, const struct bytes *context,
        size_t size, struct blob *out)
{
    /* GnuTLS takes a context of no bytes for none if its address is NULL. */
    struct bytes seed = context ? bytes_of(context->data ? context->data : (const uint8_t *)"",
                                          context->size)
                                : bytes_of(NULL, 0);
    enum status status = check(s, label, size);
    if (status)
        return status;
    if (seed.size > EXPORT_MAX)
        return ST_BAD_ARGUMENT;
    status = room(out, size);
    if (status)
        return status;
    return result(gnutls_prf_rfc5705(s->gnutls, label.size, (const char *)label.data, seed.size,
                          (const char *)seed.data, size, (char *)out->data),
            out);
}

enum status tls_prf(
        struct tls_session *s, struct bytes label, bool server_first, size_t size, struct blob *out)
{
    enum status status = check(s, label, size);
    if (status)
        return status;
    if (s->tls13)
        return ST_UNSUPPORTED;
    status = room(out, size);
    if (status)
        return status;
    return result(gnutls_prf(s->gnutls, label.size, (const char *)label.data, server_first, 0, NULL,
                          size, (char *)out->data),
            out);
}

/* P_hash of RFC 5246 5 with an empty secret, exclusive-ored into OUT (RFC 2246 5 adds two of them):
 * A(0) = seed, A(i) = HMAC(A(i-1)), output HMAC(A(1) seed) HMAC(A(2) seed) ... */
static int add_p_hash(gnutls_mac_algorithm_t mac, struct bytes seed, struct blob *out)
{
    uint8_t block[64], digest[64];
    size_t size = gnutls_hmac_get_len(mac);
    struct writer w = {0};
    struct blob text = {0};
    int error = gnutls_hmac_fast(mac, "", 0, seed.data, seed.size, block);
    for (size_t at = 0; error >= 0 && at < out->size; at += size) {
        writer_bytes(&w, bytes_of(block, size));
        writer_bytes(&w, seed);
        error = writer_finish(&w, &text) ? GNUTLS_E_MEMORY_ERROR
                                         : gnutls_hmac_fast(mac, "", 0, text.data, text.size, digest);
        for (size_t i = 0; error >= 0 && i < size && at + i < out->size; i++)
            out->data[at + i] ^= digest[i];
        if (error >= 0)
            error = gnutls_hmac_fast(mac, "", 0, block, size, digest);
        for (size_t i = 0; i < size; i++)
            block[i] = digest[i];
    }
    blob_free(&text);
    return error;
}

static enum status public_seed(struct tls_session *s, struct bytes label, struct blob *seed)
{
    struct writer w = {0};
    gnutls_datum_t client, server;
    gnutls_session_get_random(s->gnutls, &client, &server);
    writer_bytes(&w, label);
    writer_bytes(&w, bytes_of(client.data, client.size));
    writer_bytes(&w, bytes_of(server.data, server.size));
    return writer_finish(&w, seed);
}

enum status tls_prf_public(struct tls_session *s, struct bytes label, size_t size, struct blob *out)
{
    struct blob seed = {0};
    enum status status = check(s, label, size);
    if (status)
        return status;
    if (s->tls13)
        return ST_UNSUPPORTED;
    status = public_seed(s, label, &seed);
    if (!status)
        status = room(out, size);
    if (status) {
        blob_free(&seed);
        return status;
    }
    int error;
    if (gnutls_protocol_get_version(s->gnutls) == GNUTLS_TLS1_2 ||
            gnutls_protocol_get_version(s->gnutls) == GNUTLS_DTLS1_2) {
        bool sha384 = gnutls_prf_hash_get(s->gnutls) == GNUTLS_DIG_SHA384;
        error = add_p_hash(
                sha384 ? GNUTLS_MAC_SHA384 : GNUTLS_MAC_SHA256, blob_view(&seed), out);
    } else {
        error = add_p_hash(GNUTLS_MAC_MD5, blob_view(&seed), out);
        if (error >= 0)
            error = add_p_hash(GNUTLS_MAC_SHA1, blob_view(&seed), out);
    }
    blob_free(&seed);
    return result(error, out);
}
