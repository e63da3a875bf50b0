/* The published values of [MS-NLMP] 4.2: 4.2.1 (common values), 4.2.4 (NTLMv2 authentication) with
 * its messages and its GSS_WrapEx example; every intermediate too. And the channel binding hash of
 * Microsoft's Open Specifications blog, "NTLM and Channel Binding Hash (aka Extended Protection for
 * Authentication)", 2013-03-26. MD4, MD5 and HMAC-MD5: RFC 1320 A.5, RFC 1321 A.5, RFC 2202 2. */
#include "unit.h"
#include "ntlm/avpair.h"
#include "ntlm/crypto.h"
#include "ntlm/keys.h"
#include "ntlm/message.h"
#include "ntlm/ntlm.h"
#include "ntlm/response.h"
#include "ntlm/session.h"

/* 4.2.1 */
#define USER        "55 00 73 00 65 00 72 00"
#define USER_DOM    "44 00 6f 00 6d 00 61 00 69 00 6e 00"
#define PASSWORD    "50 00 61 00 73 00 73 00 77 00 6f 00 72 00 64 00"
#define SERVER_NAME "53 00 65 00 72 00 76 00 65 00 72 00"
#define WORKSTATION "43 00 4f 00 4d 00 50 00 55 00 54 00 45 00 52 00"
#define SESSION_KEY "55 55 55 55 55 55 55 55 55 55 55 55 55 55 55 55"
#define CLIENT_CHAL "aa aa aa aa aa aa aa aa"
#define SERVER_CHAL "01 23 45 67 89 ab cd ef"
/* 4.2.2.1.2: NTOWFv1, the NT hash. */
#define NTOWF_V1 "a4 f4 9c 40 65 10 bd ca b6 82 4e e7 c3 0f d8 52"
/* 4.2.4.1.1 to 4.2.4.1.3 */
#define NTOWF_V2         "0c 86 8a 40 3b fd 7a 93 a3 00 1e f2 2e f0 2e 3f"
#define SESSION_BASE_KEY "8d e4 0c ca db c1 4a 82 f1 5c b0 ad 0d e9 5c a3"
#define TARGET_INFO      "02 00 0c 00 " USER_DOM "01 00 0c 00 " SERVER_NAME "00 00 00 00 "
#define TEMP                                                                                       \
    "01 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 " CLIENT_CHAL " 00 00 00 00 " TARGET_INFO     \
    "00 00 00 00"
/* 4.2.4.2 */
#define LM_V2         "86 c3 50 97 ac 9c ec 10 25 54 76 4a 57 cc cc 19 " CLIENT_CHAL
#define NT_PROOF      "68 cd 0a b8 51 e5 1c 96 aa bc 92 7b eb ef 6a 1c"
#define ENCRYPTED_KEY "c5 da d2 54 4f c9 79 90 94 ce 1c e9 0b c9 d0 3e"
/* 4.2.4.3 */
#define CHALLENGE_MESSAGE                                                                          \
    "4e 54 4c 4d 53 53 50 00 02 00 00 00 0c 00 0c 00 38 00 00 00 33 82 8a e2 " SERVER_CHAL         \
    "00 00 00 00 00 00 00 00 24 00 24 00 44 00 00 00 06 00 70 17 00 00 00 0f " SERVER_NAME         \
    "02 00 0c 00 " USER_DOM "01 00 0c 00 " SERVER_NAME "00 00 00 00"
#define AUTHENTICATE_MESSAGE                                                                       \
    "4e 54 4c 4d 53 53 50 00 03 00 00 00 18 00 18 00 6c 00 00 00 54 00 54 00 84 00 00 00 "         \
    "0c 00 0c 00 48 00 00 00 08 00 08 00 54 00 00 00 10 00 10 00 5c 00 00 00 "                     \
    "10 00 10 00 d8 00 00 00 35 82 88 e2 05 01 28 0a 00 00 00 0f " USER_DOM USER WORKSTATION LM_V2 \
            NT_PROOF TEMP ENCRYPTED_KEY
/* 4.2.4.4 */
#define PLAINTEXT "50 00 6c 00 61 00 69 00 6e 00 74 00 65 00 78 00 74 00"
#define SEAL_KEY  "59 f6 00 97 3c c4 96 0a 25 48 0a 7c 19 6e 4c 58"
#define SIGN_KEY  "47 88 dc 86 1b 47 82 f3 5d 43 fd 98 fe 1a 2d 39"
#define SEALED    "54 e5 01 65 bf 19 36 dc 99 60 20 c1 81 1b 0f 06 fb 5f"
#define CHECKSUM  "70 35 28 51 f2 56 43 09"
#define SIGNATURE "01 00 00 00 7f b3 8e c5 c5 5d 49 76 00 00 00 00"

