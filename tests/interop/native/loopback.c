/* Preloaded into a server that can be told a port but no address (gnutls-serv): what it binds to
 * every address is bound to loopback, and what is of IPv6 not at all. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

int bind(int fd, const struct sockaddr *address, socklen_t size)
{
    int (*next)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
    struct sockaddr_in v4;

    if (address->sa_family != AF_INET || size < sizeof v4) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    v4 = *(const struct sockaddr_in *)address;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return next(fd, (const struct sockaddr *)&v4, sizeof v4);
}
