/* What a client sees of a server's plain handshake records before GnuTLS does (libs/tls/peek.c): the
 * input is a stream of records. What must hold: no more is kept than one message; the program is
 * asked once at most, and not about a message that stands unprotected behind a ServerHello of TLS
 * 1.3; a record in front of which the handshake stopped asks again in the same way. */
#include "fuzz.h"
#include "tls/internal.h"

static const char *const list[] = {
        /* ServerHello (1.2) and CertificateRequest with one authority, in one record */
        "1603030049"
        "02000026" "0303" "0000000000000000000000000000000000000000000000000000000000000000" "00" "c02f" "00"
        "0d00001b" "0101" "0002" "0403" "0013" "0011" "300f310d300b06035504030c04726f6f74",
        /* the same in pieces */
        "160303000a" "02000026030300000000"
        "1603030020" "0000000000000000000000000000000000000000000000000000000000c02f00"
        "1603030004" "0d000008" "1603030008" "0101000204030000",
        /* ServerHello (1.3), then a CertificateRequest that anybody can have written */
        "1603030032"
        "0200002e" "0303" "0000000000000000000000000000000000000000000000000000000000000000" "00" "1301" "00"
        "0006" "002b00020304"
        "160303000f" "0d00000b" "00" "0008" "000d0004" "00020403",
        "140303000101",
        "150303000202281603030004" "0e000000",
        NULL};
const char *const *fuzz_seeds = list;

static struct tls_config *config;

struct asked {
    unsigned times, refusals;
    size_t last;
};

static enum status choose(
        void *self, const struct bytes *issuers, size_t count, struct tls_config **chosen)
{
    struct asked *a = self;
    size_t sum = count;
    (void)chosen;
    FUZZ_HOLDS(count <= REQUEST_ISSUERS_MAX);
    for (size_t i = 0; i < count; i++)
        for (size_t n = 0; n < issuers[i].size; n++)
            sum += issuers[i].data[n]; /* the sanitizer sees a view that is not there */
    FUZZ_HOLDS(!a->times || sum == a->last);
    a->last = sum;
    return a->times++ < a->refusals ? ST_NEED_CERTIFICATE : ST_OK;
}

static void check(struct tls_session *s, const struct asked *a, enum status status)
{
    FUZZ_HOLDS(status == ST_OK || status == ST_NEED_CERTIFICATE);
    FUZZ_HOLDS(s->peeked.out.size <= 128 * 1024);
    FUZZ_HOLDS(a->times <= a->refusals + 1);
    if (a->times)
        FUZZ_HOLDS(s->peek_version != GNUTLS_TLS1_3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tls_session *s;
    struct reader r = reader_on(bytes_of(data, size));
    struct asked a = {.refusals = (unsigned)(size % 3)};
    FUZZ_HOLDS(tls_session_new(config, bytes_of(NULL, 0), &s) == ST_OK);
    tls_session_set_choose(s, choose, &a);
    session_enter(s, STATE_HANDSHAKE);
    for (;;) {
        size_t record, missing;
        struct reader ahead = r;
        if (transport_frame(reader_rest(&ahead), &record, &missing))
            break;
        struct bytes whole = reader_bytes(&r, record);
        enum status status;
        do {
            status = peek_record(s, whole);
            check(s, &a, status);
        } while (status == ST_NEED_CERTIFICATE);
    }
    tls_session_free(s);
    return 0;
}

void fuzz_prepare(void)
{
    FUZZ_HOLDS(tls_config_new(TLS_CLIENT, TLS_V1_2 | TLS_V1_3, &config) == ST_OK);
}
