/* What the client delegated, for the server: one block that has what a logon function takes
 * ("QueryContextAttributes (CredSSP)", SECPKG_ATTR_CREDS and _CREDS_2):
 *
 *   password    KERB_INTERACTIVE_LOGON
 *   smart card  KERB_CERTIFICATE_LOGON, with a KERB_SMARTCARD_CSP_INFO of what holds the key
 *
 * "Packed": every Buffer, and CspData, is an offset from the block's start. Remote guard's tickets
 * are for packages that we do not have; they are not passed off as an empty user name. */
#include "provider.h"
#include "base/writer.h"
#include <ntsecapi.h>

/* Where the next text goes, and the texts so far, each as long as UNICODE_STRING can say. */
struct packer {
    struct writer w; /* what is behind the fixed part */
    size_t base;     /* its size */
    BOOL too_long, no_memory;
};

static void pack(struct packer *p, UNICODE_STRING *string, const struct blob *text)
{
    p->too_long |= text->size > 0xFFFE;
    string->Length = string->MaximumLength = (USHORT)text->size;
    string->Buffer = (WCHAR *)(ULONG_PTR)(p->base + writer_at(&p->w));
    writer_bytes(&p->w, blob_view(text));
}

/* FIXED, SIZE bytes, and what was packed behind it, as one heap block. */
static SECURITY_STATUS finish(
        struct packer *p, const void *fixed, SecPkgContext_ClientCreds *out)
{
    struct blob rest = {0};
    enum status s = writer_finish(&p->w, &rest);
    uint8_t *block = NULL;

    if (s == ST_OK && !p->too_long && !p->no_memory)
        block = ssp_heap_alloc(p->base + rest.size);
    if (block) {
        memcpy(block, fixed, p->base);
        if (rest.size)
            memcpy(block + p->base, rest.data, rest.size);
        out->AuthBuffer = block;
        out->AuthBufferLen = (ULONG)(p->base + rest.size);
    }
    blob_free(&rest);
    if (p->too_long)
        return SEC_E_INVALID_TOKEN;
    return block ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

static SECURITY_STATUS pack_password(
        const struct credssp_credentials *taken, SecPkgContext_ClientCreds *out)
{
    KERB_INTERACTIVE_LOGON logon = {.MessageType = KerbInteractiveLogon};
    struct packer p = {.base = sizeof logon};

    pack(&p, &logon.LogonDomainName, &taken->domain);
    pack(&p, &logon.UserName, &taken->user);
    pack(&p, &logon.Password, &taken->password);
    return finish(&p, &logon, out);
}

/* A name of the card's, NUL-terminated, in bBuffer; its offset there in characters. */
static ULONG put_name(struct writer *names, const struct blob *name)
{
    ULONG at = (ULONG)(writer_at(names) / sizeof(WCHAR));

    writer_bytes(names, blob_view(name));
    writer_u16le(names, 0);
    return at;
}

/* "KERB_SMARTCARD_CSP_INFO structure". It begins at a multiple of 8, as a ULONG64 wants. */
static void put_csp(struct packer *p, const struct credssp_credentials *taken, ULONG *length)
{
    KERB_SMARTCARD_CSP_INFO info = {.MessageType = 1, .KeySpec = taken->key_spec};
    size_t head = offsetof(KERB_SMARTCARD_CSP_INFO, bBuffer);
    struct writer names = {0};
    struct blob text = {0};

    info.nCardNameOffset = put_name(&names, &taken->card);
    info.nReaderNameOffset = put_name(&names, &taken->reader);
    info.nContainerNameOffset = put_name(&names, &taken->container);
    info.nCSPNameOffset = put_name(&names, &taken->csp);
    if (writer_finish(&names, &text) != ST_OK) {
        p->no_memory = TRUE;
        return;
    }
    info.dwCspInfoLen = *length = (ULONG)(head + text.size);
    writer_bytes(&p->w, bytes_of(&info, head));
    writer_bytes(&p->w, blob_view(&text));
    blob_free(&text);
}

static SECURITY_STATUS pack_smartcard(
        const struct credssp_credentials *taken, SecPkgContext_ClientCreds *out)
{
    KERB_CERTIFICATE_LOGON logon = {.MessageType = KerbCertificateLogon};
    struct packer p = {.base = sizeof logon};

    pack(&p, &logon.DomainName, &taken->domain);
    pack(&p, &logon.UserName, &taken->user);
    pack(&p, &logon.Pin, &taken->password);
    while ((p.base + writer_at(&p.w)) % 8)
        writer_u8(&p.w, 0);
    logon.CspData = (PUCHAR)(ULONG_PTR)(p.base + writer_at(&p.w));
    put_csp(&p, taken, &logon.CspDataLength);
    return finish(&p, &logon, out);
}

static SECURITY_STATUS pack_any(
        const struct credssp_credentials *taken, SecPkgContext_ClientCreds *out)
{
    switch (taken->type) {
    case CREDSSP_CRED_EMPTY: /* restricted admin: empty names and an empty password */
    case CREDSSP_CRED_PASSWORD:
        return pack_password(taken, out);
    case CREDSSP_CRED_SMARTCARD:
        return pack_smartcard(taken, out);
    default:
        log_warn("credssp", "the client delegated credentials of type %d, which are not passed on",
                (int)taken->type);
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
}

/* Given once: the engine wipes its copy. */
SECURITY_STATUS delegated_query(struct context *c, SecPkgContext_ClientCreds *out)
{
    struct credssp_credentials taken = {0};

    if (!c->inbound || !c->complete)
        return SEC_E_UNSUPPORTED_FUNCTION;
    enum status s = credssp_take_credentials(c->engine, &taken);
    if (s != ST_OK)
        return s == ST_NOT_FOUND ? SEC_E_NO_CREDENTIALS : ssp_status(s);
    SECURITY_STATUS status = pack_any(&taken, out);
    credssp_credentials_free(&taken);
    return status;
}
