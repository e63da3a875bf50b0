/* "InitializeSecurityContext (CredSSP)", parameter by parameter, flag by flag. docs/seeds.md has the sentences. */
#include "pair.h"

static void acquire_alice(CredHandle *credential)
{
    CREDSSP_CRED cred = {CredsspPasswordCreds, NULL, good_identity()};
    SECURITY_STATUS status = acquire(L"CREDSSP", SECPKG_CRED_OUTBOUND, &cred, credential, NULL);

    ok(status == SEC_E_OK, "credential %08lx\n", status);
}

/* "requires at least OUTBOUND credentials" */
static void test_direction(void)
{
    struct pair *p = pair_new(good_identity());
    PCCERT_CONTEXT certificate = test_certificate();
    SCHANNEL_CRED tls = {SCHANNEL_CRED_VERSION, 1, &certificate};
    CREDSSP_CRED both = {CredsspPasswordCreds, &tls, good_identity()};
    SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
    CtxtHandle context = {STALE, STALE};
    CredHandle credential;
    ULONG attributes;
    SECURITY_STATUS status;

    pair_client_credential(p);
    pair_server_credential(p);
    status = initialize(&p->server_credential, NULL, L"TERMSRV/localhost", CLIENT_REQUEST, NULL,
            &context, &output, &attributes, NULL);
    ok(status == SEC_E_NO_CREDENTIALS, "INBOUND: %08lx\n", status);
    ok(context.dwLower == STALE && !out.pvBuffer, "something was written\n");
    status = acquire(L"CREDSSP", SECPKG_CRED_BOTH, &both, &credential, NULL);
    ok(status == SEC_E_OK, "BOTH: %08lx\n", status);
    status = initialize(&credential, NULL, L"TERMSRV/localhost", CLIENT_REQUEST, NULL, &context,
            &output, &attributes, NULL);
    ok(status == SEC_I_CONTINUE_NEEDED && out.cbBuffer, "BOTH: %08lx\n", status);
    FreeContextBuffer(out.pvBuffer);
    DeleteSecurityContext(&context);
    FreeCredentialsHandle(&credential);
    pair_free(p);
}

/* phCredential, phContext, phNewContext: what each may be on which leg. */
static void test_handles(void)
{
    struct pair *p = pair_new(good_identity());
    SecBuffer in = {0, SECBUFFER_TOKEN, NULL}, out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &out};
    CtxtHandle wild = {STALE, STALE}, context, other = {STALE, STALE};
    ULONG attributes;
    SECURITY_STATUS status;

    pair_client_credential(p);
    pair_server_credential(p);
    status = initialize(NULL, NULL, L"TERMSRV/localhost", CLIENT_REQUEST, NULL, &context, &output,
            &attributes, NULL);
    ok(status == SEC_E_INVALID_HANDLE, "no credential: %08lx\n", status);
    status = initialize(&p->client_credential, NULL, L"TERMSRV/localhost", CLIENT_REQUEST, NULL,
            NULL, &output, &attributes, NULL);
    ok(status == SEC_E_INVALID_HANDLE, "nowhere to put it: %08lx\n", status);
    status = initialize(&p->client_credential, &wild, L"TERMSRV/localhost", CLIENT_REQUEST, &input,
            NULL, &output, &attributes, NULL);
    ok(status == SEC_E_INVALID_HANDLE, "no such context: %08lx\n", status);
    ok(pair_leg(p, FALSE, 0) == SEC_I_CONTINUE_NEEDED, "first\n");
    ok(pair_leg(p, TRUE, p->to_server.size) == SEC_I_CONTINUE_NEEDED, "first\n");
    in = (SecBuffer){p->to_client.size, SECBUFFER_TOKEN, p->to_client.data};
    /* "phNewContext can be the same as the handle specified in the phContext parameter"; another
     * place gets the same handle. */
    status = initialize(&p->client_credential, &p->client, L"TERMSRV/localhost", CLIENT_REQUEST,
            &input, &other, &output, &attributes, NULL);
    ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
    ok(other.dwLower == p->client.dwLower && other.dwUpper == p->client.dwUpper, "another handle\n");
    FreeContextBuffer(out.pvBuffer);
    pair_free(p);
}

