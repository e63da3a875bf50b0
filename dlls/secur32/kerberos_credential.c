/* Credentials of Kerberos. Wine's kerberos.dll takes a plain Unicode identity only, and crashes on others: each is
 * made into that. Given one it asks the KDC at once, at AcquireCredentialsHandle; on Windows the first leg does. So
 * it gets the identity only then: a program that never logs in with Kerberos, through Negotiate above all, waits
 * for no KDC and tells none its user. Each failure is STATUS_UNSUCCESSFUL.
 *
 * The ticket that it gets for an identity goes into the one ticket cache of the user, over whoever's was there.
 * So that nobody logs in as another: the credential is bound to the identity's name, as its principal (the host's
 * library then takes no other's ticket); and a first leg is made with the cache that its own credential has filled,
 * filled again if somebody else did meanwhile, one at a time (logins).
 */
#include "lsa_host.h"

struct kerberos_credential {
    struct ssp_object object;
    const SecPkgInfoW *package;
    WCHAR *principal; /* ours; may be NULL. Of a client's identity: whose ticket it is */
    ULONG use;
    struct ssp_identity identity; /* with the password: it may be wanted again */
    struct ssp_object *inner;     /* the lsa_credential, once there is one; of an identity's: by logins.lock */
    LONG64 filled;                /* when it filled the ticket cache; by logins.lock */
};

/* The first legs of identities, one at a time, the KDC's answer included. */
static struct {
    struct ssp_lock lock;
    LONG64 filled; /* how often the ticket cache was filled here */
} logins;

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

/* Given an identity it takes no notice of the principal: it is asked for the ticket first, then for the principal's
 * credential. */
static SECURITY_STATUS get_inner(struct kerberos_credential *c, TimeStamp *expiry)
{
    struct ssp_acquire a = {.package = c->package, .principal = c->principal, .use = c->use};
    BOOL named = c->identity.given;
    SECURITY_STATUS status = named ? acquire_as(&a, &c->identity, &c->inner, expiry)
                                   : lsa_acquire(&a, &c->inner, expiry);

    if (status == SEC_E_OK && named && c->principal) {
        ssp_release(c->inner);
        c->inner = NULL;
        a.auth_data = NULL;
        status = lsa_acquire(&a, &c->inner, expiry);
    }
    return refusal(status, named);
}

/* The ticket cache gets C's ticket, unless it was C that filled it last. Contexts keep the old credential. */
static SECURITY_STATUS fill_cache(struct kerberos_credential *c, TimeStamp *expiry)
{
    SECURITY_STATUS status;

    if (c->inner && c->filled == logins.filled)
        return SEC_E_OK;
    ssp_release(c->inner);
    c->inner = NULL;
    status = get_inner(c, expiry);
    c->filled = ++logins.filled; /* a failure may have filled it too */
    return status;
}

/* ---- names ---- */

/* TEXT's units from FROM on, COUNT of them, become TO; TEXT may be TO's own. */
static enum status cut(struct blob *to, const struct blob *text, SIZE_T from, SIZE_T count)
{
    struct blob part = {0};
    enum status s = blob_set(&part, bytes_of(text->data + from * sizeof(WCHAR), count * sizeof(WCHAR)));

    if (s == ST_OK)
        blob_move(to, &part);
    return s;
}

/* A user's name that says the domain too, and Domain is empty: DOMAIN\user, or user@domain, whose last '@' it is
 * ("User Name Formats"). */
static enum status split_name(struct ssp_identity *id)
{
    const WCHAR *name = (const WCHAR *)id->user.data;
    SIZE_T units = id->user.size / sizeof(WCHAR), slash = 0, at = units;
    enum status s;

    if (id->domain.size)
        return ST_OK;
    while (slash < units && name[slash] != '\\')
        slash++;
    while (at && name[at - 1] != '@')
        at--;
    if (slash < units) {
        s = cut(&id->domain, &id->user, 0, slash);
        if (s == ST_OK)
            s = cut(&id->user, &id->user, slash + 1, units - slash - 1);
    } else if (at) {
        s = cut(&id->domain, &id->user, at, units - at);
        if (s == ST_OK)
            s = cut(&id->user, &id->user, 0, at - 1);
    } else {
        return ST_OK;
    }
    id->has_domain = TRUE;
    return s;
}

