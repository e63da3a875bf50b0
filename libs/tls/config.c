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

/* 32-bit Nettle has no fast GHASH: AES-GCM 70 MB/s, ChaCha20-Poly1305 455 MB/s. */
static const char *cipher_words(void)
{
    return sizeof(void *) == 4 ? ":-CIPHER-ALL:+CHACHA20-POLY1305:+AES-256-GCM:+AES-128-GCM:+AES-"
                                 "256-CBC:+AES-128-CBC"
                               : ":-CIPHER-ALL:+AES-256-GCM:+AES-128-GCM:+CHACHA20-POLY1305:+AES-"
                                 "256-CBC:+AES-128-CBC";
}

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
static void put_priority(struct writer *w, const struct tls_config *c)
{
    put(w, "NORMAL:-VERS-ALL");
    for (size_t i = 0; i < sizeof version_words / sizeof *version_words; i++)
        if (c->versions & version_words[i].bit)
            put(w, version_words[i].text);
    put(w, cipher_words());
    put(w, group_words);
    put(w, ":-MAC-ALL:+AEAD:+SHA256:+SHA384:+SHA1");
    if (c->no_rsa_exchange)
        put(w, ":-RSA");
    put(w, ":%SERVER_PRECEDENCE:%DEBUG_ALLOW_KEY_USAGE_VIOLATIONS");
    writer_u8(w, 0);
}

enum status config_build_priority(struct tls_config *c)
{
    struct writer w = {0};
    struct blob text = {0};
    gnutls_priority_t priority = NULL;
    put_priority(&w, c);
    enum status status = writer_finish(&w, &text);
    if (status)
        return status;
    int error = gnutls_priority_init(&priority, (const char *)text.data, NULL);
    blob_free(&text);
    if (error < 0) {
        log_error("tls", "no usable algorithms: %s", gnutls_strerror(error));
        return status_of_error(error) == ST_NO_MEMORY ? ST_NO_MEMORY : ST_NO_COMMON_ALGORITHM;
    }
    if (c->priority)
        gnutls_priority_deinit(c->priority);
    c->priority = priority;
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
static enum status new_credentials(struct tls_config *c)
{
    if (gnutls_certificate_allocate_credentials(&c->credentials) < 0)
        return ST_NO_MEMORY;
    if (c->role == TLS_SERVER &&
            gnutls_certificate_set_known_dh_params(c->credentials, GNUTLS_SEC_PARAM_MEDIUM) < 0)
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
    status = new_credentials(c);
    if (!status)
        status = config_build_priority(c);
    if (status) {
        tls_config_free(c);
        return status;
    }
    *config = c;
    return ST_OK;
}

void tls_config_free(struct tls_config *config)
{
    if (!config || __atomic_sub_fetch(&config->references, 1, __ATOMIC_ACQ_REL))
        return;
    if (config->credentials)
        gnutls_certificate_free_credentials(config->credentials);
    if (config->priority)
        gnutls_priority_deinit(config->priority);
    blob_free(&config->leaf);
    mem_free(config, sizeof *config);
}

void tls_config_request_certificate(struct tls_config *config, bool required)
{
    config->request_certificate = true;
    config->require_certificate = required;
}
