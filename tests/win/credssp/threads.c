/* After the login each direction has a thread: one seals while another opens, on either side, and a third
 * may delete the context under them. "After completion EncryptMessage and DecryptMessage are the TLS
 * stream"; "EncryptMessage (Schannel)": these functions can be called on one context from two threads. */
#include "pair.h"

enum { RECORDS = 300, TEXT = 1000, ROOM = TEXT + 200 };

/* One direction: the sender writes a record, then the count; the receiver reads the count first. */
struct way {
    CtxtHandle *from, *to;
    const char *name;
    volatile LONG sealed;
    ULONG sizes[RECORDS];
    BYTE records[RECORDS][ROOM];
    LONG bad, opened;
};

static SecPkgContext_StreamSizes sizes;

static SECURITY_STATUS seal(CtxtHandle *context, BYTE *record, ULONG *size)
{
    SecBuffer b[4] = {{sizes.cbHeader, SECBUFFER_STREAM_HEADER, record},
            {TEXT, SECBUFFER_DATA, record + sizes.cbHeader},
            {sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, record + sizes.cbHeader + TEXT},
            {0, SECBUFFER_EMPTY, NULL}};
    SecBufferDesc desc = DESC(b);
    SECURITY_STATUS status = EncryptMessage(context, 0, &desc, 0);

    *size = b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer;
    return status;
}

static void text_of(const char *name, LONG number, char *text)
{
    memset(text, 'a' + number % 26, TEXT);
    text[sprintf(text, "%s, number %ld", name, number)] = '.';
}

static DWORD WINAPI sender(void *arg)
{
    struct way *w = arg;
    LONG i;

    for (i = 0; i < RECORDS; i++) {
        text_of(w->name, i, (char *)w->records[i] + sizes.cbHeader);
        if (seal(w->from, w->records[i], &w->sizes[i]) != SEC_E_OK)
            InterlockedIncrement(&w->bad);
        InterlockedExchange(&w->sealed, i + 1);
    }
    return 0;
}

static SECURITY_STATUS open_record(CtxtHandle *context, void *record, ULONG size, SecBuffer *data)
{
    SecBuffer b[4] = {{size, SECBUFFER_DATA, record}, {0, SECBUFFER_EMPTY}, {0, SECBUFFER_EMPTY},
            {0, SECBUFFER_EMPTY}};
    SecBufferDesc desc = DESC(b);
    SECURITY_STATUS status = DecryptMessage(context, &desc, 0, NULL);

    *data = b[1];
    return status;
}

static DWORD WINAPI receiver(void *arg)
{
    struct way *w = arg;
    char expected[TEXT];
    SecBuffer data;
    LONG i;

    for (i = 0; i < RECORDS; i++) {
        while (InterlockedCompareExchange(&w->sealed, 0, 0) <= i)
            SwitchToThread();
        text_of(w->name, i, expected);
        if (open_record(w->to, w->records[i], w->sizes[i], &data) != SEC_E_OK ||
                data.cbBuffer != TEXT || memcmp(data.pvBuffer, expected, TEXT))
            InterlockedIncrement(&w->bad);
        else
            w->opened++;
    }
    return 0;
}

static BOOL run(DWORD(WINAPI *const *functions)(void *), void *const *args, DWORD *codes, DWORD count)
{
    HANDLE threads[5];
    BOOL back;
    DWORD i;

    for (i = 0; i < count; i++)
        threads[i] = CreateThread(NULL, 0, functions[i], args[i], 0, NULL);
    back = WaitForMultipleObjects(count, threads, TRUE, 30000) == WAIT_OBJECT_0;
    for (i = 0; i < count; i++) {
        GetExitCodeThread(threads[i], &codes[i]);
        CloseHandle(threads[i]);
    }
    return back;
}

static void test_both_ways(struct pair *p)
{
    static struct way up, down;
    static DWORD(WINAPI *const functions[])(void *) = {sender, receiver, sender, receiver};
    void *args[] = {&up, &up, &down, &down};
    DWORD codes[4];

    memset(&up, 0, sizeof(up));
    memset(&down, 0, sizeof(down));
    up.from = down.to = &p->client;
    up.to = down.from = &p->server;
    up.name = "client";
    down.name = "server";
    ok(run(functions, args, codes, 4), "threads hang\n");
    ok(!up.bad && up.opened == RECORDS, "%ld bad, %ld good to the server\n", up.bad, up.opened);
    ok(!down.bad && down.opened == RECORDS, "%ld bad, %ld good to the client\n", down.bad, down.opened);
}

static volatile LONG at_work;

