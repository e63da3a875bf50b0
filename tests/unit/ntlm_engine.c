/* The NTLM engines against each other: what a login gives, what is refused, what is sent. What the
 * peers must see is from [MS-NLMP] 3.1.5 and 3.2.5; recorded and published
 * exchanges are in ntlm_peer.c and ntlm_vectors.c. */
#include "ntlm_pair.h"
#include "ntlm/avpair.h"
#include "ntlm/context.h"
#include "ntlm/keys.h"
#include "ntlm/message.h"
#include "ntlm/response.h"

static void same_session(const struct pair *p)
{
    struct ntlm_info client, server;

    ntlm_query(p->client, &client);
    ntlm_query(p->server, &server);
    CHECK(client.complete && server.complete);
    CHECK(client.flags == server.flags);
    if (client.complete && server.complete)
        CHECK_BYTES(bytes_of(client.session_key, 16), bytes_of(server.session_key, 16));
}

static void login(void)
{
    struct pair p;
    struct ntlm_info info;

    pair_setup(&p);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_login(&p), ST_OK);
    same_session(&p);
    CHECK(ntlm_mic_used(p.client) && ntlm_mic_used(p.server));
    ntlm_query(p.server, &info);
    CHECK_BYTES(info.user, U("user"));
    CHECK_BYTES(info.domain, U("DOM"));
    CHECK_BYTES(info.workstation, U("WS"));
    CHECK_BYTES(info.target_name, U("TERMSRV/srv.dom.example"));
    CHECK(info.flags & NTLMSSP_NEGOTIATE_KEY_EXCH && info.flags & NTLMSSP_NEGOTIATE_128);
    ntlm_query(p.client, &info);
    CHECK_BYTES(info.server_name, U("SRV"));
    CHECK_BYTES(info.server_domain, U("DOM"));
    CHECK_BYTES(info.target_name, U("TERMSRV/srv.dom.example"));
    pair_free(&p);
}

/* The tokens as [MS-NLMP] 3.1.5.1.2 and 3.2.5.1.1 want them. */
static void negotiate_token(const struct pair *p)
{
    struct ntlm_negotiate m;

    CHECK_STATUS(ntlm_negotiate_read(blob_view(&p->negotiate), &m), ST_OK);
    CHECK(p->negotiate.size == 40);
    CHECK(m.flags & NTLMSSP_NEGOTIATE_VERSION && m.version != 0);
}

static void challenge_token(const struct pair *p)
{
    struct ntlm_challenge m;
    struct ntlm_av av;

    CHECK_STATUS(ntlm_challenge_read(blob_view(&p->challenge), &m), ST_OK);
    CHECK(m.flags & NTLMSSP_TARGET_TYPE_DOMAIN && !(m.flags & NTLMSSP_TARGET_TYPE_SERVER));
    CHECK_BYTES(m.target_name, U("DOM"));
    struct reader r = reader_on(m.target_info);
    ntlm_av_read(&r, &av);
    CHECK(reader_done(&r));
    CHECK(!av.present[MsvAvFlags]); /* never, not even 0 */
    CHECK(av.present[MsvAvTimestamp] && av.timestamp == pair_now(NULL));
}

static void authenticate_token(const struct pair *p)
{
    static const enum ntlm_av_id order[] = {MsvAvNbDomainName, MsvAvNbComputerName,
            MsvAvDnsDomainName, MsvAvDnsComputerName, MsvAvTimestamp, MsvAvFlags,
            MsvAvChannelBindings, MsvAvTargetName, MsvAvEOL};
    static const uint8_t zeros[24];
    struct ntlm_authenticate_message m;
    struct ntlm_v2_response v2;

    CHECK_STATUS(ntlm_authenticate_read(blob_view(&p->authenticate), &m), ST_OK);
    CHECK_STATUS(ntlm_v2_response_read(m.nt_response, &v2), ST_OK);
    CHECK(m.has_mic);
    CHECK_BYTES(m.lm_response, bytes_of(zeros, 24));
    CHECK(v2.timestamp == pair_now(NULL));
    CHECK(v2.av.flags == NTLM_AV_FLAG_MIC);
    CHECK_BYTES(v2.av.value[MsvAvChannelBindings], bytes_of(zeros, 16));
    struct reader r = reader_on(bytes_of(v2.temp.data + 28, v2.temp.size - 28));
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        CHECK(reader_u16le(&r) == order[i]);
        reader_skip(&r, reader_u16le(&r));
    }
    CHECK(reader_u32le(&r) == 0 && reader_done(&r));
}

static void tokens(void)
{
    struct pair p;

    pair_setup(&p);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_authenticate_made(&p), ST_OK);
    negotiate_token(&p);
    challenge_token(&p);
    authenticate_token(&p);
    pair_free(&p);
}

