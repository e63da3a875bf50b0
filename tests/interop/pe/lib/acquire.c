/* Credentials from the command line's options. my=1: Schannel may look for a
 * certificate; flags=: more SCH_CRED_ bits, hexadecimal. */
#include "peer.h"
#define SCHANNEL_USE_BLACKLISTS
#include <ntsecapi.h>
#include <schannel.h>
#include <credssp.h>

static ULONG length(const WCHAR *s)
{
    return s ? (ULONG)wcslen(s) : 0;
}

SEC_WINNT_AUTH_IDENTITY_W identity_option(void)
{
    const WCHAR *user = option(L"user", L""), *domain = option(L"domain", L"");
    const WCHAR *password = option(L"password", L"");
    SEC_WINNT_AUTH_IDENTITY_W i = {
            .User = (unsigned short *)user,
            .UserLength = length(user),
            .Domain = (unsigned short *)domain,
            .DomainLength = length(domain),
            .Password = (unsigned short *)password,
            .PasswordLength = length(password),
            .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE,
    };
    return i;
}

/* packages=: the same login, limited to some of Negotiate's packages ("!ntlm"); without user= the default one, or a server's. */
static SEC_WINNT_AUTH_IDENTITY_EXW limited(const SEC_WINNT_AUTH_IDENTITY_W *login)
{
    const WCHAR *packages = option(L"packages", NULL);
    SEC_WINNT_AUTH_IDENTITY_EXW i = {
            .Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
            .Length = sizeof i,
            .Flags = login->Flags,
            .PackageList = (unsigned short *)packages,
            .PackageListLength = length(packages),
    };

    if (option(L"user", NULL)) {
        i.User = login->User;
        i.UserLength = login->UserLength;
        i.Domain = login->Domain;
        i.DomainLength = login->DomainLength;
        i.Password = login->Password;
        i.PasswordLength = login->PasswordLength;
    }
    return i;
}

static DWORD protocols(const WCHAR *version)
{
    static const struct {
        const WCHAR *name;
        DWORD bits;
    } known[] = {{L"1.0", SP_PROT_TLS1_0}, {L"1.1", SP_PROT_TLS1_1}, {L"1.2", SP_PROT_TLS1_2},
            {L"1.3", SP_PROT_TLS1_3}};

    for (size_t i = 0; i < ARRAYSIZE(known); i++)
        if (!wcscmp(version, known[i].name))
            return known[i].bits;
    return SP_PROT_TLS1_2 | SP_PROT_TLS1_3;
}

/* tls=1.0 to 1.3: no other version is offered or taken. The caller compares the certificate. */
static SCH_CREDENTIALS tls_credential(PCCERT_CONTEXT *certificate, TLS_PARAMETERS *parameters)
{
    DWORD all = SP_PROT_TLS1_X | SP_PROT_TLS1_3;
    DWORD wanted = protocols(option(L"tls", L"any"));
    static PCCERT_CONTEXT all_certificates[1 + CERTIFICATES_MORE];
    all_certificates[0] = *certificate;
    CopyMemory(&all_certificates[1], certificates_more, sizeof certificates_more);
    SCH_CREDENTIALS c = {
            .dwVersion = SCH_CREDENTIALS_VERSION,
            .cCreds = *certificate ? 1 + certificates_more_count : 0,
            .paCred = *certificate ? all_certificates : NULL,
            .dwFlags = *certificate ? 0
                                    : (_wtoi(option(L"my", L"0")) ? 0 : SCH_CRED_NO_DEFAULT_CREDS) |
                                              (_wtoi(option(L"validate", L"0"))
                                                              ? SCH_CRED_AUTO_CRED_VALIDATION
                                                              : SCH_CRED_MANUAL_CRED_VALIDATION),
            .cTlsParameters = 1,
            .pTlsParameters = parameters,
    };
    c.dwFlags |= wcstoul(option(L"flags", L"0"), NULL, 16);
    parameters->grbitDisabledProtocols = all & ~wanted;
    return c;
}

SECURITY_STATUS party_acquire(struct party *p, const WCHAR *package, PCCERT_CONTEXT certificate)
{
    SEC_WINNT_AUTH_IDENTITY_W login = identity_option();
    SEC_WINNT_AUTH_IDENTITY_EXW some = limited(&login);
    TLS_PARAMETERS parameters = {0};
    SCH_CREDENTIALS tls = tls_credential(&certificate, &parameters);
    CREDSSP_CRED both = {
            .Type = p->server ? CredsspSchannelCreds : CredsspPasswordCreds,
            .pSchannelCred = &tls,
            .pSpnegoCred = p->server ? NULL : &login,
    };
    void *data = p->server || !option(L"user", NULL) ? NULL : &login; /* NULL: what is saved */
    TimeStamp expiry;

    if (some.PackageList)
        data = &some;
    if (!_wcsicmp(package, L"CREDSSP"))
        data = &both;
    else if (p->stream)
        data = &tls;
    return AcquireCredentialsHandleW(NULL, (WCHAR *)package,
            p->server ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND, NULL, data, NULL, NULL,
            &p->credential, &expiry);
}
