/* More layouts of buffers: many of them, TOKEN in any place, stream forms, what is too short or too
 * long, contexts that only sign, messages that come again. "EncryptMessage (NTLM)", "DecryptMessage
 * (NTLM)", "MakeSignature", "VerifySignature"; [MS-NLMP] 3.4. Usual ones are in messages.c and
 * signatures.c. */
#include "protected.h"

enum { MANY = 63 };

static SECURITY_STATUS seal(CtxtHandle *from, SecBuffer *b, ULONG count)
{
    SecBufferDesc desc = {SECBUFFER_VERSION, count, b};
    return EncryptMessage(from, 0, &desc, 0);
}

static SECURITY_STATUS open_it(CtxtHandle *to, SecBuffer *b, ULONG count)
{
    SecBufferDesc desc = {SECBUFFER_VERSION, count, b};
    ULONG quality = STALE;
    SECURITY_STATUS status = DecryptMessage(to, &desc, 0, &quality);

    /* Wine 10's ntlm.c, test_Encrypt, which runs on Windows; test_Signature for refusals */
    ok(quality == STALE, "quality touched: %lx\n", quality);
    return status;
}

/* As many as a descriptor may have (64, ours), with TOKEN as AT's; pieces of one text. */
static void many(int at)
{
    BYTE token[TRAILER], data[MANY];
    SecBuffer b[MANY + 2];
    SECURITY_STATUS status;
    int i, k;

    for (i = k = 0; i <= MANY; i++)
        if (i == at)
            b[i] = (SecBuffer){TRAILER, SECBUFFER_TOKEN, token};
        else
            b[i] = (SecBuffer){1, SECBUFFER_DATA, &data[k++]};
    for (i = 0; i < MANY; i++)
        data[i] = i;
    ok((status = seal(FROM, b, MANY + 1)) == SEC_E_OK, "seal %08lx\n", status);
    ok((status = open_it(TO, b, MANY + 1)) == SEC_E_OK, "open %08lx\n", status);
    for (i = 0; i < MANY; i++)
        ok(data[i] == i, "byte %d is %d\n", i, data[i]);
    /* The pieces do not count, only the bytes: one buffer opens what many sealed. */
    ok((status = seal(FROM, b, MANY + 1)) == SEC_E_OK, "seal %08lx\n", status);
    b[0] = (SecBuffer){TRAILER, SECBUFFER_TOKEN, token};
    b[1] = (SecBuffer){MANY, SECBUFFER_DATA, data};
    ok((status = open_it(TO, b, 2)) == SEC_E_OK, "open %08lx\n", status);
    ok(data[5] == 5 && data[MANY - 1] == MANY - 1, "another text\n");
}

static void test_many(void)
{
    SecBuffer b[MANY + 2];
    BYTE token[TRAILER];
    int i;

    many(0);
    many(30);
    many(MANY);
    for (i = 0; i < MANY + 2; i++)
        b[i] = (SecBuffer){i ? 0 : TRAILER, i ? SECBUFFER_DATA : SECBUFFER_TOKEN, token};
    if (is_opensspi())
        ok(seal(FROM, b, MANY + 2) == SEC_E_INVALID_TOKEN, "more than 64 buffers\n");
}

/* Read-only buffers of both kinds between others: signed, not changed, whatever their order. */
static void test_mixed(void)
{
    const ULONG types[] = {SECBUFFER_DATA | SECBUFFER_READONLY, SECBUFFER_DATA,
            SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, SECBUFFER_DATA,
            SECBUFFER_DATA | SECBUFFER_READONLY};
    BYTE token[TRAILER], data[5][TEXT];
    SecBuffer b[6];
    SECURITY_STATUS status;
    int i;

    for (i = 0; i < 5; i++) {
        memcpy(data[i], text, TEXT);
        b[i] = (SecBuffer){TEXT, types[i], data[i]};
    }
    b[5] = (SecBuffer){TRAILER, SECBUFFER_TOKEN, token};
    ok((status = seal(FROM, b, 6)) == SEC_E_OK, "seal %08lx\n", status);
    for (i = 0; i < 5; i++)
        ok(!memcmp(data[i], text, TEXT) == (types[i] != SECBUFFER_DATA), "buffer %d\n", i);
    data[4][0] ^= 1;
    ok((status = open_it(TO, b, 6)) == SEC_E_MESSAGE_ALTERED, "altered %08lx\n", status);
    data[4][0] ^= 1;
    ok((status = open_it(TO, b, 6)) == SEC_E_OK, "open %08lx\n", status);
    for (i = 0; i < 5; i++)
        ok(!memcmp(data[i], text, TEXT), "buffer %d\n", i);
}

/* cbBuffer of TOKEN: room on the way out, of which 16 bytes are used; on the way in the signature,
 * which has 16 bytes: more or fewer are another one (longer: ?). A message refused is not lost. */