/* Without a target the empty pair is sent; with omit_bindings neither pair. */
static void optional_pairs(void)
{
    for (int omit = 0; omit < 2; omit++) {
        struct pair p;
        struct ntlm_authenticate_message m;
        struct ntlm_v2_response v2;

        pair_setup(&p);
        p.client_config.target_name = bytes_of(NULL, 0);
        p.client_config.omit_bindings = omit;
        CHECK_STATUS(pair_new(&p), ST_OK);
        CHECK_STATUS(pair_authenticate_made(&p), ST_OK);
        CHECK_STATUS(ntlm_authenticate_read(blob_view(&p.authenticate), &m), ST_OK);
        CHECK_STATUS(ntlm_v2_response_read(m.nt_response, &v2), ST_OK);
        CHECK(v2.av.present[MsvAvTargetName] == !omit && !v2.av.value[MsvAvTargetName].size);
        CHECK(v2.av.present[MsvAvChannelBindings] == !omit);
        CHECK_STATUS(pair_finish(&p), ST_OK);
        pair_free(&p);
    }
}

/* A login of PASSWORD_HASH as DOMAIN\USER; the server knows DOM\user and, in German, jÜr. */
static enum status login_as(struct bytes user, struct bytes domain, const uint8_t *hash)
{
    struct pair p;
    enum status status;

    pair_setup(&p);
    p.client_config.user = user;
    p.client_config.domain = domain;
    p.client_config.nt_hash = hash;
    CHECK_STATUS(pair_new(&p), ST_OK);
    status = pair_login(&p);
    CHECK(p.asked == 1);
    if (status == ST_OK)
        same_session(&p);
    pair_free(&p);
    return status;
}

static void names_and_passwords(void)
{
    static const uint8_t wrong[16] = {1};
    static uint8_t huge[20000];

    CHECK_STATUS(login_as(U("user"), U("DOM"), wrong), ST_LOGON_DENIED);
    CHECK_STATUS(login_as(U("j\u00fcrgen"), U("d\u00fcm"), pair_nt_hash), ST_OK);
    CHECK_STATUS(login_as(U("user"), bytes_of(NULL, 0), pair_nt_hash), ST_OK);
    for (size_t i = 0; i < sizeof(huge); i += 2)
        huge[i] = 'x';
    CHECK_STATUS(login_as(bytes_of(huge, sizeof(huge)), U("DOM"), pair_nt_hash), ST_OK);
    CHECK_STATUS(login_as(U("u"), bytes_of(huge, sizeof(huge)), pair_nt_hash), ST_OK);
}

/* NTOWFv2 upper-cases the user, not the domain: the response for one spelling of the user holds for
 * all, that for one spelling of the domain does not ([MS-NLMP] 3.3.2). */
static void what_is_upper_cased(void)
{
    struct pair p;
    struct ntlm_authenticate_message m;
    uint8_t key[16];

    pair_setup(&p);
    p.client_config.user = U("j\u00fcrgen");
    p.client_config.domain = U("d\u00fcm");
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_authenticate_made(&p), ST_OK);
    CHECK_STATUS(ntlm_authenticate_read(blob_view(&p.authenticate), &m), ST_OK);
    struct ntlm_logon logon = {.user = U("J\u00dcRGEN"),
            .domain = U("d\u00fcm"),
            .server_challenge = p.server->server.challenge,
            .nt_response = m.nt_response};
    CHECK_STATUS(ntlm_check_logon(&logon, pair_nt_hash, true, key), ST_OK);
    CHECK_STATUS(ntlm_check_logon(&logon, pair_nt_hash, false, key), ST_LOGON_DENIED);
    CHECK(all_zero(key, sizeof(key)));
    logon.domain = U("D\u00dcM");
    CHECK_STATUS(ntlm_check_logon(&logon, pair_nt_hash, true, key), ST_LOGON_DENIED);
    pair_free(&p);
}

/* Nobody gets in as an unknown user with the hash that unknown users are checked against. */
static void unknown_user(void)
{
    static const uint8_t nobody[16];
    struct pair p;
    struct ntlm_authenticate_message m;
    uint8_t key[16];

    pair_setup(&p);
    p.client_config.nt_hash = nobody;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_authenticate_made(&p), ST_OK);
    CHECK_STATUS(ntlm_authenticate_read(blob_view(&p.authenticate), &m), ST_OK);
    struct ntlm_logon logon = {.user = U("user"),
            .domain = U("DOM"),
            .server_challenge = p.server->server.challenge,
            .nt_response = m.nt_response};
    CHECK_STATUS(ntlm_check_logon(&logon, nobody, true, key), ST_OK);
    CHECK_STATUS(ntlm_check_logon(&logon, nobody, false, key), ST_LOGON_DENIED);
    CHECK_STATUS(ntlm_check_logon(&logon, NULL, false, key), ST_LOGON_DENIED);
    pair_free(&p);
}

static void states(void)
{
    struct pair p;
    struct ntlm_info info;
    struct blob out = {0};
    uint8_t signature[16];
    struct bytes none = {NULL, 0};

    pair_setup(&p);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(ntlm_sign(p.client, NULL, 0, signature), ST_BAD_STATE);
    CHECK_STATUS(ntlm_seal(p.client, NULL, 0, signature), ST_BAD_STATE);
    CHECK_STATUS(ntlm_verify(p.client, NULL, 0, none), ST_BAD_STATE);
    CHECK_STATUS(ntlm_unseal(p.client, NULL, 0, none), ST_BAD_STATE);
    CHECK_STATUS(ntlm_reset_cipher(p.client, true), ST_BAD_STATE);
    ntlm_query(p.client, &info);
    CHECK(!info.complete && !info.session_key);
    CHECK_STATUS(pair_login(&p), ST_OK);
    /* A token after completion is refused; the session goes on. */
    CHECK_STATUS(ntlm_step(p.client, blob_view(&p.challenge), &out), ST_BAD_STATE);
    CHECK_STATUS(ntlm_step(p.server, blob_view(&p.authenticate), &out), ST_BAD_STATE);
    CHECK_STATUS(ntlm_sign(p.client, NULL, 0, signature), ST_OK);
    CHECK_STATUS(ntlm_verify(p.server, NULL, 0, bytes_of(signature, 16)), ST_OK);
    pair_free(&p);
}

