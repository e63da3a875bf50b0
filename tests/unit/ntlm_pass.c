/* The fast paths of session security against Nettle's own functions used the plain way: HMAC-MD5 under
 * a kept key, RC4 backwards, cipher and checksum in one pass, and what a refused message leaves. */
#include <nettle/hmac.h>
#include "unit.h"
#include "ntlm/crypto.h"
#include "ntlm/mac.h"
#include "ntlm/pass.h"
#include "ntlm/session.h"

enum { MOST = 330 }; /* five of MD5's blocks and a bit */

static const uint8_t key[16] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3};

static void fill(uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(i * 7 + 1);
}

static void mac_of(const uint8_t mac_key[16], struct bytes data, uint8_t digest[16])
{
    struct ntlm_mac_key k;
    struct ntlm_mac m;

    ntlm_mac_set_key(&k, mac_key);
    ntlm_mac_begin(&m, &k);
    ntlm_mac_add(&m, data.data, data.size);
    ntlm_mac_end(&m, &k, digest, 16);
    CHECK(all_zero(&m, sizeof(m)));
}

/* RFC 2202, section 2: the cases whose key has 16 bytes, or fewer, which HMAC fills up with zeros. */
static void published(void)
{
    static const struct {
        uint8_t key[16];
        const char *data;
        uint8_t digest[16];
    } cases[] = {
            {{0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
                     0x0b, 0x0b},
                    "Hi There",
                    {0x92, 0x94, 0x72, 0x7a, 0x36, 0x38, 0xbb, 0x1c, 0x13, 0xf4, 0x8e, 0xf8, 0x15,
                            0x8b, 0xfc, 0x9d}},
            {"Jefe", "what do ya want for nothing?",
                    {0x75, 0x0c, 0x78, 0x3e, 0x6a, 0xb0, 0xb5, 0x03, 0xea, 0xa8, 0x6e, 0x31, 0x0a,
                            0x5d, 0xb7, 0x38}},
    };
    uint8_t digest[16];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mac_of(cases[i].key, bytes_of(cases[i].data, strlen(cases[i].data)), digest);
        CHECK_BYTES(bytes_of(digest, 16), bytes_of(cases[i].digest, 16));
    }
}

static void plain_mac(struct bytes a, struct bytes b, uint8_t digest[16])
{
    struct hmac_md5_ctx ctx;

    hmac_md5_set_key(&ctx, sizeof(key), key);
    hmac_md5_update(&ctx, a.size, a.data);
    hmac_md5_update(&ctx, b.size, b.data);
    hmac_md5_digest(&ctx, 16, digest);
}

/* Every length, and every place to cut it in two. */
static void every_length(void)
{
    uint8_t data[MOST], want[16], got[16];
    struct ntlm_mac_key k;
    struct ntlm_mac m;
    unsigned wrong = 0;

    fill(data, sizeof(data));
    ntlm_mac_set_key(&k, key);
    for (size_t size = 0; size <= MOST; size++) {
        plain_mac(bytes_of(data, size), bytes_of(NULL, 0), want);
        for (size_t cut = 0; cut <= size; cut++) {
            ntlm_mac_begin(&m, &k);
            ntlm_mac_add(&m, data, cut);
            CHECK(ntlm_mac_room(&m) == 64 - cut % 64);
            ntlm_mac_add(&m, data + cut, size - cut);
            ntlm_mac_end(&m, &k, got, 16);
            wrong += memcmp(want, got, 16) != 0;
        }
    }
    CHECK(!wrong);
}

