/* What nlaserver says, and counts. */
#include "nlaserver.h"
#include <stdarg.h>
#include <stdio.h>

static SRWLOCK lock = SRWLOCK_INIT; /* of the output */
static volatile LONG outcomes[OUTCOMES], present, most;

/* Names come from clients: no control of the terminal, no line of its own, nothing that hides or
 * turns round what stands beside it. */
static BOOL steers(WCHAR c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

void say(const WCHAR *format, ...)
{
    WCHAR text[4 * TEXT_MAX];
    char utf8[3 * ARRAYSIZE(text)];
    va_list arguments;

    va_start(arguments, format);
    _vsnwprintf(text, ARRAYSIZE(text) - 1, format, arguments);
    va_end(arguments);
    text[ARRAYSIZE(text) - 1] = 0;
    for (WCHAR *c = text; *c; c++)
        if (steers(*c))
            *c = L'?';
    WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL);
    AcquireSRWLockExclusive(&lock);
    printf("%s\n", utf8);
    fflush(stdout);
    ReleaseSRWLockExclusive(&lock);
}

int trouble(const char *what, ULONG code)
{
    fprintf(stderr, "nlaserver: %s: 0x%08lX %s\n", what, code, status_name((SECURITY_STATUS)code));
    return EXIT_TROUBLE;
}

const char *status_name(SECURITY_STATUS status)
{
    static const struct {
        SECURITY_STATUS status;
        const char *name;
    } names[] = {
            {SEC_E_LOGON_DENIED, "SEC_E_LOGON_DENIED"},
            {SEC_E_NO_AUTHENTICATING_AUTHORITY, "SEC_E_NO_AUTHENTICATING_AUTHORITY"},
            {SEC_E_INVALID_TOKEN, "SEC_E_INVALID_TOKEN"},
            {SEC_E_MESSAGE_ALTERED, "SEC_E_MESSAGE_ALTERED"},
            {SEC_E_DECRYPT_FAILURE, "SEC_E_DECRYPT_FAILURE"},
            {SEC_E_ILLEGAL_MESSAGE, "SEC_E_ILLEGAL_MESSAGE"},
            {SEC_E_ALGORITHM_MISMATCH, "SEC_E_ALGORITHM_MISMATCH"},
            {SEC_E_BAD_BINDINGS, "SEC_E_BAD_BINDINGS"},
            {SEC_E_CONTEXT_EXPIRED, "SEC_E_CONTEXT_EXPIRED"},
            {SEC_I_CONTEXT_EXPIRED, "SEC_I_CONTEXT_EXPIRED"},
            {SEC_E_NO_CREDENTIALS, "SEC_E_NO_CREDENTIALS"},
            {SEC_E_UNKNOWN_CREDENTIALS, "SEC_E_UNKNOWN_CREDENTIALS"},
            {SEC_E_SECPKG_NOT_FOUND, "SEC_E_SECPKG_NOT_FOUND"},
            {SEC_E_UNSUPPORTED_FUNCTION, "SEC_E_UNSUPPORTED_FUNCTION"},
            {SEC_E_INSUFFICIENT_MEMORY, "SEC_E_INSUFFICIENT_MEMORY"},
            {SEC_E_INTERNAL_ERROR, "SEC_E_INTERNAL_ERROR"},
            {SEC_E_OUT_OF_SEQUENCE, "SEC_E_OUT_OF_SEQUENCE"},
            {SEC_E_UNTRUSTED_ROOT, "SEC_E_UNTRUSTED_ROOT"},
            {SEC_E_CERT_UNKNOWN, "SEC_E_CERT_UNKNOWN"},
    };
    for (size_t i = 0; i < ARRAYSIZE(names); i++)
        if (names[i].status == status)
            return names[i].name;
    return "";
}

void count(enum outcome outcome)
{
    InterlockedIncrement(&outcomes[outcome]);
}

void count_present(LONG step)
{
    LONG now = InterlockedExchangeAdd(&present, step) + step, before;

    while (now > (before = most))
        if (InterlockedCompareExchange(&most, now, before) == before)
            break;
}

void say_counts(void)
{
    say(L"end: %ld logged in, %ld refused, %ld broken, at most %ld at once", outcomes[LOGGED_IN],
            outcomes[REFUSED], outcomes[BROKEN], most);
}
