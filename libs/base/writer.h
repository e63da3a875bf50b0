/* The reader's mirror: builds a message in memory that is wiped whenever it moves or is freed.
 *
 * Sticky: after the first failed allocation all writes do nothing, and writer_finish says
 * ST_NO_MEMORY. A zeroed struct writer is a valid empty one. Writers hold at most 64 MiB; beyond is
 * ST_BAD_ARGUMENT.
 */
#ifndef BASE_WRITER_H
#define BASE_WRITER_H

#include "bytes.h"

struct writer {
    struct blob out;
    enum status status;
    bool lent; /* OUT is somebody else's memory: wiped, never freed */
};

/* For a W that is zeroed: what fits goes into the SIZE bytes at ROOM, which outlive W's use of them. The
 * message costs no allocation then. */
void writer_lend(struct writer *w, void *room, size_t size);

/* Room for SIZE bytes in all, so that no growth happens up to there. */
void writer_reserve(struct writer *w, size_t size);

void writer_u8(struct writer *w, uint8_t v);
void writer_u16le(struct writer *w, uint16_t v);
void writer_u32le(struct writer *w, uint32_t v);
void writer_u64le(struct writer *w, uint64_t v);
void writer_u16be(struct writer *w, uint16_t v);
void writer_u24be(struct writer *w, uint32_t v);
void writer_u32be(struct writer *w, uint32_t v);
void writer_u64be(struct writer *w, uint64_t v);
void writer_bytes(struct writer *w, struct bytes v); /* V must not point into W: growing moves it */
void writer_zeros(struct writer *w, size_t size);

/* The place of the next SIZE (not 0) bytes, counted as written: the caller writes all of them before it
 * calls another function of this file. NULL if the writer has failed. Here to be inlined: it is each
 * write's one check. */
uint8_t *writer_extend_slowly(struct writer *w, size_t size); /* where there is no room left, or was a failure */
static inline uint8_t *writer_extend(struct writer *w, size_t size)
{
    if (w->status != ST_OK || size > w->out.capacity - w->out.size)
        return writer_extend_slowly(w, size);
    w->out.size += size;
    return w->out.data + (w->out.size - size);
}

/* What is written, valid until the next write; empty after a failure. */
struct bytes writer_view(const struct writer *w);

/* Bytes written so far: the offset of what is written next. */
size_t writer_at(const struct writer *w);

/* Overwrites bytes already written; outside of them is ST_INTERNAL, sticky. */
void writer_patch_u16le(struct writer *w, size_t at, uint16_t v);
void writer_patch_u32le(struct writer *w, size_t at, uint32_t v);
void writer_patch(struct writer *w, size_t at, struct bytes v);

/* Gives the message to OUT (whatever OUT held is wiped) and resets W. On failure OUT is untouched
 * and W is wiped. */
MUST_USE enum status writer_finish(struct writer *w, struct blob *out);

/* Wipes what is written and starts anew in the same memory, after a failure too. */
void writer_reset(struct writer *w);

/* Wipes and frees without a result. */
void writer_free(struct writer *w);

#endif
