/* The server's engine, second half: AUTHENTICATE in. [MS-NLMP] 3.2.5.1.2 */
#include <string.h>
#include "base/log.h"
#include "base/utf16.h"
#include "context.h"
#include "crypto.h"
#include "flags.h"
#include "message.h"
#include "oem.h"
#include "response.h"
#include "response_v1.h"
#include "server_pairs.h"

/* A login while it is checked. Wiped as a whole. */
struct login {
    struct ntlm_authenticate_message message;
    struct ntlm_v2_response response;
    struct blob user, domain, workstation; /* UTF-16LE */
    uint32_t flags;
    bool anonymous, guest, local, mic;
    enum ntlm_proof proof;
    uint8_t lm_key[NTLM_LM_KEY_SIZE];
    uint8_t session_base_key[NTLM_HASH_SIZE], session_key[NTLM_HASH_SIZE];
};

static void login_free(struct login *l)
{
    blob_free(&l->user);
    blob_free(&l->domain);
    blob_free(&l->workstation);
    wipe(l, sizeof(*l));
}

/* Names go to programs as NUL-terminated text, and as DOMAIN\user: a NUL in one would end it early,
 * and a domain with a backslash would say who the user is. */
static bool is_name(const struct blob *name)
{
    size_t units = name->size / 2;

    return name->size % 2 == 0 && name->size <= UINT16_MAX &&
           utf16_find(blob_view(name), 0, 0) == units;
}

static bool is_domain(const struct blob *name)
{
    return is_name(name) && utf16_find(blob_view(name), 0, '\\') == name->size / 2;
}

/* A name in the character set that the CHALLENGE fixed. */
static enum status take_name(uint32_t offered, struct bytes sent,
        bool (*good)(const struct blob *name), struct blob *name)
{
    enum status status = offered & NTLMSSP_NEGOTIATE_UNICODE ? blob_set(name, sent)
                                                             : ntlm_oem_widen(sent, name);

    if (status != ST_OK || good(name))
        return status;
    log_warn("ntlm", "a name of %zu bytes is malformed: odd, too long, or with a character that no "
                     "name has; AUTHENTICATE refused",
            sent.size);
    return ST_BAD_TOKEN;
}

/* [MS-NLMP] 3.2.5.1.2: an LM response of one zero byte or none, no NT response, no user. */
static bool is_anonymous(const struct ntlm_authenticate_message *m)
{
    return !m->user.size && !m->nt_response.size && m->lm_response.size <= 1 &&
           all_zero(m->lm_response.data, m->lm_response.size);
}

/* What the client proves its password with, if the level takes that; all else is refused as no
 * NTLMv2 response. With extended session security the LM field only holds the client's challenge.
 */
static enum status read_responses(const struct ntlm_server *s, struct login *l)
{
    struct bytes nt = l->message.nt_response, lm = l->message.lm_response;
    bool extended = l->flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY;
    bool lm_whole = lm.size == NTLM_V1_RESPONSE_SIZE;

    if (nt.size == NTLM_V1_RESPONSE_SIZE && ntlm_takes_v1(s->level)) {
        l->proof = NTLM_PROOF_V1;
        if (lm_whole || !(extended || l->flags & NTLMSSP_NEGOTIATE_LM_KEY))
            return ST_OK;
        log_warn("ntlm", "an NTLM response with an LM response of %zu bytes; refused", lm.size);
        return ST_BAD_TOKEN;
    }
    if (!nt.size && lm_whole && !extended && ntlm_takes_lm(s->level) && s->lm_hashes) {
        l->proof = NTLM_PROOF_LM;
        return ST_OK;
    }
    return ntlm_v2_response_read(nt, &l->response);
}

static enum status read_login(const struct ntlm_context *c, struct bytes in, struct login *l)
{
    enum status status = ntlm_authenticate_read(in, &l->message);

    if (status == ST_OK)
        status = take_name(c->flags, l->message.user, is_name, &l->user);
    if (status == ST_OK)
        status = take_name(c->flags, l->message.domain, is_domain, &l->domain);
    if (status == ST_OK)
        status = take_name(c->flags, l->message.workstation, is_name, &l->workstation);
    if (status == ST_OK)
        status = ntlm_server_accept(&c->terms, c->flags, l->message.flags, &l->flags);
    if (status != ST_OK)
        return status;
    l->anonymous = is_anonymous(&l->message);
    return l->anonymous ? ST_OK : read_responses(&c->server, l);
}

