/* What a program asks for: the flags in NEGOTIATE, and the attributes that come back. */
#include "../accounts.h"
#include "../login.h"

/* [MS-NLMP] 2.2.2.5 */
enum { NEGOTIATE_SIGN = 0x10, NEGOTIATE_SEAL = 0x20 };

#define SIGN_RET (ISC_RET_INTEGRITY | ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT)

/* Wine's ntlm.c, testInitializeSecurityContextFlags, for what reaches NEGOTIATE. RET: what must come back. MAY: what is true as well
 * (in NTLM integrity, replay and sequence detection are one: [MS-NLMP] 3.4). Nothing else may: a
 * program trusts what it reads there, and what was not agreed on is not so.
 * ("InitializeSecurityContext (NTLM)": mutual authentication, delegation and streams are not of
 * this package.) */
static const struct {
    ULONG request, negotiate, ret, may;
} rows[] = {
        {0, 0, 0, 0},
        {ISC_REQ_INTEGRITY, NEGOTIATE_SIGN, ISC_RET_INTEGRITY, SIGN_RET},
        {ISC_REQ_REPLAY_DETECT, NEGOTIATE_SIGN, ISC_RET_REPLAY_DETECT, SIGN_RET},
        {ISC_REQ_SEQUENCE_DETECT, NEGOTIATE_SIGN, ISC_RET_SEQUENCE_DETECT, SIGN_RET},
        {ISC_REQ_CONFIDENTIALITY, NEGOTIATE_SEAL, ISC_RET_CONFIDENTIALITY, 0},
        {ISC_REQ_CONNECTION, 0, ISC_RET_CONNECTION, 0},
        {ISC_REQ_EXTENDED_ERROR, 0, 0, ISC_RET_EXTENDED_ERROR},
        {ISC_REQ_MUTUAL_AUTH, 0, 0, 0},
        {ISC_REQ_USE_DCE_STYLE, 0, ISC_RET_USED_DCE_STYLE, 0},
        {ISC_REQ_DELEGATE, 0, 0, 0},
        {ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY, NEGOTIATE_SIGN | NEGOTIATE_SEAL,
                ISC_RET_INTEGRITY | ISC_RET_CONFIDENTIALITY, SIGN_RET},
        {ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY | ISC_REQ_REPLAY_DETECT |
                        ISC_REQ_SEQUENCE_DETECT | ISC_REQ_CONNECTION,
                NEGOTIATE_SIGN | NEGOTIATE_SEAL,
                SIGN_RET | ISC_RET_CONFIDENTIALITY | ISC_RET_CONNECTION, 0},
};

static ULONG token_flags(const BYTE *token)
{
    return token[12] | token[13] << 8 | token[14] << 16 | (ULONG)token[15] << 24;
}

static void check_attributes(struct login *l, ULONG ret, ULONG may)
{
    ULONG i;
    for (i = 0; i < l->client_legs; i++) {
        ok((l->client_attributes[i] & ret) == ret, "leg %lu: %08lx lacks of %08lx\n", i,
                l->client_attributes[i], ret);
        ok(!(l->client_attributes[i] & ~(ret | may)), "leg %lu: %08lx is more than %08lx\n", i,
                l->client_attributes[i], ret | may);
    }
}

static void check_query(struct login *l, ULONG ret, ULONG may)
{
    SecPkgContext_Flags flags = {0};
    SECURITY_STATUS status = query(&l->client, SECPKG_ATTR_FLAGS, &flags);
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok((flags.Flags & ret) == ret, "flags %08lx lack of %08lx\n", flags.Flags, ret);
    ok(!(flags.Flags & ~(ret | may)), "flags %08lx are more than %08lx\n", flags.Flags, ret | may);
}

/* The ASC_REQ_ of an ISC_REQ_ where they mean the same; their values differ. */
static ULONG server_request(ULONG request)
{
    return (request & ISC_REQ_INTEGRITY ? ASC_REQ_INTEGRITY : 0) |
           (request & ISC_REQ_REPLAY_DETECT ? ASC_REQ_REPLAY_DETECT : 0) |
           (request & ISC_REQ_SEQUENCE_DETECT ? ASC_REQ_SEQUENCE_DETECT : 0) |
           (request & ISC_REQ_CONFIDENTIALITY ? ASC_REQ_CONFIDENTIALITY : 0) |
           (request & ISC_REQ_CONNECTION ? ASC_REQ_CONNECTION : 0);
}

