/* Values of HKLM for tests of settings. Only where the prefix is opensspi's: nobody's real machine
 * is made weaker by a test. */
#ifndef MSV1_0_REGISTRY_H
#define MSV1_0_REGISTRY_H

#include "../sspi_test.h"

enum { NONE = -1 }; /* no such value */

static void set(const char *path, const char *name, DWORD type, const void *data, DWORD size)
{
    HKEY key;
    LONG error = RegCreateKeyExA(HKEY_LOCAL_MACHINE, path, 0, NULL, 0,
            KEY_ALL_ACCESS | KEY_WOW64_64KEY, NULL, &key, NULL);

    ok(!error, "%s: %ld\n", path, error);
    if (data)
        error = RegSetValueExA(key, name, 0, type, data, size);
    else if ((error = RegDeleteValueA(key, name)) == ERROR_FILE_NOT_FOUND)
        error = 0;
    ok(!error, "%s: %ld\n", name, error);
    RegCloseKey(key);
}

static void set_number(const char *path, const char *name, int value)
{
    DWORD number = value;
    set(path, name, REG_DWORD, value == NONE ? NULL : &number, sizeof(number));
}

#endif
