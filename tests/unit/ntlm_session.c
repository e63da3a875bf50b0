/* Signing and sealing between two contexts: order, parts, sequence numbers, tampering, the RC4
 * reset. [MS-NLMP] 3.4, [MS-SPNG] 3.3.5.1. */
#include "ntlm_pair.h"
#include "ntlm/session.h"

/* rpcrt4's buffers: header and trailer signed only, the stub sealed. */
struct message {
    uint8_t head[24], body[100], tail[8], signature[16];
    struct ntlm_part parts[3];
};

static void message_init(struct message *m, uint8_t seed)
{
    memset(m, 0, sizeof(*m));
    memset(m->head, seed, sizeof(m->head));
    memset(m->body, seed + 1, sizeof(m->body));
    memset(m->tail, seed + 2, sizeof(m->tail));
    m->parts[0] = (struct ntlm_part){m->head, sizeof(m->head), false};
    m->parts[1] = (struct ntlm_part){m->body, sizeof(m->body), true};
    m->parts[2] = (struct ntlm_part){m->tail, sizeof(m->tail), false};
}

/* Plaintext as message_init made it? */
static bool message_is(const struct message *m, uint8_t seed)
{
    struct message plain;

    message_init(&plain, seed);
    return !memcmp(m->head, plain.head, sizeof(m->head)) &&
           !memcmp(m->body, plain.body, sizeof(m->body)) &&
           !memcmp(m->tail, plain.tail, sizeof(m->tail));
}

static struct bytes signature_of(const struct message *m)
{
    return bytes_of(m->signature, sizeof(m->signature));
}

static void seal(struct ntlm_context *c, struct message *m, uint8_t seed)
{
    message_init(m, seed);
    CHECK_STATUS(ntlm_seal(c, m->parts, 3, m->signature), ST_OK);
    CHECK(!message_is(m, seed));
}

static enum status unseal(struct ntlm_context *c, struct message *m)
{
    return ntlm_unseal(c, m->parts, 3, signature_of(m));
}

static void exchange(struct ntlm_context *from, struct ntlm_context *to, uint8_t seed)
{
    struct message m;

    seal(from, &m, seed);
    CHECK_STATUS(unseal(to, &m), ST_OK);
    CHECK(message_is(&m, seed));
}

static void login(struct pair *p, uint32_t wishes)
{
    pair_setup(p);
    p->client_config.wishes = p->server_config.wishes = wishes;
    CHECK_STATUS(pair_new(p), ST_OK);
    CHECK_STATUS(pair_login(p), ST_OK);
}

static void both_directions(void)
{
    struct pair p;
    struct message a, b;

    login(&p, NTLM_WISH_SIGN | NTLM_WISH_SEAL);
    for (uint8_t i = 0; i < 20; i++) {
        exchange(p.client, p.server, i);
        if (i % 3)
            exchange(p.server, p.client, i);
    }
    /* Neither direction waits for the other. */
    seal(p.client, &a, 1);
    seal(p.server, &b, 2);
    CHECK_STATUS(unseal(p.server, &a), ST_OK);
    CHECK_STATUS(unseal(p.client, &b), ST_OK);
    CHECK(message_is(&a, 1) && message_is(&b, 2));
    pair_free(&p);
}

/* Signing and sealing share the counter and the stream; signing changes no data. */
static void signing(uint32_t wishes)
{
    struct pair p;
    struct message m;

    login(&p, wishes);
    for (uint8_t i = 0; i < 3; i++) {
        message_init(&m, i);
        CHECK_STATUS(ntlm_sign(p.client, m.parts, 3, m.signature), ST_OK);
        CHECK(message_is(&m, i));
        CHECK_STATUS(ntlm_verify(p.server, m.parts, 3, signature_of(&m)), ST_OK);
        CHECK(message_is(&m, i));
        if (wishes & NTLM_WISH_SEAL)
            exchange(p.client, p.server, i);
    }
    pair_free(&p);
}

