/* EncryptMessage and DecryptMessage: the layouts of buffers that programs pass. */
#include "protected.h"

static SECURITY_STATUS open_one(SecBuffer *b, ULONG count, CtxtHandle *to, ULONG *quality)
{
    SecBufferDesc desc = {SECBUFFER_VERSION, count, b};
    return DecryptMessage(to, &desc, 0, quality);
}

static void seal_one(SecBuffer *b, ULONG count, CtxtHandle *from)
{
    SecBufferDesc desc = {SECBUFFER_VERSION, count, b};
    SECURITY_STATUS status = EncryptMessage(from, 0, &desc, 0);
    ok(status == SEC_E_OK, "seal %08lx\n", status);
}

static void both_ways(SecBuffer *b, ULONG count, CtxtHandle *from, CtxtHandle *to)
{
    ULONG quality = STALE;
    SECURITY_STATUS status;

    seal_one(b, count, from);
    status = open_one(b, count, to, &quality);
    ok(status == SEC_E_OK, "unseal %08lx\n", status);
    /* Wine 10's ntlm.c, test_Encrypt, which runs on Windows */
    ok(quality == STALE, "quality touched: %lx\n", quality);
}

static void test_sealing(void)
{
    BYTE token[TRAILER], data[TEXT], more[TEXT];
    SecBuffer last[] = {{TEXT, SECBUFFER_DATA, data}, {TRAILER, SECBUFFER_TOKEN, token}};
    SecBuffer first[] = {{TRAILER, SECBUFFER_TOKEN, token}, {TEXT, SECBUFFER_DATA, data}};
    SecBuffer several[] = {{TRAILER, SECBUFFER_TOKEN, token}, {TEXT, SECBUFFER_DATA, data},
            {TEXT, SECBUFFER_DATA, more}};
    SecBuffer empty[] = {{TRAILER, SECBUFFER_TOKEN, token}, {0, SECBUFFER_DATA, data}};
    int i;

    memcpy(data, text, TEXT);
    memcpy(more, text, TEXT);
    both_ways(last, 2, FROM, TO);
    both_ways(first, 2, TO, FROM);
    both_ways(several, 3, FROM, TO);
    both_ways(empty, 2, FROM, TO);
    ok(!memcmp(data, text, TEXT) && !memcmp(more, text, TEXT), "text is not the same\n");
    for (i = 0; i < 3; i++) { /* sealed data is not the text, nor twice the same */
        seal_one(last, 2, FROM);
        ok(memcmp(data, text, TEXT), "plain text\n");
        ok(!i || memcmp(data, more, TEXT), "the same twice\n");
        memcpy(more, data, TEXT);
        ok(open_one(last, 2, TO, NULL) == SEC_E_OK, "unseal\n");
    }
}

/* The layout of rpcrt4 (four buffers: [MS-RPCE] 3.3.1.5.2): header and trailer signed, the body sealed. PART is then altered.
 */
static void rpc_altered(int part)
{
    BYTE head[24], tail[8], body[TEXT], token[TRAILER];
    SecBuffer b[] = {{sizeof(head), SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, head},
            {TEXT, SECBUFFER_DATA, body},
            {sizeof(tail), SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, tail},
            {TRAILER, SECBUFFER_TOKEN, token}};
    ULONG quality = STALE;
    SECURITY_STATUS status;

    memset(head, 0x48, sizeof(head));
    memset(tail, 0x54, sizeof(tail));
    memcpy(body, text, TEXT);
    seal_one(b, 4, FROM);
    ok(head[0] == 0x48 && head[23] == 0x48 && tail[7] == 0x54, "a read-only buffer was changed\n");
    ok(memcmp(body, text, TEXT), "the body is plain\n");
    ((BYTE *)b[part].pvBuffer)[3] ^= 0x20;
    status = open_one(b, 4, TO, &quality);
    ok(FAILED(status) && (part == 3 || status == SEC_E_MESSAGE_ALTERED), "%d: %08lx\n", part,
            status);
    ok(quality == STALE, "%d: quality touched\n", part);
}

static void test_rpc_head(void)
{
    rpc_altered(0);
}

static void test_rpc_body(void)
{
    rpc_altered(1);
}

static void test_rpc_tail(void)
{
    rpc_altered(2);
}

static void test_rpc_token(void)
{
    rpc_altered(3);
}

