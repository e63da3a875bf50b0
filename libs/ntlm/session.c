#include "session.h"
#include <string.h>
#include "base/log.h"
#include "base/reader.h"
#include "crypto.h"
#include "keys.h"
#include "pass.h"
#include "session_v1.h"

/* Of extended session security; the other kind's is NTLM_V1_TAIL_SIZE, in the same room. */
enum { CHECKSUM_SIZE = NTLM_CHECKSUM_SIZE, SUM_ROOM = NTLM_V1_TAIL_SIZE };

/* What is sent when nothing was negotiated, and verifies (Wine's ntlm.c, test_Signature, on Windows). */
static const uint8_t dummy_signature[NTLM_SIGNATURE_SIZE] = {1};

static bool signs(const struct ntlm_session *s)
{
    return s->flags & (NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL);
}

static bool seals(const struct ntlm_session *s)
{
    return s->flags & NTLMSSP_NEGOTIATE_SEAL;
}

static bool extended(const struct ntlm_session *s)
{
    return s->flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY;
}

/* What messages of the peer count in: without extended session security what ours count in. */
static struct ntlm_stream *incoming(struct ntlm_session *s)
{
    return extended(s) ? &s->receive : &s->send;
}

static void set_seal_key(struct ntlm_stream *t)
{
    arcfour_set_key(&t->rc4, t->seal_key_size, t->seal_key);
    t->tails = 0;
}

/* A message of which RC4 had the signature, and what was SEALED. */
static void note_tail(struct ntlm_stream *t, bool sealed)
{
    t->tails = sealed || t->tails >= NTLM_TAILS_MANY ? NTLM_TAILS_MANY : t->tails + 1;
}

static void stream_init(struct ntlm_stream *t, uint32_t flags,
        const uint8_t session_key[NTLM_HASH_SIZE], enum ntlm_direction direction)
{
    uint8_t sign_key[NTLM_HASH_SIZE];

    ntlm_signkey(session_key, direction, sign_key);
    ntlm_mac_set_key(&t->mac, sign_key);
    wipe(sign_key, sizeof(sign_key));
    ntlm_sealkey(flags, session_key, direction, t->seal_key);
    t->seal_key_size = sizeof(t->seal_key);
    set_seal_key(t);
    t->sequence = 0;
}

static void stream_init_v1(
        struct ntlm_stream *t, uint32_t flags, const uint8_t session_key[NTLM_HASH_SIZE])
{
    t->seal_key_size = ntlm_sealkey_v1(flags, session_key, t->seal_key);
    set_seal_key(t);
    t->sequence = 0;
}

void ntlm_session_init(struct ntlm_session *s, uint32_t flags,
        const uint8_t session_key[NTLM_HASH_SIZE], bool is_server)
{
    s->flags = flags;
    if (!extended(s)) {
        stream_init_v1(&s->send, flags, session_key);
        return;
    }
    stream_init(&s->send, flags, session_key,
            is_server ? NTLM_SERVER_TO_CLIENT : NTLM_CLIENT_TO_SERVER);
    stream_init(&s->receive, flags, session_key,
            is_server ? NTLM_CLIENT_TO_SERVER : NTLM_SERVER_TO_CLIENT);
}

/* How much of the cipher's stream a signature takes. */
static size_t tail_size(const struct ntlm_session *s)
{
    if (!extended(s))
        return NTLM_V1_TAIL_SIZE;
    return s->flags & NTLMSSP_NEGOTIATE_KEY_EXCH ? CHECKSUM_SIZE : 0;
}

/* SPNEGO puts each direction back after one signature: a few steps back, where the key would take 256
 * forward. */
void ntlm_session_reset_cipher(struct ntlm_session *s, bool outgoing)
{
    struct ntlm_stream *t = outgoing ? &s->send : incoming(s);

    if (t->tails == NTLM_TAILS_MANY) {
        set_seal_key(t);
        return;
    }
    ntlm_rc4_rewind(&t->rc4, t->tails * tail_size(s));
    t->tails = 0;
}