/* A whole login, called in each way that the page allows. */
static void whole(const char *what, void (*wish)(struct pair *p))
{
    struct pair *p = pair_new(good_identity());
    ULONG size;
    BYTE *before;
    int i;

    winetest_push_context("%s", what);
    for (i = 0; i < 2; i++) {
        p->new_tls = i;
        wish(p);
        pair_good(p);
        pair_free(p);
        p = pair_new(good_identity());
    }
    /* A leg leaves the program's input as it is. */
    wish(p);
    pair_client_credential(p);
    pair_server_credential(p);
    pair_leg(p, FALSE, 0);
    size = p->to_server.size;
    before = malloc(size);
    memcpy(before, p->to_server.data, size);
    ok(pair_leg(p, TRUE, size) == SEC_I_CONTINUE_NEEDED, "server\n");
    ok(!memcmp(before, p->to_server.data, size), "the input was changed\n");
    free(before);
    pair_free(p);
    winetest_pop_context();
}

static void wish_bare(struct pair *p)
{
    p->bare = TRUE;
}

static void wish_token_alone(struct pair *p)
{
    p->token_alone = TRUE;
}

static void wish_swapped(struct pair *p)
{
    p->swapped = TRUE;
}

static void wish_read_only(struct pair *p)
{
    p->read_only = TRUE;
}

static void wish_own_buffer(struct pair *p)
{
    p->own_buffer = TRUE;
}

static void wish_network(struct pair *p)
{
    p->network = TRUE;
}

/* (?) "must be set to zero": nobody says what another value does; it is not looked at. */
static void wish_reserved(struct pair *p)
{
    p->reserved = STALE;
}

static void wish_no_expiry(struct pair *p)
{
    p->no_expiry = TRUE;
}

static void test_ways(void)
{
    whole("later legs without credential and new context", wish_bare);
    whole("TOKEN alone", wish_token_alone);
    whole("EMPTY, then TOKEN", wish_swapped);
    whole("SECBUFFER_READONLY", wish_read_only);
    whole("the caller's buffer", wish_own_buffer);
    whole("SECURITY_NETWORK_DREP", wish_network);
    whole("Reserved1, Reserved2", wish_reserved);
    whole("no ptsExpiry", wish_no_expiry);
}

/* pInput of the first leg: "must be NULL ... Unless the client context was initiated by the server",
 * which CredSSP's never is: what is there stays there, as SECBUFFER_EXTRA, for the next leg (?). */
static void test_first_input(void)
{
    static BYTE text[] = "the server speaks first";
    SecBuffer in[2] = {{sizeof(text), SECBUFFER_TOKEN, text}, {0, SECBUFFER_EMPTY, NULL}},
              out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = DESC(in), output = {SECBUFFER_VERSION, 1, &out};
    CredHandle credential;
    CtxtHandle context;
    ULONG attributes, i;
    SECURITY_STATUS status;

    acquire_alice(&credential);
    for (i = 0; i < 4; i++) {
        winetest_push_context("%lu", i);
        input.cBuffers = i ? i - 1 : 2; /* two, none, the token alone, two */
        in[0].cbBuffer = i == 3 ? 0 : sizeof(text);
        in[1] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
        status = initialize(&credential, NULL, L"TERMSRV/localhost", CLIENT_REQUEST, &input,
                &context, &output, &attributes, NULL);
        ok(status == SEC_I_CONTINUE_NEEDED && out.cbBuffer > 5, "%08lx, %lu bytes\n", status,
                out.cbBuffer);
        /* RFC 8446 5.1: a handshake record */
        ok(out.cbBuffer > 5 && *(BYTE *)out.pvBuffer == 22, "no ClientHello\n");
        if (!i)
            ok(in[1].BufferType == SECBUFFER_EXTRA && in[1].cbBuffer == sizeof(text) &&
                            in[1].pvBuffer == text,
                    "%lu bytes left\n", in[1].cbBuffer);
        else
            ok(in[1].BufferType == SECBUFFER_EMPTY, "type %lu\n", in[1].BufferType);
        FreeContextBuffer(out.pvBuffer);
        DeleteSecurityContext(&context);
        winetest_pop_context();
    }
    FreeCredentialsHandle(&credential);
}

/* pfContextAttr and ptsExpiry are written on every leg; "Attribute flags that are not related to
 * security, such as the ASC_RET_ALLOCATED_MEMORY flag, can be checked before the final return". */
