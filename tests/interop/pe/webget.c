/* webget PORT winhttp|wininet trust=FILE [host=NAME] [get=BYTES] [post=BYTES] [times=N] [given=PATH|stored=HASH]
 * Asks https://NAME:PORT/BYTES as the programs of a prefix do: through Wine's winhttp or wininet, over
 * whatever Schannel there is, with the certificate in FILE as a trusted root. NAME: localhost; post=: that
 * many bytes go along; times=: so many requests of one session, one after the other; given=, stored=: the
 * client's certificate, as in tlspeer. Writes of each request "HTTP status body's-size
 * body's-SHA-256", or "refused n" (a Windows error), which ends it with exit code 1.
 */
#include "lib/peer.h"
#include "lib/wininet.h"
#include <winhttp.h>
#include <stdio.h>

enum { PART = 50000 }; /* what is read at a time: no multiple of a record's size */

/* What to ask for and what came. */
struct job {
    const WCHAR *host;
    WORD port;
    WCHAR path[32];
    struct run body; /* empty: GET */
    PCCERT_CONTEXT certificate;
    DWORD status;
    struct run answer;
};

static const WCHAR *verb(const struct job *job)
{
    return job->body.size ? L"POST" : L"GET";
}

/* 0, or a Windows error. */
static DWORD ask_winhttp(struct job *job, HINTERNET request)
{
    DWORD size = sizeof job->status, got = 1;
    static uint8_t part[PART];

    if (job->certificate && !WinHttpSetOption(request, WINHTTP_OPTION_CLIENT_CERT_CONTEXT,
                                    (void *)job->certificate, sizeof *job->certificate))
        return GetLastError();
    if (!WinHttpSendRequest(request, NULL, 0, job->body.data, job->body.size, job->body.size, 0) ||
            !WinHttpReceiveResponse(request, NULL) ||
            !WinHttpQueryHeaders(request, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER,
                    NULL, &job->status, &size, NULL))
        return GetLastError();
    while (got) {
        if (!WinHttpReadData(request, part, sizeof part, &got))
            return GetLastError();
        run_add(&job->answer, part, got);
    }
    return 0;
}

static DWORD by_winhttp(struct job *job)
{
    static HINTERNET connection;

    if (!connection)
        connection = WinHttpConnect(WinHttpOpen(L"webget", WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0),
                job->host, job->port, 0);
    HINTERNET request = WinHttpOpenRequest(
            connection, verb(job), job->path, NULL, NULL, NULL, WINHTTP_FLAG_SECURE);
    DWORD error = ask_winhttp(job, request);
    WinHttpCloseHandle(request);
    return error;
}

static DWORD ask_wininet(struct job *job, void *request)
{
    DWORD size = sizeof job->status, got = 1;
    static uint8_t part[PART];

    if (job->certificate && !InternetSetOptionW(request, WININET_CLIENT_CERTIFICATE,
                                    (void *)job->certificate, sizeof *job->certificate))
        return GetLastError();
    if (!HttpSendRequestW(request, NULL, 0, job->body.data, job->body.size) ||
            !HttpQueryInfoW(request, WININET_STATUS, &job->status, &size, NULL))
        return GetLastError();
    while (got) {
        if (!InternetReadFile(request, part, sizeof part, &got))
            return GetLastError();
        run_add(&job->answer, part, got);
    }
    return 0;
}

static DWORD by_wininet(struct job *job)
{
    static void *connection;

    if (!connection)
        connection = InternetConnectW(InternetOpenW(L"webget", WININET_DIRECT, NULL, NULL, 0), job->host,
                job->port, NULL, NULL, WININET_HTTP, 0, 0);
    void *request = HttpOpenRequestW(connection, verb(job), job->path, NULL, NULL, NULL,
            WININET_SECURE | WININET_NO_CACHE | WININET_KEEP, 0);
    DWORD error = ask_wininet(job, request);
    InternetCloseHandle(request);
    return error;
}

/* Bytes that differ from record to record; tests/interop/web makes the same. */
static void fill(struct run *body, DWORD size)
{
    for (DWORD i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)(i * 7 + i / 251);
        run_add(body, &byte, 1);
    }
}

static void print_answer(const struct job *job)
{
    BYTE digest[32];
    DWORD size = sizeof digest;

    if (!CryptHashCertificate(
                0, CALG_SHA_256, 0, job->answer.data, job->answer.size, digest, &size))
        fail("CryptHashCertificate", GetLastError());
    printf("HTTP %lu %lu ", job->status, job->answer.size);
    for (DWORD i = 0; i < size; i++)
        printf("%02x", digest[i]);
    printf("\n");
    fflush(stdout);
}

static PCCERT_CONTEXT own_certificate(void)
{
    const WCHAR *given = option(L"given", NULL), *stored = option(L"stored", NULL);

    return stored ? certificate_from_my(stored, FALSE) : given ? certificate_load(given, FALSE) : NULL;
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    struct job job = {0};
    DWORD error = 0;

    if (argc < 4) {
        fprintf(stderr, "usage: webget PORT winhttp|wininet trust=FILE [NAME=VALUE...]\n");
        return 3;
    }
    arg_count = argc;
    arg_values = argv;
    certificate_trust(option(L"trust", L""));
    job.port = (WORD)_wtoi(argv[1]);
    job.host = option(L"host", L"localhost");
    job.certificate = own_certificate();
    swprintf(job.path, ARRAYSIZE(job.path), L"/%ls", option(L"get", L""));
    fill(&job.body, (DWORD)_wtoi(option(L"post", L"0")));
    for (int n = _wtoi(option(L"times", L"1")); n && !error; n--) {
        run_drop(&job.answer, job.answer.size);
        error = (wcscmp(argv[2], L"wininet") ? by_winhttp : by_wininet)(&job);
        if (!error)
            print_answer(&job);
    }
    if (error)
        printf("refused %lu\n", error);
    return error != 0;
}
