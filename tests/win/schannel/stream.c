/* EncryptMessage, DecryptMessage, ApplyControlToken. */
#include "pair.h"

static BYTE plain[16384], record[20000], record2[20000];

static struct options tls12 = {
        SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_2_SERVER, SCH_CRED_MANUAL_CRED_VALIDATION};
static struct options tls13 = {0, 0, SCH_CRED_MANUAL_CRED_VALIDATION};

/* pair_open has read the tickets that a TLS 1.3 server sends. */
static void exchange(CtxtHandle *from, CtxtHandle *to, ULONG size)
{
    ULONG total = seal(from, plain, size, record), got, extra;
    BYTE *data;
    SECURITY_STATUS status = unseal(to, record, total, &data, &got, &extra);
    ok(status == SEC_E_OK, "size %lu: %08lx\n", size, status);
    ok(got == size && !extra, "got %lu of %lu, extra %lu\n", got, size, extra);
    ok(got == size && !memcmp(data, plain, size), "other bytes\n");
}

static void test_sizes(struct pair *p)
{
    static const ULONG sizes[] = {1, 2, 15, 16, 17, 64, 1000, 1024, 4095, 8192, 16383, 16384};
    SecPkgContext_StreamSizes stream;
    int i;

    ok(sspi->QueryContextAttributesW(&p->client, SECPKG_ATTR_STREAM_SIZES, &stream) == SEC_E_OK,
            "sizes\n");
    ok(stream.cbMaximumMessage == 16384 && stream.cBuffers == 4, "maximum %lu buffers %lu\n",
            stream.cbMaximumMessage, stream.cBuffers);
    trace("header %lu trailer %lu block %lu\n", stream.cbHeader, stream.cbTrailer,
            stream.cbBlockSize);
    for (i = 0; i < ARRAY_SIZE(sizes); i++) {
        exchange(&p->client, &p->server, sizes[i]);
        exchange(&p->server, &p->client, sizes[i]);
    }
}

static void test_separate_buffers(struct pair *p)
{
    SecPkgContext_StreamSizes sizes;
    BYTE header[64], trailer[128], data[100], *out;
    SecBuffer buffers[4];
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, buffers};
    ULONG total = 0, got, extra;
    SECURITY_STATUS status;
    int i;

    sspi->QueryContextAttributesW(&p->client, SECPKG_ATTR_STREAM_SIZES, &sizes);
    memcpy(data, plain, sizeof(data));
    buffers[0] = (SecBuffer){sizes.cbHeader, SECBUFFER_STREAM_HEADER, header};
    buffers[1] = (SecBuffer){sizeof(data), SECBUFFER_DATA, data};
    buffers[2] = (SecBuffer){sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, trailer};
    buffers[3] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    status = sspi->EncryptMessage(&p->client, 0, &desc, 0);
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(memcmp(data, plain, sizeof(data)), "data was not encrypted in place\n");
    for (i = 0; i < 3; i++) {
        memcpy(record + total, buffers[i].pvBuffer, buffers[i].cbBuffer);
        total += buffers[i].cbBuffer;
    }
    status = unseal(&p->server, record, total, &out, &got, &extra);
    ok(status == SEC_E_OK && got == sizeof(data) && !memcmp(out, plain, got), "%08lx, %lu bytes\n",
            status, got);
}

/* The trailer may be said to be larger than any: what is there is used, and no sum of sizes
 * overflows. */
static void test_large_trailer(struct pair *p)
{
    SecPkgContext_StreamSizes sizes;
    BYTE header[64], data[100], trailer[128], *out;
    SecBuffer buffers[4] = {{0, SECBUFFER_STREAM_HEADER, header},
            {sizeof(data), SECBUFFER_DATA, data}, {0xFFFFFFFF, SECBUFFER_STREAM_TRAILER, trailer}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, buffers};
    ULONG total = 0, got, extra;
    SECURITY_STATUS status;
    int i;

    sspi->QueryContextAttributesW(&p->client, SECPKG_ATTR_STREAM_SIZES, &sizes);
    buffers[0].cbBuffer = sizes.cbHeader;
    memcpy(data, plain, sizeof(data));
    status = sspi->EncryptMessage(&p->client, 0, &desc, 0);
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(buffers[2].cbBuffer <= sizes.cbTrailer, "trailer %lu\n", buffers[2].cbBuffer);
    if (status != SEC_E_OK)
        return;
    for (i = 0; i < 3; i++) {
        memcpy(record + total, buffers[i].pvBuffer, buffers[i].cbBuffer);
        total += buffers[i].cbBuffer;
    }
    status = unseal(&p->server, record, total, &out, &got, &extra);
    ok(status == SEC_E_OK && got == sizeof(data) && !memcmp(out, plain, got), "%08lx\n", status);
}

