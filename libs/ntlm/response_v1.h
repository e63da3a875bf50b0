/* The responses of NTLM version 1 and LM, and the keys that follow from them.
 * [MS-NLMP] 2.2.2.3, 2.2.2.6, 3.3.1, 3.4.5.1
 *
 *   without extended session security:  NT = DESL(NT hash, ServerChallenge)
 *                                       LM = DESL(LM hash, ServerChallenge), or NT once more
 *   with it ("NTLM2 session response"): NT = DESL(NT hash, MD5(ServerChallenge + ClientChallenge))
 *                                       LM = ClientChallenge + 16 zeros
 *
 * Weak by design: whoever sees such a response can try all DES keys. Reached only where a level
 * says so (ntlm.h); by default nothing here is sent or accepted.
 */
#ifndef NTLM_RESPONSE_V1_H
#define NTLM_RESPONSE_V1_H

#include "des.h"
#include "response.h"

/* The NT response, 24 bytes. CLIENT_CHALLENGE (8 bytes) counts only with extended session security.
 */
void ntlm_v1_nt_response(uint32_t flags, const uint8_t nt_hash[NTLM_HASH_SIZE],
        const uint8_t server_challenge[NTLM_CHALLENGE_SIZE],
        const uint8_t client_challenge[NTLM_CHALLENGE_SIZE],
        uint8_t response[NTLM_V1_RESPONSE_SIZE]);

/* The LM response of extended session security, which only carries the client's challenge. */
void ntlm_v1_challenge_response(const uint8_t client_challenge[NTLM_CHALLENGE_SIZE],
        uint8_t response[NTLM_V1_RESPONSE_SIZE]);

/* SessionBaseKey = MD4(NT hash). */
void ntlm_v1_session_base_key(const uint8_t nt_hash[NTLM_HASH_SIZE], uint8_t key[NTLM_HASH_SIZE]);

/* KXKEY. LM_RESPONSE: its first 8 bytes, as sent. LM_KEY: LMOWFv1[0..7], used only with
 * NTLMSSP_NEGOTIATE_LM_KEY or NTLMSSP_REQUEST_NON_NT_SESSION_KEY and without extended session
 * security; may be NULL otherwise. */
void ntlm_v1_kxkey(uint32_t flags, const uint8_t session_base_key[NTLM_HASH_SIZE],
        const uint8_t lm_response[NTLM_CHALLENGE_SIZE],
        const uint8_t server_challenge[NTLM_CHALLENGE_SIZE], const uint8_t *lm_key,
        uint8_t key[NTLM_HASH_SIZE]);

/* A client's answer as a whole. Secret: wiped by the caller. */
struct ntlm_v1_answer {
    uint8_t nt_response[NTLM_V1_RESPONSE_SIZE], lm_response[NTLM_V1_RESPONSE_SIZE];
    uint8_t key_exchange_key[NTLM_HASH_SIZE];
};

/* LM_HASH NULL: the NT response takes the place of the LM response; FLAGS then have no LM_KEY. */
void ntlm_v1_answer(uint32_t flags, const uint8_t nt_hash[NTLM_HASH_SIZE], const uint8_t *lm_hash,
        const uint8_t server_challenge[NTLM_CHALLENGE_SIZE],
        const uint8_t client_challenge[NTLM_CHALLENGE_SIZE], struct ntlm_v1_answer *answer);

#endif