/* With SIGN alone EncryptMessage signs and leaves the data ([MS-NLMP] 3.4.6). */
static void sign_only_does_not_seal(void)
{
    struct pair p;
    struct message m;

    login(&p, NTLM_WISH_SIGN);
    message_init(&m, 5);
    CHECK_STATUS(ntlm_seal(p.client, m.parts, 3, m.signature), ST_OK);
    CHECK(message_is(&m, 5));
    CHECK_STATUS(unseal(p.server, &m), ST_OK);
    CHECK(message_is(&m, 5));
    pair_free(&p);
}

static void nothing_negotiated(void)
{
    static const uint8_t dummy[16] = {1};
    struct pair p;
    struct message m;

    login(&p, 0);
    message_init(&m, 5);
    CHECK_STATUS(ntlm_sign(p.client, m.parts, 3, m.signature), ST_OK);
    CHECK_BYTES(signature_of(&m), bytes_of(dummy, 16));
    CHECK_STATUS(ntlm_verify(p.server, m.parts, 3, signature_of(&m)), ST_OK);
    m.signature[15] = 1;
    CHECK_STATUS(ntlm_verify(p.server, m.parts, 3, signature_of(&m)), ST_BAD_SIGNATURE);
    CHECK_STATUS(ntlm_seal(p.client, m.parts, 3, m.signature), ST_UNSUPPORTED);
    CHECK_STATUS(unseal(p.server, &m), ST_UNSUPPORTED);
    CHECK(message_is(&m, 5));
    pair_free(&p);
}

/* Every bit of a sealed message, signed-only parts and signature included: refused, the data as it
 * came, and the good message is still taken afterwards. */
static void every_bit(void)
{
    struct pair p;
    struct message good, bad;
    uint8_t *const fields[] = {bad.head, bad.body, bad.tail, bad.signature};
    const size_t sizes[] = {sizeof(bad.head), sizeof(bad.body), sizeof(bad.tail), 16};

    login(&p, NTLM_WISH_SIGN | NTLM_WISH_SEAL);
    exchange(p.client, p.server, 9);
    seal(p.client, &good, 3);
    for (size_t f = 0; f < 4; f++)
        for (size_t bit = 0; bit < 8 * sizes[f]; bit++) {
            message_init(&bad, 0);
            memcpy(bad.head, good.head, sizeof(bad.head));
            memcpy(bad.body, good.body, sizeof(bad.body));
            memcpy(bad.tail, good.tail, sizeof(bad.tail));
            memcpy(bad.signature, good.signature, sizeof(bad.signature));
            fields[f][bit / 8] ^= (uint8_t)(1 << bit % 8);
            struct message before = bad;
            bool sequence = f == 3 && bit >= 8 * 12;
            CHECK_STATUS(unseal(p.server, &bad), sequence ? ST_OUT_OF_SEQUENCE : ST_BAD_SIGNATURE);
            CHECK(!memcmp(before.body, bad.body, sizeof(bad.body)));
        }
    CHECK_STATUS(unseal(p.server, &good), ST_OK);
    CHECK(message_is(&good, 3));
    exchange(p.client, p.server, 4);
    pair_free(&p);
}

/* Lost, repeated and swapped messages are errors that do not advance the counter (3.4.4). */
static void sequence_errors(void)
{
    struct pair p;
    struct message first, again, second, third;

    login(&p, NTLM_WISH_SIGN | NTLM_WISH_SEAL);
    seal(p.client, &first, 1);
    seal(p.client, &second, 2);
    seal(p.client, &third, 3);
    again = first;
    for (size_t i = 0; i < 3; i++)
        again.parts[i].data = i == 0 ? again.head : i == 1 ? again.body : again.tail;
    CHECK_STATUS(unseal(p.server, &second), ST_OUT_OF_SEQUENCE);
    CHECK_STATUS(unseal(p.server, &first), ST_OK);
    CHECK_STATUS(unseal(p.server, &again), ST_OUT_OF_SEQUENCE);
    CHECK_STATUS(ntlm_verify(p.server, third.parts, 3, signature_of(&third)), ST_OUT_OF_SEQUENCE);
    CHECK_STATUS(unseal(p.server, &second), ST_OK);
    CHECK_STATUS(unseal(p.server, &third), ST_OK);
    CHECK(message_is(&first, 1) && message_is(&second, 2) && message_is(&third, 3));
    pair_free(&p);
}