/* docs/interop.md: no data is an empty record (RFC 5246 6.2.1, RFC 8446 5.1) of header and trailer; where the parts lie
 * makes no difference. The peer gets no data and no end, and the next record has the next number. */
static void test_no_data(struct pair *p)
{
    SecPkgContext_StreamSizes sizes;
    BYTE header[64], trailer[128], *out;
    ULONG got, extra;
    int apart;

    sspi->QueryContextAttributesW(&p->client, SECPKG_ATTR_STREAM_SIZES, &sizes);
    for (apart = 0; apart < 2; apart++) {
        SecBuffer buffers[4] = {
                {sizes.cbHeader, SECBUFFER_STREAM_HEADER, apart ? header : record},
                {0, SECBUFFER_DATA, apart ? NULL : record + sizes.cbHeader},
                {sizes.cbTrailer, SECBUFFER_STREAM_TRAILER,
                        apart ? trailer : record + sizes.cbHeader}};
        SecBufferDesc desc = {SECBUFFER_VERSION, 4, buffers};
        SECURITY_STATUS status = sspi->EncryptMessage(&p->client, 0, &desc, 0);
        ok(status == SEC_E_OK, "%08lx\n", status);
        ok(buffers[0].cbBuffer == sizes.cbHeader && !buffers[1].cbBuffer && buffers[2].cbBuffer == sizes.cbTrailer,
                "%lu, %lu and %lu bytes\n", buffers[0].cbBuffer, buffers[1].cbBuffer, buffers[2].cbBuffer);
        if (apart) {
            memcpy(record, header, sizes.cbHeader);
            memcpy(record + sizes.cbHeader, trailer, sizes.cbTrailer);
        }
        status = unseal(&p->server, record, sizes.cbHeader + sizes.cbTrailer, &out, &got, &extra);
        ok(status == SEC_E_OK && !got && !extra, "%08lx, %lu bytes, %lu more\n", status, got, extra);
        exchange(&p->client, &p->server, 100);
    }
}

static void test_encrypt_errors(struct pair *p)
{
    SecPkgContext_StreamSizes sizes;
    SecBuffer buffers[4];
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, buffers};
    SECURITY_STATUS status;

    sspi->QueryContextAttributesW(&p->client, SECPKG_ATTR_STREAM_SIZES, &sizes);
    buffers[0] = (SecBuffer){sizes.cbHeader, SECBUFFER_STREAM_HEADER, record};
    buffers[1] = (SecBuffer){10, SECBUFFER_DATA, record + sizes.cbHeader};
    buffers[2] =
            (SecBuffer){sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, record + sizes.cbHeader + 10};
    buffers[3] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    desc.cBuffers = 2;
    status = sspi->EncryptMessage(&p->client, 0, &desc, 0);
    ok(status == SEC_E_INVALID_TOKEN, "no trailer: %08lx\n", status);
    desc.cBuffers = 4;
    buffers[0].cbBuffer--;
    status = sspi->EncryptMessage(&p->client, 0, &desc, 0);
    ok(status == SEC_E_BUFFER_TOO_SMALL, "small header: %08lx\n", status);
    buffers[0].cbBuffer++;
    buffers[2].cbBuffer = 1;
    status = sspi->EncryptMessage(&p->client, 0, &desc, 0);
    ok(status == SEC_E_BUFFER_TOO_SMALL, "small trailer: %08lx\n", status);
    exchange(&p->client, &p->server, 100); /* unharmed */
}

