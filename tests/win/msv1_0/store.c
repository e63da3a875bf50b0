/* opensspi's own account files: README, libs/ssp/accounts.h, dlls/msv1_0/authority.h. Nothing here
 * is about Windows, but that a login is refused with SEC_E_LOGON_DENIED whatever the reason and
 * SEC_E_NO_AUTHENTICATING_AUTHORITY when "the domain name of the authenticating party could be
 * wrong" (AcceptSecurityContext (NTLM)). */
#include "../accounts.h"
#include "../login.h"
#include "registry.h"

static SECURITY_STATUS log_in_as(const WCHAR *user, const WCHAR *domain, const WCHAR *password)
{
    static union identity id;
    struct login *l = calloc(1, sizeof(*l));
    SECURITY_STATUS status;

    l->identity = make_identity(&id, FORM_PLAIN, user, domain, password);
    login_run(l);
    status = l->server_status;
    login_close(l);
    free(l);
    return status;
}

static SECURITY_STATUS log_in(void)
{
    return log_in_as(L"alice", L"WONDERLAND", L"Wonder-Land1");
}

static void expect_at(int line, SECURITY_STATUS want, SECURITY_STATUS got, const char *words)
{
    ok_(__FILE__, line)(got == want, "%s: %08lx, not %08lx\n", words, got, want);
}
#define expect(want, got, words) expect_at(__LINE__, want, got, words)

static void test_readable(void)
{
    store_write(accounts, ARRAY_SIZE(accounts), READABLE_FILE);
    expect(SEC_E_NO_AUTHENTICATING_AUTHORITY, log_in(), "others can read it");
    store_write(accounts, ARRAY_SIZE(accounts), PRIVATE_FILE);
    expect(SEC_E_OK, log_in(), "private again");
}

/* The store is as it is now for each login. */
static void test_changes(void)
{
    static const struct account other = {L"alice", L"", L"Another1"},
                                twice[] = {{L"alice", L"ELSEWHERE", L"Another1"},
                                        {L"alice", L"", L"Wonder-Land1"}};

    store_write(&other, 1, PRIVATE_FILE);
    expect(SEC_E_LOGON_DENIED, log_in(), "another password now");
    store_write(twice, 2, PRIVATE_FILE);
    expect(SEC_E_OK, log_in(), "the account of the other domain is not meant");
    store_write(NULL, 0, PRIVATE_FILE);
    expect(SEC_E_LOGON_DENIED, log_in(), "no accounts");
}

static void test_missing(void)
{
    store_delete();
    expect(SEC_E_NO_AUTHENTICATING_AUTHORITY, log_in(), "no store");
    store_write(accounts, ARRAY_SIZE(accounts), PRIVATE_FILE);
}

static char *hash_text(const WCHAR *password)
{
    static char text[33];
    BYTE hash[16];
    int i;

    nt_hash(password, hash);
    for (i = 0; i < 16; i++)
        sprintf(text + 2 * i, "%02x", hash[i]);
    return text;
}

/* The file store.path with one line; %s in it becomes the hash of PASSWORD. */
static void store_line(const char *format, const WCHAR *password)
{
    char line[300];
    DWORD done;
    HANDLE file = store_create(PRIVATE_FILE);
    int n = sprintf(line, format, hash_text(password));

    WriteFile(file, line, n, &done, NULL);
    CloseHandle(file);
}

