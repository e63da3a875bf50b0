/* The cipher and the checksum of extended session security in one pass over a message.
 * [MS-NLMP] 3.4.3, 3.4.4.2 */
#ifndef NTLM_PASS_H
#define NTLM_PASS_H

#include "session.h"

enum { NTLM_CHECKSUM_SIZE = 8 };

/* What is done with the parts that are marked to be encrypted. */
enum ntlm_cipher { NTLM_CLEAR, NTLM_ENCIPHER, NTLM_DECIPHER };

/* SUM: of the plaintext with T's sequence number, not yet encrypted. Every part counts, READONLY
 * ones too. T's cipher moves on by what was encrypted or decrypted, its sequence number does not.
 * Parts that are encrypted must not overlap another: the edge refuses them. */
void ntlm_pass(struct ntlm_stream *t, const struct ntlm_part *parts, size_t count,
        enum ntlm_cipher cipher, uint8_t sum[NTLM_CHECKSUM_SIZE]);

/* The cipher alone, over the parts that are marked to be encrypted. */
void ntlm_rc4_parts(struct arcfour_ctx *rc4, const struct ntlm_part *parts, size_t count);

#endif