/* The ASC_RET_ of an ISC_RET_. */
static ULONG server_attributes(ULONG ret)
{
    return (ret & ISC_RET_INTEGRITY ? ASC_RET_INTEGRITY : 0) |
           (ret & ISC_RET_REPLAY_DETECT ? ASC_RET_REPLAY_DETECT : 0) |
           (ret & ISC_RET_SEQUENCE_DETECT ? ASC_RET_SEQUENCE_DETECT : 0) |
           (ret & ISC_RET_CONFIDENTIALITY ? ASC_RET_CONFIDENTIALITY : 0) |
           (ret & ISC_RET_CONNECTION ? ASC_RET_CONNECTION : 0);
}

static void check_server(struct login *l, ULONG ret, ULONG may)
{
    ULONG last = l->server_attributes[l->server_legs - 1];
    ULONG expected = server_attributes(ret & (ISC_RET_INTEGRITY | ISC_RET_CONFIDENTIALITY));
    ULONG most = server_attributes(ret | may);
    ok((last & expected) == expected, "server %08lx lacks of %08lx\n", last, expected);
    ok(!(last & ~most), "server %08lx is more than %08lx\n", last, most);
}

static void test_row(int i)
{
    struct login *l = calloc(1, sizeof(*l));
    ULONG flags, either = NEGOTIATE_SIGN | NEGOTIATE_SEAL;

    winetest_push_context("request %08lx", rows[i].request);
    l->identity = good_identity();
    l->client_request = rows[i].request;
    l->server_request = server_request(rows[i].request);
    login_acquire(l);
    login_leg(l, FALSE);
    ok(l->client_status == SEC_I_CONTINUE_NEEDED, "%08lx\n", l->client_status);
    flags = token_flags(l->token);
    ok((flags & either) == rows[i].negotiate, "NEGOTIATE %08lx\n", flags);
    check_attributes(l, rows[i].ret, rows[i].may);
    login_leg(l, TRUE);
    login_leg(l, FALSE);
    /* [MS-NLMP] 1.3.1.1, three messages: DCE style is not a leg more with NTLM. */
    ok(l->client_status == SEC_E_OK, "%08lx\n", l->client_status);
    login_leg(l, TRUE);
    ok(l->server_status == SEC_E_OK, "%08lx\n", l->server_status);
    check_attributes(l, rows[i].ret, rows[i].may);
    check_query(l, rows[i].ret, rows[i].may);
    check_server(l, rows[i].ret, rows[i].may);
    login_close(l);
    free(l);
    winetest_pop_context();
}

/* "InitializeSecurityContext (NTLM)": ISC_REQ_ALLOCATE_MEMORY: the package allocates, the caller
 * frees. */
static void test_allocate(void)
{
    CredHandle credential;
    CtxtHandle context;
    SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
    ULONG attributes = 0;
    SECURITY_STATUS status;

    acquire(L"NTLM", SECPKG_CRED_OUTBOUND, good_identity(), &credential, NULL);
    status = initialize(&credential, NULL, NULL, ISC_REQ_ALLOCATE_MEMORY, NULL, &context, &output,
            &attributes, NULL);
    ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
    ok(attributes & ISC_RET_ALLOCATED_MEMORY, "attributes %08lx\n", attributes);
    ok(out.cbBuffer >= 32 && out.pvBuffer && !memcmp(out.pvBuffer, "NTLMSSP", 8), "%lu bytes\n",
            out.cbBuffer);
    ok(FreeContextBuffer(out.pvBuffer) == SEC_E_OK, "FreeContextBuffer\n");
    DeleteSecurityContext(&context);
    FreeCredentialsHandle(&credential);
}

static void all_tests(void)
{
    int i;
    for (i = 0; i < ARRAY_SIZE(rows); i++)
        test_row(i);
    test_allocate();
}

START_TEST(flags)
{
    store_open();
    as_w_and_a(all_tests);
    store_close();
}
