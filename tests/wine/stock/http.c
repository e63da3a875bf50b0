/* winhttp and wininet log in with NTLM and Negotiate to a web server in another process
 * (tests/interop/pe/httpserver.c, named in the environment as STOCK_HTTPSERVER), all three over
 * Wine's builtin secur32. */
#include "../../win/accounts.h"
#include "../../win/msv1_0/saved.h"
#include <winhttp.h>

/* wininet.h and winhttp.h cannot both be included: of wininet what is used here. */
typedef HANDLE(WINAPI *internet_open)(const char *, DWORD, const char *, const char *, DWORD);
typedef HANDLE(WINAPI *internet_connect)(
        HANDLE, const char *, WORD, const char *, const char *, DWORD, DWORD, DWORD_PTR);
typedef HANDLE(WINAPI *open_request)(HANDLE, const char *, const char *, const char *, const char *,
        const char **, DWORD, DWORD_PTR);
typedef BOOL(WINAPI *send_request)(HANDLE, const char *, DWORD, void *, DWORD);
typedef BOOL(WINAPI *query_info)(HANDLE, DWORD, void *, DWORD *, DWORD *);
typedef BOOL(WINAPI *read_file)(HANDLE, void *, DWORD, DWORD *);
typedef BOOL(WINAPI *close_handle)(HANDLE);

static PROCESS_INFORMATION server;

/* The port that the server writes as "PORT n"; 0: it did not start. */
static unsigned start_server(const char *package)
{
    SECURITY_ATTRIBUTES inherited = {sizeof(inherited), NULL, TRUE};
    STARTUPINFOA how = {sizeof(how)};
    char command[MAX_PATH + 40], path[MAX_PATH] = "", line[64] = "";
    DWORD size = 0, part;
    unsigned port = 0;
    HANDLE reader;

    memset(&server, 0, sizeof(server));
    GetEnvironmentVariableA("STOCK_HTTPSERVER", path, sizeof(path));
    sprintf(command, "\"%s\" %s", path, package);
    CreatePipe(&reader, &how.hStdOutput, &inherited, 0);
    SetHandleInformation(reader, HANDLE_FLAG_INHERIT, 0);
    how.dwFlags = STARTF_USESTDHANDLES;
    if (CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &how, &server)) {
        CloseHandle(how.hStdOutput);
        while (!strchr(line, '\n') &&
                ReadFile(reader, line + size, sizeof(line) - 1 - size, &part, NULL) && part)
            size += part;
        sscanf(line, "PORT %u", &port);
    }
    CloseHandle(reader);
    ok(port, "%s: no server: %lu\n", command, GetLastError());
    return port;
}

static void stop_server(void)
{
    TerminateProcess(server.hProcess, 0);
    WaitForSingleObject(server.hProcess, 10000);
    CloseHandle(server.hProcess);
    CloseHandle(server.hThread);
}

struct answer {
    DWORD status;
    char page[300];
};

static void winhttp_exchange(HINTERNET request, struct answer *a)
{
    DWORD size = sizeof(a->status);

    ok(WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0), "send: %lu\n", GetLastError());
    ok(WinHttpReceiveResponse(request, NULL), "receive: %lu\n", GetLastError());
    WinHttpQueryHeaders(request, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER, NULL,
            &a->status, &size, NULL);
}

