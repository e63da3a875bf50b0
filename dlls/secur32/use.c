/* Using contexts: attributes, messages, impersonation. Each function is one lookup and one call. */
#include "secur32.h"

/* Looks CONTEXT up, sets the status to EXPRESSION (which may use e), drops the reference. */
#define WITH(context, expression)                                                                  \
    struct entry *e = entry_get(context, SSP_CONTEXT);                                             \
    SECURITY_STATUS status;                                                                        \
                                                                                                   \
    if (!e)                                                                                        \
        return SEC_E_INVALID_HANDLE;                                                               \
    status = expression;                                                                           \
    entry_release(e);                                                                              \
    return status

SECURITY_STATUS WINAPI QueryContextAttributesW(PCtxtHandle context, ULONG attribute, void *buffer)
{
    WITH(context, CALL(e->table, QueryContextAttributesW, &e->inner, attribute, buffer));
}

/* As with credentials, the provider's own Ex entry is not used. */
static SECURITY_STATUS query_ex(struct entry *e, ULONG attribute, void *buffer, ULONG size)
{
    const struct ssp_attribute *a = ssp_attribute_find(attribute, FALSE);

    if (!a)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (size < a->size)
        return SEC_E_BUFFER_TOO_SMALL;
    return CALL(e->table, QueryContextAttributesW, &e->inner, attribute, buffer);
}

SECURITY_STATUS WINAPI QueryContextAttributesExW(
        PCtxtHandle context, ULONG attribute, void *buffer, ULONG size)
{
    WITH(context, query_ex(e, attribute, buffer, size));
}

SECURITY_STATUS WINAPI SetContextAttributesW(
        PCtxtHandle context, ULONG attribute, void *buffer, ULONG size)
{
    WITH(context, CALL(e->table, SetContextAttributesW, &e->inner, attribute, buffer, size));
}

SECURITY_STATUS WINAPI CompleteAuthToken(PCtxtHandle context, PSecBufferDesc token)
{
    WITH(context, CALL(e->table, CompleteAuthToken, &e->inner, token));
}

SECURITY_STATUS WINAPI ApplyControlToken(PCtxtHandle context, PSecBufferDesc input)
{
    WITH(context, CALL(e->table, ApplyControlToken, &e->inner, input));
}

SECURITY_STATUS WINAPI ImpersonateSecurityContext(PCtxtHandle context)
{
    WITH(context, CALL(e->table, ImpersonateSecurityContext, &e->inner));
}

SECURITY_STATUS WINAPI RevertSecurityContext(PCtxtHandle context)
{
    WITH(context, CALL(e->table, RevertSecurityContext, &e->inner));
}

SECURITY_STATUS WINAPI QuerySecurityContextToken(PCtxtHandle context, HANDLE *token)
{
    WITH(context, CALL(e->table, QuerySecurityContextToken, &e->inner, token));
}

SECURITY_STATUS WINAPI MakeSignature(
        PCtxtHandle context, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    WITH(context, CALL(e->table, MakeSignature, &e->inner, quality, message, sequence));
}

SECURITY_STATUS WINAPI VerifySignature(
        PCtxtHandle context, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    WITH(context, CALL(e->table, VerifySignature, &e->inner, message, sequence, quality));
}

/* A provider older than the named entries has these two under Reserved3 and Reserved4. */
static SECURITY_STATUS seal(
        const struct entry *e, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    PCtxtHandle inner = (PCtxtHandle)&e->inner;

    if (e->table->EncryptMessage)
        return e->table->EncryptMessage(inner, quality, message, sequence);
    if (e->table->Reserved3)
        return ((ENCRYPT_MESSAGE_FN)e->table->Reserved3)(inner, quality, message, sequence);
    return SEC_E_UNSUPPORTED_FUNCTION;
}

static SECURITY_STATUS unseal(
        const struct entry *e, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    PCtxtHandle inner = (PCtxtHandle)&e->inner;

    if (e->table->DecryptMessage)
        return e->table->DecryptMessage(inner, message, sequence, quality);
    if (e->table->Reserved4)
        return ((DECRYPT_MESSAGE_FN)e->table->Reserved4)(inner, message, sequence, quality);
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS WINAPI EncryptMessage(
        PCtxtHandle context, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    WITH(context, seal(e, quality, message, sequence));
}

SECURITY_STATUS WINAPI DecryptMessage(
        PCtxtHandle context, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    WITH(context, unseal(e, message, sequence, quality));
}

SECURITY_STATUS WINAPI FreeContextBuffer(void *buffer)
{
    ssp_heap_wipe(buffer); /* it may be a session key */
    return SEC_E_OK;
}
