/* One credential: versions, algorithms, certificate. */
#include "internal.h"
#include "base/log.h"

enum { TLS_ALL = TLS_V1_0 | TLS_V1_1 | TLS_V1_2 | TLS_V1_3, DTLS_ALL = DTLS_V1_0 | DTLS_V1_2 };

static const struct {
    unsigned bit;
    const char *text;
} version_words[] = {
        {TLS_V1_3, ":+VERS-TLS1.3"},
        {TLS_V1_2, ":+VERS-TLS1.2"},
        {TLS_V1_1, ":+VERS-TLS1.1"},
        {TLS_V1_0, ":+VERS-TLS1.0"},
        {DTLS_V1_2, ":+VERS-DTLS1.2"},
        {DTLS_V1_0, ":+VERS-DTLS1.0"},
};

/* Windows' order ("TLS Elliptic Curves in Windows 10 version 1607 and later"): curve25519 before the
 * NIST curves. A server whose favourite is not among the client's key shares asks for another
 * ClientHello, and today's clients send a share of X25519. */
static const char group_words[] =
        ":-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:+GROUP-SECP521R1:+GROUP-X448"
        ":+GROUP-FFDHE2048:+GROUP-FFDHE3072:+GROUP-FFDHE4096:+GROUP-FFDHE6144:+GROUP-FFDHE8192";

static void put(struct writer *w, const char *text)
{
    size_t size = 0;
    while (text[size])
        size++;
    writer_bytes(w, bytes_of(text, size));
}

/* NORMAL has no SSL 3, RC4, MD5, export or anonymous suites. The SHA-256 and SHA-384 MACs serve
 * Windows Server 2008 R2 and 2012 with RSA certificates. The server's order wins, as with Schannel.
 * A certificate without digitalSignature (Windows' own RDP certificates) may sign all the same: see
 * hooks.c for the peer's. */
static void put_priority(struct writer *w, const struct tls_config *c,
        const struct tls_limits *limits, unsigned versions)
{
    put(w, "NORMAL:-VERS-ALL");
    for (size_t i = 0; i < sizeof version_words / sizeof *version_words; i++)
        if (versions & version_words[i].bit)
            put(w, version_words[i].text);
    put(w, cipher_words(cpu_has_gcm()));
    put(w, group_words);
    put(w, ":-MAC-ALL:+AEAD:+SHA256:+SHA384:+SHA1");
    if (c->no_rsa_exchange)
        put(w, ":-RSA");
    if (limits)
        limits_put(w, limits);
    put(w, ":%SERVER_PRECEDENCE:%DEBUG_ALLOW_KEY_USAGE_VIOLATIONS");
    writer_u8(w, 0);
}

static enum status parse(const struct tls_config *c, const struct tls_limits *limits,
        unsigned versions, gnutls_priority_t *priority)
{
    struct writer w = {0};
    struct blob text = {0};
    put_priority(&w, c, limits, versions);
    enum status status = writer_finish(&w, &text);
    if (status)
        return status;
    int error = gnutls_priority_init(priority, (const char *)text.data, NULL);
    blob_free(&text);
    if (error < 0) {
        log_error("tls", "no usable algorithms: %s", gnutls_strerror(error));
        return status_of_error(error) == ST_NO_MEMORY ? ST_NO_MEMORY : ST_NO_COMMON_ALGORITHM;
    }
    return ST_OK;
}

/* Suites of TLS 1.3 are of no use to other versions and the other way round; AEAD and the SHA-2 MACs
 * came with 1.2. */
static unsigned versions_of_suite(gnutls_protocol_t least)
{
    if (least == GNUTLS_TLS1_3)
        return TLS_V1_3;
    unsigned versions = TLS_V1_2 | DTLS_V1_2;
    return least == GNUTLS_TLS1_2 ? versions : versions | TLS_V1_1 | DTLS_V1_0 | TLS_V1_0;
}

static unsigned versions_with_suite(gnutls_priority_t priority)
{
    unsigned versions = 0, index;
    int error = 0;
    for (unsigned i = 0; error != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE; i++) {
        gnutls_protocol_t least;
        error = gnutls_priority_get_cipher_suite_index(priority, i, &index);
        if (!error && gnutls_cipher_suite_info(index, NULL, NULL, NULL, NULL, &least))
            versions |= versions_of_suite(least);
    }
    return versions;
}

