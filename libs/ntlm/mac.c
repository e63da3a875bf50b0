#include "mac.h"
#include <nettle/md5.h>
#include <string.h>

enum { LENGTH_SIZE = 8 }; /* MD5's padding ends with the length in bits (RFC 1321, 3.2) */

static inline void put_u32le(uint8_t out[4], uint32_t v)
{
    out[0] = (uint8_t)v;
    out[1] = (uint8_t)(v >> 8);
    out[2] = (uint8_t)(v >> 16);
    out[3] = (uint8_t)(v >> 24);
}

/* MD5's state before the first byte (RFC 1321, 3.3), then over KEY in a block of PAD. */
static void padded_key(
        uint32_t state[NTLM_MAC_WORDS], const uint8_t key[NTLM_HASH_SIZE], uint8_t pad)
{
    static const uint32_t start[NTLM_MAC_WORDS] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476};
    uint8_t block[NTLM_MAC_BLOCK];

    memset(block, pad, sizeof(block));
    for (size_t i = 0; i < NTLM_HASH_SIZE; i++)
        block[i] ^= key[i];
    memcpy(state, start, sizeof(start));
    nettle_md5_compress(state, block);
    wipe(block, sizeof(block));
}

void ntlm_mac_set_key(struct ntlm_mac_key *k, const uint8_t key[NTLM_HASH_SIZE])
{
    padded_key(k->inner, key, 0x36);
    padded_key(k->outer, key, 0x5C);
}

void ntlm_mac_begin(struct ntlm_mac *m, const struct ntlm_mac_key *k)
{
    memcpy(m->state, k->inner, sizeof(m->state));
    m->size = 0;
}

void ntlm_mac_add(struct ntlm_mac *m, const void *data, size_t size)
{
    const uint8_t *p = data;
    size_t used = m->size % NTLM_MAC_BLOCK;

    if (!size)
        return;
    m->size += size;
    if (used) {
        size_t n = size < NTLM_MAC_BLOCK - used ? size : NTLM_MAC_BLOCK - used;
        memcpy(m->block + used, p, n);
        if (used + n < NTLM_MAC_BLOCK)
            return;
        nettle_md5_compress(m->state, m->block);
        p += n;
        size -= n;
    }
    for (; size >= NTLM_MAC_BLOCK; p += NTLM_MAC_BLOCK, size -= NTLM_MAC_BLOCK)
        nettle_md5_compress(m->state, p);
    memcpy(m->block, p, size);
}

/* 80, zeros, the length of all that was hashed, the key's block included. */
static void pad_and_finish(
        uint32_t state[NTLM_MAC_WORDS], uint8_t block[NTLM_MAC_BLOCK], size_t used, size_t size)
{
    block[used++] = 0x80;
    if (used > NTLM_MAC_BLOCK - LENGTH_SIZE) {
        memset(block + used, 0, NTLM_MAC_BLOCK - used);
        nettle_md5_compress(state, block);
        used = 0;
    }
    uint64_t bits = ((uint64_t)size + NTLM_MAC_BLOCK) * 8;
    memset(block + used, 0, NTLM_MAC_BLOCK - LENGTH_SIZE - used);
    put_u32le(block + NTLM_MAC_BLOCK - LENGTH_SIZE, (uint32_t)bits);
    put_u32le(block + NTLM_MAC_BLOCK - LENGTH_SIZE / 2, (uint32_t)(bits >> 32));
    nettle_md5_compress(state, block);
}

static void put_state(uint8_t out[NTLM_HASH_SIZE], const uint32_t state[NTLM_MAC_WORDS])
{
    for (size_t i = 0; i < NTLM_MAC_WORDS; i++)
        put_u32le(out + i * sizeof(state[0]), state[i]);
}

void ntlm_mac_end(struct ntlm_mac *m, const struct ntlm_mac_key *k, uint8_t *digest, size_t size)
{
    pad_and_finish(m->state, m->block, m->size % NTLM_MAC_BLOCK, m->size);
    put_state(m->block, m->state);
    memcpy(m->state, k->outer, sizeof(m->state));
    pad_and_finish(m->state, m->block, NTLM_HASH_SIZE, NTLM_HASH_SIZE);
    put_state(m->block, m->state);
    memcpy(digest, m->block, size < NTLM_HASH_SIZE ? size : NTLM_HASH_SIZE);
    wipe(m, sizeof(*m));
}
