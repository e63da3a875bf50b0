/* NTLM and Wine's own Negotiate through Wine's builtin secur32, as programs use them (W; Wine's A
 * forms of QueryContextAttributes pass few attributes). */
#include "../../win/accounts.h"
#include "../../win/login.h"

#define SIGN_AND_SEAL        (ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY)
#define SERVER_SIGN_AND_SEAL (ASC_REQ_INTEGRITY | ASC_REQ_CONFIDENTIALITY)

static const WCHAR *package;

static struct login *new_login(const void *identity)
{
    struct login *l = calloc(1, sizeof(*l));

    l->client_package = l->server_package = package;
    l->identity = identity;
    l->target = L"HTTP/here";
    l->client_request = SIGN_AND_SEAL;
    l->server_request = SERVER_SIGN_AND_SEAL;
    return l;
}

static void end_login(struct login *l)
{
    login_close(l);
    free(l);
}

/* The point of it all: Wine's secur32, our msv1_0. A DLL of Wine's own says so behind its DOS
 * header. */
static void test_who(void)
{
    static const char mark[] = "Wine ";
    const char *secur32 = (char *)LoadLibraryA("secur32.dll"),
               *msv1_0 = (char *)LoadLibraryA("msv1_0.dll");

    ok(!memcmp(secur32 + 0x40, mark, sizeof(mark) - 1), "secur32 is not Wine's\n");
    ok(memcmp(msv1_0 + 0x40, mark, sizeof(mark) - 1), "msv1_0 is Wine's\n");
}

static void session_key(CtxtHandle *context, BYTE key[16])
{
    SecPkgContext_SessionKey k = {0};
    SECURITY_STATUS status = query(context, SECPKG_ATTR_SESSION_KEY, &k);

    memset(key, 0, 16);
    ok(status == SEC_E_OK && k.SessionKeyLength == 16, "session key %08lx\n", status);
    if (status == SEC_E_OK)
        memcpy(key, k.SessionKey, 16);
    FreeContextBuffer(k.SessionKey);
}

static void check_keys(struct login *l)
{
    BYTE ours[16], theirs[16], none[16] = {0};

    session_key(&l->client, ours);
    session_key(&l->server, theirs);
    ok(!memcmp(ours, theirs, 16) && memcmp(ours, none, 16), "keys\n");
}

static void check_attributes(struct login *l)
{
    SecPkgContext_Sizes sizes;
    SecPkgContext_KeyInfoW key;
    SecPkgContext_NegotiationInfoW chosen;
    WCHAR name[300];

    ok(query(&l->client, SECPKG_ATTR_SIZES, &sizes) == SEC_E_OK, "sizes\n");
    ok(sizes.cbMaxSignature == 16 && sizes.cbSecurityTrailer == 16, "%lu %lu\n",
            sizes.cbMaxSignature, sizes.cbSecurityTrailer);
    ok(query(&l->client, SECPKG_ATTR_KEY_INFO, &key) == SEC_E_OK, "key info\n");
    ok(key.KeySize == 128 && !wcscmp(key.sEncryptAlgorithmName, L"RSADSI RC4"), "%lu\n",
            key.KeySize);
    FreeContextBuffer(key.sSignatureAlgorithmName);
    FreeContextBuffer(key.sEncryptAlgorithmName);
    ok(query(&l->client, SECPKG_ATTR_NEGOTIATION_INFO, &chosen) == SEC_E_OK, "negotiation info\n");
    ok(!wcscmp(chosen.PackageInfo->Name, L"NTLM"), "%ls\n", chosen.PackageInfo->Name);
    FreeContextBuffer(chosen.PackageInfo);
    names_of(&l->server, name, ARRAY_SIZE(name));
    ok(!wcscmp(name, own_account(L"alice")), "%ls\n", name);
}

