/* Views, owned bytes, secrets.
 *
 * struct bytes   a view: never owns, never freed, valid as long as what it points into.
 * struct blob    owned heap bytes (but for a writer that was lent some, writer.h). Freeing always
 *                wipes, so a blob is also the type for secrets.
 * A zeroed struct is a valid empty one. data may be NULL when size is 0.
 * Byte order is said per function; nothing here depends on the machine's.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "status.h"

struct bytes {
    const uint8_t *data;
    size_t size; /* bytes */
};

struct blob {
    uint8_t *data;
    size_t size;     /* bytes in use */
    size_t capacity; /* bytes allocated; all are wiped on free */
};

static inline struct bytes bytes_of(const void *data, size_t size)
{
    struct bytes b = {(const uint8_t *)data, size};
    return b;
}

static inline struct bytes blob_view(const struct blob *b)
{
    return bytes_of(b->data, b->size);
}

/* A view of a string literal or char array without its NUL. */
#define BYTES_LITERAL(s) bytes_of((s), sizeof(s) - 1)

/* Not secret data: ordinary comparison. */
bool bytes_equal(struct bytes a, struct bytes b);

/* All allocation in libs/ goes through these two, so that tests can fail any of them.
 * mem_alloc: SIZE zeroed bytes; NULL only if there is no memory. A SIZE of 0 gives one byte.
 * mem_free: wipes SIZE bytes (all that was asked for), then frees; NULL is fine. */
void *mem_alloc(size_t size);
void mem_free(void *p, size_t size);

/* For tests: N more allocations of the process succeed, the next one fails, those after it succeed
 * again (code that overlooks the failure then goes on to a wrong success, and the test sees it).
 * N < 0: none fails, as at the start. Returns what was left of the former countdown: negative if it
 * has run out. So a test fails each allocation of OP in turn with
 *     for (long n = 0;; n++) {
 *         mem_fail_after(n);
 *         s = OP;
 *         if (mem_fail_after(-1) >= 0)
 *             break;          (OP made n allocations or fewer, none failed: S is its true result)
 *         check that S is ST_NO_MEMORY and that nothing has leaked
 *     }                                                                                       */
long mem_fail_after(long n);

/* B becomes a copy of V; what B held is wiped and freed. On ST_NO_MEMORY B is left as it was.
 * V may point into B. */
MUST_USE enum status blob_set(struct blob *b, struct bytes v);

/* Wipes and frees; B is then empty and can be used again. */
void blob_free(struct blob *b);

/* Moves FROM into TO (freeing what TO held); FROM is then empty. */
void blob_move(struct blob *to, struct blob *from);

/* Overwrites; never optimised away. */
void wipe(void *p, size_t size);

/* Clears the vector registers that a function may leave as it likes: what was copied through them is
 * still in them, and goes to memory when somebody saves them (an exception, another library). */
void wipe_registers(void);

/* That, and wipes what the calls that the caller has made left on the stack, as far as 4 KiB down:
 * registers that the compiler saved there and the locals of libraries hold parts of secrets that no
 * wipe() reaches. For the end of an operation on secrets. */
void wipe_stack(void);

/* The one comparison for anything secret or any MAC: constant time for equal sizes; unequal sizes
 * are unequal (a size is not secret). */
bool secret_equal(struct bytes a, struct bytes b);

/* True if all SIZE bytes are zero; constant time. */
bool all_zero(const void *p, size_t size);

/* Where randomness and time come from: given to an engine by its edge, so that published vectors
 * are exact in tests. random() fills SIZE bytes or says ST_NO_RANDOM. now() is a Windows FILETIME
 * in UTC: 100 ns units since 1601-01-01. */
struct world {
    void *self;
    enum status (*random)(void *self, uint8_t *out, size_t size);
    uint64_t (*now)(void *self);
};

#endif
