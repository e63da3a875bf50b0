#include "keys.h"
#include <string.h>
#include "crypto.h"
#include "base/utf16.h"

/* The magic constants are hashed with their terminating NUL ([MS-NLMP] 3.4.5.2, 3.4.5.3). */
#define WITH_NUL(s)                                                                                \
    {                                                                                              \
        (const uint8_t *)(s), sizeof(s)                                                            \
    }

static const struct bytes sign_magic[] = {
        [NTLM_CLIENT_TO_SERVER] =
                WITH_NUL("session key to client-to-server signing key magic constant"),
        [NTLM_SERVER_TO_CLIENT] =
                WITH_NUL("session key to server-to-client signing key magic constant"),
};

static const struct bytes seal_magic[] = {
        [NTLM_CLIENT_TO_SERVER] =
                WITH_NUL("session key to client-to-server sealing key magic constant"),
        [NTLM_SERVER_TO_CLIENT] =
                WITH_NUL("session key to server-to-client sealing key magic constant"),
};

void ntlm_nt_hash(struct bytes password, uint8_t hash[NTLM_HASH_SIZE])
{
    ntlm_md4(password, hash);
    wipe_stack(); /* MD4 copies each block */
}

void ntlm_channel_bindings_hash(struct bytes application_data, uint8_t hash[NTLM_HASH_SIZE])
{
    /* initiator and acceptor: address type and length, all 0; then the length of the data, LE. */
    uint8_t head[20] = {0};

    for (unsigned i = 0; i < 4; i++)
        head[16 + i] = (uint8_t)(application_data.size >> (8 * i));
    ntlm_md5(bytes_of(head, sizeof(head)), application_data, hash);
}

enum status ntlm_ntowf_v2(const uint8_t nt_hash[NTLM_HASH_SIZE], struct bytes user,
        struct bytes domain, uint8_t key[NTLM_HASH_SIZE])
{
    struct blob upper = {0};
    enum status status = utf16_upper_copy(user, &upper);

    if (status != ST_OK)
        return status;
    ntlm_hmac_md5(nt_hash, blob_view(&upper), domain, ntlm_none, key);
    blob_free(&upper);
    return ST_OK;
}

void ntlm_signkey(const uint8_t session_key[NTLM_HASH_SIZE], enum ntlm_direction direction,
        uint8_t key[NTLM_HASH_SIZE])
{
    ntlm_md5(bytes_of(session_key, NTLM_HASH_SIZE), sign_magic[direction], key);
}

void ntlm_sealkey(uint32_t flags, const uint8_t session_key[NTLM_HASH_SIZE],
        enum ntlm_direction direction, uint8_t key[NTLM_HASH_SIZE])
{
    size_t strength = flags & NTLMSSP_NEGOTIATE_128 ? 16 : flags & NTLMSSP_NEGOTIATE_56 ? 7 : 5;

    ntlm_md5(bytes_of(session_key, strength), seal_magic[direction], key);
}

size_t ntlm_sealkey_v1(
        uint32_t flags, const uint8_t session_key[NTLM_HASH_SIZE], uint8_t key[NTLM_HASH_SIZE])
{
    static const uint8_t end_56[] = {0xA0}, end_40[] = {0xE5, 0x38, 0xB0};
    enum { WEAK_SIZE = 8 };

    memcpy(key, session_key, NTLM_HASH_SIZE);
    if (!(flags & (NTLMSSP_NEGOTIATE_LM_KEY | NTLMSSP_NEGOTIATE_DATAGRAM)))
        return NTLM_HASH_SIZE;
    wipe(key + WEAK_SIZE, NTLM_HASH_SIZE - WEAK_SIZE);
    if (flags & NTLMSSP_NEGOTIATE_56)
        memcpy(key + WEAK_SIZE - sizeof(end_56), end_56, sizeof(end_56));
    else
        memcpy(key + WEAK_SIZE - sizeof(end_40), end_40, sizeof(end_40));
    return WEAK_SIZE;
}
