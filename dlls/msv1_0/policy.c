/* The settings of Windows that say how old and how weak a login may be. One snapshot per
 * credential: what changes in the registry holds for credentials acquired afterwards.
 *
 * "Network security: LAN Manager authentication level", "... Minimum session security for NTLM SSP
 * based clients" and "... servers", "... Restrict NTLM: Outgoing NTLM traffic to remote servers".
 */
#include "msv1_0.h"
#include "base/reader.h"
#include "base/utf16.h"

#define LSA L"System\\CurrentControlSet\\Control\\Lsa"

/* NtlmMinClientSec, NtlmMinServerSec: NEGOTIATE flags, but for these two ("Minimum session security
 * for NTLM SSP based ..."). */
enum { MIN_INTEGRITY = 0x10, MIN_CONFIDENTIALITY = 0x20 };

enum { RESTRICT_DENY = 2, EXCEPTIONS_MAX = 16384 /* bytes */ };

/* Without a value: Windows' default of 128 bits, and extended session security. */
static const DWORD default_minimum =
        NTLMSSP_NEGOTIATE_128 | NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY;

/* Without a value version 2 only, in both directions; so is what nobody has defined. */
static enum ntlm_level read_level(void)
{
    DWORD level = ssp_policy_dword(HKEY_LOCAL_MACHINE, LSA, L"LmCompatibilityLevel", 5);

    return level < 5 ? (enum ntlm_level)(NTLM_LEVEL_0 + level) : NTLM_LEVEL_DEFAULT;
}

static struct minimum read_minimum(const WCHAR *value)
{
    DWORD required = ssp_policy_dword(HKEY_LOCAL_MACHINE, LSA L"\\MSV1_0", value, default_minimum);
    struct minimum m = {0};

    if (required & NTLMSSP_NEGOTIATE_128)
        required |= NTLMSSP_NEGOTIATE_56; /* who demands 128 bits does not do with 40 */
    m.weaker = ~required & (NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | NTLMSSP_NEGOTIATE_128 |
                                   NTLMSSP_NEGOTIATE_56);
    m.wishes = (required & MIN_INTEGRITY ? NTLM_WISH_SIGN : 0) |
               (required & MIN_CONFIDENTIALITY ? NTLM_WISH_SEAL : 0);
    return m;
}

/* ClientAllowedNTLMServers: REG_MULTI_SZ, as UTF-16LE. What cannot be read allows nobody. */
static enum status read_exceptions(struct blob *out)
{
    DWORD type = REG_NONE, size = EXCEPTIONS_MAX;
    enum status status = ST_OK;
    BYTE *text;
    HKEY key;

    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, LSA L"\\MSV1_0", 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY,
                &key) != ERROR_SUCCESS)
        return ST_OK;
    text = mem_alloc(EXCEPTIONS_MAX);
    if (!text)
        status = ST_NO_MEMORY;
    else if (RegQueryValueExW(key, L"ClientAllowedNTLMServers", NULL, &type, text, &size) ==
                     ERROR_SUCCESS &&
             type == REG_MULTI_SZ)
        status = blob_set(out, bytes_of(text, size & ~1u));
    mem_free(text, EXCEPTIONS_MAX);
    RegCloseKey(key);
    return status;
}

enum status policy_read(struct policy *p)
{
    p->level = read_level();
    p->client = read_minimum(L"NtlmMinClientSec");
    p->server = read_minimum(L"NtlmMinServerSec");
    p->deny_sending = ssp_policy_dword(HKEY_LOCAL_MACHINE, LSA L"\\MSV1_0",
                              L"RestrictSendingNTLMTraffic", 0) == RESTRICT_DENY;
    return p->deny_sending ? read_exceptions(&p->exceptions) : ST_OK;
}

void policy_free(struct policy *p)
{
    blob_free(&p->exceptions);
}

/* The host in an SPN: what stands between the first slash and the next, without a port. */
static struct bytes host_of(struct bytes target)
{
    size_t start = 0, end;

    for (size_t i = 0; i + 1 < target.size; i += 2)
        if (target.data[i] == '/' && !target.data[i + 1]) {
            start = i + 2;
            break;
        }
    for (end = start; end + 1 < target.size; end += 2)
        if ((target.data[end] == '/' || target.data[end] == ':') && !target.data[end + 1])
            break;
    return bytes_of(target.data + start, end - start);
}

/* The text up to the next NUL of a REG_MULTI_SZ. */
static struct bytes next_text(struct reader *r)
{
    struct reader start = *r;
    size_t size = 0;

    while (reader_left(r) >= 2 && reader_u16le(r))
        size += 2;
    return reader_bytes(&start, size);
}

BOOL policy_allows_sending(const struct policy *p, struct bytes target)
{
    struct reader r = reader_on(blob_view(&p->exceptions));
    struct bytes host = host_of(target);

    if (!p->deny_sending)
        return TRUE;
    while (reader_left(&r) >= 2) {
        struct bytes name = next_text(&r);
        if (name.size && (utf16_equal_nocase(name, host) || utf16_equal_nocase(name, target)))
            return TRUE;
    }
    return FALSE;
}
