/* Each ISC_REQ_ and ASC_REQ_ bit by itself: what NTLM makes of it, and that it claims nothing else.
 * "InitializeSecurityContext (NTLM)" and "AcceptSecurityContext (NTLM)" list what the package
 * knows; flags.c has what of it reaches NEGOTIATE. A bit that NTLM does not know is no error and has
 * no effect. */
#include "../accounts.h"
#include "../login.h"

enum { SIGN = 0x10, SEAL = 0x20, IDENTIFY = 0x00100000 }; /* [MS-NLMP] 2.2.2.5 */
#define SIGNS (ISC_RET_INTEGRITY | ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT)

static const struct known {
    ULONG request, negotiate, attributes;
} client_bits[] = {
        {ISC_REQ_REPLAY_DETECT, SIGN, SIGNS},
        {ISC_REQ_SEQUENCE_DETECT, SIGN, SIGNS},
        {ISC_REQ_INTEGRITY, SIGN, SIGNS},
        {ISC_REQ_CONFIDENTIALITY, SEAL, ISC_RET_CONFIDENTIALITY},
        {ISC_REQ_USE_DCE_STYLE, 0, ISC_RET_USED_DCE_STYLE},
        {ISC_REQ_CONNECTION, 0, ISC_RET_CONNECTION},
        {ISC_REQ_EXTENDED_ERROR, 0, ISC_RET_EXTENDED_ERROR},
        {ISC_REQ_IDENTIFY, IDENTIFY, ISC_RET_IDENTIFY},
        {ISC_REQ_ALLOCATE_MEMORY, 0, ISC_RET_ALLOCATED_MEMORY},
};

#define ASC_SIGNS (ASC_RET_INTEGRITY | ASC_RET_REPLAY_DETECT | ASC_RET_SEQUENCE_DETECT)

/* The client asks for what the server demands, so NEGOTIATE is not looked at. */
static const struct known server_bits[] = {
        {ASC_REQ_REPLAY_DETECT, SIGN, ASC_SIGNS},
        {ASC_REQ_SEQUENCE_DETECT, SIGN, ASC_SIGNS},
        {ASC_REQ_INTEGRITY, SIGN, ASC_SIGNS},
        {ASC_REQ_CONFIDENTIALITY, SEAL, ASC_RET_CONFIDENTIALITY},
        {ASC_REQ_USE_DCE_STYLE, 0, ASC_RET_USED_DCE_STYLE},
        {ASC_REQ_CONNECTION, 0, ASC_RET_CONNECTION},
        {ASC_REQ_EXTENDED_ERROR, 0, ASC_RET_EXTENDED_ERROR},
        {ASC_REQ_IDENTIFY, 0, ASC_RET_IDENTIFY},
        {ASC_REQ_ALLOCATE_MEMORY, 0, ASC_RET_ALLOCATED_MEMORY},
};

static struct known find(const struct known *list, int count, ULONG bit)
{
    struct known none = {bit};
    int i;

    for (i = 0; i < count; i++)
        if (list[i].request == bit)
            return list[i];
    return none;
}

static ULONG negotiate_flags(const BYTE *token)
{
    return token[12] | token[13] << 8 | token[14] << 16 | (ULONG)token[15] << 24;
}

static void test_client_bit(ULONG bit)
{
    struct known want = find(client_bits, ARRAY_SIZE(client_bits), bit);
    const ULONG either = SIGN | SEAL | IDENTIFY;
    struct login *l = calloc(1, sizeof(*l));

    l->identity = good_identity();
    l->target = L"HOST/m\x00fcnchen";
    l->client_request = bit;
    login_good(l);
    ok((negotiate_flags(l->tokens[0]) & either) == want.negotiate, "NEGOTIATE %08lx\n",
            negotiate_flags(l->tokens[0]));
    ok(l->client_attributes[0] == want.attributes, "first leg %08lx\n", l->client_attributes[0]);
    ok(l->client_attributes[1] == want.attributes, "last leg %08lx\n", l->client_attributes[1]);
    login_close(l);
    free(l);
}

