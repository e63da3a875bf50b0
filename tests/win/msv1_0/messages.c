/* MakeSignature, VerifySignature, EncryptMessage, DecryptMessage: the layouts of buffers that programs pass. */
#include "../accounts.h"
#include "../login.h"

static const char text[] = "attack at dawn, or when the kettle boils";
enum { TEXT = sizeof(text), TRAILER = 16 };

static struct login *both;
#define FROM (&both->client)
#define TO   (&both->server)

/* ---- signatures ---- */

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
    SecBuffer several[] = {{TEXT, SECBUFFER_DATA, data}, {5, SECBUFFER_DATA, more}, {0, SECBUFFER_DATA, NULL},
            {TRAILER, SECBUFFER_TOKEN, token}};
    SecBuffer empty[] = {{TRAILER, SECBUFFER_TOKEN, token}};
    SecBuffer padded[] = {{0, SECBUFFER_EMPTY, NULL}, {TEXT, SECBUFFER_DATA, data}, {TRAILER, SECBUFFER_TOKEN, token}};

    memcpy(data, text, TEXT);
    memcpy(more, text, TEXT);
    sign_one(last, 2, FROM, TO);
    sign_one(first, 2, FROM, TO);
    sign_one(several, 4, FROM, TO);
    sign_one(empty, 1, FROM, TO);
    sign_one(padded, 3, FROM, TO);
    sign_one(last, 2, TO, FROM);
    ok(!memcmp(data, text, TEXT), "signing changed the data\n");
    ok(token[0] == 1 && !token[1] && !token[2] && !token[3], "signature version\n"); /* [MS-NLMP] 2.2.2.9.2 */
}

/* FACTS 4: no TOKEN is SEC_E_INVALID_TOKEN. */
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

/* FACTS 4: SEC_E_MESSAGE_ALTERED, *pfQOP untouched; FACTS 5: the counter does not advance, so the good one still holds. */
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

/* ---- sealing ---- */

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
    ok(!quality, "quality %lx\n", quality);
}

static void test_sealing(void)
{
    BYTE token[TRAILER], data[TEXT], more[TEXT];
    SecBuffer last[] = {{TEXT, SECBUFFER_DATA, data}, {TRAILER, SECBUFFER_TOKEN, token}};
    SecBuffer first[] = {{TRAILER, SECBUFFER_TOKEN, token}, {TEXT, SECBUFFER_DATA, data}};
    SecBuffer several[] = {{TRAILER, SECBUFFER_TOKEN, token}, {TEXT, SECBUFFER_DATA, data}, {TEXT, SECBUFFER_DATA, more}};
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

/* The layout of rpcrt4 (FACTS 4): header and trailer signed, the body sealed. PART is then altered. */
static void rpc_altered(int part)
{
    BYTE head[24], tail[8], body[TEXT], token[TRAILER];
    SecBuffer b[] = {{sizeof(head), SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, head}, {TEXT, SECBUFFER_DATA, body},
            {sizeof(tail), SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, tail}, {TRAILER, SECBUFFER_TOKEN, token}};
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
    ok(FAILED(status) && (part == 3 || status == SEC_E_MESSAGE_ALTERED), "%d: %08lx\n", part, status);
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
    SecBuffer b[] = {{sizeof(head), SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, head}, {TEXT, SECBUFFER_DATA, body},
            {sizeof(tail), SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, tail}, {TRAILER, SECBUFFER_TOKEN, token}};

    memcpy(body, text, TEXT);
    both_ways(b, 4, FROM, TO);
    both_ways(b, 4, TO, FROM);
    ok(!memcmp(body, text, TEXT) && !strcmp((char *)head, "header") && !strcmp((char *)tail, "trailer"), "changed\n");
    b[0].BufferType = b[2].BufferType = SECBUFFER_DATA | SECBUFFER_READONLY;
    both_ways(b, 4, FROM, TO);
    ok(!memcmp(body, text, TEXT) && !strcmp((char *)head, "header"), "changed\n");
}

/* "DecryptMessage (NTLM)", SECBUFFER_STREAM: signature and data in one; the DATA buffer then points into it. */
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
    ok(stream[1].pvBuffer == all + TRAILER && stream[1].cbBuffer == TEXT, "%p, %lu bytes\n", stream[1].pvBuffer, stream[1].cbBuffer);
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

/* The second message first: [MS-NLMP] 3.4.4 has the sequence number under the checksum, "VerifySignature" names
 * SEC_E_OUT_OF_SEQUENCE. Either says it. */
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

static void test_small_token(void)
{
    BYTE token[TRAILER], data[TEXT];
    SecBuffer b[] = {{TRAILER - 1, SECBUFFER_TOKEN, token}, {TEXT, SECBUFFER_DATA, data}};
    SecBufferDesc desc = DESC(b);
    SECURITY_STATUS status;

    memcpy(data, text, TEXT);
    /* "MakeSignature": the TOKEN buffer is of cbMaxSignature bytes; less is SEC_E_BUFFER_TOO_SMALL or SEC_E_INVALID_TOKEN (?) */
    status = EncryptMessage(FROM, 0, &desc, 0);
    ok(FAILED(status), "%08lx\n", status);
    ok(!memcmp(data, text, TEXT), "data touched\n");
    status = MakeSignature(FROM, 0, &desc, 0);
    ok(FAILED(status), "%08lx\n", status);
}

/* SECQOP_WRAP_NO_ENCRYPT: "EncryptMessage": signs without encrypting. DecryptMessage takes only sealed ones in NTLM, so
 * the other side verifies. */
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

static void in_new_contexts(void (*test)(void))
{
    both = calloc(1, sizeof(*both));
    both->identity = good_identity();
    both->client_request = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY | ISC_REQ_SEQUENCE_DETECT;
    both->server_request = ASC_REQ_INTEGRITY | ASC_REQ_CONFIDENTIALITY | ASC_REQ_SEQUENCE_DETECT;
    if (login_good(both))
        test();
    login_close(both);
    free(both);
}

START_TEST(messages)
{
    static void (*const tests[])(void) = {test_signatures, test_no_token, test_altered_signature, test_sealing, test_rpc_head,
            test_rpc_body, test_rpc_tail, test_rpc_token, test_rpc_good, test_stream, test_altered_seal, test_order, test_replay, test_small_token, test_no_encrypt};
    int i;

    store_open();
    for (i = 0; i < ARRAY_SIZE(tests); i++)
        in_new_contexts(tests[i]);
    store_close();
}
