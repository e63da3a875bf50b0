/* SASL profiles: which there are, and the package of each. The wrapped calls themselves are refused
 * (refused.c). */
#include "secur32.h"
#include "base/reader.h"

/* RFC 4752 calls it GSSAPI with Kerberos; RFC 4178 under SASL is GSS-SPNEGO. */
static const WCHAR profile[] = L"GSS-SPNEGO";
static const WCHAR profile_package[] = L"Negotiate";

/* "SaslEnumerateProfiles function": names one after the other, and a last NUL. */
SECURITY_STATUS WINAPI SaslEnumerateProfilesW(LPWSTR *list, ULONG *count)
{
    if (!list || !count)
        return SEC_E_INVALID_PARAMETER;
    *list = ssp_heap_alloc(sizeof profile + sizeof(WCHAR));
    if (!*list)
        return SEC_E_INSUFFICIENT_MEMORY;
    *count = package_find(profile_package) ? 1 : 0;
    if (*count)
        memcpy(*list, profile, sizeof profile);
    return SEC_E_OK;
}

SECURITY_STATUS WINAPI SaslEnumerateProfilesA(LPSTR *list, ULONG *count)
{
    WCHAR *wide;
    SECURITY_STATUS status;

    if (!list)
        return SEC_E_INVALID_PARAMETER;
    status = SaslEnumerateProfilesW(&wide, count);
    if (status != SEC_E_OK)
        return status;
    *list = ssp_heap_alloc(ARRAYSIZE(profile) + 1);
    if (*list && *count)
        WideCharToMultiByte(
                CP_ACP, 0, wide, ARRAYSIZE(profile), *list, ARRAYSIZE(profile), NULL, NULL);
    ssp_heap_free(wide);
    return *list ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

SECURITY_STATUS WINAPI SaslGetProfilePackageW(LPWSTR name, PSecPkgInfoW *package)
{
    if (!name || CompareStringOrdinal(name, -1, profile, -1, TRUE) != CSTR_EQUAL)
        return SEC_E_SECPKG_NOT_FOUND;
    return QuerySecurityPackageInfoW((WCHAR *)profile_package, package);
}

SECURITY_STATUS WINAPI SaslGetProfilePackageA(LPSTR name, PSecPkgInfoA *package)
{
    return ssp_ansi_package_info(SaslGetProfilePackageW, name, package);
}

/* "SaslIdentifyPackage function": the package of the profile that a client's first message names; a
 * SASL message of a connection's start is the profile's name. */
SECURITY_STATUS WINAPI SaslIdentifyPackageW(PSecBufferDesc input, PSecPkgInfoW *package)
{
    struct bytes name;

    if (!ssp_desc_ok(input) || !package)
        return SEC_E_INVALID_PARAMETER;
    name = ssp_buffer_bytes(ssp_buffer_find(input, SECBUFFER_TOKEN, 0));
    if (name.size >= ARRAYSIZE(profile) - 1 &&
            !strncmp((const char *)name.data, "GSS-SPNEGO", ARRAYSIZE(profile) - 1))
        return QuerySecurityPackageInfoW((WCHAR *)profile_package, package);
    return SEC_E_SECPKG_NOT_FOUND;
}

SECURITY_STATUS WINAPI SaslIdentifyPackageA(PSecBufferDesc input, PSecPkgInfoA *package)
{
    PSecPkgInfoW wide;
    SECURITY_STATUS status = package ? SaslIdentifyPackageW(input, &wide) : SEC_E_INVALID_PARAMETER;

    if (status != SEC_E_OK)
        return status;
    status = ssp_package_copy_a(wide, 1, package);
    ssp_heap_free(wide);
    return status;
}
