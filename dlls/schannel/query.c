/* QueryContextAttributes ("QueryContextAttributes (Schannel)"): a table of attributes. */
#include "schannel.h"

static SECURITY_STATUS query_stream_sizes(struct context *c, void *buffer)
{
    SecPkgContext_StreamSizes *out = buffer;
    struct tls_sizes sizes;
    enum status s = tls_sizes(c->tls, &sizes);
    if (s != ST_OK)
        return schannel_status(s, c->tls);
    out->cbHeader = (ULONG)sizes.header;
    out->cbTrailer = (ULONG)sizes.trailer;
    out->cbMaximumMessage = (ULONG)sizes.max_data;
    out->cBuffers = 4;
    out->cbBlockSize = (ULONG)sizes.block;
    return SEC_E_OK;
}

/* TLS 1.3 has no session id any more: what its ServerHello repeats is given. */
static SECURITY_STATUS query_session_info(struct context *c, void *buffer)
{
    SecPkgContext_SessionInfo *out = buffer;
    struct tls_info info;
    enum status s = tls_query(c->tls, &info);
    if (s != ST_OK)
        return schannel_status(s, c->tls);
    ZeroMemory(out, sizeof(*out));
    out->dwFlags = info.resumed ? SSL_SESSION_RECONNECT : 0;
    out->cbSessionId = (DWORD)min(info.session_id.size, sizeof(out->rgbSessionId));
    CopyMemory(out->rgbSessionId, info.session_id.data, out->cbSessionId);
    return SEC_E_OK;
}

static SECURITY_STATUS query_package_info(struct context *c, void *buffer)
{
    SecPkgContext_PackageInfoW *out = buffer;
    return ssp_package_copy_w(c->credential->package, 1, &out->PackageInfo);
}

static SECURITY_STATUS query_application_protocol(struct context *c, void *buffer)
{
    SecPkgContext_ApplicationProtocol *out = buffer;
    struct tls_info info;
    enum status s = tls_query(c->tls, &info);
    if (s != ST_OK)
        return schannel_status(s, c->tls);
    ZeroMemory(out, sizeof(*out));
    if (!info.alpn.size || info.alpn.size > MAX_PROTOCOL_ID_SIZE)
        return SEC_E_OK; /* status and extension None */
    out->ProtoNegoStatus = SecApplicationProtocolNegotiationStatus_Success;
    out->ProtoNegoExt = SecApplicationProtocolNegotiationExt_ALPN;
    out->ProtocolIdSize = (unsigned char)info.alpn.size;
    CopyMemory(out->ProtocolId, info.alpn.data, info.alpn.size);
    return SEC_E_OK;
}

/* "SecPkgContext_Sizes": MakeSignature does not exist here; a message costs its header and trailer. */
static SECURITY_STATUS query_sizes(struct context *c, void *buffer)
{
    SecPkgContext_Sizes *out = buffer;
    struct tls_sizes sizes;
    enum status s = tls_sizes(c->tls, &sizes);
    if (s != ST_OK)
        return schannel_status(s, c->tls);
    out->cbMaxToken = c->credential->package->cbMaxToken;
    out->cbMaxSignature = 0;
    out->cbBlockSize = (ULONG)sizes.block;
    out->cbSecurityTrailer = (ULONG)(sizes.header + sizes.trailer);
    return SEC_E_OK;
}

/* TLS 1.3 is version 1.3 of the protocol TLS (RFC 8446), whatever its records say. */
static SECURITY_STATUS query_protocol(struct context *c, void *buffer)
{
    SecPkgContext_ProtoInfoW *out = buffer;
    struct tls_info info;
    enum status s = tls_query(c->tls, &info);
    if (s != ST_OK)
        return schannel_status(s, c->tls);
    WCHAR *name = ssp_heap_text(ssp_text(info.version & (DTLS_V1_0 | DTLS_V1_2) ? L"DTLS" : L"TLS"));
    if (!name)
        return SEC_E_INSUFFICIENT_MEMORY;
    out->sProtocolName = name;
    out->majorVersion = 1;
    out->minorVersion = info.version == TLS_V1_3                            ? 3
                        : info.version == TLS_V1_2 || info.version == DTLS_V1_2 ? 2
                        : info.version == TLS_V1_1                          ? 1
                                                                            : 0;
    return SEC_E_OK;
}

