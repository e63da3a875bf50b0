/* Exported contexts: the bytes that ImportSecurityContext is given. The first byte says whether the
 * checksum is mended, as whoever makes such bytes up would; without that no mutant comes further than
 * it. What is imported says again what it was made of, byte for byte, and can be used; what is
 * refused leaves nothing behind. */
#include "fuzz.h"
#include <string.h>
#include "ntlm/context.h"
#include "ntlm/crypto.h"
#include "ntlm/export.h"

enum { HEAD = 36, KEY_AT = 20, TRAITS_AT = 12, TRAIT_RESET = 8, SEEDS = 24 };

static const char *list[SEEDS + 1];
const char *const *fuzz_seeds = list;

static const uint8_t key[NTLM_HASH_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/* MENDED and the bytes, in hex. */
static const char *seed_of(bool mended, struct bytes packed)
{
    char *hex = malloc(2 * packed.size + 3);

    snprintf(hex, 3, "%02x", mended);
    for (size_t i = 0; i < packed.size; i++)
        snprintf(hex + 2 + 2 * i, 3, "%02x", packed.data[i]);
    return hex;
}

static void name(struct blob *to, struct bytes text)
{
    FUZZ_HOLDS(ntlm_copy_name(to, text) == ST_OK);
}

#define U(s) bytes_of(u"" s, sizeof(u"" s) - 2)

/* A complete context as after a login with FLAGS, one message sent. */
static struct ntlm_context *context_of(uint32_t flags, bool server)
{
    struct ntlm_context *c = mem_alloc(sizeof *c);
    uint8_t text[5] = "hello", signature[NTLM_SIGNATURE_SIZE];
    struct ntlm_part part = {text, sizeof text, true};

    FUZZ_HOLDS(c);
    c->state = NTLM_COMPLETE;
    c->flags = flags;
    c->is_server = server;
    c->mic_used = flags & NTLMSSP_NEGOTIATE_128;
    memcpy(c->session_key, key, sizeof key);
    ntlm_session_init(&c->session, flags, key, server);
    name(&c->user, U("alice"));
    name(&c->domain, U("DOM"));
    name(&c->workstation, U("WS"));
    name(&c->target_name, U("TERMSRV/srv"));
    name(&c->server_name, U("SRV"));
    if (flags & (NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL))
        FUZZ_HOLDS(ntlm_seal(c, &part, 1, signature) == ST_OK);
    return c;
}

void fuzz_prepare(void)
{
    static const uint32_t flags[] = {0, NTLMSSP_NEGOTIATE_SIGN,
            NTLMSSP_NEGOTIATE_SEAL | NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY |
                    NTLMSSP_NEGOTIATE_128 | NTLMSSP_NEGOTIATE_KEY_EXCH,
            NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY |
                    NTLMSSP_NEGOTIATE_56,
            NTLMSSP_NEGOTIATE_SEAL | NTLMSSP_NEGOTIATE_LM_KEY | NTLMSSP_NEGOTIATE_56,
            NTLMSSP_NEGOTIATE_SEAL | NTLMSSP_NEGOTIATE_DATAGRAM | NTLMSSP_NEGOTIATE_KEY_EXCH |
                    NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | NTLMSSP_NEGOTIATE_128};

    for (unsigned i = 0; i < SEEDS; i++) {
        struct ntlm_context *c = context_of(flags[i / 4], i & 1);
        struct blob packed = {0};
        bool reset = i & 2;

        FUZZ_HOLDS(ntlm_export(c, reset, BYTES_LITERAL("what the edge keeps"), &packed) == ST_OK);
        list[i] = seed_of(i % 4 != 3, blob_view(&packed));
        blob_free(&packed);
        ntlm_free(c);
    }
}

/* The checksum that PACKED should have: see the drawing in libs/ntlm/export.c. */
static bool checksum_of(struct bytes packed, uint8_t sum[NTLM_HASH_SIZE])
{
    if (packed.size < HEAD + NTLM_HASH_SIZE)
        return false;
    ntlm_hmac_md5(packed.data + KEY_AT, bytes_of(packed.data, packed.size - NTLM_HASH_SIZE),
            ntlm_none, ntlm_none, sum);
    return true;
}

static void says_the_same(const struct ntlm_context *c, struct bytes packed, struct bytes extra)
{
    struct blob again = {0};
    bool reset = packed.data[TRAITS_AT] & TRAIT_RESET;

    FUZZ_HOLDS(ntlm_export(c, reset, extra, &again) == ST_OK);
    FUZZ_HOLDS(bytes_equal(blob_view(&again), packed));
    blob_free(&again);
}

/* Of two made of the same bytes one seals what the other does; neither takes what nobody said. */
static void can_be_used(struct ntlm_context *c, struct ntlm_context *twin)
{
    uint8_t text[2][5] = {"hello", "hello"}, signature[2][NTLM_SIGNATURE_SIZE] = {{0}};
    struct ntlm_part part[2] = {{text[0], 5, true}, {text[1], 5, true}};
    struct ntlm_info info;
    enum status s;

    ntlm_query(c, &info);
    FUZZ_HOLDS(info.complete && info.session_key);
    s = ntlm_unseal(c, part, 1, bytes_of(signature[0], NTLM_SIGNATURE_SIZE));
    FUZZ_HOLDS(s != ST_OK && !memcmp(text[0], "hello", 5));
    s = ntlm_seal(c, &part[0], 1, signature[0]);
    FUZZ_HOLDS(ntlm_seal(twin, &part[1], 1, signature[1]) == s);
    FUZZ_HOLDS(!memcmp(text[0], text[1], 5) && !memcmp(signature[0], signature[1], 16));
    FUZZ_HOLDS(ntlm_sign(c, part, 1, signature[0]) == ST_OK);
    FUZZ_HOLDS(ntlm_reset_cipher(c, true) == ST_OK);
}

static void import(struct bytes packed)
{
    struct ntlm_context *c = NULL, *twin = NULL;
    struct bytes extra, same;
    uint8_t sum[NTLM_HASH_SIZE];
    enum status s = ntlm_import(packed, &extra, &c);

    if (s != ST_OK) {
        FUZZ_HOLDS(s == ST_BAD_TOKEN && !c && !extra.size);
        return;
    }
    FUZZ_HOLDS(checksum_of(packed, sum));
    FUZZ_HOLDS(!memcmp(sum, packed.data + packed.size - sizeof sum, sizeof sum));
    FUZZ_HOLDS(!extra.size || (extra.data >= packed.data &&
                                      extra.data + extra.size <= packed.data + packed.size));
    FUZZ_HOLDS(ntlm_import(packed, &same, &twin) == ST_OK);
    FUZZ_HOLDS(same.data == extra.data && same.size == extra.size);
    says_the_same(c, packed, extra);
    can_be_used(c, twin);
    ntlm_free(c);
    ntlm_free(twin);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t length = size ? size - 1 : 0;
    /* Exactly as large as it says, so that the sanitizer sees the first byte beyond. */
    uint8_t *packed = malloc(length ? length : 1), sum[NTLM_HASH_SIZE];

    if (length)
        memcpy(packed, data + 1, length);
    if (length && data[0] & 1 && checksum_of(bytes_of(packed, length), sum))
        memcpy(packed + length - sizeof sum, sum, sizeof sum);
    import(bytes_of(packed, length));
    free(packed);
    return 0;
}
