/* SecBufferDescs that lie: types, sizes, pointers, order, doubles and counts, by a fixed seed. Whatever is said of a buffer
 * stays within memory that is there: it ends at a page that nobody may touch, so that one byte too many ends the process, and
 * what was not given is looked at afterwards. No page says which error goes with which lie, so none is asked for. A SEC_E_OK
 * has to make sense: DecryptMessage's data is what was sealed, EncryptMessage's record is what the peer opens. */
#include "pair.h"

enum { ROUNDS = 4000, ROOM = 3 * 4096, MOST = 6, TEXT = 100 };

static const ULONG types[] = {SECBUFFER_EMPTY, SECBUFFER_DATA, SECBUFFER_TOKEN, SECBUFFER_PKG_PARAMS, SECBUFFER_MISSING,
        SECBUFFER_EXTRA, SECBUFFER_STREAM_TRAILER, SECBUFFER_STREAM_HEADER, SECBUFFER_STREAM, SECBUFFER_CHANNEL_BINDINGS,
        SECBUFFER_ALERT, SECBUFFER_APPLICATION_PROTOCOLS, SECBUFFER_DTLS_MTU, SECBUFFER_DATA | SECBUFFER_READONLY, 0x1234};

static const struct options tls12 = {SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_2_SERVER, SCH_CRED_MANUAL_CRED_VALIDATION};
static const struct options tls13 = {0, 0, SCH_CRED_MANUAL_CRED_VALIDATION};

static ULONG seed;
static BYTE *rooms[MOST]; /* ROOM bytes each, then a page that is not there */