/* As the documentation's example: try, be asked, give credentials, try again. */
static struct answer winhttp_get(unsigned port, DWORD scheme, const WCHAR *password)
{
    struct answer a = {0};
    DWORD size;
    HINTERNET session = WinHttpOpen(L"stock", WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    HINTERNET connection = WinHttpConnect(session, L"localhost", (INTERNET_PORT)port, 0);
    HINTERNET request = WinHttpOpenRequest(connection, L"GET", L"/", NULL, NULL, NULL, 0);

    winhttp_exchange(request, &a);
    ok(a.status == 401, "without credentials: %lu\n", a.status);
    ok(WinHttpSetCredentials(
               request, WINHTTP_AUTH_TARGET_SERVER, scheme, L"WONDERLAND\\alice", password, NULL),
            "credentials: %lu\n", GetLastError());
    winhttp_exchange(request, &a);
    WinHttpReadData(request, a.page, sizeof(a.page) - 1, &size);
    WinHttpCloseHandle(request);
    WinHttpCloseHandle(connection);
    WinHttpCloseHandle(session);
    return a;
}

#define WININET(type, name) type p##name = (type)(void *)GetProcAddress(wininet, #name)

static struct answer wininet_get(unsigned port, const char *user, const char *password)
{
    HMODULE wininet = LoadLibraryA("wininet.dll");
    WININET(internet_open, InternetOpenA);
    WININET(internet_connect, InternetConnectA);
    WININET(open_request, HttpOpenRequestA);
    WININET(send_request, HttpSendRequestA);
    WININET(query_info, HttpQueryInfoA);
    WININET(read_file, InternetReadFile);
    WININET(close_handle, InternetCloseHandle);
    struct answer a = {0};
    DWORD size = sizeof(a.status);
    HANDLE session = pInternetOpenA("stock", 1 /* INTERNET_OPEN_TYPE_DIRECT */, NULL, NULL, 0);
    HANDLE connection = pInternetConnectA(session, "localhost", (WORD)port, user, password,
            3 /* INTERNET_SERVICE_HTTP */, 0, 0);
    HANDLE request = pHttpOpenRequestA(connection, "GET", "/", NULL, NULL, NULL,
            0x00400000 /* INTERNET_FLAG_KEEP_CONNECTION */, 0);

    ok(pHttpSendRequestA(request, NULL, 0, NULL, 0), "send: %lu\n", GetLastError());
    pHttpQueryInfoA(request, 19 | 0x20000000 /* HTTP_QUERY_STATUS_CODE, _FLAG_NUMBER */, &a.status,
            &size, NULL);
    pInternetReadFile(request, a.page, sizeof(a.page) - 1, &size);
    pInternetCloseHandle(request);
    pInternetCloseHandle(connection);
    pInternetCloseHandle(session);
    return a;
}

static BOOL says_hello(const char *page)
{
    char wanted[300];
    int size = sprintf(wanted, "hello %ls", own_account(L"alice"));

    return !strncmp(page, wanted, size);
}

/* A server each: Wine keeps connections and credentials for the next request. */
static void check(const char *package, DWORD scheme, BOOL right)
{
    unsigned port = start_server(package);
    struct answer a = {0};

    if (port)
        a = scheme ? winhttp_get(port, scheme, right ? L"Wonder-Land1" : L"wonder-land1")
                   : wininet_get(port, "WONDERLAND\\alice",
                             right ? "Wonder-Land1" : "wonder-land1");
    ok(a.status == (right ? 200 : 401), "%s, scheme %lu: status %lu\n", package, scheme, a.status);
    ok(right == says_hello(a.page), "%s: page: %s\n", package, a.page);
    stop_server();
}

/* Nobody is named: Credential Manager is asked for the host that the program connects to. */
static void check_saved(const char *package, const WCHAR *host, BOOL right)
{
    unsigned port = start_server(package);
    struct answer a = {0};

    save(CRED_TYPE_DOMAIN_PASSWORD, host, L"WONDERLAND\\alice", L"Wonder-Land1");
    if (port)
        a = wininet_get(port, NULL, NULL);
    ok(a.status == (right ? 200 : 401), "%s, saved for %ls: status %lu\n", package, host,
            a.status);
    ok(right == says_hello(a.page), "%s: page: %s\n", package, a.page);
    forget();
    stop_server();
}

START_TEST(http)
{
    BOOL right;

    if (!store_open())
        return;
    for (right = FALSE; right <= TRUE; right++) {
        check("NTLM", WINHTTP_AUTH_SCHEME_NTLM, right);
        check("NTLM", 0, right);
        check("Negotiate", WINHTTP_AUTH_SCHEME_NEGOTIATE, right);
        check("Negotiate", 0, right);
    }
    check_saved("NTLM", L"localhost", TRUE);
    check_saved("NTLM", L"otherhost", FALSE);
    check_saved("Negotiate", L"localhost", TRUE);
    check_saved("Negotiate", L"otherhost", FALSE);
    store_close();
}
