/* The listener: a thread for each connection, a place for each thread. */
#include "nlaserver.h"
#include <stdio.h>

struct server {
    struct settings settings;
    CredHandle credential;
    HANDLE places;    /* a semaphore: free places for connections */
    HANDLE came, end; /* events: a client; the end of the input */
    SOCKET listener;
};
struct connection {
    struct server *server;
    SOCKET socket;
    LONG number;
};

static DWORD WINAPI connection_thread(void *argument)
{
    struct connection c = *(struct connection *)argument;

    HeapFree(GetProcessHeap(), 0, argument);
    session_run(&c.server->settings, &c.server->credential, c.socket, c.number);
    ReleaseSemaphore(c.server->places, 1, NULL);
    return 0;
}

/* The next client. INVALID_SOCKET: none, since the input has ended or the listener is broken. */
static SOCKET wait_for_client(struct server *s)
{
    HANDLE events[2] = {s->end, s->came};
    WSANETWORKEVENTS happened;
    u_long waits = 0;
    SOCKET client = INVALID_SOCKET;

    while (client == INVALID_SOCKET) {
        if (WaitForMultipleObjects(2, events, FALSE, INFINITE) != WAIT_OBJECT_0 + 1)
            return INVALID_SOCKET;
        if (WSAEnumNetworkEvents(s->listener, s->came, &happened))
            return INVALID_SOCKET;
        client = accept(s->listener, NULL, NULL);
        /* Whatever it was, the next one may do: of memory or handles there may be more by then. */
        if (client == INVALID_SOCKET && WSAGetLastError() != WSAEWOULDBLOCK &&
                WSAGetLastError() != WSAECONNRESET)
            Sleep(100);
    }
    /* It has the listener's events and does not wait: both of no use to a thread of its own. */
    WSAEventSelect(client, NULL, 0);
    ioctlsocket(client, FIONBIO, &waits);
    return client;
}

static BOOL start_thread(struct server *s, SOCKET socket, LONG number)
{
    struct connection *c = HeapAlloc(GetProcessHeap(), 0, sizeof *c);
    HANDLE thread = NULL;

    if (c) {
        *c = (struct connection){s, socket, number};
        thread = CreateThread(NULL, 0, connection_thread, c, 0, NULL);
    }
    if (thread) {
        CloseHandle(thread);
        return TRUE;
    }
    trouble("no thread for a connection", GetLastError());
    if (c)
        HeapFree(GetProcessHeap(), 0, c);
    return FALSE;
}

/* One connection, once there is a place. FALSE: there will be no more. */
static BOOL take_one(struct server *s, LONG number)
{
    WaitForSingleObject(s->places, INFINITE);
    SOCKET client = wait_for_client(s);
    if (client != INVALID_SOCKET && start_thread(s, client, number))
        return TRUE;
    ReleaseSemaphore(s->places, 1, NULL);
    if (client == INVALID_SOCKET)
        return FALSE;
    closesocket(client);
    return TRUE;
}

static int bind_listener(struct server *s)
{
    ADDRINFOW hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    ADDRINFOW *address = NULL;
    struct sockaddr_storage bound;
    int size = sizeof bound;
    WCHAR port[8];

    swprintf(port, ARRAYSIZE(port), L"%u", s->settings.port);
    if (GetAddrInfoW(s->settings.address, port, &hints, &address))
        return trouble("this is no address", (ULONG)WSAGetLastError());
    s->listener = socket(address->ai_family, SOCK_STREAM, 0);
    BOOL ok = s->listener != INVALID_SOCKET &&
              !bind(s->listener, address->ai_addr, (int)address->ai_addrlen) &&
              !listen(s->listener, SOMAXCONN) &&
              !getsockname(s->listener, (struct sockaddr *)&bound, &size) &&
              !WSAEventSelect(s->listener, s->came, FD_ACCEPT);
    int error = WSAGetLastError();
    FreeAddrInfoW(address);
    if (!ok)
        return trouble("listening failed", (ULONG)error);
    /* IPv4 and IPv6 have the port in the same place. */
    say(L"PORT %u", ntohs(((struct sockaddr_in *)&bound)->sin_port));
    return 0;
}

static int prepare(struct server *s)
{
    PCCERT_CONTEXT certificate =
            s->settings.thumbprint[0]
                    ? certificate_find(s->settings.thumbprint, s->settings.machine)
                    : certificate_make(s->settings.subject);

    if (!certificate)
        return EXIT_TROUBLE;
    SECURITY_STATUS status = login_acquire(certificate, &s->settings, &s->credential);
    CertFreeCertificateContext(certificate);
    if (status != SEC_E_OK)
        return trouble("AcquireCredentialsHandle(CREDSSP)", (ULONG)status);
    s->places = CreateSemaphoreW(NULL, (LONG)s->settings.clients, (LONG)s->settings.clients, NULL);
    s->came = CreateEventW(NULL, FALSE, FALSE, NULL);
    s->end = CreateEventW(NULL, TRUE, FALSE, NULL);
    return s->places && s->came && s->end ? bind_listener(s)
                                          : trouble("no events", GetLastError());
}

/* With the end of its input the server takes no more connections. */
static DWORD WINAPI input_thread(void *argument)
{
    struct server *s = argument;
    char byte;
    DWORD got;

    while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), &byte, 1, &got, NULL) && got)
        ;
    SetEvent(s->end);
    return 0;
}

static HANDLE interrupted;

/* Ctrl+C and the console's end: the server ends as it does by itself, or the key of /self-signed would stay. */
static BOOL WINAPI on_control(DWORD kind)
{
    (void)kind;
    return interrupted && SetEvent(interrupted);
}

/* All places free again: nobody is being served any more. Each connection ends by itself. */
static void wait_for_all(struct server *s)
{
    for (DWORD i = 0; i < s->settings.clients; i++)
        WaitForSingleObject(s->places, INFINITE);
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    static struct server server = {.listener = INVALID_SOCKET};
    WSADATA data;

    int result = arguments_parse(argc, argv, &server.settings);
    if (result)
        return result;
    if (WSAStartup(MAKEWORD(2, 2), &data))
        return trouble("Winsock does not start", 0);
    result = prepare(&server);
    if (!result) {
        interrupted = server.end;
        SetConsoleCtrlHandler(on_control, TRUE);
        HANDLE reader = server.settings.until_eof
                                ? CreateThread(NULL, 0, input_thread, &server, 0, NULL)
                                : NULL;
        if (reader)
            CloseHandle(reader);
        LONG number = 1, last = server.settings.connections;
        while ((!last || number <= last) && take_one(&server, number))
            number++;
        wait_for_all(&server);
        say_counts();
        FreeCredentialsHandle(&server.credential);
    }
    certificate_forget();
    return result;
}
