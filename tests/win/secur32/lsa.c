/* The LSA client functions: their pages; Wine's negotiate.c and secur32.c. */
#include "../sspi_test.h"

#ifndef STATUS_NO_SUCH_PACKAGE
#define STATUS_NO_SUCH_PACKAGE ((NTSTATUS)0xC00000FE)
#endif

static NTSTATUS lookup(HANDLE lsa, const char *text, ULONG *package)
{
    LSA_STRING name = {strlen(text), strlen(text) + 1, (char *)text};
    return LsaLookupAuthenticationPackage(lsa, &name, package);
}

static void test_lookup(HANDLE lsa)
{
    ULONG package = STALE, other = STALE;
    NTSTATUS status = lookup(lsa, "Negotiate", &package);

    /* .NET relies on 0 */
    ok(!status && !package, "%08lx, package %lu\n", status, package);
    status = lookup(lsa, "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0",
            &package); /* ntsecapi.h, MSV1_0_PACKAGE_NAME */
    ok(!status && package, "%08lx, package %lu\n", status, package);
    if (is_opensspi()) {
        status = lookup(lsa, "NTLM", &other);
        ok(!status && other == package, "%08lx, package %lu\n", status, other);
    }
    package = STALE;
    status = lookup(lsa, "Winetest", &package);
    ok(status == STATUS_NO_SUCH_PACKAGE, "%08lx\n", status);
    status = lookup(lsa, "", &package);
    ok(status == STATUS_NO_SUCH_PACKAGE || (!is_opensspi() && status), "%08lx\n", status);
}

/* Wine's negotiate.c, test_Negotiate, on Windows: a bad request is STATUS_INVALID_PARAMETER, size 0, protocol status 0. */
static void test_bad_calls(HANDLE lsa)
{
    ULONG size = STALE;
    NTSTATUS protocol = STALE, status;
    void *answer = (void *)STALE;

    status = LsaCallAuthenticationPackage(lsa, 0, NULL, 0, NULL, &size, &protocol);
    ok(status == STATUS_INVALID_PARAMETER, "%08lx\n", status);
    ok(!size && !protocol, "size %lu, protocol status %08lx\n", size, protocol);
    size = STALE;
    status = LsaCallAuthenticationPackage(lsa, 0, NULL, 0, NULL, &size, NULL);
    ok(status == STATUS_INVALID_PARAMETER && !size, "%08lx, size %lu\n", status, size);
    protocol = STALE;
    status = LsaCallAuthenticationPackage(lsa, 0, NULL, 0, NULL, NULL, &protocol);
    ok(status == STATUS_INVALID_PARAMETER && !protocol, "%08lx, %08lx\n", status, protocol);
    size = protocol = STALE;
    status = LsaCallAuthenticationPackage(lsa, 0xdeadbeef, NULL, 0, &answer, &size, &protocol);
    ok(status == STATUS_NO_SUCH_PACKAGE, "%08lx\n", status);
    ok(!size && !protocol && !answer, "size %lu, %08lx, %p\n", size, protocol, answer);
}

/* NegGetCallerName ("NEGOTIATE_CALLER_NAME_REQUEST"), as Wine's tests saw it on Windows: a name, or
 * no such session. */
static void test_caller(HANDLE lsa)
{
    NEGOTIATE_CALLER_NAME_REQUEST request = {NegGetCallerName, {0, 0}};
    NEGOTIATE_CALLER_NAME_RESPONSE *response = (void *)STALE;
    ULONG size = STALE;
    NTSTATUS protocol = STALE, status;

    status = LsaCallAuthenticationPackage(
            lsa, 0, &request, sizeof(request), (void **)&response, &size, &protocol);
    ok(!status, "%08lx\n", status);
    if (protocol) {
        ok(protocol == (NTSTATUS)0xC000005F /* STATUS_NO_SUCH_LOGON_SESSION */, "%08lx\n",
                protocol);
        ok(!size && !response, "size %lu, %p\n", size, response);
        return;
    }
    ok(response->MessageType == NegGetCallerName, "type %lu\n", response->MessageType);
    ok(size >= sizeof(*response) + (wcslen(response->CallerName) + 1) * sizeof(WCHAR), "size %lu\n",
            size);
    LsaFreeReturnBuffer(response);
}

/* "LsaGetLogonSessionData": of the process's own session. */
static void test_session(void)
{
    TOKEN_STATISTICS own;
    SECURITY_LOGON_SESSION_DATA *data = NULL;
    HANDLE token;
    DWORD size;
    NTSTATUS status;
    LUID nobody = {0x7e57, 0x7e57};

    OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token);
    GetTokenInformation(token, TokenStatistics, &own, sizeof(own), &size);
    CloseHandle(token);
    status = LsaGetLogonSessionData(&own.AuthenticationId, &data);
    ok(!status && data, "%08lx\n", status);
    if (data) {
        ok(data->Size >= sizeof(*data) || broken(!is_opensspi()), "size %lu\n", data->Size);
        ok(!memcmp(&data->LogonId, &own.AuthenticationId, sizeof(LUID)), "another session\n");
        ok(data->UserName.Length && data->AuthenticationPackage.Length, "no names\n");
        LsaFreeReturnBuffer(data);
    }
    data = (void *)STALE;
    status = LsaGetLogonSessionData(&nobody, &data);
    ok(status < 0, "%08lx\n", status);
}

static void test_sessions(void)
{
    ULONG count = 0;
    LUID *list = NULL;
    NTSTATUS status = LsaEnumerateLogonSessions(&count, &list);

    ok(!status, "%08lx\n", status);
    ok(count > 0 && list, "%lu sessions\n", count);
    ok(!LsaFreeReturnBuffer(list), "free\n");
}

START_TEST(lsa)
{
    HANDLE lsa = NULL;
    NTSTATUS status = LsaConnectUntrusted(&lsa);

    ok(!status && lsa, "%08lx\n", status);
    test_lookup(lsa);
    test_bad_calls(lsa);
    test_caller(lsa);
    test_session();
    test_sessions();
    status = LsaDeregisterLogonProcess(lsa);
    ok(!status, "%08lx\n", status);
}
