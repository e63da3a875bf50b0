/* A client and a server of libs/ntlm in one process, for the engine tests. The account is
 * DOM\user with the password "Password" (NT hash of [MS-NLMP] 4.2.2.1.2). */
#ifndef TESTS_UNIT_NTLM_PAIR_H
#define TESTS_UNIT_NTLM_PAIR_H

#include "unit.h"
#include "ntlm/ntlm.h"

#define U(s) bytes_of(u"" s, sizeof(u"" s) - 2)

static const uint8_t pair_nt_hash[16] = {0xa4, 0xf4, 0x9c, 0x40, 0x65, 0x10, 0xbd, 0xca, 0xb6, 0x82,
        0x4e, 0xe7, 0xc3, 0x0f, 0xd8, 0x52};

struct pair {
    struct ntlm_client_config client_config;
    struct ntlm_server_config server_config;
    struct ntlm_context *client, *server;
    struct blob negotiate, challenge, authenticate;
    unsigned asked; /* how often the account source was asked */
};

/* Bytes that differ from call to call: challenges must not repeat, or replays would pass. */
static inline enum status pair_random(void *self, uint8_t *out, size_t size)
{
    static uint8_t next;

    (void)self;
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(next++ * 37 + 11);
    return ST_OK;
}

static inline uint64_t pair_now(void *self)
{
    (void)self;
    return 133800000000000000ull;
}

static inline enum status pair_authenticate(
        void *self, const struct ntlm_logon *logon, uint8_t session_base_key[NTLM_HASH_SIZE])
{
    struct pair *p = self;

    p->asked++;
    return ntlm_check_logon(logon, pair_nt_hash, true, session_base_key);
}

/* The usual configuration; a test changes what it is about, then calls pair_new. */
static inline void pair_setup(struct pair *p)
{
    struct world world = {p, pair_random, pair_now};

    memset(p, 0, sizeof(*p));
    p->client_config = (struct ntlm_client_config){.user = U("user"),
            .domain = U("DOM"),
            .workstation = U("WS"),
            .nt_hash = pair_nt_hash,
            .target_name = U("TERMSRV/srv.dom.example"),
            .wishes = NTLM_WISH_SIGN | NTLM_WISH_SEAL,
            .world = world};
    p->server_config = (struct ntlm_server_config){.nb_computer = U("SRV"),
            .nb_domain = U("DOM"),
            .dns_computer = U("srv.dom.example"),
            .dns_domain = U("dom.example"),
            .is_domain = true,
            .authenticate = pair_authenticate,
            .authenticate_self = p,
            .wishes = NTLM_WISH_SIGN | NTLM_WISH_SEAL,
            .world = world};
}

static inline enum status pair_new(struct pair *p)
{
    enum status status = ntlm_client_new(&p->client_config, &p->client);

    return status == ST_OK ? ntlm_server_new(&p->server_config, &p->server) : status;
}

/* One leg; ST_OK where WANT came. */
static inline enum status pair_leg(
        struct ntlm_context *c, const struct blob *in, struct blob *out, enum status want)
{
    enum status status = ntlm_step(c, blob_view(in), out);

    return status == want ? ST_OK : status_failed(status) ? status : ST_INTERNAL;
}

/* Up to the CHALLENGE. */
static inline enum status pair_challenge(struct pair *p)
{
    struct blob none = {0};
    enum status status = pair_leg(p->client, &none, &p->negotiate, ST_CONTINUE);

    if (status == ST_OK)
        status = pair_leg(p->server, &p->negotiate, &p->challenge, ST_CONTINUE);
    return status;
}

/* Up to the AUTHENTICATE, which the server has not seen yet. */
static inline enum status pair_authenticate_made(struct pair *p)
{
    enum status status = pair_challenge(p);

    return status == ST_OK ? pair_leg(p->client, &p->challenge, &p->authenticate, ST_OK) : status;
}

static inline enum status pair_finish(struct pair *p)
{
    struct blob out = {0};
    enum status status = pair_leg(p->server, &p->authenticate, &out, ST_OK);

    blob_free(&out);
    return status;
}

static inline enum status pair_login(struct pair *p)
{
    enum status status = pair_authenticate_made(p);

    return status == ST_OK ? pair_finish(p) : status;
}

static inline void pair_free(struct pair *p)
{
    ntlm_free(p->client);
    ntlm_free(p->server);
    p->client = p->server = NULL;
    blob_free(&p->negotiate);
    blob_free(&p->challenge);
    blob_free(&p->authenticate);
}

#endif
