/* The four primitives that [MS-NLMP] is made of, over Nettle: MD4, MD5, HMAC-MD5, RC4.
 *
 * Nettle never wipes; here every context that lived on the stack is wiped before return. Digests
 * and keys are 16 bytes. Nothing allocates, nothing fails.
 */
#ifndef NTLM_CRYPTO_H
#define NTLM_CRYPTO_H

#include <nettle/arcfour.h>
#include "base/bytes.h"
#include "ntlm.h"

void ntlm_md4(struct bytes in, uint8_t digest[NTLM_HASH_SIZE]);

/* MD5(ConcatenationOf(A, B)). */
void ntlm_md5(struct bytes a, struct bytes b, uint8_t digest[NTLM_HASH_SIZE]);

/* HMAC_MD5(KEY, ConcatenationOf(A, B, C)); pass ntlm_none for what is not there. DIGEST may be KEY.
 */
void ntlm_hmac_md5(const uint8_t key[NTLM_HASH_SIZE], struct bytes a, struct bytes b,
        struct bytes c, uint8_t digest[NTLM_HASH_SIZE]);

/* The same under a key that stays. */
struct ntlm_mac_key;
void ntlm_hmac_md5_under(const struct ntlm_mac_key *k, struct bytes a, struct bytes b,
        struct bytes c, uint8_t digest[NTLM_HASH_SIZE]);

/* RC4K(KEY, IN): a fresh RC4 state for one 16-byte block. OUT may be IN. [MS-NLMP] 6 */
void ntlm_rc4k(const uint8_t key[NTLM_HASH_SIZE], const uint8_t in[NTLM_HASH_SIZE],
        uint8_t out[NTLM_HASH_SIZE]);

/* The state as it was COUNT bytes before: each step of RC4's stream is a swap and a sum, and both go
 * backwards as well. */
void ntlm_rc4_rewind(struct arcfour_ctx *rc4, uint64_t count);

extern const struct bytes ntlm_none;

#endif