static SECURITY_STATUS query_flags(struct context *c, void *buffer)
{
    ((SecPkgContext_Flags *)buffer)->Flags = c->attributes;
    return SEC_E_OK;
}

static SECURITY_STATUS query_extensions(struct context *c, void *buffer)
{
    SecPkgContext_NegotiatedTlsExtensions *out = buffer;
    struct tls_info info;
    enum status s = tls_query(c->tls, &info);
    if (s != ST_OK)
        return schannel_status(s, c->tls);
    unsigned short *copy = ssp_heap_alloc(max(info.extension_count, 1) * sizeof(*copy));
    if (!copy)
        return SEC_E_INSUFFICIENT_MEMORY;
    CopyMemory(copy, info.extensions, info.extension_count * sizeof(*copy));
    out->ExtensionsCount = (ULONG)info.extension_count;
    out->Extensions = copy;
    return SEC_E_OK;
}

/* "SecPkgContext_SupportedSignatures": the algorithm is the upper byte, the hash the lower; on the
 * wire they come the other way round. */
static SECURITY_STATUS query_signatures(struct context *c, void *buffer)
{
    SecPkgContext_SupportedSignatures *out = buffer;
    uint16_t list[TLS_SIGNATURES_MAX];
    size_t count = 0;
    enum status s = tls_signatures(c->tls, list, &count);
    if (s != ST_OK)
        return schannel_status(s, c->tls);
    WORD *copy = ssp_heap_alloc(max(count, 1) * sizeof(*copy));
    if (!copy)
        return SEC_E_INSUFFICIENT_MEMORY;
    for (size_t i = 0; i < count; i++)
        copy[i] = (WORD)(list[i] << 8 | list[i] >> 8);
    out->cSignatureAndHashAlgorithms = (WORD)count;
    out->pSignatureAndHashAlgorithms = copy;
    return SEC_E_OK;
}

static SECURITY_STATUS query_app_data(struct context *c, void *buffer)
{
    SecPkgContext_SessionAppData *out = buffer;
    BYTE *copy = ssp_heap_alloc(max(c->app_data.size, 1));
    if (!copy)
        return SEC_E_INSUFFICIENT_MEMORY;
    CopyMemory(copy, c->app_data.data, c->app_data.size);
    out->dwFlags = 0;
    out->cbAppData = (DWORD)c->app_data.size;
    out->pbAppData = copy;
    return SEC_E_OK;
}

static const struct row {
    ULONG attribute;
    BOOL any_time; /* else after the handshake only */
    SECURITY_STATUS (*query)(struct context *c, void *buffer);
} rows[] = {
        {SECPKG_ATTR_SIZES, FALSE, query_sizes},
        {SECPKG_ATTR_NAMES, FALSE, query_names},
        {SECPKG_ATTR_LIFESPAN, FALSE, query_lifespan},
        {SECPKG_ATTR_STREAM_SIZES, FALSE, query_stream_sizes},
        {SECPKG_ATTR_KEY_INFO, FALSE, query_key_info},
        {SECPKG_ATTR_AUTHORITY, FALSE, query_authority},
        {SECPKG_ATTR_PROTO_INFO, FALSE, query_protocol},
        {SECPKG_ATTR_PACKAGE_INFO, TRUE, query_package_info},
        {SECPKG_ATTR_FLAGS, TRUE, query_flags},
        {SECPKG_ATTR_UNIQUE_BINDINGS, FALSE, query_unique_bindings},
        {SECPKG_ATTR_ENDPOINT_BINDINGS, FALSE, query_endpoint_bindings},
        {SECPKG_ATTR_APPLICATION_PROTOCOL, FALSE, query_application_protocol},
        {SECPKG_ATTR_NEGOTIATED_TLS_EXTENSIONS, FALSE, query_extensions},
        {SECPKG_ATTR_REMOTE_CERT_CONTEXT, FALSE, query_remote_certificate},
        {SECPKG_ATTR_REMOTE_CERT_CHAIN, FALSE, query_remote_certificate},
        {SECPKG_ATTR_REMOTE_CERTIFICATES, FALSE, query_remote_certificates},
        {SECPKG_ATTR_ROOT_STORE, TRUE, query_root_store},
        {SECPKG_ATTR_LOCAL_CERT_CONTEXT, FALSE, query_local_certificate},
        {SECPKG_ATTR_ISSUER_LIST_EX, TRUE, query_issuer_list},
        {SECPKG_ATTR_SESSION_INFO, FALSE, query_session_info},
        {SECPKG_ATTR_CONNECTION_INFO, FALSE, query_connection_info},
        {SECPKG_ATTR_CONNECTION_INFO_EX, FALSE, query_connection_info_ex},
        {SECPKG_ATTR_CIPHER_INFO, FALSE, query_cipher_info},
        {SECPKG_ATTR_DTLS_MTU, TRUE, datagram_query_mtu},
        {SECPKG_ATTR_SRTP_PARAMETERS, FALSE, query_srtp},
        {SECPKG_ATTR_SUPPORTED_SIGNATURES, FALSE, query_signatures},
        {SECPKG_ATTR_APP_DATA, TRUE, query_app_data},
        {SECPKG_ATTR_EAP_KEY_BLOCK, FALSE, query_eap_key_block},
        {SECPKG_ATTR_KEYING_MATERIAL, FALSE, query_keying_material},
        {SECPKG_ATTR_CERT_CHECK_RESULT, FALSE, query_check_result},
        {SECPKG_ATTR_CERT_CHECK_RESULT_INPROC, FALSE, query_check_result},
};

