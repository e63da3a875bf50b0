/* Where log lines go: Wine's debug output when under Wine, a file when asked. Never stderr on
 * Windows. */
#include "ssp/ssp.h"
#include <stdio.h>

static int(__cdecl *wine_output)(const char *);
static HANDLE file = INVALID_HANDLE_VALUE;

static const struct {
    const WCHAR *word;
    enum log_level level;
} levels[] = {
        {L"none", LOG_NONE},
        {L"error", LOG_ERROR},
        {L"warn", LOG_WARN},
        {L"info", LOG_INFO},
        {L"debug", LOG_DEBUG},
};

static const char *level_name(enum log_level level)
{
    static const char *const names[] = {"none", "error", "warn", "info", "debug"};

    return (unsigned)level < ARRAYSIZE(names) ? names[level] : "?";
}

static void sink(enum log_level level, const char *room, const char *line)
{
    char text[640];
    DWORD done;

    snprintf(text, sizeof text, "%04lx:opensspi:%s:%s: %s\n", (unsigned long)GetCurrentThreadId(),
            level_name(level), room, line);
    if (file != INVALID_HANDLE_VALUE)
        WriteFile(file, text, (DWORD)strlen(text), &done, NULL);
    else if (wine_output)
        wine_output(text);
}

/* TRUE if the user said a level. */
static BOOL wanted_level(enum log_level *level)
{
    WCHAR word[16];
    DWORD size = GetEnvironmentVariableW(L"OPENSSPI_LOG_LEVEL", word, ARRAYSIZE(word));

    *level = LOG_WARN;
    for (SIZE_T i = 0; size && size < ARRAYSIZE(word) && i < ARRAYSIZE(levels); i++)
        if (!lstrcmpiW(word, levels[i].word)) {
            *level = levels[i].level;
            return TRUE;
        }
    return FALSE;
}

static void open_file(void)
{
    WCHAR path[MAX_PATH];
    DWORD size = GetEnvironmentVariableW(L"OPENSSPI_LOG_PATH", path, ARRAYSIZE(path));

    if (size && size < ARRAYSIZE(path))
        file = CreateFileW(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                OPEN_ALWAYS, 0, NULL);
}

static void first_line(HMODULE ntdll, enum log_level level)
{
    const char *(__cdecl * wine_version)(void) =
            (const char *(__cdecl *)(void))(void *)GetProcAddress(ntdll, "wine_get_version");
    HMODULE self = NULL;
    WCHAR path[MAX_PATH] = L"";
    char printable[MAX_PATH * 2] = "?";
    char line[500];

    GetModuleHandleExW(
            GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
            (const WCHAR *)(const void *)&levels, &self);
    GetModuleFileNameW(self, path, ARRAYSIZE(path) - 1);
    WideCharToMultiByte(CP_UTF8, 0, path, -1, printable, sizeof printable, NULL, NULL);
    snprintf(line, sizeof line, "opensspi " OPENSSPI_VERSION " (%s), Wine %s, %.300s, log level %s",
            sizeof(void *) == 8 ? "x86_64" : "i386", wine_version ? wine_version() : "none",
            printable, level_name(level));
    sink(LOG_INFO, ssp_this_provider.room, line);
}

static BOOL CALLBACK start(INIT_ONCE *once, void *parameter, void **context)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    enum log_level level;
    BOOL said = wanted_level(&level);

    (void)once, (void)parameter, (void)context;
    if (level == LOG_NONE)
        return TRUE;
    wine_output = (int(__cdecl *)(const char *))(void *)GetProcAddress(ntdll, "__wine_dbg_output");
    open_file();
    if (file == INVALID_HANDLE_VALUE && !wine_output)
        return TRUE;
    log_setup(level, sink);
    if (said || file != INVALID_HANDLE_VALUE)
        first_line(ntdll, level);
    return TRUE;
}

void ssp_log_start(void)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

    InitOnceExecuteOnce(&once, start, NULL, NULL);
}
