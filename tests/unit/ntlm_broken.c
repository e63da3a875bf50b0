/* Broken input and broken memory: every single-bit flip and every truncation of every message of a
 * good login, malformed AV lists and fields, and the failure of each allocation in turn.
 *
 * A MIC covers all three messages, so nothing altered may end in a login of both sides. A CHALLENGE
 * altered so that the client sees no MsvAvTimestamp is answered without a MIC, as a server of
 * before Vista would be; the server then misses its time under NTProofStr. */
#include "ntlm_pair.h"
#include "ntlm/avpair.h"
#include "ntlm/message.h"
#include "ntlm/response.h"

enum which { NEGOTIATE, CHALLENGE, AUTHENTICATE };

static struct blob *message(struct pair *p, enum which which)
{
    return which == NEGOTIATE   ? &p->negotiate
           : which == CHALLENGE ? &p->challenge
                                : &p->authenticate;
}

typedef void (*alter)(struct blob *token, size_t n);

static void flip(struct blob *token, size_t bit)
{
    token->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
}

static void cut(struct blob *token, size_t size)
{
    token->size = size;
}

/* One login with one message altered between the two. */
static enum status altered_login(struct pair *p, enum which which, alter change, size_t n)
{
    struct blob none = {0};
    enum status status;

    CHECK_STATUS(pair_new(p), ST_OK);
    status = pair_leg(p->client, &none, &p->negotiate, ST_CONTINUE);
    if (which == NEGOTIATE)
        change(&p->negotiate, n);
    if (status == ST_OK)
        status = pair_leg(p->server, &p->negotiate, &p->challenge, ST_CONTINUE);
    if (which == CHALLENGE)
        change(&p->challenge, n);
    if (status == ST_OK)
        status = pair_leg(p->client, &p->challenge, &p->authenticate, ST_OK);
    if (status == ST_OK && which == AUTHENTICATE)
        change(&p->authenticate, n);
    return status == ST_OK ? pair_finish(p) : status;
}

static bool is_clear(enum status s)
{
    return s == ST_BAD_TOKEN || s == ST_BAD_SIGNATURE || s == ST_LOGON_DENIED ||
           s == ST_PEER_UNSUPPORTED || s == ST_BAD_BINDINGS;
}

static size_t size_of(enum which which)
{
    struct pair p;
    size_t size;

    pair_setup(&p);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_authenticate_made(&p), ST_OK);
    size = message(&p, which)->size;
    pair_free(&p);
    return size;
}

/* Alters in COUNT ways; returns how many logins came to an end all the same. */
static unsigned altered(enum which which, alter change, size_t count)
{
    unsigned survived = 0;

    for (size_t n = 0; n < count; n++) {
        struct pair p;
        enum status status;

        pair_setup(&p);
        status = altered_login(&p, which, change, n);
        if (status == ST_OK)
            survived++;
        else
            CHECK(is_clear(status));
        pair_free(&p);
    }
    return survived;
}

static void flips_and_truncations(void)
{
    CHECK(altered(NEGOTIATE, flip, 8 * size_of(NEGOTIATE)) == 0);
    CHECK(altered(NEGOTIATE, cut, size_of(NEGOTIATE)) == 0);
    CHECK(altered(AUTHENTICATE, flip, 8 * size_of(AUTHENTICATE)) == 0);
    CHECK(altered(AUTHENTICATE, cut, size_of(AUTHENTICATE)) == 0);
    CHECK(altered(CHALLENGE, cut, size_of(CHALLENGE)) == 0);
    CHECK(altered(CHALLENGE, flip, 8 * size_of(CHALLENGE)) == 0);
}

/* AV lists: what is refused and what is passed over. [MS-NLMP] 2.2.2.1 */
static bool av_ok(const char *bytes, size_t size, struct ntlm_av *av)
{
    struct reader r = reader_on(bytes_of(bytes, size));

    ntlm_av_read(&r, av);
    return reader_ok(&r);
}

static void av_lists(void)
{
    struct ntlm_av av;

    CHECK(av_ok("\0\0\0\0", 4, &av));
    CHECK(!av_ok("", 0, &av));
    CHECK(!av_ok("\0\0\1\0x", 5, &av));                        /* EOL with a value */
    CHECK(!av_ok("\2\0\2\0D\0", 6, &av));                      /* no EOL */
    CHECK(!av_ok("\2\0\1\0D\0\0\0\0", 9, &av));                /* odd name */
    CHECK(!av_ok("\7\0\4\0\1\2\3\4\0\0\0\0", 12, &av));        /* timestamp of 4 bytes */
    CHECK(!av_ok("\6\0\2\0\1\2\0\0\0\0", 10, &av));            /* flags of 2 bytes */
    CHECK(!av_ok("\12\0\2\0\1\2\0\0\0\0", 10, &av));           /* bindings of 2 bytes */
    CHECK(!av_ok("\2\0\377\377D\0\0\0\0\0", 10, &av));         /* past the end */
    CHECK(av_ok("\143\0\3\0xyz\2\0\2\0D\0\0\0\0\0", 17, &av)); /* unknown id */
    CHECK(av.present[MsvAvNbDomainName] && av.all.size == 13);
    CHECK(!av_ok("\2\0\2\0A\0\2\0\2\0A\0\0\0\0\0", 16, &av)); /* twice */
    CHECK(!av_ok("\6\0\4\0\0\0\0\0\6\0\4\0\2\0\0\0\0\0\0\0", 20, &av));
    CHECK(av_ok("\143\0\0\0\143\0\0\0\0\0\0\0", 12, &av)); /* unknown, twice */
}

