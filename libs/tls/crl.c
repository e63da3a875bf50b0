/* What a certificate revocation list says of a certificate: RFC 5280 5 and 6.3.3.
 *
 * Only complete lists of the certificate's own issuer are judged. What we cannot judge says nothing,
 * never "good": lists of changes (deltaCRLIndicator), lists that also speak of other issuers'
 * certificates (indirectCRL), lists whose scope the certificate is not in, and critical extensions
 * that we do not know. GnuTLS knows the
 * algorithms; it has no functions for the rest.
 */
#include "internal.h"
#include "base/der.h"
#include "base/log.h"

/* OIDs without tag and length: 2.5.29.N. */
enum {
    ID_CE = 0x551d, /* 2.5.29 */
    CRL_REASONS = 21,
    INVALIDITY_DATE = 24,
    DELTA_INDICATOR = 27,
    DISTRIBUTION_POINT = 28, /* IssuingDistributionPoint */
    NO_ID_CE = 0,
};

/* CertificateList ::= SEQUENCE { tbsCertList, signatureAlgorithm, signatureValue }
 * TBSCertList ::= SEQUENCE { version INTEGER OPTIONAL, signature, issuer, thisUpdate, nextUpdate
 *     OPTIONAL, revokedCertificates SEQUENCE OF SEQUENCE { userCertificate INTEGER, revocationDate,
 *     crlEntryExtensions OPTIONAL } OPTIONAL, crlExtensions [0] OPTIONAL } */
struct list {
    struct bytes issuer; /* Name, whole */
    struct bytes revoked; /* contents */
    struct bytes extensions; /* contents of the SEQUENCE */
};

static bool is_time(int tag)
{
    return tag == 0x17 || tag == 0x18; /* UTCTime, GeneralizedTime */
}

static bool read_list(struct bytes der, struct list *l)
{
    struct reader r = reader_on(der), none = reader_on(bytes_of(NULL, 0));
    struct reader outer = der_enter(&r, DER_SEQUENCE), tbs = der_enter(&outer, DER_SEQUENCE);
    struct reader extensions = none, explicit = none;
    if (der_peek(&tbs) == DER_INTEGER)
        (void)der_get(&tbs, DER_INTEGER);
    (void)der_get(&tbs, DER_SEQUENCE); /* signature */
    l->issuer = der_get_any(&tbs, NULL);
    for (int i = 0; i < 2 && is_time(der_peek(&tbs)); i++)
        (void)der_get_any(&tbs, NULL);
    if (der_peek(&tbs) == DER_SEQUENCE)
        l->revoked = der_get(&tbs, DER_SEQUENCE);
    if (der_peek(&tbs) == DER_CONTEXT(0)) {
        explicit = der_enter(&tbs, DER_CONTEXT(0));
        extensions = der_enter(&explicit, DER_SEQUENCE);
        l->extensions = reader_rest(&extensions);
    }
    return reader_done(&r) && reader_ok(&outer) && reader_done(&tbs) && reader_done(&explicit) &&
           reader_ok(&extensions);
}

/* Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING } */
struct extension {
    unsigned id; /* N of 2.5.29.N; NO_ID_CE: another arc */
    bool critical;
    struct bytes value;
};

static bool next_extension(struct reader *all, struct extension *e)
{
    struct reader r = der_enter(all, DER_SEQUENCE);
    struct reader oid = reader_on(der_get(&r, DER_OID));
    bool ours = reader_left(&oid) == 3 && reader_u16be(&oid) == ID_CE;
    e->id = ours ? reader_u8(&oid) : NO_ID_CE;
    e->critical = false;
    if (der_peek(&r) == DER_BOOLEAN) {
        struct reader value = reader_on(der_get(&r, DER_BOOLEAN));
        e->critical = reader_u8(&value) != 0 || !reader_ok(&value);
    }
    e->value = der_get(&r, DER_OCTET_STRING);
    return reader_done(&r);
}

/* ---- scope: RFC 5280 5.2.5, 6.3.3 b 2 ---- */

enum scope {
    SCOPE_OUT,  /* it is not about this certificate, or we cannot tell */
    SCOPE_PART, /* about some reasons only: who is not in it may be in another */
    SCOPE_WHOLE
};

/* Of the certificate. */
struct subject {
    bool is_ca;
    struct bytes issuer, serial; /* Name, whole; INTEGER's contents */
    gnutls_datum_t points; /* CRLDistributionPoints; NULL: none; gnutls_free */
};

/* IssuingDistributionPoint ::= SEQUENCE { distributionPoint [0] OPTIONAL, onlyContainsUserCerts [1],
 *     onlyContainsCACerts [2], onlySomeReasons [3] OPTIONAL, indirectCRL [4],
 *     onlyContainsAttributeCerts [5] }; the BOOLEANs are DEFAULT FALSE */
struct issuing {
    bool named, users, authorities, some_reasons, indirect, attributes;
    struct bytes names; /* GeneralNames; empty: relative to the issuer */
};

