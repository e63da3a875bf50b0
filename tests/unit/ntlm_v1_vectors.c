/* NTLM version 1: the published values of [MS-NLMP] 4.2.2 (without) and 4.2.3 (with extended
 * session security), every intermediate too. The LM hash of the empty password is well known; its
 * DES keys are weak ones. */
#include "unit.h"
#include "ntlm/crypto.h"
#include "ntlm/keys.h"
#include "ntlm/ntlm.h"
#include "ntlm/response_v1.h"

/* 4.2.1 */
#define PASSWORD    "50 00 61 00 73 00 73 00 77 00 6f 00 72 00 64 00"
#define RANDOM_KEY  "55 55 55 55 55 55 55 55 55 55 55 55 55 55 55 55"
#define CLIENT_CHAL "aa aa aa aa aa aa aa aa"
#define SERVER_CHAL "01 23 45 67 89 ab cd ef"
/* 4.2.2.1 */
#define LMOWF_V1     "e5 2c ac 67 41 9a 9a 22 4a 3b 10 8f 3f a6 cb 6d"
#define NTOWF_V1     "a4 f4 9c 40 65 10 bd ca b6 82 4e e7 c3 0f d8 52"
#define BASE_KEY     "d8 72 62 b0 cd e4 b1 cb 74 99 be cc cd f1 07 84"
#define KXKEY_NON_NT "e5 2c ac 67 41 9a 9a 22 00 00 00 00 00 00 00 00"
#define KXKEY_LM_KEY "b0 9e 37 9f 7f be cb 1e af 0a fd cb 03 83 c8 a0"
/* 4.2.2.2 */
#define NT_RESPONSE      "67 c4 30 11 f3 02 98 a2 ad 35 ec e6 4f 16 33 1c 44 bd be d9 27 84 1f 94"
#define LM_RESPONSE      "98 de f7 b8 7f 88 aa 5d af e2 df 77 96 88 a1 72 de f1 1c 7d 5c cd ef 13"
#define ENCRYPTED_PLAIN  "51 88 22 b1 b3 f3 50 c8 95 86 82 ec bb 3e 3c b7"
#define ENCRYPTED_NON_NT "74 52 ca 55 c2 25 a1 ca 04 b4 8f ae 32 cf 56 fc"
#define ENCRYPTED_LM_KEY "4c d7 bb 57 d6 97 ef 9b 54 9f 02 b8 f9 b3 78 64"
/* 4.2.3.1, 4.2.3.2 */
#define ESS_FLAGS       0x820a8233
#define ESS_KXKEY       "eb 93 42 9a 8b d9 52 f8 b8 9c 55 b8 7f 47 5e dc"
#define ESS_LM_RESPONSE CLIENT_CHAL " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
#define ESS_NT_RESPONSE "75 37 f8 03 ae 36 71 28 ca 45 82 04 bd e7 ca f8 1e 97 ed 26 83 26 72 32"

static uint8_t pool[1 << 14];
static size_t pool_used;

static struct bytes hex(const char *text)
{
    struct bytes b = unit_unhex(text, pool + pool_used, sizeof(pool) - pool_used);
    pool_used += b.size;
    return b;
}

static struct bytes hash16(const uint8_t h[NTLM_HASH_SIZE])
{
    return bytes_of(h, NTLM_HASH_SIZE);
}

static void one_way_functions(void)
{
    uint8_t d[16];

    CHECK(ntlm_lm_hash(hex(PASSWORD), d));
    CHECK_BYTES(hash16(d), hex(LMOWF_V1));
    CHECK(ntlm_lm_hash(bytes_of(NULL, 0), d));
    CHECK_BYTES(hash16(d), hex("aad3b435b51404eeaad3b435b51404ee"));
    ntlm_v1_session_base_key(hex(NTOWF_V1).data, d);
    CHECK_BYTES(hash16(d), hex(BASE_KEY));
}

/* Fourteen characters have one, fifteen or an umlaut not; then nothing of it is left in the hash.
 */
static void no_lm_hash(void)
{
    static const uint8_t zeros[16];
    uint8_t d[16];

    CHECK(ntlm_lm_hash(bytes_of(u"abcdefghijklmn", 28), d));
    CHECK(!ntlm_lm_hash(bytes_of(u"abcdefghijklmno", 30), d));
    CHECK_BYTES(hash16(d), bytes_of(zeros, 16));
    CHECK(!ntlm_lm_hash(bytes_of(u"p\u00e4ss", 8), d));
    CHECK_BYTES(hash16(d), bytes_of(zeros, 16));
    CHECK(!ntlm_lm_hash(bytes_of(u"pass", 7), d));
}

