/* SCHANNEL_CRED (versions 3 and 4) and SCH_CREDENTIALS (5): what programs hand to
 * AcquireCredentialsHandle ("SCHANNEL_CRED structure", "SCH_CREDENTIALS structure",
 * "TLS_PARAMETERS structure", learn.microsoft.com; schannel.h of the SDK). */
#include "schannel.h"

/* "Kernel-mode Schannel supports" the others: in user mode nobody may name a certificate by its hash. */
static SECURITY_STATUS check_format(DWORD format)
{
    if (format == SCH_CRED_FORMAT_CERT_CONTEXT)
        return SEC_E_OK;
    log_warn(ROOM, "dwCredFormat %lu is for kernel mode; pass CERT_CONTEXTs",
            (unsigned long)format);
    return SEC_E_UNKNOWN_CREDENTIALS;
}

static SECURITY_STATUS parse_algorithms(const SCHANNEL_CRED *cred, struct auth_data *out)
{
    if (!cred->cSupportedAlgs || !cred->palgSupportedAlgs)
        return SEC_E_OK;
    if (cred->cSupportedAlgs > SCH_CRED_MAX_SUPPORTED_ALGS)
        return SEC_E_UNKNOWN_CREDENTIALS;
    return restrict_to_algorithms(cred->palgSupportedAlgs, cred->cSupportedAlgs, &out->limits);
}

/* A hash, read as the pointer to a certificate, points nowhere. */
static BOOL names_no_certificate(const SCHANNEL_CRED *cred)
{
    return cred->dwCredFormat != SCH_CRED_FORMAT_CERT_CONTEXT &&
           (!cred->paCred || IsBadReadPtr(cred->paCred[0], sizeof(CERT_CONTEXT)));
}

static SECURITY_STATUS parse_schannel_cred(const SCHANNEL_CRED *cred, struct auth_data *out)
{
    /* Programs leave dwCredFormat uninitialised, with certificates too (Wine's conformance tests, verified on
     * Windows), and version 3 does not have it: what it says is only believed where nothing else can be meant. */
    if (cred->dwVersion == SCHANNEL_CRED_VERSION && cred->cCreds && names_no_certificate(cred))
        return check_format(cred->dwCredFormat);
    out->certificates = cred->cCreds;
    out->certificate = cred->paCred;
    out->roots = cred->hRootStore;
    out->flags = cred->dwFlags;
    out->enabled = cred->grbitEnabledProtocols;
    out->lifespan = cred->dwSessionLifespan;
    SECURITY_STATUS s = parse_algorithms(cred, out);
    return s != SEC_E_OK ? s
                         : restrict_strength(cred->dwMinimumCipherStrength,
                                   cred->dwMaximumCipherStrength, &out->limits);
}

static SECURITY_STATUS parse_crypto(const TLS_PARAMETERS *p, struct tls_limits *limits)
{
    SECURITY_STATUS s = SEC_E_OK;
    if (p->cDisabledCrypto > SCH_CRED_MAX_SUPPORTED_CRYPTO_SETTINGS ||
            (p->cDisabledCrypto && !p->pDisabledCrypto))
        return SEC_E_INVALID_PARAMETER;
    for (DWORD i = 0; i < p->cDisabledCrypto && s == SEC_E_OK; i++)
        s = restrict_crypto(&p->pDisabledCrypto[i], limits);
    return s;
}

/* ALPN ids and TLS_PARAMS_OPTIONAL are "valid for server applications only". */
static SECURITY_STATUS check_parameters(const TLS_PARAMETERS *p, ULONG use)
{
    BOOL for_servers = p->cAlpnIds || p->rgstrAlpnIds || p->dwFlags & TLS_PARAMS_OPTIONAL;
    if (p->cAlpnIds > SCH_CRED_MAX_SUPPORTED_ALPN_IDS || !p->cAlpnIds != !p->rgstrAlpnIds)
        return SEC_E_INVALID_PARAMETER;
    for (DWORD i = 0; i < p->cAlpnIds; i++)
        if (!unicode_ok(&p->rgstrAlpnIds[i]) || !p->rgstrAlpnIds[i].Length)
            return SEC_E_INVALID_PARAMETER;
    return for_servers && !(use & SECPKG_CRED_INBOUND) ? SEC_E_INVALID_PARAMETER : SEC_E_OK;
}

/* What applies to all connections is part of OUT; the rest stays in the program's structure until
 * server_parameters reads it. */
static SECURITY_STATUS parse_tls_parameters(
        const TLS_PARAMETERS *p, ULONG use, struct auth_data *out)
{
    SECURITY_STATUS s = check_parameters(p, use);
    if (s != SEC_E_OK)
        return s;
    if (p->cAlpnIds || p->dwFlags & TLS_PARAMS_OPTIONAL) {
        struct tls_limits limits = {0};
        return parse_crypto(p, &limits);
    }
    out->disabled |= p->grbitDisabledProtocols;
    return parse_crypto(p, &out->limits);
}

