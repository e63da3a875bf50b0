/* The initiator: RFC 4178 sections 4.2.1, 4.2.2 and 5, [MS-SPNG] 3.2 and 3.3.
 *
 *   -> NegTokenInit { mechTypes, mechToken of the first }
 *   <- NegTokenResp { accept-incomplete | request-mic, supportedMech, responseToken }
 *   -> NegTokenResp { accept-incomplete, responseToken, mechListMIC }
 *   <- NegTokenResp { accept-completed, mechListMIC }
 */
#include "spnego/engine.h"
#include "base/log.h"

static void choose(struct spnego_context *c, size_t index)
{
    c->chosen = index;
    c->has_chosen = true;
}

/* Takes the first out of what is offered, together with its other names (same object). */
static void drop_first(struct spnego_context *c)
{
    void *self = c->mechs[c->offered[0]].self;
    size_t kept = 0;
    for (size_t i = 1; i < c->offered_count; i++)
        if (c->mechs[c->offered[i]].self != self)
            c->offered[kept++] = c->offered[i];
    c->offered_count = kept;
}

/* The optimistic token. A mechanism that can not even begin (no ticket, no credentials) is not
 * offered, as Windows does it; its status counts only if none is left. One that has asked somebody
 * and was told that the password is wrong ends it: the same password is not tried again with a
 * weaker mechanism. */
static enum status first_token(struct spnego_context *c, struct bytes *token)
{
    for (;;) {
        choose(c, c->offered[0]);
        enum status status = mech_step(c, bytes_of(NULL, 0), token);
        enum status_class class = status_class(status);
        if (class == CLASS_SUCCESS || class == CLASS_RESOURCE || class == CLASS_INTERNAL ||
                status == ST_LOGON_DENIED)
            return status;
        drop_first(c);
        if (!c->offered_count) {
            log_warn("spnego", "client: no mechanism can begin: %s", status_name(status));
            return status;
        }
    }
}

static enum status write_offer(struct spnego_context *c, struct bytes token, struct writer *out)
{
    struct bytes oids[SPNEGO_MECHS_MAX];
    for (size_t i = 0; i < c->offered_count; i++)
        oids[i] = c->mechs[c->offered[i]].oid;
    mech_type_list_write(oids, c->offered_count, &c->mech_types);
    struct neg_token_init init = {
            .mech_types = writer_view(&c->mech_types),
            .mech_token = token,
    };
    neg_token_init_write(&init, out);
    return msg_written(&c->mech_types, msg_written(out, ST_CONTINUE));
}

/* The first message; the server has been heard if HINTED, so it speaks SPNEGO. */
static enum status offer(struct spnego_context *c, bool hinted, struct writer *out)
{
    struct bytes token;
    enum status status = first_token(c, &token);
    if (status_failed(status))
        return status;
    if (!c->raw_single || c->offered_count > 1 || hinted)
        return write_offer(c, token, out);
    c->direct = true;
    writer_bytes(out, token);
    return msg_written(out, status);
}

static void offer_all(struct spnego_context *c)
{
    for (size_t i = 0; i < c->count; i++)
        c->offered[i] = i;
    c->offered_count = c->count;
}

static enum status client_start(struct spnego_context *c, const struct message *m, struct writer *out)
{
    (void)m;
    offer_all(c);
    return offer(c, false, out);
}

static bool hint_has_one(const struct spnego_context *c, struct bytes list)
{
    for (size_t i = 0; i < c->count; i++)
        if (mech_listed(list, c->mechs[i].oid))
            return true;
    return false;
}

/* The server spoke first. Nothing protects what it said: whoever takes Kerberos out of its list
 * must not make us do without. So all that we have is offered, in our order, and mechListMIC covers
 * it; a server without the first chooses another, as RFC 4178 has it. The list is only good for
 * giving up at once. */
static enum status client_start_hinted(
        struct spnego_context *c, const struct message *m, struct writer *out)
{
    struct bytes list = m->init2.mech_types;
    if (list.size && !hint_has_one(c, list)) {
        log_warn("spnego", "client: the server offers no mechanism of ours");
        return ST_NO_COMMON_ALGORITHM;
    }
    offer_all(c);
    return offer(c, true, out);
}

/* The next NegTokenResp with the mechanism's TOKEN. Clients of Windows say accept-incomplete here;
 * NetApp's servers refuse anything but accept-* (smbprotocol issue 61). */
