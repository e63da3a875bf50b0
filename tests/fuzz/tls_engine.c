/* Both ends of a TLS connection in memory, and somebody in between who does what the input says. The
 * input cannot be the peers' bytes, which are others each time: first a byte of settings, then
 * per change four: which record, what, where, with what. Records are numbered as they pass, those of
 * both directions together; from ACTS on a change is something that an end does on the open
 * connection.
 *
 * What must hold: no call takes more than it was given; a failure is final; what arrives as data is
 * what was sent; an end that takes the other's handshake knows the same certificates; everything comes
 * to an end. */
#include "base/reader.h"
#include "fuzz.h"
#include "../unit/tls_pair.h"

unsigned fuzz_cost = 10; /* a handshake is two signatures */

static const char *const list[] = {
        "00",
        "01",
        "02",
        "03",
        "04",
        "0d",
        "0e",
        "1400050000", /* a bit of the second record, and so on */
        "1501060503",
        "16020a0000",
        "1f00080700",
        "0001800000ff810000",
        "0005900000fe910000",
        "0201920000ff930000fe900000",
        "0601920000ff930000fe940000",
        "1401950000fe810000ff900000",
        NULL};
const char *const *fuzz_seeds = list;

enum { STEPS = 120, CHANGES = 10, RECORD_MOST = 5 + 65535 };

struct change {
    uint8_t record, what, at, with;
};

static struct tls_config *client_config[4], *server_config[4][2]; /* by version; asks */
static const unsigned versions[] = {TLS_V1_2, TLS_V1_3, TLS_V1_2 | TLS_V1_3, TLS_V1_0 | TLS_V1_2};

static struct run {
    struct end client, server;
    struct change changes[CHANGES];
    size_t change_count;
    unsigned passed; /* records */
    bool pauses;
    unsigned asked;
    size_t piece;
} run;

static enum status choose(
        void *self, const struct bytes *issuers, size_t count, struct tls_config **config)
{
    struct run *r = self;
    (void)issuers, (void)config;
    FUZZ_HOLDS(count <= 512);
    if (r->pauses && r->asked++ % 2 == 0)
        return ST_NEED_CERTIFICATE;
    return ST_OK;
}

static enum status verify(void *self, const struct bytes *chain, size_t count, unsigned *alert)
{
    (void)self, (void)alert;
    FUZZ_HOLDS(count > 0 && chain[0].size > 0);
    return ST_OK;
}

/* ---- the man in the middle ---- */

static void put(struct end *to, const uint8_t *data, size_t size)
{
    if (size <= sizeof to->inbox - to->size)
        end_put(to, bytes_of(data, size));
}

static void inject(struct end *to, struct change c)
{
    static const uint8_t types[] = {20, 21, 22, 23};
    uint8_t record[5 + 64] = {types[c.at % 4], 3, 3, 0, 0};
    size_t size = 1 + c.with % 64;
    record[4] = (uint8_t)size;
    for (size_t i = 0; i < size; i++)
        record[5 + i] = (uint8_t)(c.at * 7 + i * c.with);
    if (types[c.at % 4] == 20 || types[c.at % 4] == 21) {
        record[5] = 1;
        record[4] = types[c.at % 4] == 20 ? 1 : 2;
    }
    put(to, record, 5 + (size_t)record[4]);
}

static void change_record(uint8_t *record, size_t *size, struct end *to, struct change c)
{
    size_t at = c.at < 5 ? c.at : 5 + (c.at - 5u) * (*size - 5) / 251;
    switch (c.what % 16) {
    case 0:
    case 1:
        record[at < *size ? at : 0] ^= (uint8_t)(1u << c.with % 8);
        break;
    case 2:
        record[at < *size ? at : 0] = c.with;
        break;
    case 3: /* twice */
        put(to, record, *size);
        break;
    case 4: /* gone */
        *size = 0;
        break;
    case 5: /* cut short */
        *size = at < *size ? at : *size;
        break;
    case 6: /* in two records */
        if (at > 5 && at < *size) {
            uint8_t head[5] = {record[0], record[1], record[2], (uint8_t)((at - 5) >> 8),
                    (uint8_t)(at - 5)};
            put(to, head, 5);
            put(to, record + 5, at - 5);
            memmove(record + 5, record + at, *size - at);
            *size -= at - 5;
            record[3] = (uint8_t)((*size - 5) >> 8);
            record[4] = (uint8_t)(*size - 5);
        }
        break;
    case 7: /* longer */
        if (*size + c.with < RECORD_MOST) {
            memset(record + *size, c.at, c.with);
            *size += c.with;
            record[3] = (uint8_t)((*size - 5) >> 8);
            record[4] = (uint8_t)(*size - 5);
        }
        break;
    case 8:
        inject(to, c);
        break;
    default:
        break;
    }
}

