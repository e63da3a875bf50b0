/* NTLM's decoders: NEGOTIATE, CHALLENGE, AUTHENTICATE, AV pairs, the NTLMv2 response, OEM names.
 * What is read lies inside the input; what is read and can be written reads the same again. */
#include "fuzz.h"
#include "ntlm/message.h"
#include "ntlm/oem.h"
#include "ntlm/response.h"
#include "ntlm_recorded.h"

static const char *list[96];
const char *const *fuzz_seeds = list;
static size_t seeds;

/* The bytes FROM to TO of a recorded message as a seed of its own. */
static void add_part(const char *message, struct bytes part, const uint8_t *start)
{
    char *hex = malloc(2 * part.size + 1);

    memcpy(hex, message + 2 * (part.data - start), 2 * part.size);
    hex[2 * part.size] = 0;
    list[seeds++] = hex;
}

static void add(const struct recorded *r)
{
    uint8_t room[NTLM_TOKEN_MAX];
    struct ntlm_challenge challenge;
    struct ntlm_authenticate_message authenticate;

    list[seeds++] = r->negotiate;
    list[seeds++] = r->challenge;
    list[seeds++] = r->authenticate;
    struct bytes token = from_hex(r->challenge, room, sizeof room);
    FUZZ_HOLDS(ntlm_challenge_read(token, &challenge) == ST_OK);
    if (r->level == NTLM_LEVEL_5)
        add_part(r->challenge, challenge.target_info, room);
    token = from_hex(r->authenticate, room, sizeof room);
    FUZZ_HOLDS(ntlm_authenticate_read(token, &authenticate) == ST_OK);
    if (r->level == NTLM_LEVEL_5)
        add_part(r->authenticate, authenticate.nt_response, room);
}

void fuzz_prepare(void)
{
    for (size_t i = 0; i < COUNT(their_clients); i++)
        add(&their_clients[i]);
    for (size_t i = 0; i < COUNT(their_servers); i++)
        add(&their_servers[i]);
}

static bool inside(struct bytes part, struct bytes all)
{
    return !part.size || (part.data >= all.data && part.size <= all.size &&
                                 (size_t)(part.data - all.data) <= all.size - part.size);
}

static void negotiate(struct bytes in)
{
    struct ntlm_negotiate m, again;
    struct blob out = {0};

    if (ntlm_negotiate_read(in, &m) != ST_OK)
        return;
    FUZZ_HOLDS(inside(m.domain, in) && inside(m.workstation, in));
    m.flags &= ~(uint32_t)(NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED |
                           NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED); /* names are not written */
    FUZZ_HOLDS(ntlm_negotiate_write(&m, &out) == ST_OK);
    FUZZ_HOLDS(ntlm_negotiate_read(blob_view(&out), &again) == ST_OK);
    FUZZ_HOLDS(again.flags == m.flags && again.version == m.version);
    blob_free(&out);
}

static void challenge(struct bytes in)
{
    struct ntlm_challenge m, again;
    struct blob out = {0};

    if (ntlm_challenge_read(in, &m) != ST_OK)
        return;
    FUZZ_HOLDS(inside(m.target_name, in) && inside(m.target_info, in));
    FUZZ_HOLDS(ntlm_challenge_write(&m, &out) == ST_OK);
    /* Two fields may share bytes when read, not when written: then it can be too long. */
    if (out.size <= NTLM_TOKEN_LIMIT) {
        FUZZ_HOLDS(ntlm_challenge_read(blob_view(&out), &again) == ST_OK);
        FUZZ_HOLDS(bytes_equal(m.target_name, again.target_name));
        FUZZ_HOLDS(bytes_equal(m.target_info, again.target_info));
        FUZZ_HOLDS(again.flags == m.flags && again.version == m.version);
        FUZZ_HOLDS(!memcmp(again.server_challenge, m.server_challenge, NTLM_CHALLENGE_SIZE));
    }
    blob_free(&out);
}

