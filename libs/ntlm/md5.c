/* MD5's compression function, RFC 1321, 3.4.
 *
 * Nettle's takes an eighth longer. A step waits for the word that the step before has made, and for nothing
 * else: so all that can be is added up without it. The second round's function chooses between two words by a
 * third; its halves have no bit in common and are added one by one, the half without the newest word first.
 */
#include "mac.h"

static inline uint32_t word(const uint8_t *block, unsigned k)
{
    const uint8_t *p = block + sizeof(uint32_t) * k;

    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint32_t rotate(uint32_t v, unsigned bits)
{
    return v << bits | v >> (32 - bits);
}

/* F, G, H, I. */
#define CHOOSE(x, y, z) ((z) ^ ((x) & ((y) ^ (z))))
#define CHOOSE_BACK(x, y, z) (((y) & ~(z)) + ((x) & (z)))
#define PARITY(x, y, z) ((x) ^ ((y) ^ (z)))
#define ODD(x, y, z) ((y) ^ ((x) | ~(z)))

#define STEP(function, a, b, c, d, k, bits, constant)                                              \
    do {                                                                                           \
        (a) += word(block, k) + (constant);                                                        \
        (a) += function(b, c, d);                                                                  \
        (a) = rotate(a, bits) + (b);                                                               \
    } while (0)

void ntlm_md5_compress(uint32_t state[NTLM_MAC_WORDS], const uint8_t block[NTLM_MAC_BLOCK])
{
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];

    /* round 1 */
    STEP(CHOOSE, a, b, c, d, 0, 7, 0xd76aa478u);
    STEP(CHOOSE, d, a, b, c, 1, 12, 0xe8c7b756u);
    STEP(CHOOSE, c, d, a, b, 2, 17, 0x242070dbu);
    STEP(CHOOSE, b, c, d, a, 3, 22, 0xc1bdceeeu);
    STEP(CHOOSE, a, b, c, d, 4, 7, 0xf57c0fafu);
    STEP(CHOOSE, d, a, b, c, 5, 12, 0x4787c62au);
    STEP(CHOOSE, c, d, a, b, 6, 17, 0xa8304613u);
    STEP(CHOOSE, b, c, d, a, 7, 22, 0xfd469501u);
    STEP(CHOOSE, a, b, c, d, 8, 7, 0x698098d8u);
    STEP(CHOOSE, d, a, b, c, 9, 12, 0x8b44f7afu);
    STEP(CHOOSE, c, d, a, b, 10, 17, 0xffff5bb1u);
    STEP(CHOOSE, b, c, d, a, 11, 22, 0x895cd7beu);
    STEP(CHOOSE, a, b, c, d, 12, 7, 0x6b901122u);
    STEP(CHOOSE, d, a, b, c, 13, 12, 0xfd987193u);
    STEP(CHOOSE, c, d, a, b, 14, 17, 0xa679438eu);
    STEP(CHOOSE, b, c, d, a, 15, 22, 0x49b40821u);
    /* round 2 */
    STEP(CHOOSE_BACK, a, b, c, d, 1, 5, 0xf61e2562u);
    STEP(CHOOSE_BACK, d, a, b, c, 6, 9, 0xc040b340u);
    STEP(CHOOSE_BACK, c, d, a, b, 11, 14, 0x265e5a51u);
    STEP(CHOOSE_BACK, b, c, d, a, 0, 20, 0xe9b6c7aau);
    STEP(CHOOSE_BACK, a, b, c, d, 5, 5, 0xd62f105du);
    STEP(CHOOSE_BACK, d, a, b, c, 10, 9, 0x02441453u);
    STEP(CHOOSE_BACK, c, d, a, b, 15, 14, 0xd8a1e681u);
    STEP(CHOOSE_BACK, b, c, d, a, 4, 20, 0xe7d3fbc8u);
    STEP(CHOOSE_BACK, a, b, c, d, 9, 5, 0x21e1cde6u);
    STEP(CHOOSE_BACK, d, a, b, c, 14, 9, 0xc33707d6u);
    STEP(CHOOSE_BACK, c, d, a, b, 3, 14, 0xf4d50d87u);
    STEP(CHOOSE_BACK, b, c, d, a, 8, 20, 0x455a14edu);
    STEP(CHOOSE_BACK, a, b, c, d, 13, 5, 0xa9e3e905u);
    STEP(CHOOSE_BACK, d, a, b, c, 2, 9, 0xfcefa3f8u);
    STEP(CHOOSE_BACK, c, d, a, b, 7, 14, 0x676f02d9u);
    STEP(CHOOSE_BACK, b, c, d, a, 12, 20, 0x8d2a4c8au);
    /* round 3 */
    STEP(PARITY, a, b, c, d, 5, 4, 0xfffa3942u);
    STEP(PARITY, d, a, b, c, 8, 11, 0x8771f681u);
    STEP(PARITY, c, d, a, b, 11, 16, 0x6d9d6122u);
    STEP(PARITY, b, c, d, a, 14, 23, 0xfde5380cu);
    STEP(PARITY, a, b, c, d, 1, 4, 0xa4beea44u);
    STEP(PARITY, d, a, b, c, 4, 11, 0x4bdecfa9u);
    STEP(PARITY, c, d, a, b, 7, 16, 0xf6bb4b60u);
    STEP(PARITY, b, c, d, a, 10, 23, 0xbebfbc70u);
    STEP(PARITY, a, b, c, d, 13, 4, 0x289b7ec6u);
    STEP(PARITY, d, a, b, c, 0, 11, 0xeaa127fau);
    STEP(PARITY, c, d, a, b, 3, 16, 0xd4ef3085u);
    STEP(PARITY, b, c, d, a, 6, 23, 0x04881d05u);
    STEP(PARITY, a, b, c, d, 9, 4, 0xd9d4d039u);
    STEP(PARITY, d, a, b, c, 12, 11, 0xe6db99e5u);
    STEP(PARITY, c, d, a, b, 15, 16, 0x1fa27cf8u);
    STEP(PARITY, b, c, d, a, 2, 23, 0xc4ac5665u);
    /* round 4 */
    STEP(ODD, a, b, c, d, 0, 6, 0xf4292244u);
    STEP(ODD, d, a, b, c, 7, 10, 0x432aff97u);
    STEP(ODD, c, d, a, b, 14, 15, 0xab9423a7u);
    STEP(ODD, b, c, d, a, 5, 21, 0xfc93a039u);
    STEP(ODD, a, b, c, d, 12, 6, 0x655b59c3u);
    STEP(ODD, d, a, b, c, 3, 10, 0x8f0ccc92u);
    STEP(ODD, c, d, a, b, 10, 15, 0xffeff47du);
    STEP(ODD, b, c, d, a, 1, 21, 0x85845dd1u);
    STEP(ODD, a, b, c, d, 8, 6, 0x6fa87e4fu);
    STEP(ODD, d, a, b, c, 15, 10, 0xfe2ce6e0u);
    STEP(ODD, c, d, a, b, 6, 15, 0xa3014314u);
    STEP(ODD, b, c, d, a, 13, 21, 0x4e0811a1u);
    STEP(ODD, a, b, c, d, 4, 6, 0xf7537e82u);
    STEP(ODD, d, a, b, c, 11, 10, 0xbd3af235u);
    STEP(ODD, c, d, a, b, 2, 15, 0x2ad7d2bbu);
    STEP(ODD, b, c, d, a, 9, 21, 0xeb86d391u);
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}
