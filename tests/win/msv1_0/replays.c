/* Tokens of a login that come again: at their own context, at another one's, at the other side. The
 * server's challenge is in the proof ([MS-NLMP] 3.3.2), so a login holds once; the codes of a
 * context that takes no more tokens are SEC_E_OUT_OF_SEQUENCE, and it is then at its end
 * (docs/interop.md). */
#include "../accounts.h"
#include "../login.h"

enum { NEGOTIATE, CHALLENGE, AUTHENTICATE };

static struct login *new_login(void)
{
    struct login *l = calloc(1, sizeof(*l));

    l->identity = good_identity();
    l->target = L"HOST/m\x00fcnchen";
    l->client_request = ISC_REQ_INTEGRITY;
    l->server_request = ASC_REQ_INTEGRITY;
    return l;
}

static void drop(struct login *l)
{
    login_close(l);
    free(l);
}

/* Token WHICH of FROM as the next one for a side of TO. */
static SECURITY_STATUS give(struct login *to, const struct login *from, int which, BOOL server)
{
    memcpy(to->token, from->tokens[which], to->token_size = from->token_sizes[which]);
    return login_leg(to, server);
}

static SECURITY_STATUS sign(CtxtHandle *context)
{
    BYTE token[16], data[4] = {0};
    SecBuffer b[] = {{16, SECBUFFER_TOKEN, token}, {4, SECBUFFER_DATA, data}};
    SecBufferDesc desc = DESC(b);

    return MakeSignature(context, 0, &desc, 0);
}

static void test_own_context(void)
{
    struct login *l = new_login();
    SECURITY_STATUS status;

    login_good(l);
    ok(sign(&l->server) == SEC_E_OK && sign(&l->client) == SEC_E_OK, "sign\n");
    status = give(l, l, AUTHENTICATE, TRUE);
    ok(status == SEC_E_OUT_OF_SEQUENCE, "AUTHENTICATE %08lx\n", status);
    status = give(l, l, CHALLENGE, FALSE);
    ok(status == SEC_E_OUT_OF_SEQUENCE, "CHALLENGE %08lx\n", status);
    ok((status = sign(&l->server)) == SEC_E_OUT_OF_SEQUENCE, "server, afterwards: %08lx\n", status);
    ok((status = sign(&l->client)) == SEC_E_OUT_OF_SEQUENCE, "client, afterwards: %08lx\n", status);
    drop(l);
}

static void test_other_context(void)
{
    struct login *first = new_login(), *second = new_login();
    SECURITY_STATUS status;

    login_good(first);
    login_acquire(second);
    login_leg(second, FALSE);
    login_leg(second, TRUE);
    status = give(second, first, AUTHENTICATE, TRUE);
    ok(status == SEC_E_LOGON_DENIED, "AUTHENTICATE of another login: %08lx\n", status);
    status = give(second, first, AUTHENTICATE, TRUE);
    ok(status == SEC_E_OUT_OF_SEQUENCE, "and again: %08lx\n", status);
    ok(sign(&first->server) == SEC_E_OK, "the first login is harmed\n");
    drop(first);
    drop(second);
}

/* A CHALLENGE of another server's login: the client answers it, but nobody asked that. */
static void test_old_challenge(void)
{
    struct login *first = new_login(), *second = new_login();
    SECURITY_STATUS status;

    login_good(first);
    login_acquire(second);
    login_leg(second, FALSE);
    login_leg(second, TRUE);
    status = give(second, first, CHALLENGE, FALSE);
    ok(status == SEC_E_OK, "%08lx\n", status);
    status = login_leg(second, TRUE);
    ok(status == SEC_E_LOGON_DENIED, "%08lx\n", status);
    drop(first);
    drop(second);
}

/* One's own tokens, thrown back. */
static void test_reflected(void)
{
    struct login *l = new_login();
    SECURITY_STATUS status;

    login_acquire(l);
    login_leg(l, FALSE);
    login_leg(l, TRUE);
    status = give(l, l, NEGOTIATE, FALSE);
    ok(status == SEC_E_INVALID_TOKEN, "NEGOTIATE to its client: %08lx\n", status);
    status = give(l, l, CHALLENGE, TRUE);
    ok(status == SEC_E_INVALID_TOKEN, "CHALLENGE to its server: %08lx\n", status);
    drop(l);
}

static void all_tests(void)
{
    test_own_context();
    test_other_context();
    test_old_challenge();
    test_reflected();
}

START_TEST(replays)
{
    if (!is_opensspi()) {
        skip("codes of tokens out of turn are not documented for Windows\n");
        return;
    }
    store_open();
    as_w_and_a(all_tests);
    store_close();
}
