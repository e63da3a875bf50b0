/* GetUserNameEx, GetComputerObjectName, TranslateName (secext.h).
 *
 * Sizes are in characters. Too small a buffer: the size needed with the NUL, the buffer untouched;
 * success: the size without it.
 */
#include "secur32.h"

enum { LONGEST = 512 };

static BOOLEAN fail(DWORD error)
{
    SetLastError(error);
    return FALSE;
}

static BOOLEAN give(const WCHAR *text, WCHAR *buffer, ULONG *size, DWORD too_small)
{
    ULONG units = (ULONG)wcslen(text);

    if (!buffer || *size < units + 1) {
        *size = units + 1;
        return fail(too_small);
    }
    memcpy(buffer, text, (units + 1) * sizeof(WCHAR));
    *size = units;
    return TRUE;
}

/* DOMAIN\user of the thread's token, or the process's. */
static BOOL sam_compatible(WCHAR *out)
{
    union {
        TOKEN_USER user;
        BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } info;
    WCHAR user[256 + 1], domain[256 + 1] = L"";
    DWORD user_size = ARRAYSIZE(user), domain_size = ARRAYSIZE(domain), size;
    HANDLE token;
    SID_NAME_USE use;
    BOOL done;

    if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token) &&
            !OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return FALSE;
    done = GetTokenInformation(token, TokenUser, &info, sizeof info, &size) &&
           LookupAccountSidW(
                   NULL, info.user.User.Sid, user, &user_size, domain, &domain_size, &use);
    CloseHandle(token);
    if (!done)
        return FALSE;
    wcscpy(out, domain);
    wcscat(out, L"\\");
    wcscat(out, user);
    return TRUE;
}

/* Names of a directory (UPN, canonical, distinguished ...) exist for accounts of a domain only; a
 * Wine prefix is in none. */
BOOLEAN WINAPI GetUserNameExW(EXTENDED_NAME_FORMAT format, LPWSTR buffer, PULONG size)
{
    WCHAR text[LONGEST + 4];

    if (!size)
        return fail(ERROR_INVALID_PARAMETER);
    if (format != NameSamCompatible)
        return fail(ERROR_NONE_MAPPED);
    if (!sam_compatible(text))
        return FALSE;
    return give(text, buffer, size, ERROR_MORE_DATA);
}

/* The machine's domain; FALSE: a workgroup. */
static BOOL own_domain(WCHAR *netbios, WCHAR *dns)
{
    LSA_OBJECT_ATTRIBUTES attributes = {sizeof attributes, NULL, NULL, 0, NULL, NULL};
    POLICY_DNS_DOMAIN_INFO *info = NULL;
    LSA_HANDLE policy;
    BOOL member = FALSE;

    if (LsaOpenPolicy(NULL, &attributes, POLICY_VIEW_LOCAL_INFORMATION, &policy) != STATUS_SUCCESS)
        return FALSE;
    if (LsaQueryInformationPolicy(policy, PolicyDnsDomainInformation, (void **)&info) ==
                    STATUS_SUCCESS &&
            info && info->Sid && info->DnsDomainName.Length && info->Name.Length < 2 * 256 &&
            info->DnsDomainName.Length < 2 * 256) {
        memcpy(netbios, info->Name.Buffer, info->Name.Length);
        netbios[info->Name.Length / sizeof(WCHAR)] = 0;
        memcpy(dns, info->DnsDomainName.Buffer, info->DnsDomainName.Length);
        dns[info->DnsDomainName.Length / sizeof(WCHAR)] = 0;
        member = TRUE;
    }
    if (info)
        LsaFreeMemory(info);
    LsaClose(policy);
    return member;
}

BOOLEAN WINAPI GetComputerObjectNameW(EXTENDED_NAME_FORMAT format, LPWSTR buffer, PULONG size)
{
    WCHAR netbios[256], dns[256], computer[MAX_COMPUTERNAME_LENGTH + 1], text[LONGEST + 4];
    DWORD units = ARRAYSIZE(computer);

    if (!size || format == NameUnknown)
        return fail(ERROR_INVALID_PARAMETER);
    if (!own_domain(netbios, dns))
        return fail(ERROR_CANT_ACCESS_DOMAIN_INFO);
    if (format != NameSamCompatible && format != NameDnsDomain)
        return fail(ERROR_NONE_MAPPED);
    if (!GetComputerNameW(computer, &units))
        return FALSE;
    wcscpy(text, format == NameDnsDomain ? dns : netbios);
    wcscat(text, L"\\");
    wcscat(text, computer);
    wcscat(text, L"$");
    return give(text, buffer, size, ERROR_INSUFFICIENT_BUFFER);
}

/* Translation asks a domain controller; without one nothing maps. */
BOOLEAN WINAPI TranslateNameW(LPCWSTR account, EXTENDED_NAME_FORMAT from, EXTENDED_NAME_FORMAT to,
        LPWSTR translated, PULONG size)
{
    (void)translated, (void)from, (void)to;
    if (!account || !size)
        return fail(ERROR_INVALID_PARAMETER);
    return fail(ERROR_NONE_MAPPED);
}

/* ---- A: the same in the ANSI code page, sizes in bytes ---- */

static BOOLEAN give_ansi(const WCHAR *text, char *buffer, ULONG *size, DWORD too_small)
{
    int bytes = WideCharToMultiByte(CP_ACP, 0, text, -1, NULL, 0, NULL, NULL);

    if (!buffer || *size < (ULONG)bytes) {
        *size = (ULONG)bytes;
        return fail(too_small);
    }
    WideCharToMultiByte(CP_ACP, 0, text, -1, buffer, bytes, NULL, NULL);
    *size = (ULONG)bytes - 1;
    return TRUE;
}

BOOLEAN WINAPI GetUserNameExA(EXTENDED_NAME_FORMAT format, LPSTR buffer, PULONG size)
{
    WCHAR text[LONGEST + 4];
    ULONG units = ARRAYSIZE(text);

    if (!size)
        return fail(ERROR_INVALID_PARAMETER);
    if (!GetUserNameExW(format, text, &units))
        return FALSE;
    return give_ansi(text, buffer, size, ERROR_MORE_DATA);
}

BOOLEAN WINAPI GetComputerObjectNameA(EXTENDED_NAME_FORMAT format, LPSTR buffer, PULONG size)
{
    WCHAR text[LONGEST + 4];
    ULONG units = ARRAYSIZE(text);

    if (!size)
        return fail(ERROR_INVALID_PARAMETER);
    if (!GetComputerObjectNameW(format, text, &units))
        return FALSE;
    return give_ansi(text, buffer, size, ERROR_INSUFFICIENT_BUFFER);
}

BOOLEAN WINAPI TranslateNameA(LPCSTR account, EXTENDED_NAME_FORMAT from, EXTENDED_NAME_FORMAT to,
        LPSTR translated, PULONG size)
{
    (void)translated;
    return TranslateNameW(account ? L"" : NULL, from, to, NULL, size);
}
