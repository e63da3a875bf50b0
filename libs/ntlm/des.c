#include "des.h"
#include <nettle/des.h>
#include <string.h>

/* 7 bits of the key go into the upper bits of each byte; DES ignores the lowest, the parity. */
static void spread(const uint8_t key[NTLM_DES_KEY_SIZE], uint8_t out[DES_KEY_SIZE])
{
    unsigned bits = 0, have = 0, at = 0;

    for (unsigned i = 0; i < DES_KEY_SIZE; i++) {
        if (have < 7) {
            bits = (bits << 8 | (at < NTLM_DES_KEY_SIZE ? key[at] : 0u)) & 0xFFFFu;
            at++;
            have += 8;
        }
        have -= 7;
        out[i] = (uint8_t)((bits >> have & 0x7Fu) << 1);
    }
}

void ntlm_des(const uint8_t key[NTLM_DES_KEY_SIZE], const uint8_t in[NTLM_DES_BLOCK_SIZE],
        uint8_t out[NTLM_DES_BLOCK_SIZE])
{
    struct des_ctx ctx;
    uint8_t spread_key[DES_KEY_SIZE];

    spread(key, spread_key);
    (void)des_set_key(&ctx, spread_key); /* 0 only says that the key is weak; it is set */
    des_encrypt(&ctx, NTLM_DES_BLOCK_SIZE, out, in);
    wipe(&ctx, sizeof(ctx));
    wipe(spread_key, sizeof(spread_key));
}

void ntlm_desl(const uint8_t key[NTLM_HASH_SIZE], const uint8_t in[NTLM_DES_BLOCK_SIZE],
        uint8_t out[NTLM_DESL_SIZE])
{
    uint8_t keys[3 * NTLM_DES_KEY_SIZE] = {0};

    memcpy(keys, key, NTLM_HASH_SIZE);
    for (size_t i = 0; i < 3; i++)
        ntlm_des(keys + i * NTLM_DES_KEY_SIZE, in, out + i * NTLM_DES_BLOCK_SIZE);
    wipe(keys, sizeof(keys));
}
