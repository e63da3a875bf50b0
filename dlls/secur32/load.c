/* Finding and loading provider DLLs.
 *
 * A provider lies beside this secur32.dll or in the system directory. One of Wine's own files of
 * the same name is not it: Wine's schannel.dll forwards to secur32, which would call itself for
 * ever. Providers that somebody added are made by provider_of_module, for rows made at run time
 * (more.c).
 */
#include "lsa_host.h"

struct provider {
    const WCHAR *file; /* NULL: inside this DLL */
    struct provider *needs;
    BOOL (*there)(void), (*start)(void); /* a hosted package's answers to the two questions below */
    INIT_ONCE looked;
    BOOL present;
    WCHAR path[MAX_PATH];
    const SecurityFunctionTableW *table; /* published once, by an atomic write */
    LONG complained;
};

struct provider provider_msv1_0 = {.file = L"msv1_0.dll", .looked = INIT_ONCE_STATIC_INIT};
struct provider provider_schannel = {.file = L"schannel.dll", .looked = INIT_ONCE_STATIC_INIT};
struct provider provider_credssp = {.file = L"credssp.dll", .looked = INIT_ONCE_STATIC_INIT};
/* Negotiate without a mechanism would be no package. */
struct provider provider_negotiate = {.needs = &provider_msv1_0, .looked = INIT_ONCE_STATIC_INIT};

/* Behind Negotiate's table, in libs/ssp. */
struct provider provider_kerberos = {.there = kerberos_there, .start = kerberos_start};

static BOOL always(void)
{
    return TRUE;
}

struct provider provider_hosted = {.there = always, .start = always};

static HMODULE own_module(void)
{
    HMODULE self = NULL;

    GetModuleHandleExW(
            GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
            (const WCHAR *)(const void *)&provider_negotiate, &self);
    return self;
}

/* The directory this DLL lies in, with its backslash; 0: unknown. */
static DWORD own_directory(WCHAR *path, DWORD size)
{
    DWORD length = GetModuleFileNameW(own_module(), path, size);

    if (!length || length >= size)
        return 0;
    while (length && path[length - 1] != '\\')
        length--;
    return length;
}

static DWORD system_directory(WCHAR *path, DWORD size)
{
    DWORD length = GetSystemDirectoryW(path, size);

    if (!length || length + 1 >= size)
        return 0;
    path[length] = '\\';
    return length + 1;
}

BOOL system_file(WCHAR *path, const WCHAR *file)
{
    DWORD length = system_directory(path, MAX_PATH);

    if (!length || length + wcslen(file) >= MAX_PATH)
        return FALSE;
    memcpy(path + length, file, (wcslen(file) + 1) * sizeof(WCHAR));
    return TRUE;
}

/* PATH holds LENGTH units of a directory: is FILE there, and not Wine's? */
static BOOL file_there(WCHAR *path, DWORD length, const WCHAR *file)
{
    DWORD attributes;

    if (!length || length + wcslen(file) >= MAX_PATH)
        return FALSE;
    memcpy(path + length, file, (wcslen(file) + 1) * sizeof(WCHAR));
    attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES || (attributes & FILE_ATTRIBUTE_DIRECTORY))
        return FALSE;
    return !ssp_is_wine_builtin_file(path);
}

static BOOL CALLBACK look(INIT_ONCE *once, void *parameter, void **context)
{
    struct provider *p = parameter;

    (void)once, (void)context;
    p->present = file_there(p->path, own_directory(p->path, MAX_PATH), p->file) ||
                 file_there(p->path, system_directory(p->path, MAX_PATH), p->file);
    if (!p->present)
        log_warn("secur32",
                "%ls: not beside secur32.dll nor in the system directory (or only Wine's own); "
                "its packages are not listed: install opensspi's",
                p->file);
    return TRUE;
}

BOOL provider_present(struct provider *p)
{
    if (p->needs)
        return provider_present(p->needs);
    if (p->there)
        return p->there();
    ssp_log_start();
    InitOnceExecuteOnce(&p->looked, look, p, NULL);
    return p->present;
}

static void complain(struct provider *p, const char *what)
{
    if (!InterlockedExchange(&p->complained, 1))
        log_error("secur32", "%ls: %s", p->path, what);
}

static const SecurityFunctionTableW *usable_table(struct provider *p, HMODULE module)
{
    INIT_SECURITY_INTERFACE_W init;
    const SecurityFunctionTableW *table;

    if (ssp_is_wine_builtin_module(module) || module == own_module()) {
        complain(p, "Wine loaded its own DLL instead: set the override of this name to native");
        return NULL;
    }
    init = (INIT_SECURITY_INTERFACE_W)(void *)GetProcAddress(module, "InitSecurityInterfaceW");
    table = init ? init() : NULL;
    if (!table || !table->AcquireCredentialsHandleW || !table->FreeCredentialsHandle ||
            !table->DeleteSecurityContext) {
        complain(p, "not a security provider: no function table from InitSecurityInterfaceW");
        return NULL;
    }
    return table;
}

struct provider *provider_of_module(HMODULE module, const WCHAR *path)
{
    struct provider *p = mem_alloc(sizeof *p);

    if (!p)
        return NULL;
    lstrcpynW(p->path, path, MAX_PATH);
    p->file = p->path;
    p->there = always;
    p->table = usable_table(p, module);
    if (p->table)
        return p;
    mem_free(p, sizeof *p);
    return NULL;
}

static const SecurityFunctionTableW *load(struct provider *p)
{
    HMODULE module = LoadLibraryExW(p->path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    const SecurityFunctionTableW *table, *others;

    if (!module) {
        complain(p, "cannot be loaded: is it of this width (32 or 64 bits)?");
        return NULL;
    }
    table = usable_table(p, module);
    if (!table) {
        FreeLibrary(module);
        return NULL;
    }
    others = InterlockedCompareExchangePointer((void **)&p->table, (void *)table, NULL);
    if (others)
        FreeLibrary(module); /* another thread was first; its reference keeps the DLL */
    else
        log_info("secur32", "provider %ls loaded", p->path);
    return others ? others : table;
}

const SecurityFunctionTableW *provider_table(struct provider *p)
{
    const SecurityFunctionTableW *table = *(const SecurityFunctionTableW *volatile *)&p->table;

    if (p->start)
        return p->start() ? ssp_function_table_w() : NULL;
    if (!p->file)
        return ssp_function_table_w();
    if (table)
        return table;
    return provider_present(p) ? load(p) : NULL;
}
