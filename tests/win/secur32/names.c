/* GetUserNameEx, GetComputerObjectName: their pages; Wine's secur32.c. */
#include "../sspi_test.h"

static BOOLEAN user_name(EXTENDED_NAME_FORMAT format, void *buffer, ULONG *size)
{
    SetLastError(STALE);
    return ansi ? GetUserNameExA(format, buffer, size) : GetUserNameExW(format, buffer, size);
}

static BOOLEAN computer_name(EXTENDED_NAME_FORMAT format, void *buffer, ULONG *size)
{
    SetLastError(STALE);
    return ansi ? GetComputerObjectNameA(format, buffer, size)
                : GetComputerObjectNameW(format, buffer, size);
}

static ULONG units(const void *text)
{
    return ansi ? strlen(text) : wcslen(text);
}

/* "Buffer too small: FALSE with ERROR_MORE_DATA, size needed with the NUL, buffer untouched.
 * Success: size without it." */
static void check_sizes(BOOLEAN (*name)(EXTENDED_NAME_FORMAT, void *, ULONG *),
        EXTENDED_NAME_FORMAT format, DWORD too_small)
{
    WCHAR buffer[300], untouched[300];
    ULONG needed = 0, size;

    ok(!name(format, NULL, &needed), "format %d\n", format);
    ok(GetLastError() == too_small, "error %lu\n", GetLastError());
    ok(needed > 1 && needed < 300, "size %lu\n", needed);
    memset(buffer, 0xAA, sizeof(buffer));
    memcpy(untouched, buffer, sizeof(buffer));
    size = needed - 1;
    ok(!name(format, buffer, &size), "one too small\n");
    ok(GetLastError() == too_small, "error %lu\n", GetLastError());
    ok(size == needed, "size %lu, not %lu\n", size, needed);
    ok(!memcmp(buffer, untouched, sizeof(buffer)), "buffer touched\n");
    size = needed;
    ok(name(format, buffer, &size), "just enough: %lu\n", GetLastError());
    ok(size == needed - 1 && units(buffer) == size, "size %lu of %lu\n", size, needed);
}

static void test_user(void)
{
    WCHAR text[300], user[300];
    ULONG size = ARRAY_SIZE(text), user_size = ARRAY_SIZE(user);

    check_sizes(user_name, NameSamCompatible, ERROR_MORE_DATA);
    ok(GetUserNameExW(NameSamCompatible, text, &size), "%lu\n", GetLastError());
    GetUserNameW(user, &user_size);
    ok(wcschr(text, '\\') && !wcscmp(wcschr(text, '\\') + 1, user), "%ls is not of %ls\n", text,
            user);
    size = 0;
    ok(!user_name(NameUnknown, NULL, &size), "NameUnknown\n");
    ok(GetLastError() == ERROR_NO_SUCH_USER || GetLastError() == ERROR_NONE_MAPPED, "error %lu\n",
            GetLastError());
}

/* A and W say the same. */
static void test_same(void)
{
    WCHAR w[300];
    char a[300];
    ULONG w_size = ARRAY_SIZE(w), a_size = ARRAY_SIZE(a);

    ok(GetUserNameExW(NameSamCompatible, w, &w_size) &&
                    GetUserNameExA(NameSamCompatible, a, &a_size),
            "names\n");
    ok(!strcmp(narrow(w), a), "%s is not %ls\n", a, w);
}

static void test_computer(void)
{
    static const EXTENDED_NAME_FORMAT formats[] = {NameFullyQualifiedDN, NameSamCompatible,
            NameDisplay, NameUniqueId, NameCanonical, NameUserPrincipal, NameCanonicalEx,
            NameServicePrincipal, NameDnsDomain};
    ULONG size = 0;
    int i;

    ok(!computer_name(NameUnknown, NULL, &size), "NameUnknown\n");
    ok(GetLastError() == ERROR_INVALID_PARAMETER, "error %lu\n", GetLastError());
    for (i = 0; i < ARRAY_SIZE(formats); i++) {
        DWORD error;
        size = 0;
        ok(!computer_name(formats[i], NULL, &size), "format %d\n", formats[i]);
        error = GetLastError();
        /* Outside a domain there is nothing to say; the codes that Wine's tests saw on Windows */
        ok(error == ERROR_NONE_MAPPED || error == ERROR_NO_SUCH_USER ||
                        error == ERROR_CANT_ACCESS_DOMAIN_INFO ||
                        error == ERROR_INSUFFICIENT_BUFFER ||
                        broken(error == 11001 /* WSAHOST_NOT_FOUND */),
                "format %d: error %lu\n", formats[i], error);
        if (error == ERROR_INSUFFICIENT_BUFFER)
            check_sizes(computer_name, formats[i], ERROR_INSUFFICIENT_BUFFER);
    }
}

/* "TranslateName function": a name that nobody has. */
static void test_translate(void)
{
    WCHAR text[300];
    ULONG size = ARRAY_SIZE(text);
    BOOLEAN done =
            ansi ? TranslateNameA(
                           "NOWHERE\\nobody", NameSamCompatible, NameDisplay, (char *)text, &size)
                 : TranslateNameW(L"NOWHERE\\nobody", NameSamCompatible, NameDisplay, text, &size);
    ok(!done, "translated\n");
}

static void all_tests(void)
{
    test_user();
    test_computer();
    test_translate();
}

START_TEST(names)
{
    as_w_and_a(all_tests);
    test_same();
}
