/* What a record adds to its data.
 *
 *   TLS 1.3          header 5                  data  content type 1, tag 16       RFC 8446 5.2
 *   TLS 1.2 GCM/CCM  header 5, nonce 8         data  tag 16                       RFC 5288 3, 6655 3
 *   TLS 1.2 ChaCha   header 5                  data  tag 16                       RFC 7905 2
 *   CBC              header 5, IV (not in 1.0) data  MAC, padding 1 to block      RFC 5246 6.2.3.2,
 *                                                                                 RFC 7366
 *   DTLS             as TLS, with a header of 13                                  RFC 6347 4.1
 */
#include <gnutls/crypto.h>
#include <gnutls/dtls.h>
#include "internal.h"

static size_t record_header(const struct tls_session *s)
{
    return s->datagram ? DTLS_RECORD_HEADER : RECORD_HEADER;
}

static size_t data_limit(const struct tls_session *s)
{
    size_t limit = RECORD_DATA_MAX;
    size_t inner = s->tls13 ? 1 : 0; /* RFC 8449 4: the limit counts the content type */
    if (s->record_size_limit) {
        if (s->record_size_limit > inner && s->record_size_limit - inner < limit)
            limit = s->record_size_limit - inner;
    } else if (s->max_fragment) {
        limit = s->max_fragment;
    }
    if (s->datagram && gnutls_dtls_get_data_mtu(s->gnutls) < limit)
        limit = gnutls_dtls_get_data_mtu(s->gnutls);
    return limit;
}

static void aead(struct tls_session *s, gnutls_cipher_algorithm_t cipher)
{
    size_t nonce = s->tls13 || cipher == GNUTLS_CIPHER_CHACHA20_POLY1305 ? 0 : 8;
    s->sizes.header = record_header(s) + nonce;
    s->sizes.trailer = gnutls_cipher_get_tag_size(cipher) + (s->tls13 ? 1 : 0);
    s->sizes.block =
            cipher == GNUTLS_CIPHER_CHACHA20_POLY1305 ? 1 : gnutls_cipher_get_block_size(cipher);
    s->mac = 0;
}

static void cbc(struct tls_session *s, gnutls_cipher_algorithm_t cipher)
{
    bool has_iv = gnutls_protocol_get_version(s->gnutls) != GNUTLS_TLS1_0;
    s->sizes.block = gnutls_cipher_get_block_size(cipher);
    s->sizes.header = record_header(s) + (has_iv ? s->sizes.block : 0);
    s->mac = gnutls_hmac_get_len(gnutls_mac_get(s->gnutls));
    s->sizes.trailer = s->mac + s->sizes.block;
    s->encrypt_then_mac = gnutls_session_etm_status(s->gnutls);
}

void sizes_update(struct tls_session *s)
{
    gnutls_cipher_algorithm_t cipher = gnutls_cipher_get(s->gnutls);
    s->tls13 = gnutls_protocol_get_version(s->gnutls) == GNUTLS_TLS1_3;
    if (gnutls_cipher_get_tag_size(cipher))
        aead(s, cipher);
    else
        cbc(s, cipher);
    s->sizes.max_data = data_limit(s);
    s->reads.unfit = s->writes.unfit = s->reads.settled = s->writes.settled = false;
}

size_t sizes_of_record(const struct tls_session *s, size_t data)
{
    if (!s->mac)
        return s->sizes.header + data + s->sizes.trailer;
    size_t padded = data + (s->encrypt_then_mac ? 0 : s->mac) + 1;
    padded += (s->sizes.block - padded % s->sizes.block) % s->sizes.block;
    return s->sizes.header + padded + (s->encrypt_then_mac ? s->mac : 0);
}

enum status tls_sizes(struct tls_session *s, struct tls_sizes *sizes)
{
    enum status status = session_allows(s, OP_QUERY);
    if (!status)
        *sizes = s->sizes;
    return status;
}
