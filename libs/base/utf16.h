/* UTF-16LE text as peers and Windows use it. Units, not characters; surrogates pass through.
 *
 * A `struct bytes` that holds text holds UTF-16LE octets, so its size is twice the number of units.
 */
#ifndef BASE_UTF16_H
#define BASE_UTF16_H

#include "bytes.h"

/* The simple upper-case of one unit, equal to RtlUpcaseUnicodeChar for all 65,536 units. */
uint16_t utf16_upper(uint16_t unit);

/* OUT becomes the upper-cased copy of TEXT (UTF-16LE). Odd sizes are ST_BAD_ARGUMENT. */
MUST_USE enum status utf16_upper_copy(struct bytes text, struct blob *out);

/* Equal when both are upper-cased. Not for secrets. */
bool utf16_equal_nocase(struct bytes a, struct bytes b);

/* Counted in units: where C is first found from START on, or TEXT's number of units; and the units of
 * TEXT from START up to END, a view into it. START <= END <= the number of units. Not for secrets. */
size_t utf16_find(struct bytes text, size_t start, uint16_t c);
struct bytes utf16_part(struct bytes text, size_t start, size_t end);

/* Strict conversions: ill-formed input (overlong, lone surrogate, odd size) is ST_BAD_ARGUMENT.
 * OUT gets no NUL. utf8 -> UTF-16LE and back. */
MUST_USE enum status utf16_from_utf8(struct bytes utf8, struct blob *out);
MUST_USE enum status utf8_from_utf16(struct bytes utf16, struct blob *out);

/* For logs: never fails, replaces what is ill-formed or a control character by '?', always ends in
 * NUL, cuts at SIZE. Returns OUT. */
const char *utf16_printable(struct bytes utf16, char *out, size_t size);

#endif