/* Numerical Recipes' generator: the same on every run. */
static ULONG random_below(ULONG n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

static void make_rooms(void)
{
    DWORD old;
    for (int i = 0; i < MOST; i++) {
        rooms[i] = VirtualAlloc(NULL, ROOM + 4096, MEM_COMMIT, PAGE_READWRITE);
        ok(rooms[i] && VirtualProtect(rooms[i] + ROOM, 4096, PAGE_NOACCESS, &old), "no memory\n");
    }
}

struct lie {
    SecBuffer buffers[MOST];
    SecBufferDesc desc;
    BYTE *at[MOST]; /* what is given of rooms[i]: from here, to the end of it */
};

/* SIZE bytes of DATA at the end of room I. */
static void place(struct lie *l, int i, ULONG type, const void *data, ULONG size)
{
    FillMemory(rooms[i], ROOM, 0xA5);
    l->at[i] = rooms[i] + ROOM - size;
    if (data)
        memcpy(l->at[i], data, size);
    l->buffers[i] = (SecBuffer){size, type, l->at[i]};
}

static void lie_once(struct lie *l)
{
    int i = (int)random_below(l->desc.cBuffers ? l->desc.cBuffers : 1), j = (int)random_below(MOST);
    SecBuffer *b = &l->buffers[i], swap = *b;
    switch (random_below(8)) {
    case 0:
        b->BufferType = types[random_below(ARRAY_SIZE(types))];
        break;
    case 1: /* smaller, and it ends where it ended */
        j = (int)random_below(b->cbBuffer + 1);
        if (b->pvBuffer)
            b->pvBuffer = (BYTE *)b->pvBuffer + b->cbBuffer - j;
        b->cbBuffer = (ULONG)j;
        break;
    case 2:
        b->cbBuffer = random_below(b->cbBuffer + 1);
        break;
    case 3: /* a size without memory */
        b->pvBuffer = NULL;
        break;
    case 4:
        b->cbBuffer = 0;
        break;
    case 5:
        *b = l->buffers[j];
        l->buffers[j] = swap;
        break;
    case 6: /* the same twice */
        l->buffers[j] = *b;
        break;
    default:
        l->desc.cBuffers = random_below(MOST + 1);
    }
}

static void lie_about(struct lie *l)
{
    for (ULONG n = random_below(4); n; n--)
        lie_once(l);
}

static BOOL outside_is_whole(const struct lie *l)
{
    for (int i = 0; i < MOST; i++)
        for (const BYTE *p = rooms[i]; p < l->at[i]; p++)
            if (*p != 0xA5)
                return FALSE;
    return TRUE;
}

static void begin(struct lie *l, ULONG count)
{
    ZeroMemory(l, sizeof(*l));
    l->desc = (SecBufferDesc){SECBUFFER_VERSION, count, l->buffers};
    for (int i = 0; i < MOST; i++)
        place(l, i, SECBUFFER_EMPTY, NULL, 0);
}

static BOOL is_within(const struct lie *l, const SecBuffer *b)
{
    for (int i = 0; i < MOST; i++)
        if ((BYTE *)b->pvBuffer >= l->at[i] && (BYTE *)b->pvBuffer + b->cbBuffer <= rooms[i] + ROOM)
            return TRUE;
    return FALSE;
}

static SecBuffer *find(struct lie *l, ULONG type)
{
    for (ULONG i = 0; i < l->desc.cBuffers; i++)
        if ((l->buffers[i].BufferType & ~SECBUFFER_ATTRMASK) == type)
            return &l->buffers[i];
    return NULL;
}

/* The two ends have come apart (a record was lost, or a bad one ends the stream): begin anew. */
static void renew(struct pair *p, const struct options *o)
{
    pair_disconnect(p);
    pair_connect(p, o);
    ok(p->client_status == SEC_E_OK && p->server_status == SEC_E_OK, "%08lx %08lx\n", p->client_status,
            p->server_status);
}

/* Bytes are given as DATA that no record begins with: they end the stream, as any such do. */
static BOOL gives_other_bytes(const struct lie *l)
{
    for (ULONG i = 0; i < l->desc.cBuffers; i++) {
        const SecBuffer *b = &l->buffers[i];
        if (b->cbBuffer && b->pvBuffer && b->pvBuffer != l->at[0] &&
                (b->BufferType & ~SECBUFFER_ATTRMASK) == SECBUFFER_DATA)
            return TRUE;
    }
    return FALSE;
}

static void decrypt_one(struct pair *p, const struct options *o, ULONG round)
{
    BYTE record[TEXT + 200], text[TEXT], copy[TEXT + 200], *data;
    ULONG size, got, extra;
    struct lie l;

    FillMemory(text, TEXT, round);
    size = seal(&p->client, text, TEXT, record);
    begin(&l, 4);
    place(&l, 0, SECBUFFER_DATA, record, size);
    lie_about(&l);
    BOOL other = gives_other_bytes(&l);
    SECURITY_STATUS status = sspi->DecryptMessage(&p->server, &l.desc, 0, NULL);
    ok(outside_is_whole(&l), "round %lu: %08lx wrote elsewhere\n", round, status);
    if (status == SEC_E_OK) {
        SecBuffer *b = find(&l, SECBUFFER_DATA);
        ok(b && is_within(&l, b) && b->cbBuffer == TEXT && !memcmp(b->pvBuffer, text, TEXT), "round %lu\n", round);
        return;
    }
    memcpy(copy, record, size);
    ok(FAILED(status), "round %lu: %08lx\n", round, status);
    if (other) {
        renew(p, o);
    } else { /* the context is as it was: the same record is good */
        status = unseal(&p->server, copy, size, &data, &got, &extra);
        ok(status == SEC_E_OK && got == TEXT && !memcmp(data, text, TEXT), "round %lu: then %08lx\n", round, status);
    }
}

static void encrypt_one(struct pair *p, const struct options *o, ULONG round)
{
    SecPkgContext_StreamSizes sizes;
    BYTE text[TEXT], record[4 * ROOM], *data;
    ULONG size = 0, got, extra, said;
    struct lie l;

    FillMemory(text, TEXT, round);
    sspi->QueryContextAttributesW(&p->client, SECPKG_ATTR_STREAM_SIZES, &sizes);
    begin(&l, 4);
    place(&l, 0, SECBUFFER_STREAM_HEADER, NULL, sizes.cbHeader);
    place(&l, 1, SECBUFFER_DATA, text, TEXT);
    place(&l, 2, SECBUFFER_STREAM_TRAILER, NULL, sizes.cbTrailer);
    lie_about(&l);
    SecBuffer *b = find(&l, SECBUFFER_DATA);
    said = b ? b->cbBuffer : 0;
    SECURITY_STATUS status = sspi->EncryptMessage(&p->client, 0, &l.desc, 0);
    ok(outside_is_whole(&l), "round %lu: %08lx wrote elsewhere\n", round, status);
    if (status == SEC_E_OK) {
        const ULONG parts[] = {SECBUFFER_STREAM_HEADER, SECBUFFER_DATA, SECBUFFER_STREAM_TRAILER};
        for (int i = 0; i < 3; i++) {
            b = find(&l, parts[i]);
            ok(b && (!b->cbBuffer || is_within(&l, b)), "round %lu: part %d\n", round, i);
            if (b && b->cbBuffer)
                memcpy(record + size, b->pvBuffer, b->cbBuffer);
            size += b ? b->cbBuffer : 0;
        }
        status = unseal(&p->server, record, size, &data, &got, &extra);
        ok(FAILED(status) || got == said, "round %lu: %lu of %lu bytes\n", round, got, said);
        if (FAILED(status)) /* two parts in one place */
            renew(p, o);
        return;
    }
    size = seal(&p->client, text, TEXT, record);
    status = unseal(&p->server, record, size, &data, &got, &extra);
    ok(status == SEC_E_OK && got == TEXT && !memcmp(data, text, TEXT), "round %lu: then %08lx\n", round, status);
}

/* First legs: a ClientHello to a server, or nothing much to a client, and outputs of all kinds. */
static void first_leg(struct pair *p, BOOL server, const BYTE *hello, ULONG size, ULONG round)
{
    SecBuffer out[2] = {{0, SECBUFFER_TOKEN, NULL}, {0, SECBUFFER_ALERT, NULL}};
    SecBufferDesc output = {SECBUFFER_VERSION, random_below(3), out};
    CtxtHandle context = {0, 0};
    ULONG attributes;
    SECURITY_STATUS status;
    struct lie l;

    begin(&l, 2);
    place(&l, 0, SECBUFFER_TOKEN, hello, size);
    lie_about(&l);
    if (server)
        status = sspi->AcceptSecurityContext(&p->server_credential, NULL, &l.desc, ASC_REQ_ALLOCATE_MEMORY, 0, &context,
                &output, &attributes, NULL);
    else
        status = sspi->InitializeSecurityContextW(&p->client_credential, NULL, (SEC_WCHAR *)L"localhost",
                ISC_REQ_ALLOCATE_MEMORY, 0, 0, &l.desc, 0, &context, &output, &attributes, NULL);
    ok(outside_is_whole(&l), "round %lu: %08lx wrote elsewhere\n", round, status);
    ok(status != SEC_E_OK, "round %lu: a handshake of one leg\n", round);
    ok(status != SEC_I_CONTINUE_NEEDED || (out[0].pvBuffer && out[0].cbBuffer), "round %lu: no token\n", round);
    for (int i = 0; i < 2; i++)
        if (out[i].pvBuffer)
            sspi->FreeContextBuffer(out[i].pvBuffer);
    if (SUCCEEDED(status))
        sspi->DeleteSecurityContext(&context);
}

static ULONG client_hello(struct pair *p, BYTE *hello)
{
    SecBuffer out = {4096, SECBUFFER_TOKEN, hello};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
    CtxtHandle context;
    ULONG attributes;
    SECURITY_STATUS status = sspi->InitializeSecurityContextW(&p->client_credential, NULL, (SEC_WCHAR *)L"localhost", 0,
            0, 0, NULL, 0, &context, &output, &attributes, NULL);
    ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
    sspi->DeleteSecurityContext(&context);
    return out.cbBuffer;
}

static void test_lies(const struct options *o)
{
    BYTE hello[4096];
    struct pair p;
    ULONG i, size;

    pair_open(&p, o);
    size = client_hello(&p, hello);
    for (i = 0; i < ROUNDS; i++) {
        decrypt_one(&p, o, i);
        encrypt_one(&p, o, i);
        if (i % 10 == 0)
            first_leg(&p, i % 20 == 0, hello, size, i);
    }
    pair_close(&p);
}

START_TEST(lies)
{
    pair_setup();
    seed = 20250704;
    make_rooms();
    winetest_push_context("1.2");
    test_lies(&tls12);
    winetest_pop_context();
    winetest_push_context("1.3");
    test_lies(&tls13);
    winetest_pop_context();
}
