/* Reading and replacing the account file; who may read it is checked on the open handle, so that
 * the file checked is the file read. */
#include "accounts_file.h"
#include <wchar.h>
#include "private_file.h"
#include "base/log.h"

enum { FILE_MAX = 4 << 20 };

static enum status read_open(HANDLE file, struct blob *out)
{
    LARGE_INTEGER size;
    DWORD got = 0;
    struct blob contents = {0};

    if (!GetFileSizeEx(file, &size) || size.QuadPart > FILE_MAX)
        return ST_POLICY;
    contents.data = mem_alloc((size_t)size.QuadPart);
    if (!contents.data)
        return ST_NO_MEMORY;
    contents.capacity = contents.size = (size_t)size.QuadPart;
    if (!ReadFile(file, contents.data, (DWORD)contents.size, &got, NULL) || got != contents.size) {
        blob_free(&contents);
        return ST_NO_AUTHORITY;
    }
    blob_move(out, &contents);
    return ST_OK;
}

enum status accounts_file_read(const WCHAR *path, struct blob *out)
{
    HANDLE file = CreateFileW(path, GENERIC_READ | READ_CONTROL,
            FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);
    enum status s;

    if (file == INVALID_HANDLE_VALUE) {
        DWORD error = GetLastError();
        if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND)
            return ST_NOT_FOUND;
        log_error("accounts", "cannot open %ls: Windows error %lu; check its permissions", path,
                error);
        return ST_NO_AUTHORITY;
    }
    if (!private_file(file, PRIVATE_USING)) {
        log_error("accounts",
                "%ls is refused: it is another user's, or others can read or write it; take their "
                "access away (chmod 600)",
                path);
        s = ST_POLICY;
    } else {
        s = read_open(file, out);
        if (s != ST_OK)
            log_error("accounts", "cannot read %ls: %s; at most 4 MiB are read", path,
                    status_name(s));
    }
    CloseHandle(file);
    return s;
}

/* The folders of PATH, one after the other; those that exist are left as they are. */
static void make_folders(const WCHAR *path)
{
    WCHAR folder[MAX_PATH];

    for (unsigned i = 0; path[i] && i < MAX_PATH - 1; i++) {
        if (path[i] == L'\\' && i > 2) {
            folder[i] = 0;
            CreateDirectoryW(folder, NULL);
        }
        folder[i] = path[i];
    }
}

static BOOL write_new(const WCHAR *path, struct bytes contents)
{
    PSECURITY_DESCRIPTOR descriptor = private_descriptor();
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, descriptor, FALSE};
    DWORD written = 0;
    BOOL ok = FALSE;

    if (!descriptor)
        return FALSE;
    /* A new one, never what somebody else has put there meanwhile; and private before it holds
     * anything. */
    HANDLE file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE | READ_CONTROL, 0, &attributes,
            CREATE_NEW, 0, NULL);
    if (file != INVALID_HANDLE_VALUE) {
        ok = private_file(file, PRIVATE_USING) &&
             WriteFile(file, contents.data, (DWORD)contents.size, &written, NULL) &&
             written == contents.size && FlushFileBuffers(file);
        CloseHandle(file);
    }
    LocalFree(descriptor);
    return ok;
}

/* Nobody else puts files into the folder of PATH: he could put a link where we write or delete. */
static BOOL folder_is_ours(const WCHAR *path)
{
    WCHAR folder[MAX_PATH];
    const WCHAR *end = wcsrchr(path, L'\\');
    BOOL answer = FALSE;

    if (!end || end - path >= MAX_PATH - 1)
        return FALSE;
    wmemcpy(folder, path, (size_t)(end - path) + 1); /* with the '\', for a drive's root */
    folder[end - path + 1] = 0;
    HANDLE opened = CreateFileW(folder, READ_CONTROL,
            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
            FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (opened != INVALID_HANDLE_VALUE) {
        answer = private_file(opened, PRIVATE_WRITING);
        CloseHandle(opened);
    }
    return answer;
}

enum status accounts_file_write(const WCHAR *path, struct bytes contents)
{
    WCHAR temporary[MAX_PATH + 8];
    size_t length = wcslen(path);

    if (length >= MAX_PATH)
        return ST_BAD_ARGUMENT;
    if (contents.size > FILE_MAX) {
        log_error("accounts", "%ls would be larger than the 4 MiB that are read; it stays", path);
        return ST_POLICY;
    }
    memcpy(temporary, path, length * sizeof *path);
    memcpy(temporary + length, L".new", sizeof L".new");
    make_folders(path);
    if (!folder_is_ours(path)) {
        log_error("accounts", "%ls is not written: others can write to its folder, or it is "
                              "another user's (chmod 700)", path);
        return ST_POLICY;
    }
    DeleteFileW(temporary); /* one that a crash left keeps its old access rights */
    if (write_new(temporary, contents) &&
            MoveFileExW(temporary, path, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
        return ST_OK;
    log_error("accounts", "cannot write %ls: Windows error %lu; check the folder's permissions",
            path, GetLastError());
    DeleteFileW(temporary);
    return ST_NO_AUTHORITY;
}

HANDLE accounts_file_lock(const WCHAR *path)
{
    WCHAR name[MAX_PATH + 8];
    size_t length = wcslen(path);
    OVERLAPPED whole = {0};

    if (length >= MAX_PATH)
        return INVALID_HANDLE_VALUE;
    memcpy(name, path, length * sizeof *path);
    memcpy(name + length, L".lock", sizeof L".lock");
    make_folders(path);
    HANDLE lock = CreateFileW(name, GENERIC_READ | GENERIC_WRITE,
            FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, 0, NULL);
    if (lock != INVALID_HANDLE_VALUE &&
            !LockFileEx(lock, LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &whole)) {
        CloseHandle(lock);
        lock = INVALID_HANDLE_VALUE;
    }
    return lock;
}

void accounts_file_unlock(HANDLE lock)
{
    OVERLAPPED whole = {0};
    UnlockFileEx(lock, 0, 1, 0, &whole);
    CloseHandle(lock);
}
