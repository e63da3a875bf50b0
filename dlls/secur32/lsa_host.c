/* Bringing up the packages of a DLL of LSA-mode packages. */
#include "lsa_host.h"

/* A table ends where its version does ("SECPKG_FUNCTION_TABLE structure"); what lies behind is not
 * the package's. (ntsecpkg.h: version 2 adds SetContextAttributes, version 3
 * SetCredentialsAttributes, which is the last that is called here: a newer one counts as 3.) */
static SIZE_T lsa_table_size(ULONG version)
{
    if (version >= SECPKG_INTERFACE_VERSION_3)
        return offsetof(SECPKG_FUNCTION_TABLE, SetCredentialsAttributes) + sizeof(void *);
    if (version >= SECPKG_INTERFACE_VERSION_2)
        return offsetof(SECPKG_FUNCTION_TABLE, SetCredentialsAttributes);
    return offsetof(SECPKG_FUNCTION_TABLE, SetContextAttributes);
}

/* The user-mode table has no versions; it has had everything up to here from the beginning. */
enum { USER_TABLE_SIZE = offsetof(SECPKG_USER_FUNCTION_TABLE, ImportContext) + sizeof(void *) };

struct tables {
    PSECPKG_FUNCTION_TABLE lsa;
    PSECPKG_USER_FUNCTION_TABLE user;
    ULONG lsa_version, lsa_count, user_version, user_count;
};

static BOOL lsa_mode(HMODULE module, struct tables *t)
{
    SpLsaModeInitializeFn init =
            (SpLsaModeInitializeFn)(void *)GetProcAddress(module, SECPKG_LSAMODEINIT_NAME);

    return init &&
           init(SECPKG_INTERFACE_VERSION, &t->lsa_version, &t->lsa, &t->lsa_count) >= 0 && t->lsa &&
           t->lsa_count;
}

/* A package without a user-mode half can make contexts but protect no messages. */
static void user_mode(HMODULE module, struct tables *t)
{
    SpUserModeInitializeFn init =
            (SpUserModeInitializeFn)(void *)GetProcAddress(module, SECPKG_USERMODEINIT_NAME);

    if (!init || init(SECPKG_INTERFACE_VERSION, &t->user_version, &t->user, &t->user_count) < 0 ||
            !t->user)
        t->user_count = 0;
}

/* An authentication package names itself; the name is ours to free (lsa.c of libs/ssp: two blocks). */
static BOOL initialize_package(const struct lsa_package *p)
{
    PLSA_STRING name = NULL;

    if (!p->lsa.InitializePackage)
        return TRUE;
    if (p->lsa.InitializePackage((ULONG)p->id, &lsa_dispatch, NULL, NULL, &name) < 0)
        return FALSE;
    if (name)
        lsa_dispatch.FreeLsaHeap(name->Buffer);
    lsa_dispatch.FreeLsaHeap(name);
    return TRUE;
}

/* The package's own strings may go when it likes. */
static BOOL keep_info(struct lsa_package *p, const SecPkgInfoW *info)
{
    if (!info->Name || !*info->Name)
        return FALSE;
    p->info = *info;
    p->info.Name = ssp_heap_text(ssp_text(info->Name));
    p->info.Comment = ssp_heap_text(ssp_text(info->Comment));
    return p->info.Name && p->info.Comment;
}

static BOOL start_lsa_half(struct lsa_package *p)
{
    SecPkgInfoW info = {0};

    if (!p->lsa.GetInfo || !p->lsa.AcquireCredentialsHandle || !p->lsa.FreeCredentialsHandle ||
            !p->lsa.DeleteContext)
        return FALSE;
    if (!initialize_package(p))
        return FALSE;
    if (p->lsa.Initialize && p->lsa.Initialize(p->id, NULL, NULL) < 0)
        return FALSE;
    return p->lsa.GetInfo(&info) >= 0 && keep_info(p, &info);
}

/* One that does not come up is as if it were not there. */
static void start_user_half(struct lsa_package *p, ULONG version)
{
    void *functions = NULL;

    if (p->user.InstanceInit && p->user.InstanceInit(version, &lsa_dll_functions.known, &functions) < 0)
        memset(&p->user, 0, sizeof p->user);
}

static void drop(struct lsa_package *p)
{
    ssp_heap_free(p->info.Name);
    ssp_heap_free(p->info.Comment);
    memset(p, 0, sizeof *p);
}

/* How far the second package's table is from the first's depends on the header that the DLL was built with, which
 * nothing tells: the first one is all that can be taken. */
static BOOL start_package(const struct tables *t, struct lsa_package *p)
{
    memcpy(&p->lsa, t->lsa, lsa_table_size(t->lsa_version));
    if (!start_lsa_half(p)) {
        drop(p);
        return FALSE;
    }
    if (t->user_count) {
        memcpy(&p->user, t->user, USER_TABLE_SIZE);
        start_user_half(p, t->lsa_version);
    }
    return TRUE;
}

struct lsa_package *lsa_host_start(HMODULE module, const WCHAR *path, ULONG_PTR id)
{
    struct tables t = {0};
    struct lsa_package *p = mem_alloc(sizeof *p);

    if (p && lsa_mode(module, &t)) {
        user_mode(module, &t);
        p->id = id;
        if (start_package(&t, p)) {
            log_info("secur32", "%ls hosted as LSA-mode package %ls (the first of %lu)", path, p->info.Name,
                    (unsigned long)t.lsa_count);
            return p;
        }
    }
    log_warn("secur32", "%ls: no LSA-mode package of it could be started", path);
    if (p)
        mem_free(p, sizeof *p);
    return NULL;
}
