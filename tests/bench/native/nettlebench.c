/* nettlebench SIZE SECONDS: MB/s of what NTLM sealing cannot do without: RC4 over the message, HMAC-MD5 over sequence number and
 * message, RC4 over 8 bytes of it, by Nettle's own functions. */
#include <nettle/arcfour.h>
#include <nettle/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct arcfour_ctx rc4;
    struct hmac_md5_ctx hmac;
    uint8_t key[16] = {1}, mac[16], sequence[4] = {0};

    if (argc != 3)
        return 2;
    size_t size = (size_t)atol(argv[1]);
    uint8_t *data = calloc(1, size);
    arcfour_set_key(&rc4, sizeof key, key);
    hmac_md5_set_key(&hmac, sizeof key, key);
    double start = now(), end = start + atof(argv[2]), t, bytes = 0;
    do {
        hmac_md5_update(&hmac, sizeof sequence, sequence);
        hmac_md5_update(&hmac, size, data);
        hmac_md5_digest(&hmac, sizeof mac, mac);
        arcfour_crypt(&rc4, size, data, data);
        arcfour_crypt(&rc4, 8, mac, mac);
        bytes += (double)size;
    } while ((t = now()) < end);
    printf("%.1f\n", bytes / 1e6 / (t - start));
    free(data);
    return mac[0] == 256; /* the result is used */
}