/* docs/interop.md: more than cbMaximumMessage; fQOP. Nothing has happened to the data or to the connection then. */
static void test_refused(struct pair *p)
{
    static const ULONG qualities[] = {1, SECQOP_WRAP_OOB_DATA, SECQOP_WRAP_NO_ENCRYPT};
    static BYTE big[64 + 16385 + 128];
    SecPkgContext_StreamSizes sizes;
    SecBuffer buffers[4] = {{0}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, buffers};
    SECURITY_STATUS status;

    sspi->QueryContextAttributesW(&p->client, SECPKG_ATTR_STREAM_SIZES, &sizes);
    memcpy(big + sizes.cbHeader, plain, 16384);
    for (int i = -1; i < ARRAY_SIZE(qualities); i++) {
        ULONG size = i < 0 ? sizes.cbMaximumMessage + 1 : 100;
        buffers[0] = (SecBuffer){sizes.cbHeader, SECBUFFER_STREAM_HEADER, big};
        buffers[1] = (SecBuffer){size, SECBUFFER_DATA, big + sizes.cbHeader};
        buffers[2] = (SecBuffer){sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, big + sizes.cbHeader + size};
        status = sspi->EncryptMessage(&p->client, i < 0 ? 0 : qualities[i], &desc, 0);
        ok(status == (i < 0 ? SEC_E_INVALID_PARAMETER : SEC_E_QOP_NOT_SUPPORTED), "%d: %08lx\n", i, status);
        ok(!memcmp(big + sizes.cbHeader, plain, min(size, 16384)) && buffers[1].cbBuffer == size, "%d: changed\n", i);
        exchange(&p->client, &p->server, 16384);
    }
}

static void test_incomplete_and_extra(struct pair *p)
{
    ULONG first = seal(&p->client, "hello", 5, record), second, got, extra, i;
    BYTE *data;
    SECURITY_STATUS status;

    for (i = 0; i < first; i++) {
        status = unseal(&p->server, record, i, &data, &got, &extra);
        ok(status == SEC_E_INCOMPLETE_MESSAGE, "%lu bytes: %08lx\n", i, status);
        ok(extra == (i < 5 ? 5 - i : first - i), "%lu bytes: %lu missing\n", i, extra);
    }
    second = seal(&p->client, "world!", 6, record2);
    memcpy(record + first, record2, second);
    status = unseal(&p->server, record, first + second, &data, &got, &extra);
    ok(status == SEC_E_OK && got == 5 && !memcmp(data, "hello", 5), "%08lx\n", status);
    ok(extra == second, "extra %lu of %lu\n", extra, second);
    status = unseal(&p->server, record + first, extra, &data, &got, &extra);
    ok(status == SEC_E_OK && got == 6 && !memcmp(data, "world!", 6) && !extra, "%08lx\n", status);
}

static void test_decrypt_arguments(struct pair *p)
{
    SecBuffer buffers[4] = {{10, SECBUFFER_DATA, record}, {0, SECBUFFER_EMPTY},
            {0, SECBUFFER_EMPTY}, {0, SECBUFFER_EMPTY}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 3, buffers};
    SECURITY_STATUS status;

    status = sspi->DecryptMessage(&p->client, &desc, 0, NULL);
    ok(status == SEC_E_INVALID_TOKEN, "three buffers: %08lx\n", status);
    desc.cBuffers = 4;
    buffers[1].BufferType = SECBUFFER_DATA;
    status = sspi->DecryptMessage(&p->client, &desc, 0, NULL);
    ok(status == SEC_E_INVALID_TOKEN, "two DATA: %08lx\n", status);
    buffers[0].BufferType = buffers[1].BufferType = SECBUFFER_EMPTY;
    status = sspi->DecryptMessage(&p->client, &desc, 0, NULL);
    ok(status == SEC_E_INVALID_TOKEN, "no DATA: %08lx\n", status);
    ok(sspi->DecryptMessage(&p->client, NULL, 0, NULL) == SEC_E_INVALID_TOKEN, "NULL\n");
}

