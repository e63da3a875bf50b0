/* GHASH with PCLMULQDQ, which setup/deps.sh adds to 32-bit Nettle, against Nettle's own: the same file, compiled here for this
 * machine's width. As a PE program against Nettle's C code itself, which is in the static library; natively, where only the public
 * functions can be reached, against whatever Nettle takes for GCM. And against SP 800-38D 6.3 and 6.4, bit by bit. */
#include <nettle/gcm.h>
#include "unit.h"

#if defined __i386__ || defined __x86_64__
#include <cpuid.h>
/* Under names of their own: the 32-bit library has the same functions. */
#define _nettle_ghash_set_key_pclmul ours_set_key
#define _nettle_ghash_update_pclmul  ours_update
#include "../../setup/patches/nettle/x86-ghash-pclmul.c"

enum { BLOCK = 16, BLOCKS_MAX = 67, MESSAGES = 100000 };

/* ---- random enough, and the same each time: xorshift (G. Marsaglia, 2003) ---- */

static uint64_t state = 0x9e3779b97f4a7c15;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void fill(uint8_t *out, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(next() >> 24);
}

/* ---- SP 800-38D, algorithms 1 and 2 ---- */

/* X times Y; bit 0 of a block is the leftmost. */
static void multiply(uint8_t x[BLOCK], const uint8_t y[BLOCK])
{
    uint8_t z[BLOCK] = {0}, v[BLOCK];
    memcpy(v, y, BLOCK);
    for (int i = 0; i < 128; i++) {
        if (x[i / 8] >> (7 - i % 8) & 1)
            for (int j = 0; j < BLOCK; j++)
                z[j] ^= v[j];
        int odd = v[BLOCK - 1] & 1;
        for (int j = BLOCK - 1; j >= 0; j--)
            v[j] = (uint8_t)(v[j] >> 1 | (j ? v[j - 1] << 7 : 0));
        if (odd)
            v[0] ^= 0xe1;
    }
    memcpy(x, z, BLOCK);
}

static void by_bits(const uint8_t key[BLOCK], uint8_t y[BLOCK], size_t blocks, const uint8_t *data)
{
    for (; blocks; blocks--, data += BLOCK) {
        for (int j = 0; j < BLOCK; j++)
            y[j] ^= data[j];
        multiply(y, key);
    }
}

/* ---- Nettle's ---- */

#ifdef _WIN32
#ifdef __x86_64__ /* the C code's counterpart, for processors without PCLMULQDQ, is in assembler there */
#define _nettle_ghash_update_c _nettle_ghash_update_table
#endif
void _nettle_ghash_set_key_c(struct gcm_key *ctx, const union nettle_block16 *key);
const uint8_t *_nettle_ghash_update_c(const struct gcm_key *ctx, union nettle_block16 *state, size_t blocks, const uint8_t *data);

static void by_nettle(const uint8_t key[BLOCK], uint8_t y[BLOCK], size_t blocks, const uint8_t *data)
{
    static struct gcm_key k;
    union nettle_block16 h, x;
    memcpy(&h, key, BLOCK);
    memcpy(&x, y, BLOCK);
    _nettle_ghash_set_key_c(&k, &h);
    if (_nettle_ghash_update_c(&k, &x, blocks, data) != data + blocks * BLOCK)
        abort();
    memcpy(y, &x, BLOCK);
}
#else
/* A "cipher" whose encryption of zeros is the key of GHASH, and of all else zero, so that GCM's tag is GHASH of the message and
 * its length. The length's block is taken back by dividing, which nobody needs: it is added to what is compared instead. */
static const uint8_t *hash_key;

static void no_cipher(const void *self, size_t size, uint8_t *out, const uint8_t *in)
{
    bool zeros = true;
    (void)self;
    for (size_t i = 0; i < size; i++)
        zeros &= !in[i];
    if (zeros && size == BLOCK)
        memcpy(out, hash_key, BLOCK);
    else
        memset(out, 0, size);
}

static void tag_by_nettle(const uint8_t key[BLOCK], uint8_t tag[BLOCK], size_t blocks, const uint8_t *data)
{
    static struct gcm_key k;
    struct gcm_ctx ctx;
    uint8_t iv[GCM_IV_SIZE] = {0};
    hash_key = key;
    gcm_set_key(&k, NULL, no_cipher);
    gcm_set_iv(&ctx, &k, sizeof iv, iv);
    gcm_update(&ctx, &k, blocks * BLOCK, data);
    gcm_digest(&ctx, &k, NULL, no_cipher, BLOCK, tag);
}
#endif

/* ---- ours, the message in parts ---- */

static void in_parts(const struct gcm_key *k, uint8_t y[BLOCK], size_t blocks, const uint8_t *data, bool split)
{
    union nettle_block16 x;
    memcpy(&x, y, BLOCK);
    while (blocks) {
        size_t part = split ? (size_t)(next() % blocks) + 1 : blocks;
        const uint8_t *end = _nettle_ghash_update_pclmul(k, &x, part, data);
        if (end != data + part * BLOCK)
            abort();
        data = end;
        blocks -= part;
    }
    memcpy(y, &x, BLOCK);
}

