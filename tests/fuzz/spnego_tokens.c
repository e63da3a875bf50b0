/* SPNEGO's tokens: what is read lies inside the input, and written it reads the same again. */
#include "fuzz.h"
#include <string.h>
#include "../unit/spnego_blob.h"
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

static bool inside(struct bytes part, struct bytes all)
{
    return !part.size || (part.data >= all.data && part.size <= all.size &&
                                 (size_t)(part.data - all.data) <= all.size - part.size);
}

static void init(struct bytes in)
{
    struct neg_token_init m, again;
    struct blob out = {0};

    if (neg_token_init_read(in, &m) != ST_OK)
        return;
    FUZZ_HOLDS(inside(m.mech_types, in) && inside(m.mech_token, in) && inside(m.mech_list_mic, in));
    FUZZ_HOLDS(init_to_blob(&m, &out) == ST_OK);
    FUZZ_HOLDS(neg_token_init_read(blob_view(&out), &again) == ST_OK);
    FUZZ_HOLDS(bytes_equal(m.mech_types, again.mech_types));
    FUZZ_HOLDS(bytes_equal(m.mech_token, again.mech_token));
    FUZZ_HOLDS(bytes_equal(m.mech_list_mic, again.mech_list_mic));
    blob_free(&out);
}

static void init2(struct bytes in)
{
    struct neg_token_init2 m, again;
    struct blob out = {0};

    if (neg_token_init2_read(in, &m) != ST_OK)
        return;
    FUZZ_HOLDS(inside(m.mech_types, in) && inside(m.mech_token, in) && inside(m.mech_list_mic, in));
    FUZZ_HOLDS(init2_to_blob(&m, &out) == ST_OK);
    FUZZ_HOLDS(neg_token_init2_read(blob_view(&out), &again) == ST_OK);
    FUZZ_HOLDS(bytes_equal(m.mech_types, again.mech_types));
    FUZZ_HOLDS(bytes_equal(m.mech_token, again.mech_token));
    blob_free(&out);
}

static void resp(struct bytes in)
{
    struct neg_token_resp m, again;
    struct blob out = {0};

    if (neg_token_resp_read(in, &m) != ST_OK)
        return;
    FUZZ_HOLDS(inside(m.supported_mech, in) && inside(m.response_token, in));
    FUZZ_HOLDS(inside(m.mech_list_mic, in));
    FUZZ_HOLDS(resp_to_blob(&m, &out) == ST_OK);
    FUZZ_HOLDS(neg_token_resp_read(blob_view(&out), &again) == ST_OK);
    FUZZ_HOLDS(bytes_equal(m.supported_mech, again.supported_mech));
    FUZZ_HOLDS(bytes_equal(m.response_token, again.response_token));
    FUZZ_HOLDS(bytes_equal(m.mech_list_mic, again.mech_list_mic));
    FUZZ_HOLDS(m.neg_state == again.neg_state);
    blob_free(&out);
}

static void framing(struct bytes in)
{
    struct bytes oid;
    struct reader r = gss_framing_open(in, &oid);

    if (reader_ok(&r))
        FUZZ_HOLDS(inside(oid, in) && inside(reader_rest(&r), in));
    r = mech_type_list_open(in);
    while (reader_left(&r))
        FUZZ_HOLDS(inside(der_get(&r, DER_OID), in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);

    init(in);
    init2(in);
    resp(in);
    framing(in);
    return 0;
}