/* user@DOMAIN, what the ticket is for; NULL: no memory. */
static WCHAR *name_of(const struct ssp_identity *id)
{
    SIZE_T user = id->user.size, domain = id->domain.size;
    WCHAR *name = ssp_heap_alloc(user + domain + 2 * sizeof(WCHAR));

    if (!name)
        return NULL;
    memcpy(name, id->user.data, user);
    if (!domain)
        return name;
    name[user / sizeof(WCHAR)] = '@';
    memcpy(name + user / sizeof(WCHAR) + 1, id->domain.data, domain);
    return name;
}

/* Whose credential it is. */
static SECURITY_STATUS set_names(struct kerberos_credential *c, const WCHAR *principal)
{
    enum status s = split_name(&c->identity);

    if (s != ST_OK)
        return ssp_status(s);
    if (c->identity.given && c->identity.user.size && c->use == SECPKG_CRED_OUTBOUND)
        c->principal = name_of(&c->identity);
    else if (principal)
        c->principal = ssp_heap_text(ssp_text(principal));
    else
        return SEC_E_OK;
    return c->principal ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* What of the arguments rules Kerberos out. kerberos.dll itself refuses a use with limits in it. */
static SECURITY_STATUS check(const struct ssp_acquire *a, const struct ssp_identity *identity)
{
    /* As msv1_0's, and "AcquireCredentialsHandle (Negotiate)". */
    if (a->limits & SECPKG_CRED_PROCESS_POLICY_ONLY)
        return SEC_E_NO_CREDENTIALS;
    /* The other three as msv1_0's too. */
    if (a->logon_id && !session_is_own(a->logon_id))
        return SEC_E_NOT_OWNER;
    if (identity->flags & SEC_WINNT_AUTH_IDENTITY_FLAGS_ID_PROVIDER)
        return SEC_E_UNKNOWN_CREDENTIALS;
    if (!ssp_package_list_allows(blob_view(&identity->package_list), a->package->Name))
        return SEC_E_NO_CREDENTIALS;
    /* Neither default nor saved credentials. */
    if ((a->limits & SECPKG_CRED_AUTOLOGON_RESTRICTED) && !identity->given && (a->use & SECPKG_CRED_OUTBOUND))
        return SEC_E_NO_CREDENTIALS;
    return SEC_E_OK;
}

static SECURITY_STATUS fill(struct kerberos_credential *c, const struct ssp_acquire *a, TimeStamp *expiry)
{
    SECURITY_STATUS status = ssp_identity_of_login(a->auth_data, &c->identity);

    c->package = a->package;
    c->use = a->use;
    if (status == SEC_E_OK)
        status = check(a, &c->identity);
    if (status == SEC_E_OK)
        status = set_names(c, a->principal);
    if (status != SEC_E_OK || (c->identity.given && a->use == SECPKG_CRED_OUTBOUND))
        return status;
    if (!c->identity.given)
        return get_inner(c, expiry);
    ssp_lock_take(&logins.lock);
    status = fill_cache(c, expiry);
    ssp_lock_give(&logins.lock);
    return status;
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

SECURITY_STATUS kerberos_first_leg(struct ssp_leg *leg)
{
    struct kerberos_credential *c = (struct kerberos_credential *)leg->credential;
    TimeStamp unwanted;
    SECURITY_STATUS status;

    if (!c->identity.given) {
        leg->credential = c->inner;
        return lsa_leg(leg);
    }
    /* Only a client's own is bound to the identity's name: see set_names. */
    if (!leg->inbound && c->use != SECPKG_CRED_OUTBOUND)
        return SEC_E_NO_CREDENTIALS;
    ssp_lock_take(&logins.lock);
    status = leg->inbound && c->inner ? SEC_E_OK : fill_cache(c, &unwanted);
    leg->credential = c->inner;
    if (status == SEC_E_OK)
        status = lsa_leg(leg);
    ssp_lock_give(&logins.lock);
    return status;
}
