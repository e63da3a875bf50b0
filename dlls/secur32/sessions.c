/* Logon sessions: the one that this program's own token belongs to is the only one that can be
 * seen. */
#include "secur32.h"

enum { INTERACTIVE = 2 }; /* SECURITY_LOGON_TYPE Interactive */

/* What a token says; FREE with mem_free(info, size). */
struct token_info {
    void *data;
    DWORD size;
};

static BOOL token_query(TOKEN_INFORMATION_CLASS what, struct token_info *info)
{
    HANDLE token;
    BOOL done = FALSE;

    info->data = NULL;
    info->size = 0;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return FALSE;
    GetTokenInformation(token, what, NULL, 0, &info->size);
    info->data = info->size ? mem_alloc(info->size) : NULL;
    if (info->data)
        done = GetTokenInformation(token, what, info->data, info->size, &info->size);
    CloseHandle(token);
    return done;
}

static void token_free(struct token_info *info)
{
    mem_free(info->data, info->size);
}

static BOOL own_session(LUID *id)
{
    struct token_info statistics;
    BOOL done = token_query(TokenStatistics, &statistics);

    if (done)
        *id = ((const TOKEN_STATISTICS *)statistics.data)->AuthenticationId;
    token_free(&statistics);
    return done;
}

BOOL session_is_own(const LUID *id)
{
    LUID own;

    if (!id->LowPart && !id->HighPart)
        return TRUE;
    return own_session(&own) && own.LowPart == id->LowPart && own.HighPart == id->HighPart;
}

NTSTATUS NTAPI LsaEnumerateLogonSessions(PULONG count, PLUID *list)
{
    LUID own, *block;

    if (!count || !list)
        return STATUS_INVALID_PARAMETER;
    if (!own_session(&own))
        return STATUS_ACCESS_DENIED;
    block = ssp_heap_alloc(sizeof *block);
    if (!block)
        return STATUS_NO_MEMORY;
    *block = own;
    *list = block;
    *count = 1;
    return STATUS_SUCCESS;
}

/* The block: the structure, the SID, then the strings. */
struct session_text {
    WCHAR user[256 + 1], domain[256 + 1], server[MAX_COMPUTERNAME_LENGTH + 1];
};

static BOOL session_names(PSID sid, struct session_text *text)
{
    DWORD user = ARRAYSIZE(text->user), domain = ARRAYSIZE(text->domain);
    DWORD server = ARRAYSIZE(text->server);
    SID_NAME_USE use;

    if (!GetComputerNameW(text->server, &server))
        return FALSE;
    return LookupAccountSidW(NULL, sid, text->user, &user, text->domain, &domain, &use);
}

static void put_text(LSA_UNICODE_STRING *to, WCHAR **at, const WCHAR *text)
{
    SIZE_T size = wcslen(text) * sizeof(WCHAR);

    memcpy(*at, text, size + sizeof(WCHAR));
    to->Buffer = *at;
    to->Length = (USHORT)size;
    to->MaximumLength = (USHORT)(size + sizeof(WCHAR));
    *at += size / sizeof(WCHAR) + 1;
}

static SECURITY_LOGON_SESSION_DATA *session_block(
        LUID id, PSID sid, const struct session_text *text)
{
    DWORD sid_size = GetLengthSid(sid), session = 0;
    SECURITY_LOGON_SESSION_DATA *data =
            ssp_heap_alloc(sizeof *data + sid_size + sizeof *text + 3 * sizeof(L"NTLM"));
    WCHAR *at;

    if (!data)
        return NULL;
    ProcessIdToSessionId(GetCurrentProcessId(), &session);
    data->Size = sizeof *data;
    data->LogonId = id;
    data->LogonType = INTERACTIVE;
    data->Session = session;
    data->Sid = data + 1;
    CopySid(sid_size, data->Sid, sid);
    at = (WCHAR *)(void *)((char *)(data + 1) + sid_size);
    put_text(&data->UserName, &at, text->user);
    put_text(&data->LogonDomain, &at, text->domain);
    put_text(&data->LogonServer, &at, text->server);
    put_text(&data->AuthenticationPackage, &at, L"NTLM");
    put_text(&data->DnsDomainName, &at, L"");
    put_text(&data->Upn, &at, L"");
    return data;
}

NTSTATUS NTAPI LsaGetLogonSessionData(PLUID id, PSECURITY_LOGON_SESSION_DATA *data)
{
    struct token_info user;
    struct session_text text;
    NTSTATUS status = STATUS_ACCESS_DENIED;
    LUID own;

    if (!id || !data)
        return STATUS_INVALID_PARAMETER;
    if (!own_session(&own))
        return STATUS_ACCESS_DENIED;
    if (!session_is_own(id))
        return STATUS_NO_SUCH_LOGON_SESSION;
    if (token_query(TokenUser, &user)) {
        PSID sid = ((const TOKEN_USER *)user.data)->User.Sid;

        if (session_names(sid, &text)) {
            *data = session_block(own, sid, &text);
            status = *data ? STATUS_SUCCESS : STATUS_NO_MEMORY;
        }
    }
    token_free(&user);
    return status;
}