/* A message in the place of another is refused, and the engine stays failed. */
static void out_of_order(void)
{
    struct pair p;
    struct blob out = {0};

    pair_setup(&p);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_authenticate_made(&p), ST_OK);
    pair_free(&p);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(ntlm_step(p.client, U("?"), &out), ST_BAD_TOKEN); /* a token before the first */
    CHECK_STATUS(ntlm_step(p.client, bytes_of(NULL, 0), &out), ST_BAD_STATE);
    CHECK_STATUS(ntlm_step(p.server, bytes_of(NULL, 0), &out), ST_BAD_TOKEN);
    pair_free(&p);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_challenge(&p), ST_OK);
    CHECK_STATUS(ntlm_step(p.server, blob_view(&p.negotiate), &out), ST_BAD_TOKEN);
    CHECK_STATUS(ntlm_step(p.client, blob_view(&p.negotiate), &out), ST_BAD_TOKEN);
    CHECK_STATUS(ntlm_step(p.client, blob_view(&p.challenge), &out), ST_BAD_STATE);
    CHECK(out.size == 0);
    pair_free(&p);
}

/* An AUTHENTICATE of one login, replayed at another: the server's challenge differs. */
static void replay(void)
{
    struct pair one, two;
    struct blob out = {0};

    pair_setup(&one);
    pair_setup(&two);
    CHECK_STATUS(pair_new(&one), ST_OK);
    CHECK_STATUS(pair_new(&two), ST_OK);
    CHECK_STATUS(pair_authenticate_made(&one), ST_OK);
    CHECK_STATUS(pair_challenge(&two), ST_OK);
    CHECK_STATUS(ntlm_step(two.server, blob_view(&one.authenticate), &out), ST_LOGON_DENIED);
    CHECK_STATUS(pair_finish(&one), ST_OK);
    pair_free(&one);
    pair_free(&two);
}

/* Someone who does not know the password makes a correct MIC over a wrong NTProofStr: he chooses
 * the session key himself. Checking the MIC alone would let him in. */
static void mic_without_proof(void)
{
    static const uint8_t wrong[16] = {2};
    struct pair p;

    pair_setup(&p);
    p.client_config.nt_hash = wrong;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_authenticate_made(&p), ST_OK);
    CHECK(ntlm_mic_used(p.client));
    CHECK_STATUS(pair_finish(&p), ST_LOGON_DENIED);
    pair_free(&p);
}

/* Cuts the MIC out of an AUTHENTICATE, moving the payload up. */
static void strip_mic(struct blob *token)
{
    static const size_t offsets[] = {16, 24, 32, 40, 48, 56};

    memmove(token->data + 72, token->data + 88, token->size - 88);
    token->size -= 16;
    for (size_t i = 0; i < 6; i++)
        token->data[offsets[i]] = (uint8_t)(token->data[offsets[i]] - 16);
}

static void mic_stripped(void)
{
    struct pair p;
    struct ntlm_authenticate_message m;

    pair_setup(&p);
    p.client_config.user = p.client_config.workstation = U("u");
    p.client_config.target_name = bytes_of(NULL, 0); /* so that no offset needs two bytes */
    p.server_config.dns_computer = p.server_config.dns_domain = bytes_of(NULL, 0);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_authenticate_made(&p), ST_OK);
    strip_mic(&p.authenticate);
    CHECK_STATUS(ntlm_authenticate_read(blob_view(&p.authenticate), &m), ST_OK);
    CHECK(!m.has_mic && m.user.size == 2);
    CHECK_STATUS(pair_finish(&p), ST_BAD_SIGNATURE);
    CHECK(p.asked == 1); /* the password was right */
    pair_free(&p);
}

static enum status with_bindings(
        const uint8_t *sent, bool omit, const uint8_t *own, enum ntlm_bindings_policy policy)
{
    struct pair p;
    enum status status;

    pair_setup(&p);
    p.client_config.bindings_hash = sent;
    p.client_config.omit_bindings = omit;
    p.server_config.bindings_hash = own;
    p.server_config.bindings_policy = policy;
    CHECK_STATUS(pair_new(&p), ST_OK);
    status = pair_login(&p);
    pair_free(&p);
    return status;
}

/* Both sides learn the bindings between their first and their last leg, as curl's SSPI code gives
 * them with the CHALLENGE; OWN of the server before the AUTHENTICATE. */
static enum status with_late_bindings(const uint8_t *sent, const uint8_t *own)
{
    struct pair p;
    enum status status;