static bool same_as_nettle(const uint8_t key[BLOCK], const uint8_t start[BLOCK], const uint8_t *data, size_t blocks, const uint8_t got[BLOCK])
{
    uint8_t want[BLOCK];
#ifdef _WIN32
    memcpy(want, start, BLOCK);
    by_nettle(key, want, blocks, data);
    return !memcmp(got, want, BLOCK);
#else
    /* From zero, with the length behind. */
    static const uint8_t zeros[BLOCK];
    if (memcmp(start, zeros, BLOCK))
        return true;
    uint8_t length[BLOCK] = {0}, with_length[BLOCK];
    size_t bits = blocks * BLOCK * 8;
    for (int i = 0; i < 4; i++)
        length[7 - i] = (uint8_t)(bits >> (8 * i));
    memcpy(with_length, got, BLOCK);
    by_bits(key, with_length, 1, length);
    tag_by_nettle(key, want, blocks, data);
    return !memcmp(with_length, want, BLOCK);
#endif
}

/* Of all lengths, at all alignments, whole and in parts; natively from zero, where Nettle starts. */
static void test_random(void)
{
    static uint8_t room[BLOCKS_MAX * BLOCK + BLOCK];
    static uint8_t keys_room[sizeof(struct gcm_key) + BLOCK];
    unsigned wrong = 0, unlike_bits = 0;
    for (unsigned i = 0; i < MESSAGES; i++) {
        /* at an address that only its type's alignment holds */
        struct gcm_key *k = (void *)(keys_room + (i % 2 ? 8 : 0));
        uint8_t key[BLOCK], start[BLOCK] = {0}, got[BLOCK];
        union nettle_block16 h;
        size_t blocks = i % (BLOCKS_MAX + 1);
        uint8_t *data = room + next() % BLOCK;
        fill(key, sizeof key);
        fill(data, blocks * BLOCK);
#ifdef _WIN32
        fill(start, sizeof start);
#endif
        memcpy(&h, key, BLOCK);
        memcpy(got, start, BLOCK);
        _nettle_ghash_set_key_pclmul(k, &h);
        in_parts(k, got, blocks, data, i & 1);
        wrong += !same_as_nettle(key, start, data, blocks, got);
        if (i % 100 == 0) {
            by_bits(key, start, blocks, data);
            unlike_bits += memcmp(start, got, BLOCK) != 0;
        }
    }
    CHECK(!wrong);
    CHECK(!unlike_bits);
}

/* Single bits of key and message, where a reduction goes wrong if it does. */
static void test_single_bits(void)
{
    unsigned wrong = 0;
    for (int i = 0; i < 128; i++)
        for (int j = 0; j < 128; j++) {
            struct gcm_key k;
            union nettle_block16 h = {{0}}, x = {{0}};
            uint8_t data[BLOCK] = {0}, want[BLOCK] = {0};
            h.b[i / 8] = (uint8_t)(0x80 >> i % 8);
            data[j / 8] = (uint8_t)(0x80 >> j % 8);
            _nettle_ghash_set_key_pclmul(&k, &h);
            _nettle_ghash_update_pclmul(&k, &x, 1, data);
            by_bits(h.b, want, 1, data);
            wrong += memcmp(x.b, want, BLOCK) != 0;
        }
    CHECK(!wrong);
}

/* "The Galois/Counter Mode of Operation (GCM)", McGrew and Viega, test case 2: H, C, len, GHASH. */
static void test_published(void)
{
    uint8_t h[BLOCK], data[2 * BLOCK], want[BLOCK];
    struct gcm_key k;
    union nettle_block16 key, x = {{0}};
    unit_unhex("66e94bd4ef8a2c3b884cfa59ca342b2e", h, sizeof h);
    unit_unhex("0388dace60b6a392f328c2b971b2fe78 00000000000000000000000000000080", data, sizeof data);
    unit_unhex("f38cbb1ad69223dcc3457ae5b6b0f885", want, sizeof want);
    memcpy(&key, h, BLOCK);
    _nettle_ghash_set_key_pclmul(&k, &key);
    _nettle_ghash_update_pclmul(&k, &x, 2, data);
    CHECK_BYTES(bytes_of(x.b, BLOCK), bytes_of(want, BLOCK));
}

/* What the test compares with does tell a wrong answer. */
static void test_of_the_test(void)
{
    static const uint8_t key[BLOCK] = {1, 2, 3}, zeros[BLOCK], data[BLOCK] = {7};
    uint8_t got[BLOCK] = {0};
    by_bits(key, got, 1, data);
    CHECK(same_as_nettle(key, zeros, data, 1, got));
    got[5] ^= 4;
    CHECK(!same_as_nettle(key, zeros, data, 1, got));
}

int main(void)
{
    unsigned a, b, c = 0, d;
    CHECK(__get_cpuid(1, &a, &b, &c, &d));
    if (!(c & bit_PCLMUL) || !(c & bit_SSSE3)) {
        printf("this processor has no PCLMULQDQ\n");
        printf("tls_ghash: %d passed, %d failed, 1 skipped\n", unit_passed, unit_failed);
        return unit_failed != 0;
    }
    test_of_the_test();
    test_published();
    test_single_bits();
    test_random();
    return unit_end("tls_ghash");
}
#else
int main(void)
{
    return unit_end("tls_ghash"); /* the file is x86's */
}
#endif
