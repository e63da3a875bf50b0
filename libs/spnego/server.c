/* The acceptor: RFC 4178 sections 4.2.1, 4.2.2 and 5, [MS-SPNG] 3.2 and 3.3.
 *
 *   -> NegTokenInit { mechTypes, mechToken of the first }
 *   <- NegTokenResp { accept-incomplete | request-mic, supportedMech, responseToken }
 *   -> NegTokenResp { accept-incomplete, responseToken, mechListMIC }
 *   <- NegTokenResp { accept-completed, mechListMIC }
 */
#include "spnego/engine.h"
#include "base/log.h"

/* [MS-SPNG] 2.2.1: the server speaks first. */
static enum status server_hint(struct spnego_context *c, const struct message *m, struct writer *out)
{
    struct bytes oids[SPNEGO_MECHS_MAX];
    uint8_t room[SPNEGO_MECH_TYPES_ROOM];
    struct writer list = {0};
    (void)m;
    writer_lend(&list, room, sizeof(room));
    for (size_t i = 0; i < c->count; i++)
        oids[i] = c->mechs[i].oid;
    mech_type_list_write(oids, c->count, &list);
    struct neg_token_init2 init = {
            .mech_types = writer_view(&list),
            .hint_name = BYTES_LITERAL("not_defined_in_RFC4178@please_ignore"),
    };
    neg_token_init2_write(&init, out);
    enum status status = msg_written(&list, msg_written(out, ST_CONTINUE));
    writer_free(&list);
    return status;
}

/* Chooses the first of the client's list that we have, but for WITHOUT: its optimistic token is then
 * most often of use. *OID is the name that the client gave it, *FIRST whether the token is its. */
static bool choose(struct spnego_context *c, struct bytes list, struct bytes without,
        struct bytes *oid, bool *first)
{
    struct reader r = mech_type_list_open(list);
    struct bytes head = bytes_of(NULL, 0);
    while (reader_ok(&r) && reader_left(&r)) {
        struct bytes name = der_get(&r, DER_OID);
        size_t found;
        if (!head.size)
            head = name;
        if (mech_oid_same(name, without) || !mech_find(c, name, &found))
            continue;
        c->chosen = found;
        c->has_chosen = true;
        *oid = name;
        *first = bytes_equal(name, head);
        return true;
    }
    return false;
}

/* An answer with the mechanism's TOKEN, and the last word or none. SUPPORTED is empty after the
 * first. */
static enum status reply(struct spnego_context *c, enum neg_state state, struct bytes supported,
        struct bytes token, bool with_mic, struct writer *out)
{
    struct neg_token_resp resp = {
            .neg_state = state,
            .supported_mech = supported,
            .response_token = token,
    };
    return msg_respond(c, &resp, with_mic, out, state == NEG_ACCEPT_COMPLETED ? ST_OK : ST_CONTINUE);
}

/* The negState for "go on": request-mic belongs only into the first reply (RFC 4178 4.2.2). */
static enum neg_state go_on(const struct spnego_context *c, struct bytes supported)
{
    return supported.size && c->mic_demanded ? NEG_REQUEST_MIC : NEG_ACCEPT_INCOMPLETE;
}

/* Tolerance: impacket 0.13 offers NTLM alone, and whatever it is asked for makes no mechListMIC. Only
 * our own preference demands that, of which it knows nothing; it could as well send NTLM raw. That a
 * list was shortened on the way only its sender can know, who demands mechListMIC then. */
static bool is_excused(const struct spnego_context *c)
{
    if (!c->mic_excused || mic_wanted(c))
        return false;
    log_debug("spnego", "server: the client makes no mechListMIC, and offered %s only", mech_name(c));
    return true;
}