    pair_setup(&p);
    p.server_config.bindings_policy = NTLM_BINDINGS_REQUIRE;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_challenge(&p), ST_OK);
    if (sent)
        CHECK_STATUS(ntlm_set_bindings(p.client, sent), ST_OK);
    CHECK_STATUS(pair_leg(p.client, &p.challenge, &p.authenticate, ST_OK), ST_OK);
    CHECK_STATUS(ntlm_set_bindings(p.client, own), ST_BAD_STATE);
    CHECK_STATUS(ntlm_set_bindings(p.server, own), ST_OK);
    status = pair_finish(&p);
    CHECK_STATUS(ntlm_set_bindings(p.server, own), ST_BAD_STATE);
    pair_free(&p);
    return status;
}

static void bindings(void)
{
    static const uint8_t a[16] = {1, 2, 3}, b[16] = {1, 2, 4};

    CHECK_STATUS(with_bindings(a, false, a, NTLM_BINDINGS_REQUIRE), ST_OK);
    CHECK_STATUS(with_bindings(b, false, a, NTLM_BINDINGS_REQUIRE), ST_BAD_BINDINGS);
    CHECK_STATUS(with_bindings(NULL, false, a, NTLM_BINDINGS_REQUIRE), ST_BAD_BINDINGS);
    CHECK_STATUS(with_bindings(NULL, true, a, NTLM_BINDINGS_REQUIRE), ST_BAD_BINDINGS);
    CHECK_STATUS(with_bindings(a, false, a, NTLM_BINDINGS_IF_SENT), ST_OK);
    CHECK_STATUS(with_bindings(b, false, a, NTLM_BINDINGS_IF_SENT), ST_BAD_BINDINGS);
    CHECK_STATUS(with_bindings(NULL, false, a, NTLM_BINDINGS_IF_SENT), ST_OK);
    CHECK_STATUS(with_bindings(NULL, true, a, NTLM_BINDINGS_IF_SENT), ST_OK);
    CHECK_STATUS(with_bindings(b, false, a, NTLM_BINDINGS_IGNORE), ST_OK);
    CHECK_STATUS(with_bindings(b, false, NULL, NTLM_BINDINGS_REQUIRE), ST_OK);
    CHECK_STATUS(with_late_bindings(a, a), ST_OK);
    CHECK_STATUS(with_late_bindings(b, a), ST_BAD_BINDINGS);
    CHECK_STATUS(with_late_bindings(NULL, a), ST_BAD_BINDINGS);
}

/* Client wishes, server wishes, and what comes of them. */
static enum status with_wishes(uint32_t client, uint32_t server, struct ntlm_info *info)
{
    struct pair p;
    enum status status;

    pair_setup(&p);
    p.client_config.wishes = client;
    p.server_config.wishes = server;
    CHECK_STATUS(pair_new(&p), ST_OK);
    status = pair_login(&p);
    ntlm_query(p.server, info);
    if (status == ST_OK)
        same_session(&p);
    info->session_key = NULL;
    pair_free(&p);
    return status;
}

static void wishes(void)
{
    const uint32_t security =
            NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL | NTLMSSP_NEGOTIATE_KEY_EXCH;
    struct ntlm_info info;

    CHECK_STATUS(with_wishes(0, 0, &info), ST_OK);
    CHECK(!(info.flags & security)); /* no key exchange either */
    CHECK_STATUS(with_wishes(NTLM_WISH_SIGN, 0, &info), ST_OK);
    CHECK((info.flags & security) == (NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_KEY_EXCH));
    CHECK_STATUS(with_wishes(NTLM_WISH_SEAL, NTLM_WISH_SIGN, &info), ST_OK);
    CHECK((info.flags & security) == (NTLMSSP_NEGOTIATE_SEAL | NTLMSSP_NEGOTIATE_KEY_EXCH));
    CHECK_STATUS(with_wishes(NTLM_WISH_SIGN, NTLM_WISH_SEAL, &info), ST_PEER_UNSUPPORTED);
    CHECK_STATUS(with_wishes(0, NTLM_WISH_SIGN, &info), ST_PEER_UNSUPPORTED);
    CHECK_STATUS(with_wishes(NTLM_WISH_IDENTIFY, 0, &info), ST_OK);
    CHECK(info.flags & NTLMSSP_NEGOTIATE_IDENTIFY);
}

static void anonymous(void)
{
    const uint32_t sign = NTLM_WISH_SIGN, null = NTLM_WISH_NULL_SESSION;
    struct ntlm_info info;

    CHECK_STATUS(with_wishes(null, 0, &info), ST_LOGON_DENIED);
    CHECK_STATUS(with_wishes(null, null, &info), ST_OK);
    CHECK(info.anonymous && info.flags & NTLMSSP_ANONYMOUS);
    CHECK_STATUS(with_wishes(null | sign, null, &info), ST_OK);
    CHECK(!(info.flags & (NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_KEY_EXCH)));
    CHECK_STATUS(with_wishes(null | sign, null | sign, &info), ST_PEER_UNSUPPORTED);
    CHECK_STATUS(with_wishes(sign, null | sign, &info), ST_OK); /* allowed, not demanded */
    CHECK(!info.anonymous);
}

