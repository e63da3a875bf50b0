/* One leg of a CredSSP login: TLS bytes in, engine step, TLS bytes out, attributes. */
#include "provider.h"

static void destroy(struct ssp_object *o)
{
    struct context *c = (struct context *)o;
    PSecurityFunctionTableW sspi = inner_sspi();

    credssp_free(c->engine);
    if (c->has_auth)
        sspi->DeleteSecurityContext(&c->auth);
    if (c->has_tls)
        sspi->DeleteSecurityContext(&c->tls);
    if (c->bindings.Bindings)
        sspi->FreeContextBuffer(c->bindings.Bindings);
    blob_free(&c->tls_key);
    logon_free(c);
    ssp_release(c->credential ? &c->credential->object : NULL);
    ssp_release(c->tls_from ? &c->tls_from->object : NULL);
    ssp_heap_free(c->target);
    ssp_heap_free(c->host);
    mem_free(c, sizeof *c);
}

/* TLS takes the host part of "TERMSRV/host:3389", "host:3389" or "host" for SNI and validation. An
 * IPv6 literal keeps its colons; in brackets it is what stands between them. */
static WCHAR *host_part(const WCHAR *target)
{
    const WCHAR *slash = wcschr(target, L'/');
    const WCHAR *host = slash ? slash + 1 : target;
    const WCHAR *colon = wcschr(host, L':');
    size_t size = wcscspn(host, L"/");

    if (*host == L'[') {
        host++;
        size = wcscspn(host, L"]");
    } else if (colon && !wcschr(colon + 1, L':') && (size_t)(colon - host) < size) {
        size = (size_t)(colon - host);
    }
    return ssp_heap_text(bytes_of(host, size * sizeof *host));
}

