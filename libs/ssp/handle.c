/* Objects with a reference count, and the one handle table of this module.
 *
 *   dwLower   low bits of the generation << WORD_LOWER | slot number << 2 | kind: never 0, never one
 *             of SSPI's special values (-1, -2)
 *   dwUpper   generation: a counter of all handles ever opened here, mixed with where this module
 * lies, so that neither a freed handle nor another DLL's can pass for one of ours
 *
 * Wine's builtin secur32 keeps dwLower alone of a provider's handle and has a word of its own in dwUpper
 * (measured with 8.0 and 10.0): under it dwLower has to do.
 *
 * Looking a handle up takes no lock: an object with a handle is counted in its slot, in one word with
 * the slot's generation, so that one atomic step sees that the handle is good and holds the object.
 * Slots never move and are never freed. Each has a cache line of its own: threads with a context
 * each do not meet there.
 */
#include "ssp/ssp.h"

struct ssp_slot {
    volatile LONG64 state;     /* opened << 32 | references << 1 | OPEN */
    struct ssp_object *object; /* NULL: free. Of who holds a reference */
    ULONG next_free;
    BYTE apart[64 - sizeof(LONG64) - sizeof(void *) - sizeof(ULONG)];
};
_Static_assert(sizeof(struct ssp_slot) == 64, "a cache line");

/* WORD_LOWER: bits of dwLower for slot and kind. A 32-bit process runs out of memory before it has 2^17
 * objects; the last bit, never set, keeps its words apart from -1 and -2. */
#ifdef _WIN64
enum { WORD_LOWER = 32, MOST_SLOTS = 1 << 24, BLOCKS = 19 };
#else
enum { WORD_LOWER = 20, MOST_SLOTS = 1 << 17, BLOCKS = 12 };
#endif
#define SLOT_AND_KIND (((ULONG_PTR)1 << WORD_LOWER) - 1)
enum { FIRST_BITS = 6, FIRST_SLOTS = 1 << FIRST_BITS, NO_SLOT = 0xFFFFFF };
enum { OPEN = 1, ONE = 2, COUNT_MASK = 0x7FFFFFFE };

/* Block 0 has the first FIRST_SLOTS slots, each other one as many as all before it. */
static struct ssp_slot *volatile blocks[BLOCKS];

/* Of what follows. Held for a few instructions only, but while the table grows (an allocation). */
static SRWLOCK lock = SRWLOCK_INIT;
static ULONG slot_count;
static ULONG first_free = NO_SLOT;
static ULONG opened;

void ssp_object_init(struct ssp_object *o, enum ssp_kind kind, void (*destroy)(struct ssp_object *))
{
    o->kind = kind;
    o->refs = 1;
    o->slot = NULL;
    o->destroy = destroy;
    o->package = NULL;
    o->use = 0;
}

/* The slot of number I, or NULL if there was never one. */
static struct ssp_slot *slot_at(ULONG_PTR i)
{
    unsigned block = 0;
    ULONG first = 0;

    if (i >= MOST_SLOTS)
        return NULL;
    if (i >= FIRST_SLOTS) {
        block = 32 - (unsigned)__builtin_clz((unsigned)i) - FIRST_BITS;
        first = FIRST_SLOTS << (block - 1);
    }
    return blocks[block] ? &blocks[block][i - first] : NULL;
}

static ULONG_PTR generation(LONG64 state)
{
    ULONG_PTR place = (ULONG_PTR)&blocks;
    ULONG count = (ULONG)((ULONG64)state >> 32);

#ifdef _WIN64
    return (place >> 16) << 32 | count;
#else
    return (place & 0xFFFF0000) ^ count;
#endif
}

static void slot_free(struct ssp_slot *s, ULONG i)
{
    AcquireSRWLockExclusive(&lock);
    s->object = NULL;
    InterlockedExchange64(&s->state, 0);
    s->next_free = first_free;
    first_free = i;
    ReleaseSRWLockExclusive(&lock);
}

void ssp_hold(struct ssp_object *o)
{
    if (o->slot)
        InterlockedExchangeAdd64(&o->slot->state, ONE);
    else
        InterlockedIncrement(&o->refs);
}

void ssp_release(struct ssp_object *o)
{
    struct ssp_slot *s = o ? o->slot : NULL;

    if (!o)
        return;
    if (!s) {
        if (!InterlockedDecrement(&o->refs))
            o->destroy(o);
        return;
    }
    LONG64 before = InterlockedExchangeAdd64(&s->state, -ONE);
    if ((before & (COUNT_MASK | OPEN)) != ONE)
        return;
    slot_free(s, (ULONG)o->refs); /* see ssp_handle_open */
    o->destroy(o);
}

