/* Credentials of Kerberos. Wine's kerberos.dll takes a plain Unicode identity only, and crashes on others: each is
 * made into that. Given one it asks the KDC at once, at AcquireCredentialsHandle; on Windows the first leg does. So
 * it gets the identity only then: a program that never logs in with Kerberos, through Negotiate above all, waits
 * for no KDC and tells none its user. Each failure is STATUS_UNSUCCESSFUL.
 */
#include "lsa_host.h"

struct kerberos_credential {
    struct ssp_object object;
    const SecPkgInfoW *package;
    WCHAR *principal; /* ours; may be NULL */
    ULONG use;
    struct ssp_lock lock; /* for the two below: held while the KDC is asked, for it is asked once */
    struct ssp_identity identity; /* until it has been used */
    struct ssp_object *inner;     /* the lsa_credential, once there is one */
};

static void destroy(struct ssp_object *o)
{
    struct kerberos_credential *c = (struct kerberos_credential *)o;

    ssp_release(c->inner);
    ssp_identity_free(&c->identity);
    ssp_heap_free(c->principal);
    mem_free(c, sizeof *c);
}

/* Why there are no credentials it does not say: a wrong password, a KDC that does not answer, no keytab.
 * That the host's libraries are no libraries shows only here. */
static SECURITY_STATUS refusal(SECURITY_STATUS status, BOOL named)
{
    if (status == SEC_E_SECPKG_NOT_FOUND)
        kerberos_is_broken();
    if (status != SEC_E_INTERNAL_ERROR)
        return status;
    return named ? SEC_E_UNKNOWN_CREDENTIALS : SEC_E_NO_CREDENTIALS;
}

static WCHAR *plain_text(const struct blob *text, BOOL has, ULONG *units)
{
    *units = (ULONG)(text->size / sizeof(WCHAR));
    return has ? ssp_heap_text(blob_view(text)) : NULL;
}

static SECURITY_STATUS acquire_as(struct ssp_acquire *a, const struct ssp_identity *identity,
        struct ssp_object **credential, TimeStamp *expiry)
{
    SEC_WINNT_AUTH_IDENTITY_W plain = {.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    plain.User = plain_text(&identity->user, identity->has_user, &plain.UserLength);
    plain.Domain = plain_text(&identity->domain, identity->has_domain, &plain.DomainLength);
    plain.Password = plain_text(&identity->password, identity->has_password, &plain.PasswordLength);
    a->auth_data = &plain;
    if ((plain.User || !identity->has_user) && (plain.Domain || !identity->has_domain) &&
            (plain.Password || !identity->has_password))
        status = lsa_acquire(a, credential, expiry);
    ssp_heap_free(plain.User);
    ssp_heap_free(plain.Domain);
    ssp_heap_wipe(plain.Password);
    return status;
}

static SECURITY_STATUS get_inner(struct kerberos_credential *c, TimeStamp *expiry)
{
    struct ssp_acquire a = {.package = c->package, .principal = c->principal, .use = c->use};
    BOOL named = c->identity.given;
    SECURITY_STATUS status = named ? acquire_as(&a, &c->identity, &c->inner, expiry)
                                   : lsa_acquire(&a, &c->inner, expiry);

    if (status == SEC_E_OK)
        ssp_identity_free(&c->identity);
    return refusal(status, named);
}

static SECURITY_STATUS fill(struct kerberos_credential *c, const struct ssp_acquire *a, TimeStamp *expiry)
{
    SECURITY_STATUS status = ssp_identity_parse(a->auth_data, &c->identity);

    c->package = a->package;
    c->use = a->use | a->limits;
    c->principal = a->principal ? ssp_heap_text(ssp_text(a->principal)) : NULL;
    if (status != SEC_E_OK)
        return status;
    if (a->principal && !c->principal)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (c->identity.given && a->use == SECPKG_CRED_OUTBOUND)
        return SEC_E_OK;
    return get_inner(c, expiry);
}

SECURITY_STATUS kerberos_acquire(
        const struct ssp_acquire *a, struct ssp_object **credential, TimeStamp *expiry)
{
    struct kerberos_credential *c = mem_alloc(sizeof *c);
    SECURITY_STATUS status;

    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    ssp_object_init(&c->object, SSP_CREDENTIAL, destroy);
    status = fill(c, a, expiry);
    if (status == SEC_E_OK)
        *credential = &c->object;
    else
        ssp_release(&c->object);
    return status;
}

SECURITY_STATUS kerberos_inner(const struct ssp_leg *leg, struct ssp_object **inner)
{
    struct kerberos_credential *c = (struct kerberos_credential *)leg->credential;
    SECURITY_STATUS status = SEC_E_OK;
    TimeStamp expiry;

    *inner = NULL;
    if (leg->context)
        return SEC_E_OK;
    ssp_lock_take(&c->lock);
    if (!c->inner)
        status = get_inner(c, &expiry);
    *inner = c->inner;
    ssp_lock_give(&c->lock);
    return status;
}

/* ---- targets ---- */

static BOOL is_address(const WCHAR *host, SIZE_T length)
{
    SIZE_T digits = 0, dots = 0, colons = 0;

    for (SIZE_T i = 0; i < length; i++) {
        digits += host[i] >= '0' && host[i] <= '9';
        dots += host[i] == '.';
        colons += host[i] == ':';
    }
    return colons > 1 || (dots && digits + dots == length);
}

/* Windows asks no KDC for a service at an IP address, unless TryIPSPN says so ("Kerberos clients allow IPv4 and
 * IPv6 address hostnames in SPNs"). The host is what stands between the first slash and the next, or the port. */
BOOL kerberos_target_ok(const WCHAR *target)
{
    const WCHAR *host = target ? wcschr(target, '/') : NULL;
    SIZE_T length;

    if (!target || !*target)
        return FALSE;
    host = host ? host + 1 : target;
    length = wcscspn(host, L"/");
    if (is_address(host, length))
        return FALSE;
    return !is_address(host, wcscspn(host, L":/"));
}
