/* secur32's own function tables: its exports. */
#include "secur32.h"

static SecurityFunctionTableW table_w = {
        .dwVersion = SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION,
        .EnumerateSecurityPackagesW = EnumerateSecurityPackagesW,
        .QueryCredentialsAttributesW = QueryCredentialsAttributesW,
        .AcquireCredentialsHandleW = AcquireCredentialsHandleW,
        .FreeCredentialsHandle = FreeCredentialsHandle,
        .InitializeSecurityContextW = InitializeSecurityContextW,
        .AcceptSecurityContext = AcceptSecurityContext,
        .CompleteAuthToken = CompleteAuthToken,
        .DeleteSecurityContext = DeleteSecurityContext,
        .ApplyControlToken = ApplyControlToken,
        .QueryContextAttributesW = QueryContextAttributesW,
        .ImpersonateSecurityContext = ImpersonateSecurityContext,
        .RevertSecurityContext = RevertSecurityContext,
        .MakeSignature = MakeSignature,
        .VerifySignature = VerifySignature,
        .FreeContextBuffer = FreeContextBuffer,
        .QuerySecurityPackageInfoW = QuerySecurityPackageInfoW,
        .Reserved3 = EncryptMessage,
        .Reserved4 = DecryptMessage,
        .ExportSecurityContext = ExportSecurityContext,
        .ImportSecurityContextW = ImportSecurityContextW,
        .AddCredentialsW = AddCredentialsW,
        .QuerySecurityContextToken = QuerySecurityContextToken,
        .EncryptMessage = EncryptMessage,
        .DecryptMessage = DecryptMessage,
        .SetContextAttributesW = SetContextAttributesW,
        .SetCredentialsAttributesW = SetCredentialsAttributesW,
        .ChangeAccountPasswordW = ChangeAccountPasswordW,
        .QueryContextAttributesExW = QueryContextAttributesExW,
        .QueryCredentialsAttributesExW = QueryCredentialsAttributesExW,
};

static SecurityFunctionTableA table_a = {
        .dwVersion = SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION,
        .EnumerateSecurityPackagesA = EnumerateSecurityPackagesA,
        .QueryCredentialsAttributesA = QueryCredentialsAttributesA,
        .AcquireCredentialsHandleA = AcquireCredentialsHandleA,
        .FreeCredentialHandle = FreeCredentialsHandle,
        .InitializeSecurityContextA = InitializeSecurityContextA,
        .AcceptSecurityContext = AcceptSecurityContext,
        .CompleteAuthToken = CompleteAuthToken,
        .DeleteSecurityContext = DeleteSecurityContext,
        .ApplyControlToken = ApplyControlToken,
        .QueryContextAttributesA = QueryContextAttributesA,
        .ImpersonateSecurityContext = ImpersonateSecurityContext,
        .RevertSecurityContext = RevertSecurityContext,
        .MakeSignature = MakeSignature,
        .VerifySignature = VerifySignature,
        .FreeContextBuffer = FreeContextBuffer,
        .QuerySecurityPackageInfoA = QuerySecurityPackageInfoA,
        .Reserved3 = EncryptMessage,
        .Reserved4 = DecryptMessage,
        .ExportSecurityContext = ExportSecurityContext,
        .ImportSecurityContextA = ImportSecurityContextA,
        .AddCredentialsA = AddCredentialsA,
        .QuerySecurityContextToken = QuerySecurityContextToken,
        .EncryptMessage = EncryptMessage,
        .DecryptMessage = DecryptMessage,
        .SetContextAttributesA = SetContextAttributesA,
        .SetCredentialsAttributesA = SetCredentialsAttributesA,
        .ChangeAccountPasswordA = ChangeAccountPasswordA,
        .QueryContextAttributesExA = QueryContextAttributesExA,
        .QueryCredentialsAttributesExA = QueryCredentialsAttributesExA,
};

/* Static data only: may be called under the loader lock. */
PSecurityFunctionTableW WINAPI InitSecurityInterfaceW(void)
{
    return &table_w;
}

PSecurityFunctionTableA WINAPI InitSecurityInterfaceA(void)
{
    return &table_a;
}
