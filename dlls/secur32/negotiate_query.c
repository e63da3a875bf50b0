/* What Negotiate says of a context itself; all else is the chosen package's answer.
 *
 * SECPKG_NEGOTIATION_TRY_MULTICRED is never said (?): no page tells when it is, and a credential
 * here is one for each mechanism, all of which are tried.
 */
#include "negotiate.h"

static ULONG progress(const struct nego_context *c)
{
    if (c->complete)
        return SECPKG_NEGOTIATION_COMPLETE;
    switch (spnego_progress(&c->spnego)) {
    case SPNEGO_OPTIMISTIC:
        return SECPKG_NEGOTIATION_OPTIMISTIC;
    case SPNEGO_DIRECT:
        return SECPKG_NEGOTIATION_DIRECT;
    default: /* also where the last message still goes out in fragments */
        return SECPKG_NEGOTIATION_IN_PROGRESS;
    }
}

static SECURITY_STATUS package_info(const struct nego_inner_context *inner, PSecPkgInfoW *info)
{
    const struct package *row = inner ? package_find(inner->mechanism->package) : NULL;

    return row ? ssp_package_copy_w(&row->info, 1, info) : SEC_E_INVALID_HANDLE;
}

/* "SecPkgContext_NegotiationInfo structure": "can be queried from the context handle before the
 * setup is complete". */
static SECURITY_STATUS negotiation_info(struct nego_context *c,
        const struct nego_inner_context *inner, SecPkgContext_NegotiationInfoW *info)
{
    SECURITY_STATUS status = package_info(inner, &info->PackageInfo);

    if (status == SEC_E_OK)
        info->NegotiationState = progress(c);
    return status;
}

/* "SecPkgContext_NegoPackageInfo structure": "the mask information for the package"; the header has
 * FLAG_NO_KERBEROS and FLAG_NO_NTLM for it (?): what cannot be chosen here. */
static ULONG package_mask(const struct nego_context *c)
{
    ULONG mask = 0;

    for (int i = 0; i < NEGO_MECHS; i++)
        if (!c->inner[i].table)
            mask |= nego_mechanisms[i].absent;
    return mask;
}

/* What a package says of the exchange, and nothing of who the client is. */
static BOOL is_of_exchange(ULONG attribute)
{
    return attribute == SECPKG_ATTR_SIZES || attribute == SECPKG_ATTR_FLAGS || attribute == SECPKG_ATTR_LIFESPAN ||
           attribute == SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS;
}

static SECURITY_STATUS ask_package(struct nego_context *c, ULONG attribute, void *buffer)
{
    struct nego_inner_context *inner = nego_chosen(c);
    BOOL server = c->object.use & SECPKG_CRED_INBOUND;

    /* The package's login may have come to its end before the negotiation failed (a wrong
     * mechListMIC): nobody is to hear its user or its key; nor a server, while that may yet happen. */
    if (!inner || c->failed || (server && !c->complete && !is_of_exchange(attribute)))
        return SEC_E_INVALID_HANDLE;
    return CALL(inner->table, QueryContextAttributesW, &inner->handle, attribute, buffer);
}

SECURITY_STATUS nego_query(struct ssp_object *o, ULONG attribute, void *buffer)
{
    struct nego_context *c = (struct nego_context *)o;
    struct nego_inner_context *inner = nego_selected(c);

    switch (attribute) {
    case SECPKG_ATTR_NEGO_PKG_INFO:
        ((SecPkgContext_NegoPackageInfo *)buffer)->PackageMask = package_mask(c);
        return SEC_E_OK;
    case SECPKG_ATTR_NEGO_STATUS: /* "of the last attempt to create a client context" */
        ((SecPkgContext_NegoStatus *)buffer)->LastStatus = (ULONG)c->attempt;
        return SEC_E_OK;
    case SECPKG_ATTR_NEGOTIATION_INFO:
        return negotiation_info(c, inner, buffer);
    case SECPKG_ATTR_PACKAGE_INFO:
        return package_info(inner, &((SecPkgContext_PackageInfoW *)buffer)->PackageInfo);
    default:
        return ask_package(c, attribute, buffer);
    }
}
