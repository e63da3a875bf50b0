/* Telling Wine's own DLLs from native ones. Wine writes a signature behind the DOS header of each
 * DLL it builds, at offset 0x40 ("Wine builtin DLL", or "Wine placeholder DLL" for the files in a
 * prefix): seen in every file of Wine 8.0 and 10.0. */
#include "ssp/ssp.h"

enum { SIGNATURE_AT = 0x40 };

static BOOL is_signature(struct bytes at)
{
    static const char *const known[] = {"Wine builtin DLL", "Wine placeholder DLL"};

    for (SIZE_T i = 0; i < ARRAYSIZE(known); i++)
        if (at.size >= strlen(known[i]) && bytes_equal(bytes_of(at.data, strlen(known[i])),
                                                   bytes_of(known[i], strlen(known[i]))))
            return TRUE;
    return FALSE;
}

BOOL ssp_is_wine_builtin_file(const WCHAR *path)
{
    uint8_t head[SIGNATURE_AT + 32];
    DWORD got = 0;
    HANDLE file = CreateFileW(
            path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE)
        return FALSE;
    if (!ReadFile(file, head, sizeof head, &got, NULL))
        got = 0;
    CloseHandle(file);
    return got == sizeof head && is_signature(bytes_of(head + SIGNATURE_AT, 32));
}

BOOL ssp_is_wine_builtin_module(HMODULE module)
{
    return module && is_signature(bytes_of((const uint8_t *)module + SIGNATURE_AT, 32));
}
