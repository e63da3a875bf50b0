/* The start of GnuTLS, once per process. */
#include <sys/time.h>
#include "internal.h"
#include "base/log.h"

/* GnuTLS takes time(), for each random number too. msvcrt's asks Wine for the time zone as well, which reads
 * files: half a dozen times a handshake. */
static time_t now(time_t *out)
{
    struct timeval t;
    gettimeofday(&t, NULL);
    time_t seconds = (time_t)(unsigned long)t.tv_sec; /* mingw's has 32 bits, whatever time_t has: good until 2106 */
    if (out)
        *out = seconds;
    return seconds;
}

/* gnutls_global_init has a lock and a counter of its own, so a second thread that gets here before
 * STARTED is set does no harm. */
enum status tls_start(void)
{
    static int started;
    if (__atomic_load_n(&started, __ATOMIC_ACQUIRE))
        return ST_OK;
    int error = gnutls_global_init();
    if (error < 0) {
        log_error("tls", "GnuTLS does not start: %s", gnutls_strerror(error));
        return status_of_error(error) == ST_NO_RANDOM ? ST_NO_RANDOM : ST_INTERNAL;
    }
    gnutls_global_set_time_function(now);
    __atomic_store_n(&started, 1, __ATOMIC_RELEASE);
    return ST_OK;
}
