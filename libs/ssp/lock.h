/* A lock that costs one atomic step to take and one to give when nobody else wants it: what Wine's SRW
 * locks cost more is felt by short messages. Not fair, not recursive; zeros are a free one.
 */
#ifndef SSP_LOCK_H
#define SSP_LOCK_H

#include <windows.h>

enum { SSP_LOCK_FREE, SSP_LOCK_TAKEN, SSP_LOCK_WANTED /* taken, and somebody may sleep */ };

struct ssp_lock {
    volatile LONG state;
};

/* The slow halves. */
void ssp_lock_wait(struct ssp_lock *l);
void ssp_lock_wake(struct ssp_lock *l);

static inline void ssp_lock_take(struct ssp_lock *l)
{
    if (InterlockedCompareExchange(&l->state, SSP_LOCK_TAKEN, SSP_LOCK_FREE) != SSP_LOCK_FREE)
        ssp_lock_wait(l);
}

static inline void ssp_lock_give(struct ssp_lock *l)
{
    if (InterlockedExchange(&l->state, SSP_LOCK_FREE) == SSP_LOCK_WANTED)
        ssp_lock_wake(l);
}

#endif
