/* One end of a security context: legs and messages, as programs write them. */
#include "peer.h"
#include <schannel.h>

ULONG party_stream_requests(BOOL server)
{
    return server ? ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_CONFIDENTIALITY | ASC_REQ_REPLAY_DETECT |
                            ASC_REQ_SEQUENCE_DETECT | ASC_REQ_STREAM | ASC_REQ_EXTENDED_ERROR
                  : ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_CONFIDENTIALITY | ISC_REQ_REPLAY_DETECT |
                            ISC_REQ_SEQUENCE_DETECT | ISC_REQ_STREAM | ISC_REQ_EXTENDED_ERROR |
                            ISC_REQ_USE_SUPPLIED_CREDS;
}

static SECURITY_STATUS one_leg(struct party *p, SecBufferDesc *in, SecBufferDesc *out)
{
    CtxtHandle *old = p->has_context ? &p->context : NULL;
    WCHAR *target = p->target[0] ? p->target : NULL;

    if (p->server)
        return AcceptSecurityContext(&p->credential, old, in, p->request, SECURITY_NETWORK_DREP,
                &p->context, out, &p->attributes, &p->expiry);
    return InitializeSecurityContextW(&p->credential, old, target, p->request, 0,
            SECURITY_NETWORK_DREP, in, 0, &p->context, out, &p->attributes, &p->expiry);
}

static void take_output(SecBuffer *b, struct run *out)
{
    if (!b->pvBuffer)
        return;
    run_add(out, b->pvBuffer, b->cbBuffer);
    FreeContextBuffer(b->pvBuffer);
}

static SECURITY_STATUS leg(struct party *p, struct run *out)
{
    SecBuffer in[3] = {{p->in.size, SECBUFFER_TOKEN, p->in.data}, {0, SECBUFFER_EMPTY, NULL},
            {p->bindings.size, SECBUFFER_CHANNEL_BINDINGS, p->bindings.data}};
    SecBuffer token[1] = {{0, SECBUFFER_TOKEN, NULL}};
    SecBufferDesc in_desc = {SECBUFFER_VERSION, p->bindings.size ? 3 : 2, in};
    SecBufferDesc out_desc = {SECBUFFER_VERSION, 1, token};

    /* A client begins without a token: with bindings alone, or with nothing. But where the server speaks
     * first ([MS-SPNG] 3.3.5.2) it is given what that said. */
    BOOL begins = !p->server && !p->has_context && !p->in.size;
    SecBufferDesc only_bindings = {SECBUFFER_VERSION, 1, in + 2};
    SecBufferDesc *first = p->bindings.size ? &only_bindings : NULL;
    SECURITY_STATUS status = one_leg(p, begins ? first : &in_desc, &out_desc);
    if (status == SEC_E_INCOMPLETE_MESSAGE)
        return status;
    if (status >= 0)
        p->has_context = TRUE;
    take_output(&token[0], out);
    run_drop(&p->in, p->in.size - (in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0));
    return status;
}

SECURITY_STATUS party_step(struct party *p, struct run *out)
{
    SECURITY_STATUS status;

    do
        status = leg(p, out);
    while (status == SEC_I_CONTINUE_NEEDED && p->stream && p->in.size);
    if (status == SEC_I_COMPLETE_NEEDED || status == SEC_I_COMPLETE_AND_CONTINUE)
        fail("nobody here expects CompleteAuthToken", (ULONG)status);
    if (status == SEC_E_OK && !p->established && p->stream) {
        SECURITY_STATUS sizes =
                QueryContextAttributesW(&p->context, SECPKG_ATTR_STREAM_SIZES, &p->sizes);
        if (sizes != SEC_E_OK)
            return sizes;
    }
    if (status == SEC_E_OK)
        p->established = TRUE;
    return status;
}

SECURITY_STATUS party_ask(struct party *p, struct run *out)
{
    SecBuffer in[1] = {{0, SECBUFFER_TOKEN, NULL}}, token[1] = {{0, SECBUFFER_TOKEN, NULL}};
    SecBufferDesc in_desc = {SECBUFFER_VERSION, 1, in};
    SecBufferDesc out_desc = {SECBUFFER_VERSION, 1, token};

    SECURITY_STATUS status = one_leg(p, &in_desc, &out_desc);
    take_output(&token[0], out);
    return status;
}

