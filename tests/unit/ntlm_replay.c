/* Time and repetition: how old a login may be ([MS-NLMP] 3.1.1.1 MaxLifetime: 36 hours since
 * Windows XP; 3.2.5.1.2), and messages of a login that come again, at their own context or at
 * another. */
#include "ntlm_pair.h"
#include "ntlm/keys.h"
#include "ntlm/message.h"
#include "ntlm/response.h"

#define HOUR (60ull * 60 * 10000000)
static const uint64_t noon = 133800000000000000ull;

/* Clocks that tests set; SELF of each world. */
struct clock {
    struct pair *pair;
    uint64_t now;
};

static uint64_t clock_now(void *self)
{
    const struct clock *clock = self;

    return clock->now;
}

static enum status clock_random(void *self, uint8_t *out, size_t size)
{
    const struct clock *clock = self;

    return pair_random(clock->pair, out, size);
}

/* A server of before Vista sends no time, so the client goes by its own clock: its CHALLENGE is
 * ours without the TargetInfo's pairs, and then no MIC is expected of it either. */
static void forget_time(struct pair *p, struct blob *challenge)
{
    struct ntlm_challenge m;
    struct ntlm_av av;
    struct writer w = {0};
    struct blob info = {0}, token = {0};

    CHECK_STATUS(ntlm_challenge_read(blob_view(&p->challenge), &m), ST_OK);
    struct reader r = reader_on(m.target_info);
    ntlm_av_read(&r, &av);
    ntlm_av_copy(&w, &av, 1u << MsvAvTimestamp);
    ntlm_av_write(&w, MsvAvEOL, bytes_of(NULL, 0));
    CHECK_STATUS(writer_finish(&w, &info), ST_OK);
    m.target_info = blob_view(&info);
    CHECK_STATUS(ntlm_challenge_write(&m, &token), ST_OK);
    blob_move(challenge, &token);
    blob_free(&info);
}

/* A login whose AUTHENTICATE reaches the server LATER ticks after its CHALLENGE was made. */
static enum status login_later(uint64_t later)
{
    struct pair p;
    struct clock clock = {&p, noon};
    struct world world = {&clock, clock_random, clock_now};
    enum status status;

    pair_setup(&p);
    p.client_config.world = p.server_config.world = world;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_authenticate_made(&p), ST_OK);
    clock.now += later;
    status = pair_finish(&p);
    CHECK(p.asked == 1);
    pair_free(&p);
    return status;
}

/* The client's clock is not asked where the server's time is known. */
static enum status login_with_clocks(uint64_t client, uint64_t server)
{
    struct pair p;
    struct clock clocks[2] = {{&p, client}, {&p, server}};
    enum status status;

    pair_setup(&p);
    p.client_config.world = (struct world){&clocks[0], clock_random, clock_now};
    p.server_config.world = (struct world){&clocks[1], clock_random, clock_now};
    CHECK_STATUS(pair_new(&p), ST_OK);
    status = pair_login(&p);
    pair_free(&p);
    return status;
}

/* The response of a client whose own clock says THEN, which repeats the server's time in the pairs
 * but not in the response (as curl does), against a server at NOON. */
static enum status old_clock(uint64_t then)
{
    static const uint8_t client_challenge[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct pair p;
    struct ntlm_challenge challenge;
    struct ntlm_authenticate_message m = {.user = U("user"), .domain = U("DOM")};
    uint8_t key[16], proof[16], base_key[16];
    struct blob temp = {0}, response = {0};
    struct writer w = {0};
    enum status status;

    pair_setup(&p);
    p.server_config.wishes = p.client_config.wishes = 0;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_challenge(&p), ST_OK);
    CHECK_STATUS(ntlm_challenge_read(blob_view(&p.challenge), &challenge), ST_OK);
    ntlm_v2_temp_write(&w, then, client_challenge, challenge.target_info);
    CHECK_STATUS(writer_finish(&w, &temp), ST_OK);
    CHECK_STATUS(ntlm_ntowf_v2(pair_nt_hash, m.user, m.domain, key), ST_OK);
    ntlm_v2_proof(key, challenge.server_challenge, blob_view(&temp), proof, base_key);
    writer_bytes(&w, bytes_of(proof, sizeof(proof)));
    writer_bytes(&w, blob_view(&temp));
    CHECK_STATUS(writer_finish(&w, &response), ST_OK);
    m.flags = challenge.flags;
    m.nt_response = blob_view(&response);
    CHECK_STATUS(ntlm_authenticate_write(&m, &p.authenticate), ST_OK);
    status = pair_finish(&p);
    CHECK(p.asked == 1); /* the password was right */
    blob_free(&temp);
    blob_free(&response);
    pair_free(&p);
    return status;
}

