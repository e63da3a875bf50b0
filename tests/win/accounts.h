/* Accounts that logins of the tests use: opensspi's own store, written here as libs/ssp/accounts.h
 * describes it, at a path of our own in HKLM\Software\opensspi. On Windows there is no such store:
 * good_identity() is then NULL, the logged-on user, and tests of named accounts are skipped. */
#ifndef TESTS_WIN_ACCOUNTS_H
#define TESTS_WIN_ACCOUNTS_H

#include "sspi_test.h"
#include <sddl.h>

static struct {
    char path[MAX_PATH];
    WCHAR former[MAX_PATH]; /* the registry value that was there */
    BOOL had;
} store;

static HKEY store_key(void)
{
    HKEY key = NULL;
    LONG error = RegCreateKeyExA(HKEY_LOCAL_MACHINE, "Software\\opensspi", 0, NULL, 0,
            KEY_ALL_ACCESS | KEY_WOW64_64KEY, NULL, &key, NULL);
    ok(!error, "HKLM\\Software\\opensspi: %ld\n", error);
    return key;
}

/* MD4 of the password in UTF-16LE ([MS-NLMP] 3.3.1, NTOWFv1), as advapi32's SystemFunction007 does
 * it. */
static void nt_hash(const WCHAR *password, BYTE hash[16])
{
    UNICODE_STRING text = {
            wcslen(password) * sizeof(WCHAR), wcslen(password) * sizeof(WCHAR), (WCHAR *)password};
    LONG(WINAPI * function)
    (const UNICODE_STRING *, BYTE *) =
            (void *)GetProcAddress(LoadLibraryA("advapi32.dll"), "SystemFunction007");
    ok(!function(&text, hash), "SystemFunction007\n");
}

static void store_delete(void)
{
    BOOL done = DeleteFileA(store.path);
    DWORD error = GetLastError();
    ok(done || error == ERROR_FILE_NOT_FOUND, "%s: %lu\n", store.path, error);
}

/* The SID of this process's user, as SDDL has it: Wine knows no OW, the owner's rights. */
static char *own_sid(void)
{
    static char *text;
    BYTE user[200];
    DWORD size = sizeof(user);
    HANDLE token;

    if (!text && OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) {
        GetTokenInformation(token, TokenUser, user, sizeof(user), &size);
        ConvertSidToStringSidA(((TOKEN_USER *)user)->User.Sid, &text);
        CloseHandle(token);
    }
    return text;
}

static HANDLE store_create(const char *others)
{
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes)};
    char sddl[300];
    HANDLE file;

    sprintf(sddl, "D:P(A;;FA;;;%s)%s", own_sid(), others);
    ok(ConvertStringSecurityDescriptorToSecurityDescriptorA(
               sddl, SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL),
            "SDDL %lu\n", GetLastError());
    store_delete();
    file = CreateFileA(
            store.path, GENERIC_READ | GENERIC_WRITE, 0, &attributes, CREATE_ALWAYS, 0, NULL);
    ok(file != INVALID_HANDLE_VALUE, "%s: %lu\n", store.path, GetLastError());
    LocalFree(attributes.lpSecurityDescriptor);
    return file;
}

struct account {
    const WCHAR *user, *domain, *password;
};

/* The whole file, for this user and, in SDDL, OTHERS. */
static void store_write(const struct account *accounts, int count, const char *others)
{
    char line[700], user[300], domain[300];
    BYTE hash[16];
    DWORD done;
    HANDLE file = store_create(others);
    int i, k, n;

    for (i = 0; i < count; i++) {
        WideCharToMultiByte(CP_UTF8, 0, accounts[i].user, -1, user, sizeof(user), NULL, NULL);
        WideCharToMultiByte(CP_UTF8, 0, accounts[i].domain, -1, domain, sizeof(domain), NULL, NULL);
        nt_hash(accounts[i].password, hash);
        n = sprintf(line, "%s:%s::", user, domain);
        for (k = 0; k < 16; k++)
            n += sprintf(line + n, "%02X", hash[k]);
        n += sprintf(line + n, ":::\n");
        WriteFile(file, line, n, &done, NULL);
    }
    CloseHandle(file);
}

#define PRIVATE_FILE  ""
#define READABLE_FILE "(A;;FR;;;WD)"

#define NON_ASCII L"J\x00fcrgen" /* in the code pages of western Europe */
#define NON_ASCII_PASSWORD                                                                         \
    L"Gr\x00fc\x00df"                                                                              \
    L"e-\x00e9t\x00e9"

static const struct account accounts[] = {
        {L"alice", L"", L"Wonder-Land1"},
        {L"bob", L"BUILDERS", L"CanWe?Fix"},
        {NON_ASCII, L"", NON_ASCII_PASSWORD},
};

/* What a server says of the user of an account of no domain: it is this machine's own, so Windows shows
 * it as the name of its SID, "COMPUTER\user" (LookupAccountSid of an account of the local SAM),
 * whatever domain the client named. */
static const WCHAR *own_account(const WCHAR *user)
{
    static WCHAR name[300];
    DWORD size = MAX_COMPUTERNAME_LENGTH + 1;

    ok(GetComputerNameW(name, &size), "no computer name: %lu\n", GetLastError());
    wcscat(wcscat(name, L"\\"), user);
    return name;
}

/* Once, before the tests of a program; FALSE: not opensspi. */
static BOOL store_open(void)
{
    DWORD size = sizeof(store.former);
    WCHAR path[MAX_PATH];
    HKEY key;

    if (!is_opensspi())
        return FALSE;
    GetTempPathA(MAX_PATH - 30, store.path);
    sprintf(store.path + strlen(store.path), "opensspi-test-%lu", GetCurrentProcessId());
    store_write(accounts, ARRAY_SIZE(accounts), PRIVATE_FILE);
    key = store_key();
    store.had = !RegQueryValueExW(key, L"Accounts", NULL, NULL, (BYTE *)store.former, &size);
    MultiByteToWideChar(CP_ACP, 0, store.path, -1, path, MAX_PATH);
    RegSetValueExW(key, L"Accounts", 0, REG_SZ, (BYTE *)path, (wcslen(path) + 1) * sizeof(WCHAR));
    RegCloseKey(key);
    return TRUE;
}

static void store_close(void)
{
    HKEY key;

    if (!is_opensspi())
        return;
    key = store_key();
    if (store.had)
        RegSetValueExW(key, L"Accounts", 0, REG_SZ, (BYTE *)store.former,
                (wcslen(store.former) + 1) * sizeof(WCHAR));
    else
        RegDeleteValueW(key, L"Accounts");
    RegCloseKey(key);
    store_delete();
}

/* An identity that the server accepts: alice, or on Windows whoever is logged on (NULL). */
static void *good_identity(void)
{
    static union identity id;
    return is_opensspi() ? make_identity(&id, FORM_PLAIN, L"alice", L"WONDERLAND", L"Wonder-Land1")
                         : NULL;
}

#endif
