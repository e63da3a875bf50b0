/* CertificateRequest: the first byte chooses the version. */
#include <string.h>
#include "fuzz.h"
#include "tls/internal.h"

#define ROOT "30173115301306035504030c0c696e7465726f7020726f6f74"

static const char *const list[] = {"020301024000040403080400" "1b0019" ROOT,
        "0102014000" "1b0019" ROOT, "03000029" "000d000400020403" "002f001d001b0019" ROOT,
        "0302aabb0023" "002f001f001d0019" ROOT "0000", NULL};
const char *const *fuzz_seeds = list;

void fuzz_prepare(void)
{
}

static void check(struct bytes message, const struct request *q)
{
    size_t sum = 0;
    FUZZ_HOLDS(q->count <= REQUEST_ISSUERS_MAX);
    for (size_t i = 0; i < q->count; i++) {
        struct bytes name = q->issuers[i];
        sum += 2 + name.size;
        if (!name.size)
            continue; /* points nowhere */
        FUZZ_HOLDS(name.data >= message.data && name.size <= message.size);
        FUZZ_HOLDS(name.data + name.size <= message.data + message.size);
    }
    FUZZ_HOLDS(sum <= message.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const gnutls_protocol_t versions[] = {
            GNUTLS_TLS1_0, GNUTLS_TLS1_1, GNUTLS_TLS1_2, GNUTLS_TLS1_3};
    static struct request q;
    if (!size)
        return 0;
    memset(&q, 0, sizeof q);
    struct bytes message = bytes_of(data + 1, size - 1);
    if (request_read(versions[data[0] % 4], message, &q))
        check(message, &q);
    return 0;
}
