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

/* "SECPKG_ATTR_CREDS_2: a packed KERB_INTERACTIVE_LOGON structure", server only. Given once: the
 * engine wipes its copy. */
static SECURITY_STATUS client_credentials(struct context *c, SecPkgContext_ClientCreds *out)
{
    struct credssp_credentials taken = {0};
    KERB_INTERACTIVE_LOGON logon = {.MessageType = KerbInteractiveLogon};

    if (!c->inbound || !c->complete)
        return SEC_E_UNSUPPORTED_FUNCTION;
    enum status s = credssp_take_credentials(c->engine, &taken);
    if (s != ST_OK)
        return s == ST_NOT_FOUND ? SEC_E_NO_CREDENTIALS : ssp_status(s);
    size_t at = sizeof logon;
    size_t size = at + taken.domain.size + taken.user.size + taken.password.size;
    BOOL fits = taken.domain.size <= 0xFFFE && taken.user.size <= 0xFFFE &&
                taken.password.size <= 0xFFFE;
    uint8_t *block = fits ? ssp_heap_alloc(size) : NULL;
    if (block) {
        pack(&logon.LogonDomainName, block, &at, blob_view(&taken.domain));
        pack(&logon.UserName, block, &at, blob_view(&taken.user));
        pack(&logon.Password, block, &at, blob_view(&taken.password));
        memcpy(block, &logon, sizeof logon);
        out->AuthBuffer = block;
        out->AuthBufferLen = (ULONG)size;
    }
    credssp_credentials_free(&taken);
    if (!fits)
        return SEC_E_INVALID_TOKEN;
    return block ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
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
