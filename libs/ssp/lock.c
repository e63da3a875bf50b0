/* Sleeping for a lock; lock.h has the rest. Whoever has slept takes the lock as WANTED: others may sleep
 * still, and one wake too many does no harm.
 */
#include "ssp/lock.h"

typedef LONG(NTAPI *wait_function)(const void *, const void *, SIZE_T, const LARGE_INTEGER *);
typedef void(NTAPI *wake_function)(const void *);

/* Windows 8 and later, and Wine; by name, for we load no more DLLs than these. */
static void *ntdll_function(const char *name)
{
    return (void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), name);
}

/* Looked up by who waits, before he says that he does: who wakes must not want the loader's lock,
 * which the one he wakes may hold (in a DllMain). */
static void *volatile wait_found, *volatile wake_found;

void ssp_lock_wait(struct ssp_lock *l)
{
    static const LONG wanted = SSP_LOCK_WANTED;

    if (!wait_found) {
        wake_found = ntdll_function("RtlWakeAddressSingle");
        wait_found = ntdll_function("RtlWaitOnAddress");
    }
    wait_function wait = (wait_function)wait_found;
    while (InterlockedExchange(&l->state, SSP_LOCK_WANTED) != SSP_LOCK_FREE)
        if (wait)
            wait((const void *)&l->state, &wanted, sizeof wanted, NULL);
        else
            Sleep(1);
}

void ssp_lock_wake(struct ssp_lock *l)
{
    wake_function wake = (wake_function)wake_found;

    if (wake)
        wake((const void *)&l->state);
}
