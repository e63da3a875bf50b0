/* Peers that are slow, and peers that keep us busy with nothing. */
#include "pair.h"

#define MANUAL SCH_CRED_MANUAL_CRED_VALIDATION

static const struct options tls12 = {SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_2_SERVER, MANUAL};
static const struct options tls13 = {0, 0, MANUAL};

/* ---- a hundred at once, a byte each in turn ---- */

enum { MANY = 100, CLIENT = 0, SERVER = 1 };

struct side {
    CtxtHandle context;
    BOOL has_context;
    BYTE in[6000];
    ULONG size, given; /* GIVEN of SIZE bytes have come so far */
    SECURITY_STATUS status;
};

static struct connection {
    struct side side[2];
} many[MANY];
static CredHandle credentials[2];

static BOOL is_done(const struct side *s)
{
    return s->status != SEC_I_CONTINUE_NEEDED && s->status != SEC_E_INCOMPLETE_MESSAGE;
}

/* RFC 8446 5.1: 5 bytes of header, then as many as these say. */
static ULONG missing(const struct side *s)
{
    return s->given < 5 ? 5 - s->given : 5 + (s->in[3] << 8 | s->in[4]) - s->given;
}

static void call(struct connection *c, int which)
{
    struct side *s = &c->side[which], *peer = &c->side[!which];
    SecBuffer in[2] = {{s->given, SECBUFFER_TOKEN, s->in}, {0, SECBUFFER_EMPTY, NULL}};
    SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 2, in}, output = {SECBUFFER_VERSION, 1, &out};
    ULONG attributes, left;

    if (which == SERVER)
        s->status = sspi->AcceptSecurityContext(&credentials[SERVER],
                s->has_context ? &s->context : NULL, &input, ASC_REQ_ALLOCATE_MEMORY, 0,
                &s->context, &output, &attributes, NULL);
    else
        s->status = sspi->InitializeSecurityContextW(&credentials[CLIENT],
                s->has_context ? &s->context : NULL, (SEC_WCHAR *)L"localhost",
                ISC_REQ_ALLOCATE_MEMORY, 0, 0, s->has_context ? &input : NULL, 0, &s->context,
                &output, &attributes, NULL);
    if (s->status == SEC_E_INCOMPLETE_MESSAGE) {
        if (in[1].BufferType != SECBUFFER_MISSING || in[1].cbBuffer != missing(s))
            ok(0, "given %lu: type %lu, %lu missing\n", s->given, in[1].BufferType, in[1].cbBuffer);
        return;
    }
    s->has_context |= SUCCEEDED(s->status);
    if (out.cbBuffer) {
        memcpy(peer->in + peer->size, out.pvBuffer, out.cbBuffer);
        peer->size += out.cbBuffer;
        sspi->FreeContextBuffer(out.pvBuffer);
    }
    left = in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0;
    s->size -= s->given - left;
    memmove(s->in, s->in + s->given - left, s->size);
    s->given = 0;
}

static BOOL one_byte(struct connection *c, int which)
{
    struct side *s = &c->side[which];
    if (is_done(s) || s->given == s->size)
        return FALSE;
    s->given++;
    call(c, which);
    return TRUE;
}

static void test_many(const struct options *o)
{
    BOOL moved = TRUE;
    int i, failed = 0;

    memset(many, 0, sizeof(many));
    ok(acquire_client(o, &credentials[CLIENT]) == SEC_E_OK, "client credential\n");
    ok(acquire_server(o, &credentials[SERVER]) == SEC_E_OK, "server credential\n");
    for (i = 0; i < MANY; i++) {
        many[i].side[CLIENT].status = many[i].side[SERVER].status = SEC_I_CONTINUE_NEEDED;
        call(&many[i], CLIENT);
    }
    while (moved) {
        moved = FALSE;
        for (i = 0; i < MANY; i++) {
            moved |= one_byte(&many[i], SERVER);
            moved |= one_byte(&many[i], CLIENT);
        }
    }
    for (i = 0; i < MANY; i++) {
        failed += many[i].side[CLIENT].status != SEC_E_OK ||
                  many[i].side[SERVER].status != SEC_E_OK;
        sspi->DeleteSecurityContext(&many[i].side[CLIENT].context);
        sspi->DeleteSecurityContext(&many[i].side[SERVER].context);
    }
    ok(!failed, "%d of %d connections\n", failed, MANY);
    sspi->FreeCredentialsHandle(&credentials[CLIENT]);
    sspi->FreeCredentialsHandle(&credentials[SERVER]);
}

