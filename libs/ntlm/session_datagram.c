/* Session security of datagram contexts: messages come in any order, so each is by itself.
 * [MS-NLMP] 3.4, 3.4.4
 *
 *   SealingKey' = MD5(SealingKey + SeqNum (4 bytes LE)), and RC4 begins anew with it
 *
 * The rest is as for connections (session.c): it only finds the number and the cipher put right.
 * Signing keys are the same for all messages; their number is part of what is signed.
 */
#include "crypto.h"
#include "session.h"

static bool one_for_both(const struct ntlm_session *s)
{
    return !(s->flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY);
}

void ntlm_session_number(struct ntlm_session *s, bool outgoing, uint32_t number)
{
    struct ntlm_stream *t = outgoing || one_for_both(s) ? &s->send : &s->receive;
    uint8_t sequence[4], key[NTLM_HASH_SIZE];

    if (!(s->flags & NTLMSSP_NEGOTIATE_DATAGRAM))
        return;
    for (unsigned i = 0; i < sizeof(sequence); i++)
        sequence[i] = (uint8_t)(number >> (8 * i));
    ntlm_md5(bytes_of(t->seal_key, t->seal_key_size), bytes_of(sequence, sizeof(sequence)), key);
    arcfour_set_key(&t->rc4, sizeof(key), key);
    t->tails = NTLM_TAILS_MANY;
    t->sequence = number;
    wipe(key, sizeof(key));
}
