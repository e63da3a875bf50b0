/* Credential Manager as the source of default credentials.
 *
 * What is saved is looked at when a login begins, not when the credential is acquired: only then is
 * the server known, and a password that was saved meanwhile counts. Wine hands out passwords of
 * CRED_TYPE_DOMAIN_PASSWORD to every program of the user (measured: 8.0 and 10.0); Windows to its
 * authentication packages only, so that there such an entry has none for us.
 */
#include "ssp/saved.h"
#include "base/utf16.h"
#include <wincred.h>

/* Not a password for a server: it is for a user's name wherever that goes, or it is something else
 * (a certificate's PIN, a hash). */
enum {
    UNFIT = CRED_FLAGS_USERNAME_TARGET | CRED_FLAGS_PASSWORD_FOR_CERT | CRED_FLAGS_OWF_CRED_BLOB
};

/* "CREDENTIALW structure", UserName: "a DomainName\UserName or a UPN". The latter stays whole. */
static void split(struct bytes name, struct bytes *domain, struct bytes *user)
{
    size_t count = name.size / sizeof(WCHAR), backslash = utf16_find(name, 0, '\\');

    *domain = utf16_part(name, 0, backslash < count ? backslash : 0);
    *user = utf16_part(name, backslash < count ? backslash + 1 : 0, count);
}

/* DOMAIN\user as a whole, or the user alone. */
static BOOL is_principal(const CREDENTIALW *c, struct bytes principal)
{
    struct bytes domain, user, name = ssp_text(c->UserName);

    split(name, &domain, &user);
    return !principal.size || utf16_equal_nocase(name, principal) ||
           utf16_equal_nocase(user, principal);
}

static uint32_t rank_of(const CREDENTIALW *c, const struct saved_target *target)
{
    struct saved_names n = {
            .generic = c->Type == CRED_TYPE_GENERIC,
            .session = c->Persist == CRED_PERSIST_SESSION,
            .name = ssp_text(c->TargetName),
            .alias = ssp_text(c->TargetAlias),
    };

    if ((c->Type != CRED_TYPE_GENERIC && c->Type != CRED_TYPE_DOMAIN_PASSWORD) ||
            (c->Flags & UNFIT))
        return 0;
    return saved_rank(&n, target);
}

static const CREDENTIALW *best(PCREDENTIALW *all, DWORD count, const struct saved_target *target,
        struct bytes principal)
{
    const CREDENTIALW *found = NULL;
    uint32_t highest = 0;

    for (DWORD i = 0; i < count; i++) {
        uint32_t rank = is_principal(all[i], principal) ? rank_of(all[i], target) : 0;

        if (rank > highest) {
            highest = rank;
            found = all[i];
        }
    }
    return found;
}

/* The blob is "the plaintext Unicode password", without a NUL. None at all is not an empty one: it is
 * what Windows shows of any. "An authentication package always fails an authentication
 * attempt when using credentials marked as CRED_FLAGS_PROMPT_NOW." */
static const char *flaw(const CREDENTIALW *c)
{
    if (c->Flags & CRED_FLAGS_PROMPT_NOW)
        return "asks to be entered anew";
    if (!c->UserName || !*c->UserName)
        return "names no user";
    if (ssp_is_marshaled(c->UserName))
        return "is for a certificate";
    if (!c->CredentialBlobSize || c->CredentialBlobSize % sizeof(WCHAR))
        return "has no password that can be read";
    return NULL;
}

static SECURITY_STATUS take(const char *room, const CREDENTIALW *c, struct ssp_identity *saved)
{
    const char *wrong = flaw(c);
    struct bytes domain, user;
    char text[200];
    enum status s;

    utf16_printable(ssp_text(c->TargetName), text, sizeof text);
    if (wrong) {
        log_warn(room, "the saved credential %s %s; save it again", text, wrong);
        return SEC_E_NO_CREDENTIALS;
    }
    log_info(room, "logging in with the saved credential %s", text);
    split(ssp_text(c->UserName), &domain, &user);
    s = blob_set(&saved->user, user);
    if (s == ST_OK)
        s = blob_set(&saved->domain, domain);
    if (s == ST_OK)
        s = blob_set(&saved->password, bytes_of(c->CredentialBlob, c->CredentialBlobSize));
    saved->given = saved->has_user = saved->has_domain = saved->has_password = s == ST_OK;
    return ssp_status(s);
}

static void free_all(PCREDENTIALW *all, DWORD count)
{
    for (DWORD i = 0; i < count; i++)
        if (all[i]->CredentialBlobSize)
            wipe(all[i]->CredentialBlob, all[i]->CredentialBlobSize);
    CredFree(all);
}

SECURITY_STATUS saved_find(const char *room, const struct saved_target *target,
        struct bytes principal, struct ssp_identity *saved)
{
    SECURITY_STATUS status = SEC_E_NO_CREDENTIALS;
    const CREDENTIALW *c;
    PCREDENTIALW *all;
    DWORD count;
    char text[200];

    if (CredEnumerateW(NULL, 0, &count, &all)) {
        c = best(all, count, target, principal);
        if (c)
            status = take(room, c, saved);
        free_all(all, count);
        if (c)
            return status;
    }
    log_warn(room, "no credentials: the program gave none and none are saved for '%s'",
            utf16_printable(target->whole, text, sizeof text));
    return status;
}