/* curl #983: what Wine's own msv1_0 leaves unwritten. */
static void check_written(struct login *l)
{
    FILETIME now;

    GetSystemTimeAsFileTime(&now);
    ok(l->client_expiry.HighPart > (LONG)now.dwHighDateTime, "client expiry\n");
    ok(l->server_expiry.HighPart > (LONG)now.dwHighDateTime, "server expiry\n");
    ok((l->client_attributes[1] & SIGN_AND_SEAL) == SIGN_AND_SEAL, "%08lx\n",
            l->client_attributes[1]);
    ok(l->server_attributes[1] & ASC_RET_CONFIDENTIALITY, "%08lx\n", l->server_attributes[1]);
}

static void check_messages(CtxtHandle *from, CtxtHandle *to)
{
    char text[] = "a message", signature[16];
    SecBuffer b[2] = {{sizeof(text), SECBUFFER_DATA, text}, {16, SECBUFFER_TOKEN, signature}};
    SecBufferDesc message = DESC(b);
    int i;

    for (i = 0; i < 3; i++) {
        ok(EncryptMessage(from, 0, &message, 0) == SEC_E_OK, "seal\n");
        ok(strcmp(text, "a message"), "plain\n");
        ok(DecryptMessage(to, &message, 0, NULL) == SEC_E_OK, "unseal\n");
        ok(!strcmp(text, "a message"), "%s\n", text);
    }
    ok(MakeSignature(from, 0, &message, 0) == SEC_E_OK, "sign\n");
    ok(VerifySignature(to, &message, 0, NULL) == SEC_E_OK, "verify\n");
    ok(EncryptMessage(from, 0, &message, 0) == SEC_E_OK, "seal\n");
    text[3] ^= 4;
    ok(DecryptMessage(to, &message, 0, NULL) == SEC_E_MESSAGE_ALTERED, "altered\n");
}

static void test_right(void)
{
    union identity id;
    int form;
    /* Wine's Negotiate hands the identity to its Kerberos as well, which takes no EX forms (it
     * crashes). */
    int forms = wcscmp(package, L"NTLM") ? FORM_EX : FORMS;

    for (form = FORM_PLAIN; form < forms; form++) {
        struct login *l =
                new_login(make_identity(&id, form, L"alice", L"WONDERLAND", L"Wonder-Land1"));
        winetest_push_context("%s", form_names[form]);
        if (login_good(l)) {
            check_keys(l);
            check_attributes(l);
            check_written(l);
            check_messages(&l->client, &l->server);
            check_messages(&l->server, &l->client);
        }
        end_login(l);
        winetest_pop_context();
    }
}

static void refused(const WCHAR *user, const WCHAR *domain, const WCHAR *password)
{
    union identity id;
    struct login *l = new_login(make_identity(&id, FORM_PLAIN, user, domain, password));

    login_run(l);
    ok(l->client_status == SEC_E_OK, "%ls: client %08lx\n", user, l->client_status);
    ok(l->server_status == SEC_E_LOGON_DENIED, "%ls: server %08lx\n", user, l->server_status);
    end_login(l);
}

static void test_wrong(void)
{
    refused(L"alice", L"", L"wonder-land1");
    refused(L"nobody", L"", L"Wonder-Land1");
    refused(L"bob", L"OTHERS", L"CanWe?Fix");
}

/* Many at once: words of the handle table do not run into each other. */
static void test_many(void)
{
    enum { MANY = 200 };
    static struct login *all[MANY];
    union identity id;
    int i;

    make_identity(&id, FORM_PLAIN, L"alice", L"", L"Wonder-Land1");
    for (i = 0; i < MANY; i++) {
        all[i] = new_login(&id);
        login_good(all[i]);
    }
    for (i = 0; i < MANY; i += 2)
        end_login(all[i]);
    for (i = 1; i < MANY; i += 2) {
        check_messages(&all[i]->client, &all[i]->server);
        end_login(all[i]);
    }
}

START_TEST(sspi)
{
    static const WCHAR *const packages[] = {L"NTLM", L"Negotiate"};
    int i;

    test_who();
    if (!store_open())
        return;
    for (i = 0; i < 2; i++) {
        package = packages[i];
        winetest_push_context("%ls", package);
        test_right();
        test_wrong();
        test_many();
        winetest_pop_context();
    }
    store_close();
}
