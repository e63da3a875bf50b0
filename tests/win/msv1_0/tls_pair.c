/* The channel bindings of a real TLS session: see tls_pair.h. */
#include "../schannel/pair.c"
#include "tls_pair.h"

#define OTHER L"opensspi-test-other-channel"

SEC_CHANNEL_BINDINGS *tls_bindings(BOOL server, BOOL other, ULONG *size)
{
    PCCERT_CONTEXT certificate = other ? make_certificate(OTHER, TRUE) : test_certificate();
    struct options o = {.server_certificate = certificate,
            .client_flags = SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_NO_DEFAULT_CREDS};
    struct pair *p = calloc(1, sizeof(*p));
    SecPkgContext_Bindings bindings = {0};
    SEC_CHANNEL_BINDINGS *copy = NULL;
    SECURITY_STATUS status;

    pair_setup();
    pair_open(p, &o);
    status = sspi->QueryContextAttributesW(
            server ? &p->server : &p->client, SECPKG_ATTR_ENDPOINT_BINDINGS, &bindings);
    ok(status == SEC_E_OK, "ENDPOINT_BINDINGS %08lx\n", status);
    *size = bindings.BindingsLength;
    if (status == SEC_E_OK) {
        copy = malloc(*size);
        memcpy(copy, bindings.Bindings, *size);
        sspi->FreeContextBuffer(bindings.Bindings);
    }
    pair_close(p);
    free(p);
    if (other) {
        CertFreeCertificateContext(certificate);
        delete_container(OTHER);
    }
    return copy;
}
