/* The command line, and the password from wherever it comes. */
#include "nlacheck.h"
#include <stdio.h>

static int usage(const WCHAR *problem)
{
    if (problem)
        fwprintf(stderr, L"nlacheck: %ls\n", problem);
    fputws(L"nlacheck HOST[:PORT] /u:USER [/d:DOMAIN] [/p:PASSWORD | /p-stdin]\n"
           L"nlacheck HOST[:PORT] /saved\n"
           L"nlacheck /version\n"
           L"Tries an NLA login to an RDP server. Without /p: and /p-stdin it asks for the "
           L"password.\n"
           L"/p-stdin reads one line of UTF-8; an empty one is an empty password, as /p: alone is. "
           L"USER may be DOMAIN\\USER. An IPv6 address stands in [ ].\n"
           L"/saved             the credentials that Credential Manager has for the server\n"
           L"/restricted-admin  delegates nothing; the server must offer that mode\n"
           L"/remote-guard      Remote Credential Guard instead of delegation\n"
           L"/spn:SPN           the target's name, instead of TERMSRV/HOST\n"
           L"/package:LIST      packages that may be used inside, as \"ntlm\" or \"!ntlm\"\n"
           L"/auth-only         stops when NLA is done, before MCS\n"
           L"/trace             what goes over the wire: kinds and sizes of messages\n"
           L"/repeat:N          N logins one after the other, and their sum\n"
           L"/json              one JSON object a login\n"
           L"/version           this program, its secur32 and packages\n"
           L"Exit code: 0 logged in, 1 refused, 2 usage, 3 network or protocol trouble; of several "
           L"logins the highest.\n",
            stderr);
    return EXIT_USAGE;
}

static BOOL copy(WCHAR *out, size_t capacity, const WCHAR *from, size_t size)
{
    if (size >= capacity)
        return FALSE;
    memcpy(out, from, size * sizeof *out);
    out[size] = 0;
    return TRUE;
}

/* HOST, HOST:PORT, [IPV6]:PORT; a bare IPv6 address has more than one colon. */
static BOOL parse_host(struct arguments *a, const WCHAR *text)
{
    const WCHAR *host = text, *colon = wcsrchr(text, L':');
    size_t size = wcslen(text);

    wcscpy(a->port, L"3389");
    if (*text == L'[') {
        host++;
        size = wcscspn(host, L"]");
        if (host[size] != L']')
            return FALSE;
        colon = host[size + 1] == L':' ? host + size + 1 : NULL;
    } else if (colon && wcschr(text, L':') == colon) {
        size = (size_t)(colon - text);
    } else {
        colon = NULL;
    }
    if (colon && !copy(a->port, ARRAYSIZE(a->port), colon + 1, wcslen(colon + 1)))
        return FALSE;
    return size && a->port[0] && copy(a->host, ARRAYSIZE(a->host), host, size);
}

static BOOL parse_user(struct arguments *a, const WCHAR *text)
{
    const WCHAR *backslash = wcschr(text, L'\\');

    if (backslash && !copy(a->domain, TEXT_MAX, text, (size_t)(backslash - text)))
        return FALSE;
    text = backslash ? backslash + 1 : text;
    return copy(a->user, TEXT_MAX, text, wcslen(text));
}

/* One line as far as its end or the input's; the end is not counted. FALSE: no line, or one that is
 * too long. */
static BOOL read_bytes(char *line, DWORD capacity, DWORD *size)
{
    HANDLE in = GetStdHandle(STD_INPUT_HANDLE);
    DWORD got;

    for (*size = 0; *size < capacity; ++*size) {
        if (!ReadFile(in, line + *size, 1, &got, NULL) || !got)
            return *size > 0;
        if (line[*size] == '\n')
            break;
    }
    return *size < capacity;
}

static BOOL read_line(WCHAR *password)
{
    char line[TEXT_MAX];
    DWORD size = 0;
    int units = 0;
    BOOL ok = read_bytes(line, sizeof line, &size);

    if (size && line[size - 1] == '\r')
        size--;
    if (ok && size)
        units = MultiByteToWideChar(
                CP_UTF8, MB_ERR_INVALID_CHARS, line, (int)size, password, TEXT_MAX - 1);
    password[units] = 0;
    SecureZeroMemory(line, sizeof line);
    return ok && (units || !size);
}

static BOOL ask(WCHAR *password)
{
    HANDLE in = GetStdHandle(STD_INPUT_HANDLE);
    DWORD mode, got = 0;

    if (!GetConsoleMode(in, &mode))
        return FALSE;
    fwprintf(stderr, L"Password: ");
    SetConsoleMode(in, mode & ~(DWORD)ENABLE_ECHO_INPUT);
    BOOL ok = ReadConsoleW(in, password, TEXT_MAX - 1, &got, NULL);
    SetConsoleMode(in, mode);
    fwprintf(stderr, L"\n");
    /* Without its end it is not the whole password: a part of one is never tried. */
    ok = ok && got && (password[got - 1] == L'\n' || password[got - 1] == L'\r');
    while (got && (password[got - 1] == L'\n' || password[got - 1] == L'\r'))
        got--;
    password[got] = 0;
    return ok;
}