/* The right password of an account that may not log in, and a wrong one: the same code. */
static void test_states(void)
{
    static const struct {
        const char *line;
        SECURITY_STATUS status;
        const char *words;
    } rows[] = {
            {"alice:::%s:[U]::\n", SEC_E_OK, "flags of an ordinary account"},
            {"alice:::%s:[UD]::\n", SEC_E_LOGON_DENIED, "disabled"},
            {"alice:::%s:[UL]::\n", SEC_E_LOGON_DENIED, "locked"},
            {"alice:::%s:[W]::\n", SEC_E_LOGON_DENIED, "a machine's account"},
            {"alice:::%s::EXP-000000000001:\n", SEC_E_LOGON_DENIED, "expired in 1970"},
            {"alice:::%s::EXP-7FFFFFFFFF:\n", SEC_E_OK, "expires in a long time"},
            {"alice:::%s::EXP-:\n", SEC_E_LOGON_DENIED, "an end that cannot be read"},
            {"alice:::%s::tomorrow:\n", SEC_E_LOGON_DENIED, "another"},
            {"alice:::%s\n", SEC_E_OK, "a line that ends behind the hash"},
            {"alice:::%s:::\r\n", SEC_E_OK, "a line's end of Windows"},
            {"alice:::%.31s:::\n", SEC_E_LOGON_DENIED, "half a hash"},
            {"alice:::NO PASSWORDXXXXXXXXXXXXXXXXXXXXX:::\n", SEC_E_LOGON_DENIED, "no password"},
    };
    int i;

    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        store_line(rows[i].line, L"Wonder-Land1");
        expect(rows[i].status, log_in(), rows[i].words);
        expect(SEC_E_LOGON_DENIED, log_in_as(L"alice", L"WONDERLAND", L"Wrong1"), rows[i].words);
        expect(SEC_E_LOGON_DENIED, log_in_as(L"nobody", L"WONDERLAND", L"Wonder-Land1"),
                rows[i].words);
    }
}

/* Who has a line, though nobody can log in with it, is no stranger: no guest either (Windows' Guest is
 * for names that there is no account of; smb.conf(5) calls the same "map to guest = Bad User"). */
static void test_unusable(void)
{
    static const char *const lines[] = {"alice:::NO PASSWORDXXXXXXXXXXXXXXXXXXXXX:[NU]::\n",
            "alice:::%.31s:::\n", "alice:::%s:[W]::\n", "alice:::%s:[UD]::\n", "alice:\n"};
    int i;

    set_number("Software\\opensspi", "AllowGuest", 1);
    for (i = 0; i < ARRAY_SIZE(lines); i++) {
        store_line(lines[i], L"Wonder-Land1");
        expect(SEC_E_LOGON_DENIED, log_in(), lines[i]);
        expect(SEC_E_LOGON_DENIED, log_in_as(L"ALICE", L"", L""), lines[i]);
        expect(SEC_E_OK, log_in_as(L"nobody", L"WONDERLAND", L"Wonder-Land1"), "a stranger");
    }
    store_line("alice:BUILDERS::NO PASSWORDXXXXXXXXXXXXXXXXXXXXX:::\nbob:::%s:::\n", L"x");
    expect(SEC_E_OK, log_in(), "a stranger to this domain");
    expect(SEC_E_LOGON_DENIED, log_in_as(L"alice", L"builders", L"Wonder-Land1"), "not to that");
    set_number("Software\\opensspi", "AllowGuest", NONE);
}

static void test_domains(void)
{
    WCHAR computer[MAX_COMPUTERNAME_LENGTH + 1];
    DWORD length = ARRAY_SIZE(computer);

    GetComputerNameW(computer, &length);
    store_line("alice:BUILDERS::%s:::\n", L"Wonder-Land1");
    expect(SEC_E_OK, log_in_as(L"alice", L"builders", L"Wonder-Land1"), "its domain");
    expect(SEC_E_LOGON_DENIED, log_in_as(L"bob", L"BUILDERS", L"Wonder-Land1"), "another user");
    expect(SEC_E_NO_AUTHENTICATING_AUTHORITY, log_in(), "nobody answers for the domain");
    expect(SEC_E_NO_AUTHENTICATING_AUTHORITY, log_in_as(L"bob", L"WONDERLAND", L"Wonder-Land1"),
            "nor says whether the user is known elsewhere");
    expect(SEC_E_LOGON_DENIED, log_in_as(L"alice", computer, L"Wonder-Land1"), "this machine");
    expect(SEC_E_LOGON_DENIED, log_in_as(L"alice", L"", L"Wonder-Land1"), "no domain");
}

/* AccountSources becomes ENTRIES, each followed by a '|', in which %s is the store's path. NULL:
 * the value goes. */
