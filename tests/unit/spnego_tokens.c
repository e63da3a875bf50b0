/* The messages of SPNEGO, RFC 4178 4.2 and [MS-SPNG] 2.2.1: good ones by hand and from captures,
 * each truncation and each flipped bit of each, wrong shapes, hostile sizes, no memory. */
#include "unit.h"
#include "spnego_blob.h"
#include "spnego_vectors.h"

/* By hand, as [MS-SPNG] 2.2.1 draws it: the hint of a server that knows NTLM only (74 bytes, the
 * size that Samba's clients report for it). */
static const char hint_ntlm[] =
        "6048 06062b0601050502 a03e 303c a00e 300c 060a2b06010401823702020a"
        "a32a 3028 a026 1b24 "
        "6e6f745f646566696e65645f696e5f5246433431373840706c656173655f69676e6f7265";
/* The hint of a Windows server with its five mechanisms ([MS-SPNG] 2.2.1, captures): NEGOEX, MS-KRB5, KRB5, U2U,
 * NTLM. */
static const char hint_windows[] =
        "6076 06062b0601050502 a06c 306a a03c 303a 060a2b06010401823702021e 06092a864882f712010202"
        "06092a864886f712010202 060a2a864886f71201020203 060a2b06010401823702020a"
        "a32a 3028 a026 1b24 "
        "6e6f745f646566696e65645f696e5f5246433431373840706c656173655f69676e6f7265";
/* Every field there is: reqFlags, hintAddress, mechListMIC [4]. */
static const char hint_all[] = "6039 06062b0601050502 a02f 302d a00d 300b 06092a864886f712010202"
                               "a104 03020640 a203 0401aa a30c 300a a003 1b0161 a103 0401bb"
                               "a403 0401cc";
/* RFC 4178 4.2.1 by hand: two mechanisms, reqFlags, token, MIC. */
static const char init_all[] = "6037 06062b0601050502 a02d 302b a019 3017 06092a864882f712010202"
                               "060a2b06010401823702020a a104 03020640 a203 0401aa a303 0401cc";
/* Captured from Windows Server 2025, after an AUTHENTICATE with MIC but without mechListMIC
 * (github.com/TheManticoreProject/Manticore issue 1198). */
static const char resp_windows_2025[] =
        "a11b3019a0030a0101a312041001000000 49c217f5398d246700000000";
/* RFC 4178 4.2.2 by hand: every field. */
static const char resp_all[] =
        "a120 301e a003 0a0103 a10b 06092a864886f712010202 a205 0403010203 a303 0401cc";
static const char resp_reject[] = "a107 3005 a003 0a0102";
static const char resp_empty[] = "a102 3000";

enum kind { INIT, INIT2, RESP };

static enum status read_any(enum kind kind, struct bytes in)
{
    struct neg_token_init init;
    struct neg_token_init2 init2;
    struct neg_token_resp resp;
    switch (kind) {
    case INIT:
        return neg_token_init_read(in, &init);
    case INIT2:
        return neg_token_init2_read(in, &init2);
    default:
        return neg_token_resp_read(in, &resp);
    }
}

static const struct {
    enum kind kind;
    const char *hex;
} good[] = {
        {INIT2, hint_ntlm},
        {INIT2, hint_windows},
        {INIT2, hint_all},
        {INIT, init_all},
        {RESP, resp_windows_2025},
        {RESP, resp_all},
        {RESP, resp_reject},
        {RESP, resp_empty},
};

static void test_hints(void)
{
    uint8_t buffer[256];
    struct neg_token_init2 got;
    struct bytes in = unit_unhex(hint_windows, buffer, sizeof(buffer));
    CHECK(in.size == 120);
    CHECK_STATUS(neg_token_init2_read(in, &got), ST_OK);
    CHECK_BYTES(got.hint_name, BYTES_LITERAL("not_defined_in_RFC4178@please_ignore"));
    const struct bytes oids[] = {spnego_oid_negoex, spnego_oid_ms_krb5, spnego_oid_krb5,
            spnego_oid_krb5_u2u, spnego_oid_ntlm};
    struct reader list = mech_type_list_open(got.mech_types);
    for (size_t i = 0; i < 5; i++)
        CHECK_BYTES(der_get(&list, DER_OID), oids[i]);
    CHECK(reader_done(&list));

    struct blob types = {0}, out = {0};
    CHECK_STATUS(list_to_blob(oids, 5, &types), ST_OK);
    CHECK_BYTES(blob_view(&types), got.mech_types);
    got.mech_types = blob_view(&types);
    CHECK_STATUS(init2_to_blob(&got, &out), ST_OK);
    CHECK_BYTES(blob_view(&out), in);
    blob_free(&types);
    blob_free(&out);

    CHECK_STATUS(neg_token_init2_read(unit_unhex(hint_all, buffer, sizeof(buffer)), &got), ST_OK);
    CHECK_BYTES(got.mech_token, BYTES_LITERAL("\xAA"));
    CHECK_BYTES(got.hint_name, BYTES_LITERAL("a"));
    CHECK_BYTES(got.mech_list_mic, BYTES_LITERAL("\xCC"));
}