/* RFC 6229, section 2: the stream's first 16 bytes. (Nettle's key schedule and MD5 have patches of ours in a DLL.) */
static void published_streams(void)
{
    static const uint8_t rfc_key[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    static const struct {
        size_t size;
        uint8_t stream[16];
    } cases[] = {
            {8, {0x97, 0xab, 0x8a, 0x1b, 0xf0, 0xaf, 0xb9, 0x61, 0x32, 0xf2, 0xf6, 0x72, 0x58, 0xda,
                        0x15, 0xa8}},
            {16, {0x9a, 0xc7, 0xcc, 0x9a, 0x60, 0x9d, 0x1e, 0xf7, 0xb2, 0x93, 0x28, 0x99, 0xcd, 0xe4,
                         0x1b, 0x97}},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arcfour_ctx rc4;
        uint8_t got[16] = {0};

        arcfour_set_key(&rc4, cases[i].size, rfc_key);
        arcfour_crypt(&rc4, sizeof(got), got, got);
        CHECK_BYTES(bytes_of(got, 16), bytes_of(cases[i].stream, 16));
    }
}

static void rewinding(void)
{
    struct arcfour_ctx start, rc4;
    uint8_t data[MOST] = {0};

    arcfour_set_key(&start, sizeof(key), key);
    arcfour_crypt(&start, 100, data, data);
    for (size_t size = 0; size <= MOST; size++) {
        rc4 = start;
        arcfour_crypt(&rc4, size, data, data);
        CHECK(!size || memcmp(&rc4, &start, sizeof(rc4)));
        ntlm_rc4_rewind(&rc4, size);
        CHECK(!memcmp(&rc4, &start, sizeof(rc4)));
    }
}

static void stream_setup(struct ntlm_stream *t)
{
    memset(t, 0, sizeof(*t));
    ntlm_mac_set_key(&t->mac, key);
    arcfour_set_key(&t->rc4, sizeof(key), key);
    t->sequence = 0x01020304;
}

/* A head that is only signed, two parts that are sealed: cut at FIRST. What is wanted is made in
 * whole passes, one after the other. */
static void one_pass(size_t head, size_t first, size_t size)
{
    static const uint8_t sequence[4] = {4, 3, 2, 1};
    uint8_t clear[4 + MOST], want[MOST], got[MOST], want_sum[16], sum[8];
    struct ntlm_stream t;
    struct arcfour_ctx rc4;
    struct ntlm_part parts[] = {{got, head, false}, {got + head, first, true},
            {got + head + first, size - head - first, true}};

    memcpy(clear, sequence, 4);
    fill(clear + 4, size);
    memcpy(want, clear + 4, size);
    memcpy(got, clear + 4, size);
    plain_mac(bytes_of(clear, 4 + size), bytes_of(NULL, 0), want_sum);
    arcfour_set_key(&rc4, sizeof(key), key);
    arcfour_crypt(&rc4, size - head, want + head, want + head);

    stream_setup(&t);
    ntlm_pass(&t, parts, 3, NTLM_ENCIPHER, sum);
    CHECK(!memcmp(sum, want_sum, 8) && !memcmp(got, want, size));
    CHECK(!memcmp(&t.rc4, &rc4, sizeof(rc4)));
    stream_setup(&t);
    ntlm_pass(&t, parts, 3, NTLM_DECIPHER, sum);
    CHECK(!memcmp(sum, want_sum, 8) && !memcmp(got, clear + 4, size));
    CHECK(!memcmp(&t.rc4, &rc4, sizeof(rc4)));
    ntlm_pass(&t, parts, 3, NTLM_CLEAR, sum);
    CHECK(!memcmp(sum, want_sum, 8) && !memcmp(got, clear + 4, size));
    CHECK(!memcmp(&t.rc4, &rc4, sizeof(rc4)));
}

static void every_boundary(void)
{
    for (size_t size = 0; size <= MOST; size++) {
        one_pass(0, size, size);
        one_pass(size, 0, size);
        one_pass(size / 3, size / 4, size);
    }
    for (size_t head = 0; head <= 130; head++)
        one_pass(head, 70, 270);
    for (size_t first = 0; first <= 200; first++)
        one_pass(7, first, 270);
}

/* A refused message of SIZE bytes leaves the session, every byte of it, and the data as they were;
 * the next good one is taken. */
static void refused(uint32_t flags, size_t size, bool verify)
{
    uint8_t data[MOST], before[MOST], signature[16];
    struct ntlm_session a, b, kept;
    struct ntlm_part parts[] = {{data, size / 3, true}, {data + size / 3, size / 5, false},
            {data + size / 3 + size / 5, size - size / 3 - size / 5, true}};
    struct bytes view = bytes_of(signature, 16);

    memset(&a, 0, sizeof(a));
    memset(&b, 0, sizeof(b));
    ntlm_session_init(&a, flags, key, false);
    ntlm_session_init(&b, flags, key, true);
    fill(data, size);
    CHECK_STATUS(verify ? ntlm_session_sign(&a, parts, 3, signature)
                        : ntlm_session_seal(&a, parts, 3, signature),
            ST_OK);
    memcpy(before, data, size);
    kept = b;
    signature[9] ^= 4; /* the checksum, of either kind */
    CHECK_STATUS(verify ? ntlm_session_verify(&b, parts, 3, view)
                        : ntlm_session_unseal(&b, parts, 3, view),
            ST_BAD_SIGNATURE);
    CHECK(!memcmp(&kept, &b, sizeof(b)) && !memcmp(before, data, size));
    signature[9] ^= 4;
    CHECK_STATUS(verify ? ntlm_session_verify(&b, parts, 3, view)
                        : ntlm_session_unseal(&b, parts, 3, view),
            ST_OK);
    fill(before, size);
    CHECK(!memcmp(before, data, size));
}

int main(void)
{
    const uint32_t both = NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL | NTLMSSP_NEGOTIATE_128;
    const uint32_t flags[] = {
            both | NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | NTLMSSP_NEGOTIATE_KEY_EXCH,
            both | NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY, both | NTLMSSP_NEGOTIATE_KEY_EXCH};

    published();
    every_length();
    published_streams();
    rewinding();
    every_boundary();
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        for (size_t size = 0; size <= MOST; size++) {
            refused(flags[i], size, false);
            refused(flags[i], size, true);
        }
    return unit_end("ntlm_pass");
}
