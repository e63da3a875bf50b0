#include "flags.h"
#include "base/log.h"

/* What a client asks for whatever the wishes. LM_KEY, which Windows asks for as well, is void with
 * extended session security, without which this client goes no further; OEM it does not speak. */
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

static enum status refuse(const char *why, uint32_t flags)
{
    log_warn("ntlm", "the peer's flags 0x%08x: %s; refused", flags, why);
    return ST_PEER_UNSUPPORTED;
}

/* Are FLAGS, as agreed, enough for WISHES and for this room? */
static enum status suffices(uint32_t wishes, uint32_t flags)
{
    if (wishes & NTLM_WISH_SEAL && !(flags & NTLMSSP_NEGOTIATE_SEAL))
        return refuse("no sealing, which is required here", flags);
    if (wishes & NTLM_WISH_SIGN && !(flags & NTLM_SECURITY_FLAGS))
        return refuse("no signing, which is required here", flags);
    if (!(flags & NTLM_SECURITY_FLAGS))
        return ST_OK;
    if (!(flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY))
        return refuse("signing or sealing without extended session security", flags);
    if (!(flags & NTLMSSP_NEGOTIATE_128))
        return refuse("signing or sealing with less than 128 bits", flags);
    return ST_OK;
}

uint32_t ntlm_client_request(uint32_t wishes)
{
    uint32_t flags = client_always;

    if (wishes & NTLM_WISH_SIGN)
        flags |= NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_KEY_EXCH;
    if (wishes & NTLM_WISH_SEAL)
        flags |= NTLMSSP_NEGOTIATE_SEAL | NTLMSSP_NEGOTIATE_KEY_EXCH;
    if (wishes & NTLM_WISH_IDENTIFY)
        flags |= NTLMSSP_NEGOTIATE_IDENTIFY;
    return flags;
}

enum status ntlm_client_choose(
        uint32_t wishes, uint32_t request, uint32_t challenge, uint32_t *chosen)
{
    uint32_t flags = challenge & (request | NTLMSSP_NEGOTIATE_TARGET_INFO);
    enum status status;

    if (!(flags & NTLMSSP_NEGOTIATE_UNICODE))
        return refuse("the server does not speak Unicode", challenge);
    status = suffices(wishes, flags);
    if (status == ST_OK)
        *chosen = flags | NTLMSSP_NEGOTIATE_NTLM;
    return status;
}

enum status ntlm_server_offer(
        uint32_t wishes, bool is_domain, uint32_t negotiate, uint32_t *offered)
{
    uint32_t flags = negotiate & server_echoes;
    enum status status;

    if (negotiate & NTLMSSP_NEGOTIATE_DATAGRAM)
        return refuse("datagram sessions are not supported", negotiate);
    if (!(flags & (NTLMSSP_NEGOTIATE_UNICODE | NTLMSSP_NEGOTIATE_OEM)))
        return refuse("neither Unicode nor OEM", negotiate);
    status = suffices(wishes, flags);
    if (status != ST_OK)
        return status;
    if (flags & NTLMSSP_NEGOTIATE_UNICODE)
        flags &= ~(uint32_t)NTLMSSP_NEGOTIATE_OEM;
    if (flags & NTLMSSP_REQUEST_TARGET)
        flags |= is_domain ? NTLMSSP_TARGET_TYPE_DOMAIN : NTLMSSP_TARGET_TYPE_SERVER;
    *offered = flags | NTLMSSP_NEGOTIATE_NTLM | NTLMSSP_NEGOTIATE_TARGET_INFO;
    return ST_OK;
}

enum status ntlm_server_accept(
        uint32_t wishes, uint32_t offered, uint32_t authenticate, uint32_t *accepted)
{
    uint32_t flags = offered & authenticate;
    enum status status = suffices(wishes, flags);

    if (status == ST_OK)
        *accepted = flags | NTLMSSP_NEGOTIATE_NTLM;
    return status;
}