static void test_token_sizes(void)
{
    BYTE token[40], data[TEXT];
    SecBuffer b[] = {{sizeof(token), SECBUFFER_TOKEN, token}, {TEXT, SECBUFFER_DATA, data}};
    SECURITY_STATUS status;

    memset(token, 0xEE, sizeof(token));
    memcpy(data, text, TEXT);
    ok((status = seal(FROM, b, 2)) == SEC_E_OK, "seal %08lx\n", status);
    ok(b[0].cbBuffer == TRAILER, "%lu bytes\n", b[0].cbBuffer);
    ok(token[TRAILER] == 0xEE, "written behind the signature\n");
    if (!is_opensspi())
        return;
    b[0].cbBuffer = TRAILER - 1;
    ok((status = open_it(TO, b, 2)) == SEC_E_MESSAGE_ALTERED, "short %08lx\n", status);
    b[0].cbBuffer = TRAILER + 1;
    ok((status = open_it(TO, b, 2)) == SEC_E_MESSAGE_ALTERED, "long %08lx\n", status);
    b[0].cbBuffer = 0;
    ok((status = open_it(TO, b, 2)) == SEC_E_MESSAGE_ALTERED, "none %08lx\n", status);
    b[0].cbBuffer = TRAILER;
    ok((status = open_it(TO, b, 2)) == SEC_E_OK, "open %08lx\n", status);
    ok(!memcmp(data, text, TEXT), "another text\n");
    b[1].pvBuffer = NULL; /* bytes that are nowhere */
    ok((status = seal(FROM, b, 2)) == SEC_E_INVALID_TOKEN, "no memory behind it: %08lx\n", status);
}

/* Nothing, and much. */
static void test_data_sizes(void)
{
    BYTE token[TRAILER], *much = malloc(1 << 20);
    SecBuffer b[] = {{TRAILER, SECBUFFER_TOKEN, token}, {0, SECBUFFER_DATA, NULL}};
    SECURITY_STATUS status;
    int i, same = 1;

    ok((status = seal(FROM, b, 1)) == SEC_E_OK, "no data %08lx\n", status);
    ok((status = open_it(TO, b, 1)) == SEC_E_OK, "no data %08lx\n", status);
    ok((status = seal(FROM, b, 2)) == SEC_E_OK, "empty data %08lx\n", status);
    ok((status = open_it(TO, b, 2)) == SEC_E_OK, "empty data %08lx\n", status);
    for (i = 0; i < 1 << 20; i++)
        much[i] = i * 7;
    b[1] = (SecBuffer){1 << 20, SECBUFFER_DATA, much};
    ok((status = seal(FROM, b, 2)) == SEC_E_OK, "1 MiB %08lx\n", status);
    ok((status = open_it(TO, b, 2)) == SEC_E_OK, "1 MiB %08lx\n", status);
    for (i = 0; i < 1 << 20; i++)
        same = same && much[i] == (BYTE)(i * 7);
    ok(same, "another text\n");
    free(much);
}

/* SECQOP_WRAP_NO_ENCRYPT: signed, not encrypted, in order with sealed ones; nothing in it says so,
 * so DecryptMessage refuses it without harm and VerifySignature takes it. */
static void test_no_encrypt(void)
{
    BYTE token[TRAILER], data[TEXT];
    SecBuffer b[] = {{TEXT, SECBUFFER_DATA, data}, {TRAILER, SECBUFFER_TOKEN, token}};
    SecBufferDesc desc = DESC(b);
    SECURITY_STATUS status;

    memcpy(data, text, TEXT);
    status = EncryptMessage(FROM, SECQOP_WRAP_NO_ENCRYPT, &desc, 0);
    if (!is_opensspi() && status == SEC_E_QOP_NOT_SUPPORTED)
        return;
    ok(status == SEC_E_OK && !memcmp(data, text, TEXT), "%08lx\n", status);
    ok((status = open_it(TO, b, 2)) == SEC_E_MESSAGE_ALTERED, "open %08lx\n", status);
    ok(!memcmp(data, text, TEXT), "data touched\n");
    data[0] ^= 1;
    status = VerifySignature(TO, &desc, 0, NULL);
    ok(status == SEC_E_MESSAGE_ALTERED, "altered %08lx\n", status);
    data[0] ^= 1;
    status = VerifySignature(TO, &desc, 0, NULL);
    ok(status == SEC_E_OK, "verify %08lx\n", status);
    ok((status = seal(FROM, b, 2)) == SEC_E_OK, "then sealed %08lx\n", status);
    ok((status = open_it(TO, b, 2)) == SEC_E_OK, "then opened %08lx\n", status);
}

/* Signature and data in one piece of memory, of SIZE bytes data. */
static void make_stream(CtxtHandle *from, BYTE *all, ULONG size)
{
    SecBuffer b[] = {{TRAILER, SECBUFFER_TOKEN, all}, {size, SECBUFFER_DATA, all + TRAILER}};
    SECURITY_STATUS status;

    memcpy(all + TRAILER, text, size);
    ok((status = seal(from, b, 2)) == SEC_E_OK, "seal %08lx\n", status);
}

