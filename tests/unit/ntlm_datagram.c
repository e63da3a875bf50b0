/* Datagram (connectionless) logins and messages. [MS-NLMP] 2.2.2.5, 3.1.5.2, 3.2.5.2, 3.4, 3.4.4.
 *
 * The specification publishes no such login; recorded ones are in ntlm_datagram_peer.c. Sealed
 * messages are worked out by the text of 3.4, 3.4.4.1 and 3.4.4.2 with Python's hashlib and zlib:
 * no peer seals as it says (?). */
#include "ntlm_pair.h"
#include "ntlm/message.h"
#include "ntlm/session.h"

static uint8_t pool[1 << 14];
static size_t pool_used;

static struct bytes hex(const char *text)
{
    struct bytes b = unit_unhex(text, pool + pool_used, sizeof(pool) - pool_used);
    pool_used += b.size;
    return b;
}

/* ---- worked out by the text ---- */

#define SESSION_KEY "55 55 55 55 55 55 55 55 55 55 55 55 55 55 55 55"
#define PLAINTEXT   "50 00 6c 00 61 00 69 00 6e 00 74 00 65 00 78 00 74 00"

enum {
    BOTH = NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL | NTLMSSP_NEGOTIATE_KEY_EXCH |
           NTLMSSP_NEGOTIATE_DATAGRAM,
    EXTENDED = BOTH | NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY,
};

static const struct sealed {
    uint32_t flags, number;
    const char *data, *signature;
} sealed_rows[] = {
        {EXTENDED | NTLMSSP_NEGOTIATE_128, 0, "c12e856a640d377cee707c8b12a1e9de4794",
                "01000000c2c9d046dd672bd100000000"},
        {EXTENDED | NTLMSSP_NEGOTIATE_128, 7, "dac9bd8823487c1f749210822696c5816f48",
                "01000000b77676c8535c802407000000"},
        {EXTENDED | NTLMSSP_NEGOTIATE_128, 0x01020304, "58053726cac6a9749f14b27e2195bcbd329d",
                "0100000080022c64c7db221504030201"},
        {EXTENDED | NTLMSSP_NEGOTIATE_56, 7, "5d92d40f6f3645825c77ba30817995c23f61",
                "01000000a6ad8bedd334a4c007000000"},
        {BOTH | NTLMSSP_NEGOTIATE_56, 0, "587a5bdcb27f00913e6e3f3273ef0015321d",
                "0100000000000000343f6cc466305672"},
        {BOTH | NTLMSSP_NEGOTIATE_56, 7, "4bbe3db12811f9321d93e4410f7a75dcff4f",
                "0100000000000000b8d179f26d94fe29"},
        {BOTH | NTLMSSP_NEGOTIATE_56 | NTLMSSP_NEGOTIATE_128, 0x01020304,
                "6edba887c6f2eaccba50c1ff88b34bc0173e", "0100000000000000b93a54152bf1ddd8"},
        {BOTH, 7, "cdb93e8bbdd0d9045b27ebf0ac18114f8f93", "0100000000000000026e9614dc4912f8"},
};

static void sealed_row(const struct sealed *row)
{
    struct ntlm_session client, server;
    uint8_t data[18], signature[16];
    struct ntlm_part part = {data, sizeof(data), true};

    ntlm_session_init(&client, row->flags, hex(SESSION_KEY).data, false);
    ntlm_session_init(&server, row->flags, hex(SESSION_KEY).data, true);
    for (int again = 0; again < 2; again++) { /* nothing is left of the first time */
        memcpy(data, hex(PLAINTEXT).data, sizeof(data));
        ntlm_session_number(&client, true, row->number);
        CHECK_STATUS(ntlm_session_seal(&client, &part, 1, signature), ST_OK);
        CHECK_BYTES(bytes_of(data, sizeof(data)), hex(row->data));
        CHECK_BYTES(bytes_of(signature, 16), hex(row->signature));
        ntlm_session_number(&server, false, row->number);
        CHECK_STATUS(ntlm_session_unseal(&server, &part, 1, bytes_of(signature, 16)), ST_OK);
        CHECK_BYTES(bytes_of(data, sizeof(data)), hex(PLAINTEXT));
    }
}

/* ---- a login of two of ours ---- */

static void setup(struct pair *p, uint32_t wishes)
{
    pair_setup(p);
    p->client_config.wishes = p->server_config.wishes = wishes | NTLM_WISH_DATAGRAM;
}

/* Client: nothing out; server: nothing in. Fills the pair's tokens as pair_authenticate_made does.
 */
