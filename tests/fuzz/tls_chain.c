/* A peer's certificates, each with its size in front (sequence.h), under an anchor that is always the
 * same: what is found good has the leaf as its issuer signed it. Each is also asked what else
 * libs/tls reads in a certificate. */
#include "base/der.h"
#include "fuzz.h"
#include "sequence.h"
#include "tls/tls.h"
#include "tls_recorded.h"
#include "unhex.h"

enum { TOKENS = 8 };

static const char *list[4];
const char *const *fuzz_seeds = list;
static struct blob root, leaf;
static bool accepted; /* one was found good: the seed, before all others */
unsigned fuzz_cost = 4;

void fuzz_prepare(void)
{
    const char *const whole[] = {RECORDED_LEAF, RECORDED_ISSUER, NULL}, *const wrong[] = {RECORDED_LEAF, NULL};
    const char *const three[] = {RECORDED_LEAF, RECORDED_ISSUER, RECORDED_ROOT, NULL};
    root = unhex(RECORDED_ROOT);
    leaf = unhex(RECORDED_LEAF);
    list[0] = sequence_seed("00", whole);
    list[1] = sequence_seed("01", wrong);
    list[2] = sequence_seed("00", three);
    struct blob seed = unhex(list[0]);
    LLVMFuzzerTestOneInput(seed.data, seed.size);
    FUZZ_HOLDS(accepted);
    blob_free(&seed);
}

/* What is signed of a certificate (RFC 5280 4.1): its first element. */
static struct bytes signed_part(struct bytes certificate)
{
    struct reader r = reader_on(certificate);
    struct reader inside = der_enter(&r, DER_SEQUENCE);
    return der_get_any(&inside, NULL);
}

static void read_one(struct bytes certificate)
{
    struct blob key = {0};
    if (tls_certificate_public_key(certificate, &key) == ST_OK)
        FUZZ_HOLDS(key.size > 0 && key.size <= certificate.size);
    blob_free(&key);
    (void)tls_must_staple(certificate);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_on(bytes_of(data, size));
    struct bytes chain[TOKENS + 1];
    unsigned faults, count = 0, kind = reader_u8(&r);
    while (reader_left(&r) && count < TOKENS) {
        chain[count++] = sequence_next(&r);
        read_one(chain[count - 1]);
    }
    if (!count)
        return 0;
    chain[count] = blob_view(&root);
    struct tls_chain_question q = {.now = RECORDED_AT, .host = BYTES_LITERAL(RECORDED_HOST)};
    if (kind & 1)
        q.now += 20 * 86400;
    enum status status = tls_chain_check(chain, count + 1, &q, &faults);
    FUZZ_HOLDS(status == ST_OK || status == ST_UNTRUSTED);
    bool good = status == ST_OK && !faults;
    accepted |= good;
    if (good)
        FUZZ_HOLDS(!(kind & 1) && bytes_equal(signed_part(chain[0]), signed_part(blob_view(&leaf))));
    return 0;
}