/* The AUTHENTICATE with other flags, and without responses if ANONYMOUS_TOO. */
static void change_flags(struct pair *p, uint32_t flags, bool anonymous_too)
{
    struct ntlm_authenticate_message m;
    struct blob token = {0};

    CHECK_STATUS(ntlm_authenticate_read(blob_view(&p->authenticate), &m), ST_OK);
    m.flags = flags;
    if (anonymous_too)
        m.nt_response = m.lm_response = m.user = m.domain = bytes_of(NULL, 0);
    CHECK_STATUS(ntlm_authenticate_write(&m, &token), ST_OK);
    blob_move(&p->authenticate, &token);
}

/* Anonymous with SIGN in the flags does not get past a server that requires signing. */
static void anonymous_says_it_signs(void)
{
    struct pair p;

    pair_setup(&p);
    p.server_config.wishes = NTLM_WISH_SIGN | NTLM_WISH_NULL_SESSION;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_authenticate_made(&p), ST_OK);
    change_flags(&p, ~0u, true);
    CHECK_STATUS(pair_finish(&p), ST_PEER_UNSUPPORTED);
    CHECK(p.asked == 0);
    pair_free(&p);
}

/* Nor does an AUTHENTICATE without MIC whose SIGN was taken out on the way. */
static void flags_taken_out(void)
{
    struct pair p;
    struct ntlm_challenge m;
    struct blob token = {0};

    pair_setup(&p);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_challenge(&p), ST_OK);
    CHECK_STATUS(ntlm_challenge_read(blob_view(&p.challenge), &m), ST_OK);
    m.target_info = bytes_of("\1\0\2\0S\0\2\0\2\0D\0\0\0\0", 16); /* no timestamp: no MIC */
    CHECK_STATUS(ntlm_challenge_write(&m, &token), ST_OK);
    CHECK_STATUS(ntlm_step(p.client, blob_view(&token), &p.authenticate), ST_OK);
    change_flags(&p, m.flags & ~(uint32_t)(NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL), false);
    CHECK_STATUS(pair_finish(&p), ST_PEER_UNSUPPORTED);
    blob_free(&token);
    pair_free(&p);
}

/* A CHALLENGE with an MsvAvFlags of its own: the client sends one pair, with its bit added. */
static void server_sends_flags(void)
{
    static const char info[] = "\6\0\4\0\1\0\0\0\7\0\10\0\1\2\3\4\5\6\7\10\0\0\0";
    struct pair p;
    struct ntlm_challenge m;
    struct ntlm_authenticate_message answer;
    struct ntlm_v2_response v2;
    struct blob token = {0};

    pair_setup(&p);
    p.client_config.wishes = p.server_config.wishes = 0; /* it does not say its name */
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_challenge(&p), ST_OK);
    CHECK_STATUS(ntlm_challenge_read(blob_view(&p.challenge), &m), ST_OK);
    m.target_info = bytes_of(info, sizeof(info));
    CHECK_STATUS(ntlm_challenge_write(&m, &token), ST_OK);
    CHECK_STATUS(ntlm_step(p.client, blob_view(&token), &p.authenticate), ST_OK);
    CHECK_STATUS(ntlm_authenticate_read(blob_view(&p.authenticate), &answer), ST_OK);
    CHECK_STATUS(ntlm_v2_response_read(answer.nt_response, &v2), ST_OK);
    CHECK(v2.av.flags == (NTLM_AV_FLAG_CONSTRAINED | NTLM_AV_FLAG_MIC));
    CHECK(v2.timestamp == 0x0807060504030201ull);
    /* timestamp, flags, bindings, target name: each once */
    CHECK(v2.av.all.size == 12 + 8 + 20 + 4 + p.client_config.target_name.size);
    blob_free(&token);
    pair_free(&p);
}

static void arguments(void)
{
    struct pair p;

    pair_setup(&p);
    p.client_config.nt_hash = NULL;
    CHECK_STATUS(ntlm_client_new(&p.client_config, &p.client), ST_NO_CREDENTIALS);
    CHECK(!p.client);
    p.client_config.wishes |= NTLM_WISH_NULL_SESSION;
    CHECK_STATUS(ntlm_client_new(&p.client_config, &p.client), ST_OK);
    pair_free(&p);
    pair_setup(&p);
    p.client_config.user = bytes_of("abc", 3);
    CHECK_STATUS(ntlm_client_new(&p.client_config, &p.client), ST_BAD_ARGUMENT);
    p.server_config.nb_domain = bytes_of("abc", 3);
    CHECK_STATUS(ntlm_server_new(&p.server_config, &p.server), ST_BAD_ARGUMENT);
    ntlm_free(NULL);
}

/* What a server says that this client does not go along with. FLAGS are taken out of the CHALLENGE.
 */
static enum status challenge_without(uint32_t wishes_now, uint32_t flags)
{
    struct pair p;
    struct ntlm_challenge m;
    struct blob token = {0};
    enum status status;