static enum status to_authenticate(struct pair *p)
{
    struct blob none = {0};
    enum status status = pair_leg(p->client, &none, &p->negotiate, ST_CONTINUE);

    CHECK(!p->negotiate.size);
    if (status == ST_OK)
        status = pair_leg(p->server, &none, &p->challenge, ST_CONTINUE);
    return status == ST_OK ? pair_leg(p->client, &p->challenge, &p->authenticate, ST_OK) : status;
}

/* 2.2.2.5 G: KEY_EXCH is in the CHALLENGE and in the AUTHENTICATE, whatever was wished. */
static void login(uint32_t wishes)
{
    const uint32_t both = NTLMSSP_NEGOTIATE_DATAGRAM | NTLMSSP_NEGOTIATE_KEY_EXCH;
    struct pair p;
    struct ntlm_challenge challenge;
    struct ntlm_authenticate_message m;
    struct ntlm_info client, server;

    setup(&p, wishes);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(to_authenticate(&p), ST_OK);
    CHECK_STATUS(ntlm_challenge_read(blob_view(&p.challenge), &challenge), ST_OK);
    CHECK((challenge.flags & both) == both);
    CHECK_STATUS(ntlm_authenticate_read(blob_view(&p.authenticate), &m), ST_OK);
    CHECK((m.flags & both) == both);
    /* 3.4: keys go over only with something to sign or seal: 3.2.5.2.2 */
    CHECK(m.encrypted_session_key.size == (wishes ? 16u : 0u));
    CHECK(!!(m.flags & NTLMSSP_NEGOTIATE_SEAL) == !!(wishes & NTLM_WISH_SEAL));
    CHECK_STATUS(pair_finish(&p), ST_OK);
    CHECK(ntlm_mic_used(p.client) && ntlm_mic_used(p.server));
    ntlm_query(p.client, &client);
    ntlm_query(p.server, &server);
    CHECK(client.flags == server.flags);
    CHECK_BYTES(bytes_of(client.session_key, 16), bytes_of(server.session_key, 16));
    pair_free(&p);
}

/* The MIC is over CHALLENGE and AUTHENTICATE (3.1.5.2.1): what was altered is found. */
static void altered(void)
{
    struct pair p;

    for (size_t at = 0; at < 2; at++) {
        setup(&p, NTLM_WISH_SIGN);
        CHECK_STATUS(pair_new(&p), ST_OK);
        CHECK_STATUS(to_authenticate(&p), ST_OK);
        p.authenticate.data[at ? 62 : NTLM_MIC_OFFSET] ^= 1; /* a flag: NTLM's unused neighbour */
        CHECK_STATUS(pair_finish(&p), ST_BAD_SIGNATURE);
        pair_free(&p);
    }
}

/* One login with one bit of one message changed on the way. */
static enum status flipped_login(bool challenge, size_t bit)
{
    struct pair p;
    struct blob none = {0};
    enum status status;

    setup(&p, NTLM_WISH_SIGN);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_leg(p.client, &none, &p.negotiate, ST_CONTINUE), ST_OK);
    CHECK_STATUS(pair_leg(p.server, &none, &p.challenge, ST_CONTINUE), ST_OK);
    if (challenge)
        p.challenge.data[bit / 8 % p.challenge.size] ^= (uint8_t)(1 << bit % 8);
    status = pair_leg(p.client, &p.challenge, &p.authenticate, ST_OK);
    if (status == ST_OK && !challenge)
        p.authenticate.data[bit / 8 % p.authenticate.size] ^= (uint8_t)(1 << bit % 8);
    if (status == ST_OK)
        status = pair_finish(&p);
    pair_free(&p);
    return status;
}

/* No flip survives, as in ntlm_broken.c for connections: the MIC needs no NEGOTIATE for that. */
static void every_bit(void)
{
    unsigned survived = 0;
    struct pair p;

    setup(&p, NTLM_WISH_SIGN);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(to_authenticate(&p), ST_OK);
    for (size_t bit = 0; bit < 8 * p.challenge.size; bit++)
        survived += flipped_login(true, bit) == ST_OK;
    for (size_t bit = 0; bit < 8 * p.authenticate.size; bit++)
        survived += flipped_login(false, bit) == ST_OK;
    CHECK(survived == 0);
    pair_free(&p);
}

