/* Context attributes: which inner package answers which ("QueryContextAttributes (CredSSP)"), and
 * the few that are CredSSP's own. */
#include "provider.h"
#include <ntsecapi.h>

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
        {SECPKG_ATTR_SIZES, FROM_AUTH},
        {SECPKG_ATTR_NAMES, FROM_AUTH},
        {SECPKG_ATTR_LIFESPAN, FROM_AUTH},
        {SECPKG_ATTR_KEY_INFO, FROM_AUTH},
        {SECPKG_ATTR_SESSION_KEY, FROM_AUTH},
        {SECPKG_ATTR_NEGOTIATION_INFO, FROM_AUTH},
        {SECPKG_ATTR_ACCESS_TOKEN, FROM_AUTH},
};

static SECURITY_STATUS ask_inner(
        struct context *c, enum source source, ULONG attribute, void *buffer)
{
    BOOL ready = source == FROM_TLS ? c->has_tls : c->has_auth;

    if (!ready)
        return SEC_E_INVALID_HANDLE;
    return inner_sspi()->QueryContextAttributesW(
            source == FROM_TLS ? &c->tls : &c->auth, attribute, buffer);
}

/* A UNICODE_STRING whose Buffer is an offset into the block, as packed logon structures have it. */
static void pack(UNICODE_STRING *string, uint8_t *block, size_t *at, struct bytes text)
{
    string->Length = string->MaximumLength = (USHORT)text.size;
    string->Buffer = (WCHAR *)(ULONG_PTR)*at;
    if (text.size)
        memcpy(block + *at, text.data, text.size);
    *at += text.size;
}

/* KERB_INTERACTIVE_LOGON with its three strings behind it. */
static SECURITY_STATUS pack_logon(
        const struct credssp_credentials *taken, SecPkgContext_ClientCreds *out)
{
    KERB_INTERACTIVE_LOGON logon = {.MessageType = KerbInteractiveLogon};
    size_t at = sizeof logon;
    size_t size = at + taken->domain.size + taken->user.size + taken->password.size;

    if (taken->domain.size > 0xFFFE || taken->user.size > 0xFFFE || taken->password.size > 0xFFFE)
        return SEC_E_INVALID_TOKEN;
    uint8_t *block = ssp_heap_alloc(size);
    if (!block)
        return SEC_E_INSUFFICIENT_MEMORY;
    pack(&logon.LogonDomainName, block, &at, blob_view(&taken->domain));
    pack(&logon.UserName, block, &at, blob_view(&taken->user));
    pack(&logon.Password, block, &at, blob_view(&taken->password));
    memcpy(block, &logon, sizeof logon);
    out->AuthBuffer = block;
    out->AuthBufferLen = (ULONG)size;
    return SEC_E_OK;
}

/* "SECPKG_ATTR_CREDS_2: a packed KERB_INTERACTIVE_LOGON structure", server only. Given once: the
 * engine wipes its copy. A smart card's PIN or remote guard's tickets have forms of their own,
 * which we cannot write: they are not passed off as an empty user name. */
static SECURITY_STATUS client_credentials(struct context *c, SecPkgContext_ClientCreds *out)
{
    struct credssp_credentials taken = {0};
    SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION;

    if (!c->inbound || !c->complete)
        return SEC_E_UNSUPPORTED_FUNCTION;
    enum status s = credssp_take_credentials(c->engine, &taken);
    if (s != ST_OK)
        return s == ST_NOT_FOUND ? SEC_E_NO_CREDENTIALS : ssp_status(s);
    if (taken.type == CREDSSP_CRED_PASSWORD || taken.type == CREDSSP_CRED_EMPTY)
        status = pack_logon(&taken, out);
    else
        log_warn("credssp", "the client delegated credentials of type %d, which are not passed on",
                (int)taken.type);
    credssp_credentials_free(&taken);
    return status;
}

static SECURITY_STATUS query(struct context *c, ULONG attribute, void *buffer)
{
    /* SECPKG_ATTR_PACKAGE_INFO is the edge's: CREDSSP or TSSSP, as the credential was acquired. */
    switch (attribute) {
    case SECPKG_ATTR_NEGOTIATION_PACKAGE:
        return ask_inner(c, FROM_AUTH, SECPKG_ATTR_PACKAGE_INFO, buffer);
    case SECPKG_ATTR_CREDS:
    case SECPKG_ATTR_CREDS_2:
        return client_credentials(c, buffer);
    case SECPKG_ATTR_CERT_TRUST_STATUS:
    case SECPKG_ATTR_SERVER_AUTH_FLAGS:
        return server_auth_query(c, attribute, buffer);
    }
    for (unsigned i = 0; i < ARRAYSIZE(inner); i++)
        if (inner[i].attribute == attribute)
            return ask_inner(c, inner[i].source, attribute, buffer);
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS context_query(struct ssp_object *o, ULONG attribute, void *buffer)
{
    struct context *c = (struct context *)o;

    AcquireSRWLockExclusive(&c->lock);
    SECURITY_STATUS status = query(c, attribute, buffer);
    ReleaseSRWLockExclusive(&c->lock);
    return status;
}
