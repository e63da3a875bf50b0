/* DER: a walk over whatever nests, within the input and ended by its size. */
#include "fuzz.h"
#include "base/der.h"

static const char *const list[] = {"3009020101a20404020102", "30820004a0020500", "3080020101",
        "0284ffffffff01", "a0030201ff", "0a0100", "02050080000000", "0e0130", NULL};
const char *const *fuzz_seeds = list;

void fuzz_prepare(void)
{
}

/* Every TLV read takes at least two bytes, so the depth is bounded by the input; 64 is enough to
 * see it. */
static void walk(struct reader r, unsigned depth)
{
    while (reader_ok(&r) && reader_left(&r) && depth) {
        size_t before = reader_left(&r);
        struct reader copy = r, number = r;
        uint8_t tag = 0;
        struct bytes whole = der_get_any(&r, &tag);
        if (!reader_ok(&r))
            break;
        FUZZ_HOLDS(
                whole.size >= 2 && whole.size <= before && reader_left(&r) == before - whole.size);
        der_get_u32(&number, tag);
        number = copy;
        der_get_bits32(&number, tag);
        walk(der_enter(&copy, tag), depth - 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    walk(reader_on(bytes_of(data, size)), 64);
    return 0;
}