static void pass(struct end *to, struct bytes out)
{
    static uint8_t record[RECORD_MOST + 256];
    while (out.size) {
        size_t size = out.size < 5 ? out.size : 5 + (size_t)(out.data[3] << 8 | out.data[4]);
        FUZZ_HOLDS(size <= out.size); /* whole records only */
        memcpy(record, out.data, size);
        out = bytes_of(out.data + size, out.size - size);
        for (size_t i = 0; i < run.change_count; i++)
            if (run.changes[i].record == run.passed && run.changes[i].what < 128 && size > 5)
                change_record(record, &size, to, run.changes[i]);
        run.passed++;
        put(to, record, size);
    }
}

/* ---- the ends ---- */

static void check_final(struct end *e)
{
    size_t consumed, missing, size;
    uint8_t room[8] = {0};
    struct blob out = {0};
    if (e->status == ST_CLOSED || !status_failed(e->status))
        return;
    FUZZ_HOLDS(tls_handshake(e->s, bytes_of(room, 8), &consumed, &missing, &out) == ST_BAD_STATE);
    FUZZ_HOLDS(!consumed && !out.size);
    FUZZ_HOLDS(tls_encrypt(e->s, bytes_of(room, 1), room, 8, &size) == ST_BAD_STATE);
    FUZZ_HOLDS(tls_decrypt(e->s, bytes_of(room, 8), room, 8, &consumed, &missing, &size) ==
               ST_BAD_STATE);
}

static bool shake(struct end *e, struct end *to)
{
    size_t consumed = 0, missing = 0;
    size_t shown = run.piece && run.piece < e->size ? run.piece : e->size;
    struct blob out = {0};
    uint8_t *copy = malloc(shown ? shown : 1);
    memcpy(copy, e->inbox, shown);
    e->status = tls_handshake(e->s, bytes_of(copy, shown), &consumed, &missing, &out);
    if (e->status == ST_INCOMPLETE && shown < e->size && missing) {
        FUZZ_HOLDS(!consumed && !out.size);
        free(copy);
        copy = malloc(e->size);
        memcpy(copy, e->inbox, e->size);
        e->status = tls_handshake(e->s, bytes_of(copy, e->size), &consumed, &missing, &out);
        shown = e->size;
    }
    FUZZ_HOLDS(consumed <= shown);
    if (e->status == ST_INCOMPLETE)
        FUZZ_HOLDS(!consumed && missing > 0);
    free(copy);
    end_drop(e, consumed);
    pass(to, blob_view(&out));
    bool moved = consumed || out.size || e->status == ST_NEED_CERTIFICATE;
    blob_free(&out);
    check_final(e);
    return moved && !status_failed(e->status);
}

static const uint8_t word[] = "what is said is what is heard";

static bool hear(struct end *e, struct end *to)
{
    size_t consumed = 0, missing = 0, size = 0;
    if (!e->size)
        return false;
    e->status = tls_decrypt(
            e->s, bytes_of(e->inbox, e->size), e->inbox, e->size, &consumed, &missing, &size);
    FUZZ_HOLDS(consumed <= e->size && size <= consumed);
    if (size) {
        FUZZ_HOLDS(e->status == ST_OK && size == sizeof word && !memcmp(e->inbox, word, size));
    }
    end_drop(e, consumed);
    check_final(e);
    if (e->status == ST_RENEGOTIATE)
        return shake(e, to);
    return e->status == ST_OK;
}

static void say(struct end *from, struct end *to)
{
    uint8_t record[512];
    size_t size = 0;
    if (tls_encrypt(from->s, bytes_of(word, sizeof word), record, sizeof record, &size) == ST_OK)
        pass(to, bytes_of(record, size));
}