static void lifetime(void)
{
    CHECK_STATUS(login_later(0), ST_OK);
    CHECK_STATUS(login_later(36 * HOUR), ST_OK);
    CHECK_STATUS(login_later(36 * HOUR + 1), ST_LOGON_DENIED);
    CHECK_STATUS(login_with_clocks(noon - 1000 * HOUR, noon), ST_OK);
    CHECK_STATUS(login_with_clocks(noon + 1000 * HOUR, noon), ST_OK);
    CHECK_STATUS(old_clock(noon - 36 * HOUR), ST_OK);
    CHECK_STATUS(old_clock(noon - 36 * HOUR - 1), ST_LOGON_DENIED);
    CHECK_STATUS(old_clock(noon + 36 * HOUR), ST_OK);
    CHECK_STATUS(old_clock(noon + 36 * HOUR + 1), ST_LOGON_DENIED);
    CHECK_STATUS(old_clock(0), ST_LOGON_DENIED);
    CHECK_STATUS(old_clock(UINT64_MAX), ST_LOGON_DENIED);
}

/* Where the server sends no time the response is the client's own: its clock is in it. */
static void own_clock(void)
{
    struct pair p;
    struct clock clock = {&p, noon + 5 * HOUR};
    struct ntlm_authenticate_message m;
    struct ntlm_v2_response v2;
    struct blob challenge = {0};

    pair_setup(&p);
    p.client_config.world = (struct world){&clock, clock_random, clock_now};
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_challenge(&p), ST_OK);
    forget_time(&p, &challenge);
    CHECK_STATUS(pair_leg(p.client, &challenge, &p.authenticate, ST_OK), ST_OK);
    CHECK_STATUS(ntlm_authenticate_read(blob_view(&p.authenticate), &m), ST_OK);
    CHECK_STATUS(ntlm_v2_response_read(m.nt_response, &v2), ST_OK);
    CHECK(v2.timestamp == clock.now && !m.has_mic);
    blob_free(&challenge);
    pair_free(&p);
}

/* An AUTHENTICATE at a server that made another CHALLENGE: no level of the login takes it. */
static void another_context(enum ntlm_level level, uint32_t wishes)
{
    struct pair one, two;
    struct blob out = {0};

    pair_setup(&one);
    pair_setup(&two);
    one.client_config.level = two.client_config.level = level;
    one.server_config.level = two.server_config.level = level ? NTLM_LEVEL_3 : level;
    one.client_config.wishes = two.client_config.wishes = wishes;
    one.server_config.wishes = two.server_config.wishes = wishes;
    CHECK_STATUS(pair_new(&one), ST_OK);
    CHECK_STATUS(pair_new(&two), ST_OK);
    CHECK_STATUS(pair_authenticate_made(&one), ST_OK);
    CHECK_STATUS(pair_challenge(&two), ST_OK);
    CHECK_STATUS(ntlm_step(two.server, blob_view(&one.authenticate), &out), ST_LOGON_DENIED);
    CHECK_STATUS(ntlm_step(two.server, blob_view(&one.authenticate), &out), ST_BAD_STATE);
    CHECK_STATUS(pair_finish(&one), ST_OK);
    pair_free(&one);
    pair_free(&two);
}

