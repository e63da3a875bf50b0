/* The one table of attributes: it drives A/W conversion and pass-through wherever attributes are
 * queried. Structures: "QueryContextAttributes", "QueryCredentialsAttributes" and their (Schannel),
 * (CredSSP) pages. */
#include "ssp/ssp.h"

#define NO_STRINGS                                                                                 \
    {                                                                                              \
        SSP_NO_OFFSET                                                                              \
    }
#define ONE_STRING(type, member)                                                                   \
    {                                                                                              \
        offsetof(type, member), SSP_NO_OFFSET                                                      \
    }
#define TWO_STRINGS(type, first, second)                                                           \
    {                                                                                              \
        offsetof(type, first), offsetof(type, second), SSP_NO_OFFSET                               \
    }
#define PLAIN(id, type)                                                                            \
    {                                                                                              \
        id, FALSE, sizeof(type), NO_STRINGS, SSP_NO_OFFSET                                         \
    }
#define TEXT1(id, type, member)                                                                    \
    {                                                                                              \
        id, FALSE, sizeof(type), ONE_STRING(type, member), SSP_NO_OFFSET                           \
    }
#define CRED(id, type)                                                                             \
    {                                                                                              \
        id, TRUE, sizeof(type), NO_STRINGS, SSP_NO_OFFSET                                          \
    }