static void put_u32le(uint8_t out[4], uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(v >> (8 * i));
}

static void protect(struct ntlm_session *s, const struct ntlm_part *parts, size_t count,
        bool encipher, uint8_t sum[SUM_ROOM])
{
    if (extended(s)) {
        ntlm_pass(&s->send, parts, count, encipher ? NTLM_ENCIPHER : NTLM_CLEAR, sum);
        return;
    }
    ntlm_v1_tail(s->send.sequence, parts, count, sum);
    if (encipher)
        ntlm_rc4_parts(&s->send.rc4, parts, count);
}

static void unprotect(struct ntlm_session *s, const struct ntlm_part *parts, size_t count,
        bool decipher, uint8_t sum[SUM_ROOM])
{
    struct ntlm_stream *t = incoming(s);

    if (extended(s)) {
        ntlm_pass(t, parts, count, decipher ? NTLM_DECIPHER : NTLM_CLEAR, sum);
        return;
    }
    if (decipher)
        ntlm_rc4_parts(&t->rc4, parts, count);
    ntlm_v1_tail(t->sequence, parts, count, sum);
}

/* RandomPad is encrypted like the rest and then sent as 0: so says the last step of 3.4.4.1 (the
 * example of 4.2.2.4 leaves it), and pyspnego 0.12 accepts nothing else. No receiver can make use
 * of it. */
static void put_signature_v1(
        struct ntlm_session *s, uint8_t sum[SUM_ROOM], uint8_t signature[NTLM_SIGNATURE_SIZE])
{
    put_u32le(signature, 1);
    arcfour_crypt(&s->send.rc4, NTLM_V1_TAIL_SIZE, signature + 4, sum);
    memset(signature + 4, 0, NTLM_V1_PAD_SIZE);
    s->send.sequence++;
}

/* Version, checksum (encrypted by RC4 if keys were exchanged), sequence number; counts up. */
static void put_signature(
        struct ntlm_session *s, uint8_t sum[SUM_ROOM], uint8_t signature[NTLM_SIGNATURE_SIZE])
{
    if (!extended(s)) {
        put_signature_v1(s, sum, signature);
        return;
    }
    put_u32le(signature, 1);
    if (s->flags & NTLMSSP_NEGOTIATE_KEY_EXCH)
        arcfour_crypt(&s->send.rc4, CHECKSUM_SIZE, sum, sum);
    memcpy(signature + 4, sum, CHECKSUM_SIZE);
    put_u32le(signature + 12, s->send.sequence++);
}

enum status ntlm_session_sign(struct ntlm_session *s, const struct ntlm_part *parts, size_t count,
        uint8_t signature[NTLM_SIGNATURE_SIZE])
{
    uint8_t sum[SUM_ROOM];

    if (!signs(s)) {
        memcpy(signature, dummy_signature, NTLM_SIGNATURE_SIZE);
        return ST_OK;
    }
    protect(s, parts, count, false, sum);
    put_signature(s, sum, signature);
    note_tail(&s->send, false);
    return ST_OK;
}

enum status ntlm_session_seal(struct ntlm_session *s, const struct ntlm_part *parts, size_t count,
        uint8_t signature[NTLM_SIGNATURE_SIZE])
{
    uint8_t sum[SUM_ROOM];

    if (!signs(s))
        return ST_UNSUPPORTED;
    protect(s, parts, count, seals(s), sum); /* with SIGN alone GSS_WrapEx only signs: 3.4.6 */
    put_signature(s, sum, signature);
    note_tail(&s->send, seals(s));
    return ST_OK;
}

struct signature {
    uint8_t sum[SUM_ROOM];
};

static enum status no_signature(void)
{
    log_warn("ntlm", "a message has no NTLM signature of 16 bytes, version 1; refused");
    return ST_BAD_SIGNATURE;
}