/* Each HEX() has room of its own until the program ends. */
static uint8_t pool[1 << 16];
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

static void primitives(void)
{
    uint8_t d[16];

    ntlm_md4(BYTES_LITERAL("message digest"), d);
    CHECK_BYTES(hash16(d), hex("d9130a8164549fe818874806e1c7014b"));
    ntlm_md5(BYTES_LITERAL("message "), BYTES_LITERAL("digest"), d);
    CHECK_BYTES(hash16(d), hex("f96b697d7cb7938d525a2f31aaf161d0"));
    ntlm_hmac_md5(hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b").data, BYTES_LITERAL("Hi "),
            BYTES_LITERAL("There"), ntlm_none, d);
    CHECK_BYTES(hash16(d), hex("9294727a3638bb1c13f48ef8158bfc9d"));
}

static void one_way_functions(void)
{
    uint8_t d[16];

    ntlm_nt_hash(hex(PASSWORD), d);
    CHECK_BYTES(hash16(d), hex(NTOWF_V1));
    CHECK_STATUS(ntlm_ntowf_v2(hex(NTOWF_V1).data, hex(USER), hex(USER_DOM), d), ST_OK);
    CHECK_BYTES(hash16(d), hex(NTOWF_V2));
    CHECK_STATUS(
            ntlm_ntowf_v2(hex(NTOWF_V1).data, hex("55 00 73"), hex(USER_DOM), d), ST_BAD_ARGUMENT);
}

static void responses(void)
{
    uint8_t proof[16], base[16], lm[24], encrypted[16];
    struct writer w = {0};
    struct blob temp = {0};

    ntlm_v2_temp_write(&w, 0, hex(CLIENT_CHAL).data, hex(TARGET_INFO));
    CHECK_STATUS(writer_finish(&w, &temp), ST_OK);
    CHECK_BYTES(blob_view(&temp), hex(TEMP));
    ntlm_v2_proof(hex(NTOWF_V2).data, hex(SERVER_CHAL).data, blob_view(&temp), proof, base);
    CHECK_BYTES(hash16(proof), hex(NT_PROOF));
    CHECK_BYTES(hash16(base), hex(SESSION_BASE_KEY));
    ntlm_v2_lm_response(hex(NTOWF_V2).data, hex(SERVER_CHAL).data, hex(CLIENT_CHAL).data, lm);
    CHECK_BYTES(bytes_of(lm, sizeof(lm)), hex(LM_V2));
    ntlm_rc4k(base, hex(SESSION_KEY).data, encrypted);
    CHECK_BYTES(hash16(encrypted), hex(ENCRYPTED_KEY));
    blob_free(&temp);
}

static void challenge_message(void)
{
    struct ntlm_challenge m;
    struct ntlm_av av;
    struct blob token = {0};

    CHECK_STATUS(ntlm_challenge_read(hex(CHALLENGE_MESSAGE), &m), ST_OK);
    CHECK(m.flags == 0xe28a8233);
    CHECK(m.version == 0x0f00000017700006ull);
    CHECK_BYTES(m.target_name, hex(SERVER_NAME));
    CHECK_BYTES(bytes_of(m.server_challenge, 8), hex(SERVER_CHAL));
    CHECK_BYTES(m.target_info, hex(TARGET_INFO));
    struct reader r = reader_on(m.target_info);
    ntlm_av_read(&r, &av);
    CHECK(reader_done(&r));
    CHECK_BYTES(av.value[MsvAvNbComputerName], hex(SERVER_NAME));
    CHECK_BYTES(av.value[MsvAvNbDomainName], hex(USER_DOM));
    CHECK(!av.present[MsvAvTimestamp]);
    CHECK_STATUS(ntlm_challenge_write(&m, &token), ST_OK);
    CHECK_BYTES(blob_view(&token), hex(CHALLENGE_MESSAGE));
    blob_free(&token);
}

static void authenticate_message(void)
{
    struct ntlm_authenticate_message m;
    struct ntlm_v2_response response;
    struct blob token = {0};

    CHECK_STATUS(ntlm_authenticate_read(hex(AUTHENTICATE_MESSAGE), &m), ST_OK);
    CHECK(m.flags == 0xe2888235);
    CHECK(!m.has_mic);
    CHECK_BYTES(m.user, hex(USER));
    CHECK_BYTES(m.domain, hex(USER_DOM));
    CHECK_BYTES(m.workstation, hex(WORKSTATION));
    CHECK_BYTES(m.lm_response, hex(LM_V2));
    CHECK_BYTES(m.nt_response, hex(NT_PROOF TEMP));
    CHECK_BYTES(m.encrypted_session_key, hex(ENCRYPTED_KEY));
    CHECK_STATUS(ntlm_v2_response_read(m.nt_response, &response), ST_OK);
    CHECK_BYTES(response.proof, hex(NT_PROOF));
    CHECK_BYTES(response.temp, hex(TEMP));
    CHECK_BYTES(response.client_challenge, hex(CLIENT_CHAL));
    CHECK(response.timestamp == 0);
    CHECK_STATUS(ntlm_authenticate_write(&m, &token), ST_OK);
    CHECK_BYTES(blob_view(&token), hex(AUTHENTICATE_MESSAGE));
    blob_free(&token);
}

