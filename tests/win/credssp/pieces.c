/* The stream in pieces: a byte at a time, several records at once, the program's data behind the
 * last flight. */
#include "pair.h"

/* "InitializeSecurityContext (CredSSP)": SEC_E_INCOMPLETE_MESSAGE and SECBUFFER_MISSING; pair_leg
 * checks them. */
static void test_bytes(BOOL new_tls)
{
    struct pair *p = pair_new(good_identity());
    p->new_tls = new_tls;
    p->byte_by_byte = TRUE;
    pair_good(p);
    pair_free(p);
}

/* MISSING never asks for more than there is to come: a program that waits for it would wait for
 * ever. */
static void test_missing(void)
{
    struct pair *p = pair_new(good_identity());
    SecBuffer in[2], out;
    SecBufferDesc input = DESC(in), output = {SECBUFFER_VERSION, 1, &out};
    ULONG given, total, attributes;
    SECURITY_STATUS status;

    pair_client_credential(p);
    pair_server_credential(p);
    pair_leg(p, FALSE, 0);
    pair_leg(p, TRUE, p->to_server.size);
    total = p->to_client.size;
    for (given = 1; given < 6; given++) {
        in[0] = (SecBuffer){given, SECBUFFER_TOKEN, p->to_client.data};
        in[1] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
        out = (SecBuffer){0, SECBUFFER_TOKEN, NULL};
        status = initialize(&p->client_credential, &p->client, L"TERMSRV/localhost", CLIENT_REQUEST,
                &input, &p->client, &output, &attributes, NULL);
        ok(status == SEC_E_INCOMPLETE_MESSAGE, "%lu bytes: %08lx\n", given, status);
        ok(in[1].BufferType == SECBUFFER_MISSING && in[1].cbBuffer &&
                        given + in[1].cbBuffer <= total,
                "%lu missing of %lu\n", in[1].cbBuffer, total);
        ok(!out.pvBuffer, "output touched\n");
    }
    pair_free(p);
}

static ULONG seal(CtxtHandle *context, const void *data, ULONG size, BYTE *record)
{
    SecPkgContext_StreamSizes sizes = {0};
    SecBuffer b[4];
    SecBufferDesc desc = DESC(b);
    SECURITY_STATUS status = query(context, SECPKG_ATTR_STREAM_SIZES, &sizes);

    memcpy(record + sizes.cbHeader, data, size);
    b[0] = (SecBuffer){sizes.cbHeader, SECBUFFER_STREAM_HEADER, record};
    b[1] = (SecBuffer){size, SECBUFFER_DATA, record + sizes.cbHeader};
    b[2] = (SecBuffer){sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, record + sizes.cbHeader + size};
    b[3] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    status = EncryptMessage(context, 0, &desc, 0);
    ok(status == SEC_E_OK, "%08lx\n", status);
    return b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer;
}

/* RDP clients send their first record right behind the last flight: SECBUFFER_EXTRA gives it back.
 */
static void test_extra(BOOL new_tls)
{
    static const char text[] = "the program's first bytes";
    struct pair *p = pair_new(good_identity());
    BYTE record[300];
    ULONG size;
    SECURITY_STATUS status;

    p->new_tls = new_tls;
    p->stop_before_last = TRUE;
    pair_run(p);
    ok(p->client_status == SEC_E_OK && p->to_server.size, "client %08lx, %lu bytes\n",
            p->client_status, p->to_server.size);
    size = seal(&p->client, text, sizeof(text), record);
    memcpy(p->to_server.data + p->to_server.size, record, size);
    p->to_server.size += size;
    while ((status = pair_leg(p, TRUE, p->to_server.size)) == SEC_I_CONTINUE_NEEDED &&
            p->to_server.size > size)
        ;
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(p->to_server.size == size && !memcmp(p->to_server.data, record, size),
            "%lu bytes extra, not %lu\n", p->to_server.size, size);
    if (p->to_server.size == size) {
        SecBuffer b[4] = {{size, SECBUFFER_DATA, record}, {0, SECBUFFER_EMPTY},
                {0, SECBUFFER_EMPTY}, {0, SECBUFFER_EMPTY}};
        SecBufferDesc desc = DESC(b);
        ok(DecryptMessage(&p->server, &desc, 0, NULL) == SEC_E_OK, "decrypt\n");
        ok(b[1].BufferType == SECBUFFER_DATA && b[1].cbBuffer == sizeof(text) &&
                        !memcmp(b[1].pvBuffer, text, sizeof(text)),
                "another text\n");
    }
    pair_free(p);
}

static void all_tests(void)
{
    test_bytes(FALSE);
    test_bytes(TRUE);
    test_missing();
    test_extra(FALSE);
    test_extra(TRUE);
}

START_TEST(pieces)
{
    run_logins(all_tests);
}
