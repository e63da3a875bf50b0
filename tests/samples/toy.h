/* The security of the sample packages, which is none: it only shows that all calls arrive. Both samples have it, so
 * that one test goes through both interfaces.
 *
 *   client "C:" target (UTF-8)   server "S"   client done. A server refuses every target but "toy/host".
 *   A client's "toy/careless" is refused by the client, who would go on all the same; "toy/unmapped" his user-mode half does not take.
 *   A signature is 8 bytes: the sum of all bytes of data and the message's number; sealing is XOR with 0x55.
 */
#ifndef SAMPLES_TOY_H
#define SAMPLES_TOY_H

#ifndef SECURITY_WIN32
#define SECURITY_WIN32
#endif
#ifndef _NO_KSECDD_IMPORT_
#define _NO_KSECDD_IMPORT_ /* sspi.c defines what sspi.h would declare as imported */
#endif
#include <windows.h>
#include <subauth.h> /* STATUS_ */
#include <security.h>
#include <ntsecapi.h>
#include <ntsecpkg.h>

struct toy {
    BOOL server, done;
    BOOL user_mode; /* the user-mode half was told of this context */
    BOOL imported;
    ULONG sent, received;
    WCHAR target[64];
};

static PSecBuffer toy_buffer(PSecBufferDesc desc, ULONG type)
{
    for (ULONG i = 0; desc && i < desc->cBuffers; i++)
        if ((desc->pBuffers[i].BufferType & ~SECBUFFER_ATTRMASK) == type)
            return &desc->pBuffers[i];
    return NULL;
}

/* ALLOCATE: where the token's memory comes from; NULL: the caller's buffer. */
static SECURITY_STATUS toy_put(PSecBufferDesc out, const char *token, void *(*allocate)(ULONG))
{
    PSecBuffer b = toy_buffer(out, SECBUFFER_TOKEN);
    ULONG size = (ULONG)strlen(token);

    if (!b)
        return SEC_E_INVALID_TOKEN;
    if (allocate)
        b->pvBuffer = allocate(size + 1);
    else if (b->cbBuffer < size)
        return SEC_E_BUFFER_TOO_SMALL;
    if (!b->pvBuffer)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(b->pvBuffer, token, size);
    b->cbBuffer = size;
    return SEC_E_OK;
}

static BOOL toy_is(PSecBufferDesc in, const char *token)
{
    PSecBuffer b = toy_buffer(in, SECBUFFER_TOKEN);

    return b && b->cbBuffer == strlen(token) && !memcmp(b->pvBuffer, token, b->cbBuffer);
}

/* One leg of either side; FIRST: with a fresh TOY. */
static SECURITY_STATUS toy_leg(
        struct toy *t, BOOL first, PSecBufferDesc in, PSecBufferDesc out, void *(*allocate)(ULONG))
{
    char token[80] = "C:";

    if (t->server) {
        t->done = toy_is(in, "C:toy/host");
        return t->done ? toy_put(out, "S", allocate) : SEC_E_LOGON_DENIED;
    }
    if (first) {
        WideCharToMultiByte(CP_UTF8, 0, t->target, -1, token + 2, sizeof token - 2, NULL, NULL);
        SECURITY_STATUS status = toy_put(out, token, allocate);
        return status == SEC_E_OK ? SEC_I_CONTINUE_NEEDED : status;
    }
    t->done = toy_is(in, "S");
    if (!wcscmp(t->target, L"toy/careless")) {
        t->user_mode = TRUE;
        return SEC_E_LOGON_DENIED;
    }
    return t->done ? toy_put(out, "", allocate) : SEC_E_INVALID_TOKEN;
}

static void toy_sum(PSecBufferDesc message, ULONG number, BYTE sum[8])
{
    ULONGLONG total = 1000ULL * number;

    for (ULONG i = 0; i < message->cBuffers; i++)
        if ((message->pBuffers[i].BufferType & ~SECBUFFER_ATTRMASK) == SECBUFFER_DATA)
            for (ULONG k = 0; k < message->pBuffers[i].cbBuffer; k++)
                total += ((BYTE *)message->pBuffers[i].pvBuffer)[k];
    memcpy(sum, &total, 8);
}

static void toy_xor(PSecBufferDesc message)
{
    PSecBuffer data = toy_buffer(message, SECBUFFER_DATA);

    for (ULONG k = 0; data && k < data->cbBuffer; k++)
        ((BYTE *)data->pvBuffer)[k] ^= 0x55;
}

static SECURITY_STATUS toy_sign(struct toy *t, PSecBufferDesc message)
{
    PSecBuffer token = toy_buffer(message, SECBUFFER_TOKEN);

    if (!t->done || !t->user_mode)
        return SEC_E_INVALID_HANDLE;
    if (!token || token->cbBuffer < 8)
        return SEC_E_BUFFER_TOO_SMALL;
    toy_sum(message, t->sent++, token->pvBuffer);
    token->cbBuffer = 8;
    return SEC_E_OK;
}

static SECURITY_STATUS toy_verify(struct toy *t, PSecBufferDesc message, ULONG *quality)
{
    PSecBuffer token = toy_buffer(message, SECBUFFER_TOKEN);
    BYTE sum[8];

    if (!t->done || !t->user_mode)
        return SEC_E_INVALID_HANDLE;
    toy_sum(message, t->received++, sum);
    if (!token || token->cbBuffer != 8 || memcmp(sum, token->pvBuffer, 8))
        return SEC_E_MESSAGE_ALTERED;
    *quality = 7;
    return SEC_E_OK;
}

static SECURITY_STATUS toy_query(struct toy *t, ULONG attribute, void *buffer)
{
    static const SecPkgContext_Sizes sizes = {100, 8, 1, 8};

    (void)t;
    if (attribute != SECPKG_ATTR_SIZES)
        return SEC_E_UNSUPPORTED_FUNCTION;
    memcpy(buffer, &sizes, sizeof sizes);
    return SEC_E_OK;
}

#endif
