/* libs/tls: one thread sends while another receives on the same session, with KeyUpdates in
 * between. Natively also run by hand under ThreadSanitizer. */
#ifdef _WIN32
#include <process.h>
#include <windows.h>
#else
#include <pthread.h>
#include <sched.h>
#endif
#include "tls/internal.h"
#include "tls_pair.h"

enum { RECORDS = 3000, SENT = 4000, WIRE = 64 };

/* A few records on the way from one end to the other; one writer, one reader. */
struct wire {
    uint8_t record[WIRE][2048 + 64];
    size_t size[WIRE];
    unsigned written, read; /* atomic */
    int broken;             /* atomic; somebody has given up: nobody waits any more */
};

struct job {
    struct end *from, *to;
    struct wire *wire;
    bool key_updates; /* the sender asks for them; nobody receives on its session meanwhile */
    unsigned bad;
};

static void rest(void)
{
#ifdef _WIN32
    Sleep(0);
#else
    sched_yield();
#endif
}

static void wire_put(struct wire *w, struct bytes v)
{
    while (w->written - __atomic_load_n(&w->read, __ATOMIC_ACQUIRE) == WIRE) {
        if (__atomic_load_n(&w->broken, __ATOMIC_ACQUIRE))
            return;
        rest();
    }
    memcpy(w->record[w->written % WIRE], v.data, v.size);
    w->size[w->written % WIRE] = v.size;
    __atomic_store_n(&w->written, w->written + 1, __ATOMIC_RELEASE);
}

static struct bytes wire_get(struct wire *w)
{
    while (__atomic_load_n(&w->written, __ATOMIC_ACQUIRE) == w->read) {
        if (__atomic_load_n(&w->broken, __ATOMIC_ACQUIRE))
            return bytes_of(NULL, 0);
        rest();
    }
    return bytes_of(w->record[w->read % WIRE], w->size[w->read % WIRE]);
}

static void give_up(struct job *j)
{
    j->bad++;
    __atomic_store_n(&j->wire->broken, 1, __ATOMIC_RELEASE);
}

static void ask_for_key_update(struct job *j)
{
    struct blob out = {0};
    transport_to_message(j->from->s);
    if (gnutls_session_key_update(j->from->s->gnutls, GNUTLS_KU_PEER) ||
            transport_take(j->from->s, &out))
        j->bad++;
    else
        wire_put(j->wire, blob_view(&out));
    blob_free(&out);
}

static void sender(struct job *j)
{
    uint8_t data[2048], record[2048 + 64];
    for (unsigned i = 0; i < RECORDS; i++) {
        size_t size, n = 1 + i * 37 % 2000;
        memset(data, (int)(i & 0xff), n);
        if (j->key_updates && i % 500 == 250)
            ask_for_key_update(j);
        struct tls_sizes z;
        if (tls_sizes(j->from->s, &z) ||
                tls_encrypt(j->from->s, bytes_of(data, n), record, sizeof record, &size) ||
                size > z.header + n + z.trailer) {
            give_up(j);
            break;
        }
        wire_put(j->wire, bytes_of(record, size));
    }
}

static void receiver(struct job *j)
{
    unsigned i = 0;
    while (i < RECORDS) {
        uint8_t out[2048 + 64];
        size_t consumed, missing, size;
        struct bytes v = wire_get(j->wire);
        enum status status = tls_decrypt(j->to->s, v, out, sizeof out, &consumed, &missing, &size);
        if (status == ST_RENEGOTIATE && !size) {
            if (!consumed)
                continue;
        } else if (status || consumed != v.size) {
            give_up(j);
            break;
        } else if (size) {
            if (size != 1 + i * 37 % 2000 || out[0] != (i & 0xff) || out[size - 1] != (i & 0xff))
                j->bad++;
            i++;
        }
        __atomic_store_n(&j->wire->read, j->wire->read + 1, __ATOMIC_RELEASE);
    }
}

#ifdef _WIN32
typedef HANDLE thread;
static unsigned __stdcall run_sender(void *job)
{
    sender(job);
    return 0;
}
static unsigned __stdcall run_receiver(void *job)
{
    receiver(job);
    return 0;
}
static thread start(unsigned(__stdcall *run)(void *), struct job *j)
{
    return (HANDLE)_beginthreadex(NULL, 0, run, j, 0, NULL);
}
static void join(thread t)
{
    WaitForSingleObject(t, INFINITE);
    CloseHandle(t);
}
#else
typedef pthread_t thread;
static void *run_sender(void *job)
{
    sender(job);
    return NULL;
}
static void *run_receiver(void *job)
{
    receiver(job);
    return NULL;
}
static thread start(void *(*run)(void *), struct job *j)
{
    thread t;
    if (pthread_create(&t, NULL, run, j))
        abort();
    return t;
}
static void join(thread t)
{
    pthread_join(t, NULL);
}
#endif

/* Four threads: each end sends and receives at once. */
static void test_both_ways(unsigned version)
{
    static struct wire there, back;
    memset(&there, 0, sizeof there);
    memset(&back, 0, sizeof back);
    struct pair *p = pair_open(version, PAIR_EC);
    struct job a = {.from = &p->client, .to = &p->server, .wire = &there};
    struct job b = {.from = &p->server, .to = &p->client, .wire = &back};
    thread t[] = {start(run_sender, &a), start(run_receiver, &a), start(run_sender, &b),
            start(run_receiver, &b)};
    for (int i = 0; i < 4; i++)
        join(t[i]);
    CHECK(!a.bad);
    CHECK(!b.bad);
    pair_free(p);
}

/* The client receives KeyUpdate requests in one thread while it sends in another: no record more
 * than asked for. The server's sender is this thread; what the client sends is only read
 * afterwards. */
static void test_key_updates(void)
{
    static struct wire back;
    memset(&back, 0, sizeof back);
    struct pair *p = pair_open(TLS_V1_3, PAIR_EC);
    struct job b = {.from = &p->server, .to = &p->client, .wire = &back}, feeder = b;
    feeder.key_updates = true;
    static uint8_t record[SENT][2048 + 64];
    size_t size[SENT];
    thread t[] = {start(run_receiver, &b), start(run_sender, &feeder)};
    for (unsigned i = 0; i < SENT; i++) {
        uint8_t data[1000];
        memset(data, (int)(i & 0xff), sizeof data);
        while (__atomic_load_n(&back.read, __ATOMIC_ACQUIRE) + 1 <
                i * (RECORDS / 1000) / (SENT / 1000))
            if (__atomic_load_n(&back.broken, __ATOMIC_ACQUIRE))
                break;
            else
                rest(); /* as fast as the other direction */
        CHECK_STATUS(tls_encrypt(p->client.s, bytes_of(data, sizeof data), record[i],
                             sizeof record[i], &size[i]),
                ST_OK);
        CHECK(size[i] == 5 + 1000 + 17);
    }
    join(t[0]);
    join(t[1]);
    CHECK(!b.bad && !feeder.bad);
    for (unsigned i = 0; i < SENT; i++) {
        size_t consumed, missing, got;
        CHECK_STATUS(tls_decrypt(p->server.s, bytes_of(record[i], size[i]), record[i], size[i],
                             &consumed, &missing, &got),
                ST_OK);
        CHECK(got == 1000 && record[i][0] == (i & 0xff));
    }
    pair_free(p);
}

int main(void)
{
    test_both_ways(TLS_V1_2);
    test_both_ways(TLS_V1_3);
    test_key_updates();
    return unit_end("tls_threads");
}
