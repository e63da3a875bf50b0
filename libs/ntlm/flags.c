#include "flags.h"
#include "base/log.h"

/* What a client asks for whatever the wishes, but for extended session security at level 0. LM_KEY,
 * which Windows asks for as well, is void with that, so only clients ask that can do without it.
 * OEM is not asked for ([MS-NLMP] 3.1.5.1.1), only put up with. */
static const uint32_t client_always =
        NTLMSSP_NEGOTIATE_UNICODE | NTLMSSP_REQUEST_TARGET | NTLMSSP_NEGOTIATE_NTLM |
        NTLMSSP_NEGOTIATE_ALWAYS_SIGN | NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY |
        NTLMSSP_NEGOTIATE_VERSION | NTLMSSP_NEGOTIATE_128 | NTLMSSP_NEGOTIATE_56;

/* What a server gives to a client that asks for it. */
static const uint32_t server_echoes =
        NTLMSSP_NEGOTIATE_UNICODE | NTLMSSP_NEGOTIATE_OEM | NTLMSSP_REQUEST_TARGET |
        NTLM_SECURITY_FLAGS | NTLMSSP_NEGOTIATE_ALWAYS_SIGN |
        NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | NTLMSSP_NEGOTIATE_IDENTIFY |
        NTLMSSP_NEGOTIATE_VERSION | NTLMSSP_NEGOTIATE_128 | NTLMSSP_NEGOTIATE_KEY_EXCH |
        NTLMSSP_NEGOTIATE_56;

static const uint32_t datagram = NTLMSSP_NEGOTIATE_DATAGRAM | NTLMSSP_NEGOTIATE_KEY_EXCH;

static enum status refuse(const char *why, uint32_t flags)
{
    log_warn("ntlm", "the peer's flags 0x%08x: %s; refused", flags, why);
    return ST_PEER_UNSUPPORTED;
}

/* To 56 or 40 bits, whatever 128 says ([MS-NLMP] 3.4.5.3). */
static bool cuts_key(uint32_t flags)
{
    return flags & (NTLMSSP_NEGOTIATE_LM_KEY | NTLMSSP_NEGOTIATE_DATAGRAM) &&
           !(flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY);
}

/* Is the key as long as TERMS demand? */
static bool long_enough(const struct ntlm_terms *terms, uint32_t flags)
{
    if (flags & NTLMSSP_NEGOTIATE_128 && !cuts_key(flags))
        return true;
    if (!(terms->weaker & NTLMSSP_NEGOTIATE_128))
        return false;
    return flags & (NTLMSSP_NEGOTIATE_56 | NTLMSSP_NEGOTIATE_128) ||
           terms->weaker & NTLMSSP_NEGOTIATE_56;
}

/* LM_KEY means nothing with extended session security ([MS-NLMP] 2.2.2.5). */
static uint32_t without_void(uint32_t flags)
{
    return flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY
                   ? flags & ~(uint32_t)NTLMSSP_NEGOTIATE_LM_KEY
                   : flags;
}

/* "If set, Unicode; else if set, OEM; else SEC_E_INVALID_TOKEN": 2.2.2.5, A and B. */
static enum status one_charset(uint32_t *flags)
{
    if (*flags & NTLMSSP_NEGOTIATE_UNICODE)
        *flags &= ~(uint32_t)NTLMSSP_NEGOTIATE_OEM;
    if (*flags & (NTLMSSP_NEGOTIATE_UNICODE | NTLMSSP_NEGOTIATE_OEM))
        return ST_OK;
    log_warn("ntlm", "the peer's flags 0x%08x: neither Unicode nor OEM; refused", *flags);
    return ST_BAD_TOKEN;
}

/* Are FLAGS, as agreed, enough for TERMS? */
static enum status suffices(const struct ntlm_terms *terms, uint32_t flags)
{
    uint32_t wishes = terms->wishes;

