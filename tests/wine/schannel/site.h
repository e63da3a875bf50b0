/* Comes before Wine's schannel.c, which reads test.winehq.org:443: its name and its port are the stand-in's (site.py) instead.
 * No network is asked, and neither the machine's names nor its port 443 are in the way. The test itself stays as it is.
 */
#ifndef TESTS_WINE_SITE_H
#define TESTS_WINE_SITE_H

#include <winsock2.h>
#include <ws2tcpip.h>

/* 127.0.0.1 for test.winehq.org; no other name is known. */
struct hostent *site_host(const char *name);
/* As connect; what goes to port 443 goes to the port in SCHANNEL_SITE_PORT, or is refused if there is none. */
int site_connect(SOCKET s, const struct sockaddr *to, int size);

#define gethostbyname site_host
#define connect site_connect

#endif
