/* Files with a certificate and its key, as people bring them to opensspi-cert: FILE, KEY_FILE and the
 * password, each with its size in front (sequence.h). The first byte's bit 0: no password was given. What
 * is taken is whole; the key's file, written from it, fits its certificate. */
#include "fuzz.h"
#include "sequence.h"
#include "tls/bundle.h"
#include "tls_recorded.h"
#include "unhex.h"

static const char *list[5];
const char *const *fuzz_seeds = list;
unsigned fuzz_cost = 4;
static size_t taken;

void fuzz_prepare(void)
{
    const char *const one[] = {RECORDED_PEM_KEY RECORDED_PEM_CHAIN, "", "", NULL};
    const char *const two[] = {RECORDED_PEM_CHAIN, RECORDED_PEM_KEY, "", NULL};
    const char *const pfx[] = {RECORDED_PFX, "", RECORDED_PASSWORD, NULL};
    const char *const der[] = {RECORDED_LEAF, RECORDED_PEM_KEY, "", NULL};
    list[0] = sequence_seed("01", one);
    list[1] = sequence_seed("01", two);
    list[2] = sequence_seed("00", pfx);
    list[3] = sequence_seed("01", der);
    for (size_t i = 0; list[i]; i++) {
        struct blob seed = unhex(list[i]);
        LLVMFuzzerTestOneInput(seed.data, seed.size);
        FUZZ_HOLDS(taken == i + 1);
        blob_free(&seed);
    }
}

static void check(const struct tls_bundle *bundle)
{
    FUZZ_HOLDS(bundle->count >= 1 && bundle->count <= BUNDLE_MAX && bundle->key.size && bundle->bits);
    FUZZ_HOLDS(bundle->algorithm[0] && !bundle->algorithm[sizeof bundle->algorithm - 1]);
    for (size_t i = 0; i < bundle->count; i++)
        FUZZ_HOLDS(bundle->certificates[i].size);
    FUZZ_HOLDS(tls_key_fits(blob_view(&bundle->key), blob_view(&bundle->certificates[0])) == ST_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tls_bundle bundle;
    struct reader r = reader_on(bytes_of(data, size));
    bool has_password = !(reader_u8(&r) & 1);
    struct bytes file = sequence_next(&r), key_file = sequence_next(&r), password = sequence_next(&r);
    /* The tool reads UTF-8 and nothing else; here it is ASCII. */
    uint8_t text[256];
    size_t length = password.size < sizeof text ? password.size : sizeof text;
    for (size_t i = 0; i < length; i++)
        text[i] = password.data[i] & 0x7F;
    password = has_password ? bytes_of(text, length) : bytes_of(NULL, 0);
    enum status status = tls_bundle_read(file, key_file, password, &bundle);
    if (status == ST_OK) {
        check(&bundle);
        taken++;
    } else
        FUZZ_HOLDS(status == ST_NO_CREDENTIALS || status == ST_NOT_FOUND || status == ST_UNSUPPORTED ||
                   status == ST_BAD_ARGUMENT);
    tls_bundle_free(&bundle);
    /* As a key file of the prefix, which anybody may have damaged. */
    static const uint8_t none[1];
    FUZZ_HOLDS(tls_key_fits(key_file.size ? key_file : file, bytes_of(none, 1)) != ST_OK);
    return 0;
}
