/* The one package table (Windows 10's values, in the order in which it lists them), and the
 * questions about it. A package is listed only if its provider is there: a listed package works. */
#include "more.h"

/* Negotiate = Kerberos + 256, CREDSSP = Negotiate + 24576 + 200 in every dump seen. */
static const struct package rows[] = {
        {{0x00883BB3, 1, 9, 48256, L"Negotiate", L"Microsoft Package Negotiator"},
                &provider_negotiate, 0, NULL},
        {{0x028F3BBF, 1, 16, 48000, L"Kerberos", L"Microsoft Kerberos V1.0"}, &provider_kerberos, 2,
                NULL},
        {{0x02882B37, 1, 10, 2888, L"NTLM", L"NTLM Security Package"}, &provider_msv1_0, 3,
                NULL},
        {{0x00810230, 1, 22, 13000, L"TSSSP", L"TS Service Security Package"}, &provider_credssp,
                4, NULL},
        {{0x004107B3, 1, 14, 24576, L"Schannel", L"Schannel Security Package"}, &provider_schannel,
                8, NULL},
        {{0x004107B3, 1, 14, 24576, L"Microsoft Unified Security Protocol Provider",
                 L"Schannel Security Package"},
                &provider_schannel, 8, NULL},
        {{0x004107B3, 1, 14, 24576, L"Default TLS SSP", L"Schannel Security Package"},
                &provider_schannel, 8, NULL},
        {{0x00810733, 1, SECPKG_ID_NONE, 73032, L"CREDSSP", L"Microsoft CredSSP Security Provider"},
                &provider_credssp, 9, NULL},
};

static const struct package *find_row(const WCHAR *name)
{
    if (!name)
        return NULL;
    for (SIZE_T i = 0; i < ARRAYSIZE(rows); i++)
        if (CompareStringOrdinal(rows[i].info.Name, -1, name, -1, TRUE) == CSTR_EQUAL)
            return &rows[i];
    return NULL;
}

const struct package *package_find(const WCHAR *name)
{
    const struct package *row = find_row(name);

    if (!name)
        return NULL;
    if (!row)
        return more_find(name);
    return provider_present(row->provider) ? row : NULL;
}

const struct package *package_by_lsa_id(ULONG id)
{
    for (SIZE_T i = 0; i < ARRAYSIZE(rows); i++)
        if (rows[i].lsa_id == id && provider_present(rows[i].provider))
            return &rows[i];
    return more_by_lsa_id(id);
}

const SecPkgInfoW *package_static_info(const WCHAR *name)
{
    const struct package *row = find_row(name);

    return row ? &row->info : NULL;
}

SECURITY_STATUS WINAPI EnumerateSecurityPackagesW(ULONG *count, PSecPkgInfoW *packages)
{
    SecPkgInfoW present[ARRAYSIZE(rows) + MORE_PACKAGES];
    ULONG n = 0;
    SECURITY_STATUS status;

    if (!count || !packages)
        return SEC_E_INVALID_PARAMETER;
    for (SIZE_T i = 0; i < ARRAYSIZE(rows); i++)
        if (provider_present(rows[i].provider))
            present[n++] = rows[i].info;
    n += more_list(present + n, MORE_PACKAGES);
    status = ssp_package_copy_w(present, n, packages);
    if (status == SEC_E_OK)
        *count = n;
    return status;
}

SECURITY_STATUS WINAPI QuerySecurityPackageInfoW(SEC_WCHAR *name, PSecPkgInfoW *package)
{
    const struct package *row = package_find(name);

    if (!row)
        return SEC_E_SECPKG_NOT_FOUND;
    return package ? ssp_package_copy_w(&row->info, 1, package) : SEC_E_INVALID_PARAMETER;
}
