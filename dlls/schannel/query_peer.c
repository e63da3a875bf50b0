/* Attributes about who is there: certificates and the channel bindings made from them (RFC 5929).
 */
#include "schannel.h"
#include "base/writer.h"

/* At least one; views into the session. */
static SECURITY_STATUS peer_chain(struct context *c, const struct bytes **chain, size_t *count)
{
    enum status s = tls_peer_chain(c->tls, chain, count);
    if (s != ST_OK)
        return schannel_status(s, c->tls);
    return *count ? SEC_E_OK : SEC_E_NO_CREDENTIALS;
}

SECURITY_STATUS query_remote_certificate(struct context *c, void *buffer)
{
    const struct bytes *chain;
    size_t count = 0;
    SECURITY_STATUS s = peer_chain(c, &chain, &count);
    return s == SEC_E_OK ? certificate_with_store(chain, count, (PCCERT_CONTEXT *)buffer) : s;
}

/* schannel.h of the SDK: of each certificate, as it came, its length in 4 bytes and then itself. */
SECURITY_STATUS query_remote_certificates(struct context *c, void *buffer)
{
    SecPkgContext_Certificates *out = buffer;
    const struct bytes *chain;
    struct writer w = {0};
    struct blob list = {0};
    size_t count = 0;
    SECURITY_STATUS s = peer_chain(c, &chain, &count);
    if (s != SEC_E_OK)
        return s;
    for (size_t i = 0; i < count; i++) {
        writer_u32le(&w, (uint32_t)chain[i].size);
        writer_bytes(&w, chain[i]);
    }
    if (writer_finish(&w, &list) != ST_OK)
        return SEC_E_INSUFFICIENT_MEMORY;
    BYTE *copy = ssp_heap_alloc(list.size);
    if (copy) {
        CopyMemory(copy, list.data, list.size);
        out->cCertificates = (DWORD)count;
        out->cbCertificateChain = (DWORD)list.size;
        out->pbCertificateChain = copy;
    }
    blob_free(&list);
    return copy ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* Who decides on the peer's chain: hRootStore of the credential, else the user's roots. The program
 * closes it. */
SECURITY_STATUS query_root_store(struct context *c, void *buffer)
{
    HCERTSTORE store = c->credential->roots ? CertDuplicateStore(c->credential->roots)
                                            : CertOpenSystemStoreW(0, L"ROOT");
    if (!store)
        return SEC_E_INTERNAL_ERROR;
    *(HCERTSTORE *)buffer = store;
    return SEC_E_OK;
}

static BOOL is_certificate(PCCERT_CONTEXT certificate, struct bytes der)
{
    return bytes_equal(bytes_of(certificate->pbCertEncoded, certificate->cbCertEncoded), der);
}

/* The program's own context, so that its key properties are there. */
SECURITY_STATUS query_local_certificate(struct context *c, void *buffer)
{
    struct bytes used;
    enum status s = tls_own_certificate(c->tls, &used);
    if (s != ST_OK)
        return schannel_status(s, c->tls);
    const struct credential *shown = c->shown ? c->shown : c->credential;
    if (!used.size || !shown->chain.count)
        return SEC_E_NO_CREDENTIALS;
    PCCERT_CONTEXT leaf = shown->chain.certificates[0];
    for (ULONG i = 0; i < shown->other_count; i++)
        if (is_certificate(shown->others[i].chain.certificates[0], used))
            leaf = shown->others[i].chain.certificates[0];
    *(PCCERT_CONTEXT *)buffer = CertDuplicateCertificateContext(leaf);
    return SEC_E_OK;
}

/* SEC_CHANNEL_BINDINGS with the prefix and the binding as application data, in one block. */
static SECURITY_STATUS give_bindings(struct bytes prefix, struct bytes binding, void *buffer)
{
    SecPkgContext_Bindings *out = buffer;
    size_t size = prefix.size + binding.size;
    SEC_CHANNEL_BINDINGS *b = ssp_heap_alloc(sizeof(*b) + size);
    if (!b)
        return SEC_E_INSUFFICIENT_MEMORY;
    b->cbApplicationDataLength = (ULONG)size;
    b->dwApplicationDataOffset = sizeof(*b);
    CopyMemory(b + 1, prefix.data, prefix.size);
    CopyMemory((BYTE *)(b + 1) + prefix.size, binding.data, binding.size);
    out->Bindings = b;
    out->BindingsLength = (ULONG)(sizeof(*b) + size);
    return SEC_E_OK;
}

static SECURITY_STATUS query_bindings(
        struct context *c, enum tls_binding kind, struct bytes prefix, void *buffer)
{
    struct blob binding = {0};
    SECURITY_STATUS s = schannel_status(tls_channel_binding(c->tls, kind, &binding), c->tls);
    if (s == SEC_E_OK)
        s = give_bindings(prefix, blob_view(&binding), buffer);
    blob_free(&binding);
    return s;
}

SECURITY_STATUS query_unique_bindings(struct context *c, void *buffer)
{
    return query_bindings(c, TLS_BINDING_UNIQUE, BYTES_LITERAL("tls-unique:"), buffer);
}

SECURITY_STATUS query_endpoint_bindings(struct context *c, void *buffer)
{
    return query_bindings(
            c, TLS_BINDING_SERVER_END_POINT, BYTES_LITERAL("tls-server-end-point:"), buffer);
}
