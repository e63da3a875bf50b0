#include <nettle/arcfour.h>
#include <nettle/hmac.h>
#include <nettle/md4.h>
#include <nettle/md5.h>
#include "crypto.h"

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
    struct hmac_md5_ctx ctx;

    hmac_md5_set_key(&ctx, NTLM_HASH_SIZE, key);
    hmac_md5_update(&ctx, a.size, a.data);
    hmac_md5_update(&ctx, b.size, b.data);
    hmac_md5_update(&ctx, c.size, c.data);
    hmac_md5_digest(&ctx, MD5_DIGEST_SIZE, digest);
    wipe(&ctx, sizeof(ctx));
}

void ntlm_rc4k(const uint8_t key[NTLM_HASH_SIZE], const uint8_t in[NTLM_HASH_SIZE],
        uint8_t out[NTLM_HASH_SIZE])
{
    struct arcfour_ctx ctx;

    arcfour_set_key(&ctx, NTLM_HASH_SIZE, key);
    arcfour_crypt(&ctx, NTLM_HASH_SIZE, out, in);
    wipe(&ctx, sizeof(ctx));
}