    pair_setup(&p);
    p.client_config.wishes = p.server_config.wishes = wishes_now;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_challenge(&p), ST_OK);
    CHECK_STATUS(ntlm_challenge_read(blob_view(&p.challenge), &m), ST_OK);
    m.flags &= ~flags;
    CHECK_STATUS(ntlm_challenge_write(&m, &token), ST_OK);
    status = ntlm_step(p.client, blob_view(&token), &p.authenticate);
    if (status == ST_OK) { /* the MIC tells the server */
        CHECK_STATUS(blob_set(&p.challenge, blob_view(&token)), ST_OK);
        CHECK_STATUS(pair_finish(&p), ntlm_mic_used(p.client) ? ST_BAD_SIGNATURE : ST_OK);
    }
    blob_free(&token);
    pair_free(&p);
    return status;
}

static void weak_challenges(void)
{
    const uint32_t ess = NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY;

    CHECK_STATUS(challenge_without(NTLM_WISH_SIGN, ess), ST_PEER_UNSUPPORTED);
    CHECK_STATUS(challenge_without(0, ess), ST_OK);
    CHECK_STATUS(challenge_without(NTLM_WISH_SEAL, NTLMSSP_NEGOTIATE_SEAL), ST_PEER_UNSUPPORTED);
    CHECK_STATUS(challenge_without(NTLM_WISH_SIGN, NTLMSSP_NEGOTIATE_SIGN), ST_PEER_UNSUPPORTED);
    CHECK_STATUS(challenge_without(NTLM_WISH_SIGN, NTLMSSP_NEGOTIATE_128), ST_PEER_UNSUPPORTED);
    CHECK_STATUS(challenge_without(0, NTLMSSP_NEGOTIATE_128), ST_OK);
    /* Neither Unicode nor OEM: SEC_E_INVALID_TOKEN (2.2.2.5) */
    CHECK_STATUS(challenge_without(0, NTLMSSP_NEGOTIATE_UNICODE), ST_BAD_TOKEN);
}

/* A server of before Vista: no timestamp, so no MIC, and an LMv2 response. No TargetInfo at all:
 * the response holds only the end mark. */
static void old_servers(void)
{
    struct pair p;
    struct ntlm_challenge m;
    struct ntlm_authenticate_message answer;
    struct ntlm_v2_response v2;
    struct blob token = {0};

    for (int info = 0; info < 2; info++) {
        pair_setup(&p);
        p.client_config.wishes = p.server_config.wishes = 0;
        CHECK_STATUS(pair_new(&p), ST_OK);
        CHECK_STATUS(pair_challenge(&p), ST_OK);
        CHECK_STATUS(ntlm_challenge_read(blob_view(&p.challenge), &m), ST_OK);
        m.target_info = info ? bytes_of("\2\0\2\0D\0\0\0\0\0", 10) : bytes_of(NULL, 0);
        m.flags &= info ? ~0u : ~(uint32_t)NTLMSSP_NEGOTIATE_TARGET_INFO;
        CHECK_STATUS(ntlm_challenge_write(&m, &token), ST_OK);
        CHECK_STATUS(ntlm_step(p.client, blob_view(&token), &p.authenticate), ST_OK);
        CHECK(!ntlm_mic_used(p.client));
        CHECK_STATUS(ntlm_authenticate_read(blob_view(&p.authenticate), &answer), ST_OK);
        CHECK_STATUS(ntlm_v2_response_read(answer.nt_response, &v2), ST_OK);
        CHECK(answer.lm_response.size == 24 && !all_zero(answer.lm_response.data, 16));
        CHECK(!answer.has_mic && !v2.av.flags);
        CHECK(v2.av.present[MsvAvTargetName] == (info == 1));
        /* Our own server did send a time: there was somebody in between. */
        CHECK_STATUS(pair_finish(&p), ST_BAD_SIGNATURE);
        pair_free(&p);
        blob_free(&token);
    }
}

/* [MS-NLMP] 3.1.5.1.2: no signing or sealing with a server that does not say both names. */
static void nameless_servers(void)
{
    static const char infos[][16] = {"\1\0\2\0S", "\2\0\2\0D", "\1\0\2\0S\0\2\0\2\0D"};

    for (size_t i = 0; i < 3; i++) {
        struct pair p;
        struct ntlm_challenge m;
        struct blob token = {0};

        pair_setup(&p);
        CHECK_STATUS(pair_new(&p), ST_OK);
        CHECK_STATUS(pair_challenge(&p), ST_OK);
        CHECK_STATUS(ntlm_challenge_read(blob_view(&p.challenge), &m), ST_OK);
        m.target_info = bytes_of(infos[i], 16);
        CHECK_STATUS(ntlm_challenge_write(&m, &token), ST_OK);
        CHECK_STATUS(ntlm_step(p.client, blob_view(&token), &p.authenticate),
                i == 2 ? ST_OK : ST_LOGON_DENIED);
        pair_free(&p);
        blob_free(&token);
    }
}

/* curl's NEGOTIATE (flags 0x00088206, 32 bytes): OEM, no version, no 128 bits, neither sign nor
 * seal. */
static const uint8_t curl_negotiate[32] = {'N', 'T', 'L', 'M', 'S', 'S', 'P', 0, 1, 0, 0, 0, 0x06,
        0x82, 0x08, 0x00, 0, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0};