/* ---- records that bring nothing ---- */

static BYTE wire[2000];

static ULONG warning(struct pair *p, BOOL server)
{
    CtxtHandle *context = server ? &p->server : &p->client;
    DWORD words[3] = {SCHANNEL_ALERT, TLS1_ALERT_WARNING, TLS1_ALERT_USER_CANCELED};
    SecBuffer buffer = {sizeof(words), SECBUFFER_TOKEN, words};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &buffer};
    SecBuffer in = {0, SECBUFFER_TOKEN, NULL}, out = {sizeof(wire), SECBUFFER_TOKEN, wire};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &out};
    ULONG attributes;
    SECURITY_STATUS status = sspi->ApplyControlToken(context, &desc);
    ok(status == SEC_E_OK, "%08lx\n", status);
    if (server)
        status = sspi->AcceptSecurityContext(
                &p->server_credential, context, &input, 0, 0, context, &output, &attributes, NULL);
    else
        status = sspi->InitializeSecurityContextW(
                NULL, context, NULL, 0, 0, 0, &input, 0, context, &output, &attributes, NULL);
    ok(status == SEC_E_OK && out.cbBuffer, "%08lx\n", status);
    return out.cbBuffer;
}

/* As many as 32 in a row are let pass (libs/tls/record.c); data in between begins the count anew. */
static void test_warnings(BOOL by_server)
{
    struct pair p;
    CtxtHandle *from, *to;
    BYTE *data;
    ULONG got, extra, size;
    SECURITY_STATUS status = SEC_E_OK;
    int i;

    pair_open(&p, &tls12);
    from = by_server ? &p.server : &p.client;
    to = by_server ? &p.client : &p.server;
    for (i = 0; i < 40; i++) {
        size = warning(&p, by_server);
        status = unseal(to, wire, size, &data, &got, &extra);
        ok(status == SEC_E_OK && !got && !extra, "warning %d: %08lx\n", i, status);
        if (i % 20)
            continue;
        size = seal(from, "data", 4, wire);
        status = unseal(to, wire, size, &data, &got, &extra);
        ok(status == SEC_E_OK && got == 4, "data: %08lx\n", status);
    }
    for (i = 0; i < 40 && SUCCEEDED(status); i++) {
        size = warning(&p, by_server);
        status = unseal(to, wire, size, &data, &got, &extra);
    }
    ok(FAILED(status) && i == 32 - 19 + 1, "warning %d: %08lx\n", i, status);
    size = seal(from, "data", 4, wire);
    status = unseal(to, wire, size, &data, &got, &extra);
    ok(FAILED(status) && status != SEC_E_INCOMPLETE_MESSAGE, "goes on: %08lx\n", status);
    pair_close(&p);
}

/* A header that promises more than a record may have (RFC 8446 5.2: 2^14 + 256, RFC 5246 6.2.3: 2^14 +
 * 2048) is refused as soon as it is there, in the handshake as well. */
static void test_long(const struct options *o, BOOL is_13)
{
    BYTE header[5] = {23, 3, 3}, room[20000];
    ULONG limit = 16384 + (is_13 ? 256 : 2048), got, extra;
    BYTE *data;
    SECURITY_STATUS status;
    struct pair p;

    memset(room, 0, sizeof(room));
    pair_open(&p, o);
    header[3] = (BYTE)(limit >> 8);
    header[4] = (BYTE)limit;
    memcpy(room, header, 5);
    status = unseal(&p.server, room, 5, &data, &got, &extra);
    ok(status == SEC_E_INCOMPLETE_MESSAGE && extra == limit, "%08lx, %lu missing\n", status, extra);
    limit++;
    room[3] = (BYTE)(limit >> 8);
    room[4] = (BYTE)limit;
    status = unseal(&p.server, room, 5, &data, &got, &extra);
    ok(FAILED(status) && status != SEC_E_INCOMPLETE_MESSAGE, "%08lx\n", status);
    status = unseal(&p.server, room, 5, &data, &got, &extra);
    ok(FAILED(status) && status != SEC_E_INCOMPLETE_MESSAGE, "goes on: %08lx\n", status);
    pair_close(&p);
}

START_TEST(hostile)
{
    pair_setup();
    winetest_push_context("1.2");
    test_many(&tls12);
    test_long(&tls12, FALSE);
    test_warnings(FALSE);
    test_warnings(TRUE);
    winetest_pop_context();
    winetest_push_context("1.3");
    test_many(&tls13);
    test_long(&tls13, TRUE);
    winetest_pop_context();
}