/* Asks whoever knows the accounts. NTProofStr is checked there, always: a MIC proves nothing about
 * the password when the key exchange key is the attacker's. */
static enum status authenticate(const struct ntlm_context *c, struct login *l)
{
    struct ntlm_logon logon = {
            .user = blob_view(&l->user),
            .domain = blob_view(&l->domain),
            .workstation = blob_view(&l->workstation),
            .server_challenge = c->server.challenge,
            .nt_response = l->message.nt_response,
            .lm_response = l->message.lm_response,
            .flags = l->flags,
            .proof = l->proof,
            .lm_key = c->server.lm_hashes ? l->lm_key : NULL,
            .guest = c->server.guests ? &l->guest : NULL,
            .local = &l->local,
    };
    char user[64], domain[64];
    enum status status =
            c->server.authenticate(c->server.authenticate_self, &logon, l->session_base_key);

    if (status == ST_OK)
        return ST_OK;
    log_warn("ntlm", "logon of '%s' from domain '%s' refused: %s",
            utf16_printable(logon.user, user, sizeof(user)),
            utf16_printable(logon.domain, domain, sizeof(domain)), status_name(status));
    return status_failed(status) ? status : ST_INTERNAL;
}

static enum status authenticate_anonymous(const struct ntlm_context *c, struct login *l)
{
    if (!(c->terms.wishes & NTLM_WISH_NULL_SESSION)) {
        log_warn("ntlm", "anonymous logon refused: not allowed here");
        return ST_LOGON_DENIED;
    }
    if (c->terms.wishes & (NTLM_WISH_SIGN | NTLM_WISH_SEAL)) {
        log_warn("ntlm", "anonymous logon refused: it has no session security, required here");
        return ST_PEER_UNSUPPORTED;
    }
    blob_free(&l->domain); /* proven by nothing */
    l->flags = ntlm_anonymous_flags(l->flags);
    return ST_OK;
}

/* Unknown here, and welcome all the same: without session security, as 3.4 has it, and without a
 * name of his own, since that is proven by nothing; nor is anything else that he sent. */
static enum status admit_guest(const struct ntlm_context *c, struct login *l)
{
    enum status status = blob_set(&l->user, bytes_of(u"Guest", sizeof(u"Guest") - 2));

    if (c->terms.wishes & (NTLM_WISH_SIGN | NTLM_WISH_SEAL)) {
        log_warn("ntlm", "guest logon refused: it has no session security, required here");
        return ST_PEER_UNSUPPORTED;
    }
    if (status == ST_OK)
        status = blob_set(&l->domain, blob_view(&c->server.nb_computer));
    wipe(l->session_base_key, sizeof(l->session_base_key));
    l->response = (struct ntlm_v2_response){0};
    l->flags = ntlm_insecure_flags(l->flags);
    return status;
}

/* Whoever has an account of this server is shown as that, not under the domain that his client made
 * up: on Windows the name is that of the account's SID. The response was checked with what he sent. */
static enum status show_local(const struct ntlm_context *c, struct login *l)
{
    return l->local ? blob_set(&l->domain, blob_view(&c->server.nb_computer)) : ST_OK;
}

/* The key exchange key takes the SessionBaseKey's place; with NTLMv2 it is that (3.4.5.1). */
static enum status make_key_exchange_key(const struct ntlm_context *c, struct login *l)
{
    uint8_t key[NTLM_HASH_SIZE];

    if (l->proof == NTLM_PROOF_V2)
        return ST_OK;
    if (l->flags & NTLMSSP_NEGOTIATE_LM_KEY && all_zero(l->lm_key, sizeof(l->lm_key))) {
        log_warn("ntlm", "LM_KEY negotiated, but the account has no LM hash; refused");
        return ST_LOGON_DENIED;
    }
    ntlm_v1_kxkey(l->flags, l->session_base_key, l->message.lm_response.data, c->server.challenge,
            l->lm_key, key);
    memcpy(l->session_base_key, key, NTLM_HASH_SIZE);
    wipe(key, sizeof(key));
    return ST_OK;
}

static enum status exchange_keys(struct login *l)
{
    struct bytes encrypted = l->message.encrypted_session_key;