/* Those that make another kind of login have tests of their own. */
static BOOL special(BOOL server, ULONG bit)
{
    return bit == (server ? ASC_REQ_DATAGRAM : ISC_REQ_DATAGRAM) ||
           (!server && bit == ISC_REQ_NULL_SESSION);
}

static void test_server_bit(ULONG bit)
{
    struct known want = find(server_bits, ARRAY_SIZE(server_bits), bit);
    struct login *l = calloc(1, sizeof(*l));

    l->identity = good_identity();
    l->client_request = (want.negotiate & SIGN ? ISC_REQ_INTEGRITY : 0) |
                        (want.negotiate & SEAL ? ISC_REQ_CONFIDENTIALITY : 0);
    l->server_request = bit;
    login_good(l);
    ok(l->server_attributes[1] == want.attributes, "last leg %08lx\n", l->server_attributes[1]);
    login_close(l);
    if (want.negotiate) { /* a demand that the client does not meet */
        memset(l, 0, sizeof(*l));
        l->identity = good_identity();
        l->server_request = bit;
        login_run(l);
        ok(l->server_status == SEC_E_UNSUPPORTED_FUNCTION, "not met: %08lx\n", l->server_status);
        login_close(l);
    }
    free(l);
}

static SECURITY_STATUS anonymous(ULONG server_request, ULONG client_request)
{
    struct login *l = calloc(1, sizeof(*l));
    SECURITY_STATUS status;

    l->client_request = ISC_REQ_NULL_SESSION | client_request;
    l->server_request = server_request;
    login_run(l);
    status = l->server_status;
    ok(l->client_status == SEC_E_OK, "client %08lx\n", l->client_status);
    ok(l->client_attributes[1] & ISC_RET_NULL_SESSION, "client %08lx\n", l->client_attributes[1]);
    ok(!(l->client_attributes[1] & ISC_RET_INTEGRITY), "client %08lx\n", l->client_attributes[1]);
    if (status == SEC_E_OK)
        ok(l->server_attributes[1] == ASC_RET_NULL_SESSION, "server %08lx\n",
                l->server_attributes[1]);
    login_close(l);
    free(l);
    return status;
}

/* "ASC_REQ_ALLOW_NULL_SESSION"; [MS-NLMP] 3.4: no session security. */
static void test_anonymous(void)
{
    SECURITY_STATUS status = anonymous(0, 0);

    ok(status == SEC_E_LOGON_DENIED, "not allowed: %08lx\n", status);
    status = anonymous(ASC_REQ_ALLOW_NULL_SESSION, 0);
    ok(status == SEC_E_OK, "allowed: %08lx\n", status);
    status = anonymous(ASC_REQ_ALLOW_NULL_SESSION, ISC_REQ_INTEGRITY);
    ok(status == SEC_E_OK, "allowed, signing wished: %08lx\n", status);
    status = anonymous(ASC_REQ_ALLOW_NULL_SESSION | ASC_REQ_INTEGRITY, ISC_REQ_INTEGRITY);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "allowed, signing required: %08lx\n", status);
    status = anonymous(ASC_REQ_ALLOW_NON_USER_LOGONS, 0);
    ok(status == SEC_E_LOGON_DENIED, "that is another flag: %08lx\n", status);
}

static void all_tests(void)
{
    int bit;

    for (bit = 0; bit < 32; bit++) {
        winetest_push_context("bit %08lx", 1ul << bit);
        if (!special(FALSE, 1ul << bit))
            test_client_bit(1ul << bit);
        if (!special(TRUE, 1ul << bit))
            test_server_bit(1ul << bit);
        winetest_pop_context();
    }
    test_anonymous();
}

START_TEST(requests)
{
    if (!is_opensspi()) {
        skip("which other bits Windows reports is not documented\n");
        return;
    }
    store_open();
    as_w_and_a(all_tests);
    store_close();
}