SECURITY_STATUS context_query(struct ssp_object *object, ULONG attribute, void *buffer)
{
    struct context *c = (struct context *)object;
    SECURITY_STATUS s = SEC_E_UNSUPPORTED_FUNCTION;
    context_lock(c);
    BOOL done = c->phase == PHASE_OPEN || c->phase == PHASE_SHUT;
    for (size_t i = 0; i < ARRAYSIZE(rows); i++)
        if (rows[i].attribute == attribute)
            s = done || rows[i].any_time ? rows[i].query(c, buffer) : SEC_E_INVALID_HANDLE;
    context_unlock(c);
    return s;
}

static SECURITY_STATUS set_app_data(struct context *c, const void *buffer)
{
    const SecPkgContext_SessionAppData *in = buffer;
    if (in->cbAppData && !in->pbAppData)
        return SEC_E_INVALID_PARAMETER;
    return schannel_status(blob_set(&c->app_data, bytes_of(in->pbAppData, in->cbAppData)), NULL);
}

/* False Start is never tried: asking for it is refused, declining it is not. */
static SECURITY_STATUS set_early_start(struct context *c, const void *buffer)
{
    (void)c;
    const SecPkgContext_EarlyStart *in = buffer;
    return in->dwEarlyStartFlags ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_OK;
}

static const struct set_row {
    ULONG attribute, size;
    SECURITY_STATUS (*set)(struct context *c, const void *buffer);
} set_rows[] = {
        {SECPKG_ATTR_DTLS_MTU, sizeof(ULONG), datagram_set_mtu},
        {SECPKG_ATTR_APP_DATA, sizeof(SecPkgContext_SessionAppData), set_app_data},
        {SECPKG_ATTR_EAP_PRF_INFO, sizeof(SecPkgContext_EapPrfInfo), set_eap_prf},
        {SECPKG_ATTR_EARLY_START, sizeof(SecPkgContext_EarlyStart), set_early_start},
        {SECPKG_ATTR_KEYING_MATERIAL_INFO, sizeof(SecPkgContext_KeyingMaterialInfo),
                set_keying_material_info},
};

/* SetContextAttributes ("SetContextAttributes function"). */
SECURITY_STATUS context_set(
        struct ssp_object *object, ULONG attribute, const void *buffer, ULONG size)
{
    struct context *c = (struct context *)object;
    SECURITY_STATUS s = SEC_E_UNSUPPORTED_FUNCTION;
    context_lock(c);
    for (size_t i = 0; i < ARRAYSIZE(set_rows); i++)
        if (set_rows[i].attribute == attribute)
            s = buffer && size >= set_rows[i].size ? set_rows[i].set(c, buffer)
                                                   : SEC_E_INVALID_PARAMETER;
    context_unlock(c);
    return s;
}
