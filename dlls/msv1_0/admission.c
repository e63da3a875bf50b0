/* Settings of our servers that Windows keeps elsewhere, or leaves to each server:
 * HKLM\Software\opensspi.
 *
 * AllowGuest       1: users that no source knows become guests (Windows: the Guest account is
 *                  enabled)
 * TargetNameCheck  what the client's target name has to be: 0 anything, 1 ours if one is sent,
 *                  2 ours (Windows: SmbServerNameHardeningLevel for SMB; for HTTP each server checks)
 * AcceptedTargets  REG_MULTI_SZ: names that are ours beside the computer's, as ntlm_target_listed
 *                  has them
 *
 * Without a value: no guests, no check.
 */
#include "msv1_0.h"

#define OURS L"Software\\opensspi"

static enum ntlm_target_policy read_target_policy(void)
{
    switch (ssp_policy_dword(HKEY_LOCAL_MACHINE, OURS, L"TargetNameCheck", 0, 2)) {
    case 0:
        return NTLM_TARGET_IGNORE;
    case 1:
        return NTLM_TARGET_IF_SENT;
    default: /* what nobody has defined is meant strictly */
        return NTLM_TARGET_REQUIRE;
    }
}

enum status admission_read(struct admission *a)
{
    a->guests = ssp_policy_dword(HKEY_LOCAL_MACHINE, OURS, L"AllowGuest", 0, 0) == 1;
    a->target_policy = read_target_policy();
    if (a->target_policy == NTLM_TARGET_IGNORE)
        return ST_OK;
    return policy_multi_text(OURS, L"AcceptedTargets", &a->targets);
}
