/* pAuthData taken apart. "AcquireCredentialsHandle (CredSSP)", "CREDSSP_CRED structure",
 * "CREDSPP_SUBMIT_TYPE enumeration":
 *
 *    2  user name and password       pSchannelCred, pSpnegoCred
 *    4  Schannel's credential alone  pSchannelCred; who logs in is then what is saved. Servers
 *   50  a block of CredUI's          pSpnegoCred is a SEC_WINNT_AUTH_IDENTITY_EX2, as
 *                                    CredPackAuthenticationBuffer makes it
 *   51  the same, older              pSpnegoCred is NULL, or a SEC_WINNT_AUTH_IDENTITY
 *  100  one of these inside a CREDSSP_CRED_EX
 *   13  a certificate                needs PKINIT, which the hosted Kerberos does not have
 *
 * and a SEC_WINNT_AUTH_IDENTITY by itself, for programs that know one package like the other. Every
 * form of an identity is taken wherever one may stand. */
#include "provider.h"

static SECURITY_STATUS refuse(int type, const char *why)
{
    log_warn("credssp",
            "CREDSSP_CRED type %d %s: pass a user name and password, CredsspPasswordCreds (2)", type,
            why);
    return SEC_E_UNKNOWN_CREDENTIALS;
}

static SECURITY_STATUS take_cred(const CREDSSP_CRED *cred, struct submitted *out)
{
    switch ((int)cred->Type) {
    case CredsspPasswordCreds:
    case CredsspSubmitBufferBoth:
    case CredsspSubmitBufferBothOld:
        out->tls = cred->pSchannelCred;
        out->identity = cred->pSpnegoCred;
        return SEC_E_OK;
    case CredsspSchannelCreds:
        out->tls = cred->pSchannelCred;
        return SEC_E_OK;
    case CredsspCertificateCreds:
        return refuse((int)cred->Type, "is a certificate, and nothing here logs in with one");
    default:
        return refuse((int)cred->Type, "is not supported");
    }
}

/* CREDSSP_FLAG_REDIRECT is remote credential guard: the client sends tickets, never a password. One
 * that is asked for it must not get the other. */
static SECURITY_STATUS take_extended(const CREDSSP_CRED_EX *ex, struct submitted *out)
{
    if (ex->Version != CREDSSP_CRED_EX_VERSION)
        return refuse((int)ex->Type, "is of an unknown version");
    if (ex->Flags & CREDSSP_FLAG_REDIRECT)
        return refuse((int)ex->Type, "asks for remote credential guard, which needs tickets that the hosted Kerberos does not give");
    if (ex->Flags)
        return refuse((int)ex->Type, "has unknown flags");
    return take_cred(&ex->Cred, out);
}

/* A plain identity begins with a pointer, and its flags say which kind of text it holds. What begins
 * with a number that is no pointer is a CREDSSP_CRED of some type. */
static BOOL is_plain_identity(const SEC_WINNT_AUTH_IDENTITY_W *id)
{
    ULONG kind = id->Flags & (SEC_WINNT_AUTH_IDENTITY_ANSI | SEC_WINNT_AUTH_IDENTITY_UNICODE);

    return (ULONG_PTR)id->User >= 0x10000 && *(const ULONG *)id != 0xFFFFFFFF &&
           (kind == SEC_WINNT_AUTH_IDENTITY_ANSI || kind == SEC_WINNT_AUTH_IDENTITY_UNICODE);
}

SECURITY_STATUS submit_take_apart(void *auth_data, struct submitted *out)
{
    ULONG first = auth_data ? *(const ULONG *)auth_data : 0;

    out->tls = out->identity = NULL;
    if (!auth_data)
        return SEC_E_OK;
    switch (first) {
    case CredsspPasswordCreds:
    case CredsspSchannelCreds:
    case CredsspCertificateCreds:
    case CredsspSubmitBufferBoth:
    case CredsspSubmitBufferBothOld:
        return take_cred(auth_data, out);
    case CredsspCredEx:
        return take_extended(auth_data, out);
    case SEC_WINNT_AUTH_IDENTITY_VERSION:
    case SEC_WINNT_AUTH_IDENTITY_VERSION_2:
        out->identity = auth_data;
        return SEC_E_OK;
    }
    if (first < 0x10000 || !is_plain_identity(auth_data))
        return refuse((int)first, "is not supported");
    out->identity = auth_data;
    return SEC_E_OK;
}