static const struct ssp_attribute table[] = {
        PLAIN(SECPKG_ATTR_SIZES, SecPkgContext_Sizes),
        TEXT1(SECPKG_ATTR_NAMES, SecPkgContext_NamesW, sUserName),
        PLAIN(SECPKG_ATTR_LIFESPAN, SecPkgContext_Lifespan),
        PLAIN(SECPKG_ATTR_DCE_INFO, SecPkgContext_DceInfo),
        PLAIN(SECPKG_ATTR_STREAM_SIZES, SecPkgContext_StreamSizes),
        {SECPKG_ATTR_KEY_INFO, FALSE, sizeof(SecPkgContext_KeyInfoW),
                TWO_STRINGS(SecPkgContext_KeyInfoW, sSignatureAlgorithmName, sEncryptAlgorithmName),
                SSP_NO_OFFSET},
        TEXT1(SECPKG_ATTR_AUTHORITY, SecPkgContext_AuthorityW, sAuthorityName),
        TEXT1(SECPKG_ATTR_PROTO_INFO, SecPkgContext_ProtoInfoW, sProtocolName),
        PLAIN(SECPKG_ATTR_PASSWORD_EXPIRY, SecPkgContext_PasswordExpiry),
        PLAIN(SECPKG_ATTR_SESSION_KEY, SecPkgContext_SessionKey),
        {SECPKG_ATTR_PACKAGE_INFO, FALSE, sizeof(SecPkgContext_PackageInfoW), NO_STRINGS,
                offsetof(SecPkgContext_PackageInfoW, PackageInfo)},
        PLAIN(SECPKG_ATTR_USER_FLAGS, SecPkgContext_UserFlags),
        {SECPKG_ATTR_NEGOTIATION_INFO, FALSE, sizeof(SecPkgContext_NegotiationInfoW), NO_STRINGS,
                offsetof(SecPkgContext_NegotiationInfoW, PackageInfo)},
        {SECPKG_ATTR_NATIVE_NAMES, FALSE, sizeof(SecPkgContext_NativeNamesW),
                TWO_STRINGS(SecPkgContext_NativeNamesW, sClientName, sServerName), SSP_NO_OFFSET},
        PLAIN(SECPKG_ATTR_FLAGS, SecPkgContext_Flags),
        TEXT1(SECPKG_ATTR_CREDENTIAL_NAME, SecPkgContext_CredentialNameW, sCredentialName),
        PLAIN(SECPKG_ATTR_TARGET_INFORMATION, SecPkgContext_TargetInformation),
        PLAIN(SECPKG_ATTR_ACCESS_TOKEN, SecPkgContext_AccessToken),
        PLAIN(SECPKG_ATTR_TARGET, SecPkgContext_Target),
        PLAIN(SECPKG_ATTR_AUTHENTICATION_ID, SecPkgContext_AuthzID),
        PLAIN(SECPKG_ATTR_LOGOFF_TIME, SecPkgContext_LogoffTime),
        PLAIN(SECPKG_ATTR_NEGO_KEYS, SecPkgContext_NegoKeys),
        PLAIN(SECPKG_ATTR_PROMPTING_NEEDED, SecPkgContext_CredInfo),
        PLAIN(SECPKG_ATTR_UNIQUE_BINDINGS, SecPkgContext_Bindings),
        PLAIN(SECPKG_ATTR_ENDPOINT_BINDINGS, SecPkgContext_Bindings),
        /* The structure has a WCHAR string only; the A function hands it through as it is. */
        PLAIN(SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, SecPkgContext_ClientSpecifiedTarget),
        PLAIN(SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, SecPkgContext_LastClientTokenStatus),
        PLAIN(SECPKG_ATTR_NEGO_PKG_INFO, SecPkgContext_NegoPackageInfo),
        PLAIN(SECPKG_ATTR_NEGO_STATUS, SecPkgContext_NegoStatus),
        PLAIN(SECPKG_ATTR_DTLS_MTU, ULONG),
        PLAIN(SECPKG_ATTR_APPLICATION_PROTOCOL, SecPkgContext_ApplicationProtocol),
        PLAIN(SECPKG_ATTR_NEGOTIATED_TLS_EXTENSIONS, SecPkgContext_NegotiatedTlsExtensions),
        PLAIN(SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES, SecPkgContext_SubjectAttributes),

        /* Schannel */
        PLAIN(SECPKG_ATTR_ISSUER_LIST, SecPkgContext_IssuerListInfo),
        PLAIN(SECPKG_ATTR_REMOTE_CRED, SecPkgContext_RemoteCredentialInfo),
        PLAIN(SECPKG_ATTR_LOCAL_CRED, SecPkgContext_LocalCredentialInfo),
        PLAIN(SECPKG_ATTR_REMOTE_CERT_CONTEXT, PCCERT_CONTEXT),
        PLAIN(SECPKG_ATTR_LOCAL_CERT_CONTEXT, PCCERT_CONTEXT),
        PLAIN(SECPKG_ATTR_ROOT_STORE, HCERTSTORE),
        PLAIN(SECPKG_ATTR_ISSUER_LIST_EX, SecPkgContext_IssuerListInfoEx),
        PLAIN(SECPKG_ATTR_CONNECTION_INFO, SecPkgContext_ConnectionInfo),
        PLAIN(SECPKG_ATTR_EAP_KEY_BLOCK, SecPkgContext_EapKeyBlock),
        PLAIN(SECPKG_ATTR_MAPPED_CRED_ATTR, SecPkgContext_MappedCredAttr),
        PLAIN(SECPKG_ATTR_SESSION_INFO, SecPkgContext_SessionInfo),
        PLAIN(SECPKG_ATTR_APP_DATA, SecPkgContext_SessionAppData),
        PLAIN(SECPKG_ATTR_REMOTE_CERTIFICATES, SecPkgContext_Certificates),
        PLAIN(SECPKG_ATTR_CC_POLICY_RESULT, SecPkgContext_ClientCertPolicyResult),
        PLAIN(SECPKG_ATTR_USE_NCRYPT, ULONG),
        PLAIN(SECPKG_ATTR_LOCAL_CERT_INFO, SecPkgContext_CertInfo),
        PLAIN(SECPKG_ATTR_CIPHER_INFO, SecPkgContext_CipherInfo),
        PLAIN(SECPKG_ATTR_EAP_PRF_INFO, SecPkgContext_EapPrfInfo),
        PLAIN(SECPKG_ATTR_SUPPORTED_SIGNATURES, SecPkgContext_SupportedSignatures),
        PLAIN(SECPKG_ATTR_REMOTE_CERT_CHAIN, PCCERT_CONTEXT),
        PLAIN(SECPKG_ATTR_UI_INFO, SecPkgContext_UiInfo),
        PLAIN(SECPKG_ATTR_EARLY_START, SecPkgContext_EarlyStart),
        PLAIN(SECPKG_ATTR_KEYING_MATERIAL_INFO, SecPkgContext_KeyingMaterialInfo),
        PLAIN(SECPKG_ATTR_KEYING_MATERIAL, SecPkgContext_KeyingMaterial),
        PLAIN(SECPKG_ATTR_SRTP_PARAMETERS, SecPkgContext_SrtpParameters),
        PLAIN(SECPKG_ATTR_TOKEN_BINDING, SecPkgContext_TokenBinding),
        PLAIN(SECPKG_ATTR_CONNECTION_INFO_EX, SecPkgContext_ConnectionInfoEx),
        PLAIN(SECPKG_ATTR_KEYING_MATERIAL_INPROC, SecPkgContext_KeyingMaterial_Inproc),
        PLAIN(SECPKG_ATTR_CERT_CHECK_RESULT, SecPkgContext_CertificateValidationResult),
        PLAIN(SECPKG_ATTR_CERT_CHECK_RESULT_INPROC, SecPkgContext_CertificateValidationResult),

        /* CredSSP */
        PLAIN(SECPKG_ATTR_C_ACCESS_TOKEN, SecPkgContext_AccessToken),
        PLAIN(SECPKG_ATTR_CREDS, SecPkgContext_ClientCreds),
        PLAIN(SECPKG_ATTR_CREDS_2, SecPkgContext_ClientCreds),
        {SECPKG_ATTR_NEGOTIATION_PACKAGE, FALSE, sizeof(SecPkgContext_PackageInfoW), NO_STRINGS,
                offsetof(SecPkgContext_PackageInfoW, PackageInfo)},
        PLAIN(SECPKG_ATTR_C_FULL_ACCESS_TOKEN, SecPkgContext_AccessToken),
        PLAIN(SECPKG_ATTR_SERVER_AUTH_FLAGS, SecPkgContext_Flags),
        PLAIN(SECPKG_ATTR_CERT_TRUST_STATUS, CERT_TRUST_STATUS),

        /* between our own DLLs */
        PLAIN(SSP_ATTR_MECH_MIC_WANTED, ULONG),
        PLAIN(SSP_ATTR_RESET_CIPHER, ULONG),

        /* credentials */
        {SECPKG_CRED_ATTR_NAMES, TRUE, sizeof(SecPkgCredentials_NamesW),
                ONE_STRING(SecPkgCredentials_NamesW, sUserName), SSP_NO_OFFSET},
        {SECPKG_CRED_ATTR_SSI_PROVIDER, TRUE, sizeof(SecPkgCredentials_SSIProviderW),
                ONE_STRING(SecPkgCredentials_SSIProviderW, sProviderName), SSP_NO_OFFSET},
        CRED(SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS, SecPkgCredentials_KdcProxySettingsW),
        CRED(SECPKG_CRED_ATTR_CERT, SecPkgCredentials_Cert),
        CRED(SECPKG_ATTR_SUPPORTED_ALGS, SecPkgCred_SupportedAlgs),
        CRED(SECPKG_ATTR_CIPHER_STRENGTHS, SecPkgCred_CipherStrengths),
        CRED(SECPKG_ATTR_SUPPORTED_PROTOCOLS, SecPkgCred_SupportedProtocols),
        CRED(SECPKG_ATTR_CLIENT_CERT_POLICY, SecPkgCred_ClientCertPolicy),
};

const struct ssp_attribute *ssp_attribute_find(ULONG id, BOOL credential)
{
    for (SIZE_T i = 0; i < ARRAYSIZE(table); i++)
        if (table[i].id == id && table[i].credential == credential)
            return &table[i];
    return NULL;
}
