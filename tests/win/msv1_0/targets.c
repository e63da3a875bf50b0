/* Settings of opensspi's servers: TargetNameCheck, AcceptedTargets, AllowGuest (README). The levels
 * of the first are those of Windows' "Server SPN target name validation level"; the code of a
 * refusal is ours (docs/interop.md). SECPKG_ATTR_USER_FLAGS: LOGON_GUEST of [MS-PAC] 2.5. */
#include "../accounts.h"
#include "../login.h"
#include "registry.h"

#define OURS "Software\\opensspi"

enum { OFF, IF_SENT, REQUIRED };

static WCHAR *own_spn(void)
{
    static WCHAR spn[300] = L"TERMSRV/";
    DWORD size = 200;

    ok(GetComputerNameExW(ComputerNameNetBIOS, spn + 8, &size), "%lu\n", GetLastError());
    return spn;
}

static SECURITY_STATUS login_to(const WCHAR *target, ULONG request)
{
    struct login *l = calloc(1, sizeof(*l));
    SECURITY_STATUS status;

    l->identity = good_identity();
    l->target = target;
    l->client_request = request;
    login_run(l);
    status = l->server_status;
    ok(l->client_status == SEC_E_OK, "client %08lx\n", l->client_status);
    login_close(l);
    free(l);
    return status;
}

static void test_targets(void)
{
    static const char accepted[] = "alias.example\0HTTP/only.example\0";
    const struct {
        const WCHAR *target;
        ULONG request;
        SECURITY_STATUS status[3];
    } rows[] = {
            {own_spn(), 0, {SEC_E_OK, SEC_E_OK, SEC_E_OK}},
            {L"HOST/ALIAS.example", 0, {SEC_E_OK, SEC_E_OK, SEC_E_OK}},
            {L"HTTP/only.example", 0, {SEC_E_OK, SEC_E_OK, SEC_E_OK}},
            {L"HOST/only.example", 0, {SEC_E_OK, SEC_E_BAD_BINDINGS, SEC_E_BAD_BINDINGS}},
            {L"HOST/m\x00fcnchen.example", 0, {SEC_E_OK, SEC_E_BAD_BINDINGS, SEC_E_BAD_BINDINGS}},
            {NULL, 0, {SEC_E_OK, SEC_E_OK, SEC_E_BAD_BINDINGS}},
            {L"HOST/other", ISC_REQ_UNVERIFIED_TARGET_NAME,
                    {SEC_E_OK, SEC_E_OK, SEC_E_BAD_BINDINGS}},
            {own_spn(), ISC_REQ_UNVERIFIED_TARGET_NAME, {SEC_E_OK, SEC_E_OK, SEC_E_BAD_BINDINGS}},
    };
    int check, i;

    set(OURS, "AcceptedTargets", REG_MULTI_SZ, accepted, sizeof(accepted));
    for (check = NONE; check <= REQUIRED + 1; check++) {
        set_number(OURS, "TargetNameCheck", check);
        for (i = 0; i < ARRAY_SIZE(rows); i++) {
            int level = check == NONE ? OFF : check > REQUIRED ? REQUIRED : check;
            SECURITY_STATUS status = login_to(rows[i].target, rows[i].request);
            ok(status == rows[i].status[level], "check %d, row %d: %08lx\n", check, i, status);
        }
    }
    set(OURS, "AcceptedTargets", 0, NULL, 0);
    set_number(OURS, "TargetNameCheck", IF_SENT);
    ok(login_to(L"HOST/ALIAS.example", 0) == SEC_E_BAD_BINDINGS, "without the list\n");
    ok(login_to(own_spn(), 0) == SEC_E_OK, "the computer's name\n");
    set_number(OURS, "TargetNameCheck", NONE);
}

static ULONG user_flags(CtxtHandle *context)
{
    SecPkgContext_UserFlags flags = {STALE};
    SECURITY_STATUS status = query(context, SECPKG_ATTR_USER_FLAGS, &flags);

    ok(status == SEC_E_OK, "%08lx\n", status);
    return flags.UserFlags;
}

/* A login of USER with PASSWORD; GUEST: what is expected of a good one. */
static SECURITY_STATUS login_as(
        const WCHAR *user, const WCHAR *password, ULONG server_request, BOOL guest)
{
    struct login *l = calloc(1, sizeof(*l));
    WCHAR name[300];
    union identity id;
    SECURITY_STATUS status;

    l->identity = make_identity(&id, FORM_PLAIN, user, L"WONDERLAND", password);
    l->client_request = ISC_REQ_INTEGRITY;
    l->server_request = server_request;
    login_run(l);
    status = l->server_status;
    if (status == SEC_E_OK) {
        ok(user_flags(&l->server) == (guest ? LOGON_GUEST : 0), "%lx\n", user_flags(&l->server));
        ok((l->server_attributes[1] & ASC_RET_INTEGRITY) == (guest ? 0 : ASC_RET_INTEGRITY), "attributes %08lx\n",
                l->server_attributes[1]);
        names_of(&l->server, name, ARRAY_SIZE(name));
        ok(!wcscmp(name, own_account(guest ? L"Guest" : user)), "%ls\n", name);
    }
    login_close(l);
    free(l);
    return status;
}

static SECURITY_STATUS negotiated_guest(const WCHAR *user)
{
    struct login *l = calloc(1, sizeof(*l));
    union identity id;
    SECURITY_STATUS status;

    l->client_package = l->server_package = L"Negotiate";
    l->identity = make_identity(&id, FORM_PLAIN, user, L"WONDERLAND", L"x");
    login_run(l);
    status = l->client_status == SEC_E_OK ? l->server_status : l->client_status;
    login_close(l);
    free(l);
    return status;
}

static void test_guests(void)
{
    static const WCHAR stranger[] = L"Fr\x00e4ulein";
    const WCHAR *right = L"Wonder-Land1";
    SECURITY_STATUS status;
    int i;

    for (i = 0; i < 3; i++) { /* no value; 0; 2, which nobody has defined */
        set_number(OURS, "AllowGuest", i ? 2 * (i - 1) : NONE);
        status = login_as(stranger, L"x", 0, TRUE);
        ok(status == SEC_E_LOGON_DENIED, "%d: %08lx\n", i, status);
    }
    set_number(OURS, "AllowGuest", 1);
    status = login_as(stranger, L"x", 0, TRUE);
    ok(status == SEC_E_OK, "a stranger: %08lx\n", status);
    status = login_as(L"alice", right, ASC_REQ_INTEGRITY, FALSE);
    ok(status == SEC_E_OK, "alice: %08lx\n", status);
    status = login_as(L"alice", L"wrong", 0, FALSE);
    ok(status == SEC_E_LOGON_DENIED, "alice with a wrong password: %08lx\n", status);
    status = login_as(stranger, L"x", ASC_REQ_INTEGRITY, TRUE);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "signing required: %08lx\n", status);
    status = login_as(stranger, L"x", ASC_REQ_CONFIDENTIALITY, TRUE);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "sealing required: %08lx\n", status);
    /* A Negotiate client for which NTLM is the only choice sends raw NTLM (captures of Windows'). */
    status = negotiated_guest(stranger);
    ok(status == SEC_E_OK, "through Negotiate: %08lx\n", status);
    set_number(OURS, "AllowGuest", NONE);
}

static void all_tests(void)
{
    test_targets();
    test_guests();
}

void func_targets(void);

void func_targets(void)
{
    if (!is_opensspi())
        return;
    store_open();
    as_w_and_a(all_tests);
    store_close();
}
