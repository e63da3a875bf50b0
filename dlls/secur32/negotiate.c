/* Negotiate as a provider: what it answers itself, and what it hands to the chosen package. */
#include "negotiate.h"

/* The values of the package table (packages.c), which lists this package for programs. */
static const SecPkgInfoW packages[] = {
        {0x00883BB3, 1, 9, 48256, L"Negotiate", L"Microsoft Package Negotiator"},
};

static ULONG progress(struct nego_context *c)
{
    if (c->complete)
        return SECPKG_NEGOTIATION_COMPLETE;
    switch (spnego_progress(c->spnego)) {
    case SPNEGO_OPTIMISTIC:
        return SECPKG_NEGOTIATION_OPTIMISTIC;
    case SPNEGO_DIRECT:
        return SECPKG_NEGOTIATION_DIRECT;
    case SPNEGO_COMPLETE:
        return SECPKG_NEGOTIATION_COMPLETE;
    default:
        return SECPKG_NEGOTIATION_IN_PROGRESS;
    }
}

static SECURITY_STATUS negotiation_info(struct nego_context *c,
        const struct nego_inner_context *inner, SecPkgContext_NegotiationInfoW *info)
{
    const SecPkgInfoW *package = package_static_info(inner->mechanism->package);
    SECURITY_STATUS status = ssp_package_copy_w(package, 1, &info->PackageInfo);

    if (status == SEC_E_OK)
        info->NegotiationState = progress(c);
    return status;
}

static SECURITY_STATUS query(struct ssp_object *o, ULONG attribute, void *buffer)
{
    struct nego_context *c = (struct nego_context *)o;
    struct nego_inner_context *inner = nego_chosen(c);

    if (!inner)
        return SEC_E_INVALID_HANDLE;
    switch (attribute) {
    case SECPKG_ATTR_NEGOTIATION_INFO:
        return negotiation_info(c, inner, buffer);
    case SECPKG_ATTR_PACKAGE_INFO:
        return ssp_package_copy_w(package_static_info(inner->mechanism->package), 1,
                &((SecPkgContext_PackageInfoW *)buffer)->PackageInfo);
    default:
        /* The package's login may have come to its end before the negotiation failed (a wrong
         * mechListMIC): nobody is to hear its user or its key. */
        if (c->failed)
            return SEC_E_INVALID_HANDLE;
        return CALL(inner->credential->table, QueryContextAttributesW, &inner->handle, attribute,
                buffer);
    }
}

static SECURITY_STATUS set(struct ssp_object *o, ULONG attribute, const void *buffer, ULONG size)
{
    struct nego_context *c = (struct nego_context *)o;
    struct nego_inner_context *inner = nego_chosen(c);

    if (!inner || c->failed)
        return SEC_E_INVALID_HANDLE;
    if (attribute == SSP_ATTR_RESET_CIPHER)
        return SEC_E_UNSUPPORTED_FUNCTION; /* Negotiate's own business */
    return CALL(inner->credential->table, SetContextAttributesW, &inner->handle, attribute,
            (void *)buffer, size);
}

/* What protects messages: the chosen package, once the negotiation has come so far. */
static struct nego_inner_context *protector(struct ssp_object *o, BOOL outgoing)
{
    struct nego_context *c = (struct nego_context *)o;

    if (c->complete || (outgoing && !c->failed && spnego_can_protect(c->spnego)))
        return nego_chosen(c);
    return NULL;
}

static SECURITY_STATUS make_signature(
        struct ssp_object *o, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    struct nego_inner_context *c = protector(o, TRUE);

    if (!c)
        return SEC_E_INVALID_HANDLE;
    return CALL(c->credential->table, MakeSignature, &c->handle, quality, message, sequence);
}

static SECURITY_STATUS verify_signature(
        struct ssp_object *o, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    struct nego_inner_context *c = protector(o, FALSE);

    if (!c)
        return SEC_E_INVALID_HANDLE;
    return CALL(c->credential->table, VerifySignature, &c->handle, message, sequence, quality);
}

static SECURITY_STATUS encrypt(
        struct ssp_object *o, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    struct nego_inner_context *c = protector(o, TRUE);

    if (!c)
        return SEC_E_INVALID_HANDLE;
    return CALL(c->credential->table, EncryptMessage, &c->handle, quality, message, sequence);
}

static SECURITY_STATUS decrypt(
        struct ssp_object *o, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    struct nego_inner_context *c = protector(o, FALSE);

    if (!c)
        return SEC_E_INVALID_HANDLE;
    return CALL(c->credential->table, DecryptMessage, &c->handle, message, sequence, quality);
}

static SECURITY_STATUS impersonate(struct ssp_object *o)
{
    struct nego_inner_context *c = protector(o, FALSE);

    return c ? CALL(c->credential->table, ImpersonateSecurityContext, &c->handle)
             : SEC_E_INVALID_HANDLE;
}

static SECURITY_STATUS revert(struct ssp_object *o)
{
    struct nego_inner_context *c = protector(o, FALSE);

    return c ? CALL(c->credential->table, RevertSecurityContext, &c->handle) : SEC_E_INVALID_HANDLE;
}

static SECURITY_STATUS query_token(struct ssp_object *o, void **token)
{
    struct nego_inner_context *c = protector(o, FALSE);

    return c ? CALL(c->credential->table, QuerySecurityContextToken, &c->handle, token)
             : SEC_E_INVALID_HANDLE;
}

/* No .complete: a token is complete when a leg returns it, and "CompleteAuthToken" is "supported
 * only by the Digest security support provider" (?). */
const struct ssp_provider ssp_this_provider = {
        .room = "secur32",
        .packages = packages,
        .package_count = ARRAYSIZE(packages),
        .acquire = nego_acquire,
        .leg = nego_leg,
        .query_context = query,
        .set_context = set,
        .query_credential = nego_query_credential,
        .make_signature = make_signature,
        .verify_signature = verify_signature,
        .encrypt = encrypt,
        .decrypt = decrypt,
        .impersonate = impersonate,
        .revert = revert,
        .query_token = query_token,
};
