/* Heads and bodies of HTTP/1.1 messages, one after the other on a connection. */
#include "peer.h"
#include <stdio.h>

enum { BODY_MAX = 1 << 20, TOKEN_MAX = 1 << 16 };

static DWORD head_size(const struct run *r)
{
    for (DWORD i = 3; i < r->size; i++)
        if (!memcmp(r->data + i - 3, "\r\n\r\n", 4))
            return i + 1;
    return 0;
}

/* The value of the first or a further header NAME after AT; a pointer into the head, up to "\r\n".
 */
static const char *header(const char *at, const char *name)
{
    size_t length = strlen(name);

    while ((at = strstr(at, "\r\n")) != NULL) {
        at += 2;
        if (!_strnicmp(at, name, length) && at[length] == ':')
            return at + length + 1 + strspn(at + length + 1, " ");
    }
    return NULL;
}

static BOOL read_body(struct http *h)
{
    const char *length = header(h->head, "Content-Length");
    unsigned long size = length ? strtoul(length, NULL, 10) : 0;

    if (size > BODY_MAX)
        return FALSE;
    while (h->in.size < size)
        if (!net_receive(h->socket, &h->in))
            return FALSE;
    h->body.size = 0;
    run_add(&h->body, h->in.data, (DWORD)size);
    run_drop(&h->in, (DWORD)size);
    return TRUE;
}

BOOL http_read(struct http *h)
{
    DWORD size;

    while (!(size = head_size(&h->in)))
        if (h->in.size > TOKEN_MAX || !net_receive(h->socket, &h->in))
            return FALSE;
    free(h->head);
    h->head = malloc(size + 1);
    if (!h->head)
        fail("no memory", size);
    memcpy(h->head, h->in.data, size);
    h->head[size] = 0;
    run_drop(&h->in, size);
    return read_body(h);
}

static BOOL decode(const char *text, struct run *out)
{
    BYTE bytes[TOKEN_MAX];
    DWORD length = (DWORD)strcspn(text, "\r\n"), size = sizeof bytes;

    if (!length)
        return TRUE;
    if (!CryptStringToBinaryA(text, length, CRYPT_STRING_BASE64, bytes, &size, NULL, NULL))
        return FALSE;
    run_add(out, bytes, size);
    return TRUE;
}

BOOL http_token(const struct http *h, const char *name, const char *word, struct run *token)
{
    size_t length = strlen(word);

    for (const char *at = header(h->head, name); at; at = header(at, name))
        if (!_strnicmp(at, word, length) && strchr(" \r", at[length]))
            return decode(at + length + strspn(at + length, " "), token);
    return FALSE;
}

BOOL http_send(struct http *h, const char *text)
{
    return net_send(h->socket, text, (DWORD)strlen(text));
}

void http_format_token(
        char *text, size_t capacity, const char *name, const char *word, const struct run *token)
{
    char base64[TOKEN_MAX * 2] = "";
    DWORD size = sizeof base64;

    if (token->size && !CryptBinaryToStringA(token->data, token->size,
                               CRYPT_STRING_BASE64 | CRYPT_STRING_NOCRLF, base64, &size))
        fail("base64", GetLastError());
    snprintf(text, capacity, "%s: %s %s\r\n", name, word, base64);
}
