/* Session security without extended session security: the published values of [MS-NLMP] 4.2.2.4,
 * then turns, tampering, lost and repeated messages, weakened keys (3.4.5.3). And 4.2.3.4: with it,
 * after a login of version 1 and without KEY_EXCH. */
#include "unit.h"
#include "ntlm/keys.h"
#include "ntlm/session.h"
#include "ntlm/session_v1.h"

#define SESSION_KEY "55 55 55 55 55 55 55 55 55 55 55 55 55 55 55 55"
#define PLAINTEXT   "50 00 6c 00 61 00 69 00 6e 00 74 00 65 00 78 00 74 00"
#define V1_FLAGS    0xe2028233
#define V1_SEALED   "56 fe 04 d8 61 f9 31 9a f0 d7 23 8a 2e 3b 4d 45 7f b8"
/* The example shows its RandomPad, 45 c8 44 e5; 3.4.4.1 ends with setting it to 0. */
#define V1_SIGN       "01 00 00 00 00 00 00 00 09 dc d1 df 2e 45 9d 36"
#define V1_SIGN_SHOWN "01 00 00 00 45 c8 44 e5 09 dc d1 df 2e 45 9d 36"
#define ESS_FLAGS     0x820a8233
#define ESS_KEY       "eb 93 42 9a 8b d9 52 f8 b8 9c 55 b8 7f 47 5e dc"
#define ESS_SEALED    "a0 23 72 f6 53 02 73 f3 aa 1e b9 01 90 ce 52 00 c9 9d"
#define ESS_SIGN      "01 00 00 00 ff 2a eb 52 f6 81 79 3a 00 00 00 00"

static uint8_t pool[1 << 16];
static size_t pool_used;

static struct bytes hex(const char *text)
{
    struct bytes b = unit_unhex(text, pool + pool_used, sizeof(pool) - pool_used);
    pool_used += b.size;
    return b;
}

struct ends {
    struct ntlm_session client, server;
};

static void ends_init(struct ends *e, uint32_t flags, const char *key)
{
    ntlm_session_init(&e->client, flags, hex(key).data, false);
    ntlm_session_init(&e->server, flags, hex(key).data, true);
}

struct message {
    uint8_t data[18], signature[16];
    struct ntlm_part part;
};

static void message_init(struct message *m)
{
    memcpy(m->data, hex(PLAINTEXT).data, sizeof(m->data));
    m->part = (struct ntlm_part){m->data, sizeof(m->data), true};
}

static bool plain(const struct message *m)
{
    return !memcmp(m->data, hex(PLAINTEXT).data, sizeof(m->data));
}

static void seal(struct ntlm_session *s, struct message *m)
{
    message_init(m);
    CHECK_STATUS(ntlm_session_seal(s, &m->part, 1, m->signature), ST_OK);
}

static enum status unseal(struct ntlm_session *s, struct message *m)
{
    m->part.data = m->data;
    return ntlm_session_unseal(s, &m->part, 1, bytes_of(m->signature, 16));
}

static void exchange(struct ntlm_session *from, struct ntlm_session *to)
{
    struct message m;

    seal(from, &m);
    CHECK(!plain(&m));
    CHECK_STATUS(unseal(to, &m), ST_OK);
    CHECK(plain(&m));
}

static void published(uint32_t flags, const char *key, const char *sealed, const char *signature)
{
    struct ends e;
    struct message m;

    ends_init(&e, flags, key);
    seal(&e.client, &m);
    CHECK_BYTES(bytes_of(m.data, 18), hex(sealed));
    CHECK_BYTES(bytes_of(m.signature, 16), hex(signature));
    CHECK_STATUS(unseal(&e.server, &m), ST_OK);
    CHECK(plain(&m));
}

static void published_pad(void)
{
    struct ends e;
    struct message m;

    ends_init(&e, V1_FLAGS, SESSION_KEY);
    message_init(&m);
    memcpy(m.data, hex(V1_SEALED).data, sizeof(m.data));
    memcpy(m.signature, hex(V1_SIGN_SHOWN).data, sizeof(m.signature));
    CHECK_STATUS(unseal(&e.server, &m), ST_OK);
    CHECK(plain(&m));
}

