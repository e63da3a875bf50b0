/* HMAC-MD5 (RFC 2104) under a key that stays, over Nettle's MD5 compression function.
 *
 * What is kept of a key is 32 bytes, the state of MD5 after each of its two padded blocks, where
 * Nettle's own hmac_md5_ctx has three whole contexts. A message costs the compressions that HMAC
 * cannot do without, and whole blocks are hashed where they lie. Nothing allocates, nothing fails.
 */
#ifndef NTLM_MAC_H
#define NTLM_MAC_H

#include "base/bytes.h"
#include "ntlm.h"

enum { NTLM_MAC_BLOCK = 64, NTLM_MAC_WORDS = 4 };

/* A secret, to be wiped as the key itself. */
struct ntlm_mac_key {
    uint32_t inner[NTLM_MAC_WORDS], outer[NTLM_MAC_WORDS];
};

void ntlm_mac_set_key(struct ntlm_mac_key *k, const uint8_t key[NTLM_HASH_SIZE]);

/* One message under way. Holds the end of it in clear: ntlm_mac_end wipes. */
struct ntlm_mac {
    uint32_t state[NTLM_MAC_WORDS];
    size_t size; /* of what was added, bytes */
    uint8_t block[NTLM_MAC_BLOCK];
};

void ntlm_mac_begin(struct ntlm_mac *m, const struct ntlm_mac_key *k);
void ntlm_mac_add(struct ntlm_mac *m, const void *data, size_t size);

/* How many bytes end the block that is under way, 1 to 64: who adds so many, and then 64 at a time,
 * saves the copying. */
static inline size_t ntlm_mac_room(const struct ntlm_mac *m)
{
    return NTLM_MAC_BLOCK - m->size % NTLM_MAC_BLOCK;
}

/* SIZE: at most 16, the first bytes of the digest. M is wiped. */
void ntlm_mac_end(
        struct ntlm_mac *m, const struct ntlm_mac_key *k, uint8_t *digest, size_t size);

#endif
