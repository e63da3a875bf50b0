/* Where the registry names DLLs of packages ("Restrictions around Registering and Installing a Security
 * Package"; Wine's own secur32 takes Lsa's subkeys, measured): LSA-mode ones by base names in "Security
 * Packages", SSPI ones by file names in "SecurityProviders". */
#include "more.h"

static const WCHAR lsa[] = L"SYSTEM\\CurrentControlSet\\Control\\Lsa";
static const WCHAR providers[] = L"SYSTEM\\CurrentControlSet\\Control\\SecurityProviders";

enum { MOST_BYTES = 1 << 16 };

BOOL more_is_bare(const WCHAR *name)
{
    return !name[wcscspn(name, L"\\/:")];
}

static BOOL is_separator(WCHAR c)
{
    return c == '\\' || c == '/';
}

/* With a drive and a root, or a server's. */
static BOOL is_absolute(const WCHAR *name)
{
    return (*name && name[1] == ':' && is_separator(name[2])) || (is_separator(*name) && is_separator(name[1]));
}

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

/* TEXT gets a value's text with two NULs behind it, on the process heap. A Windows error, and no text:
 * ERROR_FILE_NOT_FOUND if there is none; any other means that there is one, which is not known. */
static LONG read_text(const WCHAR *path, const WCHAR *value, DWORD type, WCHAR **text)
{
    DWORD size = MOST_BYTES, got = REG_NONE;
    HKEY key;
    LONG error = RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE, &key);

    *text = ssp_heap_alloc(MOST_BYTES + 2 * sizeof(WCHAR));
    if (error == ERROR_SUCCESS) {
        error = *text ? RegQueryValueExW(key, value, NULL, &got, (BYTE *)*text, &size) : ERROR_OUTOFMEMORY;
        RegCloseKey(key);
    }
    if (error == ERROR_SUCCESS && got != type)
        error = ERROR_INVALID_DATA;
    if (error == ERROR_SUCCESS) {
        (*text)[size / sizeof(WCHAR)] = (*text)[size / sizeof(WCHAR) + 1] = 0;
        return error;
    }
    if (error != ERROR_FILE_NOT_FOUND)
        log_error("secur32", "%ls, %ls cannot be read (Windows error %ld) or is of another type", path, value,
                error);
    ssp_heap_free(*text);
    *text = NULL;
    return error;
}

/* The next name of a value's text, which is cut up for it; NULL: no more. Blanks and quotation marks around
 * a name are not its own, so one may be empty. */
static WCHAR *next_name(WCHAR **at, enum more_kind kind)
{
    WCHAR *name = *at, *end;

    if (!name || !*name)
        return NULL;
    end = name + (kind == MORE_LSA ? wcslen(name) : wcscspn(name, L","));
    *at = end + (kind == MORE_LSA || *end);
    for (*end = 0; *name == ' ' || *name == '"';)
        name++;
    while (end > name && (end[-1] == ' ' || end[-1] == '"'))
        *--end = 0;
    return name;
}

/* Where a relative path leads depends on the directory that a program was started in: not taken. */
static void one(const WCHAR *name, void (*fn)(const WCHAR *, enum more_kind), enum more_kind kind)
{
    if (!*name || is_known(name))
        return;
    if (more_is_bare(name) || is_absolute(name))
        fn(name, kind);
    else
        log_warn("secur32", "%ls, named by the registry: neither a file's name nor a whole path: not taken", name);
}

struct value {
    const WCHAR *path, *name;
    DWORD type;
};

static struct value value_of(enum more_kind kind)
{
    return kind == MORE_LSA ? (struct value){lsa, L"Security Packages", REG_MULTI_SZ}
                            : (struct value){providers, L"SecurityProviders", REG_SZ};
}

static void from_value(void (*fn)(const WCHAR *, enum more_kind), enum more_kind kind)
{
    struct value v = value_of(kind);
    WCHAR *text, *at, *name;

    read_text(v.path, v.name, v.type, &text);
    for (at = text; (name = next_name(&at, kind));)
        one(name, fn, kind);
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

void more_registered(void (*fn)(const WCHAR *name, enum more_kind kind))
{
    from_value(fn, MORE_LSA);
    from_subkeys(fn);
    from_value(fn, MORE_SSPI);
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

/* Does TEXT, which is cut up, name the same DLL as NAME does? */
static BOOL is_there(WCHAR *text, enum more_kind kind, const WCHAR *name)
{
    WCHAR wanted[MAX_PATH], path[MAX_PATH], *at = text, *old;
    BOOL known = more_path(name, wanted), found = FALSE;

    while (!found && (old = next_name(&at, kind)))
        found = known && more_path(old, path) &&
                CompareStringOrdinal(path, -1, wanted, -1, TRUE) == CSTR_EQUAL;
    return found;
}

SECURITY_STATUS more_register(const WCHAR *name, enum more_kind kind)
{
    BOOL list = kind == MORE_LSA;
    struct value v = value_of(kind);
    WCHAR *old, *text;
    SIZE_T units;
    LONG error;

    if (!list && wcschr(name, ',')) {
        log_error("secur32", "%ls cannot be added for good: %ls is a list with commas", name, v.name);
        return SEC_E_INVALID_PARAMETER;
    }
    error = read_text(v.path, v.name, v.type, &old);
    if (error != ERROR_SUCCESS && error != ERROR_FILE_NOT_FOUND)
        return SEC_E_INTERNAL_ERROR; /* what is there is not overwritten */
    units = !old ? 0 : list ? list_units(old) : wcslen(old);
    text = appended(old, units, list ? L"" : L", ", name);
    error = text ? ERROR_SUCCESS : ERROR_OUTOFMEMORY;
    if (text && !is_there(old, kind, name))
        error = write_text(v.path, v.name, v.type, text, list ? list_units(text) + 1 : wcslen(text) + 1);
    ssp_heap_free(old);
    ssp_heap_free(text);
    return error == ERROR_SUCCESS ? SEC_E_OK : SEC_E_INTERNAL_ERROR;
}
