/* Where the registry names DLLs of packages ("Restrictions around Registering and Installing a Security
 * Package"; Wine's own secur32 takes Lsa's subkeys, measured): LSA-mode ones by base names in "Security
 * Packages", SSPI ones by file names in "SecurityProviders". */
#include "more.h"

static const WCHAR lsa[] = L"SYSTEM\\CurrentControlSet\\Control\\Lsa";
static const WCHAR providers[] = L"SYSTEM\\CurrentControlSet\\Control\\SecurityProviders";

enum { MOST_BYTES = 1 << 16 };

BOOL more_path(const WCHAR *name, WCHAR *path)
{
    SIZE_T length = wcslen(name);
    BOOL whole = wcschr(name, '\\') || wcschr(name, '/');
    const WCHAR *file = whole ? max(wcsrchr(name, '\\'), wcsrchr(name, '/')) : name;
    WCHAR with[MAX_PATH];

    if (!length || length + 4 >= MAX_PATH)
        return FALSE;
    memcpy(with, name, (length + 1) * sizeof(WCHAR));
    if (!wcschr(file, '.'))
        memcpy(with + length, L".dll", 5 * sizeof(WCHAR));
    if (!whole)
        return system_file(path, with);
    length = GetFullPathNameW(with, MAX_PATH, path, NULL);
    return length && length < MAX_PATH;
}

/* What Windows lists there of its own; opensspi's are in the package table. */
static BOOL is_known(const WCHAR *name)
{
    static const WCHAR *const known[] = {L"kerberos", L"msv1_0", L"schannel", L"credssp", L"secur32",
            L"sspicli", L"wdigest", L"tspkg", L"pku2u", L"negoexts", L"cloudap", L"livessp", L"digest"};
    SIZE_T length = wcslen(name);

    if (length > 4 && CompareStringOrdinal(name + length - 4, 4, L".dll", 4, TRUE) == CSTR_EQUAL)
        length -= 4;
    for (SIZE_T i = 0; i < ARRAYSIZE(known); i++)
        if (CompareStringOrdinal(name, (int)length, known[i], -1, TRUE) == CSTR_EQUAL)
            return TRUE;
    return FALSE;
}

/* A value's text with two NULs behind it, on the process heap; NULL: none, or not of TYPE. */
static WCHAR *read_text(const WCHAR *path, const WCHAR *value, DWORD type)
{
    DWORD size = MOST_BYTES, got = REG_NONE;
    WCHAR *text = ssp_heap_alloc(MOST_BYTES + 2 * sizeof(WCHAR));
    HKEY key;
    LONG error = RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE, &key);

    if (error == ERROR_SUCCESS) {
        error = text ? RegQueryValueExW(key, value, NULL, &got, (BYTE *)text, &size) : ERROR_OUTOFMEMORY;
        RegCloseKey(key);
    }
    if (error == ERROR_SUCCESS && got == type) {
        text[size / sizeof(WCHAR)] = text[size / sizeof(WCHAR) + 1] = 0;
        return text;
    }
    if (error != ERROR_FILE_NOT_FOUND)
        log_error("secur32", "%ls, %ls cannot be read (Windows error %ld) or is of another type", path, value,
                error);
    ssp_heap_free(text);
    return NULL;
}

/* A name as it stands there: blanks and quotation marks around it are not its own. */
static void one(WCHAR *name, void (*fn)(const WCHAR *, enum more_kind), enum more_kind kind)
{
    SIZE_T length;

    while (*name == ' ' || *name == '"')
        name++;
    for (length = wcslen(name); length && (name[length - 1] == ' ' || name[length - 1] == '"'); length--)
        name[length - 1] = 0;
    if (*name && !is_known(name))
        fn(name, kind);
}

static void from_list(void (*fn)(const WCHAR *, enum more_kind))
{
    WCHAR *text = read_text(lsa, L"Security Packages", REG_MULTI_SZ), *at = text, *next;

    for (; at && *at; at = next) {
        next = at + wcslen(at) + 1;
        one(at, fn, MORE_LSA);
    }
    ssp_heap_free(text);
}

static void from_subkeys(void (*fn)(const WCHAR *, enum more_kind))
{
    WCHAR name[MAX_PATH];
    DWORD size = ARRAYSIZE(name);
    HKEY key;

    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, lsa, 0, KEY_ENUMERATE_SUB_KEYS, &key) != ERROR_SUCCESS)
        return;
    for (DWORD i = 0; RegEnumKeyExW(key, i, name, &size, NULL, NULL, NULL, NULL) == ERROR_SUCCESS; i++) {
        one(name, fn, MORE_LSA);
        size = ARRAYSIZE(name);
    }
    RegCloseKey(key);
}

static void from_providers(void (*fn)(const WCHAR *, enum more_kind))
{
    WCHAR *text = read_text(providers, L"SecurityProviders", REG_SZ), *at = text, *comma;

    while (at) {
        comma = wcschr(at, ',');
        if (comma)
            *comma = 0;
        one(at, fn, MORE_SSPI);
        at = comma ? comma + 1 : NULL;
    }
    ssp_heap_free(text);
}

void more_registered(void (*fn)(const WCHAR *name, enum more_kind kind))
{
    from_list(fn);
    from_subkeys(fn);
    from_providers(fn);
}

static LONG write_text(const WCHAR *path, const WCHAR *value, DWORD type, const WCHAR *text, SIZE_T units)
{
    HKEY key;
    LONG error = RegCreateKeyExW(
            HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL);

    if (error != ERROR_SUCCESS)
        return error;
    error = RegSetValueExW(key, value, 0, type, (const BYTE *)text, (DWORD)(units * sizeof(WCHAR)));
    RegCloseKey(key);
    return error;
}

/* The units of a list of texts without its last NUL. */
static SIZE_T list_units(const WCHAR *list)
{
    const WCHAR *at = list;

    while (*at)
        at += wcslen(at) + 1;
    return (SIZE_T)(at - list);
}

static WCHAR *appended(const WCHAR *old, SIZE_T units, const WCHAR *between, const WCHAR *name)
{
    SIZE_T gap = units ? wcslen(between) : 0, length = wcslen(name);
    WCHAR *text = ssp_heap_alloc((units + gap + length + 2) * sizeof(WCHAR));

    if (!text)
        return NULL;
    if (units)
        memcpy(text, old, units * sizeof(WCHAR));
    memcpy(text + units, between, gap * sizeof(WCHAR));
    memcpy(text + units + gap, name, length * sizeof(WCHAR));
    return text;
}

SECURITY_STATUS more_register(const WCHAR *name, enum more_kind kind)
{
    BOOL list = kind == MORE_LSA;
    const WCHAR *path = list ? lsa : providers, *value = list ? L"Security Packages" : L"SecurityProviders";
    DWORD type = list ? REG_MULTI_SZ : REG_SZ;
    WCHAR *old = read_text(path, value, type), *text;
    SIZE_T units = !old ? 0 : list ? list_units(old) : wcslen(old), all;
    LONG error = ERROR_OUTOFMEMORY;

    text = appended(old, units, list ? L"" : L", ", name);
    if (text) {
        all = list ? list_units(text) + 1 : wcslen(text) + 1;
        error = write_text(path, value, type, text, all);
    }
    ssp_heap_free(old);
    ssp_heap_free(text);
    return error == ERROR_SUCCESS ? SEC_E_OK : SEC_E_INTERNAL_ERROR;
}
