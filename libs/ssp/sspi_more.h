/* What mingw-w64's headers lack: constants and structures of the public SSPI, each with the page of
 * Microsoft's documentation (or the specification) that gives it. Included by ssp.h after
 * security.h and schannel.h. Everything is guarded, so that newer headers win.
 */
#ifndef SSP_SSPI_MORE_H
#define SSP_SSPI_MORE_H

#include <credssp.h>

/* ---- CredSSP: AcquireCredentialsHandle (CredSSP), credssp.h in the Windows SDK ---- */

/* enumeration CREDSPP_SUBMIT_TYPE: 2, 4, 13, 50 and 51 are in mingw-w64; CredsspCredEx is 100. An
 * enum cannot be extended, so this one is a macro; compare with (int)cred->Type. */
#ifndef CREDSSP_CRED_EX_VERSION
#define CredsspCredEx ((CREDSPP_SUBMIT_TYPE)100)
/* structure CREDSSP_CRED_EX: the extended form that Type 100 announces; its head is the type, as in
 * CREDSSP_CRED, and the credential itself is embedded. */
#define CREDSSP_CRED_EX_VERSION 0
#define CREDSSP_FLAG_REDIRECT   0x1
typedef struct _CREDSSP_CRED_EX {
    CREDSPP_SUBMIT_TYPE Type;
    ULONG Version;
    ULONG Flags;
    ULONG Reserved;
    CREDSSP_CRED Cred;
} CREDSSP_CRED_EX, *PCREDSSP_CRED_EX;
#endif

/* "QueryContextAttributes (CredSSP) function", table of ulAttribute. */
#ifndef SECPKG_ATTR_C_ACCESS_TOKEN
#define SECPKG_ATTR_C_ACCESS_TOKEN 0x80000012 /* SecPkgContext_AccessToken; server */
#endif
#ifndef SECPKG_ATTR_CREDS
#define SECPKG_ATTR_CREDS 0x80000080 /* SecPkgContext_ClientCreds; server */
#endif
#ifndef SECPKG_ATTR_NEGOTIATION_PACKAGE
#define SECPKG_ATTR_NEGOTIATION_PACKAGE                                                            \
    0x80000081 /* SecPkgContext_PackageInfo: what Negotiate chose */
#endif
#ifndef SECPKG_ATTR_C_FULL_ACCESS_TOKEN
#define SECPKG_ATTR_C_FULL_ACCESS_TOKEN 0x80000082 /* SecPkgContext_AccessToken; server */
#endif
#ifndef SECPKG_ATTR_SERVER_AUTH_FLAGS
#define SECPKG_ATTR_SERVER_AUTH_FLAGS 0x80000083 /* SecPkgContext_Flags; client */
#endif
/* credssp.h of the SDK (10.0.17134): what SERVER_AUTH_FLAGS is made of, and the certificate purpose
 * that a remote desktop server may have. */
#ifndef CREDSSP_SERVER_AUTH_NEGOTIATE
#define CREDSSP_SERVER_AUTH_NEGOTIATE   0x1
#define CREDSSP_SERVER_AUTH_CERTIFICATE 0x2
#define CREDSSP_SERVER_AUTH_LOOPBACK    0x4
#endif
#ifndef szOID_TS_KP_TS_SERVER_AUTH
#define szOID_TS_KP_TS_SERVER_AUTH "1.3.6.1.4.1.311.54.1.2"
#endif
#ifndef SECPKG_ATTR_CREDS_2
#define SECPKG_ATTR_CREDS_2 0x80000086 /* SecPkgContext_ClientCreds: packed; server */
#endif
#ifndef SECPKG_ATTR_CERT_TRUST_STATUS
#define SECPKG_ATTR_CERT_TRUST_STATUS 0x80000084 /* CERT_TRUST_STATUS; client */
#endif

/* ---- Schannel: "SCH_CREDENTIALS structure", "TLS_PARAMETERS", "CRYPTO_SETTINGS" (schannel.h) ----
 * mingw-w64 has them under SCHANNEL_USE_BLACKLISTS, which ssp.h defines. */

/* "QueryContextAttributes (Schannel) function", table of ulAttribute; schannel.h of the SDK. */
#ifndef SECPKG_ATTR_CERT_CHECK_RESULT
#define SECPKG_ATTR_CERT_CHECK_RESULT 0x71 /* SecPkgContext_CertificateValidationResult */
/* schannel.h of the SDK (10.0.17763): flags of CertGetCertificateChain, and the error of
 * CertVerifyCertificateChainPolicy. */
typedef struct _SecPkgContext_CertificateValidationResult {
    DWORD dwChainErrorStatus;
    HRESULT hrVerifyChainStatus;
} SecPkgContext_CertificateValidationResult, *PSecPkgContext_CertificateValidationResult;
#endif
#ifndef SECPKG_ATTR_CERT_CHECK_RESULT_INPROC
#define SECPKG_ATTR_CERT_CHECK_RESULT_INPROC 0x72 /* the same, checked in the caller's process */
#endif
#ifndef SECPKG_ATTR_SESSION_TICKET_KEYS
#define SECPKG_ATTR_SESSION_TICKET_KEYS                                                            \
    0x73 /* set on a credential: SecPkgCred_SessionTicketKeys                                      \
          */
