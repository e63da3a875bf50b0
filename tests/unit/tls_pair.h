/* A client and a server in one process, and the bytes between them. For tests/unit/tls_*.c. */
#ifndef TESTS_TLS_PAIR_H
#define TESTS_TLS_PAIR_H

#include "test_keys.h"
#include "tls/tls.h"
#include "unit.h"

#define OF(array) bytes_of(array, sizeof array)

enum { PIPE_MAX = 1 << 20 };

struct end {
    struct tls_config *config;
    struct tls_session *s;
    uint8_t inbox[PIPE_MAX];
    size_t size;        /* bytes in the inbox */
    size_t limit;       /* shown at once to tls_handshake; 0 all */
    enum status status; /* of the last leg */
    size_t missing;
};

struct pair {
    struct end client, server;
};

/* Which key and certificate the server shows. */
enum pair_key { PAIR_RSA, PAIR_EC, PAIR_RDP };

static inline struct bytes pair_certificate(enum pair_key key)
{
    return key == PAIR_RSA  ? OF(test_rsa_certificate)
           : key == PAIR_EC ? OF(test_ec_certificate)
                            : OF(test_rdp_certificate);
}

static inline struct bytes pair_key_der(enum pair_key key)
{
    return key == PAIR_EC ? OF(test_ec_key) : OF(test_rsa_key);
}

/* Configs only; sessions by pair_sessions, so that a test can change the configs in between. */
/* A client's config with a certificate to show. */
static inline struct tls_config *pair_client_config(unsigned versions, enum pair_key key)
{
    struct tls_config *config;
    struct bytes chain = pair_certificate(key);
    CHECK_STATUS(tls_config_new(TLS_CLIENT, versions, &config), ST_OK);
    CHECK_STATUS(tls_config_set_key(config, &chain, 1, pair_key_der(key)), ST_OK);
    return config;
}

static inline struct pair *pair_configs(
        unsigned client_versions, unsigned server_versions, enum pair_key key)
{
    struct pair *p = calloc(1, sizeof *p);
    struct bytes chain = pair_certificate(key);
    if (!p)
        abort();
    CHECK_STATUS(tls_config_new(TLS_CLIENT, client_versions, &p->client.config), ST_OK);
    CHECK_STATUS(tls_config_new(TLS_SERVER, server_versions, &p->server.config), ST_OK);
    CHECK_STATUS(tls_config_set_key(p->server.config, &chain, 1, pair_key_der(key)), ST_OK);
    return p;
}

static inline void pair_sessions(struct pair *p)
{
    CHECK_STATUS(tls_session_new(p->client.config, BYTES_LITERAL("server.example"), &p->client.s),
            ST_OK);
    CHECK_STATUS(tls_session_new(p->server.config, bytes_of(NULL, 0), &p->server.s), ST_OK);
}

static inline struct pair *pair_new(
        unsigned client_versions, unsigned server_versions, enum pair_key key)
{
    struct pair *p = pair_configs(client_versions, server_versions, key);
    pair_sessions(p);
    return p;
}

static inline void pair_free(struct pair *p)
{
    tls_session_free(p->client.s);
    tls_session_free(p->server.s);
    tls_config_free(p->client.config);
    tls_config_free(p->server.config);
    free(p);
}

static inline void end_put(struct end *e, struct bytes v)
{
    if (v.size > sizeof e->inbox - e->size)
        abort();
    if (v.size)
        memcpy(e->inbox + e->size, v.data, v.size);
    e->size += v.size;
}

static inline void end_drop(struct end *e, size_t n)
{
    if (n > e->size)
        abort();
    memmove(e->inbox, e->inbox + n, e->size - n);
    e->size -= n;
}

/* One call of tls_handshake on E's inbox; what it says goes to PEER. In a heap copy of the exact
 * size, so that the sanitizer sees a read past the end. True if anything moved. */
static inline bool end_leg(struct end *e, struct end *peer)
{
    size_t shown = e->limit && e->limit < e->size ? e->limit : e->size;
    uint8_t *copy = malloc(shown ? shown : 1);
    struct blob out = {0};
    size_t consumed = 0;
    if (!copy)
        abort();
    if (shown)
        memcpy(copy, e->inbox, shown);
    e->status = tls_handshake(e->s, bytes_of(copy, shown), &consumed, &e->missing, &out);
    free(copy);
    if (consumed > shown)
        abort();
    end_drop(e, consumed);
    bool moved = consumed || out.size;
    end_put(peer, blob_view(&out));
    blob_free(&out);
    return moved;
}

/* Both until done, failed or stuck. */
static inline void pair_handshake(struct pair *p)
{
    enum status *c = &p->client.status, *v = &p->server.status;
    *c = *v = ST_CONTINUE;
    for (int i = 0; i < 40; i++) {
        bool moved = false;
        if (*c == ST_CONTINUE || *c == ST_INCOMPLETE)
            moved |= end_leg(&p->client, &p->server);
        if (*v == ST_CONTINUE || *v == ST_INCOMPLETE)
            moved |= end_leg(&p->server, &p->client);
        if (!moved)
            break;
    }
}

static inline struct pair *pair_open(unsigned versions, enum pair_key key)
{
    struct pair *p = pair_new(versions, versions, key);
    pair_handshake(p);
    CHECK_STATUS(p->client.status, ST_OK);
    CHECK_STATUS(p->server.status, ST_OK);
    return p;
}

/* FROM encrypts DATA into TO's inbox; returns the record's size. */
static inline size_t pair_send(struct end *from, struct end *to, struct bytes data)
{
    static uint8_t record[20000];
    size_t size = 0;
    CHECK_STATUS(tls_encrypt(from->s, data, record, sizeof record, &size), ST_OK);
    end_put(to, bytes_of(record, size));
    return size;
}

/* E decrypts one record of its inbox in place; the data is at the inbox's start for *SIZE bytes
 * until the record is dropped with end_drop(e, *consumed). */
static inline enum status end_decrypt(struct end *e, size_t *consumed, size_t *size)
{
    size_t missing;
    return tls_decrypt(
            e->s, bytes_of(e->inbox, e->size), e->inbox, e->size, consumed, &missing, size);
}

#endif
