/* The peer's certificate, judged by our caller in the middle of the handshake: GnuTLS asks once it
 * has the chain and before it makes anything that answers it. GnuTLS knows only that it was
 * refused; the status and the alert that the caller chose are kept here.
 *
 * Who the peer was in the first handshake it stays: what a program has seen of the certificate, or
 * CredSSP bound to its key, would otherwise be true of somebody else. A renegotiation or a
 * post-handshake authentication can bring a certificate where there was none, and no other one.
 */
#include <gnutls/crypto.h>
#include "internal.h"
#include "base/log.h"

static enum status ask(struct tls_session *s, const struct bytes *chain, size_t count)
{
    const struct tls_limits *limits = s->config->limits;
    bool exchanges = gnutls_kx_get(s->gnutls) == GNUTLS_KX_RSA;
    unsigned alert = GNUTLS_A_INSUFFICIENT_SECURITY;
    enum status status = limits ? limits_check_chain(limits, chain, count, exchanges) : ST_OK;
    if (!status && s->verify) {
        alert = GNUTLS_A_BAD_CERTIFICATE;
        status = s->verify(s->verify_self, chain, count, &alert);
    }
    s->verify_alert = alert;
    return status;
}

static enum status judge(struct tls_session *s, const gnutls_datum_t *list, size_t count)
{
    struct bytes *views = mem_alloc(count * sizeof *views);
    if (!views)
        return ST_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        views[i] = bytes_of(list[i].data, list[i].size);
    enum status status = ask(s, views, count);
    mem_free(views, count * sizeof *views);
    return status;
}

static enum status refuse_other(struct tls_session *s)
{
    s->verify_alert = GNUTLS_A_BAD_CERTIFICATE;
    log_warn("tls", "the peer now shows another certificate than in the first handshake, or none");
    return ST_UNTRUSTED;
}

static bool hash_leaf(const gnutls_datum_t *list, uint8_t hash[32])
{
    return gnutls_hash_fast(GNUTLS_DIG_SHA256, list[0].data, list[0].size, hash) == 0;
}

static enum status compare(struct tls_session *s, const gnutls_datum_t *list, size_t count)
{
    uint8_t hash[sizeof s->pinned];
    if (!s->is_pinned)
        return ST_OK;
    if (!count || !hash_leaf(list, hash) ||
            !bytes_equal(bytes_of(hash, sizeof hash), bytes_of(s->pinned, sizeof s->pinned)))
        return refuse_other(s);
    return ST_OK;
}

static const gnutls_datum_t *peers_of(struct tls_session *s, unsigned *count)
{
    const gnutls_datum_t *list = gnutls_certificate_get_peers(s->gnutls, count);
    if (!list)
        *count = 0;
    return list;
}

static int on_verify(gnutls_session_t gnutls)
{
    struct tls_session *s = gnutls_session_get_ptr(gnutls);
    unsigned count;
    const gnutls_datum_t *list = peers_of(s, &count);
    if (!count)
        return 0; /* verify_done looks at that */
    s->verified = true;
    s->verdict = compare(s, list, count);
    if (!s->verdict)
        s->verdict = judge(s, list, count);
    return s->verdict ? GNUTLS_E_CERTIFICATE_ERROR : 0;
}

/* A server's prime is its own choice up to TLS 1.2. */
static bool group_is_off(struct tls_session *s)
{
    gnutls_kx_algorithm_t kx = gnutls_kx_get(s->gnutls);
    if (!s->config->limits || kx != GNUTLS_KX_DHE_RSA)
        return false;
    int bits = gnutls_dh_get_prime_bits(s->gnutls);
    s->verdict = limits_check_group(s->config->limits, bits > 0 ? (unsigned)bits : 0);
    s->verify_alert = GNUTLS_A_INSUFFICIENT_SECURITY;
    return s->verdict != ST_OK;
}

static enum status done(struct tls_session *s)
{
    unsigned count;
    const gnutls_datum_t *list = peers_of(s, &count);
    if (!count && s->config->role == TLS_CLIENT) {
        s->verify_alert = GNUTLS_A_BAD_CERTIFICATE;
        return ST_UNTRUSTED; /* every server of ours has one: nobody was proven here */
    }
    enum status status = compare(s, list, count);
    if (status || !count)
        return status;
    if (!s->verified) {
        status = judge(s, list, count);
        if (status)
            return status;
    }
    if (group_is_off(s))
        return ST_NO_COMMON_ALGORITHM;
    if (!s->is_pinned && !hash_leaf(list, s->pinned))
        return ST_INTERNAL;
    s->is_pinned = true;
    return ST_OK;
}

/* GnuTLS has not asked about a session of TLS 1.3 that was taken up again: what was trusted then
 * need not be now, and the caller may not have looked then. */
bool verify_done(struct tls_session *s)
{
    s->verdict = done(s);
    s->verified = false;
    return !s->verdict;
}

/* In a renegotiation or a post-handshake authentication GnuTLS has a certificate before its owner has
 * proven anything: until the end it is nobody's. */
bool verify_is_proven(struct tls_session *s, const gnutls_datum_t *list)
{
    uint8_t hash[sizeof s->pinned];
    return s->is_pinned && hash_leaf(list, hash) &&
           bytes_equal(bytes_of(hash, sizeof hash), bytes_of(s->pinned, sizeof s->pinned));
}

void verify_attach(struct tls_session *s)
{
    gnutls_session_set_verify_function(s->gnutls, on_verify);
}

void tls_session_set_verify(struct tls_session *s, tls_verify verify, void *self)
{
    s->verify = verify;
    s->verify_self = self;
}
