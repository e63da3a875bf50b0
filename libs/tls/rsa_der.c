/* RSA private key from its numbers: RSAPrivateKey, RFC 8017 A.1.2. */
#include "internal.h"
#include "base/der.h"

/* A big-endian number as a minimal INTEGER that is never negative. */
static void put_number(struct writer *w, struct bytes number)
{
    struct reader r = reader_on(number);
    uint8_t first = 0;
    size_t zeros = 0;
    while (zeros < number.size && !(first = reader_u8(&r)))
        zeros++;
    size_t mark = der_open(w, DER_INTEGER);
    if (zeros == number.size || first & 0x80)
        writer_u8(w, 0);
    r = reader_on(number);
    reader_skip(&r, zeros);
    writer_bytes(w, reader_rest(&r));
    der_close(w, mark);
}

enum status tls_rsa_to_der(const struct tls_rsa_parts *parts, struct blob *der)
{
    const struct bytes numbers[] = {parts->modulus, parts->exponent, parts->d, parts->p, parts->q,
            parts->dp, parts->dq, parts->qinv};
    struct writer w = {0};
    size_t mark = der_open(&w, DER_SEQUENCE);
    der_put_u32(&w, DER_INTEGER, 0); /* version: two-prime */
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (!numbers[i].size) {
            writer_free(&w);
            return ST_BAD_ARGUMENT;
        }
        put_number(&w, numbers[i]);
    }
    der_close(&w, mark);
    return writer_finish(&w, der);
}