/* [N] IMPLICIT BOOLEAN, if it is there. */
static bool flag(struct reader *r, unsigned n)
{
    if (der_peek(r) != (int)(0x80 | n))
        return false;
    struct bytes value = der_get(r, (uint8_t)(0x80 | n));
    if (value.size != 1)
        reader_fail(r);
    return value.size == 1 && value.data[0];
}

/* DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] }, in the
 * [0] of what it belongs to. False: it is not there, or not a full name. */
static bool full_name(struct reader *r, struct bytes *names)
{
    struct reader name = der_enter(r, DER_CONTEXT(0));
    *names = bytes_of(NULL, 0);
    if (der_peek(&name) != DER_CONTEXT(0))
        return false;
    *names = der_get(&name, DER_CONTEXT(0));
    return reader_done(&name);
}

static bool read_issuing(struct bytes value, struct issuing *p)
{
    struct reader outer = reader_on(value), r = der_enter(&outer, DER_SEQUENCE);
    p->named = der_peek(&r) == DER_CONTEXT(0);
    if (p->named && !full_name(&r, &p->names))
        return false;
    p->users = flag(&r, 1);
    p->authorities = flag(&r, 2);
    p->some_reasons = der_peek(&r) == 0x83;
    if (p->some_reasons)
        (void)der_get(&r, 0x83);
    p->indirect = flag(&r, 4);
    p->attributes = flag(&r, 5);
    return reader_done(&outer) && reader_done(&r);
}

static bool share_name(struct bytes a, struct bytes b)
{
    for (struct reader x = reader_on(a); reader_left(&x);) {
        struct bytes name = der_get_any(&x, NULL);
        for (struct reader y = reader_on(b); name.size && reader_left(&y);)
            if (bytes_equal(name, der_get_any(&y, NULL)))
                return true;
    }
    return false;
}

/* DistributionPoint ::= SEQUENCE { distributionPoint [0] OPTIONAL, reasons [1] OPTIONAL, cRLIssuer [2]
 *     OPTIONAL }. One with a cRLIssuer is for indirect lists. */
static enum scope scope_of_point(struct reader *all, struct bytes names)
{
    struct reader r = der_enter(all, DER_SEQUENCE);
    struct bytes own = {0};
    bool named = der_peek(&r) == DER_CONTEXT(0) && full_name(&r, &own);
    bool partial = der_peek(&r) == 0x81;
    if (partial)
        (void)der_get(&r, 0x81);
    if (!named || !reader_done(&r) || !share_name(own, names))
        return SCOPE_OUT;
    return partial ? SCOPE_PART : SCOPE_WHOLE;
}

/* A list with a name is for certificates that have it in one of their points. */
static enum scope scope_of_name(const struct subject *about, struct bytes names)
{
    struct reader outer = reader_on(bytes_of(about->points.data, about->points.size));
    struct reader points = der_enter(&outer, DER_SEQUENCE);
    enum scope best = SCOPE_OUT;
    while (reader_left(&points)) {
        enum scope s = scope_of_point(&points, names);
        best = s > best ? s : best;
    }
    return best;
}

static enum scope scope_of_issuing(struct bytes value, const struct subject *about)
{
    struct issuing p = {0};
    if (!read_issuing(value, &p) || p.indirect || p.attributes || (p.users && about->is_ca) ||
            (p.authorities && !about->is_ca))
        return SCOPE_OUT;
    enum scope scope = p.named ? scope_of_name(about, p.names) : SCOPE_WHOLE;
    return scope == SCOPE_WHOLE && p.some_reasons ? SCOPE_PART : scope;
}

/* RFC 5280 5.2: a critical extension that is not known makes the list useless. */
static enum scope scope_of_list(const struct list *l, const struct subject *about)
{
    struct reader all = reader_on(l->extensions);
    enum scope scope = SCOPE_WHOLE;
    bool seen = false;
    while (reader_left(&all)) {
        struct extension e;
        if (!next_extension(&all, &e) || e.id == DELTA_INDICATOR)
            return SCOPE_OUT;
        if (e.id == DISTRIBUTION_POINT && seen)
            return SCOPE_OUT;
        if (e.id == DISTRIBUTION_POINT) {
            scope = scope_of_issuing(e.value, about);
            seen = true;
        } else if (e.critical) {
            return SCOPE_OUT;
        }
    }
    return scope;
}

/* ---- entries ---- */

static struct bytes without_zeros(struct bytes number)
{
    struct reader r = reader_on(number);
    while (reader_left(&r) > 1 && r.all.data[r.at] == 0)
        reader_skip(&r, 1);
    return reader_rest(&r);
}

/* RFC 5280 5.3: likewise, whichever entry it is. */
static bool entry_is_known(struct reader *entry)
{
    struct reader all = reader_on(bytes_of(NULL, 0));
    struct extension e;
    if (!reader_left(entry))
        return true;
    all = der_enter(entry, DER_SEQUENCE);
    while (reader_left(&all))
        if (!next_extension(&all, &e) ||
                (e.critical && e.id != CRL_REASONS && e.id != INVALIDITY_DATE))
            return false;
    return reader_done(&all) && reader_done(entry);
}

