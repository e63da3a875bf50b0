/* What an attacker or a careless caller would try with NTLM and Negotiate: bindings that come late
 * or not at all, a negotiation that fails at its very end, an identity that names nobody, an
 * account file that others can write. */
#include "../accounts.h"
#include "../login.h"

static const WCHAR *const names[] = {L"NTLM", L"Negotiate"};

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

static struct login *new_login(const WCHAR *package)
{
    struct login *l = calloc(1, sizeof(*l));

    l->identity = good_identity();
    l->client_package = l->server_package = package;
    l->client_status = l->server_status = SEC_I_CONTINUE_NEEDED;
    return l;
}

static SECURITY_STATUS end(struct login *l)
{
    SECURITY_STATUS status = FAILED(l->client_status) ? l->client_status : l->server_status;

    login_close(l);
    free(l);
    return status;
}

/* Bindings from the second leg on, as curl gives them. */
static SECURITY_STATUS late(const WCHAR *package, struct bindings *client, struct bindings *server)
{
    struct login *l = new_login(package);

    login_acquire(l);
    login_leg(l, FALSE);
    login_leg(l, TRUE);
    l->client_bindings = &client->head;
    l->server_bindings = &server->head;
    l->client_bindings_size = l->server_bindings_size = sizeof(*client);
    login_leg(l, FALSE);
    login_leg(l, TRUE);
    return end(l);
}

/* "SEC_CHANNEL_BINDINGS_RESULT structure": a client without is let in as
 * ASC_REQ_ALLOW_MISSING_BINDINGS says. */
static SECURITY_STATUS missing(const WCHAR *package, struct bindings *server, ULONG request)
{
    struct login *l = new_login(package);

    l->server_bindings = &server->head;
    l->server_bindings_size = sizeof(*server);
    l->server_request = request;
    login_run(l);
    return end(l);
}

static void test_bindings(void)
{
    struct bindings one, other;
    SECURITY_STATUS status;
    int i;

    fill(&one, "tls-server-end-point:0123456789abcdef");
    fill(&other, "tls-server-end-point:0123456789abcdeg");
    for (i = 0; i < ARRAY_SIZE(names); i++) {
        status = late(names[i], &one, &one);
        ok(status == SEC_E_OK, "late, the same: %08lx\n", status);
        status = late(names[i], &one, &other);
        ok(status == SEC_E_BAD_BINDINGS, "late, others: %08lx\n", status);
        status = missing(names[i], &one, 0);
        ok(status == SEC_E_BAD_BINDINGS, "missing: %08lx\n", status);
        status = missing(names[i], &one, ASC_REQ_ALLOW_MISSING_BINDINGS);
        ok(status == SEC_E_OK, "missing and allowed to: %08lx\n", status);
    }
}

/* A leg of a server that speaks first, so that SPNEGO is spoken. l->token goes in and comes out. */
static SECURITY_STATUS spnego_leg(struct login *l, BOOL server)
{
    BOOL *has = server ? &l->has_server : &l->has_client;
    CtxtHandle *context = server ? &l->server : &l->client;
    SecBuffer in = {l->token_size, SECBUFFER_TOKEN, l->token}, out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &out};
    TimeStamp expiry;
    ULONG attributes;
    SECURITY_STATUS status;

    if (server)
        status = AcceptSecurityContext(&l->server_credential, *has ? context : NULL, &input,
                ASC_REQ_ALLOCATE_MEMORY, SECURITY_NATIVE_DREP, context, &output, &attributes,
                &expiry);
    else
        status = initialize(&l->client_credential, *has ? context : NULL, NULL,
                l->client_request | ISC_REQ_ALLOCATE_MEMORY, &input, context, &output, &attributes,
                &expiry);
    if (SUCCEEDED(status))
        *has = TRUE;
    l->token_size = out.cbBuffer;
    memcpy(l->token, out.pvBuffer, out.cbBuffer);
    if (out.pvBuffer)
        FreeContextBuffer(out.pvBuffer);
    return *(server ? &l->server_status : &l->client_status) = status;
}

/* A message from one end to the other; its signature's sequence number ([MS-NLMP] 2.2.2.9.2). */
static DWORD signed_message(CtxtHandle *from, CtxtHandle *to)
{
    BYTE signature[16], data[] = "after the negotiation";
    SecBuffer b[] = {
            {sizeof(data), SECBUFFER_DATA, data}, {sizeof(signature), SECBUFFER_TOKEN, signature}};
    SecBufferDesc desc = DESC(b);
    SECURITY_STATUS status = MakeSignature(from, 0, &desc, 0);

    ok(status == SEC_E_OK, "sign %08lx\n", status);
    status = VerifySignature(to, &desc, 0, NULL);
    ok(status == SEC_E_OK, "verify %08lx\n", status);
    return signature[12] | signature[13] << 8 | signature[14] << 16 | (DWORD)signature[15] << 24;
}