/* The mechanism is complete: RFC 4178 section 5. MIC is the client's, TOKEN the last of ours. */
static enum status settle(struct spnego_context *c, struct bytes supported, struct bytes mic,
        struct bytes token, struct writer *out)
{
    if (mic.size) {
        enum status status = mic_check(c, mic);
        return status_failed(status) ? status
                                     : reply(c, NEG_ACCEPT_COMPLETED, supported, token, true, out);
    }
    if (!mic_required(c))
        return reply(c, NEG_ACCEPT_COMPLETED, supported, token, false, out);
    /* A client that had been asked, and had the last token, had to send it: section 5 c) V. */
    if (c->mic_demanded && !supported.size && !token.size)
        return is_excused(c) ? reply(c, NEG_ACCEPT_COMPLETED, supported, token, false, out)
                             : mic_missing(c);
    /* Else we begin, section 5 b) and c) IV; and so does Windows Server 2025 when an AUTHENTICATE
     * with MIC comes without mechListMIC (seen in Manticore issue 1201). The client's is still
     * required. */
    return reply(c, go_on(c, supported), supported, token, true, out);
}

/* A token for the mechanism, in NegTokenInit or NegTokenResp. */
static enum status leg(struct spnego_context *c, struct bytes supported, struct bytes in,
        struct bytes mic, struct writer *out)
{
    struct bytes token;
    enum status status = mech_advance(c, in, &token);
    if (status == ST_OK) {
        status = settle(c, supported, mic, token, out);
    } else if (status == ST_CONTINUE && mic.size) {
        log_warn("spnego", "server: mechListMIC before %s is complete", mech_name(c));
        status = ST_BAD_TOKEN;
    } else if (status == ST_CONTINUE) {
        status = reply(c, go_on(c, supported), supported, token, false, out);
    }
    return status;
}

static enum status server_init(struct spnego_context *c, const struct message *m, struct writer *out)
{
    struct bytes oid = {0};
    bool first = false;
    if (!choose(c, m->init.mech_types, bytes_of(NULL, 0), &oid, &first)) {
        log_warn("spnego", "server: the client offers no mechanism of ours");
        return ST_NO_COMMON_ALGORITHM;
    }
    writer_reserve(&c->mech_types, m->init.mech_types.size);
    writer_bytes(&c->mech_types, m->init.mech_types);
    if (c->mech_types.status != ST_OK) /* or the list is longer than any writer's limit */
        return c->mech_types.status == ST_NO_MEMORY ? ST_NO_MEMORY : ST_BAD_TOKEN;
    /* Required unless it is the preferred one of both: RFC 4178 section 5. */
    c->mic_demanded = !first || !mech_oid_same(c->mechs[0].oid, oid);
    c->mic_excused = first && !mech_listed(m->init.mech_types, c->mechs[0].oid);
    if (first && m->init.mech_token.size)
        return leg(c, oid, m->init.mech_token, m->init.mech_list_mic, out);
    /* No token, or one of a mechanism that is not ours and is ignored: the client begins anew. */
    if (m->init.mech_list_mic.size)
        return ST_BAD_TOKEN;
    return reply(c, go_on(c, oid), oid, bytes_of(NULL, 0), false, out);
}

/* A mechanism for which there is no credential here (Kerberos without a key) is as if it were not
 * ours: another of the client's list, which is then signed (RFC 4178 4.2.2, section 5). A first token
 * that is refused, for whatever other reason, is the end. */
static enum status server_begin(
        struct spnego_context *c, const struct message *m, struct writer *out)
{
    struct bytes oid = {0}, keyless;
    bool first;
    enum status status = server_init(c, m, out);
    if (status != ST_NO_CREDENTIALS || m->init.mech_list_mic.size)
        return status;
    keyless = c->mechs[c->chosen].oid;
    if (!choose(c, m->init.mech_types, keyless, &oid, &first))
        return status;
    c->mic_demanded = true;
    c->mic_excused = false;
    return reply(c, go_on(c, oid), oid, bytes_of(NULL, 0), false, out);
}

static enum status server_raw(struct spnego_context *c, const struct message *m, struct writer *out)
{
    if (!mech_find(c, m->raw_oid, &c->chosen)) {
        log_warn("spnego", "server: a raw token of a mechanism that is not offered");
        return ST_BAD_TOKEN;
    }
    c->has_chosen = true;
    c->direct = true;
    log_debug("spnego", "server: raw %s", mech_name(c));
    return mech_direct(c, m, out);
}

