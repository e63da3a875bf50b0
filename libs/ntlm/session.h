/* Session security: signatures and sealing. [MS-NLMP] 3.4
 *
 * With extended session security:
 *    0         4            12       16
 *   +---------+------------+--------+
 *   | 1       | Checksum   | SeqNum |   NTLMSSP_MESSAGE_SIGNATURE, 2.2.2.9.2
 *   +---------+------------+--------+
 * Checksum = HMAC_MD5(SigningKey, SeqNum + Message)[0..7], encrypted with the direction's RC4
 * stream if keys were exchanged. The two directions share nothing that changes, so two threads may
 * use one each.
 *
 * Without it, the older kind (session_v1.h has its parts):
 *    0         4           8          12       16
 *   +---------+-----------+----------+--------+
 *   | 1       | RandomPad | Checksum | SeqNum |   NTLMSSP_MESSAGE_SIGNATURE, 2.2.2.9.1
 *   +---------+-----------+----------+--------+
 * Checksum = CRC32(Message); what follows the 1 is always encrypted. One RC4 stream and one
 * sequence number serve both directions, so the peers take turns and no two threads may use them.
 */
#ifndef NTLM_SESSION_H
#define NTLM_SESSION_H

#include <nettle/arcfour.h>
#include "mac.h"
#include "ntlm.h"

struct ntlm_stream {
    struct ntlm_mac_key mac; /* SigningKey */
    struct arcfour_ctx rc4;
    uint8_t seal_key[NTLM_HASH_SIZE];
    size_t seal_key_size; /* 16, or 8 when the older kind is weakened */
    uint32_t sequence;    /* of the next message */
    uint32_t tails;       /* signatures that RC4 has enciphered since SEAL_KEY was set, and nothing else ... */
};

enum { NTLM_TAILS_MANY = 16 }; /* ... or this: more, or other things too */

struct ntlm_session {
    uint32_t flags;                   /* negotiated; SIGN and SEAL decide what there is */
    struct ntlm_stream send, receive; /* the older kind uses SEND for both */
};

void ntlm_session_init(struct ntlm_session *s, uint32_t flags,
        const uint8_t session_key[NTLM_HASH_SIZE], bool is_server);

/* One direction's RC4 at its initial key again; the sequence number goes on. [MS-SPNG] 3.3.5.1
 * The older kind has one for both, so either call puts that one back. */
void ntlm_session_reset_cipher(struct ntlm_session *s, bool outgoing);

/* Datagram: the next message of one direction is number NUMBER, and RC4 starts anew for it with
 * MD5(SealingKey, NUMBER): 3.4. Otherwise nothing happens. session_datagram.c */
void ntlm_session_number(struct ntlm_session *s, bool outgoing, uint32_t number);

/* As the functions of ntlm.h, for a completed context. */
MUST_USE enum status ntlm_session_sign(struct ntlm_session *s, const struct ntlm_part *parts,
        size_t count, uint8_t signature[NTLM_SIGNATURE_SIZE]);
MUST_USE enum status ntlm_session_seal(struct ntlm_session *s, const struct ntlm_part *parts,
        size_t count, uint8_t signature[NTLM_SIGNATURE_SIZE]);
MUST_USE enum status ntlm_session_verify(struct ntlm_session *s, const struct ntlm_part *parts,
        size_t count, struct bytes signature);
MUST_USE enum status ntlm_session_unseal(struct ntlm_session *s, const struct ntlm_part *parts,
        size_t count, struct bytes signature);

#endif
