#include <nettle/arcfour.h>
#include <nettle/md4.h>
#include <nettle/md5.h>
#include "crypto.h"
#include "mac.h"

const struct bytes ntlm_none = {NULL, 0};

/* Nettle's block function leaves a copy of its input, here a password, where its own frame was:
 * below ours. */
static __attribute__((noinline)) void wipe_below(void)
{
    uint8_t room[1024];

    wipe(room, sizeof(room));
}

void ntlm_md4(struct bytes in, uint8_t digest[NTLM_HASH_SIZE])
{
    struct md4_ctx ctx;

    md4_init(&ctx);
    md4_update(&ctx, in.size, in.data);
    md4_digest(&ctx, MD4_DIGEST_SIZE, digest);
    wipe(&ctx, sizeof(ctx));
    wipe_below();
}

void ntlm_md5(struct bytes a, struct bytes b, uint8_t digest[NTLM_HASH_SIZE])
{
    struct md5_ctx ctx;

    md5_init(&ctx);
    md5_update(&ctx, a.size, a.data);
    md5_update(&ctx, b.size, b.data);
    md5_digest(&ctx, MD5_DIGEST_SIZE, digest);
    wipe(&ctx, sizeof(ctx));
}

void ntlm_hmac_md5(const uint8_t key[NTLM_HASH_SIZE], struct bytes a, struct bytes b,
        struct bytes c, uint8_t digest[NTLM_HASH_SIZE])
{
    struct ntlm_mac_key k;

    ntlm_mac_set_key(&k, key);
    ntlm_hmac_md5_under(&k, a, b, c, digest);
    wipe(&k, sizeof(k));
}

void ntlm_hmac_md5_under(const struct ntlm_mac_key *k, struct bytes a, struct bytes b,
        struct bytes c, uint8_t digest[NTLM_HASH_SIZE])
{
    struct ntlm_mac m;

    ntlm_mac_begin(&m, k);
    ntlm_mac_add(&m, a.data, a.size);
    ntlm_mac_add(&m, b.data, b.size);
    ntlm_mac_add(&m, c.data, c.size);
    ntlm_mac_end(&m, k, digest, NTLM_HASH_SIZE);
}

void ntlm_rc4k(const uint8_t key[NTLM_HASH_SIZE], const uint8_t in[NTLM_HASH_SIZE],
        uint8_t out[NTLM_HASH_SIZE])
{
    struct arcfour_ctx ctx;

    arcfour_set_key(&ctx, NTLM_HASH_SIZE, key);
    arcfour_crypt(&ctx, NTLM_HASH_SIZE, out, in);
    wipe(&ctx, sizeof(ctx));
}

void ntlm_rc4_rewind(struct arcfour_ctx *rc4, uint64_t count)
{
    for (; count; count--) {
        uint8_t added = rc4->S[rc4->j];

        rc4->S[rc4->j] = rc4->S[rc4->i];
        rc4->S[rc4->i] = added;
        rc4->j = (uint8_t)(rc4->j - added);
        rc4->i = (uint8_t)(rc4->i - 1);
    }
}
