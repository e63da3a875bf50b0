/* The settings of Windows that say how old and how weak a login may be. One snapshot per
 * credential: what changes in the registry holds for credentials acquired afterwards.
 *
 * "Network security: LAN Manager authentication level", "... Minimum session security for NTLM SSP
 * based clients" and "... servers", "... Restrict NTLM: Outgoing NTLM traffic to remote servers".
 */
#include "msv1_0.h"
#include "base/log.h"

#define LSA L"System\\CurrentControlSet\\Control\\Lsa"

/* NtlmMinClientSec, NtlmMinServerSec: NEGOTIATE flags, but for these two ("Minimum session security
 * for NTLM SSP based ..."). */
enum { MIN_INTEGRITY = 0x10, MIN_CONFIDENTIALITY = 0x20 };

enum { RESTRICT_DENY = 2, TEXTS_MAX = 16384 /* bytes */ };

/* Without a value: Windows' default of 128 bits, and extended session security. */
static const DWORD default_minimum =
        NTLMSSP_NEGOTIATE_128 | NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY;
/* With one that is no number: all that it could ask for. */
static const DWORD strictest_minimum = NTLMSSP_NEGOTIATE_128 |
                                       NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | MIN_INTEGRITY |
                                       MIN_CONFIDENTIALITY;

/* Without a value version 2 only, in both directions; so is what nobody has defined. */
static enum ntlm_level read_level(void)
{
    DWORD level = ssp_policy_dword(HKEY_LOCAL_MACHINE, LSA, L"LmCompatibilityLevel", 5, 5);

    return level < 5 ? (enum ntlm_level)(NTLM_LEVEL_0 + level) : NTLM_LEVEL_DEFAULT;
}

static struct minimum read_minimum(const WCHAR *value)
{
    DWORD required = ssp_policy_dword(
            HKEY_LOCAL_MACHINE, LSA L"\\MSV1_0", value, default_minimum, strictest_minimum);
    struct minimum m = {0};

    if (required & NTLMSSP_NEGOTIATE_128)
        required |= NTLMSSP_NEGOTIATE_56; /* who demands 128 bits does not do with 40 */
    m.weaker = ~required & (NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | NTLMSSP_NEGOTIATE_128 |
                                   NTLMSSP_NEGOTIATE_56);
    m.wishes = (required & MIN_INTEGRITY ? NTLM_WISH_SIGN : 0) |
               (required & MIN_CONFIDENTIALITY ? NTLM_WISH_SEAL : 0);
    return m;
}

enum status policy_multi_text(const WCHAR *path, const WCHAR *value, struct blob *out)
{
    DWORD type = REG_NONE, size = TEXTS_MAX;
    enum status status = ST_NO_MEMORY;
    BYTE *text;
    HKEY key;

    LONG error = RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key);
    if (error != ERROR_SUCCESS && error != ERROR_FILE_NOT_FOUND)
        ssp_policy_failed();
    if (error != ERROR_SUCCESS)
        return ST_OK;
    text = mem_alloc(TEXTS_MAX);
    if (text) {
        error = RegQueryValueExW(key, value, NULL, &type, text, &size);
        status = error == ERROR_SUCCESS && type == REG_MULTI_SZ
                         ? blob_set(out, bytes_of(text, size & ~1u))
                         : ST_OK;
        if (error != ERROR_FILE_NOT_FOUND && (error != ERROR_SUCCESS || type != REG_MULTI_SZ))
            log_error("msv1_0", "%ls\\%ls is no REG_MULTI_SZ of up to %d bytes: it names nobody",
                    path, value, TEXTS_MAX);
    }
    mem_free(text, TEXTS_MAX);
    RegCloseKey(key);
    return status;
}

enum status policy_read(struct policy *p)
{
    p->level = read_level();
    /* "Network security: Do not store LAN Manager hash value on next password change" is Windows'
     * default: its accounts have none then. Ours may, in files that Samba wrote. */
    p->lm_hashes = ssp_policy_dword(HKEY_LOCAL_MACHINE, LSA, L"NoLMHash", 1, 1) == 0;
    p->client = read_minimum(L"NtlmMinClientSec");
    p->server = read_minimum(L"NtlmMinServerSec");
    p->deny_sending = ssp_policy_dword(HKEY_LOCAL_MACHINE, LSA L"\\MSV1_0",
                              L"RestrictSendingNTLMTraffic", 0, RESTRICT_DENY) >= RESTRICT_DENY;
    enum status status = admission_read(&p->admission);
    if (status == ST_OK && p->deny_sending) /* what cannot be read allows nobody */
        status = policy_multi_text(LSA L"\\MSV1_0", L"ClientAllowedNTLMServers", &p->exceptions);
    return status;
}

void policy_free(struct policy *p)
{
    blob_free(&p->exceptions);
    blob_free(&p->admission.targets);
}

BOOL policy_allows_sending(const struct policy *p, struct bytes target)
{
    return !p->deny_sending || ntlm_target_listed(target, blob_view(&p->exceptions));
}
