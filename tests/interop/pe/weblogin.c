/* weblogin PORT winhttp|wininet user=DOMAIN\USER password=
 * Reads http://localhost:PORT/ as the programs of a prefix do, through Wine's winhttp or wininet, and logs in with
 * Negotiate when asked who it is. Writes "HTTP n" and gives exit code 0, or "refused n" (a Windows error)
 * and 1.
 */
#include "lib/peer.h"
#include "lib/wininet.h"
#include <winhttp.h>
#include <stdio.h>

static BOOL winhttp_exchange(HINTERNET request, DWORD *status)
{
    DWORD size = sizeof *status;

    return WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0) &&
           WinHttpReceiveResponse(request, NULL) &&
           WinHttpQueryHeaders(request, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER, NULL,
                   status, &size, NULL);
}

/* 0: the status is in *STATUS; else a Windows error. As the documentation's example: try, be asked, give
 * credentials, try again. */
static DWORD by_winhttp(WORD port, DWORD *status)
{
    const WCHAR *user = option(L"user", NULL);
    HINTERNET session = WinHttpOpen(L"weblogin", WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    HINTERNET connection = WinHttpConnect(session, L"localhost", port, 0);
    HINTERNET request = WinHttpOpenRequest(connection, L"GET", L"/", NULL, NULL, NULL, 0);

    if (!winhttp_exchange(request, status))
        return GetLastError();
    if (user && *status == 401 &&
            !(WinHttpSetCredentials(request, WINHTTP_AUTH_TARGET_SERVER,
                      WINHTTP_AUTH_SCHEME_NEGOTIATE, user, option(L"password", L""), NULL) &&
                    winhttp_exchange(request, status)))
        return GetLastError();
    return 0;
}

static DWORD by_wininet(WORD port, DWORD *status)
{
    DWORD size = sizeof *status;
    void *session = InternetOpenW(L"weblogin", WININET_DIRECT, NULL, NULL, 0);
    void *connection = InternetConnectW(session, L"localhost", port, option(L"user", NULL),
            option(L"password", NULL), WININET_HTTP, 0, 0);
    void *request = HttpOpenRequestW(
            connection, L"GET", L"/", NULL, NULL, NULL, WININET_KEEP, 0);

    if (!HttpSendRequestW(request, NULL, 0, NULL, 0) ||
            !HttpQueryInfoW(request, WININET_STATUS, status, &size, NULL))
        return GetLastError();
    return 0;
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    DWORD status = 0, error;

    if (argc < 3)
        fail("usage: weblogin PORT winhttp|wininet [user=DOMAIN\\USER password=]", 0);
    arg_count = argc;
    arg_values = argv;
    error = (wcscmp(argv[2], L"wininet") ? by_winhttp : by_wininet)((WORD)_wtoi(argv[1]), &status);
    printf(error ? "refused %lu\n" : "HTTP %lu\n", error ? error : status);
    return error != 0;
}
