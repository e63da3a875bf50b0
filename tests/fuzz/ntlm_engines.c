/* NTLM's messages and both engines. The server gets a good NEGOTIATE and a mutant of a good
 * AUTHENTICATE: since the MIC covers everything, what it accepts is the good one, byte for byte. */
#include "fuzz.h"
#include <string.h>
#include "ntlm/message.h"
#include "ntlm/response.h"
#include "../unit/ntlm_pair.h"

static char hex[3][2 * NTLM_TOKEN_MAX + 1];
static const char *list[4];
const char *const *fuzz_seeds = list;
static struct blob good;

/* The same bytes in every login, so that a recorded AUTHENTICATE answers the next CHALLENGE. */
static enum status same_random(void *self, uint8_t *out, size_t size)
{
    (void)self;
    memset(out, 0x5A, size);
    return ST_OK;
}

static void setup(struct pair *p)
{
    pair_setup(p);
    p->client_config.world.random = same_random;
    p->server_config.world.random = same_random;
}

static void to_hex(size_t i, const struct blob *token)
{
    for (size_t n = 0; n < token->size; n++)
        snprintf(hex[i] + 2 * n, 3, "%02x", token->data[n]);
    list[i] = hex[i];
}

void fuzz_prepare(void)
{
    struct pair p;

    setup(&p);
    FUZZ_HOLDS(ntlm_client_new(&p.client_config, &p.client) == ST_OK);
    FUZZ_HOLDS(ntlm_server_new(&p.server_config, &p.server) == ST_OK);
    FUZZ_HOLDS(ntlm_step(p.client, bytes_of(NULL, 0), &p.negotiate) == ST_CONTINUE);
    FUZZ_HOLDS(ntlm_step(p.server, blob_view(&p.negotiate), &p.challenge) == ST_CONTINUE);
    FUZZ_HOLDS(ntlm_step(p.client, blob_view(&p.challenge), &p.authenticate) == ST_OK);
    to_hex(0, &p.negotiate);
    to_hex(1, &p.challenge);
    to_hex(2, &p.authenticate);
    FUZZ_HOLDS(blob_set(&good, blob_view(&p.authenticate)) == ST_OK);
    ntlm_free(p.client);
    ntlm_free(p.server);
    blob_free(&p.negotiate);
    blob_free(&p.challenge);
    blob_free(&p.authenticate);
}

static void messages(struct bytes in)
{
    struct ntlm_negotiate negotiate;
    struct ntlm_challenge challenge;
    struct ntlm_authenticate_message authenticate;
    struct ntlm_v2_response response;
    enum status s = ntlm_negotiate_read(in, &negotiate);

    s = ntlm_challenge_read(in, &challenge);
    s = ntlm_authenticate_read(in, &authenticate);
    if (s == ST_OK)
        s = ntlm_v2_response_read(authenticate.nt_response, &response);
    (void)s;
}

static void server(struct bytes in)
{
    struct pair p;
    struct blob out = {0};
    uint8_t negotiate[NTLM_TOKEN_MAX];
    struct bytes first = unit_unhex(hex[0], negotiate, sizeof negotiate);

    setup(&p);
    FUZZ_HOLDS(ntlm_server_new(&p.server_config, &p.server) == ST_OK);
    FUZZ_HOLDS(ntlm_step(p.server, first, &out) == ST_CONTINUE);
    bool is_good = bytes_equal(in, blob_view(&good));
    FUZZ_HOLDS((ntlm_step(p.server, in, &out) == ST_OK) == is_good);
    ntlm_free(p.server);
    /* As a first message too. */
    FUZZ_HOLDS(ntlm_server_new(&p.server_config, &p.server) == ST_OK);
    if (status_failed(ntlm_step(p.server, in, &out)))
        FUZZ_HOLDS(ntlm_step(p.server, first, &out) == ST_BAD_STATE);
    ntlm_free(p.server);
    blob_free(&out);
}

static void client(struct bytes in)
{
    struct pair p;
    struct blob out = {0};

    setup(&p);
    FUZZ_HOLDS(ntlm_client_new(&p.client_config, &p.client) == ST_OK);
    FUZZ_HOLDS(ntlm_step(p.client, bytes_of(NULL, 0), &out) == ST_CONTINUE);
    if (status_failed(ntlm_step(p.client, in, &out)))
        FUZZ_HOLDS(ntlm_step(p.client, in, &out) == ST_BAD_STATE);
    ntlm_free(p.client);
    blob_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    messages(bytes_of(data, size));
    server(bytes_of(data, size));
    client(bytes_of(data, size));
    return 0;
}