static BOOL grow(void)
{
    ULONG count = slot_count ? slot_count : FIRST_SLOTS;
    unsigned block = 0;
    struct ssp_slot *more;

    while (block < BLOCKS && blocks[block])
        block++;
    if (block == BLOCKS || slot_count + count > MOST_SLOTS)
        return FALSE;
    more = mem_alloc(count * sizeof *more);
    if (!more)
        return FALSE;
    for (ULONG i = 0; i < count; i++)
        more[i].next_free = i + 1 < count ? slot_count + i + 1 : NO_SLOT;
    first_free = slot_count;
    slot_count += count;
    InterlockedExchangePointer((void *volatile *)&blocks[block], more);
    return TRUE;
}

/* From here on O is counted in its slot, and its own count holds the slot's number. */
SECURITY_STATUS ssp_handle_open(struct ssp_object *o, SecHandle *handle)
{
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    AcquireSRWLockExclusive(&lock);
    if (first_free != NO_SLOT || grow()) {
        ULONG i = first_free;
        struct ssp_slot *s = slot_at(i);
        LONG64 state = (LONG64)((ULONG64)++opened << 32 | (ULONG)o->refs << 1 | OPEN);

        first_free = s->next_free;
        s->object = o;
        o->slot = s;
        o->refs = (LONG)i;
        InterlockedExchange64(&s->state, state);
        handle->dwUpper = generation(state);
        handle->dwLower = handle->dwUpper << WORD_LOWER | (ULONG_PTR)i << 2 | (ULONG_PTR)o->kind;
        status = SEC_E_OK;
    }
    ReleaseSRWLockExclusive(&lock);
    return status;
}

static struct ssp_slot *slot_of(ULONG_PTR lower)
{
    return slot_at((lower & SLOT_AND_KIND) >> 2);
}

static struct ssp_slot *change_by_lower(const SecHandle *handle, struct ssp_slot *s, LONG64 change);

/* One atomic step from an open slot S of HANDLE's generation to that plus CHANGE; NULL: it is not. WHOLE: dwUpper
 * has to be ours too. */
static inline struct ssp_slot *change_slot(
        const SecHandle *handle, struct ssp_slot *s, LONG64 change, BOOL whole)
{
    for (LONG64 seen = s->state, found;; seen = found) {
        ULONG_PTR g = generation(seen);

        if (!(seen & OPEN) || (g << WORD_LOWER) != (handle->dwLower & ~SLOT_AND_KIND))
            return NULL;
        if (whole && g != handle->dwUpper)
            return change_by_lower(handle, s, change);
        found = InterlockedCompareExchange64(&s->state, seen + change, seen);
        if (found == seen)
            return s;
    }
}

/* Under Wine's own secur32 dwLower is all that there is. Not inlined: nearly no call comes here. */
static __attribute__((noinline)) struct ssp_slot *change_by_lower(
        const SecHandle *handle, struct ssp_slot *s, LONG64 change)
{
    return ssp_is_wine_builtin_module(GetModuleHandleW(L"secur32.dll"))
                   ? change_slot(handle, s, change, FALSE)
                   : NULL;
}

static struct ssp_slot *step(const SecHandle *handle, enum ssp_kind kind, LONG64 change)
{
    struct ssp_slot *s = handle ? slot_of(handle->dwLower) : NULL;

    if (!s || (handle->dwLower & 3) != (ULONG_PTR)kind)
        return NULL;
    return change_slot(handle, s, change, TRUE);
}

struct ssp_object *ssp_handle_get(const SecHandle *handle, enum ssp_kind kind)
{
    struct ssp_slot *s = step(handle, kind, ONE);
    struct ssp_object *o = s ? s->object : NULL;

    if (!o || o->kind == kind)
        return o;
    ssp_release(o); /* the number is right, but not the kind that was written beside it */
    return NULL;
}

SECURITY_STATUS ssp_handle_close(const SecHandle *handle, enum ssp_kind kind)
{
    struct ssp_object *o = ssp_handle_get(handle, kind);
    SECURITY_STATUS status = SEC_E_INVALID_HANDLE;

    if (o && step(handle, kind, -OPEN)) { /* of two threads that close, one gets here */
        ssp_release(o);
        status = SEC_E_OK;
    }
    ssp_release(o);
    return status;
}

ULONG_PTR ssp_handle_to_word(const SecHandle *handle)
{
    return handle->dwLower;
}

SecHandle ssp_handle_from_word(ULONG_PTR word)
{
    struct ssp_slot *s = slot_of(word);
    SecHandle handle = {word, s ? generation(InterlockedCompareExchange64(&s->state, 0, 0)) : 0};

    return handle; /* one that is not open is found out where it is looked up */
}
