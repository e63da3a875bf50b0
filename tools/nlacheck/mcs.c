/* MCS Connect-Initial with a GCC Conference Create Request, and the server's Connect-Response: the
 * first thing that a server answers only to a client it has let in. [MS-RDPBCGR] 2.2.1.3
 * and 2.2.1.4, T.125, T.124. The values are those of the specification's example (4.1.3), with no
 * channels and a neutral client name. */
#include "nlacheck.h"

enum {
    CORE_SIZE = 216,
    SECURITY_SIZE = 12,
    NET_SIZE = 8,
    CLIENT_DATA = CORE_SIZE + SECURITY_SIZE + NET_SIZE
};

struct message {
    uint8_t data[600];
    DWORD size;
};

static void put(struct message *m, const void *data, DWORD size)
{
    memcpy(m->data + m->size, data, size); /* the sizes are constants that fit */
    m->size += size;
}

static void put_u16le(struct message *m, unsigned v)
{
    uint8_t b[2] = {(uint8_t)v, (uint8_t)(v >> 8)};
    put(m, b, 2);
}

static void put_u32le(struct message *m, ULONG v)
{
    put_u16le(m, v & 0xFFFF);
    put_u16le(m, v >> 16);
}

static void put_zeros(struct message *m, DWORD size)
{
    memset(m->data + m->size, 0, size);
    m->size += size;
}

/* TS_UD_CS_CORE, 2.2.1.3.2 */
static void put_core(struct message *m, ULONG protocol)
{
    static const WCHAR name[16] = L"nlacheck";

    put_u16le(m, 0xC001);
    put_u16le(m, CORE_SIZE);
    put_u32le(m, 0x00080004); /* RDP 5.0 and later */
    put_u16le(m, 1024);
    put_u16le(m, 768);
    put_u16le(m, 0xCA01); /* colorDepth: superseded below */
    put_u16le(m, 0xAA03); /* SASSequence */
    put_u32le(m, 0x0409); /* keyboard layout */
    put_u32le(m, 2600);   /* client build */
    put(m, name, sizeof name);
    put_u32le(m, 4);  /* keyboard type */
    put_u32le(m, 0);  /* subtype */
    put_u32le(m, 12); /* function keys */
    put_zeros(m, 64); /* imeFileName */
    put_u16le(m, 0xCA01);
    put_u16le(m, 1); /* clientProductId */
    put_u32le(m, 0); /* serialNumber */
    put_u16le(m, 24);
    put_u16le(m, 7);        /* supportedColorDepths */
    put_u16le(m, 1);        /* earlyCapabilityFlags: RNS_UD_CS_SUPPORT_ERRINFO_PDU */
    put_zeros(m, 64);       /* clientDigProductId */
    put_u16le(m, 0);        /* connectionType, pad */
    put_u32le(m, protocol); /* serverSelectedProtocol */
}

static void put_client_data(struct message *m, ULONG protocol)
{
    put_core(m, protocol);
    put_u16le(m, 0xC002); /* TS_UD_CS_SEC, 2.2.1.3.3: no RDP encryption inside TLS */
    put_u16le(m, SECURITY_SIZE);
    put_zeros(m, 8);
    put_u16le(m, 0xC003); /* TS_UD_CS_NET, 2.2.1.3.4: no channels */
    put_u16le(m, NET_SIZE);
    put_u32le(m, 0);
}

/* T.125 DomainParameters thrice: target, minimum, maximum. */
static const uint8_t domain_parameters[] = {0x30, 0x19, 0x02, 0x01, 0x22, 0x02, 0x01, 0x02, 0x02,
        0x01, 0x00, 0x02, 0x01, 0x01, 0x02, 0x01, 0x00, 0x02, 0x01, 0x01, 0x02, 0x02, 0xFF, 0xFF,
        0x02, 0x01, 0x02, 0x30, 0x19, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x02,
        0x01, 0x01, 0x02, 0x01, 0x00, 0x02, 0x01, 0x01, 0x02, 0x02, 0x04, 0x20, 0x02, 0x01, 0x02,
        0x30, 0x1C, 0x02, 0x02, 0xFF, 0xFF, 0x02, 0x02, 0xFC, 0x17, 0x02, 0x02, 0xFF, 0xFF, 0x02,
        0x01, 0x01, 0x02, 0x01, 0x00, 0x02, 0x01, 0x01, 0x02, 0x02, 0xFF, 0xFF, 0x02, 0x01, 0x02};

static void build(struct message *m, ULONG protocol)
{
    /* Object identifier t124 with the length of what follows, then ConferenceCreateRequest with the
     * key "Duca". */
    enum {
        GCC_TAIL = 14 + CLIENT_DATA,
        GCC = 9 + GCC_TAIL,
        BODY = 9 + sizeof domain_parameters + 4 + GCC
    };
    const uint8_t tpkt[] = {
            0x03, 0x00, (BODY + 5 + 7) >> 8, (BODY + 5 + 7) & 0xFF, 0x02, 0xF0, 0x80};
    const uint8_t connect_initial[] = {0x7F, 0x65, 0x82, BODY >> 8, BODY & 0xFF, 0x04, 0x01, 0x01,
            0x04, 0x01, 0x01, 0x01, 0x01, 0xFF};
    const uint8_t user_data[] = {0x04, 0x82, GCC >> 8, GCC & 0xFF};
    const uint8_t gcc[] = {0x00, 0x05, 0x00, 0x14, 0x7C, 0x00, 0x01, 0x80 | GCC_TAIL >> 8,
            GCC_TAIL & 0xFF, 0x00, 0x08, 0x00, 0x10, 0x00, 0x01, 0xC0, 0x00, 'D', 'u', 'c', 'a',
            0x80 | CLIENT_DATA >> 8, CLIENT_DATA & 0xFF};

    m->size = 0;
    put(m, tpkt, sizeof tpkt);
    put(m, connect_initial, sizeof connect_initial);
    put(m, domain_parameters, sizeof domain_parameters);
    put(m, user_data, sizeof user_data);
    put(m, gcc, sizeof gcc);
    put_client_data(m, protocol);
}

/* TPKT, X.224 Data, 7F 66 length, then result ENUMERATED: 0 is rt-successful. */
static int judge(const uint8_t *answer, DWORD size)
{
    DWORD at = 9;

    if (size < 12 || answer[4] != 0x02 || answer[5] != 0xF0 || answer[7] != 0x7F ||
            answer[8] != 0x66)
        return trouble(L"the answer to MCS Connect-Initial is not a Connect-Response");
    at += answer[at] & 0x80 ? 1 + (answer[at] & 0x7F) : 1;
    if (at + 3 > size || answer[at] != 0x0A || answer[at + 1] != 1)
        return trouble(L"the MCS Connect-Response has no result");
    if (answer[at + 2])
        return trouble(L"the server refuses the MCS connection: result %u", answer[at + 2]);
    step(L"session", L"MCS Connect-Response: rt-successful");
    return 0;
}

int mcs_connect(struct login *l, struct peer *p, ULONG protocol)
{
    struct message m;
    uint8_t answer[4096];
    DWORD size = 0, whole = 4;

    build(&m, protocol);
    int result = stream_send(l, p, m.data, m.size);
    while (!result && size < whole) {
        result = stream_receive(l, p, answer, sizeof answer, &size);
        if (!result && size >= 4)
            whole = (DWORD)answer[2] << 8 | answer[3];
        if (!result && size >= 4 && (answer[0] != 3 || whole < 12 || whole > sizeof answer))
            return trouble(L"the answer to MCS Connect-Initial is not a TPKT");
    }
    return result ? result : judge(answer, whole);
}
