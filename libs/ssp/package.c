/* SecPkgInfo blocks as programs get them: one block of the process heap, strings behind the
 * structures. */
#include "ssp/ssp.h"

static SIZE_T units(const WCHAR *s)
{
    return s ? wcslen(s) + 1 : 1;
}

static WCHAR *append_w(WCHAR **at, const WCHAR *s)
{
    WCHAR *start = *at;

    memcpy(start, s ? s : L"", units(s) * sizeof(WCHAR));
    *at += units(s);
    return start;
}

SECURITY_STATUS ssp_package_copy_w(const SecPkgInfoW *from, ULONG count, PSecPkgInfoW *out)
{
    SIZE_T size = count * sizeof *from;
    SecPkgInfoW *block;
    WCHAR *at;

    for (ULONG i = 0; i < count; i++)
        size += (units(from[i].Name) + units(from[i].Comment)) * sizeof(WCHAR);
    block = ssp_heap_alloc(size);
    if (!block)
        return SEC_E_INSUFFICIENT_MEMORY;
    at = (WCHAR *)(block + count);
    for (ULONG i = 0; i < count; i++) {
        block[i] = from[i];
        block[i].Name = append_w(&at, from[i].Name);
        block[i].Comment = append_w(&at, from[i].Comment);
    }
    *out = block;
    return SEC_E_OK;
}

static SIZE_T ansi_size(const WCHAR *s)
{
    return s ? (SIZE_T)WideCharToMultiByte(CP_ACP, 0, s, -1, NULL, 0, NULL, NULL) : 1;
}

static char *append_a(char **at, const char *end, const WCHAR *s)
{
    char *start = *at;

    *at += WideCharToMultiByte(CP_ACP, 0, s ? s : L"", -1, start, (int)(end - start), NULL, NULL);
    return start;
}

SECURITY_STATUS ssp_package_copy_a(const SecPkgInfoW *from, ULONG count, PSecPkgInfoA *out)
{
    SIZE_T size = count * sizeof(SecPkgInfoA);
    SecPkgInfoA *block;
    char *at, *end;

    for (ULONG i = 0; i < count; i++)
        size += ansi_size(from[i].Name) + ansi_size(from[i].Comment);
    block = ssp_heap_alloc(size);
    if (!block)
        return SEC_E_INSUFFICIENT_MEMORY;
    at = (char *)(block + count);
    end = (char *)block + size;
    for (ULONG i = 0; i < count; i++) {
        block[i].fCapabilities = from[i].fCapabilities;
        block[i].wVersion = from[i].wVersion;
        block[i].wRPCID = from[i].wRPCID;
        block[i].cbMaxToken = from[i].cbMaxToken;
        block[i].Name = append_a(&at, end, from[i].Name);
        block[i].Comment = append_a(&at, end, from[i].Comment);
    }
    *out = block;
    return SEC_E_OK;
}

const SecPkgInfoW *ssp_package_find(const SecPkgInfoW *list, ULONG count, const WCHAR *name)
{
    if (!name)
        return NULL;
    for (ULONG i = 0; i < count; i++)
        if (CompareStringOrdinal(list[i].Name, -1, name, -1, TRUE) == CSTR_EQUAL)
            return &list[i];
    return NULL;
}
