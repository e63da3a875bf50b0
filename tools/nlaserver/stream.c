/* TCP with time limits, for one call and for the whole connection. */
#include "nlaserver.h"

enum { SECONDS = 20, SECONDS_IN_ALL = 60 };

BOOL stream_open(struct stream *s, SOCKET socket)
{
    DWORD limit = SECONDS * 1000;

    *s = (struct stream){.socket = socket,
            .buffer = HeapAlloc(GetProcessHeap(), 0, BUFFER_MAX),
            .deadline = GetTickCount64() + SECONDS_IN_ALL * 1000};
    if (!s->buffer) {
        closesocket(socket);
        return FALSE;
    }
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, (const char *)&limit, sizeof limit);
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, (const char *)&limit, sizeof limit);
    return TRUE;
}

BOOL stream_receive(struct stream *s)
{
    if (s->size == BUFFER_MAX || GetTickCount64() > s->deadline)
        return FALSE;
    int got = recv(s->socket, (char *)s->buffer + s->size, (int)(BUFFER_MAX - s->size), 0);
    if (got <= 0)
        return FALSE;
    s->size += (DWORD)got;
    return TRUE;
}

BOOL stream_need(struct stream *s, DWORD size)
{
    while (s->size < size)
        if (!stream_receive(s))
            return FALSE;
    return TRUE;
}

void stream_drop(struct stream *s, DWORD size)
{
    s->size -= size;
    memmove(s->buffer, s->buffer + size, s->size);
}

BOOL stream_send(struct stream *s, const void *data, DWORD size)
{
    const char *at = data;

    while (size) {
        int sent = send(s->socket, at, (int)size, 0);
        if (sent <= 0)
            return FALSE;
        at += sent;
        size -= (DWORD)sent;
    }
    return TRUE;
}

void stream_close(struct stream *s)
{
    closesocket(s->socket);
    SecureZeroMemory(s->buffer, s->size); /* plaintext, perhaps: DecryptMessage works in place */
    HeapFree(GetProcessHeap(), 0, s->buffer);
}