/* 2.2.2.7: RespType and HiRespType "MUST be 0x01". */
static void response_types(void)
{
    struct ntlm_v2_response response;

    for (size_t at = NTLM_HASH_SIZE; at < NTLM_HASH_SIZE + 2; at++) {
        struct bytes sent = hex(NT_PROOF TEMP);
        ((uint8_t *)(uintptr_t)sent.data)[at] = 2;
        CHECK_STATUS(ntlm_v2_response_read(sent, &response), ST_BAD_TOKEN);
        CHECK(!response.proof.size);
    }
}

static void session_keys(void)
{
    uint8_t key[16], sum[16];

    ntlm_sealkey(0xe2888235, hex(SESSION_KEY).data, NTLM_CLIENT_TO_SERVER, key);
    CHECK_BYTES(hash16(key), hex(SEAL_KEY));
    ntlm_signkey(hex(SESSION_KEY).data, NTLM_CLIENT_TO_SERVER, key);
    CHECK_BYTES(hash16(key), hex(SIGN_KEY));
    ntlm_hmac_md5(key, hex("00 00 00 00"), hex(PLAINTEXT), ntlm_none, sum);
    CHECK_BYTES(bytes_of(sum, 8), hex(CHECKSUM));
}

/* 4.2.3.4 gives the weakened key of the NTLMv1 example with ESS: 56 bits of the same session key.
 */
static void weakened_key(void)
{
    static const char magic[] = "session key to client-to-server sealing key magic constant";
    uint8_t weak[16], want[16];

    ntlm_sealkey(NTLMSSP_NEGOTIATE_56, hex("eb 93 42 9a 8b d9 52 f8 b8 9c 55 b8 7f 47 5e dc").data,
            NTLM_CLIENT_TO_SERVER, weak);
    CHECK_BYTES(hash16(weak), hex("04 dd 7f 01 4d 85 04 d2 65 a2 5c c8 6a 3a 7c 06"));
    /* 40 bits, from the definition in 3.4.5.3: there is no published value. */
    ntlm_md5(hex("55 55 55 55 55"), bytes_of(magic, sizeof(magic)), want);
    ntlm_sealkey(0, hex(SESSION_KEY).data, NTLM_CLIENT_TO_SERVER, weak);
    CHECK_BYTES(hash16(weak), hash16(want));
}

static void gss_wrap_ex(void)
{
    uint8_t data[18], signature[16];
    struct ntlm_part part = {data, sizeof(data), true};
    struct ntlm_session client, server;

    memcpy(data, hex(PLAINTEXT).data, sizeof(data));
    ntlm_session_init(&client, 0xe2888235, hex(SESSION_KEY).data, false);
    ntlm_session_init(&server, 0xe2888235, hex(SESSION_KEY).data, true);
    CHECK_STATUS(ntlm_session_seal(&client, &part, 1, signature), ST_OK);
    CHECK_BYTES(bytes_of(data, sizeof(data)), hex(SEALED));
    CHECK_BYTES(hash16(signature), hex(SIGNATURE));
    CHECK_STATUS(ntlm_session_unseal(&server, &part, 1, hex(SIGNATURE)), ST_OK);
    CHECK_BYTES(bytes_of(data, sizeof(data)), hex(PLAINTEXT));
}

/* An application_data of "tls-server-end-point:" and the SHA-256 of the blog's certificate. */
static void channel_bindings(void)
{
    uint8_t data[21 + 32], h[16];

    memcpy(data, "tls-server-end-point:", 21);
    memcpy(data + 21,
            hex("ea 05 fe fe cc 6b 0b d5 71 db bc 5b aa 3e d4 53 86 d0 44 68 35 f7 b7 4c 85 62 1b "
                "99 "
                "83 47 5f 95")
                    .data,
            32);
    ntlm_channel_bindings_hash(bytes_of(data, sizeof(data)), h);
    CHECK_BYTES(hash16(h), hex("65 86 e9 9d 81 c2 fc 98 4e 47 17 2f d4 dd 03 10"));
}

/* A world in which an 8-byte challenge and the 16-byte session key are those of 4.2.1. */
static enum status world_random(void *self, uint8_t *out, size_t size)
{
    memcpy(out, size == 16 ? hex(SESSION_KEY).data : hex((const char *)self).data, size);
    return ST_OK;
}

