/* A bit of the stream changed on its way: whoever reads it fails, nobody is through, and handles
 * stay good to delete. TLS covers all of it but the version in the first records' headers (RFC
 * 8446 5.1), which are left alone. */
#include "pair.h"

static void flip(struct pair *p, BYTE *data, ULONG size)
{
    /* No length of a handshake message: its reader would wait for the rest, as it should. */
    ULONG place = p->tamper_place == 0 ? 12 : p->tamper_place == 1 ? size / 2 : size - 4;
    if (p->flight == p->tamper_flight && size > 16) {
        data[place] ^= 0x10;
        p->tampered = TRUE;
    }
}

static void cut(struct pair *p, BYTE *data, ULONG size)
{
    if (p->flight == p->tamper_flight) {
        memset(data + size / 2, 0, size - size / 2);
        p->tampered = TRUE;
    }
}

/* Nor after a failure that comes when the inner package has long been content. */
static void check_nobody(struct pair *p, unsigned flight)
{
    static const ULONG attributes[] = {SECPKG_ATTR_C_ACCESS_TOKEN, SECPKG_ATTR_NAMES,
            SECPKG_ATTR_SESSION_KEY, SECPKG_ATTR_CREDS_2};
    int i;

    for (i = 0; p->has_server && i < ARRAY_SIZE(attributes); i++) {
        ULONG_PTR buffer[4] = {0};
        ok(FAILED(query(&p->server, attributes[i], buffer)), "flight %u: %lx\n", flight,
                attributes[i]);
        if (FAILED(p->client_status) && attributes[i] == SECPKG_ATTR_SESSION_KEY)
            ok(FAILED(query(&p->client, attributes[i], buffer)), "flight %u: the client's\n",
                    flight);
    }
}

/* A program that calls a failed context once more, its output as it was, has nothing to send. */
static void check_final(CtxtHandle *context, BOOL server)
{
    BYTE old[100] = {0};
    SecBuffer in[2] = {{sizeof(old), SECBUFFER_TOKEN, old}, {0, SECBUFFER_EMPTY, NULL}}, out = {sizeof(old), SECBUFFER_TOKEN, old};
    SecBufferDesc input = {SECBUFFER_VERSION, 2, in}, output = {SECBUFFER_VERSION, 1, &out};
    ULONG attributes;
    SECURITY_STATUS status =
            server ? AcceptSecurityContext(NULL, context, &input, SERVER_REQUEST & ~ASC_REQ_ALLOCATE_MEMORY, 0,
                             context, &output, &attributes, NULL)
                   : InitializeSecurityContextW(NULL, context, (SEC_WCHAR *)L"TERMSRV/localhost",
                             CLIENT_REQUEST & ~ISC_REQ_ALLOCATE_MEMORY, 0, 0, &input, 0, context, &output, &attributes, NULL);

    ok(status == SEC_E_OUT_OF_SEQUENCE, "once more: %08lx\n", status);
    ok(!out.cbBuffer, "%lu bytes of the program's\n", out.cbBuffer);
}

static BOOL new_tls;

/* FALSE: there is no such flight. */
static BOOL one(unsigned flight, unsigned place, void (*tamper)(struct pair *, BYTE *, ULONG))
{
    struct pair *p = pair_new(good_identity());
    BOOL there;

    p->tamper = tamper;
    p->new_tls = new_tls;
    p->tamper_flight = flight;
    p->tamper_place = place;
    p->server_extra = ASC_REQ_EXTENDED_ERROR;
    pair_run(p);
    there = p->tampered;
    if (there) {
        ok(p->server_status != SEC_E_OK, "flight %u, place %u: the server is through\n", flight,
                place);
        check_nobody(p, flight);
        if (p->has_server && FAILED(p->server_status))
            check_final(&p->server, TRUE);
        if (p->has_client && FAILED(p->client_status))
            check_final(&p->client, FALSE);
        ok(FAILED(p->server_status) || FAILED(p->client_status),
                "flight %u, place %u: %08lx %08lx\n", flight, place, p->client_status,
                p->server_status);
        ok(flight % 2 || FAILED(p->server_status), "the server reads it: %08lx\n",
                p->server_status);
        ok(!(flight % 2) || FAILED(p->client_status), "the client reads it: %08lx\n",
                p->client_status);
    }
    pair_free(p);
    return there;
}

static void all_tests(void)
{
    unsigned flight, place, count = 0;

    for (place = 0; place < 3; place++)
        for (flight = 0; one(flight, place, flip); flight++)
            count++;
    for (flight = 0; one(flight, 0, cut); flight++)
        count++;
    /* TLS, then NEGOTIATE, CHALLENGE, AUTHENTICATE and pubKeyAuth, pubKeyAuth, authInfo */
    ok(count >= 4 * 7, "%u flights\n", count);
}

START_TEST(tampered)
{
    if (!store_open()) {
        skip("a login needs an account whose password is known: opensspi's store\n");
        return;
    }
    for (new_tls = FALSE; new_tls <= TRUE; new_tls++) {
        winetest_push_context(new_tls ? "TLS 1.3" : "TLS 1.2");
        as_w_and_a(all_tests);
        winetest_pop_context();
    }
    store_close();
    drop_certificate();
}
