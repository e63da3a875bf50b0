/* Somebody on the way between two CredSSP engines who changes one flight: bits, fields of the
 * TSRequest, the plaintext of the record, or the records. For tests/unit/credssp_*.c. */
#ifndef TESTS_UNIT_CREDSSP_EDIT_H
#define TESTS_UNIT_CREDSSP_EDIT_H

#include "credssp_fake.h"
#include "credssp/tsrequest.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Flights of raw NTLM: 0 C, 1 S, 2 F + N, 3 C, 4 A + pubKeyAuth, 5 pubKeyAuth, 6 authInfo. */
enum { TOKEN_1 = 2, TOKEN_2, CLIENT_KEY, SERVER_KEY, CREDENTIALS };

/* Where the last data record of WIRE begins; its payload. */
static inline size_t find_data(struct bytes wire, struct bytes *payload)
{
    size_t at = 0, found = wire.size, missing;
    while (at < wire.size) {
        int type;
        uint8_t sequence;
        struct bytes v;
        if (fake_parse(bytes_of(wire.data + at, wire.size - at), &type, &sequence, &v, &missing) !=
                ST_OK)
            abort();
        if (type == FAKE_DATA) {
            found = at;
            *payload = v;
        }
        at += FAKE_HEADER + v.size;
    }
    if (found == wire.size)
        abort();
    return found;
}

/* PAYLOAD takes the place of the last data record's. */
static inline void replace_data(struct blob *wire, struct bytes payload)
{
    struct bytes old;
    struct blob changed = {0};
    size_t at = find_data(blob_view(wire), &old);
    fake_append(&changed, bytes_of(wire->data, at));
    if (fake_record(&changed, FAKE_DATA, wire->data[at + 4], payload) != ST_OK)
        abort();
    blob_move(wire, &changed);
}

struct edit {
    int flight, bit;
    size_t cut;
    bool applied;
    void (*message)(struct tsrequest *m); /* changes fields of the TSRequest */
    void (*plain)(struct blob *payload);  /* or the plaintext of the record */
    void (*wire)(struct blob *wire);      /* or the records */
};

static inline void edit_message(struct blob *wire, void (*change)(struct tsrequest *m))
{
    struct bytes old;
    struct tsrequest m;
    struct blob encoded = {0};
    find_data(blob_view(wire), &old);
    CHECK_STATUS(tsrequest_decode(old, &m), ST_OK);
    change(&m);
    CHECK_STATUS(tsrequest_encode(&m, &encoded), ST_OK);
    replace_data(wire, blob_view(&encoded));
    blob_free(&encoded);
}

static inline void edit_plain(struct blob *wire, void (*change)(struct blob *payload))
{
    struct bytes old = {0};
    struct blob changed = {0};
    find_data(blob_view(wire), &old);
    fake_append(&changed, old);
    change(&changed);
    replace_data(wire, blob_view(&changed));
    blob_free(&changed);
}

static inline void apply(void *self, int flight, struct blob *wire)
{
    struct edit *e = self;
    struct bytes payload = {0};
    if (flight != e->flight)
        return;
    e->applied = true;
    if (e->message)
        edit_message(wire, e->message);
    else if (e->plain)
        edit_plain(wire, e->plain);
    else if (e->wire)
        e->wire(wire);
    else if (e->cut) {
        find_data(blob_view(wire), &payload);
        struct blob shorter = {0};
        fake_append(&shorter, bytes_of(payload.data, e->cut - 1));
        replace_data(wire, blob_view(&shorter));
        blob_free(&shorter);
    } else {
        size_t at = find_data(blob_view(wire), &payload) + FAKE_HEADER + (size_t)e->bit / 8;
        wire->data[at] ^= (uint8_t)(1u << e->bit % 8);
    }
}

static inline void run_edited(struct pair *p, enum fake_mode mode, struct edit *e)
{
    pair_setup(p, mode);
    CHECK_STATUS(pair_new(p), ST_OK);
    pair_run_with(p, 100000, apply, e);
    CHECK(e->applied);
}

#endif
