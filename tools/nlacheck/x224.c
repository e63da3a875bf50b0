/* RDP's first exchange: which security protocol. [MS-RDPBCGR] 2.2.1.1, 2.2.1.2
 *
 *   TPKT     03 00 length(2, big-endian)
 *   X.224    LI, CR E0 or CC D0, destination(2), source(2), class
 *   RDP_NEG  type(1), flags(1), length(2, little-endian) = 8, protocols or failure code(4)
 */
#include "nlacheck.h"

enum { TYPE_RSP = 2, TYPE_FAILURE = 3, CC = 0xD0, ANSWER_MAX = 512 };
/* Flags of RDP_NEG_REQ and RDP_NEG_RSP, 2.2.1.1.1 and 2.2.1.2.1, by mode. */
static const struct {
    uint8_t required, supported;
    const WCHAR *name;
} modes[] = {[MODE_PASSWORD] = {0, 0, NULL},
        [MODE_RESTRICTED_ADMIN] = {0x01, 0x08, L"restricted admin mode"},
        [MODE_REMOTE_GUARD] = {0x02, 0x10, L"Remote Credential Guard"}};

static ULONG u32le(const uint8_t *p)
{
    return p[0] | (ULONG)p[1] << 8 | (ULONG)p[2] << 16 | (ULONG)p[3] << 24;
}

static const WCHAR *failure_name(ULONG code)
{
    static const WCHAR *const names[] = {L"?", L"SSL_REQUIRED_BY_SERVER",
            L"SSL_NOT_ALLOWED_BY_SERVER", L"SSL_CERT_NOT_ON_SERVER", L"INCONSISTENT_FLAGS",
            L"HYBRID_REQUIRED_BY_SERVER", L"SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER"};
    return names[code < ARRAYSIZE(names) ? code : 0];
}

static int judge(const uint8_t *neg, enum mode mode, ULONG *protocol)
{
    ULONG value = u32le(neg + 4);

    if (neg[0] == TYPE_FAILURE)
        return trouble(L"the server refuses to negotiate: failure code %lu, %ls", value,
                failure_name(value));
    if (neg[0] != TYPE_RSP)
        return trouble(L"the server's negotiation answer has type %u, not 2 or 3", neg[0]);
    if (value != PROTOCOL_HYBRID && value != PROTOCOL_HYBRID_EX)
        return trouble(L"the server chose protocol %lu: it does not do NLA", value);
    if ((neg[1] & modes[mode].supported) != modes[mode].supported)
        return trouble(L"the server does not offer %ls", modes[mode].name);
    *protocol = value;
    step(L"protocol", value == PROTOCOL_HYBRID_EX
                              ? L"PROTOCOL_HYBRID_EX (NLA, with early user authorization)"
                              : L"PROTOCOL_HYBRID (NLA)");
    return 0;
}

int x224_negotiate(struct peer *p, enum mode mode, ULONG *protocol)
{
    const uint8_t request[] = {0x03, 0x00, 0x00, 0x13, 0x0E, 0xE0, 0x00, 0x00, 0x00, 0x00, 0x00,
            0x01, modes[mode].required, 0x08, 0x00, PROTOCOL_SSL | PROTOCOL_HYBRID | PROTOCOL_HYBRID_EX, 0x00,
            0x00, 0x00};
    uint8_t head[4], answer[ANSWER_MAX];

    int result = peer_send(p, request, sizeof request);
    if (!result)
        result = peer_take(p, head, sizeof head);
    if (result)
        return result;
    DWORD size = (DWORD)head[2] << 8 | head[3];
    if (head[0] != 3 || size < 11 || size > ANSWER_MAX)
        return trouble(L"the answer is not RDP's");
    result = peer_take(p, answer, size - 4);
    if (result)
        return result;
    if (answer[1] != CC)
        return trouble(L"the answer is not an X.224 Connection Confirm");
    if (size < 19)
        return trouble(L"the server knows no security negotiation: it does not do NLA");
    return judge(answer + 7, mode, protocol);
}
