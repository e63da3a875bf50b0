#include <stdlib.h>
#include <string.h>
#include "site.h"
#undef gethostbyname
#undef connect

#define SITE "test.winehq.org"

struct hostent *site_host(const char *name)
{
    static const unsigned char loopback[4] = {127, 0, 0, 1};
    static char *addresses[] = {(char *)loopback, NULL};
    static struct hostent host = {
            .h_name = SITE, .h_addrtype = AF_INET, .h_length = 4, .h_addr_list = addresses};

    if (!strcmp(name, SITE))
        return &host;
    WSASetLastError(WSAHOST_NOT_FOUND);
    return NULL;
}

int site_connect(SOCKET s, const struct sockaddr *to, int size)
{
    struct sockaddr_in address = *(const struct sockaddr_in *)to;
    const char *port = getenv("SCHANNEL_SITE_PORT");

    if (size != sizeof address || address.sin_family != AF_INET || address.sin_port != htons(443)) {
        WSASetLastError(WSAEINVAL);
        return SOCKET_ERROR;
    }
    address.sin_port = htons(port ? (u_short)atoi(port) : 0);
    return connect(s, (const struct sockaddr *)&address, sizeof address);
}
