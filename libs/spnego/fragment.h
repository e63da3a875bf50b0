/* Large messages in fragments: [MS-SPNG] 3.1.5.4 to 3.1.5.9. A message goes out in as many pieces
 * as the caller's buffers need; the other end knows from the DER header in the first how much
 * belongs together. Each direction of a context has one struct spnego_fragments; zeroed is empty.
 */
#ifndef SPNEGO_FRAGMENT_H
#define SPNEGO_FRAGMENT_H

#include "base/bytes.h"

enum {
    /* "MaxOutputTokenSize [...] MUST be greater than 5" (3.1.5.4): bytes that a first fragment has
     * at least. */
    SPNEGO_FRAGMENT_MIN = 6,
    /* The longest message that is put together, bytes: above Windows' largest MaxTokenSize (65535).
     * A peer cannot make anybody keep more by announcing more. */
    SPNEGO_ASSEMBLED_MAX = 0x12000,
};

struct spnego_fragments {
    struct blob message; /* capacity: the whole; size: incoming, what has come */
    size_t sent;         /* outgoing */
};

/* Is TOKEN one of SPNEGO's, by its tag? Only these have a header that says how long they are. */
bool spnego_is_framed(struct bytes token);

/* Incoming. ST_OK: *WHOLE is the message: IN itself, or a view of F that is valid until the next
 * call. ST_CONTINUE: it was kept, more is needed. What is no SPNEGO message, or has no readable
 * header, is passed through, for the engine to refuse. ST_BAD_TOKEN: too long, more than was
 * announced, or an empty fragment; ST_NO_MEMORY. Time and memory are linear in what was received;
 * the first fragment reserves what it announces, SPNEGO_ASSEMBLED_MAX at most. */
MUST_USE enum status spnego_assemble(
        struct spnego_fragments *f, struct bytes in, struct bytes *whole);
bool spnego_assembling(const struct spnego_fragments *f);

/* Outgoing: F takes what MESSAGE holds; spnego_fragment_next gives the next ROOM bytes of it or
 * what is left, a view that is valid until F is freed or begins another message. */
void spnego_fragment_begin(struct spnego_fragments *f, struct blob *message);
struct bytes spnego_fragment_next(struct spnego_fragments *f, size_t room);
size_t spnego_fragment_left(const struct spnego_fragments *f);

/* Wipes and frees; F is then empty. */
void spnego_fragments_free(struct spnego_fragments *f);

#endif
