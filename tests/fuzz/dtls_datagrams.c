/* Datagrams for ends of DTLS sessions. The first byte chooses what they are for; then datagrams, as in
 * sequence.h.
 *
 *   0, 1  an open server, an open client: whatever comes, the session goes on (RFC 6347 4.1.2.7)
 *   2, 3  the same; the bytes are laid over a good record (exclusive or, from an offset, 16 bits LE):
 *         what was changed is dropped
 *   4     a server that asks for a cookie
 *   5     a server's first datagrams: it may fail, in order
 *
 * The open sessions are the same for all inputs; now and then a good record has to get through. */
#include "../unit/dtls_net.h"
#include "fuzz.h"
#include "sequence.h"
#include "tls/internal.h"

/* ClientHello of DTLS 1.2 without a cookie: ECDHE-ECDSA-AES128-GCM, P-256, ecdsa_secp256r1_sha256,
 * extended master secret. */
#define HELLO                                                                                      \
    "16fefd00000000000000000052" "010000460000000000000046" "fefd"                                      \
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"                             \
    "00" "00" "0002c02b" "0100" "001a"                                                             \
    "000a000400020017" "000d000400020403" "000b00020100" "00170000"

static const char *list[20];
const char *const *fuzz_seeds = list;
static struct net *open_net;
static struct tls_config *server;

/* Data, a message and an alert as if of the session; ServerHelloDone, ChangeCipherSpec, an alert. */
static const char *const datagrams[][4] = {
        {"17fefd000100000000000500200000000000000005aabbccddeeffaabbccddeeffaabbccddeeffaabbccddeeff", NULL},
        {"16fefd0001000000000006002800000000000000010102030405060708010203040506070801020304050607080102030405060708",
                "15fefd000100000000000700020100", NULL},
        {"16fefd0000000000000003000c0e0000000003000000000000",
                "14fefd0000000000000004000101", NULL},
        {"15fefd000000000000000900020228", NULL},
};

static void make_seeds(void)
{
    const char *const hello[] = {HELLO, NULL};
    size_t count = 0;
    for (size_t i = 0; i < sizeof datagrams / sizeof *datagrams; i++)
        for (int kind = 0; kind < 4; kind++)
            list[count++] = sequence_seed((const char *[]){"00", "01", "02", "03"}[kind], datagrams[i]);
    list[count++] = sequence_seed("04", hello);
    list[count++] = sequence_seed("05", hello);
}

void fuzz_prepare(void)
{
    struct bytes chain = OF(test_ec_certificate);
    make_seeds();
    open_net = net_open(DTLS_V1_2, PAIR_EC);
    FUZZ_HOLDS(open_net->client_done && open_net->server_done);
    FUZZ_HOLDS(tls_config_new(TLS_SERVER, DTLS_V1_2, &server) == ST_OK);
    FUZZ_HOLDS(tls_config_set_key(server, &chain, 1, OF(test_ec_key)) == ST_OK);
}

static struct tls_session *end_of(bool client)
{
    return client ? open_net->p->client.s : open_net->p->server.s;
}

static void drain(struct tls_session *s)
{
    struct blob datagram = {0};
    while (tls_datagram_waits(s))
        FUZZ_HOLDS(tls_datagram_take(s, &datagram) == ST_OK && datagram.size <= DTLS_MTU_MOST);
    blob_free(&datagram);
}

/* What comes of one datagram at an open end; *DATA: something was taken for data. */
static void receive(bool client, struct bytes in, bool *data)
{
    static uint8_t out[70000];
    struct tls_session *s = end_of(client);
    struct blob none = {0};
    while (in.size) {
        size_t consumed, missing, size;
        enum status status = tls_decrypt(s, in, out, sizeof out, &consumed, &missing, &size);
        FUZZ_HOLDS(session_state(s) == STATE_OPEN && consumed <= in.size);
        *data |= status == ST_OK;
        if (status == ST_RENEGOTIATE)
            FUZZ_HOLDS(tls_handshake(s, in, &consumed, &missing, &none) == ST_OK);
        if (status == ST_RENEGOTIATE || !consumed)
            break;
        in = bytes_of(in.data + consumed, in.size - consumed);
    }
    drain(s);
}

static size_t good_record(bool to_client, uint8_t record[100])
{
    size_t size = 0;
    FUZZ_HOLDS(tls_encrypt(end_of(!to_client), BYTES_LITERAL("0123456789abcdef"), record, 100, &size) ==
               ST_OK);
    return size;
}

static void on_open(bool client, struct bytes token)
{
    static unsigned count;
    bool data = false;
    receive(client, token, &data);
    FUZZ_HOLDS(!data);
    if (++count % 64)
        return;
    uint8_t record[100];
    size_t size = good_record(client, record);
    receive(client, bytes_of(record, size), &data);
    FUZZ_HOLDS(data);
}

static void on_laid_over(bool client, struct bytes token)
{
    uint8_t record[100], changed[100];
    size_t size = good_record(client, record);
    struct reader r = reader_on(token);
    size_t at = reader_u16le(&r) % size;
    bool data = false;
    memcpy(changed, record, size);
    while (at < size && reader_left(&r))
        changed[at++] ^= reader_u8(&r);
    receive(client, bytes_of(changed, size), &data);
    FUZZ_HOLDS(data == !memcmp(changed, record, size));
}

static void on_cookie(struct bytes token)
{
    static const uint8_t secret[32] = {7};
    struct bytes secrets = OF(secret);
    struct blob answer = {0};
    enum status status = tls_cookie_check(&secrets, 1, BYTES_LITERAL("address"), token, &answer);
    FUZZ_HOLDS(status == ST_CONTINUE || status == ST_BAD_TOKEN); /* no one guesses a cookie */
    FUZZ_HOLDS((status == ST_CONTINUE) == (answer.size != 0) && answer.size <= token.size);
    blob_free(&answer);
}

/* The seed has to be answered: the first input of this kind is that. */
static void on_fresh(struct reader *r)
{
    static bool answered;
    struct tls_session *s = NULL;
    struct blob none = {0};
    size_t consumed, missing;
    struct bytes token = sequence_next(r);
    FUZZ_HOLDS(tls_session_new(server, bytes_of(NULL, 0), &s) == ST_OK);
    enum status status = tls_session_set_hello(s, token) == ST_OK ? ST_CONTINUE : ST_BAD_TOKEN;
    for (int i = 0; i < 8 && status == ST_CONTINUE; i++) {
        status = tls_handshake(s, token, &consumed, &missing, &none);
        FUZZ_HOLDS(status != ST_OK && !none.size && consumed <= token.size);
        FUZZ_HOLDS(answered || (status == ST_CONTINUE && tls_datagram_waits(s)));
        answered = true;
        drain(s);
        token = sequence_next(r);
    }
    tls_session_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_on(bytes_of(data, size));
    unsigned kind = reader_u8(&r) % 6;
    if (kind == 5)
        on_fresh(&r);
    while (kind < 5 && reader_left(&r)) {
        struct bytes token = sequence_next(&r);
        if (kind < 2)
            on_open(kind & 1, token);
        else if (kind < 4)
            on_laid_over(kind & 1, token);
        else
            on_cookie(token);
    }
    return 0;
}
