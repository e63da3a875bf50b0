/* AcquireCredentialsHandle: which versions, which certificate, which key. */
#include "schannel.h"

static void credential_destroy(struct ssp_object *object)
{
    struct credential *c = (struct credential *)object;
    reconnect_forget_credential(c);
    for (size_t i = 0; i < CONFIG_KINDS; i++)
        if (c->config[i])
            tls_config_free(c->config[i]);
    tls_parameters_free(c->parameters);
    private_key_free(&c->key);
    chain_free(&c->chain);
    if (c->roots)
        CertCloseStore(c->roots, 0);
    identities_free(c->others, c->other_count);
    mem_free(c, sizeof(*c));
}

/* A certificate context that was freed or never was one cannot be told apart safely; what can be
 * read must be a certificate. */
static BOOL certificate_is_one(PCCERT_CONTEXT certificate)
{
    if (!certificate || !certificate->pbCertEncoded || !certificate->cbCertEncoded)
        return FALSE;
    struct blob key = {0};
    enum status s = tls_certificate_public_key(
            bytes_of(certificate->pbCertEncoded, certificate->cbCertEncoded), &key);
    blob_free(&key);
    return s == ST_OK;
}

/* Several certificates are for servers, which choose by the client's server name; a client shows the
 * first. */
static SECURITY_STATUS take_certificate(
        struct credential *c, const struct auth_data *data, struct ssp_stamp now)
{
    /* A server without any auth data is refused at once, one with an empty list when it is used. */
    if (!data->certificates)
        return c->use & SECPKG_CRED_INBOUND && !data->version ? SEC_E_NO_CREDENTIALS : SEC_E_OK;
    for (DWORD i = 0; i < data->certificates; i++)
        if (!certificate_is_one(data->certificate[i])) {
            log_warn(ROOM, "paCred[%lu] is not a certificate", (unsigned long)i);
            return SEC_E_UNKNOWN_CREDENTIALS;
        }
    SECURITY_STATUS s = key_of_certificate(data->certificate[0], now, &c->key);
    if (s == SEC_E_OK)
        s = chain_of_certificate(
                data->certificate[0], data->flags & SCH_SEND_ROOT_CERT, &c->chain);
    if (s == SEC_E_OK && c->use & SECPKG_CRED_INBOUND && data->certificates > 1)
        s = identities_take(&data->certificate[1], data->certificates - 1, now,
                data->flags & SCH_SEND_ROOT_CERT, &c->others, &c->other_count);
    return s;
}

#define DTLS_VERSIONS (DTLS_V1_0 | DTLS_V1_2)

/* Protocols named are wanted as far as policy allows them; none named: the usual ones.
 * SCH_USE_STRONG_CRYPTO "disables known weak ... protocol versions that may be otherwise enabled for
 * better interoperability": those that nobody named. */
static unsigned choose_versions(
        const struct auth_data *data, const struct settings *settings, BOOL server)
{
    unsigned versions = settings->by_default;
    if (data->flags & SCH_USE_STRONG_CRYPTO)
        versions &= ~(unsigned)(TLS_V1_0 | TLS_V1_1 | DTLS_V1_0);
    if (data->enabled)
        versions = versions_of_protocols(data->enabled, server) & settings->allowed;
    versions &= ~versions_of_protocols(data->disabled, server);
    if (data->flags & SCH_USE_DTLS_ONLY)
        versions &= DTLS_VERSIONS;
    return data->tls13 ? versions : versions & ~(unsigned)TLS_V1_3;
}

/* Datagrams or not is said by who makes the context (ISC_REQ_DATAGRAM); a credential may be for
 * both unless it names protocols. */
static void take_side(
        struct credential *c, const struct auth_data *data, struct ssp_stamp now, BOOL server)
{
    struct settings settings = settings_of_side(now, server);
    unsigned versions = choose_versions(data, &settings, server);
    ULONGLONG lifespan = settings.lifespan;
    c->lifespan[server] = lifespan && data->lifespan ? data->lifespan : lifespan;
    c->versions[server] = versions & ~(unsigned)DTLS_VERSIONS;
    c->datagrams[server] = versions & DTLS_VERSIONS;
}

static BOOL has_versions(const struct credential *c, BOOL server)
{
    return c->versions[server] || c->datagrams[server];
}

static SECURITY_STATUS take_settings(
        struct credential *c, const struct auth_data *data, struct ssp_stamp now)
{
    static const DWORD dtls = SP_PROT_DTLS1_X;
    if (c->use & SECPKG_CRED_OUTBOUND)
        take_side(c, data, now, FALSE);
    if (c->use & SECPKG_CRED_INBOUND)
        take_side(c, data, now, TRUE);
    BOOL none = (c->use & SECPKG_CRED_OUTBOUND && !has_versions(c, FALSE)) ||
                (c->use & SECPKG_CRED_INBOUND && !has_versions(c, TRUE));
    BOOL mixed = data->enabled & dtls && data->enabled & ~dtls;
    if (none || mixed) {
        log_warn(ROOM,
                "no protocol left: asked for 0x%lx, disabled 0x%lx; DTLS beside TLS, SSL and "
                "versions off in the registry (SCHANNEL\\Protocols) cannot be used",
                (unsigned long)data->enabled, (unsigned long)data->disabled);
        return SEC_E_ALGORITHM_MISMATCH;
    }
    return SEC_E_OK;
}