static void test_written(void)
{
    struct pair *p = pair_new(good_identity());
    FILETIME now;

    pair_good(p);
    ok(p->client_legs >= 4, "%u legs\n", p->client_legs);
    ok(p->both_attributes & ISC_RET_ALLOCATED_MEMORY, "%08lx\n", p->both_attributes);
    /* "This flag is always set when using CredSSP." */
    ok(p->both_attributes & ISC_RET_MANUAL_CRED_VALIDATION, "%08lx\n", p->both_attributes);
    GetSystemTimeAsFileTime(&now);
    ok(p->client_expiry.HighPart > (LONG)now.dwHighDateTime, "expiry\n");
    pair_free(p);

    p = pair_new(good_identity());
    p->own_buffer = TRUE;
    pair_good(p);
    ok(!(p->any_attributes & ISC_RET_ALLOCATED_MEMORY), "%08lx\n", p->any_attributes);
    pair_free(p);
}

/* ---- "always return this value in local time": the inner package's ---- */

static INITIALIZE_SECURITY_CONTEXT_FN_W true_initialize;
static const TimeStamp ends_at = {.QuadPart = 133500000000000000}; /* 2024, in local time */

/* NTLM's is never, the same in all zones: what Kerberos would say. */
static SECURITY_STATUS SEC_ENTRY says_finite(PCredHandle credential, PCtxtHandle context, SEC_WCHAR *target,
        ULONG request, ULONG reserved1, ULONG rep, PSecBufferDesc in, ULONG reserved2,
        PCtxtHandle new_context, PSecBufferDesc out, ULONG *attributes, PTimeStamp expiry)
{
    SECURITY_STATUS status = true_initialize(credential, context, target, request, reserved1, rep, in,
            reserved2, new_context, out, attributes, expiry);

    *expiry = ends_at;
    return status;
}

/* In the table of the public SSPI, which is CredSSP's way to the packages inside. */
static void say_by(INITIALIZE_SECURITY_CONTEXT_FN_W function)
{
    INITIALIZE_SECURITY_CONTEXT_FN_W *place = &InitSecurityInterfaceW()->InitializeSecurityContextW;
    DWORD former;

    true_initialize = *place;
    ok(VirtualProtect(place, sizeof(*place), PAGE_READWRITE, &former), "%lu\n", GetLastError());
    *place = function;
    VirtualProtect(place, sizeof(*place), former, &former);
}

static void test_expiry(void)
{
    struct pair *p = pair_new(good_identity());

    say_by(says_finite);
    pair_good(p);
    say_by(true_initialize);
    ok(p->client_expiry.QuadPart == ends_at.QuadPart, "%I64d seconds beside it\n",
            (p->client_expiry.QuadPart - ends_at.QuadPart) / 10000000);
    pair_free(p);
}

/* Each flag of the page by itself, and those that Schannel's page adds: it is taken, and told. */
static const struct {
    ULONG request, attribute;
} flags[] = {
        {ISC_REQ_CONNECTION, ISC_RET_CONNECTION},
        {ISC_REQ_EXTENDED_ERROR, ISC_RET_EXTENDED_ERROR},
        {ISC_REQ_MANUAL_CRED_VALIDATION, ISC_RET_MANUAL_CRED_VALIDATION},
        {ISC_REQ_SEQUENCE_DETECT, ISC_RET_SEQUENCE_DETECT},
        {ISC_REQ_STREAM, ISC_RET_STREAM},
        {ISC_REQ_USE_SUPPLIED_CREDS, ISC_RET_USED_SUPPLIED_CREDS},
        {ISC_REQ_DELEGATE, ISC_RET_DELEGATE},
        {ISC_REQ_CONFIDENTIALITY, ISC_RET_CONFIDENTIALITY},
        {ISC_REQ_INTEGRITY, ISC_RET_INTEGRITY},
        {ISC_REQ_REPLAY_DETECT, ISC_RET_REPLAY_DETECT},
        {ISC_REQ_MUTUAL_AUTH, 0}, /* not before it is true */
};

static SECURITY_STATUS first_leg(CredHandle *credential, ULONG request, ULONG *attributes)
{
    static BYTE room[5000];
    SecBuffer out = {sizeof(room), SECBUFFER_TOKEN, room};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
    CtxtHandle context = {STALE, STALE};
    SECURITY_STATUS status;

    memset(room, 0x55, sizeof(room));
    *attributes = STALE;
    status = initialize(credential, NULL, L"TERMSRV/localhost", request, NULL, &context, &output,
            attributes, NULL);
    if (SUCCEEDED(status))
        ok(DeleteSecurityContext(&context) == SEC_E_OK, "delete\n");
    else
        ok(context.dwLower == STALE && context.dwUpper == STALE && room[0] == 0x55,
                "a failed first leg wrote something\n");
    return status;
}

