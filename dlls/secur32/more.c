/* Packages of DLLs that somebody added. Rows are made once and stay: a credential may refer to one for ever.
 *
 * Packages come up under a lock, for they may come up only once; one that asks for the list meanwhile gets
 * what is there so far. That lock is not held while a DLL is loaded; the registry's is, which nobody waits for
 * under the loader's lock.
 */
#include "more.h"

/* A DLL whose packages of one kind were started, which may be done only once; it stays loaded. */
struct more_dll {
    HMODULE module; /* one file is one module, however its path is spelled */
    enum more_kind kind;
    const WCHAR *path; /* by which it came; ours */
};

struct more_row {
    struct package row;
    const struct more_dll *dll;
    volatile LONG gone;
};

static struct {
    SRWLOCK lock;
    volatile DWORD owner; /* the thread that holds it */
    volatile BOOL read;   /* the registry has been */
    SRWLOCK reading;
    volatile DWORD reader; /* the thread that reads it */
    volatile LONG count;  /* rows below are complete, and never change but for GONE */
    struct more_row *rows[MORE_PACKAGES];
    struct more_dll dlls[MORE_DLLS];
    ULONG dll_count;
} more = {.lock = SRWLOCK_INIT, .reading = SRWLOCK_INIT};

static BOOL same(const WCHAR *a, const WCHAR *b)
{
    return CompareStringOrdinal(a, -1, b, -1, TRUE) == CSTR_EQUAL;
}

/* ---- adding; the lock is held ---- */

enum { FIRST_LSA_ID = 16 }; /* Windows' own packages are below */

static void add_row(const SecPkgInfoW *info, struct provider *provider, const struct lsa_package *hosted,
        const struct more_dll *dll)
{
    struct more_row *r;

    if (package_static_info(info->Name) || more.count == MORE_PACKAGES) {
        log_warn("secur32", "package %ls of %ls: there is one of this name, or too many: not taken",
                info->Name, dll->path);
        return;
    }
    for (LONG i = 0; i < more.count; i++)
        if (same(more.rows[i]->row.info.Name, info->Name))
            return;
    r = mem_alloc(sizeof *r);
    if (!r)
        return;
    r->row = (struct package){*info, provider, FIRST_LSA_ID + (ULONG)more.count, hosted};
    r->dll = dll;
    more.rows[more.count] = r;
    InterlockedIncrement(&more.count);
}

/* FALSE: no package of this kind. On success the module stays loaded. */
static BOOL add_hosted(struct more_dll *dll)
{
    const struct lsa_package *p = lsa_host_start(dll->module, dll->path, FIRST_LSA_ID + (ULONG)more.count);

    dll->kind = MORE_LSA;
    if (p)
        add_row(&p->info, &provider_hosted, p, dll);
    return p != NULL;
}

static BOOL add_sspi(struct more_dll *dll)
{
    struct provider *provider = provider_of_module(dll->module, dll->path);
    const SecurityFunctionTableW *table = provider ? provider_table(provider) : NULL;
    SecPkgInfoW *listed = NULL, copy;
    ULONG count = 0;

    dll->kind = MORE_SSPI;
    if (!table || !table->EnumerateSecurityPackagesW ||
            table->EnumerateSecurityPackagesW(&count, &listed) != SEC_E_OK)
        return FALSE;
    for (ULONG i = 0; i < count; i++) {
        copy = listed[i];
        copy.Name = ssp_heap_text(ssp_text(listed[i].Name));
        copy.Comment = ssp_heap_text(ssp_text(listed[i].Comment));
        if (copy.Name && *copy.Name && copy.Comment)
            add_row(&copy, provider, NULL, dll);
    }
    if (listed && table->FreeContextBuffer)
        table->FreeContextBuffer(listed);
    return count != 0;
}

/* Rows of DLL that were dropped come back; the number of its rows. */
static ULONG revive(const struct more_dll *dll)
{
    ULONG found = 0;

    for (LONG i = 0; i < more.count; i++)
        if (more.rows[i]->dll == dll) {
            InterlockedExchange(&more.rows[i]->gone, FALSE);
            found++;
        }
    return found;
}

static const struct more_dll *started(HMODULE module, enum more_kind kind)
{
    for (ULONG i = 0; i < more.dll_count; i++)
        if (more.dlls[i].module == module && (kind == MORE_ANY || kind == more.dlls[i].kind))
            return &more.dlls[i];
    return NULL;
}

/* NULL: no package of that kind came up, or no room; the module need not stay. */
static const struct more_dll *start(HMODULE module, const WCHAR *path, enum more_kind kind)
{
    struct more_dll *dll = &more.dlls[more.dll_count];
    WCHAR *own = more.dll_count < MORE_DLLS ? ssp_heap_text(ssp_text(path)) : NULL;

    if (!own)
        return NULL;
    *dll = (struct more_dll){module, kind, own};
    if ((kind != MORE_SSPI && add_hosted(dll)) || (kind != MORE_LSA && add_sspi(dll))) {
        more.dll_count++;
        return dll;
    }
    ssp_heap_free(own);
    return NULL;
}

