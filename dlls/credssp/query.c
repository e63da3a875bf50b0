/* Context attributes: which inner package answers which ("QueryContextAttributes (CredSSP)"), and
 * the few that are CredSSP's own. */
#include "provider.h"
#include "base/writer.h"
#include <wincred.h>

enum source { FROM_TLS, FROM_AUTH };

static const struct {
    ULONG attribute;
    enum source source;
} inner[] = {
        {SECPKG_ATTR_STREAM_SIZES, FROM_TLS},
        {SECPKG_ATTR_REMOTE_CERT_CONTEXT, FROM_TLS},
        {SECPKG_ATTR_LOCAL_CERT_CONTEXT, FROM_TLS},
        {SECPKG_ATTR_CONNECTION_INFO, FROM_TLS},
        {SECPKG_ATTR_CIPHER_INFO, FROM_TLS},
        {SECPKG_ATTR_UNIQUE_BINDINGS, FROM_TLS},
        {SECPKG_ATTR_ENDPOINT_BINDINGS, FROM_TLS},
        {SECPKG_ATTR_ISSUER_LIST_EX, FROM_TLS},
        {SECPKG_ATTR_REMOTE_CERT_CHAIN, FROM_TLS},
        {SECPKG_ATTR_SUPPORTED_SIGNATURES, FROM_TLS},
        {SECPKG_ATTR_SIZES, FROM_AUTH},
        {SECPKG_ATTR_NAMES, FROM_AUTH},
        {SECPKG_ATTR_LIFESPAN, FROM_AUTH},
        {SECPKG_ATTR_KEY_INFO, FROM_AUTH},
        {SECPKG_ATTR_SESSION_KEY, FROM_AUTH},
        {SECPKG_ATTR_NEGOTIATION_INFO, FROM_AUTH},
        {SECPKG_ATTR_ACCESS_TOKEN, FROM_AUTH},
        {SECPKG_ATTR_TARGET, FROM_AUTH},
        {SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, FROM_AUTH},
        {SECPKG_ATTR_AUTHORITY, FROM_AUTH},
        {SECPKG_ATTR_PASSWORD_EXPIRY, FROM_AUTH},
        {SECPKG_ATTR_USER_FLAGS, FROM_AUTH},
};

/* The inner package's login comes to its end before ours, which may yet fail (another's public key): a server
 * hears nothing of a user until all is done, and nobody does after a failure. */
static BOOL auth_speaks(const struct context *c)
{
    return c->has_auth && c->engine && (c->complete || !c->inbound);
}

static SECURITY_STATUS ask_inner(
        struct context *c, enum source source, ULONG attribute, void *buffer)
{
    if (source == FROM_TLS ? !c->has_tls : !auth_speaks(c))
        return SEC_E_INVALID_HANDLE;
    return inner_sspi()->QueryContextAttributesW(
            source == FROM_TLS ? &c->tls : &c->auth, attribute, buffer);
}

/* "SecPkgContext_CredentialName structure": which credential a client logs in with. */
static SECURITY_STATUS credential_name(struct context *c, SecPkgContext_CredentialNameW *out)
{
    const struct ssp_identity *id = logon_identity(c);
    struct writer w = {0};
    struct blob name = {0};

    if (c->inbound)
        return SEC_E_UNSUPPORTED_FUNCTION;
    writer_bytes(&w, blob_view(&id->domain));
    if (id->domain.size)
        writer_u16le(&w, '\\');
    writer_bytes(&w, blob_view(&id->user));
    if (writer_finish(&w, &name) != ST_OK)
        return SEC_E_INSUFFICIENT_MEMORY;
    out->CredentialType = CRED_TYPE_DOMAIN_PASSWORD;
    out->sCredentialName = ssp_heap_text(blob_view(&name));
    blob_free(&name);
    return out->sCredentialName ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* What the last leg's pfContextAttr was. */
static SECURITY_STATUS flags(struct context *c, SecPkgContext_Flags *out)
{
    if (!c->complete)
        return SEC_E_INVALID_HANDLE;
    out->Flags = c->attributes;
    return SEC_E_OK;
}

static SECURITY_STATUS query(struct context *c, ULONG attribute, void *buffer)
{
    /* SECPKG_ATTR_PACKAGE_INFO is the edge's: CREDSSP or TSSSP, as the credential was acquired. */
    switch (attribute) {
    case SECPKG_ATTR_NEGOTIATION_PACKAGE:
        return ask_inner(c, FROM_AUTH, SECPKG_ATTR_PACKAGE_INFO, buffer);
    case SECPKG_ATTR_CREDS:
    case SECPKG_ATTR_CREDS_2:
        return delegated_query(c, buffer);
    case SECPKG_ATTR_FLAGS:
        return flags(c, buffer);
    case SECPKG_ATTR_CREDENTIAL_NAME:
        return credential_name(c, buffer);
    case SECPKG_ATTR_C_ACCESS_TOKEN:
    case SECPKG_ATTR_C_FULL_ACCESS_TOKEN:
        return c->inbound ? ask_inner(c, FROM_AUTH, SECPKG_ATTR_ACCESS_TOKEN, buffer)
                          : SEC_E_UNSUPPORTED_FUNCTION;
    case SECPKG_ATTR_CERT_TRUST_STATUS:
    case SECPKG_ATTR_SERVER_AUTH_FLAGS:
        return server_auth_query(c, attribute, buffer);
    }
    for (unsigned i = 0; i < ARRAYSIZE(inner); i++)
        if (inner[i].attribute == attribute)
            return ask_inner(c, inner[i].source, attribute, buffer);
    return SEC_E_UNSUPPORTED_FUNCTION;
}

/* The user's token: the inner package's to give, once the whole login is through. */
static SECURITY_STATUS with_auth(struct ssp_object *o, SECURITY_STATUS (*call)(PCtxtHandle, void **), void **out)
{
    struct context *c = (struct context *)o;
    BOOL ready;

    AcquireSRWLockExclusive(&c->lock);
    ready = c->inbound && c->complete;
    ReleaseSRWLockExclusive(&c->lock);
    return ready ? call(&c->auth, out) : SEC_E_INVALID_HANDLE;
}

static SECURITY_STATUS call_token(PCtxtHandle auth, void **token)
{
    return inner_sspi()->QuerySecurityContextToken(auth, token);
}

static SECURITY_STATUS call_impersonate(PCtxtHandle auth, void **unused)
{
    (void)unused;
    return inner_sspi()->ImpersonateSecurityContext(auth);
}

static SECURITY_STATUS call_revert(PCtxtHandle auth, void **unused)
{
    (void)unused;
    return inner_sspi()->RevertSecurityContext(auth);
}

SECURITY_STATUS context_query_token(struct ssp_object *o, void **token)
{
    return with_auth(o, call_token, token);
}

SECURITY_STATUS context_impersonate(struct ssp_object *o)
{
    return with_auth(o, call_impersonate, NULL);
}

SECURITY_STATUS context_revert(struct ssp_object *o)
{
    return with_auth(o, call_revert, NULL);
}

SECURITY_STATUS context_query(struct ssp_object *o, ULONG attribute, void *buffer)
{
    struct context *c = (struct context *)o;

    AcquireSRWLockExclusive(&c->lock);
    SECURITY_STATUS status = query(c, attribute, buffer);
    ReleaseSRWLockExclusive(&c->lock);
    return status;
}
