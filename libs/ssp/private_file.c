/* Files for one user: asked of the open handle, so that the file checked is the file used. */
#include "private_file.h"
#include <aclapi.h>
#include <sddl.h>
#include <wchar.h>
#include "base/bytes.h"

union token_user {
    TOKEN_USER user;
    BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
};

/* The process's user, in BUFFER; NULL: unknown. */
static PSID current_user(union token_user *buffer)
{
    DWORD size;
    HANDLE token;
    BOOL ok = OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token);

    if (!ok)
        return NULL;
    ok = GetTokenInformation(token, TokenUser, buffer, sizeof *buffer, &size);
    CloseHandle(token);
    return ok ? buffer->user.User.Sid : NULL;
}

/* Who may hold secrets: this user, the system, administrators. */
static BOOL trusted(PSID sid, PSID user)
{
    return EqualSid(sid, user) || IsWellKnownSid(sid, WinLocalSystemSid) ||
           IsWellKnownSid(sid, WinBuiltinAdministratorsSid);
}

/* Nobody else has any of ACCESS. */
static BOOL acl_private(PACL acl, PSID user, DWORD access)
{
    if (!acl) /* a NULL DACL lets everybody in */
        return FALSE;
    for (DWORD i = 0; i < acl->AceCount; i++) {
        ACCESS_ALLOWED_ACE *ace;
        if (!GetAce(acl, i, (void **)&ace))
            return FALSE;
        if (ace->Header.AceType == ACCESS_DENIED_ACE_TYPE)
            continue;
        /* A kind of ACE that we do not know may let anybody in. */
        if (ace->Header.AceType != ACCESS_ALLOWED_ACE_TYPE)
            return FALSE;
        if ((ace->Mask & access) && !trusted(&ace->SidStart, user))
            return FALSE;
    }
    return TRUE;
}

BOOL private_file(HANDLE file, DWORD access)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    union token_user buffer;
    PSID owner = NULL, user = current_user(&buffer);
    PACL acl = NULL;
    BOOL answer = FALSE;

    if (user && GetSecurityInfo(file, SE_FILE_OBJECT,
                        OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner, NULL, &acl,
                        NULL, &descriptor) == ERROR_SUCCESS)
        answer = owner && trusted(owner, user) && acl_private(acl, user, access);
    LocalFree(descriptor);
    return answer;
}

/* A protected DACL with this user alone. Under Wine that is mode 0770 less the umask, and no DACL
 * shows the Unix group afterwards: what keeps the group out is the folder, which setup_opensspi.sh
 * makes with mode 0700. */
PSECURITY_DESCRIPTOR private_descriptor(void)
{
    union token_user buffer;
    WCHAR text[256], *sid = NULL;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PSID user = current_user(&buffer);

    if (!user || !ConvertSidToStringSidW(user, &sid))
        return NULL;
    swprintf(text, ARRAYSIZE(text), L"D:P(A;;FA;;;%ls)", sid);
    LocalFree(sid);
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text, SDDL_REVISION_1, &descriptor, NULL))
        return NULL;
    return descriptor;
}
