/* NTLM as an LSA security package: how Wine's builtin secur32 takes msv1_0.dll. */
#include "ssp/lsa.h"

const struct ssp_lsa_packages ssp_lsa_packages = {.count = 1, .package = {{"NTLM", 0}}};

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
