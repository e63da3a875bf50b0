/* The logins that peers took part in (../unit/ntlm_recorded.h, ntlm_v1_recorded.h) as lists, and
 * the still world in which they were recorded: in it an engine of ours answers as it did then. */
#ifndef TESTS_FUZZ_NTLM_RECORDED_H
#define TESTS_FUZZ_NTLM_RECORDED_H

#include <string.h>
#include "fuzz.h"
#include "ntlm/ntlm.h"
#include "../unit/ntlm_recorded.h"
#include "../unit/ntlm_v1_recorded.h"

struct recorded {
    enum ntlm_level level;
    bool strong; /* recorded with signing and sealing at 128 bits */
    uint64_t now;
    const char *negotiate, *challenge, *authenticate, *key;
    const char *sealed[2], *is_signed; /* by the peer; NULL: not recorded */
};

#define RECORDED(P) P##_NEGOTIATE, P##_CHALLENGE, P##_AUTHENTICATE, P##_SESSION_KEY
#define BOTH(P)     {P##_PEER_SEALED_1, P##_PEER_SEALED_2}, P##_PEER_SIGNED
#define ONE(P)      {P##_SEALED_1, P##_SEALED_2}, P##_SIGNED

/* The peer is the client, we are the server. */
static const struct recorded their_clients[] = {
        {NTLM_LEVEL_5, true, PEER_NOW, RECORDED(THEIR_CLIENT), BOTH(THEIR_CLIENT)},
        {NTLM_LEVEL_5, false, PEER_NOW, RECORDED(CURL), {NULL}, NULL},
        {NTLM_LEVEL_0, true, V1_NOW, RECORDED(THEIR_CLIENT_L0), ONE(THEIR_CLIENT_L0)},
        {NTLM_LEVEL_1, true, V1_NOW, RECORDED(THEIR_CLIENT_L1), BOTH(THEIR_CLIENT_L1)},
        {NTLM_LEVEL_2, true, V1_NOW, RECORDED(THEIR_CLIENT_L2), BOTH(THEIR_CLIENT_L2)},
        {NTLM_LEVEL_1, true, V1_NOW, RECORDED(THEIR_CLIENT_L1_PLAIN), ONE(THEIR_CLIENT_L1_PLAIN)},
        {NTLM_LEVEL_2, true, V1_NOW, RECORDED(THEIR_CLIENT_L2_PLAIN), ONE(THEIR_CLIENT_L2_PLAIN)},
        {NTLM_LEVEL_2, true, V1_NOW, RECORDED(THEIR_CLIENT_L2_56), BOTH(THEIR_CLIENT_L2_56)},
        {NTLM_LEVEL_2, true, V1_NOW, RECORDED(THEIR_CLIENT_L2_40), BOTH(THEIR_CLIENT_L2_40)},
};

static const struct recorded their_servers[] = {
        {NTLM_LEVEL_5, true, PEER_NOW, RECORDED(THEIR_SERVER), BOTH(THEIR_SERVER)},
        {NTLM_LEVEL_0, true, V1_NOW, RECORDED(THEIR_SERVER_L0), {NULL}, NULL},
        {NTLM_LEVEL_1, true, V1_NOW, RECORDED(THEIR_SERVER_L1), BOTH(THEIR_SERVER_L1)},
        {NTLM_LEVEL_2, true, V1_NOW, RECORDED(THEIR_SERVER_L2), BOTH(THEIR_SERVER_L2)},
        {NTLM_LEVEL_1, true, V1_NOW, RECORDED(THEIR_SERVER_L1_PLAIN), {NULL}, NULL},
        {NTLM_LEVEL_2, true, V1_NOW, RECORDED(THEIR_SERVER_L2_PLAIN), {NULL}, NULL},
        {NTLM_LEVEL_2, true, V1_NOW, RECORDED(THEIR_SERVER_L2_56), BOTH(THEIR_SERVER_L2_56)},
        {NTLM_LEVEL_2, true, V1_NOW, RECORDED(THEIR_SERVER_L2_40), BOTH(THEIR_SERVER_L2_40)},
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* OUT, CAPACITY bytes, from HEX. */
static inline struct bytes from_hex(const char *hex, uint8_t *out, size_t capacity)
{
    size_t n = strlen(hex) / 2;

    FUZZ_HOLDS(n <= capacity);
    for (size_t i = 0; i < n; i++) {
        unsigned v;
        FUZZ_HOLDS(sscanf(hex + 2 * i, "%2x", &v) == 1);
        out[i] = (uint8_t)v;
    }
    return bytes_of(out, n);
}

/* One run on a seed; a target's fuzz_prepare sees to it that its seeds do what they are there for. */
static inline void run_seed(const char *hex)
{
    uint8_t room[4096];
    struct bytes in = from_hex(hex, room, sizeof room);

    FUZZ_HOLDS(!LLVMFuzzerTestOneInput(in.data, in.size));
}

/* As tests/interop/record_ntlm.py's. */
static inline enum status recorded_random(void *self, uint8_t *out, size_t size)
{
    (void)self;
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(0x20 + size + i);
    return ST_OK;
}

/* SELF: a uint64_t. */
static inline uint64_t recorded_now(void *self)
{
    return *(uint64_t *)self;
}

#define UTF16(s) bytes_of(u"" s, sizeof(u"" s) - 2)

/* The names of the recordings. */
#define RECORDED_NB_COMPUTER  UTF16("SRV")
#define RECORDED_NB_DOMAIN    UTF16("DOM")
#define RECORDED_DNS_COMPUTER UTF16("srv.dom.example")
#define RECORDED_DNS_DOMAIN   UTF16("dom.example")
#define RECORDED_WORKSTATION  UTF16("WS")
#define RECORDED_TARGET       UTF16("TERMSRV/srv.dom.example")
#define RECORDED_BINDINGS     PEER_BINDINGS

#endif
