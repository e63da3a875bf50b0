/* DER (X.690), as much as SPNEGO, CredSSP and certificates need. Single-byte tags only.
 *
 * Reading: each der_get_* takes one TLV off R. An absent OPTIONAL field is an `if`, not an error:
 * ask der_peek first. Lengths must be definite; a length that does not fit the input fails the
 * reader. Non-minimal length octets are accepted up to 4 octets, because Windows' older encoders
 * write them (MS-SPNG peers); der_put_* always writes minimal ones.
 */
#ifndef BASE_DER_H
#define BASE_DER_H

#include "reader.h"
#include "writer.h"

enum {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_ENUMERATED = 0x0A,
    DER_UTF8_STRING = 0x0C,
    DER_GENERAL_STRING = 0x1B,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
};
#define DER_APPLICATION(n) (uint8_t)(0x60 | (n))
#define DER_CONTEXT(n)     (uint8_t)(0xA0 | (n)) /* constructed, as EXPLICIT tagging gives */

/* The tag of the next TLV without taking it; -1 at the end or after a failure. */
int der_peek(const struct reader *r);

/* Takes a TLV of exactly this TAG and returns a reader on its contents. Another tag fails R, and
 * the returned reader has failed too. A failure inside the returned reader must be checked there.
 */
struct reader der_enter(struct reader *r, uint8_t tag);

/* The contents of a TLV of exactly this TAG, as a view. */
struct bytes der_get(struct reader *r, uint8_t tag);

/* The next TLV whole, tag and length included, as a view; *TAG (may be NULL) gets its tag. */
struct bytes der_get_any(struct reader *r, uint8_t *tag);

/* INTEGER or ENUMERATED that fits an unsigned 32-bit value. Negative or larger ones fail R. Leading
 * zeros are accepted up to five octets in all, and never written. */
uint32_t der_get_u32(struct reader *r, uint8_t tag);

/* INTEGER in the range of a signed 32-bit value, or an unsigned one written with up to 5 octets
 * (errorCode: peers write 0xC000006D both ways); the 32 bits as they are. */
uint32_t der_get_bits32(struct reader *r, uint8_t tag);

/* Writing, in the reading order. der_open writes the tag and leaves room for a length that
 * der_close fills in (moving the contents if more length octets are needed); *MARK belongs to the
 * pair. */
size_t der_open(struct writer *w, uint8_t tag);
void der_close(struct writer *w, size_t mark);
void der_put(struct writer *w, uint8_t tag, struct bytes contents);
void der_put_u32(struct writer *w, uint8_t tag, uint32_t v); /* minimal, never negative */
void der_put_raw(struct writer *w, struct bytes tlv);

#endif
