/* A client's certificate, when the server asks for one.
 *
 *   the credential has one that an authority of the server's list issued    it is shown
 *   Schannel may look itself, and the user's MY store has such a one        that is shown
 *   ISC_REQ_USE_SUPPLIED_CREDS                                    the credential's, or none
 *   Wine's own wininet and winhttp, which cannot be asked                  none
 *   else SEC_I_INCOMPLETE_CREDENTIALS, once; on the next leg      the credential's of that leg, or
 *                                                                 none
 *
 * "InitializeSecurityContext (Schannel)", ISC_REQ_USE_SUPPLIED_CREDS and return values;
 * "SCHANNEL_CRED structure", SCH_CRED_NO_DEFAULT_CREDS. Looking in the store gives a name
 * of the user's away: it is done only for a server that names who issued it, and that Schannel has
 * itself found to be the one meant. Where the program judges, it has not done so yet.
 */
#include "schannel.h"

/* ---- authorities ---- */

static BOOL is_named(const CERT_NAME_BLOB *name, const struct bytes *issuers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes_equal(issuers[i], bytes_of(name->pbData, name->cbData)))
            return TRUE;
    return FALSE;
}

/* No list: the server does not say. */
static BOOL is_acceptable(const struct chain *chain, const struct bytes *issuers, size_t count)
{
    for (ULONG i = 0; i < chain->count; i++)
        if (!count || is_named(&chain->certificates[i]->pCertInfo->Issuer, issuers, count))
            return TRUE;
    return FALSE;
}

static SECURITY_STATUS keep_issuers(struct context *c, const struct bytes *issuers, size_t count)
{
    struct writer w = {0};
    for (size_t i = 0; i < count; i++) {
        writer_u16be(&w, (uint16_t)issuers[i].size);
        writer_bytes(&w, issuers[i]);
    }
    c->issuer_count = count;
    return schannel_status(writer_finish(&w, &c->issuers), NULL);
}

/* One block: the array, then the names. */
SECURITY_STATUS query_issuer_list(struct context *c, void *buffer)
{
    SecPkgContext_IssuerListInfoEx *out = buffer;
    size_t array = c->issuer_count * sizeof(CERT_NAME_BLOB);
    struct reader r = reader_on(blob_view(&c->issuers));
    if (c->server)
        return SEC_E_UNSUPPORTED_FUNCTION;
    CERT_NAME_BLOB *names = c->issuer_count ? ssp_heap_alloc(array + c->issuers.size) : NULL;
    if (c->issuer_count && !names)
        return SEC_E_INSUFFICIENT_MEMORY;
    BYTE *at = (BYTE *)names + array;
    for (size_t i = 0; i < c->issuer_count; i++) {
        struct bytes name = reader_bytes(&r, reader_u16be(&r));
        CopyMemory(at, name.data, name.size);
        names[i].pbData = at;
        names[i].cbData = (DWORD)name.size;
        at += name.size;
    }
    out->aIssuers = names;
    out->cIssuers = (DWORD)c->issuer_count;
    return SEC_E_OK;
}

/* ---- the user's store ---- */

/* Without an extended key usage a certificate is good for all. */
static BOOL is_for_clients(PCCERT_CONTEXT certificate)
{
    BYTE room[2048];
    CERT_ENHKEY_USAGE *usage = (CERT_ENHKEY_USAGE *)room;
    DWORD size = sizeof(room);
    if (!CertGetEnhancedKeyUsage(certificate, 0, usage, &size))
        return FALSE;
    if (!usage->cUsageIdentifier)
        return GetLastError() == (DWORD)CRYPT_E_NOT_FOUND;
    for (DWORD i = 0; i < usage->cUsageIdentifier; i++)
        if (!strcmp(usage->rgpszUsageIdentifier[i], szOID_PKIX_KP_CLIENT_AUTH))
            return TRUE;
    return FALSE;
}

static BOOL has_key(PCCERT_CONTEXT certificate)
{
    DWORD size = 0;
    return CertGetCertificateContextProperty(
            certificate, CERT_KEY_PROV_INFO_PROP_ID, NULL, &size);
}

/* A key of CryptoAPI that stays there cannot do TLS 1.3, which may be what is spoken. */
static BOOL is_usable(const struct credential *c)
{
    return !c->key.ops.sign || !c->key.ops.no_pss || !(c->versions[0] & TLS_V1_3);
}