static DWORD WINAPI seal_until_gone(void *context)
{
    BYTE record[ROOM] = {0};
    SECURITY_STATUS status;
    ULONG size;

    do {
        status = seal(context, record, &size);
        InterlockedIncrement(&at_work);
    } while (status == SEC_E_OK);
    return status;
}

static DWORD WINAPI open_until_gone(void *context)
{
    BYTE part[3] = {23, 3, 3};
    SECURITY_STATUS status;
    SecBuffer data;

    do {
        status = open_record(context, part, sizeof(part), &data);
        InterlockedIncrement(&at_work);
    } while (status == SEC_E_INCOMPLETE_MESSAGE);
    return status;
}

static DWORD WINAPI ask_until_gone(void *context)
{
    SecPkgContext_StreamSizes s;
    SECURITY_STATUS status;

    do {
        status = query(context, SECPKG_ATTR_STREAM_SIZES, &s);
        InterlockedIncrement(&at_work);
    } while (status == SEC_E_OK && s.cbHeader == sizes.cbHeader);
    return status;
}

static DWORD WINAPI delete_soon(void *context)
{
    LONG i;

    for (i = 0; i < 3000 && InterlockedCompareExchange(&at_work, 0, 0) < 100; i++)
        Sleep(1);
    return DeleteSecurityContext(context);
}

/* Those whom it is taken from end with SEC_E_INVALID_HANDLE; the other side's context goes on, and its
 * handle is none of theirs. */
static void test_deleted(struct pair *p, BOOL server)
{
    static DWORD(WINAPI *const functions[])(void *) = {
            seal_until_gone, open_until_gone, ask_until_gone, delete_soon};
    CtxtHandle *context = server ? &p->server : &p->client;
    void *args[] = {context, context, context, context};
    BYTE record[ROOM] = {0};
    DWORD codes[4], i;
    ULONG size;

    at_work = 0;
    ok(run(functions, args, codes, 4), "threads hang\n");
    *(server ? &p->has_server : &p->has_client) = FALSE;
    ok(at_work >= 100, "deleted before they were at work: %ld calls\n", at_work);
    ok(codes[3] == SEC_E_OK, "delete: %08lx\n", codes[3]);
    for (i = 0; i < 3; i++)
        ok(codes[i] == SEC_E_INVALID_HANDLE, "thread %lu ends with %08lx\n", i, codes[i]);
    ok(seal(server ? &p->client : &p->server, record, &size) == SEC_E_OK, "the other side\n");
}

static DWORD WINAPI seal_when_open(void *arg)
{
    struct pair *p = arg;
    BYTE record[ROOM] = {0};
    SECURITY_STATUS status;
    ULONG size;

    do
        status = p->has_client ? seal(&p->client, record, &size) : SEC_E_OUT_OF_SEQUENCE;
    while (status == SEC_E_OUT_OF_SEQUENCE && InterlockedCompareExchange(&at_work, 0, 0) >= 0);
    return status;
}

static DWORD WINAPI log_in(void *arg)
{
    pair_run(arg);
    Sleep(20);
    InterlockedExchange(&at_work, -1);
    return 0;
}

/* A thread that cannot wait for the last leg is refused until it is done, and never sealed for before:
 * "SEC_E_OUT_OF_SEQUENCE". */
static void test_too_early(BOOL new_tls)
{
    static DWORD(WINAPI *const functions[])(void *) = {seal_when_open, log_in};
    struct pair *p = pair_new(good_identity());
    void *args[] = {p, p};
    DWORD codes[2];

    p->new_tls = new_tls;
    at_work = 0;
    ok(run(functions, args, codes, 2), "threads hang\n");
    ok(p->client_status == SEC_E_OK && p->server_status == SEC_E_OK, "client %08lx, server %08lx\n",
            p->client_status, p->server_status);
    ok(codes[0] == SEC_E_OK, "sealed at last: %08lx\n", codes[0]);
    pair_free(p);
}

static void one_version(BOOL new_tls)
{
    BOOL server;

    for (server = FALSE; server <= TRUE; server++) {
        struct pair *p = pair_new(good_identity());

        p->new_tls = new_tls;
        if (pair_good(p)) {
            query(&p->client, SECPKG_ATTR_STREAM_SIZES, &sizes);
            test_both_ways(p);
            test_deleted(p, server);
        }
        pair_free(p);
    }
    test_too_early(new_tls);
}

static void all_tests(void)
{
    winetest_push_context("TLS 1.2");
    one_version(FALSE);
    winetest_pop_context();
    winetest_push_context("TLS 1.3");
    one_version(TRUE);
    winetest_pop_context();
}

START_TEST(threads)
{
    run_logins(all_tests);
}