static void act(uint8_t what)
{
    struct end *from = what & 1 ? &run.client : &run.server;
    struct end *to = what & 1 ? &run.server : &run.client;
    struct blob out = {0};
    enum status status = ST_OK;
    switch ((what & 0x7F) >> 1) {
    case 0:
        say(from, to);
        break;
    case 8:
    case 9:
        status = tls_renegotiate(from->s, what & 2, &out);
        break;
    case 10:
        status = tls_shutdown(from->s, &out);
        break;
    case 11:
        status = tls_send_alert(from->s, 1, 90, &out);
        break;
    case 12:
        status = tls_send_alert(from->s, 2, 80, &out);
        break;
    default:
        break;
    }
    if (status && status != ST_CONTINUE && status != ST_BAD_STATE && status != ST_UNSUPPORTED)
        from->status = status;
    pass(to, blob_view(&out));
    blob_free(&out);
}

static bool lives(const struct end *e)
{
    return !status_failed(e->status) && e->status != ST_CLOSED;
}

static void first_handshake(void)
{
    for (int i = 0; i < STEPS; i++) {
        bool moved = false;
        if (run.client.status != ST_OK && lives(&run.client))
            moved |= shake(&run.client, &run.server);
        if (run.server.status != ST_OK && lives(&run.server))
            moved |= shake(&run.server, &run.client);
        if (!moved)
            break;
    }
}

static void open_stream(void)
{
    for (size_t i = 0; i < run.change_count; i++) {
        if (run.changes[i].what < 128)
            continue;
        act(run.changes[i].what);
        for (int n = 0; n < STEPS; n++) {
            bool moved = false;
            if (lives(&run.client))
                moved |= hear(&run.client, &run.server);
            if (lives(&run.server))
                moved |= hear(&run.server, &run.client);
            if (!moved)
                break;
        }
        if (run.passed > 2000)
            break;
    }
}

static void check_agreement(void)
{
    const struct bytes *chain;
    size_t count = 0;
    FUZZ_HOLDS(tls_peer_chain(run.client.s, &chain, &count) == ST_OK);
    FUZZ_HOLDS(count == 1 && bytes_equal(chain[0], OF(test_ec_certificate)));
    FUZZ_HOLDS(tls_peer_chain(run.server.s, &chain, &count) == ST_OK);
    FUZZ_HOLDS(!count || bytes_equal(chain[0], OF(test_ec_certificate)));
}

static void read_changes(struct bytes in)
{
    struct reader r = reader_on(in);
    run.change_count = 0;
    while (reader_left(&r) >= 4 && run.change_count < CHANGES) {
        struct change *c = &run.changes[run.change_count++];
        c->record = reader_u8(&r);
        c->what = reader_u8(&r);
        c->at = reader_u8(&r);
        c->with = reader_u8(&r);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = {0, 1, 7, 600};
    uint8_t head = size ? data[0] : 0;
    read_changes(size ? bytes_of(data + 1, size - 1) : bytes_of(NULL, 0));
    run.passed = run.asked = 0;
    run.pauses = head & 8;
    run.piece = pieces[head >> 4 & 3];
    run.client.size = run.server.size = 0;
    run.client.status = run.server.status = ST_CONTINUE;
    FUZZ_HOLDS(tls_session_new(client_config[head & 3], BYTES_LITERAL("server.example"),
                       &run.client.s) == ST_OK);
    FUZZ_HOLDS(tls_session_new(server_config[head & 3][head >> 2 & 1], bytes_of(NULL, 0),
                       &run.server.s) == ST_OK);
    tls_session_set_choose(run.client.s, choose, &run);
    tls_session_set_verify(run.client.s, verify, &run);
    tls_session_set_verify(run.server.s, verify, &run);
    first_handshake();
    bool both = run.client.status == ST_OK && run.server.status == ST_OK;
    if (both)
        check_agreement();
    if (!run.change_count)
        FUZZ_HOLDS(both);
    if (both)
        open_stream();
    tls_session_free(run.client.s);
    tls_session_free(run.server.s);
    return 0;
}

void fuzz_prepare(void)
{
    struct bytes chain = OF(test_ec_certificate);
    for (size_t i = 0; i < 4; i++) {
        FUZZ_HOLDS(tls_config_new(TLS_CLIENT, versions[i], &client_config[i]) == ST_OK);
        FUZZ_HOLDS(tls_config_set_key(client_config[i], &chain, 1, OF(test_ec_key)) == ST_OK);
        for (int asks = 0; asks < 2; asks++) {
            FUZZ_HOLDS(tls_config_new(TLS_SERVER, versions[i], &server_config[i][asks]) == ST_OK);
            FUZZ_HOLDS(tls_config_set_key(
                               server_config[i][asks], &chain, 1, OF(test_ec_key)) == ST_OK);
            if (asks)
                tls_config_request_certificate(server_config[i][asks], false);
        }
    }
}