/* *KEEP: the module has to stay. */
static SECURITY_STATUS add_locked(
        HMODULE module, const WCHAR *path, enum more_kind kind, enum more_kind *found, BOOL *keep)
{
    const struct more_dll *dll = started(module, kind);

    if (!dll) {
        dll = start(module, path, kind);
        *keep = dll != NULL;
    }
    if (!dll || !revive(dll))
        return SEC_E_SECPKG_NOT_FOUND;
    if (found)
        *found = dll->kind;
    return SEC_E_OK;
}

/* FALSE: this thread holds it already, in a package's start. */
static BOOL take(void)
{
    if (more.owner == GetCurrentThreadId())
        return FALSE;
    AcquireSRWLockExclusive(&more.lock);
    more.owner = GetCurrentThreadId();
    return TRUE;
}

static void give(void)
{
    more.owner = 0;
    ReleaseSRWLockExclusive(&more.lock);
}

SECURITY_STATUS more_add(const WCHAR *path, enum more_kind kind, enum more_kind *found)
{
    SECURITY_STATUS status = SEC_E_SECPKG_NOT_FOUND;
    BOOL keep = FALSE;
    HMODULE module;

    if (more.owner == GetCurrentThreadId() || ssp_is_wine_builtin_file(path))
        return SEC_E_SECPKG_NOT_FOUND;
    module = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (module && !ssp_is_wine_builtin_module(module) && take()) {
        status = add_locked(module, path, kind, found, &keep);
        give();
    }
    if (module && !keep)
        FreeLibrary(module);
    if (status != SEC_E_OK)
        log_warn("secur32", "%ls gives no security package: %#lx", path, (unsigned long)status);
    return status;
}

/* ---- the registry's ---- */

static void add_registered(const WCHAR *name, enum more_kind kind)
{
    WCHAR path[MAX_PATH];

    if (more_path(name, path) && GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES)
        more_add(path, kind, NULL);
}

/* Where a process keeps the loader's lock is in no header; the debugger's symbols of ntdll have it. */
static BOOL holds_loader_lock(void)
{
    static const SIZE_T place = sizeof(void *) == 8 ? 0x110 : 0xA0;
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    BOOL(WINAPI *held)(const void *) =
            (BOOL(WINAPI *)(const void *))(void *)GetProcAddress(ntdll, "RtlIsCriticalSectionLockedByThread");
    const BYTE *(WINAPI *peb)(void) = (const BYTE *(WINAPI *)(void))(void *)GetProcAddress(ntdll, "RtlGetCurrentPeb");
    const void *lock = NULL;

    if (held && peb)
        memcpy(&lock, peb() + place, sizeof lock);
    return lock && held(lock);
}

/* One thread reads it, others wait. Who must not wait gets what is there so far: a DLL that asks for packages
 * while it is loaded or started by the reader; and a DllMain, which the reader may have to wait for. */
static void read_registry(void)
{
    DWORD self = GetCurrentThreadId();

    if (more.read || more.reader == self || more.owner == self || holds_loader_lock())
        return;
    AcquireSRWLockExclusive(&more.reading);
    if (!more.read) {
        more.reader = self;
        more_registered(add_registered);
        more.read = TRUE;
        more.reader = 0;
    }
    ReleaseSRWLockExclusive(&more.reading);
}

/* ---- finding ---- */

const struct package *more_find(const WCHAR *name)
{
    read_registry();
    for (LONG i = 0; i < more.count; i++)
        if (!more.rows[i]->gone && same(more.rows[i]->row.info.Name, name))
            return &more.rows[i]->row;
    return NULL;
}

const struct package *more_by_lsa_id(ULONG id)
{
    read_registry();
    for (LONG i = 0; i < more.count; i++)
        if (!more.rows[i]->gone && more.rows[i]->row.lsa_id == id)
            return &more.rows[i]->row;
    return NULL;
}

ULONG more_list(SecPkgInfoW *infos, ULONG room)
{
    ULONG n = 0;

    read_registry();
    for (LONG i = 0; i < more.count && n < room; i++)
        if (!more.rows[i]->gone)
            infos[n++] = more.rows[i]->row.info;
    return n;
}

SECURITY_STATUS more_drop(const WCHAR *name)
{
    WCHAR path[MAX_PATH];
    BOOL is_path = more_path(name, path);
    SECURITY_STATUS status = SEC_E_SECPKG_NOT_FOUND;

    read_registry();
    for (LONG i = 0; i < more.count; i++) {
        struct more_row *r = more.rows[i];

        if (!same(r->row.info.Name, name) && !(is_path && same(r->dll->path, path)))
            continue;
        if (!InterlockedExchange(&r->gone, TRUE))
            status = SEC_E_OK;
    }
    return status;
}