static SECURITY_STATUS parse_sch_credentials(
        const SCH_CREDENTIALS *cred, ULONG use, struct auth_data *out)
{
    DWORD for_all = 0;
    SECURITY_STATUS s = check_format(cred->dwCredFormat);
    if (s != SEC_E_OK)
        return s;
    if (cred->cTlsParameters > SCH_CRED_MAX_SUPPORTED_PARAMETERS ||
            (cred->cTlsParameters && !cred->pTlsParameters))
        return SEC_E_INVALID_PARAMETER;
    out->certificates = cred->cCreds;
    out->certificate = cred->paCred;
    out->roots = cred->hRootStore;
    out->flags = cred->dwFlags;
    out->lifespan = cred->dwSessionLifespan;
    out->tls13 = TRUE;
    out->parameters = cred->pTlsParameters;
    out->parameter_count = cred->cTlsParameters;
    for (DWORD i = 0; i < cred->cTlsParameters && s == SEC_E_OK; i++) {
        for_all += !cred->pTlsParameters[i].cAlpnIds;
        s = for_all > 1 ? SEC_E_INVALID_PARAMETER
                        : parse_tls_parameters(&cred->pTlsParameters[i], use, out);
    }
    return s;
}

/* "Instructs Schannel to select only PSK cipher suites": there is no way to give a key. */
static SECURITY_STATUS check_flags(DWORD flags)
{
    return flags & SCH_USE_PRESHAREDKEY_ONLY ? SEC_E_ALGORITHM_MISMATCH : SEC_E_OK;
}

SECURITY_STATUS auth_data_parse(const void *auth_data, ULONG use, struct auth_data *out)
{
    ZeroMemory(out, sizeof(*out));
    if (!auth_data) {
        /* Defaults: no structure keeps TLS 1.3 from being offered, but Windows offers it to
         * SCH_CREDENTIALS only. */
        return SEC_E_OK;
    }
    SECURITY_STATUS s = SEC_E_UNKNOWN_CREDENTIALS;
    out->version = *(const DWORD *)auth_data; /* first member of every form */
    if (out->version == SCHANNEL_CRED_VERSION || out->version == SCH_CRED_V3)
        s = parse_schannel_cred(auth_data, out);
    else if (out->version == SCH_CREDENTIALS_VERSION)
        s = parse_sch_credentials(auth_data, use, out);
    if (s == SEC_E_OK)
        s = check_flags(out->flags);
    if (s != SEC_E_OK)
        return s;
    if (out->certificates &&
            (!out->certificate || out->certificates > SCH_CRED_MAX_SUPPORTED_CERTS))
        return SEC_E_UNKNOWN_CREDENTIALS;
    return SEC_E_OK;
}

/* One TLS_PARAMETERS that is only for some of a server's connections, checked before. */
static SECURITY_STATUS read_server_parameters(const TLS_PARAMETERS *p, struct tls_parameters **out)
{
    struct blob ids[SCH_CRED_MAX_SUPPORTED_ALPN_IDS] = {0};
    struct bytes views[SCH_CRED_MAX_SUPPORTED_ALPN_IDS];
    struct tls_limits limits = {0};
    SECURITY_STATUS s = parse_crypto(p, &limits);
    for (DWORD i = 0; i < p->cAlpnIds && s == SEC_E_OK; i++) {
        const UNICODE_STRING *id = &p->rgstrAlpnIds[i];
        struct bytes text = bytes_of(id->Buffer, id->Length);
        if (!id->Buffer[id->Length / sizeof(WCHAR) - 1])
            text.size -= sizeof(WCHAR); /* as curl counts texts */
        s = schannel_status(utf8_from_utf16(text, &ids[i]), NULL);
        views[i] = blob_view(&ids[i]);
    }
    if (s == SEC_E_OK)
        s = schannel_status(tls_parameters_new(views, p->cAlpnIds,
                                    versions_of_protocols(p->grbitDisabledProtocols, TRUE), &limits,
                                    (p->dwFlags & TLS_PARAMS_OPTIONAL) != 0, out),
                NULL);
    for (DWORD i = 0; i < p->cAlpnIds; i++)
        blob_free(&ids[i]);
    return s;
}

SECURITY_STATUS server_parameters(const struct auth_data *data, struct tls_parameters **list)
{
    SECURITY_STATUS s = SEC_E_OK;
    /* From the last: each goes before the others. */
    for (DWORD i = data->parameter_count; i-- > 0 && s == SEC_E_OK;) {
        const TLS_PARAMETERS *p = &data->parameters[i];
        if (p->cAlpnIds || p->dwFlags & TLS_PARAMS_OPTIONAL)
            s = read_server_parameters(p, list);
    }
    return s;
}
