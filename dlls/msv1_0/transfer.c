/* ExportSecurityContext and ImportSecurityContext: a session moves to another process of the
 * prefix.
 *
 * libs/ntlm/export.h says what the bytes are and what they are worth: whoever can read them has the
 * session, and no API of Wine's would change that (docs/interop.md). This edge adds what it knows
 * of a context itself: the request flags (4 bytes, little-endian), then the target as the client
 * gave it.
 */
#include "msv1_0.h"
#include "base/reader.h"
#include "base/writer.h"
#include "ntlm/export.h"

static enum status pack(const struct context *c, BOOL reset, struct blob *out)
{
    struct writer w = {0};
    struct blob extra = {0};

    writer_u32le(&w, c->request);
    writer_bytes(&w, blob_view(&c->target));
    enum status s = writer_finish(&w, &extra);
    if (s == ST_OK)
        s = ntlm_export(c->ntlm, reset, blob_view(&extra), out);
    blob_free(&extra);
    return s;
}

static SECURITY_STATUS give(const struct blob *bytes, PSecBuffer packed)
{
    void *copy = ssp_heap_alloc(bytes->size);

    if (!copy)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(copy, bytes->data, bytes->size);
    packed->pvBuffer = copy;
    packed->cbBuffer = (ULONG)bytes->size;
    return SEC_E_OK;
}

/* With the lock, so that no message is sealed after its state was taken. */
static SECURITY_STATUS export_locked(struct context *c, ULONG flags, PSecBuffer packed)
{
    struct blob bytes = {0};
    enum status s = c->ntlm ? pack(c, (flags & SECPKG_CONTEXT_EXPORT_RESET_NEW) != 0, &bytes)
                            : ST_BAD_STATE;
    SECURITY_STATUS status = s == ST_BAD_STATE ? SEC_E_INVALID_HANDLE : ssp_status(s);

    if (status == SEC_E_OK)
        status = give(&bytes, packed);
    blob_free(&bytes);
    if (status == SEC_E_OK && flags & SECPKG_CONTEXT_EXPORT_DELETE_OLD) {
        ntlm_free(c->ntlm); /* the edge closes the handle; threads that hold C get no further */
        c->ntlm = NULL;
    }
    return status;
}

/* "ExportSecurityContext function": TO_KERNEL "is not supported". *TOKEN is NULL where the client
 * has no token; the session moves all the same. */
SECURITY_STATUS context_export(struct ssp_object *o, ULONG flags, PSecBuffer packed, void **token)
{
    struct context *c = (struct context *)o;
    HANDLE own = NULL;
    SECURITY_STATUS status;

    if (flags & ~(ULONG)(SECPKG_CONTEXT_EXPORT_RESET_NEW | SECPKG_CONTEXT_EXPORT_DELETE_OLD))
        return SEC_E_UNSUPPORTED_FUNCTION;
    context_lock(c);
    if (token && token_make(c, &own) != SEC_E_OK)
        own = NULL;
    status = export_locked(c, flags, packed);
    context_unlock(c);
    if (status == SEC_E_OK && token)
        *token = own;
    else if (own)
        CloseHandle(own);
    return status;
}

/* C takes ENGINE in any case. */
static enum status fill(struct context *c, struct ntlm_context *engine, struct reader *extra)
{
    c->ntlm = engine;
    context_note_shared(c);
    return blob_set(&c->target, reader_rest(extra));
}

static SECURITY_STATUS make(
        struct ntlm_context *engine, struct bytes extra, struct ssp_object **context)
{
    struct reader r = reader_on(extra);
    BOOL inbound = ntlm_is_server(engine);
    struct context *c = context_alloc(inbound, reader_u32le(&r));

    if (!c) {
        ntlm_free(engine);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    c->object.use = inbound ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND;
    enum status s = fill(c, engine, &r);
    if (s != ST_OK || !reader_ok(&r) || c->target.size % sizeof(WCHAR)) {
        ssp_release(&c->object);
        return s == ST_NO_MEMORY ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_UNKNOWN_CREDENTIALS;
    }
    *context = &c->object;
    return SEC_E_OK;
}

/* "ImportSecurityContext function": SEC_E_UNKNOWN_CREDENTIALS is what the page has for something
 * that is "not recognized". TOKEN stays the caller's and is not looked at: who may be impersonated
 * is found out anew, as in the process that exported. */
SECURITY_STATUS context_import(
        const SecPkgInfoW *package, PSecBuffer packed, void *token, struct ssp_object **context)
{
    struct ntlm_context *engine = NULL;
    struct bytes extra;
    enum status s = ntlm_import(ssp_buffer_bytes(packed), &extra, &engine);
    (void)package, (void)token;

    if (s != ST_OK)
        return s == ST_BAD_TOKEN ? SEC_E_UNKNOWN_CREDENTIALS : ssp_status(s);
    return make(engine, extra, context);
}