/* Each allocation of a login fails once. */
static void no_memory(void)
{
    for (long n = 0;; n++) {
        struct pair p;
        struct blob none = {0};
        enum status status;

        setup(&p, NTLM_WISH_SIGN);
        mem_fail_after(n);
        status = pair_new(&p);
        if (status == ST_OK)
            status = pair_leg(p.client, &none, &p.negotiate, ST_CONTINUE);
        if (status == ST_OK)
            status = pair_leg(p.server, &none, &p.challenge, ST_CONTINUE);
        if (status == ST_OK)
            status = pair_leg(p.client, &p.challenge, &p.authenticate, ST_OK);
        if (status == ST_OK)
            status = pair_finish(&p);
        bool all = mem_fail_after(-1) >= 0;
        CHECK_STATUS(status, all ? ST_OK : ST_NO_MEMORY);
        pair_free(&p);
        if (all)
            break;
    }
}

static uint8_t text[8] = "ordinary";
static struct ntlm_part text_part = {text, sizeof(text), true};

static void seal(struct ntlm_context *c, uint32_t number, uint8_t data[8], uint8_t signature[16])
{
    struct ntlm_part part = {data, 8, true};

    memcpy(data, text, 8);
    ntlm_number_message(c, true, number);
    CHECK_STATUS(ntlm_seal(c, &part, 1, signature), ST_OK);
}

static enum status unseal(
        struct ntlm_context *c, uint32_t number, const uint8_t data[8], const uint8_t signature[16])
{
    uint8_t copy[8];
    struct ntlm_part part = {copy, 8, true};
    enum status status;

    memcpy(copy, data, 8);
    ntlm_number_message(c, false, number);
    status = ntlm_unseal(c, &part, 1, bytes_of(signature, 16));
    CHECK(!memcmp(copy, status == ST_OK ? text : data, 8));
    return status;
}

/* Lost, swapped and late: each opens by itself under its own number, and under no other; a bad one
 * in between harms nothing. EXTENDED: with extended session security or without. */
static void any_order(bool extended)
{
    const uint32_t weak = NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | NTLMSSP_NEGOTIATE_128 |
                          NTLMSSP_NEGOTIATE_56;
    struct pair p;
    uint8_t a[8], b[8], back[8], sa[16], sb[16], sback[16];

    setup(&p, NTLM_WISH_SIGN | NTLM_WISH_SEAL);
    if (!extended) {
        p.client_config.weaker = p.server_config.weaker = weak;
        p.client_config.level = p.server_config.level = NTLM_LEVEL_0;
    }
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(to_authenticate(&p), ST_OK);
    CHECK_STATUS(pair_finish(&p), ST_OK);
    seal(p.client, 5, a, sa);
    seal(p.client, 900, b, sb);
    seal(p.server, 5, back, sback);
    CHECK(memcmp(a, b, 8));
    CHECK_STATUS(unseal(p.server, 900, b, sb), ST_OK);
    CHECK_STATUS(unseal(p.server, 6, a, sa), extended ? ST_OUT_OF_SEQUENCE : ST_BAD_SIGNATURE);
    sa[5] ^= 1;
    sa[9] ^= 1;
    CHECK_STATUS(unseal(p.server, 5, a, sa), ST_BAD_SIGNATURE);
    sa[5] ^= 1;
    sa[9] ^= 1;
    CHECK_STATUS(unseal(p.server, 5, a, sa), ST_OK);
    CHECK_STATUS(unseal(p.client, 5, back, sback), ST_OK);
    /* Whether a number comes twice is for the application to know: it gives them. */
    CHECK_STATUS(unseal(p.server, 5, a, sa), ST_OK);
    pair_free(&p);
}

/* The number is nothing to contexts of a connection: they count themselves. */
static void connection_counts(void)
{
    struct pair p;
    uint8_t signature[16];

    pair_setup(&p);
    CHECK_STATUS(pair_new(&p), ST_OK);
    ntlm_number_message(p.client, true, 5); /* before completion: nothing */
    CHECK_STATUS(pair_login(&p), ST_OK);
    for (uint8_t i = 0; i < 3; i++) {
        ntlm_number_message(p.client, true, 77);
        ntlm_number_message(p.server, false, 78);
        CHECK_STATUS(ntlm_sign(p.client, &text_part, 1, signature), ST_OK);
        CHECK(signature[12] == i);
        CHECK_STATUS(ntlm_verify(p.server, &text_part, 1, bytes_of(signature, 16)), ST_OK);
    }
    pair_free(&p);
}

/* ---- who does not fit ---- */

