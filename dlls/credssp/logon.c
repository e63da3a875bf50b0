/* Who logs in: the identity that the program passed, or what Credential Manager has saved for the
 * server. The latter is looked up when a login begins, for only then is the server known; CredSSP
 * does it itself, and not the package inside, because what logs in is also what is delegated. */
#include "provider.h"
#include "ssp/saved.h"
#include "base/utf16.h"

SECURITY_STATUS logon_acquire(
        const WCHAR *principal, ULONG use, const LUID *logon_id, void *data, CredHandle *out)
{
    TimeStamp expiry;
    SECURITY_STATUS status = inner_sspi()->AcquireCredentialsHandleW((SEC_WCHAR *)principal,
            (SEC_WCHAR *)NEGOSSP_NAME_W, use | SECPKG_CRED_AUTOLOGON_RESTRICTED, (void *)logon_id,
            data, NULL, NULL, out, &expiry);

    return status < 0 ? inner_refused("Negotiate", "msv1_0.dll", status) : status;
}

/* With the restriction to certain packages that the program may have made. */
static SECURITY_STATUS acquire_saved(struct context *c)
{
    const struct blob *packages = &c->credential->identity.package_list;
    struct ssp_identity *id = &c->saved;
    SEC_WINNT_AUTH_IDENTITY_EXW ex = {
            .Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
            .Length = sizeof ex,
            .User = (void *)id->user.data,
            .UserLength = (ULONG)(id->user.size / sizeof(WCHAR)),
            .Domain = (void *)id->domain.data,
            .DomainLength = (ULONG)(id->domain.size / sizeof(WCHAR)),
            .Password = (void *)id->password.data,
            .PasswordLength = (ULONG)(id->password.size / sizeof(WCHAR)),
            .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE,
            .PackageList = (void *)packages->data,
            .PackageListLength = (ULONG)(packages->size / sizeof(WCHAR)),
    };
    SECURITY_STATUS status =
            logon_acquire(NULL, SECPKG_CRED_OUTBOUND, NULL, &ex, &c->saved_auth);

    c->has_saved_auth = status >= 0;
    return status < 0 ? status : SEC_E_OK;
}

static struct bytes service_of(struct bytes target)
{
    size_t slash = utf16_find(target, 0, '/');

    return utf16_part(target, 0, slash < target.size / sizeof(WCHAR) ? slash : 0);
}

SECURITY_STATUS logon_find(struct context *c)
{
    struct bytes target = ssp_text(c->target);
    struct saved_target names = {target, service_of(target), ssp_text(c->host)};

    if (c->inbound || c->credential->identity.given)
        return SEC_E_OK;
    /* "CredSSP must not attempt to supply credentials for the client automatically." */
    if (c->credential->nothing_saved || c->request & ISC_REQ_USE_SUPPLIED_CREDS) {
        log_warn("credssp", "no credentials: the program gave none and wants none that are saved");
        return SEC_E_NO_CREDENTIALS;
    }
    SECURITY_STATUS status =
            saved_find("credssp", &names, blob_view(&c->credential->principal), &c->saved);
    return status == SEC_E_OK ? acquire_saved(c) : status;
}

const struct ssp_identity *logon_identity(const struct context *c)
{
    return c->saved.given ? &c->saved : &c->credential->identity;
}

CredHandle *logon_credential(struct context *c)
{
    return c->has_saved_auth ? &c->saved_auth : &c->credential->auth;
}

void logon_free(struct context *c)
{
    if (c->has_saved_auth)
        inner_sspi()->FreeCredentialsHandle(&c->saved_auth);
    ssp_identity_free(&c->saved);
}