static struct credential *skip(const char *why, struct credential *found)
{
    log_debug(ROOM, "a certificate of the MY store is passed over: %s", why);
    if (found)
        ssp_release(&found->object);
    return NULL;
}

/* Before its key is touched: anybody can be the server that asks. */
static BOOL has_authority(PCCERT_CONTEXT certificate, const struct bytes *issuers, size_t count)
{
    struct chain chain = {0};
    BOOL has = chain_of_certificate(certificate, FALSE, &chain) == SEC_E_OK &&
               is_acceptable(&chain, issuers, count);

    chain_free(&chain);
    return has;
}

static struct credential *try_certificate(struct context *c, PCCERT_CONTEXT certificate,
        const struct bytes *issuers, size_t count)
{
    struct credential *found = NULL;
    if (CertVerifyTimeValidity(NULL, certificate->pCertInfo))
        return skip("not valid now", NULL);
    if (!has_key(certificate))
        return skip("no key", NULL);
    if (!is_for_clients(certificate))
        return skip("not for clients", NULL);
    if (!has_authority(certificate, issuers, count))
        return skip("its authorities are not in the server's list", NULL);
    if (credential_of_certificate(c->credential, certificate, &found) != SEC_E_OK)
        return skip("no usable key", NULL);
    if (!is_usable(found))
        return skip("its key cannot do TLS 1.3", found);
    return found;
}

static struct credential *search(struct context *c, const struct bytes *issuers, size_t count)
{
    struct credential *found = NULL;
    PCCERT_CONTEXT certificate = NULL;
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0,
            CERT_SYSTEM_STORE_CURRENT_USER | CERT_STORE_OPEN_EXISTING_FLAG |
                    CERT_STORE_READONLY_FLAG,
            L"MY");
    if (!store)
        return NULL;
    while (!found && (certificate = CertEnumCertificatesInStore(store, certificate)) != NULL)
        found = try_certificate(c, certificate, issuers, count);
    if (certificate)
        CertFreeCertificateContext(certificate);
    CertCloseStore(store, 0);
    return found;
}

/* ---- the choice ---- */

static BOOL may_search(const struct context *c, size_t count)
{
    return c->validate && count && !c->second && !(c->credential->flags & SCH_CRED_NO_DEFAULT_CREDS);
}

/* FALSE: the program has to be asked. */
static BOOL decide(struct context *c, const struct bytes *issuers, size_t count)
{
    const struct credential *given = c->second ? c->second : c->credential;
    if (c->use_supplied || c->was_asked)
        return TRUE;
    if (is_acceptable(&given->chain, issuers, count))
        return TRUE;
    if (may_search(c, count))
        c->second = search(c, issuers, count);
    /* Who may not have this certificate shown must not take the session up: nobody does, whatever
     * SCHANNEL_SESSION_TOKEN asks for later. */
    c->may_reconnect = c->may_reconnect && !c->second;
    c->reconnects = c->reconnects && c->may_reconnect;
    return c->second != NULL || c->asks_nobody;
}

/* From here on the session signs with C->second's key. */
static enum status show_second(struct context *c, struct tls_config **config)
{
    if (credential_config(c->second, CONFIG_CLIENT, config) != SEC_E_OK)
        return ST_NO_CREDENTIALS;
    ssp_hold(&c->second->object);
    if (c->shown)
        ssp_release(&c->shown->object);
    c->shown = c->second;
    c->session_owner = c->second;
    return ST_OK;
}

static enum status choose(
        void *self, const struct bytes *issuers, size_t count, struct tls_config **config)
{
    struct context *c = self;
    if (keep_issuers(c, issuers, count) != SEC_E_OK)
        return ST_NO_MEMORY;
    if (!decide(c, issuers, count)) {
        log_info(ROOM, "the server asks for a client certificate; the program has given none that "
                       "it says it would take, and is asked");
        return ST_NEED_CERTIFICATE;
    }
    return c->second ? show_second(c, config) : ST_OK; /* what the session was made with */
}

void client_certificate_attach(struct context *c)
{
    tls_session_set_choose(c->tls, choose, c);
}

SECURITY_STATUS client_certificate_supply(struct context *c, struct ssp_object *object)
{
    struct credential *second = (struct credential *)object;
    if (!second || second == c->credential || second == c->second)
        return SEC_E_OK;
    if (!(second->use & SECPKG_CRED_OUTBOUND))
        return SEC_E_NO_CREDENTIALS;
    ssp_hold(&second->object);
    if (c->second)
        ssp_release(&c->second->object);
    c->second = second;
    return SEC_E_OK;
}
