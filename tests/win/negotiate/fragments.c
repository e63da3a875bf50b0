/* Large tokens in fragments: [MS-SPNG] 3.1.5.4 to 3.1.5.9 through the API, each end with the buffer
 * that it has. */
#include "fake.h"

static struct end client, server;

static void open_both(ULONG token_size)
{
    fakes_reset();
    fakes[KERBEROS].token_size = token_size;
    ok(end_acquire(&client, FALSE, NULL) == SEC_E_OK, "client\n");
    ok(end_acquire(&server, TRUE, NULL) == SEC_E_OK, "server\n");
}

static void close_both(void)
{
    ok(!fake_buffers, "%d buffers\n", fake_buffers);
    end_close(&client);
    end_close(&server);
    ok(fakes[KERBEROS].opened == fakes[KERBEROS].deleted, "contexts\n");
}

/* The whole of one message from FROM to TO; how many fragments it took. */
static int carry(struct end *from, struct end *to, ULONG room)
{
    static const struct end silent;
    ULONG ask_from = from->server ? ASC_REQ_FRAGMENT_TO_FIT : ISC_REQ_FRAGMENT_TO_FIT;
    ULONG ask_to = to->server ? ASC_REQ_FRAGMENT_TO_FIT : ISC_REQ_FRAGMENT_TO_FIT;
    ULONG mark_from = from->server ? ASC_RET_FRAGMENT_ONLY : ISC_RET_FRAGMENT_ONLY;
    ULONG mark_to = to->server ? ASC_RET_FRAGMENT_ONLY : ISC_RET_FRAGMENT_ONLY;
    int n = 1;

    for (;; n++) {
        BOOL more = from->status == SEC_I_CONTINUE_NEEDED && from->attributes & mark_from;

        ok(from->size && from->size <= room, "%lu bytes\n", from->size);
        if (!more)
            return n;
        end_leg(to, from, ask_to, room);
        if (FAILED(to->status))
            return -1;
        ok(to->status == SEC_I_CONTINUE_NEEDED && !to->size, "%08lx, %lu\n", to->status, to->size);
        ok(to->attributes & mark_to, "attributes %lx\n", to->attributes);
        end_leg(from, &silent, ask_from, room);
        if (FAILED(from->status))
            return -1;
    }
}

static void test_both_ways(void)
{
    static const ULONG rooms[] = {6, 7, 100, 500, 1000, 4096};

    for (int i = 0; i < ARRAY_SIZE(rooms); i++) {
        int up, down;

        open_both(3000);
        end_leg(&client, NULL, ISC_REQ_FRAGMENT_TO_FIT, rooms[i]);
        ok(client.status == SEC_I_CONTINUE_NEEDED, "%08lx\n", client.status);
        ok(!strcmp(stage_of(&client), "Kerberos 1"), "%s\n", stage_of(&client));
        up = carry(&client, &server, rooms[i]);
        end_leg(&server, &client, ASC_REQ_FRAGMENT_TO_FIT, rooms[i]);
        ok(strcmp(stage_of(&server), rooms[i] < 3000 ? "Kerberos 0" : "Kerberos 2"),
                "complete before all was sent: %s\n", stage_of(&server));
        down = carry(&server, &client, rooms[i]);
        ok(server.status == SEC_E_OK, "%08lx\n", server.status);
        end_leg(&client, &server, ISC_REQ_FRAGMENT_TO_FIT, rooms[i]);
        ok(client.status == SEC_E_OK, "%08lx\n", client.status);
        ok(up == (rooms[i] < 3000 ? up : 1) && (rooms[i] >= 3000 || up > 3000 / (int)rooms[i]),
                "%lu: %d up\n", rooms[i], up);
        ok(down == (rooms[i] < 3000 ? down : 1) && (rooms[i] >= 3000 || down > 3000 / (int)rooms[i]),
                "%lu: %d down\n", rooms[i], down);
        ok(!strcmp(stage_of(&client), "Kerberos 0"), "%s\n", stage_of(&client));
        close_both();
    }
}

