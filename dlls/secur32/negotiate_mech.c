/* A package, through its public function table, as libs/spnego sees a mechanism. */
#include "negotiate.h"

/* The engine's name for what a package said; the program gets the package's own word (owner->last).
 */
static enum status inside(SECURITY_STATUS s)
{
    switch (s) {
    case SEC_E_OK:
        return ST_OK;
    case SEC_I_CONTINUE_NEEDED:
        return ST_CONTINUE;
    case SEC_E_INVALID_TOKEN:
        return ST_BAD_TOKEN;
    case SEC_E_MESSAGE_ALTERED:
        return ST_BAD_SIGNATURE;
    case SEC_E_LOGON_DENIED:
        return ST_LOGON_DENIED;
    case SEC_E_NO_AUTHENTICATING_AUTHORITY:
        return ST_NO_AUTHORITY;
    case SEC_E_BAD_BINDINGS:
        return ST_BAD_BINDINGS;
    case SEC_E_OUT_OF_SEQUENCE:
        return ST_BAD_STATE;
    case SEC_E_BUFFER_TOO_SMALL:
        return ST_BUFFER_TOO_SMALL;
    case SEC_E_UNSUPPORTED_FUNCTION:
        return ST_UNSUPPORTED;
    case SEC_E_NO_CREDENTIALS:
        return ST_NO_CREDENTIALS;
    case SEC_E_INSUFFICIENT_MEMORY:
        return ST_NO_MEMORY;
    default:
        return ST_INTERNAL;
    }
}

/* A client's package that cannot begin is left out, whatever it calls that; not for want of memory,
 * and not if it has asked and the password is wrong. */
static enum status inside_first(SECURITY_STATUS s)
{
    enum status status = inside(s);

    if (!status_failed(status) || status == ST_NO_MEMORY || status == ST_LOGON_DENIED)
        return status;
    return ST_NO_CREDENTIALS;
}

/* SEC_I_COMPLETE_NEEDED and SEC_I_COMPLETE_AND_CONTINUE: finish the token before it is sent. */
static SECURITY_STATUS completed(
        struct nego_inner_context *c, SECURITY_STATUS status, PSecBufferDesc output)
{
    BOOL more = status == SEC_I_COMPLETE_AND_CONTINUE;

    if (!more && status != SEC_I_COMPLETE_NEEDED)
        return status;
    status = CALL(c->table, CompleteAuthToken, &c->handle, output);
    return SUCCEEDED(status) && more ? SEC_I_CONTINUE_NEEDED : status;
}

/* Was another mechanism begun before this one? */
static BOOL is_second_choice(const struct nego_inner_context *c)
{
    for (int i = 0; i < NEGO_MECHS; i++)
        if (&c->owner->inner[i] != c && c->owner->inner[i].open)
            return TRUE;
    return FALSE;
}

/* SPNEGO's own tokens are of a connection, so its mechanism's are (the bit is one for both), and
 * they are cut into fragments here. A client's second choice has to sign mechListMIC, so integrity
 * is asked for though the program does not. */
static ULONG request_of(const struct nego_inner_context *c)
{
    const struct ssp_leg *leg = c->owner->leg;
    ULONG request = leg->request & ~(ULONG)ISC_REQ_DATAGRAM;

    if (leg->inbound)
        return (request & ~(ULONG)ASC_REQ_FRAGMENT_TO_FIT) | ASC_REQ_ALLOCATE_MEMORY;
    request = (request & ~(ULONG)ISC_REQ_FRAGMENT_TO_FIT) | ISC_REQ_ALLOCATE_MEMORY;
    return is_second_choice(c) && !(request & ISC_REQ_NO_INTEGRITY) ? request | ISC_REQ_INTEGRITY
                                                                    : request;
}

static WCHAR *target_of(const struct nego_context *c)
{
    if (c->leg->target)
        return (WCHAR *)c->leg->target;
    return c->target.size ? (WCHAR *)c->target.data : NULL;
}

static SECURITY_STATUS call_package(
        struct nego_inner_context *c, PSecBufferDesc input, PSecBufferDesc output)
{
    const struct ssp_leg *leg = c->owner->leg;
    CtxtHandle *old = c->open ? &c->handle : NULL;

    if (leg->inbound)
        return CALL(c->table, AcceptSecurityContext, c->credential, old, input, request_of(c),
                leg->data_rep, &c->handle, output, &c->attributes, &c->expiry);
    return CALL(c->table, InitializeSecurityContextW, c->credential, old, target_of(c->owner),
            request_of(c), 0, leg->data_rep, input, 0, &c->handle, output, &c->attributes,
            &c->expiry);
}

void nego_free_token(struct nego_inner_context *c)
{
    if (c->token.pvBuffer)
        c->table->FreeContextBuffer(c->token.pvBuffer);
    c->token = (SecBuffer){0, SECBUFFER_TOKEN, NULL};
}