static void responses(void)
{
    uint8_t r[24];

    ntlm_v1_nt_response(0xe2028233, hex(NTOWF_V1).data, hex(SERVER_CHAL).data, NULL, r);
    CHECK_BYTES(bytes_of(r, 24), hex(NT_RESPONSE));
    ntlm_desl(hex(LMOWF_V1).data, hex(SERVER_CHAL).data, r);
    CHECK_BYTES(bytes_of(r, 24), hex(LM_RESPONSE));
    ntlm_v1_nt_response(
            ESS_FLAGS, hex(NTOWF_V1).data, hex(SERVER_CHAL).data, hex(CLIENT_CHAL).data, r);
    CHECK_BYTES(bytes_of(r, 24), hex(ESS_NT_RESPONSE));
    ntlm_v1_challenge_response(hex(CLIENT_CHAL).data, r);
    CHECK_BYTES(bytes_of(r, 24), hex(ESS_LM_RESPONSE));
}

static void key_exchange(uint32_t flags, const char *kxkey, const char *encrypted)
{
    uint8_t key[16], out[16];

    ntlm_v1_kxkey(flags, hex(BASE_KEY).data, hex(LM_RESPONSE).data, hex(SERVER_CHAL).data,
            hex(LMOWF_V1).data, key);
    CHECK_BYTES(hash16(key), hex(kxkey));
    ntlm_rc4k(key, hex(RANDOM_KEY).data, out);
    CHECK_BYTES(hash16(out), hex(encrypted));
}

/* Whoever is not known is compared with a hash of zeros: a response made with that one does not let him in. DES of
 * zeros with a key of zeros: openssl enc -des-ecb -K 0000000000000000 -nopad. Twin: somebody known who has that hash. */
static void nobody_known(void)
{
    static const uint8_t zeros[16];
    uint8_t key[16];
    struct bytes response = hex("8ca64de9c1b123a7 8ca64de9c1b123a7 8ca64de9c1b123a7");
    struct ntlm_logon nt = {.server_challenge = zeros, .nt_response = response, .proof = NTLM_PROOF_V1};
    struct ntlm_logon lm = {.server_challenge = zeros, .lm_response = response, .proof = NTLM_PROOF_LM};

    CHECK_STATUS(ntlm_check_logon(&nt, zeros, true, key), ST_OK);
    CHECK_STATUS(ntlm_check_logon(&nt, zeros, false, key), ST_LOGON_DENIED);
    CHECK_BYTES(hash16(key), bytes_of(zeros, 16));
    CHECK_STATUS(ntlm_check_lm_logon(&lm, zeros, true, key), ST_OK);
    CHECK_STATUS(ntlm_check_lm_logon(&lm, zeros, false, key), ST_LOGON_DENIED);
    CHECK_BYTES(hash16(key), bytes_of(zeros, 16));
}

/* With extended session security the flags for the LM hash mean nothing: it is not even looked at.
 */
static void key_exchange_extended(void)
{
    uint8_t key[16];

    ntlm_v1_kxkey(ESS_FLAGS, hex(BASE_KEY).data, hex(ESS_LM_RESPONSE).data, hex(SERVER_CHAL).data,
            NULL, key);
    CHECK_BYTES(hash16(key), hex(ESS_KXKEY));
    ntlm_v1_kxkey(ESS_FLAGS | NTLMSSP_NEGOTIATE_LM_KEY | NTLMSSP_REQUEST_NON_NT_SESSION_KEY,
            hex(BASE_KEY).data, hex(ESS_LM_RESPONSE).data, hex(SERVER_CHAL).data, NULL, key);
    CHECK_BYTES(hash16(key), hex(ESS_KXKEY));
}

/* 4.2.3.4: without KEY_EXCH the session key is the key exchange key; sealed with 56 bits of it. */
static void session_keys_extended(void)
{
    uint8_t key[16];

    ntlm_sealkey(ESS_FLAGS, hex(ESS_KXKEY).data, NTLM_CLIENT_TO_SERVER, key);
    CHECK_BYTES(hash16(key), hex("04 dd 7f 01 4d 85 04 d2 65 a2 5c c8 6a 3a 7c 06"));
    ntlm_signkey(hex(ESS_KXKEY).data, NTLM_CLIENT_TO_SERVER, key);
    CHECK_BYTES(hash16(key), hex("60 e7 99 be 5c 72 fc 92 92 2a e8 eb e9 61 fb 8d"));
}

int main(void)
{
    one_way_functions();
    no_lm_hash();
    responses();
    key_exchange(0xe2028233, BASE_KEY, ENCRYPTED_PLAIN);
    key_exchange(0xe2028233 | NTLMSSP_REQUEST_NON_NT_SESSION_KEY, KXKEY_NON_NT, ENCRYPTED_NON_NT);
    key_exchange(0xe2028233 | NTLMSSP_NEGOTIATE_LM_KEY, KXKEY_LM_KEY, ENCRYPTED_LM_KEY);
    key_exchange_extended();
    session_keys_extended();
    nobody_known();
    return unit_end("ntlm_v1_vectors");
}
