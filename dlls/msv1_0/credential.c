/* NTLM credentials: any identity form in, the NT hash kept, the password not. */
#include "msv1_0.h"
#include "authority.h"
#include "base/writer.h"

static void destroy(struct ssp_object *o)
{
    struct credential *c = (struct credential *)o;
    if (c->use & SECPKG_CRED_INBOUND)
        authority_close();
    blob_free(&c->user);
    blob_free(&c->domain);
    blob_free(&c->computer);
    blob_free(&c->host);
    policy_free(&c->policy);
    mem_free(c, sizeof *c);
}

/* Windows: HKLM\System\CurrentControlSet\Control\Lsa\SuppressExtendedProtection; bit 0 leaves the
 * channel bindings out of AUTHENTICATE (KB 976918). */
static BOOL extended_protection_suppressed(void)
{
    return ssp_policy_dword(HKEY_LOCAL_MACHINE, L"System\\CurrentControlSet\\Control\\Lsa",
                   L"SuppressExtendedProtection", 0) &
           1;
}

/* Names change with a restart: asked once per credential, not in every login (Wine reads the
 * registry). */
static enum status machine_name(COMPUTER_NAME_FORMAT format, struct blob *out)
{
    WCHAR name[256];
    DWORD size = ARRAYSIZE(name);

    if (!GetComputerNameExW(format, name, &size))
        size = 0;
    return blob_set(out, bytes_of(name, size * sizeof *name));
}

static void take_hashes(struct credential *c, struct bytes password)
{
    enum ntlm_level level = c->policy.level;

    ntlm_nt_hash(password, c->nt_hash);
    if (level == NTLM_LEVEL_0 || level == NTLM_LEVEL_1)
        c->has_lm_hash = ntlm_lm_hash(password, c->lm_hash);
}

static SECURITY_STATUS fill(struct credential *c, struct ssp_identity *identity)
{
    c->given = identity->given;
    c->has_password = identity->has_password;
    blob_move(&c->user, &identity->user);
    blob_move(&c->domain, &identity->domain);
    enum status s = policy_read(&c->policy);
    if (identity->given)
        take_hashes(c, blob_view(&identity->password));
    c->omit_bindings = extended_protection_suppressed();
    if (s == ST_OK)
        s = machine_name(ComputerNameNetBIOS, &c->computer);
    return ssp_status(s == ST_OK ? machine_name(ComputerNameDnsHostname, &c->host) : s);
}

SECURITY_STATUS credential_acquire(
        const struct ssp_acquire *a, struct ssp_object **out, TimeStamp *expiry)
{
    struct ssp_identity identity = {0};
    SECURITY_STATUS status = ssp_identity_parse(a->auth_data, &identity);
    if (status != SEC_E_OK)
        return status;

    struct credential *c = mem_alloc(sizeof *c);
    if (!c) {
        ssp_identity_free(&identity);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    ssp_object_init(&c->object, SSP_CREDENTIAL, destroy);
    c->use = a->use;
    if (c->use & SECPKG_CRED_INBOUND)
        authority_open();
    status = fill(c, &identity);
    ssp_identity_free(&identity);
    if (status != SEC_E_OK) {
        ssp_release(&c->object);
        return status;
    }
    *expiry = ssp_never;
    *out = &c->object;
    return SEC_E_OK;
}

SECURITY_STATUS credential_query(struct ssp_object *o, ULONG attribute, void *buffer)
{
    const struct credential *c = (const struct credential *)o;
    SecPkgCredentials_NamesW *names = buffer;
    struct writer w = {0};
    struct blob text = {0};

    if (attribute != SECPKG_CRED_ATTR_NAMES)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!c->given)
        return SEC_E_NO_CREDENTIALS;
    if (c->domain.size) {
        writer_bytes(&w, blob_view(&c->domain));
        writer_u16le(&w, L'\\');
    }
    writer_bytes(&w, blob_view(&c->user));
    if (writer_finish(&w, &text) != ST_OK)
        return SEC_E_INSUFFICIENT_MEMORY;
    WCHAR *copy = ssp_heap_text(blob_view(&text));
    blob_free(&text);
    if (!copy)
        return SEC_E_INSUFFICIENT_MEMORY;
    names->sUserName = copy;
    return SEC_E_OK;
}
