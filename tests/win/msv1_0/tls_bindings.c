/* SECBUFFER_CHANNEL_BINDINGS from a real TLS session: "AcceptSecurityContext (NTLM)", pInput: "the
 * channel binding information ... can be obtained by calling the QueryContextAttributes (Schannel)
 * function". What each side of one channel says of it is the same, though both look at it from
 * their own end; a relay's channel has another certificate (RFC 5929, tls-server-end-point). */
#include "../accounts.h"
#include "../login.h"
#include "tls_pair.h"

struct given {
    SEC_CHANNEL_BINDINGS *bindings;
    ULONG size;
};

static struct given client, server, relay;

static SECURITY_STATUS outcome(const WCHAR *package, const struct given *c, const struct given *s)
{
    struct login *l = calloc(1, sizeof(*l));
    SECURITY_STATUS status;

    l->identity = good_identity();
    l->client_package = l->server_package = package;
    l->client_bindings = c->bindings;
    l->client_bindings_size = c->size;
    l->server_bindings = s->bindings;
    l->server_bindings_size = s->size;
    login_run(l);
    ok(l->client_status == SEC_E_OK || FAILED(l->server_status), "client %08lx\n",
            l->client_status);
    status = l->server_status;
    login_close(l);
    free(l);
    return status;
}

static void test_channel(const WCHAR *package)
{
    static const struct given none;
    SECURITY_STATUS status = outcome(package, &client, &server);

    ok(status == SEC_E_OK, "one channel: %08lx\n", status);
    status = outcome(package, &relay, &server);
    ok(status == SEC_E_BAD_BINDINGS, "a relay's: %08lx\n", status);
    status = outcome(package, &none, &server);
    ok(status == SEC_E_BAD_BINDINGS, "none of the client: %08lx\n", status);
    status = outcome(package, &client, &none);
    ok(status == SEC_E_OK, "none of the server: %08lx\n", status);
}

/* The same bytes with offsets and lengths that lead out of them, on either side and on either leg.
 */
static void refused(struct login *l, BOOL on_server, const char *what)
{
    int legs = on_server ? 2 : 1, i;
    SECURITY_STATUS status = SEC_E_OK;

    l->identity = good_identity();
    login_acquire(l);
    for (i = 0; i < legs; i++) {
        if (i == legs - 1) {
            status = login_leg(l, on_server);
            break;
        }
        login_leg(l, FALSE);
    }
    ok(status == SEC_E_INVALID_TOKEN, "%s: %08lx\n", what, status);
    ok(on_server ? !l->has_server : !l->has_client, "%s: a context was made\n", what);
    login_close(l);
}

static void test_hostile(void)
{
    static const struct {
        ULONG at, value;
    } rows[] = {{28, 0xFFFFFFFF}, {28, 33}, {24, 0xFFFFFFFF}, {24, 4096}, {8, 4096}, {20, 4096}};
    int i, side;

    for (i = 0; i < ARRAY_SIZE(rows); i++)
        for (side = 0; side < 2; side++) {
            struct login *l = calloc(1, sizeof(*l));
            BYTE *bad = malloc(client.size);
            char what[60];

            memcpy(bad, client.bindings, client.size);
            memcpy(bad + rows[i].at, &rows[i].value, sizeof(ULONG));
            if (rows[i].at == 8 || rows[i].at == 20) /* an address of one byte, somewhere else */
                bad[rows[i].at - 4] = 1;
            if (rows[i].at == 28 && rows[i].value == 33) /* ends behind the last byte */
                ((ULONG *)bad)[6] = client.size - 32;
            sprintf(what, "row %d, %s", i, side ? "server" : "client");
            *(side ? &l->server_bindings : &l->client_bindings) = (void *)bad;
            *(side ? &l->server_bindings_size : &l->client_bindings_size) = client.size;
            refused(l, side, what);
            free(bad);
            free(l);
        }
}

START_TEST(tls_bindings)
{
    client.bindings = tls_bindings(FALSE, FALSE, &client.size);
    server.bindings = tls_bindings(TRUE, FALSE, &server.size);
    relay.bindings = tls_bindings(FALSE, TRUE, &relay.size);
    ok(client.bindings && server.bindings && relay.bindings, "no bindings\n");
    if (!client.bindings || !server.bindings || !relay.bindings)
        return;
    ok(client.size == server.size && !memcmp(client.bindings, server.bindings, client.size),
            "the ends of a channel differ\n");
    store_open();
    test_channel(L"NTLM");
    test_channel(L"Negotiate");
    if (is_opensspi())
        test_hostile();
    store_close();
    free(client.bindings);
    free(server.bindings);
    free(relay.bindings);
}