static uint64_t world_now(void *self)
{
    (void)self;
    return 0;
}

static struct world world(const char *challenge)
{
    struct world w = {(void *)(uintptr_t)challenge, world_random, world_now};
    return w;
}

static enum status password_is_password(
        void *self, const struct ntlm_logon *logon, uint8_t session_base_key[NTLM_HASH_SIZE])
{
    (void)self;
    return ntlm_check_logon(logon, hex(NTOWF_V1).data, true, session_base_key);
}

/* The server's engine takes the AUTHENTICATE of 4.2.4.3 and the message of 4.2.4.4. */
static void server_engine(void)
{
    struct ntlm_server_config config = {.nb_computer = hex(SERVER_NAME),
            .nb_domain = hex(USER_DOM),
            .authenticate = password_is_password,
            .wishes = NTLM_WISH_SIGN | NTLM_WISH_SEAL,
            .omit_timestamp = true, /* the CHALLENGE of 4.2.4.3 has none */
            .world = world(SERVER_CHAL)};
    struct ntlm_context *c;
    struct ntlm_info info;
    struct blob out = {0};
    uint8_t data[18];
    struct ntlm_part part = {data, sizeof(data), true};

    CHECK_STATUS(ntlm_server_new(&config, &c), ST_OK);
    CHECK_STATUS(ntlm_step(c,
                         hex("4e 54 4c 4d 53 53 50 00 01 00 00 00 35 82 08 e2 00 00 00 00 "
                             "00 00 00 00 00 00 00 00 00 00 00 00 05 01 28 0a 00 00 00 0f"),
                         &out),
            ST_CONTINUE);
    CHECK_STATUS(ntlm_step(c, hex(AUTHENTICATE_MESSAGE), &out), ST_OK);
    CHECK(out.size == 0);
    ntlm_query(c, &info);
    CHECK(info.complete && !info.anonymous && !ntlm_mic_used(c));
    CHECK_BYTES(info.user, hex(USER));
    CHECK_BYTES(info.domain, hex(USER_DOM));
    CHECK_BYTES(info.workstation, hex(WORKSTATION));
    CHECK_BYTES(hash16(info.session_key), hex(SESSION_KEY));
    memcpy(data, hex(SEALED).data, sizeof(data));
    CHECK_STATUS(ntlm_unseal(c, &part, 1, hex(SIGNATURE)), ST_OK);
    CHECK_BYTES(bytes_of(data, sizeof(data)), hex(PLAINTEXT));
    ntlm_free(c);
    blob_free(&out);
}

/* The client's engine answers the CHALLENGE of 4.2.4.3. Without the pairs that Windows adds since
 * (channel bindings, target name) every field but the flags and the version is as published. */
static void client_engine(void)
{
    struct ntlm_client_config config = {.user = hex(USER),
            .domain = hex(USER_DOM),
            .workstation = hex(WORKSTATION),
            .nt_hash = hex(NTOWF_V1).data,
            .omit_bindings = true,
            .wishes = NTLM_WISH_SIGN | NTLM_WISH_SEAL,
            .world = world(CLIENT_CHAL)};
    struct ntlm_context *c;
    struct ntlm_authenticate_message m;
    struct blob out = {0};
    uint8_t data[18], signature[16];
    struct ntlm_part part = {data, sizeof(data), true};

    CHECK_STATUS(ntlm_client_new(&config, &c), ST_OK);
    CHECK_STATUS(ntlm_step(c, ntlm_none, &out), ST_CONTINUE);
    CHECK_STATUS(ntlm_step(c, hex(CHALLENGE_MESSAGE), &out), ST_OK);
    CHECK_STATUS(ntlm_authenticate_read(blob_view(&out), &m), ST_OK);
    CHECK_BYTES(m.lm_response, hex(LM_V2));
    CHECK_BYTES(m.nt_response, hex(NT_PROOF TEMP));
    CHECK_BYTES(m.encrypted_session_key, hex(ENCRYPTED_KEY));
    CHECK(m.flags == (0xe2888235 & ~(uint32_t)NTLMSSP_REQUEST_TARGET)); /* not in that CHALLENGE */
    memcpy(data, hex(PLAINTEXT).data, sizeof(data));
    CHECK_STATUS(ntlm_seal(c, &part, 1, signature), ST_OK);
    CHECK_BYTES(bytes_of(data, sizeof(data)), hex(SEALED));
    CHECK_BYTES(hash16(signature), hex(SIGNATURE));
    ntlm_free(c);
    blob_free(&out);
}

int main(void)
{
    primitives();
    one_way_functions();
    responses();
    challenge_message();
    authenticate_message();
    response_types();
    session_keys();
    weakened_key();
    gss_wrap_ex();
    channel_bindings();
    server_engine();
    client_engine();
    return unit_end("ntlm_vectors");
}