static void test_init(void)
{
    uint8_t buffer[256];
    struct neg_token_init got;
    struct bytes in = unit_unhex(init_all, buffer, sizeof(buffer));
    CHECK_STATUS(neg_token_init_read(in, &got), ST_OK);
    CHECK(got.mech_types.size == 25 && got.mech_types.data == in.data + 16);
    CHECK_BYTES(got.mech_token, BYTES_LITERAL("\xAA"));
    CHECK_BYTES(got.mech_list_mic, BYTES_LITERAL("\xCC"));
}

static void test_resp(void)
{
    uint8_t buffer[256];
    struct neg_token_resp got;
    struct blob out = {0};
    struct bytes in = unit_unhex(resp_all, buffer, sizeof(buffer));
    CHECK_STATUS(neg_token_resp_read(in, &got), ST_OK);
    CHECK(got.neg_state == NEG_REQUEST_MIC);
    CHECK_BYTES(got.supported_mech, spnego_oid_krb5);
    CHECK_BYTES(got.response_token, BYTES_LITERAL("\1\2\3"));
    CHECK_BYTES(got.mech_list_mic, BYTES_LITERAL("\xCC"));
    CHECK_STATUS(resp_to_blob(&got, &out), ST_OK);
    CHECK_BYTES(blob_view(&out), in);

    in = unit_unhex(resp_windows_2025, buffer, sizeof(buffer));
    CHECK_STATUS(neg_token_resp_read(in, &got), ST_OK);
    CHECK(got.neg_state == NEG_ACCEPT_INCOMPLETE && !got.supported_mech.size);
    CHECK(!got.response_token.size && got.mech_list_mic.size == 16);
    CHECK_STATUS(resp_to_blob(&got, &out), ST_OK);
    CHECK_BYTES(blob_view(&out), in);

    in = unit_unhex(resp_empty, buffer, sizeof(buffer));
    CHECK_STATUS(neg_token_resp_read(in, &got), ST_OK);
    CHECK(got.neg_state == NEG_STATE_ABSENT && !got.mech_list_mic.size);
    CHECK_STATUS(resp_to_blob(&got, &out), ST_OK);
    CHECK_BYTES(blob_view(&out), in);
    blob_free(&out);
}

/* An exact copy on the heap, so that the sanitizer sees a read one byte past its end. */
static enum status read_copy(enum kind kind, struct bytes in)
{
    uint8_t *copy = malloc(in.size ? in.size : 1);
    if (!copy)
        abort();
    if (in.size)
        memcpy(copy, in.data, in.size);
    enum status status = read_any(kind, bytes_of(copy, in.size));
    free(copy);
    return status;
}