static void test_flags(void)
{
    CredHandle credential;
    ULONG attributes, all = 0, told = 0, i;
    SECURITY_STATUS status;

    acquire_alice(&credential);
    for (i = 0; i < ARRAY_SIZE(flags); i++) {
        status = first_leg(&credential, flags[i].request, &attributes);
        ok(status == SEC_I_CONTINUE_NEEDED, "%08lx: %08lx\n", flags[i].request, status);
        ok((attributes & flags[i].attribute) == flags[i].attribute, "%08lx: %08lx\n",
                flags[i].request, attributes);
        ok(!(attributes & ISC_RET_MUTUAL_AUTH), "%08lx: MUTUAL_AUTH\n", flags[i].request);
        all |= flags[i].request;
        told |= flags[i].attribute;
    }
    status = first_leg(&credential, all, &attributes);
    ok(status == SEC_I_CONTINUE_NEEDED && (attributes & told) == told, "all: %08lx, %08lx\n",
            status, attributes);
    /* None is required: "Windows Server 2008 and Windows Vista" alone wanted ISC_REQ_DELEGATE. */
    status = first_leg(&credential, 0, &attributes);
    ok(status == SEC_I_CONTINUE_NEEDED && !(attributes & (ISC_RET_DELEGATE | ISC_RET_CONNECTION)),
            "none: %08lx, %08lx\n", status, attributes);
    FreeCredentialsHandle(&credential);
}

/* "AcceptSecurityContext (CredSSP)", fContextReq and pfContextAttr: each flag that a server may ask for, by itself, and
 * all. Both have values of their own: what is told is not what was asked. */
static const struct {
    ULONG request, attribute;
} server_flags[] = {
        {ASC_REQ_ALLOCATE_MEMORY, ASC_RET_ALLOCATED_MEMORY},
        {ASC_REQ_CONNECTION, ASC_RET_CONNECTION},
        {ASC_REQ_EXTENDED_ERROR, ASC_RET_EXTENDED_ERROR},
        {ASC_REQ_INTEGRITY, ASC_RET_INTEGRITY},
        {ASC_REQ_CONFIDENTIALITY, ASC_RET_CONFIDENTIALITY},
        {ASC_REQ_REPLAY_DETECT, ASC_RET_REPLAY_DETECT},
        {ASC_REQ_SEQUENCE_DETECT, ASC_RET_SEQUENCE_DETECT},
        {ASC_REQ_STREAM, ASC_RET_STREAM},
        {ASC_REQ_MUTUAL_AUTH, 0}, /* (?) asks no client for a certificate, and does not come back */
        {ASC_REQ_DELEGATE, 0},
};

/* What the stream is, asked for or not. */
#define SERVER_ALWAYS (ASC_RET_CONFIDENTIALITY | ASC_RET_REPLAY_DETECT | ASC_RET_SEQUENCE_DETECT | ASC_RET_STREAM)

/* A server's first leg with alice's first token, asking for nothing but REQUEST. */
static SECURITY_STATUS server_leg(struct pair *p, ULONG request, ULONG *attributes)
{
    static BYTE room[9000];
    SecBuffer in[2] = {{p->to_server.size, SECBUFFER_TOKEN, p->to_server.data}, {0, SECBUFFER_EMPTY, NULL}},
              out = {sizeof(room), SECBUFFER_TOKEN, room};
    SecBufferDesc input = DESC(in), output = {SECBUFFER_VERSION, 1, &out};
    CtxtHandle context = {STALE, STALE};
    SECURITY_STATUS status;

    memset(room, 0x55, sizeof(room));
    *attributes = STALE;
    if (request & ASC_REQ_ALLOCATE_MEMORY)
        out = (SecBuffer){0, SECBUFFER_TOKEN, NULL};
    status = AcceptSecurityContext(&p->server_credential, NULL, &input, request, SECURITY_NATIVE_DREP, &context, &output,
            attributes, NULL);
    if (SUCCEEDED(status)) {
        if (request & ASC_REQ_ALLOCATE_MEMORY)
            FreeContextBuffer(out.pvBuffer);
        ok(DeleteSecurityContext(&context) == SEC_E_OK, "delete\n");
    } else {
        ok(context.dwLower == STALE && context.dwUpper == STALE && room[0] == 0x55, "a failed first leg wrote something\n");
    }
    return status;
}

