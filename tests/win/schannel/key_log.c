/* Secrets go to a file only if HKLM\Software\opensspi, TlsKeyLogFile, names one; SSLKEYLOGFILE and
 * GnuTLS's own variables do nothing. The format: draft-ietf-tls-keylogfile 2. */
#include "pair.h"
#include <aclapi.h>
#include <sddl.h>

static WCHAR ours[MAX_PATH], theirs[MAX_PATH];

static void set_path(const WCHAR *path)
{
    HKEY key;
    ok(!RegCreateKeyExW(HKEY_LOCAL_MACHINE, L"Software\\opensspi", 0, NULL, 0,
               KEY_ALL_ACCESS | KEY_WOW64_64KEY, NULL, &key, NULL),
            "key\n");
    if (path)
        RegSetValueExW(key, L"TlsKeyLogFile", 0, REG_SZ, (const BYTE *)path,
                (lstrlenW(path) + 1) * sizeof(*path));
    else
        RegDeleteValueW(key, L"TlsKeyLogFile");
    RegCloseKey(key);
}

/* How often the file has a line with LABEL, 64 hex digits and HEX hex digits more; -1: no file. */
static int lines_of(const WCHAR *path, const char *label, size_t hex)
{
    static char text[20000];
    DWORD size = 0;
    int count = 0;
    HANDLE file = CreateFileW(
            path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return -1;
    ReadFile(file, text, sizeof(text) - 1, &size, NULL);
    CloseHandle(file);
    text[size] = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        size_t label_size = strlen(label);
        if (strncmp(line, label, label_size) || line[label_size] != ' ')
            continue;
        char *random = line + label_size + 1, *secret = random + 65;
        count += strspn(random, "0123456789abcdef") == 64 && random[64] == ' ' &&
                 strspn(secret, "0123456789abcdef") == hex && !secret[hex];
    }
    return count;
}

static void handshake(DWORD client, DWORD server)
{
    struct options o = {client, server, SCH_CRED_MANUAL_CRED_VALIDATION};
    struct pair p;
    pair_open(&p, &o);
    ok(p.client_status == SEC_E_OK && p.server_status == SEC_E_OK, "%08lx %08lx\n", p.client_status,
            p.server_status);
    pair_close(&p);
}

/* An empty file at PATH: its owner's, and everybody may read it or not (SDDL; Wine knows no OW, the owner's rights, and
 * takes no right away later). */
static void make_file(const WCHAR *path, BOOL everybody)
{
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes)};
    BYTE user[200];
    DWORD size = sizeof(user);
    WCHAR sddl[300], *sid = NULL;
    HANDLE token, file;
    ok(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) &&
                    GetTokenInformation(token, TokenUser, user, sizeof(user), &size) &&
                    ConvertSidToStringSidW(((TOKEN_USER *)user)->User.Sid, &sid), "user %lu\n", GetLastError());
    wsprintfW(sddl, L"D:P(A;;FA;;;%s)%s", sid, everybody ? L"(A;;FR;;;WD)" : L"");
    ok(ConvertStringSecurityDescriptorToSecurityDescriptorW(
               sddl, SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL), "SDDL %lu\n", GetLastError());
    DeleteFileW(path);
    file = CreateFileW(path, GENERIC_WRITE, 0, &attributes, CREATE_NEW, 0, NULL);
    ok(file != INVALID_HANDLE_VALUE, "%lu\n", GetLastError());
    CloseHandle(file);
    CloseHandle(token);
    LocalFree(sid);
    LocalFree(attributes.lpSecurityDescriptor);
}

/* How many entries of PATH's DACL let somebody else than its owner, the system and administrators at it. */
static int strangers(const WCHAR *path)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PSID owner = NULL;
    PACL acl = NULL;
    int count = 0;
    DWORD error = GetNamedSecurityInfoW((WCHAR *)path, SE_FILE_OBJECT,
            OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner, NULL, &acl, NULL, &descriptor);
    ok(!error && acl && acl->AceCount, "access of the file: %lu\n", error);
    for (DWORD i = 0; !error && acl && i < acl->AceCount; i++) {
        ACCESS_ALLOWED_ACE *ace;
        GetAce(acl, i, (void **)&ace);
        count += ace->Header.AceType == ACCESS_ALLOWED_ACE_TYPE && !EqualSid(&ace->SidStart, owner) &&
                 !IsWellKnownSid(&ace->SidStart, WinLocalSystemSid) &&
                 !IsWellKnownSid(&ace->SidStart, WinBuiltinAdministratorsSid);
    }
    LocalFree(descriptor);
    return count;
}

/* Whoever reads it can decrypt: it is made for its owner alone, and one that others can read gets nothing. README,
 * "Settings". */
static void test_access(void)
{
    DeleteFileW(ours);
    set_path(ours);
    handshake(SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_2_SERVER);
    ok(lines_of(ours, "CLIENT_RANDOM", 96) == 2, "%d\n", lines_of(ours, "CLIENT_RANDOM", 96));
    ok(!strangers(ours), "%d others can read it\n", strangers(ours));
    make_file(ours, TRUE);
    handshake(SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_2_SERVER);
    ok(lines_of(ours, "CLIENT_RANDOM", 96) == 0, "written where others can read\n");
    make_file(ours, FALSE);
    handshake(SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_2_SERVER);
    ok(lines_of(ours, "CLIENT_RANDOM", 96) == 2, "%d\n", lines_of(ours, "CLIENT_RANDOM", 96));
    set_path(NULL);
    DeleteFileW(ours);
}

static void all_tests(void)
{
    test_access();
    DeleteFileW(ours);
    DeleteFileW(theirs);
    handshake(SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_2_SERVER);
    handshake(0, 0);
    ok(lines_of(ours, "CLIENT_RANDOM", 96) == -1, "written without being asked\n");
    set_path(ours);
    handshake(SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_2_SERVER);
    ok(lines_of(ours, "CLIENT_RANDOM", 96) == 2, "one of each side: %d\n",
            lines_of(ours, "CLIENT_RANDOM", 96));
    handshake(0, 0);
    /* The hash of the suite: SHA-384, with ChaCha20-Poly1305 (32 bits) SHA-256 */
    size_t hex = gcm_first() ? 96 : 64;
    ok(lines_of(ours, "CLIENT_TRAFFIC_SECRET_0", hex) == 2, "client's secret\n");
    ok(lines_of(ours, "SERVER_HANDSHAKE_TRAFFIC_SECRET", hex) == 2, "server's secret\n");
    ok(lines_of(ours, "CLIENT_RANDOM", 96) == 2, "no more of TLS 1.2\n");
    set_path(NULL);
    handshake(SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_2_SERVER);
    ok(lines_of(ours, "CLIENT_RANDOM", 96) == 2, "switched off\n");
    ok(lines_of(theirs, "CLIENT_RANDOM", 96) == -1, "SSLKEYLOGFILE\n");
    DeleteFileW(ours);
}

START_TEST(key_log)
{
    GetTempPathW(MAX_PATH, ours);
    lstrcpyW(theirs, ours);
    lstrcatW(ours, L"opensspi-key-log.txt");
    lstrcatW(theirs, L"opensspi-sslkeylogfile.txt");
    SetEnvironmentVariableW(L"SSLKEYLOGFILE", theirs);
    SetEnvironmentVariableW(L"GNUTLS_SYSTEM_PRIORITY_FILE", L"C:\\nothing");
    SetEnvironmentVariableW(L"GNUTLS_DEBUG_LEVEL", L"9");
    pair_setup();
    pair_as_w_and_a(all_tests);
}
