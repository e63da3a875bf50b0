/* What a server's DTLS cookies are made with: a secret of the process, which is replaced while it is
 * in use (RFC 6347 4.2.1). The one before still counts, so that no client that is under way is sent
 * back. */
#include "schannel.h"

#define SECRET_SIZE 32
#define SECRET_LIFE (5 * 60 * 1000) /* ms */

static SRWLOCK lock = SRWLOCK_INIT;
static uint8_t secrets[2][SECRET_SIZE]; /* the present one, the one before */
static size_t count;
static ULONGLONG born;

static enum status renew(void)
{
    struct world world = ssp_world();
    uint8_t fresh[SECRET_SIZE];
    enum status status = world.random(world.self, fresh, sizeof(fresh));
    if (status != ST_OK)
        return status;
    CopyMemory(secrets[1], secrets[0], SECRET_SIZE);
    CopyMemory(secrets[0], fresh, SECRET_SIZE);
    wipe(fresh, sizeof(fresh));
    count = min(count + 1, 2);
    born = GetTickCount64();
    return ST_OK;
}

/* After a pause the one before is too old as well. */
static enum status keep_fresh(void)
{
    ULONGLONG age = GetTickCount64() - born;
    if (count && age < SECRET_LIFE)
        return ST_OK;
    if (age >= 2 * SECRET_LIFE)
        count = 0;
    return renew();
}

enum status cookie_check(struct bytes address, struct bytes datagram, struct blob *answer)
{
    uint8_t copy[2][SECRET_SIZE];
    AcquireSRWLockExclusive(&lock);
    enum status status = keep_fresh();
    size_t known = count;
    CopyMemory(copy, secrets, sizeof(copy));
    ReleaseSRWLockExclusive(&lock);
    struct bytes views[2] = {bytes_of(copy[0], SECRET_SIZE), bytes_of(copy[1], SECRET_SIZE)};
    if (status == ST_OK)
        status = tls_cookie_check(views, known, address, datagram, answer);
    wipe(copy, sizeof(copy));
    return status;
}
