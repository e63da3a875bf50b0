#include "bytes.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Allocations that still succeed before one fails; negative: none fails. */
static atomic_long fail_countdown = -1;

long mem_fail_after(long n)
{
    return atomic_exchange(&fail_countdown, n < 0 ? -1 : n);
}

/* True exactly once per countdown, however many threads count. */
static bool must_fail(void)
{
    long left = atomic_load_explicit(&fail_countdown, memory_order_relaxed);

    while (left >= 0)
        if (atomic_compare_exchange_weak(&fail_countdown, &left, left - 1))
            return left == 0;
    return false;
}

void *mem_alloc(size_t size)
{
    if (must_fail())
        return NULL;
    return calloc(1, size ? size : 1);
}

void mem_free(void *p, size_t size)
{
    if (!p)
        return;
    wipe(p, size);
    free(p);
}

void wipe(void *p, size_t size)
{
    if (!size)
        return;
    memset(p, 0, size);
    /* The compiler must assume that someone reads the zeros. */
    __asm__ volatile("" : : "r"(p) : "memory");
}

#define CLEAR(n) __asm__ volatile("pxor %%xmm" #n ", %%xmm" #n : : : "xmm" #n)

/* Windows' functions for 64 bits keep xmm6 and higher, so these hold nothing of ours. */
void wipe_registers(void)
{
#ifdef __SSE2__
    CLEAR(0);
    CLEAR(1);
    CLEAR(2);
    CLEAR(3);
    CLEAR(4);
    CLEAR(5);
#ifndef _WIN64
    CLEAR(6);
    CLEAR(7);
#endif
#endif
}

__attribute__((noinline)) void wipe_stack(void)
{
    uint8_t below[4096];

    wipe(below, sizeof(below));
    wipe_registers();
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (!a.size || !memcmp(a.data, b.data, a.size));
}

/* Hides from the compiler what V holds, so that no loop over it can be ended early. */
static inline unsigned opaque(unsigned v)
{
    __asm__ volatile("" : "+r"(v) : : "memory");
    return v;
}

bool secret_equal(struct bytes a, struct bytes b)
{
    unsigned diff = 0;

    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++)
        diff = opaque(diff | (unsigned)(a.data[i] ^ b.data[i]));
    return diff == 0;
}

bool all_zero(const void *p, size_t size)
{
    const uint8_t *byte = p;
    unsigned seen = 0;

    for (size_t i = 0; i < size; i++)
        seen = opaque(seen | byte[i]);
    return seen == 0;
}

enum status blob_set(struct blob *b, struct bytes v)
{
    struct blob copy = {0};

    if (v.size) {
        copy.data = mem_alloc(v.size);
        if (!copy.data)
            return ST_NO_MEMORY;
        memcpy(copy.data, v.data, v.size);
        copy.size = copy.capacity = v.size;
    }
    blob_move(b, &copy);
    return ST_OK;
}

void blob_free(struct blob *b)
{
    mem_free(b->data, b->capacity);
    *b = (struct blob){0};
}

void blob_move(struct blob *to, struct blob *from)
{
    if (to == from)
        return;
    blob_free(to);
    *to = *from;
    *from = (struct blob){0};
}
