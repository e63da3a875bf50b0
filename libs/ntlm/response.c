#include "response.h"
#include <string.h>
#include "base/log.h"
#include "crypto.h"
#include "keys.h"
#include "mac.h"

static enum status not_v2(size_t size)
{
    log_warn("ntlm",
            "the client sent no NTLMv2 response (%zu bytes); version 2 is required: "
            "set its LmCompatibilityLevel to 3 or higher",
            size);
    return ST_LOGON_DENIED;
}

static enum status parse(struct bytes nt_response, struct ntlm_v2_response *m)
{
    struct reader r = reader_on(nt_response);

    m->proof = reader_bytes(&r, NTLM_HASH_SIZE);
    struct reader temp = r;
    m->temp = reader_rest(&temp);
    if (reader_u8(&r) != 1 || reader_u8(&r) != 1) /* RespType, HiRespType */
        reader_fail(&r);
    reader_skip(&r, 6);
    m->timestamp = reader_u64le(&r);
    m->client_challenge = reader_bytes(&r, NTLM_CHALLENGE_SIZE);
    reader_skip(&r, 4);
    ntlm_av_read(&r, &m->av); /* what follows the EOL is only hashed: senders differ */
    return reader_ok(&r) ? ST_OK : ST_BAD_TOKEN;
}

enum status ntlm_v2_response_read(struct bytes nt_response, struct ntlm_v2_response *m)
{
    *m = (struct ntlm_v2_response){0};
    if (nt_response.size <= NTLM_V1_RESPONSE_SIZE)
        return not_v2(nt_response.size);
    if (parse(nt_response, m) == ST_OK)
        return ST_OK;
    *m = (struct ntlm_v2_response){0};
    log_warn("ntlm", "malformed NTLMv2 response of %zu bytes; refused", nt_response.size);
    return ST_BAD_TOKEN;
}

void ntlm_v2_temp_write(struct writer *w, uint64_t timestamp,
        const uint8_t client_challenge[NTLM_CHALLENGE_SIZE], struct bytes target_info)
{
    writer_u8(w, 1);
    writer_u8(w, 1);
    writer_zeros(w, 6);
    writer_u64le(w, timestamp);
    writer_bytes(w, bytes_of(client_challenge, NTLM_CHALLENGE_SIZE));
    writer_zeros(w, 4);
    writer_bytes(w, target_info);
    writer_zeros(w, 4);
}

void ntlm_v2_proof(const uint8_t response_key[NTLM_HASH_SIZE],
        const uint8_t server_challenge[NTLM_CHALLENGE_SIZE], struct bytes temp,
        uint8_t proof[NTLM_HASH_SIZE], uint8_t session_base_key[NTLM_HASH_SIZE])
{
    struct ntlm_mac_key key;

    ntlm_mac_set_key(&key, response_key);
    ntlm_hmac_md5_under(
            &key, bytes_of(server_challenge, NTLM_CHALLENGE_SIZE), temp, ntlm_none, proof);
    ntlm_hmac_md5_under(
            &key, bytes_of(proof, NTLM_HASH_SIZE), ntlm_none, ntlm_none, session_base_key);
    wipe(&key, sizeof(key));
}

void ntlm_v2_lm_response(const uint8_t response_key[NTLM_HASH_SIZE],
        const uint8_t server_challenge[NTLM_CHALLENGE_SIZE],
        const uint8_t client_challenge[NTLM_CHALLENGE_SIZE],
        uint8_t response[NTLM_V1_RESPONSE_SIZE])
{
    ntlm_hmac_md5(response_key, bytes_of(server_challenge, NTLM_CHALLENGE_SIZE),
            bytes_of(client_challenge, NTLM_CHALLENGE_SIZE), ntlm_none, response);
    memcpy(response + NTLM_HASH_SIZE, client_challenge, NTLM_CHALLENGE_SIZE);
}
