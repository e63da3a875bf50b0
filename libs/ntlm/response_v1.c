#include "response_v1.h"
#include <string.h>
#include "base/reader.h"
#include "crypto.h"

enum { LM_PASSWORD_SIZE = 14 };

/* The password as LM sees it: upper case, zeros behind. False: LM has no word for it. */
static bool lm_password(struct bytes password, uint8_t out[LM_PASSWORD_SIZE])
{
    struct reader r = reader_on(password);

    memset(out, 0, LM_PASSWORD_SIZE);
    if (password.size % 2 || password.size > 2 * LM_PASSWORD_SIZE)
        return false;
    for (size_t i = 0; i < password.size / 2; i++) {
        uint16_t unit = reader_u16le(&r);
        /* Beyond ASCII it depends on the client's OEM code page: see oem.h. */
        if (!unit || unit >= 0x80)
            return false;
        out[i] = (uint8_t)(unit >= 'a' && unit <= 'z' ? unit - 'a' + 'A' : unit);
    }
    return true;
}

bool ntlm_lm_hash(struct bytes password, uint8_t hash[NTLM_HASH_SIZE])
{
    static const uint8_t magic[NTLM_DES_BLOCK_SIZE] = {'K', 'G', 'S', '!', '@', '#', '$', '%'};
    uint8_t text[LM_PASSWORD_SIZE];
    bool possible = lm_password(password, text);

    memset(hash, 0, NTLM_HASH_SIZE);
    if (possible) {
        ntlm_des(text, magic, hash);
        ntlm_des(text + NTLM_DES_KEY_SIZE, magic, hash + NTLM_DES_BLOCK_SIZE);
    }
    wipe(text, sizeof(text));
    wipe_stack();
    return possible;
}

void ntlm_v1_nt_response(uint32_t flags, const uint8_t nt_hash[NTLM_HASH_SIZE],
        const uint8_t server_challenge[NTLM_CHALLENGE_SIZE],
        const uint8_t client_challenge[NTLM_CHALLENGE_SIZE],
        uint8_t response[NTLM_V1_RESPONSE_SIZE])
{
    uint8_t both[NTLM_HASH_SIZE];

    if (!(flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY)) {
        ntlm_desl(nt_hash, server_challenge, response);
        return;
    }
    ntlm_md5(bytes_of(server_challenge, NTLM_CHALLENGE_SIZE),
            bytes_of(client_challenge, NTLM_CHALLENGE_SIZE), both);
    ntlm_desl(nt_hash, both, response);
}

void ntlm_v1_challenge_response(const uint8_t client_challenge[NTLM_CHALLENGE_SIZE],
        uint8_t response[NTLM_V1_RESPONSE_SIZE])
{
    memset(response, 0, NTLM_V1_RESPONSE_SIZE);
    memcpy(response, client_challenge, NTLM_CHALLENGE_SIZE);
}

void ntlm_v1_session_base_key(const uint8_t nt_hash[NTLM_HASH_SIZE], uint8_t key[NTLM_HASH_SIZE])
{
    ntlm_md4(bytes_of(nt_hash, NTLM_HASH_SIZE), key);
}

/* The key of LM_KEY: the LM response's first block under the two parts of LMOWFv1[0..7]. */
static void lm_key_kxkey(const uint8_t lm_response[NTLM_CHALLENGE_SIZE],
        const uint8_t lm_key[NTLM_LM_KEY_SIZE], uint8_t key[NTLM_HASH_SIZE])
{
    uint8_t second[NTLM_DES_KEY_SIZE] = {lm_key[7], 0xBD, 0xBD, 0xBD, 0xBD, 0xBD, 0xBD};

    ntlm_des(lm_key, lm_response, key);
    ntlm_des(second, lm_response, key + NTLM_DES_BLOCK_SIZE);
    wipe(second, sizeof(second));
}

void ntlm_v1_kxkey(uint32_t flags, const uint8_t session_base_key[NTLM_HASH_SIZE],
        const uint8_t lm_response[NTLM_CHALLENGE_SIZE],
        const uint8_t server_challenge[NTLM_CHALLENGE_SIZE], const uint8_t *lm_key,
        uint8_t key[NTLM_HASH_SIZE])
{
    if (flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY) {
        ntlm_hmac_md5(session_base_key, bytes_of(server_challenge, NTLM_CHALLENGE_SIZE),
                bytes_of(lm_response, NTLM_CHALLENGE_SIZE), ntlm_none, key);
    } else if (flags & NTLMSSP_NEGOTIATE_LM_KEY) {
        lm_key_kxkey(lm_response, lm_key, key);
    } else if (flags & NTLMSSP_REQUEST_NON_NT_SESSION_KEY) {
        memset(key, 0, NTLM_HASH_SIZE);
        memcpy(key, lm_key, NTLM_LM_KEY_SIZE);
    } else {
        memcpy(key, session_base_key, NTLM_HASH_SIZE);
    }
}

void ntlm_v1_answer(uint32_t flags, const uint8_t nt_hash[NTLM_HASH_SIZE], const uint8_t *lm_hash,
        const uint8_t server_challenge[NTLM_CHALLENGE_SIZE],
        const uint8_t client_challenge[NTLM_CHALLENGE_SIZE], struct ntlm_v1_answer *answer)
{
    uint8_t base[NTLM_HASH_SIZE];

    ntlm_v1_nt_response(flags, nt_hash, server_challenge, client_challenge, answer->nt_response);
    if (flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY)
        ntlm_v1_challenge_response(client_challenge, answer->lm_response);
    else if (lm_hash)
        ntlm_desl(lm_hash, server_challenge, answer->lm_response);
    else
        memcpy(answer->lm_response, answer->nt_response, NTLM_V1_RESPONSE_SIZE);
    ntlm_v1_session_base_key(nt_hash, base);
    ntlm_v1_kxkey(
            flags, base, answer->lm_response, server_challenge, lm_hash, answer->key_exchange_key);
    wipe(base, sizeof(base));
}