static void signature_sizes(void)
{
    struct pair p;
    struct message m;
    uint8_t longer[17];

    login(&p, NTLM_WISH_SIGN | NTLM_WISH_SEAL);
    seal(p.client, &m, 1);
    for (size_t size = 0; size < 16; size++)
        CHECK_STATUS(
                ntlm_unseal(p.server, m.parts, 3, bytes_of(m.signature, size)), ST_BAD_SIGNATURE);
    memcpy(longer, m.signature, 16);
    longer[16] = 0;
    CHECK_STATUS(ntlm_unseal(p.server, m.parts, 3, bytes_of(longer, 17)), ST_BAD_SIGNATURE);
    CHECK_STATUS(unseal(p.server, &m), ST_OK);
    pair_free(&p);
}

/* mechListMIC: sequence number 0, then RC4 anew while the number goes on to 1. Each direction by
 * itself: the client may have reset and sealed before it has seen the server's MIC. */
static void reset(void)
{
    struct pair p;
    struct message client_mic, server_mic, m;

    login(&p, NTLM_WISH_SIGN | NTLM_WISH_SEAL);
    message_init(&client_mic, 1);
    CHECK_STATUS(ntlm_sign(p.client, client_mic.parts, 3, client_mic.signature), ST_OK);
    CHECK_STATUS(ntlm_reset_cipher(p.client, true), ST_OK);
    seal(p.client, &m, 7);
    CHECK(m.signature[12] == 1);
    CHECK_STATUS(ntlm_verify(p.server, client_mic.parts, 3, signature_of(&client_mic)), ST_OK);
    CHECK_STATUS(ntlm_reset_cipher(p.server, false), ST_OK);
    message_init(&server_mic, 2);
    CHECK_STATUS(ntlm_sign(p.server, server_mic.parts, 3, server_mic.signature), ST_OK);
    CHECK_STATUS(ntlm_reset_cipher(p.server, true), ST_OK);
    CHECK_STATUS(unseal(p.server, &m), ST_OK);
    CHECK(message_is(&m, 7));
    CHECK_STATUS(ntlm_verify(p.client, server_mic.parts, 3, signature_of(&server_mic)), ST_OK);
    CHECK_STATUS(ntlm_reset_cipher(p.client, false), ST_OK);
    exchange(p.server, p.client, 8);
    exchange(p.client, p.server, 9);
    pair_free(&p);
}

/* The reset shows: without it on one side the next message does not verify. */
static void reset_one_side_only(void)
{
    struct pair p;
    struct message m;

    login(&p, NTLM_WISH_SIGN | NTLM_WISH_SEAL);
    exchange(p.client, p.server, 1);
    CHECK_STATUS(ntlm_reset_cipher(p.client, true), ST_OK);
    seal(p.client, &m, 2);
    CHECK_STATUS(unseal(p.server, &m), ST_BAD_SIGNATURE);
    CHECK_STATUS(ntlm_reset_cipher(p.server, false), ST_OK);
    CHECK_STATUS(unseal(p.server, &m), ST_OK);
    pair_free(&p);
}

/* [MS-SPNG] 3.3.5.1: back to the state that the key gives, whatever has gone through the cipher since: COUNT
 * signatures, of which a sealed message or a bad one may be in between. */
