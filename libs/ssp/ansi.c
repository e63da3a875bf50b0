/* The one A layer: converts strings to and from CP_ACP and calls a W function. The attribute table
 * says which members of a queried structure are strings. */
#include "ssp/ssp.h"

BOOL ssp_wide_text(const char *text, WCHAR **wide)
{
    int units;

    *wide = NULL;
    if (!text)
        return TRUE;
    units = MultiByteToWideChar(CP_ACP, 0, text, -1, NULL, 0);
    *wide = units > 0 ? ssp_heap_alloc((SIZE_T)units * sizeof(WCHAR)) : NULL; /* no NUL in 0 */
    if (!*wide)
        return FALSE;
    MultiByteToWideChar(CP_ACP, 0, text, -1, *wide, units);
    return TRUE;
}

BOOL ssp_ansi_text(const WCHAR *text, char **ansi)
{
    int size;

    *ansi = NULL;
    if (!text)
        return TRUE;
    size = WideCharToMultiByte(CP_ACP, 0, text, -1, NULL, 0, NULL, NULL);
    *ansi = size > 0 ? ssp_heap_alloc((SIZE_T)size) : NULL;
    if (!*ansi)
        return FALSE;
    WideCharToMultiByte(CP_ACP, 0, text, -1, *ansi, size, NULL, NULL);
    return TRUE;
}

/* Two strings at once; both are to be freed whatever is said. */
static BOOL wide_pair(const char *a, WCHAR **wide_a, const char *b, WCHAR **wide_b)
{
    *wide_b = NULL;
    return ssp_wide_text(a, wide_a) && ssp_wide_text(b, wide_b);
}

SECURITY_STATUS ssp_ansi_acquire(ACQUIRE_CREDENTIALS_HANDLE_FN_W fn, const char *principal,
        const char *package, ULONG use, void *logon_id, void *auth_data, SEC_GET_KEY_FN get_key,
        void *get_key_argument, PCredHandle credential, PTimeStamp expiry)
{
    WCHAR *wide_principal, *wide_package;
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (wide_pair(principal, &wide_principal, package, &wide_package))
        status = fn(wide_principal, wide_package, use, logon_id, auth_data, get_key,
                get_key_argument, credential, expiry);
    ssp_heap_free(wide_principal);
    ssp_heap_free(wide_package);
    return status;
}

SECURITY_STATUS ssp_ansi_add(ADD_CREDENTIALS_FN_W fn, PCredHandle credential, const char *principal,
        const char *package, ULONG use, void *auth_data, SEC_GET_KEY_FN get_key,
        void *get_key_argument, PTimeStamp expiry)
{
    WCHAR *wide_principal, *wide_package;
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (wide_pair(principal, &wide_principal, package, &wide_package))
        status = fn(credential, wide_principal, wide_package, use, auth_data, get_key,
                get_key_argument, expiry);
    ssp_heap_free(wide_principal);
    ssp_heap_free(wide_package);
    return status;
}

SECURITY_STATUS ssp_ansi_initialize(INITIALIZE_SECURITY_CONTEXT_FN_W fn, PCredHandle credential,
        PCtxtHandle context, const char *target, ULONG request, ULONG reserved1, ULONG data_rep,
        PSecBufferDesc input, ULONG reserved2, PCtxtHandle new_context, PSecBufferDesc output,
        ULONG *attributes, PTimeStamp expiry)
{
    WCHAR *wide;
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (ssp_wide_text(target, &wide))
        status = fn(credential, context, wide, request, reserved1, data_rep, input, reserved2,
                new_context, output, attributes, expiry);
    ssp_heap_free(wide);
    return status;
}

/* A pointer member of a structure, by offset. */
static void **member(void *structure, USHORT offset)
{
    return (void **)(void *)((char *)structure + offset);
}

static BOOL convert_string(void **at)
{
    WCHAR *wide = *at;
    char *ansi;
    BOOL done = ssp_ansi_text(wide, &ansi);

    if (done) {
        *at = ansi;
        ssp_heap_free(wide);
    }
    return done;
}

