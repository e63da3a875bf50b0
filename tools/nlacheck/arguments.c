/* The command line, and the password from wherever it comes. */
#include "nlacheck.h"
#include <stdio.h>

static int usage(const WCHAR *problem)
{
    if (problem)
        fwprintf(stderr, L"nlacheck: %ls\n", problem);
    fwprintf(stderr,
            L"nlacheck HOST[:PORT] /u:USER [/d:DOMAIN] [/p:PASSWORD | /p-stdin]\n"
            L"Tries an NLA login to an RDP server. Without /p: and /p-stdin it asks for the "
            L"password.\n"
            L"/p-stdin reads one line of UTF-8; an empty one is an empty password, as /p: alone "
            L"is. "
            L"USER may be DOMAIN\\USER. An IPv6 address stands "
            L"in [ ].\n"
            L"Exit code: 0 logged in, 1 refused, 2 usage, 3 network or protocol trouble.\n");
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

static int parse_one(struct arguments *a, const WCHAR *text, BOOL *has_password)
{
    BOOL ok;

    if (!_wcsnicmp(text, L"/u:", 3))
        ok = parse_user(a, text + 3);
    else if (!_wcsnicmp(text, L"/d:", 3))
        ok = copy(a->domain, TEXT_MAX, text + 3, wcslen(text + 3));
    else if (!_wcsnicmp(text, L"/p:", 3))
        ok = take_password(a, text + 3, has_password);
    else if (!_wcsicmp(text, L"/p-stdin"))
        ok = take_password(a, NULL, has_password);
    else
        return usage(L"unknown argument");
    return ok ? 0
              : usage(L"an argument is too long, not UTF-8, a second password, or an input without "
                      L"a line");
}

int arguments_parse(int argc, WCHAR **argv, struct arguments *a)
{
    BOOL has_password = FALSE;
    int result = 0;

    memset(a, 0, sizeof *a);
    if (argc < 2)
        return usage(NULL);
    if (!parse_host(a, argv[1]))
        return usage(L"the first argument is the host, as HOST or HOST:PORT");
    for (int i = 2; i < argc && !result; i++)
        result = parse_one(a, argv[i], &has_password);
    if (result)
        return result;
    if (!a->user[0])
        return usage(L"/u:USER is missing");
    if (!has_password && !ask(a->password))
        return usage(L"no password, or one that is too long: give /p:PASSWORD or /p-stdin");
    return 0;
}
