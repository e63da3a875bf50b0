/* AddSecurityPackage and DeleteSecurityPackage. The pages say little more than that a name of a package is
 * added to, or deleted from, the list. Here the name to add is that of its DLL, as in the registry; it is
 * added for this program, and with SECPKG_OPTIONS_PERMANENT for those to come. What is opensspi's own
 * cannot be deleted. */
#include "more.h"

static enum more_kind kind_of(ULONG type)
{
    return type == SECPKG_OPTIONS_TYPE_LSA    ? MORE_LSA
           : type == SECPKG_OPTIONS_TYPE_SSPI ? MORE_SSPI
                                              : MORE_ANY;
}

static BOOL options_ok(const SECURITY_PACKAGE_OPTIONS *options)
{
    return !options || (options->Size >= sizeof *options && options->Type <= SECPKG_OPTIONS_TYPE_SSPI &&
                               !(options->Flags & ~(ULONG)SECPKG_OPTIONS_PERMANENT));
}

SECURITY_STATUS WINAPI AddSecurityPackageW(LPWSTR name, PSECURITY_PACKAGE_OPTIONS options)
{
    enum more_kind kind = kind_of(options ? options->Type : SECPKG_OPTIONS_TYPE_UNKNOWN);
    WCHAR path[MAX_PATH];
    SECURITY_STATUS status;

    ssp_log_start();
    if (!name || !options_ok(options))
        return SEC_E_INVALID_PARAMETER;
    if (!more_path(name, path))
        return SEC_E_SECPKG_NOT_FOUND;
    status = more_add(path, kind, &kind);
    if (status == SEC_E_OK && options && (options->Flags & SECPKG_OPTIONS_PERMANENT))
        /* a relative path means something in this program's directory only */
        status = more_register(more_is_bare(name) ? name : path, kind);
    return status;
}

SECURITY_STATUS WINAPI DeleteSecurityPackageW(SEC_WCHAR *name)
{
    if (!name)
        return SEC_E_INVALID_PARAMETER;
    if (package_static_info(name))
        return SEC_E_UNSUPPORTED_FUNCTION;
    return more_drop(name);
}

SECURITY_STATUS WINAPI AddSecurityPackageA(LPSTR name, PSECURITY_PACKAGE_OPTIONS options)
{
    WCHAR *wide;
    SECURITY_STATUS status;

    if (!ssp_wide_text(name, &wide))
        return SEC_E_INSUFFICIENT_MEMORY;
    status = AddSecurityPackageW(wide, options);
    ssp_heap_free(wide);
    return status;
}

SECURITY_STATUS WINAPI DeleteSecurityPackageA(SEC_CHAR *name)
{
    WCHAR *wide;
    SECURITY_STATUS status;

    if (!ssp_wide_text(name, &wide))
        return SEC_E_INSUFFICIENT_MEMORY;
    status = DeleteSecurityPackageW(wide);
    ssp_heap_free(wide);
    return status;
}
