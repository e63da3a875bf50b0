/* A peer's chain, judged by the rules of RFC 5280 and RFC 6125: a second opinion beside that of the
 * system, which is stricter in places and knows algorithms that the system may lack.
 *
 * GnuTLS verifies signatures, basic and name constraints, key usages and path lengths; the last
 * certificate is the anchor, whose own signature counts for nothing (RFC 8446 4.4.2.4). MD5 and SHA-1
 * signatures are refused (the same section), and keys as weak as RSA below 1024 bits.
 */
#include <gnutls/x509.h>
#include "internal.h"
#include "base/log.h"

enum { CHAIN_MAX = 16, HOST_MAX = 256 };

static const struct {
    unsigned gnutls;
    unsigned fault;
} table[] = {
        {GNUTLS_CERT_SIGNATURE_FAILURE, TLS_FAULT_SIGNATURE},
        {GNUTLS_CERT_INSECURE_ALGORITHM, TLS_FAULT_ALGORITHM},
        {GNUTLS_CERT_SIGNER_NOT_FOUND, TLS_FAULT_TRUST},
        {GNUTLS_CERT_SIGNER_NOT_CA, TLS_FAULT_CONSTRAINT},
        {GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE, TLS_FAULT_CONSTRAINT},
        {GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS, TLS_FAULT_CRITICAL},
        {GNUTLS_CERT_PURPOSE_MISMATCH, TLS_FAULT_USAGE},
        {GNUTLS_CERT_INVALID, 0}, /* comes with each of the others */
};

/* Whatever is not in the table is a fault as well. */
static unsigned faults_of(unsigned status)
{
    unsigned faults = 0, rest = status;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (status & table[i].gnutls) {
            faults |= table[i].fault;
            rest &= ~table[i].gnutls;
        }
    return rest || (status && !faults) ? faults | TLS_FAULT_OTHER : faults;
}

static void free_chain(gnutls_x509_crt_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        gnutls_x509_crt_deinit(list[i]);
}

/* On failure nothing is left in LIST. */
static enum status import(gnutls_x509_crt_t *list, const struct bytes *chain, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        gnutls_datum_t der = {(unsigned char *)(uintptr_t)chain[i].data, (unsigned)chain[i].size};
        if (gnutls_x509_crt_init(&list[i]) < 0) {
            free_chain(list, i);
            return ST_NO_MEMORY;
        }
        int error = gnutls_x509_crt_import(list[i], &der, GNUTLS_X509_FMT_DER);
        if (error < 0) {
            log_warn("tls", "certificate %zu of the peer's chain cannot be read: %s", i,
                    gnutls_strerror(error));
            free_chain(list, i + 1);
            return error == GNUTLS_E_MEMORY_ERROR ? ST_NO_MEMORY : ST_UNTRUSTED;
        }
    }
    return ST_OK;
}

/* GnuTLS would ask a clock of its own. */
static unsigned time_faults(gnutls_x509_crt_t *list, size_t count, int64_t now)
{
    for (size_t i = 0; i < count; i++)
        if (gnutls_x509_crt_get_activation_time(list[i]) > now ||
                gnutls_x509_crt_get_expiration_time(list[i]) < now)
            return TLS_FAULT_TIME;
    return 0;
}

/* GnuTLS is built to take SHA-1. The anchor's own signature does not count. */
static unsigned digest_faults(gnutls_x509_crt_t *list, size_t count)
{
    for (size_t i = 0; i + 1 < count; i++)
        if (sign_is_weak(gnutls_x509_crt_get_signature_algorithm(list[i])))
            return TLS_FAULT_ALGORITHM;
    return 0;
}

/* 4 bytes of "192.0.2.1"; GnuTLS's own comparison takes a DNS name that spells the address. */
static bool read_ipv4(const char *host, uint8_t out[4])
{
    for (int i = 0; i < 4; i++) {
        unsigned value = 0, digits = 0;
        for (; *host >= '0' && *host <= '9' && digits < 3; digits++)
            value = value * 10 + (unsigned)(*host++ - '0');
        if (!digits || value > 255 || *host != (i < 3 ? '.' : 0))
            return false;
        out[i] = (uint8_t)value;
        host++;
    }
    return true;
}

/* RFC 6125 6.4 for names, RFC 9525 6.4 for addresses (16 bytes: given by the caller). */
static unsigned name_fault(gnutls_x509_crt_t leaf, const struct tls_chain_question *q)
{
    char host[HOST_MAX];
    uint8_t address[4];
    struct reader r = reader_on(q->host);
    if (q->address.size)
        return gnutls_x509_crt_check_ip(leaf, q->address.data, (unsigned)q->address.size, 0)
                       ? 0
                       : TLS_FAULT_NAME;
    if (!q->host.size)
        return 0;
    if (q->host.size >= sizeof host)
        return TLS_FAULT_NAME;
    reader_copy(&r, host, q->host.size);
    host[q->host.size] = 0;
    bool same = read_ipv4(host, address)
                        ? gnutls_x509_crt_check_ip(leaf, address, sizeof address, 0)
                        : gnutls_x509_crt_check_hostname2(
                                  leaf, host, GNUTLS_VERIFY_DO_NOT_ALLOW_IP_MATCHES);
    return same ? 0 : TLS_FAULT_NAME;
}

static enum status verify(gnutls_x509_crt_t *list, size_t count, bool client, unsigned *faults)
{
    gnutls_x509_trust_list_t anchors;
    const char *usage = client ? GNUTLS_KP_TLS_WWW_CLIENT : GNUTLS_KP_TLS_WWW_SERVER;
    gnutls_typed_vdata_st data = {
            .type = GNUTLS_DT_KEY_PURPOSE_OID, .data = (unsigned char *)(uintptr_t)usage};
    unsigned status = 0;
    if (gnutls_x509_trust_list_init(&anchors, 1) < 0)
        return ST_NO_MEMORY;
    /* The list does not take the certificate over, as it is freed without ALL. */
    int error = gnutls_x509_trust_list_add_cas(anchors, &list[count - 1], 1, 0);
    if (error >= 0)
        error = gnutls_x509_trust_list_verify_crt2(anchors, list, (unsigned)count, &data, 1,
                GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS |
                        GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_LOW),
                &status, NULL);
    gnutls_x509_trust_list_deinit(anchors, 0);
    if (error == GNUTLS_E_MEMORY_ERROR)
        return ST_NO_MEMORY;
    *faults |= error < 0 ? (unsigned)TLS_FAULT_OTHER : faults_of(status);
    return ST_OK;
}

enum status tls_chain_check(const struct bytes *chain, size_t count,
        const struct tls_chain_question *q, unsigned *faults)
{
    gnutls_x509_crt_t list[CHAIN_MAX];
    *faults = 0;
    if (!count || count > CHAIN_MAX)
        return ST_UNTRUSTED;
    enum status status = tls_start();
    if (!status)
        status = import(list, chain, count);
    if (status)
        return status;
    *faults = time_faults(list, count, q->now) | digest_faults(list, count) |
              name_fault(list[0], q);
    status = verify(list, count, q->peer_is_client, faults);
    free_chain(list, count);
    return status;
}
