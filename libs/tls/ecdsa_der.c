/* An ECDSA signature, from the form of IEEE P1363 (r, then s, both as long as the curve's order) to
 * that of X.509 and TLS: SEQUENCE { r INTEGER, s INTEGER } (RFC 3279 2.2.3, RFC 8422 5.4). */
#include "base/der.h"
#include "tls.h"

enum { ORDER_MAX = 66 }; /* P-521 */

static void put_number(struct writer *w, struct bytes n)
{
    while (n.size > 1 && !n.data[0])
        n = bytes_of(n.data + 1, n.size - 1);
    size_t mark = der_open(w, DER_INTEGER);
    if (n.data[0] & 0x80)
        writer_u8(w, 0);
    writer_bytes(w, n);
    der_close(w, mark);
}

enum status tls_ecdsa_to_der(struct bytes raw, struct blob *der)
{
    struct writer w = {0};
    size_t half = raw.size / 2;
    if (!half || raw.size % 2 || half > ORDER_MAX)
        return ST_BAD_ARGUMENT;
    size_t mark = der_open(&w, DER_SEQUENCE);
    put_number(&w, bytes_of(raw.data, half));
    put_number(&w, bytes_of(raw.data + half, half));
    der_close(&w, mark);
    return writer_finish(&w, der);
}
