/* One tls_config per credential and use, made at the first connection that needs it. */
#include "schannel.h"

/* The key belongs to the credential, which outlives every session made from its configurations. */
static void keep_key(void *self)
{
    (void)self;
}

/* Views; OPS lives with IDENTITY. */
struct shown {
    struct bytes *der;
    struct tls_key_ops ops;
};

static SECURITY_STATUS show(const struct chain *chain, const struct private_key *key,
        struct shown *shown, struct tls_identity *identity)
{
    shown->der = mem_alloc(chain->count * sizeof(*shown->der));
    if (!shown->der)
        return SEC_E_INSUFFICIENT_MEMORY;
    for (ULONG i = 0; i < chain->count; i++)
        shown->der[i] = bytes_of(
                chain->certificates[i]->pbCertEncoded, chain->certificates[i]->cbCertEncoded);
    shown->ops = key->ops;
    shown->ops.destroy = keep_key;
    *identity = (struct tls_identity){.chain = shown->der,
            .count = chain->count,
            .key_der = private_key_der(key),
            .ops = key->ops.sign ? &shown->ops : NULL};
    return SEC_E_OK;
}

static SECURITY_STATUS set_certificates(struct credential *c, BOOL server, struct tls_config *config)
{
    ULONG count = c->chain.count ? 1 + (server ? c->other_count : 0) : 0;
    SECURITY_STATUS s = SEC_E_OK;
    if (!count)
        return SEC_E_OK;
    struct shown *shown = mem_alloc(count * sizeof(*shown));
    struct tls_identity *list = mem_alloc(count * sizeof(*list));
    if (!shown || !list)
        s = SEC_E_INSUFFICIENT_MEMORY;
    for (ULONG i = 0; s == SEC_E_OK && i < count; i++)
        s = show(i ? &c->others[i - 1].chain : &c->chain, i ? &c->others[i - 1].key : &c->key,
                &shown[i], &list[i]);
    if (s == SEC_E_OK)
        s = schannel_status(tls_config_set_identities(config, list, count), NULL);
    for (ULONG i = 0; shown && i < count; i++)
        mem_free(shown[i].der,
                (i ? c->others[i - 1].chain.count : c->chain.count) * sizeof(*shown[i].der));
    mem_free(list, count * sizeof(*list));
    mem_free(shown, count * sizeof(*shown));
    return s;
}

enum { ROOTS_MAX = 512 };

/* Views of what is in STORE, which is our own copy and does not change. */
static size_t certificates_in(HCERTSTORE store, struct bytes list[ROOTS_MAX])
{
    PCCERT_CONTEXT root = NULL;
    size_t count = 0;
    while (count < ROOTS_MAX && (root = CertEnumCertificatesInStore(store, root)) != NULL)
        list[count++] = bytes_of(root->pbCertEncoded, root->cbCertEncoded);
    if (root)
        CertFreeCertificateContext(root);
    return count;
}

static BOOL copy_store(HCERTSTORE from, HCERTSTORE to)
{
    PCCERT_CONTEXT c = NULL;
    while ((c = CertEnumCertificatesInStore(from, c)) != NULL)
        if (!CertAddCertificateContextToStore(to, c, CERT_STORE_ADD_USE_EXISTING, NULL)) {
            CertFreeCertificateContext(c);
            return FALSE;
        }
    return TRUE;
}

/* The names of those in hRootStore, for clients that choose by them. */
static SECURITY_STATUS set_authorities(const struct credential *c, struct tls_config *config)
{
    if (!c->roots || !c->chain.count)
        return SEC_E_OK;
    struct bytes *list = mem_alloc(ROOTS_MAX * sizeof(*list));
    HCERTSTORE copy = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, CERT_STORE_CREATE_NEW_FLAG, NULL);
    enum status st = ST_NO_MEMORY;
    if (list && copy && copy_store(c->roots, copy))
        st = tls_config_set_authorities(config, list, certificates_in(copy, list));
    if (copy)
        CertCloseStore(copy, 0);
    mem_free(list, ROOTS_MAX * sizeof(*list));
    return schannel_status(st, NULL);
}

/* No certificate, and no other to be had without the program's asking for it. Windows' HttpClient does not offer
 * to be asked then (dotnet/runtime issue 49346); when exactly Windows does is not known (?). */
static BOOL is_never_asked_later(const struct credential *c)
{
    return !c->chain.count && c->flags & SCH_CRED_NO_DEFAULT_CREDS;
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
        s = set_certificates(c, server, config);
    if (s == SEC_E_OK && server)
        s = set_authorities(c, config);
    if (!server && is_never_asked_later(c))
        tls_config_never_asked_later(config);
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