static SECURITY_STATUS take_target(struct context *c, const WCHAR *target)
{
    if (!target)
        return SEC_E_OK;
    c->target = ssp_heap_text(ssp_text(target));
    c->host = host_part(target);
    return c->target && c->host ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

static enum status make_engine(struct context *c)
{
    const struct ssp_identity *identity = logon_identity(c);
    uint32_t lowest = policy_lowest_version(c->credential->oracle, c->inbound);

    if (c->inbound) {
        struct credssp_server_config config = {
                .tls = tls_adapter(c),
                .auth = auth_adapter(c),
                .version = CREDSSP_VERSION_MAX,
                .lowest = lowest,
                .world = ssp_world(),
        };
        return credssp_server_new(&config, &c->engine);
    }
    struct credssp_client_config config = {
            .tls = tls_adapter(c),
            .auth = auth_adapter(c),
            .version = CREDSSP_VERSION_MAX,
            .lowest = lowest,
            .delegate = c->request & ISC_REQ_DELEGATE,
            .domain = blob_view(&identity->domain),
            .user = blob_view(&identity->user),
            .password = blob_view(&identity->password),
            .server_seen = server_auth_seen,
            .before_delegation = server_auth_before_delegation,
            .hook_self = c,
            .world = ssp_world(),
    };
    return credssp_client_new(&config, &c->engine);
}

static SECURITY_STATUS context_new(struct ssp_leg *leg, struct context **out)
{
    struct context *c = mem_alloc(sizeof *c);

    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    ssp_object_init(&c->object, SSP_CONTEXT, destroy);
    InitializeSRWLock(&c->lock);
    c->inbound = leg->inbound;
    c->request = leg->request;
    c->auth_expiry = ssp_never;
    c->credential = c->tls_from = (struct credential *)leg->credential;
    ssp_hold(leg->credential);
    ssp_hold(leg->credential);
    SECURITY_STATUS status = take_target(c, leg->target);
    if (status == SEC_E_OK)
        status = delegation_for_target(c);
    if (status == SEC_E_OK)
        status = logon_find(c);
    if (status == SEC_E_OK)
        status = ssp_status(make_engine(c));
    if (status != SEC_E_OK) {
        ssp_release(&c->object);
        return status;
    }
    *out = c;
    return SEC_E_OK;
}

/* Where the rest of the input and the number of missing bytes are told: the first EMPTY buffer. */
static void tell_rest(PSecBufferDesc input, ULONG type, size_t size)
{
    PSecBuffer empty = ssp_buffer_find(input, SECBUFFER_EMPTY, 0);

    if (!empty || !size)
        return;
    empty->BufferType = type;
    empty->cbBuffer = (ULONG)size;
    if (type == SECBUFFER_EXTRA) {
        PSecBuffer token = ssp_buffer_find(input, SECBUFFER_TOKEN, 0);
        empty->pvBuffer = (uint8_t *)token->pvBuffer + token->cbBuffer - size;
    }
}

static BOOL allocates(const struct ssp_leg *leg)
{
    return leg->request & (leg->inbound ? ASC_REQ_ALLOCATE_MEMORY : ISC_REQ_ALLOCATE_MEMORY);
}

/* After the login a leg is the TLS stream's own: a post-handshake message that DecryptMessage gave
 * back, or what ApplyControlToken has prepared. */
static enum status step(
        struct context *c, struct bytes in, size_t *consumed, size_t *missing, struct blob *token)
{
    struct credssp_tls tls = tls_adapter(c);

    return c->complete ? tls.handshake(tls.self, in, consumed, missing, token)
                       : credssp_step(c->engine, in, consumed, missing, token);
}

/* Of a failed login, and where a token does not reach the program: it is lost, and the peer can never be told of
 * it again. */
static void give_up(struct context *c)
{
    credssp_free(c->engine);
    c->engine = NULL;
    __atomic_store_n(&c->complete, FALSE, __ATOMIC_RELEASE);
}

/* The program's answer to SEC_I_INCOMPLETE_CREDENTIALS: "calling InitializeSecurityContext
 * (CredSSP) again, specifying the new credential in the phCredential parameter". Its certificate counts; who
 * logs in is settled. */
static void take_certificate(struct context *c, struct ssp_object *credential)
{
    if (!c->asked_for_certificate || !credential)
        return;
    ssp_hold(credential);
    ssp_release(&c->tls_from->object);
    c->tls_from = (struct credential *)credential;
}

/* What fails after the login is the stream's, which knows. */
static SECURITY_STATUS failed(struct context *c, enum status s)
{
    SECURITY_STATUS code = failure_code(c, s);

    if (!c->complete)
        give_up(c);
    return code;
}

static SECURITY_STATUS run(struct context *c, struct ssp_leg *leg)
{
    struct bytes in = ssp_buffer_bytes(ssp_buffer_find(leg->input, SECBUFFER_TOKEN, 0));
    size_t consumed = 0, missing = 0;
    struct blob token = {0};

    if (!c->engine) { /* nothing goes out, and no old memory of the program's either */
        ssp_put_token(leg->output, bytes_of(NULL, 0), allocates(leg), SEC_E_BUFFER_TOO_SMALL);
        return SEC_E_OUT_OF_SEQUENCE;
    }
    take_certificate(c, leg->credential);
    enum status s = step(c, in, &consumed, &missing, &token);
    if (s != ST_INCOMPLETE)
        c->asked_for_certificate = s == ST_NEED_CERTIFICATE;
    if (s == ST_INCOMPLETE) {
        tell_rest(leg->input, SECBUFFER_MISSING, missing);
        blob_free(&token);
        return SEC_E_INCOMPLETE_MESSAGE;
    }
    /* A client's failing leg outputs its alert or errorCode only if the program said that the peer
     * is to know. A server's always does: RDP servers ask with 0x112, without
     * ASC_REQ_EXTENDED_ERROR, and their clients get the errorCode all the same (seen). */
    BOOL tell_peer = !status_failed(s) || leg->inbound || leg->request & ISC_REQ_EXTENDED_ERROR;
    struct bytes out = tell_peer ? blob_view(&token) : bytes_of(NULL, 0);
    SECURITY_STATUS put = ssp_put_token(leg->output, out, allocates(leg), SEC_E_BUFFER_TOO_SMALL);
    blob_free(&token);
    if (!status_failed(s))
        tell_rest(leg->input, SECBUFFER_EXTRA, in.size - consumed);
    if (status_failed(s))
        return failed(c, s);
    if (put != SEC_E_OK) {
        give_up(c);
        return put;
    }
    if (s == ST_OK)
        __atomic_store_n(&c->complete, TRUE, __ATOMIC_RELEASE);
    return ssp_status(s);
}

SECURITY_STATUS context_leg(struct ssp_leg *leg)
{
    struct context *c = (struct context *)leg->context;
    SECURITY_STATUS status = flags_check(leg);

    if (status != SEC_E_OK)
        return status;
    if (!c) {
        status = context_new(leg, &c);
        if (status != SEC_E_OK)
            return status;
        leg->new_context = &c->object;
    } else if (c->inbound != leg->inbound) {
        return SEC_E_INVALID_HANDLE;
    }
    AcquireSRWLockExclusive(&c->lock);
    c->inner_status = SEC_E_OK;
    status = run(c, leg);
    leg->attributes = c->attributes = flags_of_leg(c, leg->request);
    leg->expiry = c->auth_expiry;
    ReleaseSRWLockExclusive(&c->lock);
    return status;
}

/* After completion the TLS stream is the context: shutdown goes to Schannel, and the next leg
 * brings what it made of it. */
SECURITY_STATUS context_apply_control(struct ssp_object *o, PSecBufferDesc token)
{
    struct context *c = (struct context *)o;

    AcquireSRWLockExclusive(&c->lock);
    SECURITY_STATUS status =
            c->has_tls ? inner_sspi()->ApplyControlToken(&c->tls, token) : SEC_E_OUT_OF_SEQUENCE;
    ReleaseSRWLockExclusive(&c->lock);
    return status;
}
