/* Identities to strings and back, and to what the credential manager takes. */
#include "identity.h"
#include <wincred.h>

static BOOL set_text(struct blob *to, BOOL *has, const WCHAR *text)
{
    *has = text != NULL;
    return blob_set(to, ssp_text(text)) == ST_OK;
}

/* Any one of the three is enough; none is SEC_E_INVALID_TOKEN. */
SECURITY_STATUS WINAPI SspiEncodeStringsAsAuthIdentity(
        PCWSTR user, PCWSTR domain, PCWSTR packed, PSEC_WINNT_AUTH_IDENTITY_OPAQUE *identity)
{
    struct ssp_identity id = {.given = TRUE};
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if ((!user && !domain && !packed) || !identity)
        return SEC_E_INVALID_TOKEN;
    if (set_text(&id.user, &id.has_user, user) && set_text(&id.domain, &id.has_domain, domain) &&
            set_text(&id.password, &id.has_password, packed))
        status = identity_build(&id, identity);
    ssp_identity_free(&id);
    return status;
}

static BOOL copy_text(BOOL has, const struct blob *from, PCWSTR *to)
{
    *to = has ? ssp_heap_text(blob_view(from)) : NULL;
    return !has || *to;
}

SECURITY_STATUS WINAPI SspiEncodeAuthIdentityAsStrings(
        PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity, PCWSTR *user, PCWSTR *domain, PCWSTR *packed)
{
    struct ssp_identity id;
    PCWSTR texts[3] = {NULL};
    SECURITY_STATUS status =
            user && domain && packed ? identity_read(identity, &id) : SEC_E_INVALID_TOKEN;

    if (status != SEC_E_OK)
        return status;
    if (copy_text(id.has_user, &id.user, &texts[0]) &&
            copy_text(id.has_domain, &id.domain, &texts[1]) &&
            copy_text(id.has_password, &id.password, &texts[2])) {
        *user = texts[0];
        *domain = texts[1];
        *packed = texts[2];
    } else {
        for (int i = 0; i < 3; i++)
            SspiLocalFree((void *)texts[i]);
        status = SEC_E_INSUFFICIENT_MEMORY;
    }
    ssp_identity_free(&id);
    return status;
}

/* DOMAIN\user, or the user alone. */
static WCHAR *user_of(const struct ssp_identity *id)
{
    struct writer w = {0};
    struct blob text = {0};
    WCHAR *copy = NULL;

    if (id->domain.size) {
        writer_bytes(&w, blob_view(&id->domain));
        writer_u16le(&w, '\\');
    }
    writer_bytes(&w, blob_view(&id->user));
    if (writer_finish(&w, &text) == ST_OK)
        copy = ssp_heap_text(blob_view(&text));
    blob_free(&text);
    return copy;
}

/* "SspiPrepareForCredWrite function": without a target name the user name is the target. */
static WCHAR *target_of(const struct ssp_identity *id, PCWSTR target)
{
    return target ? ssp_heap_text(ssp_text(target)) : user_of(id);
}

SECURITY_STATUS WINAPI SspiPrepareForCredRead(
        PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity, PCWSTR target, PULONG type, PCWSTR *cred_target)
{
    struct ssp_identity id;
    SECURITY_STATUS status =
            type && cred_target ? identity_read(identity, &id) : SEC_E_INVALID_TOKEN;
    WCHAR *text;

    if (status != SEC_E_OK)
        return status;
    text = target_of(&id, target);
    ssp_identity_free(&id);
    if (!text)
        return SEC_E_INSUFFICIENT_MEMORY;
    *type = CRED_TYPE_DOMAIN_PASSWORD;
    *cred_target = text;
    return SEC_E_OK;
}

SECURITY_STATUS WINAPI SspiPrepareForCredWrite(PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity,
        PCWSTR target, PULONG type, PCWSTR *cred_target, PCWSTR *user, PUCHAR *blob,
        PULONG blob_size)
{
    struct ssp_identity id;
    SECURITY_STATUS status = type && cred_target && user && blob && blob_size
                                     ? identity_read(identity, &id)
                                     : SEC_E_INVALID_TOKEN;
    WCHAR *texts[3];

    if (status != SEC_E_OK)
        return status;
    texts[0] = target_of(&id, target);
    texts[1] = user_of(&id);
    texts[2] = ssp_heap_text(blob_view(&id.password));
    if (texts[0] && texts[1] && texts[2]) {
        *type = CRED_TYPE_DOMAIN_PASSWORD;
        *cred_target = texts[0];
        *user = texts[1];
        *blob = (PUCHAR)texts[2];
        *blob_size = (ULONG)id.password.size;
    } else {
        for (int i = 0; i < 3; i++)
            SspiLocalFree(texts[i]);
        status = SEC_E_INSUFFICIENT_MEMORY;
    }
    ssp_identity_free(&id);
    return status;
}

/* "SspiGetTargetHostName function": the host of a service principal name,
 * service/host[:port][/name]. */
SECURITY_STATUS WINAPI SspiGetTargetHostName(PCWSTR target, PWSTR *host)
{
    const WCHAR *start, *end;

    if (!target || !host)
        return SEC_E_INVALID_PARAMETER;
    start = wcschr(target, '/');
    start = start ? start + 1 : target;
    end = start + wcscspn(start, *start == '[' ? L"/" : L"/:");
    *host = ssp_heap_text(bytes_of(start, (SIZE_T)(end - start) * sizeof(WCHAR)));
    return *host ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}
