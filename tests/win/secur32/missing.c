/* A provider's file is gone: its packages are not listed, asking for them is
 * SEC_E_SECPKG_NOT_FOUND, and one line of the log names the file (issue 2, "Wrong input"). Only
 * opensspi has such files. */
#include "../sspi_test.h"

static char hidden[MAX_PATH], place[MAX_PATH], log_path[MAX_PATH];

/* ---- the child: looks, and says what it saw in its exit code ---- */

enum { LISTED = 1, FOUND = 2, ACQUIRED = 4, OTHERS_LACK = 8 };

static BOOL listed(const WCHAR *name)
{
    SecPkgInfoW *packages;
    SecPkgInfoA *packages_a;
    ULONG count, i;
    BOOL found = FALSE;

    if (ansi) {
        EnumerateSecurityPackagesA(&count, &packages_a);
        for (i = 0; i < count; i++)
            found |= !strcmp(packages_a[i].Name, narrow(name));
        FreeContextBuffer(packages_a);
        return found;
    }
    EnumerateSecurityPackagesW(&count, &packages);
    for (i = 0; i < count; i++)
        found |= !wcscmp(packages[i].Name, name);
    FreeContextBuffer(packages);
    return found;
}

static SECURITY_STATUS by_name(const WCHAR *name, SecPkgInfoW **one)
{
    return ansi ? QuerySecurityPackageInfoA(narrow(name), (SecPkgInfoA **)one)
                : QuerySecurityPackageInfoW((WCHAR *)name, one);
}

static int look(const WCHAR *name, const WCHAR *other)
{
    SecPkgInfoW *one = (void *)STALE;
    CredHandle credential;
    int seen = 0;

    if (listed(name))
        seen |= LISTED;
    if (by_name(name, &one) != SEC_E_SECPKG_NOT_FOUND || one != (void *)STALE)
        seen |= FOUND;
    if (acquire(name, SECPKG_CRED_OUTBOUND, NULL, &credential, NULL) != SEC_E_SECPKG_NOT_FOUND)
        seen |= ACQUIRED;
    if (!listed(other))
        seen |= OTHERS_LACK;
    return seen;
}

/* By the W functions, then by the A ones, whose log line is the same one. */
static int look_for(const char *package, const WCHAR *other)
{
    WCHAR name[100];
    int seen;

    MultiByteToWideChar(CP_ACP, 0, package, -1, name, ARRAY_SIZE(name));
    seen = look(name, other);
    ansi = TRUE;
    return seen | look(name, other);
}

/* ---- the parent ---- */

static void hide(const char *file)
{
    BOOL done;
    GetSystemDirectoryA(place, MAX_PATH - 40);
    sprintf(hidden, "%s\\%s.hidden-by-test", place, file);
    strcat(strcat(place, "\\"), file);
    done = MoveFileA(place, hidden);
    ok(done, "%s cannot be moved\n", place);
}

static void unhide(void)
{
    BOOL done = MoveFileA(hidden, place);
    ok(done, "%s cannot be moved back\n", hidden);
}

static DWORD run_child(const char *package, const char *other)
{
    char **argv, command[700];
    STARTUPINFOA startup = {sizeof(startup)};
    PROCESS_INFORMATION process;
    DWORD code = STALE;

    winetest_get_mainargs(&argv);
    sprintf(command, "\"%s\" missing %s %s", argv[0], package, other);
    SetEnvironmentVariableA("OPENSSPI_LOG_PATH", log_path);
    ok(CreateProcessA(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process),
            "no child\n");
    SetEnvironmentVariableA("OPENSSPI_LOG_PATH", NULL);
    ok(WaitForSingleObject(process.hProcess, 30000) == WAIT_OBJECT_0, "the child hangs\n");
    GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    return code;
}

/* Lines of the log with TEXT that are warnings or errors. */
static int log_lines(const char *text)
{
    char line[1000];
    FILE *log = fopen(log_path, "r");
    int count = 0;

    ok(log != NULL, "no log at %s\n", log_path);
    while (log && fgets(line, sizeof(line), log))
        count += strstr(line, text) && (strstr(line, ":warn:") || strstr(line, ":error:"));
    if (log)
        fclose(log);
    DeleteFileA(log_path);
    return count;
}

static void without(const char *file, const char *package, const char *other)
{
    DWORD seen;
    int lines;

    winetest_push_context("%s without %s", package, file);
    hide(file);
    seen = run_child(package, other);
    unhide();
    ok(!(seen & LISTED), "listed\n");
    ok(!(seen & FOUND), "found by name\n");
    ok(!(seen & ACQUIRED), "not SEC_E_SECPKG_NOT_FOUND for a credential\n");
    ok(!(seen & OTHERS_LACK), "%s is gone too\n", other);
    lines = log_lines(file);
    ok(lines == 1, "%d lines of the log name it\n", lines);
    winetest_pop_context();
}

START_TEST(missing)
{
    char **argv;
    int argc = winetest_get_mainargs(&argv);

    if (argc == 4) {
        WCHAR other[100];
        MultiByteToWideChar(CP_ACP, 0, argv[3], -1, other, ARRAY_SIZE(other));
        ExitProcess(look_for(argv[2], other));
    }
    if (!is_opensspi()) {
        skip("only opensspi's packages have a file each\n");
        return;
    }
    GetTempPathA(MAX_PATH - 30, log_path);
    sprintf(log_path + strlen(log_path), "opensspi-log-%lu", GetCurrentProcessId());
    ok(run_child("Winetest", "NTLM") == 0, "with all files in place\n");
    DeleteFileA(log_path);
    without("credssp.dll", "CREDSSP", "NTLM");
    without("credssp.dll", "TSSSP", "Schannel");
    without("schannel.dll", "Schannel", "Negotiate");
    without("msv1_0.dll", "NTLM", "Schannel");
    without("msv1_0.dll", "Negotiate", "Schannel");
}
