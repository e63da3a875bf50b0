/* RDP's first exchange: which security protocol. [MS-RDPBCGR] 2.2.1.1, 2.2.1.2
 *
 *   TPKT         03 00 length(2, big-endian)
 *   X.224        LI, CR E0 or CC D0, destination(2), source(2), class
 *   client       a routing token or "Cookie: mstshash=NAME", ended by CR LF, or nothing
 *   RDP_NEG      type(1), flags(1), length(2, little-endian) = 8, protocols or failure code(4)
 *   client       rdpCorrelationInfo of 36 bytes, if the flags say so
 */
#include "nlaserver.h"

enum { REQUEST_MAX = 512, HEAD = 11, NEG = 8, CORRELATION = 36, CR = 0xE0 };
enum { TYPE_REQ = 1, TYPE_RSP = 2, TYPE_FAILURE = 3 };
enum { RESTRICTED_ADMIN_MODE_REQUIRED = 1, CORRELATION_INFO_PRESENT = 8 };
enum { EXTENDED_CLIENT_DATA_SUPPORTED = 1, RESTRICTED_ADMIN_MODE_SUPPORTED = 8 };
enum { HYBRID_REQUIRED_BY_SERVER = 5 };

/* The bytes of the line at the start of DATA, its CR LF included; 0: none, or no end. */
static DWORD line_size(const uint8_t *data, DWORD size)
{
    if (!size || data[0] == TYPE_REQ)
        return 0;
    for (DWORD i = 1; i < size; i++)
        if (data[i - 1] == '\r' && data[i] == '\n')
            return i + 1;
    return 0;
}

/* A Connection Confirm with RDP_NEG_RSP or RDP_NEG_FAILURE. */
static BOOL confirm(struct stream *s, uint8_t type, uint8_t flags, DWORD value)
{
    const uint8_t answer[] = {0x03, 0x00, 0x00, HEAD + NEG, HEAD + NEG - 5, 0xD0, 0x00, 0x00, 0x12,
            0x34, 0x00, type, flags, NEG, 0x00, (uint8_t)value, 0x00, 0x00, 0x00};

    return stream_send(s, answer, sizeof answer);
}

/* RDP_NEG_REQ and what follows it, SIZE bytes in all. */
static const char *choose(struct stream *s, const struct settings *settings, const uint8_t *neg,
        DWORD size, struct negotiated *out)
{
    if (!size)
        return "it has no RDP_NEG_REQ: a client without NLA";
    DWORD whole = NEG + (size > 1 && neg[1] & CORRELATION_INFO_PRESENT ? CORRELATION : 0);
    if (size != whole || neg[0] != TYPE_REQ || neg[2] != NEG || neg[3])
        return "its RDP_NEG_REQ is malformed";
    if (!(neg[4] & PROTOCOL_HYBRID)) {
        confirm(s, TYPE_FAILURE, 0, HYBRID_REQUIRED_BY_SERVER);
        return "it does not offer PROTOCOL_HYBRID";
    }
    out->restricted_admin = settings->restricted_admin && neg[1] & RESTRICTED_ADMIN_MODE_REQUIRED;
    out->protocol = settings->early_authorization && neg[4] & PROTOCOL_HYBRID_EX
                            ? PROTOCOL_HYBRID_EX
                            : PROTOCOL_HYBRID;
    uint8_t flags = EXTENDED_CLIENT_DATA_SUPPORTED |
                    (settings->restricted_admin ? RESTRICTED_ADMIN_MODE_SUPPORTED : 0);
    return confirm(s, TYPE_RSP, flags, out->protocol) ? NULL : "the client has gone";
}

const char *x224_negotiate(
        struct stream *s, const struct settings *settings, struct negotiated *out)
{
    if (!stream_need(s, 4))
        return "it is no TPKT";
    const uint8_t *b = s->buffer;
    DWORD size = (DWORD)b[2] << 8 | b[3];
    if (b[0] != 3 || size < HEAD || size > REQUEST_MAX)
        return "it is no TPKT";
    if (!stream_need(s, size) || b[4] != size - 5 || b[5] != CR)
        return "it is no X.224 Connection Request";
    DWORD at = HEAD + line_size(b + HEAD, size - HEAD);
    const char *wrong = choose(s, settings, b + at, size - at, out);
    stream_drop(s, size);
    return wrong;
}