static void test_tampered(const struct options *o)
{
    struct pair p;
    ULONG total, got, extra;
    BYTE *data;
    SECURITY_STATUS status;

    pair_open(&p, o);
    total = seal(&p.client, "hello", 5, record);
    record[total - 1] ^= 1;
    status = unseal(&p.server, record, total, &data, &got, &extra);
    ok(status == SEC_E_MESSAGE_ALTERED, "%08lx\n", status);
    total = seal(&p.client, "hello", 5, record);
    status = unseal(&p.server, record, total, &data, &got, &extra);
    ok(FAILED(status), "goes on after a bad record: %08lx\n", status);
    pair_close(&p);
}

static SECURITY_STATUS shut_down(CtxtHandle *context, ULONG *size)
{
    DWORD kind = SCHANNEL_SHUTDOWN;
    SecBuffer token = {sizeof(kind), SECBUFFER_TOKEN, &kind}, out = {0, SECBUFFER_EMPTY, NULL}; /* as curl does */
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &token}, output = {SECBUFFER_VERSION, 1, &out};
    ULONG attributes;
    SECURITY_STATUS status = sspi->ApplyControlToken(context, &desc);
    ok(status == SEC_E_OK, "ApplyControlToken %08lx\n", status);
    status = sspi->InitializeSecurityContextW(NULL, context, NULL, ISC_REQ_ALLOCATE_MEMORY, 0, 0,
            NULL, 0, NULL, &output, &attributes, NULL);
    *size = out.cbBuffer;
    if (out.cbBuffer) {
        memcpy(record, out.pvBuffer, out.cbBuffer);
        sspi->FreeContextBuffer(out.pvBuffer);
    }
    return status;
}

static void test_shutdown(const struct options *o)
{
    struct pair p;
    ULONG size, got, extra;
    BYTE *data;
    SecBuffer buffers[4];
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, buffers};
    SECURITY_STATUS status;

    pair_open(&p, o);
    status = shut_down(&p.client, &size);
    ok(status == SEC_E_OK && size, "%08lx, %lu bytes\n", status, size);
    status = unseal(&p.server, record, size, &data, &got, &extra);
    ok(status == SEC_I_CONTEXT_EXPIRED, "%08lx\n", status);
    /* The other direction is still open */
    exchange(&p.server, &p.client, 10);
    buffers[0] = (SecBuffer){64, SECBUFFER_STREAM_HEADER, record};
    buffers[1] = (SecBuffer){10, SECBUFFER_DATA, record + 64};
    buffers[2] = (SecBuffer){128, SECBUFFER_STREAM_TRAILER, record + 74};
    buffers[3] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    status = sspi->EncryptMessage(&p.client, 0, &desc, 0);
    ok(status == SEC_E_CONTEXT_EXPIRED, "%08lx\n", status);
    pair_close(&p);
}

/* Six bytes that nobody needs a key for. They end the stream: SEC_I_RENEGOTIATE would send the
 * program to InitializeSecurityContext and back for ever. */
static void test_injected(const struct options *o)
{
    static const BYTE change_cipher_spec[] = {20, 3, 3, 0, 1, 1};
    struct pair p;
    ULONG got, extra;
    BYTE *data;
    SECURITY_STATUS status;

    pair_open(&p, o);
    memcpy(record, change_cipher_spec, sizeof(change_cipher_spec));
    status = unseal(&p.client, record, sizeof(change_cipher_spec), &data, &got, &extra);
    ok(FAILED(status) && status != SEC_E_INCOMPLETE_MESSAGE, "%08lx\n", status);
    pair_close(&p);
}

static SECURITY_STATUS control(CtxtHandle *context, const DWORD *words, ULONG size)
{
    SecBuffer buffer = {size, SECBUFFER_TOKEN, (void *)words};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &buffer};
    return sspi->ApplyControlToken(context, &desc);
}

/* Each is a record with a number of its own: what was asked for and not sent yet is not lost when
 * more is asked for. */
