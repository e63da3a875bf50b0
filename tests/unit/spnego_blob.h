/* libs/spnego writes into writers and lives within its owner; tests keep messages in blobs, each of which these
 * functions replace, and engines on the heap. */
#ifndef TESTS_SPNEGO_BLOB_H
#define TESTS_SPNEGO_BLOB_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spnego/neg_token.h"
#include "spnego/spnego.h"

static inline enum status init_to_blob(const struct neg_token_init *m, struct blob *out)
{
    struct writer w = {0};
    neg_token_init_write(m, &w);
    return writer_finish(&w, out);
}

static inline enum status init2_to_blob(const struct neg_token_init2 *m, struct blob *out)
{
    struct writer w = {0};
    neg_token_init2_write(m, &w);
    return writer_finish(&w, out);
}

static inline enum status resp_to_blob(const struct neg_token_resp *m, struct blob *out)
{
    struct writer w = {0};
    neg_token_resp_write(m, &w);
    return writer_finish(&w, out);
}

static inline enum status list_to_blob(const struct bytes *oids, size_t count, struct blob *out)
{
    struct writer w = {0};
    mech_type_list_write(oids, count, &w);
    return writer_finish(&w, out);
}

/* Ends the test program where the engine breaks its word. */
static inline void must_hold(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "FAILED: a step %s\n", what);
    abort();
}

/* spnego_step with a LENT room, 0 to STEP_ROOM bytes; a failed server's reject is in OUT too. */
enum { STEP_ROOM = 300 };
static inline enum status step_in_room(struct spnego_context *c, struct bytes in, struct blob *out, size_t lent)
{
    uint8_t room[STEP_ROOM + 8];
    struct writer w = {0};
    memset(room, 0xA5, sizeof(room));
    writer_lend(&w, room, lent);
    enum status status = spnego_step(c, in, &w);
    must_hold(status_failed(status) || w.status == ST_OK, "says success without a message");
    long countdown = mem_fail_after(-1); /* the copy is the test's own */
    must_hold(blob_set(out, writer_view(&w)) == ST_OK, "finds no memory");
    mem_fail_after(countdown);
    writer_free(&w);
    for (size_t i = 0; i < sizeof(room); i++)
        must_hold(room[i] == 0xA5 || (i < lent && !room[i]), "wipes nothing, or writes behind the room");
    return status;
}

/* A room that the shortest messages have enough of, and others not. */
static inline enum status step_to_blob(struct spnego_context *c, struct bytes in, struct blob *out)
{
    return step_in_room(c, in, out, 24);
}

static inline enum status client_new(
        const struct spnego_mech *mechs, size_t count, bool raw_single, struct spnego_context **c)
{
    *c = mem_alloc(sizeof(**c));
    return *c ? spnego_client_init(*c, mechs, count, raw_single) : ST_NO_MEMORY;
}

static inline enum status server_new(
        const struct spnego_mech *mechs, size_t count, struct spnego_context **c)
{
    *c = mem_alloc(sizeof(**c));
    return *c ? spnego_server_init(*c, mechs, count) : ST_NO_MEMORY;
}

static inline void engine_free(struct spnego_context *c)
{
    if (c)
        spnego_end(c);
    mem_free(c, sizeof(*c));
}

#endif