static void test_server_flags(void)
{
    static const ULONG wrong[] = {ASC_REQ_USE_DCE_STYLE, ASC_REQ_DATAGRAM, ASC_REQ_CALL_LEVEL, ASC_REQ_ALLOW_NULL_SESSION};
    struct pair *p = pair_new(good_identity());
    ULONG attributes, all = 0, told = 0, i;
    SECURITY_STATUS status;

    pair_client_credential(p);
    pair_server_credential(p);
    ok(pair_leg(p, FALSE, 0) == SEC_I_CONTINUE_NEEDED, "first\n");
    for (i = 0; i < ARRAY_SIZE(server_flags); i++) {
        status = server_leg(p, server_flags[i].request, &attributes);
        ok(status == SEC_I_CONTINUE_NEEDED, "%08lx: %08lx\n", server_flags[i].request, status);
        ok(attributes == (SERVER_ALWAYS | server_flags[i].attribute), "%08lx: %08lx\n", server_flags[i].request, attributes);
        all |= server_flags[i].request;
        told |= server_flags[i].attribute;
    }
    status = server_leg(p, all, &attributes);
    ok(status == SEC_I_CONTINUE_NEEDED && attributes == told, "all: %08lx, %08lx\n", status, attributes);
    status = server_leg(p, 0, &attributes);
    ok(status == SEC_I_CONTINUE_NEEDED && attributes == SERVER_ALWAYS, "none: %08lx, %08lx\n", status, attributes);
    for (i = 0; i < ARRAY_SIZE(wrong); i++) {
        status = server_leg(p, SERVER_REQUEST | wrong[i], &attributes);
        ok(status == SEC_E_UNSUPPORTED_FUNCTION, "%08lx: %08lx\n", wrong[i], status);
    }
    pair_free(p);
}

/* SEC_E_UNSUPPORTED_FUNCTION: "a flag that is not supported by CredSSP was specified" (?: which, the
 * page does not say). On a later leg it spoils nothing. */
static void test_unsupported(void)
{
    static const ULONG wrong[] = {ISC_REQ_DATAGRAM, ISC_REQ_USE_DCE_STYLE, ISC_REQ_NULL_SESSION,
            ISC_REQ_CALL_LEVEL, ISC_REQ_NO_INTEGRITY};
    struct pair *p = pair_new(good_identity());
    ULONG attributes, i;
    SECURITY_STATUS status;

    pair_client_credential(p);
    pair_server_credential(p);
    for (i = 0; i < ARRAY_SIZE(wrong); i++) {
        status = first_leg(&p->client_credential, CLIENT_REQUEST | wrong[i], &attributes);
        ok(status == SEC_E_UNSUPPORTED_FUNCTION, "%08lx: %08lx\n", wrong[i], status);
    }
    ok(pair_leg(p, FALSE, 0) == SEC_I_CONTINUE_NEEDED, "first\n");
    p->server_extra = ASC_REQ_DATAGRAM;
    status = pair_leg(p, TRUE, 0);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION && !p->has_server, "server: %08lx\n", status);
    p->server_extra = 0;
    ok(pair_leg(p, TRUE, p->to_server.size) == SEC_I_CONTINUE_NEEDED, "first\n");
    p->extra = ISC_REQ_DATAGRAM;
    status = pair_leg(p, FALSE, 0);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "later: %08lx\n", status);
    p->extra = 0;
    pair_legs(p);
    ok(p->client_status == SEC_E_OK && p->server_status == SEC_E_OK, "client %08lx, server %08lx\n",
            p->client_status, p->server_status);
    pair_free(p);
}

/* "If the ISC_REQ_USE_SUPPLIED_CREDS flag is set, the security package must look for a
 * SECBUFFER_PKG_PARAMS buffer type": there are no parameters that CredSSP knows (?). */
