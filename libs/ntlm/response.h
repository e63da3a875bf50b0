/* The NTLMv2 response and the LMv2 response. [MS-NLMP] 2.2.2.4, 2.2.2.7, 2.2.2.8, 3.3.2
 *
 *    0            16   17   18        24          32            40         44
 *   +------------+----+----+---------+-----------+-------------+----------+---------+------
 *   | NTProofStr |  1 |  1 | 0 (6)   | TimeStamp | ClientChal. | 0 (4)    | AvPairs | 0 (4)
 *   +------------+----+----+---------+-----------+-------------+----------+---------+------
 *                |<------------------------------ "temp" -------------------------------->|
 *
 * NTProofStr = HMAC_MD5(ResponseKeyNT, ServerChallenge + temp): it authenticates all of temp.
 */
#ifndef NTLM_RESPONSE_H
#define NTLM_RESPONSE_H

#include "avpair.h"
#include "ntlm.h"

enum { NTLM_V1_RESPONSE_SIZE = 24 };

struct ntlm_v2_response {
    struct bytes proof; /* NTProofStr, 16 bytes */
    struct bytes temp;
    uint64_t timestamp;            /* FILETIME */
    struct bytes client_challenge; /* 8 bytes */
    struct ntlm_av av;
};

/* Views into NT_RESPONSE. ST_BAD_TOKEN: malformed. ST_LOGON_DENIED: it is an NTLM version 1
 * response, or none, and version 2 is required (as Windows 11 does by default). Logs which. */
MUST_USE enum status ntlm_v2_response_read(struct bytes nt_response, struct ntlm_v2_response *m);

/* "temp". TARGET_INFO is a list of AV pairs with its MsvAvEOL. */
void ntlm_v2_temp_write(struct writer *w, uint64_t timestamp,
        const uint8_t client_challenge[NTLM_CHALLENGE_SIZE], struct bytes target_info);

/* NTProofStr and, from it, the SessionBaseKey. */
void ntlm_v2_proof(const uint8_t response_key[NTLM_HASH_SIZE],
        const uint8_t server_challenge[NTLM_CHALLENGE_SIZE], struct bytes temp,
        uint8_t proof[NTLM_HASH_SIZE], uint8_t session_base_key[NTLM_HASH_SIZE]);

/* LMv2: HMAC_MD5(ResponseKeyLM, ServerChallenge + ClientChallenge) + ClientChallenge. */
void ntlm_v2_lm_response(const uint8_t response_key[NTLM_HASH_SIZE],
        const uint8_t server_challenge[NTLM_CHALLENGE_SIZE],
        const uint8_t client_challenge[NTLM_CHALLENGE_SIZE],
        uint8_t response[NTLM_V1_RESPONSE_SIZE]);

#endif