    if (!ntlm_exchanges_keys(l->flags)) {
        memcpy(l->session_key, l->session_base_key, NTLM_HASH_SIZE);
        return ST_OK;
    }
    if (encrypted.size != NTLM_HASH_SIZE) {
        log_warn("ntlm", "EncryptedRandomSessionKey of %zu bytes, not 16; refused", encrypted.size);
        return ST_BAD_TOKEN;
    }
    ntlm_rc4k(l->session_base_key, encrypted.data, l->session_key);
    return ST_OK;
}

/* Clients that know no MIC repeat our TargetInfo in the proven response as well (2.2.2.7). Without
 * our time in it the CHALLENGE was altered on the way: a client that sees no time makes no MIC, and
 * then nothing protects the flags. */
static enum status check_without_mic(const struct ntlm_context *c, const struct ntlm_av *av)
{
    if (c->server.omit_timestamp ||
            (av->present[MsvAvTimestamp] && av->timestamp == c->server.timestamp))
        return ST_OK;
    log_warn("ntlm", "no MIC, and the client was shown another CHALLENGE than ours (no or another "
                     "MsvAvTimestamp): it was altered on the way; refused");
    return ST_BAD_SIGNATURE;
}

/* That there is a MIC is said inside the proven response, so it cannot be stripped. */
static enum status check_mic(const struct ntlm_context *c, struct bytes in, struct login *l)
{
    uint8_t mic[NTLM_HASH_SIZE];

    if (!(l->response.av.flags & NTLM_AV_FLAG_MIC))
        return check_without_mic(c, &l->response.av);
    ntlm_mic(l->session_key, blob_view(&c->negotiate), blob_view(&c->challenge), in, mic);
    l->mic = l->message.has_mic && secret_equal(bytes_of(mic, sizeof(mic)), l->message.mic);
    wipe(mic, sizeof(mic));
    if (l->mic)
        return ST_OK;
    log_warn("ntlm", "the MIC %s: the messages were altered on the way; refused",
            l->message.has_mic ? "does not verify" : "was removed");
    return ST_BAD_SIGNATURE;
}

/* Who proves nothing has no MIC, and version 1 has no place to say that there is one. */
static enum status check_login(const struct ntlm_context *c, struct bytes in, struct login *l)
{
    enum status status = l->anonymous ? authenticate_anonymous(c, l) : authenticate(c, l);
    bool proven = !l->anonymous && !l->guest;

    if (status == ST_OK && l->guest)
        status = admit_guest(c, l);
    if (status == ST_OK && proven)
        status = show_local(c, l);
    if (status == ST_OK && proven)
        status = make_key_exchange_key(c, l);
    if (status == ST_OK)
        status = exchange_keys(l);
    if (status == ST_OK && proven && l->proof == NTLM_PROOF_V2)
        status = check_mic(c, in, l);
    return status == ST_OK ? ntlm_check_pairs(c, &l->response) : status;
}

static enum status commit(struct ntlm_context *c, struct login *l)
{
    enum status status = blob_set(&c->target_name, l->response.av.value[MsvAvTargetName]);

    if (status != ST_OK)
        return status;
    blob_move(&c->user, &l->user);
    blob_move(&c->domain, &l->domain);
    blob_move(&c->workstation, &l->workstation);
    c->flags = l->flags;
    c->anonymous = l->anonymous;
    c->guest = l->guest;
    c->loopback = ntlm_is_loopback(c, &l->response);
    c->mic_used = l->mic;
    memcpy(c->session_key, l->session_key, NTLM_HASH_SIZE);
    ntlm_session_init(&c->session, l->flags, l->session_key, true);
    log_debug("ntlm", "logon accepted: flags 0x%08x, %s MIC%s", l->flags,
            l->mic ? "with" : "without",
            l->anonymous ? ", anonymous"
            : l->guest   ? ", guest"
                         : "");
    return ST_OK;
}

enum status ntlm_server_authenticated(struct ntlm_context *c, struct bytes in, struct blob *token)
{
    struct login l = {0};
    enum status status = read_login(c, in, &l);

    (void)token; /* nothing is sent back */
    if (status == ST_OK)
        status = check_login(c, in, &l);
    if (status == ST_OK)
        status = commit(c, &l);
    login_free(&l);
    return status;
}
