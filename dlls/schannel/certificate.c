/* Certificates in and out of crypt32. */
#include "schannel.h"

void chain_free(struct chain *chain)
{
    for (ULONG i = 0; i < chain->count; i++)
        CertFreeCertificateContext(chain->certificates[i]);
    mem_free(chain->certificates, chain->count * sizeof(*chain->certificates));
    chain->certificates = NULL;
    chain->count = 0;
}

static BOOL is_self_signed(PCCERT_CONTEXT certificate)
{
    return CertCompareCertificateName(
            X509_ASN_ENCODING, &certificate->pCertInfo->Issuer, &certificate->pCertInfo->Subject);
}

static SECURITY_STATUS copy_chain(
        const CERT_SIMPLE_CHAIN *found, PCCERT_CONTEXT leaf, BOOL with_root, struct chain *chain)
{
    ULONG count = found ? found->cElement : 1;
    /* A self-signed leaf is sent; a root above it is known to who trusts it. */
    if (count > 1 && !with_root && is_self_signed(found->rgpElement[count - 1]->pCertContext))
        count--;
    chain->certificates = mem_alloc(count * sizeof(*chain->certificates));
    if (!chain->certificates)
        return SEC_E_INSUFFICIENT_MEMORY;
    /* The program's own context leads: it carries the properties that LOCAL_CERT_CONTEXT hands
     * back. */
    chain->certificates[0] = CertDuplicateCertificateContext(leaf);
    for (ULONG i = 1; i < count; i++)
        chain->certificates[i] =
                CertDuplicateCertificateContext(found->rgpElement[i]->pCertContext);
    chain->count = count;
    return SEC_E_OK;
}

SECURITY_STATUS chain_of_certificate(PCCERT_CONTEXT leaf, BOOL with_root, struct chain *chain)
{
    CERT_CHAIN_PARA para = {.cbSize = sizeof(para)};
    PCCERT_CHAIN_CONTEXT found = NULL;
    if (is_self_signed(leaf))
        return copy_chain(NULL, leaf, with_root, chain);
    /* Nothing is fetched over the network: issuers that are not at hand are not sent. */
    BOOL built = CertGetCertificateChain(NULL, leaf, NULL, leaf->hCertStore, &para,
            CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL, NULL, &found);
    const CERT_SIMPLE_CHAIN *simple =
            built && found->cChain && found->rgpChain[0]->cElement ? found->rgpChain[0] : NULL;
    SECURITY_STATUS s = copy_chain(simple, leaf, with_root, chain);
    if (built)
        CertFreeCertificateChain(found);
    return s;
}

void identities_free(struct identity *identities, ULONG count)
{
    for (ULONG i = 0; i < count; i++) {
        private_key_free(&identities[i].key);
        chain_free(&identities[i].chain);
    }
    mem_free(identities, count * sizeof(*identities));
}

SECURITY_STATUS identities_take(const PCCERT_CONTEXT *certificates, ULONG count, struct ssp_stamp now,
        BOOL with_root, struct identity **identities, ULONG *taken)
{
    struct identity *list = mem_alloc(count * sizeof(*list));
    SECURITY_STATUS s = list ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
    for (ULONG i = 0; s == SEC_E_OK && i < count; i++) {
        s = key_of_certificate(certificates[i], now, &list[i].key);
        if (s == SEC_E_OK)
            s = chain_of_certificate(certificates[i], with_root, &list[i].chain);
    }
    if (s != SEC_E_OK) {
        if (list)
            identities_free(list, count);
        return s;
    }
    *identities = list;
    *taken = count;
    return SEC_E_OK;
}

static BOOL add_to_store(HCERTSTORE store, struct bytes der, PCCERT_CONTEXT *added)
{
    return CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der.data, (DWORD)der.size,
            CERT_STORE_ADD_USE_EXISTING, added);
}

/* GnuTLS took the TLS key from these bytes by a parser of its own. CredSSP binds a login to the key
 * that crypt32 reads from them, so a certificate that could be read in two ways is none. */
static BOOL is_unambiguous(struct bytes der, PCCERT_CONTEXT certificate)
{
    const CRYPT_BIT_BLOB *read = &certificate->pCertInfo->SubjectPublicKeyInfo.PublicKey;
    struct blob key = {0};
    BOOL same = tls_certificate_public_key(der, &key) == ST_OK && !read->cUnusedBits &&
                bytes_equal(blob_view(&key), bytes_of(read->pbData, read->cbData));
    blob_free(&key);
    return same;
}

SECURITY_STATUS certificate_with_store(const struct bytes *der, size_t count, PCCERT_CONTEXT *leaf)
{
    PCCERT_CONTEXT first = NULL;
    HCERTSTORE store =
            CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, CERT_STORE_CREATE_NEW_FLAG, NULL);
    if (!store)
        return SEC_E_INSUFFICIENT_MEMORY;
    BOOL ok = count > 0 && add_to_store(store, der[0], &first) && is_unambiguous(der[0], first);
    for (size_t i = 1; ok && i < count; i++)
        ok = add_to_store(store, der[i], NULL);
    if (!ok && first)
        CertFreeCertificateContext(first);
    /* The store lives on in the context. */
    CertCloseStore(store, 0);
    if (!ok) {
        log_warn(ROOM,
                "the peer's chain holds something that crypt32 does not take for a "
                "certificate (0x%lx)",
                GetLastError());
        return SEC_E_CERT_UNKNOWN;
    }
    *leaf = first;
    return SEC_E_OK;
}