/* ---- in fragments, [MS-SPNG] 3.1.5.4 to 3.1.5.9 ---- */

enum { SMALL = 100 };

/* A leg with a buffer that no message of NTLM fits into. TRUE: it has given a piece, and has more of it. */
static BOOL small_leg(struct login *l, BOOL server)
{
    BOOL *has = server ? &l->has_server : &l->has_client;
    CtxtHandle *context = server ? &l->server : &l->client;
    SECURITY_STATUS *status = server ? &l->server_status : &l->client_status;
    BYTE room[SMALL];
    SecBuffer in = {l->token_size, SECBUFFER_TOKEN, l->token}, out = {sizeof(room), SECBUFFER_TOKEN, room};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &out};
    TimeStamp expiry;
    ULONG attributes = 0;

    if (server)
        *status = AcceptSecurityContext(&l->server_credential, *has ? context : NULL, &input,
                ASC_REQ_FRAGMENT_TO_FIT, SECURITY_NATIVE_DREP, context, &output, &attributes, &expiry);
    else
        *status = initialize(&l->client_credential, *has ? context : NULL, NULL,
                l->client_request | ISC_REQ_FRAGMENT_TO_FIT, &input, context, &output, &attributes, &expiry);
    *has |= SUCCEEDED(*status);
    l->token_size = SUCCEEDED(*status) ? out.cbBuffer : 0;
    memcpy(l->token, room, l->token_size);
    return *status == SEC_I_CONTINUE_NEEDED && l->token_size &&
           attributes & (server ? ASC_RET_FRAGMENT_ONLY : ISC_RET_FRAGMENT_ONLY);
}

/* One message, piece by piece, and the first piece of the answer to it; how many pieces it took. */
static unsigned carry(struct login *l, BOOL from_server, BOOL *more)
{
    unsigned pieces = 1;

    for (; *more; pieces++) {
        small_leg(l, !from_server);
        ok((from_server ? l->client_status : l->server_status) == SEC_I_CONTINUE_NEEDED && !l->token_size,
                "in the middle: %08lx %08lx, %lu\n", l->client_status, l->server_status, l->token_size);
        *more = small_leg(l, from_server);
    }
    *more = small_leg(l, !from_server);
    return pieces;
}

/* Returns how many pieces there were. SPOILT: a bit of AUTHENTICATE's first piece is changed. */
static unsigned login_in_pieces(struct login *l, BOOL spoilt)
{
    unsigned pieces = 0;
    BOOL server = TRUE, more;

    login_acquire(l);
    more = small_leg(l, TRUE);
    for (int message = 0; message < 8 && l->token_size; message++, server = !server) {
        if (spoilt && message == 3 && !more)
            ok(0, "AUTHENTICATE is in one piece\n");
        if (spoilt && message == 3)
            l->token[SMALL - 1] ^= 1;
        pieces += carry(l, server, &more);
    }
    return pieces;
}

static void test_fragments(void)
{
    struct login *l = new_login(L"Negotiate");
    WCHAR name[300];
    unsigned pieces;

    l->client_request = ISC_REQ_INTEGRITY;
    pieces = login_in_pieces(l, FALSE);
    ok(l->client_status == SEC_E_OK && l->server_status == SEC_E_OK, "%08lx %08lx\n", l->client_status,
            l->server_status);
    ok(pieces > 8, "%u pieces\n", pieces);
    names_of(&l->server, name, ARRAY_SIZE(name));
    ok(!is_opensspi() || wcsstr(name, L"alice"), "%ls\n", name);
    ok(signed_message(&l->client, &l->server) == 1, "the client's first message\n");
    end(l);

    l = new_login(L"Negotiate");
    l->client_request = ISC_REQ_INTEGRITY;
    login_in_pieces(l, TRUE);
    ok(FAILED(l->server_status), "a spoilt piece: %08lx %08lx\n", l->client_status, l->server_status);
    end(l);
}

/* Hint, offer, CHALLENGE, AUTHENTICATE; the server has not seen the last. */
static struct login *authenticated(ULONG request)
{
    struct login *l = new_login(L"Negotiate");
    int i;

    l->client_request = request;
    login_acquire(l);
    for (i = 0; i < 4; i++)
        ok(spnego_leg(l, i % 2 == 0) == SEC_I_CONTINUE_NEEDED, "leg %d: %08lx %08lx\n", i,
                l->client_status, l->server_status);
    return l;
}

static BOOL ends_with_signature(const struct login *l)
{
    static const BYTE start[] = {
            0xA3, 0x12, 0x04, 0x10, 1, 0, 0, 0}; /* [3] OCTET STRING: mechListMIC */

    return l->token_size > 20 && !memcmp(l->token + l->token_size - 20, start, sizeof(start));
}

/* The same with nothing changed: both ends sign the mechTypes, both are through, and their first
 * message has number 1, as each mechListMIC had 0 ([MS-SPNG] 3.3.5.1; RFC 4178 5). */
