/* What NTLM cannot do without, by Nettle's own functions, called bare:
 *   nettlebench seal|unseal SIZE SECONDS   MB/s of RC4 over the message, HMAC-MD5 over sequence number and message, RC4 over
 *                                          8 bytes of that; what is unsealed is deciphered first and digested then
 *   nettlebench handshake SECONDS NAMES NT_RESPONSE NEGOTIATE CHALLENGE AUTHENTICATE
 *                                          logins per second, both ends, of messages of these sizes (sspibench sizes): version 2
 *                                          with MIC, keys exchanged, sign and seal keys of both directions made. MD4 of the
 *                                          password is not in it: it belongs to the credential */
#include <nettle/arcfour.h>
#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEY = 16, MOST = 4096 };

static uint8_t data[MOST];
static uint8_t sink; /* what is computed is used */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- messages ---- */

struct stream {
    struct arcfour_ctx rc4;
    struct hmac_md5_ctx hmac;
};

static void digest(struct stream *s, size_t size, const uint8_t *message, uint8_t mac[KEY])
{
    static const uint8_t sequence[4];
    hmac_md5_update(&s->hmac, sizeof sequence, sequence);
    hmac_md5_update(&s->hmac, size, message);
    hmac_md5_digest(&s->hmac, KEY, mac);
}

static void one_message(struct stream *s, int sealing, size_t size, uint8_t *message)
{
    uint8_t mac[KEY];
    if (sealing)
        digest(s, size, message, mac);
    arcfour_crypt(&s->rc4, size, message, message);
    if (!sealing)
        digest(s, size, message, mac);
    arcfour_crypt(&s->rc4, 8, mac, mac);
    sink ^= mac[0];
}

/* As many different messages as sspibench has, so that both find them in the same caches. */
static double throughput(int sealing, size_t size, double seconds)
{
    struct stream s;
    size_t count = size < 16384 ? 16384 / size : 1;
    uint8_t *messages = calloc(count, size);
    arcfour_set_key(&s.rc4, KEY, data);
    hmac_md5_set_key(&s.hmac, KEY, data);
    double start = now(), end = start + seconds, t, bytes = 0;
    do {
        for (size_t i = 0; i < count; i++)
            one_message(&s, sealing, size, messages + i * size);
        bytes += (double)(size * count);
    } while ((t = now()) < end);
    free(messages);
    return bytes / 1e6 / (t - start);
}

/* ---- a login ---- */

struct sizes {
    size_t names, nt_response, negotiate, challenge, authenticate;
};

static void hmac(const uint8_t key[KEY], size_t first, size_t second, size_t third, uint8_t out[KEY])
{
    struct hmac_md5_ctx c;
    hmac_md5_set_key(&c, KEY, key);
    hmac_md5_update(&c, first, data);
    hmac_md5_update(&c, second, data);
    hmac_md5_update(&c, third, data);
    hmac_md5_digest(&c, KEY, out);
}

/* SIGNKEY, SEALKEY and what is made of them, of one direction. */
static void direction(const uint8_t session_key[KEY], struct stream *s)
{
    enum { MAGIC = 59 }; /* the constants of [MS-NLMP] 3.4.5.2 and 3.4.5.3 with their NUL */
    uint8_t key[2][KEY];
    struct md5_ctx c;
    for (int i = 0; i < 2; i++) {
        md5_init(&c);
        md5_update(&c, KEY, session_key);
        md5_update(&c, MAGIC, data);
        md5_digest(&c, KEY, key[i]);
    }
    hmac_md5_set_key(&s->hmac, KEY, key[0]);
    arcfour_set_key(&s->rc4, KEY, key[1]);
}

static void one_end(const struct sizes *z)
{
    uint8_t response_key[KEY], proof[KEY], base_key[KEY], session_key[KEY], mic[KEY];
    struct arcfour_ctx rc4;
    struct stream streams[2];

    hmac(data, z->names, 0, 0, response_key);                    /* NTOWFv2 */
    hmac(response_key, 8, z->nt_response - KEY, 0, proof);       /* NTProofStr */
    hmac(response_key, KEY, 0, 0, base_key);                     /* SessionBaseKey */
    arcfour_set_key(&rc4, KEY, base_key);                        /* RC4K */
    arcfour_crypt(&rc4, KEY, session_key, proof);
    hmac(session_key, z->negotiate, z->challenge, z->authenticate, mic);
    direction(session_key, &streams[0]);
    direction(session_key, &streams[1]);
    sink ^= mic[0] ^ streams[0].rc4.S[0] ^ streams[1].rc4.S[0] ^ (uint8_t)streams[0].hmac.inner.state[0] ^ (uint8_t)streams[1].hmac.inner.state[0];
}

static double handshakes(const struct sizes *z, double seconds)
{
    double start = now(), end = start + seconds, t, count = 0;
    do {
        one_end(z);
        one_end(z);
        count++;
    } while ((t = now()) < end);
    return count / (t - start);
}

int main(int argc, char **argv)
{
    if (argc == 4 && (!strcmp(argv[1], "seal") || !strcmp(argv[1], "unseal"))) {
        printf("%.1f\n", throughput(!strcmp(argv[1], "seal"), (size_t)atol(argv[2]), atof(argv[3])));
    } else if (argc == 8 && !strcmp(argv[1], "handshake")) {
        size_t n[5];
        for (int i = 0; i < 5; i++)
            if ((n[i] = (size_t)atol(argv[i + 3])) > MOST)
                return 2;
        const struct sizes z = {n[0], n[1], n[2], n[3], n[4]};
        printf("%.0f\n", handshakes(&z, atof(argv[2])));
    } else {
        fprintf(stderr, "nettlebench seal|unseal SIZE SECONDS | handshake SECONDS NAMES NT_RESPONSE NEGOTIATE CHALLENGE AUTHENTICATE\n");
        return 2;
    }
    return sink == 256;
}