static void test_rpc_good(void)
{
    BYTE head[24] = "header", tail[8] = "trailer", body[TEXT], token[TRAILER];
    SecBuffer b[] = {{sizeof(head), SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, head},
            {TEXT, SECBUFFER_DATA, body},
            {sizeof(tail), SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, tail},
            {TRAILER, SECBUFFER_TOKEN, token}};

    memcpy(body, text, TEXT);
    both_ways(b, 4, FROM, TO);
    both_ways(b, 4, TO, FROM);
    ok(!memcmp(body, text, TEXT) && !strcmp((char *)head, "header") &&
                    !strcmp((char *)tail, "trailer"),
            "changed\n");
    b[0].BufferType = b[2].BufferType = SECBUFFER_DATA | SECBUFFER_READONLY;
    both_ways(b, 4, FROM, TO);
    ok(!memcmp(body, text, TEXT) && !strcmp((char *)head, "header"), "changed\n");
}

/* "DecryptMessage (NTLM)", SECBUFFER_STREAM: signature and data in one; the DATA buffer then points
 * into it. */
static void test_stream(void)
{
    BYTE all[TRAILER + TEXT];
    SecBuffer sealed[] = {{TRAILER, SECBUFFER_TOKEN, all}, {TEXT, SECBUFFER_DATA, all + TRAILER}};
    SecBuffer stream[] = {{sizeof(all), SECBUFFER_STREAM, all}, {0, SECBUFFER_DATA, NULL}};
    SECURITY_STATUS status;

    memcpy(all + TRAILER, text, TEXT);
    seal_one(sealed, 2, FROM);
    status = open_one(stream, 2, TO, NULL);
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(stream[1].pvBuffer == all + TRAILER && stream[1].cbBuffer == TEXT, "%p, %lu bytes\n",
            stream[1].pvBuffer, stream[1].cbBuffer);
    ok(!memcmp(all + TRAILER, text, TEXT), "text is not the same\n");
}

static void test_altered_seal(void)
{
    BYTE token[TRAILER], data[TEXT];
    SecBuffer b[] = {{TRAILER, SECBUFFER_TOKEN, token}, {TEXT, SECBUFFER_DATA, data}};
    ULONG quality = STALE;
    SECURITY_STATUS status;

    memcpy(data, text, TEXT);
    seal_one(b, 2, FROM);
    data[1] ^= 0x80;
    status = open_one(b, 2, TO, &quality);
    ok(status == SEC_E_MESSAGE_ALTERED, "%08lx\n", status);
    ok(quality == STALE, "quality touched\n");
}

static void test_small_token(void)
{
    BYTE token[TRAILER], data[TEXT];
    SecBuffer b[] = {{TRAILER - 1, SECBUFFER_TOKEN, token}, {TEXT, SECBUFFER_DATA, data}};
    SecBufferDesc desc = DESC(b);
    SECURITY_STATUS status;

    memcpy(data, text, TEXT);
    /* "MakeSignature": the TOKEN buffer is of cbMaxSignature bytes; less is SEC_E_BUFFER_TOO_SMALL
     * or SEC_E_INVALID_TOKEN (?) */
    status = EncryptMessage(FROM, 0, &desc, 0);
    ok(FAILED(status), "%08lx\n", status);
    ok(!memcmp(data, text, TEXT), "data touched\n");
    status = MakeSignature(FROM, 0, &desc, 0);
    ok(FAILED(status), "%08lx\n", status);
}

/* SECQOP_WRAP_NO_ENCRYPT: "EncryptMessage": signs without encrypting. DecryptMessage takes only
 * sealed ones in NTLM, so the other side verifies. */
static void test_no_encrypt(void)
{
    BYTE token[TRAILER], data[TEXT];
    SecBuffer b[] = {{TRAILER, SECBUFFER_TOKEN, token}, {TEXT, SECBUFFER_DATA, data}};
    SecBufferDesc desc = DESC(b);
    SECURITY_STATUS status;

    memcpy(data, text, TEXT);
    status = EncryptMessage(FROM, SECQOP_WRAP_NO_ENCRYPT, &desc, 0);
    if (!is_opensspi() && status == SEC_E_QOP_NOT_SUPPORTED)
        return;
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(!memcmp(data, text, TEXT), "encrypted\n");
    status = VerifySignature(TO, &desc, 0, NULL);
    ok(status == SEC_E_OK, "%08lx\n", status);
}

static void all_tests(void)
{
    static void (*const tests[])(void) = {test_sealing, test_rpc_head, test_rpc_body, test_rpc_tail,
            test_rpc_token, test_rpc_good, test_stream, test_altered_seal, test_small_token,
            test_no_encrypt};
    int i;

    for (i = 0; i < ARRAY_SIZE(tests); i++)
        in_new_contexts(tests[i]);
}

START_TEST(messages)
{
    store_open();
    as_w_and_a(all_tests);
    store_close();
}
