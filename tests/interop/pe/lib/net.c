/* TCP on loopback, bounded in time. */
#include "peer.h"
#include <stdio.h>

enum { LIMIT_MS = 30000 };

static void start(void)
{
    static BOOL started;
    WSADATA data;

    if (!started && WSAStartup(MAKEWORD(2, 2), &data))
        fail("WSAStartup", GetLastError());
    started = TRUE;
}

static void limit(SOCKET s)
{
    DWORD ms = LIMIT_MS;
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (const char *)&ms, sizeof ms);
    setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, (const char *)&ms, sizeof ms);
}

SOCKET net_connect(const WCHAR *host, const WCHAR *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((u_short)_wtoi(port))};

    start();
    if (InetPtonW(AF_INET, host, &address.sin_addr) != 1)
        fail("the host is no IPv4 address", 0);
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    if (s == INVALID_SOCKET || connect(s, (struct sockaddr *)&address, sizeof address))
        fail("connect", (ULONG)WSAGetLastError());
    limit(s);
    return s;
}

SOCKET net_listen(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int size = sizeof address;

    start();
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    if (s == INVALID_SOCKET || bind(s, (struct sockaddr *)&address, sizeof address) ||
            listen(s, SOMAXCONN) || getsockname(s, (struct sockaddr *)&address, &size))
        fail("listen", (ULONG)WSAGetLastError());
    printf("PORT %u\n", ntohs(address.sin_port));
    fflush(stdout);
    return s;
}

BOOL net_send(SOCKET s, const void *data, DWORD size)
{
    DWORD sent = 0;

    while (sent < size) {
        int n = send(s, (const char *)data + sent, (int)(size - sent), 0);
        if (n <= 0)
            return FALSE;
        sent += (DWORD)n;
    }
    return TRUE;
}

BOOL net_receive(SOCKET s, struct run *r)
{
    char buffer[16384];
    int n = recv(s, buffer, sizeof buffer, 0);

    if (n <= 0)
        return FALSE;
    run_add(r, buffer, (DWORD)n);
    return TRUE;
}

BOOL net_take(SOCKET s, void *out, DWORD size)
{
    DWORD got = 0;

    while (got < size) {
        int n = recv(s, (char *)out + got, (int)(size - got), 0);
        if (n <= 0)
            return FALSE;
        got += (DWORD)n;
    }
    return TRUE;
}