/* Each message a second time, at the context that took it. Those that are complete live on. */
static void same_context(void)
{
    struct pair p;
    struct ntlm_info info;
    uint8_t signature[16];
    struct blob out = {0};

    pair_setup(&p);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_challenge(&p), ST_OK);
    CHECK_STATUS(ntlm_step(p.server, blob_view(&p.negotiate), &out), ST_BAD_TOKEN);
    CHECK_STATUS(ntlm_step(p.server, blob_view(&p.negotiate), &out), ST_BAD_STATE);
    pair_free(&p);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_login(&p), ST_OK);
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(ntlm_step(p.client, blob_view(&p.challenge), &out), ST_BAD_STATE);
        CHECK_STATUS(ntlm_step(p.server, blob_view(&p.authenticate), &out), ST_BAD_STATE);
        CHECK_STATUS(ntlm_step(p.server, blob_view(&p.negotiate), &out), ST_BAD_STATE);
        CHECK(!out.size);
    }
    ntlm_query(p.server, &info);
    CHECK(info.complete && info.session_key);
    CHECK_STATUS(ntlm_sign(p.client, NULL, 0, signature), ST_OK);
    CHECK_STATUS(ntlm_verify(p.server, NULL, 0, bytes_of(signature, 16)), ST_OK);
    pair_free(&p);
}

/* Sealed messages again, at their own context, at its sender (reflection) and at another login's.
 */
static void sealed_again(uint32_t wishes)
{
    struct pair one, two;
    uint8_t data[4] = "text", copy[4], signature[16];
    struct ntlm_part part = {data, sizeof(data), true};

    pair_setup(&one);
    pair_setup(&two);
    one.client_config.wishes = two.client_config.wishes = wishes;
    one.server_config.wishes = two.server_config.wishes = wishes;
    CHECK_STATUS(pair_new(&one), ST_OK);
    CHECK_STATUS(pair_new(&two), ST_OK);
    CHECK_STATUS(pair_login(&one), ST_OK);
    CHECK_STATUS(pair_login(&two), ST_OK);
    CHECK_STATUS(ntlm_seal(one.client, &part, 1, signature), ST_OK);
    memcpy(copy, data, sizeof(copy));
    CHECK_STATUS(ntlm_unseal(one.client, &part, 1, bytes_of(signature, 16)), ST_BAD_SIGNATURE);
    CHECK_STATUS(ntlm_unseal(two.server, &part, 1, bytes_of(signature, 16)), ST_BAD_SIGNATURE);
    CHECK_BYTES(bytes_of(data, 4), bytes_of(copy, 4));
    CHECK_STATUS(ntlm_unseal(one.server, &part, 1, bytes_of(signature, 16)), ST_OK);
    memcpy(data, copy, sizeof(copy));
    CHECK_STATUS(ntlm_unseal(one.server, &part, 1, bytes_of(signature, 16)), ST_OUT_OF_SEQUENCE);
    memcpy(data, "more", sizeof(data)); /* all contexts go on */
    CHECK_STATUS(ntlm_seal(one.client, &part, 1, signature), ST_OK);
    CHECK_STATUS(ntlm_unseal(one.server, &part, 1, bytes_of(signature, 16)), ST_OK);
    CHECK(!memcmp(data, "more", 4));
    CHECK_STATUS(ntlm_seal(two.client, &part, 1, signature), ST_OK);
    CHECK_STATUS(ntlm_unseal(two.server, &part, 1, bytes_of(signature, 16)), ST_OK);
    pair_free(&one);
    pair_free(&two);
}

int main(void)
{
    lifetime();
    own_clock();
    another_context(NTLM_LEVEL_DEFAULT, NTLM_WISH_SIGN);
    another_context(NTLM_LEVEL_1, 0);
    another_context(NTLM_LEVEL_0, 0);
    same_context();
    sealed_again(NTLM_WISH_SIGN | NTLM_WISH_SEAL);
    sealed_again(NTLM_WISH_SIGN);
    return unit_end("ntlm_replay");
}