static void reset_after(uint32_t flags, unsigned count, bool sealed, bool bad)
{
    static const uint8_t key[NTLM_HASH_SIZE] = {1, 2, 3};
    struct ntlm_session from, to, fresh_from, fresh_to;
    struct message m;

    ntlm_session_init(&from, flags, key, false);
    ntlm_session_init(&to, flags, key, true);
    fresh_from = from;
    fresh_to = to;
    message_init(&m, 1);
    for (unsigned i = 0; i < count; i++) {
        bool seals = sealed && i == count / 2;
        CHECK_STATUS(seals ? ntlm_session_seal(&from, m.parts, 3, m.signature)
                           : ntlm_session_sign(&from, m.parts, 3, m.signature), ST_OK);
        m.signature[8] ^= bad;
        if (bad)
            CHECK_STATUS(seals ? ntlm_session_unseal(&to, m.parts, 3, signature_of(&m))
                               : ntlm_session_verify(&to, m.parts, 3, signature_of(&m)), ST_BAD_SIGNATURE);
        m.signature[8] ^= bad;
        CHECK_STATUS(seals ? ntlm_session_unseal(&to, m.parts, 3, signature_of(&m))
                           : ntlm_session_verify(&to, m.parts, 3, signature_of(&m)), ST_OK);
    }
    ntlm_session_reset_cipher(&from, true);
    ntlm_session_reset_cipher(&to, false);
    bool one = !(flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY);
    CHECK(!memcmp(&from.send.rc4, &fresh_from.send.rc4, sizeof(from.send.rc4)));
    CHECK(!memcmp(one ? &to.send.rc4 : &to.receive.rc4, one ? &fresh_to.send.rc4 : &fresh_to.receive.rc4,
            sizeof(to.send.rc4)));
}

static void reset_after_all(void)
{
    const uint32_t v1 = NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL | NTLMSSP_NEGOTIATE_128;
    const uint32_t extended = v1 | NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY;
    const uint32_t kinds[] = {v1 | NTLMSSP_NEGOTIATE_KEY_EXCH, extended, extended | NTLMSSP_NEGOTIATE_KEY_EXCH};

    for (size_t k = 0; k < 3; k++)
        for (unsigned count = 0; count < 40; count++)
            for (unsigned how = 0; how < 4; how++)
                reset_after(kinds[k], count, how & 1, how & 2);
}

/* No parts, empty parts, many parts: only the bytes count. */
static void odd_parts(void)
{
    struct pair p;
    uint8_t data[4] = {1, 2, 3, 4}, plain[4] = {1, 2, 3, 4}, signature[16];
    struct ntlm_part one = {data, 4, true};
    struct ntlm_part four[] = {
            {data, 1, true}, {NULL, 0, true}, {data + 1, 2, true}, {data + 3, 1, true}};

    login(&p, NTLM_WISH_SIGN | NTLM_WISH_SEAL);
    CHECK_STATUS(ntlm_seal(p.client, NULL, 0, signature), ST_OK);
    CHECK_STATUS(ntlm_unseal(p.server, NULL, 0, bytes_of(signature, 16)), ST_OK);
    CHECK_STATUS(ntlm_seal(p.client, &one, 1, signature), ST_OK);
    CHECK_STATUS(ntlm_unseal(p.server, four, 4, bytes_of(signature, 16)), ST_OK);
    CHECK_BYTES(bytes_of(data, 4), bytes_of(plain, 4));
    pair_free(&p);
}

int main(void)
{
    both_directions();
    signing(NTLM_WISH_SIGN);
    signing(NTLM_WISH_SEAL);
    signing(NTLM_WISH_SIGN | NTLM_WISH_SEAL);
    sign_only_does_not_seal();
    nothing_negotiated();
    every_bit();
    sequence_errors();
    signature_sizes();
    reset();
    reset_one_side_only();
    reset_after_all();
    odd_parts();
    return unit_end("ntlm_session");
}
