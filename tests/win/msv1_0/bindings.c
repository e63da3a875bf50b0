/* Channel bindings: SECBUFFER_CHANNEL_BINDINGS on both sides. */
#include "../accounts.h"
#include "../login.h"

struct bindings {
    SEC_CHANNEL_BINDINGS head;
    char data[64];
};

static void fill(struct bindings *b, const char *data)
{
    memset(b, 0, sizeof(*b));
    b->head.cbApplicationDataLength = strlen(data);
    b->head.dwApplicationDataOffset = sizeof(b->head);
    strcpy(b->data, data);
}

static struct login *new_login(struct bindings *client, struct bindings *server)
{
    struct login *l = calloc(1, sizeof(*l));

    l->identity = good_identity();
    l->target = L"HTTP/localhost";
    if (client) {
        l->client_bindings = &client->head;
        l->client_bindings_size = sizeof(*client);
    }
    if (server) {
        l->server_bindings = &server->head;
        l->server_bindings_size = sizeof(*server);
    }
    return l;
}

static SECURITY_STATUS outcome(struct bindings *client, struct bindings *server)
{
    struct login *l = new_login(client, server);
    SECURITY_STATUS status;

    login_run(l);
    ok(l->client_status == SEC_E_OK, "client %08lx\n", l->client_status);
    status = l->server_status;
    login_close(l);
    free(l);
    return status;
}

/* "SEC_E_BAD_BINDINGS: the client's supplied SSPI channel bindings were incorrect" (winerror.h);
 * [MS-NLMP] 3.2.5.1.2. */
static void test_compare(void)
{
    struct bindings one, other;
    SECURITY_STATUS status;

    fill(&one, "tls-server-end-point:0123456789abcdef");
    fill(&other, "tls-server-end-point:0123456789abcdeg");
    status = outcome(&one, &one);
    ok(status == SEC_E_OK, "the same: %08lx\n", status);
    status = outcome(&one, &other);
    ok(status == SEC_E_BAD_BINDINGS, "others: %08lx\n", status);
    status = outcome(&one, NULL);
    ok(status == SEC_E_OK, "a server that gives none: %08lx\n", status);
    status = outcome(NULL, NULL);
    ok(status == SEC_E_OK, "none: %08lx\n", status);
}

/* Offsets and lengths that lead out of the buffer. Ours: SEC_E_INVALID_TOKEN before anything is
 * made. */
static void test_hostile(void)
{
    static const struct {
        ULONG offset, length, size;
    } rows[] = {
            {sizeof(SEC_CHANNEL_BINDINGS), 65, sizeof(struct bindings)},
            {sizeof(struct bindings), 1, sizeof(struct bindings)},
            {0xFFFFFFFF, 0xFFFFFFFF, sizeof(struct bindings)},
            {0xFFFFFFF0, 0x20, sizeof(struct bindings)},
            {sizeof(SEC_CHANNEL_BINDINGS), 0x80000000, sizeof(struct bindings)},
            {sizeof(SEC_CHANNEL_BINDINGS), 4, sizeof(SEC_CHANNEL_BINDINGS) - 1},
            {sizeof(SEC_CHANNEL_BINDINGS), 4, 1},
    };
    int i;

    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        struct bindings b;
        struct login *l = new_login(&b, NULL);
        fill(&b, "x");
        b.head.dwApplicationDataOffset = rows[i].offset;
        b.head.cbApplicationDataLength = rows[i].length;
        l->client_bindings_size = rows[i].size;
        login_acquire(l);
        login_leg(l, FALSE);
        ok(l->client_status == SEC_E_INVALID_TOKEN, "%d: %08lx\n", i, l->client_status);
        ok(!l->has_client, "%d: a context was made\n", i);
        login_close(l);
        free(l);
    }
}

static void all_tests(void)
{
    test_compare();
    if (is_opensspi())
        test_hostile();
}

START_TEST(bindings)
{
    store_open();
    as_w_and_a(all_tests);
    store_close();
}