static enum status reply(struct spnego_context *c, struct bytes token, struct writer *out)
{
    struct neg_token_resp resp = {.neg_state = NEG_ACCEPT_INCOMPLETE, .response_token = token};
    return msg_respond(c, &resp, c->mech_complete && mic_required(c), out, ST_CONTINUE);
}

/* The server's mechListMIC came before ours: RFC 4178 section 5 b) I and c) IV. Windows Server 2025
 * does so too after an AUTHENTICATE with MIC that came without mechListMIC (Manticore issue 1201).
 */
static enum status answer_mic(struct spnego_context *c, struct bytes mic, struct writer *out)
{
    struct neg_token_resp resp = {.neg_state = NEG_ACCEPT_COMPLETED};
    enum status status = mic_check(c, mic);
    return status_failed(status) ? status : msg_respond(c, &resp, true, out, ST_OK);
}

/* The mechanism is complete here, so there is no token left to answer with: after accept-incomplete
 * only mechListMIC can be what the server waits for. Without a negState it is "inferred from the
 * state of the negotiated mechanism context" (RFC 4178 4.2.2): the server is done too, unless its
 * mechListMIC asks for ours. */
static enum status finish(
        struct spnego_context *c, const struct message *m, struct bytes mic, struct writer *out)
{
    bool inferred = m->event == EV_NO_NEG_STATE;
    if (mic.size && !c->mic_sent)
        return answer_mic(c, mic, out);
    if (!mic.size && mic_required(c))
        return mic_missing(c);
    if (inferred)
        return mic.size ? mic_check(c, mic) : ST_OK;
    log_warn("spnego", "client: the server waits for more, but %s is complete", mech_name(c));
    return ST_BAD_TOKEN;
}

/* RFC 4178 section 5 has no mechListMIC where the mechanism can not sign. That is not for a client
 * whose preferred mechanism was passed over: somebody on the way could have had it so, and nothing
 * else would show it. */
static enum status refuse_downgrade(const struct spnego_context *c, enum status status)
{
    if (status != ST_OK || !c->passed_over || mic_possible(c))
        return status;
    log_warn("spnego",
            "client: the server chose %s, which can not sign the list of mechanisms: nothing "
            "shows that this was the server",
            mech_name(c));
    return ST_DOWNGRADE;
}

static enum status advance(struct spnego_context *c, struct bytes in, struct bytes *token)
{
    return refuse_downgrade(c, mech_advance(c, in, token));
}

static enum status client_leg(struct spnego_context *c, const struct message *m, struct writer *out)
{
    struct bytes mic = mic_of(&m->resp);
    struct bytes token;
    enum status status = advance(c, m->resp.response_token, &token);
    if (status == ST_OK && !token.size) {
        status = finish(c, m, mic, out);
    } else if (!status_failed(status) && mic.size) {
        log_warn("spnego", "client: the server sent mechListMIC before %s is complete there",
                mech_name(c));
        status = ST_BAD_TOKEN;
    } else if (!status_failed(status)) {
        status = reply(c, token, out);
    }
    return status;
}

static enum status client_completed(
        struct spnego_context *c, const struct message *m, struct writer *out)
{
    struct bytes mic = mic_of(&m->resp);
    struct bytes token;
    enum status status = advance(c, m->resp.response_token, &token);
    bool early = !c->mech_complete || token.size;
    (void)out;
    if (status_failed(status))
        return status;
    if (early) {
        log_warn("spnego", "client: accept-completed before %s is complete", mech_name(c));
        return ST_BAD_TOKEN;
    }
    if (mic.size)
        return mic_check(c, mic);
    return mic_required(c) ? mic_missing(c) : ST_OK;
}

/* The mechanism that supportedMech names, as an index into what was offered. */
static bool find_offered(const struct spnego_context *c, struct bytes oid, size_t *position)
{
    for (size_t i = 0; i < c->offered_count; i++)
        if (bytes_equal(c->mechs[c->offered[i]].oid, oid)) {
            *position = i;
            return true;
        }
    for (size_t i = 0; i < c->offered_count; i++)
        if (mech_oid_same(c->mechs[c->offered[i]].oid, oid)) {
            *position = i;
            return true;
        }
    return false;
}

/* Is it the one whose token went out with the offer? Also under its other name: Windows offers
 * Kerberos under both OIDs and servers answer with either. */
static bool is_optimistic(const struct spnego_context *c, size_t position)
{
    const struct spnego_mech *first = &c->mechs[c->offered[0]];
    const struct spnego_mech *named = &c->mechs[c->offered[position]];
    return position == 0 || (named->self == first->self && mech_oid_same(named->oid, first->oid));
}

