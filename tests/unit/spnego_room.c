/* An engine says the same whatever room it is lent for its messages, and uses nothing of the mechanism's token once its
 * leg is over. */
#include "spnego_fake.h"

/* By digits: what each end has, in its order. */
static const char *const sides[][2] = {
        {"1", "1"}, {"01", "01"}, {"01", "10"}, {"10", "01"}, {"01", "1"}, {"0", "1"}, {"012", "2"}, {"2", "012"}};

enum { LEGS = 12 };

static void spoil(struct fake *fakes)
{
    for (size_t i = 0; i < 3; i++)
        memset(fakes[i].token, 0xDD, sizeof(fakes[i].token));
}

/* A whole exchange, the server first or not, with another session's key at the server or not: all messages and
 * statuses. */
static void play(const char *const side[2], bool hint, uint8_t key, size_t room, struct writer *all)
{
    struct pair p;

    pair_init(&p);
    for (size_t i = 0; i < 3; i++) {
        p.c[i].wants_mic = p.s[i].wants_mic = true;
        p.s[i].key = key;
    }
    pair_open(&p, side[0], side[1]);
    for (int leg = hint ? 1 : 0; leg < LEGS; leg++) {
        bool server = leg % 2;
        struct blob *from = server ? &p.to_server : &p.to_client, *to = server ? &p.to_client : &p.to_server;
        enum status status = step_in_room(server ? p.server : p.client, blob_view(from), to, room);

        spoil(server ? p.s : p.c);
        writer_u32le(all, (uint32_t)status);
        writer_bytes(all, blob_view(to));
        if (status_failed(status) || !to->size)
            break;
    }
    pair_close(&p);
}

int main(void)
{
    size_t longest = 0;

    for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++)
        for (int how = 0; how < 4; how++) {
            struct writer whole = {0};

            play(sides[i], how & 1, (uint8_t)(how >> 1), STEP_ROOM, &whole);
            longest = writer_at(&whole) > longest ? writer_at(&whole) : longest;
            for (size_t room = 0; room < 120; room++) {
                struct writer w = {0};

                play(sides[i], how & 1, (uint8_t)(how >> 1), room, &w);
                CHECK_BYTES(writer_view(&w), writer_view(&whole));
                writer_free(&w);
            }
            writer_free(&whole);
        }
    CHECK(longest > 150); /* there was something to say */
    return unit_end("spnego_room");
}
