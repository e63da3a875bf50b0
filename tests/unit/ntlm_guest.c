/* Guests: unknown users that an account source lets in. [MS-NLMP] 3.4: "For the cases of ANONYMOUS
 * user and Guest user login, there is no session security". That a server shows a guest under the
 * guest account's name, not under the one he gave, is how Windows' token reads; no page says it
 * (?). */
#include "ntlm_pair.h"
#include "ntlm/message.h"

/* Knows "user"; others are guests if the server has guests. */
static enum status with_guests(
        void *self, const struct ntlm_logon *logon, uint8_t session_base_key[NTLM_HASH_SIZE])
{
    struct pair *p = self;
    struct bytes known = U("user");
    enum status status = ntlm_check_logon(
            logon, pair_nt_hash, bytes_equal(logon->user, known), session_base_key);

    p->asked++;
    if (bytes_equal(logon->user, known) || !logon->guest)
        return status;
    memset(session_base_key, 0x5A, NTLM_HASH_SIZE); /* is of no use to anybody */
    *logon->guest = true;
    return ST_OK;
}

struct row {
    struct bytes user;
    const uint8_t *hash;
    bool guests;
    uint32_t client, server; /* wishes */
};

static void setup(struct pair *p, const struct row *row)
{
    pair_setup(p);
    p->client_config.user = row->user;
    p->client_config.nt_hash = row->hash;
    p->client_config.wishes = row->client;
    p->server_config.wishes = row->server;
    p->server_config.guests = row->guests;
    p->server_config.authenticate = with_guests;
}

static enum status login(const struct row *row, struct ntlm_info *info)
{
    struct pair p;
    enum status status;

    setup(&p, row);
    CHECK_STATUS(pair_new(&p), ST_OK);
    status = pair_login(&p);
    CHECK(p.asked == 1);
    ntlm_query(p.server, info);
    CHECK(info->complete == (status == ST_OK));
    info->session_key = NULL;
    pair_free(&p);
    return status;
}

static const uint8_t wrong[16] = {9};

static void who_is_a_guest(void)
{
    struct ntlm_info info;
    struct row row = {U("alice"), wrong, true, 0, 0};

    CHECK_STATUS(login(&row, &info), ST_OK);
    CHECK(info.guest && !info.anonymous);
    row.guests = false;
    CHECK_STATUS(login(&row, &info), ST_LOGON_DENIED);
    row = (struct row){U("user"), wrong, true, 0, 0}; /* a wrong password makes no guest */
    CHECK_STATUS(login(&row, &info), ST_LOGON_DENIED);
    row = (struct row){U("user"), pair_nt_hash, true, 0, 0};
    CHECK_STATUS(login(&row, &info), ST_OK);
    CHECK(!info.guest);
}

static void without_security(void)
{
    const uint32_t security =
            NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL | NTLMSSP_NEGOTIATE_KEY_EXCH;
    const uint32_t both = NTLM_WISH_SIGN | NTLM_WISH_SEAL;
    struct ntlm_info info;
    struct row row = {U("alice"), wrong, true, both, 0};

    CHECK_STATUS(login(&row, &info), ST_OK); /* the client wishes it, in vain */
    CHECK(info.guest && !(info.flags & security));
    row.server = NTLM_WISH_SIGN;
    CHECK_STATUS(login(&row, &info), ST_PEER_UNSUPPORTED);
    row.server = NTLM_WISH_SEAL;
    CHECK_STATUS(login(&row, &info), ST_PEER_UNSUPPORTED);
    row = (struct row){U("user"), pair_nt_hash, true, both, both};
    CHECK_STATUS(login(&row, &info), ST_OK);
    CHECK(!info.guest && (info.flags & security) == security);
}