static void test_alerts_in_a_row(const struct options *o)
{
    static const DWORD warning[] = {SCHANNEL_ALERT, TLS1_ALERT_WARNING, TLS1_ALERT_USER_CANCELED};
    static const DWORD shutdown = SCHANNEL_SHUTDOWN;
    SecBuffer out = {sizeof(record), SECBUFFER_TOKEN, record};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
    struct pair p;
    ULONG got, extra = 0, attributes, at = 0;
    BYTE *data;
    SECURITY_STATUS status;
    int i;

    pair_open(&p, o);
    for (i = 0; i < 2; i++)
        ok((status = control(&p.client, warning, sizeof(warning))) == SEC_E_OK, "%08lx\n", status);
    ok((status = control(&p.client, &shutdown, sizeof(shutdown))) == SEC_E_OK, "%08lx\n", status);
    status = sspi->InitializeSecurityContextW(
            NULL, &p.client, NULL, 0, 0, 0, NULL, 0, NULL, &output, &attributes, NULL);
    ok(status == SEC_E_OK, "%08lx\n", status);
    for (i = 0, status = SEC_E_OK; i < 6 && SUCCEEDED(status) && status != SEC_I_CONTEXT_EXPIRED;
            i++) {
        status = unseal(&p.server, record + at, out.cbBuffer - at, &data, &got, &extra);
        at = out.cbBuffer - extra;
    }
    ok(status == SEC_I_CONTEXT_EXPIRED, "record %d: %08lx\n", i, status);
    pair_close(&p);
}

static void test_control_arguments(struct pair *p)
{
    DWORD kind = SCHANNEL_RENEGOTIATE;
    SecBuffer tokens[2] = {
            {sizeof(kind), SECBUFFER_TOKEN, &kind}, {sizeof(kind), SECBUFFER_TOKEN, &kind}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, tokens};
    SECURITY_STATUS status;

    ok((status = sspi->ApplyControlToken(NULL, &desc)) == SEC_E_INVALID_HANDLE, "%08lx\n", status);
    ok((status = sspi->ApplyControlToken(&p->client, NULL)) == SEC_E_INTERNAL_ERROR, "%08lx\n",
            status);
    ok((status = sspi->ApplyControlToken(&p->client, &desc)) == SEC_E_INVALID_TOKEN,
            "two tokens: %08lx\n", status);
    desc.cBuffers = 1;
    ok((status = sspi->ApplyControlToken(&p->client, &desc)) == SEC_E_UNSUPPORTED_FUNCTION,
            "renegotiate: %08lx\n", status);
    tokens[0].cbBuffer = 3;
    ok((status = sspi->ApplyControlToken(&p->client, &desc)) == SEC_E_UNSUPPORTED_FUNCTION,
            "three bytes: %08lx\n", status);
    tokens[0].BufferType = SECBUFFER_EMPTY;
    ok((status = sspi->ApplyControlToken(&p->client, &desc)) == SEC_E_INVALID_TOKEN,
            "no token: %08lx\n", status);
}

/* ---- two threads on one context ---- */

#define ROUNDS 300

struct pipe {
    CRITICAL_SECTION lock;
    BYTE data[ROUNDS][1100];
    ULONG size[ROUNDS];
    volatile LONG count;
};
static struct pipe to_server, to_client;

struct job {
    CtxtHandle *context;
    struct pipe *pipe;
    BYTE fill;
    LONG bad;
};

static DWORD WINAPI sender(void *arg)
{
    struct job *job = arg;
    BYTE data[1000];
    int i;
    memset(data, job->fill, sizeof(data));
    for (i = 0; i < ROUNDS; i++) {
        job->pipe->size[i] = seal(job->context, data, sizeof(data), job->pipe->data[i]);
        InterlockedIncrement(&job->pipe->count);
    }
    return 0;
}

static DWORD WINAPI receiver(void *arg)
{
    struct job *job = arg;
    ULONG got, extra;
    BYTE *data;
    int i;
    for (i = 0; i < ROUNDS; i++) {
        while (job->pipe->count <= i)
            Sleep(0);
        if (unseal(job->context, job->pipe->data[i], job->pipe->size[i], &data, &got, &extra) !=
                        SEC_E_OK ||
                got != 1000 || data[0] != job->fill || data[999] != job->fill)
            job->bad++;
    }
    return 0;
}

