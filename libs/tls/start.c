/* The start of GnuTLS, once per process. */
#include "internal.h"
#include "base/log.h"

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
    __atomic_store_n(&started, 1, __ATOMIC_RELEASE);
    return ST_OK;
}
