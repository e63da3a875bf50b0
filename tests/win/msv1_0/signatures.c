/* MakeSignature and VerifySignature: the layouts of buffers that programs pass, order, changes. */
#include "protected.h"

static void sign_one(SecBuffer *b, ULONG count, CtxtHandle *from, CtxtHandle *to)
{
    SecBufferDesc desc = {SECBUFFER_VERSION, count, b};
    ULONG quality = STALE;
    SECURITY_STATUS status = MakeSignature(from, 0, &desc, 0);

    ok(status == SEC_E_OK, "sign %08lx\n", status);
    status = VerifySignature(to, &desc, 0, &quality);
    ok(status == SEC_E_OK, "verify %08lx\n", status);
    ok(!quality, "quality %lx\n", quality);
}

static void test_signatures(void)
{
    BYTE token[TRAILER], data[TEXT], more[TEXT];
    SecBuffer last[] = {{TEXT, SECBUFFER_DATA, data}, {TRAILER, SECBUFFER_TOKEN, token}};
    SecBuffer first[] = {{TRAILER, SECBUFFER_TOKEN, token}, {TEXT, SECBUFFER_DATA, data}};
    SecBuffer several[] = {{TEXT, SECBUFFER_DATA, data}, {5, SECBUFFER_DATA, more},
            {0, SECBUFFER_DATA, NULL}, {TRAILER, SECBUFFER_TOKEN, token}};
    SecBuffer empty[] = {{TRAILER, SECBUFFER_TOKEN, token}};
    SecBuffer padded[] = {{0, SECBUFFER_EMPTY, NULL}, {TEXT, SECBUFFER_DATA, data},
            {TRAILER, SECBUFFER_TOKEN, token}};

    memcpy(data, text, TEXT);
    memcpy(more, text, TEXT);
    sign_one(last, 2, FROM, TO);
    sign_one(first, 2, FROM, TO);
    sign_one(several, 4, FROM, TO);
    sign_one(empty, 1, FROM, TO);
    sign_one(padded, 3, FROM, TO);
    sign_one(last, 2, TO, FROM);
    ok(!memcmp(data, text, TEXT), "signing changed the data\n");
    ok(token[0] == 1 && !token[1] && !token[2] && !token[3],
            "signature version\n"); /* [MS-NLMP] 2.2.2.9.2 */
}

/* Wine's ntlm.c, test_Signature: no TOKEN is SEC_E_INVALID_TOKEN. */
static void test_no_token(void)
{
    BYTE data[TEXT];
    SecBuffer b[] = {{TEXT, SECBUFFER_DATA, data}};
    SecBufferDesc desc = DESC(b);
    SECURITY_STATUS status;

    memcpy(data, text, TEXT);
    status = MakeSignature(FROM, 0, &desc, 0);
    ok(status == SEC_E_INVALID_TOKEN, "sign %08lx\n", status);
    status = VerifySignature(TO, &desc, 0, NULL);
    ok(status == SEC_E_INVALID_TOKEN, "verify %08lx\n", status);
    status = EncryptMessage(FROM, 0, &desc, 0);
    ok(status == SEC_E_INVALID_TOKEN, "encrypt %08lx\n", status);
    status = DecryptMessage(TO, &desc, 0, NULL);
    ok(status == SEC_E_INVALID_TOKEN, "decrypt %08lx\n", status);
    ok(!memcmp(data, text, TEXT), "data touched\n");
}

/* Wine's ntlm.c, test_Signature: SEC_E_MESSAGE_ALTERED, *pfQOP untouched; [MS-NLMP] 3.4.4: the counter does not advance, so the
 * good one still holds. */
static void test_altered_signature(void)
{
    BYTE token[TRAILER], data[TEXT];
    SecBuffer b[] = {{TEXT, SECBUFFER_DATA, data}, {TRAILER, SECBUFFER_TOKEN, token}};
    SecBufferDesc desc = DESC(b);
    ULONG quality = STALE;
    SECURITY_STATUS status;

    memcpy(data, text, TEXT);
    ok(MakeSignature(FROM, 0, &desc, 0) == SEC_E_OK, "sign\n");
    data[7] ^= 1;
    status = VerifySignature(TO, &desc, 0, &quality);
    ok(status == SEC_E_MESSAGE_ALTERED, "altered: %08lx\n", status);
    ok(quality == STALE, "quality touched: %lx\n", quality);
}

/* The second message first: [MS-NLMP] 3.4.4 has the sequence number under the checksum,
 * "VerifySignature" names SEC_E_OUT_OF_SEQUENCE. Either says it. */
static void test_order(void)
{
    BYTE token[2][TRAILER], data[TEXT];
    SecBuffer b[2][2];
    SecBufferDesc desc[2] = {DESC(b[0]), DESC(b[1])};
    ULONG quality = STALE;
    SECURITY_STATUS status;
    int i;

    memcpy(data, text, TEXT);
    for (i = 0; i < 2; i++) {
        b[i][0] = (SecBuffer){TRAILER, SECBUFFER_TOKEN, token[i]};
        b[i][1] = (SecBuffer){TEXT, SECBUFFER_DATA, data};
        ok(MakeSignature(FROM, 0, &desc[i], 0) == SEC_E_OK, "sign\n");
    }
    ok(memcmp(token[0], token[1], TRAILER), "two messages, one signature\n");
    status = VerifySignature(TO, &desc[1], 0, &quality);
    ok(status == SEC_E_OUT_OF_SEQUENCE || status == SEC_E_MESSAGE_ALTERED, "%08lx\n", status);
    ok(quality == STALE, "quality touched\n");
}

/* A message again. */
static void test_replay(void)
{
    BYTE token[TRAILER], data[TEXT];
    SecBuffer b[] = {{TRAILER, SECBUFFER_TOKEN, token}, {TEXT, SECBUFFER_DATA, data}};
    SecBufferDesc desc = DESC(b);
    SECURITY_STATUS status;

    memcpy(data, text, TEXT);
    sign_one(b, 2, FROM, TO);
    status = VerifySignature(TO, &desc, 0, NULL);
    ok(status == SEC_E_OUT_OF_SEQUENCE || status == SEC_E_MESSAGE_ALTERED, "%08lx\n", status);
}

static void all_tests(void)
{
    static void (*const tests[])(void) = {
            test_signatures, test_no_token, test_altered_signature, test_order, test_replay};
    int i;

    for (i = 0; i < ARRAY_SIZE(tests); i++)
        in_new_contexts(tests[i]);
}

START_TEST(signatures)
{
    store_open();
    as_w_and_a(all_tests);
    store_close();
}
