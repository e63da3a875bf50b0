/* What session security without extended session security has of its own. [MS-NLMP] 3.4.4.1
 *
 * The 12 bytes of a signature behind the version: RandomPad, Checksum, SeqNum, before encryption.
 */
#ifndef NTLM_SESSION_V1_H
#define NTLM_SESSION_V1_H

#include "session.h"

enum { NTLM_V1_TAIL_SIZE = 12, NTLM_V1_PAD_SIZE = 4 };

/* TAIL of message number SEQUENCE with these PARTS, plaintext; RandomPad is 0. */
void ntlm_v1_tail(uint32_t sequence, const struct ntlm_part *parts, size_t count,
        uint8_t tail[NTLM_V1_TAIL_SIZE]);

/* GOT, decrypted, against WANT as ntlm_v1_tail made it; RandomPad is whatever the sender took.
 * ST_BAD_SIGNATURE; ST_OUT_OF_SEQUENCE: the message is whole but another one. */
MUST_USE enum status ntlm_v1_tail_check(
        const uint8_t got[NTLM_V1_TAIL_SIZE], const uint8_t want[NTLM_V1_TAIL_SIZE]);

#endif
