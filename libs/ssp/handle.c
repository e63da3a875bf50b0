/* Objects with a reference count, and the one handle table of this module.
 *
 *   dwLower   slot number << 2 | kind: never 0, never one of SSPI's special values (-1, -2)
 *   dwUpper   generation: a counter of all handles ever opened here, mixed with where this module
 * lies, so that neither a freed handle nor another DLL's can pass for one of ours
 */
#include "ssp/ssp.h"

struct slot {
    struct ssp_object *object; /* NULL: free */
    ULONG_PTR generation;
    ULONG next_free;
};

/* WORD_LOWER: bits of dwLower in a handle of one word; the others are the low bits of the
 * generation. A 32-bit process runs out of memory before it has 2^18 objects. */
#ifdef _WIN64
enum { WORD_LOWER = 32, MOST_SLOTS = 1 << 24 };
#else
enum { WORD_LOWER = 20, MOST_SLOTS = 1 << 18 };
#endif
enum { FIRST_SLOTS = 64, NO_SLOT = 0xFFFFFF };

/* Held for a few instructions only, never during a call out of this file. */
static SRWLOCK lock = SRWLOCK_INIT;
static struct slot *slots;
static ULONG slot_count;
static ULONG first_free = NO_SLOT;
static ULONG opened;

void ssp_object_init(struct ssp_object *o, enum ssp_kind kind, void (*destroy)(struct ssp_object *))
{
    o->kind = kind;
    o->refs = 1;
    o->destroy = destroy;
    o->package = NULL;
    o->use = 0;
}

void ssp_hold(struct ssp_object *o)
{
    InterlockedIncrement(&o->refs);
}

void ssp_release(struct ssp_object *o)
{
    if (o && !InterlockedDecrement(&o->refs))
        o->destroy(o);
}

static ULONG_PTR next_generation(void)
{
    ULONG_PTR place = (ULONG_PTR)&slots;

    opened++;
#ifdef _WIN64
    return (place >> 16) << 32 | opened;
#else
    return (place & 0xFFFF0000) ^ opened;
#endif
}

static BOOL grow(void)
{
    ULONG count = slot_count ? slot_count * 2 : FIRST_SLOTS;
    struct slot *bigger;

    if (count > MOST_SLOTS)
        return FALSE;
    bigger = mem_alloc(count * sizeof *bigger);
    if (!bigger)
        return FALSE;
    if (slots)
        memcpy(bigger, slots, slot_count * sizeof *slots);
    for (ULONG i = slot_count; i < count; i++)
        bigger[i].next_free = i + 1 < count ? i + 1 : NO_SLOT;
    first_free = slot_count;
    mem_free(slots, slot_count * sizeof *slots);
    slots = bigger;
    slot_count = count;
    return TRUE;
}

SECURITY_STATUS ssp_handle_open(struct ssp_object *o, SecHandle *handle)
{
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    AcquireSRWLockExclusive(&lock);
    if (first_free != NO_SLOT || grow()) {
        ULONG i = first_free;

        first_free = slots[i].next_free;
        slots[i].object = o;
        slots[i].generation = next_generation();
        handle->dwLower = (ULONG_PTR)i << 2 | (ULONG_PTR)o->kind;
        handle->dwUpper = slots[i].generation;
        status = SEC_E_OK;
    }
    ReleaseSRWLockExclusive(&lock);
    return status;
}

/* Under the lock. */
static struct slot *find(const SecHandle *handle, enum ssp_kind kind)
{
    ULONG_PTR i = handle->dwLower >> 2;

    if ((handle->dwLower & 3) != (ULONG_PTR)kind || i >= slot_count || !slots[i].object ||
            slots[i].generation != handle->dwUpper || slots[i].object->kind != kind)
        return NULL;
    return &slots[i];
}

struct ssp_object *ssp_handle_get(const SecHandle *handle, enum ssp_kind kind)
{
    struct ssp_object *o = NULL;
    struct slot *s;

    if (!handle)
        return NULL;
    AcquireSRWLockShared(&lock);
    s = find(handle, kind);
    if (s) {
        o = s->object;
        ssp_hold(o);
    }
    ReleaseSRWLockShared(&lock);
    return o;
}

SECURITY_STATUS ssp_handle_close(const SecHandle *handle, enum ssp_kind kind)
{
    struct ssp_object *o = NULL;
    struct slot *s;

    if (!handle)
        return SEC_E_INVALID_HANDLE;
    AcquireSRWLockExclusive(&lock);
    s = find(handle, kind);
    if (s) {
        o = s->object;
        s->object = NULL;
        s->generation = 0;
        s->next_free = first_free;
        first_free = (ULONG)(s - slots);
    }
    ReleaseSRWLockExclusive(&lock);
    ssp_release(o);
    return o ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

ULONG_PTR ssp_handle_to_word(const SecHandle *handle)
{
    return handle->dwUpper << WORD_LOWER | handle->dwLower;
}

SecHandle ssp_handle_from_word(ULONG_PTR word)
{
    SecHandle handle = {word & (((ULONG_PTR)1 << WORD_LOWER) - 1), 0};
    ULONG_PTR i = handle.dwLower >> 2;

    AcquireSRWLockShared(&lock);
    if (i < slot_count)
        handle.dwUpper = slots[i].generation;
    ReleaseSRWLockShared(&lock);
    if (ssp_handle_to_word(&handle) != word)
        handle.dwLower = 0;
    return handle;
}