static void test_package_params(void)
{
    static BYTE params[16];
    SecBuffer in = {sizeof(params), SECBUFFER_PKG_PARAMS, params}, out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &out};
    CredHandle credential;
    CtxtHandle context = {STALE, STALE};
    ULONG attributes;
    SECURITY_STATUS status;

    acquire_alice(&credential);
    status = initialize(&credential, NULL, L"TERMSRV/localhost",
            CLIENT_REQUEST | ISC_REQ_USE_SUPPLIED_CREDS, &input, &context, &output, &attributes,
            NULL);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION && context.dwLower == STALE, "%08lx\n", status);
    status = initialize(&credential, NULL, L"TERMSRV/localhost", CLIENT_REQUEST, &input, &context,
            &output, &attributes, NULL);
    ok(status == SEC_I_CONTINUE_NEEDED, "without the flag: %08lx\n", status);
    FreeContextBuffer(out.pvBuffer);
    DeleteSecurityContext(&context);
    FreeCredentialsHandle(&credential);
}

/* SEC_I_COMPLETE_NEEDED and SEC_I_COMPLETE_AND_CONTINUE never come (pair_legs stops at any of them);
 * CompleteAuthToken has nothing to do, and says so with success. "The output token can be empty": a
 * leg with a part of a flight has none. */
static void test_codes(void)
{
    struct pair *p = pair_new(good_identity());
    BYTE token[] = "token";
    SecBuffer b = {sizeof(token), SECBUFFER_TOKEN, token};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &b};

    p->new_tls = TRUE;
    p->byte_by_byte = TRUE; /* one record a leg */
    if (pair_good(p)) {
        ok(p->empty_tokens, "no leg with an empty token\n");
        ok(CompleteAuthToken(&p->client, &desc) == SEC_E_OK, "CompleteAuthToken\n");
        ok(!memcmp(token, "token", 6), "the token was changed\n");
    }
    pair_free(p);
}

/* "AcceptSecurityContext (CredSSP)": an INBOUND credential, a token on the first leg, a place for the new
 * context; what is refused writes no handle and no output. */
static void test_accept(void)
{
    struct pair *p = pair_new(good_identity());
    SecBuffer in[2] = {{0, SECBUFFER_TOKEN, NULL}, {0, SECBUFFER_EMPTY, NULL}},
              data = {5, SECBUFFER_DATA, "hello"}, out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = DESC(in), no_token = {SECBUFFER_VERSION, 1, &data},
                  output = {SECBUFFER_VERSION, 1, &out};
    CtxtHandle context = {STALE, STALE}, wild = {STALE, STALE};
    const struct {
        const char *what;
        CredHandle *credential;
        CtxtHandle *context;
        SecBufferDesc *input;
        SECURITY_STATUS want, or;
    } cases[] = {
            {"OUTBOUND", &p->client_credential, NULL, &input, SEC_E_NO_CREDENTIALS, 0},
            {"no credential", NULL, NULL, &input, SEC_E_INVALID_HANDLE, 0},
            {"no such context", &p->server_credential, &wild, &input, SEC_E_INVALID_HANDLE, 0},
            /* nothing, or no token: as if its first byte were still to come */
            {"no input", &p->server_credential, NULL, NULL, SEC_E_INCOMPLETE_MESSAGE,
                    SEC_E_INVALID_TOKEN},
            {"no token", &p->server_credential, NULL, &no_token, SEC_E_INCOMPLETE_MESSAGE,
                    SEC_E_INVALID_TOKEN},
            {"an empty one", &p->server_credential, NULL, &input, SEC_E_INCOMPLETE_MESSAGE,
                    SEC_E_INVALID_TOKEN},
    };
    ULONG attributes, i;
    SECURITY_STATUS status;

    pair_client_credential(p);
    pair_server_credential(p);
    for (i = 0; i < ARRAY_SIZE(cases); i++) {
        in[1] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
        status = AcceptSecurityContext(cases[i].credential, cases[i].context, cases[i].input,
                SERVER_REQUEST, 0, &context, &output, &attributes, NULL);
        ok(status == cases[i].want || status == cases[i].or, "%s: %08lx\n", cases[i].what, status);
        ok(context.dwLower == STALE && context.dwUpper == STALE && !out.pvBuffer,
                "%s: something was written\n", cases[i].what);
    }
    pair_free(p);
}

static void all_tests(void)
{
    test_accept();
    test_direction();
    test_handles();
    test_ways();
    test_first_input();
    test_written();
    test_expiry();
    test_flags();
    test_server_flags();
    test_unsupported();
    test_package_params();
    test_codes();
}

START_TEST(parameters)
{
    run_logins(all_tests);
}
