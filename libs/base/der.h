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
static inline int der_peek(const struct reader *r)
{
    return reader_left(r) ? r->all.data[r->at] : -1;
}

/* Tag and length of the next TLV, X.690 8.1.2 and 8.1.3. False and a failed reader where the tag number goes on in
 * further octets, and for a length that is indefinite (0x80) or has more than four octets; what the length claims
 * is checked against the input by whoever then reads the contents. For this file and der.c alone. */
size_t der_long_length(struct reader *r, uint8_t first);
static inline bool der_get_head(struct reader *r, uint8_t *tag, size_t *length)
{
    const uint8_t *head = reader_take(r, 2);

    if (!head)
        return false;
    *tag = head[0];
    *length = head[1] < 0x80 ? head[1] : der_long_length(r, head[1]);
    if ((*tag & 0x1F) == 0x1F)
        reader_fail(r);
    return reader_ok(r);
}

/* The contents of a TLV of exactly this TAG, as a view. */
static inline struct bytes der_get(struct reader *r, uint8_t tag)
{
    uint8_t found;
    size_t length;

    if (!der_get_head(r, &found, &length) || found != tag) {
        reader_fail(r);
        return bytes_of(NULL, 0);
    }
    return reader_bytes(r, length);
}

/* Takes a TLV of exactly this TAG and returns a reader on its contents. Another tag fails R, and
 * the returned reader has failed too. A failure inside the returned reader must be checked there.
 */
static inline struct reader der_enter(struct reader *r, uint8_t tag)
{
    struct reader inner = reader_on(der_get(r, tag));

    inner.failed = r->failed;
    return inner;
}

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

/* Where the size is known beforehand: how many bytes a TLV with CONTENTS bytes in it has, and its tag
 * and length alone, for contents that are written next. */
size_t der_long_size(size_t contents); /* both: of 128 bytes or more */
void der_long_head(struct writer *w, uint8_t tag, size_t contents);
static inline size_t der_size(size_t contents)
{
    return contents < 0x80 ? 2 + contents : der_long_size(contents);
}
static inline void der_head(struct writer *w, uint8_t tag, size_t contents)
{
    uint8_t *p;

    if (contents >= 0x80) {
        der_long_head(w, tag, contents);
        return;
    }
    p = writer_extend(w, 2);
    if (!p)
        return;
    p[0] = tag;
    p[1] = (uint8_t)contents;
}

void der_put(struct writer *w, uint8_t tag, struct bytes contents);
void der_put_u32(struct writer *w, uint8_t tag, uint32_t v); /* minimal, never negative */
void der_put_raw(struct writer *w, struct bytes tlv);

#endif
