/* Using contexts of hosted packages: attributes, messages, tokens, export. */
#include "lsa_host.h"

/* Calls an entry of one of the package's tables with the context's word. The LSA-mode half has no say in a
 * context that was imported. */
#define ENTRY(table, fn, ...)                                                                      \
    ((c)->package->table.fn ? lsa_status((c)->package->table.fn((c)->word, __VA_ARGS__))           \
                            : SEC_E_UNSUPPORTED_FUNCTION)
#define LSA_ENTRY(fn, ...) (c->imported ? SEC_E_UNSUPPORTED_FUNCTION : ENTRY(lsa, fn, __VA_ARGS__))

/* Where there is no LSA process both halves know the whole context; the user-mode one, which a
 * program's calls come to first on Windows, may still leave an attribute to the other. */
SECURITY_STATUS lsa_query_context(struct ssp_object *o, ULONG attribute, void *buffer)
{
    struct lsa_context *c = (struct lsa_context *)o;
    SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION;

    if (c->failed)
        return SEC_E_INVALID_HANDLE;
    if (c->mapped)
        status = ENTRY(user, QueryContextAttributes, attribute, buffer);
    if (status == SEC_E_UNSUPPORTED_FUNCTION)
        status = LSA_ENTRY(QueryContextAttributes, attribute, buffer);
    return status;
}

SECURITY_STATUS lsa_set_context(struct ssp_object *o, ULONG attribute, const void *buffer, ULONG size)
{
    struct lsa_context *c = (struct lsa_context *)o;

    return c->failed ? SEC_E_INVALID_HANDLE : LSA_ENTRY(SetContextAttributes, attribute, (void *)buffer, size);
}

SECURITY_STATUS lsa_complete(struct ssp_object *o, PSecBufferDesc token)
{
    struct lsa_context *c = (struct lsa_context *)o;

    return c->failed ? SEC_E_INVALID_HANDLE : ENTRY(user, CompleteAuthToken, token);
}

SECURITY_STATUS lsa_apply_control(struct ssp_object *o, PSecBufferDesc token)
{
    struct lsa_context *c = (struct lsa_context *)o;

    return c->failed ? SEC_E_INVALID_HANDLE : LSA_ENTRY(ApplyControlToken, token);
}

/* A package may be able to protect messages before its login is over (SPNEGO's mechListMIC wants
 * it to); whether it is, it knows itself. What a failed login protects would be nobody's. */
#define MESSAGE(fn, ...)                                                                           \
    struct lsa_context *c = (struct lsa_context *)o;                                               \
                                                                                                   \
    return c->failed ? SEC_E_INVALID_HANDLE : ENTRY(user, fn, __VA_ARGS__)

SECURITY_STATUS lsa_make_signature(
        struct ssp_object *o, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    MESSAGE(MakeSignature, quality, message, sequence);
}

/* A package writes the quality always; programs may not want it. */
SECURITY_STATUS lsa_verify_signature(
        struct ssp_object *o, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    ULONG unwanted;

    MESSAGE(VerifySignature, message, sequence, quality ? quality : &unwanted);
}

SECURITY_STATUS lsa_seal(
        struct ssp_object *o, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    MESSAGE(SealMessage, quality, message, sequence);
}

SECURITY_STATUS lsa_unseal(
        struct ssp_object *o, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    ULONG unwanted;

    MESSAGE(UnsealMessage, message, sequence, quality ? quality : &unwanted);
}

/* "SpGetContextToken function": the handle is the context's own; a program gets one of its own. */
static SECURITY_STATUS context_token(struct lsa_context *c, HANDLE *token)
{
    if (!c->complete || c->failed)
        return SEC_E_INVALID_HANDLE;
    *token = NULL;
    SECURITY_STATUS status = ENTRY(user, GetContextToken, token);
    return status == SEC_E_OK && !*token ? SEC_E_NO_IMPERSONATION : status;
}

SECURITY_STATUS lsa_query_token(struct ssp_object *o, void **token)
{
    HANDLE own, process = GetCurrentProcess();
    SECURITY_STATUS status = context_token((struct lsa_context *)o, &own);

    if (status != SEC_E_OK)
        return status;
    return DuplicateHandle(process, own, process, token, 0, FALSE, DUPLICATE_SAME_ACCESS)
                   ? SEC_E_OK
                   : SEC_E_NO_IMPERSONATION;
}

SECURITY_STATUS lsa_impersonate(struct ssp_object *o)
{
    HANDLE token;
    SECURITY_STATUS status = context_token((struct lsa_context *)o, &token);

    if (status != SEC_E_OK)
        return status;
    return ImpersonateLoggedOnUser(token) ? SEC_E_OK : SEC_E_NO_IMPERSONATION;
}

SECURITY_STATUS lsa_revert(struct ssp_object *o)
{
    (void)o;
    return RevertToSelf() ? SEC_E_OK : SEC_E_NO_IMPERSONATION;
}

SECURITY_STATUS lsa_export(struct ssp_object *o, ULONG flags, PSecBuffer packed, void **token)
{
    struct lsa_context *c = (struct lsa_context *)o;

    if (!c->complete || c->failed)
        return SEC_E_INVALID_HANDLE;
    return ENTRY(user, ExportContext, flags, packed, token);
}

SECURITY_STATUS lsa_import(
        const SecPkgInfoW *package, PSecBuffer packed, void *token, struct ssp_object **context)
{
    const struct lsa_package *p = (const struct lsa_package *)package;
    struct lsa_context *c;
    SECURITY_STATUS status;

    if (!p->user.ImportContext)
        return SEC_E_UNSUPPORTED_FUNCTION;
    c = lsa_context_new(p);
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    status = lsa_status(p->user.ImportContext(packed, token, &c->word));
    if (SUCCEEDED(status)) {
        c->complete = c->mapped = c->imported = TRUE;
        *context = &c->object;
        return status;
    }
    c->word = 0;
    ssp_release(&c->object);
    return status;
}