static void test_intact_end(void)
{
    struct login *l = authenticated(ISC_REQ_INTEGRITY);
    WCHAR name[300];
    SECURITY_STATUS status;

    ok(ends_with_signature(l), "no mechListMIC of the client\n");
    status = spnego_leg(l, TRUE);
    ok(status == SEC_E_OK, "server %08lx\n", status);
    ok(ends_with_signature(l), "no mechListMIC of the server\n");
    status = spnego_leg(l, FALSE);
    ok(status == SEC_E_OK, "client %08lx\n", status);
    names_of(&l->server, name, ARRAY_SIZE(name));
    ok(!is_opensspi() || wcsstr(name, L"alice"), "%ls\n", name);
    ok(signed_message(&l->client, &l->server) == 1, "the client's first message\n");
    ok(signed_message(&l->server, &l->client) == 1, "the server's first message\n");
    end(l);
}

/* The server's mechListMIC changed: the client must not be through. */
static void test_failed_answer(void)
{
    struct login *l = authenticated(ISC_REQ_INTEGRITY);

    ok(spnego_leg(l, TRUE) == SEC_E_OK, "server %08lx\n", l->server_status);
    l->token[l->token_size - 1] ^= 1;
    ok(spnego_leg(l, FALSE) == SEC_E_MESSAGE_ALTERED, "client %08lx\n", l->client_status);
    end(l);
}

/* NTLM is through when the wrong mechListMIC shows; its user and its key must not be had. */
static void test_failed_end(void)
{
    struct login *l = authenticated(ISC_REQ_INTEGRITY);
    SecPkgContext_SessionKey key;
    SecPkgContext_NamesW user;
    SECURITY_STATUS status;

    ok(ends_with_signature(l), "no mechListMIC\n");
    l->token[l->token_size - 1] ^= 1;
    status = spnego_leg(l, TRUE);
    ok(status == SEC_E_MESSAGE_ALTERED, "%08lx\n", status);
    status = query(&l->server, SECPKG_ATTR_SESSION_KEY, &key);
    ok(FAILED(status), "session key: %08lx\n", status);
    status = query(&l->server, SECPKG_ATTR_NAMES, &user);
    ok(FAILED(status), "user: %08lx\n", status);
    end(l);
}

/* Without integrity NTLM cannot sign: no mechListMIC is made, none is demanded. */
static void test_no_integrity(void)
{
    struct login *l = authenticated(0);

    ok(!ends_with_signature(l), "a mechListMIC with the dummy signature\n");
    ok(spnego_leg(l, TRUE) == SEC_E_OK, "server %08lx\n", l->server_status);
    ok(spnego_leg(l, FALSE) == SEC_E_OK, "client %08lx\n", l->client_status);
    end(l);
}

/* Only a package list: the default credentials, of which there are none; not a user without a name.
 */
static void test_nobody(void)
{
    SEC_WINNT_AUTH_IDENTITY_EXW nobody = {SEC_WINNT_AUTH_IDENTITY_VERSION, sizeof(nobody)};
    int i;

    nobody.PackageList = (void *)L"NTLM";
    nobody.PackageListLength = 4;
    nobody.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    for (i = 0; i < ARRAY_SIZE(names); i++) {
        struct login *l = new_login(names[i]);
        l->identity = &nobody;
        login_acquire(l);
        login_leg(l, FALSE);
        ok(l->client_status == SEC_E_NO_CREDENTIALS, "%08lx\n", l->client_status);
        end(l);
    }
}

static void test_writable_store(void)
{
    PSECURITY_DESCRIPTOR descriptor;
    struct login *l;
    SECURITY_STATUS status;

    store_write(accounts, ARRAY_SIZE(accounts), PRIVATE_FILE);
    ok(ConvertStringSecurityDescriptorToSecurityDescriptorA(
               "D:P(A;;FA;;;OW)(A;;FW;;;WD)", SDDL_REVISION_1, &descriptor, NULL),
            "SDDL %lu\n", GetLastError());
    ok(SetFileSecurityA(store.path, DACL_SECURITY_INFORMATION, descriptor), "%lu\n",
            GetLastError());
    LocalFree(descriptor);
    l = new_login(L"NTLM");
    login_run(l);
    status = end(l);
    ok(status == SEC_E_NO_AUTHENTICATING_AUTHORITY, "others can write it: %08lx\n", status);
    store_write(accounts, ARRAY_SIZE(accounts), PRIVATE_FILE);
}

static BOOL ours;

static void all_tests(void)
{
    test_bindings();
    test_intact_end();
    test_failed_end();
    test_failed_answer();
    test_no_integrity();
    test_fragments();
    if (ours) {
        test_nobody();
        test_writable_store();
    }
}

START_TEST(negotiation)
{
    ours = store_open();
    as_w_and_a(all_tests);
    store_close();
}
