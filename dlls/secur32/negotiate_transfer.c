/* ExportSecurityContext and ImportSecurityContext of Negotiate: the chosen package's own bytes, and
 * whose they are. Nothing of the negotiation is left by then.
 *
 *   "opensspi nego 1"   15 bytes
 *   mechanism           u8, index of nego_mechanisms
 *   inbound             u8, 1: a server's
 *   package's bytes     the rest
 */
#include "negotiate.h"
#include "base/reader.h"

static const char magic[] = "opensspi nego 1";

enum { HEAD = sizeof magic - 1 + 2 };

static void pack(const struct nego_context *c, const struct nego_inner_context *inner, struct bytes theirs,
        uint8_t *out)
{
    memcpy(out, magic, HEAD - 2);
    out[HEAD - 2] = (uint8_t)(inner - c->inner);
    out[HEAD - 1] = c->object.use == SECPKG_CRED_INBOUND;
    memcpy(out + HEAD, theirs.data, theirs.size);
}

/* How many bytes the package's export has. It is one size for a context. */
static SECURITY_STATUS measure(struct nego_inner_context *inner, ULONG flags, ULONG *size)
{
    SecBuffer theirs = {0, SECBUFFER_EMPTY, NULL};
    SECURITY_STATUS status = CALL(inner->table, ExportSecurityContext, &inner->handle,
            flags & ~(ULONG)SECPKG_CONTEXT_EXPORT_DELETE_OLD, &theirs, NULL);

    if (FAILED(status))
        return status;
    *size = theirs.cbBuffer;
    inner->table->FreeContextBuffer(theirs.pvBuffer);
    return SEC_E_OK;
}

/* The package exports and deletes in one step: between two, another thread could seal with a number and a
 * key stream that the exported context uses once more. So what can fail afterwards is done before. */
static SECURITY_STATUS export_inner(struct nego_context *c, struct nego_inner_context *inner,
        ULONG flags, PSecBuffer packed, void **token)
{
    SecBuffer theirs = {0, SECBUFFER_EMPTY, NULL};
    ULONG size = 0;
    void *own = NULL;
    uint8_t *room;
    SECURITY_STATUS status = measure(inner, flags, &size);

    if (FAILED(status))
        return status;
    room = ssp_heap_alloc(HEAD + size);
    if (!room)
        return SEC_E_INSUFFICIENT_MEMORY;
    status = CALL(inner->table, ExportSecurityContext, &inner->handle, flags, &theirs, token ? &own : NULL);
    if (SUCCEEDED(status) && theirs.cbBuffer != size)
        status = SEC_E_INTERNAL_ERROR;
    if (SUCCEEDED(status)) {
        pack(c, inner, ssp_buffer_bytes(&theirs), room);
        packed->pvBuffer = room;
        packed->cbBuffer = HEAD + size;
    } else
        ssp_heap_wipe(room);
    if (theirs.pvBuffer)
        inner->table->FreeContextBuffer(theirs.pvBuffer);
    if (SUCCEEDED(status) && token)
        *token = own;
    else if (own)
        CloseHandle(own);
    return status;
}

SECURITY_STATUS nego_export(struct ssp_object *o, ULONG flags, PSecBuffer packed, void **token)
{
    struct nego_context *c = (struct nego_context *)o;
    struct nego_inner_context *inner = c->complete ? nego_chosen(c) : NULL;
    SECURITY_STATUS status;

    if (!inner)
        return SEC_E_INVALID_HANDLE;
    status = export_inner(c, inner, flags, packed, token);
    if (status == SEC_E_OK && flags & SECPKG_CONTEXT_EXPORT_DELETE_OLD)
        InterlockedExchange(&inner->open, FALSE);
    return status;
}

static SECURITY_STATUS import_inner(
        struct nego_inner_context *inner, struct bytes theirs, void *token)
{
    SecBuffer packed = {(ULONG)theirs.size, SECBUFFER_EMPTY, (void *)theirs.data};
    SECURITY_STATUS status;

    inner->table = nego_table(inner->mechanism);
    if (!inner->table)
        return SEC_E_SECPKG_NOT_FOUND;
    status = CALL(inner->table, ImportSecurityContextW, (WCHAR *)inner->mechanism->package, &packed,
            token, &inner->handle);
    inner->open = SUCCEEDED(status);
    return status;
}

/* SEC_E_UNKNOWN_CREDENTIALS: "not recognized" ("ImportSecurityContext function"). */
SECURITY_STATUS nego_import(
        const SecPkgInfoW *package, PSecBuffer packed, void *token, struct ssp_object **context)
{
    struct reader r = reader_on(ssp_buffer_bytes(packed));
    struct nego_context *c;
    uint8_t mechanism, inbound;
    SECURITY_STATUS status;

    (void)package;
    reader_expect(&r, BYTES_LITERAL(magic));
    mechanism = reader_u8(&r);
    inbound = reader_u8(&r);
    if (!reader_ok(&r) || mechanism >= NEGO_MECHS || inbound > 1)
        return SEC_E_UNKNOWN_CREDENTIALS;
    c = nego_context_alloc();
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    c->imported = &c->inner[mechanism];
    c->object.use = inbound ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND;
    status = import_inner(&c->inner[mechanism], reader_rest(&r), token);
    if (FAILED(status)) {
        ssp_release(&c->object);
        return status;
    }
    c->complete = TRUE;
    *context = &c->object;
    return SEC_E_OK;
}