/* The checksum's plaintext as 4.2.2.4 shows it; and CRC-32's check value. */
static void checksum(void)
{
    struct message m;
    uint8_t tail[12], digits[] = "123456789";
    struct ntlm_part two[] = {{digits, 4, false}, {digits + 4, 5, true}};

    message_init(&m);
    ntlm_v1_tail(0, &m.part, 1, tail);
    CHECK_BYTES(bytes_of(tail, 12), hex("00 00 00 00 7d 84 aa 93 00 00 00 00"));
    ntlm_v1_tail(0x01020304, two, 2, tail);
    CHECK_BYTES(bytes_of(tail, 12), hex("00 00 00 00 26 39 f4 cb 04 03 02 01"));
}

static void turns(uint32_t flags)
{
    struct ends e;

    ends_init(&e, flags, SESSION_KEY);
    exchange(&e.client, &e.server);
    exchange(&e.client, &e.server);
    exchange(&e.server, &e.client);
    exchange(&e.client, &e.server);
    exchange(&e.server, &e.client);
    exchange(&e.server, &e.client);
}

/* One stream for both: who does not wait for his turn is not understood, and nothing is lost. */
static void out_of_turn(void)
{
    struct ends e;
    struct message a, b;

    ends_init(&e, V1_FLAGS, SESSION_KEY);
    seal(&e.client, &a);
    seal(&e.server, &b);
    CHECK_STATUS(unseal(&e.client, &b), ST_BAD_SIGNATURE);
    CHECK(!plain(&b));
    CHECK_STATUS(unseal(&e.server, &a), ST_BAD_SIGNATURE);
}

static void sign_only(void)
{
    struct ends e;
    struct message m;

    ends_init(&e, V1_FLAGS & ~(uint32_t)NTLMSSP_NEGOTIATE_SEAL, SESSION_KEY);
    for (int i = 0; i < 3; i++) {
        message_init(&m);
        CHECK_STATUS(ntlm_session_sign(&e.client, &m.part, 1, m.signature), ST_OK);
        CHECK(plain(&m));
        CHECK_STATUS(ntlm_session_verify(&e.server, &m.part, 1, bytes_of(m.signature, 16)), ST_OK);
        m.data[3] ^= 1;
        CHECK_STATUS(ntlm_session_verify(&e.server, &m.part, 1, bytes_of(m.signature, 16)),
                ST_BAD_SIGNATURE);
    }
    /* Sealing only signs (3.4.6). */
    seal(&e.server, &m);
    CHECK(plain(&m));
    CHECK_STATUS(unseal(&e.client, &m), ST_OK);
}

/* A flipped bit of the encrypted sequence number shows as another number; RandomPad is ignored, as
 * senders differ in it; each other bit is refused, the data stays as it came, and the context
 * survives. */
static void every_bit(void)
{
    struct ends e;
    struct message good, bad;

    ends_init(&e, V1_FLAGS, SESSION_KEY);
    exchange(&e.client, &e.server);
    seal(&e.client, &good);
    for (size_t bit = 0; bit < 8 * (18 + 16); bit++) {
        bad = good;
        uint8_t *at = bit < 8 * 18 ? &bad.data[bit / 8] : &bad.signature[bit / 8 - 18];
        *at ^= (uint8_t)(1 << bit % 8);
        struct message before = bad;
        struct ends copy = e;
        bool pad = bit / 8 >= 18 + 4 && bit / 8 < 18 + 8, sequence = bit / 8 >= 18 + 12;
        CHECK_STATUS(unseal(&copy.server, &bad), pad        ? ST_OK
                                                 : sequence ? ST_OUT_OF_SEQUENCE
                                                            : ST_BAD_SIGNATURE);
        if (!pad) {
            CHECK(!memcmp(before.data, bad.data, sizeof(bad.data)));
            CHECK_STATUS(unseal(&copy.server, &(struct message){0}), ST_BAD_SIGNATURE);
            bad = good;
            CHECK_STATUS(unseal(&copy.server, &bad), ST_OK);
        }
    }
}

