/* Is MIT Kerberos on the host? Asked without loading anything: Wine's kerberos.dll opens two libraries
 * with dlopen, which looks where LD_LIBRARY_PATH says, then in glibc's cache, then in the system's
 * folders; so do we. The cache's layout is that of ldconfig's "new" format: ld.so(8) says what it is
 * for, and the fields were read off the files of Debian 12 and 13.
 *
 *   "glibc-ld.so.cache1.1" | entries u32 | strings' size u32 | 20 bytes | entries | strings
 *   an entry: flags i32 | name u32 | path u32 | os u32 | hwcap u64;  name and path are offsets of
 *   NUL-terminated strings from the start
 */
#include "lsa_host.h"
#include "base/reader.h"

enum {
    MOST_BYTES = 4 << 20, /* a machine with 3,000 libraries has a cache of 300 KB */
    LIBRARIES = 2,
    FLAGS_I386 = 0x0003, /* ELF, libc6 */
    FLAGS_X86_64 = 0x0303,
};

static const char magic[] = "glibc-ld.so.cache1.1";
static const char *const libraries[LIBRARIES] = {"libkrb5.so.3", "libgssapi_krb5.so.2"};

#ifdef _WIN64
enum { FLAGS = FLAGS_X86_64 };
static const char *const folders[] = {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
        "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"};
#else
enum { FLAGS = FLAGS_I386 };
static const char *const folders[] = {"/lib/i386-linux-gnu", "/usr/lib/i386-linux-gnu", "/lib32",
        "/usr/lib32", "/lib", "/usr/lib", "/usr/local/lib"};
#endif

/* A file of the host by Wine's name for it; FALSE on real Windows. */
static HANDLE open_unix(const char *path, SIZE_T length)
{
    WCHAR name[MAX_PATH] = L"\\\\?\\unix";
    SIZE_T at = wcslen(name);

    if (at + length >= MAX_PATH)
        return INVALID_HANDLE_VALUE;
    for (SIZE_T i = 0; i < length; i++)
        name[at + i] = path[i] == '/' ? '\\' : (WCHAR)(BYTE)path[i];
    return CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
            NULL, OPEN_EXISTING, 0, NULL);
}

static BOOL in_folder(const char *folder, SIZE_T length, const char *library)
{
    char path[MAX_PATH];
    HANDLE file;

    if (!length || length + 1 + strlen(library) >= sizeof path)
        return FALSE;
    memcpy(path, folder, length);
    path[length] = '/';
    memcpy(path + length + 1, library, strlen(library));
    file = open_unix(path, length + 1 + strlen(library));
    if (file == INVALID_HANDLE_VALUE)
        return FALSE;
    CloseHandle(file);
    return TRUE;
}

static BOOL in_folders(const char *library)
{
    for (SIZE_T i = 0; i < ARRAYSIZE(folders); i++)
        if (in_folder(folders[i], strlen(folders[i]), library))
            return TRUE;
    return FALSE;
}

/* LIST: folders between colons. Of which width its files are is not looked at. */
static BOOL in_list(const char *list, const char *library)
{
    while (*list) {
        SIZE_T length = strcspn(list, ":");

        if (in_folder(list, length, library))
            return TRUE;
        list += length + (list[length] == ':');
    }
    return FALSE;
}

static BOOL is_name(struct bytes cache, uint32_t at, const char *name)
{
    SIZE_T size = strlen(name) + 1;

    return at < cache.size && size <= cache.size - at &&
           bytes_equal(bytes_of(cache.data + at, size), bytes_of(name, size));
}

static BOOL in_cache(struct bytes cache, const char *library)
{
    struct reader r = reader_on(cache);
    struct bytes head = reader_bytes(&r, sizeof magic - 1);
    uint32_t count = reader_u32le(&r);

    reader_bytes(&r, 4 + 20);
    if (!reader_ok(&r) || !bytes_equal(head, bytes_of(magic, sizeof magic - 1)))
        return FALSE;
    while (count-- && reader_ok(&r)) {
        uint32_t flags = reader_u32le(&r), name = reader_u32le(&r);

        reader_bytes(&r, 4 + 4 + 8);
        if (reader_ok(&r) && flags == FLAGS && is_name(cache, name, library))
            return TRUE;
    }
    return FALSE;
}

/* On the process heap; empty if there is none. */
static struct bytes read_cache(void)
{
    static const char path[] = "/etc/ld.so.cache";
    HANDLE file = open_unix(path, sizeof path - 1);
    DWORD size = file == INVALID_HANDLE_VALUE ? 0 : GetFileSize(file, NULL), got = 0;
    void *data = size && size <= MOST_BYTES ? ssp_heap_alloc(size) : NULL;

    if (data && !ReadFile(file, data, size, &got, NULL))
        got = 0;
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    if (!got) {
        ssp_heap_free(data);
        data = NULL;
    }
    return bytes_of(data, got);
}

BOOL kerberos_host_libraries(void)
{
    char list[4096];
    DWORD length = GetEnvironmentVariableA("LD_LIBRARY_PATH", list, sizeof list);
    struct bytes cache = read_cache();
    BOOL found = TRUE;

    if (!length || length >= sizeof list)
        list[0] = 0;
    for (int i = 0; i < LIBRARIES && found; i++)
        found = in_list(list, libraries[i]) || in_cache(cache, libraries[i]) ||
                in_folders(libraries[i]);
    ssp_heap_free((void *)cache.data);
    return found;
}