SECURITY_STATUS party_shutdown(struct party *p, struct run *out)
{
    DWORD what = SCHANNEL_SHUTDOWN;
    SecBuffer control[1] = {{sizeof what, SECBUFFER_TOKEN, &what}};
    SecBuffer token[1] = {{0, SECBUFFER_TOKEN, NULL}};
    SecBufferDesc control_desc = {SECBUFFER_VERSION, 1, control};
    SecBufferDesc out_desc = {SECBUFFER_VERSION, 1, token};

    SECURITY_STATUS status = ApplyControlToken(&p->context, &control_desc);
    if (status != SEC_E_OK)
        return status;
    status = one_leg(p, NULL, &out_desc);
    take_output(&token[0], out);
    return status;
}

static SECURITY_STATUS seal_record(
        struct party *p, const uint8_t *data, DWORD size, struct run *out)
{
    DWORD head = p->sizes.cbHeader, tail = p->sizes.cbTrailer;
    uint8_t *record = malloc(head + size + tail);

    if (!record)
        fail("no memory", size);
    SecBuffer b[4] = {{head, SECBUFFER_STREAM_HEADER, record},
            {size, SECBUFFER_DATA, record + head},
            {tail, SECBUFFER_STREAM_TRAILER, record + head + size}, {0, SECBUFFER_EMPTY, NULL}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
    memcpy(record + head, data, size);
    SECURITY_STATUS status = EncryptMessage(&p->context, 0, &desc, 0);
    for (int i = 0; status == SEC_E_OK && i < 3; i++)
        run_add(out, b[i].pvBuffer, b[i].cbBuffer);
    free(record);
    return status;
}

static SECURITY_STATUS seal_stream(
        struct party *p, const uint8_t *data, DWORD size, struct run *out)
{
    SECURITY_STATUS status = SEC_E_OK;

    while (status == SEC_E_OK && size) {
        DWORD part = min(size, p->sizes.cbMaximumMessage);
        status = seal_record(p, data, part, out);
        data += part;
        size -= part;
    }
    return status;
}

/* A signature buffer of its own, DATA in place, both appended to OUT. */
static SECURITY_STATUS protect(
        struct party *p, BOOL seal, const void *data, DWORD size, struct run *out)
{
    SecPkgContext_Sizes sizes;
    struct run copy = {0};

    SECURITY_STATUS status = QueryContextAttributesW(&p->context, SECPKG_ATTR_SIZES, &sizes);
    if (status != SEC_E_OK)
        return status;
    uint8_t signature[256];
    DWORD room = seal ? sizes.cbSecurityTrailer : sizes.cbMaxSignature;
    if (room > sizeof signature)
        fail("a signature of that size", room);
    run_add(&copy, data, size);
    SecBuffer b[2] = {{room, SECBUFFER_TOKEN, signature}, {copy.size, SECBUFFER_DATA, copy.data}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};
    status = seal ? EncryptMessage(&p->context, 0, &desc, 0)
                  : MakeSignature(&p->context, 0, &desc, 0);
    if (status == SEC_E_OK) {
        run_add(out, signature, b[0].cbBuffer);
        run_add(out, copy.data, copy.size);
    }
    free(copy.data);
    return status;
}

SECURITY_STATUS party_seal(struct party *p, const void *data, DWORD size, struct run *out)
{
    return p->stream ? seal_stream(p, data, size, out) : protect(p, TRUE, data, size, out);
}

SECURITY_STATUS party_sign(struct party *p, const void *data, DWORD size, struct run *out)
{
    return protect(p, FALSE, data, size, out);
}

/* How a message is split whose first part is a signature (or a seal's token). */
static SECURITY_STATUS split(struct party *p, BOOL sealed, const struct run *message, ULONG *size)
{
    SecPkgContext_Sizes sizes = {0};
    SECURITY_STATUS status = QueryContextAttributesW(&p->context, SECPKG_ATTR_SIZES, &sizes);

    *size = sealed ? sizes.cbSecurityTrailer : sizes.cbMaxSignature;
    return status == SEC_E_OK && message->size < *size ? SEC_E_INVALID_TOKEN : status;
}

/* DecryptMessage. What is refused is left as it was: the buffers and what they point to. */
static SECURITY_STATUS decrypt_or_leave(struct party *p, SecBuffer b[2], const struct run *message)
{
    ULONG qop = 0xdead;
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};
    const SecBuffer given[2] = {b[0], b[1]};
    struct run copy = {0};