static BOOL convert_package(void **at)
{
    PSecPkgInfoW wide = *at;
    PSecPkgInfoA ansi;

    if (!wide)
        return TRUE;
    if (ssp_package_copy_a(wide, 1, &ansi) != SEC_E_OK)
        return FALSE;
    *at = ansi;
    ssp_heap_free(wide);
    return TRUE;
}

/* Members are converted in place; when one cannot be, all are freed. */
static SECURITY_STATUS convert(const struct ssp_attribute *a, void *structure)
{
    BOOL done = TRUE;

    for (int i = 0; a->strings[i] != SSP_NO_OFFSET; i++)
        done = done && convert_string(member(structure, a->strings[i]));
    if (a->package_info != SSP_NO_OFFSET)
        done = done && convert_package(member(structure, a->package_info));
    if (done)
        return SEC_E_OK;
    for (int i = 0; a->strings[i] != SSP_NO_OFFSET; i++)
        ssp_heap_free(*member(structure, a->strings[i]));
    if (a->package_info != SSP_NO_OFFSET)
        ssp_heap_free(*member(structure, a->package_info));
    return SEC_E_INSUFFICIENT_MEMORY;
}

SECURITY_STATUS ssp_ansi_query(QUERY_CONTEXT_ATTRIBUTES_FN_W fn, BOOL credential, PSecHandle handle,
        ULONG attribute, void *buffer, ULONG size)
{
    const struct ssp_attribute *a = ssp_attribute_find(attribute, credential);
    union {
        void *align;
        LONGLONG wide_align;
        char room[SSP_ATTRIBUTE_MAX];
    } structure;
    SECURITY_STATUS status;

    /* Nothing to convert, or nothing that W would answer: W says what there is to say. */
    if (!a || !buffer || (a->strings[0] == SSP_NO_OFFSET && a->package_info == SSP_NO_OFFSET))
        return a && buffer && size < a->size ? SEC_E_BUFFER_TOO_SMALL
                                             : fn(handle, attribute, buffer);
    if (size < a->size)
        return SEC_E_BUFFER_TOO_SMALL;
    memset(&structure, 0, sizeof structure);
    status = fn(handle, attribute, &structure);
    if (FAILED(status))
        return status;
    if (convert(a, &structure) != SEC_E_OK)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(buffer, &structure, a->size);
    return status;
}

SECURITY_STATUS ssp_ansi_enumerate(
        ENUMERATE_SECURITY_PACKAGES_FN_W fn, ULONG *count, PSecPkgInfoA *packages)
{
    PSecPkgInfoW wide = NULL;
    ULONG wide_count = 0;
    SECURITY_STATUS status;

    if (!count || !packages)
        return SEC_E_INVALID_PARAMETER;
    status = fn(&wide_count, &wide);
    if (FAILED(status))
        return status;
    status = ssp_package_copy_a(wide, wide_count, packages);
    if (status == SEC_E_OK)
        *count = wide_count;
    ssp_heap_free(wide);
    return status;
}

SECURITY_STATUS ssp_ansi_package_info(
        QUERY_SECURITY_PACKAGE_INFO_FN_W fn, const char *name, PSecPkgInfoA *package)
{
    PSecPkgInfoW info = NULL;
    WCHAR *wide;
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (ssp_wide_text(name, &wide))
        status = fn(wide, package ? &info : NULL);
    ssp_heap_free(wide);
    if (FAILED(status))
        return status;
    status = ssp_package_copy_a(info, 1, package);
    ssp_heap_free(info);
    return status;
}

SECURITY_STATUS ssp_ansi_import(IMPORT_SECURITY_CONTEXT_FN_W fn, const char *package,
        PSecBuffer packed, void *token, PCtxtHandle context)
{
    WCHAR *wide;
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (ssp_wide_text(package, &wide))
        status = fn(wide, packed, token, context);
    ssp_heap_free(wide);
    return status;
}