static void set_sources(const char *entries)
{
    HKEY key = store_key();
    char text[3 * MAX_PATH];
    int size, i;

    if (!entries)
        RegDeleteValueA(key, "AccountSources");
    else {
        size = sprintf(text, entries, store.path, store.path) + 1;
        for (i = 0; i < size; i++)
            text[i] = text[i] == '|' ? 0 : text[i];
        RegSetValueExA(key, "AccountSources", 0, REG_MULTI_SZ, (BYTE *)text, size);
    }
    RegCloseKey(key);
}

/* As smbpasswd(5) draws a line. */
#define SMBPASSWD "alice:1000:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:%s:[U          ]:LCT-5F0A1B2C:\n"
#define SMB_OFF   "alice:1000:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:%s:[UD         ]:LCT-5F0A1B2C:\n"

static void test_smbpasswd(void)
{
    set_sources("smbpasswd:%s|");
    store_line(SMBPASSWD, L"Wonder-Land1");
    expect(SEC_E_OK, log_in(), "every domain");
    expect(SEC_E_OK, log_in_as(L"ALICE", L"", L"Wonder-Land1"), "and none");
    expect(SEC_E_LOGON_DENIED, log_in_as(L"alice", L"", L"Wonder-Land2"), "wrong password");
    expect(SEC_E_LOGON_DENIED, log_in_as(L"bob", L"", L"Wonder-Land1"), "unknown");
    store_line(SMB_OFF, L"Wonder-Land1");
    expect(SEC_E_LOGON_DENIED, log_in(), "disabled by smbpasswd -d");
    set_sources("sam:%s|");
    store_line(SMBPASSWD, L"Wonder-Land1");
    expect(SEC_E_NO_AUTHENTICATING_AUTHORITY, log_in(), "read as a sam file, 1000 is a domain");
}

/* The first source that knows the user decides. */
static void test_order(void)
{
    char own[MAX_PATH];

    store_line("bob:::%s:::\n", L"Wonder-Land1");
    strcpy(own, store.path);
    strcat(store.path, "-2");
    store_line("alice:::%s:::\nbob:::00000000000000000000000000000000:::\n", L"Wonder-Land1");
    set_sources("local|sam:%s|");
    expect(SEC_E_OK, log_in(), "in the second");
    expect(SEC_E_OK, log_in_as(L"bob", L"", L"Wonder-Land1"), "in both, the first counts");
    expect(SEC_E_LOGON_DENIED, log_in_as(L"carol", L"", L"Wonder-Land1"), "in neither");
    set_sources("sam:%s|LOCAL|");
    expect(SEC_E_LOGON_DENIED, log_in_as(L"bob", L"", L"Wonder-Land1"), "now the other is first");
    store_line("alice:ELSEWHERE::%s:::\n", L"Wonder-Land1");
    expect(SEC_E_OK, log_in_as(L"bob", L"WONDERLAND", L"Wonder-Land1"), "the first is not asked");
    store_delete();
    expect(SEC_E_OK, log_in_as(L"bob", L"", L"Wonder-Land1"), "the first is not there");
    strcpy(store.path, own);
}

static void test_sources(void)
{
    test_order();
    set_sources("sam:%s-none|");
    expect(SEC_E_NO_AUTHENTICATING_AUTHORITY, log_in(), "a file that is not there");
    set_sources("");
    expect(SEC_E_NO_AUTHENTICATING_AUTHORITY, log_in(), "no source");
    set_sources("locals|local:|sam:|nis|");
    expect(SEC_E_NO_AUTHENTICATING_AUTHORITY, log_in(), "sources that we do not know");
    store_write(accounts, ARRAY_SIZE(accounts), PRIVATE_FILE);
    set_sources("nis|local|");
    expect(SEC_E_OK, log_in(), "one that we know");
    set_sources(NULL);
    expect(SEC_E_OK, log_in(), "not configured");
}

/* One login more with the server credential of L, which lives on. */
static SECURITY_STATUS log_in_again(struct login *l)
{
    if (l->has_client)
        DeleteSecurityContext(&l->client);
    if (l->has_server)
        DeleteSecurityContext(&l->server);
    l->has_client = l->has_server = FALSE;
    l->client_legs = l->server_legs = l->token_count = l->token_size = 0;
    login_legs(l);
    return l->server_status;
}