    run_add(&copy, message->data, message->size);
    SECURITY_STATUS status = DecryptMessage(&p->context, &desc, 0, &qop);
    if (status != SEC_E_OK && (memcmp(given, b, sizeof given) || memcmp(copy.data, message->data, copy.size)))
        fail("DecryptMessage refused a message and changed it", status);
    free(copy.data);
    return status;
}

SECURITY_STATUS party_unseal(struct party *p, struct run *message, struct run *out)
{
    ULONG size;
    SECURITY_STATUS status = split(p, TRUE, message, &size);

    if (status != SEC_E_OK)
        return status;
    SecBuffer b[2] = {{size, SECBUFFER_TOKEN, message->data},
            {message->size - size, SECBUFFER_DATA, message->data + size}};
    status = decrypt_or_leave(p, b, message);
    if (status == SEC_E_OK)
        run_add(out, b[1].pvBuffer, b[1].cbBuffer);
    return status;
}

SECURITY_STATUS party_unseal_stream(struct party *p, struct run *message, struct run *out)
{
    SecBuffer b[2] = {{message->size, SECBUFFER_STREAM, message->data}, {0, SECBUFFER_DATA, NULL}};
    SECURITY_STATUS status = decrypt_or_leave(p, b, message);

    if (status == SEC_E_OK)
        run_add(out, b[1].pvBuffer, b[1].cbBuffer);
    return status;
}

SECURITY_STATUS party_verify(struct party *p, struct run *message)
{
    ULONG qop = 0xdead, size;
    SECURITY_STATUS status = split(p, FALSE, message, &size);

    if (status != SEC_E_OK)
        return status;
    SecBuffer b[2] = {{size, SECBUFFER_TOKEN, message->data},
            {message->size - size, SECBUFFER_DATA, message->data + size}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};
    return VerifySignature(&p->context, &desc, 0, &qop);
}

/* A post-handshake message's leg. SENDING stays entered, once, as long as OWED waits. */
static SECURITY_STATUS leg_after(struct party *p, struct run *owed)
{
    if (p->sending && !owed->size)
        EnterCriticalSection(p->sending);
    SECURITY_STATUS status = leg(p, owed);
    if (p->sending && !owed->size)
        LeaveCriticalSection(p->sending);
    return status;
}

/* One record out of IN, or a post-handshake message that goes back to the handshake. */
static SECURITY_STATUS read_record(struct party *p, struct run *out, struct run *owed)
{
    SecBuffer b[4] = {{p->in.size, SECBUFFER_DATA, p->in.data}, {0, SECBUFFER_EMPTY, NULL},
            {0, SECBUFFER_EMPTY, NULL}, {0, SECBUFFER_EMPTY, NULL}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
    DWORD extra = 0;

    SECURITY_STATUS status = DecryptMessage(&p->context, &desc, 0, NULL);
    if (status == SEC_E_INCOMPLETE_MESSAGE)
        return status;
    for (int i = 0; i < 4; i++)
        if (b[i].BufferType == SECBUFFER_EXTRA)
            extra = b[i].cbBuffer;
        else if (b[i].BufferType == SECBUFFER_DATA && status == SEC_E_OK)
            run_add(out, b[i].pvBuffer, b[i].cbBuffer);
    run_drop(&p->in, p->in.size - extra);
    if (status != SEC_I_RENEGOTIATE)
        return status;
    p->post_handshake++;
    status = leg_after(p, owed);
    return status == SEC_E_INCOMPLETE_MESSAGE || status == SEC_I_CONTINUE_NEEDED ? SEC_E_OK : status;
}

SECURITY_STATUS party_read(struct party *p, struct run *out, struct run *owed)
{
    SECURITY_STATUS status = p->in.size ? SEC_E_OK : SEC_E_INCOMPLETE_MESSAGE;

    while (status == SEC_E_OK && p->in.size)
        status = read_record(p, out, owed);
    return status == SEC_E_INCOMPLETE_MESSAGE && out->size && !p->in.size ? SEC_E_OK : status;
}
