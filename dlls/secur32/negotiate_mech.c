/* A package, through its public function table, as libs/spnego sees a mechanism. */
#include "negotiate.h"

/* The engine's name for what a package said; the program gets the package's own word (c->status).
 */
static enum status inside(SECURITY_STATUS s)
{
    static const enum status same[] = {ST_OK, ST_CONTINUE, ST_BAD_TOKEN, ST_BAD_SIGNATURE,
            ST_LOGON_DENIED, ST_NO_AUTHORITY, ST_BAD_BINDINGS, ST_BAD_STATE, ST_BUFFER_TOO_SMALL,
            ST_UNSUPPORTED, ST_NO_CREDENTIALS, ST_NO_MEMORY};

    for (SIZE_T i = 0; i < ARRAYSIZE(same); i++)
        if (ssp_status(same[i]) == s)
            return same[i];
    return ST_INTERNAL;
}

/* SEC_I_COMPLETE_NEEDED and SEC_I_COMPLETE_AND_CONTINUE: finish the token before it is sent. */
static SECURITY_STATUS completed(
        struct nego_inner_context *c, SECURITY_STATUS status, PSecBufferDesc output)
{
    BOOL more = status == SEC_I_COMPLETE_AND_CONTINUE;

    if (!more && status != SEC_I_COMPLETE_NEEDED)
        return status;
    status = CALL(c->credential->table, CompleteAuthToken, &c->handle, output);
    return SUCCEEDED(status) && more ? SEC_I_CONTINUE_NEEDED : status;
}

static SECURITY_STATUS call_package(
        struct nego_inner_context *c, PSecBufferDesc input, PSecBufferDesc output)
{
    const struct ssp_leg *leg = c->owner->leg;
    const SecurityFunctionTableW *table = c->credential->table;
    /* SPNEGO's own tokens are of a connection, so its mechanism's are (the bit is one for both). */
    ULONG request = leg->request & ~(ULONG)ISC_REQ_DATAGRAM;
    CtxtHandle *old = c->open ? &c->handle : NULL;

    if (leg->inbound)
        return CALL(table, AcceptSecurityContext, &c->credential->handle, old, input,
                request | ASC_REQ_ALLOCATE_MEMORY, leg->data_rep, &c->handle, output,
                &c->attributes, &c->expiry);
    return CALL(table, InitializeSecurityContextW, &c->credential->handle, old,
            (WCHAR *)leg->target, request | ISC_REQ_ALLOCATE_MEMORY, 0, leg->data_rep, input, 0,
            &c->handle, output, &c->attributes, &c->expiry);
}

static enum status step(void *self, struct bytes in, struct blob *out)
{
    struct nego_inner_context *c = self;
    const SecBuffer *bindings =
            ssp_buffer_find(c->owner->leg->input, SECBUFFER_CHANNEL_BINDINGS, 0);
    SecBuffer in_buffers[2] = {{(ULONG)in.size, SECBUFFER_TOKEN, (void *)in.data}};
    SecBuffer out_buffer = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out_buffer};
    SecBufferDesc input = {SECBUFFER_VERSION, 0, in_buffers};
    enum status status;

    if (in.size)
        input.cBuffers = 1;
    if (bindings)
        in_buffers[input.cBuffers++] = *bindings;
    c->status = call_package(c, input.cBuffers ? &input : NULL, &output);
    if (SUCCEEDED(c->status))
        c->open = TRUE;
    c->status = completed(c, c->status, &output);
    status = blob_set(out, ssp_buffer_bytes(&out_buffer));
    if (out_buffer.pvBuffer)
        c->credential->table->FreeContextBuffer(out_buffer.pvBuffer);
    return status == ST_OK ? inside(c->status) : status;
}

static bool mic_wanted(void *self)
{
    struct nego_inner_context *c = self;
    ULONG wanted = 0;

    return CALL(c->credential->table, QueryContextAttributesW, &c->handle, SSP_ATTR_MECH_MIC_WANTED,
                   &wanted) == SEC_E_OK &&
           wanted;
}

/* Integrity or confidentiality was agreed on. A MIC in NTLM's own exchange is not enough: without
 * either NTLM signs with its dummy, to which MIT's acceptor answers with no mechListMIC.
 * Integrity is asked for only if the program does: a package takes it as a demand, and a server
 * that cannot sign would be refused. (?) Windows' Negotiate seems to ask NTLM for SIGN always
 * (flags 0xE2088297 in HTTP Negotiate, 0xA2088207 in HTTP NTLM). */
static bool can_mic(void *self)
{
    struct nego_inner_context *c = self;
    ULONG integrity = c->owner->leg->inbound ? ASC_RET_INTEGRITY | ASC_RET_CONFIDENTIALITY
                                             : ISC_RET_INTEGRITY | ISC_RET_CONFIDENTIALITY;

    return c->attributes & integrity;
}

static enum status get_mic(void *self, struct bytes data, struct blob *mic)
{
    struct nego_inner_context *c = self;
    SecPkgContext_Sizes sizes = {0};
    SecBuffer buffers[2] = {{(ULONG)data.size, SECBUFFER_DATA, (void *)data.data}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};
    uint8_t *room;
    enum status status;

    c->status = CALL(
            c->credential->table, QueryContextAttributesW, &c->handle, SECPKG_ATTR_SIZES, &sizes);
    if (FAILED(c->status))
        return inside(c->status);
    room = mem_alloc(sizes.cbMaxSignature);
    if (!room)
        return ST_NO_MEMORY;
    buffers[1] = (SecBuffer){sizes.cbMaxSignature, SECBUFFER_TOKEN, room};
    c->status = CALL(c->credential->table, MakeSignature, &c->handle, 0, &message, 0);
    status = inside(c->status);
    if (status == ST_OK)
        status = blob_set(mic, ssp_buffer_bytes(&buffers[1]));
    mem_free(room, sizes.cbMaxSignature);
    return status;
}

static enum status verify_mic(void *self, struct bytes data, struct bytes mic)
{
    struct nego_inner_context *c = self;
    SecBuffer buffers[2] = {{(ULONG)data.size, SECBUFFER_DATA, (void *)data.data},
            {(ULONG)mic.size, SECBUFFER_TOKEN, (void *)mic.data}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};
    ULONG quality = 0;
    SECURITY_STATUS status =
            CALL(c->credential->table, VerifySignature, &c->handle, &message, 0, &quality);

    return status == SEC_E_OK ? ST_OK : ST_BAD_SIGNATURE;
}

static enum status reset(void *self, bool outgoing)
{
    struct nego_inner_context *c = self;
    ULONG direction = outgoing;
    SECURITY_STATUS status = CALL(c->credential->table, SetContextAttributesW, &c->handle,
            SSP_ATTR_RESET_CIPHER, &direction, sizeof direction);

    if (status == SEC_E_UNSUPPORTED_FUNCTION)
        return ST_OK; /* a package without a state to put back */
    return inside(status);
}

struct spnego_mech nego_mech(struct nego_inner_context *c)
{
    struct spnego_mech m = {
            .oid = *c->mechanism->oid,
            .name = c->mechanism->name,
            .self = c,
            .step = step,
            .mic_wanted = mic_wanted,
            .get_mic = get_mic,
            .verify_mic = verify_mic,
            .reset = reset,
            .can_mic = can_mic,
    };

    return m;
}