static void spoil(enum kind kind, struct bytes in)
{
    uint8_t flipped[1024];
    int strange = 0, accepted = 0;
    for (size_t size = 0; size < in.size; size++)
        accepted += read_copy(kind, bytes_of(in.data, size)) != ST_BAD_TOKEN;
    CHECK(accepted == 0); /* no truncation is a message */
    memcpy(flipped, in.data, in.size);
    flipped[in.size] = 0;
    CHECK_STATUS(read_copy(kind, bytes_of(flipped, in.size + 1)), ST_BAD_TOKEN);
    for (size_t bit = 0; bit < 8 * in.size; bit++) {
        flipped[bit / 8] ^= (uint8_t)(1 << bit % 8);
        enum status status = read_copy(kind, bytes_of(flipped, in.size));
        strange += status != ST_OK && status != ST_BAD_TOKEN;
        accepted += status == ST_OK;
        flipped[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    CHECK(strange == 0);
    /* Flips inside OIDs, tokens and texts can only change their value; those of tags, lengths and
     * negState beyond 3 are refused, so some always are. */
    CHECK(accepted < (int)(8 * in.size));
}

static void test_spoilt(void)
{
    uint8_t buffer[1024];
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct bytes in = unit_unhex(good[i].hex, buffer, sizeof(buffer) - 1);
        CHECK_STATUS(read_copy(good[i].kind, in), ST_OK);
        spoil(good[i].kind, in);
        /* One message is not another, except that NegTokenInit2 without hints is a NegTokenInit. */
        if (good[i].kind == RESP) {
            CHECK_STATUS(read_copy(INIT, in), ST_BAD_TOKEN);
            CHECK_STATUS(read_copy(INIT2, in), ST_BAD_TOKEN);
        } else {
            CHECK_STATUS(read_copy(good[i].kind == INIT ? INIT2 : INIT, in), ST_BAD_TOKEN);
            CHECK_STATUS(read_copy(RESP, in), ST_BAD_TOKEN);
        }
    }
    for (int i = 0; recorded_sign_seal[i]; i++)
        spoil(i ? RESP : INIT, unit_unhex(recorded_sign_seal[i], buffer, sizeof(buffer) - 1));
}

/* The flips that matter one by one: every bit of negState. */
static void test_neg_state(void)
{
    for (unsigned v = 0; v < 256; v++) {
        uint8_t token[] = {0xA1, 7, 0x30, 5, 0xA0, 3, 0x0A, 1, (uint8_t)v};
        CHECK_STATUS(read_copy(RESP, bytes_of(token, sizeof(token))), v < 4 ? ST_OK : ST_BAD_TOKEN);
    }
}

static void test_shapes(void)
{
    static const struct {
        enum kind kind;
        const char *hex;
        enum status status;
    } cases[] = {
            /* mechTypes: missing, empty, holding no OID, an empty OID, a SET */
            {INIT, "6010 06062b0601050502 a006 3004 a202 0400", ST_BAD_TOKEN},
            {INIT, "6010 06062b0601050502 a006 3004 a002 3000", ST_OK}, /* nothing in common */
            {INIT, "6013 06062b0601050502 a009 3007 a005 3003 020105", ST_BAD_TOKEN},
            {INIT, "6012 06062b0601050502 a008 3006 a004 3002 0600", ST_BAD_TOKEN},
            {INIT, "6013 06062b0601050502 a009 3007 a005 3103 060105", ST_BAD_TOKEN},
            {INIT2, "600c 06062b0601050502 a002 3000", ST_OK}, /* all OPTIONAL */
            /* another OID in front, none in front */
            {INIT2, "600c 06062b0601050503 a002 3000", ST_BAD_TOKEN},
            {INIT2, "6004 a002 3000", ST_BAD_TOKEN},
            {INIT, "6010 06062b0601050503 a006 3004 a002 3000", ST_BAD_TOKEN},
            /* something behind the SEQUENCE, behind the CHOICE, behind all */
            {INIT, "6012 06062b0601050502 a008 3004 a002 3000 0500", ST_BAD_TOKEN},
            {INIT, "6012 06062b0601050502 a006 3004 a002 3000 0500", ST_BAD_TOKEN},
            {INIT, "6010 06062b0601050502 a006 3004 a002 3000 0500", ST_BAD_TOKEN},
            {INIT2, "600e 06062b0601050502 a004 3000 0500", ST_BAD_TOKEN},
            {INIT2, "600e 06062b0601050502 a002 3000 0500", ST_BAD_TOKEN},
            {RESP, "a109 3005 a003 0a0102 0500", ST_BAD_TOKEN},
            {RESP, "a107 3005 a003 0a0102 0500", ST_BAD_TOKEN},
            /* something behind MechTypeList inside its tag, behind the hints inside theirs */
            {INIT, "6012 06062b0601050502 a008 3006 a004 3000 0500", ST_BAD_TOKEN},
            {INIT2, "6012 06062b0601050502 a008 3006 a304 3000 0500", ST_BAD_TOKEN},
            {INIT2, "6012 06062b0601050502 a008 3006 a304 3002 0500", ST_BAD_TOKEN},
            /* fields out of order, twice, with two values inside, of another type */
            {RESP, "a10e 300c a203 0401aa a003 0a0101 a100", ST_BAD_TOKEN},
            {RESP, "a10c 300a a003 0a0101 a003 0a0101", ST_BAD_TOKEN},
            {RESP, "a10a 3008 a006 0a0101 0a0101", ST_BAD_TOKEN},
            {RESP, "a107 3005 a003 020101", ST_BAD_TOKEN},
            {RESP, "a107 3005 a203 0c01aa", ST_BAD_TOKEN},
            {RESP, "a104 3002 a200", ST_BAD_TOKEN},
            /* extension marker: "Implementations receiving unknown fields MUST ignore these fields"
             * (RFC 4178 section 6); known ones out of their place, and what is no field, are refused */
            {RESP, "a10c 300a a003 0a0101 a503 0401aa", ST_OK},
            {RESP, "a10c 300a a003 0a0101 a403 0401aa", ST_OK},
            {RESP, "a10c 300a a303 0401aa a003 0a0101", ST_BAD_TOKEN},
            {RESP, "a10c 300a a303 0401aa a303 0401aa", ST_BAD_TOKEN},
            {RESP, "a10a 3008 a003 0a0101 0401aa", ST_BAD_TOKEN},
            /* an empty token counts as none */
            {RESP, "a10b 3009 a003 0a0101 a202 0400", ST_OK},
            /* lengths: not minimal (old encoders), indefinite, beyond the end, 4 GiB */
            {RESP, "a18107 3005 a003 0a0102", ST_OK},
            {RESP, "a180 3005 a003 0a0102 0000", ST_BAD_TOKEN},
            {RESP, "a17f 3005 a003 0a0102", ST_BAD_TOKEN},
            {RESP, "a184ffffffff 3005 a003 0a0102", ST_BAD_TOKEN},
            {RESP, "a1850000000007 3005 a003 0a0102", ST_BAD_TOKEN},
            {RESP, "a107 3084ffffffff", ST_BAD_TOKEN},
            {RESP, "a107 3005 a003 0a8401", ST_BAD_TOKEN},
            {RESP, "a107 3005 a003 0a8000", ST_BAD_TOKEN},
            {RESP, "", ST_BAD_TOKEN},
            {RESP, "a1", ST_BAD_TOKEN},
            {INIT, "60", ST_BAD_TOKEN},
    };
    uint8_t buffer[256];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum status got =
                read_copy(cases[i].kind, unit_unhex(cases[i].hex, buffer, sizeof(buffer)));
        if (got != cases[i].status)
            printf("case %zu: %s\n", i, cases[i].hex);
        CHECK_STATUS(got, cases[i].status);
    }
}