/* What a server says first is a message like any other ([MS-SPNG] 3.3.5.2), here in pieces, and so is the answer. */
static void test_server_first(void)
{
    static const ULONG rooms[] = {6, 50, 1000};

    for (int i = 0; i < ARRAY_SIZE(rooms); i++) {
        int hint;

        open_both(3000);
        end_leg(&server, NULL, ASC_REQ_FRAGMENT_TO_FIT, rooms[i]);
        ok(server.status == SEC_I_CONTINUE_NEEDED && server.token[0] == 0x60, "%08lx\n", server.status);
        hint = carry(&server, &client, rooms[i]);
        ok(rooms[i] < 100 ? hint > 1 : hint == 1, "%lu: %d\n", rooms[i], hint);
        ok(!fakes[KERBEROS].opened, "%lu: begun with half a message\n", rooms[i]);
        end_leg(&client, &server, ISC_REQ_FRAGMENT_TO_FIT, rooms[i]);
        ok(client.status == SEC_I_CONTINUE_NEEDED && client.size, "%08lx\n", client.status);
        carry(&client, &server, rooms[i]);
        end_leg(&server, &client, ASC_REQ_FRAGMENT_TO_FIT, rooms[i]);
        carry(&server, &client, rooms[i]);
        ok(server.status == SEC_E_OK, "%08lx\n", server.status);
        end_leg(&client, &server, ISC_REQ_FRAGMENT_TO_FIT, rooms[i]);
        ok(client.status == SEC_E_OK, "%08lx\n", client.status);
        ok(!strcmp(stage_of(&client), "Kerberos 0"), "%s\n", stage_of(&client));
        close_both();
    }
}

/* The client does not ask for fragments: half of what the server says first is no message. */
static void test_server_first_not_asked(void)
{
    open_both(3000);
    end_leg(&server, NULL, ASC_REQ_FRAGMENT_TO_FIT, 20);
    end_leg(&client, &server, 0, sizeof(client.token));
    ok(client.status == SEC_E_INVALID_TOKEN && !client.size, "%08lx\n", client.status);
    close_both();
}

/* Near Windows' largest MaxTokenSize. */
static void test_large(void)
{
    open_both(60000);
    end_leg(&client, NULL, ISC_REQ_FRAGMENT_TO_FIT, 4096);
    ok(carry(&client, &server, 4096) == 15, "fragments\n");
    end_leg(&server, &client, ASC_REQ_FRAGMENT_TO_FIT, 4096);
    ok(carry(&server, &client, 4096) == 15, "fragments\n");
    end_leg(&client, &server, ISC_REQ_FRAGMENT_TO_FIT, 4096);
    ok(client.status == SEC_E_OK && server.status == SEC_E_OK, "%08lx %08lx\n", client.status,
            server.status);
    close_both();
}

/* Who does not ask gets none, and takes none. */
static void test_not_asked(void)
{
    open_both(3000);
    end_leg(&client, NULL, 0, 1000);
    ok(client.status == SEC_E_BUFFER_TOO_SMALL, "%08lx\n", client.status);
    close_both();

    open_both(3000);
    end_leg(&client, NULL, ISC_REQ_FRAGMENT_TO_FIT, 5);
    ok(client.status == SEC_E_BUFFER_TOO_SMALL, "%08lx\n", client.status);
    close_both();

    open_both(3000);
    end_leg(&client, NULL, ISC_REQ_FRAGMENT_TO_FIT, 1000);
    end_leg(&server, &client, 0, sizeof(server.token));
    ok(server.status == SEC_E_INVALID_TOKEN, "%08lx\n", server.status);
    close_both();
}

