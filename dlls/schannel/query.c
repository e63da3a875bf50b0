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

static const struct row {
    ULONG attribute;
    BOOL any_time; /* else after the handshake only */
    SECURITY_STATUS (*query)(struct context *c, void *buffer);
} rows[] = {
        {SECPKG_ATTR_STREAM_SIZES, FALSE, query_stream_sizes},
        {SECPKG_ATTR_KEY_INFO, FALSE, query_key_info},
        {SECPKG_ATTR_PACKAGE_INFO, TRUE, query_package_info},
        {SECPKG_ATTR_UNIQUE_BINDINGS, FALSE, query_unique_bindings},
        {SECPKG_ATTR_ENDPOINT_BINDINGS, FALSE, query_endpoint_bindings},
        {SECPKG_ATTR_APPLICATION_PROTOCOL, FALSE, query_application_protocol},
        {SECPKG_ATTR_REMOTE_CERT_CONTEXT, FALSE, query_remote_certificate},
        {SECPKG_ATTR_LOCAL_CERT_CONTEXT, FALSE, query_local_certificate},
        {SECPKG_ATTR_ISSUER_LIST_EX, TRUE, query_issuer_list},
        {SECPKG_ATTR_SESSION_INFO, FALSE, query_session_info},
        {SECPKG_ATTR_CONNECTION_INFO, FALSE, query_connection_info},
        {SECPKG_ATTR_CIPHER_INFO, FALSE, query_cipher_info},
        {SECPKG_ATTR_DTLS_MTU, TRUE, datagram_query_mtu},
        {SECPKG_ATTR_SRTP_PARAMETERS, FALSE, query_srtp},
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

static const struct set_row {
    ULONG attribute, size;
    SECURITY_STATUS (*set)(struct context *c, const void *buffer);
} set_rows[] = {
        {SECPKG_ATTR_DTLS_MTU, sizeof(ULONG), datagram_set_mtu},
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
