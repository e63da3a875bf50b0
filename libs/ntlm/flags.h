/* Which NEGOTIATE flags are asked, offered and agreed. [MS-NLMP] 2.2.2.5, 3.1.5.1, 3.2.5.1.
 *
 *   client: request --NEGOTIATE--> server: offer --CHALLENGE--> client: choose --AUTHENTICATE-->
 *   server: accept. What both then hold is the same set.
 *
 * Datagram: the server offers all it can, since nobody has asked; the rest is the same. KEY_EXCH is
 * then part of both messages (2.2.2.5, 3.2.5.2.1).
 *
 * Refused everywhere with ST_PEER_UNSUPPORTED and a log line: signing or sealing without extended
 * session security or with less than 128 bits (Windows requires 128 bits by default since version
 * 7), unless the terms say that weaker will do; something that was wished and is not to be had;
 * datagram that was not wished. ST_BAD_TOKEN: no common character set (2.2.2.5).
 */
#ifndef NTLM_FLAGS_H
#define NTLM_FLAGS_H

#include "ntlm.h"

enum { NTLM_SECURITY_FLAGS = NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL };

/* Keys are exchanged only where something is signed or sealed with them. */
static inline bool ntlm_exchanges_keys(uint32_t flags)
{
    return flags & NTLMSSP_NEGOTIATE_KEY_EXCH && flags & NTLM_SECURITY_FLAGS;
}

/* Those of a session without session security: of anonymous and guest. KEY_EXCH goes as well, but
 * not where it belongs to the kind of session (2.2.2.5, DATAGRAM). */
static inline uint32_t ntlm_insecure_flags(uint32_t flags)
{
    uint32_t dropped = NTLM_SECURITY_FLAGS;

    if (!(flags & NTLMSSP_NEGOTIATE_DATAGRAM))
        dropped |= NTLMSSP_NEGOTIATE_KEY_EXCH;
    return flags & ~dropped;
}

static inline uint32_t ntlm_anonymous_flags(uint32_t flags)
{
    return ntlm_insecure_flags(flags) | NTLMSSP_ANONYMOUS;
}

/* What one side wants and allows; from its config. */
struct ntlm_terms {
    uint32_t wishes;  /* enum ntlm_wish */
    uint32_t weaker;  /* EXTENDED_SESSIONSECURITY, 128, 56: can be done without */
    bool no_extended; /* client of level 0: extended session security is not asked for */
    bool lm_key;      /* LM_KEY can be had: there are LM hashes and 56 bits will do */
};

/* LM_KEY weakens to 56 bits, so it needs terms that allow that. */
static inline bool ntlm_allows_lm_key(uint32_t weaker)
{
    return weaker & NTLMSSP_NEGOTIATE_128 && weaker & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY;
}

uint32_t ntlm_client_request(const struct ntlm_terms *terms);
MUST_USE enum status ntlm_client_choose(
        const struct ntlm_terms *terms, uint32_t request, uint32_t challenge, uint32_t *chosen);
MUST_USE enum status ntlm_server_offer(
        const struct ntlm_terms *terms, bool is_domain, uint32_t negotiate, uint32_t *offered);
MUST_USE enum status ntlm_server_offer_datagram(
        const struct ntlm_terms *terms, bool is_domain, uint32_t *offered);
MUST_USE enum status ntlm_server_accept(const struct ntlm_terms *terms, uint32_t offered,
        uint32_t authenticate, uint32_t *accepted);

#endif