/* Another mechanism than the first: it begins now, and mechListMIC must follow. The server had no
 * token for it, so it can not have said anything on its behalf. */
static enum status restart(
        struct spnego_context *c, size_t position, const struct message *m, struct writer *out)
{
    struct bytes token;
    if (m->resp.response_token.size || m->resp.mech_list_mic.size ||
            m->event == EV_ACCEPT_COMPLETED) {
        log_warn("spnego", "client: the server chose a mechanism and went ahead without its token");
        return ST_BAD_TOKEN;
    }
    choose(c, c->offered[position]);
    c->mech_complete = false;
    c->mic_demanded = c->passed_over = true;
    log_debug("spnego", "client: the server chose %s", mech_name(c));
    enum status status = refuse_downgrade(c, mech_step(c, bytes_of(NULL, 0), &token));
    if (!status_failed(status))
        status = reply(c, token, out);
    return status;
}

static enum status client_first_reply(
        struct spnego_context *c, const struct message *m, struct writer *out)
{
    size_t position = 0;
    if (m->event == EV_REQUEST_MIC)
        c->mic_demanded = true;
    /* Tolerance: servers that leave supportedMech out although RFC 4178 4.2.2 wants it in the first
     * reply; it can only be the mechanism that they have a token of. */
    if (m->resp.supported_mech.size && !find_offered(c, m->resp.supported_mech, &position)) {
        log_warn("spnego", "client: the server chose a mechanism that was not offered");
        return ST_BAD_TOKEN;
    }
    if (!is_optimistic(c, position))
        return restart(c, position, m, out);
    if (m->event == EV_ACCEPT_COMPLETED)
        return client_completed(c, m, out);
    return client_leg(c, m, out);
}

static enum status client_refused(
        struct spnego_context *c, const struct message *m, struct writer *out)
{
    (void)out;
    /* In the first reply: the mechanisms were refused, unless the server names one it has tried. */
    bool begun =
            c->state != S_OFFERED || m->resp.supported_mech.size || m->resp.response_token.size;
    log_warn("spnego", "client: the server refused %s",
            begun ? mech_name(c) : "all that was offered");
    return begun ? ST_LOGON_DENIED : ST_NO_COMMON_ALGORITHM;
}

static const struct row rows[] = {
        {S_START, EV_EMPTY, client_start, .more = S_OFFERED, .settled = S_OFFERED,
                .direct = S_DIRECT, .done = S_DONE},
        {S_START, EV_INIT, client_start_hinted, .more = S_OFFERED, .settled = S_OFFERED},

        {S_OFFERED, EV_ACCEPT_INCOMPLETE, client_first_reply, .more = S_MECH, .settled = S_SETTLED,
                .done = S_DONE},
        {S_OFFERED, EV_REQUEST_MIC, client_first_reply, .more = S_MECH, .settled = S_SETTLED,
                .done = S_DONE},
        {S_OFFERED, EV_ACCEPT_COMPLETED, client_first_reply, .done = S_DONE},
        {S_OFFERED, EV_REJECT, client_refused, .more = S_FAILED},

        {S_MECH, EV_ACCEPT_INCOMPLETE, client_leg, .more = S_MECH, .settled = S_SETTLED,
                .done = S_DONE},
        {S_MECH, EV_NO_NEG_STATE, client_leg, .more = S_MECH, .settled = S_SETTLED, .done = S_DONE},
        {S_MECH, EV_ACCEPT_COMPLETED, client_completed, .done = S_DONE},
        {S_MECH, EV_REJECT, client_refused, .more = S_FAILED},

        {S_SETTLED, EV_ACCEPT_INCOMPLETE, client_leg, .done = S_DONE},
        {S_SETTLED, EV_NO_NEG_STATE, client_leg, .done = S_DONE},
        {S_SETTLED, EV_ACCEPT_COMPLETED, client_completed, .done = S_DONE},
        {S_SETTLED, EV_REJECT, client_refused, .more = S_FAILED},

        {S_DIRECT, EV_RAW, mech_direct, .direct = S_DIRECT, .done = S_DONE},
};

const struct spnego_side spnego_client_side = {
        .name = "client",
        .rows = rows,
        .count = sizeof(rows) / sizeof(rows[0]),
};

enum status spnego_client_init(struct spnego_context *c, const struct spnego_mech *mechs,
        size_t count, bool raw_single)
{
    enum status status = spnego_init(c, &spnego_client_side, mechs, count);
    if (!status_failed(status))
        c->raw_single = raw_single;
    return status;
}
