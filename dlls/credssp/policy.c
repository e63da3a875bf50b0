/* AllowEncryptionOracle, the policy of CVE-2018-0886: which peers below version 5 are talked to.
 * Microsoft's article 4093492 has the table: at "mitigated" a client refuses servers that are not
 * updated while a server takes such clients; "force updated" refuses both, "vulnerable" neither.
 * Its default is "mitigated". Without a value we are stricter, and take no old clients either; a
 * value counts as it is. */
#include "provider.h"

enum { FIXED_VERSION = 5 };

DWORD policy_oracle(void)
{
    return ssp_policy_dword(HKEY_LOCAL_MACHINE,
            L"Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\CredSSP\\Parameters",
            L"AllowEncryptionOracle", (DWORD)ORACLE_NOT_SET, (DWORD)ORACLE_NOT_SET);
}

uint32_t policy_lowest_version(DWORD oracle, BOOL inbound)
{
    if (oracle == ORACLE_VULNERABLE || (oracle == ORACLE_MITIGATED && inbound))
        return CREDSSP_VERSION_MIN;
    return FIXED_VERSION;
}
