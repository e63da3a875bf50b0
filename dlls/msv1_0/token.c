/* Whose token a server may act with.
 *
 * Under Wine all users are one: there is no token of anybody but the user whom the process runs as.
 * So a client gets a token, a duplicate of the process's own, only if it has logged in as that very
 * user of this machine. Anybody else has none (SEC_E_NO_IMPERSONATION,
 * "ImpersonateSecurityContext": "the client could not be impersonated"): a program that decides by
 * the token would take each client for its own user. The same holds for anonymous clients and guests. */
#include "msv1_0.h"
#include "base/utf16.h"

static BOOL same_name(struct bytes name, const WCHAR *own)
{
    return name.size && CompareStringOrdinal((const WCHAR *)name.data,
                                (int)(name.size / sizeof(WCHAR)), own, -1, TRUE) == CSTR_EQUAL;
}

/* The account is one of this machine's (ntlm_logon, LOCAL). Another domain's user of the same name is
 * another person. */
static BOOL is_local(struct bytes domain)
{
    static const COMPUTER_NAME_FORMAT formats[] = {ComputerNameNetBIOS, ComputerNameDnsHostname};
    WCHAR name[256];

    for (unsigned i = 0; i < ARRAYSIZE(formats); i++) {
        DWORD units = ARRAYSIZE(name);
        if (GetComputerNameExW(formats[i], name, &units) && same_name(domain, name))
            return TRUE;
    }
    return FALSE;
}

static BOOL is_own_user(const struct ntlm_info *info)
{
    WCHAR name[257]; /* UNLEN and a NUL */
    DWORD units = ARRAYSIZE(name);

    return !info->anonymous && !info->guest && is_local(info->domain) && GetUserNameW(name, &units) &&
           same_name(info->user, name);
}

static SECURITY_STATUS no_token(const struct ntlm_info *info)
{
    char name[128];

    log_warn("msv1_0",
            "no token for the client %s: it is not the user whom this program runs as, and under "
            "Wine there is no other",
            info->anonymous ? "(anonymous)" : utf16_printable(info->user, name, sizeof name));
    return SEC_E_NO_IMPERSONATION;
}

static SECURITY_STATUS duplicate_own(SECURITY_IMPERSONATION_LEVEL level, HANDLE *token)
{
    HANDLE own;
    BOOL done;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_DUPLICATE | TOKEN_QUERY, &own))
        return SEC_E_INTERNAL_ERROR;
    done = DuplicateTokenEx(own, TOKEN_QUERY | TOKEN_DUPLICATE | TOKEN_IMPERSONATE, NULL, level,
            TokenImpersonation, token);
    CloseHandle(own);
    return done ? SEC_E_OK : SEC_E_INTERNAL_ERROR;
}

/* Either side may see to it that the token says who the client is and no more: the client by
 * NTLMSSP_NEGOTIATE_IDENTIFY, "an identify level token" ([MS-NLMP] 2.2.2.5), the server by its own
 * flag. */
static SECURITY_IMPERSONATION_LEVEL level_of(const struct context *c, const struct ntlm_info *info)
{
    if (info->flags & NTLMSSP_NEGOTIATE_IDENTIFY || c->request & ASC_REQ_IDENTIFY)
        return SecurityIdentification;
    return SecurityImpersonation;
}

/* SEC_E_INVALID_HANDLE for what has no client: "this handle must have been obtained by a call to
 * the AcceptSecurityContext (General) function". */
SECURITY_STATUS token_make(const struct context *c, HANDLE *token)
{
    struct ntlm_info info = {0};

    if (c->ntlm)
        ntlm_query(c->ntlm, &info);
    if (!c->inbound || !info.complete)
        return SEC_E_INVALID_HANDLE;
    if (!is_own_user(&info))
        return no_token(&info);
    return duplicate_own(level_of(c, &info), token);
}

SECURITY_STATUS token_kept(struct context *c, HANDLE *token)
{
    SECURITY_STATUS status = c->token ? SEC_E_OK : token_make(c, &c->token);

    if (status == SEC_E_OK)
        *token = c->token;
    return status;
}

SECURITY_STATUS context_query_token(struct ssp_object *o, void **token)
{
    struct context *c = (struct context *)o;
    SECURITY_STATUS status;

    context_lock(c);
    status = token_make(c, token);
    context_unlock(c);
    return status;
}

SECURITY_STATUS context_impersonate(struct ssp_object *o)
{
    HANDLE token = NULL;
    SECURITY_STATUS status = context_query_token(o, &token);

    if (status != SEC_E_OK)
        return status;
    if (!SetThreadToken(NULL, token))
        status = SEC_E_NO_IMPERSONATION;
    CloseHandle(token);
    return status;
}

/* The page knows no code for a thread that does not impersonate; it is then as it is asked to be.
 */
SECURITY_STATUS context_revert(struct ssp_object *o)
{
    struct context *c = (struct context *)o;
    struct ntlm_info info = {0};

    context_lock(c);
    if (c->ntlm)
        ntlm_query(c->ntlm, &info);
    context_unlock(c);
    if (!c->inbound || !info.complete)
        return SEC_E_INVALID_HANDLE;
    return RevertToSelf() ? SEC_E_OK : SEC_E_INTERNAL_ERROR;
}
