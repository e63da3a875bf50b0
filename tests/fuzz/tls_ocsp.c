/* Answers about a certificate: the first byte chooses of what kind. What is believed was signed so.
 *
 *   0  an OCSP response, about the recorded leaf
 *   1  a revocation list of its issuer
 *   2  the same response about another certificate (the issuer's own)
 */
#include <string.h>
#include "base/der.h"
#include "fuzz.h"
#include "tls/internal.h"
#include "tls_recorded.h"
#include "unhex.h"

static const char *const list[] = {"00" RECORDED_OCSP_GOOD, "00" RECORDED_OCSP_REVOKED,
        "00" RECORDED_OCSP_DELEGATED, "01" RECORDED_CRL, "02" RECORDED_OCSP_GOOD, NULL};
const char *const *fuzz_seeds = list;
unsigned fuzz_cost = 4;
static struct blob leaf, issuer, root, good, revoked, delegated, crl;
static gnutls_x509_crt_t parsed_leaf;
static bool heard[3], listed; /* by enum tls_revocation; a list was good */

/* What is signed of a list (RFC 5280 5.1): its first element. */
static struct bytes list_part(struct bytes der)
{
    struct reader r = reader_on(der);
    struct reader inside = der_enter(&r, DER_SEQUENCE);
    return der_get_any(&inside, NULL);
}

/* And of a response (RFC 6960 4.2.1): of the BasicOCSPResponse inside. */
static struct bytes answer_part(struct bytes der)
{
    struct reader r = reader_on(der);
    struct reader response = der_enter(&r, DER_SEQUENCE);
    (void)der_get_any(&response, NULL);
    struct reader tagged = der_enter(&response, DER_CONTEXT(0));
    struct reader bytes = der_enter(&tagged, DER_SEQUENCE);
    (void)der_get_any(&bytes, NULL);
    return list_part(der_get(&bytes, DER_OCTET_STRING));
}

/* What is around it nobody signs, and GnuTLS is lenient with its lengths. */
static bool is_of(struct bytes der, const struct blob *recorded)
{
    struct bytes part = answer_part(blob_view(recorded));
    FUZZ_HOLDS(part.size > 32);
    for (size_t i = 0; i + part.size <= der.size; i++)
        if (!memcmp(der.data + i, part.data, part.size))
            return true;
    return false;
}

static void about_leaf(struct bytes der)
{
    enum tls_revocation said = tls_ocsp_answer(der, blob_view(&leaf), blob_view(&issuer), RECORDED_AT);
    if (said == TLS_REVOCATION_GOOD)
        FUZZ_HOLDS(is_of(der, &good) || is_of(der, &delegated));
    if (said == TLS_REVOCATION_REVOKED)
        FUZZ_HOLDS(is_of(der, &revoked));
    heard[said] = true;
    /* A week later, or by another issuer, nothing counts. */
    FUZZ_HOLDS(tls_ocsp_answer(der, blob_view(&leaf), blob_view(&issuer), RECORDED_AT + 7 * 86400) ==
               TLS_REVOCATION_UNKNOWN);
    FUZZ_HOLDS(tls_ocsp_answer(der, blob_view(&leaf), blob_view(&root), RECORDED_AT) ==
               TLS_REVOCATION_UNKNOWN);
}

static enum tls_revocation list_says(struct bytes der, const struct blob *by, int64_t now)
{
    return tls_crl_answer(der, blob_view(&leaf), blob_view(by), now);
}

/* The whole is read as well as what is signed; what is read must do no harm, signed or not (crl_says). */
static void about_list(struct bytes der)
{
    bool is = list_says(der, &issuer, RECORDED_AT) != TLS_REVOCATION_UNKNOWN;
    listed |= is;
    if (is)
        FUZZ_HOLDS(bytes_equal(list_part(der), list_part(blob_view(&crl))));
    FUZZ_HOLDS(list_says(der, &root, RECORDED_AT) == TLS_REVOCATION_UNKNOWN);
    FUZZ_HOLDS(list_says(der, &issuer, RECORDED_AT + 7 * 86400) == TLS_REVOCATION_UNKNOWN);
    (void)crl_says(der, parsed_leaf);
}

void fuzz_prepare(void)
{
    leaf = unhex(RECORDED_LEAF);
    issuer = unhex(RECORDED_ISSUER);
    FUZZ_HOLDS((parsed_leaf = certificate_of(blob_view(&leaf))) != NULL);
    root = unhex(RECORDED_ROOT);
    good = unhex(RECORDED_OCSP_GOOD);
    revoked = unhex(RECORDED_OCSP_REVOKED);
    delegated = unhex(RECORDED_OCSP_DELEGATED);
    crl = unhex(RECORDED_CRL);
    /* All of them are believed. */
    about_leaf(blob_view(&good));
    about_leaf(blob_view(&revoked));
    about_list(blob_view(&crl));
    FUZZ_HOLDS(heard[TLS_REVOCATION_GOOD] && heard[TLS_REVOCATION_REVOKED] && listed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    struct bytes der = bytes_of(data + 1, size - 1);
    if (data[0] % 3 == 0)
        about_leaf(der);
    else if (data[0] % 3 == 1)
        about_list(der);
    else
        FUZZ_HOLDS(tls_ocsp_answer(der, blob_view(&issuer), blob_view(&issuer), RECORDED_AT) ==
                   TLS_REVOCATION_UNKNOWN);
    return 0;
}
