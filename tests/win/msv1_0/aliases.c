/* Buffers that share memory: the input's memory as the output's, parts of a message that lie over
 * each other, a signature inside the data. A login with one piece of memory is a login; a message that
 * is refused leaves every byte as it was. */
#include "../accounts.h"
#include "../login.h"

enum { ROOM = 4096, BODY = 64, SIGNATURE = 16 };

static BYTE room[ROOM];

static SECURITY_STATUS leg(struct login *l, BOOL server, SecBufferDesc *input, SecBufferDesc *output)
{
    ULONG attributes;
    BOOL first = server ? !l->has_server : !l->has_client;
    SECURITY_STATUS status;

    if (server)
        status = AcceptSecurityContext(&l->server_credential, first ? NULL : &l->server, input,
                ASC_REQ_CONFIDENTIALITY, SECURITY_NATIVE_DREP, &l->server, output, &attributes,
                NULL);
    else
        status = initialize(&l->client_credential, first ? NULL : &l->client, NULL,
                ISC_REQ_CONFIDENTIALITY, first ? NULL : input, &l->client, output, &attributes,
                NULL);
    *(server ? &l->has_server : &l->has_client) |= SUCCEEDED(status);
    return status;
}

/* Every token comes out where the one before it came in. */
static struct login *one_room(void)
{
    static const SECURITY_STATUS want[] = {
            SEC_I_CONTINUE_NEEDED, SEC_I_CONTINUE_NEEDED, SEC_E_OK, SEC_E_OK};
    struct login *l = calloc(1, sizeof(*l));
    SecBuffer in = {0, SECBUFFER_TOKEN, room}, out = {ROOM, SECBUFFER_TOKEN, room};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &out};
    int i;

    l->identity = good_identity();
    login_acquire(l);
    for (i = 0; i < 4; i++) {
        SECURITY_STATUS status = leg(l, i % 2, &input, &output);
        ok(status == want[i], "leg %d: %08lx\n", i, status);
        in.cbBuffer = out.cbBuffer;
        out.cbBuffer = ROOM;
    }
    return l;
}

/* One descriptor as input and output: there is room for as many bytes as came in, too few for the
 * answer, and that is said ("SEC_E_BUFFER_TOO_SMALL") with the size that is needed. */
static void test_one_descriptor(void)
{
    struct login *l = calloc(1, sizeof(*l));
    SecBuffer b = {ROOM, SECBUFFER_TOKEN, room};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &b};
    ULONG size;

    l->identity = good_identity();
    login_acquire(l);
    ok(leg(l, FALSE, NULL, &desc) == SEC_I_CONTINUE_NEEDED, "NEGOTIATE\n");
    size = b.cbBuffer;
    ok(leg(l, TRUE, &desc, &desc) == SEC_E_BUFFER_TOO_SMALL, "CHALLENGE\n");
    ok(b.cbBuffer > size, "%lu bytes are needed\n", b.cbBuffer);
    login_close(l);
    free(l);
}

static SECURITY_STATUS crypt(CtxtHandle *context, BOOL seal, BYTE *token, BYTE *a, BYTE *b)
{
    SecBuffer buffers[] = {{SIGNATURE, SECBUFFER_TOKEN, token}, {BODY, SECBUFFER_DATA, a},
            {BODY, SECBUFFER_DATA, b}};
    SecBufferDesc desc = DESC(buffers);
    return seal ? EncryptMessage(context, 0, &desc, 0) : DecryptMessage(context, &desc, 0, NULL);
}

/* The second part begins SHIFT bytes into the first: what would come out could be neither's (?), so it
 * is refused, both ways. */
static void overlap(struct login *l, int shift)
{
    BYTE token[SIGNATURE] = {0}, message[2 * BODY], before[2 * BODY];
    SECURITY_STATUS status;

    memset(message, 0x11, sizeof(message));
    memset(before, 0x11, sizeof(before));
    status = crypt(&l->client, TRUE, token, message, message + shift);
    ok(status == SEC_E_INVALID_TOKEN, "encrypt, overlapping by %d: %08lx\n", BODY - shift, status);
    status = crypt(&l->client, TRUE, token, message + shift, message);
    ok(status == SEC_E_INVALID_TOKEN, "the other way round: %08lx\n", status);
    status = crypt(&l->server, FALSE, token, message, message + shift);
    ok(status == SEC_E_INVALID_TOKEN, "decrypt: %08lx\n", status);
    ok(!memcmp(before, message, sizeof(message)), "a refused message has changed\n");
}

/* Side by side they are two parts, and nothing of what was refused has counted. */
static void side_by_side(struct login *l)
{
    BYTE token[SIGNATURE], message[2 * BODY], before[2 * BODY];

    memset(message, 0x11, sizeof(message));
    ok(crypt(&l->client, TRUE, token, message, message + BODY) == SEC_E_OK, "encrypt\n");
    memcpy(before, message, sizeof(message));
    token[5] ^= 1;
    ok(crypt(&l->server, FALSE, token, message, message + BODY) == SEC_E_MESSAGE_ALTERED,
            "altered\n");
    ok(!memcmp(before, message, sizeof(message)), "a refused message has changed\n");
    token[5] ^= 1;
    ok(crypt(&l->server, FALSE, token, message, message + BODY) == SEC_E_OK, "as it was sent\n");
    memset(before, 0x11, sizeof(before));
    ok(!memcmp(before, message, sizeof(message)), "not the text that was sent\n");
}

/* The signature's bytes are also the data's: what comes out means nothing, the next message does. */
static void signature_inside(struct login *l)
{
    BYTE token[SIGNATURE], message[BODY] = {1}, other[BODY] = {2}, before[BODY];

    ok(crypt(&l->client, TRUE, token, message, other) == SEC_E_OK, "encrypt\n");
    memcpy(before, message, BODY);
    ok(crypt(&l->server, FALSE, message, message, other) == SEC_E_MESSAGE_ALTERED,
            "a signature inside the data\n");
    ok(!memcmp(before, message, BODY), "a refused message has changed\n");
    ok(crypt(&l->server, FALSE, token, message, other) == SEC_E_OK, "as it was sent\n");
    ok(message[0] == 1 && other[0] == 2, "not the text that was sent\n");
}

static void test_aliases(void)
{
    struct login *l = one_room();
    int shift;

    for (shift = 0; shift < BODY; shift += 21)
        overlap(l, shift);
    overlap(l, BODY - 1);
    side_by_side(l);
    signature_inside(l);
    login_close(l);
    free(l);
    test_one_descriptor();
}

START_TEST(aliases)
{
    store_open();
    as_w_and_a(test_aliases);
    store_close();
}
