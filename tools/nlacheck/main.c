/* The order of things; each step says what it found. */
#include "nlacheck.h"

static int check(const struct arguments *a, struct peer *p, struct login *l)
{
    ULONG protocol = 0;
    int result = peer_open(p, a->host, a->port);

    if (!result)
        result = x224_negotiate(p, a->mode, &protocol);
    if (!result)
        result = login_run(l, p, a);
    if (!result && protocol == PROTOCOL_HYBRID_EX)
        result = authorization_read(l, p);
    if (!result && !a->auth_only)
        result = mcs_connect(l, p, protocol);
    if (!result)
        step(L"result", a->auth_only ? L"logged in, as far as NLA goes" : L"logged in");
    return result;
}

static int check_once(const struct arguments *a, enum report how)
{
    struct peer peer = {.socket = INVALID_SOCKET, .traced = a->trace};
    struct login login = {0};

    report_begin(how);
    int result = check(a, &peer, &login);
    login_end(&login);
    peer_close(&peer);
    report_end(result);
    return result;
}

static int check_repeatedly(const struct arguments *a)
{
    ULONGLONG start = GetTickCount64();
    DWORD counts[4] = {0};
    int worst = EXIT_LOGGED_IN;

    for (DWORD i = 1; i <= a->repeat; i++) {
        int result = check_once(a, a->json ? REPORT_JSON : REPORT_RESULTS);
        counts[result & 3]++;
        worst = result > worst ? result : worst;
        report_progress(i, a->repeat, counts);
    }
    report_sum(a->json, a->repeat, counts, GetTickCount64() - start);
    return worst;
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    struct arguments arguments;
    WSADATA data;

    int result = arguments_parse(argc, argv, &arguments);
    if (!result && WSAStartup(MAKEWORD(2, 2), &data))
        result = trouble(L"Winsock does not start");
    else if (!result && arguments.version)
        result = version_show();
    else if (!result && arguments.repeat)
        result = check_repeatedly(&arguments);
    else if (!result)
        result = check_once(&arguments, arguments.json ? REPORT_JSON : REPORT_STEPS);
    SecureZeroMemory(&arguments, sizeof arguments);
    return result;
}
