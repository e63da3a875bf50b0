/* The engine: token -> event -> row of the side's table -> handler -> next state. */
#include "spnego/engine.h"
#include "base/log.h"

static bool mechs_usable(const struct spnego_mech *mechs, size_t count)
{
    if (!mechs || !count || count > SPNEGO_MECHS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct spnego_functions *f = mechs[i].functions;
        if (!mechs[i].oid.size || !f || !f->step || !f->get_mic || !f->verify_mic)
            return false;
    }
    return true;
}

enum status spnego_init(struct spnego_context *c, const struct spnego_side *side,
        const struct spnego_mech *mechs, size_t count)
{
    if (!c || !mechs_usable(mechs, count))
        return ST_BAD_ARGUMENT;
    c->side = side;
    c->state = S_START;
    c->count = count;
    for (size_t i = 0; i < count; i++)
        c->mechs[i] = mechs[i];
    writer_lend(&c->mech_types, c->mech_types_room, sizeof(c->mech_types_room));
    return ST_OK;
}

static enum event event_of(enum neg_state state)
{
    switch (state) {
    case NEG_ACCEPT_COMPLETED:
        return EV_ACCEPT_COMPLETED;
    case NEG_ACCEPT_INCOMPLETE:
        return EV_ACCEPT_INCOMPLETE;
    case NEG_REJECT:
        return EV_REJECT;
    case NEG_REQUEST_MIC:
        return EV_REQUEST_MIC;
    case NEG_STATE_ABSENT:
        break;
    }
    return EV_NO_NEG_STATE;
}

static enum status decode_framed(const struct spnego_context *c, struct bytes in, struct message *m)
{
    struct bytes oid;
    struct reader inner = gss_framing_open(in, &oid);
    if (!reader_ok(&inner))
        return ST_BAD_TOKEN;
    if (!bytes_equal(oid, spnego_oid_spnego)) {
        m->raw_oid = oid;
        return ST_OK;
    }
    m->event = EV_INIT;
    return c->side->server ? neg_token_init_read(in, &m->init)
                           : neg_token_init2_read(in, &m->init2);
}

static bool starts_with(struct bytes in, struct bytes start)
{
    struct reader r = reader_on(in);
    reader_expect(&r, start);
    return reader_ok(&r);
}

static enum status decode(const struct spnego_context *c, struct bytes in, struct message *m)
{
    struct reader r = reader_on(in);
    int tag = der_peek(&r);
    m->raw = in;
    m->event = EV_RAW;
    if (c->state == S_DIRECT)
        return ST_OK;
    if (!in.size) {
        m->event = EV_EMPTY;
        return ST_OK;
    }
    /* "NTLMSSP\0" is the signature of every NTLM message, [MS-NLMP] 2.2.1. */
    if (starts_with(in, bytes_of("NTLMSSP", 8))) {
        m->raw_oid = spnego_oid_ntlm;
        return ST_OK;
    }
    if (tag == DER_APPLICATION(0))
        return decode_framed(c, in, m);
    if (tag != DER_CONTEXT(1))
        return ST_BAD_TOKEN;
    enum status status = neg_token_resp_read(in, &m->resp);
    if (!status_failed(status))
        m->event = event_of(m->resp.neg_state);
    return status;
}

static const struct row *find_row(const struct spnego_context *c, enum event event)
{
    for (size_t i = 0; i < c->side->count; i++)
        if (c->side->rows[i].state == c->state && c->side->rows[i].event == event)
            return &c->side->rows[i];
    return NULL;
}

static enum state next_state(
        const struct spnego_context *c, const struct row *row, enum status status)
{
    if (status == ST_OK)
        return row->done;
    if (status != ST_CONTINUE)
        return S_FAILED;
    if (c->direct)
        return row->direct;
    return c->mech_complete ? row->settled : row->more;
}

enum status msg_written(const struct writer *w, enum status status)
{
    return status_failed(w->status) && !status_failed(status) ? w->status : status;
}

enum status msg_respond(struct spnego_context *c, struct neg_token_resp *resp, bool with_mic,
        struct writer *out, enum status status)
{
    struct spnego_mic mic; /* outlives its view in RESP */
    if (with_mic) {
        enum status made = mic_make(c, &mic);
        if (status_failed(made))
            return made;
        resp->mech_list_mic = bytes_of(mic.bytes, mic.size);
    }
    neg_token_resp_write(resp, out);
    resp->mech_list_mic = bytes_of(NULL, 0);
    return msg_written(out, status);
}

static enum status run(struct spnego_context *c, struct bytes in, struct writer *out)
{
    struct message m = {0};
    enum status status = decode(c, in, &m);
    if (status_failed(status)) {
        log_warn("spnego", "%s: the peer's token of %zu bytes is malformed or no SPNEGO message",
                c->side->name, in.size);
        c->state = S_FAILED;
        return status;
    }
    const struct row *row = find_row(c, m.event);
    if (!row) {
        log_warn("spnego", "%s: a token of kind %d does not belong into state %d", c->side->name,
                (int)m.event, (int)c->state);
        c->state = S_FAILED;
        return ST_BAD_TOKEN;
    }
    status = row->handle(c, &m, out);
    c->state = next_state(c, row, status);
    if (c->state == S_FAILED && !status_failed(status)) {
        log_warn("spnego", "%s: negState does not fit how far %s is", c->side->name, mech_name(c));
        return ST_BAD_TOKEN;
    }
    return status;
}

/* Tells the client that it is over, where there is something to tell: not after a token that could
 * not even be read, and not when memory is what is missing. */
static void write_reject(const struct spnego_context *c, enum status status, struct writer *out)
{
    struct neg_token_resp resp = {.neg_state = NEG_REJECT};
    if (!c->side->sends_reject || c->direct || status_class(status) == CLASS_RESOURCE ||
            status == ST_BAD_TOKEN)
        return;
    neg_token_resp_write(&resp, out);
}

enum status spnego_step(struct spnego_context *c, struct bytes in, struct writer *out)
{
    if (c->state == S_DONE || c->state == S_FAILED)
        return ST_BAD_STATE;
    enum status status = run(c, in, out);
    if (status_failed(status)) {
        writer_reset(out);
        write_reject(c, status, out);
    } else {
        log_debug("spnego", "%s: %s, %s, %zu bytes to send", c->side->name, mech_name(c),
                status_name(status), writer_at(out));
    }
    return status;
}

int spnego_chosen(const struct spnego_context *c)
{
    return c->has_chosen ? (int)c->chosen : -1;
}

bool spnego_can_protect(const struct spnego_context *c)
{
    /* A client that has sent its mechListMIC has put its outgoing state back already, and makes no
     * other signature for SPNEGO. Without one the server may still ask for it: wait for the end. */
    return c->state == S_DONE || (c->state == S_SETTLED && !c->side->server && c->mic_sent);
}

enum spnego_progress spnego_progress(const struct spnego_context *c)
{
    switch ((enum state)c->state) {
    case S_START:
    case S_HINTED:
    case S_OFFERED:
        return SPNEGO_OPTIMISTIC;
    case S_DIRECT:
        return SPNEGO_DIRECT;
    case S_DONE:
        return SPNEGO_COMPLETE;
    case S_MECH:
    case S_SETTLED:
    case S_FAILED:
        break;
    }
    return SPNEGO_IN_PROGRESS;
}

void spnego_end(struct spnego_context *c)
{
    writer_free(&c->mech_types);
    *c = (struct spnego_context){0};
}