/* UNKNOWN: an entry cannot be read, or understood. */
static enum tls_revocation search(const struct list *l, struct bytes serial)
{
    enum tls_revocation answer = TLS_REVOCATION_GOOD;
    struct bytes wanted = without_zeros(serial);
    for (struct reader all = reader_on(l->revoked); reader_left(&all);) {
        struct reader entry = der_enter(&all, DER_SEQUENCE);
        struct bytes number = der_get(&entry, DER_INTEGER);
        bool dated = is_time(der_peek(&entry));
        (void)der_get_any(&entry, NULL);
        if (!dated || !reader_ok(&entry) || !entry_is_known(&entry))
            return TLS_REVOCATION_UNKNOWN;
        if (bytes_equal(without_zeros(number), wanted))
            answer = TLS_REVOCATION_REVOKED;
    }
    return answer;
}

static enum tls_revocation ask(struct bytes der, const struct subject *about)
{
    struct list l = {0};
    if (!read_list(der, &l) || !bytes_equal(l.issuer, about->issuer))
        return TLS_REVOCATION_UNKNOWN;
    enum scope scope = scope_of_list(&l, about);
    enum tls_revocation answer =
            scope == SCOPE_OUT ? TLS_REVOCATION_UNKNOWN : search(&l, about->serial);
    return scope == SCOPE_PART && answer == TLS_REVOCATION_GOOD ? TLS_REVOCATION_UNKNOWN : answer;
}

/* ---- who signed it, and when ---- */

/* RFC 5280 6.3.3 f: whose key usage is restricted needs cRLSign. */
static bool may_sign(gnutls_x509_crt_t by)
{
    unsigned usage = 0, critical;
    int found = gnutls_x509_crt_get_key_usage(by, &usage, &critical);
    if (gnutls_x509_crt_get_ca_status(by, NULL) <= 0)
        return false;
    return found == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE ||
           (found >= 0 && usage & GNUTLS_KEY_CRL_SIGN);
}

/* Not by gnutls_x509_crl_verify, which asks a clock of its own (3.7.9, 3.8.9), whatever its flags. */
static bool counts(gnutls_x509_crl_t crl, struct bytes list, gnutls_x509_crt_t by, int64_t now)
{
    int sign = gnutls_x509_crl_get_signature_algorithm(crl);
    return !sign_is_weak(sign) && may_sign(by) && gnutls_x509_crl_check_issuer(crl, by) &&
           revocation_is_current(gnutls_x509_crl_get_this_update(crl),
                   gnutls_x509_crl_get_next_update(crl), now) &&
           is_signed_by(list, sign, by);
}

static bool list_counts(struct bytes list, gnutls_x509_crt_t by, int64_t now)
{
    gnutls_x509_crl_t crl;
    gnutls_datum_t der = {(unsigned char *)(uintptr_t)list.data, (unsigned)list.size};
    if (gnutls_x509_crl_init(&crl) < 0)
        return false;
    bool good = gnutls_x509_crl_import(crl, &der, GNUTLS_X509_FMT_DER) >= 0 &&
                counts(crl, list, by, now);
    gnutls_x509_crl_deinit(crl);
    return good;
}

enum tls_revocation crl_says(struct bytes list, gnutls_x509_crt_t certificate)
{
    gnutls_datum_t issuer = {0};
    uint8_t serial[64];
    size_t size = sizeof serial;
    struct subject about = {0};
    enum tls_revocation answer = TLS_REVOCATION_UNKNOWN;
    if (gnutls_x509_crt_get_serial(certificate, serial, &size) < 0 ||
            gnutls_x509_crt_get_raw_issuer_dn(certificate, &issuer) < 0)
        return answer;
    about.is_ca = gnutls_x509_crt_get_ca_status(certificate, NULL) > 0;
    about.issuer = bytes_of(issuer.data, issuer.size);
    about.serial = bytes_of(serial, size);
    int found = gnutls_x509_crt_get_extension_by_oid2(
            certificate, "2.5.29.31", 0, &about.points, NULL);
    if (found >= 0 || found == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        answer = ask(list, &about);
    gnutls_free(about.points.data);
    gnutls_free(issuer.data);
    return answer;
}

enum tls_revocation tls_crl_answer(
        struct bytes list, struct bytes certificate, struct bytes issuer, int64_t now)
{
    enum tls_revocation answer = TLS_REVOCATION_UNKNOWN;
    if (tls_start())
        return answer;
    gnutls_x509_crt_t about = certificate_of(certificate), by = certificate_of(issuer);
    if (about && by && list_counts(list, by, now))
        answer = crl_says(list, about);
    if (about)
        gnutls_x509_crt_deinit(about);
    if (by)
        gnutls_x509_crt_deinit(by);
    if (answer == TLS_REVOCATION_UNKNOWN)
        log_info("tls", "a revocation list says nothing: not signed for its issuer, not of now, weakly "
                        "signed, not about this certificate, or of a kind that is not judged");
    return answer;
}
