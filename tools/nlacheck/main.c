/* The order of things; each step says what it found. */
#include "nlacheck.h"
#include <stdio.h>

static int check(const struct arguments *a, struct peer *p, struct login *l)
{
    ULONG protocol = 0;
    int result = peer_open(p, a->host, a->port);

    if (!result)
        result = x224_negotiate(p, &protocol);
    if (!result)
        result = login_run(l, p, a);
    if (!result && protocol == PROTOCOL_HYBRID_EX)
        result = authorization_read(l, p);
    if (!result)
        result = mcs_connect(l, p, protocol);
    if (!result)
        step(L"result", L"logged in");
    return result;
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    struct arguments arguments;
    struct peer peer = {.socket = INVALID_SOCKET};
    struct login login = {0};
    WSADATA data;

    int result = arguments_parse(argc, argv, &arguments);
    if (!result && WSAStartup(MAKEWORD(2, 2), &data))
        result = trouble(L"Winsock does not start");
    if (!result)
        result = check(&arguments, &peer, &login);
    SecureZeroMemory(&arguments, sizeof arguments);
    login_end(&login);
    peer_close(&peer);
    return result;
}
