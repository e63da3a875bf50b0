/* Schannel as LSA security packages, in Windows' order (Wine's tests of schannel.dll, verified on Windows). Under
 * Wine's builtin secur32 it is the function table that serves programs. */
#include "ssp/lsa.h"

const struct ssp_lsa_packages ssp_lsa_packages = {.count = 2,
        .package = {{"Microsoft Unified Security Protocol Provider", 1}, {"Schannel", 0}}};

/* Not declared by any header: a host finds them by name. */
NTSTATUS NTAPI SpLsaModeInitialize(
        ULONG lsa_version, ULONG *package_version, PSECPKG_FUNCTION_TABLE *tables, ULONG *count);
NTSTATUS NTAPI SpUserModeInitialize(ULONG lsa_version, ULONG *package_version,
        PSECPKG_USER_FUNCTION_TABLE *tables, ULONG *count);

NTSTATUS NTAPI SpLsaModeInitialize(
        ULONG lsa_version, ULONG *package_version, PSECPKG_FUNCTION_TABLE *tables, ULONG *count)
{
    return ssp_lsa_mode(lsa_version, package_version, tables, count);
}

NTSTATUS NTAPI SpUserModeInitialize(ULONG lsa_version, ULONG *package_version,
        PSECPKG_USER_FUNCTION_TABLE *tables, ULONG *count)
{
    return ssp_lsa_user_mode(lsa_version, package_version, tables, count);
}