/* The NTLMv2 response of a client that knows no MIC, over the AV pairs that it was shown. */
static void old_response(const uint8_t server_challenge[8], struct bytes user16, struct bytes pairs,
        struct blob *response)
{
    static const uint8_t client_challenge[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t key[16], proof[16], base_key[16];
    struct blob temp = {0};
    struct writer w = {0};

    ntlm_v2_temp_write(&w, pair_now(NULL), client_challenge, pairs);
    CHECK_STATUS(writer_finish(&w, &temp), ST_OK);
    CHECK_STATUS(ntlm_ntowf_v2(pair_nt_hash, user16, U("DOM"), key), ST_OK);
    ntlm_v2_proof(key, server_challenge, blob_view(&temp), proof, base_key);
    writer_bytes(&w, bytes_of(proof, sizeof(proof)));
    writer_bytes(&w, blob_view(&temp));
    CHECK_STATUS(writer_finish(&w, response), ST_OK);
    blob_free(&temp);
}

/* A login without MIC: the client was shown PAIRS, or what the server sent if they are empty. */
static enum status login_shown(struct bytes pairs)
{
    struct pair p;
    struct ntlm_challenge challenge;
    struct ntlm_authenticate_message m = {.user = U("user"), .domain = U("DOM")};
    struct blob response = {0};
    enum status status;

    pair_setup(&p);
    p.server_config.wishes = 0;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_challenge(&p), ST_OK);
    CHECK_STATUS(ntlm_challenge_read(blob_view(&p.challenge), &challenge), ST_OK);
    old_response(challenge.server_challenge, m.user, pairs.size ? pairs : challenge.target_info,
            &response);
    m.flags = challenge.flags & ~(uint32_t)(NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL);
    m.nt_response = blob_view(&response);
    CHECK_STATUS(ntlm_authenticate_write(&m, &p.authenticate), ST_OK);
    status = pair_finish(&p);
    CHECK(p.asked == 1 && !ntlm_mic_used(p.server));
    blob_free(&response);
    pair_free(&p);
    return status;
}

/* The server's own time has to be under NTProofStr when no MIC says what the client was shown. */
static void without_mic(void)
{
    static const char other_time[] = "\7\0\10\0\1\2\3\4\5\6\7\10\0\0\0";
    static const char no_time[] = "\2\0\6\0D\0O\0M\0\0\0\0";
    static const char claims_mic[] = "\6\0\4\0\2\0\0\0\0\0\0";

    CHECK_STATUS(login_shown(bytes_of(NULL, 0)), ST_OK);
    CHECK_STATUS(login_shown(bytes_of(other_time, sizeof(other_time))), ST_BAD_SIGNATURE);
    CHECK_STATUS(login_shown(bytes_of(no_time, sizeof(no_time))), ST_BAD_SIGNATURE);
    CHECK_STATUS(login_shown(bytes_of(claims_mic, sizeof(claims_mic))), ST_BAD_SIGNATURE);
}

/* An OEM client's login, by an NTLMv2 response without MIC. */
static enum status oem_login(const char *user, struct bytes user16)
{
    struct pair p;
    struct ntlm_authenticate_message m = {.domain = BYTES_LITERAL("DOM"),
            .workstation = BYTES_LITERAL("WS"),
            .flags = 0x00088206};
    struct ntlm_challenge challenge;
    struct blob response = {0};
    enum status status;

    pair_setup(&p);
    p.server_config.wishes = 0;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(ntlm_step(p.server, bytes_of(curl_negotiate, 32), &p.challenge), ST_CONTINUE);
    CHECK_STATUS(ntlm_challenge_read(blob_view(&p.challenge), &challenge), ST_OK);
    CHECK(challenge.flags & NTLMSSP_NEGOTIATE_OEM);
    CHECK_BYTES(challenge.target_name, BYTES_LITERAL("DOM"));
    old_response(challenge.server_challenge, user16, challenge.target_info, &response);
    m.nt_response = blob_view(&response);
    m.user = bytes_of(user, strlen(user));
    CHECK_STATUS(ntlm_authenticate_write(&m, &p.authenticate), ST_OK);
    status = pair_finish(&p);
    blob_free(&response);
    pair_free(&p);
    return status;
}

static void oem_clients(void)
{
    CHECK_STATUS(oem_login("user", U("user")), ST_OK);
    CHECK_STATUS(oem_login("usar", U("user")), ST_LOGON_DENIED);
    CHECK_STATUS(oem_login("\xfc", U("\u00fc")), ST_PEER_UNSUPPORTED);
}

/* What a server refuses of a NEGOTIATE, by its flags. */
static enum status negotiate_flags(uint32_t flags)
{
    struct pair p;
    struct ntlm_negotiate m = {.flags = flags};
    struct blob token = {0}, out = {0};
    enum status status;

    pair_setup(&p);
    p.server_config.wishes = 0;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(ntlm_negotiate_write(&m, &token), ST_OK);
    status = ntlm_step(p.server, blob_view(&token), &out);
    blob_free(&token);
    blob_free(&out);
    pair_free(&p);
    return status;
}

