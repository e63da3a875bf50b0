/* SPNEGO's tokens and both engines: one mutated token after the other into a client and a server. A
 * mechanism that signs nothing valid must never see the negotiation complete with a MIC it did not
 * make. */
#include "fuzz.h"
#include <string.h>
#include "base/reader.h"
#include "spnego/neg_token.h"
#include "spnego/spnego.h"
#include "../unit/spnego_vectors.h"

static const char *list[40];
const char *const *fuzz_seeds = list;

void fuzz_prepare(void)
{
    const char *const *const recorded[] = {recorded_sign_seal, recorded_plain, recorded_mit,
            recorded_sign_seal_mech, recorded_plain_mech, recorded_mit_mech,
            recorded_sign_seal_mics, recorded_plain_mics, recorded_mit_mics, recorded_mech_types};
    size_t n = 0;
    for (size_t i = 0; i < sizeof recorded / sizeof *recorded; i++)
        for (size_t j = 0; recorded[i][j] && n < 39; j++)
            list[n++] = recorded[i][j];
}

/* Two legs each way, then complete; every MIC is wrong. */
static enum status step(void *self, struct bytes in, struct blob *out)
{
    int *legs = self;
    (void)in;
    if (blob_set(out, BYTES_LITERAL("NTLMSSP\0fuzz")) != ST_OK)
        return ST_NO_MEMORY;
    return ++*legs >= 2 ? ST_OK : ST_CONTINUE;
}

static bool wanted(void *self)
{
    (void)self;
    return true;
}

static enum status get_mic(void *self, struct bytes data, struct blob *mic)
{
    (void)self;
    (void)data;
    return blob_set(mic, BYTES_LITERAL("0123456789abcdef"));
}

static enum status verify_mic(void *self, struct bytes data, struct bytes mic)
{
    (void)self;
    (void)data;
    (void)mic;
    return ST_BAD_SIGNATURE;
}

static void tokens(struct bytes in)
{
    struct neg_token_init init;
    struct neg_token_init2 init2;
    struct neg_token_resp resp, again;
    struct blob out = {0};

    if (neg_token_init_read(in, &init) == ST_OK)
        FUZZ_HOLDS(neg_token_init_write(&init, &out) == ST_OK);
    if (neg_token_init2_read(in, &init2) == ST_OK)
        FUZZ_HOLDS(neg_token_init2_write(&init2, &out) == ST_OK);
    if (neg_token_resp_read(in, &resp) == ST_OK) {
        FUZZ_HOLDS(neg_token_resp_write(&resp, &out) == ST_OK);
        FUZZ_HOLDS(neg_token_resp_read(blob_view(&out), &again) == ST_OK);
        FUZZ_HOLDS(bytes_equal(resp.response_token, again.response_token));
        FUZZ_HOLDS(resp.neg_state == again.neg_state);
    }
    blob_free(&out);
}

/* The input is two tokens: the first byte says where the second begins. */
static void engine(struct spnego_context *c, struct bytes in, bool client)
{
    struct blob out = {0};
    struct reader r = reader_on(in);
    size_t first = (size_t)reader_u8(&r) * 4;
    enum status s = client ? spnego_step(c, bytes_of(NULL, 0), &out) : ST_OK;

    if (first > reader_left(&r))
        first = reader_left(&r);
    if (!status_failed(s))
        s = spnego_step(c, reader_bytes(&r, first), &out);
    if (s == ST_CONTINUE)
        s = spnego_step(c, reader_rest(&r), &out);
    /* Complete without a MIC only when raw: then there is no list to protect. */
    if (s == ST_OK)
        FUZZ_HOLDS(spnego_progress(c) == SPNEGO_DIRECT || spnego_progress(c) == SPNEGO_COMPLETE);
    if (status_failed(s))
        FUZZ_HOLDS(status_failed(spnego_step(c, in, &out)));
    blob_free(&out);
    spnego_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int legs[2] = {0, 0};
    struct spnego_mech mech = {.oid = spnego_oid_ntlm,
            .name = "NTLM",
            .self = &legs[0],
            .step = step,
            .mic_wanted = wanted,
            .get_mic = get_mic,
            .verify_mic = verify_mic};
    struct spnego_context *c;

    tokens(bytes_of(data, size));
    FUZZ_HOLDS(spnego_client_new(&mech, 1, false, &c) == ST_OK);
    engine(c, bytes_of(data, size), true);
    mech.self = &legs[1];
    FUZZ_HOLDS(spnego_server_new(&mech, 1, &c) == ST_OK);
    engine(c, bytes_of(data, size), false);
    return 0;
}
