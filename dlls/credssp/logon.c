/* Who logs in: the identity that the program passed, or what Credential Manager has saved for the
 * server. The latter is looked up when a login begins, for only then is the server known; CredSSP
 * does it itself, and not the package inside, because what logs in is also what is delegated. */
#include "provider.h"
#include "ssp/saved.h"
#include "base/utf16.h"

/* NULL for what was not given, never NULL for what was given and is empty. */
static void *text_or_null(BOOL given, const struct blob *text)
{
    return !given ? NULL : text->size ? text->data : (void *)L"";
}

static ULONG units(const struct blob *text)
{
    return (ULONG)(text->size / sizeof(WCHAR));
}

static SECURITY_STATUS acquire(const WCHAR *principal, ULONG use, const LUID *logon_id, void *data,
        CredHandle *out)
{
    TimeStamp expiry;
    SECURITY_STATUS status = inner_sspi()->AcquireCredentialsHandleW((SEC_WCHAR *)principal,
            (SEC_WCHAR *)NEGOSSP_NAME_W, use | SECPKG_CRED_AUTOLOGON_RESTRICTED, (void *)logon_id,
            data, NULL, NULL, out, &expiry);

    return status < 0 ? inner_refused("Negotiate", "msv1_0.dll", status) : SEC_E_OK;
}

/* The plain form, which every package knows (Wine's Kerberos does not survive another), unless there
 * is a list of packages. */
SECURITY_STATUS logon_acquire(const WCHAR *principal, ULONG use, const LUID *logon_id,
        const struct ssp_identity *id, const struct blob *packages, CredHandle *out)
{
    SEC_WINNT_AUTH_IDENTITY_EXW ex = {
            .Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
            .Length = sizeof ex,
            .User = text_or_null(id->has_user, &id->user),
            .UserLength = units(&id->user),
            .Domain = text_or_null(id->has_domain, &id->domain),
            .DomainLength = units(&id->domain),
            .Password = text_or_null(id->has_password, &id->password),
            .PasswordLength = units(&id->password),
            .Flags = id->flags | SEC_WINNT_AUTH_IDENTITY_UNICODE,
            .PackageList = text_or_null(packages->size != 0, packages),
            .PackageListLength = units(packages),
    };
    SEC_WINNT_AUTH_IDENTITY_W plain = {
            .User = ex.User,
            .UserLength = ex.UserLength,
            .Domain = ex.Domain,
            .DomainLength = ex.DomainLength,
            .Password = ex.Password,
            .PasswordLength = ex.PasswordLength,
            .Flags = ex.Flags,
    };

    if (packages->size)
        return acquire(principal, use, logon_id, &ex, out);
    return acquire(principal, use, logon_id, id->given ? &plain : NULL, out);
}

/* With the restriction to certain packages that the program may have made. */
static SECURITY_STATUS acquire_saved(struct context *c)
{
    SECURITY_STATUS status = logon_acquire(NULL, SECPKG_CRED_OUTBOUND, NULL, &c->saved,
            &c->credential->identity.package_list, &c->saved_auth);

    c->has_saved_auth = status == SEC_E_OK;
    return status;
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
