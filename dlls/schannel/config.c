/* One tls_config per credential and use, made at the first connection that needs it. */
#include "schannel.h"

/* The key belongs to the credential, which outlives every session made from its configurations. */
static void keep_key(void *self)
{
    (void)self;
}

static SECURITY_STATUS set_certificate(struct credential *c, struct tls_config *config)
{
    if (!c->chain.count)
        return SEC_E_OK;
    struct bytes *der = mem_alloc(c->chain.count * sizeof(*der));
    if (!der)
        return SEC_E_INSUFFICIENT_MEMORY;
    for (ULONG i = 0; i < c->chain.count; i++)
        der[i] = bytes_of(
                c->chain.certificates[i]->pbCertEncoded, c->chain.certificates[i]->cbCertEncoded);
    struct tls_key_ops ops = c->key.ops;
    ops.destroy = keep_key;
    enum status s =
            ops.sign ? tls_config_set_key_ops(config, der, c->chain.count, &ops)
                     : tls_config_set_key(config, der, c->chain.count, blob_view(&c->key.der));
    mem_free(der, c->chain.count * sizeof(*der));
    return schannel_status(s, NULL);
}

static SECURITY_STATUS make_config(
        struct credential *c, enum config_kind kind, struct tls_config **out)
{
    BOOL datagram = kind >= CONFIG_DTLS_CLIENT;
    BOOL server = kind != CONFIG_CLIENT && kind != CONFIG_DTLS_CLIENT;
    unsigned versions = (datagram ? c->datagrams : c->versions)[server ? 1 : 0];
    struct tls_config *config = NULL;
    enum status st =
            tls_config_new(server ? TLS_SERVER : TLS_CLIENT, versions, &config);
    if (st != ST_OK)
        return schannel_status(st, NULL);
    SECURITY_STATUS s = SEC_E_OK;
    key_log_configure(c, config);
    if (c->limits.count)
        s = schannel_status(tls_config_limit(config, &c->limits), NULL);
    if (s == SEC_E_OK && server)
        tls_config_set_parameters(config, c->parameters);
    if (s == SEC_E_OK)
        s = set_certificate(c, config);
    if (s == SEC_E_OK && server)
        s = reconnect_store(c, kind, config);
    if (s != SEC_E_OK) {
        tls_config_free(config);
        return s;
    }
    /* ASC_REQ_MUTUAL_AUTH asks; the program finds out by REMOTE_CERT_CONTEXT whether one came. */
    if (kind == CONFIG_SERVER_ASKS || kind == CONFIG_DTLS_SERVER_ASKS)
        tls_config_request_certificate(config, false);
    *out = config;
    return SEC_E_OK;
}

SECURITY_STATUS credential_config(
        struct credential *c, enum config_kind kind, struct tls_config **config)
{
    SECURITY_STATUS s = SEC_E_OK;
    AcquireSRWLockExclusive(&c->lock);
    if (!c->config[kind])
        s = make_config(c, kind, &c->config[kind]);
    *config = c->config[kind];
    ReleaseSRWLockExclusive(&c->lock);
    return s;
}