/* Half a message, and then: something to say, the wrong piece, nothing, more than there is. */
static void test_refused(void)
{
    static const struct end silent;

    open_both(3000);
    end_leg(&client, NULL, ISC_REQ_FRAGMENT_TO_FIT, 1000);
    end_leg(&client, &client, ISC_REQ_FRAGMENT_TO_FIT, 1000);
    ok(client.status == SEC_E_INVALID_TOKEN, "%08lx\n", client.status);
    end_leg(&client, &silent, ISC_REQ_FRAGMENT_TO_FIT, 1000);
    ok(client.status == SEC_E_OUT_OF_SEQUENCE, "%08lx\n", client.status);
    close_both();

    for (int what = 0; what < 3; what++) {
        open_both(3000);
        end_leg(&client, NULL, ISC_REQ_FRAGMENT_TO_FIT, 1000);
        end_leg(&server, &client, ASC_REQ_FRAGMENT_TO_FIT, 1000);
        ok(server.status == SEC_I_CONTINUE_NEEDED, "%08lx\n", server.status);
        ok(!strcmp(stage_of(&server), "80090301"), "%s\n", stage_of(&server));
        if (what == 0)
            client.size = 0;
        if (what == 1)
            client.size = 2500;
        if (what == 2) { /* the first piece again, and again */
            end_leg(&server, &client, ASC_REQ_FRAGMENT_TO_FIT, 1000);
            end_leg(&server, &client, ASC_REQ_FRAGMENT_TO_FIT, 1000);
        }
        end_leg(&server, &client, ASC_REQ_FRAGMENT_TO_FIT, 1000);
        ok(server.status == SEC_E_INVALID_TOKEN, "%d: %08lx\n", what, server.status);
        end_leg(&server, &client, ASC_REQ_FRAGMENT_TO_FIT, 1000);
        ok(server.status == SEC_E_OUT_OF_SEQUENCE, "%08lx\n", server.status);
        close_both();
    }

    open_both(3000); /* 4 GiB are announced */
    memcpy(client.token, "\x60\x84\xFF\xFF\xFF\xF0\x06\x06", client.size = 8);
    end_leg(&server, &client, ASC_REQ_FRAGMENT_TO_FIT, 1000);
    ok(server.status == SEC_E_INVALID_TOKEN, "%08lx\n", server.status);
    close_both();
}

/* Nothing can be sealed or signed before the last fragment of what it rests on is out. */
static void test_not_complete(void)
{
    BYTE text[4] = "abc", room[16];
    SecBuffer b[] = {{4, SECBUFFER_DATA, text}, {16, SECBUFFER_TOKEN, room}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, b};
    SecBuffer packed;

    open_both(3000);
    end_leg(&client, NULL, ISC_REQ_INTEGRITY, sizeof(client.token));
    end_leg(&server, &client, ASC_REQ_FRAGMENT_TO_FIT, 1000);
    ok(server.status == SEC_I_CONTINUE_NEEDED, "%08lx\n", server.status);
    ok(nego->MakeSignature(&server.context, 0, &message, 0) == SEC_E_INVALID_HANDLE, "signed\n");
    ok(nego->ExportSecurityContext(&server.context, 0, &packed, NULL) == SEC_E_INVALID_HANDLE,
            "exported\n");
    carry(&server, &client, 1000);
    ok(server.status == SEC_E_OK, "%08lx\n", server.status);
    ok(nego->MakeSignature(&server.context, 0, &message, 0) == SEC_E_OK, "not signed\n");
    close_both();
}

/* Want of memory at each place of a leg whose message goes out in pieces: the output counts nothing that a program could
 * send. */
static void test_no_memory(void)
{
    for (long n = 0;; n++) {
        open_both(500);
        mem_fail_after(n);
        end_leg(&client, NULL, ISC_REQ_FRAGMENT_TO_FIT, 100);
        if (mem_fail_after(-1) >= 0) {
            ok(client.status == SEC_I_CONTINUE_NEEDED && client.size == 100, "%08lx, %lu\n", client.status, client.size);
            ok(n >= 3, "%ld allocations\n", n); /* the context, the target's name, the message */
            close_both();
            break;
        }
        ok(client.status == SEC_E_INSUFFICIENT_MEMORY && !client.size, "%ld: %08lx, %lu\n", n, client.status, client.size);
        close_both();
    }
}

START_TEST(fragments)
{
    test_no_memory();
    test_both_ways();
    test_server_first();
    test_server_first_not_asked();
    test_large();
    test_not_asked();
    test_refused();
    test_not_complete();
}