static void weak_negotiates(void)
{
    const uint32_t basic = NTLMSSP_NEGOTIATE_UNICODE | NTLMSSP_NEGOTIATE_NTLM;
    const uint32_t ess = NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY;

    CHECK_STATUS(negotiate_flags(basic), ST_CONTINUE);
    CHECK_STATUS(negotiate_flags(basic | NTLMSSP_NEGOTIATE_DATAGRAM), ST_PEER_UNSUPPORTED);
    CHECK_STATUS(negotiate_flags(basic | NTLMSSP_NEGOTIATE_SIGN), ST_PEER_UNSUPPORTED);
    CHECK_STATUS(negotiate_flags(basic | NTLMSSP_NEGOTIATE_SIGN | ess), ST_PEER_UNSUPPORTED);
    CHECK_STATUS(negotiate_flags(basic | NTLMSSP_NEGOTIATE_SIGN | ess | NTLMSSP_NEGOTIATE_128),
            ST_CONTINUE);
    CHECK_STATUS(negotiate_flags(NTLMSSP_NEGOTIATE_NTLM), ST_BAD_TOKEN); /* 2.2.2.5, A and B */
}

/* NTLMv1 and LM responses, and none: refused as a wrong password is. */
static void version_1(void)
{
    static const uint8_t v1[24] = {1, 2, 3};

    for (size_t size = 0; size <= 24; size += 8) {
        struct pair p;
        struct ntlm_authenticate_message m;
        struct blob token = {0};

        pair_setup(&p);
        CHECK_STATUS(pair_new(&p), ST_OK);
        CHECK_STATUS(pair_authenticate_made(&p), ST_OK);
        CHECK_STATUS(ntlm_authenticate_read(blob_view(&p.authenticate), &m), ST_OK);
        m.nt_response = bytes_of(v1, size);
        m.lm_response = bytes_of(v1, 24);
        CHECK_STATUS(ntlm_authenticate_write(&m, &token), ST_OK);
        blob_move(&p.authenticate, &token);
        CHECK_STATUS(pair_finish(&p), ST_LOGON_DENIED);
        CHECK(p.asked == 0);
        pair_free(&p);
    }
}

/* What a program gets as a NUL-terminated DOMAIN\\user must be what was proven: no name ends early,
 * and no domain says who the user is ("SecPkgContext_NamesW"). */
static void names_that_lie(void)
{
    const struct {
        struct bytes user, domain, workstation;
        enum status expected;
    } rows[] = {
            {U("user"), U("DOM"), U("WS"), ST_OK},
            {U("user"), U("CORP\\administrator\0"), U("WS"), ST_BAD_TOKEN},
            {U("user"), U("CORP\\administrator"), U("WS"), ST_BAD_TOKEN},
            {U("user"), U("\0"), U("WS"), ST_BAD_TOKEN},
            {U("user\0x"), U("DOM"), U("WS"), ST_BAD_TOKEN},
            {U("user"), U("DOM"), U("W\0S"), ST_BAD_TOKEN},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pair p;

        pair_setup(&p);
        p.client_config.user = rows[i].user;
        p.client_config.domain = rows[i].domain;
        p.client_config.workstation = rows[i].workstation;
        CHECK_STATUS(pair_new(&p), ST_OK);
        CHECK_STATUS(pair_login(&p), rows[i].expected);
        CHECK(rows[i].expected == ST_OK || !p.asked); /* whoever knows the accounts hears nothing */
        pair_free(&p);
    }
}

/* Who is anonymous has proven no domain either. */
static void anonymous_has_no_domain(void)
{
    struct pair p;
    struct ntlm_info info;

    pair_setup(&p);
    p.client_config.wishes = p.server_config.wishes = NTLM_WISH_NULL_SESSION;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(blob_set(&p.client->domain, U("CORP")), ST_OK); /* a client that says so */
    CHECK_STATUS(pair_login(&p), ST_OK);
    ntlm_query(p.server, &info);
    CHECK(info.anonymous && !info.domain.size && !info.user.size);
    pair_free(&p);
}

/* The hash is as good as the password: it goes with the last leg, good or bad. */
static void hash_goes(void)
{
    struct pair p;
    struct blob none = {0};

    pair_setup(&p);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK(!all_zero(p.client->client.nt_hash, 16));
    CHECK_STATUS(pair_login(&p), ST_OK);
    CHECK(all_zero(p.client->client.nt_hash, 16));
    pair_free(&p);
    pair_setup(&p);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_challenge(&p), ST_OK);
    p.challenge.data[0] ^= 1;
    CHECK_STATUS(ntlm_step(p.client, blob_view(&p.challenge), &none), ST_BAD_TOKEN);
    CHECK(all_zero(p.client->client.nt_hash, 16));
    blob_free(&none);
    pair_free(&p);
}

int main(void)
{
    login();
    names_that_lie();
    anonymous_has_no_domain();
    hash_goes();
    tokens();
    optional_pairs();
    names_and_passwords();
    what_is_upper_cased();
    unknown_user();
    states();
    out_of_order();
    replay();
    mic_without_proof();
    mic_stripped();
    bindings();
    wishes();
    anonymous();
    anonymous_says_it_signs();
    flags_taken_out();
    server_sends_flags();
    arguments();
    weak_challenges();
    old_servers();
    nameless_servers();
    without_mic();
    oem_clients();
    weak_negotiates();
    version_1();
    return unit_end("ntlm_engine");
}
