/* Certificates and names, compared by the bytes that they are encoded in. */
#ifndef TESTS_WIN_CERTIFICATES_H
#define TESTS_WIN_CERTIFICATES_H

static BOOL same_certificate(PCCERT_CONTEXT a, PCCERT_CONTEXT b)
{
    return a && b && a->cbCertEncoded == b->cbCertEncoded &&
           !memcmp(a->pbCertEncoded, b->pbCertEncoded, a->cbCertEncoded);
}

/* How often ISSUER_LIST_EX has the subject of this authority. */
static unsigned times_named(const SecPkgContext_IssuerListInfoEx *list, PCCERT_CONTEXT authority)
{
    const CERT_NAME_BLOB *name = &authority->pCertInfo->Subject;
    unsigned count = 0;
    DWORD i;

    for (i = 0; i < list->cIssuers; i++)
        count += list->aIssuers[i].cbData == name->cbData &&
                 !memcmp(list->aIssuers[i].pbData, name->pbData, name->cbData);
    return count;
}

#endif