/* A failed read leaves the caller's struct alone. */
static void test_untouched(void)
{
    uint8_t buffer[64];
    struct neg_token_resp resp;
    memset(&resp, 0x5A, sizeof(resp));
    struct neg_token_resp before = resp;
    CHECK_STATUS(neg_token_resp_read(unit_unhex("a107 3005 a003 0a0104", buffer, 64), &resp),
            ST_BAD_TOKEN);
    CHECK(!memcmp(&resp, &before, sizeof(resp)));
}

/* Long lists and tokens: sizes that need every number of length octets. */
static void test_sizes(void)
{
    static const size_t sizes[] = {1, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x10000, 1 << 20};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct blob big = {0}, out = {0};
        struct writer w = {0};
        writer_zeros(&w, sizes[i]);
        CHECK_STATUS(writer_finish(&w, &big), ST_OK);
        struct neg_token_resp resp = {.neg_state = NEG_ACCEPT_INCOMPLETE,
                .response_token = blob_view(&big),
                .mech_list_mic = BYTES_LITERAL("x")};
        CHECK_STATUS(resp_to_blob(&resp, &out), ST_OK);
        struct neg_token_resp got;
        CHECK_STATUS(neg_token_resp_read(blob_view(&out), &got), ST_OK);
        CHECK(got.response_token.size == sizes[i] && got.mech_list_mic.size == 1);
        blob_free(&big);
        blob_free(&out);
    }
    enum { MANY = 20000 };
    struct bytes *oids = calloc(MANY, sizeof(*oids));
    struct blob types = {0}, out = {0};
    if (!oids)
        abort();
    for (size_t i = 0; i < MANY; i++)
        oids[i] = spnego_oid_negoex;
    CHECK_STATUS(list_to_blob(oids, MANY, &types), ST_OK);
    struct neg_token_init init = {.mech_types = blob_view(&types)}, got;
    CHECK_STATUS(init_to_blob(&init, &out), ST_OK);
    CHECK_STATUS(neg_token_init_read(blob_view(&out), &got), ST_OK);
    CHECK(got.mech_types.size == types.size);
    free(oids);
    blob_free(&types);
    blob_free(&out);
}

static void test_no_memory(void)
{
    const struct bytes oid = spnego_oid_ntlm;
    struct blob list = {0}, out = {0};
    CHECK_STATUS(list_to_blob(&oid, 1, &list), ST_OK);
    struct neg_token_init init = {blob_view(&list), oid, oid};
    struct neg_token_init2 init2 = {blob_view(&list), oid, oid, oid};
    struct neg_token_resp resp = {NEG_REJECT, oid, oid, oid};
    for (int which = 0; which < 4; which++)
        for (long n = 0;; n++) {
            blob_free(&out);
            mem_fail_after(n);
            enum status status = which == 0   ? init_to_blob(&init, &out)
                                 : which == 1 ? init2_to_blob(&init2, &out)
                                 : which == 2 ? resp_to_blob(&resp, &out)
                                              : list_to_blob(&oid, 1, &out);
            if (mem_fail_after(-1) >= 0) {
                CHECK_STATUS(status, ST_OK);
                break;
            }
            CHECK_STATUS(status, ST_NO_MEMORY);
            CHECK(!out.size);
        }
    blob_free(&out);
    blob_free(&list);
}

int main(void)
{
    test_hints();
    test_init();
    test_resp();
    test_spoilt();
    test_neg_state();
    test_shapes();
    test_untouched();
    test_sizes();
    test_no_memory();
    return unit_end("spnego_tokens");
}
