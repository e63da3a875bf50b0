/* One connection: made on the first leg, destroyed with its last reference. */
#include "schannel.h"

static void context_destroy(struct ssp_object *object)
{
    struct context *c = (struct context *)object;
    if (c->tls)
        tls_session_free(c->tls);
    /* The session's key belongs to the credential, which therefore goes last. */
    if (c->second)
        ssp_release(&c->second->object);
    if (c->shown)
        ssp_release(&c->shown->object);
    ssp_release(&c->credential->object);
    blob_free(&c->issuers);
    blob_free(&c->held);
    blob_free(&c->early);
    blob_free(&c->app_data);
    blob_free(&c->export_label);
    blob_free(&c->export_context);
    blob_free(&c->alert);
    blob_free(&c->taken);
    ssp_heap_free(c->target);
    ssp_heap_free(c->target_name);
    mem_free(c, sizeof(*c));
}

void context_lock(struct context *c)
{
    ssp_lock_take(&c->send_lock);
    ssp_lock_take(&c->receive_lock);
}

void context_unlock(struct context *c)
{
    ssp_lock_give(&c->receive_lock);
    ssp_lock_give(&c->send_lock);
}

size_t context_taken(const struct context *c, struct bytes in)
{
    struct reader r = reader_on(in);
    size_t size = c->taken.size;
    return size && bytes_equal(reader_bytes(&r, size), blob_view(&c->taken)) ? size : 0;
}

struct validation context_validation(const struct context *c)
{
    return (struct validation){.host = c->target,
            .flags = c->credential->flags,
            .peer_is_client = c->server,
            .roots = c->server ? c->credential->roots : NULL};
}

/* libs/tls asks while the handshake waits: nothing has been sent that answers this certificate. */
static enum status verify_peer(void *self, const struct bytes *chain, size_t count, unsigned *alert)
{
    struct context *c = self;
    struct validation v = context_validation(c);
    v.stapled = tls_peer_ocsp(c->tls);
    c->verdict = validate_peer(&v, chain, count, alert);
    return c->verdict == SEC_E_OK ? ST_OK : ST_UNTRUSTED;
}

static BOOL wants_validation(const struct ssp_leg *leg, const struct credential *credential)
{
    /* Deferred (schannel.h of the SDK, clients only): the program asks for CERT_CHECK_RESULT. */
    if (credential->flags & SCH_CRED_MANUAL_CRED_VALIDATION ||
            (!leg->inbound && credential->flags & SCH_CRED_DEFERRED_CRED_VALIDATION))
        return FALSE;
    return leg->inbound || !(leg->request & ISC_REQ_MANUAL_CRED_VALIDATION);
}

static enum config_kind kind_of(const struct context *c, const struct ssp_leg *leg)
{
    static const enum config_kind kinds[2][3] = {
            {CONFIG_CLIENT, CONFIG_SERVER, CONFIG_SERVER_ASKS},
            {CONFIG_DTLS_CLIENT, CONFIG_DTLS_SERVER, CONFIG_DTLS_SERVER_ASKS}};
    int role = !c->server ? 0 : leg->request & ASC_REQ_MUTUAL_AUTH ? 2 : 1;
    return kinds[c->datagram ? 1 : 0][role];
}

static SECURITY_STATUS open_session(struct context *c, const struct ssp_leg *leg)
{
    struct tls_config *config = NULL;
    struct blob name = {0};
    c->kind = kind_of(c, leg);
    SECURITY_STATUS s = credential_config(c->credential, c->kind, &config);
    if (s != SEC_E_OK)
        return s;
    if (!c->server && c->target && utf8_from_utf16(ssp_text(c->target), &name) != ST_OK)
        return SEC_E_TARGET_UNKNOWN;
    enum status st = tls_session_new(config, blob_view(&name), &c->tls);
    blob_free(&name);
    if (st != ST_OK)
        return schannel_status(st, NULL);
    if (c->validate)
        tls_session_set_verify(c->tls, verify_peer, c);
    if (c->server)
        reconnect_serve(c);
    else if (!leg_is_wine_http(leg))
        reconnect_offer(c);
    if (!c->server && !c->datagram) /* which shows the credential's certificate, if any */
        client_certificate_attach(c);
    return SEC_E_OK;
}

static SECURITY_STATUS take_target(struct context *c, const WCHAR *target)
{
    struct bytes name = ssp_text(target);
    c->target_name = name.size ? ssp_heap_text(name) : NULL;
    if (name.size && !c->target_name)
        return SEC_E_INSUFFICIENT_MEMORY;
    return target_host(target, &c->target);
}

SECURITY_STATUS context_open(struct context *c, struct ssp_leg *leg)
{
    SECURITY_STATUS s = open_session(c, leg);
    return s == SEC_E_OK ? alpn_from_input(leg->input, c->tls) : s;
}

SECURITY_STATUS context_new(struct ssp_leg *leg, struct context **context)
{
    struct credential *credential = (struct credential *)leg->credential;
    if (!(credential->use & (leg->inbound ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND)))
        return SEC_E_NO_CREDENTIALS;
    struct context *c = mem_alloc(sizeof(*c));
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    ssp_object_init(&c->object, SSP_CONTEXT, context_destroy);
    ssp_hold(&credential->object);
    c->credential = credential;
    c->session_owner = credential;
    c->server = leg->inbound;
    c->datagram = (leg->request & ISC_REQ_DATAGRAM) != 0; /* ASC_REQ_ has the same bit */
    c->validate = wants_validation(leg, credential);
    c->phase = PHASE_HANDSHAKE;
    SECURITY_STATUS s = leg->inbound ? SEC_E_OK : take_target(c, leg->target);
    if (s == SEC_E_OK && !c->datagram)
        s = context_open(c, leg);
    if (s != SEC_E_OK) {
        ssp_release(&c->object);
        return s;
    }
    *context = c;
    return SEC_E_OK;
}
