/* What an OCSP response says of a certificate (RFC 6960). An answer counts if the issuer, or one whom he has
 * named for this, signed it, and if it is of now. crl.c: what a list says. */
#include <gnutls/ocsp.h>
#include <gnutls/x509.h>
#include "internal.h"
#include "base/log.h"

static gnutls_datum_t datum_of(struct bytes b)
{
    gnutls_datum_t d = {(unsigned char *)(uintptr_t)b.data, (unsigned)b.size};
    return d;
}

/* The responder is the issuer, or has a certificate of his for OCSP signing in the response. */
static bool is_signed(gnutls_ocsp_resp_t response, gnutls_x509_crt_t issuer)
{
    unsigned status = GNUTLS_OCSP_VERIFY_UNTRUSTED_SIGNER;
    if (sign_is_weak(gnutls_ocsp_resp_get_signature_algorithm(response)))
        return false;
    return gnutls_ocsp_resp_verify_direct(response, issuer, &status, 0) >= 0 && !status;
}

/* Five minutes for clocks that differ; without nextUpdate an answer is good for a day (?). */
bool revocation_is_current(time_t this_update, time_t next_update, int64_t now)
{
    enum { SLACK = 300, DAY = 86400 };
    int64_t end = next_update == (time_t)-1 ? (int64_t)this_update + DAY : (int64_t)next_update;
    return this_update != (time_t)-1 && this_update <= now + SLACK && end + SLACK >= now;
}

static enum tls_revocation read_answer(
        gnutls_ocsp_resp_t response, gnutls_x509_crt_t certificate, int64_t now)
{
    unsigned index, status;
    time_t this_update, next_update;
    for (index = 0;; index++) {
        /* Not of this index: GnuTLS says which certificate it is about by comparing. */
        if (gnutls_ocsp_resp_get_single(response, index, NULL, NULL, NULL, NULL, &status,
                    &this_update, &next_update, NULL, NULL) < 0)
            return TLS_REVOCATION_UNKNOWN;
        if (gnutls_ocsp_resp_check_crt(response, index, certificate) >= 0)
            break;
    }
    if (!revocation_is_current(this_update, next_update, now))
        return TLS_REVOCATION_UNKNOWN;
    return status == GNUTLS_OCSP_CERT_REVOKED ? TLS_REVOCATION_REVOKED
           : status == GNUTLS_OCSP_CERT_GOOD  ? TLS_REVOCATION_GOOD
                                              : TLS_REVOCATION_UNKNOWN;
}

static enum tls_revocation judge(
        gnutls_ocsp_resp_t response, struct bytes certificate, struct bytes issuer, int64_t now)
{
    gnutls_x509_crt_t about = certificate_of(certificate), by = certificate_of(issuer);
    enum tls_revocation answer = TLS_REVOCATION_UNKNOWN;
    if (about && by && gnutls_ocsp_resp_get_status(response) == GNUTLS_OCSP_RESP_SUCCESSFUL &&
            is_signed(response, by))
        answer = read_answer(response, about, now);
    if (about)
        gnutls_x509_crt_deinit(about);
    if (by)
        gnutls_x509_crt_deinit(by);
    return answer;
}

enum tls_revocation tls_ocsp_answer(
        struct bytes response, struct bytes certificate, struct bytes issuer, int64_t now)
{
    gnutls_ocsp_resp_t parsed;
    gnutls_datum_t der = datum_of(response);
    enum tls_revocation answer = TLS_REVOCATION_UNKNOWN;
    if (!response.size || tls_start() || gnutls_ocsp_resp_init(&parsed) < 0)
        return answer;
    if (gnutls_ocsp_resp_import(parsed, &der) >= 0)
        answer = judge(parsed, certificate, issuer, now);
    gnutls_ocsp_resp_deinit(parsed);
    if (answer == TLS_REVOCATION_UNKNOWN)
        log_info("tls", "an OCSP response says nothing: not signed for its issuer, not of now, or "
                        "not about this certificate");
    return answer;
}

struct bytes tls_peer_ocsp(struct tls_session *s)
{
    gnutls_datum_t response = {0};
    if (gnutls_ocsp_status_request_get2(s->gnutls, 0, &response) < 0)
        return bytes_of(NULL, 0);
    return bytes_of(response.data, response.size);
}

/* RFC 7633: the extension's value is a SEQUENCE OF INTEGER; 5 is status_request. One that cannot be read, for want
 * of memory too, may have promised it. */
bool tls_must_staple(struct bytes certificate)
{
    enum { STATUS_REQUEST = 5 };
    gnutls_x509_crt_t parsed = tls_start() ? NULL : certificate_of(certificate);
    gnutls_x509_tlsfeatures_t features = NULL;
    unsigned feature;
    if (!parsed)
        return true;
    int error = gnutls_x509_tlsfeatures_init(&features);
    if (error >= 0)
        error = gnutls_x509_crt_get_tlsfeatures(parsed, features, 0, NULL);
    bool must = error < 0 && error != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
    for (unsigned i = 0; error >= 0 && !must && gnutls_x509_tlsfeatures_get(features, i, &feature) >= 0; i++)
        must = feature == STATUS_REQUEST;
    if (features)
        gnutls_x509_tlsfeatures_deinit(features);
    gnutls_x509_crt_deinit(parsed);
    return must;
}
