/* A key log file for who debugs: HKLM\\Software\\opensspi, REG_SZ TlsKeyLogFile, names it. Never by an
 * environment variable: that would come from whatever shell started the program. Looked up when a
 * credential is first used. */
#include "schannel.h"
#include "ssp/private_file.h"

static SRWLOCK lock = SRWLOCK_INIT;

/* Made for this user alone. One that others can read or write is refused: they would decrypt what was said, or
 * the name leads to what is not ours. */
static HANDLE open_private(const WCHAR *path)
{
    PSECURITY_DESCRIPTOR descriptor = private_descriptor();
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes), descriptor, FALSE};
    if (!descriptor)
        return INVALID_HANDLE_VALUE;
    HANDLE file = CreateFileW(path, FILE_APPEND_DATA | READ_CONTROL,
            FILE_SHARE_READ | FILE_SHARE_WRITE, &attributes, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    LocalFree(descriptor);
    if (file == INVALID_HANDLE_VALUE || private_file(file, PRIVATE_USING))
        return file;
    log_error(ROOM,
            "%ls (TlsKeyLogFile) is refused: it is another user's, or others can read or write it; take "
            "their access away (chmod 600)",
            path);
    CloseHandle(file);
    return INVALID_HANDLE_VALUE;
}

/* Opened for each line, so that the file can be moved away; appended to by one thread at a time. */
static void append(void *self, struct bytes line)
{
    const WCHAR *path = self;
    DWORD done;
    AcquireSRWLockExclusive(&lock);
    HANDLE file = open_private(path);
    if (file != INVALID_HANDLE_VALUE) {
        WriteFile(file, line.data, (DWORD)line.size, &done, NULL);
        CloseHandle(file);
    }
    ReleaseSRWLockExclusive(&lock);
}

void key_log_configure(struct credential *c, struct tls_config *config)
{
    DWORD size = sizeof(c->key_log);
    /* Once: sessions of other configurations may be reading it by now. */
    if (!c->key_log_known &&
            RegGetValueW(HKEY_LOCAL_MACHINE, L"Software\\opensspi", L"TlsKeyLogFile",
                    RRF_RT_REG_SZ | RRF_SUBKEY_WOW6464KEY, NULL, c->key_log, &size) != ERROR_SUCCESS)
        c->key_log[0] = 0;
    c->key_log_known = TRUE;
    if (!c->key_log[0])
        return;
    log_warn(ROOM, "TlsKeyLogFile is set: the secrets of all connections are written to a file");
    tls_config_set_key_log(config, append, c->key_log);
}
