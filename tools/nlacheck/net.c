/* TCP with a time limit, so that a silent server ends in a sentence and not in a hang. */
#include "nlacheck.h"

/* For one call, and for everything: a server that sends a byte now and then is silent too. */
enum { SECONDS = 20, SECONDS_IN_ALL = 80 };

/* One connection at a time: a new block for each was a quarter of a login's cost, in pages. */
static uint8_t buffer[TOKEN_MAX];

/* connect() by itself waits as long as the system likes: minutes, if nobody answers. The error
 * stays in WSAGetLastError. */
static BOOL connect_in_time(SOCKET s, const ADDRINFOW *address)
{
    struct timeval limit = {SECONDS, 0};
    fd_set done = {1, {s}}, failed = {1, {s}};
    u_long waits = 1;
    int error = 0, size = sizeof error;

    ioctlsocket(s, FIONBIO, &waits);
    if (connect(s, address->ai_addr, (int)address->ai_addrlen) &&
            WSAGetLastError() != WSAEWOULDBLOCK)
        return FALSE;
    int ready = select(0, NULL, &done, &failed, &limit);
    if (ready <= 0 || failed.fd_count) {
        if (ready > 0) /* asked for only then: it is two calls of Wine's server */
            getsockopt(s, SOL_SOCKET, SO_ERROR, (char *)&error, &size);
        WSASetLastError(error ? error : WSAETIMEDOUT);
        return FALSE;
    }
    waits = 0;
    return !ioctlsocket(s, FIONBIO, &waits);
}

static SOCKET connect_one(const ADDRINFOW *address)
{
    DWORD limit = SECONDS * 1000;
    SOCKET s = socket(address->ai_family, address->ai_socktype, address->ai_protocol);

    if (s == INVALID_SOCKET)
        return s;
    if (!connect_in_time(s, address)) {
        int error = WSAGetLastError();
        closesocket(s);
        WSASetLastError(error);
        return INVALID_SOCKET;
    }
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (const char *)&limit, sizeof limit);
    setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, (const char *)&limit, sizeof limit);
    return s;
}

int peer_open(struct peer *p, const WCHAR *host, const WCHAR *port)
{
    ADDRINFOW hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;

    p->deadline = GetTickCount64() + SECONDS_IN_ALL * 1000;
    p->buffer = buffer;
    if (GetAddrInfoW(host, port, &hints, &list))
        return trouble(
                L"the host name %ls is not known (Winsock error %d)", host, WSAGetLastError());
    for (ADDRINFOW *a = list; a && p->socket == INVALID_SOCKET; a = a->ai_next)
        p->socket = connect_one(a);
    int error = WSAGetLastError();
    FreeAddrInfoW(list);
    if (p->socket == INVALID_SOCKET)
        return trouble(L"no connection to %ls port %ls (Winsock error %d): is an RDP server there?",
                host, port, error);
    step(L"server", L"%ls port %ls", host, port);
    return 0;
}

int peer_send(struct peer *p, const void *data, DWORD size)
{
    const char *at = data;

    p->sent++;
    if (p->traced)
        trace_feed(&p->to_server, L"->", data, size);
    while (size) {
        int sent = send(p->socket, at, (int)size, 0);
        if (sent <= 0)
            return trouble(L"sending failed (Winsock error %d): the server closed the connection?",
                    WSAGetLastError());
        at += sent;
        size -= (DWORD)sent;
    }
    return 0;
}

/* Servers of CredSSP version 2 and 5, and FreeRDP's, send no errorCode: they refuse a login by
 * hanging up. */
static int closed(const struct peer *p)
{
    if (!p->proof_sent)
        return trouble(L"the server closed the connection");
    step(L"result",
            L"refused: the server hung up when it had seen the proof of the password, and gave no "
            L"reason; "
            L"STATUS_LOGON_FAILURE is the usual one: the user name or the password is wrong");
    return EXIT_REFUSED;
}

int peer_receive(struct peer *p)
{
    if (p->size == TOKEN_MAX)
        return trouble(L"the server sent a message of more than %d bytes", TOKEN_MAX);
    if (GetTickCount64() > p->deadline)
        return trouble(L"the server came to no end in %d seconds", SECONDS_IN_ALL);
    int got = recv(p->socket, (char *)p->buffer + p->size, (int)(TOKEN_MAX - p->size), 0);
    if (got == 0 || (got < 0 && WSAGetLastError() == WSAECONNRESET))
        return closed(p);
    if (got < 0)
        return trouble(L"nothing came from the server in %d seconds, or the connection broke "
                       L"(Winsock error %d)",
                SECONDS, WSAGetLastError());
    if (p->traced)
        trace_feed(&p->to_client, L"<-", p->buffer + p->size, (DWORD)got);
    p->size += (DWORD)got;
    return 0;
}

int peer_take(struct peer *p, void *out, DWORD size)
{
    while (p->size < size) {
        int result = peer_receive(p);
        if (result)
            return result;
    }
    memcpy(out, p->buffer, size);
    peer_drop(p, size);
    return 0;
}

void peer_drop(struct peer *p, DWORD size)
{
    p->size -= size;
    memmove(p->buffer, p->buffer + size, p->size);
}

void peer_close(struct peer *p)
{
    if (p->socket != INVALID_SOCKET)
        closesocket(p->socket);
    SecureZeroMemory(buffer, p->size);
}