/* TLS, or DTLS where that is all there is. */
static DWORD supported(const struct credential *c, BOOL server)
{
    return protocols_of_versions(
            c->versions[server] ? c->versions[server] : c->datagrams[server], server);
}

/* Something has to be left of what the versions have. */
static SECURITY_STATUS check_limits(const struct credential *c)
{
    enum status s = ST_OK;
    for (int side = 0; side < 2 && s == ST_OK; side++) {
        unsigned versions = c->versions[side] ? c->versions[side] : c->datagrams[side];
        struct tls_config *config = NULL;
        if (!c->limits.count || !versions)
            continue;
        s = tls_config_new(side ? TLS_SERVER : TLS_CLIENT, versions, &config);
        if (s == ST_OK)
            s = tls_config_limit(config, &c->limits);
        tls_config_free(config);
    }
    if (s == ST_NO_COMMON_ALGORITHM)
        log_warn(ROOM, "the program turns off all that there is");
    return schannel_status(s, NULL);
}

SECURITY_STATUS credential_acquire(
        const struct ssp_acquire *a, struct ssp_object **credential, TimeStamp *expiry)
{
    struct auth_data data;
    SECURITY_STATUS s = auth_data_parse(a->auth_data, a->use, &data);
    if (s != SEC_E_OK)
        return s;
    if (tls_start() != ST_OK)
        return SEC_E_INTERNAL_ERROR;
    struct credential *c = mem_alloc(sizeof(*c));
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    ssp_object_init(&c->object, SSP_CREDENTIAL, credential_destroy);
    InitializeSRWLock(&c->lock);
    c->package = a->package;
    c->use = a->use;
    c->flags = data.flags;
    c->limits = data.limits;
    c->roots = data.roots ? CertDuplicateStore(data.roots) : NULL;
    struct ssp_stamp now = settings_stamp();
    s = take_settings(c, &data, now);
    if (s == SEC_E_OK)
        s = check_limits(c);
    if (s == SEC_E_OK && c->use & SECPKG_CRED_INBOUND)
        s = server_parameters(&data, &c->parameters);
    if (s == SEC_E_OK)
        s = take_certificate(c, &data, now);
    if (s != SEC_E_OK) {
        ssp_release(&c->object);
        return s;
    }
    *credential = &c->object;
    *expiry = c->chain.count ? timestamp_of(c->chain.certificates[0]->pCertInfo->NotAfter)
                             : ssp_never;
    return SEC_E_OK;
}

SECURITY_STATUS credential_of_certificate(const struct credential *like,
        PCCERT_CONTEXT certificate, struct credential **credential)
{
    struct credential *c = mem_alloc(sizeof(*c));
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    ssp_object_init(&c->object, SSP_CREDENTIAL, credential_destroy);
    InitializeSRWLock(&c->lock);
    c->package = like->package;
    c->use = SECPKG_CRED_OUTBOUND;
    c->flags = like->flags;
    c->versions[0] = like->versions[0];
    c->datagrams[0] = like->datagrams[0];
    c->limits = like->limits;
    SECURITY_STATUS s = key_of_certificate(certificate, settings_stamp(), &c->key);
    if (s == SEC_E_OK)
        s = chain_of_certificate(certificate, c->flags & SCH_SEND_ROOT_CERT, &c->chain);
    if (s != SEC_E_OK) {
        ssp_release(&c->object);
        return s;
    }
    *credential = c;
    return SEC_E_OK;
}

/* QueryCredentialsAttributes ("QueryCredentialsAttributes (Schannel)"). */
SECURITY_STATUS credential_query(struct ssp_object *object, ULONG attribute, void *buffer)
{
    struct credential *c = (struct credential *)object;
    switch (attribute) {
    case SECPKG_CRED_ATTR_NAMES:
        return c->chain.count ? certificate_subject(c->chain.certificates[0],
                                        &((SecPkgCredentials_NamesW *)buffer)->sUserName)
                              : SEC_E_NO_CREDENTIALS;
    case SECPKG_ATTR_SUPPORTED_ALGS:
        return query_algorithms(c, buffer);
    case SECPKG_ATTR_SUPPORTED_PROTOCOLS:
        ((SecPkgCred_SupportedProtocols *)buffer)->grbitProtocol =
                supported(c, FALSE) | supported(c, TRUE);
        return SEC_E_OK;
    case SECPKG_ATTR_CIPHER_STRENGTHS:
        return query_strengths(c, buffer);
    default:
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
}
