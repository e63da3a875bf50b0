/* What a driver sets between two logins: the options of the next one, and values of the registry. */
#include "peer.h"

/* The UTF-8 text of SIZE bytes, as UTF-16 with a NUL behind it. Lives until the end. */
static WCHAR *wide(const uint8_t *utf8, DWORD size)
{
    WCHAR *text = calloc((size_t)size + 1, sizeof *text);

    if (!text)
        fail("no memory", size);
    if (size && !MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, (const char *)utf8, (int)size,
                        text, (int)size))
        fail("no UTF-8", GetLastError());
    return text;
}

void options_replace(const uint8_t *texts, DWORD size)
{
    static WCHAR *values[32] = {L"sspipeer"};
    int count = 1;

    while (size) {
        const uint8_t *end = memchr(texts, 0, size);
        if (!end || count == ARRAYSIZE(values))
            fail("bad options", size);
        values[count++] = wide(texts, (DWORD)(end - texts));
        size -= (DWORD)(end + 1 - texts);
        texts = end + 1;
    }
    arg_count = count;
    arg_values = values;
}

static LSTATUS set_value(const WCHAR *path, const WCHAR *value, const DWORD *number)
{
    HKEY key;
    LSTATUS status = RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0,
            KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL);
    if (status)
        return status;
    if (number)
        status = RegSetValueExW(key, value, 0, REG_DWORD, (const BYTE *)number, sizeof *number);
    else if ((status = RegDeleteValueW(key, value)) == ERROR_FILE_NOT_FOUND)
        status = ERROR_SUCCESS;
    RegCloseKey(key);
    return status;
}

SECURITY_STATUS registry_set(const uint8_t *data, DWORD size)
{
    const uint8_t *end = data + size;
    const uint8_t *path_end = memchr(data, 0, size);
    const uint8_t *value = path_end ? path_end + 1 : end;
    const uint8_t *value_end = memchr(value, 0, (size_t)(end - value));
    DWORD number = 0;

    if (!value_end || (end - value_end != 1 && end - value_end != 5))
        return SEC_E_INVALID_PARAMETER;
    for (const uint8_t *p = value_end + 1; p < end; p++)
        number = number << 8 | *p;
    LSTATUS status = set_value(wide(data, (DWORD)(path_end - data)),
            wide(value, (DWORD)(value_end - value)), end - value_end == 5 ? &number : NULL);
    return status ? SEC_E_INTERNAL_ERROR : SEC_E_OK;
}
