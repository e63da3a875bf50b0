/* Exports that cannot do their work here. Each says so with an error of its kind, never a success;
 * this file is the list of them (besides LsaLogonUser, LsaCallAuthenticationPackage, TranslateName,
 * SspiEncryptAuthIdentity*).
 *
 *   SEC_E_UNSUPPORTED_FUNCTION
 *     SaslInitialize/AcceptSecurityContext, Sasl*Option       no SASL security layers
 *     Sec*, Seci*, Secp*, SspiGetComputerNameForSPN,          of Windows' own DLLs among
 *     SspiUnmarshalAuthIdentityInternal                       themselves, not documented
 *   STATUS_NOT_SUPPORTED
 *     LsaRegister/UnregisterPolicyChangeNotification          no LSA policy that changes
 *     GetSecurityUserInfo, Cred(Un)MarshalTargetInfo, CredParseUserNameWithType
 *   ERROR_NOT_SUPPORTED
 *     LogonUserExExW, *LsaPerformanceData
 *
 * What is not documented has its number of arguments from mingw-w64's 32-bit import libraries.
 */
#include "secur32.h"

#define REFUSE(type, name, arguments, answer)                                                      \
    type WINAPI name arguments;                                                                    \
    type WINAPI name arguments                                                                     \
    {                                                                                              \
        return answer;                                                                             \
    }

/* Unused on purpose: only their number matters to the caller's stack. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

#define P           void *
#define UNSUPPORTED SEC_E_UNSUPPORTED_FUNCTION


REFUSE(SECURITY_STATUS, SaslInitializeSecurityContextA,
        (PCredHandle a, PCtxtHandle b, LPSTR c, ULONG d, ULONG e, ULONG f, PSecBufferDesc g,
                ULONG h, PCtxtHandle i, PSecBufferDesc j, ULONG *k, PTimeStamp l),
        UNSUPPORTED)
REFUSE(SECURITY_STATUS, SaslInitializeSecurityContextW,
        (PCredHandle a, PCtxtHandle b, LPWSTR c, ULONG d, ULONG e, ULONG f, PSecBufferDesc g,
                ULONG h, PCtxtHandle i, PSecBufferDesc j, ULONG *k, PTimeStamp l),
        UNSUPPORTED)
REFUSE(SECURITY_STATUS, SaslAcceptSecurityContext,
        (PCredHandle a, PCtxtHandle b, PSecBufferDesc c, ULONG d, ULONG e, PCtxtHandle f,
                PSecBufferDesc g, ULONG *h, PTimeStamp i),
        UNSUPPORTED)
REFUSE(SECURITY_STATUS, SaslSetContextOption, (PCtxtHandle a, ULONG b, PVOID c, ULONG d),
        UNSUPPORTED)
REFUSE(SECURITY_STATUS, SaslGetContextOption, (PCtxtHandle a, ULONG b, PVOID c, ULONG d, PULONG e),
        UNSUPPORTED)

REFUSE(NTSTATUS, LsaRegisterPolicyChangeNotification,
        (POLICY_NOTIFICATION_INFORMATION_CLASS a, HANDLE b), STATUS_NOT_SUPPORTED)
REFUSE(NTSTATUS, LsaUnregisterPolicyChangeNotification,
        (POLICY_NOTIFICATION_INFORMATION_CLASS a, HANDLE b), STATUS_NOT_SUPPORTED)

REFUSE(NTSTATUS, GetSecurityUserInfo, (PLUID a, ULONG b, P c), STATUS_NOT_SUPPORTED)
REFUSE(NTSTATUS, CredMarshalTargetInfo, (P a, PUSHORT *b, PULONG c), STATUS_NOT_SUPPORTED)
REFUSE(NTSTATUS, CredUnmarshalTargetInfo, (PUSHORT a, ULONG b, P *c, PULONG d),
        STATUS_NOT_SUPPORTED)
REFUSE(NTSTATUS, CredParseUserNameWithType, (P a, P b, P c, P d), STATUS_NOT_SUPPORTED)

REFUSE(DWORD, OpenLsaPerformanceData, (LPWSTR a), ERROR_NOT_SUPPORTED)
REFUSE(DWORD, CollectLsaPerformanceData, (LPWSTR a, P *b, DWORD *c, DWORD *d), ERROR_NOT_SUPPORTED)
REFUSE(DWORD, CloseLsaPerformanceData, (void), ERROR_NOT_SUPPORTED)

REFUSE(SECURITY_STATUS, SecCacheSspiPackages, (void), UNSUPPORTED)
REFUSE(SECURITY_STATUS, SecInitUserModeContext, (P a, P b), UNSUPPORTED)
REFUSE(SECURITY_STATUS, SecDeleteUserModeContext, (P a), UNSUPPORTED)
REFUSE(NTSTATUS, SeciAllocateAndSetCallFlags, (ULONG a, P b), STATUS_NOT_SUPPORTED)
REFUSE(NTSTATUS, SeciAllocateAndSetIPAddress, (P a, ULONG b, P c), STATUS_NOT_SUPPORTED)
REFUSE(NTSTATUS, SeciFreeCallContext, (void), STATUS_NOT_SUPPORTED)
REFUSE(NTSTATUS, SeciIsProtectedUser, (P a), STATUS_NOT_SUPPORTED)
REFUSE(NTSTATUS, SecpSetIPAddress, (P a, ULONG b), STATUS_NOT_SUPPORTED)
REFUSE(NTSTATUS, SecpFreeMemory, (P a), STATUS_NOT_SUPPORTED)
REFUSE(SECURITY_STATUS, SspiGetComputerNameForSPN, (PCWSTR a, PWSTR *b), UNSUPPORTED)
REFUSE(SECURITY_STATUS, SspiUnmarshalAuthIdentityInternal, (ULONG a, P b, ULONG c, P d),
        UNSUPPORTED)

static BOOL refused(void)
{
    SetLastError(ERROR_NOT_SUPPORTED);
    return FALSE;
}

REFUSE(BOOL, LogonUserExExW,
        (LPWSTR a, LPWSTR b, LPWSTR c, DWORD d, DWORD e, P f, HANDLE *g, P h, P *i, DWORD *j, P k),
        refused())
REFUSE(BOOLEAN, SecpTranslateName, (P a, P b, ULONG c, ULONG d, P e, PULONG f), (BOOLEAN)refused())
REFUSE(BOOLEAN, SecpTranslateNameEx, (P a, P b, ULONG c, ULONG d, P e, PULONG f),
        (BOOLEAN)refused())