static void lost_and_repeated(void)
{
    struct ends e;
    struct message first, again, second;

    ends_init(&e, V1_FLAGS, SESSION_KEY);
    seal(&e.client, &first);
    again = first;
    seal(&e.client, &second);
    CHECK_STATUS(unseal(&e.server, &second), ST_BAD_SIGNATURE);
    CHECK_STATUS(unseal(&e.server, &first), ST_OK);
    CHECK_STATUS(unseal(&e.server, &again), ST_BAD_SIGNATURE);
    CHECK_STATUS(unseal(&e.server, &second), ST_OK);
    CHECK(plain(&first) && plain(&second));
}

static void signature_sizes(void)
{
    struct ends e;
    struct message m;
    uint8_t longer[17] = {0};

    ends_init(&e, V1_FLAGS, SESSION_KEY);
    seal(&e.client, &m);
    for (size_t size = 0; size < 16; size++)
        CHECK_STATUS(ntlm_session_unseal(&e.server, &m.part, 1, bytes_of(m.signature, size)),
                ST_BAD_SIGNATURE);
    memcpy(longer, m.signature, 16);
    CHECK_STATUS(
            ntlm_session_unseal(&e.server, &m.part, 1, bytes_of(longer, 17)), ST_BAD_SIGNATURE);
    CHECK_STATUS(unseal(&e.server, &m), ST_OK);
}

/* 3.4.5.3; weakened only with LM_KEY or datagram, whatever else the flags say. */
static void weakened_keys(void)
{
    static const struct {
        uint32_t flags;
        const char *key;
    } rows[] = {
            {0, SESSION_KEY},
            {NTLMSSP_NEGOTIATE_56, SESSION_KEY},
            {NTLMSSP_NEGOTIATE_128, SESSION_KEY},
            {NTLMSSP_NEGOTIATE_LM_KEY, "55 55 55 55 55 e5 38 b0"},
            {NTLMSSP_NEGOTIATE_LM_KEY | NTLMSSP_NEGOTIATE_56, "55 55 55 55 55 55 55 a0"},
            {NTLMSSP_NEGOTIATE_DATAGRAM, "55 55 55 55 55 e5 38 b0"},
    };
    uint8_t key[16];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t size = ntlm_sealkey_v1(rows[i].flags, hex(SESSION_KEY).data, key);
        CHECK_BYTES(bytes_of(key, size), hex(rows[i].key));
    }
    turns(V1_FLAGS | NTLMSSP_NEGOTIATE_LM_KEY);
    turns((V1_FLAGS & ~NTLMSSP_NEGOTIATE_56) | NTLMSSP_NEGOTIATE_LM_KEY);
}

/* A weaker key at one end is another key. */
static void weakened_at_one_end(void)
{
    struct ends e;
    struct message m;

    ends_init(&e, V1_FLAGS, SESSION_KEY);
    ntlm_session_init(&e.server, V1_FLAGS | NTLMSSP_NEGOTIATE_LM_KEY, hex(SESSION_KEY).data, true);
    seal(&e.client, &m);
    CHECK_STATUS(unseal(&e.server, &m), ST_BAD_SIGNATURE);
}

/* Either call puts the one stream back; the numbers go on. */
static void reset(bool client_outgoing, bool server_outgoing)
{
    struct ends e;

    ends_init(&e, V1_FLAGS, SESSION_KEY);
    exchange(&e.client, &e.server);
    ntlm_session_reset_cipher(&e.client, client_outgoing);
    ntlm_session_reset_cipher(&e.server, server_outgoing);
    exchange(&e.client, &e.server);
    exchange(&e.server, &e.client);
    ntlm_session_reset_cipher(&e.client, client_outgoing);
    struct message m;
    seal(&e.client, &m);
    CHECK_STATUS(unseal(&e.server, &m), ST_BAD_SIGNATURE);
}

int main(void)
{
    published(V1_FLAGS, SESSION_KEY, V1_SEALED, V1_SIGN);
    published(ESS_FLAGS, ESS_KEY, ESS_SEALED, ESS_SIGN);
    published_pad();
    checksum();
    turns(V1_FLAGS);
    out_of_turn();
    sign_only();
    every_bit();
    lost_and_repeated();
    signature_sizes();
    weakened_keys();
    weakened_at_one_end();
    reset(true, false);
    reset(false, true);
    return unit_end("ntlm_v1_session");
}