static void test_threads(const struct options *o)
{
    struct pair p;
    struct job jobs[4] = {{&p.client, &to_server, 'a'}, {&p.server, &to_server, 'a'},
            {&p.server, &to_client, 'b'}, {&p.client, &to_client, 'b'}};
    HANDLE threads[4];
    int i;

    pair_open(&p, o);
    to_server.count = to_client.count = 0;
    for (i = 0; i < 4; i++)
        threads[i] = CreateThread(NULL, 0, i % 2 ? receiver : sender, &jobs[i], 0, NULL);
    ok(WaitForMultipleObjects(4, threads, TRUE, 60000) == WAIT_OBJECT_0, "threads hang\n");
    for (i = 0; i < 4; i++)
        CloseHandle(threads[i]);
    ok(!jobs[1].bad && !jobs[3].bad, "%ld and %ld records bad\n", jobs[1].bad, jobs[3].bad);
    pair_close(&p);
}

static DWORD WINAPI encrypt_until_gone(void *arg)
{
    BYTE room[1200];
    SECURITY_STATUS status;
    do {
        SecBuffer b[4] = {{64, SECBUFFER_STREAM_HEADER, room}, {1000, SECBUFFER_DATA, room + 64},
                {128, SECBUFFER_STREAM_TRAILER, room + 1064}};
        SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
        status = sspi->EncryptMessage(arg, 0, &desc, 0);
    } while (status == SEC_E_OK);
    return status;
}

static DWORD WINAPI decrypt_until_gone(void *arg)
{
    BYTE part[3] = {23, 3, 3};
    SECURITY_STATUS status;
    do {
        SecBuffer b[4] = {{sizeof(part), SECBUFFER_DATA, part}};
        SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
        status = sspi->DecryptMessage(arg, &desc, 0, NULL);
    } while (status == SEC_E_INCOMPLETE_MESSAGE);
    return status;
}

/* One thread encrypts, one decrypts, a third deletes: the other two end with an invalid handle. */
static void test_delete(const struct options *o)
{
    struct pair p;
    HANDLE threads[2];
    DWORD code;
    int i;

    pair_open(&p, o);
    threads[0] = CreateThread(NULL, 0, encrypt_until_gone, &p.client, 0, NULL);
    threads[1] = CreateThread(NULL, 0, decrypt_until_gone, &p.client, 0, NULL);
    Sleep(30);
    ok(sspi->DeleteSecurityContext(&p.client) == SEC_E_OK, "delete\n");
    p.has_client = FALSE;
    ok(WaitForMultipleObjects(2, threads, TRUE, 20000) == WAIT_OBJECT_0, "threads hang\n");
    for (i = 0; i < 2; i++) {
        GetExitCodeThread(threads[i], &code);
        ok(code == SEC_E_INVALID_HANDLE, "thread %d ends with %08lx\n", i, code);
        CloseHandle(threads[i]);
    }
    pair_close(&p);
}

static void test_version(const struct options *o)
{
    struct pair p;
    pair_open(&p, o);
    if (p.client_status == SEC_E_OK && p.server_status == SEC_E_OK) {
        test_sizes(&p);
        test_separate_buffers(&p);
        test_large_trailer(&p);
        test_no_data(&p);
        test_encrypt_errors(&p);
        test_refused(&p);
        test_incomplete_and_extra(&p);
        test_decrypt_arguments(&p);
        test_control_arguments(&p);
    } else {
        ok(0, "no handshake: %08lx %08lx\n", p.client_status, p.server_status);
    }
    pair_close(&p);
    test_tampered(o);
    test_injected(o);
    test_shutdown(o);
    test_threads(o);
    test_delete(o);
}

START_TEST(stream)
{
    ULONG i;
    pair_setup();
    for (i = 0; i < sizeof(plain); i++)
        plain[i] = (BYTE)(i * 7 + i / 256);
    winetest_push_context("1.2");
    test_version(&tls12);
    test_alerts_in_a_row(&tls12); /* with 1.3 every alert but one ends the connection */
    winetest_pop_context();
    winetest_push_context("1.3");
    test_version(&tls13);
    winetest_pop_context();
}