static void test_streams(void)
{
    BYTE all[TRAILER + TEXT];
    SecBuffer stream[] = {{0, SECBUFFER_DATA, NULL}, {sizeof(all), SECBUFFER_STREAM, all}};
    SECURITY_STATUS status;

    make_stream(FROM, all, TEXT);
    all[TRAILER + 3] ^= 4;
    ok((status = open_it(TO, stream, 2)) == SEC_E_MESSAGE_ALTERED, "altered %08lx\n", status);
    ok(!stream[0].pvBuffer && !stream[0].cbBuffer, "DATA touched\n");
    all[TRAILER + 3] ^= 4;
    ok(open_it(TO, stream + 1, 1) == SEC_E_INVALID_TOKEN, "no DATA buffer\n");
    stream[1].cbBuffer = TRAILER - 1;
    ok(open_it(TO, stream, 2) == SEC_E_INVALID_TOKEN, "no signature\n");
    stream[1].cbBuffer = sizeof(all);
    ok((status = open_it(TO, stream, 2)) == SEC_E_OK, "DATA first %08lx\n", status);
    ok(stream[0].pvBuffer == all + TRAILER && stream[0].cbBuffer == TEXT, "%lu bytes\n",
            stream[0].cbBuffer);
    ok(!memcmp(all + TRAILER, text, TEXT), "another text\n");
    make_stream(TO, all, 0); /* the other way, and nothing in it */
    stream[1].cbBuffer = TRAILER;
    ok((status = open_it(FROM, stream, 2)) == SEC_E_OK, "empty %08lx\n", status);
    ok(!stream[0].cbBuffer, "%lu bytes\n", stream[0].cbBuffer);
}

/* [MS-NLMP] 3.4.4: what does not verify is an error; the counter stays. */
static void test_again(void)
{
    BYTE token[TRAILER], data[TEXT], kept[TEXT], old[TRAILER];
    SecBuffer b[] = {{TRAILER, SECBUFFER_TOKEN, token}, {TEXT, SECBUFFER_DATA, data}};
    SECURITY_STATUS status;
    int i;

    for (i = 0; i < 3; i++) {
        memcpy(data, text, TEXT);
        ok((status = seal(FROM, b, 2)) == SEC_E_OK, "seal %08lx\n", status);
        memcpy(kept, data, TEXT);
        memcpy(old, token, TRAILER);
        ok((status = open_it(TO, b, 2)) == SEC_E_OK, "open %08lx\n", status);
        memcpy(data, kept, TEXT);
        memcpy(token, old, TRAILER);
        ok((status = open_it(TO, b, 2)) == SEC_E_OUT_OF_SEQUENCE, "again %08lx\n", status);
        ok(!memcmp(data, kept, TEXT), "data touched\n");
        ok(FAILED(open_it(FROM, b, 2)), "back to its sender\n");
    }
}

/* [MS-NLMP] 3.4.6, with SIGN alone GSS_WrapEx only signs: so does EncryptMessage, in each form. */
static void test_sign_only(void)
{
    BYTE all[TRAILER + TEXT];
    SecBuffer b[] = {{TRAILER, SECBUFFER_TOKEN, all}, {TEXT, SECBUFFER_DATA, all + TRAILER}};
    SecBuffer stream[] = {{sizeof(all), SECBUFFER_STREAM, all}, {0, SECBUFFER_DATA, NULL}};
    SECURITY_STATUS status;

    memcpy(all + TRAILER, text, TEXT);
    ok((status = seal(FROM, b, 2)) == SEC_E_OK, "seal %08lx\n", status);
    ok(!memcmp(all + TRAILER, text, TEXT), "encrypted\n");
    all[TRAILER] ^= 1;
    ok((status = open_it(TO, b, 2)) == SEC_E_MESSAGE_ALTERED, "altered %08lx\n", status);
    all[TRAILER] ^= 1;
    ok((status = open_it(TO, b, 2)) == SEC_E_OK, "open %08lx\n", status);
    ok((status = seal(FROM, b, 2)) == SEC_E_OK, "seal %08lx\n", status);
    ok((status = open_it(TO, stream, 2)) == SEC_E_OK, "stream %08lx\n", status);
    ok(stream[1].pvBuffer == all + TRAILER && !memcmp(all + TRAILER, text, TEXT), "text\n");
}

static void in_signing_contexts(void (*test)(void))
{
    both = calloc(1, sizeof(*both));
    both->identity = good_identity();
    both->client_request = ISC_REQ_INTEGRITY;
    both->server_request = ASC_REQ_INTEGRITY;
    if (login_good(both))
        test();
    login_close(both);
    free(both);
}

static void all_tests(void)
{
    in_new_contexts(test_many);
    in_new_contexts(test_mixed);
    in_new_contexts(test_token_sizes);
    in_new_contexts(test_data_sizes);
    in_new_contexts(test_no_encrypt);
    in_new_contexts(test_streams);
    in_new_contexts(test_again);
    in_signing_contexts(test_sign_only);
}

START_TEST(layouts)
{
    store_open();
    as_w_and_a(all_tests);
    store_close();
}
