/* Whose process, or whose thread, calls. */
#include "msv1_0.h"
#include "base/writer.h"

static HANDLE token(void)
{
    HANDLE t = NULL;

    if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &t) &&
            !OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &t))
        return NULL;
    return t;
}

static BOOL ask(TOKEN_INFORMATION_CLASS what, void *out, DWORD room)
{
    HANDLE t = token();
    BOOL done = t && GetTokenInformation(t, what, out, room, &room);

    if (t)
        CloseHandle(t);
    return done;
}

BOOL caller_owns_logon(const LUID *logon_id)
{
    TOKEN_STATISTICS own;

    return ask(TokenStatistics, &own, sizeof own) &&
           own.AuthenticationId.LowPart == logon_id->LowPart &&
           own.AuthenticationId.HighPart == logon_id->HighPart;
}

enum status caller_name(struct blob *out)
{
    union {
        TOKEN_USER user;
        BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } info;
    WCHAR user[256 + 1], domain[256 + 1];
    DWORD user_size = ARRAYSIZE(user), domain_size = ARRAYSIZE(domain);
    struct writer w = {0};
    SID_NAME_USE use;

    if (!ask(TokenUser, &info, sizeof info) ||
            !LookupAccountSidW(
                    NULL, info.user.User.Sid, user, &user_size, domain, &domain_size, &use))
        return ST_NO_CREDENTIALS;
    writer_bytes(&w, ssp_text(domain));
    writer_u16le(&w, L'\\');
    writer_bytes(&w, ssp_text(user));
    return writer_finish(&w, out);
}