/* The package's word, for the program. */
static enum status note(struct nego_inner_context *c, SECURITY_STATUS said, BOOL first)
{
    c->owner->last = said;
    if (FAILED(said))
        c->owner->attempt = said;
    return first && !c->owner->leg->inbound ? inside_first(said) : inside(said);
}

static enum status step(void *self, struct bytes in, struct bytes *out)
{
    struct nego_inner_context *c = self;
    const SecBuffer *bindings =
            ssp_buffer_find(c->owner->leg->input, SECBUFFER_CHANNEL_BINDINGS, 0);
    SecBuffer in_buffers[2] = {{(ULONG)in.size, SECBUFFER_TOKEN, (void *)in.data}};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &c->token};
    SecBufferDesc input = {SECBUFFER_VERSION, 0, in_buffers};
    BOOL first = !c->open;
    SECURITY_STATUS said;

    nego_free_token(c);
    c->owner->last = SEC_E_OK; /* what a mechanism said that is left out now is no longer of this leg */
    if (in.size)
        input.cBuffers = 1;
    if (bindings)
        in_buffers[input.cBuffers++] = *bindings;
    said = call_package(c, input.cBuffers ? &input : NULL, &output);
    if (SUCCEEDED(said))
        c->open = TRUE;
    said = completed(c, said, &output);
    *out = ssp_buffer_bytes(&c->token);
    return note(c, said, first);
}

static bool mic_wanted(void *self)
{
    struct nego_inner_context *c = self;
    ULONG wanted = 0;

    return CALL(c->table, QueryContextAttributesW, &c->handle, SSP_ATTR_MECH_MIC_WANTED,
                   &wanted) == SEC_E_OK &&
           wanted;
}

/* Integrity or confidentiality was agreed on. A MIC in NTLM's own exchange is not enough: without
 * either NTLM signs with its dummy, to which MIT's acceptor answers with no mechListMIC.
 * Integrity is asked for only if the program does, or if the choice has to be signed: a package
 * takes it as a demand, and a server that cannot sign would be refused. (?) Windows' Negotiate
 * seems to ask NTLM for SIGN always (0xE2088297 in HTTP Negotiate, 0xA2088207 in HTTP NTLM). */
static bool can_mic(void *self)
{
    struct nego_inner_context *c = self;
    ULONG integrity = c->owner->leg->inbound ? ASC_RET_INTEGRITY | ASC_RET_CONFIDENTIALITY
                                             : ISC_RET_INTEGRITY | ISC_RET_CONFIDENTIALITY;

    return c->attributes & integrity;
}

/* The package is not asked for its size: Kerberos says less than it then takes where its subkey is of another type than
 * it was told. */
static enum status get_mic(void *self, struct bytes data, struct spnego_mic *mic)
{
    struct nego_inner_context *c = self;
    SecBuffer buffers[2] = {{(ULONG)data.size, SECBUFFER_DATA, (void *)data.data},
            {sizeof mic->bytes, SECBUFFER_TOKEN, mic->bytes}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};

    memset(mic->bytes, 0, sizeof mic->bytes);
    enum status status = note(c, CALL(c->table, MakeSignature, &c->handle, 0, &message, 0), FALSE);
    if (status != ST_OK)
        return status;
    if (buffers[1].pvBuffer != mic->bytes || buffers[1].cbBuffer > sizeof mic->bytes)
        return ST_INTERNAL;
    mic->size = buffers[1].cbBuffer;
    return ST_OK;
}

static enum status verify_mic(void *self, struct bytes data, struct bytes mic)
{
    struct nego_inner_context *c = self;
    SecBuffer buffers[2] = {{(ULONG)data.size, SECBUFFER_DATA, (void *)data.data},
            {(ULONG)mic.size, SECBUFFER_TOKEN, (void *)mic.data}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};
    ULONG quality = 0;
    SECURITY_STATUS status =
            CALL(c->table, VerifySignature, &c->handle, &message, 0, &quality);

    return status == SEC_E_OK ? ST_OK : ST_BAD_SIGNATURE;
}

static enum status reset(void *self, bool outgoing)
{
    struct nego_inner_context *c = self;
    ULONG direction = outgoing;
    SECURITY_STATUS status = CALL(c->table, SetContextAttributesW, &c->handle,
            SSP_ATTR_RESET_CIPHER, &direction, sizeof direction);

    if (status == SEC_E_UNSUPPORTED_FUNCTION)
        return ST_OK; /* a package without a state to put back */
    return inside(status);
}

static const struct spnego_functions functions = {
        .step = step,
        .mic_wanted = mic_wanted,
        .get_mic = get_mic,
        .verify_mic = verify_mic,
        .reset = reset,
        .can_mic = can_mic,
};

struct spnego_mech nego_mech(struct nego_inner_context *c, const struct bytes *oid)
{
    struct spnego_mech m = {*oid, c->mechanism->name, &functions, c};

    return m;
}
