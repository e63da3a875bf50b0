/* Sessions kept for later connections: a table of secrets with an end.
 *
 * What Schannel asks of its session cache ("InitializeSecurityContext (CredSSP)", pszTargetName):
 * an entry is found only by the same name, the same credential and the same logon session, and not
 * after it has expired. That the process is the same needs no word: nothing leaves memory.
 * No locks here (the caller has one) and no clock (NOW is any clock that only goes forward, in
 * milliseconds). Whatever leaves the table is wiped; what has expired leaves it with the next call
 * that is told the time, at most a second late.
 */
#ifndef TLS_CACHE_H
#define TLS_CACHE_H

#include "base/bytes.h"

struct tls_cache;

struct tls_cache_key {
    const void *owner; /* the credential */
    uint64_t logon;    /* the logon session */
    unsigned kind;     /* the caller's: names of different kinds never meet */
    struct bytes name; /* the target, or a session id */
};

/* MOST entries at once; then the one that was not used for the longest time goes. */
MUST_USE enum status tls_cache_new(size_t most, struct tls_cache **cache);
void tls_cache_free(struct tls_cache *cache); /* NULL is fine */

/* STATE is copied. ONCE: given out a single time (RFC 8446 C.4); up to four such may wait under one
 * key, other entries of the key are replaced. EXPIRES at or before NOW: nothing is kept. */
MUST_USE enum status tls_cache_put(struct tls_cache *cache, const struct tls_cache_key *key,
        struct bytes state, bool once, uint64_t expires, uint64_t now);

/* The newest entry of KEY: STATE gets a copy, *EXPIRES its end. Nothing there: ST_OK, STATE empty.
 */
MUST_USE enum status tls_cache_take(struct tls_cache *cache, const struct tls_cache_key *key,
        uint64_t now, struct blob *state, uint64_t *expires);

/* Wipes the entries of KEY; how many. */
size_t tls_cache_remove(struct tls_cache *cache, const struct tls_cache_key *key);

/* Wipes every entry that MATCHES says yes to (NULL: all); how many. */
typedef bool (*tls_cache_match)(const void *self, const struct tls_cache_key *key);
size_t tls_cache_forget(struct tls_cache *cache, tls_cache_match matches, const void *self);

size_t tls_cache_count(const struct tls_cache *cache);

#endif