static uint32_t get_u32le(const uint8_t in[4])
{
    return in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

/* Reads SIGNATURE and looks at what is sent in clear: the version and, with extended session
 * security, the sequence number. */
static enum status get_signature(
        struct ntlm_session *s, struct bytes signature, struct signature *out)
{
    const struct ntlm_stream *t = incoming(s);
    struct reader r = reader_on(signature);
    uint8_t all[NTLM_SIGNATURE_SIZE];

    reader_copy(&r, all, sizeof(all));
    if (!reader_done(&r) || get_u32le(all) != 1)
        return no_signature();
    memcpy(out->sum, all + 4, sizeof(out->sum));
    if (extended(s) && get_u32le(all + 12) != t->sequence) {
        log_warn("ntlm", "message with sequence number %u, expected %u; refused",
                get_u32le(all + 12), t->sequence);
        return ST_OUT_OF_SEQUENCE;
    }
    return ST_OK;
}

/* SUM of the plaintext against GOT, with the cipher's state behind the parts. */
static enum status compare(
        struct ntlm_session *s, uint8_t sum[SUM_ROOM], const struct signature *got)
{
    struct ntlm_stream *t = incoming(s);
    uint8_t clear[NTLM_V1_TAIL_SIZE];

    if (!extended(s)) {
        arcfour_crypt(&t->rc4, sizeof(clear), clear, got->sum);
        return ntlm_v1_tail_check(clear, sum);
    }
    arcfour_crypt(&t->rc4, tail_size(s), sum, sum);
    if (secret_equal(bytes_of(sum, CHECKSUM_SIZE), bytes_of(got->sum, CHECKSUM_SIZE)))
        return ST_OK;
    log_warn("ntlm", "the signature of message %u does not verify; refused", t->sequence);
    return ST_BAD_SIGNATURE;
}

/* As if the message had never come: cipher and data (encrypted again) are what they were. The
 * cipher goes back step by step, so that good messages need no copy of its state. */
static void take_back(
        struct ntlm_session *s, const struct ntlm_part *parts, size_t count, bool deciphered)
{
    struct arcfour_ctx *rc4 = &incoming(s)->rc4;
    uint64_t size = 0;

    for (size_t i = 0; deciphered && i < count; i++)
        if (parts[i].encrypt)
            size += parts[i].size;
    ntlm_rc4_rewind(rc4, size + tail_size(s));
    if (!deciphered)
        return;
    ntlm_rc4_parts(rc4, parts, count);
    ntlm_rc4_rewind(rc4, size);
}

/* What VERIFY and UNSEAL have in common. */
static enum status receive(struct ntlm_session *s, const struct ntlm_part *parts, size_t count,
        struct bytes signature, bool decipher)
{
    struct signature got;
    uint8_t sum[SUM_ROOM];
    enum status status = get_signature(s, signature, &got);

    if (status != ST_OK)
        return status;
    unprotect(s, parts, count, decipher, sum);
    status = compare(s, sum, &got);
    wipe(sum, sizeof(sum));
    if (status != ST_OK) {
        take_back(s, parts, count, decipher);
        return status;
    }
    incoming(s)->sequence++;
    note_tail(incoming(s), decipher);
    return ST_OK;
}

static enum status verify_dummy(struct bytes signature)
{
    if (bytes_equal(signature, bytes_of(dummy_signature, sizeof(dummy_signature))))
        return ST_OK;
    log_warn("ntlm", "nothing was negotiated, but the peer's signature is not the dummy; refused");
    return ST_BAD_SIGNATURE;
}

enum status ntlm_session_verify(
        struct ntlm_session *s, const struct ntlm_part *parts, size_t count, struct bytes signature)
{
    return signs(s) ? receive(s, parts, count, signature, false) : verify_dummy(signature);
}

enum status ntlm_session_unseal(
        struct ntlm_session *s, const struct ntlm_part *parts, size_t count, struct bytes signature)
{
    return signs(s) ? receive(s, parts, count, signature, seals(s)) : ST_UNSUPPORTED;
}
