/* Signatures and sealed messages: settings (flags, side), then messages, half of them made by the
 * peer's own session and changed by what the input says. What is accepted is what the peer would
 * have sent, bit for bit; what is refused leaves data, counter and cipher as they were. */
#include "fuzz.h"
#include "ntlm/session.h"
#include "ntlm_recorded.h"
#include "sequence.h"

static const char *list[64];
const char *const *fuzz_seeds = list;

static const uint8_t key[NTLM_HASH_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/* Bits of the first settings byte. */
enum { SIGN = 1, SEAL = 2, EXTENDED = 4, KEY_EXCH = 8, BITS_128 = 16, BITS_56 = 32, LM_KEY = 64 };

static uint32_t flags_of(unsigned bits)
{
    return (bits & SIGN ? NTLMSSP_NEGOTIATE_SIGN : 0u) |
           (bits & SEAL ? NTLMSSP_NEGOTIATE_SEAL : 0u) |
           (bits & EXTENDED ? NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY : 0u) |
           (bits & KEY_EXCH ? NTLMSSP_NEGOTIATE_KEY_EXCH : 0u) |
           (bits & BITS_128 ? NTLMSSP_NEGOTIATE_128 : 0u) |
           (bits & BITS_56 ? NTLMSSP_NEGOTIATE_56 : 0u) |
           (bits & LM_KEY ? NTLMSSP_NEGOTIATE_LM_KEY : 0u);
}

void fuzz_prepare(void)
{
    /* Tokens: the plaintext of good messages; and the peers' messages, which are of other keys. */
    static const char *const good[] = {"0068656c6c6f", "00776f726c64", "00", "0161626364", NULL};
    static const char *const theirs[] = {"02" THEIR_CLIENT_PEER_SEALED_1, "0068656c6c6f",
            "02" THEIR_CLIENT_L0_SEALED_1, "02" THEIR_CLIENT_PEER_SIGNED, NULL};
    char settings[8];
    size_t n = 0;

    for (unsigned bits = 0; bits < 64; bits += 3) {
        snprintf(settings, sizeof settings, "%02x%02x", bits | SIGN | ((unsigned)n & 2),
                (unsigned)n & 1);
        list[n] = sequence_seed(settings, n % 2 ? good : theirs);
        n++;
    }
}

struct sealed {
    uint8_t signature[NTLM_SIGNATURE_SIZE];
    struct blob data;
};

/* What the peer sends for PLAIN; false: it would send nothing. */
static bool seal(struct ntlm_session *peer, bool sign_only, struct bytes plain, struct sealed *out)
{
    FUZZ_HOLDS(blob_set(&out->data, plain) == ST_OK);
    struct ntlm_part part = {out->data.data, out->data.size, !sign_only};
    enum status s = sign_only ? ntlm_session_sign(peer, &part, 1, out->signature)
                              : ntlm_session_seal(peer, &part, 1, out->signature);
    return s == ST_OK;
}

static enum status open_message(struct ntlm_session *s, bool sign_only, struct sealed *m)
{
    struct ntlm_part part = {m->data.data, m->data.size, !sign_only};
    struct bytes signature = bytes_of(m->signature, sizeof m->signature);

    return sign_only ? ntlm_session_verify(s, &part, 1, signature)
                     : ntlm_session_unseal(s, &part, 1, signature);
}

/* The input's own message: if it is taken, the peer's session makes the same of the plaintext. */
static void foreign(struct ntlm_session *s, const struct ntlm_session *peer, struct bytes token)
{
    struct ntlm_session before = *s, peer_then = *peer;
    struct sealed m = {.data = {0}}, want = {.data = {0}};
    struct reader r = reader_on(token);

    reader_copy(&r, m.signature, sizeof m.signature);
    if (reader_ok(&r)) {
        FUZZ_HOLDS(blob_set(&m.data, reader_rest(&r)) == ST_OK);
        enum status status = open_message(s, false, &m);
        if (status != ST_OK) {
            FUZZ_HOLDS(s->receive.sequence == before.receive.sequence);
            FUZZ_HOLDS(s->send.sequence == before.send.sequence);
            FUZZ_HOLDS(!memcmp(&s->receive.rc4, &before.receive.rc4, sizeof before.send.rc4));
            FUZZ_HOLDS(!memcmp(&s->send.rc4, &before.send.rc4, sizeof before.send.rc4));
            FUZZ_HOLDS(!m.data.size || !memcmp(m.data.data, token.data + 16, m.data.size));
        } else {
            FUZZ_HOLDS(seal(&peer_then, false, blob_view(&m.data), &want));
            FUZZ_HOLDS(!memcmp(want.data.data ? want.data.data : key,
                    token.data + 16, want.data.size));
            FUZZ_HOLDS(!memcmp(want.signature + 8, m.signature + 8, 8)); /* before: RandomPad */
            *s = before; /* or the peer's good messages would be behind */
        }
    }
    blob_free(&m.data);
    blob_free(&want.data);
}

/* A good one, once with a bit flipped, then as it is. */
static void good(struct ntlm_session *s, struct ntlm_session *peer, bool sign_only, struct bytes in)
{
    struct sealed m = {.data = {0}};
    struct reader r = reader_on(in);
    unsigned bit = (unsigned)in.size * 7 % 128;
    bool older = !(s->flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY);
    bool signs = s->flags & (NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL);

    if (seal(peer, sign_only, reader_rest(&r), &m)) {
        bool pad = older && signs && bit >= 32 && bit < 64; /* RandomPad counts for nothing */
        m.signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (!pad)
            FUZZ_HOLDS(open_message(s, sign_only, &m) != ST_OK);
        m.signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
        FUZZ_HOLDS(open_message(s, sign_only, &m) == ST_OK);
        FUZZ_HOLDS(bytes_equal(blob_view(&m.data), in));
    }
    blob_free(&m.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_on(bytes_of(data, size));
    uint32_t flags = flags_of(reader_u8(&r));
    bool server = reader_u8(&r) & 1;
    struct ntlm_session s = {0}, peer = {0};

    if (flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY)
        flags &= ~(uint32_t)NTLMSSP_NEGOTIATE_LM_KEY; /* excludes it: 2.2.2.5 */
    ntlm_session_init(&s, flags, key, server);
    ntlm_session_init(&peer, flags, key, !server);
    while (reader_left(&r)) {
        struct reader token = reader_on(sequence_next(&r));
        unsigned kind = reader_u8(&token);
        struct bytes body = reader_rest(&token);
        if (kind & 2)
            foreign(&s, &peer, body);
        else
            good(&s, &peer, kind & 1, body);
        if (kind == 4) {
            ntlm_session_reset_cipher(&s, false);
            ntlm_session_reset_cipher(&peer, true);
        }
    }
    return 0;
}
