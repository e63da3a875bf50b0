/* Request flags to NTLM wishes, and what is true of a context to attribute flags. */
#include "msv1_0.h"

/* [MS-NLMP] 3.1.1.2 and Wine's ntlm.c, testInitializeSecurityContextFlags, on Windows: SIGN for INTEGRITY, REPLAY_DETECT, SEQUENCE_DETECT; SEAL for CONFIDENTIALITY. The
 * ISC_REQ_ and ASC_REQ_ values of these are not all the same. */
ULONG wishes_of(BOOL inbound, ULONG request)
{
    ULONG sign = inbound ? ASC_REQ_INTEGRITY | ASC_REQ_REPLAY_DETECT | ASC_REQ_SEQUENCE_DETECT
                         : ISC_REQ_INTEGRITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT;
    ULONG wishes = 0;

    if (request & sign)
        wishes |= NTLM_WISH_SIGN;
    if (request & (inbound ? ASC_REQ_CONFIDENTIALITY : ISC_REQ_CONFIDENTIALITY))
        wishes |= NTLM_WISH_SEAL;
    if (request & (inbound ? ASC_REQ_IDENTIFY : ISC_REQ_IDENTIFY))
        wishes |= NTLM_WISH_IDENTIFY;
    if (request & (inbound ? ASC_REQ_ALLOW_NULL_SESSION : ISC_REQ_NULL_SESSION))
        wishes |= NTLM_WISH_NULL_SESSION;
    if (request & (inbound ? ASC_REQ_DATAGRAM : ISC_REQ_DATAGRAM))
        wishes |= NTLM_WISH_DATAGRAM;
    if (!inbound && request & ISC_REQ_UNVERIFIED_TARGET_NAME) /* [MS-NLMP] 3.1.1.2 */
        wishes |= NTLM_WISH_UNVERIFIED_TARGET;
    return wishes;
}

struct flag_pair {
    ULONG request, attribute;
};

/* Flags that say how the caller calls, not what the peers agreed on: true as soon as asked for. */
static const struct flag_pair client_pairs[] = {
        {ISC_REQ_CONNECTION, ISC_RET_CONNECTION},
        {ISC_REQ_DATAGRAM, ISC_RET_DATAGRAM},
        {ISC_REQ_EXTENDED_ERROR, ISC_RET_EXTENDED_ERROR},
        {ISC_REQ_USE_DCE_STYLE, ISC_RET_USED_DCE_STYLE},
        {ISC_REQ_IDENTIFY, ISC_RET_IDENTIFY},
};
static const struct flag_pair server_pairs[] = {
        {ASC_REQ_CONNECTION, ASC_RET_CONNECTION},
        {ASC_REQ_DATAGRAM, ASC_RET_DATAGRAM},
        {ASC_REQ_EXTENDED_ERROR, ASC_RET_EXTENDED_ERROR},
        {ASC_REQ_USE_DCE_STYLE, ASC_RET_USED_DCE_STYLE},
        {ASC_REQ_IDENTIFY, ASC_RET_IDENTIFY},
};

static ULONG asked_for(const struct flag_pair *pairs, unsigned count, ULONG request)
{
    ULONG attributes = 0;
    for (unsigned i = 0; i < count; i++)
        if (request & pairs[i].request)
            attributes |= pairs[i].attribute;
    return attributes;
}

/* A context is of one kind: who asks for datagram and, as nearly everybody, for a connection has
 * datagram (?). The bits are the same on both sides. */
static ULONG one_kind(ULONG attributes)
{
    return attributes & ISC_RET_DATAGRAM ? attributes & ~(ULONG)ISC_RET_CONNECTION : attributes;
}

/* Protection: before the CHALLENGE what is asked for, afterwards what was negotiated. The three
 * integrity flags are one ability in NTLM, so they come and go together... each only if the caller
 * or the peer asked for signing. */
static ULONG protection(const struct context *c, ULONG request)
{
    struct ntlm_info info = {0};
    ULONG wishes = wishes_of(c->inbound, request);
    BOOL sign = wishes & NTLM_WISH_SIGN, seal = wishes & NTLM_WISH_SEAL;

    if (c->ntlm)
        ntlm_query(c->ntlm, &info);
    if (info.complete) {
        sign = (info.flags & NTLMSSP_NEGOTIATE_SIGN) && !info.anonymous;
        seal = (info.flags & NTLMSSP_NEGOTIATE_SEAL) && !info.anonymous;
    }
    return (sign ? ISC_RET_INTEGRITY | ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT : 0) |
           (seal ? ISC_RET_CONFIDENTIALITY : 0) |
           (info.complete && info.anonymous ? ISC_RET_NULL_SESSION : 0);
}

static ULONG server_protection(ULONG client)
{
    return (client & ISC_RET_INTEGRITY ? ASC_RET_INTEGRITY : 0) |
           (client & ISC_RET_REPLAY_DETECT ? ASC_RET_REPLAY_DETECT | ASC_RET_SEQUENCE_DETECT : 0) |
           (client & ISC_RET_CONFIDENTIALITY ? ASC_RET_CONFIDENTIALITY : 0) |
           (client & ISC_RET_NULL_SESSION ? ASC_RET_NULL_SESSION : 0);
}

ULONG context_attributes(const struct context *c, ULONG request)
{
    ULONG agreed = protection(c, request);
    if (c->inbound)
        return server_protection(agreed) |
               one_kind(asked_for(server_pairs, ARRAYSIZE(server_pairs), request));
    return agreed | one_kind(asked_for(client_pairs, ARRAYSIZE(client_pairs), request));
}
