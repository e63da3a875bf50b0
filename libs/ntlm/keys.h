/* Keys: from the password to the session's four keys. [MS-NLMP] 3.3.2, 3.4.5.
 *
 *   NT hash --NTOWFv2--> ResponseKeyNT --NTProofStr--> SessionBaseKey = KeyExchangeKey (NTLMv2)
 *   KeyExchangeKey [--RC4K(random key)] --> ExportedSessionKey --> SIGNKEY, SEALKEY per direction
 *
 * All are 16 bytes and all are secrets: the caller wipes them.
 */
#ifndef NTLM_KEYS_H
#define NTLM_KEYS_H

#include "ntlm.h"

/* HMAC_MD5(NT hash, UPPER(user) + domain); the domain exactly as it goes over the wire.
 * ST_NO_MEMORY; ST_BAD_ARGUMENT for a user of odd size. [MS-NLMP] 3.3.2 NTOWFv2 */
MUST_USE enum status ntlm_ntowf_v2(const uint8_t nt_hash[NTLM_HASH_SIZE], struct bytes user,
        struct bytes domain, uint8_t key[NTLM_HASH_SIZE]);

enum ntlm_direction { NTLM_CLIENT_TO_SERVER, NTLM_SERVER_TO_CLIENT };

/* MD5 of the whole ExportedSessionKey and the direction's constant: never weakened. 3.4.5.2 */
void ntlm_signkey(const uint8_t session_key[NTLM_HASH_SIZE], enum ntlm_direction direction,
        uint8_t key[NTLM_HASH_SIZE]);

/* MD5 of the ExportedSessionKey, cut to 128, 56 or 40 bits as FLAGS say, and the constant.
 * Extended session security only. 3.4.5.3 */
void ntlm_sealkey(uint32_t flags, const uint8_t session_key[NTLM_HASH_SIZE],
        enum ntlm_direction direction, uint8_t key[NTLM_HASH_SIZE]);

/* Without extended session security: the ExportedSessionKey itself, or with LM_KEY (or datagram)
 * its first 7 or 5 bytes and a constant, 8 bytes in all. Returns the size. 3.4.5.3 */
size_t ntlm_sealkey_v1(
        uint32_t flags, const uint8_t session_key[NTLM_HASH_SIZE], uint8_t key[NTLM_HASH_SIZE]);

#endif