/* supportedMech has no place in a client's message; one that repeats the choice is harmless. */
static bool names_chosen(const struct spnego_context *c, const struct neg_token_resp *resp)
{
    if (!resp->supported_mech.size || mech_oid_same(resp->supported_mech, c->mechs[c->chosen].oid))
        return true;
    log_warn("spnego", "server: the client names another mechanism midway");
    return false;
}

static enum status server_leg(struct spnego_context *c, const struct message *m, struct writer *out)
{
    if (!names_chosen(c, &m->resp))
        return ST_BAD_TOKEN;
    return leg(c, bytes_of(NULL, 0), m->resp.response_token, m->resp.mech_list_mic, out);
}

/* Our mechListMIC is out; the client's is all that is missing. One that has said accept-completed
 * expects no answer. */
static enum status server_peer_mic(
        struct spnego_context *c, const struct message *m, struct writer *out)
{
    if (!names_chosen(c, &m->resp) || m->resp.response_token.size)
        return ST_BAD_TOKEN;
    if (!m->resp.mech_list_mic.size)
        return mic_missing(c);
    enum status status = mic_check(c, m->resp.mech_list_mic);
    if (status_failed(status) || m->event == EV_ACCEPT_COMPLETED)
        return status;
    return reply(c, NEG_ACCEPT_COMPLETED, bytes_of(NULL, 0), bytes_of(NULL, 0), false, out);
}

static enum status server_rejected(
        struct spnego_context *c, const struct message *m, struct writer *out)
{
    (void)m;
    (void)out;
    log_warn("spnego", "server: the client gave up (reject) with %s", mech_name(c));
    return ST_LOGON_DENIED;
}

/* Tolerance: request-mic from a client. pyspnego before its pull request 7 (December 2020) sent it
 * with AUTHENTICATE, and Windows takes it. It means accept-incomplete. accept-completed while the
 * mechanism has legs to go has no next state and so fails. */
static const struct row rows[] = {
        {S_START, EV_EMPTY, server_hint, .more = S_HINTED},
        {S_START, EV_INIT, server_begin, .more = S_MECH, .settled = S_SETTLED, .done = S_DONE},
        {S_START, EV_RAW, server_raw, .direct = S_DIRECT, .done = S_DONE},

        {S_HINTED, EV_INIT, server_begin, .more = S_MECH, .settled = S_SETTLED, .done = S_DONE},
        {S_HINTED, EV_RAW, server_raw, .direct = S_DIRECT, .done = S_DONE},

        {S_MECH, EV_ACCEPT_INCOMPLETE, server_leg, .more = S_MECH, .settled = S_SETTLED,
                .done = S_DONE},
        {S_MECH, EV_NO_NEG_STATE, server_leg, .more = S_MECH, .settled = S_SETTLED, .done = S_DONE},
        {S_MECH, EV_REQUEST_MIC, server_leg, .more = S_MECH, .settled = S_SETTLED, .done = S_DONE},
        {S_MECH, EV_ACCEPT_COMPLETED, server_leg, .settled = S_SETTLED, .done = S_DONE},
        {S_MECH, EV_REJECT, server_rejected, .more = S_FAILED},

        {S_SETTLED, EV_ACCEPT_COMPLETED, server_peer_mic, .done = S_DONE},
        {S_SETTLED, EV_ACCEPT_INCOMPLETE, server_peer_mic, .done = S_DONE},
        {S_SETTLED, EV_NO_NEG_STATE, server_peer_mic, .done = S_DONE},
        {S_SETTLED, EV_REJECT, server_rejected, .more = S_FAILED},

        {S_DIRECT, EV_RAW, mech_direct, .direct = S_DIRECT, .done = S_DONE},
};

const struct spnego_side spnego_server_side = {
        .name = "server",
        .rows = rows,
        .count = sizeof(rows) / sizeof(rows[0]),
        .server = true,
        .sends_reject = true,
};

enum status spnego_server_init(
        struct spnego_context *c, const struct spnego_mech *mechs, size_t count)
{
    return spnego_init(c, &spnego_server_side, mechs, count);
}
