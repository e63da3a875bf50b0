/* Passwords from whoever runs a tool. */
#include "ssp/ask.h"
#include <stdio.h>
#include <windows.h>
#include "base/utf16.h"

static enum status read_console(HANDLE in, struct blob *out)
{
    WCHAR line[ASK_PASSWORD_MAX];
    DWORD mode, got = 0;

    fprintf(stderr, "Password: ");
    GetConsoleMode(in, &mode);
    SetConsoleMode(in, mode & ~(DWORD)ENABLE_ECHO_INPUT);
    BOOL ok = ReadConsoleW(in, line, ASK_PASSWORD_MAX, &got, NULL);
    SetConsoleMode(in, mode);
    fprintf(stderr, "\n");
    /* Without its end it is not the whole password: a part of one would be another. */
    ok = ok && got && (line[got - 1] == L'\n' || line[got - 1] == L'\r');
    while (got && (line[got - 1] == L'\n' || line[got - 1] == L'\r'))
        got--;
    enum status s = ok ? blob_set(out, bytes_of(line, got * sizeof *line)) : ST_BAD_ARGUMENT;
    wipe(line, sizeof line);
    return s;
}

static enum status read_stream(HANDLE in, struct blob *out)
{
    uint8_t line[ASK_PASSWORD_MAX];
    DWORD size = 0, got;

    while (size < sizeof line && ReadFile(in, line + size, 1, &got, NULL) && got &&
            line[size] != '\n')
        size++;
    while (size && line[size - 1] == '\r')
        size--;
    enum status s =
            size < sizeof line ? utf16_from_utf8(bytes_of(line, size), out) : ST_BAD_ARGUMENT;
    wipe(line, sizeof line);
    return s;
}

enum status ask_password(struct blob *out)
{
    HANDLE in = GetStdHandle(STD_INPUT_HANDLE);
    DWORD mode;
    return GetConsoleMode(in, &mode) ? read_console(in, out) : read_stream(in, out);
}
