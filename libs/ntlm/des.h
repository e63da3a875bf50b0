/* DES as NTLM version 1 uses it, over Nettle: 56-bit keys in 7 bytes. [MS-NLMP] 6
 *
 * For the old responses and LM only; nothing else may use it. Nothing allocates, nothing fails: a
 * weak DES key is used like any other (half of the LM hash of an empty password is one).
 */
#ifndef NTLM_DES_H
#define NTLM_DES_H

#include "ntlm.h"

enum { NTLM_DES_KEY_SIZE = 7, NTLM_DES_BLOCK_SIZE = 8, NTLM_DESL_SIZE = 24 };

/* DES(K, D): 7 bytes of key, their parity bits put in here. */
void ntlm_des(const uint8_t key[NTLM_DES_KEY_SIZE], const uint8_t in[NTLM_DES_BLOCK_SIZE],
        uint8_t out[NTLM_DES_BLOCK_SIZE]);

/* DESL(K, D): D encrypted under K[0..6], K[7..13] and K[14..15] with five zeros. */
void ntlm_desl(const uint8_t key[NTLM_HASH_SIZE], const uint8_t in[NTLM_DES_BLOCK_SIZE],
        uint8_t out[NTLM_DESL_SIZE]);

#endif
