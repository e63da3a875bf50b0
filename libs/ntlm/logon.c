/* Whether a login proves the password, for account sources that hold its hash. [MS-NLMP] 3.3
 *
 * An unknown user is checked like a known one, against zeros, so that both cost the same.
 */
#include <string.h>
#include "base/log.h"
#include "crypto.h"
#include "keys.h"
#include "response.h"
#include "response_v1.h"

static const uint8_t nobody[NTLM_HASH_SIZE];

static enum status check_v2(const struct ntlm_logon *logon, const uint8_t nt_hash[NTLM_HASH_SIZE],
        bool known, uint8_t key[NTLM_HASH_SIZE])
{
    uint8_t response_key[NTLM_HASH_SIZE], proof[NTLM_HASH_SIZE];
    struct ntlm_v2_response response;
    enum status status = ntlm_v2_response_read(logon->nt_response, &response);

    if (status != ST_OK)
        return status;
    status = ntlm_ntowf_v2(nt_hash, logon->user, logon->domain, response_key);
    if (status != ST_OK)
        return status;
    ntlm_v2_proof(response_key, logon->server_challenge, response.temp, proof, key);
    /* Both conditions are computed, so that an unknown user costs what a known one does. */
    bool proven = secret_equal(bytes_of(proof, sizeof(proof)), response.proof);
    status = proven && known ? ST_OK : ST_LOGON_DENIED;
    wipe(response_key, sizeof(response_key));
    wipe(proof, sizeof(proof));
    return status;
}

/* With extended session security the client's challenge is in place of the LM response. */
static enum status check_v1(const struct ntlm_logon *logon, const uint8_t nt_hash[NTLM_HASH_SIZE],
        bool known, uint8_t key[NTLM_HASH_SIZE])
{
    uint8_t want[NTLM_V1_RESPONSE_SIZE];

    if (logon->flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY &&
            logon->lm_response.size < NTLM_CHALLENGE_SIZE) {
        log_warn("ntlm", "an NTLM response without the client's challenge; refused");
        return ST_BAD_TOKEN;
    }
    ntlm_v1_nt_response(
            logon->flags, nt_hash, logon->server_challenge, logon->lm_response.data, want);
    bool proven = secret_equal(bytes_of(want, sizeof(want)), logon->nt_response);
    ntlm_v1_session_base_key(nt_hash, key);
    wipe(want, sizeof(want));
    return proven && known ? ST_OK : ST_LOGON_DENIED;
}

enum status ntlm_check_logon(const struct ntlm_logon *logon, const uint8_t nt_hash[NTLM_HASH_SIZE],
        bool known, uint8_t session_base_key[NTLM_HASH_SIZE])
{
    const uint8_t *hash = known ? nt_hash : nobody;
    enum status status = ST_LOGON_DENIED;

    if (logon->proof == NTLM_PROOF_V2)
        status = check_v2(logon, hash, known, session_base_key);
    else if (logon->proof == NTLM_PROOF_V1)
        status = check_v1(logon, hash, known, session_base_key);
    if (status != ST_OK)
        wipe(session_base_key, NTLM_HASH_SIZE);
    return status;
}

enum status ntlm_check_lm_logon(const struct ntlm_logon *logon,
        const uint8_t lm_hash[NTLM_HASH_SIZE], bool known, uint8_t session_base_key[NTLM_HASH_SIZE])
{
    uint8_t want[NTLM_V1_RESPONSE_SIZE];
    const uint8_t *hash = known ? lm_hash : nobody;

    ntlm_desl(hash, logon->server_challenge, want);
    bool proven = secret_equal(bytes_of(want, sizeof(want)), logon->lm_response);
    wipe(want, sizeof(want));
    memset(session_base_key, 0, NTLM_HASH_SIZE);
    if (logon->proof != NTLM_PROOF_LM || !proven || !known)
        return ST_LOGON_DENIED;
    memcpy(session_base_key, lm_hash, NTLM_LM_KEY_SIZE);
    return ST_OK;
}
