/* Key files: where they are; who may read them is accounts_file.c's rule. */
#include "keys.h"
#include <wchar.h>
#include "accounts_file.h"
#include "base/log.h"

/* Nothing that could lead out of the folder. */
static BOOL is_name(const WCHAR *name)
{
    size_t size = 0;
    for (; name && name[size]; size++) {
        WCHAR c = name[size];
        BOOL good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_';
        if (!good || size >= KEYS_NAME_MAX)
            return FALSE;
    }
    return size > 0;
}

BOOL keys_path(const WCHAR *name, WCHAR *path)
{
    WCHAR raw[128];
    if (!is_name(name))
        return FALSE;
    swprintf(raw, ARRAYSIZE(raw), L"%%ProgramData%%\\opensspi\\keys\\%ls.p8", name);
    DWORD got = ExpandEnvironmentStringsW(raw, path, MAX_PATH);
    return got && got <= MAX_PATH;
}

enum status keys_read(const WCHAR *name, struct blob *der)
{
    WCHAR path[MAX_PATH];
    if (!keys_path(name, path)) {
        log_warn("keys", "a key's name is 1 to 64 of A-Z a-z 0-9 - _");
        return ST_NOT_FOUND;
    }
    enum status s = accounts_file_read(path, der);
    if (s == ST_NOT_FOUND)
        log_warn("keys", "there is no key file %ls", path);
    return s;
}

enum status keys_write(const WCHAR *name, struct bytes der)
{
    WCHAR path[MAX_PATH];
    return keys_path(name, path) ? accounts_file_write(path, der) : ST_BAD_ARGUMENT;
}

enum status keys_remove(const WCHAR *name)
{
    WCHAR path[MAX_PATH];
    if (!keys_path(name, path))
        return ST_NOT_FOUND;
    if (DeleteFileW(path))
        return ST_OK;
    return GetLastError() == ERROR_FILE_NOT_FOUND || GetLastError() == ERROR_PATH_NOT_FOUND
                   ? ST_NOT_FOUND
                   : ST_NO_AUTHORITY;
}
