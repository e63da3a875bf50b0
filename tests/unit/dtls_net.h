/* Two ends of a datagram session and a network between them that loses, repeats and reorders. For
 * tests/unit/dtls_*.c. Time is a turn of the loop in which nothing arrived. */
#ifndef TESTS_DTLS_NET_H
#define TESTS_DTLS_NET_H

#include "tls_pair.h"

enum { NET_MOST = 400, DATAGRAM_MOST = 65536 };

/* One direction. */
struct wire {
    struct blob waiting[NET_MOST];
    size_t count;
    size_t sent, largest;
};

struct net {
    struct pair *p;
    struct wire to_server, to_client;
    bool client_done, server_done;
    uint32_t dice;                         /* of the network's misfortunes */
    unsigned lose, repeat, swap;           /* per cent */
    size_t lose_client_at, lose_server_at; /* 1: the first datagram that this end sends; 0 none */
};

static inline unsigned net_percent(struct net *n)
{
    n->dice = n->dice * 1664525u + 1013904223u; /* Numerical Recipes' generator */
    return (n->dice >> 16) % 100;
}

static inline void wire_put(struct wire *w, struct bytes datagram)
{
    if (w->count == NET_MOST)
        abort();
    CHECK_STATUS(blob_set(&w->waiting[w->count++], datagram), ST_OK);
}

static inline void net_send(struct net *n, bool from_client, struct bytes datagram)
{
    struct wire *w = from_client ? &n->to_server : &n->to_client;
    size_t doomed = from_client ? n->lose_client_at : n->lose_server_at;
    w->largest = datagram.size > w->largest ? datagram.size : w->largest;
    if (++w->sent == doomed || net_percent(n) < n->lose)
        return;
    wire_put(w, datagram);
    if (net_percent(n) < n->repeat)
        wire_put(w, datagram);
    if (w->count > 1 && net_percent(n) < n->swap) {
        struct blob last = w->waiting[w->count - 1];
        w->waiting[w->count - 1] = w->waiting[w->count - 2];
        w->waiting[w->count - 2] = last;
    }
}

/* The first that waits, which is then the caller's. */
static inline bool wire_get(struct wire *w, struct blob *datagram)
{
    if (!w->count)
        return false;
    blob_move(datagram, &w->waiting[0]);
    w->count--;
    for (size_t i = 0; i < w->count; i++)
        w->waiting[i] = w->waiting[i + 1];
    w->waiting[w->count] = (struct blob){0};
    return true;
}

/* Everything that the end has to say. */
static inline size_t net_flush(struct net *n, bool client)
{
    struct tls_session *s = client ? n->p->client.s : n->p->server.s;
    struct blob datagram = {0};
    size_t count = 0;
    for (; tls_datagram_waits(s); count++) {
        CHECK_STATUS(tls_datagram_take(s, &datagram), ST_OK);
        CHECK(datagram.size);
        net_send(n, client, blob_view(&datagram));
    }
    blob_free(&datagram);
    return count;
}

static inline enum status net_leg(struct net *n, bool client, struct bytes in)
{
    struct end *e = client ? &n->p->client : &n->p->server;
    struct blob out = {0};
    size_t consumed = 0;
    uint8_t *copy = malloc(in.size ? in.size : 1); /* the sanitizer sees a read past the end */
    if (!copy)
        abort();
    if (in.size)
        memcpy(copy, in.data, in.size);
    e->status = tls_handshake(e->s, bytes_of(copy, in.size), &consumed, &e->missing, &out);
    CHECK(!out.size && consumed <= in.size);
    free(copy);
    if (client)
        n->client_done |= e->status == ST_OK;
    else
        n->server_done |= e->status == ST_OK;
    return e->status;
}

/* An end that is done reads: the peer may repeat its last flight, or data come early. */
static inline void net_read(struct net *n, bool client, struct blob *datagram)
{
    struct end *e = client ? &n->p->client : &n->p->server;
    struct bytes in = blob_view(datagram);
    uint8_t *out = malloc(in.size);
    while (in.size) {
        size_t consumed, missing, size;
        enum status status =
                tls_decrypt(e->s, in, out, in.size, &consumed, &missing, &size);
        if (status == ST_RENEGOTIATE)
            CHECK_STATUS(net_leg(n, client, in), ST_OK);
        if (status == ST_RENEGOTIATE || !consumed)
            break;
        in = bytes_of(in.data + consumed, in.size - consumed);
    }
    free(out);
}

static inline bool net_deliver(struct net *n, bool client)
{
    struct wire *w = client ? &n->to_client : &n->to_server;
    struct blob datagram = {0};
    if (!wire_get(w, &datagram))
        return false;
    if (client ? n->client_done : n->server_done)
        net_read(n, client, &datagram);
    else
        (void)net_leg(n, client, blob_view(&datagram));
    blob_free(&datagram);
    (void)net_flush(n, client);
    return true;
}

static inline bool net_failed(const struct net *n)
{
    return status_failed(n->p->client.status) || status_failed(n->p->server.status);
}

/* Until both are done, one has failed, or TURNS are over. The server's session is made by the first
 * hello here; cookies have tests of their own. */
static inline void net_handshake(struct net *n, int turns)
{
    n->p->client.status = n->p->server.status = ST_CONTINUE;
    (void)net_leg(n, true, bytes_of(NULL, 0));
    (void)net_flush(n, true);
    bool server_began = false;
    for (int i = 0; i < turns && !(n->client_done && n->server_done) && !net_failed(n); i++) {
        bool any = net_deliver(n, false);
        server_began |= any;
        any |= net_deliver(n, true);
        if (any)
            continue;
        if (!n->client_done)
            (void)net_leg(n, true, bytes_of(NULL, 0));
        if (server_began && !n->server_done)
            (void)net_leg(n, false, bytes_of(NULL, 0));
        (void)net_flush(n, true);
        (void)net_flush(n, false);
    }
}

static inline void wire_clear(struct wire *w)
{
    struct blob datagram = {0};
    while (wire_get(w, &datagram))
        blob_free(&datagram);
}

static inline struct net *net_new(unsigned versions, enum pair_key key)
{
    struct net *n = calloc(1, sizeof *n);
    if (!n)
        abort();
    n->p = pair_new(versions, versions, key);
    return n;
}

static inline void net_free(struct net *n)
{
    wire_clear(&n->to_server);
    wire_clear(&n->to_client);
    pair_free(n->p);
    free(n);
}

static inline struct net *net_open(unsigned versions, enum pair_key key)
{
    struct net *n = net_new(versions, key);
    net_handshake(n, 100);
    CHECK(n->client_done && n->server_done);
    wire_clear(&n->to_server);
    wire_clear(&n->to_client);
    return n;
}

#endif
