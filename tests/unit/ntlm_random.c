/* Where a session key comes from ([MS-NLMP] 3.1.5.1.2: NONCE(16)): the random source as it is, as
 * the published examples need it; or mixed, for a source that keeps its numbers. */
#include "ntlm_pair.h"

static uint8_t last[NTLM_HASH_SIZE]; /* the last 16 bytes that were given */

static enum status keeping_random(void *self, uint8_t *out, size_t size)
{
    enum status s = pair_random(self, out, size);

    if (size == sizeof last)
        memcpy(last, out, size);
    return s;
}

static void login(bool mix, uint8_t key[NTLM_HASH_SIZE])
{
    struct ntlm_info client, server;
    struct pair p;

    pair_setup(&p);
    p.client_config.world.random = keeping_random;
    p.client_config.mix_random = mix;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_login(&p), ST_OK);
    ntlm_query(p.client, &client);
    ntlm_query(p.server, &server);
    CHECK_BYTES(bytes_of(client.session_key, 16), bytes_of(server.session_key, 16));
    CHECK(!memcmp(client.session_key, last, 16) == !mix);
    memcpy(key, client.session_key, NTLM_HASH_SIZE);
    pair_free(&p);
}

int main(void)
{
    uint8_t keys[4][NTLM_HASH_SIZE];

    for (size_t i = 0; i < 4; i++)
        login(i >= 2, keys[i]);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < i; j++)
            CHECK(memcmp(keys[i], keys[j], NTLM_HASH_SIZE));
    return unit_end("ntlm_random");
}
