/* free() for GnuTLS. The portability layer that it is built with (gnulib) puts a function of its own around free(),
 * because some systems' changes errno; msvcrt's does not. It asks for errno's place five times a call, and a
 * handshake frees some 1,700 blocks. Ours is linked before the archive is searched, so that one is never taken.
 */
#include <stdlib.h>

void rpl_free(void *p);

void rpl_free(void *p)
{
    free(p);
}