/* Fields that point outside, into the header or into each other; and what is too long. */
static void fields(void)
{
    static uint8_t big[NTLM_TOKEN_LIMIT + 1];
    uint8_t token[64] = "NTLMSSP\0\3";
    struct ntlm_authenticate_message m;
    struct ntlm_negotiate n;

    CHECK_STATUS(ntlm_authenticate_read(bytes_of(token, 64), &m), ST_OK); /* all empty */
    CHECK(!m.has_mic);
    token[12] = 4; /* LM response: 4 bytes at offset 0: allowed, it is only a view */
    CHECK_STATUS(ntlm_authenticate_read(bytes_of(token, 64), &m), ST_OK);
    token[16] = 61;
    CHECK_STATUS(ntlm_authenticate_read(bytes_of(token, 64), &m), ST_BAD_TOKEN);
    CHECK(!m.lm_response.data);
    memset(token + 16, 0xff, 4);
    CHECK_STATUS(ntlm_authenticate_read(bytes_of(token, 64), &m), ST_BAD_TOKEN);
    memcpy(big, "NTLMSSP\0\1", 9);
    CHECK_STATUS(ntlm_negotiate_read(bytes_of(big, NTLM_TOKEN_LIMIT), &n), ST_OK);
    CHECK_STATUS(ntlm_negotiate_read(bytes_of(big, NTLM_TOKEN_LIMIT + 1), &n), ST_BAD_TOKEN);
    big[13] = 0x10; /* OEM_DOMAIN_SUPPLIED, at an offset beyond */
    memset(big + 16, 0xff, 8);
    CHECK_STATUS(ntlm_negotiate_read(bytes_of(big, 32), &n), ST_BAD_TOKEN);
}

/* [MS-NLMP] 2.2.1.3: with KEY_EXCH, EncryptedRandomSessionKey is of 16 bytes, no more either. The same message with 16 is
 * what the MIC is of, so that the status tells which of the two found it. */
static void session_key_sizes(void)
{
    static const uint8_t key[NTLM_HASH_SIZE + 1];

    for (size_t size = 0; size <= sizeof key; size++) {
        struct pair p;
        struct ntlm_authenticate_message m;

        pair_setup(&p);
        CHECK_STATUS(pair_new(&p), ST_OK);
        CHECK_STATUS(pair_authenticate_made(&p), ST_OK);
        CHECK_STATUS(ntlm_authenticate_read(blob_view(&p.authenticate), &m), ST_OK);
        CHECK(m.encrypted_session_key.size == NTLM_HASH_SIZE);
        m.encrypted_session_key = bytes_of(key, size);
        struct blob changed = {0};
        CHECK_STATUS(ntlm_authenticate_write(&m, &changed), ST_OK);
        blob_move(&p.authenticate, &changed);
        CHECK_STATUS(pair_finish(&p), size == NTLM_HASH_SIZE ? ST_BAD_SIGNATURE : ST_BAD_TOKEN);
        pair_free(&p);
    }
}

/* A writer refuses what its 16-bit lengths cannot say. */
static void too_long(void)
{
    static const uint8_t big[0x10000];
    struct blob token = {0};
    struct writer w = {0};
    struct ntlm_challenge c = {.target_info = {big, sizeof(big)}};
    struct ntlm_authenticate_message m = {.nt_response = {big, sizeof(big)}};

    CHECK_STATUS(ntlm_challenge_write(&c, &token), ST_BAD_ARGUMENT);
    CHECK_STATUS(ntlm_authenticate_write(&m, &token), ST_BAD_ARGUMENT);
    ntlm_av_write(&w, MsvAvTargetName, bytes_of(big, sizeof(big)));
    CHECK_STATUS(writer_finish(&w, &token), ST_BAD_ARGUMENT);
    CHECK(!token.data);
}

/* Each allocation of a login fails once. Nothing leaks (ASan), nothing half-done says it is done.
 */
static void no_memory(uint32_t client_wishes)
{
    long n = 0;

    for (;; n++) {
        struct pair p;
        enum status status;

        pair_setup(&p);
        p.client_config.wishes = client_wishes;
        p.server_config.wishes = client_wishes & NTLM_WISH_NULL_SESSION;
        mem_fail_after(n);
        status = pair_new(&p);
        if (status == ST_OK)
            status = pair_login(&p);
        if (mem_fail_after(-1) >= 0) {
            CHECK_STATUS(status, ST_OK);
            pair_free(&p);
            break;
        }
        CHECK_STATUS(status, ST_NO_MEMORY);
        pair_free(&p);
    }
    CHECK(n > 15);
}

static enum status no_random(void *self, uint8_t *out, size_t size)
{
    unsigned *left = self;

    memset(out, 7, size);
    return (*left)-- ? ST_OK : ST_NO_RANDOM;
}

static void without_random(void)
{
    for (unsigned n = 0; n < 3; n++) { /* server challenge, client challenge, session key */
        struct pair p;
        unsigned left = n;

        pair_setup(&p);
        p.client_config.world.random = p.server_config.world.random = no_random;
        p.client_config.world.self = p.server_config.world.self = &left;
        CHECK_STATUS(pair_new(&p), ST_OK);
        CHECK_STATUS(pair_login(&p), ST_NO_RANDOM);
        pair_free(&p);
    }
}

int main(void)
{
    flips_and_truncations();
    av_lists();
    fields();
    session_key_sizes();
    too_long();
    no_memory(NTLM_WISH_SIGN | NTLM_WISH_SEAL);
    no_memory(NTLM_WISH_NULL_SESSION);
    without_random();
    return unit_end("ntlm_broken");
}
