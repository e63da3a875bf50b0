/* A hash table whose entries also stand in a line by when they were last used. */
#include "cache.h"

enum { BUCKETS = 1024, ONCE_MOST = 4, SWEEP_EVERY = 1000 };

struct entry {
    struct entry *chain;          /* of the bucket, newest first */
    struct entry *older, *newer;  /* the line */
    struct blob name, state;      /* freed, hence wiped, together */
    const void *owner;
    uint64_t logon, expires;
    unsigned kind;
    bool once;
};

struct tls_cache {
    struct entry *bucket[BUCKETS];
    struct entry *oldest, *newest;
    size_t count, most;
    uint64_t next_sweep;
};

/* FNV-1a. Who can choose names fills one bucket, up to MOST: a slow table, never a wrong one. */
static size_t bucket_of(unsigned kind, struct bytes name)
{
    uint32_t h = 2166136261u ^ kind;
    for (size_t i = 0; i < name.size; i++)
        h = (h ^ name.data[i]) * 16777619u;
    return (h ^ h >> 16) % BUCKETS;
}

static bool has_key(const struct entry *e, const struct tls_cache_key *key)
{
    return e->owner == key->owner && e->logon == key->logon && e->kind == key->kind &&
           bytes_equal(blob_view(&e->name), key->name);
}

static void entry_free(struct entry *e)
{
    blob_free(&e->state);
    blob_free(&e->name);
    mem_free(e, sizeof *e);
}

static void leave_line(struct tls_cache *c, struct entry *e)
{
    *(e->older ? &e->older->newer : &c->oldest) = e->newer;
    *(e->newer ? &e->newer->older : &c->newest) = e->older;
}

static void drop(struct tls_cache *c, struct entry *e)
{
    struct entry **at = &c->bucket[bucket_of(e->kind, blob_view(&e->name))];
    while (*at != e)
        at = &(*at)->chain;
    *at = e->chain;
    leave_line(c, e);
    c->count--;
    entry_free(e);
}

static void join_line(struct tls_cache *c, struct entry *e)
{
    e->newer = NULL;
    e->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

static void add(struct tls_cache *c, struct entry *e)
{
    struct entry **bucket = &c->bucket[bucket_of(e->kind, blob_view(&e->name))];
    e->chain = *bucket;
    *bucket = e;
    join_line(c, e);
    c->count++;
}

/* What is used stays longest. */
static void renew(struct tls_cache *c, struct entry *e)
{
    leave_line(c, e);
    join_line(c, e);
}

static void sweep(struct tls_cache *c, uint64_t now)
{
    if (now < c->next_sweep)
        return;
    c->next_sweep = now + SWEEP_EVERY;
    for (struct entry *e = c->oldest, *newer; e; e = newer) {
        newer = e->newer;
        if (e->expires <= now)
            drop(c, e);
    }
}

/* Leaves room for one more of KEY: one alone, or ONCE_MOST of those that are given out once. */
static void thin_out(struct tls_cache *c, const struct tls_cache_key *key, bool once)
{
    size_t kept = 0;
    struct entry *e = c->bucket[bucket_of(key->kind, key->name)];
    for (struct entry *next; e; e = next) {
        next = e->chain;
        if (has_key(e, key) && (!once || !e->once || ++kept >= ONCE_MOST))
            drop(c, e);
    }
}

enum status tls_cache_new(size_t most, struct tls_cache **cache)
{
    struct tls_cache *c = mem_alloc(sizeof *c);
    if (!c)
        return ST_NO_MEMORY;
    c->most = most;
    *cache = c;
    return ST_OK;
}

void tls_cache_free(struct tls_cache *cache)
{
    if (!cache)
        return;
    (void)tls_cache_forget(cache, NULL, NULL);
    mem_free(cache, sizeof *cache);
}

static struct entry *entry_new(const struct tls_cache_key *key, struct bytes state)
{
    struct entry *e = mem_alloc(sizeof *e);
    if (!e)
        return NULL;
    e->owner = key->owner;
    e->logon = key->logon;
    e->kind = key->kind;
    if (!blob_set(&e->name, key->name) && !blob_set(&e->state, state))
        return e;
    entry_free(e);
    return NULL;
}

enum status tls_cache_put(struct tls_cache *cache, const struct tls_cache_key *key,
        struct bytes state, bool once, uint64_t expires, uint64_t now)
{
    sweep(cache, now);
    if (expires <= now || !cache->most)
        return ST_OK;
    struct entry *e = entry_new(key, state);
    if (!e)
        return ST_NO_MEMORY;
    e->expires = expires;
    e->once = once;
    thin_out(cache, key, once);
    if (cache->count >= cache->most)
        drop(cache, cache->oldest);
    add(cache, e);
    return ST_OK;
}

enum status tls_cache_take(struct tls_cache *cache, const struct tls_cache_key *key, uint64_t now,
        struct blob *state, uint64_t *expires)
{
    sweep(cache, now);
    blob_free(state);
    struct entry *e = cache->bucket[bucket_of(key->kind, key->name)];
    while (e && !(has_key(e, key) && e->expires > now))
        e = e->chain;
    if (!e)
        return ST_OK;
    enum status status = blob_set(state, blob_view(&e->state));
    *expires = e->expires;
    if (e->once)
        drop(cache, e);
    else
        renew(cache, e);
    return status;
}

size_t tls_cache_remove(struct tls_cache *cache, const struct tls_cache_key *key)
{
    size_t before = cache->count;
    thin_out(cache, key, false);
    return before - cache->count;
}

size_t tls_cache_forget(struct tls_cache *cache, tls_cache_match matches, const void *self)
{
    size_t before = cache->count;
    for (struct entry *e = cache->oldest, *newer; e; e = newer) {
        struct tls_cache_key key = {e->owner, e->logon, e->kind, blob_view(&e->name)};
        newer = e->newer;
        if (!matches || matches(self, &key))
            drop(cache, e);
    }
    return before - cache->count;
}

size_t tls_cache_count(const struct tls_cache *cache)
{
    return cache->count;
}
