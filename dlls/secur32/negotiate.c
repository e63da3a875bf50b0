/* Negotiate as a provider: what it answers itself, and what it hands to the chosen package. */
#include "negotiate.h"
#include "lsa_host.h"

/* The values of the package table (packages.c), which lists this package for programs. */
static const SecPkgInfoW packages[] = {
        {0x00883BB3, 1, 9, 48256, L"Negotiate", L"Microsoft Package Negotiator"},
};

static SECURITY_STATUS set(struct ssp_object *o, ULONG attribute, const void *buffer, ULONG size)
{
    struct nego_context *c = (struct nego_context *)o;
    struct nego_inner_context *inner = nego_chosen(c);

    if (!inner || c->failed)
        return SEC_E_INVALID_HANDLE;
    if (attribute == SSP_ATTR_RESET_CIPHER)
        return SEC_E_UNSUPPORTED_FUNCTION; /* Negotiate's own business */
    return CALL(inner->table, SetContextAttributesW, &inner->handle, attribute,
            (void *)buffer, size);
}

/* What protects messages: the chosen package, once the negotiation has come so far. */
static struct nego_inner_context *protector(struct ssp_object *o, BOOL outgoing)
{
    struct nego_context *c = (struct nego_context *)o;
    BOOL early = outgoing && !c->failed && !spnego_fragment_left(&c->out);

    if (c->complete || (early && spnego_can_protect(&c->spnego)))
        return nego_chosen(c);
    return NULL;
}

static SECURITY_STATUS make_signature(
        struct ssp_object *o, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    struct nego_inner_context *c = protector(o, TRUE);

    if (!c)
        return SEC_E_INVALID_HANDLE;
    return CALL(c->table, MakeSignature, &c->handle, quality, message, sequence);
}

static SECURITY_STATUS verify_signature(
        struct ssp_object *o, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    struct nego_inner_context *c = protector(o, FALSE);

    if (!c)
        return SEC_E_INVALID_HANDLE;
    return CALL(c->table, VerifySignature, &c->handle, message, sequence, quality);
}

static SECURITY_STATUS encrypt(
        struct ssp_object *o, ULONG quality, PSecBufferDesc message, ULONG sequence)
{
    struct nego_inner_context *c = protector(o, TRUE);

    if (!c)
        return SEC_E_INVALID_HANDLE;
    return CALL(c->table, EncryptMessage, &c->handle, quality, message, sequence);
}

static SECURITY_STATUS decrypt(
        struct ssp_object *o, PSecBufferDesc message, ULONG sequence, ULONG *quality)
{
    struct nego_inner_context *c = protector(o, FALSE);

    if (!c)
        return SEC_E_INVALID_HANDLE;
    return CALL(c->table, DecryptMessage, &c->handle, message, sequence, quality);
}

static SECURITY_STATUS impersonate(struct ssp_object *o)
{
    struct nego_inner_context *c = protector(o, FALSE);

    return c ? CALL(c->table, ImpersonateSecurityContext, &c->handle)
             : SEC_E_INVALID_HANDLE;
}

static SECURITY_STATUS revert(struct ssp_object *o)
{
    struct nego_inner_context *c = protector(o, FALSE);

    return c ? CALL(c->table, RevertSecurityContext, &c->handle) : SEC_E_INVALID_HANDLE;
}

static SECURITY_STATUS query_token(struct ssp_object *o, void **token)
{
    struct nego_inner_context *c = protector(o, FALSE);

    return c ? CALL(c->table, QuerySecurityContextToken, &c->handle, token)
             : SEC_E_INVALID_HANDLE;
}

/* A leg's token is complete when the leg returns it (negotiate_mech.c): what is left is the
 * package's to say, at any time after it has begun. */
static SECURITY_STATUS complete(struct ssp_object *o, PSecBufferDesc token)
{
    struct nego_context *c = (struct nego_context *)o;
    struct nego_inner_context *inner = c->failed ? NULL : nego_chosen(c);

    return inner ? CALL(inner->table, CompleteAuthToken, &inner->handle, token)
                 : SEC_E_INVALID_HANDLE;
}

static SECURITY_STATUS apply_control(struct ssp_object *o, PSecBufferDesc token)
{
    struct nego_context *c = (struct nego_context *)o;
    struct nego_inner_context *inner = c->failed ? NULL : nego_chosen(c);

    return inner ? CALL(inner->table, ApplyControlToken, &inner->handle, token)
                 : SEC_E_INVALID_HANDLE;
}

const struct ssp_provider ssp_this_provider = {
        .room = "secur32",
        .packages = packages,
        .package_count = ARRAYSIZE(packages),
        .next = &kerberos_provider,
        .acquire = nego_acquire,
        .leg = nego_leg,
        .query_context = nego_query,
        .set_context = set,
        .query_credential = nego_query_credential,
        .set_credential = nego_set_credential,
        .complete = complete,
        .apply_control = apply_control,
        .make_signature = make_signature,
        .verify_signature = verify_signature,
        .encrypt = encrypt,
        .decrypt = decrypt,
        .impersonate = impersonate,
        .revert = revert,
        .query_token = query_token,
        .export_context = nego_export,
        .import_context = nego_import,
};