static void same(const struct ntlm_authenticate_message *a,
        const struct ntlm_authenticate_message *b)
{
    FUZZ_HOLDS(bytes_equal(a->lm_response, b->lm_response));
    FUZZ_HOLDS(bytes_equal(a->nt_response, b->nt_response));
    FUZZ_HOLDS(bytes_equal(a->domain, b->domain) && bytes_equal(a->user, b->user));
    FUZZ_HOLDS(bytes_equal(a->workstation, b->workstation));
    FUZZ_HOLDS(bytes_equal(a->encrypted_session_key, b->encrypted_session_key));
    FUZZ_HOLDS(a->flags == b->flags && a->has_mic == b->has_mic && a->version == b->version);
}

static void authenticate(struct bytes in)
{
    struct ntlm_authenticate_message m, again;
    struct ntlm_v2_response response;
    struct blob out = {0};

    if (ntlm_authenticate_read(in, &m) != ST_OK)
        return;
    FUZZ_HOLDS(inside(m.lm_response, in) && inside(m.nt_response, in) && inside(m.mic, in));
    FUZZ_HOLDS(inside(m.domain, in) && inside(m.user, in) && inside(m.workstation, in));
    FUZZ_HOLDS(inside(m.encrypted_session_key, in) && m.has_mic == (m.mic.size == NTLM_HASH_SIZE));
    FUZZ_HOLDS(ntlm_authenticate_write(&m, &out) == ST_OK);
    if (out.size <= NTLM_TOKEN_LIMIT) {
        FUZZ_HOLDS(ntlm_authenticate_read(blob_view(&out), &again) == ST_OK);
        /* A version that the flags announce and the header has no room for is read as none. */
        m.version = m.flags & NTLMSSP_NEGOTIATE_VERSION ? m.version : 0;
        same(&m, &again);
    }
    if (ntlm_v2_response_read(m.nt_response, &response) == ST_OK)
        FUZZ_HOLDS(inside(response.av.all, m.nt_response));
    blob_free(&out);
}

static void pairs(struct bytes in)
{
    struct reader r = reader_on(in);
    struct writer w = {0};
    struct ntlm_av av, again;
    struct blob out = {0};

    ntlm_av_read(&r, &av);
    if (!reader_ok(&r)) {
        FUZZ_HOLDS(!av.all.size && !av.present[MsvAvTimestamp]);
        return;
    }
    FUZZ_HOLDS(r.at == av.all.size + 4 && inside(av.all, in));
    for (size_t i = 0; i < NTLM_AV_KNOWN; i++)
        FUZZ_HOLDS(inside(av.value[i], av.all) && (av.present[i] || !av.value[i].size));
    ntlm_av_copy(&w, &av, 1u << MsvAvFlags);
    ntlm_av_write(&w, MsvAvEOL, bytes_of(NULL, 0));
    FUZZ_HOLDS(writer_finish(&w, &out) == ST_OK);
    r = reader_on(blob_view(&out));
    ntlm_av_read(&r, &again);
    FUZZ_HOLDS(reader_done(&r) && !again.present[MsvAvFlags]);
    FUZZ_HOLDS(again.all.size == av.all.size - (av.present[MsvAvFlags] ? 8u : 0u));
    FUZZ_HOLDS(again.timestamp == av.timestamp);
    blob_free(&out);
}

static void v2_response(struct bytes in)
{
    struct ntlm_v2_response m;

    if (ntlm_v2_response_read(in, &m) != ST_OK)
        return;
    FUZZ_HOLDS(m.proof.data == in.data && m.proof.size == NTLM_HASH_SIZE);
    FUZZ_HOLDS(m.temp.data == in.data + NTLM_HASH_SIZE && inside(m.temp, in));
    FUZZ_HOLDS(inside(m.client_challenge, m.temp) && inside(m.av.all, m.temp));
    FUZZ_HOLDS(m.client_challenge.size == NTLM_CHALLENGE_SIZE);
}

static void names(struct bytes in)
{
    struct blob wide = {0}, narrow = {0};

    if (ntlm_oem_widen(in, &wide) == ST_OK) {
        FUZZ_HOLDS(wide.size == 2 * in.size && ntlm_oem_narrow(blob_view(&wide), &narrow) == ST_OK);
        FUZZ_HOLDS(bytes_equal(blob_view(&narrow), in));
    }
    blob_free(&wide);
    blob_free(&narrow);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);

    negotiate(in);
    challenge(in);
    authenticate(in);
    pairs(in);
    v2_response(in);
    names(in);
    return 0;
}