/* One side datagram, the other not: nobody is talked into the other kind. */
static void mixed(void)
{
    struct pair p;
    struct blob out = {0};

    pair_setup(&p);
    p.server_config.wishes |= NTLM_WISH_DATAGRAM;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_challenge(&p), ST_PEER_UNSUPPORTED); /* a NEGOTIATE to a datagram server */
    pair_free(&p);
    CHECK_STATUS(pair_new(&p), ST_OK); /* its CHALLENGE to a client of a connection */
    CHECK_STATUS(pair_leg(p.server, &out, &p.challenge, ST_CONTINUE), ST_OK);
    CHECK_STATUS(pair_leg(p.client, &out, &p.negotiate, ST_CONTINUE), ST_OK);
    CHECK_STATUS(pair_leg(p.client, &p.challenge, &p.authenticate, ST_OK), ST_OK);
    CHECK_STATUS(pair_finish(&p), ST_PEER_UNSUPPORTED);
    pair_free(&p);
    pair_setup(&p);
    CHECK_STATUS(pair_new(&p), ST_OK); /* no NEGOTIATE to a server of connections */
    CHECK_STATUS(ntlm_step(p.server, bytes_of(NULL, 0), &out), ST_BAD_TOKEN);
    pair_free(&p);
}

/* A CHALLENGE without DATAGRAM or KEY_EXCH to a datagram client; an AUTHENTICATE without. */
static void flags_missing(uint32_t flag)
{
    struct pair p;
    struct ntlm_challenge m;
    struct ntlm_authenticate_message a;
    struct blob none = {0}, token = {0};

    setup(&p, NTLM_WISH_SIGN);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_leg(p.client, &none, &p.negotiate, ST_CONTINUE), ST_OK);
    CHECK_STATUS(pair_leg(p.server, &none, &p.challenge, ST_CONTINUE), ST_OK);
    CHECK_STATUS(ntlm_challenge_read(blob_view(&p.challenge), &m), ST_OK);
    m.flags &= ~flag;
    CHECK_STATUS(ntlm_challenge_write(&m, &token), ST_OK);
    CHECK_STATUS(ntlm_step(p.client, blob_view(&token), &p.authenticate), ST_PEER_UNSUPPORTED);
    pair_free(&p);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(to_authenticate(&p), ST_OK);
    CHECK_STATUS(ntlm_authenticate_read(blob_view(&p.authenticate), &a), ST_OK);
    a.flags &= ~flag;
    CHECK_STATUS(ntlm_authenticate_write(&a, &token), ST_OK);
    blob_move(&p.authenticate, &token);
    CHECK_STATUS(pair_finish(&p), ST_PEER_UNSUPPORTED);
    pair_free(&p);
}

/* Without extended session security a datagram key has 56 bits at most, whatever 128 says. */
static void weak_key(void)
{
    struct pair p;

    setup(&p, NTLM_WISH_SIGN);
    p.client_config.level = p.server_config.level = NTLM_LEVEL_0;
    p.client_config.weaker = p.server_config.weaker = NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(to_authenticate(&p), ST_PEER_UNSUPPORTED);
    pair_free(&p);
}

static void wrong_password(void)
{
    static const uint8_t wrong[16] = {3};
    struct pair p;

    setup(&p, NTLM_WISH_SIGN);
    p.client_config.nt_hash = wrong;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(to_authenticate(&p), ST_OK);
    CHECK_STATUS(pair_finish(&p), ST_LOGON_DENIED);
    pair_free(&p);
}

static void anonymous(void)
{
    struct pair p;
    struct ntlm_info info;

    setup(&p, NTLM_WISH_NULL_SESSION);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(to_authenticate(&p), ST_OK);
    CHECK_STATUS(pair_finish(&p), ST_OK);
    ntlm_query(p.server, &info);
    CHECK(info.anonymous && info.flags & NTLMSSP_NEGOTIATE_DATAGRAM);
    CHECK(!(info.flags & (NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL)));
    pair_free(&p);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(sealed_rows) / sizeof(sealed_rows[0]); i++)
        sealed_row(&sealed_rows[i]);
    login(0);
    login(NTLM_WISH_SIGN);
    login(NTLM_WISH_SIGN | NTLM_WISH_SEAL);
    altered();
    every_bit();
    no_memory();
    any_order(true);
    any_order(false);
    connection_counts();
    mixed();
    flags_missing(NTLMSSP_NEGOTIATE_DATAGRAM);
    flags_missing(NTLMSSP_NEGOTIATE_KEY_EXCH);
    weak_key();
    wrong_password();
    anonymous();
    return unit_end("ntlm_datagram");
}