/* Nothing that a guest says of himself is believed, and his session has no key. */
static void nothing_is_believed(void)
{
    static const uint8_t zeros[16], dummy[16] = {1}, here[32] = {7};
    const struct row row = {U("Administrator"), wrong, true, NTLM_WISH_SIGN, 0};
    uint8_t data[4] = "data", signature[16];
    struct ntlm_part part = {data, sizeof(data), true};
    struct ntlm_info info;
    struct pair p;

    setup(&p, &row);
    p.client_config.machine_id = p.server_config.machine_id = here;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_login(&p), ST_OK);
    ntlm_query(p.server, &info);
    CHECK_BYTES(info.user, U("Guest"));
    CHECK_BYTES(info.domain, U("SRV"));
    CHECK(!info.target_name.size && !info.loopback);
    CHECK_BYTES(bytes_of(info.session_key, 16), bytes_of(zeros, 16));
    CHECK(!ntlm_mic_used(p.server));
    CHECK_STATUS(ntlm_sign(p.server, &part, 1, signature), ST_OK);
    CHECK_BYTES(bytes_of(signature, 16), bytes_of(dummy, 16));
    CHECK_STATUS(ntlm_seal(p.server, &part, 1, signature), ST_UNSUPPORTED);
    CHECK_STATUS(ntlm_sign(p.client, &part, 1, signature), ST_OK); /* the client signs in vain */
    CHECK_STATUS(ntlm_verify(p.server, &part, 1, bytes_of(signature, 16)), ST_BAD_SIGNATURE);
    pair_free(&p);
}

/* What has to be proven a guest cannot prove. */
static void demands(void)
{
    static const uint8_t bindings[16] = {1};
    const struct row row = {U("alice"), wrong, true, 0, 0};
    struct pair p;

    setup(&p, &row);
    p.client_config.bindings_hash = p.server_config.bindings_hash = bindings;
    p.server_config.bindings_policy = NTLM_BINDINGS_REQUIRE;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_login(&p), ST_BAD_BINDINGS);
    pair_free(&p);
    setup(&p, &row);
    p.server_config.target_policy = NTLM_TARGET_REQUIRE;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_login(&p), ST_BAD_BINDINGS);
    pair_free(&p);
}

/* Version 1 and datagram logins know guests as well. */
static void other_kinds(void)
{
    struct row row = {U("alice"), wrong, true, 0, 0};
    struct ntlm_info info;
    struct blob none = {0};
    struct pair p;

    setup(&p, &row);
    p.client_config.level = NTLM_LEVEL_0;
    p.server_config.level = NTLM_LEVEL_3;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_login(&p), ST_OK);
    ntlm_query(p.server, &info);
    CHECK(info.guest);
    pair_free(&p);
    row.client = row.server = NTLM_WISH_DATAGRAM;
    setup(&p, &row);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_leg(p.client, &none, &p.negotiate, ST_CONTINUE), ST_OK);
    CHECK_STATUS(pair_leg(p.server, &none, &p.challenge, ST_CONTINUE), ST_OK);
    CHECK_STATUS(pair_leg(p.client, &p.challenge, &p.authenticate, ST_OK), ST_OK);
    CHECK_STATUS(pair_finish(&p), ST_OK);
    ntlm_query(p.server, &info);
    CHECK(info.guest && info.flags & NTLMSSP_NEGOTIATE_DATAGRAM);
    pair_free(&p);
}

/* Each allocation of a guest's login fails once. */
static void no_memory(void)
{
    const struct row row = {U("alice"), wrong, true, 0, 0};

    for (long n = 0;; n++) {
        struct pair p;
        enum status status;

        setup(&p, &row);
        mem_fail_after(n);
        status = pair_new(&p);
        if (status == ST_OK)
            status = pair_login(&p);
        if (mem_fail_after(-1) >= 0) {
            CHECK_STATUS(status, ST_OK);
            pair_free(&p);
            break;
        }
        CHECK(status == ST_NO_MEMORY || status == ST_OK);
        if (status == ST_OK) { /* the source did not look further: it is a guest all the same */
            struct ntlm_info info;
            ntlm_query(p.server, &info);
            CHECK(info.guest);
        }
        pair_free(&p);
    }
}

int main(void)
{
    who_is_a_guest();
    without_security();
    nothing_is_believed();
    demands();
    other_kinds();
    no_memory();
    return unit_end("ntlm_guest");
}
