/* Reading and replacing the account file; who may read it is checked on the open handle, so that
 * the file checked is the file read. */
#include "accounts_file.h"
#include <aclapi.h>
#include <sddl.h>
#include <wchar.h>
#include "base/log.h"

enum { FILE_MAX = 4 << 20 };

union token_user {
    TOKEN_USER user;
    BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
};

/* The process's user, in BUFFER; NULL: unknown. */
static PSID current_user(union token_user *buffer)
{
    DWORD size;
    HANDLE token;
    BOOL ok = OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token);

    if (!ok)
        return NULL;
    ok = GetTokenInformation(token, TokenUser, buffer, sizeof *buffer, &size);
    CloseHandle(token);
    return ok ? buffer->user.User.Sid : NULL;
}

/* Who may hold the hashes: this user, the system, administrators. */
static BOOL trusted(PSID sid, PSID user)
{
    return EqualSid(sid, user) || IsWellKnownSid(sid, WinLocalSystemSid) ||
           IsWellKnownSid(sid, WinBuiltinAdministratorsSid);
}

/* Whoever can write it makes himself an account. */
enum {
    WRITING = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_DELETE_CHILD | DELETE | GENERIC_WRITE |
              GENERIC_ALL | WRITE_DAC | WRITE_OWNER,
    USING = WRITING | FILE_READ_DATA | GENERIC_READ,
};

/* Nobody else has any of ACCESS. */
static BOOL acl_private(PACL acl, PSID user, DWORD access)
{
    if (!acl) /* a NULL DACL lets everybody in */
        return FALSE;
    for (DWORD i = 0; i < acl->AceCount; i++) {
        ACCESS_ALLOWED_ACE *ace;
        if (!GetAce(acl, i, (void **)&ace))
            return FALSE;
        if (ace->Header.AceType == ACCESS_DENIED_ACE_TYPE)
            continue;
        /* A kind of ACE that we do not know may let anybody in. */
        if (ace->Header.AceType != ACCESS_ALLOWED_ACE_TYPE)
            return FALSE;
        if ((ace->Mask & access) && !trusted(&ace->SidStart, user))
            return FALSE;
    }
    return TRUE;
}

static BOOL is_private(HANDLE file, DWORD access)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    union token_user buffer;
    PSID owner = NULL, user = current_user(&buffer);
    PACL acl = NULL;
    BOOL answer = FALSE;

    if (user && GetSecurityInfo(file, SE_FILE_OBJECT,
                        OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner, NULL, &acl,
                        NULL, &descriptor) == ERROR_SUCCESS)
        answer = owner && trusted(owner, user) && acl_private(acl, user, access);
    LocalFree(descriptor);
    return answer;
}

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
    if (!is_private(file, USING)) {
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

/* A protected DACL with this user alone. Under Wine that is mode 0770 less the umask, and no DACL
 * shows the Unix group afterwards: what keeps the group out is the folder, which setup_opensspi.sh
 * makes with mode 0700. */
static PSECURITY_DESCRIPTOR owner_only(void)
{
    union token_user buffer;
    WCHAR text[256], *sid = NULL;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PSID user = current_user(&buffer);

    if (!user || !ConvertSidToStringSidW(user, &sid))
        return NULL;
    swprintf(text, ARRAYSIZE(text), L"D:P(A;;FA;;;%ls)", sid);
    LocalFree(sid);
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text, SDDL_REVISION_1, &descriptor, NULL))
        return NULL;
    return descriptor;
}

static BOOL write_new(const WCHAR *path, struct bytes contents)
{
    PSECURITY_DESCRIPTOR descriptor = owner_only();
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
        ok = is_private(file, USING) &&
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
        answer = is_private(opened, WRITING);
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