    if (wishes & NTLM_WISH_SEAL && !(flags & NTLMSSP_NEGOTIATE_SEAL))
        return refuse("no sealing, which is required here", flags);
    if (wishes & NTLM_WISH_SIGN && !(flags & NTLM_SECURITY_FLAGS))
        return refuse("no signing, which is required here", flags);
    if (wishes & NTLM_WISH_DATAGRAM && (flags & datagram) != datagram)
        return refuse("no datagram session with keys exchanged, which is required here", flags);
    if (!(flags & NTLM_SECURITY_FLAGS))
        return ST_OK;
    if (!((flags | terms->weaker) & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY))
        return refuse("signing or sealing without extended session security", flags);
    if (!long_enough(terms, flags))
        return refuse("signing or sealing with fewer bits than required here", flags);
    return ST_OK;
}

uint32_t ntlm_client_request(const struct ntlm_terms *terms)
{
    uint32_t flags = client_always, wishes = terms->wishes;

    if (terms->no_extended)
        flags &= ~(uint32_t)NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY;
    if (terms->lm_key)
        flags |= NTLMSSP_NEGOTIATE_LM_KEY;
    if (wishes & NTLM_WISH_SIGN)
        flags |= NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_KEY_EXCH;
    if (wishes & NTLM_WISH_SEAL)
        flags |= NTLMSSP_NEGOTIATE_SEAL | NTLMSSP_NEGOTIATE_KEY_EXCH;
    if (wishes & NTLM_WISH_IDENTIFY)
        flags |= NTLMSSP_NEGOTIATE_IDENTIFY;
    if (wishes & NTLM_WISH_DATAGRAM)
        flags |= datagram;
    return flags;
}

enum status ntlm_client_choose(
        const struct ntlm_terms *terms, uint32_t request, uint32_t challenge, uint32_t *chosen)
{
    const uint32_t unasked = NTLMSSP_NEGOTIATE_TARGET_INFO | NTLMSSP_NEGOTIATE_OEM;
    uint32_t flags = without_void(challenge & (request | unasked));
    enum status status = one_charset(&flags);

    if (status == ST_OK)
        status = suffices(terms, flags);
    if (status == ST_OK)
        *chosen = flags | NTLMSSP_NEGOTIATE_NTLM;
    return status;
}

static enum status offer(
        const struct ntlm_terms *terms, bool is_domain, uint32_t flags, uint32_t *offered)
{
    enum status status = one_charset(&flags);

    if (status == ST_OK)
        status = suffices(terms, flags);
    if (status != ST_OK)
        return status;
    if (flags & NTLMSSP_REQUEST_TARGET)
        flags |= is_domain ? NTLMSSP_TARGET_TYPE_DOMAIN : NTLMSSP_TARGET_TYPE_SERVER;
    *offered = flags | NTLMSSP_NEGOTIATE_NTLM | NTLMSSP_NEGOTIATE_TARGET_INFO;
    return ST_OK;
}

enum status ntlm_server_offer(
        const struct ntlm_terms *terms, bool is_domain, uint32_t negotiate, uint32_t *offered)
{
    uint32_t given = server_echoes | (terms->lm_key ? (uint32_t)NTLMSSP_NEGOTIATE_LM_KEY : 0);

    if (negotiate & NTLMSSP_NEGOTIATE_DATAGRAM)
        return refuse("a datagram session, which has no NEGOTIATE message", negotiate);
    return offer(terms, is_domain, without_void(negotiate & given), offered);
}

enum status ntlm_server_offer_datagram(
        const struct ntlm_terms *terms, bool is_domain, uint32_t *offered)
{
    return offer(terms, is_domain, server_echoes | datagram, offered);
}

enum status ntlm_server_accept(
        const struct ntlm_terms *terms, uint32_t offered, uint32_t authenticate, uint32_t *accepted)
{
    uint32_t flags = offered & authenticate;
    enum status status = suffices(terms, flags);

    if (status == ST_OK)
        *accepted = flags | NTLMSSP_NEGOTIATE_NTLM;
    return status;
}