/* Two passwords are one too many: which one is meant, nobody could tell from the result. */
static BOOL take_password(struct arguments *a, const WCHAR *text, BOOL *has_password)
{
    if (*has_password)
        return FALSE;
    *has_password = TRUE;
    return text ? copy(a->password, TEXT_MAX, text, wcslen(text)) : read_line(a->password);
}

/* What stands for itself. */
static BOOL parse_flag(struct arguments *a, const WCHAR *argument)
{
    struct {
        const WCHAR *name;
        BOOL *flag;
    } flags[] = {{L"/saved", &a->saved}, {L"/auth-only", &a->auth_only}, {L"/trace", &a->trace},
            {L"/json", &a->json}, {L"/version", &a->version}};

    for (unsigned i = 0; i < ARRAYSIZE(flags); i++)
        if (!_wcsicmp(argument, flags[i].name))
            return *flags[i].flag = TRUE;
    return FALSE;
}

/* Two modes are one too many. */
static BOOL parse_mode(struct arguments *a, const WCHAR *argument)
{
    enum mode mode = !_wcsicmp(argument, L"/restricted-admin") ? MODE_RESTRICTED_ADMIN
                     : !_wcsicmp(argument, L"/remote-guard")   ? MODE_REMOTE_GUARD
                                                               : MODE_PASSWORD;
    if (mode == MODE_PASSWORD || a->mode != MODE_PASSWORD)
        return FALSE;
    a->mode = mode;
    return TRUE;
}

static BOOL parse_repeat(struct arguments *a, const WCHAR *value)
{
    WCHAR *end;
    unsigned long n = wcstoul(value, &end, 10);

    a->repeat = n;
    return *value >= L'0' && *value <= L'9' && !*end && n >= 1 && n <= 1000000;
}

static int parse_one(struct arguments *a, const WCHAR *argument, BOOL *has_password)
{
    BOOL ok;

    if (parse_flag(a, argument) || parse_mode(a, argument))
        return 0;
    if (!_wcsnicmp(argument, L"/u:", 3))
        ok = parse_user(a, argument + 3);
    else if (!_wcsnicmp(argument, L"/d:", 3))
        ok = copy(a->domain, TEXT_MAX, argument + 3, wcslen(argument + 3));
    else if (!_wcsnicmp(argument, L"/p:", 3))
        ok = take_password(a, argument + 3, has_password);
    else if (!_wcsicmp(argument, L"/p-stdin"))
        ok = take_password(a, NULL, has_password);
    else if (!_wcsnicmp(argument, L"/spn:", 5))
        ok = argument[5] && copy(a->target, TEXT_MAX, argument + 5, wcslen(argument + 5));
    else if (!_wcsnicmp(argument, L"/package:", 9))
        ok = argument[9] && copy(a->packages, TEXT_MAX, argument + 9, wcslen(argument + 9));
    else if (!_wcsnicmp(argument, L"/repeat:", 8))
        ok = parse_repeat(a, argument + 8);
    else
        return usage(L"unknown argument, or a second mode");
    return ok ? 0
              : usage(L"an argument is empty, too long, not UTF-8, a second password, an input "
                      L"without a line, or no number from 1 to 1000000");
}

/* Who logs in: somebody, or whoever is saved, not both. */
static int check_user(struct arguments *a, BOOL has_password)
{
    if (a->saved) {
        if (a->user[0] || a->domain[0] || has_password || a->packages[0])
            return usage(L"/saved takes what is saved: no /u:, /d:, /p:, /p-stdin and /package:");
        return 0;
    }
    if (!a->user[0])
        return usage(L"/u:USER is missing");
    if (!has_password && !ask(a->password))
        return usage(L"no password, or one that is too long: give /p:PASSWORD or /p-stdin");
    return 0;
}

int arguments_parse(int argc, WCHAR **argv, struct arguments *a)
{
    BOOL has_password = FALSE;
    int result = 0;

    memset(a, 0, sizeof *a);
    if (argc == 2 && parse_flag(a, argv[1]) && a->version)
        return 0;
    memset(a, 0, sizeof *a);
    if (argc < 2)
        return usage(NULL);
    if (!parse_host(a, argv[1]))
        return usage(L"the first argument is the host, as HOST or HOST:PORT");
    for (int i = 2; i < argc && !result; i++)
        result = parse_one(a, argv[i], &has_password);
    if (!result && a->version)
        result = usage(L"/version stands alone");
    if (!result && !a->target[0])
        wcscat(wcscpy(a->target, L"TERMSRV/"), a->host);
    return result ? result : check_user(a, has_password);
}
