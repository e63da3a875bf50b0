/* webget PORT winhttp|wininet trust=FILE
 * Reads https://localhost:PORT/ as the programs of a prefix do: through Wine's winhttp or wininet, over
 * whatever Schannel there is, with the certificate in FILE as a trusted root. Writes "HTTP n" and gives
 * exit code 0, or "refused n" (a Windows error) and 1.
 */
#include "lib/peer.h"
#include <winhttp.h>
#include <stdio.h>

/* wininet.h and winhttp.h cannot both be included; its values from the documentation. */
enum {
    WININET_DIRECT = 1,
    WININET_HTTP = 3,
    WININET_SECURE = 0x00800000,
    WININET_STATUS = 19 | 0x20000000, /* HTTP_QUERY_STATUS_CODE, HTTP_QUERY_FLAG_NUMBER */
};
DECLSPEC_IMPORT void *WINAPI InternetOpenW(
        const WCHAR *agent, DWORD type, const WCHAR *proxy, const WCHAR *bypass, DWORD flags);
DECLSPEC_IMPORT void *WINAPI InternetConnectW(void *session, const WCHAR *host, WORD port,
        const WCHAR *user, const WCHAR *password, DWORD service, DWORD flags, DWORD_PTR context);
DECLSPEC_IMPORT void *WINAPI HttpOpenRequestW(void *connection, const WCHAR *verb, const WCHAR *path,
        const WCHAR *version, const WCHAR *referrer, const WCHAR **types, DWORD flags,
        DWORD_PTR context);
DECLSPEC_IMPORT BOOL WINAPI HttpSendRequestW(
        void *request, const WCHAR *headers, DWORD size, void *body, DWORD body_size);
DECLSPEC_IMPORT BOOL WINAPI HttpQueryInfoW(
        void *request, DWORD what, void *out, DWORD *size, DWORD *index);

/* 0: the status is in *STATUS; else a Windows error. */
static DWORD by_winhttp(WORD port, DWORD *status)
{
    DWORD size = sizeof *status;
    HINTERNET session =
            WinHttpOpen(L"webget", WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    HINTERNET connection = WinHttpConnect(session, L"localhost", port, 0);
    HINTERNET request =
            WinHttpOpenRequest(connection, L"GET", L"/", NULL, NULL, NULL, WINHTTP_FLAG_SECURE);

    if (!WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0) ||
            !WinHttpReceiveResponse(request, NULL) ||
            !WinHttpQueryHeaders(request, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER,
                    NULL, status, &size, NULL))
        return GetLastError();
    return 0;
}

static DWORD by_wininet(WORD port, DWORD *status)
{
    DWORD size = sizeof *status;
    void *session = InternetOpenW(L"webget", WININET_DIRECT, NULL, NULL, 0);
    void *connection =
            InternetConnectW(session, L"localhost", port, NULL, NULL, WININET_HTTP, 0, 0);
    void *request =
            HttpOpenRequestW(connection, L"GET", L"/", NULL, NULL, NULL, WININET_SECURE, 0);

    if (!HttpSendRequestW(request, NULL, 0, NULL, 0) ||
            !HttpQueryInfoW(request, WININET_STATUS, status, &size, NULL))
        return GetLastError();
    return 0;
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    DWORD status = 0, error;

    if (argc < 4) {
        fprintf(stderr, "usage: webget PORT winhttp|wininet trust=FILE\n");
        return 3;
    }
    arg_count = argc;
    arg_values = argv;
    certificate_trust(option(L"trust", L""));
    error = (wcscmp(argv[2], L"wininet") ? by_winhttp : by_wininet)((WORD)_wtoi(argv[1]), &status);
    printf(error ? "refused %lu\n" : "HTTP %lu\n", error ? error : status);
    return error != 0;
}
