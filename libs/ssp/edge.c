/* Small things that every provider needs of Windows: memory, text, time, randomness, policy. */
#include "ssp/ssp.h"
#include "base/log.h"

/* 0x7FFFFFFFFFFFFFFF less a day, so that no time zone makes it overflow. */
const TimeStamp ssp_never = {.QuadPart = 0x7FFFFF36D5969FFF};

void *ssp_heap_alloc(SIZE_T size)
{
    return HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size);
}

void ssp_heap_free(void *p)
{
    if (p)
        HeapFree(GetProcessHeap(), 0, p);
}

void ssp_heap_wipe(void *p)
{
    SIZE_T size = p ? HeapSize(GetProcessHeap(), 0, p) : (SIZE_T)-1;

    if (size != (SIZE_T)-1)
        wipe(p, size);
    ssp_heap_free(p);
}

WCHAR *ssp_heap_text(struct bytes utf16)
{
    WCHAR *text = ssp_heap_alloc(utf16.size / sizeof(WCHAR) * sizeof(WCHAR) + sizeof(WCHAR));

    if (text && utf16.size)
        memcpy(text, utf16.data, utf16.size / sizeof(WCHAR) * sizeof(WCHAR));
    return text;
}

struct bytes ssp_text(const WCHAR *s)
{
    return bytes_of(s, s ? wcslen(s) * sizeof(WCHAR) : 0);
}

TimeStamp ssp_local_time(TimeStamp utc)
{
    FILETIME in = {utc.u.LowPart, (DWORD)utc.u.HighPart}, out;
    TimeStamp local;

    if (!utc.QuadPart || utc.QuadPart >= ssp_never.QuadPart || /* no time, or for ever */
            !FileTimeToLocalFileTime(&in, &out))
        return utc;
    local.u.LowPart = out.dwLowDateTime;
    local.u.HighPart = (LONG)out.dwHighDateTime;
    return local;
}

TimeStamp ssp_utc_time(TimeStamp local)
{
    FILETIME in = {local.u.LowPart, (DWORD)local.u.HighPart}, out;
    TimeStamp utc;

    if (!local.QuadPart || local.QuadPart >= ssp_never.QuadPart ||
            !LocalFileTimeToFileTime(&in, &out))
        return local;
    utc.u.LowPart = out.dwLowDateTime;
    utc.u.HighPart = (LONG)out.dwHighDateTime;
    return utc;
}

static enum status system_random(void *self, uint8_t *out, size_t size)
{
    (void)self;
    return RtlGenRandom(out, (ULONG)size) ? ST_OK : ST_NO_RANDOM;
}

static uint64_t system_now(void *self)
{
    FILETIME now;

    (void)self;
    GetSystemTimeAsFileTime(&now);
    return (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
}

struct world ssp_world(void)
{
    struct world w = {NULL, system_random, system_now};
    return w;
}

static LONG read_dword(HKEY root, const WCHAR *path, const WCHAR *value, DWORD *data)
{
    DWORD type = REG_NONE, size = sizeof *data;
    HKEY key;
    LONG error = RegOpenKeyExW(root, path, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key);

    if (error != ERROR_SUCCESS)
        return error;
    error = RegQueryValueExW(key, value, NULL, &type, (BYTE *)data, &size);
    RegCloseKey(key);
    if (error == ERROR_SUCCESS && (type != REG_DWORD || size != sizeof *data))
        error = ERROR_INVALID_DATATYPE;
    return error;
}

static LONG failures;

void ssp_policy_failed(void)
{
    InterlockedIncrement(&failures);
}

ULONG ssp_policy_failures(void)
{
    return (ULONG)InterlockedCompareExchange(&failures, 0, 0);
}

DWORD ssp_policy_dword(
        HKEY root, const WCHAR *path, const WCHAR *value, DWORD absent, DWORD strictest)
{
    DWORD data = 0;
    LONG error = read_dword(root, path, value, &data);

    if (error == ERROR_SUCCESS)
        return data;
    if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND)
        return absent;
    if (error != ERROR_INVALID_DATATYPE)
        ssp_policy_failed();
    log_error("policy", "%ls\\%ls is no REG_DWORD that can be read (Windows error %ld): taken as %lu",
            path, value, error, strictest);
    return strictest;
}