#endif

/* "SecPkgCred_SessionTicketKey(s) structure" (schannel.h). */
#ifndef SESSION_TICKET_INFO_V0
#define SESSION_TICKET_INFO_V0      0
#define SESSION_TICKET_INFO_VERSION SESSION_TICKET_INFO_V0
typedef struct _SecPkgCred_SessionTicketKey {
    DWORD TicketInfoVersion;
    BYTE KeyId[16];
    BYTE KeyingMaterial[64];
    BYTE KeyingMaterialSize;
} SecPkgCred_SessionTicketKey, *PSecPkgCred_SessionTicketKey;
typedef struct _SecPkgCred_SessionTicketKeys {
    DWORD cSessionTicketKeys;
    PSecPkgCred_SessionTicketKey pSessionTicketKeys;
} SecPkgCred_SessionTicketKeys, *PSecPkgCred_SessionTicketKeys;
#endif

/* "SCH_CREDENTIALS structure", dwFlags. */
#ifndef SCH_CRED_DEFERRED_CRED_VALIDATION
#define SCH_CRED_DEFERRED_CRED_VALIDATION 0x04000000
#endif
/* "TLS_PARAMETERS structure", dwFlags. */
#ifndef TLS_PARAMS_OPTIONAL
#define TLS_PARAMS_OPTIONAL 0x00000001
#endif
/* "CRYPTO_SETTINGS structure": eAlgorithmUsage is in mingw-w64. strCngAlgId may also name a padding
 * (schannel.h of the SDK). */
#ifndef SCHANNEL_RSA_PSS_PADDING_ALGORITHM
#define SCHANNEL_RSA_PSS_PADDING_ALGORITHM  L"SCH_RSA_PSS_PAD"
#define SCHANNEL_RSA_PKCS_PADDING_ALGORITHM L"SCH_RSA_PKCS_PAD"
#endif

/* ---- sspi.h ---- */

/* "SecBuffer structure", BufferType table. */
#ifndef SECBUFFER_CERTIFICATE_REQUEST_CONTEXT
#define SECBUFFER_CERTIFICATE_REQUEST_CONTEXT 29
#endif
#ifndef SECBUFFER_UNMASK
#define SECBUFFER_UNMASK(b) ((b)->BufferType & ~SECBUFFER_ATTRMASK)
#endif
/* "InitializeSecurityContext (Schannel)", ISC_RET_. */
#ifndef SEC_CHANNEL_BINDINGS_VALID_FLAGS
#define SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS 0x1
#define SEC_CHANNEL_BINDINGS_VALID_FLAGS    SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS
#endif

/* ---- ntstatus.h cannot be included beside windows.h: the codes that LSA functions answer with
 * ([MS-ERREF] 2.3.1) ---- */
#ifndef STATUS_SUCCESS
#define STATUS_SUCCESS ((NTSTATUS)0x00000000)
#endif
#ifndef STATUS_NOT_IMPLEMENTED
#define STATUS_NOT_IMPLEMENTED ((NTSTATUS)0xC0000002)
#endif
#ifndef STATUS_INVALID_HANDLE
#define STATUS_INVALID_HANDLE ((NTSTATUS)0xC0000008)
#endif
#ifndef STATUS_INVALID_PARAMETER
#define STATUS_INVALID_PARAMETER ((NTSTATUS)0xC000000D)
#endif
#ifndef STATUS_NO_MEMORY
#define STATUS_NO_MEMORY ((NTSTATUS)0xC0000017)
#endif
#ifndef STATUS_ACCESS_DENIED
#define STATUS_ACCESS_DENIED ((NTSTATUS)0xC0000022)
#endif
#ifndef STATUS_BUFFER_TOO_SMALL
#define STATUS_BUFFER_TOO_SMALL ((NTSTATUS)0xC0000023)
#endif
#ifndef STATUS_NO_SUCH_LOGON_SESSION
#define STATUS_NO_SUCH_LOGON_SESSION ((NTSTATUS)0xC000005F)
#endif
#ifndef STATUS_LOGON_FAILURE
#define STATUS_LOGON_FAILURE ((NTSTATUS)0xC000006D)
#endif
#ifndef STATUS_INSUFFICIENT_RESOURCES
#define STATUS_INSUFFICIENT_RESOURCES ((NTSTATUS)0xC000009A)
#endif
#ifndef STATUS_NOT_SUPPORTED
#define STATUS_NOT_SUPPORTED ((NTSTATUS)0xC00000BB)
#endif
#ifndef STATUS_INTERNAL_ERROR
#define STATUS_INTERNAL_ERROR ((NTSTATUS)0xC00000E5)
#endif
#ifndef STATUS_NO_SUCH_PACKAGE
#define STATUS_NO_SUCH_PACKAGE ((NTSTATUS)0xC00000FE)
#endif

#endif
