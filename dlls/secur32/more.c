/* Packages of DLLs that somebody added. Rows are made once and stay: a credential may refer to one for ever.
 *
 * No lock is held while a DLL is loaded. The packages come up under one, for they may come up only once;
 * one that asks for the list of packages meanwhile gets what is there so far.
 */
#include "more.h"

struct more_row {
    struct package row;
    const WCHAR *dll; /* its path; ours */
    volatile LONG gone;
};

static struct {
    SRWLOCK lock;
    volatile DWORD owner; /* the thread that holds it */
    volatile BOOL read;   /* the registry has been */
    volatile LONG reader; /* the thread that reads it */
    volatile LONG count;  /* rows below are complete, and never change but for GONE */
    struct more_row *rows[MORE_PACKAGES];
    ULONG dlls;
} more = {.lock = SRWLOCK_INIT};

static BOOL same(const WCHAR *a, const WCHAR *b)
{
    return CompareStringOrdinal(a, -1, b, -1, TRUE) == CSTR_EQUAL;
}

/* ---- adding; the lock is held ---- */

enum { FIRST_LSA_ID = 16 }; /* Windows' own packages are below */

static void add_row(const SecPkgInfoW *info, struct provider *provider, const struct lsa_package *hosted,
        const WCHAR *dll)
{
    struct more_row *r;

    if (package_static_info(info->Name) || more.count == MORE_PACKAGES) {
        log_warn("secur32", "package %ls of %ls: there is one of this name, or too many: not taken",
                info->Name, dll);
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
static BOOL add_hosted(HMODULE module, const WCHAR *path)
{
    struct lsa_package *packages;
    ULONG count;

    if (!lsa_host_start(module, path, FIRST_LSA_ID + (ULONG)more.count, &count, &packages))
        return FALSE;
    for (ULONG i = 0; i < count; i++)
        add_row(&packages[i].info, &provider_hosted, &packages[i], path);
    return TRUE;
}

static BOOL add_sspi(HMODULE module, const WCHAR *path)
{
    struct provider *provider = provider_of_module(module, path);
    const SecurityFunctionTableW *table = provider ? provider_table(provider) : NULL;
    SecPkgInfoW *listed = NULL, copy;
    ULONG count = 0;

    if (!table || !table->EnumerateSecurityPackagesW ||
            table->EnumerateSecurityPackagesW(&count, &listed) != SEC_E_OK)
        return FALSE;
    for (ULONG i = 0; i < count; i++) {
        copy = listed[i];
        copy.Name = ssp_heap_text(ssp_text(listed[i].Name));
        copy.Comment = ssp_heap_text(ssp_text(listed[i].Comment));
        if (copy.Name && *copy.Name && copy.Comment)
            add_row(&copy, provider, NULL, path);
    }
    if (listed && table->FreeContextBuffer)
        table->FreeContextBuffer(listed);
    return count != 0;
}

/* Rows of PATH that were dropped come back; the number of its rows of this kind. */
static ULONG revive(const WCHAR *path, enum more_kind kind)
{
    ULONG found = 0;

    for (LONG i = 0; i < more.count; i++)
        if (same(more.rows[i]->dll, path) &&
                (kind == MORE_ANY || (kind == MORE_LSA) == (more.rows[i]->row.hosted != NULL))) {
            InterlockedExchange(&more.rows[i]->gone, FALSE);
            found++;
        }
    return found;
}

/* *KEEP: the module has to stay. */
static SECURITY_STATUS add_locked(HMODULE module, const WCHAR *path, enum more_kind kind, BOOL *keep)
{
    LONG before = more.count;
    WCHAR *own;

    if (revive(path, kind))
        return SEC_E_OK;
    own = more.dlls < MORE_DLLS ? ssp_heap_text(ssp_text(path)) : NULL;
    if (!own)
        return SEC_E_INSUFFICIENT_MEMORY;
    more.dlls++;
    *keep = (kind != MORE_SSPI && add_hosted(module, own)) || (kind != MORE_LSA && add_sspi(module, own));
    if (!*keep)
        ssp_heap_free(own);
    return more.count > before ? SEC_E_OK : SEC_E_SECPKG_NOT_FOUND;
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

SECURITY_STATUS more_add(const WCHAR *path, enum more_kind kind)
{
    SECURITY_STATUS status = SEC_E_SECPKG_NOT_FOUND;
    BOOL keep = FALSE;
    HMODULE module;

    if (more.owner == GetCurrentThreadId() || ssp_is_wine_builtin_file(path))
        return SEC_E_SECPKG_NOT_FOUND;
    module = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (module && !ssp_is_wine_builtin_module(module) && take()) {
        status = add_locked(module, path, kind, &keep);
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
        more_add(path, kind);
}

/* Threads that come at the same time may both read it; each DLL is taken once. A DLL that asks for packages
 * while it is loaded comes here again, and gets what is there so far. */
static void read_registry(void)
{
    LONG self = (LONG)GetCurrentThreadId();

    if (more.read || more.reader == self || more.owner == (DWORD)self)
        return;
    InterlockedCompareExchange(&more.reader, self, 0);
    more_registered(add_registered);
    more.read = TRUE;
    InterlockedCompareExchange(&more.reader, 0, self);
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

BOOL more_is_hosted(const WCHAR *path)
{
    for (LONG i = 0; i < more.count; i++)
        if (same(more.rows[i]->dll, path))
            return more.rows[i]->row.hosted != NULL;
    return FALSE;
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

        if (!same(r->row.info.Name, name) && !(is_path && same(r->dll, path)))
            continue;
        if (!InterlockedExchange(&r->gone, TRUE))
            status = SEC_E_OK;
    }
    return status;
}
