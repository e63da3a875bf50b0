/* Contexts that negotiated no protection, or only one kind. */
#include "../accounts.h"
#include "../login.h"

static struct login *open_login(ULONG client, ULONG server)
{
    struct login *l = calloc(1, sizeof(*l));
    l->identity = good_identity();
    l->client_request = client;
    l->server_request = server;
    login_good(l);
    return l;
}

static void end_login(struct login *l)
{
    login_close(l);
    free(l);
}

/* Wine's ntlm.c, test_Signature and test_Encrypt, on Windows: without signing the dummy signature 01 00 00 00 and 12 zeros, which verifies;
 * EncryptMessage with neither seal nor sign negotiated: SEC_E_UNSUPPORTED_FUNCTION. */
static void test_nothing(void)
{
    static const BYTE dummy[16] = {1};
    struct login *l = open_login(0, 0);
    BYTE token[16], data[] = "data";
    SecBuffer b[] = {{sizeof(data), SECBUFFER_DATA, data}, {sizeof(token), SECBUFFER_TOKEN, token}};
    SecBufferDesc desc = DESC(b);
    ULONG quality = STALE;
    SECURITY_STATUS status;

    memset(token, 0xCC, sizeof(token));
    status = MakeSignature(&l->client, 0, &desc, 0);
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(!memcmp(token, dummy, sizeof(dummy)), "another signature\n");
    status = VerifySignature(&l->server, &desc, 0, &quality);
    ok(status == SEC_E_OK, "%08lx\n", status);
    status = EncryptMessage(&l->client, 0, &desc, 0);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "encrypt %08lx\n", status);
    ok(!strcmp((char *)data, "data"), "data touched\n");
    ok(!(l->client_attributes[1] & (ISC_RET_INTEGRITY | ISC_RET_CONFIDENTIALITY)),
            "attributes %08lx\n", l->client_attributes[1]);
    end_login(l);
}

/* Signing alone: MakeSignature is real and an altered message is found. */
static void test_sign_only(void)
{
    struct login *l = open_login(ISC_REQ_INTEGRITY, ASC_REQ_INTEGRITY);
    BYTE token[16], data[] = "data";
    SecBuffer b[] = {{sizeof(data), SECBUFFER_DATA, data}, {sizeof(token), SECBUFFER_TOKEN, token}};
    SecBufferDesc desc = DESC(b);
    SECURITY_STATUS status;

    ok(MakeSignature(&l->client, 0, &desc, 0) == SEC_E_OK, "sign\n");
    ok(VerifySignature(&l->server, &desc, 0, NULL) == SEC_E_OK, "verify\n");
    ok(MakeSignature(&l->server, 0, &desc, 0) == SEC_E_OK, "sign\n");
    data[0] ^= 1;
    status = VerifySignature(&l->client, &desc, 0, NULL);
    ok(status == SEC_E_MESSAGE_ALTERED, "%08lx\n", status);
    end_login(l);
}

/* A dummy signature does not pass where signing was negotiated. */
static void test_dummy_refused(void)
{
    struct login *l = open_login(ISC_REQ_INTEGRITY, ASC_REQ_INTEGRITY);
    BYTE token[16] = {1}, data[] = "data";
    SecBuffer b[] = {{sizeof(data), SECBUFFER_DATA, data}, {sizeof(token), SECBUFFER_TOKEN, token}};
    SecBufferDesc desc = DESC(b);
    SECURITY_STATUS status = VerifySignature(&l->server, &desc, 0, NULL);

    ok(status == SEC_E_MESSAGE_ALTERED, "%08lx\n", status);
    end_login(l);
}

/* Messages before there is a key. */
static void test_too_early(void)
{
    struct login *l = calloc(1, sizeof(*l));
    BYTE token[16], data[] = "data";
    SecBuffer b[] = {{sizeof(data), SECBUFFER_DATA, data}, {sizeof(token), SECBUFFER_TOKEN, token}};
    SecBufferDesc desc = DESC(b);

    l->identity = good_identity();
    l->client_request = ISC_REQ_CONFIDENTIALITY;
    login_acquire(l);
    login_leg(l, FALSE);
    ok(FAILED(EncryptMessage(&l->client, 0, &desc, 0)), "encrypt\n");
    ok(FAILED(DecryptMessage(&l->client, &desc, 0, NULL)), "decrypt\n");
    ok(FAILED(MakeSignature(&l->client, 0, &desc, 0)), "sign\n");
    ok(FAILED(VerifySignature(&l->client, &desc, 0, NULL)), "verify\n");
    ok(!strcmp((char *)data, "data"), "data touched\n");
    end_login(l);
}

static void all_tests(void)
{
    test_nothing();
    test_sign_only();
    test_dummy_refused();
    if (is_opensspi()) /* nothing is said of it for Windows */
        test_too_early();
}

START_TEST(plain)
{
    store_open();
    as_w_and_a(all_tests);
    store_close();
}