enum status config_priority(const struct tls_config *c, const struct tls_limits *limits,
        unsigned *versions, gnutls_priority_t *priority)
{
    if (!*versions)
        return ST_NO_COMMON_ALGORITHM;
    enum status status = parse(c, limits, *versions, priority);
    if (status || !limits)
        return status;
    unsigned kept = *versions & versions_with_suite(*priority);
    if (kept == *versions)
        return ST_OK;
    /* GnuTLS would offer, or choose, a version in which nothing can be agreed on. */
    gnutls_priority_deinit(*priority);
    *versions = kept;
    return kept ? parse(c, limits, kept, priority) : ST_NO_COMMON_ALGORITHM;
}

enum status config_build_priority(struct tls_config *c)
{
    gnutls_priority_t priority = NULL;
    unsigned versions = c->versions;
    enum status status = config_priority(c, c->limits, &versions, &priority);
    if (status)
        return status;
    if (c->priority)
        gnutls_priority_deinit(c->priority);
    c->priority = priority;
    c->versions = versions;
    return ST_OK;
}

static enum status check_versions(unsigned versions)
{
    if (!(versions & (TLS_ALL | DTLS_ALL)))
        return ST_NO_COMMON_ALGORITHM;
    return versions & DTLS_ALL && versions & TLS_ALL ? ST_UNSUPPORTED : ST_OK;
}

bool config_is_datagram(const struct tls_config *c)
{
    return (c->versions & DTLS_ALL) != 0;
}

/* A server's finite-field group for peers that name none (RFC 7919 2): 2048 bits. */
enum status config_new_credentials(
        enum tls_role role, gnutls_certificate_credentials_t *credentials)
{
    if (gnutls_certificate_allocate_credentials(credentials) < 0)
        return ST_NO_MEMORY;
    if (role == TLS_SERVER &&
            gnutls_certificate_set_known_dh_params(*credentials, GNUTLS_SEC_PARAM_MEDIUM) < 0)
        return ST_NO_MEMORY;
    return ST_OK;
}

enum status tls_config_new(enum tls_role role, unsigned versions, struct tls_config **config)
{
    enum status status = check_versions(versions);
    if (!status)
        status = tls_start();
    if (status)
        return status;
    struct tls_config *c = mem_alloc(sizeof *c);
    if (!c)
        return ST_NO_MEMORY;
    c->references = 1;
    c->role = role;
    c->versions = versions;
    status = config_new_credentials(role, &c->credentials);
    if (!status)
        status = config_build_priority(c);
    if (status) {
        tls_config_free(c);
        return status;
    }
    *config = c;
    return ST_OK;
}

enum status tls_config_limit(struct tls_config *config, const struct tls_limits *limits)
{
    if (config->sealed || config->limits)
        return ST_BAD_STATE;
    config->limits = mem_alloc(sizeof *limits);
    if (!config->limits)
        return ST_NO_MEMORY;
    *config->limits = *limits;
    return config_build_priority(config);
}

void tls_config_set_parameters(struct tls_config *config, const struct tls_parameters *list)
{
    config->parameters = list;
}

/* The first one's credentials are the config's. */
void config_free_identities(struct tls_config *c)
{
    for (size_t i = 0; i < c->identity_count; i++) {
        struct identity *identity = &c->identities[i];
        if (i && identity->credentials)
            gnutls_certificate_free_credentials(identity->credentials);
        if (identity->certificate)
            gnutls_x509_crt_deinit(identity->certificate);
        blob_free(&identity->leaf);
    }
    mem_free(c->identities, c->identity_count * sizeof *c->identities);
    c->identities = NULL;
    c->identity_count = 0;
}

void tls_config_free(struct tls_config *config)
{
    if (!config || __atomic_sub_fetch(&config->references, 1, __ATOMIC_ACQ_REL))
        return;
    config_free_identities(config);
    if (config->credentials)
        gnutls_certificate_free_credentials(config->credentials);
    if (config->priority)
        gnutls_priority_deinit(config->priority);
    mem_free(config->limits, sizeof *config->limits);
    mem_free(config, sizeof *config);
}

void tls_config_request_certificate(struct tls_config *config, bool required)
{
    config->request_certificate = true;
    config->require_certificate = required;
}

void tls_config_never_asked_later(struct tls_config *config)
{
    config->never_asked_later = true;
}
