/* Whose token is it: raw NTLM and SPNEGO at NTLM and Negotiate acceptors; bits of NTLM tokens
 * flipped. */
#include "../accounts.h"
#include "../login.h"

static struct login *new_login(const WCHAR *client, const WCHAR *server)
{
    struct login *l = calloc(1, sizeof(*l));
    l->identity = good_identity();
    l->client_package = client;
    l->server_package = server;
    l->client_request = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY;
    return l;
}

static void end_login(struct login *l)
{
    login_close(l);
    free(l);
}

/* RFC 4178 4.2.1: [APPLICATION 0] { SPNEGO's OID, NegTokenInit { mechTypes { NTLM }, mechToken } }
 * around the token. */
static void wrap_in_spnego(struct login *l)
{
    static const BYTE spnego[] = {0x06, 6, 0x2b, 6, 1, 5, 5, 2},
                      mechs[] = {
                              0xa0, 14, 0x30, 12, 0x06, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10};
    BYTE ntlm[100], *at = l->token;
    BYTE size = (BYTE)l->token_size;

    ok(size < 80, "a NEGOTIATE of %u bytes\n", size);
    memcpy(ntlm, l->token, size);
#define PUT(tag, length) (*at++ = (tag), *at++ = (BYTE)(length))
    PUT(0x60, sizeof(spnego) + 4 + sizeof(mechs) + 4 + size);
    memcpy(at, spnego, sizeof(spnego));
    at += sizeof(spnego);
    PUT(0xa0, 2 + sizeof(mechs) + 4 + size);
    PUT(0x30, sizeof(mechs) + 4 + size);
    memcpy(at, mechs, sizeof(mechs));
    at += sizeof(mechs);
    PUT(0xa2, size + 2);
    PUT(0x04, size);
    memcpy(at, ntlm, size);
    l->token_size = (ULONG)(at + size - l->token);
}

/* A Negotiate acceptor takes raw NTLM ([MS-SPNG] 3.2.5.2); to NTLM's, SPNEGO is no message of its own:
 * SEC_E_INVALID_TOKEN. */
static void test_cross(void)
{
    struct login *l = new_login(L"NTLM", L"Negotiate");

    login_good(l);
    end_login(l);
    l = new_login(L"NTLM", L"NTLM");
    login_acquire(l);
    login_leg(l, FALSE);
    wrap_in_spnego(l);
    login_leg(l, TRUE);
    ok(l->server_status == SEC_E_INVALID_TOKEN, "NTLM takes SPNEGO: %08lx\n", l->server_status);
    ok(!l->has_server, "a context was made\n");
    end_login(l);
}

static void test_spnego(void)
{
    struct login *l = new_login(L"NTLM", L"Negotiate");

    login_acquire(l);
    login_leg(l, FALSE);
    wrap_in_spnego(l);
    login_leg(l, TRUE);
    ok(l->server_status == SEC_I_CONTINUE_NEEDED, "%08lx\n", l->server_status);
    ok(l->token[0] == 0xa1, "no NegTokenResp: %02x\n", l->token[0]); /* RFC 4178 4.2 */
    end_login(l);
}

static void check_name(const SecPkgInfoW *info)
{
    ok(ansi ? !strcmp((char *)info->Name, "NTLM") : !wcscmp(info->Name, L"NTLM"), "another name\n");
}

/* A Negotiate client for which NTLM is the only choice (targets.c), and what its context says. */
static void test_negotiate_client(void)
{
    struct login *l = new_login(L"Negotiate", L"Negotiate");
    SecPkgContext_NegotiationInfoW info = {0};
    SecPkgContext_PackageInfoW package = {0};
    SECURITY_STATUS status;

    if (login_good(l)) {
        status = query(&l->client, SECPKG_ATTR_NEGOTIATION_INFO, &info);
        ok(status == SEC_E_OK, "%08lx\n", status);
        ok(info.NegotiationState == SECPKG_NEGOTIATION_COMPLETE, "state %lu\n",
                info.NegotiationState);
        if (status == SEC_E_OK)
            check_name(info.PackageInfo);
        FreeContextBuffer(info.PackageInfo);
        /* "QueryContextAttributes (Negotiate)", SECPKG_ATTR_PACKAGE_INFO: "the name of the
         * authentication package negotiated" */
        status = query(&l->server, SECPKG_ATTR_PACKAGE_INFO, &package);
        ok(status == SEC_E_OK, "%08lx\n", status);
        if (status == SEC_E_OK)
            check_name(package.PackageInfo);
        FreeContextBuffer(package.PackageInfo);
    }
    end_login(l);
}

/* Every bit of AUTHENTICATE: refused, or (where nothing covers it, as in Version) accepted; never a
 * crash. With the MIC, which covers all three messages ([MS-NLMP] 3.1.5.1.2), every bit is refused.
 */
static void test_authenticate_bits(void)
{
    unsigned bit, accepted = 0;
    for (bit = 0;; bit++) {
        struct login *l = new_login(L"NTLM", L"NTLM");
        ULONG size;
        login_acquire(l);
        login_leg(l, FALSE);
        login_leg(l, TRUE);
        login_leg(l, FALSE);
        size = l->token_size;
        if (bit < 8 * size) {
            l->token[bit / 8] ^= (BYTE)(1 << bit % 8);
            login_leg(l, TRUE);
            accepted += l->server_status == SEC_E_OK;
            ok(FAILED(l->server_status), "byte %u, bit %u: %08lx\n", bit / 8, bit % 8,
                    l->server_status);
        }
        end_login(l);
        if (bit >= 8 * size)
            break;
    }
    ok(!accepted, "%u changed AUTHENTICATEs were accepted\n", accepted);
}

/* AUTHENTICATE cut short anywhere. */
static void test_authenticate_cut(void)
{
    ULONG cut = 0, size;
    do {
        struct login *l = new_login(L"NTLM", L"NTLM");
        login_acquire(l);
        login_leg(l, FALSE);
        login_leg(l, TRUE);
        login_leg(l, FALSE);
        size = l->token_size;
        l->token_size = cut;
        login_leg(l, TRUE);
        ok(FAILED(l->server_status), "%lu of %lu bytes: %08lx\n", cut, size, l->server_status);
        end_login(l);
        cut++;
    } while (cut < size);
}

static void all_tests(void)
{
    test_cross();
    test_spnego();
    test_negotiate_client();
    if (is_opensspi()) { /* hundreds of logins: nothing to do to a Windows machine's account */
        test_authenticate_bits();
        test_authenticate_cut();
    }
}

START_TEST(tokens)
{
    store_open();
    as_w_and_a(all_tests);
    store_close();
}
