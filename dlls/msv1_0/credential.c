/* NTLM credentials: any identity form in, the NT hash kept, the password not. */
#include "msv1_0.h"
#include "ssp/saved.h"
#include "authority.h"
#include "base/writer.h"

void login_free(struct login *login)
{
    blob_free(&login->user);
    blob_free(&login->domain);
    wipe(login, sizeof *login);
}

static void destroy(struct ssp_object *o)
{
    struct credential *c = (struct credential *)o;
    if (c->use & SECPKG_CRED_INBOUND)
        authority_close();
    login_free(&c->login);
    blob_free(&c->principal);
    blob_free(&c->computer);
    blob_free(&c->host);
    policy_free(&c->policy);
    mem_free(c, sizeof *c);
}

/* Moves what is in FROM. */
static void login_set(struct login *to, struct ssp_identity *from, enum ntlm_level level)
{
    struct bytes password = blob_view(&from->password);

    to->given = from->given;
    blob_move(&to->user, &from->user);
    blob_move(&to->domain, &from->domain);
    if (!to->given)
        return;
    ntlm_nt_hash(password, to->nt_hash);
    if (level == NTLM_LEVEL_0 || level == NTLM_LEVEL_1)
        to->has_lm_hash = ntlm_lm_hash(password, to->lm_hash);
}

SECURITY_STATUS credential_saved(
        const struct credential *c, struct bytes target, struct login *login)
{
    struct saved_target names = {target, ntlm_target_service(target), ntlm_target_host(target)};
    struct ssp_identity saved = {0};
    SECURITY_STATUS status = SEC_E_NO_CREDENTIALS;

    /* "AcquireCredentialsHandle (Negotiate)", fCredentialUse. */
    if (c->restricted)
        log_warn("msv1_0", "no credentials: the program gave none and wants none that are saved");
    else
        status = saved_find("msv1_0", &names, blob_view(&c->principal), &saved);
    if (status == SEC_E_OK)
        login_set(login, &saved, c->policy.level);
    ssp_identity_free(&saved);
    return status;
}

static SECURITY_STATUS fill(
        struct credential *c, const struct ssp_acquire *a, struct ssp_identity *identity)
{
    enum status s = settings_take(c);

    c->restricted = (a->limits & SECPKG_CRED_AUTOLOGON_RESTRICTED) != 0;
    login_set(&c->login, identity, c->policy.level);
    return ssp_status(s == ST_OK ? blob_set(&c->principal, ssp_text(a->principal)) : s);
}

/* What of the arguments rules NTLM out, whatever the password. */
static SECURITY_STATUS check(const struct ssp_acquire *a, const struct ssp_identity *identity)
{
    /* "... processes server policy and returns SEC_E_NO_CREDENTIALS, indicating that the
     * application should prompt for credentials" ("AcquireCredentialsHandle (Negotiate)"). */
    if (a->limits & SECPKG_CRED_PROCESS_POLICY_ONLY)
        return SEC_E_NO_CREDENTIALS;
    /* Another session's credentials are for callers with SE_TCB_NAME; nobody has that here. */
    if (a->logon_id && !caller_owns_logon(a->logon_id))
        return SEC_E_NOT_OWNER;
    /* "An online ID credential": Domain is then no domain ("SEC_WINNT_AUTH_IDENTITY_EX2"). */
    if (identity->flags & SEC_WINNT_AUTH_IDENTITY_FLAGS_ID_PROVIDER)
        return SEC_E_UNKNOWN_CREDENTIALS;
    /* The list is documented for Negotiate; whoever takes NTLM out of it does not want it here
     * either (?). */
    if (!ssp_package_list_allows(blob_view(&identity->package_list), a->package->Name)) {
        log_warn("msv1_0", "the identity's package list does not allow NTLM");
        return SEC_E_NO_CREDENTIALS;
    }
    return SEC_E_OK;
}

SECURITY_STATUS credential_acquire(
        const struct ssp_acquire *a, struct ssp_object **out, TimeStamp *expiry)
{
    struct ssp_identity identity = {0};
    SECURITY_STATUS status = ssp_identity_of_login(a->auth_data, &identity);
    if (status == SEC_E_OK)
        status = check(a, &identity);
    struct credential *c = status == SEC_E_OK ? mem_alloc(sizeof *c) : NULL;
    if (!c) {
        ssp_identity_free(&identity);
        return status != SEC_E_OK ? status : SEC_E_INSUFFICIENT_MEMORY;
    }
    ssp_object_init(&c->object, SSP_CREDENTIAL, destroy);
    c->use = a->use;
    if (c->use & SECPKG_CRED_INBOUND)
        authority_open();
    status = fill(c, a, &identity);
    ssp_identity_free(&identity);
    if (status != SEC_E_OK) {
        ssp_release(&c->object);
        return status;
    }
    *expiry = ssp_never;
    *out = &c->object;
    return SEC_E_OK;
}

/* DOMAIN\user, or the user alone. Of default credentials, those that the handle stands for: the
 * principal's, or the caller's own; whom they name at a server is found when a login begins. */
static enum status name_of(const struct credential *c, struct blob *out)
{
    const struct login *l = &c->login;
    struct writer w = {0};

    if (!l->given && c->principal.size)
        return blob_set(out, blob_view(&c->principal));
    if (!l->given)
        return caller_name(out);
    if (l->domain.size) {
        writer_bytes(&w, blob_view(&l->domain));
        writer_u16le(&w, L'\\');
    }
    writer_bytes(&w, blob_view(&l->user));
    return writer_finish(&w, out);
}

SECURITY_STATUS credential_query(struct ssp_object *o, ULONG attribute, void *buffer)
{
    SecPkgCredentials_NamesW *names = buffer;
    struct blob text = {0};
    SECURITY_STATUS status;
    WCHAR *copy;

    if (attribute != SECPKG_CRED_ATTR_NAMES)
        return SEC_E_UNSUPPORTED_FUNCTION;
    status = ssp_status(name_of((const struct credential *)o, &text));
    if (status != SEC_E_OK)
        return status;
    copy = ssp_heap_text(blob_view(&text));
    blob_free(&text);
    if (!copy)
        return SEC_E_INSUFFICIENT_MEMORY;
    names->sUserName = copy;
    return SEC_E_OK;
}
