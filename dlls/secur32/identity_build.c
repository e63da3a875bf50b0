/* Building, copying, freeing identities. */
#include "identity.h"

/* Appends TEXT with a NUL; NULL for a member that is not there. */
static unsigned short *append(WCHAR **at, BOOL has, const struct blob *text)
{
    WCHAR *start = *at;

    if (!has)
        return NULL;
    if (text->size)
        memcpy(start, text->data, text->size);
    *at += text->size / sizeof(WCHAR) + 1; /* the block is zeroed: NUL is there */
    return (unsigned short *)start;
}

static ULONG length(const struct blob *text)
{
    return (ULONG)(text->size / sizeof(WCHAR));
}

static void fill_plain(SEC_WINNT_AUTH_IDENTITY_W *to, const struct ssp_identity *id)
{
    WCHAR *at = (WCHAR *)(void *)(to + 1);

    to->User = append(&at, id->has_user, &id->user);
    to->UserLength = length(&id->user);
    to->Domain = append(&at, id->has_domain, &id->domain);
    to->DomainLength = length(&id->domain);
    to->Password = append(&at, id->has_password, &id->password);
    to->PasswordLength = length(&id->password);
    to->Flags = id->flags | SEC_WINNT_AUTH_IDENTITY_UNICODE;
}

static void fill_ex(SEC_WINNT_AUTH_IDENTITY_EXW *to, const struct ssp_identity *id)
{
    WCHAR *at = (WCHAR *)(void *)(to + 1);

    to->Version = SEC_WINNT_AUTH_IDENTITY_VERSION;
    to->Length = sizeof *to;
    to->User = append(&at, id->has_user, &id->user);
    to->UserLength = length(&id->user);
    to->Domain = append(&at, id->has_domain, &id->domain);
    to->DomainLength = length(&id->domain);
    to->Password = append(&at, id->has_password, &id->password);
    to->PasswordLength = length(&id->password);
    to->PackageList = append(&at, TRUE, &id->package_list);
    to->PackageListLength = length(&id->package_list);
    to->Flags = id->flags | SEC_WINNT_AUTH_IDENTITY_UNICODE;
}

SECURITY_STATUS identity_build(
        const struct ssp_identity *id, PSEC_WINNT_AUTH_IDENTITY_OPAQUE *block)
{
    SIZE_T text = id->user.size + id->domain.size + id->password.size + id->package_list.size +
                  4 * sizeof(WCHAR);
    BOOL ex = id->package_list.size != 0;
    void *made = ssp_heap_alloc(
            text + (ex ? sizeof(SEC_WINNT_AUTH_IDENTITY_EXW) : sizeof(SEC_WINNT_AUTH_IDENTITY_W)));

    if (!made)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (ex)
        fill_ex(made, id);
    else
        fill_plain(made, id);
    *block = made;
    return SEC_E_OK;
}

SECURITY_STATUS identity_read(const void *identity, struct ssp_identity *id)
{
    memset(id, 0, sizeof *id);
    return identity ? ssp_identity_parse(identity, id) : SEC_E_INVALID_TOKEN;
}

SECURITY_STATUS WINAPI SspiCopyAuthIdentity(
        PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity, PSEC_WINNT_AUTH_IDENTITY_OPAQUE *copy)
{
    struct ssp_identity id;
    SECURITY_STATUS status = copy ? identity_read(identity, &id) : SEC_E_INVALID_TOKEN;

    if (status != SEC_E_OK)
        return status;
    status = identity_build(&id, copy);
    ssp_identity_free(&id);
    return status;
}

/* Every block that these functions hand out is wiped whole. */
VOID WINAPI SspiFreeAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity)
{
    ssp_heap_wipe(identity);
}

VOID WINAPI SspiLocalFree(PVOID data)
{
    ssp_heap_wipe(data);
}

static void zero_text(void *text, ULONG units, ULONG flags)
{
    if (text)
        wipe(text, units * (flags & SEC_WINNT_AUTH_IDENTITY_ANSI ? 1 : sizeof(WCHAR)));
}

/* The texts of the identity; the structure itself stays usable for SspiFreeAuthIdentity. */
VOID WINAPI SspiZeroAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity)
{
    SEC_WINNT_AUTH_IDENTITY_INFO *i = identity;

    if (!i)
        return;
    if (i->AuthIdExw.Version == SEC_WINNT_AUTH_IDENTITY_VERSION_2) {
        if (i->AuthIdEx2.cbStructureLength > sizeof i->AuthIdEx2)
            wipe(&i->AuthIdEx2 + 1, i->AuthIdEx2.cbStructureLength - sizeof i->AuthIdEx2);
    } else if (i->AuthIdExw.Version == SEC_WINNT_AUTH_IDENTITY_VERSION) {
        zero_text(i->AuthIdExw.User, i->AuthIdExw.UserLength, i->AuthIdExw.Flags);
        zero_text(i->AuthIdExw.Domain, i->AuthIdExw.DomainLength, i->AuthIdExw.Flags);
        zero_text(i->AuthIdExw.Password, i->AuthIdExw.PasswordLength, i->AuthIdExw.Flags);
    } else {
        zero_text(i->AuthId_w.User, i->AuthId_w.UserLength, i->AuthId_w.Flags);
        zero_text(i->AuthId_w.Domain, i->AuthId_w.DomainLength, i->AuthId_w.Flags);
        zero_text(i->AuthId_w.Password, i->AuthId_w.PasswordLength, i->AuthId_w.Flags);
    }
}