/* Writes PASSWORD's hash over what is in the file, which keeps its size and its time. */
static void overwrite(const WCHAR *password)
{
    HANDLE file =
            CreateFileA(store.path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    FILETIME written;
    char line[100];
    DWORD done;
    int n = sprintf(line, "alice:::%s:::\n", hash_text(password));

    ok(GetFileTime(file, NULL, NULL, &written), "time %lu\n", GetLastError());
    WriteFile(file, line, n, &done, NULL);
    ok(SetFileTime(file, NULL, NULL, &written), "time %lu\n", GetLastError());
    CloseHandle(file);
}

static void let_others_read(void)
{
    PSECURITY_DESCRIPTOR descriptor;
    char sddl[300];

    sprintf(sddl, "D:P(A;;FA;;;%s)%s", own_sid(), READABLE_FILE);
    ConvertStringSecurityDescriptorToSecurityDescriptorA(sddl, SDDL_REVISION_1, &descriptor, NULL);
    ok(SetFileSecurityA(store.path, DACL_SECURITY_INFORMATION, descriptor), "%lu\n",
            GetLastError());
    LocalFree(descriptor);
}

/* A file that has not changed for three seconds is kept by the server's credential: what happens to
 * it then counts for the next login all the same. */
static void test_kept(void)
{
    struct login *l = calloc(1, sizeof(*l));
    char moved[MAX_PATH + 4];

    l->identity = good_identity();
    login_acquire(l);
    store_line("alice:::%s:::\n", L"Wonder-Land1");
    expect(SEC_E_OK, log_in_again(l), "new");
    Sleep(3200);
    expect(SEC_E_OK, log_in_again(l), "read once more");
    expect(SEC_E_OK, log_in_again(l), "kept");
    overwrite(L"Another1");
    expect(SEC_E_LOGON_DENIED, log_in_again(l), "another password, same size, same time");
    overwrite(L"Wonder-Land1");
    Sleep(3200);
    expect(SEC_E_OK, log_in_again(l), "the password again");
    let_others_read();
    expect(SEC_E_NO_AUTHENTICATING_AUTHORITY, log_in_again(l), "others may read it now");
    store_line("alice:::%s:::\n", L"Wonder-Land1");
    sprintf(moved, "%s.was", store.path);
    ok(MoveFileExA(store.path, moved, MOVEFILE_REPLACE_EXISTING), "%lu\n", GetLastError());
    store_line("alice:::%s:::\n", L"Another1");
    Sleep(3200);
    expect(SEC_E_LOGON_DENIED, log_in_again(l), "another file");
    expect(SEC_E_LOGON_DENIED, log_in_again(l), "kept");
    ok(MoveFileExA(moved, store.path, MOVEFILE_REPLACE_EXISTING), "%lu\n", GetLastError());
    expect(SEC_E_OK, log_in_again(l), "the former file, renamed back");
    store_delete();
    expect(SEC_E_NO_AUTHENTICATING_AUTHORITY, log_in_again(l), "no file");
    store_write(accounts, ARRAY_SIZE(accounts), PRIVATE_FILE);
    login_close(l);
    free(l);
}

/* Faster than the file system's clock ticks. */
static void test_changes_of_one_moment(void)
{
    struct login *l = calloc(1, sizeof(*l));
    int i, wrong = 0;

    l->identity = good_identity();
    login_acquire(l);
    store_line("alice:::%s:::\n", L"Wonder-Land1");
    for (i = 0; i < 20; i++) {
        overwrite(i % 2 ? L"Wonder-Land1" : L"Another1");
        wrong += log_in_again(l) != (i % 2 ? SEC_E_OK : SEC_E_LOGON_DENIED);
    }
    ok(!wrong, "%d of 20 changes were overlooked\n", wrong);
    login_close(l);
    free(l);
}

static unsigned count_in(const char *from, size_t size, const char *needle)
{
    size_t length = strlen(needle), i;
    unsigned found = 0;

    for (i = 0; i + length <= size; i++)
        found += from[i] == needle[0] && !memcmp(from + i, needle, length);
    return found;
}

/* How often NEEDLE, which is on the stack, is in this process's writable memory but for the stack.
 */
static unsigned count_in_memory(const char *needle)
{
    MEMORY_BASIC_INFORMATION region, stack;
    char *at = NULL;
    unsigned found = 0;

    VirtualQuery(needle, &stack, sizeof(stack));
    for (; VirtualQuery(at, &region, sizeof(region)); at += region.RegionSize) {
        at = region.BaseAddress;
        if (region.State == MEM_COMMIT && region.AllocationBase != stack.AllocationBase &&
                (region.Protect == PAGE_READWRITE || region.Protect == PAGE_WRITECOPY))
            found += count_in(at, region.RegionSize, needle);
    }
    return found;
}

/* What is kept goes with the server's last credential. */
static void test_wiped(void)
{
    struct login *l = calloc(1, sizeof(*l));
    char needle[33];

    l->identity = good_identity();
    login_acquire(l);
    store_line("alice:::%s:::\n", L"Wonder-Land1");
    strcpy(needle, hash_text(L"Wonder-Land1"));
    memset(hash_text(L""), 0, 33);
    Sleep(3200);
    expect(SEC_E_OK, log_in_again(l), "read");
    ok(count_in_memory(needle) == 1, "kept %u times\n", count_in_memory(needle));
    login_close(l);
    free(l);
    ok(!count_in_memory(needle), "still there %u times\n", count_in_memory(needle));
}

static void default_file(char *path)
{
    ExpandEnvironmentStringsA("%ProgramData%\\opensspi", path, MAX_PATH);
    CreateDirectoryA(path, NULL);
    strcat(path, "\\accounts");
}

/* Accounts that is no path: nobody logs in, whoever is in the default file. */
static void test_no_path(void)
{
    char was[MAX_PATH], longer[2 * MAX_PATH], aside[MAX_PATH + 8];
    DWORD number = 1;

    strcpy(was, store.path);
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = 0;
    memcpy(longer, "C:\\", 3);
    default_file(store.path);
    /* The prefix may have accounts of its own (tests/wine/run-one): out of the way, and back. */
    snprintf(aside, sizeof(aside), "%s.aside", store.path);
    BOOL there = MoveFileA(store.path, aside);
    ok(there || GetLastError() == ERROR_FILE_NOT_FOUND || GetLastError() == ERROR_PATH_NOT_FOUND, "%lu\n",
            GetLastError());
    store_line("alice:::%s:::\n", L"Wonder-Land1");
    set("Software\\opensspi", "Accounts", REG_SZ, NULL, 0);
    expect(SEC_E_OK, log_in(), "no value: the default file");
    set("Software\\opensspi", "Accounts", REG_SZ, "", 1);
    expect(SEC_E_OK, log_in(), "an empty one");
    set("Software\\opensspi", "Accounts", REG_DWORD, &number, sizeof(number));
    expect(SEC_E_NO_AUTHENTICATING_AUTHORITY, log_in(), "a number");
    set("Software\\opensspi", "Accounts", REG_SZ, longer, sizeof(longer));
    expect(SEC_E_NO_AUTHENTICATING_AUTHORITY, log_in(), "longer than a path");
    set_sources("local|sam:%s|");
    expect(SEC_E_NO_AUTHENTICATING_AUTHORITY, log_in(), "another source in its place");
    set_sources(NULL);
    store_delete();
    if (there)
        ok(MoveFileA(aside, store.path), "the prefix's accounts stay aside: %lu\n", GetLastError());
    strcpy(store.path, was);
    set("Software\\opensspi", "Accounts", REG_SZ, was, strlen(was) + 1);
    expect(SEC_E_OK, log_in(), "the tests' file again");
}

static void all_tests(void)
{
    test_readable();
    test_changes();
    test_missing();
    test_states();
    test_unusable();
    test_domains();
    test_smbpasswd();
    test_sources();
    test_kept();
    test_changes_of_one_moment();
    test_wiped();
    test_no_path();
}

START_TEST(store)
{
    if (!store_open()) {
        skip("the account store is opensspi's\n");
        return;
    }
    as_w_and_a(all_tests);
    store_close();
}
