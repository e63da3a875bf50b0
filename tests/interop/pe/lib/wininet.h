/* wininet.h and winhttp.h cannot both be included: what the peers need of the former, from the documentation. */
#ifndef PE_LIB_WININET_H
#define PE_LIB_WININET_H

#include <windows.h>

enum {
    WININET_DIRECT = 1,
    WININET_HTTP = 3,
    WININET_SECURE = 0x00800000,
    WININET_NO_CACHE = 0x04000000 | 0x80000000, /* INTERNET_FLAG_NO_CACHE_WRITE, _RELOAD */
    WININET_KEEP = 0x00400000,                  /* INTERNET_FLAG_KEEP_CONNECTION */
    WININET_STATUS = 19 | 0x20000000, /* HTTP_QUERY_STATUS_CODE, HTTP_QUERY_FLAG_NUMBER */
    WININET_CLIENT_CERTIFICATE = 84,  /* INTERNET_OPTION_CLIENT_CERT_CONTEXT */
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
DECLSPEC_IMPORT BOOL WINAPI InternetReadFile(void *request, void *out, DWORD size, DWORD *got);
DECLSPEC_IMPORT BOOL WINAPI InternetSetOptionW(void *handle, DWORD what, void *in, DWORD size);
DECLSPEC_IMPORT BOOL WINAPI InternetCloseHandle(void *handle);

#endif
