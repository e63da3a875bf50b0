/* Attributes read off certificates: whose connection it is, who says so, how long that is good. */
#include "schannel.h"

static WCHAR *name_text(CERT_NAME_BLOB *name)
{
    DWORD size = CertNameToStrW(X509_ASN_ENCODING, name, CERT_X500_NAME_STR, NULL, 0);
    WCHAR *text = ssp_heap_alloc(size * sizeof(*text));
    if (text)
        CertNameToStrW(X509_ASN_ENCODING, name, CERT_X500_NAME_STR, text, size);
    return text;
}

/* The peer's leaf; free it with CertFreeCertificateContext. */
static SECURITY_STATUS remote(struct context *c, PCCERT_CONTEXT *leaf)
{
    return query_remote_certificate(c, leaf);
}

SECURITY_STATUS query_names(struct context *c, void *buffer)
{
    PCCERT_CONTEXT leaf;
    SECURITY_STATUS s = remote(c, &leaf);
    if (s != SEC_E_OK)
        return s;
    WCHAR *name = name_text(&leaf->pCertInfo->Subject);
    CertFreeCertificateContext(leaf);
    if (!name)
        return SEC_E_INSUFFICIENT_MEMORY;
    ((SecPkgContext_NamesW *)buffer)->sUserName = name;
    return SEC_E_OK;
}

SECURITY_STATUS query_authority(struct context *c, void *buffer)
{
    PCCERT_CONTEXT leaf;
    SECURITY_STATUS s = remote(c, &leaf);
    if (s != SEC_E_OK)
        return s;
    WCHAR *name = name_text(&leaf->pCertInfo->Issuer);
    CertFreeCertificateContext(leaf);
    if (!name)
        return SEC_E_INSUFFICIENT_MEMORY;
    ((SecPkgContext_AuthorityW *)buffer)->sAuthorityName = name;
    return SEC_E_OK;
}

TimeStamp timestamp_of(FILETIME time)
{
    TimeStamp stamp;
    stamp.u.LowPart = time.dwLowDateTime;
    stamp.u.HighPart = (LONG)time.dwHighDateTime;
    return stamp;
}

/* That of the server's certificate, for both sides: the peer's, or our own. */
SECURITY_STATUS query_lifespan(struct context *c, void *buffer)
{
    SecPkgContext_Lifespan *out = buffer;
    PCCERT_CONTEXT leaf;
    SECURITY_STATUS s =
            c->server ? query_local_certificate(c, &leaf) : query_remote_certificate(c, &leaf);
    if (s != SEC_E_OK)
        return s;
    out->tsStart = ssp_local_time(timestamp_of(leaf->pCertInfo->NotBefore));
    out->tsExpiry = ssp_local_time(timestamp_of(leaf->pCertInfo->NotAfter));
    CertFreeCertificateContext(leaf);
    return SEC_E_OK;
}

SECURITY_STATUS certificate_subject(PCCERT_CONTEXT certificate, WCHAR **name)
{
    *name = name_text(&certificate->pCertInfo->Subject);
    return *name ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}
